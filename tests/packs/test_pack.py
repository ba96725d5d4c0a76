"""Packs for suppliers: blank files in the agreed layout that come back as good deliveries."""

from __future__ import annotations

import csv
import fnmatch
import io
import re
import zipfile
from dataclasses import replace
from functools import lru_cache
from pathlib import Path
from typing import Any

import openpyxl
import pytest
import yaml

from spi_orchestration.assets.trial import compared_with, try_delivery
from spi_orchestration.catalogue import (
    Catalogue,
    CatalogueError,
    Shares,
    fill_template,
    load_catalogue,
    load_shares,
)
from spi_orchestration.packs.blank import blank_files, why_none
from spi_orchestration.packs.pack import Pack, make_pack
from spi_orchestration.settings import Settings
from tests.helpers.annual import Ended
from tests.helpers.project import ROOT
from tests.helpers.small import WARDS
from tests.packs.fill import fill_csv, fill_xlsx

SETTINGS = Settings(root=ROOT, data=ROOT / "data", shares_file=ROOT / "config" / "shares" / "sample.yml")


@pytest.fixture(scope="module")
def catalogue() -> Catalogue:
    return load_catalogue(SETTINGS)


@pytest.fixture(scope="module")
def shares(catalogue: Catalogue) -> Shares:
    return load_shares(SETTINGS, catalogue)


@pytest.fixture(scope="module")
def packs(catalogue: Catalogue, shares: Shares) -> dict[str, Pack]:
    return {name: make_pack(catalogue, shares, name, 2026) for name in ("ldc", "scc", "fsa")}


def opened(pack: Pack) -> zipfile.ZipFile:
    return zipfile.ZipFile(io.BytesIO(pack.content))


@lru_cache(maxsize=1)
def contracts() -> dict[str, Any]:
    """Contracts by dataset, as `sources.yml` itself gives them, read without the product."""
    text = (ROOT / "sources.yml").read_text(encoding="utf-8")
    tables = yaml.load(text, Loader=yaml.CSafeLoader)["sources"][0]["tables"]
    return {table["name"]: table["config"]["meta"]["contract"] for table in tables}


def written_headings(dataset: str, layout: str) -> set[str]:
    """The headings that the catalogue gives a layout."""
    (found,) = [one for one in contracts()[dataset]["layouts"] if one["id"] == layout]
    texts = set()
    for locator in found["columns"].values():
        if isinstance(locator, str):
            texts.add(locator)
        elif "header" in locator:
            texts.add(locator["header"])
    return texts


def test_every_blank_file_has_the_layout_that_is_expected(catalogue: Catalogue) -> None:
    """Each edition of the sample and the next one: name, sheet, encoding, headings and the row they stand in."""
    made = 0
    for dataset in catalogue.datasets.values():
        if catalogue.suppliers[dataset.contract.supplier].kind == "national":
            continue
        for edition in range(2022, 2028):
            if why_none(dataset, edition):
                continue
            layout = dataset.layout(edition)
            headings = written_headings(dataset.id, layout.id)
            for blank, pattern in zip(blank_files(dataset, edition), layout.files, strict=True):
                assert fnmatch.fnmatchcase(blank.name, fill_template(pattern, edition))
                assert not re.search(r"[*?\[\]{}]", blank.name)
                made += 1
                if layout.format == "csv":
                    text = blank.content.decode(layout.encoding)
                    rows = list(csv.reader(io.StringIO(text, newline=""), delimiter=layout.delimiter))
                elif layout.format == "xlsx":
                    (sheet,) = openpyxl.load_workbook(io.BytesIO(blank.content)).worksheets
                    assert fnmatch.fnmatch(sheet.title.casefold(), (layout.sheet or "*").casefold())
                    rows = [[cell or "" for cell in row] for row in sheet.iter_rows(values_only=True)]
                else:
                    continue
                assert len(rows) == layout.header_row
                assert set(rows[-1]) == headings, (dataset.id, edition)
    assert made > 200


def test_a_filled_csv_comes_back_as_a_good_delivery(
    catalogue: Catalogue, packs: dict[str, Pack], sample_run: Ended, tmp_path: Path
) -> None:
    settings = replace(SETTINGS, data=sample_run.data)
    (name,) = packs["scc"].templates["scc_ks2"]
    sent = sample_run.data / "sample/shares/county/education/SCC_KS2_202526.csv"
    file = tmp_path / Path(name).name
    blank = opened(packs["scc"]).read(name)
    file.write_bytes(blank)
    empty = try_delivery(settings, catalogue, "scc_ks2", 2026, [file])
    assert [(one.check, one.found) for one in empty.stops] == [("empty", "0 rows after the header")]
    file.write_bytes(fill_csv(blank, sent, "utf-8-sig"))
    found = try_delivery(settings, catalogue, "scc_ks2", 2026, [file])
    assert found.findings == ()
    assert found.rows == len(sent.read_text(encoding="utf-8-sig").splitlines()) - 1


