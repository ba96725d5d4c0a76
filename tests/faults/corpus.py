"""Running the corpus: every kind of fault on every delivery it has meaning for, and what came of it.

Belongs here: the bench a fault is tried on (a data folder with good editions, a share with one delivery),
the outcome, and the report. Does not belong here: the faults (`kinds.py`).

A fault is tried through the raw step itself: the wrong files lie on a share, are found, landed, read,
checked by the contract and against earlier editions. Great Expectations' verdict on the counts is worked
out directly (`test_corpus.py` shows that both agree). Whatever the gate lets through is compared with the
good delivery: same rows, or else same staged observations. Staged observations are all that anything
behind the gate is made from, so a published value can only change where they do.
"""

from __future__ import annotations

import csv
import os
import random
import re
import shutil
import subprocess
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from spi_orchestration.assets.builds import build_of
from spi_orchestration.assets.dbt import (
    dbt_arguments,
    dbt_command,
    dbt_environment,
    prepare_dbt,
    spatial_extension,
)
from spi_orchestration.assets.delivery import take_in
from spi_orchestration.assets.project import Project, references_of
from spi_orchestration.catalogue import Dataset, Layout
from spi_orchestration.checks import judge
from spi_orchestration.checks.accepted import ACCEPTED_COLUMNS, _rows
from spi_orchestration.checks.assessment import Assessment, latest
from spi_orchestration.checks.contract import connect
from spi_orchestration.checks.gate import Accepted
from spi_orchestration.checks.places import wards_of
from spi_orchestration.intake import landing
from spi_orchestration.intake.shares import _pattern, open_share
from spi_orchestration.settings import Settings
from spi_orchestration.typing_sql import literal, quoted
from tests.faults.kinds import KINDS, Case, corrupt

__all__ = ["OUTCOMES", "Bench", "Result", "plan", "read_results", "report", "run", "unknowable"]

HERE = Path(__file__).resolve().parent

OUTCOMES = ("stopped", "recorded", "harmless", "escaped", "error")


@dataclass(frozen=True)
class Result:
    """One corrupted delivery and what came of it.

    Attributes:
        kind, dataset, edition: what was tried.
        outcome: one of `OUTCOMES`.
        checks: checks that stopped it, or recorded something.
        why: why the pair is unknowable, where it is.
        detail: what changed, for an escape.
    """

    kind: str
    dataset: str
    edition: int
    outcome: str
    checks: tuple[str, ...] = ()
    why: str = ""
    detail: str = ""


class _Direct:
    """The verdict of a suite over counts, worked out without Great Expectations."""

    started = True

    def start(self) -> None:
        """Nothing to start."""

    def ask(self, suite: dict[str, Any], rows: Sequence[dict[str, int]]) -> list[dict[str, Any]]:
        """As `Judge.ask`, for suites of smallest and largest values of a column."""
        out = []
        for row in rows:
            failed = []
            for item in suite["expectations"]:
                limits = item["kwargs"]
                value = row[limits["column"]]
                low, high = limits.get("min_value"), limits.get("max_value")
                if (low is not None and value < low) or (high is not None and value > high):
                    failed.append(item["meta"]["check"])
            out.append({"success": not failed, "failed": list(dict.fromkeys(failed)), "result": {}})
        return out


def unknowable() -> dict[tuple[str, str], str]:
    """Pairs of kind and dataset that nothing at hand contradicts, with the reason."""
    with (HERE / "unknowable.csv").open(encoding="utf-8", newline="") as stream:
        return {(row["kind"], row["dataset"]): row["reason"] for row in csv.DictReader(stream)}


@dataclass
class _Target:
    """The good delivery of a dataset that is made wrong."""

    case: Case
    good: Assessment
    staged: set[Any] | None = None


