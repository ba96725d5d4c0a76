"""The wards of the district by edition, for checks and repairs.

Belongs here: reading the ward seeds, and the one rule by which names are compared. Does not belong here:
carrying observations to wards (dbt models).
"""

from __future__ import annotations

import csv
import hashlib
import re
from dataclasses import dataclass
from pathlib import Path

from spi_orchestration.catalogue import CatalogueError
from spi_orchestration.settings import Settings
from spi_orchestration.typing_sql import literal

__all__ = ["Wards", "fold_name", "folded", "wards_of"]

_STRIPPED = "['’`´.]"


def fold_name(name: str) -> str:
    """A name folded for comparison: case, ampersands, apostrophes, full stops, white space, "Saint".

    The same rule as the dbt macro `fold_name`.

    >>> fold_name("Saint John’s & Friary")
    'st johns and friary'
    """
    text = re.sub(_STRIPPED, "", name.lower().replace("&", " and "))
    text = re.sub("[^a-z0-9]+", " ", text).strip()
    return re.sub("^saint ", "st ", text)


def folded(expression: str) -> str:
    """`fold_name` as a DuckDB expression."""
    stripped = f"regexp_replace(replace(lower({expression}), '&', ' and '), {literal(_STRIPPED)}, '', 'g')"
    return f"regexp_replace(trim(regexp_replace({stripped}, '[^a-z0-9]+', ' ', 'g')), '^saint ', 'st ')"


@dataclass(frozen=True)
class Wards:
    """The wards of a district in one edition.

    Attributes:
        names: ward code -> name.
        spellings: folded name or alias -> ward code; spellings that several wards share are left out.
        fingerprint: changes with any of this.
    """

    names: dict[str, str]
    spellings: dict[str, str]

    @property
    def fingerprint(self) -> str:
        """A short hash over codes and spellings."""
        text = repr(sorted(self.names.items())) + repr(sorted(self.spellings.items()))
        return hashlib.sha256(text.encode("utf-8")).hexdigest()[:12]


def _rows(path: Path) -> list[dict[str, str]]:
    try:
        with path.open(encoding="utf-8-sig", newline="") as stream:
            return [
                {key: (value or "").strip() for key, value in row.items() if key}
                for row in csv.DictReader(stream)
                if any((value or "").strip() for key, value in row.items() if key)
            ]
    except FileNotFoundError:
        raise CatalogueError(
            f"{path.name}: no such seed ({path}); the wards of the district stand in it"
        ) from None


def wards_of(settings: Settings, district: str, edition: int) -> Wards:
    """Read the wards of a district that are in force in an edition.

    Raises:
        CatalogueError: the seed is absent, lacks a column, or has no ward of the district.
    """
    folder = settings.seeds / "geography"
    names: dict[str, str] = {}
    for row in _rows(folder / "wards.csv"):
        try:
            mine = row["district_code"] == district
            first, last = row["first_edition"], row["last_edition"]
            if mine and int(first or 0) <= edition <= int(last or 9999):
                names[row["ward_code"]] = row["ward_name"]
        except (KeyError, ValueError) as error:
            raise CatalogueError(f"wards.csv: {error} in the row of {row.get('ward_code')}") from None
    if not names:
        raise CatalogueError(
            f"wards.csv: no ward of district {district} in edition {edition}. "
            "Add the wards to dbt_project/seeds/geography/wards.csv, or correct config/district.yml."
        )
    claims: dict[str, set[str]] = {}
    for code, name in names.items():
        claims.setdefault(fold_name(name), set()).add(code)
    aliases = folder / "ward_alias.csv"
    for row in _rows(aliases) if aliases.is_file() else []:
        if row.get("ward_code") in names:
            claims.setdefault(fold_name(row["alias"]), set()).add(row["ward_code"])
    spellings = {name: min(codes) for name, codes in claims.items() if len(codes) == 1}
    return Wards(dict(sorted(names.items())), dict(sorted(spellings.items())))
