"""How the site behaves in a real browser: duties A1, A3, A4, D7, P4 and W1 of the release checklist.

Belongs here: tests that need Chromium. Does not belong here: what pages say (`test_pages.py`).
"""

from __future__ import annotations

import csv
import io
import re
import time
from http.server import SimpleHTTPRequestHandler
from pathlib import Path
from typing import Any

import pytest

from spi_orchestration.site.build import build_site
from spi_orchestration.site.config import read_config
from spi_orchestration.site.hosting import headers
from spi_orchestration.site.publish import publish_site
from spi_orchestration.site.words import number
from tests.helpers.project import ROOT
from tests.site.conftest import Site
from tests.site.make import make_release, settings_in
from tests.site.reader import KINDS, WARD, faults

CONFIG = ROOT / "config" / "site.yml"


def until(page: Any, condition: str) -> None:
    """Wait until a condition holds in the page, asked from outside: the page's own policy forbids code in words."""
    end = time.monotonic() + 30
    while not page.evaluate(condition):
        assert time.monotonic() < end, f"never came true: {condition}"
        time.sleep(0.05)


@pytest.mark.parametrize("width", [1280, 320])
def test_A1_no_page_kind_breaks_an_accessibility_rule(sample: Site, browser: Any, width: int) -> None:
    context = browser.new_context(viewport={"width": width, "height": 800}, reduced_motion="reduce")
    shown = context.new_page()
    found, kinds = [], set()
    for kind, path in KINDS.items():
        shown.goto(sample.url(path))
        found += [(kind, *fault) for fault in faults(shown)]
        kinds.add(shown.evaluate("document.body.dataset.kind"))
    context.close()
    assert found == []
    written = {
        re.search(r'data-kind="(\w+)"', path.read_text(encoding="utf-8")).group(1)  # type: ignore[union-attr]
        for path in sample.pages.rglob("*.html")
    }
    assert written <= kinds


def test_A1_the_rules_find_a_fault(page: Any, doubt: Site) -> None:
    axe = pytest.importorskip(
        "axe_playwright_python.sync_playwright", reason="the extra ui-test is not installed"
    )
    page.goto(doubt.url("terms.html"))
    page.evaluate(
        "document.querySelector('main').insertAdjacentHTML('beforeend', '<img src=\"data:,\"><input>')"
    )
    assert axe.Axe().run(page).violations_count >= 2


