"""Parquet as sent: every column cast to text.

Belongs here: delivered Parquet files. Does not belong here: the raw Parquet that readers write
(`parquet.py`).
"""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

from spi_orchestration.findings import DeliveryError
from spi_orchestration.readers.parquet import connect, read_path
from spi_orchestration.readers.source import KIND_WORDS, Reading, Row, Source, SourceTable, fold, sniff

__all__ = ["read"]

_BATCH = 20_000


def read(reading: Reading, source: Source) -> Iterator[SourceTable]:
    """The one table of a Parquet file; row numbers are those of its records, from 1.

    Raises:
        DeliveryError: `readable` or `empty`.
    """
    import duckdb

    kind = sniff(source.head())
    if kind != "parquet":
        raise reading.fault(
            "empty" if kind == "empty" else "readable",
            source.name,
            expected="a Parquet file",
            found=KIND_WORDS[kind],
            remedy="Ask the supplier to send the file again in the agreed format.",
        )
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder, connect() as connection:
        place = read_path(source.on_disk(Path(folder)))

        def damaged(error: Exception) -> DeliveryError:
            return reading.fault(
                "readable",
                source.name,
                expected="a whole Parquet file",
                found=f"one that cannot be read ({type(error).__name__})",
                remedy="Ask the supplier to send it again, or copy it to the share again; compare the sizes.",
            )

        def rows() -> Iterator[tuple[int, Row]]:
            line = 0
            while batch := connection.fetchmany(_BATCH):
                for row in batch:
                    line += 1
                    if any(cell is not None and cell.strip() for cell in row):
                        yield line, row

        try:
            described = connection.execute(f"describe select * from read_parquet({place})").fetchall()
            names = [str(row[0]) for row in described]
            items = ", ".join('cast("' + name.replace('"', '""') + '" as varchar)' for name in names)
            connection.execute(f"select {items} from read_parquet({place})")
            # Damage further in shows only while rows are fetched.
            yield SourceTable(source, None, [fold(name) for name in names], _until(rows(), damaged))
        except duckdb.Error as error:
            raise damaged(error) from None


def _until(
    rows: Iterator[tuple[int, Row]], damaged: Callable[[Exception], DeliveryError]
) -> Iterator[tuple[int, Row]]:
    import duckdb

    try:
        yield from rows
    except duckdb.Error as error:
        raise damaged(error) from None
