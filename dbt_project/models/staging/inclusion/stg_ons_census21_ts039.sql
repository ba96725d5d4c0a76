-- Residents of each output area, and those who give at least 20 hours of unpaid care a week.
with
    typed as (
        select {{ typed_columns("ons_census21_ts039") }}, _edition, _reference_year, _file, _sheet, _row
        from {{ source("raw", "ons_census21_ts039") }}
    ),
    summed as (select typed.*, {{ summed_columns("caring", ["care_20_49", "care_50_plus"]) }} from typed)
    {{ measure_rows("summed", {"residents_5_plus": "residents", "caring_20h": "caring"}, place="oa_code") }}
