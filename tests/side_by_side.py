"""All tests, a folder at a time, as many side by side as there are cores: what `spi test` runs.

Belongs here: the order of the folders, the processes and the summary. Does not belong here: tests, and calls
with words of one's own (`spi test -k …` goes to pytest as it is).

Each folder has its own fixtures, so a process a folder loses nothing; the one annual run that many folders
look at is made once and shared (`sample_run` in `conftest.py`).
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import threading
import time
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
TESTS = ROOT / "tests"
#: Folders that take longest, the longest first; they begin, so that no core idles at the end.
LONGEST = (
    "annual",
    "retention",
    "real",
    "faults",
    "site",
    "setup",
    "checks",
    "pipeline",
    "sample",
    "index",
    "conformance",
    "cli",
)
#: Names the folder in which the shared annual run is made.
SHARED = "SPI_TEST_SHARED"
NOTHING_COLLECTED = 5


@dataclass(frozen=True)
class Part:
    """Tests that one process runs: a folder's, or those at the top."""

    name: str
    paths: tuple[str, ...]


@dataclass(frozen=True)
class Ended:
    """How a part ended.

    Attributes:
        part: its name.
        code: pytest's exit code.
        said: what it printed.
        seconds: how long it took.
    """

    part: str
    code: int
    said: str
    seconds: float

    @property
    def good(self) -> bool:
        """Whether its tests passed; a folder without any is no failure."""
        return self.code in (0, NOTHING_COLLECTED)

    @property
    def last(self) -> str:
        """Pytest's own summary line."""
        lines = [line for line in self.said.splitlines() if line.strip()]
        return lines[-1].strip("= ") if lines else "nothing said"


def parts(folder: Path = TESTS) -> list[Part]:
    """The parts of the test folder, those that take longest first; every test file is in exactly one."""
    files = sorted(folder.rglob("test_*.py"))
    top = tuple(path.relative_to(folder).as_posix() for path in files if path.parent == folder)
    names = sorted({path.relative_to(folder).parts[0] for path in files if path.parent != folder})
    names.sort(key=lambda name: LONGEST.index(name) if name in LONGEST else len(LONGEST))
    found = [Part(name, (name,)) for name in names]
    return [*found, Part("the top", top)] if top else found


def run_part(part: Part, shared: Path) -> Ended:
    """Run a part in a process of its own, its output kept."""
    started = time.perf_counter()
    command = [sys.executable, "-m", "pytest", "--durations=5", "--durations-min=10"]
    done = subprocess.run(
        [*command, *(f"tests/{path}" for path in part.paths)],
        cwd=ROOT,
        env={**os.environ, SHARED: str(shared), "PYTHONUTF8": "1"},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        encoding="utf-8",
        errors="replace",
        check=False,
    )
    return Ended(part.name, done.returncode, done.stdout, time.perf_counter() - started)


def main(workers: int | None = None) -> int:
    """Run everything; print each part as it ends, and what failed once more at the end.

    Returns:
        0 where all passed, else 1.
    """
    waiting = parts()
    count = workers or min(os.cpu_count() or 1, len(waiting), 4)
    ended: list[Ended] = []
    lock = threading.Lock()
    print(f"{len(waiting)} folders of tests, {count} at a time", flush=True)
    with tempfile.TemporaryDirectory(prefix="spi-tests-", ignore_cleanup_errors=True) as folder:

        def work() -> None:
            while True:
                with lock:
                    if not waiting:
                        return
                    part = waiting.pop(0)
                one = run_part(part, Path(folder))
                with lock:
                    ended.append(one)
                    if not one.good:
                        print(one.said, flush=True)
                    word = "passed" if one.good else "FAILED"
                    print(f"{word}  tests/{one.part}: {one.last} [{one.seconds:.0f} s]", flush=True)

        threads = [threading.Thread(target=work) for _ in range(count)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    bad = [one for one in ended if not one.good]
    for one in bad:
        for line in one.said.splitlines():
            if line.startswith(("FAILED", "ERROR")):
                print(line, flush=True)
    print(
        "All folders passed." if not bad else f"{len(bad)} of {len(ended)} folders failed.",
        flush=True,
    )
    return 1 if bad else 0


if __name__ == "__main__":
    sys.exit(main())
