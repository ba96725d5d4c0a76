"""Pages that are mostly text: lenses, data, method, quality, releases, accessibility, embedding, training, terms.

Belongs here: what these pages show of the release. Does not belong here: their words (`words.toml`).
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from markupsafe import Markup

from spi_orchestration.release.files import sha256_file
from spi_orchestration.release.manifest import MANIFEST
from spi_orchestration.site import beside, charts, moved
from spi_orchestration.site.open_files import ZIPPED_FROM, stands_at
from spi_orchestration.site.words import day, listing, number, reading_age, sentences

if TYPE_CHECKING:
    from spi_orchestration.site.pages import Page, Pages

__all__ = ["corrections_csv", "early_access_csv", "pages", "quality_log", "quality_log_csv"]

#: Corrections listed on the page; the file holds all.
LISTED = 50
#: Wards named in exercises.
RESIDENT_LINK = '<a href="{}">{}</a>'


def pages(site: Pages) -> Iterator[Page]:
    """Every page of text of a release."""
    yield lenses(site)
    yield data(site)
    yield method(site)
    yield quality(site)
    yield deliveries(site)
    yield releases(site)
    yield accessibility(site)
    yield from training(site)
    yield terms(site)
    yield embed(site)
    yield from embed_views(site)


def _text(
    site: Pages, kind: str, path: str, key: str, sections: list[dict[str, Any]], lead: Any, **places: Any
) -> Page:
    from spi_orchestration.site.pages import Page

    t = site.t
    return Page(
        kind,
        path,
        t.plain(f"{key}title", **places),
        t.plain(f"{key}description", district=site.release.district.name),
        "text.html",
        {"lead": lead, "sections": sections},
    )


def _link(path: str, title: Any) -> Markup:
    return Markup(RESIDENT_LINK).format(path, title)


def _table(caption: Any, head: list[Any], rows: list[Any], key: str | None = None) -> dict[str, Any]:
    return {"id": key, "caption": caption, "head": head, "rows": rows}


def _contents(site: Pages, sections: list[dict[str, Any]]) -> dict[str, Any]:
    """Links to the parts of a long page."""
    return {
        "title": None,
        "texts": [site.t("site.contents")],
        "links": [
            {"path": f"#{section['id']}", "title": section["title"]}
            for section in sections
            if section.get("id") and section.get("title")
        ],
    }


def lenses(site: Pages) -> Page:
    """Indicators by policy, with baseline, present value and targets."""
    t, release = site.t, site.release
    whole = release.district.code
    sections: list[dict[str, Any]] = []
    for lens in site.site.lenses:
        named: dict[str, list[Any]] = {}
        for item in release.indicators:
            code = str(item.get(lens.column) or "")
            if code:
                named.setdefault(code, []).append(item)
        if not named:
            continue
        sections.append({"title": lens.title, "id": lens.column, "texts": [lens.about]})
        for code in sorted(named):
            title = lens.names.get(code, code.replace("_", " ").capitalize())
            rows = []
            for item in named[code]:
                first = release.value(release.baseline, whole, item["indicator"])
                last = release.value(release.edition, whole, item["indicator"])
                cells: list[Any] = [_link(f"indicators/{item['indicator']}.html", item["name"])]
                cells += [
                    site.figure(row["value"] if row else None, item["decimals"])
                    + ("%" if item["unit"] == "%" and row and row["value"] is not None else "")
                    + (
                        site.fixed("indicator", item["indicator"], whole, item["decimals"], row["edition"])
                        if row
                        else ""
                    )
                    for row in ([first, last] if len(release.editions) > 1 else [last])
                ]
                rows.append({"cells": cells})
            head: list[Any] = [t("ward.indicator"), f"{t.plain('lenses.now')} ({release.edition})"]
            if len(release.editions) > 1:
                head.insert(1, f"{t.plain('lenses.baseline')} ({release.baseline})")
            sections.append(
                {
                    "title": None,
                    "texts": [Markup("<strong>{}</strong>").format(title)],
                    "table": _table(title, head, rows),
                }
            )
    told = moved.progress_section(site)
    sections += told
    targets = site.site.targets
    if targets:
        known = {item["indicator"]: item for item in release.indicators}
        rows = [
            {
                "cells": [
                    known[target.indicator]["name"],
                    number(target.value, known[target.indicator]["decimals"]),
                    day(target.by),
                    target.source,
                ]
            }
            for target in targets
            if target.indicator in known
        ]
        sections.append(
            {
                "title": t("lenses.targets"),
                "table": _table(
                    t("lenses.targets"),
                    [t("ward.indicator"), t("indicator.target"), t("lenses.by"), t("lenses.adopted")],
                    rows,
                ),
            }
        )
    elif not any(section.get("id") == "targets" for section in told):
        sections.append({"title": t("lenses.targets"), "texts": [t("lenses.targets_none")]})
    sections.append({"title": None, "texts": [t("lenses.release", id=release.id)]})
    sections.insert(0, _contents(site, sections))
    return _text(site, "lenses", "lenses.html", "lenses.", sections, t("lenses.lead"))


def data(site: Pages) -> Page:
    """Files of the release, and what their symbols mean."""
    t, release = site.t, site.release
    sizes = {file["path"]: file["bytes"] for file in release.manifest["files"]}
    rows = []
    for table in release.manifest["tables"]:
        name = table["name"]
        files = []
        for kind in ("csv", "parquet"):
            path = f"{kind}/{name}.{kind}"
            if path in sizes:
                place = stands_at(path, sizes[path])
                said = t.plain("data.zip" if place != path else f"data.{kind}")
                size = t.plain("data.bytes", size=number(max(1, sizes[path] / 1024), 0))
                files.append(_link(f"data/files/{place}", f"{said} ({size})"))
        told = t(f"tables.{name}") if t.has(f"tables.{name}") else ""
        rows.append({"cells": [name, told, f"{table['rows']:,}", Markup("<br>").join(files)]})
    sections: list[dict[str, Any]] = [
        {"title": t("data.start"), "points": t.several("data.start_points")},
        {
            "title": t("data.all_tables"),
            "texts": [t("data.zipped", size=number(ZIPPED_FROM / 1000, 0))],
            "table": _table(
                t("data.all_tables"),
                [t("data.table"), t("data.what"), t("data.rows"), t("data.formats")],
                rows,
                "t-files",
            ),
        },
        {
            "title": None,
            "texts": [
                t("data.manifest"),
                _link("data/files/manifest.json", "manifest.json"),
                t("data.powerbi"),
            ],
        },
        {
            "title": t("data.symbols"),
            "texts": [t("data.symbols_lead")],
            "points": [f"[{s}] {t.plain(f'data.symbol_{s}')}" for s in "cxzuebpr"] + [t.plain("data.zero")],
        },
        {
            "title": t("data.licence"),
            "texts": [t("site.licence")],
            "points": release.manifest["attributions"],
        },
    ]
    return _text(site, "data", "data.html", "data.", sections, t("data.lead"))


def method(site: Pages) -> Page:
    """How it is made, with one real number worked through."""
    t, release = site.t, site.release
    scored = [item for item in release.indicators if item["scored"]]
    framework = [
        Markup("{}: {}").format(
            dimension["name"],
            Markup(", ").join(
                _link(f"components/{c['component']}.html", c["name"]) for c in dimension["components"]
            ),
        )
        for dimension in site.tree
    ]
    sections: list[dict[str, Any]] = [
        {"title": None, "points": t.several("method.steps"), "numbered": True},
        {"title": None, "points": t.several("method.rules")},
        {
            "title": t("method.framework"),
            "texts": [
                t(
                    "method.framework_lead",
                    dimensions=len(release.dimensions),
                    components=len(release.components),
                    indicators=len(scored),
                )
            ],
            "points": framework,
        },
        {"title": t("method.example"), "id": "example", "texts": _example(site)},
        {
            "title": t("method.sensitivity"),
            "id": "sensitivity",
            "texts": _sensitivity(site),
            "points": _comparison(site),
        },
        *_choices(site),
    ]
    return _text(
        site,
        "method",
        "method.html",
        "method.",
        sections,
        t("method.lead"),
    )


def _example(site: Pages) -> list[Any]:
    """The first scored indicator with counts, in the first ward that has it unclipped."""
    t, release = site.t, site.release
    for item in release.indicators:
        for ward in release.wards:
            row = release.value(release.edition, ward.code, item["indicator"])
            full = row and row["score"] is not None and row["numerator"] is not None and row["denominator"]
            if not full or not item["scored"] or row is None or row["clipped"] or not item.get("multiplier"):
                continue
            places = max(item["decimals"], 2)
            value = item["multiplier"] * row["numerator"] / row["denominator"]
            if abs(value - row["value"]) > 1e-9 * max(1.0, abs(value)):
                continue
            shown = {
                "value": site.figure(row["value"], places),
                "worst": number(item["worst"], places),
                "best": number(item["best"], places),
            }
            return [
                t(
                    "method.example_lead",
                    indicator=_link(f"indicators/{item['indicator']}.html", item["name"]),
                    ward=_link(f"wards/{ward.code}.html", ward.name),
                ),
                t(
                    "method.example_value",
                    multiplier=number(item["multiplier"], 0),
                    numerator=site.figure(row["numerator"], 1 if row["numerator"] % 1 else 0),
                    denominator=site.figure(row["denominator"], 1 if row["denominator"] % 1 else 0),
                    value=shown["value"],
                ),
                t("method.example_score", score=site.figure(row["score"], 1), **shown),
                t("method.example_clip"),
            ]
    return [t("method.example_none")]


def _sensitivity(site: Pages) -> list[Any]:
    t, tables = site.t, site.release.tables
    texts: list[Any] = []
    if tables["fct_variant_score"]:
        texts += [t("method.sensitivity_lead"), _link("weights.html", t("weights.variants"))]
    if not tables["fct_method_choice"]:
        texts.append(t("method.sensitivity_none"))
    return texts


def _choices(site: Pages) -> list[dict[str, Any]]:
    """Which choice of method moves ranks most, and the ranks each ward could have under other choices."""
    t, release = site.t, site.release
    of = [r for r in release.tables["fct_method_choice"] if r["edition"] == release.edition]
    ranks = {r["area_code"]: r for r in release.tables["fct_method_rank"] if r["edition"] == release.edition}
    sections: list[dict[str, Any]] = []
    if of:
        sections.append(
            {
                "title": t("method.choices"),
                "id": "choices",
                "texts": [t("method.choices_lead")],
                "table": {
                    "id": "t-choices",
                    "caption": t("method.choices"),
                    "head": [t("method.choice"), t("method.share"), t("overview.interval")],
                    "figures": True,
                    "rows": [
                        {
                            "id": f"m-{row['factor'].replace(' ', '-')}",
                            "cells": [
                                _choice(site, row["factor"]),
                                _share(row["total"]),
                                Markup(" \N{EN DASH} ").join(
                                    _share(row[end]) for end in ("total_low", "total_high")
                                ),
                            ],
                        }
                        for row in sorted(of, key=lambda r: (-r["total"], r["factor"]))
                    ],
                },
            }
        )
    if ranks:
        sections.append(
            {
                "title": t("method.ranks"),
                "id": "method-ranks",
                "texts": [t("method.ranks_lead")],
                "table": {
                    "id": "t-method-ranks",
                    "caption": t("method.ranks"),
                    "head": [t("overview.ward"), t("method.rank_middle"), t("method.rank_all")],
                    "figures": True,
                    "rows": [
                        {
                            "id": f"mr-{ward.code}",
                            "cells": [
                                _link(f"wards/{ward.code}.html", ward.name),
                                *(
                                    t(
                                        "method.rank_range",
                                        low=site.figure(ranks[ward.code][low], 0),
                                        high=site.figure(ranks[ward.code][high], 0),
                                    )
                                    for low, high in (("middle_low", "middle_high"), ("lowest", "highest"))
                                ),
                            ],
                        }
                        for ward in release.wards
                        if ward.code in ranks
                    ],
                },
            }
        )
    return sections


def _choice(site: Pages, factor: str) -> Any:
    key = f"method.choice_{factor.replace(' ', '_')}"
    return site.t(key) if site.t.has(key) else factor


def _share(share: float) -> Markup:
    """A share as percent, with the release's figure in the page; an estimate above the whole is said as the whole."""
    from spi_orchestration.site.pages import exact

    return Markup('<data value="{}">{}%</data>').format(exact(share), number(100 * min(share, 1.0), 0))


