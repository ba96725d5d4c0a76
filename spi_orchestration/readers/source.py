"""What all readers share: the bytes of one sent file, the table found in it, and faults said well.

Belongs here: opening a file with its compression undone and limits kept, recognising what a file
really is, and turning the errors of libraries into findings. Does not belong here: the shape of any
file family (its own module), or finding contract columns in a table (`mapping.py`).
"""

from __future__ import annotations

import codecs
import gzip
import io
import lzma
import zipfile
import zlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import BinaryIO

from spi_orchestration.catalogue import CatalogueError, Dataset, Layout
from spi_orchestration.findings import DeliveryError, Finding

__all__ = [
    "MAX_UNPACKED",
    "Reading",
    "Source",
    "SourceTable",
    "fold",
    "guarded",
    "sniff",
    "too_large",
]

#: Largest size, in bytes, that one packed file may unpack to.
MAX_UNPACKED = 4 * 1024**3
#: Above `RATIO_FROM` bytes, no data unpacks to more than `MAX_RATIO` times its packed size.
MAX_RATIO = 500
RATIO_FROM = 256 * 1024**2

Row = Sequence[str | None]


def fold(text: str) -> str:
    r"""White space (line breaks and no-break spaces too) as single blanks, invisible marks removed.

    >>> fold("Number of children \nFYE 2024")
    'Number of children FYE 2024'
    """
    return " ".join(text.replace("\ufeff", "").replace("\u200b", "").split())


@dataclass
class Reading:
    """One delivery being read: its contract, and what is noted on the way.

    Attributes:
        dataset: the dataset.
        layout: shape of its files.
        key: secret with which hashed columns are hashed.
        notes: remarks for people, such as an encoding found; never a cell's text.
        sheets: sheets, layers or objects read, in order.
    """

    dataset: Dataset
    layout: Layout
    key: bytes = field(default=b"", repr=False)
    notes: list[str] = field(default_factory=list)
    sheets: list[str] = field(default_factory=list)

    def note(self, text: str) -> None:
        """Keep a remark, once."""
        if text not in self.notes:
            self.notes.append(text)

    def fault(
        self,
        check: str,
        file: str | None,
        *,
        expected: str,
        found: str,
        remedy: str,
        rows: Sequence[int] = (),
        count: int = 1,
    ) -> DeliveryError:
        """The error for a fault of the delivery; the caller raises it."""
        return DeliveryError(
            Finding(
                dataset=self.dataset.id,
                check=check,
                grade="stop",
                expected=expected,
                found=found,
                remedy=remedy,
                file=file,
                rows=tuple(rows),
                count=count,
            )
        )

    def misuse(self, text: str) -> CatalogueError:
        """The error for a layout that cannot work; the caller raises it."""
        return CatalogueError(f"sources.yml: {self.dataset.id}: layout {self.layout.id}: {text}")


@dataclass(frozen=True)
class Source:
    """One sent file, or one member of a sent archive, as bytes.

    Attributes:
        name: relative name as sent; a member is `file.zip!/member`.
        opener: gives the bytes as they are stored, from the start.
        path: place on disk, where the file is not a member of an archive.
    """

    name: str
    opener: Callable[[], BinaryIO]
    path: Path | None = None

    def head(self, size: int = 4096) -> bytes:
        """The first bytes, with gzip undone."""
        with self.stream() as stream:
            return stream.read(size)

    def stream(self) -> BinaryIO:
        """The bytes from the start, with gzip (recognised by content) undone."""
        stream = self.opener()
        start = stream.read(2)
        stream.close()
        if start != b"\x1f\x8b":
            return self.opener()
        packed = self.opener()
        size = self.path.stat().st_size if self.path else None
        return io.BufferedReader(_Unpacked(packed, size), 1 << 20)

    def on_disk(self, folder: Path) -> Path:
        """A file holding the bytes with gzip undone: the sent one where possible, else a copy in `folder`."""
        with self.opener() as stream:
            packed = stream.read(2) == b"\x1f\x8b"
        if self.path is not None and not packed:
            return self.path
        target = folder / "unpacked"
        with self.stream() as stream, target.open("wb") as out:
            while block := stream.read(1 << 20):
                out.write(block)
        return target


class _Unpacked(io.RawIOBase):
    """A gzip stream that stops when it unpacks to more than any data would."""

    def __init__(self, packed: BinaryIO, packed_size: int | None) -> None:
        self._packed = packed
        self._stream = gzip.GzipFile(fileobj=packed, mode="rb")
        self._packed_size = packed_size
        self._size = 0

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: bytearray | memoryview) -> int:  # type: ignore[override]
        data = self._stream.read(len(buffer))
        self._size += len(data)
        if too_large(self._size, self._packed_size):
            raise OversizeError(self._size)
        buffer[: len(data)] = data
        return len(data)

    def close(self) -> None:
        self._stream.close()
        self._packed.close()
        super().close()


