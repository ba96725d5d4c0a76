"""Change checks: a delivery against the earlier editions of its own dataset.

Belongs here: what is compared between two profiles, the limits, and the findings. Does not belong here:
making a profile (`profile.py`), statistics of several earlier editions at once (`history.py`), or which earlier
delivery serves as the reference (`assets/delivery.py`).

Every statistic is a number that grows with the difference. Its limit is the dataset's own past where there
is one: the largest difference between earlier neighbouring editions, times a margin, and never below a
floor. With fewer than two such pairs a wider default holds. Limits stand in `config/limits.yml`; a dataset
overrides one in `sources.yml` under `changes`, with the day and the reason.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from spi_orchestration.catalogue import Catalogue, Dataset
from spi_orchestration.checks import history
from spi_orchestration.checks.profile import Profile, Roles, points_of, roles_of, told

__all__ = ["Edition", "Surprise", "differences", "surprises"]

#: Fewer areas, cells or rows than this say nothing about order or shape.
FEWEST = 8
#: A number below this is too small for "exactly the same as last year" to mean anything.
TELLING = 20
#: Types of columns that measure rather than count.
MEASURED = frozenset({"number", "percent"})
#: So many rows do not move by a tenth through chance.
MANY = 1000
#: How many standard deviations of a count a change must be, besides being large.
STRONG = 5.0


@dataclass(frozen=True)
class Edition:
    """A delivery as the change checks see it.

    Attributes:
        edition: edition it is for.
        layout: id of its layout; across two layouts names, marks and units are not compared.
        profile: its figures.
        seen: differences to editions before it that were worked out already.
    """

    edition: int
    layout: str
    profile: Profile
    seen: dict[tuple[int, str], list[Difference]] = field(default_factory=dict, repr=False, compare=False)


@dataclass(frozen=True)
class Difference:
    """One statistic of two editions.

    Attributes:
        check: id of the check it belongs to.
        limit: name of its limit in `config/limits.yml`.
        column: contract column it is about, or None.
        value: the statistic; larger is more different.
        found: what it is, in words; no value of a cell.
    """

    check: str
    limit: str
    column: str | None
    value: float
    found: str


@dataclass(frozen=True)
class Surprise:
    """A difference beyond its limit."""

    check: str
    column: str | None
    expected: str
    found: str


def _log(new: float, old: float) -> float:
    """Size of a ratio, whichever way it goes; a change of sign, or from or to nothing, is the largest."""
    if new == old:
        return 0.0
    if new * old <= 0:
        return 99.0
    return abs(math.log(new / old))


def _ranks(values: Sequence[float]) -> list[float]:
    order = sorted(range(len(values)), key=values.__getitem__)
    ranks = [0.0] * len(values)
    at = 0
    while at < len(order):
        end = at
        while end + 1 < len(order) and values[order[end + 1]] == values[order[at]]:
            end += 1
        for place in range(at, end + 1):
            ranks[order[place]] = (at + end) / 2
        at = end + 1
    return ranks


def _rank_correlation(old: Sequence[float], new: Sequence[float]) -> float | None:
    """Spearman's rank correlation; None where one side does not vary."""
    a, b = _ranks(old), _ranks(new)
    mean = (len(a) - 1) / 2
    va, vb = sum((x - mean) ** 2 for x in a), sum((y - mean) ** 2 for y in b)
    if va <= 0 or vb <= 0:
        return None
    return sum((x - mean) * (y - mean) for x, y in zip(a, b, strict=True)) / math.sqrt(va * vb)


def _times(ratio: float) -> str:
    if ratio >= 1:
        return f"{ratio:.2f} times" if ratio < 10 else f"{ratio:.0f} times"
    return f"{ratio:.3f} of" if ratio < 0.1 else f"{ratio:.2f} of"


