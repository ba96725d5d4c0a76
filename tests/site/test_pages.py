"""What the pages say, read from their HTML: duties P, U, D, Q, A and W of the release checklist.

Belongs here: tests without a browser. Does not belong here: behaviour (`test_browser.py`).
"""

from __future__ import annotations

import csv
import io
import json
import re
import struct
from pathlib import Path

import pytest

from spi_orchestration.release.files import ReleaseError, sha256_file
from spi_orchestration.site.build import build_site
from spi_orchestration.site.config import read_config
from spi_orchestration.site.pages import exact
from spi_orchestration.site.words import FILE, Words, reading_age
from tests.helpers.project import ROOT
from tests.site.conftest import Site
from tests.site.make import ELSEWHERE, elsewhere, make_release, settings_in
from tests.site.reader import Reader


def pages(site: Site) -> list[Path]:
    found = sorted(site.pages.rglob("*.html"))
    assert len(found) > 60
    return found


def read(site: Site, path: str) -> Reader:
    return Reader(site.text(path))


def test_P1_every_page_says_release_date_next_status_and_contact(plain: Site) -> None:
    for path in pages(plain):
        text = Reader(path.read_text(encoding="utf-8")).text
        for said in (
            "Release 2026.1",
            "Status: sample",
            "Published: 15 December 2026",
            "Next release due",
            "Data & Performance Analyst",
        ):
            assert said in text, f"{path.name}: {said}"


def test_P2_every_page_names_producer_method_and_code(plain: Site) -> None:
    for path in pages(plain):
        text = Reader(path.read_text(encoding="utf-8")).text
        assert "Published by Lichfield District Council" in text, path.name
        assert "Code of Practice for Statistics" in text, path.name
        assert "official statistic" not in text.lower(), path.name
    assert "Method ward-2026.1" in plain.text("index.html")


def test_P3_the_next_release_is_announced_and_the_day_of_this_one_is_that_of_its_record(
    tmp_path: Path,
) -> None:
    import datetime as dt

    release = make_release(settings_in(tmp_path / "p"), editions=(2026,))
    build_site(
        [release.folder],
        tmp_path / "s",
        read_config(ROOT / "config" / "site.yml"),
        next_due={2026: dt.date(2027, 12, 15)},
    )
    text = Reader((tmp_path / "s" / "index.html").read_text(encoding="utf-8")).text
    assert "Published: 15 December 2026" in text
    assert "Next release due: 15 December 2027" in text


def tree(folder: Path) -> dict[str, str]:
    return {p.relative_to(folder).as_posix(): sha256_file(p) for p in folder.rglob("*") if p.is_file()}


def test_P4_later_releases_leave_an_earlier_one_as_it_was_and_say_so(tmp_path: Path) -> None:
    settings, config, site = (
        settings_in(tmp_path / "p"),
        read_config(ROOT / "config" / "site.yml"),
        tmp_path / "s",
    )
    first = make_release(settings, editions=(2025, 2026))
    build_site([first.folder], site, config)
    before = tree(site / "releases" / "2026.1")
    second = make_release(settings, editions=(2025, 2026), shift=0.4, today="2027-01-10")
    third = make_release(settings, edition=2027, editions=(2025, 2026, 2027), today="2027-12-15")
    assert [second.id, third.id] == ["2026.2", "2027.1"]
    built = build_site([first.folder, second.folder, third.folder], site, config)
    assert built.kept == ("2026.1",)
    assert tree(site / "releases" / "2026.1") == before
    status = json.loads(
        re.sub(r"^.*?\.status=|;\s*$", "", (site / "releases" / "status.js").read_text(encoding="utf-8"))
    )
    assert status["current"] == "2027.1"
    assert status["releases"]["2026.1"]["status"] == "superseded"
    assert status["releases"]["2026.1"]["by"] == "2026.2"
    assert status["releases"]["2026.2"]["status"] == "earlier"
    said = Reader((site / "releases" / "status.html").read_text(encoding="utf-8")).text
    assert "superseded by 2026.2" in said
    assert "earlier edition; the newest is 2027.1" in said
    assert 'releases/status.html#r-2026.1"' in (site / "releases" / "2026.1" / "index.html").read_text(
        encoding="utf-8"
    )
    feed = (site / "feed.xml").read_text(encoding="utf-8")
    assert feed.index("2027.1") < feed.index("2026.2") < feed.index("2026.1<")
    # The corrected figure says so wherever it stands.
    new = site / "releases" / "2026.2"
    log = list(csv.DictReader((new / "data" / "corrections.csv").read_text(encoding="utf-8").splitlines()))
    value = next(row for row in log if row["kind"] == "indicator")
    for path in (f"wards/{value['area_code']}.html", f"indicators/{value['code']}.html", "index.html"):
        text = Reader((new / path).read_text(encoding="utf-8")).text
        assert re.search(r"Corrected 10 January 2027: was \S+, now \S+\.", text), path
    # ... and so it does after a further correction, which changes nothing else.
    fourth = make_release(settings, editions=(2025, 2026), shift=0.4, today="2027-02-10")
    build_site([first.folder, second.folder, fourth.folder], tmp_path / "s2", config)
    for release in (new, tmp_path / "s2" / "releases" / fourth.id):
        stood = 0
        for row in log:
            if row["edition"] != "2026" or f"{float(row['was'] or 0):.1f}" == f"{float(row['now'] or 0):.1f}":
                continue
            # Made-up values of other indicators can have the same digits; scores cannot.
            of = f"indicators/{row['code']}.html" if row["kind"] == "indicator" else "**/*.html"
            for page in sorted(release.glob(of)):
                text = page.read_text(encoding="utf-8")
                for cell in re.findall(rf'<data value="{re.escape(row["now"])}">.*?</(?:td|li|p)>', text):
                    assert "Corrected 10 January 2027: was" in cell, (page.name, row["code"], cell)
                    stood += 1
        assert stood > 20
    assert "Correction 2026.2" in feed and "<summary>" in feed
    # A page that somebody changed is noticed.
    (site / "releases" / "2026.1" / "index.html").write_text("other", encoding="utf-8")
    with pytest.raises(ReleaseError, match="was changed"):
        build_site([first.folder, second.folder, third.folder], site, config)


