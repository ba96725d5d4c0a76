"""A faulty framework is refused with the codes concerned; a sound one reads the same in any row order."""

from __future__ import annotations

import random

import pandas as pd
import pytest

from spi_orchestration.index.framework import Framework, FrameworkError
from tests.index.conftest import REPO, small_rows


def faults(change, **settings) -> str:
    rows = small_rows()
    change(rows)
    with pytest.raises(FrameworkError) as caught:
        Framework.from_rows(rows, **settings)
    return str(caught.value)


def put(code: str, **cells):
    def change(rows):
        row = next(r for r in rows if r["code"] == code)
        row.update(cells)
        for key, value in cells.items():
            if value is None:
                del row[key]

    return change


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (put("i1", parent="c9"), ["c9", "i1", "not in the framework"]),
        (put("spi", parent="c1"), ["cycle", "c1", "d1", "spi"]),
        (put("i1", direction=None), ["i1", "no direction"]),
        (put("i1", direction="up"), ["i1", "'up'", "higher or lower"]),
        (lambda rows: rows.append(dict(rows[0])), ["i1", "more than once"]),
        (put("c2", weight=0), ["c2", "weight is 0", "positive"]),
        (put("i2", weight=-1), ["i2", "weight is -1"]),
        (put("i2", weight="much"), ["i2", "weight is 'much'", "number"]),
        (put("i3", best=0), ["i3", "both bounds are 0"]),
        (put("i4", worst=4, best=8), ["i4", "reversed"]),
        (put("i4", worst=None), ["i4", "two finite numbers or none"]),
        (put("c3", parent=None), ["Codes without a parent", "c3"]),
        (put("i5", parent="d1"), ["i5", "parent d1", "exactly one level above"]),
        (lambda rows: rows.clear(), ["no rows"]),
        (
            lambda rows: rows.append({"code": "c4", "parent": "d2", "level": 2}),
            ["Aggregates without children", "c4"],
        ),
    ],
)
def test_each_fault_is_named(change, words):
    message = faults(change)
    for word in words:
        assert word in message


def test_all_faults_are_told_at_once():
    def change(rows):
        put("i1", direction=None)(rows)
        put("c2", weight=0)(rows)
        put("i3", best=0)(rows)

    message = faults(change)
    assert "3 faults" in message
    assert all(code in message for code in ("i1", "c2", "i3"))


def test_settings_are_checked():
    assert "2 orders" in faults(lambda rows: None, orders=(1, 0))
    assert "coverage" in faults(lambda rows: None, coverage=1.5)


def test_hash_knows_content_and_not_row_order(small):
    rows = small_rows()
    random.Random(3).shuffle(rows)
    again = Framework.from_rows(rows, coverage=0.6)
    assert again.content_hash() == small.content_hash()
    assert small.with_weights({"i1": 2}).content_hash() != small.content_hash()
    assert Framework.from_rows(rows, coverage=0.7).content_hash() != small.content_hash()


def test_frame_with_coinr_headings_and_rows_of_other_types():
    frame = pd.DataFrame(
        {
            "iCode": ["A", "B", "T", "Pop"],
            "Level": [1, 1, 2, None],
            "Parent": ["T", "T", None, None],
            "Direction": [1, -1, 1, 1],
            "Type": ["Indicator", "Indicator", "Aggregate", "Denominator"],
            "Weight": [1, 3, 1, None],
        }
    )
    framework = Framework.from_frame(frame)
    assert framework.codes == ("A", "B", "T")
    assert [n.direction for n in framework.nodes] == [1, -1, None]
    assert framework.effective == {"A": 1.0, "B": 3.0, "T": 1.0}


def test_csv_and_absent_csv(tmp_path):
    path = tmp_path / "framework.csv"
    path.write_text(
        "code,parent,direction,worst,best\na,t,higher,0,1\nb,t,lower,1,0\nt,,,,\n",
        encoding="utf-8",
        newline="\n",
    )
    assert Framework.from_csv(path).codes == ("a", "b", "t")
    with pytest.raises(FrameworkError, match=r"There is no file other\.csv"):
        Framework.from_csv(tmp_path / "other.csv")


def test_open_seeds_of_the_project_are_a_sound_framework():
    framework = Framework.from_seeds(REPO / "dbt_project" / "seeds" / "framework", "open")
    assert framework.depth == 4
    assert framework.root.code == "index"
    assert framework.minimum_children == 2
    # The two air quality indicators overlap and share one weight.
    assert framework.effective["no2_ratio"] == framework.effective["particulates_ratio"] == 0.5
    with pytest.raises(FrameworkError, match=r"nowhere_indicator\.csv"):
        Framework.from_seeds(REPO / "dbt_project" / "seeds" / "framework", "nowhere")


def test_variants_keep_the_weights_of_the_whole(small):
    rows = small_rows()
    for code in ("i1", "i2"):
        put(code, cluster="k")(rows)
    put("i2", **{"class": "uptake"})(rows)
    framework = Framework.from_rows(rows)
    assert framework.effective["i1"] == 0.5
    assert framework.outcomes_only().effective["i1"] == 0.5
    assert framework.outcomes_only().effective["i2"] == 0.0
    assert small.lineage("i1") == ("i1", "c1", "d1", "spi")
