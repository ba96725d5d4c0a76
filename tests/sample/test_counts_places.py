"""Counts of the national datasets about places and practices, re-added by hand from the written files.

Nothing of the product is used but the files themselves: each reading below is a second, plain account
of what a publisher's file means. `test_counts.py` does the same for the other datasets.
"""

from __future__ import annotations

import json
import xml.etree.ElementTree as ElementTree
from collections import Counter, defaultdict

import pytest

from tests.sample.plain import csv_rows, ods_rows, xlsx_table, zip_member
from tests.sample.test_counts import Counts, cells, expected, grid_cells, inside, squeezed, ward_at

__all__ = ["cells", "grid_cells"]

EDITIONS = range(2022, 2027)
HERE = "E07000194"


@pytest.fixture(scope="module")
def oa_wards(written) -> dict[str, str]:
    rows = csv_rows(written.council("reference/oa21_lsoa21_ward_2022.csv"))
    return {row["OA21CD"]: row["WD25CD"] for row in rows}


def gazetteer(written, edition: int) -> list[dict[str, str]]:
    """Homes on the list that an edition finds."""
    rows = csv_rows(written.council(f"gazetteer/llpg_{2022 if edition < 2025 else 2025}.csv"))
    return [row for row in rows if row["BLPU_CLASS"].startswith("R") and row["LOGICAL_STATUS"] == "1"]


def zeros(found: Counter, truth: Counts) -> Counts:
    """A feed of single cases has no row where there is none."""
    return {key: 0 for key, value in truth.items() if value == 0} | dict(found)


def test_broadband(written, oa_wards):
    found: Counter = Counter()
    for edition in EDITIONS:
        path = written.national(f"ofcom/connected_nations/{edition}/{edition}01_fixed_output_area_r01.zip")
        unable = "Number of premises unable to receive decent broadband"
        for row in csv_rows(zip_member(path, f"{edition}01_fixed_oa_coverage_r1.csv")):
            ward = oa_wards.get(row["output_area"])
            if ward:
                key = ward, edition
                found["premises", *key] += int(row["All Premises"])
                found["gigabit_premises", *key] += int(row["Number of premises with Gigabit availability"])
                column = unable + (" from fixed or FWA" if edition >= 2024 else "")
                found["no_decent_premises", *key] += int(row[column])
    assert dict(found) == expected(written, "ofcom_fixed_coverage")


def test_green_and_blue_space(written, oa_wards):
    found: Counter = Counter()
    for edition in EDITIONS:
        folder = written.national(f"defra/green_blue_space/{edition}")
        if edition <= 2025:
            rows = csv_rows(folder / f"access_green_space_oa_{edition}.csv")
        else:
            rows = ods_rows(folder / f"access_green_blue_oa_{edition}.ods", "OA", 3)
        near = "households_with_access" + ("" if edition <= 2025 else "_15min")
        for row in rows:
            if row["OA21CD"] in oa_wards:
                key = oa_wards[row["OA21CD"]], edition
                found["households", *key] += int(row["households"])
                found["homes_near_space", *key] += int(row[near])
    assert dict(found) == expected(written, "defra_green_blue_space")


def test_energy_ratings(written):
    wards = {
        row["UPRN"].zfill(12): row["WARD_CODE"]
        for row in csv_rows(written.council("gazetteer/llpg_2025.csv"))
    }
    found: Counter = Counter()
    for edition in EDITIONS:
        new = edition > 2025
        name = f"certificates-{edition}.csv" if new else "certificates.csv"
        latest: dict[str, tuple[str, str]] = {}
        several = 0
        for row in csv_rows(written.national(f"mhclg/epc/{edition}/{name}")):
            cell = {key.lower(): value for key, value in row.items()}
            if cell["current_energy_rating"] not in "ABCDEFG":
                continue
            home = cell["uprn"] or cell.get("certificate_number") or cell["lmk_key"]
            several += home in latest
            lodged = cell["lodgement_datetime"], cell["current_energy_rating"]
            latest[home] = max(latest.get(home, ("", "")), lodged)
        assert several > 100
        for home, (_, rating) in latest.items():
            if home.isdigit() and len(home) in {11, 12}:
                ward = wards.get(home.zfill(12), "outside")
            else:
                ward = "unallocated"
            found["certificates", ward, edition] += 1
            found["rated_efg", ward, edition] += rating in "EFG"
    assert dict(found) == expected(written, "mhclg_epc_domestic")


