"""Bridge from a release, progress, inequality and peers, made from the tables of a build."""

from __future__ import annotations

from datetime import date

import numpy as np
import pandas as pd
import pytest

from spi_orchestration.index import accounts, baseline, change, peers, statements, ward
from spi_orchestration.index.framework import Framework
from tests.index.test_statements import WARDS, build  # noqa: F401

AREAS = [*WARDS, "city", "district", "single"]


def area_values(tables: dict[str, pd.DataFrame]) -> pd.DataFrame:
    """`ind_area_value` of the two editions, from the counts of `ctl_ward_year`."""
    parts = []
    for edition in (2025, 2026):
        value = statements.samples_of(tables, edition).values()
        low, high = statements.limits(tables, edition)
        parts.append(
            pd.DataFrame(
                {
                    "edition": edition,
                    "area_code": np.repeat(value.index, value.shape[1]),
                    "indicator": list(value.columns) * len(value),
                    "value": value.to_numpy().ravel(),
                    "value_low": low.to_numpy().ravel(),
                    "value_high": high.to_numpy().ravel(),
                }
            )
        )
    return pd.concat(parts, ignore_index=True)


def released(tables: dict[str, pd.DataFrame], framework: Framework, values: pd.DataFrame):
    """What a release of edition 2025 would have said of those values under that framework."""
    scores = ward.score(framework, values)
    release = {"release": "2025.1", "edition": 2025, "manifest_sha256": "0" * 64, "method_version": "old"}
    release |= {"coverage_threshold": framework.coverage, "minimum_indicators": framework.minimum_children}
    release |= dict(zip(("component_order", "dimension_order", "index_order"), framework.orders, strict=True))
    nodes = [
        {
            "code": n.code,
            "level": n.level,
            "parent": n.parent,
            "weight": n.weight,
            "direction": {1: "higher", -1: "lower"}.get(n.direction or 0),
            "worst": n.worst,
            "best": n.best,
            "scored": n.scored,
        }
        for n in framework.nodes
    ]
    level = {n.code: n.level for n in framework.nodes}
    said = scores.frame().stack(future_stack=True).rename("score").reset_index()
    said.columns = ["area_code", "code", "score"]
    said["level"] = said["code"].map(level)
    long = values.stack(future_stack=True).rename("value").reset_index()
    long.columns = ["area_code", "code", "value"]
    return {
        "idx_previous_release": pd.DataFrame([release]),
        "idx_previous_node": pd.DataFrame(nodes),
        "idx_previous_area": said.merge(long, on=["area_code", "code"], how="left"),
    }


@pytest.fixture(scope="module")
def tables(build):  # noqa: F811
    """The build with its values, and a release of 2025: other data, an older method, one indicator less."""
    values = area_values(build)
    framework = Framework.from_tables(build)
    old = framework.only([n.code for n in framework.indicators if n.code != "i07"])
    old = old.with_weights({"c1": 3.0}).with_orders([1.0, 0.5, 1.0])
    before = values[values["edition"] == 2025].pivot(index="area_code", columns="indicator", values="value")
    random = np.random.default_rng(11)
    published = before + random.normal(0, 2, before.shape)
    published.loc["W04", "i09"] = np.nan
    return build | {"ind_area_value": values} | released(build, old, published)


@pytest.fixture(scope="module")
def made(tables):
    return statements.statements(tables, 2026, draws=200, sensitivity_samples=0)


def test_bridge_from_a_release_is_exact_at_every_level_and_area(tables, made):
    parts, whole = made["bridge"], made["bridge_score"].set_index(["area", "code"])
    assert set(whole["from_release"]) == {"2025.1"}
    assert set(parts["leg"]) == set(accounts.LEGS)
    # It starts at what was published and ends at what the build scores now.
    said = tables["idx_previous_area"].set_index(["area_code", "code"])["score"]
    values = tables["ind_area_value"].query("edition == 2026")
    now = ward.score(
        Framework.from_tables(tables), values.pivot(index="area_code", columns="indicator", values="value")
    ).frame()
    for (area, code), row in whole.iterrows():
        assert row["before"] == pytest.approx(said[area, code], abs=1e-9, nan_ok=True)
        assert row["after"] == pytest.approx(now.loc[area, code], abs=1e-9, nan_ok=True)
    legs = whole[["revision", "method", "data", "control"]]
    given = legs.notna().all(axis=1)
    assert given.mean() > 0.8
    assert {1, 2, 3, 4} == set(whole.loc[given, "level"])
    assert {"district", "city", "single", "W00"} <= set(whole.index.get_level_values("area")[given])
    change = whole["after"] - whole["before"]
    assert (legs.sum(axis=1) - change)[given].abs().max() < 1e-9
    # Parts by indicator and coverage add up to their leg, everywhere.
    total = parts[parts["part"] == "total"].set_index(["area", "code", "leg"])["points"]
    rest = parts[parts["part"] != "total"].groupby(["area", "code", "leg"])["points"].sum()
    assert (total - rest.reindex(total.index, fill_value=0)).abs().max() < 1e-9
    # What entered or left is told as coverage, and a new indicator only there.
    coverage = parts[(parts["part"] == "coverage") & (parts["leg"] == "method and framework")]
    assert {"index"} <= set(coverage["code"])
    assert parts[(parts["part"] == "i07") & (parts["leg"] == "revision") & (parts["level"] > 1)].empty
    assert parts[(parts["code"] == "index") & (parts["leg"] == "control")]["points"].abs().max() > 0
    single, w06 = (
        parts[parts["area"] == a].drop(columns="area").reset_index(drop=True) for a in ("single", "W06")
    )
    # A group of one ward has the bridge of that ward but for what was published of it.
    keys = ["code", "leg", "part"]
    for leg in ("change in the data", "control"):
        a, b = (t[t["leg"] == leg].set_index(keys)["points"] for t in (single, w06))
        pd.testing.assert_series_equal(a, b)


