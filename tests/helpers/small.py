"""A whole small installation in a folder of its own: catalogue, configuration, seeds, dbt project, share.

Belongs here: writing it, with good deliveries in suppliers' formats. Does not belong here: what goes wrong
with them (the tests).
"""

from __future__ import annotations

import csv
import datetime as dt
import io
import json
import zipfile
from dataclasses import dataclass
from pathlib import Path

from spi_orchestration.settings import Settings
from tests.helpers.project import ROOT

__all__ = ["EDITIONS", "SOURCES", "WARDS", "Small", "make_small"]

EDITIONS = (2025, 2026)

#: Codes and names as they stand in the seed of the district.
WARDS = {
    "E05010651": "Alrewas & Fradley",
    "E05010652": "Armitage with Handsacre",
    "E05010653": "Boley Park",
    "E05010654": "Boney Hay & Central",
    "E05010655": "Bourne Vale",
    "E05010656": "Chadsmead",
    "E05010657": "Chase Terrace",
    "E05010658": "Chasetown",
    "E05010659": "Colton & the Ridwares",
    "E05010660": "Curborough",
    "E05010661": "Fazeley",
    "E05010662": "Hammerwich with Wall",
    "E05010663": "Highfield",
    "E05010664": "Leomansley",
    "E05010665": "Little Aston & Stonnall",
    "E05010666": "Longdon",
    "E05010667": "Mease Valley",
    "E05010668": "St John's",
    "E05010669": "Shenstone",
    "E05010670": "Stowe",
    "E05010671": "Summerfield & All Saints",
    "E05010672": "Whittington & Streethay",
}

