"""A second, independent reading of the real open files: every indicator value of edition 2025.

Belongs here: plain Python (standard library alone) that opens the publishers' files, places them on
wards and forms the indicator values of the open profile, so that the values of the pipeline can be
held against values made another way. It shares no line, no column list and no query with the
pipeline; what both follow is the written method (`docs/independent-reading.md`) and the meaning of
each indicator. Does not belong here: scores (`independent_scores.py`), the comparison
(`comparison.py`), or any import from `spi_orchestration`, dbt or a data library.

Run it by hand: `python tests/real/independent.py values.csv` writes the table of values; the files
are found through `SPI_SHARED_DATA`.
"""

from __future__ import annotations

import csv
import gzip
import io
import json
import math
import os
import re
import sys
import zipfile
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from itertools import pairwise
from pathlib import Path
from xml.etree import ElementTree

__all__ = [
    "DISTRICT",
    "EDITION",
    "INDICATORS",
    "Geography",
    "Inputs",
    "Reading",
    "ReadingError",
    "Sums",
    "compute",
    "national_grid",
    "read_fuel_poverty",
    "read_geography",
    "read_inputs",
    "read_low_income",
    "read_population",
    "read_schools",
]

EDITION = 2025
DISTRICT = "E07000194"
DISTRICT_NAME = "Lichfield"

Ring = list[tuple[float, float]]


class ReadingError(AssertionError):
    """A file does not say what is known of it."""


def _expect(found: object, expected: object, what: str) -> None:
    if found != expected:
        raise ReadingError(f"{what}: expected {expected!r}, found {found!r}")


# ---------------------------------------------------------------------------------------------
# What each indicator is
# ---------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Definition:
    """How one indicator is formed.

    Attributes:
        counts: true when numerator and denominator are counts that add up over areas; false when
            the publisher gives a level (a rate, a score, a distance) that is averaged.
        multiplier: what the quotient is multiplied by.
    """

    counts: bool
    multiplier: float


#: Levels of the Indices of Deprivation 2025, by LSOA 2021: column of the file, multiplier.
IOD_2025 = {
    "patients_per_gp": ("patient_to_gp_ratio", 1),
    "low_adult_skills_pct": ("adult_skills_and_english_language_proficiency_indicator", 100),
    "slow_broadband_score": ("digital_connectivity_broadband_download_and_upload_speeds", 1),
    "years_life_lost": ("years_of_potential_life_lost_indicator", 1),
    "mental_ill_health_score": ("mental_health_indicator", 1),
    # "Acute morbidity" is the publisher's name of the ratio of emergency admissions.
    "emergency_admissions_ratio": ("acute_morbidity_indicator", 1),
    "connectivity_score": ("connectivity_score", 1),
    "not_entering_he_pct": ("entry_to_higher_education_indicator", 100),
}
#: Levels of the Indices of Deprivation 2019, by LSOA 2011.
IOD_2019 = {
    "gp_distance_km": ("road_distance_to_a_gp_surgery_indicator_km", 1),
    "food_shop_distance_km": ("road_distance_to_general_store_or_supermarket_indicator_km", 1),
    "poor_condition_homes_pct": ("housing_in_poor_condition_indicator", 100),
    "no2_ratio": ("nitrogen_dioxide_component_of_air_quality_indicator", 1),
    "particulates_ratio": ("particulates_component_of_air_quality_indicator", 1),
    "not_staying_on_pct": ("staying_on_in_education_post_16_indicator", 100),
}
#: Offences of the police by the publisher's crime type.
OFFENCES = {
    "violence_per_1000": "Violence and sexual offences",
    "burglary_per_1000_hh": "Burglary",
    "asb_per_1000": "Anti-social behaviour",
}

INDICATORS: dict[str, Definition] = {
    **{name: Definition(False, multiplier) for name, (_, multiplier) in (IOD_2025 | IOD_2019).items()},
    **{name: Definition(True, 1000) for name in OFFENCES},
    "fuel_poverty_pct": Definition(True, 100),
    "overcrowded_hh_pct": Definition(True, 100),
    "bad_health_pct": Definition(True, 100),
    "older_people_poverty_pct": Definition(True, 100),
    "electoral_registration_pct": Definition(True, 100),
    "employment_deprived_pct": Definition(False, 100),
    "child_poverty_pct": Definition(False, 1),
    "local_turnout_pct": Definition(False, 1),
    "ks2_reading_progress": Definition(False, 1),
    "ks2_maths_progress": Definition(False, 1),
}

#: Kinds of record in the file of schools. Records 3, 4 and 5 are local authority and national totals.
MAINSTREAM, SPECIAL = "1", "2"

#: The months of 2025 that are there, and their days: the incidents of a year are these x 365 / 212.
POLICE_MONTHS = {"01": 31, "02": 28, "05": 31, "06": 30, "07": 31, "08": 31, "09": 30}
#: Numerators of the Indices are printed from 10 up, in fives; a blank is a count of 0 to 9.
WITHHELD_MIDDLE = 4.5

