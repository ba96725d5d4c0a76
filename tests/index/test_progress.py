"""The baseline cannot be changed unnoticed; progress is called beyond doubt only; inequality by hand."""

from __future__ import annotations

import json
from datetime import date

import numpy as np
import pandas as pd
import pytest

from spi_orchestration.index import admission, baseline, change, inequality, peers, ward
from spi_orchestration.index.uncertainty import Counts, Samples
from tests.index.conftest import make_framework
from tests.index.test_uncertainty import PEOPLE, WARDS, editions


def locked(before):
    table = (
        ward.score(before.framework, before.values())
        .frame()
        .stack()
        .rename_axis(["area", "code"])
        .rename("score")
        .reset_index()
    )
    return baseline.lock("Manifesto", "2024", "2024.1", before.framework.content_hash(), table)


def test_a_changed_baseline_is_noticed(tmp_path):
    before, _ = editions()
    made, path = locked(before), tmp_path / "manifesto.json"
    baseline.write(made, path)
    baseline.write(made, path)
    assert baseline.read(path) == made
    assert baseline.read(path, expected=made.digest).score("W00", "spi") == made.score("W00", "spi")
    body = json.loads(path.read_text(encoding="utf-8"))
    body["rows"][5][2] += 0.001
    changed = tmp_path / "changed.json"
    changed.write_text(json.dumps(body), encoding="utf-8")
    with pytest.raises(
        baseline.BaselineError, match=r"changed after it was locked; restore it from release 2024\.1"
    ):
        baseline.read(changed)
    # Someone who also makes a new digest is caught by the digest that the decision recorded.
    body.pop("digest")
    forged = baseline.lock(
        "Manifesto",
        "2024",
        "2024.1",
        body["framework_hash"],
        pd.DataFrame(body["rows"], columns=["area", "code", "score"]),
    )
    with pytest.raises(baseline.BaselineError, match="already holds a locked baseline"):
        baseline.write(forged, path)
    path.unlink()
    baseline.write(forged, path)
    with pytest.raises(baseline.BaselineError, match="not the baseline that was adopted"):
        baseline.read(path, expected=made.digest)
    path.write_text("{", encoding="utf-8")
    with pytest.raises(baseline.BaselineError, match="cannot be read"):
        baseline.read(path)


def targets(code="i04", score=90.0):
    return baseline.read_targets(
        [
            {
                "area": w,
                "code": code,
                "score": score,
                "due": "2028-03-31",
                "role": "Cabinet",
                "source": "Plan, p. 4",
            }
            for w in WARDS
        ]
    )


def test_progress_is_not_called_inside_its_uncertainty():
    before, after = editions()
    table = baseline.progress(locked(before), change.assess(before, after, 3000), targets())
    inside = (table["low"] <= 0) & (table["high"] >= 0)
    assert inside.any()
    assert set(table.loc[inside, "verdict"]) == {change.UNSURE}
    assert not table.loc[inside, "verdict"].isin(["progress", "falling back", "target met"]).any()
    assert table["baseline"].to_numpy() == pytest.approx(table["restated"].to_numpy())
    jump = 400 if after.framework.node("i04").direction == 1 else -40
    better = baseline.progress(locked(before), change.assess(*editions(jump), 3000), targets(score=99.9))
    assert set(better["verdict"]) <= {"progress", "target met", change.UNSURE}
    assert "progress" in set(better["verdict"]) | {
        "progress" if "target met" in set(better["verdict"]) else ""
    }
    unknown = baseline.progress(locked(before), change.assess(before, after, 200), targets(code="zz"))
    assert set(unknown["verdict"]) == {"not given"}


def test_targets_are_checked():
    row = {
        "area": "W00",
        "code": "i04",
        "score": 80,
        "due": "2028-03-31",
        "role": "Cabinet",
        "source": "Plan",
    }
    assert baseline.read_targets([row])[0].due == date(2028, 3, 31)
    for change_ in ({"score": 120}, {"role": " "}, {"due": "soon"}):
        with pytest.raises(baseline.BaselineError, match="Row 1 of the targets"):
            baseline.read_targets([row | change_])


