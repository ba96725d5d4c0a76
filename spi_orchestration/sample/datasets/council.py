"""Deliveries of the district council's own teams.

Belongs here: for each dataset of the council its series and one writer, with the quirks its files are
known for. Does not belong here: reference sets (`reference.py`), the county's feeds (`county.py`).
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
from spi_orchestration.sample.truth import OUTSIDE, UNALLOCATED, Series
from spi_orchestration.sample.writers.delimited import delimited
from spi_orchestration.sample.writers.spreadsheet import Sheet, xlsx

__all__ = ["DATASETS"]


# --- electoral register ---------------------------------------------------------------------------

_REGISTER = {
    "summary": (
        ["PD", "Polling District Name", "Ward", "Parish", "Parl Const", "Electors (LG)", "Electors (Parl)"],
        ["Attainers", "Age 16-17", "Postal", "Proxy", "Overseas", "Service"],
    ),
    "pd_summary": (
        ["Polling District", "District Name", "Ward", "Parish", "Constituency", "LG Electors"],
        ["Parl Electors", "Attainers", "Electors aged 16-17", "Postal", "Proxy", "Overseas", "Service"],
    ),
}


def postal_electors(sample: Sample, year: int) -> np.ndarray:
    """Postal electors of each polling district on the register of a year, in fives."""
    rng = sample.rng("ldc_electoral_register", "postal", year)
    districts = sample.map.districts
    adults = sample.truth.whole("ldc_electoral_register", "electors_18_plus", year)[districts.ward]
    share = rng.uniform(0.15, 0.23, len(districts.codes))
    return np.asarray(5 * np.floor(adults * districts.weight * share / 5)).astype(int)


def _electoral_register(sample: Sample, edition: int) -> Delivery:
    """Title rows, a TOTAL below each ward, a GRAND TOTAL at the foot, wards by name as the team writes them."""
    year = edition - 1
    rng = sample.rng("ldc_electoral_register", year)
    districts = sample.map.districts
    adults = sample.truth.whole("ldc_electoral_register", "electors_18_plus", year)
    young = sample.truth.whole("ldc_electoral_register", "electors_16_17", year)
    table: list[list[str | int | None]] = []
    postal = postal_electors(sample, year)
    grand = np.zeros(8, dtype=int)
    for w, ward in enumerate(sample.wards):
        inside = np.flatnonzero(districts.ward == w)
        share = districts.weight[inside] / districts.weight[inside].sum()
        parts = zip(inside, rng.multinomial(adults[w], share), rng.multinomial(young[w], share), strict=True)
        total = np.zeros(8, dtype=int)
        for i, grown, teen in parts:
            electors = int(grown + teen)
            numbers = [
                electors,
                electors - int(rng.binomial(electors, 0.012)) + int(rng.poisson(2)),
                int(rng.binomial(teen, 0.9)),
                int(teen),
                int(postal[i]),
                int(rng.binomial(electors, 0.004)),
                int(rng.poisson(2)),
                int(rng.poisson(1)),
            ]
            total += numbers
            table.append(
                [
                    districts.codes[i],
                    districts.names[i],
                    ward.alias,
                    None,
                    districts.constituency[i],
                    *numbers,
                ]
            )
        table.append(["TOTAL", None, ward.alias, None, None, *map(int, total)])
        grand += total
    table.append(["GRAND TOTAL", None, None, None, None, *map(int, grand)])
    title = f"Register of local government electors: counts by polling district, 1 December {year}"
    if edition <= 2023:
        head = [[title], ["Electoral Services. Synthetic sample"]]
        sheet, header = "Summary", [*_REGISTER["summary"][0], *_REGISTER["summary"][1]]
    else:
        head = [[title], ["Electoral Services"], ["Synthetic sample"]]
        sheet, header = f"PD Summary {year}", [*_REGISTER["pd_summary"][0], *_REGISTER["pd_summary"][1]]
    notes = Sheet("Notes", [["Counts of people, not of names."], ["Attainers are among those aged 16-17."]])
    content = xlsx([Sheet(sheet, [*head, header, *table]), notes], title)
    return Delivery({f"electoral/register_counts_{year}.xlsx": content}, years=(year,), rows=len(table))


# --- election results -----------------------------------------------------------------------------

_POLLS = {2022: dt.date(2019, 5, 2), 2023: dt.date(2023, 5, 4)}
# fmt: off
_LGA = [
    "PublicationDate", "OrganisationURI", "OrganisationLabel", "ServiceTypeURI", "ServiceTypeLabel",
    "ElectionDate", "TypeofElection", "ElectedBodyURI", "ElectedBodyLabel", "ElectoralAreaURI",
    "ElectoralAreaLabel", "CandidateSurname", "CandidateForenames", "CommonlyUsedSurname",
    "CommonlyUsedForenames", "PoliticalPartyURI", "PoliticalPartyLabel", "CandidatesDescription",
    "VotesWon", "Elected", "VotesCast", "EligibleElectorate", "BallotsRejectedOfficialMark",
    "BallotsRejectedMultipleVote", "BallotsRejectedIdentification", "BallotsRejectedInPart",
    "BallotsRejectedUnmarked", "PercentageTurnout", "InfoURL", "ReturningOfficer", "ElectoralDept",
    "ContactEmail", "ContactTel",
]
# fmt: on


def _election_results(sample: Sample, edition: int) -> Delivery:
    """One row a candidate; the ward's figures repeat on each; an uncontested ward has no votes at all."""
    day = _POLLS[edition]
    rng = sample.rng("ldc_election_results", day)
    truth = sample.truth
    figures = {
        measure: truth.counts("ldc_election_results", measure, day.year)
        for measure in ("electorate", "votes_cast", "candidates")
    }
    late = day.year >= 2023
    organisation = "http://opendatacommunities.org/id/district-council/sample"
    rows: list[list[object]] = []
    for w, ward in enumerate(sample.wards):
        contested = not np.isnan(figures["votes_cast"][w])
        candidates = int(figures["candidates"][w])
        cast = int(figures["votes_cast"][w]) if contested else 0
        electors = int(figures["electorate"][w]) if contested else 1700
        papers = int(rng.binomial(cast, 0.006)) if contested else 0
        votes = np.sort(
            rng.multinomial(
                int((cast - papers) * (1 + 0.5 * (ward.councillors - 1))),
                rng.dirichlet(np.full(candidates, 4.0)),
            )
        )[::-1]
        turnout = f"{100 * cast / electors:.1f}" + ("%" if late else "") if contested else None
        for place in range(candidates):
            rows.append(
                [
                    (day + dt.timedelta(days=1)).isoformat(),
                    organisation,
                    "Synthetic sample council",
                    "http://id.esd.org.uk/service/364",
                    "Elections - results",
                    day.isoformat() if late else day.strftime("%d/%m/%Y"),
                    "District council election" if late else "District",
                    organisation,
                    "Synthetic sample council",
                    f"http://statistics.data.gov.uk/id/statistical-geography/{ward.code}",
                    ward.name,
                    f"Candidate {place + 1}",
                    "Synthetic",
                    None,
                    None,
                    None,
                    f"Party {'ABCDEFGH'[place % 8]}",
                    None,
                    int(votes[place]) if contested else None,
                    "Elected" if place < ward.councillors else "Not elected",
                    (f"{cast:,}" if late else cast) if contested else None,
                    f"{electors:,}" if late else electors,
                    0 if contested else None,
                    papers // 2 if contested else None,
                    0 if contested else None,
                    0 if contested else None,
                    papers - papers // 2 if contested else None,
                    turnout,
                    "https://example.invalid/elections",
                    "Synthetic returning officer",
                    "Electoral Services",
                    "elections@example.invalid",
                    None,
                ]
            )
    content = delimited(_LGA, rows, newline="\r\n")
    return Delivery(
        {f"electoral/election_results_{day.isoformat()}.csv": content}, years=(day.year,), rows=len(rows)
    )


