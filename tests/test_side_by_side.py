"""Is every test run by `spi test`, and does a failure anywhere fail the whole?"""

from __future__ import annotations

from pathlib import Path

import pytest

from tests import side_by_side
from tests.side_by_side import Ended, parts


def test_every_test_file_is_in_exactly_one_part():
    folder = Path(__file__).resolve().parent
    covered: list[Path] = []
    for part in parts():
        for path in part.paths:
            covered += [folder / path] if path.endswith(".py") else sorted((folder / path).rglob("test_*.py"))
    assert sorted(covered) == sorted(folder.rglob("test_*.py"))
    assert len(covered) > 70


@pytest.mark.parametrize(("codes", "expected"), [((0, 0), 0), ((0, 1), 1), ((5, 0), 0), ((0, 2), 1)])
def test_the_whole_passes_only_where_every_part_does(monkeypatch, capsys, codes, expected):
    found = [side_by_side.Part(str(i), (str(i),)) for i in range(len(codes))]
    monkeypatch.setattr(side_by_side, "parts", lambda: list(found))
    monkeypatch.setattr(
        side_by_side,
        "run_part",
        lambda part, shared: Ended(
            part.name, codes[int(part.name)], "FAILED tests/x.py::test_y\n1 failed", 1.0
        ),
    )
    assert side_by_side.main(2) == expected
    said = capsys.readouterr().out
    assert ("FAILED tests/x.py::test_y" in said) == bool(expected)


def test_a_real_folder_is_run_by_pytest(tmp_path):
    ended = side_by_side.run_part(side_by_side.Part("one", ("test_windows.py",)), tmp_path)
    assert ended.good, ended.said
    assert "passed" in ended.last
