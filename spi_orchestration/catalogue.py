"""`sources.yml`, `config/` and the shares file as typed objects: the only reader of them in Python.

Belongs here: the shape of a contract, strict parsing with errors that name dataset and key, and what
follows from a contract alone (the layout of an edition, its expected files and reference period, its
due date). Does not belong here: opening a delivery (`intake`, `readers`), judging one (`checks`), or
rendering SQL (`typing_sql.py`).
"""

from __future__ import annotations

import calendar
import datetime as dt
import os
import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any, Literal

import yaml
from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationError, model_validator

from spi_orchestration.settings import Settings

__all__ = [
    "LAYOUT_EDITIONS",
    "Agreement",
    "Catalogue",
    "CatalogueError",
    "Change",
    "ChangeLimit",
    "Column",
    "Contract",
    "Dataset",
    "District",
    "Event",
    "Layout",
    "Mark",
    "Retention",
    "Shares",
    "Supply",
    "fill_template",
    "load_catalogue",
    "load_shares",
    "load_yaml",
    "read_utf8",
]

SOURCE_NAME = "raw"

#: Columns that readers add to every raw table: the physical position of each row in its delivery.
POSITION_COLUMNS = ("_file", "_sheet", "_row")

#: Names that dbt-duckdb fills into `external_location`; a contract may not reuse them as meta keys.
RESERVED_META = {"name", "schema", "identifier", "database", "tags", "plugin", "formatter"}


#: Editions over which ranges in the catalogue are worked out.
LAYOUT_EDITIONS = range(2015, 2041)


class CatalogueError(ValueError):
    """The catalogue or a configuration file says something that cannot be; the message says where."""


class _StrictLoader(getattr(yaml, "CSafeLoader", yaml.SafeLoader)):  # type: ignore[misc]
    """YAML loader that refuses a key given twice (dbt and PyYAML keep the last in silence)."""


def _construct_mapping(loader: Any, node: yaml.MappingNode) -> dict[Any, Any]:
    loader.flatten_mapping(node)
    seen: dict[Any, Any] = {}
    for key_node, value_node in node.value:
        key = loader.construct_object(key_node, deep=True)
        if key in seen:
            line = key_node.start_mark.line + 1
            raise CatalogueError(f"line {line}: the key {key!r} is given twice; keep one of the two")
        seen[key] = loader.construct_object(value_node, deep=True)
    return seen


_StrictLoader.add_constructor(yaml.resolver.BaseResolver.DEFAULT_MAPPING_TAG, _construct_mapping)


def load_yaml(path: Path) -> Any:
    """Read a YAML file, refusing duplicate keys.

    Raises:
        CatalogueError: the file is absent, is not UTF-8 or not YAML, or gives a key twice; names the file.
    """
    return load_yaml_text(read_utf8(path, path.name), path.name)


def read_utf8(path: Path, name: str) -> str:
    """Read a file that people edit, with or without the mark that some editors set at its beginning.

    Args:
        path: the file; its line ends stay as they are.
        name: the file's name, for messages.

    Raises:
        CatalogueError: the file is absent, or not UTF-8; names it, and the line.
    """
    try:
        content = path.read_bytes()
    except FileNotFoundError:
        raise CatalogueError(f"{name}: no such file ({path})") from None
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        raise CatalogueError(
            f"{name}: line {line}: expected text in UTF-8; found a sign in another encoding. Open the file in an "
            "editor and save it as UTF-8."
        ) from None


def load_yaml_text(text: str, name: str) -> Any:
    """Read the text of a YAML file, refusing duplicate keys.

    Args:
        text: the file's content.
        name: the file's name, for messages.

    Raises:
        CatalogueError: not YAML, or a key is given twice; names the file.
    """
    try:
        return yaml.load(text, Loader=_StrictLoader)
    except CatalogueError as error:
        raise CatalogueError(f"{name}: {error}") from None
    except yaml.MarkedYAMLError as error:
        # In one line, so that it is whole wherever only the first is shown.
        line = f"line {error.problem_mark.line + 1}: " if error.problem_mark else ""
        said = ", ".join(part for part in (error.context, error.problem) if part)
        raise CatalogueError(f"{name}: {line}not valid YAML: {said}") from None
    except yaml.YAMLError as error:
        raise CatalogueError(f"{name}: not valid YAML: {' '.join(str(error).split())}") from None


_FIELD = re.compile(r"\{E([+-]\d+)?(?::(yy))?\}")


def fill_template(text: str, edition: int) -> str:
    """Fill `{E}`, `{E-1}`, `{E+1}`, `{E:yy}` (two digits) in a file name, date or label.

    >>> fill_template("SCC_KS2_{E-1}{E:yy}.csv", 2026)
    'SCC_KS2_202526.csv'
    """

    def one(match: re.Match[str]) -> str:
        year = edition + int(match.group(1) or 0)
        return f"{year % 100:02d}" if match.group(2) else str(year)

    return _FIELD.sub(one, text)


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


Status = Literal["observed", "suppressed", "not_applicable", "missing"]

ColumnType = Literal[
    "text",
    "code",
    "integer",
    "number",
    "percent",
    "date",
    "month",
    "year",
    "academic_year",
    "financial_year",
    "postcode",
    "uprn",
    "geometry",
]

#: Types whose value is a number.
NUMBER_TYPES = frozenset({"integer", "number", "percent"})
#: Types whose value is a whole year: the calendar year in which the period ends.
YEAR_TYPES = frozenset({"year", "academic_year", "financial_year"})


class Mark(_Strict):
    """What a supplier's mark in a number cell means.

    Attributes:
        status: status the cell carries from here to the marts.
        low, high: smallest and largest whole number the mark can stand for, where the supplier says.
    """

    status: Status
    low: float | None = None
    high: float | None = None

    @model_validator(mode="after")
    def _class_is_complete(self) -> Mark:
        if self.status == "suppressed" and (self.low is None or self.high is None):
            raise ValueError("a suppressed mark needs low and high: the class of counts it stands for")
        return self


def _known_texts(value: Any) -> Any:
    return [value] if isinstance(value, str) else value


Texts = Annotated[list[str], BeforeValidator(_known_texts)]


class Column(_Strict):
    """Type, format and rules of one contracted column.

    Attributes:
        type: what a cell holds once read; raw keeps the text.
        formats: accepted date formats (`strptime`), or `excel` for serial day numbers.
        marks: name of a mark set in `config/marks.yml`.
        required: a blank cell stops the dataset.
        allowed: the only values accepted (after trimming).
        pattern: regular expression that every value matches in full.
        minimum, maximum: accepted range of numbers.
        thousands: separator that number cells may hold.
        personal: the value can single out a person; never shown, logged or quoted.
        hashed: an identifier that is only needed to tell cases apart: readers replace it by a keyed hash
            before it reaches raw. It may be counted and grouped, never ordered by.

    Descriptions stand in the dbt `columns` list, not here.
    """

    type: ColumnType
    formats: Texts = []
    marks: str | None = None
    required: bool = False
    allowed: Texts = []
    pattern: str | None = None
    minimum: float | None = None
    maximum: float | None = None
    thousands: str | None = None
    personal: bool = False
    hashed: bool = False

    @model_validator(mode="after")
    def _hashed_is_an_identifier(self) -> Column:
        if self.hashed:
            if self.type not in {"code", "text"}:
                raise ValueError(f"hashed is for identifiers of type code or text, not {self.type}")
            if self.pattern is not None or self.allowed:
                raise ValueError("a hashed column has no pattern and no allowed values: raw holds its hash")
            if not self.personal:
                raise ValueError("a hashed column is personal")
        return self

    @model_validator(mode="after")
    def _rules_fit_type(self) -> Column:
        if self.type in {"date", "month"} and not self.formats:
            raise ValueError("a date or month column needs formats, such as ['%Y-%m-%d']")
        numeric = self.type in NUMBER_TYPES or self.type in YEAR_TYPES
        if (self.minimum is not None or self.maximum is not None) and not numeric:
            raise ValueError(f"minimum and maximum need a number type, not {self.type}")
        return self


