"""One run a build: the lock goes with its process, however that ends, and so does what it left half done."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from spi_orchestration import locks
from spi_orchestration.assets.builds import build_of
from spi_orchestration.assets.project import Project
from tests.helpers.project import ROOT
from tests.helpers.small import Small

_HOLD = """
import sys, time
from pathlib import Path
from spi_orchestration import locks
locks.take(Path(sys.argv[1]), "a build")
print("held", flush=True)
time.sleep(60)
"""


def holder(path: Path) -> subprocess.Popen[str]:
    process = subprocess.Popen(
        [sys.executable, "-c", _HOLD, str(path)],
        cwd=ROOT,
        env=os.environ | {"PYTHONPATH": str(ROOT)},
        stdout=subprocess.PIPE,
        text=True,
        encoding="utf-8",
    )
    assert process.stdout is not None
    assert process.stdout.readline() == "held\n"
    process.stdout.close()
    return process


def test_a_second_process_is_refused_and_told_who_holds_the_lock(tmp_path: Path) -> None:
    path = tmp_path / "deep" / "2026.lock"
    process = holder(path)
    try:
        assert locks.is_held(path)
        assert not locks.is_mine(path)
        with (
            pytest.raises(locks.Busy, match=f"process {process.pid} since 20"),
            locks.hold(path, "the build"),
        ):
            pass
    finally:
        process.kill()
        process.wait()


def test_a_killed_process_releases_its_lock(tmp_path: Path) -> None:
    path = tmp_path / "2026.lock"
    process = holder(path)
    if os.name == "nt":
        process.kill()
    else:
        process.send_signal(signal.SIGKILL)
    process.wait()
    assert not locks.is_held(path)
    with locks.hold(path, "the build"):
        assert locks.is_mine(path)
        assert locks.is_held(path)
    assert not locks.is_held(path)


def test_one_process_may_take_its_own_lock_again(tmp_path: Path) -> None:
    path = tmp_path / "2026.lock"
    with locks.hold(path, "outer"):
        with locks.hold(path, "inner"):
            assert locks.is_mine(path)
        assert locks.is_mine(path)
    assert not locks.is_mine(path)


def test_builds_are_locked_one_by_one(small: Small) -> None:
    project = Project.load(small.settings)
    paths = {build_of(project, profile, e).lock for profile in ("full", "open") for e in (2025, 2026)}
    assert len(paths) == 4


def test_a_build_takes_its_place_whole(small: Small) -> None:
    build = build_of(Project.load(small.settings), "full", 2026)
    (build.begin() / "warehouse.duckdb").write_text("one", encoding="utf-8")
    assert not build.final.exists()
    build.finish()
    assert build.warehouse.read_text(encoding="utf-8") == "one"
    (build.begin() / "warehouse.duckdb").write_text("two", encoding="utf-8")
    assert build.warehouse.read_text(encoding="utf-8") == "one"
    build.finish()
    assert build.warehouse.read_text(encoding="utf-8") == "two"
    assert sorted(path.name for path in build.home.iterdir()) == ["2026"]


def test_a_run_killed_between_the_two_moves_is_put_right(small: Small) -> None:
    build = build_of(Project.load(small.settings), "full", 2026)
    (build.begin() / "warehouse.duckdb").write_text("one", encoding="utf-8")
    build.finish()
    (build.begin() / "warehouse.duckdb").write_text("half", encoding="utf-8")
    # What stands on disk after the old build was moved away and before the new one came.
    build.final.rename(build.home / ".old-2026")
    build.begin()
    assert build.warehouse.read_text(encoding="utf-8") == "one"
    assert list(build.work.iterdir()) == []
