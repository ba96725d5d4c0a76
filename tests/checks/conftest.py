"""What tests of the checks share: a small installation, and raw tables made by hand."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

import duckdb
import pytest

from spi_orchestration.assets.project import Project
from spi_orchestration.checks.contract import Examination, Reference, examine
from spi_orchestration.checks.places import wards_of
from tests.helpers.small import WARDS, Small, make_small

Examine = Callable[..., Examination]


@pytest.fixture(scope="session")
def small(tmp_path_factory: pytest.TempPathFactory) -> Small:
    return make_small(tmp_path_factory.mktemp("small"))


@pytest.fixture(scope="session")
def project(small: Small) -> Project:
    return Project.load(small.settings)


def write_raw(
    path: Path, columns: Sequence[str], rows: Sequence[Sequence[str | None]], file: str = "f.csv"
) -> Path:
    """Write a raw Parquet: each row's physical number is its place in the list, after one header row."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with duckdb.connect() as con:
        listed = ", ".join(f'"{name}" varchar' for name in columns)
        con.execute(f"create table t ({listed}, _file varchar, _sheet varchar, _row bigint)")
        marks = ", ".join("?" for _ in range(len(columns) + 3))
        data = [[*row, file, None, number] for number, row in enumerate(rows, start=2)]
        if data:
            con.executemany(f"insert into t values ({marks})", data)
        con.execute(f"copy t to '{path.as_posix()}' (format parquet)")
    return path


@pytest.fixture
def look(project: Project, tmp_path: Path) -> Examine:
    """Examine rows of a dataset of the small installation, delivered for 2026."""

    def run(
        dataset_id: str,
        rows: Sequence[Sequence[str | None]],
        references: dict[str, Reference] | None = None,
        unexpected: Sequence[str] = (),
        project: Project = project,
    ) -> Examination:
        dataset = project.catalogue[dataset_id]
        raw = write_raw(tmp_path / f"{dataset_id}.parquet", list(dataset.columns), rows)
        wards = wards_of(project.settings, "E07000194", 2026)
        layout = dataset.contract.layouts[0]
        return examine(dataset, layout, 2026, raw, project.catalogue, wards, references, unexpected)

    return run


def pupils(**changes: dict[int, str | None]) -> list[list[str | None]]:
    """Good raw rows of `county_pupils` (one a ward, in order of code), with single cells changed by row."""
    rows: list[list[str | None]] = [
        ["2025/26", code, name, str(50 + n), str(30 + n)] for n, (code, name) in enumerate(WARDS.items())
    ]
    order = ["academic_year", "ward_code", "ward_name", "cohort", "good"]
    for column, cells in changes.items():
        for row, value in cells.items():
            rows[row][order.index(column)] = value
    return rows
