"""Every score of every edition of a build, computed again in Python, equals the SQL within 1e-9."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
import yaml

from spi_orchestration.index import statements, ward
from tests.index.conftest import REPO

KEYS = {
    "idx_indicator_score": ["edition", "area_code", "indicator"],
    "idx_component": ["variant", "edition", "area_code", "component"],
    "idx_dimension": ["variant", "edition", "area_code", "dimension"],
    "idx_index": ["variant", "edition", "area_code"],
}

VARIANTS = {"headline", "outcomes_only", "without_comparator_source"}


@pytest.fixture(scope="module")
def recomputed(built_marts: dict[str, pd.DataFrame]) -> dict[str, pd.DataFrame]:
    """The engine's scores, with the variant that leaves out the source of the index compared with."""
    project = yaml.safe_load((REPO / "dbt_project" / "dbt_project.yml").read_text(encoding="utf-8"))
    datasets = built_marts["cat_dataset"].set_index("dataset")["supplier"]
    return ward.recompute(built_marts, comparator_supplier=datasets[project["vars"]["comparator_dataset"]])


@pytest.mark.parametrize("model", list(KEYS))
def test_scores_of_the_build(built_marts, recomputed, model):
    """Every variant, edition, area and node that SQL scores, and none besides."""
    expected, found = built_marts[model], recomputed[model]
    both = expected.merge(found, on=KEYS[model], how="left", suffixes=("_sql", ""), validate="one_to_one")
    areas = built_marts["geo_area"].set_index("area_code")["area_type"]
    assert set(both["area_code"].map(areas)) == {"ward", "district", "group"}
    assert set(both["area_code"]) == set(areas.index)
    editions = set(built_marts["ind_edition"]["edition"])
    assert set(both["edition"]) == editions
    if "variant" in expected:
        assert set(expected["variant"]) == set(found["variant"]) == VARIANTS
    a, b = both["score_sql"].to_numpy(float), both["score"].to_numpy(float)
    assert np.array_equal(np.isnan(a), np.isnan(b))
    scored = both.loc[~np.isnan(a)]
    assert set(scored["area_code"]) == set(areas.index)
    assert set(scored["edition"]) == editions
    assert np.nanmax(np.abs(a - b)) < 1e-9
    # What the engine scores, SQL lists.
    listed = found[~found["score"].isna()].merge(
        expected[KEYS[model]], on=KEYS[model], how="left", indicator=True
    )
    assert (listed["_merge"] == "both").all()
    if model != "idx_indicator_score":
        for measure in ("weight_observed", "weight_refreshed"):
            x, y = both[f"{measure}_sql"].to_numpy(float), both[measure].to_numpy(float)
            # SQL gives no weight to a component that the variant does not measure.
            assert np.abs(np.nan_to_num(x) - np.nan_to_num(y)).max() < 1e-9, measure


def test_values_of_areas_are_formed_from_the_same_counts(built_marts):
    """District, groups and wards: the engine sums numerators and denominators as `ind_area_value.sql` does."""
    for edition in sorted(built_marts["ind_edition"]["edition"].unique()):
        values = statements.samples_of(built_marts, int(edition)).values()
        table = built_marts["ind_area_value"].query("edition == @edition")
        expected = table.pivot(index="area_code", columns="indicator", values="value").astype(float)
        found = values.reindex(index=expected.index, columns=expected.columns).to_numpy()
        wanted = expected.to_numpy()
        assert np.array_equal(np.isnan(found), np.isnan(wanted)), edition
        scale = np.maximum(np.abs(wanted), 1.0)
        assert np.nanmax(np.abs(found - wanted) / scale) < 1e-9, edition


def test_every_statement_of_the_last_edition_can_be_made(built_marts):
    edition = int(built_marts["ind_edition"]["edition"].max())
    made = statements.statements(built_marts, edition, draws=200, sensitivity_samples=8)
    scores = (
        built_marts["idx_index"]
        .query("edition == @edition and variant == 'headline'")
        .set_index("area_code")["score"]
    )
    found = made["interval"].query("code == 'index'").set_index("area")["score"]
    assert found[scores.index].to_numpy() == pytest.approx(scores.to_numpy(), abs=1e-6, nan_ok=True)


def test_statements_do_not_depend_on_the_order_of_rows(built_marts):
    needed = (
        "ind_indicator",
        "ind_edition",
        "ctl_ward_year",
        "geo_area_ward",
        "component",
        "dimension",
        "method",
    )
    edition = int(built_marts["ind_edition"]["edition"].max())
    newest = built_marts["ind_edition"].query("edition == @edition")
    tables = {name: built_marts[name] for name in needed} | {"ind_edition": newest}
    turned = {name: frame.iloc[::-1].reset_index(drop=True) for name, frame in tables.items()}
    first, second = statements.statement_rows(tables, edition), statements.statement_rows(turned, edition)
    pd.testing.assert_frame_equal(first, second)
    assert {"interval", "rank", "method_rank", "method_index"} <= set(first["statement"])
