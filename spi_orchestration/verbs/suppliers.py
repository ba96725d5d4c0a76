"""The verbs of `suppliers`: who sends data, and what each is sent.

Belongs here: options and what is printed. Does not belong here: a pack (`packs/`), or the state of a dataset
(`status.py`).
"""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from spi_orchestration.console import (
    EditionOption,
    OnOption,
    Profile,
    ProfileOption,
    SharesOption,
    chosen_day,
    chosen_edition,
    load,
    near,
    say,
    step,
    table,
)

if TYPE_CHECKING:
    from collections.abc import Sequence

    from spi_orchestration.status import DatasetState

__all__ = ["suppliers_app"]

suppliers_app = typer.Typer(
    rich_markup_mode=None,
    help="Suppliers: who sends, what is due next, packs for them.",
)


def _next_due(states: Sequence[DatasetState], today: dt.date) -> str:
    """The next day on which something that has not come is due, and what."""
    waiting = sorted(
        (item.due, item.id)
        for item in states
        if item.due is not None and item.due >= today and item.punctuality.came is None
    )
    if not waiting:
        return "-"
    day = waiting[0][0]
    names = [name for due, name in waiting if due == day]
    return f"{day.isoformat()} {names[0]}" + (f" and {len(names) - 1} more" if len(names) > 1 else "")


#: States of datasets as counted for a supplier, the most pressing first.
_COUNTED = (
    ("stopped", ("stopped",)),
    ("overdue", ("late",)),
    ("to be taken in", ("arrived",)),
    ("awaited", ("awaited",)),
    ("in", ("accepted", "recorded", "carried_forward")),
)


def _state(states: Sequence[DatasetState]) -> str:
    parts = []
    for word, kinds in _COUNTED:
        count = sum(item.state in kinds for item in states)
        if count:
            parts.append(f"{count} {word}")
    late = sum(item.punctuality.late and item.punctuality.came is not None for item in states)
    return ", ".join(parts) + (f"; {late} came late" if late else "")


@suppliers_app.callback(invoke_without_command=True)
def suppliers(
    context: typer.Context,
    edition: EditionOption = None,
    profile: ProfileOption = Profile.full,
    shares: SharesOption = None,
    on: OnOption = None,
) -> None:
    """List the suppliers: whom to ask, what is due next, and how their datasets stand."""
    if context.invoked_subcommand is not None:
        return
    from spi_orchestration.status import gather

    settings, catalogue = load(shares)
    found = gather(settings, chosen_edition(catalogue, profile, edition), profile.value, today=chosen_day(on))
    rows = []
    for name, supplier in catalogue.suppliers.items():
        sent = {dataset.id for dataset in catalogue.sent_by(name, found.edition)}
        states = [item for item in found.datasets if item.id in sent]
        if states:
            rows.append(
                [
                    name,
                    supplier.title,
                    supplier.contact_role,
                    str(len(states)),
                    _next_due(states, found.today),
                    _state(states),
                ]
            )
    for line in table(["Supplier", "Name", "Contact", "Datasets", "Next due", "State"], rows):
        say(line)
    say()
    say(
        f"{len(rows)} suppliers of edition {found.edition}, profile {found.profile}, on {found.today.isoformat()}. "
        "Datasets of one: spi datasets --supplier ID. What to send it: spi suppliers pack ID"
    )


@suppliers_app.command("pack")
def suppliers_pack(
    supplier: Annotated[str, typer.Argument(metavar="ID", help="Supplier id.")],
    edition: EditionOption = None,
    shares: SharesOption = None,
    to: Annotated[
        Path | None,
        typer.Option("--to", metavar="FILE", help="The zip; data/packs/pack-ID-EDITION.zip by default."),
    ] = None,
) -> None:
    """Make a zip for a supplier: templates, dictionary, rules, due dates, and how to send."""
    from spi_orchestration.catalogue import load_shares
    from spi_orchestration.packs.pack import make_pack

    settings, catalogue = load(shares)
    where = load_shares(settings, catalogue)
    year = edition if edition is not None else catalogue.district.current_edition
    with step(f"Making the pack of {supplier} for edition {year}"):
        pack = make_pack(catalogue, where, supplier, year)
    path = to if to is not None else settings.data / "packs" / pack.name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(pack.content)
    files = sum(len(names) for names in pack.templates.values())
    blank = f"{files} blank files of {len(pack.templates)} datasets" if files else "No blank files"
    say(f"{blank}: {near(path, settings.root)}")
    for dataset, reason in pack.explained.items():
        say(f"  no template for {dataset}: {reason}")
    say(
        "Its page read-me.html says how to fill in and send. A file that comes back: spi datasets check ID FILE"
    )
