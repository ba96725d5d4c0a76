"""The command line `spi`: a thin cover over the functions that Dagster calls too.

Belongs here: verbs, their options, what is printed, exit codes, and turning known errors into plain
messages. Does not belong here: any work. This module is read at every call, so it imports nothing heavy:
each verb imports what it needs.

Exit codes: 0 done; 1 the gate stopped the edition, or something is missing here; 2 wrong usage,
configuration or file; 3 a release was refused; 4 another run holds the lock; 70 a fault of the program;
130 interrupted.
"""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
import typer.core

from spi_orchestration.console import (
    FAULT,
    INTERRUPTED,
    LOCKED,
    REFUSED,
    STOPPED,
    USAGE,
    EditionOption,
    OnOption,
    Profile,
    ProfileOption,
    SharesOption,
    chosen_day,
    chosen_edition,
    load,
    near,
    progress,
    refuse,
    say,
    step,
    table,
)
from spi_orchestration.settings import Settings
from spi_orchestration.verbs import baseline, score, site
from spi_orchestration.verbs.approve import approve, latest_draft
from spi_orchestration.verbs.decide import decide
from spi_orchestration.verbs.delivery import app as delivery_app
from spi_orchestration.verbs.dictionary import dictionary
from spi_orchestration.verbs.scorecard import scorecard
from spi_orchestration.verbs.suppliers import suppliers_app

if TYPE_CHECKING:
    from spi_orchestration.assets.annual import AnnualResult
    from spi_orchestration.catalogue import Shares
    from spi_orchestration.release.publish import Release

__all__ = ["app", "main"]

#: Errors that speak for themselves, by the name of their class: no module is loaded to recognise one.
_EXPLAINED = {
    "ProjectNotFoundError": USAGE,
    "CatalogueError": USAGE,
    "DeliveryError": STOPPED,
    "ReleaseError": REFUSED,
    "Busy": LOCKED,
    "DbtError": STOPPED,
    "JudgeError": USAGE,
    "SecretError": USAGE,
    "RetentionError": REFUSED,
}

_PASS_ON = {"allow_extra_args": True, "ignore_unknown_options": True, "help_option_names": []}


#: The verbs in the order in which people need them.
VERBS = (
    "run",
    "test",
    "sample",
    "datasets",
    "suppliers",
    "dictionary",
    "delivery",
    "status",
    "decide",
    "doctor",
    "ui",
    "approve",
    "publish",
    "scorecard",
    "site",
    "baseline",
    "score",
    "dbt",
    "version",
)


class _InOrder(typer.core.TyperGroup):
    """Lists the verbs in their order."""

    def list_commands(self, ctx: Any) -> list[str]:
        names = super().list_commands(ctx)
        return sorted(names, key=lambda name: VERBS.index(name) if name in VERBS else len(VERBS))


app = typer.Typer(
    name="spi",
    cls=_InOrder,
    help="The annual ward-level Social Progress Index: deliveries in, a gated and signed release out.",
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
    add_completion=False,
    no_args_is_help=True,
)
datasets_app = typer.Typer(
    rich_markup_mode=None, help="Datasets: who sends them, when they are due, what came."
)
app.add_typer(datasets_app, name="datasets")
app.add_typer(suppliers_app, name="suppliers")
app.command()(dictionary)
app.add_typer(site.app, name="site")
app.command("decide")(decide)
app.command("approve")(approve)
app.command("scorecard")(scorecard)
app.add_typer(baseline.app, name="baseline")
app.command("score")(score.score)
app.add_typer(delivery_app, name="delivery")


@app.callback()
def _common(
    data: Annotated[
        Path | None,
        typer.Option(
            "--data", metavar="FOLDER", help="Folder that runs read and write, in place of data/ or SPI_DATA."
        ),
    ] = None,
    debug: Annotated[
        bool, typer.Option("--debug", help="Show where in the program an error came from.")
    ] = False,
) -> None:
    if data is not None:
        # Children (dbt, Dagster, pytest) find the same folder.
        os.environ["SPI_DATA"] = str(data.expanduser().resolve())
    if debug:
        os.environ["SPI_DEBUG"] = "1"


# --- verbs ----------------------------------------------------------------------------------------


