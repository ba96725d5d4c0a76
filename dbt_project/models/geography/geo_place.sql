-- Each place that an observation names, once for each way to the wards.
select distinct method, place, snap_metres from {{ ref("geo_observation") }} where place is not null
