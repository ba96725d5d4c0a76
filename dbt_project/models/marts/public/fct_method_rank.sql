-- Ranks of the index under other choices of method.
with
    statement as (
        {{
            engine_statement(
                "method_rank",
                {
                    "area": "varchar",
                    "rank": "double",
                    "lowest": "double",
                    "highest": "double",
                    "middle_low": "double",
                    "middle_high": "double",
                },
            )
        }}
    )
select edition, area as area_code, "rank", lowest, highest, middle_low, middle_high
from statement
