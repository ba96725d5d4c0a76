"""Suppliers' files as grids of cells, and back: delimited text, workbooks, documents, archives, GeoPackages.

Belongs here: opening a file of a good delivery so that single cells can be changed, and writing it in its
own format. Does not belong here: what is made wrong (`kinds.py`).
"""

from __future__ import annotations

import copy
import csv
import datetime as dt
import fnmatch
import io
import json
import sqlite3
import tempfile
import xml.etree.ElementTree as ET
import zipfile
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from spi_orchestration.catalogue import Layout

__all__ = ["Formula", "Grid", "Style", "open_file"]


@dataclass(frozen=True)
class Formula:
    """A cell whose formula was saved without its result."""

    text: str


@dataclass
class Style:
    """How a grid is written, where it is not as it was read.

    Attributes:
        encoding, delimiter, newline, quote_all: of delimited text.
        sheet: another name for the sheet.
        hidden: rows of a workbook that are hidden.
        merged: ranges of a workbook, as (first row, last row, column).
        before: a sheet to put before all others: name and rows.
    """

    encoding: str | None = None
    delimiter: str | None = None
    newline: str | None = None
    quote_all: bool = False
    sheet: str | None = None
    hidden: list[int] = field(default_factory=list)
    merged: list[tuple[int, int, int]] = field(default_factory=list)
    before: tuple[str, list[list[Any]]] | None = None


@dataclass
class Grid:
    """One table of a file.

    Attributes:
        file: name as sent.
        member: member of an archive, or None.
        sheet: sheet or layer, or None.
        rows: physical rows; documents have their field names as the first.
        first: physical number of the first row in `rows`, as raw counts it.
        family: csv, xlsx, ods, parquet, geojson, xml, json or gpkg.
    """

    file: str
    member: str | None
    sheet: str | None
    rows: list[list[Any]]
    first: int
    family: str
    write: Callable[[list[list[Any]], Style], bytes] = field(repr=False)


def _csv(name: str, member: str | None, content: bytes, layout: Layout) -> Grid:
    encoding = layout.encoding
    text = content.decode(encoding)
    bom = content.startswith(b"\xef\xbb\xbf")
    newline = "\r\n" if "\r\n" in text else "\n"
    rows: list[list[Any]] = list(csv.reader(io.StringIO(text, newline=""), delimiter=layout.delimiter))

    def write(rows: list[list[Any]], style: Style) -> bytes:
        out = io.StringIO()
        writer = csv.writer(
            out,
            delimiter=style.delimiter or layout.delimiter,
            lineterminator=style.newline or newline,
            quoting=csv.QUOTE_ALL if style.quote_all else csv.QUOTE_MINIMAL,
        )
        writer.writerows(["" if cell is None else cell for cell in row] for row in rows)
        if style.encoding:
            return out.getvalue().encode(style.encoding, errors="replace")
        plain = "utf-8" if encoding == "utf-8-sig" else encoding
        return (b"\xef\xbb\xbf" if bom and plain == "utf-8" else b"") + out.getvalue().encode(
            plain, errors="replace"
        )

    return Grid(name, member, None, rows, 1, "csv", write)


def _book(name: str, content: bytes, layout: Layout) -> list[Grid]:
    from python_calamine import CalamineWorkbook

    book = CalamineWorkbook.from_filelike(io.BytesIO(content))
    sheets = {
        sheet: book.get_sheet_by_name(sheet).to_python(skip_empty_area=False) for sheet in book.sheet_names
    }
    wanted = [s for s in sheets if fnmatch.fnmatch(s.lower(), (layout.sheet or "*").lower())]
    if not layout.sheet:
        wanted = wanted[:1]
    out = []
    for sheet in wanted:

        def write(rows: list[list[Any]], style: Style, sheet: str = sheet) -> bytes:
            sheets[sheet] = rows
            pages = [(style.sheet or s if s == sheet else s, r) for s, r in sheets.items()]
            if style.before:
                pages.insert(0, style.before)
            return _write_book(layout.format, pages, style.sheet or sheet, style)

        out.append(Grid(name, None, sheet, copy.deepcopy(sheets[sheet]), 1, layout.format, write))
    return out


