"""The six dimensions of the Government Data Quality Framework, counted from the check results of a run.

Belongs here: counts by dataset, edition and dimension, when deliveries came, what to do next and whose task
it is, examples of offending rows where they may be shown, and the quality-assurance log. Does not belong
here: judging a delivery (`checks`), or laying pages out (`suppliers.py`, `scorecard.py`).
"""

from __future__ import annotations

import csv
import datetime as dt
import io
from collections.abc import Callable, Container, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from spi_orchestration.catalogue import Catalogue, Dataset
from spi_orchestration.checks.assessment import Assessment, read_json
from spi_orchestration.checks.gate import GateResult, Outcome, outcome_words
from spi_orchestration.checks.index import INDEX_CHECKS
from spi_orchestration.checks.punctuality import Punctuality, punctuality
from spi_orchestration.checks.registry import EVERY_CHECK, checks_of
from spi_orchestration.checks.report import write_report
from spi_orchestration.findings import Finding
from spi_orchestration.intake.landing import earlier_receipts
from spi_orchestration.release.files import write_whole
from spi_orchestration.reports.asking import asked
from spi_orchestration.reports.pages import csv_text
from spi_orchestration.settings import Settings

__all__ = [
    "DIMENSIONS",
    "Counted",
    "DatasetQuality",
    "EditionQuality",
    "amend",
    "assumptions",
    "examples",
    "log_csv",
    "log_with_index",
    "log_with_models",
    "quality_of",
]

#: The six dimensions, in the framework's order.
DIMENSIONS = ("completeness", "uniqueness", "consistency", "timeliness", "validity", "accuracy")

#: States of punctuality that judge a delivery, and what is said where it was taken in after publication.
TIMED = frozenset({"early", "on time", "late"})
NOT_TIMED = "not judged: taken in later"

#: How many offending rows are shown, and how many of their columns.
ROWS_SHOWN, COLUMNS_SHOWN = 5, 8


@dataclass(frozen=True)
class Counted:
    """Checks of one dimension in one delivery.

    Attributes:
        passed: passed, those mended by a repair among them.
        recorded: with findings that are recorded on the release.
        waived: accepted by a decision although they fail.
        failed: failed, so that the dataset is stopped.
    """

    passed: int = 0
    recorded: int = 0
    waived: int = 0
    failed: int = 0

    @property
    def judged(self) -> int:
        """Checks judged."""
        return self.passed + self.recorded + self.waived + self.failed

    @property
    def words(self) -> str:
        """For people: `5 of 6`, or a dash where nothing was judged."""
        return f"{self.passed} of {self.judged}" if self.judged else "–"


@dataclass(frozen=True)
class EditionQuality:
    """One dataset in one edition.

    Attributes:
        edition: edition.
        outcome: what the gate decided, as it names it.
        carried_from: edition whose delivery is used, where it is carried forward.
        dimensions: dimension -> checks of the edition's own delivery; empty where none came.
        punctuality: how it came against the day it was due.
        timed: whether that can be judged: not where it was taken in after the edition's publication, as a
            back series is when the work begins.
    """

    edition: int
    outcome: str
    carried_from: int | None
    dimensions: dict[str, Counted]
    punctuality: Punctuality
    timed: bool


@dataclass(frozen=True)
class DatasetQuality:
    """One dataset over the editions of a build.

    Attributes:
        dataset: dataset id.
        title, supplier, supplier_title, contact_role, owner_role: from the catalogue.
        editions: oldest first; the build's own is last.
        action: what the data team does next; empty where nothing is.
        asked: what is asked of the supplier; empty where nothing is. What a national publisher puts out the data
            team fetches itself, so that it is the same as `action` there.
        outcome: the gate's outcome of the build's own edition.
    """

    dataset: str
    title: str
    supplier: str
    supplier_title: str
    contact_role: str
    owner_role: str
    editions: tuple[EditionQuality, ...]
    action: str
    asked: str
    outcome: Outcome = field(repr=False)

    @property
    def now(self) -> EditionQuality:
        """The build's own edition."""
        return self.editions[-1]

    def trend(self, dimension: str) -> str:
        """Checks passed in earlier editions where that differs from now: `2024: 5 of 6`; else nothing."""
        now = self.now.dimensions.get(dimension, Counted())
        parts = [
            f"{one.edition}: {one.dimensions[dimension].words}"
            for one in self.editions[:-1]
            if dimension in one.dimensions
            and one.dimensions[dimension].judged
            and (one.dimensions[dimension].passed, one.dimensions[dimension].judged)
            != (now.passed, now.judged)
        ]
        return "; ".join(parts)

    def as_dict(self) -> dict[str, Any]:
        """Plain data for JSON and templates."""
        now = self.now
        return {
            "dataset": self.dataset,
            "title": self.title,
            "supplier": self.supplier,
            "supplier_title": self.supplier_title,
            "contact_role": self.contact_role,
            "owner_role": self.owner_role,
            "action": self.action,
            "asked": self.asked,
            "punctuality": now.punctuality.words if now.timed else NOT_TIMED,
            "outcome_words": outcome_words(self.outcome)
            + (f" ({now.carried_from})" if now.carried_from is not None else ""),
            "dimensions": [
                {
                    "dimension": name,
                    "words": now.dimensions.get(name, Counted()).words,
                    "trend": self.trend(name),
                    "passed": now.dimensions.get(name, Counted()).passed,
                    "judged": now.dimensions.get(name, Counted()).judged,
                }
                for name in DIMENSIONS
            ],
        }


