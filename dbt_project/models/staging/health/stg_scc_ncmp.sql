-- Year 6 children measured and those living with obesity.
with
    typed as (
        select {{ typed_columns("scc_ncmp") }}, _edition, _file, _sheet, _row
        from {{ source("raw", "scc_ncmp") }}
    ),
    year6 as (
        -- Only one child in ten was measured in 2020/21.
        select * from typed where school_year = 'Year 6' and academic_year <> 2021
    )
    {{ measure_rows("year6", {"measured_year6": "measured", "obese_year6": "obese"}, year="academic_year") }}
