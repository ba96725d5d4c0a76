"""dbt's tests of the hierarchy find what they are there for: the finished warehouse passes, harmed it does not.

Belongs here: harm to single cells of a finished warehouse, and which test says so. Does not belong here: which tests
a model has (`tests/checks/test_models.py`), or what a run does with one that fails (`tests/decide/test_model_checks.py`).
"""

from __future__ import annotations

import json
import re
import shutil
from collections.abc import Iterator
from typing import Any

import duckdb
import numpy as np
import pytest

from tests.helpers.annual import Ended, spi

#: The generic tests of this project that speak of sums, means and presence.
KINDS = (
    "weights_sum", "mean_of_parts", "parts_sum_to", "areas_add_up", "holds_with", "all_wards_present", "finite",
    "expression_is_true",
)  # fmt: skip

#: A ward and an edition, whichever they are.
ONE = "edition = 2026 and area_code = (select min(ward_code) from geography.geo_ward)"

#: What is done to the warehouse, and the model and test that must say so.
HARMS = {
    "a component of another variant": (
        f"update index.idx_component set score = score + 1e-6 where variant = 'outcomes_only' and component = 'safety' and {ONE}",
        "idx_component", "mean_of_parts",
    ),
    "a published component": (
        f"update marts.fct_component_score set score = score - 1e-6 where component = 'housing' and {ONE}",
        "fct_component_score", "mean_of_parts",
    ),
    "a published dimension": (
        f"update marts.fct_dimension_score set score = score + 1e-6 where dimension = 'opportunity' and {ONE}",
        "fct_dimension_score", "mean_of_parts",
    ),
    "a published index": (
        f"update marts.fct_index_score set score = score + 1e-6 where {ONE}",
        "fct_index_score", "mean_of_parts",
    ),
    "weights other than those of the scores": (
        "update seeds.dimension set weight = 2 where dimension = 'opportunity'", "idx_index", "mean_of_parts",
    ),
    "a score of nothing": (
        f"delete from marts.fct_component_score where dimension = 'opportunity' and {ONE}",
        "fct_dimension_score", "mean_of_parts",
    ),
    "a score lost without a word": (
        f"update marts.fct_dimension_score set score = null where dimension = 'opportunity' and {ONE}",
        "fct_dimension_score", "expression_is_true",
    ),
    "a full weight in a cluster": (
        "update marts.dim_indicator set weight = 1 where indicator = 'pm25_ugm3'", "dim_indicator", "weights_sum",
    ),
    "a place counted more than once": (
        "update geography.geo_allocation set share = share + 1e-6 where method = 'direct_ward'",
        "geo_allocation", "weights_sum",
    ),
    "an area of land counted more than once": (
        "update geography.geo_lsoa21_ward set share = 1 - share / 2 where lsoa_code = (select lsoa_code "
        "from geography.geo_lsoa21_ward group by lsoa_code having count(*) > 1 order by lsoa_code limit 1)",
        "geo_lsoa21_ward", "weights_sum",
    ),
    "points of the index": (
        f"update marts.fct_contribution set points_of_index = points_of_index + 0.0001 where code = 'safety' and {ONE}",
        "fct_contribution", "parts_sum_to",
    ),
    "points of a component": (
        f"update marts.fct_contribution set points_of_component = 0 where code = 'pm25_ugm3' and {ONE}",
        "fct_contribution", "parts_sum_to",
    ),
    "points that are not there": (
        f"update marts.fct_contribution set points_of_index = null where {ONE}", "fct_contribution", "parts_sum_to",
    ),
    "an effective weight": (
        f"update marts.fct_contribution set effective_weight = effective_weight * 0.999 where code = 'safety' and {ONE}",
        "fct_contribution", "parts_sum_to",
    ),
    "an index of the doubt model that is not SQL's": (
        f"update marts.fct_contribution set score = score + 1e-5 where code = 'index' and {ONE}",
        "fct_contribution", "holds_with",
    ),
    "a component that only SQL scores": (
        f"update marts.fct_contribution set score = null where code = 'safety' and {ONE}",
        "fct_contribution", "holds_with",
    ),
    "a value that its counts do not give": (
        f"update marts.fct_indicator_value set value = value * 1.00001 where indicator = 'asb_per_1000' and {ONE}",
        "fct_indicator_value", "holds_with",
    ),
    "a score that its value does not give": (
        f"update marts.fct_indicator_value set score = score + 1e-5 where indicator = 'epc_efg_pct' and {ONE}",
        "fct_indicator_value", "holds_with",
    ),
    "a score cut off that is not at a bound": (
        f"update marts.fct_indicator_value set clipped = true where indicator = 'epc_efg_pct' and {ONE}",
        "fct_indicator_value", "holds_with",
    ),
    "a case too many in the district": (
        "update marts.fct_indicator_value set numerator = numerator + 1 where indicator = 'asb_per_1000' "
        "and edition = 2026 and area_type = 'district'",
        "fct_indicator_value", "areas_add_up",
    ),
    "a ward's people forgotten in a group": (
        "update indicators.ind_area_value set denominator = denominator - 1 where indicator = 'asb_per_1000' "
        "and edition = 2026 and area_code = (select min(area_code) from geography.geo_area where area_type = 'group')",
        "ind_area_value", "areas_add_up",
    ),
    "a ward without its range": (
        f"delete from marts.fct_interval where code = 'asb_per_1000' and {ONE}",
        "fct_interval", "all_wards_present",
    ),
    "a ward without a boundary": (
        "delete from marts.dim_ward_boundary where ward_code = (select max(ward_code) from geography.geo_ward)",
        "dim_ward_boundary", "all_wards_present",
    ),
    "a division by nothing": (
        f"update indicators.ind_area_value set value_low = 'infinity' where indicator = 'asb_per_1000' and {ONE}",
        "ind_area_value", "finite",
    ),
    "a number that is none": (
        f"update marts.fct_progress set target = 'nan' where code = 'asb_per_1000' and {ONE}",
        "fct_progress", "finite",
    ),
}  # fmt: skip


