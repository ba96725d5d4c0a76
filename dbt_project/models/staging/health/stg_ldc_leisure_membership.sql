-- Residents of 16 and over with at least twelve visits in twelve months, by home postcode.
with
    typed as (
        select {{ typed_columns("ldc_leisure_membership") }}, _edition, _reference_year, _file, _sheet, _row
        from {{ source("raw", "ldc_leisure_membership") }}
    ),
    regular as (
        select
            _edition,
            _reference_year as reference_year,
            postcode as place,
            'regular_members' as measure,
            _file,
            _sheet,
            _row
        from typed
        where visits_12m >= 12 and age_band <> 'Under 16'
    )
    {{ case_counts("regular") }}
