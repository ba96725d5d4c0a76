"""The ward method: bounded scores, weighted generalised means, coverage, effective weights.

Belongs here: the sums that make the published score, the same as `dbt_project/models/index/*.sql` does
them, on arrays and frames. Does not belong here: where values come from, their doubt (`uncertainty.py`),
or what a score is made of (`explain.py`).

Method: `docs/method.md`; bounds are fixed per method version and never taken from the areas scored.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from spi_orchestration.index.framework import OUTCOME_CLASSES, Framework, FrameworkError

if TYPE_CHECKING:
    import pandas as pd

__all__ = [
    "Scores",
    "aggregate",
    "bounded_score",
    "generalised_mean",
    "recompute",
    "score",
    "score_array",
    "score_csv",
    "score_long",
]

#: Two thirds is two thirds, whatever the last binary digit says; the same in SQL.
TOLERANCE = 1e-9


def bounded_score(
    values: np.ndarray, worst: np.ndarray | float, best: np.ndarray | float
) -> tuple[np.ndarray, np.ndarray]:
    """Score values on the scale from the worst bound (0) to the best bound (100).

    Args:
        values: in the indicator's unit, shape (..., indicators); missing is NaN.
        worst: values that score 0, in the same unit, shape (indicators,); may exceed `best`.
        best: values that score 100.

    Returns:
        scores before clipping, and whether each lies beyond a bound, both shaped as `values`. A missing
        value has a missing score and is not clipped.
    """
    raw = (
        100 * (np.asarray(values, dtype=float) - worst) / (np.asarray(best, float) - np.asarray(worst, float))
    )
    with np.errstate(invalid="ignore"):
        return raw, (raw < 0) | (raw > 100)


def generalised_mean(scores: np.ndarray, weights: np.ndarray, order: float) -> np.ndarray:
    """Weighted generalised mean over the last axis; missing scores are left out and weights rescaled.

    Args:
        scores: shape (..., children), 0 or above unless `order` is 1; missing is NaN.
        weights: shape (children,) or as `scores`, 0 or above.
        order: 1 arithmetic, 0 geometric (limit), -1 harmonic; any real number.

    Returns:
        shape (...); NaN where no child with weight is observed.
    """
    scores = np.asarray(scores, dtype=float)
    present = ~np.isnan(scores)
    w = np.where(present, weights, 0.0)
    total = w.sum(axis=-1)
    with np.errstate(divide="ignore", invalid="ignore"):
        if order == 1:
            return np.where(total > 0, (w * np.where(present, scores, 0.0)).sum(axis=-1) / total, np.nan)
        safe = np.where(w > 0, scores, 1.0)
        if order == 0:
            mean = np.exp((w * np.log(safe)).sum(axis=-1) / total)
        else:
            powered = np.where(w > 0, np.power(safe, order), 0.0)
            mean = ((w * powered).sum(axis=-1) / total) ** (1.0 / order)
    zero = ((w > 0) & (scores == 0)).any(axis=-1)
    if order <= 0:
        mean = np.where(zero, 0.0, mean)
    return np.where(total > 0, mean, np.nan)


def aggregate(framework: Framework, scores: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Carry indicator scores up to the index.

    Args:
        framework: the framework; context indicators count nowhere.
        scores: shape (..., indicators) in the order of `framework.indicators`; missing is NaN.

    Returns:
        scores of every node, shape (..., nodes) in the order of `framework.codes`, and the share of each
        parent's weight that is observed, same shape (1 or 0 for an indicator). A parent is given where at
        least `framework.coverage` of its weight is observed; a level-2 parent with fewer scored indicators
        than `framework.minimum_children` is no part of the whole.
    """
    scores = np.asarray(scores, dtype=float)
    count = len(framework.codes)
    out = np.full((*scores.shape[:-1], count), np.nan)
    observed = np.zeros_like(out)
    out[..., : scores.shape[-1]] = scores
    observed[..., : scores.shape[-1]] = ~np.isnan(scores)
    for columns, weights, position, order, scored in _plan(framework):
        if not columns:
            continue
        children = out[..., columns]
        share = (weights * ~np.isnan(children)).sum(axis=-1) / weights.sum()
        observed[..., position] = share
        if not scored:
            continue
        mean = generalised_mean(children, weights, order)
        out[..., position] = np.where(share >= framework.coverage - TOLERANCE, mean, np.nan)
    return out, observed


