-- Agreement of the ward index with the Indices of Deprivation: rank correlation (Spearman), reported and
-- never a gate. Both are turned so that more is better.
select
    edition,
    variant,
    comparator,
    'spearman' as statistic,
    count(*) as wards,
    -- Ranks are halves of whole numbers, so these sums are exact in any order.
    round(
        (count(*) * sum(index_rank * comparator_rank) - sum(index_rank) * sum(comparator_rank)) / nullif(
            sqrt(count(*) * sum(index_rank * index_rank) - sum(index_rank) * sum(index_rank)) * sqrt(
                count(*) * sum(comparator_rank * comparator_rank)
                - sum(comparator_rank) * sum(comparator_rank)
            ),
            0
        ),
        12
    ) as value
from {{ ref("idx_comparison_ward") }}
group by edition, variant, comparator
