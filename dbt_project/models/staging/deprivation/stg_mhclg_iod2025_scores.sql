-- Scores of 2025 by LSOA.
with
    typed as (
        select {{ typed_columns("mhclg_iod2025_scores") }}, _edition, _reference_year, _file, _sheet, _row
        from {{ source("raw", "mhclg_iod2025_scores") }}
    )
    {{
        measure_rows(
            "typed", {"employment_rate": "employment_rate", "imd_score": "imd_score"}, place="lsoa_code"
        )
    }}
