-- Uncontrolled numerators and denominators by ward and year. Internal: never under a public path.
select
    indicator,
    ward_code,
    reference_year,
    edition,
    numerator,
    denominator,
    denominator_year,
    status,
    suppressed_cells
from {{ ref("ind_ward_year") }}
