"""`spi site`: make the public site, look at it, copy it out.

Belongs here: options, what is printed and exit codes. Does not belong here: pages (`site/build.py`), copying
(`site/publish.py`), printing (`site/pdf.py`).
"""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from spi_orchestration.console import REFUSED, Profile, ProfileOption, load, near, refuse, say, step
from spi_orchestration.settings import Settings

__all__ = ["app"]

app = typer.Typer(
    rich_markup_mode=None, help="The public site: pages made from releases alone.", no_args_is_help=True
)

SiteFolder = Annotated[
    Path | None,
    typer.Option("--site", metavar="FOLDER", help="Folder of the site; data/site/PROFILE by default."),
]


def _site_folder(settings: Settings, profile: Profile, folder: Path | None) -> Path:
    return folder if folder is not None else settings.data / "site" / profile.value


def _built(settings: Settings, profile: Profile, folder: Path | None) -> Path:
    source = _site_folder(settings, profile, folder)
    if not (source / "index.html").is_file():
        refuse(f"there is no site in {near(source, settings.root)}. `spi site build` makes one.", REFUSED)
    return source


@app.command("build")
def build(
    profile: ProfileOption = Profile.full,
    draft: Annotated[
        Path | None, typer.Option("--draft", metavar="FOLDER", help="Show this draft as well, marked as one.")
    ] = None,
    again: Annotated[
        bool, typer.Option("--again", help="Make pages that stand anew. Not for a site that was published.")
    ] = False,
    pdf: Annotated[
        bool, typer.Option("--pdf", help="Also each ward's profile and councillor's pack as PDF (extra pdf).")
    ] = False,
    browser: Annotated[
        Path | None,
        typer.Option("--browser", metavar="FILE", help="Chromium, Chrome or Edge that prints the PDFs."),
    ] = None,
    site: SiteFolder = None,
) -> None:
    """Make the pages of all releases of a profile; pages that stand are left as they are."""
    from spi_orchestration.release.publish import list_releases
    from spi_orchestration.site.build import build_site
    from spi_orchestration.site.config import read_config
    from spi_orchestration.site.pdf import printer

    settings, catalogue = load()
    target = _site_folder(settings, profile, site)
    config = read_config(settings.config / "site.yml")
    found = sorted(
        list_releases(settings, profile.value), key=lambda item: (not item.synthetic, item.edition)
    )
    real = [item for item in found if not item.synthetic]
    folders = [item.folder for item in real or found] + ([draft] if draft is not None else [])
    years = {item.edition for item in found} | {catalogue.district.current_edition}
    due = {year: catalogue.district.publication_date(year + 1) for year in years}
    with step("Making the site"):
        built = build_site(
            folders,
            target,
            config,
            logo=settings.config / config.logo if config.logo else None,
            next_due=due,
            again=again,
            printer=printer(browser) if pdf else None,
        )
    say(f"{built.pages} pages of release {built.current}: {near(target, settings.root)}")
    if built.kept:
        say(f"Left as they were: {', '.join(built.kept)}")
    say("Look at it: open index.html there, or `spi site serve`. Then: spi site publish PLACE")


@app.command("publish")
def publish(
    target: Annotated[
        str,
        typer.Argument(
            metavar="PLACE",
            help="What the web server shows: a folder, sftp://user@host/folder or s3://bucket/prefix.",
        ),
    ],
    profile: ProfileOption = Profile.full,
    site: SiteFolder = None,
    drafts: Annotated[bool, typer.Option("--drafts", help="Also drafts, for a closed preview.")] = False,
    verify: Annotated[
        bool, typer.Option("--verify", help="Over a network: read back every file that is there already.")
    ] = False,
    key_file: Annotated[
        Path | None, typer.Option("--key", metavar="FILE", help="Private key for SFTP.")
    ] = None,
    known_hosts: Annotated[
        Path | None,
        typer.Option("--known-hosts", metavar="FILE", help="Known host keys; your own file by default."),
    ] = None,
    endpoint: Annotated[
        str | None,
        typer.Option("--endpoint", metavar="URL", help="Address of a store other than Amazon's."),
    ] = None,
) -> None:
    """Copy the site to the web server: new files first, the pointer last."""
    from spi_orchestration.site.publish import publish_site

    source = _built(Settings.load(), profile, site)
    with step("Copying the site"):
        done = publish_site(
            source,
            target,
            drafts=drafts,
            verify=verify,
            key_file=key_file,
            known_hosts=known_hosts,
            endpoint=endpoint,
        )
    say(f"{done.copied} files copied, {done.kept} were there already.")


@app.command("serve")
def serve(
    profile: ProfileOption = Profile.full,
    site: SiteFolder = None,
    port: Annotated[int, typer.Option("--port", help="Port on this machine.")] = 8008,
) -> None:
    """Show the site on this machine alone, until interrupted."""
    from functools import partial
    from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer

    source = _built(Settings.load(), profile, site)
    handler = partial(SimpleHTTPRequestHandler, directory=str(source))
    with ThreadingHTTPServer(("127.0.0.1", port), handler) as server:
        say(f"http://127.0.0.1:{server.server_address[1]}/  (stop with Ctrl-C)")
        server.serve_forever()
