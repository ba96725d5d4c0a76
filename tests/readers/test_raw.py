"""The raw Parquet itself: its form, its bytes, and what is left behind when a read fails."""

from __future__ import annotations

import datetime as dt
import hashlib
import os
import random
import subprocess
import sys
from pathlib import Path
from typing import Any

import duckdb
import pytest

from spi_orchestration.catalogue import CatalogueError, Layout, load_catalogue
from spi_orchestration.findings import DeliveryError
from spi_orchestration.readers import LandedFile, read_delivery, write_empty
from spi_orchestration.settings import Settings
from tests.readers.conftest import Read
from tests.readers.support import make_dataset, read_files, rows_of

LAYOUT = {"format": "csv", "columns": {"a": "A", "b": "B"}}


def digest(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


def schema(path: Path) -> list[tuple[str, str]]:
    with duckdb.connect() as connection:
        rows = connection.execute("describe select * from read_parquet(?)", [str(path)]).fetchall()
    return [(row[0], row[1]) for row in rows]


def test_an_absent_delivery_has_the_same_columns(tmp_path: Path) -> None:
    file = tmp_path / "a.csv"
    file.write_bytes(b"A,B\n1,2\n")
    dataset = make_dataset(["b", "z", "a"], LAYOUT)
    write_empty(dataset, tmp_path / "none.parquet")
    read_delivery(
        dataset, dataset.contract.layouts[0], [LandedFile(file, "a.csv")], tmp_path / "some.parquet"
    )
    expected = [
        ("b", "VARCHAR"),
        ("z", "VARCHAR"),
        ("a", "VARCHAR"),
        ("_file", "VARCHAR"),
        ("_sheet", "VARCHAR"),
        ("_row", "BIGINT"),
    ]
    assert schema(tmp_path / "none.parquet") == schema(tmp_path / "some.parquet") == expected
    assert rows_of(tmp_path / "none.parquet") == []
    first = digest(tmp_path / "none.parquet")
    write_empty(dataset, tmp_path / "none.parquet")
    assert digest(tmp_path / "none.parquet") == first


def test_every_dataset_of_the_catalogue_can_be_empty(tmp_path: Path) -> None:
    catalogue = load_catalogue(Settings.load())
    for dataset in list(catalogue.datasets.values())[:5]:
        write_empty(dataset, tmp_path / f"{dataset.id}.parquet")
        assert [name for name, _ in schema(tmp_path / f"{dataset.id}.parquet")][:-3] == list(dataset.columns)


def test_a_folder_whose_name_looks_like_a_pattern(tmp_path: Path) -> None:
    folder = tmp_path / "Data [2025]* 'x'" if os.name != "nt" else tmp_path / "Data [2025] 'x'"
    folder.mkdir()
    file = folder / "a.csv"
    file.write_bytes(b"A,B\n1,2\n")
    table = read_files(folder / "raw" / "t[1].parquet", LAYOUT, file)
    assert table.path.is_file()
    assert [path.name for path in table.path.parent.iterdir()] == ["t[1].parquet"]


def test_nothing_is_left_of_a_read_that_failed(tmp_path: Path) -> None:
    good, bad = tmp_path / "a.csv", tmp_path / "b.csv"
    good.write_bytes(b"A,B\n1,2\n")
    bad.write_bytes(b"A,C\n1,2\n")
    target = tmp_path / "raw" / "t.parquet"
    with pytest.raises(DeliveryError):
        read_files(target, LAYOUT, good, bad)
    assert list(target.parent.iterdir()) == []
    read_files(target, LAYOUT, good)
    before = digest(target)
    with pytest.raises(DeliveryError):
        read_files(target, LAYOUT, good, bad)
    assert digest(target) == before


def test_what_a_killed_read_left_is_cleared_by_a_later_one(tmp_path: Path) -> None:
    target = tmp_path / "t.parquet"
    old, young = tmp_path / ".t.killed", tmp_path / ".t.running"
    for folder in (old, young):
        folder.mkdir()
        (folder / "rows.txt").write_bytes(b"personal")
    os.utime(old, (1_600_000_000, 1_600_000_000))
    file = tmp_path / "a.csv"
    file.write_bytes(b"A,B\n1,2\n")
    read_files(target, LAYOUT, file)
    assert not old.exists()
    assert young.exists()


def make_feed(path: Path, rows: int) -> Path:
    draw = random.Random(20260101)
    with path.open("w", encoding="utf-8", newline="\n") as stream:
        stream.write("A,B,C\n")
        for number in range(rows):
            stream.write(
                f'{draw.getrandbits(64):016x},"Street {number % 997}, Lichfield",{draw.random():.6f}\n'
            )
    return path


FEED = {"format": "csv", "columns": {"a": "A", "b": "B", "c": "C"}}

TWICE = """
import sys
from pathlib import Path
from tests.readers.support import read_files
read_files(Path(sys.argv[2]), {"format": "csv", "columns": {"a": "A", "b": "B", "c": "C"}}, Path(sys.argv[1]))
"""


def test_same_input_same_bytes_in_another_process_and_folder(tmp_path: Path) -> None:
    file = make_feed(tmp_path / "a.csv", 3_000)
    (tmp_path / "elsewhere").mkdir()
    copy = tmp_path / "elsewhere" / "a.csv"
    copy.write_bytes(file.read_bytes())
    read_files(tmp_path / "one.parquet", FEED, file)
    root = Path(__file__).resolve().parents[2]
    environment = os.environ | {"PYTHONHASHSEED": "77", "TZ": "Pacific/Auckland", "PYTHONPATH": str(root)}
    subprocess.run(
        [sys.executable, "-c", TWICE, str(copy), str(tmp_path / "elsewhere" / "two.parquet")],
        env=environment,
        cwd=root,
        check=True,
    )
    assert digest(tmp_path / "one.parquet") == digest(tmp_path / "elsewhere" / "two.parquet")


@pytest.mark.slow
def test_same_bytes_above_a_million_rows(tmp_path: Path) -> None:
    file = make_feed(tmp_path / "a.csv", 1_100_000)
    first = read_files(tmp_path / "one.parquet", FEED, file)
    read_files(tmp_path / "two.parquet", FEED, file)
    assert first.rows == 1_100_000
    assert digest(tmp_path / "one.parquet") == digest(tmp_path / "two.parquet")
    with duckdb.connect() as connection:
        connection.execute("set threads = 1")
        in_order = connection.execute(
            "select count(*), count(*) filter (_row = n + 1) from (select _row, row_number() over () as n "
            f"from read_parquet('{(tmp_path / 'one.parquet').as_posix()}'))"
        ).fetchone()
    assert in_order == (1_100_000, 1_100_000)


# --- Parquet as sent ----------------------------------------------------------------------------------


def parquet(path: Path, sql: str) -> Path:
    with duckdb.connect() as connection:
        connection.execute(f"copy ({sql}) to '{path.as_posix()}' (format parquet)")
    return path


CONTACTS = """
select 'c1' as contact_id, timestamp '2025-02-21 13:45:00' as created, 0.1::double as rate, 7::bigint as n, true as account,
  date '2025-02-21' as day, 1.50::decimal(9, 2) as paid, 'x' as "Channel Used"
union all select 'c2', null, 3.0, null, false, null, null, ''
union all select null, null, null, null, null, null, null, null
"""


def test_columns_of_a_parquet_as_text(read: Read, tmp_path: Path) -> None:
    file = parquet(tmp_path / "a.parquet", CONTACTS)
    layout = """
    format: parquet
    columns: {id: CONTACT_ID, created: created, rate: rate, n: n, account: account, day: day, paid: paid}
    """
    table, rows = read(layout, file)
    assert [tuple(row.values())[:7] for row in rows] == [
        ("c1", "2025-02-21 13:45:00", "0.1", "7", "true", "2025-02-21", "1.50"),
        ("c2", None, "3.0", None, "false", None, None),
    ]
    assert [row["_row"] for row in rows] == [1, 2]
    assert table.unexpected == ("Channel Used",)


def test_a_name_that_looks_like_a_pattern_of_its_neighbour(read: Read, tmp_path: Path) -> None:
    parquet(tmp_path / "a1.parquet", "select 'neighbour' as id")
    file = parquet(tmp_path / "b.parquet", "select 'this one' as id").rename(tmp_path / "a[1].parquet")
    _, rows = read("{format: parquet, columns: {id: id}}", file)
    assert [row["id"] for row in rows] == ["this one"]


@pytest.mark.parametrize("keep", [0.0, 0.4, 0.9])
def test_a_truncated_parquet(read: Read, tmp_path: Path, keep: float) -> None:
    file = parquet(
        tmp_path / "a.parquet", "select range as contact_id, hash(range)::varchar as b from range(50000)"
    )
    content = file.read_bytes()
    file.write_bytes(content[: int(len(content) * keep)])
    with pytest.raises(DeliveryError) as caught:
        read("{format: parquet, columns: {id: contact_id}}", file)
    assert caught.value.finding.check == ("empty" if keep == 0 else "readable")


def test_a_parquet_damaged_inside(read: Read, tmp_path: Path) -> None:
    file = parquet(tmp_path / "a.parquet", "select range as id, hash(range)::varchar as b from range(300000)")
    content = bytearray(file.read_bytes())
    middle = len(content) // 2
    content[middle : middle + 20_000] = b"\xff" * 20_000
    file.write_bytes(content)
    with pytest.raises(DeliveryError) as caught:
        read("{format: parquet, columns: {id: id, b: b}}", file)
    assert caught.value.finding.check == "readable"


# --- layouts that cannot work -------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"columns": {"a": {"pattern": "("}}}, "not a regular expression"),
        ({"columns": {"a": {"file": "x"}}}, "needs one group"),
        ({"columns": {"a": {"header": "A", "extract": "(a)(b)"}}}, "found 2"),
        ({"columns": {"a": {"path": "x.y"}}}, "not csv"),
        ({"unpivot": {"pattern": "x", "name_column": "n", "value_column": "v"}}, "needs one group"),
        ({"unpivot": {"pattern": "(x)", "name_column": "a", "value_column": "v"}}, "unpivot fills a"),
        ({"keep": {"column": "a", "pattern": "["}}, "not a regular expression"),
    ],
)
def test_layouts_are_refused_before_any_file_is_read(change: dict[str, Any], words: str) -> None:
    with pytest.raises(ValueError, match=words):
        Layout.model_validate({"id": "x", "format": "csv", "columns": {"a": "A"}} | change)


@pytest.mark.parametrize(
    ("change", "words"), [({"encoding": "klingon"}, "klingon"), ({"delimiter": ",,"}, "one character")]
)
def test_layouts_refused_by_the_reader(tmp_path: Path, change: dict[str, Any], words: str) -> None:
    file = tmp_path / "a.csv"
    file.write_bytes(b"A,B\n1,2\n")
    with pytest.raises(CatalogueError, match=words):
        read_files(tmp_path / "t.parquet", LAYOUT | change, file)


def test_importing_the_readers_is_light() -> None:
    code = (
        "import sys, spi_orchestration.readers; "
        "print([name for name in ('duckdb', 'pandas', 'python_calamine', 'sqlite3') if name in sys.modules])"
    )
    root = Path(__file__).resolve().parents[2]
    result = subprocess.run(
        [sys.executable, "-c", code], cwd=root, check=True, capture_output=True, text=True, encoding="utf-8"
    )
    assert result.stdout.strip() == "[]"


def test_dates_of_spreadsheets_are_dates() -> None:
    from spi_orchestration.readers.spreadsheet import cell_text

    assert cell_text(dt.datetime(2025, 2, 21)) == "2025-02-21T00:00:00"
