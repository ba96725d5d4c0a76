"""What a supplier sees before publication: every public value that was made from its data.

Belongs here: which approvals of suppliers a draft needs, the preview of each as one CSV and its hash, and
writing both as files. Does not belong here: what makes an approval valid (`signoff.py`), or which
agreement or rule asks for one (the configuration, through the manifest).
"""

from __future__ import annotations

import csv
import hashlib
import html
import io
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from spi_orchestration.release.files import ReleaseError, write_whole
from spi_orchestration.release.formats import cell_text
from spi_orchestration.release.manifest import read_manifest

__all__ = ["Preview", "approvals_needed", "make_preview", "preview_folder", "write_preview"]

HEADER = ("table", "edition", "area_code", "item", "row", "figure", "value")

#: Columns that say what a row is about, in the order in which they are looked for.
_ITEMS = ("indicator", "code", "component", "dimension", "item")
#: Column that splits a row about a score by what moved it.
_PART = "part"
#: Columns that place a row rather than give a figure.
_PLACES = frozenset({"edition", "area_code", "area_name", "area_type", *_ITEMS})


@dataclass(frozen=True)
class Preview:
    """The public values made from one agreement's data.

    Attributes:
        agreement: id of the agreement.
        title: its title.
        by: role that approves.
        datasets: datasets concerned.
        indicators: ids of the indicators that use them.
        csv: every value: `table, edition, area_code, item, row, figure, value`.
        sha256: hash of that CSV in UTF-8.
        now: (indicator name, ward name, value, score, status) of the draft's own edition.
        edition: the draft's own edition.
        synthetic: made from made-up deliveries.
    """

    agreement: str
    title: str
    by: str
    datasets: tuple[str, ...]
    indicators: tuple[str, ...]
    csv: str
    sha256: str
    now: tuple[tuple[str, str, str, str, str], ...]
    edition: int
    synthetic: bool

    @property
    def values(self) -> int:
        """Number of values."""
        return self.csv.count("\r\n") - 1


def approvals_needed(manifest: Mapping[str, Any]) -> list[dict[str, Any]]:
    """The approvals of suppliers that a draft needs: `agreement`, `title`, `by` and `datasets` of each."""
    return sorted(manifest.get("approvals") or [], key=lambda item: str(item["agreement"]))


def make_preview(draft: Path, agreement: str) -> Preview:
    """Gather every public value of a draft that was made from an agreement's data.

    Tables about indicators, components, dimensions and the index give the rows of what rests on the data,
    in part or whole; tables about datasets those of its datasets. A table of facts that is about none of
    these is given whole. What others' data brought to a score is left out, as are facts about others' datasets: a
    supplier sees nothing early that is not made from its own.

    Args:
        draft: folder of the draft.
        agreement: id of the agreement; one that the manifest names.

    Raises:
        ReleaseError: the manifest names no such agreement, or a table cannot be read.
    """
    manifest = read_manifest(draft)
    needed = {item["agreement"]: item for item in approvals_needed(manifest)}
    if agreement not in needed:
        known = ", ".join(needed) or "none"
        raise ReleaseError(f"the draft needs no approval under the agreement {agreement!r}; it needs {known}")
    entry = needed[agreement]
    datasets = set(entry["datasets"])
    tables = {table["name"]: [column["name"] for column in table["columns"]] for table in manifest["tables"]}
    indicators = _indicators(draft, tables, datasets)
    items = {item["indicator"] for item in indicators}
    items |= {item[key] for item in indicators for key in ("component", "dimension") if item.get(key)}
    if indicators:
        items.add("index")
    strangers = _all_nodes(draft, tables) - items
    stream = io.StringIO()
    writer = csv.writer(stream, lineterminator="\r\n")
    writer.writerow(HEADER)
    for name in sorted(tables):
        columns = tables[name]
        about = next((column for column in _ITEMS if column in columns), None)
        if "dataset" in columns:
            wanted, about = ("dataset", datasets), "dataset"
        elif about == "item":
            wanted = (about, items | datasets)
        elif about is not None and (name.startswith("fct_") or about == "indicator"):
            wanted = (about, items)
        elif name.startswith("fct_") and indicators:
            wanted, about = ("", set()), None
        else:
            continue
        rows = (row for row in _rows(draft, name, wanted) if row.get(_PART) not in strangers)
        for number, row in enumerate(rows, start=1):
            item = row[about] if about else "index"
            for column in columns:
                if column in _PLACES or column == about:
                    continue
                writer.writerow(
                    [
                        name,
                        cell_text(row.get("edition")),
                        cell_text(row.get("area_code")),
                        item,
                        number,
                        column,
                        cell_text(row[column]),
                    ]
                )
    text = stream.getvalue()
    return Preview(
        agreement=agreement,
        title=str(entry["title"]),
        by=str(entry["by"]),
        datasets=tuple(sorted(datasets)),
        indicators=tuple(sorted(item["indicator"] for item in indicators)),
        csv=text,
        sha256=hashlib.sha256(text.encode("utf-8")).hexdigest(),
        now=_now(draft, tables, indicators, manifest["edition"]),
        edition=int(manifest["edition"]),
        synthetic=bool(manifest["synthetic"]),
    )


