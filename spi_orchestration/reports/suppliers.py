"""One page a supplier: what came, what failed in plain words, and what is asked of whom.

Belongs here: the pages of one run, as HTML and Markdown. Does not belong here: counting (`quality.py`), or
sending anything to anybody.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from spi_orchestration.catalogue import Catalogue
from spi_orchestration.checks.gate import GateResult
from spi_orchestration.checks.registry import CHECKS, checks_of
from spi_orchestration.findings import GRADE_WORDS
from spi_orchestration.reports.pages import render, write_page
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
        page["datasets"].append(_dataset(settings, catalogue, item))
    return [pages[key] for key in sorted(pages)]


def _dataset(settings: Settings, catalogue: Catalogue, item: DatasetQuality) -> dict[str, Any]:
    dataset = catalogue[item.dataset]
    outcome = item.outcome
    titles = {check.id: check.title for check in CHECKS.values()}
    titles |= {check.id: check.title for check in checks_of(dataset, national=False)}
    due = item.now.punctuality.due
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
                "title": titles.get(finding.check, finding.check),
                "grade": finding.grade,
                "grade_words": GRADE_WORDS[finding.grade],
                "file": finding.file,
                "column": finding.column,
                "rows": list(finding.rows),
                "count": finding.count,
                "expected": finding.expected,
                "found": finding.found,
                "remedy": finding.remedy,
                "examples": examples(settings, dataset, outcome.assessment, finding),
            }
            for finding in outcome.findings
        ],
    }


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
        "| Dataset | Outcome | In time | " + " | ".join(DIMENSIONS) + " | Owner | To do |",
        "| --- | --- | --- | " + " | ".join("---" for _ in DIMENSIONS) + " | --- | --- |",
    ]
    for item in page["datasets"]:
        cells = [
            f"{item['title']} (`{item['dataset']}`)",
            item["outcome_words"],
            item["punctuality"],
            *(one["words"] + (f" ({one['trend']})" if one["trend"] else "") for one in item["dimensions"]),
            item["owner_role"],
            item["action"] or "nothing",
        ]
        lines.append("| " + " | ".join(str(cell).replace("|", "\\|") for cell in cells) + " |")
    for item in page["datasets"]:
        if not item["findings"]:
            continue
        lines += ["", f"## {item['title']} (`{item['dataset']}`)", ""]
        for finding in item["findings"]:
            place = ", ".join(str(part) for part in (finding["file"], finding["column"]) if part)
            lines += [
                f"- **{finding['title']}** ({finding['grade_words']})" + (f": {place}" if place else ""),
                f"  - expected: {finding['expected']}",
                f"  - found: {finding['found']}",
                f"  - what to do: {finding['remedy']}",
            ]
            if finding["examples"]:
                lines += [
                    f"  - row {row[0]}: "
                    + "; ".join(
                        f"{name} {cell!r}"
                        for name, cell in zip(finding["examples"]["columns"], row[1:], strict=True)
                    )
                    for row in finding["examples"]["rows"]
                ]
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
