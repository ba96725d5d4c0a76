"""The three ways on from a stopped dataset, as files under version control.

Belongs here: reading `decisions/`, writing one decision into its file, and saying whether a decision is
in force. Does not belong here: applying one (`gate.py`).
"""

from __future__ import annotations

import datetime as dt
import re
import textwrap
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import (
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    StringConstraints,
    ValidationError,
    model_validator,
)

from spi_orchestration.catalogue import Catalogue, CatalogueError, load_yaml, load_yaml_text, read_utf8
from spi_orchestration.checks.registry import checks_of
from spi_orchestration.settings import Settings

__all__ = [
    "KIND_WORDS",
    "Day",
    "Decision",
    "Reason",
    "Refused",
    "Role",
    "add_decision",
    "decision_file",
    "load_decisions",
    "parse_decisions",
    "stray_files",
    "waived_checks",
    "with_item",
]

#: The three ways on, in words for people.
KIND_WORDS = {"redeliver": "redelivery asked for", "carry_forward": "carry forward", "waive": "waiver"}


def _day(value: Any) -> Any:
    """A day as YAML or JSON gives it; a number or a moment is none."""
    if isinstance(value, dt.date) and not isinstance(value, dt.datetime):
        return value
    try:
        return dt.date.fromisoformat(value)
    except (TypeError, ValueError):
        raise ValueError(f"expected a day such as 2026-12-31; found {value}") from None