DAYS_OF_YEAR = 365


# ---------------------------------------------------------------------------------------------
# Opening files
# ---------------------------------------------------------------------------------------------


def _rows(path: Path) -> Iterator[list[str]]:
    """Yield the cells of a comma-separated file, plain or gzip; a byte order mark is dropped."""
    if path.suffix == ".gz":
        with gzip.open(path, "rt", encoding="utf-8-sig", newline="") as text:
            yield from csv.reader(text)
    else:
        with path.open(encoding="utf-8-sig", newline="") as text:
            yield from csv.reader(text)


def _records(path: Path, key: str | None = None, wanted: Iterable[str] = ()) -> Iterator[dict[str, str]]:
    """Yield records by column name; with a key, only those whose key is wanted."""
    rows = _rows(path)
    header = next(rows)
    if len(set(header)) != len(header):
        raise ReadingError(f"{path.name}: a column name occurs twice")
    position = header.index(key) if key else -1
    keep = frozenset(wanted)
    for row in rows:
        if not key or row[position] in keep:
            yield dict(zip(header, row, strict=True))


def _whole(text: str) -> int:
    """Return a whole number, thousands separators allowed."""
    return int(text.replace(",", ""))


def _number(text: str) -> float | None:
    """Return a decimal number; None for an empty cell. Anything else is an error."""
    return float(text) if text.strip() else None


def folded(name: str) -> str:
    """Return a ward name in the form names are compared in."""
    text = re.sub(r"['’`.]", "", name.lower().replace("&", " and "))
    text = " ".join(re.sub(r"[^\w\s]", " ", text).split())
    return "st " + text[6:] if text.startswith("saint ") else text


_SHEET = "{http://schemas.openxmlformats.org/spreadsheetml/2006/main}"
_RELATION = "{http://schemas.openxmlformats.org/officeDocument/2006/relationships}id"


def _sheet_rows(path: Path, sheet: str) -> Iterator[dict[str, str]]:
    """Yield the rows of one sheet of an XLSX workbook as {column letters: text}."""
    with zipfile.ZipFile(path) as book:
        strings = [
            "".join(part.text or "" for part in item.iter(f"{_SHEET}t"))
            for item in ElementTree.fromstring(book.read("xl/sharedStrings.xml")).findall(f"{_SHEET}si")
        ]
        relations = {
            item.get("Id"): item.get("Target")
            for item in ElementTree.fromstring(book.read("xl/_rels/workbook.xml.rels"))
        }
        sheets = {
            item.get("name"): relations[item.get(_RELATION)]
            for item in ElementTree.fromstring(book.read("xl/workbook.xml")).iter(f"{_SHEET}sheet")
        }
        with book.open(f"xl/{sheets[sheet]}") as text:
            for _, row in ElementTree.iterparse(text):
                if row.tag != f"{_SHEET}row":
                    continue
                cells = {}
                for cell in row.iter(f"{_SHEET}c"):
                    value = cell.find(f"{_SHEET}v")
                    if value is not None and value.text is not None:
                        column = (cell.get("r") or "").rstrip("0123456789")
                        cells[column] = strings[int(value.text)] if cell.get("t") == "s" else value.text
                row.clear()
                yield cells


# ---------------------------------------------------------------------------------------------
# The National Grid (Ordnance Survey, "A guide to coordinate systems in Great Britain")
# ---------------------------------------------------------------------------------------------

AIRY = (6377563.396, 6356256.909)
WGS84 = (6378137.000, 6356752.314245)
#: WGS84 to OSGB36, guide section 6.6: metres, parts per million, seconds of arc.
SHIFT = (-446.448, 125.157, -542.060)
SCALE = 20.4894
ROTATION = (-0.1502, -0.2470, -0.8421)


def to_cartesian(
    lat: float, lon: float, height: float, axes: tuple[float, float]
) -> tuple[float, float, float]:
    """Return geocentric x, y, z (metres) of a latitude and longitude (radians), guide annex B.1."""
    a, b = axes
    e2 = 1 - (b / a) ** 2
    nu = a / math.sqrt(1 - e2 * math.sin(lat) ** 2)
    return (
        (nu + height) * math.cos(lat) * math.cos(lon),
        (nu + height) * math.cos(lat) * math.sin(lon),
        ((1 - e2) * nu + height) * math.sin(lat),
    )


def from_cartesian(x: float, y: float, z: float, axes: tuple[float, float]) -> tuple[float, float]:
    """Return latitude and longitude (radians) of geocentric coordinates, guide annex B.2."""
    a, b = axes
    e2 = 1 - (b / a) ** 2
    p = math.hypot(x, y)
    lat = math.atan2(z, p * (1 - e2))
    for _ in range(50):
        nu = a / math.sqrt(1 - e2 * math.sin(lat) ** 2)
        better = math.atan2(z + e2 * nu * math.sin(lat), p)
        if abs(better - lat) < 1e-15:
            break
        lat = better
    return lat, math.atan2(y, x)


