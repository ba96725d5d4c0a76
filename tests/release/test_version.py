"""A method version that was published stays what it was."""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from typing import Any

import duckdb
import pytest

from spi_orchestration.release.draft import write_draft
from spi_orchestration.release.files import ReleaseError
from spi_orchestration.release.publish import list_releases, publish
from spi_orchestration.release.version import check_version, rules, unsigned
from spi_orchestration.settings import Settings
from tests.release.conftest import facts, make_draft, make_warehouse

DAY = dt.date(2026, 12, 15)
#: Name, scored, worst, best, weight, class.
Row = tuple[str, bool, float, float, float, str]
ROWS: list[Row] = [
    ("violence", True, 80.0, 0.0, 1.0, "outcome"),
    ("burglary", True, 26.0, 0.0, 1.0, "outcome"),
    ("plots", False, 50.0, 100.0, 0.0, "uptake"),
]


def method_draft(
    settings: Settings,
    rows: list[Row] = ROWS,
    *,
    order: float = 1,
    said: str = "a",
    status: str = "1 as one",
    **changes: Any,
) -> Path:
    """A draft whose tables say how it was scored; `said` is a description, which decides nothing."""
    warehouse = make_warehouse(settings.warehouse / "made.duckdb")
    with duckdb.connect(str(warehouse)) as con:
        con.execute(
            "create table marts.dim_indicator (indicator varchar, scored boolean, worst double, best double, "
            "weight double, class varchar)"
        )
        con.executemany("insert into marts.dim_indicator values (?, ?, ?, ?, ?, ?)", rows)
        con.execute(
            "create or replace table marts.dim_indicator as select *, 'safety' as component, 'rate' as estimator, "
            "'police' as numerator_dataset, indicator as numerator_measure, 'ons' as denominator_dataset, "
            "'persons' as denominator_measure, 1000.0 as multiplier, 1 as pooling_years, 'lower' as polarity, "
            f"'{said}' as description, {status} from marts.dim_indicator"
        )
        con.execute(
            "create table marts.dim_component as select 'safety' component, 'needs' dimension, 1.0 weight"
        )
        con.execute("create table marts.dim_dimension as select 'needs' as dimension, 1.0 as weight")
        con.execute(
            "create table marts.dim_edition as select 'full' as profile, edition = 2026 as is_current, edition, "
            f"0.667 as coverage_threshold, 2 as minimum_indicators, {order}::double as component_order, "
            "1.0 as dimension_order, 1.0 as index_order from (values (2025), (2026)) as t (edition)"
        )
    return write_draft(warehouse, settings.drafts / "made", facts(**changes))


def other(**changes: Any) -> dict[str, Any]:
    """The facts of a draft whose seeds differ from those that were published."""
    return {"method_hash": "cd" * 32} | changes


def test_other_rules_under_a_published_version_are_refused_by_name(settings: Settings):
    publish(settings, method_draft(settings), today=DAY)
    changed = [("violence", True, 70.0, 0.0, 1.0, "outcome"), ROWS[1], ROWS[2]]
    draft = method_draft(settings, changed, **other())
    said = r"method version 2026 was published in 2026\.1 .*violence worst: 80 there, 70 now"
    for attempt in (
        lambda: check_version(list_releases(settings, "full"), draft),
        lambda: publish(settings, draft, today=DAY),
    ):
        with pytest.raises(ReleaseError, match=said) as caught:
            attempt()
        assert "method.csv" in str(caught.value)
    assert [release.id for release in list_releases(settings)] == ["2026.1"]
    # Under a name of its own the changed method is published.
    renamed = method_draft(settings, changed, **other(method_version="2026b"))
    assert publish(settings, renamed, today=DAY).id == "2026.2"


@pytest.mark.parametrize(
    ("rows", "order", "said"),
    [
        ([("violence", True, 80.0, 0.0, 2.0, "outcome"), *ROWS[1:]], 1, "violence weight: 1 there, 2 now"),
        ([("violence", True, 80.0, 0.0, 1.0, "uptake"), *ROWS[1:]], 1, "violence class: outcome there"),
        (ROWS[1:], 1, "violence best: 0 there, nothing now; .* and [0-9]+ more"),
        ([*ROWS[:2], ("plots", True, 50.0, 100.0, 1.0, "uptake")], 1, "plots best: nothing there, 100 now"),
        (ROWS, 0, "full component_order: 1 there, 0 now"),
    ],
)
def test_whatever_decides_a_score_counts(settings: Settings, rows: list[Row], order: float, said: str):
    publish(settings, method_draft(settings), today=DAY)
    draft = method_draft(settings, rows, order=order, **other())
    with pytest.raises(ReleaseError, match=said):
        check_version(list_releases(settings, "full"), draft)


def test_what_decides_no_score_may_change(settings: Settings):
    publish(settings, method_draft(settings), today=DAY)
    released = list_releases(settings, "full")
    shown = [*ROWS, ("trees", False, 0.0, 9.0, 0.0, "outcome")]
    check_version(released, method_draft(settings, shown, said="b", **other()))
    # Made-up and real deliveries do not speak for each other.
    check_version(released, method_draft(settings, ROWS[1:], **other(synthetic=False)))


def test_releases_that_do_not_say_are_passed_over(settings: Settings):
    publish(settings, make_draft(settings), today=DAY)
    draft = method_draft(settings, **other())
    assert rules(list_releases(settings)[0].folder) is None
    check_version(list_releases(settings, "full"), draft)


@pytest.mark.parametrize(
    ("status", "open_"),
    [
        ("'signed' as bounds_status, 'equal' as weight_status", []),
        ("'signed' as bounds_status, 'signed' as weight_status", []),
        ("'awaiting' as bounds_status, 'equal' as weight_status", ["burglary", "violence"]),
        (
            "'signed' as bounds_status, "
            "case indicator when 'violence' then 'awaiting' else 'equal' end as weight_status",
            ["violence"],
        ),
        ("'signed' as bounds_status", []),
        ("'x' as other", ["burglary", "violence"]),
    ],
)
def test_what_is_scored_and_nobody_signed(settings: Settings, status: str, open_: list[str]):
    assert unsigned(method_draft(settings, status=status)) == open_
