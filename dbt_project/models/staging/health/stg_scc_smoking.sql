-- Registered adults, those with a recorded smoking status and current smokers.
with
    typed as (
        select {{ typed_columns("scc_smoking") }}, _edition, _file, _sheet, _row
        from {{ source("raw", "scc_smoking") }}
    ),
    adults as (
        -- Bands are rounded each by itself and do not add up to all adults.
        select * from typed where age_band = '18+'
    )
    {{
        measure_rows(
            "adults",
            {
                "registered": "registered",
                "status_recorded": "status_recorded",
                "current_smokers": "current_smokers",
            },
            year="year(extract_date)",
        )
    }}
