"""One page a supplier: what came, what failed in plain words, and what is asked of whom.

Belongs here: the pages of one run, as HTML and Markdown. Does not belong here: counting (`quality.py`), or
sending anything to anybody.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from spi_orchestration.catalogue import Catalogue, Dataset
from spi_orchestration.checks.gate import GateResult
from spi_orchestration.checks.registry import CHECKS
from spi_orchestration.checks.report import example_lines
from spi_orchestration.findings import Finding
from spi_orchestration.reports.asking import kind_of, wish
from spi_orchestration.reports.pages import day_words, render, write_page
from spi_orchestration.reports.quality import DIMENSIONS, DatasetQuality, examples
from spi_orchestration.settings import Settings

__all__ = ["supplier_data", "write_supplier_pages"]


def supplier_data(
    settings: Settings, catalogue: Catalogue, result: GateResult, quality: Sequence[DatasetQuality]
) -> list[dict[str, Any]]:
    """What each supplier's page says, as plain data, in order of supplier id.

    Args:
        settings: where raw tables are.
        catalogue: all datasets.
        result: the gate's decision.
        quality: what `quality.quality_of` counted.
    """
    pages: dict[str, dict[str, Any]] = {}
    for item in quality:
        supplier = catalogue.suppliers[item.supplier]
        page = pages.setdefault(
            item.supplier,
            {
                "supplier": item.supplier,
                "title": supplier.title,
                "contact_role": supplier.contact_role,
                "edition": result.edition,
                "district": catalogue.district.name,
                "council": catalogue.district.council,
                "synthetic": result.synthetic,
                "datasets": [],
            },
        )
        page["datasets"].append(_dataset(settings, catalogue, item, national=supplier.kind == "national"))
    return [pages[key] for key in sorted(pages)]


def _dataset(
    settings: Settings, catalogue: Catalogue, item: DatasetQuality, *, national: bool
) -> dict[str, Any]:
    dataset = catalogue[item.dataset]
    outcome = item.outcome
    due = item.now.punctuality.due
    headings = _headings(dataset, outcome.assessment.layout)
    return {
        **item.as_dict(),
        "stopped": outcome.blocks,
        "sensitive": not dataset.contract.shows_values,
        "files": list(outcome.assessment.files),
        "rows": outcome.assessment.rows,
        "received": came.isoformat()
        if (came := item.now.punctuality.came)
        else (outcome.assessment.received_at or "")[:10] or None,
        "due": due.isoformat() if due else None,
        "decision": outcome.decision.model_dump(mode="json", exclude_none=True) if outcome.decision else None,
        "findings": [
            {
                "check": finding.check,
                "title": _title(dataset, finding),
                "grade": finding.grade,
                "grade_words": finding.grade_words,
                "verdict": finding.verdict,
                "file": finding.file,
                "column": headings.get(finding.column or "", finding.column),
                "rows": list(finding.rows),
                "count": finding.count,
                "expected": _under_headings(dataset, finding, headings),
                "found": finding.found,
                "wish": finding.remedy if national else wish(dataset, finding),
                "examples": _as_headed(examples(settings, dataset, outcome.assessment, finding), headings),
            }
            for finding in outcome.findings
        ],
    }


def _headings(dataset: Dataset, layout: str | None) -> dict[str, str]:
    """Contract column -> heading under which the supplier sends it, where the layout names one."""
    used = next((one for one in dataset.contract.layouts if one.id == layout), None)
    columns = used.columns.items() if used is not None else ()
    return {name: locator.header for name, locator in columns if locator.header is not None}


def _title(dataset: Dataset, finding: Finding) -> str:
    """What should be, without the contract's names of columns: the place is told beside it."""
    check = CHECKS.get(kind_of(dataset, finding.check))
    return check.title if check is not None else finding.check


#: Kinds of check of which the expectation is written with the contract's names of columns.
_NAMED = frozenset({"not_above", "sum_equals", "rate_equals", "filled", "key"})


def _under_headings(dataset: Dataset, finding: Finding, headings: dict[str, str]) -> str:
    """What is expected, with the supplier's own headings in place of the contract's names of columns."""
    if kind_of(dataset, finding.check) not in _NAMED or not headings:
        return finding.expected
    names = "|".join(sorted(map(re.escape, headings), key=len, reverse=True))
    return re.sub(rf"\b({names})\b", lambda match: headings[match.group(1)], finding.expected)


def _as_headed(shown: dict[str, Any] | None, headings: dict[str, str]) -> dict[str, Any] | None:
    """Example rows under the supplier's own headings."""
    if shown is None:
        return None
    return {**shown, "columns": [headings.get(name, name) for name in shown["columns"]]}


def _markdown(page: dict[str, Any]) -> str:
    lines = [
        f"# {page['title']}: deliveries of edition {page['edition']}",
        "",
        f"{page['council']}, for the {page['contact_role']}.",
        "",
    ]
    if page["synthetic"]:
        lines += ["**All deliveries are synthetic: made up to show the system, not real figures.**", ""]
    lines += [
        "| Dataset | Outcome | Due | Received | In time | Rows | "
        + " | ".join(DIMENSIONS)
        + " | Owner | To do |",
        "| --- | --- | --- | --- | --- | ---: | " + " | ".join("---" for _ in DIMENSIONS) + " | --- | --- |",
    ]
    for item in page["datasets"]:
        cells = [
            f"{item['title']} (`{item['dataset']}`)",
            item["outcome_words"],
            day_words(item["due"]),
            day_words(item["received"]),
            item["punctuality"],
            f"{item['rows']:,}" if item["rows"] else "–",
            *(one["words"] + (f" ({one['trend']})" if one["trend"] else "") for one in item["dimensions"]),
            item["owner_role"],
            item["asked"] or "nothing",
        ]
        lines.append("| " + " | ".join(str(cell).replace("|", "\\|") for cell in cells) + " |")
    for item in page["datasets"]:
        if not item["findings"]:
            continue
        lines += ["", f"## {item['title']} (`{item['dataset']}`)", ""]
        for finding in item["findings"]:
            rows = f"row {', '.join(map(str, finding['rows']))}" if finding["rows"] else None
            column = f"column {finding['column']}" if finding["column"] else None
            place = ", ".join(part for part in (finding["file"], column, rows) if part)
            lines += [
                f"- **{finding['verdict']}: {finding['title']}** ({finding['grade_words']})"
                + (f": {place}" if place else ""),
                f"  - expected: {finding['expected']}",
                f"  - found: {finding['found']}",
                f"  - what to do: {finding['wish']}",
            ]
            lines += example_lines(finding["examples"])
            if item["sensitive"] and finding["rows"]:
                lines.append(
                    "  - values of this dataset are never shown; the row numbers lead to them in your file"
                )
    return "\n".join(lines) + "\n"


def write_supplier_pages(folder: Path, pages: Sequence[dict[str, Any]]) -> list[Path]:
    """Write the pages of a run.

    Args:
        folder: folder of the run's report; the pages stand in `suppliers/` below it.
        pages: what `supplier_data` gathered.

    Returns:
        The HTML pages.
    """
    out = []
    for page in pages:
        path = folder / "suppliers" / f"{page['supplier']}.html"
        out.append(write_page(path, render("supplier.html", page=page, dimensions=DIMENSIONS)))
        write_page(path.with_suffix(".md"), _markdown(page))
    return out
