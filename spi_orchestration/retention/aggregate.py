"""What is kept of a delivery when its landed files go: counts by area and ward, or the table it was.

Belongs here: making and proving that aggregate from a finished build. Does not belong here: removing files
(`purge.py`), or reading the aggregate again (`checks/accepted.py`).

A delivery without a column about a person is a table of counts by area already; its contracted columns are
kept as they are. Of one that has cases, homes or postcodes, the observations of its staging model are kept,
each place replaced by a cell: the LSOA and the ward that it lies in. Where amounts are whole numbers, sums
over cells are the same to the last bit; where they are not (weights of a survey), or the terms say so, the
cell is the ward.
"""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from spi_orchestration.assets.builds import Build
from spi_orchestration.assets.dbt import spatial_extension
from spi_orchestration.catalogue import Dataset
from spi_orchestration.checks.accepted import RETAINED
from spi_orchestration.checks.contract import connect
from spi_orchestration.typing_sql import literal

if TYPE_CHECKING:
    import duckdb

__all__ = ["CELL_METHODS", "Kept", "RetentionError", "is_of_cases", "keep_observations", "open_build"]

#: Ways to a ward whose places are single homes, postcodes or points.
CELL_METHODS = frozenset({"postcode_lookup", "survey_weighted_postcode", "uprn_lookup", "points_in_ward"})


class RetentionError(RuntimeError):
    """A purge or recall cannot be done as asked; the message says why and what to do."""


@dataclass(frozen=True)
class Kept:
    """An aggregate that was made.

    Attributes:
        path: the Parquet.
        sha256: its hash.
        kept_at: finest geography, for people.
    """

    path: Path
    sha256: str
    kept_at: str


def is_of_cases(dataset: Dataset) -> bool:
    """Whether rows of a dataset are of single cases, homes, postcodes or points about people."""
    return any(column.personal for column in dataset.columns.values())


@contextmanager
def open_build(build: Build) -> Iterator[duckdb.DuckDBPyConnection]:
    """A private connection with the build's warehouse attached for reading, as `w`."""
    with connect(threads=1) as connection:
        extension = spatial_extension()
        if extension:
            connection.execute(f"load {literal(extension)}")
        connection.execute(f"attach {literal(build.warehouse.as_posix())} as w (read_only)")
        connection.execute("use w.geography")
        yield connection


#: Where each place of the observations lies: its ward and its LSOA, by the newest reference sets of the build.
_LOCATED = """
create temp table located as
with
    places as (select distinct place from memory.main.rows where place is not null),
    pointed as (
        select
            place,
            cast(split_part(split_part(place, ':', 2), ',', 1) as double) as x,
            cast(split_part(split_part(place, ':', 2), ',', 2) as double) as y,
            split_part(place, ':', 1) as system
        from places
        where place like '%:%'
    ),
    newest as (select * from w.staging.stg_ref_llpg qualify edition = max(edition) over ()),
    at_point as (
        select
            place,
            case
                when system = 'bng' then st_point(x, y)
                else st_transform(st_point(x, y), 'OGC:CRS84', 'EPSG:27700', always_xy := true)
            end as point
        from pointed
        union all
        select places.place, st_point(postcode.easting, postcode.northing)
        from places
        inner join w.geography.geo_postcode as postcode on postcode.postcode = places.place
        union all
        select places.place, st_point(newest.easting, newest.northing)
        from places
        inner join newest on newest.uprn = places.place
    ),
    in_lsoa as (
        select at_point.place, min(lsoa.lsoa_code) as lsoa_code
        from at_point
        inner join w.geography.geo_lsoa21_polygon as lsoa on st_contains(lsoa.polygon_bng, at_point.point)
        group by at_point.place
    ),
    by_code as (
        select places.place, postcode.ward_code
        from places
        inner join w.geography.geo_postcode as postcode on postcode.postcode = places.place
        where postcode.ward_code is not null
        union all
        select places.place, ward.ward_code
        from places
        inner join newest on newest.uprn = places.place
        inner join w.geography.geo_ward as ward on ward.ward_code = newest.ward_code
    ),
    inside as (
        select at_point.place, min(ward.ward_code) as ward_code
        from at_point
        inner join pointed using (place)
        inner join w.geography.geo_ward_polygon as ward on st_contains(ward.polygon_bng, at_point.point)
        group by at_point.place
    ),
    known as (
        select place, min(ward_code) as ward_code
        from w.geography.geo_allocation
        where method = {method} and snap_metres = {snap} and place in (select place from places)
        group by place
    ),
    -- The build's own answer first: it has snapped points to the nearest ward too. Places that only a replaced
    -- year names are not in it.
    asked as (select distinct place from w.geography.geo_place where method = {method} and snap_metres = {snap})
select
    places.place,
    in_lsoa.lsoa_code,
    case
        when asked.place is not null then known.ward_code
        else coalesce(by_code.ward_code, inside.ward_code)
    end as ward_code
from places
left join asked using (place)
left join known using (place)
left join (select place, min(ward_code) as ward_code from by_code group by place) as by_code using (place)
left join inside using (place)
left join in_lsoa using (place)
"""

