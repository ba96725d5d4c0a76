"""Real published files through the readers.

Every expected number was read from the file by hand (plain `csv`, `zipfile` or a text editor), is stated in
the notes that come with the files, or is a published total; none comes from the readers.
"""

from __future__ import annotations

import csv
import itertools
import json
import re
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import duckdb
import pytest
import yaml

from spi_orchestration.findings import DeliveryError
from spi_orchestration.readers import RawTable
from tests.readers.support import read_files

pytestmark = pytest.mark.real

WARDS = {f"E050106{number}" for number in range(51, 73)}

Query = Callable[[str], list[tuple[Any, ...]]]
Open = Callable[..., tuple[RawTable, Query]]


@pytest.fixture
def opened(shared_data: Path, tmp_path: Path) -> Open:
    """Read real files with a layout; gives the raw table and a way to query it as `t`."""

    def run(layout: str, *files: str, **more: Any) -> tuple[RawTable, Query]:
        shape = yaml.safe_load(layout)
        paths = [shared_data / "real" / file for file in files]
        table = read_files(tmp_path / "t.parquet", shape, *paths, names=list(files), **more)

        def query(sql: str) -> list[tuple[Any, ...]]:
            with duckdb.connect() as connection:
                connection.execute(f"create view t as select * from read_parquet('{table.path.as_posix()}')")
                return connection.execute(sql).fetchall()

        return table, query

    return run


POLICE = """
format: csv
columns: {crime_id: Crime ID, month: Month, reported_by: Reported by, falls_within: Falls within,
          longitude: Longitude, latitude: Latitude, location: Location, lsoa_code: LSOA code,
          lsoa_name: LSOA name, crime_type: Crime type, last_outcome: Last outcome category}
ignore: [Context]
"""


def test_police_months_are_read_in_turn(opened: Open) -> None:
    table, query = opened(
        POLICE,
        "police_uk/2018-10/2018-10-staffordshire-street.csv",
        "police_uk/2018-10/2018-10-warwickshire-street.csv",
    )
    # The manifest counts lines: 10,939 and 4,904, each with a header.
    assert (table.rows, table.files, table.unexpected) == (10_938 + 4_903, 2, ())
    lichfield = "select count(*) from t where lsoa_name like 'Lichfield %' group by _file order by _file"
    # Three lines of Warwickshire's file carry a Lichfield LSOA (32 to 34); two more only a street of that name.
    assert query(lichfield) == [(625,), (3,)]
    assert query("select distinct month from t") == [("2018-10",)]
    # Rows without a place hold empty cells, which are not absent ones.
    places = "select count(*) from t where lsoa_code = '' and _file like '%staffordshire%'"
    assert query(places) == [(1_157,)]
    assert query("select min(_row), max(_row) from t where _file like '%staffordshire%'") == [(2, 10_939)]
    assert query("select count(*) from t where crime_id is null or lsoa_code is null") == [(0,)]


def test_police_file_agrees_with_python_csv_cell_for_cell(opened: Open, shared_data: Path) -> None:
    name = "police_uk/2025-01/2025-01-staffordshire-street.csv"
    _, query = opened(POLICE, name)
    with (shared_data / "real" / name).open(encoding="utf-8", newline="") as stream:
        lines = list(csv.reader(stream))
    got = query("select * exclude (_file, _sheet) from t order by _row")
    assert [list(row[:-1]) for row in got] == [line[:11] for line in lines[1:]]
    assert [row[-1] for row in got] == list(range(2, len(lines) + 1))


CILIF = """
format: csv
header_row: 10
columns:
  la_name: {pattern: '^Local Authority'}
  la_code: {header: Area Code, occurrence: 1}
  ward_name: {pattern: '^Ward'}
  ward_code: {header: Area Code, occurrence: 2}
  children_2024: Number of children FYE 2024
  children_2025: Number of children FYE 2025
  percent_2024: {pattern: '^Percentage of children FYE 2024'}
  percent_2025: Percentage of children FYE 2025 (%) [note 3]
"""


