-- How each check of each accepted delivery came out. Counts, rows and cells stay in the run's report.
select
    result.dataset,
    result.edition,
    result.check_id,
    result.title,
    result.dimension,
    result.grade,
    result.state
from {{ source("build", "_checks") }} as result
