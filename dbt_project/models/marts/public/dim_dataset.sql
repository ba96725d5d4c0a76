-- The datasets that this build's framework rests on.
with
    used as (
        select numerator_dataset as dataset
        from {{ ref("ind_indicator") }}
        union
        select denominator_dataset as dataset
        from {{ ref("ind_indicator") }}
        union
        select excluded_dataset as dataset
        from {{ ref("full_population_at_risk") }}
        where '{{ var("profile") }}' = 'full'
    )
select
    datasets.dataset,
    datasets.title,
    datasets.theme,
    datasets.supplier_title,
    datasets.owner_role,
    datasets.agreement,
    datasets.attribution,
    datasets.disclosure_rule,
    datasets.cycle,
    datasets.geography_level,
    datasets.method
from {{ ref("cat_dataset") }} as datasets
inner join used using (dataset)