class Measure(_Strict):
    """One quantity that the dataset's staging model gives for each place and year.

    Attributes:
        kind: `events` (a flow, annualised when the year is incomplete), `count` (people, homes or
            other units at a time or in a cohort), or `level` (a rate, mean or score without counts,
            averaged with population weights).
        unit: plural noun, for people ("pupils", "households").
        description: one line.
        absent: what it means that a place has no row in a delivery that came: `zero` for feeds of single
            events or cases, `missing` for tables.
        weight: how a level is averaged: by the `population` of the places, or `equal` (each source row
            counts the same, such as one school).
    """

    kind: Literal["events", "count", "level"]
    unit: str
    description: str
    weight: Literal["population", "equal"] = "population"
    absent: Literal["zero", "missing"] = "missing"


_DUE = re.compile(r"(?:\{E(?:[+-]\d+)?\}-)?\d{2}-\d{2}|static|event \+ (\d+) days?")


class Refresh(_Strict):
    """When a delivery is expected and what period it then describes.

    Attributes:
        cycle: `annual` feeds are due once an edition; `static` ones serve until replaced, and a later
            edition using them is carried forward without being a failure; `event` feeds follow an event.
        due: `MM-DD` or `{E}-MM-DD` dates of the edition year, `event + N days`, or `static`.
        event: id in `config/events.yml`, of event feeds.
        start, end: reference period expected in edition E, as dates with `{E}`.
    """

    cycle: Literal["annual", "static", "event"]
    due: str
    event: str | None = None
    start: str
    end: str

    @model_validator(mode="after")
    def _due_fits_cycle(self) -> Refresh:
        match = _DUE.fullmatch(self.due)
        if match is None:
            raise ValueError(
                f"due: expected MM-DD, {{E}}-MM-DD, 'event + N days' or 'static'; found {self.due!r}"
            )
        on_event = match.group(1) is not None
        if on_event != (self.cycle == "event") or on_event != (self.event is not None):
            raise ValueError(
                "cycle event, a due date of the form 'event + N days' and the event's id in "
                "config/events.yml go together"
            )
        if self.due == "static" and self.cycle != "static":
            raise ValueError("due: static is for the cycle static")
        return self

    @property
    def one_period(self) -> bool:
        """Whether every delivery describes the same period, as a census does: another one is the same again."""
        return self.cycle == "static" and "{" not in self.start + self.end

    @property
    def days_after_event(self) -> int | None:
        """Days after its event on which an event feed is due."""
        match = _DUE.fullmatch(self.due)
        return int(match.group(1)) if match and match.group(1) else None

    def period(self, edition: int) -> tuple[dt.date, dt.date]:
        """First and last day of the reference period expected in an edition."""
        return (
            dt.date.fromisoformat(fill_template(self.start, edition)),
            dt.date.fromisoformat(fill_template(self.end, edition)),
        )

    def reference_year(self, edition: int) -> int:
        """Calendar year in which the expected reference period ends."""
        return self.period(edition)[1].year

    def calendar_due(self, edition: int) -> dt.date | None:
        """Day that the calendar alone gives, or None for static and event feeds."""
        if self.due == "static" or self.cycle == "event":
            return None
        text = fill_template(self.due, edition)
        return dt.date.fromisoformat(text if len(text) == 10 else f"{edition}-{text}")


GeographyMethod = Literal[
    "direct_ward",
    "ward_name",
    "oa21_best_fit",
    "lsoa21_pop_weighted",
    "lsoa11_to_lsoa21",
    "postcode_lookup",
    "survey_weighted_postcode",
    "uprn_lookup",
    "points_in_ward",
    "grid_dwelling_weighted",
    "msoa21_dwelling_weighted",
    "gp_practice_patient_weighted",
    "round_apportionment",
    "polling_district_sum",
    "none",
]


class Geography(_Strict):
    """How a dataset reaches the wards.

    Attributes:
        method: one of the ways to a ward; `none` for reference sets.
        level: geography as supplied, in words.
        vintage: boundary vintage of the codes, such as WD25 or LSOA11.
        code, name: columns that hold the area's code and name, where they do.
        district: column that holds the code of the district an area lies in. A rule that takes this
            dataset as its reference looks at the areas of this installation's district only.
        snap_metres: how far outside the district a point may lie and still be given to the nearest ward.
    """

    method: GeographyMethod
    level: str
    vintage: str
    code: str | None = None
    name: str | None = None
    district: str | None = None
    snap_metres: float = 0


class Rule(_Strict):
    """A contract rule beyond type, key, range and completeness.

    Attributes:
        id: unique in the dataset.
        kind: `not_above` (column, with `parts` added to it, at most `other`; closed proportions), `code_name` (code and name
            columns agree with the reference), `sum_equals` (a stated total equals the sum of its parts
            within tolerance), `rate_equals` (a stated percentage or rate equals its numerator over its
            denominator, the two `parts`, times `times`, within tolerance), `value_present` (some row holds
            the text `text`), `filled` (no cell of the column is blank; for layouts or rows of which not all
            have it), `months_present` (each expected month has rows), `areas_complete`
            (every ward or polling district of the edition has rows), `areas_known` (no unknown code),
            `control_total` (the sum of `column` agrees with an independent figure: the sum of the columns
            `parts` of the dataset `reference`, within `ratio`).
        column, other: contract columns.
        reference: `wards`, or another dataset's id.
        reference_column: its column with the areas, where that is neither of the same name nor the one its
            geography names.
        parts: columns that add up to `column`, whose ratio it is, or that count with it (`not_above`); of `reference`
            for a control total.
        times: what the ratio is multiplied by.
        text: the text that must be there, with `{E}` filled.
        tolerance: allowed absolute difference.
        separator: what stands between several areas in one cell, for `areas_complete`.
        allowed_missing: codes that may be absent, with the reason in `reason`.
        where: SQL condition over typed columns that limits the rule.
        when: SQL condition over typed columns that some row must meet for `areas_complete` to be asked at all.
        reference_where: the same over the typed columns of `reference`, for a control total.
        match: a column of this dataset and one of `reference` that hold the same areas; a control total then
            counts areas that both have.
        ratio: smallest and largest accepted quotient of the two sums of a control total.
        layouts: layouts the rule is for; all where empty.
        grade: `stop` or `record`.
        reason: why, for people.
    """

    id: str
    kind: Literal[
        "not_above",
        "code_name",
        "sum_equals",
        "rate_equals",
        "value_present",
        "filled",
        "months_present",
        "areas_complete",
        "areas_known",
        "control_total",
    ]
    column: str
    other: str | None = None
    reference: str | None = None
    reference_column: str | None = None
    parts: list[str] = []
    times: float = 100
    text: str | None = None
    tolerance: float = 0
    separator: str | None = None
    allowed_missing: list[str] = []
    where: str | None = None
    when: str | None = None
    reference_where: str | None = None
    match: tuple[str, str] | None = None
    ratio: tuple[float, float] | None = None
    layouts: list[str] = []
    grade: Literal["stop", "record"] = "stop"
    reason: str | None = None

    @property
    def own_columns(self) -> list[str]:
        """Columns of the dataset itself that the rule names; the parts of a control total are another's."""
        parts = [] if self.kind == "control_total" else self.parts
        named = [self.column, self.other, *parts, *(self.match or ())[:1]]
        return [name for name in named if name is not None]

    @model_validator(mode="after")
    def _control_is_whole(self) -> Rule:
        if self.kind == "control_total":
            named = self.reference and self.reference != "wards" and self.parts
            if not (named and self.ratio and self.reason) or self.other:
                raise ValueError(
                    f"rule {self.id}: a control total names reference, parts, ratio and the reason for its ratio"
                )
            if not 0 < self.ratio[0] <= self.ratio[1]:
                raise ValueError(f"rule {self.id}: ratio is a smallest and a largest quotient above zero")
        elif self.reference_where or self.match or self.ratio:
            raise ValueError(f"rule {self.id}: only a control total has reference_where, match and ratio")
        return self


