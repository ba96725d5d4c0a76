"""Looking at the data and at the result: statistics, correlations, flags, leave one out.

Belongs here: description that changes nothing. Does not belong here: fit of one component
(`diagnostics.py`) or doubt (`uncertainty.py`, `sensitivity.py`).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

import numpy as np
from scipy import stats

from spi_orchestration.index.framework import Framework
from spi_orchestration.index.treat import kurtosis, passes, skewness
from spi_orchestration.index.ward import score

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["correlation_flags", "correlations", "describe", "leave_one_out", "p_values", "variance_shares"]

Kind = Literal["pearson", "spearman", "kendall"]


def describe(
    values: pd.DataFrame,
    available: float = 0.65,
    nonzero: float = 0.5,
    unique: float = 0.5,
    skew: float = 2.0,
    kurt: float = 3.5,
) -> pd.DataFrame:
    """Statistics of each indicator, with flags.

    Args:
        values: one row an area, one column an indicator.
        available: least share of areas with a value that is not flagged.
        nonzero: least share of values that are not zero.
        unique: least share of different values.
        skew: see `treat.passes`.
        kurt: see `treat.passes`.

    Returns:
        one row an indicator: min, max, mean, median, sd (n - 1), skew and kurtosis (type 2), counts and
        shares, and boolean flags `low_available`, `low_nonzero`, `low_unique`, `outliers`.
    """
    import pandas as pd

    rows = []
    for code in values.columns:
        x = values[code].to_numpy(dtype=float)
        there = x[~np.isnan(x)]
        n = len(there)
        different, counts = np.unique(there, return_counts=True)
        same = int(counts.max()) if n else 0
        rows.append(
            {
                "indicator": code,
                "min": there.min() if n else np.nan,
                "max": there.max() if n else np.nan,
                "mean": there.mean() if n else np.nan,
                "median": np.median(there) if n else np.nan,
                "sd": there.std(ddof=1) if n > 1 else np.nan,
                "skew": skewness(x),
                "kurtosis": kurtosis(x),
                "available": n,
                "nonzero": int((there != 0).sum()),
                "unique": len(different),
                "same": same,
                "share_available": n / len(x) if len(x) else np.nan,
                "share_nonzero": (there != 0).mean() if n else np.nan,
                "share_unique": len(different) / n if n else np.nan,
                "share_same": same / n if n else np.nan,
            }
        )
    table = pd.DataFrame(rows).set_index("indicator")
    table["low_available"] = table["share_available"] < available
    table["low_nonzero"] = table["share_nonzero"] < nonzero
    table["low_unique"] = table["share_unique"] < unique
    table["outliers"] = [not passes(values[c].to_numpy(dtype=float), skew, kurt) for c in values.columns]
    return table


def correlations(table: pd.DataFrame, kind: Kind = "pearson", largest_p: float | None = None) -> pd.DataFrame:
    """Correlations between columns over the areas that have both.

    Args:
        table: one row an area.
        kind: pearson, spearman or kendall.
        largest_p: correlations with a p-value above it are NaN; none are left out by default.
    """
    result = table.corr(method=kind)
    return result if largest_p is None else result.where(p_values(table, kind) <= largest_p)


def p_values(table: pd.DataFrame, kind: Kind = "pearson") -> pd.DataFrame:
    """Two-sided p-value of each correlation; 0 on the diagonal, NaN under 3 areas or for a constant."""
    import pandas as pd

    test = {"pearson": stats.pearsonr, "spearman": stats.spearmanr, "kendall": stats.kendalltau}[kind]
    columns = list(table.columns)
    out = pd.DataFrame(np.zeros((len(columns), len(columns))), index=columns, columns=columns)
    for i, a in enumerate(columns):
        for b in columns[i + 1 :]:
            pair = table[[a, b]].dropna()
            p = np.nan
            if len(pair) > 2 and (pair.std(ddof=1) > 0).all():
                p = float(test(pair[a], pair[b])[1])
            out.loc[a, b] = out.loc[b, a] = p
    return out


def correlation_flags(
    framework: Framework, scores: pd.DataFrame, threshold: float = 0.9, kind: Kind = "pearson"
) -> pd.DataFrame:
    """Pairs of siblings that say nearly the same, or the opposite.

    Args:
        framework: siblings are children of one parent.
        scores: one row an area, columns at least the nodes compared; directed.
        threshold: least absolute correlation that is flagged; negative ones are flagged from minus a third
            of it, for siblings that pull against each other.
        kind: as `correlations`.

    Returns:
        rows `parent`, `first`, `second`, `correlation`, `flag` (`same` or `opposed`).
    """
    import pandas as pd

    rows = []
    for parent in framework.nodes:
        codes = [c.code for c in framework.children(parent.code) if c.code in scores.columns]
        matrix = scores[codes].corr(method=kind).to_numpy()
        for i in range(len(codes)):
            for j in range(i + 1, len(codes)):
                r = matrix[i, j]
                if r >= threshold or r <= -threshold / 3:
                    rows.append((parent.code, codes[i], codes[j], r, "same" if r > 0 else "opposed"))
    return pd.DataFrame(rows, columns=["parent", "first", "second", "correlation", "flag"])


def leave_one_out(framework: Framework, values: pd.DataFrame) -> pd.DataFrame:
    """What each indicator does to the ranks: the index without it.

    Args:
        framework: of the ward method.
        values: one row an area, one column an indicator, in their units.

    Returns:
        one row a scored indicator: `mean_rank_shift`, `largest_rank_shift`, `largest_score_change` (points),
        and `areas_lost`: areas whose index can no longer be given.
    """
    import pandas as pd

    nominal = score(framework, values)
    ranks = stats.rankdata(-nominal.index, nan_policy="omit")
    rows = []
    scored = [n.code for n in framework.indicators if n.scored]
    for code in scored:
        rest = score(framework.only(c for c in scored if c != code), values).index
        new = stats.rankdata(-rest, nan_policy="omit")
        both = ~np.isnan(nominal.index) & ~np.isnan(rest)
        shift = np.abs(new - ranks)[both]
        rows.append(
            {
                "indicator": code,
                "mean_rank_shift": shift.mean() if len(shift) else np.nan,
                "largest_rank_shift": shift.max() if len(shift) else np.nan,
                "largest_score_change": np.abs(rest - nominal.index)[both].max() if len(shift) else np.nan,
                "areas_lost": int((~np.isnan(nominal.index) & np.isnan(rest)).sum()),
            }
        )
    return pd.DataFrame(rows).set_index("indicator")


def variance_shares(
    contributions: np.ndarray, nominal: np.ndarray, limit: float = 3.0
) -> tuple[np.ndarray, np.ndarray]:
    """Share of the index's variance between areas that each indicator brings.

    Args:
        contributions: points each indicator contributes to the index, shape (areas, indicators); rows add
            up to the index. Missing is NaN and counts as 0.
        nominal: each indicator's share of the weight, shape (indicators,), adding up to 1.
        limit: how many times its nominal share an indicator may bring before the run stops for a decision.

    Returns:
        shares, shape (indicators,), adding up to 1 (an indicator that pulls against the index has a
        negative one), and whether each exceeds the limit. Bounds are hidden weights: this shows them.
    """
    c = np.nan_to_num(np.asarray(contributions, dtype=float))
    index = c.sum(axis=1)
    centred = index - index.mean()
    total = (centred**2).sum()
    if total == 0:
        return np.zeros(c.shape[1]), np.zeros(c.shape[1], dtype=bool)
    shares = ((c - c.mean(axis=0)) * centred[:, None]).sum(axis=0) / total
    return shares, shares > limit * np.asarray(nominal, dtype=float)
