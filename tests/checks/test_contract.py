"""Every contract check finds what it is for, counts it right, and nothing else.

Expected counts and rows are worked out by hand from the rows given; row 0 of a list stands in physical
row 2 of its file.
"""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from spi_orchestration.assets.project import Project
from spi_orchestration.catalogue import CatalogueError, load_catalogue
from spi_orchestration.checks.contract import Reference, examine, unexpected_columns
from spi_orchestration.checks.places import wards_of
from spi_orchestration.checks.registry import CHECKS, checks_of
from spi_orchestration.findings import Finding
from spi_orchestration.readers.raw import LandedFile, read_delivery
from spi_orchestration.settings import Settings
from tests.checks.conftest import Examine, pupils, write_raw
from tests.helpers.small import SOURCES, WARDS, Small, make_small


def failing(counts: dict[str, int]) -> dict[str, int]:
    return {check: count for check, count in counts.items() if count}


def only(findings: tuple[Finding, ...]) -> Finding:
    assert len(findings) == 1, findings
    return findings[0]


def test_a_good_delivery_has_no_findings(look: Examine) -> None:
    examination = look("county_pupils", pupils())
    assert examination.rows == 22
    assert examination.findings == ()
    assert failing(examination.counts) == {}
    assert {"types", "marks", "key", "period", "wards_complete", "good_not_above_cohort"} <= set(
        examination.counts
    )


@pytest.mark.parametrize(
    ("changes", "counts", "column", "rows"),
    [
        # A text in a number cell is neither number nor mark.
        ({"cohort": {3: "fifty", 5: "12 pupils"}}, {"types": 2}, "cohort", (5, 7)),
        # Half a pupil is no whole number.
        ({"good": {0: "12.5"}}, {"types": 1}, "good", (2,)),
        # `*` is a mark of health data, not of education data.
        ({"good": {1: "*"}}, {"marks": 1}, "good", (3,)),
        ({"cohort": {2: "401"}}, {"ranges": 1}, "cohort", (4,)),
        ({"good": {2: "-1"}}, {"ranges": 1}, "good", (4,)),
        ({"good": {7: "58"}}, {"good_not_above_cohort": 1}, "good", (9,)),
        # 50 + 7 of 57: equal is not above.
        ({"good": {7: "57"}}, {}, None, ()),
        # c stands for 1 to 4, so it is above a whole of 0 but not above one of 1.
        ({"good": {6: "c"}, "cohort": {6: "0"}}, {"good_not_above_cohort": 1}, "good", (8,)),
        ({"good": {6: "c"}, "cohort": {6: "1"}}, {}, None, ()),
        ({"good": {6: "2"}, "cohort": {6: "c"}}, {}, None, ()),
        ({"good": {6: "x"}}, {}, None, ()),
    ],
)
def test_single_cells(
    look: Examine,
    changes: dict[str, dict[int, str | None]],
    counts: dict[str, int],
    column: str | None,
    rows: tuple[int, ...],
) -> None:
    examination = look("county_pupils", pupils(**changes))
    assert failing(examination.counts) == counts
    if not counts:
        assert examination.findings == ()
        return
    finding = only(examination.findings)
    assert finding.check == next(iter(counts))
    assert finding.grade == "stop"
    assert finding.column == column
    assert finding.rows == rows
    assert finding.count == sum(counts.values())
    assert finding.file == "f.csv"
    assert finding.expected
    assert finding.found
    assert finding.remedy


@pytest.mark.parametrize("blank", [None, "", "  \u00a0"])
def test_a_blank_year_leaves_its_ward_without_the_expected_year(look: Examine, blank: str | None) -> None:
    examination = look("county_pupils", pupils(academic_year={4: blank}))
    assert failing(examination.counts) == {"required": 1, "wards_complete": 1}
    required = next(f for f in examination.findings if f.check == "required")
    assert (required.column, required.rows, required.count) == ("academic_year", (6,), 1)


