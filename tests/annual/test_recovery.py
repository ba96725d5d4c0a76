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
        if found is None and delivered == 0 and measure.endswith("_at_prison"):
            # What is counted apart has no rows at all in a year without a case.
            continue
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


INDICATOR_QUERY = """
with
    framework as (select * from read_csv($framework, all_varchar = true)),
    at_risk as (select * from read_csv($at_risk, all_varchar = true)),
    truth as (
        select dataset, measure, ward_code, year, numerator, delivered
        from read_parquet($truth)
        where first_edition is not null and ward_code in (select ward_code from geography.geo_ward)
    ),
    windows as (
        select edition, indicator, expected_year, first_year, last_year from indicators.ind_edition
    ),
    found as (
        select
            windows.edition, windows.indicator, found.ward_code,
            count(found.numerator) as years,
            sum(found.numerator) as numerator,
            sum(found.numerator_low) as low,
            sum(found.numerator_high) as high,
            sum(found.denominator) as denominator,
            bool_or(found.status = 'suppressed') as withheld,
            bool_or(found.kind = 'level') as is_level
        from windows
        inner join
            indicators.ind_ward_year as found
            on found.indicator = windows.indicator
            and found.reference_year between windows.first_year and windows.last_year
        group by all
    ),
    told as (
        select
            windows.edition, windows.indicator, numerator.ward_code,
            count(*) as years,
            count(numerator.delivered) as years_delivered,
            sum(numerator.delivered) as delivered,
            sum(numerator.numerator) as happened,
            sum(denominator.delivered - coalesce(excluded.delivered, 0)) as denominator
        from windows
        inner join framework using (indicator)
        inner join
            truth as numerator
            on numerator.dataset = framework.numerator_dataset
            and numerator.measure = framework.numerator_measure
            and numerator.year between windows.first_year and windows.last_year
        left join
            indicators.ind_denominator_year as years
            on years.indicator = windows.indicator and years.reference_year = numerator.year
        left join
            truth as denominator
            on denominator.dataset = framework.denominator_dataset
            and denominator.measure = framework.denominator_measure
            and denominator.ward_code = numerator.ward_code
            and denominator.year = years.denominator_year
        left join at_risk on at_risk.indicator = windows.indicator
        left join
            truth as excluded
            on excluded.dataset = at_risk.excluded_dataset
            and excluded.measure = at_risk.excluded_measure
            and excluded.ward_code = numerator.ward_code
        group by all
    ),
    methods as (
        select dataset, measure, min(method) as method
        from geography.geo_ward_observation
        where method is not null
        group by dataset, measure
    )
select
    windows.edition, windows.indicator, framework.estimator, told.ward_code,
    numerator.method, coalesce(denominator.method, ''), framework.denominator_dataset is not null as has_denominator,
    told.years, told.years_delivered, told.delivered, told.happened, told.denominator,
    found.years, found.numerator, found.low, found.high, found.denominator, found.withheld, found.is_level
from windows
inner join framework using (indicator)
inner join told using (edition, indicator)
left join found on found.edition = windows.edition and found.indicator = windows.indicator and found.ward_code = told.ward_code
left join methods as numerator on numerator.dataset = framework.numerator_dataset and numerator.measure = framework.numerator_measure
left join methods as denominator on denominator.dataset = framework.denominator_dataset and denominator.measure = framework.denominator_measure
order by windows.indicator, windows.edition, told.ward_code
"""


@pytest.fixture(scope="module")
def by_indicator(sample_run: Ended) -> list[tuple]:
    """What the truth and the warehouse say of each edition, indicator and ward, before disclosure control."""
    file = next((sample_run.data / "warehouse").rglob("warehouse.duckdb"))
    seeds = ROOT / "dbt_project" / "seeds" / "framework"
    files = {
        "truth": str(sample_run.data / "sample" / "truth" / "truth.parquet"),
        "framework": str(seeds / "full_indicator.csv"),
        "at_risk": str(seeds / "full_population_at_risk.csv"),
    }
    with duckdb.connect(str(file), read_only=True) as connection:
        return connection.execute(INDICATOR_QUERY, files).fetchall()


def test_every_indicator_of_every_edition_is_recovered(by_indicator: list[tuple], record_property):
    """Numerators and denominators of the pooled windows, or the value where the source gives no counts.

    Left out of the comparison are wards of which the supplier withheld or lacked a year of the window; what
    happened there must lie within the class the supplier named.
    """
    table: dict[tuple[str, int], list] = {}
    wrong = []
    for row in by_indicator:
        edition, indicator, estimator, ward, method, other, has_denominator = row[:7]
        years, delivered_years, delivered, happened, whole = row[7:12]
        found_years, numerator, low, high, denominator, withheld, is_level = row[12:]
        line = table.setdefault((indicator, edition), [estimator, method, 0, 0, -1.0, 0.0, -1.0, 0.0])
        if delivered_years < years or withheld:
            line[3] += 1
            rounding = 2.5 * years + 1e-9
            known = withheld and found_years == years and method in EXACT
            if known and not low - rounding <= happened <= high + rounding:
                wrong.append((indicator, edition, ward, "class", happened, low, high))
            continue
        line[2] += 1
        if numerator is None:
            wrong.append((indicator, edition, ward, "nothing", delivered))
            continue
        if is_level:
            told, got = (
                delivered / (whole if other and has_denominator and estimator == "median" else years),
                (numerator / denominator),
            )
            pairs = [("value", got, told, _tolerance("level", other or method, told), 4)]
        else:
            pairs = [("numerator", numerator, delivered, _tolerance("count", method, delivered), 4)]
            pairs.append(("denominator", denominator, whole, _tolerance("count", other, whole), 6))
        for what, got, told, allowed, place in pairs:
            deviation = abs(got - told)
            if deviation > allowed:
                wrong.append((indicator, edition, ward, what, told, got))
            if deviation >= line[place]:
                line[place : place + 2] = [deviation, allowed]
    print(
        f"{'indicator':38s} {'edition':7s} {'way':28s} {'wards':>5s} {'withheld':>8s} {'deviation':>10s} {'allowed':>10s}"
    )
    for (indicator, edition), line in table.items():
        estimator, method, wards, withheld, deviation, allowed, of_whole, allowed_whole = line
        said = f"{method}, {wards} wards: largest deviation {deviation:.4g}, allowed {allowed:.4g}"
        if of_whole >= 0:
            said += f"; denominator {of_whole:.4g}, allowed {allowed_whole:.4g}"
        record_property(f"{indicator}.{edition}", said)
        print(
            f"{indicator:38s} {edition} {method:28s} {wards:5d} {withheld:8d} {deviation:10.4g} {allowed:10.4g}"
        )
    indicators = {indicator for indicator, _ in table}
    assert len(indicators) == 78
    assert {(indicator, edition) for indicator in indicators for edition in range(2022, 2027)} == set(table)
    assert all(line[2] or line[3] for line in table.values())
    assert not wrong, f"{len(wrong)}, first: {wrong[:8]}"
