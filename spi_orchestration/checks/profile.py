"""What a delivery's table amounts to: the few figures by which two editions of a dataset are compared.

Belongs here: which columns of a contract are areas, times, categories, quantities and lasting attributes,
and reducing a typed table to a profile. Does not belong here: what difference between two profiles is too
much (`change.py`). A profile lives in memory only; it is never written, logged or shown.
"""

from __future__ import annotations

import datetime as dt
import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from spi_orchestration.catalogue import NUMBER_TYPES, YEAR_TYPES, Dataset, Layout
from spi_orchestration.typing_sql import literal, quoted

if TYPE_CHECKING:
    import duckdb

__all__ = ["ColumnFacts", "Profile", "Roles", "points_of", "profile_of", "roles_of", "told"]

#: A text column with at most so many different values is a category; its values are compared one by one.
MOST_CATEGORIES = 40
#: A whole number of single rows with at most so many values is a code or an answer rather than a size.
MOST_CODES = 12
#: Areas and cells above this number are not kept one by one (national files).
MOST_CELLS = 60_000
#: Things whose lasting attributes are compared one by one.
MOST_LASTING = 200_000
#: Side of the squares that points are counted in: metres, or degrees of longitude and latitude.
SQUARE_METRES, SQUARE_DEGREES = 2500, 0.03

_GSS = re.compile(r"[EWNS]\d{8}")
_COORDINATES = (("easting", "northing"), ("longitude", "latitude"), ("lon", "lat"), ("x", "y"))


@dataclass(frozen=True)
class Roles:
    """What the columns of a contract are for, as far as a comparison of editions needs to know.

    Attributes:
        area: SQL of the place a row is for, or None.
        area_columns: contract columns in it.
        time: column with the period or day of a row, or None.
        categories: columns that may be categories; whether one is depends on its values.
        quantities: columns that count or measure.
        attributes: lasting texts and positions of the thing that `identity` names.
        identity: key columns without the period; None where rows are single events.
        tabled: one row an area and category, so that cells can be compared one by one.
    """

    area: str | None
    area_columns: tuple[str, ...]
    time: str | None
    categories: tuple[str, ...]
    quantities: tuple[str, ...]
    attributes: tuple[str, ...]
    identity: tuple[str, ...] | None
    tabled: bool


@dataclass(frozen=True)
class ColumnFacts:
    """One column in a profile: shares of its rows that are blank, withheld or zero, and its values.

    Attributes:
        rows: rows of the period.
        blank, withheld, zero: rows without a value, with a mark that stands for one, with zero.
        distinct: different values.
        mean: arithmetic mean of its numbers; None for other columns.
        middle: median of its numbers other than zero.
        top: largest of its numbers.
        unmarked: blank cells, where the supplier has marks for what is not known.
    """

    rows: int
    blank: int
    withheld: int
    zero: int
    distinct: int
    mean: float | None = None
    middle: float | None = None
    top: float | None = None
    unmarked: int = 0


@dataclass(frozen=True)
class Profile:
    """A delivery's rows of one period, in figures.

    Attributes:
        rows: rows of the period.
        periods: rows of each period that a table holds, earlier ones too.
        digest: of all rows without their days and years, in any order.
        columns: facts of each column.
        areas: area -> quantity (and `rows`) -> sum.
        cells: cell -> quantity -> number, where the table has one row a cell; in the order of the files.
        lines: cell and calendar month -> its numbers as they stand, in the order of the files.
        last: the same for the last of several periods within the year.
        parts: category column, or column of answers in numbers, -> value -> rows.
        runs: category or quantity -> share of rows that hold the same as the row above.
        months: calendar month -> rows.
        outside: rows whose day lies outside the period that the delivery is for.
        lasting: attribute -> thing -> a digest of it, where things are the same next year.
        repeats: rows that are the same as another in every column.
        keys: the things themselves.
        rows_seen: for feeds, a digest of each row without its day.
    """

    rows: int
    columns: dict[str, ColumnFacts]
    periods: tuple[int, ...] = ()
    digest: int = 0
    areas: dict[str, dict[str, float]] = field(default_factory=dict)
    cells: dict[tuple[str, ...], dict[str, float]] = field(default_factory=dict)
    lines: dict[tuple[str, ...], tuple[float | None, ...]] = field(default_factory=dict)
    last: dict[tuple[str, ...], dict[str, float]] = field(default_factory=dict)
    parts: dict[str, dict[str, int]] = field(default_factory=dict)
    runs: dict[str, float] = field(default_factory=dict)
    months: dict[str, int] = field(default_factory=dict)
    outside: int = 0
    lasting: dict[str, dict[tuple[str, ...], str]] = field(default_factory=dict)
    repeats: int = 0
    keys: frozenset[tuple[str, ...]] = frozenset()
    rows_seen: frozenset[int] = frozenset()


