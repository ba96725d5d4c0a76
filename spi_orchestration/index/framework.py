"""A framework: which indicator sits where, with its weight, direction and bounds.

Belongs here: reading a framework from a table, a CSV file or the seeds of the dbt project, finding every
fault in it at once, and its content hash. Does not belong here: scoring (`ward.py`, `classic.py`).
"""

from __future__ import annotations

import csv
import hashlib
import json
import math
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["Framework", "FrameworkError", "Node"]

#: Classes whose indicators measure a state of life, not what a service did or a register noted.
OUTCOME_CLASSES = ("outcome", "perception")

#: Granularities whose values are modelled or borrowed from a larger area: no change or rank is claimed.
MODELLED = ("lsoa_modelled", "grid_modelled", "practice_borrowed", "msoa_apportioned")

#: Names under which other tools and the dbt seeds write the columns of a framework.
ALIASES = {
    "icode": "code",
    "indcode": "code",
    "indicator": "code",
    "polarity": "direction",
    "iname": "name",
    "estimator_id": "estimator",
}

TEXT_FIELDS = ("name", "unit", "estimator", "cluster", "granularity", "classification")


class FrameworkError(ValueError):
    """A framework that cannot be used.

    Attributes:
        problems: every fault found, each a sentence that names the codes concerned and what is expected.
    """

    def __init__(self, problems: Sequence[str]) -> None:
        self.problems = tuple(problems)
        noun = "fault" if len(self.problems) == 1 else "faults"
        super().__init__(f"The framework has {len(self.problems)} {noun}:\n- " + "\n- ".join(self.problems))


@dataclass(frozen=True)
class Node:
    """One indicator or one aggregate of a framework.

    Attributes:
        code: unique id.
        level: 1 for an indicator; a parent stands one level above its children.
        parent: code of the parent; `None` for the index itself.
        weight: weight among the children of the parent, above 0; rescaled when scored.
        direction: +1 if a higher value is better, -1 if lower is better; `None` for aggregates.
        worst, best: values of the indicator, in its unit, that score 0 and 100.
        name, unit: for people.
        estimator: how the value and its uncertainty are formed (`uncertainty.ESTIMATORS`).
        multiplier: what numerator over denominator is multiplied by, in units of value.
        pooling_years: years in the window of one value.
        dispersion: variance of the count over its mean; 1 for counts of people.
        classification: `outcome`, `perception`, `coverage`, `exposure`, `uptake` or `recorded_demand`.
        cluster: overlap cluster; its scored members share one weight.
        granularity: how local the value is.
        scored: whether the indicator counts in the index; otherwise it is context.
    """

    code: str
    level: int
    parent: str | None
    weight: float = 1.0
    direction: int | None = None
    worst: float = math.nan
    best: float = math.nan
    name: str = ""
    unit: str = ""
    estimator: str = "published"
    multiplier: float = 1.0
    pooling_years: int = 1
    dispersion: float = 1.0
    classification: str = "outcome"
    cluster: str = ""
    granularity: str = ""
    scored: bool = True


