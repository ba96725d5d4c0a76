"""Deliveries of national publishers.

Belongs here: for each national dataset its series and one writer, in the publisher's own layout, rows of
other districts included. Does not belong here: national reference sets (`national_reference.py`).
"""

from __future__ import annotations

import numpy as np

from spi_orchestration.sample import geometry
from spi_orchestration.sample.datasets.base import Delivery, Sample, SampleDataset, hashed, shuffled
from spi_orchestration.sample.truth import OUTSIDE, UNALLOCATED, Control, Series
from spi_orchestration.sample.writers.archive import packed
from spi_orchestration.sample.writers.delimited import delimited
from spi_orchestration.sample.writers.documents import json_document
from spi_orchestration.sample.writers.legacy import xls
from spi_orchestration.sample.writers.spreadsheet import Sheet, xlsx

__all__ = ["DATASETS", "elsewhere_lsoas"]

#: A made-up neighbouring district, whose rows stand in every national file.
NEIGHBOUR = ("E07999001", "Synthetic Neighbour")


def elsewhere_lsoas(count: int) -> list[str]:
    """Made-up LSOA codes of the neighbouring district."""
    return [f"E01997{i:03d}" for i in range(1, count + 1)]


# --- police.uk ------------------------------------------------------------------------------------

_TYPES = {
    "violence": "Violence and sexual offences",
    "burglary": "Burglary",
    "asb": "Anti-social behaviour",
}
_OTHER_TYPES = ("Criminal damage and arson", "Other theft", "Public order", "Shoplifting", "Vehicle crime")
_MAP_POINTS = 3


def _street_points(sample: Sample) -> np.ndarray:
    """The map points that incidents are moved to: longitude and latitude, array of (area, point, 2)."""
    rng = sample.rng("police_uk_street", "map points")
    spots = [geometry.sample_points(p, _MAP_POINTS, rng) for p in sample.map.oas.polygons]
    degrees = np.round(geometry.to_wgs84(np.concatenate(spots)), 6)
    return np.asarray(degrees.reshape(-1, _MAP_POINTS, 2))


def _street_year(
    sample: Sample, year: int
) -> tuple[list[tuple[int, list[str]]], dict[tuple[str, str, int], int]]:
    rng = sample.rng("police_uk_street", year)
    oas, points = sample.map.oas, _street_points(sample)
    codes = sample.map.lsoa11_codes if year <= 2022 else sample.map.lsoa_codes
    corners = sample.map.outline
    centre = geometry.centroid(corners)
    beyond = centre + (corners[rng.integers(0, len(corners), 400)] - centre) * rng.uniform(
        1.06, 2.2, (400, 1)
    )
    away = np.round(geometry.to_wgs84(beyond), 6)
    neighbours = elsewhere_lsoas(40)
    rows: list[tuple[int, list[str]]] = []
    elsewhere: dict[tuple[str, str, int], int] = {}

    def incident(
        kind: str, spot: np.ndarray | None, code: str, name: str, spot_name: str = "Synthetic Street"
    ) -> None:
        month = int(rng.integers(0, 12))
        quiet = kind == _TYPES["asb"]
        number = "" if quiet else hashed("crime", sample.seed, year, len(rows)) * 5
        place = ["", ""] if spot is None else [f"{spot[0]:.6f}", f"{spot[1]:.6f}"]
        where = "No Location" if spot is None else f"On or near {spot_name}"
        outcome = "" if quiet else "Investigation complete; no suspect identified"
        rows.append((month, [number[:60], *place, where, code, name, kind, outcome]))

    # What happens in a prison stands at its gate, under a name of its own.
    for w, ward in enumerate(sample.wards):
        for measure, label in _TYPES.items() if ward.prison_18_28 else ():
            inside = np.flatnonzero(oas.ward == w)
            area = inside[oas.population[inside].argmax()]
            lsoa = codes[oas.lsoa[area]]
            for _ in range(int(sample.truth.whole("police_uk_street", f"{measure}_at_prison", year)[w])):
                incident(label, points[area, 0], lsoa, f"Synthetic {lsoa[-4:]}", "Prison")
    kinds: list[tuple[str, np.ndarray]] = [
        (label, sample.truth.whole("police_uk_street", measure, year)) for measure, label in _TYPES.items()
    ]
    kinds += [
        (label, rng.poisson([ward.population * 0.004 for ward in sample.wards])) for label in _OTHER_TYPES
    ]
    measures = {label: measure for measure, label in _TYPES.items()}
    for label, counts in kinds:
        for area, count in enumerate(sample.map.spread(counts, oas.population.astype(float), rng)):
            lsoa = codes[oas.lsoa[area]]
            for spot in rng.integers(0, _MAP_POINTS, count):
                incident(label, points[area, spot], lsoa, f"Synthetic {lsoa[-4:]}")
        total = int(counts.sum())
        outside, unplaced = total * 3 // 10, max(2, total // 60)
        for spot in rng.integers(0, len(away), outside):
            incident(label, away[spot], neighbours[spot % 40], "Synthetic elsewhere")
        for _ in range(unplaced):
            incident(label, None, "", "")
        if label in measures:
            elsewhere[measures[label], OUTSIDE, year] = outside
            elsewhere[measures[label], UNALLOCATED, year] = unplaced
    return shuffled(rows, rng), elsewhere


