-- The framework: each indicator with its definition, bounds, weight and source.
select
    indicator.indicator,
    indicator.name,
    indicator.component,
    component.dimension,
    indicator.description,
    indicator.unit,
    indicator.decimals,
    indicator.polarity,
    indicator.estimator,
    indicator.class,
    indicator.cluster,
    indicator.granularity,
    indicator.pooling_years,
    indicator.dispersion,
    indicator.scored,
    indicator.weight,
    case when override.code is null then 'equal' else override.status end as weight_status,
    override.reason as weight_reason,
    indicator.worst,
    indicator.best,
    indicator.bounds_basis,
    indicator.bounds_note,
    indicator.bounds_status,
    indicator.disclosure_rule,
    indicator.numerator_dataset,
    indicator.numerator_measure,
    indicator.denominator_dataset,
    indicator.denominator_measure,
    indicator.multiplier,
    indicator.supplier_title,
    datasets.agreement,
    datasets.attribution,
    indicator.hiap_lead,
    indicator.local_plan_topic,
    indicator.lichfield_2050,
    indicator.owner_role,
    indicator.justification
from {{ ref("ind_indicator") }} as indicator
inner join {{ ref("component") }} as component using (component)
inner join {{ ref("cat_dataset") }} as datasets on datasets.dataset = indicator.numerator_dataset
left join
    {{ ref("weight_override") }} as override
    on override.profile = '{{ var("profile") }}'
    and override.level = 'indicator'
    and override.code = indicator.indicator
