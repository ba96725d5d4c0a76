"""Reference sets that the council keeps itself.

Belongs here: gazetteer, polling district lookup, dwelling stock, output areas, their households and communal establishments. Does not belong here:
reference sets of national publishers (`national.py`).
"""

from __future__ import annotations

import numpy as np

from spi_orchestration.sample.datasets.base import Delivery, Sample, SampleDataset
from spi_orchestration.sample.geography import Map
from spi_orchestration.sample.streams import stream
from spi_orchestration.sample.truth import Series
from spi_orchestration.sample.wards import YEARS, share_out
from spi_orchestration.sample.writers.archive import packed
from spi_orchestration.sample.writers.delimited import delimited

__all__ = ["DATASETS"]

_HOMES = ("RD02", "RD03", "RD04", "RD06")
_OTHERS = ("CR08", "CO01", "CE03", "ZW99")


def _llpg(sample: Sample, edition: int) -> Delivery:
    """Every property on the list by then; provisional and historical records stay in."""
    # Class and standing are a property's own, whichever year lists it.
    rng = sample.rng("ref_llpg")
    addresses, wards = sample.map.addresses, sample.wards
    kinds, standing = rng.integers(0, 4, len(addresses.built)), rng.random(len(addresses.built))
    rows = []
    for i in np.flatnonzero(addresses.built <= edition):
        kind, draw = kinds[i], standing[i]
        home = addresses.home[i]
        status = 1 if home or draw > 0.08 else (6 if draw > 0.04 else 8)
        x, y = addresses.points[i]
        code = wards[addresses.ward[i]].code
        use = _HOMES[kind] if home else _OTHERS[kind]
        rows.append(
            [addresses.uprn[i], f"997{i % 9000:05d}", use, status, f"{x:.2f}", f"{y:.2f}", "", code, ""]
        )
    header = ["UPRN", "USRN", "BLPU_CLASS", "LOGICAL_STATUS", "X_COORDINATE", "Y_COORDINATE"]
    header += ["POSTCODE_LOCATOR", "WARD_CODE", "PARISH_CODE"]
    content = delimited(header, rows, newline="\r\n")
    return Delivery({f"gazetteer/llpg_{edition}.csv": content}, rows=len(rows))


def _pd_ward(sample: Sample, edition: int) -> Delivery:
    districts = sample.map.districts
    rows = [
        [code, sample.wards[ward].code, constituency]
        for code, ward, constituency in zip(
            districts.codes, districts.ward, districts.constituency, strict=True
        )
    ]
    content = delimited(["pd", "ward_code", "constituency"], rows)
    return Delivery({f"electoral/pd_ward_lookup_{edition}.csv": content}, rows=len(rows))


def _dwellings(sample: Sample, edition: int) -> Delivery:
    """Five years in the first file, then a year at a time."""
    years = tuple(range(edition - 4, edition + 1)) if edition == 2022 else (edition,)
    rows: list[list[object]] = []
    for year in years:
        stock = sample.truth.whole("ref_council_tax_dwellings", "dwellings", year)
        for w, ward in enumerate(sample.wards):
            weights = sample.rng("ref_council_tax_dwellings", ward.code).dirichlet(
                [4, 6, 6, 5, 3, 2, 1.5, 0.5]
            )
            bands = zip("ABCDEFGH", share_out(int(stock[w]), weights), strict=True)
            rows.extend([year, ward.code, band, int(count)] for band, count in bands)
    span = f"{years[0]}-{edition}" if len(years) > 1 else str(edition)
    content = delimited(["year", "ward_code", "band", "dwellings"], rows)
    name = f"revenues/council_tax_dwellings_{span}.csv"
    return Delivery({name: content}, years=years, rows=len(rows))


def _oa21_ward(sample: Sample, edition: int) -> Delivery:
    oas, lsoas, wards = sample.map.oas, sample.map.lsoa_codes, sample.wards
    rows = [
        [
            oas.codes[i],
            lsoas[oas.lsoa[i]],
            f"Synthetic {lsoas[oas.lsoa[i]][-3:]}",
            sample.map.msoa_codes[sample.map.lsoa_msoa[oas.lsoa[i]]],
            f"Synthetic {1 + sample.map.lsoa_msoa[oas.lsoa[i]]:03d}",
            wards[oas.ward[i]].code,
            wards[oas.ward[i]].name,
            int(oas.population[i]),
        ]
        for i in range(len(oas.codes))
    ]
    header = ["OA21CD", "LSOA21CD", "LSOA21NM", "MSOA21CD", "MSOA21NM", "WD25CD", "WD25NM", "usual_residents"]
    name = f"reference/oa21_lsoa21_ward_{edition}.csv"
    return Delivery({name: delimited(header, rows)}, rows=len(rows))


def _households(sample: Sample, edition: int) -> Delivery:
    """An archive with one table a geography, of which only the output areas are wanted."""
    oas = sample.map.oas
    header = ["date", "geography", "geography code", "Number of households"]

    def table(codes: list[str], counts: np.ndarray) -> bytes:
        return delimited(header, [[2021, code, code, int(n)] for code, n in zip(codes, counts, strict=True)])

    members = [
        ("census2021-ts041-lsoa.csv", table(sample.map.lsoa_codes, sample.map.lsoa_totals(oas.households))),
        ("census2021-ts041-oa.csv", table(oas.codes, oas.households)),
        ("metadata/ts041.txt", b"Synthetic sample\n"),
    ]
    return Delivery(
        {f"census2021/{edition}/census2021-ts041.zip": packed(members)}, years=(2021,), rows=len(oas.codes)
    )


