"""Delimited text: encodings, preambles, header rows, footers, and true line numbers.

Belongs here: everything about CSV and its kin as suppliers send them. Does not belong here: finding
contract columns (`mapping.py`), or undoing gzip (`source.py`).
"""

from __future__ import annotations

import csv
import io
import itertools
from collections.abc import Iterator

from spi_orchestration.readers.source import (
    Reading,
    Row,
    Source,
    SourceTable,
    choose_encoding,
    fold,
    require_text,
)

__all__ = ["joined_header", "read"]

#: A cell may be as large as a national boundary; Python's own limit is 131,072 characters.
_CELL_LIMIT = 2**31 - 1


def read(reading: Reading, source: Source) -> Iterator[SourceTable]:
    """The one table of a delimited text file.

    Row numbers are lines of the file as an editor counts them: the first line of each record, with line
    breaks inside quoted cells and blank lines counted.

    Raises:
        DeliveryError: `readable`, `empty` or `header`.
    """
    layout = reading.layout
    require_text(reading, source, "delimited text")
    encoding = choose_encoding(reading, source)
    if len(layout.delimiter) != 1:
        raise reading.misuse(f"delimiter is one character; found {layout.delimiter!r}")
    csv.field_size_limit(_CELL_LIMIT)
    with io.TextIOWrapper(source.stream(), encoding=encoding, newline="") as stream:
        # Packed files are read through Python: 8 KB at a time, the default, takes twice as long.
        setattr(stream, "_CHUNK_SIZE", 1 << 17)  # noqa: B010
        records = _records(reading, source, stream)
        before, header, text = _header(reading, source, records)
        yield SourceTable(
            source=source,
            sheet=None,
            header=header,
            rows=_rows(records, layout.stop_at_blank),
            header_row=layout.header_row,
            header_text=text,
            before=before,
        )


def _records(reading: Reading, source: Source, stream: io.TextIOWrapper) -> Iterator[tuple[int, list[str]]]:
    """(line of its start, cells) of each record; a quoted cell that is never closed is a fault."""
    ended: list[bool] = []

    def mark() -> Iterator[str]:
        # Asked for only when the file is used up.
        ended.append(True)
        yield from ()

    reader = csv.reader(itertools.chain(stream, mark()), delimiter=reading.layout.delimiter)
    start = 1
    for record in reader:
        if ended:
            raise reading.fault(
                "readable",
                source.name,
                expected="quoted cells that are closed",
                found=f"one that opens in the record of line {start:,} and runs to the end of the file",
                remedy="The file was cut short or a quotation mark was sent unescaped; ask the supplier "
                "to export it again.",
                rows=(start,),
            )
        yield start, record
        start = reader.line_num + 1


def joined_header(rows: list[Row]) -> list[str]:
    """Header cells of one or more header rows, folded and joined with a blank, by position."""
    width = max((len(row) for row in rows), default=0)
    texts = []
    for at in range(width):
        parts = (fold(row[at] or "") for row in rows if at < len(row))
        texts.append(" ".join(part for part in parts if part))
    return texts


def _header(
    reading: Reading, source: Source, records: Iterator[tuple[int, list[str]]]
) -> tuple[list[tuple[int, Row]], list[str] | None, str]:
    """Rows above the header, the header, and its text as sent."""
    layout = reading.layout
    before: list[tuple[int, Row]] = []
    if layout.header_row == 0:
        return before, None, ""
    last = 0
    for line, record in records:
        last = line
        if line < layout.header_row:
            before.append((line, record))
            continue
        if line > layout.header_row:
            break
        rows: list[Row] = [record]
        rows += [row for _, row in itertools.islice(records, layout.header_rows - 1)]
        header = joined_header(rows)
        if not any(header):
            raise reading.fault(
                "header",
                source.name,
                expected=f"headers in line {layout.header_row}",
                found="a blank line",
                remedy="Ask the supplier for the agreed file, or set the layout's header_row.",
                rows=(layout.header_row,),
            )
        return before, header, layout.delimiter.join(record)
    if last > layout.header_row:
        found = f"that line inside a cell of the record that begins in line {before[-1][0] if before else 1}"
    else:
        found = f"a file whose last record begins in line {last}" if last else "no text at all"
    raise reading.fault(
        "header" if last else "empty",
        source.name,
        expected=f"headers in line {layout.header_row}",
        found=found,
        remedy="Ask the supplier for the agreed file, or set the layout's header_row.",
    )


def _rows(records: Iterator[tuple[int, list[str]]], stop_at_blank: bool) -> Iterator[tuple[int, Row]]:
    """Records that are not wholly blank; with `stop_at_blank` those before the first blank one."""
    seen = False
    for line, record in records:
        if any(record) and "".join(record).strip():
            seen = True
            yield line, record
        elif stop_at_blank and seen:
            return