SOURCES = r"""
version: 2
sources:
  - name: raw
    description: Accepted deliveries.
    config:
      meta:
        external_location: "read_parquet('{{ env_var('SPI_BUILD_DIR', '.') }}/accepted/{name}.parquet')"
    tables:
      - name: council_members
        description: Members of leisure centres, one row a member.
        columns:
          - {name: member_key, description: Key of the member.}
          - {name: postcode, description: Home postcode.}
          - {name: visits, description: Visits in twelve months.}
        config:
          meta:
            contract:
              title: Members of leisure centres
              role: outcome
              theme: health
              supplier: ldc
              owner_role: Leisure Operations Manager
              agreement: ldc_internal
              sensitivity: personal
              disclosure_rule: D1
              profiles: [full]
              grain: one row a member
              key: [member_key]
              rows: [20, 200]
              refresh: {cycle: annual, due: "{E}-05-31", start: "{E-1}-04-01", end: "{E}-03-31"}
              geography: {method: postcode_lookup, level: postcode, vintage: current, code: postcode}
              columns:
                member_key: {type: code, required: true, personal: true}
                postcode: {type: postcode, personal: true}
                visits: {type: integer, minimum: 0, maximum: 400}
              measures:
                members: {kind: count, unit: members, description: Members.}
              layouts:
                - id: csv
                  editions: [null, null]
                  files: ["leisure/members_{E}.csv"]
                  format: csv
                  columns: {member_key: Member Key, postcode: Postcode, visits: Visits}
                  ignore: [Joined]
      - name: county_pupils
        description: Pupils assessed and those with a good result, by ward.
        columns:
          - {name: academic_year, description: Academic year.}
          - {name: ward_code, description: Code of the ward.}
          - {name: ward_name, description: Name of the ward.}
          - {name: cohort, description: Pupils assessed.}
          - {name: good, description: Pupils with a good result.}
        config:
          meta:
            contract:
              title: Pupils with a good result by ward
              role: outcome
              theme: education
              supplier: scc
              owner_role: Education Data Manager
              agreement: scc_dsa
              sensitivity: personal
              disclosure_rule: D3
              profiles: [full]
              grain: one row a ward and academic year
              key: [academic_year, ward_code]
              rows: [22, 60]
              refresh: {cycle: annual, due: "{E}-11-15", start: "{E-1}-09-01", end: "{E}-08-31"}
              geography: {method: direct_ward, level: ward, vintage: WD25, code: ward_code, name: ward_name}
              period_column: academic_year
              columns:
                academic_year: {type: academic_year, required: true}
                ward_code: {type: code, required: true, pattern: "E05\\d{6}"}
                ward_name: {type: text}
                cohort: {type: integer, marks: school, minimum: 0, maximum: 400}
                good: {type: integer, marks: school, minimum: 0, maximum: 400}
              measures:
                cohort: {kind: count, unit: pupils, description: Pupils assessed.}
                good: {kind: count, unit: pupils, description: Pupils with a good result.}
              rules:
                - {id: good_not_above_cohort, kind: not_above, column: good, other: cohort}
                - {id: wards_complete, kind: areas_complete, column: ward_code, reference: wards}
                - {id: wards_known, kind: areas_known, column: ward_code, reference: wards}
                - {id: ward_code_name, kind: code_name, column: ward_code, other: ward_name, reference: wards}
              layouts:
                - id: csv
                  editions: [null, null]
                  files: ["education/pupils_{E-1}{E:yy}.csv"]
                  format: csv
                  columns: {academic_year: Academic Year, ward_code: Ward Code, ward_name: Ward Name, cohort: Cohort, good: Good}
      - name: national_homes
        description: Homes and homes in poor condition, by ward.
        columns:
          - {name: ward_code, description: Code of the ward.}
          - {name: ward_name, description: Name of the ward.}
          - {name: lad_code, description: Code of the district.}
          - {name: homes, description: Homes.}
          - {name: poor, description: Homes in poor condition.}
        config:
          meta:
            contract:
              title: Homes in poor condition by ward
              role: outcome
              theme: housing
              supplier: mhclg
              owner_role: LDC Data & Performance Analyst
              agreement: ogl3
              sensitivity: public
              disclosure_rule: D0
              profiles: [full, open]
              grain: one row a ward
              key: [ward_code]
              rows: [22, 9000]
              refresh: {cycle: annual, due: "{E}-05-31", start: "{E-1}-01-01", end: "{E-1}-12-31"}
              geography: {method: direct_ward, level: ward, vintage: WD25, code: ward_code, name: ward_name, district: lad_code}
              columns:
                ward_code: {type: code, required: true, pattern: "E05\\d{6}"}
                ward_name: {type: text}
                lad_code: {type: code}
                homes: {type: integer, thousands: ",", minimum: 1, maximum: 20000}
                poor: {type: integer, thousands: ",", minimum: 0, maximum: 20000}
              measures:
                homes: {kind: count, unit: homes, description: Homes.}
                poor: {kind: count, unit: homes, description: Homes in poor condition.}
              rules:
                - {id: poor_not_above_homes, kind: not_above, column: poor, other: homes}
                - {id: ward_code_name, kind: code_name, column: ward_code, other: ward_name, where: "lad_code = '{district}'"}
              layouts:
                - id: workbook
                  editions: [null, null]
                  files: ["homes/homes_{E}.xlsx"]
                  format: xlsx
                  sheet: "Table 3*"
                  header_row: 3
                  columns: {ward_code: Ward code, ward_name: Ward name, lad_code: LA code, homes: Homes, poor: Homes in poor condition}
                  repairs:
                    - {id: filled_down, kind: code_from_name, column: ward_code, name: ward_name, where: {column: lad_code, pattern: "{district}"}, check: ward_code_name, reason: The publisher filled ward codes down as a series.}
      - name: ref_areas
        description: Areas of the country and their district.
        columns:
          - {name: area_code, description: Code of the area.}
          - {name: lad_code, description: Code of the district.}
        config:
          meta:
            contract:
              title: Areas and their district
              role: reference
              theme: reference
              supplier: ons
              owner_role: LDC Data & Performance Analyst
              agreement: ogl3_ons
              sensitivity: public
              disclosure_rule: D0
              profiles: [full, open]
              grain: one row an area
              key: [area_code]
              rows: [10, 40000]
              refresh: {cycle: static, due: static, start: "2021-03-21", end: "2021-03-21"}
              geography: {method: none, level: area, vintage: LSOA21, code: area_code, district: lad_code}
              columns:
                area_code: {type: code, required: true, pattern: "E01\\d{6}"}
                lad_code: {type: code, required: true}
              layouts:
                - id: zip
                  editions: [null, null]
                  files: ["lookups/areas*.zip"]
                  format: csv
                  archive_member: "*.csv"
                  columns: {area_code: LSOA21CD, lad_code: LAD}
"""

_DISTRICT = """
code: E07000194
name: Lichfield
council: Lichfield District Council
current_edition: 2026
first_edition: {full: 2025, open: 2026}
cut_off: "{E}-12-01"
publication: "{E}-12-15"
coverage_threshold: 0.6666666666666666
"""

