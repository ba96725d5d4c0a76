"""More than 200 wiring faults, each of which the comparison or the sign test must find.

A wiring fault is what a pipeline does wrong without stopping: it reads the wrong column, year, code
list or age band, turns a direction round, forgets a factor. Each is applied to a copy of the correct
results, or made anew from wrong inputs (with the real values of another year where there are any),
and must be seen. A fault that happens to change nothing is passed over and another one drawn. The
draw is seeded.

Belongs here: the faults, and that each is found. Does not belong here: faults of the files themselves,
which the contracts must find.
"""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property, partial
from itertools import combinations
from pathlib import Path
from statistics import fmean

import pytest

from tests.real.comparison import Independent, compare, direction_faults, release_rows, sign_faults
from tests.real.independent import (
    INDICATORS,
    IOD_2019,
    IOD_2025,
    MAINSTREAM,
    OFFENCES,
    SPECIAL,
    Geography,
    Inputs,
    Reading,
    Sums,
    compute,
    read_fuel_poverty,
    read_low_income,
    read_schools,
)
from tests.real.independent_scores import Bound, Framework, Scores, read_table, score

SEED = 20250504
FEWEST = 200
HERE = Path(__file__).resolve().parent
SEEDS = HERE.parents[1] / "dbt_project" / "seeds" / "framework"
SIGNS = read_table(HERE / "expected_sign.csv")

COUNTS = sorted(name for name, definition in INDICATORS.items() if definition.counts)
LSOA_2021 = [*IOD_2025, "employment_deprived_pct", "overcrowded_hh_pct", "bad_health_pct"]
LSOA_2021 += ["older_people_poverty_pct"]
LSOA_2011 = [*IOD_2019, "fuel_poverty_pct"]
DATASETS = {
    "mhclg_iod2025_indicators": [*IOD_2025, "older_people_poverty_pct"],
    "mhclg_iod2019_indicators": list(IOD_2019),
    "police_uk_street": list(OFFENCES),
    "hoc_local_elections": ["local_turnout_pct", "electoral_registration_pct"],
    "dfe_ks2_schools": ["ks2_reading_progress", "ks2_maths_progress"],
}

Rows = list[dict[str, object]]
#: What a fault does, and the release it leads to.
Fault = tuple[str, Callable[[], Rows]]


@dataclass(frozen=True)
class Bench:
    """The correct inputs and results, and the real values of other years."""

    inputs: Inputs
    geography: Geography
    framework: Framework
    truth: Independent
    fuel: Mapping[int, Mapping[str, tuple[float, float]]]
    low_income_2024: Mapping[str, float]
    all_schools: Sequence[tuple[str, float | None, float | None]]

    @property
    def wards(self) -> list[str]:
        return sorted(self.geography.wards)

    @property
    def sums(self) -> Mapping[tuple[str, str], Sums]:
        return self.truth.reading.sums

    @cached_property
    def flawless(self) -> Rows:
        return release_rows(self.truth.reading, self.truth.scores)

    def rows(self, reading: Reading, framework: Framework | None = None) -> Rows:
        """The release a pipeline with these values would write."""
        return release_rows(reading, Scores.of(reading, framework or self.framework))

    def replaced(self, sums: Mapping[tuple[str, str], Sums | None]) -> Rows:
        """The release with some values replaced; None takes one away."""
        merged = {**self.sums, **sums}
        kept = {key: item for key, item in merged.items() if item is not None}
        return self.rows(replace(self.truth.reading, sums=kept))

    def remade(
        self,
        indicator: str,
        inputs: Inputs | None = None,
        geography: Geography | None = None,
        wards: Sequence[str] = (),
    ) -> Rows:
        """The release with one indicator, in some or all wards, formed from wrong input or geography."""
        made = compute(inputs or self.inputs, geography or self.geography).sums
        return self.replaced({(indicator, ward): made.get((indicator, ward)) for ward in wards or self.wards})

    def scaled(self, indicator: str, top: float = 1, bottom: float = 1) -> Rows:
        """The release with numerator and denominator of one indicator multiplied."""
        return self.replaced(
            {
                key: replace(item, top=item.top * top, bottom=item.bottom * bottom)
                for key, item in self.sums.items()
                if key[0] == indicator
            }
        )


