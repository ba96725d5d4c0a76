"""Published composite indices, computed again by the engine from their published inputs.

Belongs here: one function a system, each giving the largest difference of each step. The limits are those
of `LIMITS`; `python -m tests.conformance.checks` writes `docs/conformance.md` from the same results.
"""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd
from scipy import stats

from spi_orchestration.index import (
    aggregate,
    analysis,
    classic,
    denominate,
    diagnostics,
    health_index,
    impute,
    iod,
    normalise,
    peers,
    screen,
    sensitivity,
    treat,
    weights,
)
from spi_orchestration.index.framework import Framework

REPO = Path(__file__).resolve().parents[2]
DOCUMENT = REPO / "docs" / "conformance.md"


def folder() -> Path:
    """Where the published indices are; it may not exist."""
    base = os.environ.get("SPI_SHARED_DATA")
    return (Path(base) if base else REPO.parent / "shared" / "data") / "conformance"


@dataclass(frozen=True)
class Result:
    """The largest difference of one step.

    Attributes:
        system: published index.
        step: what was computed.
        count: numbers compared.
        difference: the largest; a count of disagreements for classes.
        limit: what it must stay under (or equal, for counts).
        note: what else there is to say.
    """

    system: str
    step: str
    count: int
    difference: float
    limit: float
    note: str = ""

    @property
    def within(self) -> bool:
        """Whether the limit holds."""
        return self.difference <= self.limit


def gap(found: object, expected: object) -> float:
    """Largest difference; a value missing on one side only is infinite."""
    a, b = np.asarray(found, dtype=float), np.asarray(expected, dtype=float)
    if a.shape != b.shape or not np.array_equal(np.isnan(a), np.isnan(b)):
        return float("inf")
    return float(np.nanmax(np.abs(a - b))) if a.size and not np.isnan(a).all() else 0.0


# --- IPS Mexico -------------------------------------------------------------------------------------------

#: Indicators that the 2024 edition left out.
DROPPED = {"ind_0104", "ind_0221", "ind_0227", "ind_0231", "ind_0339", "ind_0344", "ind_0353"}


