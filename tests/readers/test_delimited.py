"""Delimited text: what is written comes back, with the line numbers an editor shows."""

from __future__ import annotations

import codecs
import csv
import gzip
import io
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from spi_orchestration.findings import DeliveryError, Finding
from tests.readers.conftest import Read
from tests.readers.support import read_files, rows_of

PLAIN = "{format: csv, columns: {a: A, b: B}}"


def write(path: Path, text: str, encoding: str = "utf-8") -> Path:
    path.write_bytes(text.encode(encoding))
    return path


def fault(read: Read, layout: str, *files: Path, **more: object) -> Finding:
    with pytest.raises(DeliveryError) as caught:
        read(layout, *files, **more)
    finding = caught.value.finding
    assert finding.dataset == "made"
    assert finding.grade == "stop"
    assert finding.remedy.endswith(".")
    return finding


# --- encodings and packing ----------------------------------------------------------------------------

SMART = "A,B\n1,St John’s\n2,café – £5\n"


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp1252", "utf-16", "utf-16-le"])
def test_each_encoding_comes_back(read: Read, tmp_path: Path, encoding: str) -> None:
    file = write(tmp_path / "a.csv", SMART, encoding)
    _, rows = read(f"{{format: csv, encoding: {encoding}, columns: {{a: A, b: B}}}}", file)
    assert [row["b"] for row in rows] == ["St John’s", "café – £5"]


def test_latin_1_holds_each_of_its_characters(read: Read, tmp_path: Path) -> None:
    letters = "".join(chr(code) for code in range(0xA0, 0x100))
    file = write(tmp_path / "a.csv", f"A,B\n1,{letters}\n", "latin-1")
    _, rows = read("{format: csv, encoding: latin-1, columns: {a: A, b: B}}", file)
    assert rows[0]["b"] == letters


def test_first_header_behind_a_byte_order_mark(read: Read, tmp_path: Path) -> None:
    file = tmp_path / "a.csv"
    file.write_bytes(codecs.BOM_UTF8 + b"A,B\n1,2\n")
    for encoding in ("utf-8", "cp1252"):
        table, rows = read(f"{{format: csv, encoding: {encoding}, columns: {{a: A, b: B}}}}", file)
        assert rows[0]["a"] == "1"
    assert table.notes == ("a.csv: read as UTF-8 by its byte order mark, not as cp1252",)


def test_utf_8_sent_where_cp1252_was_agreed(read: Read, tmp_path: Path) -> None:
    file = write(tmp_path / "a.csv", SMART)
    table, rows = read("{format: csv, encoding: cp1252, columns: {a: A, b: B}}", file)
    assert rows[0]["b"] == "St John’s"
    assert table.notes == ("a.csv: read as UTF-8, which it is, not as cp1252",)


def test_utf_16_sent_where_utf_8_was_agreed(read: Read, tmp_path: Path) -> None:
    table, rows = read(PLAIN, write(tmp_path / "a.csv", SMART, "utf-16"))
    assert rows[1]["b"] == "café – £5"
    assert "UTF-16" in table.notes[0]


def test_wrong_encoding_says_where(read: Read, tmp_path: Path) -> None:
    sound = "A,B\n" + "1,x\n" * 300_000
    file = tmp_path / "a.csv"
    file.write_bytes(sound.encode() + b"2,St John\x92s\n")
    finding = fault(read, PLAIN, file)
    assert finding.check == "readable"
    # The apostrophe stands 9 bytes into line 300,002.
    assert f"at position {len(sound) + 9:,} in line 300,002" in finding.found
    assert finding.rows == (300_002,)
    assert "cp1252" in finding.remedy


def test_a_character_cut_in_two_at_the_end(read: Read, tmp_path: Path) -> None:
    file = tmp_path / "a.csv"
    file.write_bytes("A,B\n1,é".encode()[:-1])
    assert fault(read, PLAIN, file).check == "readable"


