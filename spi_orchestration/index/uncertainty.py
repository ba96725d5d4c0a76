"""Doubt from counts: draws of every value, score and rank, from the sampling model of each estimator.

Belongs here: sampling models, draws, and intervals of indicators, components, dimensions, index, district
and groups of wards. Does not belong here: which wards can be told apart (`ranks.py`), whether a change is
real (`change.py`), and doubt about method (`sensitivity.py`), which is never mixed with this.

What is estimated: the mean latent rate over the window of the indicator, and scores made from such rates.
Two uses of the same draws are kept apart, and the reason is measured in `docs/coverage.md`:

* an indicator's own interval comes from the posterior under Jeffreys' prior, which covers small counts well;
* scores are formed from the same draws moved so that their mean is the published value. A posterior mean
  lies half an event above the count; averaged over many small counts that bias would outgrow the interval.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np

from spi_orchestration.index.framework import Framework, FrameworkError
from spi_orchestration.index.ward import bounded_score, score_array

if TYPE_CHECKING:
    import pandas as pd

__all__ = [
    "ESTIMATORS",
    "NOT_ESTIMATED",
    "Accumulator",
    "Counts",
    "Intervals",
    "Samples",
    "draw_areas",
    "draw_counts",
    "overdispersion",
    "propagate",
    "stream",
    "widen",
]

#: Estimator -> whether it has a sampling model.
ESTIMATORS: Mapping[str, bool] = {
    "proportion": True,
    "proportion_open": True,
    "rate": True,
    "ratio": True,
    "dsr": True,
    "mean": True,
    "median": True,
    "survey": True,
    "published": False,
}

#: What an estimator is also called.
SYNONYMS = {
    "observed_expected": "ratio",
    "directly_standardised_rate": "dsr",
    "weighted_mean": "mean",
    "survey_share": "survey",
    "survey_opt_in": "survey",
    "proportion_closed": "proportion",
}

NOT_ESTIMATED = "not estimated"

#: Half an event: Jeffreys' prior for a count.
PRIOR = 0.5

#: Smallest design effect of a survey that is not a probability sample.
OPT_IN_DESIGN_EFFECT = 1.5


@dataclass(frozen=True)
class Counts:
    """What one indicator's values rest on, by ward, summed over the window.

    Attributes:
        numerator: events, persons with the trait, or for a mean the sum; shape (wards,); NaN is missing.
        denominator: persons, expected events, persons asked; shape (wards,).
        estimator: key of `ESTIMATORS` or of `SYNONYMS`.
        multiplier: units of value per numerator over denominator.
        dispersion: variance of the count over its mean; above 1 for events that come several to a person.
            For a survey its design effect.
        standard_error: of the value before the multiplier, shape (wards,); needed for `mean` and `median`,
            and for `dsr` the value's own standard error.
        window: what the counts rest on, such as `2023-2025`; draws of the same window are the same draws.
        parts: part of the window, such as a year -> (numerator, denominator), each of shape (wards,). Where
            given, each part is drawn by itself, so that windows that share a year share its draws. Used
            for changes; intervals of one edition do not need it.
    """

    numerator: np.ndarray
    denominator: np.ndarray
    estimator: str = "rate"
    multiplier: float = 1.0
    dispersion: float = 1.0
    standard_error: np.ndarray | None = None
    window: str = ""
    parts: Mapping[str, tuple[np.ndarray, np.ndarray]] = field(default_factory=dict)

    @property
    def model(self) -> str:
        """The estimator's key in `ESTIMATORS`."""
        name = SYNONYMS.get(self.estimator, self.estimator)
        if name not in ESTIMATORS:
            raise FrameworkError(
                [f"Unknown estimator {self.estimator!r}; expected one of {', '.join(ESTIMATORS)}."]
            )
        return name

    @property
    def spread(self) -> float:
        """Variance over mean that the draws use: at least 1.5 for a survey that is no probability sample."""
        least = OPT_IN_DESIGN_EFFECT if self.estimator == "survey_opt_in" else 0.0
        return max(self.dispersion, least)

    @property
    def estimated(self) -> bool:
        """Whether the indicator has a sampling model."""
        needs_error = self.model in ("mean", "median")
        return ESTIMATORS[self.model] and not (needs_error and self.standard_error is None)

    @property
    def value(self) -> np.ndarray:
        """Values, shape (wards,), in the indicator's unit."""
        with np.errstate(divide="ignore", invalid="ignore"):
            ratio = np.asarray(self.numerator, float) / np.asarray(self.denominator, float)
        return np.where(np.isfinite(ratio), self.multiplier * ratio, np.nan)


