"""A canary in every dataset that is not public, each of its checks broken: nobody gets to see the canary.

Belongs here: planting it in suppliers' own formats, and looking for it in everything that people, tools and
later runs read. Does not belong here: the untouched landed copies and the tables made from them, which are
the data themselves.
"""

from __future__ import annotations

import logging
import re
import shutil
import sqlite3
import zipfile
from collections.abc import Callable
from pathlib import Path

import dagster as dg
import duckdb
import pytest

from spi_orchestration.assets.annual import dagster_instance
from spi_orchestration.assets.gate import gate_asset
from spi_orchestration.assets.gating import decide_now
from spi_orchestration.assets.project import Project, references_of
from spi_orchestration.assets.raw import PROFILE_TAG, partitions_of, raw_assets
from spi_orchestration.catalogue import Dataset, load_catalogue, load_shares
from spi_orchestration.checks.assessment import latest
from spi_orchestration.checks.registry import checks_of
from spi_orchestration.intake.shares import open_share
from spi_orchestration.settings import Settings
from spi_orchestration.status import gather, render_html, render_text

CANARY = "Zyxwvutina"
#: As a number it is below and above whatever is allowed.
NUMBER = "98765432101"
SIGNS = (CANARY.encode(), NUMBER.encode(), CANARY.encode("utf-16-le"))

EDITIONS = (2022, 2023, 2024, 2025, 2026)
#: A dataset whose values may be shown gets another bird: that one has to be found, or the search finds nothing.
SHOWN, SHOWN_BIRD, SHOWN_NUMBER = "ldc_fly_tipping", "Quokkalume", "12345678909"

#: Checks that the cells of a delivery have no part in: whether files came, and what stands in their headings.
UNBREAKABLE = {"delivered", "sheet", "header", "columns", "empty"}

#: Every mark of every supplier, so that in each column some stand that were not agreed for it.
MARKS = sorted({mark for marks in load_catalogue(Settings.load()).marks.values() for mark in marks} - {""})

Rows = list[list[str]]


def _head(rows: Rows) -> int:
    """The row of the headings: the first of the fullest rows near the top."""
    full = [sum(cell not in ("", None) for cell in row) for row in rows[:15]]
    return full.index(max(full)) if full else 0


