"""A delivery that has been read, judged by its contract: rules over rows reduced to counts in DuckDB.

Belongs here: computing every check of `registry.py` on a raw Parquet, the findings that say what is
wrong, and the repairs that layouts declare. Does not belong here: the verdict on the counts (`judge.py`,
by Great Expectations), or what a finding means for the edition (`gate.py`).
"""

from __future__ import annotations

import calendar
import datetime as dt
import re
import threading
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from spi_orchestration.catalogue import (
    NUMBER_TYPES,
    YEAR_TYPES,
    Catalogue,
    CatalogueError,
    Column,
    Dataset,
    Layout,
    Rule,
    fill_template,
)
from spi_orchestration.checks.change import Edition, surprises
from spi_orchestration.checks.places import Wards, folded
from spi_orchestration.checks.profile import Profile, profile_of
from spi_orchestration.checks.registry import DatasetCheck, checks_of, dated_column, tabled_areas
from spi_orchestration.findings import Finding, Grade
from spi_orchestration.typing_sql import literal, quoted, render, text_of

if TYPE_CHECKING:
    import duckdb

__all__ = [
    "Examination",
    "Reference",
    "connect",
    "examine",
    "profile_raw",
    "repaired_columns",
    "unexpected_columns",
]

#: Findings name the first rows, never all.
ROWS_NAMED = 5
VALUES_NAMED = 3
AREAS_NAMED = 8

_TYPE_WORDS = {
    "integer": "whole numbers",
    "number": "numbers",
    "percent": "percentages",
    "date": "dates",
    "month": "months",
    "year": "years of four digits",
    "academic_year": "academic years such as 2025/26",
    "financial_year": "financial years such as 2025/26",
    "postcode": "postcodes",
    "uprn": "property reference numbers",
}

_PERSONAL = re.compile(
    r"\b(e-? ?mail ?(addr(ess)?)?|nhs ?(no|num|number)?|date ?of ?birth|d ?o ?b|birth ?(date|day)|surname|forenames?"
    r"|(first|last|full|family|given|middle|maiden|preferred) ?names?|addr(ess)? ?(line)? ?\d?|(tele)?phone ?(no|num|number)?"
    r"|mobile ?(no|num|number)?|national ?insurance ?(no|num|number)?|ni ?(no|num|number)|nino)\b"
)


@dataclass(frozen=True)
class Reference:
    """A reference dataset's table, for rules that compare with it.

    Attributes:
        dataset: the reference dataset.
        raw: its raw Parquet.
    """

    dataset: Dataset
    raw: Path


@dataclass(frozen=True)
class Examination:
    """What a delivery's table shows, before anybody judges it.

    Attributes:
        rows: rows read.
        counts: check id -> violations; 0 for a check that found nothing.
        findings: one for each check and column that found something.
        repaired: rows that a repair of the layout mended.
        unjudged: control totals whose independent figure is not at hand.
        profile: its figures, for the comparison with later editions; kept in memory only.
    """

    rows: int
    counts: dict[str, int]
    findings: tuple[Finding, ...]
    repaired: int = 0
    profile: Profile | None = None
    unjudged: frozenset[str] = frozenset()

    @property
    def stops(self) -> frozenset[str]:
        """Checks that stop the dataset."""
        return frozenset(finding.check for finding in self.findings if finding.grade == "stop")


def connect(threads: int | None = None) -> duckdb.DuckDBPyConnection:
    """An in-memory DuckDB that fetches nothing."""
    import duckdb

    config: dict[str, Any] = {
        "autoinstall_known_extensions": "false",
        "autoload_known_extensions": "false",
    }
    if threads:
        config["threads"] = threads
    return duckdb.connect(":memory:", config=config)


_lock = threading.Lock()
_shared: list[duckdb.DuckDBPyConnection] = []


@contextmanager
def _workbench() -> Iterator[duckdb.DuckDBPyConnection]:
    """The one in-memory DuckDB that examines deliveries in turn; opening one for each would cost more."""
    with _lock:
        if not _shared:
            _shared.append(connect())
        connection = _shared[0]
        try:
            yield connection
        finally:
            for (name,) in connection.execute("select table_name from duckdb_tables()").fetchall():
                connection.execute(f"drop table {quoted(name)}")


def ward_of(name: str, wards: Wards) -> str:
    """The code of the ward that a name column names, as a DuckDB expression; null for any other name."""
    spellings = ", ".join(literal(spelling) for spelling in wards.spellings)
    codes = ", ".join(literal(code) for code in wards.spellings.values())
    return f"list_extract([{codes}], list_position([{spellings}], {folded(quoted(name))}))"


def repaired_columns(dataset: Dataset, layout: Layout, wards: Wards) -> dict[str, str]:
    """Raw columns as a layout's repairs leave them.

    Returns:
        Column -> DuckDB expression over the raw columns, for repaired columns only.
    """
    out: dict[str, str] = {}
    for repair in layout.repairs:
        mended = f"coalesce({ward_of(repair.name, wards)}, {quoted(repair.column)})"
        if repair.where:
            limit = f"regexp_full_match({text_of(repair.where.column)}, {literal(repair.where.pattern)})"
            mended = f"case when {limit} then {mended} else {quoted(repair.column)} end"
        out[repair.column] = mended
    return out


def _spaced(heading: str) -> str:
    """A heading in small letters with a space between its words: `DateOfBirth` and `date_of_birth` alike."""
    words = re.sub(r"(?<=[a-z])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])", " ", heading)
    return re.sub(r"[\s_./-]+", " ", words).lower()


