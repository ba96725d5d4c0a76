"""Which files on a share are the delivery of a dataset for an edition.

Belongs here: listing a share (through fsspec, so a folder today and SFTP or SMB later), matching names
with the layout's patterns, and saying well what is missing. Does not belong here: copying (`landing.py`)
or opening files (`readers`).
"""

from __future__ import annotations

import difflib
import hashlib
import io
import posixpath
import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any

from spi_orchestration.catalogue import Catalogue, CatalogueError, Dataset, Layout, Shares, fill_template
from spi_orchestration.findings import DeliveryError, Finding
from spi_orchestration.settings import Settings

__all__ = ["Found", "Share", "ShareFile", "open_share"]

#: Files that programs leave on shares and nobody delivers.
_LITTER = re.compile(
    r"(^|/)(\.[^/]*|~\$[^/]*|thumbs\.db|desktop\.ini|[^/]*\.(tmp|part|partial|crdownload))$", re.I
)


@dataclass(frozen=True)
class ShareFile:
    """One file on a share.

    Attributes:
        name: path below the folder that was searched, with `/`.
        path: path in the share's file system.
        size: bytes.
        modified: the file system's own mark of change (a time or an entity tag), as text.
    """

    name: str
    path: str
    size: int
    modified: str


@dataclass(frozen=True)
class Found:
    """What a share holds of one dataset and edition.

    Attributes:
        dataset: dataset id.
        edition: edition.
        layout: the layout that the files are expected to have, or None where none serves the edition.
        folder: where it was looked, as the shares file writes it.
        files: matching files, in order of name.
        findings: what is missing; empty when each pattern matched.
    """

    dataset: str
    edition: int
    layout: Layout | None
    folder: str
    files: tuple[ShareFile, ...] = ()
    findings: tuple[Finding, ...] = ()

    @property
    def expected(self) -> bool:
        """Whether the catalogue or the shares file expects a delivery at all."""
        return self.layout is not None

    @property
    def complete(self) -> bool:
        """Whether every expected pattern matched a file."""
        return self.expected and not self.findings

    def fingerprint(self) -> str:
        """A short text that changes when a file comes, goes or changes; no file is opened for it."""
        lines = [f"{file.name} {file.size} {file.modified}" for file in self.files]
        return hashlib.sha256("\n".join(lines).encode()).hexdigest()[:16]


@lru_cache(maxsize=4096)
def _pattern(glob: str) -> re.Pattern[str]:
    """A glob as a regular expression: `*` and `?` stay within a folder, `**/` spans folders; case is ignored."""
    out, index = "", 0
    while index < len(glob):
        char = glob[index]
        if glob.startswith("**/", index):
            out, index = out + "(?:.*/)?", index + 3
            continue
        if char == "*":
            out += "[^/]*"
        elif char == "?":
            out += "[^/]"
        elif char == "[" and "]" in glob[index + 2 :]:
            end = glob.index("]", index + 2)
            body = glob[index + 1 : end].replace("\\", r"\\")
            out += "[" + ("^" + body[1:] if body.startswith("!") else body) + "]"
            index = end
        else:
            out += re.escape(char)
        index += 1
    return re.compile(out, re.IGNORECASE)


