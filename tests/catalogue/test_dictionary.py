"""The data dictionary holds everything that is declared, in every form alike."""

from __future__ import annotations

import csv
import io
import re
import shutil
from dataclasses import replace
from functools import lru_cache
from html.parser import HTMLParser
from pathlib import Path
from typing import Any, get_args

import openpyxl
import pytest
import yaml

from spi_orchestration.assets.project import Project
from spi_orchestration.catalogue import GeographyMethod
from spi_orchestration.dictionary.write import Written, write_dictionary
from spi_orchestration.plain_words import METHOD_WORDS
from spi_orchestration.settings import Settings
from tests.helpers.annual import Ended
from tests.helpers.project import ROOT

CHROMIUM = "/usr/bin/chromium"


@pytest.fixture(scope="module")
def project(sample_run: Ended) -> Project:
    """This project, with the release of the sample run."""
    return Project.load(
        Settings(root=ROOT, data=sample_run.data, shares_file=ROOT / "config" / "shares" / "sample.yml")
    )


@pytest.fixture(scope="module")
def written(project: Project, tmp_path_factory: pytest.TempPathFactory) -> Written:
    return write_dictionary(project, 2026, tmp_path_factory.mktemp("dictionary") / "d")


def rows(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as stream:
        return list(csv.DictReader(stream))


def table(written: Written, name: str) -> list[dict[str, str]]:
    (path,) = [path for path in written.csvs if path.stem == name]
    return rows(path)


@lru_cache(maxsize=1)
def declared() -> list[dict[str, Any]]:
    """The tables of the catalogue, read without the product."""
    text = (ROOT / "sources.yml").read_text(encoding="utf-8")
    return yaml.load(text, Loader=yaml.CSafeLoader)["sources"][0]["tables"]  # type: ignore[no-any-return]


def test_every_dataset_and_column_stands_in_it(written: Written) -> None:
    told = {row["dataset"]: row for row in table(written, "datasets")}
    columns = {(row["dataset"], row["column"]): row for row in table(written, "columns")}
    for one in declared():
        contract = one["config"]["meta"]["contract"]
        row = told[one["name"]]
        assert row["title"] == contract["title"]
        assert row["description"] == one["description"].strip()
        assert (row["supplier"], row["owner_role"]) == (contract["supplier"], contract["owner_role"])
        assert row["sensitivity"].startswith(contract["sensitivity"].replace("_sensitive", "-sensitive"))
        for name in ("agreement", "may_publish", "due", "period", "files", "way_to_ward", "disclosure"):
            assert row[name], (one["name"], name)
        for column in one["columns"]:
            entry = columns.pop((one["name"], column["name"]))
            assert entry["description"] == column["description"]
            assert entry["type"]
            if contract["columns"][column["name"]].get("personal"):
                assert entry["about_people"] == "yes"
    assert columns == {}
    assert columns_of(written, "scc_ks2")["eligible"]["marks"].startswith(
        "'c': suppressed, stands for 1 to 4;"
    )


def columns_of(written: Written, dataset: str) -> dict[str, dict[str, str]]:
    return {row["column"]: row for row in table(written, "columns") if row["dataset"] == dataset}


def test_every_indicator_stands_in_it_with_its_bounds(written: Written) -> None:
    told = {(row["profile"], row["indicator"]): row for row in table(written, "indicators")}
    seeds = ROOT / "dbt_project" / "seeds" / "framework"
    for profile in ("full", "open"):
        bounds = {row["indicator"]: row for row in rows(seeds / f"{profile}_bounds.csv")}
        for seed in rows(seeds / f"{profile}_indicator.csv"):
            row = told.pop((profile, seed["indicator"]))
            for name in ("polarity", "estimator", "class", "cluster", "granularity", "local_plan_topic"):
                assert row[name] == seed[name]
            assert row["definition"] == seed["description"]
            assert row["numerator"] == f"{seed['numerator_dataset']}: {seed['numerator_measure']}"
            assert row["dimension"] and row["component"]
            if seed["indicator"] in bounds:
                bound = bounds[seed["indicator"]]
                assert (float(row["worst"]), float(row["best"])) == (
                    float(bound["worst"]),
                    float(bound["best"]),
                )
                assert (row["basis"], row["signature"]) == (bound["basis"], bound["status"])
    assert told == {}


def test_every_published_column_stands_in_it_with_its_type(written: Written, sample_run: Ended) -> None:
    told = {(row["table"], row["column"]): row for row in table(written, "published_columns")}
    found = 0
    for path in sorted((sample_run.data / "releases" / "2026.1" / "csv").glob("*.csv")):
        with path.open(encoding="utf-8", newline="") as stream:
            header = next(csv.reader(stream))
        for column in header:
            row = told.pop((path.stem, column))
            assert row["description"] and row["type"], (path.stem, column)
            found += 1
    assert told == {}
    assert found > 200


def test_the_workbook_is_marked_up_for_everybody(written: Written) -> None:
    book = openpyxl.load_workbook(written.workbook)
    names = book.sheetnames
    assert names[:3] == ["Cover", "Contents", "Notes"]
    listed = [row[0] for row in book["Contents"].iter_rows(min_row=5, values_only=True)]
    assert listed == names[2:]
    explained = {row[:2] for row in book["Notes"].iter_rows(min_row=5, values_only=True)}
    for sheet in book.worksheets:
        assert not sheet.merged_cells.ranges
        assert sheet["A1"].value
        words = [cell.value or "" for cell in sheet["A"][:4]]
        assert any(str(word).startswith("SYNTHETIC") for word in words), sheet.title
        if sheet.title == "Cover":
            continue
        (marked,) = sheet.tables.values()
        assert marked.ref.startswith("A4:")
        headings = [cell.value for cell in sheet[4]]
        assert all(headings)
        # No blank row inside the table.
        assert all(row[0] is not None for row in sheet.iter_rows(min_row=5, values_only=True))
        if sheet.title not in {"Contents", "Notes"}:
            assert {(sheet.title, heading) for heading in headings} <= explained
            (path,) = [path for path in written.csvs if path.stem == sheet.title]
            assert sheet.max_row - 4 == len(rows(path))
    link = book["Contents"]["A6"].hyperlink
    assert link.location == "'datasets'!A1"


def test_a_real_share_carries_no_synthetic_mark(project: Project, tmp_path: Path) -> None:
    real = replace(project, shares=project.shares.model_copy(update={"synthetic": False}))
    made = write_dictionary(real, 2026, tmp_path)
    assert "SYNTHETIC" not in made.page.read_text(encoding="utf-8")
    assert openpyxl.load_workbook(made.workbook)["datasets"]["A3"].value == "dataset"


def test_the_same_installation_gives_the_same_bytes(
    project: Project, written: Written, tmp_path: Path
) -> None:
    again = write_dictionary(project, 2026, tmp_path)
    for one, other in zip(
        (written.page, written.workbook, *written.csvs),
        (again.page, again.workbook, *again.csvs),
        strict=True,
    ):
        assert one.read_bytes() == other.read_bytes(), one.name


class _Tags(HTMLParser):
    """Counts what the page is made of."""

    def __init__(self) -> None:
        super().__init__()
        self.ids: list[str] = []
        self.links: list[str] = []
        self.loaded: list[str] = []
        self.captions = self.tables = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        if given.get("id"):
            self.ids.append(str(given["id"]))
        if tag == "a":
            self.links.append(str(given["href"]))
        self.loaded += [str(given[name]) for name in ("src", "data", "action") if given.get(name)]
        self.captions += tag == "caption"
        self.tables += tag == "table"


def test_the_page_stands_alone_and_its_links_lead_somewhere(written: Written) -> None:
    tags = _Tags()
    text = written.page.read_text(encoding="utf-8")
    tags.feed(text)
    assert tags.loaded == []
    assert not re.search(r"url\(|@import|https?://(?!www\.w3\.org)", text.split("</style>")[0])
    assert len(tags.ids) == len(set(tags.ids))
    assert tags.captions == tags.tables > 200
    assert {link.removeprefix("#") for link in tags.links} <= set(tags.ids)
    assert {f"dataset-{one['name']}" for one in declared()} <= set(tags.ids)


def test_the_page_is_searched_without_a_server_and_keeps_the_rules(written: Written) -> None:
    sync = pytest.importorskip("playwright.sync_api", reason="the extra ui-test is not installed")
    axe = pytest.importorskip(
        "axe_playwright_python.sync_playwright", reason="the extra ui-test is not installed"
    )
    if not shutil.which(CHROMIUM):
        pytest.skip("Chromium is not installed")
    with sync.sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        page = browser.new_page(viewport={"width": 320, "height": 800})
        errors: list[str] = []
        page.on("pageerror", lambda error: errors.append(str(error)))
        page.goto(written.page.as_uri())
        total = page.locator(".entry:visible").count()
        page.get_by_label("Search the dictionary").fill("food parcels household")
        shown = page.locator(".entry:visible")
        assert 0 < shown.count() < total / 4
        assert "food" in shown.first.inner_text().lower()
        assert page.locator("#found").inner_text() == f"{shown.count()} of {total} entries"
        assert page.evaluate("document.documentElement.scrollWidth") <= 320
        # The rules are held against what is found: a dataset of each kind of table stands there.
        result = axe.Axe().run(page, options={"resultTypes": ["violations"]})
        assert [(one["id"], one["nodes"][0]["html"][:120]) for one in result.response["violations"]] == []
        browser.close()
    assert errors == []


def test_every_way_to_a_ward_has_its_words() -> None:
    assert set(METHOD_WORDS) == set(get_args(GeographyMethod))


def test_a_csv_is_read_as_it_was_written(written: Written) -> None:
    """Commas, quotes and line breaks in descriptions survive."""
    for one in written.dictionary.tables:
        (path,) = [path for path in written.csvs if path.stem == one.name]
        found = list(csv.reader(io.StringIO(path.read_bytes().decode("utf-8"), newline="")))
        assert len(found) == len(one.rows) + 1
        assert all(len(row) == len(one.columns) for row in found)
