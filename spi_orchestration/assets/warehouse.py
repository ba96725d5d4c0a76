"""The dbt models as Dagster assets, built in one dbt call.

Belongs here: asset keys and groups of models, and running `dbt build` as a step. Does not belong here:
how dbt is prepared (`dbt.py`), or any model.
"""

import contextlib
import io
import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import dagster as dg
from dagster_dbt import DagsterDbtTranslator, DbtCliInvocation, DbtCliResource, dbt_assets
from packaging.version import Version

from spi_orchestration.assets.builds import Build, build_of
from spi_orchestration.assets.dbt import DbtError, dbt_arguments, dbt_command, dbt_environment, target_folder
from spi_orchestration.assets.gate import accepted_key
from spi_orchestration.assets.model_checks import tell_models
from spi_orchestration.assets.progress import current
from spi_orchestration.assets.project import Project
from spi_orchestration.assets.raw import PROFILE_TAG
from spi_orchestration.checks.assessment import read_json
from spi_orchestration.checks.report import report_folder

__all__ = ["Translator", "mart_keys", "warehouse_asset"]

_EVERY = 5.0
_PACKAGE = str(Path(__file__).resolve().parents[2])


class Translator(DagsterDbtTranslator):
    """dbt sources are the gate's accepted tables; models are grouped by their folder."""

    def get_asset_key(self, dbt_resource_props: Mapping[str, Any]) -> dg.AssetKey:
        """`accepted/<dataset>` for sources, the plain name for models and seeds."""
        if dbt_resource_props["resource_type"] == "source":
            return accepted_key(dbt_resource_props["name"])
        return dg.AssetKey([dbt_resource_props["name"]])

    def get_group_name(self, dbt_resource_props: Mapping[str, Any]) -> str | None:
        """The folder: `staging_education`, `marts_public`, `seeds_framework`."""
        folders = list(dbt_resource_props.get("fqn") or [])[1:-1]
        if dbt_resource_props["resource_type"] == "seed":
            folders = ["seeds", *folders]
        return "_".join(folders) or "warehouse"


def mart_keys(manifest: Mapping[str, Any]) -> list[dg.AssetKey]:
    """Keys of the public marts, which a draft is written from; of all models where there are none."""
    models = [node for node in manifest["nodes"].values() if node["resource_type"] == "model"]
    marts = [node for node in models if "marts" in node["fqn"]]
    return sorted(dg.AssetKey([node["name"]]) for node in marts or models)


class _Lines(io.TextIOBase):
    """Takes what dagster-dbt prints; dbt's own log keeps all of it."""

    def writable(self) -> bool:
        return True

    def write(self, text: str) -> int:
        return len(text)


_PARSED = "partial_parse.msgpack"


def _own_parse(project: Project, build: Build) -> Path:
    """Where dbt's parsing of a build is kept: other variables would make dbt parse all anew."""
    return target_folder(project.settings) / f"parse-{build.profile}-{build.edition}.msgpack"


