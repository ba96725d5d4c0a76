-- Underlying indicators of 2019 by LSOA of 2011.
with
    typed as (
        select {{ typed_columns("mhclg_iod2019_indicators") }}, _edition, _reference_year, _file, _sheet, _row
        from {{ source("raw", "mhclg_iod2019_indicators") }}
    )
    {{
        measure_rows(
            "typed",
            {
                "gp_distance_km": "gp_distance_km",
                "food_shop_distance_km": "food_shop_distance_km",
                "poor_condition_share": "poor_condition_share",
                "no_central_heating_share": "no_central_heating_share",
                "no2_ratio": "no2_ratio",
                "particulates_ratio": "particulates_ratio",
                "not_staying_on_share": "not_staying_on_share",
            },
            place="lsoa_code",
        )
    }}
