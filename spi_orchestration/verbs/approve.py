"""`spi approve`: recording who approved a draft; and the page, form and previews that approvals rest on.

Belongs here: the verb and what it prints. Does not belong here: what makes an approval valid
(`release/signoff.py`), or the pages (`reports/signing.py`).
"""

from __future__ import annotations

import datetime as dt
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from spi_orchestration.console import REFUSED, load, near, refuse, say

if TYPE_CHECKING:
    from spi_orchestration.release.signoff import Signature, SupplierApproval
    from spi_orchestration.reports.signing import Signing
    from spi_orchestration.settings import Settings

__all__ = ["Approver", "approve", "latest_draft", "say_signing"]


class Approver(StrEnum):
    """Who approves."""

    analyst = "analyst"
    assurer = "assurer"
    approver = "approver"
    supplier = "supplier"


def latest_draft(settings: Settings) -> Path:
    """The draft written last; ends the call where there is none."""
    from spi_orchestration.release.draft import list_drafts

    drafts = list_drafts(settings.drafts)
    if not drafts:
        refuse(f"there is no draft in {near(settings.drafts, settings.root)}. `spi run` writes one.", REFUSED)
    return drafts[-1]


def approve(
    role: Annotated[
        Approver | None,
        typer.Argument(
            metavar="ROLE",
            help="analyst, assurer, approver or supplier; without one, the draft's sign-off page is renewed.",
        ),
    ] = None,
    draft: Annotated[Path | None, typer.Argument(help="Draft folder; the latest by default.")] = None,
    given_by: Annotated[
        str | None, typer.Option("--given-by", metavar="WHO", help="Who approved: a role or initials.")
    ] = None,
    hash_: Annotated[
        str | None,
        typer.Option(
            "--hash",
            metavar="HASH",
            help="The fingerprint that was approved, 12 characters or more: the draft's, or the preview's for a supplier.",
        ),
    ] = None,
    note: Annotated[
        str | None, typer.Option("--note", metavar="TEXT", help="What was looked at, or on what ground.")
    ] = None,
    date: Annotated[
        str | None, typer.Option("--date", metavar="DAY", help="Day it was given; today by default.")
    ] = None,
    recorded_by: Annotated[
        str | None,
        typer.Option("--recorded-by", metavar="WHO", help="Who records it, where that is someone else."),
    ] = None,
    evidence: Annotated[
        str | None,
        typer.Option("--evidence", metavar="TEXT", help="Where it was given: a minute, or a message's date."),
    ] = None,
    findings: Annotated[
        int | None,
        typer.Option(
            "--findings-accepted", metavar="N", help="Of the analyst: recorded findings read and accepted."
        ),
    ] = None,
    agreement: Annotated[
        str | None,
        typer.Option(
            "--agreement", metavar="ID", help="Of a supplier: agreement that asks for the approval."
        ),
    ] = None,
    until: Annotated[
        str | None, typer.Option("--until", metavar="DAY", help="Last day on which the approval holds.")
    ] = None,
) -> None:
    """Record one approval of a draft; without a role, renew its sign-off page and say who still has to sign."""
    from spi_orchestration.release.files import write_whole
    from spi_orchestration.release.signoff import check_people, recorded, same_person, signoff_text
    from spi_orchestration.reports.signing import write_signing

    settings, catalogue = load()
    folder = draft if draft is not None else latest_draft(settings)
    if not folder.is_dir():
        refuse(f"there is no draft {folder}. `spi run` writes one.", REFUSED)
    signing = write_signing(settings, catalogue, folder)
    if role is None:
        say_signing(settings, signing, folder)
        return
    values: dict[str, Any] = {
        "given_by": given_by,
        "date": _day(date, "--date") or dt.date.today(),
        "note": note,
        "recorded_by": recorded_by,
        "evidence": evidence,
        "until": _day(until, "--until"),
        "manifest": signing.sha256,
    }
    if signing.manifest["stopped"]:
        refuse(
            f"the draft was built without {', '.join(signing.manifest['stopped'])} (stopped), so it can never be "
            "published and nobody has to approve it. Decide on them (spi decide), then: spi run",
            REFUSED,
        )
    if not (given_by or "").strip():
        refuse("--given-by is needed: who approved, by role or initials")
    entry: Signature | SupplierApproval
    if role is Approver.supplier:
        entry = _supplier(signing, folder, agreement, hash_, values)
    else:
        entry = _signature(signing, role, hash_, findings, values)
    if recorded_by and not (evidence or "").strip() and not same_person(recorded_by, entry.given_by):
        refuse(
            "--evidence is needed where someone else records it: a minute, or the message's date and subject"
        )
    _in_order(signing, role, values["date"])
    signoff = recorded(signing.signoff, entry)
    # Told now and not on the day of publication.
    check_people(signoff)
    write_whole(signing.form, signoff_text(signoff))
    signing = write_signing(settings, catalogue, folder)
    say(f"Recorded in {near(signing.form, settings.root)}: {role.value}, {given_by}, {values['date']}.")
    say_signing(settings, signing, folder)


