"""The dictionary as plain tables.

Belongs here: which tables the dictionary has, their columns, and their rows from catalogue, framework seeds
and dbt's manifest. Does not belong here: files and pages (`files.py`, `page.py`).
"""

from __future__ import annotations

import csv
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from spi_orchestration.catalogue import Catalogue, Dataset, Locator, fill_template
from spi_orchestration.checks.registry import checks_of
from spi_orchestration.plain_words import (
    METHOD_WORDS,
    SENSITIVITY_WORDS,
    due_words,
    format_words,
    limit_words,
    mark_words,
    period_words,
    rule_words,
    type_words,
)

__all__ = ["Cell", "Dictionary", "Table", "dataset_tables", "found_at", "gather", "mart_types"]

Cell = str | int | float | None


@dataclass(frozen=True)
class Table:
    """One table of the dictionary.

    Attributes:
        name: of its file and sheet.
        title: for people.
        note: what one row is.
        columns: (heading, what it holds).
        rows: cells in the order of the columns.
    """

    name: str
    title: str
    note: str
    columns: tuple[tuple[str, str], ...]
    rows: tuple[tuple[Cell, ...], ...]

    def records(self) -> list[dict[str, Cell]]:
        """Rows by heading."""
        names = [name for name, _ in self.columns]
        return [dict(zip(names, row, strict=True)) for row in self.rows]


@dataclass(frozen=True)
class Dictionary:
    """The dictionary of one edition.

    Attributes:
        title: for people.
        edition: edition that files, periods and due dates are told for.
        synthetic: the shares in use hold made-up deliveries.
        tables: in order of reading.
    """

    title: str
    edition: int
    synthetic: bool
    tables: tuple[Table, ...]

    def table(self, name: str) -> Table:
        """One table by name."""
        return next(table for table in self.tables if table.name == name)


_DATASET_COLUMNS = (
    ("dataset", "Id of the dataset."),
    ("title", "Name for people."),
    ("description", "What it is."),
    (
        "role",
        "outcome feeds indicators, reference places or weighs others, comparison is only compared with.",
    ),
    ("theme", "Theme it belongs to."),
    ("supplier", "Id of the supplier."),
    ("supplier_name", "Name of the supplier."),
    ("contact_role", "Whom to ask at the supplier or about it: a role."),
    ("owner_role", "Who answers for it in the council: a role."),
    ("agreement", "Licence or agreement under which it is held."),
    ("agreement_ends", "Last day of the agreement, where it ends."),
    ("may_publish", "What may be published from it."),
    ("retention", "How long landed files are kept."),
    ("attribution", "Words that the licence asks for."),
    ("sensitivity", "How it has to be handled."),
    ("disclosure_rule", "Rule of statistical disclosure control, by id."),
    ("disclosure", "That rule in words."),
    ("profiles", "Runs that use it: full, open or both."),
    ("one_row_is", "What one row is."),
    ("key", "Columns that identify a row."),
    ("fewest_rows", "Fewest rows that a delivery may have."),
    ("most_rows", "Most rows that a delivery may have."),
    ("cycle", "annual, static (serves until replaced) or event."),
    ("due", "When the edition's delivery is due."),
    ("period", "Period that the edition's delivery describes."),
    ("files", "Names of its files below the supplier's folder."),
    ("format", "Family, encoding and delimiter of the files."),
    ("geography", "Geography as supplied."),
    ("vintage", "Boundaries that its codes belong to."),
    ("way_to_ward", "How it reaches the wards."),
    ("replaces", "What a later delivery replaces: the periods it holds, or the areas of those periods."),
    ("notes", "What one would trip over."),
)


def _dataset_row(catalogue: Catalogue, dataset: Dataset, edition: int) -> tuple[Cell, ...]:
    contract = dataset.contract
    supply = catalogue.supply(dataset, edition)
    supplier, agreement = supply.supplier, supply.agreement
    rule = catalogue.disclosure[contract.disclosure_rule]
    layout = dataset.layout(edition) if dataset.has_layout(edition) else None
    geography = layout.geography if layout is not None and layout.geography else contract.geography
    return (
        dataset.id,
        contract.title,
        dataset.description,
        contract.role,
        contract.theme,
        supply.supplier_id,
        supplier.title,
        supplier.contact_role,
        contract.owner_role,
        agreement.title,
        agreement.expires.isoformat() if agreement.expires else None,
        agreement.permitted_outputs,
        agreement.retention,
        agreement.attribution,
        SENSITIVITY_WORDS[contract.sensitivity],
        contract.disclosure_rule,
        f"{rule.title}. {rule.description}",
        ", ".join(contract.profiles),
        contract.grain.removeprefix("one row "),
        ", ".join(contract.key) or None,
        contract.rows[0],
        contract.rows[1],
        contract.refresh.cycle,
        due_words(dataset, edition),
        period_words(dataset, edition),
        "; ".join(fill_template(name, edition) for name in layout.files) if layout else "none expected",
        format_words(layout) if layout else None,
        contract.geography.level,
        geography.vintage,
        METHOD_WORDS[geography.method],
        contract.replaces,
        " ".join(contract.notes) or None,
    )


