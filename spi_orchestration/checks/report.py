"""The report of one run, for the data team: what came, what is wrong in plain words, and the ways on.

Belongs here: the report as data, Markdown and one HTML page. Does not belong here: deciding anything
(`gate.py`). No cell value stands here that a finding does not already hold, and findings of sensitive
datasets hold none.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from spi_orchestration.catalogue import Catalogue, Dataset, Shares
from spi_orchestration.checks.assessment import Assessment, write_json
from spi_orchestration.checks.decisions import Decision, decision_file
from spi_orchestration.checks.gate import OUTCOME_WORDS, GateResult, Outcome, is_late, outcome_words
from spi_orchestration.checks.index import INDEX_CHECKS, acceptance_file
from spi_orchestration.checks.registry import CHECKS, EVERY_CHECK, checks_of
from spi_orchestration.findings import Finding
from spi_orchestration.settings import Settings
from spi_orchestration.templating import templates_beside

__all__ = [
    "example_lines",
    "latest_report",
    "make_report",
    "report_folder",
    "with_index",
    "with_models",
    "write_report",
]

#: States of a check of the finished index, in words for people.
INDEX_WORDS = {
    "passed": "passed",
    "recorded": "recorded on the draft",
    "accepted": "accepted by decision",
    "stops": "stops publication until it is decided (on synthetic input it is recorded)",
    "not judged": "not judged: the build lacks a table it reads",
}


def report_folder(settings: Settings, profile: str, edition: int, run_id: str) -> Path:
    """The folder of a run's reports."""
    return settings.reports / f"{profile}-{edition}-{run_id[:8]}"


#: Gives the rows that a finding names, where they may be shown, as `columns` and `rows`.
Examples = Callable[[Dataset, Assessment, Finding], dict[str, Any] | None]


def _finding(finding: Finding, checks: dict[str, str], shown: dict[str, Any] | None) -> dict[str, Any]:
    return {
        "check": finding.check,
        "title": checks.get(finding.check) or CHECKS["readable"].title,
        "grade": finding.grade,
        "grade_words": finding.grade_words,
        "verdict": finding.verdict,
        "file": finding.file,
        "column": finding.column,
        "expected": finding.expected,
        "found": finding.found,
        "remedy": finding.remedy,
        "rows": list(finding.rows),
        "count": finding.count,
        "repaired": finding.repaired,
        "sentence": finding.sentence(),
        "examples": shown,
    }


def _decision(decision: Decision | None) -> dict[str, Any] | None:
    if decision is None:
        return None
    words = {"redeliver": "redelivery asked for", "carry_forward": "carry forward", "waive": "waiver"}
    data = decision.model_dump(mode="json", exclude_none=True)
    return {**data, "words": words[decision.decision]}


def _outcome(
    catalogue: Catalogue, outcome: Outcome, today: dt.date, examples: Examples | None
) -> dict[str, Any]:
    dataset = catalogue[outcome.dataset]
    contract = dataset.contract
    supplier = catalogue.supply(dataset, outcome.edition).supplier
    titles = {check.id: check.title for check in checks_of(dataset, national=False)}
    titles = {check.id: check.title for check in CHECKS.values()} | titles
    assessment, line = outcome.assessment, outcome.accepted
    late = is_late(outcome)
    return {
        "dataset": outcome.dataset,
        "title": contract.title,
        "edition": outcome.edition,
        "supplier": supplier.title,
        "contact_role": supplier.contact_role,
        "owner_role": contract.owner_role,
        "sensitivity": contract.sensitivity,
        "outcome": outcome.word,
        "outcome_words": outcome_words(outcome),
        "late": late,
        "due": outcome.due.isoformat() if outcome.due else None,
        "days_late": (today - outcome.due).days if late and outcome.due else None,
        "delivery": assessment.delivery[:12] if assessment.delivery else None,
        "received_at": assessment.received_at,
        "files": list(assessment.files),
        "rows": assessment.rows,
        "layout": assessment.layout,
        "checks": dict(assessment.checks),
        "carried_from": line.carried_from if line else None,
        "waived": list(outcome.waived),
        "decision": _decision(outcome.decision),
        "findings": [
            _finding(finding, titles, examples(dataset, assessment, finding) if examples else None)
            for finding in outcome.findings
        ],
        "notes": list(assessment.notes) if contract.shows_values else [],
        "purged": assessment.purged,
    }


