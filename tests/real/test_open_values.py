"""Every value and score of the open release against the independent reading of the same files.

Belongs here: the comparison on a release that the pipeline made. Does not belong here: whether the
comparison finds faults (`test_wiring_faults.py`).
"""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.real.comparison import Difference, Independent, Release, compare, compare_scores, direction_faults
from tests.real.independent_scores import read_table

pytestmark = [pytest.mark.real, pytest.mark.slow]


def told(differences: list[Difference]) -> str:
    lines = [str(item) for item in differences[:40]]
    return "\n".join([f"{len(differences)} differences", *lines])


def test_every_indicator_value_of_every_ward_is_that_of_the_independent_reading(
    open_release: Release, independent: Independent
):
    differences = compare(open_release.table("fct_indicator_value"), independent)
    assert not differences, told(differences)


def test_every_score_runs_the_way_the_hand_written_table_says(open_release: Release):
    expected = read_table(Path(__file__).resolve().parent / "expected_sign.csv")
    assert direction_faults(open_release.table("fct_indicator_value"), expected) == []


@pytest.mark.parametrize("item", ["component", "dimension", ""])
def test_every_score_is_that_of_the_independent_reading(
    item: str, open_release: Release, independent: Independent
):
    scores = independent.scores
    expected = {
        "component": scores.components,
        "dimension": scores.dimensions,
        "": {("index", area): found for area, found in scores.index.items()},
    }[item]
    differences = compare_scores(open_release.table(f"fct_{item or 'index'}_score"), item, expected)
    assert not differences, told(differences)