@app.command()
def version() -> None:
    """Print the version."""
    from importlib.metadata import PackageNotFoundError
    from importlib.metadata import version as installed

    try:
        say(f"spi {installed('spi-orchestration')}")
    except PackageNotFoundError:
        say("spi (not installed; run from its folder)")


def _write_sample_if_absent(settings: Settings, shares: Shares) -> None:
    """Write the sample before a run on it, unless it stands complete."""
    root = shares.resolved_root(settings)
    if not shares.synthetic or Path(root) != settings.sample / "shares":
        return
    from spi_orchestration.sample.deliveries import MARK_FILE, write_sample

    # The mark is written last: without it a sample was interrupted.
    if (Path(root) / MARK_FILE).is_file():
        return
    with step("Writing the synthetic sample (once)"):
        write_sample(settings)


@app.command()
def run(
    edition: EditionOption = None,
    profile: ProfileOption = Profile.full,
    shares: SharesOption = None,
    draft: Annotated[
        bool,
        typer.Option("--draft", help="Draft even if datasets are stopped; such a draft is never published."),
    ] = False,
    publish: Annotated[
        bool | None,
        typer.Option(
            "--publish/--no-publish", help="By default synthetic input is published and real input drafted."
        ),
    ] = None,
) -> None:
    """Make the annual run: take in, check, build and draft; the sample is then signed and published."""
    from spi_orchestration.assets.annual import run_annual
    from spi_orchestration.catalogue import load_shares

    if draft and publish:
        refuse("--draft and --publish exclude each other: a trial draft is never published")
    settings, catalogue = load(shares)
    year = chosen_edition(catalogue, profile, edition)
    where = load_shares(settings, catalogue)
    _write_sample_if_absent(settings, where)
    result = run_annual(settings, profile.value, year, draft=draft, say=progress)
    for error in result.errors:
        say(f"Failed: {error}")
    if result.stopped:
        _say_stopped(settings, result)
    if result.draft is None:
        if result.outcome == "failed":
            say("The run failed behind the gate; the current release is untouched. `spi doctor` may say why.")
        raise typer.Exit(result.exit_code or STOPPED)
    if publish is None:
        publish = where.synthetic
    folder = result.draft
    if draft or result.stopped or not publish:
        say(f"Draft: {near(folder, settings.root)}")
    else:
        release = _publish(settings, folder, None)
        folder = release.folder
        _say_published(settings, release)
    _print_ranking(folder)
    _print_coverage(folder)
    say()
    say(f"Read:  {near(folder / 'README.txt', settings.root)}")
    if result.report is not None:
        say(f"       {near(result.report, settings.root)}")
    from spi_orchestration.status import gather

    following = gather(settings, year, profile.value).next
    say(f"Next:  {following.command}")
    say(f"       {following.why}")
    if result.exit_code:
        raise typer.Exit(result.exit_code)


def _say_stopped(settings: Settings, result: AnnualResult) -> None:
    """Name each dataset with which the edition does not pass: expected, found, owner, and the ways on."""
    from spi_orchestration.release.files import read_json

    report = read_json(result.report.with_suffix(".json")) if result.report is not None else {"datasets": []}
    count = f"{len(result.stopped)} dataset{'' if len(result.stopped) == 1 else 's'}"
    say(f"Edition {result.edition} is stopped by {count}. The current release stays.")
    for item in report["datasets"]:
        if item["dataset"] not in result.stopped:
            continue
        say()
        due = f", due {item['due']}" if item["due"] else ""
        say(
            f"{item['dataset']}: {item['outcome_words']}{due}. Owner: {item['owner_role']}; sent by {item['supplier']}."
        )
        for finding in item["findings"]:
            if finding["grade"] == "stop":
                place = "".join(f", {word}" for word in (finding["file"], finding["column"]) if word)
                say(f"  {finding['check']}{place}")
                say(f"    expected: {finding['expected']}")
                say(f"    found:    {finding['found']}")
                say(f"    to do:    {finding['remedy']}")
    say()
    _say_ways_on(report.get("decision_file", "decisions"))
    if result.report is not None:
        say(f"Report: {near(result.report, settings.root)}")