@dataclass(frozen=True)
class Framework:
    """A tree of indicators and aggregates, and how scores travel up it.

    Attributes:
        nodes: every node; indicators first, then level by level, in the order given.
        orders: order of the generalised mean by parent level, from level 2 up; 1 is the arithmetic and
            0 the geometric mean. A single number stands for all levels.
        coverage: least share of a parent's weight that must be observed, 0 to 1.
        minimum_children: least number of scored indicators of a level-2 parent.
        version: name of the method version.
    """

    nodes: tuple[Node, ...]
    orders: tuple[float, ...] = (1.0,)
    coverage: float = 2 / 3
    minimum_children: int = 1
    version: str = ""

    def __post_init__(self) -> None:
        problems = list(_problems(self))
        if problems:
            raise FrameworkError(problems)
        order = {level: i for i, level in enumerate(sorted({n.level for n in self.nodes}))}
        ranked = sorted(enumerate(self.nodes), key=lambda pair: (order[pair[1].level], pair[0]))
        object.__setattr__(self, "nodes", tuple(node for _, node in ranked))
        levels = self.depth - 1
        orders = tuple(float(p) for p in self.orders)
        if len(orders) == 1:
            orders = orders * levels
        object.__setattr__(self, "orders", orders)

    @cached_property
    def depth(self) -> int:
        """Number of levels, indicators and index included."""
        return max(n.level for n in self.nodes)

    @cached_property
    def codes(self) -> tuple[str, ...]:
        """Codes of all nodes, indicators first, the index last."""
        return tuple(n.code for n in self.nodes)

    @cached_property
    def position(self) -> dict[str, int]:
        """Position of each code in `codes`."""
        return {code: i for i, code in enumerate(self.codes)}

    @cached_property
    def indicators(self) -> tuple[Node, ...]:
        """The nodes of level 1, context indicators included."""
        return tuple(n for n in self.nodes if n.level == 1)

    @cached_property
    def root(self) -> Node:
        """The index."""
        return self.nodes[-1]

    def level(self, level: int) -> tuple[Node, ...]:
        """The nodes of one level."""
        return tuple(n for n in self.nodes if n.level == level)

    def children(self, code: str) -> tuple[Node, ...]:
        """The children of a node that count in it: context indicators are left out."""
        return tuple(n for n in self.nodes if n.parent == code and (n.level > 1 or n.scored))

    def node(self, code: str) -> Node:
        """The node of a code.

        Raises:
            KeyError: no such code.
        """
        return self.nodes[self.position[code]]

    def order(self, level: int) -> float:
        """Order of the generalised mean that forms the nodes of `level` (2 or above)."""
        return self.orders[level - 2]

    @cached_property
    def effective(self) -> dict[str, float]:
        """Weight of each node among its siblings after overlap clusters; context indicators have 0.

        The members of a cluster that count share the weight that one of them would have, also where they
        stand in two components, as `ind_indicator.sql` does.
        """
        size: dict[str, int] = {}
        for node in self.indicators:
            if node.scored:
                key = node.cluster or node.code
                size[key] = size.get(key, 0) + 1
        weights = {}
        for node in self.nodes:
            if node.level > 1:
                weights[node.code] = node.weight
            elif node.scored:
                weights[node.code] = node.weight / size[node.cluster or node.code]
            else:
                weights[node.code] = 0.0
        return weights

    @cached_property
    def modelled(self) -> frozenset[str]:
        """Codes of the indicators whose values are not facts of the ward."""
        return frozenset(n.code for n in self.indicators if n.granularity in MODELLED)

    def share_of(self, codes: Collection[str]) -> dict[str, float]:
        """Share of each node's nominal weight that some indicators carry, 0 to 1."""
        out = {n.code: float(n.code in codes) for n in self.indicators}
        for node in self.nodes:
            if node.level > 1:
                children = self.children(node.code)
                weights = [self.effective[c.code] for c in children]
                total = sum(weights)
                parts = sum(w * out[c.code] for w, c in zip(weights, children, strict=True))
                out[node.code] = parts / total if total else 0.0
        return out

    def lineage(self, code: str) -> tuple[str, ...]:
        """The codes from a node up to the index."""
        out = [code]
        while (parent := self.node(out[-1]).parent) is not None:
            out.append(parent)
        return tuple(out)

    def with_weights(self, weights: Mapping[str, float]) -> Framework:
        """The same framework with other weights for some codes.

        Raises:
            FrameworkError: a code is unknown or a weight is not positive.
        """
        unknown = sorted(set(weights) - set(self.codes))
        if unknown:
            raise FrameworkError(
                [f"Weights are given for codes that the framework lacks: {', '.join(unknown)}."]
            )
        return replace(
            self, nodes=tuple(replace(n, weight=float(weights.get(n.code, n.weight))) for n in self.nodes)
        )

    def with_orders(self, orders: Iterable[float]) -> Framework:
        """The same framework with other orders of the generalised mean, level 2 first."""
        return replace(self, orders=tuple(orders))

    def only(self, keep: Iterable[str]) -> Framework:
        """The same framework with every other indicator made context; the tree stays as it is.

        Weights stay what they are in the whole framework, shares of clusters included, as
        `idx_variant_weight.sql` has it.
        """
        kept = set(keep)
        shares = self.effective
        return replace(
            self,
            nodes=tuple(
                replace(n, scored=n.scored and n.code in kept, weight=shares[n.code] or n.weight, cluster="")
                if n.level == 1
                else n
                for n in self.nodes
            ),
        )

    def outcomes_only(self) -> Framework:
        """The variant made of indicators that measure outcomes or perceptions."""
        return self.only(n.code for n in self.indicators if n.classification in OUTCOME_CLASSES)

    def content_hash(self) -> str:
        """SHA-256 of everything that decides a score, the same on every machine and in any row order."""
        rows = sorted(
            [
                n.code,
                n.level,
                n.parent,
                n.weight,
                n.direction,
                None if math.isnan(n.worst) else n.worst,
                None if math.isnan(n.best) else n.best,
                n.estimator,
                n.multiplier,
                n.pooling_years,
                n.dispersion,
                n.classification,
                n.cluster,
                n.scored,
            ]
            for n in self.nodes
        )
        body = {
            "nodes": rows,
            "orders": list(self.orders),
            "coverage": self.coverage,
            "minimum_children": self.minimum_children,
            "version": self.version,
        }
        return hashlib.sha256(json.dumps(body, sort_keys=True, ensure_ascii=True).encode("ascii")).hexdigest()

    @cached_property
    def worst(self) -> np.ndarray:
        """Worst bound of each indicator, shape (indicators,), in its unit."""
        return np.array([n.worst for n in self.indicators], dtype=float)

    @cached_property
    def best(self) -> np.ndarray:
        """Best bound of each indicator, shape (indicators,), in its unit."""
        return np.array([n.best for n in self.indicators], dtype=float)

    @classmethod
    def from_rows(cls, rows: Iterable[Mapping[str, Any]], **settings: Any) -> Framework:
        """Read a framework from rows, one a node.

        Args:
            rows: mappings with `code` and `parent`; for indicators `direction` (1, -1, higher, lower); and
                optionally `level`, `weight`, `worst`, `best` and the other fields of `Node`. Without `level`
                it is counted from the leaves. Rows without a code, or of a type other than Indicator or
                Aggregate where a `Type` column says so, are passed over.
            **settings: `orders`, `coverage`, `minimum_children`, `version`.

        Raises:
            FrameworkError: listing every fault.
        """
        nodes, problems = _nodes(rows)
        if problems:
            raise FrameworkError(problems)
        return cls(nodes=tuple(nodes), **settings)

    @classmethod
    def from_frame(cls, frame: pd.DataFrame, **settings: Any) -> Framework:
        """Read a framework from a pandas frame; see `from_rows`."""
        rows = ({k: v for k, v in row.items() if not _blank(v)} for row in frame.to_dict("records"))
        return cls.from_rows(rows, **settings)

    @classmethod
    def from_csv(cls, path: str | Path, **settings: Any) -> Framework:
        """Read a framework from one CSV file (UTF-8, header row); see `from_rows`."""
        return cls.from_rows(_read_csv(Path(path)), **settings)

    @classmethod
    def from_tables(cls, tables: Mapping[str, pd.DataFrame]) -> Framework:
        """Read the framework of a build.

        Args:
            tables: frames by model name: `ind_indicator`, `component`, `dimension`, and `method` with the one row
                of the profile.

        Raises:
            FrameworkError: the framework is faulty.
        """
        return _from_tables(cls, tables)

    @classmethod
    def from_seeds(cls, folder: str | Path, profile: str) -> Framework:
        """Read the framework of a profile from the seeds of the dbt project.

        Args:
            folder: `dbt_project/seeds/framework`.
            profile: `full` or `open`.

        Returns:
            four levels: indicators, components, dimensions and the index, whose code is `index`.

        Raises:
            FrameworkError: a seed is absent, the profile is not in `method.csv`, an indicator has no
                bounds, or the framework itself is faulty.
        """
        return _from_seeds(cls, Path(folder), profile)


