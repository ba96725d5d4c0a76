"""XLS workbooks (BIFF8 in a compound file), as old statistical tables come.

Belongs here: cells to the old binary format, as little of it as a reader needs. Does not belong here:
today's workbooks (`spreadsheet.py`).
"""

from __future__ import annotations

import struct
from collections.abc import Sequence

from spi_orchestration.sample.writers.spreadsheet import Sheet

__all__ = ["xls"]

_SECTOR, _MINIMUM = 512, 4096
_END, _FREE, _FAT = 0xFFFFFFFE, 0xFFFFFFFF, 0xFFFFFFFD
#: Sectors that one sector of the allocation table can hold, its own and that of the directory off.
_MOST_SECTORS = 126


def _record(kind: int, body: bytes) -> bytes:
    return struct.pack("<HH", kind, len(body)) + body


def _begin(kind: int) -> bytes:
    return _record(0x0809, struct.pack("<HHHHII", 0x0600, kind, 0x0DBB, 0x07CC, 0, 6))


def _cells(sheet: Sheet) -> bytes:
    out = _begin(0x0010)
    for at, row in enumerate(sheet.rows):
        for column, value in enumerate(row):
            place = struct.pack("<HHH", at, column, 0)
            if isinstance(value, str):
                text = value.encode("latin-1")
                out += _record(0x0204, place + struct.pack("<HB", len(text), 0) + text)
            elif isinstance(value, int | float):
                out += _record(0x0203, place + struct.pack("<d", value))
            elif value is not None:
                raise TypeError(f"an XLS cell is text or a number, not {type(value).__name__}")
    return out + _record(0x000A, b"")


def _book(sheets: Sequence[Sheet]) -> bytes:
    bodies = [_cells(sheet) for sheet in sheets]
    head, tail = _begin(0x0005), _record(0x000A, b"")
    names = [sheet.name.encode("latin-1") for sheet in sheets]
    # Each BOUNDSHEET8 record (4 bytes of head, 8 of body, the name) says where its sheet begins.
    offset = len(head) + sum(12 + len(name) for name in names) + len(tail)
    out = head
    for name, body in zip(names, bodies, strict=True):
        out += _record(0x0085, struct.pack("<IBBBB", offset, 0, 0, len(name), 0) + name)
        offset += len(body)
    return out + tail + b"".join(bodies)


def _entry(title: str, kind: int, child: int, start: int, size: int) -> bytes:
    named = (title + "\x00").encode("utf-16-le")
    return (
        named.ljust(64, b"\x00")
        + struct.pack("<HBB", len(named), kind, 1)
        + struct.pack("<III", _FREE, _FREE, child)
        + b"\x00" * 36
        + struct.pack("<IQ", start, size)
    )


def xls(sheets: Sequence[Sheet]) -> bytes:
    """Write an XLS workbook; numbers become number cells. Sources: MS-XLS 2.4, MS-CFB 2.

    Args:
        sheets: in order; cells are text of Latin-1, numbers or nothing.

    Raises:
        ValueError: more than some 60,000 bytes of cells.
    """
    book = _book(sheets)
    book = book.ljust(max(_MINIMUM, -(-len(book) // _SECTOR) * _SECTOR), b"\x00")
    sectors = len(book) // _SECTOR
    if sectors > _MOST_SECTORS:
        raise ValueError(
            f"the workbook has {len(book):,} bytes; this writer makes {_MOST_SECTORS * _SECTOR:,}"
        )
    chain = [_FAT, _END, *range(3, sectors + 2), _END]
    table = struct.pack("<128I", *(chain + [_FREE] * (128 - len(chain))))
    directory = _entry("Root Entry", 5, 1, _END, 0) + _entry("Workbook", 2, _FREE, 2, len(book))
    header = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\x00" * 16
    header += struct.pack("<HHHHH", 0x3E, 3, 0xFFFE, 9, 6) + b"\x00" * 6
    header += struct.pack("<IIIIIIIII", 0, 1, 1, 0, _MINIMUM, _END, 0, _END, 0)
    header += struct.pack("<109I", 0, *([_FREE] * 108))
    return header + table + directory.ljust(_SECTOR, b"\x00") + book
