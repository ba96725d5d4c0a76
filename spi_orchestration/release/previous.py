"""What the release before said, as small tables that a build can be compared with.

Belongs here: which release a build follows, and its scores, values and method read from its own files.
Does not belong here: the comparison (`index/explain.py`), or any figure that the release does not hold.
"""

from __future__ import annotations

from collections.abc import Collection
from pathlib import Path
from typing import TYPE_CHECKING, Any

from spi_orchestration.release.files import ReleaseError
from spi_orchestration.release.manifest import read_manifest
from spi_orchestration.release.publish import Release, list_releases
from spi_orchestration.settings import Settings

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["PREVIOUS_TABLES", "find_previous", "release_scores", "write_previous"]

#: Table -> its columns and their types; a build without a release before it gets them empty.
PREVIOUS_TABLES: dict[str, dict[str, str]] = {
    "_previous_release": {
        "release": "varchar",
        "edition": "integer",
        "manifest_sha256": "varchar",
        "method_version": "varchar",
        "coverage_threshold": "double",
        "minimum_indicators": "integer",
        "component_order": "double",
        "dimension_order": "double",
        "index_order": "double",
    },
    "_previous_node": {
        "code": "varchar",
        "level": "integer",
        "parent": "varchar",
        "weight": "double",
        "direction": "varchar",
        "worst": "double",
        "best": "double",
        "scored": "boolean",
    },
    "_previous_area": {
        "area_code": "varchar",
        "code": "varchar",
        "level": "integer",
        "value": "double",
        "score": "double",
    },
}

_NEEDED = {
    "dim_edition": {"component_order", "dimension_order", "index_order"},
    "dim_indicator": {"worst", "best", "weight", "scored", "polarity"},
    "dim_component": {"weight", "dimension"},
    "dim_dimension": {"weight"},
    "fct_indicator_value": {"value", "score"},
    "fct_component_score": {"score"},
    "fct_dimension_score": {"score"},
    "fct_index_score": {"score"},
}

_SQL = {
    "_previous_release": """
        select ? as release, edition, ? as manifest_sha256, method_version, coverage_threshold,
            minimum_indicators, component_order, dimension_order, index_order
        from dim_edition where edition = $edition
    """,
    "_previous_node": """
        with
            nodes as (
                select indicator as code, 1 as level, component as parent,
                    case when scored then weight else 1 end as weight, polarity as direction, worst, best, scored
                from dim_indicator
                union all
                select component, 2, dimension, weight, null, null, null, true
                from dim_component
                where component in (select component from dim_indicator)
                union all
                select dimension, 3, 'index', weight, null, null, null, true
                from dim_dimension
                where dimension in (select dimension from dim_indicator)
                union all
                select 'index', 4, null, 1, null, null, null, true
            )
        select * from nodes order by level, code
    """,
    "_previous_area": """
        select area_code, indicator as code, 1 as level, value, score
        from fct_indicator_value where edition = $edition
        union all
        select area_code, component, 2, null, score from fct_component_score where edition = $edition
        union all
        select area_code, dimension, 3, null, score from fct_dimension_score where edition = $edition
        union all
        select area_code, 'index', 4, null, score from fct_index_score where edition = $edition
        order by level, code, area_code
    """,
}


def find_previous(
    settings: Settings, profile: str, edition: int, districts: Collection[str], synthetic: bool
) -> Release | None:
    """The release that a build follows: the newest of the latest edition before its own.

    Args:
        settings: where releases are.
        profile: of the build.
        edition: of the build.
        districts: GSS codes that the district has or had; it keeps its releases when it gets a new one.
        synthetic: whether the build is made of made-up deliveries; one kind never follows the other.

    Returns:
        the release, or None where there is none, or none that says enough of its method to be compared with.

    Raises:
        ReleaseError: a release folder cannot be read.
    """
    found = [
        item
        for item in list_releases(settings, profile, whole=True)
        if item.edition < edition and item.district in districts and item.synthetic == synthetic
    ]
    found.sort(key=lambda item: (item.edition, item.revision))
    return found[-1] if found and _says_enough(found[-1].folder) else None


