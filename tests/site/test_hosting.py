"""The hosting kit, read by a real nginx and as XML; PDFs printed by a real browser.

Belongs here: what web servers send, and files for print. Does not belong here: publishing (`test_places.py`).
"""

from __future__ import annotations

import re
import shutil
import socket
import subprocess
import time
import urllib.error
import urllib.request
import xml.etree.ElementTree as ET
from pathlib import Path
from typing import Any

import pytest

from spi_orchestration.release.files import ReleaseError
from spi_orchestration.site.build import build_site
from spi_orchestration.site.config import read_config
from spi_orchestration.site.hosting import TYPES, headers
from spi_orchestration.site.pdf import find_browser, printer, without_clock
from tests.conftest import CHROMIUM
from tests.helpers.project import ROOT
from tests.site.conftest import Site
from tests.site.make import make_release, settings_in

NGINX = Path("/usr/sbin/nginx")
CONFIG = ROOT / "config" / "site.yml"


def test_every_extension_of_the_site_has_a_media_type_on_every_server(plain: Site) -> None:
    found = {p.suffix for p in plain.root.rglob("*") if p.is_file() and p.suffix not in {".config", ".conf"}}
    assert found - {""} <= set(TYPES)
    mapped = {
        item.get("fileExtension"): item.get("mimeType")
        for item in ET.parse(plain.root / "web.config").iter("mimeMap")
    }
    assert mapped == TYPES
    sent = {item.get("name"): item.get("value") for item in ET.parse(plain.root / "web.config").iter("add")}
    for name, value in headers(read_config(CONFIG)).items():
        assert sent[name] == value
        assert f"  {name}: {value}" in (plain.root / "_headers").read_text(encoding="utf-8")


def test_the_sheet_for_the_web_team_says_what_this_site_weighs(plain: Site, sample: Site) -> None:
    for site in (plain, sample):
        files = [p for p in site.pages.rglob("*") if p.is_file()]
        own = [p for p in files if "files" in p.relative_to(site.pages).parts]
        pages, data = (sum(p.stat().st_size for p in part) for part in (set(files) - set(own), own))
        sheet = (site.root / "hosting" / "README.txt").read_text(encoding="utf-8")
        assert f"{pages / 1e6:.0f} MB of pages and {data / 1e6:.0f} MB of data files" in sheet
        told = re.search(r"heaviest page is (\d+) KB compressed; a page is at most (\d) requests", sheet)
        assert told and 15 < int(told[1]) <= 40 and 4 <= int(told[2]) <= 5


def test_nginx_takes_the_kit_and_sends_headers_and_media_types(plain: Site, tmp_path: Path) -> None:
    if not NGINX.is_file():
        pytest.skip("nginx (Debian: nginx-light) is not installed")
    with socket.socket() as asked:
        asked.bind(("127.0.0.1", 0))
        port = asked.getsockname()[1]
    for name in ("body", "proxy", "fastcgi", "uwsgi", "scgi"):
        (tmp_path / name).mkdir()
    temporary = "".join(
        f"{directive}_temp_path {tmp_path / name};\n"
        for directive, name in (
            ("client_body", "body"),
            ("proxy", "proxy"),
            ("fastcgi", "fastcgi"),
            ("uwsgi", "uwsgi"),
            ("scgi", "scgi"),
        )
    )
    kit = (plain.root / "hosting" / "nginx.conf").read_text(encoding="utf-8")
    site = tmp_path / "www"
    shutil.copytree(plain.root, site)
    for path in (tmp_path, *tmp_path.parents[:2]):
        path.chmod(0o755)
    config = tmp_path / "nginx.conf"
    config.write_text(
        f"daemon off;\nuser root;\nerror_log {tmp_path}/error.log;\npid {tmp_path}/pid;\nevents {{}}\nhttp {{\naccess_log off;\n{temporary}"
        f"server {{\nlisten 127.0.0.1:{port};\nroot {site};\n{kit}\n}}\n}}\n",
        encoding="utf-8",
    )
    server = subprocess.Popen([str(NGINX), "-c", str(config), "-p", str(tmp_path)], stderr=subprocess.DEVNULL)
    try:
        for _ in range(100):
            with socket.socket() as asked:
                if asked.connect_ex(("127.0.0.1", port)) == 0:
                    break
            assert server.poll() is None, (tmp_path / "error.log").read_text(encoding="utf-8")
            time.sleep(0.05)
        seen = set()
        for path in sorted(site.rglob("*")):
            if path.suffix not in TYPES or path.suffix in seen:
                continue
            seen.add(path.suffix)
            with urllib.request.urlopen(
                f"http://127.0.0.1:{port}/{path.relative_to(site).as_posix()}"
            ) as answer:
                kind = TYPES[path.suffix].split(";")[0]
                assert answer.headers["Content-Type"].split(";")[0] == kind, path.name
                for name, value in headers(read_config(CONFIG)).items():
                    assert answer.headers[name] == value, (path.name, name)
                immutable = "immutable" in (answer.headers["Cache-Control"] or "")
                assert immutable == ("releases/2026.1/" in path.as_posix()), path.name
        assert {".html", ".js", ".css", ".csv", ".json", ".parquet", ".png", ".xml"} <= seen
        with pytest.raises(urllib.error.HTTPError, match="404"):
            urllib.request.urlopen(f"http://127.0.0.1:{port}/releases/2026.1/none.html")
    finally:
        server.terminate()
        server.wait()


