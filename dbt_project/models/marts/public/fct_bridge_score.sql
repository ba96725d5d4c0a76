-- The four legs between two editions of each score in one row, with the doubt of the change in the data.
with
    statement as (
        {{
            engine_statement(
                "bridge_score",
                {
                    "area": "varchar",
                    "from_edition": "integer",
                    "from_release": "varchar",
                    "code": "varchar",
                    "level": "integer",
                    "before": "double",
                    "after": "double",
                    "revision": "double",
                    "method": "double",
                    "data": "double",
                    "control": "double",
                    "low": "double",
                    "high": "double",
                    "weight_refreshed": "double",
                    "verdict": "varchar",
                },
            )
        }}
    )
select
    edition,
    area as area_code,
    from_edition,
    from_release,
    code,
    "level",
    "before",
    "after",
    revision,
    "method",
    "data",
    "control",
    "low",
    "high",
    weight_refreshed,
    verdict
from statement
