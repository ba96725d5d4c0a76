"""The annual run in one process: what the command line calls.

Belongs here: lock, Dagster's home, stuck runs, progress and result of one run. Does not belong here: the
steps (`raw`, `gate`, `warehouse`, `draft`), or publishing (`release`).
"""

from __future__ import annotations

import logging
import os
import re
import shutil
import sys
import uuid
import warnings
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from spi_orchestration import locks
from spi_orchestration.assets.builds import Build, build_of
from spi_orchestration.assets.progress import Progress, use
from spi_orchestration.assets.project import Project
from spi_orchestration.checks import judge
from spi_orchestration.checks.report import report_folder
from spi_orchestration.settings import Settings

if TYPE_CHECKING:
    import dagster as dg

__all__ = ["AnnualResult", "dagster_instance", "prepare_home", "run_annual"]


@dataclass(frozen=True)
class AnnualResult:
    """What came of a run.

    Attributes:
        outcome: `drafted`; `stopped` by the gate; `failed` in a step behind it.
        profile: `full` or `open`.
        edition: the edition.
        run_id: Dagster's id of the run.
        report: page of the report; None where the run failed before the gate.
        draft: the draft's folder, where one was written.
        stopped: datasets with which the edition did not pass (a draft may have been forced all the same).
        errors: what failed, in a line each.
        timings: part of the run -> seconds.
    """

    outcome: Literal["drafted", "stopped", "failed"]
    profile: str
    edition: int
    run_id: str
    report: Path | None
    draft: Path | None
    stopped: tuple[str, ...] = ()
    errors: tuple[str, ...] = ()
    timings: dict[str, float] = field(default_factory=dict)

    @property
    def exit_code(self) -> int:
        """0 only when the edition passed the gate and was drafted."""
        return 0 if self.outcome == "drafted" and not self.stopped else 1


def prepare_home(settings: Settings) -> Path:
    """Make Dagster's home, with the committed settings in it, and tell this process and its children of it."""
    home = settings.dagster_home
    home.mkdir(parents=True, exist_ok=True)
    source, copy = settings.config / "dagster.yaml", home / "dagster.yaml"
    text = source.read_bytes()
    if not copy.is_file() or copy.read_bytes() != text:
        copy.write_bytes(text)
    os.environ["DAGSTER_HOME"] = str(home)
    return home


def dagster_instance(settings: Settings) -> dg.DagsterInstance:
    """Dagster's own records in `data/dagster`."""
    import dagster as dg

    return dg.DagsterInstance.from_config(str(prepare_home(settings)))


def _fail_stuck(instance: dg.DagsterInstance, job: str, edition: int, build: Build) -> int:
    """Mark runs of this build as failed that still look alive: we hold the lock, so they are dead."""
    import dagster as dg

    alive = [
        dg.DagsterRunStatus.NOT_STARTED,
        dg.DagsterRunStatus.STARTING,
        dg.DagsterRunStatus.STARTED,
        dg.DagsterRunStatus.CANCELING,
    ]
    wanted = dg.RunsFilter(job_name=job, statuses=alive, tags={"dagster/partition": str(edition)})
    runs = instance.get_runs(filters=wanted)
    for run in runs:
        instance.report_run_failed(run, f"The process of this run ended while it held {build.name}.")
    return len(runs)


def _quiet_logs(level: str) -> None:
    """Keep Dagster's and dbt's log off the terminal; progress has its own lines."""
    for name in ("dagster", "dagster_dbt", "alembic", "sqlalchemy", "great_expectations"):
        logging.getLogger(name).setLevel(level.upper())
    # Remarks of the libraries on their own interfaces are for developers, who see them in the tests.
    warnings.filterwarnings("ignore", module=r"dagster(\.|_|$)")


_CLASS = re.compile(r"^([A-Za-z_]+[.])+[A-Za-z_]+: ")


def _errors(result: dg.ExecuteInProcessResult) -> tuple[str, ...]:
    texts = []
    for event in result.all_events:
        if event.is_step_failure:
            error: Any = event.step_failure_data.error
            while error is not None and error.cause is not None:
                error = error.cause
            line = (error.message if error else "").strip().splitlines() or ["failed"]
            # Dagster puts the exception's class before its text; people need the text.
            texts.append(f"{event.step_key}: {_CLASS.sub('', line[0])}")
    return tuple(texts)


