"""Deliveries of the county council's flood and transport teams.

Belongs here: for each of these datasets its series and one writer, with the quirks its files are known
for. Does not belong here: the county's other feeds (`county.py`, `county_care.py`).
"""

from __future__ import annotations

import datetime as dt

import numpy as np

from spi_orchestration.sample import geometry
from spi_orchestration.sample.datasets.base import Delivery, Sample, SampleDataset, days_in_year
from spi_orchestration.sample.truth import OUTSIDE, UNALLOCATED, Series
from spi_orchestration.sample.writers.delimited import delimited
from spi_orchestration.sample.writers.geopackage import geopackage, point_blob

__all__ = ["DATASETS"]

_GRID = 27700
#: Sewer records come rounded to this many metres.
_ROUNDED = 50


def _homes(
    sample: Sample, ward: int, year: int, count: int, rounding: int, rng: np.random.Generator
) -> np.ndarray:
    """Points of so many different homes of a ward, rounded, all inside the ward."""
    addresses = sample.map.addresses
    inside = np.flatnonzero((addresses.ward == ward) & addresses.home & (addresses.built <= year))
    points = np.round(addresses.points[inside] / rounding) * rounding
    points = np.unique(points[geometry.contains(sample.map.cells[ward], points)], axis=0)
    return np.asarray(points[rng.choice(len(points), size=count, replace=False)])


def _away(sample: Sample, count: int, rng: np.random.Generator) -> np.ndarray:
    """Points some way out of the district."""
    corner = sample.map.outline[rng.integers(0, len(sample.map.outline), count)]
    centre = geometry.centroid(sample.map.outline)
    return np.asarray(np.round(centre + (corner - centre) * rng.uniform(1.05, 1.2, (count, 1))))


Report = tuple[dt.date, str, int, str, str, tuple[float, float] | None]


def _flood_year(sample: Sample, year: int) -> tuple[list[Report], dict[str, int]]:
    """Reports of one financial year, and how many homes among them have no ward."""
    rng = sample.rng("scc_llfa_flooding", year)
    counts = sample.truth.whole("scc_llfa_flooding", "homes_flooded", year)
    sources = ("surface water", "ordinary watercourse", "groundwater")
    reports: list[Report] = []

    def add(
        point: tuple[float, float] | None, source: str, inside: int, receptor: str, verified: str
    ) -> None:
        reports.append((days_in_year(year, 1, rng)[0], source, inside, receptor, verified, point))

    for w, count in enumerate(counts):
        sewer = int(rng.binomial(count, 0.2))
        for x, y in _homes(sample, w, year, sewer, _ROUNDED, rng):
            add((float(x), float(y)), "sewer", 1, "Residential", "Yes")
        for x, y in _homes(sample, w, year, int(count) - sewer, 1, rng):
            source = sources[int(rng.integers(0, 3))]
            for again in range(1 + int(rng.random() < 0.3)):
                add((float(x), float(y)), source, 1, "Residential", "Awaiting" if again else "Yes")
        # Gardens, shops and untrue reports stand among them.
        for x, y in _homes(sample, w, year, 2, 1, rng):
            add((float(x), float(y)), sources[0], 0, "Residential", "Yes")
        for x, y in _homes(sample, w, year, 1, 1, rng):
            add((float(x), float(y)), sources[0], 1, "Commercial", "Yes")
            add((float(x) + 1, float(y)), sources[1], 1, "Residential", "No")
    beyond = _away(sample, 4, rng)
    for x, y in beyond:
        add((float(x), float(y)), sources[0], 1, "Residential", "Yes")
    for _ in range(3):
        add(None, sources[1], 1, "Residential", "Awaiting")
    return sorted(reports, key=lambda report: (report[0], str(report[1:]))), {OUTSIDE: 4, UNALLOCATED: 3}


def _flooding(sample: Sample, edition: int) -> Delivery:
    """A GeoPackage of five years; several reports of one home; points and multipoints; some without a place."""
    years = tuple(range(edition - 4, edition + 1))
    out = Delivery({}, years=years)
    rows: list[tuple[bytes | None, *tuple[str | int | float | None, ...]]] = []
    for year in years:
        reports, lost = _flood_year(sample, year)
        out.elsewhere |= {("homes_flooded", where, year): homes for where, homes in lost.items()}
        for number, (day, source, inside, receptor, verified, point) in enumerate(reports):
            blob = None if point is None else point_blob(*point, _GRID, multi=number % 3 == 0)
            name = f"LLFA-{year % 100:02d}{number:04d}"
            rows.append((blob, name, day.isoformat(), source, inside, receptor, verified))
    names = ("incident_id", "event_date", "source")
    if edition >= 2025:
        names = ("incident_ref", "event_date", "flood_source")
    columns = dict(zip(names, ("text", "date", "text"), strict=True))
    columns |= {"internal": "boolean", "receptor": "text", "verified": "text"}
    name = f"flood/llfa_flood_incidents_{edition}0430.gpkg"
    out.files[name] = geopackage("incidents", columns, rows, _GRID)
    out.rows = len(rows)
    return out


