"""Who answers for a release: analyst, assurer, approver and suppliers, bound to one manifest.

Belongs here: the shape of a sign-off file, recording one approval in it, and what makes a sign-off valid
for a draft. Does not belong here: publishing (`publish.py`), or what a supplier is shown (`approval.py`).
"""

from __future__ import annotations

import datetime as dt
import re
import unicodedata
from collections.abc import Mapping
from itertools import pairwise
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, StringConstraints, ValidationError

from spi_orchestration.release.files import ReleaseError

__all__ = [
    "ROLES",
    "Signature",
    "Signoff",
    "SupplierApproval",
    "check_people",
    "check_signoff",
    "findings_of",
    "read_signoff",
    "recorded",
    "same_person",
    "sample_signoff",
    "signoff_text",
    "so_far",
    "template",
]

#: Roles of a release, in the order in which they sign.
ROLES = ("analyst", "assurer", "approver")

_SAMPLE_WORDS = ("sample", "synthetic")


def _as_date(value: Any) -> Any:
    # JSON has no dates; YAML gives them as such. Strict mode takes neither a number nor a time.
    return dt.date.fromisoformat(value) if isinstance(value, str) else value


def _text(shortest: int, longest: int) -> StringConstraints:
    """Words that somebody wrote: blanks at the ends do not count, so that blanks alone are no note."""
    return StringConstraints(strip_whitespace=True, min_length=shortest, max_length=longest)


_Who = Annotated[str, _text(2, 80)]
_Note = Annotated[str, _text(3, 2000)]


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)


class Signature(_Strict):
    """One person's sign-off.

    Attributes:
        role: analyst, assurer or approver.
        given_by: a role or initials; data about a person is not needed.
        date: day it was given.
        note: what was looked at, or on what ground.
        recorded_by: who entered it, where that is someone else; then `evidence` is needed.
        evidence: reference to a minute or message.
        manifest: hash of the draft's manifest that was approved; that of the file where it is left out.
        until: last day on which it holds; to the end where it is left out.
        findings_accepted: of the analyst: how many findings recorded on the release were read and accepted.
        sample: given by a marked sample role; valid for synthetic input only.
    """

    role: Literal["analyst", "assurer", "approver"]
    given_by: _Who
    date: Annotated[dt.date, BeforeValidator(_as_date)]
    note: _Note
    recorded_by: _Who | None = None
    evidence: _Note | None = None
    manifest: str | None = Field(default=None, pattern=r"^[0-9a-f]{64}$")
    until: Annotated[dt.date | None, BeforeValidator(_as_date)] = None
    findings_accepted: int | None = Field(default=None, ge=0)
    sample: bool = False


class SupplierApproval(_Strict):
    """The approval of one supplier, where an agreement or rule asks for it before publication.

    Attributes:
        agreement: id of the agreement.
        given_by: a role or initials.
        date: day it was given.
        preview: sha256 of the preview (its CSV) that was approved.
        manifest: hash of the draft's manifest; that of the file where it is left out.
        evidence: where the supplier gave it; always needed, as a supplier records nothing here itself.
        note, recorded_by, until, sample: as of a signature.
    """

    agreement: str = Field(min_length=1)
    given_by: _Who
    date: Annotated[dt.date, BeforeValidator(_as_date)]
    preview: str = Field(pattern=r"^[0-9a-f]{64}$")
    note: _Note | None = None
    recorded_by: _Who | None = None
    evidence: _Note | None = None
    manifest: str | None = Field(default=None, pattern=r"^[0-9a-f]{64}$")
    until: Annotated[dt.date | None, BeforeValidator(_as_date)] = None
    sample: bool = False


class Signoff(_Strict):
    """The sign-off of one draft.

    Attributes:
        manifest: sha256 of the draft's `manifest.json`; any change of the draft voids the sign-off.
        signatures: one for each role.
        suppliers: one for each agreement that asks for an approval before publication.
        reason: why a correction is published; required from the second release of an edition on.
    """

    manifest: str = Field(pattern=r"^[0-9a-f]{64}$")
    signatures: list[Signature]
    suppliers: list[SupplierApproval] = []
    reason: _Note | None = None


