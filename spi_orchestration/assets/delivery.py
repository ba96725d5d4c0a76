"""One dataset's deliveries, taken in: found, landed, read, checked and remembered for the gate.

Belongs here: the order of these steps for one dataset, and skipping what an earlier run has done. Does not
belong here: how any step works (`intake`, `readers`, `checks`), or Dagster (`raw.py`).
"""

from __future__ import annotations

import datetime as dt
import hashlib
import importlib.metadata
import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from spi_orchestration.assets.progress import current
from spi_orchestration.assets.project import Project, references_of
from spi_orchestration.catalogue import CatalogueError, Dataset, Layout
from spi_orchestration.checks import judge
from spi_orchestration.checks.assessment import Assessment, code_fingerprint, keep, kept, latest, remember
from spi_orchestration.checks.change import Edition
from spi_orchestration.checks.contract import Examination, Reference, examine, profile_raw
from spi_orchestration.checks.decisions import waived_checks
from spi_orchestration.checks.places import Wards, wards_of
from spi_orchestration.checks.registry import VERSION, DatasetCheck, checks_of
from spi_orchestration.checks.suite import observed, suite_of
from spi_orchestration.findings import DeliveryError, Finding
from spi_orchestration.intake import landing
from spi_orchestration.intake.landing import Landed
from spi_orchestration.intake.receipt import Receipt
from spi_orchestration.intake.removed import Purged
from spi_orchestration.intake.shares import Found, Share, open_share
from spi_orchestration.secret import council_secret, secret_mark
from spi_orchestration.settings import Settings

if TYPE_CHECKING:
    from spi_orchestration.readers.raw import RawTable

__all__ = ["compared_editions", "expect_changes", "take_in", "take_in_all"]

#: So many editions back a delivery is compared with.
PAST = 4

_LIBRARIES = ("duckdb", "great-expectations", "python-calamine")


@lru_cache(maxsize=1)
def _versions() -> tuple[str, ...]:
    out = []
    for name in _LIBRARIES:
        try:
            out.append(f"{name} {importlib.metadata.version(name)}")
        except importlib.metadata.PackageNotFoundError:
            out.append(f"{name} absent")
    return tuple(out)


@dataclass
class _Work:
    """One edition of a dataset on its way through the steps."""

    edition: int
    found: Found
    layout: Layout | None
    landed: Landed | None = None
    findings: tuple[Finding, ...] = ()
    key: str = ""
    examination: Examination | None = None
    raw: Path | None = None
    notes: tuple[str, ...] = ()
    done: Assessment | None = None


@dataclass
class _Desk:
    """What taking in one dataset needs."""

    project: Project
    share: Share
    dataset: Dataset
    checks: list[DatasetCheck]
    build_edition: int
    now: dt.datetime
    compared_with: Project

    @property
    def settings(self) -> Settings:
        return self.project.settings

    def states(self, **known: str) -> dict[str, str]:
        return {check.id: "not judged" for check in self.checks} | known

    def assessment(self, work: _Work, **parts: Any) -> Assessment:
        receipt = work.landed.receipt if work.landed else None
        base = Assessment(
            dataset=self.dataset.id,
            edition=work.edition,
            shares=self.share.shares.id,
            synthetic=self.share.shares.synthetic,
            expected=work.layout is not None,
            named=work.edition in self.share.shares.deliveries.get(self.dataset.id, {}),
            layout=work.layout.id if work.layout else None,
            delivery=receipt.delivery if receipt else None,
            received_at=receipt.received_at if receipt else None,
            files=tuple(file.name for file in receipt.files) if receipt else (),
        )
        return replace(base, **parts)


def _desk(
    project: Project,
    share: Share,
    dataset_id: str,
    build_edition: int,
    now: dt.datetime | None,
    compared_with: Project | None,
) -> _Desk:
    dataset = project.catalogue[dataset_id]
    national = project.catalogue.supply(dataset, build_edition).supplier.kind == "national"
    checks = checks_of(dataset, national=national)
    moment = now or dt.datetime.now(dt.UTC)
    return _Desk(project, share, dataset, checks, build_edition, moment, compared_with or project)


def _refused(desk: _Desk, work: _Work, findings: Iterable[Finding]) -> Assessment:
    """The assessment of a delivery that cannot be judged as a table."""
    findings = tuple(findings)
    known = {"delivered": "passed"} if work.landed else {}
    known |= {finding.check: "failed" if finding.grade == "stop" else "recorded" for finding in findings}
    return desk.assessment(work, findings=findings, checks=desk.states(**known))