def test_gzip_is_known_by_its_content(read: Read, tmp_path: Path) -> None:
    file = tmp_path / "no-ending"
    file.write_bytes(gzip.compress(SMART.encode()))
    table, rows = read(PLAIN, file)
    assert rows[0]["b"] == "St John’s"
    assert rows[0]["_file"] == "no-ending"
    assert table.rows == 2


@pytest.mark.parametrize("keep", [0.5, 0.9])
def test_truncated_gzip(read: Read, tmp_path: Path, keep: float) -> None:
    packed = gzip.compress(("A,B\n" + "\n".join(f"{n},{n * n}" for n in range(20_000))).encode())
    file = tmp_path / "a.csv.gz"
    file.write_bytes(packed[: int(len(packed) * keep)])
    finding = fault(read, PLAIN, file)
    assert finding.check == "readable"
    assert "truncated" in finding.found


@pytest.mark.parametrize(("mark", "name"), [("\t", "a tab"), (";", "a semicolon"), ("|", "a bar")])
def test_other_delimiters(read: Read, tmp_path: Path, mark: str, name: str) -> None:
    file = write(tmp_path / "a.csv", f"A{mark}B\n1{mark}x,y\n")
    _, rows = read({"format": "csv", "delimiter": mark, "columns": {"a": "A", "b": "B"}}, file)
    assert rows[0]["b"] == "x,y"
    # The header row of the wrong delimiter is one cell: the remedy says which delimiter it is.
    finding = fault(read, PLAIN, file)
    assert name in finding.remedy


# --- lines --------------------------------------------------------------------------------------------


def test_lines_are_counted_as_an_editor_does(read: Read, tmp_path: Path) -> None:
    file = write(
        tmp_path / "a.csv",
        'title\n\n"a note\nof two lines"\n"A\nheader",B\r\n1,"x\ny\r\nz"\n\n   ,\t\n2,end\r3,"cr\rin a cell"\n4,\n',
    )
    _, rows = read("{format: csv, header_row: 5, columns: {a: A header, b: B}}", file)
    assert [(row["a"], row["b"], row["_row"]) for row in rows] == [
        ("1", "x\ny\r\nz", 7),
        ("2", "end", 12),
        ("3", "cr\rin a cell", 13),
        ("4", "", 15),
    ]


cells = st.text(st.characters(codec="utf-8", exclude_characters="\ufeff\x00"), max_size=6) | st.sampled_from(
    [
        "",
        " ",
        '"',
        '""',
        "\n",
        "\r\n",
        "\r",
        ",",
        "a,b",
        "\x1e",
        "\x1f",
        "\xa0",
        "'",
        "\\",
        "E05010651",
    ]
)


@st.composite
def tables(draw: st.DrawFn) -> tuple[int, list[list[str] | None]]:
    """Width, and records; None is a blank line."""
    width = draw(st.integers(1, 4))
    record = st.lists(cells, min_size=width, max_size=width)
    return width, draw(st.lists(record | st.none(), max_size=8))


#: Python's writer leaves a lone \r without quotes unless the line end holds one.
DIALECTS = [(csv.QUOTE_MINIMAL, "\r\n"), (csv.QUOTE_ALL, "\r\n"), (csv.QUOTE_ALL, "\n")]


