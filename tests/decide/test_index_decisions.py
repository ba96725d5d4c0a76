"""Decisions on the finished index, from the command line to the page of the release, and all that is refused.

Belongs here: `spi decide` on checks of the index, and where the decision shows. Does not belong here: what the
checks find (`tests/checks/test_index.py`).
"""

from __future__ import annotations

import csv
import datetime as dt
import json
import re
import shutil
from pathlib import Path

import pytest

from spi_orchestration.checks.index import Acceptance, add_acceptance, parse_acceptances
from spi_orchestration.release.publish import publish
from spi_orchestration.site.build import build_site
from spi_orchestration.site.config import read_config
from tests.helpers.indexed import again, call, copied
from tests.helpers.project import ROOT
from tests.helpers.small import Small
from tests.site.make import make_release, settings_in

TODAY = dt.date.today()
LATER = TODAY + dt.timedelta(days=60)
REASON = "The pupils' share is wide for a known cause."

#: What the small project lacks: an indicator far above its weight, and a bridge whose legs are a point too short.
MARTS = {
    "fct_influence": """
select 2026 as edition, 'pupils' as indicator, cast(0.1 as double) as nominal, cast(0.5 as double) as share,
    cast(5 as double) as ratio
""",
    "fct_bridge_score": """
select 2026 as edition, 'E05010630' as area_code, 'index' as code, cast(50 as double) as "before",
    cast(55 as double) as "after", cast(null as double) as revision, cast(null as double) as "method",
    cast(3 as double) as "data", cast(1 as double) as control
""",
}


def _build(small: Small) -> None:
    marts = small.settings.dbt_project / "models" / "marts" / "public"
    for name, sql in MARTS.items():
        (marts / f"{name}.sql").write_text(sql.lstrip(), encoding="utf-8")


@pytest.fixture(scope="module")
def found(indexed: Small, tmp_path_factory: pytest.TempPathFactory) -> Small:
    """An installation whose draft is stopped by an indicator and by the bridge. Not to be harmed."""
    small = copied(indexed, tmp_path_factory.mktemp("found") / "p")
    _build(small)
    result = again(small)
    assert result.outcome == "drafted", result.errors
    return small


def _given(**changes: str | None) -> list[str]:
    options = {
        "--item": "pupils",
        "--reason": REASON,
        "--role": "LDC Data & Performance Analyst",
        "--until": LATER.isoformat(),
    } | changes
    return [part for option, value in options.items() if value is not None for part in (option, value)]


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["index_influence", "accept", *_given(**{"--item": None})], "--item is one of: pupils"),
        (["index_influence", "accept", *_given(**{"--item": "homes"})], "--item is one of: pupils"),
        (["index_influence", "accept", *_given(**{"--reason": None})], "--reason is needed"),
        (["index_influence", "accept", *_given(**{"--reason": "short"})], "at least 10 characters"),
        (["index_influence", "accept", *_given(**{"--role": " "})], "--role is needed"),
        (["index_influence", "accept", *_given(**{"--until": None})], "--until DAY is needed"),
        (["index_influence", "accept", *_given(**{"--until": "2020-01-01"})], "run out on 2020-01-01"),
        (["index_influence", "accept", *_given(), "--date", "2999-01-01"], "still to come"),
        (
            ["index_bridge_adds_up", "accept", *_given(**{"--item": "index"})],
            "guards the integrity of the index and cannot be accepted",
        ),
        (["index_influence", "waive", *_given()], "is a check of the index: accept it"),
        (["index_influence", "--preview"], "nothing to preview"),
        (["index_restated", "accept", *_given()], "stops nothing in the draft of 2026"),
        (["index_nonsense", "accept", *_given()], "no check of the index is named index_nonsense"),
        (["county_pupils", "accept", *_given()], "only a finding on the index is accepted"),
    ],
)
def test_what_cannot_be_accepted_is_refused_and_nothing_is_written(
    found: Small, arguments: list[str], said: str, monkeypatch, capsys
) -> None:
    from spi_orchestration import cli

    for name, value in (
        ("SPI_HOME", found.settings.root),
        ("SPI_DATA", found.settings.data),
        ("SPI_SHARES", found.settings.shares_file),
    ):
        monkeypatch.setenv(name, str(value))
    monkeypatch.setattr("sys.argv", ["spi", "decide", *arguments])
    with pytest.raises(SystemExit) as ended:
        cli.main()
    assert ended.value.code not in {0, None}
    assert said in capsys.readouterr().err
    assert list(found.settings.decisions.iterdir()) == []


