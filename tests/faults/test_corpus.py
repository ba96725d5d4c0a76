"""The corpus itself: enough kinds of fault, what is unknowable stated with a reason, and a seeded part tried.

Belongs here: what holds of the lists, and a sample of the faults. Does not belong here: trying all of them
(`python -m tests.faults`).
"""

from __future__ import annotations

import csv
import json
from collections import Counter

import pytest

from tests.faults.corpus import HERE, Bench, plan, run
from tests.faults.kinds import KINDS
from tests.helpers.annual import Ended


def test_there_are_forty_kinds_and_more() -> None:
    assert len(KINDS) >= 40
    assert len({kind.title for kind in KINDS.values()}) == len(KINDS)


def test_what_is_unknowable_is_named_once_and_with_a_reason() -> None:
    with (HERE / "unknowable.csv").open(encoding="utf-8", newline="") as stream:
        rows = list(csv.DictReader(stream))
    assert len({(row["kind"], row["dataset"]) for row in rows}) == len(rows)
    assert all(row["kind"] in KINDS and len(row["reason"]) > 40 for row in rows)


#: Pairs drawn; in some the kind has no meaning for the dataset.
DRAWN, SEED = 420, 2026


@pytest.fixture(scope="module")
def bench(sample_run: Ended, tmp_path_factory: pytest.TempPathFactory) -> Bench:
    return Bench.make(sample_run.data, tmp_path_factory.mktemp("faults"))


def test_no_knowable_fault_of_a_seeded_sample_escapes(bench: Bench) -> None:
    results = list(run(bench, plan(bench, sample=DRAWN, seed=SEED)))
    wrong = [one for one in results if one.outcome in {"escaped", "error"} and not one.why]
    assert wrong == []
    assert len(results) >= 200
    assert len({one.kind for one in results}) >= 60
    # Most faults that mean something are stopped; were nothing stopped, nothing would have been tried.
    assert Counter(one.outcome for one in results)["stopped"] > len(results) / 2


@pytest.mark.parametrize("kind", ["unit_hundredfold", "area_missing", "rows_reversed", "one_row_twice"])
def test_great_expectations_says_what_the_corpus_works_out(kind: str, bench: Bench) -> None:
    target = bench.target("scc_absence")
    try:
        direct = bench.try_fault(target, kind)
        bench.direct = False
        assert bench.try_fault(target, kind) == direct
        assert direct is not None
    finally:
        bench.direct = True
        bench.restore(target)


def test_a_fault_that_is_let_through_counts_as_an_escape(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    from spi_orchestration.assets import delivery
    from spi_orchestration.checks import change

    target = bench.target("scc_absence")
    monkeypatch.setattr(change, "surprises", lambda *_: [])
    monkeypatch.setattr("spi_orchestration.checks.contract.surprises", lambda *_: [])
    monkeypatch.setattr(delivery, "kept", lambda *_: None)
    try:
        result = bench.try_fault(target, "all_more")
    finally:
        bench.restore(target)
    assert result is not None
    assert result.outcome == "escaped"


def test_no_good_delivery_of_five_editions_is_stopped(sample_run: Ended) -> None:
    stopped, editions = [], set()
    for path in sorted((sample_run.data / "checks").glob("*/sample-20??.json")):
        kept = json.loads(path.read_text(encoding="utf-8"))
        editions.add(kept["edition"])
        # Where a set serves on, or no election was held, nothing came.
        checks = {one["check"] for one in kept["findings"] if one["grade"] == "stop"} - {"delivered"}
        stopped += [(kept["dataset"], kept["edition"], sorted(checks))] if checks else []
    assert stopped == []
    assert len(editions) == 5