def _print_ranking(folder: Path) -> None:
    from spi_orchestration.release.read import read_ranking

    ranking = read_ranking(folder)
    mark = "SYNTHETIC: made-up deliveries, no real place is described. " if ranking.synthetic else ""
    say()
    say(f"{mark}Index score of the wards, edition {ranking.edition}, highest first (0 to 100)")
    say()
    rows = []
    for area in ranking.areas:
        scored = "" if area.components_scored is None else f"{area.components_scored} of {area.components}"
        position = "-" if area.position is None else str(area.position)
        score = "not given" if area.score is None else f"{area.score:.1f}"
        could_be = "not estimated" if area.rank_low is None else f"{area.rank_low} to {area.rank_high}"
        rows.append([position.rjust(8), area.name, score.rjust(9), could_be, scored])
    for line in table(["Position", "Ward", "    Score", "Could be", "Components scored"], rows):
        say(line)
    say()
    say('"Could be" holds doubt from counts: wards whose ranges overlap may not differ.')


def _print_coverage(folder: Path) -> None:
    """What each edition rests on: datasets, indicators, values of wards by status, and scores."""
    from spi_orchestration.release.coverage import read_coverage

    editions = read_coverage(folder)
    if not editions:
        return
    say()
    say("What each edition rests on")
    say()
    rows = []
    for item in editions:
        there, datasets = item.delivered(item.datasets)
        references, sets = item.delivered(item.references)
        rows.append(
            [
                str(item.edition),
                f"{there} of {datasets}",
                f"{references} of {sets}",
                f"{item.whole} of {sum(item.indicators.values())}",
                f"{item.values:,} of {item.pairs:,}",
                f"{item.components[0]} of {item.components[1]}",
                f"{item.dimensions[0]} of {item.dimensions[1]}",
                "yes" if item.index[0] else "no",
                "" if item.refreshed is None else f"{100 * item.refreshed:.0f} %",
            ]
        )
    heading = ["Edition", "Datasets", "Reference sets", "Indicators", "Ward values"]
    for line in table([*heading, "Components", "Dimensions", "Index", "New data"], rows):
        say(line)
    last = editions[-1]
    say()
    say(
        f"Of the indicators {last.indicators.get('scored', 0)} are scored and "
        f"{last.indicators.get('context_only', 0)} shown as context. One counts above where each of the "
        f"{last.wards} wards has a value, or nothing could be counted there."
    )
    kinds = ", ".join(f"{number:,} {status.replace('_', ' ')}" for status, number in last.statuses.items())
    say(f"Ward values of {last.edition}: {kinds}.")
    for item in editions:
        if item.lacking:
            say(f"Without a value somewhere in {item.edition}: {', '.join(item.lacking)}.")


@app.command()
def publish(
    draft: Annotated[Path | None, typer.Argument(help="Draft folder; the latest by default.")] = None,
    signoff: Annotated[
        Path | None,
        typer.Option("--signoff", metavar="FILE", help="Sign-off file; by default that of `spi approve`."),
    ] = None,
    early: Annotated[
        str | None,
        typer.Option("--early", metavar="REASON", help="Why it is published before the announced day."),
    ] = None,
    release_id: Annotated[
        str | None, typer.Option("--id", metavar="ID", help="Release id; the next free one by default.")
    ] = None,
) -> None:
    """Publish a signed draft as an immutable release, and make it current."""
    settings = Settings.load()
    chosen = draft if draft is not None else latest_draft(settings)
    if draft is None:
        progress(f"Draft: {near(chosen, settings.root)}")
    _say_published(settings, _publish(settings, chosen, signoff, release_id, early))


def _publish(
    settings: Settings,
    draft: Path,
    signoff: Path | None,
    release_id: str | None = None,
    early: str | None = None,
) -> Release:
    from spi_orchestration.release import manifest as manifests
    from spi_orchestration.release import publish as publishing
    from spi_orchestration.release.files import sha256_file

    words = {
        "check": "Publishing: comparing the draft with its manifest",
        "copy": "Publishing: copying",
        "verify": "Publishing: verifying the copy",
        "pointer": "Publishing: making it current",
    }
    if signoff is None and draft.is_dir():
        manifest = manifests.read_manifest(draft)
        sha256 = sha256_file(draft / manifests.MANIFEST)
        published = {item.manifest_sha256 for item in publishing.list_releases(settings, manifest["profile"])}
        if not manifest["synthetic"] and not manifest["stopped"] and sha256 not in published:
            signoff = _signed_form(settings, draft)
    return publishing.publish(
        settings,
        draft,
        signoff,
        release_id,
        early=early,
        progress=lambda step: progress(words[step]) if step in words else None,
    )


