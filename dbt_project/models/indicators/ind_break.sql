-- Where the series of an indicator breaks in an area: a value that is not comparable with the one of the
-- edition
-- before, and why. The supplier counts otherwise (a layout's method break), or a ward of the area was made
-- from
-- part of another and has no earlier values.
with
    windows as (
        select
            edition,
            indicator,
            first_year,
            last_year,
            lag(first_year) over (partition by indicator order by edition) as first_year_before,
            lag(last_year) over (partition by indicator order by edition) as last_year_before
        from {{ ref("ind_edition") }}
    ),
    methods as (
        select dataset, method_break, min(reference_year) as first_year
        from {{ ref("cat_delivery") }}
        where method_break is not null
        group by dataset, method_break
    ),
    sources as (
        select indicator, numerator_dataset as dataset
        from {{ ref("ind_indicator") }}
        union
        select indicator, denominator_dataset as dataset
        from {{ ref("ind_indicator") }}
    ),
    by_method as (
        select
            windows.edition,
            windows.indicator,
            area.area_code,
            'method' as kind,
            methods.method_break as reason
        from windows
        inner join sources using (indicator)
        inner join methods using (dataset)
        cross join {{ ref("geo_area") }} as area
        -- The window before held years counted the old way, and this one holds years counted the new way.
        where
            windows.first_year_before < methods.first_year
            and windows.last_year >= methods.first_year
            and windows.last_year > windows.last_year_before
    ),
    new_wards as (
        select
            windows.edition,
            windows.indicator,
            broken.ward_code,
            broken.ward_name
            || ' was made with edition '
            || broken.edition
            || ' from part of '
            || broken.split_names as words,
            count(values_.numerator) filter (
                where values_.reference_year between windows.first_year and windows.last_year
            )
            > 0 as has_value,
            count(values_.numerator) filter (
                where values_.reference_year between windows.first_year_before and windows.last_year_before
            )
            > 0 as had_value
        from windows
        cross join {{ ref("geo_ward_break") }} as broken
        left join
            {{ ref("ctl_ward_year") }} as values_
            on values_.indicator = windows.indicator
            and values_.ward_code = broken.ward_code
        where windows.last_year_before is not null
        group by all
    ),
    by_ward as (
        select
            new_wards.edition,
            new_wards.indicator,
            member.area_code,
            'wards' as kind,
            string_agg(new_wards.words, '; ' order by new_wards.ward_code)
            || ': counts of earlier years cannot be given to it' as reason
        from new_wards
        inner join {{ ref("geo_area_ward") }} as member using (ward_code)
        where new_wards.has_value and not new_wards.had_value
        group by new_wards.edition, new_wards.indicator, member.area_code
    ),
    both_kinds as (
        select edition, indicator, area_code, kind, reason
        from by_method
        union
        select edition, indicator, area_code, kind, reason
        from by_ward
    )
select
    edition,
    indicator,
    area_code,
    bool_or(kind = 'wards') as by_wards,
    string_agg(reason, ' ' order by kind, reason) as reason
from both_kinds
group by edition, indicator, area_code
