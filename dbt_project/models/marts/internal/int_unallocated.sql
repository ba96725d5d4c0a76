-- What could not be placed in a ward, every dataset. Internal.
select
    dataset,
    measure,
    reference_year,
    source_rows,
    rows_without_place,
    rows_elsewhere,
    amount_without_place,
    amount_elsewhere
from {{ ref("geo_unallocated") }}