def _day(text: str | None, option: str) -> dt.date | None:
    if text is None:
        return None
    try:
        day = dt.date.fromisoformat(text)
    except ValueError:
        refuse(f"{option}: expected a day such as 2026-12-31; found {text!r}")
    if option == "--date" and day > dt.date.today():
        refuse(f"--date: {day} is still to come")
    if option == "--until" and day < dt.date.today():
        refuse(f"--until: {day} is past, so the approval would not hold")
    return day


def _fits(given: str | None, expected: str, what: str) -> None:
    text = (given or "").strip().lower()
    if len(text) < 12:
        refuse(
            f"--hash is needed, 12 characters or more: the fingerprint that was approved. That of {what} begins "
            f"{expected[:12]}; record only what the person quoted."
        )
    if not expected.startswith(text):
        refuse(
            f"the approval is for {text[:12]}, and the fingerprint of {what} is {expected[:12]}: it was given for "
            "another draft, and is void. Send the page as it is now and ask again.",
            REFUSED,
        )


def _signature(
    signing: Signing, role: Approver, hash_: str | None, findings: int | None, values: dict[str, Any]
) -> Signature:
    from spi_orchestration.release.signoff import Signature, findings_of

    _fits(hash_, signing.sha256, "the draft")
    if not (values["note"] or "").strip():
        refuse("--note is needed: what was looked at, or on what ground")
    found = findings_of(signing.manifest)
    if role is Approver.analyst and found and findings != found:
        refuse(
            f"{found} findings are recorded on this release. When they were read on the sign-off page and are "
            f"acceptable: --findings-accepted {found}",
            REFUSED,
        )
    accepted = findings if role is Approver.analyst and found else None
    return _made(Signature, {"role": role.value, "findings_accepted": accepted, **values})


def _supplier(
    signing: Signing, folder: Path, agreement: str | None, hash_: str | None, values: dict[str, Any]
) -> SupplierApproval:
    from spi_orchestration.release.approval import approvals_needed, make_preview
    from spi_orchestration.release.signoff import SupplierApproval

    needed = [str(item["agreement"]) for item in approvals_needed(signing.manifest)]
    if not needed:
        refuse("no agreement or rule asks for a supplier's approval of this draft")
    if agreement is None:
        refuse(f"--agreement is needed: {', '.join(needed)}")
    preview = make_preview(folder, agreement)
    _fits(hash_, preview.sha256, f"the preview for {agreement}")
    return _made(SupplierApproval, {"agreement": agreement, "preview": preview.sha256, **values})


def _made(kind: Any, values: dict[str, Any]) -> Any:
    """An entry of the sign-off file from the options of the call."""
    from pydantic import ValidationError

    try:
        return kind.model_validate({key: value for key, value in values.items() if value is not None})
    except ValidationError as error:
        item = error.errors()[0]
        refuse(f"--{'.'.join(str(part) for part in item['loc']).replace('_', '-')}: {item['msg']}")


def _in_order(signing: Signing, role: Approver, day: dt.date) -> None:
    """Refuse a signature before the ones that come before it."""
    from spi_orchestration.release.signoff import ROLES

    if role is Approver.supplier:
        return
    signed = {str(item.role): item for item in signing.signoff.signatures}
    for earlier in ROLES[: ROLES.index(role.value)]:
        if earlier not in signed:
            refuse(
                f"the {earlier} has not signed yet. The order is {', '.join(ROLES)}: each looks at what the one "
                "before has signed.",
                REFUSED,
            )
        if day < signed[earlier].date:
            refuse(f"--date: {day} lies before the {earlier}'s signature of {signed[earlier].date}", REFUSED)


def say_signing(settings: Settings, signing: Signing, folder: Path) -> None:
    """Say what stands beside a draft, and who still has to approve."""
    say(f"Page to read: {near(signing.page, settings.root)}")
    for agreement, page in signing.previews.items():
        say(f"Preview for the supplier ({agreement}): {near(page, settings.root)}")
    if signing.manifest["synthetic"]:
        say("The draft is synthetic: marked sample roles sign it when it is published.")
    elif signing.missing:
        say(f"Still to approve: {', '.join(signing.missing)}.")
    else:
        say(f"All have approved. Next: spi publish {near(folder, settings.root)}")
