"""The schematic map of the sample: wards, LSOAs, output areas, postcodes, properties, polling districts.

Belongs here: cells drawn around the real ward centres, and places inside them, all consistent with one
another. Does not belong here: the formats these are delivered in (`datasets/`).

Nothing but ward codes, names and centres is real. Codes and postcodes of the smaller areas are formed
like real ones and can be none: LSOAs are E01999..., MSOAs E02999..., output areas E00999..., outward codes have a zero
where none has one (WS00), property numbers begin with 99.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from spi_orchestration.sample import geometry
from spi_orchestration.sample.streams import stream
from spi_orchestration.sample.wards import YEARS, People, Ward, share_out

__all__ = ["Addresses", "Map", "OutputAreas", "PollingDistricts", "Postcodes", "draw_map"]

#: Residents to an output area and to a polling district, about.
_PER_OA, _PER_PD = 310, 1250
#: How many LSOAs reach into a second ward, as a share of all.
_STRADDLING = 0.16
_SPLIT_SINCE_2011 = 4
#: MSOAs: strips from west to east, and parts of each.
_MSOA_STRIPS = (4, 3)
_BUFFER = 2600.0


@dataclass(frozen=True)
class OutputAreas:
    """Output areas, each inside one ward and one LSOA.

    Attributes:
        codes: GSS-like codes.
        ward, lsoa: positions in the lists of wards and LSOAs.
        polygons: vertices in metres.
        population, households: Census counts; they add up to the wards'.
    """

    codes: list[str]
    ward: np.ndarray
    lsoa: np.ndarray
    polygons: list[np.ndarray]
    population: np.ndarray
    households: np.ndarray


@dataclass(frozen=True)
class Postcodes:
    """Postcodes and the point each stands for.

    Attributes:
        codes: with a blank before the inward part.
        ward: position of the ward, -1 outside the district.
        points: easting and northing in whole metres.
        weight: share of the ward's residents.
        outside_ward: made-up code of the ward of another district, else an empty text.
    """

    codes: list[str]
    ward: np.ndarray
    points: np.ndarray
    weight: np.ndarray
    outside_ward: list[str]


@dataclass(frozen=True)
class Addresses:
    """Properties of the gazetteer.

    Attributes:
        uprn: property numbers as text, of 11 or 12 digits.
        ward, oa: positions.
        points: easting and northing in metres.
        home: residential.
        built: first year on the list.
    """

    uprn: list[str]
    ward: np.ndarray
    oa: np.ndarray
    points: np.ndarray
    home: np.ndarray
    built: np.ndarray


@dataclass(frozen=True)
class PollingDistricts:
    """Polling districts: code, ward, name, constituency and share of the ward's electors."""

    codes: list[str]
    ward: np.ndarray
    names: list[str]
    constituency: list[str]
    weight: np.ndarray