def run_annual(
    settings: Settings,
    profile: str = "full",
    edition: int | None = None,
    *,
    draft: bool = False,
    say: Callable[[str], None] | None = None,
    log_level: str = "critical",
) -> AnnualResult:
    """Run an edition from shares to draft, in this process.

    Every dataset of the profile is landed, read, checked and reported in one run; warehouse and draft are
    made only when the gate passes, from exactly the accepted list. Run again, it does only what changed.

    Args:
        settings: the installation, with its shares file.
        profile: `full` or `open`.
        edition: the edition; the district's current one by default.
        draft: build although datasets are missing; such a draft can never be published.
        say: told one line a stage or dataset; the terminal's error channel by default.
        log_level: of Dagster's own log on the terminal.

    Raises:
        CatalogueError: catalogue, shares file or decisions say something that cannot be.
        DbtError: dbt cannot read the project.
        Busy: another process is making the same build.
    """
    progress = Progress(say or (lambda text: print(text, file=sys.stderr, flush=True)))
    with use(progress):
        with progress.part("catalogue"):
            project = Project.load(settings)
        number = project.catalogue.district.current_edition if edition is None else edition
        project.editions(profile, number)
        build = build_of(project, profile, number)
        with locks.hold(build.lock, build.name):
            return _run(project, build, progress, draft, log_level)


def _run(project: Project, build: Build, progress: Progress, draft: bool, log_level: str) -> AnnualResult:
    from spi_orchestration.assets.dbt import prepare_dbt
    from spi_orchestration.assets.delivery import expect_changes
    from spi_orchestration.intake.landing import clear_unfinished
    from spi_orchestration.intake.shares import open_share

    settings = project.settings
    clear_unfinished(settings)
    build.restore()
    if any(settings.removals.glob("*.json")):
        from spi_orchestration.retention.purge import finish_purges
        from spi_orchestration.retention.recall import finish_recalls

        done = [*finish_purges(project), *finish_recalls(project)]
        progress.say(f"{len(done)} removals that had been interrupted were finished")
    with progress.part("intake"):
        share = open_share(settings, project.catalogue, project.shares)
        if expect_changes(project, share, build.profile, build.edition):
            judge.warm_up()
    with progress.part("start"), ThreadPoolExecutor(max_workers=1) as pool:
        # Where the manifest is stale, dbt makes it in a process of its own while the libraries load here.
        manifest = pool.submit(prepare_dbt, project, build)
        from spi_orchestration.assets.gate import DRAFT_TAG
        from spi_orchestration.assets.raw import PROFILE_TAG
        from spi_orchestration.assets.repository import job_name, make_definitions

        _quiet_logs(log_level)
        manifest.result()
        definitions = make_definitions(project)
        instance = dagster_instance(settings)
        name = job_name(build.profile)
        job = definitions.resolve_job_def(name)
    run_id = str(uuid.uuid4())
    shutil.rmtree(build.work, ignore_errors=True)
    try:
        if _fail_stuck(instance, name, build.edition, build):
            progress.say("a run that ended before its time was marked as failed")
        progress.say(f"run {run_id[:8]}: {build.name}, shares {project.shares.id}")
        with progress.part("job"):
            result = job.execute_in_process(
                instance=instance,
                partition_key=str(build.edition),
                run_id=run_id,
                tags={PROFILE_TAG: build.profile, DRAFT_TAG: str(draft).lower()},
                raise_on_error=False,
                run_config={"loggers": {"console": {"config": {"log_level": log_level.upper()}}}},
            )
        return _result(project, build, progress, result, run_id)
    finally:
        instance.dispose()


def _result(
    project: Project, build: Build, progress: Progress, result: dg.ExecuteInProcessResult, run_id: str
) -> AnnualResult:
    from spi_orchestration.checks.assessment import read_json

    folder = report_folder(project.settings, build.profile, build.edition, run_id)
    report = read_json(folder / "report.json")
    blocked = {"stopped", "awaited"}
    stopped = (
        tuple(item["dataset"] for item in report["datasets"] if item["outcome"] in blocked) if report else ()
    )
    outcome: Literal["drafted", "stopped", "failed"] = "drafted" if result.success else "failed"
    errors = () if result.success else _errors(result)
    if not result.success and stopped and [error.split(":")[0] for error in errors] == ["gate"]:
        outcome, errors = "stopped", ()
    return AnnualResult(
        outcome=outcome,
        profile=build.profile,
        edition=build.edition,
        run_id=run_id,
        report=folder / "report.html" if report else None,
        draft=build.draft if result.success else None,
        stopped=stopped,
        errors=errors,
        timings={name: round(seconds, 2) for name, seconds in progress.timings.items()},
    )
