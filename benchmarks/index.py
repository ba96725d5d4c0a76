"""How fast the index is: draws of the full index, and scoring of thousands of wards beside plain pandas.

Run: `OMP_NUM_THREADS=1 python -m benchmarks.index`. Ratios are taken within one run on one machine; seconds
alone say more about the machine. `--check` ends with an error where an aim is missed.
"""

from __future__ import annotations

import argparse
import json
import platform
import sys
import time
import tracemalloc

import numpy as np
import pandas as pd

from spi_orchestration.index.framework import Framework
from spi_orchestration.index.uncertainty import Counts, Samples, propagate
from spi_orchestration.index.ward import score, score_array

INDICATORS, COMPONENTS, DIMENSIONS = 78, 12, 3
DRAWS, WARDS = 10_000, 22
MANY_WARDS, EDITIONS = 7_000, 5
AIM_SECONDS, AIM_MEGABYTES = 2.0, 500.0


def framework() -> Framework:
    rows: list[dict[str, object]] = [
        {
            "code": f"i{i:02d}",
            "parent": f"c{i % COMPONENTS:02d}",
            "direction": -1 if i % 2 else 1,
            "worst": 100 if i % 2 else 0,
            "best": 0 if i % 2 else 100,
            "weight": 1 + i % 3,
        }
        for i in range(INDICATORS)
    ]
    rows += [{"code": f"c{c:02d}", "parent": f"d{c % DIMENSIONS}"} for c in range(COMPONENTS)]
    rows += [{"code": f"d{d}", "parent": "index"} for d in range(DIMENSIONS)]
    rows.append({"code": "index"})
    return Framework.from_rows(rows)


def samples() -> Samples:
    random = np.random.default_rng(1)
    people = random.integers(2_400, 7_400, WARDS).astype(float)
    counts = {}
    for i in range(INDICATORS):
        share = random.uniform(0.1, 0.6)
        events = random.binomial(people.astype(int), share).astype(float)
        counts[f"i{i:02d}"] = Counts(events, people, ("proportion", "rate", "ratio")[i % 3], 100.0)
    wards = tuple(f"W{w:02d}" for w in range(WARDS))
    return Samples(framework(), wards, counts, {"district": wards})


def plain_pandas(method: Framework, rows: pd.DataFrame) -> pd.Series:
    """The same scores as one would write them with merges and group-bys on a long table."""
    meta = pd.DataFrame(
        [(n.code, n.parent, n.weight, n.worst, n.best) for n in method.indicators],
        columns=["code", "parent", "weight", "worst", "best"],
    )
    table = rows.merge(meta, on="code")
    table["score"] = (100 * (table["value"] - table["worst"]) / (table["best"] - table["worst"])).clip(0, 100)
    for level in range(2, method.depth + 1):
        table["part"] = table["score"] * table["weight"]
        table["seen"] = table["weight"].where(table["score"].notna(), 0.0)
        grouped = table.groupby(["edition", "area", "parent"])[["part", "seen", "weight"]].sum().reset_index()
        grouped["score"] = (grouped["part"] / grouped["seen"]).where(
            grouped["seen"] / grouped["weight"] >= method.coverage - 1e-9
        )
        if level == method.depth:
            return grouped.set_index(["edition", "area"])["score"]
        above = pd.DataFrame(
            [(n.code, n.parent, n.weight) for n in method.level(level)], columns=["parent", "next", "own"]
        )
        table = grouped.merge(above, on="parent")[["edition", "area", "next", "own", "score"]]
        table = table.rename(columns={"next": "parent", "own": "weight"})
    raise AssertionError


def best_of(function, times: int = 3) -> float:
    seconds = []
    for _ in range(times):
        start = time.perf_counter()
        function()
        seconds.append(time.perf_counter() - start)
    return min(seconds)


def measure() -> dict[str, object]:
    made = samples()
    seconds = best_of(lambda: propagate(made, DRAWS))
    tracemalloc.start()
    propagate(made, DRAWS)
    peak = tracemalloc.get_traced_memory()[1] / 1e6
    tracemalloc.stop()

    method = framework()
    random = np.random.default_rng(2)
    values = random.uniform(-5, 105, (EDITIONS, MANY_WARDS, INDICATORS))
    values[random.uniform(size=values.shape) < 0.05] = np.nan
    codes = [n.code for n in method.indicators]
    areas = [f"E{w:05d}" for w in range(MANY_WARDS)]
    frames = [pd.DataFrame(v, index=areas, columns=codes) for v in values]
    long = pd.concat(
        [
            f.rename_axis("area").reset_index().melt("area", var_name="code").assign(edition=e)
            for e, f in enumerate(frames)
        ]
    )
    by_array = best_of(lambda: [score_array(method, v) for v in values])
    by_frame = best_of(lambda: [score(method, f) for f in frames])
    by_pandas = best_of(lambda: plain_pandas(method, long), 2)
    expected = plain_pandas(method, long)
    found = np.concatenate([score(method, f).index for f in frames])
    wanted = np.concatenate([expected.loc[e].reindex(areas).to_numpy() for e in range(EDITIONS)])
    difference = float(np.nanmax(np.abs(found - wanted)))
    if not difference < 1e-9:
        raise AssertionError(f"The two ways of scoring differ by {difference:g}.")
    return {
        "python": platform.python_version(),
        "numpy": np.__version__,
        "pandas": pd.__version__,
        "draws": {
            "draws": DRAWS,
            "indicators": INDICATORS,
            "wards": WARDS,
            "seconds": round(seconds, 3),
            "peak_megabytes": round(peak, 1),
        },
        "scoring": {
            "values": values.size,
            "array_seconds": round(by_array, 3),
            "frame_seconds": round(by_frame, 3),
            "plain_pandas_seconds": round(by_pandas, 3),
            "pandas_over_frame": round(by_pandas / by_frame, 1),
            "pandas_over_array": round(by_pandas / by_array, 1),
            "largest_difference": difference,
        },
        "aims": {"draws_under_seconds": AIM_SECONDS, "draws_under_megabytes": AIM_MEGABYTES},
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--check", action="store_true", help="end with an error where an aim is missed")
    options = parser.parse_args()
    result = measure()
    print(json.dumps(result, indent=2))
    draws = result["draws"]
    assert isinstance(draws, dict)
    if options.check and (draws["seconds"] > AIM_SECONDS or draws["peak_megabytes"] > AIM_MEGABYTES):
        sys.exit("An aim is missed: 10,000 draws in 2 s and 500 MB.")


if __name__ == "__main__":
    main()
