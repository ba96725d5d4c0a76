"""A draft holds what the marts hold, in files whose bytes depend on nothing else."""

from __future__ import annotations

import csv
import datetime as dt
import json
import math
import os
import subprocess
import sys
from decimal import Decimal
from pathlib import Path

import duckdb
import pytest
from hypothesis import given
from hypothesis import strategies as st

from spi_orchestration.release.draft import write_draft
from spi_orchestration.release.files import ReleaseError
from spi_orchestration.release.formats import cell_text
from spi_orchestration.release.manifest import read_manifest, verify_files
from tests.release.conftest import facts, make_draft, make_warehouse, tree_bytes

ROOT = Path(__file__).parents[2]


def test_csv_is_the_published_form(settings):
    draft = make_draft(settings)
    raw = (draft / "csv" / "dim_area.csv").read_bytes()
    assert raw == (
        b"area_code,area_name,valid_from,current,postcodes\r\n"
        b"E05010653,Alrewas & Fradley,2015-05-07,true,12\r\n"
    )
    raw = (draft / "csv" / "fct_index_score.csv").read_bytes()
    lines = raw.decode("utf-8").split("\r\n")
    assert lines[0] == "edition,area_code,area_name,area_type,score,position,components,components_scored"
    assert lines[1] == "2025,E05010653,Alrewas & Fradley,ward,50.0,3,12,10"
    # The absent score is an empty cell, the quoted name is doubled, and rows stand in the order of columns.
    assert '2025,E05010656,"Bourne ""Vale""",ward,,,12,4' in lines
    assert lines[-1] == ""
    assert b"\n" not in raw.replace(b"\r\n", b"")
    assert not raw.startswith(b"\xef\xbb\xbf")


def test_parquet_and_csv_say_the_same_and_only_marts_are_published(settings):
    draft = make_draft(settings)
    assert sorted(p.name for p in (draft / "parquet").iterdir()) == [
        "dim_area.parquet",
        "fct_index_score.parquet",
    ]
    rows = duckdb.sql(f"select * from '{draft / 'parquet' / 'fct_index_score.parquet'}'").fetchall()
    assert len(rows) == 10
    with (draft / "csv" / "fct_index_score.csv").open(encoding="utf-8", newline="") as stream:
        read = list(csv.reader(stream))[1:]
    assert [[cell_text(value) for value in row] for row in rows] == read
    types = dict(
        duckdb.sql(
            f"select name, type from parquet_schema('{draft / 'parquet' / 'dim_area.parquet'}')"
        ).fetchall()
    )
    # A 128-bit integer would become a double in Parquet, and lose digits above 2^53.
    assert types["postcodes"] == "INT64"


def test_same_marts_same_bytes_whatever_the_order_of_insertion(settings, tmp_path):
    one = make_draft(settings)
    other = write_draft(
        make_warehouse(tmp_path / "elsewhere" / "w.duckdb", shuffled=True, threads=1),
        tmp_path / "elsewhere" / "draft",
        facts(run={"run_id": "r2", "started": "2027-01-01T00:00:00Z"}),
    )
    first, second = tree_bytes(one), tree_bytes(other)
    assert first.pop("run.json") != second.pop("run.json")
    assert first == second


def test_same_bytes_in_another_process_time_zone_and_hash_seed(settings, tmp_path):
    draft = make_draft(settings)
    script = tmp_path / "again.py"
    script.write_text(
        "import sys\nfrom pathlib import Path\n"
        "from tests.release.conftest import facts\nfrom spi_orchestration.release.draft import write_draft\n"
        "write_draft(Path(sys.argv[1]), Path(sys.argv[2]), facts())\n",
        encoding="utf-8",
    )
    target = tmp_path / "other place" / "draft"
    env = os.environ | {"TZ": "Pacific/Auckland", "PYTHONHASHSEED": "7", "PYTHONPATH": str(ROOT)}
    subprocess.run(
        [sys.executable, str(script), str(settings.warehouse / "full-2026.duckdb"), str(target)],
        env=env,
        cwd=ROOT,
        check=True,
    )
    here, there = tree_bytes(draft), tree_bytes(target)
    del here["run.json"], there["run.json"]
    assert here == there