def test_U1_every_figure_has_an_interval_or_says_not_estimated(plain: Site, doubt: Site) -> None:
    for site in (plain, doubt):
        for ward in site.tables.wards[:4]:
            reader = read(site, f"wards/{ward.code}.html")
            rows = {row: cells for _, row, cells in reader.rows if row.startswith("i-")}
            assert len(rows) == len(site.tables.indicators)
            for row, cells in rows.items():
                if cells[1][1]:
                    assert ("likely" in cells[0][0]) != ("[u]" in cells[0][0]), (ward.name, row)
        ranking = read(site, "index.html").table("t-ranking")
        for cells in ranking.values():
            if cells and cells[1][1]:
                assert cells[3][0].strip() == "[u]" or len(cells[3][1]) == 2


def test_U2_a_rank_is_shown_with_its_range_or_not_at_all(plain: Site, doubt: Site) -> None:
    assert "Likely rank" not in plain.text("index.html")
    ranking = read(doubt, "index.html").table("t-ranking")
    wards = {w.code for w in doubt.tables.wards}
    for code, cells in ranking.items():
        if code in wards:
            row = doubt.tables.rank(2026, code)
            assert row is not None
            assert cells[4][0].startswith(f"{row['rank_low']} to {row['rank_high']}, letter ")
    for site in (plain, doubt):
        for path in pages(site):
            assert not re.search(
                r"\b(rank(ed|s)?|position) \d+\b", Reader(path.read_text(encoding="utf-8")).text
            ), path.name


def test_U3_change_is_called_only_beyond_its_uncertainty(plain: Site, doubt: Site) -> None:
    for path in pages(plain):
        text = Reader(path.read_text(encoding="utf-8")).text
        assert "▲ better" not in text and "▼ lower" not in text, path.name
    rows = {cells[0][0]: cells[-1][0] for _, _, cells in read(doubt, "change.html").rows if len(cells) > 5}
    expected = {
        "progress": "▲ better",
        "falling back": "▼ lower",
        "no change beyond doubt": "● no clear change",
        "not updated": "not called: too little new data",
        "modelled: no change called": "not called: modelled [e]",
    }
    seen = set()
    for change in doubt.tables.tables["fct_progress"]:
        name = doubt.tables.areas[change["area_code"]].name
        assert rows[name] == expected[change["verdict"]], name
        seen.add(rows[name])
        if change["area_code"] in {w.code for w in doubt.tables.wards}:
            told = read(doubt, f"wards/{change['area_code']}.html").text
            called = "Better: the score rose" in told or "Lower: the score fell" in told
            assert called == (change["verdict"] in {"progress", "falling back"}), name
    assert seen == set(expected.values())


def test_U3_without_an_adopted_baseline_change_rests_on_the_edition_before(doubt: Site) -> None:
    from spi_orchestration.site.tables import read_release

    tables = read_release(doubt.tables.folder)
    tables.tables["fct_progress"] = []
    called = {c["area_code"]: c["verdict"] != "not updated" for c in tables.tables["fct_change"]}
    for area, is_called in called.items():
        row = tables.change("index", "index", 2026, area)
        assert row is not None and (row["lower_95"] is not None) == is_called


def test_U3_the_bridge_shows_every_leg_and_adds_up(doubt: Site, plain: Site) -> None:
    shown = read(doubt, "bridge.html").table("t-bridge")
    for row in doubt.tables.tables["fct_bridge_score"]:
        cells = shown[f"b-{row['area_code']}"]
        figures = [cell[1][0] for cell in cells[1:7]]
        assert figures == [row[k] for k in ("before", "revision", "method", "data", "control", "after")]
        assert abs(sum(figures[:5]) - figures[5]) < 1e-9
        assert cells[7][0] == ("▲ better" if row["verdict"] == "better" else "● no clear change")
    ward = doubt.tables.wards[0]
    reader = read(doubt, f"wards/{ward.code}.html")
    own = [cells[1][1][0] for t, _, cells in reader.rows if t == "t-bridge" and cells[1][1]]
    row = next(r for r in doubt.tables.tables["fct_bridge_score"] if r["area_code"] == ward.code)
    assert own == [row[k] for k in ("before", "revision", "method", "data", "control", "after")]
    moved = [cells[1][1][0] for t, _, cells in reader.rows if t == "t-movers" and cells[1][1]]
    assert moved == [1.5, -0.25]
    assert "From release 2025.1" in reader.text
    assert "not part of this release" in read(plain, "bridge.html").text


def test_A6_events_are_marked_beside_the_series_they_concern_and_named_in_its_alternative(
    doubt: Site,
) -> None:
    tables, other = doubt.tables.tables, doubt.tables.wards
    first = next(row["indicator"] for row in tables["fct_policy_event"] if row["event_id"] == 1)
    about = doubt.text(f"indicators/{first}.html")
    assert "A hub opens" in about and "Works begin" not in about
    assert "Marked events: " in about and "A hub opens (2024)" in about
    assert "Works begin in one ward" in doubt.text(f"wards/{other[0].code}.html")
    assert "Works begin in one ward" not in doubt.text(f"wards/{other[1].code}.html")


def test_Q5_baseline_and_targets_say_who_adopted_them_and_where(doubt: Site) -> None:
    reader = read(doubt, "lenses.html")
    for said in ("A baseline: edition 2022", "15 January 2024 by A cabinet", "ef" * 32, "2022.1"):
        assert said in reader.text
    row = next(r for r in doubt.tables.tables["fct_progress"] if r["target"] is not None)
    cells = reader.table("t-targets")[f"p-{row['area_code']}-index"]
    assert [c[1][0] for c in cells if c[1]] == [
        row["baseline"],
        row["now"],
        row["target"],
        row["distance"],
    ]
    code = next(r["code"] for r in doubt.tables.tables["dim_target"] if r["value"] is not None)
    assert "31 March 2028; A cabinet; Minute 8" in read(doubt, f"indicators/{code}.html").text


