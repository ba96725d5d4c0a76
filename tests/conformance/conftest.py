"""The published indices, or a reason why they are not here."""

from __future__ import annotations

import pytest

from tests.conformance import checks


@pytest.fixture(scope="session", autouse=True)
def published() -> None:
    if not checks.folder().is_dir():
        pytest.skip("SPI_SHARED_DATA names no folder with `conformance`: published indices to compare with")
