"""The full profile's framework names what the catalogue has, and keeps the rules of the method."""

from __future__ import annotations

import csv
from collections import defaultdict

import pytest

from spi_orchestration.catalogue import load_catalogue
from spi_orchestration.settings import Settings

SETTINGS = Settings.load()
CATALOGUE = load_catalogue(SETTINGS)


def seed(name: str) -> list[dict[str, str]]:
    with (SETTINGS.seeds / "framework" / f"{name}.csv").open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


INDICATORS, BOUNDS = seed("full_indicator"), {row["indicator"]: row for row in seed("full_bounds")}


def test_bounds_and_indicators_are_the_same_list():
    assert [row["indicator"] for row in INDICATORS] == list(BOUNDS)


@pytest.mark.parametrize("row", INDICATORS, ids=[row["indicator"] for row in INDICATORS])
def test_an_indicator_rests_on_measures_of_the_full_profile(row):
    for side in ("numerator", "denominator"):
        dataset, measure = row[f"{side}_dataset"], row[f"{side}_measure"]
        if side == "denominator" and not dataset:
            assert row["estimator"] in {"published", "median"}
            continue
        contract = CATALOGUE[dataset].contract
        assert measure in contract.measures
        assert "full" in contract.profiles
    kind = CATALOGUE[row["numerator_dataset"]].contract.measures[row["numerator_measure"]].kind
    assert (kind == "level") == (row["estimator"] in {"published", "median"})


@pytest.mark.parametrize("row", INDICATORS, ids=[row["indicator"] for row in INDICATORS])
def test_a_row_is_filled_in_and_its_bounds_point_the_right_way(row):
    for column in (
        "name",
        "description",
        "unit",
        "justification",
        "hiap_lead",
        "local_plan_topic",
        "owner_role",
    ):
        assert row[column].strip(), column
    assert row["lichfield_2050"] in {"confident", "prosperous", "active", "green"}
    assert row["class"] in {"outcome", "perception", "coverage", "exposure", "uptake", "recorded_demand"}
    worst, best = float(BOUNDS[row["indicator"]]["worst"]), float(BOUNDS[row["indicator"]]["best"])
    assert (best > worst) == (row["polarity"] == "higher")
    assert CATALOGUE[row["numerator_dataset"]].contract.disclosure_rule == row["disclosure_rule"]


def test_recorded_demand_weighs_at_most_fifteen_per_cent_beside_others():
    weights: dict[str, dict[str, float]] = defaultdict(lambda: defaultdict(float))
    for row in INDICATORS:
        if row["scored"] == "true":
            weights[row["component"]][row["class"]] += float(row["weight"])
    for component, classes in weights.items():
        share = classes["recorded_demand"] / sum(classes.values())
        assert share <= 0.15 or share == 1, component


def test_judged_bounds_await_a_signature():
    assert {row["status"] for row in BOUNDS.values() if row["basis"] == "judged"} == {"awaiting"}


def test_children_in_need_are_not_scored_beside_the_plans_among_them():
    scored = {row["indicator"]: row["scored"] for row in INDICATORS}
    assert (scored["child_protection_per_10000"], scored["children_in_need_per_10000"]) == ("true", "false")
