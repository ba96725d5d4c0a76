-- The areas and indicators that each event concerns. A group of wards and the district are concerned where
-- all
-- of their wards are.
with
    named as (
        select event.event_id, events.wards, events.indicators
        from {{ ref("dim_policy_event") }} as event
        inner join
            {{ ref("policy_events") }} as events
            on events.date = event.event_date
            and events.event = event.event
    ),
    areas as (
        select named.event_id, member.area_code
        from named
        cross join {{ ref("geo_area_ward") }} as member
        group by named.event_id, member.area_code
        having
            bool_and(named.wards is null or list_contains(string_split(named.wards, ' '), member.ward_code))
    )
select areas.event_id, areas.area_code, indicator.indicator
from areas
inner join named using (event_id)
cross join {{ ref("ind_indicator") }} as indicator
where named.indicators is null or list_contains(string_split(named.indicators, ' '), indicator.indicator)
