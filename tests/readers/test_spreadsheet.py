"""Workbooks written by other libraries come back cell for cell."""

from __future__ import annotations

import datetime as dt
import zipfile
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from odf.opendocument import OpenDocumentSpreadsheet
from odf.table import Table, TableCell, TableRow
from odf.text import P

from spi_orchestration.findings import DeliveryError, Finding
from spi_orchestration.readers.spreadsheet import cell_text
from spi_orchestration.sample.writers.legacy import xls
from spi_orchestration.sample.writers.spreadsheet import Sheet
from tests.readers.conftest import Read
from tests.readers.support import read_files, rows_of

XLSX = "{format: xlsx, sheet: Data, columns: {a: A, b: B}}"

#: Cell values and the text they must come back as.
VALUES: list[tuple[Any, str | None]] = [
    (3, "3"),
    (3.0, "3"),
    (-0.1, "-0.1"),
    (0.1, "0.1"),
    (1234.5678901234, "1234.5678901234"),
    (100012345678, "100012345678"),
    (9007199254740991, "9007199254740991"),
    (1e-7, "1e-07"),
    (45709, "45709"),
    ("007", "007"),
    ("  padded ", "  padded "),
    ("two\nlines", "two\nlines"),
    ("St John’s", "St John’s"),
    (dt.date(2025, 2, 21), "2025-02-21"),
    (dt.datetime(2025, 2, 21, 13, 45, 30), "2025-02-21T13:45:30"),
    (dt.time(9, 30), "09:30:00"),
    (True, "TRUE"),
    (False, "FALSE"),
    (None, None),
]


def workbook(path: Path, sheets: dict[str, list[list[Any]]], hidden: tuple[str, ...] = ()) -> Path:
    book = openpyxl.Workbook()
    book.remove(book.worksheets[0])
    for name, rows in sheets.items():
        sheet = book.create_sheet(name)
        for at, row in enumerate(rows, 1):
            for column, value in enumerate(row, 1):
                if value is not None:
                    sheet.cell(at, column, value)
        if name in hidden:
            sheet.sheet_state = "hidden"
    book.save(path)
    return path


def fault(read: Read, layout: str, *files: Path, **more: Any) -> Finding:
    with pytest.raises(DeliveryError) as caught:
        read(layout, *files, **more)
    assert caught.value.finding.remedy.endswith(".")
    return caught.value.finding


def test_each_kind_of_cell_in_xlsx(read: Read, tmp_path: Path) -> None:
    rows: list[list[Any]] = [["A", "B"], *([f"r{n}", value] for n, (value, _) in enumerate(VALUES))]
    _, got = read(XLSX, workbook(tmp_path / "a.xlsx", {"Data": rows}))
    assert [row["b"] for row in got] == [text for _, text in VALUES]
    assert [row["_row"] for row in got] == list(range(2, len(VALUES) + 2))
    assert {(row["_file"], row["_sheet"]) for row in got} == {("a.xlsx", "Data")}


def test_whole_numbers_that_a_float_cannot_hold_keep_their_exponent() -> None:
    assert cell_text(1.5e20) == "1.5e+20"
    assert cell_text(dt.timedelta(hours=30, minutes=5)) == "30:05:00"


def ods(path: Path, name: str, rows: list[list[Any]], skip: int = 0) -> Path:
    document = OpenDocumentSpreadsheet()
    table = Table(name=name)
    if skip:
        empty = TableRow(numberrowsrepeated=skip)
        empty.addElement(TableCell(numbercolumnsrepeated=3))
        table.addElement(empty)
    for row in rows:
        line = TableRow()
        for value in row:
            line.addElement(_ods_cell(value))
        table.addElement(line)
    tail = TableRow(numberrowsrepeated=1_000_000)
    tail.addElement(TableCell(numbercolumnsrepeated=1000))
    table.addElement(tail)
    document.spreadsheet.addElement(table)
    document.save(str(path))
    return path


def _ods_cell(value: Any) -> TableCell:
    if value is None:
        return TableCell()
    if isinstance(value, bool):
        return TableCell(valuetype="boolean", booleanvalue=str(value).lower())
    if isinstance(value, int | float):
        return TableCell(valuetype="float", value=repr(value))
    if isinstance(value, dt.date):
        return TableCell(valuetype="date", datevalue=value.isoformat())
    if isinstance(value, dt.time):
        return TableCell(valuetype="time", timevalue=value.strftime("PT%HH%MM%SS"))
    cell = TableCell(valuetype="string")
    for piece in value.split("\n"):
        cell.addElement(P(text=piece))
    return cell


