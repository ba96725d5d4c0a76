"""What the gate decides: outcomes, decisions, carrying forward, and the accepted list."""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from typing import Any

import pytest

from spi_orchestration.assets.project import Project
from spi_orchestration.catalogue import CatalogueError
from spi_orchestration.checks.assessment import Assessment
from spi_orchestration.checks.decisions import Decision, decision_file, load_decisions
from spi_orchestration.checks.gate import GateResult, Outcome, decide
from spi_orchestration.findings import Finding
from tests.helpers.small import Small, make_small

TODAY = dt.date(2026, 11, 30)
NAMES = ("council_members", "county_pupils", "national_homes", "ref_areas")


def finding(dataset: str, check: str, grade: str = "stop") -> Finding:
    return Finding(dataset=dataset, check=check, grade=grade, expected="e", found="f", remedy="r")  # type: ignore[arg-type]


def there(
    dataset: str, edition: int, delivery: str = "", checks: tuple[str, ...] = (), **more: Any
) -> Assessment:
    grade = more.pop("grade", "stop")
    layout = {"national_homes": "workbook", "ref_areas": "zip"}.get(dataset, "csv")
    return Assessment(
        dataset=dataset, edition=edition, shares="small", synthetic=True, expected=True, layout=layout,
        delivery=(delivery or f"{dataset}{edition}".encode().hex()).ljust(64, "0"), raw="raw/x.parquet",
        raw_sha256="0", received_at="2026-11-01T00:00:00Z", rows=30,
        findings=tuple(finding(dataset, check, grade) for check in checks), **more,
    )  # fmt: skip


def absent(dataset: str, edition: int, **more: Any) -> Assessment:
    return Assessment(
        dataset=dataset, edition=edition, shares="small", synthetic=True, expected=True, layout="csv",
        findings=(finding(dataset, "delivered"),), **more,
    )  # fmt: skip


@pytest.fixture(scope="module")
def gate(project: Project) -> Any:
    """Decide on a build of 2026 in which all is well but what is given."""

    def run(
        *changes: Assessment, decisions: dict[int, list[Decision]] | None = None, today: dt.date = TODAY
    ) -> GateResult:
        good = {(name, e): there(name, e) for name in NAMES for e in (2025, 2026)}
        known = good | {(a.dataset, a.edition): a for a in changes}
        return decide(project.catalogue, "full", 2026, known, decisions or {}, today)

    return run


def of(result: GateResult, dataset: str) -> Outcome:
    return next(outcome for outcome in result.outcomes if outcome.dataset == dataset)


def used(result: GateResult, dataset: str) -> list[tuple[int, str, int | None]]:
    return [
        (line.edition, line.how, line.carried_from) for line in result.accepted if line.dataset == dataset
    ]


def decision(dataset: str, kind: str, **more: Any) -> Decision:
    base = {
        "dataset": dataset,
        "decision": kind,
        "reason": "a reason long enough",
        "role": "Manager",
        "date": "2026-11-20",
    }
    return Decision.model_validate(base | more)


def test_an_edition_without_faults_passes(gate: Any) -> None:
    result = gate()
    assert result.passes
    assert [outcome.word for outcome in result.outcomes] == ["accepted"] * 4
    assert len(result.accepted) == 8
    assert result.synthetic


def test_one_stopped_dataset_stops_the_edition_and_leaves_the_others_accepted(gate: Any) -> None:
    result = gate(there("county_pupils", 2026, checks=("types",)))
    assert not result.passes
    assert [o.dataset for o in result.blocked] == ["county_pupils"]
    assert [o.word for o in result.outcomes if o.dataset != "county_pupils"] == ["accepted"] * 3
    assert used(result, "county_pupils") == [(2025, "delivered", None)]


def test_what_is_only_recorded_does_not_stop(gate: Any) -> None:
    result = gate(there("county_pupils", 2026, checks=("unexpected_columns",), grade="record"))
    assert result.passes
    assert of(result, "county_pupils").word == "recorded"
    line = next(x for x in result.accepted if (x.dataset, x.edition) == ("county_pupils", 2026))
    assert (line.how, line.findings) == ("delivered", 1)


