"""`spi delivery`: what was received, and removing it when its time is over or when it should not have come.

Belongs here: options, tables on the terminal and exit codes of these verbs. Does not belong here: the work
(`retention`).
"""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, Annotated

import typer

from spi_orchestration.console import (
    STOPPED,
    OnOption,
    SharesOption,
    chosen_day,
    load,
    progress,
    refuse,
    say,
    step,
    table,
)

if TYPE_CHECKING:
    from spi_orchestration.assets.project import Project
    from spi_orchestration.retention.purge import Candidate, Outcome

__all__ = ["app"]

app = typer.Typer(
    rich_markup_mode=None,
    help="Deliveries as they were received: list them, purge what is due, recall what was sent in error.",
    no_args_is_help=True,
)

DatasetsOption = Annotated[
    list[str] | None, typer.Option("--dataset", metavar="ID", help="This dataset alone; may be given again.")
]
EditionsOption = Annotated[
    list[int] | None,
    typer.Option("--edition", metavar="YEAR", help="This edition alone; may be given again."),
]
DryOption = Annotated[
    bool, typer.Option("--dry-run", help="Show what would go and what would be kept; change nothing.")
]
ByOption = Annotated[
    str | None,
    typer.Option("--by", metavar="ROLE", help="Role that orders it, never a person's name; on the record."),
]
ReasonOption = Annotated[
    str | None, typer.Option("--reason", metavar="TEXT", help="Why, for people; on the record.")
]


def _project(*, finish: bool = False) -> Project:
    """The installation; removals that were killed are finished first where something is to be changed."""
    from spi_orchestration.assets.project import Project
    from spi_orchestration.retention.purge import finish_purges
    from spi_orchestration.retention.recall import finish_recalls
    from spi_orchestration.settings import Settings

    project = Project.load(Settings.load())
    if finish:
        done = [*finish_purges(project), *finish_recalls(project)]
        if done:
            progress(f"{len(done)} removals that had been interrupted were finished.")
    return project


def _order(by: str | None, reason: str | None) -> tuple[str, str]:
    if not by or len(by.strip()) < 3:
        refuse("--by names the role that orders it, such as 'Information Governance Manager'")
    if not reason or len(reason.strip()) < 10:
        refuse("--reason says why in ten characters or more; it stays on the record")
    return by.strip(), reason.strip()


@app.command("list")
def list_(
    dataset: DatasetsOption = None,
    edition: EditionsOption = None,
    due: Annotated[
        bool, typer.Option("--due", help="Only what is to be purged by the terms of its agreement.")
    ] = False,
    on: OnOption = None,
    shares: SharesOption = None,
) -> None:
    """List every delivery that was received: when, how long it may be kept, and what became of it."""
    from spi_orchestration.intake.removed import Purged, removed
    from spi_orchestration.retention.purge import candidates

    load(shares)
    project = _project()
    day = chosen_day(on) or dt.date.today()
    rows = []
    for one in candidates(project):
        if due and (one.due is None or one.due > day or one.hindrance):
            continue
        until = "kept" if one.due is None else "while in use" if one.hindrance else one.due.isoformat()
        receipt = one.receipt
        rows.append([receipt.short, receipt.dataset, str(receipt.edition), receipt.received_at[:10], until])
    if not due:
        for receipt, record in removed(project.settings):
            word = "purged" if isinstance(record, Purged) else "recalled"
            state = f"{word} {record.date}"
            rows.append(
                [receipt.short, receipt.dataset, str(receipt.edition), receipt.received_at[:10], state]
            )
    rows = [
        row for row in rows if (not dataset or row[1] in dataset) and (not edition or int(row[2]) in edition)
    ]
    rows.sort(key=lambda row: (row[1], row[2], row[3]))
    for line in table(["Receipt", "Dataset", "Edition", "Received", "Purge on"], rows):
        say(line)
    say()
    say(f"{len(rows)} deliveries. One in full: spi delivery show RECEIPT")


@app.command()
def show(
    receipt: Annotated[str, typer.Argument(metavar="RECEIPT", help="First characters of the delivery id.")],
) -> None:
    """Show one delivery: its files and hashes, the terms it is held on, and what became of it."""
    from spi_orchestration.intake.landing import landing_folder
    from spi_orchestration.intake.removed import purged_of, recalled_of
    from spi_orchestration.retention.places import builds_of, find_receipt, rests_on

    project = _project()
    found = find_receipt(project.settings, receipt)
    dataset = project.catalogue[found.dataset]
    terms = project.catalogue.retention_of(dataset, found.edition)
    folder = landing_folder(project.settings, found.dataset, found.edition) / found.short
    purged, recalled = purged_of(folder), recalled_of(folder)
    came = dt.datetime.fromisoformat(found.received_at).date()
    agreement = project.catalogue.supply(dataset, found.edition).agreement
    lines = [
        ["Delivery", found.delivery],
        ["Dataset", f"{found.dataset}: {dataset.contract.title}, edition {found.edition}"],
        ["Received", f"{found.received_at} from {found.shares}{' (synthetic)' if found.synthetic else ''}"],
        ["Agreement", agreement.title],
        [
            "Landed files",
            f"{terms.years} years, to {terms.due(came).isoformat()} ({terms.clause}); "
            f"then counts by {terms.aggregates_at} at the finest"
            if terms
            else "kept",
        ],
        *[["File", f"{file.name}, {file.bytes:,} bytes, sha256 {file.sha256}"] for file in found.files],
    ]
    used = [
        f"{build.profile} {build.edition}"
        for build in builds_of(project.settings)
        if rests_on(build, found.dataset, found.edition, found.delivery)
    ]
    lines.append(["Builds", ", ".join(used) or "none was made from it"])
    if purged is not None:
        lines += [
            ["Purged", purged.sentence()],
            ["Ordered by", f"{purged.by}: {purged.reason}"],
            ["Kept", f"{purged.kept_at}{f', {purged.kept}' if purged.kept else ''}"],
        ]
    if recalled is not None:
        lines.append(["Recalled", recalled.sentence()])
        lines += [["Removed", text] for text in recalled.removed]
        lines += [["Out of reach", text] for text in recalled.unreachable]
    for line in table(["", ""], lines)[1:]:
        say(line)


