"""Reading figures back from a draft or release.

Belongs here: what the command line and the status page show of a release. Does not belong here: any
figure that the marts do not hold.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from spi_orchestration.release.files import ReleaseError
from spi_orchestration.release.manifest import read_manifest

__all__ = ["AreaScore", "Ranking", "read_ranking"]

INDEX_SCORE = "fct_index_score"
RANK_SET = "fct_rank_set"


@dataclass(frozen=True)
class AreaScore:
    """One area of a ranking.

    Attributes:
        code, name: the area.
        score: index score, 0 to 100; None when not given.
        position: 1 for the highest score among areas of its type; None when not given.
        components, components_scored: components of the framework, and those that have a score here.
        rank_low, rank_high: the ranks that doubt from counts allows; None where not estimated.
    """

    code: str
    name: str
    score: float | None
    position: int | None
    components: int | None
    components_scored: int | None
    rank_low: int | None = None
    rank_high: int | None = None


@dataclass(frozen=True)
class Ranking:
    """The areas of one type in one edition, highest score first; areas without a score come last."""

    edition: int
    area_type: str
    synthetic: bool
    areas: tuple[AreaScore, ...]


def read_ranking(folder: Path, area_type: str = "ward") -> Ranking:
    """Read the index scores of a draft or release for its own edition.

    Args:
        folder: draft or release.
        area_type: `ward`, `district` or `group`.

    Raises:
        ReleaseError: the folder holds no index scores, or none of that type.
    """
    import duckdb

    manifest = read_manifest(folder)
    table = next((item for item in manifest["tables"] if item["name"] == INDEX_SCORE), None)
    if table is None:
        raise ReleaseError(f"{folder.name} holds no table {INDEX_SCORE}, so there is no ranking to show")
    names = {column["name"] for column in table["columns"]}
    absent = {"edition", "area_code", "area_name", "area_type", "score", "position"} - names
    if absent:
        raise ReleaseError(f"{folder.name}: {INDEX_SCORE} lacks the column {sorted(absent)[0]}")
    counts = ", ".join(name if name in names else "null" for name in ("components", "components_scored"))
    path = str(folder / "parquet" / f"{INDEX_SCORE}.parquet").replace("'", "''")
    with duckdb.connect() as con:
        rows = con.execute(
            f"select area_code, area_name, score, position, {counts} from read_parquet('{path}') "
            "where edition = ? and area_type = ? order by score desc nulls last, area_code",
            [manifest["edition"], area_type],
        ).fetchall()
    if not rows:
        raise ReleaseError(
            f"{folder.name}: no {area_type} has an index score in edition {manifest['edition']}"
        )
    ranks = _rank_sets(folder, manifest)
    areas = tuple(AreaScore(*row, *ranks.get(row[0], (None, None))) for row in rows)
    return Ranking(manifest["edition"], area_type, bool(manifest["synthetic"]), areas)


def _rank_sets(folder: Path, manifest: dict[str, Any]) -> dict[str, tuple[int, int]]:
    """Area -> lowest and highest rank of the index, where the release holds rank sets."""
    import duckdb

    if not any(table["name"] == RANK_SET for table in manifest["tables"]):
        return {}
    path = str(folder / "parquet" / f"{RANK_SET}.parquet").replace("'", "''")
    with duckdb.connect() as con:
        rows = con.execute(
            f"select area_code, rank_low, rank_high from read_parquet('{path}') "
            "where edition = ? and code = 'index'",
            [manifest["edition"]],
        ).fetchall()
    return {code: (low, high) for code, low, high in rows}
