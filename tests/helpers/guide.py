"""The files that docs/adding-a-dataset.md shows, put where it says.

Belongs here: taking them from the page, so that page and tests cannot part. Does not belong here: what is
expected of the dataset that they add (the tests).
"""

from __future__ import annotations

import csv
import re
from pathlib import Path

from tests.helpers.project import ROOT

__all__ = ["GUIDE", "SAMPLE_FILE", "add_dataset", "blocks"]

GUIDE = ROOT / "docs" / "adding-a-dataset.md"
#: The delivery that the page shows; every other file belongs into the project.
SAMPLE_FILE = "allotments_2026.csv"

_BLOCK = re.compile(r"^\*\*`([^`]+)`\*\*\n\n```\w*\n(.*?)^```$", re.S | re.M)


def blocks() -> dict[str, str]:
    """The files by path: a path in bold on a line of its own, and a code block after it."""
    return dict(_BLOCK.findall(GUIDE.read_text(encoding="utf-8")))


def add_dataset(root: Path) -> None:
    """Add the dataset of the page to a copy of the project: what it shows and nothing else."""
    for name, text in blocks().items():
        path = root / name
        if name == SAMPLE_FILE:
            continue
        if name == "sources.yml":
            path.write_text(path.read_text(encoding="utf-8").rstrip("\n") + "\n\n" + text, encoding="utf-8")
        elif name.endswith(".csv"):
            lines = path.read_text(encoding="utf-8").splitlines()
            shown = list(csv.reader(text.splitlines()))
            assert next(csv.reader(lines[:1])) == shown[0], f"{name} has other columns than the page shows"
            path.write_text("\n".join([*lines, *text.splitlines()[1:]]) + "\n", encoding="utf-8")
        else:
            assert not path.exists(), f"{name} is there already"
            path.write_text(text, encoding="utf-8")