class Locator(_Strict):
    """Where a layout finds one contract column.

    Exactly one of:
        header: the header text, compared after white space is folded and case ignored.
        pattern: regular expression searched in the folded header text, ignoring case.
        position: 1-based column number.
        constant: the same text for each row.
        file: regular expression with one group, searched in the file's name (and its folder).
        sheet: regular expression with one group, searched in the sheet's name.
        path: dotted path inside a record of a document format (in XML through child elements, `@name`
            for an attribute); `@geometry` is a feature's geometry as GeoJSON text, `@key` and `@value`
            are the parts of an object read as pairs (`records: "*"`).

    `occurrence` picks among columns of the same header (1 is the first); where several match and it is
    not given, the delivery is refused. `extract` is a regular expression with one group that picks the
    value out of the cell text; a cell that does not match stays as it is, for the checks to see.
    """

    header: str | None = None
    pattern: str | None = None
    position: int | None = Field(default=None, ge=1)
    constant: str | None = None
    file: str | None = None
    sheet: str | None = None
    path: str | None = None
    occurrence: int = Field(default=1, ge=1)
    extract: str | None = None

    @model_validator(mode="after")
    def _one_way(self) -> Locator:
        ways = ("header", "pattern", "position", "constant", "file", "sheet", "path")
        given = [way for way in ways if getattr(self, way) is not None]
        if len(given) != 1:
            raise ValueError(f"give exactly one of {', '.join(ways)}; found {given or 'none'}")
        _check_pattern(self.pattern, "pattern", group=False)
        for key in ("file", "sheet", "extract"):
            _check_pattern(getattr(self, key), key, group=True)
        return self


def _check_pattern(text: str | None, key: str, *, group: bool) -> None:
    """Refuse a text that is no regular expression, or that lacks the one group its use needs."""
    if text is None:
        return
    try:
        groups = re.compile(text).groups
    except re.error as error:
        raise ValueError(f"{key}: {text!r} is not a regular expression: {error}") from None
    if group and groups != 1:
        raise ValueError(f"{key}: {text!r} needs one group in brackets; found {groups}")


def _as_locator(value: Any) -> Any:
    return {"header": value} if isinstance(value, str) else value


class Unpivot(_Strict):
    """Turn wide columns into rows: one row for each header that matches.

    Attributes:
        pattern: regular expression with one group; the group's text becomes `name_column`.
        name_column, value_column: contract columns that receive header and cell.
        further: more value columns and their patterns, where a table holds several quantities side by
            side (children and percentages, females and males): cells whose headers give the same text
            stand in one row.
    """

    pattern: str
    name_column: str
    value_column: str
    further: dict[str, str] = {}

    @property
    def values(self) -> dict[str, str]:
        """Each value column with its pattern, the first one first."""
        return {self.value_column: self.pattern, **self.further}

    @model_validator(mode="after")
    def _patterns_have_a_group(self) -> Unpivot:
        for column, pattern in self.values.items():
            _check_pattern(pattern, column, group=True)
        return self


class Keep(_Strict):
    """Keep only rows whose contract column, trimmed, matches the pattern in full (drops totals, footers)."""

    column: str
    pattern: str

    @model_validator(mode="after")
    def _pattern_is_one(self) -> Keep:
        _check_pattern(self.pattern, "pattern", group=False)
        return self


class StatedTotal(_Strict):
    """Rows of a file that state totals of others; they are not kept, and their figures must be the sums.

    Attributes:
        column, pattern: rows whose contract column, trimmed, matches the pattern in full.
        of: number columns that are added up.
        by: columns that say which rows a total is of; all rows of the file and sheet where empty.
    """

    column: str
    pattern: str
    of: list[str] = Field(min_length=1)
    by: list[str] = []

    @model_validator(mode="after")
    def _pattern_is_one(self) -> StatedTotal:
        _check_pattern(self.pattern, "pattern", group=False)
        return self


class Repair(_Strict):
    """A known fault of a publisher's file, and the rule that mends it; recorded on the release.

    Attributes:
        id: unique in the dataset.
        kind: `code_from_name` replaces a code by the one that the reference gives to the row's name.
        column: the faulty column.
        name: column that holds the name.
        reference: `wards`.
        where: contract column and pattern that limit the repair (such as the district's rows).
        check: id of the check that catches the fault; it is reported as repaired, not as passed.
        reason: what is wrong with the file, for people.
    """

    id: str
    kind: Literal["code_from_name"]
    column: str
    name: str
    reference: Literal["wards"] = "wards"
    where: Keep | None = None
    check: str
    reason: str


class Coverage(_Strict):
    """A delivery known to describe only part of its reference period.

    Attributes:
        days: days covered by the delivery.
        of: days in the whole period.
        label: how the values are marked, for people.
        months: the months that are there, as `2025-01`, where the delivery comes by month; a rule
            `months_present` then expects these and no others.
    """

    days: int = Field(gt=0)
    of: int = Field(gt=0)
    label: str
    months: list[Annotated[str, Field(pattern=r"^\d{4}-(0[1-9]|1[0-2])$")]] = []

    @model_validator(mode="after")
    def _days_are_of_the_months(self) -> Coverage:
        if self.days > self.of:
            raise ValueError(f"covers {self.days} days of {self.of}")
        if self.months:
            pairs = [(int(month[:4]), int(month[5:])) for month in self.months]
            days = sum(calendar.monthrange(year, month)[1] for year, month in pairs)
            if len(set(pairs)) != len(pairs) or days != self.days:
                raise ValueError(f"the months listed have {days} days, not {self.days}")
        return self


Format = Literal["csv", "xlsx", "ods", "xls", "json", "geojson", "topojson", "xml", "parquet", "gpkg"]


class LayoutGeography(_Strict):
    """The way to the wards of one layout's codes."""

    method: GeographyMethod
    vintage: str


