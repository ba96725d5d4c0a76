"""How long the annual run takes, by part, beside `dbt build` alone on the same project.

Belongs here: whole-process times of the command line on the sample, printed as figures and ratios of one
run on one machine. Does not belong here: a limit that fails a test.

Run it with `python benchmarks/annual.py [FOLDER]`; FOLDER (a new temporary one by default) receives the data.
"""

from __future__ import annotations

import json
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
HEAVY = ("pandas", "numpy", "duckdb", "dagster", "dbt", "great_expectations", "pydantic")


def spi(data: Path, *arguments: str) -> float:
    """Run the command line and return the seconds of the whole process."""
    environment = {**os.environ, "SPI_DATA": str(data), "SPI_HOME": str(ROOT), "PYTHONPATH": str(ROOT)}
    start = time.perf_counter()
    done = subprocess.run(
        [sys.executable, "-m", "spi_orchestration.cli", *arguments],
        cwd=ROOT,
        env=environment,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        encoding="utf-8",
        check=False,
    )
    if done.returncode != 0:
        sys.exit(f"spi {' '.join(arguments)} ended with {done.returncode}:\n{done.stderr[-2000:]}")
    return time.perf_counter() - start


def parts(data: Path) -> dict[str, float]:
    """Seconds by part, as the newest draft's run record has them."""
    newest = max((data / "drafts").rglob("run.json"), key=lambda path: path.stat().st_mtime_ns)
    return json.loads(newest.read_text(encoding="utf-8"))["run"]["seconds"]


def gate_overhead(seconds: dict[str, float], whole: float) -> list[tuple[str, float, float]]:
    """What checking costs: the contract and change checks in the raw steps, and the gate step.

    Args:
        seconds: by part, as the run tells them.
        whole: seconds of the run.

    Returns:
        Name, seconds, seconds of the whole run.
    """
    return [
        ("checks of deliveries", seconds.get("checks", 0.0), whole),
        ("checks and gate step", seconds.get("checks", 0.0) + seconds.get("gate", 0.0), whole),
    ]


def heavy_at_start() -> list[str]:
    """Heavy libraries that `spi --help` imports."""
    code = (
        "import sys; sys.argv=['spi','--help']\n"
        "try:\n from spi_orchestration.cli import main; main()\n"
        "except SystemExit: pass\n"
        f"print([n for n in {HEAVY!r} if n in sys.modules], file=sys.stderr)"
    )
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "SPI_HOME": str(ROOT)}
    done = subprocess.run(
        [sys.executable, "-c", code], env=environment, capture_output=True, encoding="utf-8", check=False
    )
    return json.loads(done.stderr.strip().splitlines()[-1].replace("'", '"'))


def main() -> None:
    """Print the figures."""
    folder = Path(sys.argv[1]) if len(sys.argv) > 1 else Path(tempfile.mkdtemp())
    data = folder / "data"
    shutil.rmtree(data, ignore_errors=True)
    helps = [spi(data, "--help") for _ in range(5)]
    print(
        f"spi --help             {statistics.median(helps):6.2f} s (median of 5), heavy imports: {heavy_at_start() or 'none'}"
    )
    print(f"spi sample             {spi(data, 'sample'):6.2f} s")
    first = spi(data, "run")
    cold = parts(data)
    print(f"spi run, new deliveries{first:6.2f} s")
    for part, seconds in cold.items():
        print(f"    {part:19s}{seconds:6.2f} s")
    # The run has no switch that leaves the checks out; what they and the gate took is told by the run itself.
    for name, seconds, whole in gate_overhead(cold, first):
        print(f"{name}: {seconds:.1f} s, {seconds / (whole - seconds):.1%} of the run without it")
    again = spi(data, "run")
    warm = parts(data)
    print(f"spi run, nothing new   {again:6.2f} s")
    for part, seconds in warm.items():
        print(f"    {part:19s}{seconds:6.2f} s")
    alone = min(spi(data, "dbt", "build") for _ in range(2))
    print(f"dbt build alone        {alone:6.2f} s")
    print(f"new deliveries over dbt build alone: {first / alone:.2f}; {first - alone:+.1f} s")
    print(f"nothing new over dbt build alone:    {again / alone:.2f}; {again - alone:+.1f} s")


if __name__ == "__main__":
    main()
