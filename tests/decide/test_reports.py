"""Reports, quality-assurance log and scorecard say what the checks found, no more and no less."""

from __future__ import annotations

import csv
import datetime as dt
import io
import json
import re
from collections import Counter
from html.parser import HTMLParser
from pathlib import Path

import pytest

from spi_orchestration.assets.delivery import take_in_all
from spi_orchestration.assets.gating import decide_now, pass_gate
from spi_orchestration.assets.project import Project
from spi_orchestration.checks.contract import _many
from spi_orchestration.checks.registry import CHECKS
from spi_orchestration.release.files import ReleaseError
from spi_orchestration.reports import scorecard as cards
from spi_orchestration.reports.asking import ASKS
from spi_orchestration.reports.quality import DIMENSIONS, quality_of
from tests.helpers.indexed import call, make_indexed
from tests.helpers.small import (
    PUPILS_HEADER,
    Small,
    homes_rows,
    pupils_rows,
    write_csv,
    write_homes,
)

NOW = dt.datetime(2026, 12, 2, 18, 0, tzinfo=dt.UTC)


@pytest.fixture(scope="module")
def reported(tmp_path_factory: pytest.TempPathFactory) -> tuple[Small, Path]:
    """A small installation whose homes break a rule and whose pupils (sensitive) break two; and its report."""
    small = make_indexed(tmp_path_factory.mktemp("reported") / "p")
    rows = homes_rows()
    rows[2][4] = 4321
    write_homes(small.homes(), rows)
    pupils = pupils_rows(2026)
    pupils[1][4] = "399"
    write_csv(small.pupils(), [PUPILS_HEADER, *pupils[:-1]])
    project = Project.load(small.settings)
    take_in_all(project, "full", 2026)
    gated = pass_gate(project, "full", 2026, "0123abcd-0000", now=NOW)
    return small, gated.report.parent


def kept_states(small: Small, dataset: str, edition: int) -> dict[str, str]:
    """Check -> state, as the raw step left it on disk."""
    path = small.settings.data / "checks" / dataset / f"small-{edition}.json"
    return json.loads(path.read_text(encoding="utf-8"))["checks"]


def test_the_six_dimensions_are_the_check_results_counted(reported: tuple[Small, Path]) -> None:
    small, folder = reported
    report = json.loads((folder / "report.json").read_text(encoding="utf-8"))
    assert {item["dataset"] for item in report["quality"]} == {
        "council_members", "county_pupils", "national_homes", "ref_areas",
    }  # fmt: skip
    kinds = {"good_not_above_cohort": "not_above", "poor_not_above_homes": "not_above", "wards_complete": "areas_complete",
             "wards_known": "areas_known", "ward_code_name": "code_name"}  # fmt: skip
    for item in report["quality"]:
        passed: Counter[str] = Counter()
        judged: Counter[str] = Counter()
        for check, state in kept_states(small, item["dataset"], 2026).items():
            dimension = CHECKS[kinds.get(check, check)].dimension
            passed[dimension] += state in {"passed", "repaired", "carried forward"}
            judged[dimension] += state != "not judged"
        assert [one["dimension"] for one in item["dimensions"]] == list(DIMENSIONS)
        for one in item["dimensions"]:
            assert (one["passed"], one["judged"]) == (passed[one["dimension"]], judged[one["dimension"]])
    pupils = next(item for item in report["quality"] if item["dataset"] == "county_pupils")
    complete = next(one for one in pupils["dimensions"] if one["dimension"] == "completeness")
    # A ward is missing now; the year before all completeness checks passed.
    assert complete["passed"] < complete["judged"]
    assert re.fullmatch(r"2025: (\d+) of \1", complete["trend"])
    for name in ("report.html", "report.md"):
        text = (folder / name).read_text(encoding="utf-8")
        assert complete["words"] in text and complete["trend"] in text


