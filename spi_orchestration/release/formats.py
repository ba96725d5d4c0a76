"""One published table as Parquet and as CSV, the same bytes for the same rows.

Belongs here: types a published table may have, the total order, number and date formats, and what is
refused (no rows, numbers that are none, cells a spreadsheet program would run). Does not belong here:
which tables are published (`draft.py`), or rounding and wording (the marts).
"""

from __future__ import annotations

import csv
import datetime as dt
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Any

from spi_orchestration.release.files import ReleaseError

if TYPE_CHECKING:
    import duckdb

__all__ = ["Table", "cell_text", "describe", "open_warehouse", "write_csv", "write_parquet"]

#: Types as DuckDB names them -> what is published. Everything else has no plain form in a CSV.
_PLAIN = {
    "VARCHAR": "varchar",
    "BOOLEAN": "boolean",
    "DATE": "date",
    "TINYINT": "bigint",
    "SMALLINT": "bigint",
    "INTEGER": "bigint",
    "BIGINT": "bigint",
    "UTINYINT": "bigint",
    "USMALLINT": "bigint",
    "UINTEGER": "bigint",
    "UBIGINT": "bigint",
    # Parquet has no 128-bit integer: DuckDB would write a double and lose digits in silence.
    "HUGEINT": "bigint",
    "UHUGEINT": "bigint",
    "FLOAT": "double",
    "DOUBLE": "double",
}

#: A cell that Excel or LibreOffice would run as a formula when the CSV is opened.
FORMULA = r"^([=@\t\r]|[+-][^\s\d.])"

BATCH = 20_000


@dataclass(frozen=True)
class Table:
    """A table to publish.

    Attributes:
        name: as in the schema of marts.
        rows: number of rows.
        columns: (name, published type) in the model's order.
    """

    name: str
    rows: int
    columns: tuple[tuple[str, str], ...]


def _quote(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'


def open_warehouse(warehouse: Path) -> duckdb.DuckDBPyConnection:
    """Open a warehouse for reading, with one thread, so that rows are written in one order.

    Raises:
        ReleaseError: absent, held by a writer, or not a DuckDB file.
    """
    import duckdb

    if not warehouse.is_file():
        raise ReleaseError(
            f"there is no warehouse {warehouse.name} in {warehouse.parent}. Run the build first."
        )
    config: dict[str, str | bool | int | float | list[str]] = {
        "threads": 1,
        "autoinstall_known_extensions": False,
        "preserve_insertion_order": True,
    }
    try:
        return duckdb.connect(str(warehouse), read_only=True, config=config)
    except duckdb.Error as error:
        raise ReleaseError(f"the warehouse {warehouse.name} cannot be opened: {error}") from None


def describe(con: duckdb.DuckDBPyConnection, schema: str, name: str, *, may_be_empty: bool = False) -> Table:
    """Check that a table can be published, and say what it holds.

    Args:
        con: open warehouse.
        schema: schema of the marts.
        name: table.
        may_be_empty: no rows are an answer, not a fault.

    Raises:
        ReleaseError: a type without plain form, no rows, an infinite or undefined number, or a text that
            a spreadsheet program would run; names table and column.
    """
    found = con.execute(
        "select column_name, data_type from information_schema.columns "
        "where table_schema = ? and table_name = ? order by ordinal_position",
        [schema, name],
    ).fetchall()
    columns: list[tuple[str, str]] = []
    tests: list[tuple[str, str, str]] = []
    for column, kind in found:
        base = kind.split("(")[0]
        if base == "ENUM":
            published = "varchar"
        elif base == "DECIMAL" and "[" not in kind:
            published = kind.lower()
        elif kind in _PLAIN:
            published = _PLAIN[kind]
        else:
            raise ReleaseError(
                f"{name}: column {column}: expected text, a number, a truth value or a date; found {kind}. "
                "A published table holds nothing that a CSV cannot: change the model."
            )
        columns.append((column, published))
        quoted = _quote(column)
        if published == "double":
            tests.append((column, f"not isfinite({quoted})", "numbers; found {} infinite or undefined"))
        elif published == "varchar":
            tests.append(
                (
                    column,
                    f"regexp_matches({quoted}, '{FORMULA}')",
                    "plain text; found {} cells that a spreadsheet program would run as a formula",
                )
            )
    counts = ", ".join(["count(*)", *(f"count(*) filter ({test})" for _, test, _ in tests)])
    row = con.execute(f"select {counts} from {_quote(schema)}.{_quote(name)}").fetchone()
    assert row is not None
    for (column, _, words), count in zip(tests, row[1:], strict=True):
        if count:
            raise ReleaseError(
                f"{name}: column {column}: expected {words.format(count)}. Nothing was written."
            )
    if not row[0] and not may_be_empty:
        raise ReleaseError(f"{name}: expected rows; found none. Nothing was written; see the build's report.")
    return Table(name, row[0], tuple(columns))


def _select(schema: str, table: Table) -> str:
    parts = []
    for column, kind in table.columns:
        quoted = _quote(column)
        # Adding zero turns a negative zero, which sorts as equal and writes as other bytes, into zero.
        value = f"{quoted}::double + 0.0::double" if kind == "double" else f"{quoted}::{kind}"
        parts.append(f"{value} as {quoted}")
    order = ", ".join(f"{i} asc nulls first" for i in range(1, len(parts) + 1))
    return f"select {', '.join(parts)} from {_quote(schema)}.{_quote(table.name)} order by {order}"


def write_parquet(con: duckdb.DuckDBPyConnection, schema: str, table: Table, path: Path) -> None:
    """Write a table as Parquet (zstd), in the total order of all columns from left to right.

    Raises:
        ReleaseError: an integer does not fit 64 bits.
    """
    import duckdb

    target = str(path).replace("'", "''")
    try:
        con.execute(
            f"copy ({_select(schema, table)}) to '{target}' "
            "(format parquet, compression zstd, compression_level 3, row_group_size 122880)"
        )
    except duckdb.ConversionException as error:
        raise ReleaseError(f"{table.name}: a number does not fit its published type: {error}") from None


def cell_text(value: Any) -> str:
    """One value as the CSV shows it.

    Numbers have the fewest digits that read back as the same number, and no exponent (Excel would show
    it as one); dates are ISO; an absent value is an empty cell.

    >>> cell_text(1e-07), cell_text(2.0), cell_text(True), cell_text(None)
    ('0.0000001', '2.0', 'true', '')
    """
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float):
        text = repr(value)
        return format(Decimal(text), "f") if "e" in text else text
    if isinstance(value, Decimal):
        return format(value, "f")
    if isinstance(value, dt.date):
        return value.isoformat()
    return str(value)


def write_csv(con: duckdb.DuckDBPyConnection, parquet: Path, path: Path) -> None:
    """Write a published Parquet file as CSV, row by row the same: RFC 4180, UTF-8, no byte order mark."""
    source = str(parquet).replace("'", "''")
    cursor = con.execute(f"select * from read_parquet('{source}')")
    with path.open("w", encoding="utf-8", newline="") as stream:
        writer = csv.writer(stream, lineterminator="\r\n")
        writer.writerow([item[0] for item in cursor.description or []])
        while rows := cursor.fetchmany(BATCH):
            writer.writerows([cell_text(value) for value in row] for row in rows)
