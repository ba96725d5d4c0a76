-- Homes of the newest gazetteer by MSOA and ward: each home stands in an LSOA, whose MSOA the lookup of
-- output areas gives.
with
    homes as (
        select uprn, ward_code, st_point(easting, northing) as point
        from {{ latest_edition(ref("stg_ref_llpg")) }}
        where is_home
    ),
    msoa as (select distinct lsoa_code, msoa_code from {{ latest_edition(ref("stg_ref_oa21_ward")) }})
select msoa.msoa_code, place.ward_code, count(*) as homes
from homes
inner join {{ ref("geo_ward_place") }} as place on place.code = homes.ward_code
inner join {{ ref("geo_lsoa21_polygon") }} as lsoa on st_contains(lsoa.polygon_bng, homes.point)
inner join msoa using (lsoa_code)
group by msoa.msoa_code, place.ward_code
