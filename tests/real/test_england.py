"""Every published figure of England, worked out again from the national files.

Belongs here: the value of England and the percentiles of English wards in the seed, each formed from the
publisher's file by the written method with the standard library alone. Does not belong here: what the mart
makes of them (`tests/index/test_england.py`).
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Mapping
from pathlib import Path

import pytest

from tests.real.conftest import SEEDS
from tests.real.independent import (
    IOD_2019,
    IOD_2025,
    WITHHELD_MIDDLE,
    _number,
    _records,
    _rows,
    _sheet_rows,
)
from tests.real.independent_scores import read_table

pytestmark = pytest.mark.real

#: (top, bottom) by small area or ward: a count and its base, or a level times its weight and the weight.
Parts = dict[str, tuple[float, float]]

FUEL = {
    2018: "2018_Sub-Regional-Data-LIHC.xlsx",
    2019: "2019_Sub-Regional-Data-LILEE.xlsx",
    2020: "sub-regional-fuel-poverty-2022-tables.xlsx",
}
#: What no file at hand gives, and where it stands instead: the catalogue's ranges, or a publication.
IN_CATALOGUE = {
    "overcrowded_hh_pct": ("overcrowded_hh_pct", 1),
    "unpaid_care_20h_pct": ("unpaid_care20_pct", 1),
    "employment_deprived_pct": ("iod25_Employment_score", 100),
}
STATED = {
    ("overcrowded_hh_pct", "2021"): 4.4,
    ("level4_plus_pct", "2021"): 33.9,
    # Residents of five and over who give 20 to 49 hours, and 50 or more, over all of that age.
    ("unpaid_care_20h_pct", "2021"): 100 * (969_769 + 1_404_771) / 53_413_098,
    # Expected at England's own rates.
    ("preventable_mortality_smr", ""): 100,
    ("self_harm_admissions_sar", ""): 100,
}


def percentile(values: Iterable[float], percent: float) -> float:
    """Between the two values that hold it, in a straight line."""
    ordered = sorted(values)
    place = percent / 100 * (len(ordered) - 1)
    low = int(place)
    high = min(low + 1, len(ordered) - 1)
    return ordered[low] + (place - low) * (ordered[high] - ordered[low])


class Nation:
    """Values of England and of every English ward, by indicator and year."""

    def __init__(self, real: Path) -> None:
        self.england: dict[tuple[str, str], float] = {}
        self.wards: dict[tuple[str, str], list[float]] = {}
        #: Lowest and highest value of England that withheld counts allow.
        self.withheld: dict[tuple[str, str], tuple[float, float]] = {}
        lookup = real / "converted_csv" / "lookup_lsoa21_ward24_ltla24.csv.gz"
        self.wards_2021 = {row["lsoa21_code"]: row["ward24_code"] for row in _records(lookup)}
        lookup = real / "geography" / "ons_lookups" / "LSOA11_to_Ward_2019_EW.csv"
        self.wards_2011 = {row["LSOA11CD"]: row["WD19CD"] for row in _records(lookup)}
        self._census(real / "census2021")
        self._iod_2025(real / "converted_csv" / "imd2025_england_lsoa21_indicators.csv.gz")
        self._iod_2019(real / "converted_csv" / "imd2019_england_lsoa11_indicators.csv.gz")
        for year, name in FUEL.items():
            self._fuel(year, real / "fuel_poverty" / name)
        for year in (2024, 2025):
            self._low_income(year, real / "dwp" / "4_AHC_Relative_Ward.csv")

    def _take(
        self, indicator: str, year: int, parts: Parts, wards: Mapping[str, str], multiplier: float
    ) -> None:
        """England as one area of all parts, and each ward of the best-fit lookup."""
        assert len(parts) > 30_000, f"{indicator}: not the whole of England"
        tops: dict[str, float] = defaultdict(float)
        bottoms: dict[str, float] = defaultdict(float)
        for place, (top, bottom) in parts.items():
            tops[wards[place]] += top
            bottoms[wards[place]] += bottom
        key = (indicator, str(year))
        self.england[key] = multiplier * sum(tops.values()) / sum(bottoms.values())
        self.wards[key] = [multiplier * tops[ward] / bottoms[ward] for ward in tops]

    def _census(self, folder: Path) -> None:
        self.residents: dict[str, int] = {}
        self.older: dict[str, int] = {}
        for row in _records(folder / "census2021-ts007a-lsoa.csv"):
            if row["geography code"].startswith("E"):
                self.residents[row["geography code"]] = int(row["Age: Total"])
                self.older[row["geography code"]] = sum(
                    int(count)
                    for band, count in row.items()
                    if (aged := re.match(r"Age: Aged (\d+)", band)) and int(aged[1]) >= 60
                )
        health: Parts = {}
        for row in _records(folder / "census2021-ts037-lsoa.csv"):
            if row["geography code"].startswith("E"):
                bad = sum(int(row[f"General health: {how} health"]) for how in ("Bad", "Very bad"))
                total = int(row["General health: Total: All usual residents"])
                health[row["geography code"]] = (bad, total)
        self._take("bad_health_pct", 2021, health, self.wards_2021, 100)

    def _iod_2025(self, path: Path) -> None:
        rows = {row["lsoa21_code"]: row for row in _records(path)}
        assert set(rows) == set(self.residents)
        for indicator, (column, multiplier) in IOD_2025.items():
            levels = {lsoa: _number(row[column]) for lsoa, row in rows.items()}
            parts = {
                lsoa: (level * self.residents[lsoa], float(self.residents[lsoa]))
                for lsoa, level in levels.items()
                if level is not None
            }
            self._take(indicator, 2022, parts, self.wards_2021, multiplier)
        column = "income_deprivation_affecting_older_people_index_idaopi_numerator"
        counts = {lsoa: _number(row[column]) for lsoa, row in rows.items()}

        def filled(withheld: float) -> Parts:
            return {
                lsoa: (withheld if count is None else count, float(self.older[lsoa]))
                for lsoa, count in counts.items()
            }

        for withheld in (0, 9, WITHHELD_MIDDLE):
            self._take("older_people_poverty_pct", 2022, filled(withheld), self.wards_2021, 100)
            found = self.england["older_people_poverty_pct", "2022"]
            low, high = self.withheld.get(("older_people_poverty_pct", "2022"), (found, found))
            self.withheld["older_people_poverty_pct", "2022"] = (min(low, found), max(high, found))

    def _iod_2019(self, path: Path) -> None:
        """Percentiles alone: no file at hand gives the residents of 2021 of every LSOA of 2011."""
        rows = list(_records(path))
        for indicator, (column, multiplier) in IOD_2019.items():
            levels: dict[str, list[float]] = defaultdict(list)
            for row in rows:
                levels[self.wards_2011[row["lsoa11_code"]]].append(float(row[column]))
            self.wards[indicator, "2016"] = [multiplier * sum(of) / len(of) for of in levels.values()]

    def _fuel(self, year: int, path: Path) -> None:
        columns: dict[str, str] = {}
        parts: Parts = {}
        for row in _sheet_rows(path, "Table 3"):
            if row.get("A") == "LSOA Code":
                columns = {name.rstrip("0123456789"): letter for letter, name in row.items()}
            elif columns and row.get("A", "").startswith("E01"):
                poor = float(row[columns["Number of households in fuel poverty"]])
                parts[row["A"]] = (poor, float(row[columns["Number of households"]]))
        self._take("fuel_poverty_pct", year, parts, self.wards_2011, 100)

    def _low_income(self, year: int, path: Path) -> None:
        """Percentiles alone: the percentages of districts are rounded, so England is not exactly known."""
        position = 0
        found = []
        for row in _rows(path):
            if not position and row and row[0].startswith("Local Authority"):
                header = [" ".join(cell.split()) for cell in row]
                position = header.index(f"Percentage of children FYE {year} (%) [note 3]")
            elif position and row[3].startswith("E05") and row[position].endswith("%"):
                found.append(float(row[position][:-1]))
        self.wards["child_poverty_pct", str(year)] = found


@pytest.fixture(scope="module")
def nation(real: Path) -> Nation:
    return Nation(real)


@pytest.fixture(scope="module")
def figures() -> list[dict[str, str]]:
    return read_table(SEEDS / "reference" / "england.csv")


def half_digit(amount: str) -> float:
    """Half of the last digit given."""
    digits = len(amount.partition(".")[2])
    return 0.5 * 10**-digits + 1e-9


def wrong(figures: Iterable[dict[str, str]], found: Mapping[tuple[str, str], float]) -> list[str]:
    return [
        f"{row['indicator']} {row['reference_year']} {row['statistic']}: {row['amount']}, found {value!r}"
        for row in figures
        for value in [found[row["indicator"], row["reference_year"]]]
        if abs(float(row["amount"]) - value) > half_digit(row["amount"])
    ]


def test_every_value_of_england_is_that_of_the_national_file_or_of_its_publication(
    nation: Nation, figures: list[dict[str, str]]
):
    values = [row for row in figures if row["statistic"] == "england"]
    assert {(row["indicator"], row["reference_year"]) for row in values} == set(nation.england) | set(STATED)
    assert not set(nation.england) & set(STATED)
    assert wrong(values, nation.england | STATED) == []


def test_what_is_withheld_cannot_move_a_value_of_england_as_given(
    nation: Nation, figures: list[dict[str, str]]
):
    assert nation.withheld
    for row in figures:
        key = (row["indicator"], row["reference_year"])
        if row["statistic"] == "england" and key in nation.withheld:
            low, high = nation.withheld[key]
            assert low < high
            assert wrong([row], {key: low}) == wrong([row], {key: high}) == []


def test_every_percentile_is_that_of_the_english_wards(
    nation: Nation, real: Path, figures: list[dict[str, str]]
):
    counted = {key: len(values) for key, values in nation.wards.items()}
    assert set(counted.values()) == {6784, 7180, 6787}
    ranges = real.parents[1] / "catalogue" / "ward_observed_ranges.csv"
    catalogue = {row.pop(""): row for row in read_table(ranges)} if ranges.is_file() else {}
    missing = []
    faults = []
    for row in figures:
        if row["statistic"] == "england":
            continue
        key = (row["indicator"], row["reference_year"])
        percent = row["statistic"]
        if key in nation.wards:
            value = percentile(nation.wards[key], float(percent[1:]))
        elif catalogue:
            name, multiplier = IN_CATALOGUE[row["indicator"]]
            value = multiplier * float(catalogue[name][f"eng_ward_{percent}"])
        else:
            assert row["indicator"] in IN_CATALOGUE
            missing.append(row["indicator"])
            continue
        faults += wrong([row], {key: value})
    assert faults == []
    assert set(missing) in (set(), set(IN_CATALOGUE))


def test_a_figure_that_is_off_by_its_last_digit_is_found(nation: Nation, figures: list[dict[str, str]]):
    values = [row for row in figures if row["statistic"] == "england"]
    for row in values:
        digits = len(row["amount"].partition(".")[2])
        moved = row | {"amount": f"{float(row['amount']) + 1.01 * 10**-digits:.{digits + 2}f}"}
        key = (row["indicator"], row["reference_year"])
        assert abs(float(moved["amount"]) - (nation.england | STATED)[key]) > half_digit(row["amount"])
