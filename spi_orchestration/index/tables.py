"""Scoring any long CSV with any CSV of a framework: reading with line numbers, running a method, writing tables.

Belongs here: files in, tables and files out, and faults told by file and line. Does not belong here: any
method (`ward.py`, `classic.py`, `normalise.py`, `aggregate.py`), or the tables of a build (`statements.py`).
"""

from __future__ import annotations

import csv
import math
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from spi_orchestration.index import aggregate, analysis, classic, diagnostics, explain, normalise, ward
from spi_orchestration.index.framework import ALIASES, TEXT_FIELDS, Framework, FrameworkError

if TYPE_CHECKING:
    import pandas as pd

__all__ = [
    "METHODS",
    "NORMALISATIONS",
    "Scored",
    "TableError",
    "read_framework",
    "read_values",
    "run",
    "write",
]

METHODS = ("ward", "classic", "normalised")

#: Normalisations that need no parameter of their own.
NORMALISATIONS = (
    "minmax",
    "zscore",
    "rank",
    "percent_rank",
    "borda",
    "distance_to_maximum",
    "fraction_of_maximum",
)

#: Faults told at once; more are counted.
MOST_TOLD = 20

_KNOWN = {"code", "parent", "level", "weight", "direction", "worst", "best", "multiplier", "pooling_years"}
_KNOWN |= {"dispersion", "scored", "type", "class", *TEXT_FIELDS}

_AREA = {"area", "area_code", "ucode"}
_INDICATOR = {"indicator", "code", "icode"}


class TableError(ValueError):
    """Files that cannot be scored.

    Attributes:
        problems: every fault, each with its file and line.
    """

    def __init__(self, problems: Sequence[str]) -> None:
        self.problems = tuple(problems)
        told = list(self.problems[:MOST_TOLD])
        if len(self.problems) > MOST_TOLD:
            told.append(f"and {len(self.problems) - MOST_TOLD} more")
        noun = "fault" if len(self.problems) == 1 else "faults"
        super().__init__(f"{len(self.problems)} {noun} in what is to be scored:\n- " + "\n- ".join(told))


def _rows(path: Path, what: str) -> Iterator[tuple[int, dict[str, str]]]:
    """Line number and cells of each row of a CSV file, under lower-case column names.

    Raises:
        TableError: absent, empty, not UTF-8, or rows of another length than the header.
    """
    if not path.is_file():
        raise TableError([f"{path.name}: there is no such file; expected {what}."])
    try:
        with path.open(encoding="utf-8-sig", newline="") as stream:
            reader = csv.reader(stream, strict=True)
            header = [name.strip().lower() for name in next(reader, [])]
            if not any(header):
                raise TableError([f"{path.name}: the file is empty; expected {what}."])
            doubled = sorted({n for n in header if n and header.count(n) > 1})
            if doubled:
                raise TableError([f"{path.name}, line 1: the column {doubled[0]} stands twice."])
            for cells in reader:
                if not any(cell.strip() for cell in cells):
                    continue
                if len(cells) != len(header):
                    raise TableError(
                        [
                            f"{path.name}, line {reader.line_num}: {len(cells)} cells under {len(header)} columns; "
                            "a value that holds a comma needs quotes around it."
                        ]
                    )
                yield reader.line_num, {n: c.strip() for n, c in zip(header, cells, strict=True) if n}
    except UnicodeDecodeError as error:
        raise TableError(
            [f"{path.name}: not UTF-8 at byte {error.start}. In Excel save it as CSV UTF-8."]
        ) from None
    except csv.Error as error:
        raise TableError([f"{path.name}: not a CSV table ({error})."]) from None


def read_framework(path: Path, **settings: Any) -> tuple[Framework, tuple[str, ...]]:
    """Read a framework from a CSV file, one row a node.

    Args:
        path: columns `code`, `parent`, and for indicators `direction`; see `Framework.from_rows`.
        **settings: `orders`, `coverage`, `minimum_children`, `version`.

    Returns:
        the framework, and columns of the file that mean nothing to it.

    Raises:
        TableError: every fault, with file and line.
    """
    rows = list(_rows(path, "one row a node, with the columns code, parent and direction"))
    names = [ALIASES.get(n, n) for n in (rows[0][1] if rows else {})]
    if "code" not in names:
        raise TableError([f"{path.name}, line 1: no column code; found {', '.join(names) or 'no rows'}."])
    lines: dict[str, list[int]] = {}
    for line, row in rows:
        for name, cell in row.items():
            if ALIASES.get(name, name) == "code" and cell:
                lines.setdefault(cell, []).append(line)
    try:
        framework = Framework.from_rows((row for _, row in rows), **settings)
    except FrameworkError as error:
        raise TableError([f"{path.name}{_place(p, lines)}: {p}" for p in error.problems]) from None
    return framework, tuple(n for n in names if n not in _KNOWN)


