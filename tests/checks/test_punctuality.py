"""When something is due, when it came, and the words for it."""

from __future__ import annotations

import datetime as dt
import os
import shutil
from pathlib import Path

import dagster as dg
import pytest

from spi_orchestration.assets.project import Project
from spi_orchestration.assets.raw import partitions_of, raw_assets, raw_key
from spi_orchestration.catalogue import Catalogue, CatalogueError, load_catalogue, load_shares
from spi_orchestration.checks.punctuality import punctuality
from spi_orchestration.intake.landing import land, last_receipt
from spi_orchestration.intake.receipt import Receipt
from spi_orchestration.intake.shares import open_share
from spi_orchestration.sample.deliveries import left_on
from spi_orchestration.settings import Settings
from spi_orchestration.status import gather
from tests.helpers.project import ROOT
from tests.helpers.small import Small, make_small

day = dt.date.fromisoformat


@pytest.fixture(scope="module")
def catalogue() -> Catalogue:
    return load_catalogue(
        Settings(root=ROOT, data=ROOT / "data", shares_file=ROOT / "config/shares/sample.yml")
    )


@pytest.fixture
def small(tmp_path: Path) -> Small:
    return make_small(tmp_path)


def receipt(came: str, left: str | None = None) -> Receipt:
    return Receipt("ab" * 32, "x", 2026, "s", True, "csv", (), f"{came}T08:00:00Z", left)


@pytest.mark.parametrize(
    ("dataset", "edition", "due"),
    [
        ("scc_eyfsp", 2026, "2026-11-15"),
        ("ldc_electoral_register", 2026, "2025-12-15"),  # due before its edition's year begins
        ("dwp_cilif", 2026, "2027-03-31"),
        ("ref_round_book", 2026, None),
        # The council was elected on 4 May 2023; thirty days on is 3 June. No election, nothing due.
        ("ldc_election_results", 2023, "2023-06-03"),
        ("ldc_election_results", 2026, None),
        ("ldc_election_results", 2022, None),  # the votes of 2019 were due long before
        # Parliament was elected on 4 July 2024; sixty days on is 2 September.
        ("ldc_polling_district_turnout", 2025, "2024-09-02"),
        ("ldc_residents_survey", 2026, "2026-10-29"),
        ("hoc_local_elections", 2025, None),
    ],
)
def test_the_day_a_delivery_is_due(catalogue: Catalogue, dataset: str, edition: int, due: str | None) -> None:
    assert catalogue[dataset].due_date(edition) == (day(due) if due else None)


@pytest.mark.parametrize(
    ("came", "today", "words", "late"),
    [
        (["2026-11-05"], "2026-12-01", "10 days early", False),
        (["2026-11-15"], "2026-12-01", "on time", False),
        (["2026-11-16"], "2026-12-01", "1 day late", True),
        (["2026-11-10", "2026-11-28"], "2026-12-01", "5 days early", False),
        ([], "2026-11-01", "not yet due, in 14 days", False),
        ([], "2026-11-15", "due today", False),
        ([], "2026-11-28", "13 days late, nothing came", True),
        # What comes later is not known on the day that is asked for.
        (["2026-11-05"], "2026-11-01", "not yet due, in 14 days", False),
    ],
)
def test_early_on_time_and_late(
    catalogue: Catalogue, came: list[str], today: str, words: str, late: bool
) -> None:
    found = punctuality(catalogue["scc_eyfsp"], 2026, [receipt(one) for one in came], day(today))
    assert (found.words, found.late) == (words, late)
    said = found.sentence(catalogue, catalogue["scc_eyfsp"])
    assert "Owner: Education Data Manager." in said
    assert ("Ask Staffordshire County Council (Data Sharing Agreement Lead) for it." in said) == (
        late and not came
    )
    assert ("sent again 2026-11-28" in said) == (len(came) > 1)


def test_what_is_not_due_serves_on(catalogue: Catalogue) -> None:
    elections = catalogue["ldc_election_results"]
    assert punctuality(elections, 2026, [], day("2026-12-01"), serves=True).words == "serves on"
    static = catalogue["ref_round_book"]
    assert punctuality(static, 2026, [receipt("2026-01-02")], day("2026-12-01")).words == "no due date"


def _leave(path: Path, moment: str) -> None:
    seconds = dt.datetime.fromisoformat(moment).timestamp()
    os.utime(path, (seconds, seconds))


def test_a_delivery_came_when_it_was_left_on_the_share(small: Small) -> None:
    catalogue = load_catalogue(small.settings)
    share = open_share(small.settings, catalogue, load_shares(small.settings, catalogue))
    _leave(small.pupils(), "2026-11-10T14:00:00+00:00")
    now = dt.datetime(2026, 11, 28, 9, tzinfo=dt.UTC)
    found = land(small.settings, share, share.find(catalogue["county_pupils"], 2026), now=now).receipt
    assert (found.left_at, found.received_at) == ("2026-11-10T14:00:00Z", "2026-11-28T09:00:00Z")
    assert found.came == day("2026-11-10")
    # A file with an old date that was not there at an earlier look came after that look.
    _leave(small.members(), "2026-01-01T14:00:00+00:00")
    share.refresh()
    found = land(
        small.settings, share, share.find(catalogue["council_members"], 2026), now=now,
        absent_at="2026-06-02T06:00:00+00:00",
    ).receipt  # fmt: skip
    assert found.came == day("2026-06-02")
    # A clock ahead of ours cannot make it come tomorrow.
    _leave(small.homes(), "2027-01-01T14:00:00+00:00")
    share.refresh()
    found = land(small.settings, share, share.find(catalogue["national_homes"], 2026), now=now).receipt
    assert found.came == day("2026-11-28")


