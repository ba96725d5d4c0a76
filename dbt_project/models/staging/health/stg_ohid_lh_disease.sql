-- Admissions observed and expected in each ward, from the latest pool of years in a delivery.
with
    typed as (
        select {{ typed_columns("ohid_lh_disease") }}, _edition, _file, _sheet, _row
        from {{ source("raw", "ohid_lh_disease") }}
    ),
    latest as {{ latest_pool("typed") }},
    self_harm as ({{ pooled_counts("latest") }} where indicator_id = '93239' and sex = 'Persons')
    {{
        measure_rows(
            "self_harm",
            {"self_harm_admissions": "number", "self_harm_expected": "denominator"},
            year="last_year",
        )
    }}