_SHARES = """
id: small
title: Small shares
synthetic: true
root: "${SPI_DATA}/shares"
folders: {ldc: council, scc: county, mhclg: national/mhclg, ons: national/ons}
"""

_DBT = {
    "dbt_project.yml": """
name: small
version: "1.0"
config-version: 2
profile: spi
model-paths: [models]
macro-paths: [macros]
seed-paths: [seeds]
flags: {send_anonymous_usage_stats: false}
models:
  small:
    +materialized: table
    marts: {+schema: marts}
""",
    "profiles.yml": """
spi:
  target: build
  outputs:
    build: {type: duckdb, path: "{{ env_var('SPI_BUILD_DIR', 'target') }}/warehouse.duckdb", schema: main, threads: 1}
""",
    "macros/names.sql": """
{% macro generate_schema_name(custom_schema_name, node) -%}{{ (custom_schema_name or target.schema) | trim }}{%- endmacro %}
""",
    "models/staging/education/stg_county_pupils.sql": """
select _edition as edition, _file, _row, {{ typed_columns('county_pupils') }}
from {{ source('raw', 'county_pupils') }}
""",
    "models/staging/housing/stg_national_homes.sql": """
select _edition as edition, {{ typed_columns('national_homes') }} from {{ source('raw', 'national_homes') }}
""",
    "models/staging/_staging.yml": """
version: 2
models:
  - name: stg_county_pupils
    columns: [{name: ward_code, data_tests: [not_null]}]
""",
    "models/marts/public/fct_small.sql": """
select cast(edition as integer) as edition, ward_code, cast(good as integer) as good, cast(cohort as integer) as cohort
from {{ ref('stg_county_pupils') }}
union all
select cast(edition as integer), ward_code, cast(poor as integer), cast(homes as integer)
from {{ ref('stg_national_homes') }}
where '{{ var("profile") }}' = 'open'
""",
    "models/marts/public/_public.yml": """
version: 2
sources: [{name: build, config: {meta: {external_location: "read_parquet('{{ env_var('SPI_BUILD_DIR', '.') }}/accepted/{name}.parquet')"}}, tables: [{name: _deliveries}]}]
models:
  - name: fct_small
    columns: [{name: ward_code, data_tests: [not_null]}]
  - name: dim_deliveries
    columns: [{name: dataset, data_tests: [not_null]}]
""",
    "models/marts/public/dim_deliveries.sql": """
select dataset, edition, reference_year, carried_forward from {{ source('build', '_deliveries') }}
""",
    "seeds/framework/method.csv": "profile,method_version\nfull,ward-2026.1\nopen,open-2026.1\n",
}


@dataclass(frozen=True)
class Small:
    """A small installation.

    Attributes:
        settings: its settings.
        share: the root of its share.
    """

    settings: Settings
    share: Path

    def members(self, edition: int = 2026) -> Path:
        """The CSV of `council_members`."""
        return self.share / f"council/leisure/members_{edition}.csv"

    def pupils(self, edition: int = 2026) -> Path:
        """The CSV of `county_pupils`."""
        return self.share / f"county/education/pupils_{edition - 1}{edition % 100}.csv"

    def homes(self, edition: int = 2026) -> Path:
        """The workbook of `national_homes`."""
        return self.share / f"national/mhclg/homes/homes_{edition}.xlsx"

    @property
    def areas(self) -> Path:
        """The zip of `ref_areas`."""
        return self.share / "national/ons/lookups/areas_2021.zip"


def pupils_rows(edition: int) -> list[list[str]]:
    """Good rows of `county_pupils`: cohort 50 to 71, good 30 to 51; one more of each the year before."""
    year = f"{edition - 1}/{edition % 100:02d}"
    more = 2026 - edition
    return [
        [year, code, name, str(50 + number + more), str(30 + number + more)]
        for number, (code, name) in enumerate(WARDS.items())
    ]


PUPILS_HEADER = ["Academic Year", "Ward Code", "Ward Name", "Cohort", "Good"]
HOMES_HEADER = ["Ward code", "Ward name", "LA code", "Homes", "Homes in poor condition"]


