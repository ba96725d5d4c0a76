-- The six dimensions of the Government Data Quality Framework, by dataset and edition.
with
    judged as (
        select dataset, edition, dimension, state from {{ ref("fct_check") }} where state <> 'not judged'
    ),
    counted as (
        select
            dataset,
            edition,
            dimension,
            count(*) as checks,
            count(*) filter (where state in ('passed', 'repaired')) as passed,
            count(*) filter (where state in ('recorded', 'failed')) as recorded,
            count(*) filter (where state = 'waived') as waived,
            count(*) filter (where state = 'carried forward') as carried_forward
        from judged
        group by dataset, edition, dimension
    )
select
    dataset,
    edition,
    dimension,
    checks,
    passed,
    recorded,
    waived,
    carried_forward,
    passed / nullif(checks::double, 0) as share_passed
from counted
