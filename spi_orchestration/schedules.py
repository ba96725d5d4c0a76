"""When the annual run starts by itself.

Belongs here: the schedule, off until somebody switches it on. Does not belong here: reacting to files that
arrive (`sensors.py`).
"""

from collections.abc import Sequence
from typing import Any

import dagster as dg

from spi_orchestration.assets.project import Project
from spi_orchestration.assets.raw import PROFILE_TAG
from spi_orchestration.assets.repository import job_name

__all__ = ["annual_schedule"]


def annual_schedule(project: Project, jobs: Sequence[Any]) -> dg.ScheduleDefinition:
    """The schedule of the full profile: `annual_run` of `config/district.yml`, for the edition of that year."""
    district = project.catalogue.district
    job = next(job for job in jobs if job.name == job_name("full"))

    @dg.schedule(
        job=job,
        cron_schedule=district.annual_run,
        execution_timezone=district.timezone,
        name="annual_schedule",
        default_status=dg.DefaultScheduleStatus.STOPPED,
        description="Starts the annual run after the cut-off. A run drafts; publishing stays with people.",
    )
    def annual(context: dg.ScheduleEvaluationContext) -> dg.RunRequest | dg.SkipReason:
        edition = context.scheduled_execution_time.year
        if edition not in project.all_editions():
            return dg.SkipReason(
                f"edition {edition} is not in the series yet; raise current_edition in config/district.yml"
            )
        return dg.RunRequest(
            run_key=f"annual-{edition}", partition_key=str(edition), tags={PROFILE_TAG: "full"}
        )

    return annual
