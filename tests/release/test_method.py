"""The method hash follows what a seed says, not how a program saved it."""

from __future__ import annotations

import csv
import io
import random
from pathlib import Path

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from spi_orchestration.release.files import ReleaseError
from spi_orchestration.release.method import framework_seeds, method_hash, parse_seed

SEED = 'indicator,weight,scored,note\ncrime,1,true,Recorded crime\nfuel,0.5,false,"Homes, cold"\n'


def put(folder, text, name="indicator.csv"):
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / name
    path.write_bytes(text if isinstance(text, bytes) else text.encode("utf-8"))
    return path


@pytest.mark.parametrize(
    "saved",
    [
        b"\xef\xbb\xbf" + SEED.encode(),
        SEED.replace("\n", "\r\n").encode(),
        SEED.replace("\n", ",,\r\n").encode() + b",,,,,\r\n,,,,,\r\n",
        SEED.replace("true", "TRUE").replace("false", "FALSE").encode(),
        SEED.replace("crime,1,", '"crime","1.0",').encode(),
        SEED.replace("0.5", "5E-01").encode(),
        SEED.strip().encode(),
        b'scored,indicator,note,weight\nfalse,fuel,"Homes, cold",0.50\nTRUE,crime,Recorded crime,1\n',
    ],
    ids=["bom", "crlf", "trailing-commas", "capitals", "quotes", "exponent", "no-last-line-end", "sorted"],
)
def test_a_seed_saved_again_keeps_its_hash(tmp_path, saved):
    assert method_hash([put(tmp_path / "a", SEED)]) == method_hash([put(tmp_path / "b", saved)])


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("0.5", "0.51"),
        ("0.5", "-0.5"),
        ("0.5", "5"),
        ("0.5", ""),
        ("true", "false"),
        ("Recorded crime", "Recorded  crime"),
        ("crime,1", "crime,01"),
        ("weight", "weights"),
        ('fuel,0.5,false,"Homes, cold"\n', ""),
        ('fuel,0.5,false,"Homes, cold"\n', 'fuel,0.5,false,"Homes, cold"\n' * 2),
    ],
)
def test_a_changed_method_has_another_hash(tmp_path, old, new):
    assert old in SEED
    assert method_hash([put(tmp_path / "a", SEED)]) != method_hash(
        [put(tmp_path / "b", SEED.replace(old, new, 1))]
    )


def test_cells_do_not_run_into_each_other(tmp_path):
    one = method_hash([put(tmp_path / "a", 'a,b\n"x","yz"\n')])
    assert one != method_hash([put(tmp_path / "b", 'a,b\n"xy","z"\n')])
    assert one != method_hash([put(tmp_path / "c", 'b,a\n"x","yz"\n')])


def test_the_files_and_their_names_are_part_of_the_method(tmp_path):
    a, b = put(tmp_path, SEED), put(tmp_path, "a,b\n1,2\n", "other.csv")
    both = method_hash([a, b])
    assert both == method_hash([b, a])
    assert both != method_hash([a])
    assert method_hash([b]) != method_hash([put(tmp_path, "a,b\n1,2\n", "third.csv")])
    with pytest.raises(ReleaseError, match="two seeds"):
        method_hash([a, put(tmp_path / "x", SEED)])
    with pytest.raises(ReleaseError, match="no framework seeds"):
        method_hash([])


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"a,b\n\xa3,1\n", "CSV UTF-8"),
        (b"", "found an empty file"),
        (b"a,b\n1,2,3\n", "line 2"),
        (b"a,,c\n1,2,3\n", "without a name"),
        (b"a,a\n1,2\n", "given twice"),
        (b'a,b\n"1"x,2\n', "line 2"),
    ],
)
def test_a_seed_that_is_no_table_is_refused_with_file_and_line(tmp_path, content, said):
    with pytest.raises(ReleaseError, match=said) as caught:
        method_hash([put(tmp_path, content)])
    assert "indicator.csv" in str(caught.value)


names = st.text(alphabet="abcdefghij_", min_size=1, max_size=6)
cells = st.one_of(
    st.text(alphabet=st.characters(codec="utf-8", exclude_categories=["Cc", "Cs"]), max_size=8),
    st.integers(-(10**18), 10**18).map(str),
    st.decimals(allow_nan=False, allow_infinity=False, places=4, min_value=-1000, max_value=1000).map(str),
)