def told(dataset: Dataset, place: object) -> str:
    """What may be said of a place or part in words: all of a public dataset, of others the GSS codes and nothing else.

    A GSS code says which area, never who; any other cell of a closed dataset stays unsaid.
    """
    cells = [
        str(cell) for cell in (place if isinstance(place, tuple) else (place,)) if cell not in {None, ""}
    ]
    if not dataset.contract.shows_values:
        cells = [cell for cell in cells if _GSS.fullmatch(cell)]
    return ", ".join(cells)


def points_of(dataset: Dataset) -> tuple[str, ...]:
    """The two columns that hold the position of a row, or none."""
    numbers = {name.lower(): name for name, spec in dataset.columns.items() if spec.type in NUMBER_TYPES}
    for x, y in _COORDINATES:
        if x in numbers and y in numbers:
            return numbers[x], numbers[y]
    return ()


def _area(dataset: Dataset) -> tuple[str | None, tuple[str, ...]]:
    geography = dataset.contract.geography
    points = points_of(dataset)
    if geography.method == "points_in_ward" and points:
        step = SQUARE_DEGREES if points[0].lower().startswith("lon") else SQUARE_METRES
        parts = [f"floor({quoted(name)} / {step})::bigint::varchar" for name in points]
        return " || ':' || ".join(parts), points
    name = geography.code or geography.name
    if name is None:
        return None, ()
    column = dataset.columns[name]
    if column.type == "postcode":
        # The sector: all but the last two letters.
        return f"regexp_replace(upper({quoted(name)}), '[A-Z]{{2}}$', '')", (name,)
    if column.type == "uprn":
        return None, (name,)
    if name == geography.name or geography.method == "ward_name":
        return f"coalesce({quoted(name + '_ward')}, lower(trim({quoted(name)})))", (name,)
    return f"{quoted(name)}::varchar", (name,)


def roles_of(dataset: Dataset) -> Roles:
    """The part each column of a contract plays."""
    contract = dataset.contract
    area, area_columns = _area(dataset)
    points = points_of(dataset)
    dated = [name for name, spec in dataset.columns.items() if spec.type in {"date", "month"}]
    time = contract.period_column
    if time is None:
        time = next((name for name in contract.key if dataset.columns[name].type in YEAR_TYPES), None)
    if time is None and contract.refresh.cycle != "static":
        # In a set that serves on, the day of a row is a property of its thing.
        time = next((name for name in dated if name in contract.key or dataset.columns[name].required), None)
    geography = contract.geography
    names = {geography.name} - {None}
    texts = [name for name, spec in dataset.columns.items() if spec.type in {"text", "code"}]
    categories = tuple(
        name
        for name in [*texts, *(n for n in contract.key if dataset.columns[n].type == "integer")]
        if name not in {*area_columns, *names, time}
        and name not in {geography.district}
        and not (dataset.columns[name].personal)
    )
    quantities = tuple(
        name
        for name, spec in dataset.columns.items()
        if spec.type in NUMBER_TYPES and name not in contract.key and name not in points
    )
    identity = tuple(name for name in contract.key if name != time) or None
    placed = {*area_columns, *points}
    static = contract.refresh.cycle == "static"
    tabled = bool(identity) and (any(name in (identity or ()) for name in placed) or static)
    if identity and not tabled and not _lasting(dataset, identity):
        identity = None
    attributes = tuple(
        name
        for name in dataset.columns
        if identity
        and name not in identity
        and name != time
        and name not in quantities
        and (static or dataset.columns[name].type not in {"date", "month", *YEAR_TYPES})
    )
    return Roles(area, area_columns, time, categories, quantities, attributes, identity, tabled)


