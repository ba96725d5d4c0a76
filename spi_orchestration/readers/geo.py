"""GeoJSON, TopoJSON and GeoPackage: features as rows, geometry as compact GeoJSON text.

Belongs here: decoding of the three formats. Does not belong here: coordinate systems, point in polygon
or anything else that needs to understand a geometry (staging and geography models).

Coordinates are passed on as they are; a system other than WGS 84 longitude and latitude is noted.
"""

from __future__ import annotations

import fnmatch
import math
import sqlite3
import struct
import tempfile
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

from spi_orchestration.findings import DeliveryError
from spi_orchestration.readers.documents import compact, load_json, record_table
from spi_orchestration.readers.source import KIND_WORDS, Reading, Source, SourceTable, sniff

__all__ = ["Topology", "read_geojson", "read_gpkg", "read_topojson", "wkb_geometry"]

#: Path that gives the geometry as compact GeoJSON text.
GEOMETRY = "@geometry"

_WGS84 = ("crs84", "4326", "wgs84", "wgs 84")


def _properties(feature: Any) -> dict[str, Any]:
    properties = feature.get("properties") if isinstance(feature, dict) else None
    return properties if isinstance(properties, dict) else {}


def _not_this(reading: Reading, source: Source, expected: str, found: str) -> DeliveryError:
    return reading.fault(
        "readable",
        source.name,
        expected=expected,
        found=found,
        remedy="Ask the supplier for the agreed format, or give this edition a layout of the format it has.",
    )


def read_geojson(reading: Reading, source: Source) -> Iterator[SourceTable]:
    """The features of a GeoJSON document; headers are the names of their properties.

    Raises:
        DeliveryError: `readable` or `empty`.
    """
    document = load_json(reading, source, "a GeoJSON document")
    features = document.get("features") if isinstance(document, dict) else None
    if not isinstance(features, list):
        kind = document.get("type") if isinstance(document, dict) else None
        found = (
            f"a JSON document of type {kind!r}" if kind == "Topology" else "a JSON document without features"
        )
        raise _not_this(reading, source, "a GeoJSON feature collection", found)
    _note_crs(reading, source, document.get("crs"))
    yield record_table(reading, source, None, features, _properties, {GEOMETRY: _feature_geometry})


def _note_crs(reading: Reading, source: Source, crs: Any) -> None:
    name = ((crs or {}).get("properties") or {}).get("name") if isinstance(crs, dict) else None
    if isinstance(name, str) and not any(known in name.lower() for known in _WGS84):
        reading.note(f"{source.name}: coordinates in {name}")


def _feature_geometry(feature: Any) -> str | None:
    geometry = feature.get("geometry") if isinstance(feature, dict) else None
    return None if geometry is None else compact(geometry)


class Topology:
    """A TopoJSON document.

    Source: the TopoJSON format specification 1.0, sections 2.1 (transforms, delta-encoded arcs) and 2.1.4
    (arc indexes; a negative index is one's complement and means the arc reversed).

    Args:
        document: the parsed document.
    """

    def __init__(self, document: dict[str, Any]) -> None:
        transform = document.get("transform")
        self._scale = tuple(float(part) for part in transform["scale"]) if transform else None
        self._move = tuple(float(part) for part in transform["translate"]) if transform else (0.0, 0.0)
        self._arcs = [self._arc(arc) for arc in document.get("arcs") or []]

    def _place(self, x: float, y: float) -> list[float]:
        if self._scale is None:
            return [x, y]
        return [x * self._scale[0] + self._move[0], y * self._scale[1] + self._move[1]]

    def _arc(self, arc: list[Any]) -> list[list[float]]:
        if self._scale is None:
            return [[point[0], point[1]] for point in arc]
        line, x, y = [], 0, 0
        for point in arc:
            x, y = x + point[0], y + point[1]
            line.append(self._place(x, y))
        return line

    def _line(self, indexes: list[Any]) -> list[list[float]]:
        """Arcs put end to end; the point where two meet stands once."""
        line: list[list[float]] = []
        for index in indexes:
            arc = self._arcs[index] if index >= 0 else self._arcs[~index][::-1]
            line += arc[1:] if line else arc
        return line

    def _polygon(self, rings: list[Any]) -> list[list[list[float]]]:
        return [self._line(ring) for ring in rings]

    def geometry(self, geometry: dict[str, Any]) -> dict[str, Any] | None:
        """A geometry of the topology as GeoJSON; None for an empty one.

        Raises:
            ValueError: a type that TopoJSON does not have.
            IndexError: an arc that is not there.
        """
        kind = geometry.get("type")
        arcs: Any = geometry.get("arcs")
        points: Any = geometry.get("coordinates")
        if kind is None:
            return None
        if kind == "Point":
            coordinates: Any = self._place(*points[:2])
        elif kind == "MultiPoint":
            coordinates = [self._place(*point[:2]) for point in points]
        elif kind == "LineString":
            coordinates = self._line(arcs)
        elif kind == "MultiLineString":
            coordinates = [self._line(line) for line in arcs]
        elif kind == "Polygon":
            coordinates = self._polygon(arcs)
        elif kind == "MultiPolygon":
            coordinates = [self._polygon(polygon) for polygon in arcs]
        elif kind == "GeometryCollection":
            return {"type": kind, "geometries": [self.geometry(part) for part in geometry["geometries"]]}
        else:
            raise ValueError(f"no TopoJSON geometry is a {kind!r}")
        return {"type": kind, "coordinates": coordinates}


