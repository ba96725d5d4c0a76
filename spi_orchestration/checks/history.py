"""A delivery against the whole of its dataset's past: whether areas, columns and proportions are where they were.

Belongs here: statistics that need several earlier editions at once, and what the same statistics were for each
earlier edition against the others. Does not belong here: statistics of two neighbouring editions (`change.py`), making
a profile (`profile.py`), or limits (`config/limits.yml`).

An area is expected to be where it was in the mean of up to three editions before, scaled by the middle ratio of all
areas, so that growth of the whole district is no surprise. Residuals are taken on a scale on which chance is about the
same for small and large numbers (F. J. Anscombe 1948: twice the root of a count; logarithms of what is no count; the
arc sine of the root of a proportion) and divided by what earlier editions strayed from each other.
"""

from __future__ import annotations

import math
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from spi_orchestration.catalogue import Dataset
from spi_orchestration.checks.profile import Profile, Roles, roles_of, told

if TYPE_CHECKING:
    import numpy as np

__all__ = ["LIMITS", "Remark", "remarks"]

#: Names of the limits of these statistics.
LIMITS = frozenset({"fit_of_column", "one_from_past", "areas_exchanged", "one_proportion"})

#: Editions that form an expectation; older ones tell more of other times than of this.
REMEMBERED = 3
#: Fewer editions than this do not tell what is usual: of two, each is all there is to measure the other by.
FEWEST_EDITIONS = 3
#: Fewer areas than this have no order, and exchanging two of more than this was not looked for.
FEWEST_AREAS, MOST_AREAS = 8, 400
#: Smallest variance of a count, as a multiple of chance alone: few editions may by luck agree too well.
LEAST = 0.5
#: Whole numbers that stray by more than so many times chance, such as prices, are no counts.
MOST = 25.0
#: Two areas are called exchanged only if, put back, they are as near to their past as this, in mean squares.
PUT_BACK = 4.0
#: Median of a squared standard normal number.
_MEDIAN_SQUARE = 0.4549


@dataclass(frozen=True)
class Remark:
    """One statistic of a delivery against its past.

    Attributes:
        check: id of the check it belongs to.
        limit: name of its limit.
        column: contract column, or None.
        value: the statistic; larger is more different.
        past: the same of each earlier edition against the others.
        found: what it is, in words; no value of a cell.
    """

    check: str
    limit: str
    column: str | None
    value: float
    past: tuple[float, ...]
    found: str


@dataclass(frozen=True)
class _Numbers:
    """Numbers of the areas that all editions have, on the scale of each feature.

    Attributes:
        areas: what may be told of each area.
        columns: contract column of each feature; a feature is a quantity of one category.
        parts: what may be told of the category of each feature.
        counted: whether a feature counts.
        values: shape (editions, areas, features), the new edition last; NaN where withheld.
    """

    areas: tuple[str, ...]
    columns: tuple[str, ...]
    parts: tuple[str, ...]
    counted: np.ndarray
    values: np.ndarray


#: Area -> feature -> number.
_Table = dict[str, dict[tuple[Any, ...], float]]


def _by_area(roles: Roles, profile: Profile) -> _Table:
    """Area -> feature -> number. A feature is a quantity in one category, or the rows of a feed."""
    column = roles.area_columns[0] if len(roles.area_columns) == 1 else None
    out: _Table = {}
    if profile.cells and roles.identity and column in roles.identity:
        at = roles.identity.index(column)
        for place, numbers in profile.cells.items():
            rest = (*place[:at], *place[at + 1 :])
            mine = out.setdefault(place[at], {})
            mine.update({(name, *rest): value for name, value in numbers.items()})
        return out
    for area, numbers in profile.areas.items():
        wanted = roles.quantities if roles.tabled else ("rows",)
        out[area] = {(name,): numbers[name] for name in wanted if name in numbers}
    return out


