-- Incidents by anonymised point and kind, within the reference period of their delivery: a publisher's
-- archive
-- may hold other months too. Incidents whose place is not known stay together without a place; those at a
-- prison are measures of their own.
with
    typed as (
        select {{ typed_columns("police_uk_street") }}, _edition, _reference_year, _file, _sheet, _row
        from {{ source("raw", "police_uk_street") }}
    ),
    incidents as (
        select
            typed._edition,
            typed._reference_year as reference_year,
            case
                when typed.longitude is not null and typed.latitude is not null
                then 'wgs84:' || typed.longitude || ',' || typed.latitude
            end as place,
            case
                typed.crime_type
                when 'Violence and sexual offences'
                then 'violence'
                when 'Burglary'
                then 'burglary'
                when 'Anti-social behaviour'
                then 'asb'
            end
            || case when lower(typed.location) = 'on or near prison' then '_at_prison' else '' end as measure,
            typed._file,
            typed._sheet,
            typed._row
        from typed
        inner join
            {{ source("build", "_deliveries") }} as deliveries
            on deliveries.dataset = 'police_uk_street'
            and deliveries.edition = typed._edition
            and typed.month between deliveries.period_start and deliveries.period_end
    ),
    counted as (select * from incidents where measure is not null)
    {{ case_counts("counted") }}
