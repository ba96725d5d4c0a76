"""The sample on other wards: what was drawn for the wards of the ward table, on those of a later edition.

Belongs here: carrying map, people and truth to merged, split, recoded and renamed wards, as
`wards.csv` and `ward_change.csv` among the geography seeds say. Does not belong here: drawing them
(`wards.py`, `geography.py`, `truth.py`), or reading the seeds for the pipeline (`checks/places.py`).

Nothing is drawn anew: places keep their codes and points, and people and counts of merged wards are
added up. A ward that is split is cut across; its output areas and polling districts go to the part that
holds them, points to the part they lie in, and what is only known by ward is dealt out at random in
proportion to the residents of its output areas.
"""

from __future__ import annotations

import csv
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np

from spi_orchestration.catalogue import CatalogueError
from spi_orchestration.sample import geometry
from spi_orchestration.sample.datasets.base import Sample
from spi_orchestration.sample.streams import stream
from spi_orchestration.sample.truth import Outcome, Truth
from spi_orchestration.sample.wards import People, Ward

__all__ = ["on_wards_of"]


def _rows(path: Path) -> list[dict[str, str]]:
    if not path.is_file():
        return []
    with path.open(encoding="utf-8-sig", newline="") as file:
        return list(csv.DictReader(file))


def _heirs(seeds: Path, sample: Sample, edition: int) -> list[list[tuple[str, str]]]:
    """For each ward of the sample, code and name of the wards of an edition that have its ground."""
    names = {
        row["ward_code"]: row["ward_name"]
        for row in _rows(seeds / "wards.csv")
        if int(row["first_edition"] or 0) <= edition <= int(row["last_edition"] or 9999)
    }
    after: dict[str, list[str]] = {}
    for row in _rows(seeds / "ward_change.csv"):
        if int(row["edition"]) <= edition and row["old_code"] != row["new_code"]:
            after.setdefault(row["old_code"], []).append(row["new_code"])

    def walk(code: str) -> list[str]:
        return [last for heir in after[code] for last in walk(heir)] if code in after else [code]

    out = []
    for ward in sample.wards:
        heirs = list(dict.fromkeys(walk(ward.code)))
        unknown = [code for code in heirs if code not in names]
        if unknown or len(heirs) > 2:
            raise CatalogueError(
                f"the sample cannot be carried to the wards of edition {edition}: {ward.code} goes to "
                f"{', '.join(heirs)}; each must be in force then, and a ward is cut in two at most"
            )
        out.append([(code, names[code]) for code in heirs])
    return out


def _joined(one: np.ndarray, other: np.ndarray) -> np.ndarray:
    """The outline of two polygons that share one edge."""
    gaps = np.abs(one[:, None, :] - other[None, :, :]).max(axis=2) < 0.5
    shared = np.argwhere(gaps)
    if len(shared) != 2:
        raise CatalogueError("the sample can merge wards that share one edge on its map, and no others")
    # Walk the first ring from one end of the shared edge the long way round to the other, then the second.
    (a, c), (b, d) = shared
    start, end = (a, b) if (a + 1) % len(one) != b else (b, a)
    first = [one[(start + k) % len(one)] for k in range((end - start) % len(one) + 1)]
    back, to = (d, c) if end == b else (c, d)
    second = [other[(back + k) % len(other)] for k in range(1, (to - back) % len(other))]
    return np.array(first + second)


class _Carried:
    """Where every ward of the sample has gone, and in what shares."""

    def __init__(self, sample: Sample, heirs: list[list[tuple[str, str]]]) -> None:
        self.sample = sample
        self.codes = sorted({code for each in heirs for code, _ in each})
        self.names = dict(pair for each in heirs for pair in each)
        self.to = [[self.codes.index(code) for code, _ in each] for each in heirs]
        places = sample.map
        #: Old ward -> the two parts of its cell, where it is cut.
        self.cut = {w: geometry.bisect(places.cells[w], 0.45) for w, to in enumerate(self.to) if len(to) == 2}
        centres = np.array([geometry.centroid(polygon) for polygon in places.oas.polygons])
        self.oas = self.points(places.oas.ward, centres)
        residents = places.oas.population.astype(float)
        #: Old ward -> share of its residents in the first of its heirs.
        self.share = {
            w: residents[(places.oas.ward == w) & (self.oas == self.to[w][0])].sum()
            / residents[places.oas.ward == w].sum()
            for w in self.cut
        }

    def points(self, wards: np.ndarray, points: np.ndarray) -> np.ndarray:
        """New ward of each point, from its old one."""
        out = np.array([self.to[w][0] if w >= 0 else -1 for w in wards])
        for w, parts in self.cut.items():
            second = (wards == w) & ~geometry.contains(parts[0], points)
            out[second] = self.to[w][1]
        return out

    def cells(self) -> list[np.ndarray]:
        """One polygon a new ward."""
        found: dict[int, np.ndarray] = {}
        for w, to in enumerate(self.to):
            for at, part in zip(to, self.cut.get(w, (self.sample.map.cells[w],)), strict=True):
                found[at] = _joined(found[at], part) if at in found else part
        return [found[at] for at in range(len(self.codes))]

    def sums(self, counts: np.ndarray, name: str) -> np.ndarray:
        """Whole numbers by old ward (first axis) as numbers by new ward."""
        out = np.zeros((len(self.codes), *counts.shape[1:]), dtype=counts.dtype)
        rng = stream(self.sample.seed, "rewarded", name)
        for w, to in enumerate(self.to):
            if w in self.cut:
                first = np.asarray(rng.binomial(counts[w].astype(int), self.share[w]), dtype=counts.dtype)
                out[to[0]] += first
                out[to[1]] += counts[w] - first
            else:
                out[to[0]] += counts[w]
        return out

    def wards(self) -> list[Ward]:
        """The ward table of the new wards."""
        out = []
        centres = [geometry.centroid(cell) for cell in self.cells()]
        for at, code in enumerate(self.codes):
            old = [w for w, to in enumerate(self.to) if at in to]
            mine = [self.sample.wards[w] for w in old]
            share = [1.0 if w not in self.cut else self._share_of(w, at) for w in old]

            def total(values: Sequence[int], share: list[float] = share) -> int:
                return round(sum(value * part for value, part in zip(values, share, strict=True)))

            out.append(
                replace(
                    mine[0],
                    code=code,
                    name=self.names[code],
                    alias=self.names[code]
                    if len(mine) > 1 or self.names[code] != mine[0].name
                    else mine[0].alias,
                    councillors=max(1, total([ward.councillors for ward in mine])),
                    centre=(float(centres[at][0]), float(centres[at][1])),
                    population=total([ward.population for ward in mine]),
                    households=total([ward.households for ward in mine]),
                    age_0_17=total([ward.age_0_17 for ward in mine]),
                    age_65_plus=total([ward.age_65_plus for ward in mine]),
                    prison_18_28=total([ward.prison_18_28 for ward in mine]),
                    lsoas=total([ward.lsoas for ward in mine]),
                )
            )
        return out

    def _share_of(self, w: int, at: int) -> float:
        first = float(self.share[w])
        return first if self.to[w][0] == at else 1 - first