def test_an_acceptance_goes_from_the_command_line_to_the_page_of_the_release(
    found: Small, tmp_path: Path
) -> None:
    small = copied(found, tmp_path / "p")
    made = call(small, "decide", "index_influence", "accept", *_given())
    assert made.code == 0, made.said
    assert "+  - check: index_influence" in made.out and "5.00 times" in made.out
    again_said = call(small, "decide", "index_influence", "accept", *_given())
    assert again_said.code != 0 and "accepts this finding already" in again_said.err

    result = again(small)
    assert result.outcome == "drafted", result.errors
    folder = result.report.parent if result.report else Path()
    report = json.loads((folder / "report.json").read_text(encoding="utf-8"))
    states = {item["check"]: item["state"] for item in report["index_checks"]}
    assert states["index_influence"] == "accepted" and states["index_bridge_adds_up"] == "stops"
    assert states["index_restated"] == "not judged"
    for name in ("report.html", "report.md"):
        text = (folder / name).read_text(encoding="utf-8").replace("&#39;", "'")
        assert REASON in text and "No indicator drives the index far beyond its weight" in text
    with (folder / "qa_log.csv").open(encoding="utf-8", newline="") as stream:
        log = [row for row in csv.DictReader(stream) if row["id"].startswith("index_")]
    assert [row["state"] for row in log if row["kind"] == "check"] == [
        "recorded on the draft", "stops publication", "not judged", "not judged", "not judged",
    ]  # fmt: skip
    decided = [row for row in log if row["state"].startswith("decided: accept pupils")]
    assert [(row["text"], row["owner_role"]) for row in decided] == [
        (REASON, "LDC Data & Performance Analyst")
    ]

    assert result.draft is not None
    release = publish(small.settings, result.draft, today=dt.date(2026, 12, 15))
    manifest = json.loads((release.folder / "manifest.json").read_text(encoding="utf-8"))
    assert manifest["index_checks"][0]["accepted"]["reason"] == REASON
    (page,) = small.settings.drafts.glob("signoff-*.html")
    assert REASON in page.read_text(encoding="utf-8").replace("&#39;", "'")
    # The page of the site is made from a release alone; this one holds the finding of the run above.
    project = settings_in(tmp_path / "site-project")
    shown = make_release(project, index_checks=manifest["index_checks"])
    build_site([shown.folder], tmp_path / "site", read_config(ROOT / "config" / "site.yml"))
    text = next((tmp_path / "site" / "releases").glob("*/quality.html")).read_text(encoding="utf-8")
    section = text[text.index('id="decisions"') :]
    plain = re.sub(r"<[^>]+>", " ", section[: section.index("<h2", 10)]).replace("&#39;", "'")
    for words in (
        "The finished index: pupils", "what a check of the index found is accepted", "index_influence", REASON,
        "LDC Data &amp; Performance Analyst",
    ):  # fmt: skip
        assert words in plain, words


def test_without_a_draft_there_is_nothing_to_accept(found: Small, tmp_path: Path) -> None:
    small = copied(found, tmp_path / "p")
    shutil.rmtree(small.settings.drafts)
    none = call(small, "decide", "index_influence", "accept", *_given())
    assert none.code != 0 and "has no draft" in none.err


ONE = Acceptance(
    check="index_influence",
    item="pupils",
    reason=REASON,
    role="LDC Data & Performance Analyst",
    date=dt.date(2026, 12, 1),
    until=dt.date(2026, 12, 31),
)


@pytest.mark.parametrize("text", ["", "# only a remark\n", "index:\n", "index: []  # none yet\n"])
def test_an_acceptance_is_added_and_may_follow_one_that_ran_out(text: str) -> None:
    after = add_acceptance(text, ONE, "index-2026.yml")
    assert parse_acceptances(after, "index-2026.yml") == [ONE]
    later = ONE.model_copy(update={"date": dt.date(2027, 1, 1), "until": dt.date(2027, 3, 31)})
    twice = add_acceptance(after, later, "index-2026.yml")
    assert twice.startswith(after.rstrip("\n"))
    assert parse_acceptances(twice, "index-2026.yml") == [ONE, later]
