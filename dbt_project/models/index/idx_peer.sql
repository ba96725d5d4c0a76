-- The peers of each ward: those that are named, else all other wards of the district.
with
    named as (
        select peers.area_code, peers.peer_code, peers.basis
        from {{ ref("peers") }} as peers
        inner join {{ ref("geo_ward") }} as ward on ward.ward_code = peers.area_code
        inner join {{ ref("geo_ward") }} as peer on peer.ward_code = peers.peer_code
    ),
    others as (
        select
            ward.ward_code as area_code, peer.ward_code as peer_code, 'other wards of the district' as basis
        from {{ ref("geo_ward") }} as ward
        inner join {{ ref("geo_ward") }} as peer on peer.ward_code <> ward.ward_code
        where ward.ward_code not in (select area_code from named)
    )
select area_code, peer_code, basis
from named
union all
select area_code, peer_code, basis
from others
