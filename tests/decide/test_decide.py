"""The three ways on, from the command line to the page of the release."""

from __future__ import annotations

import csv
import datetime as dt
import re
import shutil

import duckdb
import pytest
from hypothesis import given
from hypothesis import strategies as st

from spi_orchestration.assets.choices import outcome_with
from spi_orchestration.assets.delivery import take_in_all
from spi_orchestration.assets.project import Project
from spi_orchestration.catalogue import CatalogueError, load_catalogue
from spi_orchestration.checks.decisions import Decision, add_decision, parse_decisions
from spi_orchestration.release.publish import publish
from spi_orchestration.settings import Settings
from spi_orchestration.site.build import build_site
from spi_orchestration.site.config import read_config
from tests.helpers.indexed import again, call
from tests.helpers.project import ROOT
from tests.helpers.small import PUPILS_HEADER, Small, homes_rows, pupils_rows, write_csv, write_homes
from tests.site.make import make_release, settings_in

YESTERDAY = (dt.date.today() - dt.timedelta(days=1)).isoformat()
TOMORROW = dt.date.today() + dt.timedelta(days=30)


def _harm(small: Small) -> None:
    """2026: no pupils came, and one ward has more poor homes than homes. 2025: the members are an empty file."""
    # As if none of them had ever come: a delivery that was landed once is not lost with the share's file.
    for name in ("landing", "raw", "checks"):
        shutil.rmtree(small.settings.data / name)
    small.pupils().unlink()
    rows = homes_rows()
    rows[0][4] = 1001
    write_homes(small.homes(), rows)
    small.members(2025).write_bytes(b"")
    # The one check that is waived shall be the only one that fails: how far homes may move is another.
    limits = small.settings.config / "limits.yml"
    wide = re.sub(r"(first|floor): [\d.]+", r"\1: 999", limits.read_text(encoding="utf-8"))
    limits.write_text(wide, encoding="utf-8", newline="\n")


