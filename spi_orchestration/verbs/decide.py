"""`spi decide`: choosing a way on for a dataset, seeing first what it would move, and accepting a finding on the index.

Belongs here: the verb and what it prints. Does not belong here: the files (`checks/decisions.py`,
`checks/index.py`), the trial builds (`assets/choices.py`), or what gate and publication make of a decision.
"""

from __future__ import annotations

import datetime as dt
import difflib
from collections.abc import Mapping
from enum import StrEnum
from typing import TYPE_CHECKING, Annotated

import typer

from spi_orchestration.console import (
    EditionOption,
    Profile,
    ProfileOption,
    SharesOption,
    chosen_edition,
    load,
    near,
    progress,
    refuse,
    say,
    table,
)

if TYPE_CHECKING:
    from pydantic import BaseModel

    from spi_orchestration.assets.choices import Preview
    from spi_orchestration.assets.project import Project

__all__ = ["Way", "decide"]


class Way(StrEnum):
    """The three ways on of a dataset, and the one of a check of the finished index."""

    carry_forward = "carry-forward"
    waive = "waive"
    redeliver = "redeliver"
    accept = "accept"


def _day(text: str | None, option: str) -> dt.date | None:
    if text is None:
        return None
    try:
        return dt.date.fromisoformat(text)
    except ValueError:
        refuse(f"{option}: expected a day such as 2026-12-31; found {text!r}")


def decide(
    dataset: Annotated[
        str, typer.Argument(metavar="ID", help="Dataset id, or id of a check of the finished index.")
    ],
    way: Annotated[
        Way | None,
        typer.Argument(
            metavar="WAY",
            help="carry-forward, waive or redeliver; may be left out with --preview, which then shows all. "
            "For a check of the index: accept.",
        ),
    ] = None,
    check: Annotated[
        str | None, typer.Option("--check", metavar="CHECK", help="The check that is waived.")
    ] = None,
    item: Annotated[
        str | None,
        typer.Option("--item", metavar="ITEM", help="What a check of the index found: an indicator, a ward."),
    ] = None,
    reason: Annotated[
        str | None, typer.Option("--reason", metavar="TEXT", help="Why; published with the release.")
    ] = None,
    role: Annotated[
        str | None, typer.Option("--role", metavar="ROLE", help="Role that decides; never a person's name.")
    ] = None,
    until: Annotated[
        str | None,
        typer.Option(
            "--until", metavar="DAY", help="Last day it holds; a waiver and an acceptance always have one."
        ),
    ] = None,
    delivery: Annotated[
        str | None,
        typer.Option(
            "--delivery",
            metavar="ID",
            help="Only for this delivery (first 12 characters or more); a waiver is for the one there now by default.",
        ),
    ] = None,
    date: Annotated[
        str | None, typer.Option("--date", metavar="DAY", help="Day it was decided; today by default.")
    ] = None,
    preview: Annotated[
        bool,
        typer.Option("--preview", help="Show which scores and ranks would move. Nothing is written."),
    ] = False,
    edition: EditionOption = None,
    profile: ProfileOption = Profile.full,
    shares: SharesOption = None,
) -> None:
    """Choose a way on for a dataset (carry forward, waive, redeliver), or accept a finding on the index."""
    from spi_orchestration.assets.project import Project
    from spi_orchestration.checks.index import INDEX_CHECKS

    settings, catalogue = load(shares)
    year = chosen_edition(catalogue, profile, edition)
    project = Project.load(settings)
    if dataset in INDEX_CHECKS:
        if way not in {None, Way.accept} or check is not None or delivery is not None:
            refuse(f"{dataset} is a check of the index: accept it with --item, --reason, --role and --until")
        if preview:
            refuse(
                "accepting a finding on the index moves no score and no rank, so there is nothing to preview"
            )
        accepted = {
            "check": dataset,
            "item": item,
            "reason": reason,
            "role": role,
            "date": _day(date, "--date") or dt.date.today(),
            "until": _day(until, "--until"),
        }
        _accept(project, profile.value, year, accepted)
        return
    if dataset.startswith("index_"):
        refuse(f"no check of the index is named {dataset}; there are {', '.join(INDEX_CHECKS)}")
    if way is Way.accept or item is not None:
        refuse(
            f"only a finding on the index is accepted, by the check's id ({', '.join(INDEX_CHECKS)}); "
            "a dataset is carried forward, waived or redelivered"
        )
    entry = catalogue[dataset].id
    if preview:
        _show_preview(project, profile.value, year, entry, way)
        return
    if way is None:
        refuse("which way on? carry-forward, waive or redeliver; `--preview` shows what each would move")
    for option, value in (("--reason", reason), ("--role", role)):
        if not (value or "").strip():
            refuse(f"{option} is needed: the release shows who decided, and why")
    if way is Way.waive and (check is None or until is None):
        refuse("a waiver names the check and the day until which it holds: --check CHECK --until DAY")
    if way is not Way.waive and check is not None:
        refuse(f"only a waiver names a check; leave out --check for {way.value}")
    made = {
        "dataset": entry,
        "decision": way.value.replace("-", "_"),
        "check": check,
        "delivery": delivery,
        "reason": " ".join((reason or "").split()),
        "role": (role or "").strip(),
        "date": _day(date, "--date") or dt.date.today(),
        "until": _day(until, "--until"),
    }
    _write(project, profile.value, year, made)