def _lasting(dataset: Dataset, identity: tuple[str, ...]) -> bool:
    """Whether the key names things that are there again next year, such as practices or premises."""
    return dataset.contract.sensitivity == "public" and not any(
        dataset.columns[name].personal for name in identity
    )


def period_rows(dataset: Dataset, layout: Layout, edition: int, time: str | None, tabled: bool) -> str:
    """The condition on rows of the latest year that a delivery is for; earlier years may stand beside it."""
    if time is None:
        return "true"
    start, end = dataset.period(edition, layout)
    column = quoted(time)
    if dataset.columns[time].type in YEAR_TYPES:
        return f"{column} = {end.year}"
    if dataset.columns[time].type not in {"date", "month"}:
        return "true"
    day = end + dt.timedelta(days=1)
    first = dt.date(day.year - 1, day.month, min(day.day, 28))
    return f"{column} >= date '{first}'" if start < first or tabled else "true"


def _facts(
    connection: duckdb.DuckDBPyConnection, dataset: Dataset, table: str
) -> tuple[int, dict[str, ColumnFacts]]:
    names = list(dataset.columns)
    present = {row[0] for row in connection.execute(f"describe {table}").fetchall()}
    parts = ["count(*)"]
    for name in names:
        value, status = quoted(name), quoted(name + "_status")
        numeric = dataset.columns[name].type in NUMBER_TYPES
        parts += [
            f"count(*) filter (where {value} is null and coalesce({status}, '') <> 'suppressed')",
            f"count(*) filter (where {status} = 'suppressed')",
            f"count(*) filter (where {value} = 0)" if numeric else "0",
            f"count(distinct {value}::varchar)",
            f"avg({value}::double)" if numeric else "null",
            f"median(nullif({value}::double, 0))" if numeric else "null",
            f"max({value}::double)" if numeric else "null",
            f"count(*) filter (where {quoted(name + '_blank')})"
            if dataset.columns[name].marks and name + "_blank" in present
            else "0",
        ]
    row = connection.execute(f"select {', '.join(parts)} from {table}").fetchone()
    assert row is not None
    rows = int(row[0])
    facts = {}
    for at, name in enumerate(names):
        blank, withheld, zero, distinct, mean, middle, top, unmarked = row[1 + 8 * at : 9 + 8 * at]
        facts[name] = ColumnFacts(
            rows, int(blank), int(withheld), int(zero), int(distinct), mean, middle, top, int(unmarked)
        )
    return rows, facts


