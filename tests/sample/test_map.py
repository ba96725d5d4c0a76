"""The schematic map fits together: judged by DuckDB's own projection and geometry, not the sample's."""

from __future__ import annotations

from importlib.util import find_spec
from pathlib import Path

import duckdb
import numpy as np
import pytest

from spi_orchestration.sample.geometry import area, pieces, to_wgs84


@pytest.fixture(scope="module")
def spatial(written):
    origin = find_spec("duckdb_extension_spatial").origin
    file = Path(origin).parent / "extensions" / f"v{duckdb.__version__}" / "spatial.duckdb_extension"
    connection = duckdb.connect()
    connection.execute(f"load '{file}'")
    layers = {
        "ward": ("schematic_wards_wd25", "WD25CD"),
        "lsoa": ("schematic_lsoa21", "LSOA21CD"),
        "lsoa11": ("schematic_lsoa11", "LSOA11CD"),
    }
    for table, (name, code) in layers.items():
        path = written.national(f"ons/boundaries/2022/{name}.geojson")
        connection.execute(
            f"""
            create table {table} as
            select
                json_extract_string(f, '$.properties.{code}') as code,
                st_geomfromgeojson(json_extract(f, '$.geometry')) as shape
            from (select unnest(from_json(json_extract(content, '$.features'), '["json"]')) as f from read_text('{path}'))
            """
        )
    connection.execute(
        "create table ward_bng as select code, st_transform(shape, 'OGC:CRS84', 'EPSG:27700', always_xy := true) as shape from ward"
    )
    return connection


def test_grid_to_degrees_agrees_with_the_ordnance_survey():
    # Caister water tower, the worked example of OS "A guide to coordinate systems in Great Britain":
    # E 651409.903 N 313177.270 is 52 39 28.72 N, 1 42 57.79 E on ETRS89; the Helmert shift is good to 5 m.
    longitude, latitude = to_wgs84(np.array([[651409.903, 313177.270]]))[0]
    assert latitude == pytest.approx(52 + 39 / 60 + 28.72 / 3600, abs=5 / 111_000)
    assert longitude == pytest.approx(1 + 42 / 60 + 57.79 / 3600, abs=5 / 67_000)


def test_pieces_share_the_area():
    square = np.array([[0.0, 0.0], [10.0, 0.0], [10.0, 10.0], [0.0, 10.0]])
    assert [area(part) for part in pieces(square, [1, 2, 3, 4])] == pytest.approx([10, 20, 30, 40], rel=1e-5)


def test_ward_centres_lie_in_their_own_cells(spatial, sample):
    for ward in sample.wards:
        found = spatial.execute(
            "select code from ward_bng where st_contains(shape, st_point(?, ?))", list(ward.centre)
        ).fetchall()
        assert found == [(ward.code,)]


def test_cells_are_valid_and_cover_the_district_once(spatial):
    assert spatial.execute("select count(*) from ward where not st_isvalid(shape)").fetchone() == (0,)
    assert spatial.execute("select count(*) from lsoa where not st_isvalid(shape)").fetchone() == (0,)
    total, union = spatial.execute(
        "select sum(st_area(shape)), st_area(st_union_agg(shape)) from ward_bng"
    ).fetchone()
    assert union == pytest.approx(total, rel=1e-6)


def test_every_property_lies_in_the_ward_the_gazetteer_gives(spatial, written):
    path = written.council("gazetteer/llpg_2025.csv")
    wrong, rows = spatial.execute(
        f"""
        select count(*) filter (where w.code is null), count(*)
        from read_csv('{path}', all_varchar = true) as p
        left join ward_bng as w
            on w.code = p.WARD_CODE
            and st_contains(w.shape, st_point(p.X_COORDINATE::double, p.Y_COORDINATE::double))
        """
    ).fetchone()
    assert (wrong, rows > 40000) == (0, True)


def test_every_postcode_with_a_point_lies_in_its_ward(spatial, written):
    path = written.national("os/code_point_open/2025/*.csv")
    wrong, inside, outside = spatial.execute(
        f"""
        with p as (
            select column9 as ward, column8 as district, st_point(column2::double, column3::double) as point
            from read_csv('{path}', header = false, all_varchar = true)
            where column1 <> '90'
        ),
        placed as (select p.*, w.code from p left join ward_bng as w on st_contains(w.shape, p.point))
        select
            count(*) filter (where code is distinct from ward and district = 'E07000194'),
            count(*) filter (where district = 'E07000194'),
            count(*) filter (where district <> 'E07000194' and code is null)
        from placed
        """
    ).fetchone()
    assert wrong == 0
    assert inside > 1000
    assert outside == 240


