"""The command line: light to start, plain in its errors, true to what it calls."""

from __future__ import annotations

import datetime as dt
import re
import shutil
import socket
import subprocess
import sys
import time
from pathlib import Path

import pytest
import yaml

from spi_orchestration import cli
from spi_orchestration.settings import Settings
from tests.cli.conftest import spi_process
from tests.helpers.project import ROOT
from tests.release.conftest import make_draft

HEAVY = (
    "pandas",
    "numpy",
    "dagster",
    "dbt",
    "duckdb",
    "pydantic",
    "great_expectations",
    "rich",
    "yaml",
    "jinja2",
)


# --- starting -------------------------------------------------------------------------------------


def test_help_loads_nothing_heavy():
    command = [sys.executable, "-X", "importtime", "-m", "spi_orchestration.cli", "--help"]
    done = subprocess.run(command, capture_output=True, text=True, encoding="utf-8", cwd=ROOT, check=True)
    loaded = {
        line.rsplit("|", 1)[-1].strip().split(".")[0] for line in done.stderr.splitlines() if "|" in line
    }
    assert {"typer", "spi_orchestration"} <= loaded
    assert loaded & set(HEAVY) == set()
    for verb in cli.VERBS:
        assert re.search(rf"^ +{verb} ", done.stdout, re.M), verb


def test_version(spi):
    assert re.fullmatch(r"spi (\d+\.\d+\.\d+|\(not installed.*\))\n", spi("version").out)


# --- errors ---------------------------------------------------------------------------------------


def test_outside_a_project(spi, tmp_path, monkeypatch):
    import os

    del os.environ["SPI_HOME"]
    monkeypatch.chdir(tmp_path)
    said = spi("doctor")
    assert said.code == 2
    assert "Change to the project folder, or set SPI_HOME" in said.err


def test_usage_errors_name_the_option(spi):
    assert spi("run", "--editon", "2026").code == 2
    assert "--profile" in spi("status", "--profile", "half").err
    assert spi("run", "--draft", "--publish").code == 2
    assert "series of profile full begins with edition 2022" in spi("run", "--edition", "2019").err
    said = spi("sample", "--editions", "soon")
    assert (said.code, "2022-2026" in said.err) == (2, True)


def test_a_broken_catalogue_is_named_and_no_stack_trace_shown(spi, tmp_path):
    import os

    home = copy_of_project(tmp_path / "project")
    text = (home / "sources.yml").read_text(encoding="utf-8")
    (home / "sources.yml").write_text(text.replace("owner_role:", "owner_rolle:", 1), encoding="utf-8")
    os.environ["SPI_HOME"] = str(home)
    for verb in (["status"], ["datasets"], ["run"]):
        said = spi(*verb)
        assert said.code == 2
        assert "owner_rolle: unknown key" in said.err


def test_an_unknown_dataset_gets_a_suggestion(spi):
    said = spi("datasets", "show", "scc_eyfs")
    assert said.code == 2
    assert "Did you mean scc_eyfsp" in said.err


def test_the_unforeseen_is_one_line_without_what_it_quotes(spi, monkeypatch):
    """A library's message may hold a cell of a delivery."""

    def fail(*arguments, **keywords):
        raise ValueError("could not convert 'WS13 6YU, Jane Doe' to a number")

    monkeypatch.setattr(Settings, "load", fail)
    said = spi("doctor")
    assert said.code == 70
    assert "ValueError at test_cli.py:" in said.err
    assert "Jane" not in said.err


def test_debug_shows_where_an_error_came_from():
    said = spi_process("--debug", "datasets", "show", "nothing", home=ROOT)
    assert said.code == 1
    assert "Traceback" in said.err and "CatalogueError" in said.err


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (OSError(28, "No space left on device", "data/x"), 2),
        (PermissionError(13, "Permission denied", "data/x"), 2),
    ],
)
def test_errors_of_the_disk_name_the_file(error, code):
    found, text = cli._explain(error)
    assert found == code
    assert error.strerror in text and "data/x" in text


def test_known_errors_by_name_are_the_ones_there_are():
    """Errors are told by the name of their class, so that nothing is loaded; the names must exist."""
    from spi_orchestration import catalogue, findings, locks, secret, settings
    from spi_orchestration.assets import dbt
    from spi_orchestration.checks import judge
    from spi_orchestration.release import files
    from spi_orchestration.retention import aggregate

    there = {
        catalogue.CatalogueError,
        findings.DeliveryError,
        settings.ProjectNotFoundError,
        files.ReleaseError,
        locks.Busy,
        dbt.DbtError,
        judge.JudgeError,
        secret.SecretError,
        aggregate.RetentionError,
    }
    assert {kind.__name__ for kind in there} == set(cli._EXPLAINED)


