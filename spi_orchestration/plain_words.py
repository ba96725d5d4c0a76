"""The catalogue in plain words, for people who send data and people who use them.

Belongs here: sentences about types, formats, marks, rules, due dates and ways to a ward, the same on the
terminal, in the data dictionary and in suppliers' packs. Does not belong here: the contract itself
(`catalogue.py`), or any layout of pages and files.
"""

from __future__ import annotations

import datetime as dt
import re

from spi_orchestration.catalogue import Catalogue, Column, Dataset, Layout, Mark, Rule, fill_template

__all__ = [
    "METHOD_WORDS",
    "SENSITIVITY_WORDS",
    "column_words",
    "day_words",
    "due_words",
    "format_words",
    "limit_words",
    "mark_phrase",
    "mark_words",
    "period_words",
    "rule_words",
    "type_words",
]

_MONTHS = (
    *("January", "February", "March", "April", "May", "June"),
    *("July", "August", "September", "October", "November", "December"),
)

#: Ways to a ward, in words.
METHOD_WORDS: dict[str, str] = {
    "direct_ward": "the code of the ward in each row",
    "ward_name": "the name of the ward in each row",
    "oa21_best_fit": "output areas of 2021, each given to the ward it fits best",
    "lsoa21_pop_weighted": "LSOAs of 2021, shared over wards by the residents of their output areas",
    "lsoa11_to_lsoa21": "LSOAs of 2011, brought to those of 2021 and shared over wards by residents",
    "postcode_lookup": "the postcode of each row",
    "survey_weighted_postcode": "the postcode of each respondent, with the survey's weights",
    "uprn_lookup": "the property reference number of each row",
    "points_in_ward": "the point of each row, placed in the ward that holds it",
    "grid_dwelling_weighted": "squares of one kilometre, averaged with the dwellings in them",
    "msoa21_dwelling_weighted": "MSOAs of 2021, averaged with the dwellings of each ward in them",
    "gp_practice_patient_weighted": "GP practices, shared over wards by where their patients live",
    "round_apportionment": "collection rounds, shared over wards by the dwellings on them",
    "polling_district_sum": "polling districts, added up to wards",
    "none": "none: it is used to place or to weigh others",
}

SENSITIVITY_WORDS: dict[str, str] = {
    "public": "public: open to anybody",
    "official": "official: for the council's work, not published as it is",
    "personal": "personal: derived from or about people; nothing but counts of rows is ever shown",
    "official_sensitive": "official-sensitive: for named roles; nothing but counts of rows is ever shown",
}

_TYPE_WORDS: dict[str, str] = {
    "text": "text",
    "code": "code",
    "integer": "whole number",
    "number": "number",
    "percent": "percentage",
    "date": "date",
    "month": "month",
    "year": "year of four digits",
    "academic_year": "academic year, such as 2025/26",
    "financial_year": "financial year, such as 2025/26",
    "postcode": "postcode",
    "uprn": "property reference number (UPRN)",
    "geometry": "geometry",
}

_DATE_PARTS = {
    "%Y": "YYYY",
    "%y": "YY",
    "%m": "MM",
    "%d": "DD",
    "%b": "MON",
    "%B": "MONTH",
    "%H": "hh",
    "%M": "mm",
    "%S": "ss",
}

_FORMAT_WORDS = {
    "csv": "delimited text (CSV)",
    "xlsx": "Excel workbook (XLSX)",
    "ods": "OpenDocument spreadsheet (ODS)",
    "xls": "Excel workbook of the old kind (XLS)",
    "json": "JSON",
    "geojson": "GeoJSON",
    "topojson": "TopoJSON",
    "xml": "XML",
    "parquet": "Parquet",
    "gpkg": "GeoPackage",
}


def day_words(day: dt.date) -> str:
    """A day as people write it, whatever the locale.

    >>> day_words(dt.date(2026, 5, 31))
    '31 May 2026'
    """
    return f"{day.day} {_MONTHS[day.month - 1]} {day.year}"


def format_words(layout: Layout) -> str:
    """The file family of a layout, with encoding and delimiter of text."""
    text = _FORMAT_WORDS[layout.format]
    if layout.format == "csv":
        encoding = "Windows-1252 (ANSI)" if layout.encoding.lower() == "cp1252" else "UTF-8"
        if layout.encoding.lower() not in {"cp1252", "utf-8", "utf-8-sig"}:
            encoding = layout.encoding
        delimiter = {",": "comma", "\t": "tab", ";": "semicolon", "|": "bar"}.get(
            layout.delimiter, layout.delimiter
        )
        text += f", {encoding}, separated by {delimiter}"
    if layout.archive_member:
        text += ", in a zip"
    return text


def type_words(column: Column) -> str:
    """What a cell of a column holds, with its date formats."""
    text = _TYPE_WORDS[column.type]
    if column.formats:
        text += " (" + " or ".join(_date_words(item) for item in column.formats) + ")"
    return text


def _date_words(item: str) -> str:
    if item == "excel":
        return "a date cell of Excel"
    if item == "iso":
        return "YYYY-MM-DD"
    for part, words in _DATE_PARTS.items():
        item = item.replace(part, words)
    return item


