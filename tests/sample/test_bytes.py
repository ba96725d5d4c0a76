"""The same seed gives the same bytes, wherever and however it is run, and one dataset never moves another."""

from __future__ import annotations

import hashlib
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from spi_orchestration.catalogue import CatalogueError
from spi_orchestration.sample import deliveries
from spi_orchestration.sample.datasets import ALL
from spi_orchestration.sample.deliveries import MARK_FILE, write_sample
from spi_orchestration.sample.truth import draw_truth
from spi_orchestration.settings import Settings
from tests.helpers.paths import assert_windows_safe
from tests.helpers.project import ROOT

WRITE = "from spi_orchestration.settings import Settings; \
from spi_orchestration.sample.deliveries import write_sample; import sys; write_sample(Settings.load(data=sys.argv[1]))"


def digests(folder: Path) -> dict[str, str]:
    return {
        path.relative_to(folder).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }


def test_another_process_time_zone_and_hash_seed_give_the_same_bytes(written, tmp_path):
    environment = os.environ | {
        "PYTHONHASHSEED": "4711",
        "TZ": "Pacific/Kiritimati",
        "LC_ALL": "C",
        "SPI_HOME": str(ROOT),
        "PYTHONPATH": str(ROOT),
    }
    done = subprocess.run(
        [sys.executable, "-c", WRITE, str(tmp_path / "elsewhere")],
        env=environment,
        cwd=tmp_path,
        capture_output=True,
        text=True,
        encoding="utf-8",
        check=False,
    )
    assert done.returncode == 0, done.stderr
    there, here = digests(tmp_path / "elsewhere" / "sample"), digests(written.settings.sample)
    assert there.keys() == here.keys()
    assert [name for name in here if here[name] != there[name]] == []
    assert len(here) == len(written.result.files) + len(written.result.truth) + 1


def test_a_part_of_the_sample_is_the_same_as_in_the_whole(written, tmp_path):
    settings = Settings.load(data=tmp_path / "data")
    part = {"scc_eyfsp", "scc_children_social_care", "ldc_fly_tipping", "dwp_cilif"}
    write_sample(settings, [2024, 2025], datasets=part)
    few, all_files = digests(settings.sample / "shares"), digests(written.shares)
    assert len(few) == 9
    assert all(all_files[name] == digest for name, digest in few.items())


def test_another_seed_gives_another_sample(written, tmp_path):
    settings = Settings.load(data=tmp_path / "data")
    write_sample(settings, [2024], seed=7, datasets={"scc_eyfsp"})
    name = "county/education/SCC_EYFSP_202324.csv"
    assert (settings.sample / "shares" / name).read_bytes() != (written.shares / name).read_bytes()


def test_a_new_dataset_leaves_the_truth_of_the_others_alone(sample):
    alone = draw_truth(sample.wards, sample.people, {"scc_ks2": ALL["scc_ks2"].series}, sample.seed)
    for key, outcome in alone.outcomes.items():
        np.testing.assert_array_equal(outcome.count, sample.truth.outcomes[key].count)


def test_paths_are_safe_on_windows(written):
    assert_windows_safe(written.settings.sample, "data/sample")


def test_an_edition_the_sample_does_not_have_is_refused(tmp_path):
    with pytest.raises(CatalogueError, match="2022 to 2026; it cannot make 2031"):
        write_sample(Settings.load(data=tmp_path / "data"), [2026, 2031])


def test_a_tree_that_is_not_a_sample_is_left_alone(tmp_path):
    settings = Settings.load(data=tmp_path / "data")
    other = settings.sample / "shares" / "council" / "mine.csv"
    other.parent.mkdir(parents=True)
    other.write_text("a,b\n", encoding="utf-8")
    with pytest.raises(CatalogueError, match=MARK_FILE):
        write_sample(settings, [2026], datasets={"scc_eyfsp"})
    assert other.read_text(encoding="utf-8") == "a,b\n"


def test_a_killed_run_leaves_the_old_sample_and_the_next_run_finishes(tmp_path, monkeypatch):
    settings = Settings.load(data=tmp_path / "data")
    shares = settings.sample / "shares"
    write_sample(settings, [2025], datasets={"scc_eyfsp"})
    before = digests(settings.sample)

    def killed(*_):
        raise KeyboardInterrupt

    monkeypatch.setattr(deliveries, "write_truth", killed)
    with pytest.raises(KeyboardInterrupt):
        write_sample(settings, [2026], datasets={"scc_eyfsp"})
    assert {name: d for name, d in digests(settings.sample).items() if ".new/" not in name} == before
    monkeypatch.undo()
    write_sample(settings, [2026], datasets={"scc_eyfsp"})
    assert [path.name for path in shares.rglob("*.csv")] == ["SCC_EYFSP_202526.csv"]
    assert "SYNTHETIC" in (shares / MARK_FILE).read_text(encoding="utf-8")
    assert sorted(path.name for path in settings.sample.iterdir()) == ["shares", "truth"]