def test_a_supplier_reads_what_failed_with_rows_but_never_those_of_a_sensitive_dataset(
    reported: tuple[Small, Path],
) -> None:
    _, folder = reported
    assert sorted(path.stem for path in (folder / "suppliers").glob("*.html")) == [
        "ldc",
        "mhclg",
        "ons",
        "scc",
    ]
    homes = (folder / "suppliers" / "mhclg.html").read_text(encoding="utf-8")
    assert "Rows as they were sent" in homes and "4321" in homes and "Boley Park" in homes
    # The supplier's own headings, and a wish to it: not what the data team does in files of its own.
    assert (
        "column Homes in poor condition" in homes
        and "<dd>Homes in poor condition at most Homes</dd>" in homes
    )
    assert "Failed: A part is not above its whole" in homes
    pupils = (folder / "suppliers" / "scc.html").read_text(encoding="utf-8")
    assert "Check these figures against each other and send the file again." in pupils
    # National files are fetched by the data team, which reads what it can change itself.
    assert "decisions file" in homes
    for name in ("ldc", "scc"):
        for suffix in ("html", "md"):
            text = (folder / "suppliers" / f"{name}.{suffix}").read_text(encoding="utf-8")
            assert "sources.yml" not in text and "decisions file" not in text and "marks.yml" not in text
    pupils = (folder / "suppliers" / "scc.html").read_text(encoding="utf-8")
    assert "Values of this dataset are never shown" in pupils
    assert "399" not in pupils and "Rows as they were sent" not in pupils
    for name in ("scc.html", "scc.md", "mhclg.md"):
        text = (folder / "suppliers" / name).read_text(encoding="utf-8")
        assert "what to do" in text.lower() and "expected" in text.lower()
    assert "row numbers lead to" in (folder / "suppliers" / "scc.md").read_text(encoding="utf-8")
    assert "Education Data Manager" in pupils


def test_the_page_of_the_run_shows_the_rows_too_but_none_of_a_sensitive_dataset(
    reported: tuple[Small, Path],
) -> None:
    _, folder = reported
    for name in ("report.html", "report.md", "report.json"):
        text = (folder / name).read_text(encoding="utf-8")
        assert "4321" in text, name
        assert "399" not in re.sub(r"\d{4}-\d\d-\d\dT\S+", "", text), name
    assert "Rows as they were sent" in (folder / "report.html").read_text(encoding="utf-8")
    report = json.loads((folder / "report.json").read_text(encoding="utf-8"))
    shown = {
        item["dataset"]: [one["examples"] for one in item["findings"] if one["examples"]]
        for item in report["datasets"]
    }
    assert shown["county_pupils"] == []
    assert ["6", "4321"] in [row[:2] for one in shown["national_homes"] for row in one["rows"]]


class _Tables(HTMLParser):
    """Cells of every table of a page, as text by row."""

    def __init__(self, page: Path) -> None:
        super().__init__()
        self.rows: list[list[str]] = []
        self._open = False
        self.feed(page.read_text(encoding="utf-8"))

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag == "tr":
            self.rows.append([])
        elif tag in {"td", "th"}:
            self.rows[-1].append("")
            self._open = True

    def handle_endtag(self, tag: str) -> None:
        self._open = self._open and tag not in {"td", "th"}

    def handle_data(self, data: str) -> None:
        if self._open:
            self.rows[-1][-1] += data


def words_of(found: Counter[str], dimension: str) -> str:
    judged = found[dimension + "?"]
    return f"{found[dimension]} of {judged}" if judged else "–"