def _figure(value: float) -> str:
    return f"{value:,.0f}" if value == int(value) else f"{value:g}"


def _pattern_words(pattern: str) -> str:
    """A regular expression in words, where it is a plain one."""
    match = re.fullmatch(r"([A-Z]\d{2})\\d\{(\d)\}", pattern)
    if match:
        return f"{match.group(1)} and {match.group(2)} more digits"
    return "digits only" if pattern == r"\d+" else f"of the form /{pattern}/"


def limit_words(column: Column) -> list[str]:
    """The rules of one column, a phrase each."""
    out = ["must be filled"] if column.required else []
    if column.allowed:
        out.append("one of: " + ", ".join(column.allowed))
    if column.pattern:
        out.append(_pattern_words(column.pattern))
    low, high = column.minimum, column.maximum
    if low is not None and high is not None:
        out.append(f"{_figure(low)} to {_figure(high)}")
    elif low is not None:
        out.append(f"{_figure(low)} or more")
    elif high is not None:
        out.append(f"{_figure(high)} or less")
    if column.thousands:
        out.append(f"thousands may be separated by '{column.thousands}'")
    if column.hashed:
        out.append("told apart by a keyed hash; the value itself is not kept")
    if column.personal:
        out.append("about a person: never shown, logged or quoted")
    return out


def mark_phrase(text: str, mark: Mark) -> str:
    """What a mark in a number cell means."""
    sign = f"'{text}'" if text else "a blank cell"
    if mark.status == "suppressed":
        return f"{sign}: suppressed, stands for {_figure(mark.low or 0)} to {_figure(mark.high or 0)}"
    return f"{sign}: {mark.status.replace('_', ' ')}"


def mark_words(catalogue: Catalogue, column: Column) -> list[str]:
    """The marks that number cells of a column may hold, a phrase each."""
    return [mark_phrase(text, mark) for text, mark in catalogue.marks_of(column).items()]


def column_words(catalogue: Catalogue, column: Column) -> str:
    """Type, rules and marks of a column in one line."""
    marks = "; ".join(mark_words(catalogue, column))
    return "; ".join([type_words(column), *limit_words(column), *([f"marks {marks}"] if marks else [])])


def rule_words(rule: Rule) -> str:
    """A contract rule as a sentence."""
    reference = "the wards of the district" if rule.reference in {None, "wards"} else rule.reference
    text = {
        "not_above": f"{' + '.join([rule.column, *rule.parts])} is at most {rule.other}",
        "code_name": f"code and name of an area ({rule.column}, {rule.other}) belong together",
        "sum_equals": f"{rule.column} equals the sum of {', '.join(rule.parts)}"
        + (f", give or take {_figure(rule.tolerance)}" if rule.tolerance else ""),
        "rate_equals": f"{rule.column} is {' over '.join(rule.parts)}, times {_figure(rule.times)}"
        + (f", give or take {_figure(rule.tolerance)}" if rule.tolerance else ""),
        "control_total": f"the sum of {rule.column} is {_figure((rule.ratio or (1, 1))[0])} to "
        f"{_figure((rule.ratio or (1, 1))[1])} times that of {' + '.join(rule.parts)} in {reference}"
        + (f" (rows where {rule.reference_where})" if rule.reference_where else ""),
        "value_present": f"some row of {rule.column} says {rule.text}"
        + (" (E is the edition)" if "{E" in (rule.text or "") else ""),
        "filled": f"{rule.column} is filled",
        "months_present": f"every month of the period has rows ({rule.column})",
        "areas_complete": f"every area of {reference} has rows ({rule.column})",
        "areas_known": f"every area is one of {reference} ({rule.column})",
    }[rule.kind]
    if rule.allowed_missing:
        text += f"; may be absent: {', '.join(rule.allowed_missing)}"
    if rule.where:
        text += f"; where {rule.where}"
    if rule.when:
        text += f"; asked when {rule.when}"
    if rule.reason:
        text += f" ({rule.reason})"
    return text + (". Stops the delivery." if rule.grade == "stop" else ". Recorded on the release.")


def due_words(dataset: Dataset, edition: int) -> str:
    """When a delivery of an edition is due."""
    refresh = dataset.contract.refresh
    due = dataset.due_date(edition)
    if refresh.cycle == "event":
        after = f"{refresh.days_after_event} days after the event"
        return f"{day_words(due)}, {after}" if due else f"{after}; none falls in this edition"
    if due is None:
        return "on no day: it serves until it is replaced"
    return day_words(due)


def period_words(dataset: Dataset, edition: int) -> str:
    """The period that a delivery of an edition describes."""
    layout = dataset.layout(edition) if dataset.has_layout(edition) else None
    start, end = dataset.period(edition, layout)
    text = day_words(start) if start == end else f"{day_words(start)} to {day_words(end)}"
    if layout is not None and layout.coverage is not None:
        text += f" ({fill_template(layout.coverage.label, edition)})"
    return text