def mexico() -> Iterator[Result]:
    """IPS Mexico 2015 to 2024: the classic method from indicators to scorecards."""
    here, system = folder() / "mexico_ips", "IPS Mexico 2015-2024"
    values, bounds = (
        pd.read_csv(here / f"{n}.csv") for n in ("indicators_directed_330x55", "bounds_utopia_dystopia")
    )
    directory = pd.read_csv(here / "indicator_directory.csv", dtype=str)
    directory["code"] = (
        "ind_" + directory["id_dimension"].str.zfill(2) + directory["id_indicador"].str.zfill(2)
    )
    component = dict(zip(directory["code"], directory["id_componente"].str.zfill(2), strict=True))
    dimension = dict(
        zip(directory["id_componente"].str.zfill(2), directory["id_dimension"].str.zfill(2), strict=True)
    )
    codes = [c for c in values.columns if c.startswith("ind_")]

    yield _mexico_bounds(system, values, bounds, directory, codes)
    z = pd.read_csv(here / "standardised_332x55.csv")
    fit = classic.fit_component(values[codes].to_numpy(), *bounds[codes].to_numpy(dtype=float))
    yield Result(system, "standardised indicators", z[codes].size, gap(fit.standardised, z[codes]), 1e-9)

    rows: list[dict[str, object]] = []
    kept = [c for c in codes if c not in DROPPED]
    for code in kept:
        best, worst = bounds[code]
        rows.append({"code": code, "parent": component[code], "direction": 1, "best": best, "worst": worst})
    used = sorted({component[c] for c in codes})
    rows += [{"code": c, "parent": f"dim_{dimension[c]}"} for c in used]
    rows += [{"code": f"dim_{d}", "parent": "index_00"} for d in sorted({dimension[c] for c in used})] + [
        {"code": "index_00"}
    ]
    framework = Framework.from_rows(rows)
    panel = values.set_index(["cve_ent", "anio"])[kept]
    result = classic.score(framework, panel)

    key = ["cve_ent", "anio"]
    published = pd.read_csv(here / "published_component_scores.csv")
    names = [c for c in published.columns if c.endswith("comp")]
    published["cve_ent"] = published["cve_ent"].astype(int)
    table = published.dropna(subset=["anio"]).set_index(key)[names].loc[panel.index]
    yield Result(system, "12 components from indicators", table.size, gap(result.scores[used], table), 1e-9)
    ends = published[published["anio"].isna()].sort_values("cve_ent")[names].to_numpy(dtype=float)
    found = np.column_stack([result.components[c].scores[-2:] for c in used])
    yield Result(system, "scores of the best and worst rows", ends.size, gap(found, ends), 1e-9)
    above = pd.read_csv(here / "published_dimension_index_scores.csv")
    above["cve_ent"] = above["cve_ent"].astype(int)
    above = above.dropna(subset=["anio"]).set_index(key).loc[panel.index]
    dimensions = [c for c in above.columns if c.startswith("dim_")]
    yield Result(
        system,
        "3 dimensions, chained from indicators",
        len(above) * 3,
        gap(result.scores[dimensions], above[dimensions]),
        1e-9,
    )
    yield Result(
        system,
        "index, chained from indicators",
        len(above),
        gap(result.scores["index_00"], above["index_00"]),
        1e-9,
    )

    alpha = pd.read_csv(here / "published_cronbach_alpha.csv")
    kmo = pd.read_csv(here / "published_kmo.csv")
    kmo = kmo[kmo["names"].str.startswith("componente")].sort_values("componente")
    fits = [result.components[c] for c in used]
    yield Result(system, "Cronbach's alpha", 12, gap([f.alpha for f in fits], alpha["alpha"]), 1e-9)
    yield Result(
        system,
        "Feldt's interval",
        24,
        gap([[f.alpha_low, f.alpha_high] for f in fits], alpha[["lim_inf", "lim_sup"]]),
        1e-9,
    )
    yield Result(system, "KMO", 12, gap([f.kmo for f in fits], kmo["values"]), 1e-9)

    yield _mexico_scorecards(system, here, directory)


def _mexico_bounds(
    system: str, values: pd.DataFrame, bounds: pd.DataFrame, directory: pd.DataFrame, codes: list[str]
) -> Result:
    best, worst = classic.synthetic_bounds(values[codes].to_numpy())
    entry = directory.drop_duplicates("code").set_index("code").loc[codes]
    sign = entry["direccion"].astype(float).to_numpy()

    def natural(column: str, synthetic: np.ndarray) -> np.ndarray:
        given = pd.to_numeric(entry[column], errors="coerce").to_numpy()
        return np.where(np.isnan(given), synthetic, np.where(given > 0, given * sign, given))

    found = np.vstack([natural("utopia", best), natural("distopia", worst)])
    return Result(system, "110 best and worst values", found.size, gap(found, bounds[codes]), 1e-9)


def _mexico_scorecards(system: str, here: Path, directory: pd.DataFrame) -> Result:
    cards = pd.read_csv(here / "published_scorecards_2024.csv")
    cards = cards[cards["cve_ent"] != 0].copy()
    ids = (
        directory["id_dimension"].str.zfill(2)
        + directory["id_componente"].str.zfill(2)
        + directory["id_indicador"].str.zfill(2)
    ).astype(int)
    direction = dict(zip(ids, directory["direccion"].astype(int), strict=True))
    words = {
        "strength": "Desempeño superior",
        "weakness": "Desempeño inferior",
        "as expected": "Desempeño esperado",
    }
    wrong = 0
    for (code, _), group in cards.groupby(["id", "grupo_pib"]):
        values = group["value"].to_numpy(dtype=float)
        for position, expected in enumerate(group["ips_fort_deb_gr"]):
            found = peers.classify(values[position], values, "sd", direction.get(code, 1))
            wrong += words[found] != expected
    return Result(system, "scorecard classes against peers", len(cards), wrong, 0, "disagreements")


