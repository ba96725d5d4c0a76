"""Does the pipeline give back the counts that the sample was made from?

Belongs here: the comparison of every measure of every ward and year with the truth that the sample wrote
apart from its deliveries. Does not belong here: how the sample is drawn (`tests/sample`).
"""

from __future__ import annotations

import csv
from pathlib import Path

import duckdb
import pytest

from tests.helpers.annual import ROOT, Ended

#: Ways to a ward that place each unit or each table row in one ward: nothing may be lost or moved.
EXACT = {
    "direct_ward",
    "ward_name",
    "postcode_lookup",
    "survey_weighted_postcode",
    "uprn_lookup",
    "points_in_ward",
    "polling_district_sum",
    "oa21_best_fit",
}
#: An LSOA that straddles wards is shared by its residents, wherever in it the poor or the old live. The
#: sample lets them live unevenly, so a ward's count may be off by a tenth of it and a few people more.
SHARE_OF_COUNT, UNITS = 0.10, 15
#: A rate or score of a straddling LSOA is that of all its residents: off by at most a seventh, or a tenth
#: of a point for scores around zero.
SHARE_OF_LEVEL, POINTS = 0.15, 0.1

QUERY = """
with
    truth as (
        select dataset, measure, ward_code, year, delivered
        from read_parquet($truth)
        where first_edition is not null and delivered is not null and ward_code in (select ward_code from geography.geo_ward)
    ),
    found as (
        select
            dataset, measure, ward_code, reference_year, kind, method, status,
            case when kind = 'level' then amount / nullif(weight, 0) else amount end as amount
        from geography.geo_ward_observation
    )
select
    truth.dataset, truth.measure, truth.ward_code, truth.year, truth.delivered,
    found.amount, found.kind, found.method
from truth
left join found
    on found.dataset = truth.dataset and found.measure = truth.measure
    and found.ward_code = truth.ward_code and found.reference_year = truth.year
order by all
"""


@pytest.fixture(scope="module")
def compared(sample_run: Ended) -> list[tuple]:
    """(dataset, measure, ward, year, delivered, found, kind, method) for every true cell."""
    file = next((sample_run.data / "warehouse").rglob("warehouse.duckdb"))
    truth = sample_run.data / "sample" / "truth" / "truth.parquet"
    with duckdb.connect(str(file), read_only=True) as connection:
        return connection.execute(QUERY, {"truth": str(truth)}).fetchall()


def _tolerance(kind: str, method: str, delivered: float) -> float:
    if method in EXACT:
        return 1e-9 * max(1.0, abs(delivered))
    if kind == "level":
        return max(SHARE_OF_LEVEL * abs(delivered), POINTS)
    return SHARE_OF_COUNT * delivered + UNITS


def test_every_count_is_recovered(compared: list[tuple], record_property):
    worst: dict[tuple[str, str], tuple[float, float, str]] = {}
    wrong = []
    for dataset, measure, ward, year, delivered, found, kind, method in compared:
        if found is None:
            wrong.append((dataset, measure, ward, year, delivered, "nothing"))
            continue
        deviation, allowed = abs(found - delivered), _tolerance(kind, method, delivered)
        if deviation > allowed:
            wrong.append((dataset, measure, ward, year, delivered, found))
        if deviation >= worst.get((dataset, measure), (-1.0, 0.0, ""))[0]:
            worst[dataset, measure] = (deviation, allowed, method)
    for (dataset, measure), (deviation, allowed, method) in sorted(worst.items()):
        record_property(
            f"{dataset}.{measure}", f"{method}: largest deviation {deviation:.4g}, allowed {allowed:.4g}"
        )
        print(f"{dataset:32s} {measure:28s} {method:22s} {deviation:12.4g} {allowed:12.4g}")
    assert not wrong, f"{len(wrong)} of {len(compared)}, first: {wrong[:5]}"


def test_every_numerator_of_the_framework_is_among_them(compared: list[tuple]):
    with (ROOT / "dbt_project" / "seeds" / "framework" / "full_indicator.csv").open(
        encoding="utf-8", newline=""
    ) as file:
        needed = {(row["numerator_dataset"], row["numerator_measure"]) for row in csv.DictReader(file)}
    assert needed <= {(row[0], row[1]) for row in compared}


def test_both_sides_of_the_tolerance_are_used(compared: list[tuple]):
    methods = {row[7] for row in compared}
    assert {
        "direct_ward",
        "postcode_lookup",
        "uprn_lookup",
        "points_in_ward",
        "polling_district_sum",
    } <= methods
    assert {
        "lsoa21_pop_weighted",
        "lsoa11_to_lsoa21",
        "grid_dwelling_weighted",
        "gp_practice_patient_weighted",
    } <= methods


def test_what_lies_nowhere_is_counted_and_not_placed(sample_run: Ended):
    file = next((sample_run.data / "warehouse").rglob("warehouse.duckdb"))
    truth = sample_run.data / "sample" / "truth" / "truth.parquet"
    with duckdb.connect(str(file), read_only=True) as connection:
        rows = connection.execute(
            """
            select
                truth.dataset, truth.measure, truth.year, sum(truth.delivered) as lost,
                min(coalesce(found.amount_without_place, 0) + coalesce(found.amount_elsewhere, 0)) as found
            from read_parquet($truth) as truth
            left join geography.geo_unallocated as found
                on found.dataset = truth.dataset and found.measure = truth.measure
                and found.reference_year = truth.year
            where truth.ward_code in ('unallocated', 'outside') and truth.first_edition is not null
            group by all
            order by all
            """,
            {"truth": str(truth)},
        ).fetchall()
    assert len(rows) > 20
    assert [row for row in rows if row[3] != pytest.approx(row[4])] == []


def test_the_truth_stands_apart_from_the_deliveries(sample_run: Ended):
    shares = sample_run.data / "sample" / "shares"
    names = [path.name for path in shares.rglob("*")]
    assert names and not [name for name in names if "truth" in name.lower()]
    assert not Path(shares, "truth").exists()
