"""A delivery to its raw Parquet: the front door of the readers.

Belongs here: going through the files of a delivery in order and the form of the result. Does not belong
here: any file family (its own module).
"""

from __future__ import annotations

import secrets
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from spi_orchestration.catalogue import Dataset, Layout
from spi_orchestration.readers import archive
from spi_orchestration.readers.mapping import Tally, copy_table, holds, shape_of
from spi_orchestration.readers.parquet import Sink, work_folder, write_rowless
from spi_orchestration.readers.source import Reading, Source, SourceTable, choose_encoding, guarded

__all__ = ["LandedFile", "RawTable", "read_delivery", "write_empty"]

Family = Callable[[Reading, Source], Iterator[SourceTable]]


@dataclass(frozen=True)
class LandedFile:
    """One file of a delivery.

    Attributes:
        path: where its untouched copy lies.
        name: relative path as sent, with forward slashes.
    """

    path: Path
    name: str


@dataclass(frozen=True)
class RawTable:
    """A delivery as a table of text.

    Attributes:
        path: the Parquet.
        rows: rows in it.
        files: files and archive members read.
        totals: rows that state totals (`totals` of the layout), as contract columns, `_file`, `_sheet`, `_row`.
        unexpected: supplier columns that the layout neither reads nor ignores, in order.
        personal: those of them whose cells look like personal data.
        sheets: sheets, layers or objects read, in order.
        notes: remarks for people (encodings found, short rows, rows left out); never a cell's text.
    """

    path: Path
    rows: int
    files: int
    totals: tuple[dict[str, str | int | None], ...]
    unexpected: tuple[str, ...]
    personal: tuple[str, ...]
    sheets: tuple[str, ...]
    notes: tuple[str, ...]


def _family(layout: Layout) -> Family:
    """The reader of a layout's file family; imported when first needed."""
    if layout.format == "csv":
        from spi_orchestration.readers import delimited

        return delimited.read
    if layout.format in {"xlsx", "xls", "ods"}:
        from spi_orchestration.readers import spreadsheet

        return spreadsheet.read
    if layout.format in {"json", "xml"}:
        from spi_orchestration.readers import documents

        return documents.read_json if layout.format == "json" else documents.read_xml
    if layout.format == "parquet":
        from spi_orchestration.readers import columnar

        return columnar.read
    from spi_orchestration.readers import geo

    return {"geojson": geo.read_geojson, "topojson": geo.read_topojson, "gpkg": geo.read_gpkg}[layout.format]


def read_delivery(
    dataset: Dataset,
    layout: Layout,
    files: Sequence[LandedFile],
    target: Path,
    key: bytes | None = None,
) -> RawTable:
    """Write a delivery as one Parquet of text.

    Args:
        dataset: the dataset, whose contract columns the Parquet has, in order.
        layout: shape of the files.
        files: the files, in the order in which their rows are wanted.
        target: Parquet to write; replaced when it is there. Nothing is written when the delivery
            cannot be read.
        key: secret for columns that are kept as a keyed hash; one for this call alone by default, so that
            nothing can be compared with another table.

    Returns:
        The table: contract columns as VARCHAR (null: the cell is absent, or the layout lacks the column),
        `_file`, `_sheet` and `_row` (BIGINT: physical line or row, from 1). The same files and
        key give the same bytes.

    Raises:
        DeliveryError: with a finding of check `readable`, `sheet`, `header`, `columns` or `empty`.
        CatalogueError: the layout cannot work for any file.
    """
    reading = Reading(dataset, layout, key or secrets.token_bytes(32))
    family = _family(layout)
    shape = shape_of(dataset, layout)
    unexpected: list[str] = []
    personal: list[str] = []
    totals: list[dict[str, str | int | None]] = []
    sources = 0
    with work_folder(target) as folder, Sink(folder, list(dataset.columns), shape.columns) as sink:
        for file in files:
            for source in archive.sources(reading, file.path, file.name):
                sources += 1
                tally = Tally(unexpected=unexpected, personal=personal)
                with guarded(reading, source, partial(choose_encoding, reading, source)):
                    for table in _wanted(reading, family(reading, source)):
                        copy_table(reading, table, shape, sink, tally)
                _account(reading, source, tally)
                for sheet, line, cells in tally.totals:
                    row: dict[str, str | int | None] = dict(zip(shape.cells, cells, strict=True))
                    totals.append({**row, "_file": source.name, "_sheet": sheet, "_row": line})
        if not sink.rows:
            keep = layout.keep
            raise reading.fault(
                "empty",
                None if len(files) != 1 else files[0].name,
                expected="at least one row",
                found=f"rows, but none whose {keep.column} matches /{keep.pattern}/" if keep else "no rows",
                remedy="Ask the supplier for the agreed file, or mend the layout's keep.",
            )
        sink.finish(target)
    return RawTable(
        path=target,
        rows=sink.rows,
        files=sources,
        totals=tuple(totals),
        unexpected=tuple(unexpected),
        personal=tuple(personal),
        sheets=tuple(reading.sheets),
        notes=tuple(reading.notes),
    )


def _wanted(reading: Reading, tables: Iterator[SourceTable]) -> Iterator[SourceTable]:
    """The tables to read: where the layout tells sheets by a column, those that have it."""
    column = reading.layout.sheet_with
    if column is None:
        yield from tables
        return
    passed: list[SourceTable] = []
    read = 0
    for table in tables:
        if holds(table, reading.layout.columns[column]):
            read += 1
            yield table
        else:
            passed.append(table)
            reading.sheets = [name for name in reading.sheets if name != table.sheet]
    if passed and not read:
        raise reading.fault(
            "sheet",
            passed[0].source.name,
            expected=f"a sheet like {reading.layout.sheet!r} that has the column for {column}",
            found=f"the sheets {', '.join(repr(table.sheet) for table in passed)} without it",
            remedy="Ask the supplier for the agreed workbook, or set the layout's sheet, header row or columns "
            "to those it has now.",
        )


def _account(reading: Reading, source: Source, tally: Tally) -> None:
    """Refuse a file without rows, and note what was left out."""
    layout = reading.layout
    if not tally.read:
        after = "after the header" if layout.header_row and layout.format in _WITH_HEADER else "in the file"
        raise reading.fault(
            "empty",
            source.name,
            expected="at least one row of data",
            found=f"0 rows {after}",
            remedy="Ask the supplier to send the file again with its data.",
        )
    if tally.cut and layout.format == "csv":
        raise reading.fault(
            "readable",
            source.name,
            expected="a last row that is whole",
            found="fewer cells in the last row than in all others",
            remedy="The file was cut short; ask the supplier to send it again.",
        )
    if tally.short:
        reading.note(f"{source.name}: {tally.short:,} rows have fewer cells than the header")
    if layout.keep is not None and tally.left:
        column = layout.keep.column
        reading.note(f"{source.name}: {tally.left:,} of {tally.read:,} rows left out by keep on {column}")


_WITH_HEADER = {"csv", "xlsx", "xls", "ods"}


def write_empty(dataset: Dataset, target: Path) -> None:
    """Write the Parquet of a dataset that never came: the same columns, no rows.

    Args:
        dataset: the dataset.
        target: Parquet to write; replaced when it is there.
    """
    write_rowless(list(dataset.columns), target)
