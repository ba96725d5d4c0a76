-- What happened when, to be marked beside trends; examples for made-up deliveries alone.
with build as (select coalesce(bool_and(synthetic), false) as synthetic from {{ ref("cat_delivery") }})
select
    row_number() over (order by events.date, events.event) as event_id,
    events.date as event_date,
    events.event,
    events.source,
    events.synthetic
from {{ ref("policy_events") }} as events
inner join build on build.synthetic = events.synthetic
