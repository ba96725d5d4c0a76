-- The framework of the build's profile: each indicator with its bounds and its share of a cluster.
with
    framework as (
        select *
        from {{ ref("full_indicator") }}
        where '{{ var("profile") }}' = 'full'
        union all
        select *
        from {{ ref("open_indicator") }}
        where '{{ var("profile") }}' = 'open'
    ),
    bounds as (
        select *
        from {{ ref("full_bounds") }}
        where '{{ var("profile") }}' = 'full'
        union all
        select *
        from {{ ref("open_bounds") }}
        where '{{ var("profile") }}' = 'open'
    )
select
    framework.indicator,
    framework.component,
    framework.name,
    framework.description,
    framework.unit,
    cast(framework.decimals as integer) as decimals,
    framework.polarity,
    framework.estimator,
    framework.numerator_dataset,
    framework.numerator_measure,
    framework.denominator_dataset,
    framework.denominator_measure,
    cast(framework.multiplier as double) as multiplier,
    cast(framework.pooling_years as integer) as pooling_years,
    cast(framework.dispersion as double) as dispersion,
    framework.class,
    framework.cluster,
    framework.granularity,
    cast(framework.scored as boolean) as scored,
    -- One weight a cluster: its scored members share it, also where they stand in two components.
    case
        when cast(framework.scored as boolean)
        then
            cast(framework.weight as double) / nullif(
                count(*) filter (where cast(framework.scored as boolean)) over (
                    partition by coalesce(framework.cluster, framework.indicator)
                ),
                0
            )
        else 0
    end as weight,
    framework.disclosure_rule,
    framework.hiap_lead,
    framework.local_plan_topic,
    framework.lichfield_2050,
    framework.owner_role,
    framework.justification,
    cast(bounds.worst as double) as worst,
    cast(bounds.best as double) as best,
    bounds.basis as bounds_basis,
    bounds.basis_note as bounds_note,
    bounds.status as bounds_status,
    datasets.supplier,
    datasets.supplier_title,
    datasets.cycle,
    datasets.year_offset,
    datasets.fixed_year
from framework
inner join bounds using (indicator)
inner join {{ ref("cat_dataset") }} as datasets on datasets.dataset = framework.numerator_dataset
