"""What must hold of every explanation, whatever the framework: hypothesis looks for the exception."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from spi_orchestration.index import explain, ward
from spi_orchestration.index.framework import Framework
from tests.index.conftest import make_framework, make_values

ORDERS = st.tuples(*[st.sampled_from([1.0, 1.0, 0.5, 0.0, -1.0, 2.0])] * 3)
SEEDS = st.integers(0, 10_000)
MANY = settings(max_examples=40, deadline=None)


def case(orders, seed, missing=0.15, areas=6):
    framework = make_framework(seed, indicators=20, components=7, orders=orders, coverage=0.4)
    return framework, make_values(framework, areas, seed + 1, missing)


@MANY
@given(ORDERS, SEEDS)
def test_contributions_add_up_at_every_level_to_every_node(orders, seed):
    framework, values = case(orders, seed)
    scores = ward.score(framework, values)
    for target in [n for n in framework.nodes if n.level > 1]:
        table = explain.contributions(scores, target.code)
        for level in range(1, target.level):
            positions = [framework.position[n.code] for n in framework.level(level)]
            total = table[:, positions].sum(axis=1)
            assert np.array_equal(np.isnan(total), np.isnan(scores[target.code]))
            assert np.nanmax(np.abs(total - scores[target.code]), initial=0) < 1e-9


def test_contribution_by_hand():
    rows = [
        {"code": c, "parent": "t", "direction": 1, "worst": 0, "best": 100, "weight": w}
        for c, w in (("a", 1), ("b", 3))
    ]
    values = pd.DataFrame({"a": [16.0], "b": [81.0]})
    arithmetic, geometric, half = (
        explain.contributions(ward.score(Framework.from_rows([*rows, {"code": "t"}], orders=(p,)), values))[0]
        for p in (1, 0, 0.5)
    )
    assert arithmetic[:2].tolist() == pytest.approx([4, 60.75])
    # 16^(1/4) 81^(3/4) = 2 x 27 = 54, shared 1 to 3.
    assert geometric[:3].tolist() == pytest.approx([13.5, 40.5, 54])
    # ((4 + 3 x 9) / 4)^2 = 60.0625; 1/4 x 4 x 7.75 and 3/4 x 9 x 7.75.
    assert half[:3].tolist() == pytest.approx([7.75, 52.3125, 60.0625])


@MANY
@given(ORDERS, SEEDS, st.integers(0, 5), st.integers(0, 19), st.floats(0.1, 60))
def test_worsening_one_wards_indicator_never_helps_it_and_leaves_others_alone(
    orders, seed, area, column, amount
):
    framework, values = case(orders, seed)
    before = ward.score(framework, values).array
    worse = values.copy()
    worse.iloc[area, column] -= amount * framework.indicators[column].direction
    after = ward.score(framework, worse).array
    others = np.arange(len(values)) != area
    assert np.array_equal(before[others], after[others], equal_nan=True)
    assert not (after[area] > before[area] + 1e-9).any()


@MANY
@given(ORDERS, SEEDS)
def test_best_everywhere_is_100_and_worst_everywhere_is_0(orders, seed):
    framework, _ = case(orders, seed)
    values = pd.DataFrame([framework.best, framework.worst], columns=[n.code for n in framework.indicators])
    array = ward.score(framework, values).array
    assert array[0] == pytest.approx(100)
    assert array[1] == pytest.approx(0, abs=1e-9)


@MANY
@given(ORDERS, SEEDS)
def test_points_per_unit_is_the_derivative(orders, seed):
    framework, values = case(orders, seed)
    values = values.clip(5, 95)
    scores = ward.score(framework, values)
    points, words = explain.points_per_unit(scores)
    step = 1e-4
    for column in range(0, 20, 4):
        up, down = values.copy(), values.copy()
        up.iloc[:, column] += step
        down.iloc[:, column] -= step
        slope = (ward.score(framework, up).index - ward.score(framework, down).index) / (2 * step)
        given_ = words[:, column] == ""
        assert points[given_, column] == pytest.approx(slope[given_], rel=1e-4, abs=1e-7)
        assert np.isnan(points[words[:, column] == "missing", column]).all()


def test_points_per_unit_beyond_a_bound_and_at_zero(small):
    values = pd.DataFrame({"i1": [12.0], "i2": [10.0], "i3": [0.5], "i4": [7.0]})
    points, words = explain.points_per_unit(ward.score(small, values))
    assert points[0, 0] == 0
    assert words[0].tolist() == ["beyond a bound", "", "", "", "missing"]
    # i4: half of the index, alone in its component, 100 points over 4 units, lower is better.
    assert points[0, 3] == pytest.approx(-12.5)
    flat = ward.score(small.with_orders([0, 0, 0]), values.assign(i3=0.0))
    assert explain.points_per_unit(flat)[1][0, 2] == "not defined"


@MANY
@given(SEEDS)
def test_points_lost_add_up_to_what_is_missing_to_100(seed):
    framework, values = case((1, 1, 1), seed, missing=0.0)
    scores = ward.score(framework, values)
    assert explain.points_lost(scores).sum(axis=1) == pytest.approx(100 - scores.index)


@MANY
@given(ORDERS, ORDERS, SEEDS, st.booleans())
def test_bridge_is_exact_at_every_level(orders, new_orders, seed, public):
    framework, values = case(orders, seed, missing=0.1)
    random = np.random.default_rng(seed)
    restated = values + random.normal(0, 3, values.shape)
    restated = restated.mask(random.uniform(size=values.shape) < 0.05)
    # The new method drops one indicator, takes in another, and weighs otherwise.
    rows = [
        {"code": n.code, "level": n.level, "weight": float(random.uniform(0.5, 2))}
        | ({"parent": n.parent} if n.parent else {})
        | ({"direction": n.direction, "worst": n.worst, "best": n.best} if n.level == 1 else {})
        for n in framework.nodes
        if n.code != "i03"
    ]
    rows.append({"code": "new", "level": 1, "parent": "c01", "direction": 1, "worst": 0, "best": 100})
    changed = Framework.from_rows(rows, orders=new_orders, coverage=0.4)
    under_new = restated.drop(columns="i03").assign(new=random.uniform(0, 100, len(values)))
    now = under_new + random.normal(0, 5, under_new.shape)
    steps = (
        ward.score(framework, values),
        ward.score(framework, restated),
        ward.score(changed, under_new),
        ward.score(changed, now),
    )
    shown = None
    if public:
        shown = tuple(
            {a: round(float(s)) for a, s in zip(x.areas, x.index, strict=True) if not np.isnan(s)}
            for x in (steps[0], steps[-1])
        )
    for target in ("spi", "d1") + (() if public else ("c01", "c04")):
        made = explain.bridge(*steps, target=target, public=shown if target == "spi" else None)
        given_ = ~np.isnan(made.end - made.start)
        if given_.any() and not np.isnan([leg.total[given_] for leg in made.legs]).any():
            assert made.error < 1e-9
        assert len(made.legs) == (4 if public and target == "spi" else 3)


def test_bridge_says_what_entered_and_what_only_changed():
    framework = make_framework(indicators=24, coverage=0.3)
    values = make_values(framework, 3).clip(10, 90)
    holes = values.copy()
    holes.loc["W00", "i00"] = np.nan
    same = ward.score(framework, values)
    made = explain.bridge(ward.score(framework, holes), same, same, same)
    revision = made.legs[0]
    assert np.abs(revision.by_indicator.to_numpy()).max() < 1e-12
    assert revision.coverage[0] == pytest.approx(made.end[0] - made.start[0])
    assert revision.coverage[1:] == pytest.approx([0, 0])
    later = values.copy()
    later.loc["W01", "i05"] += 5 * framework.node("i05").direction
    made = explain.bridge(same, same, same, ward.score(framework, later))
    data = made.legs[2].by_indicator
    assert data.loc["W01", "i05"] == pytest.approx(made.end[1] - made.start[1])
    assert np.abs(data.drop(columns="i05").to_numpy()).max() < 1e-12
    table = made.frame()
    assert table[table["part"] == "i05"]["points"].tolist() == [pytest.approx(data.loc["W01", "i05"])]
    with pytest.raises(ValueError, match="not in every framework"):
        explain.bridge(same, same, same, same, target="nowhere")
    with pytest.raises(ValueError, match="share no area"):
        explain.bridge(same, same, same, ward.score(framework, values.set_axis(["x", "y", "z"])))
