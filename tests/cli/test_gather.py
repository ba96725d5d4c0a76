"""What the home screen gathers: from real receipts, kept check results, decisions, drafts and releases."""

from __future__ import annotations

import datetime as dt
import shutil
import time

import pytest

from spi_orchestration.assets.gating import decide_now
from spi_orchestration.assets.project import Project
from spi_orchestration.checks.assessment import Assessment, remember
from spi_orchestration.findings import Finding
from spi_orchestration.intake.landing import land
from spi_orchestration.intake.shares import open_share
from spi_orchestration.release.publish import publish
from spi_orchestration.status import gather
from tests.helpers.small import make_small
from tests.release.conftest import make_draft

DAY = dt.date(2026, 12, 1)
STOP = Finding("county_pupils", "columns", "stop", "'Ward Code'", "no 'Ward Code'", "Ask the supplier.")


@pytest.fixture
def small(tmp_path):
    made = make_small(tmp_path / "p")
    shutil.rmtree(made.settings.releases)
    return made


def take_in(small, *, stopped: str | None = None, leave: tuple[str, ...] = ()) -> None:
    """Land what is on the share, and keep results as a run does: all good but one dataset's of 2026."""
    project = Project.load(small.settings)
    share = open_share(small.settings, project.catalogue, project.shares)
    for dataset in project.catalogue.in_profile("full"):
        for edition in (2025, 2026):
            found = share.find(dataset, edition)
            if dataset.id in leave and edition == 2026:
                findings = found.findings or (
                    Finding(dataset.id, "delivered", "stop", "a file", "none", "Ask."),
                )
                remember(
                    small.settings, Assessment(dataset.id, edition, "small", True, True, findings=findings)
                )
                continue
            receipt = land(small.settings, share, found).receipt
            bad = dataset.id == stopped and edition == 2026
            remember(
                small.settings,
                Assessment(
                    dataset.id,
                    edition,
                    "small",
                    True,
                    True,
                    layout=receipt.layout,
                    delivery=receipt.delivery,
                    received_at=receipt.received_at,
                    raw=None if bad else "raw/x.parquet",
                    raw_sha256=None if bad else "0" * 64,
                    rows=22,
                    findings=(STOP,) if bad else (),
                ),
            )


def draft(small, **changes):
    """A draft computed from what the gate accepts now."""
    gate = decide_now(Project.load(small.settings), "full", 2026, DAY)
    deliveries = [
        {"dataset": line.dataset, "edition": line.edition, "delivery": line.delivery}
        for line in gate.accepted
    ]
    return make_draft(small.settings, name="2026", deliveries=deliveries, **changes)


def look(small, day: dt.date = DAY):
    return gather(small.settings, 2026, today=day)


def states(status) -> dict[str, str]:
    return {item.id: item.state for item in status.datasets}


def test_before_any_run(small):
    status = look(small)
    assert set(states(status).values()) == {"arrived"}
    assert status.next.command == "spi run"
    shutil.rmtree(small.share)
    status = look(small)
    assert status.next.why.startswith("The synthetic sample is written first")
    assert states(status)["council_members"] == "late"
    assert not status.undecided


def test_from_the_first_run_to_publication(small):
    take_in(small)
    status = look(small)
    assert states(status) == {
        "council_members": "accepted",
        "county_pupils": "accepted",
        "national_homes": "accepted",
        "ref_areas": "carried_forward",  # the same lookup as in 2025
    }
    assert all(item.received for item in status.datasets)
    assert (status.next.command, status.days) == ("spi run", 14)
    folder = draft(small)
    status = look(small)
    assert status.next.command == "spi publish data/drafts/2026"
    publish(small.settings, folder, today=DAY)
    status = look(small)
    assert (status.release, status.current) == ("2026.1", ("2026.1", "2026-12-01"))
    assert "nothing is left to do" in status.next.why


def test_an_incomplete_draft_and_a_stale_one(small):
    take_in(small)
    draft(small, stopped=["county_pupils"])
    assert "datasets missing" in look(small).next.why
    gate = decide_now(Project.load(small.settings), "full", 2026, DAY)
    others = [{"dataset": x.dataset, "edition": x.edition, "delivery": "0" * 64} for x in gate.accepted]
    make_draft(small.settings, name="2026", deliveries=others)
    assert "newer than the draft" in look(small).next.why


@pytest.mark.parametrize("edition", [2026, 2025])
def test_a_file_written_over_with_one_of_the_same_size(small, edition):
    take_in(small)
    draft(small)
    path = small.pupils(edition)
    content = path.read_bytes()
    time.sleep(1.1)  # receipts keep whole seconds
    path.write_bytes(content)
    assert look(small).next.command.startswith("spi publish")
    first = b",50,30" if edition == 2026 else b",51,31"
    assert first in content
    path.write_bytes(content.replace(first, first[:-1] + b"9"))
    status = look(small)
    assert "no run has seen: county_pupils" in status.next.why
    assert states(status)["county_pupils"] == ("arrived" if edition == 2026 else "accepted")


def test_a_stopped_dataset_and_the_ways_on(small):
    take_in(small, stopped="county_pupils")
    status = look(small)
    assert states(status)["county_pupils"] == "stopped"
    assert status.datasets[0].problems == (STOP.sentence(),)
    assert [item.id for item in status.undecided] == ["county_pupils"]
    assert status.next.command == "spi datasets show county_pupils"

    def decide(kind: str, **more: str) -> None:
        lines = {"dataset": "county_pupils", "decision": kind, "role": "Head of Policy", "date": "2026-11-30"}
        text = "".join(f"  {key}: {value}\n" for key, value in (lines | more).items())
        path = small.settings.decisions / "2026.yml"
        path.write_text("-" + text[1:] + "  reason: The supplier is mending it.\n", encoding="utf-8")

    decide("redeliver")
    status = look(small)
    assert not status.undecided
    assert (status.next.command, "Waiting for county_pupils" in status.next.why) == ("spi status", True)
    decide("carry_forward")
    status = look(small)
    assert states(status)["county_pupils"] == "carried_forward"
    assert status.next.command == "spi run"
    decide("carry_forward", until="2026-11-30")
    status = look(small)
    assert states(status)["county_pupils"] == "stopped"
    assert "expired" in status.refused_decisions[0]


def test_late_and_awaited_by_the_day(small):
    small.pupils().unlink()
    take_in(small, leave=("county_pupils",))
    # Due on 15 November 2026.
    assert states(look(small, dt.date(2026, 11, 15)))["county_pupils"] == "awaited"
    late = look(small, dt.date(2026, 11, 16))
    assert states(late)["county_pupils"] == "late"
    assert [item.id for item in late.undecided] == ["county_pupils"]


def test_files_that_nobody_expects_are_named(small):
    take_in(small)
    (small.share / "council" / "leisure" / "holiday.csv").write_text("x\n", encoding="utf-8")
    assert look(small).unmatched == ("council/leisure/holiday.csv",)
    assert all(".csv" not in problem for item in look(small).datasets for problem in item.problems)


def test_gathering_writes_nothing(small):
    take_in(small)
    draft(small)
    before = {p: p.stat().st_mtime_ns for p in small.settings.root.rglob("*")}
    look(small)
    assert {p: p.stat().st_mtime_ns for p in small.settings.root.rglob("*")} == before
