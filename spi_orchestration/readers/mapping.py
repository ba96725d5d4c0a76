"""Contract columns found in a table as sent: the layout applied.

Belongs here: locating columns by header, pattern, position, path, file and sheet name, turning wide
columns to rows, keeping the rows the layout keeps, and saying which columns are missing or unexpected.
Does not belong here: opening files (one module a family), or writing the Parquet (`parquet.py`).
"""

from __future__ import annotations

import difflib
import fnmatch
import itertools
import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from operator import itemgetter

from spi_orchestration.catalogue import Dataset, Layout, Locator
from spi_orchestration.findings import DeliveryError
from spi_orchestration.readers.parquet import Sink
from spi_orchestration.readers.personal import LOOKED_AT, MOST_ROWS, looks_personal
from spi_orchestration.readers.source import Reading, Row, SourceTable, fold
from spi_orchestration.secret import pseudonym

__all__ = ["Shape", "Tally", "copy_table", "holds", "shape_of"]

#: How many wrong rows a finding names, and how far a misplaced header is looked for.
ROWS_NAMED = 20
HEADER_SEARCH = 60


@dataclass(frozen=True)
class Shape:
    """The columns that a layout fills, in the order in which a sink takes them.

    Attributes:
        cells: contract columns read from a cell of each row.
        fixed: contract columns that are the same for a whole table (constant, file, sheet).
        turned: name column and value columns of an unpivot, or nothing.
    """

    cells: tuple[str, ...]
    fixed: tuple[str, ...]
    turned: tuple[str, ...]

    @property
    def columns(self) -> tuple[str, ...]:
        """All filled contract columns."""
        return (*self.cells, *self.turned, *self.fixed)


@dataclass
class Tally:
    """What was met in one file.

    Attributes:
        read: rows of the tables, wide columns not yet turned.
        left: rows of which the layout's keep left nothing.
        short: rows with fewer cells than the header.
        totals: rows left out that state totals: sheet, line, and cells in the order of the shape.
        cut: whether the last row is the one that is short, as where a file ends in the middle of a row.
        unexpected: supplier columns that nobody spoke of, in order.
        personal: those of them whose cells look like personal data.
    """

    read: int = 0
    left: int = 0
    short: int = 0
    totals: list[tuple[str | None, int, list[str | None]]] = field(default_factory=list)
    cut: bool = False
    unexpected: list[str] = field(default_factory=list)
    personal: list[str] = field(default_factory=list)


def shape_of(dataset: Dataset, layout: Layout) -> Shape:
    """The columns a layout fills, in contract order."""
    turned = (layout.unpivot.name_column, *layout.unpivot.values) if layout.unpivot else ()
    cells: list[str] = []
    fixed: list[str] = []
    for name in dataset.columns:
        locator = layout.columns.get(name)
        if locator is None or name in turned:
            continue
        (fixed if _is_fixed(locator) else cells).append(name)
    return Shape(tuple(cells), tuple(fixed), turned)


def _is_fixed(locator: Locator) -> bool:
    return locator.constant is not None or locator.file is not None or locator.sheet is not None


def _words(locator: Locator) -> str:
    """What a locator looks for, for people."""
    if locator.header is not None:
        text = f"'{fold(locator.header)}'"
    elif locator.pattern is not None:
        text = f"a header matching /{locator.pattern}/"
    elif locator.position is not None:
        return f"column {locator.position}"
    else:
        return f"the path {locator.path}"
    return f"{text} (number {locator.occurrence} of that name)" if locator.occurrence > 1 else text


def _matches(locator: Locator, header: Sequence[str]) -> list[int]:
    if locator.header is not None:
        wanted = fold(locator.header).casefold()
        return [at for at, text in enumerate(header) if text.casefold() == wanted]
    pattern = re.compile(locator.pattern or "", re.IGNORECASE)
    return [at for at, text in enumerate(header) if text and pattern.search(text)]


def holds(table: SourceTable, locator: Locator) -> bool:
    """Whether a table has the column that a locator looks for by its header."""
    return bool(_matches(locator, table.header or []))