# --- ASEM (COINr) -----------------------------------------------------------------------------------------


def asem() -> Iterator[Result]:
    """ASEM Sustainable Connectivity as COINr computes it, stage by stage and chained."""
    here, system = folder() / "coinr_asem", "ASEM (COINr), 51 countries"
    stage = {
        name: pd.read_csv(here / f"stage_{name}.csv").set_index("UnitCode")
        for name in ("Raw", "Denominated", "Imputed", "Treated", "Normalised", "Aggregated")
    }
    meta = pd.read_csv(here / "indicator_meta.csv").set_index("IndCode")
    denominators = pd.read_csv(here / "denominators.csv").set_index("UnitCode")
    codes = list(meta.index)
    by = {c: (d, 1.0) for c, d in meta["Denominator"].items() if isinstance(d, str)}
    found = denominate.denominate(stage["Raw"][codes], denominators, by)
    scale = stage["Denominated"][codes].abs().max()
    yield Result(
        system,
        "denominated",
        found.size,
        gap(found / scale, stage["Denominated"][codes] / scale),
        1e-9,
        "as a share of the largest value; the stored tables have 10 to 16 digits",
    )
    done = impute.impute(stage["Denominated"][codes], "mean", stage["Denominated"]["Group_EurAsia"])
    yield Result(
        system,
        "imputed by group mean",
        done.values.size,
        gap(done.values, stage["Imputed"][codes]),
        1e-9,
        f"{done.filled} cells filled",
    )
    treated = treat.treat(stage["Imputed"][codes], limit=6, second=None)
    yield Result(
        system, "winsorised", treated.values.size, gap(treated.values, stage["Treated"][codes]), 1e-9
    )
    table = normalise.normalise(stage["Treated"][codes], meta["Direction"].astype(int).to_dict())
    yield Result(system, "normalised", table.size, gap(table, stage["Normalised"][codes]), 1e-9)
    framework = _asem_framework(here, meta)
    upper = [n.code for n in framework.nodes if n.level > 1]
    scores = aggregate.aggregate_levels(framework, stage["Normalised"][codes])
    yield Result(
        system,
        "8 pillars, 2 sub-indices, index",
        len(upper) * len(scores),
        gap(scores[upper], stage["Aggregated"][upper]),
        1e-9,
    )
    chained = aggregate.aggregate_levels(
        framework,
        normalise.normalise(
            treat.treat(done.values, 6, None).values, meta["Direction"].astype(int).to_dict()
        ),
    )
    yield Result(
        system,
        "index, chained from denominated values",
        len(scores),
        gap(chained["Index"], stage["Aggregated"]["Index"]),
        1e-9,
    )
    ranks = pd.read_csv(here / "results_ranks.csv").set_index("UnitCode")["Index"]
    yield Result(
        system,
        "ranks of the index",
        len(ranks),
        gap(scores["Index"].rank(ascending=False, method="min")[ranks.index], ranks),
        0,
    )


def _asem_framework(here: Path, meta: pd.DataFrame) -> Framework:
    weight = pd.read_csv(here / "weights.csv").set_index("Code")["Weight"]
    structure = pd.read_csv(here / "structure.csv")
    rows: list[dict[str, object]] = [
        {
            "code": r.IndCode,
            "parent": r.Agg1,
            "direction": int(meta.loc[r.IndCode, "Direction"]),
            "weight": weight[r.IndCode],
        }
        for r in structure.itertuples()
    ]
    for child, parent in (("Agg1", "Agg2"), ("Agg2", "Agg3")):
        for pair in structure[[child, parent]].drop_duplicates().itertuples(index=False):
            rows.append({"code": pair[0], "parent": pair[1], "weight": weight[pair[0]]})
    rows.append({"code": "Index"})
    return Framework.from_rows(rows)


# --- COINr golden -----------------------------------------------------------------------------------------


