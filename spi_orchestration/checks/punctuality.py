"""Whether a delivery came in time, judged from receipts.

Belongs here: comparing the day a delivery is due with the day it came, and the words for it. Does not
belong here: when something is due (`catalogue.py`), writing receipts (`intake`), or what lateness means for
an edition (`gate.py`): a late delivery is on the record and stops nothing.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from spi_orchestration.catalogue import Catalogue, Dataset
from spi_orchestration.intake.receipt import Receipt

__all__ = ["Punctuality", "punctuality"]

State = Literal["early", "on time", "late", "not yet due", "serves on", "no due date"]


@dataclass(frozen=True)
class Punctuality:
    """How a delivery stands to the day it is due.

    Attributes:
        state: early, on time, late, not yet due, serves on (an earlier delivery does, and none is due), or no
            due date (a set that is due on no day came for this edition, or has yet to come).
        due: day it is due.
        came: day the first delivery of the edition came.
        latest: day the latest one came, where others followed.
        days: days between due and came, or between due and today where nothing came; never negative.
    """

    state: State
    due: dt.date | None = None
    came: dt.date | None = None
    latest: dt.date | None = None
    days: int = 0

    @property
    def late(self) -> bool:
        """Whether it came late, or is overdue."""
        return self.state == "late"

    @property
    def words(self) -> str:
        """The state in a few words for people."""
        count = f"{self.days} day{'' if self.days == 1 else 's'}"
        if self.state == "early":
            return f"{count} early"
        if self.state == "late":
            return f"{count} late" + ("" if self.came else ", nothing came")
        if self.state == "not yet due":
            return f"not yet due, in {count}" if self.days else "due today"
        return self.state

    @property
    def detail(self) -> str:
        """The state with the days it rests on."""
        parts = [self.words]
        if self.due is not None:
            parts.append(f"due {self.due.isoformat()}")
        if self.came is not None:
            parts.append(f"came {self.came.isoformat()}")
        if self.latest is not None:
            parts.append(f"sent again {self.latest.isoformat()}")
        return "; ".join(parts)

    def sentence(self, catalogue: Catalogue, dataset: Dataset) -> str:
        """Two sentences for a check or a report, with the owner's role and whom to ask."""
        contract = dataset.contract
        supplier = catalogue.supply(dataset, catalogue.district.current_edition).supplier
        text = f"{contract.title} ({dataset.id}): {self.detail}. Owner: {contract.owner_role}."
        if self.late and self.came is None:
            text += f" Ask {supplier.title} ({supplier.contact_role}) for it."
        return text


def punctuality(
    dataset: Dataset, edition: int, receipts: Sequence[Receipt], today: dt.date, *, serves: bool = False
) -> Punctuality:
    """Judge one dataset and edition.

    The first delivery counts: one that was mended and sent again later was in time all the same, and the
    later day is told beside it.

    Args:
        dataset: the dataset.
        edition: edition.
        receipts: receipts of the dataset and edition, of one shares file.
        today: the day on which it is judged; what came later is not known yet.
        serves: an earlier delivery serves in this edition, or none is expected.
    """
    due = dataset.due_date(edition)
    days_came = sorted(receipt.came for receipt in receipts if receipt.came <= today)
    came = days_came[0] if days_came else None
    latest = days_came[-1] if len(days_came) > 1 and days_came[-1] != came else None
    if due is None:
        return Punctuality("serves on" if serves and came is None else "no due date", None, came, latest)
    if came is None:
        if due < today:
            return Punctuality("late", due, days=(today - due).days)
        return Punctuality("not yet due", due, days=(due - today).days)
    gap = (came - due).days
    state: State = "late" if gap > 0 else "early" if gap < 0 else "on time"
    return Punctuality(state, due, came, latest, abs(gap))
