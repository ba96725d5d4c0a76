"""Settings, catalogue and shares file of one installation, read once.

Belongs here: what every step needs to know, and what follows from it (editions, profiles). Does not
belong here: anything that is done with it.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from spi_orchestration.catalogue import (
    Catalogue,
    CatalogueError,
    Dataset,
    Shares,
    load_catalogue,
    load_shares,
)
from spi_orchestration.settings import Settings

__all__ = ["PROFILES", "Project"]

PROFILES = ("full", "open")


@dataclass(frozen=True)
class Project:
    """One installation.

    Attributes:
        settings: its folders.
        catalogue: its datasets.
        shares: the shares file in use.
    """

    settings: Settings
    catalogue: Catalogue
    shares: Shares
    _order: dict[str, int] = field(default_factory=dict, repr=False, compare=False)

    @classmethod
    def load(cls, settings: Settings) -> Project:
        """Read catalogue and shares file.

        Raises:
            CatalogueError: either is not valid; says where.
        """
        catalogue = load_catalogue(settings)
        return cls(settings, catalogue, load_shares(settings, catalogue))

    def named_editions(self, dataset: str | None = None) -> set[int]:
        """Editions for which the shares file names files, of one dataset or of any."""
        if dataset is not None:
            return set(self.shares.deliveries.get(dataset, {}))
        return {edition for editions in self.shares.deliveries.values() for edition in editions}

    def all_editions(self) -> list[int]:
        """Every edition there is: those of the profiles, and those the shares file names."""
        district = self.catalogue.district
        first = min(district.first_edition.values())
        return sorted({*range(first, district.current_edition + 1), *self.named_editions()})

    def editions(self, profile: str, edition: int, dataset: str | None = None) -> list[int]:
        """The editions that a build holds: the profile's first to the build's own, and earlier named ones.

        Args:
            profile: `full` or `open`.
            edition: edition of the build.
            dataset: count the named editions of this dataset only.

        Raises:
            CatalogueError: no such profile, or the edition lies outside the district's series.
        """
        district = self.catalogue.district
        if profile not in district.first_edition:
            raise CatalogueError(
                f"no profile {profile!r}; config/district.yml has {', '.join(district.first_edition)}"
            )
        first = district.first_edition[profile]
        if not first <= edition <= district.current_edition:
            raise CatalogueError(
                f"edition {edition} is not in the {profile} series, {first} to {district.current_edition}. "
                "Move first_edition or current_edition in config/district.yml to change it."
            )
        named = {e for e in self.named_editions(dataset) if e <= edition}
        return sorted({*range(first, edition + 1), *named})

    def datasets(self, profile: str) -> list[Dataset]:
        """Datasets of a profile, references before the datasets that are compared with them."""
        wanted = {dataset.id: dataset for dataset in self.catalogue.in_profile(profile)}
        ordered: dict[str, Dataset] = {}

        def add(dataset: Dataset, path: tuple[str, ...]) -> None:
            if dataset.id in path:
                raise CatalogueError(
                    f"{dataset.id}: its rules refer to each other in a circle: {' > '.join(path)}"
                )
            for reference in references_of(dataset):
                if reference in wanted and reference not in ordered:
                    add(wanted[reference], (*path, dataset.id))
            ordered.setdefault(dataset.id, dataset)

        for dataset in wanted.values():
            add(dataset, ())
        return list(ordered.values())


def references_of(dataset: Dataset) -> list[str]:
    """Other datasets that a dataset's rules compare with."""
    found = [rule.reference for rule in dataset.contract.rules if rule.reference not in {None, "wards"}]
    return list(dict.fromkeys(name for name in found if name is not None and name != dataset.id))