def make_report(
    result: GateResult,
    settings: Settings,
    catalogue: Catalogue,
    shares: Shares,
    unmatched: Sequence[str],
    run_id: str,
    now: dt.datetime,
    quality: Sequence[dict[str, Any]] = (),
    examples: Examples | None = None,
) -> dict[str, Any]:
    """Gather the report of a run as plain data.

    Args:
        result: the gate's decision.
        settings: where decisions stand.
        catalogue: all datasets.
        shares: the shares file of the run.
        unmatched: files on the share that no dataset expects.
        run_id: id of the run.
        now: moment of the run.
        quality: the six dimensions of each dataset, as `reports.quality` gives them.
        examples: gives the rows that a finding names, where they may be shown; none by default.
    """
    today = now.date()
    outcomes = [_outcome(catalogue, outcome, today, examples) for outcome in result.outcomes]
    earlier = [
        _outcome(catalogue, outcome, today, examples)
        for outcome in result.history
        if (outcome.word == "stopped" and outcome.assessment.delivery is not None)
        or outcome.word == "recorded"
    ]
    counts = {word: sum(item["outcome"] == word for item in outcomes) for word in OUTCOME_WORDS}
    return {
        "run": run_id,
        "made_at": now.replace(microsecond=0).isoformat(),
        "district": {"code": catalogue.district.code, "name": catalogue.district.name},
        "council": catalogue.district.council,
        "profile": result.profile,
        "edition": result.edition,
        "editions": list(result.editions),
        "shares": {"id": shares.id, "title": shares.title, "synthetic": shares.synthetic},
        "synthetic": shares.synthetic,
        "passes": result.passes,
        "publication": catalogue.district.publication_date(result.edition).isoformat(),
        "counts": counts,
        "datasets": outcomes,
        "earlier": earlier,
        "purged": [
            {
                "dataset": outcome.dataset,
                "edition": outcome.edition,
                "files": list(outcome.assessment.files),
                "words": outcome.assessment.purged,
            }
            for outcome in (*result.history, *result.outcomes)
            if outcome.assessment.purged is not None
        ],
        "unmatched": list(unmatched),
        "quality": list(quality),
        "refused_decisions": [
            {"edition": item.edition, "reason": item.reason, **(_decision(item.decision) or {})}
            for item in result.refused
        ],
        "needless_decisions": [_decision(decision) for decision in result.needless],
        "decision_file": f"decisions/{decision_file(settings, result.profile, result.edition).name}",
    }


def with_index(
    report: dict[str, Any],
    findings: Sequence[Mapping[str, Any]],
    absent: Sequence[str],
    profile: str,
    edition: int,
) -> dict[str, Any]:
    """The report with the checks of the finished index, in place of those it may hold already.

    Args:
        report: as `make_report` gives it.
        findings: as `checks.index.with_acceptances` gives them.
        absent: checks that were not judged, as a table they read was not built.
        profile: profile of the build; with the edition it names the file of decisions.
        edition: edition of the build.
    """
    checks = []
    for check in INDEX_CHECKS:
        mine = [dict(item) for item in findings if item["check"] == check]
        states = {
            "accepted" if i["accepted"] else "stops" if i["grade"] == "stop" else "recorded" for i in mine
        }
        order = ("stops", "accepted", "recorded")
        state = next((word for word in order if word in states), "passed")
        checks.append(
            {
                "check": check,
                "title": EVERY_CHECK[check].title,
                "state": "not judged" if check in absent else state,
                "acceptable": EVERY_CHECK[check].waivable,
                "findings": mine,
            }
        )
    file = acceptance_file(Path("decisions"), profile, edition).as_posix()
    return {**report, "index_checks": checks, "index_decision_file": file}


