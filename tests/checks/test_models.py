"""Every model has tests of its key, of completeness and of its range, and marts by ward hold each ward.

Belongs here: which tests stand beside which model. Does not belong here: what a test does (`dbt_project/tests`).
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

from spi_orchestration.catalogue import load_yaml
from tests.helpers.project import ROOT

MODELS = ROOT / "dbt_project" / "models"

#: Any of these says what a model's rows are told apart by, that they are filled, and what its numbers can be.
KEY = {"unique_combination", "unique"}
COMPLETE = {"complete", "not_null"}
RANGE = {"within", "accepted_range", "accepted_values", "expression_is_true", "finite"}

#: Rows of single events need not differ; they are told apart by where they stood in their file.
NO_KEY = {"geo_observation"}

#: Models by area whose rows need not be there for each ward, and why.
NOT_EACH_WARD = {
    "geo_ward": "is the list itself",
    "geo_ward_vintage": "wards as they were, with those that are no more",
    "geo_ward_lineage": "only wards that changed",
    "geo_ward_break": "only wards that changed",
    "geo_allocation": "a feed of a few places touches a few wards",
    "geo_point_ward": "a feed of a few places touches a few wards",
    "geo_ward_observation": "a feed may lack a ward: its indicators then say so",
    "ctl_ward_year": "a year may lack a ward: ind_area_value then says so",
    "ind_place_pair": "a year may lack a ward: ind_area_value then says so",
    "ind_ward_year": "a year may lack a ward: ind_area_value then says so",
    "ind_not_at_risk": "only wards where nobody is at risk",
    "int_ward_value": "a year may lack a ward: ind_area_value then says so",
    "idx_previous_area": "a release of other wards",
    "idx_baseline_score": "a release of other wards",
    "idx_target": "targets are set for some areas",
    "dim_target": "targets are set for some areas",
    "fct_rank_set": "only wards with a score have a rank",
    "fct_probability_below": "only wards with a score have a rank",
    "ind_break": "only series that broke",
    "idx_break": "only series that broke",
    "fct_series_break": "only series that broke",
    "fct_population_sensitivity": "only where people at risk differ",
    "fct_method_rank": "only wards with a score have a rank",
    "fct_bridge_score": "only areas of both editions",
    "fct_bridge": "a part that did not move has no row",
    "fct_policy_event": "an event touches some wards",
}

#: What holds the hierarchy together, and where it is asked.
HIERARCHY = {
    "mean_of_parts": {
        "idx_component", "idx_dimension", "idx_index", "fct_component_score", "fct_dimension_score", "fct_index_score",
    },
    "weights_sum": {"dim_indicator", "geo_allocation", "geo_lsoa21_ward"},
    "parts_sum_to": {"fct_contribution"},
    "holds_with": {"fct_contribution", "fct_indicator_value"},
    "areas_add_up": {"ind_area_value", "fct_indicator_value"},
}  # fmt: skip


def _names(tests: list[Any]) -> set[str]:
    return {test if isinstance(test, str) else next(iter(test)) for test in tests}


def described() -> dict[str, set[str]]:
    """Model -> its tests, those of its columns among them."""
    found: dict[str, set[str]] = {}
    for path in sorted(MODELS.rglob("*.yml")):
        for model in load_yaml(path).get("models") or ():
            tests = _names(model.get("data_tests") or [])
            for column in model.get("columns") or ():
                tests |= _names(column.get("data_tests") or [])
            found[model["name"]] = tests
    return found


def models() -> list[Path]:
    return sorted([*MODELS.rglob("*.sql"), *MODELS.rglob("*.py")])


def test_every_model_has_tests_of_key_completeness_and_range() -> None:
    tests = described()
    rooms = {path.relative_to(MODELS).parts[0] for path in models()}
    assert rooms == {"staging", "geography", "indicators", "control", "index", "marts"}
    lacking = {
        path.stem: sorted(
            word
            for word, kinds in (("key", KEY), ("completeness", COMPLETE), ("range", RANGE))
            if not kinds & tests.get(path.stem, set()) and not (word == "key" and path.stem in NO_KEY)
        )
        for path in models()
    }
    assert {name: words for name, words in lacking.items() if words} == {}
    assert all(not KEY & tests[name] for name in NO_KEY)


def test_each_model_by_area_holds_every_ward_or_says_why_not() -> None:
    by_area = set()
    for path in sorted(MODELS.rglob("*.yml")):
        if "staging" not in path.parts:
            for model in load_yaml(path).get("models") or ():
                columns = {column["name"] for column in model.get("columns") or ()}
                if columns & {"area_code", "ward_code"}:
                    by_area.add(model["name"])
    tests = described()
    held = {name for name in tests if "all_wards_present" in tests[name]}
    assert by_area - held == set(NOT_EACH_WARD)
    assert len(held) > 35


def test_the_hierarchy_is_tested_where_it_is_made_and_where_it_is_published() -> None:
    tests = described()
    assert {kind: {name for name in tests if kind in tests[name]} for kind in HIERARCHY} == HIERARCHY