def helmert(
    point: tuple[float, float, float],
    shift: tuple[float, float, float],
    ppm: float,
    seconds: tuple[float, float, float],
) -> tuple[float, float, float]:
    """Return a point after the seven-parameter transformation, guide section 6.2 (position vector)."""
    x, y, z = point
    s = 1 + ppm * 1e-6
    rx, ry, rz = (math.radians(angle / 3600) for angle in seconds)
    return (
        shift[0] + s * x - rz * y + ry * z,
        shift[1] + rz * x + s * y - rx * z,
        shift[2] - ry * x + rx * y + s * z,
    )


def transverse_mercator(lat: float, lon: float) -> tuple[float, float]:
    """Return easting and northing (metres) of an OSGB36 position (radians), guide annex C.1."""
    a, b = AIRY
    f0 = 0.9996012717
    lat0, lon0 = math.radians(49), math.radians(-2)
    e2 = 1 - (b / a) ** 2
    n = (a - b) / (a + b)
    sin, cos, tan = math.sin(lat), math.cos(lat), math.tan(lat)
    nu = a * f0 / math.sqrt(1 - e2 * sin**2)
    rho = a * f0 * (1 - e2) / (1 - e2 * sin**2) ** 1.5
    eta2 = nu / rho - 1
    less, more = lat - lat0, lat + lat0
    arc = (
        b
        * f0
        * (
            (1 + n + 5 / 4 * n**2 + 5 / 4 * n**3) * less
            - (3 * n + 3 * n**2 + 21 / 8 * n**3) * math.sin(less) * math.cos(more)
            + (15 / 8 * n**2 + 15 / 8 * n**3) * math.sin(2 * less) * math.cos(2 * more)
            - 35 / 24 * n**3 * math.sin(3 * less) * math.cos(3 * more)
        )
    )
    one = arc - 100000
    two = nu / 2 * sin * cos
    three = nu / 24 * sin * cos**3 * (5 - tan**2 + 9 * eta2)
    three_a = nu / 720 * sin * cos**5 * (61 - 58 * tan**2 + tan**4)
    four = nu * cos
    five = nu / 6 * cos**3 * (nu / rho - tan**2)
    six = nu / 120 * cos**5 * (5 - 18 * tan**2 + tan**4 + 14 * eta2 - 58 * tan**2 * eta2)
    d = lon - lon0
    return (
        400000 + four * d + five * d**3 + six * d**5,
        one + two * d**2 + three * d**4 + three_a * d**6,
    )


def national_grid(lon: float, lat: float) -> tuple[float, float]:
    """Return easting and northing (EPSG:27700, metres) of a WGS84 longitude and latitude (degrees)."""
    there = to_cartesian(math.radians(lat), math.radians(lon), 0, WGS84)
    return transverse_mercator(*from_cartesian(*helmert(there, SHIFT, SCALE, ROTATION), AIRY))


# ---------------------------------------------------------------------------------------------
# Polygons
# ---------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Shape:
    """A polygon or several: all rings, holes among them, counted by crossings."""

    rings: tuple[Ring, ...]

    @cached_property
    def box(self) -> tuple[float, float, float, float]:
        """West, south, east, north."""
        xs = [x for ring in self.rings for x, _ in ring]
        ys = [y for ring in self.rings for _, y in ring]
        return min(xs), min(ys), max(xs), max(ys)

    def crossings(self, y: float) -> list[float]:
        """Return the sorted x at which the boundary crosses the height y."""
        found = []
        for ring in self.rings:
            for (x1, y1), (x2, y2) in pairwise(ring):
                if (y1 > y) != (y2 > y):
                    found.append(x1 + (x2 - x1) * (y - y1) / (y2 - y1))
        return sorted(found)

    def holds(self, x: float, y: float) -> bool:
        """Say whether the point lies inside."""
        west, south, east, north = self.box
        if not (west <= x <= east and south <= y <= north):
            return False
        return sum(1 for crossing in self.crossings(y) if crossing > x) % 2 == 1

    def inner_point(self) -> tuple[float, float]:
        """Return a point well inside: the middle of the widest stretch at half height."""
        _, south, _, north = self.box
        y = (south + north) / 2
        xs = self.crossings(y)
        left, right = max(zip(xs[::2], xs[1::2], strict=True), key=lambda pair: pair[1] - pair[0])
        return (left + right) / 2, y

    def on_grid(self) -> Shape:
        """Return the shape with each corner carried to the National Grid."""
        return Shape(tuple([national_grid(x, y) for x, y in ring] for ring in self.rings))


