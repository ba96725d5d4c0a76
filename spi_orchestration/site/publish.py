"""Copying the site out: new files first, the pointer last.

Belongs here: the order in which files reach a folder that a web server shows, and refusing what would change a
published release. Does not belong here: making the site (`build.py`).
"""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from spi_orchestration.release.files import ReleaseError, lock, sha256_file
from spi_orchestration.site.build import PAGES

__all__ = ["Published", "publish_site"]

#: Files that say which release is current, in the order in which they are replaced.
FRONT = ("feed.xml", "releases/status.html", "index.html", "releases/status.js")


@dataclass(frozen=True)
class Published:
    """How many files were copied, and how many were there already."""

    copied: int
    kept: int


def publish_site(site: Path, target: Path, *, drafts: bool = False) -> Published:
    """Copy a built site to the folder that a web server shows.

    Each file is written beside its place and swapped in. What a release's pages hold is copied first, the
    front page and the pointer last, so that at every moment all links lead somewhere. A second call after an
    interrupted one finishes it.

    Args:
        site: folder made by `build_site`.
        target: folder to fill; files that the site lacks are left alone.
        drafts: also publish drafts, for a closed preview.

    Raises:
        ReleaseError: the site is not whole, holds a draft, or a published page would change.
    """
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
    with lock(target / ".publish.lock"):
        copied = kept = 0
        for name in _order(site):
            if _copy(site / name, target / name, name):
                copied += 1
            else:
                kept += 1
    return Published(copied, kept)


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


def _copy(source: Path, target: Path, name: str) -> bool:
    """Copy one file; False where the same bytes are there."""
    if target.is_file():
        if sha256_file(source) == sha256_file(target):
            return False
        parts = name.split("/")
        if parts[0] == "releases" and len(parts) > 2 and not parts[1].endswith("-draft"):
            raise ReleaseError(
                f"{name} is published and would change; a release never does. Build the site in the folder it was "
                "built in before, or publish a correction as a new release."
            )
    target.parent.mkdir(parents=True, exist_ok=True)
    new = target.with_name(f".{target.name}.new")
    shutil.copyfile(source, new)
    new.replace(target)
    return True
