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
    )
select
    edition,
    area as area_code,
    baseline_edition,
    code,
    baseline,
    restated,
    "now",
    target,
    due,
    distance,
    "share",
    "low",
    "high",
    verdict
from statement
