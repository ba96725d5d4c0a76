-- Component scores of the headline index.
select
    component_.edition,
    component_.area_code,
    area.area_type,
    component_.component,
    component_.dimension,
    component_.score,
    component_.indicators,
    component_.indicators_observed,
    component_.weight_observed,
    component_.weight_refreshed,
    component_.label
from {{ ref("idx_component") }} as component_
inner join {{ ref("geo_area") }} as area using (area_code)
where component_.variant = 'headline'
