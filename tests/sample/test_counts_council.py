"""The council's case systems and shared-out feeds, re-added from the written files, equal the truth.

Nothing of the product is used but the files themselves: each reading is a second, plain account of what
a supplier's file means.
"""

from __future__ import annotations

import datetime as dt
from collections import Counter, defaultdict

import pytest

from tests.sample.plain import csv_rows, sheet_names, xlsx_rows, xlsx_table, zip_member
from tests.sample.test_counts import (  # noqa: F401  (fixtures are asked for by name)
    EDITIONS,
    Counts,
    expected,
    fy,
    grid_cells,
    postcode_wards,
    property_wards,
    squeezed,
    ward_at,
)

WARDS = 22


@pytest.fixture(scope="module")
def places(request) -> dict[str, object]:
    return {
        name: request.getfixturevalue(name) for name in ("postcode_wards", "property_wards", "grid_cells")
    }


def financial_year(day: dt.date) -> int:
    return day.year + (day.month >= 4)


def date_of(text: str, *forms: str) -> dt.date:
    for form in forms:
        try:
            return dt.datetime.strptime(text.title(), form).date()
        except ValueError:
            continue
    raise AssertionError(f"{text} is no date")


def infectious_disease(written, places) -> Counts:
    out: dict = defaultdict(float)
    hidden = set()
    for edition in EDITIONS:
        for row in csv_rows(written.council(f"environmental_health/gi_notifications_{fy(edition)}.csv")):
            key = ("cases_three_years", row["ward_code"], edition)
            if row["cases"] == "<5":
                hidden.add(key)
            else:
                out[key] += int(row["cases"])
    return {key: None for key in hidden} | {key: n for key, n in out.items() if key not in hidden}


def police_share(written, places) -> Counts:
    out: Counts = {}
    for year in range(2020, 2027):
        table = xlsx_table(written.council(f"community_safety/csp_ward_counts_{fy(year)}.xlsx"), "Data")
        for row in table[4:]:
            if str(row[0]).startswith("E05"):
                kind = "domestic_abuse" if str(row[2]).startswith("Domestic") else "hate"
                for name, cell in (("incidents", row[3]), ("victims", row[4])):
                    out[f"{kind}_{name}", str(row[0]), year] = None if cell == "<5" else float(str(cell))
    return out


def housing_register(written, places) -> Counts:
    out: Counts = Counter()
    for edition in EDITIONS:
        path = written.council(f"housing/lichfield_district_homes_register_{edition}0331.xlsx")
        for row in xlsx_rows(path, "Register", 1):
            home = str(row.get("Current Postcode") or row.get("Applicant Postcode") or "")
            band = row.get("Band") or row.get("Priority")
            if row["Status"] == "Live" and band in ("Emergency", "Band 1"):
                ward = places["postcode_wards"].get(squeezed(home), "unallocated")
                out["priority_applications", ward, edition] += 1
    return out


def homelessness(written, places) -> Counts:
    homes: dict[tuple[str, int], str] = {}
    for path in sorted(written.council("housing").glob("hclic_*.csv")):
        for row in csv_rows(path):
            day = date_of(row["AssessmentDate"], "%Y-%m-%d", "%d/%m/%Y")
            assert path.stem == f"hclic_{day.year}Q{(day.month + 2) // 3}"
            if "Prevention" in row["DutyOwed"] or "Relief" in row["DutyOwed"]:
                homes[row["CaseReference"], financial_year(day)] = row["LastSettledPostcode"]
    out: Counts = Counter()
    for (_, year), home in homes.items():
        out["households_owed_duty", places["postcode_wards"].get(squeezed(home), "unallocated"), year] += 1
    return out


def private_sector_housing(written, places) -> Counts:
    homes = set()
    for year in range(2020, 2027):
        path = written.council(f"environmental_health/hhsrs_inspections_{fy(year)}.csv")
        for row in csv_rows(path, encoding="cp1252"):
            tenure, category = row.get("TENURE") or row["TENURETYPE"], row.get("CAT") or row["HAZCAT"]
            if category == "1" and tenure == "PRIVATE RENTED":
                homes.add((row["UPRN"].zfill(12) if row["UPRN"] else row["REFVAL"], year))
    out: Counts = Counter()
    for home, year in homes:
        out["dwellings_category_1", places["property_wards"].get(home, "unallocated"), year] += 1
    return out


