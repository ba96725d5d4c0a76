-- Every ward that the district has or had, with the editions it is in force and what came before and after
-- it.
with
    spans as (
        select
            ward_code,
            max_by(ward_name, last_edition) as ward_name,
            min(first_edition) as first_edition,
            max(last_edition) as last_edition,
            bool_or(in_force) as in_force
        from {{ ref("geo_ward_vintage") }}
        group by ward_code
    ),
    changes as (
        select old_code, new_code, kind, edition
        from {{ ref("ward_change") }}
        where edition <= {{ var("edition") }}
    ),
    before as (
        select
            new_code as ward_code,
            string_agg(old_code, ' ' order by old_code) filter (where old_code <> new_code) as predecessors
        from changes
        group by new_code
    ),
    after as (
        select
            old_code as ward_code,
            string_agg(new_code, ' ' order by new_code) filter (where old_code <> new_code) as successors
        from changes
        group by old_code
    ),
    kinds as (
        select ward_code, string_agg(distinct kind, ' ' order by kind) as changes
        from
            (
                select old_code as ward_code, kind
                from changes
                union
                select new_code as ward_code, kind
                from changes
            )
        group by ward_code
    )
select
    spans.ward_code,
    spans.ward_name,
    spans.first_edition,
    nullif(spans.last_edition, 9999) as last_edition,
    spans.in_force,
    before.predecessors,
    after.successors,
    kinds.changes,
    broken.edition as break_edition
from spans
left join before using (ward_code)
left join after using (ward_code)
left join kinds using (ward_code)
left join {{ ref("geo_ward_break") }} as broken using (ward_code)