@dataclass(frozen=True)
class _Table:
    """The rows of the period of a delivery, while they are reduced."""

    connection: duckdb.DuckDBPyConnection
    dataset: Dataset
    roles: Roles
    facts: dict[str, ColumnFacts]
    rows: int

    def all(self, sql: str) -> list[tuple[Any, ...]]:
        return self.connection.execute(sql).fetchall()

    @property
    def key(self) -> str:
        """The identity as SQL texts."""
        return ", ".join(f"coalesce({quoted(name)}::varchar, '')" for name in self.roles.identity or ())

    @property
    def celled(self) -> bool:
        """Whether cells are kept one by one."""
        known = self.roles.tabled and self.roles.identity and self.roles.quantities
        return bool(known) and self.rows <= MOST_CELLS

    @property
    def counted(self) -> tuple[str, ...]:
        """In a feed of single rows a sum over a place says little that its rows do not; in a table it is the figure."""
        return self.roles.quantities if self.roles.tabled else ()

    @property
    def coded(self) -> tuple[str, ...]:
        """Whole numbers of single rows that take a few values only, such as answers from 1 to 5."""
        return tuple(
            name
            for name in self.roles.quantities
            if not self.roles.tabled
            and self.dataset.columns[name].type == "integer"
            and self.facts[name].distinct <= MOST_CODES
        )

    @property
    def sums(self) -> str:
        return "".join(f", sum({quoted(name)}::double order by _file, _sheet, _row)" for name in self.counted)

    def numbers(self, values: Any) -> dict[str, float]:
        pairs = zip(self.counted, values, strict=True)
        return {name: float(value) for name, value in pairs if value is not None}

    def areas(self) -> dict[str, dict[str, float]]:
        if not self.roles.area:
            return {}
        sql = f"select {self.roles.area} as area, count(*){self.sums} from in_period group by 1 limit {MOST_CELLS}"
        return {
            area or "": {"rows": float(count), **self.numbers(values)}
            for area, count, *values in self.all(sql)
        }

    def cells(self, where: str = "true") -> dict[tuple[str, ...], dict[str, float]]:
        if not self.celled:
            return {}
        count = len(self.roles.identity or ())
        rows = self.all(
            f"select {self.key}{self.sums} from in_period where {where} group by all "
            "order by min(_file), min(_sheet) nulls first, min(_row)"
        )
        return {tuple(row[:count]): self.numbers(row[count:]) for row in rows}

    def lines(self) -> dict[tuple[str, ...], tuple[float | None, ...]]:
        if not self.celled:
            return {}
        time = self.roles.time
        dated = time is not None and self.dataset.columns[time].type in {"date", "month"}
        month = f"coalesce(strftime({quoted(time or '')}, '%m'), '')" if dated else "''"
        numbers = ", ".join(f"{quoted(name)}::double" for name in self.counted)
        count = len(self.roles.identity or ()) + 1
        rows = self.all(
            f"select {self.key}, {month}, {numbers} from in_period order by _file, _sheet nulls first, _row"
        )
        return {tuple(row[:count]): tuple(row[count:]) for row in rows}

    def last(self) -> dict[tuple[str, ...], dict[str, float]]:
        """Cells of the last of several periods, which a sum over all of them would hide."""
        if self.roles.time is None:
            return {}
        time = quoted(self.roles.time)
        if int(self.all(f"select count(distinct {time}) from in_period")[0][0]) < 2:
            return {}
        return self.cells(f"{time} = (select max({time}) from in_period)")

    def runs(self) -> dict[str, float]:
        names = [n for n in self.roles.categories if 1 < self.facts[n].distinct <= MOST_CATEGORIES]
        if not self.roles.tabled:
            names += [n for n in self.roles.quantities if self.facts[n].distinct > 1]
        if not names:
            return {}
        above = "over (partition by _file, _sheet order by _row)"
        same = ", ".join(
            f"{quoted(n)} is not distinct from lag({quoted(n)}) {above} as s{at}"
            for at, n in enumerate(names)
        )
        shares = ", ".join(f"avg(s{at}::integer)" for at in range(len(names)))
        row = self.all(f"select {shares} from (select {same} from in_period)")[0]
        return {name: float(share or 0) for name, share in zip(names, row, strict=True)}

    def parts(self) -> dict[str, dict[str, int]]:
        out = {}
        for name in (*self.roles.categories, *self.coded):
            if 0 < self.facts[name].distinct <= MOST_CATEGORIES:
                column = quoted(name)
                sql = (
                    f"select {column}::varchar, count(*) from in_period where {column} is not null group by 1"
                )
                out[name] = {value: int(count) for value, count in self.all(sql)}
        return out

    def lasting(self) -> dict[str, dict[tuple[str, ...], str]]:
        if not (self.roles.identity and self.roles.attributes) or self.rows > MOST_LASTING:
            return {}
        texts = ", ".join(f"min(left(md5({quoted(name)}::varchar), 8))" for name in self.roles.attributes)
        count = len(self.roles.identity)
        out: dict[str, dict[tuple[str, ...], str]] = {name: {} for name in self.roles.attributes}
        for row in self.all(f"select {self.key}, {texts} from in_period group by all"):
            for name, digest in zip(self.roles.attributes, row[count:], strict=True):
                out[name][tuple(row[:count])] = digest
        return out

    def keys(self) -> frozenset[tuple[str, ...]]:
        if not self.roles.identity or self.rows > MOST_LASTING:
            return frozenset()
        return frozenset(self.all(f"select distinct {self.key} from in_period"))

    def rows_seen(self) -> frozenset[int]:
        if self.roles.tabled or self.rows > MOST_LASTING:
            return frozenset()
        columns = [name for name in self.dataset.columns if name != self.roles.time]
        whole = " || chr(31) || ".join(f"coalesce({quoted(name)}::varchar, '')" for name in columns) or "''"
        # Alike rows of a few columns are no wonder: only rows that are alone in their delivery are kept.
        sql = f"select hash({whole}) as h from in_period group by h having count(*) = 1"
        return frozenset(int(row[0]) for row in self.all(sql))

    def repeats(self) -> int:
        if self.dataset.contract.key:
            return 0
        every = ", ".join(quoted(name) for name in self.dataset.columns)
        counts = f"select count(*) as n from in_period group by {every}"
        return int(self.all(f"select coalesce(sum(n - 1), 0)::bigint from ({counts})")[0][0])

    def months(self) -> dict[str, int]:
        column = quoted(self.roles.time or "")
        sql = (
            f"select strftime({column}, '%m'), count(*) from in_period where {column} is not null group by 1"
        )
        return {month: int(count) for month, count in self.all(sql)}


