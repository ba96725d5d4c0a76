"""Each tool of the engine against a hand calculation or a property that must hold."""

from __future__ import annotations

import importlib
import re
from datetime import date

import numpy as np
import pandas as pd
import pytest

from spi_orchestration.index import (
    analysis,
    classic,
    compare,
    denominate,
    diagnostics,
    health_index,
    impute,
    iod,
    normalise,
    screen,
    trends,
    ward,
    weights,
)
from spi_orchestration.index.framework import Framework, FrameworkError
from tests.index.conftest import REPO, make_framework, make_values

VALUES = pd.DataFrame({"x": [1.0, 2, 3, 5], "y": [0.0, 0, np.nan, 4]}, index=list("ABCD"))


def test_screen_by_zeros_and_by_force():
    table = screen.screen(VALUES, "zeros", nonzero_threshold=0.6, force={"A": True, "D": False})
    assert table["included"].tolist() == [True, False, True, False]
    assert table["forced"].tolist() == [True, False, False, True]
    assert not screen.screen(VALUES, "both", 0.66, 0.6)["included"][["B", "C"]].any()
    with pytest.raises(KeyError, match="Z"):
        screen.screen(VALUES, force={"Z": True})


def test_availability_below_each_node(small):
    values = pd.DataFrame({"i1": [1.0], "i2": [np.nan], "i3": [1.0], "i4": [np.nan], "i5": [1.0]})
    table = screen.availability(small, values)
    assert table.loc[0].to_dict() == {
        "c1": 0.5,
        "c2": 1.0,
        "c3": 0.0,
        "d1": pytest.approx(2 / 3),
        "d2": 0.0,
        "spi": 0.5,
    }


def test_denominators():
    base = pd.DataFrame({"pop": [10.0, 0, 10, 10]}, index=list("ABCD"))
    out = denominate.denominate(VALUES, base, {"x": ("pop", 100.0)})
    assert out["x"].tolist()[0] == 10
    assert np.isnan(out["x"]["B"])
    with pytest.raises(KeyError, match="area"):
        denominate.denominate(VALUES, base, {"x": ("area", 1.0)})
    follows = denominate.denominator_correlations(
        VALUES, pd.DataFrame({"size": [2.0, 4, 6, 10]}, index=list("ABCD"))
    )
    assert follows.iloc[0].tolist() == ["x", "size", pytest.approx(1.0)]


def test_imputation_says_where_values_come_from():
    done = impute.impute(VALUES, "median")
    assert done.values.loc["C", "y"] == 0
    assert done.provenance["y"].tolist() == ["observed", "observed", "median", "observed"]
    assert done.filled == 1
    group = impute.impute(VALUES, "mean", pd.Series(["r", "r", "s", "s"], index=list("ABCD")))
    assert group.values.loc["C", "y"] == 4
    rows = pd.DataFrame({"area": ["A"] * 5, "time": [1, 2, 3, 4, 9], "v": [np.nan, 1.0, np.nan, 3.0, np.nan]})
    filled = impute.impute_panel(rows, "v", "constant", max_gap=2)
    assert filled["v"].tolist()[:4] == [1, 1, 1, 3]
    assert np.isnan(filled["v"][4])
    assert filled["v_from"].tolist()[:4] == [2, 2, 2, 4]
    assert filled["v_provenance"].tolist() == ["constant", "observed", "constant", "observed", "missing"]
    assert np.isnan(impute.impute_panel(rows, "v", "linear")["v"][0])
    with pytest.raises(ValueError, match="twice"):
        impute.impute_panel(pd.concat([rows, rows]), "v")


