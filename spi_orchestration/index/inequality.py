"""Inequality between wards: gap, ratio, slope index.

Belongs here: summaries of how unequal the wards of one edition are. Does not belong here: inequality within
a ward, about which ward values say nothing.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

__all__ = ["Gap", "gap", "ridit", "slope_index"]


@dataclass(frozen=True)
class Gap:
    """Distance between the best and the worst wards.

    Attributes:
        widest: best minus worst score.
        fifths: population-weighted mean of the best-placed fifth of people minus that of the worst.
        ratio: best over worst mean of fifths; NaN where the worst is 0.
    """

    widest: float
    fifths: float
    ratio: float


def gap(scores: np.ndarray, persons: np.ndarray) -> Gap:
    """Gap between wards.

    Args:
        scores: shape (wards,); missing wards are left out.
        persons: population, shape (wards,). A ward across the border of a fifth is shared out.
    """
    s, p = _present(scores, persons)
    order = np.argsort(s, kind="stable")
    s, p = s[order], p[order] / p.sum()
    upper = np.cumsum(p)
    lower = upper - p
    low = np.clip(np.minimum(upper, 0.2) - lower, 0, None)
    high = np.clip(upper - np.maximum(lower, 0.8), 0, None)
    worst, best = float((low * s).sum() / low.sum()), float((high * s).sum() / high.sum())
    return Gap(float(s[-1] - s[0]), best - worst, best / worst if worst else float("nan"))


def ridit(order_by: np.ndarray, persons: np.ndarray) -> np.ndarray:
    """Place of each ward's middle person in the district, 0 (worst placed) to 1.

    Args:
        order_by: what places wards, such as deprivation with higher the better placed; shape (wards,).
        persons: population, shape (wards,). Wards with equal places share the middle of their range.
    """
    x, p = np.asarray(order_by, dtype=float), np.asarray(persons, dtype=float)
    below = (p[None, :] * (x[None, :] < x[:, None])).sum(axis=1)
    level = (p[None, :] * (x[None, :] == x[:, None])).sum(axis=1)
    return (below + level / 2) / p.sum()


def slope_index(scores: np.ndarray, persons: np.ndarray, order_by: np.ndarray) -> np.ndarray:
    """Slope index of inequality: difference in score between the best and the worst placed person.

    Args:
        scores: shape (wards,) or (draws, wards), none missing.
        persons: population, shape (wards,).
        order_by: what places wards (`ridit`), such as the Index of Multiple Deprivation.

    Returns:
        slope of the population-weighted regression of score on place, in points; shape () or (draws,).
        Source: J. Mackenbach and A. Kunst, Social Science and Medicine 44 (1997).
    """
    y = np.asarray(scores, dtype=float)
    w = np.asarray(persons, dtype=float) / np.sum(persons)
    x = ridit(order_by, persons)
    centred = x - (w * x).sum()
    return (y * (w * centred)).sum(axis=-1) / (w * centred**2).sum()


def _present(scores: np.ndarray, persons: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    s, p = np.asarray(scores, dtype=float), np.asarray(persons, dtype=float)
    keep = ~np.isnan(s) & (p > 0)
    return s[keep], p[keep]