def unexpected_columns(
    dataset: Dataset, headings: Sequence[str], suspects: Sequence[str] = ()
) -> list[Finding]:
    """Findings about columns that the layout neither reads nor ignores.

    A heading that looks like personal data stops the dataset, and so do `suspects`: headings of columns
    whose cells do. Headings of datasets whose values may not be
    shown are counted, not quoted: without its header row a file's first record would stand there.
    """
    personal = [text for text in headings if text in suspects or _PERSONAL.search(_spaced(text))]
    others = [text for text in headings if text not in personal]
    findings = []
    for texts, grade, kind in ((personal, "stop", " that look like personal data"), (others, "record", "")):
        if not texts:
            continue
        found = f"{len(texts)} more{kind}"
        if dataset.contract.shows_values:
            found += ": " + ", ".join(text[:40] for text in texts[:AREAS_NAMED])
        remedy = (
            "Ask the supplier to leave them out and to send the file again; then remove this delivery from landing."
            if grade == "stop"
            else "Add them to the layout's ignore list in sources.yml if they are known and not needed."
        )
        findings.append(
            Finding(
                dataset=dataset.id,
                check="unexpected_columns",
                grade="stop" if grade == "stop" else "record",
                expected="the agreed columns and no others",
                found=found,
                remedy=remedy,
                count=len(texts),
            )
        )
    return findings


@dataclass(frozen=True)
class _Probe:
    """A condition that no row may meet."""

    check: str
    grade: Grade
    column: str | None
    condition: str
    expected: str
    found: str
    remedy: str
    quotes: str | None = None


@dataclass
class _Bench:
    """One delivery under examination."""

    dataset: Dataset
    layout: Layout
    edition: int
    catalogue: Catalogue
    wards: Wards
    connection: duckdb.DuckDBPyConnection
    grades: Mapping[str, DatasetCheck]
    national: bool
    counts: dict[str, int] = field(default_factory=dict)
    findings: list[Finding] = field(default_factory=list)

    @property
    def rules(self) -> list[Rule]:
        """Rules that are for the layout at hand."""
        rules = self.dataset.contract.rules
        return [rule for rule in rules if not rule.layouts or self.layout.id in rule.layouts]

    @property
    def contact(self) -> str:
        return self.catalogue.supply(self.dataset, self.edition).supplier.title

    def rows(self, sql: str) -> list[tuple[Any, ...]]:
        return self.connection.execute(sql).fetchall()

    def one(self, sql: str) -> Any:
        return self.rows(sql)[0][0]

    def shows(self, column: str | None) -> bool:
        contract = self.dataset.contract
        return contract.shows_values and (column is None or not contract.columns[column].personal)

    def note(self, check: str, count: int, finding: Finding | None = None) -> None:
        self.counts[check] = self.counts.get(check, 0) + count
        if finding is not None:
            self.findings.append(finding)

    def finding(self, check: str, **parts: Any) -> Finding:
        return Finding(dataset=self.dataset.id, check=check, grade=self.grades[check].grade, **parts)


def _name_columns(bench: _Bench) -> list[str]:
    """Columns whose names of wards some rule looks up."""
    geography = bench.dataset.contract.geography
    names = [rule.other or geography.name for rule in bench.rules if rule.kind == "code_name"]
    areas = [rule.column for rule in bench.rules if rule.kind in {"areas_known", "areas_complete"}]
    areas += [geography.code or geography.name or ""] if "areas_known" in bench.grades else []
    areas += [tabled_areas(bench.dataset) or ""] if "areas_complete" in bench.grades else []
    names += [
        column
        for column in areas
        if column and (_holds_names(bench.dataset, column) or _holds_either(bench.dataset, column))
    ]
    return list(dict.fromkeys(name for name in names if name))


def _table(bench: _Bench, name: str, source: str) -> None:
    """Make two tables: `<name>_text` as sent (repairs applied), and `<name>` with typed values, row by row."""
    bench.connection.execute(f"create or replace table {name}_text as {source}")
    every_mark = {mark for marks in bench.catalogue.marks.values() for mark in marks}
    items = []
    filled = {rule.column for rule in bench.rules if rule.kind == "filled"}
    for column, spec in bench.dataset.columns.items():
        marks = bench.catalogue.marks_of(spec)
        typed = render(column, spec, marks)
        items.append(f"{typed.value} as {quoted(column)}")
        items.append(f"{typed.status} as {quoted(column + '_status')}")
        if any(mark.low is not None for mark in marks.values()):
            items.append(f"{typed.low} as {quoted(column + '_low')}")
            items.append(f"{typed.high} as {quoted(column + '_high')}")
        if spec.type in NUMBER_TYPES:
            foreign = ", ".join(literal(mark) for mark in sorted(every_mark - set(marks))) or "''"
            items.append(
                f"coalesce({text_of(column)} in ({foreign}), false) as {quoted(column + '_foreign')}"
            )
        if spec.required or column in filled or (marks and "" not in marks):
            items.append(f"{text_of(column)} is null as {quoted(column + '_blank')}")
    for column in _name_columns(bench):
        items.append(f"{ward_of(column, bench.wards)} as {quoted(column + '_ward')}")
    bench.connection.execute(
        f"create or replace table {name} as select {', '.join(items)}, _file, _sheet, _row from {name}_text"
    )


#: What UTF-8 looks like read as Windows-1252, what no encoding could read, and escapes of markup that were kept.
_GARBLED = r"â€|Ã[©¨¢®´‚€™]|Â[£°®©·]|\x{FFFD}|&(amp|apos|quot|lt|gt|#39);"


