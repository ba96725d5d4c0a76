"""Who sends a dataset in which edition, and which code the district has: successors, handovers, code history.

Belongs here: what `catalogue.py` works out from `config/suppliers.yml`, `config/agreements.yml`,
`config/district.yml` and the handovers of a contract, and where files are then looked for. Does not belong
here: a whole annual run after such a change.
"""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from typing import Any

import pytest
import yaml

from spi_orchestration.assets.builds import build_of
from spi_orchestration.assets.project import Project
from spi_orchestration.catalogue import CatalogueError, load_catalogue, load_shares
from spi_orchestration.intake.shares import open_share
from tests.helpers.small import Small, make_small

NEW = "E07999194"


@pytest.fixture
def small(tmp_path: Path) -> Small:
    return make_small(tmp_path)


def edit(path: Path, change: Any) -> None:
    data = yaml.safe_load(path.read_text(encoding="utf-8"))
    change(data)
    path.write_text(yaml.safe_dump(data, sort_keys=False, allow_unicode=True), encoding="utf-8")


def merge_councils(small: Small) -> None:
    """Both councils close on 31 March 2026; one council and one agreement follow."""
    config = small.settings.config

    def suppliers(data: Any) -> None:
        known = data["suppliers"]
        for name in ("ldc", "scc"):
            known[name] |= {"closes": dt.date(2026, 3, 31), "successor": "new_council"}
        known["new_council"] = {
            "title": "New Council",
            "kind": "council",
            "contact_role": "Head of Data",
            "opens": dt.date(2026, 4, 1),
        }

    def agreements(data: Any) -> None:
        known = data["agreements"]
        known["scc_dsa"] |= {"expires": dt.date(2026, 3, 31), "successor": "new_terms"}
        known["new_terms"] = {
            "title": "Terms of the new council",
            "kind": "agreement",
            "begins": dt.date(2026, 4, 1),
            "permitted_outputs": "ward indicators",
            "retention": "kept",
        }

    edit(config / "suppliers.yml", suppliers)
    edit(config / "agreements.yml", agreements)
    edit(config / "shares" / "sample.yml", lambda data: data["folders"].update(new_council="merged"))


def test_a_successor_sends_what_falls_due_after_the_old_council_has_closed(small: Small) -> None:
    merge_councils(small)
    catalogue = load_catalogue(small.settings)
    # Members are due on 31 May and pupils on 15 November of the edition's year; the councils close between.
    got = {
        (name, edition): (supply.supplier_id, supply.agreement_id)
        for name in ("council_members", "county_pupils", "national_homes")
        for edition in (2025, 2026)
        for supply in [catalogue.supply(catalogue[name], edition)]
    }
    assert got == {
        ("council_members", 2025): ("ldc", "ldc_internal"),
        ("council_members", 2026): ("new_council", "ldc_internal"),
        ("county_pupils", 2025): ("scc", "scc_dsa"),
        ("county_pupils", 2026): ("new_council", "new_terms"),
        ("national_homes", 2025): ("mhclg", "ogl3"),
        ("national_homes", 2026): ("mhclg", "ogl3"),
    }
    assert [d.id for d in catalogue.sent_by("new_council")] == ["council_members", "county_pupils"]
    assert catalogue.sent_by("ldc") == []


def test_files_are_looked_for_with_the_council_that_sends_them(small: Small) -> None:
    merge_councils(small)
    new = small.share / "merged/leisure/members_2026.csv"
    new.parent.mkdir(parents=True)
    small.members(2026).rename(new)
    project = Project.load(small.settings)
    share = open_share(small.settings, project.catalogue, project.shares)
    before = share.find(project.catalogue["council_members"], 2025)
    after = share.find(project.catalogue["council_members"], 2026)
    assert before.complete and before.files[0].path.endswith("council/leisure/members_2025.csv")
    assert after.complete and after.files[0].path.endswith("merged/leisure/members_2026.csv")
    new.unlink()
    share.refresh()
    missing = share.find(project.catalogue["council_members"], 2026).findings[0]
    assert "New Council (Head of Data)" in missing.remedy


def test_a_handover_holds_for_one_dataset_alone(small: Small) -> None:
    def change(data: Any) -> None:
        for table in data["sources"][0]["tables"]:
            if table["name"] == "county_pupils":
                table["config"]["meta"]["contract"]["handovers"] = [
                    {"edition": 2026, "supplier": "ldc", "reason": "Schools moved to the district."}
                ]

    edit(small.settings.sources_file, change)
    catalogue = load_catalogue(small.settings)
    supply = [catalogue.supply(catalogue["county_pupils"], edition) for edition in (2025, 2026)]
    assert [item.supplier_id for item in supply] == ["scc", "ldc"]
    assert [item.agreement_id for item in supply] == ["scc_dsa", "scc_dsa"]


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"closes": dt.date(2026, 3, 31), "successor": "nobody"}, r"ldc: successor: 'nobody' is not in"),
        ({"successor": "scc"}, r"needs the day on which this supplier closes"),
        ({"closes": dt.date(2026, 3, 31), "successor": "ldc"}, r"lead in a circle: ldc > ldc"),
    ],
)
def test_a_successor_that_cannot_be_is_refused(small: Small, change: dict[str, Any], says: str) -> None:
    edit(small.settings.config / "suppliers.yml", lambda data: data["suppliers"]["ldc"].update(change))
    with pytest.raises(CatalogueError, match=says):
        load_catalogue(small.settings)


def test_a_gap_between_two_councils_is_refused(small: Small) -> None:
    merge_councils(small)
    edit(
        small.settings.config / "suppliers.yml",
        lambda data: data["suppliers"]["new_council"].update(opens=dt.date(2026, 6, 1)),
    )
    with pytest.raises(CatalogueError, match=r"ends on 2026-03-31 and its successor new_council starts"):
        load_catalogue(small.settings)


def test_a_new_code_moves_no_folder_and_finds_rows_of_either_code(small: Small) -> None:
    before = build_of(Project.load(small.settings), "full", 2026).home
    edit(
        small.settings.config / "district.yml",
        lambda data: data.update(code=NEW, earlier_codes=[{"code": "E07000194", "last_edition": 2025}]),
    )
    project = Project.load(small.settings)
    district = project.catalogue.district
    assert build_of(project, "full", 2026).home == before
    assert [district.code_in(edition) for edition in (2024, 2025, 2026)] == ["E07000194", "E07000194", NEW]
    rule = project.catalogue["national_homes"].contract.rules[1]
    assert rule.where == f"lad_code in ('{NEW}', 'E07000194')"
    repair = project.catalogue["national_homes"].contract.layouts[0].repairs[0]
    assert repair.where is not None and repair.where.pattern == f"(?:{NEW}|E07000194)"
    assert load_shares(small.settings, project.catalogue).id == "small"


def test_a_code_that_is_given_twice_is_refused(small: Small) -> None:
    edit(
        small.settings.config / "district.yml",
        lambda data: data.update(earlier_codes=[{"code": "E07000194", "last_edition": 2025}]),
    )
    with pytest.raises(CatalogueError, match="has each code once"):
        load_catalogue(small.settings)