def test_each_kind_of_cell_in_ods(read: Read, tmp_path: Path) -> None:
    rows: list[list[Any]] = [["A", "B"], *([f"r{n}", value] for n, (value, _) in enumerate(VALUES))]
    file = ods(tmp_path / "a.ods", "By ward", rows, skip=4)
    _, got = read("{format: ods, sheet: by WARD, header_row: 5, columns: {a: A, b: B}}", file)
    assert [row["b"] for row in got] == [text for _, text in VALUES]
    # Empty rows stored as one repeated row count as they show.
    assert [row["_row"] for row in got] == list(range(6, len(VALUES) + 6))


texts = st.text(
    st.characters(codec="utf-8", exclude_categories=["Cc", "Cs"], exclude_characters="\ufffe\uffff"),
    min_size=1,
    max_size=8,
)
numbers = st.integers(-(10**15), 10**15) | st.floats(allow_nan=False, allow_infinity=False, width=32)


@settings(max_examples=40)
@given(
    st.lists(
        st.tuples(texts.filter(lambda text: text.strip() and text[0] != "="), numbers), min_size=1, max_size=6
    ),
    st.integers(0, 3),
)
def test_any_text_and_number_comes_back(
    tmp_path_factory: pytest.TempPathFactory, pairs: list[tuple[str, float]], above: int
) -> None:
    folder = tmp_path_factory.mktemp("any")
    rows: list[list[Any]] = [[None] for _ in range(above)] + [["A", "B"]] + [list(pair) for pair in pairs]
    file = workbook(folder / "a.xlsx", {"Data": rows})
    layout = {"format": "xlsx", "header_row": above + 1, "columns": {"a": "A", "b": "B"}}
    got = rows_of(read_files(folder / "t.parquet", layout, file).path)
    assert [row["a"] for row in got] == [text for text, _ in pairs]
    # The workbook's writer keeps 16 significant digits.
    assert [float(row["b"]) for row in got] == pytest.approx([number for _, number in pairs], rel=1e-15)
    assert [row["_row"] for row in got] == list(range(above + 2, above + 2 + len(pairs)))


def test_leading_and_inner_blank_rows_count(read: Read, tmp_path: Path) -> None:
    rows = [
        [],
        [None, "Title"],
        [],
        [None, "A", "B"],
        [None, 1, 2],
        [],
        [None, None, " "],
        [None, 3, 4],
        [None, "Note"],
    ]
    file = workbook(tmp_path / "a.xlsx", {"Data": rows})
    _, got = read("{format: xlsx, header_row: 4, columns: {a: A, b: B}}", file)
    assert [(row["a"], row["b"], row["_row"]) for row in got] == [
        ("1", "2", 5),
        ("3", "4", 8),
        ("Note", None, 9),
    ]
    _, got = read("{format: xlsx, header_row: 4, columns: {a: A, b: B}, stop_at_blank: true}", file)
    assert [row["_row"] for row in got] == [5]


# --- error cells --------------------------------------------------------------------------------------


def rewrite(path: Path, part: str, change: Any) -> None:
    """Change one part of a packed workbook."""
    with zipfile.ZipFile(path) as packed:
        parts = {name: packed.read(name) for name in packed.namelist()}
    parts[part] = change(parts[part])
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as packed:
        for name, content in parts.items():
            packed.writestr(name, content)


def test_error_cells_of_xlsx_keep_their_text(read: Read, tmp_path: Path) -> None:
    rows = [["A", "B"], [1, 2], ["#N/A", 4], [5, "x"]]
    file = workbook(tmp_path / "a.xlsx", {"First": [["#REF!"]], "Data": rows})

    def divided(sheet: bytes) -> bytes:
        old = b'<c r="B4" t="inlineStr"><is><t>x</t></is></c>'
        assert old in sheet
        # What Excel stores for =5/0; without the cell's address, which the format allows.
        return sheet.replace(old, b'<c t="e"><f>5/0</f><v>#DIV/0!</v></c>')

    rewrite(file, "xl/worksheets/sheet2.xml", divided)
    _, got = read(XLSX, file)
    assert [(row["a"], row["b"]) for row in got] == [("1", "2"), ("#N/A", "4"), ("5", "#DIV/0!")]