def test_a_filled_workbook_comes_back_as_a_good_delivery(
    catalogue: Catalogue, packs: dict[str, Pack], sample_run: Ended, tmp_path: Path
) -> None:
    """Headings in row 4 below a title, and rules that compare with another dataset of the installation."""
    settings = replace(SETTINGS, data=sample_run.data)
    (name,) = packs["ldc"].templates["ldc_electoral_register"]
    sent = sample_run.data / "sample/shares/council" / name.removeprefix("templates/")
    file = tmp_path / Path(name).name
    file.write_bytes(fill_xlsx(opened(packs["ldc"]).read(name), sent, "PD Summary"))
    found = try_delivery(settings, catalogue, "ldc_electoral_register", 2026, [file])
    assert found.stops == ()
    assert found.rows > 80
    # Where nothing was taken in yet, such rules are left for the delivery and said to be.
    bare = replace(SETTINGS, data=tmp_path / "nothing")
    found = try_delivery(bare, catalogue, "ldc_electoral_register", 2026, [file])
    assert found.stops == ()
    assert {one.check for one in found.findings} == {"districts_complete", "districts_known"}
    assert "judged when both are delivered" in found.findings[0].remedy


def test_a_file_that_is_looked_at_is_compared_with_the_past_of_the_installation(
    catalogue: Catalogue, sample_run: Ended, tmp_path: Path
) -> None:
    """Two wards exchange their codes: nothing in the file says so, only the years before it."""
    settings = replace(SETTINGS, data=sample_run.data)
    sent = sample_run.data / "sample/shares/county/public_health/SMOKING_WARD_202603.csv"
    file = tmp_path / sent.name
    text = sent.read_text(encoding="utf-8-sig")
    file.write_text(text, encoding="utf-8", newline="")
    assert try_delivery(settings, catalogue, "scc_smoking", 2026, [file]).stops == ()
    one, other = "E05010654", "E05010662"
    exchanged = text.replace(one, "?").replace(other, one).replace("?", other)
    file.write_text(exchanged, encoding="utf-8", newline="")
    found = try_delivery(settings, catalogue, "scc_smoking", 2026, [file])
    assert {finding.check for finding in found.stops} == {"change_areas"}
    words = " ".join(finding.found for finding in found.stops)
    assert f"two areas ({WARDS[other]}, {other} and {WARDS[one]}, {one})" in words
    assert compared_with(settings, catalogue, "scc_smoking", 2026) == (2022, 2023, 2024, 2025)
    bare = replace(SETTINGS, data=tmp_path / "nothing")
    assert compared_with(bare, catalogue, "scc_smoking", 2026) == ()
    assert try_delivery(bare, catalogue, "scc_smoking", 2026, [file]).stops == ()


def test_what_makes_no_template_is_explained(packs: dict[str, Pack]) -> None:
    assert "geographical information system" in packs["scc"].explained["scc_llfa_flooding"]
    assert "export of a system" in packs["ldc"].explained["ldc_customer_contact"]
    assert "does not fall in edition 2026" in packs["ldc"].explained["ldc_election_results"]
    assert packs["fsa"].templates == {}
    assert "council fetches it" in packs["fsa"].explained["fsa_fhrs"]
    for pack in packs.values():
        page = opened(pack).read("read-me.html").decode("utf-8")
        for reason in pack.explained.values():
            assert reason in page


def test_the_page_says_all_that_a_supplier_has_to_know(packs: dict[str, Pack]) -> None:
    page = opened(packs["scc"]).read("read-me.html").decode("utf-8")
    text = re.sub(r"\s+", " ", re.sub(r"<[^>]+>", "", page))
    for words in (
        "SYNTHETIC: this pack was made for the sample shares",
        "into the folder county/ of the share",
        "Please send no data about people by e-mail.",
        "&#39;c&#39;: suppressed, stands for 1 to 4",
        "30 November 2026",
        "1 September 2025 to 31 August 2026",
        "Data sharing agreement with Staffordshire County Council, until 2029-03-31",
        "ward indicators and scores after control; nothing below ward",
        "Data Sharing Agreement Lead",
        "rwm_expected is at most eligible. Stops the delivery.",
        "templates/education/SCC_KS2_202526.csv",
        "E05 and 6 more digits",
        "sheet \"Ward counts*\"; headings in row 5",
    ):  # fmt: skip
        assert words in text, words
    assert "ldc_" not in text
    assert not re.search(r"(src|href)=\"(?!#)", page), "the page needs another file"


def test_due_dates_stand_in_the_order_of_the_calendar(packs: dict[str, Pack]) -> None:
    rows = list(csv.DictReader(io.StringIO(opened(packs["scc"]).read("due_dates.csv").decode("utf-8"))))
    days = [row["due"] for row in rows if row["due"]]
    assert days == sorted(days)
    assert {row["dataset"]: row["due"] for row in rows}["scc_eyfsp"] == "2026-11-15"


def test_the_same_catalogue_gives_the_same_bytes(
    catalogue: Catalogue, shares: Shares, packs: dict[str, Pack]
) -> None:
    again = make_pack(catalogue, shares, "ldc", 2026)
    assert again.content == packs["ldc"].content
    assert {item.date_time for item in opened(again).infolist()} == {(2000, 1, 1, 0, 0, 0)}
    # No place of this machine stands in it.
    for item in opened(again).infolist():
        assert str(ROOT).encode() not in opened(again).read(item)


def test_an_unknown_supplier_is_refused(catalogue: Catalogue, shares: Shares) -> None:
    with pytest.raises(CatalogueError, match=r"unknown supplier 'lcd'; config/suppliers\.yml has ldc, scc"):
        make_pack(catalogue, shares, "lcd", 2026)
