"""What tests of whole runs share: one good small installation, copied for each test that harms it."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from spi_orchestration.assets.annual import AnnualResult, run_annual
from spi_orchestration.assets.delivery import take_in_all
from spi_orchestration.assets.gating import Gated, pass_gate
from spi_orchestration.assets.project import Project
from spi_orchestration.checks import judge
from spi_orchestration.settings import Settings
from tests.helpers.small import Small, make_small

RUN = "0123abcd-0000"


@pytest.fixture(scope="session", autouse=True)
def _end_the_judge() -> Iterator[None]:
    yield
    judge.shared().close()


@pytest.fixture
def small(tmp_path: Path) -> Small:
    return make_small(tmp_path / "p")


def gated(small: Small, profile: str = "full", edition: int = 2026, **more: object) -> Gated:
    """Everything before dbt, without Dagster."""
    project = Project.load(small.settings)
    take_in_all(project, profile, edition)
    return pass_gate(project, profile, edition, RUN, **more)  # type: ignore[arg-type]


@pytest.fixture(scope="session")
def ran(tmp_path_factory: pytest.TempPathFactory) -> tuple[Small, AnnualResult, list[str]]:
    """A small installation after a good annual run of 2026, and the lines it told. Not to be harmed."""
    small = make_small(tmp_path_factory.mktemp("ran") / "p")
    lines: list[str] = []
    return small, run_annual(small.settings, "full", 2026, say=lines.append), lines


@pytest.fixture
def rerun(ran: tuple[Small, AnnualResult, list[str]], tmp_path: Path) -> Small:
    """A copy of that installation, to be harmed; dbt's parsing comes along."""
    root = tmp_path / "p"
    shutil.copytree(ran[0].settings.root, root)
    settings = Settings(root, root / "data", root / "config" / "shares" / "sample.yml")
    return replace(ran[0], settings=settings, share=settings.data / "shares")