def _police_uk_street(sample: Sample, edition: int) -> Delivery:
    """One file a month of the whole force, in folders one year and in one zip the next."""
    rows, elsewhere = _street_year(sample, edition)
    header = ["Crime ID", "Month", "Reported by", "Falls within", "Longitude", "Latitude", "Location"]
    header += ["LSOA code", "LSOA name", "Crime type", "Last outcome category", "Context"]
    force = "Staffordshire Police"
    months: dict[str, bytes] = {}
    for index in range(12):
        year, month = (edition - 1, 10 + index) if index < 3 else (edition, index - 2)
        label = f"{year}-{month:02d}"
        lines = [
            [row[0], label, force, force, *row[1:7], row[7], ""] for place, row in rows if place == index
        ]
        months[f"{label}/{label}-staffordshire-street.csv"] = delimited(header, lines)
    folder = f"police_uk/{edition}"
    files = {f"{folder}/{name}": content for name, content in months.items()}
    if edition % 2 == 0:
        files = {f"{folder}/{edition}-09-staffordshire-street.zip": packed(months.items())}
    return Delivery(files, years=(edition,), elsewhere=elsewhere, rows=len(rows))


# --- fuel poverty ---------------------------------------------------------------------------------


def _fuel_poverty(sample: Sample, edition: int) -> Delivery:
    """Table 3 with LSOAs of 2011, then Table 4 with those of 2021; notes above and below the table."""
    year = edition - 2
    rng = sample.rng("desnz_fuel_poverty", year)
    oas, old = sample.map.oas, edition <= 2022
    poor = sample.map.spread(
        sample.truth.whole("desnz_fuel_poverty", "fuel_poor", year), oas.households.astype(float), rng
    )
    totals: dict[str, list[int]] = {}
    codes = sample.map.lsoa11_codes if old else sample.map.lsoa_codes
    for lsoa, homes, cold in zip(oas.lsoa, oas.households, poor, strict=True):
        pair = totals.setdefault(codes[lsoa], [0, 0])
        pair[0] += int(homes)
        pair[1] += int(cold)
    table: list[list[str | int | float | None]] = []
    for code, (homes, cold) in sorted(totals.items()):
        share = round(100 * cold / homes, 1)
        table.append([code, f"Synthetic {code[-4:]}", *sample.district, "West Midlands", homes, cold, share])
    for code in elsewhere_lsoas(30):
        homes = int(rng.integers(500, 900))
        cold = int(rng.binomial(homes, 0.16))
        share = round(100 * cold / homes, 1)
        table.append([code, f"Synthetic {code[-4:]}", *NEIGHBOUR, "West Midlands", homes, cold, share])
    if old:
        header = ["LSOA Code", "LSOA Name", "LA Code", "LA Name", "Region", "Number of households1"]
        header += ["Number of households in fuel poverty1", "Proportion of households fuel poor (%)"]
    else:
        header = [
            "LSOA 2021 Code",
            "LSOA 2021 Name",
            "LAD Code",
            "LAD Name",
            "Region",
            "Number of households",
        ]
        header += ["Number of households in fuel poverty", "Proportion of households fuel poor (%)"]
    name = "Table 3" if old else "Table 4"
    title = f"{name}: Fuel poverty by LSOA, {year}. Synthetic sample"
    foot: list[list[str | int | float | None]] = [
        [None],
        ["1 Estimates of fuel poverty at LSOA level should only be used to describe general trends."],
    ]
    other = Sheet("Table 2", [["Table 2: by local authority"], [None], ["LA Code", "Number of households"]])
    sheets = [
        Sheet("Contents", [[title]]),
        other,
        Sheet(name, [[title], ["Back to contents"], [*header], *table, *foot]),
    ]
    content = xlsx(sheets, title)
    path = f"fuel_poverty/{edition}/sub-regional-fuel-poverty-{edition}-tables.xlsx"
    return Delivery({path: content}, years=(year,), rows=len(table))


