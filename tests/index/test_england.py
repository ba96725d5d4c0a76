"""Values beside England, and ranks beside another index: the SQL of both marts on made tables."""

from __future__ import annotations

import duckdb
import jinja2
import pandas as pd
import pytest

from spi_orchestration.index import comparators
from tests.index.conftest import REPO


def run(model: str, **tables: pd.DataFrame) -> pd.DataFrame:
    """One model of the dbt project on tables that stand in for those it refers to."""
    environment = jinja2.Environment()
    environment.globals.update(ref=lambda name: name, var=lambda name: "imd")
    (path,) = (REPO / "dbt_project" / "models").rglob(f"{model}.sql")
    with duckdb.connect() as connection:
        for name, frame in tables.items():
            connection.register(name, frame)
        text = environment.from_string(path.read_text(encoding="utf-8")).render()
        return connection.execute(text).df()


def test_place_among_english_wards_and_no_comparator_published():
    published = [("low", "p1", 0.5), ("low", "p50", 2.0), ("low", "p99", 20.0), ("low", "england", 3.5)]
    published += [("high", "p10", 10.0), ("high", "p90", 90.0)]
    england = pd.DataFrame(published, columns=["indicator", "statistic", "amount"])
    england = england.assign(reference_year=2021, source="Census 2021")
    values = [0.1, 0.5, 2.0, 11.0, 20.0, 99.0, None]
    rows = [("low", f"W{i}", v) for i, v in enumerate(values)]
    rows += [("high", "W0", 50.0), ("none", "W0", 1.0)]
    frame = pd.DataFrame(rows, columns=["indicator", "area_code", "value"])
    frame = pd.concat([frame, frame.head(1).assign(area_code="D", area_type="district")])
    frame = frame.assign(edition=2026).fillna({"area_type": "ward"})
    polarity = pd.DataFrame({"indicator": ["low", "high", "none"], "polarity": ["lower", "higher", "higher"]})
    made = run("fct_england", england=england, ind_area_value=frame, ind_indicator=polarity)
    table = made.set_index(["indicator", "area_code"])
    # Lower is better: at the median half of the wards do worse; beyond the outer figures their share is given.
    found = [table.loc[("low", f"W{i}"), "percentile"] for i in range(6)]
    assert found == pytest.approx([99, 99, 50, 25.5, 1, 1])
    assert pd.isna(table.loc[("low", "W6"), "percentile"])
    assert table.loc[("low", "W3"), "england"] == 3.5
    assert table.loc[("high", "W0"), "percentile"] == pytest.approx(50)
    assert pd.isna(table.loc[("high", "W0"), "england"])
    assert table.loc[("none", "W0"), "label"] == comparators.NO_COMPARATOR
    assert table.loc[("low", "W0"), "label"] == "comparator published"
    assert ("low", "D") not in table.index


def test_committed_figures_of_england_are_percentiles_of_known_indicators():
    seeds = REPO / "dbt_project" / "seeds"
    england = pd.read_csv(seeds / "reference" / "england.csv")
    known = {
        code
        for profile in ("full", "open")
        for code in pd.read_csv(seeds / "framework" / f"{profile}_indicator.csv")["indicator"]
    }
    assert set(england["indicator"]) <= known
    ordered = england[england["statistic"] != "england"]
    for _, part in ordered.assign(p=ordered["statistic"].str[1:].astype(float)).groupby("indicator"):
        assert part.sort_values("p")["amount"].is_monotonic_increasing
        assert len(part) >= 3


def test_agreement_by_ward_is_that_of_the_engine():
    ours = pd.Series({"A": 80.0, "B": 60, "C": 40, "D": 20, "E": 40})
    theirs = pd.Series({"A": 10.0, "B": 20, "C": 40, "D": 30, "E": 5})
    index = pd.DataFrame({"area_code": ours.index, "score": ours.to_numpy()}).assign(
        edition=2026, variant="headline"
    )
    other = pd.DataFrame({"area_code": theirs.index, "score": -theirs.to_numpy()})
    made = run("idx_comparison_ward", idx_index=index, idx_comparator=other).set_index("area_code")
    value, table = comparators.agreement(ours, theirs)
    for ward in "ABCDE":
        assert made.loc[ward, "index_rank"] == table.loc[ward, "rank_ours"]
        assert made.loc[ward, "comparator_rank"] == table.loc[ward, "rank_theirs"]
    whole = run("idx_comparison", idx_comparison_ward=made.reset_index())
    assert whole.loc[0, "value"] == pytest.approx(value, abs=1e-9)
    assert whole.loc[0, "wards"] == 5
