"""A baseline that cannot be changed unnoticed, targets as data, and progress that is called beyond doubt only.

Belongs here: locking a named baseline edition by hash, reading it back, distance and progress against it.
Does not belong here: the reasons for progress. Events may stand beside a trend (`trends.Event`); nothing
here says that one caused it.
"""

from __future__ import annotations

import hashlib
import json
import math
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, replace
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from spi_orchestration.index.change import BETTER, WORSE

if TYPE_CHECKING:
    import pandas as pd

__all__ = [
    "Baseline",
    "BaselineError",
    "Target",
    "lock",
    "progress",
    "read",
    "read_target_rows",
    "read_targets",
    "write",
]


class BaselineError(ValueError):
    """A baseline that is not what was locked, or cannot be read."""


@dataclass(frozen=True)
class Baseline:
    """A locked baseline.

    Attributes:
        name: such as that of a council's plan.
        edition: whose scores these are.
        release: release id they were published in.
        framework_hash: of the method version.
        rows: (area, code, score), sorted; a score that is not given is `None`.
        digest: SHA-256 over all of it.
    """

    name: str
    edition: str
    release: str
    framework_hash: str
    rows: tuple[tuple[str, str, float | None], ...]
    digest: str

    def score(self, area: str, code: str) -> float:
        """One score; NaN where it is not given.

        Raises:
            KeyError: the baseline has no such area and code.
        """
        found = dict(((a, c), s) for a, c, s in self.rows)[area, code]
        return float("nan") if found is None else found

    def under(self, codes: Mapping[str, str]) -> Baseline:
        """The same scores under the codes that areas have now; the digest stays that of the lock.

        Args:
            codes: code at the time -> code of now; others keep theirs.
        """
        rows = sorted((codes.get(area, area), code, score) for area, code, score in self.rows)
        return replace(self, rows=tuple(rows))


def _digest(body: Mapping[str, Any]) -> str:
    text = json.dumps(body, sort_keys=True, ensure_ascii=True, separators=(",", ":"), allow_nan=False)
    return hashlib.sha256(text.encode("ascii")).hexdigest()


def lock(name: str, edition: str, release: str, framework_hash: str, scores: pd.DataFrame) -> Baseline:
    """Lock the scores of an edition.

    Args:
        name: of the baseline.
        edition: of the scores.
        release: release id.
        framework_hash: `Framework.content_hash`.
        scores: columns `area`, `code`, `score`; one row each.

    Raises:
        BaselineError: a pair of area and code stands twice.
    """
    if scores.duplicated(["area", "code"]).any():
        raise BaselineError("The scores of the baseline have an area and code twice; expected one row each.")
    rows = tuple(
        sorted(
            (str(a), str(c), None if math.isnan(s) else float(s))
            for a, c, s in zip(scores["area"], scores["code"], scores["score"].astype(float), strict=True)
        )
    )
    body = {
        "name": name,
        "edition": edition,
        "release": release,
        "framework_hash": framework_hash,
        "rows": rows,
    }
    return Baseline(name, edition, release, framework_hash, rows, _digest(body))


def write(baseline: Baseline, path: Path) -> None:
    """Write a baseline as JSON.

    Raises:
        BaselineError: the file holds another baseline; one that is locked is never replaced.
    """
    if path.exists() and read(path).digest != baseline.digest:
        raise BaselineError(
            f"{path.name} already holds a locked baseline that differs. A baseline is not changed; "
            "give the new one a name and a file of its own."
        )
    body = asdict(baseline) | {"rows": [list(r) for r in baseline.rows]}
    path.write_text(
        json.dumps(body, indent=1, sort_keys=True, ensure_ascii=True) + "\n", encoding="utf-8", newline="\n"
    )


def read(path: Path, expected: str | None = None) -> Baseline:
    """Read a baseline and make sure that it is what was locked.

    Args:
        path: file made by `write`.
        expected: digest recorded elsewhere, such as in the decision that adopted it.

    Raises:
        BaselineError: the file is damaged, was changed after it was locked, or is not the one expected.
    """
    try:
        body = json.loads(path.read_text(encoding="utf-8"))
        digest = body.pop("digest")
        body["rows"] = tuple((str(a), str(c), None if s is None else float(s)) for a, c, s in body["rows"])
        baseline = Baseline(**body, digest=digest)
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise BaselineError(
            f"{path.name} cannot be read as a baseline ({type(error).__name__}); restore it from its release."
        ) from None
    if _digest(body) != digest:
        raise BaselineError(
            f"{path.name} was changed after it was locked; restore it from release {baseline.release}."
        )
    if expected is not None and digest != expected:
        raise BaselineError(
            f"{path.name} is not the baseline that was adopted: digest {digest[:12]}, expected {expected[:12]}."
        )
    return baseline


