"""What all tests share.

Belongs here: the real open files, what counts as missing in CI, and shutting out the settings of the
person who runs the tests. Does not belong here: fixtures of one room.
"""

from __future__ import annotations

import json
import os
from collections.abc import Generator, Iterator
from pathlib import Path
from typing import Any

import hypothesis
import pytest

#: In CI a skipped test means a real part is missing, so it fails, unless its reason begins like this.
MAY_SKIP = ("on Windows only", "on macOS only", "on Linux only")
CHROMIUM = "/usr/bin/chromium"
FLAGS = "--no-sandbox --disable-gpu --disable-quic --no-first-run --disable-background-networking --disable-component-update --disable-sync"
OF_THE_USER = ("SPI_HOME", "SPI_DATA", "SPI_SHARES", "SPI_WHEELS", "DAGSTER_HOME")

IN_CI = os.environ.get("SPI_CI") == "1" or os.environ.get("CI", "").lower() in ("1", "true")

for name in OF_THE_USER:
    os.environ.pop(name, None)
os.environ.update(
    DO_NOT_TRACK="1",
    DAGSTER_DISABLE_TELEMETRY="1",
    DBT_SEND_ANONYMOUS_USAGE_STATS="false",
    GX_ANALYTICS_ENABLED="false",
)
# No deadline: a shared machine is slow at times. In CI the same examples every time.
hypothesis.settings.register_profile("spi", deadline=None, derandomize=IN_CI)
hypothesis.settings.load_profile("spi")


def real_files() -> Path:
    """Where the real open files are, or would be: `SPI_SHARED_DATA`, else `../shared/data`."""
    root = Path(__file__).resolve().parents[1]
    return Path(os.environ.get("SPI_SHARED_DATA") or root.parent / "shared" / "data").resolve()


def need_real_files() -> Path:
    """Return the folder of real open files; skip without it."""
    folder = real_files()
    if not (folder / "real").is_dir():
        pytest.skip(f"SPI_SHARED_DATA: no real open files in {folder}")
    return folder


@pytest.fixture(scope="session")
def shared_data() -> Path:
    """The folder of real open files (its `real/` and `conformance/`); skips without it, fails in CI."""
    return need_real_files()


@pytest.fixture(scope="session")
def sample_run(tmp_path_factory: pytest.TempPathFactory) -> Any:
    """`spi run` in an empty folder, made once for all tests: sample, run, draft, sample signatures, release.

    Nobody changes it: a test that does copies it first. Where folders of tests run side by side they share it.
    """
    import filelock

    from tests.helpers.annual import Ended, spi

    shared = os.environ.get("SPI_TEST_SHARED")
    folder = Path(shared) / "sample" if shared else tmp_path_factory.mktemp("sample")
    said = folder.with_name("sample-run.json")
    with filelock.FileLock(folder.with_name("sample-run.lock")):
        if not said.is_file():
            ended = spi(folder, "run", TZ="UTC", PYTHONHASHSEED="1")
            said.write_text(json.dumps([ended.code, ended.out, ended.err]), encoding="utf-8")
    code, out, err = json.loads(said.read_text(encoding="utf-8"))
    ended = Ended(code, out, err, folder)
    if ended.code != 0:
        pytest.fail(f"`spi run` ended with {ended.code}:\n{ended.said[-6000:]}")
    return ended


@pytest.fixture(scope="session")
def browser() -> Iterator[Any]:
    """Debian's Chromium; skips without it. Nothing leaves this machine. One for all tests of a process."""
    sync = pytest.importorskip("playwright.sync_api", reason="the extra ui-test is not installed")
    if not Path(CHROMIUM).is_file():
        pytest.skip("Chromium is not installed")
    with sync.sync_playwright() as driver:
        started = driver.chromium.launch(executable_path=CHROMIUM, args=FLAGS.split())
        yield started
        started.close()


def pytest_runtest_setup(item: pytest.Item) -> None:
    """Ask for the real files before a test that is marked `real`."""
    if item.get_closest_marker("real"):
        need_real_files()


def _skip_fails(report: Any) -> Any:
    """Turn a skip into a failure in CI: nothing may pass there by not having run."""
    if IN_CI and report.skipped and not hasattr(report, "wasxfail"):
        reason = report.longrepr[2] if isinstance(report.longrepr, tuple) else str(report.longrepr)
        reason = reason.removeprefix("Skipped: ")
        if not reason.startswith(MAY_SKIP):
            report.outcome = "failed"
            report.longrepr = f"Skipped, which fails in CI: {reason}"
    return report


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport() -> Generator[None, Any, Any]:
    """Look at each test's report."""
    return _skip_fails((yield))


@pytest.hookimpl(wrapper=True)
def pytest_make_collect_report() -> Generator[None, Any, Any]:
    """Look at each file's report: a whole file can skip itself."""
    return _skip_fails((yield))
