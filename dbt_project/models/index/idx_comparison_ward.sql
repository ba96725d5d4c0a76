-- Rank of each ward in the index and in the one it is compared with, 1 for the best; ties share their ranks.
with
    both_ as (
        select
            index_.edition,
            index_.variant,
            index_.area_code,
            index_.score as index_score,
            comparator.score as comparator_score
        from {{ ref("idx_index") }} as index_
        inner join {{ ref("idx_comparator") }} as comparator using (area_code)
        where index_.score is not null and comparator.score is not null
    )
select
    edition,
    variant,
    '{{ var("comparator_dataset") }}' as comparator,
    area_code,
    rank() over (partition by variant, edition order by index_score desc)
    + (count(*) over (partition by variant, edition, index_score) - 1) / 2.0 as index_rank,
    rank() over (partition by variant, edition order by comparator_score desc)
    + (count(*) over (partition by variant, edition, comparator_score) - 1) / 2.0 as comparator_rank
from both_
