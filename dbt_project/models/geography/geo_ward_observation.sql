-- Observations of wards: counts and events summed by share, levels as a weighted sum and its weight.
-- A suppressed count stands at the middle of its class; a ward with a missing part is missing. A part that
-- does not apply (a ward without a contest, a group that nobody is in) adds nothing and lacks nothing.
with
    placed as (
        select
            observation.dataset,
            observation.measure,
            observation.kind,
            observation.method,
            observation.reference_year,
            observation.edition,
            observation.place,
            observation.status,
            allocation.ward_code,
            allocation.share,
            case
                when observation.kind <> 'level'
                then null
                when observation.weighting = 'equal'
                then observation.source_rows
                else coalesce(allocation.level_weight, 1)
            end as level_weight,
            coalesce(observation.amount, (observation.amount_low + observation.amount_high) / 2)
            * observation.coverage_factor as amount,
            coalesce(observation.amount_low, observation.amount) * observation.coverage_factor as amount_low,
            coalesce(observation.amount_high, observation.amount)
            * observation.coverage_factor as amount_high,
            observation._file,
            observation._row
        from {{ ref("geo_observation") }} as observation
        inner join
            {{ ref("geo_allocation") }} as allocation
            on allocation.method = observation.method
            and allocation.place = observation.place
            and allocation.snap_metres = observation.snap_metres
    ),
    summed as (
        select
            dataset,
            measure,
            kind,
            reference_year,
            ward_code,
            min(method) as method,
            max(edition) as edition,
            sum(amount * coalesce(level_weight, share) order by place, edition, _file, _row) as amount,
            sum(
                amount_low * coalesce(level_weight, share) order by place, edition, _file, _row
            ) as amount_low,
            sum(
                amount_high * coalesce(level_weight, share) order by place, edition, _file, _row
            ) as amount_high,
            case
                when kind = 'level'
                then
                    sum(
                        case when amount is not null then level_weight end
                        order by place, edition, _file, _row
                    )
            end as weight,
            sum(
                case when status <> 'not_applicable' then coalesce(level_weight, share) end
                order by place, edition, _file, _row
            ) as share_all,
            sum(
                case when amount is not null then coalesce(level_weight, share) else 0 end
                order by place, edition, _file, _row
            ) as share_observed,
            count(*) filter (where status = 'suppressed') as suppressed_cells,
            bool_and(status = 'not_applicable') as not_applicable,
            count(*) as cells
        from placed
        group by dataset, measure, kind, reference_year, ward_code
    ),
    delivered_years as (
        select distinct dataset, measure, kind, method, reference_year, edition
        from {{ ref("geo_observation") }}
        where absent = 'zero'
    ),
    -- Events counted by a ward that was split happened in one of its parts; nobody can say in which.
    unplaceable as (
        select distinct
            observation.dataset, observation.measure, observation.reference_year, lineage.ward_code
        from {{ ref("geo_observation") }} as observation
        inner join {{ ref("geo_ward_lineage") }} as lineage on lineage.old_code = observation.place
        anti join
            {{ ref("geo_ward_place") }} as place
            on place.code = lineage.old_code
            and place.ward_code = lineage.ward_code
        where observation.method in ('direct_ward', 'ward_name')
    ),
    zeros as (
        select
            years.dataset,
            years.measure,
            years.kind,
            years.method,
            years.reference_year,
            ward.ward_code,
            years.edition
        from delivered_years as years
        cross join {{ ref("geo_ward") }} as ward
        anti join
            summed
            on summed.dataset = years.dataset
            and summed.measure = years.measure
            and summed.reference_year = years.reference_year
            and summed.ward_code = ward.ward_code
        anti join
            unplaceable
            on unplaceable.dataset = years.dataset
            and unplaceable.measure = years.measure
            and unplaceable.reference_year = years.reference_year
            and unplaceable.ward_code = ward.ward_code
    )
select
    dataset,
    measure,
    kind,
    method,
    reference_year,
    ward_code,
    edition,
    case when complete then amount end as amount,
    case when complete then amount_low end as amount_low,
    case when complete then amount_high end as amount_high,
    case when complete then weight end as weight,
    case
        when not_applicable
        then 'not_applicable'
        when not coalesce(complete, false)
        then 'missing'
        when suppressed_cells > 0
        then 'suppressed'
        else 'observed'
    end as status,
    suppressed_cells,
    cells
from
    (
        select
            *,
            case
                -- A count with a part missing would be too low; a mean of two thirds of the people stands.
                when kind = 'level' then share_observed >= share_all * 2 / 3 else share_observed >= share_all
            end as complete
        from summed
    )
union all
select
    dataset,
    measure,
    kind,
    method,
    reference_year,
    ward_code,
    edition,
    0 as amount,
    0 as amount_low,
    0 as amount_high,
    null as weight,
    'observed' as status,
    0 as suppressed_cells,
    0 as cells
from zeros
