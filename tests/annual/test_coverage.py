"""What the annual run says it rests on, and the standing of every value.

Belongs here: the coverage table as printed and as released, statuses and dates of values, and how values
stand on other populations. Does not belong here: whether values are right (`test_recovery.py`).
"""

from __future__ import annotations

import csv
import re
from pathlib import Path

import duckdb
import pytest

from spi_orchestration.release.coverage import EditionCoverage, read_coverage
from tests.helpers.annual import Ended

EDITIONS = list(range(2022, 2027))
STATUSES = {
    "observed",
    "pooled",
    "modelled",
    "imputed",
    "suppressed",
    "controlled",
    "carried_forward",
    "not_applicable",
    "missing",
}


@pytest.fixture(scope="module")
def release(sample_run: Ended) -> Path:
    return sample_run.data / "releases" / "2026.1"


@pytest.fixture(scope="module")
def coverage(release: Path) -> list[EditionCoverage]:
    return read_coverage(release)


def rows(release: Path, table: str) -> list[dict[str, str]]:
    with (release / "csv" / f"{table}.csv").open(encoding="utf-8-sig", newline="") as stream:
        return list(csv.DictReader(stream))


def test_every_dataset_indicator_and_score_of_five_editions(coverage: list[EditionCoverage]):
    assert [item.edition for item in coverage] == EDITIONS
    for item in coverage:
        assert item.delivered(item.datasets) == (65, 65)
        assert item.delivered(item.references)[0] == sum(item.references.values())
        assert sum(item.indicators.values()) == 78
        assert (item.wards, item.pairs) == (22, 22 * 78)
        assert (item.components, item.dimensions, item.index) == ((12, 12), (3, 3), (1, 1))
        assert sum(item.statuses.values()) == item.pairs
        # A median of fewer than five sales is not published; nothing else is without a value.
        assert set(item.lacking) <= {"housing_affordability_ratio"}
        assert item.pairs - item.values == item.statuses.get("missing", 0) + item.statuses.get(
            "not_applicable", 0
        ) + item.statuses.get("controlled", 0)
        assert item.refreshed is not None and 0 <= item.refreshed <= 1


def test_a_carried_forward_feed_is_no_failure(release: Path):
    standing = {
        (row["edition"], row["item"]): row["standing"]
        for row in rows(release, "fct_coverage")
        if row["item_type"] == "dataset"
    }
    assert standing["2022", "ons_census21_ts052"] == "received"
    assert {standing[str(edition), "ons_census21_ts052"] for edition in EDITIONS[1:]} == {"serves"}
    assert {standing[str(edition), "police_uk_street"] for edition in EDITIONS} == {"received"}


def test_the_run_prints_it(sample_run: Ended):
    said = sample_run.out[sample_run.out.index("What each edition rests on") :]
    for edition in EDITIONS:
        line = re.search(rf"^{edition} .*$", said, re.MULTILINE)
        assert line, said
        assert "65 of 65" in line[0] and "12 of 12" in line[0] and "3 of 3" in line[0]


def test_a_ward_without_a_contest_is_not_applicable_and_never_zero(release: Path):
    turnout = [
        row
        for row in rows(release, "fct_indicator_value")
        if (row["indicator"], row["area_code"]) == ("local_turnout_pct", "E05010655")
    ]
    found = {row["edition"]: (row["value"], row["status"]) for row in turnout}
    # The election of May 2023 serves from edition 2023; that of 2019 was contested.
    assert {found[str(edition)] for edition in EDITIONS[1:]} == {("", "not_applicable")}
    assert found["2022"][0] != ""


def test_every_value_has_a_status_and_the_middle_of_its_data(release: Path):
    values = [row for row in rows(release, "fct_indicator_value") if row["area_type"] == "ward"]
    assert len(values) == 22 * 78 * 5
    assert {row["status"] for row in values} <= STATUSES
    assert {"observed", "pooled", "modelled", "suppressed", "carried_forward", "not_applicable"} <= {
        row["status"] for row in values
    }
    for row in values:
        if row["value"]:
            assert row["period_start"] <= row["mid_date"] <= row["period_end"], row
        else:
            assert row["status"] in {"missing", "not_applicable", "controlled"}, row


def test_refreshed_weight_stands_beside_every_score(release: Path):
    for table in ("fct_component_score", "fct_dimension_score", "fct_index_score"):
        shares = [float(row["weight_refreshed"]) for row in rows(release, table)]
        assert all(0 <= share <= 1 + 1e-9 for share in shares)
        assert 0 < sum(shares) < len(shares), f"{table}: some of it is new, and some is not"


def test_the_prison_is_left_out_and_what_it_would_change_is_published(sample_run: Ended, release: Path):
    """By hand from the published table: 610 prisoners and all others in establishments leave the ward's rate."""
    found = {
        row["basis"]: row
        for row in rows(release, "fct_population_sensitivity")
        if (row["edition"], row["indicator"], row["area_code"]) == ("2026", "violence_per_1000", "E05010655")
    }
    at_risk, everyone, events = (
        float(found[basis]["value"])
        for basis in ("population_at_risk", "all_residents", "all_residents_and_events")
    )
    assert float(found["population_at_risk"]["residents_left_out"]) > 610
    assert float(found["population_at_risk"]["events_apart"]) > 0
    assert everyone < at_risk < events
    file = next((sample_run.data / "warehouse").rglob("warehouse.duckdb"))
    with duckdb.connect(str(file), read_only=True) as connection:
        offences, apart = connection.execute(
            """
            select
                sum(amount) filter (where measure = 'violence'),
                sum(amount) filter (where measure = 'violence_at_prison')
            from geography.geo_ward_observation
            where dataset = 'police_uk_street' and ward_code = 'E05010655' and reference_year = 2026
            """
        ).fetchone()
        residents, communal = connection.execute(
            """
            select
                (
                    select amount from geography.geo_ward_observation
                    where dataset = 'ref_ward_population' and measure = 'persons' and ward_code = 'E05010655'
                    order by reference_year desc limit 1
                ),
                (
                    select amount from geography.geo_ward_observation
                    where measure = 'communal_residents' and ward_code = 'E05010655'
                )
            """
        ).fetchone()
    assert at_risk == pytest.approx(1000 * offences / (residents - communal))
    assert everyone == pytest.approx(1000 * offences / residents)
    assert events == pytest.approx(1000 * (offences + apart) / residents)
