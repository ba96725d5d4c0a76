"""Observations staged from the real files, against figures read in the files or published with them.

Belongs here: staging models of national datasets in the warehouse of the open run. Does not belong here:
what readers give (`test_layouts.py`), or values of wards (`test_open_values.py`).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import duckdb
import pytest

from tests.real.comparison import Release

pytestmark = [pytest.mark.real, pytest.mark.slow]

Query = Callable[[str], list[tuple[Any, ...]]]


@pytest.fixture(scope="module")
def query(open_release: Release) -> Iterator[Query]:
    """Ask the warehouse of the open run."""
    path = next(iter(sorted(open_release.data.glob("warehouse/**/warehouse.duckdb"))))
    with duckdb.connect(str(path), read_only=True) as connection:
        yield lambda sql: connection.execute(sql).fetchall()


def measures(query: Query, model: str, where: str = "true") -> dict[str, float]:
    return dict(query(f"select measure, sum(amount) from staging.stg_{model} where {where} group by measure"))


def test_incidents_by_point_are_all_there(query: Query):
    # Lines of the seven month files with these kinds, counted with a text search: 127, 1 and 12 without a place.
    # Of these, lines that end "On or near Prison": 123 of violence and 2 of burglary.
    assert measures(query, "police_uk_street") == {
        "violence": 24_008 - 123,
        "violence_at_prison": 123,
        "asb": 9_380,
        "burglary": 2_096 - 2,
        "burglary_at_prison": 2,
    }
    assert query("select distinct reference_year from staging.stg_police_uk_street") == [(2025,)]
    without = query("select sum(source_rows) from staging.stg_police_uk_street where place is null")
    assert without == [(140,)]


def test_fuel_poverty_of_three_years_is_kept_apart(query: Query):
    found = query(
        """
        select fuel.reference_year, fuel.measure, sum(fuel.amount)
        from staging.stg_desnz_fuel_poverty as fuel
        inner join staging.stg_ref_lsoa11_lsoa21 as area on area.lsoa11_code = fuel.place
        where area.lad_code = 'E07000194'
        group by all
        order by all
        """
    )
    # The line of Lichfield in table 2 of each workbook.
    assert found == [
        (2018, "fuel_poor", 3_982),
        (2018, "households", 43_653),
        (2019, "fuel_poor", 5_526),
        (2019, "households", 44_127),
        (2020, "fuel_poor", 5_665),
        (2020, "households", 44_529),
    ]


def test_older_people_of_the_district(query: Query):
    found = query(
        "select status, count(*), min(amount_low), max(amount_high) from staging.stg_mhclg_iod2025_indicators "
        "where measure = 'older_income_deprived' and amount is null group by status"
    )
    # 832 blanks in England; a withheld count is 0 to 9 and never zero.
    assert found == [("suppressed", 832, 0, 9)]


def test_overcrowding_adds_the_two_ratings_below_zero(query: Query):
    # E01029475: 7 households with a rating of minus 1, 3 with minus 2 or less, of 877.
    assert measures(query, "ons_census21_occupancy", "place = 'E01029475'") == {
        "households": 877,
        "overcrowded": 10,
    }
    assert measures(query, "ons_census21_occupancy")["households"] == 45_640


def test_tenure_leaves_shared_ownership_and_rent_free_out(query: Query):
    assert measures(query, "ons_census21_tenure", "place = 'E01029475'") == {
        "households": 879,
        "owned": 458 + 270,
        "social_rented": 3 + 36,
        "private_rented": 88 + 16,
    }


def test_ages_of_an_lsoa(query: Query):
    # City of London 001A, first line of the table.
    assert measures(query, "ons_census21_age", "place = 'E01000001'") == {
        "residents": 1_473,
        "residents_0_14": 52 + 34 + 32,
        "residents_60_plus": 83 + 119 + 102 + 57 + 57 + 35,
        "residents_65_plus": 119 + 102 + 57 + 57 + 35,
    }
    assert measures(query, "ons_census21_general_health", "place = 'E01000001'") == {
        "residents": 1_475,
        "bad_health": 18 + 11,
    }


def test_the_age_table_and_the_query_of_ages_agree(query: Query):
    differences = query(
        """
        select max(abs(age.amount - other.amount)), count(*)
        from staging.stg_ons_census21_age as age
        inner join staging.stg_ons_census21_sex_age_65 as other using (place, measure)
        where measure = 'residents_65_plus'
        """
    )
    # Each table is perturbed by itself: cells differ by a few, and never by more.
    assert differences[0][1] == 35_672
    assert 0 < differences[0][0] < 40


def test_residents_of_wards_stand_under_their_own_codes(query: Query):
    total = "place between 'E05010651' and 'E05010672'"
    found = measures(query, "ref_ward_population", total)
    assert found["persons"] == 105_637
    assert found["persons"] == found["persons_0_15"] + found["persons_16_plus"]
    assert found["persons_16_plus"] == found["persons_16_17"] + found["persons_18_plus"]
    assert found["persons_16_plus"] == found["persons_16_64"] + found["persons_65_plus"]
    # Line 4920: Alrewas & Fradley has 6,515 residents, and line 4924: Bourne Vale 3,018.
    wards = dict(query("select place, amount from staging.stg_ref_ward_population where measure = 'persons'"))
    assert (wards["E05010651"], wards["E05010655"]) == (6_515, 3_018)
    assert query("select distinct reference_year from staging.stg_ref_ward_population") == [(2020,)]


def test_low_income_has_a_row_a_year(query: Query):
    found = query(
        "select reference_year, measure, amount from staging.stg_dwp_cilif "
        "where place = 'E05010653' order by all"
    )
    assert found == [
        (2024, "low_income_children", 34),
        (2024, "low_income_pct", 5.9),
        (2025, "low_income_children", 28),
        (2025, "low_income_pct", 5.0),
    ]


def test_prices_are_of_the_year_to_march(query: Query):
    found = query(
        "select reference_year, amount from staging.stg_ons_hpssa_ward where place = 'E05010660' order by 1"
    )
    assert found == [(2021, 240_000), (2022, 240_000), (2023, 240_000)]


def test_schools_without_results_of_their_own_do_not_count(query: Query):
    found = query(
        "select place, amount, source_rows from staging.stg_dfe_ks2_schools "
        "where measure = 'reading_progress' and place in ('WS137PH', 'WS149AN') order by 1"
    )
    # Each of the two postcodes has two schools. Charnwood's neighbour is a special school and left out; St
    # Joseph's neighbour, Five Spires Academy, had no results of its own yet.
    assert found == [("WS137PH", 1.7, 1), ("WS149AN", 3.7, 1)]


def test_turnout_is_as_printed(query: Query):
    found = query(
        "select measure, amount from staging.stg_hoc_local_elections where place = 'Highfield' order by 1"
    )
    assert found == [("electorate", 3_653), ("turnout", 29)]


def test_reference_sets_hold_the_district(query: Query):
    counts = query(
        """
        select
            (select count(*) from staging.stg_ref_postcodes),
            (select count(*) from staging.stg_ref_ward_boundaries),
            (select count(*) from staging.stg_ref_lsoa21_boundaries),
            (select count(*) from staging.stg_ref_lsoa11_boundaries),
            (select count(*) from staging.stg_ref_lsoa11_lsoa21 where change_indicator is not null)
        """
    )
    assert counts == [(3_091, 22, 62, 58, 0)]
