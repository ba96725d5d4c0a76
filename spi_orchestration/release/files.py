"""Writing files so that a reader never sees half of one, and hashing them.

Belongs here: whole-file writes, hashes, folder swaps and the publishing lock. Does not belong here: what
the files hold.
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

__all__ = [
    "ReleaseError",
    "canonical_json",
    "lock",
    "move",
    "read_json",
    "remove_tree",
    "sha256_file",
    "write_whole",
]

#: On Windows a virus scanner or an open BI client holds a file for a moment: how often, and how long, to wait.
ATTEMPTS = 20
PAUSE_SECONDS = 0.1


class ReleaseError(RuntimeError):
    """A draft cannot be written, or a release cannot be published or read; the message says what to do."""


def sha256_file(path: Path) -> str:
    """Hash of a file's bytes, in hexadecimal."""
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def canonical_json(data: Any) -> str:
    """JSON that is the same for the same data: keys in order, two blanks, one final line feed.

    Raises:
        ValueError: a number is infinite or not a number.
    """
    return json.dumps(data, ensure_ascii=False, indent=2, sort_keys=True, allow_nan=False) + "\n"


def read_json(path: Path) -> Any:
    """Read a JSON file.

    Raises:
        ReleaseError: absent, or not JSON; names the file.
    """
    try:
        return json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise ReleaseError(f"{path.name} is missing in {path.parent}") from None
    except (UnicodeDecodeError, json.JSONDecodeError) as error:
        raise ReleaseError(f"{path.name} in {path.parent} is not readable as JSON: {error}") from None


def _patiently(act: Callable[[], Any], what: str) -> None:
    for attempt in range(ATTEMPTS):
        try:
            act()
            return
        except PermissionError as error:
            if attempt == ATTEMPTS - 1:
                raise ReleaseError(
                    f"{what} is held open by another program, or may not be written. "
                    "Close what reads it and run the same command again."
                ) from error
            time.sleep(PAUSE_SECONDS)


def write_whole(path: Path, text: str) -> None:
    """Write a text file whole or not at all: beside its place first, then swapped in.

    A reader that holds the old file open keeps reading the old one; where the operating system refuses
    the swap meanwhile (Windows), it is tried again for two seconds.

    Raises:
        ReleaseError: the file stays held open.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    new = path.with_name(f".{path.name}.new")
    with new.open("w", encoding="utf-8", newline="\n") as stream:
        stream.write(text)
        stream.flush()
        os.fsync(stream.fileno())
    _patiently(lambda: new.replace(path), path.name)


def move(source: Path, target: Path) -> None:
    """Give a folder its final name; the target must not exist.

    Raises:
        ReleaseError: the target exists, or something in the folder stays held open.
    """
    if target.exists():
        raise ReleaseError(f"{target.name} exists already in {target.parent}")
    _patiently(lambda: source.rename(target), source.name)


def remove_tree(path: Path) -> None:
    """Remove a folder and what is in it, read-only files too; absent is fine."""
    if not path.exists():
        return
    for item in path.rglob("*"):
        if item.is_file():
            item.chmod(0o644)
    shutil.rmtree(path)


@contextmanager
def lock(path: Path) -> Iterator[None]:
    """Hold an operating-system lock on a file; it goes with the process, however that ends.

    Raises:
        ReleaseError: another process holds it.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("a+b") as stream:
        try:
            _take(stream.fileno())
        except OSError:
            raise ReleaseError(
                "another publication is under way in this data folder. Wait for it to end, then run again."
            ) from None
        try:
            yield
        finally:
            _give_back(stream.fileno())


def _take(handle: int) -> None:
    if os.name == "nt":
        import msvcrt

        os.lseek(handle, 0, os.SEEK_SET)
        msvcrt.locking(handle, msvcrt.LK_NBLCK, 1)  # type: ignore[attr-defined,unused-ignore]
    else:
        import fcntl

        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)


def _give_back(handle: int) -> None:
    if os.name == "nt":
        import msvcrt

        os.lseek(handle, 0, os.SEEK_SET)
        msvcrt.locking(handle, msvcrt.LK_UNLCK, 1)  # type: ignore[attr-defined,unused-ignore]
    else:
        import fcntl

        fcntl.flock(handle, fcntl.LOCK_UN)
