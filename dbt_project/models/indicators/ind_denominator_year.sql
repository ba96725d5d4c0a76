-- The year of the denominator that goes with each year of a numerator: the latest not after it, else the
-- earliest there is.
with
    numerator_years as (
        select distinct
            indicator.indicator,
            coalesce(indicator.denominator_dataset, '{{ var("population_dataset") }}') as denominator_dataset,
            coalesce(indicator.denominator_measure, '{{ var("population_measure") }}') as denominator_measure,
            observation.reference_year
        from {{ ref("ind_indicator") }} as indicator
        inner join
            {{ ref("geo_ward_observation") }} as observation
            on observation.dataset = indicator.numerator_dataset
            and observation.measure = indicator.numerator_measure
    ),
    denominator_years as (
        select distinct dataset, measure, reference_year from {{ ref("geo_ward_observation") }}
    )
select
    numerator_years.indicator,
    numerator_years.denominator_dataset,
    numerator_years.denominator_measure,
    numerator_years.reference_year,
    denominator_years.reference_year as denominator_year
from numerator_years
inner join
    denominator_years
    on denominator_years.dataset = numerator_years.denominator_dataset
    and denominator_years.measure = numerator_years.denominator_measure
qualify
    row_number() over (
        partition by numerator_years.indicator, numerator_years.reference_year
        order by
            denominator_years.reference_year > numerator_years.reference_year,
            abs(denominator_years.reference_year - numerator_years.reference_year)
    )
    = 1