class Layout(_Strict):
    """The shape of a dataset's files over a range of editions. Data, never code.

    Attributes:
        id: unique in the dataset.
        editions: first and last edition, both included; null leaves an end open. A layout with
            `[]` is only used when a shares file names it.
        files: glob patterns below the supplier's folder, with `{E}` filled; each must match a file.
        format: file family.
        archive_member: glob of members, where the file is a zip.
        encoding: text encoding; `utf-8-sig` drops a byte order mark. gzip is recognised by content.
        delimiter: of delimited text.
        sheet: glob of the sheet's name, ignoring case; several matching sheets are read in turn.
        sheet_with: contract column that tells the right sheets: of those whose name matches, only the
            ones that have it are read. For workbooks whose tables change their numbers.
        header_row: 1-based physical row of the (first) header row; 0 when there is none.
        header_rows: header rows, joined with a blank.
        records: dotted path to the list of records in a document format; `*` (last) reads an object as
            pairs of key and value; in XML the path of the record elements.
        axes: dotted path to the axes of a cube of numbers, in JSON: `records` is then the nested list of
            its cells, and each cell a record with the paths `@value`, and for each axis its label with
            `.label` and `.code` (the last part of the item's identifier).
        object: name or glob of the TopoJSON object or GeoPackage layer.
        columns: contract column -> where to find it. Contract columns left out are null.
        unpivot: wide columns to rows.
        ignore: supplier columns that are known and not used: globs, ignoring case.
        keep: keep only matching rows.
        totals: rows left out by `keep` that state totals of those kept.
        stop_at_blank: the table ends at the first wholly blank row after a row of data.
        start, end: reference period, where it differs from the contract's; with `{E}`.
        coverage: the delivery describes part of the period.
        geography: way to the wards, where it differs from the contract's (a later vintage of codes).
        method_break: what changed against the layout before it; the series is not compared across.
        repairs: known faults and the rules that mend them.
    """

    id: str
    editions: list[int | None] = []
    files: list[str] = []
    format: Format
    archive_member: str | None = None
    encoding: str = "utf-8-sig"
    delimiter: str = ","
    sheet: str | None = None
    sheet_with: str | None = None
    header_row: int = Field(default=1, ge=0)
    header_rows: int = Field(default=1, ge=1)
    records: str | None = None
    axes: str | None = None
    object: str | None = None
    columns: dict[str, Annotated[Locator, BeforeValidator(_as_locator)]]
    unpivot: Unpivot | None = None
    ignore: Texts = []
    keep: Keep | None = None
    totals: list[StatedTotal] = []
    stop_at_blank: bool = False
    start: str | None = None
    end: str | None = None
    coverage: Coverage | None = None
    geography: LayoutGeography | None = None
    method_break: str | None = None
    repairs: list[Repair] = []

    @model_validator(mode="after")
    def _editions_are_a_range(self) -> Layout:
        if self.editions and len(self.editions) != 2:
            raise ValueError("editions is [first, last], both included; null leaves an end open")
        return self

    @model_validator(mode="after")
    def _columns_are_found_one_way(self) -> Layout:
        documents = ("json", "geojson", "topojson", "xml", "gpkg")
        for name, locator in self.columns.items():
            if locator.path is not None and self.format not in documents:
                raise ValueError(f"columns.{name}: a path is for {', '.join(documents)}, not {self.format}")
        if self.unpivot is not None:
            for name in (self.unpivot.name_column, *self.unpivot.values):
                if name in self.columns:
                    raise ValueError(f"unpivot fills {name}; leave it out of columns")
        return self

    def serves(self, edition: int) -> bool:
        """Whether this layout is the one of an edition."""
        if not self.editions:
            return False
        first, last = self.editions
        return (first is None or first <= edition) and (last is None or edition <= last)


class Handover(_Strict):
    """From an edition on, another supplier sends a dataset, or it is held under another agreement.

    Suppliers that close and agreements that end name their successors in `config/`; a handover is for a
    dataset that goes another way than the rest.

    Attributes:
        edition: first edition for which it holds.
        supplier, agreement: ids in `config/`; what is left out stays as it was.
        reason: why, for people.
    """

    edition: int
    supplier: str | None = None
    agreement: str | None = None
    reason: str

    @model_validator(mode="after")
    def _hands_something_over(self) -> Handover:
        if self.supplier is None and self.agreement is None:
            raise ValueError("a handover names a supplier, an agreement, or both")
        return self


class Retention(_Strict):
    """How long landed files may be kept, and what may be kept afterwards.

    Attributes:
        years: years after the day they came.
        clause: of the agreement, as it is cited when they are purged.
        aggregates_at: finest geography of what is kept of single cases, homes and postcodes: `lsoa` (each LSOA
            by ward) or `ward`. Counts by area that the supplier sends are kept as they are.
    """

    years: int = Field(ge=0)
    clause: str = Field(min_length=5)
    aggregates_at: Literal["lsoa", "ward"]

    def due(self, came: dt.date) -> dt.date:
        """First day on which files that came on a day are to be purged."""
        try:
            return came.replace(year=came.year + self.years)
        except ValueError:
            return dt.date(came.year + self.years, 3, 1)


class ChangeLimit(_Strict):
    """How different two editions may be in one statistic of the change checks.

    Attributes:
        first: limit while the dataset has fewer than two pairs of earlier neighbouring editions; None
            leaves the statistic out until then.
        floor, margin, step: once there is a past, the limit is `margin` times its largest difference plus
            `step`, and never below `floor`.
        static: limit of a set that serves until it is replaced; None leaves the statistic out.
        steady: the statistic counts only where the past never went above this.
        words: what is expected, for people.
        date, reason: when and why the limit was set.
    """

    first: float | None
    floor: float
    margin: float
    step: float = 0
    static: float | None
    steady: float | None = None
    words: str
    date: dt.date
    reason: str


class Change(_Strict):
    """A dataset's own limit in place of the general one.

    Attributes:
        limits: names in `config/limits.yml`.
        column: contract column it is for; every one where None.
        editions: editions it is for; every one where empty.
        value: the limit; None leaves the statistic out.
        date, reason: when and why it was set.
    """

    limits: list[str] = Field(min_length=1)
    column: str | None = None
    editions: list[int] = []
    value: float | None
    date: dt.date
    reason: str = Field(min_length=10)


