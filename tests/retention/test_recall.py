"""A recalled delivery is found nowhere below the data folder; what came before it is used again."""

from __future__ import annotations

import datetime as dt
import json
from pathlib import Path

import pytest

from spi_orchestration.assets.annual import AnnualResult, run_annual
from spi_orchestration.assets.delivery import take_in_all
from spi_orchestration.assets.gating import decide_now
from spi_orchestration.assets.project import Project
from spi_orchestration.intake.landing import last_receipt
from spi_orchestration.intake.receipt import Receipt
from spi_orchestration.intake.removed import recalled_of
from spi_orchestration.retention import recall as room
from spi_orchestration.retention.recall import finish_recalls, recall, would_recall
from spi_orchestration.status import gather
from tests.helpers.small import Small, homes_rows, write_homes
from tests.helpers.traces import traces

TODAY = dt.date(2026, 11, 28)
PLANTED, QUOTED = "Zyxquorble Heath", "zyxquorble-cell"
BY, REASON = "Data Protection Officer", "The file held names"


def _run(small: Small) -> AnnualResult:
    return run_annual(small.settings, "full", 2026, say=lambda text: None)


def _project(small: Small) -> Project:
    return Project.load(small.settings)


def _receipt(small: Small, dataset: str = "national_homes") -> Receipt:
    receipt = last_receipt(small.settings, "small", dataset, 2026)
    assert receipt is not None
    return receipt


def _recall(small: Small, receipt: Receipt) -> tuple[str, ...]:
    record = recall(_project(small), receipt, by=BY, reason=REASON, on=TODAY)
    return (*record.removed, *record.unreachable)


def _bytes(folder: Path) -> dict[str, bytes]:
    return {
        path.relative_to(folder).as_posix(): path.read_bytes()
        for path in sorted(folder.rglob("*"))
        if path.is_file() and path.name != "run.json"
    }


def _planted(cell: object = 900) -> list[list[object]]:
    return [*homes_rows()[:-1], ["E05011111", PLANTED, "E07000099", cell, 90]]


def test_nothing_of_a_recalled_delivery_is_left(small: Small):
    data = small.settings.data
    first = _run(small)
    assert first.outcome == "drafted", first.errors
    good = _bytes(small.settings.drafts / "2026")

    # Sent in error, and so bad that it is quoted: in the report, in check results, in Dagster's events.
    write_homes(small.homes(), _planted(QUOTED))
    assert _run(small).outcome == "stopped"
    for text, least in (
        (PLANTED, {"landing", "raw"}),
        (QUOTED, {"landing", "raw", "reports", "checks", "dagster"}),
    ):
        assert least <= {name.split("/")[0] for name in traces(data, text)}
    bad = _receipt(small)
    lines, _ = would_recall(_project(small), bad)
    assert any("reports" in line for line in lines)
    assert traces(data, QUOTED)
    _recall(small, bad)
    assert traces(data, PLANTED) == traces(data, QUOTED) == []
    assert traces(data, bad.delivery) != []

    # The file lies on the share still: it is refused, and the delivery before it is used.
    again = _run(small)
    assert again.outcome == "drafted", again.errors
    assert _bytes(small.settings.drafts / "2026") == good
    assert traces(data, PLANTED) == traces(data, QUOTED) == []
    report = json.loads((again.report.parent / "report.json").read_text(encoding="utf-8"))  # type: ignore[union-attr]
    (item,) = (item for item in report["datasets"] if item["dataset"] == "national_homes")
    assert "recalled" in item["findings"][0]["found"]
    assert "is used" in item["findings"][0]["found"]
    state = gather(small.settings, 2026, today=TODAY)
    assert "arrived" not in {one.state for one in state.datasets}
    assert any("recalled on 2026-11-28" in line for line in state.removed)

    # Sent in error, and good: it went into a build and a draft.
    write_homes(small.homes(), _planted())
    assert _run(small).outcome == "drafted"
    found = {name.split("/")[0] for name in traces(data, PLANTED)}
    assert {"landing", "raw", "warehouse"} <= found
    second = _receipt(small)
    said = _recall(small, second)
    assert traces(data, PLANTED) == []
    assert not (small.settings.drafts / "2026").exists()
    assert any("build full 2026" in line for line in said)
    assert any("must remove homes/homes_2026.xlsx" in line for line in said)

    # Once more changes nothing, and keeps who and why.
    before = recalled_of(data / "landing" / "national_homes" / "2026" / second.short)
    recall(_project(small), second, by="Somebody Else", reason="another reason", on=dt.date(2027, 1, 1))
    after = recalled_of(data / "landing" / "national_homes" / "2026" / second.short)
    assert before is not None and after is not None
    assert (after.by, after.reason, after.date) == (BY, REASON, "2026-11-28")


def test_without_an_earlier_delivery_the_dataset_stops(small: Small):
    project = _project(small)
    take_in_all(project, "full", 2026)
    _recall(small, _receipt(small))
    take_in_all(project, "full", 2026)
    result = decide_now(project, "full", 2026, TODAY)
    assert [outcome.dataset for outcome in result.blocked] == ["national_homes"]
    (finding,) = result.blocked[0].findings
    assert "recalled on 2026-11-28 by Data Protection Officer" in finding.found
    assert "remove the file from the share" in finding.remedy


def test_the_same_bytes_under_another_name_or_edition_are_refused(small: Small):
    project = _project(small)
    take_in_all(project, "full", 2026)
    receipt = _receipt(small)
    _recall(small, receipt)
    small.homes(2025).write_bytes(small.homes(2026).read_bytes())
    small.homes(2026).unlink()
    found = take_in_all(project, "full", 2026)
    assert "recalled" in found["national_homes", 2025].findings[0].found
    assert found["national_homes", 2025].good
    assert not found["national_homes", 2026].present


def test_a_killed_recall_is_finished_by_the_next_call(small: Small, monkeypatch: pytest.MonkeyPatch):
    write_homes(small.homes(), _planted())
    project = _project(small)
    take_in_all(project, "full", 2026)
    receipt = _receipt(small)

    def killed(*_: object) -> None:
        raise KeyboardInterrupt

    for name in ("clear_landing", "_remove_checks", "_remove_runs"):
        with monkeypatch.context() as patch, pytest.raises(KeyboardInterrupt):
            patch.setattr(room, name, killed)
            _recall(small, receipt)
        # Not finished, but no longer used either.
        assert last_receipt(small.settings, "small", "national_homes", 2026) is None
        assert list(small.settings.removals.glob("*.json"))
    (record,) = finish_recalls(project)
    assert (record.by, record.reason) == (BY, REASON)
    assert traces(small.settings.data, PLANTED) == []
    assert not list(small.settings.removals.glob("*.json"))
    assert finish_recalls(project) == []