def test_cilif_wards_with_a_header_of_nine_lines(opened: Open) -> None:
    table, query = opened(CILIF, "dwp/4_AHC_Relative_Ward.csv")
    # 8,607 records: 9 of preamble, the header, 216 blank ones at the end.
    assert table.rows == 8_607 - 9 - 1 - 216
    first = query("select ward_name, la_code, ward_code, children_2024, percent_2025, _row from t limit 2")
    assert first == [
        ("United Kingdom [note 4]", "", "K02000001", "3,296,672", "26.0%", 19),
        ("Burn Valley", "E06000001", "E05013038", "506", "32.6%", 20),
    ]
    lichfield = query(
        "select ward_code, ward_name, children_2024, children_2025, percent_2024, percent_2025, _row from t "
        "where la_code = 'E07000194' order by _row"
    )
    assert {row[0] for row in lichfield} == WARDS
    assert lichfield[0] == ("E05010651", "Alrewas & Fradley", "194", "230", "13.1%", "14.4%", 2560)
    assert lichfield[2] == ("E05010653", "Boley Park", "34", "28", "5.9%", "5.0%", 2562)
    assert lichfield[-1] == ("E05010672", "Whittington & Streethay", "150", "166", "9.8%", "10.5%", 2581)
    assert query("select max(_row) from t") == [(8_399,)]


def test_cilif_two_columns_of_one_name_must_be_told_apart(opened: Open) -> None:
    with pytest.raises(DeliveryError) as caught:
        opened(
            CILIF.replace("{header: Area Code, occurrence: 2}", "Area Code"), "dwp/4_AHC_Relative_Ward.csv"
        )
    assert caught.value.finding.check == "columns"
    assert "(columns 2, 4)" in caught.value.finding.found
    assert "occurrence" in caught.value.finding.remedy


def test_cilif_kept_to_english_wards_and_turned_to_years(opened: Open) -> None:
    table, query = opened(
        """
        format: csv
        header_row: 10
        columns: {ward_code: {header: Area Code, occurrence: 2}}
        unpivot:
          pattern: '^Number of children FYE (\\d{4})$'
          name_column: year
          value_column: children
          further: {percentage: '^Percentage of children FYE (\\d{4})'}
        keep: {column: ward_code, pattern: 'E05\\d{6}'}
        ignore: ['Local Authority*', 'Ward*']
        """,
        "dwp/4_AHC_Relative_Ward.csv",
    )
    # The other column called "Area Code" is neither read nor ignored.
    assert table.unexpected == ("Area Code",)
    # The total of the Kingdom, Welsh, Scottish and Northern Irish wards: lines that hold no E05 code.
    assert table.notes == ("dwp/4_AHC_Relative_Ward.csv: 1,580 of 8,381 rows left out by keep on ward_code",)
    stowe = query(
        "select year, children, percentage, _row from t where ward_code = 'E05010670' order by year"
    )
    assert stowe == [("2024", "232", "25.6%", 2579), ("2025", "223", "24.2%", 2579)]
    assert query("select count(*) filter (ward_code not like 'E05%') from t") == [(0,)]


def test_census_population_with_one_column_for_code_and_name(opened: Open) -> None:
    layout = """
    format: csv
    header_row: 8
    columns:
      lsoa_code: {pattern: '^2021 super output area', extract: '^(\\S+) :'}
      lsoa_name: {pattern: '^2021 super output area', extract: ' : (.*)$'}
      residents: Total
    ignore: ['Aged *']
    """
    kept = layout + "keep: {column: lsoa_code, pattern: '[EW]01\\d{6}'}\n"
    table, query = opened(kept, "census2021/Census 2021 - Population.csv")
    assert table.rows == 35_672
    assert table.notes == (
        "census2021/Census 2021 - Population.csv: 4 of 35,676 rows left out by keep on lsoa_code",
    )
    row = query("select * exclude (_file, _sheet) from t where lsoa_code = 'E01029480'")
    assert row == [("E01029480", "Lichfield 001A", "1927", 13_187)]
    assert query("select count(*) from t where lsoa_name like 'Lichfield %'") == [(62,)]
    # A blank line stands between header and data: the table ends at the blank line after the data.
    table, query = opened(layout + "stop_at_blank: true\n", "census2021/Census 2021 - Population.csv")
    assert (table.rows, table.notes) == (35_672, ())


POPULATION = """
format: csv
header_row: 5
columns: {ward_code: Ward Code 1, ward_name: Ward Name 1, la_code: LA Code (2021 boundaries),
          la_name: LA name (2021 boundaries), all_ages: All Ages}
stop_at_blank: true
"""


