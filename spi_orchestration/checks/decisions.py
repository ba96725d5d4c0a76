"""The three ways on from a stopped dataset, as files under version control.

Belongs here: reading `decisions/`, and saying whether a decision is in force. Does not belong here:
applying one (`gate.py`).
"""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from spi_orchestration.catalogue import Catalogue, CatalogueError, load_yaml
from spi_orchestration.checks.registry import checks_of
from spi_orchestration.settings import Settings

__all__ = ["Decision", "Refused", "decision_file", "load_decisions"]


class Decision(BaseModel):
    """One decision on one dataset of an edition.

    Attributes:
        dataset: dataset id.
        decision: `redeliver` (it was asked for again), `carry_forward` (use the latest earlier
            delivery, marked everywhere) or `waive` (accept although a check fails).
        check: the check that is waived.
        delivery: beginning of a delivery id (12 characters or more); limits the decision to that delivery.
        reason: why, for people; published with the release.
        role: role that decided, never a person's name.
        date: day it was decided.
        until: last day it holds; a waiver always has one.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    dataset: str
    decision: Literal["redeliver", "carry_forward", "waive"]
    check: str | None = None
    delivery: str | None = Field(default=None, pattern=r"^[0-9a-f]{12,64}$")
    reason: str = Field(min_length=10)
    role: str = Field(min_length=3)
    date: dt.date
    until: dt.date | None = None

    @model_validator(mode="after")
    def _whole(self) -> Decision:
        if self.decision == "waive" and (self.check is None or self.until is None):
            raise ValueError("a waiver names the check, and the day until which it holds")
        if self.decision != "waive" and self.check is not None:
            raise ValueError("only a waiver names a check")
        return self

    def expired(self, day: dt.date) -> bool:
        """Whether it holds no longer on a day."""
        return self.until is not None and self.until < day


class Refused(BaseModel):
    """A decision that is not applied, and why."""

    model_config = ConfigDict(frozen=True)

    edition: int
    decision: Decision
    reason: str


def decision_file(settings: Settings, profile: str, edition: int) -> Path:
    """The file of an edition's decisions: `2026.yml`, or `open-2025.yml` for another profile than full."""
    name = f"{edition}.yml" if profile == "full" else f"{profile}-{edition}.yml"
    return settings.decisions / name


def load_decisions(settings: Settings, catalogue: Catalogue, profile: str, edition: int) -> list[Decision]:
    """Read the decisions of an edition; none where the file is absent.

    Raises:
        CatalogueError: the file is not a list of decisions, or names an unknown dataset or check.
    """
    path = decision_file(settings, profile, edition)
    if not path.is_file():
        return []
    data = load_yaml(path)
    if isinstance(data, dict) and set(data) == {"decisions"}:
        data = data["decisions"]
    if data is None:
        return []
    if not isinstance(data, list):
        raise CatalogueError(
            f"decisions/{path.name}: expected the key decisions with a list (each decision begins with a dash)"
        )
    decisions = []
    for number, item in enumerate(data, start=1):
        where = f"decisions/{path.name}: decision {number}"
        try:
            decision = Decision.model_validate(item)
        except ValidationError as error:
            parts = []
            for one in error.errors():
                key = ".".join(str(part) for part in one["loc"]) or "(whole)"
                text = {"extra_forbidden": "unknown key", "missing": "required key is missing"}.get(
                    one["type"], one["msg"].removeprefix("Value error, ")
                )
                parts.append(f"{key}: {text}")
            raise CatalogueError(f"{where}: {'; '.join(parts)}") from None
        try:
            dataset = catalogue[decision.dataset]
        except CatalogueError as error:
            raise CatalogueError(f"{where}: {error}") from None
        known = [check.id for check in checks_of(dataset, national=False)]
        if decision.check is not None and decision.check not in known:
            raise CatalogueError(
                f"{where}: {decision.dataset} has no check {decision.check!r}; it has {', '.join(known)}"
            )
        decisions.append(decision)
    return decisions
