"""A delivery is compared with those before it: what differs too much stops, what differs as usual does not.

Belongs here: the change checks on tables whose history is written by hand. Does not belong here: faults of
whole files (`tests/faults`).
"""

from __future__ import annotations

import itertools
import random
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from spi_orchestration.assets.project import Project
from spi_orchestration.catalogue import Dataset, load_catalogue
from spi_orchestration.checks.change import Edition, differences, limit_of, surprises
from spi_orchestration.checks.contract import Examination, examine, profile_raw
from spi_orchestration.checks.places import wards_of
from spi_orchestration.checks.profile import ColumnFacts, Profile, roles_of
from spi_orchestration.checks.registry import checks_of
from spi_orchestration.readers.personal import looks_personal
from spi_orchestration.settings import Settings
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
    "a block of six rows of last year": (
        lambda rows: [*rows[:8], *([rows[n][0], *table(2025)[n][1:]] for n in range(8, 14)), *rows[14:]],
        "change_unchanged",
    ),
    "the table of three years ago under this year": (
        lambda rows: [[rows[0][0], *row[1:]] for row in reversed(table(2023))],
        "change_unchanged",
    ),
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


Areas = dict[tuple[str, ...], dict[str, float]]


def _cells(*numbers: float | None) -> Areas:
    """Cells E1, E2, … with a number of `good`, or without one."""
    return {(f"E{at}",): {} if n is None else {"good": n} for at, n in enumerate(numbers)}


TEN = (10.0, 20.0, 30.0, 40.0, 50.0, 60.0, 70.0, 80.0, 90.0, 100.0)

#: Limit -> figures before, figures now, the statistic worked out by hand.
BY_HAND: dict[str, tuple[dict[str, object], dict[str, object], float]] = {
    # One of 22 rows is missing in one of two years.
    "rows_of_periods": ({"periods": (22, 22)}, {"periods": (21, 22)}, 1 / 22),
    # Nine of ten cells had no number; one of them has one now.
    "gaps_moved": ({"cells": _cells(*[None] * 9, 5)}, {"cells": _cells(7, *[None] * 8, 5)}, 1 / 9),
    # A fifth of rows repeated the row above, now all do.
    "runs": ({"runs": {"good": 0.2}}, {"runs": {"good": 1.0}}, 0.8),
    # The first and the last exchanged: 1 - 6 (9 x 9 + 9 x 9) / (10 x 99) = 0.018.
    "order_of_last": (
        {"last": _cells(*TEN)},
        {"last": _cells(100, *TEN[1:-1], 10)},
        1 - (1 - 6 * 162 / 990),
    ),
    # Every area half as large again; the natural logarithm of 1.5.
    "level_of_areas": (
        {"cells": _cells(*TEN)},
        {"cells": _cells(*(n * 1.5 for n in TEN))},
        0.4054651081081644,
    ),
}


@pytest.mark.parametrize("limit", BY_HAND)
def test_statistics_are_what_a_hand_works_out(limit: str, project: Project, tmp_path: Path) -> None:
    dataset, catalogue = project.catalogue["county_pupils"], project.catalogue
    layout = dataset.contract.layouts[0]
    raw = write_raw(tmp_path / "a.parquet", list(dataset.columns), table(2025))
    wards = wards_of(project.settings, "E07000194", 2025)
    plain = profile_raw(dataset, layout, 2025, raw, catalogue, wards)
    before, now, expected = BY_HAND[limit]
    old = Edition(2025, layout.id, replace(plain, **before))  # type: ignore[arg-type]
    new = Edition(2026, layout.id, replace(plain, **now))  # type: ignore[arg-type]
    values = {one.column: one.value for one in differences(dataset, old, new) if one.limit == limit}
    assert values[None if limit == "rows_of_periods" else "good"] == pytest.approx(expected, abs=1e-12)


@pytest.mark.parametrize(
    ("withheld", "zeros", "stops"),
    [(0, 3, True), (1, 3, False), (0, 2, False)],
    ids=["all marks became zeros", "a mark is left", "no more zeros than there were"],
)
def test_marks_that_turned_into_zeros(
    withheld: int, zeros: int, stops: bool, project: Project, tmp_path: Path
) -> None:
    dataset, catalogue = project.catalogue["county_pupils"], project.catalogue
    layout = dataset.contract.layouts[0]
    raw = write_raw(tmp_path / "a.parquet", list(dataset.columns), table(2025))
    wards = wards_of(project.settings, "E07000194", 2025)
    plain = profile_raw(dataset, layout, 2025, raw, catalogue, wards)

    def edition(year: int, withheld: int, zero: int) -> Edition:
        good = replace(plain.columns["good"], withheld=withheld, zero=zero)
        return Edition(year, layout.id, replace(plain, columns=plain.columns | {"good": good}, digest=year))

    past = [edition(2024, 2, 2), edition(2025, 1, 0)]
    found = surprises(dataset, catalogue, past, edition(2026, withheld, zeros))
    assert any("none withheld" in one.found for one in found) == stops


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
    text = (folder / "change.py").read_text("utf-8") + (folder / "history.py").read_text("utf-8")
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


