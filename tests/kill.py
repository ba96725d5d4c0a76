"""Kill a run at random moments, run it again, and compare: `python -m tests.kill --moments 50`.

Belongs here: the moments, the killing, and what must hold: the public release is whole at every moment, and
the run that follows gives the same bytes as one that nobody disturbed. Five seeded moments are a test
(`decide/test_kill.py`).
"""

from __future__ import annotations

import argparse
import hashlib
import json
import os
import random
import signal
import subprocess
import sys
import tempfile
import threading
import time
from dataclasses import dataclass, field
from pathlib import Path

from spi_orchestration.release.files import ReleaseError
from spi_orchestration.release.publish import current_release, list_releases, verify_release
from spi_orchestration.settings import Settings
from tests.helpers.indexed import copied, make_indexed
from tests.helpers.project import ROOT
from tests.helpers.small import PUPILS_HEADER, Small, pupils_rows, write_csv

__all__ = ["STAGES", "Moment", "Trial", "moments", "try_moments"]

_CHILD = """
import datetime as dt
import sys
from pathlib import Path
from spi_orchestration.assets.annual import run_annual
from spi_orchestration.release.publish import publish
from spi_orchestration.settings import Settings
root = Path(sys.argv[1])
settings = Settings(root, root / "data", root / "config/shares/sample.yml")
say = lambda text: print(text, flush=True)
say("start")
result = run_annual(settings, "full", 2026, say=say)
if result.draft is None:
    sys.exit("no draft: " + "; ".join(result.errors))
publish(settings, result.draft, today=dt.date(2026, 12, 15), progress=lambda step: say("publish " + step))
"""

#: What a run says as it goes: beginning of the line -> stage that begins with it.
STAGES = {
    "start": "start",
    "run ": "raw",
    "gate ": "dbt",
    "dbt: ": "draft",
    "publish check": "check",
    "publish copy": "copy",
    "publish verify": "verify",
    "publish rename": "rename",
    "publish index": "index",
    "publish pointer": "pointer",
}
#: Stages of which each is hit at least once where there are moments enough.
CHIEF = ("dbt", "draft", "copy", "pointer", "raw")


@dataclass(frozen=True)
class Moment:
    """When a run is killed: some seconds after a stage has begun."""

    stage: str
    seconds: float


@dataclass
class Trial:
    """What came of one moment.

    Attributes:
        moment: the moment.
        killed: the run was still alive.
        broken: what was wrong with the public release, as seen from outside while it ran and after.
        looks: how often the release was looked at.
        differing: files that differ from those of the undisturbed run.
    """

    moment: Moment
    killed: bool = False
    broken: list[str] = field(default_factory=list)
    looks: int = 0
    differing: list[str] = field(default_factory=list)

    @property
    def good(self) -> bool:
        """Whether nothing was wrong."""
        return not self.broken and not self.differing and self.looks > 0


def _stage(line: str) -> str | None:
    return next((stage for start, stage in STAGES.items() if line.startswith(start)), None)


def moments(count: int, seed: int, lengths: dict[str, float]) -> list[Moment]:
    """Seeded moments: the chief stages first, then half of them anywhere by length, half in any stage.

    Args:
        count: how many.
        seed: the same seed gives the same moments for the same lengths.
        lengths: stage -> seconds it took undisturbed.
    """
    draw = random.Random(seed)
    stages = sorted(lengths)
    found = []
    for number in range(count):
        if number < len(CHIEF):
            stage = CHIEF[number]
        elif number % 2:
            stage = draw.choices(stages, [lengths[name] for name in stages])[0]
        else:
            stage = draw.choice(stages)
        # A stage may be shorter than it was when it was timed; the chief ones are to be hit all the same.
        latest = lengths.get(stage, 0.1) * (0.4 if number < len(CHIEF) else 1)
        found.append(Moment(stage, draw.uniform(0, latest)))
    return found


