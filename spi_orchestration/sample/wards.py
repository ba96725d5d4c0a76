"""The wards of the sample and the people in them, read from `config/sample/wards.csv`.

Belongs here: the ward table and, drawn from it, residents by single year of age and homes by year.
Does not belong here: the map (`geography.py`), or anything an indicator measures (`truth.py`).

Names, codes, centres and Census totals are real; how people are spread over ages and years is drawn.
"""

from __future__ import annotations

import csv
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from spi_orchestration.sample.streams import stream

__all__ = ["AGES", "YEARS", "People", "Ward", "draw_people", "read_wards", "share_out"]

#: Single years for which the truth is drawn.
YEARS = tuple(range(2018, 2027))
#: Single years of age; the last stands for 90 and over.
AGES = tuple(range(91))
_CENSUS = 2021


@dataclass(frozen=True)
class Ward:
    """One ward.

    Attributes:
        code, name: GSS code and official name.
        alias: name as teams without codes write it.
        councillors: seats.
        centre: easting and northing in metres.
        population, households, age_0_17, age_65_plus: Census 2021.
        prison_18_28: prisoners among the residents, men of 18 to 28.
        lsoas: LSOAs that fit the ward best.
        growth: yearly growth of homes and people, as a share.
        constituencies: one, or two where the ward is split.
        uncontested: years in which nobody stood against the councillors.
    """

    code: str
    name: str
    alias: str
    councillors: int
    centre: tuple[float, float]
    population: int
    households: int
    age_0_17: int
    age_65_plus: int
    prison_18_28: int
    lsoas: int
    growth: float
    constituencies: tuple[str, ...]
    uncontested: tuple[int, ...]


def read_wards(path: Path) -> list[Ward]:
    """Read the ward table, in the order of codes."""
    with path.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    wards = [
        Ward(
            code=row["ward_code"],
            name=row["ward_name"],
            alias=row["alias"],
            councillors=int(row["councillors"]),
            centre=(float(row["easting"]), float(row["northing"])),
            population=int(row["population"]),
            households=int(row["households"]),
            age_0_17=int(row["age_0_17"]),
            age_65_plus=int(row["age_65_plus"]),
            prison_18_28=int(row["prison_18_28"]),
            lsoas=int(row["lsoas"]),
            growth=float(row["growth_pct"]) / 100,
            constituencies=tuple(row["constituencies"].split("|")),
            uncontested=tuple(int(year) for year in row["uncontested"].split("|") if year),
        )
        for row in rows
    ]
    return sorted(wards, key=lambda ward: ward.code)


def share_out(total: int, weights: np.ndarray) -> np.ndarray:
    """Whole numbers in proportion to weights that add up to a total (largest remainders)."""
    exact = total * weights / weights.sum()
    whole = np.floor(exact).astype(int)
    order = np.argsort(-(exact - whole), kind="stable")
    whole[order[: total - int(whole.sum())]] += 1
    return whole


@dataclass(frozen=True)
class People:
    """Residents and homes.

    Attributes:
        persons: residents, array of (ward, year, single year of age).
        dwellings: homes on the council tax list on 31 March, array of (ward, year).
        households: households at the Census, array of (ward,).
        census: residents at the Census, array of (ward, single year of age).
    """

    persons: np.ndarray
    dwellings: np.ndarray
    households: np.ndarray
    census: np.ndarray

    def ages(self, first: int, last: int) -> np.ndarray:
        """Residents from one single year of age to another, array of (ward, year)."""
        return np.asarray(self.persons[:, :, first : last + 1].sum(axis=2))


def _age_weights(ward: Ward, rng: np.random.Generator) -> np.ndarray:
    """Census residents of a ward by single year of age, before rounding and growth."""
    ages = np.arange(91)
    shape = np.ones(91)
    # Fewer people in their twenties than parents of school children; numbers fall off after 75.
    shape[18:65] = 1 + 0.25 * np.sin((ages[18:65] - 32) / 33 * np.pi)
    shape[65:90] = np.exp(-(((ages[65:90] - 62) / 17) ** 2))
    shape[90] = 0.45
    shape = shape * rng.lognormal(0, 0.06, 91)
    adults = ward.population - ward.age_0_17 - ward.age_65_plus - ward.prison_18_28
    for first, last, total in ((0, 18, ward.age_0_17), (18, 65, adults), (65, 91, ward.age_65_plus)):
        shape[first:last] *= total / shape[first:last].sum()
    shape[18:29] += ward.prison_18_28 / 11
    return shape


def draw_people(wards: list[Ward], seed: int) -> People:
    """Draw residents by single year of age, and homes, of every ward and year."""
    persons = np.zeros((len(wards), len(YEARS), len(AGES)), dtype=int)
    dwellings = np.zeros((len(wards), len(YEARS)), dtype=int)
    for w, ward in enumerate(wards):
        rng = stream(seed, "people", ward.code)
        weights = _age_weights(ward, rng)
        noise = rng.normal(0, 0.002, len(YEARS))
        ageing = np.where(np.arange(91) >= 65, 0.012, -0.003)
        for y, year in enumerate(YEARS):
            growth = (1 + ward.growth) ** (year - _CENSUS) * (1 + noise[y])
            total = round(ward.population * growth)
            persons[w, y] = share_out(total, weights * (1 + ageing) ** (year - _CENSUS))
            dwellings[w, y] = round(ward.households * 1.035 * (1 + ward.growth) ** (year - _CENSUS))
    at_census = persons[:, YEARS.index(_CENSUS)].astype(float)
    return People(
        persons=persons,
        dwellings=dwellings,
        households=np.array([ward.households for ward in wards]),
        census=np.array(
            [share_out(ward.population, ages) for ward, ages in zip(wards, at_census, strict=True)]
        ),
    )
