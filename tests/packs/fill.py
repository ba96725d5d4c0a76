"""Filling in blank files with the rows of a delivery, as a supplier would: by heading.

Belongs here: reading and writing cells of CSV and XLSX with libraries that the product does not read with.
Does not belong here: what is expected of the result.
"""

from __future__ import annotations

import csv
import io
from pathlib import Path
from typing import Any

import openpyxl

__all__ = ["fill_csv", "fill_xlsx"]


def _by_heading(wanted: list[Any], table: list[list[Any]]) -> list[list[Any]]:
    """The rows below the headings of a table, with the columns that are wanted, in their order."""
    folded = [str(cell or "").strip().casefold() for cell in wanted]
    at = next(
        number
        for number, row in enumerate(table)
        if set(folded) <= {str(cell or "").strip().casefold() for cell in row}
    )
    given = [str(cell or "").strip().casefold() for cell in table[at]]
    places = [given.index(name) for name in folded]
    return [[row[place] if place < len(row) else None for place in places] for row in table[at + 1 :]]


def fill_csv(blank: bytes, delivery: Path, encoding: str) -> bytes:
    """A blank CSV with the rows of a delivered one. The last line of the blank file holds the headings."""
    head = blank.decode(encoding).splitlines()
    wanted = next(csv.reader([head[-1]]))
    with delivery.open(encoding=encoding, newline="") as stream:
        rows = _by_heading(wanted, list(csv.reader(stream)))
    text = io.StringIO()
    csv.writer(text, lineterminator="\r\n").writerows(rows)
    return blank + text.getvalue().encode(encoding.removesuffix("-sig"))


def fill_xlsx(blank: bytes, delivery: Path, sheet: str) -> bytes:
    """A blank workbook with the rows of a delivered one, below its last row.

    Args:
        blank: the blank workbook; it has one sheet.
        delivery: the delivered workbook.
        sheet: how the delivered sheet's name begins.
    """
    book = openpyxl.load_workbook(io.BytesIO(blank))
    page = book.worksheets[0]
    wanted = [cell.value for cell in page[page.max_row]]
    source = openpyxl.load_workbook(delivery, read_only=True)
    (name,) = [name for name in source.sheetnames if name.casefold().startswith(sheet.casefold())][:1]
    table = [list(row) for row in source[name].iter_rows(values_only=True)]
    first = page.max_row + 1
    for number, row in enumerate(_by_heading(wanted, table), first):
        for at, cell in enumerate(row, 1):
            if cell is not None:
                page.cell(number, at, cell)
    buffer = io.BytesIO()
    book.save(buffer)
    return buffer.getvalue()