def _text_probes(bench: _Bench, name: str, column: Column) -> Iterable[_Probe]:
    value = quoted(name)
    if column.required:
        yield _Probe(
            "required",
            "stop",
            name,
            quoted(name + "_blank"),
            "a value in each row",
            "blank cells",
            f"Ask {bench.contact} to fill them, or to say which mark stands for a value not held.",
        )
    if column.type == "text":
        yield _Probe(
            "letters",
            "stop",
            name,
            f"regexp_matches({value}, {literal(_GARBLED)})",
            "letters as they were written",
            "cells with letters that were read in the wrong encoding",
            f"Ask {bench.contact} to export the file again in UTF-8, or set the layout's encoding.",
            name,
        )
    if column.allowed:
        listed = ", ".join(literal(text) for text in column.allowed)
        yield _Probe(
            "allowed",
            "stop",
            name,
            f"{value}::varchar not in ({listed})",
            f"one of {', '.join(column.allowed)}",
            "cells with another text",
            "If the new text is right, add it to allowed in sources.yml; else ask for a corrected file.",
            name,
        )
    if column.pattern:
        yield _Probe(
            "pattern",
            "stop",
            name,
            f"{value} is not null and not regexp_full_match({value}::varchar, {literal(column.pattern)})",
            f"codes that match {column.pattern}",
            "cells of another form",
            f"Ask {bench.contact} for the file with the agreed codes.",
            name,
        )


def _value_probes(bench: _Bench, name: str, column: Column) -> Iterable[_Probe]:
    value, status = quoted(name), quoted(name + "_status")
    if column.type not in {"text", "code", "geometry"}:
        foreign = quoted(name + "_foreign") if column.type in NUMBER_TYPES else "false"
        words = _TYPE_WORDS[column.type]
        if column.formats:
            words += f" ({' or '.join(column.formats)})"
        yield _Probe(
            "types",
            "stop",
            name,
            f"{status} = 'invalid' and not {foreign}",
            words,
            "cells that hold something else",
            f"Correct the cells with {bench.contact}, or give the format or mark they use to the column in sources.yml.",
            name,
        )
        if column.type in NUMBER_TYPES:
            known = ", ".join(bench.catalogue.marks_of(column)) or "none"
            yield _Probe(
                "marks",
                "stop",
                name,
                f"{status} = 'invalid' and {foreign}",
                f"numbers or agreed marks ({known})",
                "cells with a mark that was not agreed",
                f"Ask {bench.contact} what it means and add it to the column's mark set in config/marks.yml.",
                name,
            )
    if column.minimum is not None or column.maximum is not None:
        low, high = column.minimum, column.maximum
        parts = [f"{value} < {low}"] if low is not None else []
        parts += [f"{value} > {high}"] if high is not None else []
        between = f"{low:g} to {high:g}" if low is not None and high is not None else ""
        words = between or (f"{low:g} or more" if low is not None else f"{high:g} or less")
        yield _Probe(
            "ranges",
            "stop",
            name,
            " or ".join(parts),
            f"numbers of {words}",
            "cells outside",
            f"Ask {bench.contact} whether unit or column changed; if the numbers are right, widen the range in sources.yml with a dated reason.",
            name,
        )


def _holds_names(dataset: Dataset, column: str) -> bool:
    geography = dataset.contract.geography
    if column == geography.code:
        return geography.method == "ward_name"
    return column == geography.name


def _holds_either(dataset: Dataset, column: str) -> bool:
    """Whether a column holds codes in some deliveries and names in others: the contract says neither."""
    geography = dataset.contract.geography
    wards = geography.method in {"direct_ward", "ward_name"} and geography.code is None
    return wards and geography.name is None and dataset.columns[column].type == "text"


def _listed(values: Iterable[str]) -> str:
    return ", ".join(literal(value) for value in values) or "null"


def _limited(condition: str, rule: Rule) -> str:
    return f"({rule.where}) and ({condition})" if rule.where else condition


def _code_name_condition(bench: _Bench, code: str, name: str, limited: bool) -> str:
    expected = quoted(name + "_ward")
    known = f"{quoted(code)} in ({_listed(bench.wards.names)})"
    wrong_name = f"({known} and {expected} is distinct from {quoted(code)})"
    # A row of an earlier year may stand under a ward of that time, whose name another ward has now.
    former = [one for one in bench.wards.known if one not in bench.wards.names]
    wrong_code = f"({expected} is not null and {expected} <> {quoted(code)})"
    if former:
        wrong_code = f"({wrong_code} and {quoted(code)} not in ({_listed(former)}))"
    clash = f"({wrong_name} or {wrong_code})" if limited else wrong_name
    return f"{quoted(code)} is not null and {quoted(name)} is not null and {clash}"


def _known_condition(bench: _Bench, column: str, reference: str | None) -> str:
    if reference not in {None, "wards"}:
        return f"{quoted(column)} is not null and {quoted(column)} not in (select area from ref_{reference})"
    if _holds_names(bench.dataset, column):
        return f"{quoted(column)} is not null and {quoted(column + '_ward')} is null"
    unknown = f"{quoted(column)} is not null and {quoted(column)} not in ({_listed(bench.wards.known)})"
    if _holds_either(bench.dataset, column):
        unknown += f" and {quoted(column + '_ward')} is null"
    return unknown


def _bound(bench: _Bench, column: str, end: str) -> str:
    """The smallest or largest number a cell can stand for."""
    marks = bench.catalogue.marks_of(bench.dataset.columns[column])
    if any(mark.low is not None for mark in marks.values()):
        return f"coalesce({quoted(f'{column}_{end}')}, {quoted(column)})"
    return quoted(column)


