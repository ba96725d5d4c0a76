"""What moved and why: the bridge from the release before, progress since the baseline, targets, events.

Belongs here: these tables of a release as sections, facts and marks of pages. Does not belong here: whether a
change is real (the release says), and words (`words.toml`).
"""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, Any

from markupsafe import Markup

from spi_orchestration.site.tables import Area, Row
from spi_orchestration.site.words import day, number

if TYPE_CHECKING:
    from spi_orchestration.site.pages import Page, Pages

__all__ = ["bridge_of", "bridge_page", "events", "progress_section", "targets_of"]

#: Legs in the order in which they add up: column of `fct_bridge_score`, and key of its words.
LEGS = ("revision", "method", "data", "control")
#: The leg of `fct_bridge` that says something about life in a place.
DATA = "change in the data"
#: Indicators named as having moved a score most.
NAMED = 5
#: Verdicts of the release, and keys of their words.
VERDICTS = {
    "better": "better",
    "worse": "worse",
    "no change beyond doubt": "unclear",
    "not updated": "not_updated",
    "modelled: no change called": "modelled",
    "progress": "progress",
    "falling back": "falling_back",
    "target met": "target_met",
    "not given": "not_given",
    "series break": "series_break",
}


def _said(site: Pages, verdict: Any) -> Markup:
    return site.t(f"change.{VERDICTS.get(str(verdict), 'not_estimated')}")


def _row(site: Pages, area: str, code: str) -> Row | None:
    release = site.release
    return next(
        (
            row
            for row in release.tables["fct_bridge_score"]
            if row["edition"] == release.edition and row["area_code"] == area and row["code"] == code
        ),
        None,
    )


def _movers(site: Pages, area: str) -> list[dict[str, Any]]:
    """Indicators that moved the index of an area most, largest first."""
    release = site.release
    known = {item["indicator"]: item for item in release.indicators}
    rows = [
        row
        for row in release.tables["fct_bridge"]
        if row["edition"] == release.edition
        and row["area_code"] == area
        and row["code"] == "index"
        and row["leg"] == DATA
        and row["part"] in known
        and abs(row["points"]) >= 0.005
    ]
    rows.sort(key=lambda row: (-abs(row["points"]), row["part"]))
    return [{"item": known[row["part"]], "points": row["points"]} for row in rows[:NAMED]]


def _from(site: Pages, row: Row) -> str:
    """Where a bridge comes from: a release, or an edition as restated."""
    if row["from_release"]:
        return site.t.plain("bridge.from_release", release=row["from_release"])
    return site.t.plain("bridge.from_edition", edition=row["from_edition"])


def bridge_of(site: Pages, area: Area) -> dict[str, Any] | None:
    """The bridge of an area's index: where it comes from, its legs, and what moved it; None without one."""
    row = _row(site, area.code, "index")
    if row is None or row["before"] is None or row["after"] is None:
        return None
    return {
        "from": _from(site, row),
        "before": row["before"],
        "legs": [
            {"name": site.t(f"ward.leg_{leg}"), "points": row[leg]} for leg in LEGS if row[leg] is not None
        ],
        "after": row["after"],
        "edition": site.release.edition,
        "verdict": _said(site, row["verdict"]),
        "movers": _movers(site, area.code),
    }


def _cells(site: Pages, row: Row | None, name: Any) -> dict[str, Any]:
    if row is None:
        return {"cells": [name, *[site.t("site.not_given")] * 7]}
    figures = [row["before"], *(row[leg] for leg in LEGS), row["after"]]
    signed = [False, *[True] * len(LEGS), False]
    return {
        "cells": [
            name,
            *(
                site.figure(figure, 1, signed=sign)
                if figure is not None
                else Markup('<span class="none">–</span>')
                for figure, sign in zip(figures, signed, strict=True)
            ),
            _said(site, row["verdict"]),
        ]
    }


def bridge_page(site: Pages) -> Page:
    """The bridge of every area, of every part of the district's index, and what moved the district most."""
    from spi_orchestration.site.pages import Page

    t, release = site.t, site.release
    whole = _row(site, release.district.code, "index")
    title = t.plain("bridge.title", district=release.district.name)
    sections: list[dict[str, Any]] = []
    if whole is None:
        sections.append({"title": None, "texts": [t("ward.bridge_none")]})
        lead = t("bridge.lead_none")
    else:
        lead = t("bridge.lead", source=_from(site, whole))
        if whole["before"] is not None and whole["after"] is not None:
            title = t.plain(
                "bridge.title_change",
                district=release.district.name,
                before=number(whole["before"]),
                source=_from(site, whole),
                after=number(whole["after"]),
                edition=release.edition,
            )
        legs = LEGS if whole["from_release"] else LEGS[2:]
        head = [
            t("overview.ward"),
            t("bridge.before"),
            *(t(f"ward.leg_{leg}") for leg in LEGS),
            f"{t.plain('bridge.now')} ({release.edition})",
            t("bridge.verdict"),
        ]
        sections.append(
            {
                "title": t("bridge.legs"),
                "points": [
                    Markup("<strong>{}</strong>: {}").format(t(f"ward.leg_{leg}"), t(f"bridge.leg_{leg}"))
                    for leg in LEGS
                ],
                "texts": [] if len(legs) == len(LEGS) else [t("bridge.unpublished")],
            }
        )
        sections.append(
            {
                "title": t("bridge.areas"),
                "texts": [t("bridge.adds")],
                "table": {
                    "id": "t-bridge",
                    "caption": t("bridge.areas"),
                    "head": head,
                    "figures": True,
                    "rows": [
                        {
                            "id": f"b-{area.code}",
                            **_cells(site, _row(site, area.code, "index"), area.name),
                        }
                        for area in release.areas.values()
                    ],
                },
            }
        )
        parts = [
            *((d["dimension"], d["name"]) for d in release.dimensions),
            *((c["component"], c["name"]) for c in release.components),
        ]
        sections.append(
            {
                "title": t("bridge.parts", district=release.district.name),
                "table": {
                    "id": "t-bridge-parts",
                    "caption": t("bridge.parts", district=release.district.name),
                    "head": [t("ward.part"), *head[1:]],
                    "figures": True,
                    "rows": [
                        {"id": f"b-{code}", **_cells(site, row, name)}
                        for code, name in parts
                        if (row := _row(site, release.district.code, code)) is not None
                    ],
                },
            }
        )
        movers = _movers(site, release.district.code)
        if movers:
            sections.append(
                {
                    "title": t("bridge.movers", district=release.district.name),
                    "texts": [t("bridge.movers_lead")],
                    "table": {
                        "id": "t-movers",
                        "caption": t("bridge.movers", district=release.district.name),
                        "head": [t("ward.indicator"), t("ward.leg_points")],
                        "figures": True,
                        "rows": [
                            {
                                "cells": [
                                    Markup('<a href="indicators/{}.html">{}</a>').format(
                                        mover["item"]["indicator"], mover["item"]["name"]
                                    ),
                                    site.figure(mover["points"], 2, signed=True),
                                ]
                            }
                            for mover in movers
                        ],
                    },
                }
            )
    return Page(
        "bridge",
        "bridge.html",
        title,
        t.plain("bridge.description", district=release.district.name),
        "text.html",
        {"lead": lead, "sections": sections},
    )


