"""Sentences about figures: which is said when.

Belongs here: headline, strengths and needs, change, summary, by fixed rules. Does not belong here: the words
themselves (`words.toml`), or any figure that the release does not give.

The rules. A change is called better or worse only where its published 95 % interval lies on one side of zero;
without one nothing is called. A rank is said only with its range. The lowest score is called the lowest.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from spi_orchestration.site.tables import Area, ReleaseTables, Row
from spi_orchestration.site.words import Words, number

__all__ = ["Gap", "Narrator"]

#: Differences below this are called the same: they vanish at the one decimal that is shown.
SAME = 0.05
#: Verdicts of the release that call no change, and keys of their words.
UNCALLED = {"not updated": "not_updated", "modelled: no change called": "modelled"}
#: How many strengths and needs a page names.
SHOWN = 3


@dataclass(frozen=True)
class Gap:
    """A component's score against the district's."""

    component: Row
    score: float
    district: float

    @property
    def points(self) -> float:
        """Points above the district."""
        return self.score - self.district


class Narrator:
    """Says what a release shows of an area."""

    def __init__(self, release: ReleaseTables, words: Words) -> None:
        self.release = release
        self.t = words

    def index(self, area: str, edition: int | None = None) -> float | None:
        """Index score of an area."""
        row = self.release.score("index", "index", edition or self.release.edition, area)
        return row["score"] if row else None

    def headline(self, area: Area, key: str = "ward.headline") -> Any:
        """Score against the district, in one sentence."""
        score, whole = self.index(area.code), self.index(self.release.district.code)
        if score is None or whole is None:
            return self.t(f"{key}_none", name=area.name)
        if abs(score - whole) < SAME:
            return self.t(f"{key}_same", name=area.name, score=number(score), district=number(whole))
        return self.t(
            key,
            name=area.name,
            score=number(score),
            district=number(whole),
            gap=number(abs(score - whole)),
            side=self.t("ward.above" if score > whole else "ward.below"),
        )

    def certainty(self, area: Area) -> Any:
        """Interval and rank range of the index score, or that they are not estimated."""
        edition = self.release.edition
        if self.index(area.code) is None:
            return ""
        interval = self.release.interval("index", "index", edition, area.code)
        if interval is None:
            return self.t("ward.interval_none")
        said = self.t("ward.interval", low=number(interval["lower_95"]), high=number(interval["upper_95"]))
        rank = self.release.rank(edition, area.code)
        if rank:
            said += " " + self.t(
                "ward.rank" if rank["rank_low"] < rank["rank_high"] else "ward.rank_one",
                low=rank["rank_low"],
                high=rank["rank_high"],
                wards=len(self.release.wards),
            )
        return said

    def gaps(self, area: Area) -> list[Gap]:
        """Components with a score here and in the district, highest above the district first."""
        found = []
        for component in self.release.components:
            here = self.release.score("component", component["component"], self.release.edition, area.code)
            whole = self.release.score(
                "component", component["component"], self.release.edition, self.release.district.code
            )
            if here and whole and here["score"] is not None and whole["score"] is not None:
                found.append(Gap(component, here["score"], whole["score"]))
        return sorted(found, key=lambda gap: (-gap.points, gap.component["position"]))

    def _clear(self, area: Area, gap: Gap) -> bool:
        """Whether the district lies outside the interval of the area; true where none is published."""
        interval = self.release.interval(
            "component", gap.component["component"], self.release.edition, area.code
        )
        return interval is None or not interval["lower_95"] <= gap.district <= interval["upper_95"]

    def tested(self, area: Area, gap: Gap) -> bool:
        """Whether a gap could be held against the doubt of the score; also true where no doubt is published at all."""
        return not self.release.has_intervals or bool(
            self.release.interval("component", gap.component["component"], self.release.edition, area.code)
        )

    def strengths(self, area: Area) -> list[Gap]:
        """At most three components that score above the district, beyond uncertainty where it is known."""
        return [g for g in self.gaps(area) if g.points >= SAME and self._clear(area, g)][:SHOWN]

    def needs(self, area: Area) -> list[Gap]:
        """At most three components that score below the district, beyond uncertainty where it is known."""
        return [g for g in reversed(self.gaps(area)) if g.points <= -SAME and self._clear(area, g)][:SHOWN]

    def mark(self, gap: float | None, clear: bool = True) -> str:
        """Symbol of a difference, which stands beside its signed number."""
        if gap is None:
            return ""
        if abs(gap) < SAME or not clear:
            return "●"
        return "▲" if gap > 0 else "▼"

    def difference(self, area: str, level: str = "index", code: str = "index") -> float | None:
        """Change of a score since the baseline, as the two published scores give it."""
        release = self.release
        first = release.score(level, code, release.baseline, area)
        last = release.score(level, code, release.edition, area)
        if not first or not last or first["score"] is None or last["score"] is None:
            return None
        return float(last["score"] - first["score"])

    def verdict(self, area: str, level: str = "index", code: str = "index") -> str:
        """better, worse, unclear, or why nothing is called: not_updated, modelled, not_estimated."""
        row = self.release.change(level, code, self.release.edition, area)
        low, high = (row or {}).get("lower_95"), (row or {}).get("upper_95")
        if low is None or high is None:
            return UNCALLED.get((row or {}).get("verdict", ""), "not_estimated")
        if low > 0:
            return "better"
        return "worse" if high < 0 else "unclear"

    def change(self, area: Area) -> Any:
        """Change since the baseline, and whether it is real."""
        release = self.release
        if len(release.editions) < 2:
            return self.t("ward.change_one")
        moved = self.difference(area.code)
        if moved is None:
            return self.t("ward.change_none", baseline=release.baseline)
        verdict = self.verdict(area.code)
        key = {"not_estimated": "unknown"}.get(verdict, verdict)
        shown = number(abs(moved)) if verdict in {"better", "worse"} else number(moved, 1, True)
        return self.t(f"ward.change_{key}", change=shown, baseline=release.baseline)

    def history(self, area: Area) -> Any:
        """What a ward was before, where it has not been there from the first; None where it has."""
        rows = self.release.ward_history
        row = rows.get(area.code)
        if row is None or not row["predecessors"]:
            return None
        names = ", ".join(rows[code]["ward_name"] for code in row["predecessors"].split() if code in rows)
        key = "ward.history_break" if row["break_edition"] else "ward.history"
        return self.t(key, edition=row["first_edition"], before=names)

    def summary(self, area: Area, title: str, citation: str) -> Any:
        """Under 80 words to paste elsewhere, with the citation."""

        def named(gaps: list[Gap]) -> str:
            return ", ".join(f"{g.component['name']} ({number(g.score)})" for g in gaps) or self.t.plain(
                "ward.none"
            )

        said = self.t(
            "ward.summary_text",
            name=area.name,
            score=number(self.index(area.code)) or self.t.plain("site.not_given"),
            title=title,
            district=self.release.district.name,
            district_score=number(self.index(self.release.district.code)),
            strengths=named(self.strengths(area)),
            needs=named(self.needs(area)),
            citation=citation,
        )
        return self.t("ward.summary_sample", text=said) if self.release.synthetic else said