def test_mid_2020_population_by_ward_name(opened: Open) -> None:
    table, query = opened(POPULATION + "ignore: ['[0-9]*']\n", "population/Mid-2020 Persons-Table 1.csv")
    # Data stands in lines 6 to 8,058; notes follow after three blank lines.
    assert (table.rows, table.unexpected) == (8_053, ())
    lichfield = query(
        "select ward_code, ward_name, all_ages, _row from t where la_code = 'E07000194' order by _row"
    )
    assert len(lichfield) == 22
    assert sum(int(row[2].replace(",", "")) for row in lichfield) == 105_637
    # The codes in this file are wrong; they are passed on as sent.
    assert lichfield[0] == ("E05004940", "Alrewas & Fradley", "6,515", 4_920)
    assert lichfield[-1] == ("E05004961", "Whittington & Streethay", "6,360", 4_941)


def test_mid_2020_population_by_single_year_of_age(opened: Open) -> None:
    layout = POPULATION + "unpivot: {pattern: '^(\\d+\\+?)$', name_column: age, value_column: persons}\n"
    table, query = opened(layout, "population/Mid-2020 Persons-Table 1.csv")
    assert table.rows == 8_053 * 91
    ages = "select sum(replace(persons, ',', '')::int) from t where la_code = 'E07000194'"
    assert query(ages) == [(105_637,)]
    stowe = "select persons from t where la_code = 'E07000194' and ward_name = 'Stowe' and age in ('88', '89', '90+') order by age"
    assert query(stowe) == [("39",), ("27",), ("120",)]
    assert query("select count(distinct age), count(distinct _row) from t") == [(91, 8_053)]


def test_ward_elections_of_2023(opened: Open) -> None:
    table, query = opened(
        """
        format: csv
        columns: {district: DISTRICTNAME, ward: WARDNAME, seats: VACS, electorate: ELECT, turnout: TURNOUT}
        ignore: ['*']
        """,
        "elections/LEH-Candidates-2023_Ward_Level-Table 1.csv",
    )
    assert (table.rows, table.unexpected) == (4_797, ())
    assert query("select count(*) from t where district = 'Lichfield'") == [(21,)]
    assert query("select count(*) from t where ward = 'Bourne Vale'") == [(0,)]
    highfield = query(
        "select seats, electorate, turnout, _row from t where district = 'Lichfield' and ward = 'Highfield'"
    )
    assert highfield == [("2", "3653", "29", 3_012)]


def test_house_prices_by_quarter(opened: Open) -> None:
    table, query = opened(
        """
        format: csv
        header_row: 6
        columns: {la_code: Local authority code, la_name: Local authority name, ward_code: Ward code, ward_name: Ward name}
        unpivot: {pattern: '^Year ending (\\w{3} \\d{4})$', name_column: year_ending, value_column: median_price}
        """,
        "housing/table-1a-median-price-paid-by-ward__LICHFIELD_EXCERPT_transcribed.csv",
    )
    assert (table.rows, table.unexpected) == (22 * 9, ())
    assert {row[0] for row in query("select distinct ward_code from t")} == WARDS
    price = "select median_price from t where ward_name = '{}' and year_ending = '{}'"
    assert query(price.format("Boley Park", "Mar 2021")) == [("355,750",)]
    assert query(price.format("Fazeley", "Mar 2023")) == [("240,500",)]
    assert query(price.format("Colton & the Ridwares", "Mar 2022")) == [("402,500",)]


def test_key_stage_2_by_school(opened: Open) -> None:
    table, query = opened(
        "{format: csv, columns: {rectype: RECTYPE, urn: URN, postcode: PCODE, reading: READPROG}, ignore: ['*']}",
        "schools/waiky8_england_ks2final.csv",
    )
    assert table.rows == 16_355
    assert query("select rectype, count(*) from t group by 1 order by 1") == [("1", 15_608), ("2", 747)]
    assert query("select count(*) from t where reading = 'SUPP'") == [(482,)]
    assert query("select postcode, reading, _row from t where urn = '144498'") == [("WS13 7HJ", "1.4", 328)]


FUEL = """
format: xlsx
sheet: 'table 3*'
header_row: 3
columns:
  lsoa_code: LSOA Code
  lsoa_name: LSOA Name
  la_name: LA Name
  households: {pattern: '^Number of households\\d?$'}
  fuel_poor: {pattern: '^Number of households in fuel poverty\\d?$'}
  proportion: {pattern: '^Proportion of households fuel poor'}
keep: {column: lsoa_code, pattern: 'E01\\d{6}'}
ignore: [LA Code, Region]
"""