def _arrive(desk: _Desk, work: _Work) -> None:
    """Find and land, or fall back on what landed before."""
    found = work.found
    if not found.complete:
        receipt = landing.last_receipt(desk.settings, desk.share.shares.id, desk.dataset.id, work.edition)
        if receipt is None or not landing.lost(desk.share, found, receipt):
            looked_at = desk.now.astimezone(dt.UTC).replace(microsecond=0).isoformat()
            work.done = replace(_refused(desk, work, found.findings), looked_at=looked_at)
            return
        work.findings = (landing.lost_finding(found, receipt),)
        work.landed = landing.landed(desk.settings, receipt)
    else:
        before = latest(desk.settings, desk.share.shares.id, desk.dataset.id, work.edition)
        absent_at = before.looked_at if before is not None else None
        try:
            work.landed = landing.land(desk.settings, desk.share, found, now=desk.now, absent_at=absent_at)
        except landing.RecalledError as error:
            _instead_of_recalled(desk, work, error)
            assert work.landed is not None
    if work.landed.findings:
        work.done = _refused(desk, work, (*work.findings, *work.landed.findings))


def _instead_of_recalled(desk: _Desk, work: _Work, error: landing.RecalledError) -> None:
    """Use the delivery that came before a recalled one, where there is one."""
    receipt = landing.last_receipt(desk.settings, desk.share.shares.id, desk.dataset.id, work.edition)
    if receipt is None:
        raise error
    finding = error.finding
    used = f"{finding.found}; the delivery landed on {receipt.received_at[:10]} is used"
    work.findings = (replace(finding, grade="record", found=used),)
    work.landed = landing.landed(desk.settings, receipt)


def _from_purged(desk: _Desk, work: _Work, purged: Purged) -> Assessment:
    """The assessment of a delivery whose landed files were purged: as the checks left it."""
    known: dict[str, Any] = {"purged_on": purged.date, "purge_clause": purged.clause, "kept_as": purged.form}
    if purged.form == "none":
        finding = Finding(
            dataset=desk.dataset.id,
            check="delivered",
            grade="stop",
            expected="a delivery that is still there, or of which an aggregate was kept",
            found=f"{purged.sentence()}; it had not been accepted, so nothing stands in its place",
            remedy="Ask the supplier for the delivery that counts.",
        )
        return replace(_refused(desk, work, (*work.findings, finding)), **known)
    results = purged.results
    mine = desk.states()
    states = mine | {check: state for check, state in results["checks"].items() if check in mine}
    for finding in work.findings:
        states[finding.check] = "recorded"
    return desk.assessment(
        work,
        raw=purged.kept,
        raw_sha256=purged.kept_sha256,
        rows=results["rows"],
        findings=(*work.findings, *(Finding.from_dict(item) for item in results["findings"])),
        checks=states,
        repaired=results["repaired"],
        notes=tuple(results["notes"]),
        reused=True,
        **known,
    )


def _references(desk: _Desk, edition: int) -> dict[str, tuple[Reference, str]]:
    """Reference datasets of the rules, with the hash of their tables.

    The latest good delivery up to the edition; a set that was first taken in later serves earlier editions too.
    """
    known = desk.compared_with
    editions = [e for e in known.all_editions() if e <= max(edition, desk.build_edition)]
    order = [
        *sorted((e for e in editions if e <= edition), reverse=True),
        *sorted(e for e in editions if e > edition),
    ]
    out: dict[str, tuple[Reference, str]] = {}
    for name in references_of(desk.dataset):
        for e in order:
            assessment = latest(known.settings, known.shares.id, name, e)
            if assessment is not None and not assessment.good:
                assessment = assessment.fallback
            # Of a purged delivery counts by area may be left, which are no table of the dataset's columns.
            aggregate = assessment is not None and assessment.kept_as == "observations"
            if assessment is not None and assessment.good and assessment.raw and not aggregate:
                path = known.settings.data / assessment.raw
                if path.is_file():
                    reference = Reference(known.catalogue[name], path)
                    out[name] = (reference, assessment.raw_sha256 or "")
                    break
    return out


