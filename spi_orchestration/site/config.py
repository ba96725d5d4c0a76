"""What a council decides about its site: names, contact, links, colours, close-ups, events, targets.

Belongs here: the shape of `config/site.yml` and reading it. Does not belong here: words that every council
shares (`words.toml`), and anything that the release says (names and codes of places, the framework).
"""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from typing import Annotated, Any

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationError

from spi_orchestration.release.files import ReleaseError

__all__ = ["SiteConfig", "read_config"]


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


Text = Annotated[str, Field(min_length=1)]
Colour = Annotated[str, Field(pattern=r"^#[0-9a-fA-F]{6}$")]
#: A link that leads somewhere by itself: no scheme that a browser would run.
Link = Annotated[str, Field(pattern=r"^https?://[^\s\"'<>]+$")]
Day = Annotated[dt.date, BeforeValidator(lambda v: dt.date.fromisoformat(v) if isinstance(v, str) else v)]


class Contact(_Strict):
    """Who answers questions: a role, and a page or address."""

    role: Text
    url: Link
    email: str | None = Field(default=None, pattern=r"^[^@\s<>\"']+@[^@\s<>\"']+$")


class Named(_Strict):
    """A link with its words."""

    title: Text
    url: Link


class Event(_Strict):
    """A policy event, shown on trends of the components it names, or of all."""

    date: Day
    title: Text
    components: list[str] = []


class Lens(_Strict):
    """One way to group indicators by policy: a column of `dim_indicator`, and names for its values."""

    column: Text
    title: Text
    about: Text
    names: dict[str, str] = {}


class Target(_Strict):
    """A target somebody adopted for an indicator in the district."""

    indicator: Text
    value: float
    by: Day
    source: Text


class Withdrawal(_Strict):
    """A release that must not be used any more."""

    id: Text
    date: Day
    reason: Text


class SiteConfig(_Strict):
    """All that a council decides about its site.

    Attributes:
        title, producer: of the index, and who publishes it.
        commissioner: role that asked for the index.
        contact: who answers.
        base_url: address the site will have; None writes relative links only.
        frame_ancestors: origins that may embed it.
        close_ups: groups of wards that get a map of their own, by id.
        label_anchors: where the name of a ward stands on maps, as [easting, northing] by ward code; by default
            where the release says.
        colours: accent, and the five classes of maps from low to high.
        logo: file beside the configuration, copied into the site; None for none.
        links: shown in the footer.
        events, lenses, targets, withdrawn: see their classes.
        statement_date: when the accessibility statement was last reviewed.
        known_issues: what is not accessible yet, in words.
        pre_release_access: roles that see figures early.
    """

    title: Text
    producer: Text
    commissioner: Text
    contact: Contact
    base_url: Link | None = None
    frame_ancestors: list[str] = []
    close_ups: list[str] = []
    label_anchors: dict[str, tuple[float, float]] = {}
    accent: Colour = "#12436d"
    colours: Annotated[list[Colour], Field(min_length=5, max_length=5)] = [
        "#e3eef9",
        "#a9c8e6",
        "#6a9fcf",
        "#33689e",
        "#12436d",
    ]
    logo: str | None = Field(default=None, pattern=r"^[\w.-]+\.(svg|png)$")
    links: list[Named] = []
    events: list[Event] = []
    lenses: list[Lens] = []
    targets: list[Target] = []
    withdrawn: list[Withdrawal] = []
    statement_date: Day
    known_issues: list[str] = []
    pre_release_access: list[str] = []


def read_config(path: Path) -> SiteConfig:
    """Read the configuration of a site.

    Raises:
        ReleaseError: absent, not YAML, or not in the expected shape; names file and key.
    """
    import yaml

    try:
        data: Any = yaml.safe_load(path.read_text(encoding="utf-8-sig"))
    except FileNotFoundError:
        raise ReleaseError(f"there is no site configuration {path.name} in {path.parent.name}/") from None
    except (UnicodeDecodeError, yaml.YAMLError) as error:
        raise ReleaseError(f"{path.name}: not readable as YAML: {error}") from None
    try:
        return SiteConfig.model_validate(data)
    except ValidationError as error:
        lines = [
            f"  {path.name}: {'.'.join(str(part) for part in item['loc']) or '(whole)'}: {item['msg']}"
            for item in error.errors()
        ]
        raise ReleaseError("the site configuration is not valid:\n" + "\n".join(lines)) from None