def test_normalisations_not_in_the_golden_files():
    x = VALUES["x"].to_numpy()
    assert normalise.borda(x).tolist() == [0, 1, 2, 3]
    assert normalise.fraction_of_maximum(x).tolist() == [0.2, 0.4, 0.6, 1.0]
    assert normalise.scaled(x, 1, 2).tolist() == [0, 0.5, 1, 2]
    assert normalise.distance_to_reference(x, 2).tolist() == [0, 0.5, 1, 2]
    assert normalise.distance_to_reference(x, 2, cap=True)[3] == 1
    assert normalise.goalposts(x, 2, 4, 100).tolist() == [0, 0, 50, 100]
    assert normalise.goalposts(x, 2, 4, 100, truncate=False).tolist() == [-50, 0, 50, 150]
    with pytest.raises(ValueError, match="posts"):
        normalise.goalposts(x, 2, 2)


def test_direction_turns_posts_and_the_panel_gives_the_range():
    out = normalise.normalise(VALUES[["x"]], {"x": -1}, "goalposts", lower=1.0, upper=5.0, scale=100.0)
    assert out["x"].tolist() == [100, 75, 50, 0]
    panel = pd.DataFrame({"x": [1.0, 9.0]})
    assert normalise.normalise(VALUES[["x"]], {"x": 1}, "minmax", reference=panel)["x"].tolist() == [
        0,
        12.5,
        25,
        50,
    ]


def test_weights_given_by_their_owner():
    framework = make_framework()
    row = {
        "code": "c01",
        "weight": "2",
        "role": "SPI board",
        "date": "2026-03-02",
        "reason": "Priority of the plan",
    }
    changed, decisions = weights.read_overrides(framework, [row])
    assert changed.node("c01").weight == 2
    assert decisions[0].decided_on == date(2026, 3, 2)
    with pytest.raises(FrameworkError, match="decision 1 lacks role, reason"):
        weights.read_overrides(framework, [row | {"role": "", "reason": " "}])
    with pytest.raises(FrameworkError, match="no readable weight"):
        weights.read_overrides(framework, [row | {"date": "March"}])
    with pytest.raises(FrameworkError, match="weight is -2"):
        weights.read_overrides(framework, [row | {"weight": "-2"}])
    with pytest.raises(FrameworkError, match="c99"):
        weights.read_overrides(framework, [row | {"code": "c99"}])


def test_effective_weights_of_each_level_add_up_to_one():
    framework = make_framework()
    effective = weights.effective_weights(framework)
    for level in range(1, 5):
        assert sum(effective[n.code] for n in framework.level(level)) == pytest.approx(1)


def test_noisy_weights_are_seeded_and_within_their_noise():
    framework = make_framework()
    first = weights.noisy_weights(framework, {1: 0.25, 2: 0.5}, 50, seed=4)
    assert first == weights.noisy_weights(framework, {1: 0.25, 2: 0.5}, 50, seed=4)
    ratios = np.array([[w[n.code] / n.weight for n in framework.level(1)] for w in first])
    assert 0.75 <= ratios.min() < 0.8
    assert 1.2 < ratios.max() <= 1.25
    assert "d0" not in first[0]


def test_balanced_weights_even_out_influence():
    framework = make_framework(seed=3)
    scores = pd.DataFrame(
        np.random.default_rng(1).uniform(0, 100, (60, 24)), columns=[n.code for n in framework.indicators]
    )
    scores[["i00", "i03", "i06", "i09"]] /= 5

    def influence(found):
        result = ward.aggregate(framework.with_weights(found), scores.to_numpy())[0]
        return [
            np.corrcoef(result[:, framework.position[d]], result[:, -1])[0, 1] for d in ("d0", "d1", "d2")
        ]

    balanced = weights.optimised_weights(framework, scores)
    assert np.ptp(influence(balanced)) < 0.01 < np.ptp(influence({}))
    most = weights.optimised_weights(framework, scores, "infomax")
    assert np.square(influence(most)).sum() >= np.square(influence({})).sum()


def test_principal_component_weights_of_identical_indicators_are_equal():
    framework = make_framework(indicators=12, components=4)
    base = np.random.default_rng(0).normal(size=(30, 1))
    scores = pd.DataFrame(np.repeat(base, 12, axis=1), columns=[n.code for n in framework.indicators])
    assert all(w == pytest.approx(1 / 3) for w in weights.pca_weights(framework, scores).values())


