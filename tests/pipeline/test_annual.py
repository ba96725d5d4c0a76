"""The annual run through Dagster and dbt: what the gate lets through is built, and nothing else."""

from __future__ import annotations

import hashlib
import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import dagster as dg
import duckdb
import pytest

from spi_orchestration import locks
from spi_orchestration.assets.annual import AnnualResult, dagster_instance, run_annual
from spi_orchestration.assets.builds import build_of
from spi_orchestration.assets.dbt import manifest_file, prepare_dbt
from spi_orchestration.assets.event_log import OpenSqliteEventLogStorage
from spi_orchestration.assets.project import Project
from spi_orchestration.assets.repository import job_name
from spi_orchestration.catalogue import CatalogueError
from spi_orchestration.checks.registry import checks_of
from tests.helpers.paths import assert_windows_safe
from tests.helpers.project import ROOT
from tests.helpers.small import PUPILS_HEADER, Small, pupils_rows, write_csv

Ran = tuple[Small, AnnualResult, list[str]]


def again(small: Small, profile: str = "full", **more: object) -> AnnualResult:
    return run_annual(small.settings, profile, 2026, say=lambda text: None, **more)  # type: ignore[arg-type]


def digests(folder: Path) -> dict[str, str]:
    return {
        path.relative_to(folder).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in sorted(folder.rglob("*"))
        if path.is_file() and path.name != "run.json"
    }


def test_a_good_run_drafts_from_exactly_the_accepted_list(ran: Ran) -> None:
    small, result, _ = ran
    assert (result.outcome, result.exit_code, result.stopped, result.errors) == ("drafted", 0, (), ())
    assert result.report is not None
    assert result.report.is_file()
    assert result.draft == small.settings.drafts / "2026"
    manifest = json.loads((result.draft / "manifest.json").read_text(encoding="utf-8"))
    assert manifest["synthetic"] is True
    assert manifest["stopped"] == []
    assert [(d["dataset"], d["edition"]) for d in manifest["deliveries"]] == [
        (name, e)
        for name in ("council_members", "county_pupils", "national_homes", "ref_areas")
        for e in (2025, 2026)
    ]
    assert manifest["method"]["version"] == "ward-2026.1"
    build = build_of(Project.load(small.settings), "full", 2026)
    with duckdb.connect(str(build.warehouse), read_only=True) as con:
        # 22 wards in each of two editions; good results 30 to 51, which sum to 891, and one more in each the year before.
        assert con.execute("select count(*), sum(good) from marts.fct_small").fetchone() == (44, 2 * 891 + 22)
    assert not build.work.exists()
    assert set(result.timings) >= {"intake", "reading", "checks", "gate", "dbt", "draft", "job"}


def test_progress_is_a_line_a_dataset_and_a_line_a_stage(ran: Ran) -> None:
    _, _, lines = ran
    starts = [line.split()[0].rstrip(":") for line in lines]
    assert starts.count("raw") == 4
    for stage in ("run", "gate", "dbt", "draft"):
        assert stage in starts
    assert all("\n" not in line and len(line) < 200 for line in lines)


def test_the_last_release_is_not_touched_by_a_run(ran: Ran) -> None:
    small, _, _ = ran
    assert json.loads((small.settings.releases / "current.json").read_text(encoding="utf-8")) == {
        "release": "2025.1"
    }


def test_what_a_run_writes_can_stand_on_windows(ran: Ran) -> None:
    small, _, _ = ran
    assert_windows_safe(small.settings.data, "data")


def test_dagster_has_every_check_under_its_id(ran: Ran) -> None:
    small, result, _ = ran
    project = Project.load(small.settings)
    with dagster_instance(small.settings) as instance:
        records = instance.event_log_storage.get_records_for_run(
            result.run_id, of_type=dg.DagsterEventType.ASSET_CHECK_EVALUATION, limit=500
        ).records
        assert isinstance(instance.event_log_storage, OpenSqliteEventLogStorage)
        run = instance.get_run_by_id(result.run_id)
    assert run is not None
    assert run.status == dg.DagsterRunStatus.SUCCESS
    evaluated = {}
    for record in records:
        data = record.event_log_entry.get_dagster_event().asset_check_evaluation_data
        evaluated[(data.asset_key.path[-1], data.check_name)] = data.passed
    for dataset in project.catalogue.datasets.values():
        national = project.catalogue.suppliers[dataset.contract.supplier].kind == "national"
        for check in checks_of(dataset, national=national):
            assert evaluated[(dataset.id, check.id)] is True
    assert evaluated[("gate", "edition_passes")] is True


