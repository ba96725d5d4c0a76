"""What stands on each kind of page.

Belongs here: one function a page kind, from the release's tables to what its template shows. Does not belong
here: HTML (`templates/`), words (`words.toml`), writing files (`build.py`).
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from markupsafe import Markup

from spi_orchestration.release.formats import cell_text
from spi_orchestration.site import beside, charts, moved
from spi_orchestration.site.config import SiteConfig
from spi_orchestration.site.tables import Area, ReleaseTables, Row
from spi_orchestration.site.text import Narrator
from spi_orchestration.site.words import Words, day, listing, month, number

__all__ = ["Correction", "Page", "Pages", "exact"]

#: A tenth of what the summary may differ: figures are corrected only if they really differ.
MODELLED = frozenset({"lsoa_modelled", "practice_borrowed", "msoa_apportioned"})


def exact(value: float | int) -> str:
    """A figure with the digits of the release's CSV."""
    return str(cell_text(value))


@dataclass(frozen=True)
class Correction:
    """A figure that a correction changed, the day on which that was published, and why."""

    kind: str
    code: str
    edition: int
    area: str
    was: float | None
    now: float | None
    date: str = ""
    why: str = ""


@dataclass
class Page:
    """One page: where it stands, what it is called, its template and what that shows."""

    kind: str
    path: str
    title: str
    description: str
    template: str
    context: dict[str, Any] = field(default_factory=dict)
    scripts: tuple[str, ...] = ()


