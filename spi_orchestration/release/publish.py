"""Publishing: a signed draft becomes an immutable release, and then the current one.

Belongs here: release ids, the order of publishing, `releases/index.json` and the pointer
`releases/current.json`, and reading them back. Does not belong here: writing a draft (`draft.py`), or
what makes a sign-off valid (`signoff.py`).

Order: check, copy under a temporary name, verify the copy, rename, index, pointer. A crash at any step
leaves the release that was current whole and current; the same command then finishes the job.
"""

from __future__ import annotations

import datetime as dt
import os
import re
import shutil
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from spi_orchestration.release import manifest as manifests
from spi_orchestration.release.files import (
    ReleaseError,
    canonical_json,
    lock,
    move,
    read_json,
    remove_tree,
    sha256_file,
    write_whole,
)
from spi_orchestration.settings import Settings

if TYPE_CHECKING:
    from spi_orchestration.release.signoff import Signoff

__all__ = [
    "CURRENT",
    "INDEX",
    "RELEASE",
    "Release",
    "current_release",
    "list_releases",
    "publish",
    "release_id_of",
    "signoff_form",
    "verify_release",
]

CURRENT = "current.json"
INDEX = "index.json"
RELEASE = "release.json"

_ID = re.compile(r"(open-)?(\d{4})\.([1-9]\d*)")

#: What a release folder holds besides the files of its manifest.
_BESIDES = frozenset({manifests.RUN, RELEASE})


@dataclass(frozen=True)
class Release:
    """A published release.

    Attributes:
        id: `2026.1`, or `open-2025.1` for the open profile.
        folder: where it stands.
        edition, profile, revision: what the id says.
        synthetic: made from made-up deliveries.
        manifest_sha256: hash of its manifest; the same manifest is the same release.
        published: ISO day of publication.
        district: GSS code at the time.
        district_id: what the district is known by, whatever its code; None in releases made before it was told.
        reason: why it corrects the release before it.
        new: this call published it; False when it was there already.
    """

    id: str
    folder: Path
    edition: int
    profile: str
    revision: int
    synthetic: bool
    manifest_sha256: str
    published: str
    district: str
    reason: str | None = None
    district_id: str | None = None
    new: bool = False


def release_id_of(profile: str, edition: int, revision: int) -> str:
    """The id of a release.

    >>> release_id_of("full", 2026, 1), release_id_of("open", 2025, 2)
    ('2026.1', 'open-2025.2')
    """
    prefix = "" if profile == "full" else f"{profile}-"
    return f"{prefix}{edition}.{revision}"


def signoff_form(settings: Settings, manifest_sha256: str) -> Path:
    """Where the sign-off form of a draft is written, and looked for."""
    return settings.drafts / f"signoff-{manifest_sha256[:12]}.yml"


def _read_release(folder: Path) -> Release:
    data = read_json(folder / RELEASE)
    try:
        return Release(
            id=data["id"],
            folder=folder,
            edition=data["edition"],
            profile=data["profile"],
            revision=data["revision"],
            synthetic=data["synthetic"],
            manifest_sha256=data["manifest_sha256"],
            published=data["published"],
            district=data["district"],
            district_id=data.get("district_id"),
            reason=data.get("reason"),
        )
    except (KeyError, TypeError):
        raise ReleaseError(f"{RELEASE} in {folder} is not whole; restore the folder from a backup") from None


def list_releases(settings: Settings, profile: str | None = None, whole: bool = False) -> list[Release]:
    """All releases of the data folder, by profile, edition and revision.

    Args:
        settings: where releases are.
        profile: of this profile alone.
        whole: pass over folders that hold no `release.json`, which nobody published, instead of refusing.

    Raises:
        ReleaseError: a release folder cannot be read.
    """
    if not settings.releases.is_dir():
        return []
    found = [
        _read_release(folder)
        for folder in settings.releases.iterdir()
        if folder.is_dir() and _ID.fullmatch(folder.name) and (not whole or (folder / RELEASE).is_file())
    ]
    return sorted(
        (item for item in found if profile in {None, item.profile}),
        key=lambda item: (item.profile, item.edition, item.revision),
    )


def current_release(settings: Settings, profile: str) -> Release | None:
    """The release that the pointer names for a profile, or None before the first.

    Raises:
        ReleaseError: the pointer or the release it names cannot be read.
    """
    path = settings.releases / CURRENT
    if not path.is_file():
        return None
    entry = read_json(path).get("current", {}).get(profile)
    return _read_release(settings.releases / entry["path"]) if entry else None