def test_food_hygiene(written, cells):
    postcodes = {}
    import csv

    for area in ("b", "de", "ws"):
        path = written.national(f"os/code_point_open/2025/{area}.csv")
        with path.open(encoding="utf-8", newline="") as file:
            postcodes |= {squeezed(row[0]): row[9] for row in csv.reader(file)}
    found: Counter = Counter()
    words = set()
    for edition in EDITIONS:
        tree = ElementTree.parse(written.national(f"fsa/food_hygiene/{edition}/FHRS998en-GB.xml"))
        for item in tree.iter("EstablishmentDetail"):
            rating = item.findtext("RatingValue", "")
            if rating not in {"0", "1", "2", "3", "4", "5"}:
                words.add(rating)
                continue
            x, y = item.findtext("Geocode/Longitude"), item.findtext("Geocode/Latitude")
            if x and y:
                ward = ward_at(cells, float(x), float(y))
            else:
                ward = postcodes.get(squeezed(item.findtext("PostCode", "")), "unallocated")
            found["rated", ward, edition] += 1
            found["rated_5", ward, edition] += rating == "5"
    assert words == {"AwaitingInspection", "Exempt", "AwaitingPublication"}
    assert dict(found) == expected(written, "fsa_fhrs")


#: Standards at the tap, Water Supply (Water Quality) Regulations 2016.
LIMITS = {"Nitrate": 50, "Lead": 10, "Escherichia": 0, "Coliform": 0, "Iron": 200, "Turbidity": 4}


def test_drinking_water_of_the_district(written):
    found: Counter = Counter()
    for edition in EDITIONS:
        year = edition - 1
        for company in ("south_staffs", "severn_trent"):
            path = written.national(
                f"water_companies/drinking_water/{edition}/{company}_drinking_water_quality_{year}.csv"
            )
            for row in csv_rows(path):
                cell = {key.lower().replace("_", " "): value for key, value in row.items()}
                limit = next((v for k, v in LIMITS.items() if cell["determinand"].startswith(k)), None)
                code = cell.get("lsoa or data zone", cell.get("lsoa", ""))
                place = "unallocated" if not code else "outside" if code.startswith("E01997") else "here"
                if limit is None:
                    assert cell["determinand"] == "Total Hardness"
                    continue
                found["tests", place, year] += 1
                found["failures", place, year] += cell["operator"] != "<" and float(cell["result"]) > limit
    wanted: Counter = Counter()
    for (measure, ward, year), value in expected(written, "stream_drinking_water").items():
        wanted[measure, "here" if ward.startswith("E05") else ward, year] += value or 0
    assert dict(found) == dict(wanted)


def test_homes_in_flood_areas(written):
    """Areas are in degrees, homes on the grid: the homes are carried to degrees by DuckDB's PROJ."""
    from importlib.util import find_spec
    from pathlib import Path

    import duckdb

    origin = find_spec("duckdb_extension_spatial").origin
    extension = Path(origin).parent / "extensions" / f"v{duckdb.__version__}" / "spatial.duckdb_extension"
    found: Counter = Counter()
    kinds = set()
    with duckdb.connect() as connection:
        connection.execute(f"load '{extension}'")
        for edition in (2022, 2026):
            path = written.national(f"ea/flood_risk/{edition}/rofrs_4band.json")
            areas = []
            for feature in json.loads(path.read_text(encoding="utf-8"))["features"]:
                kinds.add(feature["geometry"]["type"])
                risky = feature["properties"]["risk_band"] in {"High", "Medium"}
                if risky and feature["geometry"]["type"] == "Polygon":
                    areas.append(feature["geometry"]["coordinates"][0])
            homes = gazetteer(written, edition)
            connection.execute("create or replace table home (n integer, x double, y double)")
            path = written.council(f"gazetteer/llpg_{2022 if edition < 2025 else 2025}.csv")
            degrees = connection.execute(
                f"""
                select UPRN, st_x(p), st_y(p) from (
                    select UPRN, st_transform(
                        st_point(X_COORDINATE::double, Y_COORDINATE::double), 'EPSG:27700', 'OGC:CRS84', always_xy := true
                    ) as p
                    from read_csv('{path}', all_varchar = true)
                )
                """
            ).fetchall()
            spots = {uprn: (x, y) for uprn, x, y in degrees}
            boxes = [
                (min(x for x, _ in r), max(x for x, _ in r), min(y for _, y in r), max(y for _, y in r), r)
                for r in areas
            ]
            for home in homes:
                x, y = spots[home["UPRN"]]
                for west, east, south, north, ring in boxes:
                    if west <= x <= east and south <= y <= north and inside(ring, x, y):
                        found["homes_at_risk", home["WARD_CODE"], edition] += 1
                        break
    assert kinds == {"Polygon", "Point"}
    truth = {k: v for k, v in expected(written, "ea_rofrs").items() if k[2] in {2022, 2026}}
    assert zeros(found, truth) == truth