def test_an_earlier_edition_never_stops_a_later_one(gate: Any) -> None:
    result = gate(there("county_pupils", 2025, checks=("types",)), absent("council_members", 2025))
    assert result.passes
    assert used(result, "county_pupils") == [(2026, "delivered", None)]
    assert used(result, "council_members") == [(2026, "delivered", None)]


def test_an_earlier_edition_falls_back_to_its_last_good_delivery(gate: Any) -> None:
    good = there("county_pupils", 2025, "aaaa")
    result = gate(there("county_pupils", 2025, "bbbb", checks=("types",), fallback=good))
    assert used(result, "county_pupils")[0] == (2025, "earlier delivery", None)
    assert result.accepted[2].delivery.startswith("aaaa")
    # The edition itself does not fall back in silence: the bad delivery stops it.
    current = gate(there("county_pupils", 2026, "bbbb", checks=("types",), fallback=good))
    assert not current.passes


def test_late_and_awaited_are_told_apart_by_the_due_date(gate: Any) -> None:
    # Due 15 November 2026.
    late = gate(absent("county_pupils", 2026), today=dt.date(2026, 11, 16))
    early = gate(absent("county_pupils", 2026), today=dt.date(2026, 11, 15))
    assert of(late, "county_pupils").word == "stopped"
    assert of(early, "county_pupils").word == "awaited"
    assert not late.passes
    assert not early.passes


def test_a_static_set_serves_until_it_is_replaced(gate: Any) -> None:
    result = gate(absent("ref_areas", 2026))
    assert result.passes
    assert of(result, "ref_areas").word == "carried_forward"
    assert used(result, "ref_areas") == [(2025, "delivered", None), (2026, "carried forward", 2025)]
    # The same bytes found again are the same delivery, not a new one; other bytes replace it.
    same = gate(there("ref_areas", 2025, "abc"), there("ref_areas", 2026, "abc"))
    assert used(same, "ref_areas") == [(2025, "delivered", None), (2026, "carried forward", 2025)]
    new = gate(there("ref_areas", 2025, "abc"), there("ref_areas", 2026, "abd"))
    assert used(new, "ref_areas") == [(2025, "delivered", None), (2026, "delivered", None)]


def test_a_bad_static_delivery_is_not_carried_over_in_silence(gate: Any) -> None:
    assert not gate(there("ref_areas", 2026, checks=("key",))).passes
    # Nor is a file that the shares file names but that is not there, or one that never came.
    assert not gate(absent("ref_areas", 2026, named=True)).passes
    assert not gate(absent("ref_areas", 2025), absent("ref_areas", 2026)).passes


def test_the_same_annual_file_for_two_editions_is_two_deliveries(gate: Any) -> None:
    result = gate(there("county_pupils", 2025, "abc"), there("county_pupils", 2026, "abc"))
    assert used(result, "county_pupils") == [(2025, "delivered", None), (2026, "delivered", None)]


def test_a_dataset_without_a_layout_for_the_edition_is_not_expected(gate: Any) -> None:
    nothing = Assessment("county_pupils", 2026, "small", True, expected=False)
    result = gate(nothing)
    assert result.passes
    assert of(result, "county_pupils").word == "not_expected"


def test_carrying_forward_by_decision(gate: Any) -> None:
    by = {2026: [decision("county_pupils", "carry_forward")]}
    for bad in (absent("county_pupils", 2026), there("county_pupils", 2026, checks=("types",))):
        result = gate(bad, decisions=by)
        assert result.passes
        outcome = of(result, "county_pupils")
        assert outcome.word == "carried_forward"
        assert outcome.decision == by[2026][0]
        assert used(result, "county_pupils")[-1] == (2026, "carried forward", 2025)
        assert all(f.grade == "record" for f in outcome.findings)


def test_nothing_to_carry_forward_is_a_refused_decision(gate: Any) -> None:
    by = {2026: [decision("county_pupils", "carry_forward")]}
    result = gate(absent("county_pupils", 2025), absent("county_pupils", 2026), decisions=by)
    assert not result.passes
    assert "no earlier accepted delivery" in result.refused[0].reason


def waiver(check: str = "rows", **more: Any) -> Decision:
    return decision("county_pupils", "waive", check=check, **({"until": "2026-12-31"} | more))


