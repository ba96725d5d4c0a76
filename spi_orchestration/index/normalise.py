"""Bringing indicators to one scale.

Belongs here: the normalisations in common use, one function each on a vector, and their use on a frame with
directions, over one year or pooled over all. Does not belong here: the fixed bounds of the published index
(`ward.bounded_score`), whose scores do not depend on the other areas.

All functions take a vector in which higher is better; missing is NaN and stays. A constant cannot be told
apart: it is given the middle of the scale, never NaN.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

import numpy as np
from scipy import stats

if TYPE_CHECKING:
    import pandas as pd

__all__ = [
    "METHODS",
    "borda",
    "distance_to_maximum",
    "distance_to_reference",
    "distance_to_target",
    "fraction_of_maximum",
    "goalposts",
    "minmax",
    "normalise",
    "percent_rank",
    "rank",
    "scaled",
    "zscore",
]


def minmax(
    x: np.ndarray, lower: float = 0.0, upper: float = 100.0, reference: np.ndarray | None = None
) -> np.ndarray:
    """Linear map of the smallest value to `lower` and the largest to `upper`.

    Args:
        x: shape (areas,).
        lower: score of the smallest value.
        upper: score of the largest value.
        reference: where smallest and largest are taken from (a panel of all years); `x` by default.
    """
    low, high = _range(x if reference is None else reference)
    if low == high:
        return np.where(np.isnan(x), np.nan, (lower + upper) / 2)
    return (x - low) / (high - low) * (upper - lower) + lower


def zscore(
    x: np.ndarray, mean: float = 0.0, sd: float = 1.0, reference: np.ndarray | None = None
) -> np.ndarray:
    """Standardise to a mean and a standard deviation (n - 1); arguments as `minmax`."""
    source = x if reference is None else reference
    spread = np.nanstd(source, ddof=1)
    if not spread > 0:
        return np.where(np.isnan(x), np.nan, mean)
    return (x - np.nanmean(source)) / spread * sd + mean


def scaled(x: np.ndarray, centre: float = 0.0, scale: float = 1.0) -> np.ndarray:
    """Subtract a given centre and divide by a given scale, both in the unit of the indicator."""
    return (x - centre) / scale


def distance_to_maximum(x: np.ndarray, reference: np.ndarray | None = None) -> np.ndarray:
    """One minus the distance to the largest value, as a share of the range; 0 to 1."""
    return minmax(x, 0.0, 1.0, reference)


def distance_to_reference(x: np.ndarray, position: int, cap: bool = False) -> np.ndarray:
    """One minus the distance to one area's value, as a share of its distance to the smallest.

    Args:
        x: shape (areas,).
        position: position of the area that is the reference.
        cap: whether values beyond the reference are held at 1.
    """
    return distance_to_target(x, float(x[position]), cap)


def distance_to_target(x: np.ndarray, target: float, cap: bool = False) -> np.ndarray:
    """One minus the distance to a target, as a share of the target's distance to the smallest value.

    Args:
        x: shape (areas,).
        target: in the unit of `x`.
        cap: whether values beyond the target are held at 1.
    """
    low, _ = _range(x)
    if target == low:
        return np.where(np.isnan(x), np.nan, 1.0)
    score = 1 - (target - x) / (target - low)
    return np.minimum(score, 1.0) if cap else score


def fraction_of_maximum(x: np.ndarray) -> np.ndarray:
    """Share of the largest value; for values of 0 or above."""
    high = _range(x)[1]
    return np.where(np.isnan(x), np.nan, 0.5) if high == 0 else x / high


def rank(x: np.ndarray) -> np.ndarray:
    """Rank from 1 for the smallest; equal values share the lowest of their ranks."""
    out = np.full(len(x), np.nan)
    present = ~np.isnan(x)
    out[present] = stats.rankdata(x[present], method="min")
    return out


def percent_rank(x: np.ndarray) -> np.ndarray:
    """Rank as a share, 0 for the smallest and 1 for a single largest value."""
    count = int((~np.isnan(x)).sum())
    return np.where(np.isnan(x), np.nan, 0.5) if count < 2 else (rank(x) - 1) / (count - 1)


def borda(x: np.ndarray) -> np.ndarray:
    """Number of areas that a value beats: its rank minus one."""
    return rank(x) - 1


def goalposts(
    x: np.ndarray, lower: float, upper: float, scale: float = 1.0, truncate: bool = True
) -> np.ndarray:
    """Linear map of two fixed posts to 0 and `scale`.

    Args:
        x: shape (areas,).
        lower: value that scores 0.
        upper: value that scores `scale`.
        scale: top of the scale.
        truncate: whether scores beyond the posts are held at them.

    Raises:
        ValueError: the posts are equal.
    """
    if lower == upper:
        raise ValueError(f"Both posts are {lower:g}; expected two different values.")
    score = (x - lower) / (upper - lower)
    return (np.clip(score, 0, 1) if truncate else score) * scale


def _range(x: np.ndarray) -> tuple[float, float]:
    present = x[~np.isnan(x)]
    return (float(present.min()), float(present.max())) if len(present) else (np.nan, np.nan)


METHODS: Mapping[str, Callable[..., np.ndarray]] = {
    "minmax": minmax,
    "zscore": zscore,
    "scaled": scaled,
    "distance_to_maximum": distance_to_maximum,
    "distance_to_reference": distance_to_reference,
    "distance_to_target": distance_to_target,
    "fraction_of_maximum": fraction_of_maximum,
    "rank": rank,
    "percent_rank": percent_rank,
    "borda": borda,
    "goalposts": goalposts,
}

#: Parameters given in the unit of the indicator; they turn with its direction.
_IN_UNIT = ("target", "lower", "upper", "centre")


def normalise(
    values: pd.DataFrame,
    directions: Mapping[str, int],
    method: str = "minmax",
    individual: Mapping[str, Mapping[str, Any]] | None = None,
    reference: pd.DataFrame | None = None,
    **parameters: Any,
) -> pd.DataFrame:
    """Normalise every indicator.

    Args:
        values: one row an area (or an area and year), one column an indicator.
        directions: indicator -> 1 or -1; a lower-is-better indicator is multiplied by -1 first, and so are
            its target, posts and centre.
        method: name in `METHODS`.
        individual: indicator -> its own parameters, and `method` where it has another one.
        reference: frame whose rows give smallest, largest, mean and spread, such as a panel of all years
            (`minmax`, `zscore`, `distance_to_maximum`); `values` itself by default.
        **parameters: parameters for all indicators.

    Returns:
        frame like `values`; with `rank`, `percent_rank` and `borda` the best area has the highest score.

    Raises:
        KeyError: an indicator has no direction, or a method is unknown.
    """
    import pandas as pd

    out = {}
    for code in values.columns:
        own = dict(parameters) | dict((individual or {}).get(code, {}))
        name = own.pop("method", method)
        sign = directions[code]
        function = METHODS[name]
        if sign < 0 and name in ("distance_to_target", "goalposts", "scaled"):
            own |= {k: -own[k] for k in _IN_UNIT if k in own}
            if "lower" in own and "upper" in own:
                own["lower"], own["upper"] = own["upper"], own["lower"]
        if reference is not None and name in ("minmax", "zscore", "distance_to_maximum"):
            own["reference"] = sign * reference[code].to_numpy(dtype=float)
        out[code] = function(sign * values[code].to_numpy(dtype=float), **own)
    return pd.DataFrame(out, index=values.index)
