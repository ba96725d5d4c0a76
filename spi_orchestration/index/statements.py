"""Every statement about one edition, made from the tables of a build.

Belongs here: carrying the tables of indicators and control into the engine's types, and its results into
long tables with keys. Does not belong here: the mathematics (the other modules), reading or writing a build
(dbt Python models call `statements` and hand over frames), and anything that a SQL model does.

Tables taken, by model name: `ind_indicator`, `ind_edition`, `ctl_ward_year`, `geo_area_ward`, `component`,
`dimension`, and `method` with the one row of the profile.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np

from spi_orchestration.index import admission, change, explain, ranks, sensitivity, shrinkage, weights
from spi_orchestration.index.framework import Framework
from spi_orchestration.index.uncertainty import Counts, Intervals, Samples, propagate, widen
from spi_orchestration.index.ward import Scores, score_array

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["DECIMALS", "limits", "samples_of", "statement_rows", "statements"]

#: Decimals that statements are rounded to, so that the last digits of a processor do not show.
DECIMALS = 6

DRAWS = 10_000
SEED = 2026
#: Draws for the editions before the newest: their intervals draw trends and carry no ranking of today.
EARLIER_DRAWS = 2_000


def samples_of(
    tables: Mapping[str, pd.DataFrame],
    edition: int,
    framework: Framework | None = None,
    numerator: str = "numerator",
    standard_errors: Mapping[str, Mapping[str, float]] | None = None,
) -> Samples:
    """What one edition rests on, by ward.

    Args:
        tables: of the build.
        edition: whose windows are used.
        framework: of the build by default.
        numerator: column of `ctl_ward_year`: `numerator`, `numerator_low` or `numerator_high`.
        standard_errors: indicator -> ward -> standard error of the value before the multiplier, for means,
            medians and standardised rates; without them these are not estimated.

    Returns:
        samples. Years are the parts of a window, so that editions whose windows overlap share draws.
    """
    method = framework or Framework.from_tables(tables)
    member = tables["geo_area_ward"]
    wards = tuple(sorted(member.loc[member["area_code"] == member["ward_code"], "ward_code"]))
    areas = {
        str(area): tuple(sorted(part["ward_code"]))
        for area, part in member[~member["area_code"].isin(wards)].groupby("area_code", sort=True)
    }
    windows = tables["ind_edition"]
    windows = windows[(windows["edition"] == edition) & windows["last_year"].notna()].set_index("indicator")
    values = tables["ctl_ward_year"]
    # A ward and year without a numerator lends no denominator either.
    values = values[values[numerator].notna()]
    counts = {}
    for code, part in values.groupby("indicator", sort=True):
        if code not in windows.index or code not in method.position:
            continue
        first, last = int(windows.loc[code, "first_year"]), int(windows.loc[code, "last_year"])
        used = part[part["reference_year"].between(first, last)]
        if used.empty:
            continue
        node = method.node(str(code))
        counts[str(code)] = _counts(
            used, wards, node, numerator, f"{first}-{last}", (standard_errors or {}).get(str(code))
        )
    return Samples(method, wards, counts, areas, str(edition))


def _counts(
    used: pd.DataFrame,
    wards: tuple[str, ...],
    node: Any,
    numerator: str,
    window: str,
    errors: Mapping[str, float] | None,
) -> Counts:
    tables = [
        used.pivot(index="reference_year", columns="ward_code", values=column)
        .reindex(columns=list(wards))
        .astype(float)
        for column in (numerator, "denominator")
    ]
    x, n = tables
    parts = {str(int(year)): (x.loc[year].to_numpy(), n.loc[year].to_numpy()) for year in x.index}
    error = None if errors is None else np.array([errors.get(w, np.nan) for w in wards])
    return Counts(
        x.sum(axis=0, min_count=1).to_numpy(),
        n.sum(axis=0, min_count=1).to_numpy(),
        node.estimator,
        node.multiplier,
        node.dispersion,
        error,
        window,
        parts if len(parts) > 1 else {},
    )


def limits(
    tables: Mapping[str, pd.DataFrame], edition: int, framework: Framework | None = None
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Smallest and largest value that the published or suppressed cells can stand for, by area and indicator."""
    low, high = (
        samples_of(tables, edition, framework, c).values() for c in ("numerator_low", "numerator_high")
    )
    return low, high


