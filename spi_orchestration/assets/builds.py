"""Where a build is made, and how it takes its place.

Belongs here: the folders of one build, its lock, and the swap. Does not belong here: what is put into it
(`checks/accepted.py`, dbt).
"""

from __future__ import annotations

import os
import shutil
import time
from dataclasses import dataclass
from pathlib import Path

from spi_orchestration.assets.project import Project
from spi_orchestration.settings import Settings

__all__ = ["Build", "build_of"]

_PATIENCE = 10.0


@dataclass(frozen=True)
class Build:
    """One (district, profile, edition). The district is known by its id, so that a new code moves no folder.

    Attributes:
        profile: `full` or `open`.
        edition: the edition.
        home: folder of all editions of the district and profile.
        draft: folder that the draft is written to.
        reports: folder of all reports.
    """

    profile: str
    edition: int
    home: Path
    draft: Path
    reports: Path

    @property
    def work(self) -> Path:
        """Folder in which it is being made. The name is always the same, so dbt's parsing can be reused."""
        return self.home / f".build-{self.edition}"

    @property
    def final(self) -> Path:
        """Folder of the finished build: `warehouse.duckdb`, `accepted/` and `accepted.json`."""
        return self.home / str(self.edition)

    @property
    def warehouse(self) -> Path:
        """The finished warehouse."""
        return self.final / "warehouse.duckdb"

    @property
    def lock(self) -> Path:
        """The lock that one run holds."""
        return self.home / f"{self.edition}.lock"

    @property
    def name(self) -> str:
        """For people."""
        return f"the {self.profile} build of edition {self.edition}"

    @property
    def _before(self) -> Path:
        return self.home / f".old-{self.edition}"

    def begin(self) -> Path:
        """Make an empty folder to build in, after tidying up what a killed run left.

        Returns:
            The folder.
        """
        self.home.mkdir(parents=True, exist_ok=True)
        self.restore()
        _remove(self.work)
        self.work.mkdir()
        return self.work

    def restore(self) -> None:
        """Put the last finished build back where a killed run had just moved it away."""
        if self._before.exists():
            if self.final.exists():
                _remove(self._before)
            else:
                _move(self._before, self.final)

    def finish(self) -> Path:
        """Swap the new build in.

        Returns:
            Its folder.
        """
        self.restore()
        if self.final.exists():
            _move(self.final, self._before)
        _move(self.work, self.final)
        _remove(self._before)
        return self.final


def build_of(project: Project, profile: str, edition: int) -> Build:
    """The build of a profile and edition for the district of the installation."""
    settings: Settings = project.settings
    name = str(edition) if profile == "full" else f"{profile}-{edition}"
    return Build(
        profile=profile,
        edition=edition,
        home=settings.warehouse / project.catalogue.district.identity / profile,
        draft=settings.drafts / name,
        reports=settings.reports,
    )


def _move(source: Path, target: Path) -> None:
    """Rename a folder; on Windows a virus scanner or an open file may hold it for a moment."""
    deadline = time.monotonic() + _PATIENCE
    while True:
        try:
            source.rename(target)
            return
        except PermissionError:
            if os.name != "nt" or time.monotonic() > deadline:
                raise
            time.sleep(0.2)


def _remove(folder: Path) -> None:
    if folder.exists():
        shutil.rmtree(folder, ignore_errors=os.name == "nt")
