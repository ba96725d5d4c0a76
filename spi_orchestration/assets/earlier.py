"""What a build is compared with: the release before it, and the baseline that was adopted.

Belongs here: reading both, refusing what was changed, and writing them beside the accepted tables, so that a
build's input stands in one place. Does not belong here: comparing (`index`), or targets and events, which
are seeds of the dbt project.
"""

from __future__ import annotations

import csv
import datetime as dt
from collections.abc import Collection
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from spi_orchestration.catalogue import CatalogueError, load_yaml
from spi_orchestration.index import accounts, baseline
from spi_orchestration.index.framework import FrameworkError
from spi_orchestration.index.trends import read_events
from spi_orchestration.release.files import ReleaseError
from spi_orchestration.release.previous import PREVIOUS_TABLES, find_previous, write_previous
from spi_orchestration.settings import Settings

__all__ = ["EARLIER_TABLES", "Adopted", "adopted_baseline", "check_policy", "read_adopted", "write_earlier"]

_BASELINE = {
    "_baseline": {
        "baseline": "varchar",
        "name": "varchar",
        "edition": "integer",
        "release": "varchar",
        "method_sha256": "varchar",
        "sha256": "varchar",
        "adopted_on": "date",
        "role": "varchar",
        "source": "varchar",
        "synthetic": "boolean",
    },
    "_baseline_score": {"area_code": "varchar", "code": "varchar", "score": "double"},
}

#: Names of the tables that `write_earlier` writes.
EARLIER_TABLES = (*PREVIOUS_TABLES, *_BASELINE)

FILE = "baselines.yml"


