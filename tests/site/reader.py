"""Reading pages back: tables with their exact figures, and what breaks a rule of accessibility.

Belongs here: what tests of several folders read pages with. Does not belong here: tests.
"""

from __future__ import annotations

from html.parser import HTMLParser
from typing import Any

import pytest

WARD = "E05010660"
#: One page of each kind.
KINDS = {
    "overview": "index.html",
    "wards": "wards/index.html",
    "ward": f"wards/{WARD}.html",
    "group": "groups/burntwood.html",
    "groups": "groups/index.html",
    "dimension": "components/opportunity.html",
    "component": "components/safety.html",
    "indicators": "indicators/index.html",
    "indicator": "indicators/burglary_per_1000_hh.html",
    "compare": "compare.html#w=E05010660,E05010670",
    "change": "change.html",
    "bridge": "bridge.html",
    "weights": "weights.html",
    "what_if": "what-if.html",
    "lenses": "lenses.html",
    "data": "data.html",
    "method": "method.html",
    "quality": "quality.html",
    "deliveries": "deliveries.html",
    "releases": "releases.html",
    "accessibility": "accessibility.html",
    "embed": "embed.html",
    "embed_view": f"embed/{WARD}.html",
    "training": "training/index.html",
    "exercises": "training/exercises.html",
    "terms": "terms.html",
    "status": "../status.html",
}

#: Names on maps whose contrast with the colour of their own ward, which is also their outline, is below 4.5.
MAP_NAMES = """() => {
  const light = (text) => {
    const [r, g, b] = text.match(/[\\d.]+/g).slice(0, 3).map((v) => v / 255)
      .map((c) => (c <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4));
    return 0.2126 * r + 0.7152 * g + 0.0722 * b;
  };
  return Array.from(document.querySelectorAll("svg.map .l")).filter((name) => {
    const ward = name.closest("svg").querySelector(`path[data-ward="${name.dataset.label}"]`);
    const [x, y, z] = [getComputedStyle(name).fill, getComputedStyle(ward).fill, getComputedStyle(name).stroke];
    const ratio = (a, b) => (Math.max(light(a), light(b)) + 0.05) / (Math.min(light(a), light(b)) + 0.05);
    return y !== z || ratio(x, y) < 4.5;
  }).map((name) => name.textContent);
}"""

VOID = {"meta", "link", "input", "br", "img", "path", "circle", "polyline", "hr"}


class Reader(HTMLParser):
    """Rows of the tables of a page: (table id, row id or ward, [cells as (text, figures)]); and its text."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.rows: list[tuple[str, str, list[tuple[str, list[float]]]]] = []
        self.words: list[str] = []
        self.open: list[str] = []
        self._table = self._row = ""
        self._cells: list[tuple[str, list[float]]] | None = None
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        if tag not in VOID:
            self.open.append(tag)
        if tag == "table":
            self._table = given.get("id") or ""
        elif tag == "tr":
            self._row, self._cells = given.get("data-ward") or given.get("id") or "", []
        elif tag in {"td", "th"} and self._cells is not None:
            self._cells.append(("", []))
        elif tag == "data" and self._cells:
            self._cells[-1][1].append(float(given["value"] or "nan"))

    def handle_endtag(self, tag: str) -> None:
        if tag in self.open:
            while self.open.pop() != tag:
                pass
        if tag == "tr" and self._cells is not None:
            self.rows.append((self._table, self._row, self._cells))
            self._cells = None

    def handle_data(self, data: str) -> None:
        if not {"script", "style", "title", "desc"} & set(self.open):
            self.words.append(data)
            if self._cells:
                text, figures = self._cells[-1]
                self._cells[-1] = (text + data, figures)

    @property
    def text(self) -> str:
        return " ".join(" ".join(self.words).split())

    def table(self, name: str) -> dict[str, list[tuple[str, list[float]]]]:
        return {row: cells for table, row, cells in self.rows if table == name}


def faults(shown: Any) -> list[tuple[str, str]]:
    """Rules of accessibility that the page in a browser breaks, as (rule, element)."""
    axe = pytest.importorskip(
        "axe_playwright_python.sync_playwright", reason="the extra ui-test is not installed"
    )
    found = []
    for v in axe.Axe().run(shown, options={"resultTypes": ["violations"]}).response["violations"]:
        nodes = [n["html"][:160] for n in v["nodes"]]
        if v["id"] == "color-contrast":
            # The tool takes the box around a ward for the ward, so a name in one can be held against the
            # colour of the next. Names on maps are held against the colour of their own ward instead.
            nodes = [html for html in nodes if not html.startswith("<tspan")]
        found += [(v["id"], html) for html in nodes]
    return found + [("name on a map", told) for told in shown.evaluate(MAP_NAMES)]
