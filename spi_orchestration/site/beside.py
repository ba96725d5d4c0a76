"""What figures stand beside: other wards, wards like it, England, the edition before, what an edition rests on.

Belongs here: these tables of a release as parts of pages. Does not belong here: words (`words.toml`), change
and its causes (`moved.py`), and any judgement that the release does not make.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from markupsafe import Markup

from spi_orchestration.release.coverage import STATUSES
from spi_orchestration.site.tables import Area, Row
from spi_orchestration.site.words import listing, month, number

if TYPE_CHECKING:
    from spi_orchestration.site.pages import Pages

__all__ = ["apart", "breaks_section", "coverage_sections", "data_days", "england_facts", "peers_of"]

#: Judgements of `fct_peer`, and keys of their words.
PEERS = {
    "strength": "higher",
    "weakness": "lower",
    "as expected": "expected",
    "no comparison": "none",
}
#: Standings of `fct_coverage` in which a dataset serves without a decision.
DELIVERED = ("received", "serves")


# --- other wards ----------------------------------------------------------------------------------


def apart(site: Pages, code: str) -> dict[str, Any] | None:
    """How far wards lie apart on a score, in words and edition by edition; None where it is not published.

    Args:
        site: the pages.
        code: of an indicator, component or dimension, or `index`.
    """
    t, release = site.t, site.release
    now = release.inequality.get((release.edition, code))
    if now is None or now["widest"] is None:
        return None
    texts = [t("apart.widest", widest=site.figure(now["widest"]))]
    if now["fifths"] is not None:
        key = f"apart.placed_{now['placed_by']}"
        texts.append(t(key if t.has(key) else "apart.placed_index"))
        texts.append(t("apart.fifths", fifths=site.figure(now["fifths"], 1, signed=True)))
    if now["slope"] is not None:
        slope = site.figure(now["slope"], 1, signed=True)
        known = now["slope_low"] is not None and now["slope_high"] is not None
        texts.append(
            t(
                "apart.slope" if known else "apart.slope_unknown",
                slope=slope,
                low=number(now["slope_low"], 1, True),
                high=number(now["slope_high"], 1, True),
            )
        )
    rows = []
    for edition in release.editions:
        row = release.inequality.get((edition, code))
        if row:
            rows.append(
                {
                    "edition": edition,
                    "widest": row["widest"],
                    "fifths": row["fifths"],
                    "slope": row["slope"],
                    "likely": {"lower_95": row["slope_low"], "upper_95": row["slope_high"]}
                    if row["slope_low"] is not None and row["slope_high"] is not None
                    else None,
                }
            )
    return {"texts": texts, "rows": rows}


def peers_of(site: Pages, area: Area) -> dict[str, Any] | None:
    """A ward's scores beside those of wards like it; None where the release holds none."""
    t, release = site.t, site.release
    parts = [
        ("index", site.site.title),
        *(
            item
            for d in site.tree
            for item in (
                (d["dimension"], d["name"]),
                *((c["component"], c["name"]) for c in d["components"]),
            )
        ),
    ]
    rows = [
        {**row, "name": name, "said": t(f"peers.{PEERS.get(row['class_deviation'], 'none')}")}
        for code, name in parts
        if (row := release.peers.get((area.code, code)))
    ]
    if not rows:
        return None
    others = [r for r in release.tables["dim_peer"] if r["area_code"] == area.code]
    basis = others[0]["basis"].split(";")[0].strip() if others else ""
    key = f"peers.basis_{basis.replace(' ', '_')}"
    components = {c["component"] for c in release.components}
    named = {
        kind: [row["name"] for row in rows if row["code"] in components and row["class_deviation"] == kind]
        for kind in ("strength", "weakness")
    }
    texts = [
        t(
            "peers.lead",
            name=area.name,
            count=max(r["peers"] for r in rows),
            basis=t.plain(key) if t.has(key) else basis,
        ),
    ]
    texts += [
        t(f"peers.{word}_list", parts=listing(named[kind]))
        for kind, word in (("strength", "higher"), ("weakness", "lower"))
        if named[kind]
    ]
    texts.append(t("peers.rest" if named["strength"] or named["weakness"] else "peers.all"))
    return {
        "texts": texts,
        "rows": rows,
        "names": [release.areas[r["peer_code"]] for r in others if r["peer_code"] in release.areas],
    }


# --- England --------------------------------------------------------------------------------------


def england_facts(site: Pages, item: Row) -> list[Any]:
    """What is published of England for an indicator: its figure, the wards' percentiles, or that there is none."""
    t, release = site.t, site.release
    if release.synthetic:
        return [t("england.sample")] if release.tables["fct_england"] else []
    rows = [row for (_, code), row in release.england.items() if code == item["indicator"]]
    if not rows:
        return []
    texts: list[Any] = []
    row = next((r for r in rows if r.get("england") is not None), None)
    if row:
        sign = "%" if item["unit"] == "%" else ""
        texts.append(
            t(
                "england.value",
                value=site.figure(row["england"], item["decimals"]) + sign,
                year=row["england_year"],
                source=row.get("england_source") or row.get("source") or "",
            )
        )
    row = next((r for r in rows if r.get("percentile") is not None), None)
    if row:
        texts.append(
            t(
                "england.percentiles",
                year=row.get("percentile_year") or row.get("england_year"),
                source=row.get("percentile_source") or row.get("source") or "",
            )
        )
    this_year = any("for this year" in str(r["label"]) for r in rows)
    return texts or [t("england.none_year" if this_year else "england.none")]


