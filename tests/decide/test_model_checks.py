"""A test of a model that fails: the run's report and log say so, and where the rows are; closed rows are not copied.

Belongs here: what people find after dbt's tests. Does not belong here: which tests the models have
(`tests/checks/test_models.py`).
"""

from __future__ import annotations

import csv
import json
import re

from tests.helpers.indexed import again
from tests.helpers.small import Small

#: A test of the staged rows of a dataset about people, which warns, and one of a public mart, which stops the run.
GENERIC = """
{% test few(model, column, above) %} select {{ column }}, ward_code from {{ model }} where {{ column }} > {{ above }} {% endtest %}
"""


def test_failing_rows_are_kept_where_they_may_be_seen_and_the_report_says_where(harmed: Small) -> None:
    dbt = harmed.settings.dbt_project
    generic = dbt / "tests" / "generic" / "few.sql"
    generic.parent.mkdir(parents=True)
    generic.write_text(GENERIC, encoding="utf-8")
    text = (dbt / "dbt_project.yml").read_text(encoding="utf-8")
    (dbt / "dbt_project.yml").write_text(text + "test-paths: [tests]\n", encoding="utf-8")
    for path, model, arguments, severity in (
        ("marts/public/_public.yml", "fct_small", "{column: good, above: 40}", "error"),
        ("staging/_staging.yml", "stg_county_pupils", "{column: cohort, above: 55}", "warn"),
    ):
        file = dbt / "models" / path
        old = f"- name: {model}\n"
        more = f"    data_tests: [few: {{arguments: {arguments}, config: {{severity: {severity}}}}}]\n"
        text = file.read_text(encoding="utf-8")
        assert old in text
        file.write_text(text.replace(old, old + more), encoding="utf-8")
    result = again(harmed)
    assert result.outcome == "failed" and "The report of the run says where to look" in result.errors[0]
    assert result.report is not None
    folder = result.report.parent
    report = json.loads((folder / "report.json").read_text(encoding="utf-8"))
    failed = {item["model"]: item for item in report["model_checks"]["failed"]}
    # Cohorts are 50 to 71 in 2026 and one more in 2025: 16 and 17 of 22 are above 55.
    assert failed["stg_county_pupils"]["rows"] == 33
    assert failed["stg_county_pupils"]["kept"] is None
    query = (folder / failed["stg_county_pupils"]["query"]).read_text(encoding="utf-8")
    assert "cohort > 55" in query
    page = (folder / "report.html").read_text(encoding="utf-8")
    plain = re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", page))
    assert "checks of the models failed" in plain
    assert "33 rows where it does not hold" in plain
    assert "The rows may hold small counts and were not copied" in plain
    assert (harmed.settings.data / failed["stg_county_pupils"]["warehouse"]).is_file()
    with (folder / "qa_log.csv").open(encoding="utf-8", newline="") as stream:
        log = [row for row in csv.DictReader(stream) if row["id"] == "few"]
    assert ("issue", "stops the run", "stg_county_pupils: 33 rows fail") in {
        (row["kind"], row["state"], row["text"]) for row in log
    }
    # Good results are 30 to 51 in 2026 and one more in 2025: 11 and 12 are above 40, and may be seen.
    item = failed["fct_small"]
    with (folder / item["kept"]).open(encoding="utf-8", newline="") as stream:
        kept = sorted(int(row["good"]) for row in csv.DictReader(stream))
    assert item["rows"] == 23 and kept == sorted([*range(41, 52), *range(41, 53)])
    assert item["kept"] in page and item["query"] in page
