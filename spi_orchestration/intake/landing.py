"""Untouched copies of deliveries, named by their content and never overwritten.

Belongs here: copying from a share to `data/landing`, verifying the copy, writing its receipt, and
finding the last receipt of a dataset and edition. Does not belong here: choosing the files (`shares.py`)
or looking into them (`readers`).
"""

from __future__ import annotations

import datetime as dt
import hashlib
import json
import re
import secrets
import shutil
import time
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import BinaryIO

from spi_orchestration.findings import DeliveryError, Finding
from spi_orchestration.intake.receipt import (
    SHORT,
    LandedAs,
    Receipt,
    delivery_id,
    read_receipt,
    write_receipt,
)
from spi_orchestration.intake.removed import RECALLED, Purged, Recalled, purged_of, recalled_like
from spi_orchestration.intake.shares import Found, Share, ShareFile, unreadable
from spi_orchestration.settings import Settings

__all__ = [
    "Landed",
    "RecalledError",
    "clear_unfinished",
    "earlier_receipts",
    "land",
    "landed",
    "landing_folder",
    "last_receipt",
    "left_on_share",
    "lost",
    "lost_finding",
    "recalled_again",
    "safe_names",
    "verify",
]

_BLOCK = 1024 * 1024
_TRIES = 3
#: Longest path below the project folder that any program is sure to open on Windows.
LONGEST = 120
_FORBIDDEN = re.compile(r'[<>:"|?*\\\x00-\x1f]')
_RESERVED = re.compile(r"^(con|prn|aux|nul|com\d|lpt\d)(\.|$)", re.I)
_JOURNAL = "arrivals.jsonl"
_UNFINISHED = ".part-"


@dataclass(frozen=True)
class Landed:
    """A delivery in landing.

    Attributes:
        receipt: its record.
        folder: where its files are.
        files: name as sent and path of the copy, in order of name.
        findings: what is already wrong before anybody opens a file (an empty file, a share that lost it).
        new: these bytes came for the first time.
        purged: its files were removed since; what is kept in their place.
    """

    receipt: Receipt
    folder: Path
    files: tuple[tuple[str, Path], ...]
    findings: tuple[Finding, ...] = ()
    new: bool = False
    purged: Purged | None = None


class RecalledError(DeliveryError):
    """The files on the share are those of a delivery that was recalled."""


def landing_folder(settings: Settings, dataset: str, edition: int) -> Path:
    """The folder of all deliveries of a dataset for an edition."""
    return settings.landing / dataset / str(edition)


def _safe(part: str) -> str:
    text = _FORBIDDEN.sub("_", part).rstrip(". ") or "_"
    return f"_{text}" if _RESERVED.match(text) else text


def safe_names(names: list[str], longest: int) -> dict[str, str]:
    """Names under which files can be kept on every operating system.

    Args:
        names: names as sent, with folders.
        longest: characters that a kept name may have.

    Returns:
        Name as sent -> kept name. No two kept names differ by case alone; a name that is too long, or
        that another one took, is kept as its beginning and a hash of the whole.
    """
    kept: dict[str, str] = {}
    taken: set[str] = set()
    for name in sorted(names):
        parts = [_safe(part) for part in PurePosixPath(name).parts if part not in {"/", ".."}]
        candidate = "/".join(parts)
        if len(candidate) > longest or candidate.lower() in taken or candidate.startswith("receipt"):
            mark = hashlib.sha256(name.encode("utf-8")).hexdigest()[:8]
            last = PurePosixPath(parts[-1])
            ending = "".join(last.suffixes[-2:])[:12]
            stem = last.name[: len(last.name) - len(ending)] if ending else last.name
            candidate = f"{stem[: max(1, longest - 9 - len(ending))].rstrip('. ')}-{mark}{ending}"
        taken.add(candidate.lower())
        kept[name] = candidate
    return kept


def _room(dataset: str, edition: int) -> int:
    return LONGEST - len(f"data/landing/{dataset}/{edition}/{'0' * SHORT}/")


def _blocks(stream: BinaryIO) -> Iterator[bytes]:
    while block := stream.read(_BLOCK):
        yield block


def _hash_of(stream: BinaryIO, also: BinaryIO | None = None) -> tuple[str, int]:
    digest, size = hashlib.sha256(), 0
    for block in _blocks(stream):
        digest.update(block)
        size += len(block)
        if also is not None:
            also.write(block)
    return digest.hexdigest(), size


def _hash_source(share: Share, dataset: str, file: ShareFile) -> tuple[str, int]:
    try:
        with share.open(file) as stream:
            return _hash_of(stream)
    except OSError as error:
        raise unreadable(dataset, file.name, error) from None


