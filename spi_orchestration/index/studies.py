"""Simulations that test the engine's statements of doubt, and the pages made from them.

Belongs here: coverage of intervals, coverage of rank sets, recovery of known Sobol indices. Does not belong
here: anything a build needs. `python -m spi_orchestration.index.studies docs` writes `coverage.md`,
`ranks.md` and `weights.md` into that folder; they name their seed and are the same wherever they are made.
"""

from __future__ import annotations

import argparse
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
from scipy import stats

from spi_orchestration.index.framework import Framework
from spi_orchestration.index.ranks import rank_sets
from spi_orchestration.index.sensitivity import sobol
from spi_orchestration.index.uncertainty import Counts, Samples, propagate, widen
from spi_orchestration.index.ward import score_array

__all__ = ["Tally", "coverage_study", "near_tie_study", "sobol_study", "weights_page", "weights_study"]

SEED = 20261122
WARDS = 22
DISTRICT = "district"
YEARS = 3

#: Kinds of indicator: estimator, dispersion, share of the 78.
KINDS = (
    ("proportion", 1.0, 20),
    ("rate", 1.0, 20),
    ("rate of events", 2.5, 8),
    ("ratio", 1.0, 8),
    ("survey", 1.5, 5),
    ("dsr", 1.0, 5),
    ("mean", 1.0, 6),
    ("median", 1.0, 6),
)

CLASSES = ((1, 3, "1-3"), (4, 9, "4-9"), (10, 29, "10-29"), (30, np.inf, "30+"))


@dataclass
class Tally:
    """Hits of intervals by row of a table.

    Attributes:
        rows: (table, row) -> intervals, hits at 80 %, hits at 95 %.
    """

    rows: dict[tuple[str, str], np.ndarray] = field(default_factory=dict)

    def add(self, table: str, row: str, truth: np.ndarray, limits: Iterable[np.ndarray]) -> None:
        """Count which truths lie in their intervals (low 80, high 80, low 95, high 95), of equal shapes."""
        # What is not given, such as a median of several wards, makes no statement.
        limits = list(limits)
        given = ~np.isnan(limits[0])
        truth = truth[given]
        low80, high80, low95, high95 = (x[given] for x in limits)
        slack = 1e-9
        hit80 = (truth >= low80 - slack) & (truth <= high80 + slack)
        hit95 = (truth >= low95 - slack) & (truth <= high95 + slack)
        total = self.rows.setdefault((table, row), np.zeros(3))
        total += np.array([truth.size, hit80.sum(), hit95.sum()])

    def coverage(self, table: str) -> dict[str, tuple[int, float, float]]:
        """Row -> number of intervals, coverage at 80 and 95 %, as shares."""
        return {
            r: (int(v[0]), v[1] / v[0], v[2] / v[0]) for (t, r), v in self.rows.items() if t == table and v[0]
        }


@dataclass(frozen=True)
class _Indicator:
    code: str
    kind: str
    dispersion: float
    pooling: int
    expected: float
    direction: int


def _indicators(random: np.random.Generator) -> list[_Indicator]:
    out = []
    for kind, dispersion, count in KINDS:
        for k in range(count):
            # Expected counts of a middling ward over the window, from 1.5 to 600.
            expected = float(np.exp(np.log(1.5) + np.log(400) * (k + 0.5) / count))
            out.append(
                _Indicator(
                    f"{kind.replace(' ', '_')}_{k}",
                    kind,
                    dispersion,
                    3 if expected < 60 else 1,
                    expected,
                    1 if random.uniform() < 0.4 else -1,
                )
            )
    return out


def _framework(indicators: list[_Indicator], order: np.ndarray) -> Framework:
    rows: list[dict[str, object]] = []
    for place, i in zip(order.tolist(), indicators, strict=True):
        # Bounds in units of the middling value, which is 1: they are far enough for most wards.
        rows.append(
            {
                "code": i.code,
                "parent": f"c{place % 12:02d}",
                "direction": i.direction,
                "worst": 0 if i.direction == 1 else 2,
                "best": 2 if i.direction == 1 else 0,
            }
        )
    rows += [{"code": f"c{c:02d}", "parent": f"d{c // 4}"} for c in range(12)]
    rows += [{"code": f"d{d}", "parent": "index"} for d in range(3)]
    rows.append({"code": "index"})
    return Framework.from_rows(rows)