def _counted(dataset: Dataset, national: bool, outcome: Outcome) -> dict[str, Counted]:
    base = outcome.assessment
    if outcome.accepted is not None and outcome.accepted.how == "earlier delivery" and base.fallback:
        base = base.fallback
    counts = {name: {"passed": 0, "recorded": 0, "waived": 0, "failed": 0} for name in DIMENSIONS}
    for check in checks_of(dataset, national=national):
        state = base.checks.get(check.id, "not judged")
        if check.id in outcome.waived:
            state = "waived"
        key = {"passed": "passed", "repaired": "passed", "carried forward": "passed"}.get(state, state)
        if key in counts[check.kind.dimension]:
            counts[check.kind.dimension][key] += 1
    return {name: Counted(**found) for name, found in counts.items()}


def _action(dataset: Dataset, outcome: Outcome, came: Punctuality) -> str:
    stops = [finding for finding in outcome.findings if finding.grade == "stop"]
    if outcome.word == "stopped" and outcome.decision is not None:
        return "Wait for the delivery that was asked for again, and remind the supplier."
    if outcome.word == "stopped" and stops:
        return stops[0].remedy
    if outcome.word == "awaited":
        return f"Nothing yet: due on {came.due.isoformat() if came.due else 'a day to be agreed'}."
    if outcome.waived and outcome.decision is not None and outcome.decision.until is not None:
        return f"Agree with the supplier on a file that passes before {outcome.decision.until.isoformat()}."
    if outcome.word == "carried_forward" and dataset.contract.refresh.cycle == "annual":
        return "Have the edition's own delivery sent for the next release."
    if outcome.findings:
        return "Go through the findings with the supplier before the next delivery."
    if came.late:
        return "Agree with the supplier on a day that can be kept."
    return ""


def quality_of(
    settings: Settings, catalogue: Catalogue, shares: str, result: GateResult, today: dt.date
) -> list[DatasetQuality]:
    """Count the check results of a build by dataset, edition and dimension.

    Args:
        settings: where receipts are.
        catalogue: all datasets.
        shares: id of the shares file that deliveries came through.
        result: the gate's decision.
        today: the day of the run.

    Returns:
        One entry a dataset of the profile, in the catalogue's order.
    """
    outcomes: dict[str, list[Outcome]] = {}
    for outcome in (*result.history, *result.outcomes):
        outcomes.setdefault(outcome.dataset, []).append(outcome)
    found = []
    for dataset in catalogue.in_profile(result.profile):
        contract = dataset.contract
        supply = catalogue.supply(dataset, result.edition)
        supplier = supply.supplier
        editions = []
        for outcome in sorted(outcomes[dataset.id], key=lambda item: item.edition):
            came = punctuality(
                dataset,
                outcome.edition,
                earlier_receipts(settings, shares, dataset.id, outcome.edition),
                today,
                serves=outcome.word in {"carried_forward", "not_expected"},
            )
            published = catalogue.district.publication_date(outcome.edition)
            editions.append(
                EditionQuality(
                    outcome.edition,
                    outcome.word,
                    outcome.accepted.carried_from if outcome.accepted else None,
                    _counted(dataset, supplier.kind == "national", outcome),
                    came,
                    came.came is None or came.came <= published,
                )
            )
        last = max(outcomes[dataset.id], key=lambda item: item.edition)
        action = _action(dataset, last, editions[-1].punctuality)
        found.append(
            DatasetQuality(
                dataset.id,
                contract.title,
                supply.supplier_id,
                supplier.title,
                supplier.contact_role,
                contract.owner_role,
                tuple(editions),
                action,
                action if supplier.kind == "national" else asked(dataset, last, editions[-1].punctuality),
                last,
            )
        )
    return found


