"""One release, read for show.

Belongs here: reading the public tables of a draft or release into plain Python, looked up by edition, area
and item. Does not belong here: figures that the tables do not hold, and how anything is shown.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

from spi_orchestration.release.files import ReleaseError, read_json
from spi_orchestration.release.manifest import read_manifest
from spi_orchestration.release.publish import RELEASE, release_id_of

__all__ = ["Area", "ReleaseTables", "read_release"]

Row = dict[str, Any]

#: Tables without which there is no site, and those that are shown where the release holds them.
NEEDED = (
    "dim_area",
    "dim_component",
    "dim_dataset",
    "dim_dimension",
    "dim_edition",
    "dim_indicator",
    "fct_component_score",
    "fct_dataset_status",
    "fct_dimension_score",
    "fct_index_score",
    "fct_indicator_value",
)
WANTED = (
    "dim_assumption",
    "dim_baseline",
    "dim_peer",
    "dim_policy_event",
    "dim_postcode",
    "dim_target",
    "dim_ward",
    "dim_ward_boundary",
    "fct_bridge",
    "fct_bridge_score",
    "fct_change",
    "fct_comparison",
    "fct_coverage",
    "fct_data_quality",
    "fct_decision",
    "fct_england",
    "fct_inequality",
    "fct_interval",
    "fct_method_choice",
    "fct_method_rank",
    "fct_peer",
    "fct_policy_event",
    "fct_probability_below",
    "fct_progress",
    "fct_rank_set",
    "fct_series_break",
    "fct_unallocated",
    "fct_variant_score",
)


#: Levels as the tables of statements number them.
LEVELS = {1: "indicator", 2: "component", 3: "dimension", 4: "index"}


#: Verdicts of `fct_change` that rest on its interval; any other (not updated, modelled) calls no change.
CALLED = frozenset({"better", "worse", "no change beyond doubt", "progress", "falling back", "target met"})


@dataclass(frozen=True)
class Area:
    """A ward, a named group of wards, or the district."""

    code: str
    name: str
    type: str
    position: int
    wards: tuple[str, ...]


class ReleaseTables:
    """The public tables of one release.

    Attributes:
        folder: draft or release.
        manifest: its manifest.
        record: its release record; None for a draft.
        tables: rows by table name; absent tables are empty.
    """

    def __init__(self, folder: Path, manifest: Row, record: Row | None, tables: dict[str, list[Row]]) -> None:
        self.folder = folder
        self.manifest = manifest
        self.record = record
        self.tables = tables

    # --- what it is -------------------------------------------------------------------------------

    @property
    def id(self) -> str:
        """`2026.1`; for a draft the id it would have as a first release, with `-draft`."""
        if self.record:
            return str(self.record["id"])
        return release_id_of(self.manifest["profile"], self.manifest["edition"], 1) + "-draft"

    @property
    def edition(self) -> int:
        """Edition of the release."""
        return int(self.manifest["edition"])

    @property
    def synthetic(self) -> bool:
        """Whether the data are made up."""
        return bool(self.manifest["synthetic"])

    @property
    def profile(self) -> str:
        """Full or open."""
        return str(self.manifest["profile"])

    @cached_property
    def editions(self) -> list[int]:
        """Editions of the series for which index scores are published, oldest first."""
        return sorted({int(row["edition"]) for row in self.tables["fct_index_score"]})

    @property
    def baseline(self) -> int:
        """Edition of the baseline that is adopted, else the first of the series."""
        adopted = [row["edition"] for row in self.tables["dim_baseline"]]
        known = [edition for edition in adopted if edition in self.editions and edition < self.edition]
        return int(known[0]) if known else self.editions[0]

    # --- what it describes ------------------------------------------------------------------------

    @cached_property
    def areas(self) -> dict[str, Area]:
        """Wards by position, then groups, then the district."""
        order = {"ward": 0, "group": 1, "district": 2}
        rows = sorted(
            self.tables["dim_area"], key=lambda r: (order[r["area_type"]], r["position"], r["area_code"])
        )
        return {
            r["area_code"]: Area(
                r["area_code"],
                r["area_name"],
                r["area_type"],
                int(r["position"]),
                tuple(r["ward_codes"].split()),
            )
            for r in rows
        }

    def _of_type(self, kind: str) -> list[Area]:
        return [area for area in self.areas.values() if area.type == kind]

    @cached_property
    def wards(self) -> list[Area]:
        """Wards in the order of the release."""
        return self._of_type("ward")

    @cached_property
    def groups(self) -> list[Area]:
        """Named groups of wards."""
        return self._of_type("group")

    @cached_property
    def district(self) -> Area:
        """The district."""
        found = self._of_type("district")
        if len(found) != 1:
            raise ReleaseError(f"{self.folder.name}: dim_area holds {len(found)} districts; expected 1")
        return found[0]

    @cached_property
    def dimensions(self) -> list[Row]:
        """Dimensions in order."""
        return sorted(self.tables["dim_dimension"], key=lambda r: r["position"])

    @cached_property
    def components(self) -> list[Row]:
        """Components in order."""
        return sorted(self.tables["dim_component"], key=lambda r: r["position"])

    @cached_property
    def indicators(self) -> list[Row]:
        """Indicators in the order of their components, then by name."""
        order = {row["component"]: row["position"] for row in self.components}
        return sorted(
            self.tables["dim_indicator"], key=lambda r: (order[r["component"]], r["name"], r["indicator"])
        )

    @cached_property
    def datasets(self) -> dict[str, Row]:
        """Datasets by id."""
        return {row["dataset"]: row for row in sorted(self.tables["dim_dataset"], key=lambda r: r["dataset"])}

    @cached_property
    def titles(self) -> dict[str, str]:
        """Titles of all datasets by id, also of those that no indicator rests on."""
        named = {
            r["item"]: r["name"]
            for r in self.tables["fct_coverage"]
            if r["item_type"] in {"dataset", "reference"} and r["name"]
        }
        return named | {code: row["title"] for code, row in self.datasets.items()}

    # --- figures ----------------------------------------------------------------------------------

    @cached_property
    def _values(self) -> dict[tuple[int, str, str], Row]:
        return {(r["edition"], r["area_code"], r["indicator"]): r for r in self.tables["fct_indicator_value"]}

    @cached_property
    def _scores(self) -> dict[tuple[str, str, int, str], Row]:
        found: dict[tuple[str, str, int, str], Row] = {}
        for level, table in (
            ("component", "fct_component_score"),
            ("dimension", "fct_dimension_score"),
            ("index", "fct_index_score"),
        ):
            for row in self.tables[table]:
                code = "index" if level == "index" else row[level]
                found[level, code, row["edition"], row["area_code"]] = row
        return found

    @cached_property
    def _intervals(self) -> dict[tuple[str, str, int, str], Row]:
        found: dict[tuple[str, str, int, str], Row] = {}
        for row in self.tables["fct_interval"]:
            # Where no doubt was estimated the table holds the figure twice. That is no interval.
            if row.get("doubt") == "not estimated":
                continue
            level = LEVELS[int(row["level"])]
            prefix = "value_" if level == "indicator" else ""
            low, high = row[f"{prefix}low_95"], row[f"{prefix}high_95"]
            if low is not None and high is not None:
                key = (level, row["code"], row["edition"], row["area_code"])
                found[key] = {"lower_95": low, "upper_95": high, "estimated": row.get("weight_estimated")}
        return found

    @cached_property
    def _ranks(self) -> dict[tuple[int, str], Row]:
        return {
            (r["edition"], r["area_code"]): {**r, "group_id": r["rank_group"]}
            for r in self.tables["fct_rank_set"]
            if r["code"] == "index"
        }

    @cached_property
    def _changes(self) -> dict[tuple[str, str, int, str], Row]:
        """Changes to an edition from the baseline; others are not shown as such."""
        found: dict[tuple[str, str, int, str], Row] = {}
        levels = {row["dimension"]: "dimension" for row in self.dimensions} | {"index": "index"}
        levels |= {row["component"]: "component" for row in self.components}
        for row in self.tables["fct_progress"]:
            if row["code"] in levels and row["baseline_edition"] == self.baseline:
                called = row["verdict"] in CALLED
                found[levels[row["code"]], row["code"], row["edition"], row["area_code"]] = {
                    **row,
                    "lower_95": row["low"] if called else None,
                    "upper_95": row["high"] if called else None,
                }
        if found:
            return found
        for row in self.tables["fct_change"]:
            level, code = LEVELS[int(row["level"])], row["code"]
            if level == "indicator" or row["before"] is None:
                continue
            first = self.score(level, code, self.baseline, row["area_code"])
            # The table says the score before, not its edition: only the baseline's is a change since it.
            if first and first["score"] is not None and abs(first["score"] - row["before"]) < 1e-4:
                found[level, code, row["edition"], row["area_code"]] = {
                    **row,
                    "lower_95": row["low"] if row["verdict"] in CALLED else None,
                    "upper_95": row["high"] if row["verdict"] in CALLED else None,
                }
        return found

    def value(self, edition: int, area: str, indicator: str) -> Row | None:
        """Row of an indicator's value."""
        return self._values.get((edition, area, indicator))

    def score(self, level: str, code: str, edition: int, area: str) -> Row | None:
        """Row of a score; level is component, dimension or index (whose code is `index`)."""
        return self._scores.get((level, code, edition, area))

    def interval(self, level: str, code: str, edition: int, area: str) -> Row | None:
        """Row of an interval, also for level `indicator`; None where none is published."""
        row = self._intervals.get((level, code, edition, area))
        return row if row and row.get("lower_95") is not None and row.get("upper_95") is not None else None

    def rank(self, edition: int, area: str) -> Row | None:
        """Row of the rank set of a ward; None where none is published."""
        row = self._ranks.get((edition, area))
        return row if row and row.get("rank_low") is not None and row.get("rank_high") is not None else None

    def letters(self, area: str) -> str:
        """Letters of a ward's index score: wards that share one cannot be told apart; empty where not published."""
        return str((self.rank(self.edition, area) or {}).get("group_id") or "")

    @cached_property
    def below(self) -> dict[tuple[str, str], float]:
        """Probability that the index score of one ward lies below another's, by the two, of this edition."""
        return {
            (r["area_code"], r["other_area_code"]): r["probability_below"]
            for r in self.tables["fct_probability_below"]
            if r["edition"] == self.edition and r["code"] == "index"
        }

    def change(self, level: str, code: str, edition: int, area: str) -> Row | None:
        """Row of the published change to an edition; None where none is published."""
        return self._changes.get((level, code, edition, area))

    @cached_property
    def peers(self) -> dict[tuple[str, str], Row]:
        """Rows of the edition's scores beside those of wards like it, by ward and code."""
        return {
            (r["area_code"], r["code"]): r for r in self.tables["fct_peer"] if r["edition"] == self.edition
        }

    @cached_property
    def england(self) -> dict[tuple[str, str], Row]:
        """Rows of values beside England by ward and indicator; none where the release is made up.

        A made-up value beside a published one would look like a finding.
        """
        if self.synthetic:
            return {}
        return {
            (r["area_code"], r["indicator"]): r
            for r in self.tables["fct_england"]
            if r["edition"] == self.edition
        }

    @cached_property
    def inequality(self) -> dict[tuple[int, str], Row]:
        """Rows on how far wards lie apart by edition and code."""
        return {(r["edition"], r["code"]): r for r in self.tables["fct_inequality"]}

    @cached_property
    def breaks(self) -> dict[tuple[int, str, str], Row]:
        """Rows of breaks that forbid comparing with the edition before, by edition, area and code."""
        return {
            (r["edition"], r["area_code"], r["code"]): r
            for r in self.tables["fct_series_break"]
            if r["series_break"]
        }

    @cached_property
    def ward_history(self) -> dict[str, Row]:
        """Wards of all editions by code, with what came before and after them; empty in older releases."""
        return {row["ward_code"]: row for row in self.tables["dim_ward"]}

    @property
    def has_ranks(self) -> bool:
        """Whether rank ranges are published."""
        return bool(self._ranks)

    @property
    def has_intervals(self) -> bool:
        """Whether intervals of scores are published."""
        return bool(self._intervals)

    @cached_property
    def is_additive(self) -> bool:
        """Whether published dimension and index scores are the weighted means that the site's tools use."""
        return all(self._mean_holds(edition) for edition in self.editions)

    def _mean_holds(self, edition: int) -> bool:
        for area in self.areas:
            means = []
            for dimension in self.dimensions:
                parts = [
                    (c["weight"], self.score("component", c["component"], edition, area))
                    for c in self.components
                    if c["dimension"] == dimension["dimension"]
                ]
                got = self.score("dimension", dimension["dimension"], edition, area)
                mean = _mean((w, row["score"]) for w, row in parts if row)
                if got and got["score"] is not None:
                    if mean is None or abs(mean - got["score"]) > 1e-6:
                        return False
                    means.append((dimension["weight"], got["score"]))
            whole = self.score("index", "index", edition, area)
            mean = _mean(means)
            if whole and whole["score"] is not None and (mean is None or abs(mean - whole["score"]) > 1e-6):
                return False
        return True

    def component_adds_up(self, component: str) -> bool:
        """Whether the published component is the weighted mean of its published indicator scores, in every ward."""
        scored = [i for i in self.indicators if i["component"] == component and i["scored"]]
        for ward in self.wards:
            row = self.score("component", component, self.edition, ward.code)
            if not row or row["score"] is None:
                continue
            values = [(i["weight"], self.value(self.edition, ward.code, i["indicator"])) for i in scored]
            mean = _mean((w, v["score"]) for w, v in values if v)
            if mean is None or abs(mean - row["score"]) > 1e-6:
                return False
        return bool(scored)


