-- What people decided about deliveries of this build: carried forward, waived, or asked for again.
select
    decision.dataset,
    decision.edition,
    decision.decision,
    decision.check_id,
    decision.reason,
    decision.role,
    decision.decided_on,
    decision.until,
    decision.carried_from
from {{ source("build", "_decisions") }} as decision