def _groups(roles: Roles, tables: Sequence[_Table]) -> dict[int, list[str]]:
    """First edition from which a column has numbers in each -> the columns; a layout may bring new ones."""
    out: dict[int, list[str]] = {}
    for name in (*roles.quantities, "rows"):
        known = [any(feature[0] == name for cells in table.values() for feature in cells) for table in tables]
        if known[-1]:
            first = len(known) - next((at for at, one in enumerate(reversed(known)) if not one), len(known))
            out.setdefault(first, []).append(name)
    return out


def _numbers(dataset: Dataset, tables: Sequence[_Table], columns: Collection[str]) -> _Numbers | None:
    import numpy as np

    areas = [area for area in tables[-1] if all(area in table for table in tables)]
    if not FEWEST_AREAS <= len(areas) <= MOST_AREAS:
        return None
    known = [{f for area in areas for f in table[area] if f[0] in columns} for table in tables]
    features = sorted(set.intersection(*known), key=str)
    if not features:
        return None
    values = np.array([[[table[a].get(f, math.nan) for f in features] for a in areas] for table in tables])
    counted = np.array(
        [name == "rows" or dataset.columns[name].type == "integer" for name, *_ in features], dtype=bool
    )
    with np.errstate(invalid="ignore"):
        counted &= ~(values < 0).any(axis=(0, 1))
    enough = (~np.isnan(values)).sum(axis=1).min(axis=0) >= FEWEST_AREAS
    if not enough.any():
        return None
    kept = [feature for feature, wanted in zip(features, enough, strict=True) if wanted]
    return _Numbers(
        areas=tuple(told(dataset, area) for area in areas),
        columns=tuple(feature[0] for feature in kept),
        parts=tuple(told(dataset, feature[1:]) for feature in kept),
        counted=counted[enough],
        values=values[:, :, enough],
    )


def _middle(values: np.ndarray, axis: int) -> np.ndarray:
    """Medians that pass over NaN, without a warning where nothing else is there."""
    import numpy as np

    empty = np.isnan(values).all(axis=axis, keepdims=True)
    return np.nanmedian(np.where(empty, 0.0, values), axis=axis)


@dataclass(frozen=True)
class _Stand:
    """Where one edition stands against others, each array of shape (areas, features).

    Attributes:
        here: its numbers on the scale of the feature.
        there: what is expected.
    """

    here: np.ndarray
    there: np.ndarray

    @property
    def residual(self) -> np.ndarray:
        return self.here - self.there


def _stand(numbers: _Numbers, one: int, others: Sequence[int]) -> _Stand:
    import numpy as np

    new, old = numbers.values[one], numbers.values[list(others)]
    with np.errstate(invalid="ignore", divide="ignore"):
        # The middle ratio of all areas: one wild area does not make the others look wild.
        ratios = np.where((old > 0) & (new > 0), new / old, np.nan)
        scale = _middle(ratios, 1)[:, None, :]
        scale = np.where(np.isfinite(scale) & (scale > 0), scale, 1.0)
        seen = (~np.isnan(old)).sum(axis=0)
        expected = np.where(seen > 0, np.nansum(old * scale, axis=0) / np.maximum(seen, 1), np.nan)
        positive = (np.nan_to_num(new, nan=1.0) > 0).all(axis=0) & (np.nan_to_num(expected, nan=1.0) > 0).all(
            axis=0
        )

        def scaled(values: np.ndarray) -> np.ndarray:
            count = 2 * np.sqrt(np.maximum(values, 0) + 0.375)
            return np.where(numbers.counted, count, np.where(positive, np.log(values), values))

        return _Stand(scaled(new), scaled(expected))


def _variance(numbers: _Numbers, stands: Sequence[_Stand]) -> np.ndarray:
    """What earlier editions strayed from each other, by feature; the largest twentieth is left out."""
    import numpy as np

    squares = np.concatenate([stand.residual**2 for stand in stands], axis=0)
    known = np.where(np.isnan(squares), np.inf, squares)
    order = np.sort(known, axis=0)
    counts = np.isfinite(order).sum(axis=0)
    kept = np.maximum(np.ceil(counts * 0.95), 1)
    inside = np.arange(len(order))[:, None] < kept
    mean = np.where(inside & np.isfinite(order), order, 0.0).sum(axis=0) / kept
    spread = np.where(np.isnan(squares), 0.0, squares).max(axis=0)
    return np.maximum(mean, np.where(numbers.counted, LEAST, np.maximum(spread * 1e-3, 1e-9)))


