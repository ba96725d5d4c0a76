"""Checks of the finished index, judged on the warehouse before its draft is written.

Belongs here: what is asserted of marts and scores, the limits, and decisions that accept a stop. Does not
belong here: checks of deliveries (`contract.py`, `change.py`), or refusing to publish (`release/publish.py`).
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from spi_orchestration.catalogue import CatalogueError, load_yaml, load_yaml_text, read_utf8
from spi_orchestration.checks.decisions import Day, Reason, Role, with_item
from spi_orchestration.findings import Grade

if TYPE_CHECKING:
    import duckdb

__all__ = [
    "INDEX_CHECKS",
    "Acceptance",
    "IndexFinding",
    "acceptance_file",
    "add_acceptance",
    "judge_index",
    "load_acceptances",
    "load_limits",
    "parse_acceptances",
    "with_acceptances",
]

#: In words for people.
GRADE_WORDS = {"stop": "stops publication until it is decided", "record": "recorded on the draft"}


#: The checks of the finished index, each with schema and name of the tables it reads; where one is absent the
#: check is not judged.
INDEX_CHECKS: dict[str, tuple[str, ...]] = {
    "index_influence": ("marts.fct_influence",),
    "index_bridge_adds_up": ("marts.fct_bridge_score",),
    "index_rank_moves": ("marts.fct_rank_set", "marts.fct_bridge"),
    "index_shares": ("marts.fct_indicator_value",),
    "index_restated": (
        "marts.fct_indicator_value",
        "index.idx_previous_area",
        "index.idx_previous_release",
    ),
}


@dataclass(frozen=True)
class IndexFinding:
    """One thing about the index that is not as it should be.

    Attributes:
        check: id of the check.
        item: what it is about: an indicator, a node of the index, a ward or a share.
        grade: `stop` or `record`.
        expected, found: in plain words.
    """

    check: str
    item: str
    grade: Grade
    expected: str
    found: str

    def sentence(self) -> str:
        """One line for a terminal or a report."""
        return (
            f"{self.check}, {self.item}: expected {self.expected}; found {self.found} "
            f"({GRADE_WORDS[self.grade]})"
        )


class Acceptance(BaseModel):
    """A decision to publish although a check of the index stops.

    Attributes:
        check, item: which finding.
        reason: why, for people.
        role: role that decided, never a person's name.
        date: day it was decided.
        until: last day it holds.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    # A bridge that does not add up is a wrong sum, and a share stops nothing: neither can be accepted.
    check: Literal["index_influence", "index_restated", "index_rank_moves"]
    item: str = Field(min_length=1)
    reason: Reason
    role: Role
    date: Day
    until: Day

    @model_validator(mode="after")
    def _whole(self) -> Acceptance:
        if self.until < self.date:
            raise ValueError("until: its last day is before the day it was decided")
        return self

    def expired(self, day: dt.date) -> bool:
        """Whether it holds no longer on a day."""
        return self.until < day


class _Limit(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)

    limit: float = Field(gt=0)
    reason: str = Field(min_length=10)
    date: dt.date


class _Limits(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)

    influence_ratio: _Limit
    bridge_points: _Limit
    restated_relative: _Limit
    share_clipped: _Limit
    share_modelled: _Limit
    share_controlled: _Limit
    share_carried_forward: _Limit


def _said(error: ValidationError) -> str:
    return "; ".join(f"{'.'.join(str(p) for p in one['loc'])}: {one['msg']}" for one in error.errors())


def load_limits(path: Path) -> dict[str, float]:
    """Read the limits, name -> limit.

    Raises:
        CatalogueError: the file is absent, or a limit is missing, unknown, or without reason and date.
    """
    data = load_yaml(path)
    try:
        limits = _Limits.model_validate(data.get("limits") if isinstance(data, dict) else None)
    except ValidationError as error:
        raise CatalogueError(f"{path.name}: {_said(error)}") from None
    return {name: getattr(limits, name).limit for name in _Limits.model_fields}


def acceptance_file(folder: Path, profile: str, edition: int) -> Path:
    """The file of decisions on an edition's index: `index-2026.yml`, or `index-open-2025.yml` for another profile."""
    return folder / (f"index-{edition}.yml" if profile == "full" else f"index-{profile}-{edition}.yml")


def load_acceptances(folder: Path, profile: str, edition: int) -> list[Acceptance]:
    """Read the decisions on an edition's index; none where the file is absent.

    Raises:
        CatalogueError: the file is not the key index with a list of whole decisions, or decides twice.
    """
    path = acceptance_file(folder, profile, edition)
    if not path.is_file():
        return []
    return parse_acceptances(read_utf8(path, f"decisions/{path.name}"), path.name)