def _shapes(path: Path, code: str) -> dict[str, Shape]:
    """Return the shapes of a GeoJSON file by the property that holds their code."""
    collection = json.loads(path.read_text(encoding="utf-8"))
    _expect(
        collection["crs"]["properties"]["name"], "urn:ogc:def:crs:OGC:1.3:CRS84", f"{path.name}: coordinates"
    )
    shapes = {}
    for feature in collection["features"]:
        geometry = feature["geometry"]
        parts = geometry["coordinates"] if geometry["type"] == "MultiPolygon" else [geometry["coordinates"]]
        rings = tuple([(x, y) for x, y in ring] for part in parts for ring in part)
        shapes[feature["properties"][code]] = Shape(rings)
    return shapes


def _which(shapes: Mapping[str, Shape], x: float, y: float) -> str | None:
    """Return the code of the shape that holds the point."""
    return next((code for code, shape in shapes.items() if shape.holds(x, y)), None)


# ---------------------------------------------------------------------------------------------
# From places to wards
# ---------------------------------------------------------------------------------------------

Share = dict[str, float]


@dataclass(frozen=True)
class Geography:
    """How places of the district lie on its wards.

    Attributes:
        wards: ward code -> name.
        ward_shapes: ward code -> shape in longitude and latitude.
        postcodes: squeezed postcode -> ward code, those of the district alone.
        shares: LSOA 2021 -> {ward: share}; the shares of an LSOA add up to 1.
        parts: LSOA 2011 -> {LSOA 2021: residents at the census of 2021}.
        best_fit: LSOA 2021 -> the one ward of the publisher's best-fit lookup; used where an LSOA has
            no postcode.
    """

    wards: Mapping[str, str]
    ward_shapes: Mapping[str, Shape]
    postcodes: Mapping[str, str]
    shares: Mapping[str, Share]
    parts: Mapping[str, Mapping[str, float]]
    best_fit: Mapping[str, str]

    def residents(self, lsoa21: str) -> float:
        """Return the residents of an LSOA of 2021."""
        return math.fsum(part[lsoa21] for part in self.parts.values() if lsoa21 in part)

    def weights_2021(self, lsoa21: str) -> Share:
        """Return the residents of an LSOA of 2021 by ward: the weight of a level."""
        people = self.residents(lsoa21)
        return {ward: people * share for ward, share in self.shares[lsoa21].items()}

    def weights_2011(self, lsoa11: str) -> Share:
        """Return the residents of an LSOA of 2011 by ward, through the LSOAs of 2021 it became."""
        weights: dict[str, float] = defaultdict(float)
        for lsoa21, people in self.parts.get(lsoa11, {}).items():
            for ward, share in self.shares[lsoa21].items():
                weights[ward] += people * share
        return dict(weights)

    def shares_2011(self, lsoa11: str) -> Share:
        """Return the share of a count of an LSOA of 2011 that falls to each ward."""
        total = math.fsum(self.parts.get(lsoa11, {}).values())
        return {ward: weight / total for ward, weight in self.weights_2011(lsoa11).items()}

    def ward_named(self, name: str) -> str:
        """Return the code of the ward of that name."""
        return {folded(known): code for code, known in self.wards.items()}[folded(name)]


def _district_postcodes(real: Path) -> Iterator[tuple[str, str, int, int]]:
    """Yield postcode, ward, easting, northing of the postcodes of the district (Code-Point Open)."""
    for area in ("b", "de", "ws"):
        for row in _rows(real / "geography" / "codepoint_open_2025" / f"{area}.csv"):
            postcode, _, easting, northing, *_, district, ward = row
            if district == DISTRICT:
                yield postcode.replace(" ", ""), ward, int(easting), int(northing)


def _census_residents(real: Path, lsoas: Iterable[str]) -> dict[str, tuple[float, float]]:
    """Return residents, and residents aged 60 and over, by LSOA 2021 (table TS007a)."""
    older = [f"Age: Aged {age} to {age + 4} years" for age in (60, 65, 70, 75, 80)]
    older.append("Age: Aged 85 years and over")
    path = real / "census2021" / "census2021-ts007a-lsoa.csv"
    return {
        row["geography code"]: (int(row["Age: Total"]), sum(int(row[band]) for band in older))
        for row in _records(path, "geography code", lsoas)
    }