def stream(seed: int, *names: str) -> np.random.Generator:
    """A random stream of its own for each name: adding an indicator leaves the draws of others alone."""
    words = hashlib.sha256("\x1f".join(names).encode("utf-8")).digest()
    return np.random.default_rng([seed, *np.frombuffer(words[:16], dtype="<u4").tolist()])


def draw_counts(counts: Counts, draws: int, random: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
    """Draw the values of wards from the sampling model.

    Args:
        counts: what the values rest on.
        draws: number of draws.
        random: the stream.

    Returns:
        draws, shape (draws, wards), in the indicator's unit, NaN where a value is missing; and the exact mean
        of the model each was drawn from, shape (wards,). A value without a sampling model is drawn as itself.

    Models, with x events, n persons and dispersion f: `rate`, `ratio` and `proportion_open`:
    f Gamma(x / f + 1/2) / n; `proportion` and `survey`: Beta(x / f + 1/2, (n - x) / f + 1/2); `dsr` with
    value v and standard error e: (e^2 / v) Gamma(v^2 / e^2 + 1/2) (M. Fay and E. Feuer, Statistics in Medicine
    16, 1997), with the mean unit of the other wards where v is 0; `mean` and `median`: normal with the standard error given.
    """
    x = np.asarray(counts.numerator, dtype=float)
    n = np.asarray(counts.denominator, dtype=float)
    value = counts.value
    ok = ~np.isnan(value)
    out = np.full((draws, len(x)), np.nan)
    mean = value.copy()
    if not ok.any():
        return out, mean
    if not counts.estimated:
        out[:] = value
        return out, mean
    a, b, spread = x[ok], n[ok], counts.spread
    scale = counts.multiplier
    model = counts.model
    if model in ("mean", "median"):
        error = scale * np.asarray(counts.standard_error, dtype=float)[ok]
        out[:, ok] = value[ok] + error * random.standard_normal((draws, int(ok.sum())))
    elif model in ("proportion", "survey"):
        if ((a < 0) | (a > b + 1e-9)).any():
            raise ValueError(
                "A closed proportion has a numerator above its denominator; declare it proportion_open."
            )
        up, down = a / spread + PRIOR, np.maximum(b - a, 0) / spread + PRIOR
        out[:, ok] = scale * random.beta(up, down, (draws, len(a)))
        mean[ok] = scale * up / (up + down)
    elif model == "dsr" and counts.standard_error is not None:
        unit, shape = (part[ok] for part in _standardised(counts))
        out[:, ok] = unit * random.standard_gamma(shape + PRIOR, (draws, len(a)))
        mean[ok] = unit * (shape + PRIOR)
    else:
        unit = scale * spread / b
        out[:, ok] = unit * random.standard_gamma(a / spread + PRIOR, (draws, len(a)))
        mean[ok] = unit * (a / spread + PRIOR)
    return out, mean


def _standardised(counts: Counts) -> tuple[np.ndarray, np.ndarray]:
    """Unit and effective count of standardised rates, shape (wards,): value is unit times count."""
    value = counts.value
    error = counts.multiplier * np.asarray(counts.standard_error, dtype=float)
    with np.errstate(divide="ignore", invalid="ignore"):
        unit = error**2 / value
    usable = np.isfinite(unit) & (unit > 0)
    # Without an event there is no error to go by: the unit of the other wards stands in, by their size.
    size = np.asarray(counts.denominator, dtype=float)
    usual = float(np.mean((unit * size)[usable])) if usable.any() else abs(counts.multiplier)
    unit = np.where(usable, unit, usual / size)
    return unit, np.where(usable, value / unit, 0.0)


@dataclass(frozen=True)
class Samples:
    """What a build knows of each indicator, by ward.

    Attributes:
        framework: the framework.
        wards: ward codes, length W.
        counts: indicator -> counts; an indicator without an entry is missing everywhere.
        areas: area -> its wards; each ward is added by itself. The district and groups of wards go here.
        edition: name of the edition; the draws of one edition are apart from another's only where their
            windows differ.
    """

    framework: Framework
    wards: tuple[str, ...]
    counts: Mapping[str, Counts]
    areas: Mapping[str, Sequence[str]] = field(default_factory=dict)
    edition: str = ""

    @property
    def names(self) -> tuple[str, ...]:
        """Areas scored: wards first, then the others in the order given."""
        return (*self.wards, *(a for a in self.areas if a not in self.wards))

    def membership(self) -> np.ndarray:
        """Which ward is in which area, shape (areas, wards), 0 or 1.

        Raises:
            FrameworkError: an area holds an unknown ward or none.
        """
        position = {w: i for i, w in enumerate(self.wards)}
        out = np.zeros((len(self.names), len(self.wards)))
        for row, name in enumerate(self.names):
            members = [name] if name in position else list(self.areas[name])
            unknown = [m for m in members if m not in position]
            if unknown or not members:
                raise FrameworkError(
                    [f"Area {name} holds {', '.join(unknown) or 'no ward'}; expected wards of the edition."]
                )
            out[row, [position[m] for m in members]] = 1.0
        return out

    def area_counts(self, code: str) -> Counts | None:
        """Counts of one indicator summed over the wards of each area; wards without a value add neither.

        A median is not formed for an area of several wards.
        """
        counts = self.counts.get(code)
        if counts is None:
            return None
        member = self.membership()
        x, n = np.asarray(counts.numerator, float), np.asarray(counts.denominator, float)
        there = ~np.isnan(counts.value)
        sums = [member @ np.where(there, v, 0.0) for v in (x, n)]
        empty = member @ there.astype(float) == 0
        several = (member.sum(axis=1) > 1) & (counts.model == "median")
        error = None
        if counts.standard_error is not None:
            # Errors of wards are independent: variances of sums add up.
            variance = member @ np.where(there, (n * counts.standard_error) ** 2, 0.0)
            with np.errstate(divide="ignore", invalid="ignore"):
                error = np.sqrt(variance) / sums[1]
        return Counts(
            np.where(empty | several, np.nan, sums[0]),
            np.where(empty | several, np.nan, sums[1]),
            counts.estimator,
            counts.multiplier,
            counts.dispersion,
            error,
            counts.window,
        )

    def values(self) -> pd.DataFrame:
        """Values of all areas, one row an area, one column an indicator."""
        import pandas as pd

        table = {}
        for node in self.framework.indicators:
            counts = self.area_counts(node.code)
            table[node.code] = np.full(len(self.names), np.nan) if counts is None else counts.value
        return pd.DataFrame(table, index=pd.Index(self.names, name="area"))


def draw_areas(samples: Samples, code: str, draws: int, seed: int) -> tuple[np.ndarray, np.ndarray] | None:
    """Draws of one indicator for all areas.

    Args:
        samples: what is known.
        code: indicator.
        draws: number of draws.
        seed: of the whole analysis.

    Returns:
        draws for the indicator's own interval and draws centred on the published value, each of shape
        (draws, areas); `None` where nothing is known of the indicator. The draws of an area are made of its
        wards' draws, so a group of one ward has that ward's, and all wards the district's.
    """
    counts = samples.counts.get(code)
    if counts is None:
        return None
    member = samples.membership()
    wards = len(samples.wards)
    total = samples.area_counts(code)
    assert total is not None
    if counts.parts and counts.model in ("rate", "ratio", "proportion_open", "proportion", "survey"):
        own, mean = _draw_parts(counts, draws, seed, code)
    else:
        own, mean = draw_counts(counts, draws, stream(seed, code, counts.window))
    published = counts.value
    centred = own - (mean - published)
    there = ~np.isnan(published)
    weights = np.where(there, np.nan_to_num(counts.denominator), 0.0)
    rest = member[wards:] * weights
    sums = rest.sum(axis=1, keepdims=True)
    with np.errstate(divide="ignore", invalid="ignore"):
        rest = np.where(sums > 0, rest / sums, np.nan)
    areas = np.einsum("dw,aw->da", np.where(there, centred, 0.0), np.nan_to_num(rest))
    areas[:, np.isnan(total.value[wards:])] = np.nan
    middle = np.concatenate([centred, areas], axis=1)
    # The posterior mean of an area's own count, as if it had been one ward.
    shift = _model_mean(total) - total.value
    return _allowed(middle + shift, counts), middle


def _draw_parts(counts: Counts, draws: int, seed: int, code: str) -> tuple[np.ndarray, np.ndarray]:
    """As `draw_counts`, part by part: half an event of prior is shared out over the parts."""
    there = ~np.isnan(counts.value)
    out = np.zeros((draws, len(there)))
    mean = np.zeros(len(there))
    whole = np.where(there, counts.denominator, 1.0)
    prior = PRIOR / len(counts.parts)
    f = counts.spread
    for name in sorted(counts.parts):
        x, n = (np.nan_to_num(np.asarray(v, dtype=float)) for v in counts.parts[name])
        random = stream(seed, code, name)
        if counts.model in ("proportion", "survey"):
            up, down = x / f + prior, np.maximum(n - x, 0) / f + prior
            weight = counts.multiplier * n / whole
            drawn, middle = random.beta(up, down, (draws, len(x))), up / (up + down)
        else:
            weight = counts.multiplier * f / whole
            drawn, middle = random.standard_gamma(x / f + prior, (draws, len(x))), x / f + prior
        out += weight * drawn
        mean += weight * middle
    out[:, ~there] = np.nan
    return out, np.where(there, mean, np.nan)


def _model_mean(counts: Counts) -> np.ndarray:
    """Mean of the model of `draw_counts`, shape (areas,)."""
    value = counts.value
    if not counts.estimated or counts.model in ("mean", "median"):
        return value
    x, n = np.asarray(counts.numerator, float), np.asarray(counts.denominator, float)
    f = counts.spread
    with np.errstate(divide="ignore", invalid="ignore"):
        if counts.model in ("proportion", "survey"):
            return counts.multiplier * (x / f + PRIOR) / (n / f + 2 * PRIOR)
        if counts.model == "dsr" and counts.standard_error is not None:
            unit, shape = _standardised(counts)
            return unit * (shape + PRIOR)
        return counts.multiplier * f / n * (x / f + PRIOR)


def _allowed(values: np.ndarray, counts: Counts) -> np.ndarray:
    """Values held to what the indicator can be."""
    if not counts.estimated or counts.model in ("mean", "median"):
        return values
    top = abs(counts.multiplier) if counts.model in ("proportion", "survey") else np.inf
    return np.clip(values, 0.0, top)


@dataclass(frozen=True)
class Intervals:
    """Doubt about everything in one edition.

    Attributes:
        samples: what it was made from.
        draws: number of draws.
        seed: of the draws.
        table: rows `area`, `code`, `level`, `score`, `low_80`, `high_80`, `low_95`, `high_95`, and for
            indicators `value`, `value_low_80`, ... in their units; `doubt` is `sampling` or `not estimated`,
            for aggregates `sampling` where any part has a sampling model; `weight_estimated` is the share of
            the weight below a node that has one.
        scores: draws of aggregates by code, each of shape (draws, areas); centred, for ranks and changes.
        clipped: share of draws in which each indicator is beyond a bound, shape (areas, indicators).
    """

    samples: Samples
    draws: int
    seed: int
    table: pd.DataFrame
    scores: Mapping[str, np.ndarray]
    clipped: np.ndarray


LEVELS = (0.1, 0.9, 0.025, 0.975)
NAMES = ("low_80", "high_80", "low_95", "high_95")


def propagate(
    samples: Samples,
    draws: int = 10_000,
    seed: int = 2026,
    clip: bool = True,
    indicators: bool = True,
    watch: Callable[[str, np.ndarray, np.ndarray], None] | None = None,
) -> Intervals:
    """Draw everything and summarise it; indicator by indicator, so that memory stays small.

    Args:
        samples: what is known of each indicator.
        draws: number of draws.
        seed: of the draws; the same seed gives the same bytes.
        clip: whether scores beyond a bound are held at it, as published; coverage is studied without.
        indicators: whether intervals of indicators are wanted.
        watch: told each indicator's code and its two kinds of draws (`draw_areas`), so that what else is made
            from them need not draw again.

    Returns:
        intervals, and the draws of all aggregates.

    Raises:
        FrameworkError: an indicator without bounds is scored, or counts do not fit the wards.
    """
    import pandas as pd

    framework = samples.framework
    _check(samples)
    values = samples.values()
    point = score_array(framework, values.to_numpy(), samples.names)
    engine = Accumulator(framework, len(samples.names), draws)
    parts: list[pd.DataFrame] = []
    clipped = np.zeros((len(samples.names), len(framework.indicators)))
    estimated = {
        n.code: samples.counts[n.code].estimated if n.code in samples.counts else False
        for n in framework.indicators
    }
    for i, node in enumerate(framework.indicators):
        drawn = draw_areas(samples, node.code, draws, seed)
        if drawn is None:
            engine.add(node.code, None)
            continue
        own, centred = drawn
        if watch is not None:
            watch(node.code, own, centred)
        scores, beyond = bounded_score(centred, node.worst, node.best)
        clipped[:, i] = beyond.mean(axis=0)
        engine.add(node.code, np.clip(scores, 0, 100) if clip else scores)
        if indicators:
            parts.append(
                _indicator_rows(
                    samples,
                    node.code,
                    own,
                    point.array[:, i],
                    values[node.code].to_numpy(),
                    estimated[node.code],
                    clip,
                )
            )
    result = engine.finish()
    share = framework.share_of([code for code, flag in estimated.items() if flag])
    for node in framework.nodes:
        if node.level == 1:
            continue
        quantiles = _quantiles(result[node.code])
        parts.append(
            pd.DataFrame(
                {"area": samples.names, "code": node.code, "level": node.level, "score": point[node.code]}
                | dict(zip(NAMES, quantiles, strict=True))
                | {
                    "doubt": "sampling" if share[node.code] > 0 else NOT_ESTIMATED,
                    "weight_estimated": share[node.code],
                }
            )
        )
    table = pd.concat(parts, ignore_index=True)
    missing = table["score"].isna()
    table.loc[missing, list(NAMES)] = np.nan
    return Intervals(samples, draws, seed, table, result, clipped)


def _check(samples: Samples) -> None:
    problems = []
    known = {n.code for n in samples.framework.indicators}
    for code, counts in samples.counts.items():
        if code not in known:
            problems.append(f"Counts are given for {code}, which the framework lacks.")
        if len(counts.numerator) != len(samples.wards) or len(counts.denominator) != len(samples.wards):
            problems.append(
                f"{code}: counts of {len(counts.numerator)} wards; expected {len(samples.wards)}."
            )
        if not counts.dispersion > 0:
            problems.append(f"{code}: dispersion is {counts.dispersion:g}; expected a positive number.")
        if counts.model == "proportion":
            above = int((np.asarray(counts.numerator) > np.asarray(counts.denominator) + 1e-9).sum())
            if above:
                problems.append(
                    f"{code}: the numerator is above the denominator in {above} wards; expected at most equal in a "
                    "closed proportion. Correct the data, or declare the indicator proportion_open."
                )
    lacking = [n.code for n in samples.framework.indicators if n.scored and np.isnan(n.worst)]
    if lacking:
        problems.append(f"No bounds for {', '.join(lacking)}.")
    if problems:
        raise FrameworkError(problems)


def _quantiles(draws: np.ndarray) -> tuple[np.ndarray, ...]:
    """The four interval limits of draws, shape (draws, areas), each of shape (areas,)."""
    # Sorted by column in contiguous memory: much faster than a quantile over the first axis.
    ordered = np.sort(np.ascontiguousarray(draws.T), axis=1)
    last = ordered.shape[1] - 1
    out = []
    for level in LEVELS:
        at = level * last
        low = int(at)
        high = min(low + 1, last)
        out.append(ordered[:, low] + (ordered[:, high] - ordered[:, low]) * (at - low))
    return tuple(out)


def _indicator_rows(
    samples: Samples,
    code: str,
    own: np.ndarray,
    score: np.ndarray,
    value: np.ndarray,
    estimated: bool,
    clip: bool,
) -> pd.DataFrame:
    import pandas as pd

    node = samples.framework.node(code)
    limits = _quantiles(own) if estimated else (value,) * 4
    raw = [bounded_score(v, node.worst, node.best)[0] for v in limits]
    raw = [np.clip(r, 0, 100) for r in raw] if clip else raw
    if node.direction == -1:
        raw = [raw[1], raw[0], raw[3], raw[2]]
    columns: dict[str, object] = {
        "area": samples.names,
        "code": code,
        "level": 1,
        "score": score,
        "value": value,
    }
    columns |= dict(zip(NAMES, raw, strict=True))
    columns |= {
        f"value_{n}": v if estimated else np.full(len(value), np.nan)
        for n, v in zip(NAMES, limits, strict=True)
    }
    columns |= {"doubt": "sampling" if estimated else NOT_ESTIMATED, "weight_estimated": float(estimated)}
    frame = pd.DataFrame(columns)
    if not estimated:
        frame.loc[:, list(NAMES)] = np.nan
    return frame


class Accumulator:
    """Weighted generalised means of draws, one indicator at a time.

    Missing values are the same in all draws, so coverage is decided once per area. Holds two arrays of shape
    (draws, areas) per open level-2 parent and one per finished aggregate.
    """

    def __init__(self, framework: Framework, areas: int, draws: int) -> None:
        self.framework = framework
        self.shape = (draws, areas)
        self.sums: dict[str, np.ndarray] = {}
        self.weights: dict[str, np.ndarray] = {
            n.code: np.zeros(areas) for n in framework.nodes if n.level > 1
        }
        self.out: dict[str, np.ndarray] = {}

    def add(self, code: str, scores: np.ndarray | None) -> None:
        """Add the draws of one node (draws, areas) to its parent; `None` where nothing is known."""
        node = self.framework.node(code)
        weight = self.framework.effective[code]
        if scores is None or node.parent is None or (node.level == 1 and not node.scored):
            return
        order = self.framework.order(node.level + 1)
        present = ~np.isnan(scores[0])
        if order == 0:
            with np.errstate(divide="ignore"):
                term = np.log(scores)
        elif order == 1:
            term = scores
        else:
            with np.errstate(divide="ignore"):
                term = np.power(scores, order)
        term = weight * term if present.all() else weight * np.where(present, term, 0.0)
        if node.parent in self.sums:
            self.sums[node.parent] += term
        else:
            self.sums[node.parent] = term
        self.weights[node.parent] = self.weights[node.parent] + weight * present

    def finish(self) -> dict[str, np.ndarray]:
        """Draws of every aggregate by code."""
        framework = self.framework
        effective = framework.effective
        unscored: set[str] = set()
        for node in framework.nodes:
            if node.level == 1:
                continue
            children = [c for c in framework.children(node.code) if c.code not in unscored]
            if node.level == 2 and len(children) < framework.minimum_children:
                unscored.add(node.code)
            total = sum(effective[c.code] for c in children)
            if not children or node.code in unscored or node.code not in self.sums:
                self.out[node.code] = np.full(self.shape, np.nan)
                continue
            weight = self.weights[node.code]
            order = framework.order(node.level)
            with np.errstate(divide="ignore", invalid="ignore"):
                mean = self.sums.pop(node.code) / weight
                if order == 0:
                    mean = np.exp(mean)
                elif order != 1:
                    mean = mean ** (1 / order)
            enough = (weight / total >= framework.coverage - 1e-9) & (weight > 0)
            mean = mean if enough.all() else np.where(enough, mean, np.nan)
            self.out[node.code] = mean
            self.add(node.code, mean)
        return self.out


def overdispersion(events_per_person: np.ndarray) -> float:
    """Variance of a count of events over its mean, where events come several to a person.

    Args:
        events_per_person: number of events of each distinct person, each 1 or more.

    Returns:
        sum of squares over sum: 1 where nobody has more than one. If persons come as a Poisson count, this is
        the variance of the number of events over its mean.
    """
    m = np.asarray(events_per_person, dtype=float)
    return float((m**2).sum() / m.sum())


def widen(
    table: pd.DataFrame, framework: Framework, lowest: pd.DataFrame, highest: pd.DataFrame
) -> pd.DataFrame:
    """Public intervals: the envelope over every value that the published class allows.

    Args:
        table: `Intervals.table`, made from the published values.
        framework: the framework.
        lowest: smallest value that each published class can stand for; one row an area, one column an
            indicator.
        highest: largest value.

    Returns:
        the table with its limits moved out by the control error: from the score with every indicator at its
        worse end to the score with every indicator at its better end, each with the sampling error beyond it.
        A value outside its class would have to be drawn for the truth to lie beyond.
    """
    codes = [n.code for n in framework.indicators]
    up = np.array([n.direction == 1 for n in framework.indicators])
    areas = list(dict.fromkeys(table["area"]))
    low, high = (f.reindex(index=areas, columns=codes).to_numpy(dtype=float) for f in (lowest, highest))
    worse = score_array(framework, np.where(up, low, high), areas).frame().stack(future_stack=True)
    better = score_array(framework, np.where(up, high, low), areas).frame().stack(future_stack=True)
    keys = list(zip(table["area"], table["code"], strict=True))
    down = table["score"].to_numpy() - worse.reindex(keys).to_numpy()
    rise = better.reindex(keys).to_numpy() - table["score"].to_numpy()
    out = table.copy()
    for name in NAMES:
        moved = out[name] - down if name.startswith("low") else out[name] + rise
        out[name] = moved.clip(0, 100)
    return out
