-- Transects surveyed, and those below grade B for litter or detritus.
with
    typed as (
        select {{ typed_columns("ldc_street_cleansing_survey") }}, _edition, _file, _sheet, _row
        from {{ source("raw", "ldc_street_cleansing_survey") }}
    ),
    transects as (
        select
            _edition,
            {{ financial_year("surveyed") }} as reference_year,
            ward as place,
            'transects' as measure,
            -- National Indicator 195: a grade below B is unacceptable.
            litter in ('B-', 'C', 'C-', 'D') or detritus in ('B-', 'C', 'C-', 'D') as below_b,
            _file,
            _sheet,
            _row
        from typed
    ),
    counted as (
        select *
        from transects
        union all
        select * replace ('transects_below_b' as measure)
        from transects
        where below_b
    )
    {{ case_counts("counted") }}
