"""Making indicators of places of different size comparable.

Belongs here: dividing by a denominator, and finding indicators that follow size. Does not belong here: the
estimators of the published index, which keep numerators and denominators (`uncertainty.py`).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["denominate", "denominator_correlations"]


def denominate(
    values: pd.DataFrame,
    denominators: pd.DataFrame,
    by: Mapping[str, tuple[str, float]],
    function: Callable[[np.ndarray, np.ndarray], np.ndarray] = np.divide,
) -> pd.DataFrame:
    """Divide indicators by denominators.

    Args:
        values: one row an area, one column an indicator.
        denominators: one row an area, one column a denominator.
        by: indicator -> (denominator, scale factor); others stay as they are.
        function: of indicator and denominator; division by default.

    Returns:
        frame like `values`; NaN where the denominator is 0 or missing.

    Raises:
        KeyError: an indicator, denominator or area is not in the data.
    """
    lacking = [i for i in by if i not in values.columns] + [
        d for d, _ in by.values() if d not in denominators.columns
    ]
    lacking += [str(a) for a in values.index.difference(denominators.index)]
    if lacking:
        raise KeyError(f"Not in the data: {', '.join(lacking)}.")
    out = values.copy()
    for indicator, (denominator, factor) in by.items():
        base = denominators.loc[values.index, denominator].to_numpy(dtype=float)
        with np.errstate(divide="ignore", invalid="ignore"):
            result = function(values[indicator].to_numpy(dtype=float), base) * factor
        out[indicator] = np.where((base == 0) | ~np.isfinite(result), np.nan, result)
    return out


def denominator_correlations(
    values: pd.DataFrame, denominators: pd.DataFrame, threshold: float = 0.6
) -> pd.DataFrame:
    """Indicators that correlate with a denominator, so that size may be what they measure.

    Args:
        values: one row an area, one column an indicator.
        denominators: one row an area, one column a denominator.
        threshold: least absolute correlation (Pearson) that is listed.

    Returns:
        rows `indicator`, `denominator`, `correlation`, strongest first.
    """
    import pandas as pd

    rows = [(i, d, values[i].corr(denominators[d])) for i in values.columns for d in denominators.columns]
    table = pd.DataFrame(rows, columns=["indicator", "denominator", "correlation"])
    table = table[table["correlation"].abs() >= threshold]
    return table.sort_values("correlation", key=lambda c: -c.abs(), ignore_index=True)