@settings(max_examples=120)
@given(table=tables(), dialect=st.sampled_from(DIALECTS))
def test_any_table_of_text_comes_back_cell_for_cell(
    tmp_path_factory: pytest.TempPathFactory,
    table: tuple[int, list[list[str] | None]],
    dialect: tuple[int, str],
) -> None:
    quoting, end = dialect
    width, records = table
    text = io.StringIO(newline="")
    writer = csv.writer(text, quoting=quoting, lineterminator=end)  # type: ignore[arg-type]
    names = [f"h{at}" for at in range(width)]
    writer.writerow(names)
    expected = []
    for record in records:
        # A line of an editor ends at \n, \r\n or a lone \r: what StringIO counts when asked to.
        written = text.getvalue()
        line = 1 + written.count("\n") + written.count("\r") - written.count("\r\n")
        if record is None:
            text.write(end)
            continue
        writer.writerow(record)
        if any(cell.strip() for cell in record):
            expected.append((*record, line))
    folder = tmp_path_factory.mktemp("any")
    file = folder / "any.csv"
    file.write_bytes(text.getvalue().encode("utf-8"))
    layout = {"format": "csv", "columns": dict(zip(names, names, strict=True))}
    if not expected:
        with pytest.raises(DeliveryError) as caught:
            read_files(folder / "t.parquet", layout, file)
        assert caught.value.finding.check == "empty"
        return
    made = read_files(folder / "t.parquet", layout, file)
    got = [(*(row[name] for name in names), row["_row"]) for row in rows_of(made.path)]
    assert got == expected
    assert made.rows == len(expected)


def test_a_cell_of_millions_of_characters(read: Read, tmp_path: Path) -> None:
    big = "POLYGON " * 400_000
    _, rows = read(PLAIN, write(tmp_path / "a.csv", f'A,B\n1,{big}\n2,"{big}\n"\n'))
    assert rows[0]["b"] == big
    assert rows[1]["b"] == big + "\n"


def test_blank_tail_and_footer(read: Read, tmp_path: Path) -> None:
    file = write(tmp_path / "a.csv", "A,B\n1,x\n2,y\n,\n,\nSource: a note,\n")
    table, rows = read(PLAIN, file)
    assert [row["_row"] for row in rows] == [2, 3, 6]
    table, rows = read("{format: csv, columns: {a: A, b: B}, stop_at_blank: true}", file)
    assert [row["_row"] for row in rows] == [2, 3]
    table, rows = read("{format: csv, columns: {a: A, b: B}, keep: {column: a, pattern: '\\d'}}", file)
    assert [row["_row"] for row in rows] == [2, 3]
    assert table.notes == ("a.csv: 1 of 3 rows left out by keep on a",)


def test_a_blank_line_right_under_the_header_ends_nothing(read: Read, tmp_path: Path) -> None:
    file = write(tmp_path / "a.csv", "A,B\n,\n\n1,x\n,\n2,note\n")
    _, rows = read("{format: csv, columns: {a: A, b: B}, stop_at_blank: true}", file)
    assert [row["_row"] for row in rows] == [4]


# --- faults -------------------------------------------------------------------------------------------


def test_a_file_that_is_not_there(read: Read, tmp_path: Path) -> None:
    finding = fault(read, PLAIN, tmp_path / "gone.csv")
    assert (finding.check, finding.file) == ("readable", "gone.csv")


def test_an_empty_file(read: Read, tmp_path: Path) -> None:
    finding = fault(read, PLAIN, write(tmp_path / "a.csv", ""))
    assert (finding.check, finding.found) == ("empty", "0 bytes")


def test_a_header_and_nothing_else(read: Read, tmp_path: Path) -> None:
    finding = fault(read, PLAIN, write(tmp_path / "a.csv", "A,B\n,\n\n"))
    assert (finding.check, finding.found) == ("empty", "0 rows after the header")


def test_one_file_of_several_without_rows(read: Read, tmp_path: Path) -> None:
    full, bare = write(tmp_path / "a.csv", "A,B\n1,2\n"), write(tmp_path / "b.csv", "A,B\n")
    finding = fault(read, PLAIN, full, bare)
    assert (finding.check, finding.file) == ("empty", "b.csv")


def test_no_row_is_kept(read: Read, tmp_path: Path) -> None:
    layout = "{format: csv, columns: {a: A, b: B}, keep: {column: a, pattern: 'E05.*'}}"
    finding = fault(read, layout, write(tmp_path / "a.csv", "A,B\n1,2\n"))
    assert finding.check == "empty"
    assert "/E05.*/" in finding.found