def golden_file(name: str) -> dict:
    """One stored output of COINr."""
    return json.loads((folder() / "coinr_golden" / f"{name}.json").read_text(encoding="utf-8"))


def golden_frame(name: str) -> pd.DataFrame:
    """One stored output as a frame by area."""
    return pd.DataFrame(golden_file(name)).set_index("uCode")


def golden() -> Iterator[Result]:
    """COINr 1.1.14 on 22 made wards, every stored file."""
    system = "COINr 1.1.14, 22 made wards"
    meta = pd.DataFrame(golden_file("02_iMeta"))
    data = golden_frame("01_iData")
    codes = list(meta.loc[meta["Type"] == "Indicator", "iCode"])
    raw = data[codes].astype(float)
    framework = Framework.from_frame(meta[["iCode", "Level", "Parent", "Direction", "Type", "Weight"]])
    yield from _golden_preparation(system, data, raw, framework)
    treated = golden_frame("07_treated")[codes].astype(float)
    direction = {n.code: n.direction or 1 for n in framework.indicators}
    yield from _golden_normalised(system, treated, direction, meta)
    yield from _golden_aggregated(system, raw, framework, direction)
    yield from _golden_analysis(system, treated, framework)
    yield from _golden_panels(system)
    yield from _golden_vectors(system)


def _golden_preparation(
    system: str, data: pd.DataFrame, raw: pd.DataFrame, framework: Framework
) -> Iterator[Result]:
    expected = pd.DataFrame(golden_file("03_stats_raw")).set_index("iCode")
    found = analysis.describe(raw)
    names = {
        "Min": "min", "Max": "max", "Mean": "mean", "Median": "median", "Std": "sd", "Skew": "skew", "Kurt": "kurtosis",
        "N.Avail": "available", "N.NonZero": "nonzero", "N.Unique": "unique", "N.Same": "same", "Frc.Avail": "share_available",
        "Frc.NonZero": "share_nonzero", "Frc.Unique": "share_unique", "Frc.Same": "share_same",
    }  # fmt: skip
    yield Result(
        system,
        "03 statistics",
        expected[list(names)].size,
        gap(found[list(names.values())], expected[list(names)]),
        1e-9,
    )
    flags = {
        "Flag.Avail": "low_available",
        "Flag.NonZero": "low_nonzero",
        "Flag.Unique": "low_unique",
        "Flag.SkewKurt": "outliers",
    }
    wrong = sum(int((found[b] != (expected[a] != "ok")).sum()) for a, b in flags.items())
    yield Result(system, "03 flags", expected[list(flags)].size, wrong, 0, "disagreements")
    expected = golden_frame("04_screen_byNA_075")
    found = screen.screen(raw, "missing", 0.75)
    names = {
        "N_missing": "missing", "N_zero": "zero", "N_miss_or_zero": "missing_or_zero", "Dat_Avail": "available",
        "Non_Zero": "nonzero", "LowData": "low_data", "LowNonZero": "low_nonzero", "Included": "included",
    }  # fmt: skip
    yield Result(
        system,
        "04 screening",
        expected[list(names)].size,
        gap(found[list(names.values())].astype(float), expected[list(names)].astype(float)),
        1e-9,
    )
    expected = golden_frame("05_denominate_per1000").astype(float)
    found = denominate.denominate(
        raw[["I03", "I07"]], data[["Pop"]], {"I03": ("Pop", 1000.0), "I07": ("Pop", 1.0)}
    )
    yield Result(system, "05 denominated", expected.size, gap(found, expected), 1e-9)
    codes = list(raw.columns)
    for name, done in (
        ("06a_impute_mean", impute.impute(raw, "mean")),
        ("06b_impute_median", impute.impute(raw, "median")),
        ("06d_impute_row_within_component", impute.impute_within_group(framework, raw)),
    ):
        expected = golden_frame(name)[codes].astype(float)
        yield Result(system, name.replace("_", " "), expected.size, gap(done.values, expected), 1e-9)
    by_group = impute.impute(raw, "mean", data["Grp"]).values
    treated = treat.treat(by_group)
    expected = golden_frame("07_treated")[codes].astype(float)
    yield Result(
        system, "07 imputed by group mean, treated", expected.size, gap(treated.values, expected), 1e-9
    )
    details = pd.DataFrame(golden_file("07b_treat_details")).set_index("iCode").astype(float)
    summary = treated.summary
    own = pd.DataFrame(
        {
            "check_SkewKurt0.Pass": summary["passed"],
            "check_SkewKurt0.Skew": summary["skew"],
            "check_SkewKurt0.Kurt": summary["kurtosis"],
            "winsorise.nwin": summary["steps"].where(~summary["passed"]),
            "check_SkewKurt1.Pass": summary["passed_after"].where(~summary["passed"]),
            "check_SkewKurt1.Skew": summary["skew_after"].where(~summary["passed"]),
            "check_SkewKurt1.Kurt": summary["kurtosis_after"].where(~summary["passed"]),
        }
    ).astype(float)
    yield Result(system, "07b details of treatment", details.size, gap(own[details.columns], details), 1e-9)
    points = pd.DataFrame(golden_file("07c_treated_points"), index=raw.index)
    yield Result(
        system,
        "07c treated points",
        points.size,
        int((treated.points != points).sum().sum()),
        0,
        "disagreements",
    )