_CELLS = """
select
    rows.edition,
    rows.reference_year,
    case
        when rows.place is null then null
        else 'cell:' || {lsoa} || ',' || coalesce(located.ward_code, '')
    end as cell,
    rows.measure,
    rows.status,
    sum(rows.amount order by rows.place, rows._file, rows._row) as amount,
    sum(rows.amount_low order by rows.place, rows._file, rows._row) as amount_low,
    sum(rows.amount_high order by rows.place, rows._file, rows._row) as amount_high,
    cast(sum(rows.source_rows) as bigint) as source_rows,
    min(rows._file) as _file
from memory.main.rows as rows
left join located using (place)
group by rows.edition, rows.reference_year, cell, rows.measure, rows.status, rows.amount is null
"""

#: Sums by ward of places and of cells, which must agree.
_COMPARED = """
with
    before as (
        select
            rows.reference_year, rows.measure, coalesce(located.ward_code, '') as ward_code,
            sum(coalesce(rows.amount, (rows.amount_low + rows.amount_high) / 2)
                order by rows.place, rows._file, rows._row) as amount,
            sum(rows.source_rows) as source_rows
        from memory.main.rows as rows
        left join located using (place)
        group by all
    ),
    after as (
        select
            reference_year, measure, coalesce(split_part(cell, ',', 2), '') as ward_code,
            sum(coalesce(amount, (amount_low + amount_high) / 2) order by cell, status) as amount,
            sum(source_rows) as source_rows
        from cells
        group by all
    )
select count(*)
from before
full join after using (reference_year, measure, ward_code)
where
    before.amount is distinct from after.amount
    or before.source_rows is distinct from after.source_rows
"""


def keep_observations(
    connection: duckdb.DuckDBPyConnection,
    dataset: Dataset,
    edition: int,
    method: str,
    finest: str,
    target: Path,
) -> Kept:
    """Write the observations of one delivery by cells.

    Args:
        connection: from `open_build`.
        dataset: the dataset.
        edition: edition of the delivery.
        method: its way to the wards.
        finest: `lsoa` or `ward`.
        target: Parquet to write; whole or not at all.

    Raises:
        RetentionError: this kind of dataset cannot be kept by cells, or sums over cells differ from sums over
            places.
    """
    levels = [name for name, measure in dataset.contract.measures.items() if measure.kind == "level"]
    paired = [name for name, measure in dataset.contract.measures.items() if measure.absent != "zero"]
    if method not in CELL_METHODS or levels or paired or dataset.contract.replaces == "area":
        raise RetentionError(
            f"{dataset.id}: its rows are about people, and no aggregate is known that would keep its figures "
            f"(method {method}, rates {levels or 'none'}, tables {paired or 'none'}). "
            "Keep it until the maintainers have made one; nothing was removed."
        )
    snap = dataset.contract.geography.snap_metres
    connection.execute(
        "create or replace table memory.main.rows as select * from "
        f'w.staging."stg_{dataset.id}" where edition = {edition}'
    )
    connection.execute("drop table if exists located")
    connection.execute(_LOCATED.format(method=literal(method), snap=float(snap)))
    whole = connection.execute(
        "select coalesce(bool_and(coalesce(amount, 0) = floor(coalesce(amount, 0))), true) from memory.main.rows"
    ).fetchone()
    by_lsoa = finest == "lsoa" and whole is not None and bool(whole[0])
    lsoa = "coalesce(located.lsoa_code, '')" if by_lsoa else "''"
    connection.execute(f"create or replace temp table cells as {_CELLS.format(lsoa=lsoa)}")
    differing = connection.execute(_COMPARED).fetchone()
    if differing is None or differing[0]:
        raise RetentionError(
            f"{dataset.id}, edition {edition}: {differing[0] if differing else 'some'} sums by ward differ between "
            "places and cells. Nothing was removed; report this to the maintainers."
        )
    items = {
        "dataset": literal(dataset.id),
        "place": "cell",
        "_sheet": "null",
        "_row": "null",
    }
    columns = ", ".join(f"cast({items.get(name, name)} as {kind}) as {name}" for name, kind in RETAINED)
    target.parent.mkdir(parents=True, exist_ok=True)
    part = target.with_name(f".{target.name}.{secrets.token_hex(3)}")
    try:
        connection.execute(
            f"copy (select {columns} from cells order by reference_year, measure, cell nulls last, status) "
            f"to {literal(part.as_posix())} (format parquet, compression zstd)"
        )
        part.replace(target)
    finally:
        part.unlink(missing_ok=True)
    with target.open("rb") as stream:
        digest = hashlib.file_digest(stream, "sha256").hexdigest()
    kept_at = "LSOA by ward" if by_lsoa else "ward"
    return Kept(target, digest, kept_at)
