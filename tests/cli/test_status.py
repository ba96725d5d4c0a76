"""The home screen: its figures, its page, and the single next command."""

from __future__ import annotations

import datetime as dt
import itertools
import re
from dataclasses import replace
from html.parser import HTMLParser

import pytest

from spi_orchestration.status import (
    STATE_WORDS,
    DatasetState,
    DraftState,
    Facts,
    NextStep,
    Status,
    choose_next,
    render_html,
    render_text,
)

DRAFT = DraftState("data/drafts/full-2026", complete=True, synthetic=True, published=None)
DONE = Facts(edition=2026, ran=True, draft=replace(DRAFT, published="2026.1"))


@pytest.mark.parametrize(
    ("facts", "command", "why"),
    [
        # Nothing is there yet.
        (Facts(2026, sample_absent=True), "spi run", "sample is written first"),
        (Facts(2026), "spi run", "Nothing of this edition"),
        (
            Facts(2025, flags=" --edition 2025 --profile open"),
            "spi run --edition 2025 --profile open",
            "Nothing",
        ),
        # A way on has to be chosen.
        (Facts(2026, ran=True, undecided=("a", "b")), "spi datasets show a", "for a, b: have it redelivered"),
        (Facts(2026, ran=True, undecided=tuple("abcde")), "spi datasets show a", "for a, b, c and 2 more"),
        # A new file goes first: it may be the answer to what stopped.
        (Facts(2026, ran=True, arrived=("a",), undecided=("a",)), "spi run", "no run has seen: a"),
        # Nothing but waiting is left.
        (Facts(2026, ran=True, redeliver=("a",)), "spi status", "Waiting for a"),
        (Facts(2026, ran=True, awaited=("b",), draft=DRAFT), "spi status", "`spi run --draft`"),
        # All is in.
        (Facts(2026, ran=True), "spi run", "there is no draft"),
        (Facts(2026, ran=True, draft=DRAFT, stale=True), "spi run", "newer than the draft"),
        (Facts(2026, ran=True, draft=replace(DRAFT, complete=False)), "spi run", "datasets missing"),
        (Facts(2026, ran=True, draft=DRAFT), "spi publish data/drafts/full-2026", "sample roles"),
        (
            Facts(2026, ran=True, draft=replace(DRAFT, synthetic=False)),
            "spi publish data/drafts/full-2026",
            "this writes the form",
        ),
        (
            Facts(2026, ran=True, draft=replace(DRAFT, synthetic=False, form="data/drafts/signoff-1.yml")),
            "spi publish data/drafts/full-2026 --signoff data/drafts/signoff-1.yml",
            "have approved the draft",
        ),
        (DONE, "spi status", "set current_edition"),
        (replace(DONE, flags=" --edition 2025", past=True), "spi status", "A later edition is under way"),
        # A correction came after publication.
        (replace(DONE, arrived=("a",)), "spi run", "no run has seen"),
        (replace(DONE, stale=True), "spi run", "newer than the draft"),
    ],
)
def test_the_next_command(facts, command, why):
    step = choose_next(facts)
    assert step.command == command
    assert why in step.why


def example(**changes) -> Status:
    base = Status(
        district="Lichfield",
        profile="full",
        edition=2026,
        today=dt.date(2026, 12, 1),
        publication=dt.date(2026, 12, 15),
        shares="Synthetic <sample> shares",
        synthetic=True,
        datasets=(
            DatasetState(
                "scc_eyfsp",
                "Early years & reception",
                "Staffordshire County Council",
                "Education Data Manager",
                dt.date(2026, 11, 15),
                "stopped",
                "2026-11-20",
                ("scc_eyfsp: columns: expected GLD; found <GLP>. Ask the supplier.",),
            ),
            DatasetState(
                "dwp_cilif", "Children in low income", "DWP", "Analyst", dt.date(2026, 4, 30), "late"
            ),
            DatasetState(
                "ldc_a", "A", "LDC", "Analyst", dt.date(2026, 5, 31), "late", None, (), "carry_forward"
            ),
            DatasetState("ldc_b", "B", "LDC", "Analyst", dt.date(2026, 12, 5), "awaited"),
            DatasetState("ref_wards", "Wards", "ONS", "Analyst", None, "carried_forward", "2024-02-01"),
            DatasetState("ldc_c", "C", "LDC", "Analyst", dt.date(2026, 5, 31), "accepted", "2026-05-01"),
            DatasetState("ldc_d", "D", "LDC", "Analyst", None, "not_expected"),
        ),
        unmatched=("council/new file.csv",),
        refused_decisions=("scc_eyfsp (waive, edition 2026): it expired on 2026-11-01",),
        draft=DRAFT,
        current=("2025.1", "2025-12-15"),
        release=None,
        share_problem=None,
        next=NextStep("spi datasets show scc_eyfsp", "A way on must be chosen."),
    )
    return replace(base, **changes)


def figures(text: str) -> dict[str, str]:
    return dict(re.findall(r"^(\S[^:\n]*?)  +(\S.*)$", text, re.M))


def test_the_figures_in_the_terminal():
    found = figures(render_text(example()))
    # Counted by hand from the seven datasets above: ldc_d is not expected; stopped counts as received.
    assert found["Publication"] == "15 December 2026, in 14 days"
    assert found["Received"] == "3 of 6 datasets"
    assert found["Overdue"] == "2"
    assert found["Stopped"] == "1"
    assert found["Unmatched files"] == "1"
    assert found["Decisions awaited"] == "2"
    assert found["Draft"] == "data/drafts/full-2026, not published"
    assert found["Current release"] == "2025.1, of 2025-12-15"
    assert "\nNext:  spi datasets show scc_eyfsp\n" in render_text(example())


