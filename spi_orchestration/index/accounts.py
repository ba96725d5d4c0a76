"""Statements about the way from an earlier edition, and against others: bridge, progress, inequality, peers.

Belongs here: carrying the tables of a build into `explain.bridges`, `baseline.progress`, `inequality` and
`peers`, and their results into long tables with keys. Does not belong here: the mathematics (those
modules), or doubt, ranks and contributions (`statements.py`).

Tables taken besides those of `statements.py`, each left out where a build has none: `ind_area_value`;
`idx_previous_release`, `idx_previous_node` and `idx_previous_area`, what the release before said;
`idx_baseline` and `idx_baseline_score`; `idx_target`; `idx_population` and `idx_comparator`; `idx_peer`.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import TYPE_CHECKING, Any

import numpy as np

from spi_orchestration.index import baseline, explain, inequality, peers
from spi_orchestration.index.framework import Framework
from spi_orchestration.index.uncertainty import Intervals
from spi_orchestration.index.ward import Scores, score

if TYPE_CHECKING:
    import pandas as pd

__all__ = [
    "AccountError",
    "baseline_edition",
    "bridge",
    "compared_edition",
    "gaps",
    "peer_rows",
    "progress",
    "published",
]

LEGS = ("revision", "method and framework", "change in the data", "control")

#: How far a score made again from what was published may lie from the score that was published.
AGREEMENT = 1e-6


#: Fewest wards of which anything is said.
LEAST_WARDS = 3


class AccountError(ValueError):
    """What an earlier edition said does not fit together."""


def _present(tables: Mapping[str, pd.DataFrame], *names: str) -> bool:
    return all(name in tables and len(tables[name]) for name in names)


def _editions(tables: Mapping[str, pd.DataFrame]) -> set[int]:
    return {int(e) for e in tables["ind_edition"]["edition"].unique()}


def compared_edition(tables: Mapping[str, pd.DataFrame], edition: int) -> int | None:
    """The edition that a bridge comes from: that of the release before, else the edition before in the build.

    A release of an edition that the build does not restate (before its series begins) cannot be bridged.
    """
    there = {e for e in _editions(tables) if e < edition}
    if _present(tables, "idx_previous_release"):
        said = int(tables["idx_previous_release"]["edition"].iloc[0])
        if said in there:
            return said
    return max(there) if there else None


def baseline_edition(tables: Mapping[str, pd.DataFrame], edition: int) -> int | None:
    """The edition of the baseline, where one is named and the build restates it."""
    if not _present(tables, "idx_baseline"):
        return None
    named = int(tables["idx_baseline"]["edition"].iloc[0])
    return named if named in _editions(tables) and named < edition else None


def _values(tables: Mapping[str, pd.DataFrame], edition: int, column: str = "value") -> pd.DataFrame:
    rows = tables["ind_area_value"]
    rows = rows[rows["edition"] == edition]
    return rows.pivot(index="area_code", columns="indicator", values=column).astype(float)


def published(tables: Mapping[str, pd.DataFrame]) -> Scores:
    """The release before, scored again from its own values under its own method, as it was published.

    Args:
        tables: `idx_previous_release`, `idx_previous_node` and `idx_previous_area`.

    Raises:
        AccountError: that does not give the scores that were published.
    """
    release = tables["idx_previous_release"].iloc[0]
    nodes = tables["idx_previous_node"].sort_values(["level", "code"])
    framework = Framework.from_frame(
        nodes[["code", "level", "parent", "weight", "direction", "worst", "best", "scored"]],
        orders=tuple(float(release[f"{level}_order"]) for level in ("component", "dimension", "index")),
        coverage=float(release["coverage_threshold"]),
        minimum_children=int(release["minimum_indicators"]),
        version=str(release["method_version"]),
    )
    rows = tables["idx_previous_area"]
    level = {n.code: n.level for n in framework.nodes}
    rows = rows[rows["code"].isin(set(level))]
    below = rows[rows["code"].map(level) == 1]
    values = below.pivot(index="area_code", columns="code", values="value").astype(float).sort_index()
    made = score(framework, values)
    said = rows.pivot(index="area_code", columns="code", values="score").astype(float)
    said = said.reindex(index=list(made.areas), columns=list(framework.codes)).to_numpy()
    apart = np.abs(made.array - said)
    if (np.isnan(made.array) != np.isnan(said)).any() or np.nanmax(apart, initial=0.0) > AGREEMENT:
        raise AccountError(
            f"Release {release['release']} does not give its own scores again from its own values and method "
            f"(largest difference {np.nanmax(apart, initial=0.0):.2g}), so no bridge can start from it. "
            "Verify the release with `spi release verify`, or take it out of the releases folder."
        )
    return made


def bridge(
    tables: Mapping[str, pd.DataFrame],
    edition: int,
    framework: Framework,
    changes: pd.DataFrame,
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """The bridge from the edition compared with to this one, at every level.

    Args:
        tables: of the build.
        edition: this edition.
        framework: of the build.
        changes: `change.assess` from the edition compared with (`compared_edition`) to this one.

    Returns:
        parts and whole, as `explain.bridges`, with `from_edition` and `from_release` (null where nothing was
        published: the bridge then begins with the earlier edition restated and has neither revision nor
        method). The whole carries `low`, `high`, `weight_refreshed` and `verdict` of the change in the data.

        The third leg is the least change that the published classes of both editions allow; what the classes
        could explain by themselves is the fourth, `control`. It is 0 where nothing is suppressed or controlled.

    Raises:
        AccountError: the release before does not fit together.
    """
    start = compared_edition(tables, edition)
    if start is None:
        raise AccountError("There is no earlier edition to come from.")
    now, before = _values(tables, edition), _values(tables, start)
    codes = [n.code for n in framework.indicators]
    now, before = (t.reindex(columns=codes) for t in (now, before.reindex(index=now.index)))
    least = _least(tables, edition, start, now, before)
    states = [score(framework, before), score(framework, least), score(framework, now)]
    legs = list(LEGS[2:])
    release = None
    if _present(tables, "idx_previous_release"):
        row = tables["idx_previous_release"].iloc[0]
        if int(row["edition"]) == start:
            release = str(row["release"])
            said = published(tables)
            restated = before.reindex(columns=[n.code for n in said.framework.indicators])
            states = [said, score(said.framework, restated), *states]
            legs = list(LEGS)
    parts, whole = explain.bridges(states, legs)
    for leg in LEGS:
        if leg not in whole:
            whole[leg] = np.nan
    doubt = changes.set_index(["area", "code"])[["low", "high", "weight_refreshed", "verdict"]]
    whole = whole.join(doubt, on=["area", "code"]).rename(columns=_COLUMN)
    whole["verdict"] = whole["verdict"].fillna("not given")
    for table in (parts, whole):
        table.insert(0, "from_edition", start)
        table.insert(1, "from_release", release)
    return parts, whole


_COLUMN = {
    "revision": "revision",
    "method and framework": "method",
    "change in the data": "data",
    "control": "control",
}


def _least(
    tables: Mapping[str, pd.DataFrame], edition: int, start: int, now: pd.DataFrame, before: pd.DataFrame
) -> pd.DataFrame:
    """Values of now, drawn back towards those before as far as the published classes allow."""
    if "value_low" not in tables["ind_area_value"]:
        return now
    low, high, low0, high0 = (
        _values(tables, e, c).reindex(index=now.index, columns=now.columns).fillna(t).to_numpy()
        for e, t in ((edition, now), (start, before))
        for c in ("value_low", "value_high")
    )
    x, x0 = now.to_numpy(), before.to_numpy()
    with np.errstate(invalid="ignore"):
        rise = np.clip(low - high0, 0, None)
        fall = np.clip(low0 - high, 0, None)
        classed = (low < high) | (low0 < high0)
        moved = np.where(x >= x0, np.minimum(x0 + rise, x), np.maximum(x0 - fall, x))
    out = np.where(classed & ~np.isnan(moved), moved, x)
    return now.__class__(out, index=now.index, columns=now.columns)


def progress(tables: Mapping[str, pd.DataFrame], edition: int, changes: pd.DataFrame) -> pd.DataFrame:
    """Distance and progress of every area and node against the baseline.

    Args:
        tables: of the build.
        edition: this edition.
        changes: `change.assess` from the baseline's edition to this one.

    Returns:
        as `baseline.progress`, with `baseline_edition`.

    Raises:
        BaselineError: the locked scores are not those that were adopted.
    """
    row = tables["idx_baseline"].iloc[0]
    scores = tables.get("idx_baseline_score")
    locked = None
    if scores is not None and len(scores):
        locked = baseline.lock(
            str(row["name"]),
            str(int(row["edition"])),
            str(row["release"]),
            str(row["method_sha256"]),
            scores.rename(columns={"area_code": "area"})[["area", "code", "score"]],
        )
        if locked.digest != row["sha256"]:
            raise baseline.BaselineError(
                f"The scores of the baseline {row['baseline']} are not those that were adopted: digest "
                f"{locked.digest[:12]}, expected {str(row['sha256'])[:12]}."
            )
        if "present_code" in scores:
            # The lock keeps the codes of its day; the areas of now may have new ones.
            locked = locked.under(dict(zip(scores["area_code"], scores["present_code"], strict=True)))
    targets = []
    if _present(tables, "idx_target"):
        for target in tables["idx_target"].to_dict("records"):
            due = target["due"]
            targets.append(
                baseline.Target(
                    str(target["area_code"]),
                    str(target["code"]),
                    float(target["score"]),
                    due if isinstance(due, date) and not hasattr(due, "hour") else due.date(),
                    str(target["role"]),
                    str(target["source"]),
                )
            )
    table = baseline.progress(locked, changes, targets, everything=True)
    table.insert(0, "baseline_edition", int(row["edition"]))
    return table


def gaps(tables: Mapping[str, pd.DataFrame], edition: int, made: Intervals) -> pd.DataFrame:
    """Inequality between wards of every node.

    Args:
        tables: of the build, with `idx_population`; without `idx_comparator` wards are placed by the index.
        edition: this edition.
        made: draws of its scores.

    Returns:
        rows `code`, `level`, `placed_by` (`deprivation` or `index`), `wards`, `widest`, `fifths`, `ratio`, `slope`, `slope_low`, `slope_high` (95 %,
        from counts; aggregates alone).
    """
    import pandas as pd

    wards = list(made.samples.wards)
    people = _latest(tables["idx_population"], edition, "persons").reindex(wards).to_numpy(dtype=float)
    points = made.table.pivot(index="area", columns="code", values="score").reindex(index=wards)
    if _present(tables, "idx_comparator"):
        # More is better placed, as for scores.
        placed_by = "deprivation"
        order = _latest(tables["idx_comparator"], edition, "score").reindex(wards).to_numpy(dtype=float)
    else:
        placed_by = "index"
        order = points[made.samples.framework.root.code].to_numpy(dtype=float)
    rows = []
    for node in made.samples.framework.nodes:
        scores = (
            points[node.code].to_numpy(dtype=float) if node.code in points else np.full(len(wards), np.nan)
        )
        drawn = made.scores.get(node.code)
        row = {"code": node.code, "level": node.level, "placed_by": placed_by}
        drawn = None if drawn is None else drawn[:, : len(wards)]
        rows.append(row | _gap_row(scores, people, order, drawn))
    return pd.DataFrame(rows)


def _gap_row(
    scores: np.ndarray, people: np.ndarray, order: np.ndarray, drawn: np.ndarray | None
) -> dict[str, Any]:
    """The figures of one node; NaN where fewer than three wards can be compared."""
    keep = ~np.isnan(scores) & (np.nan_to_num(people) > 0)
    row: dict[str, Any] = {"wards": int(keep.sum())}
    row |= dict.fromkeys(("widest", "fifths", "ratio", "slope", "slope_low", "slope_high"), np.nan)
    if keep.sum() >= LEAST_WARDS:
        found = inequality.gap(scores[keep], people[keep])
        row |= {"widest": found.widest, "fifths": found.fifths, "ratio": found.ratio}
    placed = keep & ~np.isnan(order)
    if placed.sum() >= LEAST_WARDS and len(set(order[placed])) > 1:
        row["slope"] = float(inequality.slope_index(scores[placed], people[placed], order[placed]))
        if drawn is not None:
            slopes = inequality.slope_index(drawn[:, placed], people[placed], order[placed])
            row["slope_low"], row["slope_high"] = np.quantile(slopes, [0.025, 0.975])
    return row


def _latest(frame: pd.DataFrame, edition: int, column: str) -> pd.Series:
    """The newest year not after an edition, else the earliest there is, by ward."""
    years = sorted({int(y) for y in frame["reference_year"]})
    year = max((y for y in years if y <= edition), default=years[0])
    return frame[frame["reference_year"] == year].set_index("area_code")[column].astype(float)


def peer_rows(tables: Mapping[str, pd.DataFrame], made: Intervals) -> pd.DataFrame:
    """Strengths and weaknesses of wards against their peers, on scores.

    Args:
        tables: of the build; `idx_peer` says who the peers of a ward are.
        made: intervals of the edition, which give the standard errors.

    Returns:
        rows `area`, `code`, `level`, `value`, `median`, `deviation`, `peers`, `class` (median and average
        absolute deviation, and nothing within 1 point or 1.96 standard errors of the difference) and
        `class_sd` (median and one standard deviation).
    """
    table = made.table
    points = table.pivot(index="area", columns="code", values="score").astype(float)
    low, high = (
        table.pivot(index="area", columns="code", values=f"{e}_95").astype(float) for e in ("low", "high")
    )
    # Half of a 95 % interval is 1.96 standard errors; without a sampling model there is none to add.
    errors = ((high - low) / (2 * 1.959964)).fillna(0.0)
    named = {
        str(area): sorted(map(str, part["peer_code"]))
        for area, part in tables["idx_peer"].groupby("area_code", sort=True)
        if area in points.index
    }
    out = peers.scorecard(points, named, "aad", standard_errors=errors)
    other = peers.scorecard(points, named, "sd", neutral=0.0)
    level = {n.code: n.level for n in made.samples.framework.nodes}
    out.insert(2, "level", out["code"].map(level))
    return out.assign(class_sd=other["class"].to_numpy())
