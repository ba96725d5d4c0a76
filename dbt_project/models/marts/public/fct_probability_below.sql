-- Probability that one ward's score lies below another's.
with
    statement as (
        {{
            engine_statement(
                "below",
                {
                    "area": "varchar",
                    "other": "varchar",
                    "code": "varchar",
                    "probability_below": "double",
                },
            )
        }}
    )
select edition, area as area_code, other as other_area_code, code, probability_below
from statement
