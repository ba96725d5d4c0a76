-- Properties with their place and ward; historical ones stay, for older references.
with typed as (select {{ typed_columns("ref_llpg") }}, _edition from {{ source("raw", "ref_llpg") }})
select
    _edition as edition,
    uprn,
    blpu_class,
    cast(logical_status as integer) as logical_status,
    easting,
    northing,
    ward_code,
    -- Residential classes of BS 7666 start with R; 1 is an approved record.
    blpu_class like 'R%' and logical_status = 1 as is_home
from typed
