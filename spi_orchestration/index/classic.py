"""The classic method (`spi_classic`): the Social Progress Index as its partners compute it.

Belongs here: directed, transformed and capped values; synthetic best and worst rows appended before
standardising and before the principal component; component scores from 0 to 100. Does not belong here: the
published ward method (`ward.py`).

Kept for proof and for comparison. At 22 areas the two synthetic rows dominate the correlations, so that
the weights are equal weights in disguise and alpha is high whatever the data: see `docs/method.md`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from spi_orchestration.index.diagnostics import cronbach, feldt, first_component, kmo
from spi_orchestration.index.framework import Framework, FrameworkError
from spi_orchestration.index.ward import aggregate

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["ClassicComponent", "ClassicResult", "Transform", "fit_component", "score", "synthetic_bounds"]


@dataclass(frozen=True)
class Transform:
    """What happens to an indicator before it is standardised, in this order.

    Attributes:
        parity: use the distance from 1, `abs(1 - value)`.
        floor: values below it are set to it, in the unit of the value.
        cap: values above it are set to it.
        cap_percentile: cap at this percentile (0 to 100) of the whole panel instead.
        root: take the square root, after capping.
    """

    parity: bool = False
    floor: float | None = None
    cap: float | None = None
    cap_percentile: float | None = None
    root: bool = False

    def apply(self, values: np.ndarray, panel: np.ndarray | None = None) -> np.ndarray:
        """Transform values (any shape, the indicator's own direction); the percentile comes from `panel`."""
        out = np.asarray(values, dtype=float)
        source = out if panel is None else np.asarray(panel, dtype=float)
        if self.parity:
            out, source = np.abs(1 - out), np.abs(1 - source)
        if self.floor is not None:
            out, source = np.maximum(out, self.floor), np.maximum(source, self.floor)
        cap = self.cap
        if self.cap_percentile is not None:
            cap = float(np.nanpercentile(source, self.cap_percentile))
        if cap is not None:
            out = np.minimum(out, cap)
        return np.sqrt(out) if self.root else out


@dataclass(frozen=True)
class ClassicComponent:
    """One fitted component.

    Attributes:
        weights: weights of the standardised indicators, adding up to 1.
        slopes: points of the component per unit of each directed indicator ("points per unit").
        constant: the score where every directed indicator is 0.
        mean, sd: of the panel with its synthetic rows.
        best, worst: the synthetic rows, directed.
        explained: share of variance on the first principal component.
        alpha, alpha_low, alpha_high, kmo: fit of the panel with its synthetic rows, as published elsewhere;
            an artefact at few areas.
        standardised: the panel and then the best and the worst row, shape (rows + 2, indicators).
        scores: of the panel's rows and then of the best and worst row, not clipped.
    """

    weights: np.ndarray
    slopes: np.ndarray
    constant: float
    mean: np.ndarray
    sd: np.ndarray
    best: np.ndarray
    worst: np.ndarray
    explained: float
    alpha: float
    alpha_low: float
    alpha_high: float
    kmo: float
    standardised: np.ndarray
    scores: np.ndarray

    def score(self, directed: np.ndarray) -> np.ndarray:
        """Score rows that had no part in the fit, such as an aggregate area; shape (rows, indicators)."""
        return self.constant + np.asarray(directed, dtype=float) @ self.slopes


@dataclass(frozen=True)
class ClassicResult:
    """Scores of a panel by the classic method.

    Attributes:
        components: the fitted components by code.
        scores: one row an area (and year), one column an aggregate node.
        clipped: whether the component score lay outside 0 to 100 before it was clipped.
    """

    components: Mapping[str, ClassicComponent]
    scores: pd.DataFrame
    clipped: pd.DataFrame


def synthetic_bounds(panel: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Best and worst row where nature sets no bound: one standard deviation beyond the panel.

    Args:
        panel: directed values pooled over areas and years, shape (rows, indicators).

    Returns:
        best (maximum + 1 sd) and worst (minimum - 1 sd), shape (indicators,), sd with n - 1.
    """
    panel = np.asarray(panel, dtype=float)
    spread = np.nanstd(panel, axis=0, ddof=1)
    return np.nanmax(panel, axis=0) + spread, np.nanmin(panel, axis=0) - spread


def fit_component(panel: np.ndarray, best: np.ndarray, worst: np.ndarray) -> ClassicComponent:
    """Fit one component.

    Args:
        panel: directed and transformed values, pooled over areas and years, shape (rows, indicators), none
            missing.
        best: best value of each indicator, directed and transformed, shape (indicators,).
        worst: worst value of each indicator.

    Returns:
        weights, points per unit, fit and scores. Method: `docs/method.md`, "Classic method".

    Raises:
        ValueError: a value is missing, an indicator does not vary, or the indicators cancel each other.
    """
    panel = np.asarray(panel, dtype=float)
    if np.isnan(panel).any():
        columns = np.flatnonzero(np.isnan(panel).any(axis=0)).tolist()
        raise ValueError(f"Columns {columns} have missing values; the classic method needs a full panel.")
    full = np.vstack([panel, best, worst])
    mean, sd = full.mean(axis=0), full.std(axis=0, ddof=1)
    if (sd == 0).any():
        raise ValueError(f"Columns {np.flatnonzero(sd == 0).tolist()} do not vary; leave them out.")
    z = (full - mean) / sd
    first, eigenvalues, correlation = first_component(z)
    if first.sum() < 1e-9:
        raise ValueError(
            "The indicators cancel each other in the first principal component; it gives no weights."
        )
    weights = first / first.sum()
    raw = z @ weights
    span = raw[-2] - raw[-1]
    scores = 100 * (raw - raw[-1]) / span
    slopes = 100 * weights / (sd * span)
    rows, k = full.shape
    alpha = cronbach(z)
    low, high = feldt(alpha, rows, k) if k > 1 else (float("nan"), float("nan"))
    return ClassicComponent(
        weights=weights,
        slopes=slopes,
        constant=float(scores[-1] - full[-1] @ slopes),
        mean=mean,
        sd=sd,
        best=full[-2],
        worst=full[-1],
        explained=float(eigenvalues[0] / k),
        alpha=alpha,
        alpha_low=low,
        alpha_high=high,
        kmo=kmo(correlation) if k > 1 else float("nan"),
        standardised=z,
        scores=scores,
    )


def score(
    framework: Framework,
    values: pd.DataFrame,
    transforms: Mapping[str, Transform] | None = None,
    fit_rows: np.ndarray | None = None,
) -> ClassicResult:
    """Score a pooled panel by the classic method.

    Args:
        framework: components are its level 2. An indicator without bounds gets the synthetic ones.
        values: one row an area and year, one column an indicator, in the indicators' own direction and unit.
        transforms: by indicator; the same transform is applied to the bounds.
        fit_rows: which rows the fit rests on (boolean, shape (rows,)); all by default. Other rows, such as an
            aggregate area, are scored with the fitted parameters.

    Returns:
        scores of components and above. Above the components the framework's weights and orders hold.

    Raises:
        FrameworkError: a scored indicator has no column.
        ValueError: as `fit_component`.
    """
    import pandas as pd

    transforms = dict(transforms or {})
    used = np.ones(len(values), dtype=bool) if fit_rows is None else np.asarray(fit_rows, dtype=bool)
    scored = [n for n in framework.indicators if n.scored]
    lacking = [n.code for n in scored if n.code not in values.columns]
    if lacking:
        raise FrameworkError(
            [f"No values for {', '.join(lacking)}; the classic method needs every indicator."]
        )
    directed, best, worst = {}, {}, {}
    for node in scored:
        sign = node.direction or 1
        transform = transforms.get(node.code, Transform())
        column = values[node.code].to_numpy(dtype=float)
        directed[node.code] = sign * transform.apply(column, column[used])
        if np.isnan(node.worst):
            high, low = synthetic_bounds(directed[node.code][used][:, None])
            best[node.code], worst[node.code] = float(high[0]), float(low[0])
        else:
            ends = sign * transform.apply(np.array([node.best, node.worst]), column[used])
            best[node.code], worst[node.code] = float(ends[0]), float(ends[1])
    fitted, scores, clipped = {}, {}, {}
    for component in framework.level(2):
        codes = [n.code for n in framework.children(component.code)]
        if not codes:
            continue
        table = np.column_stack([directed[c] for c in codes])
        fit = fit_component(
            table[used], np.array([best[c] for c in codes]), np.array([worst[c] for c in codes])
        )
        fitted[component.code] = fit
        raw = fit.score(table)
        # Rounding may leave the synthetic rows a hair outside; that is no clipping.
        clipped[component.code] = (raw < -1e-9) | (raw > 100 + 1e-9)
        scores[component.code] = np.clip(raw, 0, 100)
    return ClassicResult(
        fitted,
        _above(framework, pd.DataFrame(scores, index=values.index)),
        pd.DataFrame(clipped, index=values.index),
    )


def _above(framework: Framework, components: pd.DataFrame) -> pd.DataFrame:
    """Component scores with dimensions and index beside them."""
    import pandas as pd

    # Components stand in for indicators: each becomes the only child of itself in a tree one level shorter.
    rows: list[dict[str, object]] = []
    for node in framework.nodes:
        if node.level == 2 and node.code in components.columns:
            rows.append(
                {"code": node.code, "level": 1, "parent": node.parent, "weight": node.weight, "direction": 1}
            )
        elif node.level > 2:
            rows.append(
                {"code": node.code, "level": node.level - 1, "parent": node.parent, "weight": node.weight}
            )
    upper = Framework.from_rows(
        [{k: v for k, v in row.items() if v is not None} for row in rows],
        orders=framework.orders[1:],
        coverage=framework.coverage,
    )
    array, _ = aggregate(upper, components[[n.code for n in upper.indicators]].to_numpy())
    return pd.DataFrame(array, index=components.index, columns=list(upper.codes))