def test_U4_breaks_in_series_reach_the_pages(plain: Site) -> None:
    broken = {r["indicator"] for r in plain.tables.tables["fct_indicator_value"] if r["method_break"]}
    assert broken
    for code in broken:
        assert "[b]" in read(plain, f"indicators/{code}.html").text
    assert "[b]" in read(plain, "change.html").text
    assert "Break in series in edition 2024" in read(plain, "quality.html").text


def test_U5_origin_of_modelled_and_shared_values_is_stated(plain: Site) -> None:
    words = Words()
    reader = read(plain, f"wards/{plain.tables.wards[0].code}.html")
    rows = {row: cells for _, row, cells in reader.rows if row.startswith("i-")}
    kinds = set()
    for item in plain.tables.indicators:
        cells = rows[f"i-{item['indicator']}"]
        if item["granularity"] != "ward_fact" and cells[1][1]:
            kinds.add(item["granularity"])
            assert words.plain(f"granularity.{item['granularity']}") in cells[0][0], item["indicator"]
    assert kinds


def test_U5_what_is_carried_forward_is_marked_on_every_page_that_gives_it(plain: Site) -> None:
    words = Words()
    values = plain.tables.tables["fct_indicator_value"]
    older = {row["indicator"] for row in values if row["carried_forward"]}
    assert 0 < len(older) < len(plain.tables.indicators)
    mark = words.plain("status.carried_forward")
    for area in plain.tables.areas.values():
        if area.type != "ward":
            continue
        cells = {row: c for _, row, c in read(plain, f"wards/{area.code}.html").rows if row.startswith("i-")}
        said = {row.removeprefix("i-") for row, c in cells.items() if mark in c[0][0]}
        given = {i["indicator"] for i in plain.tables.indicators if cells[f"i-{i['indicator']}"][1][1]}
        assert said & given == older & given, area.code
    for item in plain.tables.indicators:
        text = read(plain, f"indicators/{item['indicator']}.html").text
        editions = sorted(
            {r["edition"] for r in values if r["indicator"] == item["indicator"] and r["carried_forward"]}
        )
        note = (
            f"Older data, carried forward: {', '.join(map(str, editions))}."
            if editions
            else "carried forward"
        )
        assert (note in text) is bool(editions), item["indicator"]


def test_D3_protected_values_carry_the_symbol_with_its_meaning_and_a_blank_is_no_zero(plain: Site) -> None:
    rows = [
        r
        for r in plain.tables.tables["fct_indicator_value"]
        if r["edition"] == 2026 and r["area_type"] == "ward"
    ]
    protected = next(r for r in rows if r["status"] == "controlled" and r["value"] is not None)
    missing = next(r for r in rows if r["status"] == "missing")
    cells = dict((row, c) for _, row, c in read(plain, f"wards/{protected['area_code']}.html").rows)
    assert "[c]" in cells[f"i-{protected['indicator']}"][1][0]
    assert "[c] protected small number" in cells[f"i-{protected['indicator']}"][0][0]
    cells = dict((row, c) for _, row, c in read(plain, f"wards/{missing['area_code']}.html").rows)
    assert cells[f"i-{missing['indicator']}"][1] == ("[x] not available", [])
    meaning = read(plain, "data.html").text
    assert "[c] protected" in meaning and "An empty cell is never a zero" in meaning


def test_Q1_quality_page_has_each_dataset_with_six_dimensions_owner_and_date(plain: Site) -> None:
    reader = read(plain, "quality.html")
    assert {row for row in reader.table("t-datasets") if row} == {
        f"d-{code}" for code in plain.tables.datasets
    }
    six = [cells for table, _, cells in reader.rows if table == "t-six"]
    assert [c[0] for c in six[0]][1:7] == ["Complete", "Unique", "Consistent", "Timely", "Valid", "Accurate"]
    assert len(six) == 1 + len(plain.tables.datasets)
    assert all("Owner: An owner. Next review:" in cells[7][0] for cells in six[1:])


def test_Q3_release_page_names_commissioner_and_three_signatures(plain: Site) -> None:
    text = read(plain, "releases.html").text
    for said in (
        "Commissioner: Chief Executive",
        "Sample analyst (synthetic)",
        "Sample assurer (synthetic)",
        "Sample approver (synthetic)",
    ):
        assert said in text


def test_Q4_the_quality_log_is_a_page_and_a_file_with_the_same_rows(plain: Site) -> None:
    shown = [cells for table, _, cells in read(plain, "quality.html").rows if table == "t-log"][1:]
    text = (plain.pages / "data" / "quality_log.csv").read_bytes().decode("utf-8")
    rows = list(csv.DictReader(io.StringIO(text)))
    assert [[c[0] for c in cells] for cells in shown] == [list(row.values()) for row in rows]
    assert {row["kind"] for row in rows} == {"assumption", "check", "issue"}


def test_Q5_values_lead_to_source_and_manifest(plain: Site) -> None:
    for item in plain.tables.indicators[::9]:
        assert f'quality.html#d-{item["numerator_dataset"]}"' in plain.text(
            f"indicators/{item['indicator']}.html"
        )
        assert f'id="d-{item["numerator_dataset"]}"' in plain.text("quality.html")
    text = read(plain, "quality.html").text
    assert sha256_file(plain.tables.folder / "manifest.json") in text
    assert "cd" * 6 in read(plain, "deliveries.html").text
    assert sha256_file(plain.pages / "data" / "files" / "manifest.json") == sha256_file(
        plain.tables.folder / "manifest.json"
    )


