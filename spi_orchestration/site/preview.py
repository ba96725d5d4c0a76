"""The picture that a shared link shows: the map, as PNG.

Belongs here: filling polygons and writing PNG with the standard library and numpy. Does not belong here: any
other picture.
"""

from __future__ import annotations

import itertools
import struct
import zlib
from collections.abc import Mapping, Sequence
from typing import Any

from spi_orchestration.site.charts import classes_of

__all__ = ["draw"]

WIDTH, HEIGHT, MARGIN = 1200, 630, 40
BACKGROUND, NONE = (255, 255, 255), (177, 180, 182)


def draw(
    rings: Mapping[str, Sequence[Sequence[Sequence[float]]]],
    values: Mapping[str, float | None],
    colours: Sequence[str],
) -> bytes:
    """Draw the wards in the colours of their classes.

    Args:
        rings: rings of each ward, in metres.
        values: figure of each ward.
        colours: five colours from low to high, as `#rrggbb`.

    Returns:
        A PNG of 1200 x 630 pixels; blank where there are no boundaries.
    """
    import numpy as np

    picture = np.full((HEIGHT, WIDTH, 3), BACKGROUND, dtype=np.uint8)
    points = [point for found in rings.values() for ring in found for point in ring]
    if points:
        xs, ys = [p[0] for p in points], [p[1] for p in points]
        scale = min((WIDTH - 2 * MARGIN) / (max(xs) - min(xs)), (HEIGHT - 2 * MARGIN) / (max(ys) - min(ys)))
        left = (WIDTH - (max(xs) - min(xs)) * scale) / 2
        classes = classes_of([values.get(code) for code in rings])
        for code, found in rings.items():
            kind = classes.of(values.get(code))
            colour = _rgb(colours[kind - 1]) if kind else NONE
            placed = [
                [((x - min(xs)) * scale + left, (max(ys) - y) * scale + MARGIN) for x, y in ring]
                for ring in found
            ]
            _fill(picture, placed, colour)
    return _png(picture)


def _rgb(colour: str) -> tuple[int, int, int]:
    return int(colour[1:3], 16), int(colour[3:5], 16), int(colour[5:7], 16)


def _fill(picture: Any, rings: Sequence[Sequence[tuple[float, float]]], colour: tuple[int, int, int]) -> None:
    """Fill by the even-odd rule, a row of pixels at a time, and leave a light edge."""
    for row in range(HEIGHT):
        y = row + 0.5
        crossings = []
        for ring in rings:
            for (x0, y0), (x1, y1) in itertools.pairwise(ring):
                if (y0 <= y) != (y1 <= y):
                    crossings.append(x0 + (y - y0) * (x1 - x0) / (y1 - y0))
        crossings.sort()
        for start, end in zip(crossings[::2], crossings[1::2], strict=False):
            picture[row, round(start) + 1 : max(round(start) + 1, round(end) - 1)] = colour


def _png(picture: Any) -> bytes:
    """PNG, eight bits a channel (ISO/IEC 15948)."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    height, width, _ = picture.shape
    raw = b"".join(b"\0" + picture[row].tobytes() for row in range(height))
    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    return (
        b"\x89PNG\r\n\x1a\n"
        + chunk(b"IHDR", header)
        + chunk(b"IDAT", zlib.compress(raw, 9))
        + chunk(b"IEND", b"")
    )
