"""The table of checks in docs/gate.md is the registry's; `python -m tests.checks.test_gate_page` rewrites it.

Belongs here: the page against registry and limits. Does not belong here: what a check does.
"""

from __future__ import annotations

from pathlib import Path

from spi_orchestration.catalogue import load_catalogue
from spi_orchestration.checks.registry import CHECKS
from spi_orchestration.findings import GRADE_WORDS
from spi_orchestration.settings import Settings

PAGE = Path(__file__).resolve().parents[2] / "docs" / "gate.md"
BEGIN, END = "<!-- checks: begin -->\n", "<!-- checks: end -->\n"
LIMITS_BEGIN, LIMITS_END = "<!-- limits: begin -->\n", "<!-- limits: end -->\n"


def checks_table() -> str:
    lines = [
        "| check | what is asserted | what a pass proves | grade | can be waived |",
        "|---|---|---|---|---|",
    ]
    lines += [
        f"| `{c.id}` | {c.title} | {c.proves} | {GRADE_WORDS[c.grade]} | {'yes' if c.waivable else 'no'} |"
        for c in CHECKS.values()
    ]
    return "\n".join(lines) + "\n"


def limits_table() -> str:
    def number(value: float | None) -> str:
        return "not used" if value is None else f"{value:g}"

    lines = ["| limit | expected | first | floor | static set | why |", "|---|---|---|---|---|---|"]
    for name, limit in load_catalogue(Settings.load()).limits.items():
        cells = (number(limit.first), number(limit.floor), number(limit.static))
        lines.append(f"| `{name}` | {limit.words} | {' | '.join(cells)} | {limit.reason} |")
    return "\n".join(lines) + "\n"


def filled(page: str) -> str:
    for begin, end, table in (
        (BEGIN, END, checks_table()),
        (LIMITS_BEGIN, LIMITS_END, limits_table()),
    ):
        head, _, rest = page.partition(begin)
        page = head + begin + table + end + rest.partition(end)[2]
    return page


def test_the_page_holds_every_check_and_limit() -> None:
    page = PAGE.read_text(encoding="utf-8")
    assert page == filled(page), "run python -m tests.checks.test_gate_page"


if __name__ == "__main__":
    PAGE.write_text(filled(PAGE.read_text(encoding="utf-8")), encoding="utf-8", newline="\n")