# --- leisure --------------------------------------------------------------------------------------

_BANDS = ("16-24", "25-44", "45-64", "65+")


def _leisure_membership(sample: Sample, edition: int) -> Delivery:
    """Members with few visits, children and people from elsewhere stand among those who are counted."""
    rng = sample.rng("ldc_leisure_membership", edition)
    counts = sample.truth.whole("ldc_leisure_membership", "regular_members", edition)
    regular = home_postcodes(sample, counts, rng)
    lost = lost_postcodes(sample, max(3, len(regular) // 16), max(8, len(regular) // 60), rng)
    idle = home_postcodes(sample, rng.binomial(counts, 0.35), rng)
    children = home_postcodes(sample, rng.binomial(counts, 0.12), rng)
    homes = scribbled([*regular, *(code for code, _ in lost), *idle, *children], rng)
    busy = len(regular) + len(lost)
    visits = np.concatenate(
        [
            12 + rng.negative_binomial(1, 0.03, busy),
            rng.integers(0, 12, len(idle)),
            rng.integers(0, 80, len(children)),
        ]
    ).clip(0, 900)
    bands = [_BANDS[i] for i in rng.choice(4, p=[0.16, 0.38, 0.28, 0.18], size=busy + len(idle))]
    bands += ["Under 16"] * len(children)
    kinds = [
        ("Pay monthly", "Annual", "Concession - pay as you go")[i] for i in rng.integers(0, 3, len(homes))
    ]
    starts, ends = days_in_year(edition - 1, len(homes), rng), days_in_year(edition, len(homes), rng)
    rows = shuffled(list(zip(homes, bands, visits, kinds, starts, ends, strict=True)), rng)
    name = f"leisure/leisure_visits_{financial(edition)}.csv"
    if edition <= 2023:
        header = ["MemberNo", "Home Postcode", "AgeGroup", "Membership", "Visits Last 12 Months", "Joined"]
        lines = [
            [
                f"F{edition % 100}{i:06d}",
                code,
                band,
                kind.replace("-", "–"),
                visit,
                start.strftime("%d/%m/%Y"),
            ]
            for i, (code, band, visit, kind, start, _) in enumerate(rows)
        ]
        content = delimited(header, lines, encoding="cp1252", delimiter=";", newline="\r\n")
    else:
        header = [
            "member_key",
            "postcode",
            "age_band",
            "membership_type",
            "visits_12m",
            "first_visit",
            "last_visit",
        ]
        lines = [
            [
                hashed("active", sample.seed, edition, i),
                code,
                band,
                kind,
                visit,
                start.isoformat(),
                end.isoformat(),
            ]
            for i, (code, band, visit, kind, start, end) in enumerate(rows)
        ]
        content = delimited(header, lines)
    away = [where for _, where in lost]
    return Delivery(
        {name: content},
        years=(edition,),
        elsewhere={
            ("regular_members", where, edition): away.count(where) for where in (OUTSIDE, UNALLOCATED)
        },
        rows=len(lines),
    )


# --- council tax ----------------------------------------------------------------------------------


def gazetteer_edition(edition: int) -> int:
    """Edition of the gazetteer that serves an edition: it comes in 2022 and again in 2025."""
    return 2025 if edition >= 2025 else 2022


def known_addresses(sample: Sample, edition: int, homes: bool) -> np.ndarray:
    addresses = sample.map.addresses
    known = addresses.built <= gazetteer_edition(edition)
    return np.flatnonzero(known & addresses.home if homes else known)


def chosen(sample: Sample, counts: np.ndarray, among: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """So many distinct addresses of each ward."""
    wards = sample.map.addresses.ward[among]
    return np.concatenate(
        [rng.choice(among[wards == w], size=int(count), replace=False) for w, count in enumerate(counts)]
    )


def _council_tax_recovery(sample: Sample, edition: int) -> Delivery:
    """Several orders for one home; some without a property number, some with one nobody knows."""
    rng = sample.rng("ldc_council_tax_recovery", edition)
    counts = sample.truth.whole("ldc_council_tax_recovery", "properties", edition)
    homes = chosen(sample, counts, known_addresses(sample, edition, homes=True), rng)
    lost = max(12, len(homes) // 80)
    uprn = [sample.map.addresses.uprn[i] for i in homes]
    uprn += ["" if i % 2 else f"98{edition}{i:06d}" for i in range(lost)]
    orders = np.append(1 + rng.binomial(2, 0.18, len(homes)), np.ones(lost, dtype=int))
    rows: list[list[object]] = []
    for i, (number, count) in enumerate(zip(uprn, orders, strict=True)):
        account = hashed("account", sample.seed, edition, i)
        band = "ABCDEFGH"[int(rng.choice(8, p=[0.2, 0.25, 0.22, 0.14, 0.1, 0.05, 0.03, 0.01]))]
        first = rng.integers(0, 330)
        for step in range(int(count)):
            day = dt.date(edition - 1, 4, 1) + dt.timedelta(days=int(first) // 3 + 110 * step)
            text = day.strftime("%d/%m/%Y") if edition >= 2024 else day.isoformat()
            amount = f"{rng.lognormal(6.4, 0.5):.2f}"
            rows.append(
                [account, number, f"P{i:07d}", band, text, amount, edition - 1, "Y" if i % 7 == 0 else "N"]
            )
    header = [
        "account_ref_hash",
        "uprn",
        "property_ref",
        "band",
        "lo_date",
        "lo_amount",
        "arrears_year",
        "ctr_flag",
    ]
    if edition >= 2025:
        renamed = {"uprn": "UPRN", "lo_date": "liability_order_date", "band": "ct_band"}
        header = [renamed.get(name, name) for name in header]
    content = delimited(header, shuffled(rows, rng))
    return Delivery(
        {f"revenues/ct_liability_orders_{financial(edition)}.csv": content},
        years=(edition,),
        elsewhere={("properties", UNALLOCATED, edition): lost},
        rows=len(rows),
    )


# --- environmental health -------------------------------------------------------------------------

_CODES = {
    "noise_addresses": [
        ("NOISEDOM", "Noise – neighbour’s music"),
        ("NOISECOM", "Noise – commercial premises"),
        ("NOISEALM", "Noise – alarm"),
    ],
    "sanitation_addresses": [
        ("DRAINBLK", "Blocked drain"),
        ("SEWAGE", "Sewage in “common” area"),
        ("ACCUMREF", "Accumulation of refuse"),
        ("RODENTM", "Mice"),
        ("RODENTR", "Rats in neighbour’s garden"),
    ],
}
_OTHER_CODES = [("FOODCOMP", "Food complaint"), ("DOGFOUL", "Dog fouling"), ("SMOKE", "Smoke – bonfire")]


def _env_health_year(sample: Sample, year: int) -> tuple[bytes, dict[tuple[str, str, int], int], int]:
    rng = sample.rng("ldc_env_health_requests", year)
    addresses = sample.map.addresses
    # Requests of all years are about addresses that the first gazetteer knows.
    known = known_addresses(sample, 2022, homes=False)
    rows: list[list[object]] = []
    elsewhere: dict[tuple[str, str, int], int] = {}

    def request(code: str, text: str, uprn: str, point: np.ndarray | None) -> None:
        day = days_in_year(year, 1, rng)[0].strftime("%d-%b-%y").upper()
        spot = ["000000", "000000"] if point is None else [f"{round(float(v)):06d}" for v in point]
        status = ("CLOSED", "CLOSED", "OPEN")[int(rng.integers(0, 3))]
        rows.append([day, code, text, uprn, *spot, status, "ADVICE GIVEN"])

    for measure, codes in _CODES.items():
        counts = sample.truth.whole("ldc_env_health_requests", measure, year)
        spots: set[tuple[float, float]] = set()
        for index in chosen(sample, counts, known, rng):
            point = np.round(addresses.points[index])
            key = (float(point[0]), float(point[1]))
            # An address without its number is known by its point alone, which must then be its own.
            by_point = rng.random() < 0.05 and key not in spots
            spots.add(key)
            for _ in range(1 + int(rng.poisson(0.6))):
                plotted = by_point or rng.random() < 0.9
                request(
                    *codes[int(rng.integers(0, len(codes)))],
                    "" if by_point else addresses.uprn[index],
                    point if plotted else None,
                )
        lost = max(3, int(counts.sum()) // 50)
        for _ in range(lost):
            request(*codes[0], "", None)
        elsewhere[measure, UNALLOCATED, year] = lost
    for index in rng.choice(known, size=220, replace=False):
        request(*_OTHER_CODES[int(index) % 3], addresses.uprn[index], addresses.points[index])
    header = ["REFVAL", "RECDATE", "CODE", "CODETEXT", "UPRN", "MAPEAST", "MAPNORTH", "STATUS", "OUTCOME"]
    lines = [[f"{year % 100:02d}/{i:05d}/SR", *row] for i, row in enumerate(shuffled(rows, rng), 1)]
    if year >= 2025:
        header.append("WARDTEXT")
        lines = [[*line, "NOT RECORDED"] for line in lines]
    return delimited(header, lines, encoding="cp1252", newline="\r\n"), elsewhere, len(lines)


def _env_health_requests(sample: Sample, edition: int) -> Delivery:
    """Upper-case export in cp1252, DD-MON-YY dates, one address complained about again and again."""
    years = (edition - 2, edition - 1, edition) if edition == 2022 else (edition,)
    out = Delivery({}, years=years)
    for year in years:
        content, elsewhere, rows = _env_health_year(sample, year)
        out.files[f"environmental_health/eh_service_requests_{financial(year)}.csv"] = content
        out.elsewhere |= elsewhere
        out.rows += rows
    return out


# --- fly-tipping ----------------------------------------------------------------------------------

#: Reports this near in metres and days are one heap; the sample keeps true incidents well apart.
_HEAP_METRES, _HEAP_DAYS = 130.0, 2


def _apart(points: np.ndarray, year: int, rng: np.random.Generator) -> np.ndarray:
    """Days of incidents (from 1 April) such that none could be taken for a report of another."""
    length = (dt.date(year, 4, 1) - dt.date(year - 1, 4, 1)).days
    days = rng.integers(0, length - 1, len(points))
    near = ((points[:, None, :] - points[None, :, :]) ** 2).sum(axis=2) < _HEAP_METRES**2
    near &= ~np.eye(len(points), dtype=bool)
    while True:
        clash = near & (np.abs(days[:, None] - days[None, :]) <= _HEAP_DAYS)
        late = np.flatnonzero(np.tril(clash).any(axis=1))
        if not len(late):
            return np.asarray(days)
        days[late] = rng.integers(0, length - 1, len(late))


def _beyond_edge(sample: Sample, ward: int, count: int, rng: np.random.Generator) -> np.ndarray:
    """Points 6 to 16 metres outside the district beside a ward, as on the far lane of a boundary road."""
    outline, cell = sample.map.outline, sample.map.cells[ward]
    out: list[np.ndarray] = []
    for i, (a, b) in enumerate(zip(outline, np.roll(outline, -1, axis=0), strict=True)):
        outwards = np.array([b[1] - a[1], a[0] - b[0]]) / np.hypot(*(b - a))
        spots = a + rng.uniform(0.2, 0.8, (8, 1)) * (b - a)
        inside = geometry.contains(cell, spots - 40 * outwards)
        inside &= geometry.distance_to_outline(cell, spots - 40 * outwards) > 38
        out.extend(spots[inside] + outwards * rng.uniform(6, 16, (int(inside.sum()), 1)))
        if len(out) >= count and i % 2:
            break
    return np.array(out[:count]).reshape(-1, 2)


def _fly_tipping(sample: Sample, edition: int) -> Delivery:
    """Unplotted reports, one heap reported twice, points just over the boundary, private land since 2024."""
    rng = sample.rng("ldc_fly_tipping", edition)
    counts = sample.truth.whole("ldc_fly_tipping", "incidents", edition)
    spots: list[np.ndarray] = []
    for w, count in enumerate(counts):
        edge = _beyond_edge(sample, w, min(int(count) // 12, 4), rng)
        spots += [edge, geometry.sample_points(sample.map.cells[w], int(count) - len(edge), rng, margin=0.03)]
    points = np.round(np.concatenate(spots))
    days = _apart(points, edition, rng)
    corner = sample.map.outline[rng.integers(0, len(sample.map.outline), 9)]
    centre = geometry.centroid(sample.map.outline)
    away = np.round(centre + (corner - centre) * rng.uniform(1.03, 1.2, (9, 1)))
    unplotted = max(6, len(points) // 33)
    again = rng.choice(len(points), size=len(points) // 16, replace=False)
    private = geometry.sample_points(sample.map.outline, len(points) // 8 if edition >= 2024 else 0, rng)
    start = dt.date(edition - 1, 4, 1)
    land = ("Highway", "Footpath / Bridleway", "Council land", "Back alleyway", "Watercourse / bank")
    rows: list[tuple[int, int, int, int, str]] = []  # day, order on the day, easting, northing, land
    for day, (x, y) in zip(days, points, strict=True):
        rows.append((int(day), 0, int(x), int(y), land[int(rng.integers(0, len(land)))]))
    for index in again:
        shift = rng.integers(-24, 25, 2)
        x, y = points[index] + shift
        rows.append((int(days[index]) + int(rng.integers(0, 2)), 1, int(x), int(y), land[0]))
    for x, y in away:
        rows.append((int(rng.integers(0, 360)), 0, int(x), int(y), land[0]))
    for _ in range(unplotted):
        rows.append((int(rng.integers(0, 360)), 0, 0, 0, land[int(rng.integers(0, len(land)))]))
    for x, y in np.round(private):
        rows.append((int(rng.integers(0, 360)), 0, int(x), int(y), "Private"))
    rows.sort(key=lambda row: row[:2])
    waste = ("Other household waste", "White goods", "Tyres", "Construction / demolition / excavation")
    sizes = ("Single black bag", "Car boot or less", "Small van load", "Transit van load")
    elsewhere = {("incidents", OUTSIDE, edition): len(away), ("incidents", UNALLOCATED, edition): unplotted}
    tail = [(waste[i % 4], sizes[i % 3], "On or near synthetic lane", "No action") for i in range(len(rows))]
    name = f"operations/flytips_{financial(edition)}"
    if edition <= 2024:
        header = ["Incident ID", "Date Reported", "Land Type", "Waste Type", "Size", "Easting", "Northing"]
        header += ["Location", "Action", "Cleared Date"]
        lines: list[list[object]] = []
        for i, ((day, _, x, y, ground), (kind, size, where, action)) in enumerate(
            zip(rows, tail, strict=True)
        ):
            when = start + dt.timedelta(days=day)
            spot = (["0", "0"] if i % 2 else ["000000", "000000"]) if x == 0 else [str(x), str(y)]
            done = (when + dt.timedelta(days=3)).strftime("%d/%m/%Y")
            number = f"FT{edition % 100:02d}-{i:06d}"
            lines.append([number, when.strftime("%d/%m/%Y"), ground, kind, size, *spot, where, action, done])
        files = {f"{name}.csv": delimited(header, lines, encoding="utf-8-sig", newline="\r\n")}
    else:
        header = ["Incident Ref", "Reported", "Land Type", "Waste Type", "Size", "Easting", "Northing"]
        header += ["Location", "Action", "Cleared"]
        book: list[list[str | int | float | dt.date | None]] = [
            [f"Fly-tipping {financial(edition)}: synthetic sample"]
        ]
        book.append([*header])
        for i, ((day, _, x, y, ground), (kind, size, where, action)) in enumerate(
            zip(rows, tail, strict=True)
        ):
            when = start + dt.timedelta(days=day)
            # Dates arrive as date cells, as bare serial numbers and as text, in one sheet.
            shown: str | int | dt.date = when
            if i % 9 == 4:
                shown = (when - dt.date(1899, 12, 30)).days
            elif i % 9 == 7:
                shown = when.strftime("%d/%m/%Y")
            number = f"FT{edition % 100:02d}-{i:06d}"
            book.append([number, shown, ground, kind, size, x, y, where, action, when + dt.timedelta(days=3)])
        sheets = [Sheet("Read me", [["Synthetic sample"]]), Sheet(f"Incidents {financial(edition)}", book)]
        files = {f"{name}.xlsx": xlsx(sheets, "Fly-tipping incidents")}
    return Delivery(files, years=(edition,), elsewhere=elsewhere, rows=len(rows))


DATASETS = (
    SampleDataset(
        "ldc_electoral_register",
        (
            Series("electors_18_plus", "free_residents_18_plus", "binomial", 0.925, (0.62, 0.995), -0.6, 0.3),
            Series("electors_16_17", "persons_16_17", "binomial", 0.45, (0.1, 0.9), -0.5, 0.35, 0.02),
        ),
        _electoral_register,
    ),
    SampleDataset(
        "ldc_election_results",
        (
            Series(
                "electorate",
                "persons_18_plus",
                "binomial",
                0.92,
                (0.62, 0.995),
                -0.6,
                0.3,
                years=(2019, 2023),
                contested=True,
            ),
            Series(
                "votes_cast",
                "electorate",
                "binomial",
                0.305,
                (0.16, 0.6),
                -0.7,
                0.22,
                years=(2019, 2023),
                contested=True,
            ),
            Series("seats", "councillors", "exact", 1, (1, 1), years=(2019, 2023)),
            Series("candidates", "seats", "at_least", 1.75, (1.3, 2.6), 0, 0.15, years=(2019, 2023)),
        ),
        _election_results,
        editions=(2022, 2023),
    ),
    SampleDataset(
        "ldc_leisure_membership",
        (
            Series(
                "regular_members", "free_residents_16_plus", "binomial", 0.075, (0.012, 0.22), -0.5, 0.4, 0.02
            ),
        ),
        _leisure_membership,
    ),
    SampleDataset(
        "ldc_council_tax_recovery",
        (Series("properties", "dwellings", "binomial", 0.034, (0.008, 0.12), 0.8, 0.5, 0.03),),
        _council_tax_recovery,
    ),
    SampleDataset(
        "ldc_env_health_requests",
        (
            Series("noise_addresses", "households", "poisson", 0.0062, (0.0015, 0.03), 0.6, 0.4),
            Series("sanitation_addresses", "households", "poisson", 0.0075, (0.002, 0.035), 0.5, 0.4, -0.01),
        ),
        _env_health_requests,
    ),
    SampleDataset(
        "ldc_fly_tipping",
        (Series("incidents", "persons", "poisson", 0.0135, (0.002, 0.07), 0.3, 0.55, 0.02),),
        _fly_tipping,
    ),
)