class Contract(_Strict):
    """What a supplier and the council agreed on one dataset.

    Anywhere in a contract, `{district}` stands for the GSS code and `{district_name}` for the name in
    `config/district.yml`. Where the district has had several codes, `{district}` stands for any of them: in
    a pattern it is an alternation, and a condition `column = '{district}'` holds for each.

    Attributes:
        title: for people.
        role: `outcome` feeds indicators, `reference` feeds geography and denominators, `comparison`
            is only compared with.
        theme: folder of the staging model.
        supplier: id in `config/suppliers.yml`; of the first edition, where suppliers followed one another.
        owner_role: who answers for it in the council.
        agreement: id in `config/agreements.yml`: a data-sharing agreement or a licence.
        handovers: editions from which another supplier or agreement holds for this dataset alone.
        landed_files: how long landed files may be kept, where it differs from the agreement's.
        sensitivity: `public`, `official`, `personal` (derived from or about people) or
            `official_sensitive`. Nothing but counts of rows is shown of the last two.
        disclosure_rule: id in `config/disclosure.yml`.
        profiles: runs that use it.
        grain: what one row is.
        key: contract columns that identify a row; empty where the feed has none.
        rows: smallest and largest number of rows a delivery of one edition may have.
        replaces: what a later delivery replaces: the `period`s it holds, or the `area`s of those periods.
        refresh, geography, columns, measures, rules, changes, layouts: see the classes.
        period_column: contract column that carries the year of a row, where one does.
        published_as: public table that shows a reference set much as it was supplied; a release that holds the
            table gives the attribution of the set.
        notes: what a data team would trip over.
    """

    title: str
    role: Literal["outcome", "reference", "comparison"]
    theme: str
    supplier: str
    owner_role: str
    agreement: str
    handovers: list[Handover] = []
    landed_files: Retention | None = None
    sensitivity: Literal["public", "official", "personal", "official_sensitive"]
    disclosure_rule: str
    profiles: list[Literal["full", "open"]]
    grain: str
    key: list[str] = []
    rows: tuple[int, int]
    replaces: Literal["period", "area"] = "period"
    refresh: Refresh
    geography: Geography
    period_column: str | None = None
    published_as: str | None = None
    columns: dict[str, Column]
    measures: dict[str, Measure] = {}
    rules: list[Rule] = []
    changes: list[Change] = []
    layouts: list[Layout] = Field(min_length=1)
    notes: Texts = []

    def _need(self, names: Sequence[str | None], where: str) -> None:
        unknown = [name for name in names if name is not None and name not in self.columns]
        if unknown:
            known = sorted(self.columns)
            raise ValueError(f"{where} names unknown column {unknown[0]!r}; columns are {known}")

    @model_validator(mode="after")
    def _hashed_columns_are_not_compared(self) -> Contract:
        hashed = {name for name, column in self.columns.items() if column.hashed}
        for rule in self.rules:
            used = hashed.intersection(rule.own_columns)
            if used:
                raise ValueError(
                    f"rule {rule.id} looks at {sorted(used)[0]!r}, of which raw has the hash only"
                )
        return self

    @model_validator(mode="after")
    def _names_are_known(self) -> Contract:
        self._need(self.key, "key")
        self._need([self.period_column], "period_column")
        self._need([self.geography.code, self.geography.name, self.geography.district], "geography")
        for name, column in self.columns.items():
            made = ("status", "low", "high") if column.type in NUMBER_TYPES else ("status",)
            taken = [f"{name}_{part}" for part in made if f"{name}_{part}" in self.columns]
            if taken:
                raise ValueError(
                    f"column {taken[0]!r} has the name that staging gives to the {taken[0].rsplit('_', 1)[1]} "
                    f"of {name!r}; call it something else"
                )
        names = [layout.id for layout in self.layouts]
        if len(names) != len(set(names)):
            raise ValueError("two layouts have the same id")
        ids = [rule.id for rule in self.rules]
        if len(ids) != len(set(ids)):
            raise ValueError("two rules have the same id")
        for rule in self.rules:
            self._need(rule.own_columns, f"rule {rule.id}")
            unknown = sorted(set(rule.layouts) - set(names))
            if unknown:
                raise ValueError(f"rule {rule.id} names unknown layout {unknown[0]!r}; layouts are {names}")
        for change in self.changes:
            self._need([change.column], f"changes: {', '.join(change.limits)}")
        return self

    @model_validator(mode="after")
    def _layouts_name_columns(self) -> Contract:
        rules = {rule.id for rule in self.rules}
        for layout in self.layouts:
            where = f"layout {layout.id}"
            self._need(list(layout.columns), f"{where}: columns")
            if layout.sheet_with is not None and layout.sheet_with not in layout.columns:
                raise ValueError(f"{where}: sheet_with names {layout.sheet_with!r}, which it does not locate")
            if layout.unpivot:
                self._need([layout.unpivot.name_column, *layout.unpivot.values], f"{where}: unpivot")
            if layout.keep:
                self._need([layout.keep.column], f"{where}: keep")
            for total in layout.totals:
                self._need([total.column, *total.of, *total.by], f"{where}: totals")
                if layout.keep is None or layout.unpivot is not None:
                    raise ValueError(f"{where}: totals: need a keep that leaves them out, and rows as sent")
            for name, locator in layout.columns.items():
                if self.columns[name].hashed and (locator.constant or locator.file or locator.sheet):
                    raise ValueError(f"{where}: the hashed column {name} must be read from the rows")
            for repair in layout.repairs:
                self._need([repair.column, repair.name], f"{where}: repair {repair.id}")
                if repair.check not in rules:
                    raise ValueError(f"{where}: repair {repair.id} names unknown rule {repair.check!r}")
        return self

    @property
    def shows_values(self) -> bool:
        """Whether a report may quote cells of this dataset."""
        return self.sensitivity in {"public", "official"}


class Dataset(_Strict):
    """One dataset: its dbt description and its contract.

    Attributes:
        id, description, descriptions: as dbt knows them; the last by column.
        contract: what was agreed.
        event_dates: days of the event that an event feed follows. When something is due says nothing of
            what a delivery holds, so they are no part of the dataset as data.
    """

    id: str
    description: str
    descriptions: dict[str, str]
    contract: Contract
    event_dates: tuple[dt.date, ...] = Field(default=(), exclude=True)

    @property
    def columns(self) -> dict[str, Column]:
        """Contract columns in order."""
        return self.contract.columns

    def layout(self, edition: int, name: str | None = None) -> Layout:
        """The layout of an edition, or the one of that name.

        Raises:
            CatalogueError: no layout serves the edition, or the name is unknown.
        """
        if name is not None:
            for layout in self.contract.layouts:
                if layout.id == name:
                    return layout
            known = ", ".join(layout.id for layout in self.contract.layouts)
            raise CatalogueError(f"{self.id}: no layout {name!r}; the catalogue has {known}")
        for layout in self.contract.layouts:
            if layout.serves(edition):
                return layout
        raise CatalogueError(
            f"{self.id}: no layout for edition {edition}. "
            "Add one to sources.yml (layouts: editions), or widen the range of an existing one."
        )

    def has_layout(self, edition: int) -> bool:
        """Whether a delivery of this edition is expected in the usual way."""
        return any(layout.serves(edition) for layout in self.contract.layouts)

    def method(self, layout: Layout) -> GeographyMethod:
        """The way to the wards of a layout's codes."""
        return layout.geography.method if layout.geography else self.contract.geography.method

    def period(self, edition: int, layout: Layout | None = None) -> tuple[dt.date, dt.date]:
        """First and last day that a delivery of the edition describes."""
        start, end = self.contract.refresh.period(edition)
        if layout is not None and layout.start:
            start = dt.date.fromisoformat(fill_template(layout.start, edition))
        if layout is not None and layout.end:
            end = dt.date.fromisoformat(fill_template(layout.end, edition))
        return start, end

    def due_date(self, edition: int) -> dt.date | None:
        """Day the delivery of an edition is due, or None where none falls due in it.

        A feed that follows an event is due so many days after the last event within the edition's period.
        Where that day lies before the year ahead of the edition, an earlier edition had it due already.
        """
        days = self.contract.refresh.days_after_event
        if days is None:
            return self.contract.refresh.calendar_due(edition)
        start, end = self.period(edition, self.layout(edition) if self.has_layout(edition) else None)
        found = [day for day in self.event_dates if start <= day <= end]
        if not found:
            return None
        due = max(found) + dt.timedelta(days=days)
        return due if due >= dt.date(edition - 1, 1, 1) else None