def _rule_probe(bench: _Bench, rule: Rule) -> _Probe | None:
    """The row condition of a rule; None for rules about the table as a whole."""
    column, other = rule.column, rule.other
    remedy = f"Ask {bench.contact} for a corrected file, or decide on it in the decisions file."
    if rule.kind == "not_above" and other:
        # A suppressed number is a class of counts: only a class wholly above its whole is a contradiction.
        parts = [column, *rule.parts]
        least = " + ".join(_bound(bench, part, "low") for part in parts)
        condition = f"{least} > {_bound(bench, other, 'high')} + {rule.tolerance}"
        return _Probe(
            rule.id,
            rule.grade,
            column,
            _limited(condition, rule),
            f"{' + '.join(parts)} at most {other}",
            "rows where it is more",
            remedy,
        )
    if rule.kind == "filled":
        return _Probe(
            rule.id,
            rule.grade,
            column,
            _limited(quoted(column + "_blank"), rule),
            f"{column} filled",
            "blank cells",
            f"Ask {bench.contact} to fill them, or to say which mark stands for a value not held.",
        )
    if rule.kind == "sum_equals":
        total = " + ".join(quoted(part) for part in rule.parts)
        condition = f"abs({quoted(column)} - ({total})) > {rule.tolerance}"
        return _Probe(
            rule.id,
            rule.grade,
            column,
            _limited(condition, rule),
            f"{column} equal to {' + '.join(rule.parts)}"
            + (f", give or take {rule.tolerance:g}" if rule.tolerance else ""),
            "rows where it is not",
            remedy,
        )
    if rule.kind == "rate_equals":
        over, under = (quoted(part) for part in rule.parts)
        rate = f"{over} / nullif({under}, 0) * {rule.times}"
        return _Probe(
            rule.id,
            rule.grade,
            column,
            _limited(f"abs({quoted(column)} - {rate}) > {rule.tolerance}", rule),
            f"{column} equal to {rule.parts[0]} over {rule.parts[1]} times {rule.times:g}, give or take {rule.tolerance:g}",
            "rows where it is not",
            remedy,
        )
    if rule.kind == "code_name":
        name = other or bench.dataset.contract.geography.name
        if name is None:
            raise CatalogueError(f"{bench.dataset.id}: rule {rule.id}: give the name column in other")
        condition = _code_name_condition(bench, column, name, bool(rule.where) or not bench.national)
        return _Probe(
            rule.id,
            rule.grade,
            column,
            _limited(condition, rule),
            "each ward's own code beside its name",
            "rows where code and name disagree",
            f"Ask {bench.contact} for a corrected file; where the publisher will not mend it, declare a repair in the layout.",
            column,
        )
    if rule.kind == "areas_known":
        return _Probe(
            rule.id,
            rule.grade,
            column,
            _limited(_known_condition(bench, column, rule.reference), rule),
            f"areas of {rule.reference or 'wards'} only",
            "rows of an unknown area",
            f"Check with {bench.contact} which areas these are: another vintage of codes, or another district.",
            column,
        )
    return None


def _probes(bench: _Bench) -> list[_Probe]:
    probes: list[_Probe] = []
    for name, column in bench.dataset.columns.items():
        probes += _text_probes(bench, name, column)
        probes += _value_probes(bench, name, column)
    if "areas_known" in bench.grades:
        geography = bench.dataset.contract.geography
        area = geography.code or geography.name
        if area:
            probes.append(
                _Probe(
                    "areas_known",
                    "stop",
                    area,
                    _known_condition(bench, area, "wards"),
                    "wards of the edition only",
                    "rows of an unknown ward",
                    f"Check with {bench.contact} which areas these are: another vintage of codes, or another district.",
                    area,
                )
            )
    for rule in bench.rules:
        probe = _rule_probe(bench, rule)
        if probe:
            probes.append(probe)
    return probes


def _quote(bench: _Bench, table: str, probe: _Probe) -> str:
    """A few of the offending texts, where they may be shown."""
    if probe.quotes is None or not bench.shows(probe.quotes):
        return ""
    text = text_of(probe.quotes)
    rows = bench.rows(
        f"select {text}, min(_row) from {table}_text where {text} is not null "
        f"and rowid in (select rowid from {table} where {probe.condition}) "
        f"group by {text} order by 2, 1 limit {VALUES_NAMED}"
    )
    return f", such as {', '.join(repr(row[0][:40]) for row in rows)}" if rows else ""


def _many(count: int, what: str) -> str:
    """So many of them, and one of it."""
    if count == 1:
        for several, one in (
            ("cells", "cell"),
            ("rows", "row"),
            ("that hold ", "that holds "),
            ("repeat ", "repeats "),
        ):
            what = what.replace(several, one, 1)
    return f"{count:,} {what}"


def _details(bench: _Bench, table: str, probe: _Probe, count: int) -> Finding:
    rows = bench.rows(
        f"select _file, _row from {table} where {probe.condition} "
        f"order by _file, _sheet nulls first, _row limit {ROWS_NAMED}"
    )
    files = bench.one(f"select count(distinct _file) from {table} where {probe.condition}")
    first = rows[0][0]
    spread = f" in {files} files" if files > 1 else ""
    return Finding(
        dataset=bench.dataset.id,
        check=probe.check,
        grade=probe.grade,
        expected=probe.expected,
        found=f"{_many(count, probe.found)}{spread}{_quote(bench, table, probe)}",
        remedy=probe.remedy,
        file=first,
        column=probe.column,
        rows=tuple(int(row[1]) for row in rows if row[0] == first),
        count=count,
    )


def _tally(bench: _Bench, table: str, probes: list[_Probe]) -> list[int]:
    import duckdb

    def sql(some: list[_Probe]) -> str:
        return (
            "select " + ", ".join(f"count(*) filter (where {p.condition})" for p in some) + f" from {table}"
        )

    if not probes:
        return []
    try:
        return [int(value) for value in bench.rows(sql(probes))[0]]
    except duckdb.Error:
        for probe in probes:
            try:
                bench.rows(sql([probe]))
            except duckdb.Error as error:
                reason = str(error).splitlines()[0]
                raise CatalogueError(
                    f"{bench.dataset.id}: check {probe.check}, column {probe.column}: cannot be computed: {reason}"
                ) from None
        raise


