"""Reference sets of national publishers: populations, names, boundaries, lookups, postcodes.

Belongs here: one writer a reference set, in the publisher's own layout. Does not belong here: sets that
the council keeps itself (`reference.py`).
"""

from __future__ import annotations

import numpy as np

from spi_orchestration.sample.datasets.base import Delivery, Sample, SampleDataset
from spi_orchestration.sample.datasets.national import NEIGHBOUR, elsewhere_lsoas
from spi_orchestration.sample.truth import Series
from spi_orchestration.sample.wards import YEARS
from spi_orchestration.sample.writers.archive import packed
from spi_orchestration.sample.writers.delimited import delimited
from spi_orchestration.sample.writers.documents import geojson, multipolygon
from spi_orchestration.sample.writers.spreadsheet import Sheet, xlsx

__all__ = ["DATASETS"]

_OTHER_WARDS = [(f"E05999{i:03d}", f"Synthetic ward {i}") for i in range(1, 13)]


# --- population -----------------------------------------------------------------------------------


def _population(sample: Sample, edition: int) -> Delivery:
    """One table a year by single year of age; from 2023 one workbook with females and males side by side."""
    if edition <= 2022:
        return _population_by_age(sample, edition)
    return _population_by_sex(sample, edition)


def _population_by_age(sample: Sample, edition: int) -> Delivery:
    years = (edition - 4, edition - 3, edition - 2)
    out = Delivery({}, years=years)
    for year in years:
        ages = sample.people.persons[:, YEARS.index(year)]
        rows: list[list[object]] = []
        for w, ward in enumerate(sample.wards):
            total = f"{int(ages[w].sum()):,}"
            rows.append([ward.code, ward.name, *sample.district, total, *map(int, ages[w])])
        for i, (code, name) in enumerate(_OTHER_WARDS):
            rows.append([code, name, *NEIGHBOUR, f"{91 * (40 + i):,}", *([40 + i] * 91)])
        columns = ["Ward Code 1", "Ward Name 1", f"LA Code ({year + 1} boundaries)"]
        columns += [f"LA name ({year + 1} boundaries)", "All Ages", *map(str, range(90)), "90+"]
        blank = "," * (len(columns) - 1)
        title = (
            f'"Table SAPE: Mid-{year} Population Estimates by Single Year of Age, Persons - synthetic sample"'
        )
        preamble = [f"Contents{blank}", blank, title + blank, blank]
        out.files[f"ward_population/{edition}/Mid-{year} Persons-Table 1.csv"] = delimited(
            columns, rows, preamble=preamble, footer=[blank, f"Notes{blank}"], newline="\r\n"
        )
        out.rows += len(rows)
    return out


def _population_by_sex(sample: Sample, edition: int) -> Delivery:
    year = edition - 2
    rng = sample.rng("ref_ward_population", year)
    ages = sample.people.persons[:, YEARS.index(year)]
    females = rng.binomial(ages, np.linspace(0.488, 0.66, 91))
    males = ages - females
    table: list[list[str | int | float | None]] = []
    for w, ward in enumerate(sample.wards):
        numbers = [int(ages[w].sum()), *map(int, females[w]), *map(int, males[w])]
        table.append([*sample.district, ward.code, ward.name, *numbers])
    for code, name in _OTHER_WARDS:
        table.append([*NEIGHBOUR, code, name, 91 * 80, *([40] * 182)])
    header = ["LAD 2023 Code", "LAD 2023 Name", "Ward 2023 Code", "Ward 2023 Name", "Total"]
    header += [*(f"F{age}" for age in range(91)), *(f"M{age}" for age in range(91))]
    title = f"Mid-{year}: population estimates for wards by sex and single year of age. Synthetic sample"
    head: list[list[str | int | float | None]] = [[title], ["This worksheet contains one table."], [None]]
    sheets = [Sheet("Contents", [[title]]), Sheet(f"Mid-{year} Ward 2023", [*head, [*header], *table])]
    name = f"ward_population/{edition}/sapewardstablefinal.xlsx"
    return Delivery({name: xlsx(sheets, title)}, years=(year,), rows=len(table))


# --- names, boundaries and lookups ----------------------------------------------------------------


def _wards(sample: Sample, edition: int) -> Delivery:
    rows = [[ward.code, ward.name, "", *sample.district, i] for i, ward in enumerate(sample.wards, 1)]
    rows += [[code, name, "", *NEIGHBOUR, 900 + i] for i, (code, name) in enumerate(_OTHER_WARDS)]
    content = delimited(
        ["WD25CD", "WD25NM", "WD25NMW", "LAD25CD", "LAD25NM", "ObjectId"], rows, encoding="utf-8-sig"
    )
    return Delivery({f"wards/{edition}/WD25_LAD25_UK_LU.csv": content}, rows=len(rows))


