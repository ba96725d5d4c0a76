-- How values and scores of indicators with a population at risk would stand on other populations: all
-- residents, and all residents with what is counted apart (such as incidents in a prison).
with
    not_at_risk as (
        select rule.indicator, member.area_code, sum(rule.residents order by rule.ward_code) as residents
        from {{ ref("ind_not_at_risk") }} as rule
        inner join {{ ref("geo_area_ward") }} as member using (ward_code)
        group by rule.indicator, member.area_code
    ),
    counted_apart as (
        select
            rule.indicator,
            member.area_code,
            observation.reference_year,
            sum(observation.amount order by rule.ward_code) as events
        from {{ ref("ind_not_at_risk") }} as rule
        inner join {{ ref("geo_area_ward") }} as member using (ward_code)
        inner join
            {{ ref("geo_ward_observation") }} as observation
            on observation.dataset = rule.numerator_dataset
            and observation.measure = rule.left_out_measure
            and observation.ward_code = rule.ward_code
        group by rule.indicator, member.area_code, observation.reference_year
    ),
    headline as (
        select
            value_.edition,
            value_.indicator,
            value_.area_code,
            value_.area_type,
            indicator.multiplier,
            indicator.worst,
            indicator.best,
            value_.numerator,
            value_.denominator,
            value_.years_observed,
            not_at_risk.residents,
            (
                select sum(counted_apart.events order by counted_apart.reference_year)
                from counted_apart
                where
                    counted_apart.indicator = value_.indicator
                    and counted_apart.area_code = value_.area_code
                    and counted_apart.reference_year between value_.first_year and value_.last_year
            ) as events_apart
        from {{ ref("ind_area_value") }} as value_
        inner join {{ ref("ind_indicator") }} as indicator using (indicator)
        inner join not_at_risk using (indicator, area_code)
    ),
    based as (
        select *, 'population_at_risk' as basis, numerator as events, denominator as population
        from headline
        union all
        select
            *,
            'all_residents' as basis,
            numerator as events,
            denominator + residents * years_observed as population
        from headline
        union all
        select
            *,
            'all_residents_and_events' as basis,
            numerator + events_apart as events,
            denominator + residents * years_observed as population
        from headline
        where events_apart is not null
    ),
    valued as (select *, multiplier * events / nullif(population, 0) as value from based)
select
    edition,
    indicator,
    area_code,
    area_type,
    basis,
    value,
    {{ bounded_score("value", "worst", "best") }} as score,
    residents as residents_left_out,
    events_apart
from valued