def _check_key(bench: _Bench, table: str) -> None:
    key = bench.dataset.contract.key
    # Cells that are no value are reported as such; here they would all look alike.
    sound = " and ".join(f"{quoted(name + '_status')} <> 'invalid'" for name in key)
    names = ", ".join(quoted(name) for name in key)
    surplus = bench.one(
        f"select coalesce(sum(n - 1), 0)::bigint from "
        f"(select count(*) as n from {table} where {sound} group by {names} having count(*) > 1)"
    )
    if not surplus:
        return bench.note("key", 0)
    order = "order by _file, _sheet nulls first, _row"
    rows = bench.rows(
        f"select _file, _row from (select _file, _sheet, _row, row_number() over (partition by {names} {order}) as n "
        f"from {table} where {sound}) where n > 1 {order} limit {ROWS_NAMED}"
    )
    first = rows[0][0]
    found = bench.finding(
        "key",
        expected=f"each {' + '.join(key)} once",
        found=_many(surplus, "rows that repeat an earlier one"),
        remedy=f"Ask {bench.contact} for the file without repeats; if rows are right, the key in sources.yml is too short.",
        file=first,
        column=key[0] if len(key) == 1 else None,
        rows=tuple(int(row[1]) for row in rows if row[0] == first),
        count=int(surplus),
    )
    bench.note("key", int(surplus), found)


def _check_rows(bench: _Bench, rows: int) -> None:
    low, high = bench.dataset.contract.rows
    if low <= rows <= high:
        return
    bench.findings.append(
        bench.finding(
            "rows",
            expected=f"{low:,} to {high:,} rows",
            found=f"{rows:,} rows",
            remedy=f"Ask {bench.contact} whether the file is whole and of this edition alone; if it is, change the window in sources.yml with a dated reason.",
        )
    )


def _expected_rows(bench: _Bench) -> str:
    """Condition on rows that belong to the period expected in the edition."""
    name = dated_column(bench.dataset)
    if name is None:
        return "true"
    start, end = bench.dataset.period(bench.edition, bench.layout)
    kind = bench.dataset.columns[name].type
    if kind in YEAR_TYPES:
        return f"{quoted(name)} = {end.year}"
    return f"{quoted(name)} between date '{start}' and date '{end}'"


def _check_period(bench: _Bench, table: str) -> None:
    name = dated_column(bench.dataset) or ""
    start, end = bench.dataset.period(bench.edition, bench.layout)
    years = bench.dataset.columns[name].type in YEAR_TYPES
    later = f"{quoted(name)} > {end.year}" if years else f"{quoted(name)} > date '{end}'"
    expected = f"rows of {end.year}" if years else f"rows of {start} to {end}"
    present, ahead, lowest, highest = bench.rows(
        f"select count(*) filter (where {_expected_rows(bench)}), count(*) filter (where {later}), "
        f"min({quoted(name)}), max({quoted(name)}) from {table}"
    )[0]
    span = f"rows of {lowest} to {highest}" if lowest is not None else "no period at all"
    count = int(ahead) + (0 if present else 1)
    finding = None
    if count:
        # A later table that also holds the expected period serves it; without that period it is another file.
        parts: dict[str, Any] = {
            "expected": f"{expected}, and none later, in edition {bench.edition}",
            "found": span if not present else f"{ahead:,} later rows beside the expected ones ({span})",
            "remedy": f"Ask {bench.contact} for the file of the expected period; is it last year's, or next year's?"
            if not present
            else "Rows of the expected period are used as this file gives them; check that it is meant for this edition.",
            "column": name,
            "count": count,
        }
        finding = bench.finding("period", **parts)
        finding = replace(finding, grade="record") if present else finding
    bench.note("period", count, finding)


def _whole_on_former_wards(bench: _Bench, present: set[Any], excused: set[str]) -> bool:
    """Whether a table holds every ward of an earlier edition, and none that came since.

    A supplier that still counts by the wards of last year sends a whole table; what can be placed in the
    wards of today is placed by the build, and the rest is a break in the series.
    """
    return any(
        set(earlier) - excused <= present and not (present & set(bench.wards.known)) - set(earlier)
        for earlier in bench.wards.former
    )


def _check_complete(bench: _Bench, table: str, check: str, column: str, rule: Rule | None) -> None:
    reference = rule.reference if rule else "wards"
    names = _holds_names(bench.dataset, column)
    where = f"({_expected_rows(bench)})" + (f" and ({rule.where})" if rule and rule.where else "")
    value = quoted(column + "_ward") if names else quoted(column)
    if rule and rule.separator:
        value = f"trim(unnest(string_split({quoted(column)}, {literal(rule.separator)})))"
    present = {row[0] for row in bench.rows(f"select distinct {value} from {table} where {where}")}
    if reference not in {None, "wards"}:
        wanted = {
            row[0]: row[0] for row in bench.rows(f"select area from ref_{reference} where area is not null")
        }
    else:
        wanted = dict(bench.wards.names)
    excused = set(rule.allowed_missing) if rule else set()
    missing = sorted(code for code in wanted if code not in present and code not in excused)
    if missing and reference in {None, "wards"} and _whole_on_former_wards(bench, present, excused):
        missing = []
    finding = None
    if missing:
        shown = ", ".join(wanted[code] for code in missing[:AREAS_NAMED])
        finding = bench.finding(
            check,
            expected=f"rows for each of {len(wanted) - len(excused)} areas",
            found=f"{len(missing)} without: {shown}" + (", …" if len(missing) > AREAS_NAMED else ""),
            remedy=f"Ask {bench.contact} for the missing areas; an area that truly has none is named in the rule's allowed_missing, with the reason.",
            column=column,
            count=len(missing),
        )
    bench.note(check, len(missing), finding)


