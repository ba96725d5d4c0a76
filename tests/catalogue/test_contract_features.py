"""What a contract can say beyond plain columns: the district's name, partial months, several values a row.

Belongs here: those parts of `catalogue.py` and how `typing_sql.py` and the readers follow them. Does not
belong here: the contracts of single datasets against real files (`tests/real/test_layouts.py`).
"""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

import duckdb
import pytest
import yaml
from pydantic import ValidationError

from spi_orchestration.catalogue import Column, Contract, Coverage, Dataset, Mark, load_catalogue
from spi_orchestration.checks.registry import tabled_areas
from spi_orchestration.findings import DeliveryError
from spi_orchestration.readers import LandedFile, read_delivery
from spi_orchestration.settings import Settings
from spi_orchestration.typing_sql import render

ROOT = Path(__file__).resolve().parents[2]


def test_the_days_of_a_partial_delivery_are_those_of_its_months():
    months = ["2025-01", "2025-02", "2025-05", "2025-06", "2025-07", "2025-08", "2025-09"]
    assert Coverage(days=212, of=365, label="seven months", months=months).days == 212
    # 2024 had a 29 February.
    assert Coverage(days=29, of=366, label="one month", months=["2024-02"]).days == 29
    with pytest.raises(ValidationError, match="have 212 days, not 213"):
        Coverage(days=213, of=365, label="seven months", months=months)
    with pytest.raises(ValidationError, match="366 days of 365"):
        Coverage(days=366, of=365, label="more than all")


def test_a_column_does_not_take_the_name_of_anothers_status():
    contract = load_catalogue(Settings.load())["ldc_housing_register"].contract
    given = contract.model_dump(mode="json", exclude_unset=True)
    given["columns"]["band_status"] = {"type": "text"}
    with pytest.raises(ValidationError, match=r"'band_status' has the name .* the status of 'band'"):
        Contract.model_validate(given)
    del given["columns"]["band_status"]
    given["columns"]["band_low"] = {"type": "text"}
    assert "band_low" in Contract.model_validate(given).columns  # a text has no bounds


def test_a_feed_where_absent_means_none_need_not_name_every_area():
    catalogue = load_catalogue(Settings.load())
    assert tabled_areas(catalogue["ldc_infectious_disease"]) is None
    assert tabled_areas(catalogue["ldc_csp_police_share"]) == "ward_code"


def test_contracts_speak_of_the_district_that_is_configured(tmp_path: Path):
    shutil.copy(ROOT / "sources.yml", tmp_path)
    shutil.copytree(ROOT / "config", tmp_path / "config")
    file = tmp_path / "config" / "district.yml"
    text = file.read_text(encoding="utf-8").replace("E07000194", "E07000199")
    file.write_text(text.replace("name: Lichfield", "name: Tamworth"), encoding="utf-8")
    catalogue = load_catalogue(Settings(tmp_path, tmp_path, tmp_path / "none.yml"))
    elections = catalogue["hoc_local_elections"].layout(2025)
    assert elections.keep is not None
    assert elections.keep.pattern == "Tamworth"
    rule = next(r for r in catalogue["dwp_cilif"].contract.rules if r.id == "ward_code_name")
    assert rule.where == "lad_code = 'E07000199'"


@pytest.mark.parametrize(
    ("marks", "text", "expected"),
    [
        ({"": Mark(status="not_applicable")}, " ", (None, "not_applicable", None, None)),
        ({"": Mark(status="suppressed", low=0, high=9)}, None, (None, "suppressed", 0, 9)),
        ({"": Mark(status="suppressed", low=0, high=9)}, "10", (10, "observed", 10, 10)),
        (
            {"": Mark(status="not_applicable"), "x": Mark(status="missing")},
            "x",
            (None, "missing", None, None),
        ),
        ({"x": Mark(status="missing")}, "", (None, "missing", None, None)),
        ({"": Mark(status="not_applicable")}, "n/a", (None, "invalid", None, None)),
    ],
)
def test_a_blank_cell_is_what_the_supplier_says_it_is(
    marks: dict[str, Mark], text: str | None, expected: tuple[Any, ...]
):
    typed = render("cell", Column(type="integer"), marks)
    with duckdb.connect() as connection:
        found = connection.execute(
            f"select {typed.value}, {typed.status}, {typed.low}, {typed.high} from (select ?::varchar as cell)",
            [text],
        ).fetchone()
    assert found == expected