def test_a_stopped_edition_builds_nothing(rerun: Small) -> None:
    build = build_of(Project.load(rerun.settings), "full", 2026)
    warehouse, draft = digests(build.final), digests(rerun.settings.drafts)
    rows = pupils_rows(2026)
    rows[0][4] = "51"
    write_csv(rerun.pupils(), [PUPILS_HEADER, *rows])
    result = again(rerun)
    assert (result.outcome, result.exit_code) == ("stopped", 1)
    assert result.stopped == ("county_pupils",)
    assert result.draft is None
    assert result.report is not None
    assert "good at most cohort" in result.report.read_text(encoding="utf-8")
    # dbt did not run: the last build and the last draft are as they were, and no new one was begun.
    assert "dbt" not in result.timings
    assert digests(build.final) == warehouse
    assert digests(rerun.settings.drafts) == draft
    assert not build.work.exists()
    with dagster_instance(rerun.settings) as instance:
        run = instance.get_run_by_id(result.run_id)
        assert run is not None
        assert run.status == dg.DagsterRunStatus.FAILURE
        steps = {s.step_key: s.status for s in instance.get_run_step_stats(result.run_id)}
    assert steps["gate"] == dg._core.execution.stats.StepEventStatus.FAILURE
    assert "warehouse" not in steps or steps["warehouse"] == dg._core.execution.stats.StepEventStatus.SKIPPED


def test_a_draft_may_be_made_without_a_stopped_dataset_but_says_so(rerun: Small) -> None:
    # In the open profile, which the broken county file does not concern.
    rerun.pupils().write_bytes(b"")
    rerun.areas.write_bytes(b"PK")
    result = again(rerun, "open", draft=True)
    assert result.outcome == "drafted"
    assert result.stopped == ("ref_areas",)
    assert result.exit_code == 1
    assert result.draft == rerun.settings.drafts / "open-2026"
    manifest = json.loads((result.draft / "manifest.json").read_text(encoding="utf-8"))
    assert manifest["stopped"] == ["ref_areas"]
    assert [(d["dataset"], d["edition"]) for d in manifest["deliveries"]] == [("national_homes", 2026)]
    build = build_of(Project.load(rerun.settings), "open", 2026)
    with duckdb.connect(str(build.warehouse), read_only=True) as con:
        # The 22 wards and one of another district; the county's deliveries are no part of this profile.
        assert con.execute("select edition, count(*) from marts.fct_small group by 1").fetchall() == [
            (2026, 23)
        ]


def test_a_failing_model_fails_the_run_and_keeps_the_last_build(rerun: Small) -> None:
    build = build_of(Project.load(rerun.settings), "full", 2026)
    before = digests(build.final)
    model = rerun.settings.dbt_project / "models" / "marts" / "public" / "fct_small.sql"
    model.write_text(
        "select cast(null as varchar) as ward_code, 1 as edition, 1 as good, 1 as cohort\n", encoding="utf-8"
    )
    result = again(rerun)
    assert (result.outcome, result.exit_code) == ("failed", 1)
    (error,) = result.errors
    assert error.startswith("warehouse: dbt build failed: fail: ")
    assert "not_null_fct_small_ward_code" in error
    assert digests(build.final) == before
    assert result.report is not None
    assert (result.report.parent / "run_results.json").is_file()
    assert (result.report.parent / "dbt.log").is_file()


def test_a_build_that_another_process_makes_is_refused(small: Small) -> None:
    build = build_of(Project.load(small.settings), "full", 2026)
    code = "import sys,time\nfrom pathlib import Path\nfrom spi_orchestration import locks\nlocks.take(Path(sys.argv[1]), 'x')\nprint('held', flush=True)\ntime.sleep(60)"
    process = subprocess.Popen(
        [sys.executable, "-c", code, str(build.lock)],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        text=True,
        encoding="utf-8",
    )
    assert process.stdout is not None
    try:
        assert process.stdout.readline() == "held\n"
        with pytest.raises(locks.Busy, match="the full build of edition 2026"):
            again(small)
    finally:
        process.kill()
        process.wait()
        process.stdout.close()


@pytest.mark.parametrize(
    ("profile", "edition", "message"), [("full", 2024, "2025 to 2026"), ("half", 2026, "no profile")]
)
def test_an_edition_or_profile_outside_the_series_is_refused(
    small: Small, profile: str, edition: int, message: str
) -> None:
    with pytest.raises(CatalogueError, match=message):
        run_annual(small.settings, profile, edition, say=lambda text: None)