def _golden_normalised(
    system: str, treated: pd.DataFrame, direction: dict[str, int], meta: pd.DataFrame
) -> Iterator[Result]:
    own = meta[meta["Type"] == "Indicator"].set_index("iCode")
    targets = {
        c: {"target": float(own.loc[c, "Target"]), "cap": bool(own.loc[c, "dist2targ_cap_max"])}
        for c in treated.columns
    }
    for name, method, options in (
        ("08a_norm_minmax_0_100", "minmax", {}),
        ("08b_norm_minmax_1_100", "minmax", {"lower": 1.0}),
        ("08d_norm_zscore_100_10", "zscore", {"mean": 100.0, "sd": 10.0}),
        ("08e_norm_prank", "percent_rank", {}),
        ("08f_norm_rank", "rank", {}),
        ("08h_norm_dist2max", "distance_to_maximum", {}),
        ("08j_norm_dist2targ_iMeta", "distance_to_target", {"individual": targets}),
    ):
        expected = golden_frame(name)[list(treated.columns)].astype(float)
        found = normalise.normalise(treated, direction, method, **options)
        yield Result(system, name.replace("_", " "), expected.size, gap(found, expected), 1e-9)


def _golden_aggregated(
    system: str, raw: pd.DataFrame, framework: Framework, direction: dict[str, int]
) -> Iterator[Result]:
    scores = golden_frame("08b_norm_minmax_1_100").astype(float)
    columns = list(framework.codes)
    holes = normalise.normalise(raw, direction)
    for name, table, methods, threshold in (
        ("09a_agg_arithmetic", scores, "arithmetic", 0.0),
        ("09b_agg_geometric", scores, "geometric", 0.0),
        ("09e_agg_mixed", scores, ["arithmetic", "geometric", "arithmetic"], 0.0),
        ("09g_agg_with_NA_datthresh_075", holes, "arithmetic", 0.75),
        ("09h_agg_with_NA_no_threshold", holes, "arithmetic", 0.0),
    ):
        expected = golden_frame(name)[columns].astype(float)
        found = aggregate.aggregate_levels(framework, table, methods, threshold)
        yield Result(system, name.replace("_", " "), expected.size, gap(found, expected), 1e-9)
    expected = golden_frame("09a_agg_arithmetic").astype(float)
    ranks = golden_frame("10_results_ranks").astype(float)
    found = expected[list(ranks.columns)].rank(ascending=False, method="min").loc[ranks.index]
    yield Result(system, "10 ranks", ranks.size, gap(found, ranks), 0)
    effective = pd.DataFrame(golden_file("11_effective_weights")).set_index("iCode")["EffWeight"]
    found = pd.Series(weights.effective_weights(framework))[effective.index]
    yield Result(system, "11 effective weights", len(effective), gap(found, effective), 1e-9)


