-- The scores of the baseline, as they were locked, and the code of today of each area; none for an example
-- without a lock.
with heirs as {{ ward_heirs() }}
select
    locked.area_code,
    locked.code,
    locked.score,
    {{ area_today("locked.area_code", "heirs.ward_code") }} as present_code
from {{ source("build", "_baseline_score") }} as locked
left join heirs on heirs.old_code = locked.area_code
