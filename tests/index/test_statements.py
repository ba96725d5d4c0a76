"""From the tables of a build to every statement; versions, comparators."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from spi_orchestration.index import comparators, frozen, statements, ward
from spi_orchestration.index.framework import FrameworkError
from tests.index.test_sql_parity import tables as made_tables

WARDS = [f"W{a:02d}" for a in range(8)]


@pytest.fixture(scope="module")
def build() -> dict[str, pd.DataFrame]:
    """The parity test's framework over eight wards, a group and a district, with counts of five years."""
    random = np.random.default_rng(7)
    tables = made_tables((1, 1, 1), missing=0)
    indicator = tables["ind_indicator"].assign(multiplier=100.0, granularity="ward_fact")
    indicator["estimator"] = [("rate", "proportion", "published")[i % 3] for i in range(len(indicator))]
    indicator["pooling_years"] = [1 + 2 * (i % 2) for i in range(len(indicator))]
    rows = []
    for r in indicator.itertuples():
        for year in range(2022, 2027):
            for w in WARDS:
                people = 500.0 + 37 * WARDS.index(w)
                rows.append((r.indicator, w, year, float(random.binomial(int(people), 0.35)), people))
    years = pd.DataFrame(
        rows, columns=["indicator", "ward_code", "reference_year", "numerator", "denominator"]
    )
    years["numerator_low"] = years["numerator_high"] = years["numerator"]
    hidden = (years["indicator"] == "i01") & (years["ward_code"] == "W03") & (years["reference_year"] == 2026)
    years.loc[hidden, "numerator_low"] -= 3
    years.loc[hidden, "numerator_high"] += 3
    gone = (years["indicator"] == "i04") & (years["ward_code"] == "W05")
    years.loc[gone, ["numerator", "numerator_low", "numerator_high"]] = np.nan
    skipped = (
        (years["indicator"] == "i03") & (years["ward_code"] == "W02") & (years["reference_year"] == 2025)
    )
    years.loc[skipped, ["numerator", "numerator_low", "numerator_high"]] = np.nan
    windows = pd.DataFrame(
        [
            (e, r.indicator, last - r.pooling_years + 1, last)
            for e in (2025, 2026)
            for i, r in enumerate(indicator.itertuples())
            for last in [e if i % 4 else 2024]
        ],
        columns=["edition", "indicator", "first_year", "last_year"],
    )
    member = pd.DataFrame(
        [(w, w) for w in WARDS]
        + [("district", w) for w in WARDS]
        + [("city", w) for w in WARDS[:3]]
        + [("single", "W06")],
        columns=["area_code", "ward_code"],
    )
    return tables | {
        "ind_indicator": indicator,
        "ctl_ward_year": years,
        "ind_edition": windows,
        "geo_area_ward": member,
    }


def test_samples_are_the_window_of_the_edition(build):
    samples = statements.samples_of(build, 2026)
    assert samples.names == (*WARDS, "city", "district", "single")
    counts = samples.counts["i01"]
    years = build["ctl_ward_year"]
    used = years[(years["indicator"] == "i01") & years["reference_year"].between(2024, 2026)]
    assert counts.numerator.tolist() == used.groupby("ward_code")["numerator"].sum().tolist()
    assert counts.window == "2024-2026"
    assert sorted(counts.parts) == ["2024", "2025", "2026"]
    values = samples.values()
    city = used[used["ward_code"].isin(WARDS[:3])]
    assert values.loc["city", "i01"] == pytest.approx(
        100 * city["numerator"].sum() / city["denominator"].sum()
    )
    # A year without a numerator lends the window no denominator.
    assert samples.counts["i03"].denominator[2] == 2 * 574
    # A ward without a numerator lends the district no denominator.
    rest = years[
        (years["indicator"] == "i04") & (years["reference_year"] == 2024) & (years["ward_code"] != "W05")
    ]
    assert np.isnan(values.loc["W05", "i04"])
    assert values.loc["district", "i04"] == pytest.approx(
        100 * rest["numerator"].sum() / rest["denominator"].sum()
    )


@pytest.fixture(scope="module")
def made(build) -> dict[str, pd.DataFrame]:
    return statements.statements(build, 2026, draws=400, sensitivity_samples=16)


def test_scores_are_those_of_the_build(build, made):
    values = (
        statements.samples_of(build, 2026).values().stack(future_stack=True).rename("value").reset_index()
    )
    values.columns = ["area_code", "indicator", "value"]
    expected = ward.recompute(build | {"ind_area_value": values.assign(edition=2026, refreshed=True)})[
        "idx_index"
    ]
    expected = expected[expected["variant"] == "headline"].set_index("area_code")["score"]
    found = made["interval"].query("code == 'index'").set_index("area")["score"]
    assert found[expected.index].to_numpy() == pytest.approx(expected.to_numpy(), abs=1e-6, nan_ok=True)


