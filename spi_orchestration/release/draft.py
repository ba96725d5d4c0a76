"""A build written out for sign-off.

Belongs here: turning the marts of one warehouse into a draft folder. Does not belong here: computing
them (dbt), or publishing (`publish.py`).
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from spi_orchestration.release import formats, manifest
from spi_orchestration.release.files import (
    ReleaseError,
    canonical_json,
    move,
    remove_tree,
    write_whole,
)

__all__ = ["MARTS", "list_drafts", "write_draft"]

#: Schema of the public marts. Internal marts live in another file.
MARTS = "marts"

#: Tables for which no rows are an answer: nothing to compare with, all placed, no other weights, all at risk.
MAY_BE_EMPTY = frozenset(
    {
        "dim_baseline",
        "dim_policy_event",
        "dim_target",
        "fct_bridge",
        "fct_bridge_score",
        "fct_change",
        "fct_comparison",
        "fct_decision",
        "fct_comparison_ward",
        "fct_england",
        "fct_inequality",
        "fct_peer",
        "fct_policy_event",
        "fct_progress",
        "fct_method_choice",
        "fct_method_rank",
        "fct_population_sensitivity",
        "fct_series_break",
        "fct_unallocated",
        "fct_variant_score",
    }
)


def write_draft(warehouse: Path, target: Path, run: Mapping[str, Any]) -> Path:
    """Write the public marts of a warehouse as a draft: Parquet, CSV, manifest and run record.

    The same marts and the same `run` (but for its key `run`) give the same bytes everywhere. The folder
    is written beside its place and then swapped in; a draft that already stands there with the same
    manifest keeps its files, and only its run record is renewed.

    Args:
        warehouse: DuckDB file with the schema `marts`.
        target: folder of the draft; replaced when its content differs.
        run: what the build knows of itself. For the manifest: `edition` (year), `profile`, `district`
            (`code`, `name`), `method_version`, `method_hash` (`method.method_hash`), `synthetic`,
            `deliveries` (the accepted list: `dataset`, `edition`, `delivery` with its full hash, and
            what else `manifest.DELIVERY_KEYS` names), and optionally `stopped` (ids of datasets that
            are missing), `announced` (day of publication), `decisions` and `recorded` (what was decided
            about deliveries, and which findings are recorded on the release), `approvals` (agreements that
            ask for approval before publication), `index_checks` (findings on the finished index, each with the
            decision that accepts it), `compared_with` (the release before and the baseline, by id
            and hash), `attributions` (texts; those of the table `dim_dataset` by default). For
            `run.json`: `run`, any plain data (run id, times, durations, commit).

    Returns:
        `target`.

    Raises:
        ReleaseError: no marts, a table that cannot be published, or facts missing from `run`.
    """
    manifest.require_facts(run)
    new = target.with_name(f".{target.name}.new")
    remove_tree(new)
    (new / "parquet").mkdir(parents=True)
    (new / "csv").mkdir()
    try:
        text = _write_files(warehouse, new, run)
        record = canonical_json(manifest.build_run_record(run.get("run") or {}))
        write_whole(new / manifest.RUN, record)
        if _same_text(target / manifest.MANIFEST, text) and _is_whole(target):
            write_whole(target / manifest.RUN, record)
            return target
        _swap(new, target)
    finally:
        remove_tree(new)
    return target


def list_drafts(folder: Path) -> list[Path]:
    """All drafts below a folder, the one written last at the end."""
    found = [
        path.parent for path in folder.rglob(manifest.RUN) if (path.parent / manifest.MANIFEST).is_file()
    ]
    visible = [
        path for path in found if not any(part.startswith(".") for part in path.relative_to(folder).parts)
    ]
    return sorted(visible, key=lambda path: ((path / manifest.RUN).stat().st_mtime_ns, path.as_posix()))


def _write_files(warehouse: Path, folder: Path, run: Mapping[str, Any]) -> str:
    con = formats.open_warehouse(warehouse)
    try:
        names = [
            row[0]
            for row in con.execute(
                "select table_name from information_schema.tables where table_schema = ? order by table_name",
                [MARTS],
            ).fetchall()
        ]
        if not names:
            raise ReleaseError(
                f"{warehouse.name} holds no table in the schema {MARTS}, so there is nothing to draft. "
                "Run the build again and read its report."
            )
        # All tables are checked before the first is written.
        tables = [formats.describe(con, MARTS, name, may_be_empty=name in MAY_BE_EMPTY) for name in names]
        if run.get("attributions") is None:
            run = {**run, "attributions": _attributions(con, tables)}
        for table in tables:
            parquet = folder / "parquet" / f"{table.name}.parquet"
            formats.write_parquet(con, MARTS, table, parquet)
            formats.write_csv(con, parquet, folder / "csv" / f"{table.name}.csv")
    finally:
        con.close()
    write_whole(folder / manifest.README, manifest.readme_text(run))
    files = [manifest.file_entry(folder, path) for path in folder.rglob("*") if path.is_file()]
    text = canonical_json(manifest.build_manifest(run, tables, files))
    write_whole(folder / manifest.MANIFEST, text)
    return text


def _attributions(con: Any, tables: list[formats.Table]) -> list[str]:
    """The attributions that licences ask for: of the datasets used, and of reference sets that are published."""
    if not any(t.name == "dim_dataset" and "attribution" in dict(t.columns) for t in tables):
        return []
    rows = con.execute(
        f"select distinct attribution from {MARTS}.dim_dataset where attribution is not null"
    ).fetchall()
    told = con.execute(
        "select count(*) from information_schema.columns "
        "where table_schema = 'geography' and table_name = 'cat_dataset' and column_name = 'published_as'"
    ).fetchone()
    if told and told[0]:
        rows += con.execute(
            "select distinct attribution from geography.cat_dataset "
            "where attribution is not null and list_contains(?, published_as)",
            [[table.name for table in tables]],
        ).fetchall()
    return sorted({row[0] for row in rows})


def _same_text(path: Path, text: str) -> bool:
    return path.is_file() and path.read_bytes() == text.encode("utf-8")


def _is_whole(folder: Path) -> bool:
    try:
        manifest.verify_files(folder, manifest.read_manifest(folder), besides=frozenset({manifest.RUN}))
    except ReleaseError:
        return False
    return True


def _swap(new: Path, target: Path) -> None:
    """Put the new folder in the place of the old one."""
    old = target.with_name(f".{target.name}.old")
    remove_tree(old)
    if target.exists():
        move(target, old)
    move(new, target)
    remove_tree(old)
