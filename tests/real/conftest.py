"""Fixtures of the tests that read the real open files.

Belongs here: finding the files, the independent reading (made once), and the open release made by the
pipeline. Does not belong here: any expected value.
"""

from __future__ import annotations

import importlib.util
import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.real.comparison import Independent, Release
from tests.real.independent import EDITION, Geography, Inputs, compute, read_geography, read_inputs
from tests.real.independent_scores import Framework, Scores, read_framework, read_table

ROOT = Path(__file__).resolve().parents[2]
SEEDS = ROOT / "dbt_project" / "seeds"
SHARES = "config/shares/open-2025.yml"


@pytest.fixture(scope="session")
def real(shared_data: Path) -> Path:
    """The folder of real open files; skips without it."""
    return shared_data / "real"


@pytest.fixture(scope="session")
def geography(real: Path) -> Geography:
    return read_geography(real)


@pytest.fixture(scope="session")
def inputs(real: Path, geography: Geography) -> Inputs:
    return read_inputs(real, geography)


@pytest.fixture(scope="session")
def framework() -> Framework:
    return read_framework(SEEDS / "framework")


@pytest.fixture(scope="session")
def independent(inputs: Inputs, geography: Geography, framework: Framework) -> Independent:
    groups: dict[str, list[str]] = {}
    for row in read_table(SEEDS / "geography" / "area_groups.csv"):
        groups.setdefault(row["group_code"], []).append(row["ward_code"])
    reading = compute(inputs, geography, groups)
    return Independent(reading, Scores.of(reading, framework))


@pytest.fixture(scope="session")
def open_release(real: Path, tmp_path_factory: pytest.TempPathFactory) -> Release:
    """A release of the open profile, made by the pipeline from the real files, in an empty data folder."""
    if importlib.util.find_spec("spi_orchestration.cli") is None:
        pytest.skip("spi_orchestration.cli is not installed here, so nothing can make a release")
    data = tmp_path_factory.mktemp("open")
    command = [sys.executable, "-m", "spi_orchestration.cli", "run"]
    command += ["--profile", "open", "--edition", str(EDITION), "--shares", SHARES]
    environment = {
        **os.environ,
        "SPI_DATA": str(data),
        "SPI_HOME": str(ROOT),
        "SPI_SHARED_DATA": str(real.parent),
        "PYTHONPATH": os.pathsep.join(filter(None, [str(ROOT), os.environ.get("PYTHONPATH")])),
        "PYTHONUTF8": "1",
    }
    run = subprocess.run(
        command, cwd=ROOT, env=environment, capture_output=True, encoding="utf-8", errors="replace"
    )
    if run.returncode != 0:
        pytest.fail(f"`spi run` ended with {run.returncode}:\n{run.stdout[-4000:]}\n{run.stderr[-4000:]}")
    return Release(data)
