-- Ranks with the set of ranks that doubt from counts allows, and groups of wards that cannot be told apart.
with
    statement as (
        {{
            engine_statement(
                "rank",
                {
                    "area": "varchar",
                    "code": "varchar",
                    "score": "double",
                    "rank": "integer",
                    "rank_low": "integer",
                    "rank_high": "integer",
                    "likely_low": "integer",
                    "likely_high": "integer",
                    "in_worst": "double",
                    "group": "varchar",
                },
            )
        }}
    )
select
    edition,
    area as area_code,
    code,
    score,
    "rank",
    rank_low,
    rank_high,
    likely_low,
    likely_high,
    in_worst,
    "group" as rank_group
from statement
