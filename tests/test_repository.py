"""What may and may not be committed.

Belongs here: rules on the files of the repository as files. Does not belong here: style (`test_linters.py`)
and Windows (`test_windows.py`).
"""

from __future__ import annotations

import ast
import json
import re
import tomllib
from pathlib import Path

import pytest
import yaml

from tests.helpers.project import ROOT, git, is_checkout, project_files, text_of

LARGEST = 1_000_000
#: What no committed text may hold. Patterns are written so that they do not find themselves.
FORBIDDEN = {
    "the host of a package index": re.compile(
        r"(?i)(pypi|pythonhosted|npmjs|anaconda|artifactory)[.](org|com|io)|[-_]index[-]url\s*[ =]\s*https?:"
    ),
    "a path of one machine": re.compile(
        r"(?<![\w.~\-)}/])/(?:root|home|work|farm|Users|tmp)/[\w.]|[A-Za-z]:\\+Users\\+\w"
    ),
    "a private key": re.compile(r"-----BEGIN [A-Z ]*PRIVATE[ ]KEY-----"),
    "an access key": re.compile(
        r"\b(AKIA[0-9A-Z]{16}|gh[pousr]_[A-Za-z0-9]{36}|xox[abprs]-[\w-]{10,}|sk-[A-Za-z0-9]{32,})"
    ),
    "a password or token": re.compile(
        r"(?i)\b\w*(passw(or)?d|secret|token|api_?key)\b['\"]?\s*[:=]\s*['\"][^'\"{}$<>\s]{8,}['\"]"
    ),
    "a user name and password in an address": re.compile(r"://[^/\s:@'\"{}<>]+:[^/\s@'\"{}<>]+@\w"),
    "unfinished work": re.compile(r"\b(TODO|FIXME|XXX)\b(?!\||\))"),
}


def text_problems(text: str) -> list[str]:
    """Return (line: what) for everything forbidden in a text."""
    return [
        f"{number}: {what}"
        for number, line in enumerate(text.splitlines(), start=1)
        for what, pattern in FORBIDDEN.items()
        if pattern.search(line)
    ]


def docstring_problem(source: str, package: bool = False) -> str | None:
    """Return what a module's docstring lacks, or None.

    Args:
        source: the module.
        package: it is an `__init__.py`, which may be shorter.
    """
    text = " ".join((ast.get_docstring(ast.parse(source)) or "").split())
    if not text:
        return "no docstring"
    if package:
        return None
    if len(re.findall(r"[.?!:](?=\s|$)", text)) < 2 or len(text.split()) < 10:
        return "a docstring of less than two sentences"
    missing = [words for words in ("Belongs here", "not belong here") if words not in text]
    return f"a docstring without the words {' and '.join(missing)}" if missing else None


def parse_problem(name: str, text: str) -> str | None:
    """Return why a YAML, TOML or JSON file cannot be read, or None."""
    try:
        match Path(name).suffix:
            case ".yml" | ".yaml":
                list(yaml.safe_load_all(text))
            case ".toml":
                tomllib.loads(text)
            case ".json" | ".geojson":
                json.loads(text)
    except (yaml.YAMLError, tomllib.TOMLDecodeError, json.JSONDecodeError) as error:
        return f"{name}: {error}"
    return None


def broken_links(name: str, text: str, root: Path) -> list[str]:
    """Return the relative links of a Markdown file that lead nowhere."""
    found = []
    for target in re.findall(r"\]\(([^)\s]+)\)", text):
        place = target.partition("#")[0]
        if place and "://" not in place and not place.startswith("mailto:"):
            there = (root / name).parent / place
            if not there.exists():
                found.append(f"{name}: {target}")
    return found


def texts() -> dict[str, str]:
    """Return the project's text files."""
    found = {name: text_of(ROOT / name) for name in project_files() if not (ROOT / name).is_symlink()}
    return {name: text for name, text in found.items() if text is not None}


def test_nothing_forbidden_is_committed() -> None:
    assert [f"{name}:{problem}" for name, text in texts().items() for problem in text_problems(text)] == []


