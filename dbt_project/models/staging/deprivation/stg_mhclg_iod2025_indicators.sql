-- Underlying indicators of 2025 by LSOA; a blank numerator is a withheld small count, never zero.
with
    typed as (
        select {{ typed_columns("mhclg_iod2025_indicators") }}, _edition, _reference_year, _file, _sheet, _row
        from {{ source("raw", "mhclg_iod2025_indicators") }}
    )
    {{
        measure_rows(
            "typed",
            {
                "older_income_deprived": "older_income_deprived",
                "patients_per_gp": "patients_per_gp",
                "low_adult_skills_share": "low_adult_skills_share",
                "not_entering_he_share": "not_entering_he_share",
                "emergency_admissions_ratio": "emergency_admissions_ratio",
                "mental_ill_health_score": "mental_ill_health_score",
                "years_life_lost": "years_life_lost",
                "slow_broadband_score": "slow_broadband_score",
                "connectivity_score": "connectivity_score",
            },
            place="lsoa_code",
        )
    }}