def _golden_analysis(system: str, treated: pd.DataFrame, framework: Framework) -> Iterator[Result]:
    codes = list(treated.columns)
    final = golden_frame("09a_agg_arithmetic").astype(float)
    expected = pd.DataFrame(golden_file("12_corr_ind_index")).set_index("Var2")["Correlation"].astype(float)
    found = analysis.correlations(final[[*codes, "SPI"]], largest_p=0.05).loc[codes, "SPI"]
    yield Result(
        system,
        "12 correlation with the index, p up to 0.05",
        len(expected),
        gap(found, expected[codes]),
        1e-9,
    )
    yield from _golden_pairs(system, final, codes)
    alpha = golden_file("13_cronbach_by_dimension")
    found_alpha = [
        diagnostics.cronbach(final[[c for c in codes if d in framework.lineage(c)]].to_numpy()) for d in alpha
    ]
    yield Result(system, "13 Cronbach's alpha", len(alpha), gap(found_alpha, list(alpha.values())), 1e-9)
    count, share = aggregate.dominance(final[codes].to_numpy(), np.ones(len(codes)))
    outrank = golden_file("15_outrank")
    yield Result(
        system, "15 outranking", 2, gap([count, share], [outrank["nDominant"], outrank["fracDominant"]]), 0
    )
    design = golden_file("16_SA_estimate")
    y, n, d = np.array(design["y"]), design["N"], design["d"]
    first, total, variance = sensitivity.estimate(y[:n], y[n : 2 * n], y[2 * n :].reshape(d, n))
    expected_s = design["SensInd"]
    yield Result(
        system,
        "16 Sobol indices and variance",
        7,
        gap([*first, *total, variance], [*expected_s["Si"], *expected_s["STi"], design["Variance"]]),
        1e-9,
    )


def _golden_pairs(system: str, final: pd.DataFrame, codes: list[str]) -> Iterator[Result]:
    expected = (
        pd.DataFrame(golden_file("12b_corr_ind_ind"))
        .pivot(index="Var1", columns="Var2", values="Correlation")
        .astype(float)
    )
    found = analysis.correlations(final[codes])
    yield Result(system, "12b correlations", expected.size, gap(found, expected.loc[codes, codes]), 1e-9)
    table = golden_file("13b_pvals")
    expected = pd.DataFrame({c: table[c] for c in codes}, index=table["_row"]).astype(float)
    yield Result(
        system, "13b p-values", expected.size, gap(analysis.p_values(final[codes]), expected.loc[codes]), 1e-9
    )


def _golden_panels(system: str) -> Iterator[Result]:
    rows = pd.DataFrame(golden_file("17_panel_input")).rename(columns={"uCode": "area", "Time": "time"})
    rows["A"] = rows["A"].astype(float)
    for method in ("latest", "constant", "linear-constant"):
        expected = (
            pd.DataFrame(golden_file(f"17_panel_{method}")).set_index(["uCode", "Time"])["A"].astype(float)
        )
        found = impute.impute_panel(rows, "A", method).set_index(["area", "time"])["A"]
        yield Result(
            system, f"17 panel {method}", len(expected), gap(found.loc[expected.index], expected), 1e-9
        )


def _golden_vectors(system: str) -> Iterator[Result]:
    vectors = golden_file("19_treat_vectors")
    x = np.array(vectors["x"], dtype=float)
    done = treat.winsorise(x)
    functions: dict[str, Callable[[np.ndarray], np.ndarray]] = {
        "log_CT": treat.log_centred,
        "log_CT_plus": treat.log_skewed,
        "log_CT_orig": treat.log_plus_one,
        "boxcox05": lambda v: treat.boxcox(v, 0.5),
    }
    for name, function in functions.items():
        yield Result(system, f"19 {name}", len(x), gap(function(x), vectors[name]), 1e-9)
    found = [treat.skewness(x), treat.kurtosis(x), *done.values, done.steps]
    yield Result(
        system,
        "19 winsorised",
        len(found),
        gap(found, [vectors["skew"], vectors["kurt"], *vectors["wins"], vectors["nwin"]]),
        1e-9,
    )
    yield Result(
        system,
        "19 winsorised points",
        len(x),
        int((done.marks != np.array(vectors["treated"], dtype=object)).sum()),
        0,
        "disagreements",
    )