def verify_release(folder: Path) -> None:
    """Compare a release with its manifest and its release record.

    Raises:
        ReleaseError: names the file that is missing, changed or not listed.
    """
    record = read_json(folder / RELEASE)
    for name, key in ((manifests.MANIFEST, "manifest_sha256"), (manifests.RUN, "run_sha256")):
        if not (folder / name).is_file() or sha256_file(folder / name) != record.get(key):
            raise ReleaseError(
                f"{folder.name}: {name} is not the one that was published. Restore the folder from a backup."
            )
    manifests.verify_files(folder, manifests.read_manifest(folder), besides=_BESIDES)


def _ignore(step: str) -> None:
    """Default of `progress`: say nothing."""


def publish(
    settings: Settings,
    draft: Path,
    signoff: Signoff | Path | None = None,
    release_id: str | None = None,
    *,
    today: dt.date | None = None,
    early: str | None = None,
    progress: Callable[[str], None] = _ignore,
) -> Release:
    """Publish a draft as an immutable release, and make the newest edition's release current.

    Publishing again what is published already changes nothing and says so (`Release.new` is False); if
    the first attempt was interrupted, it is finished.

    Args:
        settings: which data folder.
        draft: folder written by `draft.write_draft`.
        signoff: the sign-off, or its file. None is accepted for synthetic input only, which marked
            sample roles then sign.
        release_id: the id to give; the next free one by default.
        today: day of publication; the clock's by default.
        early: why it is published before the announced day, where it is.
        progress: called with the name of each step as it begins.

    Raises:
        ReleaseError: the draft is incomplete or differs from its manifest, the sign-off does not cover
            it, a decision it rests on has run out, the announced day has not come, the id is taken or of another edition, the data folder holds real releases and the
            draft is synthetic, or a release gives its method version other rules.
    """
    from spi_orchestration.release.version import check_version

    day = today or dt.date.today()
    with lock(settings.releases / ".lock"):
        progress("check")
        manifest = _check_draft(draft)
        sha256 = sha256_file(draft / manifests.MANIFEST)
        released = list_releases(settings, manifest["profile"])
        same = _already(released, manifest, sha256, release_id)
        if same is not None:
            verify_release(same.folder)
            _finish(settings, progress)
            return same
        _check_company(released, manifest)
        check_version(released, draft)
        identity, revision = _next_id(settings, released, manifest, release_id)
        _check_decisions(manifest, day)
        _check_index(manifest, day)
        signed = _check_signed(signoff, draft, manifest, sha256, day, revision)
        before_time = _check_day(manifest, day, early)

        progress("copy")
        for left in settings.releases.glob(".new-*"):
            remove_tree(left)
        new = settings.releases / f".new-{identity}"
        shutil.copytree(draft, new)
        record = {
            "id": identity,
            "edition": manifest["edition"],
            "profile": manifest["profile"],
            "revision": revision,
            "district": manifest["district"]["code"],
            "district_id": manifest["district"].get("id"),
            "synthetic": manifest["synthetic"],
            "manifest_sha256": sha256,
            "run_sha256": sha256_file(new / manifests.RUN),
            "published": day.isoformat(),
            "announced": manifest.get("announced"),
            "early": before_time,
            "reason": signed.reason,
            "signatures": [item.model_dump(mode="json") for item in signed.signatures],
            "suppliers": [item.model_dump(mode="json") for item in signed.suppliers],
        }
        write_whole(new / RELEASE, canonical_json(record))

        progress("verify")
        if sha256_file(new / manifests.MANIFEST) != sha256:
            raise ReleaseError("the draft changed while it was copied. Run the same command again.")
        verify_release(new)
        _harden(new)

        progress("rename")
        folder = settings.releases / identity
        move(new, folder)
        _finish(settings, progress)
        release = _read_release(folder)
        return replace(release, new=True)


def _check_draft(draft: Path) -> dict[str, Any]:
    if not draft.is_dir():
        raise ReleaseError(f"there is no draft {draft}. `spi run --draft` writes one.")
    manifest = manifests.read_manifest(draft)
    if manifest["stopped"]:
        raise ReleaseError(
            f"the draft was built without {', '.join(manifest['stopped'])} (stopped), so it cannot be published. "
            "Have them redelivered, carry an earlier edition forward, or waive the check; then run again."
        )
    if not (draft / manifests.RUN).is_file():
        raise ReleaseError(f"the draft has no {manifests.RUN}. Build it again.")
    manifests.verify_files(draft, manifest, besides=frozenset({manifests.RUN}))
    return manifest


