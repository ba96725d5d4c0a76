"""Taking purged cases out of a build that was made from them.

Belongs here: rewriting accepted tables and the warehouse of one build, so that neither holds a purged
delivery's places any more, and figures stay. Does not belong here: what is kept in their place
(`aggregate.py`).
"""

from __future__ import annotations

import shutil
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from spi_orchestration.assets.builds import Build
from spi_orchestration.assets.dbt import spatial_extension
from spi_orchestration.checks.accepted import RETAINED
from spi_orchestration.checks.contract import connect
from spi_orchestration.typing_sql import literal, quoted

__all__ = ["Replaced", "scrub_build"]


@dataclass(frozen=True)
class Replaced:
    """A delivery whose cases give way to cells.

    Attributes:
        dataset, edition: of the delivery.
        kept: Parquet of the cells.
    """

    dataset: str
    edition: int
    kept: Path


#: Tables of places: rows stay while an observation names them.
_OF_PLACES = ("geo_place", "geo_allocation", "geo_point_ward")


def _scrub_accepted(folder: Path, replaced: Sequence[Replaced]) -> None:
    with connect(threads=1) as connection:
        connection.execute("set preserve_insertion_order = true")

        def rewrite(path: Path, sql: str) -> None:
            part = path.with_name(f".{path.name}")
            connection.execute(
                f"copy ({sql}) to {literal(part.as_posix())} (format parquet, compression zstd)"
            )
            part.replace(path)

        for dataset in sorted({one.dataset for one in replaced}):
            path = folder / f"{dataset}.parquet"
            if path.is_file():
                gone = ", ".join(str(one.edition) for one in replaced if one.dataset == dataset)
                rewrite(
                    path,
                    f"select * from read_parquet({literal(path.as_posix())}) where _edition not in ({gone})",
                )
        names = ", ".join(name for name, _ in RETAINED)
        path = folder / "_retained.parquet"
        others = " and ".join(
            f"not (dataset = {literal(one.dataset)} and edition = {one.edition})" for one in replaced
        )
        parts = [
            f"select {names} from read_parquet({literal(one.kept.as_posix())})"
            for one in sorted(replaced, key=lambda one: (one.dataset, one.edition))
        ]
        if path.is_file():
            parts.insert(0, f"select {names} from read_parquet({literal(path.as_posix())}) where {others}")
        rewrite(path, " union all ".join(parts))


def _scrub_warehouse(warehouse: Path, replaced: Sequence[Replaced]) -> None:
    """Copy the warehouse without the cases: deleting rows would leave them in free blocks of the file."""
    part = warehouse.with_name(".scrubbed.duckdb")
    part.unlink(missing_ok=True)
    is_replaced = " or ".join(
        f"(dataset = {literal(one.dataset)} and edition = {one.edition})" for one in replaced
    )
    editions: dict[str, list[int]] = {}
    for one in replaced:
        editions.setdefault(f"stg_{one.dataset}", []).append(one.edition)
    kept = ", ".join(literal(one.kept.as_posix()) for one in replaced)
    with connect(threads=1) as connection:
        if spatial_extension():
            connection.execute(f"load {literal(spatial_extension())}")
        connection.execute(f"attach {literal(warehouse.as_posix())} as o (read_only)")
        connection.execute(f"attach {literal(part.as_posix())} as n (storage_version 'v1.0.0')")
        tables = connection.execute(
            "select schema_name, table_name from duckdb_tables() where database_name = 'o' order by all"
        ).fetchall()
        columns = [row[0] for row in connection.execute("describe o.geography.geo_observation").fetchall()]
        own = {name for name, _ in RETAINED}
        items = ", ".join(
            f"kept.{quoted(name)}" if name in own else f"described.{quoted(name)}" for name in columns
        )
        said = ", ".join(quoted(name) for name in columns if name not in own)
        connection.execute("create schema if not exists n.geography")
        connection.execute(
            f"""
            create table n.geography.geo_observation as
            select * from o.geography.geo_observation where not ({is_replaced})
            union all
            select {items}
            from read_parquet([{kept}]) as kept
            inner join (
                select distinct dataset, edition, reference_year, measure, {said}
                from o.geography.geo_observation where {is_replaced}
            ) as described using (dataset, edition, reference_year, measure)
            """
        )
        connection.execute(
            "create temp table named as "
            "select distinct method, place, snap_metres from n.geography.geo_observation where place is not null"
        )
        for schema, table in tables:
            name = f"{quoted(schema)}.{quoted(table)}"
            if name == '"geography"."geo_observation"':
                continue
            connection.execute(f"create schema if not exists n.{quoted(schema)}")
            where = ""
            if schema == "staging" and table in editions:
                where = f" where edition not in ({', '.join(str(e) for e in editions[table])})"
            elif schema == "geography" and table in _OF_PLACES:
                keys = ["place", "snap_metres"] + (["method"] if table != "geo_point_ward" else [])
                where = f" semi join named using ({', '.join(keys)})"
            connection.execute(f"create table n.{name} as select * from o.{name}{where}")
        connection.execute(
            "insert into n.geography.geo_place by name select * from named where place like 'cell:%'"
        )
        connection.execute(
            "insert into n.geography.geo_allocation by name select method, place, snap_metres, "
            "split_part(place, ',', 2) as ward_code, 1.0::double as share, null::double as level_weight "
            "from named where place like 'cell:%' and split_part(place, ',', 2) <> ''"
        )
        connection.execute("detach o")
        connection.execute("detach n")
    part.replace(warehouse)


def scrub_build(build: Build, replaced: Sequence[Replaced]) -> None:
    """Replace purged cases by cells in the accepted tables and the warehouse of a finished build.

    Each file is written anew beside the old one and takes its place; done again, it changes nothing.

    Args:
        build: the build, whose lock is held.
        replaced: deliveries, with what is kept of them.
    """
    for folder in (build.work, build.home / f".old-{build.edition}"):
        # What a killed or stopped run left is made again from the start.
        if folder.exists():
            shutil.rmtree(folder)
    if (build.final / "accepted").is_dir():
        _scrub_accepted(build.final / "accepted", replaced)
    if build.warehouse.is_file():
        _scrub_warehouse(build.warehouse, replaced)
