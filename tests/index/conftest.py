"""Frameworks and data that the tests of the index share."""

from __future__ import annotations

import os
from pathlib import Path

import duckdb
import numpy as np
import pandas as pd
import pytest

from spi_orchestration.index.framework import Framework

REPO = Path(__file__).resolve().parents[2]


def small_rows() -> list[dict[str, object]]:
    """Two dimensions, three components, five indicators; one of them context."""
    return [
        {"code": "i1", "parent": "c1", "direction": "higher", "worst": 0, "best": 10},
        {"code": "i2", "parent": "c1", "direction": "lower", "worst": 50, "best": 0, "weight": 2},
        {"code": "i3", "parent": "c2", "direction": "higher", "worst": 0, "best": 1},
        {"code": "i4", "parent": "c3", "direction": "lower", "worst": 8, "best": 4},
        {"code": "i5", "parent": "c3", "direction": "higher", "worst": 0, "best": 100, "scored": "false"},
        {"code": "c1", "parent": "d1"},
        {"code": "c2", "parent": "d1", "weight": 3},
        {"code": "c3", "parent": "d2"},
        {"code": "d1", "parent": "spi"},
        {"code": "d2", "parent": "spi"},
        {"code": "spi"},
    ]


@pytest.fixture
def small() -> Framework:
    return Framework.from_rows(small_rows(), coverage=0.6)


def make_framework(
    seed: int = 1, indicators: int = 24, components: int = 12, orders: tuple[float, ...] = (1.0,), **settings
) -> Framework:
    """A framework of three dimensions whose bounds are 0 and 100, half of them reversed."""
    random = np.random.default_rng(seed)
    rows: list[dict[str, object]] = []
    for i in range(indicators):
        up = bool(random.integers(2))
        rows.append(
            {
                "code": f"i{i:02d}",
                "parent": f"c{i % components:02d}",
                "direction": "higher" if up else "lower",
                "worst": 0 if up else 100,
                "best": 100 if up else 0,
                "weight": float(random.integers(1, 4)),
            }
        )
    rows += [{"code": f"c{c:02d}", "parent": f"d{c % 3}"} for c in range(components)]
    rows += [{"code": f"d{d}", "parent": "spi"} for d in range(3)] + [{"code": "spi"}]
    return Framework.from_rows(rows, orders=orders, **settings)


def make_values(framework: Framework, areas: int = 22, seed: int = 2, missing: float = 0.0) -> pd.DataFrame:
    random = np.random.default_rng(seed)
    data = random.uniform(-5, 105, (areas, len(framework.indicators)))
    data[random.uniform(size=data.shape) < missing] = np.nan
    return pd.DataFrame(
        data, index=[f"W{a:02d}" for a in range(areas)], columns=[n.code for n in framework.indicators]
    )


SCHEMAS = ("index", "indicators", "control", "geography", "seeds")


def read_warehouse(path: Path, profile: str) -> dict[str, pd.DataFrame]:
    """The tables of a build by model name; of `method` the profile's row alone."""
    with duckdb.connect(str(path), read_only=True) as connection:
        found = connection.execute("select schema_name, table_name from duckdb_tables()").fetchall()
        tables = {
            name: connection.execute(f'select * from "{schema}"."{name}"').df()
            for schema, name in found
            if schema in SCHEMAS and name.split("_")[0] in PREFIXES
        }
    tables["method"] = tables["method"][tables["method"]["profile"] == profile]
    return tables


PREFIXES = ("idx", "ind", "ctl", "component", "dimension", "method", "geo", "cat")


@pytest.fixture(scope="session")
def built_marts(request: pytest.FixtureRequest) -> dict[str, pd.DataFrame]:
    """Tables of a build: of the sample's annual run, or of the warehouse that SPI_BUILT_WAREHOUSE names.

    A named warehouse is <district>/<profile>/<edition>/warehouse.duckdb; SPI_BUILT_PROFILE names the
    profile where the path does not.
    """
    named = os.environ.get("SPI_BUILT_WAREHOUSE")
    if not named:
        data = request.getfixturevalue("sample_run").data
        named = str(next((data / "warehouse").rglob("warehouse.duckdb")))
    path = Path(named)
    return read_warehouse(path, os.environ.get("SPI_BUILT_PROFILE") or path.parent.parent.name)


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Long studies run only where they are asked for: `-m slow`."""
    if "slow" in (config.option.markexpr or ""):
        return
    studies = [
        item
        for item in items
        if item.get_closest_marker("slow") and "tests/index" in item.nodeid.replace("\\", "/")
    ]
    if studies:
        config.hook.pytest_deselected(items=studies)
        items[:] = [item for item in items if item not in studies]