def _latent(random: np.random.Generator, size: np.ndarray) -> np.ndarray:
    """Latent relative rates by year and ward: wards differ by a quarter, years by a twentieth."""
    ward = random.lognormal(0, 0.25, WARDS)
    return (
        ward
        * random.lognormal(0, 0.05, (YEARS, WARDS))
        * (0.98 ** np.arange(YEARS))[:, None]
        / size.mean()
        * size.mean()
    )


def _events(random: np.random.Generator, mean: np.ndarray, dispersion: float) -> np.ndarray:
    """Counts of events of which a person has one or more: variance over mean is `dispersion`."""
    if dispersion == 1:
        return random.poisson(mean).astype(float)
    # One event and a Poisson number of further ones: with q further, f = (q + (1 + q)^2) / (1 + q).
    grid = np.linspace(0, 20, 20_001)
    further = float(np.interp(dispersion, (grid + (1 + grid) ** 2) / (1 + grid), grid))
    persons = random.poisson(mean / (1 + further))
    return (persons + random.poisson(further * persons)).astype(float)


def _realise(
    random: np.random.Generator, i: _Indicator, people: np.ndarray
) -> tuple[Counts, np.ndarray, np.ndarray]:
    """Counts, the truth by ward (mean latent rate over the window), and expected counts."""
    years = i.pooling
    relative = _latent(random, people)[-years:]
    base = i.expected / (people.mean() * years)
    n = np.tile(people, (years, 1))
    window = f"{years} years"
    if i.kind in ("mean", "median"):
        asked = np.maximum(np.round(i.expected * people / people.mean()), 5)
        truth = relative.mean(axis=0)
        error = 0.5 / np.sqrt(asked) * (1.2533 if i.kind == "median" else 1.0)
        seen = truth + error * random.standard_normal(WARDS)
        return Counts(seen * asked, asked, i.kind, 1.0, standard_error=error, window=window), truth, asked
    if i.kind in ("proportion", "survey"):
        share = min(0.3, max(0.02, base * 50))
        cohort = np.maximum(np.round(base / share * n), 3)
        p = np.minimum(share * relative, 0.97)
        truth = (cohort * p).sum(axis=0) / cohort.sum(axis=0) / share
        if i.kind == "survey":
            # Answers come in bunches: the effective number asked is smaller by the design effect.
            effective = np.maximum(np.round(cohort / i.dispersion), 2)
            x = random.binomial(effective.astype(int), p) / effective * cohort
        else:
            x = random.binomial(cohort.astype(int), p).astype(float)
        counts = Counts(x.sum(axis=0), cohort.sum(axis=0), i.kind, 1 / share, i.dispersion, window=window)
        return counts, truth, (cohort * p).sum(axis=0)
    mean = base * n * relative
    x = _events(random, mean, i.dispersion)
    truth = mean.sum(axis=0) / (base * n).sum(axis=0)
    expected = mean.sum(axis=0)
    if i.kind == "dsr":
        # Two age groups of weight 1/2 whose populations differ: the rate's error is made of both.
        young = n.sum(axis=0) * random.uniform(0.3, 0.7, WARDS)
        sizes = np.array([young, n.sum(axis=0) - young])
        parts = random.poisson(base * sizes * truth)
        rate = (parts / sizes).mean(axis=0) / base
        error = np.sqrt((parts / sizes**2).sum(axis=0)) / 2 / base
        whole = n.sum(axis=0)
        return Counts(rate * whole, whole, "dsr", 1.0, standard_error=error, window=window), truth, expected
    kind = "ratio" if i.kind == "ratio" else "rate"
    denominator = (base * n).sum(axis=0) if kind == "ratio" else n.sum(axis=0)
    multiplier = 1.0 if kind == "ratio" else 1 / base
    return Counts(x.sum(axis=0), denominator, kind, multiplier, i.dispersion, window=window), truth, expected


