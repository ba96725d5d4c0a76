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
    if np.isnan(value) or len(x) < 3:
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
        standard_errors: of each area's value, shaped as `scores`.

    Returns:
        rows `area`, `code`, `value`, `median`, `deviation`, `peers`, `class`.
    """
    import pandas as pd

    rows = []
    for area, names in peers.items():
        group = scores.reindex([n for n in names if n in scores.index and n != area])
        for code in scores.columns:
            value = float(scores.loc[area, code])
            others = group[code].to_numpy(dtype=float)
            error = 0.0 if standard_errors is None else float(standard_errors.loc[area, code])
            called = classify(value, others, rule, (directions or {}).get(code, 1), neutral, error)
            there = others[~np.isnan(others)]
            rows.append(
                {
                    "area": area,
                    "code": code,
                    "value": value,
                    "median": float(np.median(there)) if len(there) else np.nan,
                    "deviation": average_absolute_deviation(others),
                    "peers": len(there),
                    "class": called,
                }
            )
    return pd.DataFrame(rows)
