"""Deliveries of the district council whose rows must be shared out: polls, the residents' survey, waste.

Belongs here: ballot boxes, weighted survey answers, weighbridge tickets and the round book, each with its
series and one writer. Does not belong here: feeds of single cases (`council_cases.py`).
"""

from __future__ import annotations

import calendar
import datetime as dt
import math

import numpy as np

from spi_orchestration.sample.datasets.base import (
    Delivery,
    Sample,
    SampleDataset,
    hashed,
    home_postcodes,
    lost_postcodes,
    scribbled,
    shuffled,
)
from spi_orchestration.sample.datasets.council import gazetteer_edition, postal_electors
from spi_orchestration.sample.truth import UNALLOCATED, Series
from spi_orchestration.sample.writers.delimited import delimited
from spi_orchestration.sample.writers.spreadsheet import Cell, Sheet, xlsx

__all__ = ["DATASETS"]

# --- ballot boxes ---------------------------------------------------------------------------------

_POLLS = {2022: dt.date(2019, 12, 12), 2025: dt.date(2024, 7, 4)}
_BOX_HEADERS = {
    False: ("Box No", "Polling Station", "PD(s)", "Ballot papers issued", "Ballot papers verified"),
    True: ("Box", "Polling station", "Polling districts", "Papers issued", "Papers verified"),
}


def _station_boxes(sample: Sample, rng: np.random.Generator) -> list[list[int]]:
    """Polling districts of each box: one, or two neighbours of one ward and constituency."""
    districts = sample.map.districts
    boxes: list[list[int]] = []
    for i in range(len(districts.codes)):
        last = boxes[-1] if boxes else []
        alike = (
            len(last) == 1
            and districts.ward[last[0]] == districts.ward[i]
            and districts.constituency[last[0]] == districts.constituency[i]
        )
        if alike and rng.random() < 0.3:
            last.append(i)
        else:
            boxes.append([i])
    return boxes