@pytest.mark.parametrize(
    ("text", "row", "found"),
    [
        ("A,B\n1,2\n", 9, "last record begins in line 2"),
        ("x,y\n,\n1,2\n", 2, "a blank line"),
        ('x,y\n"two\nlines",1\nA,B\n', 3, "inside a cell of the record that begins in line 2"),
    ],
)
def test_no_header_where_it_should_be(read: Read, tmp_path: Path, text: str, row: int, found: str) -> None:
    finding = fault(
        read, f"{{format: csv, header_row: {row}, columns: {{a: A}}}}", write(tmp_path / "a.csv", text)
    )
    assert finding.check == "header"
    assert found in finding.found


def test_a_header_that_moved_is_found(read: Read, tmp_path: Path) -> None:
    file = write(tmp_path / "a.csv", "Title,\nAs at March,\nWard Code,Cohort\nE05010651,12\n")
    finding = fault(read, "{format: csv, columns: {a: Ward Code, b: Cohort}}", file)
    assert finding.check == "header"
    assert "header_row: 3" in finding.remedy


def test_a_quotation_mark_that_is_never_closed(read: Read, tmp_path: Path) -> None:
    finding = fault(read, PLAIN, write(tmp_path / "a.csv", 'A,B\n1,2\n3,"cut off\n4,5\n'))
    assert finding.check == "readable"
    assert "line 3" in finding.found


def test_a_delimiter_inside_a_cell_without_quotes(read: Read, tmp_path: Path) -> None:
    finding = fault(read, PLAIN, write(tmp_path / "a.csv", "A,B\n1,2\n3,Lichfield, Staffs\n4,5,\n"))
    assert (finding.check, finding.rows, finding.count) == ("columns", (3,), 1)


def test_a_footer_with_more_cells_is_no_fault_when_it_is_not_kept(read: Read, tmp_path: Path) -> None:
    file = write(tmp_path / "a.csv", "A,B\n1,2\nnote,with,commas\n")
    _, rows = read("{format: csv, columns: {a: A, b: B}, keep: {column: a, pattern: '\\d'}}", file)
    assert len(rows) == 1


def test_short_rows_are_noted_and_their_cells_absent(read: Read, tmp_path: Path) -> None:
    table, rows = read(PLAIN, write(tmp_path / "a.csv", "A,B\n1,\n2\n3,4\n"))
    assert [row["b"] for row in rows] == ["", None, "4"]
    assert table.notes == ("a.csv: 1 rows have fewer cells than the header",)


def test_a_file_that_ends_in_the_middle_of_a_row_is_cut_short(read: Read, tmp_path: Path) -> None:
    finding = fault(read, PLAIN, write(tmp_path / "a.csv", "A,B\n1,2\n3,4\n5"))
    assert finding.check == "readable"
    assert "cut short" in finding.remedy


@pytest.mark.parametrize(
    ("start", "words"),
    [
        (b"PK\x03\x04rest", "zip"),
        (b"%PDF-1.7", "PDF"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "Excel"),
        (b"\n <!DOCTYPE html><html>", "web page"),
        (b"A,B\x00\x01\x02", "not text"),
    ],
)
def test_a_file_of_another_kind(read: Read, tmp_path: Path, start: bytes, words: str) -> None:
    file = tmp_path / "a.csv"
    file.write_bytes(start + b"\n1,2\n")
    finding = fault(read, PLAIN, file)
    assert finding.check == "readable"
    assert words in finding.found


# --- columns ------------------------------------------------------------------------------------------


def test_headers_compare_folded(read: Read, tmp_path: Path) -> None:
    file = write(tmp_path / "a.csv", '"Number of\n  children\u00a0",\u200bWARD code \n7,x\n')
    _, rows = read("{format: csv, columns: {a: number OF children, b: Ward  Code}}", file)
    assert (rows[0]["a"], rows[0]["b"], rows[0]["_row"]) == ("7", "x", 3)


