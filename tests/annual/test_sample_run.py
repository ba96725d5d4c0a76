"""What a person finds after the README's first command.

Belongs here: the release of the sample, what the run prints, and where files lie. Does not belong here:
whether the numbers are right (`test_recovery.py`).
"""

from __future__ import annotations

import csv
import json
import shutil
from pathlib import Path

from tests.helpers.annual import ROOT, Ended, spi
from tests.helpers.paths import assert_windows_safe


def _table(run: Ended, name: str) -> list[dict[str, str]]:
    with (run.data / "releases" / "2026.1" / "csv" / f"{name}.csv").open(
        encoding="utf-8", newline=""
    ) as file:
        return list(csv.DictReader(file))


def _wards() -> dict[str, str]:
    with (ROOT / "dbt_project" / "seeds" / "geography" / "wards.csv").open(
        encoding="utf-8", newline=""
    ) as file:
        return {row["ward_code"]: row["ward_name"] for row in csv.DictReader(file)}


def test_the_release_is_current_and_marked_synthetic(sample_run: Ended):
    release = sample_run.data / "releases" / "2026.1"
    manifest = json.loads((release / "manifest.json").read_text(encoding="utf-8"))
    pointer = json.loads((sample_run.data / "releases" / "current.json").read_text(encoding="utf-8"))
    assert manifest["synthetic"] is True
    assert "2026.1" in json.dumps(pointer)
    assert "synthetic" in (release / "README.txt").read_text(encoding="utf-8").lower()


def test_every_ward_has_a_score_in_every_edition(sample_run: Ended):
    rows = [row for row in _table(sample_run, "fct_index_score") if row["area_type"] == "ward"]
    wards = _wards()
    editions = {row["edition"] for row in rows}
    assert editions == {"2022", "2023", "2024", "2025", "2026"}
    scored = {(row["edition"], row["area_code"]) for row in rows if row["score"]}
    assert scored == {(edition, ward) for edition in editions for ward in wards}


def test_the_run_prints_the_release_and_the_ranking(sample_run: Ended):
    assert "2026.1" in sample_run.out
    assert "synthetic" in sample_run.out.lower()
    ranked = sorted(
        (
            row
            for row in _table(sample_run, "fct_index_score")
            if row["area_type"] == "ward" and row["edition"] == "2026"
        ),
        key=lambda row: -float(row["score"]),
    )
    places = [sample_run.out.find(row["area_name"]) for row in ranked]
    assert all(place >= 0 for place in places)
    assert places == sorted(places)
    assert "Traceback" not in sample_run.said


def test_a_group_of_one_ward_is_that_ward_and_all_wards_are_the_district(sample_run: Ended):
    values = _table(sample_run, "fct_indicator_value")
    counts = [row for row in values if row["numerator"] and row["edition"] == "2026"]
    wards: dict[str, list[float]] = {}
    district: dict[str, list[float]] = {}
    for row in counts:
        pair = [float(row["numerator"]), float(row["denominator"])]
        if row["area_type"] == "ward":
            old = wards.setdefault(row["indicator"], [0.0, 0.0])
            wards[row["indicator"]] = [old[0] + pair[0], old[1] + pair[1]]
        elif row["area_type"] == "district":
            district[row["indicator"]] = pair
    assert district and set(district) == set(wards)
    for indicator, pair in district.items():
        assert abs(pair[0] - wards[indicator][0]) < 1e-6 * max(1.0, pair[0]), indicator
        assert abs(pair[1] - wards[indicator][1]) < 1e-6 * max(1.0, pair[1]), indicator


def test_made_up_values_beside_england_are_marked_and_the_rest_have_no_comparator(sample_run: Ended):
    with (ROOT / "dbt_project" / "seeds" / "reference" / "england.csv").open(encoding="utf-8") as file:
        figures = [row for row in csv.DictReader(file) if row["profile"] != "open"]
    rows = _table(sample_run, "fct_england")
    indicators = {row["indicator"] for row in _table(sample_run, "dim_indicator")}
    assert {row["indicator"] for row in rows} == indicators
    known = {row["indicator"] for row in figures}
    assert {
        row["indicator"] for row in rows if row["label"] == "no comparator published"
    } == indicators - known
    for row in rows:
        beside = bool(row["england"] or row["percentile"])
        assert row["synthetic"] == "true"
        assert ("no finding" in row["caution"]) == beside or not row["value"]
        assert not beside or row["england_year"] in ("", row["value_year"])
    england = {(row["indicator"], row["edition"]): float(row["england"]) for row in rows if row["england"]}
    # Counted in 2021, so the same in every edition; of a yearly series the one year that was published.
    assert {england["unpaid_care_20h_pct", str(year)] for year in range(2022, 2027)} == {4.446}
    assert [key[1] for key in england if key[0] == "fuel_poverty_pct"] == ["2022"]


def test_what_a_run_writes_can_stand_on_windows(sample_run: Ended):
    assert_windows_safe(sample_run.data, prefix="data")


def test_status_names_the_release_and_one_next_command(sample_run: Ended):
    ended = spi(sample_run.data, "status")
    assert ended.code == 0, ended.said
    assert "2026.1" in ended.out
    assert ended.out.count("Next:") == 1 or "next" in ended.out.lower()


def test_a_second_run_changes_nothing_and_says_so(sample_run: Ended, tmp_path: Path):
    data = tmp_path / "data"
    shutil.copytree(sample_run.data, data)
    release = data / "releases"
    before = {path.relative_to(release): path.read_bytes() for path in release.rglob("*") if path.is_file()}
    ended = spi(data, "run")
    after = {path.relative_to(release): path.read_bytes() for path in release.rglob("*") if path.is_file()}
    assert ended.code == 0, ended.said
    assert after == before
