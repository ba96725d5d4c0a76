-- Residents of each LSOA, and those aged 65 and over.
with
    typed as (
        select {{ typed_columns("ons_census21_sex_age_65") }}, _edition, _reference_year, _file, _sheet, _row
        from {{ source("raw", "ons_census21_sex_age_65") }}
    ),
    summed as (
        select
            typed.*,
            {{
                summed_columns(
                    "aged_65_plus",
                    ["aged_65", "aged_66_69", "aged_70_74", "aged_75_79", "aged_80_84", "aged_85_plus"],
                )
            }}
        from typed
    )
    {{
        measure_rows(
            "summed", {"residents": "residents", "residents_65_plus": "aged_65_plus"}, place="lsoa_code"
        )
    }}
