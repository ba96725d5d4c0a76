-- Addresses that were the source of a nuisance, once a financial year and kind, however often reported.
with
    typed as (
        select {{ typed_columns("ldc_env_health_requests") }}, _edition, _file, _sheet, _row
        from {{ source("raw", "ldc_env_health_requests") }}
    ),
    requests as (
        select
            _edition,
            {{ financial_year("received") }} as reference_year,
            -- The grid reference stands in for a missing property number; 000000 is none.
            case
                when uprn is not null
                then uprn
                when easting > 0 and northing > 0
                then 'bng:' || cast(easting as bigint) || ',' || cast(northing as bigint)
            end as place,
            case
                when code like 'NOISE%'
                then 'noise_addresses'
                when regexp_matches(code, '^(DRAIN|SEWAGE|ACCUM|RODENT)')
                then 'sanitation_addresses'
            end as measure,
            refval,
            _file,
            _sheet,
            _row
        from typed
    ),
    nuisances as (select * from requests where measure is not null)
    {{ case_counts("nuisances", "count(distinct coalesce(place, refval))") }}
