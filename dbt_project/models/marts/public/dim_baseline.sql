-- The baseline that progress is measured against, and the decision that adopted it; no row where none is.
select baseline, name, edition, release, sha256, adopted_on, role, source, synthetic
from {{ ref("idx_baseline") }}
