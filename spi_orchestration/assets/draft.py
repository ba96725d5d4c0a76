"""The draft as the last Dagster step of a run.

Belongs here: its asset. Does not belong here: what a draft is (`drafting.py`, `release`).
"""

from collections.abc import Sequence

import dagster as dg

from spi_orchestration.assets.drafting import make_draft
from spi_orchestration.assets.project import Project
from spi_orchestration.assets.raw import PROFILE_TAG

__all__ = ["draft_asset"]


def draft_asset(
    project: Project, partitions: dg.StaticPartitionsDefinition, marts: Sequence[dg.AssetKey]
) -> dg.AssetsDefinition:
    """The build written out for sign-off; depends on every mart."""

    @dg.asset(
        name="draft",
        partitions_def=partitions,
        deps=list(marts),
        group_name="release",
        description="The build written out for sign-off. Publishing it is another act.",
        kinds={"parquet", "csv"},
    )
    def draft(context: dg.AssetExecutionContext) -> dg.MaterializeResult:
        profile = context.run.tags.get(PROFILE_TAG, "full")
        folder = make_draft(project, profile, int(context.partition_key), context.run.run_id)
        return dg.MaterializeResult(metadata={"folder": dg.MetadataValue.path(str(folder))})

    return draft