# --- datasets and status --------------------------------------------------------------------------


def test_datasets_lists_the_catalogue_of_the_profile(spi):
    listed = yaml.safe_load((ROOT / "sources.yml").read_text(encoding="utf-8"))["sources"][0]["tables"]
    by_profile = {
        profile: sorted(t["name"] for t in listed if profile in t["config"]["meta"]["contract"]["profiles"])
        for profile in ("full", "open")
    }
    for profile, names in by_profile.items():
        said = spi("datasets", "--profile", profile, "--edition", "2026")
        shown = [line.split()[0] for line in said.out.splitlines()[1:] if line][:-1]
        assert shown == names


def test_datasets_show_tells_the_contract(spi):
    said = spi("datasets", "show", "scc_eyfsp", "--edition", "2026")
    assert said.code == 0
    for words in ("Education Data Manager", "2026-11-15", "education/SCC_EYFSP_202526.csv", "gld"):
        assert words in said.out


def test_status_before_anything(spi, tmp_path):
    said = spi("status", "--html")
    assert said.code == 0
    assert "Current release    none" in said.out
    assert "\nNext:  spi run\n" in said.out
    page = (tmp_path / "data" / "status.html").read_text(encoding="utf-8")
    assert "<code>spi run</code>" in page


def test_options_stay_in_the_next_command(spi, tmp_path):
    shares = tmp_path / "other.yml"
    shares.write_text(
        f"id: other\ntitle: Other\nsynthetic: false\nroot: {tmp_path.as_posix()}\n", encoding="utf-8"
    )
    said = spi("status", "--profile", "open", "--edition", "2025", "--shares", str(shares))
    assert f"Next:  spi run --edition 2025 --profile open --shares {shares.as_posix()}\n" in said.out


# --- publishing -----------------------------------------------------------------------------------


@pytest.fixture
def data(tmp_path) -> Settings:
    """Settings of the data folder that the fixture `spi` uses."""
    return Settings(root=ROOT, data=tmp_path / "data", shares_file=ROOT / "config" / "shares" / "sample.yml")


def test_publish_without_a_draft(spi):
    said = spi("publish")
    assert said.code == 3
    assert "there is no draft" in said.err


def test_publish_a_synthetic_draft_twice(spi, data):
    make_draft(data)
    first = spi("publish")
    assert first.code == 0
    assert "Release 2026.1 is published, SYNTHETIC" in first.out
    again = spi("publish")
    assert again.code == 0
    assert "nothing was published again" in again.out
    assert sorted(path.name for path in data.releases.iterdir() if path.is_dir()) == ["2026.1"]


def test_publish_real_input_asks_for_the_sign_off_and_takes_the_form(spi, data):
    make_draft(data, synthetic=False)
    said = spi("publish")
    assert said.code == 3
    (form,) = data.drafts.glob("signoff-*.yml")
    assert re.search(rf"spi publish \S+full-2026 --signoff \S*{form.name}\n", said.err)
    # The form as it was written is not a sign-off.
    assert spi("publish", "--signoff", str(form)).code == 3
    filled = yaml.safe_load(form.read_text(encoding="utf-8"))
    for signature, who in zip(filled["signatures"], ("A.B.", "C.D.", "Head of Policy"), strict=True):
        signature.update(given_by=who, date=dt.date.today(), note="Read the report.")
    form.write_text(yaml.safe_dump(filled), encoding="utf-8")
    done = spi("publish", "--signoff", str(form))
    assert done.code == 0
    assert "Release 2026.1 is published:" in done.out and "SYNTHETIC" not in done.out
    # Published again: no sign-off is asked for what is there.
    assert "nothing was published again" in spi("publish").out


def test_publish_refusals_have_their_exit_code(spi, data):
    draft = make_draft(data)
    (draft / "csv" / "dim_area.csv").write_text("edited\n", encoding="utf-8")
    said = spi("publish", str(draft))
    assert (said.code, "was changed after the manifest was written" in said.err) == (3, True)
    assert spi("publish", str(draft.with_name("nowhere"))).code == 3
    assert spi("publish", "--signoff", "absent.yml").code == 3
    assert not (data.releases / "current.json").exists()


def test_the_latest_draft_is_the_one_published(spi, data):
    make_draft(data, name="open-2025", profile="open", edition=2025)
    time.sleep(0.02)
    make_draft(data)
    assert "Release 2026.1 is published" in spi("publish").out
    time.sleep(0.02)
    make_draft(data, name="open-2025", profile="open", edition=2025)
    assert "Release open-2025.1 is published" in spi("publish").out


