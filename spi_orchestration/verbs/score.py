"""`spi score`: the index engine on any long CSV with any framework CSV.

Belongs here: options, what is printed and exit codes. Does not belong here: reading, scoring or writing
(`index/tables.py`).
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from spi_orchestration.console import near, refuse, say, table

if TYPE_CHECKING:
    from spi_orchestration.index.tables import Scored

__all__ = ["score"]

_SHOWN = 30


def score(
    values: Annotated[
        Path,
        typer.Argument(metavar="VALUES.csv", help="Long table: area, indicator, value; and period if any."),
    ],
    framework: Annotated[
        Path,
        typer.Option(
            "--framework",
            metavar="FILE",
            help="One row a node: code, parent, direction, weight, worst, best.",
        ),
    ],
    out: Annotated[
        Path | None,
        typer.Option(
            "--out", metavar="FOLDER", help="Write scores, ranks, contributions and fit there as CSV."
        ),
    ] = None,
    method: Annotated[
        str,
        typer.Option(
            "--method",
            metavar="ward|classic|normalised",
            help="ward: fixed bounds (the default); classic: principal component with synthetic best and worst "
            "rows; normalised: indicators normalised over all areas and periods.",
        ),
    ] = "ward",
    normalise: Annotated[
        str,
        typer.Option(
            "--normalise",
            metavar="NAME",
            help="For --method normalised: minmax (the default), zscore, rank, percent_rank, borda, "
            "distance_to_maximum, fraction_of_maximum.",
        ),
    ] = "minmax",
    aggregate: Annotated[
        str,
        typer.Option(
            "--aggregate",
            metavar="NAME[,NAME...]",
            help="arithmetic (the default), geometric, harmonic, mean:<order>, or copeland (normalised); one for "
            "all levels, or one a level from the lowest up, separated by commas.",
        ),
    ] = "arithmetic",
    coverage: Annotated[
        float,
        typer.Option("--coverage", metavar="SHARE", help="Least share of a parent that must be observed."),
    ] = 2 / 3,
    minimum: Annotated[
        int,
        typer.Option("--minimum", metavar="COUNT", help="Least number of indicators that a component needs."),
    ] = 1,
) -> None:
    """Score any long table of values with any framework."""
    from spi_orchestration.index.framework import FrameworkError
    from spi_orchestration.index.tables import TableError, read_framework, read_values, run, write

    try:
        tree, unused = read_framework(framework, coverage=coverage, minimum_children=minimum)
        made = run(tree, read_values(values, tree), method, normalise, aggregate.split(","))
    except (TableError, FrameworkError, ValueError, KeyError) as error:
        text = str(error.args[0]) if isinstance(error, KeyError) and error.args else str(error)
        refuse(text)
    if unused:
        say(f"Not used, for no such column is known: {', '.join(unused)}")
    for line in _ranking(made):
        say(line)
    if out is not None:
        for path in write(made, out):
            say(f"Wrote {near(path, Path.cwd())}")


def _ranking(made: Scored) -> list[str]:
    """The index of the newest period, best first, and what limits it."""
    root = made.framework.root
    rows = made.scores[made.scores["code"] == root.code]
    newest = rows["period"].max()
    rows = rows[rows["period"] == newest].sort_values(["rank", "area"], na_position="last")
    when = f", {newest}" if made.timed else ""
    lines = [f"{root.name or root.code}{when}, {made.method} method, {len(rows)} areas", ""]
    shown = [
        ["" if row.rank is None or row.rank != row.rank else str(row.rank), row.area, _points(row.score)]
        for row in rows.astype({"rank": object}).where(rows.notna(), None).head(_SHOWN).itertuples()
    ]
    lines += [f"  {line}" for line in table(["Rank", "Area", "Score"], shown)]
    if len(rows) > _SHOWN:
        lines.append(f"  and {len(rows) - _SHOWN} more")
    if made.influence is not None and made.influence["stop"].any():
        heavy = ", ".join(made.influence.loc[made.influence["stop"], "indicator"])
        lines += ["", f"More than three times its share of the weight in the index's variance: {heavy}"]
    missing = int(rows["score"].isna().sum())
    if missing:
        have = "1 area has" if missing == 1 else f"{missing} areas have"
        lines += ["", f"{have} no score: too little of the weight is observed (--coverage)."]
    return lines


def _points(number: float | None) -> str:
    return "not given" if number is None or number != number else f"{number:.2f}"
