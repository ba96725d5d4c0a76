"""Each quirk that suppliers' files are known for is really in the sample."""

from __future__ import annotations

import json
import re
from itertools import pairwise

from tests.sample.plain import csv_rows, ods_table, sheet_names, xlsx_table, zip_member


def test_electoral_register_has_titles_totals_and_its_own_ward_names(written):
    table = xlsx_table(written.council("electoral/register_counts_2021.xlsx"), "Summary")
    assert [row[0] for row in table[2:4]] == ["PD", "AA"]
    assert sum(row[0] == "TOTAL" for row in table) == 22
    assert table[-1][0] == "GRAND TOTAL"
    wards = {row[2] for row in table[3:]}
    assert {"St. Johns", "Colton and the Ridwares"} <= wards
    assert "St John's" not in wards
    assert sheet_names(written.council("electoral/register_counts_2025.xlsx"))[0] == "PD Summary 2025"


def test_election_figures_repeat_on_each_candidate_and_an_uncontested_ward_is_blank(written):
    rows = csv_rows(written.council("electoral/election_results_2023-05-04.csv"))
    assert len(rows[0]) == 33
    wards: dict[str, set[str]] = {}
    for row in rows:
        wards.setdefault(row["ElectoralAreaURI"].rsplit("/", 1)[1], set()).add(row["VotesCast"])
    assert len(wards) == 22
    assert all(len(values) == 1 for values in wards.values())
    lone = [row for row in rows if row["ElectoralAreaURI"].endswith("E05010655")]
    assert [(row["VotesCast"], row["PercentageTurnout"], row["Elected"]) for row in lone] == [
        ("", "", "Elected")
    ]
    several = [row for row in rows if row["ElectoralAreaLabel"] == "Leomansley"]
    assert sum(int(row["VotesWon"]) for row in several) > int(several[0]["VotesCast"].replace(",", ""))


def test_candidates_have_no_names(written):
    for day in ("2019-05-02", "2023-05-04"):
        for row in csv_rows(written.council(f"electoral/election_results_{day}.csv")):
            assert re.fullmatch(r"Candidate \d+", row["CandidateSurname"])
            assert row["CandidateForenames"] == "Synthetic"
            assert row["CommonlyUsedSurname"] == row["CommonlyUsedForenames"] == ""


def test_leisure_changes_system_and_postcodes_are_typed_in_many_ways(written):
    old = written.council("leisure/leisure_visits_2022-23.csv").read_bytes()
    assert b"Home Postcode;" in old and b"\x96" in old  # cp1252 en dash
    homes = [row["postcode"] for row in csv_rows(written.council("leisure/leisure_visits_2023-24.csv"))]
    assert any(home.islower() is False and " " not in home and home for home in homes)
    assert any(home == home.lower() and home.strip() for home in homes)
    assert "" in homes
    assert any("zz99" in home.lower().replace(" ", "") for home in homes)


def test_one_home_has_several_liability_orders_and_some_have_no_number(written):
    rows = csv_rows(written.council("revenues/ct_liability_orders_2021-22.csv"))
    uprn = [row["uprn"] for row in rows if row["uprn"]]
    assert len(uprn) > len(set(uprn))
    assert sum(not row["uprn"] for row in rows) >= 5
    assert {len(number) for number in uprn} == {11, 12}
    assert re.fullmatch(r"\d{4}-\d\d-\d\d", rows[0]["lo_date"])
    late = csv_rows(written.council("revenues/ct_liability_orders_2025-26.csv"))
    assert re.fullmatch(r"\d\d/\d\d/\d{4}", late[0]["liability_order_date"])


def test_environmental_health_is_an_old_export(written):
    path = written.council("environmental_health/eh_service_requests_2023-24.csv")
    content = path.read_bytes()
    assert b"\x92" in content and b"\x93" in content and b"\r\n" in content  # cp1252 quotes
    rows = csv_rows(path, encoding="cp1252")
    assert re.fullmatch(r"\d\d-[A-Z]{3}-\d\d", rows[0]["RECDATE"])
    assert any((row["MAPEAST"], row["MAPNORTH"]) == ("000000", "000000") for row in rows)
    assert any(not row["UPRN"] and row["MAPEAST"] != "000000" for row in rows)
    assert any(not row["UPRN"] and row["MAPEAST"] == "000000" for row in rows)
    assert len({row["UPRN"] for row in rows}) < len(rows)


def test_fly_tips_lack_points_lie_on_private_land_and_come_twice(written):
    path = written.council("operations/flytips_2023-24.csv")
    assert path.read_bytes().startswith(b"\xef\xbb\xbf")
    rows = csv_rows(path)
    assert {"0", "000000"} <= {row["Easting"] for row in rows}
    assert any(row["Land Type"] == "Private" for row in rows)
    assert not any(
        row["Land Type"] == "Private" for row in csv_rows(written.council("operations/flytips_2022-23.csv"))
    )
    points = [(int(row["Easting"]), int(row["Northing"])) for row in rows if int(row["Easting"])]
    near = sum(0 <= (ax - bx) ** 2 + (ay - by) ** 2 <= 2500 for (ax, ay), (bx, by) in pairwise(points))
    assert near >= 5


