-- Each ward's value beside England and among English wards. A figure counts only where it has the definition
-- of the build's indicator and the year of the ward's data; every other indicator says that there is none.
with
    build as (select coalesce(bool_and(synthetic), false) as synthetic from {{ ref("cat_delivery") }}),
    published as (
        select indicator, reference_year, statistic, amount, derivation, source
        from {{ ref("england") }}
        where profile in ('both', '{{ var("profile") }}')
    ),
    ward_value as (
        select
            edition,
            area_code,
            indicator,
            value,
            -- A ward without a value has the year that its data would have.
            cast(coalesce(last_observed_year, expected_year) as integer) as value_year
        from {{ ref("ind_area_value") }}
        where area_type = 'ward'
    ),
    known as (select distinct indicator from published),
    nation as (
        -- A ratio to England itself has no year: England stands at its base in each.
        select indicator, reference_year, amount, derivation, source
        from published
        where statistic = 'england'
    ),
    quantile as (
        select
            indicator,
            reference_year,
            cast(substr(statistic, 2) as double) as percent,
            amount,
            lead(cast(substr(statistic, 2) as double)) over in_order as next_percent,
            lead(amount) over in_order as next_amount,
            row_number() over in_order = 1 as is_first
        from published
        where statistic <> 'england'
        window
            in_order as (
                partition by indicator, reference_year order by amount, cast(substr(statistic, 2) as double)
            )
    ),
    distribution as (
        -- Percentiles of one indicator and year come from one source: a test of the seed holds it so.
        select indicator, reference_year, min(source) as source
        from published
        where statistic <> 'england'
        group by indicator, reference_year
    ),
    placed as (
        -- Share of English wards with a lower value, between the two quantiles that hold the value; beyond
        -- the outer ones it is given as theirs.
        select
            ward_value.edition,
            ward_value.area_code,
            ward_value.indicator,
            max(
                case
                    when ward_value.value >= quantile.amount
                    then
                        quantile.percent + coalesce(
                            (quantile.next_percent - quantile.percent) * least(
                                1,
                                (ward_value.value - quantile.amount)
                                / nullif(quantile.next_amount - quantile.amount, 0)
                            ),
                            0
                        )
                    when quantile.is_first
                    then quantile.percent
                end
            ) as lower_share
        from ward_value
        inner join
            quantile
            on quantile.indicator = ward_value.indicator
            and quantile.reference_year = ward_value.value_year
        where ward_value.value is not null
        group by ward_value.edition, ward_value.area_code, ward_value.indicator
    )
select
    ward_value.edition,
    ward_value.area_code,
    ward_value.indicator,
    ward_value.value,
    ward_value.value_year,
    nation.amount as england,
    case when nation.indicator is not null then ward_value.value_year end as england_year,
    nation.derivation as england_derivation,
    nation.source as england_source,
    case
        when indicator.polarity = 'higher' then placed.lower_share else 100 - placed.lower_share
    end as percentile,
    distribution.reference_year as percentile_year,
    distribution.source as percentile_source,
    case
        when nation.indicator is not null and distribution.indicator is not null
        then 'England value and percentile among English wards'
        when nation.indicator is not null
        then 'England value'
        when distribution.indicator is not null
        then 'percentile among English wards'
        when known.indicator is not null
        then 'no comparator published for this year'
        else 'no comparator published'
    end as label,
    build.synthetic,
    case
        when build.synthetic and (nation.indicator is not null or distribution.indicator is not null)
        then 'The value of the ward is made up, the figures of England are published: an example, no finding.'
    end as caution
from ward_value
cross join build
inner join {{ ref("ind_indicator") }} as indicator using (indicator)
left join known using (indicator)
left join
    nation
    on nation.indicator = ward_value.indicator
    and coalesce(nation.reference_year, ward_value.value_year) = ward_value.value_year
left join
    distribution
    on distribution.indicator = ward_value.indicator
    and distribution.reference_year = ward_value.value_year
left join placed using (edition, area_code, indicator)
