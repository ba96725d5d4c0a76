"""The gate: what of each dataset is accepted, and whether the edition passes.

Belongs here: turning assessments and decisions into outcomes and the accepted list. Does not belong
here: checking (`contract.py`), writing the accepted tables (`accepted.py`), reports (`report.py`), or
Dagster (`assets/gate.py`).
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterable, Mapping
from dataclasses import asdict, dataclass, replace
from functools import partial
from typing import Any, Literal

from spi_orchestration.catalogue import Catalogue, Dataset
from spi_orchestration.checks.assessment import Assessment
from spi_orchestration.checks.decisions import Decision, Refused
from spi_orchestration.checks.registry import checks_of
from spi_orchestration.findings import Finding

__all__ = ["OUTCOME_WORDS", "Accepted", "GateResult", "Outcome", "decide", "is_late", "outcome_words"]

Word = Literal["accepted", "recorded", "carried_forward", "stopped", "awaited", "not_expected"]

#: Outcomes, in words for people.
OUTCOME_WORDS: dict[str, str] = {
    "accepted": "accepted",
    "recorded": "accepted, with findings recorded on the release",
    "carried_forward": "carried forward from an earlier edition",
    "stopped": "stopped",
    "awaited": "awaited: not due yet",
    "not_expected": "not expected in this edition",
}

#: Outcomes with which an edition cannot pass.
BLOCKING = frozenset({"stopped", "awaited"})


@dataclass(frozen=True)
class Accepted:
    """One line of the accepted list.

    Attributes:
        dataset: dataset id.
        edition: edition for which it counts.
        delivery: full delivery id.
        layout: layout it was read with.
        how: `delivered`, `repaired`, `waived`, `earlier delivery` (a later one for that edition is bad) or
            `carried forward`.
        carried_from: edition it was delivered for, where it is carried forward.
        raw: raw Parquet below the data folder.
        raw_sha256: hash of that Parquet.
        received_at: when it first came.
        synthetic: made up.
        rows: rows read.
        findings: findings recorded on the release.
        repaired: rows mended by repairs.
        purged_on, purge_clause: where its landed files were purged, the day and the clause.
        kept_as: what `raw` is then: `observations` or a `table`.
    """

    dataset: str
    edition: int
    delivery: str
    layout: str
    how: str
    carried_from: int | None
    raw: str
    raw_sha256: str
    received_at: str
    synthetic: bool
    rows: int
    findings: int
    repaired: int
    purged_on: str | None = None
    purge_clause: str | None = None
    kept_as: str | None = None


@dataclass(frozen=True)
class Outcome:
    """What the gate decided on one dataset and edition.

    Attributes:
        dataset: dataset id.
        edition: edition.
        word: the outcome.
        assessment: what it rests on.
        accepted: what is used, if anything.
        findings: findings that stop the dataset or are recorded, as they stand after decisions.
        waived: checks that a decision waives.
        decision: the decision that was applied or noted.
        due: day the delivery is due.
    """

    dataset: str
    edition: int
    word: Word
    assessment: Assessment
    accepted: Accepted | None
    findings: tuple[Finding, ...] = ()
    waived: tuple[str, ...] = ()
    decision: Decision | None = None
    due: dt.date | None = None

    @property
    def blocks(self) -> bool:
        """Whether the edition cannot pass with it."""
        return self.word in BLOCKING


@dataclass(frozen=True)
class GateResult:
    """The gate's decision on one edition of one profile.

    Attributes:
        district: GSS code.
        profile: `full` or `open`.
        edition: the edition.
        editions: all editions that the build holds, this one last.
        outcomes: one for each dataset of the profile, for the edition.
        history: outcomes of earlier editions.
        refused: decisions that are not applied.
        needless: decisions on datasets that need none.
        applied: decisions that are applied or noted, each with its edition, in order of edition and dataset.
        accepted: the accepted list of the whole build, in order of dataset and edition.
    """

    district: str
    profile: str
    edition: int
    editions: tuple[int, ...]
    outcomes: tuple[Outcome, ...]
    history: tuple[Outcome, ...]
    refused: tuple[Refused, ...]
    needless: tuple[Decision, ...]
    accepted: tuple[Accepted, ...]
    applied: tuple[tuple[int, Decision], ...] = ()

    @property
    def passes(self) -> bool:
        """Whether the edition passes: no dataset is stopped or awaited."""
        return not any(outcome.blocks for outcome in self.outcomes)

    @property
    def blocked(self) -> list[Outcome]:
        """Datasets with which the edition does not pass."""
        return [outcome for outcome in self.outcomes if outcome.blocks]

    @property
    def synthetic(self) -> bool:
        """Whether any accepted delivery is made up."""
        return any(line.synthetic for line in self.accepted)

    def accepted_list(self) -> dict[str, Any]:
        """The accepted list as plain data: the input of the build, and nothing that depends on the clock."""
        keys = (
            "dataset",
            "edition",
            "delivery",
            "layout",
            "how",
            "carried_from",
            "synthetic",
            "repaired",
            "findings",
        )
        return {
            "district": self.district,
            "profile": self.profile,
            "edition": self.edition,
            "editions": list(self.editions),
            "passes": self.passes,
            "synthetic": self.synthetic,
            "missing": [outcome.dataset for outcome in self.blocked],
            "accepted": [{key: asdict(line)[key] for key in keys} for line in self.accepted],
            "decisions": [
                {"edition": edition, **decision.model_dump(mode="json", exclude_none=True)}
                for edition, decision in self.applied
            ],
            "recorded": [
                {"dataset": dataset, "check": check, "findings": count}
                for (dataset, check), count in sorted(self._recorded().items())
            ],
        }

    def _recorded(self) -> dict[tuple[str, str], int]:
        """Findings of the edition that are recorded on the release, counted by dataset and check."""
        found: dict[tuple[str, str], int] = {}
        for outcome in self.outcomes:
            for finding in outcome.findings:
                # As on the accepted list: what the share has lost since is no finding on the release.
                if not outcome.blocks and finding.grade == "record" and finding.check != "delivered":
                    key = (outcome.dataset, finding.check)
                    found[key] = found.get(key, 0) + 1
        return found


@dataclass(frozen=True)
class _Case:
    """One dataset and edition before the gate."""

    dataset: Dataset
    edition: int
    assessment: Assessment
    last: Accepted | None
    decisions: list[Decision]
    current: bool
    waivable: frozenset[str]
    day: dt.date
    today: dt.date
    refuse: Callable[[Decision, str], None]

    def in_force(self, decision: Decision) -> bool:
        """Whether a decision may be applied; says why when it may not."""
        delivery = self.assessment.delivery or ""
        if decision.delivery and not delivery.startswith(decision.delivery):
            self.refuse(decision, "it was made for another delivery than the one that is there now")
            return False
        if decision.date > self.today:
            self.refuse(decision, f"it is dated {decision.date}, which is still to come")
            return False
        if decision.expired(self.day):
            self.refuse(decision, f"it expired on {decision.until}")
            return False
        if decision.check is not None and decision.check not in self.waivable:
            self.refuse(
                decision, f"the check {decision.check} guards the integrity of the data and cannot be waived"
            )
            return False
        return True

    def named(self, kind: str) -> list[Decision]:
        return [decision for decision in self.decisions if decision.decision == kind]

    def when(self, decision: Decision) -> tuple[dt.date, int]:
        """When a decision was made: of one day, the order in the file."""
        return decision.date, self.decisions.index(decision)


def _accept(
    assessment: Assessment,
    edition: int,
    how: str,
    findings: Iterable[Finding],
    carried_from: int | None = None,
) -> Accepted:
    # A delivery that the share has lost since is not the delivery's fault: the count must not change with it.
    recorded = [finding for finding in findings if finding.check != "delivered"]
    return Accepted(
        dataset=assessment.dataset,
        edition=edition,
        delivery=assessment.delivery or "",
        layout=assessment.layout or "",
        how=how,
        carried_from=carried_from,
        raw=assessment.raw or "",
        raw_sha256=assessment.raw_sha256 or "",
        received_at=assessment.received_at or "",
        synthetic=assessment.synthetic,
        rows=assessment.rows,
        findings=len(recorded),
        repaired=assessment.repaired,
        purged_on=assessment.purged_on,
        purge_clause=assessment.purge_clause,
        kept_as=assessment.kept_as,
    )


def _carry(last: Accepted, edition: int) -> Accepted:
    origin = last.edition if last.carried_from is None else last.carried_from
    return replace(last, edition=edition, how="carried forward", carried_from=origin)


def _accepted_as_delivered(case: _Case, waived: list[Decision]) -> Outcome:
    assessment = case.assessment
    checks = tuple(decision.check or "" for decision in waived)
    findings = tuple(
        replace(finding, grade="record") if finding.check in checks else finding
        for finding in assessment.findings
    )
    how = "waived" if waived else "repaired" if assessment.repaired else "delivered"
    line = _accept(assessment, case.edition, how, findings)
    word: Word = "recorded" if findings else "accepted"
    cycle = case.dataset.contract.refresh.cycle
    if case.last is not None and cycle != "annual" and case.last.delivery == line.delivery:
        # A static set serves until it is replaced; its unchanged file is no new delivery.
        line, word = _carry(case.last, case.edition), "carried_forward"
    return Outcome(
        case.dataset.id,
        case.edition,
        word,
        assessment,
        line,
        findings,
        checks,
        waived[0] if waived else None,
        due=case.dataset.due_date(case.edition),
    )


def _outcome(case: _Case, word: Word, accepted: Accepted | None, decision: Decision | None = None) -> Outcome:
    findings = () if word == "not_expected" else case.assessment.findings
    if word not in BLOCKING:
        # What stands in its place is accepted; what was wrong with the delivery is on the record.
        findings = tuple(replace(finding, grade="record") for finding in findings)
    due = case.dataset.due_date(case.edition)
    return Outcome(
        case.dataset.id, case.edition, word, case.assessment, accepted, findings, (), decision, due
    )


def _to_carry(case: _Case) -> list[Decision]:
    """The decision that carries an earlier delivery forward, where one is in force and there is one; the last made."""
    found = []
    for decision in case.named("carry_forward"):
        if not case.in_force(decision):
            continue
        if case.last is None:
            case.refuse(decision, "there is no earlier accepted delivery to carry forward")
            continue
        found.append(decision)
    return [max(found, key=lambda one: one.date)] if found else []


_NAMED = {"waive": "the waiver", "carry_forward": "the decision to carry forward"}


def _way_on(case: _Case, waivers: list[Decision]) -> tuple[list[Decision], Decision | None]:
    """The way on that counts where several are on file: the last decided.

    Args:
        case: a dataset that is stopped.
        waivers: those in force, where they cover every check that fails.

    Returns:
        the waivers or the decision to carry forward, none where nothing accepts the dataset; and the request for
        another delivery that is on file.
    """
    carried = _to_carry(case)
    way = waivers or carried
    if waivers and carried:
        ways = {"waive": waivers, "carry_forward": carried}
        day = {kind: max(one.date for one in made) for kind, made in ways.items()}
        for kind, other in (("waive", "carry_forward"), ("carry_forward", "waive")):
            if day[kind] == day[other]:
                reason = (
                    f"it contradicts {_NAMED[other]} of the same day, and a dataset has one way on: take one of the "
                    "two out of the file"
                )
            elif day[kind] < day[other]:
                reason = f"{_NAMED[other]}, of {day[other]}, is later and takes its place"
            else:
                way = ways[kind]
                continue
            for one in ways[kind]:
                case.refuse(one, reason)
        if day["waive"] == day["carry_forward"]:
            way = []
    # After an edition was published nobody waits for its file any more: its series must not change.
    asked = [one for one in case.named("redeliver") if case.in_force(one)]
    last = max(asked, key=case.when) if asked else None
    if last is not None and way and case.when(last) > max(map(case.when, way)) and last.date <= case.day:
        for one in way:
            case.refuse(
                one, f"another delivery was asked for after it, on {last.date}, and the edition waits for it"
            )
        way = []
    return way, last


def _stand(case: _Case) -> Outcome:
    """Decide on one dataset and edition."""
    assessment = case.assessment
    lasting = case.dataset.contract.refresh.cycle != "annual"
    if not assessment.expected:
        if lasting and case.last is not None:
            return _outcome(case, "carried_forward", _carry(case.last, case.edition))
        return _outcome(case, "not_expected", None)
    failed = {finding.check for finding in assessment.stops}
    if assessment.present and not failed:
        return _accepted_as_delivered(case, [])
    absent = assessment.delivery is None and failed <= {"delivered"}
    if absent and lasting and not assessment.named and case.last is not None:
        return replace(_outcome(case, "carried_forward", _carry(case.last, case.edition)), findings=())
    waivers = (
        [d for d in case.named("waive") if d.check in failed and case.in_force(d)]
        if assessment.present
        else []
    )
    way, asked = _way_on(case, waivers if failed <= {decision.check for decision in waivers} else [])
    if way and way == waivers:
        return _accepted_as_delivered(case, waivers)
    if way and case.last is not None:
        return _outcome(case, "carried_forward", _carry(case.last, case.edition), way[0])
    if not case.current and assessment.fallback is not None and assessment.fallback.good:
        line = _accept(assessment.fallback, case.edition, "earlier delivery", assessment.fallback.findings)
        return _outcome(case, "recorded", line)
    due = case.dataset.due_date(case.edition)
    # Until the day it is due has passed, nobody is late.
    if absent and due is not None and due >= case.today:
        return _outcome(case, "awaited", None, asked)
    return _outcome(case, "stopped", None, asked)


def _refuse(refused: list[Refused], edition: int, decision: Decision, reason: str) -> None:
    refused.append(Refused(edition=edition, decision=decision, reason=reason))


def is_late(outcome: Outcome) -> bool:
    """Whether a dataset is stopped as nothing came by the day it was due."""
    return outcome.word == "stopped" and outcome.assessment.delivery is None


def outcome_words(outcome: Outcome) -> str:
    """What the gate decided, in words for people."""
    return "late: nothing came" if is_late(outcome) else OUTCOME_WORDS[outcome.word]


def decide(
    catalogue: Catalogue,
    profile: str,
    edition: int,
    assessments: Mapping[tuple[str, int], Assessment],
    decisions: Mapping[int, list[Decision]],
    today: dt.date,
) -> GateResult:
    """Decide what is accepted for a build.

    Every earlier edition contributes its latest good delivery; only the edition itself can be stopped. The
    clock decides whether something is late or a decision has run out, never what an accepted number is.

    Args:
        catalogue: all datasets.
        profile: `full` or `open`.
        edition: edition of the build.
        assessments: by dataset and edition; editions up to the build's.
        decisions: by edition.
        today: the day of the run.
    """
    datasets = catalogue.in_profile(profile)
    mine = {dataset.id for dataset in datasets}
    editions = sorted({e for (name, e) in assessments if name in mine and e <= edition} | {edition})
    refused: list[Refused] = []
    outcomes: list[Outcome] = []
    applied: dict[tuple[int, Decision], None] = {}
    for dataset in datasets:
        national = catalogue.supply(dataset, edition).supplier.kind == "national"
        waivable = frozenset(
            check.id for check in checks_of(dataset, national=national) if check.kind.waivable
        )
        last: Accepted | None = None
        for e in sorted({e for name, e in assessments if name == dataset.id and e <= edition} | {edition}):
            assessment = assessments.get((dataset.id, e))
            if assessment is None:
                assessment = Assessment(dataset.id, e, "", False, expected=False)
            case = _Case(
                dataset,
                e,
                assessment,
                last,
                [d for d in decisions.get(e, []) if d.dataset == dataset.id],
                e == edition,
                waivable,
                # An earlier edition was decided when it was published; a waiver held then holds for it still.
                today if e == edition else min(today, catalogue.district.publication_date(e)),
                today,
                partial(_refuse, refused, e),
            )
            outcome = _stand(case)
            outcomes.append(outcome)
            last = outcome.accepted or last
            if outcome.decision is not None:
                applied[e, outcome.decision] = None
            # Of two waivers of one check the one in force counts; neither is needless.
            applied |= {(e, d): None for d in case.decisions if d.check in outcome.waived}
    # A dataset that was never delivered for this edition has nothing in it; what an edition before it
    # had stays in the series under its own edition.
    accepted = sorted(
        (outcome.accepted for outcome in outcomes if outcome.accepted is not None),
        key=lambda line: (line.dataset, line.edition),
    )
    unused = {refusal.decision for refusal in refused}
    return GateResult(
        district=catalogue.district.code,
        profile=profile,
        edition=edition,
        editions=tuple(editions),
        outcomes=tuple(outcome for outcome in outcomes if outcome.edition == edition),
        history=tuple(outcome for outcome in outcomes if outcome.edition != edition),
        refused=tuple(refused),
        needless=tuple(
            d
            for d in decisions.get(edition, [])
            if d.dataset in mine and (edition, d) not in applied and d not in unused
        ),
        accepted=tuple(accepted),
        applied=tuple(
            sorted(
                ((e, d) for e, d in applied if d not in unused),
                key=lambda item: (item[0], item[1].dataset, item[1].check or "", item[1].date),
            )
        ),
    )
