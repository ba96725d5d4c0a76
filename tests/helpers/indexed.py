"""A small installation whose release holds an index, the decisions and the checks.

Belongs here: writing it, copying it, and running verbs and whole runs in it. Does not belong here: what is
expected.
"""

from __future__ import annotations

import shutil
from dataclasses import replace
from pathlib import Path

from spi_orchestration.assets.annual import AnnualResult, run_annual
from spi_orchestration.settings import Settings
from tests.helpers.annual import Ended, spi
from tests.helpers.project import ROOT
from tests.helpers.small import Small, make_small

__all__ = ["again", "call", "copied", "make_indexed"]

#: Models of the product itself that the small project takes over as they are.
MODELS = ("fct_decision", "fct_check", "fct_data_quality")

INDEX = """
with
    scored as (
        select edition, ward_code, ward_name, 100 * good / nullif(cohort, 0) as score
        from {{ ref('stg_county_pupils') }}
    ),
    paired as (
        select
            scored.edition, scored.ward_code, scored.ward_name,
            round((scored.score + 100 - 100 * homes.poor / nullif(homes.homes, 0)) / 2, 9) as score
        from scored
        inner join {{ ref('stg_national_homes') }} as homes
            on homes.ward_code = scored.ward_code and homes.edition = scored.edition
    ),
    series as (
        select * from paired
        union all
        -- What is carried forward serves its later edition too.
        select carried.edition, paired.ward_code, paired.ward_name, paired.score
        from {{ source('build', '_deliveries') }} as carried
        inner join paired on paired.edition = carried.carried_from
        where carried.dataset = 'county_pupils' and carried.carried_forward
    )
select
    cast(edition as integer) as edition,
    ward_code as area_code,
    ward_name as area_name,
    'ward' as area_type,
    score,
    rank() over (partition by edition order by score desc) as position
from series
"""

SOURCES = """
version: 2
sources: [{name: build, config: {meta: {external_location: "read_parquet('{{ env_var('SPI_BUILD_DIR', '.') }}/accepted/{name}.parquet')"}}, tables: [{name: _deliveries}, {name: _decisions}, {name: _checks}]}]
models:
  - name: fct_small
    columns: [{name: ward_code, data_tests: [not_null]}]
"""


def make_indexed(root: Path) -> Small:
    """A small installation with index scores from pupils and homes, decisions and checks among its marts."""
    small = make_small(root)
    # Its release folder is a stand-in that no publication can work with.
    shutil.rmtree(small.settings.releases, ignore_errors=True)
    marts = root / "dbt_project" / "models" / "marts" / "public"
    for name in MODELS:
        shutil.copyfile(
            ROOT / "dbt_project" / "models" / "marts" / "public" / f"{name}.sql", marts / f"{name}.sql"
        )
    (marts / "fct_index_score.sql").write_text(INDEX, encoding="utf-8")
    (marts / "_public.yml").write_text(SOURCES, encoding="utf-8")
    return small


def again(small: Small, **more: object) -> AnnualResult:
    """One whole run of edition 2026."""
    return run_annual(small.settings, "full", 2026, say=lambda text: None, **more)  # type: ignore[arg-type]


def call(small: Small, *arguments: str, **environment: str) -> Ended:
    """A verb, as a person would give it in that installation."""
    where = {"SPI_HOME": str(small.settings.root), "SPI_SHARES": str(small.settings.shares_file)}
    return spi(small.settings.data, *arguments, **where, **environment)


def copied(small: Small, root: Path) -> Small:
    """A copy of an installation, to be harmed; dbt's parsing comes along."""
    shutil.copytree(small.settings.root, root)
    settings = Settings(root, root / "data", root / "config" / "shares" / "sample.yml")
    return replace(small, settings=settings, share=settings.data / "shares")
