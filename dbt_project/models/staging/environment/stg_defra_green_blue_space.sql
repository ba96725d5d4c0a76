-- Households of each output area, and those within a 15-minute walk of green or blue space.
with
    typed as (
        select {{ typed_columns("defra_green_blue_space") }}, _edition, _reference_year, _file, _sheet, _row
        from {{ source("raw", "defra_green_blue_space") }}
    )
    {{
        measure_rows(
            "typed", {"households": "households", "homes_near_space": "with_access"}, place="oa_code"
        )
    }}