def _comparison(site: Pages) -> list[Any]:
    t, release = site.t, site.release
    return [
        t(
            "method.comparison_text",
            variant=t("overview.choose_index")
            if row["variant"] == "headline"
            else site.variant_name(row["variant"]),
            value=number(row["value"], 2) or t("method.comparison_empty"),
            wards=row["wards"],
        )
        for row in release.tables["fct_comparison"]
        if row["edition"] == release.edition
    ]


def quality(site: Pages) -> Page:
    """Datasets, six dimensions, deliveries, what could not be placed, the log."""
    t, release = site.t, site.release
    wards = {ward.code for ward in release.wards}
    given: dict[str, list[int]] = {}
    for item in release.indicators:
        count = given.setdefault(item["numerator_dataset"], [0, 0])
        for code in wards:
            row = release.value(release.edition, code, item["indicator"])
            count[0] += bool(row and row["value"] is not None)
            count[1] += 1
    datasets, six = [], []
    for code, item in release.datasets.items():
        status = site.newest_status(code)
        editions = sorted(
            {r["edition"] for r in release.tables["fct_dataset_status"] if r["dataset"] == code}
        )
        datasets.append(
            {
                "id": f"d-{code}",
                "cells": [
                    Markup("{}<br><small>{}</small>").format(item["title"], code),
                    item["supplier_title"],
                    day(status["period_end"]) if status else t("site.not_given"),
                    site._named("way", str(item["method"] or "")),
                    t("quality.checks_text", findings=status["findings"], repaired=status["repaired"])
                    if status
                    else t("indicator.checks_none"),
                    listing([str(e) for e in editions]) or t("site.not_given"),
                ],
            }
        )
        have, of = given.get(code, [0, 0])
        broken = any(r["method_break"] for r in release.tables["fct_dataset_status"] if r["dataset"] == code)
        six.append(
            {
                "cells": [
                    item["title"],
                    _joined(
                        t("quality.complete_text", share=f"{100 * have / of:.0f}%")
                        if of
                        else t("site.not_given"),
                        checked(site, code, "completeness"),
                    ),
                    checked(site, code, "uniqueness") or t("quality.unique_text"),
                    _joined(
                        t("quality.consistent_break" if broken else "quality.consistent_ok"),
                        checked(site, code, "consistency"),
                    ),
                    _joined(
                        t("quality.timely_text", date=day(status["period_end"]))
                        if status
                        else t("site.not_given"),
                        checked(site, code, "timeliness"),
                    ),
                    checked(site, code, "validity")
                    or (
                        t("quality.valid_text", findings=status["findings"])
                        if status
                        else t("site.not_given")
                    ),
                    checked(site, code, "accuracy") or t("quality.accurate_text"),
                    t(
                        "quality.plan_text",
                        owner=item["owner_role"],
                        date=day(site.next_due) or t("site.not_announced"),
                    ),
                ]
            }
        )
    log = quality_log(site)
    sections: list[dict[str, Any]] = [
        *beside.coverage_sections(site),
        {
            "title": t("quality.datasets"),
            "id": "datasets",
            "table": _table(
                t("quality.datasets"),
                [t(f"quality.{k}") for k in ("dataset", "supplier", "period", "way", "checks", "trend")],
                datasets,
                "t-datasets",
            ),
        },
        {
            "title": t("quality.dimensions"),
            "id": "six",
            "texts": [t("quality.dimensions_lead")],
            "table": _table(
                t("quality.dimensions"),
                [
                    t(f"quality.{k}")
                    for k in (
                        "dataset",
                        "complete",
                        "unique",
                        "consistent",
                        "timely",
                        "valid",
                        "accurate",
                        "plan",
                    )
                ],
                six,
                "t-six",
            ),
        },
        _decisions(site),
        _deliveries(site),
        *_unallocated(site),
        {
            "title": t("quality.log"),
            "id": "log",
            "texts": [t("quality.log_lead"), _link("data/quality_log.csv", t("quality.log_download"))],
            "folded": t("quality.log_open", count=len(log)),
            "table": _table(
                t("quality.log"),
                [t(f"quality.{k}") for k in ("kind", "item", "text", "owner")],
                [{"cells": list(row)} for row in log],
                "t-log",
            ),
        },
        {
            "title": t("quality.run"),
            "id": "walk",
            "texts": [
                t(
                    "quality.run_text",
                    manifest=sha256_file(release.folder / MANIFEST),
                    method=release.manifest["method"]["version"],
                    hash=release.manifest["method"]["sha256"],
                )
            ],
        },
    ]
    sections.insert(0, _contents(site, sections))
    return _text(
        site,
        "quality",
        "quality.html",
        "quality.",
        sections,
        t("quality.lead", datasets=len(release.datasets)),
    )


