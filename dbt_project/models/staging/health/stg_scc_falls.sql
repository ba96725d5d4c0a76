-- Admissions for falls in three years, and the supplier's standardised rate, never made again from them.
with
    typed as (
        select {{ typed_columns("scc_falls") }}, _edition, _reference_year, _file, _sheet, _row
        from {{ source("raw", "scc_falls") }}
    )
    {{ measure_rows("typed", {"admissions": "admissions", "rate": "rate"}) }}
