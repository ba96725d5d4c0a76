"""The draft of a build, without Dagster.

Belongs here: what the release room is told of a build. Does not belong here: the files of a draft
(`release/draft.py`), signing and publishing it, or the Dagster step (`draft.py`).
"""

from __future__ import annotations

import csv
import datetime as dt
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from spi_orchestration.assets.builds import build_of
from spi_orchestration.assets.progress import current
from spi_orchestration.assets.project import Project
from spi_orchestration.catalogue import CatalogueError
from spi_orchestration.checks.assessment import read_json
from spi_orchestration.checks.report import report_folder

__all__ = ["make_draft"]


def _method_version(project: Project, profile: str) -> str:
    path = project.settings.seeds / "framework" / "method.csv"
    try:
        with path.open(encoding="utf-8-sig", newline="") as stream:
            for row in csv.DictReader(stream):
                if row.get("profile") == profile and row.get("method_version"):
                    return row["method_version"]
    except FileNotFoundError:
        pass
    raise CatalogueError(
        f"{path.name}: no method_version for the profile {profile!r}; give it one in dbt_project/seeds/framework/method.csv"
    )


def _deliveries(project: Project, accepted: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
    """The accepted list with what the manifest tells of each delivery."""
    out = []
    for line in accepted:
        dataset = project.catalogue[line["dataset"]]
        delivered_for = line["carried_from"] or line["edition"]
        layout = dataset.layout(delivered_for, line["layout"])
        out.append(
            {
                **line,
                "reference_year": dataset.period(delivered_for, layout)[1].year,
                "supplier": project.catalogue.supply(dataset, line["edition"]).supplier_id,
            }
        )
    return out


def approvals_of(project: Project, used: set[str], edition: int) -> list[dict[str, Any]]:
    """Agreements under which a supplier approves before publication, of the datasets that a build uses.

    Args:
        project: the installation.
        used: ids of datasets.
        edition: edition whose agreements hold.
    """
    catalogue = project.catalogue
    found: dict[str, dict[str, Any]] = {}
    for name in sorted(used):
        contract = catalogue[name].contract
        supply = catalogue.supply(catalogue[name], edition)
        agreement = supply.agreement
        if not (agreement.approval or catalogue.disclosure[contract.disclosure_rule].approval):
            continue
        entry = found.setdefault(
            supply.agreement_id,
            {
                "agreement": supply.agreement_id,
                "title": agreement.title,
                "by": agreement.approver_role or supply.supplier.contact_role,
                "datasets": [],
            },
        )
        entry["datasets"].append(name)
    return [found[key] for key in sorted(found)]


def _judge_index(
    project: Project, profile: str, edition: int, run_id: str, warehouse: Path
) -> list[dict[str, Any]]:
    """Judge the finished index, tell it, and leave the result in the run's report folder."""
    from spi_orchestration.checks.index import judge_index, load_acceptances, load_limits, with_acceptances
    from spi_orchestration.checks.report import with_index
    from spi_orchestration.release.files import canonical_json, write_whole
    from spi_orchestration.reports.quality import amend, log_with_index

    settings = project.settings
    limits = load_limits(settings.root / "config" / "index_checks.yml")
    acceptances = load_acceptances(settings.decisions, profile, edition)
    findings, absent = judge_index(warehouse, edition, limits)
    result = with_acceptances(findings, acceptances)
    folder = report_folder(settings, profile, edition, run_id)
    folder.mkdir(parents=True, exist_ok=True)
    write_whole(
        folder / "index_checks.json",
        canonical_json({"limits": limits, "not_judged": absent, "findings": result}),
    )
    amend(
        folder,
        settings,
        lambda report: with_index(report, result, absent, profile, edition),
        lambda log: log_with_index(log, result, absent, edition),
    )
    progress = current()
    progress.say(f"index checks {profile} {edition}: {len(findings)} findings")
    for finding, item in zip(findings, result, strict=True):
        decided = item["accepted"]
        progress.say(f"  {finding.sentence()}" + (f"; accepted until {decided['until']}" if decided else ""))
    for name in absent:
        progress.say(f"  {name}: not judged, the build lacks a table it reads")
    return result


def make_draft(project: Project, profile: str, edition: int, run_id: str) -> Path:
    """Write the draft of a finished build.

    Calls `release.draft.write_draft(warehouse, target, run)`, which reads the schema `marts` and writes
    `parquet/`, `csv/`, `manifest.json` and `run.json`. Of `run`, all but the key `run` is the same for the
    same input.

    Args:
        project: the installation.
        profile: `full` or `open`.
        edition: edition of the build.
        run_id: the run that made it.

    Returns:
        The draft's folder.

    Raises:
        CatalogueError: the build is not there, or no method version is named.
        ReleaseError: the marts are not fit to be published, or a release gives the method version other rules.
    """
    from spi_orchestration.release.draft import write_draft
    from spi_orchestration.release.method import framework_seeds, method_hash
    from spi_orchestration.release.publish import list_releases
    from spi_orchestration.release.version import check_version
    from spi_orchestration.reports.signing import write_signing

    build = build_of(project, profile, edition)
    accepted = read_json(build.final / "accepted.json")
    if accepted is None or not build.warehouse.is_file():
        raise CatalogueError(f"{build.name} is not there to make a draft from. Run `spi run` first.")
    district = project.catalogue.district
    progress = current()
    with progress.part("index checks"):
        index_checks = _judge_index(project, profile, edition, run_id, build.warehouse)
    with progress.part("draft"):
        seeds = framework_seeds(project.settings.seeds / "framework", profile)
        run: dict[str, Any] = {
            "edition": edition,
            "profile": profile,
            "district": {
                "id": district.identity,
                "code": district.code,
                "earlier_codes": [item.code for item in district.earlier_codes],
                "name": district.name,
            },
            "method_version": _method_version(project, profile),
            "method_hash": method_hash(seeds, profile),
            "synthetic": accepted["synthetic"],
            "stopped": accepted["missing"],
            "announced": district.publication_date(edition).isoformat(),
            "decisions": accepted.get("decisions") or [],
            "recorded": accepted.get("recorded") or [],
            "index_checks": index_checks,
            "approvals": approvals_of(project, {line["dataset"] for line in accepted["accepted"]}, edition),
            "compared_with": {
                name: accepted[name] for name in ("previous_release", "baseline") if accepted.get(name)
            },
            "deliveries": _deliveries(project, accepted["accepted"]),
            "run": {
                "id": run_id,
                "made_at": dt.datetime.now(dt.UTC).replace(microsecond=0).isoformat(),
                "shares": project.shares.id,
                "report": report_folder(project.settings, profile, edition, run_id).name,
                "seconds": {name: round(seconds, 1) for name, seconds in progress.timings.items()},
            },
        }
        folder = write_draft(build.warehouse, build.draft, run)
        if not accepted["missing"]:
            # Told now and not after people have signed: such a draft could not be published.
            check_version(list_releases(project.settings, profile, whole=True), folder)
        write_signing(project.settings, project.catalogue, folder)
    progress.say(f"draft {profile} {edition}: {folder.name}")
    return folder
