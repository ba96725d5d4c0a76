"""Sites built once for all tests, a browser, and the page that lists duties, tests and results.

Belongs here: fixtures, and writing the checklist. Does not belong here: tests.
"""

from __future__ import annotations

import re
import threading
from collections.abc import Generator, Iterator
from dataclasses import dataclass
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

from spi_orchestration.site.build import build_site
from spi_orchestration.site.checklist import DUTIES, render
from spi_orchestration.site.config import read_config
from spi_orchestration.site.tables import ReleaseTables, read_release
from tests.helpers.project import ROOT
from tests.site.make import make_release, settings_in


@dataclass(frozen=True)
class Site:
    """A built site and the release it shows."""

    root: Path
    tables: ReleaseTables

    @property
    def pages(self) -> Path:
        """Pages of the release."""
        return self.root / "releases" / self.tables.id

    def url(self, path: str) -> str:
        name, _, mark = path.partition("#")
        return (self.pages / name).as_uri() + (f"#{mark}" if mark else "")

    def text(self, path: str) -> str:
        return (self.pages / path).read_text(encoding="utf-8")


def _site(folder: Path, **changes: Any) -> Site:
    release = make_release(settings_in(folder / "project"), **changes)
    build_site([release.folder], folder / "site", read_config(ROOT / "config" / "site.yml"))
    return Site(folder / "site", read_release(release.folder))


@pytest.fixture(scope="session")
def plain(tmp_path_factory: pytest.TempPathFactory) -> Site:
    """Five editions without intervals, ranks or changes: what the marts hold before the index engine."""
    return _site(tmp_path_factory.mktemp("plain"))


@pytest.fixture(scope="session")
def doubt(tmp_path_factory: pytest.TempPathFactory) -> Site:
    """Five editions with intervals, rank sets and changes."""
    return _site(tmp_path_factory.mktemp("doubt"), doubt=True)


@pytest.fixture(scope="session")
def sample(sample_run: Any, tmp_path_factory: pytest.TempPathFactory) -> Site:
    """The site of the sample's own release, as the annual run makes it."""
    folder = sample_run.data / "releases" / "2026.1"
    target = tmp_path_factory.mktemp("sample") / "site"
    build_site([folder], target, read_config(ROOT / "config" / "site.yml"))
    return Site(target, read_release(folder))


@pytest.fixture
def page(browser: Any) -> Iterator[Any]:
    """A page that fails the test on any error of the script."""
    context = browser.new_context(viewport={"width": 1280, "height": 900}, accept_downloads=True)
    shown = context.new_page()
    errors: list[str] = []
    shown.on("pageerror", lambda error: errors.append(str(error)))
    yield shown
    context.close()
    assert errors == []


class _Quiet(SimpleHTTPRequestHandler):
    def log_message(self, *_: Any) -> None:
        """Say nothing."""


@pytest.fixture
def serve() -> Iterator[Any]:
    """Serve a folder on a port of this machine; each call is another origin."""
    running: list[ThreadingHTTPServer] = []

    def start(folder: Path, handler: type[SimpleHTTPRequestHandler] = _Quiet) -> str:
        server = ThreadingHTTPServer(("127.0.0.1", 0), partial(handler, directory=str(folder)))
        running.append(server)
        threading.Thread(target=server.serve_forever, daemon=True).start()
        return f"http://127.0.0.1:{server.server_address[1]}"

    yield start
    for server in running:
        server.shutdown()
        server.server_close()


# --- the list of duties ---------------------------------------------------------------------------

_results: dict[str, dict[str, str]] = {}


@pytest.hookimpl(hookwrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> Generator[None, Any, None]:
    outcome = yield
    report = outcome.get_result()
    found = re.match(r"test_([A-Z]\d)_", item.name)
    if found and (report.when == "call" or report.outcome != "passed"):
        tests = _results.setdefault(found.group(1), {})
        if tests.get(item.name) != "failed":
            tests[item.name] = report.outcome


def pytest_sessionfinish(session: pytest.Session) -> None:
    """Write the list where the whole of these tests ran, and fail where a duty of the site has no passing test."""
    files = {item.path.name for item in session.items}
    if session.config.option.keyword or not {"test_pages.py", "test_browser.py"} <= files:
        return
    folder = ROOT / "data" / "reports"
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "site-checklist.html").write_text(render(_results), encoding="utf-8", newline="\n")
    ran = {result for tests in _results.values() for result in tests.values()}
    unshown = [duty for duty in DUTIES if "passed" not in _results.get(duty, {}).values()]
    if unshown and "skipped" not in ran:
        session.exitstatus = 1
        print(f"\nduties of the site without a passing test: {', '.join(unshown)}")