def test_an_unknown_ward_is_unknown_missing_and_oddly_named(look: Examine) -> None:
    examination = look("county_pupils", pupils(ward_code={0: "E05006938"}))
    assert failing(examination.counts) == {"wards_complete": 1, "wards_known": 1, "ward_code_name": 1}
    known = next(f for f in examination.findings if f.check == "wards_known")
    assert known.rows == (2,)
    missing = next(f for f in examination.findings if f.check == "wards_complete")
    assert missing.found == "1 without: Alrewas & Fradley"


def test_two_wards_swapped_are_caught_by_their_names(look: Examine) -> None:
    rows = pupils()
    rows[5][1], rows[19][1] = rows[19][1], rows[5][1]
    examination = look("county_pupils", rows)
    assert failing(examination.counts) == {"ward_code_name": 2}
    assert only(examination.findings).rows == (7, 21)


def test_names_may_be_written_as_suppliers_write_them(look: Examine) -> None:
    rows = pupils(ward_name={17: "ST. JOHNS", 0: "Alrewas and Fradley", 14: "Little Aston", 1: None})
    assert look("county_pupils", rows).findings == ()


def test_a_repeated_row_breaks_the_key_once_for_each_repeat(look: Examine) -> None:
    rows = pupils()
    examination = look("county_pupils", [*rows, rows[4], rows[4], rows[9]])
    assert failing(examination.counts) == {"key": 3}
    finding = only(examination.findings)
    assert finding.rows == (24, 25, 26)
    assert finding.found == "3 rows that repeat an earlier one"


def test_cells_that_are_no_value_do_not_count_as_repeats(look: Examine) -> None:
    examination = look("county_pupils", pupils(academic_year={0: "?", 1: "!"}))
    assert failing(examination.counts) == {"types": 2, "wards_complete": 2}


@pytest.mark.parametrize("count", [21, 66])
def test_rows_outside_the_window(look: Examine, count: int) -> None:
    years = [[year, *row[1:]] for year in ("2024/25", "2023/24") for row in pupils()]
    examination = look("county_pupils", [*pupils(), *years][:count])
    finding = next(f for f in examination.findings if f.check == "rows")
    assert finding.expected == "22 to 60 rows"
    assert finding.found == f"{count} rows"
    assert examination.rows == count


def test_last_years_file_is_stopped_and_wards_are_counted_in_the_expected_year(look: Examine) -> None:
    rows = [["2024/25", *row[1:]] for row in pupils()]
    examination = look("county_pupils", rows)
    assert failing(examination.counts) == {"period": 1, "wards_complete": 22}
    finding = next(f for f in examination.findings if f.check == "period")
    assert finding.grade == "stop"
    assert finding.found == "rows of 2025 to 2025"


def test_a_back_series_beside_the_expected_year_is_fine(look: Examine) -> None:
    rows = pupils()
    assert look("county_pupils", [*rows, *[["2024/25", *row[1:]] for row in rows]]).findings == ()


def test_a_later_year_beside_the_expected_one_is_recorded(look: Examine) -> None:
    examination = look("county_pupils", [*pupils(), ["2026/27", *pupils()[0][1:]]])
    finding = only(examination.findings)
    assert (finding.check, finding.grade, finding.count) == ("period", "record", 1)
    assert finding.found == "1 later rows beside the expected ones (rows of 2026 to 2027)"


def test_a_missing_ward_is_named(look: Examine) -> None:
    rows = [row for row in pupils() if row[1] not in {"E05010670", "E05010655"}]
    examination = look("county_pupils", [*rows, *[["2024/25", *row[1:]] for row in rows[:2]]])
    assert failing(examination.counts) == {"wards_complete": 2}
    assert only(examination.findings).found == "2 without: Bourne Vale, Stowe"


def homes() -> list[list[str | None]]:
    rows: list[list[str | None]] = [
        [code, name, "E07000194", f"1,{100 + n}", str(100 + n)]
        for n, (code, name) in enumerate(WARDS.items())
    ]
    return [*rows, ["E05011111", "Stowe", "E07000099", "900", "90"]]


