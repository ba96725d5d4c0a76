"""Workbooks: XLSX, XLS and ODS through calamine, cells as the text a person would write for them.

Belongs here: choosing sheets, physical row numbers, the text of numbers, dates, truth values and errors.
Does not belong here: finding contract columns (`mapping.py`).

calamine gives error cells (`#N/A`) as empty ones. In XLSX and ODS their text is read from the workbook's
own XML; in the old binary XLS it is lost, and such a cell reads as absent.
"""

from __future__ import annotations

import datetime as dt
import fnmatch
import io
import posixpath
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any
from xml.parsers import expat

from spi_orchestration.findings import DeliveryError
from spi_orchestration.readers import archive, markup
from spi_orchestration.readers.delimited import joined_header
from spi_orchestration.readers.source import (
    KIND_WORDS,
    Reading,
    Row,
    Source,
    SourceTable,
    fold,
    sniff,
)

if TYPE_CHECKING:
    from python_calamine import CalamineWorkbook

__all__ = ["cell_text", "read"]

Errors = dict[tuple[int, int], str]


def read(reading: Reading, source: Source) -> Iterator[SourceTable]:
    """The tables of the sheets that the layout names, in the workbook's order.

    Hidden sheets are read only where no visible one matches. Row numbers are those that the spreadsheet
    program shows, leading empty rows counted.

    Raises:
        DeliveryError: `readable`, `empty`, `sheet` or `header`.
    """
    from python_calamine import CalamineWorkbook

    data = _checked(reading, source)
    with _opening(reading, source):
        workbook = CalamineWorkbook.from_filelike(io.BytesIO(data))
    for sheet in _sheets(reading, source, workbook):
        reading.sheets.append(sheet)
        with _opening(reading, source):
            grid = workbook.get_sheet_by_name(sheet).to_python(skip_empty_area=False)
        errors = _error_cells(data, sheet) if data.startswith(b"PK") else {}
        yield _table(reading, source, sheet, grid, errors)


def _checked(reading: Reading, source: Source) -> bytes:
    """The workbook's bytes, once they are known to be safe to unpack."""
    with source.stream() as stream:
        data = stream.read()
    kind = sniff(data[:4096])
    if kind == "empty":
        raise reading.fault(
            "empty",
            source.name,
            expected="a workbook",
            found="0 bytes",
            remedy="Ask the supplier to send the file again; the copy stopped before its first byte.",
        )
    if kind == "ole" and "EncryptedPackage".encode("utf-16-le") in data:
        raise reading.fault(
            "readable",
            source.name,
            expected="a workbook without a password",
            found="one locked with a password",
            remedy="Ask the supplier to send it unlocked over the agreed secure share.",
        )
    if kind == "zip":
        with zipfile.ZipFile(io.BytesIO(data)) as packed:
            for fault in archive.check_members(reading, source.name, packed.infolist(), len(data)):
                raise fault
    elif kind != "ole":
        raise _no_workbook(reading, source, KIND_WORDS[kind])
    return data


def _no_workbook(reading: Reading, source: Source, found: str) -> DeliveryError:
    return reading.fault(
        "readable",
        source.name,
        expected="a workbook (XLSX, XLS or ODS)",
        found=found,
        remedy="Open it in a spreadsheet program to see what it is; ask the supplier for the workbook, or "
        "give this edition a layout of the format it has.",
    )


@contextmanager
def _opening(reading: Reading, source: Source) -> Iterator[None]:
    """Turn calamine's errors into findings."""
    from python_calamine import CalamineError

    try:
        yield
    except CalamineError as error:
        # The message may repeat a cell that cannot be read.
        why = str(error) if reading.dataset.contract.shows_values else type(error).__name__
        raise _no_workbook(reading, source, f"a file that cannot be opened as one ({why})") from None
    except BaseException as error:
        # A fault inside calamine surfaces as pyo3's PanicException, which is no Exception.
        if type(error).__name__ != "PanicException":
            raise
        raise _no_workbook(reading, source, "a damaged one") from None


def _sheets(reading: Reading, source: Source, workbook: CalamineWorkbook) -> list[str]:
    """Names of the sheets to read."""
    from python_calamine import SheetTypeEnum, SheetVisibleEnum

    pages = [page for page in workbook.sheets_metadata if page.typ == SheetTypeEnum.WorkSheet]
    shown = [page.name for page in pages if page.visible == SheetVisibleEnum.Visible]
    hidden = [page.name for page in pages if page.visible != SheetVisibleEnum.Visible]
    wanted = reading.layout.sheet
    if wanted is None:
        if len(shown) == 1:
            return shown
        raise _no_sheet(reading, source, "one visible sheet, as the layout names none", shown, hidden)
    for names in (shown, hidden):
        fits = [name for name in names if fnmatch.fnmatchcase(fold(name).casefold(), fold(wanted).casefold())]
        if fits:
            if names is hidden:
                reading.note(f"{source.name}: read from a hidden sheet")
            return fits
    raise _no_sheet(reading, source, f"a sheet like {wanted!r}", shown, hidden)