def with_models(
    report: dict[str, Any], counts: Mapping[str, Mapping[str, int]], failed: Sequence[Mapping[str, Any]]
) -> dict[str, Any]:
    """The report with the checks of the models that dbt built, in place of those it may hold already.

    Args:
        report: as `make_report` gives it.
        counts: kind of check -> state (`passed`, `failed`, `not judged`) -> checks.
        failed: one entry a check that failed: `check`, `title`, `model`, `rows` (None where the check itself could
            not be run), `query` and `kept` (files beside the report, or None) and `warehouse`.
    """
    kinds = [
        {"check": kind, "title": EVERY_CHECK[kind].title if kind in EVERY_CHECK else kind, **counts[kind]}
        for kind in sorted(counts)
    ]
    return {**report, "model_checks": {"kinds": kinds, "failed": [dict(item) for item in failed]}}


def model_remedy(item: Mapping[str, Any]) -> str:
    """Where to look at the rows of a check of a model that failed."""
    if item["query"] is None:
        return "Read dbt.log beside this report: the check could not be written as a query."
    run = f"run the query {item['query']} in {item['warehouse']} (until the next run begins)"
    if item["kept"] is not None:
        return f"Open {item['kept']} beside this report for the rows, or {run}."
    return (
        "The rows may hold small counts and were not copied. Where you may see them, "
        f"{run}, for example: duckdb -readonly {item['warehouse']} < {item['query']}"
    )


def _models(report: dict[str, Any]) -> list[str]:
    checks = report.get("model_checks")
    if not checks:
        return []
    lines = ["| Check | Passed | Failed | Not judged |", "| --- | ---: | ---: | ---: |"]
    lines += [
        f"| {item['title']} (`{item['check']}`) | {item['passed']} | {item['failed']} | {item['not judged']} |"
        for item in checks["kinds"]
    ]
    for item in checks["failed"]:
        count = "could not be run" if item["rows"] is None else f"{item['rows']:,} rows fail"
        lines += [
            "",
            f"- **{item['model']}**: {item['title']} (`{item['check']}`): {count}. {model_remedy(item)}",
        ]
    return lines


def _index(report: dict[str, Any]) -> list[str]:
    lines = []
    for item in report.get("index_checks") or ():
        lines.append(f"- **{item['title']}** (`{item['check']}`): {INDEX_WORDS[item['state']]}")
        for finding in item["findings"]:
            lines.append(f"  - {finding['item']}: expected {finding['expected']}; found {finding['found']}")
            accepted = finding["accepted"]
            if accepted:
                lines.append(
                    f"    - accepted by {accepted['role']} on {accepted['date']} until {accepted['until']}: "
                    f"{accepted['reason']}"
                )
            elif finding["grade"] == "stop":
                lines.append(f"    - what to do: {_index_remedy(item, finding)}")
    return lines


def _index_remedy(item: Mapping[str, Any], finding: Mapping[str, Any]) -> str:
    """What to do about a finding on the index that stops publication."""
    if not item["acceptable"]:
        return "mend the cause and run again; it cannot be accepted."
    return (
        f"mend the cause, or accept it: spi decide {item['check']} accept --item {finding['item']} "
        "--reason TEXT --role ROLE --until DAY"
    )


def _ways_on(report: dict[str, Any]) -> list[tuple[str, str]]:
    path = report["decision_file"]
    return [
        (
            "Redeliver",
            "ask the supplier for a corrected file, put it on the share in place of the old one, and run again.",
        ),
        (
            "Carry forward",
            f"use the latest earlier delivery, marked everywhere: a `carry_forward` decision in {path}.",
        ),
        (
            "Waive",
            f"accept the delivery although the check fails, with a reason and a last day: a `waive` decision in {path}. "
            "Checks of integrity cannot be waived.",
        ),
    ]


