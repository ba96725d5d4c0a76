-- The wards of the build's edition: every area-level model is complete against this list.
select
    ward_code,
    ward_name,
    {{ fold_name("ward_name") }} as folded_name,
    cast(easting as double) as easting,
    cast(northing as double) as northing,
    row_number() over (order by ward_code) as position
from {{ ref("wards") }}
where
    {{ of_district("district_code") }}
    and first_edition <= {{ var("edition") }}
    and coalesce(last_edition, 9999) >= {{ var("edition") }}
