"""XLSX and ODS workbooks with fixed dates inside, so that equal tables give equal bytes.

Belongs here: cells to workbooks. Does not belong here: which rows are titles, notes or totals; they
are rows like any other.
"""

from __future__ import annotations

import datetime as dt
import io
from collections.abc import Sequence
from dataclasses import dataclass
from xml.sax.saxutils import escape, quoteattr

from spi_orchestration.sample.writers.archive import packed

__all__ = ["Cell", "Sheet", "ods", "xlsx"]

Cell = str | int | float | dt.date | None

_CREATED = dt.datetime(2000, 1, 1)


@dataclass(frozen=True)
class Sheet:
    """One sheet: its name and its rows, blank rows included."""

    name: str
    rows: Sequence[Sequence[Cell]]


def xlsx(sheets: Sequence[Sheet], title: str) -> bytes:
    """Write an XLSX workbook; dates become date cells, numbers number cells.

    Args:
        sheets: in order.
        title: document title.
    """
    import xlsxwriter

    buffer = io.BytesIO()
    book = xlsxwriter.Workbook(buffer, {"in_memory": True, "default_date_format": "dd/mm/yyyy"})
    book.set_properties({"title": title, "comments": "Synthetic sample", "created": _CREATED})
    for sheet in sheets:
        page = book.add_worksheet(sheet.name)
        for r, row in enumerate(sheet.rows):
            for c, cell in enumerate(row):
                if cell is None:
                    continue
                if isinstance(cell, dt.date):
                    page.write_datetime(r, c, dt.datetime(cell.year, cell.month, cell.day))
                elif isinstance(cell, str):
                    page.write_string(r, c, cell)
                else:
                    page.write_number(r, c, cell)
    book.close()
    return buffer.getvalue()


def _ods_cell(cell: Cell) -> str:
    if cell is None:
        return "<table:table-cell/>"
    if isinstance(cell, dt.date):
        text = cell.isoformat()
        return (
            f'<table:table-cell office:value-type="date" office:date-value="{text}">'
            f"<text:p>{text}</text:p></table:table-cell>"
        )
    if isinstance(cell, str):
        return (
            f'<table:table-cell office:value-type="string"><text:p>{escape(cell)}</text:p></table:table-cell>'
        )
    return (
        f'<table:table-cell office:value-type="float" office:value="{cell!r}">'
        f"<text:p>{cell!r}</text:p></table:table-cell>"
    )


_ODS_NAMES = " ".join(
    f'xmlns:{name}="urn:oasis:names:tc:opendocument:xmlns:{long}:1.0"'
    for name, long in (("office", "office"), ("table", "table"), ("text", "text"), ("meta", "meta"))
)


def ods(sheets: Sequence[Sheet], title: str, about: str = "Synthetic sample") -> bytes:
    """Write an ODS workbook (OpenDocument 1.2); dates and numbers keep their type.

    Args:
        sheets: in order.
        title: document title.
        about: document description.
    """
    tables = []
    for sheet in sheets:
        rows = "".join(
            "<table:table-row>" + "".join(_ods_cell(cell) for cell in row or [None]) + "</table:table-row>"
            for row in sheet.rows
        )
        tables.append(f"<table:table table:name={quoteattr(sheet.name)}>{rows}</table:table>")
    head = '<?xml version="1.0" encoding="UTF-8"?>\n'
    content = (
        f'{head}<office:document-content {_ODS_NAMES} office:version="1.2"><office:body>'
        f"<office:spreadsheet>{''.join(tables)}</office:spreadsheet></office:body></office:document-content>"
    )
    meta = (
        f'{head}<office:document-meta {_ODS_NAMES} xmlns:dc="http://purl.org/dc/elements/1.1/" '
        f'office:version="1.2"><office:meta><dc:title>{escape(title)}</dc:title>'
        f"<dc:description>{escape(about)}</dc:description></office:meta></office:document-meta>"
    )
    kind = "application/vnd.oasis.opendocument.spreadsheet"
    manifest = (
        f'{head}<manifest:manifest xmlns:manifest="urn:oasis:names:tc:opendocument:xmlns:manifest:1.0" '
        f'manifest:version="1.2"><manifest:file-entry manifest:full-path="/" manifest:media-type="{kind}"/>'
        '<manifest:file-entry manifest:full-path="content.xml" manifest:media-type="text/xml"/>'
        '<manifest:file-entry manifest:full-path="meta.xml" manifest:media-type="text/xml"/>'
        "</manifest:manifest>"
    )
    # The format wants its own type first and not compressed.
    return packed(
        [
            ("mimetype", kind.encode("ascii")),
            ("content.xml", content.encode("utf-8")),
            ("meta.xml", meta.encode("utf-8")),
            ("META-INF/manifest.xml", manifest.encode("utf-8")),
        ],
        stored={"mimetype"},
    )