SIDE_BY_SIDE = """
title: Children and percentages side by side
role: outcome
theme: test
supplier: test
owner_role: Tester
agreement: test
sensitivity: public
disclosure_rule: D0
profiles: [full]
grain: one row a ward and year
key: [ward, year]
rows: [1, 10]
refresh: {cycle: annual, due: 01-01, start: "{E}-01-01", end: "{E}-12-31"}
geography: {method: none, level: none, vintage: none}
columns:
  ward: {type: text}
  year: {type: year}
  children: {type: integer}
  percentage: {type: percent}
layouts:
  - id: wide
    format: csv
    columns: {ward: Ward}
    unpivot:
      pattern: "^Children (\\\\d{4})$"
      name_column: year
      value_column: children
      further: {percentage: "^Percentage (\\\\d{4})$"}
"""


def read(folder: Path, text: str) -> list[tuple[Any, ...]]:
    contract = Contract.model_validate(yaml.safe_load(SIDE_BY_SIDE))
    dataset = Dataset(id="made", description="x", descriptions={}, contract=contract)
    (folder / "wide.csv").write_text(text, encoding="utf-8", newline="\n")
    target = folder / "raw.parquet"
    read_delivery(dataset, contract.layouts[0], [LandedFile(folder / "wide.csv", "wide.csv")], target)
    with duckdb.connect() as connection:
        return connection.execute(
            "select ward, year, children, percentage, _row from read_parquet(?)", [str(target)]
        ).fetchall()


def test_values_that_stand_side_by_side_share_a_row(tmp_path: Path):
    found = read(
        tmp_path,
        "Ward,Children 2024,Children 2025,Percentage 2025,Percentage 2024\nStowe,232,223,20%,21%\n",
    )
    assert found == [("Stowe", "2024", "232", "21%", 2), ("Stowe", "2025", "223", "20%", 2)]


def test_a_value_that_has_no_partner_stands_alone(tmp_path: Path):
    found = read(tmp_path, "Ward,Children 2024,Children 2025,Percentage 2025\nStowe,232,223,20%\n")
    assert found == [("Stowe", "2024", "232", None, 2), ("Stowe", "2025", "223", "20%", 2)]


def test_a_header_that_comes_twice_is_ambiguous(tmp_path: Path):
    with pytest.raises(DeliveryError) as caught:
        read(tmp_path, "Ward,Children 2024,Children 2024,Percentage 2024\nStowe,232,999,20%\n")
    assert caught.value.finding.check == "columns"
    assert "columns 2, 3" in caught.value.finding.found


def test_a_value_column_that_is_not_there_at_all_is_missed(tmp_path: Path):
    with pytest.raises(DeliveryError) as caught:
        read(tmp_path, "Ward,Children 2024,Children 2025\nStowe,232,223\n")
    assert caught.value.finding.check == "columns"
    assert "Percentage" in caught.value.finding.expected


def test_of_several_sheets_the_one_that_has_the_column_is_read(tmp_path: Path):
    openpyxl = pytest.importorskip("openpyxl")
    data = yaml.safe_load(SIDE_BY_SIDE)
    data["layouts"] = [
        {
            "id": "workbook",
            "format": "xlsx",
            "sheet": "Table *",
            "sheet_with": "ward",
            "columns": {"ward": "Ward", "children": "Children"},
        }
    ]
    contract = Contract.model_validate(data)
    dataset = Dataset(id="made", description="x", descriptions={}, contract=contract)
    book = openpyxl.Workbook()
    book.active.title = "Table 1"
    book.active.append(["District", "Children"])
    book.active.append(["Lichfield", 3500])
    file = tmp_path / "book.xlsx"
    book.save(file)
    with pytest.raises(DeliveryError) as caught:
        read_delivery(dataset, contract.layouts[0], [LandedFile(file, "book.xlsx")], tmp_path / "raw.parquet")
    assert caught.value.finding.check == "sheet"
    assert "'Table 1' without it" in caught.value.finding.found
    book.create_sheet("Table 2").append(["Ward", "Children"])
    book["Table 2"].append(["Stowe", 223])
    book.save(file)
    raw = read_delivery(
        dataset, contract.layouts[0], [LandedFile(file, "book.xlsx")], tmp_path / "raw.parquet"
    )
    assert (raw.sheets, raw.rows) == (("Table 2",), 1)


def test_a_layout_tells_sheets_by_a_column_that_it_locates():
    data = yaml.safe_load(SIDE_BY_SIDE)
    data["layouts"][0]["sheet_with"] = "children"
    with pytest.raises(ValidationError, match="sheet_with names 'children'"):
        Contract.model_validate(data)
