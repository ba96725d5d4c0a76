"""The layers of the package, kept by reading its imports.

Belongs here: which room may import which. Does not belong here: what the rooms do.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.helpers.project import ROOT
from tests.helpers.source import imports_of, module_name

PACKAGE = "spi_orchestration"
#: A room imports rooms of lower levels. A new module at the top of the package gets its level here.
LEVELS = {
    "settings": 0,
    "locks": 0,
    "templating": 0,
    "catalogue": 1,
    "findings": 1,
    "plain_words": 1,
    "secret": 1,
    "typing_sql": 1,
    "intake": 2,
    "readers": 2,
    "checks": 2,
    "sample": 2,
    "lineage": 2,
    "assets": 3,
    "dictionary": 3,
    "doctor": 3,
    "packs": 3,
    "reports": 3,
    "retention": 3,
    "status": 3,
    "alerts": 4,
    "console": 4,
    "definitions": 4,
    "schedules": 4,
    "sensors": 4,
    "verbs": 4,
    "cli": 5,
}
#: Rooms that stand apart: all that they import of the package, and the lowest level that may import them.
APART: dict[str, tuple[set[str], int]] = {
    "index": ({"settings"}, 2),
    "disclosure": ({"settings"}, 2),
    "release": ({"settings"}, 2),
    "site": ({"release"}, 3),
}
#: Levels whose rooms may import each other. Rooms of level 2 know each other by the receipt alone.
TOGETHER = {1, 3, 4}
BETWEEN_ROOMS = {f"{PACKAGE}.intake.receipt"}


def problem(importer: str, target: str) -> str | None:
    """Return why one module may not import another, or None.

    Args:
        importer, target: dotted names; the target may end in a name that its module defines.
    """
    there = target.split(".")
    if there[0] != PACKAGE or len(there) == 1 or there[1].startswith("__"):
        return None
    here, room = importer.split(".")[1:2], there[1]
    if here == [room]:
        return None
    if room not in LEVELS and room not in APART:
        return f"{room} has no level in LEVELS"
    if not here:
        return "the package itself imports nothing"
    (own,) = here
    if own in APART:
        return None if room in APART[own][0] else f"{own} stands apart and may not import {room}"
    if own not in LEVELS:
        return f"{own} has no level in LEVELS"
    if room in APART:
        return None if LEVELS[own] >= APART[room][1] else f"{own} lies below {room}"
    if LEVELS[own] > LEVELS[room]:
        return None
    if LEVELS[own] == LEVELS[room]:
        allowed = LEVELS[own] in TOGETHER or any(
            target == name or target.startswith(name + ".") for name in BETWEEN_ROOMS
        )
        return None if allowed else f"{own} and {room} are rooms of one level"
    return f"{own} lies below {room}"


def problems(root: Path) -> list[str]:
    """Return every import of the package below a folder that breaks the layers."""
    found = []
    files = sorted((root / PACKAGE).rglob("*.py"))
    assert files, f"no package in {root}"
    for path in files:
        module = module_name(path, root)
        source = path.read_text(encoding="utf-8")
        for imported in imports_of(source, module, path.name == "__init__.py"):
            why = problem(module, imported.target)
            if why:
                found.append(f"{path.relative_to(root).as_posix()}:{imported.line}: {imported.target}: {why}")
    return found


def test_the_package_keeps_its_layers() -> None:
    assert problems(ROOT) == []


def test_every_room_has_a_level() -> None:
    rooms = {
        path.stem
        for path in (ROOT / PACKAGE).iterdir()
        if (path.suffix == ".py" or any(path.rglob("*.py"))) and not path.name.startswith("__")
    }
    assert rooms <= set(LEVELS) | set(APART)


def test_python_models_of_dbt_call_the_index_alone() -> None:
    found = [
        f"{path.relative_to(ROOT).as_posix()}: {imported.target}"
        for path in sorted((ROOT / "dbt_project").rglob("*.py"))
        for imported in imports_of(path.read_text(encoding="utf-8"), path.stem)
        if imported.target.startswith(PACKAGE) and not imported.target.startswith(f"{PACKAGE}.index")
    ]
    assert found == []


@pytest.mark.parametrize(
    ("importer", "source"),
    [
        ("settings.py", "from spi_orchestration.catalogue import Catalogue"),
        ("catalogue.py", "def f():\n    from spi_orchestration.intake.receipt import Receipt"),
        ("intake/land.py", "from spi_orchestration.readers import delimited"),
        ("intake/land.py", "import spi_orchestration.readers.delimited"),
        ("readers/delimited.py", "from spi_orchestration.intake import land"),
        ("readers/delimited.py", "from ..intake import land"),
        ("readers/__init__.py", "from ..intake import land"),
        ("readers/delimited.py", "from .. import checks"),
        ("readers/delimited.py", "from spi_orchestration.intake import receipts"),
        ("checks/suites.py", "from spi_orchestration.assets import gate"),
        ("assets/gate.py", "import importlib\nimportlib.import_module('spi_orchestration.definitions')"),
        ("definitions.py", "from spi_orchestration import cli"),
        ("index/scores.py", "from spi_orchestration.catalogue import Catalogue"),
        ("release/formats.py", "from spi_orchestration.findings import Finding"),
        ("disclosure/control.py", "from spi_orchestration.index import scores"),
        ("site/pages.py", "from spi_orchestration.settings import Settings"),
        ("settings.py", "from spi_orchestration.index import scores"),
        ("intake/land.py", "from spi_orchestration.site import pages"),
        ("novelty.py", "from spi_orchestration.settings import Settings"),
        ("assets/gate.py", "from spi_orchestration.novelty import x"),
        ("__init__.py", "from spi_orchestration.settings import Settings"),
    ],
)
def test_a_wrong_import_is_found(tmp_path: Path, importer: str, source: str) -> None:
    path = tmp_path / PACKAGE / importer
    path.parent.mkdir(parents=True)
    path.write_text(source + "\n", encoding="utf-8")
    assert len(problems(tmp_path)) == 1


@pytest.mark.parametrize(
    ("importer", "source"),
    [
        ("typing_sql.py", "from spi_orchestration.catalogue import Catalogue"),
        ("readers/delimited.py", "from spi_orchestration.intake.receipt import LandedFile"),
        ("readers/delimited.py", "from . import archive\nfrom .archive import members"),
        ("readers/__init__.py", "from .delimited import read"),
        ("checks/suites.py", "from spi_orchestration.findings import Finding\nimport pandas"),
        (
            "assets/gate.py",
            "from spi_orchestration.checks import decide\nfrom spi_orchestration import release",
        ),
        ("status.py", "from spi_orchestration.assets import gate"),
        ("definitions.py", "from spi_orchestration import schedules, sensors, assets"),
        ("cli.py", "from spi_orchestration.definitions import defs\nfrom spi_orchestration import status"),
        ("release/manifest.py", "from spi_orchestration.settings import Settings"),
        ("site/pages.py", "from spi_orchestration.release import manifest"),
        ("cli.py", "from spi_orchestration import __version__"),
    ],
)
def test_a_right_import_is_let_be(tmp_path: Path, importer: str, source: str) -> None:
    path = tmp_path / PACKAGE / importer
    path.parent.mkdir(parents=True)
    path.write_text(source + "\n", encoding="utf-8")
    assert problems(tmp_path) == []