def _signed_form(settings: Settings, draft: Path) -> Path:
    """The sign-off file of a draft of real input, once all have approved; else says what is missing."""
    from spi_orchestration.catalogue import load_catalogue
    from spi_orchestration.reports.signing import write_signing

    signing = write_signing(settings, load_catalogue(settings), draft)
    if not signing.missing:
        return signing.form
    refuse(
        "a release of real input needs the sign-off of analyst, assurer and approver, and of suppliers whose "
        f"agreement asks for it. Still to approve: {', '.join(signing.missing)}.\n"
        f"  They read {near(signing.page, settings.root)}; record each with `spi approve ROLE`, or fill in "
        f"{near(signing.form, settings.root)}. Then: "
        f"spi publish {near(draft, settings.root)} --signoff {near(signing.form, settings.root)}",
        REFUSED,
    )


def _say_published(settings: Settings, release: Release) -> None:
    from spi_orchestration.release.publish import current_release

    where = near(release.folder, settings.root)
    mark = ", SYNTHETIC" if release.synthetic else ""
    if release.new:
        say(f"Release {release.id} is published{mark}: {where}")
    else:
        say(
            f"Release {release.id} holds these very figures already{mark}: nothing was published again. {where}"
        )
    current = current_release(settings, release.profile)
    if current is not None and current.id != release.id:
        say(f"The current release of profile {release.profile} is still {current.id}, of a later edition.")


@app.command()
def doctor(shares: SharesOption = None) -> None:
    """Say what is missing on this machine, and the remedy."""
    from spi_orchestration.doctor import examine, render

    checks = examine(Settings.load(shares))
    say(render(checks))
    if any(check.state == "missing" for check in checks):
        raise typer.Exit(STOPPED)


@app.command(context_settings=_PASS_ON)
def test(context: typer.Context) -> None:
    """Run all tests, folders side by side; or, with words after the verb, pytest with these."""
    from importlib.util import find_spec

    settings = Settings.load()
    if find_spec("pytest") is None:
        refuse("pytest is not installed. `python spi.py test` installs it and runs the tests.")
    words = ["pytest", *context.args] if context.args else ["tests.side_by_side"]
    done = subprocess.run([sys.executable, "-m", *words], cwd=settings.root, check=False)
    raise typer.Exit(done.returncode)


def _editions(text: str) -> list[int]:
    """`2022-2026`, `2026` or `2022,2024` as years."""
    years: set[int] = set()
    for part in text.split(","):
        first, _, last = part.strip().partition("-")
        if not (first.isdigit() and (last.isdigit() or not last)):
            raise typer.BadParameter(f"expected years such as 2022-2026 or 2026; found {text!r}")
        years.update(range(int(first), int(last or first) + 1))
    return sorted(years)


@app.command()
def sample(
    editions: Annotated[
        str | None, typer.Option("--editions", metavar="YEARS", help="Such as 2022-2026; all by default.")
    ] = None,
    seed: Annotated[int | None, typer.Option("--seed", help="Another seed gives another sample.")] = None,
) -> None:
    """Write the synthetic sample: deliveries in suppliers' own formats and, apart from them, the truth."""
    from spi_orchestration.sample.deliveries import write_sample

    settings = Settings.load()
    options: dict[str, Any] = {} if seed is None else {"seed": seed}
    if editions is not None:
        options["editions"] = _editions(editions)
    with step("Writing the synthetic sample"):
        result = write_sample(settings, **options)
    say(
        f"{len(result.files)} synthetic files of {len(result.rows)} datasets: "
        f"{near(settings.sample / 'shares', settings.root)}"
    )
    say("Next: spi run")


