-- Residents of each LSOA by broad ethnic group.
with
    typed as (
        select
            {{ typed_columns("ons_census21_ethnic_group") }}, _edition, _reference_year, _file, _sheet, _row
        from {{ source("raw", "ons_census21_ethnic_group") }}
    )
    {{
        category_rows(
            "typed",
            "number",
            "residents",
            {
                "residents": none,
                "white": "ethnic_group = 'White'",
                "asian": "ethnic_group = 'Asian, Asian British or Asian Welsh'",
                "black": "ethnic_group = 'Black, Black British, Black Welsh, Caribbean or African'",
                "mixed": "ethnic_group = 'Mixed or Multiple ethnic groups'",
                "other": "ethnic_group = 'Other ethnic group'",
            },
        )
    }}
