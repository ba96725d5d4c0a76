-- The index of each area and edition; wards also have a position, 1 for the highest score.
select
    index_.edition,
    index_.area_code,
    area.area_name,
    area.area_type,
    index_.score,
    case
        when area.area_type = 'ward' and index_.score is not null
        then rank() over (partition by index_.edition, area.area_type order by index_.score desc nulls last)
    end as position,
    index_.components,
    index_.components_scored,
    index_.weight_observed,
    index_.weight_refreshed,
    index_.label
from {{ ref("idx_index") }} as index_
inner join {{ ref("geo_area") }} as area using (area_code)
where index_.variant = 'headline'