def _secret(desk: _Desk) -> bytes | None:
    """The council's secret, where a column of the dataset is kept as a keyed hash."""
    if not any(column.hashed for column in desk.dataset.columns.values()):
        return None
    # Hashes are compared with those of earlier deliveries; none is made where a delivery is only looked at.
    theirs = desk.compared_with.settings
    return council_secret(theirs if theirs.secret_file.is_file() else desk.settings)


@dataclass(frozen=True)
class _Before:
    """An earlier delivery of the dataset that the gate accepts, and that a later one is compared with."""

    edition: int
    layout: str
    delivery: str
    raw: Path


def _before(project: Project, dataset: str, edition: int, others: Iterable[_Work] = ()) -> list[_Before]:
    """Accepted deliveries of the last few editions before one, oldest first."""
    settings = project.settings
    known = {other.edition: other for other in others if other.edition < edition}
    out: list[_Before] = []
    for e in [e for e in project.all_editions() if e < edition][-PAST:]:
        other = known.get(e)
        if other is not None and other.done is None:
            if other.examination is not None and other.landed is not None and other.layout is not None:
                stops = other.examination.stops
                delivery, layout, raw = other.landed.receipt.delivery, other.layout.id, other.raw
            else:
                continue
        else:
            done = other.done if other else latest(settings, project.shares.id, dataset, e)
            if done is not None and done.stops and done.fallback is not None:
                done = done.fallback
            # Of a purged delivery counts by area may be left, which say nothing about rows and columns.
            if done is None or not done.present or done.kept_as == "observations":
                continue
            stops = frozenset(finding.check for finding in done.stops)
            delivery, layout = done.delivery or "", done.layout or ""
            raw = settings.data / (done.raw or "")
        if raw is None or not stops <= waived_checks(settings, dataset, e):
            continue
        # A set that serves on is the same delivery in each edition, and no past of its own.
        if raw.is_file() and delivery not in {one.delivery for one in out}:
            out.append(_Before(e, layout, delivery, raw))
    return out


def compared_editions(project: Project, dataset: str, edition: int) -> tuple[int, ...]:
    """Editions that a delivery of one would be compared with, oldest first; none where there is no past yet.

    Args:
        project: the installation.
        dataset: dataset id.
        edition: edition of the delivery.
    """
    return tuple(one.edition for one in _before(project, dataset, edition))


#: Figures of the deliveries of the dataset at hand, by raw table and layout; a run works dataset by dataset.
_profiles: dict[tuple[str, str, int], Edition] = {}


def _remember_profile(raw: Path, edition: Edition) -> Edition:
    while len(_profiles) > 2 * PAST:
        _profiles.pop(next(iter(_profiles)))
    return _profiles.setdefault((raw.as_posix(), edition.layout, edition.edition), edition)


def _past(desk: _Desk, before: Iterable[_Before]) -> list[Edition]:
    """The figures of earlier deliveries; read again from raw where this run did not count them."""
    out = []
    for one in before:
        known = _profiles.get((one.raw.as_posix(), one.layout, one.edition))
        if known is None:
            catalogue = desk.project.catalogue
            layout = desk.dataset.layout(one.edition, one.layout)
            wards = wards_of(desk.settings, catalogue.district, one.edition)
            profile = profile_raw(desk.dataset, layout, one.edition, one.raw, catalogue, wards)
            known = _remember_profile(one.raw, Edition(one.edition, one.layout, profile))
        out.append(known)
    return out


def _unlike(desk: _Desk, edition: int, wards: Wards, before: Sequence[_Before]) -> str | None:
    """Why a delivery must differ from the one before it: wards or supplier changed in between."""
    if not before:
        return None
    catalogue, earlier = desk.project.catalogue, before[-1].edition
    if (
        catalogue.supply(desk.dataset, edition).supplier_id
        != catalogue.supply(desk.dataset, earlier).supplier_id
    ):
        return f"another supplier sends it than in {earlier}"
    same = wards.names == wards_of(desk.settings, catalogue.district, earlier).names
    return None if same else f"the wards are not those of {earlier}"


