"""What a score is made of: contributions, points lost, points per unit, and the bridge between editions.

Belongs here: exact decompositions of scores of the ward method. Does not belong here: whether a change is
real (`change.py`).

Contribution of child i to its parent S, for the generalised mean of order p: `w_i s_i^p S^(1 - p)`, with
the effective weight after missing values and the score used; for p = 0 the limit `w_i S`; 0 where S is 0.
Contributions to a higher node are chained: a child's share of its parent times the parent's contribution.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from spi_orchestration.index.framework import Framework
from spi_orchestration.index.ward import Scores, aggregate, score_array

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["Bridge", "Leg", "bridge", "bridges", "contributions", "points_lost", "points_per_unit"]


def contributions(scores: Scores, target: str | None = None) -> np.ndarray:
    """Points that each node contributes to a target node.

    Args:
        scores: of areas.
        target: code of the node explained; the index by default.

    Returns:
        shape (areas, nodes): for each level below the target its contributions add up to the target's score;
        the target has its own score; 0 for what does not count in it; NaN where the target is not given.
    """
    framework = scores.framework
    target = target or framework.root.code
    out = np.zeros_like(scores.array)
    out[:, framework.position[target]] = scores[target]
    for node in reversed(framework.nodes):
        if node.parent is None or target not in framework.lineage(node.code)[1:]:
            continue
        to_parent = _to_parent(scores, node.code)
        parent = scores[node.parent]
        above = out[:, framework.position[node.parent]]
        with np.errstate(divide="ignore", invalid="ignore"):
            share = np.where(parent > 0, to_parent / parent, 0.0)
        out[:, framework.position[node.code]] = share * above
    out[np.isnan(scores[target])] = np.nan
    return out


def _to_parent(scores: Scores, code: str) -> np.ndarray:
    """Points that a node contributes to its own parent, shape (areas,); 0 where either is missing."""
    framework = scores.framework
    node = framework.node(code)
    order = framework.order(node.level + 1)
    weight = scores.effective[:, framework.position[code]]
    own, parent = scores[code], scores[node.parent or ""]
    if order == 1:
        points = weight * own
    elif order == 0:
        points = weight * parent
    else:
        with np.errstate(divide="ignore", invalid="ignore"):
            points = weight * own**order * parent ** (1 - order)
    return np.where((weight > 0) & (parent > 0), points, 0.0)


def points_lost(scores: Scores) -> np.ndarray:
    """Points the index would gain if one indicator stood at its best bound and all else stayed.

    Args:
        scores: of areas.

    Returns:
        shape (areas, indicators); NaN where the indicator or the index is missing. With arithmetic means they
        add up to the distance of the index from 100.
    """
    count = len(scores.framework.indicators)
    base = scores.array[:, :count]
    out = np.full(base.shape, np.nan)
    for i in range(count):
        best = base.copy()
        best[:, i] = np.where(np.isnan(base[:, i]), np.nan, 100.0)
        out[:, i] = aggregate(scores.framework, best)[0][:, -1] - scores.index
    out[np.isnan(base)] = np.nan
    return out


def points_per_unit(scores: Scores, target: str | None = None) -> tuple[np.ndarray, np.ndarray]:
    """Points of a target node for one unit more of an indicator: the derivative at the present value.

    Args:
        scores: of areas.
        target: the index by default.

    Returns:
        points per unit of the indicator, shape (areas, indicators), negative where lower is better; and a
        word for each: empty, `beyond a bound` (0 points), `missing`, or `not defined` where a mean of an
        order below 1 stands at 0.
    """
    framework = scores.framework
    target = target or framework.root.code
    areas, count = scores.raw.shape
    slope = np.full(scores.array.shape, 0.0)
    slope[:, framework.position[target]] = 1.0
    for node in reversed(framework.nodes):
        if node.parent is None or target not in framework.lineage(node.code)[1:]:
            continue
        order = framework.order(node.level + 1)
        weight = scores.effective[:, framework.position[node.code]]
        own, parent = scores[node.code], scores[node.parent]
        with np.errstate(divide="ignore", invalid="ignore"):
            step = weight if order == 1 else weight * (own / parent) ** (order - 1)
        step = np.where(weight > 0, step, 0.0)
        slope[:, framework.position[node.code]] = slope[:, framework.position[node.parent]] * step
    per_score = slope[:, :count]
    points = per_score * 100 / (framework.best - framework.worst)
    words = np.full((areas, count), "", dtype=object)
    undefined = ~np.isfinite(points)
    points = np.where(undefined, np.nan, points)
    words[undefined] = "not defined"
    points = np.where(scores.clipped, 0.0, points)
    words[scores.clipped] = "beyond a bound"
    missing = np.isnan(scores.values) | np.isnan(scores[target])[:, None]
    words[missing] = "missing"
    return np.where(missing, np.nan, points), words


@dataclass(frozen=True)
class Leg:
    """One leg of a bridge.

    Attributes:
        name: `revision`, `method and framework`, `change in the data` or `control`.
        total: points, shape (areas,).
        by_indicator: points by indicator that counts on both sides; one row an area.
        coverage: points from indicators that count on one side only, shape (areas,).
    """

    name: str
    total: np.ndarray
    by_indicator: pd.DataFrame
    coverage: np.ndarray


@dataclass(frozen=True)
class Bridge:
    """From one published score to the next.

    Attributes:
        areas: labels.
        target: node explained.
        start, end: the two published scores, shape (areas,).
        legs: in order; their totals add up to `end - start`.
    """

    areas: tuple[object, ...]
    target: str
    start: np.ndarray
    end: np.ndarray
    legs: tuple[Leg, ...]

    def frame(self) -> pd.DataFrame:
        """Long table: `area`, `leg`, `part` (`total`, `coverage` or an indicator), `points`.

        Indicators that moved by less than rounding are left out.
        """
        import pandas as pd

        rows = []
        for leg in self.legs:
            for i, area in enumerate(self.areas):
                rows.append((area, leg.name, "total", leg.total[i]))
                rows.append((area, leg.name, "coverage", leg.coverage[i]))
                rows += [
                    (area, leg.name, c, p) for c, p in leg.by_indicator.iloc[i].items() if abs(p) > 1e-12
                ]
        return pd.DataFrame(rows, columns=["area", "leg", "part", "points"])

    @property
    def error(self) -> float:
        """Largest distance of the sum of all parts from the whole; rounding only."""
        total = sum(leg.total for leg in self.legs)
        parts = sum(leg.by_indicator.to_numpy().sum(axis=1) + leg.coverage for leg in self.legs)
        return float(
            max(np.nanmax(np.abs(total - (self.end - self.start))), np.nanmax(np.abs(parts - total)))
        )


def bridge(
    published: Scores,
    restated: Scores,
    restated_under_new: Scores,
    now: Scores,
    target: str | None = None,
    public: tuple[Mapping[object, float], Mapping[object, float]] | None = None,
) -> Bridge:
    """Explain the way from one published score to the next.

    Args:
        published: f(m0, D0 as then known).
        restated: f(m0, D0 restated); the step to it is `revision`.
        restated_under_new: f(m1, D0 restated); the step to it is `method and framework`.
        now: f(m1, D1); the step to it is `change in the data`.
        target: node explained, in both frameworks; the index of `now` by default.
        public: public scores of the target before and now, by area. The fourth leg, `control`, is then the
            change in the distance between public and exact scores.

    Returns:
        legs that add up exactly, for the areas that all four have; NaN for an area whose target is not given
        in one of them. Each leg is split by indicator into differences of contributions over the indicators
        that count on both sides; what enters or leaves is the leg's coverage term.

    Raises:
        ValueError: the target is not in one of the frameworks, or no area is shared.
    """
    steps = (published, restated, restated_under_new, now)
    node = target or now.framework.root.code
    for step in steps:
        if node not in step.framework.position:
            raise ValueError(
                f"{node} is not in every framework; a bridge needs a node that both methods have."
            )
    areas = tuple(a for a in now.areas if all(a in s.areas for s in steps))
    if not areas:
        raise ValueError("The editions share no area; restate the earlier one on the present areas first.")
    rows = [[s.areas.index(a) for a in areas] for s in steps]
    picked = [_rows(s, r) for s, r in zip(steps, rows, strict=True)]
    names = ("revision", "method and framework", "change in the data")
    legs = [_leg(name, a, b, node) for name, a, b in zip(names, picked[:-1], picked[1:], strict=True)]
    start, end = picked[0][node], picked[-1][node]
    if public is not None:
        before, after = (np.array([p.get(a, np.nan) for a in areas], dtype=float) for p in public)
        total = (after - end) - (before - start)
        legs.append(Leg("control", total, legs[0].by_indicator.iloc[:, :0], total))
        start, end = before, after
    return Bridge(areas, node, start, end, tuple(legs))


def bridges(
    states: Sequence[Scores], legs: Sequence[str], decimals: int = 11
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Bridges of every node at once, through any number of states.

    Args:
        states: scores of the same data or method one step after another; the first is where the bridge begins.
        legs: name of each step, one fewer than there are states.
        decimals: points are rounded to; parts then add up within 1e-9 still.

    Returns:
        parts: rows `area`, `code`, `level`, `leg`, `part` (`total`, `coverage` or an indicator), `points`, for
        every node that all frameworks have and every area that all states have; parts of 0 points are left
        out, totals never. Whole: rows `area`, `code`, `level`, `before`, `after` and one column a leg; NaN
        where one of the states does not give the node.

    Raises:
        ValueError: no area is shared, or the names do not fit the states.
    """
    import pandas as pd

    if len(legs) != len(states) - 1:
        raise ValueError(f"{len(states)} states have {len(states) - 1} steps between them, not {len(legs)}.")
    last = states[-1]
    areas = tuple(a for a in last.areas if all(a in s.areas for s in states))
    if not areas:
        raise ValueError("The states share no area; restate the earlier ones on the present areas first.")
    picked = [_rows(s, [s.areas.index(a) for a in areas]) for s in states]
    label = np.array(areas, dtype=object)
    parts, whole = [], []
    for node in last.framework.nodes:
        if any(node.code not in s.framework.position for s in picked):
            continue
        made = [_leg(n, a, b, node.code) for n, a, b in zip(legs, picked[:-1], picked[1:], strict=True)]
        given = ~np.isnan(sum((leg.total for leg in made), np.zeros(len(areas))))
        row: dict[str, object] = {"area": label, "code": node.code, "level": node.level}
        row |= {"before": picked[0][node.code], "after": picked[-1][node.code]}
        whole.append(pd.DataFrame(row | {leg.name: np.where(given, leg.total, np.nan) for leg in made}))
        for leg in made:
            table = np.column_stack([leg.total, leg.coverage, leg.by_indicator.to_numpy()])
            names = np.array(["total", "coverage", *leg.by_indicator.columns], dtype=object)
            table = np.round(table, decimals) + 0.0
            keep = given[:, None] & (np.abs(np.nan_to_num(table)) > 0)
            keep[:, 0] = given
            at, column = np.nonzero(keep)
            parts.append(
                pd.DataFrame(
                    {
                        "area": label[at],
                        "code": node.code,
                        "level": node.level,
                        "leg": leg.name,
                        "part": names[column],
                        "points": table[at, column],
                    }
                )
            )
    return pd.concat(parts, ignore_index=True), pd.concat(whole, ignore_index=True)