def _say_outcomes(outcomes: list[Outcome], *, dry_run: bool) -> None:
    rows = [
        [
            one.candidate.receipt.short,
            one.candidate.dataset.id,
            str(one.candidate.receipt.edition),
            one.record.kept_at,
            ", ".join(file.name for file in one.candidate.receipt.files),
        ]
        for one in outcomes
        if one.record is not None
    ]
    if rows:
        for line in table(["Receipt", "Dataset", "Edition", "Kept at", "Files"], rows):
            say(line)
        say()
    left = [one for one in outcomes if one.record is None]
    if left:
        say("Not purged:")
        for one in left:
            receipt = one.candidate.receipt
            say(f"  {receipt.short} {receipt.dataset} {receipt.edition}: {one.problem}")
        say()
    word = "would be purged" if dry_run else "purged"
    say(f"{len(rows)} deliveries {word}, {len(left)} not.")


def _chosen(
    project: Project,
    day: dt.date,
    dataset: list[str] | None,
    edition: list[int] | None,
    receipt: list[str] | None,
    *,
    early: bool,
) -> list[Candidate]:
    from spi_orchestration.retention.places import find_receipt
    from spi_orchestration.retention.purge import candidates, chosen

    for name in dataset or ():
        project.catalogue[name]
    ids = [find_receipt(project.settings, text).delivery for text in receipt or ()]
    every = candidates(project)
    return chosen(every, day, datasets=dataset or (), editions=edition or (), deliveries=ids, early=early)


@app.command()
def purge(
    dataset: DatasetsOption = None,
    edition: EditionsOption = None,
    receipt: Annotated[
        list[str] | None,
        typer.Option("--receipt", metavar="RECEIPT", help="This delivery alone; may be given again."),
    ] = None,
    on: OnOption = None,
    early: Annotated[bool, typer.Option("--early", help="Also what the terms will ask for later.")] = False,
    dry_run: DryOption = False,
    by: ByOption = None,
    reason: ReasonOption = None,
) -> None:
    """Remove landed files whose time is over; counts by area stay in their place, and figures do not change."""
    from spi_orchestration.retention.purge import purge as carry_out

    project = _project(finish=not dry_run)
    today = dt.date.today()
    day = chosen_day(on) or today
    if day > today and not dry_run:
        refuse("--on a day to come goes with --dry-run: what is not due yet is not purged")
    which = _chosen(project, day, dataset, edition, receipt, early=early)
    if not which:
        say(f"Nothing is due on {day.isoformat()}. `spi delivery list` shows when; --early takes it before.")
        return
    if dry_run:
        role, why = by or "", reason or ""
    else:
        role, why = _order(by, reason)
    with step(f"{'Looking at' if dry_run else 'Purging'} {len(which)} deliveries"):
        outcomes = carry_out(project, which, by=role, reason=why, on=today, dry_run=dry_run, say=progress)
    _say_outcomes(outcomes, dry_run=dry_run)
    if dry_run:
        say("Nothing was changed. Without --dry-run, with --by and --reason, it is done.")
    elif any(one.record is not None for one in outcomes):
        say("The suppliers' shares were not touched: files there are recognised and not taken in again.")
        say("Backups still hold the files until they run out. Next: spi run")
    if any(one.record is None and not one.candidate.hindrance for one in outcomes):
        raise typer.Exit(STOPPED)


@app.command()
def recall(
    receipt: Annotated[str, typer.Argument(metavar="RECEIPT", help="First characters of the delivery id.")],
    by: ByOption = None,
    reason: ReasonOption = None,
    dry_run: DryOption = False,
) -> None:
    """Remove a delivery that was sent in error wherever it can be reached, and refuse it from now on."""
    from spi_orchestration.retention.places import find_receipt
    from spi_orchestration.retention.recall import recall as carry_out
    from spi_orchestration.retention.recall import would_recall

    project = _project(finish=not dry_run)
    found = find_receipt(project.settings, receipt)
    if dry_run:
        lines, unreachable = would_recall(project, found)
        say("Would be removed:")
        for text in lines:
            say(f"  {text}")
    else:
        role, why = _order(by, reason)
        with step(f"Recalling {found.dataset}, edition {found.edition}, delivery {found.short}"):
            record = carry_out(project, found, by=role, reason=why, on=dt.date.today(), say=progress)
        unreachable = record.unreachable
        say(f"{found.dataset}, edition {found.edition}: {record.sentence()}")
        say("Removed:")
        for text in record.removed or ("nothing was left to remove",):
            say(f"  {text}")
        say("Kept: its receipt with the hashes of its files, and this record.")
    say("Out of reach:")
    for text in unreachable:
        say(f"  {text}")
    if not dry_run:
        say("Next: spi run. It uses the delivery that came before, or stops the dataset where there is none.")
