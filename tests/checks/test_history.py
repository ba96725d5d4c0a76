"""A delivery against several earlier ones: chance and growth pass, exchanged areas, shuffled columns and odd shares do not.

Belongs here: the statistics of `checks/history.py` on figures made by hand. Does not belong here: two neighbouring
editions (`test_change.py`) or faults of whole files (`tests/faults`).
"""

from __future__ import annotations

import math
import random
from collections.abc import Callable, Sequence
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from spi_orchestration.catalogue import Catalogue, Dataset, load_catalogue
from spi_orchestration.checks.change import Edition, surprises
from spi_orchestration.checks.history import LEAST, LIMITS, Remark, remarks
from spi_orchestration.checks.profile import ColumnFacts, Profile, roles_of
from spi_orchestration.settings import Settings
from tests.helpers.small import WARDS

CATALOGUE: Catalogue = load_catalogue(Settings.load())
#: One row a ward and pupil group, with a part and a whole.
KS2: Dataset = CATALOGUE["scc_ks2"]
#: One row a ward and age, one quantity in most layouts.
PEOPLE: Dataset = CATALOGUE["ref_ward_population"]

Numbers = dict[str, list[tuple[float, float]]]
CODES = sorted(WARDS)


def profile(pairs: Sequence[tuple[float | None, float | None]]) -> Profile:
    """One group of pupils by ward: (those who reached the standard, those eligible)."""
    names = roles_of(KS2).identity or ()
    cells = {}
    for code, (part, whole) in zip(CODES, pairs, strict=True):
        place = tuple(
            code if name == "ward_code" else "All pupils" if name == "pupil_group" else "Revised"
            for name in names
        )
        cells[place] = {
            name: float(value)
            for name, value in (("rwm_expected", part), ("eligible", whole))
            if value is not None
        }
    return Profile(rows=len(cells), columns={}, cells=cells)


def drawn(seed: int, growth: float = 1.0) -> list[tuple[float, float]]:
    """Cohorts about a lasting size of 20 to 104, and about 0.6 of them with a good result; chance does the rest."""
    draw = np.random.default_rng(seed)
    out = []
    for number in range(len(CODES)):
        whole = int(draw.poisson(growth * (20 + 4 * number)))
        out.append((float(draw.binomial(whole, 0.6)), float(whole)))
    return out


PAST = [drawn(seed) for seed in (1, 2, 3, 4)]


def said(
    new: Sequence[tuple[float | None, float | None]], past: Sequence[Sequence[tuple[float, float]]] = PAST
) -> list[Remark]:
    return remarks(KS2, [profile(one) for one in past], profile(new))


def beyond(found: list[Remark]) -> set[str]:
    """Limits that a delivery is beyond, as the gate works them out."""
    out = set()
    for one in found:
        limit = CATALOGUE.limits[one.limit]
        if one.value > max(limit.floor, limit.margin * max(one.past) + limit.step):
            out.add(one.limit)
    return out


def test_where_chance_and_growth_are_all_there_is_about_one_in_a_hundred_rings() -> None:
    rung = 0
    for seed in range(300):
        past = [drawn(seed * 10 + one) for one in range(4)]
        rung += bool(beyond(said(drawn(seed * 10 + 9, 0.85 + 0.35 * (seed % 100) / 100), past)))
    # One in a hundred would be three; nine or more of 300 come up in one of two hundred such trials.
    assert rung < 9


@settings(max_examples=25, deadline=None)
@given(order=st.permutations(range(len(CODES))), seed=st.integers(0, 1000))
def test_the_order_of_rows_says_nothing(order: list[int], seed: int) -> None:
    def turned(rows: Sequence[tuple[float, float]]) -> Profile:
        whole = profile(rows)
        places = list(whole.cells)
        return replace(whole, cells={places[at]: whole.cells[places[at]] for at in order})

    new = drawn(seed)
    straight = {(one.limit, one.column): one.value for one in said(new)}
    mixed = remarks(KS2, [turned(one) for one in PAST], turned(new))
    assert {(one.limit, one.column): one.value for one in mixed} == pytest.approx(
        straight, rel=1e-9, abs=1e-9
    )


def test_a_ward_with_a_new_estate_is_far_from_its_past_and_not_taken_for_another() -> None:
    new = drawn(9)
    part, whole = new[5]
    new[5] = (part * 3, whole * 3)
    assert beyond(said(new)) == {"one_from_past"}


