"""The home screen: where an edition stands, and the single next command.

Belongs here: gathering what is known of an edition from the shares, receipts, kept check results,
decisions, drafts and releases, choosing the next command by rules, and laying it out as text and as one
HTML page. Does not belong here: checking a delivery, or deciding on one: the gate's own function is asked
what it would say now. Nothing here reads a cell of a delivery.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import html
import textwrap
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from spi_orchestration.checks.punctuality import Punctuality, punctuality
from spi_orchestration.settings import Settings

if TYPE_CHECKING:
    from spi_orchestration.catalogue import Catalogue, Dataset, Shares
    from spi_orchestration.checks.gate import Outcome
    from spi_orchestration.intake.shares import Share, ShareFile

__all__ = [
    "STATE_WORDS",
    "DatasetState",
    "DraftState",
    "Facts",
    "NextStep",
    "Status",
    "choose_next",
    "gather",
    "render_html",
    "render_text",
]

Word = Literal[
    "accepted", "recorded", "carried_forward", "stopped", "late", "arrived", "awaited", "not_expected"
]

#: States of a dataset, in words for people, in the order in which they ask for attention.
STATE_WORDS: dict[Word, str] = {
    "stopped": "stopped",
    "late": "overdue",
    "arrived": "arrived, not taken in yet",
    "awaited": "awaited",
    "recorded": "accepted, with findings recorded",
    "accepted": "accepted",
    "carried_forward": "carried forward",
    "not_expected": "not expected in this edition",
}

#: States in which something of the dataset is in the edition.
_IN = frozenset({"accepted", "recorded", "carried_forward"})


@dataclass(frozen=True)
class DatasetState:
    """Where one dataset of the edition stands.

    Attributes:
        id, title, supplier, owner_role: from the catalogue.
        due: day the delivery is due; None for static and event feeds.
        state: see `STATE_WORDS`.
        received: ISO day the delivery was first taken in, where one was.
        problems: findings that stop it, one sentence each; never a cell of a sensitive dataset.
        decided: the decision on record for it: redeliver, carry_forward or waive.
        looked: a run has looked for it; before that nothing has to be decided.
        punctuality: how it stands to the day it is due, judged from receipts.
    """

    id: str
    title: str
    supplier: str
    owner_role: str
    due: dt.date | None
    state: Word
    received: str | None = None
    problems: tuple[str, ...] = ()
    decided: str | None = None
    looked: bool = True
    punctuality: Punctuality = field(default_factory=lambda: Punctuality("no due date"))

    @property
    def came_words(self) -> str:
        """How it stands to the day it is due, in a few words."""
        if self.state == "arrived" and self.punctuality.came is None:
            return "on the share"
        return self.punctuality.words

    @property
    def awaits_decision(self) -> bool:
        """Whether somebody has to choose a way on: a run found it stopped or late, and none is chosen."""
        return self.looked and self.state in {"stopped", "late"} and self.decided is None


@dataclass(frozen=True)
class DraftState:
    """The latest draft of the edition.

    Attributes:
        path: its folder, as people write it.
        complete: built with every dataset.
        synthetic: made from made-up deliveries.
        published: id of the release that holds these very figures, if any.
        form: the sign-off form that was written for it, if any.
        missing: roles and agreements that have not approved it yet.
        announced: day before which it is not published.
    """

    path: str
    complete: bool
    synthetic: bool
    published: str | None
    form: str | None = None
    missing: tuple[str, ...] = ()
    announced: dt.date | None = None


@dataclass(frozen=True)
class NextStep:
    """The single next command, and why."""

    command: str
    why: str


@dataclass(frozen=True)
class Facts:
    """What the choice of the next command rests on; see `choose_next`.

    Attributes:
        edition: edition.
        flags: options that name this edition, profile and shares where they are not the usual ones.
        sample_absent: the shares are the sample's, and it is not written yet.
        ran: the edition was taken in and checked before.
        arrived: datasets with files on the share that no run has seen.
        undecided: datasets that are stopped or late, no way on chosen.
        redeliver: datasets that were asked for again and have not come.
        awaited: datasets that are not due yet and have not come.
        draft: the latest draft.
        stale: a delivery or decision is newer than the draft.
        past: a later edition of the profile is under way.
        today: the day, where the announced one counts.
    """

    edition: int
    flags: str = ""
    sample_absent: bool = False
    ran: bool = False
    arrived: tuple[str, ...] = ()
    undecided: tuple[str, ...] = ()
    redeliver: tuple[str, ...] = ()
    awaited: tuple[str, ...] = ()
    draft: DraftState | None = None
    stale: bool = False
    past: bool = False
    today: dt.date | None = None


@dataclass(frozen=True)
class Status:
    """Where an edition stands on a day.

    Attributes:
        district, profile, edition, today: what it speaks of.
        publication: day the release is due.
        shares: title of the shares file.
        synthetic: the deliveries are made up.
        datasets: one line a dataset of the profile, most pressing first.
        unmatched: files on the share that no dataset expects.
        refused_decisions: decisions on record that are not in force, and why.
        draft: the latest draft of the edition.
        current: id of the current release of the profile, and the day it was published.
        release: id of the newest release of this very edition.
        share_problem: why the share could not be looked at, if so.
        next: the single next command.
        removed: deliveries that were purged or recalled, and removals that were interrupted, in a line each.
    """

    district: str
    profile: str
    edition: int
    today: dt.date
    publication: dt.date
    shares: str
    synthetic: bool
    datasets: tuple[DatasetState, ...]
    unmatched: tuple[str, ...]
    refused_decisions: tuple[str, ...]
    draft: DraftState | None
    current: tuple[str, str] | None
    release: str | None
    share_problem: str | None
    next: NextStep
    removed: tuple[str, ...] = ()

    @property
    def days(self) -> int:
        """Days to publication; negative when it has passed."""
        return (self.publication - self.today).days

    def named(self, *states: Word) -> list[DatasetState]:
        """Datasets in any of the states."""
        return [item for item in self.datasets if item.state in states]

    @property
    def undecided(self) -> list[DatasetState]:
        """Datasets that await a decision."""
        return [item for item in self.datasets if item.awaits_decision]


# --- the next command -----------------------------------------------------------------------------


#: Roles that sign a release, as `spi approve` names them.
_SIGNING = ("analyst", "assurer", "approver")


def _some(names: Sequence[str]) -> str:
    shown = ", ".join(names[:3])
    return f"{shown} and {len(names) - 3} more" if len(names) > 3 else shown


def choose_next(facts: Facts) -> NextStep:
    """Choose the single next command: the first rule that applies.

    1. The sample is not written, or nothing was ever taken in: run.
    2. Files have arrived that no run has seen: run.
    3. A dataset is stopped or late and nobody chose a way on: look at it, then decide.
    4. A delivery was asked for again, or is not due yet: look for it again.
    5. There is no draft, or something changed since: run.
    6. The draft rests on stopped datasets that no longer are: run.
    7. The draft is not published: approve it, then publish it on the announced day (synthetic input: publish).
    8. Published: nothing is left to do; look at the edition that is under way.
    """
    run = f"spi run{facts.flags}"
    if facts.sample_absent:
        return NextStep(run, "The synthetic sample is written first, then the whole run is made on it.")
    if not facts.ran:
        return NextStep(run, "Nothing of this edition was taken in yet.")
    if facts.arrived:
        return NextStep(run, f"Files have arrived that no run has seen: {_some(facts.arrived)}.")
    if facts.undecided:
        first = facts.undecided[0]
        return NextStep(
            f"spi datasets show {first}{facts.flags}",
            f"A way on must be chosen for {_some(facts.undecided)}: have it redelivered, carry an earlier "
            "edition forward, or waive the check; then run.",
        )
    waiting = (*facts.redeliver, *facts.awaited)
    if waiting:
        return NextStep(
            f"spi status{facts.flags}",
            f"Waiting for {_some(waiting)}: look again when it has come. "
            f"`{run} --draft` shows meanwhile what the figures would be without it.",
        )
    if facts.draft is None:
        return NextStep(run, "Every dataset is in; there is no draft yet.")
    if facts.stale:
        return NextStep(run, "A delivery or a decision is newer than the draft.")
    if not facts.draft.complete:
        return NextStep(run, "The draft was built with datasets missing that are in now.")
    if facts.draft.published is None:
        if facts.draft.synthetic:
            return NextStep(
                f"spi publish {facts.draft.path}", "The draft is synthetic; marked sample roles sign it."
            )
        return _sign(facts, facts.draft)
    return NextStep(
        f"spi status{'' if facts.past else facts.flags}",
        f"Release {facts.draft.published} holds these figures; nothing is left to do for edition {facts.edition}. "
        + (
            "A later edition is under way."
            if facts.past
            else f"When edition {facts.edition + 1} begins, set current_edition to it in config/district.yml."
        ),
    )


def _sign(facts: Facts, draft: DraftState) -> NextStep:
    """The next step of a draft of real input: its approvals, the announced day, publication."""
    if draft.form is None:
        return NextStep(
            f"spi publish {draft.path}",
            "The draft needs the sign-off of analyst, assurer and approver; this writes the form for it.",
        )
    if draft.missing:
        first = draft.missing[0]
        role = first if first in _SIGNING else f"supplier --agreement {first}"
        return NextStep(
            f"spi approve {role}",
            f"The draft waits for the approval of {_some(draft.missing)}. They read its sign-off page; "
            "this records what they answer.",
        )
    if facts.today is not None and draft.announced is not None and facts.today < draft.announced:
        return NextStep(
            f"spi status{facts.flags}",
            f"All have approved the draft. It is published on the announced day, {_day(draft.announced)}.",
        )
    return NextStep(
        f"spi publish {draft.path} --signoff {draft.form}",
        "All whose approval is needed have approved the draft in that file.",
    )


# --- gathering ------------------------------------------------------------------------------------


def _flags(settings: Settings, catalogue: Catalogue, edition: int, profile: str) -> str:
    parts = []
    if edition != catalogue.district.current_edition:
        parts.append(f"--edition {edition}")
    if profile != "full":
        parts.append(f"--profile {profile}")
    if settings.shares_file != settings.config / "shares" / "sample.yml":
        parts.append(f"--shares {_near(settings.shares_file, settings.root)}")
    return "".join(f" {part}" for part in parts)


def _near(path: Path, root: Path) -> str:
    return path.relative_to(root).as_posix() if path.is_relative_to(root) else path.as_posix()


def _look(settings: Settings, catalogue: Catalogue, shares: Shares) -> tuple[Share | None, str | None]:
    """The share, where it can be listed; else why not."""
    from spi_orchestration.catalogue import CatalogueError
    from spi_orchestration.intake.shares import open_share

    try:
        share = open_share(settings, catalogue, shares)
        share.system.ls(share.root)
    except FileNotFoundError:
        return None, f"the folder {shares.root} is not there"
    except (CatalogueError, OSError) as error:
        return None, str(error) or type(error).__name__
    return share, None


def _unseen(settings: Settings, shares: Shares, share: Share | None, dataset: Dataset, edition: int) -> bool:
    """Whether the share holds a whole delivery that is not the one landed last."""
    from spi_orchestration.intake.landing import last_receipt, recalled_again

    if share is None:
        return False
    found = share.find(dataset, edition)
    if not found.complete or recalled_again(settings, share, found):
        return False
    receipt = last_receipt(settings, shares.id, dataset.id, edition)
    if receipt is None:
        return True
    landed = {file.name: file for file in receipt.files}
    if {file.name: file.size for file in found.files} != {name: file.bytes for name, file in landed.items()}:
        return True
    # A file of the same size is opened only when the share says that it was written after it came.
    came = dt.datetime.fromisoformat(receipt.received_at).timestamp()
    return any(
        _written(file.modified) >= came and _sha256(share, file) != landed[file.name].sha256
        for file in found.files
    )


def _written(modified: str) -> float:
    """When a file was last written, where the share says so as a time; else long ago."""
    try:
        return float(modified)
    except ValueError:
        return 0.0


def _sha256(share: Share, file: ShareFile) -> str | None:
    try:
        digest = hashlib.sha256()
        with share.open(file) as stream:
            while block := stream.read(1 << 20):
                digest.update(block)
        return digest.hexdigest()
    except OSError:
        return None


def _state(outcome: Outcome, expected: bool, unseen: bool, today: dt.date) -> Word:
    """The state of a dataset of which the gate would now say `outcome`."""
    if unseen:
        return "arrived"
    late = outcome.due is not None and outcome.due < today
    if not outcome.assessment.shares:
        # No run has looked for it yet, so the gate knows nothing of it.
        if not expected or outcome.word == "carried_forward":
            return outcome.word
        return "late" if late else "awaited"
    if outcome.word == "stopped" and outcome.assessment.delivery is None and late:
        return "late"
    return outcome.word


def _dataset_state(
    settings: Settings,
    catalogue: Catalogue,
    shares: Shares,
    share: Share | None,
    outcome: Outcome,
    today: dt.date,
) -> DatasetState:
    from spi_orchestration.intake.landing import earlier_receipts

    dataset = catalogue[outcome.dataset]
    contract = dataset.contract
    edition = outcome.edition
    named = edition in shares.deliveries.get(dataset.id, {})
    state = _state(
        outcome,
        named or dataset.has_layout(edition),
        _unseen(settings, shares, share, dataset, edition),
        today,
    )
    decided = "waive" if outcome.waived else None
    if outcome.decision is not None:
        decided = outcome.decision.decision
    problems = tuple(finding.sentence() for finding in outcome.findings if finding.grade == "stop")
    received = outcome.assessment.received_at
    return DatasetState(
        id=dataset.id,
        title=contract.title,
        supplier=catalogue.supply(dataset, edition).supplier.title,
        owner_role=contract.owner_role,
        due=dataset.due_date(edition),
        state=state,
        received=received[:10] if received else None,
        punctuality=punctuality(
            dataset,
            edition,
            earlier_receipts(settings, shares.id, dataset.id, edition),
            today,
            serves=state in {"carried_forward", "not_expected"},
        ),
        problems=problems if state in {"stopped", "late"} else (),
        decided=decided,
        looked=bool(outcome.assessment.shares),
    )


def _draft(
    settings: Settings, profile: str, edition: int
) -> tuple[DraftState | None, set[tuple[str, int, str]]]:
    """The latest draft of the edition, and the deliveries it was computed from."""
    from spi_orchestration.release.draft import list_drafts
    from spi_orchestration.release.files import sha256_file
    from spi_orchestration.release.manifest import MANIFEST, read_manifest
    from spi_orchestration.release.publish import list_releases, signoff_form

    for folder in reversed(list_drafts(settings.drafts)):
        manifest = read_manifest(folder)
        if (manifest["profile"], manifest["edition"]) != (profile, edition):
            continue
        sha256 = sha256_file(folder / MANIFEST)
        same = [
            item.id
            for item in list_releases(settings, profile)
            if item.edition == edition and item.manifest_sha256 == sha256
        ]
        form = signoff_form(settings, sha256)
        announced = manifest.get("announced")
        draft = DraftState(
            path=_near(folder, settings.root),
            complete=not manifest["stopped"],
            synthetic=manifest["synthetic"],
            published=same[-1] if same else None,
            form=_near(form, settings.root) if form.is_file() else None,
            missing=_unsigned(form, sha256, manifest) if form.is_file() else (),
            announced=dt.date.fromisoformat(announced) if announced else None,
        )
        return draft, {
            (item["dataset"], item["edition"], item["delivery"]) for item in manifest["deliveries"]
        }
    return None, set()


def _unsigned(form: Path, sha256: str, manifest: Mapping[str, Any]) -> tuple[str, ...]:
    """Roles, then agreements, that a sign-off file still lacks; all where it cannot be read."""
    from spi_orchestration.release.files import ReleaseError
    from spi_orchestration.release.signoff import so_far

    needed = [str(item["agreement"]) for item in manifest.get("approvals") or ()]
    try:
        signoff = so_far(form, sha256)
    except ReleaseError:
        return (*_SIGNING, *needed)
    signed = {str(item.role) for item in signoff.signatures}
    approved = {item.agreement for item in signoff.suppliers}
    return (
        *(role for role in _SIGNING if role not in signed),
        *(name for name in needed if name not in approved),
    )


def _releases(settings: Settings, profile: str, edition: int) -> tuple[tuple[str, str] | None, str | None]:
    """The current release of the profile with its day, and the newest release of the edition."""
    from spi_orchestration.release.publish import current_release, list_releases

    current = current_release(settings, profile)
    mine = [item.id for item in list_releases(settings, profile) if item.edition == edition]
    return (current.id, current.published) if current else None, mine[-1] if mine else None


def _removed(settings: Settings) -> tuple[str, ...]:
    """What was purged or recalled, in a line a day and clause, and what was interrupted."""
    from spi_orchestration.intake.removed import Purged, removed

    purged: dict[str, int] = {}
    recalled = []
    for receipt, record in removed(settings):
        if isinstance(record, Purged):
            purged[record.sentence()] = purged.get(record.sentence(), 0) + 1
        else:
            recalled.append(f"{receipt.dataset}, edition {receipt.edition}: {record.sentence()}")
    begun = len(list(settings.removals.glob("*.json")))
    interrupted = [f"{begun} removals were interrupted; the next run or `spi delivery` call finishes them"]
    return (
        *(interrupted if begun else ()),
        *recalled,
        *(f"{count} deliveries: {text}" for text, count in sorted(purged.items())),
    )


def gather(
    settings: Settings,
    edition: int | None = None,
    profile: str = "full",
    *,
    today: dt.date | None = None,
) -> Status:
    """Gather where an edition stands. Reads; writes nothing and takes nothing in.

    Args:
        settings: where things are; its shares file says which share is looked at.
        edition: annual index year; that of the district by default.
        profile: `full` or `open`.
        today: the day it speaks of; the clock's by default.

    Raises:
        CatalogueError: the catalogue, the shares file or a decisions file is not valid.
        ReleaseError: a release cannot be read.
    """
    from spi_orchestration.assets.gating import decide_now
    from spi_orchestration.assets.project import Project

    project = Project.load(settings)
    catalogue, shares = project.catalogue, project.shares
    day = today or dt.date.today()
    year = edition if edition is not None else catalogue.district.current_edition
    share, problem = _look(settings, catalogue, shares)
    gate = decide_now(project, profile, year, day)
    datasets = [_dataset_state(settings, catalogue, shares, share, outcome, day) for outcome in gate.outcomes]
    # A delivery of an earlier edition that came again changes the series too.
    restated = tuple(
        outcome.dataset
        for outcome in gate.outcomes
        if any(
            _unseen(settings, shares, share, catalogue[outcome.dataset], other)
            for other in project.editions(profile, year, outcome.dataset)
            if other != year
        )
    )
    draft, computed_from = _draft(settings, profile, year)
    sample_absent = share is None and shares.synthetic
    current, release = _releases(settings, profile, year)
    order = list(STATE_WORDS)
    datasets.sort(key=lambda item: (order.index(item.state), item.due or dt.date.max, item.id))

    def names(*states: Word, decided: str | None = None) -> tuple[str, ...]:
        return tuple(
            d.id for d in datasets if d.state in states and (decided is None or d.decided == decided)
        )

    facts = Facts(
        edition=year,
        flags=_flags(settings, catalogue, year, profile),
        sample_absent=sample_absent,
        ran=any(outcome.assessment.shares for outcome in gate.outcomes),
        arrived=(*names("arrived"), *restated),
        undecided=tuple(d.id for d in datasets if d.awaits_decision),
        redeliver=names("stopped", "late", decided="redeliver"),
        awaited=names("awaited"),
        draft=draft,
        stale=computed_from != {(line.dataset, line.edition, line.delivery) for line in gate.accepted},
        past=year < catalogue.district.current_edition,
        today=day,
    )
    return Status(
        district=catalogue.district.name,
        profile=profile,
        edition=year,
        today=day,
        publication=catalogue.district.publication_date(year),
        shares=shares.title,
        synthetic=shares.synthetic,
        datasets=tuple(datasets),
        unmatched=tuple(share.unmatched(project.all_editions())) if share else (),
        removed=_removed(settings),
        refused_decisions=tuple(
            f"{item.decision.dataset} ({item.decision.decision}, edition {item.edition}): {item.reason}"
            for item in gate.refused
        ),
        draft=draft,
        current=current,
        release=release,
        share_problem=None if sample_absent else problem,
        next=choose_next(facts),
    )


# --- showing --------------------------------------------------------------------------------------

_MONTHS = (
    *("January", "February", "March", "April", "May", "June"),
    *("July", "August", "September", "October", "November", "December"),
)


def _day(day: dt.date | None) -> str:
    """A day as people write it, whatever the locale."""
    return f"{day.day} {_MONTHS[day.month - 1]} {day.year}" if day else "no date"


def _countdown(status: Status) -> str:
    days = status.days
    if days == 0:
        return "today"
    count = f"{abs(days)} day{'' if abs(days) == 1 else 's'}"
    return f"in {count}" if days > 0 else f"{count} ago"


def _figures(status: Status) -> list[tuple[str, str]]:
    """The figures of the home screen: name and value."""
    expected = [item for item in status.datasets if item.state != "not_expected"]
    received = sum(
        item.state in _IN or (item.state == "stopped" and item.received is not None) for item in expected
    )
    figures = [
        ("Publication", f"{_day(status.publication)}, {_countdown(status)}"),
        ("Received", f"{received} of {len(expected)} datasets"),
        ("Overdue", str(len(status.named("late")))),
        ("Stopped", str(len(status.named("stopped")))),
        ("Unmatched files", str(len(status.unmatched))),
        ("Decisions awaited", str(len(status.undecided))),
    ]
    arrived = len(status.named("arrived"))
    if arrived:
        figures.insert(2, ("Arrived, not taken in", str(arrived)))
    if status.draft is not None:
        words = ", incomplete" if not status.draft.complete else ""
        released = f", published as {status.draft.published}" if status.draft.published else ", not published"
        figures.append(("Draft", f"{status.draft.path}{words}{released}"))
    figures.append(
        ("Current release", f"{status.current[0]}, of {status.current[1]}" if status.current else "none")
    )
    return figures


def _heading(status: Status) -> str:
    return f"Social Progress Index, {status.district}, edition {status.edition}, profile {status.profile}"


SYNTHETIC_WORDS = "SYNTHETIC: every delivery of these shares is made up; nothing here describes a real place."


#: States shown one dataset a line, and those shown as a list of names.
_PRESSING: dict[Word, str] = {"stopped": "Stopped", "late": "Overdue"}
_WAITING: dict[Word, str] = {"arrived": "Arrived, not taken in yet", "awaited": "Awaited"}


def render_text(status: Status) -> str:
    """The home screen for a terminal."""
    lines = [_heading(status), f"Shares: {status.shares}, on {_day(status.today)}"]
    if status.synthetic:
        lines.append(SYNTHETIC_WORDS)
    if status.share_problem:
        lines.append(f"The share cannot be looked at: {status.share_problem}")
    lines.append("")
    width = max(len(name) for name, _ in _figures(status))
    lines += [f"{name:<{width}}  {value}" for name, value in _figures(status)]
    for state, heading in _PRESSING.items():
        items = status.named(state)
        lines += ["", f"{heading}:"] if items else []
        for item in items:
            due = f"due {_day(item.due)}; " if item.due else ""
            decided = f"; decided: {item.decided.replace('_', ' ')}" if item.decided else ""
            days = f"; {item.punctuality.words}" if item.punctuality.late else ""
            lines.append(f"  {item.id}: {due}owner: {item.owner_role}{decided}{days}")
            lines += [f"    {problem}" for problem in item.problems[:2]]
    for state, heading in _WAITING.items():
        names = ", ".join(item.id for item in status.named(state))
        if names:
            lines += ["", *textwrap.wrap(f"{heading}: {names}", 100, subsequent_indent="  ")]
    if status.unmatched:
        lines += ["", "Files that no dataset expects:", *(f"  {name}" for name in status.unmatched[:10])]
        if len(status.unmatched) > 10:
            lines.append(f"  and {len(status.unmatched) - 10} more")
    if status.removed:
        lines += ["", "Purged and recalled:", *(f"  {text}" for text in status.removed)]
    if status.refused_decisions:
        lines += ["", "Decisions that are not in force:", *(f"  {text}" for text in status.refused_decisions)]
    lines += ["", f"Next:  {status.next.command}", f"       {status.next.why}"]
    return "\n".join(lines)


_STYLE = """
:root { color-scheme: light dark; --ink: #1a1a1a; --paper: #fff; --line: #8a8a8a; --mark: #12436d; --on: #fff; }
@media (prefers-color-scheme: dark) {
  :root { --ink: #f2f2f2; --paper: #161616; --line: #8f8f8f; --mark: #9cc4ea; --on: #111; }
}
body { color: var(--ink); background: var(--paper); font: 1rem/1.5 system-ui, sans-serif; margin: 0 auto;
  max-width: 60rem; padding: 1rem; overflow-wrap: anywhere; }
h1 { font-size: 1.5rem; line-height: 1.25; } h2 { font-size: 1.2rem; margin-top: 2rem; }
.next { border-left: .5rem solid var(--mark); padding: .25rem 1rem; }
code { font: 1rem/1.4 ui-monospace, monospace; } .next code { font-size: 1.15rem; font-weight: 700; }
.warning { border: .2rem solid var(--mark); padding: .5rem 1rem; font-weight: 700; }
dl { display: grid; grid-template-columns: minmax(7rem, 12rem) 1fr; gap: .25rem 1rem; }
dt { font-weight: 700; } dd { margin: 0; }
.scroll { overflow-x: auto; } .scroll:focus-visible { outline: .2rem solid var(--mark); }
table { border-collapse: collapse; width: 100%; overflow-wrap: normal; }
caption { text-align: left; padding-bottom: .5rem; }
th, td { border-bottom: 1px solid var(--line); padding: .4rem .6rem .4rem 0; text-align: left; vertical-align: top; }
.id { font-weight: 400; display: block; }
.pressing { font-weight: 700; }
@media print { .scroll { overflow: visible; } }
"""


def render_html(status: Status) -> str:
    """The home screen as one page without any other file, readable without colour, script or mouse."""
    e = html.escape
    parts = [
        "<!doctype html>",
        '<html lang="en-GB">',
        "<head>",
        '<meta charset="utf-8">',
        '<meta name="viewport" content="width=device-width, initial-scale=1">',
        f"<title>Status of edition {status.edition} ({e(status.profile)}): {e(status.district)}</title>",
        f"<style>{_STYLE}</style>",
        "</head>",
        "<body>",
        "<main>",
        f"<h1>{e(_heading(status))}</h1>",
        f"<p>As of {_day(status.today)}. Shares: {e(status.shares)}.</p>",
    ]
    if status.synthetic:
        parts.append(f'<p class="warning">{e(SYNTHETIC_WORDS)}</p>')
    if status.share_problem:
        parts.append(f'<p class="warning">The share cannot be looked at: {e(status.share_problem)}</p>')
    parts += [
        "<h2>Next</h2>",
        f'<div class="next"><p><code>{e(status.next.command)}</code></p><p>{e(status.next.why)}</p></div>',
        "<h2>Where it stands</h2>",
        "<dl>",
        *(f"<dt>{e(name)}</dt><dd>{e(value)}</dd>" for name, value in _figures(status)),
        "</dl>",
        *_list(
            "Why datasets are stopped or overdue",
            [text for item in status.datasets for text in item.problems],
        ),
        *_list("Purged and recalled", status.removed),
        *_list("Decisions that are not in force", status.refused_decisions),
        *_list("Files that no dataset expects", status.unmatched),
        "<h2>Datasets</h2>",
        '<div class="scroll" role="region" aria-labelledby="datasets-caption" tabindex="0">',
        "<table>",
        f'<caption id="datasets-caption">Each dataset of profile {e(status.profile)}, '
        "those that ask for attention first</caption>",
        "<thead><tr>",
        *(
            f'<th scope="col">{name}</th>'
            for name in ("Dataset", "State", "Due", "Received", "Supplier", "Owner")
        ),
        "</tr></thead>",
        "<tbody>",
        *(_html_row(item) for item in status.datasets),
        "</tbody>",
        "</table>",
        "</div>",
        "</main>",
        "</body>",
        "</html>",
    ]
    return "\n".join(parts) + "\n"


def _list(heading: str, items: Sequence[str]) -> list[str]:
    if not items:
        return []
    return [
        f"<h2>{html.escape(heading)}</h2>",
        "<ul>",
        *(f"<li>{html.escape(text)}</li>" for text in items),
        "</ul>",
    ]


def _html_row(item: DatasetState) -> str:
    e = html.escape
    words = STATE_WORDS[item.state]
    if item.decided:
        words += f"; decided: {item.decided.replace('_', ' ')}"
    pressing = ' class="pressing"' if item.state in {"stopped", "late"} else ""
    cells = (
        _day(item.due) if item.due else "no date",
        item.received or "not yet",
        item.supplier,
        item.owner_role,
    )
    return (
        f'<tr><th scope="row">{e(item.title)} <span class="id">{e(item.id)}</span></th>'
        f"<td{pressing}>{e(words)}</td>" + "".join(f"<td>{e(cell)}</td>" for cell in cells) + "</tr>"
    )