# --- SIMD 2016, ONS Health Index, shrinkage ---------------------------------------------------------------

SIMD_WEIGHTS = {
    "Income": 0.28,
    "Employment": 0.28,
    "Health": 0.14,
    "Education": 0.14,
    "Access": 0.09,
    "Crime": 0.05,
    "Housing": 0.02,
}


def simd() -> Iterator[Result]:
    """Scottish Index of Multiple Deprivation 2016: overall ranks from domain ranks."""
    here = folder() / "simd16"
    domains = pd.read_csv(here / "opensimd_domain_ranks.csv").set_index("data_zone")
    expected = pd.read_csv(here / "opensimd_ranks.csv").set_index("data_zone")["simd_rank"].loc[domains.index]
    table = -domains[[d.lower() for d in SIMD_WEIGHTS]].to_numpy(dtype=float)
    found = stats.rankdata(-iod.combine_domains(table, np.array(list(SIMD_WEIGHTS.values()))))
    yield Result("openSIMD 2016", "overall ranks", len(expected), gap(found, expected), 0, "ranks")
    published = pd.read_csv(here / "simd16_published_ranks.csv")
    table = -published[[f"{d}_domain_2016_rank" for d in SIMD_WEIGHTS]].to_numpy(dtype=float)
    found = stats.rankdata(-iod.combine_domains(table, np.array(list(SIMD_WEIGHTS.values()))))
    yield Result(
        "SIMD 2016",
        "overall ranks from published domain ranks",
        len(published),
        gap(found, published["Overall_SIMD16_rank"]),
        7,
        "ranks of 6,976; the published domain ranks hold ties set by hand",
    )


def ons() -> Iterator[Result]:
    """ONS Health Index 2015 to 2019: subdomains, domains and the whole; inputs have one decimal."""
    here, system = folder() / "ons_health_index", "ONS Health Index 2015-2019"
    scores = pd.read_csv(here / "la_indicator_scores_2015_2019.csv")
    published = pd.read_csv(here / "la_subdomain_scores_2015_2019.csv")

    def plain(text: str) -> str:
        return "".join(c for c in text.lower() if c.isalpha())

    published["key"] = published["subdomain"].map(plain)
    worst, count, groups, spread = 0.0, 0, 0, 0.0
    for subdomain, part in scores.groupby("subdomain"):
        wide = part.pivot_table(index=["AREACD", "year"], columns="indicator", values="value")
        target = published[published["key"] == plain(str(subdomain))].set_index(["AREACD", "year"])["value"]
        both = wide.join(target.rename("published_"), how="inner").dropna()
        design = np.column_stack([np.ones(len(both)), both[wide.columns].to_numpy()])
        solution = np.linalg.lstsq(design, both["published_"].to_numpy(), rcond=None)[0]
        spread = max(spread, abs(solution[1:].sum() - 1))
        found = solution[0] + solution[1:].sum() * health_index.weighted_mean(
            both[wide.columns].to_numpy(), solution[1:]
        )
        worst, count, groups = max(worst, gap(found, both["published_"])), count + len(both), groups + 1
    yield Result(
        system,
        f"{groups} subdomains as weighted means of indicators",
        count,
        worst,
        0.06,
        "indicators are published to one decimal; weights recovered",
    )
    yield Result(system, "recovered weights add up to 1", groups, spread, 1e-3)
    yield from _ons_regions(here, system)


