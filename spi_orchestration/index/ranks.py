"""Ranks with doubt: which wards can be told apart, rank sets, groups, who is below whom.

Belongs here: statements about order made from draws. Does not belong here: the draws (`uncertainty.py`).

Rank sets come from pairwise comparison (M. Mogstad, J. Romano, A. Shaikh and D. Wilhelm, Review of Economic
Studies 91, 2024): a ward's rank is bounded by the wards it can be told apart from. The ranks of the draws
are shown only as "most likely"; among near-ties their intervals cover too little.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from scipy import stats

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["RankSets", "indistinguishable", "probability_below", "rank_sets"]


@dataclass(frozen=True)
class RankSets:
    """Ranks of areas with their doubt; rank 1 is the best.

    Attributes:
        areas: labels, length A.
        score: point estimates.
        rank: from unrounded scores; equal scores share the best of their ranks.
        low, high: the rank set.
        likely_low, likely_high: middle 80 % of the ranks in the draws, "most likely" only.
        in_worst: probability of being among the `worst` lowest.
        groups: letters; areas that share one cannot be told apart.
        below: probability that the area of the row is below that of the column, shape (A, A).
    """

    areas: tuple[str, ...]
    score: np.ndarray
    rank: np.ndarray
    low: np.ndarray
    high: np.ndarray
    likely_low: np.ndarray
    likely_high: np.ndarray
    in_worst: np.ndarray
    groups: tuple[str, ...]
    below: np.ndarray

    def frame(self) -> pd.DataFrame:
        """One row an area, best first."""
        import pandas as pd

        table = pd.DataFrame(
            {
                "area": self.areas,
                "score": self.score,
                "rank": self.rank,
                "rank_low": self.low,
                "rank_high": self.high,
                "likely_low": self.likely_low,
                "likely_high": self.likely_high,
                "in_worst": self.in_worst,
                "group": self.groups,
            }
        )
        return table.sort_values(["rank", "area"], ignore_index=True)


def probability_below(draws: np.ndarray) -> np.ndarray:
    """Probability that one area is below another.

    Args:
        draws: shape (draws, areas).

    Returns:
        shape (areas, areas); element (i, j) is the share of draws with i below j, ties counting half;
        (i, j) and (j, i) add up to 1, the diagonal is 1/2.
    """
    count = draws.shape[1]
    out = np.full((count, count), 0.5)
    columns = np.ascontiguousarray(draws.T)
    for i in range(count - 1):
        rest = columns[i + 1 :]
        below = (columns[i] < rest).mean(axis=1) + 0.5 * (columns[i] == rest).mean(axis=1)
        out[i, i + 1 :], out[i + 1 :, i] = below, 1 - below
    return out


def _differences(draws: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Largest standardised error of each area's differences, (A, draws), and their standard errors, (A, A)."""
    errors = np.ascontiguousarray((draws - draws.mean(axis=0)).T)
    # Not the threaded product of a linear algebra library: for so few areas its threads cost more than they do.
    covariance = np.einsum("id,jd->ij", errors, errors) / errors.shape[1]
    variance = np.diag(covariance)
    spread = np.sqrt(np.maximum(variance[:, None] + variance[None, :] - 2 * covariance, 0.0))
    largest = np.zeros_like(errors)
    # Pair by pair, so that a pair's draws are read once and stay near the processor.
    for i in range(len(errors) - 1):
        for j in range(i + 1, len(errors)):
            if spread[i, j] > 1e-12:
                error = np.abs(errors[i] - errors[j])
                error /= spread[i, j]
                np.maximum(largest[i], error, out=largest[i])
                np.maximum(largest[j], error, out=largest[j])
    return largest, spread


def rank_sets(
    draws: np.ndarray, point: np.ndarray, areas: Sequence[str], level: float = 0.95, worst: int = 5
) -> RankSets:
    """Rank sets of areas.

    Args:
        draws: centred draws of one score, shape (draws, areas).
        point: published scores, shape (areas,); an area without a score is left out.
        areas: labels.
        level: coverage wanted of each area's rank set.
        worst: how many lowest areas `in_worst` is about.

    Returns:
        for the areas with a score. The rank set of an area is made so that all comparisons of that area hold
        together with the level wanted; groups hold over all pairs together.
    """
    keep = ~np.isnan(point)
    draws, point = draws[:, keep], point[keep]
    names = tuple(a for a, k in zip(areas, keep, strict=True) if k)
    count = len(names)
    if count < 2:
        one = np.ones(count, dtype=int)
        return RankSets(
            names,
            point,
            one,
            one,
            one,
            one,
            one,
            np.full(count, np.nan),
            ("a",) * count,
            np.full((count, count), 0.5),
        )
    largest, spread = _differences(draws)
    gap = point[:, None] - point[None, :]
    low, high = np.empty(count, dtype=int), np.empty(count, dtype=int)
    for i in range(count):
        critical = _upper_quantile(largest[i], level)
        apart = _apart(gap[i], spread[i], critical)
        low[i] = 1 + int((apart & (gap[i] < 0)).sum())
        high[i] = count - int((apart & (gap[i] > 0)).sum())
    together = _upper_quantile(largest.max(axis=0), level)
    ranks = stats.rankdata(-draws, method="average", axis=1)
    likely = np.quantile(ranks, [0.1, 0.9], axis=0)
    return RankSets(
        names,
        point,
        stats.rankdata(-point, method="min").astype(int),
        low,
        high,
        np.floor(likely[0]).astype(int),
        np.ceil(likely[1]).astype(int),
        (ranks > count - worst).mean(axis=0),
        indistinguishable(point, _apart(gap, spread, together)),
        probability_below(draws),
    )


def _upper_quantile(values: np.ndarray, level: float) -> float:
    return float(np.quantile(values, level, method="higher"))


def _apart(gap: np.ndarray, spread: np.ndarray, critical: float) -> np.ndarray:
    """Whether differences are beyond their doubt; two values without doubt differ if they are not equal."""
    return np.abs(gap) > np.maximum(critical * spread, 1e-9)


def indistinguishable(point: np.ndarray, apart: np.ndarray) -> tuple[str, ...]:
    """Letters of the groups of areas that cannot be told apart.

    Args:
        point: scores, shape (areas,).
        apart: whether each pair can be told apart, shape (areas, areas), symmetric.

    Returns:
        a word of letters for each area, `a` the best group; an area may be in several groups. Every group is
        a run of areas in the order of their scores within which no pair can be told apart, and is as long
        as it can be.
    """
    order = np.argsort(-np.asarray(point), kind="stable")
    count = len(order)
    words = [""] * count
    last_end, letter = -1, 0
    for start in range(count):
        end = start
        while end + 1 < count and not apart[np.ix_(order[start : end + 2], order[start : end + 2])].any():
            end += 1
        if end > last_end:
            for position in range(start, end + 1):
                words[order[position]] += _letter(letter)
            letter, last_end = letter + 1, end
    return tuple(words)


def _letter(number: int) -> str:
    return chr(ord("a") + number) if number < 26 else f"({number + 1})"
