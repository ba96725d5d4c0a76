"""Deliveries of the county council's adult social care and public health teams.

Belongs here: for each of these datasets its series and one writer, with the quirks its files are known
for. Does not belong here: the county's other feeds (`county.py`, `county_education.py`).
"""

from __future__ import annotations

import math

from spi_orchestration.sample.datasets.base import Delivery, Sample, SampleDataset, financial, parts
from spi_orchestration.sample.truth import UNALLOCATED, Control, Series
from spi_orchestration.sample.wards import YEARS
from spi_orchestration.sample.writers.delimited import delimited

__all__ = ["DATASETS"]

_NHS = Control("*", 1, 7, base=5)


def _fin_year(year: int, edition: int) -> str:
    """Both notations of the financial year occur."""
    return financial(year) if edition % 2 else financial(year).replace("-", "/")


def _long_term(sample: Sample, edition: int) -> Delivery:
    """Direct and part direct payments apart; homes out of the district without a ward; new return in 2024."""
    years = (edition - 1, edition) if edition == 2022 else (edition,)
    out = Delivery({}, years=years)
    rows: list[list[object]] = []
    for year in years:
        rng = sample.rng("scc_asc_long_term", year)
        clients = sample.truth.whole("scc_asc_long_term", "clients", year)
        direct = sample.truth.whole("scc_asc_long_term", "direct_payment_clients", year)
        shown = _fin_year(year, edition)
        for w, ward in enumerate(sample.wards):
            old = parts(int(direct[w]), int(clients[w]), 0.55, rng)
            young = (int(clients[w]) - old[0], int(direct[w]) - old[1])
            for band, (people, paid) in (("18-64", young), ("65+", old)):
                whole = int(rng.binomial(paid, 0.7))
                managed = paid + int(rng.binomial(people - paid, 0.8))
                rows.append([shown, ward.code, band, people, managed, whole, paid - whole])
        rows += [[shown, "", "18-64", 5, 4, 1, 1], [shown, "", "65+", 9, 7, 1, 0]]
        out.elsewhere |= {
            ("clients", UNALLOCATED, year): 14,
            ("direct_payment_clients", UNALLOCATED, year): 3,
        }
    header = ["FIN_YEAR", "WARD_CODE", "AGE_BAND", "CLIENTS", "SDS", "DIRECT_PAYMENT", "PART_DP"]
    if edition >= 2024:
        header = ["Financial_Year", "Ward_Code", "Age_Band", "Clients_LTS_Community", "Self_Directed_Support"]
        header += ["Direct_Payment_Only", "Part_Direct_Payment"]
    name = f"adult_social_care/ASC_LTS_{financial(edition)}.csv"
    out.files[name] = delimited(header, rows, encoding="cp1252" if edition <= 2023 else "utf-8-sig")
    out.rows = len(rows)
    return out


def _reablement(sample: Sample, edition: int) -> Delivery:
    """One quarter's discharges a year; the dead stay in the denominator; three years in the first file."""
    last = edition - 1
    years = (last - 2, last - 1, last) if edition == 2022 else (last,)
    rows: list[list[object]] = []
    for year in years:
        rng = sample.rng("scc_asc_reablement", year)
        discharged = sample.truth.whole("scc_asc_reablement", "discharged", year)
        home = sample.truth.whole("scc_asc_reablement", "home_at_91", year)
        for w, ward in enumerate(sample.wards):
            died = int(rng.binomial(discharged[w] - home[w], 0.6))
            rows.append([year, ward.code, int(discharged[w]), int(home[w]), died])
    header = ["YEAR", "WARD_CODE", "DISCHARGED_65PLUS", "HOME_AT_91", "DIED"]
    if edition >= 2025:
        header = ["Discharge_Year", "Ward_Code", "Discharged_65_Plus", "At_Home_Day_91", "Died_By_Day_91"]
    name = f"adult_social_care/ASC_REABLE_{last}.csv"
    return Delivery({name: delimited(header, rows, newline="\r\n")}, years=years, rows=len(rows))


_BANDS = {"18-24": 0.1, "25-34": 0.15, "35-44": 0.16, "45-54": 0.17, "55-64": 0.17, "65+": 0.25}


