"""Telling from its cells that a column nobody spoke of is about persons.

Belongs here: what e-mail addresses, NHS numbers, dates of birth, full addresses and names look like. Does
not belong here: what becomes of a delivery that has such a column (`checks`). Cells are looked at and
forgotten; none is kept, logged or told.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

__all__ = ["LOOKED_AT", "MOST_ROWS", "looks_personal"]

#: So many filled cells of a column are looked at.
LOOKED_AT = 60
#: And so many rows, in case most cells are blank.
MOST_ROWS = 600
#: Fewer filled cells than this say nothing.
FEWEST = 5

_EMAIL = re.compile(r"[^@\s]+@[^@\s]+\.[A-Za-z]{2,}")
_DATE = re.compile(r"(?:(\d{4})-\d{2}-\d{2}|\d{1,2}[/.\-]\d{1,2}[/.\-](\d{4}))(?:[ T].*)?")
_POSTCODE = re.compile(r"\b[A-Z]{1,2}\d[A-Z\d]? ?\d[A-Z]{2}\b", re.IGNORECASE)
_STREET = re.compile(
    r"\b\d+[a-z]?,? +\w.*\b(road|rd|street|st|lane|ln|avenue|ave|close|drive|dr|way|court|place|gardens|grove|"
    r"crescent|terrace|hill|green|walk|mews|row)\b",
    re.IGNORECASE,
)
_TITLED = re.compile(r"(mr|mrs|ms|miss|mx|dr|rev|sir|dame)\.? +[A-Z][\w'’-]*.*", re.IGNORECASE)
_SURNAME_FIRST = re.compile(r"[A-Z][\w'’-]+, +[A-Z][\w'’-]+( [A-Z]\.?)?")


def _nhs_number(text: str) -> bool:
    """Ten digits whose last is the check digit modulo 11, as the NHS data dictionary gives it."""
    digits = re.sub(r"[ -]", "", text)
    if not re.fullmatch(r"\d{10}", digits) or len(set(digits)) == 1:
        return False
    check = 11 - sum(int(digit) * (10 - at) for at, digit in enumerate(digits[:9])) % 11
    return check % 11 == int(digits[9]) and check != 10


def _birthdays(cells: Sequence[str]) -> bool:
    """Days that spread over more than thirty years: no event of an annual feed does."""
    years = []
    for cell in cells:
        match = _DATE.fullmatch(cell)
        if match is None:
            return False
        years.append(int(match[1] or match[2]))
    return min(years) >= 1900 and max(years) - min(years) > 30


def looks_personal(cells: Sequence[str]) -> str | None:
    """What kind of personal data the filled cells of a column look like, or None.

    Args:
        cells: some filled cells of it, trimmed.
    """
    if len(cells) < FEWEST:
        return None
    most = 0.8 * len(cells)
    kinds = (
        ("e-mail addresses", lambda c: _EMAIL.fullmatch(c) is not None),
        ("NHS numbers", _nhs_number),
        ("full addresses", lambda c: bool(_STREET.search(c)) and len(c) > 10),
        ("full addresses", lambda c: bool(_POSTCODE.search(c)) and len(c) > 20),
        ("names of persons", lambda c: bool(_TITLED.fullmatch(c) or _SURNAME_FIRST.fullmatch(c))),
    )
    for kind, test in kinds:
        if sum(test(cell) for cell in cells) >= most:
            return kind
    return "dates of birth" if _birthdays(cells) else None
