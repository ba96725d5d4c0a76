-- Annual mean of PM2.5 in each square kilometre that is modelled.
with
    typed as (
        select {{ typed_columns("defra_pcm_pm25") }}, _edition, _reference_year, _file, _sheet, _row
        from {{ source("raw", "defra_pcm_pm25") }}
    ),
    squares as (select *, {{ grid_square("x", "y") }} as square from typed)
    {{ measure_rows("squares", {"concentration": "concentration"}, place="square") }}
