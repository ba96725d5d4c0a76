"""The manifest: what a draft or release is, what it was made from, and the hash of each of its files.

Belongs here: making, reading and verifying `manifest.json`, `run.json` and the README of a release.
Does not belong here: writing tables (`formats.py`), signing and publishing (`signoff.py`, `publish.py`).

The manifest is the same for the same input: it holds no time, host, user or path. What differs between
two runs on the same input stands in `run.json`.
"""

from __future__ import annotations

import os
import platform
from collections.abc import Mapping, Sequence
from importlib import metadata
from pathlib import Path
from typing import Any

from spi_orchestration.release.files import ReleaseError, read_json, sha256_file
from spi_orchestration.release.formats import Table

__all__ = [
    "MANIFEST",
    "README",
    "RUN",
    "build_manifest",
    "build_run_record",
    "file_entry",
    "read_manifest",
    "readme_text",
    "require_facts",
    "verify_files",
]

MANIFEST = "manifest.json"
RUN = "run.json"
README = "README.txt"
FORMAT = 1

#: Packages whose version can change a published byte.
SOFTWARE = (
    "spi-orchestration",
    "duckdb",
    "duckdb-extension-spatial",
    "dbt-core",
    "dbt-duckdb",
    "numpy",
    "pandas",
)

#: What the manifest says of a delivery. File names stay with the receipts: they are a supplier's own words.
DELIVERY_KEYS = (
    "dataset",
    "edition",
    "delivery",
    "layout",
    "how",
    "carried_from",
    "reference_year",
    "supplier",
    "synthetic",
    "repaired",
    "findings",
    "files",
)

_NEEDED = ("edition", "profile", "district", "method_version", "method_hash", "synthetic", "deliveries")


def _version(package: str) -> str | None:
    try:
        return metadata.version(package)
    except metadata.PackageNotFoundError:
        return None