def test_error_cells_of_ods_keep_their_text(read: Read, tmp_path: Path) -> None:
    file = ods(tmp_path / "a.ods", "Data", [["A", "B"], [1, 2], ["MARK", 4]], skip=2)

    def as_libreoffice(content: bytes) -> bytes:
        old = b'<table:table-cell office:value-type="string"><text:p>MARK</text:p></table:table-cell>'
        assert old in content
        new = (
            b'<table:table-cell xmlns:calcext="urn:org:documentfoundation:names:experimental:calc:xmlns:calcext:1.0" '
            b'table:formula="of:=NA()" office:value-type="string" office:string-value="" '
            b'calcext:value-type="error"><text:p>#N/A</text:p></table:table-cell>'
        )
        return content.replace(old, new)

    rewrite(file, "content.xml", as_libreoffice)
    _, got = read("{format: ods, header_row: 3, columns: {a: A, b: B}}", file)
    assert [(row["a"], row["b"], row["_row"]) for row in got] == [("1", "2", 4), ("#N/A", "4", 5)]


# --- sheets -------------------------------------------------------------------------------------------


def test_several_sheets_are_read_in_turn(read: Read, tmp_path: Path) -> None:
    sheets = {
        "Cover": [["secret"]],
        "Q1 2025": [["A", "B"], [1, 2]],
        "Q2 2025 ": [["B", "A"], [4, 3]],
        "Old Q1": [["A"]],
    }
    file = workbook(tmp_path / "a.xlsx", sheets)
    layout = "{format: xlsx, sheet: 'q? *', columns: {a: A, b: B, quarter: {sheet: '^(Q\\d)'}}}"
    table, got = read(layout, file)
    assert table.sheets == ("Q1 2025", "Q2 2025 ")
    assert [(row["a"], row["b"], row["quarter"], row["_sheet"], row["_row"]) for row in got] == [
        ("1", "2", "Q1", "Q1 2025", 2),
        ("3", "4", "Q2", "Q2 2025 ", 2),
    ]


def test_a_hidden_sheet_only_where_no_visible_one_fits(read: Read, tmp_path: Path) -> None:
    sheets = {"Data": [["A", "B"], [1, 2]], "Data old": [["A", "B"], [9, 9]]}
    file = workbook(tmp_path / "a.xlsx", sheets, hidden=("Data old",))
    table, got = read("{format: xlsx, sheet: 'Data*', columns: {a: A, b: B}}", file)
    assert (table.sheets, len(got), table.notes) == (("Data",), 1, ())
    table, got = read("{format: xlsx, sheet: 'Data o*', columns: {a: A, b: B}}", file)
    assert (got[0]["a"], table.notes) == ("9", ("a.xlsx: read from a hidden sheet",))


def test_no_such_sheet(read: Read, tmp_path: Path) -> None:
    file = workbook(
        tmp_path / "a.xlsx", {"Table 4": [["A"]], "Notes": [["x"]], "Lists": [["y"]]}, hidden=("Lists",)
    )
    finding = fault(read, "{format: xlsx, sheet: Table 3*, columns: {a: A}}", file)
    assert (finding.check, finding.file) == ("sheet", "a.xlsx")
    assert finding.expected == "a sheet like 'Table 3*'"
    assert finding.found == "the sheets 'Table 4', 'Notes', 'Lists' (hidden)"


def test_header_faults(read: Read, tmp_path: Path) -> None:
    file = workbook(tmp_path / "a.xlsx", {"Data": [["A", "B"], [], [1, 2]]})
    assert fault(read, "{format: xlsx, header_row: 2, columns: {a: A}}", file).found == "a blank row"
    assert fault(read, "{format: xlsx, header_row: 9, columns: {a: A}}", file).found == "3 rows"
    empty = workbook(tmp_path / "b.xlsx", {"Data": []})
    assert fault(read, "{format: xlsx, columns: {a: A}}", empty).check == "header"
    bare = workbook(tmp_path / "c.xlsx", {"Data": [["A"]]})
    finding = fault(read, "{format: xlsx, columns: {a: A}}", bare)
    assert (finding.check, finding.found) == ("empty", "0 rows after the header")
    moved = workbook(tmp_path / "d.xlsx", {"Data": [["Title"], [], ["Ward", "Count"], ["Stowe", 1]]})
    assert "header_row: 3" in fault(read, "{format: xlsx, columns: {a: Ward, b: Count}}", moved).remedy