_COLUMN_COLUMNS = (
    ("dataset", "Id of the dataset."),
    ("position", "Order of the column in the dataset."),
    ("column", "Name of the column in raw and staging."),
    ("in_the_file", "Where the edition's files have it."),
    ("description", "What it is."),
    ("type", "What a cell holds, with the date formats accepted."),
    ("marks", "Marks that may stand in place of a number, and what they mean."),
    ("rules", "What every cell must fulfil."),
    ("key", "yes, where it is part of the key."),
    ("about_people", "yes, where a value can single out a person; it is never shown, logged or quoted."),
)


def found_at(locator: Locator | None) -> str | None:
    """Where a layout finds a column, in words; None where it has none."""
    if locator is None:
        return None
    text = {
        "header": f"heading '{locator.header}'",
        "pattern": f"heading like /{locator.pattern}/",
        "position": f"column {locator.position}",
        "constant": f"always '{locator.constant}'",
        "file": "the file's name",
        "sheet": "the sheet's name",
        "path": f"{locator.path}",
    }
    (way,) = [way for way in text if getattr(locator, way) is not None]
    return text[way] + (f", number {locator.occurrence} of that name" if locator.occurrence > 1 else "")


def _column_rows(catalogue: Catalogue, dataset: Dataset, edition: int) -> list[tuple[Cell, ...]]:
    layout = dataset.layout(edition) if dataset.has_layout(edition) else None
    turned = {layout.unpivot.name_column, *layout.unpivot.values} if layout and layout.unpivot else set()
    rows: list[tuple[Cell, ...]] = []
    for position, (name, column) in enumerate(dataset.columns.items(), 1):
        place = found_at(layout.columns.get(name)) if layout else None
        if name in turned:
            place = "wide columns turned to rows"
        rows.append(
            (
                dataset.id,
                position,
                name,
                place or "not in these files",
                dataset.descriptions[name],
                type_words(column),
                "; ".join(mark_words(catalogue, column)) or None,
                "; ".join(rule for rule in limit_words(column) if not rule.startswith("about a person"))
                or None,
                "yes" if name in dataset.contract.key else None,
                "yes" if column.personal else None,
            )
        )
    return rows


_RULE_COLUMNS = (
    ("dataset", "Id of the dataset."),
    ("check", "Id of the check, the same in reports and in Dagster."),
    ("asserts", "What is asserted."),
    ("failing", "What a failure means: it stops the dataset, or is recorded on the release."),
    ("may_be_waived", "yes, where a signed decision can accept a delivery that fails it."),
)


def _rule_rows(catalogue: Catalogue, dataset: Dataset, edition: int) -> list[tuple[Cell, ...]]:
    national = catalogue.supply(dataset, edition).supplier.kind == "national"
    rules = {rule.id: rule_words(rule) for rule in dataset.contract.rules}
    return [
        (
            dataset.id,
            check.id,
            rules.get(check.id, check.title),
            "stops the dataset" if check.grade == "stop" else "recorded",
            "yes" if check.kind.waivable else "no",
        )
        for check in checks_of(dataset, national=national)
    ]


