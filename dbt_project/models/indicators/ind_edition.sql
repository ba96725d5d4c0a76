-- Which years each indicator rests on in each edition of the series: the window that ends in the expected
-- year, or in the latest earlier year for which there are data.
with
    editions as (
        select cast(generate_series as integer) as edition
        from generate_series({{ var("first_edition") }}, {{ var("edition") }})
    ),
    expected as (
        select
            editions.edition,
            indicator.indicator,
            indicator.pooling_years,
            indicator.cycle,
            coalesce(indicator.fixed_year, editions.edition + indicator.year_offset) as expected_year
        from editions
        cross join {{ ref("ind_indicator") }} as indicator
    ),
    available as (
        select indicator, reference_year, min(edition) as delivered_edition
        from {{ ref("ctl_ward_year") }}
        where numerator is not null
        group by indicator, reference_year
    ),
    used as (
        select
            expected.edition,
            expected.indicator,
            expected.pooling_years,
            expected.cycle,
            expected.expected_year,
            max(available.reference_year) as last_year
        from expected
        left join
            available
            on available.indicator = expected.indicator
            and available.reference_year <= expected.expected_year
        group by all
    )
select
    used.edition,
    used.indicator,
    used.expected_year,
    used.last_year,
    used.last_year - used.pooling_years + 1 as first_year,
    used.pooling_years,
    (
        select count(*)
        from available
        where
            available.indicator = used.indicator
            and available.reference_year between used.last_year - used.pooling_years + 1 and used.last_year
    ) as years_available,
    -- Fresh data: the window ends later than it did an edition ago.
    used.last_year is not null
    and coalesce(
        used.last_year > lag(used.last_year) over (partition by used.indicator order by used.edition),
        used.last_year = used.expected_year and used.cycle = 'annual'
    ) as refreshed,
    used.last_year is not null and used.last_year < used.expected_year as carried_forward
from used
