-- Wards, named groups of wards and the district: everything that gets a value.
with
    wards as (
        select ward_code as area_code, ward_name as area_name, 'ward' as area_type, position
        from {{ ref("geo_ward") }}
    ),
    groups as (
        select
            groups.group_code as area_code,
            min(groups.group_name) as area_name,
            'group' as area_type,
            row_number() over (order by groups.group_code) as position
        from {{ ref("area_groups") }} as groups
        inner join {{ ref("geo_ward") }} as ward using (ward_code)
        group by groups.group_code
    ),
    district as (
        select
            '{{ var("district") }}' as area_code,
            {{ text_literal(var("district_name")) }} as area_name,
            'district' as area_type,
            1 as position
    )
select area_code, area_name, area_type, position
from wards
union all
select area_code, area_name, area_type, position
from groups
union all
select area_code, area_name, area_type, position
from district
