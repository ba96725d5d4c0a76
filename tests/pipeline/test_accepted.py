"""The accepted tables hold exactly what was accepted, repairs applied, in the same bytes each time."""

from __future__ import annotations

import hashlib
import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import duckdb
import pytest

from spi_orchestration.assets.builds import build_of
from spi_orchestration.assets.delivery import take_in_all
from spi_orchestration.assets.gating import pass_gate
from spi_orchestration.assets.project import Project
from spi_orchestration.checks import judge
from spi_orchestration.checks.accepted import ACCEPTED_COLUMNS, write_accepted
from spi_orchestration.checks.decisions import decision_file
from spi_orchestration.findings import DeliveryError
from tests.helpers.paths import assert_windows_safe
from tests.helpers.small import (
    PUPILS_HEADER,
    WARDS,
    Small,
    homes_rows,
    make_small,
    pupils_rows,
    write_areas,
    write_csv,
    write_homes,
)
from tests.pipeline.conftest import RUN, gated


def work(small: Small, profile: str = "full") -> Path:
    return build_of(Project.load(small.settings), profile, 2026).work


def query(sql: str, **paths: Path) -> list[tuple[Any, ...]]:
    with duckdb.connect() as con:
        return con.execute(
            sql.format(**{k: f"read_parquet('{v.as_posix()}')" for k, v in paths.items()})
        ).fetchall()


def table(small: Small, name: str, profile: str = "full") -> Path:
    return work(small, profile) / "accepted" / f"{name}.parquet"


def test_rows_are_those_sent_with_their_place_and_edition(small: Small) -> None:
    gated(small)
    rows = query("select * from {t}", t=table(small, "county_pupils"))
    # 22 wards for each of two editions; values are the text sent.
    assert len(rows) == 44
    digest = hashlib.sha256(small.pupils(2025).read_bytes()).hexdigest()
    delivery = hashlib.sha256(f"education/pupils_202425.csv {digest}\n".encode()).hexdigest()[:12]
    assert rows[0] == (
        "2024/25", "E05010651", "Alrewas & Fradley", "51", "31",
        "education/pupils_202425.csv", None, 2, 2025, 2025, delivery, "csv",
    )  # fmt: skip
    columns = query("describe select * from {t}", t=table(small, "county_pupils"))
    assert [c[0] for c in columns][-4:] == list(ACCEPTED_COLUMNS)
    assert [c[1] for c in columns] == ["VARCHAR"] * 7 + ["BIGINT", "INTEGER", "INTEGER", "VARCHAR", "VARCHAR"]


def test_a_dataset_of_another_profile_has_an_empty_table_with_the_same_schema(small: Small) -> None:
    gated(small, "open")
    assert query("select count(*) from {t}", t=table(small, "county_pupils", "open")) == [(0,)]
    empty = query("describe select * from {t}", t=table(small, "county_pupils", "open"))
    gated(small)
    full = query("describe select * from {t}", t=table(small, "county_pupils"))
    assert empty == full
    # The open series begins in 2026: earlier deliveries are no part of it.
    assert query("select distinct _edition from {t}", t=table(small, "national_homes", "open")) == [(2026,)]


def test_a_carried_forward_delivery_is_there_once(small: Small) -> None:
    gated(small)
    assert query("select _edition, count(*) from {t} group by 1", t=table(small, "ref_areas")) == [
        (2025, 400)
    ]
    lines = query(
        "select dataset, edition, carried_forward, carried_from, reference_year, synthetic, supplier, method "
        "from {t} where dataset in ('ref_areas', 'county_pupils') order by 1, 2",
        t=table(small, "_deliveries"),
    )
    assert lines == [
        ("county_pupils", 2025, False, None, 2025, True, "scc", "direct_ward"),
        ("county_pupils", 2026, False, None, 2026, True, "scc", "direct_ward"),
        ("ref_areas", 2025, False, None, 2021, True, "ons", "none"),
        ("ref_areas", 2026, True, 2025, 2021, True, "ons", "none"),
    ]


def test_a_decision_carries_the_earlier_delivery_forward(small: Small) -> None:
    small.pupils().unlink()
    text = "decisions: [{dataset: county_pupils, decision: carry_forward, reason: The extract is delayed., role: Manager, date: 2020-01-01}]"
    decision_file(small.settings, "full", 2026).write_text(text, encoding="utf-8")
    outcome = gated(small)
    assert outcome.result.passes
    assert outcome.built
    assert query("select distinct _edition from {t}", t=table(small, "county_pupils")) == [(2025,)]
    (line,) = query(
        "select edition, carried_from, reference_year, period_end::varchar from {t} where dataset = 'county_pupils' and carried_forward",
        t=table(small, "_deliveries"),
    )
    assert line == (2026, 2025, 2025, "2025-08-31")
    assert "carry forward" in outcome.report.with_name("report.md").read_text(encoding="utf-8")


def test_repairs_are_applied_and_counted(small: Small) -> None:
    rows = homes_rows()
    for number, row in enumerate(rows[:22]):
        row[0] = f"E0500{4940 + number}"
    write_homes(small.homes(), rows)
    outcome = gated(small)
    assert outcome.result.passes
    got = query(
        "select ward_code, ward_name from {t} where _edition = 2026 order by _row",
        t=table(small, "national_homes"),
    )
    assert got == [*WARDS.items(), ("E05011111", "Stowe")]
    (line,) = query(
        "select repaired, findings from {t} where dataset = 'national_homes' and edition = 2026",
        t=table(small, "_deliveries"),
    )
    assert line == (22, 1)
    item = next(o for o in outcome.result.outcomes if o.dataset == "national_homes")
    assert item.word == "recorded"
    assert item.assessment.checks["ward_code_name"] == "repaired"
    # Raw stays as it was sent.
    raw = small.settings.data / (item.assessment.raw or "")
    assert query("select min(ward_code) from {t}", t=raw) == [("E05004940",)]


