-- Residents of each LSOA, and those who are disabled.
with
    typed as (
        select {{ typed_columns("ons_census21_disability") }}, _edition, _reference_year, _file, _sheet, _row
        from {{ source("raw", "ons_census21_disability") }}
    )
    {{
        category_rows(
            "typed",
            "number",
            "residents",
            {"residents": none, "disabled": "disability = 'Disabled under the Equality Act'"},
        )
    }}