def _months(start: dt.date, end: dt.date) -> list[str]:
    months, day = [], start.replace(day=1)
    while day <= end:
        months.append(f"{day:%Y-%m}")
        day = (day + dt.timedelta(days=32)).replace(day=1)
    return months


def _days(month: str) -> int:
    return calendar.monthrange(int(month[:4]), int(month[5:]))[1]


def _check_months(bench: _Bench, table: str, rule: Rule) -> None:
    start, end = bench.dataset.period(bench.edition, bench.layout)
    where = f" where {rule.where}" if rule.where else ""
    value = f"strftime(date_trunc('month', {quoted(rule.column)}), '%Y-%m')"
    present = {row[0] for row in bench.rows(f"select distinct {value} from {table}{where}")} - {None}
    coverage = bench.layout.coverage
    declared = coverage is not None and bool(coverage.months)
    wanted = coverage.months if coverage and declared else _months(start, end)
    missing = [month for month in wanted if month not in present]
    more = sorted(present - set(wanted)) if declared else []
    days = sum(_days(month) for month in wanted if month in present)
    count = len(missing) + len(more)
    expected = f"rows in each month of {start:%Y-%m} to {end:%Y-%m}"
    found = f"none in {', '.join(missing)}" if missing else ""
    if declared:
        expected = f"rows in the declared months {', '.join(wanted)} and in no other"
        found = "; ".join(filter(None, [found, f"rows in {', '.join(more)}" if more else ""]))
    elif coverage is not None:
        expected = f"months of {coverage.days} days in all, as the layout declares"
        found = f"months of {days} days"
        count = abs(days - coverage.days)
    finding = None
    if count:
        finding = bench.finding(
            rule.id,
            expected=expected,
            found=found,
            remedy=f"Ask {bench.contact} for the missing months, or declare in the layout's coverage what is there.",
            column=rule.column,
            count=count,
        )
    bench.note(rule.id, count, finding)


def _check_present(bench: _Bench, table: str, rule: Rule) -> None:
    text = fill_template(rule.text or "", bench.edition)
    where = _limited(f"{quoted(rule.column)} = {literal(text)}", rule)
    present = bench.one(f"select count(*) from {table} where {where}")
    finding = None
    if not present:
        finding = bench.finding(
            rule.id,
            expected=f"rows with {text}" + (f" where {rule.where}" if rule.where else ""),
            found="none",
            remedy=f"Ask {bench.contact} for the file that holds them.",
            column=rule.column,
        )
    bench.note(rule.id, 0 if present else 1, finding)


def _load_references(bench: _Bench, references: Mapping[str, Reference]) -> set[str]:
    """Make a table `ref_<id>` of the areas of each reference dataset; return those that are not there."""
    absent = set()
    for rule in bench.rules:
        wanted = rule.reference
        if wanted in {None, "wards"} or wanted is None or rule.kind == "control_total":
            continue
        reference = references.get(wanted)
        if reference is None:
            absent.add(wanted)
            bench.connection.execute(f"create or replace table ref_{wanted} (area varchar)")
            continue
        contract = reference.dataset.contract
        names = [rule.reference_column, rule.column, contract.geography.code, *contract.key]
        column = next(name for name in names if name is not None and name in contract.columns)
        typed = render(column, contract.columns[column], {})
        where = ""
        if contract.geography.district:
            # A national reference serves with the areas of this district; files of others are not judged by it.
            mine = ", ".join(literal(code) for code in bench.catalogue.district.codes)
            where = f" where {text_of(contract.geography.district)} in ({mine})"
        bench.connection.execute(
            f"create or replace table ref_{wanted} as "
            f"select distinct {typed.value} as area from read_parquet({literal(reference.raw.as_posix())}){where}"
        )
    return absent


def _check_control(bench: _Bench, table: str, rule: Rule, reference: Reference | None) -> bool:
    """Compare a total with that of another dataset; False where there is nothing to compare it with."""
    if reference is None or rule.ratio is None:
        return False
    other = reference.dataset
    names = [
        *rule.parts,
        *(rule.match or ())[1:],
        other.contract.period_column,
        other.contract.geography.district,
    ]
    if rule.reference_where:
        names += [
            name for name in other.columns if re.search(rf"\b{re.escape(name)}\b", rule.reference_where)
        ]
    items = []
    for name in dict.fromkeys(name for name in names if name is not None):
        spec = other.columns[name]
        items.append(f"{render(name, spec, bench.catalogue.marks_of(spec)).value} as {quoted(name)}")
    source = f"read_parquet({literal(reference.raw.as_posix())})"
    bench.connection.execute(f"create or replace table control as select {', '.join(items)} from {source}")
    limits = [f"({rule.reference_where})"] if rule.reference_where else []
    mine = ", ".join(literal(code) for code in bench.catalogue.district.codes)
    if other.contract.geography.district:
        limits.append(f"{quoted(other.contract.geography.district)} in ({mine})")
    if other.contract.period_column:
        # What stands beside the newest year was compared with deliveries of its own time.
        newest = quoted(other.contract.period_column)
        limits.append(f"{newest} = (select max({newest}) from control)")
    own = [f"({_expected_rows(bench)})", *([f"({rule.where})"] if rule.where else [])]
    if bench.dataset.contract.geography.district:
        own.append(f"{quoted(bench.dataset.contract.geography.district)} in ({mine})")
    given = " and ".join(limits) or "true"
    if rule.match:
        here, there = (quoted(name) for name in rule.match)
        own.append(f"{here} in (select {there} from control where {given})")
        given += f" and {there} in (select {here} from {table})"
    total = bench.one(f"select sum({quoted(rule.column)})::double from {table} where {' and '.join(own)}")
    figure = " + ".join(f"coalesce({quoted(part)}, 0)" for part in rule.parts)
    control = bench.one(f"select sum({figure})::double from control where {given}")
    bench.connection.execute("drop table control")
    if not control:
        return False
    low, high = rule.ratio
    quotient = (total or 0.0) / control
    if low <= quotient <= high:
        bench.note(rule.id, 0)
        return True
    shows = bench.shows(rule.column) and other.contract.shows_values
    found = f"a total of {total or 0:,.0f}, {quotient:.2f} times {control:,.0f}" if shows else "another total"
    bench.note(
        rule.id,
        1,
        bench.finding(
            rule.id,
            expected=f"a sum of {rule.column} that is {low:g} to {high:g} times that of {' + '.join(rule.parts)} in "
            f"{other.id}",
            found=found,
            remedy=f"Compare both with {bench.contact}: is a part missing, is the unit another one, are figures of "
            f"another year or place? {rule.reason}",
            column=rule.column,
        ),
    )
    return True