def _key(
    desk: _Desk,
    work: _Work,
    references: dict[str, tuple[Reference, str]],
    wards: str,
    before: Iterable[_Before],
) -> str:
    """A hash over everything that the results for a delivery rest on."""
    assert work.landed is not None and work.layout is not None
    parts = [
        work.landed.receipt.delivery,
        work.edition,
        work.layout.id,
        desk.dataset.model_dump_json(),
        sorted(
            f"{name}:{text}:{mark.model_dump_json()}"
            for name, marks in desk.project.catalogue.marks.items()
            for text, mark in marks.items()
        ),
        desk.project.catalogue.supply(desk.dataset, work.edition).supplier.model_dump_json(),
        wards,
        sorted((name, digest) for name, (_, digest) in references.items()),
        [(one.edition, one.layout, one.delivery) for one in before],
        [f"{name}:{limit.model_dump_json()}" for name, limit in desk.project.catalogue.limits.items()],
        code_fingerprint(),
        VERSION,
        _versions(),
    ]
    secret = _secret(desk)
    if secret is not None:
        # With another secret raw holds other hashes, so the delivery is read again.
        parts.append(secret_mark(secret))
    return hashlib.sha256(json.dumps(parts, sort_keys=True).encode("utf-8")).hexdigest()


def _sha256(path: Path) -> str | None:
    if not path.is_file():
        return None
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def _from_kept(desk: _Desk, work: _Work) -> Assessment | None:
    """The assessment that an earlier run kept, if all it rests on is unchanged."""
    data = kept(desk.settings, desk.dataset.id, work.key)
    if data is None:
        return None
    if data["raw"] is not None and _sha256(desk.settings.data / data["raw"]) != data["raw_sha256"]:
        return None
    findings = tuple(Finding.from_dict(item) for item in data["findings"])
    states = dict(data["checks"])
    for finding in work.findings:
        states[finding.check] = "recorded"
    return desk.assessment(
        work,
        raw=data["raw"],
        raw_sha256=data["raw_sha256"],
        rows=data["rows"],
        findings=(*work.findings, *findings),
        checks=states,
        repaired=data["repaired"],
        notes=tuple(data["notes"]),
        key=work.key,
        reused=True,
    )


def _unforeseen(desk: _Desk, work: _Work, error: Exception) -> Finding:
    """A finding for an error nobody foresaw; its text is told only where cells may be shown."""
    detail = (
        f": {str(error).splitlines()[0][:200]}" if desk.dataset.contract.shows_values and str(error) else ""
    )
    return Finding(
        dataset=desk.dataset.id,
        check="readable",
        grade="stop",
        file=work.found.files[0].name if work.found.files else None,
        expected="files that can be read as the layout says",
        found=f"reading failed ({type(error).__name__}{detail})",
        remedy="Compare the file with the layout in sources.yml. If both look right, report this to the maintainers with the dataset's name.",
    )


def _read(desk: _Desk, work: _Work) -> RawTable:
    """Read a landed delivery to raw."""
    from spi_orchestration.readers.raw import LandedFile, read_delivery

    assert work.landed is not None and work.layout is not None
    target = (
        desk.settings.raw
        / desk.dataset.id
        / f"edition={work.edition}"
        / f"{work.landed.receipt.short}.parquet"
    )
    target.parent.mkdir(parents=True, exist_ok=True)
    with current().part("reading"):
        landing.verify(work.landed)
        files = [LandedFile(path=path, name=name) for name, path in work.landed.files]
        table = read_delivery(desk.dataset, work.layout, files, target, _secret(desk))
    work.raw = target
    work.notes = tuple(table.notes)
    return table


def _examine(desk: _Desk, work: _Work, others: Iterable[_Work]) -> None:
    """Read and count, unless kept results hold."""
    if work.done is not None or work.landed is None or work.layout is None:
        return
    if work.landed.purged is not None:
        work.done = _from_purged(desk, work, work.landed.purged)
        return
    catalogue = desk.project.catalogue
    wards = wards_of(desk.settings, catalogue.district, work.edition)
    references = _references(desk, work.edition)
    before = _before(desk.compared_with, desk.dataset.id, work.edition, others)
    work.key = _key(desk, work, references, wards.fingerprint, before)
    work.done = _from_kept(desk, work)
    if work.done is not None:
        return
    judge.warm_up()
    try:
        table = _read(desk, work)
        assert work.raw is not None
        with current().part("checks"):
            work.examination = examine(
                desk.dataset,
                work.layout,
                work.edition,
                work.raw,
                catalogue,
                wards,
                {name: reference for name, (reference, _) in references.items()},
                table.unexpected,
                table.personal,
                _past(desk, [one for one in before if one.delivery != work.landed.receipt.delivery]),
                _unlike(desk, work.edition, wards, before),
                table.totals,
            )
            work.examination = _not_again(desk, work, work.examination, before)
            if work.examination.profile is not None:
                _remember_profile(work.raw, Edition(work.edition, work.layout.id, work.examination.profile))
    except DeliveryError as error:
        work.done = _refused(desk, work, (*work.findings, error.finding))
    except (CatalogueError, judge.JudgeError):
        raise
    except Exception as error:
        work.done = _refused(desk, work, (*work.findings, _unforeseen(desk, work, error)))