def _names(site: Pages) -> dict[str, str]:
    release = site.release
    return (
        {"index": site.site.title}
        | {d["dimension"]: d["name"] for d in release.dimensions}
        | {c["component"]: c["name"] for c in release.components}
        | {i["indicator"]: i["name"] for i in release.indicators}
    )


def progress_section(site: Pages) -> list[dict[str, Any]]:
    """The baseline that is locked, and every target with the way to it; empty where the release has neither."""
    t, release = site.t, site.release
    sections: list[dict[str, Any]] = []
    for row in release.tables["dim_baseline"]:
        texts: list[Any] = [
            t(
                "lenses.baseline_text",
                name=row["name"],
                edition=row["edition"],
                date=day(row["adopted_on"]),
                role=row["role"],
                source=row["source"],
            )
        ]
        texts.append(
            t("lenses.baseline_lock", release=row["release"], hash=row["sha256"])
            if row["sha256"]
            else t("lenses.baseline_open")
        )
        sections.append({"title": t("lenses.baseline_title"), "id": "baseline", "texts": texts})
    names = _names(site)
    rows = [
        row
        for row in release.tables["fct_progress"]
        if row["edition"] == release.edition and row["target"] is not None
    ]
    order = {code: place for place, code in enumerate(release.areas)}
    level = {code: place for place, code in enumerate(names)}
    rows.sort(key=lambda r: (-order.get(r["area_code"], 0), level.get(r["code"], 0)))
    if rows:
        shown = []
        for row in rows:
            baseline = row["baseline"] if row["baseline"] is not None else row["restated"]
            shown.append(
                {
                    "id": f"p-{row['area_code']}-{row['code']}",
                    "cells": [
                        f"{names.get(row['code'], row['code'])}, {release.areas[row['area_code']].name}",
                        site.figure(baseline),
                        site.figure(row["now"]),
                        site.figure(row["target"]),
                        day(row["due"]),
                        site.figure(row["distance"]),
                        _said(site, row["verdict"]),
                    ],
                }
            )
        sections.append(
            {
                "title": t("lenses.targets"),
                "id": "targets",
                "texts": [t("lenses.targets_lead")],
                "table": {
                    "id": "t-targets",
                    "caption": t("lenses.targets"),
                    "head": [
                        t("lenses.what"),
                        f"{t.plain('lenses.baseline')} ({rows[0]['baseline_edition']})",
                        f"{t.plain('lenses.now')} ({release.edition})",
                        t("indicator.target"),
                        t("lenses.by"),
                        t("lenses.distance"),
                        t("change.verdict"),
                    ],
                    "figures": True,
                    "rows": shown,
                },
            }
        )
    return sections


def targets_of(site: Pages, code: str, decimals: int) -> list[str]:
    """Targets of the release for an indicator, in words."""
    found = []
    for row in site.release.tables["dim_target"]:
        if row["code"] == code:
            wanted = (
                number(row["value"], decimals)
                if row["value"] is not None
                else site.t.plain("indicator.points", points=number(row["score"]))
            )
            area = site.release.areas.get(row["area_code"])
            found.append(
                f"{area.name if area else row['area_code']}: {wanted} ({day(row['due'])}; {row['role']}; {row['source']})"
            )
    return found


def events(site: Pages, area: str, indicators: frozenset[str] | None = None) -> list[tuple[float, str]]:
    """Events of the release that concern an area, and any of some indicators: (year with fraction, words)."""
    concerned = {
        row["event_id"]
        for row in site.release.tables["fct_policy_event"]
        if row["area_code"] == area and (indicators is None or row["indicator"] in indicators)
    }
    return [
        (_year(row["event_date"]), row["event"])
        for row in sorted(
            site.release.tables["dim_policy_event"], key=lambda r: (r["event_date"], r["event"])
        )
        if row["event_id"] in concerned
    ]


def _year(date: dt.date) -> float:
    return date.year + (date.timetuple().tm_yday - 1) / 365.25
