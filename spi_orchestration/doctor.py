"""What is missing on this machine, and the remedy.

Belongs here: one function for each thing a run needs from its machine. Does not belong here: judging
deliveries (`checks`), or mending anything: `spi doctor` only looks.
"""

from __future__ import annotations

import locale
import os
import re
import shutil
import sys
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from importlib import metadata
from importlib.util import find_spec
from pathlib import Path
from typing import Literal

from spi_orchestration.settings import QUIET, Settings

__all__ = ["Check", "examine", "render"]

State = Literal["ok", "note", "missing"]

#: Pythons this project runs on.
OLDEST, NEWEST = (3, 11), (3, 13)

#: Free space, in bytes: below the first a run cannot be expected to end, below the second it may not.
NEEDED_SPACE, WISE_SPACE = 500_000_000, 2_000_000_000

#: Longest path that programs on Windows are sure to open, and the longest that runs write below the root.
WINDOWS_PATH, WRITTEN_PATH = 259, 120


@dataclass(frozen=True)
class Check:
    """One thing looked at.

    Attributes:
        name: what.
        state: `ok`, `note` (works, with a limit) or `missing` (a run would fail).
        found: what was found.
        remedy: what to do; empty when ok.
    """

    name: str
    state: State
    found: str
    remedy: str = ""


def _python(settings: Settings) -> Iterator[Check]:
    version = ".".join(str(part) for part in sys.version_info[:3])
    fits = OLDEST <= sys.version_info[:2] <= NEWEST and sys.maxsize > 2**32
    wanted = "Install a 64-bit Python 3.11, 3.12 or 3.13 and run `python spi.py setup` with it."
    yield Check("Python", "ok" if fits else "missing", version, "" if fits else wanted)


