"""Questions about Python source, answered by its syntax tree.

Belongs here: imports, text files opened without an encoding, docstrings. Does not belong here: which
answers are right (`test_layers.py`, `test_windows.py`, `test_repository.py`).
"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

__all__ = ["UNIX_ONLY", "Import", "encoding_problems", "imports_of", "module_name", "unix_imports"]

UNIX_ONLY = frozenset(
    [
        "crypt",
        "curses",
        "fcntl",
        "grp",
        "nis",
        "ossaudiodev",
        "pipes",
        "posix",
        "pty",
        "pwd",
        "readline",
        "resource",
        "spwd",
        "syslog",
        "termios",
        "tty",
    ]
)
#: What the project calls its own types whose `open()` gives bytes; no path is called so.
BINARY_OPENERS = ("self", "source")


@dataclass(frozen=True)
class Import:
    """One module or name that is imported, with the line that does it."""

    target: str
    line: int


def module_name(path: Path, root: Path) -> str:
    """Dotted name of the module in a file below the folder that holds its package."""
    parts = list(path.relative_to(root).with_suffix("").parts)
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def imports_of(source: str, module: str, is_package: bool = False) -> Iterator[Import]:
    """Yield everything a module imports, at any depth and also by `import_module` with a fixed name.

    `from a import b` yields `a.b`: whether b is a module or a name of a is for the reader to tell.
    """
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            for alias in node.names:
                yield Import(alias.name, node.lineno)
        elif isinstance(node, ast.ImportFrom):
            base = node.module or ""
            if node.level:
                above = module.split(".")
                above = above[: len(above) - node.level + (1 if is_package else 0)]
                base = ".".join([*above, base] if base else above)
            for alias in node.names:
                yield Import(f"{base}.{alias.name}", node.lineno)
        elif isinstance(node, ast.Call) and _called(node) in ("import_module", "__import__"):
            first = node.args[0] if node.args else None
            if isinstance(first, ast.Constant) and isinstance(first.value, str):
                yield Import(first.value, node.lineno)


def unix_imports(source: str) -> list[tuple[int, str]]:
    """Return (line, module) of modules Windows lacks that are imported outside any function."""
    found = []
    todo: list[ast.AST] = [ast.parse(source)]
    while todo:
        node = todo.pop()
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.Lambda)):
            continue
        names: list[str] = []
        if isinstance(node, ast.Import):
            names = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom) and not node.level:
            names = [node.module or ""]
        found += [(node.lineno, name) for name in names if name.split(".")[0] in UNIX_ONLY]  # type: ignore[attr-defined]
        todo += ast.iter_child_nodes(node)
    return sorted(found)


def encoding_problems(source: str, newline: bool = False) -> list[tuple[int, str]]:
    """Return (line, call) of text files and pipes that are opened in the system's own encoding.

    Args:
        source: Python source.
        newline: also ask that what writes text says which line ending it writes.
    """
    found = []
    for node in ast.walk(ast.parse(source)):
        if not isinstance(node, ast.Call):
            continue
        mode = _text_mode(node)
        given = {word.arg for word in node.keywords}
        if mode is None or None in given:
            continue
        name = _called(node)
        needed = {"read_text": 1, "write_text": 2}.get(name)
        positional = needed is not None and len(node.args) >= needed
        if not positional and "encoding" not in given:
            found.append((node.lineno, f"{name}: no encoding"))
        # A descriptor may be a pipe or a terminal, which have line endings of their own.
        elif (
            newline
            and mode != "pipe"
            and name != "fdopen"
            and set(mode) & set("wax+")
            and "newline" not in given
        ):
            found.append((node.lineno, f"{name}: no newline"))
    return sorted(found)


def _called(node: ast.Call) -> str:
    """The last word of what is called."""
    if isinstance(node.func, ast.Attribute):
        return node.func.attr
    return node.func.id if isinstance(node.func, ast.Name) else ""


def _text_mode(node: ast.Call) -> str | None:
    """The mode of a call that opens text, `pipe` for a subprocess read as text, None for any other call."""
    name = _called(node)
    words = {word.arg: word.value for word in node.keywords}
    if name in ("read_text", "write_text"):
        return "r" if name == "read_text" else "w"
    if name in ("run", "Popen", "check_output", "check_call"):
        text = [words[key] for key in ("text", "universal_newlines") if key in words]
        return "pipe" if any(isinstance(word, ast.Constant) and word.value for word in text) else None
    if name in ("TemporaryFile", "NamedTemporaryFile", "SpooledTemporaryFile"):
        mode = _constant(words.get("mode") or (node.args[0] if node.args else None), "w+b")
        return None if "b" in mode else mode
    if name not in ("open", "fdopen"):
        return None
    owner = node.func.value.id if _owned(node) else ""
    if isinstance(node.func, ast.Name) or owner in ("io", "codecs") or name == "fdopen":
        mode = _constant(words.get("mode") or (node.args[1] if len(node.args) > 1 else None), "r")
        return None if "b" in mode else mode
    if owner in ("os", "webbrowser", "tarfile", "zipfile"):
        return None
    # A path is opened with a mode or nothing; archives and shares with the name of a member first.
    first = words.get("mode") or (node.args[0] if node.args else None)
    if first is None:
        return None if owner in BINARY_OPENERS else "r"
    mode = _constant(first, "?")
    if not set(mode) <= set("rwxabt+"):
        mode = _constant(node.args[1] if len(node.args) > 1 else None, "b")
    return mode if set(mode) <= set("rwxat+") else None


def _owned(node: ast.Call) -> bool:
    """Whether what is called is an attribute of a plain name."""
    return isinstance(node.func, ast.Attribute) and isinstance(node.func.value, ast.Name)


def _constant(node: ast.AST | None, default: str) -> str:
    """The text of a constant; the default where there is none; `?b` where it cannot be told."""
    if node is None:
        return default
    return node.value if isinstance(node, ast.Constant) and isinstance(node.value, str) else "?b"
