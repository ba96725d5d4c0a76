-- Points to wards: in the ward's polygon; else in the nearest ward within the dataset's snapping distance.
with
    points as (
        select distinct
            place,
            snap_metres,
            split_part(place, ':', 1) as system,
            cast(split_part(split_part(place, ':', 2), ',', 1) as double) as x,
            cast(split_part(split_part(place, ':', 2), ',', 2) as double) as y
        from {{ ref("geo_place") }}
        -- Addresses without a number can be known by their point alone.
        where
            place not like 'cell:%'
            and (method = 'points_in_ward' or (method = 'uprn_lookup' and place like 'bng:%'))
    ),
    located as (
        select
            place,
            snap_metres,
            system,
            st_point(x, y) as point,
            case
                when system = 'bng'
                then st_point(x, y)
                else st_transform(st_point(x, y), 'OGC:CRS84', 'EPSG:27700', always_xy := true)
            end as point_bng
        from points
    ),
    inside as (
        select located.place, located.snap_metres, min(ward.ward_code) as ward_code
        from located
        inner join
            {{ ref("geo_ward_polygon") }} as ward
            on st_contains(
                case when located.system = 'bng' then ward.polygon_bng else ward.polygon end, located.point
            )
        group by located.place, located.snap_metres
    ),
    near as (
        select
            located.place,
            located.snap_metres,
            arg_min(
                ward.ward_code, (st_distance(ward.polygon_bng, located.point_bng), ward.ward_code)
            ) as ward_code
        from located
        inner join
            {{ ref("geo_ward_polygon") }} as ward
            on st_dwithin(ward.polygon_bng, located.point_bng, located.snap_metres)
        left join inside using (place, snap_metres)
        where inside.place is null and located.snap_metres > 0
        group by located.place, located.snap_metres
    )
select place, snap_metres, ward_code, 'inside' as placed
from inside
union all
select place, snap_metres, ward_code, 'snapped' as placed
from near
