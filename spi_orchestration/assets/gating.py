"""The gate step, without Dagster: decide, report, and write what was accepted.

Belongs here: the order of these for one build. Does not belong here: how any of them works (`checks`), or
the Dagster step (`gate.py`).
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from spi_orchestration.assets.builds import Build, build_of
from spi_orchestration.assets.earlier import write_earlier
from spi_orchestration.assets.progress import current
from spi_orchestration.assets.project import Project
from spi_orchestration.checks.accepted import write_accepted
from spi_orchestration.checks.assessment import Assessment, kept, latest, write_json
from spi_orchestration.checks.decisions import Decision, load_decisions
from spi_orchestration.checks.gate import GateResult, decide
from spi_orchestration.checks.report import make_report, report_folder, write_report
from spi_orchestration.intake.shares import open_share
from spi_orchestration.reports.quality import assumptions, examples, log_csv, quality_of
from spi_orchestration.reports.suppliers import supplier_data, write_supplier_pages

__all__ = ["Gated", "decide_now", "pass_gate"]


@dataclass(frozen=True)
class Gated:
    """What came of the gate.

    Attributes:
        result: its decision.
        report: the report's page.
        built: whether accepted tables were written, so that a build can follow.
    """

    result: GateResult
    report: Path
    built: bool


def decide_now(
    project: Project,
    profile: str,
    edition: int,
    today: dt.date,
    assessments: Mapping[tuple[str, int], Assessment] | None = None,
    more: Sequence[Decision] = (),
) -> GateResult:
    """Decide on what was last known of every dataset, without landing or reading anything.

    Args:
        project: the installation.
        profile: `full` or `open`.
        edition: edition of the build.
        today: the day of the run.
        assessments: known ones; those left by the raw steps by default.
        more: decisions on the edition besides those on file, as if they were.
    """
    settings = project.settings
    if assessments is None:
        found = {}
        for dataset in project.catalogue.in_profile(profile):
            for e in project.editions(profile, edition, dataset.id):
                assessment = latest(settings, project.shares.id, dataset.id, e)
                if assessment is not None:
                    found[(dataset.id, e)] = assessment
        assessments = found
    decisions = {
        e: load_decisions(settings, project.catalogue, profile, e) for e in project.editions(profile, edition)
    }
    decisions[edition] = [*decisions.get(edition, []), *more]
    return decide(project.catalogue, profile, edition, assessments, decisions, today)


def _keep_results(project: Project, result: GateResult, folder: Path) -> None:
    """Keep Great Expectations' results with the run: one file a dataset, by edition."""
    found: dict[str, dict[str, object]] = {}
    for outcome in (*result.history, *result.outcomes):
        key = outcome.assessment.key
        data = kept(project.settings, outcome.dataset, key) if key else None
        if data and data.get("gx"):
            found.setdefault(outcome.dataset, {})[str(outcome.edition)] = data["gx"]
    for dataset, editions in found.items():
        write_json(folder / "gx" / f"{dataset}.json", editions)


def pass_gate(
    project: Project,
    profile: str,
    edition: int,
    run_id: str,
    *,
    draft: bool = False,
    now: dt.datetime | None = None,
) -> Gated:
    """Decide on an edition, write the report whatever happens, and the accepted tables if it passes.

    Args:
        project: the installation; its raw steps have run.
        profile: `full` or `open`.
        edition: edition of the build.
        run_id: names the report.
        draft: write accepted tables even if datasets are missing.
        now: moment of the run; the clock by default.
    """
    now = now or dt.datetime.now(dt.UTC).astimezone()
    settings = project.settings
    build: Build = build_of(project, profile, edition)
    with current().part("gate"):
        result = decide_now(project, profile, edition, now.date())
        share = open_share(settings, project.catalogue, project.shares)
        unmatched = share.unmatched(project.all_editions())
        quality = quality_of(settings, project.catalogue, project.shares.id, result, now.date())
        report = make_report(
            result,
            settings,
            project.catalogue,
            project.shares,
            unmatched,
            run_id,
            now,
            [item.as_dict() for item in quality],
            partial(examples, settings),
        )
        folder = report_folder(settings, profile, edition, run_id)
        page = write_report(report, folder, settings)
        pages = supplier_data(settings, project.catalogue, result, quality)
        write_supplier_pages(folder, pages)
        log = log_csv(project.catalogue, result, assumptions(settings.seeds), unmatched, quality)
        (folder / "qa_log.csv").write_text(log, encoding="utf-8", newline="")
        _keep_results(project, result, folder)
        built = result.passes or draft
        if built:
            folder = write_accepted(build.begin(), result, settings, project.catalogue)
            codes = project.catalogue.district.codes
            compared = write_earlier(folder, settings, profile, edition, codes, result.synthetic)
            write_json(build.work / "accepted.json", result.accepted_list() | compared)
    words = "passes" if result.passes else f"stopped by {', '.join(o.dataset for o in result.blocked)}"
    current().say(f"gate {profile} {edition}: {words}")
    return Gated(result, page, built)
