"""Running the command line as a person would, in a data folder of its own.

Belongs here: starting it and keeping what it said. Does not belong here: what is expected of the result.
"""

from __future__ import annotations

import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]


@dataclass(frozen=True)
class Ended:
    """How a command ended.

    Attributes:
        code: exit code.
        out, err: what it printed.
        data: its data folder.
    """

    code: int
    out: str
    err: str
    data: Path

    @property
    def said(self) -> str:
        """Everything it printed."""
        return self.out + self.err


def spi(data: Path, *arguments: str, **environment: str) -> Ended:
    """Run the command line as a person would, with a data folder of its own."""
    settings = {
        **os.environ,
        "SPI_DATA": str(data),
        "SPI_HOME": str(ROOT),
        "PYTHONPATH": str(ROOT),
        "PYTHONUTF8": "1",
        **environment,
    }
    run = subprocess.run(
        [sys.executable, "-m", "spi_orchestration.cli", *arguments],
        cwd=ROOT,
        env=settings,
        capture_output=True,
        encoding="utf-8",
        errors="replace",
        check=False,
    )
    return Ended(run.returncode, run.stdout, run.stderr, data)
