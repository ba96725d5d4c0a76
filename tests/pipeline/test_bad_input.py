"""Bad input: the faulty dataset's check fails and says what to do; all else goes on; nothing is built."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from spi_orchestration.assets.builds import build_of
from spi_orchestration.assets.project import Project
from spi_orchestration.checks.report import latest_report
from tests.helpers.paths import assert_windows_safe
from tests.helpers.small import (
    PUPILS_HEADER,
    WARDS,
    Small,
    homes_rows,
    pupils_rows,
    write_csv,
    write_homes,
    write_members,
)
from tests.pipeline.conftest import gated

Fault = Callable[[Small], object]


def pupils_with(row: int, column: int, value: str) -> Fault:
    """One changed cell of `county_pupils`."""

    def fault(small: Small) -> None:
        rows = pupils_rows(2026)
        rows[row][column] = value
        write_csv(small.pupils(), [PUPILS_HEADER, *rows])

    return fault


def header_with(old: str, new: str) -> Fault:
    """A renamed column of `county_pupils`."""

    def fault(small: Small) -> None:
        header = [new if name == old else name for name in PUPILS_HEADER]
        write_csv(small.pupils(), [header, *pupils_rows(2026)])

    return fault


def truncated(path: Callable[[Small], Path], part: float) -> Fault:
    """A file of which only the first part arrived."""

    def fault(small: Small) -> None:
        data = path(small).read_bytes()
        path(small).write_bytes(data[: int(len(data) * part)])

    return fault


def homes_with(**cells: Any) -> Fault:
    """A changed first row of `national_homes`."""

    def fault(small: Small) -> None:
        rows = homes_rows()
        for column, value in cells.items():
            rows[0][["ward_code", "ward_name", "lad_code", "homes", "poor"].index(column)] = value
        write_homes(small.homes(), rows)

    return fault


PUPILS, HOMES = "education/pupils_202526.csv", "homes/homes_2026.xlsx"

#: name -> fault, dataset, check, file, part of what was expected, part of what was found, rows
FAULTS: dict[str, tuple[Fault, str, str, str | None, str, str, list[int]]] = {
    "missing file": (
        lambda s: s.pupils().unlink(),
        "county_pupils", "delivered", PUPILS, "a file education/pupils_202526.csv", "near names there: education/pupils_202425.csv", [],
    ),
    "empty file": (
        lambda s: s.pupils().write_bytes(b""),
        "county_pupils", "empty", PUPILS, "a file with content", "0 bytes", [],
    ),
    "header alone": (
        lambda s: write_csv(s.pupils(), [PUPILS_HEADER]),
        "county_pupils", "empty", PUPILS, "row", "0 rows", [],
    ),
    "wrong sheet": (
        lambda s: write_homes(s.homes(), homes_rows(), sheet="Data"),
        "national_homes", "sheet", HOMES, "Table 3", "Data", [],
    ),
    "renamed column": (
        header_with("Cohort", "Number of pupils"),
        "county_pupils", "columns", PUPILS, "Cohort", "", [],
    ),
    "unknown ward": (
        pupils_with(2, 1, "E05006938"),
        "county_pupils", "wards_known", PUPILS, "wards", "1 row of an unknown area", [4],
    ),
    "truncated zip": (
        truncated(lambda s: s.areas, 0.6),
        "ref_areas", "readable", "lookups/areas_2021.zip", "", "", [],
    ),
    "truncated workbook": (
        truncated(lambda s: s.homes(), 0.5),
        "national_homes", "readable", HOMES, "", "", [],
    ),
    "web page in place of a workbook": (
        lambda s: s.homes().write_text("<!DOCTYPE html><html><body>Sign in</body></html>", encoding="utf-8"),
        "national_homes", "readable", HOMES, "", "web page", [],
    ),
    "duplicate key": (
        lambda s: write_csv(s.pupils(), [PUPILS_HEADER, *pupils_rows(2026), pupils_rows(2026)[0]]),
        "county_pupils", "key", PUPILS, "once", "1 row that repeats", [24],
    ),
    "text in a number": (
        pupils_with(4, 3, "about 50"),
        "county_pupils", "types", PUPILS, "whole numbers", "1 cell that holds something else", [6],
    ),
    "unknown mark": (
        pupils_with(4, 3, "<5"),
        "county_pupils", "marks", PUPILS, "agreed marks", "a mark that was not agreed", [6],
    ),
    "numerator above denominator": (
        pupils_with(0, 4, "51"),
        "county_pupils", "good_not_above_cohort", PUPILS, "good at most cohort", "1 row where it is more", [2],
    ),
    "two wards swapped": (
        lambda s: write_csv(
            s.pupils(),
            [PUPILS_HEADER, *[[r[0], {"E05010656": "E05010670", "E05010670": "E05010656"}.get(r[1], r[1]), *r[2:]] for r in pupils_rows(2026)]],
        ),
        "county_pupils", "ward_code_name", PUPILS, "own code beside its name", "2 rows where code and name disagree", [7, 21],
    ),
    "a ward missing": (
        lambda s: write_csv(s.pupils(), [PUPILS_HEADER, *pupils_rows(2026)[1:], [*pupils_rows(2025)[0]]]),
        "county_pupils", "wards_complete", None, "22 areas", "1 without: Alrewas & Fradley", [],
    ),
    "last year's file": (
        lambda s: write_csv(s.pupils(), [PUPILS_HEADER, *pupils_rows(2025)]),
        "county_pupils", "period", None, "rows of 2026", "rows of 2025 to 2025", [],
    ),
    "too few rows": (
        lambda s: write_members(s.members(), 19),
        "council_members", "rows", None, "20 to 200 rows", "19 rows", [],
    ),
    "out of range": (
        homes_with(homes=25000),
        "national_homes", "ranges", HOMES, "1 to 20000", "1 cell outside, such as '25000'", [4],
    ),
    "blank where a value is needed": (
        pupils_with(3, 0, ""),
        "county_pupils", "required", PUPILS, "a value in each row", "1 blank cell", [5],
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", FAULTS)
def test_a_fault_stops_its_dataset_alone(small: Small, name: str) -> None:
    fault, dataset, check, file, expected, found, rows = FAULTS[name]
    pointer = (small.settings.releases / "current.json").read_bytes()
    fault(small)
    outcome = gated(small)
    result = outcome.result

    # That dataset, and no other, stops the edition.
    assert not result.passes
    assert [o.dataset for o in result.blocked] == [dataset]
    words = {o.dataset: o.word for o in result.outcomes if o.dataset != dataset}
    # The static set stands since 2025.
    assert words == {n: "carried_forward" if n == "ref_areas" else "accepted" for n in words}

    # The others were landed, read, checked and reported all the same.
    report = latest_report(small.settings, "full", 2026)
    assert report is not None
    assert {item["dataset"] for item in report["datasets"]} == {
        "council_members",
        "county_pupils",
        "national_homes",
        "ref_areas",
    }
    for item in report["datasets"]:
        if item["dataset"] != dataset:
            assert item["rows"] >= 22
            assert set(item["checks"].values()) == {"passed"}
    assert small.settings.landing.is_dir()

    # The report names dataset, file, expected, found and what to do, and whose it is.
    item = next(item for item in report["datasets"] if item["dataset"] == dataset)
    findings = [f for f in item["findings"] if f["check"] == check]
    assert findings, [f["check"] for f in item["findings"]]
    said = findings[0]
    assert said["grade"] == "stop"
    assert said["file"] == file
    assert expected in said["expected"]
    assert found in said["found"]
    assert said["rows"] == rows
    assert len(said["remedy"]) > 20
    assert item["checks"][check] == "failed"
    assert item["owner_role"]
    page = outcome.report.read_text(encoding="utf-8")
    assert "The edition is stopped by 1 of 4 datasets" in page
    for way in ("Redeliver", "Carry forward", "Waive"):
        assert way in page

    # Nothing is built, and the last release stays current.
    build = build_of(Project.load(small.settings), "full", 2026)
    assert not outcome.built
    assert not build.work.exists()
    assert not build.final.exists()
    assert (small.settings.releases / "current.json").read_bytes() == pointer


def test_several_faults_are_all_told_in_one_run(small: Small) -> None:
    small.pupils().unlink()
    truncated(lambda s: s.areas, 0.5)(small)
    homes_with(homes="many")(small)
    assert [o.dataset for o in gated(small).result.blocked] == [
        "county_pupils",
        "national_homes",
        "ref_areas",
    ]


def test_a_fault_in_an_earlier_edition_is_told_and_stops_nothing(small: Small) -> None:
    small.pupils(2025).write_bytes(b"")
    outcome = gated(small)
    assert outcome.result.passes
    report = latest_report(small.settings, "full", 2026)
    assert report is not None
    assert [(item["dataset"], item["edition"]) for item in report["earlier"]] == [("county_pupils", 2025)]


def test_a_bad_redelivery_of_an_earlier_edition_leaves_the_good_one_in_place(small: Small) -> None:
    first = gated(small).result
    small.pupils(2025).write_bytes(b"")
    second = gated(small).result

    def delivery(result: Any) -> str:
        return next(x.delivery for x in result.accepted if (x.dataset, x.edition) == ("county_pupils", 2025))

    assert delivery(second) == delivery(first)


def test_a_static_set_that_did_not_come_again_is_no_failure(small: Small) -> None:
    # From now on the set is expected under the name of its edition, and only that of 2025 is there.
    text = small.settings.sources_file.read_text(encoding="utf-8")
    small.settings.sources_file.write_text(
        text.replace("lookups/areas*.zip", "lookups/areas_{E-4}.zip"), encoding="utf-8"
    )
    outcome = gated(small)
    assert outcome.result.passes
    item = next(o for o in outcome.result.outcomes if o.dataset == "ref_areas")
    assert (item.word, item.findings) == ("carried_forward", ())
    assert item.assessment.checks["delivered"] == "carried forward"
    # Where nothing ever came, there is nothing to serve.
    small.areas.unlink()
    for path in (small.settings.landing / "ref_areas").rglob("*.jsonl"):
        path.unlink()
    again = gated(small).result
    assert [o.dataset for o in again.blocked] == ["ref_areas"]
    assert again.blocked[0].assessment.checks["delivered"] == "failed"


def test_a_landed_delivery_serves_when_the_share_has_lost_it(small: Small) -> None:
    first = gated(small).result
    small.pupils().unlink()
    second = gated(small).result
    assert second.passes
    assert second.accepted == first.accepted
    report = latest_report(small.settings, "full", 2026)
    assert report is not None
    item = next(item for item in report["datasets"] if item["dataset"] == "county_pupils")
    assert item["outcome"] == "recorded"
    assert "no longer on the share" in item["findings"][0]["found"]


CANARY = "ZQXJKVWORLD"


def test_no_cell_of_a_sensitive_dataset_leaves_the_data_themselves(small: Small) -> None:
    for row in range(6):
        pupils_with(row, row % 5, CANARY)(small)
    rows = [[CANARY] * 5, *pupils_rows(2026)]
    write_csv(small.pupils(), [PUPILS_HEADER, *rows])
    write_csv(small.members(), [[CANARY, CANARY], [CANARY, CANARY]])
    outcome = gated(small)
    assert {o.dataset for o in outcome.result.blocked} == {"council_members", "county_pupils"}
    for folder in ("reports", "checks"):
        for path in (small.settings.data / folder).rglob("*"):
            if path.is_file():
                assert CANARY not in path.read_text(encoding="utf-8"), path


def test_what_a_stopped_run_writes_can_stand_on_windows(small: Small) -> None:
    small.pupils().unlink()
    gated(small)
    for folder in ("landing", "raw", "checks", "reports"):
        assert_windows_safe(small.settings.data / folder, f"data/{folder}")


def test_great_expectations_results_are_kept_with_the_run(small: Small) -> None:
    outcome = gated(small)
    folder = outcome.report.parent / "gx"
    assert {path.stem for path in folder.glob("*.json")} == {
        "council_members",
        "county_pupils",
        "national_homes",
        "ref_areas",
    }
    kept = json.loads((folder / "county_pupils.json").read_text(encoding="utf-8"))
    assert set(kept) == {"2025", "2026"}
    assert kept["2026"]["success"] is True
    assert all(one["result"] == {} for one in kept["2026"]["results"])
    assert WARDS["E05010651"] not in json.dumps(kept)
