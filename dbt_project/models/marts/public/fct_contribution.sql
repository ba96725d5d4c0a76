-- What each part contributes to its component and to the index, in points.
with
    statement as (
        {{
            engine_statement(
                "contribution",
                {
                    "area": "varchar",
                    "code": "varchar",
                    "score": "double",
                    "effective_weight": "double",
                    "points_of_index": "double",
                    "points_of_component": "double",
                },
            )
        }}
    )
select edition, area as area_code, code, score, effective_weight, points_of_index, points_of_component
from statement
