"""Every statement about one edition, made from the tables of a build.

Belongs here: carrying the tables of indicators and control into the engine's types, and its results into
long tables with keys. Does not belong here: the mathematics (the other modules), reading or writing a build
(dbt Python models call `statements` and hand over frames), and anything that a SQL model does.

Tables taken, by model name: `ind_indicator`, `ind_edition`, `ctl_ward_year`, `geo_area_ward`, `component`,
`dimension`, and `method` with the one row of the profile; and what `accounts.py` names.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from spi_orchestration.index import (
    accounts,
    admission,
    change,
    explain,
    ranks,
    sensitivity,
    shrinkage,
    weights,
)
from spi_orchestration.index.framework import Framework, Node
from spi_orchestration.index.uncertainty import Counts, Intervals, Samples, propagate, widen
from spi_orchestration.index.ward import Scores, score_array

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["DECIMALS", "limits", "samples_of", "statement_rows", "statements"]

#: Decimals that statements are rounded to, so that the last digits of a processor do not show.
DECIMALS = 6

#: Decimals of statements whose parts add up to a whole.
EXACT = {"bridge": 11, "bridge_score": 11}

#: What rows of a statement are sorted by.
KEYS = ("area", "code", "indicator", "other", "factor", "leg", "part")

DRAWS = 10_000
SEED = 2026
#: Draws for the editions before the newest: their intervals draw trends and carry no ranking of today.
EARLIER_DRAWS = 2_000


@dataclass(frozen=True)
class Cube:
    """Numerators and denominators of wards by indicator and year, taken from `ctl_ward_year` once.

    Attributes:
        indicators: code -> position.
        years: in order.
        wards: in order.
        columns: `numerator`, `numerator_low`, `numerator_high` and `denominator`, each of shape (indicators,
            years, wards); NaN where nothing is known.
    """

    indicators: Mapping[str, int]
    years: tuple[int, ...]
    wards: tuple[str, ...]
    columns: Mapping[str, np.ndarray]

    @classmethod
    def of(cls, tables: Mapping[str, pd.DataFrame]) -> Cube:
        """Take the tables of a build."""
        member = tables["geo_area_ward"]
        wards = tuple(sorted(member.loc[member["area_code"] == member["ward_code"], "ward_code"]))
        rows = tables["ctl_ward_year"]
        rows = rows[rows["ward_code"].isin(wards)]
        indicators = {str(c): i for i, c in enumerate(sorted(set(rows["indicator"])))}
        years = tuple(sorted({int(y) for y in rows["reference_year"]}))
        at = (
            rows["indicator"].map(indicators).to_numpy(),
            np.searchsorted(np.array(years), rows["reference_year"].to_numpy(dtype=int)),
            np.searchsorted(np.array(wards, dtype=object), rows["ward_code"].to_numpy(dtype=object)),
        )
        columns = {}
        for name in ("numerator", "numerator_low", "numerator_high", "denominator"):
            table = np.full((len(indicators), len(years), len(wards)), np.nan)
            table[at] = rows[name].to_numpy(dtype=float)
            columns[name] = table
        return cls(indicators, years, wards, columns)


def samples_of(
    tables: Mapping[str, pd.DataFrame],
    edition: int,
    framework: Framework | None = None,
    numerator: str = "numerator",
    standard_errors: Mapping[str, Mapping[str, float]] | None = None,
    cube: Cube | None = None,
) -> Samples:
    """What one edition rests on, by ward.

    Args:
        tables: of the build.
        edition: whose windows are used.
        framework: of the build by default.
        numerator: column of `ctl_ward_year`: `numerator`, `numerator_low` or `numerator_high`.
        standard_errors: indicator -> ward -> standard error of the value before the multiplier, for means,
            medians and standardised rates; without them these are not estimated.
        cube: of the tables, where it is there already.

    Returns:
        samples. Years are the parts of a window, so that editions whose windows overlap share draws.
    """
    method = framework or Framework.from_tables(tables)
    cube = cube or Cube.of(tables)
    member = tables["geo_area_ward"]
    areas = {
        str(area): tuple(sorted(part["ward_code"]))
        for area, part in member[~member["area_code"].isin(cube.wards)].groupby("area_code", sort=True)
    }
    windows = tables["ind_edition"]
    windows = windows[(windows["edition"] == edition) & windows["last_year"].notna()]
    years = np.array(cube.years)
    counts = {}
    for code, first, last in zip(
        windows["indicator"], windows["first_year"].astype(int), windows["last_year"].astype(int), strict=True
    ):
        if code not in cube.indicators or code not in method.position:
            continue
        used = np.flatnonzero((years >= first) & (years <= last))
        x, n = (cube.columns[c][cube.indicators[code], used] for c in (numerator, "denominator"))
        # A ward and year without a numerator lends no denominator either.
        n = np.where(np.isnan(x), np.nan, n)
        known = ~np.isnan(x).all(axis=1)
        if not known.any():
            continue
        errors = (standard_errors or {}).get(str(code))
        counts[str(code)] = _counts(
            {str(cube.years[y]): (x[i], n[i]) for i, y in enumerate(used) if known[i]},
            cube.wards,
            method.node(str(code)),
            f"{first}-{last}",
            errors,
        )
    return Samples(method, cube.wards, dict(sorted(counts.items())), areas, str(edition))


def _counts(
    parts: Mapping[str, tuple[np.ndarray, np.ndarray]],
    wards: tuple[str, ...],
    node: Node,
    window: str,
    errors: Mapping[str, float] | None,
) -> Counts:
    error = None if errors is None else np.array([errors.get(w, np.nan) for w in wards])
    return Counts(
        _sum([x for x, _ in parts.values()]),
        _sum([n for _, n in parts.values()]),
        node.estimator,
        node.multiplier,
        node.dispersion,
        error,
        window,
        dict(parts) if len(parts) > 1 else {},
    )


def _sum(years: Sequence[np.ndarray]) -> np.ndarray:
    """Sum over years, in their order, of what is known; NaN where nothing is."""
    table = np.array(years)
    return np.where(np.isnan(table).all(axis=0), np.nan, np.nansum(table, axis=0))


def limits(
    tables: Mapping[str, pd.DataFrame],
    edition: int,
    framework: Framework | None = None,
    cube: Cube | None = None,
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Smallest and largest value that the published or suppressed cells can stand for, by area and indicator."""
    low, high = (
        samples_of(tables, edition, framework, c, cube=cube).values()
        for c in ("numerator_low", "numerator_high")
    )
    return low, high


