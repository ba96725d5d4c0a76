-- Electorate and turnout of each contested ward, by name: the file has no codes.
with
    typed as (
        select {{ typed_columns("hoc_local_elections") }}, _edition, _reference_year, _file, _sheet, _row
        from {{ source("raw", "hoc_local_elections") }}
    )
    {{ measure_rows("typed", {"electorate": "electorate", "turnout": "turnout"}, place="ward_name") }}