def test_header_rows_are_joined(read: Read, tmp_path: Path) -> None:
    file = write(tmp_path / "a.csv", "Year,2024,,2025\nWard,Girls,Boys,Girls\nStowe,1,2,3\n")
    _, rows = read(
        "{format: csv, header_rows: 2, columns: {a: Year Ward, b: 2024 Girls, c: Boys, d: 2025 Girls}}", file
    )
    assert [rows[0][name] for name in "abcd"] == ["Stowe", "1", "2", "3"]
    assert rows[0]["_row"] == 3


def test_two_columns_of_one_name(read: Read, tmp_path: Path) -> None:
    file = write(tmp_path / "a.csv", "Code,Name,code \nE07,Stowe,E05\n")
    _, rows = read(
        "{format: csv, columns: {a: {header: Code, occurrence: 2}, b: {header: Code, occurrence: 1}}}", file
    )
    assert (rows[0]["a"], rows[0]["b"]) == ("E05", "E07")
    for locator in ("Code", "{pattern: '^code'}"):
        finding = fault(read, f"{{format: csv, columns: {{a: {locator}}}}}", file)
        assert (finding.check, finding.count) == ("columns", 1)
        assert "(columns 1, 3)" in finding.found
        assert "occurrence" in finding.remedy
    third = fault(read, "{format: csv, columns: {a: {header: Code, occurrence: 3}}}", file)
    assert "'Code' (number 3 of that name)" in third.expected


def test_all_missing_columns_in_one_finding(read: Read, tmp_path: Path) -> None:
    file = write(tmp_path / "a.csv", "Ward code,Cohort size,GLD\nE05010651,12,9\n")
    layout = (
        "{format: csv, columns: {a: Ward Code, b: Cohort, c: {pattern: '^Good level'}, d: {position: 5}}}"
    )
    finding = fault(read, layout, file)
    assert (finding.check, finding.count, finding.file) == ("columns", 3, "a.csv")
    for expected in ("'Cohort' for b", "/^Good level/ for c", "column 5 for d"):
        assert expected in finding.expected
    assert "(nearest: 'Cohort size')" in finding.found
    assert "E05010651" not in finding.sentence()


def test_data_in_place_of_a_header_is_never_quoted(read: Read, tmp_path: Path) -> None:
    file = write(tmp_path / "a.csv", "Smith,WS13 6HX\nJones,WS13 6HY\n")
    finding = fault(read, "{format: csv, columns: {a: Name, b: Postcode}}", file, sensitivity="personal")
    assert finding.check == "header"
    assert "Smith" not in str(finding)
    assert "WS13" not in str(finding)
    single = fault(
        read, "{format: csv, columns: {a: Nam}}", write(file, "Name Smith\nx\n"), sensitivity="personal"
    )
    assert "Smith" not in str(single)


def test_unexpected_columns(read: Read, tmp_path: Path) -> None:
    file = write(tmp_path / "a.csv", "A,FSM,B,,New one,,fsm rate\n1,,2,,,,\n1,,2,,,note,\n")
    table, _ = read("{format: csv, columns: {a: A, b: B}, ignore: ['Fsm*']}", file)
    assert table.unexpected == ("New one", "(column 6, without a header)")
    table, _ = read("{format: csv, columns: {a: A, b: B}, ignore: ['*']}", file)
    assert table.unexpected == ()