class OversizeError(Exception):
    """A packed file unpacks to more than any data would."""

    def __init__(self, size: int) -> None:
        super().__init__(f"{size:,} bytes")
        self.size = size


def too_large(size: int, packed: int | None) -> bool:
    """Whether a packed file of `packed` bytes (None: not known) may not unpack to `size` bytes."""
    if size > MAX_UNPACKED:
        return True
    return packed is not None and size > RATIO_FROM and size > MAX_RATIO * max(packed, 1)


@dataclass
class SourceTable:
    """A table as it stands in a file, before contract columns are found in it.

    Attributes:
        source: the file.
        sheet: sheet, layer or object name; None where the format has none.
        header: folded header text by position; None when the table has no header.
        rows: (physical row number, cells) of rows that are not wholly blank.
        header_row: row of the (last) header row, 0 when there is none.
        header_text: the cells of the header row as sent, run together.
        paths: document path -> position of the column that holds it.
        claimed: positions of header columns that paths read.
        before: rows above the header, with their numbers.
    """

    source: Source
    sheet: str | None
    header: list[str] | None
    rows: Iterator[tuple[int, Row]]
    header_row: int = 0
    header_text: str = ""
    paths: Mapping[str, int] = field(default_factory=dict)
    claimed: frozenset[int] = frozenset()
    before: list[tuple[int, Row]] = field(default_factory=list)

    @property
    def place(self) -> str:
        """Where the table stands, for people."""
        return f"sheet {self.sheet!r}" if self.sheet is not None else "the file"


_KINDS = (
    (b"PK\x03\x04", "zip"),
    (b"PK\x05\x06", "zip"),
    (b"\x1f\x8b", "gzip"),
    (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "ole"),
    (b"%PDF", "pdf"),
    (b"SQLite format 3\x00", "sqlite"),
    (b"PAR1", "parquet"),
    (b"7z\xbc\xaf\x27\x1c", "7z"),
    (b"Rar!", "rar"),
)

#: What a kind found by `sniff` is called.
KIND_WORDS = {
    "zip": "a zip archive or a modern spreadsheet",
    "gzip": "a gzip file inside a gzip file",
    "ole": "an old Excel file, or a workbook locked with a password",
    "pdf": "a PDF",
    "sqlite": "a SQLite database or GeoPackage",
    "parquet": "a Parquet file",
    "7z": "a 7-Zip archive",
    "rar": "a RAR archive",
    "html": "a web page (often the sign-in or error page of a download)",
    "empty": "0 bytes",
    "binary": "bytes that are not text",
    "text": "text",
}

_UTF16_MARKS = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)


def sniff(head: bytes) -> str:
    """What a file really is, by its first bytes: a key of `KIND_WORDS`."""
    if not head:
        return "empty"
    for magic, kind in _KINDS:
        if head.startswith(magic):
            return kind
    start = head.removeprefix(codecs.BOM_UTF8).lstrip()[:15].lower()
    if start.startswith((b"<!doctype html", b"<html")):
        return "html"
    if b"\x00" in head and not head.startswith(_UTF16_MARKS):
        return "binary"
    return "text"


def require_text(reading: Reading, source: Source, family: str) -> None:
    """Refuse a file that is no text at all.

    Args:
        reading: the delivery being read.
        source: the file.
        family: what was expected, for people, such as "delimited text".

    Raises:
        DeliveryError: `empty` for a file of 0 bytes, `readable` for another kind of file.
    """
    kind = sniff(source.head())
    if kind == "empty":
        raise reading.fault(
            "empty",
            source.name,
            expected=family,
            found="0 bytes",
            remedy="Ask the supplier to send the file again; the copy stopped before its first byte.",
        )
    if kind == "text" or (
        kind == "binary" and reading.layout.encoding.lower().startswith(("utf-16", "utf16"))
    ):
        return
    remedy = (
        "Ask the supplier for the file in the agreed format, or give this edition a layout of that format."
    )
    if kind == "zip":
        remedy = (
            "Name the member to read in the layout (archive_member), or ask the supplier for the file itself."
        )
    raise reading.fault("readable", source.name, expected=family, found=KIND_WORDS[kind], remedy=remedy)


