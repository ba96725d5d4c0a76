"""How a ward stands against what others publish: England, English wards, another index.

Belongs here: place among English wards, and agreement with another index. Does not belong here: peers
chosen by likeness (`peers.py`).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from scipy import stats

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["NO_COMPARATOR", "Place", "agreement", "place"]

NO_COMPARATOR = "no comparator published"


@dataclass(frozen=True)
class Place:
    """A value among English wards.

    Attributes:
        england: value of England; NaN where none is published.
        percentile: share of English wards that do worse, in percent, equal ones counting half.
        words: empty, or that there is no comparator.
    """

    england: float
    percentile: float
    words: str


def place(
    value: float, direction: int, england: float | None = None, wards: np.ndarray | None = None
) -> Place:
    """Place a value.

    Args:
        value: of a ward, in the unit of the comparators.
        direction: 1 if higher is better, else -1.
        england: value of England.
        wards: values of English wards, shape (wards,); 100 or more, else no percentile is given.
    """
    nation = float("nan") if england is None else float(england)
    others = np.array([]) if wards is None else np.asarray(wards, dtype=float)
    others = others[~np.isnan(others)]
    percentile = float("nan")
    if len(others) >= 100 and not np.isnan(value):
        worse = direction * (value - others) > 0
        percentile = 100 * float(worse.mean() + 0.5 * (others == value).mean())
    nothing = np.isnan(nation) and np.isnan(percentile)
    return Place(nation, percentile, NO_COMPARATOR if nothing else "")


def agreement(
    ours: pd.Series, theirs: pd.Series, higher_is_better: bool = False
) -> tuple[float, pd.DataFrame]:
    """Agreement of the index with another, ward by ward.

    Args:
        ours: index scores by ward; higher is better.
        theirs: the other index's scores by ward, such as of the Indices of Deprivation.
        higher_is_better: of the other index.

    Returns:
        Spearman's rank correlation, both turned so that more is better (NaN for fewer than 3 wards), and a
        frame by ward: `rank_ours`, `rank_theirs` (1 the best), `difference`, largest differences first.
    """
    import pandas as pd

    other = theirs if higher_is_better else -theirs
    both = pd.DataFrame({"ours": ours, "theirs": other}).dropna()
    ranks = both.rank(ascending=False)
    table = pd.DataFrame({"rank_ours": ranks["ours"], "rank_theirs": ranks["theirs"]})
    table["difference"] = table["rank_ours"] - table["rank_theirs"]
    order = table["difference"].abs().sort_values(ascending=False, kind="stable").index
    several = len(both) > 2 and both["ours"].nunique() > 1 and both["theirs"].nunique() > 1
    value = float(stats.spearmanr(both["ours"], both["theirs"])[0]) if several else float("nan")
    return value, table.loc[order]