@pytest.fixture(scope="module")
def asked(sample_run: Ended, tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Any, Any]]:
    """The finished warehouse, and {(model, test): queries as dbt asked them}; all passed."""
    folder = tmp_path_factory.mktemp("model_tests")
    shutil.copytree(sample_run.data / "warehouse", folder / "warehouse")
    target = folder / "target"
    chosen = [f"test_name:{kind}" for kind in KINDS]
    ended = spi(folder, "dbt", "test", "--target-path", str(target), "--select", *chosen)
    assert ended.code == 0, ended.said[-3000:]
    nodes = json.loads((target / "manifest.json").read_text(encoding="utf-8"))["nodes"]
    queries: dict[tuple[str, str], list[str]] = {}
    for item in json.loads((target / "run_results.json").read_text(encoding="utf-8"))["results"]:
        node = nodes.get(item["unique_id"])
        if node is None or node["resource_type"] != "test":
            continue
        key = (nodes[node["attached_node"]]["name"], node["test_metadata"]["name"])
        queries.setdefault(key, []).append(item["compiled_code"])
    # Beside the tests, one model as dbt asks for it, to be asked under another decision.
    ended = spi(folder, "dbt", "compile", "--target-path", str(target), "--select", "fct_indicator_value")
    assert ended.code == 0, ended.said[-3000:]
    (made,) = target.glob("compiled/**/fct_indicator_value.sql")
    queries[("fct_indicator_value", "model")] = [made.read_text(encoding="utf-8")]
    (path,) = folder.glob("warehouse/*/full/2026/warehouse.duckdb")
    with duckdb.connect(str(path), config={"threads": 2}) as con:
        yield con, queries