def test_A3_keyboard_reaches_and_works_map_table_compare_and_weights(page: Any, sample: Site) -> None:
    page.goto(sample.url("index.html"))
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.className") == "skip"
    page.keyboard.press("Enter")
    assert page.evaluate("document.activeElement.id") == "main"
    reached = []
    for _ in range(60):
        page.keyboard.press("Tab")
        at = page.evaluate(
            "(() => { const e = document.activeElement, r = e.getBoundingClientRect(), s = getComputedStyle(e);"
            "return [e.tagName, e.id || e.textContent.trim().slice(0, 30), s.outlineStyle, r.bottom > 0 && r.top < innerHeight, !!e.closest('svg')]; })()"
        )
        reached.append(at)
        if at[1] == "measure":
            page.keyboard.press("ArrowDown")
    names = {item[1] for item in reached}
    assert {"tour-start", "find-q", "measure", "Ward", "Score", "Curborough"} <= names
    assert all(item[2] != "none" and item[3] and not item[4] for item in reached), [
        i for i in reached if i[2] == "none" or not i[3]
    ]
    assert "m=basic_human_needs" in page.url
    head = page.locator("#t-ranking th").first
    head.locator("button").press("Enter")
    assert head.get_attribute("aria-sort") == "descending"
    names = page.locator("#t-ranking tbody th a").all_inner_texts()
    assert names == sorted(names, reverse=True)

    page.goto(sample.url("compare.html"))
    boxes = page.locator("#compare input")
    for n in (1, 4):
        boxes.nth(n).focus()
        page.keyboard.press("Space")
    assert page.locator("#t-compare thead th").count() == 3
    for row in page.locator("#t-compare tbody tr").all()[:1]:
        shown = [float(d.get_attribute("value")) for d in row.locator("data").all()]
        wanted = []
        for n in (1, 4):
            code = sample.tables.wards[n].code
            score, kept = (
                sample.tables.score("index", "index", 2026, code),
                sample.tables.interval("index", "index", 2026, code),
            )
            assert score and kept
            wanted += [score["score"], kept["lower_95"], kept["upper_95"]]
        assert shown == wanted
    told = page.locator("#compare-out li").inner_text()
    chosen = [sample.tables.wards[n] for n in (1, 4)]
    folder = sample.tables.folder / "csv"
    with (folder / "fct_rank_set.csv").open(encoding="utf-8", newline="") as stream:
        letters = {
            r["area_code"]: set(r["rank_group"])
            for r in csv.DictReader(stream)
            if r["code"] == "index" and r["edition"] == "2026"
        }
    apart = not letters[chosen[0].code] & letters[chosen[1].code]
    assert told.startswith(f"{chosen[0].name} and {chosen[1].name}: {'yes' if apart else 'no'}.")
    with (folder / "fct_probability_below.csv").open(encoding="utf-8", newline="") as stream:
        [chance] = [
            float(r["probability_below"])
            for r in csv.DictReader(stream)
            if r["edition"] == "2026"
            and r["code"] == "index"
            and [r["area_code"], r["other_area_code"]] == [w.code for w in chosen]
        ]
    said = "below 1%" if chance < 0.01 else "above 99%" if chance > 0.99 else f"{100 * chance:.0f}%"
    assert told.endswith(f"The chance that {chosen[0].name} truly lies below {chosen[1].name} is {said}.")

    page.goto(sample.url("weights.html"))
    slider = page.locator("input[type=range]").first
    slider.focus()
    for _ in range(4):
        page.keyboard.press("ArrowRight")
    assert slider.input_value() == "3"
    assert "#w=3," in page.url


def test_W1_own_weights_and_what_if_follow_the_published_method_and_keep_in_the_link(
    page: Any, doubt: Site
) -> None:
    tables = doubt.tables
    page.goto(doubt.url("weights.html"))
    for row in page.locator("#t-weights tbody tr").all():
        code = row.get_attribute("data-ward")
        published = tables.score("index", "index", 2026, code)
        own = float(row.locator("[data-own] data").get_attribute("value"))
        assert published and abs(own - published["score"]) < 1e-9
    dims = [d["dimension"] for d in tables.dimensions]
    count = page.locator("[data-weight]").count()
    page.goto("about:blank")
    page.goto(doubt.url("weights.html") + "#w=" + ",".join(["4", "0", "1"] + ["1"] * (count - 3)))
    page.reload()
    assert page.locator(f"#d-{dims[0]}").input_value() == "4"
    found = [tables.score("dimension", d, 2026, WARD) for d in dims]
    expected = (4 * found[0]["score"] + found[2]["score"]) / 5  # type: ignore[index]
    own = float(page.locator(f'#t-weights [data-ward="{WARD}"] [data-own] data').get_attribute("value"))
    assert abs(own - expected) < 1e-9
    assert page.locator("text=This is not the published index").is_visible()

    item = next(i for i in tables.indicators if i["component"] == "safety" and i["scored"])
    page.goto(doubt.url("what-if.html") + f"#w={WARD}&i={item['indicator']}&v={item['best']}")
    page.reload()
    inside = [i for i in tables.indicators if i["component"] == "safety" and i["scored"]]
    scores = [
        (i["weight"], 100.0 if i is item else tables.value(2026, WARD, i["indicator"])["score"])
        for i in inside
    ]  # type: ignore[index]
    kept = [(w, s) for w, s in scores if s is not None]
    component = sum(w * s for w, s in kept) / sum(w for w, _ in kept)
    assert f"to {component:.1f}, the index from" in page.locator("#wi-said").inner_text()
    other = tables.wards[5]
    page.select_option("#wi-ward", other.code)
    kept_value = tables.value(2026, other.code, item["indicator"])
    assert kept_value and kept_value["value"] is not None
    until(page, f"location.hash.startsWith('#w={other.code}')")
    assert float(page.input_value("#wi-value")) == pytest.approx(kept_value["value"], abs=0.01)


