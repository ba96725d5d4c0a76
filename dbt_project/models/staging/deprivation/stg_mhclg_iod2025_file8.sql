-- Share of young people of each LSOA who do not enter higher education.
with
    typed as (
        select {{ typed_columns("mhclg_iod2025_file8") }}, _edition, _reference_year, _file, _sheet, _row
        from {{ source("raw", "mhclg_iod2025_file8") }}
    )
    {{ measure_rows("typed", {"not_entering_he_share": "not_entering_he_share"}, place="lsoa_code") }}
