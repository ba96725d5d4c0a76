-- The wards that make up each area; a ward is made up of itself.
select ward_code as area_code, ward_code
from {{ ref("geo_ward") }}
union all
select groups.group_code as area_code, groups.ward_code
from {{ ref("area_groups") }} as groups
inner join {{ ref("geo_ward") }} as ward using (ward_code)
union all
select '{{ var("district") }}' as area_code, ward_code
from {{ ref("geo_ward") }}