def statements(
    tables: Mapping[str, pd.DataFrame],
    edition: int,
    draws: int = DRAWS,
    seed: int = SEED,
    sensitivity_samples: int = 128,
) -> dict[str, pd.DataFrame]:
    """Every statement about one edition.

    Args:
        tables: of the build.
        edition: the edition; the one before it, where the build has it, gives the change.
        draws: number of draws.
        seed: of all draws.
        sensitivity_samples: base sample of the Sobol indices; 0 leaves method alternatives out.

    Returns:
        long frames, sorted, rounded to `DECIMALS`, each with `edition`: `interval`, `rank`, `below`, `change`,
        `contribution`, `point`, `influence`, `admission`, `best_estimate`, `method_rank`, `method_index`.
    """
    import pandas as pd

    framework = Framework.from_tables(tables)
    samples = samples_of(tables, edition, framework)
    made = propagate(samples, draws, seed)
    values = samples.values()
    scores = score_array(framework, values.to_numpy(), samples.names)
    wards = len(samples.wards)
    out = {"interval": _intervals(tables, edition, framework, made, values)}
    out["rank"], out["below"] = _ranks(made, wards)
    editions = tables["ind_edition"]["edition"]
    if (editions == edition - 1).any():
        before = samples_of(tables, edition - 1, framework)
        out["change"] = change.assess(before, samples, draws, seed)
    out["contribution"], out["point"] = _explained(scores)
    own = score_array(framework, values.to_numpy()[:wards], samples.wards)
    out["influence"] = admission.influence(own).reset_index()
    out["admission"] = admission.admission(samples).reset_index()
    out["best_estimate"] = _best(samples)
    if sensitivity_samples:
        out["method_rank"], out["method_index"] = _method(framework, own, sensitivity_samples, seed)
    done = {}
    for name, frame in out.items():
        table = frame.copy()
        numbers = table.select_dtypes("float").columns
        # Adding zero turns a negative zero into zero, so that it does not show as -0.0.
        table[numbers] = table[numbers].round(DECIMALS) + 0.0
        table.insert(0, "edition", edition)
        keys = [c for c in ("area", "code", "indicator", "other", "factor") if c in table.columns]
        done[name] = table.sort_values(keys, ignore_index=True) if keys else table
    assert all(isinstance(f, pd.DataFrame) for f in done.values())
    return done


def statement_rows(tables: Mapping[str, pd.DataFrame], edition: int) -> pd.DataFrame:
    """Every statement about every edition of a build, as one table that a SQL model takes apart.

    Args:
        tables: of the build.
        edition: the newest edition; those before it are drawn with fewer draws and without alternatives of
            method.

    Returns:
        one row a statement: `statement` (name of the frame), `edition`, `position` in the frame, and
        `content`, the row as JSON with sorted keys; missing numbers are null.
    """
    import json

    import pandas as pd

    # A database hands rows over in any order; draws and alternatives must not depend on it.
    tables = {
        name: frame.sort_values(list(frame.columns), ignore_index=True) for name, frame in tables.items()
    }
    parts = []
    for year in sorted({int(e) for e in tables["ind_edition"]["edition"] if e <= edition}):
        newest = year == edition
        made = statements(
            tables,
            year,
            draws=DRAWS if newest else EARLIER_DRAWS,
            sensitivity_samples=128 if newest else 0,
        )
        for name, frame in sorted(made.items()):
            text = frame.drop(columns="edition").to_json(orient="records", double_precision=15)
            content = [json.dumps(row, sort_keys=True) for row in json.loads(text)]
            parts.append(
                pd.DataFrame(
                    {"statement": name, "edition": year, "position": range(len(content)), "content": content}
                )
            )
    return pd.concat(parts, ignore_index=True)


def _intervals(
    tables: Mapping[str, pd.DataFrame],
    edition: int,
    framework: Framework,
    made: Intervals,
    values: pd.DataFrame,
) -> pd.DataFrame:
    """Intervals, moved out where cells are suppressed or controlled; and the weight of modelled values."""
    low, high = limits(tables, edition, framework)
    low, high = low.fillna(values), high.fillna(values)
    exact = low.equals(values) and high.equals(values)
    table = made.table if exact else widen(made.table, framework, low, high)
    return table.assign(weight_modelled=table["code"].map(framework.share_of(framework.modelled)))


