-- Rank of each ward in the index and in the Indices of Deprivation, and how far they differ.
select
    edition,
    variant,
    comparator,
    area_code,
    index_rank,
    comparator_rank,
    index_rank - comparator_rank as difference
from {{ ref("idx_comparison_ward") }}
