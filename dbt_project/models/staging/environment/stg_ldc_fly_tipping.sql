-- Incidents on public land. A report within a day and 50 metres of an earlier one is the same heap.
with
    typed as (
        select {{ typed_columns("ldc_fly_tipping") }}, _edition, _file, _sheet, _row
        from {{ source("raw", "ldc_fly_tipping") }}
    ),
    reports as (
        -- Private land has been recorded since 2024 only and would break the series.
        select
            _edition,
            incident_id,
            reported,
            easting,
            northing,
            easting > 0 and northing > 0 as plotted,
            _file,
            _sheet,
            _row
        from typed
        where coalesce(land_type, '') not ilike 'private%'
    ),
    repeated as (
        select distinct later._edition, later.incident_id
        from reports as later
        inner join
            reports as earlier
            on earlier._edition = later._edition
            and earlier.reported between later.reported - interval 1 day and later.reported
            and (earlier.reported, earlier.incident_id) < (later.reported, later.incident_id)
            and pow(earlier.easting - later.easting, 2) + pow(earlier.northing - later.northing, 2) <= 2500
        where later.plotted and earlier.plotted
    ),
    incidents as (
        select
            reports._edition,
            {{ financial_year("reports.reported") }} as reference_year,
            case
                when reports.plotted
                then 'bng:' || cast(reports.easting as bigint) || ',' || cast(reports.northing as bigint)
            end as place,
            'incidents' as measure,
            reports._file,
            reports._sheet,
            reports._row
        from reports
        anti join repeated using (_edition, incident_id)
    )
    {{ case_counts("incidents") }}
