"""Strengths and weaknesses against peers.

Belongs here: the rules that call a value a strength or a weakness, with the peers as data. Does not belong
here: choosing the peers; they are statistical neighbours given in a table, and the district itself.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Literal

import numpy as np

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["average_absolute_deviation", "classify", "scorecard"]

Class = Literal["strength", "weakness", "as expected", "no comparison"]
Rule = Literal["aad", "sd"]

#: Fewest peers of a comparison.
LEAST_PEERS = 3

#: Standard error of the median of normal values over that of their mean.
_MEDIAN = float(np.sqrt(np.pi / 2))


def average_absolute_deviation(values: np.ndarray) -> float:
    """Mean distance of the values from their median, in their unit; missing values are left out."""
    x = np.asarray(values, dtype=float)
    x = x[~np.isnan(x)]
    return float(np.abs(x - np.median(x)).mean()) if len(x) else float("nan")


def classify(
    value: float,
    peers: np.ndarray,
    rule: Rule = "aad",
    direction: int = 1,
    neutral: float = 0.0,
    standard_error: float = 0.0,
) -> Class:
    """Whether a value stands out from its peers.

    Args:
        value: in any unit.
        peers: values of the peers, in the same unit; at least 3, else there is no comparison.
        rule: `aad`: further from the median than the average absolute deviation, as the global Social
            Progress Index; `sd`: further than one standard deviation (n - 1), as IPS Mexico.
        direction: 1 if higher is better, else -1.
        neutral: distance within which nothing is called, in the same unit; 1 point for scores.
        standard_error: of the difference; nothing is called within 1.96 of it.

    Returns:
        `strength`, `weakness`, `as expected` or `no comparison`.
    """
    x = np.asarray(peers, dtype=float)
    x = x[~np.isnan(x)]
    if np.isnan(value) or len(x) < LEAST_PEERS:
        return "no comparison"
    spread = average_absolute_deviation(x) if rule == "aad" else float(x.std(ddof=1))
    needed = max(spread, neutral, 1.96 * standard_error)
    distance = direction * (value - float(np.median(x)))
    # A published spread is compared as a ratio: distance over spread above 1.
    if needed == 0:
        return "as expected" if distance == 0 else ("strength" if distance > 0 else "weakness")
    if distance / needed > 1:
        return "strength"
    return "weakness" if distance / needed < -1 else "as expected"


def scorecard(
    scores: pd.DataFrame,
    peers: Mapping[str, Sequence[str]],
    rule: Rule = "aad",
    directions: Mapping[str, int] | None = None,
    neutral: float = 1.0,
    standard_errors: pd.DataFrame | None = None,
) -> pd.DataFrame:
    """Strengths and weaknesses of areas.

    Args:
        scores: one row an area (wards and their peers), one column a node or indicator.
        peers: area -> its peers; a peer without a row is left out.
        rule: see `classify`.
        directions: column -> 1 or -1; 1 by default, as for scores.
        neutral: see `classify`.
        standard_errors: of each area's value, shaped as `scores`. The standard error of a difference from the
            peers' median is that of the value and of a median of normal values (the root of pi / 2, that of their mean)
            together.

    Returns:
        rows `area`, `code`, `value`, `median`, `deviation`, `peers`, `class`.
    """
    import pandas as pd

    codes = list(scores.columns)
    sign = np.array([(directions or {}).get(c, 1) for c in codes], dtype=float)
    position = {a: i for i, a in enumerate(scores.index)}
    table = scores.to_numpy(dtype=float)
    error = np.zeros_like(table) if standard_errors is None else standard_errors.to_numpy(dtype=float)
    parts = []
    for area, names in peers.items():
        at = [position[n] for n in names if n in position and n != area]
        others, own = table[at], table[position[area]]
        there = ~np.isnan(others)
        count = there.sum(axis=0)
        median, spread, deviation = _middle(others, rule)
        with np.errstate(divide="ignore", invalid="ignore"):
            mean_square = np.where(there, error[at] ** 2, 0.0).sum(axis=0) / count
            doubt = 1.96 * np.sqrt(error[position[area]] ** 2 + _MEDIAN**2 * mean_square / count)
        needed = np.fmax(np.fmax(spread, neutral), np.nan_to_num(doubt))
        distance = sign * (own - median)
        called = np.full(len(codes), "as expected", dtype=object)
        with np.errstate(divide="ignore", invalid="ignore"):
            # A published spread is compared as a ratio; without any, the least difference counts.
            ratio = np.where(needed > 0, distance / needed, np.sign(distance) * 2)
        called[ratio > 1], called[ratio < -1] = "strength", "weakness"
        called[np.isnan(own) | (count < LEAST_PEERS)] = "no comparison"
        parts.append(
            pd.DataFrame(
                {
                    "area": area,
                    "code": codes,
                    "value": own,
                    "median": median,
                    "deviation": deviation,
                    "peers": count,
                    "class": called,
                }
            )
        )
    columns = ["area", "code", "value", "median", "deviation", "peers", "class"]
    return pd.concat(parts, ignore_index=True) if parts else pd.DataFrame(columns=columns)


def _middle(others: np.ndarray, rule: Rule) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Median, spread of the rule, and average absolute deviation of each column of (peers, columns)."""
    width = others.shape[1]
    median, spread, deviation = (np.full(width, np.nan) for _ in range(3))
    for i in range(width):
        x = others[~np.isnan(others[:, i]), i]
        if len(x):
            median[i] = np.median(x)
            deviation[i] = np.abs(x - median[i]).mean()
            spread[i] = deviation[i] if rule == "aad" else (x.std(ddof=1) if len(x) > 1 else np.nan)
    return median, spread, deviation