def _blank(value: Any) -> bool:
    return value is None or value == "" or (isinstance(value, float) and math.isnan(value))


def _read_csv(path: Path) -> list[dict[str, Any]]:
    if not path.is_file():
        raise FrameworkError([f"There is no file {path.name}; expected a CSV file with one row a node."])
    with path.open(encoding="utf-8-sig", newline="") as handle:
        return [{k: v for k, v in row.items() if k and not _blank(v)} for row in csv.DictReader(handle)]


def _direction(text: Any) -> int | None:
    words = {"higher": 1, "lower": -1, "1": 1, "+1": 1, "-1": -1, "1.0": 1, "-1.0": -1}
    return words.get(str(text).strip().lower())


def _number(row: Mapping[str, Any], name: str, default: float, problems: list[str]) -> float:
    value = row.get(name)
    if _blank(value):
        return default
    try:
        return float(value)  # type: ignore[arg-type]
    except (TypeError, ValueError):
        problems.append(f"{row.get('code')}: {name} is {value!r}; expected a number.")
        return default


def _flag(row: Mapping[str, Any], name: str) -> bool:
    return str(row.get(name, "true")).strip().lower() not in ("false", "0", "no", "0.0")


def _nodes(rows: Iterable[Mapping[str, Any]]) -> tuple[list[Node], list[str]]:
    """Typed nodes, and what could not be typed or placed."""
    problems: list[str] = []
    table = []
    for row in rows:
        named = {ALIASES.get(k.lower(), k.lower()): v for k, v in row.items() if not _blank(v)}
        kind = str(named.get("type", "Indicator")).lower()
        if "code" in named and kind in ("indicator", "aggregate"):
            table.append(named)
    if not table:
        return [], ["It has no rows; expected one row a node with at least code and parent."]
    codes = [str(row["code"]) for row in table]
    doubled = sorted({c for c in codes if codes.count(c) > 1})
    if doubled:
        problems.append(f"Codes stand more than once: {', '.join(doubled)}; expected each code once.")
    parents = {str(r["code"]): (str(r["parent"]) if "parent" in r else None) for r in table}
    heights = _heights(parents, problems)
    if problems:
        return [], problems
    nodes = []
    for row in table:
        code = str(row["code"])
        level = int(_number(row, "level", heights[code], problems))
        direction = None
        if level == 1 and "direction" in row:
            direction = _direction(row["direction"])
            if direction is None:
                problems.append(
                    f"{code}: direction is {row['direction']!r}; expected higher or lower, or 1 or -1."
                )
                direction = 0
        text = {name: str(row[name]) for name in TEXT_FIELDS if name in row}
        if "class" in row:
            text["classification"] = str(row["class"])
        nodes.append(
            Node(
                code=code,
                level=level,
                parent=parents[code],
                weight=_number(row, "weight", 1.0, problems),
                direction=direction,
                worst=_number(row, "worst", math.nan, problems),
                best=_number(row, "best", math.nan, problems),
                multiplier=_number(row, "multiplier", 1.0, problems),
                pooling_years=int(_number(row, "pooling_years", 1, problems)),
                dispersion=_number(row, "dispersion", 1.0, problems),
                scored=_flag(row, "scored"),
                **text,
            )
        )
    return nodes, problems


