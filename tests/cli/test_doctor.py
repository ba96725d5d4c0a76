"""The doctor finds what is missing, names the remedy, and mends nothing."""

from __future__ import annotations

import os
import subprocess
import sys
from dataclasses import replace

import pytest

from spi_orchestration.doctor import WINDOWS_PATH, WRITTEN_PATH, Check, examine, render
from spi_orchestration.settings import Settings, quiet_environment
from tests.cli.test_cli import copy_of_project
from tests.helpers.project import ROOT
from tests.release.conftest import make_draft


@pytest.fixture
def project(tmp_path, environment) -> Settings:
    quiet_environment()
    root = copy_of_project(tmp_path / "p")
    return Settings(root=root, data=root / "data", shares_file=root / "config" / "shares" / "sample.yml")


def found(settings: Settings) -> dict[str, Check]:
    return {check.name: check for check in examine(settings)}


def test_nothing_is_missing_on_a_machine_that_runs_these_tests(project):
    checks = examine(project)
    assert [check for check in checks if check.state == "missing"] == []
    assert len({check.name for check in checks}) == len(checks) >= 12
    assert render(checks).endswith("Nothing is missing.")
    # Every check that is not ok says what to do.
    assert all(check.remedy for check in checks if check.state != "ok")


def test_the_sample_not_written_yet_is_no_fault(project):
    check = found(project)["Shares (sample.yml)"]
    assert (check.state, "spi run" in check.remedy) == ("note", True)


def test_a_package_that_is_not_installed(project):
    path = project.root / "pyproject.toml"
    text = path.read_text(encoding="utf-8")
    path.write_text(
        text.replace('    "duckdb>=', '    "no-such-package-here>=1",\n    "duckdb>=', 1), encoding="utf-8"
    )
    check = found(project)["Packages"]
    assert check.state == "missing"
    assert "no-such-package-here" in check.found
    assert "spi.py setup" in check.remedy


def test_versions_that_differ_from_the_lock(project):
    path = project.root / "constraints.txt"
    lines = path.read_text(encoding="utf-8").splitlines()
    changed = ["typer==0.0.1" if line.startswith("typer==") else line for line in lines]
    assert changed != lines
    path.write_text("\n".join(changed), encoding="utf-8")
    check = found(project)["Locked versions"]
    assert check.state == "note"
    assert "typer" in check.found and "(locked 0.0.1)" in check.found
    path.unlink()
    assert found(project)["Locked versions"].found == "no constraints.txt"


def test_a_data_folder_that_cannot_be_written(project):
    blocked = project.root / "blocked"
    blocked.write_text("a file where a folder should be", encoding="utf-8")
    check = found(replace(project, data=blocked / "data"))["Data folder"]
    assert check.state == "missing"
    assert "--data" in check.remedy


def test_a_catalogue_that_is_not_valid_and_a_share_that_is_not_there(project):
    shares = project.root / "config" / "shares" / "real.yml"
    shares.write_text("id: real\ntitle: Real\nsynthetic: false\nroot: Z-drive\n", encoding="utf-8")
    check = found(replace(project, shares_file=shares))["Shares (real.yml)"]
    assert (check.state, "Connect the drive" in check.remedy) == ("missing", True)
    (project.root / "Z-drive").mkdir()
    assert found(replace(project, shares_file=shares))["Shares (real.yml)"].state == "ok"
    assert (
        found(replace(project, shares_file=shares.with_name("absent.yml")))["Shares (absent.yml)"].state
        == "missing"
    )
    with project.sources_file.open("a", encoding="utf-8") as stream:
        stream.write("surprise: 1\n")
    assert found(project)["Catalogue"].state == "missing"


@pytest.mark.parametrize(
    ("name", "text", "said"),
    [
        ("2026.yaml", "decisions: []\n", "decisions/2026.yaml: expected a name such as 2026.yml"),
        ("2026.yml", "decisions: [\n", "decisions/2026.yml: line 2: not valid YAML"),
        ("index-2026.yml", "index: 5\n", "decisions/index-2026.yml: expected the key index"),
    ],
)
def test_decisions_that_cannot_be_read_or_are_never_read(project, name, text, said):
    assert found(project)["Decisions"].state == "ok"
    project.decisions.mkdir(exist_ok=True)
    (project.decisions / name).write_text(text, encoding="utf-8")
    check = found(project)["Decisions"]
    assert (check.state, said in check.found) == ("missing", True), check.found


def test_paths_too_long_for_windows(project):
    room = WINDOWS_PATH - WRITTEN_PATH - len(str(project.root)) - 1
    assert found(project)["Path length"].state == "ok"
    deep = project.root / ("d" * (room + 5))
    check = found(replace(project, root=project.root, data=deep / "data"))["Path length"]
    assert check.state == ("missing" if os.name == "nt" else "note")


def test_telemetry_that_was_switched_on(project):
    assert found(project)["Telemetry"].state == "ok"
    os.environ["DAGSTER_DISABLE_TELEMETRY"] = "0"
    assert "DAGSTER_DISABLE_TELEMETRY" in found(project)["Telemetry"].found
    os.environ["DAGSTER_DISABLE_TELEMETRY"] = "1"
    path = project.root / "dbt_project" / "dbt_project.yml"
    text = path.read_text(encoding="utf-8")
    path.write_text(
        text.replace("send_anonymous_usage_stats: false", "send_anonymous_usage_stats: true"),
        encoding="utf-8",
    )
    assert "dbt_project.yml" in found(project)["Telemetry"].found


def test_a_run_under_way_and_one_that_was_killed(project):
    lock = project.warehouse / "E07000194" / "full" / "2026.lock"
    script = (
        "import sys\nfrom pathlib import Path\nfrom spi_orchestration.locks import hold\n"
        "with hold(Path(sys.argv[1]), 'a run'):\n    print('held', flush=True)\n    sys.stdin.read()\n"
    )
    process = subprocess.Popen(
        [sys.executable, "-c", script, str(lock)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        env=os.environ | {"PYTHONPATH": str(ROOT)},
    )
    try:
        assert process.stdout.readline().strip() == b"held"
        check = found(project)["Runs"]
        assert check.state == "note"
        assert f"full 2026: process {process.pid}" in check.found
    finally:
        process.kill()
        process.communicate()
    assert found(project)["Runs"].state == "ok"


def test_a_release_that_was_touched(project):
    from spi_orchestration.release.publish import publish

    release = publish(project, make_draft(project))
    assert found(project)["Releases"].state == "ok"
    path = release.folder / "csv" / "dim_area.csv"
    path.chmod(0o644)
    path.write_bytes(b"")
    check = found(project)["Releases"]
    assert (check.state, "csv/dim_area.csv" in check.found) == ("missing", True)


def test_one_fault_does_not_hide_the_others(project):
    (project.root / "pyproject.toml").write_text("[", encoding="utf-8")
    checks = examine(project)
    broken = [check for check in checks if check.state == "missing"]
    assert [check.name for check in broken] == ["Packages"]
    assert "could not be looked at" in broken[0].found
    assert "Missing: 1" in render(checks)


def test_the_verb_has_an_exit_code(spi, tmp_path):
    assert spi("doctor").code == 0
    os.environ["SPI_HOME"] = str(copy_of_project(tmp_path / "q"))
    (tmp_path / "q" / "sources.yml").write_text("version: 2\nsources: []\nmore: 1\n", encoding="utf-8")
    said = spi("doctor")
    assert said.code == 1
    assert "MISSING  Catalogue" in said.out
