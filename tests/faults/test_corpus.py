"""The corpus itself: enough kinds of fault, and what is unknowable stated with a reason.

Belongs here: what holds of the lists. Does not belong here: trying the faults (`python -m tests.faults`).
"""

from __future__ import annotations

import csv

from tests.faults.corpus import HERE
from tests.faults.kinds import KINDS


def test_there_are_forty_kinds_and_more() -> None:
    assert len(KINDS) >= 40
    assert len({kind.title for kind in KINDS.values()}) == len(KINDS)


def test_what_is_unknowable_is_named_once_and_with_a_reason() -> None:
    with (HERE / "unknowable.csv").open(encoding="utf-8", newline="") as stream:
        rows = list(csv.DictReader(stream))
    assert len({(row["kind"], row["dataset"]) for row in rows}) == len(rows)
    assert all(row["kind"] in KINDS and len(row["reason"]) > 40 for row in rows)
