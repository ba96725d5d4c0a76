"""Deliveries of national publishers about people: health, work, qualifications, care, roads.

Belongs here: for each such dataset its series and one writer, in the publisher's own layout. Does not
belong here: tables about places (`national_places.py`), reference sets (`national_reference.py`), or the
datasets of the first editions (`national.py`).
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from spi_orchestration.sample.datasets.base import Delivery, Sample, SampleDataset, shuffled
from spi_orchestration.sample.datasets.national import NEIGHBOUR, elsewhere_lsoas
from spi_orchestration.sample.truth import OUTSIDE, UNALLOCATED, Control, Series
from spi_orchestration.sample.writers.archive import packed
from spi_orchestration.sample.writers.delimited import delimited
from spi_orchestration.sample.writers.spreadsheet import Sheet, xlsx

__all__ = ["DATASETS", "within"]


def within(sample: Sample, whole: np.ndarray, counts: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Spread ward counts over output areas that hold so many units in all.

    Args:
        sample: everything that was drawn.
        whole: units of each output area that a count is drawn from.
        counts: units counted, one a ward; at most the ward's sum of `whole`.
        rng: stream of draws.

    Returns:
        Whole numbers, one an output area, none above `whole`, that add up to the wards' counts.
    """
    out = np.zeros(len(whole), dtype=int)
    for w, count in enumerate(counts):
        inside = np.flatnonzero(sample.map.oas.ward == w)
        out[inside] = rng.multivariate_hypergeometric(whole[inside], int(count), method="marginals")
    return out


# --- Local Health (Fingertips) --------------------------------------------------------------------

_FINGERTIPS = [
    "Indicator ID",
    "Indicator Name",
    "Parent Code",
    "Parent Name",
    "Area Code",
    "Area Name",
    "Area Type",
    "Sex",
    "Age",
    "Category Type",
    "Category",
    "Time period",
    "Value",
    "Lower CI 95.0 limit",
    "Upper CI 95.0 limit",
    "Lower CI 99.8 limit",
    "Upper CI 99.8 limit",
    "Count",
    "Denominator",
    "Value note",
    "Recent Trend",
    "Compared to England value or percentiles",
    "Compared to Region value or percentiles",
    "Time period Sortable",
    "New data",
    "Compared to goal",
]
_SUPPRESSED = "Value suppressed for disclosure control due to small count"
_OHID_YEARS = tuple(range(2018, 2025))

#: (sex, value, count, denominator) of a ward in a year; None where withheld or not given.
Cell = tuple[str, float | None, float | None, float | None]


def _fingertips(
    sample: Sample,
    edition: int,
    name: str,
    indicators: list[tuple[int, str, str, Callable[[int, int], list[Cell]]]],
) -> Delivery:
    """Three overlapping pools of five years, England and the district above the wards, notes in words."""
    last = edition - 2
    rows: list[list[object]] = []

    def line(
        number: int, title: str, age: str, area: list[str], parent: tuple[str, str], year: int, cell: Cell
    ) -> None:
        sex, value, count, whole = cell
        start = year - 4
        limits = ["", "", "", ""] if value is None else [f"{value * f:.4f}" for f in (0.9, 1.1, 0.85, 1.15)]
        shown = ["" if x is None else f"{x:.10g}" for x in (value, count, whole)]
        note = _SUPPRESSED if value is None else ""
        place = [number, title, *parent, *area, sex, age, "", "", f"{start} - {year % 100:02d}"]
        trend = ["Cannot be calculated", "Similar", "Similar", f"{start}0000", "", ""]
        rows.append([*place, shown[0], *limits, shown[1], shown[2], note, *trend])

    england = ["E92000001", "England", "England"]
    for number, title, age, cells in indicators:
        for year in (last - 2, last - 1, last):
            for cell in cells(0, year):
                known = (cell[0], 11.5, 250000.0, 2200000.0)
                line(number, title, age, england, ("", ""), year, known)
            for w, ward in enumerate(sample.wards):
                for cell in cells(w, year):
                    line(number, title, age, [ward.code, ward.name, "Ward"], sample.district, year, cell)
            for i in range(1, 7):
                for cell in cells(i, year):
                    area = [f"E05999{i:03d}", f"Synthetic ward {i}", "Ward"]
                    line(number, title, age, area, NEIGHBOUR, year, cell)
    header = list(_FINGERTIPS)
    if edition >= 2025:
        # Later versions of the service put further columns at the end.
        header.append("Time period range")
        rows = [[*row, "5y"] for row in rows]
    content = delimited(header, rows)
    return Delivery({f"local_health/{edition}/{name}": content}, years=(last,), rows=len(rows))