def _ranks(made: Intervals, wards: int) -> tuple[pd.DataFrame, pd.DataFrame]:
    import pandas as pd

    names = made.samples.wards
    points = made.table.pivot(index="area", columns="code", values="score")
    tables, pairs = [], []
    for code, drawn in made.scores.items():
        point = points.loc[list(names), code].to_numpy(dtype=float)
        if np.isfinite(point).sum() < 2:
            continue
        found = ranks.rank_sets(drawn[:, :wards], point, names)
        tables.append(found.frame().assign(code=code))
        size = len(found.areas)
        pairs.append(
            pd.DataFrame(
                {
                    "area": np.repeat(np.array(found.areas, dtype=object), size),
                    "other": list(found.areas) * size,
                    "code": code,
                    "probability_below": found.below.ravel(),
                }
            )
        )
    if not tables:
        return pd.DataFrame(columns=["area", "code"]), pd.DataFrame(columns=["area", "other", "code"])
    both = pd.concat(pairs, ignore_index=True)
    return pd.concat(tables, ignore_index=True), both[both["area"] != both["other"]]


def _explained(scores: Scores) -> tuple[pd.DataFrame, pd.DataFrame]:
    import pandas as pd

    framework = scores.framework
    areas, count = scores.raw.shape
    to_index = explain.contributions(scores)
    to_component = np.full_like(to_index, np.nan)
    for component in framework.level(2):
        below = [framework.position[c.code] for c in framework.children(component.code)]
        if below:
            to_component[:, below] = explain.contributions(scores, component.code)[:, below]
    label = np.array(scores.areas, dtype=object)
    nodes = len(framework.codes)
    contribution = pd.DataFrame(
        {
            "area": np.repeat(label, nodes),
            "code": list(framework.codes) * areas,
            "score": scores.array.ravel(),
            "effective_weight": scores.effective.ravel(),
            "points_of_index": to_index.ravel(),
            "points_of_component": to_component.ravel(),
        }
    )
    per_unit, words = explain.points_per_unit(scores)
    point = pd.DataFrame(
        {
            "area": np.repeat(label, count),
            "indicator": [n.code for n in framework.indicators] * areas,
            "points_lost": explain.points_lost(scores).ravel(),
            "points_per_unit": per_unit.ravel(),
            "note": words.ravel(),
        }
    )
    return contribution, point


def _best(samples: Samples) -> pd.DataFrame:
    import pandas as pd

    parts = []
    for code, counts in samples.counts.items():
        best = shrinkage.shrink(counts)
        parts.append(
            pd.DataFrame(
                {
                    "area": samples.wards,
                    "indicator": code,
                    "value": counts.value,
                    "best_estimate": best.value,
                    "weight": best.weight,
                    "low_95": best.low,
                    "high_95": best.high,
                }
            )
        )
    return pd.concat(parts, ignore_index=True) if parts else pd.DataFrame(columns=["area", "indicator"])


def _method(
    framework: Framework, scores: Scores, samples: int, seed: int
) -> tuple[pd.DataFrame, pd.DataFrame]:
    import pandas as pd

    keep = ~np.isnan(scores.index)
    if keep.sum() < 3:
        return pd.DataFrame(columns=["area"]), pd.DataFrame(columns=["factor"])
    sets = {
        f"weights perturbed {k + 1}": w
        for k, w in enumerate(weights.noisy_weights(framework, {1: 0.25, 2: 0.25, 3: 0.25}, 7, seed))
    }
    span = framework.best - framework.worst
    bounds = {
        "bounds a tenth wider": (framework.worst - 0.05 * span, framework.best + 0.05 * span),
        "bounds a tenth narrower": (framework.worst + 0.05 * span, framework.best - 0.05 * span),
    }
    orders = [p for p in (1.0, 0.5, 0.0) if set(framework.orders) != {p}]
    areas = [a for a, k in zip(scores.areas, keep, strict=True) if k]
    found = sensitivity.run(
        framework, scores.values[keep], areas, sets, orders, bounds, samples=samples, seed=seed
    )
    table = pd.DataFrame(
        {
            "area": found.areas,
            "rank": found.nominal,
            "lowest": found.lowest,
            "highest": found.highest,
            "middle_low": found.middle[:, 0],
            "middle_high": found.middle[:, 1],
        }
    )
    return table, found.sobol.frame().assign(verdict=found.sobol.verdict)