class Pages:
    """All pages of one release.

    Args:
        release: its tables.
        site: what the council decides.
        words: the words.
        corrections: figures that differ from the release which this one corrects.
        standing: the newest correction of each figure of this edition, of this release and of those before it.
        previous: id of that release.
        next_due: day on which the next release is due.
    """

    def __init__(
        self,
        release: ReleaseTables,
        site: SiteConfig,
        words: Words,
        corrections: Sequence[Correction] = (),
        previous: str | None = None,
        next_due: dt.date | None = None,
        standing: Sequence[Correction] | None = None,
    ) -> None:
        self.release = release
        self.site = site
        self.t = words
        self.say = Narrator(release, words)
        self.corrections = list(corrections)
        self.previous = previous
        self.next_due = next_due
        self.has_pdf = False
        self.geometry = charts.Geometry(
            release.tables["dim_ward_boundary"],
            {ward.code: ward.name for ward in release.wards},
            site.label_anchors,
        )
        self._corrected = {
            (c.kind, c.code, c.edition, c.area): c for c in (corrections if standing is None else standing)
        }

    # --- what many pages share --------------------------------------------------------------------

    @property
    def published(self) -> str:
        """Day of publication in words."""
        record = self.release.record
        return day(record["published"]) if record else self.t.plain("site.not_published")

    @property
    def status_word(self) -> str:
        """draft, sample or final."""
        if not self.release.record:
            return self.t.plain("site.status_draft")
        return self.t.plain("site.status_sample" if self.release.synthetic else "site.status_final")

    def citation(self, page: Page, marked: bool = True) -> str:
        """How to cite a page; marked as sample data where it is, unless what stands around it says so."""
        record = self.release.record
        path = page.path.replace(".html", ".pdf") if page.kind == "pack" else page.path
        base = (self.site.base_url or "").rstrip("/")
        said = self.t.plain(
            "site.cite_text",
            producer=self.site.producer,
            year=record["published"][:4] if record else self.release.edition,
            title=self.site.title,
            id=self.release.id,
            page=page.title,
            address=f"{base}/releases/{self.release.id}/{path}"
            if base
            else f"/releases/{self.release.id}/{path}",
        )
        return self.t.plain("ward.summary_sample", text=said) if marked and self.release.synthetic else said

    def main_nav(self) -> list[dict[str, str]]:
        """Links at the top of every page."""
        items = [
            ("overview", "index.html"),
            ("wards", "wards/index.html"),
            ("indicators", "indicators/index.html"),
            ("compare", "compare.html"),
            ("change", "change.html"),
            ("data", "data.html"),
            ("method", "method.html"),
        ]
        return [{"title": self.t.plain(f"nav.{key}"), "path": path} for key, path in items]

    def more_nav(self) -> list[dict[str, str]]:
        """Links at the foot of every page."""
        items = [
            ("group", "groups/index.html"),
            ("bridge", "bridge.html"),
            ("weights", "weights.html"),
            ("what_if", "what-if.html"),
            ("lenses", "lenses.html"),
            ("quality", "quality.html"),
            ("releases", "releases.html"),
            ("training", "training/index.html"),
            ("terms", "terms.html"),
            ("embed", "embed.html"),
            ("accessibility", "accessibility.html"),
        ]
        return [{"title": self.t.plain(f"nav.{key}"), "path": path} for key, path in items]

    def corrected(
        self, kind: str, code: str, area: str, decimals: int = 1, edition: int | None = None
    ) -> Markup | None:
        """Sentence beside a corrected figure; None where it stands as it did, to the decimals that are shown."""
        found = self._corrected.get((kind, code, edition or self.release.edition, area))
        if not found:
            return None
        none = self.t.plain("site.not_given")
        was, now = number(found.was, decimals) or none, number(found.now, decimals) or none
        if was == now:
            return None
        return self.t(
            "site.corrected",
            date=day(found.date),
            was=was,
            now=now,
            why=found.why or self.t.plain("site.no_reason"),
        )

    def estimated(self, area: Area | None = None) -> Markup | None:
        """How much of the weight of an area's index its range holds the doubt of; None where it holds all."""
        release = self.release
        row = release.interval("index", "index", release.edition, (area or release.district).code)
        share = (row or {}).get("estimated")
        if share is None or share > 0.995:
            return None
        return self.t("trust.estimated", share=_percent(share))

    def fixed(self, kind: str, code: str, area: str, decimals: int = 1, edition: int | None = None) -> Markup:
        """The same, as it stands in a table: nothing, or the sentence after the figure."""
        said = self.corrected(kind, code, area, decimals, edition)
        return Markup(' <em class="corrected">{}</em>').format(said) if said else Markup("")

    def score_row(self, area: Area, level: str = "index", code: str = "index") -> dict[str, Any]:
        """A score with what stands beside it."""
        release = self.release
        row = release.score(level, code, release.edition, area.code) or {}
        score = row.get("score")
        interval = release.interval(level, code, release.edition, area.code)
        return {
            "area": area,
            "level": level,
            "code": code,
            "score": score,
            "label": row.get("label"),
            "interval": interval,
            "bar": charts.bar(
                score, *((interval["lower_95"], interval["upper_95"]) if interval else (None, None))
            ),
            "correction": self.corrected(level, code, area.code),
            "rank": self._rank(area),
            "change": self.say.difference(area.code, level, code) if len(release.editions) > 1 else None,
            "verdict": self.t(f"change.{self.say.verdict(area.code, level, code)}"),
            "days": beside.data_days(self, area.code, level, code) if score is not None else None,
        }

    def _rank(self, area: Area) -> str:
        row = self.release.rank(self.release.edition, area.code)
        if not row:
            return ""
        same = row["rank_low"] == row["rank_high"]
        said = self.t.plain(
            "overview.rank_one" if same else "overview.rank_range", low=row["rank_low"], high=row["rank_high"]
        )
        if row.get("group_id") is not None:
            key = "overview.group_set" if len(str(row["group_id"])) > 1 else "overview.group_set_one"
            said += ", " + self.t.plain(key, letter=row["group_id"])
        return said

    def ordered(self, level: str = "index", code: str = "index") -> list[dict[str, Any]]:
        """Wards by score, highest first; those without one last."""
        rows = [self.score_row(ward, level, code) for ward in self.release.wards]
        return sorted(rows, key=lambda r: (r["score"] is None, -(r["score"] or 0), r["area"].position))

    def map(
        self,
        values: Mapping[str, float | None],
        *,
        title: str,
        description: str,
        table: str,
        unit: str = "",
        key: str = "map",
    ) -> dict[str, Any] | None:
        """A map with its close-ups, classes and legend; None where the release holds no boundaries."""
        if not self.geometry:
            return None
        classes = charts.classes_of(list(values.values()))
        groups = [self.release.areas[code] for code in self.site.close_ups if code in self.release.areas]
        close = {code for group in groups for code in group.wards}
        return {
            "key": key,
            "table": table,
            "title": title,
            "unit": unit,
            "classes": classes,
            "counts": classes.counts(values.get(ward.code) for ward in self.release.wards),
            "svg": self.geometry.svg(
                values, classes, title=title, description=description, key=key, unlabelled=sorted(close)
            ),
            "close_ups": [
                {
                    "name": group.name,
                    "svg": self.geometry.svg(
                        values,
                        classes,
                        title=self.t.plain("overview.close_up", name=group.name) + ": " + title,
                        description=description,
                        key=f"{key}-{group.code}",
                        only=group.wards,
                        width=400,
                        tallest=1.0,
                    ),
                }
                for group in groups
            ],
        }

    def extremes(self, values: Mapping[str, float | None]) -> dict[str, Any] | None:
        """Lowest and highest ward of a figure; None where no ward has one."""
        known = [
            (value, -ward.position, ward)
            for ward in self.release.wards
            if (value := values.get(ward.code)) is not None
        ]
        if not known:
            return None
        low, high = min(known, key=lambda k: (k[0], -k[1])), max(known, key=lambda k: (k[0], k[1]))
        return {"low": low[0], "lowest": low[2].name, "high": high[0], "highest": high[2].name}

    def index_values(self, level: str = "index", code: str = "index") -> dict[str, float | None]:
        """Score of every ward."""
        return {row["area"].code: row["score"] for row in self.ordered(level, code)}

    @cached_property
    def tree(self) -> list[dict[str, Any]]:
        """Dimensions with their components, and the district's scores."""
        release, whole = self.release, self.release.district.code

        def score(level: str, code: str) -> float | None:
            row = release.score(level, code, release.edition, whole)
            return row["score"] if row else None

        return [
            {
                **dimension,
                "weight": _plain(dimension["weight"]),
                "score": score("dimension", dimension["dimension"]),
                "components": [
                    {
                        **component,
                        "weight": _plain(component["weight"]),
                        "score": score("component", component["component"]),
                        "scored": any(
                            (
                                release.score("component", component["component"], release.edition, w.code)
                                or {}
                            ).get("score")
                            is not None
                            for w in release.wards
                        ),
                    }
                    for component in release.components
                    if component["dimension"] == dimension["dimension"]
                ],
            }
            for dimension in release.dimensions
        ]

    def events(
        self,
        component: str | None = None,
        area: str | None = None,
        indicators: frozenset[str] | None = None,
    ) -> list[tuple[float, str]]:
        """Policy events as (year with fraction, words): the council's own, and those of the release."""
        return [
            *moved.events(self, area or self.release.district.code, indicators),
            *self._own_events(component),
        ]

    def _own_events(self, component: str | None) -> list[tuple[float, str]]:
        return [
            (event.date.year + (event.date.timetuple().tm_yday - 1) / 365.25, event.title)
            for event in self.site.events
            if component is None or not event.components or component in event.components
        ]

    # --- all pages --------------------------------------------------------------------------------

    def all(self) -> Iterator[Page]:
        """Every page of the release."""
        yield self.overview()
        yield self.wards()
        for ward in self.release.wards:
            yield self.area_page(ward)
        yield self.groups()
        for group in self.release.groups:
            yield self.area_page(group)
        for dimension in self.release.dimensions:
            yield self.part(dimension, "dimension")
        for component in self.release.components:
            yield self.part(component, "component")
        yield self.indicators()
        for indicator in self.release.indicators:
            yield self.indicator(indicator)
        yield self.compare()
        yield self.change()
        yield moved.bridge_page(self)
        yield self.weights()
        yield self.what_if()
        from spi_orchestration.site import prose

        yield from prose.pages(self)

    def _page(
        self, kind: str, path: str, template: str, title: str, description: str, /, **context: Any
    ) -> Page:
        return Page(kind, path, title, description, template, context)

    def overview(self) -> Page:
        """Map, wards in order, groups, dimensions."""
        release, t = self.release, self.t
        ranking = self.ordered()
        ends = self.extremes(self.index_values())
        names = {"district": release.district.name, "edition": release.edition}
        title = t.plain("overview.title_none", **names)
        chart = None
        if ends:
            title = t.plain(
                "overview.title",
                low=number(ends["low"]),
                high=number(ends["high"]),
                district=names["district"],
            )
            chart = self.map(
                self.index_values(),
                title=t.plain("overview.map_title", **names),
                description=t.plain(
                    "overview.map_desc",
                    low=number(ends["low"]),
                    lowest=ends["lowest"],
                    high=number(ends["high"]),
                    highest=ends["highest"],
                ),
                table="t-ranking",
            )
        scored = [i for i in release.indicators if i["scored"]]
        page = self._page(
            "overview",
            "index.html",
            "overview.html",
            title,
            t.plain("overview.description", wards=len(release.wards), **names),
            heading=title,
            lead=t(
                "overview.lead",
                district=release.district.name,
                score=number(self.say.index(release.district.code)) or t.plain("site.not_given"),
            ),
            notes=[
                *([t("trust.open")] if release.profile == "open" else []),
                *([said] if (said := self.estimated()) else []),
            ],
            map=chart,
            ranking=ranking,
            whole=self.score_row(release.district),
            groups=[self.score_row(group) for group in release.groups],
            tree=self.tree,
            dimensions_lead=t(
                "overview.dimensions_lead",
                dimensions=len(release.dimensions),
                components=len(release.components),
                indicators=len(scored),
            ),
        )
        page.scripts = ("data/scores.js",)
        return page

    def wards(self) -> Page:
        """List of wards."""
        t, release = self.t, self.release
        rows = [
            {
                "path": f"wards/{row['area'].code}.html",
                "name": row["area"].name,
                "value": row["score"],
                "interval": row["interval"],
                "note": row["days"],
                "fixed": self.fixed("index", "index", row["area"].code),
                "decimals": 1,
                "unit": "",
            }
            for row in sorted(self.ordered(), key=lambda r: r["area"].position)
        ]
        return self._page(
            "list",
            "wards/index.html",
            "list.html",
            t.plain("wards.title", count=len(rows), district=release.district.name),
            t.plain("wards.description", district=release.district.name, edition=release.edition),
            lead=t("wards.lead"),
            sections=[
                {"title": None, "head": t("overview.ward"), "column": t("overview.score"), "rows": rows}
            ],
        )

    def indicators(self) -> Page:
        """List of indicators by component."""
        t, release = self.t, self.release
        sections = []
        for component in release.components:
            rows = []
            for item in release.indicators:
                if item["component"] == component["component"]:
                    row = release.value(release.edition, release.district.code, item["indicator"])
                    rows.append(
                        {
                            "path": f"indicators/{item['indicator']}.html",
                            "name": item["name"],
                            "note": self._kind_of(item, row),
                            "value": row["value"] if row else None,
                            "interval": release.interval(
                                "indicator", item["indicator"], release.edition, release.district.code
                            ),
                            "fixed": self.fixed(
                                "indicator", item["indicator"], release.district.code, item["decimals"]
                            ),
                            "decimals": item["decimals"],
                            "unit": item["unit"],
                        }
                    )
            if rows:
                sections.append(
                    {
                        "title": component["name"],
                        "path": f"components/{component['component']}.html",
                        "head": t("ward.indicator"),
                        "column": release.district.name,
                        "rows": rows,
                    }
                )
        return self._page(
            "list",
            "indicators/index.html",
            "list.html",
            t.plain("indicators.title", count=len(release.indicators)),
            t.plain("indicators.description", district=release.district.name),
            lead=t("indicators.lead"),
            sections=sections,
        )

    def _kind_of(self, item: Row, row: Row | None) -> str:
        """From when a value of the district is, and what is to be known of it."""
        said = [] if item["scored"] else [self.t.plain("ward.context")]
        if row and row["value"] is not None:
            if row["mid_date"]:
                said.append(self.t.plain("trust.data_of", last=month(row["mid_date"])))
            if row["status"] != "observed":
                said.append(self.t.plain(f"status.{row['status']}"))
        return "; ".join(said)

    # --- wards and groups -------------------------------------------------------------------------

    def _scores_of(self, area: Area) -> list[dict[str, Any]]:
        release = self.release
        items: list[tuple[str, str, str, str | None]] = [("index", "index", self.site.title, None)]
        for dimension in self.tree:
            items.append(
                (
                    "dimension",
                    dimension["dimension"],
                    dimension["name"],
                    f"components/{dimension['dimension']}.html",
                )
            )
            items += [
                ("component", c["component"], c["name"], f"components/{c['component']}.html")
                for c in dimension["components"]
            ]
        rows = []
        for level, code, name, path in items:
            row = self.score_row(area, level, code)
            whole = release.score(level, code, release.edition, release.district.code)
            district = whole["score"] if whole else None
            gap = row["score"] - district if row["score"] is not None and district is not None else None
            interval = row["interval"]
            clear = interval is None or not interval["lower_95"] <= (district or 0) <= interval["upper_95"]
            rows.append(
                {
                    **row,
                    "name": name,
                    "path": path,
                    "district": district,
                    "gap": gap,
                    "mark": self.say.mark(gap, clear),
                }
            )
        return rows

    def _indicator_parts(self, area: Area) -> list[dict[str, Any]]:
        release = self.release
        parts = []
        for component in release.components:
            rows = []
            for item in release.indicators:
                if item["component"] != component["component"]:
                    continue
                code = item["indicator"]
                row = release.value(release.edition, area.code, code)
                whole = release.value(release.edition, release.district.code, code)
                low, high = self._range[code]
                series = [
                    (release.value(edition, area.code, code) or {}).get("value")
                    for edition in release.editions
                ]
                rows.append(
                    {
                        "indicator": item,
                        "row": row,
                        "district": whole,
                        "interval": release.interval("indicator", code, release.edition, area.code),
                        "strip": charts.position_strip(
                            row["value"] if row else None, whole["value"] if whole else None, low, high
                        ),
                        "spark": charts.sparkline(series),
                        "england": release.england.get((area.code, code)),
                        "correction": self.corrected("indicator", code, area.code, item["decimals"]),
                    }
                )
            if rows:
                parts.append({**component, "rows": rows})
        return parts

    @cached_property
    def _range(self) -> dict[str, tuple[float | None, float | None]]:
        release, found = self.release, {}
        for item in release.indicators:
            values = [
                row["value"]
                for ward in release.wards
                if (row := release.value(release.edition, ward.code, item["indicator"]))
                and row["value"] is not None
            ]
            found[item["indicator"]] = (min(values), max(values)) if values else (None, None)
        return found

    def _lost(self, area: Area) -> list[dict[str, Any]] | None:
        """Points that each component is short of 100, weighted as in the index; largest first."""
        release = self.release
        if not release.is_additive or self.say.index(area.code) is None:
            return None
        parts = []
        dims = [d for d in release.dimensions if self._given("dimension", d["dimension"], area) is not None]
        total = sum(d["weight"] for d in dims)
        for dimension in dims:
            comps = [
                (c, score)
                for c in release.components
                if c["dimension"] == dimension["dimension"]
                and (score := self._given("component", c["component"], area)) is not None
            ]
            weight = sum(c["weight"] for c, _ in comps)
            parts += [
                {
                    "name": c["name"],
                    "points": dimension["weight"] / total * c["weight"] / weight * (100 - score),
                }
                for c, score in comps
            ]
        return sorted(parts, key=lambda p: (-p["points"], p["name"]))

    def _given(self, level: str, code: str, area: Area) -> float | None:
        row = self.release.score(level, code, self.release.edition, area.code)
        return row["score"] if row else None

    def area_page(self, area: Area) -> Page:
        """Profile of a ward or of a named group of wards."""
        t, release, say = self.t, self.release, self.say
        is_ward = area.type == "ward"
        folder = "wards" if is_ward else "groups"
        score = say.index(area.code)
        if is_ward:
            title = t.plain("ward.title", name=area.name, finding=say.headline(area, "ward.headline_short"))
        elif score is None:
            title = t.plain("group.title_none", name=area.name)
        else:
            title = t.plain("group.title", name=area.name, score=number(score))
        common = {"name": area.name, "district": release.district.name, "edition": release.edition}
        description = (
            t.plain("ward.description", score=number(score) or t.plain("site.not_given"), **common)
            if is_ward
            else t.plain("group.description", wards=len(area.wards), **common)
        )
        page = Page(
            "ward" if is_ward else "group", f"{folder}/{area.code}.html", title, description, "ward.html"
        )
        row = release.score("index", "index", release.edition, area.code) or {}
        lost = self._lost(area)
        parts = self._indicator_parts(area)
        scored = [r for part in parts for r in part["rows"] if r["indicator"]["scored"]]
        modelled = [r for r in scored if r["indicator"]["granularity"] in MODELLED]
        chart = None
        if self.geometry:
            values = self.index_values()
            chart = {
                "title": t.plain("ward.map_title", name=area.name, district=release.district.name),
                "svg": self.geometry.svg(
                    values,
                    charts.classes_of(list(values.values())),
                    title=t.plain("ward.map_title", name=area.name, district=release.district.name),
                    description=t.plain("ward.map_desc", name=area.name, district=release.district.name),
                    key="where",
                    unlabelled=[ward.code for ward in release.wards],
                    marked=area.wards,
                    width=360,
                ),
            }
        gap_words = {
            key: [
                t(
                    f"ward.{key}",
                    component=g.component["name"],
                    score=number(g.score),
                    gap=number(abs(g.points)),
                )
                + ("" if say.tested(area, g) else " [u]")
                for g in gaps
            ]
            for key, gaps in (("strength", say.strengths(area)), ("need", say.needs(area)))
        }
        page.context = {
            "area": area,
            "kind": t("ward.kind" if is_ward else "group.kind"),
            "headline": say.headline(area),
            "certainty": say.certainty(area),
            "strengths": gap_words["strength"],
            "needs": gap_words["need"],
            "marks_note": t("ward.marks_tested" if release.has_intervals else "ward.marks")
            + ("" if all(say.tested(area, g) for g in say.gaps(area)) else " " + t("ward.marks_untested")),
            "change_heading": t("ward.change_heading", baseline=release.baseline)
            if len(release.editions) > 1
            else t("ward.change_heading_one"),
            "change": say.change(area),
            "summary": say.summary(area, self.site.title, self.citation(page, marked=False)),
            "history": say.history(area),
            "members": [] if is_ward else [release.areas[code] for code in area.wards],
            "scores": self._scores_of(area),
            "estimated": self.estimated(area),
            "refreshed": t("ward.refreshed", share=_percent(row.get("weight_refreshed"))),
            "modelled": t("ward.modelled", share=_percent(len(modelled) / len(scored))) if modelled else None,
            "lost": lost,
            "lost_lead": t("ward.lost_lead", lost=number(100 - score) if score is not None else ""),
            "map": chart,
            "trend": self._area_trend(area),
            "parts": parts,
            "bridge": moved.bridge_of(self, area),
            "peers": beside.peers_of(self, area) if is_ward else None,
            "roles": sorted({r["indicator"]["owner_role"] for part in parts for r in part["rows"]}),
            "others": [w for w in release.wards if w.code != area.code] if is_ward else [],
            "pdf": self.has_pdf and is_ward,
        }
        return page

    def pack(self, ward: Area) -> Page:
        """A councillor's pack: how to read, the ward's profile, all wards, words explained. For print alone."""
        t = self.t
        page = self.area_page(ward)
        page.path, page.kind, page.template = f"pdf/pack-{ward.code}.html", "pack", "pack.html"
        page.title = t.plain("pack.title", name=ward.name)
        page.context |= {
            "ranking": self.ordered(),
            "group_rows": [self.score_row(group) for group in self.release.groups],
            "terms": [
                text for _, text in sorted(t.branch("terms.list").items(), key=lambda item: item[1].lower())
            ],
        }
        return page

    def _area_trend(self, area: Area) -> dict[str, Any] | None:
        release = self.release
        if len(release.editions) < 2:
            return None
        lines: list[dict[str, Any]] = [
            {
                "name": item.name,
                "code": item.code,
                "values": [self.say.index(item.code, edition) for edition in release.editions],
            }
            for item in (area, release.district)
        ]
        return self._trend(
            lines,
            title=self.t.plain(
                "ward.trend_title",
                name=area.name,
                first=number(lines[0]["values"][0]) or self.t.plain("site.no_value"),
                baseline=release.editions[0],
                last=number(lines[0]["values"][-1]) or self.t.plain("site.no_value"),
                edition=release.edition,
            ),
            description=self.t.plain(
                "ward.trend_desc",
                name=area.name,
                district=release.district.name,
                baseline=release.editions[0],
                edition=release.edition,
            ),
            bounds=self._bounds("index", "index", area.code),
            area=area.code,
        )

    def _bounds(self, level: str, code: str, area: str) -> dict[int, tuple[float, float]]:
        return {
            edition: (row["lower_95"], row["upper_95"])
            for edition in self.release.editions
            if (row := self.release.interval(level, code, edition, area))
        }

    def _trend(
        self,
        lines: Sequence[Mapping[str, Any]],
        *,
        title: str,
        description: str,
        rows: Sequence[Mapping[str, Any]] | None = None,
        decimals: int = 1,
        bounds: Mapping[int, tuple[float, float]] | None = None,
        component: str | None = None,
        of: tuple[str, str] = ("index", "index"),
        area: str | None = None,
        indicators: frozenset[str] | None = None,
    ) -> dict[str, Any] | None:
        marked = self.events(component, area, indicators)
        if charts.shown(marked, self.release.editions):
            marks = "; ".join(
                f"{what} ({int(when)})" for when, what in charts.shown(marked, self.release.editions)
            )
            description = f"{description} {self.t.plain('chart.events', events=marks)}"
        broken = [
            edition
            for edition in self.release.editions
            if (edition, area or self.release.district.code, of[1]) in self.release.breaks
        ]
        if broken:
            description = (
                f"{description} {self.t.plain('chart.breaks', editions=listing([str(e) for e in broken]))}"
            )
        svg = charts.trend(
            [(line["name"], line["values"]) for line in lines],
            self.release.editions,
            title=title,
            description=description,
            key="trend",
            bounds=bounds,
            events=marked,
            breaks=broken,
        )
        # Without a line to draw, as where the district has no figure of its own, the table still stands.
        if not svg and not any(v is not None for row in rows or lines for v in row["values"]):
            return None
        return {
            "key": "trend",
            "table": "t-trend",
            "title": title,
            "svg": svg,
            "names": [line["name"] for line in lines],
            "events": [
                f"{letter}: {what} ({int(when)})"
                for letter, (when, what) in zip(
                    charts.LETTERS, charts.shown(marked, self.release.editions), strict=False
                )
            ],
            "rows": [
                {
                    "marks": [
                        " [b]" if (edition, row["code"], of[1]) in self.release.breaks else ""
                        for edition in self.release.editions
                    ],
                    **row,
                    "fixed": [
                        self.fixed(*of, row["code"], decimals, edition) for edition in self.release.editions
                    ],
                }
                for row in rows or lines
            ],
            "decimals": decimals,
        }

    # --- parts of the index -----------------------------------------------------------------------

    def part(self, item: Row, level: str) -> Page:
        """A component or a dimension."""
        t, release = self.t, self.release
        code = item[level]
        values = self.index_values(level, code)
        ends = self.extremes(values)
        names = {"name": item["name"], "district": release.district.name, "edition": release.edition}
        title = t.plain("component.title_none", name=item["name"])
        chart = None
        if ends:
            found = {
                "low": number(ends["low"]),
                "lowest": ends["lowest"],
                "high": number(ends["high"]),
                "highest": ends["highest"],
            }
            title = t.plain(
                "component.title",
                name=item["name"],
                high=found["highest"],
                high_score=found["high"],
                low=found["lowest"],
                low_score=found["low"],
            )
            chart = self.map(
                values,
                title=t.plain("component.map_title", **names),
                description=t.plain("component.map_desc", **found),
                table="t-order",
            )
        if level == "dimension":
            children = self._child_components(code)
            lead = t(
                "component.lead_dimension",
                name=item["name"],
                dimensions=len(release.dimensions),
                components=len(children),
            )
            kind = t("component.kind_dimension")
        else:
            children = self._child_indicators(code)
            dimension = next(d for d in release.dimensions if d["dimension"] == item["dimension"])
            lead = t(
                "component.lead",
                name=item["name"],
                dimension=dimension["name"],
                scored=sum(1 for i in release.indicators if i["component"] == code and i["scored"]),
                all=len(children),
            )
            kind = t("component.kind")
        return self._page(
            "component",
            f"components/{code}.html",
            "component.html",
            title,
            t.plain("component.description", **names),
            heading=title,
            kind=kind,
            lead=lead,
            scored=bool(ends),
            map=chart,
            ranking=self.ordered(level, code),
            children=children,
            trend=self._part_trend(item["name"], level, code),
            apart=beside.apart(self, code),
            days=beside.data_days(self, release.district.code, level, code),
        )

    def _child_components(self, dimension: str) -> list[dict[str, Any]]:
        return [
            {
                "path": f"components/{c['component']}.html",
                "name": c["name"],
                "note": "" if c["scored"] else self.t("component.unscored"),
                "value": c["score"],
                "fixed": self.fixed("component", c["component"], self.release.district.code),
                "decimals": 1,
                "unit": "",
                "weight": c["weight"],
            }
            for d in self.tree
            if d["dimension"] == dimension
            for c in d["components"]
        ]

    def _child_indicators(self, component: str) -> list[dict[str, Any]]:
        release = self.release
        rows = []
        for item in release.indicators:
            if item["component"] == component:
                row = release.value(release.edition, release.district.code, item["indicator"])
                rows.append(
                    {
                        "path": f"indicators/{item['indicator']}.html",
                        "name": item["name"],
                        "note": item["unit"] if item["unit"] != "%" else "",
                        "value": row["value"] if row else None,
                        "fixed": self.fixed(
                            "indicator", item["indicator"], release.district.code, item["decimals"]
                        ),
                        "decimals": item["decimals"],
                        "unit": item["unit"],
                        "weight": _plain(item["weight"]) if item["scored"] else self.t("component.scored_no"),
                    }
                )
        return rows

    def _part_trend(self, name: str, level: str, code: str) -> dict[str, Any] | None:
        release = self.release
        if len(release.editions) < 2:
            return None

        def series(area: str) -> list[float | None]:
            return [
                (release.score(level, code, edition, area) or {}).get("score") for edition in release.editions
            ]

        lines: list[dict[str, Any]] = [
            {"name": area.name, "code": area.code, "values": series(area.code)}
            for area in (release.district, *release.groups[:3])
        ]
        rows = [
            {"name": area.name, "code": area.code, "values": series(area.code)}
            for area in release.areas.values()
        ]
        values = lines[0]["values"]
        return self._trend(
            lines,
            rows=rows,
            title=self.t.plain(
                "indicator.trend_title",
                name=name,
                first=number(values[0]) or self.t.plain("site.no_value"),
                baseline=release.editions[0],
                last=number(values[-1]) or self.t.plain("site.no_value"),
                edition=release.edition,
            ),
            description=self.t.plain("indicator.trend_desc"),
            bounds=self._bounds(level, code, release.district.code),
            component=code if level == "component" else None,
            of=(level, code),
            indicators=frozenset(i["indicator"] for i in release.indicators if i[level] == code),
        )

    # --- indicators -------------------------------------------------------------------------------

    def indicator(self, item: Row) -> Page:
        """One indicator: map, values, trend, and everything about it."""
        t, release = self.t, self.release
        code, decimals = item["indicator"], item["decimals"]
        values = {
            ward.code: (release.value(release.edition, ward.code, code) or {}).get("value")
            for ward in release.wards
        }
        ends = self.extremes(values)
        names = {"name": item["name"], "district": release.district.name, "edition": release.edition}
        title, chart = t.plain("indicator.title_none", name=item["name"]), None
        if ends:
            sign = "%" if item["unit"] == "%" else ""
            found = {
                "low": number(ends["low"], decimals) + sign,
                "lowest": ends["lowest"],
                "high": number(ends["high"], decimals) + sign,
                "highest": ends["highest"],
            }
            title = t.plain("indicator.title", name=item["name"], **found)
            chart = self.map(
                values,
                title=t.plain("indicator.map_title", **names),
                description=t.plain("indicator.map_desc", **found),
                table="t-values",
                unit=item["unit"],
            )
        ranking: list[dict[str, Any]] = []
        for area in release.areas.values():
            row = release.value(release.edition, area.code, code)
            ranking.append(
                {
                    "area": area,
                    "row": row,
                    "status": t(f"status.{row['status']}")
                    if row
                    and row["status"] not in {"observed", "carried_forward"}
                    and row["value"] is not None
                    else "",
                    "interval": release.interval("indicator", code, release.edition, area.code),
                    "correction": self.corrected("indicator", code, area.code, decimals),
                    "england": release.england.get((area.code, code)),
                }
            )
        # What is the same for all is said once.
        said = {r["status"] for r in ranking if r["row"] and r["row"]["value"] is not None}
        common = said.pop() if len(said) == 1 else ""
        for row in ranking:
            row["status"] = "" if common else row["status"]
        order = {"ward": 0, "group": 1, "district": 2}
        ranking.sort(
            key=lambda r: (
                order[r["area"].type],
                not r["row"] or r["row"]["value"] is None,
                -(r["row"]["value"] if r["row"] and r["row"]["value"] is not None else 0),
                r["area"].position,
            )
        )
        whole = release.value(release.edition, release.district.code, code) or {}
        notes = []
        if whole.get("method_break"):
            notes.append(t("indicator.note_break", text=whole["method_break"]))
        notes += [
            t("indicator.note_wards", name=row["ward_name"], edition=row["break_edition"])
            for row in release.ward_history.values()
            if row["in_force"] and row["break_edition"]
        ]
        if whole.get("coverage_label"):
            notes.append(t("indicator.note_partial", text=whole["coverage_label"]))
        older = [
            edition
            for edition in release.editions
            if any(
                (row := release.value(edition, area.code, code)) and row["carried_forward"]
                for area in release.areas.values()
            )
        ]
        if older:
            notes.append(t("indicator.note_carried", editions=", ".join(map(str, older))))
        component = next(c for c in release.components if c["component"] == item["component"])
        return self._page(
            "indicator",
            f"indicators/{code}.html",
            "indicator.html",
            title,
            t.plain("indicator.description", **names),
            heading=title,
            indicator=item,
            component=component,
            notes=notes,
            map=chart,
            ranking=ranking,
            modelled=item["granularity"] in MODELLED,
            common=t("indicator.common", status=common) if common else None,
            trend=self._indicator_trend(item),
            facts=list(self._facts(item, whole)),
            apart=beside.apart(self, code),
            england=any(
                row.get("percentile") is not None for (_, key), row in release.england.items() if key == code
            ),
        )

    def _indicator_trend(self, item: Row) -> dict[str, Any] | None:
        release, code = self.release, item["indicator"]
        if len(release.editions) < 2:
            return None

        def rows_of(area: str) -> list[Row]:
            return [release.value(edition, area, code) or {} for edition in release.editions]

        rows: list[dict[str, Any]] = []
        for area in release.areas.values():
            found = rows_of(area.code)
            rows.append(
                {
                    "name": area.name,
                    "code": area.code,
                    "values": [row.get("value") for row in found],
                    "marks": [
                        " [b]" if row.get("method_break") or row.get("series_break") else "" for row in found
                    ],
                }
            )
        lines = [row for row in rows if row["code"] == release.district.code]
        lines += [row for row in rows if row["code"] in {g.code for g in release.groups[:3]}]
        values = lines[0]["values"]
        decimals = item["decimals"]
        return self._trend(
            lines,
            rows=rows,
            decimals=decimals,
            title=self.t.plain(
                "indicator.trend_title",
                name=item["name"],
                first=number(values[0], decimals) or self.t.plain("site.no_value"),
                baseline=release.editions[0],
                last=number(values[-1], decimals) or self.t.plain("site.no_value"),
                edition=release.edition,
            ),
            description=self.t.plain("indicator.trend_desc"),
            bounds=self._bounds("indicator", code, release.district.code),
            component=item["component"],
            of=("indicator", code),
            indicators=frozenset({code}),
        )

    def _facts(self, item: Row, whole: Row) -> Iterator[dict[str, Any]]:
        t, release = self.t, self.release

        def fact(key: str, text: Any, path: str | None = None) -> dict[str, Any]:
            return {"name": t(f"indicator.{key}"), "text": text, "path": path}

        dataset = release.datasets.get(item["numerator_dataset"], {})
        if item.get("justification"):
            yield fact("why", item["justification"])
        yield fact("supplier", item["supplier_title"])
        yield fact(
            "dataset",
            dataset.get("title", item["numerator_dataset"]),
            f"quality.html#d-{item['numerator_dataset']}",
        )
        yield fact("licence", item["agreement"])
        if item.get("attribution"):
            yield fact("attribution", item["attribution"])
        if whole.get("mid_date"):
            yield fact("age", day(whole["mid_date"]))
            yield fact("period", f"{day(whole['period_start'])} – {day(whole['period_end'])}")
        yield fact("pooling", item["pooling_years"])
        yield fact("granularity", self._named("granularity", item["granularity"]))
        yield fact("way", self._named("way", str(dataset.get("method") or "")))
        yield fact("estimator", _spaced(item["estimator"]))
        yield fact("class", self._named("class", item["class"]))
        if item["scored"]:
            note = item.get("bounds_note") or ""
            text = t(
                "indicator.bounds_text",
                worst=number(item["worst"], item["decimals"]),
                best=number(item["best"], item["decimals"]),
                note=note[:1].upper() + note[1:] + ("." if note and not note.endswith(".") else ""),
            )
            if item["bounds_status"] == "awaiting":
                text += " " + t("indicator.bounds_awaiting")
            yield fact("bounds", text)
            yield fact("weight", _plain(item["weight"]))
        else:
            yield fact("weight", t("indicator.weight_none"))
        yield fact("rule", self._rule(item["disclosure_rule"]))
        status = self.newest_status(item["numerator_dataset"])
        yield fact(
            "checks",
            t("indicator.checks_text", findings=status["findings"], repaired=status["repaired"])
            if status
            else t("indicator.checks_none"),
            f"quality.html#d-{item['numerator_dataset']}",
        )
        yield fact("owner", item["owner_role"])
        targets_said = False
        targets = [target for target in self.site.targets if target.indicator == item["indicator"]]
        for target in targets:
            yield fact(
                "target", f"{number(target.value, item['decimals'])} ({day(target.by)}; {target.source})"
            )
        for told in moved.targets_of(self, item["indicator"], item["decimals"]):
            targets_said = True
            yield fact("target", told, "lenses.html#targets")
        if not targets and not targets_said:
            yield fact("target", t("indicator.targets_none"))
        for told in beside.england_facts(self, item):
            yield {"name": t("england.title"), "text": told, "path": None}
        yield fact("walk", t("indicator.walk_text", file="csv/fct_indicator_value.csv"))

    def _rule(self, code: str) -> str:
        return self.t.plain(f"rules.{code}") if self.t.has(f"rules.{code}") else code

    def _named(self, branch: str, code: str) -> str:
        return self.t.plain(f"{branch}.{code}") if self.t.has(f"{branch}.{code}") else _spaced(code)

    def newest_status(self, dataset: str) -> Row | None:
        """Row of the newest delivery used of a dataset."""
        rows = [r for r in self.release.tables["fct_dataset_status"] if r["dataset"] == dataset]
        return max(rows, key=lambda r: (r["edition"], r["reference_year"])) if rows else None

    # --- tools ------------------------------------------------------------------------------------

    def compare(self) -> Page:
        """Wards side by side; without a script the whole matrix."""
        t, release = self.t, self.release
        columns = [{"name": t("overview.choose_index"), "level": "index", "code": "index"}]
        for dimension in self.tree:
            columns.append({"name": dimension["name"], "level": "dimension", "code": dimension["dimension"]})
            columns += [
                {"name": c["name"], "level": "component", "code": c["component"]}
                for c in dimension["components"]
            ]
        matrix = [
            {
                "area": area,
                "scores": [
                    (release.score(c["level"], c["code"], release.edition, area.code) or {}).get("score")
                    for c in columns
                ],
            }
            for area in release.wards
        ]
        page = self._page(
            "compare",
            "compare.html",
            "compare.html",
            t.plain("compare.title"),
            t.plain("compare.description", district=release.district.name),
            columns=columns,
            matrix=matrix,
        )
        page.scripts = ("data/scores.js",)
        return page

    def change(self) -> Page:
        """Index scores by edition, verdicts, breaks, bridge."""
        t, release = self.t, self.release
        district = release.district
        first, last = self.say.index(district.code, release.baseline), self.say.index(district.code)
        sections: list[dict[str, Any]] = []
        title = t.plain("change.title", district=district.name)
        if len(release.editions) < 2:
            lead = t("change.one")
        else:
            lead = t("change.lead")
            if first is not None and last is not None:
                title = t.plain(
                    "change.title_change",
                    district=district.name,
                    first=number(first),
                    baseline=release.baseline,
                    last=number(last),
                    edition=release.edition,
                )
            texts = [t("change.rule")]
            if not release.tables["fct_change"]:
                texts.append(t("change.unknown"))
            rows = []
            for area in release.areas.values():
                cells: list[Any] = [area.name]
                cells += [
                    self.figure(self.say.index(area.code, edition))
                    + self.fixed("index", "index", area.code, edition=edition)
                    for edition in release.editions
                ]
                moved = self.say.difference(area.code)
                cells += [
                    number(moved, 1, True) or t("site.not_given"),
                    t(f"change.{self.say.verdict(area.code)}"),
                ]
                rows.append({"cells": cells})
            sections.append(
                {
                    "title": t("change.table"),
                    "texts": texts,
                    "table": {
                        "id": "t-change",
                        "caption": t("change.table"),
                        "head": [
                            t("overview.ward"),
                            *map(str, release.editions),
                            t("change.change"),
                            t("change.verdict"),
                        ],
                        "rows": rows,
                    },
                }
            )
        points = beside.breaks_section(self)
        sections.append(
            {
                "title": t("change.breaks"),
                "texts": [t("change.breaks_lead") if points else t("change.breaks_none")]
                + ([t("change.breaks_parts")] if release.breaks else []),
                "points": points,
            }
        )
        lying = beside.apart(self, "index")
        if lying:
            sections.append(
                {
                    "title": t("change.apart"),
                    "texts": [*lying["texts"], t("apart.note")],
                    "table": {
                        "id": "t-apart",
                        "caption": t("change.apart"),
                        "head": [
                            t("apart.edition"),
                            t("apart.column_widest"),
                            t("apart.column_fifths"),
                            t("apart.column_slope"),
                            t("apart.likely"),
                        ],
                        "figures": True,
                        "rows": [
                            {
                                "id": f"a-{row['edition']}",
                                "cells": [
                                    str(row["edition"]),
                                    self.figure(row["widest"]),
                                    self.figure(row["fifths"], 1, signed=True),
                                    self.figure(row["slope"], 1, signed=True),
                                    self.likely(row["likely"]),
                                ],
                            }
                            for row in lying["rows"]
                        ],
                    },
                }
            )
        sections.append(
            {
                "title": t("change.bridge"),
                "texts": [t("ward.bridge_lead")],
                "links": [{"path": "bridge.html", "title": t("nav.bridge")}],
            }
        )
        return self._page(
            "change",
            "change.html",
            "text.html",
            title,
            t.plain("change.description", district=district.name),
            lead=lead,
            sections=sections,
        )

    def figure(self, value: float | None, decimals: int = 1, signed: bool = False) -> Markup:
        """A figure with the release's exact value in the page."""
        if value is None:
            return Markup('<span class="none">{}</span>').format(self.t("site.not_given"))
        return Markup('<data value="{}">{}</data>').format(exact(value), number(value, decimals, signed))

    def likely(self, interval: Mapping[str, float] | None, decimals: int = 1) -> Markup:
        """A likely range, or that it is not estimated."""
        if not interval:
            return Markup('<abbr title="{}">[u]</abbr>').format(self.t("data.symbol_u"))
        ends = (self.figure(interval[end], decimals) for end in ("lower_95", "upper_95"))
        return Markup(" \N{EN DASH} ").join(ends)

    def weights(self) -> Page:
        """The reader's own weights."""
        t, release = self.t, self.release
        found: dict[str, dict[str, float | None]] = {}
        for row in release.tables["fct_variant_score"]:
            if row["edition"] == release.edition:
                found.setdefault(row["variant"], {})[row["area_code"]] = row["score"]
        names = sorted(found)
        ranking = self.ordered()
        page = self._page(
            "weights",
            "weights.html",
            "weights.html",
            t.plain("weights.title"),
            t.plain("weights.description", district=release.district.name),
            possible=release.is_additive,
            tree=self.tree,
            ranking=ranking,
            variants=[{**row, "others": [found[n].get(row["area"].code) for n in names]} for row in ranking]
            if names
            else [],
            variant_names=[self.variant_name(n) for n in names],
        )
        page.scripts = ("data/scores.js",)
        return page

    def variant_name(self, code: str) -> str:
        """Words for a variant of the index."""
        key = f"weights.variant_{code}"
        return self.t.plain(key) if self.t.has(key) else _spaced(code)

    def what_if(self) -> Page:
        """Another value of one indicator."""
        t, release = self.t, self.release
        possible = release.is_additive
        parts, points = [], []
        for dimension in release.dimensions:
            comps = [
                c
                for d in self.tree
                if d["dimension"] == dimension["dimension"]
                for c in d["components"]
                if c["scored"]
            ]
            for component in comps:
                if not release.component_adds_up(component["component"]):
                    continue
                inside = [
                    i for i in release.indicators if i["component"] == component["component"] and i["scored"]
                ]
                parts.append({**component, "indicators": inside})
                share = (
                    dimension["weight"]
                    / sum(d["weight"] for d in release.dimensions)
                    * float(component["weight"])
                    / sum(float(c["weight"]) for c in comps)
                )
                total = sum(i["weight"] for i in inside)
                points += [
                    {**i, "points": share * i["weight"] / total * 100 / (i["best"] - i["worst"])}
                    for i in inside
                ]
        return self._page(
            "what_if",
            "what-if.html",
            "what_if.html",
            t.plain("what_if.title"),
            t.plain("what_if.description", district=release.district.name),
            possible=possible and bool(parts),
            parts=parts,
            points=points,
        )

    def groups(self) -> Page:
        """Named groups, and a group of the reader's own."""
        t, release = self.t, self.release
        return self._page(
            "groups",
            "groups/index.html",
            "groups.html",
            t.plain("group.all_title"),
            t.plain("group.all_description", district=release.district.name),
            groups=[self.score_row(group) for group in release.groups],
            summed=[item for item in release.indicators if self._has_counts(item)],
        )

    def _has_counts(self, item: Row) -> bool:
        """Whether any ward's counts are published, of which a group's figure is made."""
        rows = (
            self.release.value(self.release.edition, w.code, item["indicator"]) for w in self.release.wards
        )
        return item.get("multiplier") is not None and any(
            row and row["numerator"] is not None and row["denominator"] for row in rows
        )

    # --- what the script reads --------------------------------------------------------------------

    def scores_data(self) -> dict[str, Any]:
        """Scores of all wards, for the script."""
        release = self.release
        measures = [("index", "index", self.t.plain("overview.choose_index"))]
        for dimension in self.tree:
            measures.append(("dimension", dimension["dimension"], dimension["name"]))
            measures += [
                ("component", c["component"], c["name"]) for c in dimension["components"] if c["scored"]
            ]
        areas = [*release.wards, release.district]
        out: dict[str, Any] = {
            "edition": release.edition,
            "wards": {ward.code: ward.name for ward in release.wards},
            "district": release.district.code,
            "dimensions": self._weights(),
            "measures": {},
        }
        for level, code, name in measures:
            scores = self.index_values(level, code)
            classes = charts.classes_of(list(scores.values()))
            entry: dict[str, Any] = {
                "name": name,
                "breaks": list(classes.breaks),
                "decimals": classes.decimals,
                "scores": {
                    a.code: (release.score(level, code, release.edition, a.code) or {}).get("score")
                    for a in areas
                },
            }
            bounds = {
                a.code: [row["lower_95"], row["upper_95"]]
                for a in areas
                if (row := release.interval(level, code, release.edition, a.code))
            }
            if bounds:
                entry["likely"] = bounds
            if level == "index":
                entry |= self._apart_data()
            notes = {a.code: str(said) for a in areas if (said := self.corrected(level, code, a.code))}
            if notes:
                entry["notes"] = notes
            out["measures"][code] = entry
        return out

    def _apart_data(self) -> dict[str, Any]:
        """What tells two wards apart: letters of the order of wards, and how likely one lies below the other."""
        release = self.release
        codes = [ward.code for ward in release.wards]
        found: dict[str, Any] = {}
        letters = {code: release.letters(code) for code in codes}
        if all(letters.values()):
            found["letters"] = letters
        below = [[release.below.get((a, b)) for b in codes[i + 1 :]] for i, a in enumerate(codes)]
        if any(p is not None for row in below for p in row):
            # By place in the list of wards: a row a ward, with the wards after it.
            found["below"] = below
        return found

    def ward_data(self, ward: Area) -> dict[str, Any]:
        """One ward for the script: its scores, the weights they rest on, and its value, score and counts by indicator."""
        release = self.release
        levels = [("index", "index")]
        levels += [("dimension", d["dimension"]) for d in release.dimensions]
        levels += [("component", c["component"]) for c in release.components]
        values = {}
        for item in release.indicators:
            row = release.value(release.edition, ward.code, item["indicator"]) or {}
            entry = [row.get("value"), row.get("score")]
            if item.get("multiplier") is not None and row.get("numerator") is not None:
                entry += [row["numerator"], row["denominator"]]
            values[item["indicator"]] = entry
        return {
            "dimensions": self._weights(),
            "scores": {
                code: (release.score(level, code, release.edition, ward.code) or {}).get("score")
                for level, code in levels
            },
            "values": values,
        }

    def _weights(self) -> dict[str, Any]:
        """Weights of dimensions and of their components, for the script."""
        release = self.release
        return {
            d["dimension"]: {
                "name": d["name"],
                "weight": d["weight"],
                "components": {
                    c["component"]: c["weight"]
                    for c in release.components
                    if c["dimension"] == d["dimension"]
                },
            }
            for d in release.dimensions
        }


def _plain(value: float) -> str:
    return f"{value:g}"


def _percent(share: float | None) -> str:
    return f"{100 * (share or 0):.0f}%"


def _spaced(code: Any) -> str:
    return str(code or "").replace("_", " ")