def _cells(rows: Rows) -> Rows:
    """A few rows of the middle: the canary, the number, rising and falling numbers, marks, blanks, rows twice."""
    middle = max(_head(rows) + 1, len(rows) // 2 - 6)
    out = [list(row) for row in rows]
    changed: list[Callable[[int, str], str]] = [
        lambda n, old: CANARY,
        lambda n, old: NUMBER,
        lambda n, old: f"-{NUMBER}",
        lambda n, old: f"{NUMBER}{n}",
        lambda n, old: f"{NUMBER}{99 - n}",
        lambda n, old: "" if n % 2 else old,
        lambda n, old: old if n % 2 else "",
        # Keys and names that look right, with a canary in one cell of each kind in turn.
        lambda n, old: CANARY if n % 2 else old,
        lambda n, old: old if n % 2 else CANARY,
    ]
    for offset, change in enumerate(changed):
        at = middle + offset
        if at < len(out):
            out[at] = [change(n, old) for n, old in enumerate(out[at])]
    width = max(len(row) for row in rows)
    out[middle:middle] = [[mark] * width for mark in MARKS]
    return out + [[CANARY] * width] * 2 + out[-3:]


def _headings(rows: Rows) -> Rows:
    """One heading of a person more, filled with the canary; a third of the rows gone."""
    head = _head(rows)
    out = []
    for n, row in enumerate(rows):
        if n > head and n % 3 == 0:
            continue
        more = ["Date of birth"] if n == head else [CANARY]
        out.append([*row, *more] if n >= head else row)
    return out


def _headless(rows: Rows) -> Rows:
    """No headings at all: the file begins with a row of canaries, where headings are looked for."""
    head = _head(rows)
    width = len(rows[head])
    return [*rows[:head], *([[CANARY] * width] * 2), *rows[head + 1 :]]


def _few(rows: Rows) -> Rows:
    """Four rows are left, with nothing but the canary and the number."""
    head = _head(rows)
    width = len(rows[head])
    return [*rows[: head + 1], *([[CANARY] * width] * 2), *([[NUMBER] * width] * 2)]


#: What is done to the deliveries of a dataset, the newest first; None is not a table at all.
CHANGES: tuple[Callable[[Rows], Rows] | None, ...] = (_cells, _headings, _headless, None, _few)


def _plant(path: Path, change: Callable[[Rows], Rows] | None) -> None:
    if change is None:
        path.write_bytes(f"<html><body>{CANARY} {NUMBER}</body></html>\0".encode())
        return
    kind = path.suffix.lower()
    if kind == ".csv":
        _plant_csv(path, change)
    elif kind == ".xlsx":
        _plant_workbook(path, change)
    elif kind == ".parquet":
        _plant_parquet(path)
    elif kind == ".gpkg":
        _plant_geopackage(path)
    else:
        _plant_package(path)


def _plant_csv(path: Path, change: Callable[[Rows], Rows]) -> None:
    import csv
    import io

    text = path.read_bytes().decode("latin-1")
    delimiter = max(",;\t|", key=text[:4000].count)
    rows = change(list(csv.reader(io.StringIO(text), delimiter=delimiter)))
    stream = io.StringIO()
    csv.writer(stream, delimiter=delimiter, lineterminator="\r\n").writerows(rows)
    path.write_bytes(stream.getvalue().encode("latin-1"))


def _plant_workbook(path: Path, change: Callable[[Rows], Rows]) -> None:
    import openpyxl

    book = openpyxl.load_workbook(path)
    for sheet in book.worksheets:
        rows = [[cell for cell in row] for row in sheet.iter_rows(values_only=True)]
        new = change([["" if cell is None else cell for cell in row] for row in rows])
        sheet.delete_rows(1, sheet.max_row)
        for at, row in enumerate(new, start=1):
            for column, value in enumerate(row, start=1):
                if value != "":
                    number = isinstance(value, str) and re.fullmatch(r"-?\d+", value)
                    sheet.cell(at, column, float(value) if number else value)
    book.save(path)


def _plant_parquet(path: Path) -> None:
    with duckdb.connect() as con:
        source = path.as_posix()
        names = [row[0] for row in con.execute(f"describe select * from read_parquet('{source}')").fetchall()]
        cells = ", ".join(
            f"case when row_number() over () % 5 = 1 then '{CANARY}' when row_number() over () % 5 = 2 "
            f'then \'{NUMBER}\' else "{name}"::varchar end as "{name}"'
            for name in names
        )
        con.execute(
            f"create table t as select {cells}, '{CANARY}' as \"Surname\" from read_parquet('{source}')"
        )
        con.execute("insert into t select * from t limit 20")
        con.execute(f"copy t to '{source}' (format parquet)")


def _plant_geopackage(path: Path) -> None:
    with sqlite3.connect(path) as con:
        tables = [row[0] for row in con.execute("select table_name from gpkg_contents")]
        for table in tables:
            for trigger in con.execute(
                "select name from sqlite_master where type = 'trigger' and tbl_name = ?", [table]
            ).fetchall():
                con.execute(f'drop trigger "{trigger[0]}"')
            for column in con.execute(f'pragma table_info("{table}")').fetchall():
                if column[2].upper().startswith(("TEXT", "VARCHAR")) or (
                    not column[5] and column[2] == "INTEGER"
                ):
                    con.execute(f'update "{table}" set "{column[1]}" = ? where rowid % 2 = 0', [CANARY])


def _plant_package(path: Path) -> None:
    with zipfile.ZipFile(path) as archive:
        parts = {name: archive.read(name) for name in archive.namelist()}
    text = parts["content.xml"].decode("utf-8")
    count = 0

    def change(found: re.Match[str]) -> str:
        nonlocal count
        count += 1
        return f"<text:p>{CANARY}</text:p>" if count > 30 and count % 3 else found[0]

    def number(found: re.Match[str]) -> str:
        nonlocal count
        count += 1
        return f'office:value="{NUMBER}"' if count % 3 else found[0]

    text = re.sub(r"<text:p>[^<]*</text:p>", change, text)
    parts["content.xml"] = re.sub(r'office:value="[^"]*"', number, text).encode("utf-8")
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in parts.items():
            archive.writestr(name, content)


@pytest.fixture(scope="module")
def planted(tmp_path_factory: pytest.TempPathFactory, sample_run) -> Project:
    """An installation whose share holds the canary in each closed dataset and edition."""
    data = tmp_path_factory.mktemp("canary") / "data"
    settings = Settings.load(data=data)
    shutil.copytree(sample_run.data / "sample", data / "sample")
    whole = load_catalogue(settings)
    closed = [name for name, entry in whole.datasets.items() if not entry.contract.shows_values]
    wanted: dict[str, Dataset] = {}
    for name in [*closed, SHOWN]:
        for reference in references_of(whole[name]):
            wanted[reference] = whole[reference]
        wanted[name] = whole[name]
    catalogue = whole.model_copy(
        update={"datasets": {k: v for k, v in whole.datasets.items() if k in wanted}}
    )
    shares = load_shares(settings, whole)
    share = open_share(settings, catalogue, shares)
    for name in [*closed, SHOWN]:
        found = [share.find(catalogue[name], edition).files for edition in reversed(EDITIONS)]
        for number, files in enumerate(files for files in found if files):
            for file in files:
                path = Path(file.path)
                if name != SHOWN:
                    _plant(path, CHANGES[number])
                elif path.suffix == ".csv":
                    _plant(path, _cells)
                    content = path.read_bytes().replace(CANARY.encode(), SHOWN_BIRD.encode())
                    path.write_bytes(content.replace(NUMBER.encode(), SHOWN_NUMBER.encode()))
    return Project(settings, catalogue, shares)


def test_the_canary_is_seen_nowhere(planted: Project, caplog, capfd) -> None:
    caplog.set_level(logging.DEBUG)
    settings = planted.settings
    partitions = partitions_of(planted)
    with dagster_instance(settings) as instance:
        result = dg.materialize(
            [*raw_assets(planted, partitions), gate_asset(planted, partitions)],
            instance=instance,
            partition_key="2026",
            tags={PROFILE_TAG: "full"},
            raise_on_error=False,
        )
    # The gate stops the edition; no step fell over on the way there.
    failed = {event.step_key for event in result.all_events if event.is_step_failure}
    assert failed <= {"gate"}
    page = gather(settings, 2026)
    (settings.data / "status.html").write_text(render_html(page) + render_text(page), encoding="utf-8")
    decided = decide_now(planted, "full", 2026, page.today)

    closed = [name for name, entry in planted.catalogue.datasets.items() if not entry.contract.shows_values]
    assert len(closed) > 30
    kinds: set[str] = set()
    whole: set[str] = set()
    reached = []
    for name in closed:
        broken: set[str] = set()
        for edition in EDITIONS:
            known = latest(settings, planted.shares.id, name, edition)
            assert known is not None
            broken |= {check for check, state in known.checks.items() if state in {"failed", "recorded"}}
            if known.raw is not None and _holds(settings.data / known.raw):
                reached.append(name)
        checks = [
            check
            for check in checks_of(planted.catalogue[name], national=False)
            # Changes are judged against an earlier good delivery, and here each edition's is broken.
            if check.id not in UNBREAKABLE and not check.id.startswith("change_")
        ]
        whole |= {check.kind.id for check in checks}
        kinds |= {check.kind.id for check in checks if check.id in broken}
        # Where a layout reads some rows or columns only, a file that breaks the others cannot be made.
        assert len(broken) >= 3, (name, sorted(broken))
    assert whole - kinds == set()
    # Most of what was planted was read as well: it stood before the checks, not behind a closed door.
    assert len(set(reached)) > 25

    said = capfd.readouterr()
    texts = {"log": caplog.text, "output": said.out, "errors": said.err, "gate": repr(decided.blocked)}
    found = [name for name, text in texts.items() if CANARY in text or NUMBER in text]
    looked = 0
    shown = False
    for path in sorted(settings.data.rglob("*")):
        place = path.relative_to(settings.data)
        # The landed copies, the tables made from them, and the share itself are the data.
        if not path.is_file() or place.parts[0] in {"sample", "landing", "raw"}:
            continue
        looked += 1
        content = path.read_bytes()
        if any(sign in content for sign in SIGNS):
            found.append(place.as_posix())
        shown = shown or SHOWN_BIRD.encode() in content
    assert found == []
    assert looked > 200
    # In the dataset that may be shown it shows, so the search finds what is there.
    assert shown


def _holds(raw: Path) -> bool:
    with duckdb.connect() as con:
        rows = con.execute(f"select columns(*)::varchar from read_parquet('{raw.as_posix()}')").fetchall()
    return any(cell and (CANARY in cell or NUMBER in cell) for row in rows for cell in row)
