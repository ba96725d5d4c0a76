-- Notified infections of three years together, all organisms of a ward added up.
with
    typed as (
        select {{ typed_columns("ldc_infectious_disease") }}, _edition, _reference_year, _file, _sheet, _row
        from {{ source("raw", "ldc_infectious_disease") }}
    ),
    organisms as ({{ measure_rows("typed", {"cases_three_years": "cases"}) }})
    {{ summed_parts("organisms") }}
