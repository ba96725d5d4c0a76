-- Reliability of each indicator between wards, and whether it is admitted to the index.
with
    statement as (
        {{
            engine_statement(
                "admission",
                {
                    "indicator": "varchar",
                    "reliability": "double",
                    "missing": "double",
                    "admitted": "boolean",
                    "reason": "varchar",
                },
            )
        }}
    )
select edition, indicator, reliability, missing, admitted, reason
from statement