def test_wards_of_other_districts_are_not_judged_in_a_national_file(look: Examine) -> None:
    examination = look("national_homes", homes())
    assert examination.findings == ()
    # The wards of the district must still all be there: the ward is the key of the table.
    assert failing(look("national_homes", homes()[1:]).counts) == {"areas_complete": 1}


def test_a_name_shared_with_another_district_is_no_clash_in_a_national_file(
    small: Small, tmp_path: Path, look: Examine
) -> None:
    unlimited = HOMES_RULE.replace(", where: \"lad_code = '{district}'\"", "")
    project = varied(small, tmp_path, HOMES_RULE, unlimited)
    assert look("national_homes", homes(), project=project).findings == ()
    # A code of ours beside another name is one all the same.
    rows = homes()
    rows[19][1] = "Elsewhere"
    finding = only(look("national_homes", rows, project=project).findings)
    assert (finding.check, finding.rows) == ("ward_code_name", (21,))


def test_a_declared_repair_mends_codes_and_is_recorded_with_its_count(look: Examine) -> None:
    rows = homes()
    for number, row in enumerate(rows[:22]):
        row[0] = f"E0500{4940 + number}"
    examination = look("national_homes", rows)
    finding = only(examination.findings)
    assert (finding.check, finding.grade, finding.repaired) == ("ward_code_name", "record", True)
    assert finding.count == 22
    assert examination.repaired == 22
    assert failing(examination.counts) == {}
    assert "filled ward codes down" in finding.remedy


def test_a_repair_does_not_hide_what_it_cannot_mend(look: Examine) -> None:
    rows = homes()
    rows[0][0], rows[0][1] = "E05010652", "Nowhere"
    examination = look("national_homes", rows)
    assert examination.repaired == 0
    assert failing(examination.counts) == {"ward_code_name": 1, "areas_complete": 1, "key": 1}
    assert all(not finding.repaired and finding.grade == "stop" for finding in examination.findings)


def test_values_are_quoted_for_public_data_only(look: Examine) -> None:
    rows = homes()
    rows[3][3] = "unknown"
    public = only(look("national_homes", rows).findings)
    assert "'unknown'" in public.found
    private = only(look("county_pupils", pupils(cohort={3: "unknown"})).findings)
    assert "unknown" not in json.dumps(private.as_dict())


CANARY = "ZQXJKVWORLD"


def test_no_cell_of_a_sensitive_dataset_is_told_whatever_breaks(look: Examine) -> None:
    members: list[list[str | None]] = [[f"m{n}", "WS13 6HS", "1"] for n in range(30)]
    broken = [[CANARY, CANARY, CANARY], [CANARY, CANARY, CANARY], [None, CANARY, f"9{CANARY}"]]
    examination = look("council_members", [*members, *broken])
    assert {"types", "key", "required"} <= set(failing(examination.counts))
    wards = look("county_pupils", [[CANARY] * 5, *pupils()])
    assert {"types", "pattern", "wards_known"} <= set(failing(wards.counts))
    told = json.dumps([f.as_dict() for f in (*examination.findings, *wards.findings)])
    assert CANARY not in told


def test_headings_of_sensitive_datasets_are_counted_and_personal_ones_stop(project: Project) -> None:
    members = project.catalogue["council_members"]
    personal, other = unexpected_columns(members, ["E-mail address", "Smith, John 12 High St"])
    assert (personal.grade, other.grade) == ("stop", "record")
    assert "Smith" not in json.dumps([personal.as_dict(), other.as_dict()])
    public = project.catalogue["national_homes"]
    (shown,) = unexpected_columns(public, ["Region code"])
    assert shown.grade == "record"
    assert "Region code" in shown.found
    (named,) = unexpected_columns(public, ["date_of_birth"])
    assert named.grade == "stop"