class _ChangedError(Exception):
    """A file on the share changed while it was copied."""


def _copy(share: Share, dataset: str, file: ShareFile, target: Path, expected: str) -> None:
    target.parent.mkdir(parents=True, exist_ok=True)
    try:
        with share.open(file) as stream, target.open("xb") as copy:
            digest, _ = _hash_of(stream, copy)
    except OSError as error:
        if isinstance(error, FileExistsError) or not isinstance(error, FileNotFoundError | PermissionError):
            raise
        raise unreadable(dataset, file.name, error) from None
    if digest != expected:
        raise _ChangedError(file.name)
    with target.open("rb") as copy:
        again, _ = _hash_of(copy)
    if again != expected:
        raise DeliveryError(
            Finding(
                dataset=dataset,
                check="readable",
                grade="stop",
                file=file.name,
                expected="a landed copy with the same bytes as the file sent",
                found="the copy reads back differently",
                remedy="Check the disk that holds the data folder, and run again.",
            )
        )


def _utc(now: dt.datetime | None) -> str:
    moment = now or dt.datetime.now(dt.UTC)
    return moment.astimezone(dt.UTC).replace(microsecond=0).isoformat().replace("+00:00", "Z")


def left_on_share(files: Iterable[ShareFile], now: dt.datetime, absent_at: str | None = None) -> str | None:
    """When the last file of a delivery was left on the share, UTC, or None where the share does not tell.

    It is the time of change that the share gives. A copy may keep an older one, so it counts from the last
    look that found nothing; a clock ahead of ours may give a later one, so it counts up to now.

    Args:
        files: the delivery's files.
        now: moment of taking in.
        absent_at: when the share was last looked at and the delivery was not there, ISO 8601.
    """
    times = [_time_of(file.modified) for file in files]
    known = [time for time in times if time is not None]
    if not known or len(known) < len(times):
        return None
    left = max(known)
    if absent_at is not None:
        left = max(left, dt.datetime.fromisoformat(absent_at))
    return _utc(min(left, now))


def _time_of(modified: str) -> dt.datetime | None:
    """A share's mark of change as a moment, where it is one."""
    try:
        return dt.datetime.fromtimestamp(float(modified), dt.UTC)
    except (ValueError, OverflowError, OSError):
        pass
    try:
        moment = dt.datetime.fromisoformat(modified)
    except ValueError:
        return None
    return moment if moment.tzinfo else moment.replace(tzinfo=dt.UTC)


def _receipt_file(folder: Path, shares_id: str) -> Path | None:
    """The receipt that a shares file has in a delivery's folder, if any."""
    for path in (folder / "receipt.json", folder / f"receipt-{shares_id}.json"):
        if path.is_file() and read_receipt(path).shares == shares_id:
            return path
    return None


def _journal(settings: Settings, receipt: Receipt) -> None:
    """Note that this is now the latest delivery; a line is added only when that is news."""
    path = landing_folder(settings, receipt.dataset, receipt.edition) / _JOURNAL
    lines = _arrivals(path)
    mine = [line["delivery"] for line in lines if line["shares"] == receipt.shares]
    if mine and mine[-1] == receipt.delivery:
        return
    line = json.dumps({"shares": receipt.shares, "delivery": receipt.delivery, "first": receipt.received_at})
    whole = not path.is_file() or path.read_bytes()[-1:] in {b"\n", b""}
    with path.open("a", encoding="utf-8", newline="\n") as stream:
        stream.write(("" if whole else "\n") + line + "\n")


def _arrivals(path: Path) -> list[dict[str, str]]:
    if not path.is_file():
        return []
    lines = []
    for line in path.read_text(encoding="utf-8").splitlines():
        try:
            lines.append(json.loads(line))
        except json.JSONDecodeError:
            # A run killed while writing leaves half a line; the delivery is journalled again when next seen.
            continue
    return lines


def _empty_files(receipt: Receipt) -> tuple[Finding, ...]:
    return tuple(
        Finding(
            dataset=receipt.dataset,
            check="empty",
            grade="stop",
            file=file.name,
            expected="a file with content",
            found="a file of 0 bytes",
            remedy="Ask the supplier to export and send it again.",
        )
        for file in receipt.files
        if file.bytes == 0
    )


