-- The index: the weighted mean of the dimension scores, given where enough of the weight is scored.
with
    method as (select * from {{ ref("method") }} where profile = '{{ var("profile") }}'),
    children as (
        select
            child.variant,
            child.edition,
            child.area_code,
            child.dimension,
            child.components,
            child.components_scored,
            child.score,
            child.weight_refreshed,
            cast(parent.weight as double) as weight,
            method.coverage_threshold,
            method.index_order
        from {{ ref("idx_dimension") }} as child
        inner join {{ ref("dimension") }} as parent using (dimension)
        cross join method
    ),
    summed as (
        select
            variant,
            edition,
            area_code,
            sum(components) as components,
            sum(components_scored) as components_scored,
            coalesce(
                sum(case when score is not null then weight else 0 end order by dimension)
                / nullif(sum(weight order by dimension), 0),
                0
            ) as weight_observed,
            coalesce(
                sum(weight * weight_refreshed order by dimension) / nullif(sum(weight order by dimension), 0),
                0
            ) as weight_refreshed,
            {{ weighted_mean("score", "weight", "index_order", "dimension") }} as raw_score,
            min(coverage_threshold) as coverage_threshold
        from children
        group by variant, edition, area_code
    )
select
    variant,
    edition,
    area_code,
    components,
    components_scored,
    weight_observed,
    weight_refreshed,
    case when weight_observed >= coverage_threshold - 1e-9 then raw_score end as score,
    case
        when weight_observed < coverage_threshold - 1e-9
        then 'not scored: too few dimensions'
        when components_scored < components
        then 'rests on ' || components_scored || ' of ' || components || ' components'
        else 'scored'
    end as label
from summed
