-- Ward names and codes.
with typed as (select {{ typed_columns("ref_wards") }}, _edition from {{ source("raw", "ref_wards") }})
select _edition as edition, ward_code, ward_name, lad_code, lad_name
from typed
