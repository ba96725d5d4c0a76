"""Same input, same bytes: wherever, whenever and in whatever order it is computed.

Belongs here: two annual runs that must agree to the byte, and two builds of an input above a million rows
(below about a hundred thousand rows the database uses one thread, which hides such a fault). Does not
belong here: what the bytes mean.
"""

from __future__ import annotations

import csv
import hashlib
import re
import shutil
from pathlib import Path

import duckdb
import pytest

from tests.helpers.annual import ROOT, Ended, spi

ROWS = 1_100_000
EDITION = "2025"


def _published(data: Path) -> dict[str, str]:
    """Path below the releases -> hash, of all that is published but the record of the run itself."""
    root = data / "releases"
    return {
        path.relative_to(root).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in sorted(root.rglob("*"))
        if path.suffix in {".parquet", ".csv"} or path.name == "manifest.json"
    }


def test_two_runs_in_other_folders_time_zones_and_hash_seeds(sample_run: Ended, tmp_path: Path):
    other = spi(tmp_path / "another folder" / "data", "run", TZ="Pacific/Auckland", PYTHONHASHSEED="4711")
    assert other.code == 0, other.said
    first, second = _published(sample_run.data), _published(other.data)
    assert len(first) > 25
    assert second == first


def _enlarge(shares: Path) -> int:
    """Add offences to a police delivery that comes as files by month, until it has over a million rows."""
    files = sorted((shares / "national" / "home_office" / "police_uk" / EDITION).rglob("*street*.csv"))
    assert files, f"the sample delivers the police feed of {EDITION} as files by month"
    total = 0
    for file in files:
        with file.open(encoding="utf-8-sig", newline="") as stream:
            header, *rows = list(csv.reader(stream))
        place = [header.index(name) for name in ("Longitude", "Latitude")]
        kind = header.index("Crime type")
        located = [row for row in rows if row[place[0]]]
        with file.open("w", encoding="utf-8", newline="") as stream:
            writer = csv.writer(stream, lineterminator="\n")
            writer.writerow(header)
            writer.writerows(rows)
            for number in range(ROWS // len(files)):
                row = list(located[(number * 7919) % len(located)])
                # Points all over the ward: many places, so that the work is spread over threads.
                row[place[0]] = f"{float(row[place[0]]) + (number % 97 - 48) * 1e-6:.6f}"
                row[place[1]] = f"{float(row[place[1]]) + (number % 89 - 44) * 1e-6:.6f}"
                row[kind] = ("Burglary", "Anti-social behaviour", "Violence and sexual offences")[number % 3]
                writer.writerow(row)
                total += 1
    return total


def _project_without_row_window(target: Path) -> Path:
    """A copy of the project whose police contract accepts any number of rows, and any change of it."""
    keep = ("config", "decisions", "dbt_project")
    for name in keep:
        shutil.copytree(
            ROOT / name, target / name, ignore=shutil.ignore_patterns("target", "logs", "generated")
        )
    text = (ROOT / "sources.yml").read_text(encoding="utf-8")
    start = text.index("- name: police_uk_street")
    window = re.compile(r"rows: \[\d+, \d+\]")
    changed = text[:start] + window.sub("rows: [1, 9000000]", text[start:], count=1)
    assert changed != text
    own = re.compile(r"(- \{limits: \[one_of_areas\], value: )[\d.]+")
    changed = changed[:start] + own.sub(r"\g<1>999", changed[start:], count=1)
    (target / "sources.yml").write_text(changed, encoding="utf-8", newline="\n")
    limits = target / "config" / "limits.yml"
    wide = re.sub(r"(first|floor): [\d.]+", r"\1: 999", limits.read_text(encoding="utf-8"))
    limits.write_text(wide, encoding="utf-8", newline="\n")
    return target


@pytest.mark.slow
def test_two_builds_above_a_million_rows(sample_run: Ended, tmp_path: Path):
    made = []
    home = _project_without_row_window(tmp_path / "project")
    for name, zone in (("one", "UTC"), ("two", "America/St_Johns")):
        data = tmp_path / name
        shutil.copytree(sample_run.data / "sample", data / "sample")
        assert _enlarge(data / "sample" / "shares") >= 1_000_000
        ended = spi(data, "run", "--draft", TZ=zone, SPI_HOME=str(home))
        assert ended.code == 0, ended.said
        drafts = [path.parent for path in (data / "drafts").rglob("manifest.json")]
        assert drafts, ended.said
        with duckdb.connect() as connection:
            raw = (data / "raw" / "police_uk_street" / f"edition={EDITION}" / "*.parquet").as_posix()
            assert connection.execute(f"select count(*) from '{raw}'").fetchone()[0] > 1_000_000
        files = sorted(path for path in drafts[0].rglob("*") if path.suffix in {".parquet", ".csv"})
        made.append({path.name: hashlib.sha256(path.read_bytes()).hexdigest() for path in files})
        shutil.rmtree(data)
    assert len(made[0]) > 25
    assert made[0] == made[1]
