"""Charts as SVG text: maps with close-ups, bars, positions, trends.

Belongs here: shapes. Colours come from classes of the stylesheet, so that dark, print and forced colours work
and a strict content policy holds. Does not belong here: words, and which figure is drawn.
"""

from __future__ import annotations

import itertools
import json
import math
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from markupsafe import Markup, escape

from spi_orchestration.site.tables import Row

__all__ = ["Classes", "Geometry", "bar", "classes_of", "position_strip", "sparkline", "trend"]

WIDTH = 600
CLASSES = 5


@dataclass(frozen=True)
class Classes:
    """Five classes of equal width between two round numbers.

    Attributes:
        breaks: six edges from low to high.
        decimals: that the edges need.
    """

    breaks: tuple[float, ...]
    decimals: int

    def of(self, value: float | None) -> int:
        """Class of a value, 1 to 5; 0 for none."""
        if value is None:
            return 0
        for index in range(1, CLASSES):
            if value < self.breaks[index]:
                return index
        return CLASSES

    def counts(self, values: Iterable[float | None]) -> list[int]:
        """How many values fall in each class, from 0 (none) to 5."""
        found = [0] * (CLASSES + 1)
        for value in values:
            found[self.of(value)] += 1
        return found


def classes_of(values: Sequence[float | None]) -> Classes:
    """Classes for a set of values: a round step such that five of them hold all values."""
    known = [value for value in values if value is not None]
    low, high = (min(known), max(known)) if known else (0.0, 1.0)
    if high <= low:
        high = low + 1
    raw = (high - low) / CLASSES
    power = math.floor(math.log10(raw))
    for exponent in (power, power + 1):
        for factor in (1, 1.5, 2, 2.5, 3, 4, 5, 6, 8):
            step = factor * 10**exponent
            start = math.floor(low / step + 1e-9) * step
            if step >= raw and start + CLASSES * step >= high - 1e-12:
                decimals = max(0, -exponent + (0 if factor == int(factor) else 1))
                edges = tuple(round(start + step * index, decimals) for index in range(CLASSES + 1))
                return Classes(edges, decimals)
    return Classes(tuple(low + raw * index for index in range(CLASSES + 1)), 3)


def _fmt(value: float) -> str:
    text = f"{value:.1f}"
    return text[:-2] if text.endswith(".0") else text


