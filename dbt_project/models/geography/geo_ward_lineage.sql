-- What each ward of any edition has become in the wards of the build's edition: itself, one ward (merged,
-- recoded) or several (split). A ward is whole where all of its ground lies in one ward of today.
with recursive
    changes as (
        select distinct old_code, new_code
        from {{ ref("ward_change") }}
        where edition <= {{ var("edition") }} and old_code <> new_code
    ),
    lineage as (
        select distinct ward_code as old_code, ward_code
        from {{ ref("geo_ward_vintage") }}
        union
        select lineage.old_code, changes.new_code as ward_code
        from lineage
        inner join changes on changes.old_code = lineage.ward_code
    )
select lineage.old_code, lineage.ward_code, count(*) over (partition by lineage.old_code) = 1 as is_whole
from lineage
inner join {{ ref("geo_ward") }} as ward using (ward_code)
