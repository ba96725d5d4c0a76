-- Mean net income of the households of each MSOA.
with
    typed as (
        select {{ typed_columns("ref_small_area_income") }}, _edition, _reference_year, _file, _sheet, _row
        from {{ source("raw", "ref_small_area_income") }}
    )
    {{ measure_rows("typed", {"net_income": "net_income"}, place="msoa_code") }}