@app.command()
def status(
    edition: EditionOption = None,
    profile: ProfileOption = Profile.full,
    shares: SharesOption = None,
    html: Annotated[bool, typer.Option("--html", help="Also write it as one HTML page.")] = False,
) -> None:
    """Show where the edition stands, and the single next command."""
    from spi_orchestration.status import gather, render_html, render_text

    settings, catalogue = load(shares)
    found = gather(settings, chosen_edition(catalogue, profile, edition), profile.value)
    say(render_text(found))
    if html:
        page = settings.data / "status.html"
        page.parent.mkdir(parents=True, exist_ok=True)
        page.write_text(render_html(found), encoding="utf-8", newline="\n")
        say()
        say(f"Page: {near(page, settings.root)}")


@datasets_app.callback(invoke_without_command=True)
def datasets(
    context: typer.Context,
    edition: EditionOption = None,
    profile: ProfileOption = Profile.full,
    shares: SharesOption = None,
    supplier: Annotated[
        str | None, typer.Option("--supplier", metavar="ID", help="Only datasets of this supplier.")
    ] = None,
    late: Annotated[
        bool, typer.Option("--late", help="Only datasets that came late or are overdue.")
    ] = False,
    on: OnOption = None,
) -> None:
    """List the datasets of the catalogue: who sends them, when they are due, what came."""
    if context.invoked_subcommand is not None:
        return
    from spi_orchestration.status import STATE_WORDS, gather

    settings, catalogue = load(shares)
    if supplier is not None:
        catalogue.supplier(supplier)
    year = chosen_edition(catalogue, profile, edition)
    senders = {item.id: catalogue.supply(item, year).supplier_id for item in catalogue.datasets.values()}
    found = gather(settings, year, profile.value, today=chosen_day(on))
    rows = [
        [
            item.id,
            senders[item.id],
            item.owner_role,
            item.due.isoformat() if item.due else "-",
            item.came_words,
            STATE_WORDS[item.state],
        ]
        for item in sorted(found.datasets, key=lambda item: item.id)
        if (supplier is None or senders[item.id] == supplier) and (item.punctuality.late or not late)
    ]
    for line in table(["Dataset", "Supplier", "Owner", "Due", "Came", "State"], rows):
        say(line)
    say()
    say(
        f"{len(rows)} datasets of edition {found.edition}, profile {found.profile}, on {found.today.isoformat()}. "
        "One in full: spi datasets show ID"
    )


@datasets_app.command("show")
def datasets_show(
    dataset: Annotated[str, typer.Argument(metavar="ID", help="Dataset id.")],
    edition: EditionOption = None,
    profile: ProfileOption = Profile.full,
    shares: SharesOption = None,
    on: OnOption = None,
) -> None:
    """Show one dataset: its contract in words, what came, what is wrong, and the ways on."""
    from spi_orchestration.catalogue import fill_template
    from spi_orchestration.plain_words import METHOD_WORDS, column_words, due_words
    from spi_orchestration.status import STATE_WORDS, gather

    settings, catalogue = load(shares)
    year = chosen_edition(catalogue, profile, edition)
    entry = catalogue[dataset]
    contract = entry.contract
    supply = catalogue.supply(entry, year)
    supplier = supply.supplier
    layout = entry.layout(year) if entry.has_layout(year) else None
    start, end = entry.period(year, layout)
    agreement = supply.agreement
    expires = f", until {agreement.expires.isoformat()}" if agreement.expires else ""
    lines = [
        ["Supplier", f"{supply.supplier_id}: {supplier.title} (contact: {supplier.contact_role})"],
        ["Owner", contract.owner_role],
        ["Agreement", f"{agreement.title}{expires}"],
        ["May publish", agreement.permitted_outputs],
        ["Sensitivity", contract.sensitivity.replace("_", " ")],
        [
            "Disclosure rule",
            f"{contract.disclosure_rule}: {catalogue.disclosure[contract.disclosure_rule].title}",
        ],
        ["Profiles", ", ".join(contract.profiles)],
        ["One row is", contract.grain.removeprefix("one row ")],
        ["Key", ", ".join(contract.key) or "none"],
        ["To wards by", f"{METHOD_WORDS[contract.geography.method]} ({contract.geography.vintage})"],
        [f"Due for {year}", due_words(entry, year)],
        ["Period", f"{start.isoformat()} to {end.isoformat()}"],
        [
            "Files",
            ", ".join(fill_template(name, year) for name in layout.files) if layout else "none expected",
        ],
    ]
    say(f"{entry.id}: {contract.title}")
    say()
    for line in table(["", ""], lines)[1:]:
        say(line)
    say()
    described = [
        [name, column_words(catalogue, column), entry.descriptions[name]]
        for name, column in entry.columns.items()
    ]
    for line in table(["Column", "Holds", "Is"], described):
        say(line)
    state = next(
        (
            item
            for item in gather(settings, year, profile.value, today=chosen_day(on)).datasets
            if item.id == entry.id
        ),
        None,
    )
    say()
    if state is None:
        say(f"Profile {profile.value} does not use it.")
        return
    received = f", taken in {state.received}" if state.received else ""
    say(f"Edition {year}: {STATE_WORDS[state.state]}{received}")
    say(f"In time? {state.punctuality.detail}")
    for problem in state.problems:
        say(f"  {problem}")
    from spi_orchestration.intake.removed import removed

    for receipt, record in removed(settings, entry.id):
        names = ", ".join(file.name for file in receipt.files)
        say(f"  edition {receipt.edition}, {names}: {record.sentence()}")
    if state.awaits_decision:
        from spi_orchestration.checks.decisions import decision_file

        _say_ways_on(near(decision_file(settings, profile.value, year), settings.root))


