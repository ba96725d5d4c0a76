"""`docs/cli.md` is made from the command line itself; this keeps it true.

To make it anew: `python -m tests.cli.test_reference`.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable
from pathlib import Path
from typing import Any, get_args, get_type_hints

import typer
from typer.models import ArgumentInfo, OptionInfo, ParameterInfo

from spi_orchestration import cli

PAGE = Path(__file__).resolve().parents[2] / "docs" / "cli.md"

HEAD = """\
# The command line

This page is made from the program (`python -m tests.cli.test_reference`); a test compares the two.

`python spi.py VERB` sets the project up where needed and passes the verb on; in an environment that is set up, `spi VERB` does the same.

Progress goes to the error channel, results to the output. Exit codes: 0 done; 1 the gate stopped the edition, or something is missing here; 2 wrong usage, configuration or file; 3 a release was refused; 4 another run is under way; 70 a fault of the program; 130 interrupted. An error is one plain message; `spi --debug VERB` adds where in the program it came from.
"""


def _parameters(function: Callable[..., Any]) -> list[tuple[str, ArgumentInfo | OptionInfo, Any]]:
    """Name, declaration and default of what a verb is given."""
    hints = get_type_hints(function, include_extras=True)
    found = []
    for name, parameter in inspect.signature(function).parameters.items():
        declared = [
            item for item in getattr(hints[name], "__metadata__", ()) if isinstance(item, ParameterInfo)
        ]
        if declared:
            found.append((name, declared[0], get_args(hints[name])[0]))
        else:
            assert hints[name] is typer.Context, f"{function.__name__}: {name} is not declared"
        assert parameter.kind is not inspect.Parameter.VAR_KEYWORD
    return found


def _lines(path: str, help_text: str, function: Callable[..., Any]) -> list[str]:
    arguments, options = [], []
    for name, declared, kind in _parameters(function):
        if isinstance(declared, ArgumentInfo):
            arguments.append(f"- `{declared.metavar or name.upper()}`: {declared.help}")
            continue
        # In an annotation the first name stands where a default would.
        names = ", ".join(f"`{text}`" for text in (declared.default, *(declared.param_decls or ())))
        value = "full|open" if kind is cli.Profile else declared.metavar
        options.append(f"- {names}{f' `{value}`' if value else ''}: {declared.help}")
    lines = [f"## {path}", "", help_text, ""]
    for found in (arguments, options):
        lines += [*found, ""] if found else []
    return lines


def verbs() -> list[tuple[str, str, Callable[..., Any]]]:
    """Path, help and function of each verb, in the order of the help."""
    found: dict[str, tuple[str, Callable[..., Any]]] = {}
    for info in cli.app.registered_commands:
        assert info.callback is not None
        found[info.name or info.callback.__name__] = (inspect.getdoc(info.callback) or "", info.callback)
    for group in cli.app.registered_groups:
        callback = group.typer_instance.registered_callback
        if callback is not None and callback.callback is not None:
            found[group.name] = (inspect.getdoc(callback.callback) or "", callback.callback)
        for info in group.typer_instance.registered_commands:
            assert info.callback is not None
            name = f"{group.name} {info.name or info.callback.__name__}"
            found[name] = (inspect.getdoc(info.callback) or "", info.callback)
    order = cli.VERBS
    return [
        (path, *found[path])
        for path in sorted(found, key=lambda path: (order.index(path.split(" ")[0]), path))
    ]


def reference() -> str:
    """The page as Markdown."""
    common = cli.app.registered_callback
    assert common is not None and common.callback is not None
    lines = [HEAD, *_lines("spi", str(cli.app.info.help), common.callback)]
    for path, help_text, function in verbs():
        lines += _lines(f"spi {path}", help_text, function)
    return "\n".join(lines).rstrip() + "\n"


def test_the_page_says_what_the_program_does():
    assert PAGE.read_text(encoding="utf-8") == reference()


def test_every_verb_and_option_explains_itself():
    assert list(dict.fromkeys(path.split(" ")[0] for path, _, _ in verbs())) == list(cli.VERBS)
    for path, help_text, function in verbs():
        assert help_text, path
        for name, declared, _ in _parameters(function):
            assert declared.help, f"{path}: {name}"


if __name__ == "__main__":
    PAGE.write_text(reference(), encoding="utf-8", newline="\n")