class Event(_Strict):
    """Something that deliveries follow and that no calendar gives: an election, a survey."""

    title: str
    dates: list[dt.date] = Field(min_length=1)


class Supplier(_Strict):
    """Who sends data. Data, never code: councils merge.

    Attributes:
        title: for people.
        kind: council, county or national publisher.
        contact_role: whom to ask.
        opens, closes: first and last day on which it sends; open where left out.
        successor: id of the supplier that sends what falls due after it has closed.
    """

    title: str
    kind: Literal["council", "county", "national"]
    contact_role: str
    opens: dt.date | None = None
    closes: dt.date | None = None
    successor: str | None = None

    @model_validator(mode="after")
    def _closes_before_it_is_succeeded(self) -> Supplier:
        if self.successor is not None and self.closes is None:
            raise ValueError("a successor needs the day on which this supplier closes (closes)")
        return self


class Agreement(_Strict):
    """The basis on which a dataset is held and what may be published from it.

    Attributes:
        title, kind, attribution, url: what it is, and the words it asks for.
        begins, expires: first and last day of its term; open where left out.
        successor: id of the agreement under which is held what falls due after it has expired.
        permitted_outputs, retention: what it allows.
        approval: the other side approves every public value made from its data before publication.
        approver_role: role that approves, where that is not the supplier's contact.
        landed_files: how long landed files may be kept; without it they are kept.
    """

    title: str
    kind: Literal["licence", "agreement", "internal"]
    attribution: str | None = None
    url: str | None = None
    begins: dt.date | None = None
    expires: dt.date | None = None
    successor: str | None = None
    permitted_outputs: str
    retention: str
    landed_files: Retention | None = None
    approval: bool = False
    approver_role: str | None = None

    @model_validator(mode="after")
    def _expires_before_it_is_succeeded(self) -> Agreement:
        if self.successor is not None and self.expires is None:
            raise ValueError("a successor needs the day on which this agreement expires (expires)")
        return self


@dataclass(frozen=True)
class Supply:
    """Who sends a dataset in one edition, and under which agreement.

    Attributes:
        supplier_id, agreement_id: ids in `config/`.
        supplier, agreement: what stands there.
    """

    supplier_id: str
    supplier: Supplier
    agreement_id: str
    agreement: Agreement


class DisclosureRule(_Strict):
    """A rule of statistical disclosure control, by id.

    Attributes:
        approval: the supplier approves every public value made under the rule before publication.
    """

    title: str
    description: str
    approval: bool = False


class EarlierCode(_Strict):
    """A GSS code that the district had, and the last edition for which it held."""

    code: str
    last_edition: int


class District(_Strict):
    """The district this installation publishes for. Another council changes this file.

    Attributes:
        id: what the district is known by here, whatever its code: names folders, and keeps releases under
            one pointer. The first code it had where left out.
        code: GSS code of the district, now.
        earlier_codes: GSS codes it had before, oldest first.
        name: for people.
        editions: first and last edition of the published series, per profile and shares file.
        publication: publication day of an edition, with `{E}`.
        cut_off: last day on which a delivery of an edition is taken in, with `{E}`.
        annual_run: when the annual run starts by itself, as a cron line; switched on in Dagster's web UI.
        timezone: of that line.
    """

    id: str | None = Field(default=None, pattern=r"^[A-Za-z0-9][A-Za-z0-9_-]*$")
    code: str
    earlier_codes: list[EarlierCode] = []
    name: str
    council: str
    first_edition: dict[str, int]
    current_edition: int
    publication: str
    cut_off: str
    annual_run: str = "0 6 2 12 *"
    timezone: str = "Europe/London"
    coverage_threshold: float = Field(gt=0, le=1)

    @model_validator(mode="after")
    def _codes_follow_one_another(self) -> District:
        codes = [item.code for item in self.earlier_codes]
        ends = [item.last_edition for item in self.earlier_codes]
        if len({*codes, self.code}) != len(codes) + 1:
            raise ValueError("earlier_codes: the district has each code once")
        if ends != sorted(set(ends)):
            raise ValueError("earlier_codes: give them oldest first, each with a later last_edition")
        return self

    @property
    def identity(self) -> str:
        """What the district is known by, whatever its code."""
        return self.id or self.codes[-1]

    @property
    def codes(self) -> tuple[str, ...]:
        """Every code it has or had, the present one first and the oldest last."""
        return (self.code, *(item.code for item in reversed(self.earlier_codes)))

    def code_in(self, edition: int) -> str:
        """The code it has in an edition."""
        return next((item.code for item in self.earlier_codes if edition <= item.last_edition), self.code)

    def publication_date(self, edition: int) -> dt.date:
        """Day the release of an edition is published."""
        return dt.date.fromisoformat(fill_template(self.publication, edition))


class Catalogue(_Strict):
    """All datasets and what they refer to."""

    datasets: dict[str, Dataset]
    suppliers: dict[str, Supplier]
    agreements: dict[str, Agreement]
    disclosure: dict[str, DisclosureRule]
    marks: dict[str, dict[str, Mark]]
    events: dict[str, Event] = {}
    limits: dict[str, ChangeLimit]
    district: District

    def __getitem__(self, dataset: str) -> Dataset:
        """Return a dataset by id.

        Raises:
            CatalogueError: unknown id; names the nearest ones.
        """
        try:
            return self.datasets[dataset]
        except KeyError:
            import difflib

            near = difflib.get_close_matches(dataset, self.datasets, n=3)
            hint = f" Did you mean {', '.join(near)}?" if near else ""
            raise CatalogueError(f"unknown dataset {dataset!r}.{hint} `spi datasets` lists all.") from None

    def supplier(self, supplier: str) -> Supplier:
        """Return a supplier by id.

        Raises:
            CatalogueError: unknown id; names those there are.
        """
        try:
            return self.suppliers[supplier]
        except KeyError:
            raise CatalogueError(
                f"unknown supplier {supplier!r}; config/suppliers.yml has {', '.join(self.suppliers)}"
            ) from None

    def sent_by(self, supplier: str, edition: int | None = None) -> list[Dataset]:
        """Datasets that a supplier sends in an edition, the current one by default, in catalogue order."""
        year = self.district.current_edition if edition is None else edition
        return [d for d in self.datasets.values() if self.supply(d, year).supplier_id == supplier]

    def supply(self, dataset: Dataset, edition: int) -> Supply:
        """Who sends a dataset in an edition, and under which agreement.

        The supplier and agreement of the contract, as handed over up to the edition; then their successors,
        where they have closed or expired before the day on which the delivery is due (the cut-off day of the
        edition for sets without one).
        """
        contract = dataset.contract
        supplier, agreement = contract.supplier, contract.agreement
        for item in sorted(contract.handovers, key=lambda item: item.edition):
            if item.edition <= edition:
                supplier, agreement = item.supplier or supplier, item.agreement or agreement
        day = dataset.due_date(edition)
        if day is None:
            day = dt.date.fromisoformat(fill_template(self.district.cut_off, edition))
        while True:
            sender = self.suppliers[supplier]
            if sender.closes is None or day <= sender.closes or sender.successor is None:
                break
            supplier = sender.successor
        while True:
            basis = self.agreements[agreement]
            if basis.expires is None or day <= basis.expires or basis.successor is None:
                break
            agreement = basis.successor
        return Supply(supplier, sender, agreement, basis)

    def in_profile(self, profile: str) -> list[Dataset]:
        """Datasets of a profile, in catalogue order."""
        return [d for d in self.datasets.values() if profile in d.contract.profiles]

    def retention_of(self, dataset: Dataset, edition: int) -> Retention | None:
        """How long landed files of a dataset's edition may be kept; None where they are kept."""
        return dataset.contract.landed_files or self.supply(dataset, edition).agreement.landed_files

    def marks_of(self, column: Column) -> dict[str, Mark]:
        """Marks that a number column may hold."""
        return self.marks[column.marks] if column.marks else {}


