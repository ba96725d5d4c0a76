"""The kinds of fault: each a pure function from a good delivery's files to wrong ones.

Belongs here: what can be wrong with a delivery, and where that has meaning. Does not belong here: file
formats (`files.py`), or what the gate says of it (`corpus.py`). No kind draws at random: which rows and
areas are touched follows from the delivery, so that the same delivery gives the same corrupted bytes.
"""

from __future__ import annotations

import datetime as dt
import random
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from spi_orchestration.catalogue import NUMBER_TYPES, YEAR_TYPES, Catalogue, Dataset, Layout
from spi_orchestration.checks.profile import Roles, roles_of
from tests.faults.files import Formula, Grid, Style, open_file

__all__ = ["KINDS", "Case", "Kind", "corrupt"]

Files = dict[str, bytes]


@dataclass
class Case:
    """A good delivery that is about to be made wrong.

    Attributes:
        dataset, layout, edition: whose it is.
        catalogue: all datasets.
        files: name on the share -> content.
        before: files of the edition before, in the same order; empty where there is none.
        before_layout: their layout.
        raw: its rows as read: contract columns as text, with position.
        wards: code -> name.
        other: a file of another dataset.
    """

    dataset: Dataset
    layout: Layout
    edition: int
    catalogue: Catalogue
    files: Files
    before: Files
    before_layout: Layout | None
    raw: list[dict[str, Any]]
    wards: Mapping[str, str]
    other: bytes = b""
    roles: Roles = field(init=False)

    def __post_init__(self) -> None:
        self.roles = roles_of(self.dataset)

    @property
    def quantities(self) -> list[str]:
        """Number columns, measured ones first."""
        return list(self.roles.quantities)

    @property
    def area(self) -> str | None:
        """The one column with the code or name of an area, where there is such."""
        columns = self.roles.area_columns
        return columns[0] if len(columns) == 1 else None

    def marks(self, name: str, *statuses: str) -> set[str]:
        """Marks of a column that stand for one of some statuses."""
        known = self.catalogue.marks_of(self.dataset.columns[name])
        return {text for text, mark in known.items() if mark.status in statuses}


@dataclass
class View:
    """One table of the delivery under change.

    Attributes:
        case: the delivery.
        grid: the table.
        style: how it will be written.
        data: indices of data rows.
        header: index of the header row, or None.
        at: contract column -> indices of its cells in a row.
    """

    case: Case
    grid: Grid
    style: Style
    data: list[int]
    header: int | None
    at: dict[str, list[int]]

    @property
    def rows(self) -> list[list[Any]]:
        return self.grid.rows

    def cell(self, row: int, column: int) -> Any:
        line = self.rows[row]
        return line[column] if column < len(line) else None

    def put(self, row: int, column: int, value: Any) -> bool:
        line = self.rows[row]
        if column >= len(line):
            line.extend([""] * (column + 1 - len(line)))
        changed = line[column] != value
        line[column] = value
        return bool(changed)

    def places(self, name: str) -> list[int]:
        return self.at.get(name, [])

    def keep(self, wanted: Callable[[int], bool]) -> bool:
        """Keep only some data rows; all other rows stay."""
        gone = {row for row in self.data if not wanted(row)}
        self.grid.rows = [line for at, line in enumerate(self.rows) if at not in gone]
        return bool(gone)


Change = Callable[[View], bool]


def _fold(text: Any) -> str:
    return re.sub(r"\s+", " ", str(text or "")).strip().lower()


def _locate(case: Case, grid: Grid, header: int | None) -> dict[str, list[int]]:
    layout = case.layout
    texts = [_fold(cell) for cell in grid.rows[header]] if header is not None else []
    found: dict[str, list[int]] = {}
    for name, locator in layout.columns.items():
        if locator.position is not None:
            found[name] = [locator.position - 1]
        elif locator.header is not None:
            hits = [at for at, text in enumerate(texts) if text == _fold(locator.header)]
            if len(hits) >= locator.occurrence:
                found[name] = [hits[locator.occurrence - 1]]
        elif locator.pattern is not None:
            hits = [at for at, text in enumerate(texts) if re.search(locator.pattern, text, re.I)]
            if len(hits) >= locator.occurrence:
                found[name] = [hits[locator.occurrence - 1]]
        elif locator.path is not None:
            plain = locator.path.removeprefix("properties.").lower()
            hits = [at for at, text in enumerate(texts) if text in {plain, locator.path.lower()}]
            if not hits and locator.path == "@geometry":
                hits = [at for at, text in enumerate(texts) if text in {"geom", "@geometry"}]
            found[name] = hits[:1]
    if layout.unpivot and header is not None:
        for name, pattern in layout.unpivot.values.items():
            found[name] = [
                at
                for at, cell in enumerate(grid.rows[header])
                if re.search(pattern, re.sub(r"\s+", " ", str(cell)).strip(), re.I)
            ]
    return {name: places for name, places in found.items() if places}


def _views(case: Case, files: Files) -> Iterator[View]:
    by_table: dict[tuple[str, str | None], list[int]] = {}
    for row in case.raw:
        by_table.setdefault((row["_file"], row["_sheet"]), []).append(int(row["_row"]))
    for name, content in files.items():
        for grid in open_file(name, content, case.layout):
            label = name + (f"!/{grid.member}" if grid.member else "")
            numbers = by_table.get((label, grid.sheet)) or by_table.get((label, None))
            if not numbers and grid.family == "gpkg":
                numbers = next((v for (file, _), v in by_table.items() if file == label), None)
            if not numbers:
                continue
            data = sorted({number - grid.first for number in numbers})
            header = None
            if grid.first == 0:
                header = 0
            elif case.layout.header_row:
                header = case.layout.header_row - 1
            yield View(case, grid, Style(), data, header, _locate(case, grid, header))


def _edit(change: Change, *, first_only: bool = False) -> Callable[[Case], Files | None]:
    """A kind that changes cells or rows of every table; None where nothing changed."""

    def make(case: Case) -> Files | None:
        out: Files = {}
        for view in _views(case, case.files):
            if first_only and out:
                break
            if change(view):
                out[view.grid.file] = view.grid.write(view.grid.rows, view.style)
        return case.files | out if out else None

    return make


def _number(cell: Any) -> float | None:
    if isinstance(cell, bool) or cell is None:
        return None
    if isinstance(cell, int | float):
        return float(cell)
    text = str(cell).strip().replace(",", "").removesuffix("%")
    try:
        return float(text)
    except ValueError:
        return None


