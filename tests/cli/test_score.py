"""`spi score` from the command line: the worked example of its page, its options, and every fault it names."""

from __future__ import annotations

import re
from pathlib import Path

import pandas as pd
import pytest

from spi_orchestration.index import tables, ward
from tests.helpers.annual import spi
from tests.helpers.project import ROOT


def example() -> dict[str, str]:
    """The files of the worked example as they stand in the page."""
    page = (ROOT / "docs" / "score.md").read_text(encoding="utf-8")
    found = re.findall(r"`(\w+\.csv)`\n\n```\n(.*?)```", page, re.DOTALL)
    assert [name for name, _ in found] == ["framework.csv", "values.csv"]
    return dict(found)


@pytest.fixture
def files(tmp_path: Path) -> tuple[Path, Path]:
    for name, text in example().items():
        (tmp_path / name).write_text(text, encoding="utf-8", newline="\n")
    return tmp_path / "framework.csv", tmp_path / "values.csv"


def test_the_worked_example_is_what_the_page_says(files, tmp_path):
    framework, values = files
    ended = spi(tmp_path, "score", str(values), "--framework", str(framework), "--out", str(tmp_path / "out"))
    assert ended.code == 0, ended.said
    page = (ROOT / "docs" / "score.md").read_text(encoding="utf-8")
    shown = page.split("--out scored\nspi, ward")[1].split("```")[0]
    assert ("spi, ward" + shown).strip() in ended.out
    scores = pd.read_csv(tmp_path / "out" / "scores.csv").set_index(["area", "code"])
    assert scores.loc[("A", "c1"), "score"] == pytest.approx((30 + 2 * 20) / 3, abs=1e-12)
    assert scores.loc[("A", "spi"), "score"] == pytest.approx((70 / 3 + 150) / 4, abs=1e-12)
    assert scores.loc[("A", "spi"), "rank"] == 2
    assert pd.isna(scores.loc[("B", "spi"), "score"]) and scores.loc[("B", "c1"), "rank"] == 2
    parts = pd.read_csv(tmp_path / "out" / "contributions.csv").query("level == 1").groupby("area")["points"]
    for area in "ACD":
        assert parts.sum()[area] == pytest.approx(scores.loc[(area, "spi"), "score"], abs=1e-9)
    assert {p.name for p in (tmp_path / "out").iterdir()} == {
        "scores.csv", "wide.csv", "contributions.csv", "fit.csv", "influence.csv", "correlations.csv",
    }  # fmt: skip


def test_faults_of_both_files_are_plain_and_end_with_wrong_usage(files, tmp_path):
    framework, values = files
    values.write_text(values.read_text(encoding="utf-8") + "E,i9,1\nA,i1,3\nE,i1,many\n", encoding="utf-8")
    ended = spi(tmp_path, "score", str(values), "--framework", str(framework), "--out", str(tmp_path / "out"))
    assert ended.code == 2
    assert "Traceback" not in ended.said
    assert "values.csv, line 14: i9 is not in the framework" in ended.err
    assert "values.csv, line 15: i1 of A stands in line 2 already" in ended.err
    assert "values.csv, line 16: the value of i1 of E is not a number ('many')" in ended.err
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        ("i1,c1,", "i1,c9,", "line 2: Parent c9 of i1 is not in the framework"),
        ("spi,,,,,", "spi,c1,,,,", "cycle"),
        ("i1,c1,higher", "i1,c1,", "line 2: i1: no direction"),
        ("i2,c1", "i1,c1", "lines 2, 3: Codes stand more than once: i1"),
        ("lower,2,", "lower,0,", "line 3: i2: weight is 0; expected a positive number"),
        ("lower,2,", "lower,much,", "line 3: i2: weight is 'much'; expected a number"),
        (",0,10", ",10,10", "line 2: i1: both bounds are 10"),
        (",0,10", ",10,0", "line 2: i1: bounds are reversed"),
        (",0,10", ",,10", "line 2: i1: bounds are worst nan and best 10"),
        ("code,", "kode,", "no column code"),
        ("c2,spi,,3,,", "c2,spi,,3", "line 6: 4 cells under 6 columns"),
        ("parent,", "code,", "the column code stands twice"),
    ],
)
def test_each_fault_of_a_framework_is_told_with_its_line(files, old, new, words):
    framework, _ = files
    text = framework.read_text(encoding="utf-8")
    assert old in text
    framework.write_text(text.replace(old, new, 1), encoding="utf-8")
    with pytest.raises(tables.TableError) as caught:
        tables.read_framework(framework)
    assert words in str(caught.value)
    assert "framework.csv" in str(caught.value)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("area,indicator\nA,i1\n", "line 1: no column value; found area, indicator"),
        ("place,indicator,value\nA,i1,3\n", "no column area"),
        ("area,indicator,value\n,i1,3\n", "line 2: no area"),
        ("area,indicator,value\nA,c1,3\n", "line 2: c1 is no indicator but made of others"),
        ("area,indicator,value\nA,i1,inf\n", "line 2: the value of i1 of A is not a number"),
        ("area,indicator,value\nA,i1,1_000\n", "not a number"),
        ('area,indicator,value\nA,i1,"1,000"\n', "not a number"),
        ("area,indicator,value\nA,i1,1,000\n", "4 cells under 3 columns"),
        ("", "the file is empty"),
        ("area,indicator,value\n", "no rows"),
    ],
)
def test_each_fault_of_the_values_is_told_with_its_line(files, text, words):
    framework, values = files
    values.write_text(text, encoding="utf-8")
    with pytest.raises(tables.TableError, match=r"values\.csv") as caught:
        tables.read_values(values, tables.read_framework(framework)[0])
    assert words in str(caught.value)
    values.write_bytes("area,indicator,value\nÉ,i1,1\n".encode("cp1252"))
    with pytest.raises(tables.TableError, match="not UTF-8 at byte"):
        tables.read_values(values, tables.read_framework(framework)[0])


