-- Intervals of values and scores from the counts they rest on, 80 and 95 %.
with
    statement as (
        {{
            engine_statement(
                "interval",
                {
                    "area": "varchar",
                    "code": "varchar",
                    "level": "integer",
                    "score": "double",
                    "value": "double",
                    "low_80": "double",
                    "high_80": "double",
                    "low_95": "double",
                    "high_95": "double",
                    "value_low_80": "double",
                    "value_high_80": "double",
                    "value_low_95": "double",
                    "value_high_95": "double",
                    "doubt": "varchar",
                    "weight_estimated": "double",
                    "weight_modelled": "double",
                },
            )
        }}
    )
select
    edition,
    area as area_code,
    code,
    "level",
    score,
    "value",
    low_80,
    high_80,
    low_95,
    high_95,
    value_low_80,
    value_high_80,
    value_low_95,
    value_high_95,
    doubt,
    weight_estimated,
    weight_modelled
from statement