_TOWNS = ("Lichfield", "Burntwood", "Tamworth", "Rugeley", "Sutton Coldfield", "Burton upon Trent")


def _served(sample: Sample, edition: int) -> np.ndarray:
    """Output areas within 30 minutes: whole areas that come nearest to the residents who are."""
    areas = sample.map.oas
    within = sample.truth.whole("scc_bus_access", "residents_within_30", edition)
    # The same areas come first in every year, as bus routes stay.
    order = sample.rng("scc_bus_access").permutation(len(areas.codes))
    served = np.zeros(len(areas.codes), dtype=bool)
    for w, people in enumerate(within):
        inside = order[areas.ward[order] == w]
        sums = np.append(0, np.cumsum(areas.population[inside]))
        served[inside[: int(np.abs(sums - people).argmin())]] = True
    return served


def _bus_access(sample: Sample, edition: int) -> Delivery:
    """Six towns, days and bands; 999 where there is no way; fast buses on school days, evenings, Saturdays."""
    # Timetables stay but for a minute here and there: ways are drawn once, each year strays a little from them.
    lasting, rng = sample.rng("scc_bus_access", 0), sample.rng("scc_bus_access", edition)
    areas = sample.map.oas
    served = _served(sample, edition)
    out = Delivery({}, years=(edition,))
    rows: list[list[object]] = []
    for i, code in enumerate(areas.codes):
        stray = rng.uniform(0.97, 1.03, len(_TOWNS) + 2)
        long = np.clip(lasting.uniform(31, 110, len(_TOWNS)) * stray[:-2], 31, 113)
        day = np.where(lasting.random(len(_TOWNS)) < 0.25, 999, np.round(long, 1))
        nearest, near = int(lasting.integers(0, len(_TOWNS))), float(lasting.uniform(7, 29))
        if served[i]:
            day[nearest] = round(near * float(stray[-2]), 1)
        often = np.round(lasting.uniform(0.3, 5, len(_TOWNS)), 1)
        late, weekend = lasting.random(len(_TOWNS)) < 0.5, lasting.random(len(_TOWNS)) < 0.9
        for t, (town, minutes) in enumerate(zip(_TOWNS, day, strict=True)):
            trips = 0.0 if minutes == 999 else float(often[t])
            evening = 999.0 if late[t] else float(minutes)
            rows.append([code, town, "Weekday", "07:00-19:00", minutes, trips])
            rows.append([code, town, "Weekday", "19:00-23:00", evening, trips if evening < 999 else 0.0])
            rows.append([code, town, "Saturday", "07:00-19:00", minutes if weekend[t] else 28.0, trips])
        school, quick = lasting.random() < 0.3, float(lasting.uniform(10.5, 28))
        if school:
            quick = round(quick * float(stray[-1]), 1)
            rows.append([code, _TOWNS[0], "School day", "07:00-19:00", quick, 0.2])
    for w, ward in enumerate(sample.wards):
        people = int(areas.population[served & (areas.ward == w)].sum())
        out.sent["residents_within_30", ward.code, edition] = people
    header = ["OA21CD", "Destination", "Day", "Window", "Minutes", "Trips_per_hour"]
    if edition >= 2024:
        header = ["oa21cd", "town_centre", "day_type", "time_window", "travel_minutes", "trips_per_hour"]
    out.files[f"transport/pt_access_oa21_{edition}10.csv"] = delimited(header, rows)
    out.rows = len(rows)
    return out


DATASETS = (
    SampleDataset(
        "scc_llfa_flooding",
        (Series("homes_flooded", "dwellings", "poisson", 0.0009, (0.00005, 0.0075), 0.1, 0.6),),
        _flooding,
    ),
    SampleDataset(
        "scc_bus_access",
        (
            Series("residents", "census:0-90", "exact", 1, (0, 1)),
            Series("residents_within_30", "residents", "binomial", 0.74, (0.03, 0.99), 0.5, 1.1),
        ),
        _bus_access,
    ),
)
