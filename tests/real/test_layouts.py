"""Every committed layout against the real file it was written for, and against other vintages of that file.

Belongs here: what a layout reads from a real file, cell by cell where a cell can be looked up in the file by
eye. Does not belong here: how readers work (`tests/readers`), or indicator values (`test_open_values.py`).
Expected numbers come from the publishers' pages, from the files' manifest, or were read in the files.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import duckdb
import pytest

from spi_orchestration.catalogue import Catalogue, Shares, load_catalogue, load_shares
from spi_orchestration.findings import DeliveryError
from spi_orchestration.readers import LandedFile, RawTable, read_delivery
from spi_orchestration.settings import Settings
from spi_orchestration.typing_sql import quoted, render_dataset

pytestmark = pytest.mark.real

ROOT = Path(__file__).resolve().parents[2]
LOOKUP = (
    "geography/lookups/LSOA_(2011)_to_LSOA_(2021)_to_Local_Authority_District_(2022)_Lookup_for_England_and_"
    "Wales_(Version_2).csv"
)
#: Rows that each delivery of config/shares/open-2025.yml gives.
ROWS = {
    # The seven month files hold 7,522 + 6,885 + 8,828 + 9,395 + 9,592 + 8,828 + 8,762 incidents.
    ("police_uk_street", 2025): 59_812,
    # 32,844 LSOAs of 2011 in England; footers and a stray "England" are dropped.
    ("desnz_fuel_poverty", 2020): 32_844,
    ("desnz_fuel_poverty", 2021): 32_844,
    ("desnz_fuel_poverty", 2022): 32_844,
    # 8,380 wards of the United Kingdom (its own total left out) and two years.
    ("dwp_cilif", 2025): 16_760,
    # 22 wards and 9 quarters; 22 wards and 91 ages.
    ("ons_hpssa_ward", 2023): 198,
    ("ref_ward_population", 2022): 2_002,
    ("mhclg_iod2025_indicators", 2025): 33_755,
    ("mhclg_iod2025_scores", 2025): 62,
    ("mhclg_iod2019_indicators", 2025): 32_844,
    ("ons_census21_age", 2025): 35_672,
    ("ons_census21_general_health", 2025): 35_672,
    # 62 LSOAs and 5, 8, 2 and 5 categories.
    ("ons_census21_occupancy", 2025): 310,
    ("ons_census21_tenure", 2025): 496,
    ("ons_census21_disability", 2025): 124,
    ("ons_census21_ethnic_group", 2025): 310,
    ("ons_census21_sex_age_65", 2025): 35_672,
    ("ons_census21_ethnic_group_ltla", 2025): 20,
    # Bourne Vale was uncontested.
    ("hoc_local_elections", 2025): 21,
    # Mainstream schools; 747 special schools are left out.
    ("dfe_ks2_schools", 2025): 15_608,
    ("ref_wards", 2025): 8_405,
    ("ref_ward_boundaries", 2025): 22,
    ("ref_lsoa21_boundaries", 2025): 62,
    ("ref_lsoa11_boundaries", 2025): 58,
    ("ref_lsoa11_lsoa21", 2025): 34_753,
    ("ref_lsoa21_ward", 2025): 35_672,
    ("ref_postcodes", 2025): 3_091,
}


class Opened:
    """A delivery read with a committed layout, typed as the catalogue says."""

    def __init__(self, raw: RawTable, items: list[str]) -> None:
        self.raw = raw
        self._connection = duckdb.connect()
        source = f"read_parquet('{raw.path.as_posix()}')"
        self._connection.execute(f"create table cells as select {', '.join(items)}, _row from {source}")

    def rows(self, select: str, rest: str = "") -> list[tuple[Any, ...]]:
        return self._connection.execute(f"select {select} from cells {rest}").fetchall()

    def one(self, select: str, rest: str = "") -> Any:
        return self.rows(select, rest)[0][0]


Open = Callable[..., Opened]


@pytest.fixture(scope="module")
def settings() -> Settings:
    return Settings.load(shares=ROOT / "config" / "shares" / "open-2025.yml")


@pytest.fixture(scope="module")
def catalogue(settings: Settings) -> Catalogue:
    return load_catalogue(settings)


@pytest.fixture(scope="module")
def shares(settings: Settings, catalogue: Catalogue) -> Shares:
    return load_shares(settings, catalogue)


@pytest.fixture(scope="module")
def read(real: Path, catalogue: Catalogue, shares: Shares, tmp_path_factory: pytest.TempPathFactory) -> Open:
    """Read a delivery of the shares file, or any files with a layout of the dataset."""
    folder = tmp_path_factory.mktemp("raw")
    kept: dict[tuple[object, ...], Opened] = {}

    def one(name: str, edition: int = 2025, layout: str | None = None, *files: str | Path) -> Opened:
        dataset = catalogue[name]
        if not files:
            delivery = shares.deliveries[name][edition]
            layout, files = delivery.layout, tuple(delivery.files)
        asked = (name, edition, layout, *files)
        if asked not in kept:
            landed = [LandedFile(real / file, Path(file).name) for file in sorted(files, key=str)]
            target = folder / f"{len(kept)}.parquet"
            raw = read_delivery(dataset, dataset.layout(edition, layout), landed, target)
            kept[asked] = Opened(raw, render_dataset(dataset, catalogue))
        return kept[asked]

    return one


def test_the_shares_file_serves_every_dataset_of_the_open_profile(catalogue: Catalogue, shares: Shares):
    assert set(shares.deliveries) == {dataset.id for dataset in catalogue.in_profile("open")}
    assert {(name, edition) for name, given in shares.deliveries.items() for edition in given} == set(ROWS)


@pytest.mark.parametrize(("name", "edition"), ROWS)
def test_a_delivery_is_read_whole_and_every_cell_is_what_its_column_says(
    name: str, edition: int, read: Open, catalogue: Catalogue
):
    dataset = catalogue[name]
    opened = read(name, edition)
    assert (opened.raw.rows, opened.raw.unexpected) == (ROWS[name, edition], ())
    low, high = dataset.contract.rows
    assert low <= opened.raw.rows <= high
    invalid = [f"count(*) filter ({quoted(column + '_status')} = 'invalid')" for column in dataset.columns]
    invalid = [text.replace("filter (", "filter (where ") for text in invalid]
    assert opened.rows(", ".join(invalid)) == [(0,) * len(invalid)]
    for column, spec in dataset.columns.items():
        if spec.required:
            assert opened.one(f"count(*) filter (where {quoted(column)} is null)") == 0, column
        if spec.pattern:
            wrong = f"count(*) filter (where not regexp_full_match({quoted(column)}, '{spec.pattern}'))"
            assert opened.one(wrong) == 0, column
        if spec.allowed:
            assert {row[0] for row in opened.rows(f"distinct {quoted(column)}")} - {None} <= set(spec.allowed)
        if spec.minimum is not None and spec.maximum is not None:
            outside = f"not {quoted(column)} between {spec.minimum} and {spec.maximum}"
            assert opened.one(f"count(*) filter (where {outside})") == 0, column
    if dataset.contract.key:
        key = ", ".join(quoted(column) for column in dataset.contract.key)
        assert opened.one(f"count(*) - count(distinct ({key}))") == 0


def test_police_incidents_without_a_point(read: Open):
    # 42 + 30 + 49 + 51 + 33 + 40 + 44 rows of the seven files have neither coordinate.
    opened = read("police_uk_street")
    assert opened.one("count(*) filter (where longitude is null)") == 289
    assert opened.one("count(*) filter (where longitude is null and latitude is null)") == 289
    assert opened.one("count(distinct month)") == 7


def test_police_months_with_codes_of_2011(read: Open):
    opened = read(
        "police_uk_street", 2019, "force_months", "police_uk/2018-10/2018-10-staffordshire-street.csv"
    )
    assert opened.raw.rows == 10_938
    assert opened.one("count(*) filter (where longitude is null)") == 1_157
    split = ("E01029479", "E01029481", "E01029497", "E01029530")
    assert opened.one(f"count(distinct lsoa_code) filter (where lsoa_code in {split})") == 4
    assert opened.one("count(*) filter (where lsoa_code between 'E01034099' and 'E01034106')") == 0


@pytest.mark.parametrize(
    ("edition", "households", "fuel_poor"),
    # The line of Lichfield in table 2 of the same workbooks.
    [(2020, 43_653, 3_982), (2021, 44_127, 5_526), (2022, 44_529, 5_665)],
)
def test_fuel_poverty_adds_up_to_the_publishers_figure_of_the_district(
    edition: int, households: int, fuel_poor: int, read: Open
):
    found = read("desnz_fuel_poverty", edition).rows(
        "count(*), sum(households), sum(fuel_poor)", "where lad_code = 'E07000194'"
    )
    assert found == [(58, households, fuel_poor)]


@pytest.mark.parametrize("sheet", ["Table 3", "Table 4"])
def test_the_lsoa_table_of_later_reports_is_found_under_either_number(sheet: str, read: Open, tmp_path: Path):
    openpyxl = pytest.importorskip("openpyxl")
    book = openpyxl.Workbook()
    head = [
        "Number of households",
        "Number of households in fuel poverty",
        "Proportion of households fuel poor (%)",
    ]
    other = book.active
    other.title = "Table 4" if sheet == "Table 3" else "Table 3"
    table = book.create_sheet(sheet)
    for line in (
        ["Table: Fuel poverty by constituency"],
        [],
        ["Parliamentary Constituency Code", *head],
        ["E14001192", 1, 2, 3],
    ):
        other.append(line)
    areas = ["LSOA Code", "LSOA Name", "LA Code", "LA Name", "Region"]
    row = ["E01034099", "Lichfield 004E", "E07000194", "Lichfield", "West Midlands", 700, 90, 12.857]
    for line in (["Table: Fuel poverty by LSOA"], [], [*areas, *head], row, ["Back to contents"]):
        table.append(line)
    file = tmp_path / "sub-regional-fuel-poverty-2024-tables.xlsx"
    book.save(file)
    opened = read("desnz_fuel_poverty", 2024, None, file)
    assert opened.raw.sheets == (sheet,)
    assert opened.rows("lsoa_code, households, fuel_poor") == [("E01034099", 700, 90)]


def test_a_workbook_without_the_lsoa_table_is_refused(read: Open, real: Path):
    with pytest.raises(DeliveryError) as caught:
        # The gardens workbook has no sheet of that name at all.
        read("desnz_fuel_poverty", 2024, None, "greenspace/osprivateoutdoorspacereferencetables.xlsx")
    assert caught.value.finding.check == "sheet"


def test_low_income_has_both_years_with_counts_and_percentages(read: Open):
    opened = read("dwp_cilif")
    stowe = opened.rows("year, children, percentage", "where ward_code = 'E05010670' order by year")
    assert [row[:2] for row in stowe] == [(2024, 232), (2025, 223)]
    alrewas = opened.rows("year, children, percentage", "where ward_code = 'E05010651' order by year")
    assert alrewas == [(2024, 194, 13.1), (2025, 230, 14.4)]
    # Seven and six wards, of the City of London, have [low]; percentages of Northern Ireland are [x].
    marks = opened.rows("year, count(*)", "where children_status = 'suppressed' group by year order by year")
    assert marks == [(2024, 7), (2025, 6)]
    assert opened.one("count(*) filter (where percentage_status = 'missing')") == 476 * 2


def test_the_table_of_low_income_of_another_year_needs_no_new_layout(real: Path, read: Open, tmp_path: Path):
    text = (real / "dwp" / "4_AHC_Relative_Ward.csv").read_text(encoding="utf-8-sig")
    earlier = tmp_path / "4_AHC_Relative_Ward.csv"
    text = text.replace("FYE 2024", "FYE 2023").replace("FYE 2025", "FYE 2024")
    earlier.write_text(text, encoding="utf-8-sig", newline="")
    opened = read("dwp_cilif", 2024, None, earlier)
    alrewas = opened.rows("year, children, percentage", "where ward_code = 'E05010651' order by year")
    assert alrewas == [(2023, 194, 13.1), (2024, 230, 14.4)]


def test_the_population_of_the_district_is_the_published_total(read: Open):
    opened = read("ref_ward_population", 2022)
    assert opened.rows("sum(persons), count(distinct ward_name)") == [(105_637, 22)]
    assert opened.rows("distinct year") == [(2020,)]
    stated = opened.rows(
        "ward_name, max(all_ages) - sum(persons)", "group by ward_name having sum(persons) > 0"
    )
    assert {row[1] for row in stated} == {0}
    # The codes are another district's: every ward is named by a code that is not its own.
    assert opened.one("count(distinct ward_code) filter (where ward_code like 'E050106%')") == 0


def test_census_tables_agree_on_the_district_but_for_perturbation(read: Open):
    district = "where lsoa_name like 'Lichfield %'"
    age = read("ons_census21_age").one("sum(residents)", district)
    health = read("ons_census21_general_health").one("sum(residents)", district)
    older = read("ons_census21_sex_age_65").one("sum(residents)", district)
    assert (age, health) == (106_449, 106_430)
    assert abs(older - age) < 30
    ethnic = read("ons_census21_ethnic_group").one("sum(number)")
    published = read("ons_census21_ethnic_group_ltla").one("sum(residents)")
    # 106,436 residents were published for the district.
    assert published == 106_436
    assert abs(ethnic - published) < 30


def test_progress_scores_keep_their_marks(read: Open):
    opened = read("dfe_ks2_schools")
    found = opened.rows("reading_progress_status, count(*)", "group by 1 order by 1")
    # Of 15,608 mainstream schools, 313 have SUPP, 4 LOWCOV and 461 a blank.
    assert found == [("missing", 317), ("not_applicable", 461), ("observed", 14_830)]
    five_spires = opened.rows("postcode, reading_progress_status", "where urn = '141203'")
    assert five_spires == [("WS149AN", "not_applicable")]


def test_prices_by_quarter(read: Open):
    opened = read("ons_hpssa_ward", 2023)
    march = "where month(year_ending) = 3 and ward_code = 'E05010653' order by year_ending"
    assert [row[0] for row in opened.rows("median_price", march)] == [355_750, 347_500, 427_500]


@pytest.mark.parametrize(
    ("layout", "file"),
    [
        ("ward_to_lad", "geography/ons_lookups/Ward_to_LAD_December_2016_UK.csv"),
        ("ward_to_lad", "geography/ons_lookups/Ward_to_LAD_December_2019_UK.csv"),
        ("names_and_codes", "geography/ons_lookups/Wards_December_2019_Names_and_Codes_UK.csv"),
        ("ward_to_lad", "geography/lookups/WD_MAY_2025_UK_BFC_3514639639277108505.csv"),
    ],
)
def test_ward_lists_of_several_years_name_the_same_wards(layout: str, file: str, read: Open):
    opened = read("ref_wards", 2025, layout, file)
    wards = opened.rows(
        "ward_code, ward_name", "where ward_code between 'E05010651' and 'E05010672' order by 1"
    )
    assert len(wards) == 22
    assert wards[0] == ("E05010651", "Alrewas & Fradley")
    assert wards[18] == ("E05010669", "Shenstone")
    in_district = opened.one("count(*) filter (where lad_code = 'E07000194')")
    assert in_district == (22 if layout == "ward_to_lad" else 0)


@pytest.mark.parametrize(
    ("layout", "file", "wards"),
    [
        ("geojson", "geography/boundaries/drkane_ward_E10000028_Staffordshire.geojson", 151),
        (
            "topojson",
            "geography/boundaries/Wards_December_2024_Boundaries_UK_BGC_-2654605954884295357.topojson",
            8_396,
        ),
    ],
)
def test_ward_boundaries_of_other_files(layout: str, file: str, wards: int, read: Open):
    opened = read("ref_ward_boundaries", 2025, layout, file)
    assert opened.raw.rows == wards
    found = opened.rows("ward_code, left(geometry, 8)", "where lad_code = 'E07000194' order by 1")
    assert [row[0] for row in found] == [f"E050{code}" for code in range(10651, 10673)]
    assert {row[1] for row in found} == {'{"type":'}


def test_the_best_fit_lookup_is_not_taken_for_the_exact_one(read: Open):
    with pytest.raises(DeliveryError) as caught:
        read("ref_lsoa11_lsoa21", 2025, "exact_v1", LOOKUP)
    assert caught.value.finding.check == "columns"
    assert "CHGIND" in caught.value.finding.expected
    opened = read("ref_lsoa11_lsoa21")
    assert opened.one("count(distinct lsoa21_code)", "where lad_code = 'E07000194'") == 58


def test_an_exact_lookup_is_read_with_its_change_indicator(real: Path, read: Open, tmp_path: Path):
    # The exact lookup in the publisher's columns, with two of the pairs that README's facts name.
    exact = tmp_path / "LSOA_(2011)_to_LSOA_(2021)_Lookup_for_England_and_Wales.csv"
    exact.write_text(
        "LSOA11CD,LSOA11NM,LSOA21CD,LSOA21NM,CHGIND,LAD22CD,LAD22NM,LAD22NMW,ObjectId\n"
        "E01029475,Lichfield 009A,E01029475,Lichfield 009A,U,E07000194,Lichfield,,1\n"
        "E01029479,Lichfield 004B,E01034099,Lichfield 004E,S,E07000194,Lichfield,,2\n",
        encoding="utf-8",
    )
    opened = read("ref_lsoa11_lsoa21", 2025, None, exact)
    pairs = opened.rows("lsoa11_code, lsoa21_code, change_indicator", "order by 1")
    assert pairs == [("E01029475", "E01029475", "U"), ("E01029479", "E01034099", "S")]


def test_every_lsoa_has_a_ward_in_the_lookup(read: Open):
    found = read("ref_lsoa21_ward").rows(
        "ward_code, count(*)", "where lad_code = 'E07000194' group by 1 order by 1"
    )
    # LSOAs of 2021 a ward, in the order of the codes.
    counts = [4, 5, 3, 4, 1, 2, 3, 3, 1, 3, 3, 2, 2, 4, 3, 1, 1, 3, 2, 3, 5, 4]
    assert [row[1] for row in found] == counts


def test_postcodes_of_the_district(read: Open):
    opened = read("ref_postcodes")
    areas = dict(opened.rows("regexp_extract(postcode, '^(.+)...$', 1) as area, count(*)", "group by area"))
    assert (areas["WS13"], areas["WS7"], areas["B78"], areas["DE13"], areas["WS8"]) == (893, 671, 176, 116, 7)
    assert opened.rows("count(distinct ward_code), min(easting) > 0") == [(22, True)]
    assert opened.rows("distinct district_code") == [("E07000194",)]