class Geometry:
    """Ward boundaries of a release, drawn to fit.

    Args:
        boundaries: rows of `dim_ward_boundary`.
        names: ward names by code.
        anchors: where a name stands, easting and northing, in place of where the release says.
    """

    def __init__(
        self,
        boundaries: Sequence[Row],
        names: Mapping[str, str],
        anchors: Mapping[str, tuple[float, float]] | None = None,
    ) -> None:
        self._names = names
        self._rings: dict[str, list[list[list[float]]]] = {}
        self._labels: dict[str, tuple[float, float]] = {}
        for row in sorted(boundaries, key=lambda r: r["ward_code"]):
            shape = json.loads(row["geometry"])
            polygons = [shape["coordinates"]] if shape["type"] == "Polygon" else shape["coordinates"]
            self._rings[row["ward_code"]] = [ring for polygon in polygons for ring in polygon]
            self._labels[row["ward_code"]] = (row["label_easting"], row["label_northing"])
        self._kept: dict[tuple[object, ...], _Drawing] = {}
        self._labels |= {code: place for code, place in (anchors or {}).items() if code in self._rings}

    def __bool__(self) -> bool:
        return bool(self._rings)

    @property
    def rings(self) -> dict[str, list[list[list[float]]]]:
        """Rings of each ward, National Grid."""
        return self._rings

    def svg(
        self,
        values: Mapping[str, float | None],
        classes: Classes,
        *,
        title: str,
        description: str,
        key: str,
        only: Sequence[str] | None = None,
        unlabelled: Sequence[str] = (),
        marked: Sequence[str] = (),
        width: int = WIDTH,
        tallest: float = 4 / 3,
    ) -> Markup:
        """A map.

        Args:
            values: figure of each ward; absent or None is drawn as no value.
            classes: classes of the figures.
            title: name of the picture, for those who do not see it.
            description: what it shows, and where the same is in a table.
            key: makes the ids of title and description unique on the page.
            only: wards to draw; all by default.
            unlabelled: wards without a name on the map, as they have a close-up.
            marked: wards drawn with a heavy edge.
            width: of the drawing; its height follows the ground.
            tallest: height at most, in widths; taller ground is drawn narrower.

        Returns:
            An `svg` element without focusable parts; scripts find wards by `data-ward`.
        """
        codes = tuple(code for code in self._rings if only is None or code in set(only))
        if not any(self._rings[code] for code in codes):
            return Markup("")
        drawn = self._drawn(
            codes, tuple(code for code in codes if code not in set(unlabelled)), width, tallest
        )
        parts = [
            f'<svg class="map" viewBox="0 0 {drawn.width} {drawn.height}" role="img" '
            f'aria-labelledby="{key}-t {key}-d" xmlns="http://www.w3.org/2000/svg">'
            f'<title id="{key}-t">{escape(title)}</title><desc id="{key}-d">{escape(description)}</desc>'
        ]
        heavy = set(marked)
        for code in sorted(codes, key=lambda c: (c in heavy, c)):
            mark = " here" if code in heavy else ""
            parts.append(
                f'<path class="w k{classes.of(values.get(code))}{mark}" data-ward="{code}" d="{drawn.paths[code]}"/>'
            )
        for code, lines, x, y in drawn.labels:
            kind = classes.of(values.get(code))
            spans = "".join(
                f'<tspan x="{_fmt(x)}" dy="{"0" if i == 0 else "1.05em"}">{escape(line)}</tspan>'
                for i, line in enumerate(lines)
            )
            parts.append(
                f'<text class="l t{kind}" data-label="{code}" x="{_fmt(x)}" y="{_fmt(y)}">{spans}</text>'
            )
        parts.append("</svg>")
        return Markup("".join(parts))

    def _drawn(
        self, codes: tuple[str, ...], labelled: tuple[str, ...], width: int, tallest: float
    ) -> _Drawing:
        """Outlines and places of names; they do not depend on figures, so each is worked out once."""
        asked = (codes, labelled, width, tallest)
        if asked not in self._kept:
            points = [point for code in codes for ring in self._rings[code] for point in ring]
            west, east = min(p[0] for p in points), max(p[0] for p in points)
            south, north = min(p[1] for p in points), max(p[1] for p in points)
            scale = (width - 8) / max(east - west, (north - south) / tallest)
            rings = {
                code: [
                    [((x - west) * scale + 4, (north - y) * scale + 4) for x, y in ring]
                    for ring in self._rings[code]
                ]
                for code in codes
            }
            wide, tall = round((east - west) * scale) + 8, round((north - south) * scale) + 8
            anchors = {}
            for code in labelled:
                x, y = self._labels[code]
                anchors[code] = ((x - west) * scale + 4, (north - y) * scale + 4)
            self._kept[asked] = _Drawing(
                wide,
                tall,
                {code: "".join(map(_path, found)) for code, found in rings.items()},
                _labels(anchors, self._names, rings, wide, tall),
            )
        return self._kept[asked]


@dataclass(frozen=True)
class _Drawing:
    """Ground drawn to fit: size, outline of each ward, and (ward, lines, x, y) of each name."""

    width: int
    height: int
    paths: dict[str, str]
    labels: list[tuple[str, list[str], float, float]]


def _path(points: Sequence[tuple[float, float]]) -> str:
    """A ring as relative moves of a tenth of a unit; the last point is that of the first."""
    rounded = [(round(x * 10), round(y * 10)) for x, y in points]
    out = [f"M{_tenth(rounded[0][0])} {_tenth(rounded[0][1])}l"]
    steps = []
    for (x0, y0), (x1, y1) in itertools.pairwise(rounded):
        if (x1, y1) != (x0, y0):
            steps.append(f"{_tenth(x1 - x0)} {_tenth(y1 - y0)}")
    return out[0] + " ".join(steps[:-1]).replace(" -", "-") + "z"


def _tenth(value: int) -> str:
    sign, size = ("-" if value < 0 else ""), abs(value)
    whole, part = divmod(size, 10)
    if part == 0:
        return f"{sign}{whole}"
    return f"{sign}{whole or ''}.{part}"