def test_a_waiver_accepts_what_fails_its_check_and_only_that(gate: Any) -> None:
    result = gate(there("county_pupils", 2026, checks=("rows",)), decisions={2026: [waiver()]})
    assert result.passes
    outcome = of(result, "county_pupils")
    assert (outcome.word, outcome.waived) == ("recorded", ("rows",))
    assert used(result, "county_pupils")[-1] == (2026, "waived", None)
    both = gate(there("county_pupils", 2026, checks=("rows", "ranges")), decisions={2026: [waiver()]})
    assert not both.passes


@pytest.mark.parametrize("check", ["types", "marks", "key"])
def test_checks_of_integrity_cannot_be_waived(gate: Any, check: str) -> None:
    result = gate(there("county_pupils", 2026, checks=(check,)), decisions={2026: [waiver(check)]})
    assert not result.passes
    assert "cannot be waived" in result.refused[0].reason


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"until": "2026-11-29"}, "expired on 2026-11-29"),
        ({"date": "2026-12-01"}, "still to come"),
        ({"delivery": "ffffffffffff"}, "another delivery"),
    ],
)
def test_a_waiver_that_is_not_in_force_is_refused_with_the_reason(
    gate: Any, changes: dict[str, str], reason: str
) -> None:
    result = gate(there("county_pupils", 2026, checks=("rows",)), decisions={2026: [waiver(**changes)]})
    assert not result.passes
    assert reason in result.refused[0].reason


def test_a_waiver_holds_on_its_last_day(gate: Any) -> None:
    bad = there("county_pupils", 2026, checks=("rows",))
    assert gate(bad, decisions={2026: [waiver(until="2026-11-30")]}).passes


def test_a_waiver_of_an_earlier_edition_holds_for_it_for_ever(gate: Any) -> None:
    # It held when that edition was published, 15 December 2025; the series must not change afterwards.
    by = {2025: [waiver(date="2025-11-20", until="2025-12-31")]}
    result = gate(there("county_pupils", 2025, checks=("rows",)), decisions=by)
    assert used(result, "county_pupils")[0] == (2025, "waived", None)
    short = {2025: [waiver(date="2025-11-20", until="2025-12-01")]}
    assert (
        used(gate(there("county_pupils", 2025, checks=("rows",)), decisions=short), "county_pupils")[0][0]
        == 2026
    )


def test_asking_for_a_redelivery_does_not_accept_anything(gate: Any) -> None:
    by = {2026: [decision("county_pupils", "redeliver")]}
    result = gate(there("county_pupils", 2026, checks=("rows",)), decisions=by)
    assert not result.passes
    assert of(result, "county_pupils").decision == by[2026][0]


@pytest.mark.parametrize(
    ("carried_on", "waived_on", "outcome", "refused"),
    [
        ("2026-11-20", "2026-11-21", "recorded", {"carry_forward": "the waiver, of 2026-11-21, is later"}),
        ("2026-11-21", "2026-11-20", "carried_forward", {"waive": "to carry forward, of 2026-11-21, is later"}),
        ("2026-11-20", "2026-11-20", "stopped",
         {"waive": "it contradicts the decision to carry forward of the same day",
          "carry_forward": "it contradicts the waiver of the same day"}),
    ],
)  # fmt: skip
@pytest.mark.parametrize("turned", [False, True])
def test_of_two_ways_on_the_later_counts_and_of_one_day_neither(
    gate: Any, carried_on: str, waived_on: str, outcome: str, refused: dict[str, str], turned: bool
) -> None:
    both = [decision("county_pupils", "carry_forward", date=carried_on), waiver(date=waived_on)]
    bad = there("county_pupils", 2026, checks=("rows",))
    result = gate(bad, decisions={2026: both[::-1] if turned else both})
    assert of(result, "county_pupils").word == outcome
    assert {one.decision.decision for one in result.refused} == set(refused)
    for one in result.refused:
        assert refused[one.decision.decision] in one.reason
    assert not set(result.needless) & set(both)
    # A waiver that does not cover all that fails stands in no other decision's way.
    result = gate(there("county_pupils", 2026, checks=("rows", "ranges")), decisions={2026: both})
    assert (of(result, "county_pupils").word, result.refused) == ("carried_forward", ())


