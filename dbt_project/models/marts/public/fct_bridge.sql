-- The way from one published score to the next, leg by leg, split by indicator; parts add up within 1e-9.
with
    statement as (
        {{
            engine_statement(
                "bridge",
                {
                    "area": "varchar",
                    "from_edition": "integer",
                    "from_release": "varchar",
                    "code": "varchar",
                    "level": "integer",
                    "leg": "varchar",
                    "part": "varchar",
                    "points": "double",
                },
            )
        }}
    )
select edition, area as area_code, from_edition, from_release, code, "level", leg, part, points
from statement