def _outcome(carried: _Carried, outcome: Outcome, name: str) -> Outcome:
    """Counts and what they are of, carried over; a level or rate is that of the ward that gave most of it."""
    shape = (len(carried.codes), *outcome.count.shape[1:])
    held = outcome.series.kind in {"level", "percentage"}
    denominator, count, rate = np.zeros(shape), np.zeros(shape), np.zeros(shape)
    rng = stream(carried.sample.seed, "rewarded", name)
    for w, to in enumerate(carried.to):
        of, got = outcome.denominator[w], outcome.count[w]
        for at in to:
            rate[at] = outcome.rate[w]
        if held:
            for at in to:
                denominator[at], count[at] = of, got
        elif w in carried.cut:
            whole, part = np.nan_to_num(of).astype(int), np.nan_to_num(got).astype(int)
            first = rng.binomial(whole, carried.share[w])
            mine = rng.binomial(part, carried.share[w])
            closed = part <= whole
            mine = np.where(closed, np.clip(mine, part - (whole - first), first), mine).clip(0)
            absent = np.isnan(got)
            for at, base, value in ((to[0], first, mine), (to[1], whole - first, part - mine)):
                denominator[at] += np.where(absent, np.nan, base)
                count[at] += np.where(absent, np.nan, value)
        else:
            denominator[to[0]] += of
            count[to[0]] += got
    return Outcome(outcome.series, rate, denominator, count)


def on_wards_of(sample: Sample, seeds: Path, edition: int) -> Sample:
    """The same sample on the wards of an edition.

    Args:
        sample: as drawn, on the wards of the sample's ward table.
        seeds: folder of the geography seeds, which say what the wards have become.
        edition: the edition whose wards are wanted; one before any change gives the sample as it is.

    Raises:
        CatalogueError: a ward goes to more than two, or to one that is not in force in the edition.
    """
    heirs = _heirs(seeds, sample, edition)
    if all(each == [(ward.code, ward.name)] for each, ward in zip(heirs, sample.wards, strict=True)):
        return sample
    carried = _Carried(sample, heirs)
    places, people = sample.map, sample.people
    districts = places.districts
    # A polling district lies in one ward: the first of a ward that is cut go to its first part.
    lies = np.array([carried.to[w][0] for w in districts.ward])
    for w in carried.cut:
        inside = np.flatnonzero(districts.ward == w)
        lies[inside[(len(inside) + 1) // 2 :]] = carried.to[w][1]
    wards = carried.wards()
    moved = People(
        persons=carried.sums(people.persons, "persons"),
        dwellings=carried.sums(people.dwellings, "dwellings"),
        households=carried.sums(people.households, "households"),
        census=carried.sums(people.census, "census"),
    )
    truth = Truth(wards, moved, np.zeros(len(wards)), given=sample.truth.given)
    for (dataset, measure), outcome in sample.truth.outcomes.items():
        truth.outcomes[dataset, measure] = _outcome(carried, outcome, f"{dataset} {measure}")
    return replace(
        sample,
        wards=wards,
        people=moved,
        truth=truth,
        map=replace(
            places,
            wards=wards,
            cells=carried.cells(),
            oas=replace(places.oas, ward=carried.oas),
            postcodes=replace(
                places.postcodes, ward=carried.points(places.postcodes.ward, places.postcodes.points)
            ),
            addresses=replace(
                places.addresses, ward=carried.points(places.addresses.ward, places.addresses.points)
            ),
            districts=replace(districts, ward=lies),
        ),
    )
