"""Where things are, and how this installation was told to behave.

Belongs here: finding the project folder, the folders that runs read and write, environment
settings, and switching telemetry off. Does not belong here: the catalogue (`catalogue.py`), or
anything that reads a delivery.
"""

from __future__ import annotations

import os
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

__all__ = ["ProjectNotFoundError", "Settings", "find_project", "quiet_environment"]

MARKER = "sources.yml"

#: Every library that can report usage, told not to. Applied to this process and its children.
QUIET = {
    "DO_NOT_TRACK": "1",
    "DAGSTER_DISABLE_TELEMETRY": "1",
    "DBT_SEND_ANONYMOUS_USAGE_STATS": "false",
    "GX_ANALYTICS_ENABLED": "false",
}


class ProjectNotFoundError(RuntimeError):
    """No folder holding `sources.yml` was found."""


def find_project(start: Path | None = None) -> Path:
    """Return the project folder: `SPI_HOME`, else the nearest parent that holds `sources.yml`.

    Args:
        start: folder to look upwards from; the working folder by default.

    Raises:
        ProjectNotFoundError: `SPI_HOME` holds no `sources.yml`, or no parent does.
    """
    home = os.environ.get("SPI_HOME")
    if home:
        path = Path(home).expanduser().resolve()
        if not (path / MARKER).is_file():
            raise ProjectNotFoundError(
                f"SPI_HOME is {path}, which holds no {MARKER}. "
                "Set SPI_HOME to the project folder, or unset it and work inside the project."
            )
        return path
    here = (start or Path.cwd()).resolve()
    for path in (here, *here.parents):
        if (path / MARKER).is_file():
            return path
    raise ProjectNotFoundError(
        f"No {MARKER} in {here} or any folder above it. Change to the project folder, or set SPI_HOME to it."
    )


def quiet_environment() -> None:
    """Switch off the telemetry of Dagster, dbt and Great Expectations for this process and its children."""
    for name, value in QUIET.items():
        os.environ.setdefault(name, value)


@dataclass(frozen=True)
class Settings:
    """The folders of one installation. All paths are absolute.

    Attributes:
        root: the project folder (holds `sources.yml`).
        data: what runs read and write; `SPI_DATA`, default `data` in the project.
        shares_file: the shares file in use; `SPI_SHARES`, default `config/shares/sample.yml`.
    """

    root: Path
    data: Path
    shares_file: Path

    @classmethod
    def load(cls, shares: str | Path | None = None, data: str | Path | None = None) -> Settings:
        """Read the settings of this process.

        Args:
            shares: a shares file that replaces the configured one; relative to the working folder,
                then to the project.
            data: a folder that replaces the configured data folder.

        Raises:
            ProjectNotFoundError: as `find_project`.
        """
        quiet_environment()
        root = find_project()
        data_dir = Path(data or os.environ.get("SPI_DATA") or root / "data").expanduser()
        shares_file = Path(shares or os.environ.get("SPI_SHARES") or "config/shares/sample.yml").expanduser()
        if not shares_file.is_absolute():
            here = Path.cwd() / shares_file
            shares_file = here if here.is_file() else root / shares_file
        if not data_dir.is_absolute():
            data_dir = root / data_dir
        return cls(root=root, data=data_dir.resolve(), shares_file=shares_file.resolve())

    @cached_property
    def sources_file(self) -> Path:
        """The catalogue."""
        return self.root / MARKER

    @cached_property
    def config(self) -> Path:
        """Suppliers, agreements, disclosure rules, marks, district."""
        return self.root / "config"

    @cached_property
    def decisions(self) -> Path:
        """Decision files, one an edition."""
        return self.root / "decisions"

    @cached_property
    def dbt_project(self) -> Path:
        """The dbt project."""
        return self.root / "dbt_project"

    @cached_property
    def seeds(self) -> Path:
        """The dbt seeds: framework and geography."""
        return self.dbt_project / "seeds"

    @cached_property
    def landing(self) -> Path:
        """Untouched, content-addressed copies of deliveries, with their receipts."""
        return self.data / "landing"

    @cached_property
    def raw(self) -> Path:
        """Deliveries as Parquet tables of text."""
        return self.data / "raw"

    @cached_property
    def warehouse(self) -> Path:
        """One DuckDB file a build, and the accepted tables it was built from."""
        return self.data / "warehouse"

    @cached_property
    def drafts(self) -> Path:
        """Builds written out for sign-off."""
        return self.data / "drafts"

    @cached_property
    def releases(self) -> Path:
        """Immutable public releases, and `current.json`."""
        return self.data / "releases"

    @cached_property
    def reports(self) -> Path:
        """What each run found, one folder a run."""
        return self.data / "reports"

    @cached_property
    def sample(self) -> Path:
        """The synthetic share tree and, apart from it, the truth behind it."""
        return self.data / "sample"

    @cached_property
    def kept(self) -> Path:
        """Aggregates that stand for deliveries whose landed files were purged."""
        return self.data / "kept"

    @cached_property
    def removals(self) -> Path:
        """What a purge or recall set out to remove and has not finished."""
        return self.data / "removals"

    @cached_property
    def secret_file(self) -> Path:
        """The secret with which identifiers are hashed; made when first needed."""
        return self.data / "secret" / "identifiers.key"

    @cached_property
    def dagster_home(self) -> Path:
        """Dagster's own records."""
        return self.data / "dagster"

    @property
    def shared_data(self) -> Path:
        """Real open files for tests and the open profile: `SPI_SHARED_DATA`, default `../shared/data`."""
        return Path(os.environ.get("SPI_SHARED_DATA") or self.root.parent / "shared" / "data").resolve()