def scored(files, *options, values: str | None = None):
    framework, path = files
    if values is not None:
        path.write_text(values, encoding="utf-8")
    tree, _ = tables.read_framework(framework)
    return tables.run(tree, tables.read_values(path, tree), *options)


def test_methods_normalisations_and_aggregations(files):
    full = example()["values.csv"].replace("B,i3,\n", "B,i3,0.7\n")
    made = scored(files, "normalised", "rank", ("arithmetic",), values=full)
    index = made.scores.query("code == 'spi'").set_index("area")["score"]
    # Ranks of D: i1 the worst, 1; i2 second best, 3; i3 the worst, 1.
    assert index["D"] == pytest.approx((1 * (1 + 2 * 3) / 3 + 3 * 1) / 4)
    mixed = scored(files, "ward", "minmax", ("geometric", "mean:0.5"), values=full)
    c1 = mixed.scores.query("code == 'c1'").set_index("area")["score"]
    assert c1["A"] == pytest.approx((30 * 20**2) ** (1 / 3))
    spi_ = mixed.scores.query("code == 'spi'").set_index("area")["score"]
    assert spi_["A"] == pytest.approx(((c1["A"] ** 0.5 + 3 * 50**0.5) / 4) ** 2)
    classic = scored(files, "classic", values=full)
    assert classic.scores["level"].min() == 2
    assert classic.fit.set_index("component").loc["c1", "alpha"] <= 1
    copeland = scored(files, "normalised", "minmax", ("copeland", "arithmetic"), values=full)
    assert copeland.scores.query("code == 'c1'")["score"].sum() == pytest.approx(0)
    with pytest.raises(ValueError, match="i3 of B is missing"):
        scored(files, "classic", values=example()["values.csv"])
    with pytest.raises(ValueError, match="Unknown aggregation 'sum'"):
        scored(files, "ward", "minmax", ("sum",))
    with pytest.raises(ValueError, match="Unknown normalisation"):
        scored(files, "normalised", "softmax")
    with pytest.raises(ValueError, match="3 aggregations for 2 levels"):
        scored(files, "ward", "minmax", ("arithmetic",) * 3)


def test_periods_are_ranked_apart_and_agree_with_the_engine(files):
    rows = [line for line in example()["values.csv"].splitlines()[1:] if not line.endswith(",")]
    text = "period,area,indicator,value\n" + "".join(f"{y},{line}\n" for y in (2024, 2025) for line in rows)
    text = text.replace("2025,D,i3,0.1", "2025,D,i3,1")
    made = scored(files, values=text)
    index = made.scores.query("code == 'spi'").set_index(["period", "area"])
    assert index.loc[("2024", "D"), "rank"] == 3 and index.loc[("2025", "D"), "rank"] == 1
    tree, _ = tables.read_framework(files[0])
    frame = pd.DataFrame({"i1": [1.0], "i2": [1.0], "i3": [1.0]}, index=["D"])
    assert index.loc[("2025", "D"), "score"] == pytest.approx(ward.score(tree, frame).index[0], abs=1e-12)
