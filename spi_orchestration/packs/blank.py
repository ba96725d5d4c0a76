"""Blank deliveries: files in exactly the layout that the catalogue expects, without a row.

Belongs here: turning a layout round, from where columns are found to a file in which they stand. Does not
belong here: the pack around them (`pack.py`).
"""

from __future__ import annotations

import csv
import datetime as dt
import io
import re
from collections.abc import Sequence
from dataclasses import dataclass

from spi_orchestration.catalogue import Column, Dataset, Layout, fill_template
from spi_orchestration.plain_words import period_words

__all__ = ["Blank", "blank_files", "headings", "why_none"]

#: Families in which a person fills in rows.
_FILLABLE = frozenset({"csv", "xlsx", "ods"})


@dataclass(frozen=True)
class Blank:
    """One blank file.

    Attributes:
        name: where it belongs below the supplier's folder, under a name that the catalogue expects.
        open: parts of the name that the supplier fills in, as they stand in it.
        content: its bytes.
    """

    name: str
    open: tuple[str, ...]
    content: bytes


def why_none(dataset: Dataset, edition: int, *, national: bool = False) -> str | None:
    """Why a dataset has no blank file, in a sentence; None where it has one."""
    if national:
        return "It is published by the supplier; the council fetches it, and nobody fills it in."
    if not dataset.has_layout(edition):
        return f"No delivery is expected for edition {edition}; the one before it serves on."
    if dataset.contract.refresh.cycle == "event" and dataset.due_date(edition) is None:
        return f"What it follows (an election, a survey) does not fall in edition {edition}; nothing is to be sent."
    layout = dataset.layout(edition)
    if layout.format in {"gpkg", "geojson", "topojson"}:
        return "It is a map file, which a geographical information system exports; the fields it needs are listed below."
    if layout.format not in _FILLABLE:
        return "It is the export of a system, not a file that is filled in by hand; the columns it needs are listed below."
    if layout.archive_member:
        return "It is sent packed, as the system exports it; the columns it needs are listed below."
    by_heading = all(
        (locator.header is not None and locator.occurrence == 1) or _beside_the_table(layout, name)
        for name, locator in layout.columns.items()
    )
    if layout.unpivot is not None or not by_heading or layout.header_row == 0 or layout.header_rows > 1:
        return "Its headings change with the year; send it as the system exports it. The columns are listed below."
    return None


def _beside_the_table(layout: Layout, name: str) -> bool:
    """Whether a column is known from the file or its sheet, and not from a cell."""
    locator = layout.columns[name]
    return locator.constant is not None or locator.file is not None or locator.sheet is not None


def headings(dataset: Dataset, layout: Layout) -> list[tuple[str, str]]:
    """(heading, contract column) of a layout whose columns are found by heading, in the contract's order."""
    found = [(layout.columns[name].header, name) for name in dataset.columns if name in layout.columns]
    return [(heading, name) for heading, name in found if heading is not None]


def _file_name(pattern: str, edition: int) -> tuple[str, tuple[str, ...]]:
    """A name that matches a pattern, and the parts of it that the supplier fills in."""
    parts: list[str] = []

    def fill(match: re.Match[str]) -> str:
        if match.group() == "?":
            text = "1"
        else:
            # A star after a year and a hyphen stands for the rest of a date.
            text = "MM-DD" if re.search(r"\d{4}-$", match.string[: match.start()]) else "NAME"
        parts.append(text)
        return text

    return re.sub(r"\*+|\?", fill, fill_template(pattern, edition)), tuple(parts)


def _sheet_name(layout: Layout) -> str:
    """A sheet name that the layout's pattern accepts."""
    return (layout.sheet or "Data").replace("*", "").replace("?", "1").strip() or "Data"