@pytest.fixture(scope="module")
def bench(
    real: Path, inputs: Inputs, geography: Geography, framework: Framework, independent: Independent
) -> Bench:
    books = {2019: "2019_Sub-Regional-Data-LILEE.xlsx", 2018: "2018_Sub-Regional-Data-LIHC.xlsx"}
    return Bench(
        inputs=inputs,
        geography=geography,
        framework=framework,
        truth=independent,
        fuel={
            year: read_fuel_poverty(real / "fuel_poverty" / name, geography.parts)
            for year, name in books.items()
        },
        low_income_2024=read_low_income(real, geography, 2024),
        all_schools=read_schools(real, geography, (MAINSTREAM, SPECIAL)),
    )


def polarity(bench: Bench) -> Iterator[Fault]:
    """Best and worst exchanged."""
    for name, bound in bench.framework.bounds.items():
        bounds = {**bench.framework.bounds, name: Bound(worst=bound.best, best=bound.worst)}
        framework = replace(bench.framework, bounds=bounds)
        yield name, partial(bench.rows, bench.truth.reading, framework)


def _swapped(bench: Bench, names: Sequence[str], one: str, other: str) -> Rows:
    pairs = [(one, other), (other, one)]
    return bench.replaced({(name, to): bench.sums.get((name, of)) for name in names for to, of in pairs})


def wards_of_an_indicator(bench: Bench) -> Iterator[Fault]:
    """Two wards exchanged for one indicator."""
    for name in INDICATORS:
        for one, other in combinations(bench.wards, 2):
            yield f"{name}: {one} {other}", partial(_swapped, bench, [name], one, other)


def wards_of_a_dataset(bench: Bench) -> Iterator[Fault]:
    """Two wards exchanged for every indicator of one dataset."""
    for dataset, names in DATASETS.items():
        for one, other in combinations(bench.wards, 2):
            yield f"{dataset}: {one} {other}", partial(_swapped, bench, names, one, other)


def _columns(bench: Bench, one: str, other: str) -> Rows:
    pairs = [(one, other), (other, one)]
    return bench.replaced(
        {(to, ward): bench.sums.get((of, ward)) for to, of in pairs for ward in bench.wards}
    )


def columns(bench: Bench) -> Iterator[Fault]:
    """The values of two indicators exchanged."""
    for one, other in combinations(INDICATORS, 2):
        yield f"{one} {other}", partial(_columns, bench, one, other)


def _misread(bench: Bench, name: str, field: str, right: str, wrong: str) -> Rows:
    table = getattr(bench.inputs, field)
    read = {lsoa: {**row, right: row[wrong]} for lsoa, row in table.items()}
    return bench.remade(name, replace(bench.inputs, **{field: read}))


def column_of_the_file(bench: Bench) -> Iterator[Fault]:
    """Another column of the same file of the Indices of Deprivation read in place of the right one."""
    for field, indicators in (("iod_2025", IOD_2025), ("iod_2019", IOD_2019)):
        names = sorted(next(iter(getattr(bench.inputs, field).values())))
        for name, (right, _) in indicators.items():
            for wrong in names:
                if wrong != right:
                    yield f"{name} from {wrong}", partial(_misread, bench, name, field, right, wrong)


def year(bench: Bench) -> Iterator[Fault]:
    """The real values of another year, in all wards or (a file replaced in part) in one."""
    for wards in [bench.wards, *([ward] for ward in bench.wards)]:
        where = "all wards" if len(wards) > 1 else wards[0]
        for when, fuel in bench.fuel.items():
            inputs = replace(bench.inputs, fuel=fuel)
            yield (
                f"fuel poverty of {when}, {where}",
                partial(bench.remade, "fuel_poverty_pct", inputs, wards=wards),
            )
        inputs = replace(bench.inputs, low_income=bench.low_income_2024)
        yield f"low income of 2024, {where}", partial(bench.remade, "child_poverty_pct", inputs, wards=wards)


def vintage(bench: Bench) -> Iterator[Fault]:
    """Codes of 2011 not carried to 2021: areas since split are lost, or only half of them is kept."""
    parts = bench.geography.parts
    kept = {
        "lost": {old: new for old, new in parts.items() if len(new) == 1},
        "first half": {old: dict(sorted(new.items())[:1]) for old, new in parts.items()},
        "second half": {old: dict(sorted(new.items())[-1:]) for old, new in parts.items()},
    }
    for name in LSOA_2011:
        for what, some in kept.items():
            geography = replace(bench.geography, parts=some)
            yield f"{name}: split areas, {what}", partial(bench.remade, name, None, geography)