@dataclass(frozen=True)
class _Fit:
    """How far the cells of a column are from their past, as squares in units of what is usual.

    Attributes:
        middle: the middle one.
        largest: the largest one.
        place: what may be told of its area and category.
    """

    middle: float
    largest: float
    place: str


def _fits(numbers: _Numbers, stand: _Stand, variance: np.ndarray) -> dict[str, _Fit]:
    """Column -> its fit, where enough of its cells can be compared."""
    import numpy as np

    squares = stand.residual**2 / variance
    out = {}
    for name in dict.fromkeys(numbers.columns):
        features = [at for at, column in enumerate(numbers.columns) if column == name]
        mine = squares[:, features]
        cells = mine[~np.isnan(mine)]
        if len(cells) >= FEWEST_AREAS:
            area, feature = divmod(int(np.nanargmax(mine)), len(features))
            words = [word for word in (numbers.areas[area], numbers.parts[features[feature]]) if word]
            out[name] = _Fit(
                float(np.median(cells)) / _MEDIAN_SQUARE, float(mine[area, feature]), ", ".join(words)
            )
    return out


def _exchanged(stand: _Stand, variance: np.ndarray) -> tuple[float, tuple[int, int]]:
    """How much nearer to the past the best pair of areas would be, were they exchanged, and which they are.

    The gain is 0 where no pair would fit.
    """
    import numpy as np

    known = ~(np.isnan(stand.here) | np.isnan(stand.there))
    weight = 1 / np.sqrt(variance)
    here = np.where(known, np.nan_to_num(stand.here) * weight, 0.0)
    there = np.where(known, np.nan_to_num(stand.there) * weight, 0.0)
    mask = known.astype(float)
    both = mask @ mask.T
    own = (here * there) @ mask.T
    cross = here @ there.T
    gain = -2 * (own + own.T - cross - cross.T)
    # Squared distance of each area to where every other was.
    apart = (here**2) @ mask.T - 2 * cross + mask @ (there**2).T
    left = (apart + apart.T) / np.maximum(2 * both, 1)
    gain = np.where((left <= PUT_BACK) & (both > 0), gain, 0.0)
    np.fill_diagonal(gain, 0.0)
    one, other = divmod(int(gain.argmax()), len(gain))
    return max(float(gain[one, other]), 0.0), (one, other)


def _proportions(dataset: Dataset, roles: Roles) -> list[tuple[str, str]]:
    """Pairs of columns of which one is a part of the other."""
    pairs = [(rule.column, rule.other) for rule in dataset.contract.rules if rule.kind == "not_above"]
    wanted = set(roles.quantities)
    return [
        (part, whole)
        for part, whole in dict.fromkeys(pairs)
        if part in wanted
        and whole in wanted
        and all(dataset.columns[name].type == "integer" for name in (part, whole))
    ]


def _odds(profile: Profile, part: str, whole: str) -> dict[tuple[Any, ...], tuple[float, float]]:
    """Cell, or area, -> (part, whole)."""
    found: Mapping[Any, Mapping[str, float]] = profile.cells or profile.areas
    out = {}
    for place, numbers in found.items():
        x, n = numbers.get(part), numbers.get(whole)
        if x is not None and n is not None and 0 <= x <= n and n > 0:
            out[place if isinstance(place, tuple) else (place,)] = (x, n)
    return out


def _strangest(
    new: Mapping[Any, tuple[float, float]], old: Sequence[Mapping[Any, tuple[float, float]]]
) -> tuple[float, Any] | None:
    """The largest squared change of a proportion, in units of chance, and its place; None for fewer than eight."""
    import numpy as np

    rows, places = [], []
    for place, (x, n) in new.items():
        before = [one[place] for one in old if place in one]
        if before:
            part, whole = (sum(pair[at] for pair in before) for at in (0, 1))
            shift = 2 * (math.asin(math.sqrt(x / n)) - math.asin(math.sqrt(part / whole)))
            rows.append((shift, 1 / n + 1 / whole))
            places.append(place)
    if len(rows) < FEWEST_AREAS:
        return None
    shifts, variances = (np.array(column) for column in zip(*rows, strict=True))
    squares = (shifts - np.median(shifts)) ** 2 / variances
    return float(squares.max()), places[int(squares.argmax())]


