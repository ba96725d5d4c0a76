-- The value of each indicator, edition and area: numerators and denominators summed over the area's wards
-- and the pooling window, then divided. A group of one ward is that ward; all wards are the district.
with
    pairs as (
        select
            window_.edition,
            window_.indicator,
            member.area_code,
            values_.ward_code,
            values_.reference_year,
            values_.numerator,
            values_.numerator_low,
            values_.numerator_high,
            values_.denominator,
            values_.status,
            values_.suppressed_cells
        from {{ ref("ind_edition") }} as window_
        inner join
            {{ ref("ctl_ward_year") }} as values_
            on values_.indicator = window_.indicator
            and values_.reference_year between window_.first_year and window_.last_year
        inner join {{ ref("geo_area_ward") }} as member using (ward_code)
    ),
    summed as (
        select
            edition,
            indicator,
            area_code,
            sum(numerator order by ward_code, reference_year) as numerator,
            sum(numerator_low order by ward_code, reference_year) as numerator_low,
            sum(numerator_high order by ward_code, reference_year) as numerator_high,
            sum(
                case when numerator is not null then denominator end order by ward_code, reference_year
            ) as denominator,
            count(distinct case when numerator is not null then reference_year end) as years_observed,
            count(distinct case when numerator is not null then ward_code end) as wards_observed,
            sum(suppressed_cells) as suppressed_cells,
            bool_or(status = 'controlled') as any_controlled,
            bool_or(status = 'not_applicable') as any_not_applicable,
            min(case when numerator is not null then reference_year end) as first_observed_year,
            max(case when numerator is not null then reference_year end) as last_observed_year
        from pairs
        group by edition, indicator, area_code
    ),
    size as (select area_code, count(*) as wards from {{ ref("geo_area_ward") }} group by area_code),
    complete as (
        select
            window_.edition,
            window_.indicator,
            area.area_code,
            area.area_type,
            size.wards,
            window_.expected_year,
            window_.first_year,
            window_.last_year,
            window_.pooling_years,
            window_.carried_forward,
            window_.refreshed
        from {{ ref("ind_edition") }} as window_
        cross join {{ ref("geo_area") }} as area
        inner join size on size.area_code = area.area_code
    )
select
    complete.edition,
    complete.indicator,
    complete.area_code,
    complete.area_type,
    case
        -- A median of wards is not the median of an area made of wards.
        when indicator.estimator = 'median' and complete.wards > 1
        then null
        else indicator.multiplier * summed.numerator / nullif(summed.denominator, 0)
    end as value,
    -- What the published or suppressed cells can stand for.
    case
        when indicator.estimator <> 'median' or complete.wards = 1
        then
            least(
                indicator.multiplier * summed.numerator_low / nullif(summed.denominator, 0),
                indicator.multiplier * summed.numerator_high / nullif(summed.denominator, 0)
            )
    end as value_low,
    case
        when indicator.estimator <> 'median' or complete.wards = 1
        then
            greatest(
                indicator.multiplier * summed.numerator_low / nullif(summed.denominator, 0),
                indicator.multiplier * summed.numerator_high / nullif(summed.denominator, 0)
            )
    end as value_high,
    case when indicator.estimator not in ('published', 'median') then summed.numerator end as numerator,
    case when indicator.estimator not in ('published', 'median') then summed.denominator end as denominator,
    case
        when summed.numerator is null and coalesce(summed.any_controlled, false)
        then 'controlled'
        when summed.numerator is null and coalesce(summed.any_not_applicable, false)
        then 'not_applicable'
        when summed.numerator is null or coalesce(summed.denominator, 0) = 0
        then 'missing'
        when indicator.estimator = 'median' and complete.wards > 1
        then 'not_applicable'
        when complete.carried_forward or not complete.refreshed
        then 'carried_forward'
        when summed.suppressed_cells > 0
        then 'suppressed'
        when
            indicator.granularity
            in ('lsoa_modelled', 'grid_modelled', 'practice_borrowed', 'msoa_apportioned')
        then 'modelled'
        when complete.pooling_years > 1
        then 'pooled'
        else 'observed'
    end as status,
    complete.expected_year,
    case when summed.numerator is not null then complete.first_year end as first_year,
    case when summed.numerator is not null then complete.last_year end as last_year,
    summed.first_observed_year,
    summed.last_observed_year,
    coalesce(summed.years_observed, 0) as years_observed,
    complete.pooling_years,
    coalesce(summed.wards_observed, 0) as wards_observed,
    coalesce(summed.suppressed_cells, 0) as suppressed_cells,
    complete.carried_forward,
    complete.refreshed
from complete
inner join {{ ref("ind_indicator") }} as indicator using (indicator)
left join summed using (edition, indicator, area_code)