def _accept(project: Project, profile: str, edition: int, given: Mapping[str, object]) -> None:
    """Write a decision on a finding of the last draft."""
    from spi_orchestration.assets.builds import build_of
    from spi_orchestration.catalogue import read_utf8
    from spi_orchestration.checks.index import Acceptance, acceptance_file, add_acceptance, parse_acceptances
    from spi_orchestration.checks.registry import EVERY_CHECK
    from spi_orchestration.release.files import write_whole
    from spi_orchestration.release.manifest import MANIFEST, read_manifest

    check, item = str(given["check"]), given["item"]
    draft = build_of(project, profile, edition).draft
    if not (draft / MANIFEST).is_file():
        refuse(f"edition {edition} has no draft, so its index was not judged yet. Run `spi run` first.")
    found = {
        one["item"]: one
        for one in read_manifest(draft).get("index_checks") or ()
        if one["check"] == check and one["grade"] == "stop"
    }
    if not found:
        refuse(
            f"{check} stops nothing in the draft of {edition}; what it records needs no decision. Nothing was written."
        )
    if not EVERY_CHECK[check].waivable:
        refuse(
            f"{check} ({EVERY_CHECK[check].title}) guards the integrity of the index and cannot be accepted. "
            "Mend the cause and run again. Nothing was written."
        )
    if item not in found:
        refuse(f"which finding? --item is one of: {', '.join(sorted(found))}. Nothing was written.")
    for name in ("reason", "role"):
        if not str(given[name] or "").strip():
            refuse(f"--{name} is needed: the sign-off page and the release show who decided, and why")
    today, until = dt.date.today(), given["until"]
    if not isinstance(until, dt.date):
        refuse("--until DAY is needed: an acceptance holds until a day, and no longer")
    if until < today:
        refuse(f"it would have run out on {until} already. Nothing was written.")
    date = given["date"]
    if isinstance(date, dt.date) and date > today:
        refuse(f"it is dated {date}, which is still to come. Nothing was written.")
    made = {**given, "reason": " ".join(str(given["reason"]).split()), "role": str(given["role"]).strip()}
    acceptance = _valid(made, Acceptance)
    assert isinstance(acceptance, Acceptance)
    path = acceptance_file(project.settings.decisions, profile, edition)
    where = near(path, project.settings.root)
    text = read_utf8(path, f"decisions/{path.name}") if path.is_file() else ""
    for one in parse_acceptances(text, path.name):
        if (one.check, one.item) == (check, item) and not one.expired(today):
            refuse(
                f"{where} accepts this finding already, until {one.until}. Edit it there if it has changed."
            )
    after = add_acceptance(text, acceptance, path.name)
    write_whole(path, after)
    _say_difference(text, after, where)
    say(f"Written to {where}; commit it, so that who decided what stays on record.")
    say(
        f"Accepted until {until}: expected {found[str(item)]['expected']}; found {found[str(item)]['found']}."
    )
    say("It moves no score. The draft changes with it, so signatures on it are void. Next: spi run")


def _say_difference(before: str, after: str, where: str) -> None:
    for line in difflib.unified_diff(
        before.splitlines(), after.splitlines(), where if before else "(no file yet)", where, lineterm="", n=2
    ):
        say(line)
    say()


