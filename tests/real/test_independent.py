"""The independent reading itself, against published figures and values worked out by hand.

Belongs here: expected values from outside both programs, and that the comparison finds a spoilt row.
Does not belong here: the pipeline.
"""

from __future__ import annotations

import json
import math
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from tests.real.comparison import (
    Independent,
    Release,
    compare,
    compare_scores,
    direction_faults,
    release_rows,
)
from tests.real.independent import (
    AIRY,
    DISTRICT,
    Geography,
    Shape,
    folded,
    helmert,
    national_grid,
    to_cartesian,
    transverse_mercator,
)
from tests.real.independent_scores import Bound, score

FAZELEY, MEASE_VALLEY, BOLEY_PARK, BOURNE_VALE = "E05010661", "E05010667", "E05010653", "E05010655"
HIGHFIELD, WHITTINGTON = "E05010663", "E05010672"
SIGNS = [{"indicator": "asb_per_1000", "better_when": "lower"}]
ONE_GROUP = "two wards"


def radians(degrees: int, minutes: int, seconds: float) -> float:
    return math.radians(degrees + minutes / 60 + seconds / 3600)


def test_transverse_mercator_gives_the_worked_example_of_the_ordnance_survey():
    # A guide to coordinate systems in Great Britain, annex C.1: Caister water tower.
    easting, northing = transverse_mercator(radians(52, 39, 27.2531), radians(1, 43, 4.5177))
    assert easting == pytest.approx(651409.903, abs=0.001)
    assert northing == pytest.approx(313177.270, abs=0.001)


def test_cartesian_gives_the_worked_example_of_the_ordnance_survey():
    # The same guide, annex B.1; the figures are printed to the millimetre.
    found = to_cartesian(radians(52, 39, 27.2531), radians(1, 43, 4.5177), 24.700, AIRY)
    assert found == pytest.approx((3874938.849, 116218.624, 5047168.208), abs=0.001)


def test_helmert_gives_the_worked_example_of_epsg_guidance():
    # EPSG guidance note 7-2, position vector transformation, WGS 72 to WGS 84.
    found = helmert((3657660.66, 255768.55, 5201382.11), (0, 0, 4.5), 0.219, (0, 0, 0.554))
    assert found == pytest.approx((3657660.78, 255778.43, 5201387.75), abs=0.01)


def test_the_whole_way_to_the_national_grid_gives_the_known_pair():
    # Caister water tower in WGS84 (given to 0.001 seconds, which is 3 cm) and on the grid.
    lat, lon = 52 + 39 / 60 + 28.723 / 3600, 1 + 42 / 60 + 57.787 / 3600
    assert national_grid(lon, lat) == pytest.approx((651409.903, 313177.270), abs=0.03)


@pytest.mark.real
def test_the_national_grid_agrees_with_the_publishers_own_pairs(real: Path):
    # The boundary file gives each ward's centre in both systems, by the survey's finer model: the
    # seven parameters are good to about 5 m (guide, section 6.6), 2 to 3 m here.
    file = real / "geography" / "boundaries" / f"drkane_ward_{DISTRICT}.geojson"
    centres = [item["properties"] for item in json.loads(file.read_text(encoding="utf-8"))["features"]]
    assert len(centres) == 22
    for centre in centres:
        easting, northing = national_grid(centre["LONG"], centre["LAT"])
        assert math.hypot(easting - centre["BNG_E"], northing - centre["BNG_N"]) < 3


def test_a_shape_holds_what_is_inside_and_not_what_is_in_its_hole():
    outer = [(0.0, 0.0), (9.0, 0.0), (9.0, 9.0), (0.0, 9.0), (0.0, 0.0)]
    hole = [(3.0, 3.0), (6.0, 3.0), (6.0, 6.0), (3.0, 6.0), (3.0, 3.0)]
    shape = Shape((outer, hole))
    assert shape.holds(1, 4) and shape.holds(8, 4)
    assert not shape.holds(4, 4) and not shape.holds(10, 4) and not shape.holds(4, -1)
    assert shape.holds(*shape.inner_point())


def test_names_are_compared_folded():
    assert folded("Saint John`s") == folded("St. John's") == "st johns"
    assert folded("Alrewas & Fradley") == folded("Alrewas  and-Fradley") == "alrewas and fradley"


