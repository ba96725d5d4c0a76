-- Electors of 18 and over, and of 16 and 17, by polling district.
with
    typed as (
        select {{ typed_columns("ldc_electoral_register") }}, _edition, _reference_year, _file, _sheet, _row
        from {{ source("raw", "ldc_electoral_register") }}
    ),
    adults as (
        -- Attainers are among those aged 16 and 17, so taking these off leaves the adults.
        select
            typed.*,
            electors - electors_16_17 as adults,
            electors - electors_16_17 as adults_low,
            electors - electors_16_17 as adults_high,
            case
                when electors_status = 'observed' then electors_16_17_status else electors_status
            end as adults_status
        from typed
    )
    {{
        measure_rows(
            "adults", {"electors_18_plus": "adults", "electors_16_17": "electors_16_17"}, place="pd"
        )
    }}
