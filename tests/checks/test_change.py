"""A delivery is compared with those before it: what differs too much stops, what differs as usual does not.

Belongs here: the change checks on tables whose history is written by hand. Does not belong here: faults of
whole files (`tests/faults`).
"""

from __future__ import annotations

import itertools
import random
from collections.abc import Callable
from pathlib import Path

import pytest

from spi_orchestration.assets.project import Project
from spi_orchestration.checks.change import Edition, differences, limit_of
from spi_orchestration.checks.contract import Examination, examine, profile_raw
from spi_orchestration.checks.places import wards_of
from spi_orchestration.readers.personal import looks_personal
from tests.checks.conftest import write_raw
from tests.helpers.small import WARDS

Rows = list[list[str | None]]
Change = Callable[[Rows], Rows]


def table(edition: int) -> Rows:
    """Pupils of an edition: cohorts of 40 to 250 that move by up to 4 % a year, four in ten with a good result."""
    draw = random.Random(edition)
    rows: Rows = []
    for number, (code, name) in enumerate(WARDS.items()):
        cohort = round((40 + 10 * number) * (1 + draw.uniform(-0.04, 0.04)))
        good = round(cohort * (0.4 + draw.uniform(-0.03, 0.03)))
        rows.append([f"{edition - 1}/{edition % 100:02d}", code, name, str(cohort), str(good)])
    return rows


@pytest.fixture
def against_past(project: Project, tmp_path: Path) -> Callable[[Rows], Examination]:
    """Examine a table of 2026 after four good editions."""
    dataset = project.catalogue["county_pupils"]
    layout = dataset.contract.layouts[0]
    columns = list(dataset.columns)

    def run(rows: Rows) -> Examination:
        earlier = []
        for edition in (2022, 2023, 2024, 2025):
            raw = write_raw(tmp_path / f"{edition}.parquet", columns, table(edition))
            wards = wards_of(project.settings, "E07000194", edition)
            profile = profile_raw(dataset, layout, edition, raw, project.catalogue, wards)
            earlier.append(Edition(edition, layout.id, profile))
        raw = write_raw(tmp_path / "2026.parquet", columns, rows)
        wards = wards_of(project.settings, "E07000194", 2026)
        return examine(dataset, layout, 2026, raw, project.catalogue, wards, earlier=earlier)

    return run


def changes(examination: Examination) -> set[str]:
    return {finding.check for finding in examination.findings if finding.check.startswith("change_")}


def with_column(rows: Rows, at: int, cells: list[str | None]) -> Rows:
    return [[*row[:at], cell, *row[at + 1 :]] for row, cell in zip(rows, cells, strict=True)]


def scaled(at: int, factor: float, only: int | None = None) -> Change:
    def change(rows: Rows) -> Rows:
        cells = [
            str(round(float(row[at] or 0) * (factor if only in {None, number} else 1)))
            for number, row in enumerate(rows)
        ]
        return with_column(rows, at, list(cells))

    return change


def areas_exchanged(rows: Rows) -> Rows:
    first, last = rows[0], rows[-1]
    return [[*last[:3], *first[3:]], *rows[1:-1], [*first[:3], *last[3:]]]


def column_sorted(rows: Rows) -> Rows:
    return with_column(rows, 4, sorted((row[4] for row in rows), key=lambda cell: -int(cell or 0)))


def column_shifted(rows: Rows) -> Rows:
    cells = [row[3] for row in rows]
    return with_column(rows, 3, [cells[-1], *cells[:-1]])


def mixed(rows: Rows) -> Rows:
    older = table(2025)
    return [*rows[:8], *([rows[n][0], *older[n][1:]] for n in range(8, 22))]


FAULTS: dict[str, tuple[Change, str]] = {
    "a number column ten times as large": (scaled(4, 10), "change_level"),
    "a number column a tenth": (scaled(3, 0.1), "change_level"),
    "one ward ten times as large": (scaled(4, 10, only=20), "change_areas"),
    "largest and smallest ward exchanged": (areas_exchanged, "change_areas"),
    "a column sorted": (column_sorted, "change_areas"),
    "a column one row lower": (column_shifted, "change_areas"),
    "last year's figures": (lambda rows: [[rows[0][0], *row[1:]] for row in table(2025)], "change_unchanged"),
    "two thirds of the rows last year's": (mixed, "change_unchanged"),
    "a column filled down": (lambda rows: with_column(rows, 4, [rows[4][4]] * 22), "change_columns"),
    "zeros where there were none": (
        lambda rows: with_column(rows, 4, ["0"] * 6 + [row[4] for row in rows[6:]]),
        "change_columns",
    ),
    "a ward is missing": (lambda rows: rows[:-1], "change_rows"),
}


