-- Young people of academic age 16 and 17, and those neither in education, employment or training nor known.
with
    typed as (
        select {{ typed_columns("scc_participation") }}, _edition, _file, _sheet, _row
        from {{ source("raw", "scc_participation") }}
    ),
    counted as (
        select
            _edition,
            year(month + interval 1 month) as reference_year,
            month,
            ward_code as place,
            status <> 'EET' as idle,
            young_people,
            _file,
            _sheet,
            _row
        from typed
        where academic_age in (16, 17)
    ),
    measured as (
        select 'young_people' as measure, *
        from counted
        union all
        select 'neet_or_not_known' as measure, *
        from counted
        where idle
    ),
    months as (
        select _edition, reference_year, count(distinct month) as months
        from counted
        group by _edition, reference_year
    ),
    summed as (
        select
            _edition,
            reference_year,
            place,
            measure,
            sum(young_people order by month, _row) as young_people,
            count(*) as source_rows,
            min(_file) as _file,
            min(_sheet) as _sheet,
            arg_min(_row, (_file, _row)) as _row
        from measured
        group by _edition, reference_year, place, measure
    )
-- The official measure is the mean of the months, December to February.
select
    _edition as edition,
    cast(reference_year as integer) as reference_year,
    place,
    measure,
    cast(young_people / nullif(months, 0) as double) as amount,
    cast(young_people / nullif(months, 0) as double) as amount_low,
    cast(young_people / nullif(months, 0) as double) as amount_high,
    'observed' as status,
    source_rows,
    _file,
    _sheet,
    _row
from summed
inner join months using (_edition, reference_year)
