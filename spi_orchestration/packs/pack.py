"""A supplier's pack: one zip with everything needed to send an edition's deliveries.

Belongs here: what a pack holds and how it is laid out. Does not belong here: blank files (`blank.py`), or the
words for types, marks and rules (`plain_words.py`).
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import Any

from spi_orchestration.catalogue import Catalogue, CatalogueError, Dataset, Shares, fill_template
from spi_orchestration.checks.registry import checks_of
from spi_orchestration.dictionary.files import csv_bytes, workbook
from spi_orchestration.dictionary.tables import Cell, Dictionary, Table, dataset_tables
from spi_orchestration.packs.blank import blank_files, why_none
from spi_orchestration.plain_words import (
    SENSITIVITY_WORDS,
    due_words,
    format_words,
    mark_phrase,
    period_words,
    rule_words,
)
from spi_orchestration.sample.writers.archive import packed
from spi_orchestration.templating import templates_beside

__all__ = ["Pack", "make_pack"]


@dataclass(frozen=True)
class Pack:
    """A supplier's pack.

    Attributes:
        name: file name that fits it.
        content: the zip.
        templates: blank files in it, by dataset.
        explained: datasets without one, and why.
    """

    name: str
    content: bytes
    templates: dict[str, tuple[str, ...]]
    explained: dict[str, str]


def _due_table(datasets: list[Dataset], edition: int) -> Table:
    rows: list[tuple[Cell, ...]] = []
    for dataset in sorted(datasets, key=lambda d: (d.due_date(edition) or dt.date.max, d.id)):
        due = dataset.due_date(edition)
        rows.append(
            (
                due.isoformat() if due else None,
                dataset.id,
                dataset.contract.title,
                due_words(dataset, edition),
                period_words(dataset, edition),
                dataset.contract.owner_role,
            )
        )
    return Table(
        "due_dates",
        "Due dates",
        "One row a dataset, the next due first.",
        (
            ("due", "Day it is due; blank where none falls in this edition."),
            ("dataset", "Id of the dataset."),
            ("title", "Name for people."),
            ("due_in_words", "When it is due."),
            ("period", "Period that it describes."),
            ("owner_role", "Who answers for it in the council: a role."),
        ),
        tuple(rows),
    )


def _entry(catalogue: Catalogue, dataset: Dataset, edition: int, national: bool) -> dict[str, Any]:
    """What the page tells of one dataset."""
    contract = dataset.contract
    layout = dataset.layout(edition) if dataset.has_layout(edition) else None
    agreement = catalogue.supply(dataset, edition).agreement
    reason = why_none(dataset, edition, national=national)
    blanks = [] if reason else blank_files(dataset, edition)
    rules = {rule.id: rule_words(rule) for rule in contract.rules}
    # Rules of the contract say themselves what a failure means.
    checks = [check for check in checks_of(dataset, national=national) if check.id not in rules]
    return {
        "id": dataset.id,
        "title": contract.title,
        "description": dataset.description,
        "owner": contract.owner_role,
        "due": due_words(dataset, edition),
        "period": period_words(dataset, edition),
        "one_row_is": contract.grain.removeprefix("one row "),
        "key": ", ".join(contract.key),
        "rows": contract.rows,
        "files": [fill_template(name, edition) for name in layout.files] if layout else [],
        "format": format_words(layout) if layout else None,
        "sheet": layout.sheet if layout else None,
        "header_row": layout.header_row
        if layout and layout.format in {"csv", "xlsx", "ods", "xls"}
        else None,
        "keep": layout.keep if layout else None,
        "geography": f"{contract.geography.level}, {contract.geography.vintage}",
        "sensitivity": SENSITIVITY_WORDS[contract.sensitivity],
        "agreement": agreement,
        "disclosure": catalogue.disclosure[contract.disclosure_rule],
        "stops": [check.title for check in checks if check.grade == "stop"],
        "recorded": [check.title for check in checks if check.grade != "stop"],
        "rules": list(rules.values()),
        "notes": list(contract.notes),
        "why_none": reason,
        "blanks": blanks,
        "national": national,
    }


def make_pack(catalogue: Catalogue, shares: Shares, supplier: str, edition: int) -> Pack:
    """Put a supplier's pack together.

    The same catalogue and shares file give the same bytes.

    Args:
        catalogue: all datasets.
        shares: where the supplier leaves its files.
        supplier: supplier id.
        edition: edition that is asked for.

    Raises:
        CatalogueError: unknown supplier, or one that sends nothing.
    """
    who = catalogue.supplier(supplier)
    datasets = catalogue.sent_by(supplier, edition)
    if not datasets:
        raise CatalogueError(f"{who.title} ({supplier}) sends nothing in edition {edition}")
    national = who.kind == "national"
    entries = [_entry(catalogue, dataset, edition, national) for dataset in datasets]
    due = _due_table(datasets, edition)
    tables = dataset_tables(catalogue, datasets, edition)
    columns: dict[Cell, list[dict[str, Cell]]] = {}
    for record in tables[1].records():
        columns.setdefault(record["dataset"], []).append(record)
    dictionary = Dictionary(
        title=f"Datasets of {who.title}", edition=edition, synthetic=shares.synthetic, tables=(due, *tables)
    )
    used = {c.marks for dataset in datasets for c in dataset.columns.values() if c.marks}
    marks = {
        name: [mark_phrase(text, mark) for text, mark in catalogue.marks[name].items()]
        for name in sorted(used)
        if catalogue.marks[name]
    }
    page = _page(
        catalogue=catalogue,
        shares=shares,
        supplier=who,
        supplier_id=supplier,
        edition=edition,
        folder=shares.folders.get(supplier),
        national=national,
        due=due.records(),
        entries=entries,
        columns=columns,
        marks=marks,
    )
    about = [
        f"Asked for by {catalogue.district.council}, edition {edition}.",
        "The page read-me.html says how to fill in, check and send the files.",
        "The sheet Contents lists and links all sheets; the sheet Notes says what each column holds.",
    ]
    members = [
        ("read-me.html", page.encode("utf-8")),
        ("dictionary.xlsx", workbook(dictionary, about)),
        ("due_dates.csv", csv_bytes(due)),
    ]
    templates: dict[str, tuple[str, ...]] = {}
    explained: dict[str, str] = {}
    for entry in entries:
        if entry["why_none"]:
            explained[entry["id"]] = entry["why_none"]
            continue
        templates[entry["id"]] = tuple(f"templates/{blank.name}" for blank in entry["blanks"])
        members += [(f"templates/{blank.name}", blank.content) for blank in entry["blanks"]]
    return Pack(f"pack-{supplier}-{edition}.zip", packed(members), templates, explained)


def _page(**content: Any) -> str:
    environment = templates_beside(__file__)
    return environment.get_template("pack.html").render(**content)
