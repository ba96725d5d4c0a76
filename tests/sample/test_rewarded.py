"""The sample on wards that were merged and split: nothing is lost, and places lie where the map says.

Belongs here: `sample/rewarded.py`. Does not belong here: what the pipeline makes of such an edition.
"""

from __future__ import annotations

import csv
import shutil
from pathlib import Path

import numpy as np
import pytest

from spi_orchestration.catalogue import CatalogueError
from spi_orchestration.sample import geometry
from spi_orchestration.sample.datasets.base import Sample
from spi_orchestration.sample.deliveries import draw_sample
from spi_orchestration.sample.rewarded import on_wards_of
from spi_orchestration.settings import Settings
from tests.helpers.project import ROOT

#: Chadsmead and Curborough become one; Whittington & Streethay is cut in two.
NEW = {"E05098001": "Joined", "E05098002": "West", "E05098003": "East"}
CHANGES = [
    ("E05010656", "E05098001", "merged"),
    ("E05010660", "E05098001", "merged"),
    ("E05010672", "E05098002", "split"),
    ("E05010672", "E05098003", "split"),
]


def make_seeds(folder: Path, changes: list[tuple[str, str, str]]) -> Path:
    shutil.copytree(ROOT / "dbt_project" / "seeds" / "geography", folder)
    with (folder / "wards.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    for row in rows:
        if row["ward_code"] in {old for old, _, _ in changes}:
            row["last_edition"] = "2026"
    for code in dict.fromkeys(new for _, new, _ in changes):
        rows.append(
            {
                **rows[0],
                "ward_code": code,
                "ward_name": NEW[code],
                "first_edition": "2027",
                "last_edition": "",
            }
        )
    with (folder / "wards.csv").open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, list(rows[0]))
        writer.writeheader()
        writer.writerows(rows)
    lines = [f"{old},{new},{kind},2027," for old, new, kind in changes]
    text = "\n".join(["old_code,new_code,kind,edition,note", *lines])
    (folder / "ward_change.csv").write_text(text + "\n", encoding="utf-8")
    return folder


@pytest.fixture(scope="module")
def drawn() -> Sample:
    return draw_sample(Settings(root=ROOT, data=ROOT / "data", shares_file=ROOT / "config"))


@pytest.fixture(scope="module")
def moved(drawn: Sample, tmp_path_factory: pytest.TempPathFactory) -> Sample:
    return on_wards_of(drawn, make_seeds(tmp_path_factory.mktemp("seeds") / "geography", CHANGES), 2027)


def at(sample: Sample, *codes: str) -> list[int]:
    return [i for i, ward in enumerate(sample.wards) if ward.code in codes]


def test_people_and_counts_of_merged_and_split_wards_add_up(drawn: Sample, moved: Sample) -> None:
    for old, new in (
        (("E05010656", "E05010660"), ("E05098001",)),
        (("E05010672",), ("E05098002", "E05098003")),
    ):
        for name in ("persons", "dwellings", "households", "census"):
            before, after = (getattr(item.people, name) for item in (drawn, moved))
            assert (before[at(drawn, *old)].sum(axis=0) == after[at(moved, *new)].sum(axis=0)).all()
        for key in (("scc_ncmp", "obese_year6"), ("scc_ncmp", "measured_year6")):
            before, after = (item.truth.outcomes[key].count for item in (drawn, moved))
            assert np.array_equal(
                before[at(drawn, *old)].sum(axis=0), after[at(moved, *new)].sum(axis=0), equal_nan=True
            )
    part = at(moved, "E05098002", "E05098003")
    heavy, weighed = (
        moved.truth.outcomes["scc_ncmp", m].count[part] for m in ("obese_year6", "measured_year6")
    )
    assert (np.nan_to_num(heavy) <= np.nan_to_num(weighed)).all()
    assert (np.nan_to_num(weighed) > 0).any(axis=1).all()


def test_places_lie_in_the_ward_that_they_are_given_to(drawn: Sample, moved: Sample) -> None:
    areas = [sum(geometry.area(cell) for cell in item.map.cells) for item in (drawn, moved)]
    assert areas[1] == pytest.approx(areas[0])
    for code in ("E05098002", "E05098003"):
        w = at(moved, code)[0]
        points = moved.map.addresses.points[moved.map.addresses.ward == w]
        assert len(points) > 300
        # The parts of a cut cell are convex.
        assert geometry.contains(moved.map.cells[w], points).all()
    kept = at(drawn, "E05010651")[0], at(moved, "E05010651")[0]
    assert ((drawn.map.postcodes.ward == kept[0]) == (moved.map.postcodes.ward == kept[1])).all()
    assert moved.map.postcodes.codes == drawn.map.postcodes.codes


def test_before_the_change_the_sample_is_as_it_was(drawn: Sample, tmp_path: Path) -> None:
    assert on_wards_of(drawn, make_seeds(tmp_path / "geography", CHANGES), 2026) is drawn


def test_wards_that_do_not_touch_cannot_be_merged(drawn: Sample, tmp_path: Path) -> None:
    changes = [(old, "E05098001", "merged") for old in ("E05010655", "E05010659")]
    with pytest.raises(CatalogueError, match="share one edge"):
        on_wards_of(drawn, make_seeds(tmp_path / "geography", changes), 2027)