#: Mease Valley is one whole LSOA (E01029516, the same in 2011 and 2021), so that its values can be
#: worked out on paper from single cells of the publishers' files.
MEASE_VALLEY_BY_HAND = {
    "bad_health_pct": 100 * (63 + 17) / 2018,
    "overcrowded_hh_pct": 100 * (10 + 1) / 831,
    "older_people_poverty_pct": 100 * 55 / (181 + 133 + 150 + 120 + 54 + 56),
    "fuel_poverty_pct": 100 * 94 / 804,
    "burglary_per_1000_hh": 1000 * 5 * 365 / 212 / 831,
    "asb_per_1000": 1000 * 3 * 365 / 212 / 1887,
    "violence_per_1000": 1000 * 11 * 365 / 212 / 1887,
    "electoral_registration_pct": 100 * 1572 / 1550,
    "local_turnout_pct": 36,
    "child_poverty_pct": 18.6,
    # St Andrew's and Mary Howard.
    "ks2_reading_progress": (4.8 + 3.9) / 2,
    "ks2_maths_progress": (4.9 + 1.9) / 2,
    "employment_deprived_pct": 8.6,
    "not_entering_he_pct": 89.8,
    "not_staying_on_pct": 14.3,
    "gp_distance_km": 6.802,
    "connectivity_score": 18.867,
}


@pytest.mark.real
@pytest.mark.parametrize("indicator", MEASE_VALLEY_BY_HAND)
def test_values_worked_out_by_hand(indicator: str, independent: Independent):
    found = independent.reading.value(indicator, [MEASE_VALLEY])
    assert found == pytest.approx(MEASE_VALLEY_BY_HAND[indicator], rel=1e-12)


@pytest.mark.real
def test_a_value_apportioned_between_wards_worked_out_by_hand(geography: Geography):
    # 13 postcodes of E01029501 lie in each of two wards.
    assert geography.shares["E01029501"] == {"E05010656": 0.5, "E05010660": 0.5}
    # E01029497 was split into E01034103 (1,272 residents, all in Chasetown) and E01034104 (1,844, of
    # whose postcodes five in six lie in Chasetown and one in six in Hammerwich with Wall).
    assert geography.shares_2011("E01029497") == pytest.approx(
        {"E05010658": (1272 + 1844 * 5 / 6) / 3116, "E05010662": 1844 / 6 / 3116}, rel=1e-12
    )


@pytest.mark.real
def test_sums_over_the_district_are_the_publishers_own_totals(independent: Independent):
    # Table 2 of the fuel poverty workbook gives 5,665 of 44,529 households for the district.
    fuel = independent.reading.over("fuel_poverty_pct", independent.reading.wards)
    assert fuel is not None
    assert (fuel.top, fuel.bottom) == pytest.approx((5665, 44529), rel=1e-12)
    # The population file is known to give 105,637 persons.
    asb = independent.reading.over("asb_per_1000", independent.reading.wards)
    assert asb is not None and asb.bottom == 105637


@pytest.mark.real
def test_what_has_no_value_is_known(independent: Independent):
    missing = {
        (name, area)
        for (name, area), found in independent.scores.indicators.items()
        if independent.reading.value(name, independent.reading.areas[area]) is None and found is None
    }
    assert missing == {
        ("local_turnout_pct", BOURNE_VALE),
        ("electoral_registration_pct", BOURNE_VALE),
        *(
            (f"ks2_{what}_progress", ward)
            for what in ("reading", "maths")
            for ward in (BOLEY_PARK, "E05010662")
        ),
    }


@pytest.mark.real
def test_a_group_is_formed_from_summed_counts(independent: Independent):
    reading = independent.reading
    # Not the mean of two percentages: 3,330 + 3,411 electors of 3,567 + 3,780 adults.
    found = reading.value("electoral_registration_pct", [BOLEY_PARK, FAZELEY])
    assert found == pytest.approx(100 * (3330 + 3411) / (3567 + 3780))
    # A ward without a count lends no adults either.
    assert reading.value("electoral_registration_pct", [BOLEY_PARK, BOURNE_VALE]) == pytest.approx(
        100 * 3330 / 3567
    )


@pytest.mark.real
def test_a_withheld_count_stands_at_the_middle_of_its_class(independent: Independent):
    # Four LSOAs: 50 of 583, 20 of 641, withheld (0 to 9) of 90, 35 of 377.
    value = independent.reading.value
    assert value("older_people_poverty_pct", [WHITTINGTON]) == pytest.approx(
        100 * (50 + 20 + 4.5 + 35) / (583 + 641 + 90 + 377)
    )


@pytest.mark.real
def test_a_named_group_is_an_area_like_any_other(independent: Independent):
    reading = replace(independent.reading, groups={ONE_GROUP: [FAZELEY, BOLEY_PARK]})
    assert reading.areas[ONE_GROUP] == [BOLEY_PARK, FAZELEY]
    assert len(reading.areas) == 22 + 1 + 1


