"""The yearly scorecard of data maturity: how teams and suppliers deliver, from the same facts as the checks.

Belongs here: the five measures by team and supplier, evidence for the themes of the Local Government Data
Maturity Model, who was sent what, and the rule that nothing is published before suppliers have seen it.
Does not belong here: counting check results (`quality.py`).
"""

from __future__ import annotations

import datetime as dt
import shutil
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from spi_orchestration.catalogue import Catalogue
from spi_orchestration.checks.assessment import read_json, write_json
from spi_orchestration.release.files import ReleaseError
from spi_orchestration.reports.pages import csv_text, render, write_page
from spi_orchestration.reports.quality import TIMED, DatasetQuality
from spi_orchestration.settings import Settings

__all__ = [
    "MEASURES",
    "Card",
    "Scorecard",
    "evidence",
    "make_scorecard",
    "publish_scorecard",
    "record_sent",
    "scorecard_folder",
    "sent_to",
    "write_scorecard",
]

#: The five measures: id, name, and what is counted.
MEASURES = (
    ("timeliness", "In time", "deliveries that came by the day they were due, of those due"),
    ("completeness", "Complete", "checks of completeness passed, of those judged"),
    ("validity", "Valid", "checks of validity passed, of those judged"),
    ("documentation", "Documented", "columns described in the catalogue, of all agreed columns"),
    (
        "agreement",
        "Agreement in force",
        "datasets whose agreement or licence is in force on the day of publication",
    ),
)

#: Themes of the Local Government Data Maturity Model as refreshed in 2023.
THEMES = (
    "Leadership and strategy",
    "Culture and structure",
    "Data lifecycle",
    "Systems and tools",
    "Skills and capability",
    "Governance and compliance",
)


@dataclass(frozen=True)
class Card:
    """One team or supplier.

    Attributes:
        kind: `team` or `supplier`.
        key: owner role, or supplier id.
        title: for people.
        datasets: ids.
        measures: measure -> (number that hold, number looked at).
        outside: a supplier that sends to the council; it sees its card before anybody else.
    """

    kind: str
    key: str
    title: str
    datasets: tuple[str, ...]
    measures: dict[str, tuple[int, int]]
    outside: bool = False

    def words(self, measure: str) -> str:
        """`12 of 13 (92%)`, or `not judged`."""
        have, of = self.measures[measure]
        return f"{have} of {of} ({100 * have / of:.0f}%)" if of else "not judged"


@dataclass(frozen=True)
class Scorecard:
    """The scorecard of one edition.

    Attributes:
        profile, edition, district, synthetic: what it speaks of.
        teams, suppliers: one card each.
        themes: (theme, evidence line) pairs.
    """

    profile: str
    edition: int
    district: str
    synthetic: bool
    teams: tuple[Card, ...]
    suppliers: tuple[Card, ...]
    themes: tuple[tuple[str, str], ...]


def _measures(
    catalogue: Catalogue, edition: int, quality: Iterable[DatasetQuality]
) -> dict[str, tuple[int, int]]:
    have = {name: 0 for name, _, _ in MEASURES}
    of = dict(have)
    published = catalogue.district.publication_date(edition)
    for item in quality:
        dataset = catalogue[item.dataset]
        now = item.now
        if now.timed and now.punctuality.state in TIMED:
            of["timeliness"] += 1
            have["timeliness"] += not now.punctuality.late
        for name in ("completeness", "validity"):
            counted = now.dimensions[name]
            have[name] += counted.passed
            of[name] += counted.judged
        of["documentation"] += len(dataset.columns)
        have["documentation"] += sum(bool(dataset.descriptions.get(name)) for name in dataset.columns)
        agreement = catalogue.supply(dataset, now.edition).agreement
        of["agreement"] += 1
        have["agreement"] += agreement.expires is None or agreement.expires >= published
    return {name: (have[name], of[name]) for name in have}


