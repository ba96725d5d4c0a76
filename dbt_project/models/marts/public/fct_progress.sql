-- Progress since the baseline and distance to target, called only beyond its doubt.
with
    statement as (
        {{
            engine_statement(
                "progress",
                {
                    "area": "varchar",
                    "baseline_edition": "integer",
                    "code": "varchar",
                    "baseline": "double",
                    "restated": "double",
                    "now": "double",
                    "target": "double",
                    "due": "date",
                    "distance": "double",
                    "share": "double",
                    "low": "double",
                    "high": "double",
                    "verdict": "varchar",
                },
            )
        }}
    ),
    -- A break anywhere between the baseline and now.
    broken as (
        select distinct statement.edition, statement.area, statement.code, statement.baseline_edition
        from statement
        inner join
            {{ ref("idx_break") }} as series
            on series.area_code = statement.area
            and series.code = statement.code
            and series.edition > statement.baseline_edition
            and series.edition <= statement.edition
        where series.series_break
    )
select
    statement.edition,
    statement.area as area_code,
    statement.baseline_edition,
    statement.code,
    statement.baseline,
    statement.restated,
    statement."now",
    statement.target,
    statement.due,
    statement.distance,
    statement."share",
    case when broken.area is null then statement."low" end as "low",
    case when broken.area is null then statement."high" end as "high",
    case when broken.area is null then statement.verdict else 'series break' end as verdict,
    broken.area is not null as series_break
from statement
left join broken using (edition, area, code, baseline_edition)
