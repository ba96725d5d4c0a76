"""Copying the site out: new files first, the pointer last.

Belongs here: the order in which files reach the place that a web server shows, and refusing what would change a
published release. Does not belong here: making the site (`build.py`), and how a file is written there
(`places.py`).
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from spi_orchestration.release.files import ReleaseError, sha256_file
from spi_orchestration.site.build import PAGES
from spi_orchestration.site.places import Place, open_place

__all__ = ["Published", "publish_site"]

#: Files that say which release is current, in the order in which they are replaced.
FRONT = ("feed.xml", "releases/status.html", "index.html", "releases/status.js")


@dataclass(frozen=True)
class Published:
    """How many files were copied, and how many were there already."""

    copied: int
    kept: int


def publish_site(
    site: Path,
    target: str | Path,
    *,
    drafts: bool = False,
    verify: bool = False,
    key_file: Path | None = None,
    known_hosts: Path | None = None,
    endpoint: str | None = None,
) -> Published:
    """Copy a built site to the place that a web server shows.

    Each file appears whole. What a release's pages hold is copied first, the front page and the pointer last,
    so that at every moment all links lead somewhere. A second call after an interrupted one finishes it.

    Args:
        site: folder made by `build_site`.
        target: a folder, `sftp://user@host/folder` or `s3://bucket/prefix`; files that the site lacks are
            left alone.
        drafts: also publish drafts, for a closed preview.
        verify: over a network, read back every file of releases that are there already.
        key_file: private key for SFTP.
        known_hosts: known host keys for SFTP; the user's own by default.
        endpoint: address of an S3-compatible store other than Amazon's.

    Raises:
        ReleaseError: the site is not whole, holds a draft, a published page would change, or the place cannot
            be reached.
    """
    _refuse_unready(site, drafts)
    with open_place(str(target), key_file=key_file, known_hosts=known_hosts, endpoint=endpoint) as place:
        whole = set() if verify or not place.trusts_record else _whole(site, place)
        copied = kept = 0
        for name in _order(site):
            if _release_of(name) in whole or not _copy(site, place, name):
                kept += 1
            else:
                copied += 1
    return Published(copied, kept)


def _refuse_unready(site: Path, drafts: bool) -> None:
    absent = [name for name in FRONT if not (site / name).is_file()]
    if absent:
        raise ReleaseError(
            f"{site.name} holds no {absent[0]}, so it is not a whole site. Run `spi site build`."
        )
    found = sorted(path.name for path in (site / "releases").iterdir() if path.is_dir())
    hidden = [name for name in found if name.startswith(".")]
    if hidden:
        raise ReleaseError(f"the site holds an unfinished {hidden[0]}. Run `spi site build` again.")
    unsigned = [name for name in found if name.endswith("-draft")]
    if unsigned and not drafts:
        raise ReleaseError(
            f"{unsigned[0]} is a draft and is not published. `spi site build` makes a site of releases."
        )


def _order(site: Path) -> Iterator[str]:
    names = sorted(path.relative_to(site).as_posix() for path in site.rglob("*") if path.is_file())
    # The record of a release's pages follows them: with it, a release is whole.
    last = [name for name in names if name.endswith(f"/{PAGES}")]
    front = [name for name in FRONT if name in names]
    short = [name for name in names if name.startswith("wards/")]
    rest = set(names) - set(last) - set(front) - set(short)
    yield from sorted(rest)
    yield from last
    yield from short
    yield from front


def _release_of(name: str) -> str | None:
    """Id of the release that a file belongs to; None for what stands outside releases."""
    parts = name.split("/")
    return parts[1] if parts[0] == "releases" and len(parts) > 2 else None


def _whole(site: Path, place: Place) -> set[str | None]:
    """Releases that are in the place already: their record, which is written after all their files, is there."""
    return {
        path.parent.name
        for path in sorted((site / "releases").glob(f"*/{PAGES}"))
        if place.read(path.relative_to(site).as_posix()) == path.read_bytes()
    }


def _copy(site: Path, place: Place, name: str) -> bool:
    """Copy one file; False where the same bytes are there."""
    there = place.read(name)
    if there is not None:
        if hashlib.sha256(there).hexdigest() == sha256_file(site / name):
            return False
        release = _release_of(name)
        if release and not release.endswith("-draft"):
            raise ReleaseError(
                f"{name} is published and would change; a release never does. Build the site in the folder it was "
                "built in before, or publish a correction as a new release."
            )
    place.write(name, site / name)
    return True
