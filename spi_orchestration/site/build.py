"""The site as one folder of files.

Belongs here: rendering pages, data for the script, previews, status, feed and front page, and what keeps the
pages of a release as they were. Does not belong here: what a page shows (`pages.py`), copying it out
(`publish.py`).

Layout:

    index.html                     the overview of the current release; its links lead into the release
    wards/<code>.html              short addresses that lead to the current release
    feed.xml                       releases and corrections
    releases/<id>/…                one release: never written again once it stands
    releases/status.js, .html      the only files that say which release is current
    hosting/                       configuration for web servers
"""

from __future__ import annotations

import datetime as dt
import hashlib
import itertools
import json
import shutil
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from xml.sax.saxutils import escape as xml_escape

from spi_orchestration.release.files import (
    ReleaseError,
    canonical_json,
    move,
    remove_tree,
    sha256_file,
    write_whole,
)
from spi_orchestration.release.manifest import MANIFEST, verify_files
from spi_orchestration.release.publish import RELEASE
from spi_orchestration.site import hosting, preview, prose
from spi_orchestration.site.config import SiteConfig
from spi_orchestration.site.open_files import copy_release
from spi_orchestration.site.pages import Correction, Page, Pages, exact
from spi_orchestration.site.pdf import Printer
from spi_orchestration.site.tables import ReleaseTables, read_release
from spi_orchestration.site.words import Words, day, number

__all__ = ["Built", "build_site", "find_corrections"]

HERE = Path(__file__).parent
#: What the pages of a release were made from, and the hash of each of its files.
PAGES = "pages.json"


@dataclass(frozen=True)
class Built:
    """What was done.

    Attributes:
        folder: the site.
        current: id of the release that the front page shows.
        written, kept: ids of releases whose pages were written, or stood already.
        pages: number of pages of the current release.
    """

    folder: Path
    current: str
    written: tuple[str, ...]
    kept: tuple[str, ...]
    pages: int


def find_corrections(before: ReleaseTables, after: ReleaseTables) -> list[Correction]:
    """Published figures that differ between two releases of one edition, by kind, code, edition and area."""
    record = after.record or {}
    date, why = str(record.get("published") or ""), str(record.get("reason") or "")
    found = []
    for kind, table, column, figure in (
        ("indicator", "fct_indicator_value", "indicator", "value"),
        ("component", "fct_component_score", "component", "score"),
        ("dimension", "fct_dimension_score", "dimension", "score"),
        ("index", "fct_index_score", None, "score"),
    ):
        old, new = (
            {
                (r[column] if column else "index", r["edition"], r["area_code"]): r[figure]
                for r in release.tables[table]
            }
            for release in (before, after)
        )
        for code, edition, area in sorted(old.keys() | new.keys()):
            was, now = old.get((code, edition, area)), new.get((code, edition, area))
            if was != now:
                found.append(Correction(kind, code, edition, area, was, now, date, why))
    return found


def build_site(
    releases: Sequence[Path],
    target: Path,
    site: SiteConfig,
    *,
    logo: Path | None = None,
    next_due: Mapping[int, dt.date] | None = None,
    again: bool = False,
    printer: Printer | None = None,
) -> Built:
    """Make or renew the site of some releases of one district.

    A release whose pages stand is left as it is. A draft's pages are always made anew.

    Args:
        releases: release folders, oldest first; the last of them is current. A draft may stand last.
        target: folder of the site.
        site: what the council decides.
        logo: file of the logo, where the configuration names one.
        next_due: day of the next publication by edition.
        again: make pages that stand anew. Their addresses keep, their bytes may change: not for a site
            that was published.
        printer: prints ward profiles and councillors' packs; None leaves them out.

    Raises:
        ReleaseError: a release cannot be read, was changed, or no release was given.
    """
    if not releases:
        raise ReleaseError("there is no release to show. Publish one first: `spi run`, then `spi publish`.")
    words = Words()
    target.mkdir(parents=True, exist_ok=True)
    written, kept = [], []
    tables: list[ReleaseTables] = []
    for folder in releases:
        release = read_release(folder)
        tables.append(release)
        place = target / "releases" / release.id
        fingerprint = sha256_file(folder / MANIFEST)
        if release.record and not again and _stands(place, fingerprint):
            kept.append(release.id)
            continue
        if release.record:
            verify_files(folder, release.manifest, besides=frozenset({"run.json", RELEASE}))
        pages = _pages_of(release, tables, site, words, next_due or {})
        pages.has_pdf = printer is not None
        _write_release(pages, place, fingerprint, logo, printer)
        written.append(release.id)
    newest = tables[-1]
    _write_front(tables, _pages_of(newest, tables, site, words, next_due or {}), target, site, words)
    count = sum(1 for _ in (target / "releases" / newest.id).rglob("*.html"))
    return Built(target, newest.id, tuple(written), tuple(kept), count)