def _already(
    released: list[Release], manifest: Mapping[str, Any], sha256: str, release_id: str | None
) -> Release | None:
    """The newest release of the edition, where it is this very draft."""
    edition = [item for item in released if item.edition == manifest["edition"]]
    if not edition or edition[-1].manifest_sha256 != sha256:
        return None
    if release_id not in {None, edition[-1].id}:
        raise ReleaseError(f"this draft is published already, as {edition[-1].id}; it gets no second id")
    return edition[-1]


def _check_company(released: list[Release], manifest: Mapping[str, Any]) -> None:
    """Keep synthetic and real, and two districts, from mixing under one pointer."""
    real = [item.id for item in released if not item.synthetic]
    if manifest["synthetic"] and real:
        raise ReleaseError(
            f"this data folder holds real releases ({real[-1]}), and the draft is synthetic. "
            "Give the sample a data folder of its own: --data FOLDER, or the setting SPI_DATA."
        )
    district = manifest["district"]["code"]
    mine = {district, *manifest["district"].get("earlier_codes", ())}
    identity = manifest["district"].get("id")
    # A district keeps its releases when it gets a new code; it is known by its id, or by a code it had.
    others = sorted(
        {
            item.district
            for item in released
            if item.district not in mine and (identity is None or item.district_id != identity)
        }
    )
    if others:
        raise ReleaseError(
            f"this data folder holds releases of {others[0]}, and the draft is of {district}. "
            "A district has a data folder of its own: --data FOLDER, or the setting SPI_DATA. If it is the same "
            "district with a new code, name the old one under earlier_codes in config/district.yml and run again."
        )


def _next_id(
    settings: Settings, released: list[Release], manifest: Mapping[str, Any], release_id: str | None
) -> tuple[str, int]:
    edition, profile = manifest["edition"], manifest["profile"]
    revision = 1 + max((item.revision for item in released if item.edition == edition), default=0)
    if release_id is None:
        return release_id_of(profile, edition, revision), revision
    match = _ID.fullmatch(release_id)
    expected = release_id_of(profile, edition, revision)
    if match is None or release_id != release_id_of(profile, edition, int(match.group(3))):
        raise ReleaseError(
            f"{release_id!r} is no id for edition {edition} of profile {profile}; expected {expected}"
        )
    if (settings.releases / release_id).exists():
        raise ReleaseError(
            f"release {release_id} exists and is never changed; the next free id is {expected}"
        )
    if release_id != expected:
        raise ReleaseError(f"{release_id} would leave a gap; the next free id is {expected}")
    return release_id, revision


def _check_decisions(manifest: Mapping[str, Any], day: dt.date) -> None:
    """Refuse a draft that rests on a decision which no longer holds on the day of publication."""
    for item in manifest.get("decisions") or ():
        until = item.get("until")
        if item["edition"] == manifest["edition"] and until and dt.date.fromisoformat(until) < day:
            check = f" of {item['check']}" if item.get("check") else ""
            raise ReleaseError(
                f"the draft rests on a decision on {item['dataset']} ({item['decision'].replace('_', ' ')}{check}) "
                f"that held until {until}. Decide again (spi decide {item['dataset']} …), then run again."
            )


def _check_index(manifest: Mapping[str, Any], day: dt.date) -> None:
    """Refuse real input whose index is stopped by a check that no decision accepts on the day of publication.

    On synthetic input a stop is recorded and stops nothing: no decision on made-up figures is needed.
    """
    if manifest["synthetic"]:
        return
    for item in manifest.get("index_checks") or ():
        if item["grade"] != "stop":
            continue
        accepted = item.get("accepted")
        why = "no decision accepts that"
        if accepted is not None:
            if dt.date.fromisoformat(accepted["date"]) > day:
                why = f"its acceptance is dated {accepted['date']}, which is still to come"
            elif dt.date.fromisoformat(accepted["until"]) < day:
                why = f"its acceptance held until {accepted['until']}"
            else:
                continue
        prefix = "" if manifest["profile"] == "full" else f"{manifest['profile']}-"
        raise ReleaseError(
            f"{item['check']} stops the draft for {item['item']}: expected {item['expected']}; found "
            f"{item['found']}; {why}. Mend the cause, or accept it where it may be accepted (spi decide "
            f"{item['check']} accept --item {item['item']} …, which writes decisions/index-{prefix}"
            f"{manifest['edition']}.yml; docs/gate.md), then run again."
        )