def test_A2_every_public_number_is_in_the_html_and_equals_the_release(sample: Site) -> None:
    tables, edition = sample.tables, sample.tables.edition
    seen = 0
    for item in tables.indicators:
        reader = read(sample, f"indicators/{item['indicator']}.html")
        now, series = reader.table("t-values"), reader.table("t-trend")
        for area in tables.areas:
            row = tables.value(edition, area, item["indicator"])
            assert row is not None
            assert now[area][1][1] == ([row["value"]] if row["value"] is not None else [])
            assert now[area][3][1] == ([row["score"]] if row["score"] is not None else [])
            kept = [tables.value(e, area, item["indicator"]) for e in tables.editions]
            found = [cell[1] for cell in series[area][1:]]
            assert found == [[r["value"]] if r and r["value"] is not None else [] for r in kept]
            seen += len(kept)
    for area in tables.areas.values():
        if area.type == "district":
            continue
        folder = "wards" if area.type == "ward" else "groups"
        reader = read(sample, f"{folder}/{area.code}.html")
        for level, code in [
            ("index", "index"),
            *(("dimension", d["dimension"]) for d in tables.dimensions),
            *(("component", c["component"]) for c in tables.components),
        ]:
            row = tables.score(level, code, edition, area.code)
            assert row is not None
            interval = tables.interval(level, code, edition, area.code)
            expected = (
                []
                if row["score"] is None
                else [row["score"], *([interval["lower_95"], interval["upper_95"]] if interval else [])]
            )
            assert reader.table("t-scores")[f"s-{code}"][1][1] == expected, (area.name, code)
        for item in tables.indicators:
            row = tables.value(edition, area.code, item["indicator"])
            cells = next(c for _, r, c in reader.rows if r == f"i-{item['indicator']}")
            assert row is not None and cells[1][1] == ([row["value"]] if row["value"] is not None else [])
    assert seen == len(tables.tables["fct_indicator_value"])


def test_A2_intervals_and_counts_of_values_are_in_the_html_and_equal_the_release(sample: Site) -> None:
    tables, edition, seen = sample.tables, sample.tables.edition, 0
    for item in tables.indicators:
        shown = read(sample, f"indicators/{item['indicator']}.html").table("t-values")
        for area in tables.areas:
            row = tables.value(edition, area, item["indicator"])
            kept = tables.interval("indicator", item["indicator"], edition, area)
            if row and row["value"] is not None:
                assert shown[area][2][1] == ([kept["lower_95"], kept["upper_95"]] if kept else [])
                counts = [row["numerator"], row["denominator"]]
                assert [c[1] for c in shown[area][4:6]] == [[] if n is None else [n] for n in counts]
                seen += bool(kept)
    assert seen > 500


def test_A2_scores_intervals_and_ranks_are_in_the_html_and_equal_the_release(sample: Site) -> None:
    tables, edition, seen = sample.tables, sample.tables.edition, 0
    parts = [("dimension", d["dimension"]) for d in tables.dimensions]
    parts += [("component", c["component"]) for c in tables.components]
    for level, code in parts:
        order = read(sample, f"components/{code}.html").table("t-order")
        for ward in tables.wards:
            row = tables.score(level, code, edition, ward.code)
            kept = tables.interval(level, code, edition, ward.code)
            if row and row["score"] is not None:
                assert order[ward.code][1][1] == [row["score"]]
                assert order[ward.code][3][1] == ([kept["lower_95"], kept["upper_95"]] if kept else [])
                seen += 1
    assert seen > 200
    ranking = read(sample, "index.html").table("t-ranking")
    for ward in tables.wards:
        rank, kept = tables.rank(edition, ward.code), tables.interval("index", "index", edition, ward.code)
        assert rank and kept and ranking[ward.code][3][1] == [kept["lower_95"], kept["upper_95"]]
        low, high = rank["rank_low"], rank["rank_high"]
        assert ranking[ward.code][4][0].startswith(f"{low} to {high}," if low < high else f"{low},")


def test_A2_the_matrix_and_all_editions_are_in_the_html_and_equal_the_release(sample: Site) -> None:
    tables = sample.tables
    matrix = read(sample, "compare.html").table("t-all")
    levels = [("index", "index")]
    for d in tables.dimensions:
        levels.append(("dimension", d["dimension"]))
        inside = [c["component"] for c in tables.components if c["dimension"] == d["dimension"]]
        levels += [("component", code) for code in inside]
    for ward in tables.wards:
        rows = [tables.score(level, code, tables.edition, ward.code) for level, code in levels]
        found = [cell[1] for cell in matrix[ward.code][1:]]
        assert found == [[] if not r or r["score"] is None else [r["score"]] for r in rows]
    changes = {c[0][0]: c for table, _, c in read(sample, "change.html").rows if table == "t-change"}
    for area in tables.areas.values():
        rows = [tables.score("index", "index", year, area.code) for year in tables.editions]
        found = [cell[1] for cell in changes[area.name][1 : 1 + len(rows)]]
        assert found == [[] if not r or r["score"] is None else [r["score"]] for r in rows]


def test_A2_bridge_progress_and_variants_are_in_the_html_and_equal_the_release(sample: Site) -> None:
    tables, edition = sample.tables, sample.tables.edition
    reader, legs = read(sample, "bridge.html"), ("before", "revision", "method", "data", "control", "after")
    areas, parts = reader.table("t-bridge"), reader.table("t-bridge-parts")
    for row in tables.tables["fct_bridge_score"]:
        if row["edition"] != edition or row["level"] == 1:
            continue
        wanted = [[] if row[k] is None else [row[k]] for k in legs]
        if row["code"] == "index":
            assert [cell[1] for cell in areas[f"b-{row['area_code']}"][1:7]] == wanted
        elif row["area_code"] == tables.district.code:
            assert [cell[1] for cell in parts[f"b-{row['code']}"][1:7]] == wanted
    targets = read(sample, "lenses.html").table("t-targets")
    for row in tables.tables["fct_progress"]:
        if row["edition"] == edition and row["target"] is not None:
            cells = targets[f"p-{row['area_code']}-{row['code']}"]
            first = row["restated"] if row["baseline"] is None else row["baseline"]
            figures = (first, row["now"], row["target"], row["distance"])
            assert [f for cell in cells for f in cell[1]] == [f for f in figures if f is not None]
    text = sample.text("weights.html")
    for row in tables.tables["fct_variant_score"]:
        if row["edition"] == edition and row["area_type"] == "ward" and row["score"] is not None:
            assert f'<data value="{exact(row["score"])}">' in text


