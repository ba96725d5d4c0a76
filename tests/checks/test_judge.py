"""Great Expectations gives the verdict, in its own process, and keeps no cell of sensitive data."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator

import pytest

from spi_orchestration.assets.project import Project
from spi_orchestration.checks.contract import Examination
from spi_orchestration.checks.judge import Judge, JudgeError
from spi_orchestration.checks.registry import checks_of
from spi_orchestration.checks.suite import observed, suite_of
from tests.helpers.project import ROOT


@pytest.fixture(scope="module")
def judge() -> Iterator[Judge]:
    one = Judge()
    yield one
    one.close()


def rows_of(project: Project, *examinations: Examination) -> tuple[dict[str, object], list[dict[str, int]]]:
    dataset = project.catalogue["county_pupils"]
    checks = checks_of(dataset, national=False)
    return suite_of(dataset, checks), [observed(one, checks) for one in examinations]


def test_each_delivery_is_judged_by_its_own_counts(project: Project, judge: Judge) -> None:
    good = Examination(30, {}, ())
    suite, rows = rows_of(
        project,
        good,
        Examination(30, {"types": 2, "wards_complete": 1}, ()),
        Examination(22, {}, ()),
        Examination(60, {}, ()),
        Examination(21, {}, ()),
        Examination(61, {}, ()),
    )
    answers = judge.ask(suite, rows)
    assert [answer["failed"] for answer in answers] == [
        [],
        ["types", "wards_complete"],
        [],
        [],
        ["rows"],
        ["rows"],
    ]
    assert [answer["success"] for answer in answers] == [True, False, True, True, False, False]
    # The process keeps nothing of an earlier question.
    assert judge.ask(suite, rows[:1])[0]["failed"] == []


def test_every_check_of_the_dataset_is_an_expectation_under_its_id(project: Project, judge: Judge) -> None:
    suite, rows = rows_of(project, Examination(30, {}, ()))
    result = judge.ask(suite, rows)[0]["result"]
    judged = {one["expectation_config"]["meta"]["check"] for one in result["results"]}
    assert judged == {check.id for check in checks_of(project.catalogue["county_pupils"], national=False)}
    # Booleans only: sensitive datasets leave not even counts in Great Expectations' results.
    assert all(one["result"] == {} for one in result["results"])
    severities = {
        one["expectation_config"]["meta"]["check"]: one["expectation_config"]["severity"]
        for one in result["results"]
    }
    assert severities["types"] == "critical"
    assert severities["unexpected_columns"] == "warning"


def test_public_datasets_keep_their_counts(project: Project, judge: Judge) -> None:
    dataset = project.catalogue["national_homes"]
    checks = checks_of(dataset, national=True)
    answer = judge.ask(suite_of(dataset, checks), [observed(Examination(23, {"types": 2}, ()), checks)])[0]
    observed_values = {
        one["expectation_config"]["meta"]["check"]: one["result"]["observed_value"]
        for one in answer["result"]["results"]
    }
    assert observed_values["types"] == 2


def test_a_judge_that_dies_says_so_and_works_when_asked_again(project: Project) -> None:
    judge = Judge()
    suite, rows = rows_of(project, Examination(30, {}, ()))
    judge.start()
    assert judge._process is not None
    judge._process.kill()
    judge._process.wait()
    assert judge.ask(suite, rows)[0]["success"]
    judge.close()


def test_a_suite_that_cannot_be_built_is_an_error_with_its_reason(judge: Judge) -> None:
    suite = {
        "name": "odd",
        "result_format": "BOOLEAN_ONLY",
        "expectations": [{"type": "expect_nonsense", "kwargs": {}, "meta": {}, "severity": "critical"}],
    }
    with pytest.raises(JudgeError, match="odd"):
        judge.ask(suite, [{"rows": 1}])


def test_nothing_but_the_judge_imports_great_expectations() -> None:
    code = (
        "import sys\n"
        "import spi_orchestration.assets.gating, spi_orchestration.assets.delivery, spi_orchestration.checks.judge\n"
        "heavy = {'great_expectations', 'pandas', 'dagster', 'dbt', 'duckdb'} & set(sys.modules)\n"
        "print(sorted(heavy))"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, encoding="utf-8", check=True
    )
    assert json.loads(done.stdout.replace("'", '"')) == []