def _joined(*texts: Any) -> Any:
    return Markup("; ").join(text for text in texts if text)


def checked(site: Pages, dataset: str, dimension: str) -> Any:
    """Checks of one dimension passed in a dataset's newest edition, and the one before where it differs."""
    rows = sorted(
        (
            row
            for row in site.release.tables["fct_data_quality"]
            if row["dataset"] == dataset and row["dimension"] == dimension
        ),
        key=lambda row: int(row["edition"]),
    )
    if not rows:
        return None
    last = rows[-1]
    text = site.t("quality.checks_passed", passed=last["passed"], checks=last["checks"])
    others = [row for row in rows[:-1] if row["share_passed"] != last["share_passed"]]
    if not others:
        return text
    before = others[-1]
    return _joined(
        text,
        site.t(
            "quality.checks_before",
            edition=before["edition"],
            passed=before["passed"],
            checks=before["checks"],
        ),
    )


def _accepted(site: Pages) -> list[dict[str, Any]]:
    """Findings on the finished index that a decision accepts, as the manifest names them."""
    found: list[dict[str, Any]] = site.release.manifest.get("index_checks") or []
    return [item for item in found if item.get("accepted")]


def _about(site: Pages, item: str) -> str:
    """The name of an indicator that a finding is about, or what it is about as it stands."""
    named = {row["indicator"]: str(row["name"]) for row in site.release.indicators}
    return named.get(item, item)