# --- children in low income families --------------------------------------------------------------

_DWP = Control("[low]", 1, 4)


def _cilif(sample: Sample, edition: int) -> Delivery:
    """The publisher's ward table; from 2026 what its table service answers."""
    return _cilif_table(sample, edition) if edition <= 2025 else _cilif_service(sample, edition)


def _cilif_service(sample: Sample, edition: int) -> Delivery:
    """A cube of wards, years and ages with its axes beside it; the whole series anew, counts alone."""
    rng = sample.rng("dwp_cilif", edition)
    years = tuple(range(2022, edition + 1))
    areas = [(ward.code, ward.name) for ward in sample.wards]
    areas += [(f"E05999{i:03d}", f"Synthetic ward {i}") for i in range(1, 6)]
    counts = [sample.truth.whole("dwp_cilif", "low_income_children", year) for year in years]
    cells: list[list[list[int]]] = []
    for w in range(len(areas)):
        cells.append([])
        for by_ward in counts:
            whole = int(by_ward[w]) if w < len(by_ward) else 60 + w
            young, middle = (int(n) for n in rng.multinomial(whole, [0.3, 0.35, 0.35])[:2])
            cells[-1].append([young, middle, whole - young - middle, whole])
    database = "str:database:CILIF_REL"
    value = "str:value:CILIF_REL"
    wards = [
        {"type": "RecodeItem", "labels": [name], "uris": [f"{value}:V_F_CILIF_REL:WARD_CODE:V_C_WARD:{code}"]}
        for code, name in areas
    ]
    dates = [
        {
            "type": "RecodeItem",
            "labels": [f"{year - 1}/{year % 100:02d}"],
            "uris": [f"{value}:F_CILIF_DATE:DATE_NAME:C_CILIF_YEAR:{year}"],
        }
        for year in years
    ]
    ages: list[dict[str, object]] = [
        {
            "type": "RecodeItem",
            "labels": [label],
            "uris": [f"{value}:V_F_CILIF_REL:CHILD_AGE:C_CILIF_AGE:{i}"],
        }
        for i, label in enumerate(("0 to 4", "5 to 10", "11 to 15"), 1)
    ]
    ages.append({"type": "Total", "labels": ["Total"]})
    measure = "str:count:CILIF_REL:V_F_CILIF_REL"
    answer = {
        "query": {"database": database, "measures": [measure]},
        "database": {"id": database, "annotationKeys": []},
        "measures": [{"uri": measure, "label": "Children, synthetic sample"}],
        "fields": [
            {"uri": "str:field:CILIF_REL:V_F_CILIF_REL:WARD_CODE", "label": "Ward", "items": wards},
            {"uri": "str:field:CILIF_REL:F_CILIF_DATE:DATE_NAME", "label": "Year", "items": dates},
            {"uri": "str:field:CILIF_REL:V_F_CILIF_REL:CHILD_AGE", "label": "Age of child", "items": ages},
        ],
        "cubes": {measure: {"values": cells, "precision": 0}},
    }
    return Delivery(
        {f"cilif/{edition}/cilif_rel_ward.json": json_document(answer)},
        years=years,
        # The service gives no percentages.
        withheld={("low_income_pct", ward.code, year) for ward in sample.wards for year in years},
        rows=len(areas) * len(years),
    )