def test_every_kind_of_decision_reaches_the_page_of_the_release(harmed: Small, tmp_path) -> None:
    _harm(harmed)
    stopped = again(harmed)
    assert set(stopped.stopped) == {"county_pupils", "national_homes"}
    file = harmed.settings.decisions / "2026.yml"
    carry = call(
        harmed, "decide", "county_pupils", "carry-forward",
        "--reason", "The county's system is down until spring.", "--role", "Education Data Manager",
    )  # fmt: skip
    assert carry.code == 0, carry.said
    assert "+  - dataset: county_pupils" in carry.out
    assert "carried forward from an earlier edition (2025)" in carry.out
    # People write into the file too; what they wrote stays.
    file.write_text(file.read_text(encoding="utf-8") + "# Agreed at the data meeting.\n", encoding="utf-8")
    waive = call(
        harmed, "decide", "national_homes", "waive", "--check", "poor_not_above_homes",
        "--reason", "The publisher counts caravans among poor homes.", "--role", "Housing Strategy Manager",
        "--until", TOMORROW.isoformat(),
    )  # fmt: skip
    assert waive.code == 0, waive.said
    assert "accepted, with findings recorded on the release" in waive.out
    ask = call(
        harmed, "decide", "council_members", "redeliver", "--edition", "2025",
        "--reason", "The file is empty; the export was asked for again.", "--role", "Leisure Operations Manager",
    )  # fmt: skip
    assert ask.code == 0, ask.said
    text = file.read_text(encoding="utf-8")
    assert (
        text.index("county_pupils")
        < text.index("# Agreed at the data meeting.")
        < text.index("national_homes")
    )

    result = again(harmed)
    assert result.outcome == "drafted", (result.stopped, result.errors)
    release = publish(harmed.settings, result.draft, today=dt.date(2026, 12, 15))
    with (release.folder / "csv" / "fct_decision.csv").open(encoding="utf-8", newline="") as stream:
        rows = {row["dataset"]: row for row in csv.DictReader(stream)}
    assert {name: row["decision"] for name, row in rows.items()} == {
        "county_pupils": "carry_forward",
        "national_homes": "waive",
        "council_members": "redeliver",
    }
    assert rows["county_pupils"]["carried_from"] == "2025"
    assert rows["national_homes"]["check_id"] == "poor_not_above_homes"
    assert rows["national_homes"]["until"] == TOMORROW.isoformat()
    with duckdb.connect() as con:
        state = con.execute(
            f"select state from read_parquet('{(release.folder / 'parquet' / 'fct_check.parquet').as_posix()}') "
            "where dataset = 'national_homes' and edition = 2026 and check_id = 'poor_not_above_homes'"
        ).fetchone()
    assert state == ("waived",)

    # The page is made from a release alone; this one holds the decisions table of the run above.
    project = settings_in(tmp_path / "site-project")
    shown = make_release(project, more={"fct_decision": release.folder / "parquet" / "fct_decision.parquet"})
    build_site([shown.folder], tmp_path / "site", read_config(ROOT / "config" / "site.yml"))
    page = next((tmp_path / "site" / "releases").glob("*/quality.html")).read_text(encoding="utf-8")
    section = page[page.index('id="decisions"') :]
    plain = re.sub(r"<[^>]+>", " ", section[: section.index("<h2", 10)])
    for words in (
        "an earlier delivery is used", "that of edition 2025", "The county&#39;s system is down until spring.",
        "accepted although a check failed", "poor_not_above_homes", "Housing Strategy Manager",
        "asked for again", "Leisure Operations Manager",
    ):  # fmt: skip
        assert words in plain or words.replace("&#39;", "'") in plain, words


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["national_homes", "waive", "--check", "types"], "guards the integrity of the data and cannot be waived"),
        (["council_members", "waive", "--check", "unexpected_columns"], "cannot be waived"),
        (["national_homes", "waive", "--check", "nonsense"], "has no check 'nonsense'"),
        (["national_homes", "waive", "--check", "rows", "--until", "2020-01-01"], "2020-01-01, is before the day it was decided"),
        (["national_homes", "waive", "--check", "rows", "--date", "2020-01-01", "--until", YESTERDAY], f"it expired on {YESTERDAY}"),
        (["national_homes", "waive", "--check", "rows", "--until", "soon"], "expected a day such as"),
        (["national_homes", "carry-forward", "--check", "rows"], "only a waiver names a check"),
        (["national_homes", "carry-forward", "--date", "2999-01-01"], "still to come"),
        (["nobody", "carry-forward"], "nobody"),
        (["national_homes"], "which way on"),
        (["national_homes", "carry-forward", "--reason", "short"], "at least 10 characters"),
        (["national_homes", "carry-forward", "--role", " "], "--role is needed"),
    ],
)  # fmt: skip
def test_what_cannot_be_decided_is_refused_and_nothing_is_written(
    harmed: Small, arguments: list[str], said: str, monkeypatch, capsys
) -> None:
    from spi_orchestration import cli

    rows = homes_rows()
    write_homes(harmed.homes(), rows[:5])
    take_in_all(Project.load(harmed.settings), "full", 2026)
    given = list(arguments)
    for option, value in (
        ("--reason", "A reason that is long enough."),
        ("--role", "Housing Strategy Manager"),
    ):
        if option not in given:
            given += [option, value]
    if "waive" in given and "--until" not in given:
        given += ["--until", TOMORROW.isoformat()]
    monkeypatch.setenv("SPI_HOME", str(harmed.settings.root))
    monkeypatch.setenv("SPI_DATA", str(harmed.settings.data))
    monkeypatch.setenv("SPI_SHARES", str(harmed.settings.shares_file))
    monkeypatch.setattr("sys.argv", ["spi", "decide", *given])
    with pytest.raises(SystemExit) as ended:
        cli.main()
    assert ended.value.code not in {0, None}
    assert said in capsys.readouterr().err
    assert list(harmed.settings.decisions.iterdir()) == []


def test_a_waiver_is_for_the_delivery_that_was_looked_at(harmed: Small) -> None:
    _harm(harmed)
    project = Project.load(harmed.settings)
    take_in_all(project, "full", 2026)
    rows = homes_rows()
    for row in rows[:9]:
        row[4] = 19_000
    waive = (
        "decide", "national_homes", "waive", "--check", "poor_not_above_homes", "--until", TOMORROW.isoformat(),
        "--reason", "The publisher counts caravans among poor homes.", "--role", "Housing Strategy Manager",
    )  # fmt: skip
    said = call(harmed, *waive).out
    today = dt.date.today()
    _, now = outcome_with(project, "full", 2026, today, "national_homes")
    assert (now.word, now.waived) == ("recorded", ("poor_not_above_homes",))
    assert f"holds for the delivery that is there now ({(now.assessment.delivery or '')[:12]})" in said
    # A later file with the same fault, and far worse, is another matter.
    write_homes(harmed.homes(), rows)
    take_in_all(project, "full", 2026)
    result, now = outcome_with(project, "full", 2026, today, "national_homes")
    assert now.word == "stopped" and {one.check for one in now.assessment.stops} == {"poor_not_above_homes"}
    assert [one.reason for one in result.refused] == [
        "it was made for another delivery than the one that is there now"
    ]
    # Decided anew, with the file as it is.
    assert call(harmed, *waive).code == 0
    assert outcome_with(project, "full", 2026, today, "national_homes")[1].word == "recorded"
    # The opposite on the same day is refused, and nothing is written.
    file = harmed.settings.decisions / "2026.yml"
    before = file.read_bytes()
    opposite = call(
        harmed, "decide", "national_homes", "carry-forward", "--reason", "Rather last year's.", "--role", "Manager"
    )  # fmt: skip
    assert opposite.code != 0 and "contradicts the waiver of the same day" in opposite.said
    assert file.read_bytes() == before