def read_geography(real: Path) -> Geography:
    """Read wards, postcodes and boundaries, and work out how LSOAs lie on wards."""
    boundaries = real / "geography" / "boundaries"
    ward_file = boundaries / f"drkane_ward_{DISTRICT}.geojson"
    ward_shapes = _shapes(ward_file, "WD25CD")
    features = json.loads(ward_file.read_text(encoding="utf-8"))["features"]
    wards = {item["properties"]["WD25CD"]: item["properties"]["WD25NM"] for item in features}
    _expect(sorted(wards), [f"E050106{number}" for number in range(51, 73)], "ward codes")

    lsoa21 = {
        code: shape.on_grid()
        for code, shape in _shapes(boundaries / f"drkane_lsoa_{DISTRICT}.geojson", "LSOA21CD").items()
    }
    lsoa11 = {
        code: shape.on_grid()
        for code, shape in _shapes(boundaries / f"drkane_lsoa11_{DISTRICT}.geojson", "LSOA11CD").items()
    }
    _expect((len(lsoa21), len(lsoa11)), (62, 58), "LSOAs of 2021 and 2011")

    lookup = real / "converted_csv" / "lookup_lsoa21_ward24_ltla24.csv.gz"
    best_fit = {row["lsoa21_code"]: row["ward24_code"] for row in _records(lookup, "ltla24_code", {DISTRICT})}
    _expect(sorted(best_fit), sorted(lsoa21), "LSOAs of the best-fit lookup")

    blocks: dict[str, Counter[str]] = defaultdict(Counter)
    postcodes = {}
    for postcode, ward, easting, northing in _district_postcodes(real):
        if ward not in wards:
            raise ReadingError(f"Code-Point: a postcode of the district lies in {ward}")
        postcodes[postcode] = ward
        home = _which(lsoa21, easting, northing) if easting > 0 else None
        if home is not None:
            blocks[home][ward] += 1
    _expect(len(postcodes), 3091, "postcodes of the district")
    _expect(set(postcodes.values()), set(wards), "wards reached by postcodes")
    shares = {
        lsoa: {ward: count / found.total() for ward, count in sorted(found.items())}
        if (found := blocks.get(lsoa))
        else {best_fit[lsoa]: 1.0}
        for lsoa in sorted(lsoa21)
    }

    people = _census_residents(real, lsoa21)
    homes: dict[str, list[str]] = {}
    for lsoa, shape in lsoa21.items():
        homes[lsoa] = [code for code, old in lsoa11.items() if old.holds(*shape.inner_point())]
    parts: dict[str, dict[str, float]] = {code: {} for code in lsoa11}
    for lsoa, olds in homes.items():
        for old in olds:
            parts[old][lsoa] = people[lsoa][0] / len(olds)
    _check_split(parts)
    return Geography(wards, ward_shapes, postcodes, shares, parts, best_fit)


def _check_split(parts: Mapping[str, Mapping[str, float]]) -> None:
    """Hold the carrying of 2011 codes to 2021 against what is known: 54 kept, 4 split in two."""
    kept = [old for old, new in parts.items() if list(new) == [old]]
    split = sorted(old for old, new in parts.items() if len(new) == 2)
    _expect(len(kept), 54, "LSOAs unchanged from 2011 to 2021")
    _expect(split, ["E01029479", "E01029481", "E01029497", "E01029530"], "LSOAs split in two")
    new = sorted(code for old in split for code in parts[old])
    _expect(new, [f"E010{number}" for number in range(34099, 34107)], "LSOAs made by the splits")


# ---------------------------------------------------------------------------------------------
# The datasets
# ---------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Inputs:
    """What the files say, before it is brought to wards. Keys are the codes of the files.

    Attributes:
        iod_2025: LSOA 2021 -> column -> value; None where the cell is blank.
        iod_2019: LSOA 2011 -> column -> value.
        employment: LSOA 2021 -> employment deprivation score of 2025 (a share of 1).
        residents: LSOA 2021 -> (residents, residents aged 60 and over), Census 2021.
        health: LSOA 2021 -> (in bad or very bad health, residents), Census 2021.
        occupancy: LSOA 2021 -> (overcrowded households, households), Census 2021.
        fuel: LSOA 2011 -> (fuel poor households, households), 2020.
        population: ward -> age 0 to 90 -> persons, mid-2020.
        offences: ward -> crime type -> incidents in the months there are.
        days: days those months have.
        low_income: ward -> per cent of children, financial year ending 2025.
        election: ward -> (electorate, turnout in per cent), May 2023.
        schools: ward, reading progress, mathematics progress; one row a school.
    """

    iod_2025: Mapping[str, Mapping[str, float | None]]
    iod_2019: Mapping[str, Mapping[str, float | None]]
    employment: Mapping[str, float]
    residents: Mapping[str, tuple[float, float]]
    health: Mapping[str, tuple[float, float]]
    occupancy: Mapping[str, tuple[float, float]]
    fuel: Mapping[str, tuple[float, float]]
    population: Mapping[str, Sequence[int]]
    offences: Mapping[str, Mapping[str, int]]
    days: int
    low_income: Mapping[str, float]
    election: Mapping[str, tuple[float, float]]
    schools: Sequence[tuple[str, float | None, float | None]]


def _read_iod(path: Path, key: str, lsoas: Iterable[str]) -> dict[str, dict[str, float | None]]:
    """Return the underlying indicators of the Indices of Deprivation for the LSOAs asked for."""
    wanted = set(lsoas)
    found = {
        row.pop(key): {column: _number(text) for column, text in row.items()}
        for row in _records(path, key, wanted)
    }
    _expect(set(found), wanted, f"{path.name}: LSOAs")
    return found


