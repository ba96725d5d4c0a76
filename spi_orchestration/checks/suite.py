"""The Great Expectations suite of a dataset, as plain data made from its contract.

Belongs here: which expectation stands for which check. Does not belong here: running a suite (`judge.py`),
or computing what it looks at (`contract.py`).
"""

from __future__ import annotations

from typing import Any

from spi_orchestration.catalogue import Dataset
from spi_orchestration.checks.contract import Examination
from spi_orchestration.checks.registry import DatasetCheck

__all__ = ["observed", "suite_of"]


def suite_of(dataset: Dataset, checks: list[DatasetCheck]) -> dict[str, Any]:
    """The suite over one row of counts.

    Args:
        dataset: the dataset.
        checks: its checks.

    Returns:
        Suite name, result format and expectations; each expectation's `meta.check` is the check's id.
        Results of datasets that are not public hold booleans only.
    """
    low, high = dataset.contract.rows
    expectations = []
    for check in checks:
        limits = [("max", {"max_value": high if check.id == "rows" else 0})]
        if check.id == "rows":
            limits.append(("min", {"min_value": low}))
        for end, limit in limits:
            expectations.append(
                {
                    "type": f"expect_column_{end}_to_be_between",
                    "kwargs": {"column": check.id, **limit},
                    "meta": {"check": check.id, "kind": check.kind.id, "title": check.title},
                    "severity": "critical" if check.grade == "stop" else "warning",
                }
            )
    public = dataset.contract.sensitivity == "public"
    return {
        "name": dataset.id,
        "result_format": "BASIC" if public else "BOOLEAN_ONLY",
        "expectations": expectations,
    }


def observed(examination: Examination, checks: list[DatasetCheck]) -> dict[str, int]:
    """The one row that the suite looks at: rows read, and violations of every other check."""
    return {
        check.id: examination.rows if check.id == "rows" else examination.counts.get(check.id, 0)
        for check in checks
    }