def _decisions(site: Pages) -> dict[str, Any]:
    """What people decided about deliveries: kind, check, reason, role and until when."""
    t, release = site.t, site.release
    rows = []
    for row in sorted(
        release.tables["fct_decision"],
        key=lambda r: (-int(r["edition"]), r["dataset"], r["decision"], r["check_id"] or ""),
    ):
        what = t(f"quality.decided_{row['decision']}")
        if row["carried_from"] is not None:
            what = _joined(what, t("quality.decided_from", edition=row["carried_from"]))
        if row["check_id"]:
            what = _joined(what, Markup("<code>{}</code>").format(row["check_id"]))
        rows.append(
            {
                "cells": [
                    release.titles.get(row["dataset"], row["dataset"]),
                    str(row["edition"]),
                    what,
                    row["reason"],
                    f"{row['role']}, {day(row['decided_on'])}",
                    day(row["until"]) if row["until"] else t("quality.decided_no_end"),
                ]
            }
        )
    for item in _accepted(site):
        made = item["accepted"]
        rows.append(
            {
                "cells": [
                    t("quality.decided_about_index", item=_about(site, item["item"])),
                    str(release.manifest["edition"]),
                    _joined(t("quality.decided_accept"), Markup("<code>{}</code>").format(item["check"])),
                    made["reason"],
                    f"{made['role']}, {day(made['date'])}",
                    day(made["until"]),
                ]
            }
        )
    if not rows:
        return {"title": t("quality.decisions"), "id": "decisions", "texts": [t("quality.decisions_none")]}
    return {
        "title": t("quality.decisions"),
        "id": "decisions",
        "texts": [t("quality.decisions_lead")],
        "table": _table(
            t("quality.decisions"),
            [t(f"quality.{k}") for k in ("dataset", "edition", "decision", "why", "by", "until")],
            rows,
            "t-decisions",
        ),
    }