def _not_again(desk: _Desk, work: _Work, examination: Examination, before: Iterable[_Before]) -> Examination:
    """Refuse the very files of an earlier edition, where a feed should have moved."""
    assert work.landed is not None
    same = [one for one in before if one.delivery == work.landed.receipt.delivery]
    if not same or desk.dataset.contract.refresh.cycle != "annual":
        return examination
    finding = Finding(
        dataset=desk.dataset.id,
        check="change_unchanged",
        grade="stop",
        expected=f"the delivery of edition {work.edition}",
        found=f"the very files that were delivered for edition {same[-1].edition}",
        remedy="Ask the supplier for this year's files; to use the earlier ones, carry them forward by decision.",
        file=work.found.files[0].name if work.found.files else None,
    )
    return replace(
        examination,
        counts=examination.counts | {"change_unchanged": examination.counts["change_unchanged"] + 1},
        findings=(*examination.findings, finding),
    )


def _judged(desk: _Desk, work: _Work, verdict: dict[str, Any]) -> Assessment:
    """The assessment of a delivery whose counts were judged."""
    assert work.examination is not None and work.raw is not None
    findings = list(work.examination.findings)
    told = {finding.check for finding in findings if not finding.repaired}
    grades = {check.id: check for check in desk.checks}
    for check in verdict["failed"]:
        if check not in told:
            findings.append(
                Finding(
                    dataset=desk.dataset.id,
                    check=check,
                    grade=grades[check].grade,
                    expected=grades[check].title,
                    found="another count than the contract allows",
                    remedy="See the Great Expectations result of the run.",
                )
            )
    states = {check.id: "passed" for check in desk.checks}
    for rule in desk.dataset.contract.rules:
        if rule.layouts and work.layout is not None and work.layout.id not in rule.layouts:
            states[rule.id] = "not judged"
    states |= dict.fromkeys(work.examination.unjudged, "not judged")
    for finding in findings:
        state = "repaired" if finding.repaired else "failed" if finding.grade == "stop" else "recorded"
        if states.get(finding.check) != "failed":
            states[finding.check] = state
    raw = work.raw.relative_to(desk.settings.data).as_posix()
    digest = _sha256(work.raw)
    results = {
        "raw": raw,
        "raw_sha256": digest,
        "rows": work.examination.rows,
        "findings": [finding.as_dict() for finding in findings],
        "checks": dict(states),
        "repaired": work.examination.repaired,
        "notes": list(work.notes),
        "gx": verdict["result"],
    }
    keep(desk.settings, desk.dataset.id, work.key, results)
    for finding in work.findings:
        states[finding.check] = "recorded"
    return desk.assessment(
        work,
        raw=raw,
        raw_sha256=digest,
        rows=work.examination.rows,
        findings=(*work.findings, *findings),
        checks=states,
        repaired=work.examination.repaired,
        notes=work.notes,
        key=work.key,
    )


def _finish(desk: _Desk, works: list[_Work]) -> list[Assessment]:
    """Judge what was counted, all editions at once."""
    waiting = [work for work in works if work.done is None]
    if waiting:
        rows = [observed(work.examination, desk.checks) for work in waiting if work.examination is not None]
        with current().part("checks"):
            verdicts = judge.shared().ask(suite_of(desk.dataset, desk.checks), rows)
        for work, verdict in zip(waiting, verdicts, strict=True):
            work.done = _judged(desk, work, verdict)
    return [work.done for work in works if work.done is not None]


def _fallback(desk: _Desk, assessment: Assessment) -> Assessment | None:
    """The last earlier delivery of the same edition that is good, in place of a bad later one."""
    receipts = landing.earlier_receipts(
        desk.settings, assessment.shares, assessment.dataset, assessment.edition
    )
    for receipt in receipts:
        if receipt.delivery == assessment.delivery:
            continue
        earlier = _from_receipt(desk, assessment.edition, receipt)
        if earlier is not None and earlier.good:
            return earlier
    return None


