"""Which areas and indicators have enough data to be scored.

Belongs here: availability, by area, indicator and group, and screening by it. Does not belong here: filling
gaps (`impute.py`) or the coverage rule of the ward method (`ward.py`).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Literal

from spi_orchestration.index.framework import Framework

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["availability", "screen"]


def screen(
    values: pd.DataFrame,
    by: Literal["missing", "zeros", "both"] = "missing",
    data_threshold: float = 0.66,
    nonzero_threshold: float = 0.05,
    force: Mapping[object, bool] | None = None,
) -> pd.DataFrame:
    """Screen areas by how much of their data is there.

    Args:
        values: one row an area, one column an indicator; missing is NaN.
        by: screen by missing values, by zeros, or by both.
        data_threshold: least share of indicators with a value, 0 to 1.
        nonzero_threshold: least share of values that are not zero, 0 to 1.
        force: areas that are included (True) or left out (False) whatever the data; each area named must
            be in `values`.

    Returns:
        one row an area: `missing`, `zero`, `missing_or_zero` (counts), `available`, `nonzero` (shares),
        `low_data`, `low_nonzero`, `included`, `forced`.

    Raises:
        KeyError: `force` names an unknown area.
    """
    import pandas as pd

    force = dict(force or {})
    unknown = [a for a in force if a not in values.index]
    if unknown:
        raise KeyError(f"Areas are forced that are not in the data: {unknown}.")
    width = values.shape[1]
    missing = values.isna().sum(axis=1)
    zero = (values == 0).sum(axis=1)
    present = width - missing
    table = pd.DataFrame(
        {
            "missing": missing,
            "zero": zero,
            "missing_or_zero": missing + zero,
            "available": present / width,
            "nonzero": 1 - zero / present.where(present > 0),
        }
    )
    table["low_data"] = table["available"] < data_threshold
    table["low_nonzero"] = table["nonzero"] < nonzero_threshold
    failed = {
        "missing": table["low_data"],
        "zeros": table["low_nonzero"],
        "both": table["low_data"] | table["low_nonzero"],
    }[by]
    table["included"] = ~failed
    table["forced"] = False
    for area, keep in force.items():
        table.loc[area, ["included", "forced"]] = [keep, True]
    return table


def availability(framework: Framework, values: pd.DataFrame) -> pd.DataFrame:
    """Share of indicators with a value below each node.

    Args:
        framework: the framework.
        values: one row an area, one column an indicator.

    Returns:
        one row an area, one column an aggregate node, shares 0 to 1 of its scored indicators.
    """
    import pandas as pd

    present = values.reindex(columns=[n.code for n in framework.indicators]).notna()
    below: dict[str, list[str]] = {n.code: [] for n in framework.nodes if n.level > 1}
    for node in framework.indicators:
        if node.scored:
            for code in framework.lineage(node.code)[1:]:
                below[code].append(node.code)
    return pd.DataFrame({code: present[codes].mean(axis=1) for code, codes in below.items() if codes})