@pytest.mark.parametrize(
    ("file", "district", "first", "proportion"),
    [
        # District figures are those of the publisher's own Table 2 in the same workbook.
        ("2018_Sub-Regional-Data-LIHC.xlsx", (43_653, 3_982), ("886", "83"), "9.4"),
        ("2019_Sub-Regional-Data-LILEE.xlsx", (44_127, 5_526), ("895", "97"), "10.837988826815643"),
        ("sub-regional-fuel-poverty-2022-tables.xlsx", (44_529, 5_665), ("902", "97"), "10.753880266075388"),
    ],
)
def test_fuel_poverty_of_three_years(
    opened: Open, file: str, district: tuple[int, int], first: tuple[str, str], proportion: str
) -> None:
    table, query = opened(FUEL, f"fuel_poverty/{file}")
    assert (table.rows, table.sheets, table.unexpected) == (32_844, ("Table 3",), ())
    lichfield = (
        "select count(*), sum(households::int), sum(fuel_poor::int) from t where la_name = 'Lichfield'"
    )
    assert query(lichfield) == [(58, *district)]
    cell = query("select households, fuel_poor, proportion, _sheet from t where lsoa_code = 'E01029475'")
    assert cell == [(*first, proportion, "Table 3")]
    assert query("select min(_row), max(_row) from t") == [(4, 32_847)]


def test_fuel_poverty_of_2011_in_old_codes(opened: Open) -> None:
    layout = """
    format: xlsx
    sheet: LSOA
    header_row: 3
    columns: {lsoa_code: LSOA Code, la_code: LA Code, households: All Households, fuel_poor: Fuel Poor Households, share: Percent Fuel Poor}
    """
    table, query = opened(layout, "fuel_poverty/2011_Sub-Regional-Data-LIHC.xlsx")
    assert table.rows == 32_482
    assert table.unexpected == ("LSOA Name", "LA Name", "English Region")
    total = "select count(*), sum(households::int), sum(fuel_poor::int) from t where la_code = '41UD'"
    assert query(total) == [(57, 41_682, 4_957)]
    assert query("select share from t where lsoa_code = 'E01029475'") == [("0.123",)]


IMD = """
columns: {lsoa_code: 'LSOA code (%s)', district: {pattern: 'District name'}, rank: {pattern: '\\(IMD\\) Rank'}, decile: {pattern: '\\(IMD\\) Decile'}}
ignore: ['LSOA name*', 'Local Authority District code*']
"""


def test_imd_2025_workbook_and_text_say_the_same(opened: Open) -> None:
    seen = []
    for kind in ("xlsx", "csv"):
        table, query = opened(
            f"format: {kind}\n{IMD % 2021}", f"iod/File_1_IoD2025_Index_of_Multiple_Deprivation.{kind}"
        )
        assert (table.rows, table.unexpected) == (33_755, ())
        assert query("select rank, decile, _row from t where lsoa_code = 'E01000001'") == [("26525", "8", 2)]
        assert query("select count(*) from t where district = 'Lichfield'") == [(62,)]
        seen.append(query("select lsoa_code, district, rank, decile, _row from t"))
    assert seen[0] == seen[1]


def test_imd_2019_workbook_beside_an_empty_notes_sheet(opened: Open, shared_data: Path) -> None:
    file = "iod/File_1_-_IMD2019_Index_of_Multiple_Deprivation.xlsx"
    table, query = opened(f"format: xlsx\nsheet: IMD2019\n{IMD % 2011}", file)
    assert table.rows == 32_844
    assert query("select count(*) from t where district = 'Lichfield'") == [(58,)]
    with zipfile.ZipFile(shared_data / "real" / file) as packed:
        xml = packed.read("xl/worksheets/sheet2.xml").decode("utf-8")
    stored = dict(re.findall(r'<c r="E(\d+)"[^>]*><v>([^<]*)</v>', xml))
    stored.pop("1", None)
    assert dict(query("select _row::varchar, rank from t")) == stored
    with pytest.raises(DeliveryError) as caught:
        opened(f"format: xlsx\n{IMD % 2011}", file)
    assert caught.value.finding.check == "sheet"
    assert "'Notes', 'IMD2019'" in caught.value.finding.found


