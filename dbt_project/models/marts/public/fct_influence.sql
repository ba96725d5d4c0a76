-- Each indicator's share of the variance of the index beside its nominal share.
with
    statement as (
        {{
            engine_statement(
                "influence",
                {
                    "indicator": "varchar",
                    "nominal": "double",
                    "share": "double",
                    "ratio": "double",
                    "stop": "boolean",
                },
            )
        }}
    )
select edition, indicator, nominal, share, ratio, stop
from statement
