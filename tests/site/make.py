"""Releases to build sites from: the framework of the seeds, made-up figures, five editions.

Belongs here: warehouses, drafts and releases for tests. Does not belong here: tests.
"""

from __future__ import annotations

import csv
import datetime as dt
import json
from pathlib import Path
from typing import Any

import duckdb

from spi_orchestration.release.draft import write_draft
from spi_orchestration.release.publish import Release, publish
from spi_orchestration.settings import Settings
from spi_orchestration.site.config import SiteConfig
from tests.helpers.project import ROOT

SEEDS = ROOT / "dbt_project" / "seeds"
EDITIONS = (2022, 2023, 2024, 2025, 2026)

LICHFIELD = ("E07000194", "Lichfield")
ELSEWHERE = ("E07099999", "Northmere")


def seed(name: str) -> list[dict[str, str]]:
    with (SEEDS / name).open(encoding="utf-8-sig", newline="") as stream:
        return list(csv.DictReader(stream))


def places(district: tuple[str, str]) -> list[tuple[str, str, str, list[str]]]:
    """(code, name, type, wards) of every area."""
    if district == LICHFIELD:
        wards = sorted(
            {
                (r["ward_code"], r["ward_name"])
                for r in seed("geography/wards.csv")
                if r["district_code"] == district[0]
            }
        )
        groups: dict[str, tuple[str, list[str]]] = {}
        for row in seed("geography/area_groups.csv"):
            groups.setdefault(row["group_code"], (row["group_name"], []))[1].append(row["ward_code"])
    else:
        wards = [(f"E0509990{n}", f"Marsh <End> & {'ABCDEFGHI'[n]}") for n in range(9)]
        groups = {"old_town": ("Old Town", [code for code, _ in wards[:3]])}
    found = [(code, name, "ward", [code]) for code, name in wards]
    found += [(code, name, "group", members) for code, (name, members) in sorted(groups.items())]
    return [*found, (*district, "district", [code for code, _ in wards])]


def make_warehouse(
    path: Path,
    *,
    edition: int = 2026,
    editions: tuple[int, ...] = EDITIONS,
    district: tuple[str, str] = LICHFIELD,
    doubt: bool = False,
    shift: float = 0.0,
) -> Path:
    """Marts of a build. `doubt` adds intervals, rank sets, changes and a bridge; `shift` moves one figure."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.unlink(missing_ok=True)
    areas = places(district)
    wards = [area for area in areas if area[2] == "ward"]
    editions = tuple(e for e in editions if e <= edition)
    framework, bounds = _framework()
    components = seed("framework/component.csv")
    dimensions = seed("framework/dimension.csv")
    of = {c["component"]: c["dimension"] for c in components}
    tables: dict[str, list[dict[str, Any]]] = {name: [] for name in ("dim_area", "dim_ward_boundary")}
    for place, (code, name, kind, members) in enumerate(areas, start=1):
        tables["dim_area"].append(
            {
                "area_code": code,
                "area_name": name,
                "area_type": kind,
                "position": place,
                "ward_codes": " ".join(sorted(members)),
                "wards": len(members),
            }
        )
    for n, (code, *_) in enumerate(wards):
        x, y = 400000 + 2000 * (n % 5), 310000 - 1500 * (n // 5)
        ring = [[x, y], [x + 2000, y], [x + 2000, y + 1500], [x, y + 1500], [x, y]]
        tables["dim_ward_boundary"].append(
            {
                "ward_code": code,
                "label_easting": x + 1000,
                "label_northing": y + 750,
                "geometry": json.dumps({"type": "Polygon", "coordinates": [ring]}),
            }
        )
    tables["dim_edition"] = [
        {
            "edition": e,
            "is_current": e == edition,
            "profile": "full",
            "method_version": "ward-2026.1",
            "coverage_threshold": 2 / 3,
            "minimum_indicators": 2,
            "synthetic": True,
        }
        for e in editions
    ]
    tables["dim_component"] = [
        {**c, "position": int(c["position"]), "weight": float(c["weight"])} for c in components
    ]
    tables["dim_dimension"] = [
        {**d, "position": int(d["position"]), "weight": float(d["weight"])} for d in dimensions
    ]
    tables["dim_dataset"] = [
        {
            "dataset": name,
            "title": f"Dataset {name}",
            "theme": "theme",
            "supplier_title": "A supplier",
            "owner_role": "An owner",
            "agreement": "Open Government Licence v3.0",
            "attribution": "Contains made-up information.",
            "disclosure_rule": "D0",
            "cycle": "annual",
            "geography_level": "ward",
            "method": "direct_ward",
        }
        for name in sorted({row["numerator_dataset"] for row in framework})
    ]
    tables["dim_indicator"] = [_indicator(row, bounds[row["indicator"]], of) for row in framework]
    indicators = tables["dim_indicator"]
    tables["fct_dataset_status"] = [
        {
            "dataset": d["dataset"],
            "edition": e,
            "reference_year": e - 1,
            "period_start": dt.date(e - 1, 4, 1),
            "period_end": dt.date(e, 3, 31),
            "layout": "csv",
            "method": "direct_ward",
            "coverage_label": None,
            "method_break": "The definition changed." if n == 3 and e == 2024 else None,
            "carried_forward": n == 5 and e == 2025,
            "carried_from": 2024 if n == 5 and e == 2025 else None,
            "synthetic": True,
            "repaired": n % 3,
            "findings": n % 2,
        }
        for n, d in enumerate(tables["dim_dataset"])
        for e in editions
    ]
    values, scores = _figures(areas, indicators, editions, shift)
    tables["fct_indicator_value"] = values
    tables |= _scores(areas, indicators, components, dimensions, editions, scores)
    tables["fct_variant_score"] = [
        {
            "variant": "outcomes_only",
            "edition": row["edition"],
            "area_code": row["area_code"],
            "area_type": row["area_type"],
            "score": min(100.0, row["score"] + 1.5),
            "components": 12,
            "components_scored": 8,
            "label": "rests on 8 of 12 components",
        }
        for row in tables["fct_index_score"]
    ]
    tables["fct_comparison"] = [
        {
            "edition": edition,
            "variant": "headline",
            "comparator": "iod",
            "statistic": "spearman",
            "wards": len(wards),
            "value": 0.75,
        }
    ]
    if doubt:
        tables |= _doubt(tables, edition)
    with duckdb.connect(str(path)) as con:
        con.execute("create schema marts")
        for name, rows in tables.items():
            _create(con, name, rows)
    return path


def _framework() -> tuple[list[dict[str, str]], dict[str, dict[str, str]]]:
    """The seeds' indicators, filled up to the 78 of the whole framework with copies under other names."""
    rows = seed("framework/full_indicator.csv")
    bounds = {row["indicator"]: row for row in seed("framework/full_bounds.csv")}
    for n in range(78 - len(rows)):
        model = rows[n]
        code = f"{model['indicator']}_also"
        rows.append({**model, "indicator": code, "name": f"{model['name']}, also"})
        bounds[code] = bounds[model["indicator"]]
    return rows, bounds


