"""The launcher proven by real installs: fresh, again, without a network, after being killed.

Belongs here: what takes minutes and a package index. It runs when asked for by SPI_TEST_SETUP=1, as CI
does. Does not belong here: what can be told without installing (`test_launcher.py`, `test_network.py`).
"""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from tests.helpers.project import ROOT, project_files
from tests.setup.test_lock import locked

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(os.environ.get("SPI_TEST_SETUP") != "1", reason="asked for by SPI_TEST_SETUP=1"),
]


def copy_of_the_project(folder: Path) -> Path:
    """Copy the project's files, as a fresh clone would lay them, into a path with a space and an accent."""
    target = folder / "Ward index é"
    for name in project_files():
        (target / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(ROOT / name, target / name)
    return target


def launch(
    project: Path, *words: str, before: tuple[str, ...] = (), **settings: str
) -> tuple[int, str, float]:
    """Call the launcher; return exit code, what it said, and seconds."""
    started = time.monotonic()
    done = subprocess.run(
        [*before, sys.executable, str(project / "spi.py"), *words],
        cwd=project,
        env={**os.environ, **settings},
        capture_output=True,
        encoding="utf-8",
        check=False,
    )
    return done.returncode, done.stdout + done.stderr, time.monotonic() - started


def environment_of(project: Path) -> dict[str, str]:
    """Versions of the packages in a project's environment, the project itself left out."""
    python = project / ".venv" / ("Scripts/python.exe" if os.name == "nt" else "bin/python")
    code = (
        "import importlib.metadata as m, json, re; "
        "print(json.dumps({re.sub('[-_.]+', '-', d.metadata['Name']).lower(): d.version for d in m.distributions()}))"
    )
    done = subprocess.run([str(python), "-I", "-c", code], capture_output=True, encoding="utf-8", check=True)
    versions: dict[str, str] = json.loads(done.stdout)
    assert versions.pop("spi-orchestration")
    versions.pop("pip", None)
    return versions


def cut() -> tuple[tuple[str, ...], dict[str, str]]:
    """How to call with the network cut: in a network namespace of its own, else behind a dead proxy."""
    for words in (("unshare", "-n"), ("unshare", "-r", "-n")):
        if (
            shutil.which(words[0])
            and subprocess.run([*words, "true"], capture_output=True, check=False).returncode == 0
        ):
            return words, {}
    dead = "http://127.0.0.1:9"
    return (), {"HTTP_PROXY": dead, "HTTPS_PROXY": dead, "PIP_CONFIG_FILE": os.devnull}


def kill_while_installing(project: Path, wheels: Path) -> None:
    """Start a set-up and kill it, with all its children, in the midst of copying packages."""
    log = project / ".venv" / "spi-setup.log"
    words = [sys.executable, str(project / "spi.py"), "--wheels", str(wheels), "setup", "--dev"]
    process = subprocess.Popen(words, cwd=project, stderr=subprocess.DEVNULL, start_new_session=True)
    deadline = time.monotonic() + 120
    # The second list of packages is the project's; the first is the build backend.
    while not log.is_file() or log.read_text(encoding="utf-8").count("Installing collected packages") < 2:
        assert process.poll() is None and time.monotonic() < deadline, "the set-up ended before it was killed"
        time.sleep(0.05)
    time.sleep(1)
    if os.name == "nt":
        subprocess.run(["taskkill", "/F", "/T", "/PID", str(process.pid)], capture_output=True, check=True)
    else:
        os.killpg(process.pid, signal.SIGKILL)
    process.wait()


def packages_left(project: Path) -> int:
    """How many packages a killed set-up left, whole or half."""
    return len(list((project / ".venv").glob("*/**/site-packages/*.dist-info")))


def test_set_up(tmp_path: Path) -> None:
    timings = {}
    project = copy_of_the_project(tmp_path / "fresh")
    code, said, timings["fresh"] = launch(project, "setup")
    assert code == 0, said
    assert "Setting up" in said and "http" not in said
    base, lock = environment_of(project), locked()
    assert {name: version for name, version in base.items() if lock.get(name) != version} == {}
    assert not {"pytest", "ruff", "mypy", "hypothesis"} & set(base)

    code, said, timings["again"] = launch(project, "setup")
    assert (code, said) == (0, "") and timings["again"] < 3

    if (project / "spi_orchestration" / "cli.py").is_file():
        code, said, _ = launch(project, "--help")
        assert code == 0 and "publish" in said

    wheels = tmp_path / "wheels é"
    code, said, timings["wheels"] = launch(project, "wheels", str(wheels))
    assert code == 0, said
    built = {path.name.split("-")[0].lower().replace("_", "-") for path in wheels.iterdir()}
    assert {"setuptools", "dagster", "pytest"} <= built
    assert all(path.suffix == ".whl" for path in wheels.iterdir())

    before, settings = cut()
    other = copy_of_the_project(tmp_path / "offline")
    code, said, timings["refused"] = launch(other, "setup", before=before, PIP_RETRIES="1", **settings)
    assert code == 2 and "HTTPS_PROXY" in said and "--wheels" in said

    kill_while_installing(other, wheels)
    broken = packages_left(other)
    assert not (other / ".venv" / "spi-setup.json").exists()
    code, said, timings["offline, after a kill"] = launch(
        other, "setup", "--dev", before=before, SPI_WHEELS=str(wheels), **settings
    )
    assert code == 0, said
    whole = environment_of(other)
    assert (
        broken < len(whole)
        and {name: version for name, version in whole.items() if lock.get(name) != version} == {}
    )
    assert set(base) < set(whole) and "pytest" in whole

    stamp = json.loads((other / ".venv" / "spi-setup.json").read_text(encoding="utf-8"))
    assert stamp["extras"] == ["dev"]
    for part, seconds in timings.items():
        print(f"set-up, {part}: {seconds:.1f} s")
