"""Fit of the indicators of one component: Cronbach's alpha, Feldt's interval, KMO, explained share.

Belongs here: statistics that describe how indicators go together. Does not belong here: weights taken from
them (`weights.py`, `classic.py`). For the ward method they are computed without synthetic best and worst
rows: with 22 areas two such rows alone push alpha above 0.7 and the weights to equality.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy import stats

__all__ = ["Diagnostics", "cronbach", "diagnose", "feldt", "first_component", "kmo"]


@dataclass(frozen=True)
class Diagnostics:
    """Fit of one group of indicators over areas (and years, where pooled).

    Attributes:
        rows, indicators: what it rests on; rows with a missing value are left out.
        alpha: Cronbach's alpha; NaN for fewer than two indicators.
        alpha_low, alpha_high: Feldt's 95 % interval of alpha.
        kmo: Kaiser-Meyer-Olkin measure; NaN where the correlation matrix cannot be inverted.
        explained: share of the variance on the first principal component, 0 to 1.
        second_eigenvalue: below 1 where one component is enough.
        weights: weights from the first principal component, adding up to 1.
        wrong_sign: whether a weight is negative although all indicators are directed.
    """

    rows: int
    indicators: int
    alpha: float
    alpha_low: float
    alpha_high: float
    kmo: float
    explained: float
    second_eigenvalue: float
    weights: tuple[float, ...]
    wrong_sign: bool


def cronbach(table: np.ndarray) -> float:
    """Cronbach's alpha of a table (rows, indicators), from its covariances.

    Source: L. J. Cronbach, Psychometrika 16 (1951). NaN for fewer than two indicators or no variance.
    """
    table = np.asarray(table, dtype=float)
    k = table.shape[1]
    if k < 2:
        return float("nan")
    covariance = np.cov(table, rowvar=False)
    total = covariance.sum()
    return float(k / (k - 1) * (1 - np.trace(covariance) / total)) if total else float("nan")


def feldt(alpha: float, rows: int, indicators: int, level: float = 0.95) -> tuple[float, float]:
    """Feldt's interval of Cronbach's alpha.

    Args:
        alpha: the estimate.
        rows: number of rows it rests on.
        indicators: number of indicators.
        level: coverage wanted, 0 to 1.

    Returns:
        lower and upper limit. Source: L. S. Feldt, Psychometrika 30 (1965).
    """
    tail = (1 - level) / 2
    free = (rows - 1, (rows - 1) * (indicators - 1))
    low = 1 - (1 - alpha) * stats.f.ppf(1 - tail, *free)
    high = 1 - (1 - alpha) * stats.f.ppf(tail, *free)
    return float(low), float(high)


def kmo(correlation: np.ndarray) -> float:
    """Kaiser-Meyer-Olkin measure of a correlation matrix (indicators, indicators), 0 to 1.

    Squared correlations over squared correlations plus squared partial correlations, off the diagonal.
    Source: H. F. Kaiser, Psychometrika 39 (1974). NaN where the matrix cannot be inverted.
    """
    correlation = np.asarray(correlation, dtype=float)
    if np.linalg.matrix_rank(correlation) < len(correlation):
        return float("nan")
    inverse = np.linalg.inv(correlation)
    scale = 1 / np.sqrt(np.diag(inverse))
    partial = inverse * np.outer(scale, scale)
    off = ~np.eye(len(correlation), dtype=bool)
    direct, net = (correlation[off] ** 2).sum(), (partial[off] ** 2).sum()
    return float(direct / (direct + net)) if direct + net else float("nan")


def first_component(table: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """First principal component of a table's correlation matrix.

    Args:
        table: shape (rows, indicators), without missing values or constant columns.

    Returns:
        the first eigenvector, signed so that its elements add up to more than 0; all eigenvalues, largest
        first; the correlation matrix.
    """
    correlation = np.atleast_2d(np.corrcoef(np.asarray(table, dtype=float), rowvar=False))
    values, vectors = np.linalg.eigh(correlation)
    first = vectors[:, -1]
    return (first if first.sum() >= 0 else -first), values[::-1], correlation


def diagnose(table: np.ndarray) -> Diagnostics:
    """Diagnostics of the directed indicators of one component.

    Args:
        table: shape (areas, indicators), higher is better, any unit; missing is NaN. Indicators are
            standardised first. No synthetic rows are added.

    Raises:
        ValueError: an indicator is constant, or fewer than three complete rows are left.
    """
    table = np.asarray(table, dtype=float)
    complete = table[~np.isnan(table).any(axis=1)]
    if len(complete) < 3:
        raise ValueError(f"Only {len(complete)} areas have every indicator; diagnostics need three or more.")
    spread = complete.std(axis=0, ddof=1)
    if (spread == 0).any():
        raise ValueError(f"Columns {np.flatnonzero(spread == 0).tolist()} do not vary; leave them out.")
    z = (complete - complete.mean(axis=0)) / spread
    rows, k = z.shape
    first, eigenvalues, correlation = first_component(z)
    alpha = cronbach(z)
    low, high = feldt(alpha, rows, k) if k > 1 else (float("nan"), float("nan"))
    weights = first / first.sum()
    return Diagnostics(
        rows=rows,
        indicators=k,
        alpha=alpha,
        alpha_low=low,
        alpha_high=high,
        kmo=kmo(correlation) if k > 1 else float("nan"),
        explained=float(eigenvalues[0] / k),
        second_eigenvalue=float(eigenvalues[1]) if k > 1 else 0.0,
        weights=tuple(float(w) for w in weights),
        wrong_sign=bool((weights < 0).any()),
    )