def _like(cell: Any, value: float, case: Case | None = None) -> Any:
    """A number written as the cell was."""
    whole = float(value).is_integer()
    if isinstance(cell, int | float):
        return int(value) if whole and isinstance(cell, int) else value
    text = str(cell)
    decimals = len(text.partition(".")[2].removesuffix("%")) if "." in text else 0
    made = f"{value:.{decimals}f}" if decimals else (str(int(value)) if whole else repr(round(value, 6)))
    return made + ("%" if text.endswith("%") else "")


def _each(name: str | None, change: Callable[[View, int, int, Any], Any]) -> Change:
    """Change each cell of a column; `change` gives the new cell or the same."""

    def one(view: View) -> bool:
        touched = False
        names = [name] if name else view.case.quantities
        for column in names:
            for at in view.places(column):
                for row in view.data:
                    cell = view.cell(row, at)
                    new = change(view, row, at, cell)
                    if new is not cell and new != cell:
                        touched |= view.put(row, at, new)
        return touched

    return one


def _first_quantity(change: Callable[[View, int, int, Any], Any]) -> Change:
    def one(view: View) -> bool:
        for name in view.case.quantities:
            if view.places(name):
                return _each(name, change)(view)
        return False

    return one


def _scaled(factor: float) -> Callable[[View, int, int, Any], Any]:
    def change(view: View, row: int, at: int, cell: Any) -> Any:
        number = _number(cell)
        return cell if number is None or number == 0 else _like(cell, number * factor)

    return change


def _times(factor: float) -> Callable[[View, int, int, Any], Any]:
    """As `_scaled`, and whole numbers stay whole."""

    def change(view: View, row: int, at: int, cell: Any) -> Any:
        number = _number(cell)
        if not number:
            return cell
        return _like(cell, float(round(number * factor)) if number.is_integer() else number * factor)

    return change


# --- files -------------------------------------------------------------------------------------------


def _missing(case: Case) -> Files | None:
    return dict(list(case.files.items())[1:])


def _emptied(case: Case) -> Files | None:
    return case.files | {next(iter(case.files)): b""}


def _cut(case: Case) -> Files | None:
    name, content = max(case.files.items(), key=lambda item: len(item[1]))
    return case.files | {name: content[: int(len(content) * 0.6)]}


def _web_page(case: Case) -> Files | None:
    page = (
        b"<!DOCTYPE html><html><head><title>Sign in</title></head><body>Your session expired.</body></html>"
    )
    return case.files | {next(iter(case.files)): page}


def _other_dataset(case: Case) -> Files | None:
    return case.files | {next(iter(case.files)): case.other} if case.other else None


def _recoded(encoding: str) -> Callable[[Case], Files | None]:
    def make(case: Case) -> Files | None:
        if case.layout.format != "csv":
            return None
        out = {}
        for view in _views(case, case.files):
            view.style.encoding = encoding
            out[view.grid.file] = view.grid.write(view.grid.rows, view.style)
        return case.files | out if out and out != case.files else None

    return make


def _garbled(view: View) -> bool:
    """Letters beyond ASCII, and a dash in a name, become what a wrong code page makes of them."""
    touched = False
    for row in view.data:
        for at, cell in enumerate(view.rows[row]):
            if isinstance(cell, str) and re.search(r"[’'&]", cell):
                touched |= view.put(
                    row, at, cell.replace("’", "â€™").replace("'", "â€™").replace("&", "&amp;")
                )
    return touched


def _styled(**parts: Any) -> Callable[[Case], Files | None]:
    def change(view: View) -> bool:
        if view.grid.family not in {"csv"}:
            return False
        for name, value in parts.items():
            setattr(view.style, name, value)
        return True

    made = _edit(change)

    def make(case: Case) -> Files | None:
        out = made(case)
        return out if out is not None and out != case.files else None

    return make


# --- header and layout -------------------------------------------------------------------------------


def _no_header(view: View) -> bool:
    if view.header is None or view.grid.family not in {"csv", "xlsx", "ods"}:
        return False
    del view.rows[view.header]
    return True


def _required(view: View) -> list[str]:
    keyed = [name for name in view.case.dataset.contract.key if view.places(name)]
    return [*[name for name in view.case.quantities if view.places(name)], *keyed, *view.at]


def _renamed_header(view: View) -> bool:
    names = _required(view)
    if view.header is None or not names:
        return False
    return view.put(view.header, view.places(names[0])[0], "Field 7")


def _headers_exchanged(view: View) -> bool:
    pair = _pair(view)
    if view.header is None or pair is None:
        return False
    a, b = pair
    x, y = view.cell(view.header, a), view.cell(view.header, b)
    view.put(view.header, a, y)
    return view.put(view.header, b, x)


def _column_gone(view: View) -> bool:
    names = _required(view)
    if not names:
        return False
    at = view.places(names[0])[0]
    for line in view.rows:
        if at < len(line):
            del line[at]
    return True


def _blank_column(view: View) -> bool:
    if view.grid.family not in {"csv", "xlsx", "ods"}:
        return False
    view.grid.rows = [["", *line] for line in view.rows]
    return True


def _preamble(view: View) -> bool:
    if view.grid.family not in {"csv", "xlsx", "ods"}:
        return False
    view.grid.rows = [["Extract for the council"], ["Produced on request"], [""], *view.rows]
    return True


def _no_preamble(view: View) -> bool:
    if view.header is None or view.header == 0 or view.grid.family not in {"csv", "xlsx", "ods"}:
        return False
    del view.rows[0]
    return True


def _added_column(title: str, text: Callable[[int], str]) -> Change:
    def change(view: View) -> bool:
        if view.header is None:
            return False
        width = max(len(view.rows[row]) for row in [view.header, *view.data])
        view.put(view.header, width, title)
        for number, row in enumerate(view.data):
            view.put(row, width, text(number))
        return True

    return change


def _nhs_number(number: int) -> str:
    for tail in range(number * 7 + 1, number * 7 + 40):
        digits = f"{943000000 + tail:09d}"
        check = 11 - sum(int(d) * (10 - at) for at, d in enumerate(digits)) % 11
        if check != 10:
            return digits + str(check % 11)
    return "9434765919"


def _sheet_renamed(view: View) -> bool:
    if view.grid.family not in {"xlsx", "ods"} or not view.case.layout.sheet:
        return False
    view.style.sheet = "Sheet1 (2)"
    return True


