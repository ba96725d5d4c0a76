-- Young people of a cohort and those with level 3 by the age of 19.
with
    typed as (
        select {{ typed_columns("scc_level3_by_19") }}, _edition, _file, _sheet, _row
        from {{ source("raw", "scc_level3_by_19") }}
    )
    {{ measure_rows("typed", {"cohort": "cohort", "level3": "level3"}, year="cohort_year") }}
