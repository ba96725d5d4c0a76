-- Households at the Census, by output area.
with
    typed as (
        select {{ typed_columns("ons_census21_households") }}, _edition, _reference_year, _file, _sheet, _row
        from {{ source("raw", "ons_census21_households") }}
    )
    {{ measure_rows("typed", {"households": "households"}, place="oa_code") }}