def _says_enough(folder: Path) -> bool:
    """Releases of earlier versions of the product lack what their scores could be made again from."""
    tables = {t["name"]: {c["name"] for c in t["columns"]} for t in read_manifest(folder)["tables"]}
    return all(columns <= tables.get(name, set()) for name, columns in _NEEDED.items())


def write_previous(folder: Path, release: Release | None) -> dict[str, Any] | None:
    """Write the tables of the release before, empty where there is none.

    Args:
        folder: where they are written, as Parquet.
        release: from `find_previous`.

    Returns:
        what the accepted list names of it: `id`, `edition` and `manifest_sha256`; None without one.

    Raises:
        ReleaseError: a file of the release is damaged or missing.
    """
    import duckdb

    if release is not None:
        _verify(release)
    with duckdb.connect(config={"threads": 1}) as con:
        if release is not None:
            for name in _NEEDED:
                path = str(release.folder / "parquet" / f"{name}.parquet").replace("'", "''")
                con.execute(f"create view {name} as select * from read_parquet('{path}')")
        for name, columns in PREVIOUS_TABLES.items():
            typed = ", ".join(f"cast({c} as {kind}) as {c}" for c, kind in columns.items())
            nothing = ", ".join(f"null as {c}" for c in columns)
            text = f"select {nothing} where false"
            if release is not None:
                text = _SQL[name].replace("$edition", str(int(release.edition)))
                for fact in (release.id, release.manifest_sha256):
                    text = text.replace("?", f"'{fact}'", 1)
            target = str(folder / f"{name}.parquet").replace("'", "''")
            con.execute(
                f"copy (select {typed} from ({text})) to '{target}' (format parquet, compression zstd)"
            )
    if release is None:
        return None
    return {"id": release.id, "edition": release.edition, "manifest_sha256": release.manifest_sha256}


def release_scores(release: Release) -> tuple[str, pd.DataFrame]:
    """The scores that a release published of its own edition.

    Args:
        release: any release.

    Returns:
        the hash of its method, and rows `area`, `code`, `score` of all levels, sorted.

    Raises:
        ReleaseError: it lacks tables that hold them, or its files were changed.
    """
    import duckdb

    if not _says_enough(release.folder):
        raise ReleaseError(f"{release.id} was published before releases said enough to be compared with.")
    _verify(release)
    with duckdb.connect(config={"threads": 1}) as con:
        for name in _NEEDED:
            path = str(release.folder / "parquet" / f"{name}.parquet").replace("'", "''")
            con.execute(f"create view {name} as select * from read_parquet('{path}')")
        rows = _SQL["_previous_area"].replace("$edition", str(int(release.edition)))
        scores = con.execute(
            f"select area_code as area, code, score from ({rows}) order by area_code, code"
        ).df()
    return str(read_manifest(release.folder)["method"]["sha256"]), scores


def _verify(release: Release) -> None:
    """Refuse a release whose files are no longer those that were published."""
    from spi_orchestration.release.files import sha256_file
    from spi_orchestration.release.manifest import MANIFEST

    if sha256_file(release.folder / MANIFEST) != release.manifest_sha256:
        raise ReleaseError(
            f"{release.id}: its manifest was changed after it was published. Restore the release from a backup."
        )
    listed = {file["path"]: file["sha256"] for file in read_manifest(release.folder)["files"]}
    for name in _NEEDED:
        path = f"parquet/{name}.parquet"
        if not (release.folder / path).is_file() or sha256_file(release.folder / path) != listed.get(path):
            raise ReleaseError(
                f"{release.id}: {path} is missing or was changed after it was published. "
                "Restore the release from a backup."
            )
