"""Counts re-added from the written files, by hand and dataset by dataset, equal the truth.

Nothing of the product is used but the files themselves: each reading below is a second, plain account
of what a supplier's file means.
"""

from __future__ import annotations

import datetime as dt
import json
from collections import Counter, defaultdict
from itertools import pairwise

import pytest

from tests.sample.plain import csv_rows, ods_rows, sheet_names, xls_rows, xlsx_rows, zip_member

EDITIONS = range(2022, 2027)
Key = tuple[str, str, int]
Counts = dict[Key, float | None]

READINGS = {}


def reading(dataset):
    def add(function):
        READINGS[dataset] = function
        return function

    return add


def number(cell: object) -> float | None:
    text = str(cell).replace(",", "").rstrip("%")
    try:
        return float(text)
    except ValueError:
        return None


def academic_year(text: str) -> int:
    return int(text[:4]) + 1


def fy(year: int) -> str:
    return f"{year - 1}-{year % 100:02d}"


def ay(year: int) -> str:
    return f"{year - 1}{year % 100:02d}"


# --- tables of wards ------------------------------------------------------------------------------


@reading("scc_eyfsp")
def eyfsp(written) -> Counts:
    out: Counts = {}
    for edition in EDITIONS:
        for row in csv_rows(written.county(f"education/SCC_EYFSP_{ay(edition)}.csv")):
            meals = row.get("FSM") or row.get("FSM_Eligible")
            if (row["Sex"], meals) == ("Total", "All"):
                year = academic_year(row["Academic_Year"])
                out["cohort", row["Ward_Code"], year] = number(
                    row.get("Cohort") or row.get("Number_of_Children")
                )
                out["gld", row["Ward_Code"], year] = number(row.get("GLD") or row.get("Number_GLD"))
    return out


@reading("scc_ks2")
def ks2(written) -> Counts:
    out: Counts = {}
    for edition in EDITIONS:
        for row in csv_rows(written.county(f"education/SCC_KS2_{ay(edition)}.csv")):
            group, status = (
                row.get("Group") or row.get("Pupil_Group"),
                row.get("Status") or row.get("Release"),
            )
            if (group, status) == ("All pupils", "Revised"):
                year = academic_year(row["Academic_Year"])
                out["eligible", row["Ward_Code"], year] = number(
                    row.get("Eligible") or row.get("Eligible_Pupils")
                )
                out["rwm_expected", row["Ward_Code"], year] = number(
                    row.get("RWM_EXS") or row.get("RWM_Expected")
                )
    return out


@reading("scc_absence")
def absence(written) -> Counts:
    parts: dict[Key, list[str]] = defaultdict(list)
    for edition in EDITIONS:
        for row in csv_rows(written.county(f"education/SCC_ABSENCE_{ay(edition)}.csv")):
            year = academic_year(row["Academic_Year"])
            parts["enrolments", row["Ward_Code"], year].append(row["Enrolments"])
            parts["persistent_absentees", row["Ward_Code"], year].append(row["Persistent_Absentees"])
    return {
        key: None if "c" in cells else sum(float(cell) for cell in cells if cell != "z")
        for key, cells in parts.items()
    }


@reading("scc_ncmp")
def ncmp(written) -> Counts:
    out: Counts = {}
    for edition in EDITIONS:
        for row in csv_rows(written.county(f"public_health/NCMP_WARD_{ay(edition - 1)}.csv")):
            year = academic_year(row.get("Period") or row["Academic_Year"])
            if row["School_Year"] == "Year 6" and year != 2021:
                measured = row.get("Measured") or row.get("Children_Measured")
                obese = row.get("Obese_Inc_Severe") or row.get("Living_With_Obesity")
                out["measured_year6", row["Ward_Code"], year] = number(measured)
                out["obese_year6", row["Ward_Code"], year] = number(obese)
    return out


