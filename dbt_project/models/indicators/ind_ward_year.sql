-- Numerator and denominator of each indicator, ward and year. A denominator from another dataset is taken
-- as of the numerator's year: the latest year not after it, else the earliest there is.
with
    numerators as (
        select
            indicator.indicator,
            indicator.denominator_dataset,
            indicator.denominator_measure,
            observation.*
        from {{ ref('ind_indicator') }} as indicator
        inner join
            {{ ref('geo_ward_observation') }} as observation
            on observation.dataset = indicator.numerator_dataset
            and observation.measure = indicator.numerator_measure
    ),
    denominators as (
        select dataset, measure, ward_code, reference_year, amount, status
        from {{ ref('geo_ward_observation') }}
        where kind <> 'level'
    ),
    candidates as (
        select
            numerators.indicator,
            numerators.ward_code,
            numerators.reference_year,
            denominators.amount as denominator,
            denominators.status as denominator_status,
            denominators.reference_year as denominator_year
        from numerators
        inner join
            denominators
            on denominators.dataset = coalesce(
                numerators.denominator_dataset, '{{ var("population_dataset") }}'
            )
            and denominators.measure = coalesce(
                numerators.denominator_measure, '{{ var("population_measure") }}'
            )
            and denominators.ward_code = numerators.ward_code
        qualify
            row_number() over (
                partition by numerators.indicator, numerators.ward_code, numerators.reference_year
                order by
                    denominators.reference_year > numerators.reference_year,
                    case
                        when denominators.reference_year <= numerators.reference_year
                        then -denominators.reference_year
                        else denominators.reference_year
                    end
            )
            = 1
    ),
    paired as (
        select
            numerators.indicator,
            numerators.ward_code,
            numerators.reference_year,
            numerators.edition,
            numerators.kind,
            case
                when numerators.kind <> 'level' then 1
                -- A ward's own rate counts by the ward's population in the district and in groups.
                when numerators.method in ('direct_ward', 'ward_name') then candidates.denominator
                else 1
            end as level_factor,
            numerators.amount,
            numerators.amount_low,
            numerators.amount_high,
            numerators.weight,
            candidates.denominator,
            candidates.denominator_year,
            case
                when numerators.status = 'missing' then 'missing'
                when numerators.kind <> 'level' and candidates.denominator is null then 'missing'
                when numerators.status = 'suppressed' or candidates.denominator_status = 'suppressed' then 'suppressed'
                else 'observed'
            end as status,
            numerators.suppressed_cells
        from numerators
        left join candidates using (indicator, ward_code, reference_year)
    )
select
    indicator,
    ward_code,
    reference_year,
    edition,
    kind,
    case when status <> 'missing' then amount * level_factor end as numerator,
    case when status <> 'missing' then amount_low * level_factor end as numerator_low,
    case when status <> 'missing' then amount_high * level_factor end as numerator_high,
    case
        when status = 'missing' then null when kind = 'level' then weight * level_factor else denominator
    end as denominator,
    denominator_year,
    status,
    suppressed_cells
from paired
