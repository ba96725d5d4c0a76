-- Clients with long-term community support and those with a direct payment, in full or in part, of all ages.
with
    typed as (
        select {{ typed_columns("scc_asc_long_term") }}, _edition, _file, _sheet, _row
        from {{ source("raw", "scc_asc_long_term") }}
    ),
    added as (
        select *, {{ summed_columns("direct_payment_clients", ["direct_payment", "part_direct_payment"]) }}
        from typed
    ),
    bands as (
        {{
            measure_rows(
                "added",
                {"clients": "clients", "direct_payment_clients": "direct_payment_clients"},
                year="financial_year",
            )
        }}
    )
    {{ summed_parts("bands") }}
