"""Every dataset of the sample: what is true of it, and how its supplier delivers it.

Belongs here: the list of all datasets. Does not belong here: drawing the truth or writing files.

A new dataset is one `SampleDataset` in the module of its supplier: its series and one writer.
"""

from __future__ import annotations

from spi_orchestration.sample.datasets import (
    council,
    county,
    national,
    national_people,
    national_places,
    national_practices,
    national_reference,
    reference,
)
from spi_orchestration.sample.datasets.base import SampleDataset

__all__ = ["ALL"]

ALL: dict[str, SampleDataset] = {
    dataset.id: dataset
    for module in (
        council,
        county,
        reference,
        national,
        national_people,
        national_places,
        national_practices,
        national_reference,
    )
    for dataset in module.DATASETS
}
