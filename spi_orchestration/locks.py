"""Locks that the operating system releases when a process dies, however it dies.

Belongs here: taking and releasing a lock on a file, on every system. Does not belong here: what is locked
(`assets/builds.py`).
"""

from __future__ import annotations

import datetime as dt
import json
import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import IO

__all__ = ["Busy", "RunLock", "hold", "holder", "is_held", "is_mine", "take"]

#: Locked is one byte far behind the text, so that other processes can read who holds the lock (Windows
#: refuses to read a locked range).
_OFFSET = 1 << 20

_held: dict[str, RunLock] = {}


class Busy(RuntimeError):  # noqa: N818
    """Another process holds the lock; the message says which and since when."""


class RunLock:
    """A lock on a file, held by this process.

    Taking it again in the same process gives the same lock; it is released when every taker has released
    it, or when the process ends in any way.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self._stream: IO[bytes] | None = None
        self._takers = 0

    def take(self, what: str) -> None:
        """Take the lock, or raise at once.

        Args:
            what: what it is taken for, told to others that find it taken.

        Raises:
            Busy: another process holds it.
        """
        if self._stream is None:
            self.path.parent.mkdir(parents=True, exist_ok=True)
            stream = self.path.open("a+b")
            try:
                _lock(stream)
            except OSError:
                stream.close()
                other = holder(self.path)
                raise Busy(
                    f"{what} is already being done{f' by {other}' if other else ''}. Wait for it to end, or end it."
                ) from None
            started = dt.datetime.now(dt.UTC).replace(microsecond=0).isoformat()
            stream.truncate(0)
            stream.write(
                json.dumps({"process": os.getpid(), "since": started, "what": what}).encode() + b"\n"
            )
            stream.flush()
            self._stream = stream
        self._takers += 1

    def release(self) -> None:
        """Give one taking back."""
        if self._stream is None:
            return
        self._takers -= 1
        if self._takers > 0:
            return
        stream, self._stream = self._stream, None
        with suppress(OSError):
            stream.truncate(0)
            _unlock(stream)
        stream.close()
        _held.pop(str(self.path), None)


def _lock(stream: IO[bytes]) -> None:
    if os.name == "nt":
        import msvcrt

        stream.seek(_OFFSET)
        msvcrt.locking(stream.fileno(), msvcrt.LK_NBLCK, 1)  # type: ignore[attr-defined]
        stream.seek(0)
    else:
        import fcntl

        fcntl.flock(stream.fileno(), fcntl.LOCK_EX | fcntl.LOCK_NB)


def _unlock(stream: IO[bytes]) -> None:
    if os.name == "nt":
        import msvcrt

        stream.seek(_OFFSET)
        msvcrt.locking(stream.fileno(), msvcrt.LK_UNLCK, 1)  # type: ignore[attr-defined]
    else:
        import fcntl

        fcntl.flock(stream.fileno(), fcntl.LOCK_UN)


def holder(path: Path) -> str | None:
    """Who holds a lock, in words; None where nobody says so."""
    try:
        data = json.loads(path.read_text(encoding="utf-8"))
        return f"process {data['process']} since {data['since']}"
    except (OSError, ValueError, KeyError):
        return None


def is_mine(path: Path) -> bool:
    """Whether this process holds a lock."""
    return str(path) in _held


def is_held(path: Path) -> bool:
    """Whether any process, this one included, holds a lock."""
    if is_mine(path):
        return True
    if not path.exists():
        return False
    try:
        with path.open("a+b") as stream:
            _lock(stream)
            _unlock(stream)
    except OSError:
        return True
    return False


def take(path: Path, what: str) -> RunLock:
    """Take the lock of a path for this process; released by `release` or when the process ends.

    Raises:
        Busy: another process holds it.
    """
    lock = _held.setdefault(str(path), RunLock(path))
    try:
        lock.take(what)
    except Busy:
        _held.pop(str(path), None)
        raise
    return lock


@contextmanager
def hold(path: Path, what: str) -> Iterator[RunLock]:
    """Hold the lock of a path while inside.

    Args:
        path: lock file; made where absent, and left in place.
        what: what it is taken for, for people.

    Raises:
        Busy: another process holds it.
    """
    lock = take(path, what)
    try:
        yield lock
    finally:
        lock.release()
