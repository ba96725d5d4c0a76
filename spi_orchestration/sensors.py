"""Deliveries taken in as they arrive.

Belongs here: noticing new or changed files on the share and asking for their dataset's raw step. Does not
belong here: taking them in (`assets/raw.py`).
"""

import json
from collections.abc import Sequence
from typing import Any

import dagster as dg

from spi_orchestration.assets.project import Project
from spi_orchestration.assets.raw import raw_key
from spi_orchestration.assets.repository import ARRIVALS_JOB
from spi_orchestration.intake.shares import open_share

__all__ = ["arrivals_sensor", "look"]

_EVERY_SECONDS = 60


def look(project: Project, cursor: str | None) -> tuple[list[tuple[str, int, str]], str]:
    """Compare the share with what was seen before.

    A delivery is reported once its files look the same at two looks in a row, so a file that is still being
    written is left alone; and only when each of its expected files is there.

    Args:
        project: the installation.
        cursor: what the last look gave.

    Returns:
        (dataset, edition, fingerprint) of deliveries to take in, and the cursor for the next look.
    """
    before = json.loads(cursor) if cursor else {"seen": {}, "taken": {}}
    share = open_share(project.settings, project.catalogue, project.shares)
    seen: dict[str, str] = {}
    taken: dict[str, str] = {}
    arrived = []
    for dataset in project.catalogue.datasets.values():
        for edition in project.all_editions():
            found = share.find(dataset, edition)
            if not found.complete:
                continue
            name, print_ = f"{dataset.id}/{edition}", found.fingerprint()
            seen[name] = print_
            if before["taken"].get(name) == print_:
                taken[name] = print_
            elif before["seen"].get(name) == print_:
                taken[name] = print_
                arrived.append((dataset.id, edition, print_))
            elif name in before["taken"]:
                taken[name] = before["taken"][name]
    return arrived, json.dumps({"seen": seen, "taken": taken}, sort_keys=True)


def arrivals_sensor(project: Project, jobs: Sequence[Any]) -> dg.SensorDefinition:
    """The sensor that lands, reads and checks new files of the share; off until it is switched on."""
    job = next(job for job in jobs if job.name == ARRIVALS_JOB)

    @dg.sensor(
        job=job,
        name="arrivals_sensor",
        minimum_interval_seconds=_EVERY_SECONDS,
        default_status=dg.DefaultSensorStatus.STOPPED,
        description="Lands, reads and checks deliveries as they arrive on the share; nothing is built.",
    )
    def arrivals(context: dg.SensorEvaluationContext) -> dg.SensorResult:
        arrived, cursor = look(project, context.cursor)
        requests = [
            dg.RunRequest(
                run_key=f"{dataset}-{edition}-{print_}",
                partition_key=str(edition),
                asset_selection=[raw_key(dataset)],
                tags={"spi/delivery": f"{dataset}/{edition}"},
            )
            for dataset, edition, print_ in arrived
        ]
        return dg.SensorResult(run_requests=requests, cursor=cursor)

    return arrivals
