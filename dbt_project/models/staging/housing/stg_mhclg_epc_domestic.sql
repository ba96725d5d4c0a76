-- Homes with a certificate, and those whose latest one says E, F or G. A certificate without a property
-- number
-- stays without a place; one without a rating says nothing.
with
    typed as (
        select {{ typed_columns("mhclg_epc_domestic") }}, _edition, _reference_year, _file, _sheet, _row
        from {{ source("raw", "mhclg_epc_domestic") }}
    ),
    latest as (
        select *
        from typed
        where upper(rating) in ('A', 'B', 'C', 'D', 'E', 'F', 'G')
        qualify
            row_number() over (
                partition by _edition, coalesce(uprn, certificate) order by lodged desc, certificate desc
            )
            = 1
    ),
    homes as (
        select
            _edition,
            _reference_year as reference_year,
            uprn as place,
            'certificates' as measure,
            _file,
            _sheet,
            _row
        from latest
        union all
        select
            _edition,
            _reference_year as reference_year,
            uprn as place,
            'rated_efg' as measure,
            _file,
            _sheet,
            _row
        from latest
        where upper(rating) in ('E', 'F', 'G')
    )
    {{ case_counts("homes") }}
