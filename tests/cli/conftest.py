"""Calling the command line: in this process where that is enough, in one of its own where it is not."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.helpers.project import ROOT


@dataclass
class Said:
    """What a call left: exit code, output, and the error channel."""

    code: int
    out: str
    err: str


@pytest.fixture
def environment() -> Iterator[None]:
    """Put the environment back after a test: the command line sets what its children need."""
    saved = dict(os.environ)
    yield
    os.environ.clear()
    os.environ.update(saved)


@pytest.fixture
def spi(environment: None, monkeypatch, capsys, tmp_path) -> Callable[..., Said]:
    """Call the command line in this process, on this project with a data folder of the test's own."""
    from spi_orchestration import cli

    os.environ.update(SPI_HOME=str(ROOT), SPI_DATA=str(tmp_path / "data"))

    def call(*arguments: str) -> Said:
        monkeypatch.setattr(sys, "argv", ["spi", *arguments])
        capsys.readouterr()
        code = 0
        try:
            cli.main()
        except SystemExit as error:
            code = int(error.code or 0)
        captured = capsys.readouterr()
        assert "Traceback" not in captured.err + captured.out
        return Said(code, captured.out, captured.err)

    return call


def spi_process(*arguments: str, home: Path, data: Path | None = None, **env: str) -> Said:
    """Call the command line in a process of its own."""
    settings = {"SPI_HOME": str(home), "PYTHONPATH": str(ROOT), "PYTHONIOENCODING": "utf-8", **env}
    if data is not None:
        settings["SPI_DATA"] = str(data)
    done = subprocess.run(
        [sys.executable, "-P", "-m", "spi_orchestration.cli", *arguments],
        env=os.environ | settings,
        cwd=home,
        capture_output=True,
        text=True,
        encoding="utf-8",
        check=False,
    )
    return Said(done.returncode, done.stdout, done.stderr)


@pytest.fixture(scope="session")
def small(tmp_path_factory):
    """A small installation with good deliveries, an index table, and no release yet."""
    import shutil

    from tests.helpers.small import make_small

    made = make_small(tmp_path_factory.mktemp("small") / "project")
    shutil.rmtree(made.settings.releases)
    marts = made.settings.dbt_project / "models" / "marts" / "public"
    (marts / "fct_index_score.sql").write_text(
        "select cast(edition as integer) as edition, ward_code as area_code, ward_name as area_name,\n"
        "    'ward' as area_type, 100.0 * good / cohort as score,\n"
        "    rank() over (partition by edition order by 1.0 * good / cohort desc) as position,\n"
        "    cast(12 as bigint) as components, cast(10 as bigint) as components_scored\n"
        "from {{ ref('stg_county_pupils') }}\n",
        encoding="utf-8",
    )
    return made