def _say_ways_on(file: str) -> None:
    say("Three ways on, then run again:")
    say(
        "  redeliver      ask the supplier for a corrected file, and put it on the share in place of the old one"
    )
    say(
        f"  carry forward  use the latest earlier delivery, marked everywhere: a carry_forward decision in {file}"
    )
    say(
        f"  waive          accept it although the check fails, with a reason and a last day: a waive decision in {file}"
    )


@datasets_app.command("check")
def datasets_check(
    dataset: Annotated[str, typer.Argument(metavar="ID", help="Dataset id.")],
    files: Annotated[list[Path], typer.Argument(metavar="FILE...", help="The delivery's file or files.")],
    edition: EditionOption = None,
) -> None:
    """Check a file as if it had been delivered; nothing is kept."""
    from spi_orchestration.assets.trial import compared_with, try_delivery

    settings, catalogue = load()
    absent = [path for path in files if not path.is_file()]
    if absent:
        refuse(f"there is no file {absent[0]}")
    year = edition if edition is not None else catalogue.district.current_edition
    catalogue[dataset].layout(year)
    with step(f"Reading and checking {dataset} for edition {year}"):
        found = try_delivery(settings, catalogue, dataset, year, files)
    if found.raw is None:
        words = "no rows" if any(one.check == "empty" for one in found.findings) else "it cannot be read"
        say(f"{dataset}, edition {year}: {words}")
    else:
        say(f"{dataset}, edition {year}: {found.rows:,} rows read, layout {found.layout}")
        past = compared_with(settings, catalogue, dataset, year)
        editions = (
            f"editions {past[0]} to {past[-1]}" if len(past) > 1 else f"edition {past[0]}" if past else ""
        )
        if editions:
            say(f"Compared with {editions}, as accepted here.")
        else:
            say("No earlier edition was accepted here, so there was nothing to compare it with.")
    for finding in found.findings:
        place = "".join(f", {word}" for word in (finding.file, finding.column) if word)
        say()
        say(f"{'Stops' if finding.grade == 'stop' else 'Recorded'}: {finding.check}{place}")
        say(f"  expected: {finding.expected}")
        say(f"  found:    {finding.found}")
        say(f"  to do:    {finding.remedy}")
    say()
    if found.stops:
        say("As it is, this delivery would be stopped.")
        raise typer.Exit(STOPPED)
    say("This delivery would be accepted.")


