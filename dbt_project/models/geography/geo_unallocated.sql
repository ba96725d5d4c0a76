-- What could not be placed in a ward of the district, by dataset, measure and year: rows that do not say
-- where they are, and rows that lie elsewhere or at a place nobody knows.
with
    placed as (
        select method, place, snap_metres, least(sum(share order by ward_code), 1) as placed_share
        from {{ ref("geo_allocation") }}
        group by method, place, snap_metres
    ),
    observed as (
        select
            observation.dataset,
            observation.measure,
            observation.reference_year,
            observation.kind,
            observation.place,
            observation.source_rows,
            coalesce(observation.amount, (observation.amount_low + observation.amount_high) / 2) as amount,
            coalesce(placed.placed_share, 0) as placed_share
        from {{ ref("geo_observation") }} as observation
        left join placed using (method, place, snap_metres)
    )
select
    dataset,
    measure,
    reference_year,
    sum(source_rows) as source_rows,
    sum(case when place is null then source_rows else 0 end) as rows_without_place,
    sum(case when place is not null and placed_share = 0 then source_rows else 0 end) as rows_elsewhere,
    sum(case when kind <> 'level' and place is null then amount end order by amount) as amount_without_place,
    sum(
        case when kind <> 'level' and place is not null then amount * (1 - placed_share) end
        order by place, amount
    ) as amount_elsewhere
from observed
group by dataset, measure, reference_year