def read_topojson(reading: Reading, source: Source) -> Iterator[SourceTable]:
    """The geometries of the TopoJSON objects that the layout names (`object`), one table an object.

    Raises:
        DeliveryError: `readable`, `empty` or `sheet` (no such object).
    """
    document = load_json(reading, source, "a TopoJSON document")
    objects = document.get("objects") if isinstance(document, dict) else None
    if not isinstance(objects, dict) or document.get("type") != "Topology":
        raise _not_this(reading, source, "a TopoJSON topology", "a JSON document that is none")
    try:
        topology = Topology(document)
    except (TypeError, KeyError, ValueError, IndexError, AttributeError) as error:
        raise _broken(reading, source, error) from None
    for name in _named(reading, source, "object", list(objects)):
        reading.sheets.append(name)
        thing = objects[name]
        parts = thing.get("geometries") if thing.get("type") == "GeometryCollection" else [thing]

        def geometry(part: Any) -> str | None:
            try:
                shape = topology.geometry(part)
            except (TypeError, KeyError, ValueError, IndexError, AttributeError) as error:
                raise _broken(reading, source, error) from None
            return None if shape is None else compact(shape)

        yield record_table(reading, source, name, parts, _properties, {GEOMETRY: geometry})


def _broken(reading: Reading, source: Source, error: Exception) -> DeliveryError:
    return _not_this(
        reading,
        source,
        "a whole TopoJSON topology",
        f"one with arcs or points that are not ({type(error).__name__})",
    )


def _named(reading: Reading, source: Source, word: str, names: list[str]) -> list[str]:
    """Objects or layers that the layout's glob names; the only one when it names none."""
    wanted = reading.layout.object
    fits = names if wanted is None and len(names) == 1 else []
    if wanted is not None:
        fits = [name for name in names if fnmatch.fnmatchcase(name.casefold(), wanted.casefold())]
    if fits:
        return fits
    shown = ", ".join(repr(name) for name in names[:10]) or "none"
    raise reading.fault(
        "sheet",
        source.name,
        expected=f"one {word} like {wanted!r}" if wanted else f"one {word}, as the layout names none",
        found=f"{len(names)}: {shown}{', …' if len(names) > 10 else ''}",
        remedy=f"Ask the supplier for the agreed {word}, or set the layout's object.",
    )


def read_gpkg(reading: Reading, source: Source) -> Iterator[SourceTable]:
    """The layers of a GeoPackage that the layout names (`object`), one table a layer, rows by feature id.

    Raises:
        DeliveryError: `readable`, `empty` or `sheet` (no such layer).
    """
    kind = sniff(source.head())
    if kind != "sqlite":
        raise reading.fault(
            "empty" if kind == "empty" else "readable",
            source.name,
            expected="a GeoPackage",
            found=KIND_WORDS[kind],
            remedy="Ask the supplier for the agreed format, or give this edition a layout of the format it has.",
        )
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder:
        place = source.on_disk(Path(folder)).resolve().as_uri() + "?mode=ro&immutable=1"
        try:
            with closing(sqlite3.connect(place, uri=True)) as database:
                layers = {
                    str(name): (None if column is None else str(column), srs)
                    for name, column, srs in database.execute(
                        "select c.table_name, g.column_name, g.srs_id from gpkg_contents c "
                        "left join gpkg_geometry_columns g on g.table_name = c.table_name "
                        "where c.data_type in ('features', 'attributes') order by c.table_name"
                    )
                }
                for layer in _named(reading, source, "layer", list(layers)):
                    reading.sheets.append(layer)
                    yield _layer(reading, source, database, layer, *layers[layer])
        except (sqlite3.Error, OverflowError) as error:
            raise _not_this(
                reading, source, "a whole GeoPackage", f"one that cannot be read ({type(error).__name__})"
            ) from None


