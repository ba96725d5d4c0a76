-- Median price of the year to March: one quarter a year, so that a reference year has one value.
with
    typed as (
        select {{ typed_columns("ons_hpssa_ward") }}, _edition, _reference_year, _file, _sheet, _row
        from {{ source("raw", "ons_hpssa_ward") }}
    ),
    year_to_march as (select * from typed where month(year_ending) = 3)
    {{ measure_rows("year_to_march", {"median_price": "median_price"}, year="year(year_ending)") }}