def make_scorecard(
    catalogue: Catalogue,
    profile: str,
    edition: int,
    quality: Sequence[DatasetQuality],
    *,
    synthetic: bool,
    themes: Sequence[tuple[str, str]] = (),
) -> Scorecard:
    """Make the scorecard of an edition.

    Args:
        catalogue: all datasets.
        profile: `full` or `open`.
        edition: the edition.
        quality: what `quality.quality_of` counted.
        synthetic: the deliveries are made up.
        themes: what `evidence` gives.
    """

    def cards(kind: str, key_of: Callable[[DatasetQuality], str]) -> tuple[Card, ...]:
        grouped: dict[str, list[DatasetQuality]] = {}
        for item in quality:
            grouped.setdefault(key_of(item), []).append(item)
        return tuple(
            Card(
                kind,
                key,
                catalogue.suppliers[key].title if kind == "supplier" else key,
                tuple(item.dataset for item in items),
                _measures(catalogue, edition, items),
                kind == "supplier" and catalogue.suppliers[key].kind != "national",
            )
            for key, items in sorted(grouped.items())
        )

    return Scorecard(
        profile,
        edition,
        catalogue.district.name,
        synthetic,
        cards("team", lambda item: item.owner_role),
        cards("supplier", lambda item: item.supplier),
        tuple(themes),
    )


def evidence(
    settings: Settings, catalogue: Catalogue, profile: str, quality: Sequence[DatasetQuality]
) -> list[tuple[str, str]]:
    """Evidence lines for the themes of the Local Government Data Maturity Model, counted from the system.

    Args:
        settings: where releases, assumptions and documents are.
        catalogue: all datasets.
        profile: `full` or `open`.
        quality: what `quality.quality_of` counted.

    Returns:
        (theme, line) pairs in the order of the themes.
    """
    from spi_orchestration.release.publish import RELEASE, list_releases
    from spi_orchestration.reports.quality import assumptions

    releases = list_releases(settings, profile)
    signed = 0
    for release in releases:
        record = read_json(release.folder / RELEASE) or {}
        signed += len({item["role"] for item in record.get("signatures", [])}) == 3
    datasets = [catalogue[item.dataset] for item in quality]
    checks = sum(counted.judged for item in quality for counted in item.now.dimensions.values())
    passed = sum(counted.passed for item in quality for counted in item.now.dimensions.values())
    assumed = assumptions(settings.seeds)
    pages = sorted(path.name for path in (settings.root / "docs").glob("*.md"))
    owners = {dataset.contract.owner_role for dataset in datasets}
    closed = [dataset for dataset in datasets if not dataset.contract.shows_values]
    ruled = [dataset for dataset in closed if dataset.contract.disclosure_rule != "D0"]
    expiring = [agreement for agreement in catalogue.agreements.values() if agreement.expires is not None]
    lines = {
        "Leadership and strategy": f"{signed} of {len(releases)} releases carry the names of analyst, assurer and "
        "approver; each edition has an announced day of publication (config/district.yml).",
        "Culture and structure": f"{len(owners)} owner roles answer for {len(datasets)} datasets; decisions on "
        f"deliveries name role and reason and are published; {len(assumed)} assumptions are listed with an owner.",
        "Data lifecycle": f"{passed:,} of {checks:,} checks of the edition passed, from arrival to table; every "
        "delivery has a receipt with its hash, and agreements state how long it is kept.",
        "Systems and tools": f"One catalogue of {len(datasets)} datasets drives intake, checks and tables; the same "
        f"input gives the same bytes; {len(releases)} releases stand unchanged.",
        "Skills and capability": f"{len(pages)} pages of documentation; every check says what it proves, and every "
        "finding what to do next.",
        "Governance and compliance": f"{len(ruled)} of {len(closed)} datasets about people have a rule of disclosure "
        f"control beyond the publisher's own; {len(expiring)} agreements have a date on which they end.",
    }
    return [(theme, lines[theme]) for theme in THEMES]


def scorecard_folder(settings: Settings, profile: str, edition: int) -> Path:
    """Where the scorecard of an edition is written: among the reports, never below a public path."""
    return settings.reports / f"scorecard-{profile}-{edition}"