def _normal(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()


def _pins(path: Path) -> dict[str, str]:
    pins = {}
    for line in path.read_text(encoding="utf-8").splitlines():
        match = re.match(r"([A-Za-z0-9._-]+)==([^\s;#]+)", line)
        if match:
            pins[_normal(match.group(1))] = match.group(2)
    return pins


def _packages(settings: Settings) -> Iterator[Check]:
    import tomllib

    project = tomllib.loads((settings.root / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    needed = [_normal(re.split(r"[<>=!~;\[ ]", line)[0]) for line in project["dependencies"]]
    installed = {_normal(item.name): item.version for item in metadata.distributions() if item.name}
    absent = [name for name in needed if name not in installed]
    again = "Run `python spi.py setup`."
    if absent:
        yield Check("Packages", "missing", f"not installed: {', '.join(absent)}", again)
    else:
        yield Check("Packages", "ok", f"all {len(needed)} installed")
    lock = settings.root / "constraints.txt"
    if not lock.is_file():
        yield Check("Locked versions", "note", "no constraints.txt", "Restore the file from the repository.")
        return
    pins = _pins(lock)
    other = [
        f"{name} {installed[name]} (locked {pin})"
        for name, pin in sorted(pins.items())
        if name in installed and installed[name] != pin
    ]
    if other:
        more = f" and {len(other) - 5} more" if len(other) > 5 else ""
        yield Check(
            "Locked versions",
            "note",
            f"differ: {', '.join(other[:5])}{more}",
            f"For the tested versions: {again}",
        )
    else:
        yield Check("Locked versions", "ok", f"{sum(name in installed for name in pins)} packages as locked")


def _data_folder(settings: Settings) -> Iterator[Check]:
    remedy = "Give the account the right to write there, or use another folder: --data FOLDER or SPI_DATA."
    try:
        settings.data.mkdir(parents=True, exist_ok=True)
        with tempfile.NamedTemporaryFile(dir=settings.data, prefix=".doctor-"):
            pass
        yield Check("Data folder", "ok", str(settings.data))
    except OSError as error:
        yield Check(
            "Data folder", "missing", f"{settings.data}: {error.strerror or type(error).__name__}", remedy
        )
        return
    free = shutil.disk_usage(settings.data).free
    found = f"{free / 1e9:.1f} GB free"
    if free < NEEDED_SPACE:
        yield Check("Disk space", "missing", found, "Free at least 2 GB, or use another disk: --data FOLDER.")
    elif free < WISE_SPACE:
        yield Check("Disk space", "note", found, "Enough for a small run; 2 GB is safe.")
    else:
        yield Check("Disk space", "ok", found)


def _spatial(settings: Settings) -> Iterator[Check]:
    name = "DuckDB spatial"
    remedy = "Run `python spi.py setup`; duckdb and duckdb-extension-spatial must have the same version."
    if find_spec("duckdb") is None:
        yield Check(name, "missing", "DuckDB is not installed", remedy)
        return
    import duckdb

    found = find_spec("duckdb_extension_spatial")
    if found is None or found.origin is None:
        yield Check(name, "missing", "the package duckdb-extension-spatial is not installed", remedy)
        return
    file = Path(found.origin).parent / "extensions" / f"v{duckdb.__version__}" / "spatial.duckdb_extension"
    if not file.is_file():
        there = sorted(
            p.parent.name.removeprefix("v") for p in file.parent.parent.glob("v*/*.duckdb_extension")
        )
        yield Check(
            name, "missing", f"for DuckDB {', '.join(there) or '?'}; DuckDB is {duckdb.__version__}", remedy
        )
        return
    try:
        with duckdb.connect(config={"autoinstall_known_extensions": False}) as con:
            con.execute(f"load '{str(file).replace(chr(39), chr(39) * 2)}'")
            con.execute("select st_point(1, 2)").fetchone()
    except duckdb.Error as error:
        yield Check(name, "missing", f"does not load: {str(error).splitlines()[0]}", remedy)
    else:
        yield Check(name, "ok", duckdb.__version__)


def _shares(settings: Settings) -> Iterator[Check]:
    from spi_orchestration.catalogue import CatalogueError, load_catalogue, load_shares

    try:
        catalogue = load_catalogue(settings)
    except CatalogueError as error:
        yield Check("Catalogue", "missing", str(error), "Mend the file that the message names.")
        return
    yield Check("Catalogue", "ok", f"{len(catalogue.datasets)} datasets")
    name = f"Shares ({settings.shares_file.name})"
    try:
        shares = load_shares(settings, catalogue)
        root = shares.resolved_root(settings)
    except CatalogueError as error:
        yield Check(name, "missing", str(error), "Mend the shares file, or name another with --shares.")
        return
    if "://" in root:
        yield Check(name, "ok", f"{shares.root} (an address; `spi run` opens it)")
        return
    base = Path(root)
    if not base.is_dir():
        if shares.synthetic:
            yield Check(
                name, "note", "not written yet", "`spi run` writes the sample first; so does `spi sample`."
            )
        else:
            yield Check(
                name, "missing", f"no folder {base}", "Connect the drive, or correct root in the shares file."
            )
        return
    absent = sorted({folder for folder in shares.folders.values() if not (base / folder).is_dir()})
    if absent:
        yield Check(
            name, "note", f"no folder {', '.join(absent)} below {base}", "Nothing has come from there."
        )
    else:
        yield Check(name, "ok", str(base))


def _real_files(settings: Settings) -> Iterator[Check]:
    if settings.shared_data.is_dir():
        yield Check("SPI_SHARED_DATA", "ok", str(settings.shared_data))
    else:
        yield Check(
            "SPI_SHARED_DATA",
            "note",
            f"no folder {settings.shared_data}",
            "Only the open profile on real files and their tests need it; set it to the folder that holds them.",
        )


def _encoding(settings: Settings) -> Iterator[Check]:
    files = sys.getfilesystemencoding().lower().replace("-", "")
    if files != "utf8":
        yield Check("Encoding", "missing", f"file names in {files}", "Set PYTHONUTF8=1 and run again.")
        return
    shown = (sys.stdout.encoding or "unknown").lower()
    if shown.replace("-", "") not in {"utf8", "utf8sig"}:
        yield Check(
            "Encoding",
            "note",
            f"this terminal shows {shown} (locale {locale.getlocale()[0] or 'none'})",
            "Files are UTF-8 all the same. For signs such as £ on screen set PYTHONUTF8=1.",
        )
        return
    yield Check("Encoding", "ok", "UTF-8")


def _paths(settings: Settings) -> Iterator[Check]:
    longest = max(len(str(settings.root)), len(str(settings.data)) - len("/data")) + 1 + WRITTEN_PATH
    found = f"at most {longest} characters"
    if longest <= WINDOWS_PATH:
        yield Check("Path length", "ok", found)
    elif os.name == "nt" and not _long_paths_on():
        yield Check(
            "Path length",
            "missing",
            f"{found}; Windows opens {WINDOWS_PATH}",
            "Move the project to a shorter folder such as C:\\spi, or have long paths switched on in Windows.",
        )
    else:
        remedy = "A shorter folder keeps the project movable."
        yield Check("Path length", "note", f"{found}; Windows opens {WINDOWS_PATH}", remedy)


def _long_paths_on() -> bool:
    """Whether this Windows opens paths above 259 characters."""
    import winreg

    key = r"SYSTEM\CurrentControlSet\Control\FileSystem"
    try:
        with winreg.OpenKey(winreg.HKEY_LOCAL_MACHINE, key) as opened:  # type: ignore[attr-defined,unused-ignore]
            return bool(winreg.QueryValueEx(opened, "LongPathsEnabled")[0])  # type: ignore[attr-defined,unused-ignore]
    except OSError:
        return False


def _locks(settings: Settings) -> Iterator[Check]:
    from spi_orchestration.locks import holder, is_held

    held = [path for path in sorted(settings.warehouse.glob("*/*/*.lock")) if is_held(path)]
    if held:
        who = "; ".join(f"{path.parent.name} {path.stem}: {holder(path) or 'unknown'}" for path in held)
        yield Check(
            "Runs", "note", f"under way: {who}", "Wait for it. A lock goes by itself when its process ends."
        )
    else:
        yield Check("Runs", "ok", "none under way, no lock held")


def _telemetry(settings: Settings) -> Iterator[Check]:
    import yaml

    talking = [name for name, value in QUIET.items() if os.environ.get(name) != value]
    dagster = settings.config / "dagster.yaml"
    said = yaml.safe_load(dagster.read_text(encoding="utf-8")) if dagster.is_file() else {}
    if ((said or {}).get("telemetry") or {}).get("enabled", True):
        talking.append("telemetry in config/dagster.yaml")
    project = yaml.safe_load((settings.dbt_project / "dbt_project.yml").read_text(encoding="utf-8"))
    if (project.get("flags") or {}).get("send_anonymous_usage_stats", True):
        talking.append("send_anonymous_usage_stats in dbt_project.yml")
    if talking:
        yield Check(
            "Telemetry", "note", f"not off: {', '.join(talking)}", "Unset or switch off what is named."
        )
    else:
        yield Check("Telemetry", "ok", "off for Dagster, dbt and Great Expectations")


def _decisions(settings: Settings) -> Iterator[Check]:
    from spi_orchestration.catalogue import CatalogueError, load_catalogue
    from spi_orchestration.checks.decisions import load_decisions, stray_files
    from spi_orchestration.checks.index import load_acceptances

    try:
        catalogue = load_catalogue(settings)
    except CatalogueError:
        # Said of the catalogue itself.
        return
    wrong = stray_files(settings.decisions, catalogue)
    count = 0
    for profile, first in sorted(catalogue.district.first_edition.items()) if not wrong else ():
        for edition in range(first, catalogue.district.current_edition + 1):
            try:
                count += len(load_decisions(settings, catalogue, profile, edition))
                count += len(load_acceptances(settings.decisions, profile, edition))
            except CatalogueError as error:
                wrong.append(str(error))
    if wrong:
        yield Check("Decisions", "missing", " ".join(wrong), "Mend what the message names.")
    else:
        yield Check("Decisions", "ok", f"{count} on file")


def _releases(settings: Settings) -> Iterator[Check]:
    from spi_orchestration.release.files import ReleaseError
    from spi_orchestration.release.publish import current_release, list_releases, verify_release

    try:
        released = list_releases(settings)
        for item in released:
            verify_release(item.folder)
        for profile in {item.profile for item in released}:
            if current_release(settings, profile) is None:
                raise ReleaseError(
                    f"profile {profile} has releases and no pointer. Publish its draft again to finish it."
                )
    except ReleaseError as error:
        yield Check("Releases", "missing", str(error), "Restore from a backup, or publish the draft again.")
        return
    yield Check("Releases", "ok", f"{len(released)}, each as its manifest says" if released else "none yet")


_CHECKS: tuple[Callable[[Settings], Iterator[Check]], ...] = (
    _python,
    _packages,
    _data_folder,
    _spatial,
    _shares,
    _decisions,
    _real_files,
    _encoding,
    _paths,
    _locks,
    _telemetry,
    _releases,
)


def examine(settings: Settings) -> list[Check]:
    """Look at everything a run needs from this machine.

    A check that itself fails is reported as missing, so that one fault never hides another.
    """
    found: list[Check] = []
    for check in _CHECKS:
        try:
            found.extend(check(settings))
        except Exception as error:  # one fault must not hide the others
            name = check.__name__.strip("_").replace("_", " ").capitalize()
            found.append(
                Check(
                    name,
                    "missing",
                    f"could not be looked at ({type(error).__name__}: {error})",
                    "Mend this first.",
                )
            )
    return found


def render(checks: list[Check]) -> str:
    """The report for a terminal: one line a check, and the remedy below what is not right."""
    width = max(len(check.name) for check in checks)
    words = {"ok": "ok     ", "note": "note   ", "missing": "MISSING"}
    lines = []
    for check in checks:
        first, *rest = check.found.splitlines() or [""]
        lines.append(f"{words[check.state]}  {check.name:<{width}}  {first}")
        lines += [f"{'':<{width + 11}}{line}" for line in rest]
        if check.remedy:
            lines.append(f"{'':<{width + 11}}-> {check.remedy}")
    missing = sum(check.state == "missing" for check in checks)
    lines += ["", "Nothing is missing." if not missing else f"Missing: {missing}. A run would fail here."]
    return "\n".join(lines)