def _write(project: Project, profile: str, edition: int, made: Mapping[str, object]) -> None:
    from spi_orchestration.assets.choices import outcome_with
    from spi_orchestration.catalogue import read_utf8
    from spi_orchestration.checks.decisions import Decision, add_decision, decision_file, parse_decisions
    from spi_orchestration.checks.gate import OUTCOME_WORDS
    from spi_orchestration.checks.registry import checks_of
    from spi_orchestration.release.files import write_whole

    settings, catalogue = project.settings, project.catalogue
    path = decision_file(settings, profile, edition)
    where = near(path, settings.root)
    text = read_utf8(path, f"decisions/{path.name}") if path.is_file() else ""
    decision = _valid(made, Decision)
    assert isinstance(decision, Decision)
    bound = False
    if decision.decision == "waive" and decision.delivery is None:
        # What is waived is what was looked at: a later file with the same fault may be a worse one.
        _, now = outcome_with(project, profile, edition, dt.date.today(), decision.dataset)
        bound = now.assessment.delivery is not None
        decision = decision.model_copy(update={"delivery": (now.assessment.delivery or "")[:12] or None})
    after = add_decision(text, decision, path.name, catalogue)
    dataset = catalogue[decision.dataset]
    guarded = {check.id for check in checks_of(dataset, national=False) if not check.kind.waivable}
    if decision.check in guarded:
        refuse(
            f"the check {decision.check} guards the integrity of the data and cannot be waived. "
            "Have the file redelivered, or carry an earlier one forward. Nothing was written."
        )
    day = dt.date.today()
    if any(
        (one.dataset, one.decision, one.check, one.delivery)
        == (decision.dataset, decision.decision, decision.check, decision.delivery)
        and not one.expired(day)
        for one in parse_decisions(text, path.name, catalogue)
    ):
        refuse(f"{where} holds this decision on {decision.dataset} already. Edit it there if it has changed.")
    result, outcome = outcome_with(project, profile, edition, day, decision.dataset, (decision,))
    for refused in result.refused:
        if refused.decision == decision:
            refuse(f"the gate would not apply this decision: {refused.reason}. Nothing was written.")
    write_whole(path, after)
    _say_difference(text, after, where)
    say(f"Written to {where}; commit it, so that who decided what stays on record.")
    if bound:
        say(
            f"It holds for the delivery that is there now ({decision.delivery}); another one is decided on anew."
        )
    if decision in result.needless:
        say(f"The gate needs no decision on {decision.dataset} as it stands: {OUTCOME_WORDS[outcome.word]}.")
        say("It changes nothing. A file that its supplier takes back is recalled: `spi delivery recall`.")
    elif outcome.blocks:
        rest = sorted({finding.check for finding in outcome.assessment.stops} - set(outcome.waived))
        still = f" ({', '.join(rest)})" if rest and decision.decision == "waive" else ""
        say(f"{decision.dataset} stays {OUTCOME_WORDS[outcome.word]}{still}.")
    else:
        origin = (
            f" ({outcome.accepted.carried_from})"
            if outcome.accepted is not None and outcome.accepted.carried_from is not None
            else ""
        )
        say(f"With it, {decision.dataset} is {OUTCOME_WORDS[outcome.word]}{origin}.")
    say("Next: spi run")


def _valid(made: Mapping[str, object], kind: type[BaseModel]) -> object:
    from pydantic import ValidationError

    try:
        return kind.model_validate({key: value for key, value in made.items() if value is not None})
    except ValidationError as error:
        words = []
        for item in error.errors():
            key = ".".join(str(part) for part in item["loc"])
            words.append(f"--{key}: {item['msg'].removeprefix('Value error, ')}" if key else item["msg"])
        refuse("; ".join(words))


def _show_preview(project: Project, profile: str, edition: int, dataset: str, way: Way | None) -> None:
    from spi_orchestration.assets.choices import choices_for, preview

    day = dt.date.today()
    wanted = [
        choice
        for choice in choices_for(project, profile, edition, dataset, day)
        if way is None or choice.kind == way.value.replace("-", "_")
    ]
    if not wanted:
        refuse(f"{dataset} fails no check in edition {edition}, so there is nothing to waive")
    for found in preview(project, profile, edition, dataset, wanted, day, progress):
        say()
        _say_preview(found)
    say()
    say("Nothing was written. To decide: spi decide ID WAY --reason TEXT --role ROLE")


#: Wards shown of a preview.
SHOWN = 10


def _say_preview(found: Preview) -> None:
    title = found.choice.kind.replace("_", " ").capitalize()
    if found.choice.kind == "redeliver":
        say(f"{title}: nothing moves. The edition waits for the file, and the last release stays current.")
        return
    if found.choice.refused is not None:
        say(f"{title}: not possible, {found.choice.refused}.")
        return
    say(
        f"{title}, beside {found.beside}: the score of {found.moved} of {len(found.moves)} wards moves, "
        f"the position of {found.reordered}."
    )
    rows = []
    for move in [move for move in found.moves if move.moves][:SHOWN]:
        rows.append(
            [
                move.name,
                _number(move.score_before),
                _number(move.score_after),
                "-" if None in {move.score_before, move.score_after} else f"{move.points:+.2f}",
                str(move.position_before or "-"),
                str(move.position_after or "-"),
                f"{move.places:+d}" if move.places else "0",
            ]
        )
    if rows:
        for line in table(["Ward", "Score", "would be", "points", "Position", "would be", "places"], rows):
            say(f"  {line}")


def _number(value: float | None) -> str:
    return "none" if value is None else f"{value:.2f}"