def _read_occupancy(path: Path) -> dict[str, tuple[float, float]]:
    """Return overcrowded households and households; the file has a row for each rating."""
    crowded: Counter[str] = Counter()
    households: dict[str, set[int]] = defaultdict(set)
    ratings: Counter[str] = Counter()
    for row in _records(path):
        lsoa, rating = row["lsoa21_code"], row["occupancy_rating"]
        households[lsoa].add(int(row["total_households"]))
        ratings[rating] += 1
        if rating in ("-1 (overcrowded)", "-2 or less (overcrowded)"):
            crowded[lsoa] += int(row["n"])
    _expect((len(ratings), set(ratings.values())), (5, {62}), f"{path.name}: ratings an LSOA")
    for lsoa, totals in households.items():
        _expect(len(totals), 1, f"{path.name}: totals of {lsoa}")
    return {lsoa: (float(crowded[lsoa]), float(*totals)) for lsoa, totals in households.items()}


def read_fuel_poverty(path: Path, lsoas: Iterable[str]) -> dict[str, tuple[float, float]]:
    """Return fuel poor households and households by LSOA of 2011, from the sheet named Table 3."""
    wanted = set(lsoas)
    columns: dict[str, str] = {}
    found = {}
    for row in _sheet_rows(path, "Table 3"):
        if not columns:
            if row.get("A") == "LSOA Code":
                # Some years glue the number of a footnote to the name.
                columns = {name.rstrip("0123456789"): letter for letter, name in row.items()}
        elif row.get("A") in wanted:
            poor = float(row[columns["Number of households in fuel poverty"]])
            found[row["A"]] = (poor, float(row[columns["Number of households"]]))
    _expect(set(found), wanted, f"{path.name}: LSOAs")
    return found


def read_population(real: Path, geography: Geography) -> dict[str, tuple[int, ...]]:
    """Return persons by single year of age (the last is 90 and over), mid-2020.

    The ward codes of this file are wrong; names and local authority codes are right, so the name
    within the district decides.
    """
    found = {}
    for row in _rows(real / "population" / "Mid-2020 Persons-Table 1.csv"):
        if len(row) > 4 and row[2] == DISTRICT:
            ages = tuple(_whole(cell) for cell in row[5:])
            _expect((len(ages), sum(ages)), (91, _whole(row[4])), f"ages of {row[1]}")
            found[geography.ward_named(row[1])] = ages
    _expect((len(found), sum(map(sum, found.values()))), (22, 105637), "wards and persons, mid-2020")
    return found


def _read_offences(real: Path, geography: Geography) -> tuple[dict[str, Counter[str]], int]:
    """Return incidents by ward and crime type over the months of 2025 there are, and their days."""
    found: dict[str, Counter[str]] = {ward: Counter() for ward in geography.wards}
    for month in POLICE_MONTHS:
        name = f"{EDITION}-{month}"
        for row in _records(real / "police_uk" / name / f"{name}-staffordshire-street.csv"):
            _expect(row["Month"], name, f"month in the file of {name}")
            if not row["Longitude"]:
                continue
            ward = _which(geography.ward_shapes, float(row["Longitude"]), float(row["Latitude"]))
            if ward:
                found[ward][row["Crime type"]] += 1
    days = sum(POLICE_MONTHS.values())
    _expect(days, 212, "days of the police months")
    return found, days


def read_low_income(real: Path, geography: Geography, year: int) -> dict[str, float]:
    """Return the per cent of children in low-income families, financial year ending `year`."""
    rows = _rows(real / "dwp" / "4_AHC_Relative_Ward.csv")
    header: list[str] = []
    found = {}
    for row in rows:
        if not header:
            if row and row[0].startswith("Local Authority"):
                header = [" ".join(cell.split()) for cell in row]
                position = header.index(f"Percentage of children FYE {year} (%) [note 3]")
        elif row[3] in geography.wards:
            _expect(row[1], DISTRICT, f"district of {row[3]}")
            _expect(folded(row[2]), folded(geography.wards[row[3]]), f"name of {row[3]}")
            _expect(row[position][-1], "%", f"percentage of {row[3]}")
            found[row[3]] = float(row[position][:-1])
    _expect(len(found), 22, "wards with children in low income")
    return found


def _read_election(real: Path, geography: Geography) -> dict[str, tuple[float, float]]:
    """Return electorate and turnout of the election of May 2023, by ward name."""
    path = real / "elections" / "LEH-Candidates-2023_Ward_Level-Table 1.csv"
    found = {}
    for row in _records(path, "DISTRICTNAME", {DISTRICT_NAME}):
        _expect(row["COUNTYNAME"], "Staffordshire", "county of the election")
        electorate = float(_whole(row["ELECT"]))
        found[geography.ward_named(row["WARDNAME"])] = (electorate, float(row["TURNOUT"]))
    missing = set(geography.wards) - set(found)
    _expect({geography.wards[ward] for ward in missing}, {"Bourne Vale"}, "wards without an election")
    return found


