-- Best-fit ward of each LSOA of 2021.
with
    typed as (
        select {{ typed_columns("ref_lsoa21_ward") }}, _edition from {{ source("raw", "ref_lsoa21_ward") }}
    )
select _edition as edition, lsoa_code, lsoa_name, ward_code, ward_name, lad_code
from typed
