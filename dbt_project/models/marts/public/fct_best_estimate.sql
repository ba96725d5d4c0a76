-- Best estimates of indicators, drawn towards the district where counts are small; never part of a score.
with
    statement as (
        {{
            engine_statement(
                "best_estimate",
                {
                    "area": "varchar",
                    "indicator": "varchar",
                    "value": "double",
                    "best_estimate": "double",
                    "weight": "double",
                    "low_95": "double",
                    "high_95": "double",
                },
            )
        }}
    )
select edition, area as area_code, indicator, "value", best_estimate, weight, low_95, high_95
from statement
