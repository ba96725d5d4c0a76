"""Great Expectations at work, in a process of its own.

Belongs here: starting, warming and asking the one process that imports Great Expectations, and the
small program it runs. Does not belong here: what is expected (`suite.py`), or what is observed
(`contract.py`).

The import takes 2 to 12 seconds of pure Python. In a thread it would hold back the run it is meant to
overlap with; in a process it uses the second core, and a run in which no delivery changed never starts it.
"""

from __future__ import annotations

import atexit
import contextlib
import json
import os
import subprocess
import sys
import threading
from collections.abc import Sequence
from pathlib import Path
from typing import IO, Any

__all__ = ["Judge", "JudgeError", "warm_up"]


class JudgeError(RuntimeError):
    """The process that runs Great Expectations cannot be used."""


class Judge:
    """The process that runs Great Expectations; started at first use."""

    def __init__(self) -> None:
        self._process: subprocess.Popen[str] | None = None
        self._lock = threading.Lock()

    @property
    def started(self) -> bool:
        """Whether the process runs, or did."""
        return self._process is not None

    def start(self) -> None:
        """Start the process and return at once; it imports Great Expectations meanwhile."""
        if self._process is not None and self._process.poll() is None:
            return
        self.close()
        package = str(Path(__file__).resolve().parents[2])
        paths = [package, *filter(None, [os.environ.get("PYTHONPATH")])]
        environment = os.environ | {
            "PYTHONPATH": os.pathsep.join(paths),
            "PYTHONIOENCODING": "utf-8",
            "GX_ANALYTICS_ENABLED": "false",
        }
        self._process = subprocess.Popen(
            [sys.executable, "-m", "spi_orchestration.checks.judge"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
            encoding="utf-8",
            env=environment,
        )
        atexit.register(self.close)

    def ask(self, suite: dict[str, Any], rows: Sequence[dict[str, int]]) -> list[dict[str, Any]]:
        """Validate rows of counts against a suite.

        Args:
            suite: a suite made by `suite_of`.
            rows: one row a delivery.

        Returns:
            For each row: `success`, `failed` (ids of failed checks) and `result` (the result as Great
            Expectations gives it).

        Raises:
            JudgeError: the process ended.
        """
        with self._lock:
            self.start()
            process = self._process
            if process is None or process.stdin is None or process.stdout is None:
                raise JudgeError("Great Expectations could not be started")
            try:
                process.stdin.write(json.dumps({"suite": suite, "rows": list(rows)}) + "\n")
                process.stdin.flush()
                line = process.stdout.readline()
            except OSError:
                line = ""
            if not line:
                raise JudgeError(
                    "Great Expectations ended unexpectedly. Run `spi doctor` to see whether it can be imported, and run again."
                )
            answer = json.loads(line)
            if "error" in answer:
                raise JudgeError(f"Great Expectations failed on the suite {suite['name']}: {answer['error']}")
            results: list[dict[str, Any]] = answer["results"]
            return results

    def close(self) -> None:
        """End the process at once; it keeps nothing that could be lost."""
        process, self._process = self._process, None
        if process is None:
            return
        process.kill()
        for stream in (process.stdin, process.stdout):
            if stream is not None:
                with contextlib.suppress(OSError):
                    stream.close()
        process.wait()


_SHARED = Judge()


def shared() -> Judge:
    """The judge of this process."""
    return _SHARED


def warm_up() -> None:
    """Start importing Great Expectations beside whatever comes next."""
    _SHARED.start()


def _validate(definition: Any, suite: dict[str, Any], rows: list[dict[str, int]]) -> list[dict[str, Any]]:
    import great_expectations as gx
    import pandas as pd
    from great_expectations.expectations.expectation_configuration import ExpectationConfiguration

    built = gx.ExpectationSuite(name=suite["name"], expectations=[])
    for item in suite["expectations"]:
        built.add_expectation_configuration(
            ExpectationConfiguration(
                type=item["type"], kwargs=item["kwargs"], meta=item["meta"], severity=item["severity"]
            )
        )

    def judge(some: list[dict[str, int]]) -> dict[str, Any]:
        frame = pd.DataFrame(some).astype("int64")
        batch = definition.get_batch(batch_parameters={"dataframe": frame})
        result = batch.validate(built, result_format=suite["result_format"]).to_json_dict()
        configured = [
            (one["expectation_config"]["meta"]["check"], one["success"]) for one in result["results"]
        ]
        failed = list(dict.fromkeys(check for check, success in configured if not success))
        return {"success": bool(result["success"]), "failed": failed, "result": result}

    together = judge(rows)
    # What holds for the smallest and the largest of all deliveries holds for each of them.
    return [together] * len(rows) if together["success"] or len(rows) == 1 else [judge([row]) for row in rows]


def _serve(requests: IO[str], answers: IO[str]) -> None:
    import logging

    import great_expectations as gx

    logging.getLogger("great_expectations").setLevel(logging.CRITICAL)
    context = gx.get_context(mode="ephemeral")
    variables: Any = context.variables
    variables.progress_bars = {"globally": False, "metric_calculations": False}
    source = context.data_sources.add_pandas("deliveries")
    definition = source.add_dataframe_asset("counts").add_batch_definition_whole_dataframe("one")
    answer: dict[str, Any]
    for line in requests:
        try:
            request = json.loads(line)
            answer = {"results": _validate(definition, request["suite"], request["rows"])}
        except Exception as error:
            # Whatever goes wrong is told to the run; this process has nobody else to tell.
            answer = {"error": f"{type(error).__name__}: {error}"}
        answers.write(json.dumps(answer, default=str) + "\n")
        answers.flush()


if __name__ == "__main__":
    # Libraries may print; the answers' channel is kept for answers.
    channel = os.fdopen(os.dup(sys.stdout.fileno()), "w", encoding="utf-8")
    sys.stdout = sys.stderr
    _serve(sys.stdin, channel)
