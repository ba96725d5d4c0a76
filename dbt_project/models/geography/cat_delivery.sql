-- The accepted deliveries of this build, all editions.
select
    dataset,
    edition,
    reference_year,
    period_start,
    period_end,
    delivery,
    layout,
    method,
    coverage_days,
    coverage_of,
    coverage_label,
    method_break,
    carried_forward,
    carried_from,
    supplier,
    received_on,
    synthetic,
    repaired,
    findings,
    purged_on,
    purge_clause
from {{ source("build", "_deliveries") }}
