"""The verb `dictionary`.

Belongs here: its options and what it prints. Does not belong here: the dictionary (`dictionary/`).
"""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from spi_orchestration.console import EditionOption, SharesOption, load, near, say, step

__all__ = ["dictionary"]


def dictionary(
    edition: EditionOption = None,
    shares: SharesOption = None,
    to: Annotated[
        Path | None,
        typer.Option("--to", metavar="FOLDER", help="Where to write; data/dictionary/EDITION by default."),
    ] = None,
) -> None:
    """Write the data dictionary: a page, a workbook, CSV files."""
    from spi_orchestration.assets.project import Project
    from spi_orchestration.dictionary.write import write_dictionary

    settings, catalogue = load(shares)
    year = edition if edition is not None else catalogue.district.current_edition
    folder = to if to is not None else settings.data / "dictionary" / str(year)
    with step("Writing the data dictionary"):
        written = write_dictionary(Project.load(settings), year, folder)
    for table in written.dictionary.tables:
        say(f"{len(table.rows):>6,}  {table.title}")
    say()
    say(f"Page:     {near(written.page, settings.root)}")
    say(f"Workbook: {near(written.workbook, settings.root)}")
    say(f"CSV:      {near(folder / 'csv', settings.root)}, {len(written.csvs)} files")
