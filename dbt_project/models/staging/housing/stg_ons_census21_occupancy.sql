-- Households of each LSOA, and those with fewer bedrooms than they need.
with
    typed as (
        select {{ typed_columns("ons_census21_occupancy") }}, _edition, _reference_year, _file, _sheet, _row
        from {{ source("raw", "ons_census21_occupancy") }}
    )
    {{
        category_rows(
            "typed",
            "number",
            "households",
            {
                "households": none,
                "overcrowded": "occupancy_rating in ('-1 (overcrowded)', '-2 or less (overcrowded)')",
            },
        )
    }}