def test_slope_index_equals_a_hand_calculation():
    # Three wards of 1,000, 2,000 and 1,000 people, the most deprived first: places 1/8, 1/2, 7/8.
    people, deprivation = np.array([1000.0, 2000, 1000]), np.array([1.0, 2, 3])
    assert inequality.ridit(deprivation, people).tolist() == [0.125, 0.5, 0.875]
    # Weights 1/4, 1/2, 1/4; mean place 1/2; variance 2 x 1/4 x (3/8)^2 = 9/128.
    # Covariance with scores 40, 55, 58: 1/4 (-3/8) 40 + 1/4 (3/8) 58 = 27/16; slope = (27/16) / (9/128) = 24.
    assert inequality.slope_index(np.array([40.0, 55, 58]), people, deprivation) == pytest.approx(24)
    # Wards of unlike size, 1,000, 2,000 and 3,000: places 1/12, 1/3, 3/4; weights 1/6, 1/3, 1/2; mean 1/2.
    # Variance 1/6 (5/12)^2 + 1/3 (1/6)^2 + 1/2 (1/4)^2 = 5/72; covariance 102/72; slope 102/5.
    unlike = np.array([1000.0, 2000, 3000])
    assert inequality.slope_index(np.array([40.0, 55, 58]), unlike, deprivation) == pytest.approx(20.4)
    draws = np.array([[40.0, 55, 58], [50, 50, 50]])
    assert inequality.slope_index(draws, people, deprivation).tolist() == pytest.approx([24, 0])
    assert inequality.ridit(np.array([1.0, 1, 2]), people).tolist() == pytest.approx([0.375, 0.375, 0.875])


def test_gap_by_hand():
    # Fifths of 500 people: the worst fifth lies in the first ward, the best 500 are 300 at 90 and 200 at 60.
    found = inequality.gap(np.array([60.0, 30, 90, np.nan]), np.array([1200.0, 1000, 300, 50]))
    assert found.widest == 60
    assert found.fifths == pytest.approx((300 * 90 + 200 * 60) / 500 - 30)
    assert found.ratio == pytest.approx(78 / 30)


def test_strengths_by_both_rules_and_within_doubt():
    others = np.array([50.0, 52, 54, 56, 58])
    # Median 54, average absolute deviation 2.4, standard deviation 3.16.
    assert peers.average_absolute_deviation(others) == pytest.approx(2.4)
    assert peers.classify(57, others) == "strength"
    assert peers.classify(57, others, "sd") == "as expected"
    assert peers.classify(50.5, others, direction=-1) == "strength"
    assert peers.classify(50.5, others) == "weakness"
    assert peers.classify(57, others, standard_error=2) == "as expected"
    assert peers.classify(57, others, neutral=4) == "as expected"
    assert peers.classify(57, others[:2]) == "no comparison"
    assert peers.classify(51, np.full(4, 50.0)) == "strength"
    table = peers.scorecard(
        pd.DataFrame({"spi": [57.0, *others]}, index=list("XABCDE")), {"X": list("XABCDEZ")}
    )
    assert table.loc[0, ["median", "peers", "class"]].tolist() == [54, 5, "strength"]


def test_admission_by_reliability_and_by_what_is_missing():
    framework = make_framework(indicators=12, components=6)
    random = np.random.default_rng(3)
    counts = {
        n.code: Counts(
            random.poisson(PEOPLE * 0.05 * random.uniform(0.4, 1.6, 6)).astype(float), PEOPLE, "rate", 100.0
        )
        for n in framework.indicators
    }
    counts["i00"] = Counts(np.full(6, 2.0), np.full(6, 5000.0), "rate", 1000.0)
    counts["i01"] = Counts(np.where(np.arange(6) < 2, np.nan, 300.0), PEOPLE, "rate", 100.0)
    counts["i02"] = Counts(PEOPLE / 3, PEOPLE, "published", 100.0)
    table = admission.admission(Samples(framework, WARDS, counts))
    assert table.loc["i00", "reason"] == "reliability 0.00 is below 0.5"
    assert table.loc["i01", "reason"] == "33 % of wards controlled or missing"
    assert table.loc["i02", "reason"] == "admitted; reliability not estimated"
    assert table.loc["i05", "admitted"]
    later = table.copy()
    later.loc["i05", "admitted"] = False
    assert admission.drift(table, later).index.tolist() == ["i05"]


def test_influence_stops_the_run():
    framework = make_framework(indicators=12, components=12)
    values = pd.DataFrame(50.0, index=range(22), columns=[n.code for n in framework.indicators])
    values["i00"] = np.linspace(0, 100, 22)
    values["i01"] = 50 + 5 * np.cos(np.arange(22))
    table = admission.influence(ward.score(framework, values))
    assert table["share"].sum() == pytest.approx(1)
    assert table.index[table["stop"]].tolist() == ["i00"]
    assert table.loc["i00", "ratio"] > 9
