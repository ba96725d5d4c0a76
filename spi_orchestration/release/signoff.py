"""Who answers for a release: analyst, assurer and approver, bound to one manifest.

Belongs here: the shape of a sign-off file, and what makes a sign-off valid for a draft. Does not belong
here: publishing (`publish.py`). Supplier approvals and expiry will stand in the same file.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationError

from spi_orchestration.release.files import ReleaseError

__all__ = ["ROLES", "Signature", "Signoff", "check_signoff", "read_signoff", "sample_signoff", "template"]

#: Roles of a release, in the order in which they sign.
ROLES = ("analyst", "assurer", "approver")

_SAMPLE_WORDS = ("sample", "synthetic")


def _as_date(value: Any) -> Any:
    # JSON has no dates; YAML gives them as such. Strict mode takes neither a number nor a time.
    return dt.date.fromisoformat(value) if isinstance(value, str) else value


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)


class Signature(_Strict):
    """One person's sign-off.

    Attributes:
        role: analyst, assurer or approver.
        given_by: a role or initials; data about a person is not needed.
        date: day it was given.
        note: what was looked at, or on what ground.
        recorded_by: who entered it, where that is someone else.
        evidence: reference to a minute or message.
        sample: given by a marked sample role; valid for synthetic input only.
    """

    role: Literal["analyst", "assurer", "approver"]
    given_by: str = Field(min_length=2, max_length=80)
    date: Annotated[dt.date, BeforeValidator(_as_date)]
    note: str = Field(min_length=3, max_length=2000)
    recorded_by: str | None = None
    evidence: str | None = None
    sample: bool = False


class Signoff(_Strict):
    """The sign-off of one draft.

    Attributes:
        manifest: sha256 of the draft's `manifest.json`; any change of the draft voids the sign-off.
        signatures: one for each role.
        reason: why a correction is published; required from the second release of an edition on.
    """

    manifest: str = Field(pattern=r"^[0-9a-f]{64}$")
    signatures: list[Signature]
    reason: str | None = Field(default=None, min_length=3)


def read_signoff(path: Path) -> Signoff:
    """Read a sign-off file (YAML or JSON).

    Raises:
        ReleaseError: absent, not readable, or not in the expected shape; names file and key.
    """
    import yaml

    class OnceLoader(yaml.SafeLoader):
        """Refuses a key given twice, of which YAML would keep the last in silence."""

        def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Any, Any]:
            keys = [self.construct_object(key, deep=True) for key, _ in node.value]
            for key in keys:
                if keys.count(key) > 1:
                    raise yaml.YAMLError(f"line {node.start_mark.line + 1}: the key {key!r} is given twice")
            return super().construct_mapping(node, deep)

    try:
        data = yaml.load(path.read_text(encoding="utf-8-sig"), Loader=OnceLoader)
    except FileNotFoundError:
        raise ReleaseError(f"there is no sign-off file {path}") from None
    except IsADirectoryError:
        raise ReleaseError(f"{path} is a folder; a sign-off is a YAML or JSON file") from None
    except (UnicodeDecodeError, yaml.YAMLError) as error:
        raise ReleaseError(f"{path.name}: not readable as YAML or JSON: {error}") from None
    try:
        return Signoff.model_validate(data)
    except ValidationError as error:
        lines = []
        for item in error.errors():
            key = ".".join(str(part) for part in item["loc"]) or "(whole)"
            said = {"missing": "is missing", "extra_forbidden": "is an unknown key"}.get(
                item["type"], item["msg"]
            )
            lines.append(f"  {path.name}: {key}: {said}")
        raise ReleaseError("the sign-off is not valid:\n" + "\n".join(lines)) from None


def sample_signoff(manifest_sha256: str, day: dt.date, *, reason: str | None = None) -> Signoff:
    """The sign-off that synthetic input gets by itself, marked as such."""
    return Signoff(
        manifest=manifest_sha256,
        signatures=[
            Signature(
                role=role,  # type: ignore[arg-type]
                given_by=f"Sample {role} (synthetic)",
                date=day,
                note="Signed by a sample role: every input of this release is synthetic.",
                sample=True,
            )
            for role in ROLES
        ],
        reason=reason,
    )


def _person(text: str) -> str:
    return re.sub(r"[\W_]+", "", text).casefold()


def check_signoff(signoff: Signoff, manifest: Mapping[str, Any], sha256: str, today: dt.date) -> None:
    """Refuse a sign-off that does not cover a draft.

    Args:
        signoff: the sign-off.
        manifest: manifest of the draft.
        sha256: hash of the draft's `manifest.json`.
        today: no signature may be dated after it.

    Raises:
        ReleaseError: bound to another manifest, a role missing or twice, one person in two roles, a
            future date, or a sample role on real input.
    """
    if signoff.manifest != sha256:
        raise ReleaseError(
            f"the sign-off is for manifest {signoff.manifest[:12]}, the draft's is {sha256[:12]}: the draft "
            "was built again, or the file belongs to another draft. Have the draft as it is now signed."
        )
    by_role: dict[str, Signature] = {}
    for signature in signoff.signatures:
        if signature.role in by_role:
            raise ReleaseError(f"the sign-off has two signatures as {signature.role}; one is needed")
        by_role[signature.role] = signature
        if signature.date > today:
            raise ReleaseError(f"the signature as {signature.role} is dated {signature.date}, after today")
        sample = signature.sample or _person(signature.given_by).startswith(_SAMPLE_WORDS)
        if sample and not manifest["synthetic"]:
            raise ReleaseError(
                f"the {signature.role} is a sample role ({signature.given_by}), and this draft holds real input. "
                "Sample roles sign synthetic input only: name who answers for it."
            )
    missing = [role for role in ROLES if role not in by_role]
    if missing:
        raise ReleaseError(
            f"the sign-off lacks the {' and the '.join(missing)}; a release needs {', '.join(ROLES)}"
        )
    people: dict[str, str] = {}
    for role in ROLES:
        key = _person(by_role[role].given_by)
        if not key:
            raise ReleaseError(f"the signature as {role} does not say who gave it")
        if key in people:
            raise ReleaseError(
                f"{people[key]} and {role} are the same ({by_role[role].given_by}); three people sign a release"
            )
        people[key] = role


def template(manifest_sha256: str) -> str:
    """A sign-off file to fill in for one draft."""
    blocks = "".join(
        f'  - role: {role}\n    given_by: ""  # a role or initials\n    date:  # such as 2026-12-10\n    note: ""\n'
        for role in ROLES
    )
    return f"manifest: {manifest_sha256}\nreason:  # why, when this corrects an earlier release\nsignatures:\n{blocks}"
