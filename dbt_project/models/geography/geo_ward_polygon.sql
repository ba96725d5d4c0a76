-- Polygons of the newest delivered boundaries, as published (CRS84) and on the National Grid.
with
    newest as (
        select ward_code, st_geomfromgeojson(geometry) as polygon
        from {{ latest_edition(ref("stg_ref_ward_boundaries")) }}
    )
select
    newest.ward_code,
    newest.polygon,
    st_transform(newest.polygon, 'OGC:CRS84', 'EPSG:27700', always_xy := true) as polygon_bng
from newest
inner join {{ ref("geo_ward") }} as ward using (ward_code)
