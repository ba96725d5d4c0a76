-- Electors and verified ballot papers by polling district. A box of several districts is shared by their
-- electors who vote in person; the boxes of postal votes of a file by the postal electors of its districts.
with
    typed as (
        select
            {{ typed_columns("ldc_polling_district_turnout") }},
            _edition,
            _reference_year,
            _file,
            _sheet,
            _row
        from {{ source("raw", "ldc_polling_district_turnout") }}
    ),
    register as (
        select {{ typed_columns("ldc_electoral_register") }}, _edition
        from {{ source("raw", "ldc_electoral_register") }}
    ),
    polls as (select distinct _edition from typed),
    electors as (
        select polls._edition, register.pd, register.postal, register.electors - register.postal as in_person
        from polls
        inner join register on register._edition <= polls._edition
        qualify register._edition = max(register._edition) over (partition by polls._edition)
    ),
    named as (
        select _edition, _file, _row, unnest(string_split_regex(districts, '\s*,\s*')) as pd
        from typed
        where districts is not null
    ),
    in_person as (
        -- A district that the register does not know shares as one elector would.
        select
            named._edition,
            named._file,
            named._row,
            named.pd,
            coalesce(electors.in_person, 1) / nullif(
                sum(coalesce(electors.in_person, 1)) over (
                    partition by named._edition, named._file, named._row
                    order by named.pd
                    rows between unbounded preceding and unbounded following
                ),
                0
            ) as share
        from named
        left join electors using (_edition, pd)
    ),
    by_post as (
        select
            districts._edition,
            districts._file,
            districts.pd,
            coalesce(electors.postal, 0) / nullif(
                sum(coalesce(electors.postal, 0)) over (
                    partition by districts._edition, districts._file
                    order by districts.pd
                    rows between unbounded preceding and unbounded following
                ),
                0
            ) as share
        from (select distinct _edition, _file, pd from named) as districts
        left join electors using (_edition, pd)
    ),
    shared as (
        select typed.*, in_person.pd, in_person.share
        from typed
        inner join in_person using (_edition, _file, _row)
        union all
        select typed.*, by_post.pd, by_post.share
        from typed
        left join by_post using (_edition, _file)
        where typed.districts is null
    ),
    measures as (
        select *, 'electorate' as measure, electorate * coalesce(share, 1) as amount
        from shared
        union all
        select *, 'ballots_verified' as measure, verified * coalesce(share, 1) as amount
        from shared
    )
select
    _edition as edition,
    cast(_reference_year as integer) as reference_year,
    pd as place,
    measure,
    sum(amount order by _file, _row) as amount,
    sum(amount order by _file, _row) as amount_low,
    sum(amount order by _file, _row) as amount_high,
    'observed' as status,
    count(*) as source_rows,
    min(_file) as _file,
    min(_sheet) as _sheet,
    arg_min(_row, (_file, _row)) as _row
from measures
group by _edition, _reference_year, pd, measure
