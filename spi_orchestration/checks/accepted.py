"""Writing what the gate accepted: the tables that a build is computed from.

Belongs here: `accepted/*.parquet` and `accepted.json` of a build. Does not belong here: deciding what is
accepted (`gate.py`), or computing with it (dbt models).
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from pathlib import Path

from spi_orchestration.catalogue import Catalogue, Dataset
from spi_orchestration.checks.assessment import write_json
from spi_orchestration.checks.contract import connect, repaired_columns
from spi_orchestration.checks.gate import Accepted, GateResult
from spi_orchestration.checks.places import wards_of
from spi_orchestration.checks.registry import checks_of
from spi_orchestration.findings import DeliveryError, Finding
from spi_orchestration.settings import Settings
from spi_orchestration.typing_sql import literal, quoted

__all__ = ["ACCEPTED_COLUMNS", "BUILD_TABLES", "RETAINED", "check_rows", "write_accepted"]

#: What the gate writes of the build as a whole, beside the accepted table of each dataset.
BUILD_TABLES = ("_deliveries", "_decisions", "_checks", "_retained")

#: Columns that the gate adds to each accepted table.
ACCEPTED_COLUMNS = ("_edition", "_reference_year", "_delivery", "_layout")

_DELIVERIES = (
    ("dataset", "varchar"),
    ("edition", "integer"),
    ("reference_year", "integer"),
    ("period_start", "date"),
    ("period_end", "date"),
    ("delivery", "varchar"),
    ("layout", "varchar"),
    ("method", "varchar"),
    ("coverage_days", "integer"),
    ("coverage_of", "integer"),
    ("coverage_label", "varchar"),
    ("method_break", "varchar"),
    ("carried_forward", "boolean"),
    ("carried_from", "integer"),
    ("supplier", "varchar"),
    ("received_on", "date"),
    ("synthetic", "boolean"),
    ("repaired", "integer"),
    ("findings", "integer"),
    ("purged_on", "date"),
    ("purge_clause", "varchar"),
)

#: Observations that stand for deliveries whose landed files were purged; see `retention/aggregate.py`.
RETAINED = (
    ("dataset", "varchar"),
    ("edition", "integer"),
    ("reference_year", "integer"),
    ("place", "varchar"),
    ("measure", "varchar"),
    ("amount", "double"),
    ("amount_low", "double"),
    ("amount_high", "double"),
    ("status", "varchar"),
    ("source_rows", "bigint"),
    ("_file", "varchar"),
    ("_sheet", "varchar"),
    ("_row", "bigint"),
)

_DECISIONS = (
    ("dataset", "varchar"),
    ("edition", "integer"),
    ("decision", "varchar"),
    ("check_id", "varchar"),
    ("reason", "varchar"),
    ("role", "varchar"),
    ("decided_on", "date"),
    ("until", "date"),
    ("carried_from", "integer"),
)

_CHECKS = (
    ("dataset", "varchar"),
    ("edition", "integer"),
    ("check_id", "varchar"),
    ("title", "varchar"),
    ("dimension", "varchar"),
    ("grade", "varchar"),
    ("state", "varchar"),
)


def _cell(value: object, kind: str) -> str:
    if value is None:
        return f"null::{kind}"
    if isinstance(value, bool):
        return f"{str(value).lower()}::{kind}"
    text = str(value) if isinstance(value, int) else literal(str(value))
    return f"{text}::{kind}"


def _copy(sql: str, target: Path) -> str:
    return f"copy ({sql}) to {literal(target.as_posix())} (format parquet, compression zstd)"


def _empty(dataset: Dataset) -> str:
    columns = [f"null::varchar as {quoted(name)}" for name in dataset.columns]
    columns += ["null::varchar as _file", "null::varchar as _sheet", "null::bigint as _row"]
    columns += ["null::integer as _edition", "null::integer as _reference_year"]
    columns += ["null::varchar as _delivery", "null::varchar as _layout"]
    return f"select {', '.join(columns)} where false"


def _rows(settings: Settings, catalogue: Catalogue, dataset: Dataset, line: Accepted) -> str:
    """The rows of one accepted delivery, repairs applied."""
    layout = dataset.layout(line.edition, line.layout)
    repairs = {}
    if layout.repairs:
        repairs = repaired_columns(dataset, layout, wards_of(settings, catalogue.district, line.edition))
    columns = [f"{repairs.get(name, quoted(name))}::varchar as {quoted(name)}" for name in dataset.columns]
    year = dataset.period(line.edition, layout)[1].year
    raw = settings.data / line.raw
    return (
        f"select {', '.join(columns)}, _file::varchar as _file, _sheet::varchar as _sheet, _row::bigint as _row, "
        f"{line.edition}::integer as _edition, {year}::integer as _reference_year, "
        f"{literal(line.delivery[:12])}::varchar as _delivery, {literal(line.layout)}::varchar as _layout "
        f"from read_parquet({literal(raw.as_posix())})"
    )


def _delivery_row(catalogue: Catalogue, line: Accepted) -> dict[str, object]:
    dataset = catalogue[line.dataset]
    delivered_for = line.edition if line.carried_from is None else line.carried_from
    layout = dataset.layout(delivered_for, line.layout)
    start, end = dataset.period(delivered_for, layout)
    coverage = layout.coverage
    return {
        "dataset": line.dataset,
        "edition": line.edition,
        "reference_year": end.year,
        "period_start": start.isoformat(),
        "period_end": end.isoformat(),
        "delivery": line.delivery[:12],
        "layout": line.layout,
        "method": dataset.method(layout),
        "coverage_days": coverage.days if coverage else None,
        "coverage_of": coverage.of if coverage else None,
        "coverage_label": coverage.label if coverage else None,
        "method_break": layout.method_break,
        "carried_forward": line.carried_from is not None,
        "carried_from": line.carried_from,
        "supplier": catalogue.supply(dataset, line.edition).supplier_id,
        "received_on": line.received_at[:10] or None,
        "synthetic": line.synthetic,
        "repaired": line.repaired,
        "findings": line.findings,
        "purged_on": line.purged_on,
        "purge_clause": line.purge_clause,
    }


def _decision_rows(result: GateResult) -> list[dict[str, object]]:
    carried = {(line.dataset, line.edition): line.carried_from for line in result.accepted}
    return [
        {
            "dataset": decision.dataset,
            "edition": edition,
            "decision": decision.decision,
            "check_id": decision.check,
            "reason": decision.reason,
            "role": decision.role,
            "decided_on": decision.date.isoformat(),
            "until": decision.until.isoformat() if decision.until else None,
            "carried_from": carried.get((decision.dataset, edition))
            if decision.decision == "carry_forward"
            else None,
        }
        for edition, decision in result.applied
    ]


def check_rows(catalogue: Catalogue, result: GateResult) -> list[dict[str, object]]:
    """How each check of each accepted delivery came out: the same for the same accepted list.

    `delivered` says whether the edition's own delivery is used or an earlier one; whether it came in time
    depends on the clock and stands in the reports alone.

    Returns:
        `dataset`, `edition`, `check_id`, `title`, `dimension`, `grade` and `state` (`passed`, `repaired`,
        `recorded`, `waived`, `carried forward` or `not judged`), in order of dataset, edition and check.
    """
    rows: list[dict[str, object]] = []
    for outcome in (*result.history, *result.outcomes):
        line = outcome.accepted
        if line is None:
            continue
        dataset = catalogue[outcome.dataset]
        national = catalogue.supply(dataset, outcome.edition).supplier.kind == "national"
        base = outcome.assessment
        if line.how == "earlier delivery" and base.fallback is not None:
            base = base.fallback
        for check in checks_of(dataset, national=national):
            if line.carried_from is not None and check.id != "delivered":
                continue
            state = base.checks.get(check.id, "not judged")
            if check.id == "delivered":
                state = "passed" if line.carried_from is None else "carried forward"
            elif check.id in outcome.waived:
                state = "waived"
            rows.append(
                {
                    "dataset": outcome.dataset,
                    "edition": outcome.edition,
                    "check_id": check.id,
                    "title": check.title,
                    "dimension": check.kind.dimension,
                    "grade": check.grade,
                    "state": state,
                }
            )
    return sorted(rows, key=lambda row: (str(row["dataset"]), str(row["edition"]), str(row["check_id"])))


def _table_sql(columns: tuple[tuple[str, str], ...], rows: list[dict[str, object]]) -> str:
    names = ", ".join(name for name, _ in columns)
    if not rows:
        empty = ", ".join(f"null::{kind} as {name}" for name, kind in columns)
        return f"select {empty} where false"
    cells = ", ".join("(" + ", ".join(_cell(row[name], kind) for name, kind in columns) + ")" for row in rows)
    return f"select {names} from (values {cells}) as t ({names})"


def _retained(settings: Settings, lines: list[Accepted]) -> str:
    """The observations that stand for purged deliveries."""
    names = ", ".join(name for name, _ in RETAINED)
    parts = [
        f"select {names} from read_parquet({literal((settings.data / line.raw).as_posix())})"
        for line in lines
    ]
    empty = ", ".join(f"null::{kind} as {name}" for name, kind in RETAINED)
    return " union all ".join(parts) or f"select {empty} where false"


def _hash(path: Path) -> str:
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def _sound(settings: Settings, line: Accepted) -> None:
    """Refuse a raw table that is not the one that was checked."""
    path = settings.data / line.raw
    digest = _hash(path) if path.is_file() else None
    if digest != line.raw_sha256:
        raise DeliveryError(
            Finding(
                dataset=line.dataset,
                check="readable",
                grade="stop",
                expected="the raw table that was checked",
                found="no such file" if digest is None else "a file with another hash",
                remedy="Put the file back from the backup: it is all that was kept of a purged delivery."
                if line.kept_as
                else "Run again; the delivery is read and checked afresh from landing.",
                file=line.raw,
            )
        )


def write_accepted(
    build: Path,
    result: GateResult,
    settings: Settings,
    catalogue: Catalogue,
    progress: Callable[[str], None] = lambda text: None,
) -> Path:
    """Write the accepted tables of a build.

    One thread writes them in the order of editions, files, sheets and rows, so the same accepted list gives
    the same bytes. Repairs that layouts declare are applied here and nowhere else.

    Args:
        build: folder of the build; `accepted/` is made in it and `accepted.json` beside that.
        result: the gate's decision.
        settings: where raw tables are.
        catalogue: all datasets; each gets a table, empty with its schema where nothing was accepted.
        progress: told now and then what is being written.

    Returns:
        The folder of the tables.

    Raises:
        DeliveryError: a raw table is no longer the one that was checked.
    """
    folder = build / "accepted"
    folder.mkdir(parents=True, exist_ok=True)
    lines: dict[str, list[Accepted]] = {}
    for line in result.accepted:
        # A carried-forward delivery's rows stand once, under the edition they were delivered for.
        if line.carried_from is None:
            lines.setdefault(line.dataset, []).append(line)
    with connect(threads=1) as connection:
        connection.execute("set preserve_insertion_order = true")
        retained: list[Accepted] = []
        for dataset in catalogue.datasets.values():
            mine = lines.get(dataset.id, [])
            for line in mine:
                _sound(settings, line)
            retained += [line for line in mine if line.kept_as == "observations"]
            mine = [line for line in mine if line.kept_as != "observations"]
            parts = [_rows(settings, catalogue, dataset, line) for line in mine] or [_empty(dataset)]
            connection.execute(_copy(" union all ".join(parts), folder / f"{dataset.id}.parquet"))
        deliveries = [_delivery_row(catalogue, line) for line in result.accepted]
        for name, columns, rows in (
            ("_deliveries", _DELIVERIES, deliveries),
            ("_decisions", _DECISIONS, _decision_rows(result)),
            ("_checks", _CHECKS, check_rows(catalogue, result)),
        ):
            connection.execute(_copy(_table_sql(columns, rows), folder / f"{name}.parquet"))
        connection.execute(_copy(_retained(settings, retained), folder / "_retained.parquet"))
    progress(f"accepted tables of {len(lines)} datasets written")
    write_json(build / "accepted.json", result.accepted_list())
    return folder