def _start(project: Project, build: Build, target: Path) -> subprocess.Popen[bytes]:
    for parsed in (_own_parse(project, build), target_folder(project.settings) / _PARSED):
        if parsed.is_file():
            shutil.copyfile(parsed, target / _PARSED)
            break
    environment = os.environ | dbt_environment(project.settings, build)
    environment |= {
        "DBT_LOG_FORMAT": "json",
        "DBT_TARGET_PATH": str(target),
        "DBT_LOG_PATH": str(target),
        "PYTHONUNBUFFERED": "1",
        "PYTHONLEGACYWINDOWSSTDIO": "1",
        "PYTHONPATH": os.pathsep.join(filter(None, [_PACKAGE, os.environ.get("PYTHONPATH")])),
    }
    return subprocess.Popen(
        [sys.executable, "-m", "spi_orchestration.assets.leash", "build", *dbt_arguments(project, build)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        env=environment,
        cwd=project.settings.dbt_project,
    )


def _input_ready(build: Build) -> None:
    """Make sure that there are accepted tables to build from."""
    if (build.work / "accepted.json").is_file():
        return
    if not (build.final / "accepted.json").is_file():
        raise dg.Failure(f"{build.name} has no accepted tables. Run the gate first, or `spi run`.")
    # Only the models were asked for: build them anew from what the last build was made from.
    build.begin()
    shutil.copytree(build.final / "accepted", build.work / "accepted")
    shutil.copyfile(build.final / "accepted.json", build.work / "accepted.json")


def _failures(target: Path) -> list[str]:
    """What failed, in a line each; dbt's messages may quote cells, so they stay in its log."""
    results = read_json(target / "run_results.json") or {"results": []}
    bad = [item for item in results["results"] if item["status"] in {"error", "fail"}]
    return [f"{item['status']}: {item['unique_id'].split('.', 2)[-1]}" for item in bad]


def _quietly(events: Iterator[Any]) -> Iterator[Any]:
    """Pass events on; what the iterator prints meanwhile is dropped."""
    sink = _Lines()
    while True:
        with contextlib.redirect_stdout(sink):
            try:
                event = next(events)
            except StopIteration:
                return
        yield event


def _keep_results(project: Project, build: Build, run_id: str, target: Path, failed: bool) -> None:
    """Keep dbt's results with the run; its log only where something must be looked into."""
    folder = report_folder(project.settings, build.profile, build.edition, run_id)
    folder.mkdir(parents=True, exist_ok=True)
    for name in ("run_results.json", "dbt.log") if failed else ("run_results.json",):
        if (target / name).is_file():
            shutil.copyfile(target / name, folder / name)
    if not failed and (target / _PARSED).is_file():
        kept = _own_parse(project, build)
        part = kept.with_name(f".{kept.name}")
        shutil.copyfile(target / _PARSED, part)
        part.replace(kept)


def warehouse_asset(project: Project, manifest: Mapping[str, Any]) -> dg.AssetsDefinition:
    """All models, seeds and tests of the dbt project as one step.

    dbt is not partitioned; it builds the edition of the run.
    """
    translator = Translator()

    @dbt_assets(manifest=manifest, dagster_dbt_translator=translator, name="warehouse")
    def warehouse(context: dg.AssetExecutionContext) -> Iterator[Any]:
        profile = context.run.tags.get(PROFILE_TAG, "full")
        edition = int(context.run.tags.get("dagster/partition") or project.catalogue.district.current_edition)
        build = build_of(project, profile, edition)
        _input_ready(build)
        # dbt's own files have long names; below the system's folder for passing files they harm nobody.
        target = Path(tempfile.mkdtemp(prefix="spi-dbt-"))
        done = False
        invocation = None
        try:
            with current().part("dbt"):
                invocation = _invoke(project, build, context, manifest, translator, target)
                yield from _told(_quietly(iter(invocation.stream())))
            done = True
        except Exception as error:
            failed = _failures(target)
            code = invocation.process.returncode if invocation else None
            told = "; ".join(failed[:10]) or f"{type(error).__name__}, exit code {code}"
            current().say(f"dbt FAILED: {told}")
            raise DbtError(
                f"dbt build failed: {told}. The report of the run says where to look at the rows; dbt's log "
                "stands beside it."
            ) from None
        finally:
            if invocation is not None and invocation.process.stdin is not None:
                invocation.process.stdin.close()
            _keep_results(project, build, context.run.run_id, target, failed=not done)
            folder = report_folder(project.settings, profile, edition, context.run.run_id)
            tell_models(project, build, folder, manifest, target)
            shutil.rmtree(target, ignore_errors=True)
        build.finish()

    return warehouse


def _invoke(
    project: Project,
    build: Build,
    context: dg.AssetExecutionContext,
    manifest: Mapping[str, Any],
    translator: Translator,
    target: Path,
) -> DbtCliInvocation:
    if context.is_subset:
        # Some models only, chosen in the web UI: dagster-dbt knows how to say that to dbt.
        os.environ.update(dbt_environment(project.settings, build))
        resource = DbtCliResource(
            project_dir=str(project.settings.dbt_project),
            profiles_dir=str(project.settings.dbt_project),
            dbt_executable=dbt_command()[0],
        )
        return resource.cli(
            ["build", *dbt_arguments(project, build)],
            manifest=manifest,
            dagster_dbt_translator=translator,
            context=context,
            target_path=target,
        )
    # For the whole project dbt is started directly: the resource would first load dbt's adapter here and
    # ask dbt for its version, some seconds that nothing needs; and this one ends when the run is killed.
    import importlib.metadata

    return DbtCliInvocation(
        process=_start(project, build, target),
        manifest=manifest,
        dagster_dbt_translator=translator,
        project_dir=project.settings.dbt_project,
        target_path=target,
        raise_on_error=True,
        cli_version=Version(importlib.metadata.version("dbt-core")),
        context=context,
    )


def _told(events: Iterator[Any]) -> Iterator[Any]:
    """Pass events on, and say now and then how far dbt is."""
    models = tests = 0
    last = time.monotonic()
    for event in events:
        if isinstance(event, dg.AssetCheckResult | dg.AssetCheckEvaluation):
            tests += 1
        else:
            models += 1
        if time.monotonic() - last > _EVERY:
            last = time.monotonic()
            current().say(f"dbt: {models} tables, {tests} tests so far")
        yield event
    current().say(f"dbt: {models} tables built, {tests} tests")