def statements(
    tables: Mapping[str, pd.DataFrame],
    edition: int,
    draws: int = DRAWS,
    seed: int = SEED,
    sensitivity_samples: int = 128,
    whole: bool = True,
    cube: Cube | None = None,
) -> dict[str, pd.DataFrame]:
    """Every statement about one edition.

    Args:
        tables: of the build.
        edition: the edition; the one before it, where the build has it, gives the change.
        draws: number of draws.
        seed: of all draws.
        sensitivity_samples: base sample of the Sobol indices; 0 leaves method alternatives out.
        whole: also what is said of the newest edition alone: bridge, progress, peers.
        cube: of the tables, where it is there already.

    Returns:
        long frames, sorted, rounded to `DECIMALS` (bridges to more, so that they stay exact), each with
        `edition`: `interval`, `rank`, `below`, `change`, `contribution`, `point`, `influence`, `admission`,
        `best_estimate`, `method_rank`, `method_index`, and where the tables hold what they need (see
        `accounts.py`) `bridge`, `bridge_score`, `progress`, `inequality`, `peer`.
    """
    import pandas as pd

    framework = Framework.from_tables(tables)
    cube = cube or Cube.of(tables)
    samples = samples_of(tables, edition, framework, cube=cube)
    since = _since(tables, edition, whole)
    befores = {e: samples_of(tables, e, framework, cube=cube) for e in since}
    watch = change.Watch(befores, samples, draws, seed)
    made = propagate(samples, draws, seed, watch=watch.see if befores else None)
    changes = watch.finish(made) if befores else {}
    for year, table in changes.items():
        changes[year] = _widened(tables, framework, cube, table, (befores[year], samples))
    values = samples.values()
    scores = score_array(framework, values.to_numpy(), samples.names)
    wards = len(samples.wards)
    out = {"interval": _intervals(tables, edition, framework, made, values, cube)}
    out["rank"], out["below"] = _ranks(made, wards)
    if edition - 1 in changes:
        out["change"] = changes[edition - 1]
    out["contribution"], out["point"] = _explained(scores)
    own = score_array(framework, values.to_numpy()[:wards], samples.wards)
    out["influence"] = admission.influence(own).reset_index()
    out["admission"] = admission.admission(samples).reset_index()
    out["best_estimate"] = _best(samples)
    if sensitivity_samples:
        out["method_rank"], out["method_index"] = _method(framework, own, sensitivity_samples, seed)
    if len(tables.get("idx_population", ())):
        out["inequality"] = accounts.gaps(tables, edition, made)
    if whole:
        out |= _accounts(tables, edition, framework, made, changes)
    done = {}
    for name, frame in out.items():
        table = frame.copy()
        numbers = table.select_dtypes("float").columns
        # Adding zero turns a negative zero into zero, so that it does not show as -0.0.
        table[numbers] = table[numbers].round(EXACT.get(name, DECIMALS)) + 0.0
        table.insert(0, "edition", edition)
        keys = [c for c in KEYS if c in table.columns]
        done[name] = table.sort_values(keys, ignore_index=True) if keys else table
    assert all(isinstance(f, pd.DataFrame) for f in done.values())
    return done


