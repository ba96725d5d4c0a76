"""docs/adding-a-dataset.md does what it says: its files make a dataset of a copy of the project.

Belongs here: the entry is read and its file is checked. Does not belong here: what the checks find in other
files (`tests/checks`).
"""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from spi_orchestration.catalogue import load_catalogue
from spi_orchestration.settings import Settings
from tests.helpers.annual import spi
from tests.helpers.guide import SAMPLE_FILE, add_dataset, blocks
from tests.helpers.project import ROOT, project_files


@pytest.fixture(scope="module")
def copy(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = tmp_path_factory.mktemp("guide")
    for name in project_files():
        if name == "sources.yml" or name.startswith(("config/", "dbt_project/", "decisions/")):
            (root / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(ROOT / name, root / name)
    add_dataset(root)
    return root


def test_the_entry_is_one_more_dataset(copy: Path) -> None:
    settings = Settings(root=copy, data=copy / "data", shares_file=copy / "config" / "shares" / "sample.yml")
    added = load_catalogue(settings).datasets.keys() - load_catalogue(Settings.load()).datasets.keys()
    assert added == {"ldc_allotments"}


def test_its_file_is_checked_as_a_delivery(copy: Path, tmp_path: Path) -> None:
    text = blocks()[SAMPLE_FILE]
    good, bad = tmp_path / SAMPLE_FILE, tmp_path / "bad.csv"
    good.write_text(text, encoding="utf-8")
    bad.write_text(text.replace("Boley Park,18,17", "Boley Park,18,71"), encoding="utf-8")
    arguments = ("datasets", "check", "ldc_allotments")
    ended = spi(copy / "data", *arguments, str(good), "--edition", "2026", SPI_HOME=str(copy))
    assert ended.code == 0, ended.said
    assert "22 rows read" in ended.out
    assert "would be accepted" in ended.out
    ended = spi(copy / "data", *arguments, str(bad), "--edition", "2026", SPI_HOME=str(copy))
    assert ended.code != 0
    assert "let at most plots" in ended.out
