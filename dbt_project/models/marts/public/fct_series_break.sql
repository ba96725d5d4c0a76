-- Where a series breaks: values and scores that are not comparable with those of the edition before, and why.
select
    broken.edition,
    broken.area_code,
    area.area_type,
    broken.code,
    broken.level,
    broken.weight_broken,
    broken.indicators_broken,
    broken.series_break,
    broken.reason
from {{ ref("idx_break") }} as broken
inner join {{ ref("geo_area") }} as area using (area_code)
