"""Totals against an independent figure of another dataset, on small real deliveries.

Belongs here: the rule `control_total` from the catalogue to the state of the check. Does not belong here: which
datasets have one (`sources.yml`), or other rules (`test_contract.py`).
"""

from __future__ import annotations

from pathlib import Path

import pytest

from spi_orchestration.assets.delivery import take_in
from spi_orchestration.assets.project import Project, references_of
from spi_orchestration.assets.raw import partitions_of, raw_assets, raw_key
from spi_orchestration.catalogue import CatalogueError, load_catalogue
from spi_orchestration.checks.assessment import Assessment
from spi_orchestration.intake.shares import open_share
from spi_orchestration.settings import Settings
from tests.helpers.small import (
    PUPILS_HEADER,
    SOURCES,
    Small,
    homes_rows,
    make_small,
    pupils_rows,
    write_csv,
    write_homes,
)

PLACE = "- {id: good_not_above_cohort, kind: not_above, column: good, other: cohort}"
#: 22 wards of 50 to 71 pupils are 1,331; the district's homes, 1,000 to 1,210 a ward, are 24,310: 0.0548 of them.
RULE = (
    "{id: pupils_and_homes, kind: control_total, column: cohort, reference: national_homes, parts: [homes], "
    "ratio: [0.05, 0.06], reason: 'About one pupil in eighteen homes.'}"
)


def made(root: Path, rule: str = RULE, place: str = PLACE) -> Small:
    small = make_small(root)
    text = SOURCES.replace(place, f"{place}\n                - {rule}")
    assert text != SOURCES
    (root / "sources.yml").write_text(text, encoding="utf-8")
    return small


def taken(small: Small, *datasets: str) -> Assessment:
    project = Project.load(small.settings)
    share = open_share(project.settings, project.catalogue, project.shares)
    return [take_in(project, share, name, [2026], 2026)[0] for name in datasets][-1]


def test_a_total_near_the_independent_figure_passes(tmp_path: Path) -> None:
    done = taken(made(tmp_path / "p"), "national_homes", "county_pupils")
    assert done.findings == () and done.checks["pupils_and_homes"] == "passed"


def test_a_plausible_but_wrong_total_stops_the_dataset_and_tells_no_figure(tmp_path: Path) -> None:
    small = made(tmp_path / "p")
    # Every cell is within its range, every ward is there, and the whole is a fifth too large.
    rows = [[*row[:3], str(round(int(row[3]) * 1.2)), row[4]] for row in pupils_rows(2026)]
    write_csv(small.pupils(), [PUPILS_HEADER, *rows])
    done = taken(small, "national_homes", "county_pupils")
    (finding,) = done.findings
    assert (finding.check, finding.grade, finding.column) == ("pupils_and_homes", "stop", "cohort")
    assert finding.expected == "a sum of cohort that is 0.05 to 0.06 times that of homes in national_homes"
    # County pupils are about people: not even their total is told.
    assert finding.found == "another total"
    assert "About one pupil in eighteen homes." in finding.remedy


def test_totals_of_public_datasets_are_told(tmp_path: Path) -> None:
    rule = (
        "{id: poor_and_homes, kind: control_total, column: poor, reference: ref_areas, parts: [homes], "
        "ratio: [1, 2], reason: 'Not this one.'}"
    )
    homes = "- {id: poor_not_above_homes, kind: not_above, column: poor, other: homes}"
    text = SOURCES.replace("lad_code: {type: code, required: true}", "lad_code: {type: integer}").replace(
        homes, homes + "\n                - " + rule.replace("parts: [homes]", "parts: [lad_code]")
    )
    small = make_small(tmp_path / "p")
    (tmp_path / "p" / "sources.yml").write_text(
        text.replace("code: area_code, district: lad_code", "code: area_code"), encoding="utf-8"
    )
    from tests.helpers.small import write_areas

    write_areas(small.areas, [[f"E0103{number:04d}", "7"] for number in range(400)])
    done = taken(small, "ref_areas", "national_homes")
    # 22 wards of the district, 100 to 121 poor homes: 2,431; 400 times 7 is 2,800. Other districts do not count.
    assert [f.found for f in done.findings if f.check == "poor_and_homes"] == [
        "a total of 2,431, 0.87 times 2,800"
    ]