def _cell(value: object) -> str:
    return str(value).replace("|", "\\|").replace("\n", " ") if value not in (None, "") else "–"


def _verdict(report: dict[str, Any], blocked: list[dict[str, Any]]) -> list[str]:
    lines = []
    if report["synthetic"]:
        lines += ["**All deliveries are synthetic: made up to show the system, not real figures.**", ""]
    if report["passes"]:
        return [*lines, "**The edition passes the gate.**", ""]
    return [
        *lines,
        f"**The edition is stopped by {len(blocked)} of {len(report['datasets'])} datasets.** "
        "The last release stays current.",
        "",
    ]


def _part(title: str, lines: list[str]) -> list[str]:
    return ["", f"## {title}", "", *lines] if lines else []


def _all_datasets(report: dict[str, Any]) -> list[str]:
    lines = [
        "| Dataset | Supplier | Outcome | Due | Received | Rows | Files |",
        "| --- | --- | --- | --- | --- | ---: | --- |",
    ]
    for item in report["datasets"]:
        cells = [
            item["dataset"],
            item["supplier"],
            item["outcome_words"] + (f" ({item['carried_from']})" if item["carried_from"] else ""),
            item["due"],
            (item["received_at"] or "")[:10],
            f"{item['rows']:,}" if item["rows"] else "",
            "; ".join(item["files"]),
        ]
        lines.append("| " + " | ".join(_cell(cell) for cell in cells) + " |")
    return lines


def _quality(report: dict[str, Any]) -> list[str]:
    if not report["quality"]:
        return []
    names = [one["dimension"] for one in report["quality"][0]["dimensions"]]
    lines = [
        "Checks passed of those judged, by the six dimensions of the Government Data Quality Framework; earlier "
        "editions where they differ.",
        "",
        "| Dataset | " + " | ".join(names) + " | In time | Owner | To do |",
        "| --- |" + " --- |" * (len(names) + 3),
    ]
    for item in report["quality"]:
        cells = [
            item["dataset"],
            *(one["words"] + (f" ({one['trend']})" if one["trend"] else "") for one in item["dimensions"]),
            item["punctuality"],
            item["owner_role"],
            item["action"],
        ]
        lines.append("| " + " | ".join(_cell(cell) for cell in cells) + " |")
    return lines


def markdown(report: dict[str, Any]) -> str:
    """The report as Markdown."""
    blocked, recorded = _split(report)
    refused = [
        f"- {item['dataset']} ({item['words']}, edition {item['edition']}): {item['reason']}."
        for item in report["refused_decisions"]
    ]
    lines = [
        f"# Deliveries of edition {report['edition']}, {report['district']['name']} ({report['profile']} profile)",
        "",
        f"Run {report['run']} of {report['made_at']}; shares: {report['shares']['title']}.",
        "",
        *_verdict(report, blocked),
        "| Outcome | Datasets |",
        "| --- | ---: |",
        *(f"| {OUTCOME_WORDS[word]} | {count} |" for word, count in report["counts"].items() if count),
        *_part("What stops the edition", [line for item in blocked for line in _section(item)]),
        *_part("The three ways on", [f"- **{name}**: {text}" for name, text in _ways_on(report) if blocked]),
        *_part("Recorded on the release", [line for item in recorded for line in _section(item)]),
        *_part("Earlier editions", [line for item in report["earlier"] for line in _section(item)]),
        *_part("Landed files that were purged", [f"- {text}" for text in _purged(report)]),
        *_part("Decisions that were not applied", refused),
        *_part(
            "Decisions that are no longer needed",
            [f"- {item['dataset']}: {item['words']}." for item in report["needless_decisions"]],
        ),
        *_part("Files that no dataset expects", [f"- {name}" for name in report["unmatched"]]),
        *_part("Checks of the models", _models(report)),
        *_part("Checks of the finished index", _index(report)),
        *_part("All datasets", _all_datasets(report)),
        *_part("Quality by dimension", _quality(report)),
    ]
    return "\n".join(lines) + "\n"