def dataset_tables(catalogue: Catalogue, datasets: Sequence[Dataset], edition: int) -> list[Table]:
    """The tables on datasets: datasets, columns, checks, measures and layouts.

    Args:
        catalogue: all datasets, and what they refer to.
        datasets: those to be told of.
        edition: edition that files, periods and due dates are told for.
    """
    measures: list[tuple[Cell, ...]] = [
        (d.id, name, m.kind, m.unit, m.weight if m.kind == "level" else None, m.absent, m.description)
        for d in datasets
        for name, m in d.contract.measures.items()
    ]
    layouts: list[tuple[Cell, ...]] = []
    for d in datasets:
        for layout in d.contract.layouts:
            first, last = layout.editions or (None, None)
            layouts.append(
                (
                    d.id,
                    layout.id,
                    "only where a shares file names it"
                    if not layout.editions
                    else f"{first or 'the first'} to {last or 'the latest'}",
                    "; ".join(layout.files) or None,
                    format_words(layout),
                    layout.sheet,
                    layout.header_row,
                    layout.coverage.label if layout.coverage else None,
                    layout.method_break,
                )
            )
    return [
        Table(
            "datasets",
            "Datasets",
            "One row a dataset.",
            _DATASET_COLUMNS,
            tuple(_dataset_row(catalogue, dataset, edition) for dataset in datasets),
        ),
        Table(
            "columns",
            "Columns of the datasets",
            "One row a column.",
            _COLUMN_COLUMNS,
            tuple(row for dataset in datasets for row in _column_rows(catalogue, dataset, edition)),
        ),
        Table(
            "checks",
            "Checks on deliveries",
            "One row a check of a dataset.",
            _RULE_COLUMNS,
            tuple(row for dataset in datasets for row in _rule_rows(catalogue, dataset, edition)),
        ),
        Table(
            "measures",
            "Measures taken from the datasets",
            "One row a measure.",
            (
                ("dataset", "Id of the dataset."),
                ("measure", "Id of the measure."),
                (
                    "kind",
                    "events (a flow), count (at a time or in a cohort) or level (a rate without counts).",
                ),
                ("unit", "What is counted or measured."),
                ("weight", "How levels are averaged: by population, or each row equally."),
                ("absent", "What a missing row means: zero or missing."),
                ("description", "What it is."),
            ),
            tuple(measures),
        ),
        Table(
            "layouts",
            "Layouts of the files over the editions",
            "One row a layout of a dataset.",
            (
                ("dataset", "Id of the dataset."),
                ("layout", "Id of the layout."),
                ("editions", "Editions that it serves."),
                ("files", "Patterns of its files' names; {E} stands for the edition."),
                ("format", "Family, encoding and delimiter."),
                ("sheet", "Sheet of a workbook; * stands for any text."),
                ("header_row", "Row in which the headings stand."),
                ("covers", "What part of the period it covers, where not all."),
                ("break", "What changed against the layout before it."),
            ),
            tuple(layouts),
        ),
    ]


_INDICATOR_COLUMNS = (
    ("profile", "full or open."),
    ("indicator", "Id of the indicator."),
    ("name", "Name for people."),
    ("definition", "What it is."),
    ("dimension", "Dimension of the index."),
    ("component", "Component of the dimension."),
    ("unit", "Unit of the value."),
    ("decimals", "Decimals shown."),
    ("polarity", "Which direction is better: higher or lower."),
    ("estimator", "How value and uncertainty are formed."),
    ("numerator", "Dataset and measure of the numerator, or of the published value."),
    ("denominator", "Dataset and measure of the denominator."),
    ("multiplier", "What the ratio is multiplied by."),
    ("pooling_years", "Years pooled, fixed by the method version."),
    ("class", "outcome, perception, coverage, exposure, uptake or recorded_demand."),
    ("cluster", "Overlap cluster; its members share one weight."),
    ("granularity", "How local the value is: a fact of the ward, apportioned, or modelled."),
    ("scored", "true: counts in the index; false: context only."),
    ("weight", "Weight within its component."),
    ("disclosure_rule", "Rule of statistical disclosure control."),
    ("worst", "Value that scores 0."),
    ("best", "Value that scores 100."),
    ("basis", "Basis of the bounds."),
    ("basis_note", "Basis of the bounds in words."),
    ("signature", "signed, or awaiting the board's signature."),
    ("signed_role", "Role that signed."),
    ("signed_on", "Day of the signature."),
    ("hiap_lead", "Service that leads in Health in All Policies."),
    ("local_plan_topic", "Topic of the Local Plan."),
    ("lichfield_2050", "Priority of the 2050 strategy."),
    ("owner_role", "Role that answers for it."),
    ("justification", "Why it measures the component."),
)


def _seed(path: Path) -> list[dict[str, str]]:
    if not path.is_file():
        return []
    with path.open(encoding="utf-8-sig", newline="") as stream:
        return list(csv.DictReader(stream))


def _number(text: str | None) -> Cell:
    """A seed's cell as a number, where it is one."""
    if not text:
        return None
    try:
        value = float(text)
    except ValueError:
        return text
    return int(value) if value == int(value) and "." not in text else value


def _measure(row: Mapping[str, str], part: str) -> str | None:
    dataset, measure = row.get(f"{part}_dataset"), row.get(f"{part}_measure")
    return f"{dataset}: {measure}" if dataset else None


