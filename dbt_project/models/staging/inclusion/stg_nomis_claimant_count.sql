-- Claimants of each ward, mean of the twelve months of the reference period; missing where a month is.
with
    typed as (
        select {{ typed_columns("nomis_claimant_count") }}, _edition, _reference_year, _file, _sheet, _row
        from {{ source("raw", "nomis_claimant_count") }}
    ),
    counts as (
        select typed.*
        from typed
        inner join
            {{ source("build", "_deliveries") }} as deliveries
            on deliveries.dataset = 'nomis_claimant_count'
            and deliveries.edition = typed._edition
            and typed.month between deliveries.period_start and deliveries.period_end
        where
            typed.measure = 'Claimant count' and typed.sex = 'Total' and typed.age = 'All categories: Age 16+'
    )
select
    _edition as edition,
    cast(_reference_year as integer) as reference_year,
    ward_code as place,
    'claimants' as measure,
    case when count(value) = 12 then sum(value order by month) / 12 end as amount,
    case when count(value) = 12 then sum(value order by month) / 12 end as amount_low,
    case when count(value) = 12 then sum(value order by month) / 12 end as amount_high,
    case when count(value) = 12 then 'observed' else 'missing' end as status,
    count(*) as source_rows,
    min(_file) as _file,
    min(_sheet) as _sheet,
    arg_min(_row, (_file, _row)) as _row
from counts
group by _edition, _reference_year, ward_code
