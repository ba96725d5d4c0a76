-- Tonnes collected and tonnes recycled or composted, by collection round.
with
    typed as (
        select {{ typed_columns("ldc_kerbside_recycling") }}, _edition, _file, _sheet, _row
        from {{ source("raw", "ldc_kerbside_recycling") }}
    ),
    tickets as (
        -- No load weighs less than 100 kilograms, nor as much as 100 tonnes: a small number is in tonnes.
        select
            _edition,
            {{ financial_year("weighed") }} as reference_year,
            upper(round_code) as place,
            'collected_tonnes' as measure,
            case when abs(net) < 100 then net else net / 1000 end as tonnes,
            material not in ('RES', 'RESIDUAL') as recycled,
            _file,
            _sheet,
            _row
        from typed
        where council <> 'TBC'
    ),
    counted as (
        select *
        from tickets
        union all
        select * replace ('recycled_tonnes' as measure)
        from tickets
        where recycled
    )
    {{ case_counts("counted", "sum(tonnes order by _file, _row)") }}
