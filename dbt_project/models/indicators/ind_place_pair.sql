-- Pairs of numerator and denominator formed at the level of the place, for indicators whose two counts are
-- placed by the same method: a place without a numerator then lends the ward no denominator either. A ward
-- needs two thirds of its places' denominator paired.
with
    observed as (
        select
            dataset,
            measure,
            reference_year,
            method,
            place,
            snap_metres,
            absent,
            coalesce(amount, (amount_low + amount_high) / 2) * coverage_factor as amount,
            coalesce(amount_low, amount) * coverage_factor as amount_low,
            coalesce(amount_high, amount) * coverage_factor as amount_high,
            status,
            edition
        from {{ ref("geo_observation") }}
        where kind <> 'level' and place is not null
    ),
    joined as (
        select
            indicator.indicator,
            numerator.reference_year,
            numerator.edition,
            allocation.ward_code,
            allocation.share,
            denominator.place,
            numerator.amount,
            numerator.amount_low,
            numerator.amount_high,
            denominator.amount as denominator,
            years.denominator_year,
            numerator.status = 'suppressed' or denominator.status = 'suppressed' as suppressed,
            numerator.status = 'not_applicable' or denominator.status = 'not_applicable' as not_applicable
        from {{ ref("ind_indicator") }} as indicator
        inner join {{ ref("ind_denominator_year") }} as years using (indicator)
        inner join
            observed as numerator
            on numerator.dataset = indicator.numerator_dataset
            and numerator.measure = indicator.numerator_measure
            and numerator.reference_year = years.reference_year
        inner join
            observed as denominator
            on denominator.dataset = indicator.denominator_dataset
            and denominator.measure = indicator.denominator_measure
            and denominator.reference_year = years.denominator_year
            and denominator.method = numerator.method
            and denominator.place = numerator.place
        inner join
            {{ ref("geo_allocation") }} as allocation
            on allocation.method = denominator.method
            and allocation.place = denominator.place
            and allocation.snap_metres = denominator.snap_metres
        -- Residents who are not at risk are known by ward, not by place.
        anti join {{ ref("ind_not_at_risk") }} as not_at_risk on not_at_risk.indicator = indicator.indicator
        where numerator.absent = 'missing'
    )
select
    indicator,
    reference_year,
    ward_code,
    max(edition) as edition,
    sum(
        case when amount is not null and denominator is not null then amount * share end order by place
    ) as numerator,
    sum(
        case when amount is not null and denominator is not null then amount_low * share end order by place
    ) as numerator_low,
    sum(
        case when amount is not null and denominator is not null then amount_high * share end order by place
    ) as numerator_high,
    sum(
        case when amount is not null and denominator is not null then denominator * share end order by place
    ) as denominator,
    sum(
        case when denominator is not null and not not_applicable then denominator * share end order by place
    ) as denominator_all,
    max(denominator_year) as denominator_year,
    count(*) filter (where suppressed) as suppressed_cells,
    bool_and(not_applicable) as not_applicable
from joined
group by indicator, reference_year, ward_code
