"""Write the whole sample: the share tree, and apart from it the truth.

Belongs here: putting the parts together and files where the shares file says. Does not belong here:
what is true (`truth.py`) or what a supplier sends (`datasets/`).
"""

from __future__ import annotations

import datetime as dt
import hashlib
import os
import shutil
import time
from collections.abc import Collection, Iterable
from dataclasses import dataclass, replace
from pathlib import Path

from spi_orchestration.catalogue import CatalogueError, Dataset, load_catalogue, load_shares, load_yaml
from spi_orchestration.sample.datasets import ALL
from spi_orchestration.sample.datasets.base import EDITIONS, Sample
from spi_orchestration.sample.geography import draw_map
from spi_orchestration.sample.truth import draw_truth, write_truth
from spi_orchestration.sample.wards import draw_people, read_wards
from spi_orchestration.settings import Settings

__all__ = ["MARK_FILE", "SEED", "SampleResult", "add_edition", "draw_sample", "write_sample"]

#: Seed of the sample that is written unless another is asked for.
SEED = 20260401

#: Stands at the top of a share tree that is complete.
MARK_FILE = "SYNTHETIC.txt"
_MARK = """\
SYNTHETIC SAMPLE

Everything in this folder was made up by `spi sample`. No row describes a real person, home, school or
event, and nothing here says anything about a real ward. Ward codes, names and centres are real; all
boundaries are schematic cells, and all codes of smaller areas, postcodes and property numbers are
invented so that they cannot be taken for real ones.
"""


@dataclass(frozen=True)
class SampleResult:
    """What was written.

    Attributes:
        files: delivered files, sorted.
        truth: files of the truth.
        rows: dataset -> data rows over all editions.
        seconds: time taken.
    """

    files: tuple[Path, ...]
    truth: tuple[Path, ...]
    rows: dict[str, int]
    seconds: float


def draw_sample(settings: Settings, seed: int = SEED) -> Sample:
    """Draw wards, people, map and truth, before anything is delivered.

    Args:
        settings: where the ward table and the district's configuration are.
        seed: the same seed gives the same sample.
    """
    district = load_yaml(settings.config / "district.yml")
    wards = read_wards(settings.config / "sample" / "wards.csv")
    people = draw_people(wards, seed)
    places = draw_map(wards, people, seed)
    series = {dataset.id: dataset.series for dataset in ALL.values()}
    given = {name: count(places, seed) for dataset in ALL.values() for name, count in dataset.given.items()}
    return Sample(
        seed=seed,
        district=(district["code"], district["name"]),
        wards=wards,
        people=people,
        map=places,
        truth=draw_truth(wards, people, series, seed, given),
    )


def _fresh(place: Path) -> Path:
    """An empty folder beside a folder, to write into; what a killed run left there is removed."""
    new = place.with_name(place.name + ".new")
    shutil.rmtree(new, ignore_errors=True)
    new.mkdir(parents=True)
    return new


def _put_in_place(new: Path, place: Path) -> None:
    """Replace a folder by the one written beside it, so that it is whole at every moment."""
    old = place.with_name(place.name + ".old")
    shutil.rmtree(old, ignore_errors=True)
    if place.exists():
        place.replace(old)
    new.replace(place)
    shutil.rmtree(old, ignore_errors=True)


def _refuse_other_files(root: Path) -> None:
    if root.exists() and any(root.iterdir()) and not (root / MARK_FILE).is_file():
        raise CatalogueError(
            f"{root} holds files but no {MARK_FILE}, so it is not a sample; move them away and run again"
        )


def left_on(dataset: Dataset, edition: int) -> dt.date:
    """The day on which the sample's supplier leaves a delivery on the share.

    Up to three weeks before it is due, and for some datasets a few days late, so that punctuality shows
    something; without a due day a month after the end of the period.
    """
    number = int.from_bytes(hashlib.sha256(f"{dataset.id} {edition}".encode()).digest()[:4], "big")
    due = dataset.due_date(edition)
    if due is None:
        layout = dataset.layout(edition) if dataset.has_layout(edition) else None
        return dataset.period(edition, layout)[1] + dt.timedelta(days=30)
    return (
        due + dt.timedelta(days=1 + number % 9) if number % 16 == 0 else due - dt.timedelta(days=number % 22)
    )


def _leave(path: Path, day: dt.date) -> None:
    """Give a file the time of nine o'clock on the day it was left; never one that is still to come."""
    left = dt.datetime.combine(day, dt.time(9), dt.UTC).timestamp()
    now = time.time()
    os.utime(path, (min(left, now), min(left, now)))