def _stands(place: Path, fingerprint: str) -> bool:
    """Whether the pages of a release are there, whole, and of this release."""
    try:
        record = json.loads((place / PAGES).read_text(encoding="utf-8"))
    except (FileNotFoundError, json.JSONDecodeError):
        return False
    if record.get("manifest") != fingerprint:
        raise ReleaseError(
            f"the site holds pages of another release {place.name}. A release never changes: "
            "build into another folder, or find out which of the two is right."
        )
    for name, expected in record["files"].items():
        if not (place / name).is_file() or sha256_file(place / name) != expected:
            raise ReleaseError(
                f"{place.name}/{name} in the site was changed or is missing. Restore it from a backup, or build "
                "the site again into an empty folder."
            )
    return True


def _pages_of(
    release: ReleaseTables,
    before: Sequence[ReleaseTables],
    site: SiteConfig,
    words: Words,
    next_due: Mapping[int, dt.date],
) -> Pages:
    earlier = [
        item
        for item in before
        if item is not release
        and item.record
        and release.record
        and item.edition == release.edition
        and item.record["revision"] < release.record["revision"]
    ]
    chain = [*sorted(earlier, key=lambda item: (item.record or {})["revision"]), release]
    standing: dict[tuple[str, str, int, str], Correction] = {}
    corrections: list[Correction] = []
    for old, new in itertools.pairwise(chain):
        corrections = find_corrections(old, new)
        standing |= {(c.kind, c.code, c.edition, c.area): c for c in corrections}
    return Pages(
        release,
        site,
        words,
        corrections,
        chain[-2].id if earlier else None,
        next_due.get(release.edition),
        list(standing.values()),
    )


def environment(pages: Pages, words: Words) -> Any:
    """Jinja with the helpers that templates use."""
    from jinja2 import Environment, FileSystemLoader, StrictUndefined

    class Careful(StrictUndefined):
        """What is absent may be asked for, as in `if`, and never printed."""

        __slots__ = ()

        def __bool__(self) -> bool:  # type: ignore[override]
            return False

        def __iter__(self) -> Iterator[Any]:  # type: ignore[override]
            return iter(())

    env = Environment(
        loader=FileSystemLoader(HERE / "templates", encoding="utf-8"),
        autoescape=True,
        undefined=Careful,
        trim_blocks=False,
        lstrip_blocks=False,
        keep_trailing_newline=True,
    )
    base = (pages.site.base_url or "").rstrip("/")

    def address(page: Page, asset: str | None = None) -> str:
        if base:
            return f"{base}/releases/{pages.release.id}/{asset or page.path}"
        return ("../" * page.path.count("/")) + (asset or page.path)

    env.globals.update(
        t=words,
        site=pages.site,
        release=pages.release,
        district=pages.release.district,
        number=number,
        day=day,
        exact=exact,
        fixed=pages.fixed,
        citation=pages.citation,
        address=address,
        main_nav=pages.main_nav(),
        more_nav=pages.more_nav(),
        status_word=pages.status_word,
        published=pages.published,
        next_due=day(pages.next_due) or words.plain("site.not_announced"),
    )
    return env


