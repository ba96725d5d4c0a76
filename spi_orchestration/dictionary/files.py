"""Dictionary tables as CSV files and as one workbook, the same bytes for the same tables.

Belongs here: CSV, and a workbook marked up as the guidance on statistics in spreadsheets asks: a cover, a list
of contents, notes, one table a sheet from its first row on, marked as a table, no merged cells. Does not
belong here: what the tables hold (`tables.py`).
"""

from __future__ import annotations

import csv
import datetime as dt
import io
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from spi_orchestration.dictionary.tables import Cell, Dictionary, Table

if TYPE_CHECKING:
    import xlsxwriter.worksheet

__all__ = ["SYNTHETIC_WORDS", "csv_bytes", "workbook", "write_csvs"]

SYNTHETIC_WORDS = (
    "SYNTHETIC: the deliveries of the shares in use are made up. What is written here of datasets and "
    "indicators holds for real ones too; no figure of the sample describes a real place."
)

#: A wider column makes people scroll; longer text is wrapped.
_WIDEST, _NARROWEST = 60, 10


def _text(cell: Cell) -> str:
    return "" if cell is None else repr(cell) if isinstance(cell, float) else str(cell)


def csv_bytes(table: Table) -> bytes:
    """A table as CSV: RFC 4180, UTF-8, without a byte order mark."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\r\n")
    writer.writerow([name for name, _ in table.columns])
    writer.writerows([_text(cell) for cell in row] for row in table.rows)
    return text.getvalue().encode("utf-8")


def write_csvs(tables: Sequence[Table], folder: Path) -> list[Path]:
    """Write each table as `<name>.csv`."""
    folder.mkdir(parents=True, exist_ok=True)
    paths = []
    for table in tables:
        path = folder / f"{table.name}.csv"
        path.write_bytes(csv_bytes(table))
        paths.append(path)
    return paths


def workbook(dictionary: Dictionary, about: Sequence[str]) -> bytes:
    """The dictionary as an XLSX workbook.

    Args:
        dictionary: what it holds.
        about: lines of the cover, below the title.
    """
    import xlsxwriter

    buffer = io.BytesIO()
    book = xlsxwriter.Workbook(
        buffer, {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False}
    )
    # The clock has no place in the file: the same dictionary gives the same bytes.
    book.set_properties({"title": dictionary.title, "created": dt.datetime(dictionary.edition, 1, 1)})
    book.set_calc_mode("auto")
    styles = {
        "title": book.add_format({"bold": True, "font_size": 16}),
        "head": book.add_format({"bold": True, "text_wrap": True, "valign": "top"}),
        "cell": book.add_format({"text_wrap": True, "valign": "top"}),
        "line": book.add_format({"text_wrap": False}),
        "link": book.add_format({"font_color": "#0000ee", "underline": 1}),
    }
    marks = [SYNTHETIC_WORDS] if dictionary.synthetic else []
    _lines(book.add_worksheet("Cover"), dictionary.title, [*marks, *about], styles)
    contents = Table(
        "Contents",
        "Contents",
        "",
        (("sheet", ""), ("title", ""), ("rows", "")),
        (
            ("Notes", "Notes: what each column holds", None),
            *((table.name, table.title, len(table.rows)) for table in dictionary.tables),
        ),
    )
    page = book.add_worksheet("Contents")
    _table(page, contents, ["This sheet lists the sheets of the workbook and links to them.", *marks], styles)
    for row, (name, *_) in enumerate(contents.rows, 3 + len(marks)):
        page.write_url(row, 0, f"internal:'{name}'!A1", styles["link"], str(name))
    notes = Table(
        "Notes",
        "Notes",
        "",
        (("sheet", ""), ("column", ""), ("holds", "")),
        tuple((table.name, name, words) for table in dictionary.tables for name, words in table.columns),
    )
    said = "This sheet holds one table: what each column holds. A blank cell means that the thing does not apply."
    _table(book.add_worksheet("Notes"), notes, [said, *marks], styles)
    for table in dictionary.tables:
        said = f"This sheet holds one table. {table.note} Columns are explained on the sheet Notes."
        _table(book.add_worksheet(table.name), table, [said, *marks], styles)
    book.close()
    return buffer.getvalue()


def _lines(
    page: xlsxwriter.worksheet.Worksheet, title: str, lines: Sequence[str], styles: dict[str, Any]
) -> None:
    page.set_column(0, 0, 100)
    page.write_string(0, 0, title, styles["title"])
    for row, line in enumerate(lines, 1):
        page.write_string(row, 0, line, styles["cell"])


def _width(table: Table, at: int) -> int:
    longest = max([len(table.columns[at][0]) + 3, *(len(_text(row[at])) for row in table.rows)])
    return max(_NARROWEST, min(_WIDEST, longest + 1))


def _table(
    page: xlsxwriter.worksheet.Worksheet, table: Table, lines: Sequence[str], styles: dict[str, Any]
) -> None:
    """A sheet: its title, lines on it, and the table, one below the other without a gap."""
    page.write_string(0, 0, table.title, styles["title"])
    for row, line in enumerate(lines, 1):
        # Long lines run over the cells to the right, which are empty.
        page.write_string(row, 0, line, styles["line"])
    first = 1 + len(lines)
    for at in range(len(table.columns)):
        page.set_column(at, at, _width(table, at), styles["cell"])
    last = first + max(1, len(table.rows))
    page.add_table(
        first,
        0,
        last,
        len(table.columns) - 1,
        {
            "name": "table_" + table.name.lower().replace(" ", "_"),
            "columns": [{"header": name, "header_format": styles["head"]} for name, _ in table.columns],
            "style": "Table Style Light 1",
            "banded_rows": False,
        },
    )
    for row, cells in enumerate(table.rows, first + 1):
        for at, cell in enumerate(cells):
            if cell is None:
                continue
            if isinstance(cell, str):
                page.write_string(row, at, cell, styles["cell"])
            else:
                page.write_number(row, at, cell, styles["cell"])