def _tenure(sample: Sample, edition: int) -> Delivery:
    """An archive with subtotals beside their parts."""
    rng = sample.rng("ref_ward_households_census", edition)
    oas = sample.map.oas
    rented = np.zeros(len(oas.codes), dtype=int)
    counts = sample.truth.whole("ref_ward_households_census", "private_rented", 2021)
    for w, count in enumerate(counts):
        inside = np.flatnonzero(oas.ward == w)
        rented[inside] = rng.multivariate_hypergeometric(oas.households[inside], int(count))
    kinds = ["Total: All households", "Owned", "Social rented", "Private rented"]
    kinds += ["Private rented: Private landlord or letting agency", "Private rented: Other private rented"]
    header = ["date", "geography", "geography code", *(f"Tenure of household: {kind}" for kind in kinds)]
    rows: list[list[object]] = []
    for code, homes, private in zip(oas.codes, oas.households, rented, strict=True):
        others, social = int(private) // 12, int(rng.binomial(homes - private, 0.15))
        owned = int(homes - private - social)
        rows.append(
            [2021, code, code, int(homes), owned, social, int(private), int(private - others), others]
        )
    members = [
        ("census2021-ts054-oa.csv", delimited(header, rows)),
        ("metadata/ts054.txt", b"Synthetic sample\n"),
    ]
    return Delivery({f"census2021/{edition}/census2021-ts054.zip": packed(members)}, (2021,), rows=len(rows))


#: Residents of care homes among those of 65 and over, and of other establishments among all.
_IN_CARE, _ELSEWHERE = 0.03, 0.001


def _prisoners(places: Map, seed: int) -> np.ndarray:
    counts = np.array([ward.prison_18_28 for ward in places.wards])
    return np.repeat(counts[:, None], len(YEARS), axis=1)


def _communal_residents(places: Map, seed: int) -> np.ndarray:
    rng = stream(seed, "communal establishments")
    care = rng.binomial([ward.age_65_plus for ward in places.wards], _IN_CARE)
    others = rng.binomial([ward.population for ward in places.wards], _ELSEWHERE)
    return _prisoners(places, seed) + np.repeat((care + others)[:, None], len(YEARS), axis=1)


def _communal(sample: Sample, edition: int) -> Delivery:
    """Subtotals beside their parts; a prison larger than an output area reaches into the next."""
    name, oas = "ref_communal_establishments", sample.map.oas
    rng = sample.rng(name)
    prison = sample.truth.whole(name, "prison_residents", 2021)
    everyone = sample.truth.whole(name, "communal_residents", 2021)
    held = np.zeros(len(oas.codes), dtype=int)
    for w, left in enumerate(prison):
        inside = np.flatnonzero(oas.ward == w)
        for area in inside[np.argsort(-oas.population[inside], kind="stable")]:
            held[area] = min(int(left), int(oas.population[area]))
            left -= held[area]
    others = sample.map.spread(everyone - prison, oas.population.astype(float), rng)
    care = rng.binomial(others, 0.9)
    label = "Communal establishment management and type: "
    texts = ["Total: All usual residents in communal establishments", "Medical and care establishment: Total"]
    texts += [
        "Other establishment: Total",
        "Other establishment: Defence",
        "Other establishment: Prison service",
    ]
    header = ["date", "geography", "geography code", *(label + text for text in texts)]
    rows: list[list[object]] = []
    for code, cared, other, inmates in zip(oas.codes, care, others - care, held, strict=True):
        numbers = (cared + other + inmates, cared, other + inmates, other, inmates)
        rows.append([2021, code, code, *map(int, numbers)])
    members = [
        ("census2021-ts048-oa.csv", delimited(header, rows, quote_all=True)),
        ("metadata/ts048.txt", b"Synthetic sample\n"),
    ]
    return Delivery({f"census2021/{edition}/census2021-ts048.zip": packed(members)}, (2021,), rows=len(rows))


DATASETS = (
    SampleDataset(
        "ref_communal_establishments",
        (
            Series("communal_residents", "communal_residents", "exact", 1, (1, 1), years=(2021,)),
            Series("prison_residents", "prisoners", "exact", 1, (1, 1), years=(2021,)),
        ),
        _communal,
        editions=(2022,),
        given={"communal_residents": _communal_residents, "prisoners": _prisoners},
    ),
    SampleDataset("ref_llpg", (), _llpg, editions=(2022, 2025)),
    SampleDataset("ref_pd_ward", (), _pd_ward, editions=(2022, 2024)),
    SampleDataset(
        "ref_council_tax_dwellings", (Series("dwellings", "dwellings", "exact", 1, (1, 1)),), _dwellings
    ),
    SampleDataset("ref_oa21_ward", (), _oa21_ward, editions=(2022,)),
    SampleDataset(
        "ons_census21_households",
        (Series("households", "households", "exact", 1, (1, 1), years=(2021,)),),
        _households,
        editions=(2022,),
    ),
    SampleDataset(
        "ref_ward_households_census",
        (Series("private_rented", "households", "binomial", 0.13, (0.03, 0.4), 0.3, 0.3, years=(2021,)),),
        _tenure,
        editions=(2022,),
    ),
)