@dataclass(frozen=True)
class Map:
    """Everything that has a place.

    Attributes:
        wards: the ward table.
        cells: one convex polygon a ward, in metres.
        outline: of the district.
        lsoa_codes, lsoa11_codes: codes of 2021, and for each the code of 2011 it came from.
        lsoa_split: whether the LSOA of 2011 was split.
        msoa_codes: codes of the MSOAs of 2021, which no ward holds whole.
        lsoa_msoa: position of the MSOA of each LSOA of 2021.
        lsoa_parts: polygons of each LSOA of 2021, one a ward it reaches into, that do not touch.
    """

    wards: list[Ward]
    cells: list[np.ndarray]
    outline: np.ndarray
    lsoa_codes: list[str]
    lsoa11_codes: list[str]
    lsoa_split: list[bool]
    msoa_codes: list[str]
    lsoa_msoa: np.ndarray
    lsoa_parts: list[list[np.ndarray]]
    oas: OutputAreas
    postcodes: Postcodes
    addresses: Addresses
    districts: PollingDistricts

    def lsoa_totals(self, per_oa: np.ndarray) -> np.ndarray:
        """Sum numbers of output areas to LSOAs; the last axis is the output areas'."""
        out = np.zeros((*per_oa.shape[:-1], len(self.lsoa_codes)), dtype=per_oa.dtype)
        for index in range(per_oa.shape[-1]):
            out[..., self.oas.lsoa[index]] += per_oa[..., index]
        return out

    def lsoa_best_ward(self) -> np.ndarray:
        """Ward that holds most residents of each LSOA."""
        share = np.zeros((len(self.lsoa_codes), len(self.wards)))
        np.add.at(share, (self.oas.lsoa, self.oas.ward), self.oas.population)
        return np.asarray(share.argmax(axis=1))

    def spread(self, counts: np.ndarray, weights: np.ndarray, rng: np.random.Generator) -> np.ndarray:
        """Spread ward counts over their output areas at random.

        Args:
            counts: whole numbers, one a ward.
            weights: one an output area, such as its residents.
            rng: stream of draws.

        Returns:
            Whole numbers, one an output area, that add up to the wards' counts.
        """
        out = np.zeros(len(weights), dtype=int)
        for w, count in enumerate(counts):
            inside = np.flatnonzero(self.oas.ward == w)
            out[inside] = rng.multinomial(int(count), weights[inside] / weights[inside].sum())
        return out


def _cells(wards: list[Ward]) -> tuple[np.ndarray, list[np.ndarray]]:
    centres = np.array([ward.centre for ward in wards])
    outline = geometry.buffer_hull(centres, _BUFFER)
    cells = []
    for i, centre in enumerate(centres):
        cell = outline
        for j, other in enumerate(centres):
            if i != j:
                cell = geometry.clip(cell, (centre + other) / 2, other - centre)
        cells.append(np.round(cell, 2))
    return outline, cells


def _neighbours(cells: list[np.ndarray]) -> list[tuple[int, int]]:
    corners = [{tuple(np.round(point, 1)) for point in cell} for cell in cells]
    return [
        (i, j)
        for i in range(len(cells))
        for j in range(len(cells))
        if i != j and len(corners[i] & corners[j]) >= 2
    ]


def _straddling(wards: list[Ward], cells: list[np.ndarray], rng: np.random.Generator) -> dict[int, int]:
    """Wards that give up a part, and the neighbour whose LSOA takes it."""
    total = sum(ward.lsoas for ward in wards)
    pairs = _neighbours(cells)
    out: dict[int, int] = {}
    for index in rng.permutation(len(pairs)):
        giver, taker = pairs[index]
        if giver not in out and len(out) < round(_STRADDLING * total):
            out[giver] = taker
    return out


@dataclass
class _Areas:
    """Output areas and LSOAs while they are drawn."""

    ward: list[int]
    lsoa: list[int]
    polygons: list[np.ndarray]
    population: list[int]
    households: list[int]
    parts: list[list[np.ndarray]]


def _draw_areas(wards: list[Ward], cells: list[np.ndarray], seed: int) -> _Areas:
    rng = stream(seed, "areas")
    first = np.cumsum([0] + [ward.lsoas for ward in wards])
    straddling = _straddling(wards, cells, rng)
    out = _Areas([], [], [], [], [], [[] for _ in range(int(first[-1]))])
    for w, ward in enumerate(wards):
        own = list(range(int(first[w]), int(first[w + 1])))
        weights = rng.uniform(0.85, 1.15, len(own))
        if w in straddling:
            taker = straddling[w]
            own.append(int(rng.integers(first[taker], first[taker + 1])))
            weights = np.append(weights, rng.uniform(0.1, 0.2))
        counts = np.maximum(1, np.round(ward.population / _PER_OA * weights / weights.sum())).astype(int)
        for lsoa, count, part in zip(
            own, counts, geometry.pieces(cells[w], [int(count) for count in counts]), strict=True
        ):
            out.parts[lsoa].append(geometry.shrunk(part, 0.0005))
            out.polygons.extend(geometry.pieces(part, [1.0] * int(count)))
            out.lsoa.extend([lsoa] * int(count))
        out.ward.extend([w] * int(counts.sum()))
        sizes = np.repeat(weights / counts, counts) * rng.uniform(0.8, 1.2, int(counts.sum()))
        out.population.extend(share_out(ward.population, sizes))
        out.households.extend(share_out(ward.households, sizes * rng.uniform(0.93, 1.07, len(sizes))))
    return out