def test_correlation_flags_and_p_values():
    framework = Framework.from_rows(
        [{"code": c, "parent": "t", "direction": 1} for c in "abc"] + [{"code": "t"}]
    )
    a = np.arange(10.0)
    table = pd.DataFrame({"a": a, "b": a + [0, 0.1] * 5, "c": -a + [0, 3] * 5})
    flags = analysis.correlation_flags(framework, table)
    assert flags["flag"].tolist() == ["same", "opposed", "opposed"]
    assert analysis.p_values(table.assign(d=1.0)).loc["a", "d"] != analysis.p_values(table).loc["a", "b"]
    assert (
        analysis.correlations(table.assign(d=[3, 1, 2, 5, 4, 4, 5, 2, 1, 3]), largest_p=0.05)
        .isna()
        .loc["a", "d"]
    )


def test_leaving_out_what_carries_all_the_variance():
    framework = make_framework(indicators=12)
    values = make_values(framework)
    values.loc[:, [c for c in values.columns if c != "i00"]] = 50.0
    table = analysis.leave_one_out(framework, values)
    assert table["largest_score_change"].drop("i00").max() < table.loc["i00", "largest_score_change"]
    assert table.loc["i00", "mean_rank_shift"] > 4


def test_variance_shares_show_a_hidden_weight():
    random = np.random.default_rng(6)
    contributions = np.column_stack([random.normal(0, 10, 500), *random.normal(0, 1, (9, 500))])
    shares, over = analysis.variance_shares(contributions, np.full(10, 0.1))
    assert shares.sum() == pytest.approx(1)
    # 100 of 109 parts of the variance.
    assert shares[0] == pytest.approx(100 / 109, abs=0.03)
    assert over.tolist() == [True] + [False] * 9
    assert not analysis.variance_shares(np.ones((5, 2)), np.full(2, 0.5))[1].any()


def test_trends():
    years = np.array([2021.0, 2023, 2022])
    assert trends.cagr(np.array([100.0, 121, np.nan]), years) == pytest.approx(0.1)
    assert trends.percentage_change(np.array([50.0, 60, np.nan]), years) == pytest.approx(10)
    assert np.isnan(trends.cagr(np.array([0.0, 1, 2]), years))
    assert trends.interpolate(np.array([1.0, 3, np.nan]), years, np.array([2022, 2024]))[0] == 2
    assert np.isnan(trends.interpolate(np.array([1.0, 3, np.nan]), years, np.array([2024]))[0])
    rows = pd.DataFrame({"area": ["A"] * 3 + ["B"], "time": [1, 2, 3, 1], "v": [4.0, 1, 2, 7]})
    table = trends.trend(rows, "v", "percentage_change", latest=2, direction=-1)
    assert table.loc["A"].tolist() == [2, 3, 2, pytest.approx(-100)]
    assert np.isnan(table.loc["B", "trend"])
    assert trends.trend(rows, "v", interpolate_at=[1, 1.5]).loc["A", "last_time"] == 1.5


def test_policy_events_mark_wards_and_indicators():
    events = trends.read_events(
        [
            {
                "date": "2025-04-01",
                "wards": "E1 E2",
                "indicators": "i1",
                "event": "Hub opens",
                "source": "minutes 12",
            },
            {"date": "2024-04-01", "event": "New waste contract", "source": "minutes 3"},
        ]
    )
    assert [e.words for e in trends.events_of(events, "E1", "i1")] == ["New waste contract", "Hub opens"]
    assert [e.words for e in trends.events_of(events, "E3", "i1")] == ["New waste contract"]
    with pytest.raises(ValueError, match=r"Row 1 .* ISO date"):
        trends.read_events([{"date": "soon", "event": "x", "source": "y"}])
    with pytest.raises(ValueError, match="source"):
        trends.read_events([{"date": "2024-04-01", "event": "x"}])


