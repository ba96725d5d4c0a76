-- Food businesses with a rating, and those rated 5, at their point; where there is none, at the point of
-- their
-- postcode. Businesses at private addresses have neither.
with
    typed as (
        select {{ typed_columns("fsa_fhrs") }}, _edition, _reference_year, _file, _sheet, _row
        from {{ source("raw", "fsa_fhrs") }}
    ),
    postcodes as (select * from {{ latest_edition(ref("stg_ref_postcodes")) }}),
    rated as (
        select
            typed._edition,
            typed._reference_year as reference_year,
            case
                when typed.longitude is not null and typed.latitude is not null
                then 'wgs84:' || typed.longitude || ',' || typed.latitude
                when postcodes.easting > 0
                then 'bng:' || postcodes.easting || ',' || postcodes.northing
            end as place,
            typed.rating,
            typed._file,
            typed._sheet,
            typed._row
        from typed
        left join postcodes on postcodes.postcode = typed.postcode
        where typed.rating in ('0', '1', '2', '3', '4', '5')
    ),
    businesses as (
        select _edition, reference_year, place, 'rated' as measure, _file, _sheet, _row
        from rated
        union all
        select _edition, reference_year, place, 'rated_5' as measure, _file, _sheet, _row
        from rated
        where rating = '5'
    )
    {{ case_counts("businesses") }}