def _size(dataset: Dataset, roles: Roles, old: Profile, new: Profile) -> Iterator[Difference]:
    # A row a postcode or property is there while somebody lives in it; a row an area is always there.
    homes = any(dataset.columns[name].type in {"postcode", "uprn"} for name in roles.identity or ())
    lasting = (roles.tabled and not homes) or dataset.contract.refresh.one_period
    limit = "rows_of_tables" if lasting else "rows_of_feeds"
    if old.rows:
        yield Difference(
            "change_rows",
            limit,
            None,
            _log(new.rows, old.rows),
            f"{new.rows:,} rows of the period after {old.rows:,}",
        )
        if not lasting and min(new.rows, old.rows) >= MANY:
            yield Difference(
                "change_rows",
                "rows_of_steady_feeds",
                None,
                _log(new.rows, old.rows),
                f"{new.rows:,} rows of the period after {old.rows:,}, where the number hardly moved before",
            )
        if not dataset.contract.key:
            more = new.repeats / max(new.rows, 1) - old.repeats / old.rows
            yield Difference(
                "change_rows",
                "repeated_rows",
                None,
                max(more, 0.0),
                f"{new.repeats:,} rows that repeat another, after {old.repeats:,}",
            )


def _periods(roles: Roles, new: Profile) -> Iterator[Difference]:
    """Whether a table of several years has as many rows in each of them."""
    if roles.tabled and len(new.periods) > 1:
        fewest, most = min(new.periods), max(new.periods)
        found = f"{fewest:,} to {most:,} rows a period"
        yield Difference("change_rows", "rows_of_periods", None, 1 - fewest / most, found)


def _levels(dataset: Dataset, roles: Roles, old: Profile, new: Profile) -> Iterator[Difference]:
    for name in roles.quantities:
        a, b = old.columns[name], new.columns[name]
        if a.mean is None or b.mean is None or a.rows - a.blank - a.withheld < FEWEST:
            continue
        value = _log(b.mean, a.mean)
        if roles.tabled and dataset.columns[name].type == "integer" and min(a.mean, b.mean) >= 0:
            x, y = (
                one.mean * (one.rows - one.blank - one.withheld) for one in (a, b) if one.mean is not None
            )
            # Small totals jump by chance.
            value = value if abs(y - x) > 4 * math.sqrt(x + y + 1) else 0.0
        if a.mean == 0:
            # From nothing at all to something: no ratio can be formed, and the column came into use.
            continue
        words = f"a mean {_times(b.mean / a.mean)} that of the edition before"
        power = math.log10(b.mean / a.mean) if b.mean / a.mean > 0 else 0.0
        if b.mean * a.mean < 0:
            words = "a mean of the other sign"
        elif round(power) != 0 and abs(power - round(power)) < 0.12:
            words = f"numbers {_times(10.0 ** round(power))} the size; another unit?"
        yield Difference("change_level", "level", name, value, words)
        if a.top and b.top and (a.top >= TELLING or a.top != int(a.top)):
            larger = max(math.log(b.top / a.top), 0.0) if b.top > 0 and a.top > 0 else 0.0
            yield Difference("change_level", "top", name, larger, "a largest number far above that of before")


def _positions(dataset: Dataset, old: Profile, new: Profile) -> Iterator[Difference]:
    """Where the points lie in the middle: a district does not move."""
    for name in points_of(dataset):
        a, b = old.columns[name].middle, new.columns[name].middle
        if a and b and min(old.columns[name].rows, new.columns[name].rows) >= FEWEST:
            far = _log(b, a)
            yield Difference("change_areas", "position", name, far, "points that lie elsewhere than before")


def _fills(dataset: Dataset, old: Profile, new: Profile) -> Iterator[Difference]:
    for name, a in old.columns.items():
        b = new.columns[name]
        if not a.rows or not b.rows:
            continue
        for word, x, y in (
            ("blank", a.blank, b.blank),
            ("withheld", a.withheld, b.withheld),
            ("zero", a.zero, b.zero),
        ):
            if x == 0:
                # What is measured rather than counted is not suddenly nothing: there one zero is one too many.
                telling = word == "zero" and dataset.columns[name].type in MEASURED
                yield Difference(
                    "change_columns",
                    "came",
                    name,
                    float(y >= (1 if telling else 5)),
                    f"{y:,} cells {word}, after none",
                )
            if x == y == 0:
                continue
            before, after = x / a.rows, y / b.rows
            spread = math.sqrt(max(before * (1 - before), after * (1 - after)) * (1 / a.rows + 1 / b.rows))
            far = abs(after - before)
            found = f"{after:.0%} of cells {word}, after {before:.0%}"
            # Few rows make shares jump: only what chance cannot explain counts.
            yield Difference(
                "change_columns", "share_of_cells", name, far if far > 3.5 * spread else 0.0, found
            )
            if x >= 4 and y == 0:
                yield Difference(
                    "change_columns",
                    "vanished",
                    name,
                    min(before / 0.02, 1.0) * (1.0 if before > 3.5 * spread or x >= 8 else 0.0),
                    f"no cell {word} any more, after {before:.0%}",
                )
        if a.unmarked == 0:
            # Whoever has a mark for what is not known leaves no cell blank.
            found = f"{b.unmarked:,} cells blank and without a mark, after none"
            yield Difference("change_columns", "came_unmarked", name, float(b.unmarked > 0), found)
        if a.distinct > 2 and b.distinct <= 1 and b.rows >= FEWEST:
            yield Difference("change_columns", "constant", name, 1.0, "the same value in every row")


