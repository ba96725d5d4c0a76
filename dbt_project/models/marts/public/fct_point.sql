-- Points lost against the best bound, and points of the index for a unit of the indicator.
with
    statement as (
        {{
            engine_statement(
                "point",
                {
                    "area": "varchar",
                    "indicator": "varchar",
                    "points_lost": "double",
                    "points_per_unit": "double",
                    "note": "varchar",
                },
            )
        }}
    )
select edition, area as area_code, indicator, points_lost, points_per_unit, note
from statement
