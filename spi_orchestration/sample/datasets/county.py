"""Deliveries of the county council under the data sharing agreement.

Belongs here: for each dataset of the county its series and one writer, with the quirks its files are
known for. Does not belong here: the district's feeds (`council.py`).
"""

from __future__ import annotations

import datetime as dt

import numpy as np

from spi_orchestration.sample.datasets.base import (
    Delivery,
    Sample,
    SampleDataset,
    academic,
    financial,
    hashed,
    home_postcodes,
    lost_postcodes,
    parts,
    scribbled,
    shuffled,
    slash,
)
from spi_orchestration.sample.truth import OUTSIDE, UNALLOCATED, Control, Series
from spi_orchestration.sample.writers.delimited import delimited
from spi_orchestration.sample.writers.spreadsheet import Sheet, ods, xlsx

__all__ = ["DATASETS"]

_SCHOOL = Control("c", 1, 4)
_NHS = Control("*", 1, 7, base=5)
_CARE = Control("x", 1, 4)


def _eyfsp(sample: Sample, edition: int) -> Delivery:
    """Byte order mark, `c` for counts of 1 to 4, `z` where a group does not exist, sex and meal groups."""
    rng = sample.rng("scc_eyfsp", edition)
    cohort = sample.truth.whole("scc_eyfsp", "cohort", edition)
    gld = sample.truth.whole("scc_eyfsp", "gld", edition)
    rows: list[list[str]] = []
    for w, ward in enumerate(sample.wards):
        girls = parts(gld[w], cohort[w], 0.49, rng)
        meals = parts(gld[w], cohort[w], 0.14, rng)
        total = (int(cohort[w]), int(gld[w]))
        groups = {
            ("Total", "All"): total,
            ("Girls", "All"): girls,
            ("Boys", "All"): (total[0] - girls[0], total[1] - girls[1]),
            ("Total", "FSM"): meals,
            ("Total", "Not FSM"): (total[0] - meals[0], total[1] - meals[1]),
        }
        for (sex, fsm), (children, achieved) in groups.items():
            cells = [_SCHOOL.text(children), _SCHOOL.text(achieved)] if children else ["z", "z"]
            hidden = "Y" if "c" in cells else "N"
            year = academic(edition, slash(edition))
            rows.append([year, ward.code, ward.name, sex, fsm, *cells, hidden])
    header = ["Academic_Year", "Ward_Code", "Ward_Name", "Sex", "FSM", "Cohort", "GLD", "Suppressed"]
    if edition >= 2025:
        header = ["Academic_Year", "Ward_Code", "Ward", "Sex", "FSM_Eligible", "Number_of_Children"]
        header += ["Number_GLD", "Suppressed"]
    content = delimited(header, rows, encoding="utf-8-sig", newline="\r\n")
    name = f"education/SCC_EYFSP_{edition - 1}{edition % 100:02d}.csv"
    return Delivery({name: content}, years=(edition,), rows=len(rows))