def _everything(dataset: Dataset, sign: int) -> Profile:
    """A profile with all that a dataset can have; with another sign all of it is other."""
    roles = roles_of(dataset)
    width = len(roles.identity or ())
    keys = [tuple(f"{number}" for _ in range(width)) for number in range(12)] if width else []
    few = 4 if sign < 0 else 0
    facts = ColumnFacts(12, few, 0, few, 12, 5.0 * sign, 5.0 + sign, 20.0)
    numbers = {name: float(30 + sign * 7) for name in roles.quantities}
    cells = {key: dict(numbers) for key in keys} if roles.tabled else {}
    return Profile(
        rows=20 + sign * 10,
        columns=dict.fromkeys(dataset.columns, facts),
        digest=1,
        periods=(12, 11) if roles.tabled and roles.time else (),
        areas={f"A{n}{sign}": {"rows": 1.0, **numbers} for n in range(12)} if roles.area else {},
        cells=cells,
        lines={(*key, ""): tuple(numbers.values()) for key in cells},
        parts={name: {f"x{sign}": 12} for name in roles.categories},
        keys=frozenset((*key[:-1], f"{sign}") for key in keys),
        lasting={name: dict.fromkeys(keys, f"{sign}") for name in roles.attributes if keys},
    )


def test_a_comparison_that_can_find_something_is_among_the_checks_of_the_dataset() -> None:
    """Were it not, its finding would have no check to belong to."""
    catalogue = load_catalogue(Settings.load())
    for dataset in catalogue.datasets.values():
        layout = dataset.contract.layouts[0].id
        known = {check.id for check in checks_of(dataset, national=False)}
        old = Edition(2025, layout, _everything(dataset, 1))
        other = Edition(2026, layout, _everything(dataset, -1))
        again = Edition(2026, layout, _everything(dataset, 1))
        found = {one.check for one in differences(dataset, old, other) if one.value > 0}
        found |= {one.check for late in (other, again) for one in surprises(dataset, catalogue, [old], late)}
        assert found <= known, dataset.id


@pytest.mark.parametrize(
    ("column", "before", "now", "stops"),
    [
        ("eligible", (0, 0, 0), 1, True),
        ("eligible", (0, 2, 0), 1, False),
        ("cohort", (0, 0, 0), 1, False),
    ],
    ids=["never left blank", "blank before now and then", "a supplier without marks"],
)
def test_a_blank_cell_beside_marks(
    column: str, before: tuple[int, ...], now: int, stops: bool, project: Project, tmp_path: Path
) -> None:
    """A cell left blank where the supplier has a mark for what is not known."""
    dataset, catalogue = project.catalogue["county_pupils"], project.catalogue
    layout = dataset.contract.layouts[0]
    columns = list(dataset.columns)
    marked = {"eligible": "good", "cohort": "ward_name"}[column]
    assert bool(dataset.columns[marked].marks) == (column == "eligible")
    at = columns.index(marked)

    def edition(year: int, blanks: int) -> Edition:
        rows = table(year)
        for row in rows[:blanks]:
            row[at] = ""
        raw = write_raw(tmp_path / f"{year}.parquet", columns, rows)
        wards = wards_of(project.settings, "E07000194", year)
        profile = profile_raw(dataset, layout, year, raw, catalogue, wards)
        assert profile.columns[marked].unmarked == (blanks if column == "eligible" else 0)
        return Edition(year, layout.id, profile)

    past = [edition(2023 + number, blanks) for number, blanks in enumerate(before)]
    words = catalogue.limits["came_unmarked"].words
    found = surprises(dataset, catalogue, past, edition(2026, now))
    assert any(one.expected == words and one.column == marked for one in found) == stops


def test_answers_in_numbers_are_compared_by_their_shares() -> None:
    """Two columns with the same mean, of which one has all in the middle."""
    catalogue = load_catalogue(Settings.load())
    dataset = catalogue["ldc_residents_survey"]
    layout = dataset.contract.layouts[-1].id
    even = {str(answer): 200 for answer in range(1, 6)}
    middle = {"3": 1000}

    def edition(year: int, belong: dict[str, int]) -> Edition:
        facts = dict.fromkeys(dataset.columns, ColumnFacts(1000, 0, 0, 0, 5, 3.0, 3.0, 5.0))
        return Edition(year, layout, Profile(1000, facts, parts={"belong": belong}))

    def found(now: dict[str, int]) -> set[str | None]:
        past = [edition(year, even) for year in (2020, 2022, 2024)]
        words = catalogue.limits["mix"].words
        return {
            one.column
            for one in surprises(dataset, catalogue, past, edition(2026, now))
            if one.expected == words
        }

    assert found(middle) == {"belong"}
    assert found(even) == set()


def test_a_steady_feed_may_not_lose_an_eighth() -> None:
    catalogue = load_catalogue(Settings.load())
    dataset = catalogue["ldc_customer_contact"]
    layout = dataset.contract.layouts[-1].id
    facts = dict.fromkeys(dataset.columns, ColumnFacts(0, 0, 0, 0, 0))
    words = catalogue.limits["rows_of_steady_feeds"].words

    def stopped(past: tuple[int, ...], now: int) -> bool:
        editions = [
            Edition(2022 + at, layout, Profile(rows, facts, digest=at)) for at, rows in enumerate(past)
        ]
        new = Edition(2026, layout, Profile(now, facts, digest=9))
        return any(one.expected == words for one in surprises(dataset, catalogue, editions, new))

    assert stopped((10_000, 10_100, 10_050), 8_700)
    assert not stopped((10_000, 10_100, 10_050), 9_400)
    # Where the past swings more, or chance alone does, nothing is said.
    assert not stopped((10_000, 8_900, 10_050), 8_700)
    assert not stopped((500, 505, 502), 435)


def test_the_area_that_moved_is_named(against_past: Callable[[Rows], Examination]) -> None:
    examination = against_past(scaled(3, 10, only=7)(table(2026)))
    found = [
        one.found for one in examination.findings if one.check == "change_areas" and one.column == "cohort"
    ]
    code, name = list(WARDS.items())[7]
    assert found and all(f"({name}, {code})" in words for words in found)