def _restated(name: str, old: Profile, new: Profile) -> Iterator[Difference]:
    """Share of all cells of a column that differ, for sets that are not expected to."""
    if name == "rows":
        return
    places = {*old.cells, *new.cells}
    other = sum(old.cells.get(place, {}).get(name) != new.cells.get(place, {}).get(name) for place in places)
    yield Difference(
        "change_unchanged",
        "restated",
        name,
        other / max(len(places), 1),
        f"{other:,} of {len(places):,} cells other than in the delivery before",
    )


def _shapes(dataset: Dataset, roles: Roles, old: Profile, new: Profile) -> Iterator[Difference]:
    """Order of areas, the area that moved most, and cells that did not move at all."""
    for name in ("rows", *roles.quantities):
        for places, where in (
            (_common(old.areas, new.areas, name), "areas"),
            (_common(old.cells, new.cells, name), "cells"),
        ):
            if len(places) < FEWEST:
                continue
            before = [a for a, _ in places.values()]
            after = [b for _, b in places.values()]
            if len(set(before)) > 2 or len(set(after)) > 2:
                rho = _rank_correlation(before, after)
                if rho is None and len(set(before)) > 2:
                    rho = 0.0
                if rho is not None:
                    yield Difference(
                        "change_areas",
                        f"order_of_{where}",
                        None if name == "rows" else name,
                        1 - rho,
                        f"{where} in another order than in the edition before (rank correlation {rho:.2f})",
                    )
            yield from _outliers(name, where, before, after, [told(dataset, place) for place in places])
            if where == "cells" and dataset.contract.refresh.one_period:
                yield from _restated(name, old, new)
            elif where == "cells":
                telling = [(a, b) for a, b in places.values() if abs(a) >= TELLING or a != int(a)]
                if len(telling) >= FEWEST:
                    same = sum(a == b for a, b in telling) / len(telling)
                    yield Difference(
                        "change_unchanged",
                        "unchanged",
                        name,
                        same,
                        f"{same:.0%} of cells exactly as in the edition before",
                    )
                    yield Difference(
                        "change_unchanged",
                        "restated",
                        name,
                        1 - same,
                        f"{1 - same:.0%} of cells other than in the edition before",
                    )


def _blocks(old: Profile, new: Profile) -> Iterator[Difference]:
    """Rows one after another that are the same as before: a part of the file before was left standing."""
    if len(new.lines) < FEWEST:
        return
    longest = run = 0
    for place, numbers in new.lines.items():
        known = any(number is not None for number in numbers)
        run = run + 1 if known and old.lines.get(place) == numbers else 0
        longest = max(longest, run)
    yield Difference(
        "change_unchanged",
        "run_unchanged",
        None,
        longest / len(new.lines),
        f"{longest:,} rows one after another exactly as in the edition before",
    )


def _moved_marks(roles: Roles, old: Profile, new: Profile) -> Iterator[Difference]:
    """Cells without a number that have one now: a column that moved against its keys takes its gaps along."""
    for name in roles.quantities:
        without = [place for place, cells in old.cells.items() if name not in cells and place in new.cells]
        if len(without) < FEWEST:
            continue
        moved = sum(name in new.cells[place] for place in without)
        yield Difference(
            "change_columns",
            "gaps_moved",
            name,
            moved / len(without),
            f"{moved:,} of {len(without):,} cells without a number have one now",
        )


