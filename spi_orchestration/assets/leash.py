"""dbt on a leash: it ends when the run that started it ends, however that ends.

Belongs here: the small program that runs dbt and watches its parent. Does not belong here: how dbt is
called (`dbt.py`, `warehouse.py`).

A dbt left alone by a killed run would go on writing, by path, into the folder in which the next run builds.
"""

from __future__ import annotations

import os
import threading

__all__ = ["main"]

_INPUT = 0


def _watch() -> None:
    """End this process when the other end of its input closes: the parent holds it open while it lives."""
    # Read from the descriptor: a thread inside Python's own buffer would abort the end of the program.
    while os.read(_INPUT, 1):
        pass
    os._exit(70)


def main() -> None:
    """Run dbt with the arguments of this process."""
    threading.Thread(target=_watch, daemon=True).start()
    from dbt.cli.main import cli

    cli(prog_name="dbt")


if __name__ == "__main__":
    main()