def rows_of(site: Site, name: str, **at: object) -> list[dict[str, str]]:
    """Rows of a table of the release, read from its CSV and not by the site's own reader."""
    with (site.tables.folder / "csv" / f"{name}.csv").open(encoding="utf-8", newline="") as stream:
        return [r for r in csv.DictReader(stream) if all(r[k] == str(v) for k, v in at.items())]


def given(*cells: str) -> list[list[float]]:
    return [[float(cell)] if cell else [] for cell in cells]


def test_A2_how_far_wards_lie_apart_is_in_the_html_and_equals_the_release(sample: Site) -> None:
    places = {"index": "change.html"}
    places |= {d["dimension"]: f"components/{d['dimension']}.html" for d in sample.tables.dimensions}
    places |= {c["component"]: f"components/{c['component']}.html" for c in sample.tables.components}
    places |= {i["indicator"]: f"indicators/{i['indicator']}.html" for i in sample.tables.indicators}
    shown = {code: read(sample, path).table("t-apart") for code, path in places.items()}
    seen = 0
    for row in rows_of(sample, "fct_inequality"):
        if not shown[row["code"]]:
            assert not any(
                r["widest"] for r in rows_of(sample, "fct_inequality", code=row["code"], edition=2026)
            )
            continue
        cells = shown[row["code"]][f"a-{row['edition']}"][1:]
        assert [c[1] for c in cells[:3]] == given(row["widest"], row["fifths"], row["slope"]), row
        known = row["slope"] and row["slope_low"] and row["slope_high"]
        assert cells[3][1] == ([float(row["slope_low"]), float(row["slope_high"])] if known else []), row
        seen += 1
    assert seen > 400


def test_A2_scores_beside_wards_like_it_are_in_the_html_and_equal_the_release(sample: Site) -> None:
    said = {"strength": "▲ higher", "weakness": "▼ lower", "as expected": "● as expected"}
    names = {c["component"]: c["name"] for c in sample.tables.components}
    seen = set()
    for ward in sample.tables.wards:
        reader = read(sample, f"wards/{ward.code}.html")
        shown = reader.table("t-peers")
        told = [
            row
            for row in rows_of(sample, "fct_peer", edition=2026, area_code=ward.code)
            if row["level"] != "1"
        ]
        assert len(told) == len(shown) - 1 == 16
        for row in told:
            cells = shown[f"w-{row['code']}"]
            assert [c[1] for c in cells[1:3]] == given(row["value"], row["median"])
            assert cells[3][0] == said[row["class_deviation"]]
            seen.add(cells[3][0])
        for kind, begin in (("strength", "Higher"), ("weakness", "Lower")):
            found = re.search(rf"{begin} than in wards like it: (.*?)\.", reader.text)
            parts = set(re.split(", | and ", found[1])) if found else set()
            wanted = {names[r["code"]] for r in told if r["level"] == "2" and r["class_deviation"] == kind}
            # Names of components hold no comma; some hold an "and" of their own only as "&".
            assert parts == wanted, ward.name
    assert seen == set(said.values())


def test_made_up_figures_are_never_set_beside_england(sample: Site) -> None:
    assert rows_of(sample, "fct_england", edition=2026)
    for path in pages(sample):
        text = Reader(path.read_text(encoding="utf-8")).text
        assert "better than" not in text.lower(), path.name
    assert "those of England are not" in read(sample, "indicators/burglary_per_1000_hh.html").text


def test_U4_breaks_of_the_release_stand_in_trends_and_no_line_crosses_them(sample: Site) -> None:
    district, seen = sample.tables.district.code, 0
    whole = {"1": "indicators", "2": "components", "3": "components"}
    broken: dict[tuple[str, str], set[int]] = {}
    for row in rows_of(sample, "fct_series_break", series_break="true"):
        if row["level"] in whole and row["area_code"] == district:
            broken.setdefault((row["level"], row["code"]), set()).add(int(row["edition"]))
    for (level, code), editions in broken.items():
        text = sample.text(f"{whole[level]}/{code}.html")
        [row] = [cells for cells in [Reader(text).table("t-trend").get(district)] if cells]
        marked = {
            year for year, cell in zip(sample.tables.editions, row[1:], strict=True) if "[b]" in cell[0]
        }
        assert editions <= marked, code
        svg = re.search(r'<svg class="trend".*?</svg>', text, flags=re.S)
        if svg:
            assert svg[0].count(">[b]</text>") == len(editions - {2022})
            assert "[b] marks a break before" in svg[0]
            # Five editions, so five points: each break takes one of the four stretches away.
            lines = re.findall(r'<polyline class="s0" points="([^"]+)"', svg[0])
            given_ = sum(bool(cell[1]) for cell in row[1:])
            if given_ == 5:
                assert sum(len(line.split()) - 1 for line in lines) == 4 - len(editions - {2022}), code
                seen += 1
    assert seen > 10
    changed = read(sample, "change.html").text
    for row in rows_of(sample, "fct_series_break", level=1, series_break="true"):
        assert row["reason"] in changed, row["code"]


