"""A small installation whose share lies outside the data folder, as a supplier's does."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from tests.helpers.small import Small, make_small


@pytest.fixture
def small(tmp_path: Path) -> Small:
    """Good deliveries of both editions, none taken in yet."""
    made = make_small(tmp_path / "p")
    share = made.settings.root / "shares"
    made.share.rename(share)
    file = made.settings.shares_file
    text = file.read_text(encoding="utf-8").replace("${SPI_DATA}/shares", "shares")
    file.write_text(text, encoding="utf-8", newline="\n")
    # The release that stands there is a pointer alone; nothing here looks at it.
    shutil.rmtree(made.settings.releases)
    return Small(made.settings, share)