def examples(
    settings: Settings, dataset: Dataset, assessment: Assessment, finding: Finding
) -> dict[str, Any] | None:
    """The rows that a finding names, as they were sent: never of a sensitive dataset or a personal column.

    Args:
        settings: where raw tables are.
        dataset: the dataset.
        assessment: what was checked.
        finding: one of its findings.

    Returns:
        `columns` (headings) and `rows` (file row number, then cells), or None where nothing may be or can
        be shown.
    """
    if not dataset.contract.shows_values or not finding.rows or assessment.raw is None:
        return None
    path = settings.data / assessment.raw
    if not path.is_file():
        return None
    import duckdb

    open_columns = [name for name, column in dataset.columns.items() if not column.personal]
    first = [name for name in (finding.column, *dataset.contract.key) if name in open_columns]
    columns = list(dict.fromkeys([*first, *open_columns]))[:COLUMNS_SHOWN]
    shown = ", ".join(f'"{name}"' for name in columns)
    source = path.as_posix().replace("'", "''")
    where, given = "_row in (select unnest(?))", [list(finding.rows[:ROWS_SHOWN])]
    if finding.file:
        where += " and _file = ?"
        given.append(finding.file)  # type: ignore[arg-type]
    with duckdb.connect(config={"threads": 1}) as con:
        rows = con.execute(
            f"select _row, {shown} from read_parquet('{source}') where {where} order by _file, _row limit {ROWS_SHOWN}",
            given,
        ).fetchall()
    return {"columns": columns, "rows": [["" if cell is None else str(cell) for cell in row] for row in rows]}


def assumptions(seeds: Path) -> list[dict[str, str]]:
    """The assumptions that the index rests on, as people wrote them; none where there is no such seed."""
    try:
        with (seeds / "quality" / "assumption.csv").open(encoding="utf-8-sig", newline="") as stream:
            return list(csv.DictReader(stream))
    except FileNotFoundError:
        return []


LOG_HEADER = ("kind", "id", "dataset", "edition", "state", "text", "owner_role", "date")


def log_csv(
    catalogue: Catalogue,
    result: GateResult,
    assumed: Sequence[Mapping[str, str]],
    unmatched: Sequence[str] = (),
    quality: Sequence[DatasetQuality] = (),
) -> str:
    """The quality-assurance log of a run: every assumption, every check of the edition, every issue.

    Args:
        catalogue: all datasets.
        result: the gate's decision.
        assumed: what `assumptions` gives.
        unmatched: files on the share that no dataset expects.
        quality: what `quality_of` counted; of it the log says what came in time.
    """
    rows: list[tuple[Any, ...]] = [
        (
            "assumption",
            item["assumption"],
            "",
            "",
            "held",
            f"{item['text']} {item['reason']}",
            item["owner_role"],
            item["review_by"],
        )
        for item in assumed
    ]
    for outcome in result.outcomes:
        dataset = catalogue[outcome.dataset]
        national = catalogue.supply(dataset, outcome.edition).supplier.kind == "national"
        owner = dataset.contract.owner_role
        for check in checks_of(dataset, national=national):
            state = outcome.assessment.checks.get(check.id, "not judged")
            state = "waived" if check.id in outcome.waived else state
            rows.append(("check", check.id, dataset.id, outcome.edition, state, check.title, owner, ""))
    rows += [_in_time(item) for item in quality]
    passes, state = EVERY_CHECK["edition_passes"], "passed" if result.passes else "stops the run"
    rows.append(("check", passes.id, "", result.edition, state, passes.title, "", ""))
    rows += [
        (
            "issue",
            finding.check,
            outcome.dataset,
            outcome.edition,
            "stops the dataset" if finding.grade == "stop" else "recorded on the release",
            finding.sentence(),
            catalogue[outcome.dataset].contract.owner_role,
            (outcome.assessment.received_at or "")[:10],
        )
        for outcome in (*result.history, *result.outcomes)
        for finding in outcome.findings
    ]
    rows += [
        (
            "issue",
            decision.check or decision.decision,
            decision.dataset,
            edition,
            f"decided: {decision.decision.replace('_', ' ')}"
            + (f" until {decision.until.isoformat()}" if decision.until else ""),
            decision.reason,
            decision.role,
            decision.date.isoformat(),
        )
        for edition, decision in result.applied
    ]
    rows += [
        (
            "issue",
            item.decision.check or item.decision.decision,
            item.decision.dataset,
            item.edition,
            "decision not applied",
            item.reason,
            item.decision.role,
            item.decision.date.isoformat(),
        )
        for item in result.refused
    ]
    rows += [
        ("issue", "unmatched", "", result.edition, "open", f"No dataset expects the file {name}.", "", "")
        for name in unmatched
    ]
    return csv_text(LOG_HEADER, rows)


