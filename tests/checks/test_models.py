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

#: The levels of the index by ward: each ward has a row for each edition and node, whether it has a score or not.
BY_WARD = {
    "idx_indicator_score", "idx_component", "idx_dimension", "idx_index", "fct_indicator_value",
    "fct_component_score", "fct_dimension_score", "fct_index_score", "fct_variant_score", "ind_area_value", "dim_area",
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


def test_each_level_of_the_index_holds_every_ward() -> None:
    tests = described()
    assert {name for name in tests if "all_wards_present" in tests[name]} >= BY_WARD