def _render(env: Any, page: Page, up: str, top: str) -> str:
    # Macros are imported with the context, so what differs between pages must be a global while one renders.
    env.globals.update(page=page, up=up, top=top)
    text: str = env.get_template(page.template).render(**page.context, page=page, up=up, top=top)
    lines = (line.rstrip() for line in text.splitlines())
    return "\n".join(line for line in lines if line) + "\n"


def _script(name: str, data: Any) -> str:
    """Data as a classic script: works from a folder opened by double-click, where fetch does not."""
    text = json.dumps(data, ensure_ascii=False, separators=(",", ":"), allow_nan=False)
    return f"(window.SPI=window.SPI||{{}}).{name}={_inert(text)};\n"


def _inert(text: str) -> str:
    return text.replace("</", "<\\u002f")


def _write_release(
    pages: Pages, place: Path, fingerprint: str, logo: Path | None, printer: Printer | None
) -> None:
    new = place.with_name(f".{place.name}.new")
    remove_tree(new)
    (new / "assets").mkdir(parents=True)
    (new / "data").mkdir()
    env = environment(pages, pages.t)
    for page in pages.all():
        up = "../" * page.path.count("/")
        _write(new / page.path, _render(env, page, up, up + "../../"))
    style = (HERE / "assets" / "site.css").read_text(encoding="utf-8")
    _write(new / "assets" / "site.css", _colours(pages.site) + style)
    script = (HERE / "assets" / "site.js").read_text(encoding="utf-8")
    said = {
        key: text
        for key, text in pages.t.all().items()
        if key.split(".")[0] in {"chart", "compare", "weights", "what_if", "group", "release_status"}
        or key
        in {
            "site.copied",
            "site.not_given",
            "overview.find_unknown",
            "overview.score",
            "overview.legend_none",
            "overview.legend_ward",
            "overview.legend_wards",
            "ward.indicator",
            "ward.value",
            "ward.part",
            "overview.choose_index",
        }
    }
    _write(new / "assets" / "site.js", _script("words", said) + script)
    shutil.copyfile(HERE / "assets" / "embed.js", new / "assets" / "embed.js")
    if logo and pages.site.logo:
        shutil.copyfile(logo, new / "assets" / pages.site.logo)
    values = pages.index_values()
    (new / "assets" / "preview.png").write_bytes(
        preview.draw(pages.geometry.rings, values, pages.site.colours)
    )
    _write(new / "data" / "scores.js", _script("scores", pages.scores_data()))
    for ward in pages.release.wards:
        # One file a ward, read when the reader chooses it: no page carries the figures of all.
        text = json.dumps(pages.ward_data(ward), ensure_ascii=False, separators=(",", ":"), allow_nan=False)
        name = f'((window.SPI=window.SPI||{{}}).wards=SPI.wards||{{}})["{ward.code}"]'
        _write(new / "data" / "wards" / f"{ward.code}.js", f"{name}={_inert(text)};\n")
    _write_lookup(pages, new)
    for name, text in (
        ("quality_log.csv", prose.quality_log_csv(pages)),
        ("pre_release_access.csv", prose.early_access_csv(pages)),
        ("corrections.csv", prose.corrections_csv(pages)),
    ):
        _write(new / "data" / name, text, newline="")
    copy_release(pages.release.folder, new / "data" / "files", pages.release.manifest["files"])
    if printer is not None:
        _print(pages, env, new, printer)
    hashes = {
        path.relative_to(new).as_posix(): sha256_file(path)
        for path in sorted(new.rglob("*"))
        if path.is_file()
    }
    write_whole(new / PAGES, canonical_json({"manifest": fingerprint, "files": hashes}))
    remove_tree(place)
    move(new, place)


