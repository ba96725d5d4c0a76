"""Windows is kept: paths, line endings, encodings and imports.

Belongs here: what can be told about Windows without one. Does not belong here: trees that runs write
(their tests call `assert_windows_safe`).
"""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from tests.helpers.paths import assert_windows_safe, path_problems
from tests.helpers.project import ROOT, git, is_checkout, project_files
from tests.helpers.source import encoding_problems, unix_imports

#: Text files that keep other line endings, and why.
CRLF = {".bat": "the Windows command interpreter wants CRLF"}


def python_files(*tops: str) -> list[str]:
    return [name for name in project_files() if name.endswith(".py") and name.startswith(tops)]


def line_ending_problems(root: Path) -> list[str]:
    """Return files whose line endings git does not fix, or that hold others than LF."""
    listed = git("ls-files", "--eol", "-z", "--cached", "--others", "--exclude-standard", root=root)
    found = []
    for entry in listed.stdout.decode("utf-8").split("\0"):
        facts, tab, name = entry.partition("\t")
        if not tab or not (root / name).is_file():
            continue
        index, tree, *attributes = facts.split()
        if "attr/-text" in attributes:
            continue
        wanted = "crlf" if Path(name).suffix in CRLF else "lf"
        if f"eol={wanted}" not in attributes:
            found.append(f"{name}: .gitattributes does not fix its line endings to {wanted}")
        if index not in ("i/", "i/lf", "i/none", "i/-text"):
            found.append(f"{name}: committed with {index[2:]}")
        if tree not in ("w/", f"w/{wanted}", "w/none", "w/-text"):
            found.append(f"{name}: {tree[2:]} in the working tree")
    return found


def test_committed_paths() -> None:
    assert path_problems(project_files()) == []


@pytest.mark.parametrize(
    ("paths", "words"),
    [
        (["a/b:c.csv"], "forbids"),
        (["a/what?.csv"], "forbids"),
        (["a\\b"], "forbids"),
        (["data/aux.parquet"], "reserved"),
        (["Con"], "reserved"),
        (["x/lpt1/y"], "reserved"),
        (["x/com¹.txt"], "reserved"),
        (["x./y"], "dot or a space"),
        (["x/y "], "dot or a space"),
        (["Ward/a", "ward/b"], "only by case"),
        (["a/é", "a/e\u0301"], "only by case"),
        (["x/" + "y" * 119], "121 characters"),
    ],
)
def test_a_wrong_path_is_found(paths: list[str], words: str) -> None:
    (found,) = path_problems(paths)
    assert words in found


def test_right_paths_are_let_be() -> None:
    paths = [
        "console/a.csv",
        "aux1/x",
        "x/" + "y" * 118,
        "a/b.c.d",
        ".venv/x",
        "a b/c",
        "data/edition=2026/x",
    ]
    assert path_problems(paths) == []


def test_a_written_tree_is_measured_from_the_project(tmp_path: Path) -> None:
    (tmp_path / ("y" * 115)).write_text("", encoding="utf-8")
    assert_windows_safe(tmp_path)
    assert_windows_safe(tmp_path, prefix="data")
    with pytest.raises(AssertionError, match="126 characters"):
        assert_windows_safe(tmp_path, prefix="data/drafts".removesuffix("s") + "/")
    with pytest.raises(AssertionError, match="empty"):
        assert_windows_safe(tmp_path / ("y" * 115))


def test_line_endings_are_fixed() -> None:
    if is_checkout():
        assert line_ending_problems(ROOT) == []
    else:
        texts = [
            name for name in project_files() if Path(name).suffix in (".py", ".sql", ".yml", ".md", ".csv")
        ]
        assert [name for name in texts if b"\r" in (ROOT / name).read_bytes()] == []