def _in_time(item: DatasetQuality) -> tuple[Any, ...]:
    """What the log says of the day on which a dataset came."""
    check, came = EVERY_CHECK["on_time"], item.now.punctuality
    judged = item.now.timed and came.state in TIMED
    state = ("recorded" if came.late else "passed") if judged else "not judged"
    text = f"{check.title}: {came.words if item.now.timed else NOT_TIMED}"
    day = came.came.isoformat() if came.came else ""
    return ("check", check.id, item.dataset, item.now.edition, state, text, item.owner_role, day)


def amend(
    folder: Path,
    settings: Settings,
    report: Callable[[dict[str, Any]], dict[str, Any]],
    log: Callable[[str], str],
) -> None:
    """Change the report and the quality-assurance log of a run, where the gate wrote them.

    Args:
        folder: report folder of the run.
        settings: the installation.
        report: makes the new report of the old one.
        log: makes the new log of the old one.
    """
    known, path = read_json(folder / "report.json"), folder / "qa_log.csv"
    if known is None or not path.is_file():
        return
    write_report(report(known), folder, settings)
    write_whole(path, log(path.read_bytes().decode("utf-8")))


def _others(log: str, checks: Container[str]) -> list[Sequence[Any]]:
    """Rows of the log, without its header, that are not about some checks."""
    rows: list[Sequence[Any]] = [row for row in csv.reader(io.StringIO(log)) if row and row[1] not in checks]
    return rows[1:]


def log_with_models(
    log: str, counts: Mapping[str, Mapping[str, int]], failed: Sequence[Mapping[str, Any]], edition: int
) -> str:
    """The quality-assurance log with the checks of the models, in place of those it may hold already.

    Args:
        log: as `log_csv` gives it.
        counts: kind of check -> state -> checks.
        failed: checks that failed, as `checks.report.with_models` takes them.
        edition: edition of the build.
    """
    rows = _others(log, {check.id for check in EVERY_CHECK.values() if check.stage == "model"})
    for kind in sorted(counts):
        number = counts[kind]
        state = "stops the run" if number["failed"] else "passed"
        title = EVERY_CHECK[kind].title if kind in EVERY_CHECK else kind
        said = f"{title}: {number['passed']} passed, {number['failed']} failed, {number['not judged']} not judged"
        rows.append(("check", kind, "", edition, state, said, "", ""))
    for item in failed:
        said = "the check could not be run" if item["rows"] is None else f"{item['rows']} rows fail"
        rows.append(
            ("issue", item["check"], "", edition, "stops the run", f"{item['model']}: {said}", "", "")
        )
    return csv_text(LOG_HEADER, rows)


def log_with_index(
    log: str, findings: Sequence[Mapping[str, Any]], absent: Sequence[str], edition: int
) -> str:
    """The quality-assurance log with the checks of the finished index, in place of those it may hold already.

    Args:
        log: as `log_csv` gives it.
        findings: as `checks.index.with_acceptances` gives them.
        absent: checks that were not judged.
        edition: edition of the build.
    """
    rows = _others(log, INDEX_CHECKS)
    for check in INDEX_CHECKS:
        mine = [item for item in findings if item["check"] == check]
        open_ = [item for item in mine if item["grade"] == "stop" and not item["accepted"]]
        state = "not judged" if check in absent else "passed"
        if mine:
            state = "stops publication" if open_ else "recorded on the draft"
        rows.append(("check", check, "", edition, state, EVERY_CHECK[check].title, "", ""))
    for item in findings:
        said = f"{item['item']}: expected {item['expected']}; found {item['found']}"
        state = "stops publication" if item["grade"] == "stop" else "recorded on the draft"
        rows.append(("issue", item["check"], "", edition, state, said, "", ""))
        made = item["accepted"]
        if made:
            state = f"decided: accept {item['item']} until {made['until']}"
            rows.append(
                ("issue", item["check"], "", edition, state, made["reason"], made["role"], made["date"])
            )
    return csv_text(LOG_HEADER, rows)