@reading("scc_children_social_care")
def social_care(written) -> Counts:
    out: Counts = {}
    for edition in EDITIONS:
        if edition <= 2024:
            path = written.county(f"childrens_services/CSC_WARD_{edition}.xlsx")
            rows = xlsx_rows(path, "By ward", 3)
            names = ("Snapshot", "Ward Code", "CIN", "CPP")
        else:
            path = written.county(f"childrens_services/CSC_WARD_{edition}.ods")
            rows = ods_rows(path, f"Ward counts {edition}", 5)
            names = ("Snapshot date", "Ward code", "Children in need", "Child protection plans")
        for row in rows:
            day, ward, need, plans = (row.get(name) for name in names)
            if not str(ward).startswith("E05"):
                continue
            if isinstance(day, int):
                year = (dt.date(1899, 12, 30) + dt.timedelta(days=day)).year
            else:
                year = int(str(day)[-4:] if "/" in str(day) else str(day)[:4])
            out["children_in_need", ward, year] = number(need)
            out["protection_plans", ward, year] = number(plans)
    return out


@reading("ldc_election_results")
def elections(written) -> Counts:
    out: Counts = {}
    for day in ("2019-05-02", "2023-05-04"):
        year, candidates, seats = int(day[:4]), Counter(), Counter()
        for row in csv_rows(written.council(f"electoral/election_results_{day}.csv")):
            ward = row["ElectoralAreaURI"].rsplit("/", 1)[1]
            candidates[ward] += 1
            seats[ward] += row["Elected"] == "Elected"
            if row["VotesCast"]:
                out["votes_cast", ward, year] = number(row["VotesCast"])
                out["electorate", ward, year] = number(row["EligibleElectorate"])
        out |= {("candidates", ward, year): n for ward, n in candidates.items()}
        out |= {("seats", ward, year): n for ward, n in seats.items()}
    return out


@reading("ldc_electoral_register")
def register(written) -> Counts:
    wards = {
        row["pd"]: row["ward_code"] for row in csv_rows(written.council("electoral/pd_ward_lookup_2024.csv"))
    }
    out: Counts = defaultdict(float)
    for year in range(2021, 2026):
        path = written.council(f"electoral/register_counts_{year}.xlsx")
        old = "Summary" in sheet_names(path)
        rows = xlsx_rows(path, "Summary", 3) if old else xlsx_rows(path, f"PD Summary {year}", 4)
        for row in rows:
            ward = wards.get(str(row["PD" if old else "Polling District"]))
            if ward:
                young = float(row["Age 16-17" if old else "Electors aged 16-17"])
                out["electors_16_17", ward, year] += young
                out["electors_18_plus", ward, year] += (
                    float(row["Electors (LG)" if old else "LG Electors"]) - young
                )
    return dict(out)


@reading("ref_council_tax_dwellings")
def dwellings(written) -> Counts:
    out: Counts = defaultdict(float)
    for span in ("2018-2022", 2023, 2024, 2025, 2026):
        for row in csv_rows(written.council(f"revenues/council_tax_dwellings_{span}.csv")):
            out["dwellings", row["ward_code"], int(row["year"])] += float(row["dwellings"])
    return dict(out)


@reading("dwp_cilif")
def cilif(written) -> Counts:
    out: Counts = {}
    answer = json.loads(written.national("dwp/cilif/2026/cilif_rel_ward.json").read_text(encoding="utf-8"))
    for edition in EDITIONS[:-1]:
        for row in csv_rows(written.national(f"dwp/cilif/{edition}/4_AHC_Relative_Ward.csv"), skip=9):
            ward = row.get("Area Code", "")  # the last of the two columns of that name
            if ward.startswith("E05010"):
                for year in (edition - 1, edition):
                    out["low_income_children", ward, year] = number(row[f"Number of children \nFYE {year}"])
                    share = row[f"Percentage of children \nFYE {year}\n(%)\n[note 3]"]
                    out["low_income_pct", ward, year] = number(share)
    wards, years, ages = ([item["labels"][0] for item in axis["items"]] for axis in answer["fields"])
    codes = [item["uris"][0].split(":")[-1] for item in answer["fields"][0]["items"]]
    cells = answer["cubes"]["str:count:CILIF_REL:V_F_CILIF_REL"]["values"]
    for w, ward in enumerate(codes):
        for y, label in enumerate(years):
            assert len(wards) == len(codes)
            if ward.startswith("E05010"):
                year = 2000 + int(label[-2:])
                *parts, whole = cells[w][y]
                assert sum(parts) == whole and ages[-1] == "Total"
                out["low_income_children", ward, year] = float(whole)
                out["low_income_pct", ward, year] = None
    return out


