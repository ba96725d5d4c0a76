"""Looking at a file before it is delivered.

Belongs here: one delivery through the same steps as in a run, in a folder that is thrown away. Does not
belong here: any step (`delivery.py`).
"""

from __future__ import annotations

import re
import shutil
import tempfile
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from spi_orchestration.assets.delivery import compared_editions, take_in
from spi_orchestration.assets.project import Project
from spi_orchestration.catalogue import Catalogue, ShareDelivery, Shares, load_shares
from spi_orchestration.checks import judge
from spi_orchestration.checks.assessment import Assessment
from spi_orchestration.intake.shares import open_share
from spi_orchestration.settings import Settings

__all__ = ["compared_with", "try_delivery"]


def compared_with(settings: Settings, catalogue: Catalogue, dataset: str, edition: int) -> tuple[int, ...]:
    """Earlier editions that this installation holds, and that files looked at are compared with."""
    installation = Project(settings, catalogue, load_shares(settings, catalogue))
    return compared_editions(installation, dataset, edition)


def _as_glob(name: str) -> str:
    """A file name as a pattern that matches it alone."""
    return re.sub(r"([*?\[])", r"[\1]", name)


def try_delivery(
    settings: Settings, catalogue: Catalogue, dataset: str, edition: int, files: Sequence[Path]
) -> Assessment:
    """Land, read and check files as a delivery, and keep nothing of it.

    Rules that compare with a reference dataset use what the installation last took in of it. Where it took in
    none, such a rule cannot be judged beforehand: that is recorded, and does not count against the files. Earlier
    editions are those that the installation accepted.

    Args:
        settings: the installation.
        catalogue: all datasets.
        dataset: dataset id.
        edition: edition the files would be delivered for.
        files: the files, of which no two have the same name.

    Raises:
        CatalogueError: unknown dataset, or no layout for the edition.
    """
    layout = catalogue[dataset].layout(edition)
    with tempfile.TemporaryDirectory(prefix="spi-", ignore_cleanup_errors=True) as folder:
        share = Path(folder) / "share"
        share.mkdir()
        for path in files:
            shutil.copyfile(path, share / path.name)
        shares = Shares(
            id="trial",
            title="Files looked at before delivery",
            synthetic=False,
            root=str(share),
            deliveries={
                dataset: {
                    edition: ShareDelivery(files=[_as_glob(path.name) for path in files], layout=layout.id)
                }
            },
        )
        project = Project(replace(settings, data=Path(folder) / "data"), catalogue, shares)
        installation = Project(settings, catalogue, load_shares(settings, catalogue))
        try:
            (assessment,) = take_in(
                project,
                open_share(project.settings, catalogue, shares),
                dataset,
                [edition],
                edition,
                compared_with=installation,
            )
        finally:
            judge.shared().close()
    compared = {
        rule.id for rule in catalogue[dataset].contract.rules if rule.reference not in {None, "wards"}
    }
    findings = tuple(
        replace(
            finding,
            grade="record",
            remedy="It is judged when both are delivered; nothing has to be done to this file.",
        )
        if finding.check in compared and finding.found.startswith("no delivery of ")
        else finding
        for finding in assessment.findings
    )
    return replace(assessment, findings=findings)