def _indicator(row: dict[str, str], bound: dict[str, str], of: dict[str, str]) -> dict[str, Any]:
    return {
        "indicator": row["indicator"],
        "name": row["name"],
        "component": row["component"],
        "dimension": of[row["component"]],
        "description": row["description"],
        "unit": row["unit"],
        "decimals": int(row["decimals"]),
        "polarity": row["polarity"],
        "estimator": row["estimator"],
        "class": row["class"],
        "cluster": row["cluster"] or None,
        "granularity": row["granularity"],
        "pooling_years": int(row["pooling_years"]),
        "scored": row["scored"] == "true",
        "weight": float(row["weight"]),
        "worst": float(bound["worst"]),
        "best": float(bound["best"]),
        "bounds_basis": bound["basis"],
        "bounds_note": bound["basis_note"] or None,
        "bounds_status": bound["status"],
        "disclosure_rule": row["disclosure_rule"],
        "numerator_dataset": row["numerator_dataset"],
        "numerator_measure": row["numerator_measure"],
        "denominator_dataset": row["denominator_dataset"] or None,
        "denominator_measure": row["denominator_measure"] or None,
        "multiplier": float(row["multiplier"] or 1),
        "supplier_title": "A supplier",
        "agreement": "Open Government Licence v3.0",
        "attribution": "Contains made-up information.",
        "hiap_lead": row["hiap_lead"],
        "local_plan_topic": row["local_plan_topic"],
        "lichfield_2050": row["lichfield_2050"],
        "owner_role": row["owner_role"],
        "justification": row["justification"] or None,
    }


