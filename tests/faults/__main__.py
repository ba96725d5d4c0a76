"""`python -m tests.faults`: run the corpus, or part of it, and write the report.

Belongs here: the command line. Does not belong here: anything it calls.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
import time
from pathlib import Path

from spi_orchestration.settings import Settings
from tests.faults.corpus import Bench, plan, report, run
from tests.faults.kinds import KINDS


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
    arguments = parser.parse_args()
    good = arguments.good or Settings.load().data
    if not list(good.glob("warehouse/*/full/*/accepted.json")):
        sys.exit(f"{good} holds no finished sample run. Run `spi run` first, or name one with --good.")
    start = time.monotonic()
    with tempfile.TemporaryDirectory(prefix="spi-faults-") as folder:
        bench = Bench.make(
            good.resolve(), Path(folder), lambda text: print(text, file=sys.stderr, flush=True)
        )
        pairs = plan(bench, arguments.kind, arguments.dataset, arguments.sample, arguments.seed)
        results = list(run(bench, pairs, lambda text: print(text, file=sys.stderr, flush=True)))
    page = report(results, arguments.report or good / "faults", time.monotonic() - start)
    escaped = [one for one in results if one.outcome in {"escaped", "error"} and not one.why]
    for one in escaped:
        print(f"{one.outcome}: {one.kind} {one.dataset} ({one.detail}) {' '.join(one.checks)}")
    print(
        f"{len(results):,} corrupted deliveries; escapes among the knowable: {len(escaped)}; report: {page}"
    )
    return 1 if escaped else 0


if __name__ == "__main__":
    sys.exit(main())