def _print(pages: Pages, env: Any, new: Path, printer: Printer) -> None:
    """PDFs of each ward: its profile, and a pack that is a page only for printing."""
    pairs, packs = [], []
    for ward in pages.release.wards:
        pairs.append((new / "wards" / f"{ward.code}.html", new / "pdf" / f"{ward.code}.pdf"))
        pack = pages.pack(ward)
        packs.append(new / pack.path)
        _write(packs[-1], _render(env, pack, "../", "../../../"))
        pairs.append((packs[-1], new / "pdf" / f"pack-{ward.code}.pdf"))
    day_of = (pages.release.record or {}).get("published") or f"{pages.release.edition}-01-01"
    printer(pairs, day_of)
    for path in packs:
        path.unlink()


def _write_lookup(pages: Pages, new: Path) -> None:
    """Postcodes for the search on the device, where the release carries them."""
    rows = pages.release.tables["dim_postcode"]
    if not rows:
        return
    known: dict[str, list[str]] = {}
    for row in rows:
        known.setdefault(row["ward_code"], []).append("".join(row["postcode"].split()).upper())
    text = _script("postcodes", {ward: " ".join(sorted(found)) for ward, found in sorted(known.items())})
    _write(new / "data" / "postcodes.js", text)


def _colours(site: SiteConfig) -> str:
    """The council's colours, and black or white text on each, whichever reads better."""
    rules = [f"--accent:{site.accent};"]
    for index, colour in enumerate(site.colours, start=1):
        light = _luminance(colour)
        text = "#fff" if 1.05 / (light + 0.05) > (light + 0.05) / 0.05 else "#0b0c0c"
        rules.append(f"--k{index}:{colour};--t{index}:{text};")
    return ":root{" + "".join(rules) + "}\n"


def _luminance(colour: str) -> float:
    """Relative luminance (WCAG 2.2, definition of relative luminance)."""
    parts = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def _write(path: Path, text: str, newline: str = "\n") -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("w", encoding="utf-8", newline=newline) as stream:
        stream.write(text)


# --- what changes with each release ---------------------------------------------------------------


def _statuses(tables: Sequence[ReleaseTables], site: SiteConfig) -> list[dict[str, Any]]:
    """Status of every release, oldest first; the last that is not withdrawn is current."""
    gone = {item.id: item for item in site.withdrawn}
    standing = [release for release in tables if release.id not in gone]
    current = standing[-1].id if standing else None
    last = {release.edition: release.id for release in standing}
    found = []
    for release in tables:
        entry: dict[str, Any] = {
            "id": release.id,
            "edition": release.edition,
            "published": release.record["published"] if release.record else None,
            "reason": release.record.get("reason") if release.record else None,
        }
        if release.id in gone:
            item = gone[release.id]
            entry |= {"status": "withdrawn", "date": item.date.isoformat(), "why": item.reason, "by": current}
        elif release.id == current:
            entry |= {"status": "current" if release.record else "draft"}
        elif last[release.edition] != release.id:
            entry |= {"status": "superseded", "by": last[release.edition]}
        else:
            entry |= {"status": "earlier", "by": current}
        found.append(entry)
    return found


def _write_front(
    tables: Sequence[ReleaseTables], pages: Pages, target: Path, site: SiteConfig, words: Words
) -> None:
    statuses = _statuses(tables, site)
    current = next(
        (s["id"] for s in reversed(statuses) if s["status"] in {"current", "draft"}), tables[-1].id
    )
    shown = next(release for release in tables if release.id == current)
    if shown is not pages.release:
        pages = Pages(shown, site, words)
    status = {item["id"]: item for item in statuses}
    for path, text in hosting.kit(site, hosting.measure(target / "releases" / current)):
        _write(target / path, text)
    write_whole(target / "feed.xml", _feed(statuses, tables[-1], site, words))
    env = environment(pages, words)
    for ward in shown.wards:
        write_whole(
            target / "wards" / f"{ward.code}.html",
            _short(words, f"../releases/{current}/wards/{ward.code}.html", ward.name),
        )
    _write(target / "releases" / "status.html", _status_page(env, statuses, pages))
    write_whole(target / "index.html", _render(env, pages.overview(), f"releases/{current}/", ""))
    # The pointer comes last: until it is there, pages say nothing of a newer release.
    write_whole(
        target / "releases" / "status.js", _script("status", {"current": current, "releases": status})
    )