def parse_acceptances(text: str, name: str) -> list[Acceptance]:
    """Read decisions on the index from the text of a file.

    Args:
        text: YAML.
        name: name of the file, for messages.

    Raises:
        CatalogueError: as `load_acceptances`.
    """
    data = load_yaml_text(text, f"decisions/{name}")
    if data is None:
        return []
    items = data.get("index") if isinstance(data, dict) and set(data) == {"index"} else None
    if isinstance(data, dict) and set(data) == {"index"} and items is None:
        return []
    if not isinstance(items, list):
        raise CatalogueError(f"decisions/{name}: expected the key index with a list of decisions")
    try:
        found = [Acceptance.model_validate(item) for item in items]
    except ValidationError as error:
        raise CatalogueError(f"decisions/{name}: {_said(error)}") from None
    for at, one in enumerate(found):
        for other in found[:at]:
            # A decision that ran out may be followed by a later one.
            apart = other.until < one.date or one.until < other.date
            if (other.check, other.item) == (one.check, one.item) and not apart:
                raise CatalogueError(f"decisions/{name}: {one.check} of {one.item} is decided twice")
    return found


def add_acceptance(text: str, acceptance: Acceptance, name: str) -> str:
    """The text of the file with one decision more at its end; comments and order stay as they are.

    Args:
        text: the file as it is; empty where there is none yet.
        acceptance: what is added.
        name: name of the file, for messages.

    Raises:
        CatalogueError: the file cannot be read, decides the same already, or cannot be added to without changing
            what stands there.
    """
    acceptance = acceptance.model_copy(update={"reason": " ".join(acceptance.reason.split())})
    before = parse_acceptances(text, name)
    body = with_item(text, acceptance, "index", f"Decisions on the finished index: {name}.", bool(before))
    if parse_acceptances(body, name) != [*before, acceptance]:
        raise CatalogueError(
            f"decisions/{name}: the decision could not be added without changing what stands there. "
            "Write each decision as an item of a list that begins with a dash; docs/gate.md shows one."
        )
    return body


def with_acceptances(
    findings: Sequence[IndexFinding], acceptances: Sequence[Acceptance]
) -> list[dict[str, Any]]:
    """The findings as plain data, each with the decision that accepts it, or None.

    Whether a decision still holds is judged on the day of publication, so that this holds no clock.
    """
    # Of several decisions on one finding the one that holds longest counts.
    order = sorted(acceptances, key=lambda item: item.until)
    decided = {(str(item.check), item.item): item for item in order}
    out = []
    for finding in findings:
        accepted = decided.get((finding.check, finding.item))
        out.append(
            {
                "check": finding.check,
                "item": finding.item,
                "grade": finding.grade,
                "expected": finding.expected,
                "found": finding.found,
                "accepted": accepted.model_dump(mode="json", exclude={"check", "item"}) if accepted else None,
            }
        )
    return out


def judge_index(
    warehouse: Path, edition: int, limits: Mapping[str, float]
) -> tuple[list[IndexFinding], list[str]]:
    """Judge a finished warehouse, which is opened read-only.

    Args:
        warehouse: DuckDB file.
        edition: edition of the build.
        limits: from `load_limits`.

    Returns:
        findings in the order of the checks and then by item, and ids of checks that could not be judged
        because a table is absent.
    """
    import duckdb

    judges = {
        "index_influence": _influence,
        "index_bridge_adds_up": _bridge,
        "index_rank_moves": _rank_moves,
        "index_shares": _shares,
        "index_restated": _restated,
    }
    found: list[IndexFinding] = []
    absent = []
    with duckdb.connect(str(warehouse), read_only=True, config={"threads": 1}) as con:
        there = {
            row[0]
            for row in con.execute(
                "select table_schema || '.' || table_name from information_schema.tables"
            ).fetchall()
        }
        for check, tables in INDEX_CHECKS.items():
            if there.issuperset(tables):
                found += judges[check](con, edition, limits)
            else:
                absent.append(check)
    return found, absent


def _influence(
    con: duckdb.DuckDBPyConnection, edition: int, limits: Mapping[str, float]
) -> list[IndexFinding]:
    limit = limits["influence_ratio"]
    rows = con.execute(
        "select indicator, nominal, share, ratio from marts.fct_influence "
        "where edition = ? and ratio > ? order by indicator",
        [edition, limit],
    ).fetchall()
    return [
        IndexFinding(
            "index_influence",
            indicator,
            "stop",
            f"at most {limit:g} times its nominal share of the index's variance",
            f"{ratio:.2f} times ({share:.1%} of the variance, nominal {nominal:.1%})",
        )
        for indicator, nominal, share, ratio in rows
    ]


