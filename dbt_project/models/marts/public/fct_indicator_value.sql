-- Value, score, age and status of each indicator in each edition and area.
with
    dated as (
        select
            value_.*,
            cast(datasets.start_2020 as date)
            + to_years(cast(value_.first_year - 2020 as integer)) as period_start,
            cast(datasets.end_2020 as date)
            + to_years(cast(value_.last_year - 2020 as integer)) as period_end,
            -- The first and last day that the area itself has data of: a year it lacks moves the middle.
            cast(datasets.start_2020 as date)
            + to_years(cast(value_.first_observed_year - 2020 as integer)) as data_start,
            cast(datasets.end_2020 as date)
            + to_years(cast(value_.last_observed_year - 2020 as integer)) as data_end
        from {{ ref("ind_area_value") }} as value_
        inner join {{ ref("ind_indicator") }} as indicator using (indicator)
        inner join {{ ref("cat_dataset") }} as datasets on datasets.dataset = indicator.numerator_dataset
    ),
    coverage as (
        select dataset, reference_year, min(coverage_label) as coverage_label
        from {{ ref("cat_delivery") }}
        where coverage_label is not null
        group by dataset, reference_year
    ),
    -- Values over a denominator that a decision carries forward rest on older data too.
    over_older as (
        select distinct dataset, edition
        from {{ source("build", "_decisions") }}
        where decision = 'carry_forward'
    ),
    breaks as (
        select dataset, reference_year, min(method_break) as method_break
        from {{ ref("cat_delivery") }}
        where method_break is not null
        group by dataset, reference_year
    )
select
    dated.edition,
    dated.area_code,
    dated.area_type,
    dated.indicator,
    dated.value,
    dated.numerator,
    dated.denominator,
    score.score,
    score.clipped,
    dated.status,
    cast(dated.period_start as date) as period_start,
    cast(dated.period_end as date) as period_end,
    cast(
        dated.data_start
        + to_days(cast(floor(date_diff('day', dated.data_start, dated.data_end) / 2) as integer)) as date
    ) as mid_date,
    dated.pooling_years,
    dated.years_observed,
    dated.carried_forward or over_older.dataset is not null as carried_forward,
    dated.refreshed,
    indicator.granularity,
    coverage.coverage_label,
    breaks.method_break,
    series.indicator is not null as series_break,
    series.reason as break_reason
from dated
inner join {{ ref("ind_indicator") }} as indicator using (indicator)
inner join {{ ref("idx_indicator_score") }} as score using (edition, area_code, indicator)
left join
    coverage on coverage.dataset = indicator.numerator_dataset and coverage.reference_year = dated.last_year
left join
    over_older on over_older.dataset = indicator.denominator_dataset and over_older.edition = dated.edition
left join {{ ref("ind_break") }} as series using (edition, area_code, indicator)
left join breaks on breaks.dataset = indicator.numerator_dataset and breaks.reference_year = dated.last_year