def _pair(
    sample: Sample, dataset: str, sex: str, part: str, whole: str, scale: float, withheld: Control | None
) -> Callable[[int, int], list[Cell]]:
    def cells(w: int, year: int) -> list[Cell]:
        count = float(sample.truth.whole(dataset, part, year)[w])
        total = float(sample.truth.whole(dataset, whole, year)[w])
        if withheld and withheld.value(int(count)) is None:
            return [(sex, None, None, total)]
        return [(sex, scale * count / total, count, total)]

    return cells


_SMALL = Control("", 1, 4)


def _ohid_child(sample: Sample, edition: int) -> Delivery:
    name = "ohid_lh_child_health"
    low = _pair(sample, name, "Persons", "low_weight_births", "births", 100, None)
    young = _pair(sample, name, "Female", "teenage_deliveries", "deliveries", 100, _SMALL)
    indicators = [
        (93092, "Low birth weight of live babies, five year pooled", "-", low),
        (93113, "Deliveries to teenage mothers, five year pooled", "12-17 yrs", young),
    ]
    return _fingertips(sample, edition, "fingertips_ward_child.csv", indicators)


def _ohid_disease(sample: Sample, edition: int) -> Delivery:
    """The ratio of both sexes together, and of each, which is not wanted."""
    cells = _pair(
        sample, "ohid_lh_disease", "Persons", "self_harm_admissions", "self_harm_expected", 100, None
    )

    def by_sex(w: int, year: int) -> list[Cell]:
        (_, ratio, count, expected), *_ = cells(w, year)
        half = (float(int(count or 0) // 2), (expected or 0) / 2)
        return [("Persons", ratio, count, expected), ("Male", ratio, *half), ("Female", ratio, *half)]

    title = "Emergency hospital admissions for intentional self harm, standardised admission ratio"
    return _fingertips(sample, edition, "fingertips_ward_disease.csv", [(93239, title, "All ages", by_sex)])


def _ohid_mortality(sample: Sample, edition: int) -> Delivery:
    """Life expectancy has the two sexes and no value of both together."""
    name = "ohid_lh_mortality"

    def life(w: int, year: int) -> list[Cell]:
        mean = float(sample.truth.counts(name, "life_expectancy", year)[w])
        # Women live about four years longer; halves keep the mean of the two what was drawn.
        return [("Male", mean - 2, None, None), ("Female", mean + 2, None, None)]

    deaths = _pair(sample, name, "Persons", "preventable_deaths", "preventable_expected", 100, None)
    indicators = [
        (93283, "Life expectancy at birth, five year pooled", "All ages", life),
        (93480, "Deaths from causes considered preventable, under 75 years, SMR", "<75 yrs", deaths),
    ]
    return _fingertips(sample, edition, "fingertips_ward_mortality.csv", indicators)


# --- Census 2021 by output area -------------------------------------------------------------------


def _census_zip(
    sample: Sample, edition: int, table: str, header: list[str], columns: list[np.ndarray]
) -> Delivery:
    """An archive with one table a geography, of which only the output areas are wanted."""
    oas = sample.map.oas

    def content(codes: list[str], values: np.ndarray) -> bytes:
        lines = [[2021, code, code, *map(int, row)] for code, row in zip(codes, values, strict=True)]
        return delimited(["date", "geography", "geography code", *header], lines, quote_all=True)

    counts = np.array(columns)
    members = [
        (f"census2021-{table}-lsoa.csv", content(sample.map.lsoa_codes, sample.map.lsoa_totals(counts).T)),
        (f"census2021-{table}-oa.csv", content(oas.codes, counts.T)),
        (f"metadata/{table}.txt", b"Synthetic sample\n"),
    ]
    name = f"census2021/{edition}/census2021-{table}.zip"
    return Delivery({name: packed(members)}, years=(2021,), rows=len(oas.codes))


def _aged(sample: Sample, total: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Residents of an age group by output area: as many as the ward has, at most the area's residents."""
    return within(sample, sample.map.oas.population, total, rng)


def _ts039(sample: Sample, edition: int) -> Delivery:
    """Nested subtotals beside their parts."""
    name = "ons_census21_ts039"
    rng = sample.rng(name)
    people = _aged(sample, sample.truth.whole(name, "residents_5_plus", 2021), rng)
    carers = within(sample, people, sample.truth.whole(name, "caring_20h", 2021), rng)
    some = rng.binomial(people - carers, 0.045)
    nine, fifty, mid = rng.binomial(some, 0.8), rng.binomial(carers, 0.6), None
    mid = rng.binomial(carers - fifty, 0.5)
    label = "Provision of unpaid care: "
    header = [
        f"{label}{text}"
        for text in (
            "Total: All usual residents aged 5 and over",
            "Provides no unpaid care",
            "Provides 19 hours or less unpaid care a week",
            "Provides 9 hours or less unpaid care a week",
            "Provides 10 to 19 hours unpaid care a week",
            "Provides 20 to 49 hours unpaid care a week",
            "Provides 20 to 34 hours unpaid care a week",
            "Provides 35 to 49 hours unpaid care a week",
            "Provides 50 or more hours unpaid care a week",
        )
    ]
    # The cell of those who give no care takes the perturbation.
    none = (people - carers - some + rng.integers(-2, 3, len(people))).clip(0)
    columns = [people, none, some, nine, some - nine, carers - fifty, mid, carers - fifty - mid, fifty]
    return _census_zip(sample, edition, "ts039", header, columns)


def _ts052(sample: Sample, edition: int) -> Delivery:
    """Two wordings of the table's name in one header; a cell that takes the perturbation."""
    name, oas = "ons_census21_ts052", sample.map.oas
    rng = sample.rng(name)
    crowded = within(sample, oas.households, sample.truth.whole(name, "overcrowded", 2021), rng)
    worst = rng.binomial(crowded, 0.15)
    others = np.array([rng.multinomial(n, [0.42, 0.36, 0.22]) for n in oas.households - crowded]).T
    # The cell of those with one bedroom to spare takes the perturbation.
    spare = (others[1] + rng.integers(-2, 3, len(crowded))).clip(0)
    label = "Occupancy rating for bedrooms: "
    texts = ["+2 or more", "+1", "0", "-1", "-2 or less"]
    header = [
        f"{label}Total: All households",
        *(f"{label}Occupancy rating of bedrooms: {text}" for text in texts),
    ]
    columns = [oas.households, others[0], spare, others[2], crowded - worst, worst]
    return _census_zip(sample, edition, "ts052", header, columns)


def _ts067(sample: Sample, edition: int) -> Delivery:
    name = "ons_census21_ts067"
    rng = sample.rng(name)
    people = _aged(sample, sample.truth.whole(name, "residents_16_plus", 2021), rng)
    high = within(sample, people, sample.truth.whole(name, "level4_plus", 2021), rng)
    none = within(sample, people - high, sample.truth.whole(name, "no_qualifications", 2021), rng)
    others = np.array([rng.multinomial(n, [0.22, 0.3, 0.12, 0.3, 0.06]) for n in (people - high - none)]).T
    label = "Highest level of qualification: "
    texts = ["Total: All usual residents aged 16 years and over", "No qualifications"]
    texts += ["Level 1 and entry level qualifications", "Level 2 qualifications", "Apprenticeship"]
    texts += ["Level 3 qualifications", "Level 4 qualifications and above", "Other qualifications"]
    columns = [people, none, others[0], others[1], others[2], others[3], high, others[4]]
    return _census_zip(sample, edition, "ts067", [label + text for text in texts], columns)


# --- claimant count -------------------------------------------------------------------------------

_TO_FIVE = Control("", 1, 0, 5)
#: Steps of five above and below the year's mean, month by month.
_SEASON = (1, 1, 0, 1, 0, -1, -1, 0, 0, -1, 1, -1)
_MONTHS = [
    "October",
    "November",
    "December",
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
]


def _claimants(sample: Sample, edition: int) -> Delivery:
    """Both measures, sexes and age groups; from 2024 in pages, as the service hands out 25,000 rows a call."""
    counts = sample.truth.whole("nomis_claimant_count", "claimants", edition)
    people = sample.people.ages(16, 64)[:, -1]
    header = ["DATE_NAME", "GEOGRAPHY_NAME", "GEOGRAPHY_CODE", "GENDER_NAME", "AGE_NAME", "MEASURE_NAME"]
    header += ["OBS_VALUE", "OBS_STATUS_NAME"]
    places = [
        (ward.code, ward.name, _TO_FIVE.value(int(count)) or 0, int(n))
        for ward, count, n in zip(sample.wards, counts, people, strict=True)
    ]
    places += [(f"E05999{i:03d}", f"Synthetic ward {i}", 40 + 5 * i, 3000) for i in range(1, 6)]
    rows: list[list[object]] = []
    for m, month in enumerate(_MONTHS):
        date = f"{month} {edition - 1 if m < 3 else edition}"
        status = "Provisional" if m == 11 else "Normal Value"
        for code, name, mean, n in places:
            value = mean + (5 * _SEASON[m] if mean >= 5 else 0)
            for sex, share in (("Total", 1.0), ("Male", 0.6), ("Female", 0.4)):
                for age, part in (("All categories: Age 16+", 1.0), ("Aged 16-24", 0.2)):
                    number = value if share * part == 1 else 5 * round(value * share * part / 5)
                    place = [date, name, code, sex, age]
                    rows.append([*place, "Claimant count", number, status])
                    rate = round(100 * number / n, 1)
                    rows.append([*place, "Claimants as a proportion of residents aged 16-64", rate, status])
    folder = f"claimant_count/{edition}"
    if edition < 2024:
        files = {f"{folder}/claimant_count_ward.csv": delimited(header, rows)}
    else:
        half = len(rows) // 2
        files = {
            f"{folder}/claimant_count_ward_{page}.csv": delimited(header, part, quote_all=True)
            for page, part in ((1, rows[:half]), (2, rows[half:]))
        }
    return Delivery(files, years=(edition,), rows=len(rows))


# --- indices of deprivation, files 7 and 8 --------------------------------------------------------


def _iod_file7(sample: Sample, edition: int) -> Delivery:
    """Ranks, scores and deciles of which one rate and its population are wanted."""
    name, year = "mhclg_iod2025_file7", 2022
    rng, oas = sample.rng(name), sample.map.oas
    older = within(sample, oas.population, sample.truth.whole(name, "older_residents", year), rng)
    poor = within(sample, older, sample.truth.whole(name, "older_income_deprived", year), rng)
    totals, hit = sample.map.lsoa_totals(older), sample.map.lsoa_totals(poor)
    header = [
        "LSOA code (2021)",
        "LSOA name (2021)",
        "Local Authority District code (2024)",
        "Local Authority District name (2024)",
        "Index of Multiple Deprivation (IMD) Score",
        "Index of Multiple Deprivation (IMD) Rank (where 1 is most deprived)",
        "Income Score (rate)",
        "Income Deprivation Affecting Older People (IDAOPI) Score (rate)",
        "Income Deprivation Affecting Older People (IDAOPI) Rank (where 1 is most deprived)",
        "Total population: mid 2022",
        "Older population aged 60 and over: mid 2022",
    ]
    rows: list[list[object]] = []
    everyone = sample.map.lsoa_totals(oas.population)
    for i, code in enumerate(sample.map.lsoa_codes):
        rate = round(float(hit[i] / max(1, totals[i])), 3)
        place = [code, f"Synthetic {code[-4:]}", *sample.district]
        rows.append([*place, 12.5, 20000 + i, 0.11, rate, 15000 + i, int(everyone[i]), int(totals[i])])
    for code in elsewhere_lsoas(25):
        rows.append([code, "Synthetic elsewhere", *NEIGHBOUR, 30.1, 5000, 0.2, 0.18, 9000, 1500, 350])
    file = f"iod2025/{edition}/File_7_IoD2025_Scores_Denominators.csv"
    return Delivery({file: delimited(header, rows, encoding="utf-8-sig")}, years=(year,), rows=len(rows))


def _iod_file8(sample: Sample, edition: int) -> Delivery:
    """A sheet of notes, then one sheet a domain."""
    name, year = "mhclg_iod2025_file8", 2022
    rng, oas = sample.rng(name), sample.map.oas
    levels = sample.truth.counts(name, "not_entering_he_share", year)
    weight = oas.population.astype(float)
    own = rng.normal(0, float(levels.std()) * 0.3, len(oas.codes))
    mean = np.bincount(oas.ward, own * weight) / np.bincount(oas.ward, weight)
    values = (levels[oas.ward] + own - mean[oas.ward]) * weight
    shares = np.bincount(oas.lsoa, values) / np.bincount(oas.lsoa, weight)
    header = ["LSOA code (2021)", "LSOA name (2021)", "Local Authority District code (2024)"]
    header += ["Local Authority District name (2024)"]
    table: list[list[str | int | float | None]] = []
    other: list[list[str | int | float | None]] = []
    for code, share in zip(sample.map.lsoa_codes, shares, strict=True):
        place = [code, f"Synthetic {code[-4:]}", *sample.district]
        table.append([*place, round(float(share), 4), 0.21])
        other.append([*place, 95])
    for code in elsewhere_lsoas(25):
        table.append([code, "Synthetic elsewhere", *NEIGHBOUR, 0.9, 0.3])
        other.append([code, "Synthetic elsewhere", *NEIGHBOUR, 110])
    title = "English Indices of Deprivation 2025, File 8: underlying indicators. Synthetic sample"
    education = [
        "Entry to higher education indicator",
        "Adult skills and English language proficiency indicator",
    ]
    sheets = [
        Sheet("Notes", [[title], [None], ["A higher value is a more deprived area in all indicators."]]),
        Sheet("IoD2025 Income Domain", [[*header, "Income Domain numerator"], *other]),
        Sheet("IoD2025 Education Domain", [[*header, *education], *table]),
    ]
    file = f"iod2025/{edition}/File_8_IoD2025_Underlying_Indicators.xlsx"
    return Delivery({file: xlsx(sheets, title)}, years=(year,), rows=len(table))


# --- road casualties ------------------------------------------------------------------------------


def _casualties(
    sample: Sample, year: int, old: bool
) -> tuple[list[list[object]], dict[tuple[str, str, int], int]]:
    name = "dft_stats19"
    rng, oas = sample.rng(name, year), sample.map.oas
    hurt = sample.truth.whole(name, "ksi", year)
    codes = sample.map.lsoa11_codes if old else sample.map.lsoa_codes
    rows: list[list[object]] = []

    def casualty(lsoa: str, severity: int, adjusted: float) -> None:
        key = f"{year}21{len(rows):07d}"
        rows.append([key, year, key[4:], 1, 1 + len(rows) % 3, severity, lsoa, adjusted])

    for area, count in enumerate(sample.map.spread(hurt, oas.population.astype(float), rng)):
        for _ in range(count):
            casualty(codes[oas.lsoa[area]], 1 if rng.random() < 0.06 else 2, 1.0)
    for area in rng.integers(0, len(oas.codes), int(hurt.sum()) * 4):
        # A slight injury that the police system may have graded too low.
        casualty(codes[oas.lsoa[area]], 3, round(float(rng.beta(1, 60)), 6))
    total = int(hurt.sum())
    outside, unknown = total // 2, max(2, total // 12)
    places = elsewhere_lsoas(30)
    for i in range(outside):
        casualty(places[i % 30], 2, 1.0)
    for _ in range(unknown):
        casualty("-1", 2, 1.0)
    # The adjustment is a probability; deaths have none and carry a zero.
    for row in rows:
        if row[5] == 1:
            row[7] = 0.0
    elsewhere = {("ksi", OUTSIDE, year): outside, ("ksi", UNALLOCATED, year): unknown}
    return shuffled(rows, rng), elsewhere


def _stats19(sample: Sample, edition: int) -> Delivery:
    """The last five years; the key was called after accidents until the release of 2023."""
    old = edition <= 2023
    years = tuple(year for year in range(edition - 5, edition) if year >= 2018)
    rows: list[list[object]] = []
    elsewhere: dict[tuple[str, str, int], int] = {}
    for year in years:
        lines, away = _casualties(sample, year, old)
        rows += lines
        elsewhere |= away
    key = "accident" if old else "collision"
    header = [f"{key}_index", f"{key}_year", f"{key}_reference" if old else "collision_ref_no"]
    header += ["vehicle_reference", "casualty_reference", "casualty_severity", "lsoa_of_casualty"]
    header.append("casualty_adjusted_serious" if not old else "casualty_adjusted_severity_serious")
    file = f"road_safety/{edition}/dft-road-casualty-statistics-casualty-last-5-years.csv"
    return Delivery({file: delimited(header, rows)}, years=years, elsewhere=elsewhere, rows=len(rows))


def _census(measure: str, ages: str) -> Series:
    return Series(measure, f"census:{ages}", "exact", 1, (1, 1), years=(2021,))


def _at_census(
    measure: str, of: str, centre: float, plausible: tuple[float, float], depends: float, spread: float
) -> Series:
    return Series(measure, of, "binomial", centre, plausible, depends, spread, years=(2021,))


DATASETS = (
    SampleDataset(
        "ohid_lh_child_health",
        (
            Series("births", "persons", "poisson", 0.045, (0.02, 0.07), 0.3, 0.2, years=_OHID_YEARS),
            Series(
                "low_weight_births", "births", "binomial", 0.065, (0.03, 0.12), 0.7, 0.2, years=_OHID_YEARS
            ),
            Series("deliveries", "births", "exact", 1, (1, 1), years=_OHID_YEARS),
            Series(
                "teenage_deliveries",
                "deliveries",
                "binomial",
                0.007,
                (0.0005, 0.04),
                0.8,
                0.5,
                years=_OHID_YEARS,
                control=_SMALL,
            ),
        ),
        _ohid_child,
    ),
    SampleDataset(
        "ohid_lh_disease",
        (
            Series(
                "self_harm_expected", "persons", "poisson", 0.0095, (0.005, 0.02), 0, 0.1, years=_OHID_YEARS
            ),
            Series(
                "self_harm_admissions",
                "self_harm_expected",
                "poisson",
                0.95,
                (0.3, 2.4),
                0.8,
                0.35,
                years=_OHID_YEARS,
            ),
        ),
        _ohid_disease,
    ),
    SampleDataset(
        "ohid_lh_mortality",
        (
            Series(
                "life_expectancy",
                "one",
                "level",
                81.6,
                (75, 88),
                -0.8,
                1.7,
                0.02,
                years=_OHID_YEARS,
                decimals=2,
            ),
            Series(
                "preventable_expected", "persons", "poisson", 0.0085, (0.004, 0.02), 0, 0.1, years=_OHID_YEARS
            ),
            Series(
                "preventable_deaths",
                "preventable_expected",
                "poisson",
                0.92,
                (0.4, 2.1),
                0.8,
                0.28,
                years=_OHID_YEARS,
            ),
        ),
        _ohid_mortality,
    ),
    SampleDataset(
        "ons_census21_ts039",
        (
            _census("residents_5_plus", "5-90"),
            _at_census("caring_20h", "residents_5_plus", 0.045, (0.02, 0.09), 0.7, 0.2),
        ),
        _ts039,
        editions=(2022,),
    ),
    SampleDataset(
        "ons_census21_ts052",
        (
            Series("households", "households", "exact", 1, (1, 1), years=(2021,)),
            Series("overcrowded", "households", "binomial", 0.016, (0.004, 0.12), 0.85, 0.5, years=(2021,)),
        ),
        _ts052,
        editions=(2022,),
    ),
    SampleDataset(
        "ons_census21_ts067",
        (
            _census("residents_16_plus", "16-90"),
            _at_census("no_qualifications", "residents_16_plus", 0.175, (0.08, 0.33), 0.85, 0.3),
            _at_census("level4_plus", "residents_16_plus", 0.33, (0.15, 0.55), -0.85, 0.35),
        ),
        _ts067,
        editions=(2022,),
    ),
    SampleDataset(
        "nomis_claimant_count",
        (
            Series(
                "claimants",
                "free_residents_16_64",
                "binomial",
                0.026,
                (0.008, 0.09),
                0.85,
                0.35,
                -0.03,
                control=_TO_FIVE,
            ),
        ),
        _claimants,
    ),
    SampleDataset(
        "mhclg_iod2025_file7",
        (
            Series("older_residents", "persons_60_plus", "exact", 1, (1, 1), years=(2022,)),
            Series(
                "older_income_deprived",
                "older_residents",
                "binomial",
                0.1,
                (0.03, 0.4),
                0.9,
                0.4,
                years=(2022,),
            ),
        ),
        _iod_file7,
        editions=(2022,),
    ),
    SampleDataset(
        "mhclg_iod2025_file8",
        (
            Series(
                "not_entering_he_share",
                "one",
                "level",
                0.885,
                (0.8, 0.945),
                0.8,
                0.028,
                years=(2022,),
            ),
        ),
        _iod_file8,
        editions=(2022,),
    ),
    SampleDataset(
        "dft_stats19",
        (
            Series(
                "ksi",
                "persons",
                "poisson",
                0.00042,
                (0.00015, 0.0012),
                0.1,
                0.3,
                -0.01,
                years=tuple(range(2018, 2026)),
            ),
        ),
        _stats19,
    ),
)
