"""Values beside England, and ranks beside another index: the SQL of both marts on made tables."""

from __future__ import annotations

import duckdb
import jinja2
import pandas as pd
import pytest

from spi_orchestration.index import comparators
from tests.index.conftest import REPO

SEEDS = REPO / "dbt_project" / "seeds"
NONE_THIS_YEAR = "no comparator published for this year"
BOTH = "England value and percentile among English wards"


def run(model: str, *, profile: str = "full", **tables: pd.DataFrame) -> pd.DataFrame:
    """One model of the dbt project on tables that stand in for those it refers to."""
    environment = jinja2.Environment()
    environment.globals.update(ref=lambda name: name, var={"profile": profile, "comparator": "imd"}.get)
    (path,) = (REPO / "dbt_project" / "models").rglob(f"{model}.sql")
    with duckdb.connect() as connection:
        for name, frame in tables.items():
            connection.register(name, frame)
        text = environment.from_string(path.read_text(encoding="utf-8")).render()
        return connection.execute(text).df()


def figures(*rows: tuple[str, int | None, str, float], profile: str = "both") -> pd.DataFrame:
    """A table of published figures; each row's source and derivation name its year and statistic."""
    frame = pd.DataFrame(rows, columns=["indicator", "reference_year", "statistic", "amount"])
    frame["reference_year"] = frame["reference_year"].astype("Int64")
    told = (
        frame["reference_year"].astype(str)
        + " "
        + frame["statistic"].str.replace(r"^p.*", "wards", regex=True)
    )
    return frame.assign(profile=profile, source=told, derivation="derived " + told)


def beside(
    published: pd.DataFrame,
    values: list[tuple[str, str, float | None]],
    *,
    year: int = 2021,
    higher: tuple[str, ...] = (),
    synthetic: bool = False,
    profile: str = "full",
) -> pd.DataFrame:
    """The mart for values (indicator, area, value) whose data are of one year."""
    frame = pd.DataFrame(values, columns=["indicator", "area_code", "value"])
    frame["area_type"] = frame["area_code"].map(lambda code: "district" if code == "D" else "ward")
    frame = frame.assign(edition=2026, last_observed_year=year, expected_year=year)
    frame.loc[frame["value"].isna(), "last_observed_year"] = float("nan")
    known = sorted(set(frame["indicator"]))
    polarity = pd.DataFrame(
        {"indicator": known, "polarity": ["higher" if code in higher else "lower" for code in known]}
    )
    made = run(
        "fct_england",
        profile=profile,
        england=published,
        ind_area_value=frame,
        ind_indicator=polarity,
        cat_delivery=pd.DataFrame({"synthetic": [synthetic]}),
    )
    assert not made.duplicated(["edition", "area_code", "indicator"]).any()
    return made.set_index(["indicator", "area_code"])


def test_place_among_english_wards_and_no_comparator_published():
    published = figures(
        ("low", 2021, "p1", 0.5), ("low", 2021, "p50", 2.0), ("low", 2021, "p99", 20.0),
        ("low", 2021, "england", 3.5), ("high", 2021, "p10", 10.0), ("high", 2021, "p90", 90.0),
        ("whole", 2021, "england", 7.0),
    )  # fmt: skip
    rows: list[tuple[str, str, float | None]] = [
        ("low", f"W{i}", v) for i, v in enumerate([0.1, 0.5, 2.0, 11.0, 20.0, 99.0, None])
    ]
    rows += [("high", "W0", 50.0), ("none", "W0", 1.0), ("whole", "W0", 1.0), ("low", "D", 2.0)]
    table = beside(published, rows, higher=("high",))
    # Lower is better: at the median half of the wards do worse; beyond the outer figures their share is given.
    found = [table.loc[("low", f"W{i}"), "percentile"] for i in range(6)]
    assert found == pytest.approx([99, 99, 50, 25.5, 1, 1])
    # A ward without a value still has the figures to stand beside.
    assert pd.isna(table.loc[("low", "W6"), "percentile"])
    assert set(table.loc["low", "label"]) == {BOTH}
    assert table.loc[("low", "W6"), "england"] == 3.5
    assert table.loc[("high", "W0"), "percentile"] == pytest.approx(50)
    assert pd.isna(table.loc[("high", "W0"), "england"])
    assert table.loc[("high", "W0"), "label"] == "percentile among English wards"
    assert table.loc[("whole", "W0"), "label"] == "England value"
    assert table.loc[("none", "W0"), "label"] == comparators.NO_COMPARATOR
    nothing = ["england", "england_year", "england_source", "percentile", "percentile_year", "caution"]
    assert table.loc[("none", "W0"), nothing].isna().all()
    assert ("low", "D") not in table.index


