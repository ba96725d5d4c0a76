"""`spi baseline`: lock the scores that progress is measured against, and make sure they still are.

Belongs here: options, what is printed and exit codes. Does not belong here: the lock itself
(`index/baseline.py`), or what a build makes of it (`assets/earlier.py`).
"""

from __future__ import annotations

from typing import Annotated

import typer

from spi_orchestration.console import REFUSED, load, near, refuse, say

__all__ = ["app"]

app = typer.Typer(
    rich_markup_mode=None, help="The baseline that progress is measured against.", no_args_is_help=True
)


@app.command("lock")
def lock(
    release: Annotated[str, typer.Argument(metavar="RELEASE", help="Release id, such as 2026.1.")],
    name: Annotated[
        str, typer.Option("--name", metavar="TEXT", help="What it is the baseline of, for people.")
    ],
    ident: Annotated[
        str, typer.Option("--id", metavar="ID", help="Id of the baseline: small letters, digits, - and _.")
    ],
) -> None:
    """Lock the scores of a release as a baseline, and say what to enter in config/baselines.yml."""
    import re

    from spi_orchestration.index import baseline
    from spi_orchestration.release.previous import release_scores
    from spi_orchestration.release.publish import list_releases
    from spi_orchestration.release.version import unsigned

    settings, _ = load()
    if not re.fullmatch(r"[a-z0-9][a-z0-9_-]*", ident):
        refuse(f"--id is {ident!r}; expected small letters, digits, - and _")
    found = [item for item in list_releases(settings, whole=True) if item.id == release]
    if not found:
        refuse(f"there is no release {release} in {near(settings.releases, settings.root)}", REFUSED)
    method, scores = release_scores(found[0])
    # Progress would be measured against rules that nobody has agreed to.
    open_ = [] if found[0].synthetic else unsigned(found[0].folder)
    if open_:
        more = f" and {len(open_) - 5} more" if len(open_) > 5 else ""
        refuse(
            f"release {release} cannot become a baseline: bounds or weights of {len(open_)} scored indicators "
            f"await a signature ({', '.join(open_[:5])}{more}). Have the board sign them in "
            "dbt_project/seeds/framework (bounds: status signed, signed_role and signed_on; weights: "
            "weight_override.csv), publish again and lock that release.",
            REFUSED,
        )
    locked = baseline.lock(name, str(found[0].edition), release, method, scores)
    path = settings.config / "baselines" / f"{ident}.json"
    path.parent.mkdir(parents=True, exist_ok=True)
    try:
        baseline.write(locked, path)
    except baseline.BaselineError as error:
        refuse(str(error), REFUSED)
    say(f"Locked {len(locked.rows)} scores of release {release} in {near(path, settings.root)}.")
    say("Enter the decision that adopts it in config/baselines.yml, and commit both:")
    say(f"  - id: {ident}")
    say(f"    name: {name}")
    say(f"    profile: {found[0].profile}")
    say(f"    edition: {found[0].edition}")
    say(f"    file: {path.name}")
    say(f"    sha256: {locked.digest}")
    say("    role: the role that adopted it")
    say("    adopted_on: the day, such as 2026-12-15")
    say("    source: where that is written")
    if found[0].synthetic:
        say("    synthetic: true")


@app.command("check")
def check() -> None:
    """Make sure that every adopted baseline is what was locked."""
    from spi_orchestration.assets.earlier import adopted_baseline, read_adopted

    settings, _ = load()
    adopted = read_adopted(settings)
    if not adopted:
        say("No baseline is adopted. `spi baseline lock` makes one from a release.")
    for one in adopted:
        found = adopted_baseline(settings, one.profile, one.synthetic)
        locked = found[1] if found else None
        kind = " (example for the sample)" if one.synthetic else ""
        if locked is None:
            say(f"{one.id}{kind}: edition {one.edition}, without a lock")
        else:
            say(f"{one.id}{kind}: {len(locked.rows)} scores of release {locked.release}, as adopted")