def choose_encoding(reading: Reading, source: Source) -> str:
    """The encoding to read a text file with.

    The layout's, except where the file proves another: a byte order mark, or text announced in a
    one-byte encoding that is valid UTF-8 beyond ASCII (which no such text is by chance). Exceptions are
    noted.
    """
    told = reading.layout.encoding
    try:
        plain = codecs.lookup(told).name
    except LookupError:
        raise reading.misuse(f"unknown encoding {told!r}") from None
    head = source.head(4)
    if head.startswith(codecs.BOM_UTF8):
        if not plain.startswith("utf-8"):
            reading.note(f"{source.name}: read as UTF-8 by its byte order mark, not as {told}")
        return "utf-8-sig"
    if head.startswith(_UTF16_MARKS) and not plain.startswith("utf-16"):
        reading.note(f"{source.name}: read as UTF-16 by its byte order mark, not as {told}")
        return "utf-16"
    if plain in {"cp1252", "iso8859-1", "iso8859-15"} and _is_utf8_beyond_ascii(source):
        reading.note(f"{source.name}: read as UTF-8, which it is, not as {told}")
        return "utf-8"
    return told


def _is_utf8_beyond_ascii(source: Source) -> bool:
    decoder = codecs.getincrementaldecoder("utf-8")()
    beyond = False
    try:
        with source.stream() as stream:
            while block := stream.read(1 << 20):
                beyond = beyond or not block.isascii()
                decoder.decode(block)
            decoder.decode(b"", final=True)
    except UnicodeDecodeError:
        return False
    return beyond


def _bad_byte(source: Source, encoding: str) -> tuple[int, int]:
    """Position (from 0) and line (from 1) of the first byte that the encoding cannot read."""
    decoder = codecs.getincrementaldecoder(encoding)()
    done, lines = 0, 1
    with source.stream() as stream:
        while True:
            block = stream.read(1 << 20)
            try:
                decoder.decode(block, final=not block)
            except UnicodeDecodeError as error:
                pending = len(error.object) - len(block)
                inside = error.start - pending
                return done + inside, lines + block[: max(inside, 0)].count(b"\n")
            if not block:
                return done, lines
            done += len(block)
            lines += block.count(b"\n")


def _wrong_encoding(reading: Reading, source: Source, encoding: str) -> DeliveryError:
    position, line = _bad_byte(source, encoding)
    hint = "Ask the supplier to save it as UTF-8"
    if encoding.lower().startswith("utf-8") or encoding.lower() == "ascii":
        hint += ", or set encoding: cp1252 in the layout if it comes from Excel or an older system"
    return reading.fault(
        "readable",
        source.name,
        expected=f"text in {encoding}",
        found=f"a byte that is not, at position {position:,} in line {line:,}",
        remedy=hint + ".",
        rows=(line,),
    )


@contextmanager
def guarded(reading: Reading, source: Source, encoding: Callable[[], str] | None = None) -> Iterator[None]:
    """Turn what libraries raise on a damaged file into findings.

    Only errors that speak of the delivery are turned; a full disk stays what it is.

    Raises:
        DeliveryError: `readable`.
    """
    again = "Ask the supplier to send it again, or copy it to the share again; compare the sizes."
    try:
        yield
    except UnicodeDecodeError as error:
        raise _wrong_encoding(reading, source, encoding() if encoding else error.encoding) from None
    except UnicodeError as error:
        raise reading.fault(
            "readable",
            source.name,
            expected="valid Unicode text",
            found=f"text that is not ({type(error).__name__})",
            remedy="Ask the supplier to save it as UTF-8.",
        ) from None
    except (EOFError, zlib.error, lzma.LZMAError, gzip.BadGzipFile, zipfile.BadZipFile) as error:
        raise reading.fault(
            "readable",
            source.name,
            expected="a whole file",
            found=f"a truncated or damaged one ({_short(error)})",
            remedy=again,
        ) from None
    except OversizeError as error:
        raise reading.fault(
            "readable",
            source.name,
            expected=f"a packed file that unpacks to at most {MAX_UNPACKED:,} bytes, or {MAX_RATIO} times its size",
            found=f"one that unpacks to more ({error.size:,} bytes so far)",
            remedy="Do not open it. Ask the supplier what it is, and for the file itself.",
        ) from None
    except RecursionError:
        raise reading.fault(
            "readable",
            source.name,
            expected="a document nested less than a few hundred levels deep",
            found="one nested deeper",
            remedy="Ask the supplier what the file is.",
        ) from None


def _short(error: Exception) -> str:
    text = str(error) or type(error).__name__
    return text if len(text) <= 80 else text[:77] + "…"
