"""The ward method against hand calculations, and against the SQL models run on the same table."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from spi_orchestration.index import ward
from spi_orchestration.index.framework import Framework, FrameworkError
from tests.index.conftest import make_framework, make_values, small_rows


def test_hand_calculation(small):
    values = pd.DataFrame(
        {"i1": [5.0, 12.0], "i2": [10.0, np.nan], "i3": [0.25, 1.0], "i4": [7.0, 9.0], "i5": [1.0, 1.0]},
        index=["A", "B"],
    )
    result = ward.score(small, values)
    # A: i1 50, i2 80 with weights 1 and 2 -> 70; i3 25; d1 = (70 + 3 x 25) / 4; i4 25.
    assert result["c1"][0] == pytest.approx(70)
    assert result["d1"][0] == pytest.approx(36.25)
    assert result["spi"][0] == pytest.approx((36.25 + 25) / 2)
    # B: of c1 one third of the weight is observed, below 0.6; d1 rests on c2 with three quarters.
    assert np.isnan(result["c1"][1])
    assert result.observed[1, small.position["c1"]] == pytest.approx(1 / 3)
    assert result["d1"][1] == pytest.approx(100)
    assert result.raw[1, 0] == pytest.approx(120)
    assert result.clipped[1].tolist() == [True, False, False, True, False]
    assert result["c3"][1] == 0
    # Context is scored for show and counts nowhere.
    assert result["i5"][0] == pytest.approx(1)
    assert result.effective[0, small.position["i5"]] == 0


def test_effective_weights_add_up_where_values_are_missing(small):
    values = pd.DataFrame({"i1": [5.0, 1.0], "i2": [10.0, 2.0], "i3": [np.nan, 1.0], "i4": [7.0, 9.0]})
    result = ward.score(small.with_weights({"c1": 9.0}), values)
    position = small.position
    assert result.effective[0, position["c1"]] == 1
    assert result.effective[1, [position["c1"], position["c2"]]] == pytest.approx([0.75, 0.25])
    assert result.effective[0, [position["i1"], position["i2"]]] == pytest.approx([1 / 3, 2 / 3])


@pytest.mark.parametrize(("order", "expected"), [(1, 5.0), (0, 4.0), (-1, 3.2), (2, np.sqrt(34))])
def test_generalised_mean_of_two_and_eight(order, expected):
    assert ward.generalised_mean(np.array([2.0, 8.0]), np.ones(2), order) == pytest.approx(expected)


@pytest.mark.parametrize("order", [-2, -1, 0, 0.5, 1, 3])
def test_generalised_mean_skips_what_is_missing(order):
    with_gap = ward.generalised_mean(np.array([2.0, np.nan, 8.0]), np.array([1.0, 5.0, 1.0]), order)
    assert with_gap == pytest.approx(ward.generalised_mean(np.array([2.0, 8.0]), np.ones(2), order))
    assert np.isnan(ward.generalised_mean(np.array([np.nan]), np.ones(1), order))
    assert ward.generalised_mean(np.array([0.0, 0.0]), np.ones(2), order) == 0


@pytest.mark.parametrize("order", [-1, 0])
def test_one_zero_makes_a_geometric_or_harmonic_mean_zero(order):
    assert ward.generalised_mean(np.array([0.0, 9.0]), np.ones(2), order) == 0


def test_bad_values_are_refused(small):
    with pytest.raises(FrameworkError, match="unknown indicators: i9"):
        ward.score(small, pd.DataFrame({"i9": [1.0]}))
    with pytest.raises(FrameworkError, match="Areas stand more than once: A"):
        ward.score(small, pd.DataFrame({"i1": [1.0, 2.0]}, index=["A", "A"]))
    with pytest.raises(FrameworkError, match="infinite: i1"):
        ward.score(small, pd.DataFrame({"i1": [np.inf]}))
    rows = [
        {k: v for k, v in r.items() if k not in ("worst", "best")} if r["code"] == "i1" else r
        for r in small_rows()
    ]
    with pytest.raises(FrameworkError, match="No bounds for i1"):
        ward.score(Framework.from_rows(rows), pd.DataFrame({"i1": [1.0]}))


def test_long_table(small):
    rows = pd.DataFrame(
        [
            ("2025", "A", "i1", 5),
            ("2025", "A", "i2", 10),
            ("2025", "A", "i3", 0.25),
            ("2025", "A", "i4", 7),
            ("2026", "A", "i4", 4),
        ],
        columns=["period", "area", "indicator", "value"],
    )
    out = ward.score_long(small, rows).set_index(["period", "code"])
    assert out.loc[("2025", "spi"), "score"] == pytest.approx(30.625)
    assert np.isnan(out.loc[("2026", "spi"), "score"])
    assert out.loc[("2026", "c3"), "score"] == pytest.approx(100)
    with pytest.raises(FrameworkError, match="indicator i4 of area A"):
        ward.score_long(small, pd.concat([rows, rows.tail(1)]))
    with pytest.raises(FrameworkError, match="lack the columns value"):
        ward.score_long(small, rows.drop(columns="value"))
    with pytest.raises(FrameworkError, match="not numbers, first in data row 1"):
        ward.score_long(small, rows.assign(value="many"))


def test_two_csv_files(tmp_path):
    framework, values = tmp_path / "framework.csv", tmp_path / "values.csv"
    framework.write_text(
        "code,parent,direction,worst,best\na,t,higher,0,10\nb,t,lower,4,0\nt,,,,\n", encoding="utf-8"
    )
    values.write_text(
        "period,area,indicator,value\n2025,01,a,5\n2025,01,b,1\n2026,01,a,\n2026,01,b,0\n", encoding="utf-8"
    )
    out = ward.score_csv(framework, values, coverage=0.6).set_index(["period", "area", "code"])["score"]
    assert out["2025", "01", "t"] == pytest.approx(62.5)
    assert np.isnan(out["2026", "01", "t"])
    with pytest.raises(FrameworkError, match=r"no file other\.csv"):
        ward.score_csv(framework, tmp_path / "other.csv")
    values.write_bytes(b"area,indicator,value\n\xff\xfe,a,1\n")
    with pytest.raises(FrameworkError, match=r"values\.csv is not a UTF-8 CSV"):
        ward.score_csv(framework, values)


def test_component_without_enough_indicators_is_no_part_of_the_whole():
    framework = make_framework(indicators=13, components=12, minimum_children=2)
    result = ward.score(framework, make_values(framework))
    assert np.isnan(result["c01"]).all()
    assert result["d0"] == pytest.approx(result["c00"])
    # Two dimensions have no component that is scored: the index rests on a third of its weight.
    assert np.isnan(result.index).all()
    assert result.observed[:, -1] == pytest.approx(1 / 3)


def test_order_of_areas_and_unit_of_measure_change_nothing():
    framework = make_framework(orders=(1, 0.5, 0))
    values = make_values(framework, missing=0.1)
    scores = ward.score(framework, values).frame()
    shuffled = ward.score(framework, values.sample(frac=1, random_state=1)).frame().reindex(values.index)
    pd.testing.assert_frame_equal(scores, shuffled, rtol=1e-12, check_names=False)
    rows = [
        {"code": n.code, "parent": n.parent, "weight": n.weight, "level": n.level}
        | (
            {"direction": n.direction, "worst": n.worst * 1000 + 7, "best": n.best * 1000 + 7}
            if n.level == 1
            else {}
        )
        for n in framework.nodes
    ]
    thousand = Framework.from_rows(rows, orders=framework.orders)
    pd.testing.assert_frame_equal(
        scores, ward.score(thousand, values * 1000 + 7).frame(), rtol=1e-9, atol=1e-9
    )
