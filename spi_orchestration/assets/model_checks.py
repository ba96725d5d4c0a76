"""What dbt's tests of the models found, for people: the run's report, its log, and failing rows to look at.

Belongs here: reading dbt's results after a build, and keeping the rows that failed where they may be seen. Does not
belong here: the tests (`dbt_project`), or running dbt (`warehouse.py`).

dbt's own `store_failures` would write a table for each of some hundred tests in every build, and rows about people
among them. Instead the rows of a test that failed, and of no other, are asked for again from the build that stands
unfinished, and kept beside the report. Of models that may hold small counts of a dataset that is not public, only
the query is kept: whoever may open the warehouse runs it there.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from spi_orchestration.assets.builds import Build
from spi_orchestration.assets.project import Project
from spi_orchestration.checks.assessment import read_json
from spi_orchestration.checks.registry import EVERY_CHECK
from spi_orchestration.checks.report import with_models
from spi_orchestration.release.files import write_whole
from spi_orchestration.reports.quality import amend, log_with_models

__all__ = ["MODEL_FOLDER", "tell_models"]

#: Folder beside the report with the queries, and the rows where they may be kept.
MODEL_FOLDER = "failing_rows"

#: Rows kept of one test.
ROWS_KEPT = 1000

#: Models whose rows are made public, or hold nothing but what people wrote: any other may hold small counts.
_OPEN = ("marts/public", "seeds")


def tell_models(
    project: Project, build: Build, folder: Path, manifest: Mapping[str, Any], target: Path
) -> int:
    """Add the checks of the models to the report and log of a run, and keep the rows of those that failed.

    Args:
        project: the installation.
        build: the build, unfinished.
        folder: report folder of the run; nothing is told where the gate left no report in it.
        manifest: dbt's manifest.
        target: folder with dbt's results.

    Returns:
        How many checks failed.
    """
    results = (read_json(target / "run_results.json") or {}).get("results") or []
    tests = [item for item in results if item["unique_id"].startswith("test.")]
    counts: dict[str, dict[str, int]] = {}
    failed = []
    for item in sorted(tests, key=lambda one: str(one["unique_id"])):
        node = manifest["nodes"].get(item["unique_id"])
        if node is None:
            continue
        kind = (node.get("test_metadata") or {}).get("name") or node["name"]
        entry = counts.setdefault(kind, {"passed": 0, "failed": 0, "not judged": 0})
        state = {"pass": "passed", "fail": "failed", "error": "failed", "warn": "failed"}.get(item["status"])
        entry[state or "not judged"] += 1
        if state == "failed":
            failed.append(_failure(project, build, folder / MODEL_FOLDER, manifest, node, kind, item))
    amend(
        folder,
        project.settings,
        lambda report: with_models(report, counts, failed),
        lambda log: log_with_models(log, counts, failed, build.edition),
    )
    return len(failed)


def _failure(
    project: Project,
    build: Build,
    folder: Path,
    manifest: Mapping[str, Any],
    node: Mapping[str, Any],
    kind: str,
    item: Mapping[str, Any],
) -> dict[str, Any]:
    """One test that failed: what it is about, how many rows, and where to look."""
    model = manifest["nodes"].get(node.get("attached_node") or "") or {}
    name = str(model.get("name") or node["name"])
    short = f"{name}.{kind}.{str(node['unique_id']).rsplit('.', 1)[-1]}"
    sql = str(item.get("compiled_code") or "").strip()
    warehouse = build.work / "warehouse.duckdb"
    found = {
        "check": kind,
        "title": EVERY_CHECK[kind].title if kind in EVERY_CHECK else kind,
        "model": name,
        "rows": item.get("failures") if item["status"] != "error" else None,
        "query": None,
        "kept": None,
        "warehouse": warehouse.relative_to(project.settings.data).as_posix(),
    }
    if not sql:
        return found
    folder.mkdir(parents=True, exist_ok=True)
    write_whole(folder / f"{short}.sql", sql + ";\n")
    found["query"] = f"{MODEL_FOLDER}/{short}.sql"
    if item["status"] != "error" and _may_be_kept(project, model):
        text = _rows(warehouse, sql)
        if text is not None:
            write_whole(folder / f"{short}.csv", text)
            found["kept"] = f"{MODEL_FOLDER}/{short}.csv"
    return found


def _may_be_kept(project: Project, model: Mapping[str, Any]) -> bool:
    path = str(model.get("original_file_path") or "").replace("\\", "/")
    if any(f"{place}/" in path for place in _OPEN):
        return True
    dataset = project.catalogue.datasets.get(str(model.get("name") or "").removeprefix("stg_"))
    return "models/staging/" in path and dataset is not None and dataset.contract.shows_values


def _rows(warehouse: Path, sql: str) -> str | None:
    """The failing rows as CSV; None where the unfinished build cannot be read."""
    import duckdb

    try:
        with duckdb.connect(str(warehouse), read_only=True, config={"threads": 1}) as con:
            relation = con.execute(f"select * from ({sql}) order by all limit {ROWS_KEPT}")
            columns = [column[0] for column in relation.description or ()]
            rows = relation.fetchall()
    except duckdb.Error:
        return None
    stream = io.StringIO()
    writer = csv.writer(stream, lineterminator="\r\n")
    writer.writerow(columns)
    writer.writerows(rows)
    return stream.getvalue()
