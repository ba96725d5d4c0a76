"""Boundaries and points: GeoJSON, TopoJSON and GeoPackage."""

from __future__ import annotations

import json
import sqlite3
import struct
from contextlib import closing
from pathlib import Path
from typing import Any

import duckdb
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from spi_orchestration.findings import DeliveryError, Finding
from spi_orchestration.readers.geo import wkb_geometry
from tests.readers.conftest import Read


def write(path: Path, value: Any) -> Path:
    path.write_text(value if isinstance(value, str) else json.dumps(value), encoding="utf-8", newline="\n")
    return path


def fault(read: Read, layout: str, *files: Path) -> Finding:
    with pytest.raises(DeliveryError) as caught:
        read(layout, *files)
    assert caught.value.finding.remedy.endswith(".")
    return caught.value.finding


# --- GeoJSON ------------------------------------------------------------------------------------------

FEATURES = """{"type": "FeatureCollection", "crs": {"type": "name", "properties": {"name": "%s"}}, "features": [
 {"type": "Feature", "id": 5, "properties": {"code": "E1", "n": 1.50}, "geometry": {"type": "Point", "coordinates": [411823.10, 309000]}},
 {"type": "Feature", "properties": {"code": "E2", "New": 1}, "geometry": null},
 {"type": "Feature", "properties": null, "geometry": {"type": "Point", "coordinates": [-1.8, 52.70]}}
]}"""
GEO = "{format: geojson, columns: {code: CODE, n: {path: properties.n}, id: {path: id}, x: {path: geometry.coordinates.0}, shape: {path: '@geometry'}}}"


def test_features(read: Read, tmp_path: Path) -> None:
    table, rows = read(GEO, write(tmp_path / "a.geojson", FEATURES % "urn:ogc:def:crs:EPSG::27700"))
    assert [tuple(row[name] for name in ("code", "n", "id", "x", "shape", "_row")) for row in rows] == [
        ("E1", "1.50", "5", "411823.10", '{"type":"Point","coordinates":[411823.1,309000]}', 1),
        ("E2", None, None, None, None, 2),
        (None, None, None, "-1.8", '{"type":"Point","coordinates":[-1.8,52.7]}', 3),
    ]
    assert table.unexpected == ("New",)
    assert table.notes == ("a.geojson: coordinates in urn:ogc:def:crs:EPSG::27700",)


@pytest.mark.parametrize("value", [{"type": "Topology", "objects": {}}, [1], {"type": "Feature"}])
def test_what_is_no_geojson(read: Read, tmp_path: Path, value: Any) -> None:
    assert fault(read, GEO, write(tmp_path / "a.geojson", value)).check == "readable"


# --- TopoJSON -----------------------------------------------------------------------------------------

#: The example of the TopoJSON format specification, section 1.1, and the GeoJSON it stands for.
EXAMPLE = {
    "type": "Topology",
    "transform": {"scale": [0.0005000500050005, 0.00010001000100010001], "translate": [100, 0]},
    "objects": {
        "example": {
            "type": "GeometryCollection",
            "geometries": [
                {"type": "Point", "properties": {"prop0": "value0"}, "coordinates": [4000, 5000]},
                {"type": "LineString", "properties": {"prop0": "value0", "prop1": 0}, "arcs": [0]},
                {
                    "type": "Polygon",
                    "properties": {"prop0": "value0", "prop1": {"this": "that"}},
                    "arcs": [[1]],
                },
            ],
        }
    },
    "arcs": [
        [[4000, 0], [1999, 9999], [2000, -9999], [2000, 9999]],
        [[0, 0], [0, 9999], [2000, 0], [0, -9999], [-2000, 0]],
    ],
}
EXPECTED = [
    {"type": "Point", "coordinates": [102, 0.5]},
    {"type": "LineString", "coordinates": [[102, 0], [103, 1], [104, 0], [105, 1]]},
    {"type": "Polygon", "coordinates": [[[100, 0], [100, 1], [101, 1], [101, 0], [100, 0]]]},
]
TOPO = "{format: topojson, object: 'EX*', columns: {a: prop0, b: prop1, shape: {path: '@geometry'}}}"


def flat(value: Any) -> list[float]:
    return [number for part in value for number in flat(part)] if isinstance(value, list) else [value]


def test_the_example_of_the_specification(read: Read, tmp_path: Path) -> None:
    table, rows = read(TOPO, write(tmp_path / "a.topojson", EXAMPLE))
    assert [(row["a"], row["b"]) for row in rows] == [
        ("value0", None),
        ("value0", "0"),
        ("value0", '{"this":"that"}'),
    ]
    assert table.sheets == ("example",)
    for row, expected in zip(rows, EXPECTED, strict=True):
        shape = json.loads(row["shape"])
        assert shape["type"] == expected["type"]
        # The example is quantised to a ten-thousandth.
        assert flat(shape["coordinates"]) == pytest.approx(flat(expected["coordinates"]), abs=1e-3)


