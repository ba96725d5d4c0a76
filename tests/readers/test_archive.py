"""Zip archives: members in order, and archives that must not be read."""

from __future__ import annotations

import struct
import zipfile
from pathlib import Path
from typing import Any

import openpyxl
import pytest

from spi_orchestration.findings import DeliveryError, Finding
from spi_orchestration.readers import source
from tests.readers.conftest import Read

LAYOUT = "{format: csv, archive_member: '*-street.csv', columns: {a: A, month: {file: '(\\d{4}-\\d{2})-[a-z]+-street'}}}"


def packed(path: Path, members: dict[str, bytes | str], method: int = zipfile.ZIP_DEFLATED) -> Path:
    with zipfile.ZipFile(path, "w", method) as archive:
        for name, content in members.items():
            archive.writestr(name, content)
    return path


def fault(read: Read, layout: str, *files: Path) -> Finding:
    with pytest.raises(DeliveryError) as caught:
        read(layout, *files)
    assert caught.value.finding.remedy.endswith(".")
    return caught.value.finding


MONTHS = {
    "2025-02/2025-02-staffs-street.csv": "A\n3\n",
    "2025-01/2025-01-staffs-street.csv": "A\n1\n2\n",
    "2025-01/2025-01-staffs-outcomes.csv": "X\n9\n",
    "empty/": "",
}


def test_members_in_the_order_of_their_names(read: Read, tmp_path: Path) -> None:
    table, rows = read(LAYOUT, packed(tmp_path / "crime.zip", MONTHS), names=["police/crime.zip"])
    assert [(row["a"], row["month"], row["_row"]) for row in rows] == [
        ("1", "2025-01", 2),
        ("2", "2025-01", 3),
        ("3", "2025-02", 2),
    ]
    assert rows[0]["_file"] == "police/crime.zip!/2025-01/2025-01-staffs-street.csv"
    assert table.files == 2


def test_a_fault_names_the_member(read: Read, tmp_path: Path) -> None:
    members = MONTHS | {"2025-02/2025-02-staffs-street.csv": "B\n3\n"}
    finding = fault(read, LAYOUT, packed(tmp_path / "crime.zip", members))
    assert (finding.check, finding.file) == ("columns", "crime.zip!/2025-02/2025-02-staffs-street.csv")


def test_the_member_itself_sent_without_its_archive(read: Read, tmp_path: Path) -> None:
    file = tmp_path / "2025-03-staffs-street.csv"
    file.write_bytes(b"A\n4\n")
    _, rows = read(LAYOUT, file)
    assert (rows[0]["a"], rows[0]["month"]) == ("4", "2025-03")


def test_an_archive_where_none_was_agreed(read: Read, tmp_path: Path) -> None:
    finding = fault(read, "{format: csv, columns: {a: A}}", packed(tmp_path / "a.csv", MONTHS))
    assert finding.check == "readable"
    assert "archive_member" in finding.remedy


def test_names_that_climb_out_stay_names(read: Read, tmp_path: Path) -> None:
    inside = tmp_path / "deep" / "er"
    inside.mkdir(parents=True)
    members = {
        "../../2025-01-x-street.csv": "A\n1\n",
        "C:\\2025-02-x-street.csv": "A\n2\n",
        "/2025-03-x-street.csv": "A\n3\n",
    }
    before = set(tmp_path.rglob("*"))
    _, rows = read(LAYOUT, packed(inside / "a.zip", members))
    assert sorted(row["a"] for row in rows) == ["1", "2", "3"]
    made = {path for path in set(tmp_path.rglob("*")) - before if path.is_file()}
    assert {path.name for path in made} == {"a.zip", "made.parquet"}


def test_no_such_member(read: Read, tmp_path: Path) -> None:
    finding = fault(read, LAYOUT.replace("*-street", "*-stops"), packed(tmp_path / "a.zip", MONTHS))
    assert finding.check == "readable"
    assert finding.found.startswith("3 members: '2025-01/2025-01-staffs-outcomes.csv'")