def _rows(scores: Scores, rows: list[int]) -> Scores:
    return Scores(
        scores.framework,
        tuple(scores.areas[r] for r in rows),
        scores.values[rows],
        scores.raw[rows],
        scores.clipped[rows],
        scores.array[rows],
        scores.observed[rows],
    )


def _counts_in(scores: Scores, target: str) -> np.ndarray:
    """Whether each indicator counts in the target, shape (areas, indicators)."""
    framework = scores.framework
    weight = np.zeros_like(scores.array)
    weight[:, framework.position[target]] = 1.0
    for node in reversed(framework.nodes):
        if node.parent is not None and target in framework.lineage(node.code)[1:]:
            position = framework.position[node.code]
            weight[:, position] = weight[:, framework.position[node.parent]] * scores.effective[:, position]
    return weight[:, : len(framework.indicators)] > 0


def _leg(name: str, first: Scores, second: Scores, target: str) -> Leg:
    import pandas as pd

    codes = list(dict.fromkeys(n.code for s in (first, second) for n in s.framework.indicators))
    used = []
    for scores in (first, second):
        own = [n.code for n in scores.framework.indicators]
        table = pd.DataFrame(_counts_in(scores, target), columns=own).reindex(columns=codes, fill_value=False)
        used.append(table)
    total = second[target] - first[target]
    lost = np.isnan(total)
    if (used[0].to_numpy() == used[1].to_numpy())[~lost].all():
        # The same indicators count on both sides: nothing enters or leaves.
        points = []
        for scores in (first, second):
            own = [n.code for n in scores.framework.indicators]
            table = pd.DataFrame(contributions(scores, target)[:, : len(own)], columns=own)
            points.append(table.reindex(columns=codes, fill_value=0.0).where(used[0], 0.0))
        by_indicator = (points[1] - points[0]).set_axis(list(first.areas), axis=0)
        by_indicator[lost] = np.nan
        return Leg(name, total, by_indicator, np.where(lost, np.nan, 0.0))
    both = used[0] & used[1]
    sides, points = [], []
    for scores in (first, second):
        own = [n.code for n in scores.framework.indicators]
        # Over the shared indicators alone no threshold applies: what is missing is told as coverage.
        open_framework: Framework = replace(scores.framework, coverage=0.0, minimum_children=1)
        values = np.where(both[own].to_numpy(), scores.values, np.nan)
        part = score_array(open_framework, values, scores.areas)
        sides.append(np.nan_to_num(part[target]))
        table = pd.DataFrame(contributions(part, target)[:, : len(own)], columns=own).reindex(columns=codes)
        points.append(table.fillna(0.0))
    by_indicator = (points[1] - points[0]).set_axis(list(first.areas), axis=0)
    coverage = (sides[0] - first[target]) + (second[target] - sides[1])
    by_indicator[lost] = np.nan
    return Leg(name, total, by_indicator, np.where(lost, np.nan, coverage))