def _stated(bench: _Bench, totals: Sequence[Mapping[str, str | int | None]]) -> None:
    """Make the table `stated` of rows that state totals, typed as all others are."""
    columns = [*bench.dataset.columns, "_file", "_sheet", "_row"]

    def cell(row: Mapping[str, str | int | None], name: str) -> str:
        value = row.get(name)
        return f"{literal(str(value)) if value is not None else 'null'}::varchar"

    rows = ", ".join("(" + ", ".join(cell(row, name) for name in columns) + ")" for row in totals)
    names = ", ".join(quoted(name) for name in columns)
    _table(
        bench,
        "stated",
        f"select * replace (_row::bigint as _row) from (values {rows}) as stated({names})",
    )


def _check_totals(bench: _Bench, table: str, totals: Sequence[Mapping[str, str | int | None]]) -> None:
    """Totals that a file states against the sums of its rows; a total that is not there is one that fails."""
    if not bench.layout.totals:
        return
    if totals:
        _stated(bench, totals)
    for total in bench.layout.totals:
        matching = f"regexp_full_match(trim({quoted(total.column)}), {literal(total.pattern)})"
        if not totals or not bench.one(f"select count(*) from stated_text where {matching}"):
            finding = bench.finding(
                "stated_totals",
                expected="a row that states the total",
                found="none",
                remedy=f"Ask {bench.contact} for the whole file; if totals are no longer sent, take them out of the layout.",
                column=total.of[0],
            )
            bench.note("stated_totals", 1, finding)
            continue
        rows = f"(select * from stated where (_file, _row) in (select (_file, _row) from stated_text where {matching}))"
        same = " and ".join(
            f"t.{quoted(name)} is not distinct from s.{quoted(name)}"
            for name in ("_file", "_sheet", *total.by)
        )
        for name in total.of:
            low, high = (_bound(bench, name, end) for end in ("low", "high"))
            # A cell without any number leaves its total open at the top.
            sums = (
                f"select coalesce(sum({low}), 0) as low, coalesce(sum({high}), 0) as high, "
                f"count(*) filter (where {high} is null) as unknown from {table} as t where {same}"
            )
            wrong = bench.rows(
                f"select s._file, s._row::bigint from {rows} as s, lateral ({sums}) as sums "
                f"where s.{quoted(name)} < sums.low - 1e-6 or (sums.unknown = 0 and s.{quoted(name)} > sums.high + 1e-6) "
                "order by all"
            )
            if wrong:
                finding = bench.finding(
                    "stated_totals",
                    expected="each total equal to the sum of its rows",
                    found=f"{len(wrong)} that are not",
                    remedy=f"Rows are missing or were changed after the total was made: ask {bench.contact} for a corrected file.",
                    file=wrong[0][0],
                    column=name,
                    rows=tuple(int(row[1]) for row in wrong[:ROWS_NAMED]),
                    count=len(wrong),
                )
                bench.note("stated_totals", len(wrong), finding)


def _asked(bench: _Bench, table: str, rule: Rule) -> bool:
    """Whether a rule is about this delivery: its `when`, where it has one, holds for some row."""
    return rule.when is None or bool(bench.one(f"select count(*) from {table} where {rule.when}"))


def _check_rules(bench: _Bench, table: str) -> None:
    for rule in bench.rules:
        if rule.kind == "areas_complete" and _asked(bench, table, rule):
            _check_complete(bench, table, rule.id, rule.column, rule)
        elif rule.kind == "months_present":
            _check_months(bench, table, rule)
        elif rule.kind == "value_present":
            _check_present(bench, table, rule)
    area = tabled_areas(bench.dataset)
    if "areas_complete" in bench.grades and area:
        _check_complete(bench, table, "areas_complete", area, None)


def _absent_reference(bench: _Bench, absent: set[str]) -> None:
    for rule in bench.rules:
        if rule.reference in absent and rule.kind != "control_total":
            bench.findings = [f for f in bench.findings if f.check != rule.id]
            finding = bench.finding(
                rule.id,
                expected=f"the reference {rule.reference}, to compare with",
                found=f"no delivery of {rule.reference} that can be read",
                remedy=f"Deliver {rule.reference} first; it is checked together with this dataset.",
            )
            bench.counts[rule.id] = 1
            bench.findings.append(finding)


