-- The index under other choices of indicators, beside the headline.
select
    index_.variant,
    index_.edition,
    index_.area_code,
    area.area_type,
    index_.score,
    index_.components,
    index_.components_scored,
    index_.label
from {{ ref("idx_index") }} as index_
inner join {{ ref("geo_area") }} as area using (area_code)
where index_.variant <> 'headline'
