"""GeoPackage files of points, the same bytes for the same features.

Belongs here: the tables that the format asks for and the encoding of points. Does not belong here: which
features there are.

Source: OGC 12-128r18 (GeoPackage 1.3.1), sections 1.1 (tables) and 2.1.3 (geometry encoding).
"""

from __future__ import annotations

import sqlite3
import struct
from collections.abc import Mapping, Sequence
from contextlib import closing

__all__ = ["geopackage", "point_blob"]

Value = str | int | float | None

_CHANGED = "2000-01-01T00:00:00.000Z"
_REQUIRED = """
create table gpkg_spatial_ref_sys (
    srs_name text not null, srs_id integer primary key, organization text not null,
    organization_coordsys_id integer not null, definition text not null, description text
);
create table gpkg_contents (
    table_name text not null primary key, data_type text not null, identifier text unique,
    description text default '', last_change datetime not null, min_x double, min_y double, max_x double,
    max_y double, srs_id integer
);
create table gpkg_geometry_columns (
    table_name text not null primary key, column_name text not null, geometry_type_name text not null,
    srs_id integer not null, z tinyint not null, m tinyint not null
);
"""
_SYSTEMS = (
    ("Undefined Cartesian", -1, "NONE", -1, "undefined", None),
    ("Undefined geographic", 0, "NONE", 0, "undefined", None),
    ("WGS 84", 4326, "EPSG", 4326, "undefined", None),
    ("OSGB36 / British National Grid", 27700, "EPSG", 27700, "undefined", None),
)


def point_blob(x: float, y: float, srs: int, *, multi: bool = False) -> bytes:
    """A point, or a multipoint of one point, as a GeoPackage geometry.

    Args:
        x: easting or longitude.
        y: northing or latitude.
        srs: EPSG number of the system.
        multi: write a multipoint.
    """
    header = struct.pack("<2sBBi", b"GP", 0, 1, srs)
    point = struct.pack("<BIdd", 1, 1, x, y)
    return header + (struct.pack("<BII", 1, 4, 1) + point if multi else point)


def geopackage(
    layer: str, columns: Mapping[str, str], rows: Sequence[tuple[bytes | None, *tuple[Value, ...]]], srs: int
) -> bytes:
    """Write a GeoPackage with one layer.

    Args:
        layer: its name.
        columns: attribute name -> type, after the feature's number and geometry.
        rows: geometry (None where there is none), then the attributes.
        srs: EPSG number of the coordinates: 27700 or 4326.

    Returns:
        The file. Where SQLite writes its own version number, zero stands.
    """
    named = ", ".join(f'"{name}" {kind}' for name, kind in columns.items())
    with closing(sqlite3.connect(":memory:", isolation_level=None)) as database:
        database.executescript(
            "pragma page_size = 4096; pragma encoding = 'UTF-8'; pragma application_id = 1196444487; "
            "pragma user_version = 10301;"
        )
        database.execute("begin")
        for statement in _REQUIRED.strip().split(";\n"):
            database.execute(statement)
        database.execute(f'create table "{layer}" (fid integer primary key, geom geometry, {named})')
        database.executemany("insert into gpkg_spatial_ref_sys values (?, ?, ?, ?, ?, ?)", _SYSTEMS)
        database.execute(
            "insert into gpkg_contents values (?, 'features', ?, '', ?, null, null, null, null, ?)",
            (layer, layer, _CHANGED, srs),
        )
        database.execute(
            "insert into gpkg_geometry_columns values (?, 'geom', 'GEOMETRY', ?, 0, 0)", (layer, srs)
        )
        marks = ", ".join("?" * (len(columns) + 1))
        database.executemany(f'insert into "{layer}" values (null, {marks})', rows)
        database.execute("commit")
        content = bytearray(database.serialize())
    # Bytes 24 to 27 count changes and must equal 92 to 95; 96 to 99 name the version of the library.
    content[24:28] = content[92:96] = struct.pack(">I", 1)
    content[96:100] = bytes(4)
    return bytes(content)
