"""`spi baseline lock` and `check`, as a person calls them on the sample's own release."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest
import yaml

from tests.helpers.annual import Ended, spi
from tests.helpers.project import ROOT, project_files


@pytest.fixture(scope="module")
def home(sample_run: Ended, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of the project with the sample's releases."""
    root = tmp_path_factory.mktemp("home")
    for name in project_files():
        if name == "sources.yml" or name.startswith(("config/", "dbt_project/seeds/")):
            (root / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(ROOT / name, root / name)
    shutil.copytree(sample_run.data / "releases", root / "data" / "releases")
    return root


def call(home: Path, *words: str) -> Ended:
    return spi(home / "data", "baseline", *words, SPI_HOME=str(home))


def test_a_locked_release_is_adopted_and_a_changed_score_is_noticed(home: Path):
    made = call(home, "lock", "2026.1", "--id", "plan", "--name", "Plan of 2026")
    assert made.code == 0, made.said
    path = home / "config" / "baselines" / "plan.json"
    locked = json.loads(path.read_text(encoding="utf-8"))
    # What it prints to be entered is entered, with the three facts that only people know.
    said = made.out[made.out.index("  - id: plan") :].replace("the role that adopted it", "Cabinet")
    said = said.replace("the day, such as ", "").replace("where that is written", "Minutes")
    (home / "config" / "baselines.yml").write_text(
        yaml.safe_dump({"baselines": yaml.safe_load(said)}), encoding="utf-8"
    )
    checked = call(home, "check")
    assert checked.code == 0, checked.said
    assert f"plan (example for the sample): {len(locked['rows'])} scores of release 2026.1" in checked.out
    locked["rows"][0][2] = 1.5
    path.write_text(json.dumps(locked), encoding="utf-8")
    noticed = call(home, "check")
    assert noticed.code != 0
    assert "changed after it was locked" in noticed.said
    assert "Traceback" not in noticed.said


def test_real_scores_under_unsigned_bounds_are_no_baseline(home: Path, tmp_path: Path):
    data = tmp_path / "data"
    shutil.copytree(home / "data" / "releases", data / "releases")
    record = data / "releases" / "2026.1" / "release.json"
    record.chmod(0o644)
    told = json.loads(record.read_text(encoding="utf-8")) | {"synthetic": False}
    record.write_text(json.dumps(told), encoding="utf-8")
    refused = spi(data, "baseline", "lock", "2026.1", "--id", "real", "--name", "Real", SPI_HOME=str(home))
    assert refused.code != 0
    assert "await a signature" in refused.said
    assert not (home / "config" / "baselines" / "real.json").exists()