def _ward_boundaries(sample: Sample, edition: int) -> Delivery:
    code, name = sample.district
    features = [
        (
            {"WD25CD": ward.code, "WD25NM": ward.name, "LAD25CD": code, "LAD25NM": name, "schematic": True},
            multipolygon([cell]),
        )
        for ward, cell in zip(sample.wards, sample.map.cells, strict=True)
    ]
    content = geojson("Synthetic ward cells", features)
    return Delivery({f"boundaries/{edition}/schematic_wards_wd25.geojson": content}, rows=len(features))


def _lsoa21_boundaries(sample: Sample, edition: int) -> Delivery:
    features = [
        ({"LSOA21CD": code, "LSOA21NM": f"Synthetic {code[-4:]}", "schematic": True}, multipolygon(parts))
        for code, parts in zip(sample.map.lsoa_codes, sample.map.lsoa_parts, strict=True)
    ]
    content = geojson("Synthetic LSOA 2021 cells", features)
    return Delivery({f"boundaries/{edition}/schematic_lsoa21.geojson": content}, rows=len(features))


def _lsoa11_boundaries(sample: Sample, edition: int) -> Delivery:
    merged: dict[str, list[np.ndarray]] = {}
    for code, parts in zip(sample.map.lsoa11_codes, sample.map.lsoa_parts, strict=True):
        merged.setdefault(code, []).extend(parts)
    features = [
        ({"LSOA11CD": code, "LSOA11NM": f"Synthetic {code[-4:]}", "schematic": True}, multipolygon(parts))
        for code, parts in sorted(merged.items())
    ]
    content = geojson("Synthetic LSOA 2011 cells", features)
    return Delivery({f"boundaries/{edition}/schematic_lsoa11.geojson": content}, rows=len(features))


def _lsoa11_lsoa21(sample: Sample, edition: int) -> Delivery:
    """The exact lookup, with its change indicator."""
    rows: list[list[object]] = []
    codes = zip(sample.map.lsoa11_codes, sample.map.lsoa_codes, sample.map.lsoa_split, strict=True)
    for old, new, split in codes:
        names = (f"Synthetic {old[-4:]}", f"Synthetic {new[-4:]}")
        rows.append([old, names[0], new, names[1], "S" if split else "U", *sample.district])
    rows += [[code, "Elsewhere", code, "Elsewhere", "U", *NEIGHBOUR] for code in elsewhere_lsoas(20)]
    header = ["LSOA11CD", "LSOA11NM", "LSOA21CD", "LSOA21NM", "CHGIND", "LAD22CD", "LAD22NM"]
    name = f"lookups/{edition}/LSOA_(2011)_to_LSOA_(2021)_Lookup.csv"
    return Delivery({name: delimited(header, rows, encoding="utf-8-sig")}, rows=len(rows))


def _lsoa21_ward(sample: Sample, edition: int) -> Delivery:
    """The best-fit lookup, which hides that some LSOAs reach into a second ward."""
    rows: list[list[object]] = []
    for code, best in zip(sample.map.lsoa_codes, sample.map.lsoa_best_ward(), strict=True):
        ward = sample.wards[best]
        rows.append([code, f"Synthetic {code[-4:]}", ward.code, ward.name, *sample.district])
    rows += [[code, "Elsewhere", *_OTHER_WARDS[0], *NEIGHBOUR] for code in elsewhere_lsoas(20)]
    header = ["LSOA21CD", "LSOA21NM", "WD25CD", "WD25NM", "LAD25CD", "LAD25NM"]
    name = f"lookups/{edition}/lsoa21_to_ward25_to_lad25_best_fit.csv"
    return Delivery({name: delimited(header, rows)}, rows=len(rows))


def _postcodes(sample: Sample, edition: int) -> Delivery:
    """Files of postcode areas without a header, first in the publisher's zip and later on their own."""
    postcodes = sample.map.postcodes
    areas: dict[str, list[list[object]]] = {"b": [], "de": [], "ws": []}
    for code, ward, (x, y), other in zip(
        postcodes.codes, postcodes.ward, postcodes.points, postcodes.outside_ward, strict=True
    ):
        district, place = (
            (sample.district[0], sample.wards[ward].code) if ward >= 0 else (NEIGHBOUR[0], other)
        )
        area = "".join(letter for letter in code.split()[0] if letter.isalpha()).lower()
        areas[area].append([code, 10, int(x), int(y), "E92000001", "", "", "E10999001", district, place])
    # New postcodes have no point yet.
    areas["ws"] += [
        [f"WS04 {i}AA", 90, 0, 0, "E92000001", "", "", "E10999001", sample.district[0], sample.wards[i].code]
        for i in range(3)
    ]
    files = {f"{area}.csv": delimited(None, rows, quote_all=True) for area, rows in areas.items()}
    folder = f"code_point_open/{edition}"
    rows = sum(len(lines) for lines in areas.values())
    if edition == 2022:
        members = [(f"Data/CSV/{name}", content) for name, content in files.items()]
        members.append(("Doc/licence.txt", b"Synthetic sample\n"))
        return Delivery({f"{folder}/codepo_gb.zip": packed(members)}, rows=rows)
    return Delivery({f"{folder}/{name}": content for name, content in files.items()}, rows=rows)


