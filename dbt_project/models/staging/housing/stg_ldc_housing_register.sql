-- Live applications in the two bands of highest need, by the postcode where the applicant lives now.
with
    typed as (
        select {{ typed_columns("ldc_housing_register") }}, _edition, _reference_year, _file, _sheet, _row
        from {{ source("raw", "ldc_housing_register") }}
    ),
    priority as (
        select
            _edition,
            _reference_year as reference_year,
            postcode as place,
            'priority_applications' as measure,
            _file,
            _sheet,
            _row
        from typed
        where standing = 'Live' and band in ('Emergency', 'Band 1')
    )
    {{ case_counts("priority") }}