def _write_cell(page: Any, row: int, column: int, cell: Any) -> None:
    if isinstance(cell, Formula):
        page.write_formula(row, column, cell.text, None, "")
    elif isinstance(cell, dt.datetime):
        page.write_datetime(row, column, cell)
    elif isinstance(cell, dt.date):
        page.write_datetime(row, column, dt.datetime(cell.year, cell.month, cell.day))
    elif isinstance(cell, bool):
        page.write_boolean(row, column, cell)
    elif isinstance(cell, str):
        page.write_string(row, column, cell)
    else:
        page.write_number(row, column, cell)


def _write_book(kind: str, pages: list[tuple[str, list[list[Any]]]], target: str, style: Style) -> bytes:
    if kind == "ods":
        from spi_orchestration.sample.writers.spreadsheet import Sheet, ods

        return ods(
            [Sheet(n, [[None if c == "" else c for c in row] for row in rows]) for n, rows in pages], "table"
        )
    import xlsxwriter

    buffer = io.BytesIO()
    book = xlsxwriter.Workbook(buffer, {"in_memory": True, "default_date_format": "dd/mm/yyyy"})
    book.set_properties({"created": dt.datetime(2000, 1, 1)})
    for name, rows in pages:
        page = book.add_worksheet(name)
        for r, row in enumerate(rows):
            for c, cell in enumerate(row):
                if cell is not None and cell != "":
                    _write_cell(page, r, c, cell)
        if name == target:
            for hidden in style.hidden:
                page.set_row(hidden, None, None, {"hidden": True})
            for top, bottom, column in style.merged:
                page.merge_range(top, column, bottom, column, str(rows[top][column]))
    book.close()
    return buffer.getvalue()


def _parquet(name: str, content: bytes) -> Grid:
    import duckdb

    from spi_orchestration.sample.writers.columnar import parquet

    with tempfile.TemporaryDirectory(prefix="spi-") as folder:
        path = Path(folder, "a.parquet")
        path.write_bytes(content)
        with duckdb.connect(":memory:") as connection:
            relation = connection.sql(f"select * from read_parquet('{path.as_posix()}')")
            names, types = relation.columns, [str(kind) for kind in relation.types]
            rows: list[list[Any]] = [list(row) for row in relation.fetchall()]

    def write(rows: list[list[Any]], style: Style) -> bytes:
        header = ["" if cell is None else str(cell) for cell in rows[0]]
        known = dict(zip(names, types, strict=True))
        # A text that no longer fits the column's type makes the export job write text.
        kinds = {}
        for at, column in enumerate(header):
            kind = known.get(column, "VARCHAR")
            fits = all(
                not isinstance(row[at], str)
                for row in rows[1:]
                if at < len(row) and row[at] not in {None, ""}
            )
            kinds[column] = kind if fits or kind == "VARCHAR" else "VARCHAR"
        return parquet(kinds, rows[1:])

    return Grid(name, None, None, [list(names), *rows], 0, "parquet", write)


def _geojson(name: str, content: bytes) -> Grid:
    data = json.loads(content)
    features = data["features"]
    fields = list(dict.fromkeys(key for feature in features for key in feature.get("properties") or {}))
    rows: list[list[Any]] = [[*fields, "@geometry"]]
    rows += [[*((f.get("properties") or {}).get(key) for key in fields), f.get("geometry")] for f in features]

    def write(rows: list[list[Any]], style: Style) -> bytes:
        header = [str(cell) for cell in rows[0]]
        made = []
        for row in rows[1:]:
            cells = dict(zip(header, row, strict=False))
            geometry = cells.pop("@geometry", None)
            made.append({"type": "Feature", "properties": cells, "geometry": geometry})
        return json.dumps({**data, "features": made}, ensure_ascii=False, default=str).encode("utf-8")

    return Grid(name, None, None, rows, 0, "geojson", write)


