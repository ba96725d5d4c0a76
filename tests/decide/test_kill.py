"""Killed anywhere: the next run finishes the job, and the public release was whole all along."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from tests.kill import CHIEF, moments, try_moments


@pytest.mark.skipif(os.name == "nt", reason="on Linux only: a process is killed by signal")
def test_five_seeded_moments_leave_the_release_whole_and_the_same_bytes(tmp_path: Path) -> None:
    trials = try_moments(5, 2026, tmp_path)
    assert [(trial.moment, trial.broken, trial.differing) for trial in trials if not trial.good] == []
    # dbt, draft and publication were under way when the run was killed.
    assert {"dbt", "draft"} <= {trial.moment.stage for trial in trials if trial.killed}
    assert {trial.moment.stage for trial in trials} == set(CHIEF)
    assert sum(trial.looks for trial in trials) > 50


def test_the_same_seed_gives_the_same_moments() -> None:
    lengths = {"raw": 3.0, "dbt": 6.0, "draft": 1.0, "copy": 0.01, "pointer": 0.01}
    assert moments(50, 7, lengths) == moments(50, 7, lengths)
    assert {moment.stage for moment in moments(50, 7, lengths)} == set(lengths)
