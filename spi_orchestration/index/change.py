"""Is this change real? Differences between two editions, with their doubt.

Belongs here: the third leg of the bridge, change in the data, and whether it exceeds its uncertainty. Does
not belong here: revision and method (`explain.bridge`), and targets (`baseline.py`).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np

from spi_orchestration.index.framework import Framework
from spi_orchestration.index.uncertainty import (
    NOT_ESTIMATED,
    Accumulator,
    Counts,
    Intervals,
    Samples,
    draw_areas,
    propagate,
)
from spi_orchestration.index.ward import bounded_score, score_array

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["BETTER", "NOT_UPDATED", "UNSURE", "WORSE", "Watch", "assess", "widen"]

BETTER = "better"
WORSE = "worse"
UNSURE = "no change beyond doubt"
NOT_UPDATED = "not updated"
MODELLED = "modelled: no change called"

#: Least share of a node's weight that must rest on newer data for a change to be called.
LEAST_REFRESHED = 0.5


def assess(
    before: Samples, after: Samples, draws: int = 10_000, seed: int = 2026, level: float = 0.95
) -> pd.DataFrame:
    """Say of every score whether it changed beyond its doubt.

    Args:
        before: the earlier edition's data as known now, under the present method.
        after: this edition's data, under the same framework, with the same areas.
        draws: number of draws.
        seed: of the draws. An indicator with the same window in both has the same draws and does not change;
            windows that overlap share the draws of the years they share, where `Counts.parts` are given. The
            change of a pooled value is the window's change.
        level: of the interval.

    Returns:
        rows `area`, `code`, `level`, `before`, `after`, `change` (points of score), `low`, `high`,
        `probability_better`, `weight_refreshed`, `verdict`.

    Raises:
        ValueError: framework or areas differ.
    """
    watch = Watch({"before": before}, after, draws, seed, level)
    made = propagate(after, draws, seed, clip=True, indicators=False, watch=watch.see)
    return watch.finish(made)["before"]


@dataclass
class _Side:
    """One earlier edition, drawn indicator by indicator beside the later one."""

    samples: Samples
    engine: Accumulator
    limits: dict[str, tuple[np.ndarray, np.ndarray, np.ndarray]] = field(default_factory=dict)


class Watch:
    """Changes since several earlier editions, made from the draws of the later one as they go by."""

    def __init__(
        self,
        befores: Mapping[Any, Samples],
        after: Samples,
        draws: int,
        seed: int,
        level: float = 0.95,
    ) -> None:
        """Make ready to compare.

        Args:
            befores: earlier editions by any key; see `assess`.
            after: the later edition, which `propagate` is called with.
            draws: as `propagate` is called with.
            seed: likewise.
            level: of the intervals.

        Raises:
            ValueError: framework or areas differ.
        """
        for before in befores.values():
            if before.framework.content_hash() != after.framework.content_hash():
                raise ValueError(
                    "The editions have different frameworks; restate the earlier one under the present "
                    "method first."
                )
            if before.names != after.names:
                raise ValueError(
                    "The editions have different areas; restate the earlier one on the present areas first."
                )
        self.after, self.draws, self.seed = after, draws, seed
        self.tail = (1 - level) / 2
        size = len(after.names)
        self.sides = {
            key: _Side(before, Accumulator(after.framework, size, draws)) for key, before in befores.items()
        }

    def see(self, code: str, own: np.ndarray, centred: np.ndarray) -> None:
        """Take the draws of one indicator of the later edition, each of shape (draws, areas)."""
        node = self.after.framework.node(code)
        scores: np.ndarray | None = None
        for side in self.sides.values():
            counts = side.samples.counts.get(code)
            if counts is None:
                continue
            if _same(counts, self.after.counts[code]):
                # The same data are drawn the same: nothing to draw, and no change.
                drawn, same = (own, centred), True
            else:
                found = draw_areas(side.samples, code, self.draws, self.seed)
                assert found is not None
                drawn, same = found, False
            side.engine.add(code, np.clip(bounded_score(drawn[1], node.worst, node.best)[0], 0, 100))
            if np.isnan(node.worst):
                continue
            if same:
                flat = np.where(np.isnan(own[0]), np.nan, 0.0)
                side.limits[code] = (flat, flat, np.where(np.isnan(own[0]), np.nan, 0.5))
                continue
            if scores is None:
                scores = np.clip(bounded_score(own, node.worst, node.best)[0], 0, 100)
            before = np.clip(bounded_score(drawn[0], node.worst, node.best)[0], 0, 100)
            side.limits[code] = _limits(scores - before, self.tail)

    def finish(self, made: Intervals) -> dict[Any, pd.DataFrame]:
        """Tables of changes by key, as `assess` gives them.

        Args:
            made: what `propagate` returned.
        """
        return {key: self._table(side, made) for key, side in self.sides.items()}

    def _earlier_alone(self, side: _Side) -> None:
        """Add what is known of the earlier edition alone; it counts in its scores."""
        framework = self.after.framework
        for code in side.samples.counts:
            if code in self.after.counts or code not in framework.position:
                continue
            node = framework.node(code)
            found = draw_areas(side.samples, code, self.draws, self.seed)
            if found is not None:
                side.engine.add(code, np.clip(bounded_score(found[1], node.worst, node.best)[0], 0, 100))

    def _table(self, side: _Side, made: Intervals) -> pd.DataFrame:
        import pandas as pd

        before, after, framework = side.samples, self.after, self.after.framework
        self._earlier_alone(side)
        drawn = side.engine.finish()
        for code in list(drawn):
            side.limits[code] = _limits(made.scores[code] - drawn.pop(code), self.tail)
        fresh = {
            code
            for code, counts in after.counts.items()
            if code not in before.counts or counts.window != before.counts[code].window
        }
        share = framework.share_of(fresh)
        points = [score_array(framework, s.values().to_numpy(), s.names) for s in (before, after)]
        below = _estimated(framework, before, after)
        parts = []
        for node in framework.nodes:
            if node.code not in side.limits:
                continue
            low, high, better = side.limits[node.code]
            old, new = (p[node.code] for p in points)
            estimated = below[node.code]
            verdict = np.where(low > 0, BETTER, np.where(high < 0, WORSE, UNSURE)).astype(object)
            if not estimated:
                verdict[:] = NOT_ESTIMATED
            if share[node.code] < LEAST_REFRESHED:
                verdict[:] = NOT_UPDATED
            elif node.code in framework.modelled:
                verdict[:] = MODELLED
            verdict[np.isnan(new - old)] = "not given"
            parts.append(
                pd.DataFrame(
                    {
                        "area": after.names,
                        "code": node.code,
                        "level": node.level,
                        "before": old,
                        "after": new,
                        "change": new - old,
                        "low": low if estimated else np.nan,
                        "high": high if estimated else np.nan,
                        "probability_better": better,
                        "weight_refreshed": share[node.code],
                        "verdict": verdict,
                    }
                )
            )
        return pd.concat(parts, ignore_index=True)


def widen(
    table: pd.DataFrame,
    framework: Framework,
    before: tuple[pd.DataFrame, pd.DataFrame],
    after: tuple[pd.DataFrame, pd.DataFrame],
) -> pd.DataFrame:
    """Public changes: no change is called that the classes of small counts could explain.

    Args:
        table: as `assess`, made from the published values.
        framework: the framework.
        before: smallest and largest value that each published class of the earlier edition can stand for; one
            row an area, one column an indicator.
        after: likewise of the later edition.

    Returns:
        the table with its intervals moved out by as much as the classes of both editions allow, and what
        then lies within doubt said to.
    """
    codes = [n.code for n in framework.indicators]
    up = np.array([n.direction == 1 for n in framework.indicators])
    areas = list(dict.fromkeys(table["area"]))
    ends = []
    for pair in (before, after):
        low, high = (f.reindex(index=areas, columns=codes).to_numpy(dtype=float) for f in pair)
        for values in (np.where(up, low, high), np.where(up, high, low)):
            ends.append(score_array(framework, values, areas).array)
    row = {a: i for i, a in enumerate(areas)}
    at = (table["area"].map(row).to_numpy(), table["code"].map(framework.position).to_numpy())
    worse0, better0, worse1, better1 = (e[at] for e in ends)
    out = table.copy()
    down = np.nan_to_num((out["after"] - worse1) + (better0 - out["before"]))
    rise = np.nan_to_num((better1 - out["after"]) + (out["before"] - worse0))
    out["low"], out["high"] = out["low"] - down, out["high"] + rise
    lost = out["verdict"].eq(BETTER) & ~(out["low"] > 0) | out["verdict"].eq(WORSE) & ~(out["high"] < 0)
    out.loc[lost, "verdict"] = UNSURE
    return out


def _estimated(framework: Framework, *sides: Samples) -> dict[str, bool]:
    """Whether anything below a node, or the node itself, has a sampling model on any side."""
    out: dict[str, bool] = dict.fromkeys(framework.codes, False)
    for side in sides:
        for code, counts in side.counts.items():
            if counts.estimated and code in framework.position:
                out |= dict.fromkeys(framework.lineage(code), True)
    return out


def _limits(gap: np.ndarray, tail: float) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Interval and probability of a rise of the draws of a change, (draws, areas), each of shape (areas,)."""
    ordered = np.sort(np.ascontiguousarray(gap.T), axis=1)
    last = ordered.shape[1] - 1
    ends = []
    for level in (tail, 1 - tail):
        at = level * last
        low = int(at)
        ends.append(ordered[:, low] + (ordered[:, min(low + 1, last)] - ordered[:, low]) * (at - low))
    better = (ordered > 0).mean(axis=1) + 0.5 * (ordered == 0).mean(axis=1)
    return ends[0], ends[1], better


def _same(first: Counts, second: Counts) -> bool:
    """Whether two counts are drawn alike: the same window, numbers and parts."""
    if first.window != second.window or set(first.parts) != set(second.parts):
        return False
    pairs = [(first.numerator, second.numerator), (first.denominator, second.denominator)]
    pairs += [
        (a, b) for name in first.parts for a, b in zip(first.parts[name], second.parts[name], strict=True)
    ]
    if (first.standard_error is None) != (second.standard_error is None):
        return False
    if first.standard_error is not None and second.standard_error is not None:
        pairs.append((first.standard_error, second.standard_error))
    return all(np.array_equal(a, b, equal_nan=True) for a, b in pairs)
