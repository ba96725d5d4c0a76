"""Configuration for web servers: nginx, IIS, and any static host.

Belongs here: security headers, types of files, how long browsers keep them, as text for each server. Does not
belong here: copying the site (`publish.py`).
"""

from __future__ import annotations

import gzip
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from spi_orchestration.site.config import SiteConfig

__all__ = ["TYPES", "Sizes", "headers", "kit", "measure"]

#: Space that the web team is asked for, in MB.
SPACE = 500

#: Every extension that the site holds, and its media type.
TYPES = {
    ".css": "text/css; charset=utf-8",
    ".csv": "text/csv; charset=utf-8",
    ".html": "text/html; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".json": "application/json",
    ".parquet": "application/vnd.apache.parquet",
    ".pdf": "application/pdf",
    ".png": "image/png",
    ".svg": "image/svg+xml",
    ".txt": "text/plain; charset=utf-8",
    ".xml": "application/atom+xml; charset=utf-8",
    ".zip": "application/zip",
}


def headers(site: SiteConfig) -> dict[str, str]:
    """Security headers: nothing but the site's own files runs or loads; who may embed it is configured."""
    ancestors = " ".join(["'self'", *site.frame_ancestors])
    return {
        "Content-Security-Policy": (
            "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; "
            f"base-uri 'none'; form-action 'self'; frame-ancestors {ancestors}"
        ),
        "Permissions-Policy": "camera=(), geolocation=(), microphone=()",
        "Referrer-Policy": "no-referrer",
        "Strict-Transport-Security": "max-age=31536000",
        "X-Content-Type-Options": "nosniff",
    }


@dataclass(frozen=True)
class Sizes:
    """What the pages of a release weigh.

    Attributes:
        pages: bytes of the pages and what they load.
        files: bytes of the release's own files beside them.
        heaviest: bytes of the heaviest page with all it loads, compressed.
        mean: the same of the mean page.
        requests: files that the page with most of them loads, itself among them.
    """

    pages: int
    files: int
    heaviest: int
    mean: int
    requests: int


def measure(release: Path) -> Sizes:
    """Weigh the pages of a release.

    Args:
        release: folder of its pages.
    """
    all_files = [path for path in release.rglob("*") if path.is_file()]
    own = release / "data" / "files"
    files = sum(path.stat().st_size for path in all_files if own in path.parents)
    whole = sum(path.stat().st_size for path in all_files)
    packed: dict[Path, int] = {}

    def compressed(path: Path) -> int:
        if path not in packed:
            packed[path] = len(gzip.compress(path.read_bytes(), 6, mtime=0)) if path.is_file() else 0
        return packed[path]

    weights, requests = [], 0
    for path in sorted(release.rglob("*.html")):
        loaded = {(path.parent / name).resolve() for name in _loads(path.read_text(encoding="utf-8"))}
        weights.append(compressed(path) + sum(compressed(other) for other in loaded))
        requests = max(requests, 1 + len(loaded))
    return Sizes(
        whole - files, files, max(weights, default=0), sum(weights) // max(1, len(weights)), requests
    )


def _loads(page: str) -> list[str]:
    """What a page loads at once, by the addresses in it."""
    return re.findall(r'<(?:script src|img [^>]*src|link rel="stylesheet" href)="([^":]+)"', page)


def kit(site: SiteConfig, sizes: Sizes) -> Iterator[tuple[str, str]]:
    """Files of the kit: (path in the site, text)."""
    yield "hosting/nginx.conf", _nginx(site)
    yield "web.config", _iis(site)
    yield "_headers", _static(site)
    yield "hosting/README.txt", _sheet(site, sizes)


def _nginx(site: SiteConfig) -> str:
    types = "\n".join(f"    {kind.split(';')[0]} {ext[1:]};" for ext, kind in TYPES.items())
    lines = "\n".join(f'  add_header {name} "{value}" always;' for name, value in headers(site).items())
    return (
        "# Inside the server block of the site; root is the folder that `spi site publish` fills.\n"
        "  charset utf-8;\n  index index.html;\n  gzip on;\n"
        "  gzip_types text/css text/javascript text/csv application/json image/svg+xml application/atom+xml;\n"
        f"  types {{\n{types}\n  }}\n{lines}\n"
        "  location ~ ^/releases/[^/]+/ {\n"
        "    # A release never changes.\n"
        f"{lines.replace('  add_header', '    add_header')}\n"
        '    add_header Cache-Control "public, max-age=31536000, immutable" always;\n  }\n'
    )


def _iis(site: SiteConfig) -> str:
    def safe(text: str) -> str:
        return text.replace("&", "&amp;").replace('"', "&quot;").replace("<", "&lt;")

    types = "\n".join(
        f'      <remove fileExtension="{ext}" />\n      <mimeMap fileExtension="{ext}" mimeType="{safe(kind)}" />'
        for ext, kind in TYPES.items()
    )
    lines = "\n".join(
        f'        <add name="{name}" value="{safe(value)}" />' for name, value in headers(site).items()
    )
    return (
        '<?xml version="1.0" encoding="utf-8"?>\n<configuration>\n  <system.webServer>\n    <staticContent>\n'
        f"{types}\n"
        '      <clientCache cacheControlMode="UseMaxAge" cacheControlMaxAge="00:10:00" />\n    </staticContent>\n'
        '    <defaultDocument>\n      <files>\n        <clear />\n        <add value="index.html" />\n      </files>\n'
        "    </defaultDocument>\n    <httpProtocol>\n      <customHeaders>\n"
        f'        <remove name="X-Powered-By" />\n{lines}\n'
        "      </customHeaders>\n    </httpProtocol>\n  </system.webServer>\n</configuration>\n"
    )


def _static(site: SiteConfig) -> str:
    lines = "\n".join(f"  {name}: {value}" for name, value in headers(site).items())
    return f"/*\n{lines}\n"


def _sheet(site: SiteConfig, sizes: Sizes) -> str:
    release = max(1, round((sizes.pages + sizes.files) / 1e6))
    return (
        f"{site.title}: for the web team\n\n"
        "What it is        A folder of plain files. No server program, no database, no build step.\n"
        f"What to procure   Any static web host with HTTPS and own headers. {SPACE} MB of space hold some {SPACE // release} releases.\n"
        f"Size              Some {release} MB a release: {sizes.pages / 1e6:.0f} MB of pages and {sizes.files / 1e6:.0f} MB of data files.\n"
        f"                  The heaviest page is {sizes.heaviest / 1000:.0f} KB compressed; a page is at most {sizes.requests} requests.\n"
        f"Traffic           10,000 page views a month are {sizes.mean / 1e5:.1f} GB if no browser keeps anything.\n"
        "Privacy           No cookie, no storage, no request to another host, no personal data. A postcode typed\n"
        "                  into the search stays on the device. Server logs are yours to configure.\n"
        "Headers           _headers (many static hosts), web.config (IIS), hosting/nginx.conf (nginx).\n"
        "                  Hosts that cannot set headers: the site works without them.\n"
        "Updating          `spi site publish FOLDER` copies new files first and the pointer last.\n"
        "Rolling back      Restore releases/status.js, index.html and feed.xml of the day before.\n"
        "Embedding         Name your CMS's origin under frame_ancestors in config/site.yml.\n"
    )
