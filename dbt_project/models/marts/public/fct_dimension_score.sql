-- Dimension scores of the headline index.
select
    dimension_.edition,
    dimension_.area_code,
    area.area_type,
    dimension_.dimension,
    dimension_.score,
    dimension_.components,
    dimension_.components_scored,
    dimension_.weight_observed,
    dimension_.weight_refreshed,
    dimension_.label
from {{ ref("idx_dimension") }} as dimension_
inner join {{ ref("geo_area") }} as area using (area_code)
where dimension_.variant = 'headline'
