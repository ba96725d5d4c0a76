"""Deliveries about the patients of GP practices.

Belongs here: the practices of the sample and who is registered with them, the lookup to LSOAs, and the
datasets published by practice. Does not belong here: anything published by area.
"""

from __future__ import annotations

import numpy as np

from spi_orchestration.sample import geometry
from spi_orchestration.sample.datasets.base import Delivery, Sample, SampleDataset
from spi_orchestration.sample.datasets.national import elsewhere_lsoas
from spi_orchestration.sample.datasets.national_people import within
from spi_orchestration.sample.truth import Series
from spi_orchestration.sample.writers.archive import packed
from spi_orchestration.sample.writers.delimited import delimited

__all__ = ["DATASETS"]

_PRACTICES = 11
#: Shares of an area's people with the nearest practice, the next one and the one after.
_NEARNESS = (0.72, 0.2, 0.08)
_QOF, _SURVEY = "nhse_qof_prevalence", "gp_patient_survey"


def _codes() -> list[str]:
    """Practice codes formed like real ones that can be none (Z stands first in none)."""
    return [f"Z99{i:03d}" for i in range(1, _PRACTICES + 1)]


def _choices(sample: Sample) -> np.ndarray:
    """Chance that a resident of an output area is with a practice, array of (area, practice)."""
    rng = sample.rng("practices")
    wards = rng.choice(len(sample.wards), _PRACTICES, replace=False)
    sites = np.array([sample.wards[w].centre for w in sorted(wards)])
    centres = np.array([geometry.centroid(polygon) for polygon in sample.map.oas.polygons])
    order = ((centres[:, None, :] - sites[None, :, :]) ** 2).sum(axis=2).argsort(axis=1, kind="stable")
    out = np.zeros((len(centres), _PRACTICES))
    for place, share in enumerate(_NEARNESS):
        out[np.arange(len(centres)), order[:, place]] = share
    return out


