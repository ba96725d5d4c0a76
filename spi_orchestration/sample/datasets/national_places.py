"""Deliveries of national publishers about places: homes, networks, water, air, green space, premises.

Belongs here: for each such dataset its series and one writer, in the publisher's own layout. Does not
belong here: datasets about people (`national_people.py`) or reference sets (`national_reference.py`).
"""

from __future__ import annotations

from typing import Any
from xml.sax.saxutils import escape

import numpy as np

from spi_orchestration.sample import geometry
from spi_orchestration.sample.datasets.base import Delivery, Sample, SampleDataset, hashed, shuffled
from spi_orchestration.sample.datasets.national import NEIGHBOUR, elsewhere_lsoas
from spi_orchestration.sample.datasets.national_people import within
from spi_orchestration.sample.geography import Map
from spi_orchestration.sample.streams import stream
from spi_orchestration.sample.truth import OUTSIDE, UNALLOCATED, Series
from spi_orchestration.sample.wards import YEARS
from spi_orchestration.sample.writers.archive import packed
from spi_orchestration.sample.writers.delimited import delimited
from spi_orchestration.sample.writers.documents import geojson, multipolygon
from spi_orchestration.sample.writers.spreadsheet import Sheet, ods, xlsx

__all__ = ["DATASETS"]

Table = list[list[str | int | float | None]]


def _gazetteer_edition(edition: int) -> int:
    """Edition of the gazetteer that an edition finds: it is delivered in 2022 and 2025."""
    return 2022 if edition < 2025 else 2025


def _homes(places: Map, edition: int) -> np.ndarray:
    """Positions of the homes that the gazetteer lists in an edition."""
    addresses = places.addresses
    return np.flatnonzero(addresses.home & (addresses.built <= _gazetteer_edition(edition)))


# --- broadband ------------------------------------------------------------------------------------


def _ofcom(sample: Sample, edition: int) -> Delivery:
    """Month, premises and revision stand in the file name alone; shares beside counts."""
    name = "ofcom_fixed_coverage"
    rng, oas = sample.rng(name, edition), sample.map.oas
    premises = sample.map.spread(
        sample.truth.whole(name, "premises", edition), oas.households.astype(float), rng
    )
    fast = within(sample, premises, sample.truth.whole(name, "gigabit_premises", edition), rng)
    slow = within(sample, premises - fast, sample.truth.whole(name, "no_decent_premises", edition), rng)
    unable = "unable to receive decent broadband" + (" from fixed or FWA" if edition >= 2024 else "")
    header = ["output_area", "All Premises", "All Matched Premises", "SFBB availability (% premises)"]
    header += ["Gigabit availability (% premises)", f"% of premises {unable}"]
    header += ["Number of premises with Gigabit availability", f"Number of premises {unable}"]
    rows: list[list[object]] = []
    for code, homes, quick, none in zip(oas.codes, premises, fast, slow, strict=True):
        whole = max(1, int(homes))
        shares = [round(100 * (whole - none) / whole, 1), round(100 * quick / whole, 1)]
        rows.append(
            [code, int(homes), int(homes), *shares, round(100 * none / whole, 1), int(quick), int(none)]
        )
    rows += [[f"E00997{i:03d}", 130, 130, 99.0, 80.0, 1.5, 104, 2] for i in range(1, 30)]
    members = [
        (f"{edition}01_fixed_oa_coverage_r1.csv", delimited(header, rows)),
        (f"{edition}01_fixed_oa_res_coverage_r1.csv", delimited(header, rows[:5])),
        ("about.txt", b"Synthetic sample\n"),
    ]
    file = f"connected_nations/{edition}/{edition}01_fixed_output_area_r01.zip"
    return Delivery({file: packed(members)}, years=(edition,), rows=len(rows))


# --- green and blue space -------------------------------------------------------------------------