def _no_sheet(
    reading: Reading, source: Source, expected: str, shown: list[str], hidden: list[str]
) -> DeliveryError:
    found = ", ".join([*(repr(name) for name in shown), *(f"{name!r} (hidden)" for name in hidden)])
    if found and not reading.dataset.contract.shows_values:
        # A workbook about people may have a sheet for each of them.
        found = f"of {len(shown) + len(hidden)} other names"
    return reading.fault(
        "sheet",
        source.name,
        expected=expected,
        found=f"the sheets {found}" if found else "no sheet",
        remedy="Ask the supplier for the agreed sheet name, or set the layout's sheet to the one that holds "
        "the table.",
    )


def _table(
    reading: Reading, source: Source, sheet: str, grid: list[list[Any]], errors: Errors
) -> SourceTable:
    layout = reading.layout
    rows = _text_rows(grid, errors)
    if layout.header_row == 0:
        return SourceTable(source, sheet, None, _filled(rows, layout.stop_at_blank))
    if len(grid) < layout.header_row:
        raise _no_header(reading, source, sheet, f"{len(grid)} rows")
    before: list[tuple[int, Row]] = [next(rows) for _ in range(layout.header_row - 1)]
    count = min(layout.header_rows, len(grid) - layout.header_row + 1)
    header = joined_header([next(rows)[1] for _ in range(count)])
    if not any(header):
        raise _no_header(reading, source, sheet, "a blank row")
    return SourceTable(
        source=source,
        sheet=sheet,
        header=header,
        rows=_filled(rows, layout.stop_at_blank),
        header_row=layout.header_row,
        header_text=" ".join(header),
        before=before,
    )


def _no_header(reading: Reading, source: Source, sheet: str, found: str) -> DeliveryError:
    return reading.fault(
        "header",
        source.name,
        expected=f"headers in row {reading.layout.header_row} of sheet {sheet!r}",
        found=found,
        remedy="Ask the supplier for the agreed workbook, or set the layout's header_row.",
        rows=(reading.layout.header_row,),
    )


def _text_rows(grid: list[list[Any]], errors: Errors) -> Iterator[tuple[int, Row]]:
    error_rows = {line for line, _ in errors}
    for line, row in enumerate(grid, 1):
        texts = [cell_text(value) for value in row]
        if line in error_rows:
            texts = [errors.get((line, at), text) for at, text in enumerate(texts, 1)]
        yield line, texts


def _filled(rows: Iterator[tuple[int, Row]], stop_at_blank: bool) -> Iterator[tuple[int, Row]]:
    seen = False
    for line, row in rows:
        if any(cell and cell.strip() for cell in row):
            seen = True
            yield line, row
        elif stop_at_blank and seen:
            return


def cell_text(value: object) -> str | None:
    """The text of one cell, losing no digit.

    >>> [cell_text(v) for v in (3.0, 0.1, True, "007", "")]
    ['3', '0.1', 'TRUE', '007', None]

    Args:
        value: what calamine gives for a cell.

    Returns:
        Text as sent; whole numbers without a decimal point, other numbers in the shortest form that
        reads back the same; dates as ISO 8601; None for an empty cell.
    """
    if isinstance(value, str):
        return value or None
    if isinstance(value, bool):
        return "TRUE" if value else "FALSE"
    if isinstance(value, float):
        # Beyond 2^53 a float no longer holds every whole number; its digits would be made up.
        return str(int(value)) if value.is_integer() and abs(value) < 2**53 else repr(value)
    if isinstance(value, dt.timedelta):
        seconds = round(value.total_seconds())
        return f"{seconds // 3600:02d}:{seconds // 60 % 60:02d}:{seconds % 60:02d}"
    if isinstance(value, dt.date | dt.time):
        return value.isoformat()
    return None if value is None else str(value)


