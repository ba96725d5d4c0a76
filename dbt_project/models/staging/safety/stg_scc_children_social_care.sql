-- Children in need and on a protection plan on 31 March.
with
    typed as (
        select {{ typed_columns("scc_children_social_care") }}, _edition, _file, _sheet, _row
        from {{ source("raw", "scc_children_social_care") }}
    )
    {{
        measure_rows(
            "typed",
            {"children_in_need": "children_in_need", "protection_plans": "protection_plans"},
            year="year(snapshot)",
        )
    }}
