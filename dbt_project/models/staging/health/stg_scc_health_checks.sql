-- People invited to and people who had an NHS Health Check; checks at the workplace have no ward.
with
    typed as (
        select {{ typed_columns("scc_health_checks") }}, _edition, _file, _sheet, _row
        from {{ source("raw", "scc_health_checks") }}
    )
    {{ measure_rows("typed", {"invited": "invited", "received": "received"}, year="financial_year") }}
