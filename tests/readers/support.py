"""Helpers of the reader tests: a dataset made for one layout, and rows read back from Parquet."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import duckdb

from spi_orchestration.catalogue import Contract, Dataset
from spi_orchestration.readers import LandedFile, RawTable, read_delivery

Rows = list[dict[str, Any]]


def make_dataset(columns: list[str], layout: dict[str, Any], sensitivity: str = "public") -> Dataset:
    """A dataset whose contract has these text columns and this one layout."""
    contract = Contract.model_validate(
        {
            "title": "Made for a test",
            "role": "outcome",
            "theme": "test",
            "supplier": "test",
            "owner_role": "Tester",
            "agreement": "test",
            "sensitivity": sensitivity,
            "disclosure_rule": "D0",
            "profiles": ["full"],
            "grain": "one row a line",
            "rows": [0, 10_000_000],
            "refresh": {"cycle": "annual", "due": "01-01", "start": "{E}-01-01", "end": "{E}-12-31"},
            "geography": {"method": "none", "level": "none", "vintage": "none"},
            "columns": {name: {"type": "text"} for name in columns},
            "layouts": [{"id": "only"} | layout],
        }
    )
    return Dataset(id="made", description="x", descriptions=dict.fromkeys(columns, "x"), contract=contract)


def columns_of(layout: dict[str, Any]) -> list[str]:
    """Contract columns a layout fills, in the order it names them."""
    names = list(layout["columns"])
    if "unpivot" in layout:
        turned = layout["unpivot"]
        names += [turned["name_column"], turned["value_column"], *turned.get("further", {})]
    return names


def read_files(
    target: Path,
    layout: dict[str, Any],
    *files: Path,
    columns: list[str] | None = None,
    names: list[str] | None = None,
    sensitivity: str = "public",
) -> RawTable:
    """Read files with a layout into `target`."""
    dataset = make_dataset(columns or columns_of(layout), layout, sensitivity)
    sent = names or [file.name for file in files]
    landed = [LandedFile(path, name) for path, name in zip(files, sent, strict=True)]
    return read_delivery(dataset, dataset.contract.layouts[0], landed, target)


def rows_of(path: Path) -> Rows:
    """Rows of a Parquet, in its order."""
    with duckdb.connect() as connection:
        connection.execute("set threads = 1")
        result = connection.execute("select * from read_parquet(?)", [str(path)])
        names = [item[0] for item in result.description]
        return [dict(zip(names, row, strict=True)) for row in result.fetchall()]
