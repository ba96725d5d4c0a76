-- The baseline that was adopted; no row where none is.
select baseline, name, edition, release, method_sha256, sha256, adopted_on, role, source, synthetic
from {{ source("build", "_baseline") }}
