-- Targets that are in force: examples for made-up deliveries alone, others once they are signed. A target in
-- the indicator's unit is turned into points by the indicator's bounds.
with build as (select coalesce(bool_and(synthetic), false) as synthetic from {{ ref("cat_delivery") }})
select
    targets.area_code,
    targets.code,
    coalesce(
        targets.score, {{ bounded_score("targets.value", "indicator.worst", "indicator.best") }}
    ) as score,
    targets.value,
    targets.due,
    targets.role,
    targets.signed_on,
    targets.source,
    targets.synthetic
from {{ ref("targets") }} as targets
cross join build
left join {{ ref("ind_indicator") }} as indicator on indicator.indicator = targets.code
where
    targets.synthetic = build.synthetic
    and targets.signed_on is not null
    and coalesce(targets.score, targets.value - indicator.worst) is not null
