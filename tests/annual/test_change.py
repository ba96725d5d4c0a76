"""An edition in which everything changes, as data alone: wards merge and split, the district has a new code, both
councils close and one follows under a new agreement.

The edition is made in a copy of the project and of the finished sample run. What is expected is worked out by
hand, from the release before the change, or by counting the suppliers' own files again.
"""

from __future__ import annotations

import csv
import datetime as dt
import hashlib
import itertools
import json
import shutil
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import duckdb
import pytest
import yaml

from spi_orchestration.catalogue import load_catalogue
from spi_orchestration.sample.deliveries import add_edition
from spi_orchestration.settings import Settings
from tests.helpers.annual import Ended, spi
from tests.helpers.guide import SAMPLE_FILE, add_dataset, blocks
from tests.helpers.project import ROOT, project_files

OLD_CODE, NEW_CODE = "E07000194", "E07099194"
#: Chadsmead and Curborough become one ward; Whittington & Streethay is cut in two, of which one keeps the name.
MERGED, JOINED = ("E05010656", "E05010660"), "E05098001"
SPLIT, PARTS = "E05010672", ("E05098002", "E05098003")
EDITION = 2027
CLOSES = dt.date(2027, 3, 31)

WARDS = {
    JOINED: "Chadsmead & Curborough",
    PARTS[0]: "Whittington & Streethay",
    PARTS[1]: "Fisherwick",
}
CHANGES = [
    (MERGED[0], JOINED, "merged"),
    (MERGED[1], JOINED, "merged"),
    (SPLIT, PARTS[0], "split"),
    (SPLIT, PARTS[1], "split"),
]
#: Delivered for the edition on its own wards: lookups, residents, and one table by ward from each council and term.
DELIVERED = (
    "ref_wards",
    "ref_ward_boundaries",
    "ref_oa21_ward",
    "ref_lsoa21_ward",
    "ref_postcodes",
    "ref_llpg",
    "ref_pd_ward",
    "ref_ward_population",
    "scc_ncmp",
    "scc_ks4",
    "scc_level3_by_19",
)
#: Ways to a ward that place old deliveries anew, and ways that rest on the wards of the time.
PLACED_ANEW = {
    "oa21_best_fit",
    "lsoa21_pop_weighted",
    "lsoa11_to_lsoa21",
    "postcode_lookup",
    "survey_weighted_postcode",
    "points_in_ward",
    "gp_practice_patient_weighted",
    "polling_district_sum",
}
#: Ways to a ward that rest on the homes of the newest gazetteer.
BY_HOMES = {"uprn_lookup", "round_apportionment"}
BY_WARD = {"direct_ward", "ward_name"}


def edit(path: Path, change: Callable[[Any], object]) -> None:
    data = yaml.safe_load(path.read_text(encoding="utf-8"))
    change(data)
    path.write_text(yaml.safe_dump(data, sort_keys=False, allow_unicode=True), encoding="utf-8")


def edit_rows(path: Path, change: Callable[[list[dict[str, str]]], list[dict[str, str]]]) -> None:
    with path.open(encoding="utf-8", newline="") as file:
        reader = csv.DictReader(file)
        names, rows = list(reader.fieldnames or ()), list(reader)
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, names, lineterminator="\n")
        writer.writeheader()
        writer.writerows(change(rows))


def change_wards(rows: list[dict[str, str]]) -> list[dict[str, str]]:
    ended = {old for old, _, _ in CHANGES}
    for row in rows:
        if row["ward_code"] in ended:
            row["last_edition"] = str(EDITION - 1)
    pattern = next(row for row in rows if row["ward_code"] == SPLIT)
    added = [
        {**pattern, "ward_code": code, "ward_name": name, "first_edition": str(EDITION), "last_edition": ""}
        for code, name in WARDS.items()
    ]
    return [*rows, *added]


#: Groups that a bid adds: every ward of the district, and one ward alone.
EVERY_WARD, ONE_WARD, ALONE = "every_ward", "one_ward", "E05010653"


