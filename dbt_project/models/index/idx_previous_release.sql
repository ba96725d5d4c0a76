-- The release that this build follows; no row where there is none.
select
    release,
    edition,
    manifest_sha256,
    method_version,
    coverage_threshold,
    minimum_indicators,
    component_order,
    dimension_order,
    index_order
from {{ source("build", "_previous_release") }}
