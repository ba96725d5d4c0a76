"""Method versions that are frozen: a name stands for one content, for good.

Belongs here: the register of frozen versions and the check of a framework against it. Does not belong here:
what a framework holds (`framework.py`).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from spi_orchestration.index.framework import Framework, FrameworkError

__all__ = ["FrozenVersion", "check_frozen", "read_frozen"]


@dataclass(frozen=True)
class FrozenVersion:
    """One frozen method version.

    Attributes:
        version: its name.
        digest: `Framework.content_hash` when it was frozen.
        frozen_on: the day.
        role: who froze it.
        reason: why it replaced the one before.
    """

    version: str
    digest: str
    frozen_on: date
    role: str
    reason: str


def read_frozen(rows: Iterable[Mapping[str, Any]]) -> dict[str, FrozenVersion]:
    """Read the register: columns version, sha256, frozen_on (ISO), role, reason.

    Raises:
        FrameworkError: naming each row that is incomplete, unreadable or of a version that stands twice.
    """
    out: dict[str, FrozenVersion] = {}
    problems = []
    for number, row in enumerate(rows, start=1):
        lacking = [
            k
            for k in ("version", "sha256", "frozen_on", "role", "reason")
            if not str(row.get(k) or "").strip()
        ]
        if lacking:
            problems.append(f"Row {number} of the frozen versions lacks {', '.join(lacking)}.")
            continue
        version, digest = str(row["version"]), str(row["sha256"]).lower()
        try:
            day = date.fromisoformat(str(row["frozen_on"]))
        except ValueError:
            problems.append(f"Row {number} of the frozen versions ({version}) has no ISO date.")
            continue
        if version in out:
            problems.append(f"Version {version} is frozen twice; a name stands for one content.")
        if len(digest) != 64:
            problems.append(f"Row {number} of the frozen versions ({version}) has no SHA-256 of 64 digits.")
        out[version] = FrozenVersion(version, digest, day, str(row["role"]), str(row["reason"]))
    if problems:
        raise FrameworkError(problems)
    return out


def check_frozen(framework: Framework, frozen: Mapping[str, FrozenVersion]) -> bool:
    """Make sure that a framework is what its version was frozen as.

    Args:
        framework: of this run.
        frozen: the register.

    Returns:
        whether the version is frozen; a version that is not may be drafted with.

    Raises:
        FrameworkError: the version is frozen with another content.
    """
    entry = frozen.get(framework.version)
    if entry is None:
        return False
    found = framework.content_hash()
    if found != entry.digest:
        raise FrameworkError(
            [
                f"Method version {framework.version} was frozen on {entry.frozen_on.isoformat()} with content "
                f"{entry.digest[:12]}, and is now {found[:12]}. Undo the change of framework, weights, bounds or "
                "pooling, or give the changed method a new version name."
            ]
        )
    return True
