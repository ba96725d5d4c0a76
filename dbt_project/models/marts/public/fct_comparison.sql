-- Agreement of the index with the Indices of Deprivation; reported, never a gate.
select edition, variant, comparator, statistic, wards, value from {{ ref("idx_comparison") }}