def _parquet(draft: Path, name: str) -> str:
    return str(draft / "parquet" / f"{name}.parquet").replace("'", "''")


def _rows(draft: Path, name: str, wanted: tuple[str, set[str]] = ("", set())) -> list[dict[str, Any]]:
    """Rows of a published table in its own order, those about some items only where a column is named."""
    import duckdb

    column, values = wanted
    where, given = "", []
    if column:
        where, given = f' where "{column}" in (select unnest(?))', [sorted(values)]
    try:
        # One thread reads the file in its order, which is total.
        with duckdb.connect(config={"threads": 1}) as con:
            cursor = con.execute(f"select * from read_parquet('{_parquet(draft, name)}'){where}", given)
            names = [item[0] for item in cursor.description or []]
            return [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]
    except duckdb.Error as error:
        raise ReleaseError(f"{draft.name}: {name} cannot be read: {error}") from None


def _indicators(draft: Path, tables: Mapping[str, list[str]], datasets: set[str]) -> list[dict[str, Any]]:
    if "dim_indicator" not in tables:
        return []
    return [
        row
        for row in _rows(draft, "dim_indicator")
        if {row.get("numerator_dataset"), row.get("denominator_dataset")} & datasets
    ]


def _all_nodes(draft: Path, tables: Mapping[str, list[str]]) -> set[str]:
    """Indicators, components and dimensions of the draft."""
    if "dim_indicator" not in tables:
        return set()
    return {
        str(row[key])
        for row in _rows(draft, "dim_indicator")
        for key in ("indicator", "component", "dimension")
        if row.get(key)
    }


def _now(
    draft: Path, tables: Mapping[str, list[str]], indicators: list[dict[str, Any]], edition: int
) -> tuple[tuple[str, str, str, str, str], ...]:
    if "fct_indicator_value" not in tables or not indicators:
        return ()
    names = {}
    if "dim_area" in tables:
        names = {
            row["area_code"]: row["area_name"]
            for row in _rows(draft, "dim_area")
            if row.get("area_type", "ward") == "ward"
        }
    titles = {row["indicator"]: str(row.get("name") or row["indicator"]) for row in indicators}
    found = [
        (
            titles[row["indicator"]],
            str(names[row["area_code"]]),
            cell_text(row["value"]),
            cell_text(row.get("score")),
            _status(row),
        )
        for row in _rows(draft, "fct_indicator_value", ("indicator", set(titles)))
        if row["edition"] == edition and row["area_code"] in names
    ]
    return tuple(sorted(found))


def _status(row: Mapping[str, Any]) -> str:
    said = str(row.get("status") or "").replace("_", " ")
    older = row.get("carried_forward") and row.get("status") != "carried_forward"
    return f"{said}, rests on older data" if older else said


def preview_folder(drafts: Path, manifest_sha256: str) -> Path:
    """Where the previews of a draft are written, beside its sign-off form."""
    return drafts / f"approvals-{manifest_sha256[:12]}"