def _sheet_before(view: View) -> bool:
    if view.grid.family not in {"xlsx", "ods"}:
        return False
    view.style.before = ("Cover note (1)", [["About this workbook"], ["Ask the sender"]])
    return True


# --- rows --------------------------------------------------------------------------------------------


def _half(view: View) -> bool:
    last = view.data[len(view.data) // 2]
    return len(view.data) > 3 and view.keep(lambda row: row < last)


def _part(start: float, end: float) -> Change:
    """Only the rows from one share of the table to another."""

    def change(view: View) -> bool:
        count = len(view.data)
        kept = set(view.data[int(count * start) : int(count * end)])
        return view.keep(lambda row: row in kept)

    return change


def _every_third(view: View) -> bool:
    gone = set(view.data[::3])
    return len(view.data) > 3 and view.keep(lambda row: row not in gone)


def _one_row(view: View) -> bool:
    middle = view.data[len(view.data) // 2]
    return view.keep(lambda row: row != middle)


def _repeat(rows: Callable[[list[int]], list[int]]) -> Change:
    def change(view: View) -> bool:
        lines = [list(view.rows[row]) for row in rows(view.data)]
        at = view.data[-1] + 1
        view.grid.rows = [*view.rows[:at], *lines, *view.rows[at:]]
        return bool(lines)

    return change


def _reversed_rows(view: View) -> bool:
    lines = [view.rows[row] for row in reversed(view.data)]
    for row, line in zip(view.data, lines, strict=True):
        view.rows[row] = line
    return len(lines) > 1


def _coded_area(case: Case) -> str | None:
    """The area column, where areas are named by code or name and not by postcode, property or position."""
    name = case.area
    if name is None or case.dataset.columns[name].type not in {"code", "text"}:
        return None
    return name


def _area_at(view: View) -> int | None:
    """Where the code or name of the area stands, if the table has it."""
    name = _coded_area(view.case)
    return view.places(name)[0] if name is not None and view.places(name) else None


def _totals(view: View) -> dict[Any, float]:
    name = _coded_area(view.case)
    totals: dict[Any, float] = {}
    if name is None or not view.places(name):
        return totals
    at = view.places(name)[0]
    numbers = [view.places(q)[0] for q in view.case.quantities if view.places(q)][:1]
    for row in view.data:
        value = sum(_number(view.cell(row, n)) or 0 for n in numbers) if numbers else 1.0
        area = view.cell(row, at)
        if area not in {None, ""} and _mine(view, row):
            totals[area] = totals.get(area, 0) + value
    return totals


def _mine(view: View, row: int) -> bool:
    """Whether a row is of the latest period, where several stand in one table."""
    time = view.case.roles.time
    if time is None or not view.places(time) or view.case.dataset.columns[time].type not in YEAR_TYPES:
        return True
    at = view.places(time)[0]
    return bool(str(view.cell(row, at)) == max(str(view.cell(r, at)) for r in view.data))


def _order(view: View) -> list[Any] | None:
    """Areas from the smallest to the largest; None where there are fewer than four."""
    totals = _totals(view)
    return sorted(totals, key=lambda area: (totals[area], str(area))) if len(totals) >= 4 else None


def _at(order: list[Any], share: float) -> Any:
    """The area at a share of the way from the smallest to the largest."""
    return order[min(int(len(order) * share), len(order) - 1)]


def _area_gone(share: float) -> Change:
    def change(view: View) -> bool:
        order, name = _order(view), _coded_area(view.case)
        if order is None or name is None:
            return False
        at = view.places(name)[0]
        return view.keep(lambda row: view.cell(row, at) != _at(order, share))

    return change


def _named(view: View, name: str) -> list[int]:
    """The columns with an area's code and name."""
    geography = view.case.dataset.contract.geography
    others = [view.places(n)[0] for n in (geography.name, geography.code) if n and view.places(n)]
    return sorted({view.places(name)[0], *others})


def _under(view: View, name: str, other: Mapping[Any, Any]) -> bool:
    """The rows of each area under the code and name of another: area -> the other area."""
    at, columns = view.places(name)[0], _named(view, name)
    cells = {view.cell(row, at): {c: view.cell(row, c) for c in columns} for row in view.data}
    touched = False
    for row in view.data:
        area = view.cell(row, at)
        if area in other:
            for column, cell in cells[other[area]].items():
                touched |= view.put(row, column, cell)
    return touched


def _areas_exchanged(low: float, high: float) -> Change:
    """Two areas exchange codes and names, as rows pasted in the wrong place do."""

    def change(view: View) -> bool:
        order, name = _order(view), _coded_area(view.case)
        if order is None or name is None:
            return False
        one, other, totals = _at(order, low), _at(order, high), _totals(view)
        return totals[one] != totals[other] and _under(view, name, {one: other, other: one})

    return change


def _codes_rotated(view: View) -> bool:
    """The rows of each area under the code and name of the next one in the file."""
    name = _coded_area(view.case)
    if name is None or not view.places(name):
        return False
    at = view.places(name)[0]
    areas = list(dict.fromkeys(view.cell(row, at) for row in view.data))
    if len(areas) < 4:
        return False
    return _under(view, name, dict(zip(areas, [*areas[1:], areas[0]], strict=True)))


def _other_vintage(view: View) -> bool:
    at, touched = _area_at(view), False
    if at is None:
        return False
    for row in view.data:
        cell = str(view.cell(row, at) or "")
        match = re.search(r"([ENSW]\d{2})(\d{6})", cell)
        if match:
            older = f"{match[1]}{(int(match[2]) + 993_711) % 1_000_000:06d}"
            touched |= view.put(row, at, cell.replace(match[0], older))
    return touched


def _filled_down(view: View) -> bool:
    """Codes filled down as a series from the first; names stay right."""
    at, touched = _area_at(view), False
    if at is None:
        return False
    start = re.search(r"([ENSW]\d{2})(\d{6})", str(view.cell(view.data[0], at) or ""))
    if not start:
        return False
    for number, row in enumerate(view.data):
        cell = str(view.cell(row, at) or "")
        new = f"{start[1]}{(int(start[2]) + number) % 1_000_000:06d}"
        touched |= view.put(row, at, re.sub(r"[ENSW]\d{8}", new, cell))
    return touched


def _codes_sorted(view: View) -> bool:
    """Only the area column is sorted, backwards."""
    at = _area_at(view)
    if at is None:
        return False
    cells = sorted((view.cell(row, at) for row in view.data), key=str, reverse=True)
    return any([view.put(row, at, cell) for row, cell in zip(view.data, cells, strict=True)])


def _lower_codes(view: View) -> bool:
    name = view.case.area
    if name is None or not view.places(name):
        return False
    at = view.places(name)[0]
    return any(
        [
            view.put(row, at, f" {view.cell(row, at).lower()} ")
            for row in view.data
            if isinstance(view.cell(row, at), str)
        ]
    )


def _scientific(view: View) -> bool:
    """Property numbers as a spreadsheet shows them: 9.9E+10."""
    touched = False
    for name, spec in view.case.dataset.columns.items():
        if spec.type != "uprn":
            continue
        for at in view.places(name):
            for row in view.data:
                number = _number(view.cell(row, at))
                if number:
                    touched |= view.put(row, at, f"{number:.1E}")
    return touched


def _postcodes(change: Callable[[int, str], str]) -> Change:
    def one(view: View) -> bool:
        touched = False
        for name, spec in view.case.dataset.columns.items():
            if spec.type != "postcode" and name != "postcode":
                continue
            for at in view.places(name):
                for number, row in enumerate(view.data):
                    cell = view.cell(row, at)
                    if isinstance(cell, str) and cell:
                        touched |= view.put(row, at, change(number, cell))
        return touched

    return one


# --- periods -----------------------------------------------------------------------------------------


def _year_shifted(text: str, by: int) -> str:
    """Every year in a text moved: 2025/26, 202526, 2025, Apr-25, 01/04/2025, 2025-04."""

    def long(match: re.Match[str]) -> str:
        year = int(match[0])
        return str(year + by) if 1990 <= year <= 2035 else match[0]

    if re.fullmatch(r"20\d{4}", text) and int(text[4:]) == (int(text[2:4]) + 1) % 100:
        return f"{int(text[:4]) + by}{(int(text[4:]) + by) % 100:02d}"
    new = re.sub(r"(?<!\d)(?:19|20)\d{2}(?!\d)", long, text)
    # The second half of 2025/26 or 2025-26, and years of two digits at the end.
    new = re.sub(
        r"((?:19|20)\d{2}\s?[/\-]\s?)(\d{2})(?![\d\-/])",
        lambda m: f"{m[1]}{(int(m[2]) + by) % 100:02d}" if _pairs(text) else m[0],
        new,
    )
    if new == text:
        new = re.sub(r"([A-Za-z]{3}-)(\d{2})$", lambda m: f"{m[1]}{(int(m[2]) + by) % 100:02d}", text)
    return new


def _pairs(text: str) -> bool:
    match = re.search(r"((?:19|20)\d{2})\s?[/\-]\s?(\d{2})(?![\d\-/])", text)
    return bool(match) and int(match[2]) == (int(match[1]) + 1) % 100  # type: ignore[index]


def _period_moved(by: int) -> Change:
    def change(view: View) -> bool:
        touched = False
        named = [view.case.dataset.contract.period_column, view.case.roles.time]
        named += [n for n in view.case.dataset.columns if n in {"period", "census", "snapshot", "year"}]
        for name in dict.fromkeys(n for n in named if n):
            for at in view.places(name):
                for row in view.data:
                    cell = view.cell(row, at)
                    if isinstance(cell, dt.date | dt.datetime):
                        day = min(cell.day, 28)
                        touched |= view.put(row, at, cell.replace(year=cell.year + by, day=day))
                    elif isinstance(cell, int | float) and 1990 <= cell <= 2035:
                        touched |= view.put(row, at, type(cell)(cell + by))
                    elif isinstance(cell, str):
                        touched |= view.put(row, at, _year_shifted(cell, by))
        return touched

    return change


def _day_month(view: View) -> bool:
    touched = False
    for name, spec in view.case.dataset.columns.items():
        if spec.type != "date" or name != view.case.roles.time:
            continue
        for at in view.places(name):
            for row in view.data:
                cell = view.cell(row, at)
                if isinstance(cell, dt.date | dt.datetime):
                    if cell.day <= 12:
                        touched |= view.put(row, at, cell.replace(month=cell.day, day=cell.month))
                elif isinstance(cell, str):
                    new = re.sub(r"^(\d{2})/(\d{2})/", r"\2/\1/", cell)
                    new = re.sub(r"^(\d{4})-(\d{2})-(\d{2})", r"\1-\3-\2", new) if new == cell else new
                    touched |= view.put(row, at, new)
    return touched


def _serial_days(view: View) -> bool:
    touched = False
    for name, spec in view.case.dataset.columns.items():
        if spec.type != "date" or name != view.case.roles.time:
            continue
        for at in view.places(name):
            for row in view.data:
                cell = view.cell(row, at)
                day = None
                if isinstance(cell, dt.datetime):
                    day = cell.date()
                elif isinstance(cell, dt.date):
                    day = cell
                elif isinstance(cell, str):
                    for form in ("%Y-%m-%d", "%d/%m/%Y", "%d-%b-%y"):
                        try:
                            day = dt.datetime.strptime(cell.strip()[:11].strip(), form).date()
                            break
                        except ValueError:
                            continue
                if day:
                    touched |= view.put(row, at, str((day - dt.date(1899, 12, 30)).days))
    return touched


def _last_year(case: Case) -> Files | None:
    if len(case.before) != len(case.files) or not case.before:
        return None
    out = dict(zip(case.files, case.before.values(), strict=True))
    return out if out != case.files else None


def _last_year_relabelled(case: Case) -> Files | None:
    """Last year's figures with this year's period."""
    files = _last_year(case)
    if files is None or case.before_layout is None or case.before_layout.id != case.layout.id:
        return None
    # Positions are those of the older file, which has no rows as read here: every row below the header moves.
    out: Files = {}
    for name, content in files.items():
        for grid in open_file(name, content, case.layout):
            header = 0 if grid.first == 0 else case.layout.header_row - 1 if case.layout.header_row else None
            data = [
                at
                for at in range((header if header is not None else -1) + 1, len(grid.rows))
                if grid.rows[at]
            ]
            view = View(case, grid, Style(), data, header, _locate(case, grid, header))
            if _period_moved(1)(view):
                out[name] = grid.write(grid.rows, view.style)
    return files | out


def _mixed(case: Case) -> Files | None:
    """The second half of the rows comes from last year's file, with this year's period."""
    older = _last_year_relabelled(case)
    if older is None:
        return None
    out: Files = {}
    for view in _views(case, case.files):
        match = [
            g
            for g in open_file(view.grid.file, older[view.grid.file], case.layout)
            if g.sheet == view.grid.sheet and (g.member or "")[-12:] == (view.grid.member or "")[-12:]
        ]
        if not match:
            continue
        lines = match[0].rows
        touched = False
        for row in view.data[len(view.data) // 2 :]:
            if row < len(lines) and len(lines[row]) == len(view.rows[row]) and lines[row] != view.rows[row]:
                view.rows[row] = list(lines[row])
                touched = True
        if touched:
            out[view.grid.file] = view.grid.write(view.grid.rows, view.style)
    return case.files | out if out else None


def _month_gone(view: View) -> bool:
    """The rows of the month with most of them are missing."""
    time = view.case.roles.time
    if time is None or view.case.dataset.columns[time].type not in {"date", "month"} or not view.places(time):
        return False
    spot = {
        int(r["_row"]): str(r[time])
        for r in view.case.raw
        if r["_file"].partition("!/")[0] == view.grid.file
        and (r["_file"].partition("!/")[2] or None) == view.grid.member
    }
    months: dict[str, list[int]] = {}
    for row in view.data:
        text = spot.get(row + view.grid.first, "")
        for form in ("%Y-%m-%d", "%d/%m/%Y", "%d-%b-%y", "%Y-%m", "%b-%y"):
            try:
                months.setdefault(dt.datetime.strptime(text[:10].strip(), form).strftime("%Y-%m"), []).append(
                    row
                )
                break
            except ValueError:
                continue
    if len(months) < 3:
        return False
    gone = set(max(months.items(), key=lambda item: (len(item[1]), item[0]))[1])
    return view.keep(lambda row: row not in gone)


def _provisional(view: View) -> bool:
    touched = False
    for at in view.places("release_status"):
        for row in view.data:
            touched |= view.put(row, at, "Provisional")
    return touched


# --- numbers -----------------------------------------------------------------------------------------


def _one_area(view: View, share: float = 1.0) -> tuple[Any, int, list[int]] | None:
    """One area's code, the column that holds it, and the columns of the first quantity."""
    order, name = _order(view), _coded_area(view.case)
    quantities = [q for q in view.case.quantities if view.places(q)]
    if order is None or name is None or not quantities:
        return None
    return _at(order, share), view.places(name)[0], view.places(quantities[0])


def _one_area_scaled(factor: float, share: float = 1.0) -> Change:
    def change(view: View) -> bool:
        chosen = _one_area(view, share)
        if chosen is None:
            return False
        area, at, columns = chosen
        touched = False
        for row in view.data:
            if view.cell(row, at) == area:
                for column in columns:
                    cell = view.cell(row, column)
                    number = _number(cell)
                    if number:
                        touched |= view.put(row, column, _like(cell, number * factor))
        return touched

    return change


def _one_area_blank(view: View) -> bool:
    """All numbers of the largest area are blank."""
    chosen = _one_area(view)
    if chosen is None:
        return False
    area, at, _ = chosen
    columns = [column for name in view.case.quantities for column in view.places(name)]
    return any(
        [view.put(row, column, "") for row in view.data if view.cell(row, at) == area for column in columns]
    )


def _one_cell(view: View) -> bool:
    chosen = _one_area(view)
    if chosen is None:
        return False
    area, at, columns = chosen
    for row in view.data:
        column = columns[-1]
        cell = view.cell(row, column)
        number = _number(cell)
        if view.cell(row, at) == area and _mine(view, row) and number and number > 20:
            return view.put(
                row,
                column,
                _like(cell, round(number * 1.03, 4) if number % 1 else float(round(number * 1.03))),
            )
    return False


def _pair(view: View) -> tuple[int, int] | None:
    """Two number columns that belong together: part and whole where a rule says so."""
    for rule in view.case.dataset.contract.rules:
        if rule.kind == "not_above" and rule.other and view.places(rule.column) and view.places(rule.other):
            return view.places(rule.column)[0], view.places(rule.other)[0]
    known = [view.places(q)[0] for q in view.case.quantities if len(view.places(q)) == 1]
    return (known[0], known[1]) if len(known) > 1 else None


def _cells_exchanged(view: View, a: int, b: int) -> bool:
    """Two columns exchange their cells, row by row."""
    touched = False
    for row in view.data:
        x, y = view.cell(row, a), view.cell(row, b)
        touched |= view.put(row, a, y)
        view.put(row, b, x)
    return touched


def _part_and_whole(view: View) -> bool:
    pair = _pair(view)
    return pair is not None and _cells_exchanged(view, *pair)


def _complement(view: View) -> bool:
    """The part that was not meant: those without in place of those with; 100 less a percentage."""
    for rule in view.case.dataset.contract.rules:
        if rule.kind == "not_above" and rule.other and view.places(rule.column) and view.places(rule.other):
            a, b = view.places(rule.column)[0], view.places(rule.other)[0]
            touched = False
            for row in view.data:
                x, y = _number(view.cell(row, a)), _number(view.cell(row, b))
                if x is not None and y is not None and y >= x:
                    touched |= view.put(row, a, _like(view.cell(row, a), y - x))
            return touched
    for name in view.case.quantities:
        if view.case.dataset.columns[name].type == "percent" and view.places(name):

            def change(view: View, row: int, at: int, cell: Any) -> Any:
                number = _number(cell)
                return cell if number is None or not 0 <= number <= 100 else _like(cell, 100 - number)

            return _each(name, change)(view)
    return False


def _target(view: View, *, last: bool = False) -> int | None:
    """The column that is shifted or sorted: the first or last quantity of a table; in feeds of rows none."""
    if not view.case.roles.tabled:
        return None
    names = [name for name in view.case.quantities if view.places(name)]
    if not names:
        return None
    return view.places(names[-1 if last else 0])[-1]


def _cells_moved(move: Callable[[list[Any]], list[Any]], *, last: bool = False) -> Change:
    """The cells of one column in another order, while all other columns stay."""

    def change(view: View) -> bool:
        at = _target(view, last=last)
        if at is None or len(view.data) < 4:
            return False
        cells = move([view.cell(row, at) for row in view.data])
        return any([view.put(row, at, cell) for row, cell in zip(view.data, cells, strict=True)])

    return change


def _by_number(cells: list[Any]) -> list[Any]:
    return sorted(cells, key=lambda cell: (_number(cell) is None, _number(cell) or 0))


def _shuffled(cells: list[Any]) -> list[Any]:
    return random.Random(len(cells)).sample(cells, len(cells))


def _values_exchanged(view: View) -> bool:
    """The numbers of the last two number columns exchanged, their headings left."""
    columns = [view.places(name)[0] for name in view.case.quantities if len(view.places(name)) == 1]
    return len(columns) > 1 and _cells_exchanged(view, columns[-2], columns[-1])


def _filled(view: View) -> bool:
    """The first quantity, or the first category, is the same in every row."""
    names = [*view.case.quantities, *view.case.roles.categories]
    for name in names:
        if view.places(name):
            places = view.places(name)
            cells = {str(view.cell(row, places[0])) for row in view.data}
            if len(cells) < 3:
                continue
            value = next(
                (view.cell(r, places[0]) for r in view.data if view.cell(r, places[0]) not in {None, ""}),
                None,
            )
            return any([view.put(row, at, value) for row in view.data for at in places])
    return False


def _marked(case: Case, name: str, cell: Any, *statuses: str) -> bool:
    return isinstance(cell, str) and cell.strip() != "" and cell.strip() in case.marks(name, *statuses)


def _marks(new: Any, *statuses: str) -> Change:
    def change(view: View) -> bool:
        touched = False
        for name in view.case.quantities:
            for at in view.places(name):
                for row in view.data:
                    if _marked(view.case, name, view.cell(row, at), *statuses):
                        touched |= view.put(row, at, new)
        return touched

    return change


def _blanks(view: View) -> bool:
    touched = False
    for name in view.case.quantities:
        for at in view.places(name):
            for row in view.data:
                cell = view.cell(row, at)
                if cell is None or (isinstance(cell, str) and not cell.strip()):
                    touched |= view.put(row, at, 0 if view.grid.family in {"xlsx", "ods"} else "0")
    return touched


def _zero_to_blank(view: View, row: int, at: int, cell: Any) -> Any:
    return "" if _number(cell) == 0 else cell


def _foreign_mark(view: View) -> bool:
    for name in view.case.quantities:
        if view.places(name):
            at = view.places(name)[0]
            return any([view.put(row, at, "n/k") for row in view.data[1::5]])
    return False


def _thousands(view: View, row: int, at: int, cell: Any) -> Any:
    number = _number(cell)
    if number is None or number < 1000 or not float(number).is_integer() or "," in str(cell):
        return cell
    return f"{int(number):,}"


def _comma(view: View, row: int, at: int, cell: Any) -> Any:
    number = _number(cell)
    if number is None or (float(number).is_integer() and "." not in str(cell)):
        return cell
    return str(cell).replace(".", ",")


def _minus(view: View) -> bool:
    touched = False
    for row in view.data:
        for at, cell in enumerate(view.rows[row]):
            if (isinstance(cell, str) and re.fullmatch(r"-\d+(\.\d+)?", cell)) or (
                isinstance(cell, int | float) and not isinstance(cell, bool) and cell < 0
            ):
                touched |= view.put(row, at, str(cell).replace("-", "\u2212"))
    return touched


def _hard_spaces(view: View) -> bool:
    touched = False
    for name in [*view.case.dataset.contract.key, *view.case.quantities]:
        for at in view.places(name):
            for row in view.data:
                cell = view.cell(row, at)
                if isinstance(cell, str) and cell:
                    touched |= view.put(row, at, f"\u00a0{cell}\u00a0")
    return touched


def _no_results(view: View) -> bool:
    if view.grid.family != "xlsx":
        return False
    for name in view.case.quantities:
        if view.places(name):
            return any(
                [view.put(row, at, Formula("=B1+C1")) for row in view.data for at in view.places(name)]
            )
    return False


def _merged(view: View) -> bool:
    """The key cells of every second row are merged with those above, and so blank."""
    if view.grid.family not in {"xlsx", "ods"}:
        return False
    names = [n for n in (*view.case.dataset.contract.key, *view.at) if len(view.places(n)) == 1]
    if not names:
        return False
    at = view.places(names[0])[0]
    rows = view.data
    touched = False
    for top, below in zip(rows[::2], rows[1::2], strict=False):
        if below == top + 1:
            view.put(below, at, "")
            touched = True
            if view.grid.family == "xlsx":
                view.style.merged.append((top, below, at))
    return touched


def _hidden(view: View) -> bool:
    if view.grid.family != "xlsx":
        return False
    view.style.hidden = view.data[-len(view.data) // 3 :]
    return True


def _total_row(view: View) -> bool:
    if view.grid.family not in {"csv", "xlsx", "ods"}:
        return False
    line: list[Any] = [""] * len(view.rows[view.data[-1]])
    for name in view.case.quantities:
        for at in view.places(name):
            total = sum(_number(view.cell(row, at)) or 0 for row in view.data)
            line[at] = _like(view.cell(view.data[0], at), total) if total else total
    last = view.rows[view.data[-1]]
    for name in view.at:
        for at in view.places(name):
            if line[at] == "":
                line[at] = last[at] if at < len(last) and name == view.case.roles.time else "Total"
    view.rows.insert(view.data[-1] + 1, line)
    return True


def _note_row(view: View) -> bool:
    if view.grid.family not in {"csv", "xlsx", "ods"}:
        return False
    view.rows.append(["Source: management information, subject to revision"])
    return True


def _category(view: View, change: Callable[[View, int, str], bool]) -> bool:
    """Act on the second most frequent value of the first category that has several."""
    for name in view.case.roles.categories:
        if not view.places(name) or name in {view.case.roles.time}:
            continue
        at = view.places(name)[0]
        counts: dict[str, int] = {}
        for row in view.data:
            cell = view.cell(row, at)
            if isinstance(cell, str) and cell.strip():
                counts[cell] = counts.get(cell, 0) + 1
        common = sorted(counts, key=lambda c: (-counts[c], c))
        if 2 <= len(common) <= 12 and counts[common[1]] >= 0.05 * len(view.data):
            return change(view, at, common[1])
    return False


def _reworded(view: View) -> bool:
    def change(view: View, at: int, value: str) -> bool:
        return any([view.put(row, at, f"{value} *") for row in view.data if view.cell(row, at) == value])

    return _category(view, change)


def _category_gone(view: View) -> bool:
    return _category(view, lambda view, at, value: view.keep(lambda row: view.cell(row, at) != value))


def _coordinates(change: Callable[[Any, Any], tuple[Any, Any]]) -> Change:
    def one(view: View) -> bool:
        columns = {name.lower(): name for name in view.case.dataset.columns}
        for x, y in (("easting", "northing"), ("longitude", "latitude"), ("lon", "lat"), ("x", "y")):
            if x in columns and y in columns and view.places(columns[x]) and view.places(columns[y]):
                a, b = view.places(columns[x])[0], view.places(columns[y])[0]
                touched = False
                for row in view.data:
                    p, q = view.cell(row, a), view.cell(row, b)
                    if _number(p) is None or _number(q) is None:
                        continue
                    p2, q2 = change(p, q)
                    touched |= view.put(row, a, p2)
                    touched |= view.put(row, b, q2)
                return touched
        return False

    return one


def _geometry(change: Callable[[View, int, list[int]], bool]) -> Change:
    def one(view: View) -> bool:
        if view.grid.family not in {"geojson", "gpkg"} or view.header is None:
            return False
        names = [str(cell) for cell in view.rows[view.header]]
        at = next((i for i, n in enumerate(names) if n in {"@geometry", "geom"}), None)
        return at is not None and change(view, at, view.data)

    return one


def _geometries_exchanged(view: View, at: int, data: list[int]) -> bool:
    a, b = data[0], data[len(data) // 2]
    x, y = view.cell(a, at), view.cell(b, at)
    view.put(a, at, y)
    return view.put(b, at, x)


def _geometries_blank(view: View, at: int, data: list[int]) -> bool:
    return any([view.put(row, at, None) for row in data[::3]])


@dataclass(frozen=True)
class Kind:
    """One kind of fault.

    Attributes:
        id: short name.
        title: what is wrong, in plain words.
        make: files of a good delivery -> wrong files; None where the kind has no meaning.
    """

    id: str
    title: str
    make: Callable[[Case], Files | None] = field(repr=False)


def _kind(name: str, title: str, make: Callable[[Case], Files | None]) -> Kind:
    return Kind(name, title, make)


_LIST = (
    _kind("file_missing", "A file of the delivery is missing", _missing),
    _kind("file_empty", "A file has no bytes", _emptied),
    _kind("file_truncated", "A file ends after three fifths of its bytes", _cut),
    _kind("web_page", "A sign-in page was saved in place of the file", _web_page),
    _kind("other_dataset", "The file of another dataset under this one's name", _other_dataset),
    _kind("utf16", "Text in UTF-16", _recoded("utf-16")),
    _kind("code_page", "Text in the code page of old computers", _recoded("cp437")),
    _kind("garbled", "Apostrophes and ampersands garbled", _edit(_garbled)),
    _kind(
        "delimiter",
        "Semicolons or tabs between cells",
        lambda c: _styled(delimiter="\t" if c.layout.delimiter == ";" else ";")(c),
    ),
    _kind("quoted", "Every cell in quotation marks", _styled(quote_all=True)),
    _kind("line_ends", "Other line ends", lambda c: _styled(newline="\n")(c) or _styled(newline="\r\n")(c)),
    _kind("header_missing", "No header row", _edit(_no_header)),
    _kind("header_renamed", "A heading was changed", _edit(_renamed_header)),
    _kind("headings_exchanged", "The headings of two number columns exchanged", _edit(_headers_exchanged)),
    _kind("column_missing", "An agreed column is missing", _edit(_column_gone)),
    _kind("column_before", "A blank column before all others", _edit(_blank_column)),
    _kind("preamble_added", "Three title rows above the table", _edit(_preamble)),
    _kind("preamble_removed", "A title row above the table is gone", _edit(_no_preamble)),
    _kind(
        "email_column",
        "A further column of e-mail addresses",
        _edit(_added_column("Email address", lambda n: f"p{n}@example.org")),
    ),
    _kind(
        "nhs_column",
        "A further column with NHS numbers under a harmless heading",
        _edit(_added_column("Ref 2", _nhs_number)),
    ),
    _kind(
        "birth_column",
        "A further column with dates of birth under a harmless heading",
        _edit(_added_column("Ref 3", lambda n: f"{1 + n % 28:02d}/{1 + n % 12:02d}/{1940 + n % 60}")),
    ),
    _kind("sheet_renamed", "The sheet has another name", _edit(_sheet_renamed)),
    _kind("sheet_before", "A further sheet before the agreed one", _edit(_sheet_before)),
    _kind("half_missing", "The second half of the rows is missing", _edit(_half)),
    _kind("third_missing", "Every third row is missing", _edit(_every_third)),
    _kind("quarter_missing", "The first quarter of the rows is missing", _edit(_part(0.25, 1.0))),
    _kind("tenth_missing", "The last tenth of the rows is missing", _edit(_part(0.0, 0.9))),
    _kind("one_row_missing", "One row is missing", _edit(_one_row, first_only=True)),
    _kind(
        "one_row_twice",
        "One row stands twice",
        _edit(_repeat(lambda data: data[len(data) // 2 : len(data) // 2 + 1]), first_only=True),
    ),
    _kind(
        "rows_twice", "A third of the rows stands twice", _edit(_repeat(lambda data: data[: len(data) // 3]))
    ),
    _kind(
        "tenth_twice",
        "The last tenth of the rows stands twice",
        _edit(_repeat(lambda data: data[-(len(data) // 10) :] if len(data) >= 10 else [])),
    ),
    _kind("table_twice", "The whole table was pasted twice", _edit(_repeat(lambda data: data))),
    _kind("rows_reversed", "Rows in the opposite order", _edit(_reversed_rows)),
    _kind("area_missing", "The largest area is missing", _edit(_area_gone(1.0))),
    _kind("middle_missing", "An area of middle size is missing", _edit(_area_gone(0.5))),
    _kind(
        "areas_exchanged", "The largest and the smallest area exchanged", _edit(_areas_exchanged(0.0, 1.0))
    ),
    _kind("middle_exchanged", "Two areas of middle size exchanged", _edit(_areas_exchanged(0.33, 0.67))),
    _kind("areas_rotated", "Each area under the code and name of the next", _edit(_codes_rotated)),
    _kind("codes_other_vintage", "Area codes of another vintage", _edit(_other_vintage)),
    _kind("codes_filled_down", "Area codes filled down as a series, names right", _edit(_filled_down)),
    _kind("codes_sorted", "The area column alone was sorted", _edit(_codes_sorted)),
    _kind("codes_lower", "Area codes in lower case with spaces", _edit(_lower_codes)),
    _kind("uprn_scientific", "Property numbers as 9.9E+10", _edit(_scientific)),
    _kind(
        "postcodes_blank",
        "Every third postcode is blank",
        _edit(_postcodes(lambda n, c: "" if n % 3 == 0 else c)),
    ),
    _kind(
        "postcodes_cut",
        "Postcodes cut to the district",
        _edit(_postcodes(lambda n, c: c.split(" ")[0] if " " in c else c[:-3])),
    ),
    _kind("period_ahead", "The period is a year too late", _edit(_period_moved(1))),
    _kind("period_behind", "The period is a year too early", _edit(_period_moved(-1))),
    _kind("day_month", "Day and month exchanged", _edit(_day_month)),
    _kind("serial_days", "Days as serial numbers", _edit(_serial_days)),
    _kind("last_year", "Last year's files under this year's names", _last_year),
    _kind("last_year_relabelled", "Last year's figures under this year's period", _last_year_relabelled),
    _kind("mixed_editions", "Half of the rows are last year's", _mixed),
    _kind("provisional", "Provisional figures where revised ones are due", _edit(_provisional)),
    _kind("month_missing", "The rows of one month are missing", _edit(_month_gone)),
    _kind("unit_thousandth", "Numbers in thousands", _edit(_first_quantity(_scaled(0.001)))),
    _kind(
        "unit_hundredfold", "Fractions as percentages: a hundred times", _edit(_first_quantity(_scaled(100)))
    ),
    _kind("unit_tenfold", "A number column ten times as large", _edit(_first_quantity(_scaled(10)))),
    _kind("all_more", "All numbers 40 % too high", _edit(_each(None, _times(1.4)))),
    _kind("all_half", "All numbers halved", _edit(_each(None, _times(0.5)))),
    _kind("all_quarter", "All numbers a quarter too high", _edit(_each(None, _times(1.25)))),
    _kind("one_area_tenfold", "The largest area ten times as large", _edit(_one_area_scaled(10))),
    _kind("one_area_double", "An area of middle size counted twice", _edit(_one_area_scaled(2, 0.5))),
    _kind("one_area_nothing", "The largest area has zeros", _edit(_one_area_scaled(0))),
    _kind("one_area_blank", "The largest area has no numbers", _edit(_one_area_blank)),
    _kind("one_cell_more", "One number 3 % too high", _edit(_one_cell, first_only=True)),
    _kind("sign", "Numbers with the opposite sign", _edit(_first_quantity(_scaled(-1)))),
    _kind("complement", "The part that was not meant", _edit(_complement)),
    _kind("part_and_whole", "Numerator and denominator exchanged", _edit(_part_and_whole)),
    _kind("values_exchanged", "The numbers of two columns exchanged", _edit(_values_exchanged)),
    _kind(
        "column_shifted",
        "A number column one row lower",
        _edit(_cells_moved(lambda cells: [cells[-1], *cells[:-1]])),
    ),
    _kind(
        "last_shifted",
        "The last number column one row higher",
        _edit(_cells_moved(lambda cells: [*cells[1:], cells[0]], last=True)),
    ),
    _kind("column_sorted", "A number column alone was sorted", _edit(_cells_moved(_by_number))),
    _kind(
        "column_shuffled",
        "The last number column in another order",
        _edit(_cells_moved(_shuffled, last=True)),
    ),
    _kind("column_constant", "A column filled down from its first cell", _edit(_filled)),
    _kind("blank_to_zero", "Blank cells became zeros", _edit(_blanks)),
    _kind(
        "withheld_to_zero",
        "Marks of withheld numbers became zeros",
        _edit(_marks("0", "suppressed", "missing", "not_applicable")),
    ),
    _kind(
        "withheld_to_blank",
        "Marks of withheld numbers became blanks",
        _edit(_marks("", "suppressed", "missing", "not_applicable")),
    ),
    _kind("zero_to_blank", "Zeros became blanks", _edit(_each(None, _zero_to_blank))),
    _kind("foreign_mark", "A mark that was not agreed", _edit(_foreign_mark)),
    _kind("thousands", "Commas between thousands", _edit(_each(None, _thousands))),
    _kind("decimal_comma", "Decimal commas", _edit(_each(None, _comma))),
    _kind("minus", "Minus signs re-encoded", _edit(_minus)),
    _kind("hard_spaces", "No-break spaces around cells", _edit(_hard_spaces)),
    _kind("formulas", "Formulas without results", _edit(_no_results)),
    _kind("merged", "Merged cells", _edit(_merged)),
    _kind("hidden", "Hidden rows", _edit(_hidden)),
    _kind("total_row", "A further total row", _edit(_total_row)),
    _kind("note_row", "A note below the table", _edit(_note_row)),
    _kind("category_reworded", "A category under another word", _edit(_reworded)),
    _kind("category_missing", "All rows of a category are missing", _edit(_category_gone)),
    _kind(
        "coordinates_exchanged", "Eastings and northings exchanged", _edit(_coordinates(lambda p, q: (q, p)))
    ),
    _kind(
        "coordinates_kilometres",
        "Coordinates in kilometres",
        _edit(
            _coordinates(
                lambda p, q: (_like(p, (_number(p) or 0) / 1000), _like(q, (_number(q) or 0) / 1000))
            )
        ),
    ),
    _kind(
        "coordinates_moved",
        "Coordinates of another datum",
        _edit(
            _coordinates(
                lambda p, q: (_like(p, (_number(p) or 0) * 1.02), _like(q, (_number(q) or 0) * 1.004))
            )
        ),
    ),
    _kind("geometries_exchanged", "Two shapes exchanged", _edit(_geometry(_geometries_exchanged))),
    _kind("geometries_blank", "Every third shape is missing", _edit(_geometry(_geometries_blank))),
)

KINDS: dict[str, Kind] = {kind.id: kind for kind in _LIST}


def corrupt(kind: Kind, case: Case) -> Files | None:
    """Wrong files; None where the kind has no meaning for the delivery, or changes nothing in it."""
    files = kind.make(case)
    return files if files is not None and files != case.files else None


def numbers_of(dataset: Dataset) -> list[str]:
    """Number columns of a contract."""
    return [name for name, spec in dataset.columns.items() if spec.type in NUMBER_TYPES]
