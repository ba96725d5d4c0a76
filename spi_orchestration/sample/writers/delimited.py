"""Delimited text as suppliers export it.

Belongs here: separators, encodings, line ends and byte order marks. Does not belong here: spreadsheets.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Sequence

__all__ = ["delimited"]


def delimited(
    header: Sequence[str] | None,
    rows: Iterable[Sequence[object]],
    *,
    encoding: str = "utf-8",
    delimiter: str = ",",
    newline: str = "\n",
    quote_all: bool = False,
    preamble: Sequence[str] = (),
    footer: Sequence[str] = (),
) -> bytes:
    """Write a table.

    Args:
        header: column names; None for a file without them.
        rows: cells; None is an empty cell.
        encoding: text encoding; `utf-8-sig` puts a byte order mark first.
        delimiter: between cells.
        newline: line end.
        quote_all: every text cell in quotes.
        preamble: lines before the table, as they are.
        footer: lines after it.
    """
    text = io.StringIO()
    for line in preamble:
        text.write(line + newline)
    writer = csv.writer(
        text,
        delimiter=delimiter,
        lineterminator=newline,
        quoting=csv.QUOTE_NONNUMERIC if quote_all else csv.QUOTE_MINIMAL,
    )
    if header is not None:
        writer.writerow(header)
    writer.writerows(["" if cell is None else cell for cell in row] for row in rows)
    for line in footer:
        text.write(line + newline)
    return text.getvalue().encode(encoding)