def read_schools(
    real: Path, geography: Geography, kinds: Iterable[str] = (MAINSTREAM,)
) -> list[tuple[str, float | None, float | None]]:
    """Return the schools of the district, by postcode, with their Key Stage 2 progress.

    Mainstream schools alone: a special school takes pupils from the whole county and is no fact of
    the ward it stands in.
    """

    def progress(text: str) -> float | None:
        return None if text in ("", "SUPP", "LOWCOV") else float(text)

    found = []
    seen: Counter[str] = Counter()
    for row in _records(real / "schools" / "waiky8_england_ks2final.csv"):
        ward = geography.postcodes.get(row["PCODE"].replace(" ", "").upper())
        if ward:
            seen[row["RECTYPE"]] += 1
            if row["RECTYPE"] in kinds:
                found.append((ward, progress(row["READPROG"]), progress(row["MATPROG"])))
    _expect(dict(seen), {MAINSTREAM: 40, SPECIAL: 4}, "schools of the district")
    return found


def read_inputs(real: Path, geography: Geography) -> Inputs:
    """Read every dataset of the open profile, edition 2025."""
    lsoa21, lsoa11 = sorted(geography.shares), sorted(geography.parts)
    converted = real / "converted_csv"
    health = {
        row["geography code"]: (
            float(row["General health: Bad health"]) + float(row["General health: Very bad health"]),
            float(row["General health: Total: All usual residents"]),
        )
        for row in _records(real / "census2021" / "census2021-ts037-lsoa.csv", "geography code", lsoa21)
    }
    employment = {
        row["lsoa21_code"]: float(row["Employment_score"])
        for row in _records(converted / "imd2025_england_lsoa21__lichfield_only.csv")
    }
    occupancy = _read_occupancy(converted / "household_overcrowding21_lsoa21__lichfield_only.csv")
    for name, table in (("health", health), ("employment", employment), ("occupancy", occupancy)):
        _expect(sorted(table), lsoa21, f"LSOAs of {name}")
    fuel = real / "fuel_poverty" / "sub-regional-fuel-poverty-2022-tables.xlsx"
    offences, days = _read_offences(real, geography)
    return Inputs(
        iod_2025=_read_iod(converted / "imd2025_england_lsoa21_indicators.csv.gz", "lsoa21_code", lsoa21),
        iod_2019=_read_iod(converted / "imd2019_england_lsoa11_indicators.csv.gz", "lsoa11_code", lsoa11),
        employment=employment,
        residents=_census_residents(real, lsoa21),
        health=health,
        occupancy=occupancy,
        fuel=read_fuel_poverty(fuel, lsoa11),
        population=read_population(real, geography),
        offences=offences,
        days=days,
        low_income=read_low_income(real, geography, EDITION),
        election=_read_election(real, geography),
        schools=read_schools(real, geography),
    )


# ---------------------------------------------------------------------------------------------
# Indicator values
# ---------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Sums:
    """What an indicator value of a ward is made of.

    Attributes:
        top: the numerator, or the sum of level x weight.
        bottom: the denominator, or the sum of the weights, of the places that have a numerator.
    """

    top: float
    bottom: float


@dataclass(frozen=True)
class Reading:
    """Every indicator of every ward, and of any group of wards.

    Attributes:
        wards: ward code -> name.
        sums: (indicator, ward) -> what the value is made of; absent where there is no value.
        groups: further areas, named groups of wards: code -> ward codes.
    """

    wards: Mapping[str, str]
    sums: Mapping[tuple[str, str], Sums]
    groups: Mapping[str, Sequence[str]] = field(default_factory=dict)

    def over(self, indicator: str, wards: Iterable[str]) -> Sums | None:
        """Return numerator and denominator of a group of wards; None where no ward has a value."""
        found = [self.sums[indicator, ward] for ward in sorted(wards) if (indicator, ward) in self.sums]
        if not found:
            return None
        return Sums(
            top=math.fsum(item.top for item in found),
            bottom=math.fsum(item.bottom for item in found),
        )

    def value(self, indicator: str, wards: Iterable[str]) -> float | None:
        """Return the value of an indicator over a group of wards (one ward is a group of one)."""
        sums = self.over(indicator, wards)
        if sums is None or sums.bottom <= 0:
            return None
        return INDICATORS[indicator].multiplier * sums.top / sums.bottom

    @property
    def areas(self) -> dict[str, list[str]]:
        """The areas of a release and the wards they are made of: each ward, the district, the groups."""
        areas = {ward: [ward] for ward in sorted(self.wards)} | {DISTRICT: sorted(self.wards)}
        return areas | {code: sorted(wards) for code, wards in self.groups.items()}


class _Collector:
    """Adds up tops and bottoms by indicator and ward."""

    def __init__(self) -> None:
        self.tops: dict[tuple[str, str], list[float]] = defaultdict(list)
        self.bottoms: dict[tuple[str, str], list[float]] = defaultdict(list)

    def add(self, indicator: str, ward: str, top: float, bottom: float) -> None:
        """Add a place's part of an indicator to a ward."""
        self.tops[indicator, ward].append(top)
        self.bottoms[indicator, ward].append(bottom)

    def sums(self) -> dict[tuple[str, str], Sums]:
        """Return the sums; those without any weight are left out."""
        found = {}
        for key in sorted(self.tops):
            found[key] = Sums(math.fsum(self.tops[key]), math.fsum(self.bottoms[key]))
        return {key: item for key, item in found.items() if item.bottom > 0}


