"""What is asked of a supplier, in words to it: the data team's own remedies name files that only it can change.

Belongs here: one sentence for each kind of check, and one for a dataset as a whole. Does not belong here: what
the data team does next (`quality.py`), or laying pages out (`suppliers.py`, `scorecard.py`).
"""

from __future__ import annotations

from spi_orchestration.catalogue import Dataset
from spi_orchestration.checks.gate import Outcome
from spi_orchestration.checks.punctuality import Punctuality
from spi_orchestration.checks.registry import checks_of
from spi_orchestration.findings import Finding
from spi_orchestration.reports.pages import day_words

__all__ = ["ASKS", "asked", "kind_of", "wish"]

_AGAINST = "Check these figures against each other and send the file again."
_BEFORE = (
    "Compare with your file of the year before: send a corrected one, or tell us that it is right and why."
)
_FILL = "Fill these cells, or use the agreed mark for a value that is not held."

#: What is asked where a check finds something, by kind of check.
ASKS: dict[str, str] = {
    "delivered": "Send the file under the name that is expected.",
    "readable": "Send the file again: it may have been cut short, or be of another kind than agreed.",
    "empty": "Send the file with its rows; where there is truly nothing to count, tell us.",
    "sheet": "Send the workbook with the agreed sheet, or tell us its new name.",
    "header": "Send the file with the agreed headings in the agreed row, or tell us what changed.",
    "columns": "Send the file with all agreed columns, or tell us what became of them.",
    "unexpected_columns": "Leave out columns that were not agreed, above all names, addresses and other personal "
    "details; or tell us what they hold.",
    "types": "Correct these cells, or tell us what they mean.",
    "marks": "Tell us what the mark means, or use an agreed one.",
    "required": _FILL,
    "key": "Send the file with each of these rows once.",
    "rows": "Check that the file is whole and of this period alone and send it again, or tell us that it is right.",
    "ranges": "Check these numbers: is it another unit, or another column? Send the right ones, or tell us that "
    "they are right.",
    "letters": "Export the file again in UTF-8.",
    "allowed": "Use the agreed words, or tell us that a new one is right.",
    "pattern": "Use codes of the agreed form, or tell us that they changed.",
    "period": "Send the file of the expected period, or tell us why the rows are of another one.",
    "areas_known": "Use the codes of the expected areas, or tell us which areas these are.",
    "areas_complete": "Send the missing areas, or tell us that they truly have none.",
    "code_name": "Check codes and names of these areas and send the file again.",
    "not_above": _AGAINST,
    "sum_equals": _AGAINST,
    "stated_totals": _AGAINST,
    "rate_equals": _AGAINST,
    "control_total": "Check the total: is a part missing, or is it of another year or place? Send the file again, or "
    "tell us that it is right.",
    "value_present": "Send the file that holds these rows.",
    "filled": _FILL,
    "months_present": "Send the missing months, or tell us that nothing happened in them.",
    "change_rows": _BEFORE,
    "change_level": _BEFORE,
    "change_areas": _BEFORE,
    "change_unchanged": "Check that this is the new file, as it is much the same as one before. Send the new one, or "
    "tell us that nothing changed.",
    "change_columns": _BEFORE,
    "change_parts": _BEFORE,
    "change_attributes": _BEFORE,
}  # fmt: skip


def kind_of(dataset: Dataset, check: str) -> str:
    """The kind of a check of a dataset; its own id where the contract knows no such check."""
    return next((one.kind.id for one in checks_of(dataset, national=False) if one.id == check), check)


def wish(dataset: Dataset, finding: Finding) -> str:
    """What is asked of the supplier about one finding."""
    if finding.repaired:
        return "Nothing for now: we mended it here. Please mend it in your system before the next delivery."
    ask = ASKS.get(kind_of(dataset, finding.check), ASKS["readable"])
    return ask if finding.grade == "stop" else f"Nothing is stopped by this. For the next delivery: {ask}"


def asked(dataset: Dataset, outcome: Outcome, came: Punctuality) -> str:
    """What is asked of the supplier about a dataset; empty where nothing is."""
    stops = [finding for finding in outcome.findings if finding.grade == "stop"]
    if outcome.word == "stopped":
        if len(stops) == 1:
            return wish(dataset, stops[0])
        return f"Go through the {len(stops)} findings below: send a corrected file, or tell us what is right."
    if outcome.word == "awaited":
        return f"Nothing yet: due on {day_words(came.due) if came.due else 'a day to be agreed'}."
    if outcome.waived and outcome.decision is not None and outcome.decision.until is not None:
        return f"Agree with us on a file that passes before {day_words(outcome.decision.until)}."
    if outcome.word == "carried_forward" and dataset.contract.refresh.cycle == "annual":
        return "Send the file of this edition for the next release."
    if outcome.findings:
        return "Go through the findings below before the next delivery."
    return "Agree with us on a day that can be kept." if came.late else ""