def _heights(parents: Mapping[str, str | None], problems: list[str]) -> dict[str, int]:
    """Level of each code counted from the leaves; adds unknown parents and cycles to the problems."""
    unknown = sorted({p for p in parents.values() if p is not None and p not in parents})
    for parent in unknown:
        children = ", ".join(sorted(c for c, p in parents.items() if p == parent))
        problems.append(
            f"Parent {parent} of {children} is not in the framework; add its row or correct the parent."
        )
    heights = dict.fromkeys(parents, 1)
    looped = set()
    for start in parents:
        seen, code, height = [start], start, 1
        while (above := parents.get(code)) is not None and above in parents:
            height += 1
            if above in seen:
                looped.update(seen[seen.index(above) :])
                break
            heights[above] = max(heights[above], height)
            seen.append(above)
            code = above
    if looped:
        problems.append(
            f"Parents form a cycle: {', '.join(sorted(looped))}; expected a tree with one index on top."
        )
    return heights


def _problems(framework: Framework) -> Iterable[str]:
    nodes = framework.nodes
    if not nodes:
        yield "It has no nodes."
        return
    codes = [n.code for n in nodes]
    doubled = sorted({c for c in codes if codes.count(c) > 1})
    if doubled:
        yield f"Codes stand more than once: {', '.join(doubled)}; expected each code once."
        return
    parents = {n.code: n.parent for n in nodes}
    tree: list[str] = []
    _heights(parents, tree)
    if tree:
        yield from tree
        return
    yield from _tree_problems(nodes)
    for node in nodes:
        if not node.weight > 0 or math.isinf(node.weight):
            yield f"{node.code}: weight is {node.weight:g}; expected a positive number."
        if node.level == 1:
            yield from _indicator_problems(node)
    yield from _setting_problems(framework)


