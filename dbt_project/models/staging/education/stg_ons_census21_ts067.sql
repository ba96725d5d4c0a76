-- Residents of 16 and over of each output area, those without qualifications, those with level 4 or above.
with
    typed as (
        select {{ typed_columns("ons_census21_ts067") }}, _edition, _reference_year, _file, _sheet, _row
        from {{ source("raw", "ons_census21_ts067") }}
    )
    {{
        measure_rows(
            "typed",
            {
                "residents_16_plus": "residents",
                "no_qualifications": "no_qualifications",
                "level4_plus": "level4_plus",
            },
            place="oa_code",
        )
    }}
