"""The truth behind the sample: first a latent rate, then the counts that happened.

Belongs here: how the rate behind each measure is drawn by ward and single year, the counts drawn from
it, and writing both apart from the deliveries. Does not belong here: how a supplier would show them
(`datasets/`), or anything the pipeline does with them.

A ward's level is made of a deprivation-like factor shared by all measures and an effect of its own;
a smooth trend and a little noise carry it through the years. Each measure draws from a stream of its
own name, so adding a dataset leaves every other one as it was.
"""

from __future__ import annotations

import csv
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

import numpy as np

from spi_orchestration.sample.streams import stream
from spi_orchestration.sample.wards import YEARS, People, Ward

__all__ = ["OUTSIDE", "UNALLOCATED", "Control", "Outcome", "Series", "Truth", "draw_truth", "write_truth"]

#: In place of a ward code in the truth: units whose place nobody can tell, or that lie elsewhere.
UNALLOCATED, OUTSIDE = "unallocated", "outside"

_POPULATIONS = {
    "persons": (0, 90),
    "persons_0_15": (0, 15),
    "persons_0_17": (0, 17),
    "persons_16_plus": (16, 90),
    "persons_18_plus": (18, 90),
    "persons_19_plus": (19, 90),
    "persons_16_17": (16, 17),
    "persons_16_64": (16, 64),
    "persons_60_plus": (60, 90),
    "persons_65_plus": (65, 90),
}

#: Residents of an age group who could take part: those in communal establishments, or the prisoners among
#: them, are left out. Prisoners are counted whole, as the table of establishments knows no ages.
_AT_RISK = {
    "household_residents": ((0, 90), "communal_residents"),
    "household_residents_16_plus": ((16, 90), "communal_residents"),
    "free_residents": ((0, 90), "prisoners"),
    "free_residents_16_plus": ((16, 90), "prisoners"),
    "free_residents_16_64": ((16, 64), "prisoners"),
    "free_residents_18_plus": ((18, 90), "prisoners"),
    "free_residents_19_plus": ((19, 90), "prisoners"),
}


@dataclass(frozen=True)
class Control:
    """What the supplier does to small counts before sending them.

    Attributes:
        mark: text in place of a withheld count.
        low, high: counts that are withheld.
        base: other counts are rounded to this.
    """

    mark: str
    low: int
    high: int
    base: int = 1

    def value(self, count: int) -> int | None:
        """The count as delivered; None where withheld."""
        if self.low <= count <= self.high:
            return None
        return int(self.base * np.floor(count / self.base + 0.5))

    def text(self, count: int) -> str:
        """The cell as delivered."""
        value = self.value(count)
        return self.mark if value is None else str(value)


@dataclass(frozen=True)
class Series:
    """How one measure of a dataset is drawn.

    Attributes:
        measure: id, as in the catalogue.
        of: denominator: a population (`persons_16_plus`, `free_residents_16_plus`), `age:4-4`, `census:60-90` and `households`
            of the Census, `dwellings`, `councillors`, `one`, a count that the map gives, or an earlier
            measure of the same dataset.
        kind: `binomial`, `poisson`, `at_least` (the denominator and more), `exact` (the denominator
            itself), `percentage` (of an earlier measure in its own denominator), `level` (a value
            without counts), or `total` (the sum of a value over the units of the denominator).
        centre: district-wide latent rate (or level).
        plausible: lowest and highest latent rate.
        deprivation: correlation of a ward's level with the deprivation factor; negative falls with it.
        spread: standard deviation between wards, on the logit, log or plain scale of the kind.
        trend: change a year on the same scale.
        years: years that exist; outside them nothing happened or nothing was recorded.
        includes: an earlier measure whose units are all among these.
        control: what the supplier does to small counts.
        decimals: decimals of a level or percentage, as published.
        per: how many units of the denominator a percentage is for.
        scatter: standard deviation of the value of one unit of a total.
        step: smallest difference between totals.
        contested: exists only where wards were contested.
    """

    measure: str
    of: str
    kind: Literal["binomial", "poisson", "at_least", "exact", "percentage", "level", "total"]
    centre: float
    plausible: tuple[float, float]
    deprivation: float = 0.0
    spread: float = 0.25
    trend: float = 0.0
    years: tuple[int, ...] = YEARS
    includes: str | None = None
    control: Control | None = None
    decimals: int = 6
    per: float = 100
    scatter: float = 0.0
    step: float = 1.0
    contested: bool = False


@dataclass
class Outcome:
    """What was drawn for one measure; arrays of (ward, year), not-a-number where it does not exist."""

    series: Series
    rate: np.ndarray
    denominator: np.ndarray
    count: np.ndarray


