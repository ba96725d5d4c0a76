"""The linters, run as tests so that there is one command for all.

Belongs here: calling each linter on the project, and on a bad file to see that it works. Does not belong
here: their settings (`pyproject.toml`).
"""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from tests.helpers.project import ROOT

RUFF: tuple[str, ...] = ("ruff", "check")
FORMAT = ("ruff", "format", "--check")
MYPY = ("mypy",)
SQLFMT = ("sqlfmt", "--check", "--no-progressbar")


def lint(*words: str) -> subprocess.CompletedProcess[str]:
    """Call a linter of this environment, from the project folder."""
    return subprocess.run(
        [sys.executable, "-m", *words], cwd=ROOT, capture_output=True, encoding="utf-8", check=False
    )


PROJECT = [RUFF, FORMAT, MYPY]
if (ROOT / "dbt_project").is_dir():
    PROJECT.append((*SQLFMT, "dbt_project"))


@pytest.mark.parametrize("command", PROJECT, ids=" ".join)
def test_the_project_is_clean(command: tuple[str, ...]) -> None:
    found = lint(*command)
    assert found.returncode == 0, found.stdout + found.stderr


@pytest.mark.parametrize(
    ("command", "name", "text"),
    [
        (RUFF, "bad.py", '"""Bad."""\n\nimport os\n'),
        (FORMAT, "bad.py", "x = { 'a':1 }\n"),
        (MYPY, "bad.py", "def f(x):\n    return x\n"),
        (SQLFMT, "bad.sql", "SELECT A,B FROM C\n"),
    ],
    ids=["ruff-check", "ruff-format", "mypy", "sqlfmt"],
)
def test_a_bad_file_is_refused(tmp_path: Path, command: tuple[str, ...], name: str, text: str) -> None:
    (tmp_path / name).write_text(text, encoding="utf-8")
    found = lint(*command, str(tmp_path / name))
    assert found.returncode == 1, found.stdout + found.stderr
