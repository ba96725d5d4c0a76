-- Households of each LSOA by broad tenure.
with
    typed as (
        select {{ typed_columns("ons_census21_tenure") }}, _edition, _reference_year, _file, _sheet, _row
        from {{ source("raw", "ons_census21_tenure") }}
    )
    {{
        category_rows(
            "typed",
            "number",
            "households",
            {
                "households": none,
                "owned": "tenure in ('Owned: Owns outright', 'Owned: Owns with a mortgage or loan')",
                "social_rented": "tenure in ('Social rented: Rents from council or Local Authority', 'Social rented: Other social rented')",
                "private_rented": "tenure in ('Private rented: Private landlord or letting agency', 'Private rented: Other private rented')",
            },
        )
    }}
