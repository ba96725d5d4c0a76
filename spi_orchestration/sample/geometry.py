"""Plane geometry on convex polygons, and British National Grid to longitude and latitude.

Belongs here: clipping, splitting, sampling and testing convex polygons given as arrays of (x, y) in
metres, counter-clockwise and not closed. Does not belong here: wards, LSOAs or anything that has a name.

The grid transformation follows Ordnance Survey, "A guide to coordinate systems in Great Britain"
(v3.6, annex B and section 6.6): inverse transverse Mercator on Airy 1830, then the seven-parameter
shift to WGS84. It is good to about 5 metres; the reverse is not needed.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np

__all__ = [
    "area",
    "bisect",
    "buffer_hull",
    "centroid",
    "clip",
    "contains",
    "densify",
    "distance_to_outline",
    "pieces",
    "sample_points",
    "shrunk",
    "to_wgs84",
]

Polygon = np.ndarray


def area(polygon: Polygon) -> float:
    """Area in square metres."""
    x, y = (polygon - polygon[0]).T
    return float(abs(np.dot(x[:-1], y[1:]) - np.dot(x[1:], y[:-1])) / 2)


def centroid(polygon: Polygon) -> np.ndarray:
    """Centre of area."""
    origin = polygon[0]
    x, y = (polygon - origin).T
    cross = x * np.roll(y, -1) - np.roll(x, -1) * y
    total = cross.sum()
    centre = np.array([((x + np.roll(x, -1)) * cross).sum(), ((y + np.roll(y, -1)) * cross).sum()])
    return np.asarray(origin + centre / (3 * total))


def clip(polygon: Polygon, point: np.ndarray, normal: np.ndarray) -> Polygon:
    """The part of a convex polygon on the side of a line that its normal points away from.

    Args:
        polygon: vertices.
        point: any point of the line.
        normal: direction that points out of the part that is kept.

    Returns:
        Vertices of the part; an array of no rows where nothing is left.
    """
    side = (polygon - point) @ normal
    kept: list[np.ndarray] = []
    for i in range(len(polygon)):
        j = (i + 1) % len(polygon)
        if side[i] <= 0:
            kept.append(polygon[i])
        if (side[i] < 0 < side[j]) or (side[j] < 0 < side[i]):
            share = side[i] / (side[i] - side[j])
            kept.append(polygon[i] + share * (polygon[j] - polygon[i]))
    return np.array(kept) if kept else np.empty((0, 2))


def bisect(polygon: Polygon, share: float) -> tuple[Polygon, Polygon]:
    """Cut a convex polygon across its longest diagonal so that the first part has a share of the area."""
    gaps = polygon[:, None, :] - polygon[None, :, :]
    i, j = np.unravel_index(int(np.argmax((gaps**2).sum(axis=2))), (len(polygon), len(polygon)))
    axis = polygon[max(i, j)] - polygon[min(i, j)]
    axis = axis / np.hypot(*axis)
    positions = polygon @ axis
    low, high = float(positions.min()), float(positions.max())
    goal = share * area(polygon)
    for _ in range(28):
        middle = (low + high) / 2
        part = clip(polygon, axis * middle, axis)
        if len(part) > 2 and area(part) > goal:
            high = middle
        else:
            low = middle
    cut = axis * (low + high) / 2
    return clip(polygon, cut, axis), clip(polygon, cut, -axis)


def pieces(polygon: Polygon, sizes: Sequence[float]) -> list[Polygon]:
    """Cut a convex polygon into parts with areas in proportion to sizes; parts next in the list touch."""
    if len(sizes) == 1:
        return [polygon]
    half = len(sizes) // 2
    left, right = bisect(polygon, sum(sizes[:half]) / sum(sizes))
    return [*pieces(left, sizes[:half]), *pieces(right, sizes[half:])]


def shrunk(polygon: Polygon, share: float) -> Polygon:
    """The polygon drawn in towards its centre by a share of its size."""
    centre = centroid(polygon)
    return np.asarray(centre + (1 - share) * (polygon - centre))


def buffer_hull(points: np.ndarray, distance: float, corners: int = 16) -> Polygon:
    """Convex hull of points, widened by a distance; corners are cut to a many-sided figure."""
    angles = 2 * math.pi * np.arange(corners) / corners
    ring = distance * np.column_stack([np.cos(angles), np.sin(angles)])
    wide = (points[:, None, :] + ring[None, :, :]).reshape(-1, 2)
    # Andrew's monotone chain.
    ordered = sorted({(float(x), float(y)) for x, y in wide})

    def chain(candidates: list[tuple[float, float]]) -> list[tuple[float, float]]:
        out: list[tuple[float, float]] = []
        for p in candidates:
            while len(out) > 1 and _turn(out[-2], out[-1], p) <= 0:
                out.pop()
            out.append(p)
        return out[:-1]

    return np.array(chain(ordered) + chain(ordered[::-1]))


def _turn(a: tuple[float, float], b: tuple[float, float], c: tuple[float, float]) -> float:
    return (b[0] - a[0]) * (c[1] - a[1]) - (b[1] - a[1]) * (c[0] - a[0])


def contains(polygon: Polygon, points: np.ndarray) -> np.ndarray:
    """Which points lie inside a convex polygon (on its edge counts)."""
    following = np.roll(polygon, -1, axis=0)
    edges = following - polygon
    gaps = points[:, None, :] - polygon[None, :, :]
    return np.asarray((edges[:, 0] * gaps[:, :, 1] - edges[:, 1] * gaps[:, :, 0] >= -1e-6).all(axis=1))


def distance_to_outline(polygon: Polygon, points: np.ndarray) -> np.ndarray:
    """Distance in metres from each point to the nearest edge of a polygon."""
    edges = np.roll(polygon, -1, axis=0) - polygon
    gaps = points[:, None, :] - polygon[None, :, :]
    along = np.clip((gaps * edges).sum(axis=2) / (edges**2).sum(axis=1), 0, 1)
    return np.asarray(np.sqrt(((gaps - along[:, :, None] * edges) ** 2).sum(axis=2)).min(axis=1))


def sample_points(polygon: Polygon, count: int, rng: np.random.Generator, margin: float = 0.12) -> np.ndarray:
    """Points spread evenly over a convex polygon, kept off its edge.

    Args:
        polygon: vertices.
        count: number of points.
        rng: stream of draws.
        margin: share by which the polygon is drawn in towards its centre.

    Returns:
        Array of (count, 2), metres.
    """
    inner = shrunk(polygon, margin)
    a, b, c = inner[0], inner[1:-1], inner[2:]
    sizes = np.abs((b - a)[:, 0] * (c - a)[:, 1] - (b - a)[:, 1] * (c - a)[:, 0])
    draws = rng.random((count, 3))
    which = np.searchsorted(np.cumsum(sizes / sizes.sum()), draws[:, 0], side="right").clip(0, len(sizes) - 1)
    u, v = draws[:, 1], draws[:, 2]
    flip = u + v > 1
    u, v = np.where(flip, 1 - u, u), np.where(flip, 1 - v, v)
    return np.asarray(a + u[:, None] * (b - a)[which] + v[:, None] * (c - a)[which])


def densify(polygon: Polygon, step: float) -> Polygon:
    """Add points along the edges, at most `step` metres apart, alike from both sides of a shared edge."""
    out: list[np.ndarray] = []
    for i in range(len(polygon)):
        a, b = polygon[i], polygon[(i + 1) % len(polygon)]
        parts = max(1, math.ceil(float(np.hypot(*(b - a))) / step))
        backwards = tuple(b) < tuple(a)
        start, end = (b, a) if backwards else (a, b)
        row = [start + (end - start) * k / parts for k in range(parts + 1)]
        out.extend(row[::-1][:-1] if backwards else row[:-1])
    return np.array(out)


def to_wgs84(points: np.ndarray) -> np.ndarray:
    """British National Grid (EPSG:27700) to longitude and latitude (EPSG:4326).

    Args:
        points: array of (n, 2), easting and northing in metres.

    Returns:
        Array of (n, 2), longitude and latitude in degrees.
    """
    latitude, longitude = _airy(points[:, 0].astype(float), points[:, 1].astype(float))
    a, b = 6377563.396, 6356256.909
    e2 = 1 - (b / a) ** 2
    nu = a / np.sqrt(1 - e2 * np.sin(latitude) ** 2)
    x = nu * np.cos(latitude) * np.cos(longitude)
    y = nu * np.cos(latitude) * np.sin(longitude)
    z = (1 - e2) * nu * np.sin(latitude)
    rx, ry, rz = (math.radians(seconds / 3600) for seconds in (0.1502, 0.2470, 0.8421))
    scale = 1 - 20.4894e-6
    x, y, z = (
        446.448 + scale * x - rz * y + ry * z,
        -125.157 + rz * x + scale * y - rx * z,
        542.060 - ry * x + rx * y + scale * z,
    )
    a, b = 6378137.0, 6356752.3141
    e2 = 1 - (b / a) ** 2
    p = np.hypot(x, y)
    latitude = np.arctan2(z, p * (1 - e2))
    for _ in range(6):
        nu = a / np.sqrt(1 - e2 * np.sin(latitude) ** 2)
        latitude = np.arctan2(z + e2 * nu * np.sin(latitude), p)
    return np.column_stack([np.degrees(np.arctan2(y, x)), np.degrees(latitude)])


def _meridian(latitude: np.ndarray) -> np.ndarray:
    a, b, scale, origin = 6377563.396, 6356256.909, 0.9996012717, math.radians(49)
    n = (a - b) / (a + b)
    difference, total = latitude - origin, latitude + origin
    return np.asarray(
        b
        * scale
        * (
            (1 + n + 1.25 * n**2 + 1.25 * n**3) * difference
            - (3 * n + 3 * n**2 + 2.625 * n**3) * np.sin(difference) * np.cos(total)
            + 1.875 * (n**2 + n**3) * np.sin(2 * difference) * np.cos(2 * total)
            - 35 / 24 * n**3 * np.sin(3 * difference) * np.cos(3 * total)
        )
    )


def _airy(easting: np.ndarray, northing: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    a, b, scale = 6377563.396, 6356256.909, 0.9996012717
    e2 = 1 - (b / a) ** 2
    latitude = math.radians(49) + (northing + 100000) / (a * scale)
    for _ in range(6):
        latitude = latitude + (northing + 100000 - _meridian(latitude)) / (a * scale)
    sine2 = np.sin(latitude) ** 2
    nu = a * scale / np.sqrt(1 - e2 * sine2)
    rho = a * scale * (1 - e2) / (1 - e2 * sine2) ** 1.5
    eta2 = nu / rho - 1
    t, sec = np.tan(latitude), 1 / np.cos(latitude)
    d = easting - 400000
    latitude_out = (
        latitude
        - t / (2 * rho * nu) * d**2
        + t / (24 * rho * nu**3) * (5 + 3 * t**2 + eta2 - 9 * t**2 * eta2) * d**4
        - t / (720 * rho * nu**5) * (61 + 90 * t**2 + 45 * t**4) * d**6
    )
    longitude = (
        math.radians(-2)
        + sec / nu * d
        - sec / (6 * nu**3) * (nu / rho + 2 * t**2) * d**3
        + sec / (120 * nu**5) * (5 + 28 * t**2 + 24 * t**4) * d**5
        - sec / (5040 * nu**7) * (61 + 662 * t**2 + 1320 * t**4 + 720 * t**6) * d**7
    )
    return latitude_out, longitude