@pytest.mark.parametrize(
    "parts",
    [
        ("https://py", "pi.org/simple"),
        ("https://files.python", "hosted.org/x"),
        ("pip install --index", "-url https://mirror/simple"),
        ("open('/ro", "ot/x')"),
        ("cd /wo", "rk/main"),
        ("/ho", "me/someone/x"),
        ("/tm", "p/x"),
        ("C:\\Us", "ers\\someone"),
        ("-----BEGIN RSA PRIVATE", " KEY-----"),
        ("AKIA", "ABCDEFGHIJKLMNOP"),
        ("pass", "word = 'correct-horse'"),
        ('"to', 'ken": "abcdefgh12345"'),
        ("sftp://user:", "hunter22@host/x"),
        ("# TO", "DO: later"),
    ],
)
def test_what_is_forbidden_is_found(parts: tuple[str, str]) -> None:
    assert len(text_problems("".join(parts))) == 1


@pytest.mark.parametrize(
    "text",
    [
        "https://www.example.org/work/papers",
        "a path such as data/work/x or ../home/x",
        "password = os.environ['SPI_PASSWORD']",
        "sftp://${SPI_USER}:${SPI_PASSWORD}@host/x",
        "token: the word that follows",
    ],
)
def test_what_is_right_is_let_be(text: str) -> None:
    assert text_problems(text) == []


def test_no_symbolic_links() -> None:
    assert [name for name in project_files() if (ROOT / name).is_symlink()] == []
    if is_checkout():
        entries = git("ls-files", "-s", "-z").stdout.decode("utf-8").split("\0")
        assert [entry for entry in entries if entry.startswith("120000")] == []


def test_no_large_files() -> None:
    assert [name for name in project_files() if (ROOT / name).stat().st_size > LARGEST] == []


def test_modules_say_what_belongs_in_them() -> None:
    found = []
    for name in project_files():
        if name == "spi.py" or (name.startswith("spi_orchestration/") and name.endswith(".py")):
            source = (ROOT / name).read_text(encoding="utf-8")
            lacks = docstring_problem(source, package=name.endswith("__init__.py"))
            found += [f"{name}: {lacks}"] if lacks else []
    assert found == []


@pytest.mark.parametrize(
    "source",
    [
        "x = 1",
        '"""Reads."""',
        '"""Reads a file. Belongs here: all that reads a file of this family."""',
        '"""Belongs here: reading and what does not belong here"""',
    ],
)
def test_a_docstring_that_says_too_little_is_found(source: str) -> None:
    assert docstring_problem(source)


def test_configuration_files_can_be_read() -> None:
    assert [found for name, text in texts().items() if (found := parse_problem(name, text))] == []
    assert (
        parse_problem("x.yml", "a: [1") and parse_problem("x.toml", "a = ") and parse_problem("x.json", "{")
    )


def test_links_between_documents_lead_somewhere(tmp_path: Path) -> None:
    documents = {name: text for name, text in texts().items() if name.endswith(".md")}
    assert "README.md" in documents
    assert [link for name, text in documents.items() for link in broken_links(name, text, ROOT)] == []
    assert broken_links("a.md", "see [b](b.md), [c](https://example.org/c.md), [d](#d)", tmp_path) == [
        "a.md: b.md"
    ]


def test_every_attribution_the_agreements_ask_for_is_given() -> None:
    agreements = yaml.safe_load((ROOT / "config" / "agreements.yml").read_text(encoding="utf-8"))[
        "agreements"
    ]
    page = " ".join((ROOT / "ATTRIBUTION.md").read_text(encoding="utf-8").split())
    asked = {key: value["attribution"].strip() for key, value in agreements.items() if "attribution" in value}
    assert {key for key, value in agreements.items() if value["kind"] == "licence"} == set(asked)
    assert [key for key, text in asked.items() if " ".join(text.split()) not in page] == []


def test_ci_can_be_called() -> None:
    script = (ROOT / ".ci" / "run").read_text(encoding="utf-8")
    assert script.startswith("#!/usr/bin/env bash\n") and "set -euo pipefail" in script
    assert script.rstrip().endswith("python3 spi.py test")
    if is_checkout():
        assert git("ls-files", "-s", ".ci/run").stdout.startswith(b"100755")