@app.command(context_settings=_PASS_ON)
def dbt(
    context: typer.Context,
    edition: EditionOption = None,
    profile: ProfileOption = Profile.full,
) -> None:
    """Call dbt on a finished build; everything after the options goes to dbt."""
    from spi_orchestration.assets.builds import build_of
    from spi_orchestration.assets.dbt import dbt_arguments, dbt_command, dbt_environment, prepare_dbt
    from spi_orchestration.assets.project import Project

    settings, catalogue = load()
    project = Project.load(settings)
    build = build_of(project, profile.value, chosen_edition(catalogue, profile, edition))
    verb = context.args[0] if context.args else "--help"
    environment = os.environ | dbt_environment(settings, build)
    if verb in _DBT_ON_A_BUILD:
        if not build.warehouse.is_file():
            refuse(f"{build.name} is not there yet. `spi run` makes it.")
        environment["SPI_BUILD_DIR"] = build.final.as_posix()
    arguments = list(context.args) or ["--help"]
    if not verb.startswith("-") and "--vars" not in arguments:
        with step("Making dbt ready"):
            prepare_dbt(project, build)
        arguments += dbt_arguments(project, build)
    done = subprocess.run(
        [*dbt_command(), *arguments], cwd=settings.dbt_project, env=environment, check=False
    )
    raise typer.Exit(done.returncode)


#: dbt's verbs that open the warehouse.
_DBT_ON_A_BUILD = frozenset(
    {"build", "run", "test", "show", "seed", "compile", "docs", "run-operation", "retry"}
)


@app.command()
def ui(
    shares: SharesOption = None,
    port: Annotated[int, typer.Option("--port", help="Port on this machine.")] = 3000,
) -> None:
    """Start Dagster's web UI on this machine alone; Ctrl+C ends it."""
    import socket

    from spi_orchestration.assets.annual import prepare_home

    settings, _ = load(shares)
    with socket.socket() as probe:
        probe.settimeout(1)
        if probe.connect_ex(("127.0.0.1", port)) == 0:
            refuse(
                f"port {port} is in use, perhaps by this UI already: http://127.0.0.1:{port}. Another: --port {port + 1}"
            )
    prepare_home(settings)
    environment = os.environ | {"SPI_HOME": str(settings.root), "SPI_DATA": str(settings.data)}
    command = [sys.executable, "-m", "dagster", "dev", "-m", "spi_orchestration.definitions"]
    progress("Starting; this takes some seconds. Ctrl+C ends it.")
    say(f"http://127.0.0.1:{port}")
    with subprocess.Popen(
        [*command, "-h", "127.0.0.1", "-p", str(port)], cwd=settings.root, env=environment
    ) as process:
        try:
            code = process.wait()
        except KeyboardInterrupt:
            # The terminal has told the UI too; it is given the time to end its own processes.
            process.wait(timeout=30)
            code = 0
    raise typer.Exit(code)


def main() -> None:
    """Run the command line; known errors become one plain message and an exit code."""
    for stream in (sys.stdout, sys.stderr):
        # A sign that the terminal lacks becomes a question mark, not an error.
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="replace")
    try:
        app()
    except KeyboardInterrupt:
        typer.echo("spi: interrupted. Nothing published was touched; run the same command again.", err=True)
        sys.exit(INTERRUPTED)
    except Exception as error:  # the last stop before a person
        if os.environ.get("SPI_DEBUG") == "1" or "--debug" in sys.argv:
            raise
        code, text = _explain(error)
        typer.echo(f"spi: {text}", err=True)
        sys.exit(code)


def _explain(error: Exception) -> tuple[int, str]:
    """Exit code and plain words for an error."""
    for kind in type(error).__mro__:
        if kind.__name__ in _EXPLAINED:
            return _EXPLAINED[kind.__name__], str(error)
    if isinstance(error, OSError) and error.strerror:
        where = f": {error.filename}" if error.filename else ""
        return USAGE, f"{error.strerror}{where}. Check the folder and the rights to it; `spi doctor` helps."
    # A message from the depths may quote a cell of a delivery, so it is not shown unasked.
    place = error.__traceback__
    while place is not None and place.tb_next is not None:
        place = place.tb_next
    where = (
        f" at {Path(place.tb_frame.f_code.co_filename).name}:{place.tb_lineno}" if place is not None else ""
    )
    return FAULT, (
        f"the program met something it was not made for ({type(error).__name__}{where}). "
        "The current release is untouched. `spi doctor` looks for what is missing here; "
        "`spi --debug …` shows the whole of it, for the data team."
    )


if __name__ == "__main__":
    main()
