-- A level students, entries (half of one for an AS level) and points.
with
    typed as (
        select {{ typed_columns("scc_ks5") }}, _edition, _file, _sheet, _row
        from {{ source("raw", "scc_ks5") }}
    )
    {{
        measure_rows(
            "typed",
            {"students": "students", "entries": "entries", "points": "points"},
            year="academic_year",
        )
    }}
