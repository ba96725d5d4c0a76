"""What a missing part means: a skip here, a failure in CI.

Belongs here: `conftest.py` tried on small test files in a pytest of its own. Does not belong here: tests
that need the real files.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.helpers.project import ROOT

NEEDS_FILES = "def test_it(shared_data):\n    assert (shared_data / 'real').is_dir()\n"
MARKED = "import pytest\n@pytest.mark.real\ndef test_it():\n    pass\n"
WHOLE_FILE = "import pytest\npytest.skip('no such part', allow_module_level=True)\n"
OTHER_SYSTEM = "import pytest\ndef test_it():\n    pytest.skip('on Windows only')\n"


def outcome(folder: Path, source: str, data: Path, **settings: str) -> tuple[int, str]:
    """Run one test file under the project's conftest; return the exit code and the last line."""
    shutil.copy(ROOT / "tests" / "conftest.py", folder / "conftest.py")
    (folder / "test_it.py").write_text(source, encoding="utf-8")
    (folder / "pytest.ini").write_text("[pytest]\nmarkers = real: real files\n", encoding="utf-8")
    env = {key: value for key, value in os.environ.items() if key not in ("CI", "SPI_CI")}
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", str(folder)],
        cwd=folder,
        env={**env, "SPI_SHARED_DATA": str(data), **settings},
        capture_output=True,
        encoding="utf-8",
        check=False,
    )
    return done.returncode, done.stdout


@pytest.mark.parametrize("source", [NEEDS_FILES, MARKED, WHOLE_FILE], ids=["fixture", "marker", "file"])
def test_a_missing_part_is_skipped_here_and_fails_in_ci(tmp_path: Path, source: str) -> None:
    code, said = outcome(tmp_path, source, tmp_path / "absent")
    assert "1 skipped" in said and code in (0, 5)
    code, said = outcome(tmp_path, source, tmp_path / "absent", SPI_CI="1")
    assert code in (1, 2) and "Skipped, which fails in CI: " in said


def test_a_part_that_is_there_passes_in_ci(tmp_path: Path) -> None:
    (tmp_path / "data" / "real").mkdir(parents=True)
    for source in (NEEDS_FILES, MARKED):
        code, said = outcome(tmp_path, source, tmp_path / "data", CI="true")
        assert code == 0 and "1 passed" in said


def test_a_test_of_another_system_may_be_skipped_in_ci(tmp_path: Path) -> None:
    code, said = outcome(tmp_path, OTHER_SYSTEM, tmp_path, SPI_CI="1")
    assert code == 0 and "1 skipped" in said
