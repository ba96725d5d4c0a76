"""The audit of suppliers' quirks: `quirks.csv` names each, and where it can be seen.

One row a quirk of the catalogue's source list: in a delivered file (`file`, its text with sheets and members
named; `bytes`, as stored), or, where it is no property of a file, in the dataset's staging model (`staging`)
or contract (`contract`). That the pipeline survives them is what the annual run and the recovery of every
count prove.
"""

from __future__ import annotations

import csv
import functools
import re
import sqlite3
import zipfile
from pathlib import Path

import pytest

from spi_orchestration.catalogue import load_catalogue
from spi_orchestration.settings import Settings

SETTINGS = Settings.load()
CATALOGUE = load_catalogue(SETTINGS)

with Path(__file__).with_name("quirks.csv").open(encoding="utf-8", newline="") as stream:
    QUIRKS = list(csv.DictReader(stream))


def _sheets(path: Path) -> str:
    from python_calamine import CalamineWorkbook

    book = CalamineWorkbook.from_path(str(path))
    out = []
    for name in book.sheet_names:
        out.append(f"# {name}")
        for row in book.get_sheet_by_name(name).to_python(skip_empty_area=False):
            cells = [str(int(c)) if isinstance(c, float) and c.is_integer() else str(c) for c in row]
            out.append("\t".join(cells))
    return "\n".join(out) + "\n"


def _decoded(content: bytes) -> str:
    try:
        return content.decode("utf-8-sig").replace("\r\n", "\n")
    except UnicodeDecodeError:
        return content.decode("cp1252").replace("\r\n", "\n")


@functools.cache
def text_of(path: Path) -> str:
    """A delivered file as text: sheets and members under a line with their name."""
    if path.suffix in {".xlsx", ".xls", ".ods"}:
        return _sheets(path)
    if path.suffix == ".zip":
        with zipfile.ZipFile(path) as archive:
            return "\n".join(f"# {name}\n{_decoded(archive.read(name))}" for name in archive.namelist())
    if path.suffix == ".parquet":
        import duckdb

        rows = duckdb.read_parquet(str(path)).fetchall()
        return "\n".join("\t".join(map(str, row)) for row in rows)
    if path.suffix == ".gpkg":
        with sqlite3.connect(path) as connection:
            return "\n".join(connection.iterdump())
    return _decoded(path.read_bytes())


def staging_of(dataset: str) -> str:
    return next((SETTINGS.root / "dbt_project" / "models" / "staging").rglob(f"stg_{dataset}.sql")).read_text(
        encoding="utf-8"
    )


@functools.cache
def _sources() -> str:
    return (SETTINGS.root / "sources.yml").read_text(encoding="utf-8")


def contract_of(dataset: str) -> str:
    begin = _sources().index(f"      - name: {dataset}\n")
    return _sources()[begin : _sources().find("\n      - name: ", begin + 1)]


@pytest.mark.parametrize("row", QUIRKS, ids=[f"{row['dataset']}: {row['quirk']}" for row in QUIRKS])
def test_the_quirk_is_there(row, written):
    if row["where"] == "staging":
        found = [staging_of(row["dataset"])]
    elif row["where"] == "contract":
        found = [contract_of(row["dataset"])]
    else:
        paths = sorted(written.shares.glob(row["file"]))
        assert paths, f"no file {row['file']}"
        if row["where"] == "bytes":
            pattern = row["evidence"].encode().decode("unicode_escape").encode("latin-1")
            assert any(re.search(pattern, path.read_bytes()) for path in paths), row["file"]
            return
        found = [text_of(path) for path in paths]
    assert any(re.search(row["evidence"], text) for text in found), f"{row['evidence']!r} in {row['file']}"


def test_every_outcome_dataset_has_its_quirks_told():
    told = {row["dataset"] for row in QUIRKS}
    outcomes = {d.id for d in CATALOGUE.in_profile("full") if d.contract.role == "outcome"}
    assert len(outcomes) == 65
    assert outcomes - told == set()
    assert told - set(CATALOGUE.datasets) == set()