def test_a_workbook_in_an_archive(read: Read, tmp_path: Path) -> None:
    book = openpyxl.Workbook()
    book.active.append(["A"])
    book.active.append([7])
    book.save(tmp_path / "a.xlsx")
    file = packed(tmp_path / "a.zip", {"in/a.xlsx": (tmp_path / "a.xlsx").read_bytes()})
    _, rows = read("{format: xlsx, archive_member: '*.xlsx', columns: {a: A}}", file)
    assert (rows[0]["a"], rows[0]["_file"], rows[0]["_sheet"]) == ("7", "a.zip!/in/a.xlsx", "Sheet")


@pytest.mark.parametrize("keep", [0.1, 0.5, 0.95])
def test_a_truncated_archive(read: Read, tmp_path: Path, keep: float) -> None:
    rows = "A\n" + "\n".join(str(number * number) for number in range(20_000))
    file = packed(tmp_path / "a.zip", {"2025-01-x-street.csv": rows})
    content = file.read_bytes()
    file.write_bytes(content[: int(len(content) * keep)])
    finding = fault(read, LAYOUT, file)
    assert (finding.check, finding.file) == ("readable", "a.zip")
    assert "truncated" in finding.found


@pytest.mark.parametrize("method", [zipfile.ZIP_DEFLATED, zipfile.ZIP_STORED])
def test_a_byte_changed_inside_an_archive(read: Read, tmp_path: Path, method: int) -> None:
    rows = "A\n" + "\n".join(str(number * number) for number in range(20_000))
    file = packed(tmp_path / "a.zip", {"2025-01-x-street.csv": rows}, method)
    content = bytearray(file.read_bytes())
    content[len(content) // 2] ^= 0x10
    file.write_bytes(content)
    assert fault(read, LAYOUT, file).check == "readable"


def test_an_archive_locked_with_a_password(read: Read, tmp_path: Path) -> None:
    file = packed(tmp_path / "a.zip", {"2025-01-x-street.csv": "A\n1\n"}, zipfile.ZIP_STORED)
    content = bytearray(file.read_bytes())
    # Bit 0 of the general purpose flags, in the local and in the central header (APPNOTE 4.4.4).
    content[6] |= 1
    content[content.index(b"PK\x01\x02") + 8] |= 1
    file.write_bytes(content)
    finding = fault(read, LAYOUT, file)
    assert (finding.check, finding.found) == ("readable", "members locked with a password")


def test_a_packing_method_that_python_lacks(read: Read, tmp_path: Path) -> None:
    file = packed(tmp_path / "a.zip", {"2025-01-x-street.csv": "A\n1\n"}, zipfile.ZIP_STORED)
    content = bytearray(file.read_bytes())
    # Method 9, Deflate64, which Windows Explorer uses for large files.
    struct.pack_into("<H", content, 8, 9)
    struct.pack_into("<H", content, content.index(b"PK\x01\x02") + 10, 9)
    file.write_bytes(content)
    finding = fault(read, LAYOUT, file)
    assert finding.check == "readable"
    assert "unpacked" in finding.found


def test_archives_that_unpack_to_too_much(
    read: Read, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    import gzip

    rows = "A\n" + "1\n" * 300_000
    layout: Any = "{format: csv, archive_member: '*.csv', columns: {a: A}}"
    zipped = packed(tmp_path / "a.zip", {"bomb.csv": rows})
    book = packed(tmp_path / "a.xlsx", {"xl/workbook.xml": rows})
    gzipped = tmp_path / "a.csv.gz"
    gzipped.write_bytes(gzip.compress(rows.encode()))
    # The file unpacks to about a thousand times its size; only the size from which that counts is lowered.
    monkeypatch.setattr(source, "RATIO_FROM", 100_000)
    for file, shape in ((zipped, layout), (gzipped, layout), (book, "{format: xlsx, columns: {a: A}}")):
        finding = fault(read, shape, file)
        assert finding.check == "readable"
        assert "unpack" in finding.found
    monkeypatch.undo()
    monkeypatch.setattr(source, "MAX_UNPACKED", 500_000)
    assert "unpack" in fault(read, layout, zipped).found
    assert "unpack" in fault(read, layout, gzipped).found
    monkeypatch.undo()
    assert read(layout, gzipped)[0].rows == 300_000