def _deliveries(site: Pages) -> dict[str, Any]:
    t, found = site.t, site.release.manifest["deliveries"]
    section: dict[str, Any] = {"title": t("quality.deliveries"), "id": "deliveries"}
    if not found:
        return {**section, "texts": [t("quality.deliveries_none")]}
    link = {"path": "deliveries.html", "title": t("quality.deliveries_open", count=len(found))}
    return {**section, "texts": [t("quality.deliveries_lead")], "links": [link]}


def deliveries(site: Pages) -> Page:
    """Every delivery behind the release, by its fingerprint."""
    t, release = site.t, site.release
    found = release.manifest["deliveries"]
    rows = [
        {
            "cells": [
                _link(
                    f"quality.html#d-{item['dataset']}",
                    release.datasets[item["dataset"]]["title"],
                )
                if item["dataset"] in release.datasets
                else release.titles.get(item["dataset"], item["dataset"]),
                str(item["edition"]),
                Markup("<code>{}</code>").format(str(item["delivery"])[:12]),
            ]
        }
        for item in found
    ]
    head = [t("quality.dataset"), t("ward.edition"), t("quality.fingerprint")]
    section: dict[str, Any] = {"title": None, "texts": [t("deliveries.fingerprint")]}
    if rows:
        section["table"] = _table(t("deliveries.title"), head, rows, "t-deliveries")
    else:
        section["texts"] = [t("quality.deliveries_none")]
    return _text(
        site, "deliveries", "deliveries.html", "deliveries.", [section], t("quality.deliveries_lead")
    )


def _unallocated(site: Pages) -> list[dict[str, Any]]:
    t, release = site.t, site.release
    newest: dict[tuple[str, str], Any] = {}
    for row in release.tables["fct_unallocated"]:
        key = (row["dataset"], row["measure"])
        if key not in newest or newest[key]["reference_year"] < row["reference_year"]:
            newest[key] = row
    rows = [
        {
            "cells": [
                f"{release.titles.get(dataset, dataset)}: {measure.replace('_', ' ')}",
                f"{row['source_rows']:,}",
                f"{row['rows_without_place']:,}",
                f"{row['rows_elsewhere']:,}",
            ]
        }
        for (dataset, measure), row in sorted(newest.items())
    ]
    if not rows:
        return []
    return [
        {
            "title": t("quality.unallocated"),
            "id": "unallocated",
            "texts": [t("quality.unallocated_lead")],
            "table": _table(
                t("quality.unallocated"),
                [t(f"quality.{k}") for k in ("dataset", "source_rows", "rows_without", "rows_elsewhere")],
                rows,
            ),
        }
    ]


def quality_log(site: Pages) -> list[tuple[str, str, str, str]]:
    """Assumptions, checks and issues of a release: kind, item, what, owner."""
    t, release = site.t, site.release
    log = []
    for row in sorted(release.tables["dim_assumption"], key=lambda r: r["assumption"]):
        text = f"{row['text']} {row['reason']}"
        log.append((t.plain("quality.log_assumption"), row["assumption"], text, row["owner_role"]))
    for row in sorted(
        release.tables["fct_decision"], key=lambda r: (r["dataset"], r["edition"], r["check_id"] or "")
    ):
        text = t.plain(
            "quality.log_decision", what=t.plain(f"quality.decided_{row['decision']}"), why=row["reason"]
        )
        log.append((t.plain("quality.log_issue"), f"{row['dataset']} {row['edition']}", text, row["role"]))
    for item in _accepted(site):
        text = t.plain(
            "quality.log_decision", what=t.plain("quality.decided_accept"), why=item["accepted"]["reason"]
        )
        log.append(
            (t.plain("quality.log_issue"), f"{item['check']} {item['item']}", text, item["accepted"]["role"])
        )
    for item in release.indicators:
        if item["scored"] and item["bounds_status"] == "awaiting":
            text = t.plain(
                "quality.log_bounds", name=item["name"], basis=str(item["bounds_basis"]).replace("_", " ")
            )
            log.append((t.plain("quality.log_assumption"), item["indicator"], text, item["owner_role"]))
    for row in sorted(release.tables["fct_dataset_status"], key=lambda r: (r["dataset"], r["edition"])):
        owner = release.datasets.get(row["dataset"], {}).get("owner_role", "")
        if row["method_break"]:
            text = t.plain("quality.log_break", edition=row["edition"], text=row["method_break"])
            log.append((t.plain("quality.log_issue"), row["dataset"], text, owner))
        if row["carried_forward"] and row["carried_from"] is not None:
            text = t.plain("quality.log_carried", edition=row["edition"], from_edition=row["carried_from"])
            log.append((t.plain("quality.log_issue"), row["dataset"], text, owner))
        if row["findings"] or row["repaired"]:
            text = t.plain("quality.log_findings", findings=row["findings"], repaired=row["repaired"])
            log.append((t.plain("quality.log_check"), f"{row['dataset']} {row['edition']}", text, owner))
    if not release.has_intervals:
        log.append(
            (
                t.plain("quality.log_issue"),
                release.id,
                t.plain("quality.log_unestimated"),
                site.site.contact.role,
            )
        )
    return log