def _periods(connection: duckdb.DuckDBPyConnection, roles: Roles, table: str) -> tuple[int, ...]:
    """Rows of each period of a table, in the order of time."""
    if not roles.tabled or roles.time is None:
        return ()
    time = quoted(roles.time)
    sql = f"select count(*) from {table} where {time} is not null group by {time} order by {time}"
    return tuple(int(row[0]) for row in connection.execute(sql).fetchall())


def _digest(connection: duckdb.DuckDBPyConnection, dataset: Dataset, roles: Roles, table: str) -> int:
    """A digest of all rows that neither their order nor their days and years change."""
    dated = {"date", "month", *YEAR_TYPES}
    skipped = {dataset.contract.period_column, roles.time}
    names = [n for n, spec in dataset.columns.items() if spec.type not in dated and n not in skipped]
    cells = " || chr(31) || ".join(f"coalesce({quoted(name)}::varchar, '')" for name in names) or "''"
    row = connection.execute(f"select coalesce(sum(hash({cells})::hugeint), 0) from {table}").fetchone()
    assert row is not None
    return int(row[0])


def profile_of(
    connection: duckdb.DuckDBPyConnection,
    dataset: Dataset,
    layout: Layout,
    edition: int,
    table: str,
) -> Profile:
    """Reduce a typed table to its profile.

    Args:
        connection: holds `table`, as `contract.py` makes it.
        dataset: the dataset.
        layout: layout it was read with.
        edition: edition it was delivered for.
        table: name of the typed table.
    """
    roles = roles_of(dataset)
    rows_of = period_rows(dataset, layout, edition, roles.time, roles.tabled)
    connection.execute(f"create or replace temp view in_period as select * from {table} where {rows_of}")
    rows, facts = _facts(connection, dataset, "in_period")
    work = _Table(connection, dataset, roles, facts, rows)
    months: dict[str, int] = {}
    outside = 0
    if roles.time and dataset.columns[roles.time].type in {"date", "month"}:
        start, end = dataset.period(edition, layout)
        months = work.months()
        within = f"{quoted(roles.time)} between date {literal(str(start))} and date {literal(str(end))}"
        outside = int(work.all(f"select count(*) filter (where not {within}) from {table}")[0][0])
    profile = Profile(
        rows=rows,
        columns=facts,
        periods=_periods(connection, roles, table),
        digest=_digest(connection, dataset, roles, table),
        areas=work.areas(),
        cells=work.cells(),
        lines=work.lines(),
        last=work.last(),
        parts=work.parts(),
        runs=work.runs(),
        months=months,
        outside=outside,
        lasting=work.lasting(),
        repeats=work.repeats(),
        keys=work.keys(),
        rows_seen=work.rows_seen(),
    )
    connection.execute("drop view in_period")
    return profile