def _green_blue(sample: Sample, edition: int) -> Delivery:
    """A plain table of green space alone until 2025, then a workbook with a cover sheet."""
    name = "defra_green_blue_space"
    rng, oas = sample.rng(name, edition), sample.map.oas
    near = within(sample, oas.households, sample.truth.whole(name, "homes_near_space", edition), rng)
    table: Table = [
        [code, sample.district[0], int(homes), int(close), round(100 * int(close) / max(1, int(homes)), 1)]
        for code, homes, close in zip(oas.codes, oas.households, near, strict=True)
    ]
    table += [[f"E00997{i:03d}", NEIGHBOUR[0], 125, 100, 80.0] for i in range(1, 20)]
    if edition <= 2025:
        header = ["OA21CD", "LAD22CD", "households", "households_with_access", "percent_with_access"]
        file = f"green_blue_space/{edition}/access_green_space_oa_{edition}.csv"
        return Delivery({file: delimited(header, table)}, years=(edition,), rows=len(table))
    title = "Access to green and blue space in England: output areas. Synthetic sample"
    header = ["OA21CD", "LAD25CD", "households", "households_with_access_15min", "percent_with_access"]
    sheets = [
        Sheet("Cover", [[title], ["Official statistics in development"]]),
        Sheet("OA", [[title], [None], [*header], *table]),
    ]
    file = f"green_blue_space/{edition}/access_green_blue_oa_{edition}.ods"
    return Delivery({file: ods(sheets, title)}, years=(edition,), rows=len(table))


# --- energy certificates --------------------------------------------------------------------------

_EPC = "mhclg_epc_domestic"
_EPC_OLD = ["LMK_KEY", "POSTCODE", "CURRENT_ENERGY_RATING", "PROPERTY_TYPE", "LODGEMENT_DATETIME"]
_EPC_OLD += ["TENURE", "UPRN", "UPRN_SOURCE"]
_EPC_NEW = ["certificate_number", "current_energy_rating", "lodgement_datetime", "postcode", "tenure"]
_EPC_NEW += ["property_type", "uprn", "uprn_source"]


def _epc(sample: Sample, edition: int) -> Delivery:
    """Every certificate of the district; several of one home, homes without a number, marks for what is not there."""
    rng, addresses = sample.rng(_EPC, edition), sample.map.addresses
    listed = _homes(sample.map, edition)
    certified = sample.truth.whole(_EPC, "certificates", edition)
    cold = sample.truth.whole(_EPC, "rated_efg", edition)
    rows: list[dict[str, str]] = []

    def certificate(uprn: str, year: int, rating: str) -> None:
        number = hashed("epc", sample.seed, edition, len(rows))
        time = f"{year}-{1 + len(rows) % 9:02d}-{1 + len(rows) % 28:02d} {len(rows) % 24:02d}:15:00"
        rows.append(
            {
                "certificate_number": number,
                "lmk_key": number * 4,
                "postcode": "",
                "current_energy_rating": rating,
                "property_type": "House",
                "lodgement_datetime": time,
                "tenure": "NO DATA!" if len(rows) % 9 == 0 else "Owner-occupied",
                "uprn": uprn,
                "uprn_source": "Energy Assessor" if uprn else "",
            }
        )

    for w in range(len(sample.wards)):
        homes = rng.permutation(listed[addresses.ward[listed] == w])
        for k, i in enumerate(homes[: certified[w]]):
            poor = k < cold[w]
            letter = "EFG"[int(rng.integers(0, 3))] if poor else "ABCD"[int(rng.integers(0, 4))]
            uprn = addresses.uprn[i]
            if rng.random() < 0.12:
                # An earlier certificate, mostly of the other kind.
                certificate(uprn, edition - 9, "C" if poor else "F")
            certificate(uprn, edition - 1 - int(rng.integers(0, 7)), letter)
        for i in homes[certified[w] : certified[w] + 2]:
            certificate(addresses.uprn[i], edition - 2, "INVALID!")
    elsewhere: dict[tuple[str, str, int], int] = {}
    for place, count in ((UNALLOCATED, 60), (OUTSIDE, 40)):
        for k in range(count):
            certificate(
                "" if place == UNALLOCATED else f"98000{k:06d}", edition - 1, "E" if k % 4 == 0 else "C"
            )
        elsewhere["certificates", place, edition] = count
        elsewhere["rated_efg", place, edition] = count // 4
    rows = shuffled(rows, rng)
    header = _EPC_OLD if edition <= 2025 else _EPC_NEW
    keys = [name.lower() for name in header]
    content = delimited(header, [[row[key] for key in keys] for row in rows])
    name = "certificates.csv" if edition <= 2025 else f"certificates-{edition}.csv"
    return Delivery({f"epc/{edition}/{name}": content}, years=(edition,), elsewhere=elsewhere, rows=len(rows))


