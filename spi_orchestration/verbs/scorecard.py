"""`spi scorecard`: the yearly scorecard of data maturity, sent to suppliers first.

Belongs here: the verb and what it prints. Does not belong here: what is counted (`reports/scorecard.py`).
"""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from typing import Annotated

import typer

from spi_orchestration.console import (
    EditionOption,
    Profile,
    ProfileOption,
    SharesOption,
    chosen_edition,
    load,
    near,
    refuse,
    say,
    table,
)

__all__ = ["scorecard"]


def scorecard(
    sent: Annotated[
        str | None,
        typer.Option("--sent", metavar="SUPPLIER", help="Record that this supplier was sent its card."),
    ] = None,
    on: Annotated[
        str | None, typer.Option("--on", metavar="DAY", help="Day it was sent; today by default.")
    ] = None,
    publish: Annotated[
        Path | None,
        typer.Option(
            "--publish", metavar="FOLDER", help="Copy it to a folder, once all suppliers were sent theirs."
        ),
    ] = None,
    edition: EditionOption = None,
    profile: ProfileOption = Profile.full,
    shares: SharesOption = None,
) -> None:
    """Write the scorecard of teams and suppliers; unpublished unless asked for."""
    from spi_orchestration.assets.gating import decide_now
    from spi_orchestration.assets.project import Project
    from spi_orchestration.reports import scorecard as cards
    from spi_orchestration.reports.quality import quality_of

    settings, catalogue = load(shares)
    year = chosen_edition(catalogue, profile, edition)
    project = Project.load(settings)
    day = dt.date.today()
    result = decide_now(project, profile.value, year, day)
    if not any(outcome.assessment.shares for outcome in result.outcomes):
        refuse(f"no run has looked at edition {year} yet, so there is nothing to count. `spi run` does.")
    quality = quality_of(settings, catalogue, project.shares.id, result, day)
    card = cards.make_scorecard(
        catalogue,
        profile.value,
        year,
        quality,
        synthetic=project.shares.synthetic,
        themes=cards.evidence(settings, catalogue, profile.value, quality),
    )
    if sent is not None:
        try:
            sent_on = dt.date.fromisoformat(on) if on else day
        except ValueError:
            refuse(f"--on: expected a day such as 2026-12-31; found {on!r}")
        if sent_on > day:
            refuse(f"--on: {sent_on} is still to come")
        cards.record_sent(settings, card, sent, sent_on)
    page = cards.write_scorecard(settings, card, quality)
    rows = [
        [one.title, *(one.words(name) for name, _, _ in cards.MEASURES)]
        for one in card.suppliers
        if one.outside
    ]
    for line in table(["Supplier", *(title for _, title, _ in cards.MEASURES)], rows):
        say(line)
    say()
    say(f"Page: {near(page, settings.root)}; one for each supplier beside it, in suppliers/")
    if publish is not None:
        for path in cards.publish_scorecard(settings, card, publish):
            say(f"Published: {near(path, settings.root)}")
        return
    waiting = [
        one.key
        for one in card.suppliers
        if one.outside and one.key not in cards.sent_to(settings, profile.value, year)
    ]
    if waiting:
        say(f"Unpublished. Still to be sent their card: {', '.join(waiting)} (then: spi scorecard --sent ID)")
    else:
        say("Unpublished. Every supplier was sent its card: spi scorecard --publish FOLDER may follow.")
