-- Privately rented dwellings with any Category 1 hazard, each once a financial year.
with
    typed as (
        select {{ typed_columns("ldc_private_sector_housing") }}, _edition, _file, _sheet, _row
        from {{ source("raw", "ldc_private_sector_housing") }}
    ),
    hazards as (
        select
            _edition,
            {{ financial_year("inspected") }} as reference_year,
            uprn as place,
            'dwellings_category_1' as measure,
            coalesce(uprn, refval) as dwelling,
            _file,
            _sheet,
            _row
        from typed
        where category = 1 and tenure ilike 'private%rent%'
    )
    {{ case_counts("hazards", "count(distinct dwelling)") }}
