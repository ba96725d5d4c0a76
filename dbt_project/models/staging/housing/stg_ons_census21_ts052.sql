-- Households of each output area, and those with fewer bedrooms than they need.
with
    typed as (
        select {{ typed_columns("ons_census21_ts052") }}, _edition, _reference_year, _file, _sheet, _row
        from {{ source("raw", "ons_census21_ts052") }}
    ),
    summed as (select typed.*, {{ summed_columns("crowded", ["one_too_few", "two_too_few"]) }} from typed)
    {{ measure_rows("summed", {"households": "households", "overcrowded": "crowded"}, place="oa_code") }}
