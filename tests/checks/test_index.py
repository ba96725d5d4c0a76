"""Checks of the finished index, on a small warehouse written by hand; each is seen passing and failing.

Belongs here: what each check finds, limits, decisions, and what publishing makes of them. Does not belong
here: how scores are made (`tests/index`).
"""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from typing import Any

import duckdb
import pytest

from spi_orchestration.catalogue import CatalogueError
from spi_orchestration.checks.index import (
    INDEX_CHECKS,
    IndexFinding,
    judge_index,
    load_acceptances,
    load_limits,
    with_acceptances,
)
from spi_orchestration.release.draft import write_draft
from spi_orchestration.release.files import ReleaseError
from spi_orchestration.release.publish import publish
from spi_orchestration.settings import Settings
from tests.helpers.project import ROOT
from tests.release.conftest import facts, make_warehouse

LIMITS = load_limits(ROOT / "config" / "index_checks.yml")
DAY = dt.date(2026, 12, 10)

#: A ward and its index in two editions, none of it remarkable.
GOOD = """
create schema marts;
create schema "index";
create table marts.fct_influence as
    select 2026 as edition, 'asb' as indicator, 0.02 as nominal, 0.058::double as share, 2.9::double as ratio;
create table marts.fct_bridge_score as
    select 2026 as edition, 'W1' as area_code, 'index' as code, 50::double as "before", 54::double as "after",
        null::double as revision, null::double as "method", 3::double as "data", 1::double as control;
create table marts.fct_rank_set as
    select * from (values (2025, 'W1', 'index', 3, 2, 6), (2026, 'W1', 'index', 6, 4, 8))
        as t (edition, area_code, code, "rank", rank_low, rank_high);
create table marts.fct_bridge as
    select * from (values
        (2026, 'W1', 'index', 'change in the data', 'asb', -2.5::double),
        (2026, 'W1', 'index', 'change in the data', 'turnout', 1.0),
        (2026, 'W1', 'index', 'change in the data', 'total', -1.5)) as t (edition, area_code, code, leg, part, points);
create table marts.fct_indicator_value as
    select 2025 + n // 100 as edition, 'W' || (n % 100) as area_code, 'ward' as area_type, 'asb' as indicator,
        10::double as value, false as clipped, 'observed' as status, false as carried_forward
    from range(200) as r (n);
create table "index".idx_previous_release as select '2025.1' as release, 2025 as edition;
create table "index".idx_previous_area as
    select 'W' || n as area_code, 'asb' as code, 1 as level, 10.05::double as value from range(100) as r (n);
"""


def judged(tmp_path: Path, change: str = "") -> list[tuple[str, str, str]]:
    path = tmp_path / "warehouse.duckdb"
    path.unlink(missing_ok=True)
    with duckdb.connect(str(path)) as con:
        con.execute(GOOD + change)
    found, absent = judge_index(path, 2026, LIMITS)
    assert absent == []
    return [(item.check, item.item, item.grade) for item in found]


def test_a_good_index_passes_every_check(tmp_path: Path) -> None:
    assert judged(tmp_path) == []


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        ("update marts.fct_influence set ratio = 3.01", ("index_influence", "asb", "stop")),
        ('update marts.fct_bridge_score set "data" = 3.001', ("index_bridge_adds_up", "index", "stop")),
        (
            'update marts.fct_rank_set set "rank" = 8, rank_low = 7 where edition = 2026',
            ("index_rank_moves", "W1", "record"),
        ),
        (
            'update marts.fct_rank_set set "rank" = 8, rank_low = 7 where edition = 2026; delete from marts.fct_bridge',
            ("index_rank_moves", "W1", "stop"),
        ),
        *(
            (
                f"update marts.fct_indicator_value set {what} "
                f"where edition = 2026 and cast(area_code[2:] as integer) < {count}",
                ("index_shares", item, "record"),
            )
            for what, count, item in (
                ("clipped = true", 6, "clipped"),
                ("status = 'modelled'", 21, "modelled"),
                ("status = 'suppressed'", 21, "controlled"),
                ("carried_forward = true", 21, "carried_forward"),
            )
        ),
        (
            "update \"index\".idx_previous_area set value = 10.2 where area_code = 'W7'",
            ("index_restated", "asb", "stop"),
        ),
        (
            "update marts.fct_indicator_value set value = null where edition = 2025 and area_code = 'W7'",
            ("index_restated", "asb", "stop"),
        ),
    ],
)
def test_each_fault_is_found_by_its_check_alone(
    tmp_path: Path, change: str, expected: tuple[str, str, str]
) -> None:
    assert judged(tmp_path, change) == [expected]


