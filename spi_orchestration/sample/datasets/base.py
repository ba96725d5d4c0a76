"""What all writers of the sample share.

Belongs here: the shapes of a dataset and of a delivery, and small helpers for places, dates and keys.
Does not belong here: any one dataset.
"""

from __future__ import annotations

import datetime as dt
import hashlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TypeVar

import numpy as np

from spi_orchestration.sample.geography import Map
from spi_orchestration.sample.streams import stream
from spi_orchestration.sample.truth import OUTSIDE, UNALLOCATED, Series, Truth
from spi_orchestration.sample.wards import People, Ward

__all__ = [
    "EDITIONS",
    "Delivery",
    "Sample",
    "SampleDataset",
    "academic",
    "days_in_year",
    "financial",
    "hashed",
    "home_postcodes",
    "lost_postcodes",
    "scribbled",
    "shuffled",
]

Row = TypeVar("Row")

#: Editions the sample can deliver.
EDITIONS = (2022, 2023, 2024, 2025, 2026)

#: What suppliers write where a home is unknown: nothing, the pseudo-postcodes, and a slip of the pen.
_LOST = ("", "ZZ99 3VZ", "ZZ99 9ZZ", "WS09 9ZZ")


@dataclass(frozen=True)
class Sample:
    """Everything a writer can draw on.

    Attributes:
        seed: of the whole sample.
        district: code and name.
        wards, people, map, truth: what was drawn, in this order.
    """

    seed: int
    district: tuple[str, str]
    wards: list[Ward]
    people: People
    map: Map
    truth: Truth

    def rng(self, dataset: str, *names: object) -> np.random.Generator:
        """The stream of a dataset's deliveries."""
        return stream(self.seed, "delivery", dataset, *names)


@dataclass
class Delivery:
    """The files of one dataset and edition.

    Attributes:
        files: path below the supplier's folder -> content.
        years: reference years the files hold.
        withheld: (measure, ward code, year) that the supplier withheld by a rule of its own.
        elsewhere: (measure, `unallocated` or `outside`, year) -> units without a place in the district.
        rows: data rows written.
    """

    files: dict[str, bytes]
    years: tuple[int, ...] = ()
    withheld: set[tuple[str, str, int]] = field(default_factory=set)
    elsewhere: dict[tuple[str, str, int], int] = field(default_factory=dict)
    rows: int = 0


@dataclass(frozen=True)
class SampleDataset:
    """One dataset of the sample.

    Attributes:
        id: as in the catalogue.
        series: what is true of it.
        write: makes the delivery of an edition.
        editions: editions with a delivery; others are served by an earlier one.
        given: counts that follow from the map and the seed alone, by the name under which a series
            takes them as its denominator: arrays of (ward, year).
    """

    id: str
    series: tuple[Series, ...]
    write: Callable[[Sample, int], Delivery]
    editions: tuple[int, ...] = EDITIONS
    given: Mapping[str, Callable[[Map, int], np.ndarray]] = field(default_factory=dict)


def academic(year: int, slash: bool) -> str:
    """Academic year ending in a calendar year: `2025/26`, or `202526`."""
    return f"{year - 1}{'/' if slash else ''}{year % 100:02d}"


def financial(year: int) -> str:
    """Financial year ending in a calendar year: `2025-26`."""
    return f"{year - 1}-{year % 100:02d}"


def days_in_year(year: int, count: int, rng: np.random.Generator) -> list[dt.date]:
    """Days of the financial year that ends in a calendar year."""
    first = dt.date(year - 1, 4, 1)
    length = (dt.date(year, 4, 1) - first).days
    return [first + dt.timedelta(days=int(day)) for day in rng.integers(0, length, count)]


def hashed(*parts: object) -> str:
    """A key as a supplier's hashing would give it: twelve hexadecimal digits."""
    return hashlib.blake2b("|".join(map(str, parts)).encode("utf-8"), digest_size=6).hexdigest()


def home_postcodes(sample: Sample, counts: np.ndarray, rng: np.random.Generator) -> list[str]:
    """Postcodes of so many residents of each ward, drawn by where people live."""
    postcodes = sample.map.postcodes
    out: list[str] = []
    for w, count in enumerate(counts):
        inside = np.flatnonzero(postcodes.ward == w)
        weight = postcodes.weight[inside]
        out.extend(postcodes.codes[i] for i in rng.choice(inside, size=int(count), p=weight / weight.sum()))
    return out


def lost_postcodes(
    sample: Sample, outside: int, unknown: int, rng: np.random.Generator
) -> list[tuple[str, str]]:
    """Postcodes of people who do not count for any ward, as (postcode, `outside` or `unallocated`)."""
    postcodes = sample.map.postcodes
    beyond = np.flatnonzero(postcodes.ward < 0)
    away = [(postcodes.codes[i], OUTSIDE) for i in rng.choice(beyond, size=outside)]
    return away + [(_LOST[i], UNALLOCATED) for i in rng.integers(0, len(_LOST), unknown)]


def scribbled(postcodes: list[str], rng: np.random.Generator) -> list[str]:
    """Postcodes as people type them: no blank, lower case, blanks around."""
    ways = rng.random(len(postcodes))
    out = []
    for code, way in zip(postcodes, ways, strict=True):
        if way < 0.55:
            out.append(code)
        elif way < 0.75:
            out.append(code.replace(" ", ""))
        elif way < 0.92:
            out.append(code.replace(" ", "").lower())
        else:
            out.append(f" {code.lower()} ")
    return out


def shuffled(rows: Sequence[Row], rng: np.random.Generator) -> list[Row]:
    """The rows in another order."""
    return [rows[i] for i in rng.permutation(len(rows))]