def test_statements_fit_together(made):
    assert list(made) == [
        "interval", "rank", "below", "change", "contribution", "point", "influence", "admission",
        "best_estimate", "method_rank", "method_index", "bridge", "bridge_score",
    ]  # fmt: skip
    assert all((t["edition"] == 2026).all() for t in made.values())
    given = made["interval"].dropna(subset=["low_95"])
    assert (
        (given["low_95"] <= given["score"] + 1e-6) & (given["score"] <= given["high_95"] + 1e-6)
    ).mean() > 0.97
    single = made["interval"].set_index(["area", "code"]).drop(columns=["doubt"])
    pd.testing.assert_frame_equal(single.loc["single"], single.loc["W06"])
    ranked = made["rank"].query("code == 'index'")
    assert set(ranked["area"]) == set(WARDS)
    assert (ranked["rank_low"] <= ranked["rank"]).all()
    contribution = made["contribution"]
    total = (
        contribution[contribution["code"].str.startswith("i") & (contribution["code"] != "index")]
        .groupby("area")["points_of_index"]
        .sum()
    )
    index = contribution.query("code == 'index'").set_index("area")["score"]
    assert total[index.index].to_numpy() == pytest.approx(index.to_numpy(), abs=1e-4)
    stale = made["change"].query("code == 'i00'")
    assert set(stale["verdict"]) == {"not updated"}
    assert made["influence"]["share"].sum() == pytest.approx(1, abs=1e-4)


def test_suppressed_cells_move_the_interval_out(build, made):
    plain = build | {
        "ctl_ward_year": build["ctl_ward_year"].assign(
            numerator_low=lambda t: t["numerator"], numerator_high=lambda t: t["numerator"]
        )
    }
    exact = statements.statements(plain, 2026, draws=400, sensitivity_samples=0)["interval"].set_index(
        ["area", "code"]
    )
    wide = made["interval"].set_index(["area", "code"])
    gap = (wide["high_95"] - wide["low_95"]) - (exact["high_95"] - exact["low_95"])
    assert gap.loc[("W03", "i01")] > 0.3
    assert gap.loc[("W02", "i01")] == pytest.approx(0)


def test_statements_are_the_same_bytes_again(build, made):
    again = statements.statements(build, 2026, draws=400, sensitivity_samples=16)
    for name, table in made.items():
        assert table.to_csv() == again[name].to_csv(), name


def test_first_edition_has_no_change(build):
    assert "change" not in statements.statements(build, 2025, draws=50, sensitivity_samples=0)


def test_a_frozen_version_cannot_change_its_content(small):
    from dataclasses import replace

    method = replace(small, version="ward-2026.1")
    row = {
        "version": "ward-2026.1",
        "sha256": method.content_hash(),
        "frozen_on": "2026-03-01",
        "role": "SPI board",
        "reason": "first",
    }
    register = frozen.read_frozen([row])
    assert frozen.check_frozen(method, register)
    assert not frozen.check_frozen(replace(method, version="draft"), register)
    with pytest.raises(FrameworkError, match=r"ward-2026\.1 was frozen on 2026-03-01"):
        frozen.check_frozen(method.with_weights({"i1": 3.0}), register)
    with pytest.raises(FrameworkError, match="frozen twice"):
        frozen.read_frozen([row, row])
    with pytest.raises(FrameworkError, match="lacks role, reason"):
        frozen.read_frozen([{k: row[k] for k in ("version", "sha256", "frozen_on")}])
    with pytest.raises(FrameworkError, match="no ISO date"):
        frozen.read_frozen([row | {"frozen_on": "May"}])
    with pytest.raises(FrameworkError, match="64 digits"):
        frozen.read_frozen([row | {"sha256": "abc"}])


def test_place_among_english_wards():
    wards = np.arange(1.0, 201)
    assert comparators.place(150.5, 1, 100.0, wards).percentile == 75
    assert comparators.place(150.5, -1, 100.0, wards).percentile == 25
    assert comparators.place(3, 1).words == comparators.NO_COMPARATOR
    assert comparators.place(3, 1, 4.0).words == ""
    assert np.isnan(comparators.place(3, 1, None, wards[:50]).percentile)


def test_agreement_with_another_index():
    ours = pd.Series({"A": 80.0, "B": 60, "C": 40, "D": 20})
    value, table = comparators.agreement(ours, pd.Series({"A": 10.0, "B": 20, "C": 40, "D": 30, "E": 1}))
    assert value == pytest.approx(0.8)
    assert table.loc["C", "difference"] == -1
    assert np.isnan(comparators.agreement(ours[:2], ours)[0])
