"""The one list of checks, whichever tool runs them.

Belongs here: id, title, grade and meaning of every check of deliveries, of models, of the finished index and
of a run, and which checks a dataset's contract gives rise to. The same ids stand in Dagster, in Great
Expectations, in dbt and in reports. Does not belong here: how a check is computed (`contract.py`, `index.py`,
dbt's generic tests).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from spi_orchestration.catalogue import NUMBER_TYPES, YEAR_TYPES, CatalogueError, Dataset
from spi_orchestration.checks.profile import points_of, roles_of
from spi_orchestration.findings import Grade

__all__ = ["CHECKS", "EVERY_CHECK", "TOOLS", "VERSION", "Check", "DatasetCheck", "checks_of"]

#: Raised by hand when results kept from earlier runs must not be trusted any more; a change of the code
#: in this room has that effect by itself.
VERSION = 1

Dimension = Literal["completeness", "uniqueness", "consistency", "timeliness", "validity", "accuracy"]
Stage = Literal["arrival", "reading", "contract", "change", "run", "model", "index"]

#: Which tool runs the checks of a stage.
TOOLS: dict[Stage, str] = {
    "arrival": "Great Expectations",
    "reading": "Great Expectations",
    "contract": "Great Expectations",
    "change": "Great Expectations",
    "run": "Dagster",
    "model": "dbt",
    "index": "the draft step",
}


@dataclass(frozen=True)
class Check:
    """One kind of check.

    Attributes:
        id: short name.
        title: what is asserted, in plain words.
        proves: what a pass means, and what it does not mean.
        stage: when it is judged: as files arrive, while they are read, on the table read, against the
            editions before, on the run as a whole, on a model that dbt built, or on the finished index.
        dimension: quality dimension of the Government Data Quality Framework.
        grade: what a failure means unless the contract says otherwise.
        waivable: whether a decision can accept a delivery, or an index, that fails it.
    """

    id: str
    title: str
    proves: str
    stage: Stage
    dimension: Dimension
    grade: Grade = "stop"
    waivable: bool = True


_ALL = (
    Check(
        "delivered",
        "A file came for every expected name",
        "Each pattern of the edition's layout matched a file on the share; nothing is said of its content.",
        "arrival",
        "timeliness",
        waivable=False,
    ),
    Check(
        "readable",
        "Every file can be opened and read to its end",
        "The file is whole and of the agreed kind; a truncated archive or a web page saved as a table fails.",
        "reading",
        "validity",
        waivable=False,
    ),
    Check(
        "empty",
        "Files and tables are not empty",
        "Each file has bytes and rows; an empty file is not taken for a count of zero.",
        "reading",
        "completeness",
        waivable=False,
    ),
    Check(
        "sheet",
        "The agreed sheet is in the workbook",
        "A sheet of the agreed name was found; only that one is read.",
        "reading",
        "validity",
        waivable=False,
    ),
    Check(
        "header",
        "The header stands where it was agreed",
        "The header row holds the agreed headings, not data or a title.",
        "reading",
        "validity",
        waivable=False,
    ),
    Check(
        "columns",
        "Every agreed column is there",
        "Each contract column of the layout was found exactly once.",
        "reading",
        "validity",
        waivable=False,
    ),
    Check(
        "unexpected_columns",
        "No column is there that nobody spoke of",
        "All columns are either read or known and ignored. A heading that looks like personal data stops "
        "the dataset; any other is recorded.",
        "reading",
        "validity",
        grade="record",
        waivable=False,
    ),
    Check(
        "types",
        "Every cell is what its column says",
        "Each cell that is not blank or a known mark could be read as the column's type; none became a "
        "null or a zero in silence.",
        "contract",
        "validity",
        waivable=False,
    ),
    Check(
        "marks",
        "Only agreed marks stand in number cells",
        "No mark of another supplier's convention was met; its meaning would be a guess.",
        "contract",
        "validity",
        waivable=False,
    ),
    Check(
        "required",
        "No required cell is blank",
        "Columns that must be filled are filled in each row.",
        "contract",
        "completeness",
    ),
    Check(
        "key",
        "No row is there twice",
        "The key columns identify each row.",
        "contract",
        "uniqueness",
        waivable=False,
    ),
    Check(
        "rows",
        "The number of rows is as agreed",
        "The delivery is neither cut short nor a multiple of itself, within the agreed window.",
        "contract",
        "completeness",
    ),
    Check(
        "ranges",
        "Numbers lie in their agreed range",
        "No number is below the smallest or above the largest accepted value.",
        "contract",
        "accuracy",
    ),
    Check(
        "letters",
        "No text is garbled",
        "No text holds what remains of letters read in the wrong encoding, or escapes of markup.",
        "contract",
        "validity",
    ),
    Check(
        "allowed",
        "Words are among the agreed ones",
        "Columns with a closed list of values hold nothing else.",
        "contract",
        "validity",
    ),
    Check(
        "pattern",
        "Codes have the agreed form",
        "Codes look like codes of the agreed kind; whether they exist is another check.",
        "contract",
        "validity",
    ),
    Check(
        "period",
        "The delivery describes the expected period",
        "The period expected in the edition is among its rows; without it the dataset is stopped. Rows of a "
        "later period beside it are recorded.",
        "contract",
        "timeliness",
    ),
    Check(
        "areas_known",
        "Every area is a known one",
        "No row is for an area outside the reference. National files are not judged by the district's list.",
        "contract",
        "accuracy",
    ),
    Check(
        "areas_complete",
        "No area is missing",
        "Each area of the edition has a row for the expected period.",
        "contract",
        "completeness",
    ),
    Check(
        "code_name",
        "Codes and names of areas agree",
        "No area's name stands beside another area's code.",
        "contract",
        "consistency",
    ),
    Check(
        "not_above",
        "A part is not above its whole",
        "The numerator of a closed proportion nowhere exceeds its denominator.",
        "contract",
        "consistency",
    ),
    Check(
        "sum_equals",
        "Parts add up to the stated total",
        "The stated total equals the sum of its parts within the tolerance.",
        "contract",
        "consistency",
    ),
    Check(
        "stated_totals",
        "Totals in the file are those of its rows",
        "Each total that the file states is the sum of the rows it is of; withheld cells count with their bounds.",
        "contract",
        "consistency",
    ),
    Check(
        "rate_equals",
        "A stated rate is that of its parts",
        "The stated percentage or rate equals numerator over denominator within the tolerance.",
        "contract",
        "consistency",
    ),
    Check(
        "control_total",
        "The total agrees with an independent figure",
        "The sum over the period lies near the same sum from another dataset, where that one is at hand; a total "
        "that is plausible for itself and wrong by more than the accepted ratio fails.",
        "contract",
        "accuracy",
    ),
    Check(
        "value_present",
        "What the file must say is said",
        "Some row holds the agreed text, such as the status of revised figures.",
        "contract",
        "timeliness",
    ),
    Check(
        "filled",
        "A column is filled where it must be",
        "No cell of the column is blank in the layouts or rows that must have it; an agreed mark counts as filled.",
        "contract",
        "completeness",
    ),
    Check(
        "months_present",
        "Each expected month has rows",
        "No month of the period is missing, or as many days are covered as the layout declares.",
        "contract",
        "completeness",
    ),
    Check(
        "change_rows",
        "About as many rows came as before",
        "The rows of the period are as many as in the edition before, within the limits; so are repeated rows. "
        "A file cut short, doubled or filtered fails.",
        "change",
        "completeness",
    ),
    Check(
        "change_level",
        "Numbers are of the same size as before",
        "The mean of each number column moved no more than its limits allow; another unit, another sign and "
        "columns that changed places fail. Single cells are not looked at.",
        "change",
        "accuracy",
    ),
    Check(
        "change_areas",
        "Areas behave as they did before",
        "The same areas are there, in about the same order; none moved far more than all others or than its own "
        "past explains, and no two fit each other's past. Small true changes and small errors cannot be told apart.",
        "change",
        "accuracy",
    ),
    Check(
        "change_unchanged",
        "What should have moved has moved, and nothing else",
        "The delivery is not an earlier one again, in whole or in part; figures that were never restated, and "
        "static sets, are as they were.",
        "change",
        "timeliness",
    ),
    Check(
        "change_columns",
        "Columns are filled as before",
        "Blank, withheld and zero cells are as frequent as before beyond what chance explains, no kind of mark "
        "is gone altogether, and no column holds one value only.",
        "change",
        "completeness",
    ),
    Check(
        "change_parts",
        "Categories and months are there as before",
        "No category or month that was there before is missing, none of any size is new, their shares are "
        "similar, and days lie within the period.",
        "change",
        "consistency",
    ),
    Check(
        "change_attributes",
        "The same keys have the same names, codes and positions",
        "What does not change from year to year, such as the name beside a code or where a premises lies, did "
        "not change for more keys than the limit.",
        "change",
        "consistency",
    ),
)

#: Every kind of check of deliveries, by id.
CHECKS: dict[str, Check] = {check.id: check for check in _ALL}

_RUN = (
    Check(
        "on_time",
        "The delivery came by the day it is due",
        "The receipt of the first delivery is not later than the day agreed; nothing is said of its content.",
        "run",
        "timeliness",
        grade="record",
        waivable=False,
    ),
    Check(
        "edition_passes",
        "No dataset of the edition is stopped or awaited",
        "Each dataset was accepted, carried forward or is not expected; what of it is recorded stands in the report.",
        "run",
        "completeness",
        waivable=False,
    ),
)

_MODEL = (
    Check(
        "unique_combination",
        "No row of a model is there twice",
        "The columns of its key identify each row of a model.",
        "model",
        "uniqueness",
        waivable=False,
    ),
    Check(
        "complete",
        "No required column of a model is blank",
        "Columns that must be filled are filled in each row.",
        "model",
        "completeness",
        waivable=False,
    ),
    Check(
        "within",
        "Numbers of a model lie in their range",
        "No number is below its smallest or above its largest possible value.",
        "model",
        "accuracy",
        waivable=False,
    ),
    Check(
        "finite",
        "Numbers of a model are finite",
        "No division by nothing left an infinite number or one that is none.",
        "model",
        "validity",
        waivable=False,
    ),
    Check(
        "all_wards_present",
        "Every ward of each edition is in a model",
        "Each ward of the edition has a row for each thing the model is about.",
        "model",
        "completeness",
        waivable=False,
    ),
    Check(
        "expression_is_true",
        "What a model says of itself holds in each row",
        "A rule over several columns, such as a score that is missing exactly where its label says so.",
        "model",
        "consistency",
        waivable=False,
    ),
    Check(
        "weights_sum",
        "Weights and shares sum to what they should",
        "The indicators of a cluster share one weight; the shares of a place in the wards are together no more than it.",
        "model",
        "consistency",
        waivable=False,
    ),
    Check(
        "mean_of_parts",
        "Each score is the weighted mean of its parts",
        "Components of indicators, dimensions of components, the index of dimensions, worked out a second way.",
        "model",
        "consistency",
        waivable=False,
    ),
    Check(
        "parts_sum_to",
        "Contributions add up",
        "The points that parts bring sum to the score, and their weights to one, on each level.",
        "model",
        "consistency",
        waivable=False,
    ),
    Check(
        "areas_add_up",
        "Counts of groups and district are the sum of their wards'",
        "Numerators and denominators of every area are those of its wards together.",
        "model",
        "consistency",
        waivable=False,
    ),
    Check(
        "holds_with",
        "What two models say of the same thing agrees",
        "Values follow from counts, scores from values and bounds; the doubt model has the scores that SQL has.",
        "model",
        "consistency",
        waivable=False,
    ),
    Check(
        "accepted_values",
        "Words of a model are among the known ones",
        "A column with a closed list of values holds nothing else.",
        "model",
        "validity",
        waivable=False,
    ),
    Check(
        "accepted_range",
        "Numbers of a framework table lie in their range",
        "No number that people wrote is outside what it can be.",
        "model",
        "accuracy",
        waivable=False,
    ),
    Check(
        "unique",
        "No value of a column is there twice",
        "The column identifies each row.",
        "model",
        "uniqueness",
        waivable=False,
    ),
    Check(
        "not_null",
        "No cell of a column is blank",
        "The column is filled in each row.",
        "model",
        "completeness",
        waivable=False,
    ),
    Check(
        "relationships",
        "Every key of a column is a key of another table",
        "Nothing refers to what is not there.",
        "model",
        "consistency",
        waivable=False,
    ),
)

_INDEX = (
    Check(
        "index_influence",
        "No indicator drives the index far beyond its weight",
        "No indicator has more than three times its nominal share of the index's variance.",
        "index",
        "accuracy",
    ),
    Check(
        "index_bridge_adds_up",
        "The legs from one edition to the next add up to the change",
        "Revision, method, data and control together are the change of each score, within rounding.",
        "index",
        "consistency",
        waivable=False,
    ),
    Check(
        "index_rank_moves",
        "A ward leaves the ranks that doubt allows only with a named cause",
        "The bridge names an indicator for each rank that moved beyond its set: then it is recorded, else it stops.",
        "index",
        "accuracy",
        grade="record",
    ),
    Check(
        "index_shares",
        "Few values are clipped, modelled, controlled or carried forward",
        "Each of the four shares of the wards' values is below its limit.",
        "index",
        "completeness",
        grade="record",
    ),
    Check(
        "index_restated",
        "Values of the release before are still what was published",
        "No value of an edition that was published is another one now, unless a decision declares it.",
        "index",
        "consistency",
    ),
)

#: Every kind of check there is, by id: of deliveries, of a run, of models and of the finished index.
EVERY_CHECK: dict[str, Check] = {check.id: check for check in (*_ALL, *_RUN, *_MODEL, *_INDEX)}


@dataclass(frozen=True)
class DatasetCheck:
    """A check of one dataset.

    Attributes:
        id: id in Dagster, Great Expectations and reports: the kind, or the contract's rule.
        kind: the check it is.
        grade: what a failure means here.
        title: what is asserted, in plain words.
    """

    id: str
    kind: Check
    grade: Grade
    title: str


def tabled_areas(dataset: Dataset) -> str | None:
    """The area column of a table with one line an area, or None.

    Such a dataset is complete when each area has a row: its area is part of its key, and it comes every
    edition. A feed of single events may well have none for some ward.
    """
    contract = dataset.contract
    column = contract.geography.code if contract.geography.method == "direct_ward" else None
    if contract.geography.method == "ward_name":
        column = contract.geography.name or contract.geography.code
    if column is None or column not in contract.key or contract.refresh.cycle == "event":
        return None
    # Where an area without a row has none of what is counted, no area is missing.
    if contract.measures and all(measure.absent == "zero" for measure in contract.measures.values()):
        return None
    return column


def checks_of(dataset: Dataset, *, national: bool) -> list[DatasetCheck]:
    """The checks that a dataset's contract gives rise to, in the order of `CHECKS`, then its rules.

    Args:
        dataset: the dataset.
        national: its supplier is a national publisher, whose files hold areas of all districts.
    """
    contract = dataset.contract
    columns = contract.columns.values()
    ruled = {rule.kind for rule in contract.rules}
    direct = contract.geography.method in {"direct_ward", "ward_name"}
    area = contract.geography.code or contract.geography.name
    applies = {
        # Documents have a list of records and maps a layer where workbooks have a sheet; plain tables have neither.
        "sheet": any(layout.format not in {"csv", "parquet"} for layout in contract.layouts),
        "types": any(column.type not in {"text", "code", "geometry"} for column in columns),
        "marks": any(column.type in NUMBER_TYPES for column in columns),
        "required": any(column.required for column in columns),
        "key": bool(contract.key),
        "ranges": any(column.minimum is not None or column.maximum is not None for column in columns),
        "letters": any(column.type == "text" for column in columns),
        "allowed": any(column.allowed for column in columns),
        "pattern": any(column.pattern for column in columns),
        "period": dated_column(dataset) is not None,
        "areas_known": direct and area is not None and not national and "areas_known" not in ruled,
        "areas_complete": tabled_areas(dataset) is not None and "areas_complete" not in ruled,
        "code_name": False,
        "not_above": False,
        "sum_equals": False,
        "stated_totals": any(layout.totals for layout in contract.layouts),
        "rate_equals": False,
        "control_total": False,
        "value_present": False,
        "filled": False,
        "months_present": False,
        **_change_checks(dataset),
    }
    found = [
        DatasetCheck(check.id, check, check.grade, check.title)
        for check in CHECKS.values()
        if applies.get(check.id, True)
    ]
    for rule in contract.rules:
        kind = CHECKS[rule.kind]
        if any(check.id == rule.id for check in found):
            raise CatalogueError(
                f"{dataset.id}: rule {rule.id}: a check of the contract has this name; choose another"
            )
        about = f"{rule.column}" + (f", {rule.other}" if rule.other else "")
        if rule.kind == "control_total":
            about += f" of {rule.reference}"
        found.append(DatasetCheck(rule.id, kind, rule.grade, f"{kind.title} ({about})"))
    return found


def _change_checks(dataset: Dataset) -> dict[str, bool]:
    """Which comparisons with earlier editions a dataset has something for."""
    roles = roles_of(dataset)
    static = dataset.contract.refresh.cycle == "static"
    dated = roles.time is not None and dataset.columns[roles.time].type in {"date", "month"}
    return {
        "change_level": bool(roles.quantities),
        "change_areas": bool(roles.area or roles.identity or points_of(dataset)),
        # A set of one fixed period is the same whenever it comes; only figures of it can be others.
        "change_unchanged": not dataset.contract.refresh.one_period or bool(roles.quantities),
        # Years are the period's own check; days and months may be missing within it.
        "change_parts": bool(roles.categories) or dated,
        "change_attributes": bool(roles.identity and (roles.attributes or (static and roles.quantities))),
    }


def dated_column(dataset: Dataset) -> str | None:
    """The column that carries the year, month or day of a row, or None.

    It is the one that the contract names; else the year in the key, or the day that each row must have.
    """
    name = roles_of(dataset).time
    if name is None:
        return None
    kind = dataset.columns[name].type
    return name if kind in YEAR_TYPES or kind in {"date", "month"} else None
