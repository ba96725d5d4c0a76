-- Residents of each LSOA, and those in bad or very bad health.
with
    typed as (
        select
            {{ typed_columns("ons_census21_general_health") }}, _edition, _reference_year, _file, _sheet, _row
        from {{ source("raw", "ons_census21_general_health") }}
    ),
    summed as (
        select typed.*, {{ summed_columns("in_bad_health", ["bad_health", "very_bad_health"]) }} from typed
    )
    {{ measure_rows("summed", {"residents": "residents", "bad_health": "in_bad_health"}, place="lsoa_code") }}
