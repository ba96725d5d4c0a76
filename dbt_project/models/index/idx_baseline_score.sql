-- The scores of the baseline, as they were locked; none for an example without a lock.
select area_code, code, score from {{ source("build", "_baseline_score") }}
