-- Change since the edition before, called only beyond its doubt and never across a break of the series.
with
    statement as (
        {{
            engine_statement(
                "change",
                {
                    "area": "varchar",
                    "code": "varchar",
                    "level": "integer",
                    "before": "double",
                    "after": "double",
                    "change": "double",
                    "low": "double",
                    "high": "double",
                    "probability_better": "double",
                    "weight_refreshed": "double",
                    "verdict": "varchar",
                },
            )
        }}
    )
select
    statement.edition,
    statement.area as area_code,
    statement.code,
    statement."level",
    statement.before,
    statement.after,
    statement.change,
    case when not coalesce(broken.series_break, false) then statement.low end as low,
    case when not coalesce(broken.series_break, false) then statement.high end as high,
    case
        when not coalesce(broken.series_break, false) then statement.probability_better
    end as probability_better,
    statement.weight_refreshed,
    case when broken.series_break then 'series break' else statement.verdict end as verdict,
    coalesce(broken.series_break, false) as series_break,
    case when broken.series_break then broken.reason end as break_reason
from statement
-- No change is called across a break, whatever its doubt.
left join
    {{ ref("idx_break") }} as broken
    on broken.edition = statement.edition
    and broken.area_code = statement.area
    and broken.code = statement.code
    and broken.level = statement."level"
