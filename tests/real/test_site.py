"""The public site of the open profile, made from the real files with the real ward boundaries.

Belongs here: that its pages hold the figures of the draft, draw the real wards, and read well at both widths.
Does not belong here: whether the figures are right (the other tests of this folder), and what every site keeps
(`tests/site`).

The release is a draft: nobody has signed real figures, and sample signatures are refused for them.
"""

from __future__ import annotations

import itertools
import json
import math
import re
from pathlib import Path
from typing import Any

import pytest

from spi_orchestration.site.build import build_site
from spi_orchestration.site.config import read_config
from tests.helpers.project import ROOT
from tests.real.comparison import Release
from tests.site.reader import KINDS, WARD, Reader, faults

pytestmark = pytest.mark.real

EDITION = "2025"
BOUNDARIES = "geography/boundaries/drkane_ward_E07000194.geojson"


@pytest.fixture(scope="module")
def pages(open_release: Release, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The pages of the draft that the run of the open profile ended with."""
    [draft] = [path.parent for path in (open_release.data / "drafts").glob("*/manifest.json")]
    target = tmp_path_factory.mktemp("open-site")
    built = build_site([draft], target, read_config(ROOT / "config" / "site.yml"))
    return target / "releases" / built.current


def figures(text: str) -> list[float]:
    return [float(text)] if text else []


def test_every_value_and_score_of_the_real_release_is_on_its_pages(
    pages: Path, open_release: Release
) -> None:
    values = {
        (r["area_code"], r["indicator"]): r["value"]
        for r in open_release.table("fct_indicator_value")
        if r["edition"] == EDITION
    }
    scores = {(r["area_code"], "index"): r["score"] for r in open_release.table("fct_index_score")}
    for kind in ("component", "dimension"):
        scores |= {(r["area_code"], r[kind]): r["score"] for r in open_release.table(f"fct_{kind}_score")}
    doubt = {(r["area_code"], r["code"]): r for r in open_release.table("fct_interval")}
    areas = {r["area_code"]: r["area_type"] for r in open_release.table("dim_area")}
    seen = unknown = 0
    for area, kind in areas.items():
        if kind == "district":
            continue
        reader = Reader((pages / f"{kind}s" / f"{area}.html").read_text(encoding="utf-8"))
        shown = {row: cells for _, row, cells in reader.rows}
        for (place, code), score in scores.items():
            if place == area:
                row = doubt.get((area, code))
                # Where no doubt was estimated there is no range, whatever its columns hold.
                known = score and row and row["doubt"] != "not estimated"
                likely = [float(row["low_95"]), float(row["high_95"])] if known and row else []
                assert shown[f"s-{code}"][1][1] == [*figures(score), *likely], (area, code)
                unknown += bool(score) and not known
                seen += 1
        for (place, code), value in values.items():
            if place == area:
                assert shown[f"i-{code}"][1][1] == figures(value), (area, code)
                seen += 1
    assert seen > 26 * 40 and unknown > 20
    for indicator in {code for _, code in values}:
        table = Reader((pages / "indicators" / f"{indicator}.html").read_text(encoding="utf-8")).table(
            "t-values"
        )
        for area in areas:
            assert table[area][1][1] == figures(values[area, indicator]), (area, indicator)


def test_england_stands_beside_real_values_as_the_release_gives_it(
    pages: Path, open_release: Release
) -> None:
    rows = [r for r in open_release.table("fct_england") if r["edition"] == EDITION]
    seen: set[str] = set()
    for indicator in {r["indicator"] for r in rows}:
        text = (pages / "indicators" / f"{indicator}.html").read_text(encoding="utf-8")
        reader, of = Reader(text), [r for r in rows if r["indicator"] == indicator]
        table = reader.table("t-values")
        for row in of:
            told = [cell for cell in table[row["area_code"]] if "of English wards" in cell[0]]
            assert [cell[1] for cell in told] == (
                [[float(row["percentile"])]] if row["percentile"] else []
            ), indicator
            if row["percentile"]:
                ward = (pages / "wards" / f"{row['area_code']}.html").read_text(encoding="utf-8")
                short = f"does better than {float(row['percentile']):.0f}% of English wards ({row['percentile_year']})"
                cells = next(c for _, r, c in Reader(ward).rows if r == f"i-{indicator}")
                assert short in cells[0][0], (indicator, row["area_code"])
                seen.add("percentile")
        value = next((r for r in of if r["england"]), None)
        if value:
            assert (
                f'England: <data value="{value["england"]}">' in text
                and value["england_source"] in reader.text
            )
            seen.add("value")
        elif not any(r["percentile"] for r in of):
            assert "No figure of England is published" in reader.text, indicator
            seen.add("none")
    assert seen == {"percentile", "value", "none"}


def ring_area(ring: list[tuple[float, float]]) -> float:
    return sum(ax * by - bx * ay for (ax, ay), (bx, by) in itertools.pairwise([*ring, ring[0]])) / 2


def test_the_map_draws_the_real_wards(pages: Path, real: Path) -> None:
    """Each ward takes the share of the map that it takes of the district on the ground."""
    ground: dict[str, float] = {}
    for feature in json.loads((real / BOUNDARIES).read_text(encoding="utf-8"))["features"]:
        shape = feature["geometry"]
        parts = [shape["coordinates"]] if shape["type"] == "Polygon" else shape["coordinates"]
        # Degrees of longitude are shorter than those of latitude by the cosine of the latitude.
        ground[feature["properties"]["WD25CD"]] = sum(
            abs(ring_area([(x * math.cos(math.radians(y)), y) for x, y in part[0]])) for part in parts
        )
    page = (pages / "index.html").read_text(encoding="utf-8")
    drawing = re.search(r'<svg class="map".*?</svg>', page, flags=re.S)
    assert drawing
    drawn: dict[str, float] = {}
    for code, path in re.findall(r'data-ward="(\w+)" d="([^"]+)"', drawing.group(0)):
        for ring in path.split("M")[1:]:
            numbers = [float(n) for n in re.findall(r"-?\d*\.?\d+", ring)]
            steps = list(zip(numbers[::2], numbers[1::2], strict=True))
            points = list(itertools.accumulate(steps, lambda a, b: (a[0] + b[0], a[1] + b[1])))
            drawn[code] = drawn.get(code, 0.0) + abs(ring_area(points))
    assert len(ground) == 22 and drawn.keys() == ground.keys()
    for code, size in ground.items():
        assert drawn[code] / sum(drawn.values()) == pytest.approx(size / sum(ground.values()), rel=0.04)
    names = re.findall(r'data-label="(\w+)"', page)
    assert sorted(names) == sorted(ground), "each ward is named once, on the map or in a close-up"


def test_no_page_of_real_figures_is_called_sample_and_each_is_called_a_draft(pages: Path) -> None:
    found = sorted(pages.rglob("*.html"))
    assert len(found) > 100
    for path in found:
        text = Reader(path.read_text(encoding="utf-8")).text
        assert "SAMPLE DATA" not in text and "made up" not in text, path.name
        assert "DRAFT. These figures are not published" in text, path.name
        assert "rests on open data alone" in text, path.name


def test_pages_of_the_real_release_break_no_rule_and_do_not_scroll_sideways(
    pages: Path, browser: Any
) -> None:
    context = browser.new_context(reduced_motion="reduce")
    shown = context.new_page()
    errors: list[str] = []
    shown.on("pageerror", lambda error: errors.append(str(error)))
    wide, found = [], []
    # Axe where the sample's site is not tried the same way: pages whose content depends on the release.
    tried = ("overview", "ward", "group", "component", "indicator", "change", "method", "quality", "data")
    for kind, path in KINDS.items():
        shown.set_viewport_size({"width": 320, "height": 740})
        name, _, mark = path.partition("#")
        shown.goto((pages / name).resolve().as_uri() + (f"#{mark}" if mark else ""))
        if shown.evaluate("document.documentElement.scrollWidth") > 320:
            wide.append(kind)
        if kind in tried:
            found += [(kind, 320, *fault) for fault in faults(shown)]
            shown.set_viewport_size({"width": 1280, "height": 900})
            found += [(kind, 1280, *fault) for fault in faults(shown)]
    assert (pages / f"wards/{WARD}.html").is_file()
    context.close()
    assert wide == [] and found == [] and errors == []


def test_a_ward_of_the_real_release_prints_on_two_sheets(pages: Path, browser: Any) -> None:
    context = browser.new_context()
    shown = context.new_page()
    for path in sorted((pages / "wards").glob("E*.html"))[::7]:
        shown.goto(path.as_uri())
        printed = shown.pdf(format="A4", prefer_css_page_size=True)
        assert len(re.findall(rb"/Type\s*/Page[^s]", printed)) == 2, path.name
    context.close()