AGES = {
    "persons": (0, 90),
    "persons_0_15": (0, 15),
    "persons_0_17": (0, 17),
    "persons_16_17": (16, 17),
    "persons_16_64": (16, 64),
    "persons_16_plus": (16, 90),
    "persons_18_plus": (18, 90),
    "persons_19_plus": (19, 90),
    "persons_60_plus": (60, 90),
    "persons_65_plus": (65, 90),
}


@reading("ref_ward_population")
def population(written) -> Counts:
    out: Counts = {}

    def add(ward: str, year: int, ages: list[float]) -> None:
        for measure, (first, last) in AGES.items():
            out[measure, ward, year] = sum(ages[first : last + 1])

    for year in (2018, 2019, 2020):
        path = written.national(f"ons/ward_population/2022/Mid-{year} Persons-Table 1.csv")
        for row in csv_rows(path, skip=4):
            if row.get(f"LA Code ({year + 1} boundaries)") == "E07000194":
                ages = [float(row[str(age)]) for age in range(90)] + [float(row["90+"])]
                assert sum(ages) == number(row["All Ages"])
                add(row["Ward Code 1"], year, ages)
    for edition in range(2023, 2027):
        year = edition - 2
        path = written.national(f"ons/ward_population/{edition}/sapewardstablefinal.xlsx")
        for row in xlsx_rows(path, f"Mid-{year} Ward 2023", 4):
            if row["LAD 2023 Code"] == "E07000194":
                ages = [float(row[f"F{age}"] + row[f"M{age}"]) for age in range(91)]
                assert sum(ages) == row["Total"]
                add(row["Ward 2023 Code"], year, ages)
    return out


@reading("ons_hpssa_ward")
def prices(written) -> Counts:
    out: Counts = {}
    for edition in EDITIONS:
        name = f"ons/hpssa/{edition}/hpssadataset37medianpricepaidbyward"
        old = written.national(f"{name}.xls")
        rows = (
            xls_rows(old, "1a", 5) if old.exists() else xlsx_rows(written.national(f"{name}.xlsx"), "1a", 6)
        )
        for row in rows:
            if row["Local authority code"] == "E07000194":
                for year in (edition - 1, edition):
                    out["median_price", row["Ward code"], year] = number(row[f"Year ending Mar {year}"])
    return out


@reading("ons_census21_households")
def households(written) -> Counts:
    oas = {
        row["OA21CD"]: row["WD25CD"]
        for row in csv_rows(written.council("reference/oa21_lsoa21_ward_2022.csv"))
    }
    out: Counts = defaultdict(float)
    table = zip_member(
        written.national("ons/census2021/2022/census2021-ts041.zip"), "census2021-ts041-oa.csv"
    )
    for row in csv_rows(table):
        out["households", oas[row["geography code"]], 2021] += float(row["Number of households"])
    return dict(out)


# --- feeds by place -------------------------------------------------------------------------------


def squeezed(postcode: str) -> str:
    return "".join(postcode.upper().split())


@pytest.fixture(scope="module")
def postcode_wards(written) -> dict[str, str]:
    import csv

    out = {}
    for area in ("b", "de", "ws"):
        path = written.national(f"os/code_point_open/2025/{area}.csv")
        with path.open(encoding="utf-8", newline="") as file:
            for row in csv.reader(file):
                out[squeezed(row[0])] = row[9] if row[8] == "E07000194" else "outside"
    return out


@pytest.fixture(scope="module")
def property_wards(written) -> dict[str, str]:
    return {
        row["UPRN"].zfill(12): row["WARD_CODE"]
        for row in csv_rows(written.council("gazetteer/llpg_2025.csv"))
    }