def _plan(framework: Framework) -> list[tuple[list[int], np.ndarray, int, float, bool]]:
    """For each aggregate: child positions, child weights, own position, order, and whether it is scored."""
    effective = framework.effective
    plan, unscored = [], set()
    for node in framework.nodes:
        if node.level == 1:
            continue
        children = [c for c in framework.children(node.code) if c.code not in unscored]
        enough = len(children) >= (framework.minimum_children if node.level == 2 else 1)
        # A component without enough indicators is left out of its dimension; a dimension without a
        # component keeps its weight in the index and counts as not observed.
        if not enough and node.level == 2:
            unscored.add(node.code)
        plan.append(
            (
                [framework.position[c.code] for c in children],
                np.array([effective[c.code] for c in children]),
                framework.position[node.code],
                framework.order(node.level),
                enough,
            )
        )
    return plan


@dataclass(frozen=True)
class Scores:
    """Scores of areas.

    Attributes:
        framework: what they were made with.
        areas: labels, length A.
        values: indicator values in their units, shape (A, indicators).
        raw: indicator scores before clipping, shape (A, indicators).
        clipped: whether each lies beyond a bound, shape (A, indicators).
        array: scores of every node, 0 to 100, shape (A, nodes).
        observed: share of each node's weight that is observed, shape (A, nodes).
    """

    framework: Framework
    areas: tuple[Any, ...]
    values: np.ndarray
    raw: np.ndarray
    clipped: np.ndarray
    array: np.ndarray
    observed: np.ndarray

    def __getitem__(self, code: str) -> np.ndarray:
        """Scores of one node, shape (A,)."""
        return self.array[:, self.framework.position[code]]

    @property
    def index(self) -> np.ndarray:
        """Scores of the index, shape (A,)."""
        return self.array[:, -1]

    @cached_property
    def effective(self) -> np.ndarray:
        """Weight of each node in its parent after missing values, shape (A, nodes).

        The weights of a parent's observed children add up to 1 in each area; 0 for what does not count. The
        index has 1.
        """
        out = np.zeros_like(self.array)
        out[:, -1] = 1.0
        for columns, weights, position, _, scored in _plan(self.framework):
            if not scored:
                continue
            present = ~np.isnan(self.array[:, columns]) * weights
            total = present.sum(axis=1, keepdims=True)
            given = ~np.isnan(self.array[:, position])[:, None]
            out[:, columns] = np.where(given, present / np.where(total > 0, total, 1), 0.0)
        return out

    def frame(self) -> pd.DataFrame:
        """Scores as a frame, one row an area and one column a node."""
        import pandas as pd

        return pd.DataFrame(
            self.array, index=pd.Index(self.areas, name="area"), columns=list(self.framework.codes)
        )


def _require_bounds(framework: Framework) -> None:
    lacking = [n.code for n in framework.indicators if n.scored and np.isnan(n.worst)]
    if lacking:
        raise FrameworkError(
            [f"No bounds for {', '.join(lacking)}; the ward method needs a worst and a best value each."]
        )


def score(framework: Framework, values: pd.DataFrame) -> Scores:
    """Score areas by the ward method.

    Args:
        framework: with bounds for every scored indicator.
        values: one row an area, one column an indicator, in the indicators' units; missing is NaN. Columns
            that the framework does not know are an error; an indicator without a column is missing.

    Raises:
        FrameworkError: bounds are missing, a column is unknown, an area stands twice, or a value is infinite.
    """
    import pandas as pd

    _require_bounds(framework)
    codes = [n.code for n in framework.indicators]
    problems = []
    unknown = sorted(map(str, set(values.columns) - set(codes)))
    if unknown:
        problems.append(f"Values are given for unknown indicators: {', '.join(unknown)}.")
    if values.index.has_duplicates:
        doubled = sorted(map(str, values.index[values.index.duplicated()].unique()))
        problems.append(f"Areas stand more than once: {', '.join(doubled[:5])}; expected each area once.")
    table = values.reindex(columns=codes).apply(pd.to_numeric, errors="coerce")
    array = table.to_numpy(dtype=float)
    if np.isinf(array).any():
        columns = [codes[i] for i in np.flatnonzero(np.isinf(array).any(axis=0))]
        problems.append(
            f"Values are infinite: {', '.join(columns)}; leave the cell empty where nothing is known."
        )
    if problems:
        raise FrameworkError(problems)
    return score_array(framework, array, tuple(values.index))


