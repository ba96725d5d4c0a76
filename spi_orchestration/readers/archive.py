"""Zip archives: the members a layout names, read in turn without unpacking them to disk.

Belongs here: choosing members and refusing archives that are damaged, locked or dangerous. Does not
belong here: what the members hold (the module of their family), or gzip (`source.py`).
"""

from __future__ import annotations

import fnmatch
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import BinaryIO, cast

from spi_orchestration.findings import DeliveryError
from spi_orchestration.readers.source import MAX_UNPACKED, Reading, Source, guarded, sniff, too_large

__all__ = ["check_members", "sources"]


def sources(reading: Reading, path: Path, name: str) -> Iterator[Source]:
    """The file itself, or the members of the zip that it is, where the layout names members.

    Members are taken in order of their names, whatever folders those pretend to be in; nothing is
    written to disk under a member's name.

    Args:
        reading: the delivery being read.
        path: the landed file.
        name: its relative name as sent.

    Raises:
        DeliveryError: `readable`: the file cannot be opened, or the zip is truncated, locked, unpacks to
            too much, or has no member that the layout names.
    """
    plain = Source(name=name, opener=lambda: _open(reading, path, name), path=path)
    pattern = reading.layout.archive_member
    with guarded(reading, plain):
        archive = zipfile.ZipFile(path) if pattern is not None and sniff(plain.head(8)) == "zip" else None
    if archive is None or pattern is None:
        yield plain
        return
    with archive:
        members = [info for info in archive.infolist() if not info.is_dir()]
        wanted = sorted(
            (info for info in members if _fits(info.filename, pattern)), key=lambda info: info.filename
        )
        if not wanted:
            raise _no_member(reading, name, pattern, [info.filename for info in members])
        for fault in check_members(reading, name, wanted, path.stat().st_size):
            raise fault
        for info in wanted:
            yield Source(name=f"{name}!/{info.filename}", opener=_member(reading, name, archive, info))


def _open(reading: Reading, path: Path, name: str) -> BinaryIO:
    try:
        return path.open("rb")
    except OSError as error:
        raise reading.fault(
            "readable",
            name,
            expected="a file that can be opened",
            found=error.strerror or type(error).__name__,
            remedy="Close it where it is open, check the permissions of the landing folder, and run again.",
        ) from None


def _member(
    reading: Reading, name: str, archive: zipfile.ZipFile, info: zipfile.ZipInfo
) -> Callable[[], BinaryIO]:
    def open_member() -> BinaryIO:
        try:
            return cast(BinaryIO, archive.open(info))
        except (NotImplementedError, RuntimeError) as error:
            raise reading.fault(
                "readable",
                name,
                expected="a zip packed in the usual way (deflate)",
                found=f"a member that cannot be unpacked ({error})",
                remedy="Ask the supplier to pack it as a plain zip, or to send the file itself.",
            ) from None

    return open_member


def _fits(member: str, pattern: str) -> bool:
    """Whether a glob matches a member's whole name or its last part, ignoring case."""
    whole, wanted = member.replace("\\", "/").casefold(), pattern.casefold()
    return fnmatch.fnmatchcase(whole, wanted) or fnmatch.fnmatchcase(whole.rsplit("/", 1)[-1], wanted)


def _no_member(reading: Reading, name: str, pattern: str, members: list[str]) -> DeliveryError:
    shown = ", ".join(repr(member) for member in sorted(members)[:10]) or "none"
    return reading.fault(
        "readable",
        name,
        expected=f"a zip with a member like {pattern!r}",
        found=f"{len(members)} members: {shown}{', …' if len(members) > 10 else ''}",
        remedy="Ask the supplier for the agreed archive, or change the layout's archive_member.",
    )


def check_members(
    reading: Reading, name: str, members: list[zipfile.ZipInfo], packed: int
) -> Iterator[DeliveryError]:
    """Faults of a zip that forbid reading it: locked with a password, or unpacking to too much.

    Args:
        reading: the delivery being read.
        name: file name for the finding.
        members: members that would be read.
        packed: size of the archive in bytes.
    """
    if any(info.flag_bits & 1 for info in members):
        yield reading.fault(
            "readable",
            name,
            expected="an archive without a password",
            found="members locked with a password",
            remedy="Ask the supplier to send it unlocked over the agreed secure share.",
        )
    size = sum(info.file_size for info in members)
    if too_large(size, packed):
        yield reading.fault(
            "readable",
            name,
            expected=f"an archive that unpacks to at most {MAX_UNPACKED:,} bytes, and to a plausible multiple",
            found=f"{packed:,} bytes that unpack to {size:,}",
            remedy="Do not open it. Ask the supplier what it is, and for the file itself.",
        )
