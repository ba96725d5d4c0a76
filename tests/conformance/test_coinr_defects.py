"""Where COINr 1.1.14 fails or is wrong, the engine does what is right."""

from __future__ import annotations

from fractions import Fraction

import numpy as np
import pandas as pd
import pytest

from spi_orchestration.index import aggregate, normalise, treat
from spi_orchestration.index.ward import generalised_mean
from tests.conformance import checks


def test_copeland_scores_of_coinr_do_not_balance_and_ours_do():
    """Half the weight each way is a draw for both. COINr adds up twelfths and lands a hair below one half.

    So it counts a defeat on one side of a draw and not on the other. Copeland scores add up to 0 by
    definition, since what one area wins another loses; its own add up to -2.
    """
    stored = checks.golden_file("09f_copeland_all_indicators")
    coinr = np.array(stored["copeland_all_indicators"])
    codes = [f"I{i:02d}" for i in range(1, 13)]
    scores = checks.golden_frame("08b_norm_minmax_1_100")[codes].astype(float).to_numpy()
    exact, draws = [], []
    for i in range(len(scores)):
        total = drawn = 0
        for j in range(len(scores)):
            if i != j:
                wins = Fraction(int((scores[i] > scores[j]).sum()), 12) + Fraction(
                    int((scores[i] == scores[j]).sum()), 24
                )
                total += (wins > Fraction(1, 2)) - (wins < Fraction(1, 2))
                drawn += wins == Fraction(1, 2)
        exact.append(total)
        draws.append(drawn)
    ours = aggregate.copeland(scores, np.ones(12))
    assert ours.tolist() == exact
    assert sum(exact) == 0
    assert coinr.sum() == -2
    differ = [stored["uCode"][i] for i in np.flatnonzero(coinr != ours)]
    assert differ == ["W03", "W07"]
    assert (coinr - ours)[coinr != ours].tolist() == [-1, -1]
    assert draws[2] > 0
    assert draws[6] > 0


@pytest.mark.parametrize("values", [[1, 1, 1, 1, 50], [0] * 20 + [5, 9]])
def test_winsorising_to_a_constant_ends_and_does_not_crash(values):
    done = treat.winsorise(np.array(values, dtype=float))
    assert not np.isnan(done.values).any()
    assert done.passed


def test_zero_inflated_column_is_treated_with_its_neighbours():
    frame = pd.DataFrame(
        {"zeros": [0.0] * 20 + [5.0, 9.0], "plain": np.arange(22.0), "constant": np.ones(22)}
    )
    treated = treat.treat(frame)
    assert treated.values.notna().all().all()
    assert treated.values["plain"].tolist() == frame["plain"].tolist()
    assert treated.summary.loc["constant", "treatment"] == "none"


@pytest.mark.filterwarnings("error")
@pytest.mark.parametrize(
    "method", ["minmax", "zscore", "distance_to_maximum", "percent_rank", "fraction_of_maximum"]
)
@pytest.mark.parametrize("constant", [7.0, 0.0])
def test_a_constant_is_normalised_to_a_number(method, constant):
    out = normalise.normalise(pd.DataFrame({"x": [constant] * 5 + [np.nan]}), {"x": 1}, method)["x"]
    assert out[:5].notna().all()
    assert np.isnan(out[5])


@pytest.mark.parametrize("order", [-1.0, 0.5, 2.0])
def test_generalised_mean_skips_gaps(order):
    assert generalised_mean(np.array([3.0, np.nan, 3.0]), np.ones(3), order) == pytest.approx(3.0)


def test_log_of_the_innovation_index_changes_its_input():
    x = np.array([1.0, 2, 3, 4, 5, 6, 7, 8, 9, 10, 30, 100])
    done = treat.log_gii(x)
    assert done[0] == 0
    assert done[-1] == pytest.approx(np.log(100))
    assert abs(treat.skewness(done)) < abs(treat.skewness(x))
    assert treat.log_gii(-x)[-1] == pytest.approx(-treat.log_gii(x)[0], abs=5)
    assert np.all(np.diff(treat.log_gii(np.sort(-x))) > 0)


def test_copeland_as_a_step_of_the_tree():
    framework = checks.Framework.from_rows(
        [{"code": c, "parent": "t", "direction": 1} for c in "abc"] + [{"code": "t"}]
    )
    scores = pd.DataFrame({"a": [1, 2, 3], "b": [1, 3, 2], "c": [1, 2, 3]}, dtype=float)
    assert aggregate.aggregate_levels(framework, scores, "copeland")["t"].tolist() == [-2, 0, 2]