@pytest.mark.parametrize(
    ("day", "words"),
    [
        ((2026, 12, 15), "today"),
        ((2026, 12, 14), "in 1 day"),
        ((2026, 12, 16), "1 day ago"),
        ((2027, 1, 15), "31 days ago"),
    ],
)
def test_days_to_publication(day, words):
    assert figures(render_text(example(today=dt.date(*day))))["Publication"] == f"15 December 2026, {words}"


def test_before_the_first_run_nobody_has_to_decide():
    late = DatasetState("a", "A", "S", "O", dt.date(2026, 1, 1), "late", looked=False)
    assert not late.awaits_decision
    assert replace(late, looked=True).awaits_decision
    assert not replace(late, looked=True, decided="redeliver").awaits_decision


def test_what_asks_for_attention_is_named_with_its_owner():
    text = render_text(example())
    assert "scc_eyfsp: due 15 November 2026; owner: Education Data Manager" in text
    assert "expected GLD; found <GLP>" in text
    assert "ldc_a: due 31 May 2026; owner: Analyst; decided: carry forward" in text
    assert "Awaited: ldc_b" in text
    assert "council/new file.csv" in text
    assert "it expired on 2026-11-01" in text
    assert "SYNTHETIC" in text
    assert "SYNTHETIC" not in render_text(example(synthetic=False))


class Page(HTMLParser):
    """Tags with attributes in order, and the text of each kind of tag."""

    VOID = frozenset({"meta", "br", "hr", "img", "link", "input"})

    def __init__(self, text: str) -> None:
        super().__init__(convert_charrefs=True)
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.open: list[str] = []
        self.texts: list[tuple[str, str]] = []
        self.feed(text)
        assert self.open == []

    def handle_starttag(self, tag, attrs):
        self.tags.append((tag, dict(attrs)))
        if tag not in self.VOID:
            self.open.append(tag)

    def handle_endtag(self, tag):
        assert self.open.pop() == tag

    def handle_data(self, data):
        if self.open and data.strip():
            self.texts.append((self.open[-1], data.strip()))

    def named(self, *names):
        return [attributes for tag, attributes in self.tags if tag in names]

    def text(self, tag):
        return [text for kind, text in self.texts if kind == tag]


def test_the_page_says_what_the_terminal_says():
    status = example()
    page = Page(render_html(status))
    shown = dict(zip(page.text("dt"), page.text("dd"), strict=True))
    terminal = figures(render_text(status))
    assert shown == {name: terminal[name] for name in shown}
    assert page.text("code") == [status.next.command]
    assert [text for text in page.text("td") if text.startswith(STATE_WORDS["late"])] == [
        "overdue",
        "overdue; decided: carry forward",
    ]
    assert "scc_eyfsp: columns: expected GLD; found <GLP>. Ask the supplier." in page.text("li")


def test_the_page_is_whole_accessible_and_asks_for_no_other_file():
    source = render_html(example())
    page = Page(source)
    assert source.startswith("<!doctype html>")
    assert page.named("html") == [{"lang": "en-GB"}]
    assert page.text("title") and page.named("main")
    headings = [int(tag[1]) for tag, _ in page.tags if re.fullmatch("h[1-6]", tag)]
    assert headings[0] == 1 and headings.count(1) == 1
    assert all(after - before <= 1 for before, after in itertools.pairwise(headings))
    # Every header cell says what it heads; the table has a caption that names its scrolling region.
    assert {cell["scope"] for cell in page.named("th")} == {"col", "row"}
    assert len(page.named("tr")) == 1 + 7
    region = next(item for item in page.named("div") if item.get("role") == "region")
    assert region["tabindex"] == "0"
    assert region["aria-labelledby"] == page.named("caption")[0]["id"]
    # Self-contained: no address, no script, nothing loaded.
    assert not page.named("script", "link", "img", "iframe")
    assert not re.search(r"https?:|url\(|@import|src=|href=", source)
    # Reflow: no width that a 320 pixel screen does not have, and the table scrolls inside its region.
    assert {"name": "viewport", "content": "width=device-width, initial-scale=1"} in page.named("meta")
    assert "overflow-x: auto" in source
    assert not [
        w for w in re.findall(r"(?<![\w-])(?:min-)?width: *([\d.]+)(px|rem)", source) if float(w[0]) > 10
    ]


def test_the_page_escapes_what_others_wrote():
    source = render_html(example(district="<b>L</b>", unmatched=("<script>x</script>",)))
    assert "<script>" not in source and "<b>" not in source
    assert "Synthetic &lt;sample&gt; shares" in source


def contrast(one: str, other: str) -> float:
    """Contrast ratio of two colours as WCAG 2 defines it."""

    def luminance(colour: str) -> float:
        digits = colour.lstrip("#")
        digits = "".join(c * 2 for c in digits) if len(digits) == 3 else digits
        parts = [int(digits[i : i + 2], 16) / 255 for i in (0, 2, 4)]
        linear = [p / 12.92 if p <= 0.04045 else ((p + 0.055) / 1.055) ** 2.4 for p in parts]
        return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]

    high, low = sorted((luminance(one), luminance(other)), reverse=True)
    return (high + 0.05) / (low + 0.05)


def test_colours_have_contrast_in_light_and_in_dark():
    assert contrast("#000", "#fff") == pytest.approx(21)
    schemes = re.findall(
        r"--ink: (\S+); --paper: (\S+); --line: (\S+); --mark: (\S+);", render_html(example())
    )
    assert len(schemes) == 2
    for ink, paper, line, mark in schemes:
        assert contrast(ink, paper) >= 7
        assert contrast(mark, paper) >= 4.5
        assert contrast(line, paper) >= 3


def test_the_same_status_gives_the_same_page():
    assert render_html(example()) == render_html(example())