def _place(problem: str, lines: Mapping[str, list[int]]) -> str:
    """The lines of the codes that a fault names first, such as `, line 7`."""
    # The sentence after the semicolon says what is expected; codes stand before it.
    words = re.findall(r"[^\s,;:()]+", problem.split(";")[0])
    found = sorted({line for word in words for line in lines.get(word.rstrip("."), [])})
    if not found or len(found) > 6:
        return ""
    return f", line{'s' if len(found) > 1 else ''} {', '.join(map(str, found))}"


def _column(names: Sequence[str], known: set[str]) -> str | None:
    return next((n for n in names if n in known), None)


def read_values(path: Path, framework: Framework) -> pd.DataFrame:
    """Read a long CSV of values.

    Args:
        path: columns `area`, `indicator`, `value`, and optionally `period`; one row a value. An empty value is
            missing.
        framework: says which indicators there are.

    Returns:
        frame `period` (empty where there is none), `area`, `indicator`, `value`, in the order of the file.

    Raises:
        TableError: every fault, with file and line: unknown indicator, not a number, no area, or a value
            that stands twice.
    """
    import pandas as pd

    known = {n.code for n in framework.indicators}
    above = {n.code for n in framework.nodes} - known
    problems: list[str] = []
    seen: dict[tuple[str, str, str], int] = {}
    out = []
    columns: tuple[str, str] | None = None
    for line, row in _rows(path, "a long table with the columns area, indicator and value"):
        if columns is None:
            area, indicator = _column(list(row), _AREA), _column(list(row), _INDICATOR)
            lacking = [n for n, c in (("area", area), ("indicator", indicator)) if c is None]
            lacking += [] if "value" in row else ["value"]
            if lacking or area is None or indicator is None:
                raise TableError(
                    [f"{path.name}, line 1: no column {', '.join(lacking)}; found {', '.join(row)}."]
                )
            columns = (area, indicator)
        place, code, period = row[columns[0]], row[columns[1]], row.get("period", "")
        where = f"{path.name}, line {line}"
        if not place:
            problems.append(f"{where}: no area.")
        if code not in known:
            kind = "is no indicator but made of others" if code in above else "is not in the framework"
            problems.append(f"{where}: {code or 'an empty cell'} {kind}.")
            continue
        key = (period, place, code)
        if key in seen:
            problems.append(
                f"{where}: {code} of {place} stands in line {seen[key]} already; expected it once."
            )
            continue
        seen[key] = line
        number = _number(row["value"])
        if number is None:
            problems.append(
                f"{where}: the value of {code} of {place} is not a number ({row['value']!r}); "
                "leave the cell empty where nothing is known."
            )
            continue
        out.append((period, place, code, number))
    if problems:
        raise TableError(problems)
    if not out:
        raise TableError([f"{path.name}: no rows; expected one row a value."])
    return pd.DataFrame(out, columns=["period", "area", "indicator", "value"])


def _number(text: str) -> float | None:
    if not text:
        return math.nan
    # Python reads 1_000 and infinity as numbers; a table that holds them means something else.
    if not re.fullmatch(r"[+-]?(\d+(\.\d*)?|\.\d+)([eE][+-]?\d+)?", text):
        return None
    number = float(text)
    return number if math.isfinite(number) else None


@dataclass(frozen=True)
class Scored:
    """What a method makes of a long table.

    Attributes:
        framework: that it was scored with.
        method: name of the method.
        timed: whether the values have periods.
        scores: rows `period`, `area`, `code`, `level`, `score`, `rank` (1 the best of the period, ties the best of
            their ranks), `weight_observed` and `clipped` (ward method).
        contributions: rows `period`, `area`, `code`, `effective_weight`, `points` (of the index), and of
            indicators `points_lost`, `points_per_unit`, `note`; ward method alone.
        fit: rows `component`, `indicators`, `alpha`, `alpha_low`, `alpha_high`, `kmo`, `explained`. For the ward
            method and normalised indicators made without synthetic rows, for the classic method with them.
        influence: share of the index's variance of each indicator beside its nominal share; ward method.
    """

    framework: Framework
    method: str
    timed: bool
    scores: pd.DataFrame
    contributions: pd.DataFrame | None
    fit: pd.DataFrame
    influence: pd.DataFrame | None


