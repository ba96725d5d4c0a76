"""One Dagster asset a dataset: its deliveries landed, read and checked.

Belongs here: the assets made from the catalogue, their check specs and metadata. Does not belong here:
taking in a delivery (`delivery.py`).
"""

import datetime as dt
from collections.abc import Callable, Iterator, Sequence
from typing import Any

import dagster as dg

from spi_orchestration.assets.delivery import take_in
from spi_orchestration.assets.progress import current
from spi_orchestration.assets.project import Project, references_of
from spi_orchestration.catalogue import Dataset
from spi_orchestration.checks.assessment import Assessment
from spi_orchestration.checks.punctuality import Punctuality, punctuality
from spi_orchestration.checks.registry import DatasetCheck, checks_of
from spi_orchestration.intake.landing import earlier_receipts
from spi_orchestration.intake.shares import Share, open_share

__all__ = ["ON_TIME", "PROFILE_TAG", "partitions_of", "raw_assets", "raw_key"]

#: Run tag with the profile of a build; a run without it takes in its own edition and no other.
PROFILE_TAG = "spi/profile"


#: The check on the day a delivery came. Its failure is a warning on the record and stops nothing.
ON_TIME = "on_time"


def raw_key(dataset: str) -> dg.AssetKey:
    """Key of a dataset's raw asset."""
    return dg.AssetKey(["raw", dataset])


def partitions_of(project: Project) -> dg.StaticPartitionsDefinition:
    """The editions of the installation as partitions."""
    return dg.StaticPartitionsDefinition([str(edition) for edition in project.all_editions()])


class _Shares:
    """The opened share of the run at hand: each run reads the listing once."""

    def __init__(self, project: Project) -> None:
        self._project = project
        self._run: str | None = None
        self._share: Share | None = None

    def of(self, run_id: str) -> Share:
        """The share as it was when the run first looked."""
        if self._share is None or self._run != run_id:
            project = self._project
            self._share = open_share(project.settings, project.catalogue, project.shares)
            self._run = run_id
        return self._share


def _result(check: DatasetCheck, assessment: Assessment) -> dg.AssetCheckResult:
    state = assessment.checks.get(check.id, "not judged")
    findings = [finding for finding in assessment.findings if finding.check == check.id]
    metadata: dict[str, Any] = {"state": state}
    if findings:
        metadata["expected"] = findings[0].expected
        metadata["found"] = findings[0].found
        metadata["remedy"] = findings[0].remedy
        metadata["count"] = sum(finding.count for finding in findings)
    judged = assessment.raw is not None or assessment.checks.get("delivered") == "carried forward"
    return dg.AssetCheckResult(
        check_name=check.id,
        # A rule that is not for the layout at hand has nothing to fail.
        # Nor has one about the rows of a set that serves on from an earlier edition.
        passed=state in {"passed", "repaired", "carried forward"} or (state == "not judged" and judged),
        severity=dg.AssetCheckSeverity.ERROR if state == "failed" else dg.AssetCheckSeverity.WARN,
        description=findings[0].sentence() if findings else None,
        metadata=metadata,
    )


def _punctuality(project: Project, assessment: Assessment, today: dt.date) -> Punctuality:
    receipts = earlier_receipts(project.settings, assessment.shares, assessment.dataset, assessment.edition)
    return punctuality(
        project.catalogue[assessment.dataset],
        assessment.edition,
        receipts,
        today,
        serves=not assessment.expected or assessment.checks.get("delivered") == "carried forward",
    )


def _on_time(project: Project, dataset: Dataset, found: Punctuality) -> dg.AssetCheckResult:
    metadata: dict[str, Any] = {
        "state": found.words,
        "owner_role": dataset.contract.owner_role,
        "supplier": project.catalogue.supply(
            dataset, project.catalogue.district.current_edition
        ).supplier.title,
    }
    for name, day in (("due", found.due), ("came", found.came), ("latest", found.latest)):
        if day is not None:
            metadata[name] = day.isoformat()
    return dg.AssetCheckResult(
        check_name=ON_TIME,
        passed=not found.late,
        severity=dg.AssetCheckSeverity.WARN,
        description=found.sentence(project.catalogue, dataset) if found.late else None,
        metadata=metadata,
    )