@reading("ldc_leisure_membership")
def leisure(written, postcode_wards) -> Counts:
    out: Counts = Counter()
    for edition in EDITIONS:
        path = written.council(f"leisure/leisure_visits_{fy(edition)}.csv")
        if edition <= 2023:
            rows, names = (
                csv_rows(path, encoding="cp1252", delimiter=";"),
                ("Home Postcode", "AgeGroup", "Visits Last 12 Months"),
            )
        else:
            rows, names = csv_rows(path), ("postcode", "age_band", "visits_12m")
        for row in rows:
            home, band, visits = (row[name] for name in names)
            if band != "Under 16" and int(visits) >= 12:
                out["regular_members", postcode_wards.get(squeezed(home), "unallocated"), edition] += 1
    return out


@reading("scc_libraries")
def libraries(written, postcode_wards) -> Counts:
    out: Counts = Counter()
    for edition in EDITIONS:
        for row in csv_rows(written.county(f"libraries/library_active_users_{fy(edition)}.csv")):
            home = row.get("Postcode") or row["PCODE"]
            users = int(row.get("Active_Borrowers") or row["Active_Users_In_Branch"])
            users += int(row.get("Digital_Only") or row["Digital_Only_Users"])
            out["active_users", postcode_wards.get(squeezed(home), "unallocated"), edition] += users
    return out


@reading("scc_adult_learning")
def adult_learning(written, postcode_wards) -> Counts:
    out: Counts = Counter()
    for year in range(2021, 2027):
        learners = {}
        for row in csv_rows(written.county(f"adult_learning/ILR_ACL_{ay(year)}.csv")):
            if (row["CompStatus"], row["Outcome"]) == ("2", "1") and int(row["AgeOnStart"]) >= 19:
                learners[row["LearnRefHash"]] = row["Postcode"]
        for home in learners.values():
            out["learners_achieving", postcode_wards.get(squeezed(home), "unallocated"), year] += 1
    return out


@reading("ldc_council_tax_recovery")
def council_tax(written, property_wards) -> Counts:
    out: Counts = Counter()
    for edition in EDITIONS:
        rows = csv_rows(written.council(f"revenues/ct_liability_orders_{fy(edition)}.csv"))
        names = ("uprn", "account_ref_hash") if "uprn" in rows[0] else ("UPRN", "account_ref_hash")
        for home in {row[names[0]].zfill(12) if row[names[0]] else row[names[1]] for row in rows}:
            out["properties", property_wards.get(home, "unallocated"), edition] += 1
    return out


def ring_of(geometry) -> list[list[float]]:
    assert geometry["type"] == "Polygon"
    return geometry["coordinates"][0]


@pytest.fixture(scope="module")
def cells(written):
    import json

    path = written.national("ons/boundaries/2022/schematic_wards_wd25.geojson")
    document = json.loads(path.read_text(encoding="utf-8"))
    return {f["properties"]["WD25CD"]: ring_of(f["geometry"]) for f in document["features"]}


def inside(ring: list[list[float]], x: float, y: float) -> bool:
    """Even-odd rule."""
    found = False
    for (x1, y1), (x2, y2) in pairwise(ring):
        if (y1 > y) != (y2 > y) and x < x1 + (y - y1) * (x2 - x1) / (y2 - y1):
            found = not found
    return found


@pytest.fixture(scope="module")
def grid_cells(written):
    """Rings of the wards on the National Grid, carried there by DuckDB's PROJ and not by the sample."""
    from importlib.util import find_spec
    from pathlib import Path

    import duckdb

    origin = find_spec("duckdb_extension_spatial").origin
    file = Path(origin).parent / "extensions" / f"v{duckdb.__version__}" / "spatial.duckdb_extension"
    path = written.national("ons/boundaries/2022/schematic_wards_wd25.geojson")
    with duckdb.connect() as connection:
        connection.execute(f"load '{file}'")
        rows = connection.execute(
            f"""
            with features as (
                select unnest(from_json(json_extract(content, '$.features'), '["json"]')) as f from read_text('{path}')
            )
            select
                json_extract_string(f, '$.properties.WD25CD'),
                st_asgeojson(
                    st_transform(
                        st_geomfromgeojson(json_extract(f, '$.geometry')), 'OGC:CRS84', 'EPSG:27700', always_xy := true
                    )
                )
            from features
            """
        ).fetchall()
    import json

    return {code: ring_of(json.loads(geometry)) for code, geometry in rows}