@dataclass
class _Missing:
    column: str
    locator: Locator | None
    words: str
    clash: tuple[int, ...] = ()


def _locate(table: SourceTable, locator: Locator, column: str, width: int) -> int | _Missing:
    """Position of one contract column, or what is wrong."""
    if locator.position is not None:
        at = locator.position - 1
        return at if at < width else _Missing(column, locator, _words(locator))
    if locator.path is not None:
        found = table.paths.get(locator.path)
        return found if found is not None else _Missing(column, locator, _words(locator))
    hits = _matches(locator, table.header or [])
    if len(hits) > 1 and "occurrence" not in locator.model_fields_set:
        return _Missing(column, locator, _words(locator), tuple(hits))
    if len(hits) < locator.occurrence:
        return _Missing(column, locator, _words(locator))
    return hits[locator.occurrence - 1]


@dataclass
class _Plan:
    """Where everything stands in one table."""

    width: int
    cells: list[int]
    wide: list[tuple[str, list[int | None]]]
    fixed: list[str | None]
    unnamed: list[int]
    strangers: dict[int, str] = field(default_factory=dict)


def _fixed_value(reading: Reading, table: SourceTable, name: str, locator: Locator) -> str:
    if locator.constant is not None:
        return locator.constant
    text, kind = (table.source.name, "file") if locator.file is not None else (table.sheet or "", "sheet")
    pattern = locator.file if locator.file is not None else locator.sheet
    match = re.search(pattern or "", text, re.IGNORECASE)
    if match is None or match.group(1) is None:
        raise reading.fault(
            "columns",
            table.source.name,
            expected=f"a {kind} name that matches /{pattern}/, from which {name} is read",
            found=f"{text!r}" if text else f"no {kind} name",
            remedy=f"Ask the supplier to keep the agreed {kind} name, or change the layout's pattern.",
        )
    return match.group(1)


def _resolve(reading: Reading, table: SourceTable, shape: Shape, tally: Tally) -> _Plan:
    layout = reading.layout
    first = _peek(table)
    width = len(table.header) if table.header is not None else len(first[1]) if first else 0
    if table.header is None and first is None:
        return _Plan(0, [0] * len(shape.cells), [], [None] * len(shape.fixed), [])
    missing: list[_Missing] = []
    cells: list[int] = []
    for name in shape.cells:
        found = _locate(table, layout.columns[name], name, width)
        if isinstance(found, _Missing):
            missing.append(found)
        else:
            cells.append(found)
    wide, lacking = _wide(layout, table, set(cells))
    missing += lacking
    if missing:
        raise _missing_columns(reading, table, shape, missing)
    fixed: list[str | None] = [
        _fixed_value(reading, table, name, layout.columns[name]) for name in shape.fixed
    ]
    taken = {*cells, *(at for _, places in wide for at in places if at is not None), *table.claimed}
    return _Plan(width, cells, wide, fixed, *_unclaimed(layout, table, taken, tally))


def _wide(
    layout: Layout, table: SourceTable, taken: set[int]
) -> tuple[list[tuple[str, list[int | None]]], list[_Missing]]:
    """The columns to turn into rows.

    Returns:
        For each text that a header's group gives, in the order of the columns, the position of each value
        column (None where the table lacks it); and the value columns that no header fits.
    """
    wide: dict[str, list[int | None]] = {}
    missing: list[_Missing] = []
    values = layout.unpivot.values if layout.unpivot is not None else {}
    for number, (column, text) in enumerate(values.items()):
        pattern = re.compile(text, re.IGNORECASE)
        found = False
        for at, header in enumerate(table.header or []):
            match = pattern.search(header) if header and at not in taken else None
            if match is None:
                continue
            found = True
            places = wide.setdefault(match.group(1) or "", [None] * len(values))
            if places[number] is not None:
                words = f"a header matching /{text}/ for '{match.group(1)}'"
                missing.append(_Missing(column, None, words, (places[number] or 0, at)))
            places[number] = at
        if not found:
            missing.append(_Missing(column, None, f"header to turn into rows, matching /{text}/"))
    return list(wide.items()), missing