@pytest.mark.parametrize(
    ("file", "columns", "rows", "sql", "expected"),
    [
        (
            "converted_csv/imd2025_england_lsoa21_indicators.csv.gz",
            "{code: lsoa21_code, gp: patient_to_gp_ratio, speed: digital_connectivity_broadband_download_and_upload_speeds}",
            33_755,
            "select gp, speed from t where code = 'E01000001'",
            [("1385.981", "0.756")],
        ),
        (
            "converted_csv/imd2019_england_lsoa11_indicators.csv.gz",
            "{code: lsoa11_code, income: income_domain_numerator, no2: nitrogen_dioxide_component_of_air_quality_indicator}",
            32_844,
            "select income, no2, _row from t where code = 'E01000001'",
            [("", "1.12", 2)],
        ),
        (
            "converted_csv/lookup_lsoa21_ward24_ltla24.csv.gz",
            "{code: lsoa21_code, ward: ward24_code, district: ltla24_code}",
            35_672,
            "select count(*), count(distinct ward) from t where district = 'E07000194'",
            [(62, 22)],
        ),
        (
            "converted_csv/gias.csv.gz",
            "{urn: urn, name: establishment_name, pupils: number_of_pupils}",
            27_153,
            "select name, pupils, _row from t where urn = '100000'",
            [("The Aldgate School", "244", 2)],
        ),
        (
            "geography/lookups/LSOA_(2011)_to_LSOA_(2021)_to_Local_Authority_District_(2022)_Lookup_for_England_and_Wales_(Version_2).csv",
            "{old: LSOA11CD, new: LSOA21CD, district: LAD22CD}",
            34_753,
            # The trap of version 2: best fit, one row an old LSOA, four new ones out of reach.
            "select count(*), count(distinct new) from t where district = 'E07000194'",
            [(58, 58)],
        ),
        (
            "geography/lookups/WD_MAY_2025_UK_BFC_3514639639277108505.csv",
            "{id: FID, ward: WD25CD, name: WD25NM, welsh: WD25NMW, district: LAD25CD}",
            8_405,
            # The first column stands behind a byte order mark; a single blank is kept as sent.
            "select id, name, welsh from t where ward = 'E05010651'",
            [("1762", "Alrewas & Fradley", " ")],
        ),
        (
            "iod/File_7a_-_All_IoD2019_Scores__Ranks__Deciles_and_Population_Denominators_3.csv",
            "{code: LSOA Code (2011), income: Income Domain Score, idaopi: IDAOPI Score}",
            34_753,
            "select income, idaopi from t where code = 'E01000001'",
            [("0.007", "0.012")],
        ),
        (
            "census2011/tenure-households.csv",
            "{code: geography code, all: 'Tenure: All categories: Tenure; measures: Value'}",
            7_201,
            "select \"all\" from t where code = 'E02002559'",
            [("3646",)],
        ),
        (
            "access/nearest-foodbanks-wards.csv",
            "{ward: WD19CD, mean: mean_distance_nearest_three_foodbanks}",
            8_026,
            "select mean from t where ward = 'E05001348'",
            [("6967.333333333333",)],
        ),
    ],
)
def test_plain_national_tables(
    opened: Open, file: str, columns: str, rows: int, sql: str, expected: list[tuple[Any, ...]]
) -> None:
    table, query = opened(f"format: csv\ncolumns: {columns}\nignore: ['*']\n", file)
    assert table.rows == rows
    assert query(sql) == expected


def test_row_counts_of_the_manifest(opened: Open, manifest: dict[str, dict[str, str]]) -> None:
    """Lookups of one line a record: the manifest counts lines, one of which is the header."""
    for path, entry in manifest.items():
        if not path.startswith("geography/ons_lookups/"):
            continue
        table, _ = opened("{format: csv, columns: {first: {position: 1}}, ignore: ['*']}", path)
        assert table.rows == int(entry["rows"]) - 1, path


def test_year_from_a_file_name_and_padded_headers(opened: Open) -> None:
    table, query = opened(
        """
        format: csv
        columns:
          year: {file: 'ELEC_(\\d{4})'}
          msoa_code: Middle Layer Super Output Area (MSOA) Code
          meters: Number of meters
          kwh: Consumption (kWh)
        ignore: ['*']
        """,
        "energy/MSOA_DOM_ELEC_2015.csv",
        "energy/MSOA_DOM_ELEC_2018.csv",
    )
    assert table.files == 2
    assert query("select distinct year, _file from t order by 1") == [
        ("2015", "energy/MSOA_DOM_ELEC_2015.csv"),
        ("2018", "energy/MSOA_DOM_ELEC_2018.csv"),
    ]
    assert query("select meters, kwh from t where msoa_code = 'E02002483' and year = '2018'") == [
        ("4266", "13081249.98")
    ]
    assert query("select meters from t where msoa_code = 'Unallocated' and year = '2018'") == [("34576",)]


