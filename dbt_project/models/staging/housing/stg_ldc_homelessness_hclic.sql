-- Households owed a prevention or relief duty; a household owed both in a year counts once.
with
    typed as (
        select {{ typed_columns("ldc_homelessness_hclic") }}, _edition, _file, _sheet, _row
        from {{ source("raw", "ldc_homelessness_hclic") }}
    ),
    households as (
        -- The wording differs between quarters: "Prevention Duty", "1. Prevention".
        select
            _edition,
            {{ financial_year("assessed") }} as reference_year,
            min(postcode) as place,
            'households_owed_duty' as measure,
            min(_file) as _file,
            min(_sheet) as _sheet,
            arg_min(_row, (_file, _row)) as _row
        from typed
        where duty ilike '%prevention%' or duty ilike '%relief%'
        group by _edition, {{ financial_year("assessed") }}, case_reference
    )
    {{ case_counts("households") }}
