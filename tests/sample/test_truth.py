"""The truth is plausible, holds together, and the counts follow from the rates."""

from __future__ import annotations

import math
from collections import defaultdict

import duckdb
import pytest

from spi_orchestration.sample.datasets import ALL

#: Plausible lowest and highest ward value of each indicator, from the catalogue of indicators
#: (plausible_min, plausible_max), with what the ratio is multiplied by.
PLAUSIBLE = {
    ("scc_ncmp", "obese_year6"): (100, 3, 45),
    ("ldc_env_health_requests", "sanitation_addresses"): (1000, 0, 60),
    ("ldc_env_health_requests", "noise_addresses"): (1000, 0, 50),
    ("police_uk_street", "violence"): (1000, 1, 130),
    ("police_uk_street", "burglary"): (1000, 0, 45),
    ("police_uk_street", "asb"): (1000, 0, 130),
    ("scc_children_social_care", "protection_plans"): (10000, 0, 220),
    ("scc_children_social_care", "children_in_need"): (10000, 10, 1600),
    ("scc_eyfsp", "gld"): (100, 35, 100),
    ("scc_ks2", "rwm_expected"): (100, 25, 100),
    ("scc_absence", "persistent_absentees"): (100, 2, 55),
    ("scc_libraries", "active_users"): (1000, 10, 450),
    ("ldc_leisure_membership", "regular_members"): (1000, 0, 300),
    ("ldc_fly_tipping", "incidents"): (1000, 0, 150),
    ("ldc_electoral_register", "electors_18_plus"): (100, 60, 110),
    ("ldc_electoral_register", "electors_16_17"): (100, 5, 110),
    ("ldc_election_results", "votes_cast"): (100, 12, 70),
    ("ldc_election_results", "candidates"): (1, 1, 8),
    ("dwp_cilif", "low_income_children"): (100, 1, 75),
    ("mhclg_iod2025_file7", "older_income_deprived"): (100, 1, 70),
    ("mhclg_iod2025_file8", "not_entering_he_share"): (100, 60, 98),
    ("ref_small_area_income", "net_income"): (1, 20000, 100000),
    ("ldc_council_tax_recovery", "properties"): (1000, 1, 200),
    ("scc_adult_learning", "learners_achieving"): (1000, 0, 90),
    ("scc_ks4", "english_maths"): (100, 10, 92),
    ("scc_suspensions", "pupils_suspended"): (100, 0, 60),
    ("scc_ks5", "points"): (1, 10, 58),
    ("scc_level3_by_19", "level3"): (100, 20, 100),
    ("scc_participation", "neet_or_not_known"): (100, 0, 20),
    ("scc_school_meals", "taken"): (100, 40, 100),
    ("scc_send", "attending"): (100, 35, 100),
    ("scc_asc_long_term", "direct_payment_clients"): (100, 0, 90),
    ("scc_asc_reablement", "home_at_91"): (100, 40, 100),
    ("scc_smoking", "current_smokers"): (100, 2, 40),
    ("scc_health_checks", "received"): (100, 2, 11),
    ("scc_falls", "rate"): (1, 300, 6000),
    ("scc_infant_feeding", "breastfed"): (100, 15, 90),
    ("scc_llfa_flooding", "homes_flooded"): (10000, 0, 80),
    ("scc_bus_access", "residents_within_30"): (100, 0, 100),
    ("desnz_fuel_poverty", "fuel_poor"): (100, 2, 50),
    ("ons_census21_ts052", "overcrowded"): (100, 0, 32),
}


def wards_of(rows):
    return [row for row in rows if row["ward_code"].startswith("E05")]


@pytest.mark.parametrize("key", PLAUSIBLE, ids="-".join)
def test_latent_rates_and_values_are_plausible(written, key):
    multiplier, low, high = PLAUSIBLE[key]
    rows = [row for row in wards_of(written.rows(key[0])) if row["measure"] == key[1]]
    rates = [multiplier * float(row["latent_rate"]) for row in rows]
    assert len({row["ward_code"] for row in rows}) == 22
    assert low <= min(rates) and max(rates) <= high
    assert max(rates) > 1.2 * min(rates) or key[1] == "electors_18_plus" or key[1] == "not_entering_he_share"