def landed(settings: Settings, receipt: Receipt, *, new: bool = False) -> Landed:
    """The landed delivery of a receipt.

    Raises:
        DeliveryError: a file of it is no longer in landing, or has another size than the receipt says.
    """
    folder = landing_folder(settings, receipt.dataset, receipt.edition) / receipt.short
    purged = purged_of(folder)
    if purged is not None:
        return Landed(receipt, folder, (), (), new, purged)
    files = tuple((file.name, folder / file.landed_as) for file in receipt.files)
    for file, (_, path) in zip(receipt.files, files, strict=True):
        size = path.stat().st_size if path.is_file() else None
        if size != file.bytes:
            raise DeliveryError(
                Finding(
                    dataset=receipt.dataset,
                    check="readable",
                    grade="stop",
                    file=file.name,
                    expected=f"a landed copy of {file.bytes} bytes, as its receipt says",
                    found="no copy" if size is None else f"{size} bytes",
                    remedy=f"Remove the folder landing/{receipt.dataset}/{receipt.edition}/{receipt.short} and run again; it is copied afresh.",
                )
            )
    return Landed(receipt, folder, files, _empty_files(receipt), new)


def verify(delivery: Landed) -> None:
    """Compare landed files with their receipt, byte for byte.

    Raises:
        DeliveryError: a landed file was changed after it came.
    """
    for file, (_, path) in zip(delivery.receipt.files, delivery.files, strict=True):
        with path.open("rb") as stream:
            digest, _ = _hash_of(stream)
        if digest != file.sha256:
            raise DeliveryError(
                Finding(
                    dataset=delivery.receipt.dataset,
                    check="readable",
                    grade="stop",
                    file=file.name,
                    expected="a landed copy with the hash its receipt gives",
                    found="another hash: the copy was changed after it came",
                    remedy=f"Remove the folder {delivery.folder.name} from landing and run again; it is copied afresh.",
                )
            )


def _recalled_finding(found: Found, recalled: Recalled) -> Finding:
    return Finding(
        dataset=found.dataset,
        check="delivered",
        grade="stop",
        expected="another delivery than the one that was recalled",
        found=f"the same bytes again; {recalled.sentence()}",
        remedy="Ask the supplier to remove the file from the share, and to send the right one.",
        file=found.files[0].name if len(found.files) == 1 else None,
    )


def recalled_again(settings: Settings, share: Share, found: Found) -> bool:
    """Whether what lies on the share is a delivery that was recalled; files are opened only where one was."""
    if not any(settings.landing.glob(f"{found.dataset}/*/*/{RECALLED}")):
        return False
    hashes = [_hash_source(share, found.dataset, file)[0] for file in found.files]
    return recalled_like(settings, found.dataset, hashes) is not None


def _store(
    settings: Settings,
    share: Share,
    found: Found,
    layout: str,
    now: dt.datetime | None,
    absent_at: str | None,
) -> tuple[Receipt, bool]:
    hashed = {file.name: _hash_source(share, found.dataset, file) for file in found.files}
    recalled = recalled_like(settings, found.dataset, (digest for digest, _ in hashed.values()))
    if recalled is not None:
        raise RecalledError(_recalled_finding(found, recalled))
    delivery = delivery_id((name, digest) for name, (digest, _) in hashed.items())
    base = landing_folder(settings, found.dataset, found.edition)
    folder = base / delivery[:SHORT]
    existing = _receipt_file(folder, share.shares.id)
    if existing:
        return read_receipt(existing), False
    names = safe_names([file.name for file in found.files], _room(found.dataset, found.edition))
    receipt = Receipt(
        delivery=delivery,
        dataset=found.dataset,
        edition=found.edition,
        shares=share.shares.id,
        synthetic=share.shares.synthetic,
        layout=layout,
        files=tuple(LandedAs(name, *hashed[name], names[name]) for name in sorted(hashed)),
        received_at=_utc(now),
        left_at=left_on_share(found.files, now or dt.datetime.now(dt.UTC), absent_at),
    )
    if (folder / "receipt.json").is_file():
        # The same bytes came by other shares before: one copy, a receipt for each.
        other = read_receipt(folder / "receipt.json")
        if other.delivery != delivery:
            raise DeliveryError(
                Finding(
                    dataset=found.dataset,
                    check="readable",
                    grade="stop",
                    expected="one delivery in each landing folder",
                    found=f"{folder.name} holds another one whose hash begins alike",
                    remedy="Rename the folder by hand with one more character of its hash; this should never happen.",
                )
            )
        write_receipt(receipt, folder / f"receipt-{receipt.shares}.json")
        return receipt, True
    base.mkdir(parents=True, exist_ok=True)
    part = base / f"{_UNFINISHED}{secrets.token_hex(3)}"
    part.mkdir()
    try:
        for file in found.files:
            _copy(share, found.dataset, file, part / names[file.name], hashed[file.name][0])
        write_receipt(receipt, part / "receipt.json")
        if folder.exists():
            # A folder without a receipt is what a hand-made removal leaves; it holds no delivery.
            shutil.rmtree(folder)
        try:
            part.rename(folder)
        except OSError:
            # Another process landed the same bytes a moment ago; its copy stands.
            if _receipt_file(folder, receipt.shares) is None:
                raise
            return read_receipt(folder / "receipt.json"), False
    finally:
        if part.exists():
            shutil.rmtree(part, ignore_errors=True)
    return receipt, True