def _flat(element: ET.Element, before: str = "") -> dict[str, str]:
    out = {}
    for child in element:
        key = f"{before}{child.tag}"
        if len(child):
            out |= _flat(child, key + ".")
        elif child.text is not None:
            out[key] = child.text
    return out


def _xml(name: str, content: bytes, layout: Layout) -> Grid:
    root = ET.fromstring(content)
    path = (layout.records or "").split(".")
    # The records' path may or may not begin with the root's own name.
    if path and path[0] == root.tag:
        path = path[1:]
    holder = root
    for part in path[:-1]:
        found = holder.find(part)
        holder = found if found is not None else holder
    tag = path[-1]
    records = holder.findall(tag)
    flats = [_flat(record) for record in records]
    paths = list(dict.fromkeys(key for one in flats for key in one))
    rows: list[list[Any]] = [list(paths), *([one.get(key) for key in paths] for one in flats)]

    def write(rows: list[list[Any]], style: Style) -> bytes:
        for record in list(holder.findall(tag)):
            holder.remove(record)
        for row in rows[1:]:
            record = ET.SubElement(holder, tag)
            for key, cell in zip(rows[0], row, strict=False):
                if cell is None:
                    continue
                at = record
                for part in str(key).split("."):
                    nxt = at.find(part)
                    at = nxt if nxt is not None else ET.SubElement(at, part)
                at.text = str(cell)
        return ET.tostring(root, encoding="utf-8", xml_declaration=True)

    return Grid(name, None, None, rows, 0, "xml", write)


def _gpkg(name: str, content: bytes, layout: Layout) -> Grid:
    with tempfile.TemporaryDirectory(prefix="spi-") as folder:
        path = Path(folder, "a.gpkg")
        path.write_bytes(content)
        database = sqlite3.connect(path)
        layer = database.execute("select table_name from gpkg_contents").fetchone()[0]
        cursor = database.execute(f'select * from "{layer}"')
        names = [column[0] for column in cursor.description]
        rows: list[list[Any]] = [names, *(list(row) for row in cursor.fetchall())]
        database.close()

    def write(rows: list[list[Any]], style: Style) -> bytes:
        with tempfile.TemporaryDirectory(prefix="spi-") as folder:
            path = Path(folder, "a.gpkg")
            path.write_bytes(content)
            database = sqlite3.connect(path)
            present = [row[1] for row in database.execute(f'pragma table_info("{layer}")')]
            for column in rows[0]:
                if column not in present:
                    database.execute(f'alter table "{layer}" add column "{column}"')
            # A name that was changed takes the old one's place.
            for column in present:
                if column not in rows[0] and column not in {"fid", "geom"}:
                    database.execute(f'alter table "{layer}" drop column "{column}"')
            database.execute(f'delete from "{layer}"')
            columns = [str(c) for c in rows[0] if c != "fid"]
            at = [i for i, c in enumerate(rows[0]) if c != "fid"]
            listed = ", ".join(f'"{c}"' for c in columns)
            marks = ", ".join("?" * len(columns))
            database.executemany(
                f'insert into "{layer}" ({listed}) values ({marks})',
                [[row[i] if i < len(row) else None for i in at] for row in rows[1:]],
            )
            database.commit()
            database.close()
            return path.read_bytes()

    return Grid(name, None, None, rows, 0, "gpkg", write)


