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
select
    statement.edition,
    statement.area as area_code,
    statement.from_edition,
    statement.from_release,
    statement.code,
    statement."level",
    statement.leg,
    statement.part,
    statement.points,
    coalesce(broken.series_break, false) as series_break
from statement
left join
    {{ ref("idx_break") }} as broken
    on broken.edition = statement.edition
    and broken.area_code = statement.area
    and broken.code = statement.code
    and broken.level = statement."level"
