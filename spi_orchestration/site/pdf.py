"""Ward profiles and councillors' packs as tagged PDF, printed by a browser that is on the machine.

Belongs here: finding a browser, printing pages, and taking the clock out of what it prints. Does not belong here:
what the pages say (`pages.py`) and how they look on paper (`assets/site.css`).

A browser prints what the page shows, with its headings, tables and pictures as tags (ISO 32000-1, 14.8), and
every council machine has one: Edge on Windows, Chromium or Chrome elsewhere. It is driven by Playwright, the
extra `pdf`, which brings no browser of its own here.
"""

from __future__ import annotations

import re
import shutil
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from spi_orchestration.release.files import ReleaseError

__all__ = ["Printer", "find_browser", "printer", "without_clock"]

#: Prints pages: (page, PDF) pairs, and the day they are dated to, as YYYY-MM-DD.
Printer = Callable[[Sequence[tuple[Path, Path]], str], None]

#: Where browsers are, in the order in which they are tried: names on the path, then places on Windows and macOS.
NAMES = ("chromium", "chromium-browser", "google-chrome", "microsoft-edge", "msedge")
PLACES = (
    "C:/Program Files (x86)/Microsoft/Edge/Application/msedge.exe",
    "C:/Program Files/Microsoft/Edge/Application/msedge.exe",
    "C:/Program Files/Google/Chrome/Application/chrome.exe",
    "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
    "/Applications/Microsoft Edge.app/Contents/MacOS/Microsoft Edge",
)
#: Nothing leaves the machine while a browser prints.
QUIET = (
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
    "--disable-gpu",
    # The pages are the project's own; the sandbox cannot start for root, as in containers.
    "--no-sandbox",
)


def find_browser(asked: Path | None = None) -> Path:
    """The browser that prints.

    Raises:
        ReleaseError: there is none, or not where it was said to be.
    """
    if asked is not None:
        if asked.is_file():
            return asked
        raise ReleaseError(f"there is no browser at {asked}. Give the file of Chromium, Chrome or Edge.")
    found = next((path for name in NAMES if (path := shutil.which(name))), None)
    found = found or next((place for place in PLACES if Path(place).is_file()), None)
    if found is None:
        raise ReleaseError(
            "no Chromium, Chrome or Edge was found to print with. Install one, or name it: --browser FILE"
        )
    return Path(found)


def printer(browser: Path | None = None) -> Printer:
    """A function that prints pages to PDF: A4, tagged, with an outline.

    Args:
        browser: file of the browser; found by itself where None.

    Raises:
        ReleaseError: there is no browser, or the extra `pdf` is not installed.
    """
    import importlib.util

    if importlib.util.find_spec("playwright") is None:
        raise ReleaseError(
            "the package playwright is not installed; it is in the extra `pdf`. Install it into the project's "
            'environment: .venv/bin/python -m pip install -c constraints.txt -e ".[pdf]"'
        )
    program = find_browser(browser)

    def print_pages(pages: Sequence[tuple[Path, Path]], day: str) -> None:
        # In a thread of its own: the driver does not run where an event loop does.
        with ThreadPoolExecutor(max_workers=1) as threads:
            threads.submit(_print, program, pages, day).result()

    return print_pages


def _print(program: Path, pages: Sequence[tuple[Path, Path]], day: str) -> None:
    from playwright.sync_api import Error, sync_playwright

    try:
        with sync_playwright() as driver:
            started = driver.chromium.launch(executable_path=str(program), args=list(QUIET))
            # Without a script the page is as it was written; `offline` keeps it to its own files.
            context = started.new_context(java_script_enabled=False, offline=True)
            shown = context.new_page()
            for source, target in pages:
                shown.goto(source.resolve().as_uri())
                data = shown.pdf(prefer_css_page_size=True, tagged=True, outline=True)
                target.parent.mkdir(parents=True, exist_ok=True)
                target.write_bytes(without_clock(data, day))
            started.close()
    except Error as error:
        said = str(error).splitlines()[0]
        raise ReleaseError(f"{program.name} could not print the pages: {said}") from None


def without_clock(data: bytes, day: str) -> bytes:
    """A PDF dated to a day and with elements numbered from one, so that the same page gives the same bytes.

    A browser numbers the elements of a page on from those it showed before. Dates and numbers keep their length,
    so that the table of places in the file stays right.
    """
    stamp = (day.replace("-", "") + "000000").encode()
    dated = re.sub(rb"(/(?:CreationDate|ModDate) \(D:)\d{14}", rb"\g<1>" + stamp, data)
    numbers = sorted(set(re.findall(rb"\(node(\d{8})\)", dated)))
    new = {number: b"(node%08d)" % place for place, number in enumerate(numbers, start=1)}
    return re.sub(rb"\(node(\d{8})\)", lambda found: new[found.group(1)], dated)
