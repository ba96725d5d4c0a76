"""The files of a release as they stand on its site: as they are, or zipped where they are large.

Belongs here: copying them, and where each stands. Does not belong here: making them (`release/`), or the page
that lists them (`prose.py`).

A table of numbers as CSV is seven to fifteen times as large as it need be, and a site keeps every release for
good. So a large CSV stands zipped: one file in it, under its own name, byte by byte that of the release. Its hash
in the manifest is that of the file in the ZIP.
"""

from __future__ import annotations

import shutil
import zipfile
from pathlib import Path
from typing import Any

__all__ = ["ZIPPED_FROM", "copy_release", "stands_at"]

#: Bytes from which a CSV stands zipped.
ZIPPED_FROM = 200_000
#: The date in each ZIP: none in truth, as the same release is to give the same bytes.
NO_DATE = (1980, 1, 1, 0, 0, 0)


def stands_at(path: str, size: int) -> str:
    """Where a file of a release stands, below the folder of its files.

    Args:
        path: as the manifest lists it.
        size: in bytes, as the manifest gives it.
    """
    return f"{path}.zip" if path.endswith(".csv") and size >= ZIPPED_FROM else path


def copy_release(release: Path, target: Path, files: list[dict[str, Any]]) -> None:
    """Copy a release for show; what differs between two runs of the same input stays behind.

    Args:
        release: folder of the release.
        target: new folder.
        files: `files` of its manifest.
    """
    shutil.copytree(
        release,
        target,
        ignore=lambda folder, names: {
            name
            for name in names
            if name == "run.json"
            or (name.endswith(".csv") and (Path(folder) / name).stat().st_size >= ZIPPED_FROM)
        },
    )
    for file in files:
        place = stands_at(file["path"], file["bytes"])
        if place != file["path"]:
            _zip(release / file["path"], target / place)
    for path in target.rglob("*"):
        if path.is_file():
            path.chmod(0o644)


def _zip(source: Path, target: Path) -> None:
    entry = zipfile.ZipInfo(source.name, NO_DATE)
    # Said to come from DOS on every system, so that the bytes do not tell where it was made.
    entry.create_system = 0
    entry.compress_type = zipfile.ZIP_DEFLATED
    with zipfile.ZipFile(target, "w", compresslevel=9) as archive:
        archive.writestr(entry, source.read_bytes(), compresslevel=9)