def score_array(framework: Framework, values: np.ndarray, areas: Sequence[Any] | None = None) -> Scores:
    """As `score`, on an array of shape (areas, indicators) in the order of `framework.indicators`."""
    raw, clipped = bounded_score(values, framework.worst, framework.best)
    scores, observed = aggregate(framework, np.clip(raw, 0, 100))
    labels = tuple(areas) if areas is not None else tuple(range(len(raw)))
    return Scores(framework, labels, np.asarray(values, float), raw, clipped, scores, observed)


def score_long(framework: Framework, rows: pd.DataFrame) -> pd.DataFrame:
    """Score any long table of values.

    Args:
        framework: the framework.
        rows: columns `area`, `indicator`, `value`, and optionally `period`; one row a value.

    Returns:
        long frame with `period` (where given), `area`, `code`, `level`, `score`, `weight_observed`,
        `clipped`; sorted.

    Raises:
        FrameworkError: columns are absent, an area has two values of an indicator in one period, or as `score`.
    """
    import pandas as pd

    lacking = [c for c in ("area", "indicator", "value") if c not in rows.columns]
    if lacking:
        raise FrameworkError(
            [f"The values lack the columns {', '.join(lacking)}; expected area, indicator, value."]
        )
    table = rows.copy()
    timed = "period" in table.columns
    if not timed:
        table["period"] = ""
    doubled = table.duplicated(["period", "area", "indicator"])
    if doubled.any():
        first = table[doubled].iloc[0]
        raise FrameworkError(
            [
                f"{int(doubled.sum())} values stand twice, first for indicator {first['indicator']} of area "
                f"{first['area']}; expected one value an area, indicator and period."
            ]
        )
    numbers = pd.to_numeric(table["value"], errors="coerce")
    bad = numbers.isna() & table["value"].notna()
    if bad.any():
        raise FrameworkError(
            [f"{int(bad.sum())} values are not numbers, first in data row {int(np.flatnonzero(bad)[0]) + 1}."]
        )
    table["value"] = numbers
    parts = []
    for period, part in table.groupby("period", sort=True):
        result = score(framework, part.pivot(index="area", columns="indicator", values="value"))
        areas, nodes = result.array.shape
        clipped = np.zeros((areas, nodes), dtype=bool)
        clipped[:, : result.clipped.shape[1]] = result.clipped
        parts.append(
            pd.DataFrame(
                {
                    "period": period,
                    "area": np.repeat(np.array(result.areas, dtype=object), nodes),
                    "code": list(framework.codes) * areas,
                    "level": [n.level for n in framework.nodes] * areas,
                    "score": result.array.ravel(),
                    "weight_observed": result.observed.ravel(),
                    "clipped": clipped.ravel(),
                }
            )
        )
    out = pd.concat(parts, ignore_index=True)
    return out if timed else out.drop(columns="period")


def score_csv(framework: str | Path, values: str | Path, **settings: Any) -> pd.DataFrame:
    """Score any long CSV of values with any CSV of a framework.

    Args:
        framework: one row a node; see `Framework.from_csv`.
        values: columns `area`, `indicator`, `value`, and optionally `period`; UTF-8.
        **settings: `orders`, `coverage`, `minimum_children`.

    Returns:
        see `score_long`.

    Raises:
        FrameworkError: a file is absent or not a table, or either is faulty; every fault is named.
    """
    import pandas as pd

    method = Framework.from_csv(framework, **settings)
    path = Path(values)
    try:
        rows = pd.read_csv(path, dtype={"area": str, "indicator": str, "period": str}, encoding="utf-8-sig")
    except FileNotFoundError:
        raise FrameworkError(
            [f"There is no file {path.name}; expected a CSV with area, indicator and value."]
        ) from None
    except (UnicodeDecodeError, pd.errors.ParserError, pd.errors.EmptyDataError) as error:
        raise FrameworkError(
            [f"{path.name} is not a UTF-8 CSV table ({type(error).__name__}); save it as CSV UTF-8."]
        ) from None
    return score_long(method, rows)