def write_preview(preview: Preview, folder: Path, manifest_sha256: str) -> Path:
    """Write a preview as one CSV and one page.

    Args:
        preview: what `make_preview` gathered.
        folder: that of `preview_folder`.
        manifest_sha256: hash of the draft's manifest, which the page shows.

    Returns:
        The page.
    """
    folder.mkdir(parents=True, exist_ok=True)
    table = folder / f"{preview.agreement}.csv"
    table.write_text(preview.csv, encoding="utf-8", newline="")
    page = folder / f"{preview.agreement}.html"
    write_whole(page, _page(preview, table.name, manifest_sha256))
    return page


_STYLE = """
body { font: 1rem/1.5 system-ui, sans-serif; color: #111; background: #fff; margin: 0 auto; max-width: 60rem; padding: 1rem; }
h1 { font-size: 1.6rem; line-height: 1.2; } h2 { margin-top: 2rem; border-top: 2px solid #111; padding-top: .5rem; }
.warning { border: 2px dashed #5a4a00; background: #fff9e0; padding: .5rem 1rem; }
.hash { border-left: .5rem solid #12436d; background: #f0f4f8; padding: .5rem 1rem; overflow-wrap: anywhere; }
code { overflow-wrap: anywhere; } .scroll { overflow-x: auto; }
table { border-collapse: collapse; width: 100%; } caption { text-align: left; font-weight: 600; padding: .5rem 0; }
th, td { text-align: left; border-bottom: 1px solid #bbb; padding: .3rem .6rem .3rem 0; vertical-align: top; }
td.number { text-align: right; font-variant-numeric: tabular-nums; }
a:focus-visible, .scroll:focus-visible { outline: 3px solid #ffbf00; outline-offset: 2px; }
"""


def _page(preview: Preview, table: str, manifest_sha256: str) -> str:
    e = html.escape
    rows = []
    for indicator, ward, value, score, status in preview.now:
        shown = _short(value) or "not given"
        rows.append(
            f'<tr><td>{e(indicator)}</td><th scope="row">{e(ward)}</th><td class="number">{e(shown)}</td>'
            f'<td class="number">{e(_short(score))}</td><td>{e(status)}</td></tr>'
        )
    warning = (
        '<p class="warning"><strong>Synthetic.</strong> Every figure here comes from made-up deliveries.</p>'
        if preview.synthetic
        else ""
    )
    return f"""<!doctype html>
<html lang="en-GB">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Before publication: {e(preview.title)}</title>
<style>{_STYLE}</style>
</head>
<body>
<main>
<h1>What would be published from your data, edition {preview.edition}</h1>
{warning}
<p>{e(preview.title)}: nothing is published before the {e(preview.by)} approves. This page and the file beside it,
<a href="{e(table)}">{e(table)}</a>, hold every public value made from {e(", ".join(preview.datasets))}, in part or
whole: {preview.values:,} values. What you see is what everybody would see.</p>
<h2>To approve</h2>
<p>Answer with your role, the day, and the beginning of this preview's fingerprint. Another draft needs another approval.</p>
<p class="hash">Preview <code>{preview.sha256}</code><br>Draft <code>{manifest_sha256}</code></p>
<h2>Values of edition {preview.edition}</h2>
<div class="scroll" role="region" aria-label="Values of edition {preview.edition}" tabindex="0">
<table>
<caption>{len(preview.indicators)} indicators by ward; earlier editions, intervals and the scores that rest on them stand in the file</caption>
<thead><tr><th scope="col">Indicator</th><th scope="col">Ward</th><th scope="col">Value</th><th scope="col">Score</th><th scope="col">Status</th></tr></thead>
<tbody>
{chr(10).join(rows)}
</tbody>
</table>
</div>
</main>
</body>
</html>
"""


def _short(text: str) -> str:
    """A number for reading; the CSV holds all its digits."""
    try:
        return f"{float(text):,.2f}" if text else ""
    except ValueError:
        return text
