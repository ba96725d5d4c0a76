-- Live postcodes with their point and, where it is one of the edition's, their ward.
with
    newest as (
        select postcode, easting, northing, district_code, ward_code
        from {{ latest_edition(ref("stg_ref_postcodes")) }}
    )
select newest.postcode, newest.easting, newest.northing, newest.district_code, place.ward_code
from newest
left join {{ ref("geo_ward_place") }} as place on place.code = newest.ward_code