def best_fit(bench: Bench) -> Iterator[Fault]:
    """Each LSOA given whole to one ward, as the best-fit lookup has it."""
    shares = {lsoa: {ward: 1.0} for lsoa, ward in bench.geography.best_fit.items()}
    geography = replace(bench.geography, shares=shares)
    for name in [*LSOA_2021, *LSOA_2011, "burglary_per_1000_hh"]:
        yield name, partial(bench.remade, name, None, geography)


def unweighted(bench: Bench) -> Iterator[Fault]:
    """LSOAs averaged as if each had the same residents."""
    parts = {old: dict.fromkeys(new, 1.0) for old, new in bench.geography.parts.items()}
    geography = replace(bench.geography, parts=parts)
    for name in [*LSOA_2021, *LSOA_2011]:
        yield name, partial(bench.remade, name, None, geography)


def _lsoas_swapped(bench: Bench, name: str, field: str, one: str, other: str) -> Rows:
    table = dict(getattr(bench.inputs, field))
    table[one], table[other] = table[other], table[one]
    return bench.remade(name, replace(bench.inputs, **{field: table}))


def lsoas(bench: Bench) -> Iterator[Fault]:
    """The rows of two LSOAs exchanged in one file."""
    files = [
        ("connectivity_score", "iod_2025"),
        ("gp_distance_km", "iod_2019"),
        ("employment_deprived_pct", "employment"),
        ("bad_health_pct", "health"),
        ("overcrowded_hh_pct", "occupancy"),
        ("fuel_poverty_pct", "fuel"),
    ]
    for name, field in files:
        for one, other in combinations(sorted(getattr(bench.inputs, field)), 2):
            yield f"{field}: {one} {other}", partial(_lsoas_swapped, bench, name, field, one, other)


def _upside_down(bench: Bench, name: str) -> Rows:
    return bench.replaced(
        {
            key: replace(item, top=item.bottom, bottom=item.top)
            for key, item in bench.sums.items()
            if key[0] == name and item.top
        }
    )


def upside_down(bench: Bench) -> Iterator[Fault]:
    """Numerator and denominator exchanged."""
    for name in COUNTS:
        yield name, partial(_upside_down, bench, name)


def annualisation(bench: Bench) -> Iterator[Fault]:
    """Seven months taken for a year, or made one by months, by calendar days or by a leap year."""
    right = 365 / 212
    wrong = {"forgotten": 1, "months": 12 / 7, "to September": 365 / 273, "leap year": 366 / 212}
    for name in OFFENCES:
        for what, factor in wrong.items():
            yield f"{name}: {what}", partial(bench.scaled, name, factor / right)


def _multiplied(bench: Bench, name: str, factor: float) -> Rows:
    rows = [dict(row) for row in bench.flawless]
    for row in rows:
        if row["indicator"] == name and row["value"] is not None:
            row["value"] = float(str(row["value"])) * factor
            row["score"] = score(row["value"], bench.framework.bounds[name])
    return rows


def multiplier(bench: Bench) -> Iterator[Fault]:
    """A share taken for a percentage, per thousand for per hundred, and the like."""
    for name in INDICATORS:
        for factor in (0.001, 0.01, 0.1, 10.0, 100.0, 1000.0):
            yield f"{name}: x {factor}", partial(_multiplied, bench, name, factor)


def _aged(bench: Bench, name: str, first: int, last: int) -> Rows:
    sums: dict[tuple[str, str], Sums | None] = {}
    for ward, ages in bench.inputs.population.items():
        if item := bench.sums.get((name, ward)):
            band = sum(ages[first : last + 1])
            top = item.top if INDICATORS[name].counts else item.top / item.bottom * band
            sums[name, ward] = Sums(top, band)
    return bench.replaced(sums)


def age_band(bench: Bench) -> Iterator[Fault]:
    """The population of other ages as denominator, or as the weight of a ward in the district."""
    for name in ("violence_per_1000", "asb_per_1000", "electoral_registration_pct"):
        for first, last in [(0, 15), (16, 90), (16, 64), (17, 90), (18, 64), (19, 90), (18, 89), (0, 89)]:
            yield f"{name}: {first} to {last}", partial(_aged, bench, name, first, last)
    for name in ("child_poverty_pct", "local_turnout_pct"):
        yield f"{name}: weight of a ward", partial(_aged, bench, name, 0, 15)
    everyone = {lsoa: (people, people) for lsoa, (people, _) in bench.inputs.residents.items()}
    yield (
        "older people: all ages",
        partial(bench.remade, "older_people_poverty_pct", replace(bench.inputs, residents=everyone)),
    )