def distance(ring: list[list[float]], x: float, y: float) -> float:
    best = float("inf")
    for (x1, y1), (x2, y2) in pairwise(ring):
        length = (x2 - x1) ** 2 + (y2 - y1) ** 2
        along = (
            0.0 if not length else max(0.0, min(1.0, ((x - x1) * (x2 - x1) + (y - y1) * (y2 - y1)) / length))
        )
        best = min(best, (x - x1 - along * (x2 - x1)) ** 2 + (y - y1 - along * (y2 - y1)) ** 2)
    return best**0.5


def ward_at(rings, x: float, y: float, snap: float = 0) -> str:
    for code, ring in rings.items():
        if inside(ring, x, y):
            return code
    near = min((distance(ring, x, y), code) for code, ring in rings.items()) if snap else (1e9, "")
    return near[1] if near[0] <= snap else "outside"


@reading("ldc_fly_tipping")
def fly_tipping(written, grid_cells) -> Counts:
    out: Counts = Counter()
    for edition in EDITIONS:
        if edition <= 2024:
            rows = csv_rows(written.council(f"operations/flytips_{fy(edition)}.csv"))
            names = ("Incident ID", "Date Reported")
        else:
            path = written.council(f"operations/flytips_{fy(edition)}.xlsx")
            rows = xlsx_rows(path, f"Incidents {fy(edition)}", 2)
            names = ("Incident Ref", "Reported")
        public: list[tuple[dt.date, str, int, int]] = []
        for row in rows:
            day = row[names[1]]
            if isinstance(day, dt.datetime):
                day = day.date()
            elif isinstance(day, int):
                day = dt.date(1899, 12, 30) + dt.timedelta(days=day)
            else:
                day = dt.datetime.strptime(str(day), "%d/%m/%Y").date()
            if row["Land Type"] != "Private":
                public.append((day, str(row[names[0]]), int(row["Easting"]), int(row["Northing"])))
        public.sort()
        seen: list[tuple[dt.date, int, int]] = []
        for day, _, x, y in public:
            if not x:
                out["incidents", "unallocated", edition] += 1
                continue
            recent = [(a, b) for when, a, b in seen[-60:] if (day - when).days <= 1]
            if not any((a - x) ** 2 + (b - y) ** 2 <= 50**2 for a, b in recent):
                out["incidents", ward_at(grid_cells, x, y, snap=25), edition] += 1
            seen.append((day, x, y))
    return out


@reading("ldc_env_health_requests")
def env_health(written, property_wards, grid_cells) -> Counts:
    sources = defaultdict(set)
    for year in range(2020, 2027):
        path = written.council(f"environmental_health/eh_service_requests_{fy(year)}.csv")
        for row in csv_rows(path, encoding="cp1252"):
            day = dt.datetime.strptime(row["RECDATE"].title(), "%d-%b-%y").date()
            assert dt.date(year - 1, 4, 1) <= day <= dt.date(year, 3, 31)
            measure = "noise_addresses" if row["CODE"].startswith("NOISE") else "sanitation_addresses"
            if not row["CODE"].startswith(("NOISE", "DRAIN", "SEWAGE", "ACCUM", "RODENT")):
                continue
            point = int(row["MAPEAST"]), int(row["MAPNORTH"])
            if row["UPRN"]:
                ward = property_wards[row["UPRN"].zfill(12)]
                sources[measure, ward, year].add(row["UPRN"])
            elif point[0]:
                sources[measure, ward_at(grid_cells, *point), year].add(point)
            else:
                sources[measure, "unallocated", year].add(row["REFVAL"])
    return {key: len(found) for key, found in sources.items()}