def test_postcodes_without_a_header(opened: Open) -> None:
    layout = """
    format: csv
    header_row: 0
    columns: {postcode: {position: 1}, quality: {position: 2}, easting: {position: 3}, northing: {position: 4},
              county: {position: 8}, district: {position: 9}, ward: {position: 10}}
    """
    parts = ("de", "ws", "b")
    table, query = opened(layout, *(f"geography/codepoint_open_2025/{part}.csv" for part in parts))
    assert table.rows == 17_895 + 10_286 + 41_934
    assert query("select count(*), count(distinct ward) from t where district = 'E07000194'") == [(3_091, 22)]
    first = query("select postcode, easting, county, ward, _row from t where _file like '%ws.csv' limit 1")
    assert first == [("WS1 1AA", "401365", "", "E05001316", 1)]


@pytest.mark.parametrize(
    ("file", "code", "name", "count"),
    [
        ("drkane_ward_E07000194.geojson", "WD25CD", "WD25NM", 22),
        ("drkane_lsoa_E07000194.geojson", "LSOA21CD", "LSOA21NM", 62),
        ("drkane_lsoa11_E07000194.geojson", "LSOA11CD", "LSOA11NM", 58),
    ],
)
def test_boundaries_as_geojson(
    opened: Open, shared_data: Path, file: str, code: str, name: str, count: int
) -> None:
    table, query = opened(
        f"{{format: geojson, columns: {{code: {code}, name: {{path: properties.{name}}}, shape: {{path: '@geometry'}}}}, ignore: [FID, '*_ACTIVE', '*NMW', 'LAD25*', 'BNG*', LONG, LAT, GlobalID, UTLACD, CAUTHCD, RGNCD]}}",
        f"geography/boundaries/{file}",
    )
    assert (table.rows, table.unexpected, table.notes) == (count, (), ())
    document = json.loads((shared_data / "real/geography/boundaries" / file).read_text(encoding="utf-8"))
    rows = query("select code, name, shape, _row from t order by _row")
    for number, (feature, row) in enumerate(zip(document["features"], rows, strict=True), 1):
        assert row[:2] == (feature["properties"][code], feature["properties"][name])
        assert json.loads(row[2]) == feature["geometry"]
        assert row[3] == number


def test_numbers_of_geojson_properties_are_as_sent(opened: Open) -> None:
    _, query = opened(
        "{format: geojson, columns: {code: WD25CD, easting: BNG_E, longitude: LONG, combined: CAUTHCD}, ignore: ['*']}",
        "geography/boundaries/drkane_ward_E07000194.geojson",
    )
    assert query("select * exclude (_file, _sheet, _row) from t where code = 'E05010651'") == [
        ("E05010651", "415908", "-1.7659", None)
    ]


def _area(ring: list[list[float]]) -> float:
    return abs(sum(a[0] * b[1] - b[0] * a[1] for a, b in itertools.pairwise(ring))) / 2


def _outer_rings(shape: dict[str, Any]) -> list[list[list[float]]]:
    return (
        [shape["coordinates"][0]]
        if shape["type"] == "Polygon"
        else [part[0] for part in shape["coordinates"]]
    )


@pytest.mark.parametrize(
    ("topology", "collection", "code", "count"),
    [
        ("martinjc_wards_by_lad_topo_E07000194.json", "martinjc_wards_by_lad_E07000194.json", "WD13CD", 26),
        ("martinjc_lsoa_by_lad_topo_E07000194.json", "drkane_lsoa11_E07000194.geojson", "LSOA11CD", 58),
    ],
)
def test_topology_agrees_with_the_same_boundaries_as_geojson(
    opened: Open, shared_data: Path, topology: str, collection: str, code: str, count: int
) -> None:
    table, query = opened(
        f"{{format: topojson, object: 'E07*', columns: {{code: {code}, shape: {{path: '@geometry'}}}}, ignore: ['*']}}",
        f"geography/boundaries/{topology}",
    )
    assert (table.rows, table.sheets) == (count, ("E07000194",))
    twin = json.loads((shared_data / "real/geography/boundaries" / collection).read_text(encoding="utf-8"))
    areas = {
        feature["properties"][code]: sum(map(_area, _outer_rings(feature["geometry"])))
        for feature in twin["features"]
    }
    rows = query("select code, shape from t")
    assert {row[0] for row in rows} == set(areas)
    for name, text in rows:
        rings = _outer_rings(json.loads(text))
        assert all(ring[0] == ring[-1] and len(ring) >= 4 for ring in rings), name
        # The topology is simplified; a ring put together wrongly would be out by far more.
        assert sum(map(_area, rings)) == pytest.approx(areas[name], rel=0.12), name


