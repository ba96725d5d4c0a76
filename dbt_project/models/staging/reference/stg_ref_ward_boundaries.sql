-- Ward boundaries as GeoJSON text.
with
    typed as (
        select {{ typed_columns("ref_ward_boundaries") }}, _edition
        from {{ source("raw", "ref_ward_boundaries") }}
    )
select _edition as edition, ward_code, ward_name, lad_code, geometry
from typed