def change_groups(rows: list[dict[str, str]]) -> list[dict[str, str]]:
    group = {row["ward_code"]: row for row in rows}
    homes = {JOINED: MERGED[0], PARTS[0]: SPLIT, PARTS[1]: SPLIT}
    kept = [*rows, *({**group[old], "ward_code": new} for new, old in homes.items())]
    every = [
        {"group_code": EVERY_WARD, "group_name": "Every ward", "ward_code": row["ward_code"], "note": ""}
        for row in kept
    ]
    one = {"group_code": ONE_WARD, "group_name": "One ward", "ward_code": ALONE, "note": ""}
    return [*kept, *every, one]


#: A bound that the board moves with the edition, under a new method version.
BOUND, OLD_WORST, NEW_WORST = "violence_per_1000", 80.0, 70.0
PARENTS = ("safety", "basic_human_needs")


def change_method(root: Path) -> None:
    seeds = root / "dbt_project" / "seeds" / "framework"

    def bound(rows: list[dict[str, str]]) -> list[dict[str, str]]:
        (row,) = (row for row in rows if row["indicator"] == BOUND)
        assert (float(row["worst"]), float(row["best"])) == (OLD_WORST, 0)
        row["worst"] = str(NEW_WORST)
        return rows

    def version(rows: list[dict[str, str]]) -> list[dict[str, str]]:
        next(row for row in rows if row["profile"] == "full")["method_version"] = f"ward-{EDITION}.1"
        return rows

    edit_rows(seeds / "full_bounds.csv", bound)
    edit_rows(seeds / "method.csv", version)


def change_everything(root: Path) -> None:
    """Edit the files that docs/change.md names, and no others."""
    config, seeds = root / "config", root / "dbt_project" / "seeds" / "geography"
    edit_rows(seeds / "wards.csv", change_wards)
    edit_rows(
        seeds / "ward_change.csv",
        lambda rows: [
            *rows,
            *(
                {"old_code": old, "new_code": new, "kind": kind, "edition": str(EDITION), "note": ""}
                for old, new, kind in CHANGES
            ),
        ],
    )
    edit_rows(seeds / "area_groups.csv", change_groups)
    edit(
        config / "district.yml",
        lambda data: data.update(
            code=NEW_CODE,
            earlier_codes=[{"code": OLD_CODE, "last_edition": EDITION - 1}],
            current_edition=EDITION,
        ),
    )

    def suppliers(data: Any) -> None:
        for name in ("ldc", "scc"):
            data["suppliers"][name].update(closes=CLOSES, successor="new_council")
        data["suppliers"]["new_council"] = {
            "title": "New Council",
            "kind": "council",
            "contact_role": "Head of Data",
            "opens": CLOSES + dt.timedelta(days=1),
        }

    def agreements(data: Any) -> None:
        data["agreements"]["scc_dsa"].update(expires=CLOSES, successor="new_terms")
        data["agreements"]["new_terms"] = {
            **data["agreements"]["scc_dsa"],
            "title": "Terms of the new council",
            "begins": CLOSES + dt.timedelta(days=1),
            "expires": None,
            "successor": None,
        }

    edit(config / "suppliers.yml", suppliers)
    edit(config / "agreements.yml", agreements)
    edit(config / "shares" / "sample.yml", lambda data: data["folders"].update(new_council="new_council"))


def by_election(share: Path) -> None:
    """A poll of one ward in the edition's year, in the layout of ordinary elections."""
    ordinary = next(share.glob("*/electoral/election_results_2023-*.csv"))
    with ordinary.open(encoding="utf-8-sig", newline="") as file:
        reader = csv.DictReader(file)
        names = list(reader.fieldnames or ())
        rows = [row for row in reader if row["ElectoralAreaURI"].endswith("E05010653")]
    for row in rows:
        row.update(
            TypeofElection="District council by-election",
            ElectionDate="2027-05-06",
            VotesCast="1,000",
            EligibleElectorate="4,000",
            PercentageTurnout="25.00",
        )
    path = share / "new_council" / "electoral" / "election_results_2027-05-06.csv"
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, names)
        writer.writeheader()
        writer.writerows(rows)