def test_profiles_and_packs_are_tagged_dated_by_the_release_and_the_same_each_time(tmp_path: Path) -> None:
    pypdf = pytest.importorskip("pypdf", reason="pypdf is not installed")
    if not Path(CHROMIUM).is_file():
        pytest.skip("Chromium is not installed")
    release = make_release(settings_in(tmp_path / "p"), editions=(2025, 2026), doubt=True)
    real = printer(Path(CHROMIUM))
    kept: list[tuple[Path, Path]] = []

    def first_ward_twice(pages: Any, day: str) -> None:
        kept.extend(pages)
        pairs = list(pages)[:2]
        real([*pairs, (pairs[0][0], pairs[0][1].with_name("again.pdf"))], day)

    build_site([release.folder], tmp_path / "s", read_config(CONFIG), printer=first_ward_twice)
    folder = tmp_path / "s" / "releases" / "2026.1"
    wards = sorted((folder / "wards").glob("E*.html"))
    assert len(kept) == 2 * len(wards) and not list((folder / "pdf").glob("*.html"))
    code = kept[0][1].stem
    assert f'href="../pdf/{code}.pdf"' in (folder / "wards" / f"{code}.html").read_text(encoding="utf-8")
    assert (folder / "pdf" / "again.pdf").read_bytes() == (folder / "pdf" / f"{code}.pdf").read_bytes()
    for name, least in ((f"{code}.pdf", 2), (f"pack-{code}.pdf", 4)):
        read = pypdf.PdfReader(folder / "pdf" / name)
        root = read.trailer["/Root"]
        assert root["/MarkInfo"]["/Marked"] and root["/Lang"] == "en-GB", name
        tags = _tags(root["/StructTreeRoot"])
        assert {"/H1", "/H2", "/Table", "/TH", "/TD", "/L", "/P"} <= tags, (name, tags)
        assert read.metadata.creation_date_raw.startswith("D:20261215"), name
        assert (len(read.pages) == 2) if least == 2 else (len(read.pages) >= 4), name
        text = " ".join(page.extract_text() for page in read.pages)
        assert "SAMPLE DATA" in text and "Release 2026.1" in text
    pack = " ".join(
        page.extract_text() for page in pypdf.PdfReader(folder / "pdf" / f"pack-{code}.pdf").pages
    )
    assert "What not to say" in pack and "Wards in order of score" in pack and "Words explained" in pack


def _tags(node: Any) -> set[str]:
    """Kinds of all elements of a structure tree."""
    found, todo = set(), [node]
    while todo:
        item = todo.pop()
        item = item.get_object() if hasattr(item, "get_object") else item
        if isinstance(item, list):
            todo += item
        elif isinstance(item, dict):
            if "/S" in item:
                found.add(str(item["/S"]))
            if "/K" in item:
                todo.append(item["/K"])
    return found


def test_a_missing_browser_is_said_in_words(tmp_path: Path) -> None:
    with pytest.raises(ReleaseError, match="there is no browser at"):
        find_browser(tmp_path / "none")


def test_the_clock_leaves_no_trace_and_no_byte_moves() -> None:
    data = b"/CreationDate (D:20240229235959+00'00')\n/ModDate (D:20240229235959+00'00')"
    changed = without_clock(data, "2026-12-15")
    assert len(changed) == len(data)
    assert re.findall(rb"D:(\d+)", changed) == [b"20261215000000"] * 2
