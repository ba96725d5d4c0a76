"""Ways to put normalised indicators together, one method a level if wanted.

Belongs here: means and outranking for any tree. Does not belong here: the ward method's coverage rule by
weight (`ward.aggregate`).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING

import numpy as np

from spi_orchestration.index.framework import Framework
from spi_orchestration.index.ward import generalised_mean

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["METHODS", "aggregate_levels", "copeland", "dominance", "outrank_matrix"]


def outrank_matrix(scores: np.ndarray, weights: np.ndarray) -> np.ndarray:
    """Share of weight on which one area beats another.

    Args:
        scores: shape (areas, indicators), higher is better; missing is NaN.
        weights: shape (indicators,), above 0.

    Returns:
        shape (areas, areas): element (i, j) is the share of the weight observed in both areas on which i is
        above j, half of it where they are equal; 0 on the diagonal, NaN where nothing is shared.
        (i, j) and (j, i) add up to 1 exactly: the second is made from the first.
    """
    scores = np.asarray(scores, dtype=float)
    count = len(scores)
    out = np.zeros((count, count))
    for i in range(count):
        shared = ~np.isnan(scores[i]) & ~np.isnan(scores[i + 1 :])
        total = (shared * weights).sum(axis=1)
        wins = ((scores[i] > scores[i + 1 :]) * weights * shared).sum(axis=1)
        losses = ((scores[i] < scores[i + 1 :]) * weights * shared).sum(axis=1)
        with np.errstate(divide="ignore", invalid="ignore"):
            # Half the weight exactly must give one half exactly: the balance of wins and losses is compared.
            share = np.where(total > 0, 0.5 + (wins - losses) / (2 * total), np.nan)
        share = np.where(np.abs(share - 0.5) < 1e-12, 0.5, share)
        out[i, i + 1 :], out[i + 1 :, i] = share, 1 - share
    return out


def copeland(scores: np.ndarray, weights: np.ndarray) -> np.ndarray:
    """Copeland score: areas beaten minus areas that beat it.

    Args:
        scores: shape (areas, indicators).
        weights: shape (indicators,).

    Returns:
        shape (areas,); adds up to 0. Source: A. H. Copeland (1951).
    """
    matrix = outrank_matrix(scores, weights)
    np.fill_diagonal(matrix, 0.5)
    return np.sign(np.nan_to_num(matrix, nan=0.5) - 0.5).sum(axis=1)


def dominance(scores: np.ndarray, weights: np.ndarray) -> tuple[int, float]:
    """How many pairs of areas are clear cut: one is above the other on every indicator.

    Args:
        scores: shape (areas, indicators).
        weights: shape (indicators,).

    Returns:
        number of such pairs, and their share of all pairs.
    """
    matrix = outrank_matrix(scores, weights)
    count = int((matrix == 1).sum())
    pairs = len(matrix) * (len(matrix) - 1) / 2
    return count, count / pairs if pairs else 0.0


def _mean(order: float) -> Callable[[np.ndarray, np.ndarray], np.ndarray]:
    return lambda scores, weights: generalised_mean(scores, weights, order)


#: Aggregation methods by name; `mean:<p>` is the generalised mean of order p.
METHODS: Mapping[str, Callable[[np.ndarray, np.ndarray], np.ndarray]] = {
    "arithmetic": _mean(1),
    "geometric": _mean(0),
    "harmonic": _mean(-1),
    "copeland": copeland,
}


def _method(name: str) -> Callable[[np.ndarray, np.ndarray], np.ndarray]:
    if name.startswith("mean:"):
        return _mean(float(name.removeprefix("mean:")))
    if name not in METHODS:
        raise KeyError(f"Unknown aggregation {name!r}; expected one of {', '.join(METHODS)} or mean:<order>.")
    return METHODS[name]


def aggregate_levels(
    framework: Framework,
    scores: pd.DataFrame,
    methods: str | Sequence[str] = "arithmetic",
    data_threshold: float = 0.0,
) -> pd.DataFrame:
    """Carry normalised indicators up a framework.

    Args:
        framework: weights are rescaled within each parent.
        scores: one row an area, one column an indicator; higher is better; missing is NaN.
        methods: one method for all levels, or one a level from level 2 up.
        data_threshold: least share of a parent's children that must be there, counted and not weighted;
            below it the parent is missing.

    Returns:
        one row an area, one column a node, in the order of `framework.codes`.

    Raises:
        KeyError: a method is unknown.
        ValueError: the number of methods does not fit the number of levels.
    """
    import pandas as pd

    names = [methods] * (framework.depth - 1) if isinstance(methods, str) else list(methods)
    if len(names) != framework.depth - 1:
        raise ValueError(
            f"{len(names)} aggregation methods for {framework.depth - 1} levels; expected one each."
        )
    functions = [_method(name) for name in names]
    out = {n.code: scores[n.code].to_numpy(dtype=float) for n in framework.indicators if n.scored}
    for node in framework.nodes:
        if node.level == 1:
            continue
        children = [c.code for c in framework.children(node.code) if c.code in out]
        table = np.column_stack([out[c] for c in children])
        weights = np.array([framework.effective[c] for c in children])
        result = functions[node.level - 2](table, weights)
        enough = (~np.isnan(table)).mean(axis=1) >= data_threshold
        out[node.code] = np.where(enough, result, np.nan)
    return pd.DataFrame(out, index=scores.index)