# --- food hygiene ---------------------------------------------------------------------------------


def _fhrs(sample: Sample, edition: int) -> Delivery:
    """Marks in words among ratings, premises without a point, businesses at private addresses without both."""
    name = "fsa_fhrs"
    rng, oas = sample.rng(name, edition), sample.map.oas
    rated = sample.truth.whole(name, "rated", edition)
    best = sample.truth.whole(name, "rated_5", edition)
    points = {w: np.flatnonzero(sample.map.postcodes.ward == w) for w in range(len(sample.wards))}
    records: list[str] = []

    def establishment(rating: str, postcode: str, spot: np.ndarray | None) -> None:
        number = len(records) + 1
        key = f"fhrs_{rating.lower()}_en-gb"
        code = f"<PostCode>{escape(postcode)}</PostCode>" if postcode else ""
        place = (
            "<Geocode />"
            if spot is None
            else f"<Geocode><Longitude>{spot[0]:.7f}</Longitude><Latitude>{spot[1]:.7f}</Latitude></Geocode>"
        )
        records.append(
            f"<EstablishmentDetail><FHRSID>{edition}{number:05d}</FHRSID>"
            f"<LocalAuthorityBusinessID>SYN/{number:05d}</LocalAuthorityBusinessID>"
            f"<BusinessName>Synthetic Café &amp; Co {number}</BusinessName>"
            f"<BusinessType>Restaurant/Cafe/Canteen</BusinessType><BusinessTypeID>1</BusinessTypeID>{code}"
            f"<RatingValue>{rating}</RatingValue><RatingKey>{key}</RatingKey>"
            f"<RatingDate>{edition - 1}-05-0{1 + number % 9}</RatingDate><SchemeType>FHRS</SchemeType>"
            f"<NewRatingPending>False</NewRatingPending>{place}</EstablishmentDetail>"
        )

    for w in range(len(sample.wards)):
        inside = np.flatnonzero(oas.ward == w)
        for k in range(int(rated[w]) + 3):
            rating = "5" if k < best[w] else str(int(rng.integers(0, 5)))
            if k >= rated[w]:
                rating = ("AwaitingInspection", "Exempt", "AwaitingPublication")[k % 3]
            if rng.random() < 0.15:
                spot, postcode = None, sample.map.postcodes.codes[rng.choice(points[w])]
            else:
                polygon = oas.polygons[rng.choice(inside)]
                spot = geometry.to_wgs84(geometry.sample_points(polygon, 1, rng))[0]
                postcode = sample.map.postcodes.codes[rng.choice(points[w])]
            establishment(rating, postcode, spot)
    for k in range(18):
        establishment("5" if k % 3 else "4", "", None)
    header = (
        f"<Header><ExtractDate>{edition}-10-01</ExtractDate><ItemCount>{len(records)}</ItemCount></Header>"
    )
    content = (
        '<?xml version="1.0" encoding="utf-8"?>\n<FHRSEstablishment>'
        f"{header}<EstablishmentCollection>{''.join(shuffled(records, rng))}</EstablishmentCollection>"
        "</FHRSEstablishment>\n"
    )
    elsewhere = {("rated", UNALLOCATED, edition): 18, ("rated_5", UNALLOCATED, edition): 12}
    file = f"food_hygiene/{edition}/FHRS998en-GB.xml"
    return Delivery({file: content.encode("utf-8")}, years=(edition,), elsewhere=elsewhere, rows=len(records))


# --- drinking water -------------------------------------------------------------------------------

