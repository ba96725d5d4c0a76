"""The catalogue holds every source of the council's source list: 65 outcome datasets and 16 reference sets."""

from __future__ import annotations

from collections import Counter

import pytest

from spi_orchestration.catalogue import load_catalogue
from spi_orchestration.settings import Settings

SETTINGS = Settings.load()
CATALOGUE = load_catalogue(SETTINGS)
FULL = CATALOGUE.in_profile("full")

#: Reference sets of the source list, and the dataset or seed that is each here.
REFERENCES = {
    "ward boundaries": "ref_ward_boundaries",
    "LSOA to ward, best fit": "ref_lsoa21_ward",
    "output area to ward, best fit": "ref_oa21_ward",
    "output area to LSOA and MSOA": "ref_oa21_ward",
    "LSOA of 2011 to LSOA of 2021": "ref_lsoa11_lsoa21",
    "postcode directory": "ref_postcodes",
    "property gazetteer": "ref_llpg",
    "ward populations by single year of age": "ref_ward_population",
    "households and tenure": "ref_ward_households_census",
    "council tax dwellings": "ref_council_tax_dwellings",
    "patients of practices by LSOA": "ref_gp_patients_lsoa",
    "incomes of small areas": "ref_small_area_income",
    "polling district to ward": "ref_pd_ward",
    "waste rounds to properties": "ref_round_book",
    "ward aliases": "seed:geography/ward_alias.csv",
    "communal establishments": "ref_communal_establishments",
}


def test_sixty_five_outcome_datasets_by_who_sends_them():
    senders: Counter[str] = Counter()
    for dataset in FULL:
        if dataset.contract.role == "outcome":
            supplier = dataset.contract.supplier
            senders[supplier if supplier in {"ldc", "scc"} else "national"] += 1
    assert senders == {"ldc": 18, "scc": 22, "national": 25}


@pytest.mark.parametrize("title", REFERENCES)
def test_each_reference_set_is_here(title):
    place = REFERENCES[title]
    if place.startswith("seed:"):
        assert (SETTINGS.seeds / place.removeprefix("seed:")).is_file()
        return
    contract = CATALOGUE[place].contract
    assert contract.role == "reference"
    assert "full" in contract.profiles


def test_sixteen_reference_sets_are_named():
    assert len(REFERENCES) == 16


def test_every_format_the_suppliers_use_has_a_layout():
    formats = {layout.format for dataset in FULL for layout in dataset.contract.layouts if layout.editions}
    assert {"csv", "xlsx", "xls", "ods", "json", "geojson", "xml", "parquet", "gpkg"} <= formats
    assert any(layout.archive_member for dataset in FULL for layout in dataset.contract.layouts)
    assert any(layout.axes for dataset in FULL for layout in dataset.contract.layouts)
