"""What the Indices of Deprivation do: exponential ranks, shrinkage of rates, summaries of small areas.

Belongs here: their formulae, for conformance and for reading the published index by ward. Does not belong
here: the published score; at 22 areas this shrinkage gives half the weight to pure noise
(`shrinkage.py` holds the best estimate that is shown).

Source: Ministry of Housing, Communities and Local Government, English Indices of Deprivation, technical
report, appendices on shrinkage and on the exponential transformation.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy import stats

__all__ = ["Shrunk", "average_score", "combine_domains", "exponential", "extent", "rank_share", "shrink"]


def rank_share(values: np.ndarray) -> np.ndarray:
    """Rank as a share of the number of areas, (0, 1]; the largest value, the most deprived, has 1.

    Equal values share the mean of their ranks.
    """
    ranks = stats.rankdata(np.asarray(values, dtype=float))
    return ranks / ranks.max()


def exponential(share: np.ndarray) -> np.ndarray:
    """Exponential transformation of a rank share R: `-23 ln(1 - R (1 - exp(-100 / 23)))`, 0 to 100.

    It stretches the deprived end, so that a good domain cannot cancel a bad one.
    """
    return -23 * np.log(1 - np.asarray(share, dtype=float) * (1 - np.exp(-100 / 23)))


def combine_domains(domains: np.ndarray, weights: np.ndarray) -> np.ndarray:
    """Overall score from domain scores.

    Args:
        domains: shape (areas, domains); higher is more deprived.
        weights: shape (domains,).

    Returns:
        shape (areas,); higher is more deprived.
    """
    columns = [exponential(rank_share(domains[:, d])) for d in range(domains.shape[1])]
    return np.column_stack(columns) @ np.asarray(weights, dtype=float)


@dataclass(frozen=True)
class Shrunk:
    """Rates shrunk towards the district's.

    Attributes:
        rate: shrunk rate, shape (areas,), 0 to 1.
        weight: weight of the area's own logit.
        logit, variance: the area's own logit and its sampling variance.
        shrunk_logit: shape (areas,).
        district_logit: what it is shrunk towards.
        between: variance of the logits between areas, t squared.
    """

    rate: np.ndarray
    weight: np.ndarray
    logit: np.ndarray
    variance: np.ndarray
    shrunk_logit: np.ndarray
    district_logit: float
    between: float


def shrink(events: np.ndarray, persons: np.ndarray) -> Shrunk:
    """Shrink rates as the Indices of Deprivation do.

    Args:
        events: shape (areas,), 0 or above.
        persons: shape (areas,), at least `events`.

    Returns:
        the shrunk rates. The variance between areas is not net of sampling variance: kept for conformance.
    """
    r, n = np.asarray(events, dtype=float), np.asarray(persons, dtype=float)
    logit = np.log((r + 0.5) / (n - r + 0.5))
    variance = (n + 1) * (n + 2) / (n * (r + 1) * (n - r + 1))
    total_r, total_n = r.sum(), n.sum()
    district = float(np.log((total_r + 0.5) / (total_n - total_r + 0.5)))
    between = float(((logit - district) ** 2).sum() / (len(r) - 1))
    weight = (1 / variance) / (1 / variance + 1 / between)
    shrunk = weight * logit + (1 - weight) * district
    return Shrunk(1 / (1 + np.exp(-shrunk)), weight, logit, variance, shrunk, district, between)


def average_score(scores: np.ndarray, persons: np.ndarray) -> float:
    """Population-weighted mean of the scores of small areas."""
    return float(np.average(np.asarray(scores, dtype=float), weights=np.asarray(persons, dtype=float)))


def extent(national_ranks: np.ndarray, persons: np.ndarray, areas_in_nation: int) -> float:
    """Share of people in the most deprived three tenths of the nation, with a sliding weight.

    Args:
        national_ranks: rank of each small area, 1 the most deprived.
        persons: people in each.
        areas_in_nation: number of small areas ranked.

    Returns:
        0 to 1: people in the most deprived tenth count whole; from there to three tenths the weight slides
        from 0.95 to 0.05.
    """
    share = np.asarray(national_ranks, dtype=float) / areas_in_nation
    weight = np.where(share <= 0.1, 1.0, np.where(share <= 0.3, 0.95 - 0.9 * (share - 0.1) / 0.2, 0.0))
    persons = np.asarray(persons, dtype=float)
    return float((weight * persons).sum() / persons.sum())
