"""What the sample delivers is what the catalogue expects: by its own layouts and through its own readers."""

from __future__ import annotations

import pytest

from spi_orchestration.catalogue import fill_template, load_catalogue, load_shares
from spi_orchestration.readers import LandedFile, read_delivery
from spi_orchestration.sample.datasets import ALL
from spi_orchestration.settings import Settings

CATALOGUE = load_catalogue(Settings.load())
SHARES = load_shares(Settings.load(), CATALOGUE)


def delivered(written, dataset, edition):
    folder = written.shares / SHARES.folders[dataset.contract.supplier]
    layout = dataset.layout(edition)
    return folder, [
        sorted(path for path in folder.glob(fill_template(pattern, edition)) if path.is_file())
        for pattern in layout.files
    ]


def test_every_dataset_of_the_full_profile_is_delivered():
    assert {dataset.id for dataset in CATALOGUE.in_profile("full")} == set(ALL)


def test_every_measure_has_a_truth():
    for dataset in CATALOGUE.in_profile("full"):
        assert {series.measure for series in ALL[dataset.id].series} == set(dataset.contract.measures), (
            dataset.id
        )


def test_each_file_is_asked_for_by_one_dataset_and_edition(written):
    claims: dict[str, list[tuple[str, int]]] = {path.as_posix(): [] for path in written.result.files}
    for dataset in CATALOGUE.in_profile("full"):
        for edition in range(2022, 2027):
            if dataset.has_layout(edition):
                for path in {p for found in delivered(written, dataset, edition)[1] for p in found}:
                    claims[path.as_posix()].append((dataset.id, edition))
    assert {path: names for path, names in claims.items() if len(names) != 1} == {}


def test_only_fixed_sets_and_elections_skip_an_edition(written):
    for dataset in CATALOGUE.in_profile("full"):
        if dataset.contract.refresh.cycle == "annual":
            assert ALL[dataset.id].editions == (2022, 2023, 2024, 2025, 2026), dataset.id
        assert ALL[dataset.id].editions[0] == 2022, dataset.id


@pytest.mark.parametrize("dataset_id", sorted(ALL))
def test_the_readers_take_it_in(dataset_id, written, tmp_path):
    dataset = CATALOGUE[dataset_id]
    for edition in ALL[dataset_id].editions:
        folder, found = delivered(written, dataset, edition)
        assert all(found), (edition, dataset.layout(edition).files)
        files = [LandedFile(p, p.relative_to(folder).as_posix()) for group in found for p in group]
        raw = read_delivery(dataset, dataset.layout(edition), files, tmp_path / f"{edition}.parquet")
        low, high = dataset.contract.rows
        assert low <= raw.rows <= high, edition
        assert raw.unexpected == (), edition
