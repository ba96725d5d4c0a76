"""A seeded sample of the corpus: no fault that something at hand contradicts gets past the gate.

Belongs here: the sample, the good editions themselves, and that the bench judges as the run does. Does not
belong here: the whole corpus (`python -m tests.faults`).
"""

from __future__ import annotations

import csv
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.faults.corpus import HERE, Bench, plan, run
from tests.faults.kinds import KINDS

#: Pairs drawn; about two in five kinds have meaning for a dataset.
DRAWN = 560
SEED = 2026


@pytest.fixture(scope="module")
def bench(sample_run: Any, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Bench]:
    yield Bench.make(Path(sample_run.data), tmp_path_factory.mktemp("faults"))


def test_there_are_forty_kinds_and_more() -> None:
    assert len(KINDS) >= 40
    assert len({kind.title for kind in KINDS.values()}) == len(KINDS)


def test_what_is_unknowable_is_named_once_and_with_a_reason() -> None:
    with (HERE / "unknowable.csv").open(encoding="utf-8", newline="") as stream:
        rows = list(csv.DictReader(stream))
    assert len({(row["kind"], row["dataset"]) for row in rows}) == len(rows)
    assert all(row["kind"] in KINDS and len(row["reason"]) > 40 for row in rows)


@pytest.mark.slow
def test_no_knowable_fault_of_the_sample_escapes(bench: Bench) -> None:
    results = list(run(bench, plan(bench, sample=DRAWN, seed=SEED)))
    assert len(results) >= 200
    assert [(one.kind, one.dataset, one.detail) for one in results if one.outcome == "error"] == []
    escaped = [one for one in results if one.outcome == "escaped" and not one.why]
    assert [(one.kind, one.dataset, one.detail) for one in escaped] == []
    assert sum(one.outcome == "stopped" for one in results) > len(results) / 2


@pytest.mark.slow
def test_the_good_delivery_passes_on_the_bench(bench: Bench) -> None:
    for name in ("scc_ks4", "fsa_fhrs", "ons_census21_ts039"):
        target = bench.target(name)
        assessment = bench.deliver(target.case, target.case.files)
        assert assessment.good, [finding.sentence() for finding in assessment.stops]
        bench.restore(target)


@pytest.mark.slow
def test_great_expectations_judges_as_the_bench_does(bench: Bench) -> None:
    target = bench.target("scc_ks4")
    for kind in ("column_sorted", "one_row_twice", "note_row", "third_missing"):
        files = KINDS[kind].make(target.case)
        assert files is not None
        direct = bench.deliver(target.case, files)
        bench.direct = False
        judged = bench.deliver(target.case, files)
        bench.direct = True
        assert {f.check for f in judged.stops} == {f.check for f in direct.stops}
    bench.restore(target)
