-- The framework of the release before: its indicators, components, dimensions and index.
select code, level, parent, weight, direction, worst, best, scored
from {{ source("build", "_previous_node") }}
