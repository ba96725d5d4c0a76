"""The wards of an edition, and the one rule by which names are compared."""

from __future__ import annotations

from pathlib import Path

import duckdb
import pytest
from hypothesis import given
from hypothesis import strategies as st

from spi_orchestration.catalogue import CatalogueError
from spi_orchestration.checks.places import fold_name, folded, wards_of
from spi_orchestration.settings import Settings
from tests.helpers.project import ROOT
from tests.helpers.small import WARDS, Small, make_small


@pytest.mark.parametrize(
    ("name", "folded_name"),
    [
        ("Alrewas & Fradley", "alrewas and fradley"),
        ("ST. JOHN’S", "st johns"),
        ("Saint Johns", "st johns"),
        ("  Colton  and the-Ridwares ", "colton and the ridwares"),
        ("Stowe", "stowe"),
    ],
)
def test_names_are_folded(name: str, folded_name: str) -> None:
    assert fold_name(name) == folded_name


def macro(column: str) -> str:
    """The dbt macro of the same name, with its argument filled in."""
    text = (ROOT / "dbt_project" / "macros" / "geography.sql").read_text(encoding="utf-8")
    body = text.split("macro fold_name(column)", 1)[1].split("%}", 1)[1].split("{%", 1)[0]
    return body.replace("{{ column }}", column)


@given(st.lists(st.text(st.characters(max_codepoint=0x24F), max_size=30), max_size=20))
def test_python_checks_and_dbt_fold_names_alike(names: list[str]) -> None:
    sample = [*WARDS.values(), "Saint John’s & Friary", "St. John`s", "saint  saint", *names]
    sample = [name for name in sample if "\x00" not in name]
    with duckdb.connect() as con:
        con.execute("create table t (name varchar)")
        con.executemany("insert into t values (?)", [[name] for name in sample])
        rows = con.execute(f"select name, {folded('name')}, {macro('name')} from t").fetchall()
    ascii_only = [row for row in rows if row[0].isascii()]
    assert [row[1] for row in rows] == [row[2] for row in rows]
    assert [row[1] for row in ascii_only] == [fold_name(row[0]) for row in ascii_only]


def test_the_wards_of_the_district_are_known_by_name_and_alias() -> None:
    settings = Settings(root=ROOT, data=ROOT / "data", shares_file=ROOT / "config")
    wards = wards_of(settings, "E07000194", 2026)
    # 22 wards, as published; the codes run from 651 to 672.
    assert wards.names == WARDS
    assert wards.spellings["st johns"] == "E05010668"
    assert wards.spellings["little aston"] == "E05010665"


@pytest.fixture
def small(tmp_path: Path) -> Small:
    return make_small(tmp_path)


def test_wards_are_those_of_the_edition(small: Small) -> None:
    path = small.settings.seeds / "geography" / "wards.csv"
    lines = path.read_text(encoding="utf-8").splitlines()
    head = lines[0].split(",")
    row = dict(zip(head, lines[1].split(","), strict=True)) | {
        "ward_code": "E05099999", "ward_name": "New Ward", "first_edition": "2027", "last_edition": "",
    }  # fmt: skip
    old = dict(zip(head, lines[2].split(","), strict=True)) | {"last_edition": "2026"}
    lines[2] = ",".join(old.values())
    path.write_text("\n".join([*lines, ",".join(row.values())]) + "\n", encoding="utf-8")
    change = f"old_code,new_code,kind,edition,note\n{old['ward_code']},E05099999,recoded,2027,\n"
    path.with_name("ward_change.csv").write_text(change, encoding="utf-8")
    before, after = (wards_of(small.settings, "E07000194", edition) for edition in (2026, 2027))
    assert set(after.names) - set(before.names) == {"E05099999"}
    assert set(before.names) - set(after.names) == {old["ward_code"]}
    assert before.fingerprint != after.fingerprint