def _from_receipt(desk: _Desk, edition: int, receipt: Receipt) -> Assessment | None:
    layout = desk.share.layout(desk.dataset, edition)
    if layout is None:
        return None
    work = _Work(edition, Found(desk.dataset.id, edition, layout, ""), layout)
    try:
        work.landed = landing.landed(desk.settings, receipt)
    except DeliveryError:
        return None
    if work.landed.findings:
        return None
    _examine(desk, work, ())
    return _finish(desk, [work])[0]


def take_in(
    project: Project,
    share: Share,
    dataset_id: str,
    editions: Iterable[int],
    build_edition: int,
    *,
    now: dt.datetime | None = None,
    compared_with: Project | None = None,
) -> list[Assessment]:
    """Find, land, read and check the deliveries of one dataset, and remember the results for the gate.

    Args:
        project: the installation.
        share: the opened share.
        dataset_id: the dataset.
        editions: editions to take in.
        build_edition: edition of the build; for earlier ones a bad delivery gives way to a good one that
            came before it.
        now: the moment of taking in; the clock by default.
        compared_with: the installation with whose reference datasets and earlier editions the deliveries are
            compared; the same by default.

    Returns:
        One assessment for each edition. A bad or absent delivery is a finding in it, never an exception.

    Raises:
        CatalogueError: the catalogue says something that cannot be done with any delivery.
        JudgeError: Great Expectations cannot be run here.
    """
    desk = _desk(project, share, dataset_id, build_edition, now, compared_with)
    works = []
    for edition in sorted(editions):
        with current().part("intake"):
            found = share.find(desk.dataset, edition)
            work = _Work(edition, found, found.layout)
            works.append(work)
            if not found.expected:
                work.done = desk.assessment(work, checks=desk.states())
                continue
            try:
                _arrive(desk, work)
            except DeliveryError as error:
                work.done = _refused(desk, work, (*work.findings, error.finding))
        _examine(desk, work, works)
    out: list[Assessment] = []
    for assessment in _finish(desk, works):
        if assessment.stops and assessment.edition < build_edition:
            assessment = replace(assessment, fallback=_fallback(desk, assessment))
        if _still_serves(desk, assessment, out):
            assessment = replace(assessment, checks=assessment.checks | {"delivered": "carried forward"})
        remember(desk.settings, assessment)
        out.append(assessment)
    return out


def _still_serves(desk: _Desk, assessment: Assessment, earlier: list[Assessment]) -> bool:
    """Whether an earlier delivery of a static or event feed serves on, so that nothing is missing."""
    if desk.dataset.contract.refresh.cycle == "annual" or assessment.named or not assessment.expected:
        return False
    if assessment.delivery is not None:
        return False
    known = {one.edition: one for one in earlier}
    for edition in desk.project.all_editions():
        if edition < assessment.edition:
            one = known.get(edition) or latest(desk.settings, assessment.shares, assessment.dataset, edition)
            if one is not None and one.good:
                return True
    return False


def take_in_all(project: Project, profile: str, edition: int) -> dict[tuple[str, int], Assessment]:
    """Take in every dataset of a profile for a build, without Dagster.

    Returns:
        Assessments by dataset and edition.
    """
    share = open_share(project.settings, project.catalogue, project.shares)
    out = {}
    for dataset in project.datasets(profile):
        editions = project.editions(profile, edition, dataset.id)
        for assessment in take_in(project, share, dataset.id, editions, edition):
            out[(assessment.dataset, assessment.edition)] = assessment
    return out


def expect_changes(project: Project, share: Share, profile: str, edition: int) -> bool:
    """Whether something may have changed since the last run, judged by names, sizes and times alone.

    Only a hint: it says whether Great Expectations is worth importing beside the start of the run.
    """
    from spi_orchestration.checks.assessment import read_json, write_json

    digest = hashlib.sha256(code_fingerprint().encode())
    digest.update(project.settings.sources_file.read_bytes())
    for dataset in project.catalogue.in_profile(profile):
        for e in project.editions(profile, edition, dataset.id):
            digest.update(f"{dataset.id} {e} {share.find(dataset, e).fingerprint()}\n".encode())
    path = project.settings.data / "checks" / f"seen-{project.shares.id}-{profile}-{edition}.json"
    seen = {"fingerprint": digest.hexdigest()}
    if read_json(path) == seen:
        return False
    write_json(path, seen)
    return True