@pytest.mark.parametrize("kind", ["carry_forward", "waive"])
def test_a_file_that_is_asked_for_again_after_a_decision_is_waited_for(gate: Any, kind: str) -> None:
    way = waiver() if kind == "waive" else decision("county_pupils", "carry_forward")
    bad = there("county_pupils", 2026, checks=("rows",))
    for ask in (
        decision("county_pupils", "redeliver", date="2026-11-21"),
        decision("county_pupils", "redeliver"),
    ):
        result = gate(bad, decisions={2026: [way, ask]})
        assert (of(result, "county_pupils").word, of(result, "county_pupils").decision) == ("stopped", ask)
        assert result.refused[0].decision == way and "the edition waits for it" in result.refused[0].reason
        # The file came, and is good: nothing is left to decide.
        assert gate(decisions={2026: [way, ask]}).passes
    # Asked first, decided then: the decision counts.
    first = decision("county_pupils", "redeliver", date="2026-11-19")
    for order in ([first, way], [way, first]):
        assert gate(bad, decisions={2026: order}).passes


def test_a_file_asked_for_after_publication_leaves_the_series_as_it_was(gate: Any) -> None:
    carried = decision("county_pupils", "carry_forward", date="2025-12-01")
    late = decision("county_pupils", "redeliver", date="2026-01-10")
    earlier = there("county_pupils", 2024)
    bad = there("county_pupils", 2025, checks=("rows",))
    result = gate(earlier, bad, decisions={2025: [carried, late]})
    assert (2025, "carried forward", 2024) in used(result, "county_pupils")


def test_decisions_that_nothing_needs_are_named(gate: Any) -> None:
    by = {2026: [waiver(), decision("ref_areas", "carry_forward")]}
    assert gate(decisions=by).needless == tuple(by[2026])


def test_the_accepted_list_does_not_depend_on_the_clock_or_on_order(gate: Any) -> None:
    a = gate(today=dt.date(2026, 11, 30)).accepted_list()
    b = gate(today=dt.date(2027, 3, 1)).accepted_list()
    assert a == b
    keys = [(line["dataset"], line["edition"]) for line in a["accepted"]]
    assert keys == sorted(keys)


def test_a_lost_file_of_a_landed_delivery_does_not_count_as_its_finding(gate: Any) -> None:
    result = gate(there("county_pupils", 2026, checks=("delivered",), grade="record"))
    assert of(result, "county_pupils").word == "recorded"
    assert result.accepted[3].findings == 0


@pytest.fixture
def own(tmp_path: Path) -> Small:
    return make_small(tmp_path)


def write(small: Small, text: str, profile: str = "full") -> None:
    decision_file(small.settings, profile, 2026).write_text(text, encoding="utf-8")


GOOD = """
decisions:
  - {dataset: county_pupils, decision: waive, check: rows, reason: One school closed., role: Manager,
     date: 2026-11-20, until: 2026-12-31}
"""