def _card_values(card: Card) -> dict[str, Any]:
    return {
        "kind": card.kind,
        "key": card.key,
        "title": card.title,
        "datasets": card.datasets,
        "outside": card.outside,
        "measures": [card.words(name) for name, _, _ in MEASURES],
    }


def write_scorecard(settings: Settings, card: Scorecard, quality: Sequence[DatasetQuality]) -> Path:
    """Write the scorecard: an index, a CSV, and a page for each supplier to be sent to it.

    Returns:
        The index.
    """
    folder = scorecard_folder(settings, card.profile, card.edition)
    rows = []
    for one in (*card.teams, *card.suppliers):
        for name, _, _ in MEASURES:
            have, of = one.measures[name]
            rows.append((one.kind, one.key, one.title, name, have, of, f"{have / of:.4f}" if of else ""))
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "scorecard.csv").write_text(
        csv_text(("kind", "key", "title", "measure", "have", "of", "share"), rows),
        encoding="utf-8",
        newline="",
    )
    (folder / "evidence.csv").write_text(
        csv_text(("theme", "evidence"), card.themes), encoding="utf-8", newline=""
    )
    shared: dict[str, Any] = {
        "edition": card.edition,
        "district": card.district,
        "synthetic": card.synthetic,
        "measures": [(title, what) for _, title, what in MEASURES],
    }
    for one in card.suppliers:
        mine = [item.as_dict() for item in quality if item.supplier == one.key]
        write_page(
            folder / "suppliers" / f"{one.key}.html",
            render("scorecard_supplier.html", card=_card_values(one), datasets=mine, **shared),
        )
    sent = sent_to(settings, card.profile, card.edition)
    return write_page(
        folder / "index.html",
        render(
            "scorecard.html",
            teams=[_card_values(one) for one in card.teams],
            suppliers=[{**_card_values(one), "sent": sent.get(one.key)} for one in card.suppliers],
            themes=card.themes,
            **shared,
        ),
    )


def sent_to(settings: Settings, profile: str, edition: int) -> dict[str, str]:
    """Supplier -> day on which its card was sent."""
    data = read_json(scorecard_folder(settings, profile, edition) / "sent.json")
    return dict(data) if isinstance(data, dict) else {}


def record_sent(settings: Settings, card: Scorecard, supplier: str, day: dt.date) -> None:
    """Record that a supplier was sent its card.

    Raises:
        ReleaseError: no such supplier has a card.
    """
    known = [one.key for one in card.suppliers]
    if supplier not in known:
        raise ReleaseError(f"there is no card for the supplier {supplier!r}; there are {', '.join(known)}")
    sent = sent_to(settings, card.profile, card.edition) | {supplier: day.isoformat()}
    write_json(
        scorecard_folder(settings, card.profile, card.edition) / "sent.json", dict(sorted(sent.items()))
    )


def publish_scorecard(settings: Settings, card: Scorecard, target: Path) -> list[Path]:
    """Copy index and CSV to a folder, once each supplier that sends to the council was sent its own card.

    Raises:
        ReleaseError: a supplier has not been sent its card, or there is no scorecard.
    """
    folder = scorecard_folder(settings, card.profile, card.edition)
    sent = sent_to(settings, card.profile, card.edition)
    waiting = [one.title for one in card.suppliers if one.outside and one.key not in sent]
    if waiting:
        raise ReleaseError(
            f"the scorecard goes to suppliers first, and {', '.join(waiting)} has not been sent its card. "
            "Send the page, then record it: spi scorecard --sent SUPPLIER"
        )
    target.mkdir(parents=True, exist_ok=True)
    out = []
    for name in ("index.html", "scorecard.csv", "evidence.csv"):
        if not (folder / name).is_file():
            raise ReleaseError(f"there is no {name} in {folder}. `spi scorecard` writes it.")
        shutil.copyfile(folder / name, target / name)
        out.append(target / name)
    return out