@dataclass
class Bench:
    """A data folder with all good editions, and a share that holds one delivery at a time.

    Attributes:
        project: settings (data below `work`), catalogue, shares.
        good: data folder of a finished sample run; only read.
        work: folder of the bench.
    """

    project: Project
    good: Path
    work: Path
    sql: dict[str, str] = field(default_factory=dict)
    direct: bool = True

    @classmethod
    def make(cls, good: Path, work: Path, say: Callable[[str], None] = lambda text: None) -> Bench:
        """Set the bench up from a finished sample run.

        Args:
            good: its data folder.
            work: an empty folder.
            say: told what is going on.
        """
        data = work / "data"
        data.mkdir(parents=True, exist_ok=True)
        project = Project.load(Settings.load(data=data))
        root = work / "share"
        root.mkdir(exist_ok=True)
        shares = project.shares.model_copy(update={"root": str(root)})
        project = Project(project.settings, project.catalogue, shares)
        bench = cls(project, good, work)
        for name in ("raw", "checks"):
            shutil.copytree(good / name, data / name, dirs_exist_ok=True)
        there = replace(project.settings, data=good).secret_file
        if there.is_file():
            # Identifiers of people are hashed with it; earlier editions are compared under the same one.
            project.settings.secret_file.parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(there, project.settings.secret_file)
        say("compiling the staging models")
        bench._compile()
        return bench

    def _compile(self) -> None:
        settings = self.project.settings
        target, folder = self.work / "target", self.work / "build"
        folder.mkdir(exist_ok=True)
        edition = self.project.catalogue.district.current_edition
        build = build_of(self.project, "full", edition)
        prepare_dbt(self.project, build)
        # dbt opens a warehouse to compile: an empty one here, not that of the finished run.
        environment = {**os.environ, **dbt_environment(settings, build), "SPI_BUILD_DIR": folder.as_posix()}
        command = [*dbt_command(), "compile", "--select", "staging", "--target-path", str(target)]
        command += ["--log-path", str(self.work / "logs"), *dbt_arguments(self.project, build)]
        done = subprocess.run(
            command, cwd=settings.root, env=environment, capture_output=True, encoding="utf-8", check=False
        )
        if done.returncode != 0:
            raise RuntimeError(
                f"dbt compile ended with {done.returncode}: {done.stdout[-1500:]}{done.stderr[-500:]}"
            )
        good = self._accepted("x").parent.parent.as_posix()
        for path in (target / "compiled").rglob("stg_*.sql"):
            text = path.read_text(encoding="utf-8").replace(folder.as_posix(), good)
            self.sql[path.stem.removeprefix("stg_")] = text

    # --- targets ------------------------------------------------------------------------------------

    def _delivered(self, dataset: Dataset) -> list[Assessment]:
        found = []
        for edition in self.project.all_editions():
            one = latest(self.project.settings, self.project.shares.id, dataset.id, edition)
            if one is not None and one.good:
                found.append(one)
        return found

    def _good_files(self, assessment: Assessment) -> dict[str, bytes]:
        settings = replace(self.project.settings, data=self.good)
        receipt = landing.last_receipt(settings, assessment.shares, assessment.dataset, assessment.edition)
        assert receipt is not None
        return {name: path.read_bytes() for name, path in landing.landed(settings, receipt).files}

    def _renamed(
        self, dataset: Dataset, layout: Layout, files: dict[str, bytes], old: int, new: int
    ) -> dict[str, str]:
        """Names of the files of one edition under those expected in another."""
        from spi_orchestration.catalogue import fill_template

        out = {}
        for name in files:
            moved = name.replace(str(old), str(new))
            if not any(_pattern(fill_template(p, new)).fullmatch(moved) for p in layout.files):
                raise AssertionError(f"{dataset.id}: {moved} would not be found in edition {new}")
            out[name] = moved
        return out

    def target(self, name: str) -> _Target:
        """The delivery of a dataset that is made wrong: its last, or the only one of a set, sent again."""
        dataset = self.project.catalogue[name]
        known = self._delivered(dataset)
        last = known[-1]
        files = self._good_files(last)
        edition, layout = last.edition, dataset.layout(last.edition, last.layout)
        before: dict[str, bytes] = {}
        before_layout = None
        if len(known) > 1:
            before = self._good_files(known[-2])
            before_layout = dataset.layout(known[-2].edition, known[-2].layout)
        names = {one: one for one in files}
        if len(known) == 1:
            edition = self.project.catalogue.district.current_edition
            layout = dataset.layout(edition)
            names = self._renamed(dataset, layout, files, last.edition, edition)
            before, before_layout = dict(files), layout
        raw_path = self.project.settings.data / (last.raw or "")
        with connect() as connection:
            relation = connection.sql(f"select * from read_parquet({literal(raw_path.as_posix())})")
            columns = relation.columns
            raw = [dict(zip(columns, row, strict=True)) for row in relation.fetchall()]
        for row in raw:
            label, bar, member = row["_file"].partition("!/")
            row["_file"] = names[label] + bar + member
        case = Case(
            dataset=dataset,
            layout=layout,
            edition=edition,
            catalogue=self.project.catalogue,
            files={names[one]: content for one, content in files.items()},
            before=before,
            before_layout=before_layout,
            raw=raw,
            wards=wards_of(self.project.settings, self.project.catalogue.district, edition).names,
            other=self._other(dataset, layout),
        )
        return _Target(case, last)

    def _other(self, dataset: Dataset, layout: Layout) -> bytes:
        """A file of another dataset in the same family."""
        for other in self.project.catalogue.datasets.values():
            if other.id == dataset.id or other.contract.theme == dataset.contract.theme:
                continue
            known = self._delivered(other)
            if known and other.layout(known[-1].edition, known[-1].layout).format == layout.format:
                return next(iter(self._good_files(known[-1]).values()))
        return b"PK\x03\x04"

    # --- one try ------------------------------------------------------------------------------------

    def deliver(self, case: Case, files: dict[str, bytes]) -> Assessment:
        """Put files on the share and run the raw step for them."""
        project = self.project
        root = self.work / "share"
        shutil.rmtree(root, ignore_errors=True)
        shutil.rmtree(project.settings.landing / case.dataset.id, ignore_errors=True)
        root.mkdir()
        folder = root / project.shares.folders[case.dataset.contract.supplier]
        for name, content in files.items():
            path = folder / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(content)
        share = open_share(project.settings, project.catalogue, project.shares)
        kept = judge._SHARED
        if self.direct:
            judge._SHARED = _Direct()  # type: ignore[assignment]
        try:
            return take_in(project, share, case.dataset.id, [case.edition], case.edition)[0]
        finally:
            judge._SHARED = kept

    def _table(self, connection: Any, case: Case, assessment: Assessment, name: str) -> None:
        line = Accepted(
            dataset=case.dataset.id,
            edition=case.edition,
            delivery=assessment.delivery or "",
            layout=assessment.layout or "",
            how="delivered",
            carried_from=None,
            raw=assessment.raw or "",
            raw_sha256="",
            received_at="",
            synthetic=True,
            rows=0,
            findings=0,
            repaired=0,
        )
        new = _rows(self.project.settings, self.project.catalogue, case.dataset, line)
        accepted = self._accepted(case.dataset.id)
        columns = [*case.dataset.columns, "_file", "_sheet", "_row", *ACCEPTED_COLUMNS]
        listed = ", ".join(quoted(column) for column in columns)
        connection.execute(
            f"create or replace table {name} as select {listed} from read_parquet({literal(accepted.as_posix())}) "
            f"where _edition <> {case.edition} union all by name select {listed} from ({new})"
        )

    def _accepted(self, dataset: str) -> Path:
        district = self.project.catalogue.district
        folder = self.good / "warehouse" / district.code / "full" / str(district.current_edition)
        return folder / "accepted" / f"{dataset}.parquet"

    def _staged(self, case: Case, assessment: Assessment) -> set[Any]:
        """The observations of the staging model, without the positions they came from."""
        from collections import Counter

        text = self.sql[case.dataset.id]
        own = re.compile(r"read_parquet\('[^']*/accepted/" + re.escape(case.dataset.id) + r"\.parquet'\)")
        text = own.sub("memory.main.under_test", text)
        warehouse = self.work / "warehouse.duckdb"
        if not warehouse.is_file():
            # A copy of its own: whoever works with the run meanwhile is not in the way.
            shutil.copy2(self._accepted("x").parent.parent / "warehouse.duckdb", warehouse)
        with closing(connect()) as connection:
            if spatial_extension():
                connection.execute(f"load {literal(spatial_extension())}")
            self._table(connection, case, assessment, "under_test")
            connection.execute(f"attach {literal(warehouse.as_posix())} as warehouse (read_only)")
            relation = connection.sql(text)
            keep = [c for c in relation.columns if c not in {"_file", "_sheet", "_row", "_delivery"}]
            lad = case.dataset.contract.geography.district
            if lad in keep:
                # Areas of other districts stand in national files; nothing that is published rests on them.
                codes = ", ".join(map(literal, self.project.catalogue.district.codes))
                relation = relation.filter(f"{quoted(lad)} in ({codes}) or {quoted(lad)} is null")
            rows = connection.sql(f"select {', '.join(map(quoted, keep))} from relation").fetchall()
        return set(Counter(tuple(str(cell) for cell in row) for row in rows).items())

    def _same_rows(self, target: _Target, assessment: Assessment) -> bool:
        columns = ", ".join(quoted(name) for name in target.case.dataset.columns)
        data = self.project.settings.data
        with closing(connect()) as connection:
            old = (
                f"select {columns} from read_parquet({literal((data / (target.good.raw or '')).as_posix())})"
            )
            new = f"select {columns} from read_parquet({literal((data / (assessment.raw or '')).as_posix())})"
            row = connection.execute(
                f"select (select count(*) from ({old} except all {new})) + (select count(*) from ({new} except all {old}))"
            ).fetchone()
        return row is not None and row[0] == 0

    def try_fault(self, target: _Target, kind: str, why: str = "") -> Result | None:
        """What the gate makes of one fault; None where the kind has no meaning for the dataset."""
        case = target.case
        files = corrupt(KINDS[kind], case)
        if files is None:
            return None
        result = Result(kind, case.dataset.id, case.edition, "", why=why)
        assessment = self.deliver(case, files)
        stops = tuple(dict.fromkeys(finding.check for finding in assessment.stops))
        recorded = tuple(dict.fromkeys(f.check for f in assessment.findings if f.grade == "record"))
        if assessment.delivery is None and assessment.checks.get("delivered") == "carried forward":
            return replace(result, outcome="harmless", checks=("carried forward",))
        if stops:
            return replace(result, outcome="stopped", checks=stops)
        same = self._same_rows(target, assessment)
        detail = ""
        if not same:
            if target.staged is None:
                target.staged = self._staged(case, self.deliver(case, case.files))
                assessment = self.deliver(case, files)
            staged = self._staged(case, assessment)
            changed = len(staged ^ target.staged)
            same = changed == 0
            detail = f"{changed} staged rows changed"
        if not same:
            refused = self.dependants(case)
            if refused:
                return replace(result, outcome="stopped", checks=refused)
            return replace(result, outcome="escaped", checks=recorded, detail=detail)
        return replace(result, outcome="recorded" if recorded else "harmless", checks=recorded)

    def dependants(self, case: Case) -> tuple[str, ...]:
        """Checks that stop good deliveries of the datasets whose rules refer to this one, as dataset:check."""
        out: list[str] = []
        for dataset in self.project.datasets("full"):
            if case.dataset.id not in references_of(dataset) or not self._delivered(dataset):
                continue
            other = self.target(dataset.id)
            stops = self.deliver(other.case, other.case.files).stops
            out += [f"{dataset.id}:{finding.check}" for finding in stops]
            self.restore(other)
        return tuple(dict.fromkeys(out))

    def restore(self, target: _Target) -> None:
        """Leave the good assessment behind again, for datasets that refer to this one."""
        case = target.case
        name = f"{self.project.shares.id}-{case.edition}.json"
        path = Path("checks") / case.dataset.id / name
        if (self.good / path).is_file():
            shutil.copy2(self.good / path, self.project.settings.data / path)
        else:
            (self.project.settings.data / path).unlink(missing_ok=True)
        shutil.rmtree(self.project.settings.landing / case.dataset.id, ignore_errors=True)