def test_without_a_release_the_bridge_begins_with_the_edition_restated(tables):
    alone = {k: v for k, v in tables.items() if not k.startswith("idx_previous")}
    found = statements.statements(alone, 2026, draws=50, sensitivity_samples=0)
    whole = found["bridge_score"]
    assert whole["from_release"].isna().all()
    assert whole[["revision", "method"]].isna().all().all()
    assert set(found["bridge"]["leg"]) == {"change in the data", "control"}
    given = whole["data"].notna()
    assert ((whole["after"] - whole["before"]) - (whole["data"] + whole["control"]))[given].abs().max() < 1e-9


def test_a_release_that_does_not_give_its_own_scores_again_is_refused(tables):
    area = tables["idx_previous_area"].copy()
    area.loc[(area["area_code"] == "W01") & (area["code"] == "index"), "score"] += 0.01
    with pytest.raises(accounts.AccountError, match=r"Release 2025\.1 does not give its own scores again"):
        statements.statements(tables | {"idx_previous_area": area}, 2026, draws=20, sensitivity_samples=0)


def test_what_the_classes_could_explain_is_control_and_no_change_is_called(tables):
    """One ward's count is published as a class 1 to 7 in both editions: 5 then, 3 now."""
    framework = Framework.from_tables(tables)
    code = "i04"
    values = tables["ind_area_value"].copy()
    mine = (values["area_code"] == "W01") & (values["indicator"] == code)
    values.loc[mine & (values["edition"] == 2025), ["value", "value_low", "value_high"]] = [25.0, 12.0, 40.0]
    values.loc[mine & (values["edition"] == 2026), ["value", "value_low", "value_high"]] = [21.0, 12.0, 40.0]
    table = pd.DataFrame(columns=["area", "code", "low", "high", "weight_refreshed", "verdict"])
    alone = {k: v for k, v in tables.items() if not k.startswith("idx_previous")}
    parts, _ = accounts.bridge(alone | {"ind_area_value": values}, 2026, framework, table)
    legs = parts[(parts["area"] == "W01") & (parts["code"] == code) & (parts["part"] == "total")]
    legs = legs.set_index("leg")["points"]
    node = framework.node(code)
    assert legs["change in the data"] == 0
    assert legs["control"] == pytest.approx(100 * (21 - 25) / (node.best - node.worst))


def with_baseline(tables, made, changed: float = 0.0):
    """The edition 2025 as a locked baseline, with a target of the district."""
    table = made["bridge_score"][["area", "code", "before"]].rename(columns={"before": "score"})
    locked = baseline.lock("Plan", "2025", "2025.1", "f" * 64, table)
    scores = pd.DataFrame(locked.rows, columns=["area_code", "code", "score"])
    scores.loc[3, "score"] += changed
    row = {
        "baseline": "plan",
        "name": "Plan",
        "edition": 2025,
        "release": "2025.1",
        "method_sha256": "f" * 64,
    }
    target = {"area_code": "district", "code": "index", "score": 99.0, "due": date(2030, 3, 31)}
    return tables | {
        "idx_baseline": pd.DataFrame([row | {"sha256": locked.digest}]),
        "idx_baseline_score": scores,
        "idx_target": pd.DataFrame([target | {"role": "Cabinet", "source": "Plan, p. 4"}]),
    }


def test_progress_of_everything_and_a_baseline_that_was_changed(tables, made):
    whole = statements.statements(with_baseline(tables, made), 2026, draws=200, sensitivity_samples=0)
    table = whole["progress"].set_index(["area", "code"])
    assert len(table) == len(whole["bridge_score"])
    district = table.loc[("district", "index")]
    assert district["target"] == 99
    assert district["distance"] == pytest.approx(99 - district["now"], abs=1e-5)
    inside = (table["low"] <= 0) & (table["high"] >= 0)
    assert inside.sum() > 50
    assert not table.loc[inside, "verdict"].isin(["progress", "falling back", "target met"]).any()
    called = table["verdict"].isin(["progress", "falling back", "target met"])
    assert ((table.loc[called, "low"] > 0) | (table.loc[called, "high"] < 0)).all()
    with pytest.raises(baseline.BaselineError, match="not those that were adopted"):
        statements.statements(with_baseline(tables, made, 0.001), 2026, draws=20, sensitivity_samples=0)