def _figures(
    areas: Any, indicators: Any, editions: Any, shift: float
) -> tuple[list[dict[str, Any]], dict[Any, float | None]]:
    """Values between the bounds by a fixed rule; one value missing, one protected, one carried forward."""
    values, scores = [], {}
    for e in editions:
        for a, (code, _, kind, _) in enumerate(areas):
            for i, item in enumerate(indicators):
                share = ((i * 37 + a * 17 + e * 5) % 97 + 0.5) / 97
                if shift and (e, a, i) == (editions[-1], 0, 0):
                    share = min(1.0, share + shift)
                value: float | None = item["worst"] + (item["best"] - item["worst"]) * share
                status, denominator, numerator = "observed", None, None
                if item["denominator_measure"]:
                    denominator = 800.0 + 13 * a
                    numerator = value * denominator / item["multiplier"]
                    value = item["multiplier"] * numerator / denominator
                if (a + i) % 61 == 7:
                    status, value, numerator, denominator = "missing", None, None, None
                elif (a + i) % 61 == 11:
                    status, numerator = "controlled", None
                score = (
                    None if value is None else 100 * (value - item["worst"]) / (item["best"] - item["worst"])
                )
                scores[e, code, item["indicator"]] = score
                values.append(
                    {
                        "edition": e,
                        "area_code": code,
                        "area_type": kind,
                        "indicator": item["indicator"],
                        "value": value,
                        "numerator": numerator,
                        "denominator": denominator,
                        "score": score,
                        "clipped": False,
                        "status": status,
                        "period_start": dt.date(e - 1, 4, 1),
                        "period_end": dt.date(e, 3, 31),
                        "mid_date": dt.date(e - 1, 9, 30),
                        "pooling_years": 1,
                        "years_observed": 1,
                        "carried_forward": i == 4,
                        "refreshed": i != 4,
                        "granularity": item["granularity"],
                        "coverage_label": None,
                        "method_break": "The definition changed." if i == 6 and e == 2024 else None,
                    }
                )
    return values, scores


def mean(parts: list[tuple[float, float | None]]) -> float | None:
    kept = [(w, s) for w, s in parts if s is not None]
    return sum(w * s for w, s in kept) / sum(w for w, _ in kept) if kept else None


def _scores(
    areas: Any, indicators: Any, components: Any, dimensions: Any, editions: Any, scores: Any
) -> dict[str, list[dict[str, Any]]]:
    out: dict[str, list[dict[str, Any]]] = {
        "fct_component_score": [],
        "fct_dimension_score": [],
        "fct_index_score": [],
    }
    for e in editions:
        for code, name, kind, _ in areas:
            dims = []
            for dimension in dimensions:
                comps = []
                for component in (c for c in components if c["dimension"] == dimension["dimension"]):
                    inside = [
                        i for i in indicators if i["component"] == component["component"] and i["scored"]
                    ]
                    parts = [(i["weight"], scores[e, code, i["indicator"]]) for i in inside]
                    score = mean(parts) if len(inside) > 1 else None
                    comps.append((float(component["weight"]), score))
                    out["fct_component_score"].append(
                        {
                            "edition": e,
                            "area_code": code,
                            "area_type": kind,
                            "component": component["component"],
                            "dimension": dimension["dimension"],
                            "score": score,
                            "indicators": len(inside),
                            "indicators_observed": sum(s is not None for _, s in parts),
                            "weight_observed": 1.0,
                            "weight_refreshed": 0.9,
                            "label": "scored" if score is not None else "not scored: too few indicators",
                        }
                    )
                score = mean(comps)
                dims.append((float(dimension["weight"]), score))
                out["fct_dimension_score"].append(
                    {
                        "edition": e,
                        "area_code": code,
                        "area_type": kind,
                        "dimension": dimension["dimension"],
                        "score": score,
                        "components": len(comps),
                        "components_scored": sum(s is not None for _, s in comps),
                        "weight_observed": 1.0,
                        "weight_refreshed": 0.9,
                        "label": "scored",
                    }
                )
            out["fct_index_score"].append(
                {
                    "edition": e,
                    "area_code": code,
                    "area_name": name,
                    "area_type": kind,
                    "score": mean(dims),
                    "position": None,
                    "components": 12,
                    "components_scored": 12,
                    "weight_observed": 1.0,
                    "weight_refreshed": 0.9,
                    "label": "scored",
                }
            )
    return out


