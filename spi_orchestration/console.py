"""What all verbs of the command line share: saying things, options, and opening the catalogue.

Belongs here: lines on the terminal, exit codes, the options that several verbs have, and reading settings
and catalogue for one. Does not belong here: a verb (`cli.py` and `verbs/`), or any work. Nothing heavy is
imported: this module is read at every call.
"""

from __future__ import annotations

import datetime as dt
import os
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, NoReturn

import typer

from spi_orchestration.settings import Settings

if TYPE_CHECKING:
    from spi_orchestration.catalogue import Catalogue

__all__ = [
    "FAULT",
    "INTERRUPTED",
    "LOCKED",
    "REFUSED",
    "STOPPED",
    "USAGE",
    "EditionOption",
    "OnOption",
    "Profile",
    "ProfileOption",
    "SharesOption",
    "chosen_day",
    "chosen_edition",
    "load",
    "near",
    "progress",
    "refuse",
    "say",
    "step",
    "table",
]

STOPPED, USAGE, REFUSED, LOCKED, FAULT, INTERRUPTED = 1, 2, 3, 4, 70, 130


class Profile(StrEnum):
    """Which datasets a run uses."""

    full = "full"
    open = "open"


EditionOption = Annotated[
    int | None,
    typer.Option("--edition", metavar="YEAR", help="Annual index year; by default that of the district."),
]
ProfileOption = Annotated[
    Profile,
    typer.Option("--profile", help="full, or open: national publishers only, no share and no agreement."),
]
SharesOption = Annotated[
    Path | None,
    typer.Option("--shares", metavar="FILE", help="Shares file: where suppliers leave their files."),
]
OnOption = Annotated[
    str | None,
    typer.Option("--on", metavar="DAY", help="Judge as on this day, such as 2026-06-01; today by default."),
]


# --- saying things --------------------------------------------------------------------------------


def say(text: str = "") -> None:
    """A line of the result, on standard output."""
    typer.echo(text)


def progress(text: str) -> None:
    """A line about work under way, on standard error: standard output holds the result."""
    typer.echo(text, err=True)


@contextmanager
def step(text: str) -> Iterator[None]:
    """Say what begins, and how long it took."""
    progress(f"{text} …")
    start = time.perf_counter()
    yield
    progress(f"  done in {time.perf_counter() - start:.1f} s")


def table(header: Sequence[str], rows: Sequence[Sequence[str]]) -> list[str]:
    """Columns side by side; the last is not padded."""
    everything = [header, *rows]
    widths = [max(len(row[i]) for row in everything) for i in range(len(header))]
    return ["  ".join(cell.ljust(widths[i]) for i, cell in enumerate(row)).rstrip() for row in everything]


def near(path: Path, root: Path) -> str:
    """A path below the project as people write it, else in full."""
    return path.relative_to(root).as_posix() if path.is_relative_to(root) else str(path)


def refuse(text: str, code: int = USAGE) -> NoReturn:
    """End the call with one plain message and an exit code."""
    typer.echo(f"spi: {text}", err=True)
    raise typer.Exit(code)


# --- what most verbs need -------------------------------------------------------------------------


def load(shares: Path | None = None) -> tuple[Settings, Catalogue]:
    """Settings and catalogue of a call, with the shares file it names."""
    from spi_orchestration.catalogue import load_catalogue

    if shares is not None:
        os.environ["SPI_SHARES"] = str(shares.expanduser().resolve() if shares.is_file() else shares)
    settings = Settings.load()
    return settings, load_catalogue(settings)


def chosen_day(text: str | None) -> dt.date | None:
    """The day of an option, or None."""
    if text is None:
        return None
    try:
        return dt.date.fromisoformat(text)
    except ValueError:
        refuse(f"--on takes a day such as 2026-06-01; found {text!r}")


def chosen_edition(catalogue: Catalogue, profile: Profile, edition: int | None) -> int:
    """The edition asked for, else the district's; refused before the first of the profile."""
    first = catalogue.district.first_edition.get(profile.value)
    chosen = edition if edition is not None else catalogue.district.current_edition
    if first is not None and chosen < first:
        refuse(f"the series of profile {profile.value} begins with edition {first}; found --edition {chosen}")
    return chosen
