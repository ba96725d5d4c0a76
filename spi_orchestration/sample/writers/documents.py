"""JSON and GeoJSON documents.

Belongs here: features and records to text. Does not belong here: which properties a publisher gives.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import numpy as np

from spi_orchestration.sample.geometry import densify, to_wgs84

__all__ = ["geojson", "json_document", "multipolygon"]

#: Edges are cut to this many metres, so that lines straight on the grid stay so in degrees.
_STEP = 400.0


def json_document(data: Any) -> bytes:
    """Plain JSON, keys as given."""
    return json.dumps(data, ensure_ascii=False, separators=(",", ":")).encode("utf-8")


def _ring(polygon: np.ndarray) -> list[list[float]]:
    degrees = np.round(to_wgs84(densify(polygon, _STEP)), 7)
    ring = [[float(x), float(y)] for x, y in degrees]
    return [*ring, ring[0]]


def multipolygon(polygons: Sequence[np.ndarray]) -> dict[str, Any]:
    """GeoJSON geometry of one or more polygons given in grid metres."""
    if len(polygons) == 1:
        return {"type": "Polygon", "coordinates": [_ring(polygons[0])]}
    return {"type": "MultiPolygon", "coordinates": [[_ring(polygon)] for polygon in polygons]}


def geojson(name: str, features: Iterable[tuple[Mapping[str, Any], dict[str, Any]]]) -> bytes:
    """A feature collection in longitude and latitude (RFC 7946).

    Args:
        name: of the layer.
        features: (properties, geometry).
    """
    return json_document(
        {
            "type": "FeatureCollection",
            "name": name,
            "description": "Synthetic sample: schematic cells around ward centres, no real boundaries",
            "features": [
                {"type": "Feature", "properties": dict(properties), "geometry": geometry}
                for properties, geometry in features
            ],
        }
    )