def test_without_the_other_figure_the_check_is_not_judged_and_stops_nothing(tmp_path: Path) -> None:
    small = made(tmp_path / "p")
    done = taken(small, "county_pupils")
    assert done.good and done.checks["pupils_and_homes"] == "not judged"
    # A delivery that is stopped itself accuses nobody.
    write_homes(small.homes(), homes_rows()[:3])
    done = taken(small, "national_homes", "county_pupils")
    assert done.good and done.checks["pupils_and_homes"] == "not judged"


def test_another_figure_has_it_judged_again_and_the_steps_wait_for_it(tmp_path: Path) -> None:
    small = made(tmp_path / "p")
    first = taken(small, "national_homes", "county_pupils")
    assert taken(small, "national_homes", "county_pupils").reused and first.good
    write_homes(small.homes(), [[*row[:3], int(str(row[3])) * 2, row[4]] for row in homes_rows()])
    again = taken(small, "national_homes", "county_pupils")
    assert not again.reused and again.checks["pupils_and_homes"] == "failed"
    project = Project.load(small.settings)
    assets = {asset.key: asset for asset in raw_assets(project, partitions_of(project))}
    assert raw_key("national_homes") in assets[raw_key("county_pupils")].dependency_keys


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ((", parts: [homes]", ""), "names reference, parts, ratio and the reason"),
        (("ratio: [0.05, 0.06]", "ratio: [0.06, 0.05]"), "smallest and a largest quotient"),
        (("parts: [homes]", "parts: [ward_name]"), "holds no numbers that add up"),
        (("reference: national_homes", "reference: county_pupils"), "has no column 'homes'"),
        (("kind: control_total", "kind: sum_equals"), "only a control total has"),
    ],
)
def test_a_rule_that_is_not_whole_is_refused(tmp_path: Path, change: tuple[str, str], said: str) -> None:
    small = made(tmp_path / "p", RULE.replace(*change))
    with pytest.raises(CatalogueError, match=said):
        load_catalogue(small.settings)


def test_a_figure_of_another_profile_or_one_that_waits_for_this_dataset_is_refused(tmp_path: Path) -> None:
    homes = "- {id: poor_not_above_homes, kind: not_above, column: poor, other: homes}"
    back = (
        "{id: homes_and_pupils, kind: control_total, column: homes, reference: county_pupils, parts: [cohort], "
        "ratio: [15, 20], reason: 'The other way round.'}"
    )
    with pytest.raises(CatalogueError, match="the open profile has national_homes and not county_pupils"):
        load_catalogue(made(tmp_path / "p", back, homes).settings)
    text = SOURCES.replace("profiles: [full, open]", "profiles: [full]")
    text = text.replace(homes, f"{homes}\n                - {back}")
    text = text.replace(PLACE, f"{PLACE}\n                - {RULE}")
    small = make_small(tmp_path / "q")
    (tmp_path / "q" / "sources.yml").write_text(text, encoding="utf-8")
    with pytest.raises(CatalogueError, match="one of the two has to be checked first"):
        load_catalogue(small.settings)


def test_the_catalogue_has_control_totals_and_none_of_them_waits_for_itself() -> None:
    catalogue = load_catalogue(Settings.load())
    with_total = {
        name
        for name, dataset in catalogue.datasets.items()
        if any(rule.kind == "control_total" for rule in dataset.contract.rules)
    }
    assert {"ldc_electoral_register", "scc_ks2", "scc_falls", "ons_census21_ts052"} <= with_total
    assert all(references_of(catalogue[name]) for name in with_total)