def _tree_problems(nodes: Sequence[Node]) -> Iterable[str]:
    level = {n.code: n.level for n in nodes}
    roots = sorted(n.code for n in nodes if n.parent is None)
    if len(roots) != 1:
        yield f"Codes without a parent: {', '.join(roots)}; expected exactly one, the index."
    for node in nodes:
        if node.parent is not None and level[node.parent] != node.level + 1:
            yield (
                f"{node.code} (level {node.level}) has parent {node.parent} (level {level[node.parent]}); "
                "expected a parent exactly one level above."
            )
    with_children = {n.parent for n in nodes}
    childless = sorted(n.code for n in nodes if n.level > 1 and n.code not in with_children)
    if childless:
        yield f"Aggregates without children: {', '.join(childless)}; expected at least one child each."


def _indicator_problems(node: Node) -> Iterable[str]:
    if node.direction is None:
        yield f"{node.code}: no direction; expected higher or lower (1 or -1)."
    worst, best = node.worst, node.best
    if math.isnan(worst) and math.isnan(best):
        return
    if math.isnan(worst) or math.isnan(best) or math.isinf(worst) or math.isinf(best):
        yield f"{node.code}: bounds are worst {worst:g} and best {best:g}; expected two finite numbers or none."
    elif worst == best:
        yield f"{node.code}: both bounds are {worst:g}; expected worst and best to differ."
    elif node.direction in (1, -1) and (best - worst) * node.direction < 0:
        better = "higher" if node.direction == 1 else "lower"
        yield (
            f"{node.code}: bounds are reversed (worst {worst:g}, best {best:g}) while {better} is better; "
            "exchange them or correct the direction."
        )


def _setting_problems(framework: Framework) -> Iterable[str]:
    levels = max(n.level for n in framework.nodes) - 1
    if len(framework.orders) not in (1, levels):
        yield f"There are {len(framework.orders)} orders of the mean; expected one, or one for each of {levels} levels."
    if not 0 <= framework.coverage <= 1:
        yield f"The coverage threshold is {framework.coverage:g}; expected a share between 0 and 1."