def _purged(report: dict[str, Any]) -> list[str]:
    """Deliveries whose landed files are gone, a line each."""
    return [
        f"{item['dataset']}, edition {item['edition']}: {', '.join(item['files'])}: {item['words']}"
        for item in report["purged"]
    ]


def _split(report: dict[str, Any]) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    """Datasets that stop the edition, and others with something to record."""
    blocked = [item for item in report["datasets"] if item["outcome"] in {"stopped", "awaited"}]
    return blocked, [item for item in report["datasets"] if item not in blocked and item["findings"]]


def example_lines(examples: dict[str, Any] | None) -> list[str]:
    """Rows that a finding names, a line each, for Markdown."""
    if not examples:
        return []
    return [
        f"  - row {row[0]}: "
        + "; ".join(f"{name} {cell!r}" for name, cell in zip(examples["columns"], row[1:], strict=True))
        for row in examples["rows"]
    ]


def _section(item: dict[str, Any]) -> list[str]:
    head = f"### {item['title']} (`{item['dataset']}`, {item['edition']}): {item['outcome_words']}"
    lines = [head, "", f"Supplier {item['supplier']}; owner: {item['owner_role']}.", ""]
    if item["decision"]:
        decision = item["decision"]
        lines += [
            f"Decision: {decision['words']}, {decision['date']}, {decision['role']}: {decision['reason']}",
            "",
        ]
    for finding in item["findings"]:
        where = " · ".join(
            text
            for text in (
                finding["file"],
                f"column {finding['column']}" if finding["column"] else None,
                f"row {', '.join(map(str, finding['rows']))}" if finding["rows"] else None,
            )
            if text
        )
        lines += [
            f"- **{finding['verdict']}: {finding['title']}** (`{finding['check']}`, {finding['grade_words']})"
            + (f": {where}" if where else ""),
            f"  - expected: {finding['expected']}",
            f"  - found: {finding['found']}",
            f"  - what to do: {finding['remedy']}",
            *example_lines(finding["examples"]),
        ]
    return [*lines, ""]


def html(report: dict[str, Any]) -> str:
    """The report as one page without any other file: readable without script, by keyboard and by ear."""
    template = templates_beside(__file__).get_template("report.html")
    blocked, recorded = _split(report)
    return template.render(
        report=report,
        blocked=blocked,
        recorded=recorded,
        words=OUTCOME_WORDS,
        ways=_ways_on(report),
        model_remedy=model_remedy,
        index_words=INDEX_WORDS,
        index_remedy=_index_remedy,
    )


def write_report(report: dict[str, Any], folder: Path, settings: Settings) -> Path:
    """Write a report in its three forms, and make it the latest of its profile and edition.

    Returns:
        The HTML page.
    """
    folder.mkdir(parents=True, exist_ok=True)
    write_json(folder / "report.json", report)
    (folder / "report.md").write_text(markdown(report), encoding="utf-8", newline="\n")
    page = folder / "report.html"
    page.write_text(html(report), encoding="utf-8", newline="\n")
    pointer = settings.reports / f"{report['profile']}-{report['edition']}.json"
    write_json(pointer, {"run": report["run"], "folder": folder.name, "passes": report["passes"]})
    return page


def latest_report(settings: Settings, profile: str, edition: int) -> dict[str, Any] | None:
    """The latest report of a profile and edition as data, or None."""
    from spi_orchestration.checks.assessment import read_json

    pointer = read_json(settings.reports / f"{profile}-{edition}.json")
    if not pointer:
        return None
    data: dict[str, Any] | None = read_json(settings.reports / pointer["folder"] / "report.json")
    return data
