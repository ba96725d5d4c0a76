-- People of 65 and over discharged into reablement, October to December, and those at home 91 days later.
with
    typed as (
        select {{ typed_columns("scc_asc_reablement") }}, _edition, _file, _sheet, _row
        from {{ source("raw", "scc_asc_reablement") }}
    )
    {{ measure_rows("typed", {"discharged": "discharged", "home_at_91": "home_at_91"}, year="year") }}
