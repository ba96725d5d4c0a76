"""A published method version stays what it was: no release may give its name to other rules.

Belongs here: what of a release's own tables decides a score, and holding a draft against the releases of the
same version. Does not belong here: the hash of the seeds as they were written (`method.py`), which names and
descriptions change too, or scoring (`index`).
"""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Any

from spi_orchestration.release.files import ReleaseError
from spi_orchestration.release.manifest import read_manifest
from spi_orchestration.release.publish import Release

__all__ = ["check_version", "rules", "unsigned"]

#: Table -> its key, and the columns that decide a score. Names, descriptions and signatures do not.
_RULES: dict[str, tuple[str, tuple[str, ...]]] = {
    "dim_indicator": (
        "indicator",
        (
            "component",
            "class",
            "estimator",
            "numerator_dataset",
            "numerator_measure",
            "denominator_dataset",
            "denominator_measure",
            "multiplier",
            "pooling_years",
            "polarity",
            "worst",
            "best",
            "weight",
        ),
    ),
    "dim_component": ("component", ("dimension", "weight")),
    "dim_dimension": ("dimension", ("weight",)),
    "dim_edition": (
        "profile",
        ("coverage_threshold", "minimum_indicators", "component_order", "dimension_order", "index_order"),
    ),
}
#: Rows that count: what is shown as context is no part of the method.
_WHERE = {"dim_indicator": "scored", "dim_edition": "is_current"}
#: Differences that an error names.
_TOLD = 5

Rules = dict[tuple[str, str], Any]


def rules(folder: Path) -> Rules | None:
    """What decides the scores of a draft or release.

    Args:
        folder: of the draft or release.

    Returns:
        (id of the indicator, component, dimension or profile, column) -> value; None where its tables do not
        say, as in releases of earlier versions of the product.
    """
    import duckdb

    held = {t["name"]: {c["name"] for c in t["columns"]} for t in read_manifest(folder)["tables"]}
    for table, (key, columns) in _RULES.items():
        needed = {key, *columns} | ({_WHERE[table]} if table in _WHERE else set())
        if not needed <= held.get(table, set()):
            return None
    found: Rules = {}
    with duckdb.connect(config={"threads": 1}) as con:
        for table, (key, columns) in _RULES.items():
            path = str(folder / "parquet" / f"{table}.parquet").replace("'", "''")
            named = ", ".join(f'"{column}"' for column in (key, *columns))
            text = f"select {named} from read_parquet('{path}') where {_WHERE.get(table, 'true')} order by 1"
            for row in con.execute(text).fetchall():
                found |= {
                    (str(row[0]), column): value for column, value in zip(columns, row[1:], strict=True)
                }
    return found


def unsigned(folder: Path) -> list[str]:
    """Scored indicators whose bounds, or whose weight where it is not equal, nobody has signed.

    Args:
        folder: of a draft or release.

    Returns:
        their ids, sorted; every scored one where the release does not say who signed.
    """
    import duckdb

    held = {t["name"]: {c["name"] for c in t["columns"]} for t in read_manifest(folder)["tables"]}
    columns = held.get("dim_indicator", set())
    signed = ["bounds_status = 'signed'" if "bounds_status" in columns else "false"]
    if "weight_status" in columns:
        signed.append("weight_status in ('equal', 'signed')")
    path = str(folder / "parquet" / "dim_indicator.parquet").replace("'", "''")
    text = (
        f"select indicator from read_parquet('{path}') "
        f"where scored and not ({' and '.join(signed)}) order by indicator"
    )
    with duckdb.connect(config={"threads": 1}) as con:
        return [row[0] for row in con.execute(text).fetchall()]


def check_version(released: Iterable[Release], folder: Path) -> None:
    """Hold a draft against the releases that have the same method version.

    Args:
        released: releases of the same profile.
        folder: of the draft.

    Raises:
        ReleaseError: a release gives the version other rules; it names the first differences.
    """
    manifest = read_manifest(folder)
    version = manifest["method"]["version"]
    mine = None
    for release in released:
        before = read_manifest(release.folder)["method"]
        if release.synthetic != manifest["synthetic"] or before["version"] != version:
            continue
        if before["sha256"] == manifest["method"]["sha256"]:
            continue
        mine = mine or rules(folder)
        theirs = rules(release.folder)
        if mine is None or theirs is None or mine == theirs:
            continue
        apart = sorted(key for key in mine.keys() | theirs.keys() if mine.get(key) != theirs.get(key))
        told = "; ".join(
            f"{code} {column}: {_said(theirs.get((code, column)))} there, {_said(mine.get((code, column)))} now"
            for code, column in apart[:_TOLD]
        )
        more = f"; and {len(apart) - _TOLD} more" if len(apart) > _TOLD else ""
        raise ReleaseError(
            f"method version {version} was published in {release.id} with other rules ({told}{more}). "
            "A published version stays what it was: give the changed method a new method_version in "
            "dbt_project/seeds/framework/method.csv and run again, or take the change back."
        )


def _said(value: Any) -> str:
    if value is None:
        return "nothing"
    return f"{value:g}" if isinstance(value, float) else str(value)
