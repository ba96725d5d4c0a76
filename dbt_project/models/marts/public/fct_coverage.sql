-- What each edition of the series rests on, one row a dataset, indicator, component, dimension and the index.
with
    wards as (select count(*) as wards from {{ ref("geo_ward") }}),
    editions as (select distinct edition from {{ ref("ind_edition") }}),
    -- The delivery that serves each edition: its own, or the latest before it.
    served as (
        select
            editions.edition,
            datasets.dataset,
            datasets.title,
            datasets.role,
            datasets.cycle,
            coalesce(delivery.carried_from, delivery.edition) as delivered_edition,
            delivery.carried_forward
        from editions
        cross join {{ ref("cat_dataset") }} as datasets
        left join
            {{ ref("cat_delivery") }} as delivery
            on delivery.dataset = datasets.dataset
            and delivery.edition <= editions.edition
        where
            datasets.role in ('outcome', 'reference')
            and list_contains(string_split(datasets.profiles, ' '), '{{ var("profile") }}')
        qualify
            row_number() over (
                partition by editions.edition, datasets.dataset order by delivery.edition desc nulls last
            )
            = 1
    ),
    datasets as (
        select
            edition,
            case when role = 'outcome' then 'dataset' else 'reference' end as item_type,
            dataset as item,
            title as name,
            case
                when delivered_edition is null
                then 'missing'
                when delivered_edition = edition
                then 'received'
                -- A feed that comes once in several years serves until the next: no failure.
                when cycle in ('static', 'event')
                then 'serves'
                when carried_forward
                then 'carried_forward'
                else 'missing'
            end as standing,
            delivered_edition
        from served
    ),
    statuses as (
        select
            edition,
            indicator,
            count(value) as wards_given,
            count(*) filter (where status = 'observed') as observed,
            count(*) filter (where status = 'pooled') as pooled,
            count(*) filter (where status = 'modelled') as modelled,
            count(*) filter (where status = 'imputed') as imputed,
            count(*) filter (where status = 'suppressed') as suppressed,
            count(*) filter (where status = 'controlled') as controlled,
            count(*) filter (where status = 'carried_forward') as carried_forward,
            count(*) filter (where status = 'not_applicable') as not_applicable,
            count(*) filter (where status = 'missing') as missing
        from {{ ref("ind_area_value") }}
        where area_type = 'ward'
        group by edition, indicator
    ),
    indicators as (
        select
            statuses.*,
            indicator.name,
            case when indicator.scored then 'scored' else 'context_only' end as standing
        from statuses
        inner join {{ ref("ind_indicator") }} as indicator using (indicator)
    ),
    scored as (
        select 'component' as item_type, edition, component as item, area_code, score, weight_refreshed
        from {{ ref("idx_component") }}
        where variant = 'headline'
        union all
        select 'dimension' as item_type, edition, dimension as item, area_code, score, weight_refreshed
        from {{ ref("idx_dimension") }}
        where variant = 'headline'
        union all
        select 'index' as item_type, edition, 'index' as item, area_code, score, weight_refreshed
        from {{ ref("idx_index") }}
        where variant = 'headline'
    ),
    names as (
        select component as item, name
        from {{ ref("component") }}
        union all
        select dimension as item, name
        from {{ ref("dimension") }}
        union all
        select 'index' as item, 'Social Progress Index' as name
    ),
    scores as (
        select
            scored.item_type,
            scored.edition,
            scored.item,
            names.name,
            count(scored.score) as wards_given,
            avg(scored.weight_refreshed order by scored.area_code) as weight_refreshed
        from scored
        inner join
            {{ ref("geo_area") }} as area on area.area_code = scored.area_code and area.area_type = 'ward'
        inner join names using (item)
        group by scored.item_type, scored.edition, scored.item, names.name
    )
select
    edition,
    item_type,
    item,
    name,
    standing,
    delivered_edition,
    cast(null as bigint) as wards,
    cast(null as bigint) as wards_given,
    cast(null as bigint) as observed,
    cast(null as bigint) as pooled,
    cast(null as bigint) as modelled,
    cast(null as bigint) as imputed,
    cast(null as bigint) as suppressed,
    cast(null as bigint) as controlled,
    cast(null as bigint) as carried_forward,
    cast(null as bigint) as not_applicable,
    cast(null as bigint) as missing,
    cast(null as double) as weight_refreshed
from datasets
union all
select
    indicators.edition,
    'indicator' as item_type,
    indicators.indicator as item,
    indicators.name,
    indicators.standing,
    cast(null as integer) as delivered_edition,
    wards.wards,
    indicators.wards_given,
    indicators.observed,
    indicators.pooled,
    indicators.modelled,
    indicators.imputed,
    indicators.suppressed,
    indicators.controlled,
    indicators.carried_forward,
    indicators.not_applicable,
    indicators.missing,
    cast(null as double) as weight_refreshed
from indicators
cross join wards
union all
select
    scores.edition,
    scores.item_type,
    scores.item,
    scores.name,
    case
        when scores.wards_given = wards.wards
        then 'scored'
        when scores.wards_given > 0
        then 'partly_scored'
        else 'not_scored'
    end as standing,
    cast(null as integer) as delivered_edition,
    wards.wards,
    scores.wards_given,
    cast(null as bigint) as observed,
    cast(null as bigint) as pooled,
    cast(null as bigint) as modelled,
    cast(null as bigint) as imputed,
    cast(null as bigint) as suppressed,
    cast(null as bigint) as controlled,
    cast(null as bigint) as carried_forward,
    cast(null as bigint) as not_applicable,
    cast(null as bigint) as missing,
    scores.weight_refreshed
from scores
cross join wards