def street_cleansing(written, places) -> Counts:
    names = {}
    for row in csv_rows(written.settings.config / "sample" / "wards.csv"):
        names |= {row["ward_name"]: row["ward_code"], row["alias"]: row["ward_code"]}
    out: Counts = Counter()
    for year in range(2021, 2027):
        for tranche in (1, 2, 3):
            path = written.council(f"operations/leqs_{fy(year)}_T{tranche}.xlsx")
            for row in xlsx_rows(path, "Transects", 1):
                ward = row["Ward Code"] if year >= 2024 else names[row["Ward"]]
                out["transects", ward, year] += 1
                if {row["Litter"], row["Detritus"]} & {"B-", "C", "C-", "D"}:
                    out["transects_below_b", ward, year] += 1
    return out


def dwelling_fires(written, places) -> Counts:
    out: Counts = Counter()
    for year in range(2020, 2027):
        for row in csv_rows(written.council(f"community_safety/sfrs_incidents_{fy(year)}.csv")):
            x, y = int(row["easting_100m"]), int(row["northing_100m"])
            assert x % 100 == y % 100 == 0
            if row["incident_type"].endswith("dwelling") and row["motive"] != "Deliberate":
                ward = ward_at(places["grid_cells"], x, y, snap=75) if x else "unallocated"
                out["accidental_dwelling_fires", ward, year] += 1
    return out


def customer_contact(written, places) -> Counts:
    import duckdb

    out: Counts = Counter()
    for edition in EDITIONS:
        path = written.council(f"customer_services/contacts_{fy(edition)}.parquet")
        with duckdb.connect() as connection:
            rows = connection.execute(
                f"select service, channel, uprn, postcode from read_parquet('{path.as_posix()}')"
            ).fetchall()
        for service, channel, uprn, postcode in rows:
            if "reminder" in channel or service in ("Business rates", "Licensing"):
                continue
            if uprn is not None:
                ward = places["property_wards"][str(uprn).zfill(12)]
            else:
                ward = places["postcode_wards"].get(squeezed(postcode or ""), "unallocated")
            out["contacts", ward, edition] += 1
            if channel in ("Web", "Online", "SelfServe"):
                out["online_contacts", ward, edition] += 1
    return out


def food_support(written, places) -> Counts:
    names = {"Tamworth": "outside", "Out of district": "outside"}
    for row in csv_rows(written.settings.config / "sample" / "wards.csv"):
        for name in (row["ward_name"], row["alias"]):
            names["".join(c for c in name.lower().replace("&", "and") if c.isalnum())] = row["ward_code"]
    out: Counts = Counter()
    for edition in EDITIONS:
        path = written.council(f"communities/food_parcels_{fy(edition)}.xlsx")
        table = xlsx_table(path, sheet_names(path)[0])[1 if edition <= 2023 else 3 :]
        for ward, month, vouchers, *_ in table:
            if month is None:
                continue
            assert financial_year(date_of(str(month), "%b-%y")) == edition
            typed = "".join(c for c in str(ward or "").lower().replace("&", "and") if c.isalnum())
            found = names.get(str(ward)) or names.get(typed, "unallocated")
            out["vouchers", found, edition] += int(str(vouchers))
    return out


def residents_survey(written, places) -> Counts:
    out: Counts = Counter()
    for year in (2022, 2024, 2026):
        for row in csv_rows(written.council(f"policy/residents_survey_{year}.csv")):
            cells = {name.lower(): cell for name, cell in row.items()}
            ward = places["postcode_wards"].get(squeezed(cells["postcode"]), "unallocated")
            out["respondents", ward, year] += 1
            for question in ("influence", "belong", "online"):
                answer = int(next(cell for name, cell in cells.items() if question in name))
                out[f"{question}_valid", ward, year] += float(cells["weight"]) * (answer <= 5)
                out[f"{question}_agree", ward, year] += float(cells["weight"]) * (answer in (4, 5))
    return out


