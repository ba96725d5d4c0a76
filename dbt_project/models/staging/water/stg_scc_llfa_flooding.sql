-- Homes flooded inside, by point and year. Several reports of one home in a year count once; sewer records
-- are rounded to 50 metres, so that two homes can share a point, and each is a home of its own.
with
    typed as (
        select {{ typed_columns("scc_llfa_flooding") }}, _edition, _file, _sheet, _row
        from {{ source("raw", "scc_llfa_flooding") }}
    ),
    reports as (
        select
            *,
            coalesce(geometry ->> '$.coordinates[0][0]', geometry ->> '$.coordinates[0]') as easting,
            coalesce(geometry ->> '$.coordinates[0][1]', geometry ->> '$.coordinates[1]') as northing
        from typed
        where internal = '1' and receptor ilike 'residential%' and coalesce(verified, '') <> 'No'
    ),
    homes as (
        select
            _edition,
            {{ financial_year("event_date") }} as reference_year,
            'bng:' || easting || ',' || northing as place,
            'homes_flooded' as measure,
            case when source = 'sewer' or easting is null then incident_id else 'point' end as home,
            _file,
            _sheet,
            _row
        from reports
    )
    {{ case_counts("homes", units="count(distinct home)") }}