def coverage_study(
    replications: int = 400, draws: int = 600, seed: int = SEED, progress: Callable[[int], None] | None = None
) -> Tally:
    """How often intervals hold the truth, over made districts of 22 wards and 78 indicators.

    The truth of an indicator is the mean latent rate over its window, that of a score is made of such rates
    and the framework's bounds, before clipping; clipped cells are counted apart.

    Args:
        replications: districts made; latent rates and counts are new each time.
        draws: draws in each.
        seed: of everything.
        progress: called with the number of each replication.

    Returns:
        tables `level`, `expected count`, `estimator`, `extreme wards`, `rank sets`, `public`, `clipped`.
    """
    tally = Tally()
    setup = np.random.default_rng(seed)
    indicators = _indicators(setup)
    framework = _framework(indicators, setup.permutation(len(indicators)))
    wards = tuple(f"W{w:02d}" for w in range(WARDS))
    for replication in range(replications):
        random = np.random.default_rng([seed, replication])
        people = np.sort(random.uniform(2400, 7400, WARDS)).round()
        random.shuffle(people)
        made = {i.code: _realise(random, i, people) for i in indicators}
        counts = {code: c for code, (c, _, _) in made.items()}
        samples = Samples(framework, wards, counts, {DISTRICT: wards})
        truth = np.column_stack(
            [np.append(t, np.average(t, weights=c.denominator)) for c, t, _ in made.values()]
        )
        out = propagate(samples, draws, seed + replication, clip=False)
        _tally_levels(tally, framework, indicators, made, out.table, truth)
        scores = _unclipped(framework, truth)
        index = scores[:WARDS, -1]
        point = out.table[out.table["code"] == "index"]["score"].to_numpy()[:WARDS]
        _tally_ranks(
            tally, "rank sets", "index of the made districts", out.scores["index"][:, :WARDS], point, index
        )
        if replication % 4 == 0:
            _tally_public(tally, samples, truth, draws, seed + replication)
        tally.rows.setdefault(("clipped", "draws of indicator scores"), np.zeros(3))
        tally.rows["clipped", "draws of indicator scores"] += [
            out.clipped[:WARDS].size,
            0,
            out.clipped[:WARDS].sum(),
        ]
        if progress:
            progress(replication)
    return tally


def _unclipped(framework: Framework, values: np.ndarray) -> np.ndarray:
    """Scores without clipping, shape (areas, nodes); the arithmetic mean needs no bounds."""
    from spi_orchestration.index.ward import aggregate, bounded_score

    return aggregate(framework, bounded_score(values, framework.worst, framework.best)[0])[0]


def _tally_levels(
    tally: Tally,
    framework: Framework,
    indicators: list[_Indicator],
    made: dict,
    table: object,
    truth: np.ndarray,
) -> None:
    import pandas as pd

    assert isinstance(table, pd.DataFrame)
    scores = _unclipped(framework, truth)
    index = scores[:WARDS, -1]
    extremes = np.argsort(index)[[0, 1, -2, -1]]
    words = {2: "component", 3: "dimension", 4: "index"}
    grouped = {code: part for code, part in table.groupby("code", sort=False)}
    for node in framework.nodes:
        part = grouped[node.code]
        if node.level == 1:
            continue
        limits = [part[c].to_numpy() for c in ("low_80", "high_80", "low_95", "high_95")]
        own = scores[:, framework.position[node.code]]
        level = words[node.level]
        tally.add("level", f"{level}, wards", own[:WARDS], [x[:WARDS] for x in limits])
        tally.add("level", f"{level}, district", own[WARDS:], [x[WARDS:] for x in limits])
        tally.add("extreme wards", level, own[extremes], [x[extremes] for x in limits])
    for column, i in enumerate(indicators):
        part = grouped[i.code]
        limits = [part[f"value_{c}"].to_numpy() for c in ("low_80", "high_80", "low_95", "high_95")]
        own = truth[:, column]
        tally.add("level", "indicator value, wards", own[:WARDS], [x[:WARDS] for x in limits])
        tally.add("level", "indicator value, district", own[WARDS:], [x[WARDS:] for x in limits])
        tally.add("extreme wards", "indicator value", own[extremes], [x[extremes] for x in limits])
        tally.add("estimator", i.kind, own[:WARDS], [x[:WARDS] for x in limits])
        tally.add("district", i.kind, own[WARDS:], [x[WARDS:] for x in limits])
        if i.kind in ("mean", "median"):
            continue
        expected = made[i.code][2]
        for low, high, name in CLASSES:
            inside = np.flatnonzero((np.round(expected) >= low) & (np.round(expected) <= high))
            if len(inside):
                tally.add("expected count", name, own[inside], [x[inside] for x in limits])


