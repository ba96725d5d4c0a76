"""The method hash: one value for what the framework seeds say, however they were saved.

Belongs here: reading seeds as content and hashing that. Does not belong here: what a seed means.
"""

from __future__ import annotations

import csv
import hashlib
import io
import json
import re
from collections.abc import Iterable
from pathlib import Path

from spi_orchestration.release.files import ReleaseError

__all__ = ["framework_seeds", "method_hash", "parse_seed"]

PROFILES = ("full", "open")

# A number as seeds write it. "007" and "+1" are text: a spreadsheet that strips them has changed the seed.
_NUMBER = re.compile(r"(-?)(0|[1-9]\d*)(?:\.(\d+))?(?:[eE]([+-]?\d{1,4}))?")
_TRUTH = {"true": "true", "false": "false"}

Cell = str | tuple[str, str, int]


def _cell(text: str) -> Cell:
    """The content of one cell: text, or sign, digits and power of ten of a number."""
    match = _NUMBER.fullmatch(text.strip())
    if match is None:
        # Excel writes a lower-case truth value back in capitals; line ends inside a cell follow the system.
        return _TRUTH.get(text.strip().lower(), text.replace("\r\n", "\n").replace("\r", "\n"))
    sign, whole, fraction, power = match.groups()
    digits = (whole + (fraction or "")).lstrip("0")
    exponent = int(power or 0) - len(fraction or "")
    kept = digits.rstrip("0")
    if not kept:
        return ("", "0", 0)
    return (sign, kept, exponent + len(digits) - len(kept))


def parse_seed(path: Path) -> tuple[list[str], list[list[Cell]]]:
    """Read a seed as content: column names in order, and the rows in the file's order.

    A byte order mark, the kind of line end, quoting, and empty columns and rows at the edges (what a
    spreadsheet program adds when it saves) are no content.

    Raises:
        ReleaseError: not UTF-8, a repeated or blank column name, or a row longer than the header; names
            file and line.
    """
    try:
        text = path.read_bytes().decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise ReleaseError(
            f"{path.name}: not UTF-8 at byte {error.start}. In Excel choose the file type "
            '"CSV UTF-8 (comma delimited)" and save again.'
        ) from None
    rows: list[list[str]] = []
    lines: list[int] = []
    reader = csv.reader(io.StringIO(text, newline=""), strict=True)
    try:
        for row in reader:
            if any(cell.strip() for cell in row):
                rows.append(row)
                lines.append(reader.line_num)
    except csv.Error as error:
        raise ReleaseError(f"{path.name}: line {reader.line_num}: not valid CSV: {error}") from None
    if not rows:
        raise ReleaseError(f"{path.name}: expected a header row and rows; found an empty file")
    width = max(len(row) - _blank_tail(row) for row in rows)
    header = [cell.strip() for cell in rows[0][:width]]
    if len(header) < width or "" in header:
        at = lines[next(i for i, row in enumerate(rows) if len(row) - _blank_tail(row) == width)]
        raise ReleaseError(
            f"{path.name}: line {at}: a value stands in a column without a name. "
            "Name the column in the first row, or remove the value."
        )
    repeated = sorted({name for name in header if header.count(name) > 1})
    if repeated:
        raise ReleaseError(f"{path.name}: the column {repeated[0]!r} is given twice")
    body = [[_cell(cell) for cell in (row + [""] * width)[:width]] for row in rows[1:]]
    return header, body


def _blank_tail(row: list[str]) -> int:
    count = 0
    for cell in reversed(row):
        if cell.strip():
            break
        count += 1
    return count


def framework_seeds(folder: Path, profile: str) -> list[Path]:
    """The seeds of a profile's framework, by name.

    A file whose name begins with a profile (`open_indicator.csv`) belongs to that profile alone; the
    others belong to all.

    Args:
        folder: the framework seeds.
        profile: `full` or `open`.
    """
    others = tuple(f"{other}_" for other in PROFILES if other != profile)
    return sorted(path for path in folder.glob("*.csv") if not path.name.startswith(others))


def method_hash(seeds: Iterable[Path], profile: str | None = None) -> str:
    """Hash what the seeds say, in hexadecimal: the identity of a method version.

    A seed saved again by a spreadsheet program (byte order mark, other line ends, quoting, empty columns
    and rows, `TRUE` for `true`) keeps the hash, and so does another order of rows or columns; numbers
    count as numbers (`1.0` is `1`). A changed value, name, row or file name changes it.

    Args:
        seeds: the CSV files of the framework.
        profile: of a seed with a column `profile`, only the rows of this profile count.

    Raises:
        ReleaseError: a seed cannot be read as a table, or two seeds have the same name.
    """
    tables: dict[str, object] = {}
    for path in seeds:
        if path.name in tables:
            raise ReleaseError(f"two seeds are called {path.name}; a method names each once")
        header, body = parse_seed(path)
        if profile is not None and "profile" in header:
            body = [row for row in body if row[header.index("profile")] == profile]
        order = sorted(range(len(header)), key=lambda i: header[i])
        rows = sorted(json.dumps([row[i] for i in order]) for row in body)
        tables[path.name] = [[header[i] for i in order], rows]
    if not tables:
        raise ReleaseError("no framework seeds were given, so the method has no hash")
    return hashlib.sha256(json.dumps(tables, sort_keys=True).encode("utf-8")).hexdigest()