class _Watch:
    """Looks at the public release again and again, as a reader of it would."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, daemon=True)
        self.broken: list[str] = []
        self.looks = 0

    def look(self) -> None:
        self.looks += 1
        try:
            release = current_release(self._settings, "full")
            if release is None:
                self.broken.append("no release is current")
                return
            verify_release(release.folder)
            for other in list_releases(self._settings):
                verify_release(other.folder)
            index = json.loads((self._settings.releases / "index.json").read_text(encoding="utf-8"))
            listed = {item["id"] for item in index["releases"]}
            absent = {name for name in listed if not (self._settings.releases / name).is_dir()}
            if absent:
                self.broken.append(f"the index lists {sorted(absent)}, which are not there")
        except (ReleaseError, OSError, ValueError) as error:
            self.broken.append(str(error))

    def _run(self) -> None:
        while not self._stop.wait(0.1):
            self.look()

    def __enter__(self) -> _Watch:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stop.set()
        self._thread.join()
        self.look()


def _start(small: Small) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-c", _CHILD, str(small.settings.root)],
        cwd=ROOT,
        env=os.environ | {"PYTHONPATH": str(ROOT), "PYTHONUTF8": "1"},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        encoding="utf-8",
    )


def _whole(small: Small) -> dict[str, float]:
    """Run to the end; stage -> seconds."""
    process = _start(small)
    assert process.stdout is not None
    began: list[tuple[str, float]] = []
    said = []
    for line in process.stdout:
        said.append(line)
        stage = _stage(line)
        if stage and stage not in dict(began):
            began.append((stage, time.perf_counter()))
    code = process.wait()
    process.stdout.close()
    if code != 0:
        raise RuntimeError(f"the run ended with {code}:\n{''.join(said)[-3000:]}")
    began.append(("end", time.perf_counter()))
    return {stage: began[n + 1][1] - at for n, (stage, at) in enumerate(began[:-1])}


def _killed(small: Small, moment: Moment) -> bool:
    """Run and kill at a moment; whether it was still alive."""
    process = _start(small)
    assert process.stdout is not None
    for line in process.stdout:
        if _stage(line) == moment.stage:
            time.sleep(moment.seconds)
            break
    alive = process.poll() is None
    process.send_signal(getattr(signal, "SIGKILL", signal.SIGTERM))
    process.wait()
    process.stdout.close()
    return alive


def _digests(small: Small) -> dict[str, str]:
    """What a run gives: accepted tables, draft and releases; without what tells of the run itself."""
    found = {}
    data = small.settings.data
    for folder in (small.settings.drafts, small.settings.releases, small.settings.warehouse):
        for path in sorted(folder.rglob("*")):
            if (
                not path.is_file()
                or path.name in {"run.json", ".lock"}
                or path.suffix in {".lock", ".duckdb"}
            ):
                continue
            content = path.read_bytes()
            if path.name == "release.json":
                record = json.loads(content)
                # The run record holds times, so its hash differs from run to run.
                record.pop("run_sha256")
                content = json.dumps(record, sort_keys=True).encode()
            found[path.relative_to(data).as_posix()] = hashlib.sha256(content).hexdigest()
    return found


def _base(root: Path) -> Small:
    """An installation with a published release, and a new delivery that the next run takes in."""
    small = make_indexed(root)
    _whole(small)
    rows = pupils_rows(2026)
    rows[0][4] = "45"
    write_csv(small.pupils(), [PUPILS_HEADER, *rows])
    return small


def try_moments(count: int, seed: int, folder: Path, say=print) -> list[Trial]:
    """Kill a run at some moments, each in a copy of its own, and run each again to the end.

    Args:
        count: how many moments.
        seed: of the moments.
        folder: where the copies stand; each is removed once it is compared.
        say: told of each moment.
    """
    import shutil

    base = _base(folder / "base")
    calm = copied(base, folder / "calm")
    lengths = _whole(calm)
    expected = _digests(calm)
    trials = []
    for number, moment in enumerate(moments(count, seed, lengths), start=1):
        small = copied(base, folder / f"m{number}")
        trial = Trial(moment)
        with _Watch(small.settings) as watch:
            trial.killed = _killed(small, moment)
            watch.look()
            _whole(small)
        trial.broken, trial.looks = watch.broken, watch.looks
        after = _digests(small)
        trial.differing = sorted(
            name for name in expected.keys() | after.keys() if expected.get(name) != after.get(name)
        )
        trials.append(trial)
        word = "ok" if trial.good else f"BROKEN {trial.broken[:2]} {trial.differing[:3]}"
        killed = "killed" if trial.killed else "had ended"
        say(f"{number}: {moment.stage} + {moment.seconds:.3f} s, {killed}, {trial.looks} looks: {word}")
        shutil.rmtree(small.settings.root, ignore_errors=True)
    return trials


def main() -> int:
    """The command."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--moments", type=int, default=50)
    parser.add_argument("--seed", type=int, default=2026)
    chosen = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="spi-kill-") as folder:
        trials = try_moments(chosen.moments, chosen.seed, Path(folder), lambda text: print(text, flush=True))
    bad = [trial for trial in trials if not trial.good]
    hit = sorted({trial.moment.stage for trial in trials if trial.killed})
    print(f"{len(trials)} moments, {len(bad)} broken; killed alive in: {', '.join(hit)}")
    return 1 if bad else 0


if __name__ == "__main__":
    sys.exit(main())