@st.composite
def tables(draw):
    header = draw(st.lists(names, min_size=1, max_size=4, unique=True))
    body = draw(st.lists(st.lists(cells, min_size=len(header), max_size=len(header)), max_size=5))
    return header, body


def as_excel(header, body, *, extra_columns, extra_rows, numbers):
    stream = io.StringIO(newline="")
    writer = csv.writer(
        stream, quoting=csv.QUOTE_ALL if extra_columns == 2 else csv.QUOTE_MINIMAL, lineterminator="\r\n"
    )
    for row in [header, *body]:
        # Excel drops the zeros after the point.
        out = [c.rstrip("0").rstrip(".") if numbers and _has_point(c) else c for c in row]
        writer.writerow(out + [""] * extra_columns)
    for _ in range(extra_rows):
        writer.writerow([""] * (len(header) + extra_columns))
    return b"\xef\xbb\xbf" + stream.getvalue().encode("utf-8")


def _has_point(text):
    whole, point, rest = text.lstrip("-").partition(".")
    return (
        point == "."
        and whole.isascii()
        and whole.isdigit()
        and rest.isascii()
        and rest.isdigit()
        and (whole == "0" or not whole.startswith("0"))
    )


@given(tables(), st.integers(0, 2), st.integers(0, 2), st.randoms(use_true_random=False))
def test_any_seed_survives_a_spreadsheet(
    tmp_path_factory, table, extra_columns, extra_rows, shuffle: random.Random
):
    header, body = table
    folder = tmp_path_factory.mktemp("seed")
    plain = io.StringIO(newline="")
    csv.writer(plain, lineterminator="\n").writerows([header, *body])
    first = put(folder / "a", plain.getvalue().encode("utf-8"))
    again = [list(row) for row in body]
    shuffle.shuffle(again)
    second = put(
        folder / "b",
        as_excel(header, again, extra_columns=extra_columns, extra_rows=extra_rows, numbers=True),
    )
    assert method_hash([first]) == method_hash([second])


@given(tables(), st.data())
def test_any_changed_cell_changes_the_hash(tmp_path_factory, table, data):
    header, body = table
    assume(body)
    folder = tmp_path_factory.mktemp("seed")
    row = data.draw(st.integers(0, len(body) - 1))
    column = data.draw(st.integers(0, len(header) - 1))
    changed = [list(cells_) for cells_ in body]
    changed[row][column] = "changed to this"
    paths = []
    for name, rows in (("a", body), ("b", changed)):
        stream = io.StringIO(newline="")
        csv.writer(stream, lineterminator="\n").writerows([header, *rows])
        paths.append(put(folder / name, stream.getvalue().encode("utf-8")))
    assert method_hash([paths[0]]) != method_hash([paths[1]])


def test_a_profile_has_a_method_of_its_own(tmp_path):
    put(tmp_path, "profile,version\nfull,a\nopen,b\n", "method.csv")
    put(tmp_path, "indicator\ncrime\n", "open_indicator.csv")
    put(tmp_path, "indicator\nfuel\n", "full_indicator.csv")
    put(tmp_path, "component\nsafety\n", "component.csv")

    def hashes():
        return [method_hash(framework_seeds(tmp_path, profile), profile) for profile in ("full", "open")]

    assert [p.name for p in framework_seeds(tmp_path, "open")] == [
        "component.csv",
        "method.csv",
        "open_indicator.csv",
    ]
    full, open_ = hashes()
    put(tmp_path, "profile,version\nfull,a\nopen,c\n", "method.csv")
    assert hashes()[0] == full
    assert hashes()[1] != open_
    put(tmp_path, "component\nsafety\nhousing\n", "component.csv")
    assert hashes()[0] != full


def test_the_committed_framework_can_be_hashed():
    folder = Path(__file__).parents[2] / "dbt_project" / "seeds" / "framework"
    for profile in ("full", "open"):
        assert len(method_hash(framework_seeds(folder, profile), profile)) == 64
    header, body = parse_seed(folder / "component.csv")
    assert header[0] == "component"
    assert len(body) == 12