def test_counts_follow_from_the_rates(written):
    """Standardised departures of 10,000 binomial and Poisson counts have variance 1."""
    events = {
        (dataset.id, series.measure)
        for dataset in ALL.values()
        for series in dataset.series
        if series.kind == "poisson"
    }
    squares: dict[str, list[float]] = defaultdict(list)
    for row in wards_of(written.truth):
        rate, denominator, count = (float(row[name]) for name in ("latent_rate", "denominator", "numerator"))
        if not 0 < rate < 1 or row["denominator_measure"] == "one" or denominator == 0:
            continue
        poisson = (row["dataset"], row["measure"]) in events
        variance = denominator * rate * (1 if poisson else 1 - rate)
        squares[row["measure"]].append((count - denominator * rate) ** 2 / variance)
    assert len(squares) > 20
    pooled = [value for values in squares.values() for value in values]
    assert sum(pooled) / len(pooled) == pytest.approx(1, abs=4 * math.sqrt(2 / len(pooled)))
    for measure, values in squares.items():
        # What happens in the one ward with a prison is too few numbers to judge by themselves.
        assert 0.5 < sum(values) / len(values) < 1.7 or len(values) < 22, measure


def test_wards_differ_by_a_shared_factor(written):
    """Poverty of children and absence from school go together over wards, as they do in life."""

    def ranks(dataset, measure):
        rows = [r for r in wards_of(written.rows(dataset)) if (r["measure"], r["year"]) == (measure, "2024")]
        order = sorted(rows, key=lambda r: float(r["latent_rate"]))
        return {row["ward_code"]: i for i, row in enumerate(order)}

    poverty, absence = ranks("dwp_cilif", "low_income_children"), ranks("scc_absence", "persistent_absentees")
    n = len(poverty)
    spearman = 1 - 6 * sum((poverty[w] - absence[w]) ** 2 for w in poverty) / (n * (n**2 - 1))
    assert spearman > 0.4


def test_plans_are_among_children_in_need(written):
    counts = {
        (row["measure"], row["ward_code"], row["year"]): int(row["numerator"])
        for row in written.rows("scc_children_social_care")
    }
    pairs = [
        (counts["protection_plans", w, y], n) for (m, w, y), n in counts.items() if m == "children_in_need"
    ]
    assert len(pairs) == 22 * 9
    assert all(plans <= need for plans, need in pairs)


def test_nobody_voted_where_nobody_stood(written):
    rows = [row for row in written.rows("ldc_election_results") if row["ward_code"] == "E05010655"]
    assert {row["year"] for row in rows if row["measure"] == "votes_cast"} == {"2019"}
    assert {(row["measure"], row["numerator"]) for row in rows if row["year"] == "2023"} == {
        ("seats", "1"),
        ("candidates", "1"),
    }


def test_the_prison_stands_among_the_young_men_of_its_ward(sample):
    young = sample.people.ages(18, 28)[:, 3] / sample.people.ages(0, 90)[:, 3]
    codes = [ward.code for ward in sample.wards]
    assert codes[int(young.argmax())] == "E05010655"
    assert young.max() > 0.3


def test_ward_table_agrees_with_the_census_and_the_seed(sample):
    # Totals of the 22 wards from the catalogue: 106,436 residents and 45,626 households.
    assert sum(ward.population for ward in sample.wards) == 106_436
    assert sum(ward.households for ward in sample.wards) == 45_626
    assert sum(ward.councillors for ward in sample.wards) == 47
    assert sample.people.census.sum() == 106_436


def test_both_files_of_the_truth_say_the_same(written):
    path = written.result.truth[1]
    rows, numerators, delivered = duckdb.sql(
        f"select count(*), sum(numerator), count(delivered) from '{path}'"
    ).fetchone()
    assert rows == len(written.truth)
    assert numerators == pytest.approx(sum(float(row["numerator"]) for row in written.truth))
    assert delivered == sum(row["delivered"] != "" for row in written.truth)


def test_it_takes_under_fifteen_seconds_of_work(written):
    assert written.work < 15
