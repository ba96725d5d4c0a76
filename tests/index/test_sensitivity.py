"""Sobol indices against functions whose indices are known; factors of method."""

from __future__ import annotations

import numpy as np
import pytest

from spi_orchestration.index import sensitivity
from tests.index.conftest import make_framework, make_values


def ishigami(points):
    x = np.pi * (2 * points - 1)
    return np.sin(x[:, 0]) + 7 * np.sin(x[:, 1]) ** 2 + 0.1 * x[:, 2] ** 4 * np.sin(x[:, 0])


def test_ishigami():
    a, b = 7, 0.1
    variance = a**2 / 8 + b * np.pi**4 / 5 + b**2 * np.pi**8 / 18 + 0.5
    first = [0.5 * (1 + b * np.pi**4 / 5) ** 2 / variance, a**2 / 8 / variance, 0]
    both = 8 * b**2 * np.pi**8 / 225 / variance
    found = sensitivity.sobol(ishigami, ["x1", "x2", "x3"], 4096)
    assert found.first == pytest.approx(first, abs=0.03)
    assert found.total == pytest.approx([first[0] + both, first[1], both], abs=0.03)
    assert found.variance == pytest.approx(variance, rel=0.03)
    assert (found.total_interval[:, 0] <= found.total).all()
    assert (found.total <= found.total_interval[:, 1]).all()
    assert (found.first <= found.total).all()
    assert found.verdict.startswith("The choice of x1 matters most")


def test_sobol_g():
    a = np.array([0, 1, 4.5, 9, 99, 99])

    def g(points):
        return np.prod((np.abs(4 * points - 2) + a) / (1 + a), axis=1)

    parts = 1 / (3 * (1 + a) ** 2)
    variance = np.prod(1 + parts) - 1
    first = parts / variance
    total = parts * np.array([np.prod(np.delete(1 + parts, i)) for i in range(6)]) / variance
    found = sensitivity.sobol(g, [f"x{i}" for i in range(6)], 4096)
    assert found.first == pytest.approx(first, abs=0.03)
    assert found.total == pytest.approx(total, abs=0.03)


def test_bootstrap_intervals_cover():
    """Nine in ten, over repeated scrambles, for the index of the second factor of Ishigami's function."""
    a, b = 7, 0.1
    truth = a**2 / 8 / (a**2 / 8 + b * np.pi**4 / 5 + b**2 * np.pi**8 / 18 + 0.5)
    hits = 0
    for seed in range(40):
        found = sensitivity.sobol(ishigami, ["x1", "x2", "x3"], 256, seed, bootstrap=200)
        hits += found.total_interval[1, 0] <= truth <= found.total_interval[1, 1]
    assert hits >= 33


def test_no_variance_says_that_no_choice_matters():
    found = sensitivity.sobol(lambda p: np.full(len(p), 3.0), ["a", "b"], 64)
    assert found.verdict.startswith("No choice matters")
    assert found.total.tolist() == [0, 0]
    assert found.variance == 0


def test_leave_one_out_is_one_factor_that_may_keep_all():
    framework = make_framework(indicators=12)
    values = make_values(framework).to_numpy()
    found = sensitivity.run(
        framework,
        values,
        [f"W{i}" for i in range(22)],
        weight_sets={"dimension doubled": {"d0": 2.0}},
        bound_sets={"wider": (framework.worst * 1.1 - 5, framework.best * 1.1 - 5)},
        samples=64,
    )
    assert found.sobol.names == ("weights", "order of the mean", "bounds", "the indicator left out")
    assert (found.lowest <= found.nominal).all()
    assert (found.nominal <= found.highest).all()
    assert (found.middle[:, 0] >= found.lowest).all()
    table = found.sobol.frame()
    assert (table["first"] <= table["total"] + 1e-12).all()
    factor = sensitivity.Factor("x", ("keep all", "a", "b"))
    assert factor.pick(np.array([0.0, 0.34, 0.99, 1.0])).tolist() == [0, 1, 2, 2]


def test_identical_wards_make_no_choice_matter():
    framework = make_framework(indicators=12)
    values = np.tile(make_values(framework, 1).to_numpy(), (22, 1))
    found = sensitivity.run(framework, values, list(range(22)), samples=32)
    assert found.sobol.verdict.startswith("No choice matters")


def test_rank_shift_by_hand():
    nominal = np.array([30.0, 20, 10])
    scores = np.array([[30.0, 20, 10], [10, 20, 30], [20, 20, 10]])
    assert sensitivity.rank_shift(nominal, scores).tolist() == pytest.approx([0, 4 / 3, 1 / 3])
