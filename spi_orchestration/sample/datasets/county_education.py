"""Deliveries of the county council's education teams: key stages 4 and 5, exclusions, meals, needs.

Belongs here: for each of these datasets its series and one writer, with the quirks its files are known
for. Does not belong here: the county's other feeds (`county.py`, `county_care.py`).
"""

from __future__ import annotations

import datetime as dt

import numpy as np

from spi_orchestration.sample.datasets.base import Delivery, Sample, SampleDataset, academic, parts, slash
from spi_orchestration.sample.truth import UNALLOCATED, Control, Series
from spi_orchestration.sample.writers.delimited import delimited
from spi_orchestration.sample.writers.spreadsheet import Cell, Sheet, xlsx

__all__ = ["DATASETS"]

_SCHOOL = Control("c", 1, 4)


def _name(stem: str, year: int) -> str:
    return f"education/{stem}_{year - 1}{year % 100:02d}"


def _ks4(sample: Sample, edition: int) -> Delivery:
    """A workbook with titles above and notes below; pupil groups; the assessed years in the first file."""
    last = edition - 1
    years = (2019, 2020, 2021) if edition == 2022 else (last,)
    table: list[list[Cell]] = []
    for year in years:
        rng = sample.rng("scc_ks4", year)
        if year in _ASSESSED:
            # Teachers' grades were higher; the same pupils take the next examined year's place.
            pupils = sample.truth.whole("scc_ks4", "pupils", 2022)
            reached = np.minimum(pupils, sample.truth.whole("scc_ks4", "english_maths", 2022) + pupils // 9)
        else:
            pupils = sample.truth.whole("scc_ks4", "pupils", year)
            reached = sample.truth.whole("scc_ks4", "english_maths", year)
        for w, ward in enumerate(sample.wards):
            total = (int(pupils[w]), int(reached[w]))
            girls = parts(total[1], total[0], 0.49, rng)
            groups = {
                "All pupils": total,
                "Girls": girls,
                "Boys": (total[0] - girls[0], total[1] - girls[1]),
                "Disadvantaged": parts(total[1], total[0], 0.18, rng),
            }
            for group, (cohort, achieved) in groups.items():
                cells: list[Cell] = ["z", "z", "z"]
                if cohort:
                    points = round(cohort * 31 + achieved * 26 + float(rng.normal(0, 20)), 1)
                    cells = [_cell(cohort), _cell(achieved), points if cohort > 4 else "c"]
                table.append([academic(year, slash(edition)), ward.code, ward.name, group, *cells])
    header = [
        "Academic Year",
        "Ward Code",
        "Ward",
        "Group",
        "Pupils at end KS4",
        "EM 9-5",
        "Attainment 8 sum",
    ]
    sheet = "Ward"
    if edition >= 2025:
        header = [
            "Academic year",
            "Ward code",
            "Ward name",
            "Pupil group",
            "Pupils at the end of key stage 4",
        ]
        header += ["Grade 5 or above in English and maths", "Sum of Attainment 8"]
        sheet = f"Ward of residence {last}"
    title = f"Key Stage 4 by ward of residence, revised, {academic(last, True)}"
    head: list[list[Cell]] = [
        [title],
        ["OFFICIAL. Synthetic sample"],
        ["c stands for 1 to 4, z: no such pupils"],
        [],
    ]
    foot: list[list[Cell]] = [[], ["Source: county council, revised data"], ["Rows of groups do not add up."]]
    content = xlsx(
        [Sheet("Notes", [[title]]), Sheet(sheet, [*head, [*header], *table, *foot])],
        title,
    )
    name = f"{_name('SCC_KS4', last)}_revised.xlsx"
    return Delivery({name: content}, years=tuple(y for y in years if y not in _ASSESSED), rows=len(table))


def _cell(count: int) -> str | int:
    """Numbers stand as number cells, marks as text."""
    value = _SCHOOL.value(count)
    return _SCHOOL.mark if value is None else value


def _suspensions(sample: Sample, edition: int) -> Delivery:
    """Suspensions beside the pupils suspended; the first file holds two years; headers change in 2025."""
    last = edition - 1
    years = (last - 1, last) if edition == 2022 else (last,)
    rows: list[list[str]] = []
    for year in years:
        counts = [
            sample.truth.whole("scc_suspensions", measure, year)
            for measure in ("pupils", "suspensions", "pupils_suspended")
        ]
        for w, ward in enumerate(sample.wards):
            cells = [int(count[w]) for count in counts]
            out = _SCHOOL.text(cells[1] // 30)
            rows.append([academic(year, slash(edition)), ward.code, *map(_SCHOOL.text, cells), out])
    header = [
        "Academic_Year",
        "Ward_Code",
        "Pupils",
        "Suspensions",
        "Pupils_Suspended",
        "Permanent_Exclusions",
    ]
    if edition >= 2025:
        header = ["Academic_Year", "Ward_Code", "Pupils_On_Roll", "Number_of_Suspensions"]
        header += ["Number_of_Pupils_Suspended", "Number_of_Permanent_Exclusions"]
    content = delimited(header, rows, encoding="utf-8-sig", newline="\r\n")
    return Delivery({f"{_name('SCC_EXCLUSIONS', last)}.csv": content}, years=years, rows=len(rows))


def _ks5(sample: Sample, edition: int) -> Delivery:
    """Half entries; entries and points withheld with the students of a small ward."""
    last = edition - 1
    out = Delivery({}, years=(last,))
    rows: list[list[str]] = []
    students, entries, points = (
        sample.truth.counts("scc_ks5", measure, last) for measure in ("students", "entries", "points")
    )
    for w, ward in enumerate(sample.wards):
        count = int(students[w])
        cells = [_SCHOOL.text(count), f"{entries[w]:.1f}", f"{points[w]:.0f}"]
        if cells[0] == "c":
            cells = ["c", "c", "c"]
            out.withheld |= {("entries", ward.code, last), ("points", ward.code, last)}
        rows.append([academic(last, slash(edition)), ward.code, *cells])
    header = ["Academic_Year", "Ward_Code", "Students", "Entries", "Points"]
    if edition >= 2024:
        header = ["Academic_Year", "Ward_Code", "A_Level_Students", "A_Level_Entries", "A_Level_Points"]
        header, rows = [*header, "Large_Programmes"], [[*row, "z"] for row in rows]
    out.files[f"{_name('SCC_KS5', last)}.csv"] = delimited(header, rows)
    out.rows = len(rows)
    return out


def _level3(sample: Sample, edition: int) -> Delivery:
    """The cohort is named by the academic year it turned 19 in; three cohorts in the first file."""
    last = edition - 1
    years = (last - 2, last - 1, last) if edition == 2022 else (last,)
    rows: list[list[str]] = []
    for year in years:
        cohort = sample.truth.whole("scc_level3_by_19", "cohort", year)
        level3 = sample.truth.whole("scc_level3_by_19", "level3", year)
        for w, ward in enumerate(sample.wards):
            cells = [_SCHOOL.text(int(cohort[w])), _SCHOOL.text(int(level3[w]))]
            if edition >= 2024:
                cells.insert(1, _SCHOOL.text(int(level3[w] + (cohort[w] - level3[w]) * 2 // 3)))
            rows.append([academic(year, not slash(edition)), ward.code, *cells])
    header = ["Cohort_Year", "Ward_Code", "Cohort", "Level3"]
    if edition >= 2024:
        header = ["Age_19_In", "Ward_Code_At_16", "Cohort", "Level_2", "Level_3"]
    content = delimited(header, rows, encoding="utf-8-sig" if edition >= 2025 else "utf-8")
    return Delivery({f"education/SCC_L3_19_{last}.csv": content}, years=years, rows=len(rows))


def _participation(sample: Sample, edition: int) -> Delivery:
    """Three monthly files whose mean counts; 18 year olds among them; a few without a ward."""
    rng = sample.rng("scc_participation", edition)
    all_of = sample.truth.whole("scc_participation", "young_people", edition)
    idle = sample.truth.whole("scc_participation", "neet_or_not_known", edition)
    out = Delivery({}, years=(edition,))
    # From month to month the idle change, and come to three times their mean.
    change = np.minimum(rng.integers(0, 3, len(idle)), np.minimum(idle, all_of - idle))
    unknown = "Not Known" if edition >= 2025 else "Not known"
    header = ["Month", "Ward_Code", "Academic_Age", "Status", "Young_People"]
    if edition >= 2025:
        header = ["Return_Month", "Ward_Code", "Academic_Age", "Activity", "Cohort_Count"]
    months = (dt.date(edition - 1, 12, 1), dt.date(edition, 1, 1), dt.date(edition, 2, 1))
    for sign, month in zip((1, 0, -1), months, strict=True):
        shown = month.strftime("%Y-%m") if edition % 2 else f"{_MONTHS[month.month]}-{month.year % 100:02d}"
        rows: list[list[object]] = []
        for w, ward in enumerate(sample.wards):
            out_of_work = int(idle[w] + sign * change[w])
            younger = int(rng.binomial(all_of[w], 0.5))
            young_idle = (
                int(rng.hypergeometric(out_of_work, all_of[w] - out_of_work, younger)) if younger else 0
            )
            for age, cohort, resting in (
                (16, younger, young_idle),
                (17, int(all_of[w]) - younger, out_of_work - young_idle),
                (18, int(rng.binomial(all_of[w], 0.45)), 0),
            ):
                lost = int(rng.binomial(resting, 0.3))
                counts = {"EET": cohort - resting, "NEET": resting - lost, unknown: lost}
                rows += [[shown, ward.code, age, status, count] for status, count in counts.items()]
        rows += [[shown, "", 16, "EET", 1], [shown, "", 17, "NEET", 2], [shown, "", 17, unknown, 1]]
        out.files[f"education/NCCIS_{month:%Y%m}.csv"] = delimited(header, rows)
        out.rows += len(rows)
    out.elsewhere = {
        ("young_people", UNALLOCATED, edition): 4,
        ("neet_or_not_known", UNALLOCATED, edition): 3,
    }
    return out


def _school_meals(sample: Sample, edition: int) -> Delivery:
    """Three bands, of which infants do not count; `c` for 1 to 4 in a band."""
    rng = sample.rng("scc_school_meals", edition)
    eligible = sample.truth.whole("scc_school_meals", "eligible", edition)
    taken = sample.truth.whole("scc_school_meals", "taken", edition)
    census = f"January {edition}" if edition <= 2023 else f"{edition}-01"
    out = Delivery({}, years=(edition,))
    rows: list[list[str]] = []
    for w, ward in enumerate(sample.wards):
        older = parts(int(taken[w]), int(eligible[w]), 0.52, rng)
        infants = int(rng.binomial(eligible[w], 0.3))
        bands = {
            "R-Y2": (infants, int(rng.binomial(infants, 0.9))),
            "Y3-Y6": (int(eligible[w]) - older[0], int(taken[w]) - older[1]),
            "Y7-Y11": older,
        }
        for band, counts in bands.items():
            cells = [_SCHOOL.text(count) for count in counts]
            if band != "R-Y2":
                for measure, cell in zip(("eligible", "taken"), cells, strict=True):
                    if cell == "c":
                        out.withheld.add((measure, ward.code, edition))
            roll = counts[0] * 6 + int(rng.integers(20, 60))
            rows.append([census, ward.code, band, str(roll), *cells])
    header = ["Census", "Ward_Code", "Year_Group_Band", "Pupils", "FSM_Eligible", "FSM_Taken"]
    if edition >= 2024:
        header = ["Census_Month", "Ward_Code", "NCY_Band", "Headcount", "FSM_Eligible", "FSM_Taken"]
    out.files[f"education/SCC_FSM_{edition}.csv"] = delimited(header, rows, newline="\r\n")
    out.rows = len(rows)
    return out


def _send(sample: Sample, edition: int) -> Delivery:
    """Plans (E) and support (K) in rows of their own; `c` for 1 to 4 in either."""
    years = (edition - 1, edition) if edition == 2022 else (edition,)
    out = Delivery({}, years=years)
    rows: list[list[str]] = []
    for year in years:
        rng = sample.rng("scc_send", year)
        pupils = sample.truth.whole("scc_send", "pupils", year)
        attending = sample.truth.whole("scc_send", "attending", year)
        for w, ward in enumerate(sample.wards):
            plans = parts(int(attending[w]), int(pupils[w]), 0.26, rng)
            support = (int(pupils[w]) - plans[0], int(attending[w]) - plans[1])
            for provision, counts in (("E", plans), ("K", support)):
                cells = [_SCHOOL.text(count) for count in counts] if counts[0] else ["z", "z"]
                for measure, cell in zip(("pupils", "attending"), cells, strict=True):
                    if cell == "c":
                        out.withheld.add((measure, ward.code, year))
                mainstream = _SCHOOL.text(counts[0] * (6 if provision == "E" else 10) // 10)
                rows.append([academic(year, slash(edition)), ward.code, provision, *cells, mainstream])
    header = [
        "Academic_Year",
        "Ward_Code",
        "SEN_Provision",
        "Pupils",
        "Not_Persistently_Absent",
        "In_Mainstream",
    ]
    if edition >= 2025:
        header = ["Academic_Year", "Ward_Code", "SEN_Provision_Code", "Number_of_Pupils", "Number_Not_PA"]
        header.append("Number_In_Mainstream")
    out.files[f"{_name('SCC_SEND', edition)}.csv"] = delimited(header, rows, encoding="utf-8-sig")
    out.rows = len(rows)
    return out


_MONTHS = {12: "Dec", 1: "Jan", 2: "Feb"}
_ASSESSED = (2020, 2021)
_EXAMINED = (2018, 2019, 2022, 2023, 2024, 2025, 2026)

DATASETS = (
    SampleDataset(
        "scc_ks4",
        (
            Series(
                "pupils", "age:16-16", "binomial", 0.95, (0.8, 0.99), 0, 0.1, years=_EXAMINED, control=_SCHOOL
            ),
            Series(
                "english_maths",
                "pupils",
                "binomial",
                0.47,
                (0.14, 0.85),
                -0.8,
                0.35,
                0,
                _EXAMINED,
                control=_SCHOOL,
            ),
        ),
        _ks4,
    ),
    SampleDataset(
        "scc_suspensions",
        (
            Series("pupils", "age:5-15", "binomial", 0.95, (0.85, 0.99), 0, 0.1, control=_SCHOOL),
            Series(
                "pupils_suspended",
                "pupils",
                "binomial",
                0.038,
                (0.008, 0.14),
                0.75,
                0.4,
                0.03,
                control=_SCHOOL,
            ),
            Series(
                "suspensions", "pupils_suspended", "at_least", 2.2, (1.4, 3.6), 0.3, 0.15, control=_SCHOOL
            ),
        ),
        _suspensions,
    ),
    SampleDataset(
        "scc_ks5",
        (
            Series("students", "age:18-18", "binomial", 0.4, (0.15, 0.7), -0.6, 0.3, control=_SCHOOL),
            Series("entries", "students", "total", 2.75, (2.2, 3.1), -0.3, 0.08, scatter=0.5, step=0.5),
            Series("points", "entries", "total", 34.0, (20.0, 46.0), -0.7, 3.2, 0.1, scatter=14.0, step=5.0),
        ),
        _ks5,
    ),
    SampleDataset(
        "scc_level3_by_19",
        (
            Series("cohort", "age:19-19", "binomial", 0.95, (0.8, 0.99), 0, 0.1, control=_SCHOOL),
            Series("level3", "cohort", "binomial", 0.6, (0.25, 0.93), -0.75, 0.35, control=_SCHOOL),
        ),
        _level3,
    ),
    SampleDataset(
        "scc_participation",
        (
            Series("young_people", "persons_16_17", "binomial", 0.97, (0.9, 0.99), 0, 0.1),
            Series("neet_or_not_known", "young_people", "binomial", 0.047, (0.008, 0.17), 0.75, 0.4),
        ),
        _participation,
    ),
    SampleDataset(
        "scc_school_meals",
        (
            Series("eligible", "age:7-15", "binomial", 0.19, (0.05, 0.5), 0.85, 0.45, 0.04),
            Series("taken", "eligible", "binomial", 0.79, (0.5, 0.97), 0.2, 0.25),
        ),
        _school_meals,
    ),
    SampleDataset(
        "scc_send",
        (
            Series("pupils", "age:5-15", "binomial", 0.175, (0.08, 0.35), 0.5, 0.2, 0.02),
            Series("attending", "pupils", "binomial", 0.71, (0.42, 0.93), -0.6, 0.3),
        ),
        _send,
    ),
)
