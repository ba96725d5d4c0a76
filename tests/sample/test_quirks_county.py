"""Quirks of the county's further files are really in the sample."""

from __future__ import annotations

import sqlite3
from contextlib import closing

from spi_orchestration.sample.writers.geopackage import geopackage, point_blob
from tests.sample.plain import csv_rows, sheet_names, xlsx_table
from tests.sample.test_counts import EDITIONS


def test_key_stage_4_has_titles_marks_notes_and_assessed_years(written):
    table = xlsx_table(written.county("education/SCC_KS4_202021_revised.xlsx"), "Ward")
    assert table[4][:2] == ["Academic Year", "Ward Code"]
    assert {row[0] for row in table[5:-3]} == {"2018/19", "2019/20", "2020/21"}
    assert "c" in {row[5] for row in table}
    assert str(table[-1][0]).startswith("Rows of groups")
    assert sheet_names(written.county("education/SCC_KS4_202425_revised.xlsx"))[1] == "Ward of residence 2025"


def test_a_pupil_can_be_suspended_several_times(written):
    rows = csv_rows(written.county("education/SCC_EXCLUSIONS_202223.csv"))
    both = [(row["Suspensions"], row["Pupils_Suspended"]) for row in rows]
    assert any(a.isdigit() and b.isdigit() and int(a) > int(b) for a, b in both)
    assert any("c" in pair for pair in both)


def test_a_levels_have_half_entries_and_small_wards_are_withheld_whole(written):
    rows = [
        row
        for year in ("202021", "202122")
        for row in csv_rows(written.county(f"education/SCC_KS5_{year}.csv"))
    ]
    assert any(row["Entries"].endswith(".5") for row in rows)
    hidden = [row for row in rows if row["Students"] == "c"]
    assert all((row["Entries"], row["Points"]) == ("c", "c") for row in hidden)


def test_participation_is_monthly_counts_18_year_olds_and_misses_some_wards(written):
    rows = csv_rows(written.county("education/NCCIS_202312.csv"))
    assert {row["Month"] for row in rows} == {"Dec-23"}
    assert csv_rows(written.county("education/NCCIS_202212.csv"))[0]["Month"] == "2022-12"
    assert {"16", "17", "18"} == {row["Academic_Age"] for row in rows}
    assert any(not row["Ward_Code"] for row in rows)
    assert {"EET", "NEET", "Not known"} == {row["Status"] for row in rows}


def test_care_changes_its_return_and_its_headers(written):
    assert "DIRECT_PAYMENT" in csv_rows(written.county("adult_social_care/ASC_LTS_2022-23.csv"))[0]
    later = csv_rows(written.county("adult_social_care/ASC_LTS_2023-24.csv"))
    assert "Part_Direct_Payment" in later[0] and any(not row["Ward_Code"] for row in later)


def test_rounded_age_bands_do_not_add_up_to_all_adults(written):
    rows = csv_rows(written.county("public_health/SMOKING_WARD_202403.csv"))
    whole = {row["Ward_Code"]: row["Registered"] for row in rows if row["Age_Band"] == "18+"}
    parts = {ward: 0 for ward in whole}
    for row in rows:
        assert all(cell == "*" or int(cell) % 5 == 0 for cell in list(row.values())[3:])
        if row["Age_Band"] != "18+":
            parts[row["Ward_Code"]] += int(row["Registered"])
    assert any(int(whole[ward]) != parts[ward] for ward in whole)
    every = [
        cell
        for year in EDITIONS
        for row in csv_rows(written.county(f"public_health/SMOKING_WARD_{year}03.csv"))
        for cell in row.values()
    ]
    assert "*" in every


def test_more_checks_are_received_than_offered_in_one_year_and_some_at_work(written):
    rows = csv_rows(written.county("public_health/NHSHC_WARD_2022-23.csv"))
    assert {row["Fin_Year"] for row in rows} == {"2018-19", "2019-20", "2020-21", "2021-22", "2022-23"}
    assert any(int(row["Received"]) > int(row["Invited"]) for row in rows if row["Received"].isdigit())
    assert any(not row["Ward_Code"] for row in rows)


def test_feeding_of_some_wards_is_not_known_well_enough(written):
    rows = csv_rows(written.county("public_health/BF68_WARD_2021-22.csv"))
    short = [row for row in rows if int(row["Status_Known"]) < 0.95 * int(row["Infants_Due"])]
    assert 0 < len(short) < len(rows) / 4


def test_floods_are_points_and_multipoints_reported_twice_and_some_nowhere(written):
    with closing(sqlite3.connect(written.county("flood/llfa_flood_incidents_20260430.gpkg"))) as database:
        kinds = {row[0] for row in database.execute("select hex(substr(geom, 10, 1)) from incidents")}
        assert kinds == {"01", "04", ""}
        assert database.execute("select data_type, srs_id from gpkg_contents").fetchall() == [
            ("features", 27700)
        ]
        repeated = (
            "select count(*) from (select 1 from incidents group by substr(geom, -16) having count(*) > 1)"
        )
        assert database.execute(repeated).fetchone()[0] > 10
        sewer = (
            "select count(*), min(event_date), max(event_date) from incidents where flood_source = 'sewer'"
        )
        count, first, last = database.execute(sewer).fetchone()
        assert count > 10 and "2021-04-01" <= first < "2022-04-01" <= last < "2026-04-01"


def test_a_geopackage_is_the_same_bytes_and_names_no_library_version():
    rows = [(point_blob(1.0, 2.0, 27700), "a", 1), (None, "b", 0)]
    first, second = (geopackage("x", {"name": "text", "flag": "boolean"}, rows, 27700) for _ in range(2))
    assert first == second
    assert first[68:72] == b"GPKG" and first[96:100] == bytes(4)


def test_unreachable_is_999_and_school_buses_are_faster(written):
    rows = csv_rows(written.county("transport/pt_access_oa21_202310.csv"))
    assert "999.0" in {row["Minutes"] for row in rows}
    best = {}
    for row in rows:
        key = row["Day"] == "School day" or row["Window"] != "07:00-19:00" or row["Day"] == "Saturday"
        best.setdefault(row["OA21CD"], {}).setdefault(key, []).append(float(row["Minutes"]))
    assert any(min(times[True]) <= 30 < min(times[False]) for times in best.values() if True in times)
