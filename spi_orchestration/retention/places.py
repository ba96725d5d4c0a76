"""Where a delivery leaves traces in the data folder, and the record of a removal that is under way.

Belongs here: builds and what they were made from, their locks, files of one delivery in landing, raw and kept
results, and the journal of unfinished removals. Does not belong here: purging (`purge.py`) or recalling
(`recall.py`).
"""

from __future__ import annotations

import re
import shutil
from collections.abc import Iterable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from spi_orchestration import locks
from spi_orchestration.assets.builds import Build
from spi_orchestration.checks.assessment import read_json, write_json
from spi_orchestration.intake.landing import landing_folder
from spi_orchestration.intake.receipt import SHORT, Receipt, read_receipt
from spi_orchestration.intake.removed import PURGED, RECALLED
from spi_orchestration.retention.aggregate import RetentionError
from spi_orchestration.settings import Settings

__all__ = [
    "Intention",
    "begin",
    "builds_of",
    "clear_landing",
    "find_receipt",
    "forget_checks",
    "holding",
    "rests_on",
    "unfinished",
]


def builds_of(settings: Settings) -> list[Build]:
    """Every finished or unfinished build, the newest edition and the full profile first."""
    found = set()
    for path in settings.warehouse.glob("*/*/*"):
        match = re.fullmatch(r"(?:\.build-|\.old-)?(\d{4})", path.name)
        if match and path.is_dir():
            found.add((path.parent, int(match.group(1))))
    builds = [
        Build(
            profile=home.name,
            edition=edition,
            home=home,
            draft=settings.drafts / (str(edition) if home.name == "full" else f"{home.name}-{edition}"),
            reports=settings.reports,
        )
        for home, edition in found
    ]
    return sorted(builds, key=lambda build: (-build.edition, build.profile != "full", str(build.home)))


def rests_on(build: Build, dataset: str, edition: int, delivery: str) -> bool:
    """Whether a finished build was made from a delivery."""
    data = read_json(build.final / "accepted.json") or {"accepted": []}
    return any(
        (line["dataset"], line["edition"], line["delivery"]) == (dataset, edition, delivery)
        for line in data["accepted"]
    )


@contextmanager
def holding(builds: Iterable[Build]) -> Iterator[None]:
    """Hold the locks of builds, but for those that this process holds already.

    Raises:
        Busy: a run is making one of them.
    """
    with ExitStack() as stack:
        for build in builds:
            if not locks.is_mine(build.lock):
                stack.enter_context(locks.hold(build.lock, build.name))
        yield


def find_receipt(settings: Settings, text: str) -> Receipt:
    """The receipt that a delivery id, or its beginning, stands for.

    Raises:
        RetentionError: none or several do.
    """
    if not re.fullmatch(r"[0-9a-f]{6,64}", text):
        raise RetentionError(
            f"{text!r} is no delivery id: give its first 12 characters, as `spi delivery list` shows them"
        )
    found = {
        receipt.delivery + receipt.dataset + str(receipt.edition): receipt
        for receipt in (
            read_receipt(path) for path in sorted(settings.landing.glob(f"*/*/{text[:SHORT]}*/receipt.json"))
        )
        if receipt.delivery.startswith(text)
    }
    if len(found) != 1:
        some = ", ".join(sorted(f"{one.short} ({one.dataset}, {one.edition})" for one in found.values()))
        raise RetentionError(
            f"{len(found)} deliveries begin with {text}: {some or 'none'}. `spi delivery list` shows all"
        )
    return next(iter(found.values()))


def clear_landing(settings: Settings, receipt: Receipt) -> int:
    """Remove the files of a delivery from landing and raw; its receipts and records stay.

    Returns:
        How many files went.
    """
    folder = landing_folder(settings, receipt.dataset, receipt.edition) / receipt.short
    stay = {PURGED, RECALLED, *(path.name for path in folder.glob("receipt*.json"))}
    gone = 0
    for path in sorted(folder.iterdir()):
        if path.name in stay:
            continue
        gone += sum(1 for file in path.rglob("*") if file.is_file()) if path.is_dir() else 1
        shutil.rmtree(path) if path.is_dir() else path.unlink()
    raw = settings.raw / receipt.dataset / f"edition={receipt.edition}"
    for path in [*raw.glob(f"{receipt.short}.parquet"), *raw.glob(f".{receipt.short}.*")]:
        gone += 1
        shutil.rmtree(path) if path.is_dir() else path.unlink()
    return gone


def forget_checks(settings: Settings, receipt: Receipt) -> int:
    """Remove kept check results of a delivery. Returns how many."""
    mark = f"raw/{receipt.dataset}/edition={receipt.edition}/{receipt.short}.parquet"
    gone = 0
    for path in sorted((settings.data / "checks" / receipt.dataset).glob("*.json")):
        text = path.read_text(encoding="utf-8")
        if mark in text or receipt.delivery in text:
            path.unlink()
            gone += 1
    return gone


@dataclass(frozen=True)
class Intention:
    """A removal that was set out to be done.

    Attributes:
        kind: `purge` or `recall`.
        dataset, edition, delivery: of what.
        more: what the removal needs to be done again from the start.
    """

    kind: str
    dataset: str
    edition: int
    delivery: str
    more: dict[str, Any]

    def path(self, settings: Settings) -> Path:
        """Its file."""
        return settings.removals / f"{self.kind}-{self.dataset}-{self.edition}-{self.delivery[:SHORT]}.json"


def begin(settings: Settings, intention: Intention) -> Path:
    """Write down what is going to be removed, before anything is."""
    path = intention.path(settings)
    write_json(path, intention.__dict__)
    return path


def unfinished(settings: Settings) -> list[Intention]:
    """Removals that were begun and are not done."""
    found = [read_json(path) for path in sorted(settings.removals.glob("*.json"))]
    return [Intention(**data) for data in found if data]
