"""Rows of text to one Parquet: always the same bytes for the same rows.

Belongs here: the sink that takes rows from any reader and the form of a raw Parquet. Does not belong
here: reading a delivered Parquet (`columnar.py`).

The rows go through a file of delimited text whose dialect cannot be misread (fields parted by the unit
separator, absent cells by a sign of their own), which DuckDB turns into Parquet in one thread. That needs
neither pandas nor pyarrow, and a fixed amount of memory.
"""

from __future__ import annotations

import shutil
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Any

from spi_orchestration.catalogue import POSITION_COLUMNS

if TYPE_CHECKING:
    import duckdb

__all__ = ["Sink", "connect", "literal", "read_path", "work_folder", "write_rowless"]

_PART = "\x1f"
_ABSENT = "\x1e"
#: DuckDB's own limit on a line of delimited text; raised only where a cell (a boundary) needs it.
_LINE_LIMIT = 2_000_000
#: Row groups hold this many rows, or fewer where rows are long: a group is held in memory while written.
_GROUP_ROWS = 122_880
_GROUP_CHARACTERS = 64 * 1024**2
#: DuckDB handles this many rows at a time.
_VECTOR = 2_048
#: Memory, in megabytes, that DuckDB may take while writing; more only where single rows are very long.
_MEMORY_MB = 384
#: A folder of a read that was killed is removed by a later read of the same delivery after this time.
_STALE_SECONDS = 6 * 3600


def connect() -> duckdb.DuckDBPyConnection:
    """A private in-memory DuckDB: one thread, so that order and bytes are always the same."""
    import duckdb

    connection = duckdb.connect()
    for setting in (
        "set threads = 1",
        "set preserve_insertion_order = true",
        "set autoinstall_known_extensions = false",
        "set autoload_known_extensions = false",
        "set enable_progress_bar = false",
    ):
        connection.execute(setting)
    return connection


def literal(text: str) -> str:
    """A SQL string literal."""
    return "'" + text.replace("'", "''") + "'"


def read_path(path: Path) -> str:
    """A SQL literal for reading one file, whatever its name: DuckDB reads `[`, `*` and `?` as wildcards."""
    return literal("".join(f"[{mark}]" if mark in "*?[" else mark for mark in path.as_posix()))


def _name(column: str) -> str:
    return '"' + column.replace('"', '""') + '"'


@contextmanager
def work_folder(target: Path) -> Iterator[Path]:
    """A folder beside `target` for the time of one read; removed whatever happens."""
    target.parent.mkdir(parents=True, exist_ok=True)
    mark = f".{target.stem}."
    for old in target.parent.glob(mark.replace("[", "[[]") + "*"):
        if old.is_dir() and time.time() - old.stat().st_mtime > _STALE_SECONDS:
            shutil.rmtree(old, ignore_errors=True)
    folder = Path(tempfile.mkdtemp(prefix=mark, dir=target.parent))
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


class Sink:
    """Takes rows of cells and writes them as one raw Parquet.

    Args:
        folder: a folder of its own, for the time of the read.
        contract: contract columns in order.
        filled: those that rows carry, in the order in which `write` and `begin` give them.
    """

    def __init__(self, folder: Path, contract: Sequence[str], filled: Sequence[str]) -> None:
        self._folder = folder
        self._contract = list(contract)
        self._filled = list(filled)
        self._path = folder / "rows.txt"
        self._stream = self._path.open("w", encoding="utf-8", newline="", buffering=1 << 20)
        # DuckDB takes a byte order mark off the first line: the first line is therefore not a row.
        self._stream.write("rows\n")
        self._put = self._stream.write
        self._tail = ""
        self._longest = self._total = 0
        self.rows = 0

    def __enter__(self) -> Sink:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._stream.close()

    def begin(self, tail: Sequence[str | None]) -> None:
        """Set the cells that every row of the coming table ends with."""
        self._tail = "".join(_PART + _guarded(cell) for cell in tail) + _PART

    def write(self, cells: Sequence[str | None], line: int) -> None:
        """Write one row: the first cells, then those of `begin`, then the row's number."""
        try:
            text = _PART.join(cells)  # type: ignore[arg-type]
            if (
                '"' in text
                or "\n" in text
                or "\r" in text
                or _ABSENT in text
                or text.count(_PART) != len(cells) - 1 + (not cells)
            ):
                text = _PART.join([_guarded(cell) for cell in cells])
        except TypeError:
            text = _PART.join([_guarded(cell) for cell in cells])
        text = f"{text}{self._tail}{line}\n" if cells else f"{self._tail[1:]}{line}\n"
        size = len(text)
        self._total += size
        if size > self._longest:
            self._longest = size
        self._put(text)
        self.rows += 1

    def finish(self, target: Path) -> None:
        """Write the Parquet under a temporary name and rename it to `target`."""
        self._stream.close()
        made = self._folder / "raw.parquet"
        types = {f"c{at}": "varchar" for at in range(len(self._filled))}
        types |= {"_file": "varchar", "_sheet": "varchar", "_row": "bigint"}
        columns = ", ".join(f"{literal(name)}: {literal(kind)}" for name, kind in types.items())
        items = []
        for name in self._contract:
            given = f"c{self._filled.index(name)}" if name in self._filled else "cast(null as varchar)"
            items.append(f"{given} as {_name(name)}")
        items += list(POSITION_COLUMNS)
        # A character is at most four bytes.
        limit = max(_LINE_LIMIT, self._longest * 4 + 16)
        mean = self._total / max(self.rows, 1)
        group = max(_VECTOR, min(_GROUP_ROWS, int(_GROUP_CHARACTERS / max(mean, 1))))
        memory = max(_MEMORY_MB, int(limit * 8 / 1e6), int(mean * 4 * _VECTOR * 8 / 1e6))
        with connect() as connection:
            connection.execute(f"set memory_limit = '{memory}MB'")
            connection.execute(f"set temp_directory = {literal((self._folder / 'spill').as_posix())}")
            connection.execute(
                f"copy (select {', '.join(items)} from read_csv({read_path(self._path)}, "
                f"auto_detect = false, header = false, skip = 1, delim = {literal(_PART)}, quote = '\"', "
                f"escape = '\"', new_line = '\\n', nullstr = {literal(_ABSENT)}, allow_quoted_nulls = false, "
                f"max_line_size = {limit}, parallel = false, columns = {{{columns}}})) "
                f"to {literal(made.as_posix())} (format parquet, compression zstd, row_group_size {group})"
            )
        made.replace(target)


def _guarded(cell: str | None) -> str:
    if cell is None:
        return _ABSENT
    if '"' in cell or "\n" in cell or "\r" in cell or _ABSENT in cell or _PART in cell:
        return '"' + cell.replace('"', '""') + '"'
    return cell


def write_rowless(contract: Sequence[str], target: Path) -> None:
    """Write a raw Parquet without rows, and rename it to `target`."""
    items: list[Any] = [f"cast(null as varchar) as {_name(name)}" for name in contract]
    items += [
        "cast(null as varchar) as _file",
        "cast(null as varchar) as _sheet",
        "cast(null as bigint) as _row",
    ]
    with work_folder(target) as folder, connect() as connection:
        made = folder / "raw.parquet"
        connection.execute(
            f"copy (select {', '.join(items)} where false) to {literal(made.as_posix())} "
            "(format parquet, compression zstd)"
        )
        made.replace(target)
