-- The accepted deliveries behind the build, by dataset and edition.
select
    delivery.dataset,
    delivery.edition,
    delivery.reference_year,
    delivery.period_start,
    delivery.period_end,
    delivery.layout,
    delivery.method,
    delivery.coverage_label,
    delivery.method_break,
    delivery.carried_forward,
    delivery.carried_from,
    delivery.synthetic,
    delivery.repaired,
    delivery.findings
from {{ ref("cat_delivery") }} as delivery
