-- Wards of the build's edition that have taken part of a ward that was split: what was counted by the wards
-- of
-- the time cannot be given to them, so such series begin anew with the edition of the change.
with
    parts as (
        select lineage.ward_code, lineage.old_code, lineage.is_whole
        from {{ ref("geo_ward_lineage") }} as lineage
        where lineage.old_code <> lineage.ward_code
    ),
    broken as (select distinct ward_code from parts where not is_whole),
    ends as (
        select
            ward_code as old_code,
            max(last_edition) as last_edition,
            max_by(ward_name, last_edition) as ward_name
        from {{ ref("geo_ward_vintage") }}
        group by ward_code
    )
select
    parts.ward_code,
    min(ward.ward_name) as ward_name,
    max(ends.last_edition) + 1 as edition,
    string_agg(distinct ends.ward_name, ', ' order by ends.ward_name) as split_names
from parts
inner join broken using (ward_code)
inner join ends using (old_code)
inner join {{ ref("geo_ward") }} as ward using (ward_code)
where not parts.is_whole
group by parts.ward_code