@pytest.mark.slow
def test_same_bytes_above_a_million_rows(tmp_path):
    """DuckDB turns to several threads above about 100,000 rows, where an order by luck would show."""
    hashes = []
    for threads in (4, 1):
        path = tmp_path / f"{threads}.duckdb"
        with duckdb.connect(str(path), config={"threads": str(threads)}) as con:
            con.execute("create schema marts")
            order = "order by hash(i)" if threads == 4 else "order by i desc"
            con.execute(
                "create table marts.big as select (i % 997)::integer as area, (i * 7919 % 1048583) / 7.0 as value "
                f"from range(1_050_000) t(i) {order}"
            )
        draft = write_draft(path, tmp_path / f"draft-{threads}", facts())
        hashes.append([file["sha256"] for file in read_manifest(draft)["files"]])
    assert hashes[0] == hashes[1]


def test_manifest_holds_no_time_host_path_or_file_name_of_a_supplier(settings):
    draft = make_draft(settings)
    text = (draft / "manifest.json").read_text(encoding="utf-8")
    manifest = json.loads(text)
    assert manifest["deliveries"] == [
        {
            "dataset": "scc_eyfsp",
            "delivery": "cd" * 32,
            "edition": 2026,
            "how": "delivered",
            "files": [{"bytes": 100, "sha256": "ef" * 32}],
            "layout": "csv",
            "supplier": "scc",
            "synthetic": True,
        }
    ]
    assert manifest["synthetic"] is True
    assert manifest["software"]["duckdb"] == duckdb.__version__
    assert {file["path"] for file in manifest["files"]} == {
        "README.txt",
        "csv/dim_area.csv",
        "csv/fct_index_score.csv",
        "parquet/dim_area.parquet",
        "parquet/fct_index_score.parquet",
    }
    assert manifest["tables"][1]["rows"] == 10
    for word in (
        str(settings.root),
        "2026-11-22",
        "2026-11-20",
        "EYFSP_",
        os.uname().nodename if os.name != "nt" else "?",
    ):
        assert word not in text
    verify_files(draft, manifest, besides=frozenset({"run.json"}))


def test_synthetic_is_said_in_plain_words_and_in_no_column(settings):
    draft = make_draft(settings)
    assert "SYNTHETIC" in (draft / "README.txt").read_text(encoding="utf-8")
    columns = [c["name"] for t in read_manifest(draft)["tables"] for c in t["columns"]]
    assert not any("synthetic" in name for name in columns)
    real = make_draft(settings, name="real", synthetic=False)
    assert "SYNTHETIC" not in (real / "README.txt").read_text(encoding="utf-8")


def test_a_draft_written_again_keeps_its_files_and_renews_the_run_record(settings):
    draft = make_draft(settings)
    before = (draft / "csv" / "dim_area.csv").stat()
    make_draft(settings, run={"run_id": "r2"})
    after = (draft / "csv" / "dim_area.csv").stat()
    assert (before.st_ino, before.st_mtime_ns) == (after.st_ino, after.st_mtime_ns)
    assert json.loads((draft / "run.json").read_text(encoding="utf-8"))["run"] == {"run_id": "r2"}
    make_draft(settings, shift=1.0)
    assert "51.0" in (draft / "csv" / "fct_index_score.csv").read_text(encoding="utf-8")
    assert [p.name for p in settings.drafts.iterdir()] == ["full-2026"]


def test_a_damaged_draft_is_written_whole_again(settings):
    draft = make_draft(settings)
    (draft / "csv" / "dim_area.csv").write_text("edited", encoding="utf-8")
    make_draft(settings)
    verify_files(draft, read_manifest(draft), besides=frozenset({"run.json"}))


@pytest.mark.parametrize(
    ("sql", "said"),
    [
        ("create table marts.t as select 1 as a where false", "t: expected rows; found none"),
        (
            "create table marts.t as select 'inf'::double as a",
            "t: column a: expected numbers; found 1 infinite",
        ),
        (
            "create table marts.t as select 'nan'::double as a",
            "t: column a: expected numbers; found 1 infinite",
        ),
        (
            "create table marts.t as select '-inf'::float as a",
            "t: column a: expected numbers; found 1 infinite",
        ),
        ("create table marts.t as select [1, 2] as a", "t: column a: expected text, a number"),
        ("create table marts.t as select now() as a", "t: column a: expected text, a number"),
        ("create table marts.t as select '=1+1' as a", "would run as a formula"),
        ("create table marts.t as select '@SUM(A1)' as a", "would run as a formula"),
        ("create table marts.t as select '-cmd' as a", "would run as a formula"),
        ("create table marts.t as select 99999999999999999999::hugeint as a", "does not fit"),
        ("drop table marts.fct_index_score; drop table marts.dim_area", "holds no table in the schema marts"),
    ],
)
def test_what_cannot_be_published_is_refused_and_nothing_is_left(settings, sql, said):
    warehouse = make_warehouse(settings.warehouse / "w.duckdb")
    with duckdb.connect(str(warehouse)) as con:
        con.execute(sql)
    with pytest.raises(ReleaseError, match=said.replace("(", r"\(")):
        write_draft(warehouse, settings.drafts / "d", facts())
    assert list(settings.drafts.iterdir()) == []