def test_A4_no_page_kind_scrolls_sideways_at_320_or_with_large_text(sample: Site, browser: Any) -> None:
    context = browser.new_context(viewport={"width": 320, "height": 740})
    shown = context.new_page()
    wide = []
    for kind, path in KINDS.items():
        shown.goto(sample.url(path))
        if shown.evaluate("document.documentElement.scrollWidth") > 320:
            wide.append(kind)
    shown.set_viewport_size({"width": 1280, "height": 740})
    for kind, path in KINDS.items():
        shown.goto(sample.url(path))
        shown.evaluate("document.documentElement.style.fontSize = '200%'")
        if shown.evaluate("document.documentElement.scrollWidth") > 1280:
            wide.append(f"{kind} at 200 %")
    context.close()
    assert wide == []


def test_A4_a_ward_prints_on_two_sheets(sample: Site, plain: Site, browser: Any) -> None:
    context = browser.new_context()
    shown = context.new_page()
    sheets = {}
    for site in (sample, plain):
        for ward in site.tables.wards[::7]:
            shown.goto(site.url(f"wards/{ward.code}.html"))
            printed = shown.pdf(format="A4", prefer_css_page_size=True)
            sheets[site.root.parent.name, ward.name] = len(re.findall(rb"/Type\s*/Page[^s]", printed))
    context.close()
    assert set(sheets.values()) == {2}, sheets


def test_A4_what_is_printed_keeps_headings_names_and_all_columns(sample: Site, page: Any) -> None:
    page.set_viewport_size({"width": 718, "height": 1000})
    page.emulate_media(media="print")
    for path, table in (("index.html", "t-ranking"), ("indicators/burglary_per_1000_hh.html", "t-values")):
        page.goto(sample.url(path))
        heads = [cell.inner_text().strip() for cell in page.locator(f"#{table} thead th:visible").all()]
        cells = page.locator(f"#{table} tbody tr").first.locator("th:visible, td:visible").count()
        assert len(heads) == cells >= 5 and {"Ward", "Score"} <= set(heads), heads
        assert page.locator("svg.map .l:visible").count() == len(sample.tables.wards)
    # Three dimensions, twelve components and the index stand side by side on a sheet.
    page.goto(sample.url("compare.html"))
    assert page.locator("#t-all thead th").last.is_visible()
    assert page.evaluate("document.getElementById('t-all').getBoundingClientRect().right") <= 718


def test_A4_dark_and_forced_colours_keep_text_readable(doubt: Site, browser: Any) -> None:
    for options in ({"color_scheme": "dark"}, {"forced_colors": "active"}):
        context = browser.new_context(**options)
        shown = context.new_page()
        shown.goto(doubt.url(f"wards/{WARD}.html"))
        text, back = (
            shown.evaluate(f"getComputedStyle(document.body).{name}") for name in ("color", "backgroundColor")
        )
        assert text != back
        context.close()


def test_A2_all_figures_stand_without_a_script(sample: Site, browser: Any) -> None:
    context = browser.new_context(java_script_enabled=False)
    shown = context.new_page()
    shown.goto(sample.url("index.html"))
    text = shown.locator("#t-ranking").inner_text()
    for ward in sample.tables.wards:
        row = sample.tables.score("index", "index", 2026, ward.code)
        assert row and ward.name in text and f"{row['score']:.1f}" in text
    shown.goto(sample.url(f"wards/{WARD}.html"))
    text = shown.locator("main").inner_text()
    for item in sample.tables.indicators:
        value = sample.tables.value(2026, WARD, item["indicator"])
        if value and value["value"] is not None:
            assert number(value["value"], item["decimals"]) in text, item["name"]
    context.close()


