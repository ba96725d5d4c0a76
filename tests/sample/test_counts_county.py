"""Counts of the county's further datasets re-added from the written files equal the truth.

Belongs here: a second, plain account of what each of these files means, with nothing of the product but
the files. Does not belong here: the datasets of `test_counts.py`.
"""

from __future__ import annotations

import json
import sqlite3
import struct
from collections import Counter, defaultdict

import pytest

from tests.sample.plain import csv_rows, sheet_names, xlsx_rows
from tests.sample.test_counts import (  # noqa: F401 (fixtures)
    EDITIONS,
    Counts,
    academic_year,
    ay,
    cells,
    expected,
    fy,
    grid_cells,
    inside,
    number,
)

READINGS = {}


def reading(dataset):
    def add(function):
        READINGS[dataset] = function
        return function

    return add


def table(written, files, columns, *, keep=lambda row: True):
    """measure -> header (or headers of either layout); one row a ward and year."""
    out: Counts = {}
    for edition in EDITIONS:
        for row in csv_rows(written.county(files(edition))):
            if not keep(row):
                continue

            def cell(*names, row=row):
                return next(row[name] for name in names if name in row)

            year = cell(*columns["year"])
            ward = cell(*columns.get("ward", ("Ward_Code", "WARD_CODE"))) or "unallocated"
            key = academic_year(year) if len(year) > 4 else int(year)
            for measure, names in columns.items():
                if measure not in {"year", "ward"}:
                    out[measure, ward, key] = number(cell(*names))
    return out


@reading("scc_ks4")
def ks4(written) -> Counts:
    out: Counts = {}
    for edition in EDITIONS:
        path = written.county(f"education/SCC_KS4_{ay(edition - 1)}_revised.xlsx")
        for row in xlsx_rows(path, sheet_names(path)[1], 5):
            new = edition >= 2025
            if row["Pupil group" if new else "Group"] != "All pupils":
                continue
            year = academic_year(str(row["Academic year" if new else "Academic Year"]))
            if year not in (2020, 2021):
                ward = row["Ward code" if new else "Ward Code"]
                pupils = row["Pupils at the end of key stage 4" if new else "Pupils at end KS4"]
                reached = row["Grade 5 or above in English and maths" if new else "EM 9-5"]
                out["pupils", ward, year] = number(pupils)
                out["english_maths", ward, year] = number(reached)
    return out


@reading("scc_suspensions")
def suspensions(written) -> Counts:
    columns = {
        "year": ("Academic_Year",),
        "pupils": ("Pupils", "Pupils_On_Roll"),
        "suspensions": ("Suspensions", "Number_of_Suspensions"),
        "pupils_suspended": ("Pupils_Suspended", "Number_of_Pupils_Suspended"),
    }
    return table(written, lambda e: f"education/SCC_EXCLUSIONS_{ay(e - 1)}.csv", columns)


@reading("scc_ks5")
def ks5(written) -> Counts:
    columns = {
        "year": ("Academic_Year",),
        "students": ("Students", "A_Level_Students"),
        "entries": ("Entries", "A_Level_Entries"),
        "points": ("Points", "A_Level_Points"),
    }
    return table(written, lambda e: f"education/SCC_KS5_{ay(e - 1)}.csv", columns)


@reading("scc_level3_by_19")
def level3(written) -> Counts:
    columns = {
        "year": ("Cohort_Year", "Age_19_In"),
        "ward": ("Ward_Code", "Ward_Code_At_16"),
        "cohort": ("Cohort",),
        "level3": ("Level3", "Level_3"),
    }
    return table(written, lambda e: f"education/SCC_L3_19_{e - 1}.csv", columns)