def test_a_refused_draft_leaves_the_one_before(settings):
    draft = make_draft(settings)
    before = tree_bytes(draft)
    with pytest.raises(ReleaseError, match="method_hash"):
        write_draft(settings.warehouse / "full-2026.duckdb", draft, facts(method_hash=None))
    with duckdb.connect(str(settings.warehouse / "full-2026.duckdb")) as con:
        con.execute("delete from marts.dim_area")
    with pytest.raises(ReleaseError, match="found none"):
        write_draft(settings.warehouse / "full-2026.duckdb", draft, facts())
    assert tree_bytes(draft) == before


def test_an_empty_table_is_an_answer_only_where_it_is_said_to_be(settings):
    warehouse = make_warehouse(settings.warehouse / "w.duckdb")
    with duckdb.connect(str(warehouse)) as con:
        con.execute("create table marts.fct_unallocated as select 'x' as dataset where false")
    draft = write_draft(warehouse, settings.drafts / "d", facts())
    assert (draft / "csv" / "fct_unallocated.csv").read_bytes() == b"dataset\r\n"


def test_attributions_of_the_used_datasets_stand_in_the_readme(settings):
    warehouse = make_warehouse(settings.warehouse / "w.duckdb")
    with duckdb.connect(str(warehouse)) as con:
        con.execute(
            "create table marts.dim_dataset as select * from (values ('a', 'Contains OS data.'), "
            "('b', null), ('c', 'Contains OS data.')) t(dataset, attribution)"
        )
    draft = write_draft(warehouse, settings.drafts / "d", facts(attributions=None))
    assert read_manifest(draft)["attributions"] == ["Contains OS data."]
    assert "\n  Contains OS data.\n" in (draft / "README.txt").read_text(encoding="utf-8")


def test_accepted_delivery_without_hash_is_refused(settings):
    with pytest.raises(ReleaseError, match="scc_eyfsp"):
        make_draft(settings, deliveries=[{"dataset": "scc_eyfsp", "edition": 2026}])


def test_rows_without_a_value_come_first(tmp_path):
    path = tmp_path / "w.duckdb"
    with duckdb.connect(str(path)) as con:
        con.execute("create schema marts")
        con.execute("create table marts.t as select * from (values (2, 'b'), (null, 'c'), (2, null)) v(a, b)")
    draft = write_draft(path, tmp_path / "d", facts())
    assert (draft / "csv" / "t.csv").read_bytes() == b"a,b\r\n,c\r\n2,\r\n2,b\r\n"


def test_negative_zero_is_zero(settings, tmp_path):
    texts = set()
    for i, zero in enumerate(("-(0.0::double)", "0.0")):
        path = tmp_path / f"{i}.duckdb"
        with duckdb.connect(str(path)) as con:
            con.execute(f"create schema marts; create table marts.t as select ({zero})::double as a")
        texts.add((write_draft(path, tmp_path / str(i), facts()) / "csv" / "t.csv").read_bytes())
    assert texts == {b"a\r\n0.0\r\n"}


@given(st.floats(allow_nan=False, allow_infinity=False))
def test_numbers_read_back_as_the_same_number_and_have_no_exponent(value):
    text = cell_text(value)
    assert "e" not in text.lower()
    assert float(text) == value
    # No shorter decimal reads back as the same number.
    digits = text.replace("-", "").replace(".", "").strip("0")
    assert len(digits) <= len(Decimal(repr(value)).as_tuple().digits)


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (0.1, "0.1"),
        (1e-7, "0.0000001"),
        (1e22, "10000000000000000000000"),
        (-2.5e-5, "-0.000025"),
        (Decimal("1E+3"), "1000"),
        (Decimal("12.50"), "12.50"),
        (dt.date(2026, 1, 2), "2026-01-02"),
        (False, "false"),
        (10**15, "1000000000000000"),
        (math.pi, "3.141592653589793"),
    ],
)
def test_cells_by_hand(value, text):
    assert cell_text(value) == text