@pytest.mark.parametrize("harm", HARMS, ids=[name.replace(" ", "_") for name in HARMS])
def test_harm_is_found(asked: tuple[Any, Any], harm: str) -> None:
    con, queries = asked
    change, model, kind = HARMS[harm]
    assert not [sql for sql in queries[(model, kind)] if con.execute(sql).fetchall()]
    con.execute("begin")
    try:
        (rows,) = con.execute(change).fetchone()
        assert rows >= 1, "nothing was harmed"
        assert [sql for sql in queries[(model, kind)] if con.execute(sql).fetchall()], (
            f"{model}.{kind} is silent"
        )
    finally:
        con.execute("rollback")


def test_values_over_a_denominator_that_a_decision_carries_forward_are_marked(asked: tuple[Any, Any]) -> None:
    con, queries = asked
    (sql,) = queries[("fct_indicator_value", "model")]
    decisions = re.compile(r"read_parquet\('[^']*/accepted/_decisions\.parquet'\)")
    assert len(decisions.findall(sql)) == 1
    kinds = (("ref_ward_population", 2026, "carry_forward"), ("ref_council_tax_dwellings", 2025, "waive"))
    made = ", ".join(str(one) for one in kinds)
    other = decisions.sub(f"(select * from (values {made}) as t (dataset, edition, decision))", sql)
    marked = "select edition, area_code, indicator from ({}) where carried_forward"
    before = set(con.execute(marked.format(sql)).fetchall())
    over = set(
        con.execute(
            "select edition, area_code, indicator from marts.fct_indicator_value inner join marts.dim_indicator "
            "using (indicator) where edition = 2026 and denominator_dataset = 'ref_ward_population'"
        ).fetchall()
    )
    assert over and not over & before
    assert set(con.execute(marked.format(other)).fetchall()) == before | over
    # The mark says what a value rests on; it moves none.
    unmoved = "select * exclude (carried_forward) from ({}) order by all"
    assert con.execute(unmoved.format(other)).fetchall() == con.execute(unmoved.format(sql)).fetchall()


@pytest.mark.parametrize("order", [1.0, 0.5, 0.0, -1.0, 2.0])
def test_means_of_every_order_are_told_from_others(asked: tuple[Any, Any], order: float) -> None:
    con, queries = asked
    (sql,) = queries[("idx_index", "mean_of_parts")]
    parts = con.execute(
        "select variant, edition, area_code, list(score order by dimension) from index.idx_dimension "
        "where edition = 2026 group by all having count(score) = 3"
    ).fetchall()
    assert len(parts) > 60
    con.execute("begin")
    try:
        con.execute("alter table seeds.method alter index_order type double")
        con.execute("update seeds.method set index_order = ?", [order])
        con.execute("update index.idx_index set score = null")
        for variant, edition, area, scores in parts:
            values = np.array(scores)
            mean = np.exp(np.log(values).mean()) if order == 0 else (values**order).mean() ** (1 / order)
            con.execute(
                "update index.idx_index set score = ? where variant = ? and edition = ? and area_code = ?",
                [float(mean), variant, edition, area],
            )
        assert con.execute(sql).fetchall() == []
        con.execute(
            "update index.idx_index set score = score * 1.000001 where variant = ? and edition = ? and area_code = ?",
            list(parts[0][:3]),
        )
        assert len(con.execute(sql).fetchall()) == 1
    finally:
        con.execute("rollback")


def test_a_geometric_mean_with_a_part_at_nothing_is_nothing(asked: tuple[Any, Any]) -> None:
    con, queries = asked
    (sql,) = queries[("idx_index", "mean_of_parts")]
    con.execute("begin")
    try:
        con.execute("update seeds.method set index_order = 0")
        con.execute("update index.idx_index set score = null")
        con.execute(
            f"update index.idx_dimension set score = 0 where variant = 'headline' and dimension = 'opportunity' and {ONE}"
        )
        con.execute(f"update index.idx_index set score = 0 where variant = 'headline' and {ONE}")
        assert con.execute(sql).fetchall() == []
        con.execute(f"update index.idx_index set score = 1e-6 where variant = 'headline' and {ONE}")
        assert len(con.execute(sql).fetchall()) == 1
    finally:
        con.execute("rollback")
