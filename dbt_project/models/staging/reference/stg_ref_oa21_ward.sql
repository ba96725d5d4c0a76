-- Output areas with their LSOA, MSOA, ward and residents.
with
    typed as (select {{ typed_columns("ref_oa21_ward") }}, _edition from {{ source("raw", "ref_oa21_ward") }})
select _edition as edition, oa_code, lsoa_code, msoa_code, ward_code, population
from typed
