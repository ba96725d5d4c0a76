-- Domestic abuse and hate: incidents, and the different people who were victims.
with
    typed as (
        select {{ typed_columns("ldc_csp_police_share") }}, _edition, _file, _sheet, _row
        from {{ source("raw", "ldc_csp_police_share") }}
    ),
    domestic_abuse as (select * from typed where kind ilike 'domestic abuse%'),
    hate as (select * from typed where kind ilike 'hate%')
    {{
        measure_rows(
            "domestic_abuse",
            {"domestic_abuse_incidents": "incidents", "domestic_abuse_victims": "victims"},
            year="financial_year",
        )
    }}
union all
{{ measure_rows("hate", {"hate_incidents": "incidents", "hate_victims": "victims"}, year="financial_year") }}
