-- Ward codes of any edition that can be given to a ward of the build's edition: its own, and the codes of
-- wards
-- that lie wholly in it, provided that all it was made of at the time can be given to it. Counts of merged
-- wards add up; a ward with part of a split one has none of that time, rather than a count that is too low.
with
    span as (
        select ward_code as old_code, min(first_edition) as first_edition, max(last_edition) as last_edition
        from {{ ref("geo_ward_vintage") }}
        group by ward_code
    ),
    lineage as (
        select old_code, lineage.ward_code, lineage.is_whole, span.first_edition, span.last_edition
        from {{ ref("geo_ward_lineage") }} as lineage
        inner join span using (old_code)
    )
select lineage.old_code as code, lineage.ward_code
from lineage
left join
    lineage as part
    on part.ward_code = lineage.ward_code
    and not part.is_whole
    and part.first_edition <= lineage.last_edition
    and part.last_edition >= lineage.first_edition
group by lineage.old_code, lineage.ward_code
having lineage.old_code = lineage.ward_code or (bool_and(lineage.is_whole) and count(part.old_code) = 0)