def test_a_seed_saved_by_a_spreadsheet_reads_the_same(small: Small) -> None:
    path = small.settings.seeds / "geography" / "wards.csv"
    plain = wards_of(small.settings, "E07000194", 2026)
    text = path.read_text(encoding="utf-8")
    saved = "".join(line + ",,\r\n" for line in text.splitlines()) + ",,,,,,,,,,,,,\r\n"
    path.write_bytes(b"\xef\xbb\xbf" + saved.encode("utf-8"))
    assert wards_of(small.settings, "E07000194", 2026) == plain


def test_a_district_without_wards_is_an_error_that_names_the_seed(small: Small) -> None:
    with pytest.raises(CatalogueError, match=r"wards\.csv.*E07000195"):
        wards_of(small.settings, "E07000195", 2026)


CHANGE = "old_code,new_code,kind,edition,note\n"
NEW = ("E05099001", "E05099002", "E05099003")


def change_wards(small: Small, changes: str, ends: tuple[str, ...], begins: tuple[str, ...]) -> None:
    """End some wards with edition 2026 and begin others with 2027, in the seeds of a small installation."""
    path = small.settings.seeds / "geography" / "wards.csv"
    rows = []
    for line in path.read_text(encoding="utf-8").splitlines():
        cells = line.split(",")
        if cells[1] in ends:
            cells[5] = "2026"
        rows.append(",".join(cells))
    rows += [f"E07000194,{code},Ward {code[-1]},WD27,2027,,410000,310000,1.0,1,1,1" for code in begins]
    path.write_text("\n".join(rows) + "\n", encoding="utf-8")
    path.with_name("ward_change.csv").write_text(CHANGE + changes, encoding="utf-8")


def test_an_edition_knows_the_wards_before_it(small: Small) -> None:
    changes = (
        "E05010653,E05099001,merged,2027,\nE05010656,E05099001,merged,2027,\n"
        "E05010670,E05099002,split,2027,\nE05010670,E05099003,split,2027,\n"
    )
    change_wards(small, changes, ("E05010653", "E05010656", "E05010670"), NEW)
    wards = wards_of(small.settings, "E07000194", 2027)
    assert set(wards.names) == set(WARDS) - {"E05010653", "E05010656", "E05010670"} | set(NEW)
    assert wards.former == (WARDS,)
    assert set(wards.known) == set(WARDS) | set(NEW)
    # A name that no ward has any more is that of the ward which had it.
    assert wards.spellings["stowe"] == "E05010670"
    assert wards_of(small.settings, "E07000194", 2026).former == ()


@pytest.mark.parametrize(
    ("changes", "ends", "begins", "says"),
    [
        ("", ("E05010653",), (), "E05010653 ends with edition 2027, and nothing says what became of it"),
        ("", (), NEW[:1], "E05099001 begins with edition 2027, and nothing says what it was before"),
        (
            "E05010653,E05099001,joined,2027,\n",
            ("E05010653",),
            NEW[:1],
            "kind is one of merged, split, recoded, renamed; found 'joined'",
        ),
        ("E05010653,E05010653,merged,2027,\n", ("E05010653",), (), "gets another; found merged"),
        ("E05010653,E05099001,merged,2027,\n", (), NEW[:1], "E05010653 changes .* last_edition 2026"),
        ("E05010653,E05099001,merged,2027,\n", ("E05010653",), (), "E05099001 comes .* first_edition 2027"),
        (
            "E05010653,E05099001,split,2027,\n",
            ("E05010653",),
            NEW[:1],
            "a ward is split where its ground goes to several wards, and only there",
        ),
        (
            "E05010653,E05099001,merged,2027,\nE05010653,E05099002,merged,2027,\n",
            ("E05010653",),
            NEW[:2],
            "give each of its rows the kind split",
        ),
        ("E05010653,E05099001,merged,soon,\n", ("E05010653",), NEW[:1], "row 2: .*'soon'"),
    ],
)
def test_a_change_of_wards_that_does_not_fit_is_refused(
    small: Small, changes: str, ends: tuple[str, ...], begins: tuple[str, ...], says: str
) -> None:
    change_wards(small, changes, ends, begins)
    with pytest.raises(CatalogueError, match=says):
        wards_of(small.settings, "E07000194", 2027)
