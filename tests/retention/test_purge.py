"""All deliveries of 2022 to 2024 that are derived from people are purged; no public byte changes.

The sample run is copied, its deliveries purged, the secret lost as well, and the edition run once more. The build
holds the whole series, so its public tables hold every earlier edition; all of them and the manifest are
compared.
"""

from __future__ import annotations

import hashlib
import json
import shutil
from pathlib import Path

import duckdb
import pytest

from spi_orchestration.catalogue import load_catalogue
from spi_orchestration.intake.removed import Purged, purged_of
from spi_orchestration.settings import Settings
from tests.helpers.annual import Ended, spi

EARLIER = (2022, 2023, 2024)
ORDER = ("--by", "Information Governance Manager", "--reason", "Annual purge under the agreements")


def _public(data: Path) -> dict[str, str]:
    (draft,) = (path.parent for path in (data / "drafts").rglob("manifest.json"))
    return {
        path.relative_to(draft).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in sorted(draft.rglob("*"))
        if path.is_file() and path.name != "run.json"
    }


def _about_people() -> list[str]:
    return [
        dataset.id
        for dataset in load_catalogue(Settings.load()).datasets.values()
        if dataset.contract.sensitivity in {"personal", "official_sensitive"}
        and dataset.contract.role == "outcome"
    ]


def _deliveries(data: Path, datasets: list[str], editions: tuple[int, ...]) -> list[Path]:
    return sorted(
        path.parent
        for dataset in datasets
        for edition in editions
        for path in (data / "landing" / dataset / str(edition)).glob("*/receipt.json")
    )


def _rows(build: Path, sql: str) -> list[tuple[object, ...]]:
    with duckdb.connect() as connection:
        connection.execute(f"attach '{(build / 'warehouse.duckdb').as_posix()}' as w (read_only)")
        return connection.execute(sql).fetchall()


#: Homes, postcodes and points that observations of a dataset and years name.
PLACES = """
    select distinct observation.dataset, observation.edition, observation.place
    from w.geography.geo_observation as observation
    where observation.dataset in ({names}) and observation.edition in ({years})
        and observation.place not like 'E05%' and observation.place not like 'cell:%'
        and observation.method in
            ('postcode_lookup', 'survey_weighted_postcode', 'uprn_lookup', 'points_in_ward')
"""


@pytest.mark.slow
def test_purged_editions_keep_every_public_byte(sample_run: Ended, tmp_path: Path):
    data = tmp_path / "data"
    shutil.copytree(sample_run.data, data)
    before, datasets = _public(data), _about_people()
    assert len(before) > 25
    deliveries = _deliveries(data, datasets, EARLIER)
    assert len(deliveries) > 90
    (build,) = (path.parent for path in (data / "warehouse").rglob("warehouse.duckdb"))
    places = PLACES.format(
        names=", ".join(f"'{name}'" for name in datasets), years=", ".join(map(str, EARLIER))
    )
    named = _rows(build, places)
    assert len(named) > 10_000

    chosen = [word for name in datasets for word in ("--dataset", name)]
    chosen += [word for year in EARLIER for word in ("--edition", str(year))]
    ended = spi(data, "delivery", "purge", *chosen, "--early", *ORDER)
    assert ended.code == 0, ended.said
    assert f"{len(deliveries)} deliveries purged, 0 not." in ended.out

    # What was told is what was done: files gone, receipt and hashes kept, record beside them.
    names = []
    for folder in deliveries:
        assert {path.name for path in folder.iterdir()} == {"receipt.json", "purged.json"}
        record = purged_of(folder)
        assert isinstance(record, Purged)
        assert record.kept is not None
        kept = data / record.kept
        assert hashlib.sha256(kept.read_bytes()).hexdigest() == record.kept_sha256
        receipt = json.loads((folder / "receipt.json").read_text(encoding="utf-8"))
        names += [(record.dataset, record.edition, file["name"]) for file in receipt["files"]]
        assert not (
            data / "raw" / record.dataset / f"edition={record.edition}" / f"{folder.name}.parquet"
        ).exists()
        for file in receipt["files"]:
            assert file["name"] in ended.out

    # No build names a home, a postcode or a point of theirs any more.
    assert _rows(build, places) == []
    left = {str(row[0]) for row in _rows(build, "select distinct place from w.geography.geo_place")}
    others = {str(row[0]) for row in _rows(build, "select distinct place from w.geography.geo_observation")}
    assert left <= others
    with duckdb.connect() as connection:
        for name in datasets:
            path = (build / "accepted" / f"{name}.parquet").as_posix()
            columns = [row[0] for row in connection.execute(f"describe select * from '{path}'").fetchall()]
            personal = {"postcode", "uprn", "easting", "northing", "geometry"} & set(columns)
            if personal:
                years = f"select count(*) from '{path}' where _edition in {EARLIER}"
                assert connection.execute(years).fetchone() == (0,), name

    # The first run followed no release, so the second follows none either.
    shutil.rmtree(data / "releases")
    # The secret is lost as well: identifiers get other hashes, and nothing published hangs on them.
    secret = data / "secret" / "identifiers.key"
    old = secret.read_bytes()
    secret.unlink()
    again = spi(data, "run")
    assert again.code == 0, again.said
    assert secret.read_bytes() != old
    assert _public(data) == before
    for folder in deliveries:
        assert {path.name for path in folder.iterdir()} == {"receipt.json", "purged.json"}

    # The run names every purged file, with day and clause.
    newest = max((data / "reports").glob("full-2026-*/report.json"), key=lambda path: path.stat().st_mtime)
    report = json.loads(newest.read_text(encoding="utf-8"))
    told = {(item["dataset"], item["edition"], file) for item in report["purged"] for file in item["files"]}
    assert told == set(names)
    assert all("landed file purged on 20" in item["words"] for item in report["purged"])
    page = newest.with_name("report.html").read_text(encoding="utf-8")
    assert "Landed files that were purged" in page
    # An edition that carries a purged delivery forward rests on it and is marked as well.
    marked = _rows(
        build,
        "select dataset, coalesce(carried_from, edition) from w.geography.cat_delivery "
        "where purged_on is not null",
    )
    assert {(str(a), int(str(b))) for a, b in marked} == {(name, year) for name, year, _ in names}
    shown = spi(data, "datasets", "show", "ldc_homelessness_hclic")
    assert shown.out.count("landed file purged on") == len(EARLIER)