def _status_page(env: Any, statuses: Sequence[Mapping[str, Any]], pages: Pages) -> str:
    t = pages.t
    rows = []
    for item in reversed(statuses):
        if item["status"] == "withdrawn":
            said = t("release_status.withdrawn", date=day(item["date"]), reason=item["why"])
        else:
            said = t(f"release_status.{item['status']}", by=item.get("by") or "")
        cells = [
            prose._link(f"{item['id']}/index.html", item["id"]),
            day(item["published"]) or t("site.not_published"),
            said,
        ]
        rows.append({"id": f"r-{item['id']}", "cells": cells})
    page = Page(
        "status",
        "releases.html",
        t.plain("release_status.title"),
        t.plain("release_status.description"),
        "text.html",
        {
            "lead": t("release_status.lead"),
            "sections": [
                {
                    "title": None,
                    "table": {
                        "id": "t-status",
                        "caption": t("release_status.title"),
                        "head": [t(f"release_status.{k}") for k in ("release", "published", "status")],
                        "rows": rows,
                    },
                }
            ],
        },
    )
    return _render(env, page, f"{pages.release.id}/", "../")


def _short(words: Words, address: str, name: str) -> str:
    """A page that leads to the current release at once."""
    return (
        '<!doctype html>\n<html lang="en-GB"><head><meta charset="utf-8">'
        f"<title>{xml_escape(name)}</title>"
        f'<meta http-equiv="refresh" content="0; url={address}"></head>'
        f'<body><main><h1>{xml_escape(name)}</h1><p><a href="{address}">{words("release_status.open_newest")}</a></p></main></body></html>\n'
    )


def _feed(
    statuses: Sequence[Mapping[str, Any]], newest: ReleaseTables, site: SiteConfig, words: Words
) -> str:
    """Releases and corrections as Atom (RFC 4287), newest first."""
    base = (site.base_url or "").rstrip("/")
    title = f"{site.title}, {newest.district.name}"
    dated = [item for item in statuses if item["published"]]
    known_by = newest.manifest["district"].get("id") or newest.district.code
    identity = hashlib.sha256(f"{site.producer}/{known_by}".encode()).hexdigest()[:32]
    updated = max((item.get("date") or item["published"] for item in dated), default="1970-01-01")
    entries = []
    for item in reversed(dated):
        text = (
            words.plain("release_status.withdrawn", date=day(item["date"]), reason=item["why"])
            if item["status"] == "withdrawn"
            else (item["reason"] or words.plain("releases.first", edition=item["edition"]))
        )
        kind = "correction" if item["reason"] and item["status"] != "withdrawn" else "release"
        title = words.plain(f"release_status.{kind}")
        entries.append(
            f"<entry><title>{xml_escape(title)} {item['id']}</title>"
            f"<id>urn:spi:{identity}:{item['id']}</id><updated>{item.get('date') or item['published']}T00:00:00Z</updated>"
            f'<link href="{xml_escape(base)}/releases/{item["id"]}/index.html"/><summary>{xml_escape(text)}</summary></entry>'
        )
    link = f'<link rel="self" href="{xml_escape(base)}/feed.xml"/>' if base else ""
    return (
        '<?xml version="1.0" encoding="utf-8"?>\n<feed xmlns="http://www.w3.org/2005/Atom">'
        f"<title>{xml_escape(title)}</title><id>urn:spi:{identity}</id><updated>{updated}T00:00:00Z</updated>"
        f"<author><name>{xml_escape(site.producer)}</name></author>{link}" + "\n".join(entries) + "</feed>\n"
    )