def test_value_and_percentiles_have_each_their_own_year_and_source():
    published = figures(
        ("a", 2019, "england", 1.0), ("a", 2020, "england", 2.0), ("a", 2019, "p1", 0.0), ("a", 2019, "p99", 10.0),
        ("a", 2020, "p1", 0.0), ("a", 2020, "p99", 20.0), ("b", 2020, "england", 5.0), ("b", 2019, "p1", 0.0),
        ("ratio", None, "england", 100.0),
    )  # fmt: skip
    rows: list[tuple[str, str, float | None]] = [("a", "W", 5.0), ("b", "W", 5.0), ("ratio", "W", 90.0)]
    by_year = {year: beside(published, rows, year=year) for year in (2019, 2020, 2021)}
    found = {year: table.loc[("a", "W")] for year, table in by_year.items()}
    assert (found[2019]["england"], found[2019]["england_year"]) == (1, 2019)
    assert found[2019]["england_source"] == "2019 england"
    assert found[2019]["england_derivation"] == "derived 2019 england"
    assert found[2019]["percentile_source"] == "2019 wards"
    assert found[2019]["percentile"] == pytest.approx(50)
    assert (found[2020]["england"], found[2020]["percentile_source"]) == (2, "2020 wards")
    assert found[2020]["percentile"] == pytest.approx(100 - (1 + 98 * 5 / 20))
    # Figures of other years are not lent to a value.
    assert found[2021]["label"] == NONE_THIS_YEAR
    assert found[2021][["england", "percentile", "england_source", "percentile_source"]].isna().all()
    assert by_year[2020].loc[("b", "W"), "label"] == "England value"
    assert by_year[2019].loc[("b", "W"), "label"] == "percentile among English wards"
    # A ratio to England itself stands at its base in every year.
    assert [table.loc[("ratio", "W"), "england_year"] for table in by_year.values()] == [2019, 2020, 2021]
    assert {table.loc[("ratio", "W"), "england"] for table in by_year.values()} == {100}


def test_figures_of_another_definition_are_not_taken():
    published = figures(("a", 2021, "england", 1.0), profile="open")
    rows: list[tuple[str, str, float | None]] = [("a", "W", 5.0)]
    assert beside(published, rows, profile="open").loc[("a", "W"), "england"] == 1
    assert beside(published, rows, profile="full").loc[("a", "W"), "label"] == comparators.NO_COMPARATOR


def test_made_up_values_beside_published_figures_are_no_finding():
    published = figures(("a", 2021, "england", 1.0))
    rows: list[tuple[str, str, float | None]] = [("a", "W", 5.0), ("b", "W", 5.0)]
    made_up = beside(published, rows, synthetic=True)
    assert made_up["synthetic"].all()
    assert "no finding" in made_up.loc[("a", "W"), "caution"]
    assert pd.isna(made_up.loc[("b", "W"), "caution"])
    real = beside(published, rows)
    assert not real["synthetic"].any()
    assert real["caution"].isna().all()


def committed() -> pd.DataFrame:
    return pd.read_csv(SEEDS / "reference" / "england.csv", dtype={"reference_year": "Int64"})


@pytest.mark.parametrize("profile", ["full", "open"])
def test_every_indicator_without_a_national_input_says_so(profile: str):
    framework = pd.read_csv(SEEDS / "framework" / f"{profile}_indicator.csv")["indicator"].tolist()
    england = committed()
    theirs = set(england.loc[england["profile"].isin(["both", profile]), "indicator"])
    table = beside(england, [(code, "W", 1.0) for code in framework], year=1999, profile=profile)
    told = table["label"].droplevel("area_code")
    assert set(told[told == comparators.NO_COMPARATOR].index) == set(framework) - theirs
    assert len(theirs) >= 5


def test_committed_figures_of_england_are_of_known_indicators_and_in_order():
    england = committed()
    known = {
        profile: set(pd.read_csv(SEEDS / "framework" / f"{profile}_indicator.csv")["indicator"])
        for profile in ("full", "open")
    }
    known["both"] = known["full"] & known["open"]
    for profile, codes in england.groupby("profile")["indicator"]:
        assert set(codes) <= known[profile], profile
    # A profile reads its own rows and those of both: an indicator has one or the other.
    assert (england.groupby("indicator")["profile"].nunique() == 1).all()
    # A figure for every year leaves no room for one of a year.
    timeless = england[england["reference_year"].isna()]
    assert not set(timeless["indicator"]) & set(england.loc[england["reference_year"].notna(), "indicator"])
    ordered = england[england["statistic"] != "england"]
    ordered = ordered.assign(percent=ordered["statistic"].str[1:].astype(float))
    for _, part in ordered.groupby(["indicator", "reference_year"]):
        assert part.sort_values("percent")["amount"].is_monotonic_increasing
        assert part["source"].nunique() == part["derivation"].nunique() == 1
        assert {"p1", "p50", "p99"} <= set(part["statistic"])


def test_agreement_by_ward_is_that_of_the_engine():
    ours = pd.Series({"A": 80.0, "B": 60, "C": 40, "D": 20, "E": 40})
    theirs = pd.Series({"A": 10.0, "B": 20, "C": 40, "D": 30, "E": 5})
    index = pd.DataFrame({"area_code": ours.index, "score": ours.to_numpy()}).assign(
        edition=2026, variant="headline"
    )
    other = pd.DataFrame({"area_code": theirs.index, "score": -theirs.to_numpy()})
    made = run("idx_comparison_ward", idx_index=index, idx_comparator=other).set_index("area_code")
    value, table = comparators.agreement(ours, theirs)
    for ward in "ABCDE":
        assert made.loc[ward, "index_rank"] == table.loc[ward, "rank_ours"]
        assert made.loc[ward, "comparator_rank"] == table.loc[ward, "rank_theirs"]
    whole = run("idx_comparison", idx_comparison_ward=made.reset_index())
    assert whole.loc[0, "value"] == pytest.approx(value, abs=1e-9)
    assert whole.loc[0, "wards"] == 5
