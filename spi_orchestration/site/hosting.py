"""Configuration for web servers: nginx, IIS, and any static host.

Belongs here: security headers, types of files, how long browsers keep them, as text for each server. Does not
belong here: copying the site (`publish.py`).
"""

from __future__ import annotations

from collections.abc import Iterator

from spi_orchestration.site.config import SiteConfig

__all__ = ["TYPES", "headers", "kit"]

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


def kit(site: SiteConfig) -> Iterator[tuple[str, str]]:
    """Files of the kit: (path in the site, text)."""
    yield "hosting/nginx.conf", _nginx(site)
    yield "web.config", _iis(site)
    yield "_headers", _static(site)
    yield "hosting/README.txt", _sheet(site)


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


def _sheet(site: SiteConfig) -> str:
    return (
        f"{site.title}: for the web team\n\n"
        "What it is        A folder of plain files. No server program, no database, no build step.\n"
        "What to procure   Any static web host with HTTPS and own headers. 200 MB of space lasts for years.\n"
        "Size              About 7 MB of pages a release and its data files (some 15 MB); a page is at most 40 KB compressed and five requests.\n"
        "Traffic           10,000 page views a month are below 1 GB.\n"
        "Privacy           No cookie, no storage, no request to another host, no personal data. A postcode typed\n"
        "                  into the search stays on the device. Server logs are yours to configure.\n"
        "Headers           _headers (many static hosts), web.config (IIS), hosting/nginx.conf (nginx).\n"
        "                  Hosts that cannot set headers: the site works without them.\n"
        "Updating          `spi site publish FOLDER` copies new files first and the pointer last.\n"
        "Rolling back      Restore releases/status.js, index.html and feed.xml of the day before.\n"
        "Embedding         Name your CMS's origin under frame_ancestors in config/site.yml.\n"
    )