@dataclass(frozen=True)
class Target:
    """A target.

    Attributes:
        area: ward, group or district.
        code: component, indicator or other node.
        score: points wanted.
        due: by when.
        role: who set it.
        source: where it is written.
    """

    area: str
    code: str
    score: float
    due: date
    role: str
    source: str


def read_targets(rows: Iterable[Mapping[str, Any]]) -> list[Target]:
    """Read targets: columns area (or area_code), code, score, due (ISO date), role, source.

    Raises:
        BaselineError: naming the row that is incomplete, unreadable or outside 0 to 100.
    """
    return [target for target in read_target_rows(rows) if target is not None]


def read_target_rows(rows: Iterable[Mapping[str, Any]]) -> list[Target | None]:
    """As `read_targets`; a target given in the indicator's unit (column `value` instead of `score`) is None.

    What such a target is in points depends on the bounds of the method, which are not known here.

    Raises:
        BaselineError: also where a row has both a score and a value, or neither, or stands twice.
    """
    out: list[Target | None] = []
    seen = set()
    for number, row in enumerate(rows, start=1):
        score, value = (str(row.get(k) if row.get(k) is not None else "").strip() for k in ("score", "value"))
        try:
            area, code = str(row.get("area") or row["area_code"]), str(row["code"])
            due = date.fromisoformat(str(row["due"]))
            role, source = str(row["role"] or ""), str(row["source"] or "")
            points = float(score or value)
        except (KeyError, ValueError) as error:
            raise BaselineError(
                f"Row {number} of the targets cannot be read: {error}. Expected area, code, score, due, role, source."
            ) from None
        if bool(score) == bool(value):
            raise BaselineError(f"Row {number} of the targets needs a score or a value, and not both.")
        inside = 0 <= points <= 100 if score else math.isfinite(points)
        if not inside or not role.strip() or not source.strip() or not area.strip() or not code.strip():
            raise BaselineError(
                f"Row {number} of the targets needs an area, a code, a score from 0 to 100 (or a value), a role "
                "and a source."
            )
        key = (area, code, str(row.get("synthetic") or "").strip().lower())
        if key in seen:
            raise BaselineError(f"Row {number} of the targets: {code} of {area} has a target already.")
        seen.add(key)
        out.append(Target(area, code, points, due, role, source) if score else None)
    return out


def progress(
    baseline: Baseline | None,
    changes: pd.DataFrame,
    targets: Iterable[Target],
    everything: bool = False,
) -> pd.DataFrame:
    """Distance and progress against the baseline.

    Args:
        baseline: as locked; `None` where none is locked and the restated edition alone is compared with.
        changes: `change.assess` from the baseline edition (its data as known now, under the present method)
            to this one.
        targets: what is wanted.
        everything: also rows for what has no target.

    Returns:
        rows `area`, `code`, `baseline` (as locked), `restated` (under data and method of now), `now`,
        `target`, `due`, `distance` (points left), `share` (of the way from restated to target), `low`,
        `high` (of the change), `verdict`: `target met` or `progress` or `falling back` only where the change
        exceeds its uncertainty; else what `change.assess` says. What has no target, is not in the baseline
        that is locked, or has no change says so: no target is no distance, the others are `not given`.
    """
    import pandas as pd

    table = changes.set_index(["area", "code"])
    locked = None if baseline is None else {(a, c): s for a, c, s in baseline.rows}
    wanted = {(t.area, t.code): t for t in targets}
    keys = list(wanted)
    if everything:
        keys = list(dict.fromkeys([*table.index, *wanted]))
    rows: list[dict[str, Any]] = []
    known = table.to_dict("index")
    for key in keys:
        target = wanted.get(key)
        goal = np.nan if target is None else target.score
        row = known.get(key)
        if row is None or (locked is not None and key not in locked):
            missing: dict[str, Any] = dict.fromkeys(_COLUMNS, np.nan)
            missing |= {"area": key[0], "code": key[1], "target": goal, "verdict": "not given"}
            rows.append(missing | {"due": None if target is None else target.due})
            continue
        way = goal - row["before"]
        verdict = str(row["verdict"])
        if verdict == BETTER:
            verdict = "target met" if row["after"] >= goal else "progress"
        elif verdict == WORSE:
            verdict = "falling back"
        before = None if locked is None else locked[key]
        values: tuple[Any, ...] = (
            *key,
            np.nan if before is None else before,
            row["before"],
            row["after"],
            goal,
            None if target is None else target.due,
            max(goal - row["after"], 0.0) if goal == goal and row["after"] == row["after"] else np.nan,
            (row["after"] - row["before"]) / way if way > 0 else np.nan,
            row["low"],
            row["high"],
            verdict,
        )
        rows.append(dict(zip(_COLUMNS, values, strict=True)))
    return pd.DataFrame(rows, columns=list(_COLUMNS))


_COLUMNS = (
    "area",
    "code",
    "baseline",
    "restated",
    "now",
    "target",
    "due",
    "distance",
    "share",
    "low",
    "high",
    "verdict",
)
