"""The front door for Dagster: every asset, check, job, schedule and sensor of the installation.

Belongs here: putting them together for the installation that the working folder or `SPI_HOME` names. Does
not belong here: any of them (`assets`, `schedules.py`, `sensors.py`).
"""

import dagster as dg

from spi_orchestration.assets.project import Project
from spi_orchestration.assets.repository import all_jobs, make_definitions
from spi_orchestration.schedules import annual_schedule
from spi_orchestration.sensors import arrivals_sensor
from spi_orchestration.settings import Settings

__all__ = ["build_definitions", "defs"]


def build_definitions(settings: Settings) -> dg.Definitions:
    """The definitions of an installation.

    Raises:
        CatalogueError: catalogue or shares file is not valid.
        DbtError: dbt cannot read the project (it is only asked when the manifest is absent or stale).
    """
    project = Project.load(settings)
    jobs = all_jobs(project)
    return make_definitions(project, jobs, [annual_schedule(project, jobs)], [arrivals_sensor(project, jobs)])


@dg.definitions
def defs() -> dg.Definitions:
    """Loaded by Dagster."""
    return build_definitions(Settings.load())