def swapped(rows: Sequence[tuple[float, float]], a: int, b: int) -> list[tuple[float, float]]:
    out = list(rows)
    out[a], out[b] = out[b], out[a]
    return out


FAULTS: dict[str, tuple[Callable[[list[tuple[float, float]]], list[tuple[float, float]]], str]] = {
    "two wards exchanged": (lambda rows: swapped(rows, 4, 17), "areas_exchanged"),
    "a column shuffled": (
        lambda rows: list(zip((p for p, _ in rows), random.Random(3).sample([w for _, w in rows], len(rows)), strict=True)),
        "fit_of_column",
    ),
    "wards below the others first": (lambda rows: [*rows[-11:], *rows[:-11]], "fit_of_column"),
    "all of a ward with a good result": (lambda rows: [(w, w) if at == 15 else (p, w) for at, (p, w) in enumerate(rows)], "one_proportion"),
    "a ward counted twice": (lambda rows: [(2 * p, 2 * w) if at == 15 else (p, w) for at, (p, w) in enumerate(rows)], "one_from_past"),
}  # fmt: skip


@pytest.mark.parametrize("fault", FAULTS)
def test_what_the_whole_past_contradicts_is_beyond_its_limit(fault: str) -> None:
    change, limit = FAULTS[fault]
    assert limit in beyond(said(change(drawn(9)))), [
        (one.limit, one.value, one.past) for one in said(change(drawn(9)))
    ]


def test_statistics_are_what_a_hand_works_out() -> None:
    # The past is the same each year, so that nothing strays and the smallest variance holds.
    steady = [(12.0 + at, 20.0 + 10 * at) for at in range(len(CODES))]
    new = swapped(steady, 2, 12)
    values = {(one.limit, one.column): one.value for one in said(new, [steady] * 3)}
    whole = 2 * math.sqrt(140.375) - 2 * math.sqrt(40.375)
    part = 2 * math.sqrt(24.375) - 2 * math.sqrt(14.375)
    # Put back, both would lie where they were: the gain is the whole squared distance, twice.
    assert values[("areas_exchanged", None)] == pytest.approx(2 * (whole**2 + part**2) / LEAST, rel=1e-9)
    assert values[("one_from_past", "eligible")] == pytest.approx(whole**2 / LEAST, rel=1e-9)
    # Twenty of 22 stand where they stood.
    assert values[("fit_of_column", "eligible")] == 0
    # 14 of 40 became 24 of 140 (ward 2) and 24 of 140 became 14 of 40 (ward 12); three years before it: 42 of 120.
    shift = 2 * (math.asin(math.sqrt(24 / 140)) - math.asin(math.sqrt(14 / 40)))
    other = shift**2 / (1 / 40 + 1 / 420)
    assert values[("one_proportion", "rwm_expected")] == pytest.approx(
        max(shift**2 / (1 / 140 + 1 / 120), other)
    )


def test_withheld_numbers_are_passed_over() -> None:
    new: list[tuple[float | None, float | None]] = [
        (None, w) if at % 3 == 0 else (p, w) for at, (p, w) in enumerate(drawn(9))
    ]
    assert beyond(said(new)) == set()
    found = {one.limit for one in said(swapped(drawn(9), 4, 17))}
    assert found == LIMITS
    nothing: list[tuple[float | None, float | None]] = [(None, None)] * len(CODES)
    assert said(nothing) == []


def test_two_years_tell_nothing_and_three_do() -> None:
    new = swapped(drawn(9), 2, 20)
    assert said(new, PAST[-2:]) == []
    assert "areas_exchanged" in beyond(said(new, PAST[-3:]))


def test_a_column_is_compared_from_the_edition_that_brought_it() -> None:
    """The whole stands in all four editions; the part in the last three, or in the last alone."""
    past = [profile([(None, w) for _, w in PAST[0]]), *(profile(one) for one in PAST[1:])]
    found = {one.column for one in remarks(KS2, past, profile(drawn(9)))}
    assert found == {"eligible", "rwm_expected", None}
    lone = [profile([(None, w) for _, w in one]) for one in PAST[:3]]
    assert {one.column for one in remarks(KS2, [*lone, profile(PAST[3])], profile(drawn(9)))} == {
        "eligible",
        None,
    }


def test_prices_are_no_counts() -> None:
    """Whole numbers that stray by more than chance moves a count of their size are not called far from their past."""
    draw = random.Random(4)

    def year() -> list[tuple[float, float]]:
        return [
            (20.0, round(200_000 * (1 + at / 10) * math.exp(draw.gauss(0, 0.05)))) for at in range(len(CODES))
        ]

    past = [year() for _ in range(4)]
    new = year()
    new[3] = (20.0, new[3][1] * 3)
    assert ("one_from_past", "eligible") not in {(one.limit, one.column) for one in said(new, past)}


