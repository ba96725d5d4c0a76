"""The one place that says how the text of a raw cell becomes a value: DuckDB expressions.

Belongs here: text -> (value, status, low, high) for each contract type, and the dbt macro file made
from the catalogue so that staging uses the same text. Does not belong here: reading files, or rules
over several cells (`checks`).
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from spi_orchestration.catalogue import (
    LAYOUT_EDITIONS,
    NUMBER_TYPES,
    YEAR_TYPES,
    Catalogue,
    Column,
    Dataset,
    Mark,
)

__all__ = ["Typed", "literal", "macro_text", "quoted", "render", "render_dataset", "text_of", "write_macros"]


def literal(text: str) -> str:
    """A DuckDB string literal."""
    return "'" + text.replace("'", "''") + "'"


def quoted(name: str) -> str:
    """A DuckDB identifier."""
    return '"' + name.replace('"', '""') + '"'


@dataclass(frozen=True)
class Typed:
    """DuckDB expressions over one raw column.

    Attributes:
        value: typed value; null unless the status is `observed`.
        status: `observed`, `missing` (blank), a mark's status, or `invalid` (text that is no value).
        low, high: bounds of the number the cell can stand for; equal to the value when observed.
            Null for types that are not numbers.
    """

    value: str
    status: str
    low: str
    high: str


def _number(text: str, column: Column) -> str:
    expression = text
    if column.thousands:
        expression = f"replace({expression}, {literal(column.thousands)}, '')"
    if column.type == "percent":
        expression = f"rtrim(rtrim({expression}, '%'))"
    # A minus sign re-encoded by a word processor is still a minus sign.
    expression = f"replace({expression}, '−', '-')"
    shape = r"[+-]?(\d+(\.\d*)?|\.\d+)([eE][+-]?\d+)?"
    cast = f"case when regexp_full_match({expression}, '{shape}') then try_cast({expression} as double) end"
    if column.type == "integer":
        return f"(case when ({cast}) = trunc({cast}) then {cast} end)"
    return f"({cast})"


def _date(text: str, column: Column) -> str:
    tries = []
    for form in column.formats:
        if form == "excel":
            # Serial day numbers count from 1899-12-30 (the 1900 leap-year fault included).
            tries.append(
                f"case when regexp_full_match({text}, '\\d{{5}}(\\.\\d+)?') "
                f"then date '1899-12-30' + cast(floor(cast({text} as double)) as integer) end"
            )
        elif form == "iso":
            tries.append(f"try_cast(left({text}, 10) as date)")
        else:
            tries.append(f"try_strptime({text}, {literal(form)})::date")
    return tries[0] if len(tries) == 1 else f"coalesce({', '.join(tries)})"


def _split_year(text: str) -> str:
    """`2025/26`, `2025-26`, `202526`, `2025/2026` -> 2026; anything else null."""
    first = f"try_cast(left({text}, 4) as integer)"
    shape = f"regexp_full_match({text}, '\\d{{4}}[/-]?(\\d{{2}}|\\d{{4}})')"
    tail = f"try_cast(right({text}, 2) as integer)"
    return f"(case when {shape} and {tail} = ({first} + 1) % 100 then {first} + 1 end)"


def _value(text: str, column: Column) -> str:
    if column.type in NUMBER_TYPES:
        return _number(text, column)
    if column.type in {"academic_year", "financial_year"}:
        return _split_year(text)
    if column.type == "year":
        return f"(case when regexp_full_match({text}, '\\d{{4}}') then cast({text} as integer) end)"
    if column.type == "date":
        return f"({_date(text, column)})"
    if column.type == "month":
        return f"(date_trunc('month', {_date(text, column)})::date)"
    if column.type == "postcode":
        squeezed = f"regexp_replace(upper({text}), '[^A-Z0-9]', '', 'g')"
        shape = "[A-Z]{1,2}[0-9][A-Z0-9]?[0-9][A-Z]{2}"
        return f"(case when regexp_full_match({squeezed}, '{shape}') then {squeezed} end)"
    if column.type == "uprn":
        return f"(case when regexp_full_match({text}, '\\d{{1,12}}') then lpad({text}, 12, '0') end)"
    return text


def text_of(name: str) -> str:
    """The trimmed text of a raw cell as an expression; null when blank."""
    blanks = "' ' || chr(9) || chr(10) || chr(13) || chr(160)"
    return f"nullif(trim({quoted(name)}, {blanks}), '')"


def render(name: str, column: Column, marks: dict[str, Mark]) -> Typed:
    """Render the expressions of one contract column.

    Args:
        name: raw column name.
        column: its contract.
        marks: mark -> meaning, for number columns; the mark `""` is a blank cell, where the supplier
            says what a blank stands for.

    Returns:
        Expressions that can stand in any select over the raw table.
    """
    text = text_of(name)
    value = _value(text, column)
    if column.type in {"text", "code", "geometry"} and not marks:
        return Typed(value, f"case when {value} is null then 'missing' else 'observed' end", "null", "null")
    arms = [] if "" in marks else [f"when {text} is null then 'missing'"]
    lows, highs = [], []
    for mark, meaning in marks.items():
        found = f"{text} = {literal(mark)}" if mark else f"{text} is null"
        arms.append(f"when {found} then '{meaning.status}'")
        if meaning.low is not None:
            lows.append(f"when {found} then {meaning.low!r}")
            highs.append(f"when {found} then {meaning.high!r}")
    guarded = value
    written = [mark for mark in marks if mark]
    if written:
        known = ", ".join(literal(mark) for mark in written)
        guarded = f"case when {text} not in ({known}) then {value} end"
    arms.append(f"when {value} is null then 'invalid'")
    status = f"case {' '.join(arms)} else 'observed' end"
    if column.type not in NUMBER_TYPES:
        return Typed(guarded, status, "null", "null")
    low = f"case {' '.join(lows)} else {value} end" if lows else guarded
    high = f"case {' '.join(highs)} else {value} end" if highs else guarded
    return Typed(guarded, status, low, high)


def sql_type(column: Column) -> str:
    """The DuckDB type of a column's value."""
    if column.type in NUMBER_TYPES:
        return "double"
    if column.type in YEAR_TYPES:
        return "integer"
    if column.type in {"date", "month"}:
        return "date"
    return "varchar"


