-- People of each ward by year, which weight inequality between wards.
select ward_code as area_code, reference_year, amount as persons
from {{ ref("geo_ward_observation") }}
where dataset = '{{ var("population_dataset") }}' and measure = '{{ var("population_measure") }}'
