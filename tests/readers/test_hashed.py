"""Identifiers that are only needed to tell cases apart never reach raw: a keyed hash stands for them."""

from __future__ import annotations

import os
import re
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from spi_orchestration.catalogue import Column, load_catalogue
from spi_orchestration.readers import LandedFile, read_delivery
from spi_orchestration.secret import SecretError, council_secret, pseudonym, secret_mark
from spi_orchestration.settings import Settings
from tests.helpers.project import ROOT
from tests.readers.support import make_dataset, rows_of

KEY, OTHER = b"k" * 32, b"o" * 32
LAYOUT = {
    "format": "csv",
    "columns": {"member": "Member No", "visits": "Visits"},
    "ignore": ["Notes"],
}


def _settings(data: Path) -> Settings:
    return replace(Settings.load(), data=data)


def _read(folder: Path, text: str, key: bytes | None) -> list[dict[str, object]]:
    file, target = folder / "members.csv", folder / "raw.parquet"
    file.write_text(text, encoding="utf-8", newline="\n")
    made = make_dataset(["member", "visits"], LAYOUT, "personal")
    columns = {**made.contract.columns, "member": Column(type="code", personal=True, hashed=True)}
    dataset = made.model_copy(
        update={"contract": made.contract.model_copy(update={"columns": columns})}, deep=True
    )
    read_delivery(dataset, dataset.contract.layouts[0], [LandedFile(file, file.name)], target, key)
    return rows_of(target)


TEXT = "Member No,Visits,Notes\nLC-77120,3,rang twice\n LC-77120 ,4,\nLC-9,5,\n,6,\n"


def test_raw_holds_the_hash_and_tells_cases_apart(tmp_path: Path):
    rows = _read(tmp_path, TEXT, KEY)
    member = [row["member"] for row in rows]
    assert member[0] == member[1] != member[2]
    assert re.fullmatch("[0-9a-f]{32}", str(member[0]))
    assert not (member[3] or "")
    assert [row["visits"] for row in rows] == ["3", "4", "5", "6"]
    assert "LC-77120" not in str(rows)
    assert "rang twice" not in str(rows)


def test_another_secret_gives_another_hash_and_the_same_gives_the_same(tmp_path: Path):
    first, again, other = (_read(tmp_path, TEXT, key) for key in (KEY, KEY, OTHER))
    assert first == again
    assert first[0]["member"] != other[0]["member"]


def test_without_the_secret_nothing_can_be_compared(tmp_path: Path):
    first, second = _read(tmp_path, TEXT, None), _read(tmp_path, TEXT, None)
    assert first[0]["member"] == first[1]["member"]
    assert first[0]["member"] != second[0]["member"]


@given(st.text(min_size=1).filter(lambda text: text.strip()))
def test_blanks_around_do_not_count_and_blank_cells_stay_blank(text: str):
    assert pseudonym(KEY, f"  {text}\t") == pseudonym(KEY, text) != text
    assert (pseudonym(KEY, None), pseudonym(KEY, "  ")) == (None, "  ")


def test_the_secret_is_made_once_and_for_its_owner_alone(tmp_path: Path):
    settings = _settings(tmp_path)
    first = council_secret(settings)
    assert len(first) == 32
    assert council_secret(settings) == first
    assert [path.name for path in settings.secret_file.parent.iterdir()] == [settings.secret_file.name]
    if os.name != "nt":
        assert settings.secret_file.stat().st_mode & 0o077 == 0
    assert secret_mark(first) != secret_mark(OTHER)
    assert first.hex() not in secret_mark(first)


def test_a_damaged_secret_is_told_and_not_replaced(tmp_path: Path):
    settings = _settings(tmp_path)
    settings.secret_file.parent.mkdir(parents=True)
    settings.secret_file.write_text("not a secret\n", encoding="ascii")
    with pytest.raises(SecretError, match="backup"):
        council_secret(settings)
    assert settings.secret_file.read_text(encoding="ascii") == "not a secret\n"


@pytest.mark.parametrize(
    ("column", "word"),
    [
        ({"type": "integer", "personal": True, "hashed": True}, "identifiers"),
        ({"type": "code", "pattern": "A.*", "personal": True, "hashed": True}, "pattern"),
        ({"type": "code", "hashed": True}, "personal"),
    ],
)
def test_a_contract_that_hashes_what_it_needs_is_refused(column: dict[str, object], word: str):
    with pytest.raises(ValidationError, match=word):
        Column.model_validate(column)


def test_every_personal_identifier_of_the_catalogue_is_hashed():
    catalogue = load_catalogue(Settings.load())
    plain = [
        f"{dataset.id}.{name}"
        for dataset in catalogue.datasets.values()
        for name, column in dataset.columns.items()
        if column.personal and column.type == "code" and not column.hashed
    ]
    assert plain == []
    assert sum(column.hashed for d in catalogue.datasets.values() for column in d.columns.values()) >= 10


def test_no_staging_model_orders_by_a_hash():
    """What a hash is ordered by hangs on the secret; published bytes must not."""
    catalogue = load_catalogue(Settings.load())
    ordered = re.compile(r"order by([^()]*)|(?:arg_min|arg_max|min|max|first|last)\(([^()]*)")
    for dataset in catalogue.datasets.values():
        hashed = [name for name, column in dataset.columns.items() if column.hashed]
        if not hashed:
            continue
        (model,) = (ROOT / "dbt_project" / "models" / "staging").rglob(f"stg_{dataset.id}.sql")
        for match in ordered.finditer(model.read_text(encoding="utf-8")):
            words = set(re.findall(r"\w+", match.group(1) or match.group(2) or ""))
            assert not words & set(hashed), f"{model.name}: {match.group(0)}"
