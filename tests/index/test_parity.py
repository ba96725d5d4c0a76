"""Every score of every edition of a build, computed again in Python, equals the SQL within 1e-9."""

from __future__ import annotations

import numpy as np
import pytest

from spi_orchestration.index import ward

KEYS = {
    "idx_indicator_score": ["edition", "area_code", "indicator"],
    "idx_component": ["variant", "edition", "area_code", "component"],
    "idx_dimension": ["variant", "edition", "area_code", "dimension"],
    "idx_index": ["variant", "edition", "area_code"],
}


def test_scores_of_the_build(built_marts):
    tables = dict(built_marts)
    if "method" in tables and "profile" in tables:
        pytest.fail("a build holds one table `method`; a table `profile` was not expected")
    method = tables["method"]
    profile = tables["_build"]["profile"].iloc[0] if "_build" in tables else method["profile"].iloc[0]
    tables["method"] = method[method["profile"] == profile]
    found = ward.recompute(tables)
    for name, keys in KEYS.items():
        expected = tables[name]
        if "variant" in expected:
            expected = expected[expected["variant"].isin(found[name]["variant"].unique())]
        both = expected.merge(found[name], on=keys, how="left", suffixes=("_sql", ""), validate="one_to_one")
        a, b = both["score_sql"].to_numpy(float), both["score"].to_numpy(float)
        assert np.array_equal(np.isnan(a), np.isnan(b)), name
        assert np.nanmax(np.abs(a - b)) < 1e-9, name