def test_a_preview_names_the_moves_of_each_way_on_and_keeps_nothing(harmed: Small) -> None:
    # The first ward was last among pupils; in the new file, which lacks a row, it would be first.
    rows = pupils_rows(2026)[:-1]
    rows[0][4] = "50"
    write_csv(harmed.pupils(), [PUPILS_HEADER, *rows])
    again(harmed)
    before = {path: path.stat().st_mtime_ns for path in harmed.settings.data.rglob("*") if path.is_file()}
    shown = call(harmed, "decide", "county_pupils", "--preview")
    assert shown.code == 0, shown.said
    assert "Redeliver: nothing moves" in shown.out
    # Carried forward, 2026 rests on the pupils of 2025, which are as those of the last build.
    assert "Carry forward, beside the last build of the edition" in shown.out
    waive = shown.out[shown.out.index("Waive, beside") :]
    first = next(line for line in waive.splitlines() if "Alrewas & Fradley" in line).split()
    # 30 of 50 pupils, 100 of 1,000 homes poor: (60 + 90) / 2 = 75; with 50 of 50: (100 + 90) / 2 = 95.
    assert first[3:6] == ["75.00", "95.00", "+20.00"]
    # Nothing fails in the members: there is nothing to decide, and no trial is made of it.
    needless = call(harmed, "decide", "council_members", "--preview").out
    assert "Carry forward: not possible, the gate needs no decision on it as it stands: accepted." in needless
    assert list(harmed.settings.decisions.iterdir()) == []
    after = {path: path.stat().st_mtime_ns for path in harmed.settings.data.rglob("*") if path.is_file()}
    assert after == before
    # With the homes stopped too, no choice is set beside the last build, which holds them: their going would
    # look as if the choice had moved it.
    write_homes(harmed.homes(), homes_rows()[:5])
    take_in_all(Project.load(harmed.settings), "full", 2026)
    both = call(harmed, "decide", "county_pupils", "carry-forward", "--preview").out
    assert "beside a build without county_pupils (both lack national_homes, stopped too): the score" in both


CATALOGUE = load_catalogue(Settings.load())
ONE = Decision(
    dataset="scc_ks2",
    decision="carry_forward",
    reason="The county's return is late this year.",
    role="Education Data Manager",
    date=dt.date(2026, 12, 2),
)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "# only a remark\n",
        "decisions:\n",
        "decisions: []  # none yet\n",
        "# head\ndecisions:\n  # why\n  - {dataset: scc_ks4, decision: redeliver, reason: was empty this time, role: Analyst, date: 2026-12-01}\n  # tail\n",
        "- dataset: scc_ks4\n  decision: redeliver\n  reason: was empty this time\n  role: Analyst\n  date: 2026-12-01\n",
        "decisions:\r\n- dataset: scc_ks4\r\n  decision: redeliver\r\n  reason: was empty this time\r\n  role: Analyst\r\n  date: 2026-12-01",
    ],
)  # fmt: skip
def test_a_decision_is_added_and_every_line_that_stood_there_stays(text: str) -> None:
    after = add_decision(text, ONE, "2026.yml", CATALOGUE)
    kept = [line.strip() for line in text.splitlines() if line.strip() and not line.startswith("decisions:")]
    lines = [line.strip() for line in after.splitlines()]
    assert [line for line in lines if line in kept] == kept
    assert parse_decisions(after, "2026.yml", CATALOGUE)[-1] == ONE
    twice = add_decision(after, ONE.model_copy(update={"dataset": "scc_ks4"}), "2026.yml", CATALOGUE)
    assert twice.startswith(after.rstrip("\r\n"))


def test_a_flow_list_is_left_alone_with_a_word_on_what_to_do() -> None:
    text = "decisions: [{dataset: scc_ks4, decision: redeliver, reason: was empty this time, role: Analyst, date: 2026-12-01}]\n"
    with pytest.raises(CatalogueError, match="item of a list that begins with a dash"):
        add_decision(text, ONE, "2026.yml", CATALOGUE)


@given(
    st.text(
        st.characters(blacklist_categories=("Cs", "Cc"), blacklist_characters="\u2028\u2029\x85\ufeff"),
        min_size=10,
        max_size=300,
    ).filter(lambda text: len(" ".join(text.split())) >= 10),
    st.sampled_from(["no", "007", "Head: of #Policy", "- Lead", "'quoted'", "Ä. Ö. & Söhne"]),
)
def test_any_reason_reads_back_as_it_was_given(reason: str, role: str) -> None:
    role = role.ljust(3, "x")
    decision = ONE.model_copy(update={"reason": reason, "role": role})
    after = add_decision("", decision, "2026.yml", CATALOGUE)
    (read,) = parse_decisions(after, "2026.yml", CATALOGUE)
    assert (read.reason, read.role) == (" ".join(reason.split()), role)