def add_edition(settings: Settings, edition: int, datasets: Collection[str]) -> tuple[Path, ...]:
    """Add deliveries of one edition to a sample that is there, on the wards and under the code of the edition.

    For trying a change of wards, codes or councils before it comes: what was drawn is carried to the wards
    that the geography seeds have for the edition (`rewarded.py`), and files are left with the supplier that
    sends them in it. The deliveries of other editions and the truth stay as they are.

    Args:
        settings: where things are.
        edition: the edition; years after the last of the truth cannot be delivered.
        datasets: ids of the datasets to deliver.

    Returns:
        The files, sorted.

    Raises:
        CatalogueError: there is no sample, the seeds or the catalogue do not fit, or the shares file has no
            folder for a supplier.
    """
    from spi_orchestration.sample.rewarded import on_wards_of

    catalogue = load_catalogue(settings)
    shares = load_shares(replace(settings, shares_file=settings.config / "shares" / "sample.yml"), catalogue)
    root = settings.sample / "shares"
    if not (root / MARK_FILE).is_file():
        raise CatalogueError(f"{root} is no sample to add an edition to; `spi sample` writes one")
    sample = on_wards_of(draw_sample(settings), settings.seeds / "geography", edition)
    sample = replace(sample, district=(catalogue.district.code_in(edition), catalogue.district.name))
    files: list[Path] = []
    for name in datasets:
        supplier = catalogue.supply(catalogue[name], edition).supplier_id
        if supplier not in shares.folders:
            raise CatalogueError(f"the shares file {shares.id} has no folder for the supplier {supplier}")
        for file, content in ALL[name].write(sample, edition).files.items():
            path = root / shares.folders[supplier] / file
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(content)
            files.append(path)
    return tuple(sorted(files))


def write_sample(
    settings: Settings,
    editions: Iterable[int] = EDITIONS,
    *,
    seed: int = SEED,
    datasets: Collection[str] | None = None,
) -> SampleResult:
    """Write synthetic deliveries into the sample's share tree and the truth beside it.

    Both are made afresh beside the old ones and then put in their place: `<data>/sample/shares/` and
    `<data>/sample/truth/`. A killed run leaves the old sample, or none.

    Args:
        settings: where things are.
        editions: editions to deliver.
        seed: the same seed, editions and version give the same bytes.
        datasets: deliver only these; the truth is drawn for all.

    Raises:
        CatalogueError: the catalogue or the sample's shares file is not valid, the sample has no such
            edition, or there is a share tree that it did not make.
    """
    begun = time.perf_counter()
    wanted = sorted(set(editions))
    unknown = [edition for edition in wanted if edition not in EDITIONS]
    if unknown:
        raise CatalogueError(
            f"the sample has editions {EDITIONS[0]} to {EDITIONS[-1]}; it cannot make {unknown[0]}"
        )
    catalogue = load_catalogue(settings)
    shares = load_shares(replace(settings, shares_file=settings.config / "shares" / "sample.yml"), catalogue)
    root = settings.sample / "shares"
    _refuse_other_files(root)
    new = _fresh(root)
    sample = draw_sample(settings, seed)
    files: list[Path] = []
    rows: dict[str, int] = {}
    first_edition: dict[tuple[str, int], int] = {}
    withheld: set[tuple[str, str, str, int]] = set()
    sent: dict[tuple[str, str, str, int], float] = {}
    elsewhere: dict[tuple[str, str, str, int], int] = {}
    for dataset in ALL.values():
        if datasets is not None and dataset.id not in datasets:
            continue
        for edition in wanted:
            if edition not in dataset.editions:
                continue
            supplier = catalogue.supply(catalogue[dataset.id], edition).supplier_id
            folder = new / shares.folders[supplier]
            delivery = dataset.write(sample, edition)
            day = left_on(catalogue[dataset.id], edition)
            for name, content in delivery.files.items():
                path = folder / name
                path.parent.mkdir(parents=True, exist_ok=True)
                path.write_bytes(content)
                _leave(path, day)
                files.append(root / path.relative_to(new))
            rows[dataset.id] = rows.get(dataset.id, 0) + delivery.rows
            for year in delivery.years:
                first_edition.setdefault((dataset.id, year), edition)
            withheld |= {(dataset.id, *cell) for cell in delivery.withheld}
            sent |= {(dataset.id, *cell): amount for cell, amount in delivery.sent.items()}
            elsewhere |= {(dataset.id, *cell): units for cell, units in delivery.elsewhere.items()}
    truth_place = settings.sample / "truth"
    new_truth = _fresh(truth_place)
    truth = write_truth(new_truth, sample.truth, first_edition, withheld, elsewhere, sent)
    _put_in_place(new_truth, truth_place)
    (new / MARK_FILE).write_text(_MARK, encoding="utf-8", newline="\n")
    _put_in_place(new, root)
    return SampleResult(
        files=tuple(sorted(files)),
        truth=tuple(truth_place / path.name for path in truth),
        rows=rows,
        seconds=time.perf_counter() - begun,
    )