def _in(place: str) -> str:
    return place and f" ({place})"


def _others(count: int, one: int) -> list[int]:
    """The editions nearest to one of `count` earlier ones, as many as form an expectation."""
    return sorted((at for at in range(count) if at != one), key=lambda at: abs(at - one))[:REMEMBERED]


def _of_numbers(numbers: _Numbers) -> list[Remark]:
    """Columns, single areas, and pairs of areas."""
    count = len(numbers.values) - 1
    stands = [_stand(numbers, one, _others(count, one)) for one in range(count)]
    variance = _variance(numbers, stands)
    stand = _stand(numbers, count, range(count)[-REMEMBERED:])
    before = [_fits(numbers, one, variance) for one in stands]
    out = []
    for name, fit in _fits(numbers, stand, variance).items():
        column = None if name == "rows" else name
        past = [one[name] for one in before if name in one]
        found = f"areas and groups lie {math.sqrt(fit.middle):.1f} times as far from their past as is usual"
        middles = tuple(one.middle for one in past)
        out.append(Remark("change_areas", "fit_of_column", column, fit.middle, middles, found))
        features = [at for at, one in enumerate(numbers.columns) if one == name]
        if not (numbers.counted[features].all() and (variance[features] <= MOST).all()):
            # What is no count may hardly have moved at all, or now and then by much: chance is no measure of it.
            continue
        found = f"one of them{_in(fit.place)} lies {math.sqrt(fit.largest):.1f} times as far from its past as is usual"
        largest = tuple(one.largest for one in past)
        out.append(Remark("change_areas", "one_from_past", column, fit.largest, largest, found))
    gain, pair = _exchanged(stand, variance)
    gains = tuple(_exchanged(one, variance)[0] for one in stands)
    names = " and ".join(numbers.areas[at] for at in pair if numbers.areas[at])
    found = f"two areas{_in(names)} that each fit the past of the other much better than their own"
    out.append(Remark("change_areas", "areas_exchanged", None, gain, gains, found))
    return out


def remarks(dataset: Dataset, earlier: Sequence[Profile], new: Profile) -> list[Remark]:
    """What a delivery looks like against several earlier ones.

    Args:
        dataset: the dataset.
        earlier: profiles of accepted earlier editions that can be compared, oldest first; nothing is said of
            fewer than three.
        new: profile of the delivery in question.
    """
    if dataset.contract.refresh.cycle == "static" or dataset.contract.refresh.one_period:
        return []
    roles = roles_of(dataset)
    out: list[Remark] = []
    tables = [_by_area(roles, profile) for profile in (*earlier, new)]
    for first, columns in sorted(_groups(roles, tables).items()):
        if len(earlier) - first >= FEWEST_EDITIONS:
            numbers = _numbers(dataset, tables[first:], columns)
            out += _of_numbers(numbers) if numbers is not None else []
    for part, whole in _proportions(dataset, roles):
        odds = [_odds(profile, part, whole) for profile in (*earlier, new)]
        while odds and not odds[0]:
            odds = odds[1:]
        count = len(odds) - 1
        if count < FEWEST_EDITIONS:
            continue
        new_one = _strangest(odds[count], odds[:count][-REMEMBERED:])
        if new_one is not None:
            strangest, place = new_one
            others = (_strangest(odds[one], [odds[at] for at in _others(count, one)]) for one in range(count))
            past = tuple(one[0] for one in others if one is not None)
            found = (
                f"a share of {part} in {whole}{_in(told(dataset, place))} that moved "
                f"{math.sqrt(strangest):.1f} standard deviations"
            )
            out.append(Remark("change_areas", "one_proportion", part, strangest, past, found))
    return out
