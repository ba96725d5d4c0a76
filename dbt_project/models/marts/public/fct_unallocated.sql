-- What could not be placed in a ward, for feeds without disclosure control (elsewhere such counts could give
-- a person away).
select
    unallocated.dataset,
    unallocated.measure,
    unallocated.reference_year,
    unallocated.source_rows,
    unallocated.rows_without_place,
    unallocated.rows_elsewhere,
    unallocated.amount_without_place,
    unallocated.amount_elsewhere
from {{ ref("geo_unallocated") }} as unallocated
inner join {{ ref("cat_dataset") }} as datasets using (dataset)
where datasets.disclosure_rule = 'D0'
