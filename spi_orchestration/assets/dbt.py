"""How dbt is called: its environment, its copy of the catalogue, and its manifest.

Belongs here: everything that must hold before any dbt command, without Dagster. Does not belong here:
models (`dbt_project`), or dbt as Dagster assets (`warehouse.py`).
"""

from __future__ import annotations

import hashlib
import importlib.metadata
import importlib.util
import json
import os
import secrets
import shutil
import subprocess
import sys
import sysconfig
from pathlib import Path

from spi_orchestration.assets.builds import Build, build_of
from spi_orchestration.assets.project import Project
from spi_orchestration.catalogue import CatalogueError
from spi_orchestration.settings import Settings
from spi_orchestration.typing_sql import write_macros

__all__ = [
    "DbtError",
    "dbt_arguments",
    "dbt_command",
    "dbt_environment",
    "manifest_file",
    "prepare_dbt",
    "spatial_extension",
]

_KEY = "manifest.key"


class DbtError(RuntimeError):
    """dbt could not do what it was asked; the message holds its own words."""


def dbt_command() -> list[str]:
    """The dbt of the running Python, never the one that happens to be on PATH."""
    name = "dbt.exe" if os.name == "nt" else "dbt"
    for folder in (Path(sys.executable).parent, Path(sysconfig.get_path("scripts"))):
        if (folder / name).is_file():
            return [str(folder / name)]
    return [sys.executable, "-m", "dbt.cli.main"]


def spatial_extension() -> str:
    """Path of the DuckDB spatial extension that came with the Python environment; empty where absent."""
    found = importlib.util.find_spec("duckdb_extension_spatial")
    if found is None or not found.submodule_search_locations:
        return ""
    version = importlib.metadata.version("duckdb")
    for folder in found.submodule_search_locations:
        path = Path(folder) / "extensions" / f"v{version}" / "spatial.duckdb_extension"
        if path.is_file():
            return path.as_posix()
    return ""


def dbt_environment(settings: Settings, build: Build) -> dict[str, str]:
    """The environment of every dbt call: where the build is, and what keeps dbt quiet and at home.

    Args:
        settings: the installation.
        build: the build that is made.
    """
    return {
        "SPI_BUILD_DIR": build.work.as_posix(),
        "SPI_SPATIAL": spatial_extension(),
        "DBT_PROJECT_DIR": str(settings.dbt_project),
        "DBT_PROFILES_DIR": str(settings.dbt_project),
        "DBT_SEND_ANONYMOUS_USAGE_STATS": "false",
        "DBT_VERSION_CHECK": "false",
        "DO_NOT_TRACK": "1",
        "PYTHONUTF8": "1",
    }


def dbt_arguments(project: Project, build: Build) -> list[str]:
    """The variables of a build, as arguments for any dbt command."""
    district = project.catalogue.district
    variables = {
        "district": district.code,
        "districts": list(district.codes),
        "district_name": district.name,
        "edition": build.edition,
        "first_edition": district.first_edition[build.profile],
        "profile": build.profile,
    }
    return ["--vars", json.dumps(variables, sort_keys=True)]


def target_folder(settings: Settings) -> Path:
    """Where the manifest and dbt's parsing are kept."""
    return settings.dbt_project / "target"


def manifest_file(settings: Settings) -> Path:
    """The manifest that Dagster reads."""
    return target_folder(settings) / "manifest.json"


def _digest(project: Project) -> str:
    """A hash over everything the manifest is made from. Of seeds the names count, not the rows."""
    folder = project.settings.dbt_project
    digest = hashlib.sha256(importlib.metadata.version("dbt-core").encode())
    digest.update(importlib.metadata.version("dbt-duckdb").encode())
    made = {"target", "logs", "dbt_packages"}
    for path in sorted(folder.rglob("*")):
        parts = path.relative_to(folder).parts
        if parts[0] in made or not path.is_file() or path.name.startswith("."):
            continue
        digest.update("/".join(parts).encode() + b"\0")
        if path.suffix in {".sql", ".yml", ".yaml", ".py", ".md"}:
            digest.update(path.read_bytes().replace(b"\r\n", b"\n"))
    return digest.hexdigest()


def _copy_catalogue(project: Project) -> None:
    """Give dbt an identical copy of the catalogue, and the macros made from it."""
    settings = project.settings
    models = settings.dbt_project / "models"
    if not (settings.dbt_project / "dbt_project.yml").is_file():
        raise CatalogueError(
            f"{settings.dbt_project} holds no dbt_project.yml. Set SPI_HOME to the project folder, or restore dbt_project/."
        )
    copy, text = models / "sources.yml", settings.sources_file.read_bytes()
    if not copy.is_file() or copy.read_bytes() != text:
        models.mkdir(parents=True, exist_ok=True)
        copy.write_bytes(text)
    write_macros(project.catalogue, settings.dbt_project / "macros" / "generated" / "typed_columns.sql")


def prepare_dbt(project: Project, build: Build | None = None) -> Path:
    """Make ready for any dbt call: the catalogue's copy, its macros, and a manifest that is not stale.

    dbt is only called when something the manifest is made from has changed since; then it takes some
    seconds.

    Args:
        project: the installation.
        build: the build that will use it; the current edition's by default. dbt reuses its parsing when
            variables and paths are the same.

    Returns:
        The manifest.

    Raises:
        DbtError: dbt cannot read the project; its own words are in the message.
        CatalogueError: there is no dbt project.
    """
    settings = project.settings
    _copy_catalogue(project)
    target = target_folder(settings)
    manifest, key = manifest_file(settings), target / _KEY
    digest = _digest(project)
    if manifest.is_file() and key.is_file() and key.read_text(encoding="utf-8") == digest:
        return manifest
    build = build or build_of(project, "full", project.catalogue.district.current_edition)
    target.mkdir(parents=True, exist_ok=True)
    part = target / f".parse-{secrets.token_hex(3)}"
    part.mkdir()
    try:
        parsed = target / "partial_parse.msgpack"
        if parsed.is_file():
            shutil.copyfile(parsed, part / parsed.name)
        environment = os.environ | dbt_environment(settings, build)
        done = subprocess.run(
            [
                *dbt_command(),
                "parse",
                "--target-path",
                str(part),
                "--log-path",
                str(part),
                *dbt_arguments(project, build),
            ],
            cwd=settings.dbt_project,
            env=environment,
            capture_output=True,
            text=True,
            encoding="utf-8",
            errors="replace",
            check=False,
        )
        if done.returncode != 0 or not (part / "manifest.json").is_file():
            raise DbtError("dbt cannot read the project:\n" + (done.stdout + done.stderr).strip())
        for name in ("partial_parse.msgpack", "manifest.json"):
            if (part / name).is_file():
                (part / name).replace(target / name)
        key.write_text(digest, encoding="utf-8", newline="\n")
    finally:
        shutil.rmtree(part, ignore_errors=True)
    return manifest