def _error_cells(data: bytes, sheet: str) -> Errors:
    """(row, column), from 1, and text of the error cells of a sheet, from the workbook's XML.

    Source: ECMA-376 part 1, 18.18.11 (cell type `e`); OpenDocument 1.3 part 3, 19.385, with
    LibreOffice's `calcext:value-type="error"`.
    """
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as packed:
            names = set(packed.namelist())
            if "content.xml" in names:
                return _ods_errors(packed, sheet)
            part = _sheet_part(packed, names, sheet)
            if part is None:
                return {}
            content = packed.read(part)
            return _xlsx_errors(content) if b't="e"' in content or b"t='e'" in content else {}
    except (expat.ExpatError, markup.ForbiddenMarkupError, KeyError):
        # calamine read the workbook; only its error cells stay empty.
        return {}


def _sheet_part(packed: zipfile.ZipFile, names: set[str], sheet: str) -> str | None:
    """Name of the part that holds a sheet, by the workbook's list and its relations."""
    book, relations = "xl/workbook.xml", "xl/_rels/workbook.xml.rels"
    if not {book, relations} <= names:
        return None
    wanted: list[str] = []
    targets: dict[str, str] = {}

    def sheet_start(name: str, attributes: dict[str, str]) -> None:
        if markup.local(name) == "sheet" and attributes.get("name") == sheet:
            wanted.extend(value for key, value in attributes.items() if key.endswith(":id"))

    def relation_start(name: str, attributes: dict[str, str]) -> None:
        if markup.local(name) == "Relationship":
            targets[attributes.get("Id", "")] = attributes.get("Target", "")

    with packed.open(book) as stream:
        markup.parse(stream, sheet_start, _nothing, _nothing)  # type: ignore[arg-type]
    with packed.open(relations) as stream:
        markup.parse(stream, relation_start, _nothing, _nothing)  # type: ignore[arg-type]
    target = targets.get(wanted[0]) if wanted else None
    if target is None:
        return None
    part = posixpath.normpath(posixpath.join("/xl", target)).lstrip("/")
    return part if part in names else None


def _nothing(_: str) -> None:
    return None


def _xlsx_errors(content: bytes) -> Errors:
    errors: Errors = {}
    at = [0, 0]
    inside = [False, False]

    def start(name: str, attributes: dict[str, str]) -> None:
        match markup.local(name):
            case "row":
                at[:] = [int(attributes.get("r", at[0] + 1)), 0]
            case "c":
                place = attributes.get("r", "")
                at[1] = _column_number(place) if place else at[1] + 1
                inside[0] = attributes.get("t") == "e"
            case "v":
                inside[1] = inside[0]

    def end(name: str) -> None:
        if markup.local(name) == "v":
            inside[1] = False

    def text(piece: str) -> None:
        if inside[1]:
            errors[at[0], at[1]] = errors.get((at[0], at[1]), "") + piece

    markup.parse(io.BytesIO(content), start, end, text)
    return errors


def _column_number(place: str) -> int:
    """1 for `A7`, 27 for `AA1`."""
    number = 0
    for letter in place:
        if not letter.isalpha():
            break
        number = number * 26 + ord(letter.upper()) - 64
    return number


class _OdsErrors:
    """Collects the error cells of one table of an OpenDocument spreadsheet."""

    def __init__(self, sheet: str) -> None:
        self.errors: Errors = {}
        self._sheet = sheet
        self._in_sheet = self._in_error = self._in_text = False
        self._row = self._column = 0
        self._rows = self._columns = 1

    def start(self, name: str, attributes: dict[str, str]) -> None:
        if name == "table:table":
            self._in_sheet = attributes.get("table:name") == self._sheet
            self._row = 0
        elif not self._in_sheet:
            return
        elif name == "table:table-row":
            self._rows = int(attributes.get("table:number-rows-repeated", 1))
            self._column = 0
        elif name in {"table:table-cell", "table:covered-table-cell"}:
            self._columns = int(attributes.get("table:number-columns-repeated", 1))
            self._in_error = attributes.get("calcext:value-type") == "error"
        elif name == "text:p":
            self._in_text = self._in_error

    def end(self, name: str) -> None:
        if name == "table:table-row":
            self._row += self._rows
        elif name in {"table:table-cell", "table:covered-table-cell"}:
            self._column += self._columns
            self._in_error = False
        elif name == "text:p":
            self._in_text = False

    def text(self, piece: str) -> None:
        if not self._in_text:
            return
        for row in range(self._row + 1, self._row + 1 + self._rows):
            for column in range(self._column + 1, self._column + 1 + self._columns):
                self.errors[row, column] = self.errors.get((row, column), "") + piece


def _ods_errors(packed: zipfile.ZipFile, sheet: str) -> Errors:
    content = packed.read("content.xml")
    if b'calcext:value-type="error"' not in content:
        return {}
    collector = _OdsErrors(sheet)
    markup.parse(io.BytesIO(content), collector.start, collector.end, collector.text)
    return collector.errors
