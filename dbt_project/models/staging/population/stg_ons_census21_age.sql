-- Residents of each LSOA, and those of the ages that indicators need.
with
    typed as (
        select {{ typed_columns("ons_census21_age") }}, _edition, _reference_year, _file, _sheet, _row
        from {{ source("raw", "ons_census21_age") }}
    ),
    summed as (
        select
            typed.*,
            {{ summed_columns("aged_0_14", ["aged_0_4", "aged_5_9", "aged_10_14"]) }},
            {{
                summed_columns(
                    "aged_60_plus",
                    ["aged_60_64", "aged_65_69", "aged_70_74", "aged_75_79", "aged_80_84", "aged_85_plus"],
                )
            }},
            {{
                summed_columns(
                    "aged_65_plus", ["aged_65_69", "aged_70_74", "aged_75_79", "aged_80_84", "aged_85_plus"]
                )
            }}
        from typed
    )
    {{
        measure_rows(
            "summed",
            {
                "residents": "residents",
                "residents_0_14": "aged_0_14",
                "residents_60_plus": "aged_60_plus",
                "residents_65_plus": "aged_65_plus",
            },
            place="lsoa_code",
        )
    }}
