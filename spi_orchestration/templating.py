"""How every page for the data team and suppliers is laid out from its template.

Belongs here: the one set-up of Jinja for rooms with a `templates` folder. Does not belong here: any template,
filter or word, and the public site, which stands apart and has a set-up of its own.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from jinja2 import Environment

__all__ = ["templates_beside"]


def templates_beside(module: str) -> Environment:
    """Templates in the folder `templates` beside a module.

    Cells are escaped, and a template that asks for what it was not given is refused (`UndefinedError`).

    Args:
        module: the module's `__file__`.
    """
    from jinja2 import Environment, FileSystemLoader, StrictUndefined

    return Environment(
        loader=FileSystemLoader(Path(module).parent / "templates", encoding="utf-8"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