# --- data of a score ------------------------------------------------------------------------------


def data_days(site: Pages, area: str, level: str, code: str) -> Any:
    """From when the data of a score are: the earliest and the latest middle of a period of its scored indicators."""
    release = site.release
    days = [
        row["mid_date"]
        for item in release.indicators
        if item["scored"] and (level == "index" or item[level] == code)
        if (row := release.value(release.edition, area, item["indicator"]))
        and row["score"] is not None
        and row["mid_date"]
    ]
    if not days:
        return None
    first, last = month(min(days)), month(max(days))
    return site.t("trust.data_of" if first == last else "trust.data_from", first=first, last=last)


# --- breaks ---------------------------------------------------------------------------------------


def breaks_section(site: Pages) -> list[Any]:
    """Breaks of indicators, or of datasets where the release holds none by indicator: which, when, why; each once."""
    release = site.release
    names = {item["indicator"]: item["name"] for item in release.indicators}
    found: dict[tuple[str, str], set[int]] = {}
    for (edition, _, code), row in release.breaks.items():
        if code in names:
            found.setdefault((code, str(row["reason"] or "")), set()).add(int(edition))
    place = "indicators/{}.html"
    if not found:
        place = "quality.html#d-{}"
        names = {code: item["title"] for code, item in release.datasets.items()}
        for row in release.tables["fct_dataset_status"]:
            if row["method_break"] and row["dataset"] in names:
                found.setdefault((row["dataset"], row["method_break"]), set()).add(int(row["edition"]))
    return [
        Markup('[b] <a href="{}">{}</a>, {}: {}').format(
            place.format(code), names[code], listing([str(e) for e in sorted(editions)]), reason
        )
        for (code, reason), editions in sorted(found.items(), key=lambda item: (names[item[0][0]], item[0]))
    ]


# --- coverage -------------------------------------------------------------------------------------


def coverage_sections(site: Pages) -> list[dict[str, Any]]:
    """What each edition rests on, and how the values of each indicator came about in the newest."""
    t, release = site.t, site.release
    rows = release.tables["fct_coverage"]
    if not rows:
        return []
    shown = []
    for edition in sorted({row["edition"] for row in rows}):
        of = [row for row in rows if row["edition"] == edition]
        cells: list[Any] = [str(edition)]
        for kind in ("dataset", "reference"):
            items = [row for row in of if row["item_type"] == kind]
            cells.append(_of(site, sum(row["standing"] in DELIVERED for row in items), len(items)))
        items = [row for row in of if row["item_type"] == "indicator"]
        whole = sum((row["wards_given"] or 0) + (row["not_applicable"] or 0) == row["wards"] for row in items)
        cells.append(_of(site, whole, len(items)))
        cells.append(
            _of(site, sum(row["wards_given"] or 0 for row in items), sum(row["wards"] or 0 for row in items))
        )
        for kind in ("component", "dimension"):
            items = [row for row in of if row["item_type"] == kind]
            cells.append(_of(site, sum(row["standing"] == "scored" for row in items), len(items)))
        share = next((row["weight_refreshed"] for row in of if row["item_type"] == "index"), None)
        cells.append(site.figure(100 * share, 0) + "%" if share is not None else t("site.not_given"))
        shown.append({"id": f"c-{edition}", "cells": cells})
    heads = ("datasets", "references", "indicators", "values", "components", "dimensions", "fresh")
    sections: list[dict[str, Any]] = [
        {
            "title": t("coverage.title"),
            "id": "coverage",
            "texts": [t("coverage.lead")],
            "table": {
                "id": "t-coverage",
                "caption": t("coverage.title"),
                "head": [t("quality.edition"), *(t(f"coverage.{key}") for key in heads)],
                "figures": True,
                "rows": shown,
            },
        }
    ]
    known = {item["indicator"]: item for item in release.indicators}
    items = [
        row
        for row in rows
        if row["edition"] == release.edition and row["item_type"] == "indicator" and row["item"] in known
    ]
    used = [status for status in STATUSES if any(row[status] for row in items)]
    sections.append(
        {
            "title": t("coverage.by_indicator", edition=release.edition),
            "id": "coverage-indicators",
            "folded": t("coverage.open", count=len(items)),
            "texts": [t("coverage.by_lead")],
            "table": {
                "id": "t-coverage-indicators",
                "caption": t("coverage.by_indicator", edition=release.edition),
                "head": [
                    t("ward.indicator"),
                    t("coverage.given"),
                    *(t(f"coverage.status_{s}") for s in used),
                ],
                "figures": True,
                "rows": [
                    {
                        "id": f"ci-{row['item']}",
                        "cells": [
                            Markup('<a href="indicators/{}.html">{}</a>').format(
                                row["item"], known[row["item"]]["name"]
                            ),
                            _of(site, row["wards_given"] or 0, row["wards"] or 0),
                            *(site.figure(row[status] or 0, 0) for status in used),
                        ],
                    }
                    for row in sorted(items, key=lambda r: known[r["item"]]["name"])
                ],
            },
        }
    )
    return sections


def _of(site: Pages, part: int, whole: int) -> Any:
    return site.t("coverage.of", part=site.figure(part, 0), whole=site.figure(whole, 0))