def _cilif_table(sample: Sample, edition: int) -> Delivery:
    """Nine lines of preamble, line breaks in headers, two years side by side, marks and blank rows at the end."""
    rng = sample.rng("dwp_cilif", edition)
    years = (edition - 1, edition)
    truth = sample.truth
    rows: list[list[object]] = [
        [None, None, "United Kingdom [note 4]", "K02000001", "3,296,672", "3,269,339", "26.3%", "26.0%"]
    ]

    def line(district: tuple[str, str], name: str, code: str, counts: list[int], shares: list[float]) -> None:
        cells = [f"{value:,}" if (value := _DWP.value(count)) is not None else _DWP.mark for count in counts]
        rows.append([district[1], district[0], name, code, *cells, *(f"{share:.1f}%" for share in shares)])

    for w, ward in enumerate(sample.wards):
        counts = [int(truth.counts("dwp_cilif", "low_income_children", year)[w]) for year in years]
        shares = [float(truth.counts("dwp_cilif", "low_income_pct", year)[w]) for year in years]
        line(sample.district, ward.name, ward.code, counts, shares)
    for i in range(1, 15):
        # As large as in the table service, and about as large as last year.
        children = [81 + i + int(rng.integers(-3, 4)) for _ in years]
        line(NEIGHBOUR, f"Synthetic ward {i}", f"E05999{i:03d}", children, [25.0, 20.0])
    rows.append(
        [NEIGHBOUR[1], NEIGHBOUR[0], "Synthetic ward 15", "E05999015", "[x]", "[low]", "[x]", "[low]"]
    )
    first, last = years
    header = ["Local Authority [note 2]", "Area Code", "Ward [note 2]", "Area Code"]
    header += [f"Number of children \nFYE {year}" for year in years]
    header += [f"Percentage of children \nFYE {year}\n(%)\n[note 3]" for year in years]
    title = (
        "Table 4: Number and Percentage of Children (aged under 16) living in Relative low income families"
    )
    preamble = [
        f'"{title}, After Housing Costs, Ward, FYE {first} to {last}, synthetic sample",,,,,,,',
        "Back to Contents,,,,,,,",
        "This worksheet contains one table. Some cells refer to notes which can be found in the Notes worksheet.,,,,,,,",
        "This table shows children aged 0 to 15 years old.,,,,,,,",
        "FYE = Financial Years Ending.,,,,,,,",
        "Source: ,,,,,,,",
        '"DWP Stat-Xplore, Children in Low Income Families (Relative), Ward by Age",,,,,,,',
        '"ONS, Population Estimates (England and Wales), Ward by Age",,,,,,,',
        '"National Records of Scotland, Population Estimates, Ward by Age",,,,,,,',
    ]
    content = delimited(
        header, rows, encoding="utf-8-sig", newline="\r\n", preamble=preamble, footer=[",,,,,,,"] * 4
    )
    return Delivery({f"cilif/{edition}/4_AHC_Relative_Ward.csv": content}, years=years, rows=len(rows))


# --- Census 2021 ----------------------------------------------------------------------------------

_BANDS = [(0, 4), *((first, first + 4) for first in range(5, 85, 5)), (85, 90)]


def _census_age(sample: Sample, edition: int) -> Delivery:
    """Five-year bands by LSOA; cells are perturbed, so bands and total differ by a few."""
    rng = sample.rng("ons_census21_age")
    oas = sample.map.oas
    counts = np.zeros((len(oas.codes), len(_BANDS)), dtype=int)
    for w in range(len(sample.wards)):
        left = np.array([sample.people.census[w, a : b + 1].sum() for a, b in _BANDS])
        for area in np.flatnonzero(oas.ward == w):
            counts[area] = rng.multivariate_hypergeometric(left, int(oas.population[area]))
            left = left - counts[area]
    lsoas = sample.map.lsoa_totals(counts.T).T
    # Bands no measure is made of take the perturbation.
    shown = lsoas.copy()
    shown[:, 5] += rng.integers(-2, 3, len(lsoas))
    shown[:, 8] += rng.integers(-2, 3, len(lsoas))
    labels = [
        "Aged 4 years and under",
        *(f"Aged {a} to {b} years" for a, b in _BANDS[1:-1]),
        "Aged 85 years and over",
    ]
    header = ["date", "geography", "geography code", "Age: Total", *(f"Age: {label}" for label in labels)]
    rows: list[list[object]] = [[2021, "England and Wales", "K04000001", 59597540, *([0] * len(_BANDS))]]
    for code, total, bands in zip(sample.map.lsoa_codes, lsoas.sum(axis=1), shown, strict=True):
        rows.append([2021, f"Synthetic {code[-4:]}", code, int(total), *map(int, bands.clip(0))])
    name = f"census2021/{edition}/census2021-ts007a-lsoa.csv"
    return Delivery({name: delimited(header, rows, quote_all=True)}, years=(2021,), rows=len(rows))


# --- house prices ---------------------------------------------------------------------------------