def test_homes_near_overflows(written):
    returns: dict[str, dict[int, object]] = defaultdict(dict)
    outlets: dict[str, tuple[int, int]] = {}
    marks = set()
    for edition in EDITIONS:
        year = edition - 1
        name = f"EDM {year} Storm Overflow Annual Return.xlsx"
        path = written.national(f"ea/edm/{edition}/{name}")
        table = xlsx_table(path, f"Severn Trent Water {year}")
        header = table[1 if edition <= 2023 else 0]
        assert "\n" in str(header[1])
        for row in table[2 if edition <= 2023 else 1 :]:
            reference = str(row[2])
            # SK is the square 400 km east and 300 km north of the origin, SP lies south of it.
            north = {"SK": 300000, "SP": 200000}[reference[:2]]
            outlets[str(row[6])] = (400000 + int(reference[2:7]), north + int(reference[7:]))
            if isinstance(row[4], str):
                marks.add(row[4])
            else:
                returns[str(row[6])][year] = row[4]
    assert marks <= {"#N/a", "N/a", "-"} and marks
    found: Counter = Counter()
    for edition in EDITIONS:
        year = edition - 1
        frequent = []
        for key, spills in returns.items():
            known = [float(str(n)) for y, n in spills.items() if year - 2 <= y <= year]
            if known and sum(known) / len(known) >= 10:
                frequent.append(outlets[key])
        for home in gazetteer(written, edition):
            x, y = float(home["X_COORDINATE"]), float(home["Y_COORDINATE"])
            if any((x - a) ** 2 + (y - b) ** 2 <= 1e6 for a, b in frequent):
                found["homes_near_spills", home["WARD_CODE"], year] += 1
    truth = expected(written, "ea_edm_storm_overflows")
    assert sum(truth.values()) > 10_000
    assert zeros(found, truth) == truth


@pytest.mark.parametrize(
    ("dataset", "name", "column"),
    [
        ("defra_pcm_pm25", "mappm25{}g.csv", "pm25{}g"),
        ("defra_pcm_no2", "mapno2{}.csv", "no2{}"),
    ],
)
def test_air_where_people_live(written, dataset, name, column):
    """A ward whose homes share squares with its neighbours' takes something of theirs."""
    homes: dict[str, Counter] = defaultdict(Counter)
    for home in gazetteer(written, 2025):
        square = (
            int(float(home["X_COORDINATE"]) // 1000 * 1000 + 500),
            int(float(home["Y_COORDINATE"]) // 1000 * 1000 + 500),
        )
        homes[home["WARD_CODE"]][square] += 1
    truth = expected(written, dataset)
    for edition in EDITIONS:
        year = edition - 1
        path = written.national(f"defra/air_quality/{edition}/{name.format(year)}")
        rows = csv_rows(path, skip=5)
        assert ("ukgridcode" in rows[0]) == (edition <= 2023)
        value = {(int(row["x"]), int(row["y"])): row[column.format(year)] for row in rows}
        assert "MISSING" in value.values()
        for ward, squares in homes.items():
            mean = sum(n * float(value[square]) for square, n in squares.items()) / squares.total()
            assert mean == pytest.approx(truth["concentration", ward, year], rel=0.08)


def by_practice(written, edition: int) -> dict[str, dict[str, float]]:
    """Share of each practice's patients in each LSOA, and of all others in an empty code."""
    extract = 2022 if edition < 2025 else 2025
    patients: dict[str, dict[str, float]] = defaultdict(dict)
    path = written.national(f"nhs_england/gp_patients/{extract}/gp-reg-pat-prac-lsoa-all.csv")
    for row in csv_rows(path):
        patients[row["PRACTICE_CODE"]][row["LSOA_CODE"]] = float(row["NUMBER_OF_PATIENTS"])
    return {
        code: {lsoa: n / sum(people.values()) for lsoa, n in people.items()}
        for code, people in patients.items()
    }


def test_practices_hold_the_district(written):
    """Wards borrow the values of their practices, so the district is compared here."""
    truth = expected(written, "nhse_qof_prevalence")
    survey = expected(written, "gp_patient_survey")
    for edition in EDITIONS:
        shares = by_practice(written, edition)
        label = f"{(edition - 2) % 100:02d}{(edition - 1) % 100:02d}"
        path = written.national(f"nhs_england/qof/{edition}/QOF_{label}.zip")
        sums: Counter = Counter()
        for row in csv_rows(zip_member(path, f"PREVALENCE_{label}.csv")):
            if (row["GROUP_CODE"], row["PATIENT_LIST_TYPE"]) == ("DEP", "18OV"):
                here = sum(
                    s for lsoa, s in shares[row["PRACTICE_CODE"]].items() if not lsoa.startswith("E01997")
                )
                sums["depression_register"] += here * float(row["REGISTER"])
                sums["patients_18_plus"] += here * float(row["PRACTICE_LIST_SIZE"])
        for measure, value in sums.items():
            wanted = sum(v for (m, _, y), v in truth.items() if m == measure and y == edition - 1)
            assert value == pytest.approx(wanted, rel=0.02), (measure, edition)
        name = f"GPPS_{edition}_Practice_data_(weighted)_(csv)_PUBLIC.csv"
        answers = good = 0.0
        for row in csv_rows(written.national(f"nhs_england/gpps/{edition}/{name}")):
            if row["overallexp.pcteval"] != "/":
                base = float(row["overallexp.baseevalw"])
                answers += base
                good += base * float(row["overallexp.pcteval"]) / (100 if edition <= 2024 else 1)
        assert answers == sum(v for (m, _, y), v in survey.items() if m == "answering" and y == edition)
        wanted = sum(v for (m, _, y), v in survey.items() if m == "good_experience" and y == edition)
        assert good == pytest.approx(wanted, abs=0.01)
