"""Recalling: a delivery that was sent in error is removed wherever it can be reached.

Belongs here: the order of the removal, what it takes along, and what it cannot reach. Does not belong here:
deliveries whose time is over (`purge.py`), or what a run uses in place of a recalled one (`assets/delivery.py`).

A recall takes no aggregate: nothing of the delivery is kept but its receipt, its hash, who recalled it and
why. Builds and drafts that were made from it go whole, and so do the records of every run that can have seen
it; `spi run` makes them anew from what came before. The record is written first, so that a delivery can no
longer be used, and what was begun is finished by the next run or the next call.
"""

from __future__ import annotations

import contextlib
import datetime as dt
import shutil
import sqlite3
from collections.abc import Callable, Sequence
from pathlib import Path

from spi_orchestration.assets.builds import Build
from spi_orchestration.assets.project import Project, references_of
from spi_orchestration.checks.assessment import read_json
from spi_orchestration.intake.landing import landing_folder
from spi_orchestration.intake.receipt import SHORT, Receipt, read_receipt
from spi_orchestration.intake.removed import Recalled, recalled_of, write_record
from spi_orchestration.retention.places import (
    Intention,
    begin,
    builds_of,
    clear_landing,
    forget_checks,
    holding,
    unfinished,
)
from spi_orchestration.settings import Settings

__all__ = ["finish_recalls", "recall", "would_recall"]


def _came(receipt: Receipt) -> dt.datetime:
    return dt.datetime.fromisoformat(receipt.received_at)


def _used_in(path: Path, receipt: Receipt, key: str) -> bool:
    """Whether a list of deliveries (an accepted list or a manifest) names the delivery."""
    data = read_json(path) or {}
    return any(
        item["dataset"] == receipt.dataset and item["delivery"] == receipt.delivery
        for item in data.get(key, [])
    )


def _touched(build: Build, receipt: Receipt) -> bool:
    """Whether a build was made from the delivery, or was being made when a run ended."""
    if build.work.exists() or (build.home / f".old-{build.edition}").exists():
        return True
    return _used_in(build.final / "accepted.json", receipt, "accepted")


def _drafts(settings: Settings, receipt: Receipt) -> list[Path]:
    return [
        path.parent
        for path in sorted(settings.drafts.glob("*/manifest.json"))
        if _used_in(path, receipt, "deliveries")
    ]


def _unreachable(project: Project, receipt: Receipt) -> tuple[str, ...]:
    """Places that a recall cannot reach, for people."""
    settings = project.settings
    releases = [
        path.parent.name
        for path in sorted(settings.releases.glob("*/manifest.json"))
        if _used_in(path, receipt, "deliveries")
    ]
    supplier = project.catalogue.supply(project.catalogue[receipt.dataset], receipt.edition).supplier
    files = ", ".join(file.name for file in receipt.files)
    found = [
        f"the supplier's share ({receipt.shares}): {supplier.title} ({supplier.contact_role}) must remove {files}; "
        "until then every run refuses it",
        "backups of the data folder made since it came; and copies that people took",
    ]
    if releases:
        found.append(
            f"published releases that used it, which are never changed: {', '.join(releases)}. "
            "Publish a correction after the next run"
        )
    return tuple(found)


def would_recall(project: Project, receipt: Receipt) -> tuple[list[str], tuple[str, ...]]:
    """What a recall would remove, and what it cannot reach, for people. Nothing is changed."""
    settings = project.settings
    lines = [f"landing and raw of {receipt.dataset}, edition {receipt.edition}, delivery {receipt.short}"]
    lines += [
        f"build {build.profile} {build.edition}, whole"
        for build in builds_of(settings)
        if _touched(build, receipt)
    ]
    lines += [f"draft {folder.name}, whole" for folder in _drafts(settings, receipt)]
    lines.append(
        f"kept check results of {receipt.dataset}; reports and records of runs since {receipt.received_at[:10]}"
    )
    return lines, _unreachable(project, receipt)


def _remove_builds(settings: Settings, receipt: Receipt, builds: Sequence[Build]) -> list[str]:
    said = []
    for build in builds:
        if not _touched(build, receipt):
            continue
        for folder in (build.work, build.home / f".old-{build.edition}"):
            if folder.exists():
                shutil.rmtree(folder)
        if _used_in(build.final / "accepted.json", receipt, "accepted"):
            # The list goes last: a recall that is killed here finds the build again.
            for path in sorted(build.final.iterdir()):
                if path.name != "accepted.json":
                    shutil.rmtree(path) if path.is_dir() else path.unlink()
            shutil.rmtree(build.final)
            said.append(f"build {build.profile} {build.edition}")
    for folder in _drafts(settings, receipt):
        for path in sorted(folder.iterdir()):
            if path.name != "manifest.json":
                shutil.rmtree(path) if path.is_dir() else path.unlink()
        shutil.rmtree(folder)
        said.append(f"draft {folder.name}")
    return said


def _remove_checks(project: Project, receipt: Receipt) -> list[str]:
    settings = project.settings
    gone = forget_checks(settings, receipt)
    for dataset in project.catalogue.datasets.values():
        # What was compared with a recalled reference set may quote it.
        if receipt.dataset in references_of(dataset):
            for path in (settings.data / "checks" / dataset.id).glob("*.json"):
                path.unlink()
                gone += 1
    return [f"{gone} kept check results"] if gone else []