def test_decision_files_are_named_by_profile_and_edition(own: Small) -> None:
    assert decision_file(own.settings, "full", 2026).name == "2026.yml"
    assert decision_file(own.settings, "open", 2025).name == "open-2025.yml"
    project = Project.load(own.settings)
    assert load_decisions(own.settings, project.catalogue, "full", 2026) == []
    write(own, GOOD)
    (one,) = load_decisions(own.settings, project.catalogue, "full", 2026)
    assert (one.check, one.until) == ("rows", dt.date(2026, 12, 31))
    assert load_decisions(own.settings, project.catalogue, "open", 2026) == []


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("dataset: county_pupils", "dataset: county_pupil", "Did you mean county_pupils"),
        ("check: rows", "check: row", "has no check 'row'"),
        (", until: 2026-12-31", "", "until which it holds"),
        ("check: rows, ", "", "a waiver names the check"),
        ("role: Manager", "role: Manager, by: Jo", "by: unknown key"),
        ("reason: One school closed.,", "", "reason: required key is missing"),
        ("decision: waive", "decision: ignore", "decision"),
        ("decision: waive", "decision: redeliver", "only a waiver names a check"),
        ("decisions:", "decision:", "expected the key decisions"),
        ("{dataset", "{{dataset", "not valid YAML"),
        ("decisions:\n", "decisions: [\n", "2026.yml: line 3: not valid YAML: while parsing"),
        ("One school closed.", "'   '", "reason: String should have at least 10 characters"),
        ("One school closed.", "'One        '", "reason: String should have at least 10 characters"),
        ("role: Manager", "role: '    '", "role: String should have at least 3 characters"),
        (
            "until: 2026-12-31",
            "until: 31/12/2026",
            "until: expected a day such as 2026-12-31; found 31/12/2026",
        ),
        ("until: 2026-12-31", "until: 20261231", "until: expected a day such as 2026-12-31; found 20261231"),
        ("until: 2026-12-31", "until: 0", "until: expected a day such as 2026-12-31; found 0"),
        (
            "date: 2026-11-20",
            "date: 2026-11-20 10:30:00",
            "date: expected a day such as 2026-12-31; found 2026-11-20 10:30",
        ),
        ("until: 2026-12-31", "until: 2026-11-19", "is before the day it was decided, 2026-11-20"),
        ("  - {dataset", "  - county_pupils\n  - {dataset", "decision 1: (whole): expected keys with values"),
        ("dataset: county_pupils", "dataset: [county_pupils]", "dataset: Input should be a valid string"),
        ("reason: One", "reason: A waiver, reason: One", "the key 'reason' is given twice"),
    ],
)
def test_a_decision_file_that_is_not_right_says_where(own: Small, old: str, new: str, message: str) -> None:
    assert old in GOOD
    write(own, GOOD.replace(old, new))
    with pytest.raises(CatalogueError, match=r"2026\.yml") as caught:
        load_decisions(own.settings, Project.load(own.settings).catalogue, "full", 2026)
    assert message in str(caught.value)


@pytest.mark.parametrize("mark", [b"", b"\xef\xbb\xbf"])
@pytest.mark.parametrize("ends", [b"\n", b"\r\n"])
def test_a_decision_file_of_a_windows_editor_is_read(own: Small, mark: bytes, ends: bytes) -> None:
    path = decision_file(own.settings, "full", 2026)
    path.write_bytes(mark + GOOD.encode().replace(b"\n", ends))
    (one,) = load_decisions(own.settings, Project.load(own.settings).catalogue, "full", 2026)
    assert (one.check, one.reason, one.until) == ("rows", "One school closed.", dt.date(2026, 12, 31))


@pytest.mark.parametrize(
    ("encoding", "line"),
    # What another encoding makes of the file shows at its first sign beyond ASCII.
    [("cp1252", 3), ("utf-16", 1)],
)
def test_a_decision_file_in_another_encoding_is_named_with_the_line(
    own: Small, encoding: str, line: int
) -> None:
    text = GOOD.replace("One school", "The caf\u00e9")
    decision_file(own.settings, "full", 2026).write_bytes(text.encode(encoding))
    with pytest.raises(CatalogueError, match=rf"decisions/2026\.yml: line {line}: expected text in UTF-8"):
        load_decisions(own.settings, Project.load(own.settings).catalogue, "full", 2026)


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("2026.yaml", "expected a name such as 2026.yml, open-2026.yml or index-2026.yml"),
        ("2026.yml.txt", "found one that is never read"),
        ("2026 (1).yml", "found one that is never read"),
        ("full-2026.yml", "found one that is never read"),
        ("opne-2026.yml", "found one that is never read"),
        ("2031.yml", "expected an edition of the full profile, 2025 to 2027; found 2031"),
        ("index-open-2024.yml", "expected an edition of the open profile, 2026 to 2027; found 2024"),
    ],
)
def test_a_decision_file_that_nobody_would_read_is_named(own: Small, name: str, said: str) -> None:
    catalogue = Project.load(own.settings).catalogue
    write(own, GOOD)
    for other in (
        "README.md",
        "readme.txt",
        "open-2026.yml",
        "index-2026.yml",
        "index-open-2026.yml",
        "2027.yml",
    ):
        (own.settings.decisions / other).write_text("", encoding="utf-8")
    assert len(load_decisions(own.settings, catalogue, "full", 2026)) == 1
    (own.settings.decisions / name).write_text(GOOD, encoding="utf-8")
    with pytest.raises(CatalogueError) as caught:
        load_decisions(own.settings, catalogue, "full", 2026)
    assert str(caught.value).startswith(f"decisions/{name}: ") and said in str(caught.value)
