-- How unequal the wards are in each score.
with
    statement as (
        {{
            engine_statement(
                "inequality",
                {
                    "code": "varchar",
                    "level": "integer",
                    "placed_by": "varchar",
                    "wards": "integer",
                    "widest": "double",
                    "fifths": "double",
                    "ratio": "double",
                    "slope": "double",
                    "slope_low": "double",
                    "slope_high": "double",
                },
            )
        }}
    )
select edition, code, "level", placed_by, wards, widest, fifths, ratio, slope, slope_low, slope_high
from statement
