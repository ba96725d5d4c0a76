-- Tests of determinands that have a standard, and those that did not meet it, by LSOA and year of the sample.
-- A result below the limit of detection meets every upper limit.
with
    typed as (
        select {{ typed_columns("stream_drinking_water") }}, _edition, _file, _sheet, _row
        from {{ source("raw", "stream_drinking_water") }}
    ),
    tested as (
        select
            typed._edition,
            year(typed.sample_date) as reference_year,
            typed.lsoa_code as place,
            coalesce(typed.operator, '') <> '<' and typed.result > limits.maximum as failed,
            typed._file,
            typed._sheet,
            typed._row
        from typed
        inner join
            {{ ref("dwi_limits") }} as limits
            on {{ fold_name("limits.determinand") }} = {{ fold_name("typed.determinand") }}
            and {{ fold_name("limits.units") }} = {{ fold_name("typed.units") }}
        where typed.result is not null
    ),
    counted as (
        select _edition, reference_year, place, 'tests' as measure, _file, _sheet, _row
        from tested
        union all
        select _edition, reference_year, place, 'failures' as measure, _file, _sheet, _row
        from tested
        where failed
    )
    {{ case_counts("counted") }}