def test_exponential_ends_and_extent():
    assert iod.exponential(np.array([1.0]))[0] == pytest.approx(100)
    # Halfway down the ranks scores about 15: -23 ln(1 - 0.5 x 0.98707).
    assert iod.exponential(np.array([0.5]))[0] == pytest.approx(15.648, abs=5e-3)
    # One area in the most deprived tenth, one at a fifth (halfway down the slide), one outside; equal people.
    assert iod.extent(np.array([5, 20, 50]), np.array([10, 10, 10]), 100) == pytest.approx((1 + 0.5 + 0) / 3)
    assert iod.average_score(np.array([10.0, 40]), np.array([3, 1])) == 17.5


def test_base_year_is_100_and_one_sd_is_ten_points():
    base, people = np.array([[10.0, 3], [20, 5]]), np.array([3.0, 1])
    fixed = health_index.anchor(base, people)
    assert fixed.mean[0] == 12.5
    assert fixed.sd[0] == pytest.approx(np.sqrt((3 * 2.5**2 + 7.5**2) / 4))
    scores = fixed.score(base, np.array([1, -1]))
    assert np.average(scores, axis=0, weights=people) == pytest.approx([100, 100])
    assert fixed.score(np.array([[12.5 + fixed.sd[0], 3.5]]), np.array([1, -1]))[0].tolist() == pytest.approx(
        [110, 100]
    )
    rolled = health_index.roll_up(scores, people, np.array(["r", "r"]))["r"]
    assert rolled == pytest.approx([100, 100])
    with pytest.raises(ValueError, match="do not vary"):
        health_index.anchor(np.ones((3, 1)), np.ones(3))


def test_factor_weights_recover_loadings():
    random = np.random.default_rng(8)
    loadings = np.array([0.9, 0.7, 0.5, -0.6])
    factor = random.normal(size=(20000, 1))
    table = factor * loadings + random.normal(size=(20000, 4)) * np.sqrt(1 - loadings**2)
    found, signed = health_index.factor_weights(table)
    assert signed == pytest.approx(loadings, abs=0.02)
    assert found == pytest.approx(np.abs(loadings) / np.abs(loadings).sum(), abs=0.01)


def together(framework, areas):
    """Values that go together: wards good at one thing are good at all."""
    noise = make_values(framework, areas).clip(1, 99) / 2
    good = np.linspace(0, 45, areas)[:, None]
    return noise + np.where([n.direction == 1 for n in framework.indicators], good, 45 - good)


def test_classic_ends_affine_and_points_per_unit():
    framework = make_framework(indicators=36)
    values = together(framework, 60)
    result = classic.score(framework, values)
    fit = result.components["c00"]
    assert fit.scores[-2:].tolist() == pytest.approx([100, 0])
    codes = [n.code for n in framework.children("c00")]
    better = values.copy()
    sign = framework.node(codes[0]).direction
    better[codes[0]] += sign
    # The scored rows move by the slope while the fit is held.
    moved = fit.score(np.column_stack([framework.node(c).direction * better[c] for c in codes]))
    assert moved - fit.scores[:-2] == pytest.approx(np.full(60, fit.slopes[0]))
    assert not result.clipped.any().any()
    assert result.scores["spi"].to_numpy() == pytest.approx(
        result.scores[["d0", "d1", "d2"]].mean(axis=1).to_numpy()
    )


def test_classic_transforms_and_rows_outside_the_fit():
    transform = classic.Transform(cap=9, root=True)
    assert transform.apply(np.array([4.0, 16])).tolist() == [2, 3]
    assert classic.Transform(parity=True, floor=0.03).apply(np.array([1.01, 0.8])).tolist() == pytest.approx(
        [0.03, 0.2]
    )
    assert classic.Transform(cap_percentile=50).apply(np.array([1.0, 2, 3])).tolist() == [1, 2, 2]
    framework = make_framework(indicators=24)
    values = together(framework, 40)
    whole = pd.concat([values, values.mean().to_frame("all").T])
    used = np.array([True] * 40 + [False])
    outside = classic.score(framework, whole, fit_rows=used)
    pd.testing.assert_frame_equal(outside.scores.iloc[:40], classic.score(framework, values).scores)
    with pytest.raises(FrameworkError, match="No values for i00"):
        classic.score(framework, values.drop(columns="i00"))
    opposed = np.column_stack([np.arange(9.0), -np.arange(9.0)])
    with pytest.raises(ValueError, match="cancel each other"):
        classic.fit_component(opposed, np.array([9.0, 1]), np.array([9.0, 1]))
    with pytest.raises(ValueError, match="missing values"):
        classic.score(framework, values.mask(values > 90))