def _unclaimed(
    layout: Layout, table: SourceTable, taken: set[int], tally: Tally
) -> tuple[list[int], dict[int, str]]:
    """Report the columns that nobody spoke of: those without a header, still to be watched, and the others."""
    ignored = [fold(pattern).casefold() for pattern in layout.ignore]
    unnamed: list[int] = []
    strangers: dict[int, str] = {}
    for at, text in enumerate(table.header or []):
        if at in taken or "*" in ignored:
            continue
        if not text:
            unnamed.append(at)
        elif not any(fnmatch.fnmatchcase(text.casefold(), pattern) for pattern in ignored):
            _add(tally.unexpected, text)
            strangers[at] = text
    return unnamed, strangers


def _add(names: list[str], name: str) -> None:
    if name not in names:
        names.append(name)


def _peek(table: SourceTable) -> tuple[int, Row] | None:
    """The first row, left in place."""
    first = next(table.rows, None)
    if first is not None:
        table.rows = itertools.chain([first], table.rows)
    return first


def _missing_columns(
    reading: Reading, table: SourceTable, shape: Shape, missing: list[_Missing]
) -> DeliveryError:
    """One finding that names every column that could not be placed, and what stands there instead."""
    layout = reading.layout
    header = [text for text in table.header or [] if text]
    sought = [layout.columns[name] for name in shape.cells if _by_header(layout.columns[name])]
    hits = sum(1 for locator in sought if _matches(locator, table.header or []))
    # Without one known header the row may be data: its cells are then not quoted. Of a dataset whose values may
    # not be shown a strange heading may be a cell that slipped, so only what is like the wanted one is quoted.
    shows = reading.dataset.contract.shows_values
    may_quote = hits > 0 or shows
    said = []
    for item in missing:
        if item.clash:
            places = ", ".join(str(at + 1) for at in item.clash)
            said.append(f"{len(item.clash)} columns for {item.words} (columns {places})")
            continue
        near: list[str] = []
        if item.locator is not None and item.locator.header is not None and may_quote:
            wanted = fold(item.locator.header).casefold()
            lower = {text.casefold(): text for text in header}
            near = [lower[text] for text in difflib.get_close_matches(wanted, lower, n=1, cutoff=0.6)]
        said.append(f"no {item.words}" + (f" (nearest: '{near[0]}')" if near else ""))
    expected = "; ".join(f"{item.words} for {item.column}" for item in missing)
    found = "; ".join(said)
    if table.header is not None:
        found += f"; {len(header)} headers in row {table.header_row} of {table.place}"
        if shows and header and not any(item.clash for item in missing):
            shown = ", ".join(f"'{text[:60]}'" for text in header[:12])
            found += f": {shown}{', …' if len(header) > 12 else ''}"
    check = "columns"
    if len(sought) > 1 and hits == 0 and table.header is not None and not table.paths:
        check = "header"
        found = f"none of the {len(sought)} expected headers in row {table.header_row} of {table.place}"
        if not may_quote:
            found += " (its cells are not shown: they may be data)"
        expected = "a header row with " + ", ".join(_words(locator) for locator in sought)
    return reading.fault(
        check,
        table.source.name,
        expected=expected,
        found=found,
        remedy=_remedy(reading, table, sought, hits, missing),
        count=len(missing),
    )


def _by_header(locator: Locator) -> bool:
    return locator.header is not None or locator.pattern is not None


