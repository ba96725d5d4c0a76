"""What a draft or release rests on, edition by edition.

Belongs here: reading the table `fct_coverage` and summing it up. Does not belong here: computing it (dbt),
or printing (`cli.py`).
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from spi_orchestration.release.manifest import read_manifest

__all__ = ["STATUSES", "EditionCoverage", "read_coverage"]

COVERAGE = "fct_coverage"

#: Statuses of an indicator's value, as columns of the table, in the order they are told.
STATUSES = (
    "observed",
    "pooled",
    "modelled",
    "imputed",
    "suppressed",
    "controlled",
    "carried_forward",
    "not_applicable",
    "missing",
)


@dataclass(frozen=True)
class EditionCoverage:
    """What one edition of the series rests on.

    Attributes:
        edition: annual index year.
        datasets, references: how many there are by standing: `received`, `serves` (a feed that comes once
            in several years), `carried_forward`, `missing`.
        indicators: how many are `scored` and `context_only`.
        wards: wards of the district.
        whole: indicators with a value in every ward where something could be counted.
        values: (ward, indicator) pairs with a value, of `pairs`.
        statuses: pairs by status; only those that occur.
        lacking: ids of indicators with wards whose value is missing or withheld.
        components, dimensions, index: how many are scored in every ward, and how many there are.
        refreshed: share of the index's weight whose data are newer than an edition ago.
    """

    edition: int
    datasets: dict[str, int]
    references: dict[str, int]
    indicators: dict[str, int]
    wards: int
    whole: int
    values: int
    pairs: int
    statuses: dict[str, int]
    lacking: tuple[str, ...]
    components: tuple[int, int]
    dimensions: tuple[int, int]
    index: tuple[int, int]
    refreshed: float | None

    @staticmethod
    def delivered(standings: dict[str, int]) -> tuple[int, int]:
        """Datasets that serve without a decision, and datasets in all."""
        return standings.get("received", 0) + standings.get("serves", 0), sum(standings.values())


def read_coverage(folder: Path) -> list[EditionCoverage]:
    """Sum up the coverage table of a draft or release, first edition first.

    Args:
        folder: draft or release.

    Returns:
        One entry an edition; empty where the folder has no such table (releases of an older method).
    """
    import duckdb

    if not any(table["name"] == COVERAGE for table in read_manifest(folder)["tables"]):
        return []
    path = str(folder / "parquet" / f"{COVERAGE}.parquet").replace("'", "''")
    with duckdb.connect() as con:
        con.execute(f"create view coverage as from read_parquet('{path}')")
        editions = con.execute("select distinct edition from coverage order by edition").fetchall()
        return [_edition(con, edition) for (edition,) in editions]


def _edition(con, edition: int) -> EditionCoverage:  # type: ignore[no-untyped-def]
    def standings(item_type: str) -> dict[str, int]:
        rows = con.execute(
            "select standing, count(*) from coverage where edition = ? and item_type = ? "
            "group by standing order by standing",
            [edition, item_type],
        ).fetchall()
        return dict(rows)

    def scored(item_type: str) -> tuple[int, int]:
        found = standings(item_type)
        return found.get("scored", 0), sum(found.values())

    sums = ", ".join(f"coalesce(sum({status}), 0)" for status in STATUSES)
    wards, whole, values, pairs, *counts = con.execute(
        "select coalesce(max(wards), 0), count(*) filter (where wards_given + not_applicable = wards), "
        f"coalesce(sum(wards_given), 0), coalesce(sum(wards), 0), {sums} "
        "from coverage where edition = ? and item_type = 'indicator'",
        [edition],
    ).fetchone()
    lacking = con.execute(
        "select item from coverage where edition = ? and item_type = 'indicator' "
        "and wards_given + not_applicable < wards order by item",
        [edition],
    ).fetchall()
    refreshed = con.execute(
        "select max(weight_refreshed) from coverage where edition = ? and item_type = 'index'", [edition]
    ).fetchone()
    return EditionCoverage(
        edition=int(edition),
        datasets=standings("dataset"),
        references=standings("reference"),
        indicators=standings("indicator"),
        wards=int(wards),
        whole=int(whole),
        values=int(values),
        pairs=int(pairs),
        statuses={s: int(n) for s, n in zip(STATUSES, counts, strict=True) if n},
        lacking=tuple(item for (item,) in lacking),
        components=scored("component"),
        dimensions=scored("dimension"),
        index=scored("index"),
        refreshed=refreshed[0],
    )