@pytest.mark.parametrize(
    "change",
    [
        "update marts.fct_influence set ratio = 3",
        "update marts.fct_influence set ratio = 9, edition = 2025",
        "update marts.fct_indicator_value set clipped = true "
        "where edition = 2026 and cast(area_code[2:] as integer) < 5",
        # Beyond the old set, but the old rank lies within the new one.
        'update marts.fct_rank_set set "rank" = 8, rank_low = 3 where edition = 2026',
    ],
)
def test_what_lies_at_a_limit_or_in_another_edition_is_no_finding(tmp_path: Path, change: str) -> None:
    assert judged(tmp_path, change) == []


def test_the_largest_cause_of_a_move_is_named(tmp_path: Path) -> None:
    judged(tmp_path, 'update marts.fct_rank_set set "rank" = 8, rank_low = 7 where edition = 2026')
    found, _ = judge_index(tmp_path / "warehouse.duckdb", 2026, LIMITS)
    assert found[0].found == "rank 3 to 8; largest cause: asb, change in the data, -2.50 points"


def test_a_check_without_its_tables_is_named_as_not_judged(tmp_path: Path) -> None:
    path = make_warehouse(tmp_path / "w.duckdb")
    assert judge_index(path, 2026, LIMITS) == ([], list(INDEX_CHECKS))


def test_a_limit_without_reason_is_refused(tmp_path: Path) -> None:
    text = (ROOT / "config" / "index_checks.yml").read_text(encoding="utf-8")
    path = tmp_path / "index_checks.yml"
    path.write_text(text.replace("reason: Legs", "why: Legs"), encoding="utf-8")
    with pytest.raises(CatalogueError, match=r"index_checks\.yml: .*bridge_points\.reason"):
        load_limits(path)


DECISION = """index:
  - check: index_influence
    item: asb
    reason: Read and accepted for this edition.
    role: LDC Data & Performance Analyst
    date: 2026-12-01
    until: {until}
"""
STOP = IndexFinding("index_influence", "asb", "stop", "at most 3 times", "3.28 times")


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("decisions: []\n", "expected the key index"),
        (
            DECISION.format(until="2026-12-31").replace("    role: LDC Data & Performance Analyst\n", ""),
            "role",
        ),
        (DECISION.format(until="2026-12-31").replace("index_influence", "index_shares"), "check"),
        (DECISION.format(until="2026-12-31").replace("index_influence", "index_bridge_adds_up"), "check"),
        (DECISION.format(until="2026-11-30"), "before the day it was decided"),
        (DECISION.format(until="2026-12-31") + DECISION.format(until="2027-01-31")[7:], "decided twice"),
    ],
)
def test_a_decision_that_is_not_whole_is_refused(tmp_path: Path, text: str, message: str) -> None:
    (tmp_path / "index-2026.yml").write_text(text, encoding="utf-8")
    with pytest.raises(CatalogueError, match=message):
        load_acceptances(tmp_path, "full", 2026)


def _draft(tmp_path: Path, decision: str | None, **changes: Any) -> tuple[Settings, Path]:
    settings = Settings(root=tmp_path, data=tmp_path / "data", shares_file=tmp_path / "shares.yml")
    settings.decisions.mkdir()
    if decision is not None:
        (settings.decisions / "index-2026.yml").write_text(decision, encoding="utf-8")
    result = with_acceptances([STOP], load_acceptances(settings.decisions, "full", 2026))
    run = facts(index_checks=result, **changes)
    return settings, write_draft(make_warehouse(tmp_path / "w.duckdb"), settings.drafts / "full-2026", run)


@pytest.mark.parametrize(
    ("decision", "message"),
    [
        (None, "index_influence stops the draft for asb: .*no decision accepts that"),
        (DECISION.format(until="2026-12-09"), "its acceptance held until 2026-12-09"),
        (
            DECISION.format(until="2026-12-31").replace("date: 2026-12-01", "date: 2026-12-11"),
            "dated 2026-12-11, which is still to come",
        ),
        # Accepted: nothing but the sign-off is missing.
        (DECISION.format(until="2026-12-10"), "needs the sign-off of analyst"),
        (DECISION.format(until="2026-12-31").replace("item: asb", "item: other"), "no decision accepts"),
    ],
)
def test_real_input_is_published_only_with_a_decision_in_force(
    tmp_path: Path, decision: str | None, message: str
) -> None:
    settings, draft = _draft(tmp_path, decision, synthetic=False)
    with pytest.raises(ReleaseError, match=message):
        publish(settings, draft, today=DAY)


def test_on_synthetic_input_a_stop_is_recorded_and_published(tmp_path: Path) -> None:
    settings, draft = _draft(tmp_path, None)
    release = publish(settings, draft, today=DAY)
    assert '"index_influence"' in (release.folder / "manifest.json").read_text(encoding="utf-8")


def test_another_profile_has_a_file_of_its_own(tmp_path: Path) -> None:
    (tmp_path / "index-open-2025.yml").write_text(DECISION.format(until="2026-12-31"), encoding="utf-8")
    assert [item.check for item in load_acceptances(tmp_path, "open", 2025)] == ["index_influence"]
    assert list(load_acceptances(tmp_path, "full", 2025)) == []