def _take_in(small: Small, today: str, *datasets: str) -> dict[str, dg.AssetCheckEvaluation]:
    """Run raw steps as Dagster does, on a day; the evaluations of the check on time by dataset."""
    project = Project.load(small.settings)
    moment = dt.datetime.combine(day(today), dt.time(9), dt.UTC)
    assets = raw_assets(project, partitions_of(project), clock=lambda: moment)
    wanted = [raw_key(name) for name in datasets]
    with dg.DagsterInstance.ephemeral() as instance:
        result = dg.materialize(
            assets, partition_key="2026", selection=wanted, instance=instance,
            run_config={"loggers": {"console": {"config": {"log_level": "CRITICAL"}}}},
        )  # fmt: skip
    assert result.success
    return {
        one.asset_key.path[-1]: one
        for one in result.get_asset_check_evaluations()
        if one.check_name == "on_time"
    }


def test_dagster_warns_of_a_late_dataset_and_names_its_owner(small: Small) -> None:
    pupils = small.pupils().read_bytes()
    small.pupils().unlink()
    _leave(small.members(), "2026-05-31T12:00:00+00:00")  # due that day
    found = _take_in(small, "2026-11-28", "county_pupils", "council_members", "ref_areas")
    late = found["county_pupils"]
    assert (late.passed, late.severity) == (False, dg.AssetCheckSeverity.WARN)
    assert late.description is not None
    assert "13 days late, nothing came" in late.description
    assert "Owner: Education Data Manager." in late.description
    assert late.metadata["owner_role"].value == "Education Data Manager"
    assert found["council_members"].passed and found["council_members"].description is None
    assert found["council_members"].metadata["state"].value == "on time"
    assert found["ref_areas"].metadata["state"].value == "no due date"
    # It comes after all, with the date it had on the supplier's own disk: in time it was not.
    small.pupils().write_bytes(pupils)
    _leave(small.pupils(), "2026-10-01T12:00:00+00:00")
    found = _take_in(small, "2026-11-28", "county_pupils")
    assert not found["county_pupils"].passed
    came = last_receipt(small.settings, "small", "county_pupils", 2026)
    assert came is not None and came.came == day("2026-11-28")


def test_the_list_judges_as_on_a_day(small: Small) -> None:
    def words(today: str) -> str:
        (state,) = [
            one
            for one in gather(small.settings, 2026, today=day(today)).datasets
            if one.id == "county_pupils"
        ]
        return state.came_words

    shutil.rmtree(small.settings.releases)  # only a pointer stands there
    small.pupils().unlink()
    assert words("2026-11-14") == "not yet due, in 1 day"
    assert words("2026-11-15") == "due today"
    assert words("2026-11-20") == "5 days late, nothing came"


def test_the_sample_comes_in_time_but_for_some(catalogue: Catalogue) -> None:
    """The made-up suppliers leave files up to three weeks early; a few datasets come some days late."""
    gaps = [
        (left_on(dataset, edition) - due).days
        for dataset in catalogue.datasets.values()
        for edition in range(2022, 2027)
        if (due := dataset.due_date(edition)) is not None
    ]
    assert len(gaps) > 200
    assert min(gaps) == -21 and max(gaps) <= 9
    assert 0.02 < sum(gap > 0 for gap in gaps) / len(gaps) < 0.12


@pytest.mark.parametrize(
    ("refresh", "said"),
    [
        ('{cycle: annual, due: someday, start: "{E}-01-01", end: "{E}-12-31"}', "event + N days"),
        ('{cycle: event, due: event + 30 days, start: "{E}-01-01", end: "{E}-12-31"}', "go together"),
        ('{cycle: annual, due: static, start: "{E}-01-01", end: "{E}-12-31"}', "for the cycle static"),
        ('{cycle: event, due: event + 30 days, event: jubilee, start: "{E}-01-01", end: "{E}-12-31"}', "'jubilee' is not in events.yml"),
    ],
)  # fmt: skip
def test_a_due_date_that_cannot_be_is_refused(small: Small, refresh: str, said: str) -> None:
    file = small.settings.sources_file
    text = file.read_text(encoding="utf-8")
    old = '{cycle: annual, due: "{E}-11-15", start: "{E-1}-09-01", end: "{E}-08-31"}'
    assert text.count(old) == 1
    file.write_text(text.replace(old, refresh), encoding="utf-8")
    with pytest.raises(CatalogueError, match="county_pupils") as error:
        load_catalogue(small.settings)
    assert said in str(error.value)
