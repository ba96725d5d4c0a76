"""Scores, components, dimensions and the index, formed a second time from the independent values.

Belongs here: the arithmetic from indicator values to the index in plain Python, with the bounds,
weights and clusters of the framework seeds (which are the method, so they are not doubled). Does not
belong here: the values (`independent.py`) and the comparison (`comparison.py`).
"""

from __future__ import annotations

import csv
import math
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

from tests.real.independent import Reading

__all__ = ["Bound", "Framework", "Scores", "read_framework", "read_table", "score"]

#: A component of the open profile needs this many scored indicators in the framework.
FEWEST_INDICATORS = 2


@dataclass(frozen=True)
class Bound:
    """The values that score 0 and 100."""

    worst: float
    best: float


@dataclass(frozen=True)
class Framework:
    """Which indicator sits where, with what weight.

    Attributes:
        components: component -> {scored indicator: weight}; members of a cluster share one weight.
        dimensions: dimension -> {component: weight}, the components that can be scored.
        weights: dimension -> weight in the index.
        bounds: indicator -> bound.
    """

    components: Mapping[str, Mapping[str, float]]
    dimensions: Mapping[str, Mapping[str, float]]
    weights: Mapping[str, float]
    bounds: Mapping[str, Bound]


def read_table(path: Path) -> list[dict[str, str]]:
    """Return the rows of a small CSV file with a header."""
    with path.open(encoding="utf-8-sig", newline="") as text:
        return list(csv.DictReader(text))


def read_framework(seeds: Path) -> Framework:
    """Read the framework of the open profile from the folder of seeds."""
    indicators = [row for row in read_table(seeds / "open_indicator.csv") if row["scored"] == "true"]
    members = Counter((row["component"], row["cluster"]) for row in indicators if row["cluster"])
    components: dict[str, dict[str, float]] = {}
    for row in indicators:
        share = members.get((row["component"], row["cluster"]), 1)
        components.setdefault(row["component"], {})[row["indicator"]] = float(row["weight"]) / share
    scored = {name: weights for name, weights in components.items() if len(weights) >= FEWEST_INDICATORS}
    dimensions: dict[str, dict[str, float]] = {}
    for row in read_table(seeds / "component.csv"):
        if row["component"] in scored:
            dimensions.setdefault(row["dimension"], {})[row["component"]] = float(row["weight"])
    return Framework(
        components=scored,
        dimensions=dimensions,
        weights={row["dimension"]: float(row["weight"]) for row in read_table(seeds / "dimension.csv")},
        bounds={
            row["indicator"]: Bound(float(row["worst"]), float(row["best"]))
            for row in read_table(seeds / "open_bounds.csv")
        },
    )


def score(value: float | None, bound: Bound) -> float | None:
    """Return the score of a value: 0 at worst or beyond, 100 at best or beyond."""
    if value is None:
        return None
    return min(100.0, max(0.0, 100 * (value - bound.worst) / (bound.best - bound.worst)))


def _mean(scores: Mapping[str, float | None], weights: Mapping[str, float]) -> float | None:
    """Return the weighted mean, or None where less than two thirds of the weight is there."""
    there = {name: scored for name in weights if (scored := scores.get(name)) is not None}
    weight = math.fsum(weights[name] for name in there)
    if 3 * weight < 2 * math.fsum(weights.values()) - 1e-12 or weight == 0:
        return None
    return math.fsum(weights[name] * scored for name, scored in there.items()) / weight


@dataclass(frozen=True)
class Scores:
    """Every score of every area; None where it is not given.

    Attributes:
        indicators: (indicator, area) -> score.
        components: (component, area) -> score; components that are not scored are absent.
        dimensions: (dimension, area) -> score.
        index: area -> score.
    """

    indicators: Mapping[tuple[str, str], float | None]
    components: Mapping[tuple[str, str], float | None]
    dimensions: Mapping[tuple[str, str], float | None]
    index: Mapping[str, float | None]

    @classmethod
    def of(cls, reading: Reading, framework: Framework) -> Scores:
        """Return the scores of all wards and the district, each from its own summed values."""
        indicators: dict[tuple[str, str], float | None] = {}
        components: dict[tuple[str, str], float | None] = {}
        dimensions: dict[tuple[str, str], float | None] = {}
        index: dict[str, float | None] = {}
        for area, wards in reading.areas.items():
            by_indicator = {
                name: score(reading.value(name, wards), bound) for name, bound in framework.bounds.items()
            }
            by_component = {
                name: _mean(by_indicator, weights) for name, weights in framework.components.items()
            }
            by_dimension = {
                name: _mean(by_component, weights) for name, weights in framework.dimensions.items()
            }
            index[area] = _mean(by_dimension, framework.weights)
            indicators.update(_keyed(by_indicator, area))
            components.update(_keyed(by_component, area))
            dimensions.update(_keyed(by_dimension, area))
        return cls(indicators, components, dimensions, index)


def _keyed(scores: Mapping[str, float | None], area: str) -> Iterable[tuple[tuple[str, str], float | None]]:
    """Yield (name, area) with its score."""
    return (((name, area), value) for name, value in scores.items())