def render_dataset(dataset: Dataset, catalogue: Catalogue) -> list[str]:
    """Select items that type a whole raw table.

    Returns:
        For each contract column `x`: `x`; for number columns also `x_status`, `x_low` and `x_high`,
        for other types `x_status`.
    """
    items = []
    for name, column in dataset.columns.items():
        typed = render(name, column, catalogue.marks_of(column))
        items.append(f"{typed.value} as {quoted(name)}")
        items.append(f"{typed.status} as {quoted(name + '_status')}")
        if column.type in NUMBER_TYPES:
            items.append(f"{typed.low} as {quoted(name + '_low')}")
            items.append(f"{typed.high} as {quoted(name + '_high')}")
    return items


def _values(rows: list[list[object]]) -> str:
    def cell(value: object) -> str:
        if value is None:
            return "null"
        if isinstance(value, bool):
            return "true" if value else "false"
        return str(value) if isinstance(value, int | float) else literal(str(value))

    return ",\n".join("(" + ", ".join(cell(value) for value in row) + ")" for row in rows)


def _reference_year(dataset: Dataset) -> tuple[int | None, int | None]:
    """How far the reference year lies from the edition, or the fixed reference year."""
    refresh = dataset.contract.refresh
    if "{E" in refresh.end:
        return refresh.reference_year(2020) - 2020, None
    return None, refresh.reference_year(2020)


def _period_ending_2020(dataset: Dataset) -> tuple[str, str]:
    """The reference period moved to the one that ends in 2020, from which any other year follows."""
    start, end = dataset.contract.refresh.period(2020)
    years = 2020 - end.year
    return tuple(day.replace(year=day.year + years).isoformat() for day in (start, end))  # type: ignore[return-value]


