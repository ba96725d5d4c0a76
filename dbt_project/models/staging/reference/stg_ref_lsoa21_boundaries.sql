-- LSOA boundaries of 2021 as GeoJSON text.
with
    typed as (
        select {{ typed_columns("ref_lsoa21_boundaries") }}, _edition
        from {{ source("raw", "ref_lsoa21_boundaries") }}
    )
select _edition as edition, lsoa_code, lsoa_name, geometry
from typed