def _doubt(tables: Any, edition: int) -> dict[str, list[dict[str, Any]]]:
    """Intervals of ±3 points, ranks that overlap, a change of each kind, and what moved."""
    intervals, ranks, changes = [], [], []
    numbers = {"index": 4, "dimension": 3, "component": 2}
    before = {(r["edition"], r["area_code"]): r["score"] for r in tables["fct_index_score"]}
    for level, table in (
        ("index", "fct_index_score"),
        ("dimension", "fct_dimension_score"),
        ("component", "fct_component_score"),
    ):
        for row in tables[table]:
            if row["score"] is not None:
                code = "index" if level == "index" else row[level]
                intervals.append(_interval(row, code, numbers[level], row["score"], None))
    intervals += [
        _interval(r, r["indicator"], 1, r["score"], r["value"])
        for r in tables["fct_indicator_value"]
        if r["value"] is not None and r["edition"] == edition
    ]
    now = [row for row in tables["fct_index_score"] if row["edition"] == edition]
    wards = sorted((row for row in now if row["area_type"] == "ward"), key=lambda r: -r["score"])
    for place, row in enumerate(wards):
        ranks.append(
            {
                "edition": edition,
                "area_code": row["area_code"],
                "code": "index",
                "rank_low": max(1, place - 3),
                "rank_high": min(len(wards), place + 5),
                "rank_group": "ABC"[place * 3 // len(wards)],
            }
        )
    for place, row in enumerate(now):
        low, high = ((1.0, 4.0), (-4.0, -1.0), (-2.0, 2.0))[place % 3]
        first = before[min(e for e, _ in before), row["area_code"]]
        changes.append(
            {
                "edition": edition,
                "area_code": row["area_code"],
                "code": "index",
                "level": 4,
                "before": first,
                "after": row["score"],
                "change": row["score"] - first,
                "low": low,
                "high": high,
                "verdict": ("better", "worse", "no change beyond doubt")[place % 3],
            }
        )
    changes[-1]["verdict"] = "not updated"
    return {
        "fct_interval": intervals,
        "fct_rank_set": ranks,
        "fct_change": changes,
        **_moved(tables, now, before),
    }


def _moved(tables: Any, now: Any, scores: Any) -> dict[str, list[dict[str, Any]]]:
    """A bridge that adds up, progress of each verdict, a baseline, two targets and two events."""
    edition = now[0]["edition"]
    editions = sorted({e for e, _ in scores})
    if len(editions) < 2:
        return {}
    verdicts = (
        ("progress", 1.0, 4.0),
        ("falling back", -4.0, -1.0),
        ("no change beyond doubt", -2.0, 2.0),
        ("not updated", -2.0, 2.0),
        ("modelled: no change called", -2.0, 2.0),
    )
    found: dict[str, list[dict[str, Any]]] = {
        name: [] for name in ("fct_bridge", "fct_bridge_score", "fct_progress", "fct_policy_event")
    }
    names = [item["indicator"] for item in tables["dim_indicator"]]
    for place, row in enumerate(now):
        at = {"edition": edition, "area_code": row["area_code"]}
        legs = {"revision": 0.25, "method": -0.5, "data": 1.25, "control": 0.0}
        found["fct_bridge_score"].append(
            {
                **at,
                "from_edition": editions[-2],
                "from_release": f"{editions[-2]}.1",
                "code": "index",
                "level": 4,
                "before": row["score"] - sum(legs.values()),
                "after": row["score"],
                **legs,
                "low": -0.5,
                "high": 3.0,
                "weight_refreshed": 0.9,
                "verdict": ("no change beyond doubt", "better")[place % 2],
            }
        )
        found["fct_bridge"] += [
            {
                **at,
                "from_edition": editions[-2],
                "from_release": f"{editions[-2]}.1",
                "code": "index",
                "level": 4,
                "leg": "change in the data",
                "part": part,
                "points": points,
            }
            for part, points in (("total", 1.25), (names[0], 1.5), (names[1], -0.25), (names[2], 0.001))
        ]
        verdict, low, high = verdicts[place % len(verdicts)]
        goal = {"target": 80.0, "due": dt.date(2028, 3, 31)} if row["area_type"] == "district" else {}
        first = scores[editions[0], row["area_code"]]
        found["fct_progress"].append(
            {
                **at,
                "baseline_edition": editions[0],
                "code": "index",
                "baseline": first + 0.5,
                "restated": first,
                "now": row["score"],
                "target": goal.get("target"),
                "due": goal.get("due"),
                "distance": 80.0 - row["score"] if goal else None,
                "share": 0.1 if goal else None,
                "low": low,
                "high": high,
                "verdict": verdict,
            }
        )
    district = next(row["area_code"] for row in now if row["area_type"] == "district")
    found["dim_baseline"] = [
        {
            "baseline": "first",
            "name": "A baseline",
            "edition": editions[0],
            "release": f"{editions[0]}.1",
            "sha256": "ef" * 32,
            "adopted_on": dt.date(2024, 1, 15),
            "role": "A cabinet",
            "source": "Minute 7",
            "synthetic": True,
        }
    ]
    found["dim_target"] = [
        {
            "area_code": district,
            "code": code,
            "score": 80.0,
            "value": value,
            "due": dt.date(2028, 3, 31),
            "role": "A cabinet",
            "signed_on": dt.date(2024, 1, 15),
            "source": "Minute 8",
            "synthetic": True,
        }
        for code, value in (("index", None), (names[0], 4.5))
    ]
    found["dim_policy_event"] = [
        {
            "event_id": n,
            "event_date": date,
            "event": words,
            "source": "Minute 9",
            "synthetic": True,
        }
        for n, date, words in (
            (1, dt.date(2024, 9, 1), "A hub opens"),
            (2, dt.date(2025, 5, 1), "Works begin in one ward"),
        )
    ]
    one = now[0]["area_code"]
    found["fct_policy_event"] = [
        {"event_id": 1, "area_code": row["area_code"], "indicator": names[0]} for row in now
    ] + [{"event_id": 2, "area_code": one, "indicator": name} for name in names]
    return found


def _interval(
    row: dict[str, Any], code: str, level: int, score: float | None, value: float | None
) -> dict[str, Any]:
    """A row of `fct_interval`: three points about a score, a tenth about a value."""
    return {
        "edition": row["edition"],
        "area_code": row["area_code"],
        "code": code,
        "level": level,
        "low_95": None if score is None else score - 3,
        "high_95": None if score is None else score + 3,
        "value_low_95": None if value is None else value - abs(value) / 10,
        "value_high_95": None if value is None else value + abs(value) / 10,
    }


def _create(con: Any, name: str, rows: list[dict[str, Any]]) -> None:
    import pandas as pd

    kinds = {bool: "boolean", int: "bigint", float: "double", str: "varchar", dt.date: "date"}
    columns = {}
    for key in rows[0]:
        sample = next((row[key] for row in rows if row[key] is not None), None)
        columns[key] = (
            kinds[type(sample)] if sample is not None else ("bigint" if key == "position" else "varchar")
        )
    frame = pd.DataFrame({key: pd.Series([row[key] for row in rows], dtype=object) for key in columns})
    con.register("frame", frame)
    chosen = ", ".join(f"cast({key} as {kind}) as {key}" for key, kind in columns.items())
    con.execute(f"create table marts.{name} as select {chosen} from frame")
    con.unregister("frame")


def facts(edition: int, district: tuple[str, str]) -> dict[str, Any]:
    return {
        "edition": edition,
        "profile": "full",
        "district": {"code": district[0], "name": district[1]},
        "method_version": "ward-2026.1",
        "method_hash": "ab" * 32,
        "synthetic": True,
        "deliveries": [
            {"dataset": "scc_eyfsp", "edition": edition, "delivery": "cd" * 32, "synthetic": True}
        ],
        "attributions": ["Contains made-up information."],
        "run": {},
    }


def make_release(
    settings: Settings,
    *,
    edition: int = 2026,
    district: tuple[str, str] = LICHFIELD,
    today: str = "2026-12-15",
    more: dict[str, Path] | None = None,
    index_checks: list[dict[str, Any]] | None = None,
    **changes: Any,
) -> Release:
    """A release; `more` adds marts from Parquet files, `index_checks` findings on the finished index."""
    name = f"{edition}-{len(list(settings.drafts.glob('*')) if settings.drafts.is_dir() else [])}"
    warehouse = make_warehouse(
        settings.warehouse / f"{name}.duckdb", edition=edition, district=district, **changes
    )
    with duckdb.connect(str(warehouse)) as con:
        for table, parquet in (more or {}).items():
            con.execute(f"create table marts.{table} as select * from read_parquet('{parquet.as_posix()}')")
    said = facts(edition, district) | ({"index_checks": index_checks} if index_checks else {})
    draft = write_draft(warehouse, settings.drafts / name, said)
    return publish(settings, draft, today=dt.date.fromisoformat(today))


def settings_in(folder: Path) -> Settings:
    folder.mkdir(parents=True, exist_ok=True)
    return Settings(root=folder, data=folder / "data", shares_file=folder / "shares.yml")


def elsewhere() -> SiteConfig:
    """What another council would write."""
    return SiteConfig.model_validate(
        {
            "title": "Progress in Places",
            "producer": "Northmere Council",
            "commissioner": "Head of Policy",
            "contact": {"role": "Insight team", "url": "https://northmere.example/"},
            "close_ups": ["old_town"],
            "label_anchors": {"E05099904": [408500, 309700]},
            "logo": "northmere.svg",
            "links": [{"title": "Northmere Council", "url": "https://www.northmere.example/"}],
            "accent": "#003c3c",
            "colours": ["#e6f2ee", "#b4dacd", "#6fb39e", "#2f8069", "#00473a"],
            "statement_date": "2026-11-23",
            "base_url": "https://progress.northmere.example",
            "frame_ancestors": ["https://www.northmere.example"],
        }
    )