class ShareDelivery(_Strict):
    """A delivery named file by file: used where files do not follow the catalogue's names."""

    files: list[str] = Field(min_length=1)
    layout: str | None = None


class Shares(_Strict):
    """Where suppliers leave files.

    Attributes:
        id: short name; receipts keep it, so that deliveries of different shares are not mixed.
        title: for people.
        synthetic: everything here is made up; marked wherever it shows, and only such input may be
            signed by sample roles.
        root: URL or folder all paths start from; `${NAME}` is an environment setting, a relative
            folder starts from the project.
        folders: supplier -> folder below root.
        deliveries: dataset -> edition -> files, in place of the catalogue's patterns.
    """

    id: str = Field(pattern=r"^[a-z][a-z0-9-]*$")
    title: str
    synthetic: bool
    root: str
    folders: dict[str, str] = {}
    deliveries: dict[str, dict[int, ShareDelivery]] = {}

    def resolved_root(self, settings: Settings) -> str:
        """The root with settings filled in: an absolute folder, or a URL."""

        def one(match: re.Match[str]) -> str:
            name = match.group(1)
            if name == "SPI_SHARED_DATA":
                return str(settings.shared_data)
            if name == "SPI_DATA":
                return str(settings.data)
            value = os.environ.get(name)
            if value is None:
                raise CatalogueError(f"shares {self.id}: root needs the setting {name}; set it and run again")
            return value

        text = re.sub(r"\$\{([A-Z_]+)\}", one, self.root).removeprefix("file://").removeprefix("file:")
        if "://" in text:
            return text
        path = Path(text).expanduser()
        return str(path if path.is_absolute() else settings.root / path)


def _say(error: ValidationError, where: str) -> str:
    lines = []
    for item in error.errors():
        key = ".".join(str(part) for part in item["loc"]) or "(whole)"
        message = item["msg"].removeprefix("Value error, ")
        if item["type"] == "extra_forbidden":
            message = "unknown key; check the spelling, or remove it"
        elif item["type"] == "missing":
            message = "required key is missing"
        lines.append(f"  {where}: {key}: {message}")
    return "\n".join(lines)


def _parse(model: type[BaseModel], data: Any, where: str) -> Any:
    try:
        return model.model_validate(data)
    except ValidationError as error:
        raise CatalogueError("the catalogue is not valid:\n" + _say(error, where)) from None


def _parse_map(model: type[BaseModel], path: Path, key: str) -> dict[str, Any]:
    data = load_yaml(path)
    if not isinstance(data, dict) or set(data) != {key}:
        raise CatalogueError(f"{path.name}: expected the one top-level key {key!r}")
    return {name: _parse(model, item, f"{path.name}: {name}") for name, item in data[key].items()}


_TABLE_KEYS = {"name", "description", "columns", "config"}


def _fill_district(value: Any, district: District) -> Any:
    """Fill `{district}` and `{district_name}` in every text of a contract."""
    if isinstance(value, str):
        code = district.code
        if len(district.codes) > 1:
            listed = ", ".join(f"'{one}'" for one in district.codes)
            value = re.sub(r"=\s*'\{district\}'", f"in ({listed})", value)
            code = f"(?:{'|'.join(district.codes)})"
        return value.replace("{district}", code).replace("{district_name}", district.name)
    if isinstance(value, dict):
        return {key: _fill_district(item, district) for key, item in value.items()}
    if isinstance(value, list):
        return [_fill_district(item, district) for item in value]
    return value


def _dataset(table: Any, file: str, district: District, events: dict[str, Event]) -> Dataset:
    if not isinstance(table, dict) or not isinstance(table.get("name"), str):
        raise CatalogueError(f"{file}: a table without a name")
    name = table["name"]
    unknown = set(table) - _TABLE_KEYS
    if unknown:
        raise CatalogueError(
            f"{file}: {name}: unknown key {sorted(unknown)[0]!r}; known are {sorted(_TABLE_KEYS)}"
        )
    config = table.get("config") or {}
    meta = config.get("meta") or {}
    if set(config) != {"meta"} or set(meta) != {"contract"}:
        raise CatalogueError(
            f"{file}: {name}: config holds one key, meta.contract; found {sorted(config)}, {sorted(meta)}"
        )
    contract: Contract = _parse(Contract, _fill_district(meta["contract"], district), f"{file}: {name}")
    descriptions: dict[str, str] = {}
    for column in table.get("columns") or []:
        unknown = set(column) - {"name", "description"}
        if unknown:
            raise CatalogueError(
                f"{file}: {name}: column {column.get('name')}: unknown key {sorted(unknown)[0]!r}"
            )
        if column["name"] in descriptions:
            raise CatalogueError(f"{file}: {name}: column {column['name']!r} is given twice")
        descriptions[column["name"]] = column.get("description") or ""
    if list(descriptions) != list(contract.columns):
        missing = [c for c in contract.columns if c not in descriptions] or [
            c for c in descriptions if c not in contract.columns
        ]
        detail = f"differs at {missing[0]!r}" if missing else "is in another order"
        raise CatalogueError(
            f"{file}: {name}: the dbt column list and the contract's columns differ: it {detail}"
        )
    blank = [c for c, text in descriptions.items() if not text.strip()]
    if blank or not (table.get("description") or "").strip():
        raise CatalogueError(f"{file}: {name}: no description of {blank[0] if blank else 'the table'}")
    event = contract.refresh.event
    if event is not None and event not in events:
        known = ", ".join(events) or "none"
        raise CatalogueError(f"{file}: {name}: refresh.event: {event!r} is not in events.yml; it has {known}")
    return Dataset(
        id=name,
        description=table["description"].strip(),
        descriptions=descriptions,
        contract=contract,
        event_dates=tuple(sorted(events[event].dates)) if event else (),
    )


def _check_successors(catalogue: Catalogue) -> None:
    """Refuse successors that nobody knows, that have not begun, or that lead back to where they came from."""
    for file, known, begin in (
        ("suppliers.yml", catalogue.suppliers, "opens"),
        ("agreements.yml", catalogue.agreements, "begins"),
    ):
        for name, item in known.items():
            seen, at = [name], item.successor
            while at is not None:
                if at not in known:
                    raise CatalogueError(f"{file}: {seen[-1]}: successor: {at!r} is not in {file}")
                if at in seen:
                    raise CatalogueError(
                        f"{file}: {name}: successors lead in a circle: {' > '.join([*seen, at])}"
                    )
                seen.append(at)
                at = known[at].successor
            after = known.get(item.successor or "")
            end = getattr(item, "closes", None) or getattr(item, "expires", None)
            start = getattr(after, begin, None)
            if end is not None and start is not None and (start - end).days > 1:
                raise CatalogueError(
                    f"{file}: {name} ends on {end} and its successor {item.successor} starts on {start}: "
                    f"nobody holds what falls due between. Move {begin} of {item.successor}, or name another."
                )


