"""The verbs that speak of datasets and suppliers to people."""

from __future__ import annotations

import zipfile

import pytest
import yaml

from tests.helpers.project import ROOT


def test_suppliers_are_listed_with_what_is_due_next(spi):
    said = spi("suppliers", "--edition", "2026", "--on", "2026-05-20")
    assert said.code == 0
    lines = {line.split()[0]: line for line in said.out.splitlines()[1:] if line}
    text = (ROOT / "sources.yml").read_text(encoding="utf-8")
    tables = yaml.load(text, Loader=yaml.CSafeLoader)["sources"][0]["tables"]
    contracts = [table["config"]["meta"]["contract"] for table in tables]
    full = {contract["supplier"] for contract in contracts if "full" in contract["profiles"]}
    assert full <= set(lines)
    # Five council datasets are due on 31 May, and what was due before that day is overdue: nothing came.
    assert "2026-05-31" in lines["ldc"]
    assert "overdue" in lines["ldc"]
    assert "Data Sharing Agreement Lead" in lines["scc"]


def test_datasets_of_one_supplier_as_on_a_day(spi):
    said = spi("datasets", "--supplier", "scc", "--edition", "2026", "--on", "2026-11-20")
    names = [line.split()[0] for line in said.out.splitlines()[1:-2] if line]
    assert names and all(name.startswith("scc_") for name in names)
    (line,) = [line for line in said.out.splitlines() if line.startswith("scc_eyfsp")]
    assert "5 days late, nothing came" in line and "Education Data Manager" in line
    shown = spi("datasets", "show", "scc_eyfsp", "--edition", "2026", "--on", "2026-11-20").out
    assert "In time? 5 days late, nothing came; due 2026-11-15" in shown
    late = spi("datasets", "--late", "--edition", "2026", "--on", "2026-11-20").out
    assert "scc_eyfsp" in late and "scc_ks2 " not in late
    assert spi("datasets", "--on", "someday").code == 2
    assert "config/suppliers.yml has ldc, scc" in spi("datasets", "--supplier", "lcd").err


def test_a_pack_is_written_and_its_blank_file_says_that_it_has_no_rows(spi, tmp_path):
    said = spi("suppliers", "pack", "scc", "--edition", "2026", "--to", str(tmp_path / "scc.zip"))
    assert said.code == 0
    assert "no template for scc_llfa_flooding" in said.out
    with zipfile.ZipFile(tmp_path / "scc.zip") as archive:
        archive.extract("templates/education/SCC_KS2_202526.csv", tmp_path)
    blank = tmp_path / "templates" / "education" / "SCC_KS2_202526.csv"
    said = spi("datasets", "check", "scc_ks2", str(blank), "--edition", "2026")
    assert said.code == 1
    assert "scc_ks2, edition 2026: no rows" in said.out
    assert "found:    0 rows after the header" in said.out
    assert "would be stopped" in said.out


@pytest.mark.parametrize("verb", [["suppliers", "pack", "nobody"]])
def test_a_wrong_name_is_one_plain_message(spi, verb):
    said = spi(*verb)
    assert said.code == 2
    assert said.err.count("\n") <= 3 and "unknown supplier 'nobody'" in said.err


def test_the_dictionary_is_written(spi, tmp_path):
    said = spi("dictionary", "--edition", "2026", "--to", str(tmp_path / "d"))
    assert said.code == 0
    assert (tmp_path / "d" / "dictionary.html").is_file()
    assert (tmp_path / "d" / "dictionary.xlsx").is_file()
    assert (tmp_path / "d" / "csv" / "columns.csv").is_file()
