-- Live postcodes of the district and their wards, for a search that stays on the reader's device.
select postcode, ward_code from {{ ref("geo_postcode") }} where ward_code is not null
