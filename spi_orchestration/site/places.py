"""Where a site can be published: a folder, an SFTP server, an S3-compatible object store.

Belongs here: reading and writing one file in each kind of place, such that nobody ever sees half a file. Does not
belong here: which file goes when (`publish.py`).

Packages for SFTP and for object stores are extras, imported where they are used.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path, PurePosixPath
from typing import Any, Protocol
from urllib.parse import unquote, urlsplit

from spi_orchestration.release.files import ReleaseError, lock
from spi_orchestration.site.hosting import TYPES

__all__ = ["Folder", "ObjectStore", "Place", "Sftp", "open_place"]

#: Environment variables with what must not stand on a command line.
PASSWORD_VARIABLE = "SPI_PUBLISH_PASSWORD"
PASSPHRASE_VARIABLE = "SPI_PUBLISH_PASSPHRASE"
#: Seconds after which a silent server is given up.
PATIENCE = 30.0


class Place(Protocol):
    """Where files of a site go. Names are relative, with `/`.

    Attributes:
        trusts_record: whether a release whose record (`pages.json`) is there and the same is taken as whole
            without reading each of its files: reading them back over a network costs more than writing them.
    """

    trusts_record: bool

    def read(self, name: str) -> bytes | None:
        """Bytes of a file; None where there is none."""

    def write(self, name: str, source: Path) -> None:
        """Put a file there whole: readers see the old bytes or the new ones."""


class Folder:
    """A folder that a web server shows, on this machine or on a mounted share."""

    trusts_record = False

    def __init__(self, root: Path) -> None:
        self.root = root

    def read(self, name: str) -> bytes | None:
        """Bytes of a file; None where there is none."""
        path = self.root / name
        return path.read_bytes() if path.is_file() else None

    def write(self, name: str, source: Path) -> None:
        """Put a file there whole."""
        target = self.root / name
        target.parent.mkdir(parents=True, exist_ok=True)
        new = target.with_name(f".{target.name}.new")
        shutil.copyfile(source, new)
        new.replace(target)


class Sftp:
    """A folder on an SFTP server: each file is written beside its place and renamed over it.

    Args:
        client: an open `paramiko.SFTPClient`.
        root: folder on the server.
    """

    trusts_record = True

    def __init__(self, client: Any, root: str) -> None:
        self._client = client
        self._root = PurePosixPath(root)
        self._made: set[str] = set()

    def read(self, name: str) -> bytes | None:
        """Bytes of a file; None where there is none."""
        try:
            with self._client.open(str(self._root / name), "rb") as stream:
                stream.prefetch()
                data: bytes = stream.read()
                return data
        except FileNotFoundError:
            return None

    def write(self, name: str, source: Path) -> None:
        """Put a file there whole."""
        target = self._root / name
        self._make(target.parent)
        new = str(target.with_name(f".{target.name}.new"))
        # `put` asks the server for the size afterwards and fails where it is another.
        self._client.put(str(source), new)
        try:
            self._client.posix_rename(new, str(target))
        except OSError:
            # Servers without OpenSSH's extension cannot rename over a file.
            with suppress(FileNotFoundError):
                self._client.remove(str(target))
            self._client.rename(new, str(target))

    def _make(self, folder: PurePosixPath) -> None:
        if str(folder) in self._made:
            return
        try:
            self._client.stat(str(folder))
        except FileNotFoundError:
            self._make(folder.parent)
            self._client.mkdir(str(folder))
        self._made.add(str(folder))


class ObjectStore:
    """A bucket of an S3-compatible store; each object carries its media type and how long it may be kept.

    Args:
        files: an `s3fs.S3FileSystem`.
        root: bucket and prefix.
    """

    trusts_record = True

    def __init__(self, files: Any, root: str) -> None:
        self._files = files
        self._root = root.strip("/")

    def read(self, name: str) -> bytes | None:
        """Bytes of a file; None where there is none."""
        try:
            data: bytes = self._files.cat_file(f"{self._root}/{name}")
            return data
        except FileNotFoundError:
            return None

    def write(self, name: str, source: Path) -> None:
        """Put a file there whole."""
        kind = TYPES.get(PurePosixPath(name).suffix, "application/octet-stream")
        release = name.startswith("releases/") and name.count("/") > 1
        keep = "public, max-age=31536000, immutable" if release else "public, max-age=600"
        self._files.pipe_file(
            f"{self._root}/{name}", source.read_bytes(), ContentType=kind, CacheControl=keep
        )


@contextmanager
def open_place(
    target: str,
    *,
    key_file: Path | None = None,
    known_hosts: Path | None = None,
    endpoint: str | None = None,
    environment: Mapping[str, str] | None = None,
) -> Iterator[Place]:
    """Open a place by its address.

    Args:
        target: a folder, `sftp://user@host[:port]/folder`, or `s3://bucket[/prefix]`.
        key_file: private key for SFTP; without it, the agent and the usual keys are tried. A password is
            taken from `SPI_PUBLISH_PASSWORD`, a key's passphrase from `SPI_PUBLISH_PASSPHRASE`.
        known_hosts: file of known host keys; the user's own by default. A server that is not in it is refused.
        endpoint: address of an S3-compatible store other than Amazon's. Keys come from the usual AWS
            variables and files.
        environment: of the process.

    Raises:
        ReleaseError: unknown kind of address, a package is not installed, or the place cannot be reached.
    """
    scheme = target.partition("://")[0].lower() if "://" in target else ""
    with ExitStack() as stack:
        if not scheme:
            folder = Path(target)
            stack.enter_context(lock(folder / ".publish.lock"))
            place: Place = Folder(folder)
        elif scheme == "sftp":
            place = stack.enter_context(
                _sftp(target, key_file, known_hosts, os.environ if environment is None else environment)
            )
        elif scheme == "s3":
            place = _object_store(target, endpoint)
        else:
            raise ReleaseError(
                f"a site cannot be published to {scheme}://. Known are a folder, sftp://user@host/folder and s3://bucket/prefix."
            )
        yield place


def _missing(package: str, extra: str) -> ReleaseError:
    return ReleaseError(
        f"the package {package} is not installed; it is in the extra `{extra}`. Install it into the project's "
        f'environment: .venv/bin/python -m pip install -c constraints.txt -e ".[{extra}]"'
    )


@contextmanager
def _sftp(
    target: str, key_file: Path | None, known_hosts: Path | None, environment: Mapping[str, str]
) -> Iterator[Place]:
    try:
        import paramiko  # type: ignore[import-untyped]
    except ImportError:
        raise _missing("paramiko", "sftp") from None
    parts = urlsplit(target)
    if not parts.hostname or parts.path in ("", "/"):
        raise ReleaseError(f"{target} names no server or no folder. Expected: sftp://user@host/folder")
    if parts.password:
        raise ReleaseError(
            f"a password does not belong in an address. Put it into the variable {PASSWORD_VARIABLE}."
        )
    client = paramiko.SSHClient()
    try:
        if known_hosts is not None:
            client.load_host_keys(str(known_hosts))
        else:
            client.load_system_host_keys()
    except OSError as error:
        raise ReleaseError(f"the known hosts cannot be read: {error}") from None
    client.set_missing_host_key_policy(paramiko.RejectPolicy())
    try:
        client.connect(
            parts.hostname,
            port=parts.port or 22,
            username=unquote(parts.username) if parts.username else None,
            password=environment.get(PASSWORD_VARIABLE),
            passphrase=environment.get(PASSPHRASE_VARIABLE),
            key_filename=str(key_file) if key_file else None,
            allow_agent=key_file is None,
            look_for_keys=key_file is None,
            timeout=PATIENCE,
        )
        sftp = client.open_sftp()
    except paramiko.BadHostKeyException:
        client.close()
        raise ReleaseError(
            f"{parts.hostname} shows another host key than the known one. Do not go on: ask the web team whether it changed."
        ) from None
    except (paramiko.SSHException, OSError, ValueError) as error:
        client.close()
        raise ReleaseError(
            f"{parts.hostname} cannot be reached over SFTP: {error}. A new server's key must stand in the known "
            "hosts first (`ssh-keyscan`, checked with the web team)."
        ) from None
    try:
        yield Sftp(sftp, parts.path)
    except (paramiko.SSHException, EOFError) as error:
        raise ReleaseError(
            f"the connection to {parts.hostname} broke: {error}. Run the same again; it goes on where it stopped."
        ) from None
    finally:
        client.close()


def _object_store(target: str, endpoint: str | None) -> Place:
    try:
        import s3fs
    except ImportError:
        raise _missing("s3fs", "s3") from None
    root = target.partition("://")[2].strip("/")
    if not root:
        raise ReleaseError(f"{target} names no bucket. Expected: s3://bucket/prefix")
    # No listing is kept: what another process put there counts.
    files = s3fs.S3FileSystem(endpoint_url=endpoint, use_listings_cache=False, skip_instance_cache=True)
    bucket = root.partition("/")[0]
    try:
        found = files.exists(bucket)
    except Exception as error:  # botocore raises a class for each kind of trouble
        raise ReleaseError(f"the object store cannot be reached: {error}") from None
    if not found:
        raise ReleaseError(f"there is no bucket {bucket}, or these keys may not see it.")
    return ObjectStore(files, root)
