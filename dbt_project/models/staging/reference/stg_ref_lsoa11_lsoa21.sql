-- Pairs of LSOAs of 2011 and 2021; only the exact lookup says how they changed.
with
    typed as (
        select {{ typed_columns("ref_lsoa11_lsoa21") }}, _edition
        from {{ source("raw", "ref_lsoa11_lsoa21") }}
    )
select _edition as edition, lsoa11_code, lsoa21_code, change_indicator, lad_code
from typed
