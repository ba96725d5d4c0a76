"""What the tests of decisions, sign-off and reports share.

Belongs here: fixtures. Does not belong here: the installation itself (`tests/helpers/indexed.py`).
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from spi_orchestration.checks import judge
from tests.helpers.indexed import again, copied, make_indexed
from tests.helpers.small import Small


@pytest.fixture(scope="session", autouse=True)
def _end_the_judge() -> Iterator[None]:
    yield
    judge.shared().close()


@pytest.fixture(scope="session")
def indexed(tmp_path_factory: pytest.TempPathFactory) -> Small:
    """That installation after a good run of 2026. Not to be harmed."""
    small = make_indexed(tmp_path_factory.mktemp("indexed") / "p")
    result = again(small)
    assert result.outcome == "drafted", result.errors
    return small


@pytest.fixture
def harmed(indexed: Small, tmp_path: Path) -> Small:
    """A copy of it, to be harmed."""
    return copied(indexed, tmp_path / "p")
