"""`python -m tests.faults`: run the corpus, or part of it, and write the report.

Belongs here: the command line. Does not belong here: anything it calls.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from spi_orchestration.settings import Settings
from tests.faults.corpus import Bench, Result, plan, read_results, report, run
from tests.faults.kinds import KINDS

PAGE = Path(__file__).resolve().parents[2] / "docs" / "faults.md"


def _say(text: str) -> None:
    print(text, file=sys.stderr, flush=True)


def _tried(arguments: argparse.Namespace, good: Path) -> list[Result]:
    """Try pairs in this process."""
    with tempfile.TemporaryDirectory(prefix="spi-faults-") as folder:
        bench = Bench.make(good.resolve(), Path(folder), _say)
        pairs = plan(bench, arguments.kind, arguments.dataset, arguments.sample, arguments.seed)
        return list(run(bench, pairs, _say))


def _side_by_side(arguments: argparse.Namespace, good: Path, jobs: int) -> list[Result]:
    """Try all pairs in several processes, each with its own datasets."""
    from spi_orchestration.assets.project import Project

    names = [dataset.id for dataset in Project.load(Settings.load()).datasets("full")]
    names = [name for name in names if not arguments.dataset or name in arguments.dataset]
    results: list[Result] = []
    with tempfile.TemporaryDirectory(prefix="spi-faults-") as folder:
        processes = []
        for job in range(min(jobs, len(names))):
            command = [sys.executable, "-m", "tests.faults", "--jobs", "1", "--good", str(good)]
            command += ["--report", str(Path(folder, str(job)))]
            command += [part for kind in arguments.kind for part in ("--kind", kind)]
            command += [part for name in names[job::jobs] for part in ("--dataset", name)]
            processes.append(subprocess.Popen(command, stdout=subprocess.DEVNULL))
        for job, process in enumerate(processes):
            if process.wait() not in {0, 1}:
                sys.exit(f"part {job + 1} of the corpus ended with {process.returncode}")
            results += read_results(Path(folder, str(job), "results.csv"))
    order = {name: at for at, name in enumerate(names)}
    kinds = {name: at for at, name in enumerate(KINDS)}
    return sorted(results, key=lambda one: (order[one.dataset], kinds[one.kind]))


def main() -> int:
    """Run; 1 if a knowable fault escaped."""
    parser = argparse.ArgumentParser(prog="python -m tests.faults", description=__doc__)
    parser.add_argument("--seed", type=int, default=1, help="of the sample")
    parser.add_argument("--sample", type=int, help="try only so many pairs, drawn with the seed")
    parser.add_argument("--kind", action="append", default=[], choices=sorted(KINDS), help="only this kind")
    parser.add_argument("--dataset", action="append", default=[], help="only this dataset")
    parser.add_argument(
        "--good", type=Path, help="data folder of a finished sample run; the project's by default"
    )
    parser.add_argument("--report", type=Path, help="folder of the report; data/faults by default")
    parser.add_argument("--jobs", type=int, default=os.cpu_count() or 1, help="processes; a sample takes one")
    parser.add_argument("--page", action="store_true", help="write docs/faults.md from a run of the whole")
    arguments = parser.parse_args()
    if arguments.page and (arguments.kind or arguments.dataset or arguments.sample):
        sys.exit("The page is of the whole corpus: leave --kind, --dataset and --sample out.")
    good = arguments.good or Settings.load().data
    if not list(good.glob("warehouse/*/full/*/accepted.json")):
        sys.exit(f"{good} holds no finished sample run. Run `spi run` first, or name one with --good.")
    start = time.monotonic()
    alone = arguments.jobs < 2 or arguments.sample is not None
    results = _tried(arguments, good) if alone else _side_by_side(arguments, good, arguments.jobs)
    page = report(results, arguments.report or good / "faults", time.monotonic() - start)
    if arguments.page:
        PAGE.write_text(page.read_text(encoding="utf-8"), encoding="utf-8", newline="\n")
    escaped = [one for one in results if one.outcome in {"escaped", "error"} and not one.why]
    for one in escaped:
        print(f"{one.outcome}: {one.kind} {one.dataset} ({one.detail}) {' '.join(one.checks)}")
    print(
        f"{len(results):,} corrupted deliveries; escapes among the knowable: {len(escaped)}; report: {page}"
    )
    return 1 if escaped else 0


if __name__ == "__main__":
    sys.exit(main())