def land(
    settings: Settings,
    share: Share,
    found: Found,
    *,
    now: dt.datetime | None = None,
    absent_at: str | None = None,
    pause: Callable[[float], None] = time.sleep,
) -> Landed:
    """Copy a delivery into landing, or recognise it there.

    The copy is made under a temporary name, verified, and renamed; an existing delivery is never
    touched, and keeps the receipt of its first arrival. A file of no bytes is landed too, with a finding.

    Args:
        settings: where landing is.
        share: the opened share.
        found: files of one dataset and edition; at least one.
        now: moment of arrival; the clock by default.
        absent_at: when the share was last looked at and the delivery was not there.
        pause: how to wait before another try when a file changes while it is copied.

    Raises:
        DeliveryError: a file cannot be read, or keeps changing while it is copied.
    """
    if not found.files or found.layout is None:
        raise ValueError(f"{found.dataset}, edition {found.edition}: nothing was found that could be landed")
    changed = ""
    for attempt in range(_TRIES):
        try:
            receipt, new = _store(settings, share, found, found.layout.id, now, absent_at)
        except _ChangedError as error:
            changed = str(error)
            if attempt + 1 < _TRIES:
                pause(0.5 * (attempt + 1))
            continue
        _journal(settings, receipt)
        return landed(settings, receipt, new=new)
    raise DeliveryError(
        Finding(
            dataset=found.dataset,
            check="readable",
            grade="stop",
            file=changed,
            expected="a file that stays the same while it is copied",
            found=f"it changed during each of {_TRIES} tries",
            remedy="Wait until the supplier has finished writing it, and run again.",
        )
    )


def last_receipt(settings: Settings, shares_id: str, dataset: str, edition: int) -> Receipt | None:
    """The receipt of the delivery that was last seen on a share, or None.

    Receipts of other shares files are never returned.
    """
    receipts = earlier_receipts(settings, shares_id, dataset, edition)
    return receipts[0] if receipts else None


def earlier_receipts(settings: Settings, shares_id: str, dataset: str, edition: int) -> list[Receipt]:
    """All receipts of a dataset, edition and shares file: the delivery seen last comes first.

    Deliveries that were recalled are none of them.
    """
    base = landing_folder(settings, dataset, edition)
    receipts: list[Receipt] = []
    seen: set[str] = set()
    for line in reversed(_arrivals(base / _JOURNAL)):
        if line["shares"] != shares_id or line["delivery"] in seen:
            continue
        seen.add(line["delivery"])
        path = _receipt_file(base / line["delivery"][:SHORT], shares_id)
        if path and not (path.parent / RECALLED).is_file():
            receipts.append(read_receipt(path))
    return receipts


def lost(share: Share, found: Found, receipt: Receipt) -> bool:
    """Whether a share merely lost files of a landed delivery: what is left are files of it, unchanged."""
    known = {file.name: file.sha256 for file in receipt.files}
    return all(known.get(file.name) == _hash_source(share, found.dataset, file)[0] for file in found.files)


def lost_finding(found: Found, receipt: Receipt) -> Finding:
    """What to record when the landed copy stands in for files that the share no longer has."""
    return Finding(
        dataset=found.dataset,
        check="delivered",
        grade="record",
        expected=found.findings[0].expected,
        found=f"no longer on the share; the copy landed on {receipt.received_at[:10]} is used",
        remedy="Nothing needs to be done, unless the supplier withdrew the delivery.",
        file=found.findings[0].file,
    )


def clear_unfinished(settings: Settings, older_than: float = 3600) -> int:
    """Remove copies that a killed run left unfinished.

    Args:
        settings: where landing is.
        older_than: seconds; younger ones may belong to a process that is at work.

    Returns:
        How many were removed.
    """
    count = 0
    for part in settings.landing.glob(f"*/*/{_UNFINISHED}*"):
        if time.time() - part.stat().st_mtime >= older_than:
            shutil.rmtree(part, ignore_errors=True)
            count += 1
    return count
