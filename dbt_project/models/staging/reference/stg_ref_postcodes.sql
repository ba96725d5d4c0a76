-- Live postcodes with their point, district and ward.
with
    typed as (select {{ typed_columns("ref_postcodes") }}, _edition from {{ source("raw", "ref_postcodes") }})
select
    _edition as edition,
    postcode,
    cast(positional_quality as integer) as positional_quality,
    easting,
    northing,
    district_code,
    ward_code
from typed
where {{ of_district("district_code") }}