def test_without_a_header(read: Read, tmp_path: Path) -> None:
    file = workbook(tmp_path / "a.xlsx", {"Data": [["x", 1], ["y", 2]]})
    _, got = read("{format: xlsx, header_row: 0, columns: {a: {position: 2}}}", file)
    assert [(row["a"], row["_row"]) for row in got] == [("1", 1), ("2", 2)]
    assert fault(read, "{format: xlsx, header_row: 0, columns: {a: {position: 3}}}", file).check == "columns"


# --- damage -------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("content", "check", "words"),
    [
        (b"", "empty", "0 bytes"),
        (b"A,B\n1,2\n", "readable", "text"),
        (b"<html><body>Sign in</body></html>", "readable", "web page"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\x00" * 600, "readable", "cannot be opened"),
        (b"PK\x03\x04" + b"\x00" * 100, "readable", "truncated"),
    ],
)
def test_what_is_no_workbook(read: Read, tmp_path: Path, content: bytes, check: str, words: str) -> None:
    file = tmp_path / "a.xlsx"
    file.write_bytes(content)
    finding = fault(read, XLSX, file)
    assert finding.check == check
    assert words in finding.found


def test_a_zip_that_is_no_workbook(read: Read, tmp_path: Path) -> None:
    file = tmp_path / "a.xlsx"
    with zipfile.ZipFile(file, "w") as packed:
        packed.writestr("a.csv", "A,B\n")
    assert fault(read, XLSX, file).check == "readable"


def test_a_workbook_locked_with_a_password(read: Read, tmp_path: Path) -> None:
    # Office keeps a locked workbook as the stream EncryptedPackage of an OLE file (MS-OFFCRYPTO 2.3.4).
    file = tmp_path / "a.xlsx"
    directory = "EncryptedPackage".encode("utf-16-le").ljust(64, b"\x00")
    file.write_bytes(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\x00" * 504 + directory)
    finding = fault(read, XLSX, file)
    assert finding.check == "readable"
    assert "password" in finding.found


@pytest.mark.parametrize("keep", [0.2, 0.7, 0.98])
def test_a_truncated_workbook(read: Read, tmp_path: Path, keep: float) -> None:
    file = workbook(tmp_path / "a.xlsx", {"Data": [["A", "B"], *([n, n * n] for n in range(500))]})
    content = file.read_bytes()
    file.write_bytes(content[: int(len(content) * keep)])
    assert fault(read, XLSX, file).check == "readable"


def test_a_workbook_damaged_inside(read: Read, tmp_path: Path) -> None:
    file = workbook(tmp_path / "a.xlsx", {"Data": [["A", "B"], [1, 2]]})
    rewrite(file, "xl/worksheets/sheet1.xml", lambda sheet: sheet[: len(sheet) // 2] + b"<<&")
    assert fault(read, XLSX, file).check == "readable"
    rewrite(file, "xl/workbook.xml", lambda book: book[: len(book) // 2])
    assert fault(read, XLSX, file).check == "readable"


def test_an_ods_sent_as_xlsx_is_read(read: Read, tmp_path: Path) -> None:
    file = ods(tmp_path / "a.xlsx", "Data", [["A", "B"], [1, 2]])
    _, got = read(XLSX, file)
    assert [(row["a"], row["b"]) for row in got] == [("1", "2")]


# --- the old binary format ----------------------------------------------------------------------------


def test_an_old_binary_workbook(read: Read, tmp_path: Path) -> None:
    file = tmp_path / "a.xls"
    rows = [["Title"], ["A", "B"], ["Stowe", 3.0], ["Longdon", 0.1]]
    file.write_bytes(xls([Sheet("Notes", [["x"]]), Sheet("Data", rows)]))
    _, got = read("{format: xls, sheet: Data, header_row: 2, columns: {a: A, b: B}}", file)
    assert [(row["a"], row["b"], row["_row"]) for row in got] == [("Stowe", "3", 3), ("Longdon", "0.1", 4)]