def _check_handovers(catalogue: Catalogue, dataset: Dataset, file: str) -> None:
    for handover in dataset.contract.handovers:
        for key, value, known in (
            ("supplier", handover.supplier, set(catalogue.suppliers)),
            ("agreement", handover.agreement, set(catalogue.agreements)),
        ):
            if value is not None and value not in known:
                raise CatalogueError(
                    f"{file}: {dataset.id}: handovers: {key}: {value!r} is not in config/; "
                    f"known are {sorted(known)}"
                )


def _check_references(catalogue: Catalogue, file: str) -> None:
    _check_successors(catalogue)
    for dataset in catalogue.datasets.values():
        contract = dataset.contract
        _check_handovers(catalogue, dataset, file)
        for key, value, known in (
            ("supplier", contract.supplier, catalogue.suppliers),
            ("agreement", contract.agreement, catalogue.agreements),
            ("disclosure_rule", contract.disclosure_rule, catalogue.disclosure),
        ):
            if value not in known:
                raise CatalogueError(
                    f"{file}: {dataset.id}: {key}: {value!r} is not in config/; known are {sorted(known)}"
                )
        for name, column in contract.columns.items():
            if column.marks and column.marks not in catalogue.marks:
                raise CatalogueError(
                    f"{file}: {dataset.id}: columns.{name}.marks: no mark set {column.marks!r} in marks.yml"
                )
        for rule in contract.rules:
            if rule.reference not in {None, "wards"} and rule.reference not in catalogue.datasets:
                raise CatalogueError(
                    f"{file}: {dataset.id}: rule {rule.id}: no reference dataset {rule.reference!r}"
                )
            if rule.kind == "control_total":
                _check_control(catalogue, dataset, rule, file)
        _check_changes(catalogue, dataset, file)
        seen: dict[int, str] = {}
        for layout in contract.layouts:
            for edition in LAYOUT_EDITIONS:
                if layout.serves(edition) and seen.setdefault(edition, layout.id) != layout.id:
                    raise CatalogueError(
                        f"{file}: {dataset.id}: layouts {seen[edition]} and {layout.id} both serve edition {edition}"
                    )


def _check_control(catalogue: Catalogue, dataset: Dataset, rule: Rule, file: str) -> None:
    """A control total can be computed in each run that holds the dataset, whatever comes first."""
    other = catalogue.datasets[rule.reference or ""]
    where = f"{file}: {dataset.id}: rule {rule.id}"
    for column in (*rule.parts, *(rule.match or ())[1:]):
        if column not in other.columns:
            raise CatalogueError(
                f"{where}: {other.id} has no column {column!r}; it has {sorted(other.columns)}"
            )
    for name, one in ((rule.column, dataset), *((part, other) for part in rule.parts)):
        if one.columns[name].type not in NUMBER_TYPES:
            raise CatalogueError(f"{where}: {one.id}.{name} holds no numbers that add up")
    missing = set(dataset.contract.profiles) - set(other.contract.profiles)
    if missing:
        raise CatalogueError(
            f"{where}: the {sorted(missing)[0]} profile has {dataset.id} and not {other.id}; a control figure comes "
            "from a dataset of the same profiles"
        )
    seen, waiting = set(), [other.id]
    while waiting:
        name = waiting.pop()
        if name == dataset.id:
            raise CatalogueError(
                f"{where}: {other.id} is itself compared with {dataset.id}; one of the two has to be checked first"
            )
        if name not in seen:
            seen.add(name)
            rules = catalogue.datasets[name].contract.rules
            waiting += [
                r.reference for r in rules if r.reference not in {None, "wards", name} and r.reference
            ]


def _check_changes(catalogue: Catalogue, dataset: Dataset, file: str) -> None:
    for change in dataset.contract.changes:
        for limit in change.limits:
            if limit not in catalogue.limits:
                raise CatalogueError(
                    f"{file}: {dataset.id}: changes: no limit {limit!r} in limits.yml; "
                    f"known are {', '.join(catalogue.limits)}"
                )


def load_catalogue(settings: Settings) -> Catalogue:
    """Read `sources.yml` and `config/`.

    Raises:
        CatalogueError: with file, dataset, key and what to do.
    """
    file = settings.sources_file.name
    district: District = _parse(District, load_yaml(settings.config / "district.yml"), "district.yml")
    # An installation whose feeds all follow the calendar needs no events.
    events_file = settings.config / "events.yml"
    events: dict[str, Event] = _parse_map(Event, events_file, "events") if events_file.is_file() else {}
    data = load_yaml(settings.sources_file)
    if not isinstance(data, dict) or set(data) != {"version", "sources"}:
        raise CatalogueError(f"{file}: expected the top-level keys version and sources")
    datasets: dict[str, Dataset] = {}
    for source in data["sources"]:
        if source.get("name") != SOURCE_NAME:
            raise CatalogueError(
                f"{file}: the one source is called {SOURCE_NAME!r}; found {source.get('name')!r}"
            )
        meta = (source.get("config") or {}).get("meta") or {}
        if set(meta) != {"external_location"} or RESERVED_META & set(meta):
            raise CatalogueError(f"{file}: source meta holds external_location only; found {sorted(meta)}")
        for table in source["tables"]:
            dataset = _dataset(table, file, district, events)
            if dataset.id in datasets:
                raise CatalogueError(f"{file}: {dataset.id}: the dataset is given twice")
            datasets[dataset.id] = dataset
    config = settings.config
    marks = load_yaml(config / "marks.yml")["marks"]
    catalogue = Catalogue(
        datasets=datasets,
        suppliers=_parse_map(Supplier, config / "suppliers.yml", "suppliers"),
        agreements=_parse_map(Agreement, config / "agreements.yml", "agreements"),
        disclosure=_parse_map(DisclosureRule, config / "disclosure.yml", "disclosure_rules"),
        marks={
            name: {
                str(text): _parse(Mark, mark, f"marks.yml: {name}: {text}") for text, mark in marks_.items()
            }
            for name, marks_ in marks.items()
        },
        events=events,
        limits=_parse_map(ChangeLimit, config / "limits.yml", "limits"),
        district=district,
    )
    _check_references(catalogue, file)
    return catalogue


def load_shares(settings: Settings, catalogue: Catalogue) -> Shares:
    """Read the shares file in use.

    Raises:
        CatalogueError: the file is absent, not valid, or names an unknown supplier, dataset or layout.
    """
    path = settings.shares_file
    shares: Shares = _parse(Shares, load_yaml(path), path.name)
    for supplier in shares.folders:
        if supplier not in catalogue.suppliers:
            raise CatalogueError(f"{path.name}: folders: unknown supplier {supplier!r}")
    for dataset, editions in shares.deliveries.items():
        for edition, delivery in editions.items():
            catalogue[dataset].layout(edition, delivery.layout)
    return shares
