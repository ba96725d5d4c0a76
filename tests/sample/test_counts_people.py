"""Counts of the national datasets about people, re-added by hand from the written files, equal the truth.

Nothing of the product is used but the files themselves: each reading below is a second, plain account
of what a publisher's file means. `test_counts.py` does the same for the other datasets.
"""

from __future__ import annotations

from collections import defaultdict

import pytest

from tests.sample.plain import csv_rows, xlsx_rows, zip_member
from tests.sample.test_counts import Counts, expected

EDITIONS = range(2022, 2027)
HERE = "E07000194"


@pytest.fixture(scope="module")
def oa_wards(written) -> dict[str, str]:
    rows = csv_rows(written.council("reference/oa21_lsoa21_ward_2022.csv"))
    return {row["OA21CD"]: row["WD25CD"] for row in rows}


def local_health(written, name: str, wanted: dict[tuple[str, str], tuple[str, str]]) -> Counts:
    """Counts and denominators of the latest pool of each delivery; `wanted` names them by indicator and sex."""
    out: Counts = {}
    for edition in EDITIONS:
        rows = csv_rows(written.national(f"ohid/local_health/{edition}/fingertips_ward_{name}.csv"))
        last = max(int(row["Time period Sortable"]) for row in rows)
        for row in rows:
            key = row["Indicator ID"], row["Sex"]
            if row["Parent Code"] == HERE and int(row["Time period Sortable"]) == last and key in wanted:
                year = last // 10000 + 4
                assert row["Time period"].endswith(str(year % 100))
                for measure, column in zip(wanted[key], ("Count", "Denominator"), strict=True):
                    withheld = "suppressed" in row["Value note"] and not row[column]
                    out[measure, row["Area Code"], year] = None if withheld else float(row[column])
    return out


def test_births_and_deliveries(written):
    found = local_health(
        written,
        "child",
        {
            ("93092", "Persons"): ("low_weight_births", "births"),
            ("93113", "Female"): ("teenage_deliveries", "deliveries"),
        },
    )
    assert found == expected(written, "ohid_lh_child_health")
    assert None in found.values()


def test_admissions(written):
    wanted = {("93239", "Persons"): ("self_harm_admissions", "self_harm_expected")}
    assert local_health(written, "disease", wanted) == expected(written, "ohid_lh_disease")


def test_deaths_and_life_expectancy(written):
    found = local_health(
        written, "mortality", {("93480", "Persons"): ("preventable_deaths", "preventable_expected")}
    )
    for edition in EDITIONS:
        rows = csv_rows(written.national(f"ohid/local_health/{edition}/fingertips_ward_mortality.csv"))
        lives = defaultdict(list)
        for row in rows:
            if row["Indicator ID"] == "93283" and row["Time period Sortable"] == f"{edition - 6}0000":
                lives[row["Parent Code"], row["Area Code"]].append((row["Sex"], float(row["Value"])))
        for (parent, area), values in lives.items():
            assert {sex for sex, _ in values} == {"Male", "Female"}
            if parent == HERE:
                found["life_expectancy", area, edition - 2] = sum(value for _, value in values) / 2
    truth = expected(written, "ohid_lh_mortality")
    assert found.keys() == truth.keys()
    assert found == pytest.approx(truth)


def census(written, table: str, oa_wards: dict[str, str], measures: dict[str, tuple[str, ...]]) -> Counts:
    out: Counts = defaultdict(float)
    path = written.national(f"ons/census2021/2022/census2021-{table}.zip")
    for row in csv_rows(zip_member(path, f"census2021-{table}-oa.csv")):
        for measure, columns in measures.items():
            for column in columns:
                out[measure, oa_wards[row["geography code"]], 2021] += float(row[column])
    return dict(out)


def test_unpaid_care(written, oa_wards):
    label = "Provision of unpaid care: "
    measures = {
        "residents_5_plus": (label + "Total: All usual residents aged 5 and over",),
        # The parts of the nested subtotal, not the subtotal that the pipeline reads.
        "caring_20h": (
            label + "Provides 20 to 34 hours unpaid care a week",
            label + "Provides 35 to 49 hours unpaid care a week",
            label + "Provides 50 or more hours unpaid care a week",
        ),
    }
    assert census(written, "ts039", oa_wards, measures) == expected(written, "ons_census21_ts039")