def _ks2(sample: Sample, edition: int) -> Delivery:
    """Revised figures, in some years with the provisional ones of September still in the file."""
    rng = sample.rng("scc_ks2", edition)
    eligible = sample.truth.whole("scc_ks2", "eligible", edition)
    reached = sample.truth.whole("scc_ks2", "rwm_expected", edition)
    rows: list[list[str]] = []
    for w, ward in enumerate(sample.wards):
        total = (int(eligible[w]), int(reached[w]))
        girls = parts(total[1], total[0], 0.49, rng)
        poor = parts(total[1], total[0], 0.16, rng)
        groups = {
            "All pupils": total,
            "Girls": girls,
            "Boys": (total[0] - girls[0], total[1] - girls[1]),
            "Disadvantaged": poor,
        }
        for group, (pupils, achieved) in groups.items():
            cells = [_SCHOOL.text(pupils), _SCHOOL.text(achieved)] if pupils else ["z", "z"]
            start = [academic(edition, slash(edition)), ward.code, ward.name, group]
            higher = [_SCHOOL.text(achieved // 9)] if edition >= 2024 else []
            if edition % 2:
                early = (
                    [cells[0], _SCHOOL.text(max(0, achieved - int(rng.integers(0, 3))))] if pupils else cells
                )
                rows.append([*start, *early, *higher, "Provisional"])
            rows.append([*start, *cells, *higher, "Revised"])
    header = ["Academic_Year", "Ward_Code", "Ward_Name", "Group", "Eligible", "RWM_EXS", "Status"]
    if edition >= 2024:
        header = ["Academic_Year", "Ward_Code", "Ward_Name", "Pupil_Group", "Eligible_Pupils", "RWM_Expected"]
        header += ["RWM_Higher", "Release"]
    name = f"education/SCC_KS2_{edition - 1}{edition % 100:02d}.csv"
    content = delimited(header, rows, encoding="utf-8-sig", newline="\r\n")
    return Delivery({name: content}, years=(edition,), rows=len(rows))


def _absence(sample: Sample, edition: int) -> Delivery:
    """One row a phase; special schools only where enough pupils go, `c` for 1 to 4 of them."""
    years = (edition - 1, edition) if edition == 2022 else (edition,)
    out = Delivery({}, years=years)
    rows: list[list[object]] = []
    for year in years:
        rng = sample.rng("scc_absence", year)
        enrolments = sample.truth.whole("scc_absence", "enrolments", year)
        absent = sample.truth.whole("scc_absence", "persistent_absentees", year)
        for w, ward in enumerate(sample.wards):
            special = 0.018 if enrolments[w] > 1000 else 0.0
            phases = rng.multinomial(enrolments[w], [0.55, 0.45 - special, special])
            missing = rng.multivariate_hypergeometric(phases, int(absent[w]))
            for phase, pupils, often in zip(
                ("Primary", "Secondary", "Special"), phases, missing, strict=True
            ):
                cells: list[object] = [_SCHOOL.text(int(pupils)), _SCHOOL.text(int(often))]
                if not pupils:
                    cells = ["z", "z"]
                for measure, cell in zip(("enrolments", "persistent_absentees"), cells, strict=True):
                    if cell == "c":
                        out.withheld.add((measure, ward.code, year))
                sessions = int(pupils) * (320 if year == edition else 190)
                other = [sessions, int(sessions * 0.05), int(sessions * 0.02)]
                name = academic(year, slash(year))
                rows.append(
                    [name, ward.code, phase, cells[0], *other, cells[1], _SCHOOL.text(int(often) // 12)]
                )
    header = ["Academic_Year", "Ward_Code", "Phase", "Enrolments", "Possible_Sessions", "Authorised"]
    header += ["Unauthorised", "Persistent_Absentees", "Severe_Absentees"]
    if edition >= 2024:
        header, rows = [*header, "Terms"], [[*row, "6 half terms"] for row in rows]
    out.files[f"education/SCC_ABSENCE_{edition - 1}{edition % 100:02d}.csv"] = delimited(header, rows)
    out.rows = len(rows)
    return out


def _ncmp(sample: Sample, edition: int) -> Delivery:
    """Counts to base 5, `*` for 1 to 7; the sample of one in ten of 2020/21 stands among full years."""
    last = edition - 1
    years = (2019, 2020, 2021) if edition == 2022 else (last,)
    rows: list[list[str]] = []
    for year in years:
        rng = sample.rng("scc_ncmp", year)
        if year == 2021:
            measured = rng.poisson(sample.people.ages(10, 10)[:, 3] * 0.09)
            obese = rng.binomial(measured, 0.22)
        else:
            measured = sample.truth.whole("scc_ncmp", "measured_year6", year)
            obese = sample.truth.whole("scc_ncmp", "obese_year6", year)
        for w, ward in enumerate(sample.wards):
            young = int(rng.binomial(measured[w], 0.95))
            for label, children, heavy in (
                ("Reception", young, int(rng.binomial(young, 0.09))),
                ("Year 6", int(measured[w]), int(obese[w])),
            ):
                cells = [children, min(children, heavy + heavy // 2), heavy, heavy // 3, children // 70]
                rows.append([academic(year, True), ward.code, label, *(_NHS.text(cell) for cell in cells)])
    header = ["Period", "Ward_Code", "School_Year", "Measured", "Overweight_Inc_Obese", "Obese_Inc_Severe"]
    header += ["Severe", "Underweight"]
    if edition >= 2025:
        header = ["Academic_Year", "Ward_Code", "School_Year", "Children_Measured", "Living_With_Overweight"]
        header += ["Living_With_Obesity", "Living_With_Severe_Obesity", "Underweight"]
    name = f"public_health/NCMP_WARD_{last - 1}{last % 100:02d}.csv"
    return Delivery(
        {name: delimited(header, rows)}, years=tuple(y for y in years if y != 2021), rows=len(rows)
    )


def _children_social_care(sample: Sample, edition: int) -> Delivery:
    """A workbook with titles, a total and notes; `x` for 1 to 4; three forms of date; ODS since 2025."""
    years = (edition - 2, edition - 1, edition) if edition == 2022 else (edition,)
    table: list[list[str | int | dt.date | None]] = []
    for year in years:
        rng = sample.rng("scc_children_social_care", year)
        need = sample.truth.whole("scc_children_social_care", "children_in_need", year)
        plans = sample.truth.whole("scc_children_social_care", "protection_plans", year)
        day = dt.date(year, 3, 31)
        shown: str | int | dt.date = day
        if edition <= 2023:
            shown = (day - dt.date(1899, 12, 30)).days
        elif edition == 2024:
            shown = day.strftime("%d/%m/%Y")
        for w, ward in enumerate(sample.wards):
            cells: list[str | int] = []
            for count in (int(need[w]), int(plans[w]), int(rng.binomial(need[w], 0.15))):
                value = _CARE.value(count)
                cells.append(_CARE.mark if value is None else value)
            table.append([shown, ward.code, ward.name, *cells])
    rows = len(table)
    foot: list[list[str | int | dt.date | None]] = [
        ["TOTAL", None, None, "n/a", "n/a", "n/a"],
        [],
        ["x stands for 1 to 4. Categories overlap. Synthetic sample."],
    ]
    title = f"Children's social care by ward, {edition}"
    if edition <= 2024:
        header = ["Snapshot", "Ward Code", "Ward", "CIN", "CPP", "CLA"]
        content = xlsx(
            [
                Sheet("By ward", [[title], ["OFFICIAL-SENSITIVE. Synthetic sample"], header, *table, *foot]),
                Sheet("Definitions", [["CIN", "Children in need"], ["CPP", "Child protection plan"]]),
            ],
            title,
        )
        name = f"childrens_services/CSC_WARD_{edition}.xlsx"
    else:
        header = ["Snapshot date", "Ward code", "Ward name", "Children in need", "Child protection plans"]
        header.append("Children looked after")
        head: list[list[str | int | dt.date | None]] = [
            [title],
            ["OFFICIAL-SENSITIVE"],
            ["Synthetic sample"],
            [],
        ]
        content = ods(
            [Sheet("Cover", [[title]]), Sheet(f"Ward counts {edition}", [*head, [*header], *table, *foot])],
            title,
        )
        name = f"childrens_services/CSC_WARD_{edition}.ods"
    return Delivery({name: content}, years=years, rows=rows)


def _libraries(sample: Sample, edition: int) -> Delivery:
    """One row a postcode, in no fixed spelling; people from beyond the district among them."""
    rng = sample.rng("scc_libraries", edition)
    counts = sample.truth.whole("scc_libraries", "active_users", edition)
    postcodes = sample.map.postcodes
    users = np.zeros(len(postcodes.codes), dtype=int)
    for w, count in enumerate(counts):
        inside = np.flatnonzero(postcodes.ward == w)
        users[inside] = rng.multinomial(count, postcodes.weight[inside] / postcodes.weight[inside].sum())
    beyond = rng.choice(np.flatnonzero(postcodes.ward < 0), size=110, replace=False)
    users[beyond] = rng.integers(1, 7, len(beyond))
    used = np.flatnonzero(users)
    names = [postcodes.codes[i] for i in used] + [f"WS09 9{letter}Z" for letter in "ABDEFGH"]
    numbers = np.append(users[used], rng.integers(1, 5, 7))
    rows: list[list[object]] = []
    for name, number in zip(scribbled(names, rng), numbers, strict=True):
        digital = int(rng.binomial(number, 0.13))
        borrowers = int(number) - digital
        lending = digital + int(rng.binomial(borrowers, 0.2))
        rows.append([name.strip(), borrowers, int(rng.binomial(borrowers, 0.15)), lending, digital])
    header = ["Postcode", "Active_Borrowers", "PC_Session_Users", "eLoan_Users", "Digital_Only"]
    if edition >= 2024:
        header = [
            "PCODE",
            "Active_Users_In_Branch",
            "PC_Session_Users",
            "eLending_Users",
            "Digital_Only_Users",
        ]
    return Delivery(
        {f"libraries/library_active_users_{financial(edition)}.csv": delimited(header, shuffled(rows, rng))},
        years=(edition,),
        elsewhere={
            ("active_users", OUTSIDE, edition): int(users[beyond].sum()),
            ("active_users", UNALLOCATED, edition): int(numbers[-7:].sum()),
        },
        rows=len(rows),
    )


_LEVELS = ("E", "1", "2", "3", "X")


def _learning_year(sample: Sample, year: int) -> tuple[bytes, dict[tuple[str, str, int], int], int]:
    rng = sample.rng("scc_adult_learning", year)
    counts = sample.truth.whole("scc_adult_learning", "learners_achieving", year)
    achieving = home_postcodes(sample, counts, rng)
    lost = lost_postcodes(sample, 14, 12, rng)
    lost = [(code or "ZZ99 9ZZ", where) for code, where in lost]
    others = home_postcodes(sample, rng.binomial(counts, 0.4), rng)
    young = home_postcodes(sample, rng.binomial(counts, 0.06), rng)
    homes = scribbled([*achieving, *(code for code, _ in lost), *others, *young], rng)
    good = len(achieving) + len(lost)
    rows: list[list[object]] = []
    for i, home in enumerate(homes):
        learner = hashed("learner", sample.seed, year, i)
        age = int(rng.integers(16, 19)) if i >= good + len(others) else int(rng.integers(19, 82))
        achieves = i < good or i >= good + len(others)
        aims = [int(aim) for aim in rng.permutation(5)[: 1 + int(rng.binomial(2, 0.25))]]
        for order, aim in enumerate(aims):
            ends = (
                (2, 1)
                if achieves and order == 0
                else ((2, 3), (3, 3), (1, 8), (6, 8))[int(rng.integers(0, 4))]
            )
            rows.append([learner, home, 10 if aim else 35, _LEVELS[aim], *ends, age])
    header = ["LearnRefHash", "Postcode", "FundModel", "AimLevel", "CompStatus", "Outcome", "AgeOnStart"]
    places = [where for _, where in lost]
    elsewhere = {("learners_achieving", where, year): places.count(where) for where in (OUTSIDE, UNALLOCATED)}
    return delimited(header, shuffled(rows, rng)), elsewhere, len(rows)


def _adult_learning(sample: Sample, edition: int) -> Delivery:
    """Several aims a learner, learners under 19, aims not achieved; the year stands in the file's name."""
    years = (edition - 1, edition) if edition == 2022 else (edition,)
    out = Delivery({}, years=years)
    for year in years:
        content, elsewhere, rows = _learning_year(sample, year)
        out.files[f"adult_learning/ILR_ACL_{year - 1}{year % 100:02d}.csv"] = content
        out.elsewhere |= elsewhere
        out.rows += rows
    return out


_TESTED = (2018, 2019, 2022, 2023, 2024, 2025, 2026)
_MEASURED = (2018, 2019, 2020, 2022, 2023, 2024, 2025, 2026)
_REFORMED = (2022, 2023, 2024, 2025, 2026)

DATASETS = (
    SampleDataset(
        "scc_eyfsp",
        (
            Series(
                "cohort", "age:5-5", "binomial", 0.95, (0.85, 0.99), 0, 0.1, years=_REFORMED, control=_SCHOOL
            ),
            Series(
                "gld", "cohort", "binomial", 0.69, (0.4, 0.92), -0.75, 0.3, 0.01, _REFORMED, control=_SCHOOL
            ),
        ),
        _eyfsp,
    ),
    SampleDataset(
        "scc_ks2",
        (
            Series(
                "eligible", "age:11-11", "binomial", 0.93, (0.8, 0.99), 0, 0.1, years=_TESTED, control=_SCHOOL
            ),
            Series(
                "rwm_expected",
                "eligible",
                "binomial",
                0.62,
                (0.3, 0.9),
                -0.75,
                0.3,
                0.01,
                _TESTED,
                control=_SCHOOL,
            ),
        ),
        _ks2,
    ),
    SampleDataset(
        "scc_absence",
        (
            Series("enrolments", "age:5-15", "binomial", 0.93, (0.8, 0.99), 0, 0.1),
            Series("persistent_absentees", "enrolments", "binomial", 0.19, (0.04, 0.45), 0.8, 0.35, -0.02),
        ),
        _absence,
    ),
    SampleDataset(
        "scc_ncmp",
        (
            Series(
                "measured_year6",
                "age:10-10",
                "binomial",
                0.9,
                (0.7, 0.98),
                0.2,
                0.15,
                years=_MEASURED,
                control=_NHS,
            ),
            Series(
                "obese_year6",
                "measured_year6",
                "binomial",
                0.21,
                (0.06, 0.42),
                0.8,
                0.28,
                0.005,
                _MEASURED,
                control=_NHS,
            ),
        ),
        _ncmp,
    ),
    SampleDataset(
        "scc_children_social_care",
        (
            Series(
                "protection_plans",
                "persons_0_17",
                "binomial",
                0.0042,
                (0.0005, 0.02),
                0.8,
                0.45,
                control=_CARE,
            ),
            Series(
                "children_in_need",
                "persons_0_17",
                "binomial",
                0.031,
                (0.006, 0.12),
                0.85,
                0.4,
                includes="protection_plans",
                control=_CARE,
            ),
        ),
        _children_social_care,
    ),
    SampleDataset(
        "scc_libraries",
        (Series("active_users", "free_residents", "binomial", 0.105, (0.03, 0.3), -0.4, 0.35, -0.01),),
        _libraries,
    ),
    SampleDataset(
        "scc_adult_learning",
        (
            Series(
                "learners_achieving", "free_residents_19_plus", "poisson", 0.0095, (0.001, 0.045), 0.3, 0.4
            ),
        ),
        _adult_learning,
    ),
)
