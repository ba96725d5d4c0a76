"""A small real warehouse, and the facts a build gives of itself."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import duckdb
import pytest

from spi_orchestration.settings import Settings

WARDS = [
    ("E05010653", "Alrewas & Fradley"),
    ("E05010654", "Armitage with Handsacre"),
    ("E05010655", "Boley Park"),
]


def make_warehouse(path: Path, *, shift: float = 0.0, shuffled: bool = False, threads: int = 4) -> Path:
    """A warehouse with two marts; `shuffled` inserts the same rows in another order."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.unlink(missing_ok=True)
    with duckdb.connect(str(path), config={"threads": str(threads)}) as con:
        con.execute("create schema marts")
        con.execute(
            "create table marts.fct_index_score (edition integer, area_code varchar, area_name varchar, "
            "area_type varchar, score double, position bigint, components integer, components_scored integer)"
        )
        rows: list[list[Any]] = []
        for edition in (2025, 2026):
            rows += [
                [edition, code, name, "ward", 50 + shift + 3.25 * i + (edition - 2025), 3 - i, 12, 10]
                for i, (code, name) in enumerate(WARDS)
            ]
            rows.append([edition, "E05010656", 'Bourne "Vale"', "ward", None, None, 12, 4])
            rows.append([edition, "E07000194", "Lichfield", "district", 52.5 + shift, None, 12, 10])
        con.executemany(
            "insert into marts.fct_index_score values (?, ?, ?, ?, ?, ?, ?, ?)",
            rows[::-1] if shuffled else rows,
        )
        con.execute(
            "create table marts.dim_area as select 'E05010653' as area_code, 'Alrewas & Fradley' as area_name, "
            "date '2015-05-07' as valid_from, true as current, 12::hugeint as postcodes"
        )
        con.execute("create table main.not_published as select 1 as secret")
    return path


def facts(**changes: Any) -> dict[str, Any]:
    """What a build of the sample says of itself."""
    base: dict[str, Any] = {
        "edition": 2026,
        "profile": "full",
        "district": {"code": "E07000194", "name": "Lichfield"},
        "method_version": "2026",
        "method_hash": "ab" * 32,
        "synthetic": True,
        "deliveries": [
            {
                "dataset": "scc_eyfsp",
                "edition": 2026,
                "delivery": "cd" * 32,
                "layout": "csv",
                "supplier": "scc",
                "how": "delivered",
                "synthetic": True,
                "received_on": "2026-11-20",
                "files": [{"name": "education/SCC_EYFSP_202526.csv", "sha256": "ef" * 32, "bytes": 100}],
            }
        ],
        "attributions": [
            "Contains public sector information licensed under the Open Government Licence v3.0."
        ],
        "run": {"run_id": "r1", "started": "2026-11-22T10:00:00Z"},
    }
    return base | changes


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    root = tmp_path / "project"
    root.mkdir()
    return Settings(root=root, data=root / "data", shares_file=root / "shares.yml")


def make_draft(settings: Settings, *, shift: float = 0.0, name: str = "full-2026", **changes: Any) -> Path:
    from spi_orchestration.release.draft import write_draft

    warehouse = make_warehouse(settings.warehouse / f"{name}.duckdb", shift=shift)
    return write_draft(warehouse, settings.drafts / name, facts(**changes))


def tree_bytes(folder: Path) -> dict[str, bytes]:
    return {
        p.relative_to(folder).as_posix(): p.read_bytes() for p in sorted(folder.rglob("*")) if p.is_file()
    }
