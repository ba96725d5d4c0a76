"""Doubt covers what it says: a short run of the studies, and the committed tables of the long one."""

from __future__ import annotations

import re

import numpy as np
import pytest

from spi_orchestration.index import studies
from tests.index.conftest import REPO


@pytest.fixture(scope="module")
def short():
    return studies.coverage_study(replications=24, draws=250)


def test_scores_and_values_are_covered(short):
    level = short.coverage("level")
    for row in (
        "component, wards",
        "dimension, wards",
        "indicator value, wards",
        "indicator value, district",
    ):
        assert 0.92 <= level[row][2] <= 0.99, row
    assert level["index, wards"][2] >= 0.9
    for row, (_, _, covered) in short.coverage("expected count").items():
        assert 0.92 <= covered <= 0.99, row
    for row, (_, _, covered) in short.coverage("estimator").items():
        assert covered >= 0.91, row


def test_public_intervals_cover_more(short):
    for row, (_, _, covered) in short.coverage("public").items():
        assert covered >= 0.95, row


def test_rank_sets_hold_among_near_ties_where_percentiles_do_not():
    found = studies.near_tie_study(replications=60, draws=400).coverage("near ties")
    sets = {k: v[2] for k, v in found.items() if "pairwise" in k}
    drawn = {k: v[2] for k, v in found.items() if "percentiles" in k}
    assert min(sets.values()) >= 0.95
    assert drawn["0.02 standard errors apart: percentiles of drawn ranks"] < 0.9


def test_the_study_can_fail():
    """Halving the doubt must be seen: intervals of half the width do not cover."""
    tally = studies.Tally()
    truth = np.random.default_rng(1).standard_normal(2000)
    half = [np.full(2000, v / 2) for v in (-1.2816, 1.2816, -1.96, 1.96)]
    tally.add("t", "half", truth, half)
    assert tally.coverage("t")["half"][2] < 0.75


def test_sobol_indices_of_known_functions():
    for function, name, first, found_first, total, found_total in studies.sobol_study():
        assert abs(first - found_first) < 0.03, (function, name)
        assert abs(total - found_total) < 0.03, (function, name)


def table(page: str, heading: str) -> dict[str, tuple[int, float]]:
    text = (REPO / "docs" / page).read_text(encoding="utf-8")
    part = text.split(f"## {heading}\n", 1)[1].split("\n## ", 1)[0]
    return {
        m[1]: (int(m[2].replace(",", "")), float(m[3]))
        for m in re.finditer(r"^\| ([^|]+) \| ([\d,]+) \| [^|]+ \| ([\d.]+) \|$", part, re.M)
    }


def test_committed_tables_meet_the_lines():
    text = (REPO / "docs" / "coverage.md").read_text(encoding="utf-8")
    assert int(re.search(r"(\d+) made districts", text)[1]) >= 400
    levels = table("coverage.md", "By level")
    assert len(levels) == 8
    for row, (_, covered) in levels.items():
        assert (93 <= covered <= 99) if row.startswith("indicator") else (93 <= covered <= 97), row
    for heading in (
        "Indicator values by expected count in the window",
        "Indicator values by estimator",
        "Indicator values of the district by estimator",
        "The two best and two worst wards by true index",
    ):
        rows = table("coverage.md", heading)
        assert len(rows) >= 4, heading
        assert all(covered >= 90 for _, covered in rows.values()), heading
    assert all(
        covered >= 95
        for _, covered in table("coverage.md", "Public intervals, over controlled counts").values()
    )
    ranks = (REPO / "docs" / "ranks.md").read_text(encoding="utf-8")
    sets = [float(m) for m in re.findall(r"pairwise rank sets \| [\d,]+ \| - \| ([\d.]+) \|", ranks)]
    assert len(sets) == 5
    assert min(sets) >= 90
    assert np.mean(sets) >= 95


def test_two_rows_make_any_component_look_reliable():
    rows = {
        (n, r, name): (high, spread, wrong) for n, r, name, high, spread, wrong in studies.weights_study(60)
    }
    high, spread, wrong = rows[22, 0.0, "with best and worst rows"]
    assert high > 0.95
    assert spread < 0.03
    assert wrong == 0
    assert rows[22, 0.0, "without"][0] < 0.05


@pytest.mark.slow
def test_pages_are_what_the_study_writes_today():
    made = studies.coverage_study(400, 600)
    ties = studies.near_tie_study(600)
    for name, page in (
        ("coverage.md", studies.coverage_page(made, 400, 600, studies.SEED)),
        ("ranks.md", studies.ranks_page(made, ties, 400, 600, studies.SEED)),
        ("weights.md", studies.weights_page()),
    ):
        assert (REPO / "docs" / name).read_text(encoding="utf-8") == page
