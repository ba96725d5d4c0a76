"""What is known of one dataset's delivery for one edition once it was landed, read and checked.

Belongs here: the record that the raw step leaves and the gate reads, and keeping it on disk. Does not
belong here: making one (`assets/delivery.py`), or deciding on it (`gate.py`).
"""

from __future__ import annotations

import hashlib
import json
import secrets
from dataclasses import asdict, dataclass, field
from functools import lru_cache
from pathlib import Path
from typing import Any

from spi_orchestration.findings import Finding
from spi_orchestration.settings import Settings

__all__ = [
    "Assessment",
    "code_fingerprint",
    "keep",
    "kept",
    "latest",
    "read_json",
    "remember",
    "write_json",
]

#: States of one check. `not judged` follows a delivery that could not be read so far; `carried forward` is
#: the state of `delivered` where an earlier delivery of a static or event feed serves on.
STATES = ("passed", "recorded", "repaired", "carried forward", "failed", "not judged")


@dataclass(frozen=True)
class Assessment:
    """One dataset and edition, assessed.

    Attributes:
        dataset: dataset id.
        edition: edition.
        shares: id of the shares file that was looked at.
        synthetic: that shares file holds made-up deliveries.
        expected: the catalogue or the shares file expects a delivery.
        named: the shares file names its files one by one.
        layout: id of the layout, where one is expected.
        delivery: delivery id, where a delivery was landed.
        received_at: when it first came, UTC.
        files: names as sent.
        raw: its raw Parquet below the data folder, where it could be read.
        raw_sha256: hash of that Parquet.
        rows: rows read.
        findings: everything that is not as the contract says.
        checks: check id -> state.
        repaired: rows that repairs of the layout mend.
        notes: remarks of the reader.
        key: under which the results, Great Expectations' among them, are kept.
        reused: the results of an earlier run held, as nothing had changed.
        fallback: for an edition before the build's, the last good delivery in place of a bad later one.
        purged_on, purge_clause: where its landed files were purged, the day and the clause.
        kept_as: what stands in its place then: `observations`, `table` or `none`.
        looked_at: when the share was looked at, UTC, where no delivery was there.
    """

    dataset: str
    edition: int
    shares: str
    synthetic: bool
    expected: bool
    named: bool = False
    layout: str | None = None
    delivery: str | None = None
    received_at: str | None = None
    files: tuple[str, ...] = ()
    raw: str | None = None
    raw_sha256: str | None = None
    rows: int = 0
    findings: tuple[Finding, ...] = ()
    checks: dict[str, str] = field(default_factory=dict)
    repaired: int = 0
    notes: tuple[str, ...] = ()
    key: str | None = None
    reused: bool = False
    fallback: Assessment | None = None
    looked_at: str | None = None
    purged_on: str | None = None
    purge_clause: str | None = None
    kept_as: str | None = None

    @property
    def purged(self) -> str | None:
        """That the landed file is gone, in words for people."""
        return f"landed file purged on {self.purged_on} under {self.purge_clause}" if self.purged_on else None

    @property
    def present(self) -> bool:
        """Whether there is a delivery that could be read."""
        return self.delivery is not None and self.raw is not None

    @property
    def stops(self) -> tuple[Finding, ...]:
        """Findings that stop the dataset."""
        return tuple(finding for finding in self.findings if finding.grade == "stop")

    @property
    def good(self) -> bool:
        """Whether it can be accepted as it is."""
        return self.present and not self.stops

    def as_dict(self) -> dict[str, Any]:
        """Plain data for JSON."""
        data = asdict(self)
        data["findings"] = [finding.as_dict() for finding in self.findings]
        data["fallback"] = self.fallback.as_dict() if self.fallback else None
        return data

    @classmethod
    def from_dict(cls, data: dict[str, Any]) -> Assessment:
        """Rebuild an assessment from `as_dict`."""
        fallback = data.get("fallback")
        return cls(
            **(
                data
                | {
                    "files": tuple(data["files"]),
                    "notes": tuple(data["notes"]),
                    "findings": tuple(Finding.from_dict(item) for item in data["findings"]),
                    "fallback": cls.from_dict(fallback) if fallback else None,
                }
            )
        )


@lru_cache(maxsize=1)
def code_fingerprint() -> str:
    """A hash over the code that reads and checks deliveries: kept results hold for this code only."""
    package = Path(__file__).resolve().parents[1]
    files = sorted([*package.glob("readers/*.py"), *package.glob("checks/*.py"), package / "typing_sql.py"])
    digest = hashlib.sha256()
    for path in files:
        # Line endings are folded: the same code checked out on Windows gives the same hash.
        digest.update(path.name.encode() + path.read_bytes().replace(b"\r\n", b"\n"))
    return digest.hexdigest()


def write_json(path: Path, data: Any) -> None:
    """Write JSON so that a reader never sees half of it."""
    path.parent.mkdir(parents=True, exist_ok=True)
    part = path.with_name(f".{path.name[:40]}.{secrets.token_hex(3)}")
    part.write_text(json.dumps(data, indent=1, ensure_ascii=False) + "\n", encoding="utf-8", newline="\n")
    Path(part).replace(path)


def read_json(path: Path) -> Any:
    """Read JSON; None where the file is absent or not whole."""
    try:
        return json.loads(path.read_text(encoding="utf-8"))
    except (FileNotFoundError, json.JSONDecodeError, UnicodeDecodeError):
        return None


def _folder(settings: Settings, dataset: str) -> Path:
    return settings.data / "checks" / dataset


def kept(settings: Settings, dataset: str, key: str) -> dict[str, Any] | None:
    """Results that an earlier run kept for a key, or None."""
    data = read_json(_folder(settings, dataset) / f"{key[:24]}.json")
    return data if isinstance(data, dict) and data.get("key") == key else None


def keep(settings: Settings, dataset: str, key: str, results: dict[str, Any]) -> None:
    """Keep results under a key that changes with anything they rest on."""
    write_json(_folder(settings, dataset) / f"{key[:24]}.json", {"key": key, **results})


def remember(settings: Settings, assessment: Assessment) -> None:
    """Leave an assessment for the gate, in place of an earlier one of the same dataset, edition and shares."""
    name = f"{assessment.shares}-{assessment.edition}.json"
    write_json(_folder(settings, assessment.dataset) / name, assessment.as_dict())


def latest(settings: Settings, shares: str, dataset: str, edition: int) -> Assessment | None:
    """The last assessment of a dataset and edition through a shares file, or None."""
    data = read_json(_folder(settings, dataset) / f"{shares}-{edition}.json")
    return Assessment.from_dict(data) if data else None
