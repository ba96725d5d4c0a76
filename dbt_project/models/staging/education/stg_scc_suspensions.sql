-- Pupils on roll, suspensions and the pupils suspended.
with
    typed as (
        select {{ typed_columns("scc_suspensions") }}, _edition, _file, _sheet, _row
        from {{ source("raw", "scc_suspensions") }}
    )
    {{
        measure_rows(
            "typed",
            {"pupils": "pupils", "suspensions": "suspensions", "pupils_suspended": "pupils_suspended"},
            year="academic_year",
        )
    }}