def _recoded(dataset: Dataset, roles: Roles, old: Profile, new: Profile) -> Iterator[Difference]:
    """Codes in numbers, such as a status, that other keys have than before."""
    for name in roles.quantities:
        places = _common(old.cells, new.cells, name).values()
        if dataset.columns[name].type != "integer" or len(places) < FEWEST:
            continue
        moved = sum(a != b for a, b in places)
        found = f"{moved:,} of {len(places):,} keys with another number than before"
        yield Difference("change_attributes", "recoded", name, moved / len(places), found)


def _latest(roles: Roles, old: Profile, new: Profile) -> Iterator[Difference]:
    """Order of cells in the last of several periods; in their sum one wrong period hardly shows."""
    for name in roles.quantities:
        places = _common(old.last, new.last, name).values()
        if len(places) < FEWEST or len({a for a, _ in places}) <= 2:
            continue
        rho = _rank_correlation([a for a, _ in places], [b for _, b in places]) or 0.0
        yield Difference(
            "change_areas",
            "order_of_last",
            name,
            1 - rho,
            f"cells of the last period in another order than in the edition before (rank correlation {rho:.2f})",
        )


def _middle_ratio(dataset: Dataset, roles: Roles, old: Profile, new: Profile) -> Iterator[Difference]:
    """The middle ratio over the areas that are in both; the areas a file holds may be others than before."""
    for name in roles.quantities:
        cells = old.cells and new.cells
        places = (
            _common(old.cells, new.cells, name) if cells else _common(old.areas, new.areas, name)
        ).values()
        ratios = sorted(b / a for a, b in places if a > 0 and b > 0)
        if len(ratios) < FEWEST:
            continue
        middle = ratios[len(ratios) // 2]
        x, y = sum(a for a, _ in places), sum(b for _, b in places)
        chance = dataset.columns[name].type == "integer" and abs(y - x) <= 4 * math.sqrt(x + y + 1)
        yield Difference(
            "change_level",
            "level_of_areas",
            name,
            0.0 if chance else _log(middle, 1.0),
            f"a middle area {_times(middle)} its size in the edition before",
        )


def _common(
    old: Mapping[Any, Mapping[str, float]], new: Mapping[Any, Mapping[str, float]], name: str
) -> dict[Any, tuple[float, float]]:
    """Place -> its number before and now, for places that have both."""
    return {
        place: (cells[name], new[place][name])
        for place, cells in old.items()
        if name in cells and place in new and name in new[place]
    }


def _outliers(
    name: str, where: str, before: Sequence[float], after: Sequence[float], words: Sequence[str]
) -> Iterator[Difference]:
    total = sum(before)
    scale = sum(after) / total if total > 0 and sum(after) > 0 else 1.0
    # The middle ratio, so that one wild area does not make all others look wild.
    ratios = sorted(b / a for a, b in zip(before, after, strict=True) if a > 0 and b > 0)
    if len(ratios) >= FEWEST:
        scale = ratios[len(ratios) // 2]
    counts = all(x == int(x) for x in (*before, *after))
    worst, far, which = 0.0, 0, ""
    for a, b, word in zip(before, after, words, strict=True):
        expected = scale * a
        if b == expected:
            continue
        if a < 0 or b < 0:
            value = 99.0 if a * b < 0 and min(abs(a), abs(b)) >= 1 else 0.0
        elif counts:
            value = abs(math.log((b + 1) / (expected + 1)))
            strength = abs(b - expected) / math.sqrt(b + expected + 1)
            value = value if strength > STRONG else 0.0
        else:
            value = _log(b, expected) if min(a, b) > 0 else 0.0
        if value > 0.69:
            far += 1
        if value > worst:
            worst, which = value, word
    yield Difference(
        "change_areas",
        f"one_of_{where}",
        None if name == "rows" else name,
        worst,
        f"one of the {where}{which and f' ({which})'} changed by a factor of {math.exp(min(worst, 9.0)):.1f} more than the others"
        + (f", and {far - 1} more by over 2" if far > 1 else ""),
    )


def _mostly_other(before: Mapping[str, float], after: Collection[str]) -> bool:
    """Whether more than half of what was counted before stands under a name that is not there any more."""
    return sum(count for name, count in before.items() if name in after) < sum(before.values()) / 2


def _parts(dataset: Dataset, old: Profile, new: Profile, same_layout: bool) -> Iterator[Difference]:
    for name, before in old.parts.items():
        after = new.parts.get(name)
        if after is None:
            if same_layout and new.columns[name].distinct > 2 * len(before):
                yield Difference(
                    "change_parts",
                    "new_parts",
                    name,
                    1.0,
                    f"{new.columns[name].distinct} different texts, after {len(before)}",
                )
            continue
        x, y = sum(before.values()), sum(after.values()) or 1
        if not same_layout and _mostly_other(before, after):
            # Another layout mostly brings other words.
            continue
        spread = math.sqrt(len(before) / (4 * min(x, y)))
        far = sum(abs(before.get(k, 0) / x - after.get(k, 0) / y) for k in {*before, *after}) / 2
        gone = sum(count / x for value, count in before.items() if value not in after)
        come = sum(count / y for value, count in after.items() if value not in before)
        yield Difference(
            "change_parts",
            "mix",
            name,
            far if far > 2 * spread else 0.0,
            f"{far:.0%} of rows in another category than before",
        )
        for one in _outliers("rows", "parts", *_beside(dataset, before, after)):
            yield replace(one, check="change_parts", column=name)
        yield Difference("change_parts", "gone_parts", name, gone, f"categories of {gone:.0%} of rows gone")
        yield Difference("change_parts", "new_parts", name, come, f"{come:.0%} of rows in new categories")


def _beside(
    dataset: Dataset, old: Mapping[str, int], new: Mapping[str, int]
) -> tuple[list[float], list[float], list[str]]:
    """Numbers before and now of each part, and what may be told of its name."""
    names = sorted({*old, *new})
    before, after = ([float(counts.get(name, 0)) for name in names] for counts in (old, new))
    return before, after, [told(dataset, name) for name in names]


def _typical(dataset: Dataset, earlier: Sequence[Edition], new: Edition) -> Iterator[Difference]:
    """Rows of a feed against the middle of its past: the edition before may itself have been a low one."""
    if roles_of(dataset).tabled or dataset.contract.refresh.cycle == "static" or len(earlier) < 3:
        return
    counts = sorted(one.profile.rows for one in earlier)
    middle = counts[len(counts) // 2]
    yield Difference(
        "change_rows",
        "rows_of_feeds",
        None,
        _log(new.profile.rows, middle),
        f"{new.profile.rows:,} rows of the period; mostly there were about {middle:,}",
    )


def _months(dataset: Dataset, roles: Roles, old: Profile, new: Profile) -> Iterator[Difference]:
    if not old.months:
        return
    x, y = sum(old.months.values()), sum(new.months.values()) or 1
    gone = sum(count / x for month, count in old.months.items() if month not in new.months)
    far = (
        sum(abs(old.months.get(k, 0) / x - new.months.get(k, 0) / y) for k in {*old.months, *new.months}) / 2
    )
    spread = math.sqrt(len(old.months) / (4 * min(x, y)))
    for one in _outliers("rows", "months", *_beside(dataset, old.months, new.months)):
        yield replace(one, check="change_parts", column=roles.time)
    yield Difference(
        "change_parts", "gone_months", roles.time, gone, f"no rows in months that had {gone:.0%} of them"
    )
    yield Difference(
        "change_parts",
        "months",
        roles.time,
        far if far > 1.5 * spread else 0.0,
        f"{far:.0%} of rows in other months of the year",
    )


def _filled_down(old: Profile, new: Profile) -> Iterator[Difference]:
    for name, before in old.runs.items():
        if name in new.runs:
            more = max(new.runs[name] - before, 0.0)
            found = f"{new.runs[name]:.0%} of rows as the row above, after {before:.0%}"
            yield Difference("change_columns", "runs", name, more, found)


def _places(roles: Roles, old: Profile, new: Profile, same_layout: bool) -> Iterator[Difference]:
    column = roles.area_columns[0] if roles.area_columns else None
    if not old.areas or not new.areas:
        return
    if not same_layout and _mostly_other({a: c["rows"] for a, c in old.areas.items()}, new.areas):
        # Another layout may name areas otherwise.
        return
    before = sum(cells["rows"] for cells in old.areas.values())
    after = sum(cells["rows"] for cells in new.areas.values())
    gone = sum(cells["rows"] for area, cells in old.areas.items() if area not in new.areas) / before
    come = sum(cells["rows"] for area, cells in new.areas.items() if area not in old.areas) / after
    yield Difference("change_areas", "gone_areas", column, gone, f"areas with {gone:.1%} of rows gone")
    yield Difference(
        "change_areas", "new_areas", column, come, f"{come:.1%} of rows in areas not there before"
    )


def _keys(roles: Roles, old: Profile, new: Profile) -> Iterator[Difference]:
    if not old.keys or not new.keys:
        return
    common = len(old.keys & new.keys)
    kind = "of_tables" if roles.tabled else "of_feeds"
    lost, come = len(old.keys) - common, len(new.keys) - common
    yield Difference(
        "change_areas",
        f"gone_keys_{kind}",
        None,
        lost / len(old.keys),
        f"{lost:,} of {len(old.keys):,} keys gone",
    )
    yield Difference(
        "change_areas",
        f"new_keys_{kind}",
        None,
        come / len(new.keys),
        f"{come:,} of {len(new.keys):,} keys not there before",
    )


def _again(old: Profile, new: Profile) -> Iterator[Difference]:
    """Rows of a feed that stood in the edition before, in every column but the day."""
    if not old.rows_seen or not new.rows_seen:
        return
    again = len(old.rows_seen & new.rows_seen) / len(new.rows_seen)
    yield Difference(
        "change_unchanged", "rows_again", None, again, f"{again:.0%} of rows as in the edition before"
    )


def _lasting(old: Profile, new: Profile) -> Iterator[Difference]:
    for name, before in old.lasting.items():
        after = new.lasting.get(name, {})
        common = [thing for thing in before if thing in after]
        if not common or len(common) < len(before) / 4:
            continue
        moved = sum(before[thing] != after[thing] for thing in common)
        yield Difference(
            "change_attributes",
            "attributes",
            name,
            moved / len(common),
            f"{moved:,} of {len(common):,} keys with another value than before",
        )


def _whole_again(dataset: Dataset, earlier: Sequence[Edition], new: Edition) -> Iterator[Difference]:
    """A delivery whose rows are those of an earlier one, whatever their years say."""
    if dataset.contract.refresh.one_period:
        return
    same = [one.edition for one in earlier if one.profile.digest == new.profile.digest]
    words = f"the rows of edition {same[-1]} again, under another name or period" if same else ""
    yield Difference("change_unchanged", "whole_again", None, float(bool(same)), words)


def _turned(earlier: Sequence[Edition], new: Edition) -> Iterator[Difference]:
    """Marks that are gone altogether, while more cells than ever are zero or blank."""
    for name, now in new.profile.columns.items():
        past = [one.profile.columns[name] for one in earlier]
        absent = now.blank == now.rows  # The layout has no such column any more.
        if absent or now.withheld or not any(one.withheld for one in past):
            continue
        for word, count, most in (
            ("zero", now.zero, max(one.zero for one in past)),
            ("blank", now.blank, max(one.blank for one in past)),
        ):
            found = (
                f"{count:,} cells {word} and none withheld; there were at most {most:,}, and withheld ones"
            )
            yield Difference("change_columns", "turned", name, float(count > most), found)


def differences(dataset: Dataset, old: Edition, new: Edition) -> list[Difference]:
    """Every statistic of two editions of a dataset, the older one first."""
    known = new.seen.get((old.edition, old.layout))
    if known is not None:
        return known
    roles = roles_of(dataset)
    a, b = old.profile, new.profile
    same_layout = old.layout == new.layout
    broken = not same_layout and dataset.layout(new.edition, new.layout).method_break is not None
    out = [
        *_size(dataset, roles, a, b),
        # Across a break of method the catalogue itself says that figures are not comparable.
        *([] if broken else _levels(dataset, roles, a, b)),
        *_shapes(dataset, roles, a, b),
    ]
    out += [
        *_parts(dataset, a, b, same_layout),
        *_months(dataset, roles, a, b),
        *_positions(dataset, a, b),
        *_again(a, b),
    ]
    out += [*_places(roles, a, b, same_layout), *([] if broken else _middle_ratio(dataset, roles, a, b))]
    out += _latest(roles, a, b)
    if not dataset.contract.refresh.one_period:
        out += _blocks(a, b)
        out += _recoded(dataset, roles, a, b) if dataset.contract.refresh.cycle == "static" else []
    if same_layout:
        out += [*_fills(dataset, a, b), *_keys(roles, a, b), *_lasting(a, b)]
        out += [*_filled_down(a, b), *_moved_marks(roles, a, b), *_periods(roles, b)]
    if roles.time and b.rows:
        share = b.outside / b.rows
        out.append(
            Difference("change_parts", "outside", roles.time, share, f"{b.outside:,} rows outside the period")
        )
    new.seen[(old.edition, old.layout)] = out
    return out


def _excused(dataset: Dataset, one: Difference, new: Edition) -> bool:
    """Whether a limit for that very edition explains the difference: what was an exception is no past."""
    return any(
        one.limit in change.limits
        and change.column in {None, one.column}
        and (new.edition in change.editions or new.edition - 1 in change.editions)
        for change in dataset.contract.changes
    )


def limit_of(
    dataset: Dataset, catalogue: Catalogue, one: Difference, new: Edition, past: Sequence[float]
) -> float | None:
    """The limit of a statistic; None where it does not count.

    Args:
        dataset: may have a limit of its own.
        catalogue: holds the general ones.
        one: the statistic.
        new: the newer edition.
        past: the same statistic of earlier neighbouring editions.
    """
    for change in dataset.contract.changes:
        mine = change.column in {None, one.column} and (not change.editions or new.edition in change.editions)
        if one.limit in change.limits and mine:
            return change.value
    limit = catalogue.limits[one.limit]
    refresh = dataset.contract.refresh
    if refresh.cycle == "static" and (refresh.one_period or limit.static is None):
        return limit.static
    worst = max(past, default=0.0)
    if limit.steady is not None and (len(past) < 2 or worst > limit.steady):
        return None
    own = limit.margin * worst + limit.step
    if len(past) < 2:
        return None if limit.first is None else max(limit.first, own)
    return max(limit.floor, own)


def _comparable(dataset: Dataset, earlier: Sequence[Edition], new: Edition) -> list[Profile]:
    """Earlier editions that form a past: none from before a change of method, and none that was an exception."""
    out: list[Profile] = []
    later = new
    for one in reversed(earlier):
        if (
            later.layout != one.layout
            and dataset.layout(later.edition, later.layout).method_break is not None
        ):
            break
        later = one
        exceptions = (change for change in dataset.contract.changes if history.LIMITS & set(change.limits))
        if not any(one.edition in change.editions for change in exceptions):
            out.append(one.profile)
    return out[::-1]


def surprises(
    dataset: Dataset, catalogue: Catalogue, earlier: Sequence[Edition], new: Edition
) -> list[Surprise]:
    """Differences to the edition before that lie beyond their limits.

    Args:
        dataset: the dataset.
        catalogue: holds the limits.
        earlier: accepted earlier editions, oldest first; none means that nothing can be compared.
        new: the delivery in question.
    """
    if not earlier:
        return []
    past: dict[tuple[str, str | None], list[float]] = {}
    for old, later in itertools.pairwise(earlier):
        for one in differences(dataset, old, later):
            if not _excused(dataset, one, later):
                past.setdefault((one.limit, one.column), []).append(one.value)
    found: dict[tuple[str, str | None], Surprise] = {}
    for remark in history.remarks(dataset, _comparable(dataset, earlier, new), new.profile):
        one = Difference(remark.check, remark.limit, remark.column, remark.value, remark.found)
        limit = limit_of(dataset, catalogue, one, new, remark.past)
        if limit is not None and one.value > limit:
            found.setdefault(
                (one.check, one.column),
                Surprise(one.check, one.column, catalogue.limits[one.limit].words, one.found),
            )
    typical = list(_typical(dataset, earlier, new))
    ever = [*_whole_again(dataset, earlier, new), *_turned(earlier, new)]
    for one in [*differences(dataset, earlier[-1], new), *typical, *ever]:
        limit = limit_of(dataset, catalogue, one, new, past.get((one.limit, one.column), ()))
        if one in typical and limit is not None:
            # What the past itself strays from its middle is no surprise; how it goes up and down is not asked.
            limit = catalogue.limits[one.limit].floor if limit else limit
        if limit is None or one.value <= limit + 1e-12:
            continue
        key = (one.check, one.column)
        if key not in found:
            found[key] = Surprise(one.check, one.column, catalogue.limits[one.limit].words, one.found)
    return list(found.values())
