-- Dwellings on the council tax list, bands added up.
with
    typed as (
        select {{ typed_columns("ref_council_tax_dwellings") }}, _edition, _file, _sheet, _row
        from {{ source("raw", "ref_council_tax_dwellings") }}
    ),
    bands as ({{ measure_rows("typed", {"dwellings": "dwellings"}, year="year") }})
    {{ summed_parts("bands") }}
