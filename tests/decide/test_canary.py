"""A canary in every dataset that is not public, each of its checks broken: nobody gets to see the canary.

Belongs here: planting it in suppliers' own formats, and looking for it in everything that people, tools and
later runs read. Does not belong here: the untouched landed copies and the tables made from them, which are
the data themselves; or opening suppliers' files (`tests/faults`).
"""

from __future__ import annotations

import itertools
import logging
import os
import random
import shutil
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import dagster as dg
import duckdb
import pytest

from spi_orchestration.assets.annual import dagster_instance
from spi_orchestration.assets.gate import gate_asset
from spi_orchestration.assets.gating import decide_now
from spi_orchestration.assets.project import Project
from spi_orchestration.assets.raw import partitions_of, raw_assets
from spi_orchestration.catalogue import NUMBER_TYPES
from spi_orchestration.checks.assessment import latest
from spi_orchestration.checks.registry import checks_of, dated_column
from spi_orchestration.settings import Settings
from spi_orchestration.status import gather, render_html, render_text
from tests.faults.corpus import Bench
from tests.faults.kinds import Case, View, _last_year_relabelled, _period_moved, _views
from tests.faults.kinds import _last_year as _last_year_files

CANARY = "Zyxwvutina"
#: As a number it is below and above whatever is allowed.
NUMBER = "98765432101"
SIGNS = (CANARY.encode(), NUMBER.encode(), CANARY.encode("utf-16-le"))

#: A dataset whose values may be shown gets another bird: that one has to be found, or the search finds nothing.
SHOWN, SHOWN_BIRD, SHOWN_NUMBER = "ldc_fly_tipping", "Quokkalume", "12345678909"

#: With SPI_CANARY=whole each check of each dataset is broken, which takes some minutes; else of some, drawn with
#: the seed, and most checks of all.
WHOLE = os.environ.get("SPI_CANARY") == "whole"
SEED = 2026

#: Codes of the right form that no area has.
UNKNOWN_AREAS = ("E05999999", "ZZZ9")

Files = dict[str, bytes]
Plant = Callable[[Case], Files | None]


def _viewed(case: Case, files: Files, change: Callable[[View], None]) -> Files:
    out: Files = {}
    for view in _views(case, files):
        change(view)
        out[view.grid.file] = view.grid.write(view.grid.rows, view.style)
    return files | out


def _every_view(change: Callable[[View], None]) -> Plant:
    def plant(case: Case) -> Files | None:
        return _viewed(case, case.files, change)

    return plant


def _bird(view: View, name: str, sign: str = "") -> Any:
    """The canary as a cell of a column: a number where the column holds numbers."""
    if view.case.dataset.columns[name].type not in NUMBER_TYPES:
        return CANARY
    return float(sign + NUMBER) if view.grid.family in {"xlsx", "ods"} else sign + NUMBER


def _places(view: View) -> dict[str, list[int]]:
    """Where the cells of each column stand; shapes are left out, as no file holds a text in their place."""
    return {n: at for n, at in view.at.items() if view.case.dataset.columns[n].type != "geometry"}


def _copy(view: View, row: int, cells: dict[int, Any]) -> list[Any]:
    width = max([len(view.rows[row]), *(at + 1 for at in cells)])
    line = [*view.rows[row], *[""] * (width - len(view.rows[row]))]
    for at, cell in cells.items():
        line[at] = cell
    return line