def _remove_reports(settings: Settings, receipt: Receipt) -> list[str]:
    """Reports of runs that can have seen the delivery: those made since it came."""
    gone = 0
    for path in sorted(settings.reports.glob("*/report.json")):
        report = read_json(path)
        made = dt.datetime.fromisoformat(report["made_at"]) if report else None
        if made is None or made >= _came(receipt):
            shutil.rmtree(path.parent)
            gone += 1
    for folder in sorted(
        path for path in settings.reports.glob("*/") if not (path / "report.json").is_file()
    ):
        # A run that never reached the gate leaves dbt's log at most; when it ran cannot be told.
        shutil.rmtree(folder)
        gone += 1
    for path in sorted(settings.reports.glob("*.json")):
        # The pointer to the latest report holds nothing of it, but must not lead nowhere.
        path.unlink()
    page = settings.data / "status.html"
    page.unlink(missing_ok=True)
    return [f"{gone} run report{'' if gone == 1 else 's'}"] if gone else []


def _forget_runs(connection: sqlite3.Connection, left: Sequence[str]) -> None:
    """Delete what names a run that is no more: Dagster leaves results of checks and last events of assets."""
    some = ", ".join("?" for _ in left)
    tables = [row[0] for row in connection.execute("select name from sqlite_master where type = 'table'")]
    for table in tables:
        columns = {row[1] for row in connection.execute(f'pragma table_info("{table}")')}
        for column in {"run_id", "last_run_id"} & columns:
            connection.execute(
                f'delete from "{table}" where {column} is not null and {column} not in ({some})', list(left)
            )


def _remove_runs(settings: Settings, receipt: Receipt) -> list[str]:
    """Dagster's records of runs since the delivery came, and the free pages they leave."""
    if not (settings.dagster_home / "history" / "runs.db").is_file():
        return []
    import dagster as dg

    from spi_orchestration.assets.annual import dagster_instance

    # The record of a run is made before the delivery is landed, so its end counts, with a minute's grace.
    since = _came(receipt) - dt.timedelta(minutes=1)
    instance = dagster_instance(settings)
    try:
        runs = [run.run_id for run in instance.get_runs(filters=dg.RunsFilter(updated_after=since))]
        for run_id in runs:
            instance.delete_run(run_id)
        left = [run.run_id for run in instance.get_runs()]
    finally:
        instance.dispose()
    for run_id in runs:
        for path in settings.dagster_home.rglob(f"{run_id}*"):
            with contextlib.suppress(FileNotFoundError):
                shutil.rmtree(path) if path.is_dir() else path.unlink()
    for path in sorted(settings.dagster_home.rglob("*.db")):
        # Deleted rows stay in free pages until the file is packed.
        connection = sqlite3.connect(path, isolation_level=None)
        try:
            _forget_runs(connection, left)
            connection.execute("vacuum")
            connection.execute("pragma wal_checkpoint(truncate)")
        finally:
            connection.close()
    return [f"{len(runs)} Dagster run{'' if len(runs) == 1 else 's'}"] if runs else []


def _carry_out(project: Project, receipt: Receipt, say: Callable[[str], None]) -> tuple[str, ...]:
    """Remove all that can be reached; done again, it finds nothing more."""
    settings = project.settings
    said = []
    files = clear_landing(settings, receipt)
    if files:
        said.append(f"{files} files in landing and raw")
    kept = settings.kept / receipt.dataset / f"edition={receipt.edition}" / f"{receipt.short}.parquet"
    if kept.is_file():
        kept.unlink()
        said.append("the aggregate that had been kept")
    folder = landing_folder(settings, receipt.dataset, receipt.edition) / receipt.short
    (folder / "purged.json").unlink(missing_ok=True)
    say("builds and drafts")
    said += _remove_builds(settings, receipt, builds_of(settings))
    say("check results, reports and records of runs")
    said += _remove_checks(project, receipt)
    said += _remove_reports(settings, receipt)
    said += _remove_runs(settings, receipt)
    return tuple(said)


def recall(
    project: Project,
    receipt: Receipt,
    *,
    by: str,
    reason: str,
    on: dt.date,
    say: Callable[[str], None] = lambda text: None,
) -> Recalled:
    """Remove a delivery wherever it can be reached, and refuse it from now on.

    Args:
        project: the installation.
        receipt: the delivery's.
        by: role that orders it.
        reason: why, for people.
        on: the day it is done.
        say: told what is under way.

    Returns:
        The record. A delivery that was recalled before keeps its first record; what is left is removed again.

    Raises:
        Busy: a run is under way.
    """
    settings = project.settings
    folder = landing_folder(settings, receipt.dataset, receipt.edition) / receipt.short
    with holding(builds_of(settings)):
        before = recalled_of(folder)
        intention = Intention(
            "recall", receipt.dataset, receipt.edition, receipt.delivery, {"by": by, "reason": reason}
        )
        path = begin(settings, intention)
        record = before or Recalled(
            receipt.delivery,
            receipt.dataset,
            receipt.edition,
            on.isoformat(),
            by,
            reason,
            _unreachable(project, receipt),
        )
        write_record(record, folder)
        done = _carry_out(project, receipt, say)
        record = Recalled(**(record.__dict__ | {"removed": (*record.removed, *done)}))
        write_record(record, folder)
        path.unlink(missing_ok=True)
    return record


def finish_recalls(project: Project, say: Callable[[str], None] = lambda text: None) -> list[Recalled]:
    """Finish recalls that were killed.

    Raises:
        Busy: a run is making one of the builds.
    """
    records = []
    for intention in unfinished(project.settings):
        if intention.kind != "recall":
            continue
        folder = (
            landing_folder(project.settings, intention.dataset, intention.edition)
            / intention.delivery[:SHORT]
        )
        receipt = read_receipt(folder / "receipt.json")
        records.append(
            recall(
                project,
                receipt,
                by=intention.more["by"],
                reason=intention.more["reason"],
                on=dt.date.today(),
                say=say,
            )
        )
    return records
