"""What the ONS Health Index does: anchoring to a base year, factor weights, population-weighted roll-ups.

Belongs here: its formulae. Does not belong here: the published ward score, whose bounds are fixed values.

Source: Office for National Statistics, Health Index methods; the code of its beta, version 2015 to 2018.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy import optimize

__all__ = ["Anchor", "anchor", "factor_weights", "roll_up", "weighted_mean"]


@dataclass(frozen=True)
class Anchor:
    """Mean and standard deviation of the base year, frozen.

    Attributes:
        mean, sd: population-weighted, in the indicator's unit, shape (indicators,).
    """

    mean: np.ndarray
    sd: np.ndarray

    def score(self, values: np.ndarray, directions: np.ndarray) -> np.ndarray:
        """Scores of any year: 100 is the nation in the base year, 10 points are one standard deviation.

        Args:
            values: shape (areas, indicators).
            directions: 1 or -1, shape (indicators,).
        """
        return 100 + 10 * directions * (np.asarray(values, dtype=float) - self.mean) / self.sd


def anchor(values: np.ndarray, population: np.ndarray) -> Anchor:
    """Anchor of a base year.

    Args:
        values: the base year's, shape (areas, indicators); missing is NaN.
        population: shape (areas,).

    Raises:
        ValueError: an indicator does not vary in the base year.
    """
    x, p = np.asarray(values, dtype=float), np.asarray(population, dtype=float)[:, None]
    w = np.where(np.isnan(x), 0.0, p)
    mean = (w * np.nan_to_num(x)).sum(axis=0) / w.sum(axis=0)
    sd = np.sqrt((w * (np.nan_to_num(x) - mean) ** 2).sum(axis=0) / w.sum(axis=0))
    if (sd == 0).any():
        raise ValueError(f"Columns {np.flatnonzero(sd == 0).tolist()} do not vary in the base year.")
    return Anchor(mean, sd)


def factor_weights(table: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Weights from a one-factor maximum likelihood factor analysis.

    Args:
        table: shape (rows, indicators), at least 3 indicators, none missing; directed.

    Returns:
        weights, absolute loadings over their sum, and the loadings with their signs: an absolute loading
        hides that an indicator points the other way, so both are given.
    """
    correlation = np.corrcoef(np.asarray(table, dtype=float), rowvar=False)
    k = len(correlation)

    def loss(log_unique: np.ndarray) -> float:
        scale = np.exp(-0.5 * log_unique)
        roots = np.linalg.eigvalsh(correlation * np.outer(scale, scale))[:-1]
        return float((roots - np.log(np.maximum(roots, 1e-12)) - 1).sum())

    start = np.log(1 / np.diag(np.linalg.pinv(correlation)))
    best = optimize.minimize(loss, start, method="L-BFGS-B", bounds=[(np.log(0.005), 0.0)] * k)
    unique = np.exp(best.x)
    scale = 1 / np.sqrt(unique)
    roots, vectors = np.linalg.eigh(correlation * np.outer(scale, scale))
    loadings = np.sqrt(max(roots[-1] - 1, 0.0)) * vectors[:, -1] * np.sqrt(unique)
    loadings = loadings if loadings.sum() >= 0 else -loadings
    return np.abs(loadings) / np.abs(loadings).sum(), loadings


def weighted_mean(scores: np.ndarray, weights: np.ndarray) -> np.ndarray:
    """Weighted mean of indicator scores, shape (areas, indicators) -> (areas,).

    A missing score makes the mean missing; it is never counted as 0.
    """
    w = np.asarray(weights, dtype=float)
    return np.asarray(scores, dtype=float) @ (w / w.sum())


def roll_up(scores: np.ndarray, population: np.ndarray, regions: np.ndarray) -> dict[object, np.ndarray]:
    """Population-weighted mean of each region, at any level of the index.

    Args:
        scores: shape (areas, scores).
        population: shape (areas,).
        regions: region of each area, shape (areas,).

    Returns:
        region -> shape (scores,).
    """
    regions = np.asarray(regions)
    return {
        region: np.average(scores[regions == region], axis=0, weights=population[regions == region])
        for region in np.unique(regions).tolist()
    }