def test_sets_that_serve_on_are_not_compared_so() -> None:
    static = [
        dataset for dataset in CATALOGUE.datasets.values() if dataset.contract.refresh.cycle == "static"
    ]
    assert static
    cells = {(code,): {"x": 1.0} for code in CODES}
    for dataset in static:
        assert remarks(dataset, [Profile(22, {}, cells=cells)] * 4, Profile(22, {}, cells=cells)) == []


def test_a_change_of_method_ends_the_past() -> None:
    """Editions before a break are not what later ones are measured by."""
    (dataset, layouts) = next(
        (dataset, dataset.contract.layouts)
        for dataset in CATALOGUE.datasets.values()
        if dataset.contract.refresh.cycle == "annual"
        and len(dataset.contract.layouts) > 1
        and dataset.contract.layouts[-1].method_break
        and roles_of(dataset).tabled
        and any(dataset.columns[name].type == "integer" for name in roles_of(dataset).quantities)
    )
    roles = roles_of(dataset)
    quantity = next(name for name in roles.quantities if dataset.columns[name].type == "integer")
    width = len(roles.identity or ())
    at = (roles.identity or ()).index(roles.area_columns[0])
    facts = dict.fromkeys(dataset.columns, ColumnFacts(22, 0, 0, 0, 22, 200.0, 200.0, 300.0))

    def edition(year: int, layout: str, order: Sequence[int]) -> Edition:
        cells = {
            tuple(code if one == at else "x" for one in range(width)): {
                quantity: float(100 + 10 * order[number])
            }
            for number, code in enumerate(CODES)
        }
        return Edition(year, layout, Profile(22, facts, cells=cells, digest=year))

    same = list(range(22))
    turned = same[::-1]
    old, new = layouts[-2].id, layouts[-1].id
    first = layouts[-1].editions[0] or 2024

    def surprised(layout: str) -> bool:
        past = [edition(first - 3 + one, layout, same) for one in range(3)]
        words = {CATALOGUE.limits[name].words for name in LIMITS}
        return any(
            one.expected in words for one in surprises(dataset, CATALOGUE, past, edition(first, new, turned))
        )

    assert surprised(new)
    assert not surprised(old)


def test_limits_of_a_dataset_and_its_exceptions_hold_for_the_past_too() -> None:
    change = KS2.contract.changes[0].model_copy(
        update={"limits": ("areas_exchanged",), "column": None, "value": None, "editions": ()}
    )
    contract = KS2.contract.model_copy(update={"changes": (change,)})
    excused = (
        replace(KS2, contract=contract)
        if not hasattr(KS2, "model_copy")
        else KS2.model_copy(update={"contract": contract})
    )
    layout = KS2.contract.layouts[-1].id
    facts = dict.fromkeys(KS2.columns, ColumnFacts(22, 0, 0, 0, 22, 60.0, 60.0, 110.0))
    past = [
        Edition(2022 + at, layout, replace(profile(one), columns=facts, digest=at))
        for at, one in enumerate(PAST)
    ]
    new = Edition(2026, layout, replace(profile(swapped(drawn(9), 4, 17)), columns=facts, digest=9))
    words = CATALOGUE.limits["areas_exchanged"].words
    assert any(one.expected == words for one in surprises(KS2, CATALOGUE, past, new))
    assert not any(one.expected == words for one in surprises(excused, CATALOGUE, past, new))


def test_what_is_found_says_where_and_of_closed_datasets_nothing_but_area_codes() -> None:
    new = swapped(drawn(9), 4, 17)
    _, whole = new[15]
    new[15] = (whole, whole)
    assert not KS2.contract.shows_values
    words = {one.limit: one.found for one in said(new)}
    assert f"two areas ({CODES[4]} and {CODES[17]}) that" in words["areas_exchanged"]
    assert f"({CODES[15]}) that moved" in words["one_proportion"]
    assert "All pupils" not in " ".join(words.values())
    open_one = KS2.model_copy(update={"contract": KS2.contract.model_copy(update={"sensitivity": "public"})})
    words = {one.limit: one.found for one in remarks(open_one, [profile(one) for one in PAST], profile(new))}
    assert f"({CODES[15]}, All pupils, Revised) that moved" in words["one_proportion"]