def _smoking(sample: Sample, edition: int) -> Delivery:
    """Bands rounded each by itself beside a rounded total; `*` for 1 to 7."""
    rng = sample.rng("scc_smoking", edition)
    registered, recorded, smokers = (
        sample.truth.whole("scc_smoking", measure, edition)
        for measure in ("registered", "status_recorded", "current_smokers")
    )
    shown = f"31/03/{edition}" if edition <= 2024 else f"{edition}-03-31"
    rows: list[list[str]] = []
    for w, ward in enumerate(sample.wards):
        smoking = rng.multinomial(smokers[w], list(_BANDS.values()))
        others = rng.multinomial(recorded[w] - smokers[w], list(_BANDS.values()))
        unknown = rng.multinomial(registered[w] - recorded[w], list(_BANDS.values()))
        for band, (smoke, other, none) in zip(
            _BANDS, zip(smoking, others, unknown, strict=True), strict=True
        ):
            counts = (int(smoke + other + none), int(smoke + other), int(smoke))
            rows.append([shown, ward.code, band, *map(_NHS.text, counts)])
        counts = (int(registered[w]), int(recorded[w]), int(smokers[w]))
        rows.append([shown, ward.code, "18+", *map(_NHS.text, counts)])
    header = ["Extract_Date", "Ward_Code", "Age_Band", "Registered", "Status_Recorded", "Current_Smoker"]
    if edition >= 2025:
        header = ["Extract_Date", "Ward_Code", "Age_Band", "List_Size", "Smoking_Status_Known_5y"]
        header.append("Current_Smokers")
    name = f"public_health/SMOKING_WARD_{edition}03.csv"
    return Delivery({name: delimited(header, rows)}, years=(edition,), rows=len(rows))


def _health_checks(sample: Sample, edition: int) -> Delivery:
    """Five years in each file; more received than invited in 2020-21; checks at work have no ward."""
    years = tuple(range(edition - 4, edition + 1))
    out = Delivery({}, years=years)
    rows: list[list[str]] = []
    for year in years:
        rng = sample.rng("scc_health_checks", year)
        invited = sample.truth.whole("scc_health_checks", "invited", year)
        received = sample.truth.whole("scc_health_checks", "received", year)
        shown = _fin_year(year, edition)
        for w, ward in enumerate(sample.wards):
            eligible = int(received[w]) * 9 + int(rng.integers(0, 40))
            rows.append([shown, ward.code, *map(_NHS.text, (eligible, int(invited[w]), int(received[w])))])
        workplace = 5 * int(rng.integers(3, 9))
        rows.append([shown, "", "0", "0", str(workplace)])
        out.elsewhere[("received", UNALLOCATED, year)] = workplace
    header = ["Fin_Year", "Ward_Code", "Eligible", "Invited", "Received"]
    if edition >= 2024:
        header = ["Financial_Year", "Ward_Code", "Eligible_Population", "Checks_Offered", "Checks_Received"]
    out.files[f"public_health/NHSHC_WARD_{financial(edition)}.csv"] = delimited(header, rows)
    out.rows = len(rows)
    return out


def _interval(count: int) -> tuple[float, float]:
    """Byar's 95 % interval of a count (Breslow and Day, 1987)."""
    low = count * (1 - 1 / (9 * count) - 1.96 / (3 * math.sqrt(count))) ** 3 if count else 0.0
    above = count + 1
    return low, above * (1 - 1 / (9 * above) + 1.96 / (3 * math.sqrt(above))) ** 3


def _falls(sample: Sample, edition: int) -> Delivery:
    """Three years in one row; rate and interval from exact counts beside rounded admissions."""
    out = Delivery({}, years=(edition,))
    people = sample.people.ages(65, 90)[:, YEARS.index(edition)]
    admissions = sample.truth.whole("scc_falls", "admissions", edition)
    rate = sample.truth.counts("scc_falls", "rate", edition)
    period = f"{financial(edition - 2)} to {financial(edition)}"
    rows: list[list[str]] = []
    for w, ward in enumerate(sample.wards):
        count = int(admissions[w])
        cells = [_NHS.text(count), str(int(people[w]))]
        if cells[0] == "*":
            out.withheld.add(("rate", ward.code, edition))
            cells += ["*", "*", "*"]
        else:
            factor = rate[w] / count if count else 100000 / 3 / people[w]
            cells += [f"{rate[w]:.1f}", *(f"{end * factor:.1f}" for end in _interval(count))]
        rows.append([period, ward.code, *cells])
    header = ["Period", "Ward_Code", "Admissions", "Pop_65plus", "DSR_per_100k", "LCI", "UCI"]
    if edition >= 2025:
        header = ["Period", "Ward_Code", "Emergency_Admissions", "Population_65_Plus", "DSR_ESP2013"]
        header += ["Lower_CI_95", "Upper_CI_95"]
    name = f"public_health/FALLS_WARD_{financial(edition - 2)}_{financial(edition)}.csv"
    out.files[name] = delimited(header, rows)
    out.rows = len(rows)
    return out