def plan(
    bench: Bench,
    kinds: Iterable[str] = (),
    datasets: Iterable[str] = (),
    sample: int | None = None,
    seed: int = 1,
) -> list[tuple[str, str]]:
    """Pairs of dataset and kind to try, by dataset.

    Args:
        bench: the bench.
        kinds: only these, where given.
        datasets: only these, where given.
        sample: draw so many pairs; whether a kind has meaning shows when it is tried, so more are drawn
            than are counted.
        seed: of the draw.
    """
    names = [d.id for d in bench.project.datasets("full") if bench._delivered(d)]
    wanted = set(datasets)
    pairs = [
        (d, k)
        for d in names
        for k in KINDS
        if (not wanted or d in wanted) and (not set(kinds) or k in set(kinds))
    ]
    if sample is not None and sample < len(pairs):
        chosen = set(random.Random(seed).sample(pairs, sample))
        pairs = [pair for pair in pairs if pair in chosen]
    return pairs


def run(
    bench: Bench, pairs: Sequence[tuple[str, str]], say: Callable[[str], None] = lambda text: None
) -> Iterator[Result]:
    """Try pairs of dataset and kind, dataset by dataset; kinds without meaning are left out."""
    known = unknowable()
    target: _Target | None = None
    start = time.monotonic()
    for number, (dataset, kind) in enumerate(pairs, start=1):
        if target is None or target.case.dataset.id != dataset:
            if target is not None:
                bench.restore(target)
            target = bench.target(dataset)
            say(f"{number:5,}/{len(pairs):,}  {time.monotonic() - start:6.0f} s  {dataset}")
        try:
            result = bench.try_fault(target, kind, known.get((kind, dataset), ""))
        except Exception as error:
            # One fault that cannot be made must not hide what becomes of the others.
            result = Result(
                kind, dataset, target.case.edition, "error", detail=f"{type(error).__name__}: {error}"[:200]
            )
            say(f"error: {kind} {dataset}: {result.detail}")
        if result is not None:
            if result.outcome == "escaped" and not result.why:
                say(f"escaped: {kind} {dataset} ({result.detail}) {' '.join(result.checks)}")
            yield result
    if target is not None:
        bench.restore(target)


