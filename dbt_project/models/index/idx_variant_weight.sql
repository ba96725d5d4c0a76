-- Weight of each scored indicator in each variant of the index: the headline; outcomes only; and without the
-- indicators whose source is also that of the index it is compared with.
with
    headline as (
        select 'headline' as variant, indicator, component, weight
        from {{ ref("ind_indicator") }}
        where scored
    ),
    outcomes_only as (
        select 'outcomes_only' as variant, indicator, component, weight
        from {{ ref("ind_indicator") }}
        where scored and class in ('outcome', 'perception')
    ),
    without_comparator as (
        select
            'without_comparator_source' as variant, indicator.indicator, indicator.component, indicator.weight
        from {{ ref("ind_indicator") }} as indicator
        where
            indicator.scored
            and indicator.supplier not in (
                select supplier
                from {{ ref("cat_dataset") }}
                where dataset = '{{ var("comparator_dataset") }}'
            )
    )
select variant, indicator, component, weight
from headline
union all
select variant, indicator, component, weight
from outcomes_only
union all
select variant, indicator, component, weight
from without_comparator