def test_A2_the_first_two_screens_of_a_phone_tell_the_story_without_a_script(
    sample: Site, browser: Any
) -> None:
    context = browser.new_context(viewport={"width": 360, "height": 740}, java_script_enabled=False)
    shown = context.new_page()
    for ward in sample.tables.wards:
        shown.goto(sample.url(f"wards/{ward.code}.html"))
        for part in ("h1", "#headline", "#strengths", "#needs", "#change"):
            box = shown.locator(part).first.bounding_box()
            assert box and box["y"] + box["height"] <= 1480, (ward.name, part, box)
    context.close()


def test_D7_nothing_is_asked_of_others_and_nothing_is_kept_also_in_a_frame(
    sample: Site, browser: Any, serve: Any, tmp_path: Path
) -> None:
    policy = headers(read_config(CONFIG))["Content-Security-Policy"]

    class Strict(SimpleHTTPRequestHandler):
        def end_headers(self) -> None:
            self.send_header(
                "Content-Security-Policy",
                policy.replace("frame-ancestors", "frame-ancestors http://127.0.0.1:*"),
            )
            super().end_headers()

        def log_message(self, *_: Any) -> None:
            """Say nothing."""

    own = serve(sample.root, Strict)
    (tmp_path / "host.html").write_text(
        "<!doctype html><html lang=en><title>Host</title>"
        "<meta http-equiv=Content-Security-Policy content=\"default-src 'none'; frame-src *; script-src *; style-src 'unsafe-inline'\">"
        f'<iframe id=f src="{own}/releases/2026.1/embed/index.html" title="Index" width=500 height=100></iframe>'
        f'<script src="{own}/releases/2026.1/assets/embed.js"></script>',
        encoding="utf-8",
    )
    other = serve(tmp_path)
    context = browser.new_context(viewport={"width": 800, "height": 600})
    shown = context.new_page()
    asked: list[str] = []
    problems: list[str] = []
    shown.on("request", lambda request: asked.append(request.url))
    shown.on("console", lambda message: problems.append(message.text) if message.type == "error" else None)
    for path in ("index.html", *(f"releases/2026.1/{p}" for p in KINDS.values() if not p.startswith(".."))):
        shown.goto(f"{own}/{path}")
    shown.goto(f"{own}/index.html")
    shown.fill("#find-q", "WS13 6XX")
    shown.press("#find-q", "Enter")
    until(shown, "document.getElementById('find-said').textContent !== ''")
    # A release without postcodes has no such file: the one failed request is to the site itself.
    problems = [p for p in problems if "404" not in p]
    assert not any("WS13" in url for url in asked)
    shown.goto(f"{other}/host.html")
    until(shown, "parseInt(document.getElementById('f').style.height) > 500")
    outside = [url for url in asked if not url.startswith((own, other, "data:", "blob:"))]
    assert outside == [] and problems == []
    assert context.cookies() == []
    for frame in shown.frames:
        assert frame.evaluate("localStorage.length + sessionStorage.length") == 0
    context.close()


def test_an_embed_reads_where_scripts_are_stripped(
    doubt: Site, browser: Any, serve: Any, tmp_path: Path
) -> None:
    import html

    found = re.search(r'id="code-all">(.*?)</pre>', doubt.text("embed.html"), flags=re.S)
    assert found
    frame = html.unescape(found.group(1))
    assert re.fullmatch(r'<iframe src="[^"]+" title="[^"]+" [^>]*></iframe>', frame)
    own = serve(doubt.root)
    frame = frame.replace("https://example.org", own).replace("<iframe ", '<iframe sandbox="" ')
    (tmp_path / "host.html").write_text(
        f"<!doctype html><html lang=en><title>Host</title>{frame}", encoding="utf-8"
    )
    other = serve(tmp_path)
    context = browser.new_context(viewport={"width": 360, "height": 740}, java_script_enabled=False)
    shown = context.new_page()
    shown.goto(f"{other}/host.html")
    inside = shown.frame_locator("iframe")
    for ward in doubt.tables.wards:
        assert ward.name in inside.locator("#t-embed").inner_text()
    assert "SAMPLE DATA" in inside.locator("main").inner_text()
    context.close()


