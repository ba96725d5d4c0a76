"""What each way on from a stopped dataset would do to scores and ranks, before anybody decides.

Belongs here: which ways on there are, trial builds in a folder that is thrown away, and comparing their
index scores. Does not belong here: writing a decision (`checks/decisions.py`), or deciding at the gate
(`checks/gate.py`).
"""

from __future__ import annotations

import datetime as dt
import os
import subprocess
import tempfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from spi_orchestration.assets.builds import Build, build_of
from spi_orchestration.assets.dbt import DbtError, dbt_arguments, dbt_command, dbt_environment, prepare_dbt
from spi_orchestration.assets.gating import decide_now
from spi_orchestration.assets.project import Project
from spi_orchestration.catalogue import CatalogueError
from spi_orchestration.checks.accepted import write_accepted
from spi_orchestration.checks.decisions import Decision
from spi_orchestration.checks.gate import OUTCOME_WORDS, GateResult, Outcome

__all__ = ["Choice", "Move", "Preview", "choices_for", "outcome_with", "preview"]

#: The mart that a preview compares.
SCORES = "fct_index_score"


@dataclass(frozen=True)
class Choice:
    """One way on.

    Attributes:
        kind: `carry_forward`, `waive` or `redeliver`.
        decisions: what would be on file; one for each check that is waived.
        refused: why the gate would not apply it; None where it would.
    """

    kind: str
    decisions: tuple[Decision, ...]
    refused: str | None = None


@dataclass(frozen=True)
class Move:
    """The index of one ward before and after.

    Attributes:
        area, name: GSS code and name.
        score_before, score_after: index score, 0 to 100; None where none is given.
        position_before, position_after: place among the wards by score.
    """

    area: str
    name: str
    score_before: float | None
    score_after: float | None
    position_before: int | None
    position_after: int | None

    @property
    def points(self) -> float:
        """Points by which the score moves, 0 where it is given on one side only."""
        if self.score_before is None or self.score_after is None:
            return 0.0
        return self.score_after - self.score_before

    @property
    def moves(self) -> bool:
        """Whether anything of it changes."""
        return self.score_before != self.score_after or self.position_before != self.position_after

    @property
    def places(self) -> int:
        """Places by which the ward moves up (positive) or down."""
        if self.position_before is None or self.position_after is None:
            return 0
        return self.position_before - self.position_after


@dataclass(frozen=True)
class Preview:
    """What one choice would move.

    Attributes:
        choice: the way on.
        beside: what it is compared with, in words.
        moves: every ward, largest moves first; empty where nothing could be computed.
    """

    choice: Choice
    beside: str
    moves: tuple[Move, ...]

    @property
    def moved(self) -> int:
        """Wards whose score moves by half a tenth of a point or more."""
        return sum(abs(move.points) >= 0.05 or _appears(move) for move in self.moves)

    @property
    def reordered(self) -> int:
        """Wards whose position changes."""
        return sum(move.places != 0 for move in self.moves)


def _appears(move: Move) -> bool:
    return (move.score_before is None) != (move.score_after is None)


def outcome_with(
    project: Project, profile: str, edition: int, today: dt.date, dataset: str, more: Sequence[Decision] = ()
) -> tuple[GateResult, Outcome]:
    """What the gate would say of a dataset with some decisions more.

    Raises:
        CatalogueError: the profile does not use the dataset.
    """
    result = decide_now(project, profile, edition, today, more=more)
    for outcome in result.outcomes:
        if outcome.dataset == dataset:
            return result, outcome
    raise CatalogueError(f"{project.catalogue[dataset].id} is no part of the {profile} profile")


def _trial_decision(dataset: str, kind: str, today: dt.date, check: str | None = None) -> Decision:
    return Decision(
        dataset=dataset,
        decision=kind,  # type: ignore[arg-type]
        check=check,
        reason="Preview: nothing is kept of it.",
        role="preview",
        date=today,
        until=today if kind == "waive" else None,
    )


def choices_for(
    project: Project, profile: str, edition: int, dataset: str, today: dt.date
) -> tuple[Choice, ...]:
    """The ways on for a dataset as it stands, each with what would be refused of it.

    Raises:
        CatalogueError: the profile does not use the dataset.
    """
    _, now = outcome_with(project, profile, edition, today, dataset)
    found = []
    carried = _trial_decision(dataset, "carry_forward", today)
    found.append(_tried(project, profile, edition, dataset, today, "carry_forward", (carried,)))
    failed = sorted({finding.check for finding in now.assessment.stops})
    if now.assessment.present and failed:
        waivers = tuple(_trial_decision(dataset, "waive", today, check) for check in failed)
        found.append(_tried(project, profile, edition, dataset, today, "waive", waivers))
    found.append(Choice("redeliver", (_trial_decision(dataset, "redeliver", today),)))
    return tuple(found)


