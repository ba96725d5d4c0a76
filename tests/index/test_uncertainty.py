"""Draws against exact distributions; the same seed, the same bytes; groups and wards agree."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from spi_orchestration.index import change, ranks, shrinkage, uncertainty, ward
from spi_orchestration.index.framework import Framework, FrameworkError
from spi_orchestration.index.uncertainty import Counts, Samples
from tests.index.conftest import make_framework

WARDS = tuple(f"W{i:02d}" for i in range(6))
PEOPLE = np.array([2400.0, 3000, 4000, 5200, 6100, 7000])


def samples(orders=(1.0,), areas=None, extra=None, window="2025") -> Samples:
    random = np.random.default_rng(11)
    framework = make_framework(indicators=12, components=6, orders=orders, coverage=0.5)
    counts = {}
    for i, node in enumerate(framework.indicators):
        name = ("proportion", "rate", "published", "ratio")[i % 4]
        share = random.uniform(0.2, 0.7)
        counts[node.code] = Counts(
            random.binomial(PEOPLE.astype(int), share).astype(float), PEOPLE, name, 100.0, window=window
        )
    return Samples(
        framework,
        WARDS,
        counts | (extra or {}),
        areas or {"all": WARDS, "again": WARDS[::-1], "one": ("W03",), "two": WARDS[:2]},
    )


@pytest.mark.parametrize("count", [0, 2, 30])
@pytest.mark.parametrize("dispersion", [1.0, 3.0])
def test_rates_and_proportions_follow_their_posterior(count, dispersion):
    for name, exact in (
        ("rate", stats.gamma(count / dispersion + 0.5, scale=dispersion / 500)),
        ("proportion", stats.beta(count / dispersion + 0.5, (500 - count) / dispersion + 0.5)),
    ):
        counts = Counts(np.array([count]), np.array([500.0]), name, 1000.0, dispersion)
        draws, mean = uncertainty.draw_counts(counts, 40_000, uncertainty.stream(1, name))
        assert stats.kstest(draws[:, 0] / 1000, exact.cdf).pvalue > 1e-3
        assert mean[0] == pytest.approx(1000 * exact.mean())


def test_means_medians_surveys_and_standardised_rates():
    error = np.array([2.0])
    mean = Counts(np.array([5000.0]), np.array([100.0]), "mean", 1.0, standard_error=error)
    draws, _ = uncertainty.draw_counts(mean, 40_000, uncertainty.stream(1, "m"))
    assert draws.mean() == pytest.approx(50, abs=0.05)
    assert draws.std() == pytest.approx(2, rel=0.02)
    survey = Counts(np.array([60.0]), np.array([100.0]), "survey_share", 100.0, 1.5)
    draws, _ = uncertainty.draw_counts(survey, 40_000, uncertainty.stream(1, "s"))
    assert draws.std() == pytest.approx(100 * np.sqrt(0.6 * 0.4 / (100 / 1.5 + 2)), rel=0.03)
    opt_in = Counts(np.array([60.0]), np.array([100.0]), "survey_opt_in", 100.0)
    assert opt_in.spread == 1.5
    standardised = Counts(
        np.array([25.0]), np.array([1000.0]), "dsr", 1000.0, standard_error=np.array([0.006])
    )
    draws, middle = uncertainty.draw_counts(standardised, 40_000, uncertainty.stream(1, "d"))
    # Unit 36 / 25, effective count 625 / 36, half an event of prior.
    assert draws.std() == pytest.approx(36 / 25 * np.sqrt(625 / 36 + 0.5), rel=0.03)
    assert draws.mean() == pytest.approx(middle[0], rel=0.01)


def test_what_has_no_sampling_model_says_so():
    out = uncertainty.propagate(samples(), 500).table
    rows = out[(out["code"] == "i02")]
    assert set(rows["doubt"]) == {uncertainty.NOT_ESTIMATED}
    assert rows[["low_95", "high_95", "value_low_95"]].isna().all().all()
    assert rows["score"].notna().all()
    assert not Counts(np.ones(1), np.ones(1), "mean").estimated
    index = out[out["code"] == "spi"].iloc[0]
    assert index["doubt"] == "sampling"
    assert 0.5 < index["weight_estimated"] < 1


def test_same_seed_same_bytes_and_other_indicators_do_not_matter():
    first, again = (uncertainty.propagate(samples(), 400, seed=5).table for _ in range(2))
    assert first.to_csv() == again.to_csv()
    other = samples(extra={"i00": Counts(PEOPLE / 3, PEOPLE, "rate", 100.0, window="2025")})
    moved = uncertainty.propagate(other, 400, seed=5).table
    keep = lambda t: t[t["code"] == "i01"].to_csv(index=False)  # noqa: E731
    assert keep(first) == keep(moved)
    assert uncertainty.propagate(samples(), 400, seed=6).table.to_csv() != first.to_csv()


@pytest.mark.parametrize("orders", [(1.0,), (1, 0.5, 0)])
def test_a_group_of_one_is_that_ward_and_all_wards_are_the_district(orders):
    out = uncertainty.propagate(samples(orders), 600)
    table = out.table.set_index(["area", "code"]).drop(columns="doubt")
    pd.testing.assert_frame_equal(table.loc["one"], table.loc["W03"])
    pd.testing.assert_frame_equal(table.loc["all"], table.loc["again"])
    summed = samples().counts["i00"]
    expected = 100 * summed.numerator.sum() / summed.denominator.sum()
    assert table.loc[("all", "i00"), "value"] == pytest.approx(expected)


def test_district_interval_is_that_of_its_summed_count():
    counts = Counts(np.array([1.0, 0, 2, 3, 0, 1]), PEOPLE, "rate", 1000.0)
    framework = Framework.from_rows(
        [{"code": "i", "parent": "t", "direction": -1, "worst": 2, "best": 0}, {"code": "t"}]
    )
    table = uncertainty.propagate(Samples(framework, WARDS, {"i": counts}, {"all": WARDS}), 40_000).table
    row = table[(table["area"] == "all") & (table["code"] == "i")].iloc[0]
    total = PEOPLE.sum() / 1000
    # Wards carry half an event each for zeroes, so the sum is a little wider than seven events alone.
    assert row["value_high_95"] == pytest.approx(stats.gamma(7.5).ppf(0.975) / total, rel=0.08)
    assert row["value_low_95"] == pytest.approx(stats.gamma(7.5).ppf(0.025) / total, rel=0.35)


@pytest.mark.parametrize("orders", [(1, 1, 1), (0.5, 0, -1)])
def test_without_doubt_the_draws_are_the_published_scores(orders):
    made = samples(orders)
    fixed = {c: Counts(k.numerator, k.denominator, "published", 100.0) for c, k in made.counts.items()}
    fixed["i03"].numerator[2] = np.nan
    del fixed["i07"]
    made = Samples(made.framework, WARDS, fixed, made.areas)
    expected = ward.score(made.framework, made.values())
    out = uncertainty.propagate(made, 3)
    for node in made.framework.nodes:
        if node.level > 1:
            for draw in out.scores[node.code]:
                assert draw == pytest.approx(expected[node.code], nan_ok=True)


def test_draws_of_scores_are_centred_on_the_published_score():
    out = uncertainty.propagate(samples(), 20_000)
    point = out.table[out.table["code"] == "spi"]["score"].to_numpy()
    spread = out.scores["spi"].std(axis=0)
    assert np.abs(out.scores["spi"].mean(axis=0) - point).max() < 5 * spread.max() / np.sqrt(20_000)


def test_parts_of_a_window_are_drawn_as_the_whole():
    x = np.array([[1.0], [4.0], [0.0]])
    n = np.full((3, 1), 300.0)
    whole = Counts(x.sum(axis=0), n.sum(axis=0), "rate", 1000.0)
    parted = Counts(
        whole.numerator, whole.denominator, "rate", 1000.0, parts={str(y): (x[y], n[y]) for y in range(3)}
    )
    draws, mean = uncertainty._draw_parts(parted, 30_000, 1, "i")
    assert stats.kstest(draws[:, 0], stats.gamma(5.5, scale=1000 / 900).cdf).pvalue > 1e-3
    assert mean[0] == pytest.approx(5.5 / 0.9)


def test_faulty_counts_are_refused():
    with pytest.raises(FrameworkError, match="Unknown estimator 'guess'"):
        uncertainty.propagate(samples(extra={"i00": Counts(PEOPLE, PEOPLE, "guess")}), 10)
    with pytest.raises(FrameworkError, match="framework lacks"):
        uncertainty.propagate(samples(extra={"zz": Counts(PEOPLE, PEOPLE)}), 10)
    with pytest.raises(FrameworkError, match="counts of 2 wards; expected 6"):
        uncertainty.propagate(samples(extra={"i00": Counts(PEOPLE[:2], PEOPLE[:2])}), 10)
    with pytest.raises(FrameworkError, match="i00: the numerator is above the denominator in 6 wards"):
        uncertainty.propagate(samples(extra={"i00": Counts(PEOPLE + 5, PEOPLE, "proportion")}), 10)
    with pytest.raises(FrameworkError, match="W99"):
        uncertainty.propagate(samples(areas={"bid": ("W00", "W99")}), 10)


def test_overdispersion_from_distinct_persons():
    assert uncertainty.overdispersion(np.ones(9)) == 1
    # Three persons with one event, one with three: (1 + 1 + 1 + 9) / 6.
    assert uncertainty.overdispersion(np.array([1, 1, 1, 3])) == 2


def test_public_intervals_hold_every_count_of_the_class():
    made = samples()
    table = uncertainty.propagate(made, 800).table
    values = made.values()
    wide = uncertainty.widen(table, made.framework, values - 2, values + 3)
    both = table.merge(wide, on=["area", "code"], suffixes=("", "_public"))
    both = both[both["low_95"].notna()]
    assert (both["low_95_public"] <= both["low_95"]).all()
    assert (both["high_95_public"] >= both["high_95"]).all()
    index = both[both["code"] == "spi"]
    for shift in (-2, 3):
        corner = ward.score(made.framework, values + shift).frame()["spi"].loc[index["area"]].to_numpy()
        assert ((index["low_95_public"] < corner) & (corner < index["high_95_public"])).all()
    exact = uncertainty.widen(table, made.framework, values, values)
    assert np.nanmax(np.abs(exact["low_95"] - table["low_95"])) < 1e-9


def test_rank_sets_tell_apart_what_is_apart():
    random = np.random.default_rng(2)
    point = np.array([80.0, 50.0, 50.5, 20.0, np.nan])
    draws = np.concatenate([point[:4] + random.normal(0, 1, (5000, 4)), np.full((5000, 1), np.nan)], axis=1)
    found = ranks.rank_sets(draws, point, list("ABCDE"), worst=1).frame().set_index("area")
    assert found.loc["A", ["rank", "rank_low", "rank_high"]].tolist() == [1, 1, 1]
    assert found.loc["B", ["rank", "rank_low", "rank_high"]].tolist() == [3, 2, 3]
    assert found["group"].to_dict() == {"A": "a", "C": "b", "B": "b", "D": "c"}
    assert found.loc["D", "in_worst"] == 1
    below = ranks.probability_below(draws[:, :4])
    assert below[1, 2] == pytest.approx(stats.norm.cdf(0.5 / np.sqrt(2)), abs=0.02)
    assert np.abs(below + below.T - 1).max() == 0
    assert ranks.rank_sets(draws[:, :1], point[:1], ["A"]).groups == ("a",)


def test_groups_overlap_where_neighbours_cannot_be_told_apart():
    apart = np.zeros((3, 3), dtype=bool)
    apart[0, 2] = apart[2, 0] = True
    assert ranks.indistinguishable(np.array([30.0, 20, 10]), apart) == ("a", "ab", "b")


def editions(jump=0.0):
    """Two editions with windows of three years that share two."""
    random = np.random.default_rng(4)
    framework = make_framework(indicators=12, components=6, coverage=0.5)
    before, after = {}, {}
    for i, node in enumerate(framework.indicators):
        years = random.poisson(40, (4, 6)).astype(float)
        if node.code == "i04":
            years[3] = np.maximum(years[3] + jump, 0)
        parts = {str(2022 + y): (years[y], PEOPLE) for y in range(4)}
        for target, used in ((before, range(0, 3)), (after, range(1, 4) if i % 3 else range(0, 3))):
            names = [str(2022 + y) for y in used]
            target[node.code] = Counts(
                sum(parts[n][0] for n in names),
                3 * PEOPLE,
                "rate",
                2500.0,
                window="-".join(names),
                parts={n: parts[n] for n in names},
            )
    return Samples(framework, WARDS, before), Samples(framework, WARDS, after)


def test_change_is_called_beyond_doubt_only():
    before, after = editions()
    table = change.assess(before, after, 3000).set_index(["code", "area"])
    stale = table.loc["i00"]
    assert set(stale["verdict"]) == {change.NOT_UPDATED}
    assert (stale["change"] == 0).all()
    calm = table.loc["i04"]
    assert (calm["verdict"] == change.UNSURE).mean() >= 0.5
    # 200 more events a year in every ward is beyond any doubt.
    jumped = change.assess(*editions(jump=400), 3000).set_index(["code", "area"])
    direction = after.framework.node("i04").direction
    assert set(jumped.loc["i04", "verdict"]) == {change.BETTER if direction == 1 else change.WORSE}
    with pytest.raises(ValueError, match="different frameworks"):
        change.assess(before, Samples(make_framework(9, 12, 6), WARDS, after.counts))
    with pytest.raises(ValueError, match="different areas"):
        change.assess(before, Samples(after.framework, WARDS, after.counts, {"all": WARDS}))


def test_no_change_is_called_from_modelled_values():
    made = []
    for edition in editions(jump=400):
        nodes = tuple(
            replace(n, granularity="lsoa_modelled") if n.code == "i04" else n for n in edition.framework.nodes
        )
        made.append(replace(edition, framework=replace(edition.framework, nodes=nodes)))
    table = change.assess(*made, 1000).set_index(["code", "area"])
    assert set(table.loc["i04", "verdict"]) == {change.MODELLED}
    share = made[0].framework.share_of(made[0].framework.modelled)
    assert share["i04"] == 1
    assert 0 < share["spi"] < 0.2


def test_years_that_windows_share_do_not_add_to_the_doubt_of_change():
    before, after = editions()
    shared = change.assess(before, after, 4000).set_index(["code", "area"])

    def apart(s):
        return Samples(
            s.framework,
            WARDS,
            {
                c: Counts(k.numerator, k.denominator, "rate", 2500.0, window=k.window)
                for c, k in s.counts.items()
            },
        )

    blind = change.assess(apart(before), apart(after), 4000).set_index(["code", "area"])
    width = [(t.loc["i04", "high"] - t.loc["i04", "low"]).mean() for t in (shared, blind)]
    # One of three years differs: the variance of the difference is a third.
    assert width[0] / width[1] == pytest.approx(np.sqrt(1 / 3), abs=0.06)


def test_shrinkage_against_a_hand_calculation():
    # Equal standard errors of 3: between-variance is the sample variance (25) less 9.
    values = np.array([45.0, 50.0, 55.0])
    counts = Counts(values, np.ones(3), "mean", 1.0, standard_error=np.full(3, 3.0))
    assert shrinkage.between_variance(values, np.full(3, 9.0)) == pytest.approx(16)
    best = shrinkage.shrink(counts)
    assert best.weight == pytest.approx(np.full(3, 16 / 25))
    assert best.value == pytest.approx([50 - 5 * 0.64, 50, 50 + 5 * 0.64])
    assert shrinkage.reliability(values, np.full(3, 9.0)) == pytest.approx(0.64)
    assert ((best.low < best.value) & (best.value < best.high)).all()
    noise = Counts(np.array([50.0, 50.1, 49.9]), np.ones(3), "mean", 1.0, standard_error=np.full(3, 3.0))
    assert shrinkage.shrink(noise).weight.max() == 0
    plain = shrinkage.shrink(Counts(values, np.ones(3), "published"))
    assert plain.value.tolist() == values.tolist()
    assert np.isnan(plain.low).all()