def test_fly_tip_dates_are_cells_serials_and_text_in_one_sheet(written):
    path = written.council("operations/flytips_2025-26.xlsx")
    days = [row[1] for row in xlsx_table(path, "Incidents 2025-26")[2:]]
    assert {type(day).__name__ for day in days} == {"datetime", "int", "str"}


def test_education_has_both_year_notations_marks_and_a_byte_order_mark(written):
    assert written.county("education/SCC_EYFSP_202122.csv").read_bytes().startswith(b"\xef\xbb\xbf")
    years = {
        csv_rows(written.county(f"education/SCC_EYFSP_{name}.csv"))[0]["Academic_Year"]
        for name in ("202122", "202223")
    }
    assert years == {"2021/22", "202223"}
    rows = csv_rows(written.county("education/SCC_EYFSP_202223.csv"))
    assert "c" in {row["GLD"] for row in rows}
    assert "z" in {
        cell
        for path in ("202122", "202223")
        for r in csv_rows(written.county(f"education/SCC_ABSENCE_{path}.csv"))
        for cell in r.values()
    }


def test_absence_of_two_years_stands_in_the_first_file(written):
    rows = csv_rows(written.county("education/SCC_ABSENCE_202122.csv"))
    assert {row["Academic_Year"] for row in rows} == {"202021", "2021/22"}


def test_key_stage_2_keeps_provisional_beside_revised(written):
    rows = csv_rows(written.county("education/SCC_KS2_202425.csv"))
    assert {row["Release"] for row in rows} == {"Provisional", "Revised"}
    by_status = {
        status: sum(
            int(r["RWM_Expected"]) for r in rows if r["Release"] == status and r["RWM_Expected"].isdigit()
        )
        for status in ("Provisional", "Revised")
    }
    assert by_status["Provisional"] != by_status["Revised"]


def test_child_measurement_is_rounded_and_withheld_and_one_year_is_a_sample(written):
    rows = csv_rows(written.county("public_health/NCMP_WARD_202021.csv"))
    assert {row["Period"] for row in rows} == {"2018/19", "2019/20", "2020/21"}
    numbers = [row["Measured"] for row in rows] + [row["Obese_Inc_Severe"] for row in rows]
    assert "*" in numbers
    assert all(int(n) % 5 == 0 for n in numbers if n != "*")
    full, tenth = (
        sum(int(r["Measured"]) for r in rows if r["Period"] == period and r["Measured"] != "*")
        for period in ("2018/19", "2020/21")
    )
    assert tenth < full / 5


def test_social_care_workbook_has_serial_dates_marks_a_total_and_notes(written):
    table = xlsx_table(written.county("childrens_services/CSC_WARD_2022.xlsx"), "By ward")
    assert table[2][:3] == ["Snapshot", "Ward Code", "Ward"]
    assert {row[0] for row in table[3:69]} == {43921, 44286, 44651}  # 31 March 2020, 2021, 2022
    assert "x" in {row[4] for row in table}
    assert table[69][0] == "TOTAL" and "x stands for" in str(table[-1][0])
    later = ods_table(written.county("childrens_services/CSC_WARD_2026.ods"), "Ward counts 2026")
    assert later[4][0] == "Snapshot date" and later[5][0] == "2026-03-31"


def test_library_headers_change_and_postcodes_come_in_lower_case(written):
    rows = csv_rows(written.county("libraries/library_active_users_2022-23.csv"))
    assert any(row["Postcode"] == row["Postcode"].lower() for row in rows)
    assert "1" in {row["Active_Borrowers"] for row in rows}
    assert "PCODE" in csv_rows(written.county("libraries/library_active_users_2023-24.csv"))[0]


def test_learners_have_several_aims_and_unknown_homes(written):
    rows = csv_rows(written.county("adult_learning/ILR_ACL_202425.csv"))
    assert len({row["LearnRefHash"] for row in rows}) < len(rows)
    assert any("ZZ999ZZ" in row["Postcode"].upper().replace(" ", "") for row in rows)
    assert any(int(row["AgeOnStart"]) < 19 for row in rows)


def test_fuel_poverty_moves_to_another_sheet_and_other_areas(written):
    old = written.national("desnz/fuel_poverty/2022/sub-regional-fuel-poverty-2022-tables.xlsx")
    new = written.national("desnz/fuel_poverty/2023/sub-regional-fuel-poverty-2023-tables.xlsx")
    assert "Table 3" in sheet_names(old) and "Table 4" in sheet_names(new)
    before, after = xlsx_table(old, "Table 3"), xlsx_table(new, "Table 4")
    assert before[2][5] == "Number of households1" and after[2][0] == "LSOA 2021 Code"
    assert any(str(row[0]).startswith("E01998") for row in before)
    assert not any(str(row[0]).startswith("E01998") for row in after)
    assert str(before[-1][0]).startswith("1 Estimates")