def test_shared_arcs_run_backwards_and_meet_once(read: Read, tmp_path: Path) -> None:
    # Two unit squares side by side share the arc from (1, 1) to (1, 0); no transform, so arcs are plain.
    topology = {
        "type": "Topology",
        "objects": {
            "map": {
                "type": "GeometryCollection",
                "geometries": [
                    {"type": "Polygon", "properties": {"n": "left"}, "arcs": [[0, 1]]},
                    {"type": "MultiPolygon", "properties": {"n": "right"}, "arcs": [[[-1, 2]], [[3]]]},
                    {"type": None, "properties": {"n": "nowhere"}},
                ],
            }
        },
        "arcs": [
            [[1, 1], [1, 0]],
            [[1, 0], [0, 0], [0, 1], [1, 1]],
            [[1, 1], [2, 1], [2, 0], [1, 0]],
            [[5, 5], [6, 5], [5, 6], [5, 5]],
        ],
    }
    layout = "{format: topojson, columns: {n: n, shape: {path: '@geometry'}}}"
    _, rows = read(layout, write(tmp_path / "a.json", topology))
    shapes = {row["n"]: row["shape"] and json.loads(row["shape"])["coordinates"] for row in rows}
    assert shapes == {
        "left": [[[1, 1], [1, 0], [0, 0], [0, 1], [1, 1]]],
        "right": [[[[1, 0], [1, 1], [2, 1], [2, 0], [1, 0]]], [[[5, 5], [6, 5], [5, 6], [5, 5]]]],
        "nowhere": None,
    }


def test_topology_faults(read: Read, tmp_path: Path) -> None:
    finding = fault(read, TOPO.replace("EX*", "wards*"), write(tmp_path / "a.json", EXAMPLE))
    assert (finding.check, finding.found) == ("sheet", "1: 'example'")
    assert (
        fault(read, TOPO, write(tmp_path / "a.json", {"type": "FeatureCollection", "features": []})).check
        == "readable"
    )
    broken = json.loads(json.dumps(EXAMPLE))
    broken["objects"]["example"]["geometries"][1]["arcs"] = [99]
    assert fault(read, TOPO, write(tmp_path / "a.json", broken)).check == "readable"
    broken["arcs"] = [[["x", 0]]]
    assert fault(read, TOPO, write(tmp_path / "a.json", broken)).check == "readable"


# --- GeoPackage ---------------------------------------------------------------------------------------


@pytest.fixture(scope="session")
def spatial() -> Any:
    """A DuckDB with the spatial extension of its wheel, as an independent writer and reader."""
    import duckdb_extension_spatial

    folder = Path(duckdb_extension_spatial.__file__).parent
    extension = next(folder.rglob("spatial.duckdb_extension"))
    connection = duckdb.connect(config={"allow_unsigned_extensions": True})
    connection.execute(f"load '{extension.as_posix()}'")
    return connection


def package(spatial: Any, path: Path, sql: str, layer: str) -> Path:
    """A GeoPackage written by GDAL."""
    spatial.execute(
        f"copy ({sql}) to '{path.as_posix()}' with (format gdal, driver 'GPKG', layer_name '{layer}', srs 'EPSG:27700')"
    )
    return path


INCIDENTS = """
select 'LLFA/1' as incident_id, 'surface' as source, 3 as internal, 1.5 as depth, st_geomfromtext('MULTIPOINT (411823 309000.5, 411900 309100)') as geom
union all select 'LLFA/2', null, 0, null, st_geomfromtext('POINT (410000 308000)')
union all select 'LLFA/3', 'sewer', null, 0.1, null
"""
GPKG = "{format: gpkg, object: Incidents, columns: {id: incident_id, source: source, internal: internal, depth: depth, shape: {path: '@geometry'}}}"


def test_a_geopackage_written_by_gdal(read: Read, spatial: Any, tmp_path: Path) -> None:
    file = package(spatial, tmp_path / "flood [1].gpkg", INCIDENTS, "incidents")
    table, rows = read(GPKG, file)
    assert [
        tuple(row[name] for name in ("id", "source", "internal", "depth", "_sheet", "_row")) for row in rows
    ] == [
        ("LLFA/1", "surface", "3", "1.5", "incidents", 1),
        ("LLFA/2", None, "0", None, "incidents", 2),
        ("LLFA/3", "sewer", None, "0.1", "incidents", 3),
    ]
    assert [row["shape"] and json.loads(row["shape"])["coordinates"] for row in rows] == [
        [[411823, 309000.5], [411900, 309100]],
        [410000, 308000],
        None,
    ]
    assert table.unexpected == ("fid",)
    assert table.notes == ("flood [1].gpkg: coordinates of layer incidents in EPSG:27700",)