def deliver_guide(share: Path) -> None:
    """The council that closes sent the guide's file for 2026; its successor still counts by the wards of then."""
    for folder, edition in (("council", EDITION - 1), ("new_council", EDITION)):
        target = share / folder / "allotments" / f"allotments_{edition}.csv"
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(blocks()[SAMPLE_FILE], encoding="utf-8")


def hashes(folder: Path) -> dict[str, str]:
    return {
        path.relative_to(folder).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }


@dataclass(frozen=True)
class Changed:
    """The edition of change.

    Attributes:
        ended: how its run ended.
        before: hashes of the releases that were there before.
        settings: of the copy.
        con: connection with the warehouses of edition 2026, as `o`, and of the edition, as `w`.
    """

    ended: Ended
    before: dict[str, str]
    settings: Settings
    con: duckdb.DuckDBPyConnection

    def rows(self, sql: str) -> list[tuple[Any, ...]]:
        return self.con.execute(sql).fetchall()


@pytest.fixture(scope="module")
def changed(sample_run: Ended, tmp_path_factory: pytest.TempPathFactory) -> Changed:
    root = tmp_path_factory.mktemp("change")
    for name in project_files():
        if name == "sources.yml" or name.startswith(("config/", "dbt_project/", "decisions/")):
            (root / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(ROOT / name, root / name)
    data = root / "data"
    shutil.copytree(sample_run.data, data)
    before = hashes(data / "releases" / "2026.1")
    change_everything(root)
    change_method(root)
    settings = Settings(root=root, data=data, shares_file=root / "config" / "shares" / "sample.yml")
    add_edition(settings, EDITION, DELIVERED)
    add_dataset(root)
    deliver_guide(settings.sample / "shares")
    by_election(settings.sample / "shares")
    catalogue = load_catalogue(settings)
    kept = [
        {
            "dataset": dataset.id,
            "decision": "carry_forward",
            "reason": "Not made for the edition of change.",
            "role": "Sample role",
            "date": dt.date(2026, 1, 1),
        }
        for dataset in catalogue.in_profile("full")
        if dataset.contract.refresh.cycle == "annual" and dataset.id not in (*DELIVERED, "ldc_allotments")
    ]
    (root / "decisions" / f"{EDITION}.yml").write_text(yaml.safe_dump({"decisions": kept}), encoding="utf-8")
    ended = spi(data, "run", SPI_HOME=str(root), SPI_SHARES=str(settings.shares_file))
    if ended.code != 0:
        pytest.fail(f"`spi run` ended with {ended.code}:\n{ended.said[-6000:]}")
    con = duckdb.connect()
    warehouse = data / "warehouse" / OLD_CODE / "full" / str(EDITION) / "warehouse.duckdb"
    con.execute(f"attach '{warehouse.as_posix()}' as w (read_only)")
    con.execute(f"attach '{(warehouse.parent.parent / '2026' / warehouse.name).as_posix()}' as o (read_only)")
    return Changed(ended, before, replace(settings), con)


def test_the_run_passes_and_its_release_stands_beside_those_before(changed: Changed) -> None:
    releases = changed.settings.releases
    current = json.loads((releases / "current.json").read_text(encoding="utf-8"))["current"]["full"]
    assert current["id"] == f"{EDITION}.1"
    listed = json.loads((releases / "index.json").read_text(encoding="utf-8"))["releases"]
    assert {"2026.1", f"{EDITION}.1"} <= {item["id"] for item in listed}
    assert hashes(releases / "2026.1") == changed.before
    record = json.loads((releases / f"{EDITION}.1" / "release.json").read_text(encoding="utf-8"))
    assert (record["district"], record["district_id"]) == (NEW_CODE, OLD_CODE)


def test_the_ward_dimension_tells_what_came_before_and_after(changed: Changed) -> None:
    got = changed.rows(
        "select ward_code, in_force, predecessors, successors, changes, break_edition from w.marts.dim_ward "
        "where changes is not null order by ward_code"
    )
    parts = " ".join(PARTS)
    assert got == [
        (MERGED[0], False, None, JOINED, "merged", None),
        (MERGED[1], False, None, JOINED, "merged", None),
        (SPLIT, False, None, parts, "split", None),
        (JOINED, True, " ".join(MERGED), None, "merged", None),
        (PARTS[0], True, SPLIT, None, "split", EDITION),
        (PARTS[1], True, SPLIT, None, "split", EDITION),
    ]
    areas = changed.rows("select area_type, count(*) from w.marts.dim_area group by all order by all")
    # 22 wards less two, and one for them; less one, and two for it.
    assert areas == [("district", 1), ("group", 6), ("ward", 22)]


#: Public tables with a row by area in which a group stands beside wards and district. The others hold wards alone.
BY_AREA = {
    "fct_change",
    "fct_component_score",
    "fct_contribution",
    "fct_dimension_score",
    "fct_index_score",
    "fct_indicator_value",
    "fct_interval",
    "fct_point",
    "fct_policy_event",
    "fct_population_sensitivity",
    "fct_progress",
    "fct_series_break",
    "fct_variant_score",
}
#: What names the area, a rank, which wards alone have, and targets, which were set for the district.
APART = {"area_code", "area_name", "area_type", "position", "target", "due", "distance", "share"}


@pytest.mark.parametrize(("group", "area"), [(EVERY_WARD, NEW_CODE), (ONE_WARD, ALONE)])
def test_a_group_of_all_wards_is_the_district_and_of_one_ward_that_ward(
    changed: Changed, group: str, area: str
) -> None:
    """Values, scores, intervals, changes, contributions and progress, of every edition; no release had the groups."""
    columns: dict[str, list[str]] = {}
    for table, column in changed.rows(
        "select table_name, column_name from duckdb_columns() "
        "where database_name = 'w' and schema_name = 'marts' order by table_name, column_index"
    ):
        columns.setdefault(table, []).append(column)
    compared = {}
    for table, names in columns.items():
        if "area_code" not in names or not table.startswith("fct_"):
            continue
        same = ", ".join(f'"{name}"' for name in names if name not in APART)
        mine, theirs = (
            changed.rows(f"select {same} from w.marts.{table} where area_code = '{code}' order by all")
            for code in (group, area)
        )
        if mine:
            compared[table] = len(mine)
            assert len(mine) == len(theirs), table
            apart = [
                (a, b)
                for a, b in zip(mine, theirs, strict=True)
                if any(x != pytest.approx(y, abs=1e-9, nan_ok=True) for x, y in zip(a, b, strict=True))
            ]
            assert apart == [], table
    assert set(compared) == BY_AREA
    # Every indicator, the added one too, in every edition; a ratio of one ward is not lost in its group.
    assert compared["fct_indicator_value"] == 79 * 6
    ((value,),) = changed.rows(
        f"select value from w.marts.fct_indicator_value where edition = {EDITION} "
        f"and indicator = 'housing_affordability_ratio' and area_code = '{group}'"
    )
    assert (value is not None) == (group == ONE_WARD)


def published(changed: Changed, release: str, edition: int) -> dict[tuple[str, str], float | None]:
    """(area, code) -> score, as the files of a release give it."""
    folder = changed.settings.releases / release / "csv"
    found: dict[tuple[str, str], float | None] = {}
    for table, column in (
        ("fct_indicator_value", "indicator"),
        ("fct_component_score", "component"),
        ("fct_dimension_score", "dimension"),
        ("fct_index_score", None),
    ):
        with (folder / f"{table}.csv").open(encoding="utf-8", newline="") as file:
            for row in csv.DictReader(file):
                if row["edition"] == str(edition):
                    key = (row["area_code"], row[column] if column else "index")
                    found[key] = float(row["score"]) if row["score"] else None
    return found


def test_the_bridge_leads_from_one_published_edition_to_the_next(changed: Changed) -> None:
    """It starts at what 2026.1 says, ends at what the next release says, and adds up at every level."""
    first, second = published(changed, "2026.1", 2026), published(changed, f"{EDITION}.1", EDITION)
    folder = changed.settings.releases / f"{EDITION}.1" / "csv"
    with (folder / "fct_bridge_score.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    legs = ("revision", "method", "data", "control")
    whole = [row for row in rows if all(row[leg] for leg in legs)]
    levels = {row["level"] for row in whole}
    areas = {row["area_code"] for row in whole}
    assert levels == {"1", "2", "3", "4"}
    # The district follows its old code; a ward that is made from others follows none.
    assert {NEW_CODE, "burntwood", ALONE} <= areas
    assert not areas & {JOINED, *PARTS, EVERY_WARD, ONE_WARD}
    old = {NEW_CODE: OLD_CODE}
    for row in whole:
        area, code = row["area_code"], row["code"]
        assert row["from_release"] == "2026.1"
        assert float(row["before"]) == pytest.approx(first[old.get(area, area), code], abs=1e-9)
        assert float(row["after"]) == pytest.approx(second[area, code], abs=1e-9)
        change = float(row["after"]) - float(row["before"])
        assert sum(float(row[leg]) for leg in legs) == pytest.approx(change, abs=1e-9)
    # Its parts add up to their legs, and the indicator that the new framework added is told there.
    with (folder / "fct_bridge.csv").open(encoding="utf-8", newline="") as file:
        parts = list(csv.DictReader(file))
    name = {"change in the data": "data", "method and framework": "method"}
    sums: dict[tuple[str, str, str], float] = {}
    for part in parts:
        if part["part"] != "total":
            key = (part["area_code"], part["code"], name.get(part["leg"], part["leg"]))
            sums[key] = sums.get(key, 0.0) + float(part["points"])
    for row in whole:
        for leg in legs:
            told = sums.get((row["area_code"], row["code"], leg), 0.0)
            assert float(row[leg]) == pytest.approx(told, abs=1e-9), (row["area_code"], row["code"], leg)
    # The new bound by hand: all means are arithmetic, so a score moves each parent by its weight in it.
    ((value,),) = changed.rows(f"""
        select value from w.marts.fct_indicator_value
        where edition = {EDITION - 1} and area_code = '{ALONE}' and indicator = '{BOUND}'
    """)
    weights = dict(
        changed.rows(f"""
            select code, effective_weight from w.marts.fct_contribution
            where edition = {EDITION - 1} and area_code = '{ALONE}'
        """)
    )
    moved = 100 * ((NEW_WORST - value) / NEW_WORST - (OLD_WORST - value) / OLD_WORST)
    told = {row["code"]: float(row["method"]) for row in whole if row["area_code"] == ALONE}
    assert told[BOUND] == pytest.approx(moved, abs=1e-9)
    expected = moved
    for child, parent in itertools.pairwise((BOUND, *PARENTS, "index")):
        expected *= weights[child]
        # Published weights have six digits.
        assert told[parent] == pytest.approx(expected, abs=1e-6)
    assert moved < -1
    assert {code for code, points in told.items() if abs(points) > 1e-9} == {BOUND, *PARENTS, "index"}


#: Amounts of wards in the build before the change and in the one after it, of deliveries that both hold.
PAIRS = """
    with
        before as (select * from o.geography.geo_ward_observation where kind <> 'level'),
        after as (
            select * from w.geography.geo_ward_observation where kind <> 'level' and edition <= 2026
        ),
        grounds (old_code, new_code) as (values {grounds}),
        was as (
            select dataset, measure, reference_year, min(method) as method, new_code,
                sum(amount) as amount, count(amount) as wards, count(distinct old_code) as codes
            from before inner join (select distinct old_code, min(new_code) as new_code from grounds group by old_code)
                on old_code = ward_code
            group by all
        ),
        became as (
            select dataset, measure, reference_year, sum(amount) as amount, count(amount) as wards
            from after where ward_code in ({after}) group by all
        )
    select was.method, dataset, measure, reference_year, became.amount, was.amount
    from was left join became using (dataset, measure, reference_year)
    where was.method in ({methods}) and was.wards = {old} and coalesce(became.wards, 0) {new}
    order by all
"""


def pairs(
    changed: Changed, grounds: dict[str, str], after: tuple[str, ...], methods: set[str], new: str
) -> Any:
    """Rows of method, dataset, measure, year, amount after the change, amount before it."""
    return changed.rows(
        PAIRS.format(
            grounds=", ".join(str(pair) for pair in grounds.items()),
            after=", ".join(f"'{code}'" for code in after),
            methods=", ".join(f"'{method}'" for method in sorted(methods)),
            old=len(grounds),
            new=new,
        )
    )


def differing(rows: Any, tolerance: float = 1e-9) -> list[tuple[Any, ...]]:
    return [row for row in rows if row[4] != pytest.approx(row[5], rel=tolerance, abs=1e-6)]


def test_merged_wards_add_up_whatever_the_way_to_them(changed: Changed) -> None:
    grounds = dict.fromkeys(MERGED, JOINED)
    rows = pairs(changed, grounds, (JOINED,), PLACED_ANEW | BY_WARD, "= 1")
    assert differing(rows) == []
    assert {row[0] for row in rows} == PLACED_ANEW | BY_WARD


def test_a_split_ward_is_placed_anew_where_the_place_says_where(changed: Changed) -> None:
    """Both parts have their own figures of the years before, and together what the ward had."""
    grounds = {SPLIT: PARTS[0]}
    rows = pairs(changed, grounds, PARTS, PLACED_ANEW, "= 2")
    assert differing(rows) == []
    assert {row[0] for row in rows} == PLACED_ANEW
    # Where the newest gazetteer also knows homes built since, a little more of the old deliveries is placed.
    newer = pairs(changed, grounds, PARTS, BY_HOMES, "= 2")
    assert {row[0] for row in newer} == BY_HOMES
    assert differing(newer, 0.05) == []


def test_counts_by_the_split_ward_are_given_to_neither_part(changed: Changed) -> None:
    lost = pairs(changed, {SPLIT: PARTS[0]}, PARTS, BY_WARD, "= 0")
    assert {row[0] for row in lost} == BY_WARD
    # The food bank's parcels are events: a part without a row of its own is not a part without parcels.
    assert "ldc_food_support" in {row[1] for row in lost}
    assert pairs(changed, {SPLIT: PARTS[0]}, PARTS, BY_WARD, "> 0") == []


def test_a_part_holds_the_members_who_live_in_it(changed: Changed) -> None:
    """Counted again from the suppliers' files: regular adult members by the ward of their postcode."""
    share = changed.settings.sample / "shares"
    lies = {}
    for path in share.glob(f"**/code_point_open/{EDITION}/*.csv"):
        for row in csv.reader(path.open(encoding="utf-8", newline="")):
            lies[row[0].replace(" ", "")] = row[9]
    homes = [
        row[0]
        for row in changed.rows(
            "select place from o.geography.geo_observation, range(cast(amount as integer)) "
            "where dataset = 'ldc_leisure_membership' and measure = 'regular_members' and reference_year = 2026"
        )
        if row[0] is not None
    ]
    got = dict(
        changed.rows(
            "select ward_code, amount from w.geography.geo_ward_observation "
            "where dataset = 'ldc_leisure_membership' and measure = 'regular_members' and reference_year = 2026"
        )
    )
    for code in (*PARTS, JOINED, "E05010653"):
        assert got[code] == sum(lies.get(home.replace(" ", "")) == code for home in homes) > 0


def test_wards_that_did_not_change_keep_their_figures(changed: Changed) -> None:
    for code in ("E05010651", "E05010655", "E05010668"):
        rows = pairs(changed, {code: code}, (code,), PLACED_ANEW | BY_WARD, "= 1")
        assert differing(rows) == []
        assert len(rows) > 500


def test_the_series_of_a_part_breaks_where_it_begins_anew(changed: Changed) -> None:
    rows = changed.rows(f"""
        select indicator, series_break, break_reason from w.marts.fct_indicator_value
        where edition = {EDITION} and area_code = '{PARTS[1]}' and indicator like '%obes%'
    """)
    assert [row[1] for row in rows] == [True] * len(rows) != []
    assert "Fisherwick was made with edition 2027 from part of Whittington & Streethay" in rows[0][2]
    earlier = changed.rows(f"""
        select count(value) from w.marts.fct_indicator_value
        where edition < {EDITION} and area_code = '{PARTS[1]}' and indicator = '{rows[0][0]}'
    """)
    assert earlier == [(0,)]
    # The district had values before, without the ward that was split, and says so.
    district = changed.rows(f"""
        select edition, value is not null, series_break, break_reason from w.marts.fct_indicator_value
        where edition >= 2026 and area_code = '{NEW_CODE}' and indicator = '{rows[0][0]}' order by edition
    """)
    assert [row[1] for row in district] == [True, True]
    assert district[1][2] and "Fisherwick" in district[1][3]


def test_no_change_is_called_across_a_break(changed: Changed) -> None:
    broken = changed.rows("""
        select count(*), count(low), count(high), count(probability_better), count(distinct verdict), min(verdict)
        from w.marts.fct_change where series_break
    """)[0]
    assert broken[0] > 0
    assert broken[1:] == (0, 0, 0, 1, "series break")
    missed = changed.rows("""
        select change_.* from w.marts.fct_change as change_
        inner join w.marts.fct_series_break as broken using (edition, area_code, code, level)
        where broken.series_break and change_.verdict <> 'series break'
    """)
    assert missed == []


def test_suppliers_and_agreements_are_those_of_the_edition(changed: Changed) -> None:
    got = changed.rows("""
        select dataset, edition, supplier from w.geography.cat_delivery
        where dataset in ('scc_ncmp', 'scc_level3_by_19', 'ref_ward_population') and edition >= 2026
        order by dataset, edition
    """)
    # Weights are due on 31 January, before the county closes; level 3 on 30 June, after it.
    assert got == [
        ("ref_ward_population", 2026, "ons"),
        ("ref_ward_population", EDITION, "ons"),
        ("scc_level3_by_19", 2026, "scc"),
        ("scc_level3_by_19", EDITION, "new_council"),
        ("scc_ncmp", 2026, "scc"),
        ("scc_ncmp", EDITION, "scc"),
    ]
    titles = changed.rows(
        "select dataset, supplier_title, agreement from w.geography.cat_dataset "
        "where dataset in ('scc_ncmp', 'scc_level3_by_19') order by dataset"
    )
    assert titles == [
        ("scc_level3_by_19", "New Council", "Terms of the new council"),
        (
            "scc_ncmp",
            "Staffordshire County Council",
            "Data sharing agreement with Staffordshire County Council",
        ),
    ]


def test_a_by_election_leaves_the_results_of_the_other_wards(changed: Changed) -> None:
    accepted = changed.rows(
        "select edition, carried_forward from w.geography.cat_delivery "
        f"where dataset = 'ldc_election_results' and edition >= {EDITION}"
    )
    assert accepted == [(EDITION, False)]
    sql = """
        select reference_year, place, measure, amount from {}.geography.geo_observation
        where dataset = 'ldc_election_results' order by all
    """
    before, after = changed.rows(sql.format("o")), changed.rows(sql.format("w"))
    assert len({row[1] for row in before if row[0] == 2023}) == 22
    assert after == before


def allotments() -> dict[str, tuple[int, int]]:
    """Ward code -> plots and let plots, of the file that the guide shows."""
    rows = csv.DictReader(blocks()[SAMPLE_FILE].splitlines())
    return {row["Ward Code"]: (int(row["Plots"]), int(row["Let"])) for row in rows}


def test_the_dataset_added_by_the_guide_becomes_an_indicator(changed: Changed) -> None:
    plots = allotments()
    got = {
        (edition, area): (value, score)
        for edition, area, value, score in changed.rows(
            "select edition, area_code, value, numerator from w.marts.fct_indicator_value "
            "where indicator = 'allotments_let_pct' and area_type <> 'group'"
        )
    }
    merged = tuple(sum(plots[code][i] for code in MERGED) for i in (0, 1))
    for edition in (2026, EDITION):
        for code in set(plots) - {*MERGED, SPLIT}:
            assert got[edition, code][0] == pytest.approx(100 * plots[code][1] / plots[code][0])
        assert got[edition, JOINED][0] == pytest.approx(100 * merged[1] / merged[0])
        # The successor still counts by the wards of the year before: a whole table, but not for the parts.
        assert [got[edition, code][0] for code in PARTS] == [None, None]
    described = changed.rows(
        "select title, supplier_title from w.marts.dim_dataset where dataset = 'ldc_allotments'"
    )
    assert described == [("Allotment plots by ward", "New Council")]
