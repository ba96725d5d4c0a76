"""Paths that Windows can hold.

Belongs here: the rules, and one assertion for a tree that a run has written. Does not belong here: tests
of single trees.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from pathlib import Path

__all__ = ["LONGEST", "assert_windows_safe", "path_problems"]

#: Characters a path may have below the project folder: the other half of Windows' 260 is the user's.
LONGEST = 120
FORBIDDEN = re.compile(r'[<>:"|?*\\\x00-\x1f]')
RESERVED = re.compile(r"(?i)(CON|PRN|AUX|NUL|CONIN\$|CONOUT\$|(COM|LPT)[0-9¹²³])(\..*)?")


def path_problems(paths: Iterable[str]) -> list[str]:
    """Return what Windows would refuse or confuse in a set of paths.

    Args:
        paths: relative to the project folder, with forward slashes.

    Returns:
        One sentence a problem, in the order of the sorted paths.
    """
    problems: list[str] = []
    spelt: dict[str, str] = {}
    for path in sorted(paths):
        if len(path) > LONGEST:
            problems.append(f"{path}: {len(path)} characters, more than {LONGEST}")
        parts = path.split("/")
        for depth, part in enumerate(parts, start=1):
            if FORBIDDEN.search(part):
                problems.append(f"{path}: a character that Windows forbids")
            if RESERVED.fullmatch(part):
                problems.append(f"{path}: the name {part} is reserved on Windows")
            if part.endswith((".", " ")):
                problems.append(f"{path}: a name that ends in a dot or a space")
            upto = "/".join(parts[:depth])
            first = spelt.setdefault(unicodedata.normalize("NFC", upto).casefold(), upto)
            if first != upto:
                problems.append(f"{path}: differs from {first} only by case or accents' encoding")
    return problems


def assert_windows_safe(root: Path, prefix: str = "") -> None:
    """Fail where a tree that was written holds a path Windows cannot keep.

    Args:
        root: the folder that was written.
        prefix: where it would stand below the project folder, such as `data`; counted in the length.

    Raises:
        AssertionError: naming every such path; also when the tree is empty, which proves nothing.
    """
    paths = [path.relative_to(root).as_posix() for path in root.rglob("*")]
    assert paths, f"{root} is empty: nothing to check"
    start = prefix.strip("/") + "/" if prefix else ""
    problems = path_problems(start + path for path in paths)
    assert not problems, "\n".join(problems)
