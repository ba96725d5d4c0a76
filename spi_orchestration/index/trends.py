"""Change along time, described.

Belongs here: growth, change a year, interpolation to a time, and marks of policy events beside a series.
Does not belong here: whether a change is real (`change.py`).
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, Any, Literal

import numpy as np

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["Event", "cagr", "events_of", "interpolate", "percentage_change", "read_events", "trend"]


#: Words that say what an event did to a figure.
CAUSAL = re.compile(
    r"\b(because|caus(?:e|ed|es|ing)|due to|thanks to|as a result|result(?:ed|s|ing) in|led to|leads to|"
    r"leading to|drove|driven by|improv(?:ed|es|ing)|reduc(?:ed|es|ing)|rais(?:ed|es|ing)|worsen(?:ed|s|ing))\b",
    re.IGNORECASE,
)


def cagr(values: np.ndarray, times: np.ndarray) -> float:
    """Compound growth a unit of time between the first and the last value, as a share.

    NaN for fewer than two values or where the first value is not positive or the last is negative.
    """
    y, t = _ordered(values, times)
    if len(y) < 2 or y[0] <= 0 or y[-1] < 0:
        return float("nan")
    return float((y[-1] / y[0]) ** (1 / (t[-1] - t[0])) - 1)


def percentage_change(values: np.ndarray, times: np.ndarray, per_unit: bool = True) -> float:
    """Change from the first to the last value in percent of the first; a unit of time, or over all.

    NaN for fewer than two values or a first value of 0.
    """
    y, t = _ordered(values, times)
    if len(y) < 2 or y[0] == 0:
        return float("nan")
    change = 100 * (y[-1] - y[0]) / abs(y[0])
    return float(change / (t[-1] - t[0]) if per_unit else change)


def interpolate(values: np.ndarray, times: np.ndarray, at: np.ndarray) -> np.ndarray:
    """Linear interpolation at other times; NaN outside the times there are, as nothing is known there."""
    y, t = _ordered(values, times)
    if not len(y):
        return np.full(len(at), np.nan)
    return np.interp(at, t, y, left=np.nan, right=np.nan)


def trend(
    rows: pd.DataFrame,
    column: str,
    method: Literal["cagr", "percentage_change"] = "cagr",
    latest: int | None = None,
    interpolate_at: Iterable[float] | None = None,
    direction: int = 1,
) -> pd.DataFrame:
    """Trend of each area.

    Args:
        rows: columns `area`, `time` (numeric) and the indicator.
        column: the indicator.
        method: `cagr` or `percentage_change`.
        latest: use only this many of the latest values.
        interpolate_at: use values interpolated at these times instead.
        direction: -1 turns the sign, so that a rise means better.

    Returns:
        one row an area: `first_time`, `last_time`, `points` and `trend`.
    """
    import pandas as pd

    functions: dict[str, Callable[[np.ndarray, np.ndarray], float]]
    functions = {"cagr": cagr, "percentage_change": percentage_change}
    function = functions[method]
    wanted = None if interpolate_at is None else np.array(list(interpolate_at), dtype=float)
    out = []
    for area, part in rows.groupby("area", sort=True):
        y, t = _ordered(part[column].to_numpy(dtype=float), part["time"].to_numpy(dtype=float))
        if wanted is not None:
            y, t = _ordered(interpolate(y, t, wanted), wanted)
        if latest is not None:
            y, t = y[-latest:], t[-latest:]
        out.append(
            {
                "area": area,
                "first_time": t[0] if len(t) else np.nan,
                "last_time": t[-1] if len(t) else np.nan,
                "points": len(t),
                "trend": direction * function(y, t),
            }
        )
    return pd.DataFrame(out).set_index("area")


def _ordered(values: np.ndarray, times: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    y, t = np.asarray(values, dtype=float), np.asarray(times, dtype=float)
    keep = ~np.isnan(y)
    order = np.argsort(t[keep], kind="stable")
    return y[keep][order], t[keep][order]


@dataclass(frozen=True)
class Event:
    """Something that happened, marked beside a trend. It is not said to have caused anything.

    Attributes:
        day: when.
        wards: ward codes; empty for the whole district.
        indicators: indicator codes; empty for all.
        words: what happened.
        source: where it is written.
    """

    day: date
    wards: frozenset[str]
    indicators: frozenset[str]
    words: str
    source: str


def read_events(rows: Iterable[Mapping[str, Any]]) -> list[Event]:
    """Read `policy_events.csv`: columns date, wards, indicators (space separated), event, source.

    Raises:
        ValueError: a row has no readable date, no words or no source, or says what the event caused; it is
            named by number.
    """
    out = []
    for number, row in enumerate(rows, start=1):
        try:
            day = date.fromisoformat(str(row.get("date") or ""))
        except ValueError:
            raise ValueError(
                f"Row {number} of the events has no ISO date; expected such as 2026-04-01."
            ) from None
        words, source = str(row.get("event") or "").strip(), str(row.get("source") or "").strip()
        if not words or not source:
            raise ValueError(f"Row {number} of the events lacks its words or its source; both are needed.")
        causal = CAUSAL.search(words)
        if causal:
            raise ValueError(
                f"Row {number} of the events says {causal.group()!r}. An event marks a day beside a trend; that it "
                "changed anything is not known. Say what happened alone."
            )
        out.append(
            Event(
                day,
                frozenset(str(row.get("wards") or "").split()),
                frozenset(str(row.get("indicators") or "").split()),
                words,
                source,
            )
        )
    return sorted(out, key=lambda e: (e.day, e.words))


def events_of(events: Iterable[Event], ward: str, indicator: str) -> list[Event]:
    """The events that concern a ward and an indicator, by day."""
    return [
        e
        for e in events
        if (not e.wards or ward in e.wards) and (not e.indicators or indicator in e.indicators)
    ]
