-- Each ward's value beside England and among English wards, where a national figure is published.
with
    quantiles as (
        select
            indicator,
            cast(substr(statistic, 2) as double) as percent,
            amount,
            lead(cast(substr(statistic, 2) as double)) over in_order as next_percent,
            lead(amount) over in_order as next_amount,
            row_number() over in_order = 1 as is_first
        from {{ ref("england") }}
        where statistic <> 'england'
        window in_order as (partition by indicator order by amount, cast(substr(statistic, 2) as double))
    ),
    nation as (
        select
            indicator,
            max(case when statistic = 'england' then amount end) as england,
            min(reference_year) as england_year,
            min(source) as source
        from {{ ref("england") }}
        group by indicator
    ),
    placed as (
        -- Share of English wards with a lower value, between the two quantiles that hold the value; beyond
        -- the
        -- outer ones it is given as theirs.
        select
            value_.edition,
            value_.area_code,
            value_.indicator,
            max(
                case
                    when value_.value >= quantile.amount
                    then
                        quantile.percent + coalesce(
                            (quantile.next_percent - quantile.percent) * least(
                                1,
                                (value_.value - quantile.amount)
                                / nullif(quantile.next_amount - quantile.amount, 0)
                            ),
                            0
                        )
                    when quantile.is_first
                    then quantile.percent
                end
            ) as lower_share
        from {{ ref("ind_area_value") }} as value_
        inner join quantiles as quantile using (indicator)
        where value_.area_type = 'ward' and value_.value is not null
        group by value_.edition, value_.area_code, value_.indicator
    )
select
    value_.edition,
    value_.area_code,
    value_.indicator,
    value_.value,
    nation.england,
    nation.england_year,
    case
        when indicator.polarity = 'higher' then placed.lower_share else 100 - placed.lower_share
    end as percentile,
    nation.source,
    case when nation.indicator is null then 'no comparator published' else 'comparator published' end as label
from {{ ref("ind_area_value") }} as value_
inner join {{ ref("ind_indicator") }} as indicator using (indicator)
left join nation using (indicator)
left join placed using (edition, area_code, indicator)
where value_.area_type = 'ward'
