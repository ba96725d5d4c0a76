"""The dictionary of an installation, written out.

Belongs here: gathering it from the installation's own files and writing all its forms into a folder. Does not
belong here: any of the forms (`page.py`, `files.py`).
"""

from __future__ import annotations

import json
import shutil
from dataclasses import dataclass
from pathlib import Path

from spi_orchestration.assets.dbt import prepare_dbt
from spi_orchestration.assets.project import Project
from spi_orchestration.dictionary.files import workbook, write_csvs
from spi_orchestration.dictionary.page import render_page
from spi_orchestration.dictionary.tables import Dictionary, gather, mart_types
from spi_orchestration.release.manifest import read_manifest
from spi_orchestration.release.publish import current_release

__all__ = ["Written", "dictionary_of", "write_dictionary"]


@dataclass(frozen=True)
class Written:
    """What was written.

    Attributes:
        dictionary: its content.
        page, workbook: the page and the workbook.
        csvs: one file a table.
    """

    dictionary: Dictionary
    page: Path
    workbook: Path
    csvs: tuple[Path, ...]


def dictionary_of(project: Project, edition: int) -> Dictionary:
    """The dictionary of an installation for an edition.

    Types of published columns are those of the current release of the full profile, else of the open one;
    before the first release they are blank.

    Raises:
        DbtError: dbt cannot read the project.
        ReleaseError: the current release cannot be read.
    """
    settings = project.settings
    releases = [current_release(settings, profile) for profile in ("full", "open")]
    types: dict[tuple[str, str], str] = {}
    for release in releases:
        if release is not None:
            types = mart_types(read_manifest(release.folder)) | types
    return gather(
        project.catalogue,
        settings.seeds / "framework",
        json.loads(prepare_dbt(project).read_text(encoding="utf-8")),
        edition,
        synthetic=project.shares.synthetic,
        types=types,
    )


def write_dictionary(project: Project, edition: int, folder: Path) -> Written:
    """Write page, workbook and CSV files; what stood in the folder is replaced.

    Args:
        project: the installation.
        edition: edition that files, periods and due dates are told for.
        folder: where to; made where absent.
    """
    dictionary = dictionary_of(project, edition)
    district = project.catalogue.district
    about = [
        f"{district.council}, edition {edition}.",
        "Made from the catalogue of datasets, the framework of the index and the description of the warehouse.",
        "The sheet Contents lists and links all sheets; the sheet Notes says what each column holds.",
    ]
    shutil.rmtree(folder / "csv", ignore_errors=True)
    csvs = write_csvs(dictionary.tables, folder / "csv")
    book = folder / "dictionary.xlsx"
    book.write_bytes(workbook(dictionary, about))
    page = folder / "dictionary.html"
    page.write_text(render_page(dictionary), encoding="utf-8", newline="\n")
    return Written(dictionary, page, book, tuple(csvs))
