-- Food vouchers by ward as the volunteers type it, the months of a financial year added up.
with
    typed as (
        select {{ typed_columns("ldc_food_support") }}, _edition, _file, _sheet, _row
        from {{ source("raw", "ldc_food_support") }}
    ),
    months as (
        {{ measure_rows("typed", {"vouchers": "vouchers"}, year=financial_year("month"), place="ward") }}
    )
    {{ summed_parts("months") }}
