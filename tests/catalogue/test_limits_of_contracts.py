"""What a contract could limit is limited: numbers, words that staging looks for, closed proportions, periods.

Belongs here: going through every contract of the catalogue beside the staging models and the framework. Does
not belong here: what a check finds (`tests/checks`).
"""

from __future__ import annotations

import csv
import re

import pytest

from spi_orchestration.catalogue import NUMBER_TYPES, YEAR_TYPES, Catalogue, Dataset, load_catalogue
from spi_orchestration.checks.registry import checks_of
from spi_orchestration.settings import Settings
from tests.helpers.project import ROOT

#: Words that staging looks for in a list that nobody closes, and what then tells of a new word.
OPEN_LISTS = {
    (
        "ldc_election_results",
        "election_type",
    ): "Returning officers write it freely; only by-elections stay out.",
    ("ldc_env_health_requests", "code"): "Codes of the case system grow; shares and new codes are compared.",
    ("ldc_customer_contact", "service"): "Services are named anew; shares and new names are compared.",
    ("police_uk_street", "location"): "Names of streets; a prison is told by its words.",
}

#: Closed proportions of which no two delivered numbers are part and whole, and why.
COUNTED = {
    "mhclg_iod2025_file7": "A rate of at most one times residents.",
    "scc_participation": "One number, by age and status in rows of their own.",
    "fsa_fhrs": "Rows are counted; its numbers are positions.",
}


@pytest.fixture(scope="module")
def catalogue() -> Catalogue:
    return load_catalogue(Settings.load())


def staging_of(dataset: str) -> str:
    found = [path.read_text(encoding="utf-8") for path in (ROOT / "dbt_project").rglob(f"stg_{dataset}.sql")]
    return re.sub(r"--[^\n]*", "", "\n".join(found))


def ruled(dataset: Dataset, column: str) -> bool:
    """Whether a rule says which words must be there, or which rows of that word there must be."""
    return any(
        (rule.kind == "value_present" and rule.column == column)
        or (rule.where is not None and re.search(rf"\b{column}\b", rule.where) is not None)
        for rule in dataset.contract.rules
    )


def test_every_number_has_a_range(catalogue: Catalogue) -> None:
    bare = [
        (dataset.id, name)
        for dataset in catalogue.datasets.values()
        for name, column in dataset.columns.items()
        if column.type in NUMBER_TYPES and (column.minimum is None or column.maximum is None)
    ]
    assert bare == []


def test_words_that_staging_looks_for_are_agreed(catalogue: Catalogue) -> None:
    """A word that is written in another way would drop out of a measure without a sound."""
    looked_for, bare = set(), []
    for dataset in catalogue.datasets.values():
        sql = staging_of(dataset.id)
        for name, column in dataset.columns.items():
            compared = rf"\b{name}\)?\s*(?:=|<>|(?:not )?i?like|(?:not )?in)\s*\(?\s*'"
            if column.type not in {"text", "code"} or not re.search(compared, sql):
                continue
            looked_for.add((dataset.id, name))
            if not (column.allowed or column.pattern or ruled(dataset, name)):
                bare.append((dataset.id, name))
    assert sorted(bare) == sorted(OPEN_LISTS)
    assert len(looked_for) > 25


def test_closed_proportions_of_one_delivery_have_their_rule(catalogue: Catalogue) -> None:
    with (ROOT / "dbt_project/seeds/framework/full_indicator.csv").open(encoding="utf-8", newline="") as f:
        closed = {
            row["numerator_dataset"]
            for row in csv.DictReader(f)
            if row["estimator"] == "proportion" and row["numerator_dataset"] == row["denominator_dataset"]
        }
    assert len(closed) > 20
    bare = set()
    for name in closed:
        dataset = catalogue[name]
        numbers = [column for column, spec in dataset.columns.items() if spec.type in NUMBER_TYPES]
        kinds = {rule.kind for rule in dataset.contract.rules}
        if len(numbers) > 1 and not kinds & {"not_above", "sum_equals"}:
            bare.add(name)
    assert bare == set(COUNTED)


def test_every_row_that_says_its_time_is_held_against_the_period(catalogue: Catalogue) -> None:
    judged = set()
    for dataset in catalogue.datasets.values():
        contract = dataset.contract
        if contract.refresh.cycle == "static":
            continue
        timed = {"date", "month", *YEAR_TYPES}
        dated = [
            name
            for name, column in dataset.columns.items()
            if column.type in timed and (column.required or name in contract.key)
        ]
        worded = [name for name in ("period", "sortable") if name in dataset.columns]
        if dated and "band_date" not in dated:
            judged.add(dataset.id)
            assert "period" in {check.id for check in checks_of(dataset, national=False)}, dataset.id
        elif worded:
            judged.add(dataset.id)
            said = [rule.text or "" for rule in contract.rules if rule.kind == "value_present"]
            assert any("{E" in text for text in said), dataset.id
    assert len(judged) > 40


def test_parts_that_staging_adds_up_are_held_against_the_whole_together(catalogue: Catalogue) -> None:
    """Each part may be below the whole and their sum above it; the index takes the sum."""
    for name, parts in {
        "scc_infant_feeding": {"totally", "partially"},
        "ons_census21_ts039": {"care_20_49", "care_50_plus"},
        "ons_census21_ts052": {"one_too_few", "two_too_few"},
        "ref_ward_households_census": {"private_landlord", "private_other"},
        "scc_asc_reablement": {"home_at_91", "died"},
    }.items():
        rules = [rule for rule in catalogue[name].contract.rules if rule.kind == "not_above"]
        assert any({rule.column, *rule.parts} == parts for rule in rules), name