def _mean(parts: Iterable[tuple[float, float | None]]) -> float | None:
    kept = [(weight, score) for weight, score in parts if score is not None]
    total = sum(weight for weight, _ in kept)
    return sum(weight * score for weight, score in kept) / total if total else None


def read_release(folder: Path) -> ReleaseTables:
    """Read a draft or release for show.

    Args:
        folder: folder with `manifest.json` and `parquet/`.

    Raises:
        ReleaseError: no manifest, or a table is missing without which there is no site.
    """
    import duckdb

    manifest = read_manifest(folder)
    listed = {table["name"] for table in manifest["tables"]}
    absent = [name for name in NEEDED if name not in listed]
    if absent:
        raise ReleaseError(
            f"{folder.name} holds no table {absent[0]}, so no site can be made of it. Build the release again."
        )
    record = read_json(folder / RELEASE) if (folder / RELEASE).is_file() else None
    tables: dict[str, list[Row]] = {}
    with duckdb.connect(config={"threads": "1"}) as con:
        for name in (*NEEDED, *WANTED):
            tables[name] = []
            if name not in listed:
                continue
            path = str(folder / "parquet" / f"{name}.parquet").replace("'", "''")
            found = con.execute(f"select * from read_parquet('{path}')")
            columns = [item[0] for item in found.description or ()]
            tables[name] = [dict(zip(columns, row, strict=True)) for row in found.fetchall()]
    return ReleaseTables(folder, manifest, record, tables)
