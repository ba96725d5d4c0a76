"""Fixtures of the reader tests: reading into a temporary folder, and the manifest of the real files."""

from __future__ import annotations

import csv
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml

from spi_orchestration.readers import RawTable
from tests.readers.support import Rows, read_files, rows_of

Read = Callable[..., tuple[RawTable, Rows]]


@pytest.fixture
def read(tmp_path: Path) -> Read:
    """Read files with a layout (YAML or a mapping); gives the raw table and its rows."""

    def run(layout: dict[str, Any] | str, *files: Path, **more: Any) -> tuple[RawTable, Rows]:
        shape = yaml.safe_load(layout) if isinstance(layout, str) else layout
        table = read_files(tmp_path / "raw" / "made.parquet", shape, *files, **more)
        return table, rows_of(table.path)

    return run


@pytest.fixture(scope="session")
def manifest(shared_data: Path) -> dict[str, dict[str, str]]:
    """The manifest of the real files, by path below `real/`."""
    with (shared_data / "real" / "MANIFEST.csv").open(encoding="utf-8", newline="") as stream:
        return {row["path"]: row for row in csv.DictReader(stream)}
