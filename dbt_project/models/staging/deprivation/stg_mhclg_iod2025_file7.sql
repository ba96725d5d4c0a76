-- People of 60 and over of each LSOA, and those in income deprivation: the published rate times them.
with
    typed as (
        select {{ typed_columns("mhclg_iod2025_file7") }}, _edition, _reference_year, _file, _sheet, _row
        from {{ source("raw", "mhclg_iod2025_file7") }}
    ),
    counted as (
        select
            typed.*,
            idaopi_rate * older_population as deprived,
            idaopi_rate_low * older_population_low as deprived_low,
            idaopi_rate_high * older_population_high as deprived_high,
            case
                when idaopi_rate_status = 'observed' then older_population_status else idaopi_rate_status
            end as deprived_status
        from typed
    )
    {{
        measure_rows(
            "counted",
            {"older_residents": "older_population", "older_income_deprived": "deprived"},
            place="lsoa_code",
        )
    }}
