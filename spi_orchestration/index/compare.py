"""Regenerate an index from data, framework and methodology, and compare two versions of it.

Belongs here: a methodology as data, the pure function that runs it, and tables of what differs. Does not
belong here: splitting a difference into revision, method and data (`explain.bridge`).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

import numpy as np
from scipy import stats

from spi_orchestration.index import aggregate, denominate, impute, normalise, screen, treat, ward
from spi_orchestration.index.framework import Framework

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["Comparison", "Methodology", "compare", "regenerate"]

STEPS = ("denominate", "screen", "impute", "treat", "normalise", "aggregate")


@dataclass(frozen=True)
class Methodology:
    """What is done to the data, step by step; a step that is `None` is left out.

    Attributes:
        name: of the version.
        denominate: `by` (indicator -> (denominator, factor)).
        screen: options of `screen.screen`.
        impute: options of `impute.impute`; `groups: true` uses the groups given.
        treat: options of `treat.treat`.
        normalise: options of `normalise.normalise`.
        aggregate: options of `aggregate.aggregate_levels`.
        ward: score by the ward method instead of normalise and aggregate.
    """

    name: str
    denominate: Mapping[str, Any] | None = None
    screen: Mapping[str, Any] | None = None
    impute: Mapping[str, Any] | None = None
    treat: Mapping[str, Any] | None = None
    normalise: Mapping[str, Any] | None = field(default_factory=dict)
    aggregate: Mapping[str, Any] | None = field(default_factory=dict)
    ward: bool = False

    def changed(self, name: str, **steps: Mapping[str, Any] | None) -> Methodology:
        """The same methodology with other options for some steps.

        Raises:
            KeyError: a step is unknown.
        """
        unknown = [s for s in steps if s not in (*STEPS, "ward")]
        if unknown:
            raise KeyError(
                f"Unknown steps: {', '.join(unknown)}; expected some of {', '.join(STEPS)} or ward."
            )
        return replace(self, name=name, **steps)  # type: ignore[arg-type]


def regenerate(
    framework: Framework,
    values: pd.DataFrame,
    methodology: Methodology,
    denominators: pd.DataFrame | None = None,
    groups: pd.Series | None = None,
) -> dict[str, pd.DataFrame]:
    """Run a methodology: a pure function of framework, data and methodology.

    Args:
        framework: tree, weights and directions.
        values: one row an area, one column an indicator.
        methodology: the steps.
        denominators: one row an area; needed by the step `denominate`.
        groups: group of each area; needed by imputation over groups.

    Returns:
        stage -> frame, in the order of the steps; the last is `aggregate`.

    Raises:
        ValueError: a step needs denominators or groups that are not given.
    """
    stages: dict[str, pd.DataFrame] = {}
    table = values[[n.code for n in framework.indicators]]
    if methodology.denominate is not None:
        if denominators is None:
            raise ValueError(f"Methodology {methodology.name} divides by denominators; none are given.")
        table = stages["denominate"] = denominate.denominate(table, denominators, **methodology.denominate)
    if methodology.screen is not None:
        kept = screen.screen(table, **methodology.screen)["included"]
        table = stages["screen"] = table[kept]
    if methodology.impute is not None:
        options = dict(methodology.impute)
        if options.pop("groups", False):
            if groups is None:
                raise ValueError(f"Methodology {methodology.name} imputes within groups; none are given.")
            options["groups"] = groups.loc[table.index]
        table = stages["impute"] = impute.impute(table, **options).values
    if methodology.treat is not None:
        table = stages["treat"] = treat.treat(table, **methodology.treat).values
    if methodology.ward:
        stages["aggregate"] = ward.score(framework, table).frame()
        return stages
    if methodology.normalise is not None:
        directions = {n.code: n.direction or 1 for n in framework.indicators}
        table = stages["normalise"] = normalise.normalise(table, directions, **methodology.normalise)
    if methodology.aggregate is not None:
        stages["aggregate"] = aggregate.aggregate_levels(framework, table, **methodology.aggregate)
    return stages


@dataclass(frozen=True)
class Comparison:
    """Two versions of scores side by side.

    Attributes:
        table: rows `area`, `code`, `first`, `second`, `change`, `rank_first`, `rank_second`, `rank_change`.
        summary: one row a code: `areas`, `spearman`, `mean_rank_shift`, `largest_rank_shift`,
            `largest_change`.
        only_first, only_second: areas and codes that one version lacks.
    """

    table: pd.DataFrame
    summary: pd.DataFrame
    only_first: tuple[str, ...]
    only_second: tuple[str, ...]


def compare(first: pd.DataFrame, second: pd.DataFrame, codes: Sequence[str] | None = None) -> Comparison:
    """Compare two versions.

    Args:
        first: scores, one row an area, one column a node.
        second: the other version's.
        codes: nodes compared; all that both have by default.

    Returns:
        differences. Ranks are made from unrounded scores, 1 the best, over the areas that both have.
    """
    import pandas as pd

    areas = first.index.intersection(second.index)
    shared = [c for c in (codes or first.columns) if c in first.columns and c in second.columns]
    parts, rows = [], []
    for code in shared:
        a, b = first.loc[areas, code], second.loc[areas, code]
        both = a.notna() & b.notna()
        ranks = [v.where(both).rank(ascending=False, method="min") for v in (a, b)]
        part = pd.DataFrame(
            {
                "area": areas,
                "code": code,
                "first": a.to_numpy(),
                "second": b.to_numpy(),
                "change": (b - a).to_numpy(),
                "rank_first": ranks[0].to_numpy(),
                "rank_second": ranks[1].to_numpy(),
                "rank_change": (ranks[1] - ranks[0]).to_numpy(),
            }
        )
        parts.append(part)
        shift = part["rank_change"].abs()
        several = int(both.sum()) > 1 and a[both].nunique() > 1 and b[both].nunique() > 1
        rows.append(
            {
                "code": code,
                "areas": int(both.sum()),
                "spearman": float(stats.spearmanr(a[both], b[both])[0]) if several else np.nan,
                "mean_rank_shift": shift.mean(),
                "largest_rank_shift": shift.max(),
                "largest_change": part["change"].abs().max(),
            }
        )
    names = [(set(map(str, f.index)) | set(map(str, f.columns))) for f in (first, second)]
    columns = ["area", "code", "first", "second", "change", "rank_first", "rank_second", "rank_change"]
    return Comparison(
        pd.concat(parts, ignore_index=True) if parts else pd.DataFrame(columns=columns),
        pd.DataFrame(
            rows,
            columns=["code", "areas", "spearman", "mean_rank_shift", "largest_rank_shift", "largest_change"],
        ).set_index("code"),
        tuple(sorted(names[0] - names[1])),
        tuple(sorted(names[1] - names[0])),
    )