def polling_district_turnout(written, places) -> Counts:
    """Postal boxes shared by the register's postal electors of the districts named in the file."""
    wards = {
        row["pd"]: row["ward_code"] for row in csv_rows(written.council("electoral/pd_ward_lookup_2024.csv"))
    }
    out: Counts = Counter()
    for poll, register, sheet, header in ((2019, 2021, "Summary", 3), (2024, 2024, "PD Summary 2024", 4)):
        postal = {
            str(row.get("PD") or row.get("Polling District")): int(str(row["Postal"]))
            for row in xlsx_rows(written.council(f"electoral/register_counts_{register}.xlsx"), sheet, header)
        }
        for suffix in ("", "_tamworth"):
            path = written.council(f"electoral/verification_ukpge_{poll}{suffix}.xlsx")
            table = xlsx_table(path, "Verification")[1:-1]
            here = [pd.strip() for row in table if row[2] for pd in str(row[2]).split(",")]
            for _, _, named, electorate, _, verified, *_ in table:
                for measure, count in (("electorate", electorate), ("ballots_verified", verified)):
                    if named:
                        # A box of two districts stands in one ward.
                        found = {wards[pd.strip()] for pd in str(named).split(",")}
                        assert len(found) == 1
                        out[measure, found.pop(), poll] += float(str(count))
                    else:
                        for pd in here:
                            share = postal[pd] / sum(postal[other] for other in here)
                            out[measure, wards[pd], poll] += float(str(count)) * share
    return out


def tenure(written, places) -> Counts:
    wards = {
        row["OA21CD"]: row["WD25CD"]
        for row in csv_rows(written.council("reference/oa21_lsoa21_ward_2022.csv"))
    }
    out: Counts = Counter()
    path = next(written.shares.rglob("census2021-ts054.zip"))
    for row in csv_rows(zip_member(path, "census2021-ts054-oa.csv")):
        kinds = ("Private landlord or letting agency", "Other private rented")
        out["private_rented", wards[row["geography code"]], 2021] += sum(
            int(row[f"Tenure of household: Private rented: {kind}"]) for kind in kinds
        )
    return out


READINGS = {
    "ldc_infectious_disease": infectious_disease,
    "ldc_csp_police_share": police_share,
    "ldc_housing_register": housing_register,
    "ldc_homelessness_hclic": homelessness,
    "ldc_private_sector_housing": private_sector_housing,
    "ldc_street_cleansing_survey": street_cleansing,
    "ldc_sfrs_dwelling_fires": dwelling_fires,
    "ldc_customer_contact": customer_contact,
    "ldc_food_support": food_support,
    "ldc_residents_survey": residents_survey,
    "ldc_polling_district_turnout": polling_district_turnout,
    "ref_ward_households_census": tenure,
}


@pytest.mark.parametrize("dataset", READINGS)
def test_counts_equal_the_truth(dataset, written, places):
    found = READINGS[dataset](written, places)
    truth = expected(written, dataset)
    assert len([key for key in truth if key[1].startswith("E05")]) >= WARDS
    different = {
        key: (found.get(key), value)
        for key, value in truth.items()
        if (found.get(key, 0) is None) != (value is None)
        or (value is not None and found.get(key, 0) != pytest.approx(value, abs=1e-6))
    }
    assert not different, dict(list(different.items())[:5])
    assert set(found) <= set(truth), sorted(set(found) - set(truth))[:5]


def tonnes(written, edition: int) -> dict[tuple[str, str], float]:
    """Tonnes of each round, collected and recycled."""
    out: dict[tuple[str, str], float] = defaultdict(float)
    for month in [f"{edition - 1}{m:02d}" for m in range(4, 13)] + [f"{edition}{m:02d}" for m in (1, 2, 3)]:
        for row in csv_rows(written.council(f"waste/weighbridge_{month}.csv")):
            net = float(row.get("Net kg") or row["Net (kg)"])
            if row["Council"] == "TBC":
                continue
            load = net if abs(net) < 100 else net / 1000
            out["collected_tonnes", row["Round"]] += load
            if not (row.get("Material") or row["Material Code"]).startswith("RES"):
                out["recycled_tonnes", row["Round"]] += load
    return out


