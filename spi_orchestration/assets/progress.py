"""Telling people how a run goes, and how long its parts take.

Belongs here: one line a stage or dataset, and a clock for each part. Does not belong here: findings
(`checks/report.py`) or Dagster's own log.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

__all__ = ["Progress", "current", "use"]


class Progress:
    """Where lines go, and the seconds each part took so far.

    Attributes:
        timings: part -> seconds of wall-clock time.
    """

    def __init__(self, sink: Callable[[str], None] | None = None) -> None:
        self._sink = sink
        self.timings: dict[str, float] = {}

    def say(self, text: str) -> None:
        """Tell one line."""
        if self._sink is not None:
            self._sink(text)

    @contextmanager
    def part(self, name: str) -> Iterator[None]:
        """Add the time spent inside to a part of the run."""
        start = time.perf_counter()
        try:
            yield
        finally:
            self.timings[name] = self.timings.get(name, 0.0) + time.perf_counter() - start


_current = Progress()


def current() -> Progress:
    """The progress of the run that this process is at; silent outside one."""
    return _current


@contextmanager
def use(progress: Progress) -> Iterator[Progress]:
    """Make a progress the current one, for the steps of one run."""
    global _current
    before, _current = _current, progress
    try:
        yield progress
    finally:
        _current = before
