-- Which choice of method moves ranks most (Sobol indices).
with
    statement as (
        {{
            engine_statement(
                "method_index",
                {
                    "factor": "varchar",
                    "first": "double",
                    "first_low": "double",
                    "first_high": "double",
                    "total": "double",
                    "total_low": "double",
                    "total_high": "double",
                    "verdict": "varchar",
                },
            )
        }}
    )
select edition, factor, "first", first_low, first_high, "total", total_low, total_high, verdict
from statement
