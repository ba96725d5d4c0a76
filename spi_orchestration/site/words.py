"""The words of the site: one file, sentences with places for figures, formats of numbers and dates.

Belongs here: reading `words.toml`, filling a sentence in, and how numbers, dates and lists are written.
Does not belong here: which sentence is said when (`text.py`).
"""

from __future__ import annotations

import datetime as dt
import re
import tomllib
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from markupsafe import Markup, escape

__all__ = ["Words", "day", "listing", "month", "number", "reading_age", "sentences"]

FILE = Path(__file__).with_name("words.toml")

MONTHS = [
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
]


class Words:
    """Sentences by dotted key."""

    def __init__(self, path: Path = FILE) -> None:
        self._flat = dict(_flatten(tomllib.loads(path.read_text(encoding="utf-8"))))

    def __call__(self, key: str, **values: Any) -> Markup:
        """The sentence of a key, its places filled, safe for HTML.

        Raises:
            KeyError: no such key, or a place without a value.
        """
        return Markup(escape(self._flat[key])).format(**values)

    def plain(self, key: str, **values: Any) -> str:
        """The sentence as plain text."""
        return self._flat[key].format(**values)

    def has(self, key: str) -> bool:
        """Whether there is such a key."""
        return key in self._flat

    def branch(self, prefix: str) -> dict[str, str]:
        """All sentences below a key."""
        return {
            key.removeprefix(prefix + "."): text
            for key, text in self._flat.items()
            if key.startswith(prefix + ".")
        }

    def several(self, prefix: str, **values: Any) -> list[Markup]:
        """The sentences of a list, filled in like one."""
        return [self(f"{prefix}.{key}", **values) for key in sorted(self.branch(prefix))]

    def all(self) -> dict[str, str]:
        """Every sentence."""
        return dict(self._flat)


def _flatten(data: dict[str, Any], prefix: str = "") -> Iterator[tuple[str, str]]:
    for key, value in data.items():
        if isinstance(value, dict):
            yield from _flatten(value, f"{prefix}{key}.")
        elif isinstance(value, list):
            yield from (
                (f"{prefix}{key}.{place:02}", " ".join(str(item).split())) for place, item in enumerate(value)
            )
        else:
            yield f"{prefix}{key}", " ".join(str(value).split())


def number(value: float | None, decimals: int = 1, signed: bool = False) -> str:
    """A number for reading: fixed decimals, thousands with commas, a true minus sign.

    >>> number(12345.678, 1), number(-0.04, 1), number(None), number(2, 1, signed=True)
    ('12,345.7', '0.0', '', '+2.0')
    """
    if value is None:
        return ""
    text = f"{value:+,.{decimals}f}" if signed else f"{value:,.{decimals}f}"
    if float(text.replace(",", "")) == 0:
        text = text.lstrip("+-")
    return text.replace("-", "\N{MINUS SIGN}")


def day(value: dt.date | str | None) -> str:
    """A date as people write it.

    >>> day("2026-12-05")
    '5 December 2026'
    """
    if value is None:
        return ""
    date = dt.date.fromisoformat(value) if isinstance(value, str) else value
    return f"{date.day} {MONTHS[date.month - 1]} {date.year}"


def month(value: dt.date) -> str:
    """A month and its year, short.

    >>> month(dt.date(2026, 9, 30))
    'Sept 2026'
    """
    name = MONTHS[value.month - 1]
    return f"{name if len(name) < 5 else name[:4] if name == 'September' else name[:3]} {value.year}"


def listing(items: Sequence[str]) -> str:
    """Words in a row.

    >>> listing(["a", "b", "c"])
    'a, b and c'
    """
    if len(items) < 2:
        return "".join(items)
    return ", ".join(items[:-1]) + " and " + items[-1]


def _syllables(word: str) -> int:
    word = re.sub(r"[^a-z]", "", word.lower())
    if not word:
        return 0
    count = len(re.findall(r"[aeiouy]+", word))
    if word.endswith("e") and not word.endswith(("le", "ee")) and count > 1:
        count -= 1
    if re.search(r"[^aeiou]ed$", word) and not re.search(r"[td]ed$", word) and count > 1:
        count -= 1
    return max(1, count)


def sentences(words: Words) -> Iterator[str]:
    """Texts by which the reading age is judged: all of more than one word, but for the words explained."""
    return (text for key, text in words.all().items() if " " in text and not key.startswith("terms.list"))


def reading_age(texts: Sequence[str]) -> float:
    """Reading age in years: the Flesch-Kincaid grade (Kincaid and others, 1975) plus five."""
    sentences = words = syllables = 0
    for text in texts:
        plain = re.sub(r"\{[^}]*\}", "Stowe", text)
        for sentence in re.split(r"(?<=[.!?:;])\s+", plain):
            found = re.findall(r"[A-Za-z][A-Za-z'’-]*", sentence)
            if found:
                sentences += 1
                words += len(found)
                syllables += sum(_syllables(word) for word in found)
    if not sentences:
        return 0.0
    return 0.39 * words / sentences + 11.8 * syllables / words - 15.59 + 5