def _polling_district_turnout(sample: Sample, edition: int) -> Delivery:
    """Boxes of several districts, postal votes in boxes of their own, one constituency in a second file.

    Four of five postal voters vote in every polling district, so that sharing the postal boxes by postal
    electors gives back what happened.
    """
    day = _POLLS[edition]
    rng = sample.rng("ldc_polling_district_turnout", day)
    districts = sample.map.districts
    late = day.year > 2019
    postal = postal_electors(sample, edition - 1)
    boxes = _station_boxes(sample, rng)
    electorate, votes = np.zeros(len(boxes), dtype=int), np.zeros(len(boxes), dtype=int)
    truth = {
        measure: sample.truth.whole("ldc_polling_district_turnout", measure, day.year)
        for measure in ("electorate", "ballots_verified")
    }
    ward_of = np.array([districts.ward[box[0]] for box in boxes])
    for w in range(len(sample.wards)):
        inside = np.flatnonzero(ward_of == w)
        share = np.array([districts.weight[boxes[i]].sum() for i in inside])
        by_post = int(postal[districts.ward == w].sum())
        electorate[inside] = rng.multinomial(truth["electorate"][w] - by_post, share / share.sum())
        in_person = int(truth["ballots_verified"][w]) - by_post * 4 // 5
        votes[inside] = rng.multivariate_hypergeometric(electorate[inside], in_person)
    out = Delivery({}, years=(day.year,))
    number, station, named, issued, verified = _BOX_HEADERS[late]
    for constituency in sorted({name for name in districts.constituency}):
        table: list[list[Cell]] = [[number, station, named, "Electorate", issued, verified, "Variance"]]
        first = 1 if constituency == "Lichfield" else 201
        for i, box in enumerate(boxes):
            if districts.constituency[box[0]] != constituency:
                continue
            codes = (", " if i % 2 else ",").join(districts.codes[d] for d in box)
            papers = int(votes[i]) + int(rng.random() < 0.1)
            variance = int(votes[i]) - papers
            name = f"Synthetic hall {i + 1}"
            table.append(
                [first + len(table) - 1, name, codes, int(electorate[i]), papers, int(votes[i]), variance]
            )
        here = np.array([name == constituency for name in districts.constituency])
        by_post = int(postal[here].sum())
        parts = rng.multinomial(by_post // 5, np.full(4, 0.25))
        for i, part in enumerate(parts, 1):
            table.append(
                [first + len(table) - 1, f"PV {i}", None, 5 * int(part), 4 * int(part), 4 * int(part), 0]
            )
        total = [sum(int(str(row[c])) for row in table[1:]) for c in (3, 4, 5, 6)]
        out.rows += len(table) - 1
        table.append(["Total", None, None, *total])
        suffix = "" if constituency == "Lichfield" else f"_{constituency.lower()}"
        name = f"electoral/verification_ukpge_{day.year}{suffix}.xlsx"
        out.files[name] = xlsx([Sheet("Verification", table)], "Verification of ballot boxes")
    return out


# --- residents' survey ----------------------------------------------------------------------------

_QUESTIONS = ("influence", "belong", "online")


def _answers(agree: int, disagree: int, none: int, rng: np.random.Generator) -> list[int]:
    """Answers of a ward's respondents, in pairs of neighbours that nearly always agree in kind."""
    kinds = [1] * agree + [0] * disagree + [-1] * none
    pairs = [kinds[i : i + 2] for i in range(0, len(kinds) - 1, 2)]
    order = shuffled(pairs, rng)
    return [kind for pair in order for kind in pair] + kinds[2 * len(pairs) :]


def _residents_survey(sample: Sample, edition: int) -> Delivery:
    """Weights that differ from person to person, don't knows, partial postcodes, comments.

    Neighbours in the list with the same kinds of answers weigh as much more and less than one as each
    other, so the weighted sums of a ward are the counts of the truth.
    """
    rng = sample.rng("ldc_residents_survey", edition)
    numbers = {
        measure: sample.truth.whole("ldc_residents_survey", measure, edition)
        for measure in ("respondents", *(f"{q}_{part}" for q in _QUESTIONS for part in ("valid", "agree")))
    }
    homes = iter(scribbled(home_postcodes(sample, numbers["respondents"], rng), rng))
    people: list[tuple[str, float, list[int]]] = []
    for w in range(len(sample.wards)):
        total = int(numbers["respondents"][w])
        kinds = [
            _answers(
                int(numbers[f"{q}_agree"][w]),
                int(numbers[f"{q}_valid"][w] - numbers[f"{q}_agree"][w]),
                int(total - numbers[f"{q}_valid"][w]),
                rng,
            )
            for q in _QUESTIONS
        ]
        answers = list(zip(*kinds, strict=True))
        weights = [1.0] * total
        for i in range(0, total - 1, 2):
            if answers[i] == answers[i + 1]:
                more = float(rng.integers(1, 7)) / 10
                weights[i], weights[i + 1] = round(1 + more, 1), round(1 - more, 1)
        people.extend(
            (next(homes), weight, list(kind)) for weight, kind in zip(weights, answers, strict=True)
        )
    elsewhere: dict[tuple[str, str, int], int] = {}
    lost = lost_postcodes(sample, 40, 60, rng) + [("WS00", UNALLOCATED)] * 30 + [("ws01 2", UNALLOCATED)] * 20
    for code, place in lost:
        kind = [int(k) for k in rng.integers(-1, 2, 3)]
        people.append((code, 1.0, kind))
        measures = ["respondents"]
        measures += [f"{q}_valid" for q, k in zip(_QUESTIONS, kind, strict=True) if k >= 0]
        measures += [f"{q}_agree" for q, k in zip(_QUESTIONS, kind, strict=True) if k == 1]
        for measure in measures:
            elsewhere[measure, place, edition] = elsewhere.get((measure, place, edition), 0) + 1

    def answer(kind: int) -> int:
        return int(rng.choice({1: (4, 5), 0: (1, 2, 3), -1: (8, 9)}[kind]))

    bands = ("18-34", "35-54", "55-74", "75+")
    rows = [
        [
            hashed("survey", sample.seed, edition, i),
            str(edition),
            code,
            bands[i % 4],
            ("F", "M")[i % 2],
            f"{weight:.1f}",
            answer(kind[0]),
            answer(kind[1]),
            int(rng.integers(1, 6)),
            int(rng.integers(1, 6)),
            answer(kind[2]),
            int(rng.integers(1, 6)),
            "Synthetic comment" if i % 17 == 0 else "",
        ]
        for i, (code, weight, kind) in enumerate(shuffled(people, rng))
    ]
    header = ["respondent_id", "wave", "postcode", "age_band", "sex", "weight", "q_influence", "q_belong"]
    header += ["q_safe_day", "q_safe_dark", "q_online_tasks", "q_satisfaction_area", "comments"]
    if edition > 2022:
        header = ["RespondentID", "Wave", "Postcode", "AgeBand", "Sex", "Weight", "Q4_Influence", "Q5_Belong"]
        header += ["Q6_SafeDay", "Q7_SafeDark", "Q9_OnlineTasks", "Q1_SatisfactionArea", "Comments"]
    content = delimited(header, rows)
    return Delivery(
        {f"policy/residents_survey_{edition}.csv": content}, (edition,), elsewhere=elsewhere, rows=len(rows)
    )


# --- collection rounds ----------------------------------------------------------------------------

_HOMES_A_ROUND = 1400
#: Share of a ward's homes that a round of the next ward serves, and of homes from over the boundary.
_CROSSING, _ABROAD = 0.08, 0.12
_REROUTED = dt.date(2026, 1, 5)


def _rounds(sample: Sample, network: str) -> tuple[dict[str, list[str]], dict[str, np.ndarray]]:
    """Homes on each round, and how many of each ward; homes of another council come on top.

    Args:
        sample: the sample.
        network: `R` for the rounds before the re-routing of 2026, `F` for those after it.
    """
    addresses, wards = sample.map.addresses, sample.wards
    listed = addresses.home & (addresses.built <= gazetteer_edition(2022 if network == "R" else 2026))
    names: list[list[str]] = []
    homes: dict[str, list[str]] = {}
    counts: dict[str, np.ndarray] = {}
    for w, ward in enumerate(wards):
        number = max(1, round(ward.households / _HOMES_A_ROUND) + (network == "F"))
        names.append([f"{network}{w + 1:02d}{chr(65 + i)}" for i in range(number)])
        for name in names[w]:
            homes[name], counts[name] = [], np.zeros(len(wards), dtype=int)
    for w, ward in enumerate(wards):
        inside = np.flatnonzero(listed & (addresses.ward == w))
        inside = inside[np.argsort(addresses.points[inside, 0], kind="stable")]
        crossing = round(_CROSSING * len(inside))
        parts = np.array_split(inside[crossing:], len(names[w]))
        placed = [*zip(names[w], parts, strict=True), (names[(w + 1) % len(wards)][0], inside[:crossing])]
        for name, part in placed:
            homes[name].extend(addresses.uprn[i] for i in part)
            counts[name][w] += len(part)
        if "Tamworth" in ward.constituencies:
            own = names[w][0]
            abroad = round(_ABROAD * len(homes[own]))
            homes[own].extend(f"977{ord(network)}{w:02d}{i:05d}" for i in range(abroad))
    return homes, counts


def _round_book(sample: Sample, edition: int) -> Delivery:
    """One row a round and home; the book of 2026 keeps the rounds that ended."""
    late = edition >= 2026
    end = _REROUTED - dt.timedelta(days=1)
    rows: list[list[object]] = []
    for network in ("R", "F") if late else ("R",):
        since = _REROUTED if network == "F" else dt.date(2021, 4, 5)
        until = end.isoformat() if late and network == "R" else ""
        streams = "RES+DMR+GDN" if network == "R" else "RES+DMR+GDN+FOOD"
        for name, homes in _rounds(sample, network)[0].items():
            rows.extend([name, uprn, streams, since.isoformat(), until] for uprn in homes)
    header = ["round", "uprn", "stream", "valid_from", "valid_to"]
    return Delivery({f"waste/round_book_{edition}.csv": delimited(header, rows)}, rows=len(rows))


#: Materials and their share of what is recycled, before food waste and with it.
_RECYCLED = {"R": {"DMR": 0.62, "GDN": 0.38}, "F": {"DMR": 0.5, "GDN": 0.28, "FOOD": 0.22}}
_NEW_CODES = {"RES": "RESIDUAL", "DMR": "DRY-MIX", "GDN": "GARDEN"}
_LOAD_KG = 9000


def _loads(kilograms: int) -> list[int]:
    """Loads of a vehicle that add up, in tens of kilograms."""
    count = max(1, math.ceil(kilograms / _LOAD_KG))
    each = kilograms // count // 10 * 10
    return [*[each] * (count - 1), kilograms - each * (count - 1)]


def _kerbside_recycling(sample: Sample, edition: int) -> Delivery:
    """Negative tickets, tonnes among kilograms, new codes in the middle of a year, the neighbours' rounds."""
    rng = sample.rng("ldc_kerbside_recycling", edition)
    collected = sample.truth.whole("ldc_kerbside_recycling", "collected_tonnes", edition)
    recycled = sample.truth.whole("ldc_kerbside_recycling", "recycled_tonnes", edition)
    networks = {name: _rounds(sample, name) for name in ("R", "F")}
    out = Delivery({}, years=(edition,))
    names = ["Ticket", "Date", "Vehicle", "Round", "Material", "Net kg", "Destination", "Council"]
    if edition >= 2024:
        names = ["Ticket No", "Date", "Vehicle Reg", "Round", "Material Code", "Net (kg)"]
        names += ["Destination", "Council"]
    for m in range(4, 16):
        month = dt.date(edition - 1 + (m > 12), (m - 1) % 12 + 1, 1)
        network = "F" if month >= _REROUTED.replace(day=1) else "R"
        homes, counts = networks[network]
        in_ward = sum(counts.values(), np.zeros(len(sample.wards), dtype=int))
        rows: list[tuple[str, str, int, str]] = []
        for name in homes:
            at = counts[name] / in_ward
            # Homes over the boundary throw away as much as the homes of the round within it.
            abroad = len(homes[name]) / max(1, int(counts[name].sum()))
            council = "JOINT" if abroad > 1 else "LDC"
            whole = 1000 * float((collected * at).sum()) * abroad / 12
            kept = 1000 * float((recycled * at).sum()) * abroad / 12
            amounts = {kind: kept * share for kind, share in _RECYCLED[network].items()}
            amounts["RES"] = whole - kept
            tens = {kind: 10 * round(amount / 10) for kind, amount in amounts.items()}
            if rng.random() < 0.15:
                # A load of dry recycling is refused: off there, and weighed again as residual waste.
                refused = 10 * int(rng.integers(30, 90))
                rows += [(name, "DMR", refused, council), (name, "DMR", -refused, council)]
                rows.append((name, "RES", refused, council))
                tens["RES"] -= refused
            for kind, kilograms in tens.items():
                rows += [(name, kind, load, council) for load in _loads(kilograms)]
        for i in range(6):
            rows.append((f"T{i + 1:02d}A", "RES", 7000 + 10 * i, "TBC"))
        last = calendar.monthrange(month.year, month.month)[1]
        renamed = (edition == 2025 and m >= 10) or edition > 2025
        tonnes = edition <= 2023 and m in (6, 7)
        lines: list[list[object]] = []
        for i, (name, kind, kilograms, council) in enumerate(shuffled(rows, rng)):
            when = month.replace(day=1 + i * last // len(rows)).strftime("%d/%m/%Y")
            net = f"{kilograms / 1000:.2f}" if tonnes and i % 2 else kilograms
            code = _NEW_CODES.get(kind, kind) if renamed else kind
            place = "Synthetic transfer station"
            number = f"W{month:%y%m}{i:05d}"
            lines.append([number, when, f"SYN {i % 9}", name, code, net, place, council])
        out.files[f"waste/weighbridge_{month:%Y%m}.csv"] = delimited(names, lines)
        out.rows += len(lines)
    return out


DATASETS = (
    SampleDataset(
        "ldc_polling_district_turnout",
        (
            Series(
                "electorate",
                "persons_18_plus",
                "binomial",
                0.93,
                (0.7, 0.995),
                -0.5,
                0.25,
                years=(2019, 2024),
            ),
            Series(
                "ballots_verified",
                "electorate",
                "binomial",
                0.66,
                (0.45, 0.88),
                -0.7,
                0.2,
                years=(2019, 2024),
            ),
        ),
        _polling_district_turnout,
        editions=(2022, 2025),
    ),
    SampleDataset(
        "ldc_residents_survey",
        (
            Series(
                "respondents",
                "persons_18_plus",
                "binomial",
                0.045,
                (0.025, 0.12),
                -0.3,
                0.2,
                years=(2022, 2024, 2026),
            ),
            Series(
                "influence_valid",
                "respondents",
                "binomial",
                0.92,
                (0.8, 0.99),
                0,
                0.1,
                years=(2022, 2024, 2026),
            ),
            Series(
                "influence_agree",
                "influence_valid",
                "binomial",
                0.31,
                (0.08, 0.7),
                -0.5,
                0.3,
                years=(2022, 2024, 2026),
            ),
            Series(
                "belong_valid",
                "respondents",
                "binomial",
                0.96,
                (0.85, 0.995),
                0,
                0.1,
                years=(2022, 2024, 2026),
            ),
            Series(
                "belong_agree",
                "belong_valid",
                "binomial",
                0.69,
                (0.35, 0.97),
                -0.5,
                0.3,
                years=(2022, 2024, 2026),
            ),
            Series(
                "online_valid", "respondents", "binomial", 0.94, (0.8, 0.99), 0, 0.1, years=(2022, 2024, 2026)
            ),
            Series(
                "online_agree",
                "online_valid",
                "binomial",
                0.8,
                (0.45, 0.98),
                -0.4,
                0.3,
                years=(2022, 2024, 2026),
            ),
        ),
        _residents_survey,
        editions=(2022, 2024, 2026),
    ),
    SampleDataset(
        "ldc_kerbside_recycling",
        (
            Series("collected_tonnes", "households", "poisson", 0.88, (0.6, 1.3), 0.2, 0.07, -0.005),
            Series("recycled_tonnes", "collected_tonnes", "binomial", 0.45, (0.25, 0.68), -0.5, 0.15, 0.02),
        ),
        _kerbside_recycling,
    ),
    SampleDataset("ref_round_book", (), _round_book, editions=(2022, 2026)),
)