_RUN = """
import sys
from pathlib import Path
from spi_orchestration.assets.annual import run_annual
from spi_orchestration.settings import Settings
root = Path(sys.argv[1])
settings = Settings(root, root / "data", root / "config/shares/sample.yml")
run_annual(settings, "full", 2026, say=lambda text: print(text, flush=True))
"""


def at_work_below(root: Path) -> list[str]:
    """Processes whose working folder lies below a folder."""
    found = []
    for path in Path("/proc").glob("[0-9]*/cwd"):
        try:
            if path.readlink().is_relative_to(root):
                found.append(path.parent.name)
        except OSError:
            continue
    return found


@pytest.mark.skipif(os.name == "nt", reason="on Linux only: a process is killed by signal")
def test_a_killed_run_is_finished_by_the_next_one(rerun: Small, ran: Ran) -> None:
    build = build_of(Project.load(rerun.settings), "full", 2026)
    before = digests(build.final)
    # A new delivery, so that the killed run has something to do; then the old one again.
    good = rerun.pupils().read_bytes()
    rerun.pupils().write_bytes(good.replace(b"St John's", b"St Johns"))
    process = subprocess.Popen(
        [sys.executable, "-c", _RUN, str(rerun.settings.root)],
        cwd=ROOT, env=os.environ | {"PYTHONPATH": str(ROOT)}, stdout=subprocess.PIPE, text=True, encoding="utf-8",
    )  # fmt: skip
    assert process.stdout is not None
    for line in process.stdout:
        if line.startswith("gate full"):
            break
    while not (build.work / "warehouse.duckdb").is_file():
        time.sleep(0.05)
    if Path("/proc").is_dir():
        commands = [Path(f"/proc/{pid}/cmdline").read_bytes() for pid in at_work_below(rerun.settings.root)]
        assert any(b"spi_orchestration.assets.leash" in command for command in commands)
    process.send_signal(signal.SIGKILL)
    process.wait()
    process.stdout.close()
    # dbt goes with the run that started it; alone it would write into the next run's folder.
    if Path("/proc").is_dir():
        deadline = time.monotonic() + 10
        while at_work_below(rerun.settings.root) and time.monotonic() < deadline:
            time.sleep(0.1)
        assert at_work_below(rerun.settings.root) == []
    assert digests(build.final) == before
    assert not locks.is_held(build.lock)
    rerun.pupils().write_bytes(good)
    lines: list[str] = []
    result = run_annual(rerun.settings, "full", 2026, say=lines.append)
    assert result.outcome == "drafted"
    assert "a run that ended before its time was marked as failed" in lines
    assert ran[1].draft is not None
    assert result.draft is not None
    assert digests(result.draft) == digests(ran[1].draft)
    with dagster_instance(rerun.settings) as instance:
        alive = instance.get_runs(
            dg.RunsFilter(job_name=job_name("full"), statuses=[dg.DagsterRunStatus.STARTED])
        )
    assert alive == []


_WATCH = """
import threading, time
from spi_orchestration.assets import leash
threading.Thread(target=leash._watch, daemon=True).start()
print("on", flush=True)
time.sleep(60)
"""


def test_what_is_on_the_leash_ends_when_its_parent_is_gone() -> None:
    process = subprocess.Popen(
        [sys.executable, "-c", _WATCH],
        cwd=ROOT,
        env=os.environ | {"PYTHONPATH": str(ROOT)},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    )
    assert process.stdin is not None
    assert process.stdout is not None
    assert process.stdout.readline().strip() == b"on"
    assert process.poll() is None
    # A process that ends, in any way, closes the pipes it held.
    process.stdin.close()
    assert process.wait(timeout=20) == 70
    process.stdout.close()


def test_the_manifest_is_made_only_when_stale(rerun: Small) -> None:
    project = Project.load(rerun.settings)
    stamp = manifest_file(rerun.settings).stat().st_mtime_ns
    prepare_dbt(project)
    assert manifest_file(rerun.settings).stat().st_mtime_ns == stamp
    # A changed seed needs no new manifest; a changed model does.
    seed = rerun.settings.seeds / "framework" / "method.csv"
    seed.write_text(seed.read_text(encoding="utf-8") + "third,x\n", encoding="utf-8")
    prepare_dbt(project)
    assert manifest_file(rerun.settings).stat().st_mtime_ns == stamp
    copy = rerun.settings.dbt_project / "models" / "sources.yml"
    assert copy.read_bytes() == rerun.settings.sources_file.read_bytes()
