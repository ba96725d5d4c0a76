"""The council's secret, and the keyed hashes that are made with it.

Belongs here: making and reading the secret of this installation, and the pseudonym of one identifier. Does
not belong here: which columns are pseudonymised (the catalogue says), or doing it to a delivery (`readers`).

A plain hash of a membership number can be undone by trying all numbers; a keyed one cannot without the key.
Nothing published rests on it: pseudonyms are counted and grouped, never ordered by and never shown.
"""

from __future__ import annotations

import contextlib
import hashlib
import os
import secrets

from spi_orchestration.settings import Settings

__all__ = ["SecretError", "council_secret", "pseudonym", "secret_mark"]

_BYTES = 32


class SecretError(RuntimeError):
    """The secret is there, but cannot be used."""


def council_secret(settings: Settings) -> bytes:
    """The secret of this installation: 32 random bytes in the data folder, made when first asked for.

    The file can be read by its owner alone, is in no repository and in no release. Where it is lost, a new
    one is made and the deliveries that need it are read again.

    Raises:
        SecretError: the file does not hold a secret.
    """
    path = settings.secret_file
    if not path.is_file():
        path.parent.mkdir(parents=True, exist_ok=True)
        with contextlib.suppress(OSError):
            path.parent.chmod(0o700)
        part = path.with_name(f".{path.name}.{secrets.token_hex(4)}")
        handle = os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(handle, "w", encoding="ascii") as stream:
            stream.write(secrets.token_hex(_BYTES) + "\n")
        try:
            # A link never takes the place of a file: where two processes make one at once, the first stands.
            os.link(part, path)
        except FileExistsError:
            pass
        except OSError:
            if not path.is_file():
                part.replace(path)
        finally:
            part.unlink(missing_ok=True)
    try:
        key = bytes.fromhex(path.read_text(encoding="ascii").strip())
    except ValueError:
        key = b""
    if len(key) != _BYTES:
        raise SecretError(
            f"{path.name} in {path.parent} does not hold a secret of {_BYTES} bytes. Put it back from the backup; "
            "or remove it, and a new one is made and the deliveries that need it are read again."
        )
    return key


def pseudonym(key: bytes, text: str | None) -> str | None:
    """The keyed hash of an identifier: 32 hexadecimal characters, the same for the same key and text.

    Args:
        key: the secret.
        text: the cell; surrounding blanks do not count. A blank cell stays as it is, so that it is still
            seen to be blank.
    """
    if text is None or not text.strip():
        return text
    return hashlib.blake2b(text.strip().encode("utf-8"), key=key, digest_size=16).hexdigest()


def secret_mark(key: bytes) -> str:
    """A short mark that changes with the secret and says nothing about it."""
    return hashlib.blake2b(b"mark of the secret", key=key, digest_size=8).hexdigest()
