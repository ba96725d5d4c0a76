"""Weights: effective, perturbed, from principal components, and fitted to a wanted influence.

Belongs here: making weights and describing them. Does not belong here: which weights are used; the default
is equal, and others are the owner's decision, recorded with role, date and reason (`read_overrides`).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
from scipy import optimize

from spi_orchestration.index.diagnostics import first_component
from spi_orchestration.index.framework import Framework, FrameworkError
from spi_orchestration.index.ward import aggregate

if TYPE_CHECKING:
    import pandas as pd

__all__ = [
    "Override",
    "effective_weights",
    "noisy_weights",
    "optimised_weights",
    "pca_weights",
    "read_overrides",
]


@dataclass(frozen=True)
class Override:
    """One weight that its owner decided.

    Attributes:
        code: node.
        weight: above 0.
        role: who decided; a role, not a person.
        decided_on: the day.
        reason: why, in a sentence.
    """

    code: str
    weight: float
    role: str
    decided_on: date
    reason: str


def read_overrides(
    framework: Framework, rows: Iterable[Mapping[str, Any]]
) -> tuple[Framework, tuple[Override, ...]]:
    """Apply the owner's weights to a framework.

    Args:
        framework: with default weights.
        rows: mappings with `code`, `weight`, `role`, `date` (ISO) and `reason`; all are required.

    Returns:
        the framework with these weights, and the decisions.

    Raises:
        FrameworkError: naming each row that is incomplete, of an unknown code, or not positive.
    """
    problems, overrides = [], []
    for number, row in enumerate(rows, start=1):
        lacking = [
            k for k in ("code", "weight", "role", "date", "reason") if not str(row.get(k) or "").strip()
        ]
        if lacking:
            problems.append(
                f"Weight decision {number} lacks {', '.join(lacking)}; every weight needs who, when and why."
            )
            continue
        try:
            weight, day = float(row["weight"]), date.fromisoformat(str(row["date"]))
        except ValueError:
            problems.append(f"Weight decision {number} ({row['code']}) has no readable weight or ISO date.")
            continue
        overrides.append(Override(str(row["code"]), weight, str(row["role"]), day, str(row["reason"])))
    if problems:
        raise FrameworkError(problems)
    return framework.with_weights({o.code: o.weight for o in overrides}), tuple(overrides)


def effective_weights(framework: Framework) -> dict[str, float]:
    """Weight of every node in the index, where all is observed: the product up the tree; siblings share 1."""
    out = {framework.root.code: 1.0}
    for node in reversed(framework.nodes[:-1]):
        siblings = framework.children(node.parent or "")
        total = sum(framework.effective[s.code] for s in siblings)
        counts = node.code in {s.code for s in siblings}
        out[node.code] = (
            out[node.parent or ""] * framework.effective[node.code] / total if counts and total else 0.0
        )
    return {code: out[code] for code in framework.codes}


def noisy_weights(
    framework: Framework, noise: Mapping[int, float], count: int, seed: int
) -> list[dict[str, float]]:
    """Weight sets perturbed at random.

    Args:
        framework: the nominal weights.
        noise: level -> largest relative change; 0.25 moves each weight of the level by up to a quarter
            either way, uniformly.
        count: number of sets.
        seed: of the draws.

    Returns:
        `count` mappings for `Framework.with_weights`.
    """
    random = np.random.default_rng(seed)
    nodes = [n for n in framework.nodes if n.level in noise]
    spread = np.array([noise[n.level] for n in nodes])
    base = np.array([n.weight for n in nodes])
    factors = 1 + random.uniform(-1, 1, (count, len(nodes))) * spread
    return [dict(zip((n.code for n in nodes), row, strict=True)) for row in (base * factors).tolist()]


def pca_weights(framework: Framework, scores: pd.DataFrame, level: int = 1) -> dict[str, float]:
    """Weights from the first principal component within each parent, without synthetic rows.

    Args:
        framework: the tree.
        scores: one row an area, one column a node of `level` (higher is better).
        level: level whose weights are made.

    Returns:
        weights adding up to 1 within each parent. With few areas they are unstable and some are negative:
        a diagnostic, not a recommendation.
    """
    out: dict[str, float] = {}
    for parent in framework.level(level + 1):
        codes = [c.code for c in framework.children(parent.code)]
        table = scores[codes].dropna().to_numpy(dtype=float) if codes else np.empty((0, 0))
        if len(codes) == 1:
            out[codes[0]] = 1.0
        elif codes:
            first = first_component(table)[0]
            out |= dict(zip(codes, (first / first.sum()).tolist(), strict=True))
    return out


def optimised_weights(
    framework: Framework,
    scores: pd.DataFrame,
    aim: Literal["balance", "infomax"] = "balance",
    wanted: Mapping[str, float] | None = None,
    level: int | None = None,
) -> dict[str, float]:
    """Weights of one level under which each node has the influence wanted, measured by its correlation.

    Args:
        framework: the tree; other levels keep their weights.
        scores: one row an area, one column an indicator; higher is better.
        aim: `balance` brings the correlations of the nodes with the index into the proportions wanted;
            `infomax` makes the sum of the squared correlations as large as it can be.
        wanted: node -> relative influence wanted; equal by default.
        level: level whose weights are searched; one below the index by default.

    Returns:
        weights adding up to 1. Source of the idea: W. Becker, M. Saisana, P. Paruolo and I. Vandecasteele,
        Ecological Indicators 80 (2017).
    """
    level = framework.depth - 1 if level is None else level
    nodes = framework.level(level)
    codes = [n.code for n in nodes]
    target = np.array([1.0 if wanted is None else wanted[c] for c in codes])
    array = scores[[n.code for n in framework.indicators]].to_numpy(dtype=float)
    columns = [framework.position[c] for c in codes]

    def influence(raw: np.ndarray) -> np.ndarray:
        weights = np.exp(raw - raw.max())
        result, _ = aggregate(framework.with_weights(dict(zip(codes, weights.tolist(), strict=True))), array)
        given = ~np.isnan(result[:, [*columns, -1]]).any(axis=1)
        return np.array([np.corrcoef(result[given, c], result[given, -1])[0, 1] for c in columns])

    def loss(raw: np.ndarray) -> float:
        found = influence(raw)
        if aim == "infomax":
            return float(-(found**2).sum())
        share = found / found.sum()
        return float(((share - target / target.sum()) ** 2).sum())

    best = optimize.minimize(
        loss,
        np.zeros(len(codes)),
        method="Nelder-Mead",
        options={"maxiter": 600, "xatol": 1e-6, "fatol": 1e-12},
    )
    weights = np.exp(best.x - best.x.max())
    return dict(zip(codes, (weights / weights.sum()).tolist(), strict=True))
