-- Children in low-income families by ward and financial year: a table holds two years.
with
    typed as (
        select {{ typed_columns("dwp_cilif") }}, _edition, _reference_year, _file, _sheet, _row
        from {{ source("raw", "dwp_cilif") }}
    )
    {{
        measure_rows(
            "typed",
            {"low_income_children": "children", "low_income_pct": "percentage"},
            place="ward_code",
            year="year",
        )
    }}