def test_every_page_says_what_great_expectations_found(reported: tuple[Small, Path]) -> None:
    """Counted from the kept result files alone, not from anything that the pages are made of."""
    small, folder = reported
    catalogue = Project.load(small.settings).catalogue
    found: dict[str, Counter[str]] = {}
    for path in (folder / "gx").glob("*.json"):
        editions = json.loads(path.read_text(encoding="utf-8"))
        if "2026" not in editions:
            continue
        good: dict[str, bool] = {}
        dimension: dict[str, str] = {}
        for one in editions["2026"]["results"]:
            meta = one["expectation_config"]["meta"]
            good[meta["check"]] = good.get(meta["check"], True) and one["success"]
            dimension[meta["check"]] = CHECKS[meta["kind"]].dimension
        found[path.stem] = Counter(dimension[check] for check, passed in good.items() if passed)
        found[path.stem].update(dimension[check] + "?" for check in good)
    assert {"council_members", "county_pupils", "national_homes"} <= set(found)
    assert sum(n for name, n in found["county_pupils"].items() if name.endswith("?")) > 20

    quality = {item["dataset"]: item for item in json.loads((folder / "report.json").read_bytes())["quality"]}
    tables = {
        path.stem: _Tables(path).rows for path in [*folder.glob("*.html"), *folder.glob("suppliers/*.html")]
    }
    with (folder / "qa_log.csv").open(encoding="utf-8", newline="") as stream:
        logged = [row for row in csv.DictReader(stream) if row["kind"] == "check"]
    for dataset, counted in found.items():
        words = [words_of(counted, one) for one in DIMENSIONS]
        assert [one["words"] for one in quality[dataset]["dimensions"]] == words
        contract = catalogue[dataset].contract
        for page, first in (("report", contract.title + dataset), (contract.supplier, contract.title)):
            row = next(row for row in tables[page] if row[0] == first and re.match(r"\d+ of \d", row[1]))
            assert [re.sub(r"\d{4}: .*", "", cell) for cell in row[1:7]] == words, page
        markdown = (folder / "suppliers" / f"{contract.supplier}.md").read_text(encoding="utf-8")
        (line,) = [
            line for line in markdown.splitlines() if line.startswith("|") and f"(`{dataset}`)" in line
        ]
        assert [re.sub(r" \(\d{4}.*", "", cell.strip()) for cell in line.split("|")[7:13]] == words
        mine = [row for row in logged if row["dataset"] == dataset and row["id"] != "on_time"]
        assert sum(row["state"] in {"passed", "repaired"} for row in mine) == sum(
            counted[d] for d in DIMENSIONS
        )
        judged = sum(counted[d + "?"] for d in DIMENSIONS)
        assert sum(row["state"] != "not judged" for row in mine) == judged

    project = Project.load(small.settings)
    result = decide_now(project, "full", 2026, NOW.date())
    items = quality_of(small.settings, catalogue, "small", result, NOW.date())
    card = cards.make_scorecard(catalogue, "full", 2026, items, synthetic=True)
    page = cards.write_scorecard(small.settings, card, items)
    with (page.parent / "scorecard.csv").open(encoding="utf-8", newline="") as stream:
        rows = list(csv.DictReader(stream))
    whole = _Tables(page).rows
    for kind, key_of in (("supplier", "supplier"), ("team", "owner_role")):
        groups: dict[str, list[str]] = {}
        for dataset in catalogue.datasets.values():
            groups.setdefault(getattr(dataset.contract, key_of), []).append(dataset.id)
        for key, datasets in groups.items():
            if not set(datasets) <= set(found):
                continue
            for at, measure in ((3, "completeness"), (4, "validity")):
                have = sum(found[one][measure] for one in datasets)
                of = sum(found[one][measure + "?"] for one in datasets)
                (row,) = [r for r in rows if (r["kind"], r["key"], r["measure"]) == (kind, key, measure)]
                assert (int(row["have"]), int(row["of"])) == (have, of), key
                title = row["title"]
                assert f"{have} of {of} ({100 * have / of:.0f}%)" in {r[at] for r in whole if r[0] == title}
    own = _Tables(page.parent / "suppliers" / "scc.html").rows
    pupils = found["county_pupils"]
    assert ["Valid", f"{pupils['validity']} of {pupils['validity?']}"] in [
        [r[0], r[1].split(" (")[0]] for r in own
    ]


def test_no_table_makes_a_narrow_screen_scroll_sideways(reported: tuple[Small, Path], tmp_path: Path) -> None:
    small, folder = reported
    project = Project.load(small.settings)
    result = decide_now(project, "full", 2026, NOW.date())
    quality = quality_of(small.settings, project.catalogue, "small", result, NOW.date())
    themes = cards.evidence(small.settings, project.catalogue, "full", quality)
    card = cards.make_scorecard(project.catalogue, "full", 2026, quality, synthetic=True, themes=themes)
    cards.write_scorecard(small.settings, card, quality)
    pages = [*folder.rglob("*.html"), *cards.scorecard_folder(small.settings, "full", 2026).rglob("*.html")]
    assert len(pages) == 10
    for page in pages:
        text = page.read_text(encoding="utf-8")
        own = re.findall(
            r'<div class="scroll" role="region" aria-label="[^"]+" tabindex="0">\s*<table>', text
        )
        assert len(own) == text.count("<table") > 0, page


def test_what_is_asked_of_a_supplier_has_words_for_every_check() -> None:
    assert set(ASKS) == set(CHECKS)
    for said in ASKS.values():
        assert said.endswith(".") and ".yml" not in said and "decision" not in said


def test_one_of_them_is_one() -> None:
    assert _many(1, "rows where it is more") == "1 row where it is more"
    assert _many(1, "cells that hold something else") == "1 cell that holds something else"
    assert _many(1, "rows that repeat an earlier one") == "1 row that repeats an earlier one"
    assert _many(1200, "rows that repeat an earlier one") == "1,200 rows that repeat an earlier one"


def test_the_log_holds_every_check_and_every_finding_once(reported: tuple[Small, Path]) -> None:
    small, folder = reported
    text = (folder / "qa_log.csv").read_bytes().decode("utf-8")
    rows = list(csv.DictReader(io.StringIO(text, newline="")))
    for dataset in ("council_members", "county_pupils", "national_homes"):
        logged = {
            row["id"]: row["state"] for row in rows if row["kind"] == "check" and row["dataset"] == dataset
        }
        # When it came is judged by the run, and not among what the raw step left.
        assert logged.pop("on_time") in {"passed", "recorded", "not judged"}
        assert logged == kept_states(small, dataset, 2026)
    report = json.loads((folder / "report.json").read_text(encoding="utf-8"))
    findings = [(item["dataset"], one["check"]) for item in report["datasets"] for one in item["findings"]]
    assert findings
    (passes,) = [row for row in rows if row["id"] == "edition_passes"]
    assert (passes["kind"], passes["state"]) == ("check", "stops the run")
    for item in report["quality"]:
        (timed,) = [row for row in rows if (row["id"], row["dataset"]) == ("on_time", item["dataset"])]
        assert timed["text"].endswith(item["punctuality"])
        assert (timed["state"] == "recorded") == ("late" in item["punctuality"])
    assert sorted(findings) == sorted(
        (row["dataset"], row["id"]) for row in rows if row["kind"] == "issue" and row["edition"] == "2026"
    )


