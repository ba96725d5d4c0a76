"""All that signing a draft needs, beside the draft: the page to read, the form, and suppliers' previews.

Belongs here: gathering what changed since the last release, and writing these files. Does not belong here:
whether a sign-off holds (`release/signoff.py`), or recording one (`verbs/approve.py`).
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from spi_orchestration.checks.decisions import KIND_WORDS
from spi_orchestration.checks.report import latest_report
from spi_orchestration.release.approval import (
    Preview,
    approvals_needed,
    make_preview,
    preview_folder,
    write_preview,
)
from spi_orchestration.release.draft import list_drafts
from spi_orchestration.release.files import (
    ReleaseError,
    remove_tree,
    sha256_file,
    write_whole,
)
from spi_orchestration.release.manifest import MANIFEST, read_manifest
from spi_orchestration.release.publish import Release, list_releases, signoff_form
from spi_orchestration.release.read import read_ranking
from spi_orchestration.release.signoff import (
    ROLES,
    Signature,
    Signoff,
    SupplierApproval,
    findings_of,
    so_far,
    template,
)
from spi_orchestration.reports.pages import render, write_page
from spi_orchestration.settings import Settings

if TYPE_CHECKING:
    from spi_orchestration.catalogue import Catalogue

__all__ = ["Signing", "signing_page", "write_signing"]

#: Wards named among the biggest changes.
LARGEST = 5


@dataclass(frozen=True)
class Signing:
    """What stands beside a draft for its sign-off.

    Attributes:
        page: the page to read.
        form: the sign-off file.
        previews: agreement -> page that its supplier must approve.
        signoff: what is recorded so far.
        manifest: the draft's manifest.
        sha256: its hash.
    """

    page: Path
    form: Path
    previews: dict[str, Path]
    signoff: Signoff
    manifest: dict[str, Any]
    sha256: str

    @property
    def missing(self) -> list[str]:
        """Roles that have not signed, then agreements under which nobody has approved."""
        signed = {item.role for item in self.signoff.signatures}
        approved = {item.agreement for item in self.signoff.suppliers}
        needed = [str(item["agreement"]) for item in approvals_needed(self.manifest)]
        return [role for role in ROLES if role not in signed] + [
            name for name in needed if name not in approved
        ]


def signing_page(settings: Settings, manifest_sha256: str) -> Path:
    """Where the page of a draft is written."""
    return signoff_form(settings, manifest_sha256).with_suffix(".html")


def write_signing(settings: Settings, catalogue: Catalogue, draft: Path) -> Signing:
    """Write or renew page, form and previews of a draft.

    A form that stands is left as it is. Pages and previews of drafts that are no more are removed; their
    sign-off files stay.

    Args:
        settings: which data folder.
        catalogue: titles of datasets.
        draft: folder of the draft.

    Raises:
        ReleaseError: the draft, or the form that stands, cannot be read.
    """
    manifest = read_manifest(draft)
    sha256 = sha256_file(draft / MANIFEST)
    form = signoff_form(settings, sha256)
    if not form.exists():
        write_whole(form, template(sha256, manifest))
    signoff = so_far(form, sha256)
    previews: dict[str, Path] = {}
    made: list[Preview] = []
    for needed in approvals_needed(manifest):
        preview = make_preview(draft, str(needed["agreement"]))
        made.append(preview)
        previews[preview.agreement] = write_preview(preview, preview_folder(settings.drafts, sha256), sha256)
    _tidy(settings, sha256)
    page = write_page(
        signing_page(settings, sha256), _page(settings, catalogue, draft, manifest, sha256, signoff, made)
    )
    return Signing(page, form, previews, signoff, manifest, sha256)


def _tidy(settings: Settings, sha256: str) -> None:
    alive = {sha256[:12], *(sha256_file(folder / MANIFEST)[:12] for folder in list_drafts(settings.drafts))}
    for path in settings.drafts.glob("signoff-*.html"):
        if path.stem.removeprefix("signoff-") not in alive:
            path.unlink()
    for folder in settings.drafts.glob("approvals-*"):
        if folder.name.removeprefix("approvals-") not in alive:
            remove_tree(folder)


def _rows(folder: Path, manifest: dict[str, Any], table: str, sql: str) -> list[tuple[Any, ...]]:
    """Rows of a query on one table of a draft or release; none where it holds no such table."""
    if table not in {item["name"] for item in manifest["tables"]}:
        return []
    import duckdb

    path = str(folder / "parquet" / f"{table}.parquet").replace("'", "''")
    with duckdb.connect(config={"threads": 1}) as con:
        return con.execute(sql.format(table=f"read_parquet('{path}')")).fetchall()


def _scores(folder: Path, manifest: dict[str, Any], edition: int) -> dict[str, tuple[float, int]]:
    return {
        code: (score, position)
        for code, score, position in _rows(
            folder,
            manifest,
            "fct_index_score",
            "select area_code, score, position from {table} "
            f"where edition = {int(edition)} and area_type = 'ward' and score is not null",
        )
    }


def _ranking(
    draft: Path, manifest: dict[str, Any], before: dict[str, tuple[float, int]]
) -> list[dict[str, Any]]:
    try:
        ranking = read_ranking(draft)
    except ReleaseError:
        return []
    out = []
    for area in ranking.areas:
        old = before.get(area.code)
        out.append(
            {
                "name": area.name,
                "score": area.score,
                "position": area.position,
                "low": area.rank_low,
                "high": area.rank_high,
                "before": old[0] if old else None,
                "position_before": old[1] if old else None,
                "change": area.score - old[0] if old and area.score is not None else None,
                "moved": old is not None and old[1] != area.position,
            }
        )
    return out


def _recorded(settings: Settings, catalogue: Catalogue, manifest: dict[str, Any]) -> list[dict[str, Any]]:
    report = latest_report(settings, manifest["profile"], manifest["edition"]) or {"datasets": []}
    told = {item["dataset"]: item["findings"] for item in report["datasets"]}
    out = []
    for item in manifest.get("recorded") or ():
        dataset = catalogue.datasets.get(item["dataset"])
        out.append(
            {
                **item,
                "title": dataset.contract.title if dataset else item["dataset"],
                "told": [one for one in told.get(item["dataset"], []) if one["check"] == item["check"]],
            }
        )
    return out


def _release_before(settings: Settings, profile: str, sha256: str) -> Release | None:
    """The release that is current, or was before this very draft was published; None before the first.

    The page is the same whether it is made before or after publication.
    """
    try:
        others = [item for item in list_releases(settings, profile) if item.manifest_sha256 != sha256]
    except ReleaseError:
        # `spi publish` and `spi doctor` say what is wrong with it; the draft can be read all the same.
        return None
    order = sorted(others, key=lambda item: (not item.synthetic, item.edition, item.revision))
    return order[-1] if order else None


def _recorded_by(entry: Signature | SupplierApproval | None) -> dict[str, str | None]:
    return {
        "recorded_by": entry.recorded_by if entry else None,
        "evidence": entry.evidence if entry else None,
    }


def _page(
    settings: Settings,
    catalogue: Catalogue,
    draft: Path,
    manifest: dict[str, Any],
    sha256: str,
    signoff: Signoff,
    previews: list[Preview],
) -> str:
    edition = manifest["edition"]
    last = _release_before(settings, manifest["profile"], sha256)
    old = read_manifest(last.folder) if last else None
    before = _scores(last.folder, old, old["edition"]) if last and old else {}
    against = f"release {last.id}" if last else None
    if not before:
        before = _scores(draft, manifest, edition - 1)
        against = f"edition {edition - 1} in this draft" if before else None
    ranking = _ranking(draft, manifest, before)
    changed = sorted(
        (item for item in ranking if item["change"]), key=lambda item: (-abs(item["change"]), item["name"])
    )

    def title(dataset: str) -> str:
        entry = catalogue.datasets.get(dataset)
        return entry.contract.title if entry else dataset

    mine = {
        (item["dataset"], item["edition"]): item["delivery"]
        for item in manifest["deliveries"]
        if item.get("carried_from") is None
    }
    theirs = {
        (item["dataset"], item["edition"]): item["delivery"]
        for item in (old or {"deliveries": []})["deliveries"]
        if item.get("carried_from") is None
    }
    signed = {str(item.role): item for item in signoff.signatures}
    approved = {item.agreement: item for item in signoff.suppliers}
    approvals = [
        {
            "who": role,
            "given_by": signed[role].given_by if role in signed else None,
            "date": signed[role].date if role in signed else None,
            "note": signed[role].note if role in signed else None,
            **_recorded_by(signed.get(role)),
        }
        for role in ROLES
    ]
    for needed in approvals_needed(manifest):
        entry = approved.get(str(needed["agreement"]))
        approvals.append(
            {
                "who": f"{needed['by']} ({needed['title']})",
                "given_by": entry.given_by if entry else None,
                "date": entry.date if entry else None,
                "note": entry.note if entry else None,
                **_recorded_by(entry),
            }
        )
    return render(
        "signoff.html",
        edition=edition,
        district=manifest["district"]["name"],
        synthetic=manifest["synthetic"],
        stopped=manifest["stopped"],
        sha256=sha256,
        folder=draft.name,
        next_role=next((role for role in ROLES if role not in signed), "supplier"),
        announced=manifest.get("announced"),
        approvals=approvals,
        suppliers=[
            {
                "page": f"{preview_folder(settings.drafts, sha256).name}/{preview.agreement}.html",
                "title": preview.title,
                "by": preview.by,
                "count": preview.values,
                "sha256": preview.sha256,
            }
            for preview in previews
        ],
        ranking=ranking,
        before=against,
        before_id=last.id if last else None,
        changes=changed[:LARGEST],
        new=sorted(
            f"{title(name)}, edition {e}"
            for (name, e), hash_ in mine.items()
            if theirs.get((name, e)) != hash_
        ),
        gone=sorted(f"{title(name)}, edition {e}" for name, e in theirs.keys() - mine.keys()),
        carried=sorted(
            f"{title(item['dataset'])}: delivery of edition {item['carried_from']}"
            for item in manifest["deliveries"]
            if item["edition"] == edition and item.get("carried_from") is not None
        ),
        decisions=[
            {
                "check": None,
                "until": None,
                **item,
                "title": title(item["dataset"]),
                "words": KIND_WORDS[item["decision"]],
            }
            for item in manifest.get("decisions") or ()
        ],
        findings=findings_of(manifest),
        recorded=_recorded(settings, catalogue, manifest),
        index_checks=manifest.get("index_checks") or [],
        checks=_rows(
            draft,
            manifest,
            "fct_check",
            f"select state, count(*) from {{table}} where edition = {int(edition)} group by state order by 2 desc, 1",
        ),
    )