def blanks(bench: Bench) -> Iterator[Fault]:
    """What is missing taken for zero."""
    inputs = bench.inputs
    older = "income_deprivation_affecting_older_people_index_idaopi_numerator"
    filled = {lsoa: {**row, older: row[older] or 0.0} for lsoa, row in inputs.iod_2025.items()}
    yield "older people", partial(bench.remade, "older_people_poverty_pct", replace(inputs, iod_2025=filled))
    schools = [(ward, reading or 0.0, maths or 0.0) for ward, reading, maths in inputs.schools]
    election = {**dict.fromkeys(bench.wards, (0.0, 0.0)), **inputs.election}
    for name in DATASETS["dfe_ks2_schools"]:
        yield name, partial(bench.remade, name, replace(inputs, schools=schools))
    for name in DATASETS["hoc_local_elections"]:
        yield name, partial(bench.remade, name, replace(inputs, election=election))


def records(bench: Bench) -> Iterator[Fault]:
    """Special schools counted among the schools of a ward."""
    for name in DATASETS["dfe_ks2_schools"]:
        yield name, partial(bench.remade, name, replace(bench.inputs, schools=bench.all_schools))


def _mean_of_wards(bench: Bench, name: str, area: str, wards: Sequence[str]) -> Rows:
    rows = [dict(row) for row in bench.flawless]
    values = {
        row["area_code"]: row["value"]
        for row in rows
        if row["indicator"] == name and row["value"] is not None
    }
    for row in rows:
        if row["indicator"] == name and row["area_code"] == area:
            row["value"] = fmean(float(str(values[ward])) for ward in wards if ward in values)
    return rows


def groups(bench: Bench) -> Iterator[Fault]:
    """The district or a group as the mean of its wards, not from summed counts and weights."""
    for area, wards in bench.truth.reading.areas.items():
        if len(wards) > 1:
            for name in INDICATORS:
                yield f"{name} of {area}", partial(_mean_of_wards, bench, name, area, wards)


#: Each kind of fault, and how many of it are drawn (fewer where there are fewer).
KINDS: dict[Callable[[Bench], Iterator[Fault]], int] = {
    polarity: 27,
    wards_of_an_indicator: 30,
    wards_of_a_dataset: 15,
    columns: 25,
    column_of_the_file: 20,
    year: 20,
    vintage: 21,
    best_fit: 20,
    unweighted: 12,
    lsoas: 20,
    upside_down: 8,
    annualisation: 12,
    multiplier: 20,
    age_band: 15,
    blanks: 5,
    records: 2,
    groups: 12,
}


@pytest.mark.real
def test_every_wiring_fault_is_found(bench: Bench):
    assert compare(bench.flawless, bench.truth) == []
    assert direction_faults(bench.flawless, SIGNS) == []
    draw = random.Random(SEED)
    applied: Counter[str] = Counter()
    unseen = []
    for kind, wanted in KINDS.items():
        faults = list(kind(bench))
        draw.shuffle(faults)
        for what, made in faults:
            if applied[kind.__name__] == wanted:
                break
            rows = made()
            if rows == bench.flawless:
                continue
            applied[kind.__name__] += 1
            if not compare(rows, bench.truth) and not direction_faults(rows, SIGNS):
                unseen.append(f"{kind.__name__}: {what}")
    assert unseen == []
    assert all(applied[kind.__name__] for kind in KINDS), applied
    assert applied.total() >= FEWEST, applied


@pytest.mark.parametrize("name", INDICATORS)
def test_every_direction_turned_round_in_the_framework_is_found(name: str):
    indicators, bounds = read_table(SEEDS / "open_indicator.csv"), read_table(SEEDS / "open_bounds.csv")
    other = {"lower": "higher", "higher": "lower"}
    turned = [
        {**row, "polarity": other[row["polarity"]]} if row["indicator"] == name else row for row in indicators
    ]
    exchanged = [
        {**row, "worst": row["best"], "best": row["worst"]} if row["indicator"] == name else row
        for row in bounds
    ]
    # The word alone, the bounds alone, and both (which agree with each other, and with nothing else).
    assert sign_faults(indicators, bounds, SIGNS) == []
    assert len(sign_faults(turned, bounds, SIGNS)) == 1
    assert len(sign_faults(indicators, exchanged, SIGNS)) == 1
    assert len(sign_faults(turned, exchanged, SIGNS)) == 2
