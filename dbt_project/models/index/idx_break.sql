-- Breaks of series at every level: an indicator's own, and for what is made of indicators the share of weight
-- that rests on broken ones. Above `break_tolerance` the score is not compared with the edition before.
with
    indicators as (
        select
            edition.edition,
            area.area_code,
            indicator.indicator,
            indicator.component,
            component.dimension,
            case when indicator.scored then indicator.weight else 0 end as weight,
            broken.reason,
            broken.indicator is not null as is_broken
        from {{ ref("ind_indicator") }} as indicator
        inner join {{ ref("component") }} as component using (component)
        inner join {{ ref("ind_edition") }} as edition using (indicator)
        cross join {{ ref("geo_area") }} as area
        left join
            {{ ref("ind_break") }} as broken
            on broken.edition = edition.edition
            and broken.indicator = indicator.indicator
            and broken.area_code = area.area_code
    ),
    components as (
        select
            edition,
            area_code,
            component,
            dimension,
            sum(case when is_broken then weight else 0 end order by indicator)
            / nullif(sum(weight order by indicator), 0) as weight_broken,
            count(*) filter (where is_broken and weight > 0) as indicators_broken
        from indicators
        group by edition, area_code, component, dimension
    ),
    dimensions as (
        select
            components.edition,
            components.area_code,
            components.dimension,
            {{ weighted_mean("components.weight_broken", "component.weight", "1", "components.component") }}
            as weight_broken,
            sum(components.indicators_broken) as indicators_broken
        from components
        inner join {{ ref("component") }} as component using (component)
        group by components.edition, components.area_code, components.dimension
    ),
    whole as (
        select
            dimensions.edition,
            dimensions.area_code,
            {{ weighted_mean("dimensions.weight_broken", "dimension.weight", "1", "dimensions.dimension") }}
            as weight_broken,
            sum(dimensions.indicators_broken) as indicators_broken
        from dimensions
        inner join {{ ref("dimension") }} as dimension using (dimension)
        group by dimensions.edition, dimensions.area_code
    ),
    levels as (
        select
            edition,
            area_code,
            indicator as code,
            1 as level,
            1.0 as weight_broken,
            cast(1 as hugeint) as indicators_broken,
            reason
        from indicators
        where is_broken
        union all
        select
            edition,
            area_code,
            component as code,
            2 as level,
            weight_broken,
            indicators_broken,
            null as reason
        from components
        union all
        select
            edition,
            area_code,
            dimension as code,
            3 as level,
            weight_broken,
            indicators_broken,
            null as reason
        from dimensions
        union all
        select
            edition, area_code, 'index' as code, 4 as level, weight_broken, indicators_broken, null as reason
        from whole
    )
select
    edition,
    area_code,
    code,
    level,
    weight_broken,
    cast(indicators_broken as integer) as indicators_broken,
    weight_broken > {{ var("break_tolerance") }} as series_break,
    coalesce(
        reason,
        case
            when indicators_broken = 1
            then '1 indicator of it is counted otherwise than in the edition before.'
            else indicators_broken || ' indicators of it are counted otherwise than in the edition before.'
        end
    ) as reason
from levels
where indicators_broken > 0 and weight_broken is not null