def _csv(header: list[str], rows: list[list[Any]]) -> str:
    stream = io.StringIO()
    writer = csv.writer(stream, lineterminator="\r\n")
    writer.writerow(header)
    writer.writerows(rows)
    return stream.getvalue()


def quality_log_csv(site: Pages) -> str:
    """The quality log as CSV."""
    return _csv(["kind", "item", "text", "owner"], [list(row) for row in quality_log(site)])


def _early(site: Pages) -> list[str]:
    """Roles that see figures early: those the council names, and suppliers who approve what is made of their data."""
    approving = {str(item["by"]) for item in site.release.manifest.get("approvals") or []}
    return [
        *site.site.pre_release_access,
        *(site.t.plain("releases.early_supplier", by=by) for by in sorted(approving)),
    ]


def early_access_csv(site: Pages) -> str:
    """Roles that see figures early, as CSV."""
    return _csv(["role"], [[role] for role in _early(site)])


def corrections_csv(site: Pages) -> str:
    """Every corrected figure, as CSV."""
    from spi_orchestration.site.pages import exact

    rows = [
        [
            c.kind,
            c.code,
            c.edition,
            c.area,
            "" if c.was is None else exact(c.was),
            "" if c.now is None else exact(c.now),
            c.date,
            c.why,
        ]
        for c in site.corrections
    ]
    return _csv(["kind", "code", "edition", "area_code", "was", "now", "corrected", "why"], rows)


def releases(site: Pages) -> Page:
    """Who signed, what was corrected, who saw it early."""
    t, release = site.t, site.release
    record = release.record or {}
    signatures = [
        {"cells": [item["role"], item["given_by"], day(item["date"]), item["note"]]}
        for item in record.get("signatures", [])
    ]
    agreements = {item["agreement"]: item["title"] for item in release.manifest.get("approvals") or []}
    signatures += [
        {
            "cells": [
                t(
                    "releases.supplier",
                    agreement=agreements.get(item.get("agreement"), item.get("agreement") or ""),
                ),
                item["given_by"],
                day(item["date"]),
                item.get("note") or "",
            ]
        }
        for item in record.get("suppliers") or []
    ]
    signed: dict[str, Any] = {
        "title": t("releases.signed"),
        "texts": [f"{t.plain('releases.commissioner')}: {site.site.commissioner}"],
    }
    if signatures:
        signed["table"] = _table(
            t("releases.signed"),
            [t(f"releases.{k}") for k in ("role", "by", "date", "note")],
            signatures,
            "t-signed",
        )
    else:
        signed["texts"].append(t("releases.unsigned"))
    early = _early(site)
    sections: list[dict[str, Any]] = [
        {
            "title": t("releases.this"),
            "texts": [
                t(
                    "site.release_line",
                    id=release.id,
                    status=site.status_word,
                    date=site.published,
                    next=day(site.next_due) or t("site.not_announced"),
                ),
                *(
                    [t("releases.announced", date=day(record["announced"]), why=record["early"])]
                    if record.get("announced") and record.get("early")
                    else []
                ),
            ],
        },
        signed,
        *_index_checks(site),
        {**_decisions(site), "title": t("releases.decisions")},
        _corrections(site),
        {
            "title": t("releases.early"),
            "texts": [
                listing(early) if early else t("releases.early_none"),
                _link("data/pre_release_access.csv", t("releases.early_file")),
            ],
        },
        {
            "title": t("releases.all"),
            "links": [
                {"path": "../status.html", "title": t("release_status.title")},
                {"path": "../../feed.xml", "title": t("releases.feed")},
            ],
        },
    ]
    return _text(site, "releases", "releases.html", "releases.", sections, t("releases.lead"))


def _index_checks(site: Pages) -> list[dict[str, Any]]:
    """Checks of the finished index that did not pass, and who accepted what they found."""
    t, release = site.t, site.release
    names = {item["indicator"]: item["name"] for item in release.indicators}
    rows = []
    for item in release.manifest.get("index_checks") or []:
        accepted = item.get("accepted")
        said = t("releases.unasked" if release.synthetic else "releases.not_accepted")
        if accepted:
            said = t(
                "releases.accepted",
                role=accepted.get("role") or "",
                date=day(accepted.get("date")),
                why=accepted.get("reason") or "",
            )
        code = str(item.get("item") or "")
        rows.append(
            {
                "cells": [
                    names.get(code, code.replace("_", " ")),
                    item.get("expected") or "",
                    item.get("found") or "",
                    said,
                ]
            }
        )
    if not rows:
        return []
    return [
        {
            "title": t("releases.checks"),
            "id": "index-checks",
            "texts": [t("releases.checks_lead")],
            "table": _table(
                t("releases.checks"),
                [t(f"releases.{key}") for key in ("what", "expected", "found", "accepted_by")],
                rows,
                "t-index-checks",
            ),
        }
    ]


