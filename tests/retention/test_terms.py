"""How long deliveries are kept: the terms as data, what is due, and what may not be purged."""

from __future__ import annotations

import datetime as dt

import pytest

from spi_orchestration.assets.delivery import take_in_all
from spi_orchestration.assets.gating import pass_gate
from spi_orchestration.assets.project import Project
from spi_orchestration.catalogue import Retention, load_catalogue
from spi_orchestration.intake.removed import Purged
from spi_orchestration.retention import purge as room
from spi_orchestration.retention.aggregate import CELL_METHODS, RetentionError, is_of_cases
from spi_orchestration.retention.places import find_receipt
from spi_orchestration.retention.purge import candidates, chosen, finish_purges, purge
from spi_orchestration.settings import Settings
from tests.helpers.small import PUPILS_HEADER, Small, pupils_rows, write_csv

BY, REASON = "Information Governance Manager", "Annual purge under the agreements"


@pytest.mark.parametrize(
    ("came", "years", "due"),
    [("2023-05-04", 3, "2026-05-04"), ("2024-02-29", 3, "2027-03-01"), ("2024-02-29", 4, "2028-02-29")],
)
def test_years_count_from_the_day_it_came(came: str, years: int, due: str):
    terms = Retention(years=years, clause="a clause", aggregates_at="ward")
    assert terms.due(dt.date.fromisoformat(came)) == dt.date.fromisoformat(due)


def test_every_dataset_about_people_has_terms_that_can_be_kept():
    catalogue = load_catalogue(Settings.load())
    about = [d for d in catalogue.datasets.values() if d.contract.role == "outcome" and is_of_cases(d)]
    assert len(about) >= 13
    for dataset in about:
        assert catalogue.retention_of(dataset, 2024) is not None, dataset.id
        methods = {dataset.method(layout) for layout in dataset.contract.layouts}
        assert methods <= CELL_METHODS, dataset.id
        for measure in dataset.contract.measures.values():
            assert (measure.kind != "level", measure.absent) == (True, "zero"), dataset.id
    for dataset in catalogue.datasets.values():
        if dataset.contract.sensitivity in {"personal", "official_sensitive"}:
            terms = catalogue.retention_of(dataset, 2024)
            assert terms is not None or dataset.contract.role == "reference", dataset.id


def _taken_in(small: Small) -> Project:
    project = Project.load(small.settings)
    take_in_all(project, "full", 2026)
    result = pass_gate(project, "full", 2026, "0123abcd-0000")
    assert result.built
    (small.settings.warehouse / "E07000194" / "full" / ".build-2026").rename(
        small.settings.warehouse / "E07000194" / "full" / "2026"
    )
    (small.settings.warehouse / "E07000194" / "full" / "2026" / "warehouse.duckdb").touch()
    return project


def _pupils(project: Project) -> list[room.Candidate]:
    return chosen(candidates(project), dt.date(2026, 11, 28), datasets=["county_pupils"], early=True)


def test_what_is_due_and_what_is_kept(small: Small):
    project = _taken_in(small)
    every = candidates(project)
    assert len(every) == 8
    came = dt.datetime.fromisoformat(every[0].receipt.received_at).date()
    assert chosen(every, came) == []
    due = chosen(every, came.replace(year=came.year + 4))
    # National figures under the Open Government Licence are kept.
    assert {one.dataset.id for one in due} == {"council_members", "county_pupils"}
    assert [one.receipt.edition for one in chosen(due, came, editions=[2025], early=True)] == [2025, 2025]
    with pytest.raises(RetentionError, match="delivery list"):
        find_receipt(small.settings, "abcdef")
    with pytest.raises(RetentionError, match="no delivery id"):
        find_receipt(small.settings, "../x")


def test_a_table_of_areas_is_kept_as_its_contracted_columns(small: Small):
    project = _taken_in(small)
    accepted = small.settings.warehouse / "E07000194" / "full" / "2026" / "accepted"
    before = accepted.joinpath("county_pupils.parquet").read_bytes()
    planned = purge(project, _pupils(project), by=BY, reason=REASON, on=dt.date(2026, 11, 28), dry_run=True)
    assert [one.record is not None for one in planned] == [True, True]
    assert len(candidates(project)) == 8
    outcomes = purge(project, _pupils(project), by=BY, reason=REASON, on=dt.date(2026, 11, 28))
    assert [one.problem for one in outcomes] == [None, None]
    for one in outcomes:
        receipt = one.candidate.receipt
        folder = small.settings.landing / "county_pupils" / str(receipt.edition) / receipt.short
        assert sorted(path.name for path in folder.iterdir()) == ["purged.json", "receipt.json"]
        assert not (
            small.settings.raw / "county_pupils" / f"edition={receipt.edition}" / f"{receipt.short}.parquet"
        ).exists()
    # The share still has the files; they are known, and the tables of the gate are the same bytes.
    found = take_in_all(project, "full", 2026)
    assert found["county_pupils", 2025].purged == outcomes[0].record.sentence()  # type: ignore[union-attr]
    again = pass_gate(project, "full", 2026, "0123abcd-0001")
    assert again.result.passes
    made = small.settings.warehouse / "E07000194" / "full" / ".build-2026" / "accepted"
    assert made.joinpath("county_pupils.parquet").read_bytes() == before
    text = (again.report.parent / "report.md").read_text(encoding="utf-8")
    assert (
        "county_pupils, edition 2025: education/pupils_202425.csv: landed file purged on 2026-11-28" in text
    )
    assert "schedule 3, retention and disposal (Data sharing agreement with Staffordshire" in text
    # A corrected file replaces the purged one.
    rows = [PUPILS_HEADER, *pupils_rows(2026)]
    rows[1][4] = "31"
    write_csv(small.pupils(2026), rows)
    assert take_in_all(project, "full", 2026)["county_pupils", 2026].purged is None


def test_what_no_build_was_made_from_is_not_purged(small: Small):
    project = Project.load(small.settings)
    take_in_all(project, "full", 2026)
    outcomes = purge(project, _pupils(project), by=BY, reason=REASON, on=dt.date(2026, 11, 28))
    assert [one.record for one in outcomes] == [None, None]
    assert all("spi run" in (one.problem or "") for one in outcomes)
    assert len(candidates(project)) == 8
    assert not list(small.settings.removals.glob("*.json"))


def test_a_purge_killed_before_and_after_the_record(small: Small, monkeypatch: pytest.MonkeyPatch):
    project = _taken_in(small)

    def killed(*_: object) -> None:
        raise KeyboardInterrupt

    first, second = _pupils(project)
    with monkeypatch.context() as patch, pytest.raises(KeyboardInterrupt):
        patch.setattr(room, "write_record", killed)
        purge(project, [first], by=BY, reason=REASON, on=dt.date(2026, 11, 28))
    assert finish_purges(project) == []
    assert not list(small.settings.kept.rglob("*.parquet"))
    assert len(candidates(project)) == 8
    with monkeypatch.context() as patch, pytest.raises(KeyboardInterrupt):
        patch.setattr(room, "clear_landing", killed)
        purge(project, [second], by=BY, reason=REASON, on=dt.date(2026, 11, 28))
    folder = small.settings.landing / "county_pupils" / "2026" / second.receipt.short
    assert len([path for path in folder.rglob("*") if path.is_file()]) == 3
    (record,) = finish_purges(project)
    assert isinstance(record, Purged)
    assert sorted(path.name for path in folder.iterdir()) == ["purged.json", "receipt.json"]
    assert finish_purges(project) == []
    assert take_in_all(project, "full", 2026)["county_pupils", 2026].good
