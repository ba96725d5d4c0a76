-- Households and fuel poor households of each LSOA.
with
    typed as (
        select {{ typed_columns("desnz_fuel_poverty") }}, _edition, _reference_year, _file, _sheet, _row
        from {{ source("raw", "desnz_fuel_poverty") }}
    )
    {{ measure_rows("typed", {"households": "households", "fuel_poor": "fuel_poor"}, place="lsoa_code") }}
