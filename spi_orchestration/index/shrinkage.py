"""The best estimate of an indicator: shrunk towards the district by as much as its noise asks for.

Belongs here: estimates shown beside an indicator. Does not belong here: scores. Averages of shrunk values
lose spread and their intervals do not cover, so components and index are made of unshrunk pooled values.

Method: normal hierarchical model, variance between wards net of sampling variance (Paule and Mandel),
mean squared error with the uncertainty of both parameters (N. Prasad and J. Rao, JASA 85, 1990).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from spi_orchestration.index.uncertainty import Counts

__all__ = ["BestEstimate", "between_variance", "reliability", "sampling_variance", "shrink"]


@dataclass(frozen=True)
class BestEstimate:
    """Best estimates of one indicator.

    Attributes:
        value: shape (wards,), in the indicator's unit.
        weight: share of the ward's own value, 0 (all from the district) to 1 (all its own); published.
        low, high: 95 % interval.
        centre: what values are shrunk towards.
        between: variance between wards, net of sampling variance.
    """

    value: np.ndarray
    weight: np.ndarray
    low: np.ndarray
    high: np.ndarray
    centre: float
    between: float


def sampling_variance(counts: Counts) -> np.ndarray:
    """Sampling variance of each value, shape (wards,), in squared units; NaN without a sampling model.

    It is taken at the district's rate: at the ward's own, a ward with no event would seem to have no doubt.
    """
    x, n = np.asarray(counts.numerator, float), np.asarray(counts.denominator, float)
    there = ~np.isnan(counts.value)
    if not counts.estimated or not there.any():
        return np.full(len(x), np.nan)
    if counts.model in ("mean", "median") or (counts.model == "dsr" and counts.standard_error is not None):
        return np.where(there, (counts.multiplier * np.asarray(counts.standard_error, float)) ** 2, np.nan)
    rate = x[there].sum() / n[there].sum()
    spread = rate * (1 - rate) if counts.model in ("proportion", "survey") else rate
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.where(there, counts.multiplier**2 * counts.spread * spread / n, np.nan)


def between_variance(values: np.ndarray, variances: np.ndarray) -> float:
    """Variance between wards net of sampling variance (Paule and Mandel), 0 or above.

    Args:
        values: shape (wards,); missing is NaN.
        variances: sampling variances, shape (wards,).
    """
    keep = ~np.isnan(values) & ~np.isnan(variances)
    y, v = values[keep], np.maximum(variances[keep], 1e-300)
    if len(y) < 2:
        return 0.0

    def excess(between: float) -> float:
        w = 1 / (v + between)
        return float((w * (y - (w * y).sum() / w.sum()) ** 2).sum() - (len(y) - 1))

    if excess(0.0) <= 0:
        return 0.0
    low, high = 0.0, float(np.var(y, ddof=1)) + float(v.max())
    while excess(high) > 0:
        high *= 2
    for _ in range(200):
        middle = (low + high) / 2
        low, high = (middle, high) if excess(middle) > 0 else (low, middle)
    return (low + high) / 2


def reliability(values: np.ndarray, variances: np.ndarray) -> float:
    """Share of the variance between wards that is not sampling noise, 0 to 1.

    Args:
        values: shape (wards,).
        variances: sampling variances; all NaN for an indicator without a sampling model, which has none to
            take off: NaN is returned.
    """
    keep = ~np.isnan(values) & ~np.isnan(variances)
    if keep.sum() < 3:
        return float("nan")
    between = between_variance(values, variances)
    noise = float(np.mean(variances[keep]))
    return between / (between + noise) if between + noise > 0 else float("nan")


def shrink(counts: Counts) -> BestEstimate:
    """Best estimates of an indicator.

    Args:
        counts: what the values rest on, by ward, over the window.

    Returns:
        estimates with their own uncertainty: of the ward, of the district's centre, and of the variance
        between wards. Without a sampling model the values are returned with weight 1 and no interval.
    """
    value, variance = counts.value, sampling_variance(counts)
    keep = ~np.isnan(value) & ~np.isnan(variance)
    if keep.sum() < 3:
        none = np.full(len(value), np.nan)
        return BestEstimate(
            value, np.where(np.isnan(value), np.nan, 1.0), none, none.copy(), float("nan"), float("nan")
        )
    between = between_variance(value, variance)
    y, v = value[keep], variance[keep]
    w = 1 / (v + between)
    centre = float((w * y).sum() / w.sum())
    own = between / (v + between)
    estimate = own * y + (1 - own) * centre
    g1 = own * v
    g2 = (1 - own) ** 2 / w.sum()
    # Variance of the Paule-Mandel estimate, to first order.
    g3 = v**2 / (v + between) ** 3 * 2 * len(y) / w.sum() ** 2
    error = np.sqrt(g1 + g2 + 2 * g3)
    floor = 0.0 if counts.model not in ("mean", "median") and counts.multiplier > 0 else -np.inf
    out = {name: np.full(len(value), np.nan) for name in ("value", "weight", "low", "high")}
    out["value"][keep], out["weight"][keep] = estimate, own
    out["low"][keep] = np.maximum(estimate - 1.959964 * error, floor)
    out["high"][keep] = estimate + 1.959964 * error
    return BestEstimate(**out, centre=centre, between=between)