#: Determinand, unit, a value that meets the standard and one that does not.
_DETERMINANDS = (
    ("Nitrate (Total)", "mg NO3/l", "24.1", "56.2"),
    ("Lead (10 - will apply from 25.12.2013)", "ug Pb/l", "1.2", "14.8"),
    ("Escherichia coli (confirmed)", "number/100ml", "0", "1"),
    ("Coliform Bacteria (Indicator)", "number/100ml", "0", "3"),
    ("Iron (Total)", "ug Fe/l", "18", "312"),
    ("Turbidity", "NTU", "0.14", "5.6"),
)
_WATER = "stream_drinking_water"


def _water(sample: Sample, edition: int) -> Delivery:
    """Two companies that spell the columns and write dates each in its own way; `<` stands apart from the result."""
    year = edition - 1
    rng, oas = sample.rng(_WATER, year), sample.map.oas
    tests = sample.map.spread(sample.truth.whole(_WATER, "tests", year), oas.population.astype(float), rng)
    failed = within(sample, tests, sample.truth.whole(_WATER, "failures", year), rng)
    cases: list[tuple[str, bool]] = []
    for area, (count, bad) in enumerate(zip(tests, failed, strict=True)):
        code = sample.map.lsoa_codes[oas.lsoa[area]]
        cases += [(code, True)] * int(bad) + [(code, False)] * int(count - bad)
    outside, lost = 160, 6
    cases += [(code, False) for code in elsewhere_lsoas(20) for _ in range(outside // 20)]
    cases += [("", False)] * lost
    rows: dict[str, list[list[object]]] = {"south_staffs": [], "severn_trent": []}
    for number, (code, bad) in enumerate(shuffled(cases, rng)):
        what, unit, good, poor = _DETERMINANDS[int(rng.integers(0, len(_DETERMINANDS)))]
        day, month = 1 + number % 28, 1 + number % 12
        below = not bad and good != "0" and rng.random() < 0.3
        first = number % 3 > 0
        date = f"{day:02d}/{month:02d}/{year}" if first else f"{year}-{month:02d}-{day:02d}"
        company = "south_staffs" if first else "severn_trent"
        rows[company].append(
            [
                company,
                900000 + number,
                date,
                what,
                "",
                unit,
                "<" if below else "",
                poor if bad else good,
                code,
            ]
        )
        if number % 40 == 0:
            # No standard stands for this one, and it is no test of the standard.
            rows[company].append(
                [company, 990000 + number, date, "Total Hardness", "", "mg/l", "", "210", code]
            )
    headers = {
        "south_staffs": "DATA SOURCE,SAMPLE_ID,SAMPLE_DATE,DETERMINAND,DWI_CODE,UNITS,OPERATOR,RESULT,LSOA or DATA ZONE",
        "severn_trent": "Data_Source,Sample_Id,Sample_Date,Determinand,DWI_Code,Units,Operator,Result,LSOA",
    }
    files = {
        f"drinking_water/{edition}/{company}_drinking_water_quality_{year}.csv": delimited(
            headers[company].split(","), lines, encoding="utf-8-sig"
        )
        for company, lines in rows.items()
    }
    elsewhere = {
        ("tests", OUTSIDE, year): outside,
        ("tests", UNALLOCATED, year): lost,
        ("failures", OUTSIDE, year): 0,
        ("failures", UNALLOCATED, year): 0,
    }
    return Delivery(files, years=(year,), elsewhere=elsewhere, rows=sum(map(len, rows.values())))


# --- flood risk -----------------------------------------------------------------------------------

_ROFRS = "ea_rofrs"
_DIRECTIONS = 16


def _strips(cell: np.ndarray, homes: np.ndarray, counts: list[int]) -> list[np.ndarray]:
    """Cut strips off the edge of a convex cell so that each holds so many homes more.

    Of several directions the one is taken in which the homes next to the cuts lie farthest apart.
    """
    best: tuple[float, np.ndarray, list[float]] | None = None
    for k in range(_DIRECTIONS):
        angle = 2 * np.pi * k / _DIRECTIONS
        normal = np.array([np.cos(angle), np.sin(angle)])
        along = np.sort(homes @ normal)
        gaps = [float(along[n] - along[n - 1]) for n in counts]
        if best is None or min(gaps) > best[0]:
            best = (min(gaps), normal, [float(along[n] + along[n - 1]) / 2 for n in counts])
    assert best is not None
    _, normal, cuts = best
    strips: list[np.ndarray] = []
    before: float | None = None
    for cut in cuts:
        part = geometry.clip(cell, normal * cut, normal)
        if before is not None:
            part = geometry.clip(part, normal * before, -normal)
        strips.append(part)
        before = cut
    return strips


def _rofrs(sample: Sample, edition: int) -> Delivery:
    """Four bands in longitude and latitude, with stray points among the polygons."""
    risky = sample.truth.whole(_ROFRS, "homes_at_risk", edition)
    addresses = sample.map.addresses
    listed = _homes(sample.map, edition)
    features: list[tuple[dict[str, object], dict[str, Any]]] = []
    for w, cell in enumerate(sample.map.cells):
        homes = addresses.points[listed[addresses.ward[listed] == w]]
        count = int(risky[w])
        rest = len(homes) - count
        steps = [("High", count // 3), ("Medium", count), ("Low", count + rest // 20)]
        steps.append(("Very Low", count + rest // 10))
        bands: list[tuple[str, int]] = []
        for band, reach in steps:
            if reach > (bands[-1][1] if bands else 0):
                bands.append((band, reach))
        strips = _strips(cell, homes, [reach for _, reach in bands])
        for (band, _), strip in zip(bands, strips, strict=True):
            properties = {"objectid": len(features) + 1, "risk_band": band}
            features.append((properties, multipolygon([strip])))
    x, y = geometry.to_wgs84(np.array([sample.wards[0].centre]))[0]
    point = {"type": "Point", "coordinates": [float(x), float(y)]}
    features.append(({"objectid": len(features) + 1, "risk_band": "High"}, point))
    file = f"flood_risk/{edition}/rofrs_4band.json"
    return Delivery({file: geojson("rofrs_4band", features)}, years=(edition,), rows=len(features))


# --- storm overflows ------------------------------------------------------------------------------

_EDM = "ea_edm_storm_overflows"
_OVERFLOWS = 34
_FREQUENT, _REACH = 10, 1000.0
_EDM_YEARS = tuple(range(2021, 2026))


def _overflows(places: Map, seed: int) -> tuple[np.ndarray, np.ndarray]:
    """Outlets in whole metres and their spills by year of return; -1 where the monitor did not work."""
    rng = stream(seed, "storm overflows")
    polygons = places.oas.polygons
    chosen = rng.choice(len(polygons), _OVERFLOWS, replace=False)
    points = np.array([np.round(geometry.sample_points(polygons[i], 1, rng)[0]) for i in chosen])
    usual = rng.lognormal(np.log(11), 0.9, _OVERFLOWS)
    spills = rng.poisson(np.outer(usual, np.linspace(1.15, 0.9, len(_EDM_YEARS))))
    spills[rng.random(spills.shape) < 0.04] = -1
    return points, spills


def _near_overflows(places: Map, seed: int) -> np.ndarray:
    """Homes within a kilometre of an outlet that spilled ten times or more a year over up to three returns."""
    points, spills = _overflows(places, seed)
    out = np.zeros((len(places.wards), len(YEARS)))
    for y, year in enumerate(_EDM_YEARS):
        window = spills[:, max(0, y - 2) : y + 1]
        known = (window >= 0).sum(axis=1)
        mean = np.where(window >= 0, window, 0).sum(axis=1) / np.maximum(known, 1)
        frequent = points[(known > 0) & (mean >= _FREQUENT)]
        listed = _homes(places, year + 1)
        homes = places.addresses.points[listed]
        near = np.zeros(len(listed), dtype=bool)
        for outlet in frequent:
            near |= ((homes - outlet) ** 2).sum(axis=1) <= _REACH**2
        wards = places.addresses.ward[listed][near]
        out[:, YEARS.index(year)] = np.bincount(wards, minlength=len(places.wards))
    return out


def _grid_reference(point: np.ndarray) -> str:
    """Ten-figure grid reference such as SK1234508765."""
    letters = "ABCDEFGHJKLMNOPQRSTUVWXYZ"
    x, y = int(point[0]), int(point[1])
    east, north = x // 100000, y // 100000
    first = (19 - north) - (19 - north) % 5 + (east + 10) // 5
    second = (19 - north) * 5 % 25 + east % 5
    return f"{letters[first]}{letters[second]}{x % 100000:05d}{y % 100000:05d}"


def _edm(sample: Sample, edition: int) -> Delivery:
    """A sheet a company; line breaks in headers, which change; marks where a monitor did not work."""
    year = edition - 1
    points, spills = _overflows(sample.map, sample.seed)
    old = edition <= 2023
    count = (
        "Counted spills using 12-24 hr counting method"
        if old
        else ("Counted spills using 12-24h count method")
    )
    duration = "Total Duration (hours) of all spills prior to processing through 12-24h counting method"
    header: list[str | int | float | None] = [
        "Water Company Name",
        "Site Name\n(EA Consents Database)",
        "Outlet Discharge NGR\n(EA Consents Database)",
        duration
        if old
        else "Total Duration (hrs) all spills prior to processing through 12-24h count method",
        count,
        "EDM Operation -\n% of reporting period EDM operational",
        "Unique ID",
    ]
    table: Table = []
    for i, (point, number) in enumerate(zip(points, spills[:, _EDM_YEARS.index(year)], strict=True)):
        mark = ("#N/a", "N/a", "-")[i % 3]
        shown: str | int = mark if number < 0 else int(number)
        hours: str | float = mark if number < 0 else round(int(number) * 3.7, 2)
        name = f"Synthetic CSO {i + 1}"
        table.append(
            ["Severn Trent Water", name, _grid_reference(point), hours, shown, 98.5, f"SVT{i + 1:05d}"]
        )
    away: Table = [
        ["Synthetic Water", f"Elsewhere CSO {i}", f"TQ{10000 + i:05d}20000", 4.0, 40, 99.0, f"SYN{i:05d}"]
        for i in range(1, 12)
    ]
    title: Table = [[f"Event Duration Monitoring, annual return {year}. Synthetic sample"]] if old else []
    sheets = [
        Sheet("Cover", [["Storm overflow annual return. Synthetic sample"]]),
        Sheet(f"Severn Trent Water {year}", [*title, header, *table]),
        Sheet(f"Synthetic Water {year}", [*title, header, *away]),
    ]
    file = f"EDM {year} Storm Overflow Annual Return.xlsx"
    content = xlsx(sheets, f"EDM {year}. Synthetic sample")
    return Delivery({f"edm/{edition}/{file}": content}, years=(year,), rows=len(table) + len(away))


# --- air quality ----------------------------------------------------------------------------------


def _pcm(sample: Sample, edition: int, dataset: str, pollutant: str, column: str) -> Delivery:
    """Five lines about the file, squares without a value, and a value column called by its year."""
    year = edition - 1
    rng = sample.rng(dataset, year)
    levels = sample.truth.counts(dataset, "concentration", year)
    addresses = sample.map.addresses
    homes = np.flatnonzero(addresses.home)
    corner = np.floor(sample.map.outline.min(axis=0) / 1000) - 3
    size = (np.ceil(sample.map.outline.max(axis=0) / 1000) + 3 - corner).astype(int)
    square = (np.floor(addresses.points[homes] / 1000) - corner).astype(int)
    index = square[:, 1] * size[0] + square[:, 0]
    total = np.bincount(index, minlength=size[0] * size[1]).astype(float)
    sums = np.bincount(index, levels[addresses.ward[homes]], minlength=size[0] * size[1])
    rows: list[list[object]] = []
    for i in range(size[0] * size[1]):
        x, y = 1000 * (corner + np.array([i % size[0], i // size[0]])) + 500
        edge = i % size[0] == 0
        background = float(levels.mean()) + float(rng.normal(0, 0.05))
        value = sums[i] / total[i] if total[i] else background
        rows.append([170000 + i, int(x), int(y), "MISSING" if edge else f"{value:.6g}"])
    first = "ukgridcode" if edition <= 2023 else "gridcode"
    preamble = [f"{pollutant} {year},,,", "Synthetic sample,,,", "Annual mean,,,", "ug m-3,,,", ",,,"]
    content = delimited(
        [first, "x", "y", f"{column}{year}" + ("g" if column == "pm25" else "")], rows, preamble=preamble
    )
    name = f"mappm25{year}g.csv" if column == "pm25" else f"mapno2{year}.csv"
    return Delivery({f"air_quality/{edition}/{name}": content}, years=(year,), rows=len(rows))


def _pm25(sample: Sample, edition: int) -> Delivery:
    return _pcm(sample, edition, "defra_pcm_pm25", "PM2.5", "pm25")


def _no2(sample: Sample, edition: int) -> Delivery:
    return _pcm(sample, edition, "defra_pcm_no2", "NO2", "no2")


_BEFORE = tuple(range(2021, 2026))
_SINCE_2022 = tuple(range(2022, 2027))

DATASETS = (
    SampleDataset(
        "ofcom_fixed_coverage",
        (
            Series("premises", "dwellings", "exact", 1, (1, 1), years=_SINCE_2022),
            Series(
                "gigabit_premises", "premises", "binomial", 0.72, (0.2, 0.95), 0.2, 0.7, 0.12, _SINCE_2022
            ),
            Series(
                "no_decent_premises",
                "premises",
                "binomial",
                0.006,
                (0.0005, 0.03),
                -0.2,
                0.8,
                -0.1,
                _SINCE_2022,
            ),
        ),
        _ofcom,
    ),
    SampleDataset(
        "defra_green_blue_space",
        (
            Series("households", "households", "exact", 1, (1, 1), years=_SINCE_2022),
            Series(
                "homes_near_space", "households", "binomial", 0.8, (0.4, 0.98), -0.3, 0.6, 0.01, _SINCE_2022
            ),
        ),
        _green_blue,
    ),
    SampleDataset(
        _EPC,
        (
            Series("certificates", "dwellings", "binomial", 0.2, (0.14, 0.3), 0, 0.1, 0.01, _SINCE_2022),
            Series("rated_efg", "certificates", "binomial", 0.27, (0.05, 0.6), 0.2, 0.4, -0.05, _SINCE_2022),
        ),
        _epc,
    ),
    SampleDataset(
        "fsa_fhrs",
        (
            Series("rated", "persons", "poisson", 0.0065, (0.003, 0.015), 0.1, 0.3, years=_SINCE_2022),
            Series("rated_5", "rated", "binomial", 0.78, (0.5, 0.95), -0.3, 0.3, 0.01, _SINCE_2022),
        ),
        _fhrs,
    ),
    SampleDataset(
        _WATER,
        (
            Series("tests", "persons", "poisson", 0.013, (0.008, 0.02), 0, 0.1, years=_BEFORE),
            Series("failures", "tests", "binomial", 0.0015, (0.0002, 0.02), 0.1, 0.4, years=_BEFORE),
        ),
        _water,
    ),
    SampleDataset(
        _ROFRS,
        (
            Series(
                "homes_at_risk", "dwellings", "binomial", 0.035, (0.003, 0.22), 0.1, 0.9, years=_SINCE_2022
            ),
        ),
        _rofrs,
    ),
    SampleDataset(
        _EDM,
        (Series("homes_near_spills", "near_overflows", "exact", 1, (1, 1), years=_BEFORE),),
        _edm,
        given={"near_overflows": _near_overflows},
    ),
    SampleDataset(
        "defra_pcm_pm25",
        (Series("concentration", "one", "level", 7.4, (5, 11), 0.3, 0.3, -0.05, _BEFORE, decimals=4),),
        _pm25,
    ),
    SampleDataset(
        "defra_pcm_no2",
        (Series("concentration", "one", "level", 8.2, (4, 16), 0.3, 0.6, -0.15, _BEFORE, decimals=4),),
        _no2,
    ),
)
