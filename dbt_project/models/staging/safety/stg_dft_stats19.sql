-- Residents killed or seriously injured, by LSOA of their home and year. A death counts one, an injury its
-- probability of being serious; a home that is not known leaves the place empty.
with
    typed as (
        select {{ typed_columns("dft_stats19") }}, _edition, _file, _sheet, _row
        from {{ source("raw", "dft_stats19") }}
    ),
    casualties as (
        select
            _edition,
            year as reference_year,
            nullif(lsoa_code, '-1') as place,
            'ksi' as measure,
            case when severity = 1 then 1 else adjusted_serious end as serious,
            _file,
            _sheet,
            _row
        from typed
    )
    {{ case_counts("casualties", units="sum(serious order by _file, _row)") }}