def test_some_lsoas_reach_into_a_second_ward_and_best_fit_hides_it(written):
    from tests.sample.plain import csv_rows

    wards: dict[str, set[str]] = {}
    for row in csv_rows(written.council("reference/oa21_lsoa21_ward_2022.csv")):
        wards.setdefault(row["LSOA21CD"], set()).add(row["WD25CD"])
    straddling = [code for code, inside in wards.items() if len(inside) > 1]
    assert 5 <= len(straddling) <= 15
    lookup = csv_rows(written.national("ons/lookups/2022/lsoa21_to_ward25_to_lad25_best_fit.csv"))
    best = [row["LSOA21CD"] for row in lookup if row["LAD25CD"] == "E07000194"]
    assert sorted(best) == sorted(wards)
    assert len(best) == len(set(best)) == 62


def test_lsoa_polygons_hold_the_points_of_their_output_areas(spatial, sample):
    from spi_orchestration.sample.geometry import centroid

    points = to_wgs84(np.array([centroid(polygon) for polygon in sample.map.oas.polygons]))
    for i, (x, y) in enumerate(points):
        found = spatial.execute(
            "select code from lsoa where st_contains(shape, st_point(?, ?))", [float(x), float(y)]
        ).fetchall()
        assert found == [(sample.map.lsoa_codes[sample.map.oas.lsoa[i]],)]


def test_old_lsoas_are_the_new_ones_or_split_in_two(written):
    from tests.sample.plain import csv_rows

    rows = csv_rows(written.national("ons/lookups/2022/LSOA_(2011)_to_LSOA_(2021)_Lookup.csv"))
    ours = [row for row in rows if row["LAD22CD"] == "E07000194"]
    split = [row for row in ours if row["CHGIND"] == "S"]
    assert len({row["LSOA11CD"] for row in ours}) == 58
    assert len({row["LSOA21CD"] for row in ours}) == 62
    assert len(split) == 8 and len({row["LSOA11CD"] for row in split}) == 4
    assert all(row["LSOA11CD"] == row["LSOA21CD"] for row in ours if row["CHGIND"] == "U")


def test_no_ward_holds_a_whole_msoa_nor_an_msoa_a_whole_ward(written):
    """As in life: of twelve MSOAs none nests in a ward."""
    from tests.sample.plain import csv_rows

    wards: dict[str, set[str]] = {}
    for row in csv_rows(written.council("reference/oa21_lsoa21_ward_2022.csv")):
        wards.setdefault(row["MSOA21CD"], set()).add(row["WD25CD"])
    assert len(wards) == 12
    assert all(len(inside) > 1 for inside in wards.values())


def test_incomes_of_wards_come_back_from_the_homes_of_each_msoa(spatial, written):
    """Homes of the gazetteer in the LSOAs of an MSOA, read and counted without the product's code."""
    from tests.sample.plain import csv_rows, xlsx_rows

    msoas = {
        row["LSOA21CD"]: row["MSOA21CD"]
        for row in csv_rows(written.council("reference/oa21_lsoa21_ward_2022.csv"))
    }
    path = written.national("ons/small_area_income/2025/saiefy2223.xlsx")
    incomes = {
        row["MSOA code"]: float(row["Net annual income (£)"])
        for row in xlsx_rows(path, "Net annual income", 5)
        if row["Local authority code"] == "E07000194"
    }
    homes = spatial.execute(
        f"""
        with bng as (
            select code, st_transform(shape, 'OGC:CRS84', 'EPSG:27700', always_xy := true) as shape from lsoa
        )
        select bng.code, p.WARD_CODE, count(*)
        from read_csv('{written.council("gazetteer/llpg_2025.csv")}', all_varchar = true) as p
        inner join bng on st_contains(bng.shape, st_point(p.X_COORDINATE::double, p.Y_COORDINATE::double))
        where p.BLPU_CLASS like 'R%' and p.LOGICAL_STATUS = '1'
        group by all
        """
    ).fetchall()
    sums: dict[str, float] = {}
    counts: dict[str, int] = {}
    for lsoa, ward, number in homes:
        sums[ward] = sums.get(ward, 0) + number * incomes[msoas[lsoa]]
        counts[ward] = counts.get(ward, 0) + number
    truth = {
        row["ward_code"]: float(row["delivered"])
        for row in written.rows("ref_small_area_income")
        if row["year"] == "2023"
    }
    assert len(truth) == 22
    assert {ward: sums[ward] / counts[ward] for ward in truth} == pytest.approx(truth, rel=1e-4)