@dataclass
class Share:
    """An opened share: its listing is read once and then used for every dataset.

    Attributes:
        shares: the shares file.
        catalogue: all datasets.
        root: resolved root, in the file system's own writing.
        system: the fsspec file system.
    """

    shares: Shares
    catalogue: Catalogue
    root: str
    system: Any
    _listings: dict[str, dict[str, ShareFile]] = field(default_factory=dict)
    _troubles: dict[str, str] = field(default_factory=dict)

    def listing(self, folder: str) -> dict[str, ShareFile]:
        """All delivered files below a folder of the share, by name; empty where the folder is absent."""
        folder = folder.strip("/")
        if folder not in self._listings:
            base = posixpath.join(self.root, folder) if folder else self.root
            try:
                entries = self.system.find(base, withdirs=False, detail=True)
            except FileNotFoundError:
                entries = {}
            except OSError as error:
                # No reason to lose the other suppliers' deliveries: said where a file is missed.
                self._troubles[folder] = type(error).__name__
                entries = {}
            files = {}
            for path, info in sorted(entries.items()):
                name = posixpath.relpath(path, base)
                if _LITTER.search(name):
                    continue
                changed = info.get("mtime") or info.get("LastModified") or info.get("ETag") or ""
                files[name] = ShareFile(name, path, int(info.get("size") or 0), str(changed))
            self._listings[folder] = files
        return self._listings[folder]

    def refresh(self) -> None:
        """Forget the listings, so that the next look reads the share again."""
        self._listings.clear()
        self._troubles.clear()
        invalidate = getattr(self.system, "invalidate_cache", None)
        if invalidate:
            invalidate()

    def open(self, file: ShareFile) -> io.BufferedReader:
        """Open a file for reading bytes."""
        stream: io.BufferedReader = self.system.open(file.path, "rb")
        return stream

    def size(self, file: ShareFile) -> int:
        """The present size of a file in bytes."""
        return int(self.system.size(file.path))

    def editions(self, dataset: Dataset) -> list[int]:
        """Editions that the shares file names files of, for a dataset."""
        return sorted(self.shares.deliveries.get(dataset.id, {}))

    def layout(self, dataset: Dataset, edition: int) -> Layout | None:
        """The layout that a delivery of the edition is expected to have, or None."""
        named = self.shares.deliveries.get(dataset.id, {}).get(edition)
        if named is not None:
            return dataset.layout(edition, named.layout)
        return dataset.layout(edition) if dataset.has_layout(edition) else None

    def find(self, dataset: Dataset, edition: int) -> Found:
        """Find the files of a dataset for an edition.

        Files are those that the shares file names, else those below the supplier's folder that match
        the patterns of the edition's layout. Nothing is opened.

        Returns:
            The files and, for each pattern without a match, a finding of check `delivered`.
        """
        layout = self.layout(dataset, edition)
        named = self.shares.deliveries.get(dataset.id, {}).get(edition)
        supplier = self.catalogue.supply(dataset, edition).supplier_id
        if layout is None:
            return Found(dataset.id, edition, None, "")
        if named is not None:
            folder, patterns = "", named.files
        elif supplier in self.shares.folders:
            folder, patterns = self.shares.folders[supplier], layout.files
        else:
            missing = Finding(
                dataset=dataset.id,
                check="delivered",
                grade="stop",
                expected=f"files of {dataset.contract.title}, edition {edition}",
                found=f"the shares file {self.shares.id} has no folder for the supplier {supplier} and names no files",
                remedy=f"Add the supplier under folders, or the files under deliveries, in config/shares/{self.shares.id}.yml.",
            )
            return Found(dataset.id, edition, layout, "", findings=(missing,))
        shown = posixpath.join(self.shares.root, folder) if folder else self.shares.root
        listing = self.listing(folder)
        matched: dict[str, ShareFile] = {}
        findings = []
        for pattern in patterns:
            filled = fill_template(pattern, edition)
            hits = [file for name, file in listing.items() if _pattern(filled).fullmatch(name)]
            matched |= {file.name: file for file in hits}
            if not hits:
                trouble = self._troubles.get(folder.strip("/"))
                findings.append(self._absent(dataset, edition, filled, shown, listing, trouble))
        files = tuple(matched[name] for name in sorted(matched))
        return Found(dataset.id, edition, layout, shown, files, tuple(findings))

    def _absent(
        self,
        dataset: Dataset,
        edition: int,
        pattern: str,
        shown: str,
        listing: Iterable[str],
        trouble: str | None,
    ) -> Finding:
        names = list(listing)
        wanted = posixpath.basename(pattern).lower()
        by_base = {posixpath.basename(name).lower(): name for name in names}
        near = [by_base[base] for base in difflib.get_close_matches(wanted, by_base, n=3, cutoff=0.55)]
        if trouble:
            found = f"the folder cannot be read ({trouble})"
        elif not names:
            found = "the folder is absent or holds no file"
        elif near:
            found = f"no such file; near names there: {', '.join(near)}"
        else:
            found = f"no such file among the {len(names)} there, and no near name"
        contact = self.catalogue.supply(dataset, edition).supplier
        return Finding(
            dataset=dataset.id,
            check="delivered",
            grade="stop",
            file=pattern,
            expected=f"a file {pattern} in {shown} for edition {edition}",
            found=found,
            remedy=(
                f"Ask {contact.title} ({contact.contact_role}) for it; if a file there is meant, "
                "give it the expected name or add its name to the layout in sources.yml."
            ),
        )

    def unmatched(self, editions: Iterable[int]) -> list[str]:
        """Files in the suppliers' folders that no dataset of any of the editions expects.

        Returns:
            Paths below the root, in order. Shares without supplier folders have none.
        """
        editions = list(editions)
        claimed: set[str] = set()
        for dataset in self.catalogue.datasets.values():
            for edition in editions:
                claimed |= {file.path for file in self.find(dataset, edition).files}
        loose = []
        for folder in sorted(set(self.shares.folders.values())):
            for file in self.listing(folder).values():
                if file.path not in claimed:
                    loose.append(posixpath.join(folder, file.name))
        return sorted(set(loose))


def open_share(settings: Settings, catalogue: Catalogue, shares: Shares) -> Share:
    """Open the share of a shares file.

    Raises:
        CatalogueError: the root needs a setting that is absent, or its kind of address cannot be served here.
    """
    import fsspec

    root = shares.resolved_root(settings)
    try:
        system, path = fsspec.core.url_to_fs(root)
    except (ImportError, ValueError) as error:
        raise CatalogueError(
            f"shares {shares.id}: the address {shares.root} cannot be opened here: {error}. "
            "Install the extra it needs (sftp, smb), or use a folder."
        ) from None
    return Share(shares, catalogue, path.rstrip("/") or "/", system)


def unreadable(dataset: str, file: str, error: Exception) -> DeliveryError:
    """The error to raise when the share does not let a file be read."""
    return DeliveryError(
        Finding(
            dataset=dataset,
            check="readable",
            grade="stop",
            file=file,
            expected="a file on the share that can be read to its end",
            found=f"the share refused it ({type(error).__name__})",
            remedy="Close the file where it is open, check the reading right on the folder, and run again.",
        )
    )