def _remedy(
    reading: Reading, table: SourceTable, sought: list[Locator], hits: int, missing: list[_Missing]
) -> str:
    if any(item.clash for item in missing):
        return "Say in the layout which of them is meant (occurrence: 1 is the first), or narrow the pattern."
    header = table.header or []
    if len(header) == 1 and reading.layout.format == "csv":
        for mark, name in ((";", "a semicolon"), ("\t", "a tab"), ("|", "a bar"), (",", "a comma")):
            if mark != reading.layout.delimiter and mark in table.header_text:
                return (
                    f"The cells are parted by {name}: set the layout's delimiter, or ask for the agreed one."
                )
    best, best_hits = 0, hits
    for line, row in itertools.chain(table.before, itertools.islice(table.rows, HEADER_SEARCH)):
        folded = [fold(cell or "") for cell in row]
        score = sum(1 for locator in sought if _matches(locator, folded))
        if score > best_hits:
            best, best_hits = line, score
    if best:
        return (
            f"{best_hits} of the expected headers stand in row {best}: add a layout with header_row: {best} "
            "for this edition, or ask the supplier for the agreed file."
        )
    return (
        "Ask the supplier for the agreed columns, or add a layout for this edition to sources.yml that says "
        "where they are now."
    )


def _cut(pattern: str) -> Callable[[str | None], str | None]:
    """Pick a part out of a cell; a cell that does not match stays as it is, for the checks to see."""
    search = re.compile(pattern).search

    def one(text: str | None) -> str | None:
        match = search(text) if text is not None else None
        return match.group(1) if match is not None else text

    return one


def _picker(indexes: list[int]) -> Callable[[Row], tuple[str | None, ...]]:
    if not indexes:
        return lambda row: ()
    if len(indexes) == 1:
        at = indexes[0]
        return lambda row: (row[at],)
    return itemgetter(*indexes)


@dataclass
class _Faults:
    """Rows that hold more cells than the header, and unnamed columns that hold text."""

    surplus: list[int] = field(default_factory=list)
    surplus_count: int = 0


def copy_table(reading: Reading, table: SourceTable, shape: Shape, sink: Sink, tally: Tally) -> None:
    """Find the contract columns in a table and write its rows.

    Args:
        reading: the delivery being read.
        table: the table as sent; its rows are used up.
        shape: the columns the layout fills.
        sink: takes the rows.
        tally: counts, added to.

    Raises:
        DeliveryError: `columns` (renamed, absent or ambiguous columns, all in one finding; rows with
            more cells than the header) or `header` (none of the expected headers).
    """
    plan = _resolve(reading, table, shape, tally)
    sink.begin([*plan.fixed, table.source.name, table.sheet])
    faults = _Faults()
    write = _hashing(reading, shape, sink.write)
    for cells, line in _cells(reading, table, plan, shape, tally, faults):
        write(cells, line)
    if faults.surplus_count:
        raise reading.fault(
            "columns",
            table.source.name,
            expected=f"at most {plan.width} cells a row, as many as the header has",
            found=f"{faults.surplus_count} rows with more",
            remedy="A cell that holds the delimiter was sent without quotes, so its row is shifted. "
            "Ask the supplier to export it again with quotes.",
            rows=faults.surplus,
            count=faults.surplus_count,
        )


def _hashing(
    reading: Reading, shape: Shape, write: Callable[[Sequence[str | None], int], None]
) -> Callable[[Sequence[str | None], int], None]:
    """Write rows with identifiers replaced by keyed hashes, where the contract says so."""
    columns = reading.dataset.columns
    places = [at for at, name in enumerate((*shape.cells, *shape.turned)) if columns[name].hashed]
    if not places:
        return write
    key = reading.key

    def one(cells: Sequence[str | None], line: int) -> None:
        changed = list(cells)
        for at in places:
            changed[at] = pseudonym(key, changed[at])
        write(changed, line)

    return one


