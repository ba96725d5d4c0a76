-- The ward of each polling district.
with typed as (select {{ typed_columns("ref_pd_ward") }}, _edition from {{ source("raw", "ref_pd_ward") }})
select _edition as edition, pd as polling_district, ward_code, constituency
from typed