# --- incomes --------------------------------------------------------------------------------------

_INCOME = "ref_small_area_income"


def _small_area_income(sample: Sample, edition: int) -> Delivery:
    """Four measures on four sheets of one shape; thousands as numbers, limits beside the estimate."""
    year, places = edition - 2, sample.map
    truth = sample.truth.counts(_INCOME, "net_income", year)
    homes = np.flatnonzero(places.addresses.home & (places.addresses.built <= edition))
    msoa, ward = places.lsoa_msoa[places.oas.lsoa[places.addresses.oa[homes]]], places.addresses.ward[homes]
    held = np.zeros((len(places.msoa_codes), len(sample.wards)))
    np.add.at(held, (msoa, ward), 1)
    incomes = np.floor(held @ truth / held.sum(axis=1) / 100 + 0.5) * 100
    district, region = list(sample.district), ["E12000005", "West Midlands"]
    areas = [
        (code, f"Synthetic {i:03d}", district, float(income))
        for i, (code, income) in enumerate(zip(places.msoa_codes, incomes, strict=True), 1)
    ]
    areas += [(f"E02997{i:03d}", f"Elsewhere {i:03d}", list(NEIGHBOUR), 38000 + 500 * i) for i in range(1, 9)]
    sheets = [Sheet("Contents", [["Income estimates for small areas. Synthetic sample"]])]
    for label, factor in (
        ("Total annual income", 1.28),
        ("Net annual income", 1.0),
        ("Net income before housing costs", 0.92),
        ("Net income after housing costs", 0.8),
    ):
        header = ["MSOA code", "MSOA name", "Local authority code", "Local authority name"]
        header += ["Region code", "Region name", f"{label} (£)", "Upper confidence limit (£)"]
        header += ["Lower confidence limit (£)", "Confidence interval (£)"]
        table: list[list[str | int | float | None]] = []
        for code, name, lad, income in areas:
            value = int(round(income * factor, -2))
            wide = int(round(value * 0.11, -2))
            table.append([code, name, *lad, *region, value, value + wide, value - wide, 2 * wide])
        title = f"{label}, financial year ending {year}. Synthetic sample"
        head: list[list[str | int | float | None]] = [[title], ["One table."], ["Mean, in pounds."], [None]]
        sheets.append(Sheet(label, [*head, [*header], *table]))
    shown = held / held.sum(axis=0)
    sent = {
        ("net_income", place.code, year): float(shown[:, w] @ incomes) for w, place in enumerate(sample.wards)
    }
    name = f"small_area_income/{edition}/saiefy{year - 2001:02d}{year % 100:02d}.xlsx"
    content = xlsx(sheets, "Income estimates for small areas. Synthetic sample")
    return Delivery({name: content}, years=(year,), sent=sent, rows=len(areas))


_POPULATIONS = (
    "persons",
    "persons_0_15",
    "persons_0_17",
    "persons_16_17",
    "persons_16_64",
    "persons_16_plus",
    "persons_18_plus",
    "persons_19_plus",
    "persons_60_plus",
    "persons_65_plus",
)

DATASETS = (
    SampleDataset(
        "ref_ward_population",
        tuple(
            Series(name, name, "exact", 1, (1, 1), years=tuple(range(2018, 2025))) for name in _POPULATIONS
        ),
        _population,
    ),
    SampleDataset(
        _INCOME,
        (
            Series(
                "net_income",
                "one",
                "level",
                44000,
                (26000, 80000),
                -0.8,
                6500,
                1300,
                years=(2020, 2023),
                decimals=-2,
            ),
        ),
        _small_area_income,
        editions=(2022, 2025),
    ),
    SampleDataset("ref_wards", (), _wards, editions=(2022,)),
    SampleDataset("ref_ward_boundaries", (), _ward_boundaries, editions=(2022,)),
    SampleDataset("ref_lsoa21_boundaries", (), _lsoa21_boundaries, editions=(2022,)),
    SampleDataset("ref_lsoa11_boundaries", (), _lsoa11_boundaries, editions=(2022,)),
    SampleDataset("ref_lsoa11_lsoa21", (), _lsoa11_lsoa21, editions=(2022,)),
    SampleDataset("ref_lsoa21_ward", (), _lsoa21_ward, editions=(2022,)),
    SampleDataset("ref_postcodes", (), _postcodes, editions=(2022, 2025)),
)