def test_wards_of_2024_as_topology(opened: Open) -> None:
    table, query = opened(
        "{format: topojson, object: 'Wards_*', columns: {code: WD24CD, name: WD24NM, district: LAD24CD, shape: {path: '@geometry'}}, ignore: [LAD24NM]}",
        "geography/boundaries/Wards_December_2024_Boundaries_UK_BGC_-2654605954884295357.topojson",
    )
    assert (table.rows, table.unexpected) == (8_396, ())
    lichfield = query("select code, name, shape from t where district = 'E07000194'")
    assert {row[0] for row in lichfield} == WARDS
    # Whittington village lies at about 1.76 W, 52.67 N.
    shape = json.loads(next(row[2] for row in lichfield if row[1] == "Whittington & Streethay"))
    points = [point for ring in _outer_rings(shape) for point in ring]
    assert min(p[0] for p in points) < -1.76 < max(p[0] for p in points)
    assert min(p[1] for p in points) < 52.67 < max(p[1] for p in points)


def test_flat_object_of_codes_and_names(opened: Open, shared_data: Path) -> None:
    table, query = opened(
        "{format: json, records: '*', columns: {code: {path: '@key'}, name: {path: '@value'}}}",
        "geography/postcodes_io/wards.json",
    )
    plain = json.loads((shared_data / "real/geography/postcodes_io/wards.json").read_text(encoding="utf-8"))
    assert query("select code, name from t order by _row") == list(plain.items())
    assert table.unexpected == ()
    assert query("select name from t where code = 'E05010668'") == [("St John's",)]


def test_two_header_rows_of_a_workbook(opened: Open) -> None:
    table, query = opened(
        """
        format: xlsx
        sheet: MSOA gardens
        header_rows: 2
        columns:
          msoa_code: MSOA code
          houses: 'Property type: Houses Address count'
          houses_with_garden: {header: Adress with private outdoor space count, occurrence: 1}
        keep: {column: msoa_code, pattern: '[EWS]02\\d{6}'}
        ignore: ['*']
        """,
        "greenspace/osprivateoutdoorspacereferencetables.xlsx",
    )
    assert query("select houses, houses_with_garden, _row from t where msoa_code = 'E02000001'") == [
        ("74", "20", 3)
    ]
    assert table.rows == 8_480


def test_real_file_with_a_renamed_column(opened: Open, shared_data: Path, tmp_path: Path) -> None:
    sent = (shared_data / "real/police_uk/2025-02/2025-02-staffordshire-street.csv").read_bytes()
    changed = tmp_path / "2025-02-staffordshire-street.csv"
    changed.write_bytes(sent.replace(b"LSOA code,LSOA name", b"LSOA codes,Area name", 1))
    shape = yaml.safe_load(POLICE)
    with pytest.raises(DeliveryError) as caught:
        read_files(tmp_path / "t.parquet", shape, changed)
    finding = caught.value.finding
    assert (finding.check, finding.count, finding.file) == ("columns", 2, changed.name)
    assert "'LSOA code' for lsoa_code; 'LSOA name' for lsoa_name" in finding.expected
    assert "no 'LSOA code' (nearest: 'LSOA codes')" in finding.found
    assert not (tmp_path / "t.parquet").exists()


def test_real_workbook_cut_short(opened: Open, shared_data: Path, tmp_path: Path) -> None:
    sent = (shared_data / "real/fuel_poverty/2018_Sub-Regional-Data-LIHC.xlsx").read_bytes()
    cut = tmp_path / "cut.xlsx"
    cut.write_bytes(sent[: len(sent) // 2])
    with pytest.raises(DeliveryError) as caught:
        read_files(tmp_path / "t.parquet", yaml.safe_load(FUEL), cut)
    assert caught.value.finding.check == "readable"
    assert "truncated" in caught.value.finding.found
