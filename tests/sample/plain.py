"""Delivered files as plain tables, read without any code of the product.

Belongs here: opening a file. Does not belong here: what its numbers should be.
"""

from __future__ import annotations

import csv
import io
import zipfile
from pathlib import Path

Row = dict[str, str]


def csv_rows(
    source: Path | bytes, *, encoding: str = "utf-8-sig", delimiter: str = ",", skip: int = 0
) -> list[Row]:
    content = source if isinstance(source, bytes) else source.read_bytes()
    table = list(csv.reader(io.StringIO(content.decode(encoding), newline=""), delimiter=delimiter))[skip:]
    return [dict(zip(table[0], row, strict=False)) for row in table[1:]]


def sheet_names(path: Path) -> list[str]:
    import openpyxl

    book = openpyxl.load_workbook(path, read_only=True)
    try:
        return book.sheetnames
    finally:
        book.close()


def xlsx_table(path: Path, sheet: str) -> list[list[object]]:
    import openpyxl

    book = openpyxl.load_workbook(path, read_only=True, data_only=True)
    try:
        return [list(row) for row in book[sheet].iter_rows(values_only=True)]
    finally:
        book.close()


def xls_rows(path: Path, sheet: str, header: int) -> list[dict[str, object]]:
    from python_calamine import CalamineWorkbook

    table = CalamineWorkbook.from_path(str(path)).get_sheet_by_name(sheet).to_python(skip_empty_area=False)
    return [dict(zip(map(str, table[header - 1]), row, strict=False)) for row in table[header:]]


def xlsx_rows(path: Path, sheet: str, header: int) -> list[dict[str, object]]:
    table = xlsx_table(path, sheet)
    names = [str(cell) for cell in table[header - 1]]
    return [dict(zip(names, row, strict=False)) for row in table[header:]]


def ods_table(path: Path, sheet: str) -> list[list[str]]:
    from odf import teletype
    from odf.opendocument import load
    from odf.table import Table, TableCell, TableRow

    for table in load(path).getElementsByType(Table):
        if table.getAttribute("name") == sheet:
            return [
                [teletype.extractText(cell) for cell in row.getElementsByType(TableCell)]
                for row in table.getElementsByType(TableRow)
            ]
    raise AssertionError(f"no sheet {sheet}")


def ods_rows(path: Path, sheet: str, header: int) -> list[Row]:
    table = ods_table(path, sheet)
    return [dict(zip(table[header - 1], row, strict=False)) for row in table[header:]]


def zip_member(path: Path, name: str) -> bytes:
    with zipfile.ZipFile(path) as archive:
        return archive.read(name)