def test_low_income_table_has_preamble_line_breaks_marks_and_blank_rows(written):
    text = written.national("dwp/cilif/2025/4_AHC_Relative_Ward.csv").read_bytes().decode("utf-8-sig")
    lines = text.split("\r\n")
    assert lines[9].startswith("Local Authority [note 2],Area Code,Ward [note 2],Area Code")
    assert "Number of children \nFYE 2025" in text
    assert "[low]" in text and "[x]" in text
    assert lines[-2] == ",,,,,,,"


def test_police_months_come_in_folders_and_in_a_zip(written):
    folder = written.national("home_office/police_uk/2025/2025-09/2025-09-staffordshire-street.csv")
    rows = csv_rows(folder)
    zipped = csv_rows(
        zip_member(
            written.national("home_office/police_uk/2026/2026-09-staffordshire-street.zip"),
            "2025-10/2025-10-staffordshire-street.csv",
        )
    )
    assert rows[0].keys() == zipped[0].keys()
    assert any(not row["Longitude"] and row["Location"] == "No Location" for row in rows)
    quiet = [row for row in rows if row["Crime type"] == "Anti-social behaviour"]
    assert not any(row["Crime ID"] for row in quiet)
    assert any(row["LSOA name"] == "Synthetic elsewhere" for row in rows)
    prison = {(row["Longitude"], row["Latitude"]) for row in rows if row["Location"] == "On or near Prison"}
    assert len(prison) == 1, "what happens in the prison stands at one point"


def test_prisoners_are_a_quarter_of_the_residents_of_one_ward(written):
    """Census table TS048 by output area; the ward by the lookup."""
    wards = {
        row["OA21CD"]: row["WD25CD"]
        for row in csv_rows(written.council("reference/oa21_lsoa21_ward_2022.csv"))
    }
    content = zip_member(
        written.national("ons/census2021/2022/census2021-ts048.zip"), "census2021-ts048-oa.csv"
    )
    label = "Communal establishment management and type: "
    prisoners: dict[str, int] = {}
    communal: dict[str, int] = {}
    for row in csv_rows(content):
        ward = wards[row["geography code"]]
        inside = int(row[label + "Other establishment: Prison service"])
        whole = int(row[label + "Total: All usual residents in communal establishments"])
        assert whole >= inside
        prisoners[ward] = prisoners.get(ward, 0) + inside
        communal[ward] = communal.get(ward, 0) + whole
    assert {ward: count for ward, count in prisoners.items() if count} == {"E05010655": 610}
    assert sum(count > 0 for count in communal.values()) > 15


def test_house_prices_are_marked_where_few_homes_were_sold(written):
    found = [
        row
        for edition in range(2023, 2027)
        for row in xlsx_table(
            written.national(f"ons/hpssa/{edition}/hpssadataset37medianpricepaidbyward.xlsx"), "1a"
        )
        if ":" in row
    ]
    assert found


def test_postcode_files_have_no_header_and_new_ones_no_point(written):
    first = written.national("os/code_point_open/2025/ws.csv").read_text(encoding="utf-8").splitlines()
    assert re.fullmatch(r'"WS0\d \d[A-Z]{2}",10,\d+,\d+,"E92000001",.*', first[0])
    assert sum(',90,0,0,"E92000001"' in line for line in first) == 3


def test_census_bands_differ_from_their_total_by_a_few(written):
    rows = csv_rows(written.national("ons/census2021/2022/census2021-ts007a-lsoa.csv"))[1:]
    gaps = [
        int(row["Age: Total"]) - sum(int(v) for k, v in row.items() if k.startswith("Age: Aged"))
        for row in rows
    ]
    assert any(gaps) and max(map(abs, gaps)) <= 4


def test_gazetteer_holds_provisional_and_historical_records(written):
    rows = csv_rows(written.council("gazetteer/llpg_2022.csv"))
    assert {row["LOGICAL_STATUS"] for row in rows} == {"1", "6", "8"}
    later = {row["UPRN"] for row in csv_rows(written.council("gazetteer/llpg_2025.csv"))}
    assert {row["UPRN"] for row in rows} < later


def test_synthetic_is_marked(written):
    assert "SYNTHETIC" in (written.shares / "SYNTHETIC.txt").read_text(encoding="utf-8")
    for name in ("schematic_wards_wd25", "schematic_lsoa21", "schematic_lsoa11"):
        path = written.national(f"ons/boundaries/2022/{name}.geojson")
        document = json.loads(path.read_text(encoding="utf-8"))
        assert "Synthetic" in document["description"]
        assert all(feature["properties"]["schematic"] for feature in document["features"])


def test_no_invented_code_can_be_a_real_one(written, sample):
    assert all(code.startswith("E01999") for code in sample.map.lsoa_codes)
    assert all(code.startswith(("E01999", "E01998")) for code in sample.map.lsoa11_codes)
    assert all(code.startswith("E00999") for code in sample.map.oas.codes)
    assert all(re.match(r"[A-Z]{1,2}0\d ", code) for code in sample.map.postcodes.codes)
    assert all(number.startswith("99") for number in sample.map.addresses.uprn)