def run(
    framework: Framework,
    values: pd.DataFrame,
    method: str = "ward",
    normalisation: str = "minmax",
    aggregation: Sequence[str] = ("arithmetic",),
) -> Scored:
    """Score a long table.

    Args:
        framework: as `read_framework`.
        values: as `read_values`.
        method: `ward` (bounds of the framework), `classic` (principal component with synthetic rows), or
            `normalised` (indicators normalised over the whole panel).
        normalisation: for `normalised`; one of `NORMALISATIONS`.
        aggregation: one method for all levels, or one a level from level 2 up: `arithmetic`, `geometric`,
            `harmonic`, `mean:<order>`, and for `normalised` also `copeland`.

    Raises:
        FrameworkError: bounds are missing (ward), or the number of aggregations does not fit.
        ValueError: a panel that the classic method cannot use; an unknown name.
    """
    panel = values.pivot(index=["period", "area"], columns="indicator", values="value")
    codes = [n.code for n in framework.indicators]
    panel = panel.reindex(columns=codes).astype(float).sort_index()
    timed = bool((values["period"] != "").any())
    if len(aggregation) not in (1, framework.depth - 1):
        raise FrameworkError(
            [
                f"{len(aggregation)} aggregations for {framework.depth - 1} levels; expected one, or one a level."
            ]
        )
    levels = list(aggregation) * (framework.depth - 1) if len(aggregation) == 1 else list(aggregation)
    if method == "classic":
        return _classic(replace(framework, orders=_orders(levels)), panel, timed)
    if method == "normalised":
        if normalisation not in NORMALISATIONS:
            raise ValueError(
                f"Unknown normalisation {normalisation!r}; expected {', '.join(NORMALISATIONS)}."
            )
        return _normalised(framework, panel, timed, normalisation, levels)
    if method != "ward":
        raise ValueError(f"Unknown method {method!r}; expected {', '.join(METHODS)}.")
    return _ward(replace(framework, orders=_orders(levels)), panel, timed)


def _orders(names: Sequence[str]) -> tuple[float, ...]:
    orders = {"arithmetic": 1.0, "geometric": 0.0, "harmonic": -1.0}
    out = []
    for name in names:
        if name in orders:
            out.append(orders[name])
            continue
        try:
            if not name.startswith("mean:"):
                raise ValueError
            out.append(float(name.removeprefix("mean:")))
        except ValueError:
            raise ValueError(
                f"Unknown aggregation {name!r}; expected {', '.join(orders)} or mean:<order>."
            ) from None
    return tuple(out)


def _long(framework: Framework, panel: pd.DataFrame, scores: pd.DataFrame) -> pd.DataFrame:
    """Scores as rows with ranks; `scores` has the index of the panel, one column a node."""
    import pandas as pd

    codes = [n.code for n in framework.nodes if n.code in scores.columns]
    level = {n.code: n.level for n in framework.nodes}
    table = scores[codes]
    ranks = table.groupby(level="period").rank(ascending=False, method="min")
    out = pd.DataFrame(
        {
            "period": np.repeat(panel.index.get_level_values("period"), len(codes)),
            "area": np.repeat(panel.index.get_level_values("area"), len(codes)),
            "code": codes * len(panel),
            "score": table.to_numpy().ravel(),
            "rank": ranks.to_numpy().ravel(),
        }
    )
    out.insert(3, "level", out["code"].map(level))
    return out.assign(rank=out["rank"].astype("Int64"))


def _ward(framework: Framework, panel: pd.DataFrame, timed: bool) -> Scored:
    import pandas as pd

    scores = ward.score(framework, panel.set_axis(range(len(panel)), axis=0))
    frame = pd.DataFrame(scores.array, index=panel.index, columns=list(framework.codes))
    long = _long(framework, panel, frame)
    count = len(framework.indicators)
    clipped = np.zeros(scores.array.shape, dtype=bool)
    clipped[:, :count] = scores.clipped
    long = long.assign(weight_observed=scores.observed.ravel(), clipped=clipped.ravel())
    made = explain.contributions(scores)
    lost, per_unit = np.full(made.shape, np.nan), np.full(made.shape, np.nan)
    note = np.full(made.shape, "", dtype=object)
    lost[:, :count] = explain.points_lost(scores)
    per_unit[:, :count], note[:, :count] = explain.points_per_unit(scores)
    contributions = long[["period", "area", "code", "level"]].assign(
        effective_weight=scores.effective.ravel(),
        points=made.ravel(),
        points_lost=lost.ravel(),
        points_per_unit=per_unit.ravel(),
        note=note.ravel(),
    )
    return Scored(
        framework,
        "ward",
        timed,
        long,
        contributions,
        _fit(framework, frame),
        _influence(framework, scores),
    )


def _influence(framework: Framework, scores: ward.Scores) -> pd.DataFrame | None:
    from spi_orchestration.index.admission import influence

    if (~np.isnan(scores.index)).sum() < 3:
        return None
    return influence(scores).reset_index()