Day = Annotated[dt.date, BeforeValidator(_day)]
#: Blanks at the ends do not count: blanks alone are no reason, and nobody's role.
Reason = Annotated[str, StringConstraints(strip_whitespace=True, min_length=10)]
Role = Annotated[str, StringConstraints(strip_whitespace=True, min_length=3)]


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
    reason: Reason
    role: Role
    date: Day
    until: Day | None = None

    @model_validator(mode="after")
    def _whole(self) -> Decision:
        if self.decision == "waive" and (self.check is None or self.until is None):
            raise ValueError("a waiver names the check, and the day until which it holds")
        if self.decision != "waive" and self.check is not None:
            raise ValueError("only a waiver names a check")
        if self.until is not None and self.until < self.date:
            raise ValueError(
                f"its last day, {self.until}, is before the day it was decided, {self.date}; it would never hold"
            )
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
        CatalogueError: the file is not a list of decisions, names an unknown dataset or check, or another file of
            the folder looks like one and is none.
    """
    for stray in stray_files(settings.decisions, catalogue):
        raise CatalogueError(stray)
    path = decision_file(settings, profile, edition)
    if not path.is_file():
        return []
    return parse_decisions(read_utf8(path, f"decisions/{path.name}"), path.name, catalogue)


#: What an editor, or people, make of the name of a decisions file.
_LIKE_ONE = re.compile(r".*\.(ya?ml|json|txt)", re.IGNORECASE)
_OWN_NAME = re.compile(r"(?:index-)?(?:([a-z]+)-)?(\d{4})\.yml")


def stray_files(folder: Path, catalogue: Catalogue) -> list[str]:
    """Say which files of the folder of decisions are never read, though they look as if they were.

    A decision that nobody reads is worse than none: whoever wrote it relies on it.

    Args:
        folder: folder of decisions; may be absent.
        catalogue: profiles and editions; the one to come may have its file already.

    Returns:
        One sentence a file, in order of name.
    """
    if not folder.is_dir():
        return []
    district = catalogue.district
    out = []
    for path in sorted(folder.iterdir()):
        if not path.is_file() or not _LIKE_ONE.fullmatch(path.name) or path.name.upper().startswith("README"):
            continue
        where = f"decisions/{path.name}: expected"
        match = _OWN_NAME.fullmatch(path.name)
        profile = (match[1] or "full") if match else ""
        if match is None or profile not in district.first_edition or match[1] == "full":
            year = district.current_edition
            others = "".join(
                f", {name}-{year}.yml" for name in sorted(district.first_edition) if name != "full"
            )
            out.append(
                f"{where} a name such as {year}.yml{others} or index-{year}.yml; found one that is never read. "
                "Rename the file, or move it elsewhere."
            )
            continue
        first, last = district.first_edition[profile], district.current_edition + 1
        if not first <= int(match[2]) <= last:
            out.append(
                f"{where} an edition of the {profile} profile, {first} to {last}; found {match[2]}. "
                "Rename the file, or move it elsewhere."
            )
    return out


def parse_decisions(text: str, name: str, catalogue: Catalogue) -> list[Decision]:
    """Read decisions from the text of a file.

    Args:
        text: YAML.
        name: name of the file, for messages.
        catalogue: all datasets.

    Raises:
        CatalogueError: as `load_decisions`.
    """
    data = load_yaml_text(text, f"decisions/{name}")
    if isinstance(data, dict) and set(data) == {"decisions"}:
        data = data["decisions"]
    if data is None:
        return []
    if not isinstance(data, list):
        raise CatalogueError(
            f"decisions/{name}: expected the key decisions with a list (each decision begins with a dash)"
        )
    return [
        _one(item, f"decisions/{name}: decision {number}", catalogue)
        for number, item in enumerate(data, start=1)
    ]


def _one(item: object, where: str, catalogue: Catalogue) -> Decision:
    try:
        decision = Decision.model_validate(item)
    except ValidationError as error:
        parts = []
        for one in error.errors():
            key = ".".join(str(part) for part in one["loc"]) or "(whole)"
            text = {
                "extra_forbidden": "unknown key",
                "missing": "required key is missing",
                "model_type": "expected keys with values, such as dataset: and decision:; found something else",
            }.get(one["type"], one["msg"].removeprefix("Value error, "))
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
    return decision


def _block(decision: BaseModel, indent: str) -> str:
    """One decision as YAML: an item of a block list."""
    import yaml

    lines = []
    for key, value in decision.model_dump(mode="json", exclude_none=True).items():
        if key == "reason":
            words = textwrap.wrap(" ".join(str(value).split()), 100, break_long_words=False)
            lines += ["reason: >-", *(f"  {line}" for line in words)]
        elif key in {"date", "until"}:
            lines.append(f"{key}: {value}")
        else:
            # A word that YAML would read as something else, such as no or 007, is quoted.
            lines.append(yaml.safe_dump({key: value}, allow_unicode=True, width=1000).rstrip("\n"))
    first, *rest = lines
    return "\n".join([f"{indent}- {first}", *(f"{indent}  {line}" for line in rest)]) + "\n"


_EMPTY_LIST = r"^{key}:[ \t]*(\[[ \t]*\]|null|~)?[ \t]*(#.*)?$"
_DASH = re.compile(r"^( *)- ", re.MULTILINE)


def with_item(text: str, item: BaseModel, key: str, title: str, filled: bool) -> str:
    """The text of a file that is a list under one key, with one item more at its end.

    Whether it reads back as it should is for the caller to see.

    Args:
        text: the file as it is; empty where there is none yet.
        item: what is added.
        key: key of the list.
        title: first line of a new file.
        filled: there are items in it.
    """
    ends = "\r\n" if "\r\n" in text else "\n"
    body = text.replace("\r\n", "\n")
    if not body.strip():
        body = f"# {title}\n{key}:\n"
    elif not filled and not re.search(rf"^{key}:", body, re.MULTILINE):
        # Only comments so far.
        body = body.rstrip("\n") + f"\n{key}:\n"
    elif not filled:
        empty = re.compile(_EMPTY_LIST.format(key=key), re.MULTILINE)
        body = empty.sub(lambda found: f"{key}:" + (f"  {found[2]}" if found[2] else ""), body, count=1)
    dashes = _DASH.search(body) if filled else None
    body = body.rstrip("\n") + "\n" + _block(item, dashes[1] if dashes else "  ")
    return body.replace("\n", ends)


def add_decision(text: str, decision: Decision, name: str, catalogue: Catalogue) -> str:
    """The text of a decisions file with one more decision at its end; comments and order stay as they are.

    Args:
        text: the file as it is; empty where there is none yet.
        decision: what is added.
        name: name of the file, for messages.
        catalogue: all datasets.

    Raises:
        CatalogueError: the file is not a list of decisions as it is, or the decision cannot be added to it
            without changing what stands there.
    """
    before = parse_decisions(text, name, catalogue)
    _one(decision.model_dump(), f"decisions/{name}", catalogue)
    decision = decision.model_copy(update={"reason": " ".join(decision.reason.split())})
    title = f"Decisions on deliveries: {name.removesuffix('.yml')}."
    body = with_item(text, decision, "decisions", title, bool(before))
    after: list[Decision] | None
    try:
        after = parse_decisions(body, name, catalogue)
    except CatalogueError:
        after = None
    if after != [*before, decision]:
        raise CatalogueError(
            f"decisions/{name}: the decision could not be added without changing what stands there. "
            "Write each decision as an item of a list that begins with a dash; docs/decisions.md shows one."
        )
    return body


def waived_checks(settings: Settings, dataset: str, edition: int) -> frozenset[str]:
    """Checks of a dataset that some decision file of an edition waives; an unreadable file waives none."""
    out = set()
    for path in sorted(settings.decisions.glob(f"*{edition}.yml")):
        try:
            data = load_yaml(path)
        except CatalogueError:
            continue
        items = data.get("decisions") if isinstance(data, dict) else data
        for item in items if isinstance(items, list) else []:
            if isinstance(item, dict) and item.get("dataset") == dataset and item.get("decision") == "waive":
                out.add(str(item.get("check")))
    return frozenset(out)
