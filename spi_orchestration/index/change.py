"""Is this change real? Differences between two editions, with their doubt.

Belongs here: the third leg of the bridge, change in the data, and whether it exceeds its uncertainty. Does
not belong here: revision and method (`explain.bridge`), and targets (`baseline.py`).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from spi_orchestration.index.uncertainty import NOT_ESTIMATED, Samples, draw_areas, propagate

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["BETTER", "NOT_UPDATED", "UNSURE", "WORSE", "assess"]

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
    import pandas as pd

    if before.framework.content_hash() != after.framework.content_hash():
        raise ValueError(
            "The editions have different frameworks; restate the earlier one under the present method first."
        )
    if before.names != after.names:
        raise ValueError(
            "The editions have different areas; restate the earlier one on the present areas first."
        )
    framework = after.framework
    first = propagate(before, draws, seed, clip=True)
    second = propagate(after, draws, seed, clip=True)
    fresh = {
        code
        for code, counts in after.counts.items()
        if code not in before.counts or counts.window != before.counts[code].window
    }
    share = framework.share_of(fresh)
    points = [t.table.set_index(["area", "code"])["score"] for t in (first, second)]
    tail = (1 - level) / 2
    parts = []
    for node in framework.nodes:
        gap = _gap(node.code, before, after, first.scores, second.scores, draws, seed)
        if gap is None:
            continue
        keys = [(a, node.code) for a in after.names]
        old, new = (p.reindex(keys).to_numpy() for p in points)
        low, high = np.quantile(gap, [tail, 1 - tail], axis=0)
        estimated = any(
            s.counts[c].estimated
            for s in (before, after)
            for c in s.counts
            if c == node.code or node.code in framework.lineage(c)
        )
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
                    "probability_better": (gap > 0).mean(axis=0) + 0.5 * (gap == 0).mean(axis=0),
                    "weight_refreshed": share[node.code],
                    "verdict": verdict,
                }
            )
        )
    return pd.concat(parts, ignore_index=True)


def _gap(
    code: str, before: Samples, after: Samples, first: object, second: object, draws: int, seed: int
) -> np.ndarray | None:
    """Draws of the change of one node's score, shape (draws, areas)."""
    framework = after.framework
    node = framework.node(code)
    if node.level > 1:
        return second[code] - first[code]  # type: ignore[index]
    pair = [draw_areas(s, code, draws, seed) for s in (before, after)]
    if pair[0] is None or pair[1] is None or np.isnan(node.worst):
        return None
    span = node.best - node.worst
    scores = [np.clip(100 * (p[1] - node.worst) / span, 0, 100) for p in pair if p is not None]
    return scores[1] - scores[0]