class Adopted(BaseModel):
    """The decision that adopted a baseline.

    Attributes:
        id: of the baseline.
        name: for people, such as that of a council's plan.
        profile: `full` or `open`.
        edition: whose scores are the baseline.
        file: lock file in `config/baselines/`, made by `spi baseline lock`; only an example has none.
        sha256: digest of the locked scores, as that verb gave it.
        role, adopted_on, source: who adopted it, when, and where that is written.
        synthetic: an example for the sample; never used with real deliveries.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    id: str = Field(pattern=r"^[a-z0-9][a-z0-9_-]*$")
    name: str = Field(min_length=3)
    profile: str = Field(pattern="^(full|open)$")
    edition: int
    file: str | None = Field(default=None, pattern=r"^[A-Za-z0-9_.-]+\.json$")
    sha256: str | None = Field(default=None, pattern="^[0-9a-f]{64}$")
    role: str = Field(min_length=3)
    adopted_on: dt.date
    source: str = Field(min_length=3)
    synthetic: bool = False

    @model_validator(mode="after")
    def _locked(self) -> Adopted:
        if (self.file is None) != (self.sha256 is None):
            raise ValueError("file and sha256 go together: the lock, and the digest that was adopted")
        if self.file is None and not self.synthetic:
            raise ValueError(
                "a baseline needs its lock: run spi baseline lock, and give the file and sha256 it names"
            )
        return self


def read_adopted(settings: Settings) -> list[Adopted]:
    """Read `config/baselines.yml`; none where the file is absent.

    Raises:
        CatalogueError: the file cannot be read, a decision is not whole, or two stand for one profile.
    """
    path = settings.config / FILE
    if not path.is_file():
        return []
    data = load_yaml(path)
    items = data.get("baselines") if isinstance(data, dict) else None
    if items is None or not isinstance(items, list):
        raise CatalogueError(f"config/{FILE}: expected the key baselines with a list")
    out: list[Adopted] = []
    for number, item in enumerate(items, start=1):
        try:
            out.append(Adopted.model_validate(item))
        except ValidationError as error:
            first = error.errors()[0]
            key = ".".join(str(part) for part in first["loc"]) or "(whole)"
            raise CatalogueError(
                f"config/{FILE}: baseline {number}: {key}: {first['msg'].removeprefix('Value error, ')}"
            ) from None
    for one in out:
        if sum((o.profile, o.synthetic) == (one.profile, one.synthetic) for o in out) > 1:
            raise CatalogueError(
                f"config/{FILE}: the profile {one.profile} has two baselines; expected one, which stays."
            )
    return out


def adopted_baseline(
    settings: Settings, profile: str, synthetic: bool
) -> tuple[Adopted, baseline.Baseline | None] | None:
    """The baseline of a profile with its locked scores; an example counts for made-up deliveries only.

    Raises:
        CatalogueError: the lock is missing, was changed, or is not the one that was adopted.
    """
    found = [a for a in read_adopted(settings) if a.profile == profile and a.synthetic == synthetic]
    if not found:
        return None
    (one,) = found
    if one.file is None:
        return one, None
    path = settings.config / "baselines" / one.file
    if not path.is_file():
        raise CatalogueError(
            f"config/baselines/{one.file} is missing: it holds the locked scores of the baseline {one.id}. "
            "Restore it from version control."
        )
    try:
        locked = baseline.read(path, expected=one.sha256)
    except baseline.BaselineError as error:
        raise CatalogueError(f"config/baselines/{error}") from None
    if int(locked.edition) != one.edition:
        raise CatalogueError(
            f"config/{FILE}: the baseline {one.id} names edition {one.edition}; its lock holds {locked.edition}."
        )
    return one, locked


def check_policy(settings: Settings) -> None:
    """Read targets and events as the build will, so that a fault is told by file and row before it starts.

    Raises:
        CatalogueError: a row is incomplete, unreadable, or says what an event caused.
    """
    folder = settings.seeds / "policy"
    for name, read in (("targets.csv", baseline.read_target_rows), ("policy_events.csv", read_events)):
        path = folder / name
        if not path.is_file():
            continue
        with path.open(encoding="utf-8-sig", newline="") as stream:
            try:
                read(list(csv.DictReader(stream)))
            except (ValueError, csv.Error, UnicodeDecodeError) as error:
                raise CatalogueError(f"dbt_project/seeds/policy/{name}: {error}") from None


def write_earlier(
    folder: Path, settings: Settings, profile: str, edition: int, districts: Collection[str], synthetic: bool
) -> dict[str, Any]:
    """Write what a build is compared with beside its accepted tables.

    Args:
        folder: `accepted/` of the build.
        settings: the installation.
        profile: of the build.
        edition: of the build.
        districts: GSS codes that the district has or had.
        synthetic: whether all of its deliveries are made up.

    Returns:
        what the accepted list names of it: `previous_release` (id, edition, hash of its manifest) and
        `baseline` (id and digest), each null where there is none.

    Raises:
        CatalogueError: the baseline is not what was adopted, or targets or events are faulty.
        ReleaseError: the release before is damaged, or does not give its own scores again.
    """
    check_policy(settings)
    release = find_previous(settings, profile, edition, districts, synthetic)
    named = write_previous(folder, release)
    if release is not None:
        _reproduces(folder)
    found = adopted_baseline(settings, profile, synthetic)
    rows: list[tuple[Any, ...]] = []
    scores: list[tuple[Any, ...]] = []
    if found is not None:
        one, locked = found
        release_id, method = (locked.release, locked.framework_hash) if locked else (None, None)
        rows = [
            (
                one.id,
                locked.name if locked else one.name,
                one.edition,
                release_id,
                method,
                one.sha256,
                one.adopted_on,
                one.role,
                one.source,
                one.synthetic,
            )
        ]
        scores = list(locked.rows) if locked else []
    for (name, columns), content in zip(_BASELINE.items(), (rows, scores), strict=True):
        _write(folder / f"{name}.parquet", columns, content)
    digest = found[0].sha256 if found else None
    return {
        "previous_release": named,
        "baseline": {"id": found[0].id, "sha256": digest} if found else None,
    }


def _reproduces(folder: Path) -> None:
    """Refuse a release whose scores do not follow from its own values and method; a bridge rests on that."""
    import duckdb

    with duckdb.connect(config={"threads": 1}) as con:
        tables = {
            f"idx{name}": con.read_parquet((folder / f"{name}.parquet").as_posix()).df()
            for name in PREVIOUS_TABLES
        }
    try:
        accounts.published(tables)
    except (accounts.AccountError, FrameworkError) as error:
        raise ReleaseError(str(error)) from None


def _write(path: Path, columns: dict[str, str], rows: list[tuple[Any, ...]]) -> None:
    import duckdb

    fields = ", ".join(f"{name} {kind}" for name, kind in columns.items())
    target = str(path).replace("'", "''")
    with duckdb.connect(config={"threads": 1}) as con:
        con.execute(f"create table content ({fields})")
        if rows:
            con.executemany(f"insert into content values ({', '.join('?' * len(columns))})", rows)
        con.execute(f"copy content to '{target}' (format parquet, compression zstd)")