def _lsoa_codes(wards: list[Ward], seed: int) -> tuple[list[str], list[str], list[bool]]:
    """Codes of 2021, the codes of 2011 they came from, and which of those were split."""
    rng = stream(seed, "lsoa codes")
    first = np.cumsum([0] + [ward.lsoas for ward in wards])
    new = [f"E01999{i:03d}" for i in range(1, int(first[-1]) + 1)]
    old, split = list(new), [False] * len(new)
    candidates = [w for w, ward in enumerate(wards) if ward.lsoas >= 3]
    for number, w in enumerate(sorted(rng.permutation(candidates)[:_SPLIT_SINCE_2011])):
        for lsoa in (int(first[w]), int(first[w]) + 1):
            old[lsoa], split[lsoa] = f"E01998{number + 1:03d}", True
    return new, old, split


def _middle_areas(areas: _Areas) -> np.ndarray:
    """The MSOA of each LSOA: strips from west to east, each cut from south to north, of like populations."""
    people = np.bincount(areas.lsoa, areas.population)
    centres = np.array([geometry.centroid(max(parts, key=geometry.area)) for parts in areas.parts])

    def cut(members: np.ndarray, axis: int, count: int) -> np.ndarray:
        order = members[np.argsort(centres[members, axis], kind="stable")]
        middle = np.cumsum(people[order]) - people[order] / 2
        place = np.floor(middle / people[order].sum() * count).astype(int)
        return np.asarray(place[np.argsort(order, kind="stable")])

    everyone = np.arange(len(people))
    strip = cut(everyone, 0, _MSOA_STRIPS[0])
    out = strip * _MSOA_STRIPS[1]
    for number in range(_MSOA_STRIPS[0]):
        inside = np.flatnonzero(strip == number)
        out[inside] += cut(inside, 1, _MSOA_STRIPS[1])
    return np.asarray(out)


_INWARD = "ABDEFGHJLNPQRSTUWXYZ"


def _inward(number: int) -> str:
    base = len(_INWARD)
    digit, rest = divmod(number, base * base)
    return f"{digit}{_INWARD[rest // base]}{_INWARD[rest % base]}"


def _draw_postcodes(oas: OutputAreas, outline: np.ndarray, seed: int) -> Postcodes:
    rng = stream(seed, "postcodes")
    codes: list[str] = []
    wards: list[int] = []
    points: list[np.ndarray] = []
    weights: list[float] = []
    counters = {"WS00": 0, "WS01": 0, "WS02": 0, "DE00": 0, "B00": 0}
    outward = list(counters)

    def next_code(name: str) -> str:
        code = f"{name} {_inward(counters[name])}"
        counters[name] += 1
        return code

    for i, polygon in enumerate(oas.polygons):
        count = int(rng.integers(4, 7))
        spots = np.round(geometry.sample_points(polygon, count, rng))
        name = outward[int(oas.ward[i]) % len(outward)]
        codes.extend(next_code(name) for _ in range(count))
        wards.extend([int(oas.ward[i])] * count)
        points.extend(spots)
        weights.extend(oas.population[i] * rng.dirichlet(np.full(count, 3.0)))
    outside = []
    centre = geometry.centroid(outline)
    for i in range(240):
        corner = outline[i % len(outline)]
        points.append(np.round(centre + (corner - centre) * rng.uniform(1.08, 1.4)))
        codes.append(next_code(outward[i % len(outward)]))
        wards.append(-1)
        weights.append(1.0)
        outside.append(f"E05999{1 + i % 12:03d}")
    return Postcodes(
        codes,
        np.array(wards),
        np.array(points),
        np.array(weights),
        [""] * (len(codes) - len(outside)) + outside,
    )