@pytest.mark.parametrize(
    "heading",
    [
        "DateOfBirth", "dateofbirth", "D.O.B.", "Birth-Date", "EmailAddress", "E-mail", "email_addr", "HomeAddress",
        "ADDRESS1", "Address Line 2", "addr1", "PhoneNumber", "Mobile No", "TelephoneNo", "NHSNumber", "nhs_no",
        "FirstName", "CustomerSurname", "Maiden Names", "NI Number", "NationalInsuranceNumber",
    ],
)  # fmt: skip
def test_a_heading_of_personal_data_stops_however_it_is_written(heading: str, project: Project) -> None:
    (finding,) = unexpected_columns(project.catalogue["county_pupils"], [heading])
    assert (finding.grade, finding.found) == ("stop", "1 more that look like personal data")


@pytest.mark.parametrize(
    "heading", ["Ward Name", "Band", "Unit", "Minor", "Number", "Dobbins Lane", "Mobility"]
)
def test_a_harmless_heading_is_recorded(heading: str, project: Project) -> None:
    (finding,) = unexpected_columns(project.catalogue["county_pupils"], [heading])
    assert finding.grade == "record"


def test_unexpected_columns_are_counted(look: Examine) -> None:
    examination = look("national_homes", homes(), unexpected=["Region", "Country"])
    assert failing(examination.counts) == {"unexpected_columns": 2}


def varied(small: Small, tmp_path: Path, old: str, new: str) -> Project:
    """The small installation with another text in its catalogue."""
    assert old in SOURCES
    root = tmp_path / "varied"
    other = make_small(root)
    (root / "sources.yml").write_text(SOURCES.replace(old, new), encoding="utf-8")
    project = Project.load(other.settings)
    return project


HOMES_RULE = "- {id: ward_code_name, kind: code_name, column: ward_code, other: ward_name, where: \"lad_code = '{district}'\"}"


def with_rule(small: Small, tmp_path: Path, rule: str) -> Project:
    return varied(small, tmp_path, HOMES_RULE, HOMES_RULE + "\n                - " + rule)


def test_areas_of_a_reference_dataset(small: Small, tmp_path: Path, look: Examine) -> None:
    project = with_rule(
        small, tmp_path, "{id: homes_complete, kind: areas_complete, column: ward_code, reference: ref_areas}"
    )
    dataset = project.catalogue["ref_areas"]
    areas = [[code, "E07000194"] for code in list(WARDS)[:3]] + [
        ["E01000001", "E07000194"],
        ["E01000002", "E07"],
    ]
    raw = write_raw(tmp_path / "areas.parquet", list(dataset.columns), areas)
    examination = look("national_homes", homes(), {"ref_areas": Reference(dataset, raw)}, project=project)
    # Of the reference only the district's areas count; one of these four is not in the table.
    finding = only(examination.findings)
    assert (finding.check, finding.count) == ("homes_complete", 1)
    assert finding.found == "1 without: E01000001"


def test_a_rule_whose_reference_is_absent_cannot_pass(small: Small, tmp_path: Path, look: Examine) -> None:
    project = with_rule(
        small, tmp_path, "{id: homes_known, kind: areas_known, column: ward_code, reference: ref_areas}"
    )
    finding = only(look("national_homes", homes(), {}, project=project).findings)
    assert finding.check == "homes_known"
    assert finding.grade == "stop"
    assert "ref_areas" in finding.found


def test_sums_agree_within_their_tolerance(small: Small, tmp_path: Path, look: Examine) -> None:
    rule = "{id: adds_up, kind: sum_equals, column: homes, parts: [poor, poor], tolerance: 1, grade: record}"
    project = with_rule(small, tmp_path, rule)
    rows = [[*row[:3], "200", "100"] for row in homes()]
    rows[0][3], rows[1][3], rows[2][3], rows[3][4] = "201", "202", "198", None
    finding = only(look("national_homes", rows, project=project).findings)
    assert (finding.check, finding.grade, finding.rows) == ("adds_up", "record", (3, 4))


