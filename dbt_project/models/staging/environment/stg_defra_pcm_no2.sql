-- Annual mean of NO2 in each square kilometre that is modelled.
with
    typed as (
        select {{ typed_columns("defra_pcm_no2") }}, _edition, _reference_year, _file, _sheet, _row
        from {{ source("raw", "defra_pcm_no2") }}
    ),
    squares as (select *, {{ grid_square("x", "y") }} as square from typed)
    {{ measure_rows("squares", {"concentration": "concentration"}, place="square") }}