def test_a_baseline_is_kept_by_areas_that_have_new_codes(tables, made):
    kept = with_baseline(tables, made)
    expected = baseline_scores(kept)
    assert expected[("district", "index")] == pytest.approx(
        made["bridge_score"].set_index(["area", "code"]).loc[("district", "index"), "before"]
    )
    # The lock holds the codes of its day; SQL says what each is now.
    old = {"district": "E0old", "W02": "W02old"}
    locked = baseline.lock(
        "Plan", "2025", "2025.1", "f" * 64,
        kept["idx_baseline_score"].rename(columns={"area_code": "area"}).replace({"area": old}),
    )  # fmt: skip
    scores = pd.DataFrame(locked.rows, columns=["area_code", "code", "score"])
    kept["idx_baseline"]["sha256"] = locked.digest
    now = {new: then for then, new in old.items()}
    assert baseline_scores(kept | {"idx_baseline_score": scores})[("district", "index")] is None
    carried = scores.assign(present_code=scores["area_code"].map(lambda code: now.get(code, code)))
    assert baseline_scores(kept | {"idx_baseline_score": carried}) == expected


def baseline_scores(tables) -> dict[tuple[str, str], float | None]:
    """(area, code) -> locked score that progress stands beside, of the index."""
    framework = Framework.from_tables(tables)
    samples = [statements.samples_of(tables, edition, framework) for edition in (2025, 2026)]
    table = accounts.progress(tables, 2026, change.assess(*samples, 50))
    rows = table[table["code"] == "index"]
    return {
        (area, code): None if np.isnan(score) else float(score)
        for area, code, score in zip(rows["area"], rows["code"], rows["baseline"].astype(float), strict=True)
    }


def test_inequality_is_that_of_a_hand_calculation(tables):
    people = pd.DataFrame(
        [
            (w, y, 1000.0 * (i + 1) * (1 + (y == 2020)))
            for i, w in enumerate(WARDS)
            for y in (2020, 2026, 2030)
        ],
        columns=["area_code", "reference_year", "persons"],
    )
    imd = pd.DataFrame(
        [(w, 2025, float(i)) for i, w in enumerate(WARDS)], columns=["area_code", "reference_year", "score"]
    )
    found = statements.statements(
        tables | {"idx_population": people, "idx_comparator": imd}, 2026, draws=100, sensitivity_samples=0
    )
    table = found["inequality"].set_index("code")
    scores = found["interval"].query("code == 'index'").set_index("area")["score"].loc[WARDS].to_numpy()
    weight = np.arange(1, 9) / 36
    place = np.cumsum(weight) - weight / 2
    middle = (weight * place).sum()
    slope = (weight * (place - middle) * scores).sum() / (weight * (place - middle) ** 2).sum()
    row = table.loc["index"]
    assert row["slope"] == pytest.approx(slope, abs=1e-4)
    assert row["slope_low"] <= row["slope"] <= row["slope_high"]
    assert row["widest"] == pytest.approx(scores.max() - scores.min(), abs=1e-5)
    assert set(table["placed_by"]) == {"deprivation"}
    other = statements.statements(
        tables | {"idx_population": people}, 2025, draws=50, sensitivity_samples=0, whole=False
    )["inequality"]
    assert set(other["placed_by"]) == {"index"}
    assert other.set_index("code").loc["index", "slope"] > 0


def test_scorecard_of_all_areas_is_that_of_one_value_at_a_time():
    random = np.random.default_rng(5)
    scores = pd.DataFrame(
        random.uniform(20, 80, (9, 6)).round(1), index=list("ABCDEFGHI"), columns=list("uvwxyz")
    )
    scores.iloc[2, 1] = scores.iloc[0, 4] = np.nan
    scores["z"] = 50.0
    named = {a: [b for b in scores.index if b != a] for a in "ABC"} | {"D": ["A", "B"]}
    for rule, neutral in (("aad", 1.0), ("sd", 0.0)):
        table = peers.scorecard(scores, named, rule, {"u": -1}, neutral)
        for row in table.to_dict("records"):
            others = scores.loc[named[row["area"]], row["code"]].to_numpy()
            direction = -1 if row["code"] == "u" else 1
            assert row["class"] == peers.classify(row["value"], others, rule, direction, neutral), row
    wide = peers.scorecard(scores, named, standard_errors=scores * 0 + 100)
    assert not wide["class"].isin(["strength", "weakness"]).any()
