"""One sample, written once for all tests of this room.

Belongs here: the written sample and its truth. Does not belong here: reading single files (`plain.py`).
"""

from __future__ import annotations

import csv
import time
from dataclasses import dataclass
from pathlib import Path

import pytest

from spi_orchestration.sample.deliveries import SampleResult, draw_sample, write_sample
from spi_orchestration.settings import Settings


@dataclass(frozen=True)
class Written:
    settings: Settings
    result: SampleResult
    truth: list[dict[str, str]]
    #: Processor seconds, which other work on the machine does not change.
    work: float

    @property
    def shares(self) -> Path:
        return self.settings.sample / "shares"

    def council(self, name: str) -> Path:
        return self.shares / "council" / name

    def county(self, name: str) -> Path:
        return self.shares / "county" / name

    def national(self, name: str) -> Path:
        return self.shares / "national" / name

    def rows(self, dataset: str) -> list[dict[str, str]]:
        return [row for row in self.truth if row["dataset"] == dataset]


@pytest.fixture(scope="session")
def written(tmp_path_factory: pytest.TempPathFactory) -> Written:
    settings = Settings.load(data=tmp_path_factory.mktemp("sample") / "data")
    begun = time.process_time()
    result = write_sample(settings)
    work = time.process_time() - begun
    with result.truth[0].open(encoding="utf-8", newline="") as file:
        return Written(settings, result, list(csv.DictReader(file)), work)


@pytest.fixture(scope="session")
def sample(written: Written):
    return draw_sample(written.settings)