def recompute(
    tables: Mapping[str, pd.DataFrame], comparator_supplier: str | None = None
) -> dict[str, pd.DataFrame]:
    """Compute every score of a build again from its indicator values.

    Args:
        tables: frames of a build by model name: `ind_area_value` (edition, indicator, area_code, value,
            refreshed), `ind_indicator`, `component`, `dimension` and `method` (one row, the profile's).
        comparator_supplier: supplier left out of the variant `without_comparator_source`; that variant is
            made only where it is given.

    Returns:
        `idx_indicator_score`, `idx_component`, `idx_dimension`, `idx_index`: frames with the keys of the SQL
        models, `score`, and for aggregates `weight_observed` and `weight_refreshed`.
    """
    import pandas as pd

    framework = Framework.from_tables(tables)
    indicator = tables["ind_indicator"]
    variants = {
        "headline": framework,
        "outcomes_only": framework.only(indicator.loc[indicator["class"].isin(OUTCOME_CLASSES), "indicator"]),
    }
    if comparator_supplier is not None:
        variants["without_comparator_source"] = framework.only(
            indicator.loc[indicator["supplier"] != comparator_supplier, "indicator"]
        )
    out: dict[str, list[pd.DataFrame]] = {
        name: [] for name in ("idx_indicator_score", "idx_component", "idx_dimension", "idx_index")
    }
    for edition, part in tables["ind_area_value"].groupby("edition"):
        values = part.pivot(index="area_code", columns="indicator", values="value").astype(float)
        fresh = part.pivot(index="area_code", columns="indicator", values="refreshed")
        for variant, version in variants.items():
            result = score(version, values)
            refreshed = (
                fresh.reindex(columns=[n.code for n in version.indicators]).fillna(False).to_numpy(dtype=bool)
            )
            shares = _refreshed(version, result, refreshed)
            for level, name in enumerate(("idx_component", "idx_dimension", "idx_index"), start=2):
                out[name].append(_level_frame(result, shares, level, variant, edition))
            if variant == "headline":
                out["idx_indicator_score"].append(_level_frame(result, shares, 1, None, edition))
    return {name: pd.concat(parts, ignore_index=True) for name, parts in out.items()}


def _refreshed(framework: Framework, result: Scores, refreshed: np.ndarray) -> np.ndarray:
    """Share of each node's weight that rests on refreshed data, shape (A, nodes)."""
    out = np.zeros_like(result.array)
    out[:, : refreshed.shape[1]] = refreshed & ~np.isnan(result.array[:, : refreshed.shape[1]])
    for columns, weights, position, _, _ in _plan(framework):
        if columns:
            out[:, position] = (out[:, columns] * weights).sum(axis=1) / weights.sum()
    return out


def _level_frame(
    result: Scores, shares: np.ndarray, level: int, variant: str | None, edition: Any
) -> pd.DataFrame:
    import pandas as pd

    nodes = result.framework.level(level)
    columns = [result.framework.position[n.code] for n in nodes]
    key = {1: "indicator", 2: "component", 3: "dimension"}.get(level)
    data: dict[str, Any] = {
        "edition": edition,
        "area_code": np.repeat(np.array(result.areas, dtype=object), len(nodes)),
    }
    if variant is not None:
        data["variant"] = variant
    if key:
        data[key] = [n.code for n in nodes] * len(result.areas)
    data["score"] = result.array[:, columns].ravel()
    if level > 1:
        data["weight_observed"] = result.observed[:, columns].ravel()
        data["weight_refreshed"] = shares[:, columns].ravel()
    return pd.DataFrame(data)