#: Text of a label in units of the drawing: height of a line, mean width of a letter, and free room around it.
LINE, LETTER, ROOM = 13.0, 7.4, 2.5
#: Moves of a name from its place, nearest first.
MOVES = sorted(
    ((dx, dy) for dx in range(-36, 37, 6) for dy in range(-36, 37, 6)),
    key=lambda m: (m[0] ** 2 + m[1] ** 2, m),
)
#: What a name costs: a unit of the way from its place, and the whole of it standing outside its own ward.
FAR, OUTSIDE, PER_LINE = 0.6, 90.0, 2.0


def _split(name: str) -> list[list[str]]:
    """Ways to write a name: in one line, then broken at each blank, the most even first."""
    words = name.split(" ")
    ways = [[" ".join(words[:i]), " ".join(words[i:])] for i in range(1, len(words))]
    ways.sort(key=lambda lines: max(map(len, lines)))
    thirds = [
        [" ".join(words[:i]), " ".join(words[i:j]), " ".join(words[j:])]
        for i in range(1, len(words))
        for j in range(i + 1, len(words))
    ]
    thirds.sort(key=lambda lines: max(map(len, lines)))
    return [*ways[:1], [name], *ways[1:], *thirds[:1]] if len(name) > 10 else [[name], *ways]


def _labels(
    anchors: Mapping[str, tuple[float, float]],
    names: Mapping[str, str],
    rings: Mapping[str, Sequence[Sequence[tuple[float, float]]]],
    width: float,
    height: float,
) -> list[tuple[str, list[str], float, float]]:
    """Names inside their wards as far as they go, never into each other; one that fits nowhere is left to the table.

    The smallest wards choose first. Each takes the cheapest place: near its anchor, inside its ward, few lines.
    """
    taken: list[tuple[float, float, float, float]] = []
    found = []
    for code in sorted(anchors, key=lambda c: (_area(rings[c]), c)):
        x, y = anchors[code]
        best: tuple[float, list[str], tuple[float, float, float, float]] | None = None
        for lines in _split(names.get(code, code)):
            for dx, dy in MOVES:
                cost = FAR * math.hypot(dx, dy) + PER_LINE * len(lines)
                if best and cost >= best[0]:
                    break
                box = _box(x + dx, y + dy, lines, width, height)
                if box is None or _hits(box, taken):
                    continue
                cost += OUTSIDE * _outside(box, rings[code])
                if best is None or cost < best[0]:
                    best = (cost, lines, box)
        if best:
            _, lines, box = best
            taken.append((box[0] - ROOM, box[1] - ROOM, box[2] + ROOM, box[3] + ROOM))
            found.append((code, lines, (box[0] + box[2]) / 2, box[1] + LINE * 0.8))
    return sorted(found)


def _area(rings: Sequence[Sequence[tuple[float, float]]]) -> float:
    """Area of the ground that rings enclose (shoelace)."""
    return abs(sum(a[0] * b[1] - b[0] * a[1] for ring in rings for a, b in itertools.pairwise(ring))) / 2


def _outside(box: tuple[float, float, float, float], rings: Sequence[Sequence[tuple[float, float]]]) -> float:
    """Share of a box that lies outside some rings, by a grid of points (even-odd rule)."""
    points = [
        (box[0] + (box[2] - box[0]) * i / 6, box[1] + (box[3] - box[1]) * j / 2)
        for i in range(7)
        for j in range(3)
    ]
    out = 0
    for x, y in points:
        inside = False
        for ring in rings:
            for (ax, ay), (bx, by) in itertools.pairwise(ring):
                if (ay > y) != (by > y) and x < ax + (bx - ax) * (y - ay) / (by - ay):
                    inside = not inside
        out += not inside
    return out / len(points)


def _box(
    x: float, y: float, lines: Sequence[str], width: float, height: float
) -> tuple[float, float, float, float] | None:
    half, tall = max(map(len, lines)) * LETTER / 2, LINE * len(lines)
    # A name at the edge of the drawing is moved in rather than cut.
    x = min(max(x, half + 1), width - half - 1)
    box = (x - half, y - tall / 2, x + half, y + tall / 2)
    return box if box[1] >= 0 and box[3] <= height and half * 2 < width else None


