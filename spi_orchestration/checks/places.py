"""The wards of the district by edition, for checks and repairs.

Belongs here: reading the ward seeds, and the one rule by which names are compared. Does not belong here:
carrying observations to wards (dbt models).
"""

from __future__ import annotations

import csv
import hashlib
import re
from dataclasses import dataclass, field
from pathlib import Path

from spi_orchestration.catalogue import CatalogueError, District
from spi_orchestration.settings import Settings
from spi_orchestration.typing_sql import literal

__all__ = ["KINDS", "Wards", "fold_name", "folded", "wards_of"]

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
        spellings: folded name or alias -> ward code; spellings that several wards share are left out. A
            spelling that no ward of the edition has may be that of an earlier one.
        former: the ward lists of earlier editions, newest first, each as `names`; only those that differ.
        fingerprint: changes with any of this.
    """

    names: dict[str, str]
    spellings: dict[str, str]
    former: tuple[dict[str, str], ...] = field(default=())

    @property
    def known(self) -> dict[str, str]:
        """Every ward of the edition and of earlier ones: code -> latest name."""
        out: dict[str, str] = {}
        for names in (self.names, *self.former):
            for code, name in names.items():
                out.setdefault(code, name)
        return out

    @property
    def fingerprint(self) -> str:
        """A short hash over codes and spellings."""
        text = repr(sorted(self.names.items())) + repr(sorted(self.spellings.items()))
        text += repr(self.former) if self.former else ""
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


KINDS = ("merged", "split", "recoded", "renamed")


def _ward_rows(folder: Path, codes: tuple[str, ...]) -> list[tuple[str, str, int, int]]:
    """Code, name, first and last edition of every ward of a district."""
    out = []
    for row in _rows(folder / "wards.csv"):
        try:
            if row["district_code"] in codes:
                first, last = int(row["first_edition"] or 0), int(row["last_edition"] or 9999)
                out.append((row["ward_code"], row["ward_name"], first, last))
        except (KeyError, ValueError) as error:
            raise CatalogueError(f"wards.csv: {error} in the row of {row.get('ward_code')}") from None
    return out


@dataclass(frozen=True)
class _Change:
    """One row of `ward_change.csv`."""

    old: str
    new: str
    kind: str
    edition: int


def _changes(folder: Path, codes: set[str]) -> list[_Change]:
    """The changes that concern a district's wards, each sound in itself."""
    path = folder / "ward_change.csv"
    out = []
    for number, row in enumerate(_rows(path) if path.is_file() else [], start=2):
        where = f"ward_change.csv, row {number}"
        try:
            change = _Change(row["old_code"], row["new_code"], row["kind"], int(row["edition"]))
        except (KeyError, ValueError) as error:
            raise CatalogueError(
                f"{where}: {error}; columns are old_code, new_code, kind, edition, note"
            ) from None
        if not {change.old, change.new} & codes:
            continue
        if change.kind not in KINDS:
            raise CatalogueError(f"{where}: kind is one of {', '.join(KINDS)}; found {change.kind!r}")
        if (change.kind == "renamed") != (change.old == change.new):
            raise CatalogueError(
                f"{where}: a renamed ward keeps its code, and a merged, split or recoded one gets another; "
                f"found {change.kind} from {change.old} to {change.new}"
            )
        out.append(change)
    return out


def _check_changes(folder: Path, wards: list[tuple[str, str, int, int]]) -> None:
    """Refuse a table of ward changes that does not fit the wards, or leaves one of them unexplained."""
    changes = _changes(folder, {code for code, *_ in wards})
    ends = {(code, last + 1) for code, _, _, last in wards}
    begins = {(code, first) for code, _, first, _ in wards}
    heirs: dict[tuple[str, int], list[_Change]] = {}
    for change in changes:
        heirs.setdefault((change.old, change.edition), []).append(change)
        for code, verb, key, column, year in (
            (change.old, "changes", ends, "last_edition", change.edition - 1),
            (change.new, "comes", begins, "first_edition", change.edition),
        ):
            if (code, change.edition) not in key:
                raise CatalogueError(
                    f"ward_change.csv: {code} {verb} with edition {change.edition}, so wards.csv needs a row "
                    f"of it with {column} {year}; there is none"
                )
    for (old, edition), after in heirs.items():
        if (len(after) > 1) != ({change.kind for change in after} == {"split"}):
            raise CatalogueError(
                f"ward_change.csv: {old} goes to {' and '.join(change.new for change in after)} with edition "
                f"{edition}: a ward is split where its ground goes to several wards, and only there; give "
                "each of its rows the kind split, or add the row that is missing"
            )
    oldest = min(first for _, _, first, _ in wards)
    unexplained = [
        *(
            (code, edition, "ends", "old_code")
            for code, edition in sorted(ends - set(heirs))
            if edition <= 9999
        ),
        *(
            (code, edition, "begins", "new_code")
            for code, edition in sorted(begins - {(change.new, change.edition) for change in changes})
            if edition > oldest
        ),
    ]
    for code, edition, verb, column in unexplained:
        raise CatalogueError(
            f"wards.csv: {code} {verb} with edition {edition}, and nothing says "
            f"{'what became of it' if verb == 'ends' else 'what it was before'}. Add a row with {column} {code} "
            f"and edition {edition} to dbt_project/seeds/geography/ward_change.csv."
        )


def wards_of(settings: Settings, district: District | str, edition: int) -> Wards:
    """Read the wards of a district that are in force in an edition.

    Args:
        settings: where the seeds are.
        district: the district, or a GSS code that it has or had.
        edition: the edition.

    Raises:
        CatalogueError: a seed is absent or lacks a column, a ward comes or goes without a row in
            `ward_change.csv`, or there is no ward of the district.
    """
    folder = settings.seeds / "geography"
    codes = (district,) if isinstance(district, str) else district.codes
    rows = _ward_rows(folder, codes)

    def in_force(year: int) -> dict[str, str]:
        return {code: name for code, name, first, last in sorted(rows) if first <= year <= last}

    names = in_force(edition)
    if not names:
        raise CatalogueError(
            f"wards.csv: no ward of district {codes[0]} in edition {edition}. "
            "Add the wards to dbt_project/seeds/geography/wards.csv, or correct config/district.yml."
        )
    _check_changes(folder, rows)
    # The list changes only in editions in which some ward begins; before the first there is none.
    former: list[dict[str, str]] = []
    for year in sorted({first - 1 for _, _, first, _ in rows if first <= edition}, reverse=True):
        earlier = in_force(year)
        if earlier and earlier != names and earlier not in former:
            former.append(earlier)
    path = folder / "ward_alias.csv"
    aliases = _rows(path) if path.is_file() else []
    spellings: dict[str, str] = {}
    for listed in (names, *former):
        claims: dict[str, set[str]] = {}
        for code, name in listed.items():
            claims.setdefault(fold_name(name), set()).add(code)
        for row in aliases:
            if row.get("ward_code") in listed:
                claims.setdefault(fold_name(row["alias"]), set()).add(row["ward_code"])
        for name, holders in claims.items():
            # A name of the edition means the ward of the edition, also where an earlier ward had it.
            if len(holders) == 1:
                spellings.setdefault(name, min(holders))
    return Wards(names, dict(sorted(spellings.items())), tuple(former))
