"""What is left of a delivery that was purged or recalled: its receipt, and the record of who removed it and why.

Belongs here: these records, reading and writing them, and telling that a file on a share is one that was
recalled. Does not belong here: removing anything (`retention`).
"""

from __future__ import annotations

import json
import secrets
from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, Literal

from spi_orchestration.intake.receipt import Receipt, read_receipt
from spi_orchestration.settings import Settings

__all__ = [
    "PURGED",
    "RECALLED",
    "Purged",
    "Recalled",
    "purged_of",
    "recalled_like",
    "recalled_of",
    "removed",
    "write_record",
]

PURGED, RECALLED = "purged.json", "recalled.json"

Form = Literal["observations", "table", "none"]


@dataclass(frozen=True)
class Purged:
    """A delivery whose landed files were removed because the time for keeping them is over.

    Attributes:
        delivery, dataset, edition: which one.
        date: ISO day of the purge.
        clause: of the agreement, under which it was purged.
        by: role that ordered it.
        reason: why, for people.
        form: what stands in its place: `observations` (counts by area and ward), `table` (the contracted
            columns, which were counts by area already), or `none` (it was never accepted).
        kept_at: finest geography of what is kept, for people.
        kept: that file below the data folder.
        kept_sha256: its hash.
        results: what the checks had found of the delivery: rows, findings, states, repaired, notes.
    """

    delivery: str
    dataset: str
    edition: int
    date: str
    clause: str
    by: str
    reason: str
    form: Form
    kept_at: str
    kept: str | None = None
    kept_sha256: str | None = None
    results: dict[str, Any] = field(default_factory=dict)

    def sentence(self) -> str:
        """How it is told wherever the delivery is named."""
        return f"landed file purged on {self.date} under {self.clause}"


@dataclass(frozen=True)
class Recalled:
    """A delivery that had been sent in error and was removed wherever it could be reached.

    Attributes:
        delivery, dataset, edition: which one.
        date: ISO day of the recall.
        by: role that ordered it.
        reason: why, for people.
        unreachable: places where it, or what was made of it, still stands.
        removed: what was removed, for people.
    """

    delivery: str
    dataset: str
    edition: int
    date: str
    by: str
    reason: str
    unreachable: tuple[str, ...] = ()
    removed: tuple[str, ...] = ()

    def sentence(self) -> str:
        """How it is told wherever the delivery is named."""
        return f"recalled on {self.date} by {self.by}: {self.reason}"


def write_record(record: Purged | Recalled, folder: Path) -> Path:
    """Write a record into a delivery's landing folder, whole or not at all."""
    path = folder / (PURGED if isinstance(record, Purged) else RECALLED)
    part = path.with_name(f".{path.name}.{secrets.token_hex(3)}")
    text = json.dumps(asdict(record), indent=2, ensure_ascii=False) + "\n"
    part.write_text(text, encoding="utf-8", newline="\n")
    part.replace(path)
    return path


def _read(path: Path) -> dict[str, Any] | None:
    return json.loads(path.read_text(encoding="utf-8")) if path.is_file() else None


def purged_of(folder: Path) -> Purged | None:
    """The record of a purge in a delivery's landing folder, if any."""
    data = _read(folder / PURGED)
    return Purged(**data) if data else None


def recalled_of(folder: Path) -> Recalled | None:
    """The record of a recall in a delivery's landing folder, if any."""
    data = _read(folder / RECALLED)
    if data is None:
        return None
    return Recalled(**(data | {key: tuple(data[key]) for key in ("unreachable", "removed")}))


def removed(settings: Settings, dataset: str | None = None) -> Iterator[tuple[Receipt, Purged | Recalled]]:
    """Every purged or recalled delivery with its receipt, by dataset and edition."""
    for path in sorted(settings.landing.glob(f"{dataset or '*'}/*/*/{PURGED}")):
        record = purged_of(path.parent)
        if record is not None and not (path.parent / RECALLED).is_file():
            yield read_receipt(path.parent / "receipt.json"), record
    for path in sorted(settings.landing.glob(f"{dataset or '*'}/*/*/{RECALLED}")):
        recalled = recalled_of(path.parent)
        if recalled is not None:
            yield read_receipt(path.parent / "receipt.json"), recalled


def recalled_like(settings: Settings, dataset: str, hashes: Iterable[str]) -> Recalled | None:
    """The recall that forbids files to come in again, if any.

    Args:
        settings: where landing is.
        dataset: dataset id.
        hashes: sha256 of the files on the share. A recalled delivery is there again when all its files are,
            under whatever names and for whatever edition.
    """
    there = set(hashes)
    for path in sorted(settings.landing.glob(f"{dataset}/*/*/{RECALLED}")):
        receipt = read_receipt(path.parent / "receipt.json")
        if {file.sha256 for file in receipt.files} <= there:
            return recalled_of(path.parent)
    return None