def _draw_addresses(oas: OutputAreas, people: People, seed: int) -> Addresses:
    rng = stream(seed, "addresses")
    uprn: list[str] = []
    wards, areas, points, home, built = [], [], [], [], []
    last = people.dwellings[:, -1]
    for w in range(len(last)):
        inside = np.flatnonzero(oas.ward == w)
        homes = share_out(int(last[w]), oas.households[inside].astype(float))
        others = np.maximum(1, homes // 18)
        # The year a home came on the list: as many by each year as the council tax list has.
        years = np.searchsorted(people.dwellings[w], np.arange(last[w]), side="right")
        years = rng.permutation(np.where(years == 0, 0, np.array(YEARS)[years.clip(0, len(YEARS) - 1)]))
        start = 0
        for oa, count, extra in zip(inside, homes, others, strict=True):
            spots = geometry.sample_points(oas.polygons[oa], int(count + extra), rng)
            points.append(np.round(spots, 2))
            wards.append(np.full(count + extra, w))
            areas.append(np.full(count + extra, oa))
            home.append(np.arange(count + extra) < count)
            built.append(np.append(years[start : start + count], np.zeros(extra, dtype=int)))
            start += count
    total = sum(len(part) for part in points)
    lengths = rng.random(total) < 0.3
    uprn = [f"99000{i:06d}" if short else f"990000{i:06d}" for i, short in enumerate(lengths, 1)]
    return Addresses(
        uprn,
        np.concatenate(wards),
        np.concatenate(areas),
        np.concatenate(points),
        np.concatenate(home),
        np.concatenate(built),
    )


def _draw_districts(wards: list[Ward], seed: int) -> PollingDistricts:
    rng = stream(seed, "polling districts")
    codes, ward_of, names, constituency, weights = [], [], [], [], []
    for w, ward in enumerate(wards):
        count = max(2, round(ward.population / _PER_PD))
        shares = rng.dirichlet(np.full(count, 8.0))
        prefix = chr(65 + w) if w < 26 else chr(64 + w // 26) + chr(65 + w % 26)
        for i in range(count):
            codes.append(f"{prefix}{chr(65 + i)}")
            ward_of.append(w)
            names.append(f"{ward.alias} {i + 1}")
            constituency.append(ward.constituencies[i * len(ward.constituencies) // count])
            weights.append(float(shares[i]))
    return PollingDistricts(codes, np.array(ward_of), names, constituency, np.array(weights))


def draw_map(wards: list[Ward], people: People, seed: int) -> Map:
    """Draw the map of the sample.

    Args:
        wards: the ward table.
        people: residents and homes.
        seed: seed of the sample.
    """
    outline, cells = _cells(wards)
    areas = _draw_areas(wards, cells, seed)
    lsoa21, lsoa11, split = _lsoa_codes(wards, seed)
    oas = OutputAreas(
        codes=[f"E00999{i:03d}" for i in range(1, len(areas.polygons) + 1)],
        ward=np.array(areas.ward),
        lsoa=np.array(areas.lsoa),
        polygons=areas.polygons,
        population=np.array(areas.population),
        households=np.array(areas.households),
    )
    return Map(
        wards=wards,
        cells=cells,
        outline=outline,
        lsoa_codes=lsoa21,
        lsoa11_codes=lsoa11,
        lsoa_split=split,
        msoa_codes=[f"E02999{i:03d}" for i in range(1, _MSOA_STRIPS[0] * _MSOA_STRIPS[1] + 1)],
        lsoa_msoa=_middle_areas(areas),
        lsoa_parts=areas.parts,
        oas=oas,
        postcodes=_draw_postcodes(oas, outline, seed),
        addresses=_draw_addresses(oas, people, seed),
        districts=_draw_districts(wards, seed),
    )