def read_signoff(path: Path) -> Signoff:
    """Read a sign-off file (YAML or JSON).

    Raises:
        ReleaseError: absent, not readable, or not in the expected shape; names file and key.
    """
    data = _read_file(path)
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


def _read_file(path: Path) -> Any:
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
        return yaml.load(path.read_text(encoding="utf-8-sig"), Loader=OnceLoader)
    except FileNotFoundError:
        raise ReleaseError(f"there is no sign-off file {path}") from None
    except IsADirectoryError:
        raise ReleaseError(f"{path} is a folder; a sign-off is a YAML or JSON file") from None
    except (UnicodeDecodeError, yaml.YAMLError) as error:
        raise ReleaseError(f"{path.name}: not readable as YAML or JSON: {error}") from None


def so_far(path: Path, manifest_sha256: str) -> Signoff:
    """What a sign-off file holds so far: entries that nobody filled in are left out.

    Raises:
        ReleaseError: absent, unreadable, of another draft, or an entry that was filled in wrongly.
    """
    data = _read_file(path)
    if not isinstance(data, dict) or data.get("manifest") != manifest_sha256:
        raise ReleaseError(f"{path.name} is not the sign-off of this draft ({manifest_sha256[:12]})")
    filled = dict(data)
    for key in ("signatures", "suppliers"):
        filled[key] = [
            item for item in data.get(key) or [] if isinstance(item, dict) and item.get("given_by")
        ]
    try:
        return Signoff.model_validate(filled)
    except ValidationError as error:
        item = error.errors()[0]
        key = ".".join(str(part) for part in item["loc"])
        raise ReleaseError(f"{path.name}: {key}: {item['msg']}. Correct it there, then go on.") from None


def recorded(signoff: Signoff, entry: Signature | SupplierApproval) -> Signoff:
    """A sign-off with one entry more, in place of one of the same role or agreement."""
    if isinstance(entry, Signature):
        kept = [item for item in signoff.signatures if item.role != entry.role]
        signatures = sorted([*kept, entry], key=lambda item: ROLES.index(item.role))
        return signoff.model_copy(update={"signatures": signatures})
    others = [item for item in signoff.suppliers if item.agreement != entry.agreement]
    suppliers = sorted([*others, entry], key=lambda item: item.agreement)
    return signoff.model_copy(update={"suppliers": suppliers})


def signoff_text(signoff: Signoff) -> str:
    """A sign-off as the text of its file."""
    import yaml

    data = signoff.model_dump(mode="python", exclude_none=True, exclude_defaults=False)
    for key in ("signatures", "suppliers"):
        data[key] = [{k: v for k, v in item.items() if v is not False} for item in data[key]]
    return yaml.safe_dump(data, sort_keys=False, allow_unicode=True, width=110)


def sample_signoff(
    manifest_sha256: str,
    day: dt.date,
    *,
    reason: str | None = None,
    findings: int = 0,
    previews: Mapping[str, str] | None = None,
) -> Signoff:
    """The sign-off that synthetic input gets by itself, marked as such.

    Args:
        manifest_sha256: hash of the draft's manifest.
        day: day of the signatures.
        reason: why it corrects an earlier release.
        findings: findings recorded on the release.
        previews: agreement -> hash of the preview, for each approval that is needed.
    """
    return Signoff(
        manifest=manifest_sha256,
        signatures=[
            Signature(
                role=role,  # type: ignore[arg-type]
                given_by=f"Sample {role} (synthetic)",
                date=day,
                note="Signed by a sample role: every input of this release is synthetic.",
                findings_accepted=findings if role == "analyst" and findings else None,
                sample=True,
            )
            for role in ROLES
        ],
        suppliers=[
            SupplierApproval(
                agreement=agreement,
                given_by="Sample supplier (synthetic)",
                date=day,
                preview=preview,
                note="Approved by a sample role: every input of this release is synthetic.",
                sample=True,
            )
            for agreement, preview in sorted((previews or {}).items())
        ],
        reason=reason,
    )


def _person(text: str) -> str:
    """What is left of a name when case, blanks, punctuation and accents are set aside."""
    plain = unicodedata.normalize("NFKD", text.casefold())
    return re.sub(r"[\W_]+", "", "".join(sign for sign in plain if not unicodedata.combining(sign)))