def test_an_edition_that_moves_as_those_before_it_passes(against_past: Callable[[Rows], Examination]) -> None:
    assert changes(against_past(table(2026))) == set()


@pytest.mark.parametrize("name", FAULTS)
def test_what_earlier_editions_contradict_stops(
    name: str, against_past: Callable[[Rows], Examination]
) -> None:
    change, check = FAULTS[name]
    examination = against_past(change(table(2026)))
    assert check in changes(examination)
    mine = [finding for finding in examination.findings if finding.check == check]
    assert all(finding.grade == "stop" and "2025" in finding.expected for finding in mine)
    assert examination.counts[check] == len(mine)


def test_a_unit_is_named_as_such(against_past: Callable[[Rows], Examination]) -> None:
    examination = against_past(scaled(4, 10)(table(2026)))
    (level,) = [f for f in examination.findings if f.check == "change_level" and f.column == "good"]
    assert "another unit?" in level.found


def test_without_a_past_nothing_is_compared(project: Project, tmp_path: Path) -> None:
    dataset = project.catalogue["county_pupils"]
    raw = write_raw(tmp_path / "a.parquet", list(dataset.columns), column_sorted(table(2026)))
    wards = wards_of(project.settings, "E07000194", 2026)
    first = examine(dataset, dataset.contract.layouts[0], 2026, raw, project.catalogue, wards)
    assert changes(first) == set()


def test_limits_follow_the_past_and_never_fall_below_the_floor(project: Project, tmp_path: Path) -> None:
    dataset, catalogue = project.catalogue["county_pupils"], project.catalogue
    layout = dataset.contract.layouts[0]
    editions = []
    for edition in (2024, 2025, 2026):
        raw = write_raw(tmp_path / f"{edition}.parquet", list(dataset.columns), table(edition))
        wards = wards_of(project.settings, "E07000194", edition)
        profile = profile_raw(dataset, layout, edition, raw, catalogue, wards)
        editions.append(Edition(edition, layout.id, profile))
    for old, new in itertools.pairwise(editions):
        for one in differences(dataset, old, new):
            general = catalogue.limits[one.limit]
            assert limit_of(dataset, catalogue, one, new, ()) == general.first
            if general.steady is None:
                held = limit_of(dataset, catalogue, one, new, (0.0, 0.0))
                assert held == max(general.floor, general.step)
                assert limit_of(dataset, catalogue, one, new, (5.0, 0.1)) == max(
                    general.floor, 5.0 * general.margin + general.step
                )


def test_every_limit_is_dated_reasoned_and_used(project: Project) -> None:
    folder = Path(__file__).parents[2] / "spi_orchestration" / "checks"
    text = (folder / "change.py").read_text("utf-8")
    for name, limit in project.catalogue.limits.items():
        # Some names are put together from what is compared: order_of_areas, gone_keys_of_feeds.
        assert f'"{name}"' in text or name.rpartition("_of_")[0] in text, name
        assert len(limit.words) > 10
        assert len(limit.reason) > 5


@pytest.mark.parametrize(
    ("cells", "kind"),
    [
        # 943 476 5919 is the specimen number of the NHS data dictionary: 9x10+4x9+... leaves check digit 9.
        (["943 476 5919"] * 6, "NHS numbers"),
        (["9434765918"] * 6, None),
        (["a@example.org", "b.c@example.org"] * 3, "e-mail addresses"),
        (["12 High Street, Lichfield", "3 Mill Lane, Alrewas"] * 3, "full addresses"),
        (["Mr John Smith", "Mrs Ada Jones", "Dr A Khan"] * 2, "names of persons"),
        (["01/02/1948", "03/04/1990", "11/12/2003", "05/05/1961", "09/09/1977"], "dates of birth"),
        (["01/02/2025", "03/04/2025", "11/12/2025", "05/05/2025", "09/09/2025"], None),
        (["WS13 6HS"] * 6, None),
        (["1234567890", "1234567891"] * 3, None),
        (["a@example.org"] * 3, None),
    ],
)
def test_personal_data_is_known_by_its_cells(cells: list[str], kind: str | None) -> None:
    assert looks_personal(cells) == kind