def test_D7_a_postcode_is_looked_up_on_the_device(page: Any, plain: Site, sample: Site) -> None:
    with (sample.tables.folder / "csv" / "dim_postcode.csv").open(encoding="utf-8", newline="") as stream:
        known = {r["postcode"]: r["ward_code"] for r in csv.DictReader(stream)}
    assert set(known.values()) == {ward.code for ward in sample.tables.wards}
    found = next(code for code, ward in known.items() if ward == WARD)
    page.goto((sample.root / "index.html").as_uri())
    assert page.locator("label[for=find-q]").inner_text() == "Postcode or ward name"
    page.fill("#find-q", f"{found[:-3].lower()} {found[-3:]}")
    page.press("#find-q", "Enter")
    page.wait_for_url(f"**/wards/{WARD}.html")
    # Postcodes are Royal Mail's: who shows them must say so, on every page.
    assert "Contains Royal Mail data" in page.locator("footer").text_content()
    # Without postcodes in the release none is asked for.
    page.goto((plain.root / "index.html").as_uri())
    assert page.locator("label[for=find-q]").inner_text() == "Ward name"


def test_P4_an_earlier_release_says_that_it_is_superseded_and_keeps_its_figures(
    browser: Any, tmp_path: Path
) -> None:
    settings, config, site = settings_in(tmp_path / "p"), read_config(CONFIG), tmp_path / "s"
    folders = [make_release(settings, editions=(2026,)).folder]
    build_site(folders, site, config)
    path = site / "releases" / "2026.1" / "wards" / f"{WARD}.html"
    before = path.read_bytes()
    folders.append(make_release(settings, editions=(2026,), shift=0.3, today="2027-01-10").folder)
    folders.append(make_release(settings, edition=2027, editions=(2026, 2027), today="2027-12-15").folder)
    build_site(folders, site, config)
    assert path.read_bytes() == before
    context = browser.new_context()
    shown = context.new_page()
    shown.goto(path.as_uri())
    assert "superseded by 2026.2" in shown.locator("#status").inner_text()
    shown.click("#status a")
    shown.wait_for_url("**/releases/2027.1/index.html")
    assert not shown.locator("#status").is_visible()
    context.close()


def test_A6_a_chart_is_saved_as_svg_png_and_csv_equal_to_the_release(page: Any, sample: Site) -> None:
    code = "burglary_per_1000_hh"
    page.goto(sample.url(f"indicators/{code}.html"))
    figure = page.locator("figure[data-chart=map]")
    saved = {}
    for label in ("SVG", "PNG", "Table as CSV"):
        with page.expect_download() as waiting:
            figure.get_by_role("button", name=label).click()
        saved[label] = Path(waiting.value.path()).read_bytes()
        assert waiting.value.suggested_filename.startswith(f"spi-2026.1-{code}-map.")
    assert b"<svg" in saved["SVG"] and b"SAMPLE DATA" in saved["SVG"]
    assert saved["PNG"][:8] == b"\x89PNG\r\n\x1a\n" and len(saved["PNG"]) > 10_000
    rows = list(csv.reader(io.StringIO(saved["Table as CSV"].decode("utf-8"))))
    with (sample.tables.folder / "csv" / "fct_indicator_value.csv").open(
        encoding="utf-8", newline=""
    ) as stream:
        released = {
            sample.tables.areas[r["area_code"]].name: (r["value"], r["score"])
            for r in csv.DictReader(stream)
            if r["indicator"] == code and r["edition"] == "2026"
        }
    assert len(rows) == 1 + len(released)
    assert [name for name in rows[0] if "end" in name] == [
        "Likely between, low end",
        "Likely between, high end",
    ]
    with (sample.tables.folder / "csv" / "fct_interval.csv").open(encoding="utf-8", newline="") as stream:
        likely = {
            sample.tables.areas[r["area_code"]].name: [r["value_low_95"], r["value_high_95"]]
            for r in csv.DictReader(stream)
            if r["code"] == code and r["edition"] == "2026"
        }
    for row in rows[1:]:
        value, score = released[row[0]]
        assert row[1] == value or not value
        assert row[2:4] == likely[row[0]] or not value
        assert row[4] == score
    assert saved["SVG"].count(b"<rect") >= 5 and b"Download" not in saved["SVG"]
    # A score and its range share a cell on a ward's page; in the file each has a column.
    page.goto(sample.url(f"wards/{WARD}.html"))
    with page.expect_download() as waiting:
        page.locator("figure[data-chart=where]").get_by_role("button", name="Table as CSV").click()
    rows = list(csv.reader(io.StringIO(Path(waiting.value.path()).read_text(encoding="utf-8"))))
    index, kept = (
        sample.tables.score("index", "index", 2026, WARD),
        sample.tables.interval("index", "index", 2026, WARD),
    )
    assert index and kept
    assert [float(cell) for cell in rows[1][1:4]] == [index["score"], kept["lower_95"], kept["upper_95"]]