def same_person(one: str, other: str) -> bool:
    """Whether two entries name the same, however it is spelt.

    >>> same_person("A. B.", "ab"), same_person("Zoë Bérard", "ZOE BERARD"), same_person("A.B.", "C.D.")
    (True, True, False)
    """
    return _person(one) == _person(other)


def check_signoff(
    signoff: Signoff,
    manifest: Mapping[str, Any],
    sha256: str,
    today: dt.date,
    previews: Mapping[str, str] | None = None,
) -> None:
    """Refuse a sign-off that does not cover a draft.

    Args:
        signoff: the sign-off.
        manifest: manifest of the draft.
        sha256: hash of the draft's `manifest.json`.
        today: no signature may be dated after it, or have run out before it.
        previews: agreement -> hash of its preview as made from this draft, for each approval needed.

    Raises:
        ReleaseError: bound to another manifest, a role missing or twice, one person in two roles, a
            future date or one out of order, an approval that ran out, one recorded by someone else without
            evidence, findings that nobody accepted, a supplier's approval missing, of another preview,
            without evidence or given by one who signs for the council, or a sample role on real input.
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
        _check_entry(signature, f"the signature as {signature.role}", manifest, sha256, today)
    missing = [role for role in ROLES if role not in by_role]
    if missing:
        raise ReleaseError(
            f"the sign-off lacks the {' and the '.join(missing)}; a release needs {', '.join(ROLES)}"
        )
    check_people(signoff)
    for earlier, later in pairwise(ROLES):
        if by_role[later].date < by_role[earlier].date:
            raise ReleaseError(
                f"the {later} signed on {by_role[later].date}, before the {earlier} on {by_role[earlier].date}. "
                f"The order is {', '.join(ROLES)}: each looks at what the one before has signed."
            )
    _check_findings(by_role["analyst"], manifest)
    _check_suppliers(signoff, manifest, sha256, today, previews or {})


def check_people(signoff: Signoff) -> None:
    """Refuse one person in two places: two roles, or a role and a supplier's stead.

    Args:
        signoff: whole, or as far as it is recorded.

    Raises:
        ReleaseError: two signatures name the same or one names nobody, or a supplier's approval was given by
            one who signs for the council or records it, or has no evidence.
    """
    people: dict[str, str] = {}
    for signature in sorted(signoff.signatures, key=lambda item: ROLES.index(item.role)):
        key = _person(signature.given_by)
        if not key:
            raise ReleaseError(f"the signature as {signature.role} does not say who gave it")
        if key in people:
            raise ReleaseError(
                f"{people[key]} and {signature.role} are the same ({signature.given_by}); "
                "three people sign a release"
            )
        people[key] = signature.role
    for entry in signoff.suppliers:
        _check_theirs(entry, signoff)


def _check_entry(
    entry: Signature | SupplierApproval, what: str, manifest: Mapping[str, Any], sha256: str, today: dt.date
) -> None:
    if entry.manifest is not None and entry.manifest != sha256:
        raise ReleaseError(
            f"{what} is for manifest {entry.manifest[:12]}, the draft's is {sha256[:12]}: "
            "it was given for another draft. Ask for it again with the draft as it is now."
        )
    if entry.date > today:
        raise ReleaseError(f"{what} is dated {entry.date}, after today")
    if entry.until is not None and entry.until < today:
        raise ReleaseError(f"{what} held until {entry.until} and has run out. Ask for it again.")
    if entry.recorded_by and not entry.evidence and not same_person(entry.recorded_by, entry.given_by):
        raise ReleaseError(
            f"{what} was recorded by {entry.recorded_by} for {entry.given_by} without evidence. "
            "Say where it was given: a minute, or the message's date and subject."
        )
    if (entry.sample or _person(entry.given_by).startswith(_SAMPLE_WORDS)) and not manifest["synthetic"]:
        raise ReleaseError(
            f"{what} is that of a sample role ({entry.given_by}), and this draft holds real input. "
            "Sample roles sign synthetic input only: name who answers for it."
        )


def findings_of(manifest: Mapping[str, Any]) -> int:
    """How many findings are recorded on the release that a draft would become."""
    return sum(int(item["findings"]) for item in manifest.get("recorded") or ())


def _check_findings(analyst: Signature, manifest: Mapping[str, Any]) -> None:
    found = findings_of(manifest)
    if (analyst.findings_accepted or 0) != found:
        said = "says nothing of them" if analyst.findings_accepted is None else analyst.findings_accepted
        raise ReleaseError(
            f"{found} findings are recorded on this release, and the analyst's signature "
            f"{said if isinstance(said, str) else f'accepts {said}'}. They stand on the draft's sign-off page: "
            f"read them, then sign with findings_accepted: {found} and say in the note why they are acceptable."
        )


def _check_suppliers(
    signoff: Signoff,
    manifest: Mapping[str, Any],
    sha256: str,
    today: dt.date,
    previews: Mapping[str, str],
) -> None:
    given: dict[str, SupplierApproval] = {}
    for entry in signoff.suppliers:
        if entry.agreement in given:
            raise ReleaseError(f"the sign-off has two approvals under {entry.agreement}; one is needed")
        given[entry.agreement] = entry
        _check_entry(entry, f"the approval under {entry.agreement}", manifest, sha256, today)
    for needed in manifest.get("approvals") or ():
        agreement = str(needed["agreement"])
        if agreement not in given:
            raise ReleaseError(
                f"{needed['title']} asks for approval before publication, and that of the {needed['by']} is not "
                f"recorded. Send them the preview; then: spi approve supplier --agreement {agreement}"
            )
        if given[agreement].preview != previews.get(agreement):
            raise ReleaseError(
                f"the approval under {agreement} is for the preview {given[agreement].preview[:12]}, and this "
                f"draft's is {str(previews.get(agreement))[:12]}: the values have changed since. "
                "Send the new preview and ask again."
            )
    stray = sorted(set(given) - {str(item["agreement"]) for item in manifest.get("approvals") or ()})
    if stray:
        raise ReleaseError(f"the draft needs no approval under {stray[0]}; remove it from the sign-off")


def _check_theirs(entry: SupplierApproval, signoff: Signoff) -> None:
    """Refuse an approval that the council gave in the supplier's stead."""
    if entry.sample:
        return
    what = f"the approval under {entry.agreement}"
    for signature in signoff.signatures:
        if same_person(signature.given_by, entry.given_by):
            raise ReleaseError(
                f"{what} was given by {entry.given_by}, who signs this release as {signature.role}. The supplier "
                "approves what is made from its data: send it the preview, and record who there answered."
            )
    if entry.recorded_by and same_person(entry.recorded_by, entry.given_by):
        raise ReleaseError(
            f"{what} was given and recorded by the same ({entry.given_by}). The supplier gives it, the council "
            "records it: name who there answered (given_by), and where (evidence)."
        )
    if not entry.evidence:
        raise ReleaseError(
            f"{what} by {entry.given_by} has no evidence. Say where the supplier gave it (evidence): a minute, "
            "or the message's date and subject."
        )


def template(manifest_sha256: str, manifest: Mapping[str, Any] | None = None) -> str:
    """A sign-off file to fill in for one draft.

    Args:
        manifest_sha256: hash of the draft's manifest.
        manifest: the manifest, for the findings to accept and the approvals that suppliers must give.
    """
    found = findings_of(manifest or {})
    accepts = (
        f"    findings_accepted:  # {found} are recorded: {found} when they were read and are acceptable\n"
    )
    blocks = "".join(
        f'  - role: {role}\n    given_by: ""  # a role or initials\n    date:  # such as 2026-12-10\n    note: ""\n'
        + (accepts if role == "analyst" and found else "")
        for role in ROLES
    )
    text = f"manifest: {manifest_sha256}\nreason:  # why, when this corrects an earlier release\nsignatures:\n{blocks}"
    needed = (manifest or {}).get("approvals") or ()
    if needed:
        text += "suppliers:\n" + "".join(
            f"  - agreement: {item['agreement']}  # {item['by']}\n"
            '    given_by: ""  # who there answered\n    date:\n'
            "    preview:  # fingerprint of the preview that was approved\n"
            '    evidence: ""  # the message\'s date and subject, or a minute\n'
            for item in needed
        )
    return text