def _cells(view: View) -> None:
    """After the rows as they are, copies of one: in each column in turn canary, numbers, every mark, a blank."""
    more: list[list[Any]] = []
    row = view.data[len(view.data) // 2]
    marks = sorted({mark for marks in view.case.catalogue.marks.values() for mark in marks} - {""})
    for name, places in _places(view).items():
        kind = view.case.dataset.columns[name].type
        cells: list[Any] = [CANARY, _bird(view, name), None, *UNKNOWN_AREAS]
        if kind in NUMBER_TYPES:
            cells += [_bird(view, name, "-"), *marks]
        elif kind == "text":
            # As UTF-8 looks when it was read as Windows-1252.
            cells.append(f"{CANARY} Ã©")
        # The key is another one than that of the row that is copied, or the same: both are tried.
        more += [_copy(view, row, dict.fromkeys(places, cell)) for cell in cells]
    everywhere = {at: _bird(view, name) for name, places in _places(view).items() for at in places}
    # Twice the same key, with the canary in all that is no key.
    keyed = {at for name in view.case.dataset.contract.key for at in view.places(name)}
    more += [_copy(view, row, {at: bird for at, bird in everywhere.items() if at not in keyed})] * 2
    last = max(view.data) + 1
    view.grid.rows = [*view.rows[:last], *more, *view.rows[last:]]
    if view.header is not None:
        width = max(len(line) for line in view.rows)
        view.put(view.header, width, "Date of birth")
        view.put(view.header, width + 1, CANARY)
        for at in range(view.data[0], last + len(more)):
            view.put(at, width, CANARY)
            view.put(at, width + 1, CANARY)


def _filled(view: View, name: str) -> bool:
    """Whether a column may be overwritten throughout: the one that tells rows from notes may not."""
    keep = view.case.layout.keep
    return keep is None or name != keep.column


def _everywhere(view: View) -> None:
    """Nothing but the canary in every cell of every row."""
    for name, places in _places(view).items():
        if _filled(view, name):
            for at, row in itertools.product(places, view.data):
                view.put(row, at, _bird(view, name))


def _beside_keys(view: View) -> None:
    """The canary in every cell that is neither key nor day, none of them a number; half of the numbers blank."""
    key = {*view.case.dataset.contract.key, view.case.roles.time}
    for name, places in _places(view).items():
        if name not in key and _filled(view, name):
            text = view.case.dataset.columns[name].type not in NUMBER_TYPES
            for at, row in itertools.product(places, view.data):
                if text or row % 2:
                    view.put(row, at, CANARY if text else None)


def _rows(view: View) -> None:
    """Fewer rows than were agreed; the canary in the first of them."""
    low = view.case.dataset.contract.rows[0]
    kept = set(view.data[: max(1, (low - 1) // max(1, len(view.case.files)))])
    view.keep(lambda row: row in kept)
    for name, places in _places(view).items():
        for at in places:
            view.put(view.data[0], at, _bird(view, name))


def _marked(view: View) -> None:
    """A column more, headed by the canary and full of it: recorded, and no reason to stop."""
    if view.header is not None:
        rows = [row for row in range(view.header, len(view.rows)) if view.rows[row]]
        width = max(len(view.rows[row]) for row in rows)
        for row in rows:
            view.put(row, width, CANARY)


def _last_year(case: Case) -> Files | None:
    """Last year's figures under this year's period, with a column more that is full of the canary."""
    older = _last_year_relabelled(case) or _last_year_files(case)
    return _viewed(case, older, _marked) if older else None


def _year_behind(view: View) -> None:
    """All rows a year too early, with a column more that is full of the canary."""
    _period_moved(-1)(view)
    _marked(view)


def _many(view: View) -> None:
    """Many times the rows, each text beside the key replaced by the canary."""
    _beside_keys(view)
    key = view.case.dataset.contract.key
    text = [n for n in key if n in view.case.roles.categories and _filled(view, n)]
    for at, row in itertools.product([at for n in text for at in view.places(n)], view.data):
        view.put(row, at, CANARY)
    last = max(view.data) + 1
    times = max(9, 3000 // len(view.data))
    more = [list(view.rows[row]) for row in view.data[:500]] * times
    view.grid.rows = [*view.rows[:last], *more, *view.rows[last:]]


def _headings(view: View) -> None:
    if view.header is not None:
        for at in range(len(view.rows[view.header])):
            view.put(view.header, at, f"{CANARY} {at}")


def _one_heading(view: View) -> None:
    names = [name for name in view.case.dataset.contract.key if view.places(name)] or list(_places(view))
    if view.header is not None:
        view.put(view.header, view.places(names[-1])[0], CANARY)


def _no_rows(view: View) -> None:
    if view.header is not None:
        view.put(view.header, max(len(line) for line in view.rows), CANARY)
    view.keep(lambda row: False)


def _sheet(view: View) -> None:
    _everywhere(view)
    view.style.sheet = CANARY


def _sheet_named(case: Case) -> Files | None:
    return _viewed(case, case.files, _sheet) if case.layout.format in {"xlsx", "ods"} else None


def _no_table(case: Case) -> Files:
    return {name: f"<html><body>{CANARY} {NUMBER}</body></html>\0".encode() for name in case.files}


def _other_name(case: Case) -> Files:
    return {f"{name}.bak": CANARY.encode() for name in case.files}


#: What is done to a delivery, one after the other.
PLANTS: dict[str, Plant] = {
    "cells": _every_view(_cells),
    "everywhere": _every_view(_everywhere),
    "beside keys": _every_view(_beside_keys),
    "rows": _every_view(_rows),
    "many": _every_view(_many),
    "last year": _last_year,
    "a year behind": _every_view(_year_behind),
    "headings": _every_view(_headings),
    "one heading": _every_view(_one_heading),
    "no rows": _every_view(_no_rows),
    "sheet": _sheet_named,
    "no table": _no_table,
    "another name": _other_name,
}


def _excused(case: Case) -> dict[str, str]:
    """Checks that no wrong cell of a dataset can break, each with the reason."""
    dataset, layout = case.dataset, case.layout
    found = {}
    keep = layout.keep
    if keep is not None and dataset.columns[keep.column].pattern == keep.pattern:
        found["pattern"] = "rows with another code are notes, and left out"
    period = layout.columns.get(dated_column(dataset) or "")
    if period is not None and period.file is not None:
        found["period"] = "it is read from the file's name, without which the file is not found"
    if dataset.contract.refresh.cycle != "annual":
        found["delivered"] = "an earlier delivery serves on"
    if layout.format == "gpkg":
        found |= dict.fromkeys(("empty", "header"), "without rows and headings such a file has no columns")
        found["sheet"] = "its only layer is read under any name"
    return found | OWN_EXCUSES.get(dataset.id, {})


OWN_EXCUSES = {
    # In every other year provisional figures stand beside the revised ones: its own past is that uneven.
    "scc_ks2": dict.fromkeys(("change_rows", "change_parts"), "its own past allows any number of rows"),
    "ref_round_book": {"change_rows": "all rounds were drawn anew in the edition, the old ones beside them"},
}


@dataclass
class _Planted:
    """An installation with good deliveries behind it, and a share that holds the canary."""

    bench: Bench
    cases: dict[str, Case]
    assets: dict[str, dg.AssetsDefinition]
    gate: dg.AssetsDefinition

    @property
    def data(self) -> Path:
        return self.bench.project.settings.data

    def share(self, name: str, files: Files) -> None:
        """Put files on the share, as if nothing had come before them for this edition."""
        project = self.bench.project
        case = self.cases[name]
        shutil.rmtree(project.settings.landing / name, ignore_errors=True)
        folder = self.bench.work / "share" / project.shares.folders[case.dataset.contract.supplier]
        for file, content in files.items():
            path = folder / file
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(content)

    def found(self, since: float = 0) -> list[str]:
        """Files in which a canary stands, of those written since a moment."""
        out = []
        for path in sorted(self.data.rglob("*")):
            place = path.relative_to(self.data)
            # The landed copies and the tables made from them are the data.
            data = place.parts[0] in {"landing", "raw"}
            if not data and path.is_file() and path.stat().st_mtime >= since:
                content = path.read_bytes()
                if any(sign in content for sign in SIGNS):
                    out.append(place.as_posix())
        return out


@pytest.fixture(scope="module")
def planted(tmp_path_factory: pytest.TempPathFactory, sample_run) -> _Planted:
    """Good deliveries of the sample up to now, and those of the last edition at hand, to be made wrong."""
    work = tmp_path_factory.mktemp("canary")
    settings = Settings.load(data=work / "data")
    for name in ("raw", "checks", "secret"):
        shutil.copytree(sample_run.data / name, settings.data / name)
    project = Project.load(settings)
    shares = project.shares.model_copy(update={"root": str(work / "share")})
    project = Project(settings, project.catalogue, shares)
    bench = Bench(project, sample_run.data, work)
    closed = [n for n, entry in project.catalogue.datasets.items() if not entry.contract.shows_values]
    cases = {name: bench.target(name).case for name in (*closed, SHOWN)}
    partitions = partitions_of(project)
    assets = {asset.key.path[-1]: asset for asset in raw_assets(project, partitions)}
    return _Planted(bench, cases, assets, gate_asset(project, partitions))


def _run(planted: _Planted, instance: dg.DagsterInstance, names: list[str]) -> None:
    """The raw steps of some datasets and the gate, as a run would."""
    editions = sorted({planted.cases[name].edition for name in names})
    for edition in editions:
        mine = [planted.assets[name] for name in names if planted.cases[name].edition == edition]
        if edition == editions[-1]:
            mine.append(planted.gate)
        result = dg.materialize(mine, instance=instance, partition_key=str(edition), raise_on_error=False)
        # The gate stops the edition by its check; no step fell over on the way there.
        for event in result.all_events:
            if event.is_step_failure:
                said = str(event.step_failure_data.error)
                assert event.step_key == "gate" and "AssetCheckFailed" in said, (event.step_key, said[:2000])


def test_the_canary_is_seen_nowhere_whichever_check_it_breaks(
    planted: _Planted, caplog, capfd, monkeypatch
) -> None:
    caplog.set_level(logging.DEBUG)
    project, settings = planted.bench.project, planted.bench.project.settings
    closed = [name for name in planted.cases if name != SHOWN]
    assert len(closed) > 30
    every = closed if WHOLE else sorted(random.Random(SEED).sample(closed, 6))
    broken: dict[str, set[str]] = {name: set() for name in closed}
    reached: set[str] = set()
    seen: list[str] = []
    with dagster_instance(settings) as instance:
        for number, (title, plant) in enumerate(PLANTS.items()):
            # Clocks of file systems may be coarse.
            begun = time.time() - 2
            shutil.rmtree(planted.bench.work / "share", ignore_errors=True)
            # The first plant breaks most checks of each dataset; the others are tried on some, or on all.
            files = {name: plant(planted.cases[name]) for name in (closed if number == 0 else every)}
            tried = [name for name, made in files.items() if made is not None]
            for name in tried:
                planted.share(name, files[name] or {})
            if number == 0:
                with monkeypatch.context() as other:
                    other.setattr(f"{__name__}.CANARY", SHOWN_BIRD)
                    other.setattr(f"{__name__}.NUMBER", SHOWN_NUMBER)
                    bird = plant(planted.cases[SHOWN]) or {}
                planted.share(SHOWN, bird)
            _run(planted, instance, [*tried, *([SHOWN] if number == 0 else [])])
            for name in tried:
                known = latest(settings, project.shares.id, name, planted.cases[name].edition)
                assert known is not None, (title, name)
                broken[name] |= {c for c, state in known.checks.items() if state in {"failed", "recorded"}}
                if known.raw is not None and _holds(settings.data / known.raw):
                    reached.add(name)
            seen += [f"{title}: {place}" for place in planted.found(begun)]
    left = {
        name: {check.id for check in checks_of(project.catalogue[name], national=False)} - broken[name]
        for name in every
    }
    assert left == {name: set(_excused(planted.cases[name])) for name in every}
    assert min(len(checks) for checks in broken.values()) >= 3
    # What was planted was read as well: it stood before the checks, not behind a closed door.
    assert reached == set(closed)

    page = gather(settings, 2026)
    (settings.data / "status.html").write_text(render_html(page) + render_text(page), encoding="utf-8")
    decided = decide_now(project, "full", 2026, page.today)
    seen += planted.found()
    said = capfd.readouterr()
    texts = {"log": caplog.text, "output": said.out, "errors": said.err, "gate": repr(decided.blocked)}
    seen += [name for name, text in texts.items() if CANARY in text or NUMBER in text]
    assert seen == []
    # In the dataset that may be shown it shows, so the search finds what is there.
    shown = [p for p in (settings.data / "reports").rglob("*.html") if SHOWN_BIRD in p.read_text("utf-8")]
    assert shown
    events = sorted(path.relative_to(settings.data).parts[0] for path in settings.data.iterdir())
    assert {"checks", "dagster", "reports"} <= set(events)


def _holds(raw: Path) -> bool:
    with duckdb.connect() as con:
        rows = con.execute(f"select columns(*)::varchar from read_parquet('{raw.as_posix()}')").fetchall()
    return any(cell and (CANARY in cell or NUMBER in cell) for row in rows for cell in row)