def bytes_of(folder: Path) -> dict[str, str]:
    return {p.name: hashlib.sha256(p.read_bytes()).hexdigest() for p in folder.glob("*.parquet")}


def test_the_same_input_gives_the_same_bytes_elsewhere_and_later(
    small: Small, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    # Many rows, so that several threads would show themselves.
    rows = [[f"E0{1000000 + n}", "E07000194" if n % 7 else "E07000099"] for n in range(39000)]
    write_areas(small.areas, rows)
    other = make_small(tmp_path / "elsewhere" / "deep" / "er")
    write_areas(other.areas, rows)
    gated(small)
    monkeypatch.setenv("TZ", "Pacific/Kiritimati")
    gated(other)
    first, second = bytes_of(work(small) / "accepted"), bytes_of(work(other) / "accepted")
    # Four datasets; what the gate says of deliveries, decisions and checks; what is left of purged ones; and
    # what the build is compared with.
    assert len(first) == 13
    assert first == second
    assert (work(small) / "accepted.json").read_bytes() == (work(other) / "accepted.json").read_bytes()
    listed = json.loads((work(small) / "accepted.json").read_text(encoding="utf-8"))
    assert listed["passes"] is True
    assert len(listed["accepted"]) == 8


def test_a_second_run_reads_and_judges_nothing_again(small: Small) -> None:
    gated(small)
    before = bytes_of(work(small) / "accepted")
    judge.shared().close()
    project = Project.load(small.settings)
    again = take_in_all(project, "full", 2026)
    assert all(assessment.reused for assessment in again.values())
    assert not judge.shared().started
    pass_gate(project, "full", 2026, RUN)
    assert bytes_of(work(small) / "accepted") == before


def test_a_change_of_contract_or_of_a_mark_is_judged_again(small: Small) -> None:
    gated(small)
    marks = small.settings.config / "marks.yml"
    marks.write_text(
        marks.read_text(encoding="utf-8").replace("x: {status: missing}", "x: {status: not_applicable}", 1),
        encoding="utf-8",
    )
    again = take_in_all(Project.load(small.settings), "full", 2026)
    assert not any(assessment.reused for assessment in again.values())


def test_a_raw_table_that_was_changed_is_read_again(small: Small) -> None:
    gated(small)
    before = bytes_of(work(small) / "accepted")
    for path in small.settings.raw.rglob("*.parquet"):
        path.write_bytes(b"spoiled")
    gated(small)
    assert bytes_of(work(small) / "accepted") == before


def test_a_raw_table_changed_behind_the_gate_is_refused(
    small: Small, monkeypatch: pytest.MonkeyPatch
) -> None:
    project = Project.load(small.settings)
    found = take_in_all(project, "full", 2026)
    raw = small.settings.data / (found[("county_pupils", 2026)].raw or "")
    raw.write_bytes(raw.read_bytes() + b"x")
    with pytest.raises(DeliveryError, match="another hash"):
        pass_gate(project, "full", 2026, RUN)


def test_what_is_written_can_stand_on_windows(small: Small) -> None:
    gated(small)
    assert_windows_safe(work(small), "data/warehouse/E07000194/full/.build-2026")


def test_two_deliveries_of_one_dataset_keep_their_order(small: Small) -> None:
    write_csv(small.pupils(2025), [PUPILS_HEADER, *reversed(pupils_rows(2025))])
    gated(small)
    rows = query("select _edition, _row from {t}", t=table(small, "county_pupils"))
    assert rows == [(e, r) for e in (2025, 2026) for r in range(2, 24)]


def test_more_than_a_million_rows_keep_their_order_and_bytes(small: Small, tmp_path: Path) -> None:
    # Below about 100,000 rows DuckDB uses one thread, and a fault of order would not show.
    outcome = gated(small)
    raw = small.settings.raw / "big.parquet"
    with duckdb.connect() as con:
        con.execute("set threads = 4")
        con.execute(
            "copy (select i::varchar as area_code, (i % 7919)::varchar as lad_code, "
            "'f.csv' as _file, null::varchar as _sheet, i + 2 as _row from range(1200000) t(i) order by i) "
            f"to '{raw.as_posix()}' (format parquet)"
        )
    digest = hashlib.sha256(raw.read_bytes()).hexdigest()
    lines = [
        replace(line, raw="raw/big.parquet", raw_sha256=digest)
        for line in outcome.result.accepted
        if line.dataset == "ref_areas" and line.edition == 2025
    ]
    result = replace(outcome.result, accepted=tuple(lines))
    project = Project.load(small.settings)
    written = []
    for name in ("one", "two"):
        folder = write_accepted(tmp_path / name, result, small.settings, project.catalogue)
        written.append(hashlib.sha256((folder / "ref_areas.parquet").read_bytes()).hexdigest())
    assert written[0] == written[1]
    assert query(
        "select count(*), count(*) filter (where _row <> position + 1) "
        "from (select _row, row_number() over () as position from {t})",
        t=tmp_path / "one" / "accepted" / "ref_areas.parquet",
    ) == [(1200000, 0)]