def test_overcrowding(written, oa_wards):
    label = "Occupancy rating for bedrooms: "
    too_few = tuple(f"{label}Occupancy rating of bedrooms: {text}" for text in ("-1", "-2 or less"))
    measures = {"households": (label + "Total: All households",), "overcrowded": too_few}
    assert census(written, "ts052", oa_wards, measures) == expected(written, "ons_census21_ts052")


def test_qualifications(written, oa_wards):
    label = "Highest level of qualification: "
    measures = {
        "residents_16_plus": (label + "Total: All usual residents aged 16 years and over",),
        "no_qualifications": (label + "No qualifications",),
        "level4_plus": (label + "Level 4 qualifications and above",),
    }
    assert census(written, "ts067", oa_wards, measures) == expected(written, "ons_census21_ts067")


def test_claimants(written):
    months: dict[tuple[str, int], list[float]] = defaultdict(list)
    for edition in EDITIONS:
        folder = written.national(f"ons/claimant_count/{edition}")
        for path in sorted(folder.iterdir()):
            for row in csv_rows(path):
                kind = row["GENDER_NAME"], row["AGE_NAME"], row["MEASURE_NAME"]
                if kind == ("Total", "All categories: Age 16+", "Claimant count"):
                    months[row["GEOGRAPHY_CODE"], edition].append(float(row["OBS_VALUE"]))
    assert {len(values) for values in months.values()} == {12}
    assert all(value % 5 == 0 for values in months.values() for value in values)
    found = {
        ("claimants", code, year): sum(values) / 12
        for (code, year), values in months.items()
        if not code.startswith("E05999")
    }
    assert found == expected(written, "nomis_claimant_count")


def test_older_people_add_up_over_the_district(written):
    """LSOAs reach over wards, so the district is compared here, and wards after apportioning."""
    name = "File_7_IoD2025_Scores_Denominators.csv"
    people = deprived = 0.0
    for row in csv_rows(written.national(f"mhclg/iod2025/2022/{name}")):
        if row["Local Authority District code (2024)"] == HERE:
            older = float(row["Older population aged 60 and over: mid 2022"])
            people += older
            deprived += older * float(row["Income Deprivation Affecting Older People (IDAOPI) Score (rate)"])
    truth = expected(written, "mhclg_iod2025_file7")
    assert people == sum(v for (m, _, _), v in truth.items() if m == "older_residents")
    # Rates have three decimals: an LSOA is off by less than half a person.
    wanted = sum(v for (m, _, _), v in truth.items() if m == "older_income_deprived")
    assert deprived == pytest.approx(wanted, abs=0.5 * 62)


def test_entry_to_higher_education_lies_around_the_truth(written):
    path = written.national("mhclg/iod2025/2022/File_8_IoD2025_Underlying_Indicators.xlsx")
    rows = xlsx_rows(path, "IoD2025 Education Domain", 1)
    values = [
        float(str(row["Entry to higher education indicator"]))
        for row in rows
        if row["Local Authority District code (2024)"] == HERE
    ]
    truth = list(expected(written, "mhclg_iod2025_file8").values())
    assert sum(values) / len(values) == pytest.approx(sum(truth) / len(truth), abs=0.01)
    assert min(values) > 0.75 and max(values) < 0.97


def test_casualties_of_the_district(written):
    for edition in (2023, 2026):
        path = written.national(
            f"dft/road_safety/{edition}/dft-road-casualty-statistics-casualty-last-5-years.csv"
        )
        rows = csv_rows(path)
        old = edition <= 2023
        assert ("accident_index" in rows[0]) == old
        adjusted = "casualty_adjusted_severity_serious" if old else "casualty_adjusted_serious"
        got: dict[tuple[str, int], float] = defaultdict(float)
        for row in rows:
            home = row["lsoa_of_casualty"]
            place = "unallocated" if home == "-1" else "outside" if home.startswith("E01997") else "here"
            year = int(row["accident_year" if old else "collision_year"])
            got[place, year] += 1 if row["casualty_severity"] == "1" else float(row[adjusted])
        wanted: dict[tuple[str, int], float] = defaultdict(float)
        for (_, ward, year), value in expected(written, "dft_stats19").items():
            wanted[ward if not ward.startswith("E05") else "here", year] += value or 0
        for key, value in got.items():
            # Slight injuries have a small probability of having been serious.
            assert value == pytest.approx(wanted[key], rel=0.12), key
