-- Numerator and denominator of each indicator, ward and year: paired at the level of the place where both are
-- placed alike, else at the level of the ward.
with
    numerators as (
        select
            indicator.indicator,
            indicator.denominator_dataset is not null as has_denominator,
            observation.ward_code,
            observation.reference_year,
            observation.edition,
            observation.kind,
            observation.method,
            observation.amount,
            observation.amount_low,
            observation.amount_high,
            observation.weight,
            observation.status,
            observation.suppressed_cells
        from {{ ref("ind_indicator") }} as indicator
        inner join
            {{ ref("geo_ward_observation") }} as observation
            on observation.dataset = indicator.numerator_dataset
            and observation.measure = indicator.numerator_measure
    ),
    denominators as (
        select
            years.indicator,
            years.reference_year,
            years.denominator_year,
            observation.ward_code,
            observation.kind = 'level' as is_level,
            case
                when observation.kind = 'level'
                then observation.amount / nullif(observation.weight, 0)
                else greatest(observation.amount - coalesce(not_at_risk.residents, 0), 0)
            end as denominator,
            observation.status
        from {{ ref("ind_denominator_year") }} as years
        inner join
            {{ ref("geo_ward_observation") }} as observation
            on observation.dataset = years.denominator_dataset
            and observation.measure = years.denominator_measure
            and observation.reference_year = years.denominator_year
        left join
            {{ ref("ind_not_at_risk") }} as not_at_risk
            on not_at_risk.indicator = years.indicator
            and not_at_risk.ward_code = observation.ward_code
    ),
    paired_at_ward as (
        select
            numerators.indicator,
            numerators.ward_code,
            numerators.reference_year,
            numerators.edition,
            numerators.kind,
            -- A ward's own rate counts by the ward's population in the district and in groups.
            case
                when
                    numerators.kind = 'level'
                    and numerators.method in ('direct_ward', 'ward_name')
                    and not denominators.is_level
                then coalesce(denominators.denominator, 1)
                else 1
            end as level_factor,
            numerators.amount,
            numerators.amount_low,
            numerators.amount_high,
            case
                -- A level over a level is a ratio, such as a price over an income.
                when numerators.kind = 'level' and denominators.is_level
                then numerators.weight * denominators.denominator
                when numerators.kind = 'level'
                then numerators.weight
                else denominators.denominator
            end as denominator,
            denominators.denominator_year,
            case
                when numerators.status = 'not_applicable' or denominators.status = 'not_applicable'
                then 'not_applicable'
                when
                    numerators.status = 'missing'
                    or (numerators.has_denominator and denominators.denominator is null)
                then 'missing'
                when
                    numerators.status = 'suppressed'
                    or (numerators.has_denominator and denominators.status = 'suppressed')
                then 'suppressed'
                else 'observed'
            end as status,
            numerators.suppressed_cells
        from numerators
        left join denominators using (indicator, ward_code, reference_year)
    ),
    at_ward as (
        select
            indicator,
            ward_code,
            reference_year,
            edition,
            kind,
            case when status not in ('missing', 'not_applicable') then amount * level_factor end as numerator,
            case
                when status not in ('missing', 'not_applicable') then amount_low * level_factor
            end as numerator_low,
            case
                when status not in ('missing', 'not_applicable') then amount_high * level_factor
            end as numerator_high,
            case
                when status in ('missing', 'not_applicable')
                then null
                when kind = 'level'
                then denominator * level_factor
                else denominator
            end as denominator,
            denominator_year,
            status,
            suppressed_cells
        from paired_at_ward
        anti join {{ ref("ind_place_pair") }} as place_pair using (indicator, reference_year)
    ),
    at_place as (
        select
            indicator,
            ward_code,
            reference_year,
            edition,
            'count' as kind,
            denominator >= denominator_all * 2 / 3 - 1e-9 as enough,
            numerator,
            numerator_low,
            numerator_high,
            denominator,
            denominator_year,
            suppressed_cells,
            not_applicable
        from {{ ref("ind_place_pair") }}
    )
select
    indicator,
    ward_code,
    reference_year,
    edition,
    kind,
    numerator,
    numerator_low,
    numerator_high,
    denominator,
    denominator_year,
    status,
    suppressed_cells
from at_ward
union all
select
    indicator,
    ward_code,
    reference_year,
    edition,
    kind,
    case when enough then numerator end as numerator,
    case when enough then numerator_low end as numerator_low,
    case when enough then numerator_high end as numerator_high,
    case when enough then denominator end as denominator,
    denominator_year,
    case
        when not_applicable
        then 'not_applicable'
        when not coalesce(enough, false)
        then 'missing'
        when suppressed_cells > 0
        then 'suppressed'
        else 'observed'
    end as status,
    suppressed_cells
from at_place