@dataclass
class Truth:
    """All that was drawn.

    Attributes:
        wards: the ward table.
        people: residents and homes.
        deprivation: factor shared by all measures, one a ward, mean 0 and standard deviation 1.
        outcomes: by dataset and measure.
        given: counts that follow from the map, arrays of (ward, year) by name.
    """

    wards: list[Ward]
    people: People
    deprivation: np.ndarray
    outcomes: dict[tuple[str, str], Outcome] = field(default_factory=dict)
    given: Mapping[str, np.ndarray] = field(default_factory=dict)

    def counts(self, dataset: str, measure: str, year: int) -> np.ndarray:
        """Realised counts of one year, one a ward (not-a-number where there are none)."""
        return np.asarray(self.outcomes[dataset, measure].count[:, YEARS.index(year)])

    def whole(self, dataset: str, measure: str, year: int) -> np.ndarray:
        """Realised counts of one year as whole numbers; zero where there are none."""
        return np.nan_to_num(self.counts(dataset, measure, year)).astype(int)


def _link(value: np.ndarray | float, kind: str) -> np.ndarray:
    if kind == "binomial":
        return np.asarray(np.log(value / (1 - np.asarray(value))))
    if kind in {"level", "total"}:
        return np.asarray(value)
    return np.asarray(np.log(value))


def _unlink(value: np.ndarray, kind: str) -> np.ndarray:
    if kind == "binomial":
        return np.asarray(1 / (1 + np.exp(-value)))
    return value if kind in {"level", "total"} else np.asarray(np.exp(value))


def _rates(truth: Truth, series: Series, rng: np.random.Generator) -> np.ndarray:
    """Latent rates by ward and year."""
    wards = len(truth.wards)
    own = rng.standard_normal(wards)
    shared = series.deprivation * truth.deprivation + np.sqrt(1 - series.deprivation**2) * own
    slope = rng.normal(0, 0.04 * series.spread, wards)
    noise = rng.normal(0, 0.06 * series.spread, (wards, len(YEARS)))
    years = np.array(YEARS) - 2022
    level = _link(series.centre, series.kind) + series.spread * shared[:, None]
    rates = _unlink(level + (series.trend + slope)[:, None] * years + noise, series.kind)
    return np.asarray(rates.clip(*series.plausible))


def _denominator(truth: Truth, dataset: str, series: Series) -> np.ndarray:
    shape = (len(truth.wards), len(YEARS))
    if series.of in _POPULATIONS:
        return truth.people.ages(*_POPULATIONS[series.of]).astype(float)
    if series.of.startswith("age:"):
        first, last = series.of.removeprefix("age:").split("-")
        return truth.people.ages(int(first), int(last)).astype(float)
    if series.of.startswith("census:"):
        first, last = series.of.removeprefix("census:").split("-")
        residents = truth.people.census[:, int(first) : int(last) + 1].sum(axis=1)
        return np.broadcast_to(residents[:, None].astype(float), shape)
    if series.of in truth.given:
        return truth.given[series.of].astype(float)
    if series.of in _AT_RISK:
        ages, away = _AT_RISK[series.of]
        return (truth.people.ages(*ages) - truth.given[away]).clip(0).astype(float)
    if series.of == "households":
        return np.broadcast_to(truth.people.households[:, None].astype(float), shape)
    if series.of == "dwellings":
        return truth.people.dwellings.astype(float)
    if series.of == "one":
        return np.ones(shape)
    if series.of == "councillors":
        seats = np.array([float(ward.councillors) for ward in truth.wards])
        return np.broadcast_to(seats[:, None], shape)
    return truth.outcomes[dataset, series.of].count


def _draw(truth: Truth, dataset: str, series: Series, seed: int) -> Outcome:
    rng = stream(seed, "truth", dataset, series.measure)
    rate = _rates(truth, series, rng)
    denominator = _denominator(truth, dataset, series)
    whole = np.nan_to_num(denominator).astype(int)
    if series.kind == "exact":
        rate, count = np.ones_like(rate), denominator.astype(float)
    elif series.kind == "level":
        count = np.round(rate, series.decimals)
    elif series.kind == "percentage":
        part = truth.outcomes[dataset, series.of]
        rate = series.per * part.rate
        denominator = part.denominator
        count = np.round(series.per * part.count / part.denominator, series.decimals)
    elif series.kind == "total":
        units = np.nan_to_num(denominator)
        drawn = rng.normal(rate * units, series.scatter * np.sqrt(units))
        count = series.step * np.floor(drawn.clip(0) / series.step + 0.5)
    elif series.kind == "poisson":
        count = rng.poisson(rate * whole).astype(float)
    elif series.kind == "at_least":
        count = whole + rng.poisson((rate - 1) * whole).astype(float)
    elif series.includes:
        part = truth.outcomes[dataset, series.includes]
        inside = np.nan_to_num(part.count).astype(int)
        rest = ((rate - part.rate) / (1 - part.rate)).clip(0, 1)
        count = inside + rng.binomial(whole - inside, rest).astype(float)
    else:
        count = rng.binomial(whole, rate).astype(float)
    absent = ~np.isin(YEARS, series.years)[None, :] | np.isnan(denominator)
    if series.contested:
        free = [[year in ward.uncontested for year in YEARS] for ward in truth.wards]
        absent = absent | np.array(free)
    if series.kind == "at_least" and series.of == "seats":
        free = [[year in ward.uncontested for year in YEARS] for ward in truth.wards]
        count = np.where(free, whole, count)
    return Outcome(
        series,
        np.where(absent, np.nan, rate),
        np.where(absent, np.nan, denominator),
        np.where(absent, np.nan, count),
    )


