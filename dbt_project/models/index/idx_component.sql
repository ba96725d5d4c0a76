-- Component scores: the weighted mean of the observed indicators, given where enough of the weight is
-- observed and the component has enough indicators.
with
    method as (select * from {{ ref("method") }} where profile = '{{ var("profile") }}'),
    scores as (
        select
            weight.variant,
            score.edition,
            score.area_code,
            weight.component,
            weight.indicator,
            weight.weight,
            score.score,
            score.refreshed,
            method.coverage_threshold,
            method.minimum_indicators,
            method.component_order
        from {{ ref("idx_variant_weight") }} as weight
        inner join {{ ref("idx_indicator_score") }} as score using (indicator)
        cross join method
    ),
    summed as (
        select
            variant,
            edition,
            area_code,
            component,
            count(*) as indicators,
            count(score) as indicators_observed,
            sum(case when score is not null then weight else 0 end order by indicator)
            / nullif(sum(weight order by indicator), 0) as weight_observed,
            sum(case when score is not null and refreshed then weight else 0 end order by indicator)
            / nullif(sum(weight order by indicator), 0) as weight_refreshed,
            {{ weighted_mean("score", "weight", "component_order", "indicator") }} as raw_score,
            min(coverage_threshold) as coverage_threshold,
            min(minimum_indicators) as minimum_indicators
        from scores
        group by variant, edition, area_code, component
    ),
    complete as (
        select variant.variant, edition.edition, area.area_code, component.component, component.dimension
        from (select distinct variant from {{ ref("idx_variant_weight") }}) as variant
        cross join (select distinct edition from {{ ref("ind_edition") }}) as edition
        cross join {{ ref("geo_area") }} as area
        cross join {{ ref("component") }} as component
    )
select
    complete.variant,
    complete.edition,
    complete.area_code,
    complete.component,
    complete.dimension,
    coalesce(summed.indicators, 0) as indicators,
    coalesce(summed.indicators_observed, 0) as indicators_observed,
    coalesce(summed.weight_observed, 0) as weight_observed,
    coalesce(summed.weight_refreshed, 0) as weight_refreshed,
    case
        when
            summed.indicators >= summed.minimum_indicators
            -- Two thirds is two thirds, whatever the last binary digit says.
            and summed.weight_observed >= summed.coverage_threshold - 1e-9
        then summed.raw_score
    end as score,
    case
        when coalesce(summed.indicators, 0) = 0
        then 'not scored: no indicator'
        when summed.indicators < summed.minimum_indicators
        then 'not scored: too few indicators'
        when summed.weight_observed < summed.coverage_threshold - 1e-9
        then 'not scored: too little observed'
        else 'scored'
    end as label
from complete
left join summed using (variant, edition, area_code, component)
