-- Agreement of the ward index with the Indices of Deprivation: rank correlation (Spearman), reported and
-- never a gate. Both are turned so that more is better.
with
    comparator as (
        select ward_code as area_code, reference_year, - amount / nullif(weight, 0) as score
        from {{ ref("geo_ward_observation") }}
        where dataset = '{{ var("comparator_dataset") }}' and measure = '{{ var("comparator_measure") }}'
        qualify reference_year = max(reference_year) over ()
    ),
    both_ as (
        select
            index_.variant,
            index_.edition,
            index_.area_code,
            index_.score as index_score,
            comparator.score as comparator_score
        from {{ ref("idx_index") }} as index_
        inner join comparator using (area_code)
        where index_.score is not null and comparator.score is not null
    ),
    ranked as (
        select
            variant,
            edition,
            area_code,
            rank() over (partition by variant, edition order by index_score)
            + (count(*) over (partition by variant, edition, index_score) - 1) / 2.0 as index_rank,
            rank() over (partition by variant, edition order by comparator_score)
            + (count(*) over (partition by variant, edition, comparator_score) - 1) / 2.0 as comparator_rank
        from both_
    )
select
    edition,
    variant,
    '{{ var("comparator_dataset") }}' as comparator,
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
from ranked
group by edition, variant
