"""Holds the tables of a release against the independent reading.

Belongs here: finding the tables of a release, what counts as a difference, and how it is told. Does
not belong here: reading real files (`independent.py`), running the pipeline (`conftest.py`).
"""

from __future__ import annotations

import csv
import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

from tests.real.independent import EDITION, INDICATORS, Reading
from tests.real.independent_scores import Scores

__all__ = [
    "Difference",
    "Independent",
    "Release",
    "Row",
    "compare",
    "compare_scores",
    "direction_faults",
    "of_edition",
    "release_rows",
    "sign_faults",
]

#: Two readings of the same number may differ by the order of their additions, and by no more.
RELATIVE = 1e-9
#: A mean of positive and negative scores can be zero but for rounding.
ABSOLUTE = 1e-12

Row = Mapping[str, object]


@dataclass(frozen=True)
class Release:
    """The CSV tables a run of the pipeline wrote below its data folder."""

    data: Path

    def table(self, name: str) -> list[dict[str, str]]:
        """Return the rows of one table, from the release if there is one, else from the draft."""
        for stage in ("releases", "drafts"):
            found = sorted((self.data / stage).glob(f"**/{name}.csv"))
            if found:
                with found[-1].open(encoding="utf-8-sig", newline="") as text:
                    return list(csv.DictReader(text))
        raise AssertionError(f"the run wrote no {name}.csv below {self.data}")


@dataclass(frozen=True)
class Independent:
    """The independent values and their scores."""

    reading: Reading
    scores: Scores


@dataclass(frozen=True)
class Difference:
    """One thing the release and the independent reading disagree on."""

    area: str
    item: str
    field: str
    expected: object
    found: object

    def __str__(self) -> str:
        return f"{self.item} of {self.area}: {self.field} is {self.found!r}, expected {self.expected!r}"


def number(cell: object) -> float | None:
    """Return a cell of a release as a number; None where it is empty."""
    if cell is None or (isinstance(cell, str) and not cell.strip()):
        return None
    return float(str(cell))


def same(expected: float | None, found: float | None) -> bool:
    """Say whether two numbers are one reading; a missing one equals a missing one alone."""
    if expected is None or found is None:
        return expected is None and found is None
    return math.isclose(expected, found, rel_tol=RELATIVE, abs_tol=ABSOLUTE)


def of_edition(rows: Iterable[Row], edition: int = EDITION) -> list[Row]:
    """Return the rows of one edition."""
    return [row for row in rows if str(row["edition"]) == str(edition)]


def _only(
    rows: Iterable[Row], item: str, areas: Iterable[str]
) -> tuple[dict[tuple[str, str], Row], list[Difference]]:
    """Return the rows by (item, area), and a difference for each that occurs twice."""
    known, twice = set(areas), []
    found: dict[tuple[str, str], Row] = {}
    for row in of_edition(rows):
        area = str(row["area_code"])
        key = (str(row[item]) if item else "index", area)
        if area in known and key in found:
            twice.append(Difference(area, key[0], "rows", 1, "more than one"))
        elif area in known:
            found[key] = row
    return found, twice


def compare(release_rows: Iterable[Row], independent: Independent) -> list[Difference]:
    """Return how the rows of `fct_indicator_value` differ from the independent reading.

    Args:
        release_rows: rows with edition, area_code, indicator, value, numerator, denominator, score;
            numbers or the text of a CSV file, empty where there is none. Rows of other editions and
            of areas that the reading does not know are passed over.
        independent: the values and scores they are held against.

    Returns:
        The differences in value, in numerator and denominator of indicators made of counts, and in
        score; a row that is missing, occurs twice or names an unknown indicator is one too.
    """
    reading = independent.reading
    rows, differences = _only(release_rows, "indicator", reading.areas)
    for name, area in sorted(set(rows) - {(name, area) for name in INDICATORS for area in reading.areas}):
        differences.append(Difference(area, name, "indicator", "none of that name", "a row"))
    for name, definition in INDICATORS.items():
        for area, wards in reading.areas.items():
            value = reading.value(name, wards)
            row = rows.get((name, area))
            if row is None:
                if value is not None:
                    differences.append(Difference(area, name, "value", value, "no row"))
                continue
            expected = {"value": value}
            if definition.counts and value is not None and (sums := reading.over(name, wards)):
                expected |= {"numerator": sums.top, "denominator": sums.bottom}
            expected["score"] = independent.scores.indicators[name, area]
            for field, wanted in expected.items():
                if not same(wanted, found := number(row[field])):
                    differences.append(Difference(area, name, field, wanted, found))
    return differences