def test_geopackage_faults(read: Read, spatial: Any, tmp_path: Path) -> None:
    file = package(spatial, tmp_path / "a.gpkg", INCIDENTS, "incidents")
    finding = fault(read, GPKG.replace("Incidents", "floods"), file)
    assert (finding.check, finding.found) == ("sheet", "1: 'incidents'")
    content = file.read_bytes()
    file.write_bytes(content[: len(content) // 3])
    assert fault(read, GPKG, file).check == "readable"
    file.write_bytes(b"")
    assert fault(read, GPKG, file).check == "empty"
    file.write_bytes(b"a,b\n")
    assert fault(read, GPKG, file).check == "readable"
    with closing(sqlite3.connect(tmp_path / "plain.gpkg")) as database:
        database.execute("create table incidents (id)")
        database.commit()
    assert fault(read, GPKG, tmp_path / "plain.gpkg").check == "readable"


places = st.tuples(*[st.floats(-1e6, 1e6, allow_nan=False)] * 2)


def _words(points: list[tuple[float, float]]) -> str:
    return "(" + ", ".join(f"{x!r} {y!r}" for x, y in points) + ")"


@st.composite
def shapes(draw: st.DrawFn) -> str:
    """Well-known text of any geometry."""
    lines = st.lists(places, min_size=2, max_size=4)
    rings = st.lists(places, min_size=3, max_size=4).map(lambda ring: [*ring, ring[0]])
    polygons = st.lists(rings, min_size=1, max_size=2).map(
        lambda parts: "(" + ", ".join(map(_words, parts)) + ")"
    )
    return draw(
        st.one_of(
            places.map(lambda point: "POINT " + _words([point])),
            lines.map(lambda line: "LINESTRING " + _words(line)),
            lines.map(lambda line: "MULTIPOINT " + _words(line)),
            st.lists(lines, min_size=1, max_size=2).map(
                lambda parts: "MULTILINESTRING (" + ", ".join(map(_words, parts)) + ")"
            ),
            polygons.map(lambda text: "POLYGON " + text),
            st.lists(polygons, min_size=1, max_size=2).map(
                lambda parts: "MULTIPOLYGON (" + ", ".join(parts) + ")"
            ),
        )
    )


@settings(max_examples=60)
@given(text=shapes())
def test_binary_geometry_agrees_with_duckdb(spatial: Any, text: str) -> None:
    row = spatial.execute(
        "select st_aswkb(st_geomfromtext($1)), st_asgeojson(st_geomfromtext($1))", [text]
    ).fetchone()
    got, expected = wkb_geometry(bytes(row[0])), json.loads(row[1])
    assert got is not None
    assert got["type"] == expected["type"]
    assert flat(got["coordinates"]) == pytest.approx(flat(expected["coordinates"]), rel=1e-12, abs=1e-9)
    assert json.dumps(got["coordinates"]).count("[") == json.dumps(expected["coordinates"]).count("[")


@pytest.mark.parametrize(
    ("code", "numbers", "coordinates"),
    [
        (1, (1.0, 2.0), [1, 2]),
        (1001, (1.0, 2.0, 3.0), [1, 2, 3]),
        (2001, (1.0, 2.0, 9.0), [1, 2]),
        (3001, (1.0, 2.0, 3.0, 9.0), [1, 2, 3]),
        (0x80000001, (1.0, 2.0, 3.0), [1, 2, 3]),
        (0xC0000001, (1.0, 2.0, 3.0, 9.0), [1, 2, 3]),
    ],
)
@pytest.mark.parametrize("order", ["<", ">"])
def test_heights_and_measures(
    order: str, code: int, numbers: tuple[float, ...], coordinates: list[float]
) -> None:
    data = struct.pack(f"{order}BI{len(numbers)}d", order == "<", code, *numbers)
    assert wkb_geometry(data) == {"type": "Point", "coordinates": coordinates}


def test_curves_and_cut_geometries_are_refused() -> None:
    with pytest.raises(ValueError, match="type 8"):
        wkb_geometry(struct.pack("<BI", 1, 8))
    with pytest.raises(struct.error):
        wkb_geometry(struct.pack("<BIId", 1, 2, 5, 1.0))
    assert wkb_geometry(struct.pack("<BIdd", 1, 1, float("nan"), float("nan"))) is None
