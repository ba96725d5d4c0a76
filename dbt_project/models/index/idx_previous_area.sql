-- What the release before published, under the codes of today: values of indicators and scores of all levels.
-- A ward that was merged or split since has none.
with
    heirs as (
        select old_code, ward_code
        from {{ ref("geo_ward_lineage") }}
        where is_whole
        qualify count(*) over (partition by ward_code) = 1 or old_code = ward_code
    )
select
    case
        when {{ of_district("previous.area_code") }}
        then '{{ var("district") }}'
        else coalesce(heirs.ward_code, previous.area_code)
    end as area_code,
    previous.code,
    previous.level,
    previous.value,
    previous.score
from {{ source("build", "_previous_area") }} as previous
left join heirs on heirs.old_code = previous.area_code
