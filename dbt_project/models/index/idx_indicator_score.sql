-- Each indicator's value on the scale from its worst (0) to its best bound (100).
select
    value_.edition,
    value_.indicator,
    indicator.component,
    value_.area_code,
    value_.value,
    {{ bounded_score("value_.value", "indicator.worst", "indicator.best") }} as score,
    case
        when value_.value is null
        then null
        when
            (value_.value - indicator.worst) / nullif(indicator.best - indicator.worst, 0) < 0
            or (value_.value - indicator.worst) / nullif(indicator.best - indicator.worst, 0) > 1
        then true
        else false
    end as clipped,
    value_.status,
    value_.refreshed
from {{ ref("ind_area_value") }} as value_
inner join {{ ref("ind_indicator") }} as indicator using (indicator)