def _from_seeds(cls: type[Framework], folder: Path, profile: str) -> Framework:
    tables = {
        name: _read_csv(folder / f"{name}.csv")
        for name in ("component", "dimension", "method", f"{profile}_indicator", f"{profile}_bounds")
    }
    methods = [m for m in tables["method"] if m.get("profile") == profile]
    if len(methods) != 1:
        raise FrameworkError([f"method.csv has {len(methods)} rows for profile {profile}; expected one."])
    method = methods[0]
    bounds = {row["indicator"]: row for row in tables[f"{profile}_bounds"]}
    rows: list[dict[str, Any]] = []
    problems = []
    for row in tables[f"{profile}_indicator"]:
        code = row["indicator"]
        if code not in bounds:
            problems.append(f"{code}: no row in {profile}_bounds.csv; expected its worst and best value.")
            continue
        rows.append(
            {k: v for k, v in row.items() if k != "indicator"}
            | {"code": code, "level": 1, "parent": row["component"]}
            | {k: bounds[code][k] for k in ("worst", "best") if k in bounds[code]}
        )
    for row in tables["component"]:
        rows.append(
            {
                "code": row["component"],
                "level": 2,
                "parent": row["dimension"],
                "weight": row["weight"],
                "name": row["name"],
            }
        )
    for row in tables["dimension"]:
        rows.append(
            {
                "code": row["dimension"],
                "level": 3,
                "parent": "index",
                "weight": row["weight"],
                "name": row["name"],
            }
        )
    rows.append({"code": "index", "level": 4, "name": "Index"})
    # A component that no indicator of the profile measures is no fault of the framework: it is not scored.
    used = {r["parent"] for r in rows if r["level"] == 1}
    rows = [r for r in rows if r["level"] != 2 or r["code"] in used]
    dimensions = {r["parent"] for r in rows if r["level"] == 2}
    rows = [r for r in rows if r["level"] != 3 or r["code"] in dimensions]
    if problems:
        raise FrameworkError(problems)
    return cls.from_rows(
        rows,
        orders=tuple(float(method[f"{level}_order"]) for level in ("component", "dimension", "index")),
        coverage=float(method["coverage_threshold"]),
        minimum_children=int(method["minimum_indicators"]),
        version=str(method["method_version"]),
    )


#: Columns of `ind_indicator` that are taken where they are there.
_OPTIONAL = ("name", "unit", "estimator", "multiplier", "pooling_years", "granularity", "class", "dispersion")


def _from_tables(cls: type[Framework], tables: Mapping[str, pd.DataFrame]) -> Framework:
    indicator, method = tables["ind_indicator"], tables["method"].iloc[0]
    component = tables["component"][tables["component"]["component"].isin(set(indicator["component"]))]
    kept = set(component["dimension"])
    rows: list[dict[str, Any]] = []
    for r in indicator.to_dict("records"):
        row = {
            "code": r["indicator"],
            "level": 1,
            "parent": r["component"],
            # The build's weights hold the shares of clusters. The weight of an indicator that is not scored is
            # 0 there; it counts nowhere here either.
            "weight": float(r["weight"]) or 1.0,
            "direction": r["polarity"],
            "worst": float(r["worst"]),
            "best": float(r["best"]),
            "scored": bool(r["scored"]),
        }
        rows.append(row | {k: r[k] for k in _OPTIONAL if k in r and not _blank(r[k])})
    for code, level, parent, table in (
        ("component", 2, "dimension", component),
        ("dimension", 3, None, tables["dimension"][tables["dimension"]["dimension"].isin(kept)]),
    ):
        for r in table.to_dict("records"):
            above = r[parent] if parent else "index"
            rows.append({"code": r[code], "level": level, "parent": above, "weight": float(r["weight"])})
    rows.append({"code": "index", "level": 4})
    return cls.from_rows(
        rows,
        orders=tuple(float(method[f"{level}_order"]) for level in ("component", "dimension", "index")),
        coverage=float(method["coverage_threshold"]),
        minimum_children=int(method["minimum_indicators"]),
        version=str(method.get("method_version", "")),
    )