def _corrections(site: Pages) -> dict[str, Any]:
    t, release = site.t, site.release
    if not site.previous:
        return {"title": t("releases.corrections"), "texts": [t("releases.corrections_none")]}
    names = {item["indicator"]: (item["name"], item["decimals"]) for item in release.indicators}
    names |= {c["component"]: (c["name"], 1) for c in release.components}
    names |= {d["dimension"]: (d["name"], 1) for d in release.dimensions} | {"index": (site.site.title, 1)}
    rows = []
    for item in site.corrections[:LISTED]:
        name, decimals = names.get(item.code, (item.code, 1))
        area = release.areas[item.area].name if item.area in release.areas else item.area
        rows.append(
            {
                "cells": [
                    f"{name}, {item.edition}",
                    area,
                    number(item.was, decimals) or t("site.not_given"),
                    number(item.now, decimals) or t("site.not_given"),
                ]
            }
        )
    why = (release.record or {}).get("reason") or t.plain("site.no_reason")
    texts = [t("releases.corrections_lead", count=len(site.corrections), previous=site.previous, why=why)]
    if len(site.corrections) > LISTED:
        texts.append(t("releases.more", shown=LISTED))
    texts.append(_link("data/corrections.csv", t("releases.file")))
    return {
        "title": t("releases.corrections"),
        "texts": texts,
        "table": _table(
            t("releases.corrections"),
            [t(f"releases.{k}") for k in ("indicator", "area", "was", "now")],
            rows,
            "t-corrections",
        ),
    }


def accessibility(site: Pages) -> Page:
    """The statement that public bodies owe."""
    t = site.t
    known = site.site.known_issues
    sections: list[dict[str, Any]] = [
        {"title": None, "texts": [t("accessibility.can")], "points": t.several("accessibility.can_list")},
        {"title": t("accessibility.compliance"), "texts": [t("accessibility.compliance_text")]},
        {
            "title": t("accessibility.words"),
            "texts": [t("accessibility.words_text", age=number(reading_age(list(sentences(t))), 0))],
        },
        {
            "title": t("accessibility.known"),
            "texts": [t("accessibility.maps")] + ([] if known else [t("accessibility.known_none")]),
            "points": known,
        },
        {
            "title": t("accessibility.tell"),
            "texts": [
                t("accessibility.tell_text", role=_link(site.site.contact.url, site.site.contact.role))
            ],
        },
        {"title": t("accessibility.enforce"), "texts": [t("accessibility.enforce_text")]},
        {"title": None, "texts": [t("accessibility.prepared", date=day(site.site.statement_date))]},
    ]
    return _text(
        site,
        "accessibility",
        "accessibility.html",
        "accessibility.",
        sections,
        t("accessibility.lead", producer=site.site.producer),
    )


def training(site: Pages) -> Iterator[Page]:
    """Where to learn: tour, two guides, exercises with answers from the release."""
    t, release = site.t, site.release
    from spi_orchestration.site.pages import Page

    places = {"district": release.district.name}
    sections: list[dict[str, Any]] = [
        {"title": t("overview.tour"), "points": t.several("tour.steps"), "numbered": True},
        {
            "title": None,
            "links": [
                {"path": "../index.html#tour", "title": t("overview.tour")},
                {"path": "councillor.html", "title": t("training.councillor")},
                {"path": "officer.html", "title": t("training.officer")},
                {"path": "exercises.html", "title": t("training.exercises")},
            ],
        },
    ]
    yield _text(site, "training", "training/index.html", "training.", sections, t("training.lead"))
    for key, parts in (
        (
            "councillor",
            [
                {"title": None, "points": t.several("training.councillor_points"), "numbered": True},
                {
                    "title": t("training.councillor_dont"),
                    "points": t.several("training.councillor_dont_points"),
                },
            ],
        ),
        ("officer", [{"title": None, "points": t.several("training.officer_points"), "numbered": True}]),
        ("exercises", [{"title": None, "answers": _exercises(site)}]),
    ):
        yield Page(
            "training",
            f"training/{key}.html",
            t.plain(f"training.{key}"),
            t.plain(f"training.{key}_description", **places),
            "text.html",
            {"lead": t(f"training.{key}_lead"), "sections": parts},
        )


