"""JSON and XML: records of a document as rows.

Belongs here: finding the records, and the text of what a path points at. Does not belong here:
geographies (`geo.py`), or finding contract columns (`mapping.py`).

JSON numbers keep the digits that were sent. A path is dotted (`address.postcode`, `codes.0`); a key that
holds a dot is found whole first. In XML a path goes through child elements, its last part may be an
attribute (`@id`), and name space prefixes do not count.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Sequence
from typing import Any, overload
from xml.parsers import expat

from spi_orchestration.findings import DeliveryError
from spi_orchestration.readers import markup
from spi_orchestration.readers.source import (
    Reading,
    Source,
    SourceTable,
    choose_encoding,
    fold,
    require_text,
)

__all__ = ["LazyRow", "compact", "find", "load_json", "read_json", "read_xml", "record_table", "value_text"]

Getter = Callable[[Any], str | None]


class Digits(float):
    """A JSON number that remembers how it was written."""

    __slots__ = ("text",)
    text: str

    def __new__(cls, text: str) -> Digits:
        number = super().__new__(cls, text)
        number.text = text
        return number


class BigDigits(int):
    """A JSON whole number that remembers how it was written."""

    text: str

    def __new__(cls, text: str) -> BigDigits:
        # Python refuses to read whole numbers of thousands of digits; no code or count has as many.
        number = super().__new__(cls, text if len(text) < 4000 else text[:4000])
        number.text = text
        return number


class _DoubleKeyError(ValueError):
    pass


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    record = dict(pairs)
    if len(record) != len(pairs):
        raise _DoubleKeyError
    return record


def load_json(reading: Reading, source: Source, family: str) -> Any:
    """The whole document.

    Raises:
        DeliveryError: `readable` or `empty`; a key given twice in one object is a fault, as one of the two
            values would be lost.
    """
    require_text(reading, source, family)
    with source.stream() as stream:
        data = stream.read()
    text = data.decode(choose_encoding(reading, source))
    try:
        return json.loads(text, parse_float=Digits, parse_int=BigDigits, object_pairs_hook=_once)
    except json.JSONDecodeError as error:
        found = f"text that stops being JSON in line {error.lineno}, character {error.colno}"
        if not text.strip():
            found = "nothing but blanks"
        elif error.pos >= len(text.rstrip()):
            found = "a document that is cut short"
    except _DoubleKeyError:
        found = "an object with the same key twice"
    raise reading.fault(
        "readable",
        source.name,
        expected=family,
        found=found,
        remedy="Ask the supplier to send it again, or copy it to the share again; compare the sizes.",
    )


def compact(value: Any) -> str:
    """A value as JSON without blanks, numbers in the shortest form that reads back the same."""
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))


def value_text(value: Any) -> str | None:
    """The text of a JSON value: strings and numbers as sent, lists and objects as compact JSON."""
    if value is None or isinstance(value, str):
        return value
    if isinstance(value, Digits | BigDigits):
        return value.text
    if isinstance(value, bool):
        return "true" if value else "false"
    return compact(value)


_ABSENT = object()


def find(value: Any, path: str) -> Any:
    """What a dotted path points at inside a JSON value, or a sign of its own when there is nothing."""
    if isinstance(value, dict) and path in value:
        return value[path]
    for part in path.split("."):
        if isinstance(value, dict) and part in value:
            value = value[part]
        elif isinstance(value, list) and part.isdecimal() and int(part) < len(value):
            value = value[int(part)]
        else:
            return _ABSENT
    return value


def _path_getter(path: str) -> Getter:
    def get(record: Any) -> str | None:
        found = find(record, path)
        return None if found is _ABSENT else value_text(found)

    return get


class LazyRow(Sequence[str | None]):
    """A record whose cells are made into text only when asked for: boundaries are large."""

    __slots__ = ("_getters", "_record")

    def __init__(self, record: Any, getters: list[Getter]) -> None:
        self._record = record
        self._getters = getters

    def __len__(self) -> int:
        return len(self._getters)

    @overload
    def __getitem__(self, at: int) -> str | None: ...

    @overload
    def __getitem__(self, at: slice) -> list[str | None]: ...

    def __getitem__(self, at: int | slice) -> str | list[str | None] | None:
        if isinstance(at, slice):
            return [get(self._record) for get in self._getters[at]]
        return self._getters[at](self._record)


def record_table(
    reading: Reading,
    source: Source,
    sheet: str | None,
    records: list[Any],
    keys: Callable[[Any], dict[str, Any]],
    special: dict[str, Getter] | None = None,
) -> SourceTable:
    """A table of records.

    Args:
        reading: the delivery being read.
        source: the file.
        sheet: layer or object name, where the format has one.
        records: the records in order.
        keys: gives the named values of a record; their names are the table's headers.
        special: getters of paths with a meaning of their own, such as `@geometry`.

    Returns:
        A table whose row numbers count records from 1. A path that no record has is absent.
    """
    names: dict[str, None] = {}
    for record in records:
        names.update(dict.fromkeys(keys(record)))

    def named(name: str) -> Getter:
        return lambda record: value_text(keys(record).get(name))

    getters = [named(name) for name in names]
    paths: dict[str, int] = {}
    for locator in reading.layout.columns.values():
        if locator.path is None or locator.path in paths:
            continue
        get = (special or {}).get(locator.path)
        if get is None and any(find(record, locator.path) is not _ABSENT for record in records):
            get = _path_getter(locator.path)
        if get is not None:
            paths[locator.path] = len(getters)
            getters.append(get)
    claimed = frozenset(at for at, name in enumerate(names) if any(_reads(path, name) for path in paths))
    rows = ((number, LazyRow(record, getters)) for number, record in enumerate(records, 1) if record)
    return SourceTable(
        source=source,
        sheet=sheet,
        header=[*(fold(name) for name in names), *("" for _ in paths)],
        rows=iter(rows),
        paths=paths,
        claimed=claimed,
    )


def _reads(path: str, name: str) -> bool:
    """Whether a path reads the named value or something inside it."""
    inner = path.removeprefix("properties.").removeprefix("@value.").replace("/", ".")
    return any(start == name or start.startswith(f"{name}.") for start in (path, inner))


def _keys(record: Any) -> dict[str, Any]:
    return record if isinstance(record, dict) else {}


def read_json(reading: Reading, source: Source) -> Iterator[SourceTable]:
    """The one table of a JSON document.

    `records` in the layout is the dotted path to the list of records; empty when the document is the
    list. A last part `*` takes an object instead of a list: one record for each of its keys, with the
    paths `@key` and `@value`, and the keys of the value where that is an object. With `axes` it is the
    nested list of a cube's cells, as table services give it: one record for each cell.

    Raises:
        DeliveryError: `readable`, `empty` or `sheet` (no records at that path).
    """
    document = load_json(reading, source, "a JSON document")
    path = reading.layout.records or ""
    pairs = path == "*" or path.endswith(".*")
    way = path.removesuffix("*").removesuffix(".")
    place = find(document, way) if way else document
    if reading.layout.axes is not None:
        yield record_table(reading, source, None, _cells(reading, source, document, place), lambda _: {})
        return
    if pairs and isinstance(place, dict):
        records: list[Any] = [
            {"@key": key, "@value": value, **(value if isinstance(value, dict) else {})}
            for key, value in place.items()
        ]
        table = record_table(
            reading,
            source,
            None,
            records,
            lambda record: {key: value for key, value in record.items() if key not in {"@key", "@value"}},
        )
    elif not pairs and isinstance(place, list):
        table = record_table(reading, source, None, place, _keys)
    else:
        raise _no_records(reading, source, document, place, pairs)
    yield table


def _cells(reading: Reading, source: Source, document: Any, place: Any) -> list[Any]:
    """One record for each cell of a cube; the last axis runs fastest."""
    axes = find(document, reading.layout.axes or "")
    known = isinstance(axes, list) and all(
        isinstance(axis, dict) and "label" in axis and isinstance(axis.get("items"), list) for axis in axes
    )
    if not known:
        raise reading.fault(
            "sheet",
            source.name,
            expected=f"a list of axes with label and items at {reading.layout.axes}",
            found="something else there" if axes is not _ABSENT else "nothing there",
            remedy="Ask the supplier for the agreed query, or set the layout's axes.",
        )
    records: list[Any] = []

    def descend(cells: Any, depth: int, named: dict[str, Any]) -> None:
        if depth == len(axes):
            records.append({**named, "@value": cells})
            return
        items = axes[depth]["items"]
        if not isinstance(cells, list) or len(cells) != len(items):
            found = f"{len(cells)} of them" if isinstance(cells, list) else "no list"
            raise reading.fault(
                "sheet",
                source.name,
                expected=f"{len(items)} parts along the axis {axes[depth]['label']!r}",
                found=found,
                remedy="The document does not fit together; ask the supplier to run the query again.",
            )
        for item, part in zip(items, cells, strict=True):
            labels, ids = item.get("labels") or [None], item.get("uris") or [None]
            code = ids[0].rsplit(":", 1)[-1] if isinstance(ids[0], str) else None
            descend(part, depth + 1, {**named, axes[depth]["label"]: {"label": labels[0], "code": code}})

    if place is _ABSENT:
        raise _no_records(reading, source, document, place, False)
    descend(place, 0, {})
    return records


def _no_records(reading: Reading, source: Source, document: Any, place: Any, pairs: bool) -> DeliveryError:
    kinds: dict[type, str] = {dict: "an object", list: "a list", str: "a text"}
    found = "nothing" if place is _ABSENT else kinds.get(type(place), "a single value")
    top = ""
    if isinstance(document, dict) and place is _ABSENT and reading.dataset.contract.shows_values:
        top = "; the document has the keys " + ", ".join(repr(key) for key in list(document)[:10])
    return reading.fault(
        "sheet",
        source.name,
        expected=f"{'an object' if pairs else 'a list of records'} at {reading.layout.records or 'the top'}",
        found=f"{found} there{top}",
        remedy="Ask the supplier for the agreed document, or set the layout's records.",
    )


class _Element:
    """An XML element of a record: its attributes, children and text."""

    __slots__ = ("attributes", "children", "name", "texts")

    def __init__(self, name: str, attributes: dict[str, str]) -> None:
        self.name = markup.local(name)
        self.attributes = {markup.local(key): value for key, value in attributes.items()}
        self.children: list[_Element] = []
        self.texts: list[str] = []

    def plain(self) -> Any:
        """Text for a leaf, else an object of attributes (`@name`) and children (a list where repeated)."""
        text = "".join(self.texts)
        if not self.children and not self.attributes:
            return text
        value: dict[str, Any] = {f"@{name}": content for name, content in self.attributes.items()}
        for child in self.children:
            content = child.plain()
            if child.name not in value:
                value[child.name] = content
            elif isinstance(value[child.name], list):
                value[child.name].append(content)
            else:
                value[child.name] = [value[child.name], content]
        if not self.children:
            value["#text"] = text
        return value


class _Records:
    """Collects the elements at one path of a document."""

    def __init__(self, path: list[str]) -> None:
        self.found: list[Any] = []
        self.root = ""
        self._path = path
        self._here: list[str] = []
        self._open: list[_Element] = []

    def start(self, name: str, attributes: dict[str, str]) -> None:
        self._here.append(markup.local(name))
        self.root = self.root or self._here[0]
        if self._open:
            child = _Element(name, attributes)
            self._open[-1].children.append(child)
            self._open.append(child)
        elif self._here[1:] == self._path or self._here == self._path:
            self._open.append(_Element(name, attributes))

    def end(self, _: str) -> None:
        self._here.pop()
        if self._open:
            element = self._open.pop()
            if not self._open:
                self.found.append(element.plain())

    def text(self, piece: str) -> None:
        if self._open:
            self._open[-1].texts.append(piece)


def _leaf(value: Any) -> Any:
    """The text of an element that has attributes beside it."""
    return value["#text"] if isinstance(value, dict) and "#text" in value else value


def _xml_keys(record: Any) -> dict[str, Any]:
    return {key: _leaf(value) for key, value in record.items()} if isinstance(record, dict) else {}


def read_xml(reading: Reading, source: Source) -> Iterator[SourceTable]:
    """The one table of an XML document.

    `records` in the layout is the path of the record elements from the root (`Licences/Licence`), with
    or without the root itself. An absent element is an absent cell, an empty one an empty text.

    Raises:
        DeliveryError: `readable`, `empty` or `sheet` (no such elements); a document with a DOCTYPE is
            refused.
    """
    require_text(reading, source, "an XML document")
    path = [part for part in (reading.layout.records or "").replace(".", "/").split("/") if part]
    if not path:
        raise reading.misuse("records: an XML layout needs the path of the record elements")
    records = _Records(path)
    found = ""
    try:
        with source.stream() as stream:
            markup.parse(stream, records.start, records.end, records.text)
    except markup.ForbiddenMarkupError:
        found = "one that declares a document type (DOCTYPE), which can hide an entity bomb"
    except expat.ExpatError as error:
        found = f"text that stops being XML in line {error.lineno}, character {error.offset + 1}"
    if found:
        raise reading.fault(
            "readable",
            source.name,
            expected="a whole XML document without a document type",
            found=found,
            remedy="Ask the supplier to send it again, or copy it to the share again; compare the sizes.",
        )
    if not records.found:
        raise reading.fault(
            "sheet",
            source.name,
            expected=f"elements at {'/'.join(path)}",
            found=f"none below the root element {records.root!r}",
            remedy="Ask the supplier for the agreed document, or set the layout's records.",
        )
    yield record_table(reading, source, None, records.found, _xml_keys, _xml_paths(reading))


def _xml_paths(reading: Reading) -> dict[str, Getter]:
    """Getters that read the text of an element even where it has attributes."""

    def getter(path: str) -> Getter:
        def get(record: Any) -> str | None:
            found = find(record, path)
            return None if found is _ABSENT else value_text(_leaf(found))

        return get

    return {
        locator.path: getter(locator.path.replace("/", "."))
        for locator in reading.layout.columns.values()
        if locator.path is not None
    }
