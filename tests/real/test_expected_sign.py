"""The directions of the framework against a table written by hand from the meaning of each indicator.

Belongs here: the framework's seeds. Does not belong here: the directions of a release
(`test_open_values.py`).
"""

from __future__ import annotations

from pathlib import Path

from tests.real.comparison import sign_faults
from tests.real.independent import INDICATORS
from tests.real.independent_scores import read_table

HERE = Path(__file__).resolve().parent
SEEDS = HERE.parents[1] / "dbt_project" / "seeds" / "framework"


def test_directions_of_the_framework_are_those_of_the_hand_written_table():
    expected = read_table(HERE / "expected_sign.csv")
    assert {row["better_when"] for row in expected} == {"higher", "lower"}
    assert all(row["why"] for row in expected)
    faults = sign_faults(
        read_table(SEEDS / "open_indicator.csv"), read_table(SEEDS / "open_bounds.csv"), expected
    )
    assert faults == []


def test_the_hand_written_table_and_the_independent_reading_know_the_same_indicators():
    assert {row["indicator"] for row in read_table(HERE / "expected_sign.csv")} == set(INDICATORS)
