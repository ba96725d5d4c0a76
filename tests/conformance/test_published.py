"""The engine gives the numbers that published indices have, and the page about it is up to date."""

from __future__ import annotations

import json

import pytest

from tests.conformance import checks

RESULTS: dict[str, list[checks.Result]] = {}


def results(system: str) -> list[checks.Result]:
    if system not in RESULTS:
        RESULTS[system] = list(checks.SYSTEMS[system]())
    return RESULTS[system]


@pytest.mark.parametrize("system", list(checks.SYSTEMS))
def test_every_step_is_within_its_limit(system):
    found = results(system)
    assert found
    for result in found:
        assert result.within, result


def test_every_golden_file_is_used():
    read = set()
    original = checks.golden_file

    def record(name):
        read.add(name)
        return original(name)

    checks.golden_file = record
    try:
        list(checks.golden())
    finally:
        checks.golden_file = original
    stored = {path.stem for path in (checks.folder() / "coinr_golden").glob("*.json")}
    # The first describes the others; Copeland's scores are the defect that test_coinr_defects.py shows.
    assert stored - read == {"00_about", "09f_copeland_all_indicators"}


def test_mexico_and_asem_reach_what_the_oracle_reached():
    worst = {name: max(r.difference for r in results(name)) for name in ("mexico", "asem")}
    assert worst["mexico"] < 5e-11
    assert worst["asem"] < 5e-14


def test_page_is_up_to_date():
    page = checks.document([r for system in checks.SYSTEMS for r in results(system)])
    assert checks.DOCUMENT.read_text(encoding="utf-8") == page, "run python -m tests.conformance.checks"


def test_about_names_the_version():
    about = json.loads((checks.folder() / "coinr_golden" / "00_about.json").read_text(encoding="utf-8"))
    assert about["COINr"] == "1.1.14"
