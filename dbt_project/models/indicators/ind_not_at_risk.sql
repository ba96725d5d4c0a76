-- What each indicator leaves out, by ward: residents who are not at risk (the latest count there is, held in
-- every year), and the part of the numerator that is counted apart.
with
    rule as (select * from {{ ref("full_population_at_risk") }} where '{{ var("profile") }}' = 'full'),
    residents as (
        select rule.indicator, observation.ward_code, observation.amount
        from rule
        inner join
            {{ ref("geo_ward_observation") }} as observation
            on observation.dataset = rule.excluded_dataset
            and observation.measure = rule.excluded_measure
        qualify
            observation.reference_year
            = max(observation.reference_year) over (partition by rule.indicator, observation.ward_code)
    )
select
    rule.indicator,
    indicator.numerator_dataset,
    rule.left_out_measure,
    rule.excluded_measure,
    rule.reason,
    ward.ward_code,
    coalesce(residents.amount, 0) as residents
from rule
inner join {{ ref("ind_indicator") }} as indicator using (indicator)
cross join {{ ref("geo_ward") }} as ward
left join residents on residents.indicator = rule.indicator and residents.ward_code = ward.ward_code
