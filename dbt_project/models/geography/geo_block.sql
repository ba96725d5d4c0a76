-- Building blocks that say how an LSOA's people lie over wards: output areas with their residents where
-- delivered, else postcodes, each counted once.
with
    output_areas as (
        select
            blocks.lsoa_code,
            blocks.oa_code as block,
            place.ward_code,
            cast(blocks.population as double) as weight
        from {{ latest_edition(ref("stg_ref_oa21_ward")) }} as blocks
        inner join {{ ref("geo_ward_place") }} as place on place.code = blocks.ward_code
    ),
    postcodes as (
        select lsoa.lsoa_code, postcode.postcode as block, postcode.ward_code, cast(1 as double) as weight
        from {{ ref("geo_postcode") }} as postcode
        inner join
            {{ ref("geo_lsoa21_polygon") }} as lsoa
            on st_contains(lsoa.polygon_bng, st_point(postcode.easting, postcode.northing))
        where
            {{ of_district("postcode.district_code") }}
            and postcode.ward_code is not null
            and postcode.easting > 0
    )
select 'output area' as basis, lsoa_code, block, ward_code, weight
from output_areas
union all
select 'postcode' as basis, lsoa_code, block, ward_code, weight
from postcodes
where lsoa_code not in (select lsoa_code from output_areas)