def test_Q1_quality_says_what_each_edition_rests_on_and_equals_the_release(sample: Site) -> None:
    reader = read(sample, "quality.html")
    shown, by_indicator = reader.table("t-coverage"), reader.table("t-coverage-indicators")
    for edition in range(2022, 2027):
        told = rows_of(sample, "fct_coverage", edition=edition)
        kinds = {kind: [r for r in told if r["item_type"] == kind] for kind in {r["item_type"] for r in told}}
        cells = [cell[1] for cell in shown[f"c-{edition}"][1:]]
        wanted: list[list[float]] = []
        for kind in ("dataset", "reference"):
            come = [r for r in kinds[kind] if r["standing"] in {"received", "serves"}]
            wanted.append([len(come), len(kinds[kind])])
        count = kinds["indicator"]
        whole = [r for r in count if int(r["wards_given"]) + int(r["not_applicable"] or 0) == int(r["wards"])]
        wanted.append([len(whole), len(count)])
        wanted.append([sum(int(r[key]) for r in count) for key in ("wards_given", "wards")])
        wanted += [
            [sum(r["standing"] == "scored" for r in kinds[kind]), len(kinds[kind])]
            for kind in ("component", "dimension")
        ]
        [index] = kinds["index"]
        wanted.append([100 * float(index["weight_refreshed"])])
        assert cells == wanted, edition
    heads = next(cells for table, row, cells in reader.rows if table == "t-coverage-indicators" and not row)
    for row in rows_of(sample, "fct_coverage", edition=2026, item_type="indicator"):
        cells = by_indicator[f"ci-{row['item']}"]
        assert cells[1][1] == [float(row["wards_given"]), float(row["wards"])]
        assert sum(cell[1][0] for cell in cells[2:]) == 22 and len(cells) == len(heads)


def test_U6_choices_of_method_and_the_ranks_they_allow_are_on_the_page(sample: Site) -> None:
    reader = read(sample, "method.html")
    shown = reader.table("t-choices")
    for row in rows_of(sample, "fct_method_choice", edition=2026):
        cells = shown[f"m-{row['factor'].replace(' ', '-')}"]
        assert [f for c in cells for f in c[1]] == [
            float(row[k]) for k in ("total", "total_low", "total_high")
        ]
        assert cells[0][0] != row["factor"], "each choice is said in plain words"
    ranks = reader.table("t-method-ranks")
    for row in rows_of(sample, "fct_method_rank", edition=2026):
        ends = [float(row[k]) for k in ("middle_low", "middle_high", "lowest", "highest")]
        assert [f for c in ranks[f"mr-{row['area_code']}"] for f in c[1]] == ends


def test_Q5_scores_say_from_when_their_data_are(sample: Site) -> None:
    import datetime as dt

    scored = {i["indicator"]: i["component"] for i in sample.tables.indicators if i["scored"]}
    for ward in sample.tables.wards[::5]:
        shown = read(sample, f"wards/{ward.code}.html").table("t-scores")
        days: dict[str, list[str]] = {}
        for row in rows_of(sample, "fct_indicator_value", edition=2026, area_code=ward.code):
            if row["indicator"] in scored and row["score"] and row["mid_date"]:
                for code in ("index", scored[row["indicator"]]):
                    days.setdefault(code, []).append(row["mid_date"])
        for code, found in days.items():
            first, last = (dt.date.fromisoformat(end(found)) for end in (min, max))
            text = shown[f"s-{code}"][0][0]
            short = [f"{d:%B}"[: 4 if d.month in {6, 7, 9} else 3] + f" {d.year}" for d in (first, last)]
            assert all(month in text for month in short), (ward.name, code, text, short)


def test_Q3_the_releases_page_shows_suppliers_decisions_and_what_checks_of_the_index_found(
    sample: Site,
) -> None:
    text = read(sample, "releases.html").text
    assert "supplier, for Community Safety Partnership information sharing agreement" in text
    assert "What was decided about deliveries" in text
    found = sample.tables.manifest["index_checks"]
    assert found
    for item in found:
        assert item["found"] in text and item["expected"] in text
    assert "It was announced for" in text
    # A supplier that approves sees its values before everybody else, so nobody may be told that none does.
    said = "Community Safety Partnership Data Lead, the values made from its own data, to approve them"
    assert said in text and "Nobody sees public figures before" not in text
    listed = sample.pages / "data" / "pre_release_access.csv"
    assert said in listed.read_text(encoding="utf-8")


def test_Q5_every_delivery_behind_the_release_is_listed_by_its_fingerprint(sample: Site) -> None:
    rows = [cells for table, _, cells in read(sample, "deliveries.html").rows if table == "t-deliveries"][1:]
    listed = sample.tables.manifest["deliveries"]
    assert [cells[2][0] for cells in rows] == [item["delivery"][:12] for item in listed]
    assert 'href="deliveries.html"' in sample.text("quality.html") and len(rows) > 300
    ids = {item["dataset"] for item in listed}
    assert not ids & {cells[0][0] for cells in rows}, "each is called by its title, not by its id"


def test_A2_no_page_holds_a_figure_that_the_release_does_not(sample: Site) -> None:
    """The other way round: each figure of each page is a cell of a table, or a difference or count of such cells."""
    cells: set[str] = set()
    for path in (sample.tables.folder / "csv").glob("*.csv"):
        with path.open(encoding="utf-8", newline="") as stream:
            for row in csv.reader(stream):
                cells.update(row)
    scores: dict[tuple[str, str, str], float] = {}
    for kind in ("index", "dimension", "component"):
        for row in rows_of(sample, f"fct_{kind}_score"):
            if row["score"]:
                scores[row["edition"], row["area_code"], row.get(kind, "index")] = float(row["score"])
    moved = {
        exact(now - scores[str(sample.tables.baseline), area, code])
        for (edition, area, code), now in scores.items()
        if edition == "2026" and (str(sample.tables.baseline), area, code) in scores
    }
    counted = {"quality.html"}
    checked = 0
    for path in pages(sample):
        if path.name in counted and path.parent == sample.pages:
            continue
        for figure in re.findall(r'<data value="([^"]*)">', path.read_text(encoding="utf-8")):
            assert figure in cells or figure in moved, (path.name, figure)
            checked += 1
    assert checked > 30_000


