"""Purging: landed files whose time is over go, and an aggregate takes their place.

Belongs here: what is due, choosing deliveries, and the order in which aggregate, record and removal follow
each other. Does not belong here: the aggregate (`aggregate.py`), or deliveries sent in error (`recall.py`).

The order makes it safe to be killed anywhere: first the intention, then the aggregate, then the record, and
only then is anything removed. A removal that was begun is finished by the next run or the next call.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import shutil
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from spi_orchestration.assets.builds import Build
from spi_orchestration.assets.project import Project
from spi_orchestration.catalogue import Dataset, Retention
from spi_orchestration.checks.assessment import Assessment, latest, remember
from spi_orchestration.findings import Finding
from spi_orchestration.intake.landing import earlier_receipts, landing_folder
from spi_orchestration.intake.receipt import Receipt, read_receipt
from spi_orchestration.intake.removed import PURGED, RECALLED, Purged, purged_of, write_record
from spi_orchestration.retention.aggregate import (
    CELL_METHODS,
    Kept,
    RetentionError,
    is_of_cases,
    keep_observations,
    open_build,
)
from spi_orchestration.retention.places import (
    Intention,
    begin,
    builds_of,
    clear_landing,
    forget_checks,
    holding,
    rests_on,
    unfinished,
)
from spi_orchestration.retention.scrub import Replaced, scrub_build

__all__ = ["Candidate", "Outcome", "candidates", "chosen", "finish_purges", "purge"]


@dataclass(frozen=True)
class Candidate:
    """A landed delivery, and what the terms say of it.

    Attributes:
        receipt: its record.
        dataset: its dataset.
        retention: the terms; None where landed files are kept.
        due: first day on which it is to be purged.
        hindrance: why it is not purged although the terms say so, for people.
    """

    receipt: Receipt
    dataset: Dataset
    retention: Retention | None
    due: dt.date | None
    hindrance: str | None = None


@dataclass(frozen=True)
class Outcome:
    """What came of one delivery.

    Attributes:
        candidate: the delivery.
        record: the purge, or what it would be; None where it was not done.
        problem: why not.
        files: files removed.
    """

    candidate: Candidate
    record: Purged | None
    problem: str | None = None
    files: int = 0


def _came(receipt: Receipt) -> dt.date:
    return dt.datetime.fromisoformat(receipt.received_at).date()


def candidates(project: Project) -> list[Candidate]:
    """Every delivery whose files are in landing, by dataset, edition and arrival."""
    found = []
    for path in sorted(project.settings.landing.glob("*/*/*/receipt.json")):
        if (path.parent / PURGED).is_file() or (path.parent / RECALLED).is_file():
            continue
        receipt = read_receipt(path)
        dataset = project.catalogue.datasets.get(receipt.dataset)
        if dataset is None:
            continue
        terms = project.catalogue.retention_of(dataset, receipt.edition)
        hindrance = None
        if terms is not None and dataset.contract.role != "outcome":
            hindrance = "a reference set: builds of earlier editions are made with it"
        found.append(
            Candidate(receipt, dataset, terms, terms.due(_came(receipt)) if terms else None, hindrance)
        )
    return sorted(found, key=lambda one: (one.dataset.id, one.receipt.edition, one.receipt.received_at))


def chosen(
    every: Sequence[Candidate],
    on: dt.date,
    *,
    datasets: Iterable[str] = (),
    editions: Iterable[int] = (),
    deliveries: Iterable[str] = (),
    early: bool = False,
) -> list[Candidate]:
    """Those that are due on a day, or all that the terms will ever ask for, of some datasets or editions.

    Args:
        every: from `candidates`.
        on: the day.
        datasets: ids of datasets meant; all without one.
        editions: editions meant; all without one.
        deliveries: beginnings of delivery ids meant; all without one.
        early: also what is not due yet.
    """
    names, years, ids = set(datasets), set(editions), tuple(deliveries)
    return [
        one
        for one in every
        if one.due is not None
        and (early or one.due <= on)
        and (not names or one.dataset.id in names)
        and (not years or one.receipt.edition in years)
        and (not ids or one.receipt.delivery.startswith(ids))
    ]


def _assessed(project: Project, receipt: Receipt) -> Assessment | None:
    """What the checks last found of a delivery."""
    found = latest(project.settings, receipt.shares, receipt.dataset, receipt.edition)
    while found is not None and found.delivery != receipt.delivery:
        found = found.fallback
    return found


def _sha256(path: Path) -> str:
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def _form(
    project: Project, builds: Sequence[Build], candidate: Candidate
) -> tuple[str, Build | None, Assessment | None]:
    """What is kept of a delivery, the build it is made from, and what the checks had found.

    Raises:
        RetentionError: it cannot be purged now.
    """
    receipt = candidate.receipt
    if candidate.hindrance is not None:
        raise RetentionError(candidate.hindrance)
    build = next(
        (one for one in builds if rests_on(one, receipt.dataset, receipt.edition, receipt.delivery)), None
    )
    assessment = _assessed(project, receipt)
    if build is None:
        receipts = earlier_receipts(project.settings, receipt.shares, receipt.dataset, receipt.edition)
        if receipts and receipts[0].delivery == receipt.delivery:
            raise RetentionError(
                "it is the latest of its edition and no build was made from it, so nothing could be kept. "
                "`spi run` first; or `spi delivery recall`, if it should not have come"
            )
        return "none", None, None
    if assessment is None or assessment.raw is None:
        raise RetentionError("what the checks had found of it is not there any more. `spi run` first")
    if not is_of_cases(candidate.dataset):
        if not (project.settings.data / assessment.raw).is_file():
            raise RetentionError("its raw table is not there any more. `spi run` first")
        return "table", build, assessment
    method = candidate.dataset.method(candidate.dataset.layout(receipt.edition, assessment.layout))
    if method not in CELL_METHODS:
        raise RetentionError(
            f"its rows are about people and reach the wards by {method}, for which no aggregate is known"
        )
    return "observations", build, assessment


def _results(dataset: Dataset, assessment: Assessment | None) -> dict[str, Any]:
    """What the checks had found, without any cell of a case."""
    if assessment is None:
        return {}
    findings = [finding for finding in assessment.findings if finding.check != "delivered"]
    if is_of_cases(dataset):
        findings = [replace(one, found="(left out with the purged file)") for one in findings]
    return {
        "rows": assessment.rows,
        "findings": [finding.as_dict() for finding in findings],
        "checks": dict(assessment.checks),
        "repaired": assessment.repaired,
        "notes": list(assessment.notes) if not is_of_cases(dataset) else [],
    }


def _keep(project: Project, build: Build | None, candidate: Candidate, form: str, raw: str | None) -> Kept:
    """Make the aggregate."""
    receipt, dataset = candidate.receipt, candidate.dataset
    assert candidate.retention is not None and build is not None and raw is not None
    folder = project.settings.kept / dataset.id / f"edition={receipt.edition}"
    target = folder / f"{receipt.short}.parquet"
    if form == "table":
        folder.mkdir(parents=True, exist_ok=True)
        part = target.with_name(f".{target.name}")
        shutil.copyfile(project.settings.data / raw, part)
        part.replace(target)
        return Kept(target, _sha256(target), f"as delivered: {dataset.contract.geography.level}")
    layout = dataset.layout(receipt.edition, receipt.layout)
    with open_build(build) as connection:
        return keep_observations(
            connection,
            dataset,
            receipt.edition,
            dataset.method(layout),
            candidate.retention.aggregates_at,
            target,
        )


def _purge_one(
    project: Project, builds: Sequence[Build], candidate: Candidate, by: str, reason: str, on: dt.date
) -> Purged:
    """Keep the aggregate and write the record; nothing is removed yet."""
    form, build, assessment = _form(project, builds, candidate)
    receipt = candidate.receipt
    agreement = project.catalogue.supply(candidate.dataset, receipt.edition).agreement
    assert candidate.retention is not None
    begin(project.settings, Intention("purge", receipt.dataset, receipt.edition, receipt.delivery, {}))
    kept = None
    if form != "none":
        kept = _keep(project, build, candidate, form, assessment.raw if assessment else None)
    record = Purged(
        delivery=receipt.delivery,
        dataset=receipt.dataset,
        edition=receipt.edition,
        date=on.isoformat(),
        clause=f"{candidate.retention.clause} ({agreement.title})",
        by=by,
        reason=reason,
        form=form,  # type: ignore[arg-type]
        kept_at=kept.kept_at if kept else "nothing: it was never accepted",
        kept=kept.path.relative_to(project.settings.data).as_posix() if kept else None,
        kept_sha256=kept.sha256 if kept else None,
        results=_results(candidate.dataset, assessment),
    )
    write_record(record, landing_folder(project.settings, receipt.dataset, receipt.edition) / receipt.short)
    return record


def purge(
    project: Project,
    which: Sequence[Candidate],
    *,
    by: str,
    reason: str,
    on: dt.date,
    dry_run: bool = False,
    say: Callable[[str], None] = lambda text: None,
) -> list[Outcome]:
    """Purge deliveries, each whole or not at all.

    Args:
        project: the installation.
        which: from `chosen`.
        by: role that orders it.
        reason: why, for people.
        on: the day it is done.
        dry_run: remove and write nothing; say what would be kept.
        say: told what is under way.

    Raises:
        Busy: a run is making one of the builds.
    """
    builds = [build for build in builds_of(project.settings) if build.warehouse.is_file()]
    outcomes: list[Outcome] = []
    if dry_run:
        for candidate in which:
            try:
                form, _, _ = _form(project, builds, candidate)
            except RetentionError as error:
                outcomes.append(Outcome(candidate, None, str(error)))
                continue
            outcomes.append(Outcome(candidate, _would_be(candidate, form, by, reason, on)))
        return outcomes
    finish_purges(project)
    with holding(builds_of(project.settings)):
        for number, candidate in enumerate(which, start=1):
            receipt = candidate.receipt
            try:
                record = _purge_one(project, builds, candidate, by, reason, on)
            except RetentionError as error:
                intention = Intention("purge", receipt.dataset, receipt.edition, receipt.delivery, {})
                intention.path(project.settings).unlink(missing_ok=True)
                outcomes.append(Outcome(candidate, None, str(error)))
                continue
            before = latest(project.settings, receipt.shares, receipt.dataset, receipt.edition)
            outcomes.append(Outcome(candidate, record, files=_remove(project, receipt)))
            _remember(project, record, before)
            if number % 25 == 0:
                say(f"{number} of {len(which)} deliveries")
        done = [one.record for one in outcomes if one.record is not None]
        say(f"taking them out of {len(builds)} build{'' if len(builds) == 1 else 's'}")
        _finish(project, done)
    return outcomes


def _would_be(candidate: Candidate, form: str, by: str, reason: str, on: dt.date) -> Purged:
    terms, level = candidate.retention, candidate.dataset.contract.geography.level
    assert terms is not None
    kept_at = {
        "none": "nothing: it was never accepted",
        "table": f"as delivered: {level}",
        "observations": "LSOA by ward, or ward" if terms.aggregates_at == "lsoa" else "ward",
    }[form]
    receipt = candidate.receipt
    return Purged(
        delivery=receipt.delivery,
        dataset=receipt.dataset,
        edition=receipt.edition,
        date=on.isoformat(),
        clause=terms.clause,
        by=by,
        reason=reason,
        form=form,  # type: ignore[arg-type]
        kept_at=kept_at,
    )


def _remove(project: Project, receipt: Receipt) -> int:
    gone = clear_landing(project.settings, receipt)
    forget_checks(project.settings, receipt)
    return gone


def _remember(project: Project, record: Purged, before: Assessment | None) -> None:
    """Leave the gate an assessment that rests on what was kept, so that figures can be asked for at once."""
    if before is None or before.delivery != record.delivery or record.form == "none":
        return
    results = record.results
    remember(
        project.settings,
        replace(
            before,
            raw=record.kept,
            raw_sha256=record.kept_sha256,
            findings=tuple(Finding.from_dict(item) for item in results["findings"]),
            notes=tuple(results["notes"]),
            key=None,
            purged_on=record.date,
            purge_clause=record.clause,
            kept_as=record.form,
        ),
    )


def _finish(project: Project, records: Sequence[Purged]) -> None:
    """Take purged cases out of every build, and close the journal."""
    replaced = [
        Replaced(record.dataset, record.edition, project.settings.data / record.kept)
        for record in records
        if record.form == "observations" and record.kept is not None
    ]
    deliveries = {(record.dataset, record.edition): record.delivery for record in records}
    for build in builds_of(project.settings):
        mine = [
            one
            for one in replaced
            if rests_on(build, one.dataset, one.edition, deliveries[(one.dataset, one.edition)])
            or not build.final.is_dir()
        ]
        if mine:
            scrub_build(build, mine)
    for record in records:
        intention = Intention("purge", record.dataset, record.edition, record.delivery, {})
        intention.path(project.settings).unlink(missing_ok=True)


def finish_purges(project: Project) -> list[Purged]:
    """Finish what a killed purge began: remove where the record stands, forget where it does not.

    Raises:
        Busy: a run is making one of the builds.
    """
    settings = project.settings
    begun = [one for one in unfinished(settings) if one.kind == "purge"]
    if not begun:
        return []
    records = []
    with holding(builds_of(settings)):
        for intention in begun:
            folder = landing_folder(settings, intention.dataset, intention.edition) / intention.delivery[:12]
            record = purged_of(folder)
            if record is None:
                kept = settings.kept / intention.dataset / f"edition={intention.edition}"
                (kept / f"{intention.delivery[:12]}.parquet").unlink(missing_ok=True)
                intention.path(settings).unlink(missing_ok=True)
                continue
            _remove(project, read_receipt(folder / "receipt.json"))
            records.append(record)
        _finish(project, records)
    return records
