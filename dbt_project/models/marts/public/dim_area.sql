-- Wards, named groups of wards, and the district.
select
    area.area_code,
    area.area_name,
    area.area_type,
    area.position,
    string_agg(member.ward_code, ' ' order by member.ward_code) as ward_codes,
    count(*) as wards
from {{ ref("geo_area") }} as area
inner join {{ ref("geo_area_ward") }} as member using (area_code)
group by area.area_code, area.area_name, area.area_type, area.position
