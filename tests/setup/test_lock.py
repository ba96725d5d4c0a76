"""The lock: complete, exact, and good on every platform.

Belongs here: constraints.txt against pyproject.toml and against what the installed packages ask for.
Does not belong here: installing from it (`test_install.py`).
"""

from __future__ import annotations

import importlib.metadata
import itertools
import re
import tomllib
from collections.abc import Iterable, Iterator

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from tests.helpers.project import ROOT

PYTHONS = ("3.11", "3.12", "3.13")
PLATFORMS = (
    {"sys_platform": "linux", "platform_system": "Linux", "os_name": "posix", "platform_machine": "x86_64"},
    {"sys_platform": "linux", "platform_system": "Linux", "os_name": "posix", "platform_machine": "aarch64"},
    {"sys_platform": "darwin", "platform_system": "Darwin", "os_name": "posix", "platform_machine": "arm64"},
    {"sys_platform": "win32", "platform_system": "Windows", "os_name": "nt", "platform_machine": "AMD64"},
)
#: Packages of other platforms, which cannot be looked into here, and that they need nothing more.
ELSEWHERE = {"psutil", "pyreadline3", "pywin32"}


def lines() -> list[str]:
    """The entries of the lock."""
    text = (ROOT / "constraints.txt").read_text(encoding="utf-8")
    return [line for line in text.splitlines() if line and not line.startswith("#")]


def locked() -> dict[str, str]:
    """Version by canonical name."""
    return {
        canonicalize_name(name): version for name, _, version in (line.partition("==") for line in lines())
    }


def asked_for() -> list[Requirement]:
    """What pyproject.toml asks for: build backend, base, dev extra."""
    table = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    project = table["project"]
    listed = itertools.chain(
        table["build-system"]["requires"], project["dependencies"], project["optional-dependencies"]["dev"]
    )
    return [Requirement(text) for text in listed]


def environments() -> Iterator[dict[str, str]]:
    """The marker environments that are supported."""
    for version, platform in itertools.product(PYTHONS, PLATFORMS):
        yield {
            **platform,
            "python_version": version,
            "python_full_version": version + ".5",
            "implementation_name": "cpython",
            "implementation_version": version + ".5",
            "platform_python_implementation": "CPython",
            "platform_release": "",
            "platform_version": "",
        }


def reached(roots: Iterable[Requirement], environment: dict[str, str]) -> dict[str, list[Requirement]]:
    """Return every package that is needed in an environment, with the requirements that name it."""
    found: dict[str, list[Requirement]] = {}
    todo, seen = list(roots), set()
    while todo:
        requirement = todo.pop()
        name = canonicalize_name(requirement.name)
        found.setdefault(name, []).append(requirement)
        extras = frozenset(requirement.extras)
        if (name, extras) in seen or name in ELSEWHERE:
            continue
        seen.add((name, extras))
        for text in importlib.metadata.requires(name) or []:
            needed = Requirement(text)
            if needed.marker is None or any(
                needed.marker.evaluate({**environment, "extra": extra}) for extra in {"", *extras}
            ):
                todo.append(needed)
    return found


def test_entries_are_names_and_versions_in_order() -> None:
    assert [
        line for line in lines() if not re.fullmatch(r"[A-Za-z0-9._-]+==[0-9][A-Za-z0-9.+!]*", line)
    ] == []
    names = [line.partition("==")[0].lower() for line in lines()]
    assert names == sorted(names)
    assert len(locked()) == len(lines())


def test_the_lock_is_complete_on_every_platform_and_holds_nothing_more() -> None:
    lock, everywhere = locked(), set()
    for environment in environments():
        needed = reached(asked_for(), environment)
        where = f"{environment['sys_platform']} {environment['python_version']}"
        assert sorted(set(needed) - set(lock)) == [], where
        everywhere |= set(needed)
        for name, requirements in needed.items():
            for requirement in requirements:
                assert requirement.specifier.contains(lock[name], prereleases=True), f"{where}: {requirement}"
    assert sorted(set(lock) - everywhere) == []


def test_the_tests_run_on_what_is_locked() -> None:
    lock = locked()
    here = {
        canonicalize_name(found.metadata["Name"]): found.version
        for found in importlib.metadata.distributions()
    }
    # The build backend is no part of a run; only the launcher's own environment holds the locked one.
    here.pop("setuptools", None)
    differing = {
        name: (version, lock[name])
        for name, version in here.items()
        if name in lock and version != lock[name]
    }
    assert differing == {}