def _tried(
    project: Project,
    profile: str,
    edition: int,
    dataset: str,
    today: dt.date,
    kind: str,
    decisions: tuple[Decision, ...],
) -> Choice:
    result, outcome = outcome_with(project, profile, edition, today, dataset, decisions)
    refused = next((item.reason for item in result.refused if item.decision in decisions), None)
    if refused is None and not outcome.blocks and set(decisions) <= set(result.needless):
        refused = f"the gate needs no decision on it as it stands: {OUTCOME_WORDS[outcome.word]}"
    if refused is None and outcome.blocks:
        refused = "the dataset would stay stopped"
    return Choice(kind, decisions, refused)


def _ignore(text: str) -> None:
    """Default of `say`: nothing."""


def preview(
    project: Project,
    profile: str,
    edition: int,
    dataset: str,
    choices: Sequence[Choice],
    today: dt.date,
    say: Callable[[str], None] = _ignore,
) -> list[Preview]:
    """Build each choice in a folder that is thrown away, and compare its index with the last build's.

    Without a finished build of the edition, the choice is compared with a trial build that goes without the dataset;
    so it is where other datasets are stopped too, which the last build may hold and a choice cannot: only what
    the choice itself moves is to be seen.

    Args:
        project: the installation.
        profile: `full` or `open`.
        edition: edition of the build.
        dataset: the dataset that a way on is chosen for.
        choices: those of `choices_for` that are wanted; one that is refused, or asks for the delivery
            again, moves nothing.
        today: the day.
        say: told what is under way.

    Raises:
        DbtError: dbt cannot build the figures.
        CatalogueError: the dbt project has no index scores to compare.
    """
    build = build_of(project, profile, edition)
    buildable = [choice for choice in choices if choice.refused is None and choice.kind != "redeliver"]
    out = []
    with tempfile.TemporaryDirectory(prefix="spi-choice-", ignore_cleanup_errors=True) as folder:
        before: dict[str, tuple[str, float | None, int | None]] = {}
        beside = "the last build of the edition"
        if buildable:
            say("Making dbt ready")
            prepare_dbt(project, build)
            result, now = outcome_with(project, profile, edition, today, dataset)
            others = [outcome.dataset for outcome in result.blocked if outcome.dataset != dataset]
            if build.warehouse.is_file() and not others:
                before = _scores(build.warehouse, edition)
            else:
                beside = f"a build without {dataset}" if now.blocks else "a build of what is accepted now"
                if others:
                    beside += f" (both lack {', '.join(others)}, stopped too)"
                say(f"Trial build{f' without {dataset}' if now.blocks else ''}")
                before = _trial(project, build, result, Path(folder) / "without", edition)
        for number, choice in enumerate(choices):
            if choice not in buildable:
                out.append(Preview(choice, beside, ()))
                continue
            result, _ = outcome_with(project, profile, edition, today, dataset, choice.decisions)
            say(f"Trial build: {choice.kind.replace('_', ' ')}")
            after = _trial(project, build, result, Path(folder) / str(number), edition)
            out.append(Preview(choice, beside, _moves(before, after)))
    return out


def _trial(
    project: Project, build: Build, result: GateResult, home: Path, edition: int
) -> dict[str, tuple[str, float | None, int | None]]:
    trial = replace(build, home=home)
    write_accepted(trial.begin(), result, project.settings, project.catalogue)
    target = home / "target"
    environment = os.environ | dbt_environment(project.settings, trial)
    environment |= {"DBT_TARGET_PATH": str(target), "DBT_LOG_PATH": str(target)}
    done = subprocess.run(
        [
            *dbt_command(),
            "build",
            "--select",
            f"+{SCORES}",
            "--resource-type",
            "model",
            "--resource-type",
            "seed",
            *dbt_arguments(project, trial),
        ],
        cwd=project.settings.dbt_project,
        env=environment,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        check=False,
    )
    warehouse = trial.work / "warehouse.duckdb"
    if done.returncode != 0 or not warehouse.is_file():
        # dbt's own words may quote cells, so they are not passed on.
        raise DbtError(
            "the trial build of the index failed in dbt. `spi run --draft` shows what fails; "
            "the decision can be made without a preview."
        )
    return _scores(warehouse, edition)


def _scores(warehouse: Path, edition: int) -> dict[str, tuple[str, float | None, int | None]]:
    import duckdb

    try:
        with duckdb.connect(str(warehouse), read_only=True) as con:
            rows = con.execute(
                f"select area_code, area_name, score, position from marts.{SCORES} "
                "where edition = ? and area_type = 'ward' order by area_code",
                [edition],
            ).fetchall()
    except duckdb.CatalogException:
        raise CatalogueError(
            f"the dbt project has no mart {SCORES}, so there is nothing to compare"
        ) from None
    return {code: (name, score, position) for code, name, score, position in rows}


def _moves(
    before: dict[str, tuple[str, float | None, int | None]],
    after: dict[str, tuple[str, float | None, int | None]],
) -> tuple[Move, ...]:
    moves = []
    for area in sorted(before.keys() | after.keys()):
        old = before.get(area, ("", None, None))
        new = after.get(area, ("", None, None))
        moves.append(Move(area, new[0] or old[0], old[1], new[1], old[2], new[2]))
    return tuple(
        sorted(moves, key=lambda move: (-_appears(move), -abs(move.places), -abs(move.points), move.area))
    )
