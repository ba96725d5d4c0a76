-- Residents of output areas, and those within 30 minutes of a town centre on weekdays between 7 and 19
-- o'clock. 999 minutes (no way there) are over 30; buses on school days only stay out.
with
    typed as (
        select {{ typed_columns("scc_bus_access") }}, _edition, _reference_year, _file, _sheet, _row
        from {{ source("raw", "scc_bus_access") }}
    ),
    areas as (
        select
            _edition,
            _reference_year,
            oa_code,
            min(minutes) as minutes,
            count(*) as source_rows,
            min(_file) as _file,
            min(_sheet) as _sheet,
            arg_min(_row, (_file, _row)) as _row
        from typed
        where day = 'Weekday' and time_band = '07:00-19:00'
        group by _edition, _reference_year, oa_code
    ),
    populated as (
        select areas.*, oa.population
        from areas
        left join {{ latest_edition(ref("stg_ref_oa21_ward")) }} as oa using (oa_code)
    ),
    measured as (
        select 'residents' as measure, population as residents, *
        from populated
        union all
        select
            'residents_within_30' as measure,
            case when minutes <= 30 then population else 0 end as residents,
            *
        from populated
    )
select
    _edition as edition,
    cast(_reference_year as integer) as reference_year,
    oa_code as place,
    measure,
    cast(residents as double) as amount,
    cast(residents as double) as amount_low,
    cast(residents as double) as amount_high,
    case when residents is null then 'missing' else 'observed' end as status,
    source_rows,
    _file,
    _sheet,
    _row
from measured
