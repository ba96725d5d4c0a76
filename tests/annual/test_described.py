"""Every table of the warehouse is described, column by column, and tested.

What is described is read from dbt's manifest and held against the warehouse that was built: a column that
nobody wrote down is found, and so is one that is written down and does not exist.
"""

from __future__ import annotations

import json
from collections import Counter, defaultdict
from typing import Any

import duckdb
import pytest

from tests.helpers.annual import ROOT, Ended

#: What kind of test a generic test is. A range is a limit on numbers, or the form or words that a column may hold.
KINDS = {
    "unique": "key",
    "unique_combination": "key",
    "not_null": "completeness",
    "complete": "completeness",
    "all_wards_present": "completeness",
    "accepted_range": "range",
    "accepted_values": "range",
    "expression_is_true": "range",
    "finite": "range",
    "within": "range",
    "weights_sum": "sum",
    "mean_of_parts": "sum",
    "parts_sum_to": "sum",
    "areas_add_up": "sum",
    "holds_with": "sum",
}

#: Models without a key of their own, and why.
WITHOUT_KEY = {
    "geo_observation": "holds the observations of all staging models, of which feeds of single events have no key",
}


@pytest.fixture(scope="module")
def manifest(sample_run: Ended) -> dict[str, Any]:
    path = ROOT / "dbt_project" / "target" / "manifest.json"
    return json.loads(path.read_text(encoding="utf-8"))  # type: ignore[no-any-return]


@pytest.fixture(scope="module")
def tables(manifest: dict[str, Any]) -> list[dict[str, Any]]:
    """All models and seeds."""
    return [node for node in manifest["nodes"].values() if node["resource_type"] in {"model", "seed"}]


@pytest.fixture(scope="module")
def built(sample_run: Ended) -> dict[tuple[str, str], list[str]]:
    """(schema, table) -> its columns, of the warehouse that the annual run built."""
    (path,) = (sample_run.data / "warehouse").glob("*/full/2026/warehouse.duckdb")
    found: dict[tuple[str, str], list[str]] = defaultdict(list)
    with duckdb.connect(str(path), read_only=True) as connection:
        rows = connection.execute(
            "select table_schema, table_name, column_name from information_schema.columns order by all"
        ).fetchall()
    for schema, name, column in rows:
        found[(schema, name)].append(column)
    return dict(found)


def undescribed(
    tables: list[dict[str, Any]], built: dict[tuple[str, str], list[str]]
) -> tuple[list[str], int]:
    """What lacks a description or does not exist, and how many things were looked at."""
    wrong, seen = [], 0
    for node in tables:
        name = node["name"]
        real = built.get((node["schema"], name))
        if real is None:
            wrong.append(f"{name}: described, but not in the warehouse")
            continue
        seen += 1 + len(real)
        if not node["description"].strip():
            wrong.append(f"{name}: no description")
        described = {column for column, entry in node["columns"].items() if entry["description"].strip()}
        wrong += [f"{name}.{column}: no description" for column in real if column not in described]
        wrong += [f"{name}.{column}: no such column" for column in node["columns"] if column not in real]
    known = {(node["schema"], node["name"]) for node in tables}
    wrong += [
        f"{schema}.{name}: not in dbt's manifest" for schema, name in built if (schema, name) not in known
    ]
    return wrong, seen


def test_every_model_and_seed_is_described(
    tables: list[dict[str, Any]], built: dict[tuple[str, str], list[str]]
) -> None:
    wrong, seen = undescribed(tables, built)
    assert wrong == []
    assert seen > 1500, "fewer tables and columns than the index has"
    # Leaving out any one description, or adding a column that nobody described, is found.
    first = tables[0]
    column = built[(first["schema"], first["name"])][0]
    blank = {**first, "columns": {k: v for k, v in first["columns"].items() if k != column}}
    assert undescribed([blank, *tables[1:]], built)[0] == [f"{first['name']}.{column}: no description"]
    more = built | {(first["schema"], first["name"]): [*built[(first["schema"], first["name"])], "new_one"]}
    assert undescribed(tables, more)[0] == [f"{first['name']}.new_one: no description"]


def test_every_source_is_described(manifest: dict[str, Any]) -> None:
    wrong = []
    for source in manifest["sources"].values():
        if not source["description"].strip():
            wrong.append(f"{source['name']}: no description")
        if not source["columns"]:
            wrong.append(f"{source['name']}: no columns")
        wrong += [
            f"{source['name']}.{name}: no description"
            for name, column in source["columns"].items()
            if not column["description"].strip()
        ]
    assert wrong == []
    assert len(manifest["sources"]) >= 81


def test_every_model_is_tested_for_key_completeness_and_range(
    manifest: dict[str, Any], tables: list[dict[str, Any]]
) -> None:
    kinds: dict[str, Counter[str]] = defaultdict(Counter)
    for node in manifest["nodes"].values():
        if node["resource_type"] == "test" and node.get("attached_node"):
            kinds[node["attached_node"]][KINDS.get(node["test_metadata"]["name"], "other")] += 1
    lacking = []
    for node in tables:
        if node["resource_type"] != "model":
            continue
        for kind in ("key", "completeness", "range"):
            if not kinds[node["unique_id"]][kind] and not (kind == "key" and node["name"] in WITHOUT_KEY):
                lacking.append(f"{node['name']}: no {kind} test")
    assert lacking == []


def test_every_number_behind_the_staging_models_is_tested_to_be_finite(
    manifest: dict[str, Any], sample_run: Ended
) -> None:
    names = {node["unique_id"]: node["name"] for node in manifest["nodes"].values()}
    tested = {
        names[node["attached_node"]]
        for node in manifest["nodes"].values()
        if node["resource_type"] == "test"
        and node.get("attached_node")
        and node["test_metadata"]["name"] == "finite"
    }
    (path,) = (sample_run.data / "warehouse").glob("*/full/2026/warehouse.duckdb")
    with duckdb.connect(str(path), read_only=True) as connection:
        rows = connection.execute(
            "select distinct table_name from information_schema.columns "
            "where data_type in ('DOUBLE', 'FLOAT') and table_schema not in ('staging', 'seeds')"
        ).fetchall()
    floating = {name for (name,) in rows}
    # Every staged observation stands in one table behind them.
    assert "geo_observation" in floating and len(floating) > 60
    assert floating - tested == set()
