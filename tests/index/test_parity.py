"""Every score of every edition of a build, computed again in Python, equals the SQL within 1e-9."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from spi_orchestration.index import statements, ward

KEYS = {
    "idx_indicator_score": ["edition", "area_code", "indicator"],
    "idx_component": ["variant", "edition", "area_code", "component"],
    "idx_dimension": ["variant", "edition", "area_code", "dimension"],
    "idx_index": ["variant", "edition", "area_code"],
}


@pytest.fixture(scope="module")
def recomputed(built_marts: dict[str, pd.DataFrame]) -> dict[str, pd.DataFrame]:
    return ward.recompute(built_marts)


@pytest.mark.parametrize("model", list(KEYS))
def test_scores_of_the_build(built_marts, recomputed, model):
    expected, found = built_marts[model], recomputed[model]
    if "variant" in expected:
        expected = expected[expected["variant"].isin(found["variant"].unique())]
    both = expected.merge(found, on=KEYS[model], how="left", suffixes=("_sql", ""), validate="one_to_one")
    a, b = both["score_sql"].to_numpy(float), both["score"].to_numpy(float)
    assert np.array_equal(np.isnan(a), np.isnan(b))
    assert (~np.isnan(a)).sum() > 0
    assert np.nanmax(np.abs(a - b)) < 1e-9


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
