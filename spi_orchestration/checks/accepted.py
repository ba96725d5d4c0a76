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
from spi_orchestration.findings import DeliveryError, Finding
from spi_orchestration.settings import Settings
from spi_orchestration.typing_sql import literal, quoted

__all__ = ["ACCEPTED_COLUMNS", "write_accepted"]

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
        repairs = repaired_columns(dataset, layout, wards_of(settings, catalogue.district.code, line.edition))
    columns = [f"{repairs.get(name, quoted(name))}::varchar as {quoted(name)}" for name in dataset.columns]
    year = dataset.period(line.edition, layout)[1].year
    raw = settings.data / line.raw
    return (
        f"select {', '.join(columns)}, _file::varchar as _file, _sheet::varchar as _sheet, _row::bigint as _row, "
        f"{line.edition}::integer as _edition, {year}::integer as _reference_year, "
        f"{literal(line.delivery[:12])}::varchar as _delivery, {literal(line.layout)}::varchar as _layout "
        f"from read_parquet({literal(raw.as_posix())})"
    )


def _delivery_row(catalogue: Catalogue, line: Accepted) -> str:
    dataset = catalogue[line.dataset]
    delivered_for = line.edition if line.carried_from is None else line.carried_from
    layout = dataset.layout(delivered_for, line.layout)
    start, end = dataset.period(delivered_for, layout)
    coverage = layout.coverage
    values = {
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
        "supplier": dataset.contract.supplier,
        "received_on": line.received_at[:10] or None,
        "synthetic": line.synthetic,
        "repaired": line.repaired,
        "findings": line.findings,
    }
    return "(" + ", ".join(_cell(values[name], kind) for name, kind in _DELIVERIES) + ")"


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
                remedy="Run again; the delivery is read and checked afresh from landing.",
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
        for dataset in catalogue.datasets.values():
            mine = lines.get(dataset.id, [])
            for line in mine:
                _sound(settings, line)
            parts = [_rows(settings, catalogue, dataset, line) for line in mine] or [_empty(dataset)]
            connection.execute(_copy(" union all ".join(parts), folder / f"{dataset.id}.parquet"))
        names = ", ".join(name for name, _ in _DELIVERIES)
        rows = ", ".join(_delivery_row(catalogue, line) for line in result.accepted)
        empty = ", ".join(f"null::{kind} as {name}" for name, kind in _DELIVERIES)
        table = (
            f"select {names} from (values {rows}) as t ({names})" if rows else f"select {empty} where false"
        )
        connection.execute(_copy(table, folder / "_deliveries.parquet"))
    progress(f"accepted tables of {len(lines)} datasets written")
    write_json(build / "accepted.json", result.accepted_list())
    return folder