def _hits(box: tuple[float, float, float, float], taken: Iterable[tuple[float, float, float, float]]) -> bool:
    return any(box[0] < b[2] and b[0] < box[2] and box[1] < b[3] and b[1] < box[3] for b in taken)


def bar(score: float | None, low: float | None = None, high: float | None = None) -> Markup:
    """A score from 0 to 100 as a bar, with its interval as a whisker; the number stands beside it."""
    if score is None:
        return Markup("")
    whisker = (
        f'<path class="wh" d="M{_fmt(low)} 5H{_fmt(high)}M{_fmt(low)} 2v6M{_fmt(high)} 2v6"/>'
        if low is not None and high is not None
        else ""
    )
    return Markup(
        f'<svg class="bar" viewBox="0 0 100 10" preserveAspectRatio="none" aria-hidden="true">'
        f'<path class="bg" d="M0 0h100v10H0z"/><path class="fg" d="M0 1h{_fmt(score)}v8H0z"/>{whisker}</svg>'
    )


def position_strip(
    value: float | None, district: float | None, low: float | None, high: float | None
) -> Markup:
    """Where a value lies between the lowest and the highest ward: dot for the place, tick for the district."""
    if value is None or low is None or high is None or high <= low:
        return Markup("")

    def at(x: float) -> str:
        return _fmt(4 + 92 * min(1.0, max(0.0, (x - low) / (high - low))))

    tick = f'<path class="tick" d="M{at(district)} 0v12"/>' if district is not None else ""
    return Markup(
        '<svg class="strip" viewBox="0 0 100 12" aria-hidden="true"><path class="axis" d="M4 6h92"/>'
        f'{tick}<circle class="dot" cx="{at(value)}" cy="6" r="4"/></svg>'
    )


def sparkline(values: Sequence[float | None]) -> Markup:
    """A series on its own range; the numbers stand in a table elsewhere."""
    known = [(i, v) for i, v in enumerate(values) if v is not None]
    if len(known) < 2:
        return Markup("")
    low, high = min(v for _, v in known), max(v for _, v in known)
    span = (high - low) or 1
    step = 60 / max(1, len(values) - 1)
    points = " ".join(f"{_fmt(i * step + 3)},{_fmt(15 - 12 * (v - low) / span)}" for i, v in known)
    return Markup(
        '<svg class="spark" viewBox="0 0 66 18" aria-hidden="true">'
        f'<polyline points="{points}"/><circle cx="{points.split()[-1].split(",")[0]}" '
        f'cy="{points.split()[-1].split(",")[1]}" r="2.5"/></svg>'
    )


@dataclass(frozen=True)
class _Frame:
    """Where years and values lie in a trend."""

    years: tuple[int, int]
    values: tuple[float, float]
    left: float = 48
    right: float = 560
    top: float = 34
    bottom: float = 210

    def x(self, year: float) -> float:
        first, last = self.years
        return self.left + (self.right - self.left) * (year - first) / (last - first)

    def y(self, value: float) -> float:
        low, high = self.values
        return self.bottom - (self.bottom - self.top) * (value - low) / (high - low)


def trend(
    series: Sequence[tuple[str, Sequence[float | None]]],
    editions: Sequence[int],
    *,
    title: str,
    description: str,
    key: str,
    bounds: Mapping[int, tuple[float, float]] | None = None,
    events: Sequence[tuple[float, str]] = (),
    breaks: Sequence[int] = (),
) -> Markup:
    """Lines over the editions, the first series heavy, with its interval as a band and events as rules.

    Args:
        series: (name, a value an edition), at most four.
        editions: years.
        title: name of the picture.
        description: what it shows.
        key: makes ids unique on the page.
        bounds: interval of the first series by edition.
        events: (year with fraction, words).
        breaks: editions that cannot be compared with the one before: no line and no band leads to them.
    """
    known = [v for _, values in series for v in values if v is not None]
    known += [v for pair in (bounds or {}).values() for v in pair]
    if len(editions) < 2 or not known:
        return Markup("")
    classes = classes_of(known)
    frame = _Frame((editions[0], editions[-1]), (classes.breaks[0], classes.breaks[-1]))
    parts = [
        f'<svg class="trend" viewBox="0 0 600 240" role="img" aria-labelledby="{key}-t {key}-d" '
        f'xmlns="http://www.w3.org/2000/svg"><title id="{key}-t">{escape(title)}</title>'
        f'<desc id="{key}-d">{escape(description)}</desc>'
    ]
    parts += _axes(frame, classes, editions)
    parts += _events(frame, events)
    parts += _breaks(frame, editions, breaks)
    for run in _runs([e for e in editions if e in (bounds or {})], editions, breaks):
        if bounds and len(run) > 1:
            upper = [f"{_fmt(frame.x(e))} {_fmt(frame.y(bounds[e][1]))}" for e in run]
            lower = [f"{_fmt(frame.x(e))} {_fmt(frame.y(bounds[e][0]))}" for e in reversed(run)]
            parts.append(f'<path class="band" d="M{" L".join([*upper, *lower])}z"/>')
    for index, (_, values) in enumerate(series):
        parts += _line(frame, index, editions, values, breaks)
    parts.append("</svg>")
    return Markup("".join(parts))


