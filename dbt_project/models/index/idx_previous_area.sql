-- What the release before published, under the codes of today: values of indicators and scores of all levels.
-- A ward that was merged or split since has none.
with heirs as {{ ward_heirs() }}
select
    {{ area_today("previous.area_code", "heirs.ward_code") }} as area_code,
    previous.code,
    previous.level,
    previous.value,
    previous.score
from {{ source("build", "_previous_area") }} as previous
left join heirs on heirs.old_code = previous.area_code