def _deliveries(items: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    kept = []
    for item in items:
        absent = [key for key in ("dataset", "edition", "delivery") if not item.get(key)]
        if absent:
            raise ReleaseError(
                f"an accepted delivery ({item.get('dataset') or 'dataset unknown'}) has no {absent[0]}; "
                "the accepted list of the build is not whole. Run the build again."
            )
        entry = {key: item[key] for key in DELIVERY_KEYS if item.get(key) is not None and key != "files"}
        if item.get("files"):
            entry["files"] = sorted(
                ({"sha256": file["sha256"], "bytes": file.get("bytes")} for file in item["files"]),
                key=lambda file: str(file["sha256"]),
            )
        kept.append(entry)
    return sorted(kept, key=lambda item: (item["dataset"], item["edition"], item["delivery"]))


def file_entry(folder: Path, path: Path) -> dict[str, Any]:
    """Path below the folder, size and hash of one file."""
    return {
        "path": path.relative_to(folder).as_posix(),
        "bytes": path.stat().st_size,
        "sha256": sha256_file(path),
    }


def require_facts(run: Mapping[str, Any]) -> None:
    """Refuse a build that does not say what the manifest needs.

    Raises:
        ReleaseError: names the first fact that is missing.
    """
    missing = [key for key in _NEEDED if run.get(key) is None]
    if not missing and not {"code", "name"} <= set(run["district"]):
        missing = ["district's code and name"]
    if missing:
        raise ReleaseError(f"the build says nothing of its {missing[0]}, so no manifest can be written")


def build_manifest(
    run: Mapping[str, Any], tables: Sequence[Table], files: Sequence[Mapping[str, Any]]
) -> dict[str, Any]:
    """Say what a draft is; see `draft.write_draft` for the keys of `run`.

    Raises:
        ReleaseError: `run` lacks a key, or an accepted delivery has no hash.
    """
    require_facts(run)
    district = run["district"]
    return {
        "format": FORMAT,
        "edition": int(run["edition"]),
        "profile": str(run["profile"]),
        "district": {
            "id": str(district.get("id") or district["code"]),
            "code": str(district["code"]),
            "earlier_codes": [str(code) for code in district.get("earlier_codes") or ()],
            "name": str(district["name"]),
        },
        "method": {"version": str(run["method_version"]), "sha256": str(run["method_hash"])},
        "synthetic": bool(run["synthetic"]),
        "stopped": sorted(run.get("stopped") or ()),
        "announced": str(run["announced"]) if run.get("announced") else None,
        "decisions": [dict(item) for item in run.get("decisions") or ()],
        "recorded": [dict(item) for item in run.get("recorded") or ()],
        "approvals": [dict(item) for item in run.get("approvals") or ()],
        "deliveries": _deliveries(run["deliveries"]),
        "attributions": sorted(set(run.get("attributions") or ())),
        **({"index_checks": [dict(item) for item in run["index_checks"]]} if run.get("index_checks") else {}),
        # Named only where there is any, so that a first release says nothing of others.
        **({"compared_with": dict(run["compared_with"])} if run.get("compared_with") else {}),
        "software": {name: version for name in SOFTWARE if (version := _version(name))},
        "tables": [
            {
                "name": table.name,
                "rows": table.rows,
                "columns": [{"name": name, "type": kind} for name, kind in table.columns],
            }
            for table in tables
        ],
        "files": sorted((dict(file) for file in files), key=lambda file: file["path"]),
    }


def build_run_record(facts: Mapping[str, Any]) -> dict[str, Any]:
    """What differs between runs: times, durations and the kind of machine; never its name or user."""
    return {
        "format": FORMAT,
        "run": dict(facts),
        "machine": {
            "system": platform.system(),
            "processor": platform.machine(),
            "cores": os.cpu_count(),
            "python": f"{platform.python_implementation()} {platform.python_version()}",
        },
    }


def readme_text(run: Mapping[str, Any]) -> str:
    """The README of a draft or release, in plain words."""
    district = run["district"]["name"]
    lines = [f"Social Progress Index, {district}, edition {run['edition']}, profile {run['profile']}", ""]
    if run["synthetic"]:
        lines += [
            "SYNTHETIC. Every figure in this folder comes from made-up deliveries.",
            "It describes no real place, service or person, and must not be quoted or acted on.",
            "",
        ]
    stopped = sorted(run.get("stopped") or ())
    if stopped:
        lines += [
            "INCOMPLETE. Built without these stopped datasets, so it can never be published:",
            *(f"  {dataset}" for dataset in stopped),
            "",
        ]
    lines += [
        "parquet/       the tables, for BI tools and programs",
        "csv/           the same tables, for everything else (UTF-8, one header row)",
        "manifest.json  what these figures were made from, and the hash of each file",
        "run.json       when and on what kind of machine they were made",
        "release.json   who signed, and when it was published (a folder without it is a draft)",
        "",
        "A release is never changed. A correction is a new release with a higher number.",
        "An empty cell means that there is no value; the status column beside it says why. It is never a zero.",
        "",
    ]
    attributions = sorted(set(run.get("attributions") or ()))
    if attributions:
        lines += ["Attribution", *(f"  {text}" for text in attributions), ""]
    return "\n".join(lines)


def read_manifest(folder: Path) -> dict[str, Any]:
    """Read the manifest of a draft or release.

    Raises:
        ReleaseError: absent, unreadable, or written by a newer version of the product.
    """
    manifest = read_json(folder / MANIFEST)
    if not isinstance(manifest, dict) or manifest.get("format") != FORMAT:
        raise ReleaseError(
            f"{MANIFEST} in {folder} has format {manifest.get('format') if isinstance(manifest, dict) else None}; "
            f"this version reads format {FORMAT}"
        )
    return manifest


def verify_files(folder: Path, manifest: Mapping[str, Any], *, besides: frozenset[str] = frozenset()) -> None:
    """Compare a folder with its manifest: every file there, with its hash, and no other.

    Args:
        folder: draft or release.
        manifest: its manifest.
        besides: files allowed although the manifest does not list them.

    Raises:
        ReleaseError: names the first file that is missing, changed or not listed.
    """
    listed = {str(file["path"]): file for file in manifest["files"]}
    present = {path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file()}
    for name, file in sorted(listed.items()):
        if name not in present:
            raise ReleaseError(
                f"{folder.name}: {name} is listed in the manifest and is missing. Build it again."
            )
        if sha256_file(folder / name) != file["sha256"]:
            raise ReleaseError(
                f"{folder.name}: {name} was changed after the manifest was written. "
                "Figures are changed by building again, never in the files."
            )
    extra = sorted(present - set(listed) - besides - {MANIFEST})
    if extra:
        raise ReleaseError(f"{folder.name}: {extra[0]} is not in the manifest. Remove it, or build again.")