def _axes(frame: _Frame, classes: Classes, editions: Sequence[int]) -> Iterator[str]:
    for edge in classes.breaks:
        yield (
            f'<path class="grid" d="M{frame.left} {_fmt(frame.y(edge))}H{frame.right}"/>'
            f'<text class="ax" x="{frame.left - 6}" y="{_fmt(frame.y(edge) + 4)}" text-anchor="end">'
            f"{edge:,.{classes.decimals}f}</text>"
        )
    for year in editions:
        yield f'<text class="ax" x="{_fmt(frame.x(year))}" y="{frame.bottom + 20}" text-anchor="middle">{year}</text>'


#: Letters of events on a trend; their words stand below it.
LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"


def shown(events: Sequence[tuple[float, str]], years: Sequence[int]) -> list[tuple[float, str]]:
    """Events that fall between the first and the last of some years, in order of time."""
    return sorted(event for event in events if years[0] <= event[0] <= years[-1])


def _events(frame: _Frame, events: Sequence[tuple[float, str]]) -> Iterator[str]:
    last = -1.0
    for letter, (when, _) in zip(LETTERS, shown(events, frame.years), strict=False):
        x = frame.x(when)
        # The letters stand above the rules, and beside each other where rules are close.
        last = max(x, last + 11)
        yield (
            f'<path class="event" d="M{_fmt(x)} {frame.top - 6}V{frame.bottom}"/>'
            f'<text class="ax" x="{_fmt(last)}" y="22" text-anchor="middle">{letter}</text>'
        )


def _runs(given: Sequence[int], editions: Sequence[int], breaks: Sequence[int]) -> list[list[int]]:
    """Editions with a figure, split where one is missing and where a series breaks."""
    runs: list[list[int]] = []
    for before, edition in zip([None, *editions], editions, strict=False):
        if edition in given:
            if before not in given or edition in breaks or not runs:
                runs.append([])
            runs[-1].append(edition)
    return runs


def _breaks(frame: _Frame, editions: Sequence[int], breaks: Sequence[int]) -> Iterator[str]:
    """[b] between the edition before a break and its own."""
    for before, edition in itertools.pairwise(editions):
        if edition in breaks:
            x = (frame.x(before) + frame.x(edition)) / 2
            yield (
                f'<text class="ax" x="{_fmt(x)}" y="{_fmt(frame.bottom - 6)}" text-anchor="middle">[b]</text>'
            )


def _line(
    frame: _Frame,
    index: int,
    editions: Sequence[int],
    values: Sequence[float | None],
    breaks: Sequence[int] = (),
) -> Iterator[str]:
    """A series, broken where a value is missing or the series breaks."""
    known = {year: value for year, value in zip(editions, values, strict=True) if value is not None}
    for years in _runs(list(known), editions, breaks):
        run = [(frame.x(year), frame.y(known[year])) for year in years]
        if len(run) > 1:
            points = " ".join(f"{_fmt(a)},{_fmt(b)}" for a, b in run)
            yield f'<polyline class="s{index}" points="{points}"/>'
        for a, b in run:
            yield f'<circle class="p{index}" cx="{_fmt(a)}" cy="{_fmt(b)}" r="4"/>'
