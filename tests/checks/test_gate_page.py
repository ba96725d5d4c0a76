"""The table of checks in docs/gate.md is the registry's; `python -m tests.checks.test_gate_page` rewrites it.

Belongs here: the page against registry and limits. Does not belong here: what a check does.
"""

from __future__ import annotations

import re
from typing import Any

from spi_orchestration.assets.gate import CHECK as EDITION_PASSES
from spi_orchestration.assets.raw import ON_TIME
from spi_orchestration.catalogue import load_catalogue, load_yaml
from spi_orchestration.checks.index import GRADE_WORDS as INDEX_GRADES
from spi_orchestration.checks.index import INDEX_CHECKS
from spi_orchestration.checks.registry import EVERY_CHECK, TOOLS, Check
from spi_orchestration.findings import GRADE_WORDS
from spi_orchestration.settings import Settings
from tests.helpers.project import ROOT

PAGE = ROOT / "docs" / "gate.md"
BEGIN, END = "<!-- checks: begin -->\n", "<!-- checks: end -->\n"
LIMITS_BEGIN, LIMITS_END = "<!-- limits: begin -->\n", "<!-- limits: end -->\n"


def grade(check: Check) -> str:
    if check.stage == "index":
        return INDEX_GRADES[check.grade]
    if check.stage in {"model", "run"}:
        return "stops the run" if check.grade == "stop" else "recorded in the report"
    return GRADE_WORDS[check.grade]


def checks_table() -> str:
    lines = [
        "| check | what is asserted | what a pass proves | run by | grade | can be waived or accepted |",
        "|---|---|---|---|---|---|",
    ]
    lines += [
        f"| `{c.id}` | {c.title} | {c.proves} | {TOOLS[c.stage]} | {grade(c)} | {'yes' if c.waivable else 'no'} |"
        for c in EVERY_CHECK.values()
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


def test_one_list_names_every_check_once_whichever_tool_runs_it() -> None:
    ids = list(EVERY_CHECK)
    assert len(ids) == len(set(ids)) and all(check.id == name for name, check in EVERY_CHECK.items())
    by_stage = {stage: {c.id for c in EVERY_CHECK.values() if c.stage == stage} for stage in TOOLS}
    assert by_stage["index"] == set(INDEX_CHECKS)
    assert by_stage["run"] == {ON_TIME, EDITION_PASSES}
    used = {
        name
        for room in ("models", "seeds")
        for path in sorted((ROOT / "dbt_project" / room).rglob("*.yml"))
        for name in dbt_tests(load_yaml(path))
    }
    assert used <= by_stage["model"]
    # The generic tests of the project are all on the list, whether a model has one at the moment or not.
    generic = sorted((ROOT / "dbt_project/tests/generic").glob("*.sql"))
    own = [name for path in generic for name in re.findall(r"test (\w+)\(", path.read_text("utf-8"))]
    assert len(own) >= 12
    assert set(own) <= by_stage["model"]
    # A rule of a contract that took the name of some other check would give two checks one id.
    for dataset in load_catalogue(Settings.load()).datasets.values():
        for rule in dataset.contract.rules:
            assert rule.id == rule.kind or rule.id not in EVERY_CHECK, (dataset.id, rule.id)


def dbt_tests(node: Any) -> set[str]:
    """Names of the data tests anywhere in a file of dbt's."""
    found: set[str] = set()
    if isinstance(node, list):
        return found.union(*(dbt_tests(item) for item in node))
    if isinstance(node, dict):
        for key, value in node.items():
            if key == "data_tests" and isinstance(value, list):
                found |= {item if isinstance(item, str) else next(iter(item)) for item in value}
            elif key != "data_tests":
                found |= dbt_tests(value)
    return found


if __name__ == "__main__":
    PAGE.write_text(filled(PAGE.read_text(encoding="utf-8")), encoding="utf-8", newline="\n")