def _preamble(dataset: Dataset, layout: Layout, edition: int) -> list[str]:
    """Lines above the headings: as many as the layout has rows there."""
    lines = [
        dataset.contract.title,
        f"Edition {edition}. Period: {period_words(dataset, edition)}.",
        f"One row is {dataset.contract.grain.removeprefix('one row ')}.",
    ]
    wanted = layout.header_row - 1
    if wanted <= len(lines):
        return lines[:wanted]
    # A blank last row would be taken for the headings by somebody who looks for the first filled one.
    note = f"Fill in from row {layout.header_row + 1} on, below the headings."
    return [*lines, *[note] * (wanted - len(lines))]


def _csv(dataset: Dataset, layout: Layout, edition: int) -> bytes:
    text = io.StringIO()
    writer = csv.writer(text, delimiter=layout.delimiter, lineterminator="\r\n")
    for line in _preamble(dataset, layout, edition):
        writer.writerow([line])
    writer.writerow([heading for heading, _ in headings(dataset, layout)])
    return text.getvalue().encode(layout.encoding, errors="replace")


def _xlsx(dataset: Dataset, layout: Layout, edition: int) -> bytes:
    import xlsxwriter

    buffer = io.BytesIO()
    book = xlsxwriter.Workbook(
        buffer, {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False}
    )
    book.set_properties({"title": dataset.contract.title, "created": dt.datetime(edition, 1, 1)})
    page = book.add_worksheet(_sheet_name(layout))
    bold = book.add_format({"bold": True, "bottom": 1})
    for row, line in enumerate(_preamble(dataset, layout, edition)):
        page.write_string(row, 0, line)
    first = layout.header_row - 1
    for at, (heading, name) in enumerate(headings(dataset, layout)):
        column = dataset.columns[name]
        page.set_column(at, at, max(12, min(40, len(heading) + 2)), book.add_format(_cell_format(column)))
        page.write_string(first, at, heading, bold)
        allowed = list(column.allowed)
        # Excel takes a list of at most 255 characters, and no comma inside a value.
        if allowed and len(",".join(allowed)) <= 255 and not any("," in value for value in allowed):
            page.data_validation(
                first + 1,
                at,
                first + 5000,
                at,
                {
                    "validate": "list",
                    "source": allowed,
                    "error_type": "warning",
                    "error_title": "Another value",
                    "error_message": "The value is not among the agreed ones.",
                },
            )
    page.freeze_panes(first + 1, 0)
    book.close()
    return buffer.getvalue()


def _cell_format(column: Column) -> dict[str, str]:
    """Text for everything that a spreadsheet program would spoil: codes, years, dates agreed as text."""
    if column.type in {"integer", "number", "percent"}:
        return {}
    if column.type in {"date", "month"} and "excel" in column.formats:
        return {"num_format": "dd/mm/yyyy"}
    return {"num_format": "@"}


def _ods(dataset: Dataset, layout: Layout, edition: int) -> bytes:
    from spi_orchestration.sample.writers.spreadsheet import Sheet, ods

    rows: list[Sequence[str]] = [[line] for line in _preamble(dataset, layout, edition)]
    rows.append([heading for heading, _ in headings(dataset, layout)])
    return ods([Sheet(_sheet_name(layout), rows)], dataset.contract.title, f"Template, edition {edition}")


def blank_files(dataset: Dataset, edition: int) -> list[Blank]:
    """The blank files of a dataset for an edition, one a file that is expected.

    The same catalogue gives the same bytes. Columns that the layout knows and does not use are left out: what
    nobody needs is not asked for.

    Raises:
        ValueError: the dataset has none; `why_none` says why.
    """
    if why_none(dataset, edition) is not None:
        raise ValueError(f"{dataset.id} has no blank file for edition {edition}")
    layout = dataset.layout(edition)
    content = {"csv": _csv, "xlsx": _xlsx, "ods": _ods}[layout.format](dataset, layout, edition)
    return [Blank(*_file_name(pattern, edition), content) for pattern in layout.files]
