"""Deliveries of the district council's case systems and of its partners in the district.

Belongs here: housing, homelessness, inspections, infections, police and fire shares, customer contact,
street surveys and food support, each with its series and one writer. Does not belong here: elections,
revenues, leisure and complaints (`council.py`), polls, surveys and waste rounds (`council_shared.py`).
"""

from __future__ import annotations

import datetime as dt

import numpy as np

from spi_orchestration.sample import geometry
from spi_orchestration.sample.datasets.base import (
    Delivery,
    Sample,
    SampleDataset,
    days_in_year,
    financial,
    hashed,
    home_postcodes,
    lost_postcodes,
    scribbled,
    shuffled,
)
from spi_orchestration.sample.datasets.council import chosen, known_addresses
from spi_orchestration.sample.truth import OUTSIDE, UNALLOCATED, Control, Series
from spi_orchestration.sample.writers.columnar import parquet
from spi_orchestration.sample.writers.delimited import delimited
from spi_orchestration.sample.writers.spreadsheet import Cell, Sheet, xlsx

__all__ = ["DATASETS"]

_UNDER_FIVE = Control("<5", 1, 4)


def _years(edition: int, first: int) -> tuple[int, ...]:
    """Years that come with an edition: the first one brings so many, later ones their own."""
    return tuple(range(edition - first + 1, edition + 1)) if edition == 2022 else (edition,)


# --- infectious disease ---------------------------------------------------------------------------

_ORGANISMS = ("Campylobacter", "Salmonella", "Other gastrointestinal")


def _infectious_disease(sample: Sample, edition: int) -> Delivery:
    """Cases of three years by organism; fewer than five are hidden, none has no row."""
    rng = sample.rng("ldc_infectious_disease", edition)
    cases = sample.truth.whole("ldc_infectious_disease", "cases_three_years", edition)
    late = edition >= 2025
    out = Delivery({}, years=(edition,))
    rows: list[list[object]] = []
    for ward, total in zip(sample.wards, cases, strict=True):
        for organism, count in zip(_ORGANISMS, rng.multinomial(total, [0.62, 0.2, 0.18]), strict=True):
            if count == 0:
                continue
            if _UNDER_FIVE.value(int(count)) is None:
                out.withheld.add(("cases_three_years", ward.code, edition))
            period = f"{financial(edition - 2)} to {financial(edition)}"
            travel = [_UNDER_FIVE.text(int(rng.binomial(count, 0.2)))] if late else []
            rows.append([period, ward.code, organism, _UNDER_FIVE.text(int(count)), *travel])
    header = ["years" if late else "year", "ward_code", "organism", "cases"]
    content = delimited(header + (["travel_associated"] if late else []), rows)
    out.files[f"environmental_health/gi_notifications_{financial(edition)}.csv"] = content
    out.rows = len(rows)
    return out


# --- police share ---------------------------------------------------------------------------------


def _police_workbook(sample: Sample, year: int) -> tuple[bytes, int]:
    """A cover sheet, a title above the table, `<5`, and the district with a note below it."""
    late = year >= 2024
    kinds = {
        "domestic_abuse": "Domestic abuse incidents and crimes" if late else "Domestic abuse",
        "hate": "Hate incidents and crimes" if late else "Hate",
    }
    table: list[list[Cell]] = []
    for measure, kind in kinds.items():
        incidents = sample.truth.whole("ldc_csp_police_share", f"{measure}_incidents", year)
        victims = sample.truth.whole("ldc_csp_police_share", f"{measure}_victims", year)
        for ward, count, people in zip(sample.wards, incidents, victims, strict=True):
            cells = [_UNDER_FIVE.text(int(n)) for n in (count, people)]
            table.append([ward.code, ward.name, kind, *(int(c) if c.isdigit() else c for c in cells)])
        table.append([sample.district[0], sample.district[1], kind, int(incidents.sum()), int(victims.sum())])
    cover: list[list[Cell]] = [
        ["OFFICIAL-SENSITIVE"],
        ["Shared under section 115 of the Crime and Disorder Act 1998"],
        ["Synthetic sample"],
    ]
    head: list[list[Cell]] = [
        [f"Domestic abuse and hate incidents by ward, {financial(year)}"],
        ["OFFICIAL-SENSITIVE"],
        [],
        ["Ward Code", "Ward Name", "Measure", "Incidents", "Unique victims" if late else "Distinct victims"],
    ]
    foot: list[list[Cell]] = [[], ["<5 stands for one to four."]]
    sheets = [Sheet("Cover", cover), Sheet("Data", [*head, *table, *foot])]
    return xlsx(sheets, "Community Safety Partnership ward counts"), len(table)