def test_values_of_constant_file_and_position(read: Read, tmp_path: Path) -> None:
    (tmp_path / "2025").mkdir()
    first = write(tmp_path / "2025" / "a_q1.csv", "A,B\n1,2\n")
    layout = """
    format: csv
    columns: {a: {position: 2}, kind: {constant: 'x "y"'}, quarter: {file: '_Q(\\d)\\.csv$'}, year: {file: '^(\\d{4})/'}}
    ignore: [A]
    """
    _, rows = read(layout, first, names=["2025/a_q1.csv"])
    assert (rows[0]["a"], rows[0]["kind"], rows[0]["quarter"], rows[0]["year"]) == ("2", 'x "y"', "1", "2025")
    assert (rows[0]["_file"], rows[0]["_sheet"], rows[0]["_row"]) == ("2025/a_q1.csv", None, 2)
    finding = fault(read, layout, first)
    assert finding.check == "columns"
    assert "/^(\\d{4})//" in finding.expected


def test_a_contract_column_the_layout_lacks_is_null(read: Read, tmp_path: Path) -> None:
    file = write(tmp_path / "a.csv", "A,B\n1,\n")
    _, rows = read("{format: csv, columns: {b: B, a: A}}", file, columns=["z", "a", "b", "y"])
    assert rows == [{"z": None, "a": "1", "b": "", "y": None, "_file": "a.csv", "_sheet": None, "_row": 2}]
    assert list(rows[0]) == ["z", "a", "b", "y", "_file", "_sheet", "_row"]


def test_wide_columns_to_rows(read: Read, tmp_path: Path) -> None:
    file = write(
        tmp_path / "a.csv", "Ward,F 0,F 1+,M 0,M 1+,Total\nStowe,1,2,3,,6\n,,,,,\nLongdon,7,8,9,10,34\n"
    )
    layout = """
    format: csv
    columns: {ward: Ward}
    unpivot: {pattern: '^F (.*)$', name_column: age, value_column: female, further: {male: '^M (.*)$'}}
    ignore: [Total]
    """
    table, rows = read(layout, file)
    got = [(row["ward"], row["age"], row["female"], row["male"], row["_row"]) for row in rows]
    assert got == [
        ("Stowe", "0", "1", "3", 2),
        ("Stowe", "1+", "2", "", 2),
        ("Longdon", "0", "7", "9", 4),
        ("Longdon", "1+", "8", "10", 4),
    ]
    assert (table.rows, table.unexpected, table.notes) == (4, (), ())
    lacking = fault(read, layout.replace("^M ", "^Men "), file)
    assert lacking.check == "columns"
    assert "/^Men (.*)$/" in lacking.expected
    twice = fault(read, layout.replace("^F (.*)$", "^[FM] (.*)$"), file)
    assert "columns 2, 4" in twice.found


def test_part_of_a_cell(read: Read, tmp_path: Path) -> None:
    file = write(tmp_path / "a.csv", "Area,B\nE01011954 : Hartlepool 001A,1\nNot known,2\n")
    _, rows = read("{format: csv, columns: {a: {header: Area, extract: '^(\\S+) :'}, b: B}}", file)
    # A cell that does not match is left as sent: the checks then see it.
    assert [row["a"] for row in rows] == ["E01011954", "Not known"]


def test_keep_looks_at_the_trimmed_cell_and_leaves_it_as_sent(read: Read, tmp_path: Path) -> None:
    file = write(tmp_path / "a.csv", "A,B\n E05010651\u00a0,1\nTotal,2\nE05010651x,3\n")
    _, rows = read("{format: csv, columns: {a: A, b: B}, keep: {column: a, pattern: 'E05\\d{6}'}}", file)
    assert [row["a"] for row in rows] == [" E05010651\u00a0"]


def test_files_in_the_order_given_with_columns_in_any_order(read: Read, tmp_path: Path) -> None:
    first = write(tmp_path / "b.csv", "B,A\n2,1\n")
    second = write(tmp_path / "a.csv", "A,X,B\n3,,4\n")
    table, rows = read(PLAIN, first, second)
    assert [(row["a"], row["b"], row["_file"]) for row in rows] == [("1", "2", "b.csv"), ("3", "4", "a.csv")]
    assert (table.files, table.unexpected) == (2, ("X",))
