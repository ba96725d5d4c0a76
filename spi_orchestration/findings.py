"""What a check, a reader or intake has to say about a delivery, in one shape.

Belongs here: the finding and the errors that carry one. Does not belong here: deciding what a finding
means for the edition (`checks/decide.py`), or how it is laid out for people (`checks/report.py`).
"""

from __future__ import annotations

from dataclasses import asdict, dataclass, field
from typing import Any, Literal

__all__ = ["STOP", "DeliveryError", "Finding"]

Grade = Literal["stop", "record"]

#: The two grades, in words for people.
STOP = "stop"
GRADE_WORDS = {"stop": "stops the dataset", "record": "recorded on the release"}


@dataclass(frozen=True)
class Finding:
    """One thing that is not as the contract says.

    Attributes:
        dataset: dataset id.
        check: id of the check, such as `types` or a rule's id.
        grade: `stop` or `record`.
        expected, found: in plain words; never a cell value of a sensitive dataset.
        remedy: what to do next.
        file: file name as sent, where one file is meant.
        column: contract column, where one is meant.
        rows: physical row numbers (the first few).
        count: how many rows or cells are concerned.
        repaired: a repair rule of the layout mended it.
    """

    dataset: str
    check: str
    grade: Grade
    expected: str
    found: str
    remedy: str
    file: str | None = None
    column: str | None = None
    rows: tuple[int, ...] = field(default=())
    count: int = 1
    repaired: bool = False

    def as_dict(self) -> dict[str, Any]:
        """Plain data for JSON."""
        return asdict(self) | {"rows": list(self.rows)}

    @classmethod
    def from_dict(cls, data: dict[str, Any]) -> Finding:
        """Rebuild a finding from `as_dict`."""
        return cls(**(data | {"rows": tuple(data.get("rows") or ())}))

    @property
    def grade_words(self) -> str:
        """What it means for the dataset, in words."""
        return "repaired, recorded on the release" if self.repaired else GRADE_WORDS[self.grade]

    @property
    def verdict(self) -> str:
        """The word before the check's title, which says what should be."""
        return "Mended" if self.repaired else "Failed" if self.grade == "stop" else "Noted"

    def sentence(self) -> str:
        """One line for a terminal or a report."""
        where = f" in {self.file}" if self.file else ""
        column = f", column {self.column}" if self.column else ""
        rows = ""
        if self.rows:
            shown = ", ".join(str(row) for row in self.rows[:5])
            rows = f" (row {shown}{', …' if self.count > len(self.rows[:5]) else ''})"
        return (
            f"{self.dataset}: {self.check}{where}{column}: expected {self.expected}; "
            f"found {self.found}{rows}. {self.remedy}"
        )


class DeliveryError(Exception):
    """A delivery cannot be taken in or read; carries the finding that says so.

    Raised inside intake and readers only; the step around them turns it into a failed check.
    """

    def __init__(self, finding: Finding) -> None:
        super().__init__(finding.sentence())
        self.finding = finding
