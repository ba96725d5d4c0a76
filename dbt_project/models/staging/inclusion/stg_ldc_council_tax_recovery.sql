-- Homes with at least one liability order in a financial year; a home with several counts once.
with
    typed as (
        select {{ typed_columns("ldc_council_tax_recovery") }}, _edition, _file, _sheet, _row
        from {{ source("raw", "ldc_council_tax_recovery") }}
    ),
    orders as (
        select
            _edition,
            {{ financial_year("order_date") }} as reference_year,
            uprn as place,
            'properties' as measure,
            coalesce(uprn, account_ref_hash) as property,
            _file,
            _sheet,
            _row
        from typed
    )
    {{ case_counts("orders", "count(distinct property)") }}
