"""The dictionary as one page, without any other file.

Belongs here: laying the tables out for reading, printing and searching. Does not belong here: what they hold
(`tables.py`).
"""

from __future__ import annotations

from collections import defaultdict

from spi_orchestration.dictionary.files import SYNTHETIC_WORDS
from spi_orchestration.dictionary.tables import Cell, Dictionary
from spi_orchestration.templating import templates_beside

__all__ = ["render_page"]


def _by(dictionary: Dictionary, table: str, key: str) -> dict[Cell, list[dict[str, Cell]]]:
    found: dict[Cell, list[dict[str, Cell]]] = defaultdict(list)
    if any(one.name == table for one in dictionary.tables):
        for record in dictionary.table(table).records():
            found[record[key]].append(record)
    return found


def render_page(dictionary: Dictionary) -> str:
    """Lay a dictionary out as HTML.

    All of it is there without script, by keyboard and in print; a script in the page adds a search, and needs
    no server.
    """
    environment = templates_beside(__file__)
    names = {table.name for table in dictionary.tables}
    return environment.get_template("dictionary.html").render(
        dictionary=dictionary,
        synthetic_words=SYNTHETIC_WORDS,
        datasets=dictionary.table("datasets").records(),
        columns=_by(dictionary, "columns", "dataset"),
        checks=_by(dictionary, "checks", "dataset"),
        measures=_by(dictionary, "measures", "dataset"),
        layouts=_by(dictionary, "layouts", "dataset"),
        indicators=dictionary.table("indicators").records() if "indicators" in names else [],
        marts=dictionary.table("published_tables").records() if "published_tables" in names else [],
        mart_columns=_by(dictionary, "published_columns", "table"),
    )
