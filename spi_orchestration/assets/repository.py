"""All assets and jobs of the installation, as Dagster definitions.

Belongs here: putting assets together and naming the jobs over them. Does not belong here: schedules and
sensors (`schedules.py`, `sensors.py`), which need the jobs made here.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

import dagster as dg

from spi_orchestration.assets.dbt import prepare_dbt
from spi_orchestration.assets.draft import draft_asset
from spi_orchestration.assets.gate import GATE, accepted_key, gate_asset
from spi_orchestration.assets.project import PROFILES, Project
from spi_orchestration.assets.raw import PROFILE_TAG, partitions_of, raw_assets, raw_key
from spi_orchestration.assets.warehouse import mart_keys, warehouse_asset

__all__ = ["ARRIVALS_JOB", "all_jobs", "job_name", "make_definitions"]

ARRIVALS_JOB = "take_in_arrivals"


def job_name(profile: str) -> str:
    """Name of a profile's annual job: `annual_run`, or `annual_run_open`."""
    return "annual_run" if profile == "full" else f"annual_run_{profile}"


def all_jobs(project: Project) -> list[Any]:
    """The annual job of each profile, and the job that takes in arrivals."""
    every = dg.AssetSelection.all()
    inputs = dg.AssetSelection.assets(*(raw_key(name) for name in project.catalogue.datasets))
    gate = dg.AssetSelection.assets(GATE, *(accepted_key(name) for name in project.catalogue.datasets))
    jobs = []
    for profile in PROFILES:
        mine = [dataset.id for dataset in project.catalogue.in_profile(profile)]
        if not mine:
            continue
        chosen = dg.AssetSelection.assets(*(raw_key(name) for name in mine)) | dg.AssetSelection.assets(
            GATE, *(accepted_key(name) for name in mine)
        )
        jobs.append(
            dg.define_asset_job(
                job_name(profile),
                # What lies behind the gate is the same for every profile; before it, the profile's datasets.
                selection=(every - inputs - gate) | chosen,
                tags={PROFILE_TAG: profile},
                executor_def=dg.in_process_executor,
                description=f"The annual run of the {profile} profile: shares to draft.",
            )
        )
    jobs.append(
        dg.define_asset_job(
            ARRIVALS_JOB,
            selection=inputs,
            executor_def=dg.in_process_executor,
            description="Land, read and check deliveries of one edition as they arrive; nothing is built.",
        )
    )
    return jobs


def make_definitions(
    project: Project,
    jobs: Sequence[Any] | None = None,
    schedules: Sequence[Any] = (),
    sensors: Sequence[Any] = (),
) -> dg.Definitions:
    """The definitions of an installation.

    dbt is called only when its manifest is absent or stale.

    Args:
        project: the installation.
        jobs: jobs over its assets; `all_jobs` by default.
        schedules: schedules of these jobs.
        sensors: sensors of these jobs.

    Raises:
        DbtError: dbt cannot read the project.
    """
    manifest = json.loads(prepare_dbt(project).read_text(encoding="utf-8"))
    partitions = partitions_of(project)
    return dg.Definitions(
        assets=[
            *raw_assets(project, partitions),
            gate_asset(project, partitions),
            warehouse_asset(project, manifest),
            draft_asset(project, partitions, mart_keys(manifest)),
        ],
        jobs=list(all_jobs(project) if jobs is None else jobs),
        schedules=list(schedules),
        sensors=list(sensors),
    )