def _tally_ranks(
    tally: Tally, table: str, row: str, draws: np.ndarray, point: np.ndarray, truth: np.ndarray
) -> None:
    """Rank sets at 95 %, and the ranks of the draws (80 and 95 %) for comparison."""
    found = rank_sets(draws, point, [str(i) for i in range(len(point))])
    true = stats.rankdata(-truth, method="average")
    ranks = stats.rankdata(-draws, axis=1)
    limits = np.quantile(ranks, [0.1, 0.9, 0.025, 0.975], axis=0)
    tally.add(table, f"{row}: pairwise rank sets", true, [found.low, found.high, found.low, found.high])
    tally.add(table, f"{row}: percentiles of drawn ranks", true, limits)


#: Estimators of counts of people, to which the control of the public study is applied.
CONTROLLED = ("proportion", "rate", "ratio")


def _control(x: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Published count and the smallest and largest it can stand for: 0; 1-7 one class; others to base 5."""
    rounded = 5 * np.round(x / 5)
    low = np.where(x == 0, 0, np.where(x <= 7, 1, np.maximum(rounded - 2, 8)))
    high = np.where(x == 0, 0, np.where(x <= 7, 7, rounded + 2))
    return np.where(x == 0, 0, np.where(x <= 7, 4, rounded)), low, high


def _tally_public(tally: Tally, samples: Samples, truth: np.ndarray, draws: int, seed: int) -> None:
    """Intervals of controlled values: the envelope over every count that the published class allows."""
    from dataclasses import replace

    framework = samples.framework
    shown = [dict(samples.counts) for _ in range(3)]
    for code, counts in samples.counts.items():
        if counts.model not in CONTROLLED or counts.dispersion != 1:
            continue
        for variant, x in zip(shown, _control(counts.numerator), strict=True):
            variant[code] = replace(
                counts, numerator=np.minimum(x, counts.denominator) if counts.model == "proportion" else x
            )
    public, low, high = (Samples(framework, samples.wards, s, samples.areas) for s in shown)
    out = propagate(public, draws, seed)
    table = widen(out.table, framework, low.values(), high.values())
    scores = score_array(framework, truth).array
    for level, name in ((1, "indicator score"), (2, "component"), (3, "dimension"), (4, "index")):
        for node in framework.level(level):
            part = table[table["code"] == node.code]
            limits = [part[c].to_numpy()[:WARDS] for c in ("low_80", "high_80", "low_95", "high_95")]
            if not np.isnan(limits[0]).any():
                tally.add("public", name, scores[:WARDS, framework.position[node.code]], limits)


def near_tie_study(replications: int = 600, draws: int = 1000, seed: int = SEED) -> Tally:
    """Coverage of rank sets where wards are nearly tied.

    22 wards whose true scores are a given share of one standard error apart; errors are normal and wards
    differ in their standard errors by up to a half.

    Args:
        replications: for each design.
        draws: in each.
        seed: of everything.
    """
    tally = Tally()
    for spacing in (0.02, 0.1, 0.5, 2.0):
        truth = spacing * np.arange(WARDS, dtype=float)
        for replication in range(replications):
            random = np.random.default_rng([seed, int(spacing * 1000), replication])
            error = random.uniform(0.75, 1.25, WARDS)
            point = truth + error * random.standard_normal(WARDS)
            made = point + error * random.standard_normal((draws, WARDS))
            _tally_ranks(tally, "near ties", f"{spacing:g} standard errors apart", made, point, truth)
    return tally


def sobol_study(samples: int = 4096, seed: int = 1) -> list[tuple[str, str, float, float, float, float]]:
    """Known Sobol indices and those found: (function, factor, first, found, total, found)."""
    a, b = 7.0, 0.1

    def ishigami(points: np.ndarray) -> np.ndarray:
        x = np.pi * (2 * points - 1)
        return np.sin(x[:, 0]) + a * np.sin(x[:, 1]) ** 2 + b * x[:, 2] ** 4 * np.sin(x[:, 0])

    variance = a**2 / 8 + b * np.pi**4 / 5 + b**2 * np.pi**8 / 18 + 0.5
    shared = 8 * b**2 * np.pi**8 / 225 / variance
    first = [0.5 * (1 + b * np.pi**4 / 5) ** 2 / variance, a**2 / 8 / variance, 0.0]
    total = [first[0] + shared, first[1], shared]
    found = sobol(ishigami, ["x1", "x2", "x3"], samples, seed)
    rows = [
        ("Ishigami", n, first[k], float(found.first[k]), total[k], float(found.total[k]))
        for k, n in enumerate(found.names)
    ]
    shape = np.array([0, 1, 4.5, 9, 99, 99])

    def g(points: np.ndarray) -> np.ndarray:
        return np.prod((np.abs(4 * points - 2) + shape) / (1 + shape), axis=1)

    parts = 1 / (3 * (1 + shape) ** 2)
    whole = np.prod(1 + parts) - 1
    alone = parts / whole
    joint = parts * np.prod(1 + parts) / (1 + parts) / whole
    found = sobol(g, [f"x{k + 1}" for k in range(6)], samples, seed)
    return rows + [
        ("Sobol G", n, float(alone[k]), float(found.first[k]), float(joint[k]), float(found.total[k]))
        for k, n in enumerate(found.names)
    ]


def weights_study(
    replications: int = 1000, seed: int = SEED
) -> list[tuple[int, float, str, float, float, float]]:
    """What two synthetic rows do to the fit of one component.

    Normal indicators, six to a component, with one correlation between all pairs; best and worst rows lie one
    standard deviation beyond the panel.

    Returns:
        rows (areas, correlation, rows used, share with alpha above 0.7, standard deviation of a weight, share
        of fits with a weight of the wrong sign).
    """
    from spi_orchestration.index import classic, diagnostics

    out = []
    for areas in (22, 220):
        for correlation in (0.0, 0.15, 0.3):
            found: dict[str, list[tuple[float, np.ndarray]]] = {"with best and worst rows": [], "without": []}
            for replication in range(replications):
                random = np.random.default_rng([seed, areas, int(correlation * 100), replication])
                shared = random.standard_normal((areas, 1))
                panel = np.sqrt(correlation) * shared + np.sqrt(1 - correlation) * random.standard_normal(
                    (areas, 6)
                )
                fit = classic.fit_component(panel, *classic.synthetic_bounds(panel))
                plain = diagnostics.diagnose(panel)
                found["with best and worst rows"].append((fit.alpha, fit.weights))
                found["without"].append((plain.alpha, np.array(plain.weights)))
            for name, fits in found.items():
                weights = np.array([w for _, w in fits])
                # Without any correlation weights can be of any size; the middle half is what is compared.
                spread = float(np.subtract(*np.quantile(weights, [0.75, 0.25]))) / 1.349
                high = float(np.mean([a > 0.7 for a, _ in fits]))
                out.append((areas, correlation, name, high, spread, float((weights < 0).any(axis=1).mean())))
    return out


def weights_page(replications: int = 1000, seed: int = SEED) -> str:
    """The page `docs/weights.md`."""
    lines = [
        "# What synthetic best and worst rows do to weights and reliability",
        "",
        f"Written by `python -m spi_orchestration.index.studies docs`; seed {seed}, {replications} made components a row,",
        "six indicators each, normal, with the same true correlation between all pairs.",
        "",
        "| areas | true correlation | rows | alpha above 0.7 | spread of a weight | fits with a wrong sign |",
        "|---:|---:|---|---:|---:|---:|",
        *[
            f"| {n} | {r:g} | {name} | {100 * high:.0f} % | {spread:.3f} | {100 * wrong:.0f} % |"
            for n, r, name, high, spread, wrong in weights_study(replications, seed)
        ],
        "",
        "The spread is the distance between the quartiles over 1.349; equal weights are 0.167 each. With 22 areas the",
        "two rows lie so far out that they alone make the correlations: every weight comes out near one sixth and alpha",
        "looks good even where the indicators have nothing in common.",
        "",
    ]
    return "\n".join(lines)


def _rows(tally: Tally, table: str, order: Iterable[str] | None = None) -> list[str]:
    found = tally.coverage(table)
    names = [n for n in order if n in found] if order else list(found)
    return [f"| {n} | {found[n][0]:,} | {100 * found[n][1]:.1f} | {100 * found[n][2]:.1f} |" for n in names]


def coverage_page(tally: Tally, replications: int, draws: int, seed: int) -> str:
    """The page `docs/coverage.md`."""
    head = ["| row | intervals | 80 % covers | 95 % covers |", "|---|---:|---:|---:|"]
    clipped = tally.rows["clipped", "draws of indicator scores"]
    lines = [
        "# Coverage of the intervals",
        "",
        f"Written by `python -m spi_orchestration.index.studies docs`; seed {seed}, {replications} made districts of",
        f"22 wards and 78 indicators, {draws} draws in each. The truth of an indicator is its mean latent rate over",
        "the window; the truth of a score is made of such rates. Values and scores are taken before clipping;",
        f"{100 * clipped[2] / clipped[0]:.1f} % of the drawn indicator scores lie beyond a bound and are counted here only.",
        "",
        "Wanted of 95 % intervals: 93 to 97 on average for component, dimension and index; 93 to 99 for indicator",
        "values, whose small counts are discrete; no row under 90.",
        "",
        "## By level",
        "",
        *head,
        *_rows(tally, "level"),
        "",
        "## Indicator values by expected count in the window",
        "",
        *head,
        *_rows(tally, "expected count", [c[2] for c in CLASSES]),
        "",
        "## Indicator values by estimator",
        "",
        *head,
        *_rows(tally, "estimator", [k[0] for k in KINDS]),
        "",
        "## Indicator values of the district by estimator",
        "",
        *head,
        *_rows(tally, "district", [k[0] for k in KINDS]),
        "",
        "`rate of events` has 2.5 as the variance of its count over its mean, known from distinct persons.",
        "",
        "## The two best and two worst wards by true index",
        "",
        *head,
        *_rows(tally, "extreme wards", ["indicator value", "component", "dimension", "index"]),
        "",
        "## Public intervals, over controlled counts",
        "",
        "Counts of people are published as 0, as one class of 1 to 7, or to base 5; a class enters at its fixed middle.",
        "Intervals are the envelope over every count of the class. Wanted: at least 95. Scores are clipped as published.",
        "",
        *head,
        *_rows(tally, "public"),
        "",
    ]
    return "\n".join(lines)


def ranks_page(made: Tally, ties: Tally, replications: int, tie_replications: int, seed: int) -> str:
    """The page `docs/ranks.md`."""
    lines = [
        "# Coverage of rank sets, and Sobol indices of known functions",
        "",
        f"Written by `python -m spi_orchestration.index.studies docs`; seed {seed}.",
        "",
        "Rank sets by pairwise comparison are what is published. The percentiles of drawn ranks are shown beside them",
        'as "most likely" only: among near-ties they cover too little.',
        "",
        f"Made districts: {replications}; near-tie designs: {tie_replications} each, 22 wards, true scores as far apart as",
        "the row says. Wanted of rank sets: at least 95 % on average and 90 % among near-ties.",
        "",
        "| design and method | ranks | 80 % covers | 95 % covers |",
        "|---|---:|---:|---:|",
        *[
            _no_80(r) if "pairwise" in n else r
            for n, r in zip(made.coverage("rank sets"), _rows(made, "rank sets"), strict=True)
        ],
        *[
            _no_80(r) if "pairwise" in n else r
            for n, r in zip(ties.coverage("near ties"), _rows(ties, "near ties"), strict=True)
        ],
        "",
        "## Sobol indices",
        "",
        "4,096 base samples. Wanted: within 0.03.",
        "",
        "| function | factor | first | found | total | found |",
        "|---|---|---:|---:|---:|---:|",
        *[f"| {f} | {n} | {a:.3f} | {b:.3f} | {c:.3f} | {d:.3f} |" for f, n, a, b, c, d in sobol_study()],
        "",
    ]
    return "\n".join(lines)


def _no_80(row: str) -> str:
    """A rank set is made at 95 % alone."""
    cells = row.split(" | ")
    cells[2] = "-"
    return " | ".join(cells)


def main() -> None:
    """Run the studies and write their pages."""
    parser = argparse.ArgumentParser(description=main.__doc__)
    parser.add_argument("folder", type=Path, help="folder of the pages, such as docs")
    parser.add_argument("--replications", type=int, default=400)
    parser.add_argument("--draws", type=int, default=600)
    parser.add_argument("--seed", type=int, default=SEED)
    options = parser.parse_args()

    def tell(done: int) -> None:
        if (done + 1) % 50 == 0:
            print(f"{done + 1} of {options.replications} districts", flush=True)

    made = coverage_study(options.replications, options.draws, options.seed, tell)
    ties_count = 600
    ties = near_tie_study(ties_count, seed=options.seed)
    pages = {
        "coverage.md": coverage_page(made, options.replications, options.draws, options.seed),
        "ranks.md": ranks_page(made, ties, options.replications, ties_count, options.seed),
        "weights.md": weights_page(seed=options.seed),
    }
    for name, text in pages.items():
        (options.folder / name).write_text(text, encoding="utf-8", newline="\n")
        print(f"wrote {options.folder / name}")


if __name__ == "__main__":
    main()
