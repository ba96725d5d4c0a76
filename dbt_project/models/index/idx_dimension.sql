-- Dimension scores: the weighted mean of the scored components, given where enough of the weight is scored.
with
    method as (select * from {{ ref("method") }} where profile = '{{ var("profile") }}'),
    children as (
        select
            child.variant,
            child.edition,
            child.area_code,
            child.dimension,
            child.component,
            child.score,
            child.weight_refreshed,
            -- A component that the framework does not score is no part of the whole.
            case
                when child.indicators >= method.minimum_indicators then cast(parent.weight as double) else 0
            end as weight,
            method.coverage_threshold,
            method.dimension_order
        from {{ ref("idx_component") }} as child
        inner join {{ ref("component") }} as parent using (component)
        cross join method
    ),
    summed as (
        select
            variant,
            edition,
            area_code,
            dimension,
            count(*) as components,
            count(score) as components_scored,
            coalesce(
                sum(case when score is not null then weight else 0 end order by component)
                / nullif(sum(weight order by component), 0),
                0
            ) as weight_observed,
            coalesce(
                sum(weight * weight_refreshed order by component) / nullif(sum(weight order by component), 0),
                0
            ) as weight_refreshed,
            {{ weighted_mean("score", "weight", "dimension_order", "component") }} as raw_score,
            min(coverage_threshold) as coverage_threshold
        from children
        group by variant, edition, area_code, dimension
    )
select
    variant,
    edition,
    area_code,
    dimension,
    components,
    components_scored,
    weight_observed,
    weight_refreshed,
    case when weight_observed >= coverage_threshold - 1e-9 then raw_score end as score,
    case
        when weight_observed < coverage_threshold - 1e-9
        then 'not scored: too few components'
        when components_scored < components
        then 'rests on ' || components_scored || ' of ' || components || ' components'
        else 'scored'
    end as label
from summed