def _since(tables: Mapping[str, pd.DataFrame], edition: int, whole: bool) -> tuple[int, ...]:
    """The earlier editions that changes are told from."""
    there = {int(e) for e in tables["ind_edition"]["edition"].unique()}
    wanted: set[int | None] = {edition - 1}
    if whole:
        wanted |= {accounts.baseline_edition(tables, edition)}
        if "ind_area_value" in tables:
            wanted |= {accounts.compared_edition(tables, edition)}
    return tuple(sorted(e for e in wanted if e is not None and e in there))


def _widened(
    tables: Mapping[str, pd.DataFrame],
    framework: Framework,
    cube: Cube,
    table: pd.DataFrame,
    sides: tuple[Samples, Samples],
) -> pd.DataFrame:
    """Changes, moved out where cells of either edition are suppressed or controlled."""
    pairs, exact = [], True
    for side in sides:
        values = side.values()
        low, high = limits(tables, int(side.edition), framework, cube)
        pairs.append((low.fillna(values), high.fillna(values)))
        exact = exact and all(f.equals(values) for f in pairs[-1])
    return table if exact else change.widen(table, framework, *pairs)


def _accounts(
    tables: Mapping[str, pd.DataFrame],
    edition: int,
    framework: Framework,
    made: Intervals,
    changes: Mapping[Any, pd.DataFrame],
) -> dict[str, pd.DataFrame]:
    """What is said of the newest edition alone, from what the tables hold."""
    out = {}
    start = accounts.compared_edition(tables, edition)
    if "ind_area_value" in tables and start in changes:
        out["bridge"], out["bridge_score"] = accounts.bridge(tables, edition, framework, changes[start])
    base = accounts.baseline_edition(tables, edition)
    if base is not None:
        out["progress"] = accounts.progress(tables, edition, changes[base])
    if len(tables.get("idx_peer", ())):
        out["peer"] = accounts.peer_rows(tables, made)
    return out


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
    import pandas as pd

    # A database hands rows over in any order; draws and alternatives must not depend on it.
    tables = {
        name: frame.sort_values(list(frame.columns), ignore_index=True) for name, frame in tables.items()
    }
    parts = []
    cube = Cube.of(tables)
    for year in sorted({int(e) for e in tables["ind_edition"]["edition"] if e <= edition}):
        newest = year == edition
        made = statements(
            tables,
            year,
            draws=DRAWS if newest else EARLIER_DRAWS,
            sensitivity_samples=128 if newest else 0,
            whole=newest,
            cube=cube,
        )
        for name, frame in sorted(made.items()):
            # One call of pandas' fast writer; columns in order, one row a line.
            table = frame.drop(columns="edition").sort_index(axis="columns")
            text = table.to_json(orient="records", lines=True, double_precision=15, date_format="iso")
            content = text.splitlines()
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
    cube: Cube,
) -> pd.DataFrame:
    """Intervals, moved out where cells are suppressed or controlled; and the weight of modelled values."""
    low, high = limits(tables, edition, framework, cube)
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