def _indicators(seeds: Path) -> Table:
    components = {row["component"]: row for row in _seed(seeds / "component.csv")}
    dimensions = {row["dimension"]: row["name"] for row in _seed(seeds / "dimension.csv")}
    as_they_are = (
        *("unit", "decimals", "polarity", "estimator"),
        *("multiplier", "pooling_years", "class", "cluster", "granularity", "scored", "weight"),
        *(
            "disclosure_rule",
            "hiap_lead",
            "local_plan_topic",
            "lichfield_2050",
            "owner_role",
            "justification",
        ),
    )
    numbers = {"decimals", "multiplier", "pooling_years", "weight"}
    rows = []
    for profile in ("full", "open"):
        bounds = {row["indicator"]: row for row in _seed(seeds / f"{profile}_bounds.csv")}
        for row in _seed(seeds / f"{profile}_indicator.csv"):
            component = components.get(row["component"], {})
            bound = bounds.get(row["indicator"], {})
            told: dict[str, Cell] = {
                name: _number(row.get(name)) if name in numbers else row.get(name) or None
                for name in as_they_are
            }
            told |= {
                "profile": profile,
                "indicator": row["indicator"],
                "name": row["name"],
                "definition": row["description"],
                "dimension": dimensions.get(component.get("dimension", "")),
                "component": component.get("name", row["component"]),
                "numerator": _measure(row, "numerator"),
                "denominator": _measure(row, "denominator"),
                "worst": _number(bound.get("worst")),
                "best": _number(bound.get("best")),
                "basis": bound.get("basis") or None,
                "basis_note": bound.get("basis_note") or None,
                "signature": bound.get("status") or None,
                "signed_role": bound.get("signed_role") or None,
                "signed_on": bound.get("signed_on") or None,
            }
            rows.append(tuple(told[name] for name, _ in _INDICATOR_COLUMNS))
    return Table(
        "indicators", "Indicators", "One row an indicator of a profile.", _INDICATOR_COLUMNS, tuple(rows)
    )


def mart_types(manifest: Mapping[str, Any] | None) -> dict[tuple[str, str], str]:
    """(table, column) -> published type, from the manifest of a release or draft."""
    if manifest is None:
        return {}
    return {
        (table["name"], column["name"]): column["type"]
        for table in manifest["tables"]
        for column in table["columns"]
    }


def _marts(dbt: Mapping[str, Any], types: Mapping[tuple[str, str], str]) -> list[Table]:
    nodes = [
        node
        for node in dbt["nodes"].values()
        if node["resource_type"] == "model" and node["fqn"][1:3] == ["marts", "public"]
    ]
    nodes.sort(key=lambda node: node["name"])
    columns: list[tuple[Cell, ...]] = [
        (
            node["name"],
            position,
            name,
            types.get((node["name"], name)) or column.get("data_type"),
            column["description"].strip(),
        )
        for node in nodes
        for position, (name, column) in enumerate(node["columns"].items(), 1)
    ]
    return [
        Table(
            "published_tables",
            "Published tables",
            "One row a table of a release.",
            (
                ("table", "Name of the table."),
                ("description", "What it holds."),
                ("columns", "Number of columns."),
            ),
            tuple((node["name"], node["description"].strip(), len(node["columns"])) for node in nodes),
        ),
        Table(
            "published_columns",
            "Columns of the published tables",
            "One row a column of a published table.",
            (
                ("table", "Name of the table."),
                ("position", "Order of the column in its description."),
                ("column", "Name of the column."),
                ("type", "Type in Parquet; blank before the first release."),
                ("description", "What it is."),
            ),
            tuple(columns),
        ),
    ]


def gather(
    catalogue: Catalogue,
    seeds: Path,
    dbt: Mapping[str, Any],
    edition: int,
    *,
    synthetic: bool,
    types: Mapping[tuple[str, str], str],
) -> Dictionary:
    """Gather the dictionary of an edition.

    Args:
        catalogue: all datasets.
        seeds: folder of the framework seeds.
        dbt: dbt's manifest.
        edition: edition that files, periods and due dates are told for.
        synthetic: the shares in use hold made-up deliveries.
        types: published types by table and column; see `mart_types`.
    """
    suppliers: list[tuple[Cell, ...]] = [
        (
            name,
            supplier.title,
            supplier.kind,
            supplier.contact_role,
            len(catalogue.sent_by(name, edition)),
            supplier.closes.isoformat() if supplier.closes else None,
            supplier.successor,
        )
        for name, supplier in catalogue.suppliers.items()
    ]
    return Dictionary(
        title=f"Data dictionary of the Social Progress Index, {catalogue.district.name}",
        edition=edition,
        synthetic=synthetic,
        tables=(
            *dataset_tables(catalogue, list(catalogue.datasets.values()), edition),
            Table(
                "suppliers",
                "Suppliers",
                "One row a supplier.",
                (
                    ("supplier", "Id of the supplier."),
                    ("name", "Name for people."),
                    ("kind", "council, county or national."),
                    ("contact_role", "Whom to ask: a role."),
                    ("datasets", "Number of datasets it sends."),
                    ("closes", "Last day of the body, where it closes."),
                    ("successor", "Who takes its place."),
                ),
                tuple(suppliers),
            ),
            _indicators(seeds),
            *_marts(dbt, types),
        ),
    )