def test_A2_what_is_shown_is_the_figure_rounded(plain: Site) -> None:
    text = plain.text("index.html")
    found = re.findall(r'<data value="([-\d.]+)">([^<]+)</data>', text)
    assert len(found) > 20
    for given, shown in found:
        assert abs(float(given) - float(shown.replace("\N{MINUS SIGN}", "-").replace("+", ""))) <= 0.05 + 1e-9


def test_A5_text_on_map_colours_and_pages_has_enough_contrast() -> None:
    from spi_orchestration.site.build import _luminance

    def ratio(a: str, b: str) -> float:
        x, y = sorted((_luminance(a), _luminance(b)))
        return (y + 0.05) / (x + 0.05)

    style = (ROOT / "spi_orchestration" / "site" / "assets" / "site.css").read_text(encoding="utf-8")
    light, dark = (
        dict(re.findall(r"--([\w-]+):(#[0-9a-f]{3,6})\b", block))
        for block in re.findall(r":root\{(.*?)\}", style)[:2]
    )
    for colours in (light, dark):
        wide = {k: "#" + "".join(c * 2 for c in v[1:]) if len(v) == 4 else v for k, v in colours.items()}
        for name in ("text", "quiet", "link", "visited"):
            for back in ("back", "soft"):
                assert ratio(wide[name], wide[back]) >= 4.5, (name, back)
    for config in (read_config(ROOT / "config" / "site.yml"), elsewhere()):
        assert ratio(config.accent, "#ffffff") >= 4.5
        shades = [_luminance(c) for c in config.colours]
        assert shades == sorted(shades, reverse=True)


def test_A5_symbols_stand_beside_signed_numbers(plain: Site) -> None:
    for _, row, cells in read(plain, f"wards/{plain.tables.wards[2].code}.html").rows:
        if row.startswith("s-") and cells[-1][0].strip():
            assert re.fullmatch(r"[▲▼●] [+\N{MINUS SIGN}]?\d+\.\d", cells[-1][0].strip()), cells


def test_A6_every_chart_has_title_alternative_table_and_page_has_source(plain: Site) -> None:
    for path in pages(plain):
        text = path.read_text(encoding="utf-8")
        for figure in re.findall(r"<figure.*?</figure>", text, flags=re.S):
            assert "<title" in figure and "<desc" in figure
            table = re.search(r'data-table="([^"]+)"', figure)
            if table:
                assert f'id="{table.group(1)}"' in text, path.name
                assert re.search(r"<figcaption[^>]*>\s*\S", figure)
        assert 'property="og:image"' in text and 'name="description" content="' in text, path.name


def test_A6_the_preview_is_a_picture(plain: Site) -> None:
    data = (plain.pages / "assets" / "preview.png").read_bytes()
    assert data[:8] == b"\x89PNG\r\n\x1a\n"
    assert struct.unpack(">II", data[16:24]) == (1200, 630)
    assert len(data) < 100_000


def test_A7_words_are_plain() -> None:
    words = Words().all()
    age = reading_age(
        [text for key, text in words.items() if " " in text and not key.startswith("terms.list")]
    )
    print(f"reading age of all sentences: {age:.1f}")
    assert age <= 14
    assert (
        reading_age(
            ["The institutional prioritisation methodology necessitates interdepartmental reconsideration."]
        )
        > 20
    )
    defined = [text.split(":")[0].lower() for key, text in words.items() if key.startswith("terms.list")]
    assert len(defined) == len(set(defined))


def test_A7_all_words_stand_in_one_file() -> None:
    for path in sorted((FILE.parent / "templates").glob("*.html")):
        text = re.sub(r"\{%.*?%\}|\{\{.*?\}\}|\{#.*?#\}", " ", path.read_text(encoding="utf-8"), flags=re.S)
        said = re.sub(r"<[^>]*>", " ", text)
        said = re.sub(r"\[[cxzuebpr]\]|&\w+;", " ", said)
        assert not re.findall(r"[A-Za-z]{2,}", said), (path.name, re.findall(r"[A-Za-z]{2,}", said))


def test_A8_the_accessibility_statement_is_there_and_recent(plain: Site) -> None:
    import datetime as dt

    text = read(plain, "accessibility.html").text
    assert "Accessibility statement" in text and "version 2.2, level AA" in text
    told = re.search(r"reading age of (\d+) years", text)
    assert told and 5 <= int(told[1]) <= 14
    date = read_config(ROOT / "config" / "site.yml").statement_date
    assert f"{date.day} {date:%B %Y}" in text
    assert (dt.date.today() - date).days < 366


def test_W1_what_if_and_own_weights_say_that_they_are_not_published(plain: Site) -> None:
    assert "This is not the published index" in read(plain, "weights.html").text
    assert "not a published figure" in read(plain, "what-if.html").text
    assert "not a published figure" in read(plain, "groups/index.html").text


def test_W2_no_page_calls_a_ward_worst_or_best(plain: Site) -> None:
    # Notes on bounds are the framework's own words ("best fit"), and speak of no ward.
    notes = {(item["bounds_note"] or "").lower() for item in plain.tables.indicators} - {""}
    for path in pages(plain):
        text = Reader(path.read_text(encoding="utf-8")).text.lower()
        for note in notes:
            text = text.replace(note, "")
        assert not re.search(r"\b(worst|best|top \d|bottom \d|league)\b", text), path.name


def test_a_summary_is_short_and_cites(plain: Site, sample: Site) -> None:
    for site in (plain, sample):
        for ward in site.tables.wards:
            found = re.search(r'<p id="summary">(.*?)</p>', site.text(f"wards/{ward.code}.html"))
            assert found
            words = re.sub(r"<[^>]+>", "", found.group(1)).split()
            assert len(words) < 80 and f"/releases/2026.1/wards/{ward.code}.html" in words[-1]
            assert words[:2] == ["SAMPLE", "DATA:"] and words.count("SAMPLE") == 1


