"""What the public site costs: seconds to build, bytes, requests a page, and how soon a slow phone shows it.

Belongs here: figures of one run on one machine, beside the budgets of `docs/site.md`, and ratios where a time
depends on the machine. Does not belong here: a limit that fails a test.

Run it with `python benchmarks/site.py [RELEASE …]`; without a folder it takes the releases of `data/releases`.
Needs the extra `ui-test` and Chromium for the phone; without them that part is left out and says so.

The phone: 360 x 740, processor slowed four times, 1.6 Mbit/s, 150 ms, compressed, nothing cached. Content is
there when the browser paints it first (First Contentful Paint) with the main heading in the page. The same page
is loaded without throttling too: where the unthrottled time is high, the machine is busy, not the page.
"""

from __future__ import annotations

import gzip
import statistics
import sys
import tempfile
import threading
import time
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

#: Budgets: (limit, unit).
SECONDS, SITE_MB, PAGE_KB, REQUESTS, CONTENT = 5.0, 15.0, 40.0, 5, 1.5
PHONE = {"offline": False, "latency": 150, "downloadThroughput": 200_000, "uploadThroughput": 93_750}
ROUNDS = 3


class Compressed(SimpleHTTPRequestHandler):
    """Sends text as a web server with gzip would."""

    def do_GET(self) -> None:
        """Answer with the file, compressed."""
        path = Path(self.translate_path(self.path))
        path = path / "index.html" if path.is_dir() else path
        if not path.is_file():
            self.send_error(404)
            return
        data = gzip.compress(path.read_bytes(), 6)
        self.send_response(200)
        self.send_header("Content-Type", self.guess_type(str(path)))
        self.send_header("Content-Encoding", "gzip")
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)

    def log_message(self, *_: Any) -> None:
        """Say nothing."""


def kinds(pages: Path) -> dict[str, str]:
    """One page of each kind."""
    import re

    found: dict[str, str] = {}
    for path in sorted(pages.rglob("*.html")):
        kind = re.search(r'data-kind="(\w+)"', path.read_text(encoding="utf-8"))
        if kind:
            found.setdefault(kind.group(1), path.relative_to(pages).as_posix())
    return found


def content(browser: Any, address: str, slow: bool) -> tuple[float, int, int]:
    """Seconds to content, requests, and bytes over the wire of one page, with nothing cached."""
    context = browser.new_context(viewport={"width": 360, "height": 740})
    shown = context.new_page()
    session = context.new_cdp_session(shown)
    session.send("Network.enable")
    sizes: list[int] = []
    session.on("Network.loadingFinished", lambda event: sizes.append(int(event["encodedDataLength"])))
    if slow:
        session.send("Network.emulateNetworkConditions", PHONE)
        session.send("Emulation.setCPUThrottlingRate", {"rate": 4})
    shown.goto(address, wait_until="load")
    shown.locator("h1").first.wait_for()
    painted = shown.evaluate(
        "new Promise(done => { const at = () => { const e = performance.getEntriesByName('first-contentful-paint')[0];"
        "e ? done(e.startTime) : setTimeout(at, 20); }; at(); })"
    )
    context.close()
    return painted / 1000, len(sizes), sum(sizes)


def phone(site: Path, pages: Path) -> None:
    """Print a line a page kind."""
    try:
        from playwright.sync_api import sync_playwright
    except ImportError:
        print("phone: the extra ui-test is not installed, so it is left out")
        return
    from spi_orchestration.site.pdf import find_browser

    server = ThreadingHTTPServer(("127.0.0.1", 0), partial(Compressed, directory=str(site)))
    threading.Thread(target=server.serve_forever, daemon=True).start()
    root = f"http://127.0.0.1:{server.server_address[1]}/{pages.relative_to(site).as_posix()}"
    print(
        f"\n{'page kind':<14}{'KB':>8}{'requests':>10}{'phone s':>9}{'desk s':>8}   budgets: {PAGE_KB:.0f} KB, {REQUESTS}, {CONTENT} s"
    )
    over = []
    with sync_playwright() as driver:
        browser = driver.chromium.launch(
            executable_path=str(find_browser()), args=["--no-sandbox", "--disable-gpu"]
        )
        content(browser, f"{root}/index.html", slow=False)
        for kind, path in kinds(pages).items():
            runs = [content(browser, f"{root}/{path}", slow=True) for _ in range(ROUNDS)]
            seconds = statistics.median(run[0] for run in runs)
            desk = statistics.median(content(browser, f"{root}/{path}", slow=False)[0] for _ in range(ROUNDS))
            requests, size = max(run[1] for run in runs), max(run[2] for run in runs) / 1000
            print(f"{kind:<14}{size:>8.1f}{requests:>10}{seconds:>9.2f}{desk:>8.2f}")
            if size > PAGE_KB or requests > REQUESTS or seconds > CONTENT:
                over.append(kind)
        browser.close()
    server.shutdown()
    print(f"over a budget: {', '.join(over) or 'none'}")


def main(folders: list[Path]) -> None:
    """Build in a temporary folder and print what it costs."""
    from spi_orchestration.site.build import build_site
    from spi_orchestration.site.config import read_config

    config = read_config(ROOT / "config" / "site.yml")
    with tempfile.TemporaryDirectory() as held:
        site = Path(held) / "site"
        wall, used = time.perf_counter(), time.process_time()
        built = build_site(folders, site, config)
        wall, used = time.perf_counter() - wall, time.process_time() - used
        pages = site / "releases" / built.current
        files = [path for path in site.rglob("*") if path.is_file()]
        data = sum(p.stat().st_size for p in files if "files" in p.relative_to(site).parts) / 1e6
        whole = sum(p.stat().st_size for p in files) / 1e6
        print(f"build: {wall:.1f} s, {used:.1f} s of processor, {built.pages} pages (budget {SECONDS:.0f} s)")
        print(
            f"site: {whole - data:.1f} MB of pages, {data:.1f} MB of the release's own files (budget {SITE_MB:.0f} MB)"
        )
        phone(site, pages)


if __name__ == "__main__":
    given = [Path(name) for name in sys.argv[1:]]
    main(given or sorted(path.parent for path in (ROOT / "data" / "releases").glob("*/manifest.json")))
