-- Contacts of residents, and those made online, by home: its property number, else its postcode.
with
    typed as (
        select {{ typed_columns("ldc_customer_contact") }}, _edition, _file, _sheet, _row
        from {{ source("raw", "ldc_customer_contact") }}
    ),
    contacts as (
        -- A reminder sent by a machine is no contact; firms ask for business rates and licensing.
        select
            _edition,
            {{ financial_year("created") }} as reference_year,
            coalesce(uprn, postcode) as place,
            'contacts' as measure,
            channel in ('Web', 'Online', 'SelfServe') as online,
            _file,
            _sheet,
            _row
        from typed
        where channel not ilike '%reminder%' and service not in ('Business rates', 'Licensing')
    ),
    counted as (
        select *
        from contacts
        union all
        select * replace ('online_contacts' as measure)
        from contacts
        where online
    )
    {{ case_counts("counted") }}