@pytest.mark.real
def test_shares_of_each_lsoa_add_up_to_one(geography: Geography):
    for shares in geography.shares.values():
        assert math.fsum(shares.values()) == pytest.approx(1, abs=1e-12)
    for lsoa in geography.parts:
        assert math.fsum(geography.shares_2011(lsoa).values()) == pytest.approx(1, abs=1e-12)


@pytest.mark.parametrize(
    ("value", "expected"), [(40.0, 0.0), (50.0, 0.0), (0.0, 100.0), (-3.0, 100.0), (30.0, 25.0), (None, None)]
)
def test_score_runs_from_worst_to_best_and_no_further(value: float | None, expected: float | None):
    assert score(value, Bound(worst=40, best=0)) == expected


def _drop(rows: list[dict[str, object]]) -> None:
    rows[:] = [row for row in rows if (row["indicator"], row["area_code"]) != ("asb_per_1000", FAZELEY)]


def _double(rows: list[dict[str, object]]) -> None:
    rows.append(rows[0])


def _invent(rows: list[dict[str, object]]) -> None:
    rows.append({**rows[0], "indicator": "happiness"})


def _fill(rows: list[dict[str, object]]) -> None:
    row = next(r for r in rows if (r["indicator"], r["area_code"]) == ("local_turnout_pct", BOURNE_VALE))
    row["value"] = 0


def _blank(rows: list[dict[str, object]]) -> None:
    rows[0]["value"] = ""


def _nudge(rows: list[dict[str, object]]) -> None:
    rows[0]["value"] = float(str(rows[0]["value"])) * (1 + 1e-8)


@pytest.mark.real
@pytest.mark.parametrize("spoil", [_drop, _double, _invent, _fill, _blank, _nudge])
def test_compare_finds_one_spoilt_row(
    spoil: Callable[[list[dict[str, object]]], None], independent: Independent
):
    rows = release_rows(independent.reading, independent.scores)
    assert compare(rows, independent) == []
    spoil(rows)
    assert len({(item.item, item.area) for item in compare(rows, independent)}) == 1


@pytest.mark.real
def test_compare_reads_the_text_of_a_csv_file_and_passes_other_editions_and_areas_over(
    independent: Independent,
):
    rows = [
        {column: "" if cell is None else str(cell) for column, cell in row.items()}
        for row in release_rows(independent.reading, independent.scores)
    ]
    rows += [{**rows[0], "edition": "2024", "value": "0"}, {**rows[0], "area_code": "E12000005"}]
    assert compare(rows, independent) == []


@pytest.mark.real
def test_compare_scores_finds_a_wrong_a_missing_and_an_unasked_score(independent: Independent):
    expected = independent.scores.components
    rows = [
        {"edition": 2025, "area_code": area, "component": name, "score": found}
        for (name, area), found in expected.items()
    ]
    assert compare_scores(rows, "component", expected) == []
    assert len(compare_scores(rows[1:], "component", expected)) == 1
    assert len(compare_scores([{**rows[0], "score": 1.0}, *rows[1:]], "component", expected)) == 1
    unasked = {**rows[0], "component": "water_sanitation"}
    assert len(compare_scores([*rows, unasked], "component", expected)) == 1
    assert compare_scores([*rows, {**unasked, "score": ""}], "component", expected) == []


def test_direction_faults_finds_a_score_that_runs_the_wrong_way_and_one_that_does_not_run():
    rows = [
        {"edition": 2025, "area_code": area, "indicator": "asb_per_1000", "value": value, "score": found}
        for area, value, found in [("A", 1, 90), ("B", 2, 80), ("C", 3, 70)]
    ]
    assert direction_faults(rows, SIGNS) == []
    assert direction_faults([{**row, "score": -row["score"]} for row in rows], SIGNS)
    assert direction_faults([{**row, "score": 50} for row in rows], SIGNS)


def test_a_table_is_taken_from_the_release_before_the_draft(tmp_path: Path):
    for stage, cell in (("drafts", "1"), ("releases", "2")):
        folder = tmp_path / stage / "open-2025" / "csv"
        folder.mkdir(parents=True)
        (folder / "fct_index_score.csv").write_text(f"score\n{cell}\n", encoding="utf-8", newline="\n")
    assert Release(tmp_path).table("fct_index_score") == [{"score": "2"}]
    with pytest.raises(AssertionError, match=r"wrote no fct_component_score\.csv"):
        Release(tmp_path).table("fct_component_score")