def _dataset_rows(catalogue: Catalogue) -> list[list[object]]:
    rows: list[list[object]] = []
    for dataset in catalogue.datasets.values():
        contract = dataset.contract
        offset, fixed = _reference_year(dataset)
        rows.append(
            [
                dataset.id,
                contract.title,
                contract.role,
                " ".join(sorted(contract.profiles)),
                contract.theme,
                contract.owner_role,
                contract.sensitivity,
                contract.disclosure_rule,
                contract.refresh.cycle,
                contract.geography.level,
                contract.geography.method,
                float(contract.geography.snap_metres),
                contract.replaces,
                contract.published_as,
                offset,
                fixed,
                *_period_ending_2020(dataset),
            ]
        )
    return rows


def _supply_rows(catalogue: Catalogue) -> list[list[object]]:
    """Supplier and agreement of each dataset, a row for each range of editions in which they hold."""
    rows: list[list[object]] = []
    for dataset in catalogue.datasets.values():
        held: list[list[object]] = []
        for edition in LAYOUT_EDITIONS:
            supply = catalogue.supply(dataset, edition)
            who: list[object] = [
                supply.supplier_id,
                supply.supplier.title,
                supply.agreement.title,
                supply.agreement.attribution,
            ]
            if held and held[-1][3:] == who:
                held[-1][2] = edition
            else:
                held.append([dataset.id, edition, edition, *who])
        held[0][1], held[-1][2] = 0, 9999
        rows += held
    return rows


def _measure_rows(catalogue: Catalogue) -> list[list[object]]:
    return [
        [dataset.id, name, measure.kind, measure.unit, measure.weight, measure.absent, measure.description]
        for dataset in catalogue.datasets.values()
        for name, measure in dataset.contract.measures.items()
    ]


_DATASET_COLUMNS = (
    "dataset, title, role, profiles, theme, owner_role, sensitivity, "
    "disclosure_rule, cycle, geography_level, method, snap_metres, replaces, published_as, year_offset, fixed_year, start_2020, end_2020"
)
_SUPPLY_COLUMNS = "dataset, first_edition, last_edition, supplier, supplier_title, agreement, attribution"
_MEASURE_COLUMNS = "dataset, measure, kind, unit, weight, absent, description"


def macro_text(catalogue: Catalogue) -> str:
    """The dbt macros made from the catalogue.

    Returns:
        Text of one macro file: `typed_columns(dataset)`, `measured_datasets()` (ids whose staging model
        gives observations), `catalogue_datasets()`, `catalogue_supply()` and `catalogue_measures()` (select
        statements).
    """
    lines = [
        "{# Made from sources.yml by spi_orchestration.typing_sql; do not edit. #}",
        "{% macro typed_columns(dataset) %}",
        "{% set items = {",
    ]
    for dataset in catalogue.datasets.values():
        body = ",\n".join(render_dataset(dataset, catalogue))
        lines.append(f"'{dataset.id}': " + repr(body) + ",")
    lines += ["} %}", "{{ items[dataset] }}", "{% endmacro %}", ""]
    measured = [d.id for d in catalogue.datasets.values() if d.contract.measures]
    lines += [f"{{% macro measured_datasets() %}}{{{{ return({measured!r}) }}}}{{% endmacro %}}", ""]
    for name, columns, rows in (
        ("catalogue_datasets", _DATASET_COLUMNS, _dataset_rows(catalogue)),
        ("catalogue_supply", _SUPPLY_COLUMNS, _supply_rows(catalogue)),
        ("catalogue_measures", _MEASURE_COLUMNS, _measure_rows(catalogue)),
    ):
        lines += [
            f"{{% macro {name}() %}}",
            "{% raw %}",
            f"select {columns} from (values",
            _values(rows),
            f") as t ({columns})",
            "{% endraw %}",
            "{% endmacro %}",
            "",
        ]
    return "\n".join(lines)


def write_macros(catalogue: Catalogue, target: Path) -> bool:
    """Write the dbt macro file made from the catalogue.

    Args:
        catalogue: all datasets.
        target: macro file; made together with its folder, and left alone when already right.

    Returns:
        Whether the file changed.
    """
    text = macro_text(catalogue)
    if target.is_file() and target.read_text(encoding="utf-8") == text:
        return False
    target.parent.mkdir(parents=True, exist_ok=True)
    target.write_text(text, encoding="utf-8", newline="\n")
    return True