def _layer(
    reading: Reading,
    source: Source,
    database: sqlite3.Connection,
    layer: str,
    column: str | None,
    srs: int | None,
) -> SourceTable:
    if srs not in {None, 4326}:
        reading.note(f"{source.name}: coordinates of layer {layer} in EPSG:{srs}")
    table = '"' + layer.replace('"', '""') + '"'
    cursor = database.execute(f"select * from {table} order by rowid")
    names = [str(item[0]) for item in cursor.description]
    at = names.index(column) if column in names else None
    records = []
    for row in cursor:
        properties = {
            name: _sqlite_value(value)
            for n, (name, value) in enumerate(zip(names, row, strict=True))
            if n != at
        }
        records.append({"properties": properties, "blob": None if at is None else row[at]})

    def geometry(record: Any) -> str | None:
        try:
            shape = None if record["blob"] is None else _gpkg_geometry(record["blob"])
        except (struct.error, ValueError, IndexError) as error:
            raise _not_this(
                reading, source, "whole geometries", f"one that cannot be read ({type(error).__name__})"
            ) from None
        return None if shape is None else compact(shape)

    return record_table(reading, source, layer, records, _properties, {GEOMETRY: geometry})


def _sqlite_value(value: Any) -> str | None:
    return None if value is None or isinstance(value, bytes) else str(value)


def _gpkg_geometry(blob: bytes) -> dict[str, Any] | None:
    """GeoPackage geometry blob to GeoJSON. Source: OGC 12-128r18, 2.1.3 (GeoPackageBinaryHeader)."""
    if blob[:2] != b"GP":
        raise ValueError("no GeoPackage geometry")
    flags = blob[3]
    if flags & 0b10000:
        return None
    envelope = (0, 32, 48, 48, 64)[flags >> 1 & 0b111]
    return wkb_geometry(blob[8 + envelope :])


_WKB_KINDS = {
    1: "Point",
    2: "LineString",
    3: "Polygon",
    4: "MultiPoint",
    5: "MultiLineString",
    6: "MultiPolygon",
    7: "GeometryCollection",
}


def wkb_geometry(data: bytes) -> dict[str, Any] | None:
    """Well-known binary (ISO or extended) to a GeoJSON geometry; measures (M) are dropped.

    Raises:
        ValueError: a curve or another type that GeoJSON does not have.
        struct.error: the bytes end too soon.
    """
    return _Wkb(data).geometry()


class _Wkb:
    """A cursor through well-known binary. Source: OGC 06-103r4, 8.2."""

    def __init__(self, data: bytes) -> None:
        self._data = data
        self._at = 0

    def _take(self, form: str) -> tuple[Any, ...]:
        values = struct.unpack_from(form, self._data, self._at)
        self._at += struct.calcsize(form)
        return values

    def geometry(self) -> dict[str, Any] | None:
        order = "<" if self._take("B")[0] else ">"
        code = self._take(order + "I")[0]
        if code & 0x20000000:
            self._take(order + "I")
        iso = code & 0xFFFF
        high, base = divmod(iso, 1000)
        z = high in {1, 3} or bool(code & 0x80000000)
        m = high in {2, 3} or bool(code & 0x40000000)
        if base not in _WKB_KINDS:
            raise ValueError(f"geometry type {base} has no GeoJSON form")
        kind = _WKB_KINDS[base]
        point = self._points(order, 2 + z + m, 2 + z)
        if kind == "Point":
            place = point()
            return None if math.isnan(place[0]) else {"type": kind, "coordinates": place}
        count = self._take(order + "I")[0]
        if kind == "LineString":
            return {"type": kind, "coordinates": [point() for _ in range(count)]}
        if kind == "Polygon":
            rings = [[point() for _ in range(self._take(order + "I")[0])] for _ in range(count)]
            return {"type": kind, "coordinates": rings}
        parts = [self.geometry() for _ in range(count)]
        if kind == "GeometryCollection":
            return {"type": kind, "geometries": parts}
        return {"type": kind, "coordinates": [part["coordinates"] for part in parts if part is not None]}

    def _points(self, order: str, stored: int, kept: int) -> Callable[[], list[float]]:
        form = f"{order}{stored}d"
        return lambda: list(self._take(form)[:kept])