def _fit(framework: Framework, scores: pd.DataFrame) -> pd.DataFrame:
    """Alpha, its Feldt interval, KMO and explained share of each component's indicators, no row added."""
    import pandas as pd

    rows = []
    for component in framework.level(2):
        codes = [c.code for c in framework.children(component.code) if c.code in scores.columns]
        table = scores[codes].dropna().to_numpy(dtype=float)
        varies = table[:, table.std(axis=0) > 0] if len(table) > 2 else table[:, :0]
        row: dict[str, Any] = {"component": component.code, "indicators": len(codes)}
        row |= dict.fromkeys(("alpha", "alpha_low", "alpha_high", "kmo", "explained"), np.nan)
        if varies.shape[1] > 1:
            z = (varies - varies.mean(axis=0)) / varies.std(axis=0, ddof=1)
            _, eigenvalues, correlation = diagnostics.first_component(z)
            row["alpha"] = diagnostics.cronbach(z)
            row["alpha_low"], row["alpha_high"] = diagnostics.feldt(row["alpha"], *z.shape)
            row["kmo"] = diagnostics.kmo(correlation)
            row["explained"] = float(eigenvalues[0] / z.shape[1])
        rows.append(row)
    return pd.DataFrame(rows)


def _classic(framework: Framework, panel: pd.DataFrame, timed: bool) -> Scored:
    import pandas as pd

    scored = [n.code for n in framework.indicators if n.scored]
    gaps = np.argwhere(panel[scored].isna().to_numpy())
    if len(gaps):
        period, area = panel.index[gaps[0][0]]
        more = f", and {len(gaps) - 1} more are" if len(gaps) > 1 else ""
        raise ValueError(
            f"The classic method needs every value: {scored[gaps[0][1]]} of {area}"
            f"{f' in {period}' if timed else ''} is missing{more}."
        )
    made = classic.score(framework, panel)
    rows = [
        {
            "component": code,
            "indicators": len(fit.weights),
            "alpha": fit.alpha,
            "alpha_low": fit.alpha_low,
            "alpha_high": fit.alpha_high,
            "kmo": fit.kmo,
            "explained": fit.explained,
        }
        for code, fit in made.components.items()
    ]
    scores = pd.DataFrame(made.scores.to_numpy(), index=panel.index, columns=made.scores.columns)
    long = _long(framework, panel, scores)
    return Scored(framework, "classic", timed, long, None, pd.DataFrame(rows), None)


def _normalised(
    framework: Framework, panel: pd.DataFrame, timed: bool, normalisation: str, levels: Sequence[str]
) -> Scored:
    directions = {n.code: n.direction or 1 for n in framework.indicators}
    # Ranks are made within a period; everything else over the whole panel, so that periods compare.
    if normalisation in ("rank", "percent_rank", "borda"):
        parts = [
            normalise.normalise(part, directions, normalisation) for _, part in panel.groupby(level="period")
        ]
        import pandas as pd

        table = pd.concat(parts).reindex(panel.index)
    else:
        table = normalise.normalise(panel, directions, normalisation)
    outranked = "copeland" in levels
    if outranked and timed:
        raise ValueError("Copeland compares the areas of one period; score each period by itself.")
    scores = aggregate.aggregate_levels(framework, table, levels, data_threshold=framework.coverage)
    return Scored(
        framework, "normalised", timed, _long(framework, panel, scores), None, _fit(framework, table), None
    )


def write(scored: Scored, folder: Path) -> list[Path]:
    """Write the tables as CSV, in full precision.

    Args:
        scored: what `run` made.
        folder: made where it is not there; files in it of the same names are replaced.

    Returns:
        the files: `scores.csv`, `wide.csv` (one row an area, one column a node), `fit.csv`, `correlations.csv`
        (of indicators that go together above 0.9), and for the ward method `contributions.csv` and
        `influence.csv`.
    """
    folder.mkdir(parents=True, exist_ok=True)
    wide = scored.scores.pivot(index=["period", "area"], columns="code", values="score")
    wide = wide[[c for c in scored.framework.codes if c in wide.columns]].reset_index()
    flags = analysis.correlation_flags(scored.framework, wide)
    tables: dict[str, pd.DataFrame | None] = {
        "scores": scored.scores,
        "wide": wide,
        "contributions": scored.contributions,
        "fit": scored.fit,
        "influence": scored.influence,
        "correlations": flags,
    }
    files = []
    for name, table in tables.items():
        if table is None or not len(table.columns):
            continue
        out = table if scored.timed or "period" not in table.columns else table.drop(columns="period")
        path = folder / f"{name}.csv"
        out.to_csv(path, index=False, encoding="utf-8", lineterminator="\n")
        files.append(path)
    return files