def _csp_police_share(sample: Sample, edition: int) -> Delivery:
    out = Delivery({}, years=_years(edition, 3))
    for year in out.years:
        content, rows = _police_workbook(sample, year)
        out.files[f"community_safety/csp_ward_counts_{financial(year)}.xlsx"] = content
        out.rows += rows
    return out


# --- housing register -----------------------------------------------------------------------------


def _housing_register(sample: Sample, edition: int) -> Delivery:
    """Lower bands and closed applications beside those that count; dates as cells, serials and text."""
    rng = sample.rng("ldc_housing_register", edition)
    counts = sample.truth.whole("ldc_housing_register", "priority_applications", edition)
    lost = lost_postcodes(sample, 9 + int(counts.sum()) // 20, 6, rng)
    priority = [*home_postcodes(sample, counts, rng), *(code for code, _ in lost)]
    lower = home_postcodes(sample, rng.binomial(3 * counts, 0.4), rng)
    homes = scribbled([*priority, *lower], rng)
    day = dt.date(edition, 3, 31)
    rows: list[tuple[Cell, ...]] = []
    for i, code in enumerate(homes):
        counted = i < len(priority)
        band = ("Emergency" if rng.random() < 0.15 else "Band 1") if counted else "Band 2"
        status = "Live" if counted else ("Live", "Live", "Suspended")[int(rng.integers(0, 3))]
        if not counted and i % 11 == 0:
            # An application of high need that is closed does not count either.
            band, status = "Band 1", "Closed"
        since = day - dt.timedelta(days=int(rng.integers(1, 1500)))
        shown: Cell = since
        if i % 6 == 2:
            shown = (since - dt.date(1899, 12, 30)).days
        elif i % 6 == 5:
            shown = since.strftime("%d/%m/%Y")
        away = counted and i >= len(priority) - len(lost) and lost[i - len(priority)][1] == OUTSIDE
        authority = "Elsewhere" if away else sample.district[1]
        number = f"LDH{hashed('register', sample.seed, edition, i)}"
        preference = ("Overcrowding", "Medical", "Homeless")[i % 3]
        rows.append((number, code, authority, band, shown, 1 + int(rng.binomial(3, 0.4)), preference, status))
    late = edition >= 2024
    header = ["Application Ref", "Current Postcode" if late else "Applicant Postcode"]
    header += ["Current LA", "Band", "Band Date"] if late else ["Applicant LA", "Priority", "Priority Date"]
    header += ["Bedroom Need", "Reasonable Preference", "Status"]
    table: list[list[Cell]] = [[*header], *(list(row) for row in shuffled(rows, rng))]
    content = xlsx([Sheet("Register", table)], "Housing register")
    away_from = [where for _, where in lost]
    return Delivery(
        {f"housing/lichfield_district_homes_register_{edition}0331.xlsx": content},
        years=(edition,),
        elsewhere={
            ("priority_applications", where, edition): away_from.count(where)
            for where in (OUTSIDE, UNALLOCATED)
        },
        rows=len(rows),
    )


# --- homelessness ---------------------------------------------------------------------------------

_DUTIES = (("Prevention Duty", "Relief Duty"), ("1. Prevention", "2. Relief"))
_HCLIC = [
    "CaseReference",
    "AssessmentDate",
    "DutyOwed",
    "LastSettledPostcode",
    "ReasonForLossOfLastSettledHome",
    "PriorityNeed",
    "HouseholdType",
    "DutyEndDate",
    "DutyEndReason",
]


def _quarter(day: dt.date) -> str:
    return f"{day.year}Q{(day.month + 2) // 3}"


def _homelessness_year(sample: Sample, year: int, out: Delivery) -> None:
    rng = sample.rng("ldc_homelessness_hclic", year)
    counts = sample.truth.whole("ldc_homelessness_hclic", "households_owed_duty", year)
    lost = lost_postcodes(sample, 8, 10, rng) + [("ZZ99 3VZ", UNALLOCATED)] * 8
    owed = [*home_postcodes(sample, counts, rng), *(code for code, _ in lost)]
    refused = home_postcodes(sample, rng.binomial(counts, 0.2), rng)
    homes = scribbled([*owed, *refused], rng)
    last = dt.date(year, 3, 31)
    quarters: dict[str, list[list[object]]] = {
        _quarter(dt.date(year - 1, 5, 1)): [],
        _quarter(dt.date(year - 1, 8, 1)): [],
        _quarter(dt.date(year - 1, 11, 1)): [],
        _quarter(dt.date(year, 2, 1)): [],
    }
    for i, (code, day) in enumerate(zip(homes, days_in_year(year, len(homes), rng), strict=True)):
        case = hashed("hclic", sample.seed, year, i)
        steps: list[tuple[dt.date, int | None]] = [(day, int(rng.integers(0, 2)) if i < len(owed) else None)]
        later = day + dt.timedelta(days=56)
        if i < len(owed) and i % 5 == 0 and later <= last:
            # Prevention failed: the same household is owed a second duty.
            steps = [(day, 0), (later, 1)]
        for when, duty in steps:
            quarter = _quarter(when)
            wording = _DUTIES[when.month > 6]
            text = "No duty owed" if duty is None else wording[duty]
            shown = when.strftime("%d/%m/%Y") if quarter.endswith("Q1") else when.isoformat()
            end = "" if i % 3 else (when + dt.timedelta(days=50)).isoformat()
            quarters[quarter].append(
                [case, shown, text, code, "End of private tenancy", "No", "Single adult", end, ""]
            )
    for quarter, rows in quarters.items():
        out.files[f"housing/hclic_{quarter}.csv"] = delimited(_HCLIC, shuffled(rows, rng))
        out.rows += len(rows)
    where = [place for _, place in lost]
    for place in (OUTSIDE, UNALLOCATED):
        out.elsewhere["households_owed_duty", place, year] = where.count(place)


def _homelessness(sample: Sample, edition: int) -> Delivery:
    """Four files a year, two duties for one household, wording that differs between quarters."""
    out = Delivery({}, years=_years(edition, 3))
    for year in out.years:
        _homelessness_year(sample, year, out)
    return out


# --- private sector housing -----------------------------------------------------------------------

_HAZARDS = (
    "EXCESS COLD",
    "DAMP AND MOULD – GROWTH",
    "FALLING ON STAIRS",
    "FIRE",
    "ELECTRICAL HAZARDS",
)


def _inspections_year(sample: Sample, year: int, out: Delivery) -> None:
    rng = sample.rng("ldc_private_sector_housing", year)
    addresses = sample.map.addresses
    counts = sample.truth.whole("ldc_private_sector_housing", "dwellings_category_1", year)
    # Inspections of all years are of homes that the first gazetteer knows.
    known = known_addresses(sample, 2022, homes=True)
    serious = chosen(sample, counts, known, rng)
    others = np.setdiff1d(rng.choice(known, size=max(60, int(counts.sum())), replace=False), serious)
    nameless = max(4, int(counts.sum()) // 20)
    rows: list[list[object]] = []

    def inspection(uprn: str, tenure: str, category_1: bool) -> None:
        number = f"{year % 100:02d}/{len(rows):05d}/HHSRS"
        day = days_in_year(year, 1, rng)[0].strftime("%d-%b-%y").upper()
        found = rng.choice(len(_HAZARDS), size=int(rng.integers(1, 4)), replace=False)
        for place, hazard in enumerate(found):
            category = 1 if category_1 and (place == 0 or rng.random() < 0.4) else 2
            band = "C" if category == 1 else "F"
            rows.append([number, uprn, day, tenure, _HAZARDS[hazard], band, category, "IMPROVEMENT", ""])

    for i, index in enumerate(serious):
        inspection(addresses.uprn[index], "PRIVATE RENTED", True)
        if i % 9 == 0:
            inspection(addresses.uprn[index], "PRIVATE RENTED", True)  # visited again
    for i, index in enumerate(others):
        # Homes of owners may have serious hazards; they are no rented ones.
        owned = i % 3 == 0
        inspection(addresses.uprn[index], "OWNER OCCUPIED" if owned else "PRIVATE RENTED", owned)
    for _ in range(nameless):
        inspection("", "PRIVATE RENTED", True)
    header = ["REFVAL", "UPRN", "DATEINSP", "TENURE", "HAZARD", "HAZBAND", "CAT", "ACTION", "DATECLOSED"]
    if year >= 2025:
        renamed = {"DATEINSP": "INSPDATE", "TENURE": "TENURETYPE", "CAT": "HAZCAT"}
        header = [renamed.get(name, name) for name in header]
    content = delimited(header, rows, encoding="cp1252", newline="\r\n")
    out.files[f"environmental_health/hhsrs_inspections_{financial(year)}.csv"] = content
    out.elsewhere["dwellings_category_1", UNALLOCATED, year] = nameless
    out.rows += len(rows)


def _private_sector_housing(sample: Sample, edition: int) -> Delivery:
    """Upper-case export in cp1252, several hazards of one dwelling, second visits, blank numbers."""
    out = Delivery({}, years=_years(edition, 3))
    for year in out.years:
        _inspections_year(sample, year, out)
    return out


# --- street cleansing -----------------------------------------------------------------------------

_GOOD, _BAD = ("A", "A-", "B+", "B"), ("B-", "C", "C-", "D")
_LAND = ("Main retail", "Housing (low obstruction)", "Housing (high obstruction)", "Rural road", "Industry")


def _street_year(sample: Sample, year: int, out: Delivery) -> None:
    rng = sample.rng("ldc_street_cleansing_survey", year)
    surveyed = sample.truth.whole("ldc_street_cleansing_survey", "transects", year)
    below = sample.truth.whole("ldc_street_cleansing_survey", "transects_below_b", year)
    late = year >= 2024
    transects: list[tuple[str, str, str]] = []
    for ward, count, bad in zip(sample.wards, surveyed, below, strict=True):
        for i in range(int(count)):
            grades = [_GOOD[int(rng.integers(0, 4))] for _ in range(2)]
            if i < bad:
                grades[int(rng.integers(0, 2))] = _BAD[int(rng.integers(0, 4))]
            name = ward.code if late else (ward.name, ward.alias)[i % 2]
            transects.append((name, grades[0], grades[1]))
    transects = shuffled(transects, rng)
    header = ["Transect ID", "Tranche", "Date", "Ward Code"] if late else []
    header = header or ["Transect", "Tranche", "Survey Date", "Ward"]
    header += ["Land Use", "Litter", "Detritus", "Graffiti", "Fly Posting", "Weeds"]
    for tranche in (1, 2, 3):
        table: list[list[Cell]] = [[*header]]
        first = dt.date(year - 1, 4, 1) + dt.timedelta(days=120 * (tranche - 1) + 20)
        for i, (name, litter, detritus) in enumerate(transects[tranche - 1 :: 3]):
            day = first + dt.timedelta(days=i // 12)
            shown: Cell = day.strftime("%d/%m/%Y") if i % 10 == 7 else day
            land = _LAND[int(rng.integers(0, len(_LAND)))]
            row = [f"T{tranche}-{i:04d}", tranche, shown, name, land, litter, detritus, "A", "A", "B"]
            table.append(row)
        content = xlsx([Sheet("Transects", table)], "Local environmental quality survey")
        out.files[f"operations/leqs_{financial(year)}_T{tranche}.xlsx"] = content
        out.rows += len(table) - 1


def _street_cleansing(sample: Sample, edition: int) -> Delivery:
    """A workbook a tranche; wards by name, and by code since 2023-24."""
    out = Delivery({}, years=_years(edition, 2))
    for year in out.years:
        _street_year(sample, year, out)
    return out


# --- dwelling fires -------------------------------------------------------------------------------


def _rounded_homes(sample: Sample) -> list[np.ndarray]:
    """Homes of each ward whose point rounded to 100 metres still lies in the ward."""
    addresses = sample.map.addresses
    rounded = 100 * np.floor(addresses.points / 100 + 0.5)
    out = []
    for w, cell in enumerate(sample.map.cells):
        points = rounded[(addresses.ward == w) & addresses.home]
        points = points[geometry.contains(cell, points)]
        out.append(points[geometry.distance_to_outline(cell, points) > 0.5])
    return out


def _fires_year(sample: Sample, year: int, homes: list[np.ndarray], out: Delivery) -> None:
    rng = sample.rng("ldc_sfrs_dwelling_fires", year)
    counts = sample.truth.whole("ldc_sfrs_dwelling_fires", "accidental_dwelling_fires", year)
    rows: list[tuple[str, str, float, float]] = []
    for spots, count in zip(homes, counts, strict=True):
        for index in rng.integers(0, len(spots), int(count)):
            motive = "Not known" if rng.random() < 0.1 else "Accidental"
            rows.append(("Primary fire - dwelling", motive, *spots[index]))
        for index in rng.integers(0, len(spots), 3):
            kind = ("Primary fire - vehicle", "Primary fire - other building")[int(rng.integers(0, 2))]
            rows.append((kind, "Accidental", *spots[index]))
        if rng.random() < 0.3:
            rows.append(("Primary fire - dwelling", "Deliberate", *spots[0]))
    beyond = sample.map.postcodes.points[sample.map.postcodes.ward < 0]
    away, unplotted = 4, 2
    for index in rng.choice(len(beyond), size=away, replace=False):
        rows.append(("Primary fire - dwelling", "Accidental", *(100 * np.floor(beyond[index] / 100 + 0.5))))
    rows += [("Primary fire - dwelling", "Accidental", 0, 0)] * unplotted
    header = ["incident_id", "call_date", "incident_type", "motive", "easting_100m", "northing_100m"]
    header += ["fatalities", "casualties"]
    days = days_in_year(year, len(rows), rng)
    lines = [
        [
            f"{year % 100:02d}{i:05d}",
            day.strftime("%d/%m/%Y") if year >= 2024 else day.isoformat(),
            kind,
            motive,
            int(x),
            int(y),
            0,
            int(rng.random() < 0.1),
        ]
        for i, ((kind, motive, x, y), day) in enumerate(zip(shuffled(rows, rng), days, strict=True))
    ]
    out.files[f"community_safety/sfrs_incidents_{financial(year)}.csv"] = delimited(header, lines)
    out.elsewhere["accidental_dwelling_fires", OUTSIDE, year] = away
    out.elsewhere["accidental_dwelling_fires", UNALLOCATED, year] = unplotted
    out.rows += len(lines)


def _dwelling_fires(sample: Sample, edition: int) -> Delivery:
    """Points rounded to 100 metres, other fires and deliberate ones, a few without a point."""
    out = Delivery({}, years=_years(edition, 3))
    homes = _rounded_homes(sample)
    for year in out.years:
        _fires_year(sample, year, homes, out)
    return out


# --- customer contact -----------------------------------------------------------------------------

_CHANNELS = (
    {"online": ("Web",), "other": ("Telephone", "Face to face"), "machine": "Automated reminder"},
    {"online": ("Online", "SelfServe"), "other": ("Phone", "F2F"), "machine": "System reminder"},
)
_CONTACT = {
    "contact_id": "varchar",
    "created_at": "timestamp",
    "service": "varchar",
    "channel": "varchar",
    "uprn": "bigint",
    "postcode": "varchar",
    "account_flag": "boolean",
}


def _customer_contact(sample: Sample, edition: int) -> Delivery:
    """One row a contact; words of two systems, reminders, firms, and callers known by postcode alone."""
    rng = sample.rng("ldc_customer_contact", edition)
    addresses = sample.map.addresses
    late = edition >= 2025
    words = _CHANNELS[late]
    known = known_addresses(sample, edition, homes=True)
    total = sample.truth.whole("ldc_customer_contact", "contacts", edition)
    online = sample.truth.whole("ldc_customer_contact", "online_contacts", edition)
    rows: list[list[object]] = []

    def contact(service: str, channel: str, uprn: str, postcode: str) -> None:
        rows.append([service, channel, uprn.lstrip("0"), postcode])

    services = ("Waste", "Council tax", "Housing", "Planning")
    codes = iter(scribbled(home_postcodes(sample, total, rng), rng))
    for w, (count, by_web) in enumerate(zip(total, online, strict=True)):
        among = known[addresses.ward[known] == w]
        for i, index in enumerate(rng.choice(among, size=int(count))):
            kind = "online" if i < by_web else "other"
            channel = words[kind][int(rng.integers(0, len(words[kind])))]
            unnumbered = kind == "other" and rng.random() < 0.2
            contact(services[i % 4], channel, "" if unnumbered else addresses.uprn[index], next(codes))
    lost = lost_postcodes(sample, 60, 40, rng)
    for i, (code, _) in enumerate(lost):
        contact("Waste", words["online" if i % 2 else "other"][0], "", code)
    for index in rng.choice(known, size=max(200, int(total.sum()) // 20)):
        contact("Waste", str(words["machine"]), addresses.uprn[index], "")
    for i, index in enumerate(rng.choice(known, size=150)):
        contact(("Business rates", "Licensing")[i % 2], words["other"][0], addresses.uprn[index], "")
    columns = dict(_CONTACT) | ({"case_stage": "varchar"} if late else {})
    days = days_in_year(edition, len(rows), rng)
    lines = [
        [
            hashed("contact", sample.seed, edition, i),
            f"{day.isoformat()} {8 + i % 10:02d}:{i % 60:02d}:00",
            *row,
            "true" if i % 3 else "false",
            *(["Closed"] if late else []),
        ]
        for i, (row, day) in enumerate(zip(shuffled(rows, rng), days, strict=True))
    ]
    elsewhere: dict[tuple[str, str, int], int] = {}
    for place in (OUTSIDE, UNALLOCATED):
        elsewhere["contacts", place, edition] = sum(where == place for _, where in lost)
        elsewhere["online_contacts", place, edition] = sum(where == place for _, where in lost[1::2])
    return Delivery(
        {f"customer_services/contacts_{financial(edition)}.parquet": parquet(columns, lines)},
        years=(edition,),
        elsewhere=elsewhere,
        rows=len(lines),
    )


# --- food support ---------------------------------------------------------------------------------


def _typed(name: str, alias: str, way: int) -> str:
    """A ward's name as one volunteer or another types it."""
    return (
        name,
        alias,
        name.upper(),
        f" {alias.lower()} ",
        name.replace("St ", "St. "),
        alias.replace("'", "`"),
    )[way]


def _food_support(sample: Sample, edition: int) -> Delivery:
    """Wards as typed, towns and places that are no ward, months as text, people fed beside vouchers."""
    rng = sample.rng("ldc_food_support", edition)
    counts = sample.truth.whole("ldc_food_support", "vouchers", edition)
    months = [dt.date(edition - 1 + (m > 12), (m - 1) % 12 + 1, 1) for m in range(4, 16)]
    lost = {
        "Burntwood": UNALLOCATED,
        "Chase Terrace/Chasetown": UNALLOCATED,
        "No fixed address": UNALLOCATED,
        "": UNALLOCATED,
        "Tamworth": OUTSIDE,
        "Out of district": OUTSIDE,
    }
    out = Delivery({}, years=(edition,))
    rows: list[list[Cell]] = []
    shares = rng.multinomial(counts, np.full(12, 1 / 12))
    for m, month in enumerate(months):
        text = month.strftime("%b-%y")
        handed = [
            (_typed(ward.name, ward.alias, int(rng.integers(0, 6))), int(shares[w, m]))
            for w, ward in enumerate(sample.wards)
            if shares[w, m]
        ]
        for name, place in lost.items():
            count = int(rng.poisson(1.2))
            if count:
                handed.append((name, count))
                key = ("vouchers", place, edition)
                out.elsewhere[key] = out.elsewhere.get(key, 0) + count
        for name, count in shuffled(handed, rng):
            adults = count + int(rng.binomial(count, 0.6))
            rows.append([name or None, text, count, adults, int(rng.binomial(2 * count, 0.4))])
    if edition <= 2023:
        sheets = [Sheet("Parcels", [["Ward", "Month", "Vouchers", "Adults", "Children"], *rows])]
    else:
        head: list[list[Cell]] = [[f"Food parcels {financial(edition)}"], ["Synthetic sample"]]
        head.append(["Ward (as given)", "Month", "Vouchers issued", "Adults", "Children"])
        vouchers = sum(int(str(row[2])) for row in rows)
        sheets = [Sheet(f"Parcels {financial(edition)}", [*head, *rows, ["Total", None, vouchers]])]
    out.files[f"communities/food_parcels_{financial(edition)}.xlsx"] = xlsx(sheets, "Food parcels")
    out.rows = len(rows)
    return out


DATASETS = (
    SampleDataset(
        "ldc_infectious_disease",
        (Series("cases_three_years", "persons", "poisson", 0.0048, (0.0012, 0.018), 0.2, 0.3),),
        _infectious_disease,
    ),
    SampleDataset(
        "ldc_csp_police_share",
        (
            Series(
                "domestic_abuse_incidents",
                "household_residents_16_plus",
                "poisson",
                0.021,
                (0.004, 0.085),
                0.7,
                0.35,
                control=_UNDER_FIVE,
            ),
            Series(
                "domestic_abuse_victims",
                "domestic_abuse_incidents",
                "binomial",
                0.7,
                (0.4, 0.95),
                -0.2,
                0.15,
                control=_UNDER_FIVE,
            ),
            Series(
                "hate_incidents",
                "household_residents",
                "poisson",
                0.0011,
                (0.0002, 0.011),
                0.4,
                0.4,
                control=_UNDER_FIVE,
            ),
            Series(
                "hate_victims", "hate_incidents", "binomial", 0.85, (0.5, 0.99), 0, 0.15, control=_UNDER_FIVE
            ),
        ),
        _csp_police_share,
    ),
    SampleDataset(
        "ldc_housing_register",
        (Series("priority_applications", "households", "binomial", 0.005, (0.0005, 0.04), 0.7, 0.45),),
        _housing_register,
    ),
    SampleDataset(
        "ldc_homelessness_hclic",
        (Series("households_owed_duty", "households", "binomial", 0.0075, (0.0015, 0.04), 0.7, 0.4, 0.03),),
        _homelessness,
    ),
    SampleDataset(
        "ldc_private_sector_housing",
        (Series("dwellings_category_1", "households", "binomial", 0.0024, (0.0003, 0.012), 0.4, 0.4),),
        _private_sector_housing,
    ),
    SampleDataset(
        "ldc_street_cleansing_survey",
        (
            Series("transects", "one", "poisson", 36, (20, 60), 0, 0.2),
            Series("transects_below_b", "transects", "binomial", 0.1, (0.01, 0.45), 0.5, 0.45),
        ),
        _street_cleansing,
    ),
    SampleDataset(
        "ldc_sfrs_dwelling_fires",
        (Series("accidental_dwelling_fires", "dwellings", "poisson", 0.0009, (0.0001, 0.0045), 0.4, 0.35),),
        _dwelling_fires,
    ),
    SampleDataset(
        "ldc_customer_contact",
        (
            Series("contacts", "households", "poisson", 0.2, (0.06, 0.6), 0.3, 0.25, 0.02),
            Series("online_contacts", "contacts", "binomial", 0.56, (0.12, 0.95), -0.5, 0.35, 0.08),
        ),
        _customer_contact,
    ),
    SampleDataset(
        "ldc_food_support",
        (Series("vouchers", "households", "poisson", 0.028, (0.003, 0.14), 0.8, 0.45, 0.03),),
        _food_support,
    ),
)