def test_the_data_option_goes_before_the_setting(spi, data, tmp_path):
    make_draft(data)
    said = spi("--data", str(tmp_path / "elsewhere"), "publish")
    assert (said.code, "there is no draft" in said.err) == (3, True)


# --- passing on -----------------------------------------------------------------------------------


def test_the_verb_test_passes_arguments_and_exit_code_on(tmp_path):
    home = copy_of_project(tmp_path / "project")
    (home / "test_small.py").write_text("def test_a(): pass\ndef test_b(): assert False\n", encoding="utf-8")
    assert spi_process("test", "test_small.py::test_a", home=home).code == 0
    said = spi_process("test", "test_small.py", "-k", "test_b", "--co", home=home)
    assert (said.code, "test_small.py::test_b" in said.out) == (0, True)
    assert spi_process("test", "test_small.py", home=home).code == 1


def test_dbt_needs_a_build(spi):
    said = spi("dbt", "show")
    assert said.code == 2
    assert "the full build of edition 2026 is not there yet" in said.err


def test_the_ui_says_when_its_port_is_taken(spi):
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        said = spi("ui", "--port", str(port))
    assert said.code == 2
    assert f"port {port} is in use" in said.err


# --- the run --------------------------------------------------------------------------------------


def copy_of_project(target: Path) -> Path:
    """Catalogue, configuration and dbt project without models: enough for all but a run."""
    target.mkdir(parents=True)
    for name in ("sources.yml", "pyproject.toml", "constraints.txt"):
        shutil.copy(ROOT / name, target / name)
    shutil.copytree(ROOT / "config", target / "config")
    (target / "dbt_project").mkdir()
    shutil.copy(ROOT / "dbt_project" / "dbt_project.yml", target / "dbt_project" / "dbt_project.yml")
    shutil.copytree(ROOT / "dbt_project" / "seeds", target / "dbt_project" / "seeds")
    return target


def ranking(text: str) -> list[tuple[str, str, str]]:
    return re.findall(r"^ +(\d+)  (\S.*?) {2,}(\d+\.\d)  (?:\d+ to \d+|not estimated) +10 of 12$", text, re.M)


@pytest.mark.slow
def test_a_run_publishes_and_a_stopped_one_leaves_the_release(small):
    """One installation: a run, published; a bad delivery, stopped; the corrected file, looked at beforehand."""
    home = small.settings.root
    first = spi_process("run", home=home)
    assert first.code == 0, first.err
    assert "Release 2026.1 is published, SYNTHETIC: data/releases/2026.1" in first.out
    assert "Index score of the wards, edition 2026, highest first" in first.out
    # By hand: pupils with a good result are 30 + n of 50 + n, for the n-th ward by code.
    shown = ranking(first.out)
    assert len(shown) == 22
    assert shown[0] == ("1", "Whittington & Streethay", "71.8")  # 51 / 71
    assert shown[-1] == ("22", "Alrewas & Fradley", "60.0")  # 30 / 50
    assert "Next:  spi status" in first.out

    good = small.pupils().read_bytes()
    small.pupils().write_bytes(good.replace(b"Ward Code", b"Ward Kode"))
    before = {p: p.read_bytes() for p in small.settings.releases.rglob("*") if p.is_file()}
    status = spi_process("status", home=home)
    assert "Files have arrived that no run has seen: county_pupils" in status.out
    second = spi_process("run", home=home)
    assert second.code == 1
    assert "Edition 2026 is stopped by 1 dataset." in second.out
    for words in (
        "county_pupils: stopped, due 2026-11-15. Owner: Education Data Manager; sent by Staffordshire County Council.",
        "expected: 'Ward Code'",
        "carry forward",
        "waive",
        "decisions/2026.yml",
        "report.html",
    ):
        assert words in second.out
    assert {p: p.read_bytes() for p in small.settings.releases.rglob("*") if p.is_file()} == before
    status = spi_process("status", "--html", home=home)
    assert "Decisions awaited  1" in status.out
    assert "\nNext:  spi datasets show county_pupils\n" in status.out
    page = (small.settings.data / "status.html").read_text(encoding="utf-8")
    assert "<code>spi datasets show county_pupils</code>" in page
    shown_dataset = spi_process("datasets", "show", "county_pupils", home=home)
    assert "Three ways on" in shown_dataset.out

    # A trial of the corrected file, before it is delivered.
    fixed = small.settings.root / small.pupils().name
    fixed.write_bytes(good)
    trial = spi_process("datasets", "check", "county_pupils", str(fixed), home=home)
    assert (trial.code, "would be accepted" in trial.out) == (0, True), trial
    assert "Compared with edition 2025, as accepted here." in trial.out
    assert {p: p.read_bytes() for p in small.settings.releases.rglob("*") if p.is_file()} == before