@reading("police_uk_street")
def police(written, cells) -> Counts:
    kinds = {
        "Violence and sexual offences": "violence",
        "Burglary": "burglary",
        "Anti-social behaviour": "asb",
    }
    out: Counts = Counter()
    known: dict[tuple[str, str], str] = {}
    for edition in EDITIONS:
        folder = written.national(f"home_office/police_uk/{edition}")
        archive = folder / f"{edition}-09-staffordshire-street.zip"
        months = [f"{edition - 1}-{m:02d}" for m in (10, 11, 12)] + [
            f"{edition}-{m:02d}" for m in range(1, 10)
        ]
        for month in months:
            name = f"{month}/{month}-staffordshire-street.csv"
            for row in csv_rows(zip_member(archive, name) if archive.exists() else folder / name):
                assert row["Month"] == month
                if row["Crime type"] in kinds:
                    spot = (row["Longitude"], row["Latitude"])
                    if spot not in known:
                        known[spot] = ward_at(cells, *map(float, spot)) if spot[0] else "unallocated"
                    prison = "_at_prison" if row["Location"] == "On or near Prison" else ""
                    out[kinds[row["Crime type"]] + prison, known[spot], edition] += 1
    return out


# --- the comparison -------------------------------------------------------------------------------


def expected(written, dataset: str) -> Counts:
    return {
        (row["measure"], row["ward_code"], int(row["year"])): float(row["delivered"])
        if row["delivered"]
        else None
        for row in written.rows(dataset)
        if row["first_edition"]
    }


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
    assert not different, dict(list(different.items())[:5])
    assert set(found) <= set(truth), sorted(set(found) - set(truth))[:5]


APPORTIONED = {
    "desnz_fuel_poverty": ("fuel_poor", "households"),
    "ons_census21_age": ("residents", "residents_60_plus"),
}


def lsoa_numbers(written, dataset: str) -> dict[tuple[str, str, int], float]:
    out: dict[tuple[str, str, int], float] = defaultdict(float)
    if dataset == "desnz_fuel_poverty":
        for edition in range(2023, 2027):
            path = written.national(
                f"desnz/fuel_poverty/{edition}/sub-regional-fuel-poverty-{edition}-tables.xlsx"
            )
            for row in xlsx_rows(path, "Table 4", 3):
                if str(row["LSOA 2021 Code"]).startswith("E01999"):
                    key = (str(row["LSOA 2021 Code"]), edition - 2)
                    out["fuel_poor", *key] = float(row["Number of households in fuel poverty"])
                    out["households", *key] = float(row["Number of households"])
    else:
        for row in csv_rows(written.national("ons/census2021/2022/census2021-ts007a-lsoa.csv")):
            if row["geography code"].startswith("E01999"):
                old = [f"Aged {a} to {a + 4} years" for a in range(60, 85, 5)] + ["Aged 85 years and over"]
                out["residents_60_plus", row["geography code"], 2021] = sum(
                    float(row[f"Age: {b}"]) for b in old
                )
                out["residents", row["geography code"], 2021] = float(row["Age: Total"])
    return out


@pytest.mark.parametrize("dataset", APPORTIONED)
def test_apportioned_counts_come_near_the_truth(dataset, written):
    """LSOAs shared out by residents recover the wards within 15 % or 12 units, and the district exactly."""
    residents: dict[str, Counter] = defaultdict(Counter)
    for row in csv_rows(written.council("reference/oa21_lsoa21_ward_2022.csv")):
        residents[row["LSOA21CD"]][row["WD25CD"]] += int(row["usual_residents"])
    got: dict[Key, float] = defaultdict(float)
    for (measure, lsoa, year), value in lsoa_numbers(written, dataset).items():
        for ward, people in residents[lsoa].items():
            got[measure, ward, year] += value * people / residents[lsoa].total()
    truth = expected(written, dataset)
    for measure in APPORTIONED[dataset]:
        keys = [key for key in got if key[0] == measure]
        assert len(keys) % 22 == 0 and keys
        assert sum(got[key] for key in keys) == pytest.approx(sum(truth[key] for key in keys))
        for key in keys:
            assert got[key] == pytest.approx(truth[key], rel=0.15, abs=12), key