def test_parts_together_are_not_above_their_whole(small: Small, tmp_path: Path, look: Examine) -> None:
    rule = "{id: both_below, kind: not_above, column: poor, parts: [poor], other: homes}"
    project = with_rule(small, tmp_path, rule)
    rows = [[*row[:3], "200", "100"] for row in homes()]
    # 101 + 101 of 200, though 101 alone is below; a blank cell says nothing.
    rows[4][4], rows[5][4] = "101", None
    finding = only(look("national_homes", rows, project=project).findings)
    assert (finding.check, finding.rows, finding.expected) == (
        "both_below",
        (6,),
        "poor + poor at most homes",
    )


@pytest.mark.parametrize(("homes_said", "fails"), [("2026", False), ("2025", True)])
def test_what_must_be_said_moves_on_with_the_edition(
    homes_said: str, fails: bool, small: Small, tmp_path: Path, look: Examine
) -> None:
    rule = "{id: of_the_year, kind: value_present, column: homes, text: '{E}', where: 'poor > 1'}"
    project = with_rule(small, tmp_path, rule)
    rows = [[*row[:3], "3000", "100"] for row in homes()]
    rows[3][3] = homes_said
    examination = look("national_homes", rows, project=project)
    assert failing(examination.counts) == ({"of_the_year": 1} if fails else {})
    if fails:
        finding = only(examination.findings)
        assert (finding.grade, finding.expected, finding.found) == (
            "stop",
            "rows with 2026 where poor > 1",
            "none",
        )


@pytest.fixture(scope="module")
def whole() -> Project:
    return Project.load(Settings.load())


@pytest.mark.parametrize(
    ("days", "grade", "found"),
    [
        (["2025-04-01", "2026-03-31"], None, ""),
        # Last year's file, in an edition that has nothing to compare it with.
        (["2024-04-01", "2025-03-31"], "stop", "rows of 2024-04-01 to 2025-03-31"),
        (
            ["2025-06-01", "2026-04-01"],
            "record",
            "1 later rows beside the expected ones (rows of 2025-06-01 to 2026-04-01)",
        ),
    ],
)
def test_the_days_of_a_feed_are_held_against_the_period(
    days: list[str], grade: str | None, found: str, whole: Project, look: Examine
) -> None:
    rows = [[f"F{at}", day, "Council land", "411000", "309000"] for at, day in enumerate(days)]
    examination = look("ldc_fly_tipping", rows, project=whole)
    findings = [one for one in examination.findings if one.check == "period"]
    assert [(one.grade, one.found, one.column) for one in findings] == (
        [(grade, found, "reported")] if grade else []
    )


def test_a_column_of_codes_or_names_knows_both(whole: Project, look: Examine) -> None:
    wards = ["E05010651", "St. Johns", "Stowe", "E05004940", "Burntwood"]
    rows = [[f"T{at}", "1", "2025-06-01", ward, "A", "B"] for at, ward in enumerate(wards)]
    examination = look("ldc_street_cleansing_survey", rows, project=whole)
    (finding,) = [one for one in examination.findings if one.check == "wards_known"]
    assert (finding.grade, finding.rows) == ("stop", (5, 6))


def test_a_rule_for_other_layouts_is_left_out(small: Small, tmp_path: Path, look: Examine) -> None:
    layout = "                - id: workbook\n"
    rule = "{id: adds_up, kind: sum_equals, column: homes, parts: [poor], layouts: [older]}"
    root = tmp_path / "layouts"
    other = make_small(root)
    older = "                - {id: older, format: csv, columns: {ward_code: Code}}\n"
    text = SOURCES.replace(HOMES_RULE, HOMES_RULE + "\n                - " + rule).replace(
        layout, layout + "@"
    )
    text = text.replace(layout + "@", layout).replace(
        "      - name: ref_areas", older + "      - name: ref_areas"
    )
    (root / "sources.yml").write_text(text, encoding="utf-8")
    examination = look("national_homes", homes(), project=Project.load(other.settings))
    assert failing(examination.counts) == {}


