"""What the gate costs: the same deliveries and the same models with checks and without, side by side.

Belongs here: pairs of the same work in one process on one machine, printed as seconds and ratios. Does not belong
here: the run as a whole (`annual.py`), or a limit that fails a test.

Run it with `python benchmarks/gate.py [DATA]`; DATA is the data folder of a finished sample run, which is only read
(the project's by default).
"""

from __future__ import annotations

import datetime as dt
import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

from spi_orchestration.assets import delivery  # noqa: E402
from spi_orchestration.assets.builds import build_of  # noqa: E402
from spi_orchestration.assets.dbt import (  # noqa: E402
    dbt_arguments,
    dbt_command,
    dbt_environment,
    prepare_dbt,
)
from spi_orchestration.assets.gating import decide_now  # noqa: E402
from spi_orchestration.assets.project import Project  # noqa: E402
from spi_orchestration.checks import judge  # noqa: E402
from spi_orchestration.checks.contract import Examination  # noqa: E402
from spi_orchestration.checks.index import judge_index, load_limits  # noqa: E402
from spi_orchestration.intake.shares import open_share  # noqa: E402
from spi_orchestration.settings import Settings  # noqa: E402


class _NoJudge:
    """In place of Great Expectations: whatever it is asked passes."""

    started = True

    def start(self) -> None:
        """Nothing to start."""

    def ask(self, suite: dict[str, Any], rows: Sequence[dict[str, int]]) -> list[dict[str, Any]]:
        """As `Judge.ask`, without judging."""
        return [{"success": True, "failed": [], "result": {}} for _ in rows]

    def close(self) -> None:
        """Nothing to end."""


@contextmanager
def unchecked() -> Iterator[None]:
    """Deliveries are found, landed and read, and no check looks at them."""
    examine, kept = delivery.examine, judge._SHARED
    delivery.examine = lambda *_: Examination(0, {}, ())  # type: ignore[assignment]
    judge._SHARED = _NoJudge()  # type: ignore[assignment]
    try:
        yield
    finally:
        delivery.examine, judge._SHARED = examine, kept


def project_in(data: Path, sample: Path) -> Project:
    """The product's own project on the sample's shares, with an empty data folder."""
    data.mkdir(parents=True)
    shutil.copytree(sample / "sample", data / "sample")
    if (sample / "secret").is_dir():
        shutil.copytree(sample / "secret", data / "secret")
    return Project.load(Settings.load(data=data))


def deliveries(sample: Path, folder: Path) -> tuple[float, float, Project]:
    """Seconds of taking in every delivery with checks and without, dataset by dataset in turn."""
    pair = {True: project_in(folder / "with", sample), False: project_in(folder / "without", sample)}
    shares = {key: open_share(p.settings, p.catalogue, p.shares) for key, p in pair.items()}
    seconds = {True: 0.0, False: 0.0}
    edition = pair[True].catalogue.district.current_edition
    for number, dataset in enumerate(pair[True].datasets("full")):
        for checked in (True, False) if number % 2 else (False, True):
            project = pair[checked]
            editions = project.editions("full", edition, dataset.id)
            start = time.perf_counter()
            if checked:
                delivery.take_in(project, shares[True], dataset.id, editions, edition)
            else:
                with unchecked():
                    delivery.take_in(project, shares[False], dataset.id, editions, edition)
            seconds[checked] += time.perf_counter() - start
    judge.shared().close()
    return seconds[True], seconds[False], pair[True]


def models(sample: Path, folder: Path) -> tuple[float, float]:
    """Seconds of `dbt build` with data tests and without, in turn, twice each; the faster of each counts."""
    settings = replace(Settings.load(), data=sample)
    project = Project.load(settings)
    edition = project.catalogue.district.current_edition
    build = replace(build_of(project, "full", edition), home=folder / "build")
    source = build_of(project, "full", edition).final
    prepare_dbt(project, build)
    seconds: dict[bool, list[float]] = {True: [], False: []}
    for checked in (True, False, False, True):
        shutil.rmtree(build.home, ignore_errors=True)
        work = build.begin()
        shutil.copytree(source / "accepted", work / "accepted", dirs_exist_ok=True)
        target = folder / "target"
        environment = os.environ | dbt_environment(settings, build)
        environment |= {"DBT_TARGET_PATH": str(target), "DBT_LOG_PATH": str(target)}
        left_out = [] if checked else ["--exclude-resource-type", "test"]
        command = [*dbt_command(), "build", *left_out, *dbt_arguments(project, build)]
        start = time.perf_counter()
        done = subprocess.run(
            command,
            cwd=settings.dbt_project,
            env=environment,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            encoding="utf-8",
            check=False,
        )
        seconds[checked].append(time.perf_counter() - start)
        if done.returncode != 0:
            sys.exit(f"dbt build ended with {done.returncode}:\n{done.stdout[-2000:]}")
    return min(seconds[True]), min(seconds[False])


def main() -> None:
    """Print the figures."""
    sample = Path(sys.argv[1]).resolve() if len(sys.argv) > 1 else Settings.load().data
    if not list(sample.glob("warehouse/*/full/*/accepted.json")):
        sys.exit(f"{sample} holds no finished sample run. Run `spi run` first, or name one.")
    with tempfile.TemporaryDirectory(prefix="spi-gate-", ignore_cleanup_errors=True) as name:
        folder = Path(name)
        checked, plain, project = deliveries(sample, folder)
        start = time.perf_counter()
        edition = project.catalogue.district.current_edition
        result = decide_now(project, "full", edition, dt.date.today())
        deciding = time.perf_counter() - start
        tested, untested = models(sample, folder)
        warehouse = build_of(Project.load(replace(Settings.load(), data=sample)), "full", edition).warehouse
        start = time.perf_counter()
        judge_index(warehouse, edition, load_limits(ROOT / "config" / "index_checks.yml"))
        index = time.perf_counter() - start
    checks = sum(len(outcome.assessment.checks) for outcome in (*result.history, *result.outcomes))
    print(
        f"deliveries taken in    {checked:7.1f} s with {checks:,} checks, {plain:.1f} s without: {checked / plain:.2f}"
    )
    print(f"deciding               {deciding:7.1f} s")
    print(
        f"models built           {tested:7.1f} s with tests, {untested:.1f} s without: {tested / untested:.2f}"
    )
    print(f"checks of the index    {index:7.1f} s")
    with_, without = checked + deciding + tested + index, plain + untested
    print(f"all together           {with_:7.1f} s with, {without:.1f} s without: {with_ / without:.2f}")


if __name__ == "__main__":
    main()