def test_the_scorecard_counts_the_same_checks_and_goes_to_suppliers_first(
    reported: tuple[Small, Path], tmp_path: Path
) -> None:
    small, _ = reported
    project = Project.load(small.settings)
    result = decide_now(project, "full", 2026, NOW.date())
    quality = quality_of(small.settings, project.catalogue, "small", result, NOW.date())
    themes = cards.evidence(small.settings, project.catalogue, "full", quality)
    card = cards.make_scorecard(project.catalogue, "full", 2026, quality, synthetic=True, themes=themes)
    page = cards.write_scorecard(small.settings, card, quality)
    states = kept_states(small, "county_pupils", 2026)
    valid = [
        state for check, state in states.items() if check in CHECKS and CHECKS[check].dimension == "validity"
    ]
    (county,) = [one for one in card.suppliers if one.key == "scc"]
    assert county.measures["validity"] == (
        valid.count("passed"),
        len([s for s in valid if s != "not judged"]),
    )
    # Five columns, each described; the agreement runs to 2029.
    assert county.measures["documentation"] == (5, 5)
    assert county.measures["agreement"] == (1, 1)
    assert county.words("documentation") in page.read_text(encoding="utf-8")
    assert len(themes) == 6
    with (page.parent / "scorecard.csv").open(encoding="utf-8", newline="") as stream:
        rows = [row for row in csv.DictReader(stream) if (row["kind"], row["key"]) == ("supplier", "scc")]
    assert {row["measure"]: (int(row["have"]), int(row["of"])) for row in rows} == county.measures
    # Below the reports, never below a public path; and published only when the suppliers have seen it.
    assert page.is_relative_to(small.settings.reports)
    with pytest.raises(ReleaseError, match="goes to suppliers first"):
        cards.publish_scorecard(small.settings, card, tmp_path / "out")
    assert not (tmp_path / "out").exists()
    with pytest.raises(ReleaseError, match="no card for the supplier 'nobody'"):
        cards.record_sent(small.settings, card, "nobody", NOW.date())
    cards.record_sent(small.settings, card, "scc", NOW.date())
    with pytest.raises(ReleaseError, match="Lichfield District Council has not been sent"):
        cards.publish_scorecard(small.settings, card, tmp_path / "out")
    cards.record_sent(small.settings, card, "ldc", NOW.date())
    assert [path.name for path in cards.publish_scorecard(small.settings, card, tmp_path / "out")] == [
        "index.html", "scorecard.csv", "evidence.csv",
    ]  # fmt: skip


def test_an_agreement_that_ends_before_publication_is_not_in_force(reported: tuple[Small, Path]) -> None:
    small, _ = reported
    project = Project.load(small.settings)
    quality = quality_of(
        small.settings, project.catalogue, "small", decide_now(project, "full", 2026, NOW.date()), NOW.date()
    )
    ending = project.catalogue.agreements["scc_dsa"].model_copy(update={"expires": dt.date(2026, 12, 14)})
    catalogue = project.catalogue.model_copy(
        update={"agreements": {**project.catalogue.agreements, "scc_dsa": ending}}
    )
    card = cards.make_scorecard(catalogue, "full", 2026, quality, synthetic=True)
    (county,) = [one for one in card.suppliers if one.key == "scc"]
    assert county.measures["agreement"] == (0, 1)


def test_the_verb_says_who_has_not_been_sent_its_card(tmp_path: Path) -> None:
    small = make_indexed(tmp_path / "p")
    before = call(small, "scorecard")
    assert before.code == 2 and "no run has looked at edition 2026 yet" in before.err
    take_in_all(Project.load(small.settings), "full", 2026)
    first = call(small, "scorecard")
    assert first.code == 0, first.said
    assert "Unpublished. Still to be sent their card: ldc, scc" in first.out
    assert call(small, "scorecard", "--publish", str(tmp_path / "out")).code == 3
    call(small, "scorecard", "--sent", "scc")
    last = call(small, "scorecard", "--sent", "ldc", "--publish", str(tmp_path / "out"))
    assert last.code == 0, last.said
    assert (tmp_path / "out" / "scorecard.csv").is_file()
