"""Which indicators may be scored: reliability, coverage, and how much each moves the index.

Belongs here: the rules of admission, decided per method version from the data of its base years, and the
drift a run reports. Does not belong here: changing what is scored; that is a new method version.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from spi_orchestration.index.analysis import variance_shares
from spi_orchestration.index.explain import contributions
from spi_orchestration.index.shrinkage import reliability, sampling_variance
from spi_orchestration.index.uncertainty import Samples
from spi_orchestration.index.ward import Scores
from spi_orchestration.index.weights import effective_weights

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["admission", "drift", "influence"]

#: Least reliability of a scored indicator.
LEAST_RELIABILITY = 0.5

#: Largest share of wards without an open value.
MOST_MISSING = 0.2

#: How many times its nominal share of the index's variance an indicator may have.
MOST_INFLUENCE = 3.0


def admission(samples: Samples) -> pd.DataFrame:
    """Decide which indicators are scored and which are context.

    Args:
        samples: of the base years, after control: a controlled value is missing here.

    Returns:
        one row an indicator: `reliability` (NaN where there is no sampling model), `missing` (share of
        wards), `admitted`, `reason`. Without a sampling model reliability cannot be judged and coverage
        decides; the reason says so.
    """
    import pandas as pd

    rows = []
    for node in samples.framework.indicators:
        counts = samples.counts.get(node.code)
        value = np.full(len(samples.wards), np.nan) if counts is None else counts.value
        missing = float(np.isnan(value).mean())
        found = float("nan") if counts is None else reliability(value, sampling_variance(counts))
        if missing > MOST_MISSING:
            reason = f"{100 * missing:.0f} % of wards controlled or missing"
        elif np.isnan(found):
            reason = "admitted; reliability not estimated"
        elif found < LEAST_RELIABILITY:
            reason = f"reliability {found:.2f} is below {LEAST_RELIABILITY:g}"
        else:
            reason = "admitted"
        rows.append((node.code, found, missing, reason.startswith("admitted"), reason))
    columns = ["indicator", "reliability", "missing", "admitted", "reason"]
    return pd.DataFrame(rows, columns=columns).set_index("indicator")


def drift(decided: pd.DataFrame, now: pd.DataFrame) -> pd.DataFrame:
    """Indicators that would be decided otherwise on today's data; they stay as the method version has them.

    Args:
        decided: `admission` of the method version.
        now: `admission` of this run.
    """
    both = decided.merge(now, left_index=True, right_index=True, suffixes=("_decided", "_now"))
    return both[both["admitted_decided"] != both["admitted_now"]]


def influence(scores: Scores) -> pd.DataFrame:
    """Each indicator's share of the index's variance between wards, beside its nominal share of the weight.

    Args:
        scores: of the wards alone, without district and groups.

    Returns:
        one row a scored indicator: `nominal`, `share` (adding up to 1), `ratio`, `stop`: whether the share
        is above three times the nominal one, so that the run stops for a decision.
    """
    import pandas as pd

    codes = [n.code for n in scores.framework.indicators]
    weights = effective_weights(scores.framework)
    nominal = np.array([weights[c] for c in codes])
    keep = ~np.isnan(scores.index)
    table = contributions(scores)[keep][:, : len(codes)]
    shares, stop = variance_shares(table, nominal, MOST_INFLUENCE)
    frame = pd.DataFrame({"indicator": codes, "nominal": nominal, "share": shares, "stop": stop})
    frame["ratio"] = frame["share"] / frame["nominal"].where(frame["nominal"] > 0)
    return frame[frame["nominal"] > 0].set_index("indicator")[["nominal", "share", "ratio", "stop"]]
