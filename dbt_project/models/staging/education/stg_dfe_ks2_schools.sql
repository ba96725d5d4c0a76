-- Mean progress of the schools of each postcode; `source_rows` is the number of schools it rests on. A school
-- without results of its own does not count.
with
    typed as (
        select {{ typed_columns("dfe_ks2_schools") }}, _edition, _reference_year, _file, _sheet, _row
        from {{ source("raw", "dfe_ks2_schools") }}
    ),
    scores as (
        {{
            measure_rows(
                "typed",
                {
                    "reading_progress": "reading_progress",
                    "writing_progress": "writing_progress",
                    "maths_progress": "maths_progress",
                },
                place="postcode",
            )
        }}
    )
select
    edition,
    reference_year,
    place,
    measure,
    sum(amount order by _file, _row) / nullif(count(amount), 0) as amount,
    sum(amount order by _file, _row) / nullif(count(amount), 0) as amount_low,
    sum(amount order by _file, _row) / nullif(count(amount), 0) as amount_high,
    case when count(amount) > 0 then 'observed' else 'missing' end as status,
    case when count(amount) > 0 then count(amount) else count(*) end as source_rows,
    min(_file) as _file,
    min(_sheet) as _sheet,
    arg_min(_row, (_file, _row)) as _row
from scores
where status <> 'not_applicable'
group by edition, reference_year, place, measure