def test_a_wrong_line_ending_is_found(tmp_path: Path) -> None:
    subprocess.run(["git", "init", "-q", str(tmp_path)], check=True)
    (tmp_path / ".gitattributes").write_text(
        "*.csv text eol=lf\n*.bin -text\n", encoding="utf-8", newline="\n"
    )
    (tmp_path / "right.csv").write_bytes(b"a\nb\n")
    (tmp_path / "wrong.csv").write_bytes(b"a\r\nb\r\n")
    (tmp_path / "bytes.bin").write_bytes(b"a\r\nb\r\n")
    (tmp_path / "loose.md").write_bytes(b"a\nb\n")
    found = line_ending_problems(tmp_path)
    assert [line.split(":")[0] for line in found] == [".gitattributes", "loose.md", "wrong.csv"]


def test_every_text_file_is_opened_with_an_encoding() -> None:
    found = []
    for name in python_files("spi_orchestration/", "spi.py", "tests/", "benchmarks/", "dbt_project/"):
        source = (ROOT / name).read_text(encoding="utf-8")
        ours = not name.startswith("tests/")
        found += [f"{name}:{line}: {what}" for line, what in encoding_problems(source, newline=ours)]
    assert found == []


@pytest.mark.parametrize(
    "source",
    [
        "open('x')",
        "open('x', 'w')",
        "open('x', mode='a')",
        "io.open('x')",
        "path.open()",
        "path.open('w')",
        "path.read_text()",
        "(root / 'x').write_text(text)",
        "path.write_text(text, newline='')",
        "gzip.open(path, 'rt')",
        "os.fdopen(handle, 'w')",
        "tempfile.NamedTemporaryFile('w')",
        "subprocess.run(command, text=True)",
        "def f():\n    with open('x') as file:\n        pass",
    ],
)
def test_a_missing_encoding_is_found(source: str) -> None:
    assert len(encoding_problems(source)) == 1


@pytest.mark.parametrize(
    "source",
    [
        "open('x', 'rb')",
        "open('x', encoding='utf-8')",
        "path.open('rb')",
        "path.open('w', encoding='utf-8', newline='')",
        "path.read_text('utf-8')",
        "path.write_text(text, encoding='utf-8', newline='\\n')",
        "gzip.open(path)",
        "gzip.open(path, 'rt', encoding='utf-8')",
        "archive.open(member)",
        "fs.open(url, 'rb')",
        "os.open(path, os.O_RDONLY)",
        "webbrowser.open(url)",
        "tempfile.TemporaryFile()",
        "subprocess.run(command, capture_output=True)",
        "subprocess.run(command, text=True, encoding='utf-8')",
        "open(path, **options)",
        "source.open()",
        "os.fdopen(handle, 'w', encoding='utf-8')",
    ],
)
def test_a_right_call_is_let_be(source: str) -> None:
    assert encoding_problems(source, newline=True) == []


def test_what_writes_text_says_its_line_ending() -> None:
    assert encoding_problems("path.write_text(text, encoding='utf-8')", newline=True) == [
        (1, "write_text: no newline")
    ]
    assert encoding_problems("path.open('w', encoding='utf-8')", newline=True) == [(1, "open: no newline")]


def test_no_unix_only_import_at_start() -> None:
    found = []
    for name in python_files("spi_orchestration/", "spi.py", "tests/", "benchmarks/"):
        source = (ROOT / name).read_text(encoding="utf-8")
        found += [f"{name}:{line}: {module}" for line, module in unix_imports(source)]
    assert found == []


@pytest.mark.parametrize(
    "source",
    [
        "import fcntl",
        "import os, resource",
        "from pwd import getpwnam",
        "try:\n    import termios\nexcept ImportError:\n    termios = None",
        "class A:\n    import syslog",
    ],
)
def test_a_unix_only_import_is_found(source: str) -> None:
    assert len(unix_imports(source)) == 1


def test_a_unix_only_import_inside_a_function_is_let_be() -> None:
    assert (
        unix_imports("import os\ndef f():\n    import fcntl\n\nasync def g():\n    from pwd import x") == []
    )
