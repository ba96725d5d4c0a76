-- Strengths and weaknesses of wards against their peers, by two rules.
with
    statement as (
        {{
            engine_statement(
                "peer",
                {
                    "area": "varchar",
                    "code": "varchar",
                    "level": "integer",
                    "value": "double",
                    "median": "double",
                    "deviation": "double",
                    "peers": "integer",
                    "class": "varchar",
                    "class_sd": "varchar",
                },
            )
        }}
    )
select
    edition,
    area as area_code,
    code,
    "level",
    "value",
    "median",
    deviation,
    peers,
    "class" as class_deviation,
    class_sd as class_spread
from statement