def test_synthetic_rows_alone_make_alpha_high():
    """Independent noise on 22 areas: reliable with the two rows, not without; the method page says so."""
    random = np.random.default_rng(9)
    with_rows, without = [], []
    for _ in range(50):
        panel = random.normal(size=(22, 5))
        best, worst = classic.synthetic_bounds(panel)
        with_rows.append(classic.fit_component(panel, best, worst).alpha)
        without.append(diagnostics.diagnose(panel).alpha)
    assert np.mean(np.array(with_rows) > 0.6) > 0.9
    assert np.mean(np.array(without) > 0.6) < 0.05


def test_diagnostics_refuse_what_cannot_be_described():
    with pytest.raises(ValueError, match=r"Columns \[1\] do not vary"):
        diagnostics.diagnose(np.column_stack([np.arange(5.0), np.ones(5)]))
    with pytest.raises(ValueError, match="Only 2 areas"):
        diagnostics.diagnose(np.array([[1.0, 2], [2, 1], [np.nan, 3]]))
    x = np.arange(6.0)
    assert np.isnan(diagnostics.diagnose(np.column_stack([x, x, x])).kmo)
    assert diagnostics.diagnose(np.column_stack([x, x, x])).alpha == pytest.approx(1)


def test_regenerate_and_compare_two_versions():
    framework = make_framework(indicators=24)
    values = make_values(framework, missing=0.05)
    first = compare.Methodology("a", impute={"statistic": "mean"}, treat={})
    second = first.changed("b", aggregate={"methods": "geometric"}, normalise={"lower": 1.0})
    one, two = (compare.regenerate(framework, values, m) for m in (first, second))
    assert list(one) == ["impute", "treat", "normalise", "aggregate"]
    pd.testing.assert_frame_equal(one["aggregate"], compare.regenerate(framework, values, first)["aggregate"])
    found = compare.compare(one["aggregate"], two["aggregate"], ["spi"])
    assert 0.5 < found.summary.loc["spi", "spearman"] < 1
    same = compare.compare(one["aggregate"], one["aggregate"])
    assert same.summary["largest_change"].max() == 0
    assert same.summary["spearman"].min() == pytest.approx(1)
    less = compare.compare(one["aggregate"], two["aggregate"].drop(index="W00").drop(columns="d0"))
    assert less.only_first == ("W00", "d0")
    by_ward = compare.regenerate(framework, values, compare.Methodology("w", ward=True))["aggregate"]
    assert by_ward["spi"].to_numpy() == pytest.approx(ward.score(framework, values).index, nan_ok=True)
    with pytest.raises(KeyError, match="smooth"):
        first.changed("c", smooth={})
    with pytest.raises(ValueError, match="none are given"):
        compare.regenerate(framework, values, first.changed("c", impute={"groups": True}))


def test_every_tool_that_the_page_names_is_there():
    text = (REPO / "docs" / "method.md").read_text(encoding="utf-8")
    section = text.split("## Tools of composite indices")[1].split("\n## ")[0]
    named = set(re.findall(r"`([a-z_]+)\.([a-z_]+)`", section)) - {("test_anchor", "py")}
    assert len(named) > 40
    for module, function in sorted(named):
        found = getattr(importlib.import_module(f"spi_orchestration.index.{module}"), function)
        assert len(found.__doc__ or "") > 20, (module, function)