def read_results(path: Path) -> list[Result]:
    """The tries of a `results.csv`."""
    with path.open(encoding="utf-8", newline="") as stream:
        return [
            Result(
                kind=row["kind"],
                dataset=row["dataset"],
                edition=int(row["edition"]),
                outcome=row["outcome"],
                checks=tuple(row["checks"].split()),
                why=row["unknowable"],
                detail=row["detail"],
            )
            for row in csv.DictReader(stream)
        ]


def report(results: Sequence[Result], folder: Path, seconds: float) -> Path:
    """Write `results.csv` and `report.md`: counts per kind and outcome, escapes one by one.

    Args:
        results: all of them.
        folder: receives the files.
        seconds: how long it took.
    """
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / "results.csv").open("w", encoding="utf-8", newline="") as stream:
        writer = csv.writer(stream, lineterminator="\n")
        writer.writerow(["kind", "dataset", "edition", "outcome", "checks", "unknowable", "detail"])
        for one in results:
            writer.writerow(
                [one.kind, one.dataset, one.edition, one.outcome, " ".join(one.checks), one.why, one.detail]
            )
    minutes = max(round(seconds / 60), 1)
    lines = [
        "# Faults and what became of them",
        "",
        f"{len(results):,} corrupted deliveries of {len({one.dataset for one in results})} datasets, tried by "
        f"`python -m tests.faults` in {minutes} minutes. What each outcome means is said in [gate.md](gate.md).",
        "",
        "| kind | " + " | ".join(OUTCOMES) + " | of the escaped, unknowable |",
        "|" + "---|" * (len(OUTCOMES) + 2),
    ]
    for kind in KINDS.values():
        mine = [one for one in results if one.kind == kind.id]
        if not mine:
            continue
        counts = [sum(one.outcome == outcome for one in mine) for outcome in OUTCOMES]
        blind = sum(one.outcome == "escaped" and bool(one.why) for one in mine)
        lines.append(f"| {kind.title} | " + " | ".join(map(str, counts)) + f" | {blind} |")
    totals = [sum(one.outcome == outcome for one in results) for outcome in OUTCOMES]
    blind = sum(one.outcome == "escaped" and bool(one.why) for one in results)
    lines.append("| all | " + " | ".join(map(str, totals)) + f" | {blind} |")
    escapes = [one for one in results if one.outcome == "escaped" and not one.why]
    lines += ["", f"Escapes among the knowable: {len(escapes)}", ""]
    lines += [f"- {one.kind}, {one.dataset}: {one.detail} {' '.join(one.checks)}" for one in escapes]
    known = [one for one in results if one.why and one.outcome == "escaped"]
    if known:
        lines += ["", "What nothing at hand contradicts:", ""]
        lines += ["| fault | datasets | why |", "|---|---|---|"]
        reasons: dict[tuple[str, str], list[str]] = {}
        for one in known:
            reasons.setdefault((one.kind, one.why), []).append(one.dataset)
        lines += [
            f"| {KINDS[kind].title} | {', '.join(sorted(names))} | {why} |"
            for (kind, why), names in sorted(reasons.items())
        ]
    checks: dict[str, int] = {}
    for one in results:
        for check in one.checks if one.outcome == "stopped" else ():
            checks[check.rpartition(":")[2]] = checks.get(check.rpartition(":")[2], 0) + 1
    if checks:
        lines += [
            "",
            "Deliveries that a check stopped, alone or with others:",
            "",
            "| check | deliveries |",
            "|---|---|",
        ]
        lines += [
            f"| `{check}` | {count:,} |"
            for check, count in sorted(checks.items(), key=lambda c: (-c[1], c[0]))
        ]
    path = folder / "report.md"
    path.write_text("\n".join(lines) + "\n", encoding="utf-8", newline="\n")
    return path