def _exercises(site: Pages) -> list[dict[str, Any]]:
    t, release, say = site.t, site.release, site.say
    rows = [row for row in site.ordered() if row["score"] is not None]
    if len(rows) < 2:
        return []
    high, low, ward, next_to = rows[0], rows[-1], rows[len(rows) // 2]["area"], rows[len(rows) // 2 - 1]
    score, whole = say.index(ward.code), say.index(release.district.code)
    out = [
        (
            t("training.exercise_1"),
            t(
                "training.answer_1",
                high=high["area"].name,
                high_score=number(high["score"]),
                low=low["area"].name,
                low_score=number(low["score"]),
            ),
        )
    ]
    if score is not None and whole is not None:
        out.append(
            (
                t("training.exercise_2", ward=ward.name),
                t(
                    "training.answer_2",
                    gap=number(score - whole, 1, True),
                    score=number(score),
                    district=number(whole),
                ),
            )
        )
    parts = [
        (row["score"], -c["position"], c["name"])
        for c in release.components
        if (row := release.score("component", c["component"], release.edition, ward.code))
        and row["score"] is not None
    ]
    if parts:
        best = max(parts)
        out.append(
            (
                t("training.exercise_3", ward=ward.name),
                t("training.answer_3", component=best[2], score=number(best[0])),
            )
        )
    for item in release.indicators:
        row = release.value(release.edition, ward.code, item["indicator"])
        if row and row["value"] is not None and row["mid_date"]:
            answer = t(
                "training.answer_4",
                value=number(row["value"], item["decimals"]),
                unit=item["unit"],
                date=day(row["mid_date"]),
            )
            out.append((t("training.exercise_4", indicator=item["name"], ward=ward.name), answer))
            break
    a, b = next_to, rows[len(rows) // 2]
    letters = [release.letters(row["area"].code) for row in (a, b)]
    if all(letters):
        answer = t(
            "training.answer_5_shared" if set(letters[0]) & set(letters[1]) else "training.answer_5_letters"
        )
    elif a["interval"] and b["interval"]:
        apart = a["interval"]["lower_95"] > b["interval"]["upper_95"]
        answer = t("training.answer_5_yes" if apart else "training.answer_5_no")
    else:
        answer = t("training.answer_5_unknown", gap=number(a["score"] - b["score"]))
    out.append((t("training.exercise_5", a=a["area"].name, b=b["area"].name), answer))
    return [{"question": q, "answer": a} for q, a in out]


def terms(site: Pages) -> Page:
    """Words explained."""
    t = site.t
    points = [text for _, text in sorted(t.branch("terms.list").items(), key=lambda item: item[1].lower())]
    return _text(site, "terms", "terms.html", "terms.", [{"title": None, "points": points}], t("terms.lead"))


def embed(site: Pages) -> Page:
    """Code for other people's pages."""
    from spi_orchestration.site.pages import Page

    t, release = site.t, site.release
    base = (site.site.base_url or "https://example.org").rstrip("/")
    root = f"{base}/releases/{release.id}"

    def code(name: str, path: str) -> str:
        title = t.plain("embed.frame_title", title=site.site.title, name=name)
        safe = title.replace("&", "&amp;").replace('"', "&quot;")
        return f'<iframe src="{root}/{path}" title="{safe}" width="100%" height="760" style="border:0" loading="lazy"></iframe>'

    items = [
        {"code": "all", "name": t("embed.whole"), "html": code(release.district.name, "embed/index.html")}
    ]
    items += [
        {"code": ward.code, "name": ward.name, "html": code(ward.name, f"embed/{ward.code}.html")}
        for ward in release.wards
    ]
    allowed = site.site.frame_ancestors
    return Page(
        "embed",
        "embed.html",
        t.plain("embed.title"),
        t.plain("embed.description", district=release.district.name),
        "embed.html",
        {
            "codes": items,
            "script": f'<script src="{root}/assets/embed.js" defer></script>',
            "unset": None if site.site.base_url else t("embed.no_address"),
            "allowed": t("embed.allowed", sites=listing(allowed)) if allowed else t("embed.allowed_none"),
        },
    )


def embed_views(site: Pages) -> Iterator[Page]:
    """What stands in the frame: the district, and each ward."""
    from spi_orchestration.site.pages import Page

    t, release, say = site.t, site.release, site.say
    values = site.index_values()
    chart = None
    if site.geometry:
        title = t.plain("overview.map_title", district=release.district.name, edition=release.edition)
        chart = {
            "svg": site.geometry.svg(
                values,
                charts.classes_of(list(values.values())),
                title=title,
                description=t.plain("site.figure_table"),
                key="map",
                unlabelled=list(values),
                width=400,
            )
        }
    for area in [release.district, *release.wards]:
        whole = area.type == "district"
        rows = (
            [{**row, "name": row["area"].name} for row in site.ordered()]
            if whole
            else [
                {**site.score_row(area), "name": site.site.title},
                *(
                    {**site.score_row(area, "dimension", d["dimension"]), "name": d["name"]}
                    for d in release.dimensions
                ),
            ]
        )
        name = "index" if whole else area.code
        yield Page(
            "embed_view",
            f"embed/{name}.html",
            t.plain("embed.view_title", name=area.name),
            t.plain(
                "ward.description",
                name=area.name,
                district=release.district.name,
                score=number(say.index(area.code)) or t.plain("site.not_given"),
                edition=release.edition,
            ),
            "embed_view.html",
            {
                "lead": t("overview.lead", district=area.name, score=number(say.index(area.code)))
                if whole
                else say.headline(area),
                "head": t("overview.ward") if whole else t("ward.part"),
                "rows": rows,
                "map": chart if whole else None,
                "full": "index.html" if whole else f"wards/{area.code}.html",
            },
        )