@reading("scc_participation")
def participation(written) -> Counts:
    """A third of the three months' sum."""
    out: Counts = Counter()
    for edition in EDITIONS:
        for month in (f"{edition - 1}12", f"{edition}01", f"{edition}02"):
            for row in csv_rows(written.county(f"education/NCCIS_{month}.csv")):
                if row["Academic_Age"] in {"16", "17"}:
                    ward = row["Ward_Code"] or "unallocated"
                    count = int(row.get("Young_People") or row["Cohort_Count"])
                    out["young_people", ward, edition] += count
                    if (row.get("Status") or row["Activity"]) != "EET":
                        out["neet_or_not_known", ward, edition] += count
    return Counter({key: total // 3 if total % 3 == 0 else -1 for key, total in out.items()})


@reading("scc_school_meals")
def school_meals(written) -> Counts:
    parts: dict[tuple, list[str]] = defaultdict(list)
    for edition in EDITIONS:
        for row in csv_rows(written.county(f"education/SCC_FSM_{edition}.csv")):
            if (row.get("Year_Group_Band") or row["NCY_Band"]) != "R-Y2":
                assert str(edition) in (row.get("Census") or row["Census_Month"])
                parts["eligible", row["Ward_Code"], edition].append(row["FSM_Eligible"])
                parts["taken", row["Ward_Code"], edition].append(row["FSM_Taken"])
    return {k: None if "c" in v else sum(map(float, v)) for k, v in parts.items()}


@reading("scc_send")
def send(written) -> Counts:
    parts: dict[tuple, list[str]] = defaultdict(list)
    for edition in EDITIONS:
        for row in csv_rows(written.county(f"education/SCC_SEND_{ay(edition)}.csv")):
            year = academic_year(row["Academic_Year"])
            pupils = row.get("Pupils") or row["Number_of_Pupils"]
            parts["pupils", row["Ward_Code"], year].append(pupils)
            attending = row.get("Not_Persistently_Absent") or row["Number_Not_PA"]
            parts["attending", row["Ward_Code"], year].append(attending)
    return {k: None if "c" in v else sum(float(x) for x in v if x != "z") for k, v in parts.items()}


@reading("scc_asc_long_term")
def long_term(written) -> Counts:
    out: Counts = Counter()
    for edition in EDITIONS:
        for row in csv_rows(written.county(f"adult_social_care/ASC_LTS_{fy(edition)}.csv")):
            old = "FIN_YEAR" in row
            year = academic_year(row["FIN_YEAR" if old else "Financial_Year"])
            ward = row["WARD_CODE" if old else "Ward_Code"] or "unallocated"
            out["clients", ward, year] += int(row["CLIENTS" if old else "Clients_LTS_Community"])
            for name in (
                ("DIRECT_PAYMENT", "PART_DP") if old else ("Direct_Payment_Only", "Part_Direct_Payment")
            ):
                out["direct_payment_clients", ward, year] += int(row[name])
    return out


@reading("scc_asc_reablement")
def reablement(written) -> Counts:
    columns = {
        "year": ("YEAR", "Discharge_Year"),
        "discharged": ("DISCHARGED_65PLUS", "Discharged_65_Plus"),
        "home_at_91": ("HOME_AT_91", "At_Home_Day_91"),
    }
    return table(written, lambda e: f"adult_social_care/ASC_REABLE_{e - 1}.csv", columns)


@reading("scc_smoking")
def smoking(written) -> Counts:
    out: Counts = {}
    for edition in EDITIONS:
        for row in csv_rows(written.county(f"public_health/SMOKING_WARD_{edition}03.csv")):
            assert row["Extract_Date"] in {f"31/03/{edition}", f"{edition}-03-31"}
            if row["Age_Band"] == "18+":
                ward = row["Ward_Code"]
                out["registered", ward, edition] = number(row.get("Registered") or row["List_Size"])
                recorded = row.get("Status_Recorded") or row["Smoking_Status_Known_5y"]
                out["status_recorded", ward, edition] = number(recorded)
                smokers = row.get("Current_Smoker") or row["Current_Smokers"]
                out["current_smokers", ward, edition] = number(smokers)
    return out


@reading("scc_health_checks")
def health_checks(written) -> Counts:
    columns = {
        "year": ("Fin_Year", "Financial_Year"),
        "invited": ("Invited", "Checks_Offered"),
        "received": ("Received", "Checks_Received"),
    }
    out = table(written, lambda e: f"public_health/NHSHC_WARD_{fy(e)}.csv", columns)
    # Nobody was invited in 2020-21, and nobody at work.
    assert {v for (m, _, y), v in out.items() if (m, y) == ("invited", 2021)} == {0}
    return {k: v for k, v in out.items() if k[0] == "received" or (k[2] != 2021 and k[1] != "unallocated")}


@reading("scc_falls")
def falls(written) -> Counts:
    out: Counts = {}
    for edition in EDITIONS:
        name = f"public_health/FALLS_WARD_{fy(edition - 2)}_{fy(edition)}.csv"
        for row in csv_rows(written.county(name)):
            assert row["Period"] == f"{fy(edition - 2)} to {fy(edition)}"
            admissions = row.get("Admissions") or row["Emergency_Admissions"]
            out["admissions", row["Ward_Code"], edition] = number(admissions)
            out["rate", row["Ward_Code"], edition] = number(row.get("DSR_per_100k") or row["DSR_ESP2013"])
    return out


@reading("scc_infant_feeding")
def infant_feeding(written) -> Counts:
    out: Counts = {}
    for edition in EDITIONS:
        for row in csv_rows(written.county(f"public_health/BF68_WARD_{fy(edition)}.csv")):
            year, ward, *counts = row.values()
            due, known, totally, partially = map(int, counts)
            valid = known / due >= 0.95
            out["status_known", ward, academic_year(year)] = known if valid else None
            out["breastfed", ward, academic_year(year)] = totally + partially if valid else None
    return out


def point_of(blob: bytes) -> tuple[float, float]:
    """Header of 8 bytes, then a little-endian point, or a multipoint of one."""
    assert blob[:2] == b"GP" and struct.unpack("<i", blob[4:8]) == (27700,)
    kind = struct.unpack("<I", blob[9:13])[0]
    start = {1: 13, 4: 22}[kind]
    return struct.unpack("<dd", blob[start : start + 16])


@reading("scc_llfa_flooding")
def flooding(written, grid_cells) -> Counts:  # noqa: F811
    homes: dict[tuple, set] = defaultdict(set)
    for edition in EDITIONS:
        path = written.county(f"flood/llfa_flood_incidents_{edition}0430.gpkg")
        with sqlite3.connect(path) as database:
            names = (
                "incident_ref, event_date, flood_source"
                if edition >= 2025
                else "incident_id, event_date, source"
            )
            rows = database.execute(
                f"select {names}, internal, receptor, verified, geom from incidents"
            ).fetchall()
        database.close()
        for incident, day, source, internal, receptor, verified, blob in rows:
            if (internal, receptor) != (1, "Residential") or verified == "No":
                continue
            year = int(day[:4]) + (int(day[5:7]) >= 4)
            if blob is None:
                homes["homes_flooded", "unallocated", year].add(incident)
                continue
            x, y = point_of(blob)
            ward = next((code for code, ring in grid_cells.items() if inside(ring, x, y)), "outside")
            homes["homes_flooded", ward, year].add(incident if source == "sewer" else (x, y))
    return Counter({key: len(each) for key, each in homes.items()})


@reading("scc_bus_access")
def bus_access(written) -> Counts:
    oas = {
        row["OA21CD"]: (row["WD25CD"], int(row["usual_residents"]))
        for row in csv_rows(written.council("reference/oa21_lsoa21_ward_2022.csv"))
    }
    out: Counts = Counter()
    for edition in EDITIONS:
        near, there = set(), set()
        for row in csv_rows(written.county(f"transport/pt_access_oa21_{edition}10.csv")):
            code, _, day, window, minutes, _ = row.values()
            there.add(code)
            if (day, window) == ("Weekday", "07:00-19:00") and float(minutes) <= 30:
                near.add(code)
        for code in there:
            ward, people = oas[code]
            out["residents", ward, edition] += people
            out["residents_within_30", ward, edition] += people if code in near else 0
    return out


@pytest.mark.parametrize("dataset", READINGS)
def test_counts_equal_the_truth(dataset, written, request):
    function = READINGS[dataset]
    wanted = function.__code__.co_varnames[1 : function.__code__.co_argcount]
    found = function(written, *(request.getfixturevalue(name) for name in wanted))
    truth = expected(written, dataset)
    if isinstance(found, Counter):  # a feed of single cases has no row where there is none
        found = {key: 0 for key, value in truth.items() if value == 0} | dict(found)
    assert len([key for key in truth if key[1].startswith("E05")]) >= 22
    different = {key: (found.get(key), value) for key, value in truth.items() if found.get(key) != value}
    assert not different, json.dumps({str(key): value for key, value in list(different.items())[:5]})
    assert set(found) <= set(truth), sorted(set(found) - set(truth))[:5]