def _with_practices(counts: np.ndarray, chances: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """People of each output area by practice, array of (area, practice)."""
    return np.array([rng.multinomial(n, chance) for n, chance in zip(counts, chances, strict=True)])


def _some_of(lists: np.ndarray, counts: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """So many of each output area's people on the lists, by practice."""
    return np.array(
        [
            rng.multivariate_hypergeometric(row, int(n), method="marginals")
            for row, n in zip(lists, counts, strict=True)
        ]
    )


def _patients(sample: Sample, edition: int) -> Delivery:
    """A row a practice, LSOA and sex; the first extract has the LSOAs of 2011."""
    rng, oas = sample.rng("ref_gp_patients_lsoa"), sample.map.oas
    lists = _with_practices(oas.population, _choices(sample), rng)
    codes = sample.map.lsoa11_codes if edition == 2022 else sample.map.lsoa_codes
    totals: dict[tuple[int, str], int] = {}
    for area, row in enumerate(lists):
        for practice, count in enumerate(row):
            key = (practice, codes[oas.lsoa[area]])
            totals[key] = totals.get(key, 0) + int(count)
    for practice in range(_PRACTICES):
        for code in elsewhere_lsoas(4):
            totals[practice, code] = 60
    rows: list[list[object]] = []
    for (practice, code), count in sorted(totals.items()):
        if count:
            name = f"SYNTHETIC PRACTICE {practice + 1}"
            place = ["GP_PRAC_PAT_LIST", f"01JUL{edition}", _codes()[practice], name, code]
            rows.append([*place, "ALL", count])
    header = ["PUBLICATION", "EXTRACT_DATE", "PRACTICE_CODE", "PRACTICE_NAME", "LSOA_CODE", "SEX"]
    header.append("NUMBER_OF_PATIENTS")
    file = f"gp_patients/{edition}/gp-reg-pat-prac-lsoa-all.csv"
    return Delivery({file: delimited(header, rows)}, rows=len(rows))


def _qof(sample: Sample, edition: int) -> Delivery:
    """An archive with the registers of all conditions and a table that explains their letters."""
    year = edition - 1
    rng, oas = sample.rng(_QOF, year), sample.map.oas
    adults = within(sample, oas.population, sample.truth.whole(_QOF, "patients_18_plus", year), rng)
    ill = within(sample, adults, sample.truth.whole(_QOF, "depression_register", year), rng)
    lists = _with_practices(adults, _choices(sample), rng)
    sums, register = lists.sum(axis=0), _some_of(lists, ill, rng).sum(axis=0)
    rows: list[list[object]] = []
    for code, size, cases in zip(_codes(), sums, register, strict=True):
        # Patients of the neighbouring district are on the lists too.
        away = 190
        size, cases = int(size) + away, int(cases) + round(away * int(cases) / max(1, int(size)))
        rows.append([code, "AF", round(size * 0.02), "TOTAL", round(size * 1.25)])
        rows.append([code, "DEP", cases, "18OV", size])
        rows.append([code, "DM", round(size * 0.07), "17OV", round(size * 1.01)])
    header = ["PRACTICE_CODE", "GROUP_CODE", "REGISTER", "PATIENT_LIST_TYPE", "PRACTICE_LIST_SIZE"]
    label = f"{(year - 1) % 100:02d}{year % 100:02d}"
    mapping = [["DEP", "Depression", "18OV"], ["AF", "Atrial fibrillation", "TOTAL"]]
    members = [
        (f"PREVALENCE_{label}.csv", delimited(header, rows)),
        (
            f"MAPPING_INDICATORS_{label}.csv",
            delimited(["GROUP_CODE", "GROUP_DESCRIPTION", "PATIENT_LIST_TYPE"], mapping),
        ),
    ]
    return Delivery({f"qof/{edition}/QOF_{label}.zip": packed(members)}, years=(year,), rows=len(rows))


def _survey(sample: Sample, edition: int) -> Delivery:
    """Percentages until 2024 and shares after it; a stroke where too few answered."""
    rng, oas = sample.rng(_SURVEY, edition), sample.map.oas
    people = oas.population.astype(float)
    answers = sample.map.spread(sample.truth.whole(_SURVEY, "answering", edition), people, rng)
    good = within(sample, answers, sample.truth.whole(_SURVEY, "good_experience", edition), rng)
    lists = _with_practices(answers, _choices(sample), rng)
    bases, well = lists.sum(axis=0), _some_of(lists, good, rng).sum(axis=0)
    scale, digits = (100, 6) if edition <= 2024 else (1, 8)
    rows: list[list[object]] = []
    for code, base, count in zip(_codes(), bases, well, strict=True):
        share = f"{scale * int(count) / max(1, int(base)):.{digits}f}"
        name = f"SYNTHETIC PRACTICE {code[-2:]}"
        rows.append([code, name, "QNC", 300, int(base), 0.33, share, f"{int(base):.4f}", share])
    rows.append(["Z99900", "SYNTHETIC PRACTICE 900", "QNC", 40, 4, 0.1, "/", "/", "/"])
    header = ["ad_practicecode", "ad_practicename", "ad_icscode", "distributed", "received", "resprate"]
    header += ["overallexp.pcteval", "overallexp.baseevalw", "gpcontactoverall.pcteval"]
    file = f"gpps/{edition}/GPPS_{edition}_Practice_data_(weighted)_(csv)_PUBLIC.csv"
    return Delivery({file: delimited(header, rows)}, years=(edition,), rows=len(rows))


_QOF_YEARS = tuple(range(2021, 2026))
_SURVEY_YEARS = tuple(range(2022, 2027))

DATASETS = (
    SampleDataset("ref_gp_patients_lsoa", (), _patients, editions=(2022, 2025)),
    SampleDataset(
        _QOF,
        (
            # Practices share out all their patients alike, so wards differ little in the share of adults.
            Series(
                "patients_18_plus", "census:0-90", "binomial", 0.79, (0.7, 0.9), 0, 0.01, years=_QOF_YEARS
            ),
            Series(
                "depression_register",
                "patients_18_plus",
                "binomial",
                0.135,
                (0.08, 0.2),
                0.6,
                0.02,
                0.01,
                _QOF_YEARS,
            ),
        ),
        _qof,
    ),
    SampleDataset(
        _SURVEY,
        (
            Series(
                "answering", "persons_16_plus", "binomial", 0.009, (0.006, 0.02), 0, 0.03, 0, _SURVEY_YEARS
            ),
            Series(
                "good_experience", "answering", "binomial", 0.74, (0.4, 0.95), -0.4, 0.1, 0.02, _SURVEY_YEARS
            ),
        ),
        _survey,
    ),
)