def test_a_measure_chosen_on_the_overview_shows_the_release_and_survives_reload(
    page: Any, doubt: Site
) -> None:
    page.goto(doubt.url("index.html#m=safety"))
    page.reload()
    assert page.locator("#measure").input_value() == "safety"
    for ward in doubt.tables.wards:
        row = doubt.tables.score("component", "safety", 2026, ward.code)
        shown = page.locator(f'#t-ranking tr[data-ward="{ward.code}"] data').first.get_attribute("value")
        assert row and float(shown) == row["score"]
    page.select_option("#measure", "index")
    assert "m=" not in page.url
    page.locator(f'path[data-ward="{WARD}"]').first.click()
    page.wait_for_url(f"**/wards/{WARD}.html")


def test_a_group_of_ones_own_is_the_sum_of_published_counts(page: Any, doubt: Site) -> None:
    a, b = doubt.tables.wards[3].code, doubt.tables.wards[8].code
    page.goto(doubt.url(f"groups/index.html#w={a},{b}"))
    page.reload()
    shown = 0
    for row in page.locator("#t-own tbody tr").all():
        code = re.search(r"indicators/(\w+)\.html", row.locator("a").get_attribute("href")).group(1)  # type: ignore[union-attr]
        item = next(i for i in doubt.tables.indicators if i["indicator"] == code)
        rows = [doubt.tables.value(2026, ward, code) for ward in (a, b)]
        expected = (
            item["multiplier"]
            * sum(r["numerator"] for r in rows if r)
            / sum(r["denominator"] for r in rows if r)
        )
        assert abs(float(row.locator("data").get_attribute("value")) - expected) < 1e-9
        shown += 1
    assert shown > 10


def test_the_tour_has_five_steps_and_can_be_left(page: Any, doubt: Site) -> None:
    page.goto(doubt.url("index.html"))
    page.click("#tour-start")
    for step in range(1, 6):
        assert page.locator("#tour-h").inner_text() == f"Tour, step {step} of 5"
        assert page.locator("#tour li:visible").count() == 1
        if step < 5:
            page.click("[data-tour=next]")
    page.keyboard.press("Escape")
    assert not page.locator("#tour").is_visible()


def test_published_front_is_written_last_and_releases_are_never_overwritten(
    plain: Site, tmp_path: Path
) -> None:
    from spi_orchestration.release.files import ReleaseError
    from spi_orchestration.site.publish import FRONT, _order

    order = list(_order(plain.root))
    assert order[-len(FRONT) :] == list(FRONT)
    target = tmp_path / "www"
    first = publish_site(plain.root, target)
    again = publish_site(plain.root, target)
    assert first.copied == again.kept and again.copied == 0
    changed = target / "releases" / "2026.1" / "index.html"
    changed.write_text("other", encoding="utf-8")
    with pytest.raises(ReleaseError, match="is published and would change"):
        publish_site(plain.root, target)


def test_the_script_is_plain_es2017_without_storage_or_requests() -> None:
    text = (ROOT / "spi_orchestration" / "site" / "assets" / "site.js").read_text(encoding="utf-8")
    assert not re.search(
        r"\b(fetch|XMLHttpRequest|localStorage|sessionStorage|indexedDB|document\.cookie|eval)\b", text
    )
    assert not re.search(r"\?\.|\?\?|\.\.\.\w|^import |^export |\basync for\b|#\w+ = ", text, flags=re.M)
