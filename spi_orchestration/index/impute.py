"""Filling gaps, with a record of every value that was filled.

Belongs here: imputation across areas, within a component, and along time. Does not belong here: the
published index, which never imputes: there a component rests on what is observed, or is not given.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

import numpy as np

from spi_orchestration.index.framework import Framework

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["Imputed", "impute", "impute_panel", "impute_within_group"]

Statistic = Literal["mean", "median"]


@dataclass(frozen=True)
class Imputed:
    """Values with their provenance.

    Attributes:
        values: the completed frame; what was there is unchanged.
        provenance: same shape: `observed`, `missing`, or how the value was filled.
    """

    values: pd.DataFrame
    provenance: pd.DataFrame

    @property
    def filled(self) -> int:
        """How many cells were filled."""
        return int((~self.provenance.isin(["observed", "missing"])).sum().sum())


def _provenance(before: pd.DataFrame, after: pd.DataFrame, word: str) -> pd.DataFrame:
    import pandas as pd

    labels = np.where(before.notna(), "observed", np.where(after.notna(), word, "missing"))
    return pd.DataFrame(labels.astype(object), index=after.index, columns=after.columns)


def impute(values: pd.DataFrame, statistic: Statistic = "mean", groups: pd.Series | None = None) -> Imputed:
    """Fill each indicator's gaps with its mean or median, over all areas or over the area's group.

    Args:
        values: one row an area, one column an indicator; missing is NaN.
        statistic: `mean` or `median`.
        groups: group of each area, by area; without it all areas are one group.

    Returns:
        the completed values; a gap stays where a whole group is missing.
    """
    word: str
    if groups is None:
        filler = getattr(values, statistic)()
        after = values.fillna(filler)
        word = str(statistic)
    else:
        after = values.fillna(values.groupby(groups).transform(statistic))
        word = f"group {statistic}"
    return Imputed(after, _provenance(values, after, word))


def impute_within_group(framework: Framework, values: pd.DataFrame, statistic: Statistic = "mean") -> Imputed:
    """Fill a gap from the same area's other indicators of the component.

    Indicators are brought to 0..1 in their direction first, and the filled value is carried back to its unit.

    Args:
        framework: gives components and directions.
        values: one row an area, one column an indicator of the framework; missing is NaN.
        statistic: `mean` or `median` over the component's other indicators.
    """
    low, high = values.min(), values.max()
    direction = {n.code: n.direction or 1 for n in framework.indicators}
    span = (high - low).where(high > low)
    unit = (values - low) / span
    for code in values.columns:
        if direction[code] < 0:
            unit[code] = 1 - unit[code]
    after = values.copy()
    for component in framework.level(2):
        codes = [n.code for n in framework.children(component.code) if n.code in values.columns]
        if not codes:
            continue
        filler = getattr(unit[codes], statistic)(axis=1)
        for code in codes:
            share = filler if direction[code] > 0 else 1 - filler
            after[code] = values[code].fillna(low[code] + share * span[code])
    return Imputed(after, _provenance(values, after, f"row {statistic} within component"))


def impute_panel(
    rows: pd.DataFrame,
    column: str,
    method: Literal["latest", "constant", "linear", "linear-constant"] = "latest",
    max_gap: float | None = None,
) -> pd.DataFrame:
    """Fill gaps along time, area by area.

    Args:
        rows: columns `area`, `time` (numeric) and the indicator.
        column: the indicator.
        method: `latest` carries the last earlier value forward; `constant` does so and also carries the first
            value back; `linear` interpolates between values; `linear-constant` interpolates and carries the
            first and last value outwards.
        max_gap: furthest distance in time that a value is carried (`latest` and `constant`).

    Returns:
        the rows with the column filled, and `<column>_from`: the time its value comes from, a time between
        two for an interpolated value's weight is not given: NaN there; and `<column>_provenance`.

    Raises:
        ValueError: an area has one time twice.
    """
    if rows.duplicated(["area", "time"]).any():
        raise ValueError("An area has one time twice; expected one row an area and time.")
    out = rows.copy()
    filled = np.full(len(rows), np.nan)
    source = np.full(len(rows), np.nan)
    for positions in rows.reset_index(drop=True).groupby("area").indices.values():
        times = rows["time"].to_numpy(dtype=float)[positions]
        order = np.argsort(times)
        data = rows[column].to_numpy(dtype=float)[positions][order]
        done, origin = _fill_one(times[order], data, method, max_gap)
        filled[positions[order]], source[positions[order]] = done, origin
    out[column] = filled
    out[f"{column}_from"] = source
    observed = rows[column].notna().to_numpy()
    out[f"{column}_provenance"] = np.where(
        observed, "observed", np.where(np.isnan(filled), "missing", method)
    )
    return out


def _fill_one(
    times: np.ndarray, data: np.ndarray, method: str, max_gap: float | None
) -> tuple[np.ndarray, np.ndarray]:
    present = np.flatnonzero(~np.isnan(data))
    out, origin = data.copy(), np.where(np.isnan(data), np.nan, times)
    if not len(present):
        return out, origin
    for i in np.flatnonzero(np.isnan(data)):
        before, after = present[present < i], present[present > i]
        if method.startswith("linear") and len(before) and len(after):
            a, b = before[-1], after[0]
            out[i] = data[a] + (data[b] - data[a]) * (times[i] - times[a]) / (times[b] - times[a])
            continue
        if method == "linear":
            continue
        source = before[-1] if len(before) else (after[0] if method != "latest" else None)
        if source is None or (max_gap is not None and abs(times[i] - times[source]) > max_gap):
            continue
        out[i], origin[i] = data[source], times[source]
    return out, origin
