"""Outliers: winsorising and transformations, applied only where skew and kurtosis ask for it.

Belongs here: treatment of an indicator's distribution before it is normalised. Does not belong here: the
ward method, which needs none because its bounds are fixed.

Source of the two-stage rule: Becker, Caperna, Del Sorbo, Norlen, Papadimitriou and Saisana, COINr (2022).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    import pandas as pd

__all__ = [
    "TRANSFORMS",
    "Treated",
    "Winsorised",
    "boxcox",
    "kurtosis",
    "log_centred",
    "log_gii",
    "log_plus_one",
    "log_skewed",
    "passes",
    "skewness",
    "treat",
    "winsorise",
]


def skewness(values: np.ndarray) -> float:
    """Sample skewness (type 2, as pandas, DuckDB and Excel have it); NaN for a constant or under 3 values."""
    x = np.asarray(values, dtype=float)
    x = x[~np.isnan(x)]
    n = len(x)
    if n < 3 or np.ptp(x) == 0:
        return float("nan")
    m = x - x.mean()
    return float((m**3).mean() / (m**2).mean() ** 1.5 * np.sqrt(n * (n - 1)) / (n - 2))


def kurtosis(values: np.ndarray) -> float:
    """Sample excess kurtosis (type 2); NaN for a constant or under 4 values."""
    x = np.asarray(values, dtype=float)
    x = x[~np.isnan(x)]
    n = len(x)
    if n < 4 or np.ptp(x) == 0:
        return float("nan")
    m = x - x.mean()
    g = (m**4).mean() / (m**2).mean() ** 2 - 3
    return float((n - 1) / ((n - 2) * (n - 3)) * ((n + 1) * g + 6))


def passes(values: np.ndarray, skew_threshold: float = 2.0, kurtosis_threshold: float = 3.5) -> bool:
    """Whether a distribution needs no treatment: skew or kurtosis is within its threshold.

    A constant has neither and passes: there is no outlier among equal values.
    """
    skew, kurt = skewness(values), kurtosis(values)
    if np.isnan(skew) or np.isnan(kurt):
        return True
    return abs(skew) < skew_threshold or kurt < kurtosis_threshold


@dataclass(frozen=True)
class Winsorised:
    """A winsorised indicator.

    Attributes:
        values: shape (areas,).
        marks: per value `winhi`, `winlo` or empty.
        steps: how many times the outermost value was pulled in.
        passed: whether the result needs no further treatment.
    """

    values: np.ndarray
    marks: np.ndarray
    steps: int
    passed: bool


def winsorise(
    values: np.ndarray,
    limit: int = 5,
    skew_threshold: float = 2.0,
    kurtosis_threshold: float = 3.5,
    force: int = 0,
) -> Winsorised:
    """Pull the outermost value in to its neighbour until the distribution passes.

    Args:
        values: shape (areas,); missing is NaN and stays.
        limit: most steps.
        skew_threshold: see `passes`.
        kurtosis_threshold: see `passes`.
        force: steps made whatever the distribution.

    Returns:
        the treated values. Equal outermost values move together and count as one step.
    """
    x = np.array(values, dtype=float)
    marks = np.full(len(x), "", dtype=object)
    steps = 0
    while steps < force or (steps < limit and not passes(x, skew_threshold, kurtosis_threshold)):
        levels = np.unique(x[~np.isnan(x)])
        if len(levels) < 2:
            break
        if skewness(x) > 0:
            hit, target, mark = x == levels[-1], levels[-2], "winhi"
        else:
            hit, target, mark = x == levels[0], levels[1], "winlo"
        x[hit], marks[hit] = target, mark
        steps += 1
    return Winsorised(x, marks, steps, passes(x, skew_threshold, kurtosis_threshold))


def log_centred(values: np.ndarray) -> np.ndarray:
    """Logarithm of the distance from just below the minimum: `ln(x - min + 0.01 (max - min))`."""
    x = np.asarray(values, dtype=float)
    low, high = np.nanmin(x), np.nanmax(x)
    return x - low if low == high else np.log(x - low + 0.01 * (high - low))


def log_skewed(values: np.ndarray) -> np.ndarray:
    """As `log_centred`, mirrored where the skew is negative: `-ln(max - x + 0.01 (max - min))`."""
    x = np.asarray(values, dtype=float)
    return -log_centred(-x) if skewness(x) < 0 else log_centred(x)


def log_plus_one(values: np.ndarray) -> np.ndarray:
    """Logarithm of the distance from the minimum plus one: `ln(x - min + 1)`."""
    x = np.asarray(values, dtype=float)
    return np.log(x - np.nanmin(x) + 1)


def log_gii(values: np.ndarray) -> np.ndarray:
    """The logarithm of the Global Innovation Index, which keeps minimum and maximum in place.

    For positive skew `ln((max - 1)(x - min) / (max - min) + 1)`, for negative skew the mirror image.
    """
    x = np.asarray(values, dtype=float)
    low, high = np.nanmin(x), np.nanmax(x)
    if low == high:
        return x.copy()
    skew = skewness(x)
    stretch = max(high - 1, np.e - 1)
    if skew >= 0:
        return np.log(stretch * (x - low) / (high - low) + 1)
    return -np.log(stretch * (high - x) / (high - low) + 1)


def boxcox(values: np.ndarray, power: float, make_positive: bool = True) -> np.ndarray:
    """Box-Cox transformation.

    Args:
        values: shape (areas,).
        power: exponent; 0 is the logarithm.
        make_positive: where the minimum is not positive, shift so that it is 1.

    Raises:
        ValueError: values are not positive and may not be shifted.
    """
    x = np.asarray(values, dtype=float)
    low = np.nanmin(x)
    if low <= 0:
        if not make_positive:
            raise ValueError(f"Box-Cox needs positive values; the smallest is {low:g}.")
        x = x - low + 1
    return np.log(x) if power == 0 else (x**power - 1) / power


#: The transformations that the second stage may use, by name.
TRANSFORMS: Mapping[str, Callable[[np.ndarray], np.ndarray]] = {
    "log_centred": log_centred,
    "log_skewed": log_skewed,
    "log_plus_one": log_plus_one,
    "log_gii": log_gii,
    "boxcox_half": lambda x: boxcox(x, 0.5),
}


@dataclass(frozen=True)
class Treated:
    """Treated indicators.

    Attributes:
        values: one row an area, one column an indicator.
        points: same shape: `winhi`, `winlo`, the name of a transformation, or empty.
        summary: one row an indicator: `skew`, `kurtosis`, `passed` before; `steps`, `treatment`; `skew_after`,
            `kurtosis_after`, `passed_after`.
    """

    values: pd.DataFrame
    points: pd.DataFrame
    summary: pd.DataFrame


def treat(
    values: pd.DataFrame,
    limit: int = 5,
    second: str | None = "log_centred",
    skew_threshold: float = 2.0,
    kurtosis_threshold: float = 3.5,
    individual: Mapping[str, str | int | None] | None = None,
) -> Treated:
    """Treat outliers in two stages: winsorise, and transform the original where that is not enough.

    Args:
        values: one row an area, one column an indicator.
        limit: most winsorising steps.
        second: transformation of the second stage, by name of `TRANSFORMS`; `None` for none.
        skew_threshold: see `passes`.
        kurtosis_threshold: see `passes`.
        individual: indicator -> its own treatment: a number of steps, the name of a transformation applied
            whatever the distribution, or `None` for no treatment.
    """
    import pandas as pd

    own = dict(individual or {})
    out, points, rows = {}, {}, []
    for code in values.columns:
        x = values[code].to_numpy(dtype=float)
        before = passes(x, skew_threshold, kurtosis_threshold)
        asked = own.get(code, "default")
        done, marks, steps, treatment = _treat_one(
            x, before, asked, limit, second, skew_threshold, kurtosis_threshold
        )
        out[code], points[code] = done, marks
        rows.append(
            {
                "indicator": code,
                "skew": skewness(x),
                "kurtosis": kurtosis(x),
                "passed": before,
                "steps": steps,
                "treatment": treatment,
                "skew_after": skewness(done),
                "kurtosis_after": kurtosis(done),
                "passed_after": passes(done, skew_threshold, kurtosis_threshold),
            }
        )
    return Treated(
        pd.DataFrame(out, index=values.index),
        pd.DataFrame(points, index=values.index),
        pd.DataFrame(rows).set_index("indicator"),
    )


def _treat_one(
    x: np.ndarray,
    before: bool,
    asked: str | int | None,
    limit: int,
    second: str | None,
    skew: float,
    kurt: float,
) -> tuple[np.ndarray, np.ndarray, int, str]:
    untouched = np.full(len(x), "", dtype=object)
    if isinstance(asked, str) and asked != "default":
        return TRANSFORMS[asked](x), np.full(len(x), asked, dtype=object), 0, asked
    if asked is None or before:
        return x, untouched, 0, "none"
    steps = asked if isinstance(asked, int) else limit
    first = winsorise(x, steps, skew, kurt)
    if first.passed or second is None:
        return first.values, first.marks, first.steps, "winsorised"
    return TRANSFORMS[second](x), np.full(len(x), second, dtype=object), 0, second
