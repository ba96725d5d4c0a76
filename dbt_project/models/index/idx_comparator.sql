-- The index that ours is compared with, by ward, turned so that more is better.
select ward_code as area_code, reference_year, - amount / nullif(weight, 0) as score
from {{ ref("geo_ward_observation") }}
where dataset = '{{ var("comparator_dataset") }}' and measure = '{{ var("comparator_measure") }}'
qualify reference_year = max(reference_year) over ()
