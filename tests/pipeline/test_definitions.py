"""Dagster's front door: definitions load clean, and schedule and sensor ask for the right runs."""

from __future__ import annotations

import datetime as dt
import os
import subprocess
import sys

import dagster as dg
import pytest

from spi_orchestration.assets.annual import AnnualResult, dagster_instance
from spi_orchestration.assets.project import Project
from spi_orchestration.assets.raw import raw_key
from spi_orchestration.assets.repository import ARRIVALS_JOB
from spi_orchestration.definitions import build_definitions
from spi_orchestration.sensors import look
from tests.helpers.project import ROOT
from tests.helpers.small import Small

Ran = tuple[Small, AnnualResult, list[str]]


@pytest.fixture(scope="module")
def definitions(ran: Ran) -> dg.Definitions:
    return build_definitions(ran[0].settings)


def test_definitions_validate_without_a_word_of_warning(ran: Ran) -> None:
    settings = ran[0].settings
    environment = os.environ | {
        "SPI_HOME": str(settings.root),
        "PYTHONPATH": str(ROOT),
        "PYTHONWARNINGS": "default",
        "DAGSTER_HOME": str(settings.dagster_home),
    }
    done = subprocess.run(
        [sys.executable, "-m", "dagster", "definitions", "validate", "-m", "spi_orchestration.definitions"],
        cwd=settings.root, env=environment, capture_output=True, text=True, encoding="utf-8", check=False,
    )  # fmt: skip
    told = done.stdout + done.stderr
    assert done.returncode == 0, told
    assert "All code locations passed validation" in told
    assert "wt-" not in "".join(
        line for line in told.splitlines() if "Warning" in line and str(ROOT / "spi_orchestration") in line
    )
    ours = [line for line in told.splitlines() if "Warning" in line and "spi_orchestration" in line]
    assert ours == []


def test_every_dataset_is_a_partitioned_asset_before_the_gate(ran: Ran, definitions: dg.Definitions) -> None:
    graph = definitions.resolve_asset_graph()
    project = Project.load(ran[0].settings)
    for name, dataset in project.catalogue.datasets.items():
        node = graph.get(raw_key(name))
        assert node.partitions_def is not None
        assert list(node.partitions_def.get_partition_keys()) == ["2025", "2026"]
        assert node.group_name == dataset.contract.theme
        accepted = graph.get(dg.AssetKey(["accepted", name]))
        assert raw_key(name) in accepted.parent_keys
    assert graph.get(dg.AssetKey(["gate"])).parent_keys == {
        raw_key(name) for name in project.catalogue.datasets
    }
    staging = graph.get(dg.AssetKey(["stg_county_pupils"]))
    assert staging.parent_keys == {dg.AssetKey(["accepted", "county_pupils"])}
    assert staging.group_name == "staging_education"
    assert staging.partitions_def is None
    deliveries = graph.get(dg.AssetKey(["dim_deliveries"]))
    assert deliveries.parent_keys == {dg.AssetKey(["accepted", "_deliveries"])}
    assert dg.AssetKey(["fct_small"]) in graph.get(dg.AssetKey(["draft"])).parent_keys


def test_each_profile_has_a_job_over_its_own_datasets(definitions: dg.Definitions) -> None:
    full = definitions.resolve_job_def("annual_run").asset_layer.selected_asset_keys
    opened = definitions.resolve_job_def("annual_run_open").asset_layer.selected_asset_keys
    assert raw_key("county_pupils") in full
    assert {key for key in opened if key.path[0] == "raw"} == {
        raw_key("national_homes"),
        raw_key("ref_areas"),
    }
    assert dg.AssetKey(["draft"]) in opened
    arrivals = definitions.resolve_job_def(ARRIVALS_JOB).asset_layer.selected_asset_keys
    assert {key.path[0] for key in arrivals} == {"raw"}


def test_the_schedule_is_off_and_asks_for_the_edition_of_its_year(definitions: dg.Definitions) -> None:
    schedule = definitions.resolve_schedule_def("annual_schedule")
    assert schedule.default_status == dg.DefaultScheduleStatus.STOPPED
    assert (schedule.cron_schedule, schedule.execution_timezone) == ("0 6 2 12 *", "Europe/London")

    def asked(year: int) -> object:
        moment = dt.datetime(year, 12, 2, 6, tzinfo=dt.UTC)
        context = dg.build_schedule_context(scheduled_execution_time=moment)
        return schedule(context)

    request = asked(2026)
    assert isinstance(request, dg.RunRequest)
    assert request.partition_key == "2026"
    assert isinstance(asked(2031), dg.SkipReason)


def test_the_sensor_waits_until_a_delivery_is_whole_and_still(small: Small) -> None:
    project = Project.load(small.settings)
    late = small.pupils().read_bytes()
    small.pupils().unlink()
    first, cursor = look(project, None)
    assert first == []
    second, cursor = look(project, cursor)
    # All that lay still at two looks: two editions of four datasets, less the one that is not there.
    assert len(second) == 7
    assert ("county_pupils", 2026) not in {(name, edition) for name, edition, _ in second}
    assert look(project, cursor)[0] == []
    small.pupils().write_bytes(late[:100])
    third, cursor = look(project, cursor)
    small.pupils().write_bytes(late)
    fourth, cursor = look(project, cursor)
    fifth, cursor = look(project, cursor)
    assert (third, fourth) == ([], [])
    assert [(name, edition) for name, edition, _ in fifth] == [("county_pupils", 2026)]
    assert look(project, cursor)[0] == []


def test_what_the_sensor_asks_for_lands_reads_and_checks(ran: Ran, rerun: Small) -> None:
    definitions = build_definitions(rerun.settings)
    sensor = definitions.resolve_sensor_def("arrivals_sensor")
    assert sensor.default_status == dg.DefaultSensorStatus.STOPPED
    rerun.pupils().write_bytes(rerun.pupils().read_bytes().replace(b"St John's", b"St Johns"))
    with dagster_instance(rerun.settings) as instance:
        repository = definitions.get_repository_def()
        cursor = None
        for _ in range(2):
            with dg.build_sensor_context(
                instance=instance, cursor=cursor, repository_def=repository
            ) as context:
                data = sensor.evaluate_tick(context)
            cursor = data.cursor
        request = next(
            r for r in data.run_requests or [] if r.tags.get("spi/delivery") == "county_pupils/2026"
        )
        assert request.partition_key == "2026"
        job = definitions.resolve_job_def(ARRIVALS_JOB)
        result = job.execute_in_process(
            instance=instance, partition_key=request.partition_key, asset_selection=request.asset_selection,
            run_config={"loggers": {"console": {"config": {"log_level": "CRITICAL"}}}},
        )  # fmt: skip
    assert result.success
    assert len(list((rerun.settings.landing / "county_pupils" / "2026").glob("*/receipt.json"))) == 2
    # Other editions and datasets were left alone.
    assert len(list((rerun.settings.landing / "county_pupils" / "2025").glob("*/receipt.json"))) == 1
