-- Deaths observed and expected, and the mean life expectancy of the two sexes, from the latest pool of years.
with
    typed as (
        select {{ typed_columns("ohid_lh_mortality") }}, _edition, _file, _sheet, _row
        from {{ source("raw", "ohid_lh_mortality") }}
    ),
    latest as {{ latest_pool("typed") }},
    deaths as ({{ pooled_counts("latest") }} where indicator_id = '93480' and sex = 'Persons'),
    life as (select * from latest where indicator_id = '93283' and sex in ('Male', 'Female')),
    both_sexes as (
        select
            _edition as edition,
            cast(last_year as integer) as reference_year,
            ward_code as place,
            'life_expectancy' as measure,
            case when count(value) = 2 then sum(value order by sex) / 2 end as amount,
            case when count(value) = 2 then sum(value order by sex) / 2 end as amount_low,
            case when count(value) = 2 then sum(value order by sex) / 2 end as amount_high,
            case when count(value) = 2 then 'observed' else 'missing' end as status,
            count(*) as source_rows,
            min(_file) as _file,
            min(_sheet) as _sheet,
            arg_min(_row, (_file, _row)) as _row
        from life
        group by _edition, last_year, ward_code
    )
    {{
        measure_rows(
            "deaths",
            {"preventable_deaths": "number", "preventable_expected": "denominator"},
            year="last_year",
        )
    }}
union all
select *
from both_sexes
