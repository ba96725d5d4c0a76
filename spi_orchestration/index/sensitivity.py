"""Doubt about method: what other defensible choices would have said.

Belongs here: method alternatives as factors, the spread of ranks over them, and Sobol indices that say
which choice drives it. Does not belong here: doubt about counts (`uncertainty.py`); the two are never mixed
into one probability, since a method is chosen and not drawn.

Sources: A. Saltelli et al., Computer Physics Communications 181 (2010), first indices; M. J. W. Jansen,
Computer Physics Communications 117 (1999), total indices.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from scipy import stats

from spi_orchestration.index.framework import Framework
from spi_orchestration.index.ward import aggregate, bounded_score

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["Alternatives", "Factor", "Sobol", "estimate", "rank_shift", "run", "sobol"]


@dataclass(frozen=True)
class Sobol:
    """Sobol indices with bootstrap intervals.

    Attributes:
        names: of the factors.
        first, total: indices, shape (factors,).
        first_interval, total_interval: bootstrap 90 % intervals, shape (factors, 2).
        variance: of the target.
        verdict: a sentence; where the variance is 0, that no choice matters.
    """

    names: tuple[str, ...]
    first: np.ndarray
    total: np.ndarray
    first_interval: np.ndarray
    total_interval: np.ndarray
    variance: float
    verdict: str

    def frame(self) -> pd.DataFrame:
        """One row a factor."""
        import pandas as pd

        return pd.DataFrame(
            {
                "factor": self.names,
                "first": self.first,
                "first_low": self.first_interval[:, 0],
                "first_high": self.first_interval[:, 1],
                "total": self.total,
                "total_low": self.total_interval[:, 0],
                "total_high": self.total_interval[:, 1],
            }
        )


def estimate(a: np.ndarray, b: np.ndarray, mixed: np.ndarray) -> tuple[np.ndarray, np.ndarray, float]:
    """First and total Sobol indices from a radial design.

    Args:
        a: target at the points of sample A, shape (n,).
        b: target at the points of sample B, shape (n,).
        mixed: target at A with one factor's column taken from B, shape (factors, n).

    Returns:
        first indices, total indices, variance of the target over A and B (n - 1).
    """
    variance = float(np.var(np.concatenate([a, b]), ddof=1))
    if variance == 0:
        zero = np.zeros(len(mixed))
        return zero, zero.copy(), 0.0
    first = (b * (mixed - a)).mean(axis=1) / variance
    total = ((a - mixed) ** 2).mean(axis=1) / (2 * variance)
    return first, total, variance


def sobol(
    function: Callable[[np.ndarray], np.ndarray],
    names: Sequence[str],
    samples: int = 1024,
    seed: int = 1,
    bootstrap: int = 500,
) -> Sobol:
    """Sobol indices of a function of independent factors, each uniform on 0 to 1.

    Args:
        function: of points, shape (points, factors), giving the target, shape (points,).
        names: of the factors.
        samples: size of each base sample, rounded up to a power of two; the function is called for
            samples x (factors + 2) points.
        seed: of the scrambled Sobol sequence and the bootstrap.
        bootstrap: resamples for the 90 % intervals.

    Returns:
        indices. First indices are reported no larger than total ones: their difference is sampling noise
        where it is negative.
    """
    d = len(names)
    power = int(np.ceil(np.log2(max(samples, 2))))
    points = stats.qmc.Sobol(2 * d, scramble=True, rng=np.random.default_rng(seed)).random_base2(power)
    a, b = points[:, :d], points[:, d:]
    mixed = np.repeat(a[None], d, axis=0)
    for k in range(d):
        mixed[k, :, k] = b[:, k]
    y = np.asarray(function(np.vstack([a, b, *mixed])), dtype=float)
    n = len(a)
    # Centring leaves the indices as they are and takes most of the noise from the first ones.
    y = y - y[: 2 * n].mean()
    ya, yb, ym = y[:n], y[n : 2 * n], y[2 * n :].reshape(d, n)
    first, total, variance = estimate(ya, yb, ym)
    if variance == 0 or variance < 1e-24 * max(1.0, float(np.abs(y).max()) ** 2):
        empty = np.zeros((d, 2))
        return Sobol(
            tuple(names),
            np.zeros(d),
            np.zeros(d),
            empty,
            empty.copy(),
            0.0,
            "No choice matters: the target is the same under all of them.",
        )
    random = np.random.default_rng([seed, 1])
    picks = random.integers(0, n, (bootstrap, n))
    firsts, totals = np.empty((bootstrap, d)), np.empty((bootstrap, d))
    for r, pick in enumerate(picks):
        f, t, _ = estimate(ya[pick], yb[pick], ym[:, pick])
        firsts[r], totals[r] = np.minimum(f, t), t
    first = np.minimum(first, total)
    leader = int(np.argmax(total))
    return Sobol(
        tuple(names),
        first,
        total,
        np.quantile(firsts, [0.05, 0.95], axis=0).T,
        np.quantile(totals, [0.05, 0.95], axis=0).T,
        variance,
        f"The choice of {names[leader]} matters most: {100 * total[leader]:.0f} % of the variance goes with it.",
    )


@dataclass(frozen=True)
class Factor:
    """One choice of method.

    Attributes:
        name: for people.
        options: names of the alternatives; equally likely. The first is the nominal one.
    """

    name: str
    options: tuple[str, ...]

    def pick(self, share: np.ndarray) -> np.ndarray:
        """Position of the option for each share in 0..1."""
        return np.minimum((np.asarray(share) * len(self.options)).astype(int), len(self.options) - 1)


def rank_shift(nominal: np.ndarray, scores: np.ndarray) -> np.ndarray:
    """Mean absolute change of rank against the nominal scores, per replication.

    Args:
        nominal: shape (areas,).
        scores: shape (replications, areas).

    Returns:
        shape (replications,); equal scores share the mean of their ranks. Areas without a score in either
        are left out.
    """
    base = stats.rankdata(-nominal, nan_policy="omit")
    ranks = stats.rankdata(-scores, axis=-1, nan_policy="omit")
    return np.nanmean(np.abs(ranks - base), axis=-1)


@dataclass(frozen=True)
class Alternatives:
    """What the alternatives of method say.

    Attributes:
        areas: labels.
        nominal: nominal ranks, 1 the best, shape (areas,).
        lowest, highest: best and worst rank over all alternatives sampled.
        middle: the 5th and 95th percentile of the ranks, shape (areas, 2). A range, not a probability.
        sobol: which choice drives the mean absolute rank shift.
    """

    areas: tuple[object, ...]
    nominal: np.ndarray
    lowest: np.ndarray
    highest: np.ndarray
    middle: np.ndarray
    sobol: Sobol


def run(
    framework: Framework,
    values: np.ndarray,
    areas: Sequence[object],
    weight_sets: dict[str, dict[str, float]] | None = None,
    orders: Sequence[float] = (0.5, 0.0),
    bound_sets: dict[str, tuple[np.ndarray, np.ndarray]] | None = None,
    value_sets: dict[str, np.ndarray] | None = None,
    leave_one_out: bool = True,
    samples: int = 256,
    seed: int = 1,
) -> Alternatives:
    """Score under the alternatives of method and say which one moves the ranks.

    Args:
        framework: the nominal method.
        values: indicator values in their units, shape (areas, indicators).
        areas: labels, length areas.
        weight_sets: name -> weights; beside the nominal ones.
        orders: orders of the generalised mean, at every level alike; beside the nominal ones.
        bound_sets: name -> (worst, best), each shape (indicators,); beside the nominal ones.
        value_sets: name -> values with another window or source, shape (areas, indicators).
        leave_one_out: whether each indicator may be left out: one categorical factor with "keep all" first.
        samples: see `sobol`.
        seed: see `sobol`.
    """
    scored = [i for i, n in enumerate(framework.indicators) if n.scored]
    codes = [framework.indicators[i].code for i in scored]
    sets: dict[str, dict[str, float]] = {"nominal": {}} | dict(weight_sets or {})
    bounds = {"nominal": (framework.worst, framework.best)} | dict(bound_sets or {})
    data = {"nominal": np.asarray(values, dtype=float)} | dict(value_sets or {})
    means = {"nominal": framework.orders} | {f"{p:g}": (float(p),) for p in orders}
    factors = [
        Factor("weights", tuple(sets)),
        Factor("order of the mean", tuple(means)),
        Factor("bounds", tuple(bounds)),
        Factor("values", tuple(data)),
        Factor("the indicator left out", ("keep all", *codes) if leave_one_out else ("keep all",)),
    ]
    factors = [f for f in factors if len(f.options) > 1]
    versions = {(w, m): framework.with_weights(sets[w]).with_orders(means[m]) for w in sets for m in means}
    prepared = {(b, v): np.clip(bounded_score(data[v], *bounds[b])[0], 0, 100) for b in bounds for v in data}
    memory: dict[tuple[int, ...], np.ndarray] = {}

    def index_of(choice: tuple[int, ...]) -> np.ndarray:
        if choice not in memory:
            picked = {f.name: f.options[c] for f, c in zip(factors, choice, strict=True)}
            version = versions[picked.get("weights", "nominal"), picked.get("order of the mean", "nominal")]
            scores = prepared[picked.get("bounds", "nominal"), picked.get("values", "nominal")]
            left = picked.get("the indicator left out", "keep all")
            if left != "keep all":
                version = version.only(c for c in codes if c != left)
            memory[choice] = aggregate(version, scores)[0][:, -1]
        return memory[choice]

    nominal = index_of((0,) * len(factors))
    seen: list[np.ndarray] = []

    def target(points: np.ndarray) -> np.ndarray:
        picks = np.column_stack([f.pick(points[:, k]) for k, f in enumerate(factors)])
        scores = np.array([index_of(tuple(int(c) for c in row)) for row in picks])
        seen.append(scores)
        return rank_shift(nominal, scores)

    indices = sobol(target, [f.name for f in factors], samples, seed)
    ranks = stats.rankdata(-np.vstack(seen), axis=-1, nan_policy="omit")
    return Alternatives(
        tuple(areas),
        stats.rankdata(-nominal, nan_policy="omit"),
        np.nanmin(ranks, axis=0),
        np.nanmax(ranks, axis=0),
        np.nanquantile(ranks, [0.05, 0.95], axis=0).T,
        indices,
    )