def _check_day(manifest: Mapping[str, Any], day: dt.date, early: str | None) -> str | None:
    """Refuse publication before the announced day without a reason; return the reason where it is early."""
    announced = manifest.get("announced")
    if announced is None or day >= dt.date.fromisoformat(announced):
        return None
    if early is None and manifest["synthetic"]:
        return "Synthetic: no announced day is kept for made-up figures."
    if early is None or len(early.strip()) < 10:
        raise ReleaseError(
            f"edition {manifest['edition']} is announced for {announced}, and today is {day}. Everybody is to see "
            "it at the same time: publish on that day, or say why not (--early REASON, of ten characters or "
            "more), which the release shows."
        )
    return " ".join(early.split())


def _check_signed(
    signoff: Signoff | Path | None,
    draft: Path,
    manifest: Mapping[str, Any],
    sha256: str,
    day: dt.date,
    revision: int,
) -> Signoff:
    from spi_orchestration.release import signoff as signoffs
    from spi_orchestration.release.approval import approvals_needed, make_preview

    previews = {
        str(item["agreement"]): make_preview(draft, str(item["agreement"])).sha256
        for item in approvals_needed(manifest)
    }
    if signoff is None:
        if not manifest["synthetic"]:
            raise ReleaseError(
                "a release of real input needs the sign-off of analyst, assurer and approver: "
                "`spi publish --signoff FILE`. docs/release.md shows the file."
            )
        reason = "The synthetic sample was built again with other input or code." if revision > 1 else None
        signoff = signoffs.sample_signoff(
            sha256, day, reason=reason, findings=signoffs.findings_of(manifest), previews=previews
        )
    elif isinstance(signoff, Path):
        signoff = signoffs.read_signoff(signoff)
    signoffs.check_signoff(signoff, manifest, sha256, day, previews)
    if revision > 1 and not signoff.reason:
        raise ReleaseError(
            f"this would be release {revision} of the edition, a correction. "
            "Say in the sign-off why (reason:), for the list of releases."
        )
    return signoff


def _harden(folder: Path) -> None:
    """Push the copy to disk and take away the permission to write: a release is never edited."""
    for path in folder.rglob("*"):
        if path.is_file():
            with path.open("rb+") as stream:
                os.fsync(stream.fileno())
            path.chmod(0o444)


def _finish(settings: Settings, progress: Callable[[str], None]) -> None:
    """Write index and pointer from the release folders that stand."""
    released = list_releases(settings)
    progress("index")
    _write_if_new(settings.releases / INDEX, canonical_json({"releases": _index(released)}))
    progress("pointer")
    current = {
        profile: {
            "id": item.id,
            "path": item.id,
            "edition": item.edition,
            "synthetic": item.synthetic,
            "published": item.published,
            "manifest_sha256": item.manifest_sha256,
        }
        for profile, item in sorted(_newest(released).items())
    }
    _write_if_new(settings.releases / CURRENT, canonical_json({"current": current}))
    progress("done")


def _newest(released: list[Release]) -> dict[str, Release]:
    """For each profile the release that is current: real before synthetic, then edition, then revision."""
    newest: dict[str, Release] = {}
    for item in sorted(released, key=lambda item: (not item.synthetic, item.edition, item.revision)):
        newest[item.profile] = item
    return newest


def _index(released: list[Release]) -> list[dict[str, Any]]:
    last = {(item.profile, item.edition, item.synthetic): item.id for item in released}
    entries = []
    for item in released:
        newest = last[item.profile, item.edition, item.synthetic]
        entries.append(
            {
                "id": item.id,
                "profile": item.profile,
                "edition": item.edition,
                "published": item.published,
                "status": "published" if newest == item.id else "superseded",
                "synthetic": item.synthetic,
                "manifest_sha256": item.manifest_sha256,
                "superseded_by": None if newest == item.id else newest,
                "reason": item.reason,
            }
        )
    return entries


def _write_if_new(path: Path, text: str) -> None:
    if not (path.is_file() and path.read_text(encoding="utf-8") == text):
        write_whole(path, text)