def draw_truth(
    wards: list[Ward],
    people: People,
    series: Mapping[str, Iterable[Series]],
    seed: int,
    given: Mapping[str, np.ndarray] | None = None,
) -> Truth:
    """Draw the truth of every dataset.

    Args:
        wards: the ward table.
        people: residents and homes.
        series: dataset -> its measures, a denominator before what is counted of it.
        seed: seed of the sample.
        given: counts that follow from the map, arrays of (ward, year) by name.
    """
    factor = stream(seed, "deprivation").standard_normal(len(wards))
    truth = Truth(wards, people, (factor - factor.mean()) / factor.std(), given=given or {})
    for dataset, measures in series.items():
        for item in measures:
            truth.outcomes[dataset, item.measure] = _draw(truth, dataset, item, seed)
    return truth


_HEADER = [
    "dataset",
    "measure",
    "ward_code",
    "year",
    "latent_rate",
    "denominator_measure",
    "denominator",
    "numerator",
    "delivered",
    "first_edition",
]


def _number(value: float) -> str:
    if np.isnan(value):
        return ""
    return str(int(value)) if float(value).is_integer() else repr(float(value))


def write_truth(
    folder: Path,
    truth: Truth,
    first_edition: Mapping[tuple[str, int], int],
    withheld: set[tuple[str, str, str, int]],
    elsewhere: Mapping[tuple[str, str, str, int], int],
    sent_otherwise: Mapping[tuple[str, str, str, int], float] | None = None,
) -> list[Path]:
    """Write `truth.csv` and `truth.parquet`, apart from the deliveries.

    One row a dataset, measure, ward and year: `latent_rate` and `denominator` behind it, `numerator`
    what happened, `delivered` what the supplier sent of it (rounded; empty where withheld or never
    sent), `first_edition` the edition whose delivery first holds the year. Rows with `unallocated` or
    `outside` in place of a ward code count the units delivered without a place in the district.

    Args:
        folder: made if needed.
        truth: what was drawn.
        first_edition: (dataset, year) -> edition.
        withheld: (dataset, measure, ward code, year) that a supplier withheld by a rule of its own.
        elsewhere: (dataset, measure, `unallocated` or `outside`, year) -> units.
        sent_otherwise: (dataset, measure, ward code, year) -> what was sent, where the supplier's way of
            working gives another number than what happened.
    """
    rows: list[list[str]] = []
    for (dataset, measure), outcome in truth.outcomes.items():
        for w, ward in enumerate(truth.wards):
            for y, year in enumerate(YEARS):
                count = float(outcome.count[w, y])
                if np.isnan(count):
                    continue
                edition = first_edition.get((dataset, year))
                sent: float | None = count
                if outcome.series.control:
                    sent = outcome.series.control.value(int(count))
                sent = (sent_otherwise or {}).get((dataset, measure, ward.code, year), sent)
                if edition is None or (dataset, measure, ward.code, year) in withheld:
                    sent = None
                rows.append(
                    [
                        dataset,
                        measure,
                        ward.code,
                        str(year),
                        repr(round(float(outcome.rate[w, y]), 12)),
                        outcome.series.of,
                        _number(float(outcome.denominator[w, y])),
                        _number(count),
                        "" if sent is None else _number(sent),
                        "" if edition is None else str(edition),
                    ]
                )
    for (dataset, measure, place, year), units in sorted(elsewhere.items()):
        edition = first_edition.get((dataset, year))
        rows.append(
            [dataset, measure, place, str(year), "", "", "", str(units), str(units), str(edition or "")]
        )
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / "truth.csv"
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(_HEADER)
        writer.writerows(rows)
    return [path, _as_parquet(path)]


def _as_parquet(path: Path) -> Path:
    import duckdb

    target = path.with_suffix(".parquet")
    types = {
        "dataset": "varchar",
        "measure": "varchar",
        "ward_code": "varchar",
        "year": "integer",
        "latent_rate": "double",
        "denominator_measure": "varchar",
        "denominator": "double",
        "numerator": "double",
        "delivered": "double",
        "first_edition": "integer",
    }
    with duckdb.connect(":memory:", config={"threads": 1}) as connection:
        connection.read_csv(str(path), header=True, dtype=types).write_parquet(str(target))
    return target