def _hpssa(sample: Sample, edition: int) -> Delivery:
    """All quarters since two years before, `:` where fewer than five homes were sold."""
    rng = sample.rng("ons_hpssa_ward", edition)
    quarters = [(year, month) for year in (edition - 1, edition) for month in ("Jun", "Sep", "Dec", "Mar")]
    out = Delivery({}, years=(edition - 1, edition))
    table: list[list[str | int | float | None]] = []
    for w, ward in enumerate(sample.wards):
        cells: list[str | int] = []
        for year, month in quarters:
            price = int(sample.truth.counts("ons_hpssa_ward", "median_price", year)[w])
            # The smallest wards have few sales now and then, here in a year to December.
            few = month == "Dec" and ward.households < 830 and (year + w) % 4 == 0
            if month != "Mar":
                price = int(price * rng.uniform(0.96, 1.02) // 500 * 500)
            cells.append(":" if few else price)
        table.append([*sample.district, ward.code, ward.name, *cells])
    for i in range(1, 10):
        table.append(
            [*NEIGHBOUR, f"E05999{i:03d}", f"Synthetic ward {i}", *([250000 + 1000 * i] * len(quarters))]
        )
    header = ["Local authority code", "Local authority name", "Ward code", "Ward name"]
    header += [f"Year ending {month} {year if month == 'Mar' else year - 1}" for year, month in quarters]
    title = "Median price paid by ward, England and Wales. Synthetic sample"
    head: list[list[str | int | float | None]] = [
        [title],
        ["Source: synthetic"],
        [None],
        ["Back to contents"],
        [None],
    ]
    name = f"hpssa/{edition}/hpssadataset37medianpricepaidbyward"
    if edition <= 2022:
        # The old binary format, the header a row higher.
        out.files[f"{name}.xls"] = xls(
            [Sheet("Contents", [[title]]), Sheet("1a", [*head[1:], [*header], *table])]
        )
    else:
        sheets = [Sheet("Contents", [[title]]), Sheet("1a", [*head, [*header], *table])]
        out.files[f"{name}.xlsx"] = xlsx(sheets, title)
    out.rows = len(table)
    return out


_FUEL_YEARS = (2020, 2021, 2022, 2023, 2024)

DATASETS = (
    SampleDataset(
        "police_uk_street",
        (
            Series("violence", "household_residents", "poisson", 0.019, (0.004, 0.075), 0.7, 0.45, 0.01),
            Series("burglary", "households", "poisson", 0.0052, (0.0008, 0.022), 0.2, 0.4, -0.02),
            Series("asb", "household_residents", "poisson", 0.0105, (0.002, 0.038), 0.6, 0.5, -0.03),
            Series("violence_at_prison", "prisoners", "poisson", 0.12, (0.04, 0.3)),
            Series("burglary_at_prison", "prisoners", "poisson", 0.004, (0.001, 0.01)),
            Series("asb_at_prison", "prisoners", "poisson", 0.01, (0.002, 0.03)),
        ),
        _police_uk_street,
    ),
    SampleDataset(
        "desnz_fuel_poverty",
        (
            Series("households", "households", "exact", 1, (1, 1), years=_FUEL_YEARS),
            Series("fuel_poor", "households", "binomial", 0.125, (0.05, 0.24), 0.6, 0.25, -0.02, _FUEL_YEARS),
        ),
        _fuel_poverty,
    ),
    SampleDataset(
        "dwp_cilif",
        (
            Series(
                "low_income_children",
                "persons_0_15",
                "binomial",
                0.2,
                (0.05, 0.5),
                0.9,
                0.42,
                0.03,
                control=_DWP,
            ),
            Series("low_income_pct", "low_income_children", "percentage", 1, (0, 100), decimals=1),
        ),
        _cilif,
    ),
    SampleDataset(
        "ons_census21_age",
        (
            Series("residents", "census:0-90", "exact", 1, (1, 1), years=(2021,)),
            Series("residents_0_14", "census:0-14", "exact", 1, (1, 1), years=(2021,)),
            Series("residents_60_plus", "census:60-90", "exact", 1, (1, 1), years=(2021,)),
            Series("residents_65_plus", "census:65-90", "exact", 1, (1, 1), years=(2021,)),
        ),
        _census_age,
        editions=(2022,),
    ),
    SampleDataset(
        "ons_hpssa_ward",
        (Series("median_price", "one", "level", 305000, (165000, 640000), -0.6, 72000, 6500, decimals=-3),),
        _hpssa,
    ),
)