def _cells(
    reading: Reading, table: SourceTable, plan: _Plan, shape: Shape, tally: Tally, faults: _Faults
) -> Iterator[tuple[Sequence[str | None], int]]:
    """Cells in the sink's order for each kept row; counts what it meets."""
    layout = reading.layout
    pick = _picker(plan.cells)
    cuts = [
        (at, _cut(extract))
        for at, name in enumerate(shape.cells)
        if (extract := layout.columns[name].extract) is not None
    ]
    keep_at, keep = -1, None
    if layout.keep is not None:
        order = (*shape.cells, *shape.turned)
        if layout.keep.column not in order:
            raise reading.misuse(f"keep: {layout.keep.column} is not read from the rows")
        keep_at, keep = order.index(layout.keep.column), re.compile(layout.keep.pattern).fullmatch
    early = keep is not None and keep_at < len(shape.cells)
    states_total = _states_total(layout, shape)
    width, wide, unnamed = plan.width, plan.wide, plan.unnamed
    size = width
    for line, row in _watched(table.rows, plan, tally):
        tally.read += 1
        size = len(row)
        padded = row if size >= width else [*row, *[None] * (width - size)]
        cells: Sequence[str | None] = pick(padded)
        if cuts:
            changed = list(cells)
            for at, cut in cuts:
                changed[at] = cut(changed[at])
            cells = changed
        if early and keep is not None and keep((cells[keep_at] or "").strip()) is None:
            tally.left += 1
            tally.totals += [(table.sheet, line, list(cells))] if states_total(cells) else []
            continue
        if size != width:
            _odd_width(row, line, width, tally, faults)
        if unnamed:
            unnamed = _still_unnamed(padded, unnamed, tally)
        if not wide:
            yield cells, line
            continue
        whole = keep is None or early
        kept = 0
        for name, places in wide:
            turned = (*cells, name, *(None if at is None else padded[at] for at in places))
            if whole or keep is None or keep((turned[keep_at] or "").strip()) is not None:
                kept += 1
                yield turned, line
        tally.left += not kept
    tally.cut = size < width and tally.short == 1


def _states_total(layout: Layout, shape: Shape) -> Callable[[Sequence[str | None]], bool]:
    """Whether a row is one of those that state totals."""
    stated = [
        (shape.cells.index(total.column), re.compile(total.pattern).fullmatch)
        for total in layout.totals
        if total.column in shape.cells
    ]
    return lambda cells: any(matches((cells[at] or "").strip()) for at, matches in stated)


def _unnamed(at: int) -> str:
    return f"(column {at + 1}, without a header)"


@dataclass
class _Strangers:
    """Columns that nobody spoke of, while some of their cells are looked at.

    Attributes:
        watched: position -> heading.
    """

    watched: dict[int, str]
    _cells: dict[int, list[str]] = field(default_factory=dict)

    def look(self, row: Row) -> None:
        """Look at the cells of a row."""
        for at in self.watched:
            cell = row[at] if at < len(row) else None
            if cell and cell.strip():
                seen = self._cells.setdefault(at, [])
                if len(seen) < LOOKED_AT:
                    seen.append(cell.strip())

    def judge(self, tally: Tally) -> None:
        """Say which look personal, and forget the cells."""
        for at, heading in self.watched.items():
            if looks_personal(self._cells.get(at, [])):
                _add(tally.personal, heading)
        self._cells.clear()


def _watched(rows: Iterator[tuple[int, Row]], plan: _Plan, tally: Tally) -> Iterator[tuple[int, Row]]:
    """The rows as they are; the first of them are looked at for personal data in unknown columns."""
    strange = _Strangers({**plan.strangers, **{at: _unnamed(at) for at in plan.unnamed}})
    if strange.watched:
        for line, row in itertools.islice(rows, MOST_ROWS):
            strange.look(row)
            yield line, row
        strange.judge(tally)
    yield from rows


def _odd_width(row: Row, line: int, width: int, tally: Tally, faults: _Faults) -> None:
    if len(row) < width:
        tally.short += 1
    elif any(cell and cell.strip() for cell in row[width:]):
        faults.surplus_count += 1
        if len(faults.surplus) < ROWS_NAMED:
            faults.surplus.append(line)


def _still_unnamed(row: Row, unnamed: list[int], tally: Tally) -> list[int]:
    """Report columns without a header as soon as they hold text; the others stay watched."""
    left = []
    for at in unnamed:
        cell = row[at]
        if cell and cell.strip():
            _add(tally.unexpected, _unnamed(at))
        else:
            left.append(at)
    return left