def compare_scores(
    release_rows: Iterable[Row],
    item: str,
    expected: Mapping[tuple[str, str], float | None],
) -> list[Difference]:
    """Return how a table of scores differs from the independent ones.

    Args:
        release_rows: rows with edition, area_code, score and the column `item`.
        item: `component` or `dimension`; empty for the index, whose expected scores go by
            ("index", area).
        expected: (item, area) -> score. Items that are not expected must have no score.
    """
    rows, differences = _only(release_rows, item, {area for _, area in expected})
    for key in sorted(set(expected) | set(rows)):
        wanted = expected.get(key)
        found = number(rows[key]["score"]) if key in rows else None
        if not same(wanted, found):
            differences.append(Difference(key[1], key[0], "score", wanted, found))
    return differences


def sign_faults(
    indicators: Iterable[Mapping[str, str]],
    bounds: Iterable[Mapping[str, str]],
    expected: Iterable[Mapping[str, str]],
) -> list[str]:
    """Return where the framework's directions contradict the hand-written table.

    Args:
        indicators: rows with indicator and polarity.
        bounds: rows with indicator, worst and best.
        expected: rows with indicator and better_when (higher, lower).
    """
    signs = {row["indicator"]: row["better_when"] for row in expected}
    polarities = {row["indicator"]: row["polarity"] for row in indicators}
    ends = {row["indicator"]: (float(row["worst"]), float(row["best"])) for row in bounds}
    faults = []
    for name in sorted(signs.keys() | polarities.keys() | ends.keys()):
        if not (name in signs and name in polarities and name in ends):
            faults.append(f"{name} is not in all of the sign table, the framework and the bounds")
            continue
        worst, best = ends[name]
        if polarities[name] != signs[name]:
            faults.append(f"{name}: polarity is {polarities[name]}, {signs[name]} is better")
        if worst == best or (best > worst) != (signs[name] == "higher"):
            faults.append(f"{name}: best is {best} and worst {worst}, but {signs[name]} is better")
    return faults


def direction_faults(release_rows: Iterable[Row], expected: Iterable[Mapping[str, str]]) -> list[str]:
    """Return the indicators whose scores do not run the way the hand-written table says.

    Every pair of areas is looked at: the better value never has the lower score, and at least one
    pair of a scored indicator must differ in score, or nothing was shown.
    """
    signs = {row["indicator"]: 1 if row["better_when"] == "higher" else -1 for row in expected}
    points: dict[str, list[tuple[float, float]]] = {name: [] for name in signs}
    for row in of_edition(release_rows):
        value, scored = number(row["value"]), number(row["score"])
        if value is not None and scored is not None and str(row["indicator"]) in points:
            points[str(row["indicator"])].append((value * signs[str(row["indicator"])], scored))
    faults = []
    for name, found in points.items():
        found.sort()
        wrong = any(after[1] < before[1] for before, after in pairwise(found))
        if wrong:
            faults.append(f"{name}: a better value has a lower score")
        elif len({scored for _, scored in found}) < 2:
            faults.append(f"{name}: all scores are equal, so no direction is shown")
    return faults


def release_rows(reading: Reading, scores: Scores) -> list[dict[str, object]]:
    """Return a reading as rows of `fct_indicator_value`, as a flawless release would hold them."""
    rows: list[dict[str, object]] = []
    for name, definition in INDICATORS.items():
        for area, wards in reading.areas.items():
            value = reading.value(name, wards)
            sums = reading.over(name, wards) if definition.counts and value is not None else None
            rows.append(
                {
                    "edition": EDITION,
                    "area_code": area,
                    "indicator": name,
                    "value": value,
                    "numerator": sums.top if sums else None,
                    "denominator": sums.bottom if sums else None,
                    "status": "missing" if value is None else "observed",
                    "score": scores.indicators[name, area],
                }
            )
    return rows
