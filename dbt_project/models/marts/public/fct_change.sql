-- Change since the edition before, called only beyond its doubt.
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
    edition,
    area as area_code,
    code,
    "level",
    before,
    after,
    change,
    low,
    high,
    probability_better,
    weight_refreshed,
    verdict
from statement