MONTHS = """
                - {id: months, kind: months_present, column: month}
"""


@pytest.mark.parametrize(
    ("coverage", "present", "count", "found"),
    [
        ("", range(1, 13), 0, None),
        ("", range(1, 12), 1, "none in 2025-12"),
        ("", [1, 2, 4, 5, 6, 7, 8, 9, 11, 12], 2, "none in 2025-03, 2025-10"),
        # January and March 2025 have 62 days.
        ("coverage: {days: 62, of: 365, label: two months}", [1, 3], 0, None),
        ("coverage: {days: 62, of: 365, label: two months}", [1, 2], 3, "months of 59 days"),
        ('coverage: {days: 62, of: 365, label: two, months: ["2025-01", "2025-03"]}', [1, 3], 0, None),
        (
            'coverage: {days: 62, of: 365, label: two, months: ["2025-01", "2025-03"]}',
            [1, 5],
            2,
            "none in 2025-03; rows in 2025-05",
        ),
    ],
)
def test_months(tmp_path: Path, coverage: str, present: list[int], count: int, found: str | None) -> None:
    root = tmp_path / "months"
    small = make_small(root)
    text = SOURCES.replace(
        "{name: lad_code, description: Code of the district.}\n          - {name: homes",
        "{name: lad_code, description: Code of the district.}\n          - {name: month, description: Month.}\n          - {name: homes",
    )
    text = text.replace(
        "                homes: {type: integer",
        '                month: {type: month, formats: ["%Y-%m"]}\n                homes: {type: integer',
    )
    text = text.replace(HOMES_RULE, HOMES_RULE + MONTHS.rstrip())
    text = text.replace("key: [ward_code]\n", "key: []\n")
    if coverage:
        text = text.replace(
            '                  sheet: "Table 3*"\n',
            f'                  sheet: "Table 3*"\n                  {coverage}\n',
        )
    (root / "sources.yml").write_text(text, encoding="utf-8")
    catalogue = load_catalogue(small.settings)
    dataset = catalogue["national_homes"]
    rows = [[*row[:3], f"2025-{month:02d}", *row[3:]] for month in present for row in homes()]
    raw = write_raw(tmp_path / "months.parquet", list(dataset.columns), rows)
    wards = wards_of(small.settings, "E07000194", 2026)
    examination = examine(dataset, dataset.contract.layouts[0], 2026, raw, catalogue, wards)
    assert examination.counts["months"] == count
    if found:
        assert only(examination.findings).found == found


def test_a_column_that_some_rows_must_fill(small: Small, tmp_path: Path, look: Examine) -> None:
    rule = """{id: poor_filled, kind: filled, column: poor, where: "ward_code <> 'E05010651'"}"""
    project = with_rule(small, tmp_path, rule)
    rows = [[*row[:-1], None if at in {0, 3, 4} else row[-1]] for at, row in enumerate(homes())]
    examination = look("national_homes", rows, project=project)
    # Of the three blank cells that of the first ward is excused.
    assert examination.counts["poor_filled"] == 2
    assert only(tuple(f for f in examination.findings if f.check == "poor_filled")).rows == (5, 6)


TOTALS = """
                  keep: {column: ward_code, pattern: "E05.*"}
                  totals: [{column: ward_code, pattern: "(?i)total", of: [cohort, good], by: [academic_year]}]"""


