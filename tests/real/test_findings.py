"""What the run reports on the real files: exactly the findings of a committed table.

Belongs here: the table `expected_findings.csv` against the report of the open run, and each of its lines
against the file it speaks of. Does not belong here: how findings are made (`tests/checks`).
"""

from __future__ import annotations

import csv
import json
from pathlib import Path
from typing import Any

import pytest

from tests.real.comparison import Release, of_edition

pytestmark = pytest.mark.real

HERE = Path(__file__).resolve().parent
DISTRICT = "E07000194"
LINE = ("dataset", "edition", "check", "grade", "count", "repaired")


def expected() -> list[dict[str, str]]:
    with (HERE / "expected_findings.csv").open(encoding="utf-8", newline="") as stream:
        return list(csv.DictReader(stream))


def reported(report: dict[str, Any]) -> set[tuple[str, ...]]:
    """The findings of a run's report, with those of earlier editions that its accepted list rests on."""
    return {
        (
            item["dataset"],
            str(item["edition"]),
            finding["check"],
            finding["grade"],
            str(finding["count"]),
            str(finding["repaired"]).lower(),
        )
        for item in (*report["datasets"], *report["earlier"])
        for finding in item["findings"]
    }


def read(path: Path) -> list[list[str]]:
    with path.open(encoding="utf-8-sig", newline="") as stream:
        return list(csv.reader(stream))


@pytest.mark.slow
def test_the_run_reports_exactly_the_expected_findings(open_release: Release):
    files = sorted(open_release.data.glob("reports/*/report.json"))
    report = json.loads(files[-1].read_text(encoding="utf-8"))
    assert report["passes"]
    assert reported(report) == {tuple(line[name] for name in LINE) for line in expected()}
    assert report["refused_decisions"] == report["needless_decisions"] == report["unmatched"] == []


@pytest.mark.slow
def test_what_is_carried_forward_is_what_was_decided(open_release: Release):
    files = sorted(open_release.data.glob("reports/*/report.json"))
    report = json.loads(files[-1].read_text(encoding="utf-8"))
    carried = {
        item["dataset"]: item["carried_from"]
        for item in report["datasets"]
        if item["outcome"] == "carried_forward"
    }
    assert carried == {"desnz_fuel_poverty": 2022, "ref_ward_population": 2022, "ons_hpssa_ward": 2023}


@pytest.mark.slow
def test_every_value_that_rests_on_what_is_carried_forward_is_marked(open_release: Release):
    decided = {"desnz_fuel_poverty", "ref_ward_population", "ons_hpssa_ward"}
    rests = {
        row["indicator"]: row["denominator_dataset"]
        for row in open_release.table("dim_indicator")
        if {row["numerator_dataset"], row["denominator_dataset"]} & decided
    }
    # Rates per resident rest on residents of mid-2020, however new their numerators are.
    assert "ref_ward_population" in rests.values() and set(rests.values()) != {"ref_ward_population"}
    values = [
        row for row in of_edition(open_release.table("fct_indicator_value")) if row["indicator"] in rests
    ]
    assert {row["indicator"] for row in values} == set(rests)
    assert {row["indicator"] for row in values if row["carried_forward"] != "true"} == set()


def test_every_line_says_why_and_how_it_was_confirmed():
    lines = expected()
    assert len({tuple(line[name] for name in LINE) for line in lines}) == len(lines)
    assert all(len(line["reason"]) > 40 and len(line["how_confirmed"]) > 40 for line in lines)


def test_the_ward_codes_of_mid_2020_are_those_of_other_wards(real: Path):
    rows = read(real / "population" / "Mid-2020 Persons-Table 1.csv")
    header = rows[4]
    district = [row for row in rows[5:] if row[2] == DISTRICT]
    assert len(district) * (len(header) - header.index("0")) == 22 * 91 == 2002
    assert [row[0] for row in district] == [f"E0500{code}" for code in range(4940, 4962)]
    assert sum(int(row[4].replace(",", "")) for row in district) == 105_637


def test_no_later_file_of_what_is_carried_forward_is_on_hand(real: Path):
    assert [path.name for path in (real / "population").iterdir()] == ["Mid-2020 Persons-Table 1.csv"]
    assert len(list((real / "fuel_poverty").iterdir())) == 4
    prices = read(next((real / "housing").glob("*median-price-paid-by-ward*")))
    assert prices[5][-1] == "Year ending Mar 2023"


def test_the_best_fit_lookup_leaves_four_areas_out(real: Path):
    import gzip

    rows = read(next((real / "geography" / "lookups").glob("LSOA_(2011)*Version_2*")))
    header, lines = rows[0], rows[1:]
    assert "CHGIND" not in header
    reached = {line[header.index("LSOA21CD")] for line in lines}
    with gzip.open(
        real / "converted_csv" / "lookup_lsoa21_ward24_ltla24.csv.gz", "rt", encoding="utf-8"
    ) as stream:
        areas = {row["lsoa21_code"] for row in csv.DictReader(stream) if row["ltla24_code"] == DISTRICT}
    assert len(areas) == 62
    assert areas - reached == {"E01034099", "E01034102", "E01034104", "E01034105"}


def test_the_ward_without_an_election_is_the_one_that_the_rule_excuses(real: Path):
    rows = read(real / "elections" / "LEH-Candidates-2023_Ward_Level-Table 1.csv")
    wards = {row[2] for row in rows if row[1] == "Lichfield"}
    assert len(wards) == 21
    assert "Bourne Vale" not in wards