def examine(
    dataset: Dataset,
    layout: Layout,
    edition: int,
    raw: Path,
    catalogue: Catalogue,
    wards: Wards,
    references: Mapping[str, Reference] | None = None,
    unexpected: Sequence[str] = (),
    personal: Sequence[str] = (),
    earlier: Sequence[Edition] = (),
    unlike: str | None = None,
    totals: Sequence[Mapping[str, str | int | None]] = (),
) -> Examination:
    """Compute every contract check of a dataset on a raw Parquet.

    Args:
        dataset: the dataset.
        layout: layout the delivery was read with.
        edition: edition it was delivered for.
        raw: its raw Parquet.
        catalogue: marks and suppliers.
        wards: wards of the district in the edition.
        references: reference datasets that rules compare with, by id.
        unexpected: headings that the reader met and the layout does not know.
        personal: those of them whose cells look like personal data.
        earlier: accepted earlier editions to compare with, oldest first.
        unlike: why differences to the edition before are expected, such as other wards; they are then
            recorded and stop nothing.
        totals: rows of the files that state totals, as the reader gives them.

    Raises:
        CatalogueError: a rule cannot be computed, such as a `where` that is no SQL.
    """
    national = catalogue.supply(dataset, edition).supplier.kind == "national"
    grades = {check.id: check for check in checks_of(dataset, national=national)}
    source = f"select * from read_parquet({literal(raw.as_posix())})"
    with _workbench() as connection:
        bench = _Bench(dataset, layout, edition, catalogue, wards, connection, grades, national)
        bench.counts = {check: 0 for check in grades if check != "rows"}
        absent = _load_references(bench, references or {})
        repairs = repaired_columns(dataset, layout, wards)
        sent: dict[str, Finding] = {}
        changed = 0
        if repairs:
            sent, changed = _before_repair(bench, source)
            fixed = ", ".join(f"{expression} as {quoted(name)}" for name, expression in repairs.items())
            source = f"select * replace ({fixed}) from ({source})"
        _table(bench, "typed", source)
        rows = int(bench.one("select count(*) from typed"))
        probes = _probes(bench)
        for probe, count in zip(probes, _tally(bench, "typed", probes), strict=True):
            bench.note(probe.check, count, _details(bench, "typed", probe, count) if count else None)
        if "key" in grades:
            _check_key(bench, "typed")
        _check_rows(bench, rows)
        if "period" in grades:
            _check_period(bench, "typed")
        _check_rules(bench, "typed")
        unjudged = frozenset(
            rule.id
            for rule in bench.rules
            if rule.kind == "control_total"
            and not _check_control(bench, "typed", rule, (references or {}).get(rule.reference or ""))
        )
        if not repairs:
            _check_totals(bench, "typed", totals)
        _absent_reference(bench, absent)
        for finding in unexpected_columns(dataset, unexpected, personal):
            bench.note("unexpected_columns", finding.count, finding)
        for check, finding in sent.items():
            if bench.counts.get(check) == 0:
                bench.findings.append(finding)
        profile = profile_of(connection, dataset, layout, edition, "typed")
        _check_change(bench, profile, earlier, unlike)
        return Examination(rows, bench.counts, tuple(bench.findings), changed, profile, unjudged)


def _with_names(text: str, wards: Wards) -> str:
    """The same words, with the name of each ward before its code."""
    known = wards.known
    return re.sub(
        r"[EW]05\d{6}", lambda code: f"{known[code[0]]}, {code[0]}" if code[0] in known else code[0], text
    )


def _check_change(bench: _Bench, profile: Profile, earlier: Sequence[Edition], unlike: str | None) -> None:
    if not earlier:
        return
    before = earlier[-1].edition
    for one in surprises(
        bench.dataset, bench.catalogue, earlier, Edition(bench.edition, bench.layout.id, profile)
    ):
        finding = bench.finding(
            one.check,
            expected=f"{one.expected} (edition {before})",
            found=_with_names(one.found, bench.wards),
            remedy=f"Compare with the delivery of {before}, and ask {bench.contact}. If it is right, waive the "
            "check with the reason, or set a limit of its own under changes in sources.yml.",
            column=one.column,
        )
        if unlike is not None:
            finding = replace(finding, grade="record", remedy=f"Expected, as {unlike}; compare all the same.")
        bench.note(one.check, 1, finding)


def profile_raw(
    dataset: Dataset, layout: Layout, edition: int, raw: Path, catalogue: Catalogue, wards: Wards
) -> Profile:
    """The profile of a delivery that was read earlier, from its raw Parquet."""
    source = f"select * from read_parquet({literal(raw.as_posix())})"
    repairs = repaired_columns(dataset, layout, wards)
    if repairs:
        fixed = ", ".join(f"{expression} as {quoted(name)}" for name, expression in repairs.items())
        source = f"select * replace ({fixed}) from ({source})"
    with _workbench() as connection:
        bench = _Bench(dataset, layout, edition, catalogue, wards, connection, {}, False)
        _table(bench, "typed", source)
        return profile_of(connection, dataset, layout, edition, "typed")


def _before_repair(bench: _Bench, source: str) -> tuple[dict[str, Finding], int]:
    """What the checks say of the file as sent, for checks that a repair answers; and rows it changes."""
    _table(bench, "as_sent", source)
    out: dict[str, Finding] = {}
    rules = {rule.id: rule for rule in bench.dataset.contract.rules}
    for repair in bench.layout.repairs:
        probe = _rule_probe(bench, rules[repair.check])
        if probe is None:
            raise CatalogueError(
                f"{bench.dataset.id}: repair {repair.id}: the rule {repair.check} is not about single rows"
            )
        count = _tally(bench, "as_sent", [probe])[0]
        if count:
            finding = _details(bench, "as_sent", probe, count)
            parts = finding.as_dict() | {
                "grade": "record",
                "repaired": True,
                "remedy": f"Repaired: {repair.reason}",
            }
            out[repair.check] = Finding.from_dict(parts)
    changes = " or ".join(
        f"({expression}) is distinct from {quoted(name)}"
        for name, expression in repaired_columns(bench.dataset, bench.layout, bench.wards).items()
    )
    changed = bench.one(f"select count(*) from ({source}) where {changes}")
    return out, int(changed)