def _lsoa_levels(inputs: Inputs, geography: Geography, into: _Collector) -> None:
    """Average levels of LSOAs over a ward, weighted by residents."""
    for lsoa, row in inputs.iod_2025.items():
        for ward, weight in geography.weights_2021(lsoa).items():
            for indicator, (column, _) in IOD_2025.items():
                value = row[column]
                if value is not None:
                    into.add(indicator, ward, value * weight, weight)
            into.add("employment_deprived_pct", ward, inputs.employment[lsoa] * weight, weight)
    for lsoa, row in inputs.iod_2019.items():
        for ward, weight in geography.weights_2011(lsoa).items():
            for indicator, (column, _) in IOD_2019.items():
                value = row[column]
                if value is not None:
                    into.add(indicator, ward, value * weight, weight)


def _lsoa_counts(inputs: Inputs, geography: Geography, into: _Collector) -> None:
    """Share the counts of LSOAs out to wards."""
    older = "income_deprivation_affecting_older_people_index_idaopi_numerator"
    for lsoa, shares in geography.shares.items():
        poor = inputs.iod_2025[lsoa][older]
        for ward, share in shares.items():
            crowded, households = inputs.occupancy[lsoa]
            into.add("overcrowded_hh_pct", ward, crowded * share, households * share)
            bad, residents = inputs.health[lsoa]
            into.add("bad_health_pct", ward, bad * share, residents * share)
            over_60 = inputs.residents[lsoa][1]
            # A blank is a withheld count, no zero: it stands at the middle of its class.
            counted = WITHHELD_MIDDLE if poor is None else poor
            into.add("older_people_poverty_pct", ward, counted * share, over_60 * share)
    for lsoa, (fuel_poor, homes) in inputs.fuel.items():
        for ward, share in geography.shares_2011(lsoa).items():
            into.add("fuel_poverty_pct", ward, fuel_poor * share, homes * share)


def _ward_facts(inputs: Inputs, geography: Geography, into: _Collector) -> None:
    """Take what is published for wards, or for points and schools within them."""
    homes = {ward: 0.0 for ward in geography.wards}
    for lsoa, shares in geography.shares.items():
        for ward, share in shares.items():
            homes[ward] += inputs.occupancy[lsoa][1] * share
    for ward in geography.wards:
        persons = sum(inputs.population[ward])
        adults = sum(inputs.population[ward][18:])
        for indicator, crime in OFFENCES.items():
            a_year = inputs.offences[ward][crime] * DAYS_OF_YEAR / inputs.days
            into.add(indicator, ward, a_year, homes[ward] if crime == "Burglary" else persons)
        if ward in inputs.low_income:
            into.add("child_poverty_pct", ward, inputs.low_income[ward] * persons, persons)
        if ward in inputs.election:
            electorate, turnout = inputs.election[ward]
            into.add("electoral_registration_pct", ward, electorate, adults)
            into.add("local_turnout_pct", ward, turnout * persons, persons)
    for ward, reading, maths in inputs.schools:
        if reading is not None:
            into.add("ks2_reading_progress", ward, reading, 1)
        if maths is not None:
            into.add("ks2_maths_progress", ward, maths, 1)


def compute(
    inputs: Inputs, geography: Geography, groups: Mapping[str, Sequence[str]] | None = None
) -> Reading:
    """Return every indicator of every ward, and of the groups of wards named (code -> ward codes)."""
    into = _Collector()
    _lsoa_levels(inputs, geography, into)
    _lsoa_counts(inputs, geography, into)
    _ward_facts(inputs, geography, into)
    return Reading(geography.wards, into.sums(), groups or {})


def values_table(reading: Reading) -> str:
    """Return the table of values as CSV: counts carry numerator and denominator, levels none."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(["indicator", "ward_code", "value", "numerator", "denominator"])
    for indicator, definition in sorted(INDICATORS.items()):
        for area, wards in reading.areas.items():
            value = reading.value(indicator, wards)
            sums = reading.over(indicator, wards) if definition.counts and value is not None else None
            counts = [repr(sums.top), repr(sums.bottom)] if sums else ["", ""]
            writer.writerow([indicator, area, "" if value is None else repr(value), *counts])
    return text.getvalue()


def main() -> None:
    """Write the table of values to the file named on the command line."""
    real = Path(os.environ["SPI_SHARED_DATA"]) / "real"
    geography = read_geography(real)
    reading = compute(read_inputs(real, geography), geography)
    Path(sys.argv[1]).write_text(values_table(reading), encoding="utf-8", newline="\n")


if __name__ == "__main__":
    main()
