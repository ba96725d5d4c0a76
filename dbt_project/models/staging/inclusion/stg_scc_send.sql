-- Pupils with special educational needs and those who attend regularly, plans and support added up.
with
    typed as (
        select {{ typed_columns("scc_send") }}, _edition, _file, _sheet, _row
        from {{ source("raw", "scc_send") }}
    ),
    provisions as (
        {{ measure_rows("typed", {"pupils": "pupils", "attending": "attending"}, year="academic_year") }}
    )
    {{ summed_parts("provisions") }}
