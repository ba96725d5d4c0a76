-- Accidental fires in dwellings, by point rounded to 100 metres.
with
    typed as (
        select {{ typed_columns("ldc_sfrs_dwelling_fires") }}, _edition, _file, _sheet, _row
        from {{ source("raw", "ldc_sfrs_dwelling_fires") }}
    ),
    fires as (
        select
            _edition,
            {{ financial_year("called") }} as reference_year,
            case
                when easting > 0 and northing > 0
                then 'bng:' || cast(easting as bigint) || ',' || cast(northing as bigint)
            end as place,
            'accidental_dwelling_fires' as measure,
            _file,
            _sheet,
            _row
        from typed
        where incident_type ilike '%dwelling%' and motive in ('Accidental', 'Not known')
    )
    {{ case_counts("fires") }}