@pytest.mark.parametrize(
    ("edit", "count", "found"),
    [
        # Cohorts of 50 to 71 make 22 x 60.5 = 1,331; good results 20 fewer each, 891.
        ({}, 0, None),
        ({"cohort": 1330}, 1, "1 that are not"),
        ({"drop": 3}, 2, "1 that are not"),
        # A cell of 1 to 4 in place of 30: 891 - 30 = 861, so that 862 to 865 agree and 861 and 866 do not.
        ({"mark": 0, "good": 862}, 0, None),
        ({"mark": 0, "good": 865}, 0, None),
        ({"mark": 0, "good": 861}, 1, "1 that are not"),
        ({"mark": 0, "good": 866}, 1, "1 that are not"),
        ({"without": True}, 1, "none"),
    ],
)
def test_totals_that_a_file_states(
    edit: dict[str, int], count: int, found: str | None, small: Small, tmp_path: Path
) -> None:
    line = "columns: {academic_year: Academic Year, ward_code: Ward Code, ward_name: Ward Name, cohort: Cohort, good: Good}"
    project = varied(small, tmp_path, line, line + TOTALS)
    dataset = project.catalogue["county_pupils"]
    layout = dataset.contract.layouts[0]
    rows = pupils(good={0: "c"}) if "mark" in edit else pupils()
    rows = [row for at, row in enumerate(rows) if at != edit.get("drop")]
    if "without" not in edit:
        rows.append(["2025/26", "TOTAL", "", str(edit.get("cohort", 1331)), str(edit.get("good", 891))])
    file = tmp_path / "pupils.csv"
    header = "Academic Year,Ward Code,Ward Name,Cohort,Good"
    lines = [header, *(",".join(f'"{cell}"' for cell in row) for row in rows)]
    file.write_text("\n".join(lines) + "\n", encoding="utf-8")
    raw = tmp_path / "pupils.parquet"
    table = read_delivery(dataset, layout, [LandedFile(path=file, name="pupils.csv")], raw)
    wards = wards_of(project.settings, "E07000194", 2026)
    examination = examine(dataset, layout, 2026, raw, project.catalogue, wards, totals=table.totals)
    assert examination.counts["stated_totals"] == count
    mine = [one for one in examination.findings if one.check == "stated_totals"]
    assert {one.found for one in mine} == ({found} if found else set())
    assert all(one.rows in {(24,), (23,), ()} for one in mine)


@pytest.mark.parametrize(
    "text", ["Colton â€“ the Ridwares", "St Johnâ€™s", "Bourne &amp; Vale", "Stowe\ufffd"]
)
def test_garbled_letters_stop(text: str, look: Examine) -> None:
    examination = look("county_pupils", pupils(ward_name={4: text}))
    assert examination.counts["letters"] == 1
    assert look("county_pupils", pupils(ward_name={4: "Café & Ridwares’"})).counts["letters"] == 0


def test_a_rule_that_is_no_sql_is_an_error_of_the_catalogue(
    small: Small, tmp_path: Path, look: Examine
) -> None:
    rule = '{id: odd, kind: not_above, column: poor, other: homes, where: "nonsense >"}'
    project = with_rule(small, tmp_path, rule)
    with pytest.raises(CatalogueError, match="national_homes: check odd"):
        look("national_homes", homes(), project=project)


def test_a_rule_may_not_take_the_name_of_a_check(small: Small, tmp_path: Path) -> None:
    project = with_rule(small, tmp_path, "{id: rows, kind: not_above, column: poor, other: homes}")
    with pytest.raises(CatalogueError, match="rows"):
        checks_of(project.catalogue["national_homes"], national=True)


def test_every_kind_of_rule_is_a_registered_check_and_every_title_is_a_sentence() -> None:
    from spi_orchestration.catalogue import Rule

    kinds = Rule.model_fields["kind"].annotation.__args__  # type: ignore[union-attr]
    assert set(kinds) <= set(CHECKS)
    for check in CHECKS.values():
        assert check.title[0].isupper()
        assert not check.title.endswith(".")
        assert check.proves.endswith(".")
    assert {check.id for check in CHECKS.values() if not check.waivable} == {
        "delivered", "readable", "empty", "sheet", "header", "columns", "types", "marks", "key", "unexpected_columns",
    }  # fmt: skip