def test_tonnes_shared_by_homes_come_near_the_truth(written, places):
    rounds: dict[str, Counter] = defaultdict(Counter)
    for row in csv_rows(written.council("waste/round_book_2026.csv")):
        rounds[row["round"]][places["property_wards"].get(row["uprn"].zfill(12), "outside")] += 1
    got: dict[tuple[str, str, int], float] = defaultdict(float)
    for edition in EDITIONS:
        for (measure, name), amount in tonnes(written, edition).items():
            for ward, homes in rounds[name].items():
                got[measure, ward, edition] += amount * homes / rounds[name].total()
    truth = expected(written, "ldc_kerbside_recycling")
    assert len(truth) == 2 * WARDS * 5
    for key, value in truth.items():
        assert got[key] == pytest.approx(value, rel=0.1, abs=15), key
    for measure in ("collected_tonnes", "recycled_tonnes"):
        for edition in EDITIONS:
            wards = [
                value for key, value in got.items() if key[::2] == (measure, edition) and key[1] != "outside"
            ]
            whole = sum(value for key, value in truth.items() if key[::2] == (measure, edition))
            assert sum(wards) == pytest.approx(whole, rel=0.01)


def test_each_quirk_of_the_waste_files_is_there(written):
    old = csv_rows(written.council("waste/weighbridge_202206.csv"))
    weights = [float(row["Net kg"]) for row in old]
    assert any(0 < abs(w) < 100 for w in weights) and any(abs(w) >= 100 for w in weights)
    assert {row["Council"] for row in old} == {"LDC", "TBC", "JOINT"}
    new = csv_rows(written.council("waste/weighbridge_202602.csv"))
    assert any(float(row["Net (kg)"]) < 0 for row in new)
    assert "FOOD" in {row["Material Code"] for row in new}
    assert {row["Round"][0] for row in new} == {"F", "T"}
    codes = {
        month: {row["Material Code"] for row in csv_rows(written.council(f"waste/weighbridge_{month}.csv"))}
        for month in ("202406", "202411")
    }
    assert "DMR" in codes["202406"] and "DRY-MIX" in codes["202411"]


def test_police_workbook_has_a_cover_and_hides_small_counts(written):
    path = written.council("community_safety/csp_ward_counts_2025-26.xlsx")
    assert sheet_names(path) == ["Cover", "Data"]
    table = xlsx_table(path, "Data")
    assert table[3][:2] == ["Ward Code", "Ward Name"]
    assert "<5" in {row[3] for row in table}
    assert sum(str(row[0]).startswith("E07") for row in table) == 2


def test_survey_has_half_postcodes_dont_knows_and_comments(written):
    rows = csv_rows(written.council("policy/residents_survey_2022.csv"))
    assert {"WS00", "", "ws01 2"} <= {row["postcode"] for row in rows}
    assert {"8", "9"} <= {row["q_influence"] for row in rows}
    assert len({row["weight"] for row in rows}) > 8
    assert any(row["comments"] for row in rows)


def test_boxes_serve_several_districts_and_postal_ones_none(written):
    table = xlsx_table(written.council("electoral/verification_ukpge_2024.xlsx"), "Verification")
    assert any("," in str(row[2] or "") for row in table[1:])
    assert sum(str(row[1]).startswith("PV") for row in table) == 4


def test_volunteers_type_places_that_are_no_ward(written):
    table = xlsx_table(written.council("communities/food_parcels_2022-23.xlsx"), "Parcels")
    typed = {row[0] for row in table[1:]}
    assert {"Burntwood", "Chase Terrace/Chasetown", "Out of district", None} <= typed
    assert table[1][1] == "Apr-22"


def test_channels_change_their_words_with_the_system(written):
    import duckdb

    with duckdb.connect() as connection:
        words = {
            year: {
                row[0]
                for row in connection.execute(
                    "select distinct channel from read_parquet(?)",
                    [str(written.council(f"customer_services/contacts_{fy(year)}.parquet"))],
                ).fetchall()
            }
            for year in (2024, 2025)
        }
    assert "Web" in words[2024] and {"Online", "SelfServe"} <= words[2025]
    assert not words[2024] & words[2025]
