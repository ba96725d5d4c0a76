"""The SQL models of the index, run on made tables, give the scores that the Python engine gives."""

from __future__ import annotations

import duckdb
import jinja2
import numpy as np
import pandas as pd
import pytest

from spi_orchestration.index import ward
from tests.index.conftest import REPO

MODELS = ("idx_indicator_score", "idx_variant_weight", "idx_component", "idx_dimension", "idx_index")
VARS = {"profile": "full", "comparator_dataset": "imd"}


def tables(orders: tuple[float, float, float], missing: float) -> dict[str, pd.DataFrame]:
    random = np.random.default_rng(5)
    names = [f"i{k:02d}" for k in range(26)]
    up = random.integers(0, 2, len(names)).astype(bool)
    indicator = pd.DataFrame(
        {
            "indicator": names,
            # The last component has one indicator only and is not scored.
            "component": [f"c{k % 6}" for k in range(25)] + ["c6"],
            "polarity": np.where(up, "higher", "lower"),
            "worst": np.where(up, 10.0, 60.0),
            "best": np.where(up, 60.0, 10.0),
            "scored": random.uniform(size=len(names)) > 0.1,
            "class": random.choice(["outcome", "perception", "uptake"], len(names)),
            "supplier": random.choice(["mhclg", "police", "council"], len(names)),
            "weight": random.choice([1.0, 0.5, 2.0], len(names)),
        }
    )
    indicator.loc[~indicator["scored"], "weight"] = 0.0
    areas = [f"W{a:02d}" for a in range(8)] + ["group", "district"]
    values = (
        indicator[["indicator"]]
        .merge(pd.DataFrame({"area_code": areas}), how="cross")
        .merge(pd.DataFrame({"edition": [2025, 2026]}), how="cross")
    )
    # Some values lie beyond a bound, some exactly on one (a zero score), some are missing.
    values["value"] = random.choice([10.0, 60.0, *random.uniform(0, 70, 40)], len(values))
    values.loc[random.uniform(size=len(values)) < missing, "value"] = np.nan
    values["refreshed"] = random.integers(0, 2, len(values)).astype(bool)
    values["status"] = "observed"
    return {
        "ind_indicator": indicator,
        "ind_area_value": values,
        "ind_edition": pd.DataFrame({"edition": [2025, 2026]}),
        "geo_area": pd.DataFrame({"area_code": areas}),
        "component": pd.DataFrame(
            {
                "component": [f"c{k}" for k in range(7)],
                "dimension": [f"d{k % 3}" for k in range(7)],
                "weight": ["1", "2", "1", "1", "1", "1", "1"],
            }
        ),
        "dimension": pd.DataFrame({"dimension": ["d0", "d1", "d2"], "weight": ["1", "1", "2"]}),
        "method": pd.DataFrame(
            [
                {
                    "profile": "full",
                    "coverage_threshold": 2 / 3,
                    "minimum_indicators": 2,
                    "component_order": orders[0],
                    "dimension_order": orders[1],
                    "index_order": orders[2],
                }
            ]
        ),
        "cat_dataset": pd.DataFrame({"dataset": ["imd"], "supplier": ["mhclg"]}),
    }


def run_sql(inputs: dict[str, pd.DataFrame]) -> dict[str, pd.DataFrame]:
    macros = "".join(
        path.read_text(encoding="utf-8") for path in sorted((REPO / "dbt_project" / "macros").glob("*.sql"))
    )
    environment = jinja2.Environment(extensions=["jinja2.ext.do"])
    environment.globals.update(
        ref=lambda name: name, var=VARS.__getitem__, env_var=lambda name, default="": default
    )
    connection = duckdb.connect()
    for name, frame in inputs.items():
        connection.register("frame_", frame)
        connection.execute(f"create table {name} as select * from frame_")
    out = {}
    for name in MODELS:
        text = (REPO / "dbt_project" / "models" / "index" / f"{name}.sql").read_text(encoding="utf-8")
        connection.execute(f"create table {name} as {environment.from_string(macros + text).render()}")
        out[name] = connection.execute(f"select * from {name}").df()
    return out


KEYS = {
    "idx_indicator_score": ["edition", "area_code", "indicator"],
    "idx_component": ["variant", "edition", "area_code", "component"],
    "idx_dimension": ["variant", "edition", "area_code", "dimension"],
    "idx_index": ["variant", "edition", "area_code"],
}


@pytest.mark.parametrize("orders", [(1, 1, 1), (0.5, 0, -1), (0, 1, 2)])
def test_sql_and_python_agree(orders):
    inputs = tables(orders, missing=0.15)
    expected = run_sql(inputs)
    found = ward.recompute(inputs, comparator_supplier="mhclg")
    for name, keys in KEYS.items():
        both = expected[name].merge(found[name], on=keys, how="inner", suffixes=("_sql", ""))
        assert len(both) > 0
        measures = (
            ["score"] if name == "idx_indicator_score" else ["score", "weight_observed", "weight_refreshed"]
        )
        if name == "idx_component":
            # SQL lists every component; the engine those that the variant measures at all.
            both = both[both["indicators"] > 0]
        assert both["score"].notna().sum() > 20
        for measure in measures:
            a, b = both[f"{measure}_sql"].to_numpy(float), both[measure].to_numpy(float)
            if measure == "weight_observed":
                a = np.nan_to_num(a)
            assert np.array_equal(np.isnan(a), np.isnan(b)), (name, measure)
            assert np.nanmax(np.abs(a - b)) < 1e-9, (name, measure)