def _bridge(con: duckdb.DuckDBPyConnection, edition: int, limits: Mapping[str, float]) -> list[IndexFinding]:
    limit = limits["bridge_points"]
    # Without a release before, the legs of revision and method are empty: nothing was published to revise.
    rows = con.execute(
        """
        with gaps as (
            select code, area_code, abs("after" - "before" - coalesce(revision, 0) - coalesce("method", 0)
                - coalesce("data", 0) - coalesce(control, 0)) as gap
            from marts.fct_bridge_score
            where edition = ? and "after" is not null and "before" is not null
        )
        select code, count(*), max(gap) from gaps where gap > ? group by code order by code
        """,
        [edition, limit],
    ).fetchall()
    return [
        IndexFinding(
            "index_bridge_adds_up",
            code,
            "stop",
            f"legs that add up to the change within {limit:g} points",
            f"{count} areas where they do not, the largest difference {gap:.6f} points",
        )
        for code, count, gap in rows
    ]


def _rank_moves(
    con: duckdb.DuckDBPyConnection, edition: int, limits: Mapping[str, float]
) -> list[IndexFinding]:
    rows = con.execute(
        """
        with own as (select * from marts.fct_rank_set where code = 'index'),
            moved as (
                select now.area_code, was."rank" as was, now."rank" as now
                from own as now
                inner join own as was on was.area_code = now.area_code and was.edition = now.edition - 1
                where now.edition = $edition
                    and now."rank" not between was.rank_low and was.rank_high
                    and was."rank" not between now.rank_low and now.rank_high
            ),
            causes as (
                select area_code, leg, part, points,
                    row_number() over (
                        partition by area_code order by abs(points) desc, leg, part
                    ) as place
                from marts.fct_bridge
                where edition = $edition and code = 'index' and part <> 'total' and points <> 0
            )
        select moved.area_code, was, now, leg, part, points
        from moved
        left join causes on causes.area_code = moved.area_code and place = 1
        order by moved.area_code
        """,
        {"edition": edition},
    ).fetchall()
    return [
        IndexFinding(
            "index_rank_moves",
            area,
            "record" if part else "stop",
            "a rank among those that doubt allows in both editions",
            f"rank {was} to {now}; "
            + (
                f"largest cause: {part}, {leg}, {points:+.2f} points" if part else "the bridge names no cause"
            ),
        )
        for area, was, now, leg, part, points in rows
    ]


def _shares(con: duckdb.DuckDBPyConnection, edition: int, limits: Mapping[str, float]) -> list[IndexFinding]:
    row = con.execute(
        """
        select
            avg(cast(coalesce(clipped, false) as integer)) as clipped,
            avg(cast(status = 'modelled' as integer)) as modelled,
            avg(cast(status = 'suppressed' as integer)) as controlled,
            avg(cast(coalesce(carried_forward, false) as integer)) as carried_forward
        from marts.fct_indicator_value
        where edition = ? and area_type = 'ward'
        """,
        [edition],
    ).fetchone()
    shares = dict(zip(("clipped", "modelled", "controlled", "carried_forward"), row or (), strict=True))
    return [
        IndexFinding(
            "index_shares",
            name,
            "record",
            f"at most {limits[f'share_{name}']:.0%} of the wards' values {name.replace('_', ' ')}",
            f"{share:.1%}",
        )
        for name, share in shares.items()
        if share is not None and share > limits[f"share_{name}"]
    ]


def _restated(
    con: duckdb.DuckDBPyConnection, edition: int, limits: Mapping[str, float]
) -> list[IndexFinding]:
    limit = limits["restated_relative"]
    rows = con.execute(
        """
        with pairs as (
            select old.code, old.value as was, own.value as now
            from "index".idx_previous_area as old
            cross join "index".idx_previous_release as release_
            inner join marts.fct_indicator_value as own
                on own.edition = release_.edition
                and own.area_code = old.area_code
                and own.indicator = old.code
            where old.level = 1 and release_.edition < $edition
        )
        select code, count(*) from pairs
        where (was is null) <> (now is null) or abs(now - was) > $limit * greatest(abs(was), 1e-9)
        group by code order by code
        """,
        {"edition": edition, "limit": limit},
    ).fetchall()
    return [
        IndexFinding(
            "index_restated",
            code,
            "stop",
            f"the values of the release before, within {limit:.0%}",
            f"{count} areas whose value of that edition is another now",
        )
        for code, count in rows
    ]
