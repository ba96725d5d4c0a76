"""The gate as one Dagster step: it emits what is accepted and carries the blocking check.

Belongs here: asset keys and check of the gate. Does not belong here: the decision (`checks/gate.py`).

A blocking check on each raw asset would skip everything behind it as soon as one dataset is bad, also when
a decision carries that dataset forward; one step that sees all of them can release, stop and carry forward.
"""

from collections.abc import Iterator
from typing import Any

import dagster as dg

from spi_orchestration import locks
from spi_orchestration.assets.builds import build_of
from spi_orchestration.assets.earlier import EARLIER_TABLES
from spi_orchestration.assets.gating import pass_gate
from spi_orchestration.assets.project import Project
from spi_orchestration.assets.raw import PROFILE_TAG, raw_key
from spi_orchestration.checks.accepted import BUILD_TABLES
from spi_orchestration.checks.gate import OUTCOME_WORDS

__all__ = ["DRAFT_TAG", "GATE", "accepted_key", "gate_asset"]

#: Run tag: build although datasets are missing; such a draft can never be published.
DRAFT_TAG = "spi/draft"

GATE = dg.AssetKey(["gate"])
CHECK = "edition_passes"


def accepted_key(name: str) -> dg.AssetKey:
    """Key of an accepted table; dbt's sources map to these."""
    return dg.AssetKey(["accepted", name])


def gate_asset(project: Project, partitions: dg.StaticPartitionsDefinition) -> dg.AssetsDefinition:
    """The gate step: depends on every raw asset, emits an accepted table for each."""
    names = [*project.catalogue.datasets, *BUILD_TABLES, *EARLIER_TABLES]
    specs = [
        dg.AssetSpec(
            GATE,
            deps=[raw_key(name) for name in project.catalogue.datasets],
            partitions_def=partitions,
            group_name="gate",
            description="Whether the edition passes: outcome of every dataset, decisions applied, report written.",
        )
    ]
    for name in names:
        deps = [raw_key(name)] if name in project.catalogue.datasets else []
        specs.append(
            dg.AssetSpec(
                accepted_key(name),
                deps=[*deps, GATE],
                partitions_def=partitions,
                group_name="gate",
                # A stopped edition accepts nothing, so nothing behind the gate runs.
                skippable=True,
                description="All accepted deliveries of the build, one row a row as delivered.",
                kinds={"parquet"},
            )
        )

    @dg.multi_asset(
        name="gate",
        specs=specs,
        check_specs=[
            dg.AssetCheckSpec(
                CHECK,
                asset=GATE,
                blocking=True,
                description="No dataset of the edition is stopped or awaited. Else the last release stays current.",
            )
        ],
        can_subset=True,
    )
    def gate(context: dg.AssetExecutionContext) -> Iterator[Any]:
        edition = int(context.partition_key)
        tags = context.run.tags
        profile = tags.get(PROFILE_TAG, "full")
        draft = tags.get(DRAFT_TAG) == "true"
        build = build_of(project, profile, edition)
        if not locks.is_mine(build.lock):
            # A run from the web UI has its own process; the lock goes with it.
            locks.take(build.lock, build.name)
        gated = pass_gate(project, profile, edition, context.run.run_id, draft=draft)
        result = gated.result
        lines = {line.dataset: 0 for line in result.accepted}
        for line in result.accepted:
            if line.carried_from is None:
                lines[line.dataset] += line.rows
        counts = {word: sum(o.word == word for o in result.outcomes) for word in OUTCOME_WORDS}
        yield dg.MaterializeResult(
            asset_key=GATE,
            metadata={
                "report": dg.MetadataValue.path(str(gated.report)),
                "passes": result.passes,
                **{word: count for word, count in counts.items() if count},
            },
        )
        if gated.built:
            for name in names:
                if accepted_key(name) in context.selected_asset_keys:
                    yield dg.MaterializeResult(
                        asset_key=accepted_key(name), metadata={"dagster/row_count": lines.get(name, 0)}
                    )
        blocked = [outcome.dataset for outcome in result.blocked]
        yield dg.AssetCheckResult(
            asset_key=GATE,
            check_name=CHECK,
            passed=result.passes,
            severity=dg.AssetCheckSeverity.WARN if draft else dg.AssetCheckSeverity.ERROR,
            description=None if result.passes else f"stopped by {', '.join(blocked)}; see {gated.report}",
        )

    return gate
