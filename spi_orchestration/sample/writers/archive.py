"""Zip archives with fixed times.

Belongs here: packing. Does not belong here: what is packed.
"""

from __future__ import annotations

import io
import zipfile
from collections.abc import Collection, Iterable

__all__ = ["packed"]


def packed(members: Iterable[tuple[str, bytes]], stored: Collection[str] = ()) -> bytes:
    """Pack members into a zip whose bytes depend on nothing else.

    Args:
        members: (name, content) in order.
        stored: names that are not compressed.
    """
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        for name, content in members:
            entry = zipfile.ZipInfo(name, date_time=(2000, 1, 1, 0, 0, 0))
            entry.create_system = 3
            entry.external_attr = 0o644 << 16
            method = zipfile.ZIP_STORED if name in stored else zipfile.ZIP_DEFLATED
            archive.writestr(entry, content, compress_type=method, compresslevel=6)
    return buffer.getvalue()