def write_csv(path: Path, rows: list[list[str]]) -> Path:
    """Write a CSV as a supplier would."""
    path.parent.mkdir(parents=True, exist_ok=True)
    text = io.StringIO()
    csv.writer(text, lineterminator="\r\n").writerows(rows)
    path.write_bytes(text.getvalue().encode("utf-8"))
    return path


def homes_rows(edition: int = 2026) -> list[list[object]]:
    """Good rows of `national_homes`: the district's wards and one elsewhere that shares a name."""
    fewer = 2026 - edition
    mine: list[list[object]] = [
        [code, name, "E07000194", 1000 + 10 * number - fewer, 100 + number - fewer]
        for number, (code, name) in enumerate(WARDS.items())
    ]
    return [*mine, ["E05011111", "Stowe", "E07000099", 900, 90]]


def write_homes(path: Path, rows: list[list[object]], sheet: str = "Table 3a") -> Path:
    """Write the workbook of `national_homes`."""
    import xlsxwriter

    path.parent.mkdir(parents=True, exist_ok=True)
    book = xlsxwriter.Workbook(str(path), {"strings_to_numbers": False})
    # Without a fixed time of creation the same rows would be another file each second.
    book.set_properties({"created": dt.datetime(2026, 1, 1)})
    book.add_worksheet("Contents").write(0, 0, "Homes by ward")
    table = book.add_worksheet(sheet)
    table.write(0, 0, "Table 3: homes in poor condition")
    for at, row in enumerate([HOMES_HEADER, *rows], start=2):
        for column, value in enumerate(row):
            table.write(at, column, value)
    book.close()
    return path


def write_areas(path: Path, rows: list[list[str]] | None = None) -> Path:
    """Write the zip of `ref_areas`."""
    path.parent.mkdir(parents=True, exist_ok=True)
    rows = rows or [
        [f"E0103{number:04d}", "E07000194" if number < 62 else "E07000099"] for number in range(400)
    ]
    text = "LSOA21CD,LAD\n" + "".join(f"{code},{lad}\n" for code, lad in rows)
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(zipfile.ZipInfo("areas.csv", (2021, 3, 21, 0, 0, 0)), text)
    return path


def write_members(path: Path, count: int = 40, edition: int = 2026) -> Path:
    """Write the CSV of `council_members`; its keys are other ones each year."""
    rows = [["Member Key", "Postcode", "Visits", "Joined"]]
    rows += [
        [f"m{number + 5000 * (2026 - edition):04d}", "WS13 6HS", str(number % 30), "2020-01-01"]
        for number in range(count)
    ]
    return write_csv(path, rows)


def make_small(root: Path) -> Small:
    """Write a small installation with good deliveries of both editions."""
    (root / "config" / "shares").mkdir(parents=True)
    for name in (
        "agreements.yml",
        "disclosure.yml",
        "index_checks.yml",
        "limits.yml",
        "marks.yml",
        "suppliers.yml",
        "dagster.yaml",
    ):
        (root / "config" / name).write_bytes((ROOT / "config" / name).read_bytes())
    (root / "config" / "district.yml").write_text(_DISTRICT, encoding="utf-8")
    (root / "config" / "shares" / "sample.yml").write_text(_SHARES, encoding="utf-8")
    (root / "sources.yml").write_text(SOURCES, encoding="utf-8")
    (root / "decisions").mkdir()
    for name, text in _DBT.items():
        path = root / "dbt_project" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text.lstrip("\n"), encoding="utf-8")
    seeds = root / "dbt_project" / "seeds" / "geography"
    seeds.mkdir(parents=True)
    for name in ("wards.csv", "ward_alias.csv"):
        seeds.joinpath(name).write_bytes((ROOT / "dbt_project" / "seeds" / "geography" / name).read_bytes())
    settings = Settings(root=root, data=root / "data", shares_file=root / "config" / "shares" / "sample.yml")
    small = Small(settings, root / "data" / "shares")
    for edition in EDITIONS:
        write_members(small.members(edition), edition=edition)
        write_csv(small.pupils(edition), [PUPILS_HEADER, *pupils_rows(edition)])
        write_homes(small.homes(edition), homes_rows(edition))
    write_areas(small.areas)
    release = settings.releases / "2025.1"
    release.mkdir(parents=True)
    (release / "manifest.json").write_text('{"edition": 2025}\n', encoding="utf-8")
    pointer = {"release": "2025.1"}
    (settings.releases / "current.json").write_text(json.dumps(pointer) + "\n", encoding="utf-8")
    return small