def _infant_feeding(sample: Sample, edition: int) -> Delivery:
    """Valid only where 95 % of feeding is known; three years in the first file."""
    years = (edition - 2, edition - 1, edition) if edition == 2022 else (edition,)
    out = Delivery({}, years=years)
    rows: list[list[object]] = []
    for year in years:
        rng = sample.rng("scc_infant_feeding", year)
        known = sample.truth.whole("scc_infant_feeding", "status_known", year)
        breastfed = sample.truth.whole("scc_infant_feeding", "breastfed", year)
        for w, ward in enumerate(sample.wards):
            # Where few are missing, one in twenty wards misses too many.
            missing = int(known[w]) // 12 + 1 if rng.random() < 0.05 else int(rng.binomial(known[w], 0.012))
            due = int(known[w]) + missing
            if int(known[w]) < 0.95 * due:
                out.withheld |= {("status_known", ward.code, year), ("breastfed", ward.code, year)}
            totally = int(rng.binomial(breastfed[w], 0.66))
            shown = _fin_year(year, edition)
            rows.append([shown, ward.code, due, int(known[w]), totally, int(breastfed[w]) - totally])
    header = ["Fin_Year", "Ward_Code", "Infants_Due", "Status_Known", "Totally", "Partially"]
    if edition >= 2024:
        header = ["Financial_Year", "Ward_Code", "Reviews_Due", "Feeding_Status_Known", "Totally_Breastfed"]
        header.append("Partially_Breastfed")
    content = delimited(header, rows, encoding="utf-8-sig", newline="\r\n")
    out.files[f"public_health/BF68_WARD_{financial(edition)}.csv"] = content
    out.rows = len(rows)
    return out


#: Nobody was invited while the programme was suspended in 2020-21; some came who had been before.
_INVITED = (2018, 2019, 2020, 2022, 2023, 2024, 2025, 2026)

DATASETS = (
    SampleDataset(
        "scc_asc_long_term",
        (
            Series("clients", "persons_18_plus", "binomial", 0.0085, (0.003, 0.025), 0.6, 0.25),
            Series("direct_payment_clients", "clients", "binomial", 0.27, (0.06, 0.6), -0.2, 0.3),
        ),
        _long_term,
    ),
    SampleDataset(
        "scc_asc_reablement",
        (
            Series("discharged", "persons_65_plus", "binomial", 0.0075, (0.003, 0.02), 0.4, 0.25),
            Series("home_at_91", "discharged", "binomial", 0.83, (0.55, 0.97), -0.4, 0.35),
        ),
        _reablement,
    ),
    SampleDataset(
        "scc_smoking",
        (
            Series("registered", "persons_18_plus", "binomial", 0.91, (0.6, 0.98), 0, 0.5, control=_NHS),
            Series("status_recorded", "registered", "binomial", 0.92, (0.8, 0.98), 0, 0.2, control=_NHS),
            Series(
                "current_smokers",
                "status_recorded",
                "binomial",
                0.125,
                (0.035, 0.35),
                0.85,
                0.35,
                -0.04,
                control=_NHS,
            ),
        ),
        _smoking,
    ),
    SampleDataset(
        "scc_health_checks",
        (
            Series(
                "invited", "age:40-74", "binomial", 0.13, (0.08, 0.2), 0, 0.15, years=_INVITED, control=_NHS
            ),
            Series("received", "age:40-74", "poisson", 0.057, (0.02, 0.11), -0.3, 0.2, 0.02, control=_NHS),
        ),
        _health_checks,
    ),
    SampleDataset(
        "scc_falls",
        (
            Series("admissions", "persons_65_plus", "poisson", 0.062, (0.02, 0.13), 0.5, 0.22, control=_NHS),
            Series("rate", "admissions", "percentage", 0.062, (0, 1), decimals=1, per=100000 / 3),
        ),
        _falls,
    ),
    SampleDataset(
        "scc_infant_feeding",
        (
            Series("status_known", "age:0-0", "binomial", 0.95, (0.85, 0.99), 0, 0.1),
            Series("breastfed", "status_known", "binomial", 0.5, (0.2, 0.85), -0.7, 0.35, 0.02),
        ),
        _infant_feeding,
    ),
)
