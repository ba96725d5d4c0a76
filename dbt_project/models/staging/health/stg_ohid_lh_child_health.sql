-- Births and deliveries of each ward, from the latest pool of years in a delivery.
with
    typed as (
        select {{ typed_columns("ohid_lh_child_health") }}, _edition, _file, _sheet, _row
        from {{ source("raw", "ohid_lh_child_health") }}
    ),
    latest as {{ latest_pool("typed") }},
    weights as ({{ pooled_counts("latest") }} where indicator_id = '93092' and sex = 'Persons'),
    mothers as ({{ pooled_counts("latest") }} where indicator_id = '93113' and sex = 'Female')
    {{ measure_rows("weights", {"births": "denominator", "low_weight_births": "number"}, year="last_year") }}
union all
{{ measure_rows("mothers", {"deliveries": "denominator", "teenage_deliveries": "number"}, year="last_year") }}
