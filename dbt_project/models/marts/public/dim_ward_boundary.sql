-- Ward boundaries for maps on a page: simplified together, so that neighbours keep the edge they share, and
-- the point furthest inside each ward for its label. National Grid, whole metres.
with
    numbered as (
        select ward_code, polygon_bng, row_number() over (order by ward_code) as member
        from {{ ref("geo_ward_polygon") }}
    ),
    simplified as (
        select
            unnest(
                st_dump(
                    st_coveragesimplify(list(polygon_bng order by member), {{ var("map_tolerance_metres") }})
                )
            ) as part
        from numbered
    ),
    wards as (
        select numbered.ward_code, st_union_agg(simplified.part.geom) as polygon
        from simplified
        inner join numbered on numbered.member = simplified.part.path[1]
        group by numbered.ward_code
    ),
    labelled as (select ward_code, polygon, st_maximuminscribedcircle(polygon, 10).center as label from wards)
select
    ward_code,
    cast(round(st_x(label)) as bigint) as label_easting,
    cast(round(st_y(label)) as bigint) as label_northing,
    -- A vertex that two wards share is cut to the same metre in both, so the edge stays shared.
    regexp_replace(cast(st_asgeojson(polygon) as varchar), '(\d+)\.\d+', '\1', 'g') as geometry
from labelled
