"""Parquet as a system's export job writes it, with types.

Belongs here: typed columns to bytes. Does not belong here: the values.
"""

from __future__ import annotations

import csv
import tempfile
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

__all__ = ["parquet"]


def parquet(columns: Mapping[str, str], rows: Iterable[Sequence[object]]) -> bytes:
    """Write a Parquet file.

    Args:
        columns: name -> DuckDB type, in order.
        rows: cells; None and an empty text are null.
    """
    import duckdb

    with tempfile.TemporaryDirectory(prefix="spi-") as folder:
        text, target = Path(folder, "rows.csv"), Path(folder, "rows.parquet")
        with text.open("w", encoding="utf-8", newline="") as file:
            writer = csv.writer(file, lineterminator="\n")
            writer.writerow(columns)
            writer.writerows(["" if cell is None else cell for cell in row] for row in rows)
        with duckdb.connect(":memory:", config={"threads": 1}) as connection:
            connection.read_csv(str(text), header=True, dtype=dict(columns)).write_parquet(str(target))
        return target.read_bytes()