def _zip(name: str, content: bytes, layout: Layout) -> list[Grid]:
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        members = {info.filename: archive.read(info) for info in archive.infolist() if not info.is_dir()}
    out = []
    pattern = (layout.archive_member or "*").lower()
    for member, inner in members.items():
        if not fnmatch.fnmatch(member.lower(), pattern) and not fnmatch.fnmatch(
            member.lower().rsplit("/", 1)[-1], pattern
        ):
            continue
        grid = _csv(name, member, inner, layout)
        plain = grid.write

        def write(rows: list[list[Any]], style: Style, member: str = member, plain: Any = plain) -> bytes:
            members[member] = plain(rows, style)
            buffer = io.BytesIO()
            with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
                for one, bytes_ in members.items():
                    archive.writestr(zipfile.ZipInfo(one, (2000, 1, 1, 0, 0, 0)), bytes_)
            return buffer.getvalue()

        grid.write = write
        out.append(grid)
    return out


def _cube(name: str, content: bytes, layout: Layout) -> Grid:
    """A document of a table service: one row for each cell of a cube, the last axis fastest."""
    data = json.loads(content)
    axes = data[layout.axes or ""]
    *way, last = (layout.records or "").split(".")
    holder = data
    for part in way:
        holder = holder[part]
    fields = [f"{axis['label']}.{part}" for axis in axes for part in ("code", "label")]
    rows: list[list[Any]] = [[*fields, "@value"]]

    def descend(cells: Any, named: list[Any]) -> None:
        depth = len(named) // 2
        if depth == len(axes):
            rows.append([*named, cells])
            return
        for item, part in zip(axes[depth]["items"], cells, strict=True):
            code = item["uris"][0].rsplit(":", 1)[-1] if item.get("uris") else None
            descend(part, [*named, code, item["labels"][0]])

    descend(holder[last], [])

    def write(rows: list[list[Any]], style: Style) -> bytes:
        """Rows as a whole cube again: a cell that no row gives is null, and of two rows the later one counts."""
        header = [str(cell) for cell in rows[0]]
        named = [at for at, title in enumerate(header) if title.endswith((".code", ".label"))]
        pairs = list(zip(named[::2], named[1::2], strict=False))
        value = next((at for at, title in enumerate(header) if title == "@value"), None)
        lists: list[list[tuple[str, str]]] = [[] for _ in pairs]
        cells: dict[tuple[tuple[str, str], ...], Any] = {}
        for row in rows[1:]:
            place = tuple((str(row[code] or ""), str(row[label] or "")) for code, label in pairs)
            for known, item in zip(lists, place, strict=True):
                if item not in known:
                    known.append(item)
            cells[place] = row[value] if value is not None else None
        made = copy.deepcopy(data)
        titles = [header[code].removesuffix(".code") for code, _ in pairs]
        made[layout.axes or ""] = [
            {
                **axes[at % len(axes)],
                "label": title,
                "items": [
                    {"labels": [label], **({"uris": [f"str:value:{code}"]} if code else {})}
                    for code, label in items
                ],
            }
            for at, (title, items) in enumerate(zip(titles, lists, strict=True))
        ]

        def nested(place: tuple[tuple[str, str], ...]) -> Any:
            if len(place) == len(lists):
                return cells.get(place)
            return [nested((*place, item)) for item in lists[len(place)]]

        inner = made
        for part in way:
            inner = inner[part]
        inner[last] = nested(())
        return json.dumps(made, ensure_ascii=False, default=str).encode("utf-8")

    return Grid(name, None, None, rows, 0, "json", write)


def open_file(name: str, content: bytes, layout: Layout) -> list[Grid]:
    """The tables of a file that a layout reads; changes to several members of one archive add up."""
    if content[:2] == b"PK" and layout.format == "csv":
        return _zip(name, content, layout)
    if layout.format == "csv":
        return [_csv(name, None, content, layout)]
    if layout.format in {"xlsx", "ods"}:
        return _book(name, content, layout)
    if layout.format == "parquet":
        return [_parquet(name, content)]
    if layout.format == "geojson":
        return [_geojson(name, content)]
    if layout.format == "xml":
        return [_xml(name, content, layout)]
    if layout.axes is not None:
        return [_cube(name, content, layout)]
    return [_gpkg(name, content, layout)]