def _metadata(project: Project, dataset: Dataset, assessments: Sequence[Assessment]) -> dict[str, Any]:
    last = assessments[-1]
    contract = dataset.contract
    earlier = [one for one in assessments[:-1] if one.present]
    return {
        "dagster/row_count": last.rows,
        "delivery": (last.delivery or "none")[:12],
        "files": ", ".join(last.files) or "none",
        "layout": last.layout or "none",
        "supplier": project.catalogue.supply(dataset, last.edition).supplier.title,
        "owner_role": contract.owner_role,
        "results_reused": last.reused,
        "earlier_editions": ", ".join(f"{one.edition}: {one.rows:,} rows" for one in earlier) or "none",
    }


def _line(assessment: Assessment) -> str:
    text = f"raw {assessment.dataset} {assessment.edition}: "
    if not assessment.expected:
        return text + "not expected"
    if assessment.delivery is None:
        serves = assessment.checks.get("delivered") == "carried forward"
        return text + ("no new delivery; the earlier one serves" if serves else "nothing came")
    if assessment.stops:
        return text + "FAILED " + ", ".join(sorted({finding.check for finding in assessment.stops}))
    recorded = f", {len(assessment.findings)} recorded" if assessment.findings else ""
    return text + f"{assessment.rows:,} rows{recorded}" + (" (unchanged)" if assessment.reused else "")


def _asset(
    project: Project,
    dataset: Dataset,
    partitions: dg.StaticPartitionsDefinition,
    shares: _Shares,
    clock: Callable[[], dt.datetime],
) -> dg.AssetsDefinition:
    contract = dataset.contract
    supply = project.catalogue.supply(dataset, project.catalogue.district.current_edition)
    supplier = supply.supplier
    checks = checks_of(dataset, national=supplier.kind == "national")
    key = raw_key(dataset.id)
    specs = [
        dg.AssetCheckSpec(
            check.id,
            asset=key,
            description=f"{check.title}. {check.kind.proves}",
            metadata={"grade": check.grade, "waivable": check.kind.waivable},
        )
        for check in checks
    ]
    specs.append(
        dg.AssetCheckSpec(
            ON_TIME,
            asset=key,
            description="The delivery came by the day it is due. "
            "Judged from receipts; a late delivery is on the record and stops nothing.",
            metadata={"grade": "record", "due": contract.refresh.due},
        )
    )

    @dg.asset(
        key=key,
        partitions_def=partitions,
        check_specs=specs,
        group_name=contract.theme,
        deps=[raw_key(name) for name in references_of(dataset)],
        description=f"{contract.title}. {dataset.description}",
        metadata={
            "supplier": supplier.title,
            "owner_role": contract.owner_role,
            "agreement": supply.agreement.title,
            "grain": contract.grain,
        },
        tags={"sensitivity": contract.sensitivity, "supplier": supply.supplier_id, "role": contract.role},
        kinds={"parquet"},
    )
    def step(context: dg.AssetExecutionContext) -> Iterator[Any]:
        edition = int(context.partition_key)
        profile = context.run.tags.get(PROFILE_TAG)
        editions = project.editions(profile, edition, dataset.id) if profile else [edition]
        now = clock()
        share = shares.of(context.run.run_id)
        assessments = take_in(project, share, dataset.id, editions, edition, now=now)
        came = _punctuality(project, assessments[-1], now.date())
        told = f"; {came.words}, owner: {contract.owner_role}" if came.late else ""
        current().say(_line(assessments[-1]) + told)
        yield dg.MaterializeResult(
            asset_key=key,
            metadata=_metadata(project, dataset, assessments),
            check_results=[
                *(_result(check, assessments[-1]) for check in checks),
                _on_time(project, dataset, came),
            ],
        )

    return step


def _now() -> dt.datetime:
    return dt.datetime.now().astimezone()


def raw_assets(
    project: Project,
    partitions: dg.StaticPartitionsDefinition,
    clock: Callable[[], dt.datetime] = _now,
) -> list[dg.AssetsDefinition]:
    """One asset for each dataset of the catalogue.

    Args:
        project: the installation.
        partitions: its editions.
        clock: tells the moment at which deliveries are taken in and judged to be in time or late.
    """
    shares = _Shares(project)
    return [
        _asset(project, dataset, partitions, shares, clock) for dataset in project.catalogue.datasets.values()
    ]