def test_every_link_leads_somewhere(plain: Site) -> None:
    for path in [plain.root / "index.html", plain.root / "releases" / "status.html", *pages(plain)]:
        for link in re.findall(r'(?:href|src)="([^"]+)"', path.read_text(encoding="utf-8")):
            name, _, mark = link.partition("#")
            if re.match(r"https?:|mailto:|data:", link):
                continue
            target = (path.parent / name).resolve() if name else path
            assert target.is_file(), (path.name, link)
            if mark and target.suffix == ".html" and mark != "tour":
                assert f'id="{mark}"' in target.read_text(encoding="utf-8"), (path.name, link)


def test_sample_data_cannot_be_missed(plain: Site) -> None:
    for path in pages(plain):
        assert "SAMPLE DATA" in Reader(path.read_text(encoding="utf-8")).text, path.name


def test_another_council_needs_no_code(tmp_path: Path) -> None:
    release = make_release(settings_in(tmp_path / "p"), district=ELSEWHERE, editions=(2026,))
    logo = tmp_path / "northmere.svg"
    logo.write_text('<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 9 9"/>', encoding="utf-8")
    build_site([release.folder], tmp_path / "s", elsewhere(), logo=logo)
    pages_ = sorted((tmp_path / "s").rglob("*.html"))
    for path in pages_:
        text = path.read_text(encoding="utf-8")
        # What the seeds of the framework say of Lichfield's plans is data of the release, on pages of its own.
        if "lenses" not in path.name and "indicators" not in path.parts:
            assert "Lichfield" not in text, path.name
        assert "<End>" not in text
    front = (tmp_path / "s" / "index.html").read_text(encoding="utf-8")
    assert (
        "Northmere" in front
        and "Marsh &lt;End&gt; &amp; A" in front
        and "https://progress.northmere.example/releases/2026.1/" in front
    )
    pages_of = tmp_path / "s" / "releases" / "2026.1"
    assert (pages_of / "assets" / "northmere.svg").read_bytes() == logo.read_bytes()
    assert 'assets/northmere.svg" alt="Northmere Council"' in front
    assert '<a href="https://www.northmere.example/">Northmere Council</a>' in front
    assert "Close-up: Old Town" in front
    # The anchor of one name moves it, and no other.
    plain_config = elsewhere().model_copy(update={"label_anchors": {}})
    build_site([release.folder], tmp_path / "s2", plain_config, logo=logo)
    moved, stood = (
        dict(
            re.findall(r'data-label="(\w+)" x="([\d.]+)"', (root / "index.html").read_text(encoding="utf-8"))
        )
        for root in (tmp_path / "s", tmp_path / "s2")
    )
    assert {code for code in moved if moved[code] != stood[code]} == {"E05099904"}
    assert "--k5:#00473a" in (tmp_path / "s/releases/2026.1/assets/site.css").read_text(encoding="utf-8")


def test_the_same_release_gives_the_same_bytes(plain: Site, tmp_path: Path) -> None:
    build_site([plain.tables.folder], tmp_path / "s", read_config(ROOT / "config" / "site.yml"))
    assert tree(tmp_path / "s") == tree(plain.root)


def test_budgets_of_size(doubt: Site, sample: Site) -> None:
    import gzip

    packed: dict[Path, int] = {}
    for site in (doubt, sample):
        for path in [site.root / "index.html", *pages(site)]:
            text = path.read_text(encoding="utf-8")
            sources = re.findall(r'<(?:script|link rel="stylesheet")[^>]*(?:src|href)="([^"]+)"', text)
            files = {path, *((path.parent / src).resolve() for src in sources if not src.startswith("http"))}
            if path.name == "what-if.html":
                # It reads the figures of the ward that it begins with.
                files.add(site.pages / "data" / "wards" / f"{site.tables.wards[0].code}.js")
            for file in files - packed.keys():
                packed[file] = len(gzip.compress(file.read_bytes()))
            size = sum(packed[file] for file in files)
            assert len(files) <= 5 and size <= 40_000, (path.name, len(files), size)
        assert sum(p.stat().st_size for p in site.root.rglob("*") if p.is_file()) < 15_000_000


def test_Q5_the_files_beside_the_pages_are_those_of_the_release(sample: Site) -> None:
    import hashlib
    import zipfile

    folder, zipped = sample.pages / "data" / "files", set()
    listed = sample.tables.manifest["files"]
    for file in listed:
        path = folder / file["path"]
        if path.is_file():
            data = path.read_bytes()
        else:
            with zipfile.ZipFile(folder / f"{file['path']}.zip") as archive:
                assert archive.namelist() == [path.name]
                data = archive.read(path.name)
            zipped.add(path.stem)
        assert hashlib.sha256(data).hexdigest() == file["sha256"] and len(data) == file["bytes"], path.name
    assert "fct_indicator_value" in zipped and "fct_index_score" not in zipped
    links = re.findall(r'href="(data/files/[^"]+)"', sample.text("data.html"))
    assert {p for p in links if p.endswith(".zip")} == {f"data/files/csv/{name}.csv.zip" for name in zipped}
    assert len(links) == len(set(links)) == 2 * len(sample.tables.manifest["tables"]) + 1


def test_A7_every_table_says_what_it_holds(sample: Site) -> None:
    words = Words()
    models = {path.stem for path in (ROOT / "dbt_project" / "models" / "marts" / "public").glob("*.sql")}
    assert len(models) > 40
    for name in models | {table["name"] for table in sample.tables.manifest["tables"]}:
        assert words.has(f"tables.{name}"), f"[tables] of words.toml does not say what {name} holds"
    shown = [cells for table, _, cells in read(sample, "data.html").rows if table == "t-files"]
    for cells in shown[1:]:
        assert cells[1][0] == words.plain(f"tables.{cells[0][0]}")