def _ons_regions(here: Path, system: str) -> Iterator[Result]:
    regions = json.loads((here / "region_domain_subdomain_scores.json").read_text(encoding="utf-8"))
    names = ("Healthy People", "Healthy Lives", "Healthy Places")
    domain, overall, wanted_domain, wanted_overall = [], [], [], []
    for region in regions.values():
        for year in map(str, range(2015, 2020)):
            totals = [float(region["data"][n]["total"][year]["value"]) for n in names]
            for name, total in zip(names, totals, strict=True):
                parts = [
                    float(s["total"][year]["value"]) for s in region["data"][name]["subdomains"].values()
                ]
                domain.append(health_index.weighted_mean(np.array([parts]), np.ones(len(parts)))[0])
                wanted_domain.append(total)
            overall.append(health_index.weighted_mean(np.array([totals]), np.ones(3))[0])
            wanted_overall.append(float(region["data"]["Overall"]["total"][year]["value"]))
    note = "both sides published to one decimal, so up to 0.1 is rounding"
    yield Result(
        system, "domains of regions from subdomains", len(domain), gap(domain, wanted_domain), 0.1, note
    )
    yield Result(
        system, "overall of regions from domains", len(overall), gap(overall, wanted_overall), 0.1, note
    )


def shrinkage() -> Iterator[Result]:
    """Shrinkage of the Indices of Deprivation, worked for 22 made wards."""
    system = "Shrinkage as the Indices of Deprivation"
    table = pd.read_csv(folder() / "shrinkage_example" / "imd_style_shrinkage_22_wards.csv")
    done = iod.shrink(table["r"].to_numpy(), table["n"].to_numpy())
    yield Result(system, "logits", 22, gap(done.logit, table["logit"]), 5e-7, "stored to 6 decimals")
    yield Result(system, "weights", 22, gap(done.weight, table["weight"]), 5e-7, "stored to 6 decimals")
    yield Result(
        system,
        "variance between areas",
        1,
        abs(done.between - table["t2"].iloc[0]),
        5e-9,
        "stored to 8 decimals",
    )
    yield Result(
        system, "shrunk rates", 22, gap(done.rate, table["shrunk_rate"]), 5e-7, "stored to 6 decimals"
    )


SYSTEMS: dict[str, Callable[[], Iterator[Result]]] = {
    "mexico": mexico,
    "asem": asem,
    "golden": golden,
    "simd": simd,
    "ons": ons,
    "shrinkage": shrinkage,
}


def document(results: list[Result]) -> str:
    """The page `docs/conformance.md`. Differences are rounded up to a power of ten below 1e-6, so that the
    page is the same on every machine."""

    def words(value: float, limit: float) -> str:
        if limit == 0 or limit >= 1:
            return f"{value:g}"
        if limit <= 1e-6:
            return "below 1e-12" if value < 1e-12 else f"below {10.0 ** np.ceil(np.log10(value)):.0e}"
        return f"{value:.3g}"

    lines = [
        "# Conformance: published indices computed again",
        "",
        "Written by `python -m tests.conformance.checks`; `tests/conformance` holds every line to its limit.",
        "The inputs are published data and are not part of this repository (`SPI_SHARED_DATA/conformance`).",
        "",
        "| index | step | numbers | largest difference | limit | note |",
        "|---|---|---:|---:|---:|---|",
    ]
    for r in results:
        lines.append(
            f"| {r.system} | {r.step} | {r.count:,} | {words(r.difference, r.limit)} | {r.limit:g} | {r.note} |"
        )
    lines += [
        "",
        "Where COINr itself is at fault, the test shows it instead: `tests/conformance/test_coinr_defects.py`.",
        "",
    ]
    return "\n".join(lines)


def main() -> None:
    """Write `docs/conformance.md`."""
    results = [result for system in SYSTEMS.values() for result in system()]
    DOCUMENT.parent.mkdir(exist_ok=True)
    DOCUMENT.write_text(document(results), encoding="utf-8", newline="\n")
    for r in results:
        print(f"{'ok  ' if r.within else 'FAIL'} {r.system:40s} {r.step:50s} {r.count:6d} {r.difference:.3g}")


if __name__ == "__main__":
    main()
