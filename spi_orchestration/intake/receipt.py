"""The record of a landed delivery.

Belongs here: the receipt, its writing and reading, and the journal that says which delivery came last.
Does not belong here: copying files (`landing.py`), or what is in them.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import json
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

__all__ = ["LandedAs", "Receipt", "delivery_id", "read_receipt", "write_receipt"]

#: How many characters of a delivery id name folders and files.
SHORT = 12


@dataclass(frozen=True)
class LandedAs:
    """One file of a receipt.

    Attributes:
        name: name as sent, with its folder.
        sha256: hash of its bytes.
        bytes: size.
        landed_as: name below the landing folder; differs where the sent name cannot stand on every system.
    """

    name: str
    sha256: str
    bytes: int
    landed_as: str


@dataclass(frozen=True)
class Receipt:
    """What was received, and when.

    Attributes:
        delivery: delivery id: a hash over names and bytes.
        dataset: dataset id.
        edition: edition it was delivered for.
        shares: id of the shares file it came through.
        synthetic: made up, not real.
        layout: layout it was expected to have.
        files: its files, in order of name.
        received_at: when these bytes were first taken in, UTC, ISO 8601.
        left_at: when they were left on the share, UTC, where the share tells; see `landing.left_on_share`.
    """

    delivery: str
    dataset: str
    edition: int
    shares: str
    synthetic: bool
    layout: str
    files: tuple[LandedAs, ...]
    received_at: str
    left_at: str | None = None

    @property
    def came(self) -> dt.date:
        """The day it came: left on the share, else first taken in."""
        return dt.datetime.fromisoformat(self.left_at or self.received_at).date()

    @property
    def short(self) -> str:
        """The part of the delivery id that names folders."""
        return self.delivery[:SHORT]

    def as_dict(self) -> dict[str, Any]:
        """Plain data for JSON."""
        return asdict(self)

    @classmethod
    def from_dict(cls, data: dict[str, Any]) -> Receipt:
        """Rebuild a receipt from `as_dict`."""
        return cls(**(data | {"files": tuple(LandedAs(**file) for file in data["files"])}))


def delivery_id(files: Iterable[tuple[str, str]]) -> str:
    """The id of a delivery: sha256 over the sorted lines `<name> <sha256>`.

    Args:
        files: name as sent and sha256 of the bytes of each file.

    >>> delivery_id([("b.csv", "02"), ("a.csv", "01")]) == delivery_id([("a.csv", "01"), ("b.csv", "02")])
    True
    """
    lines = sorted(f"{name} {digest}" for name, digest in files)
    return hashlib.sha256("".join(line + "\n" for line in lines).encode("utf-8")).hexdigest()


def write_receipt(receipt: Receipt, path: Path) -> None:
    """Write a receipt; the file must not be there yet."""
    text = json.dumps(receipt.as_dict(), indent=2, ensure_ascii=False) + "\n"
    with path.open("x", encoding="utf-8", newline="\n") as stream:
        stream.write(text)


def read_receipt(path: Path) -> Receipt:
    """Read a receipt."""
    return Receipt.from_dict(json.loads(path.read_text(encoding="utf-8")))
