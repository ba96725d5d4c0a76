"""One look for the pages of this room: a single file each, readable without script, by keyboard and by ear.

Belongs here: filling a template, and writing dates and numbers. Does not belong here: what a page says.
"""

from __future__ import annotations

import csv
import datetime as dt
import io
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

from spi_orchestration.templating import templates_beside

__all__ = ["csv_text", "day_words", "render", "write_page"]

_MONTHS = (
    *("January", "February", "March", "April", "May", "June"),
    *("July", "August", "September", "October", "November", "December"),
)


def day_words(value: dt.date | str | None) -> str:
    """A day as people write it, whatever the locale; a dash where there is none."""
    if not value:
        return "–"
    day = dt.date.fromisoformat(value[:10]) if isinstance(value, str) else value
    return f"{day.day} {_MONTHS[day.month - 1]} {day.year}"


def _points(value: float | None) -> str:
    return "–" if value is None else f"{value:.1f}"


def _signed(value: float | None) -> str:
    return "–" if value is None else f"{value:+.1f}"


def render(template: str, **values: Any) -> str:
    """Fill a template of this room.

    Raises:
        UndefinedError: the template asks for something it was not given.
    """
    environment = templates_beside(__file__)
    environment.filters.update(day=day_words, points=_points, signed=_signed)
    return environment.get_template(template).render(**values)


def write_page(path: Path, text: str) -> Path:
    """Write a page whole or not at all."""
    from spi_orchestration.release.files import write_whole

    write_whole(path, text)
    return path


def csv_text(header: Sequence[str], rows: Iterable[Sequence[Any]]) -> str:
    """Rows as CSV (RFC 4180); text that a spreadsheet program would run as a formula is made plain text."""
    stream = io.StringIO()
    writer = csv.writer(stream, lineterminator="\r\n")
    writer.writerow(header)
    for row in rows:
        writer.writerow([_plain(cell) for cell in row])
    return stream.getvalue()


def _plain(cell: Any) -> Any:
    if isinstance(cell, str) and cell[:1] in {"=", "+", "-", "@", "\t", "\r"}:
        return "'" + cell
    return "" if cell is None else cell
