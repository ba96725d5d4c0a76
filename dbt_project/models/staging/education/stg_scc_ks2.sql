-- Pupils at the end of Key Stage 2 and those at the expected standard, all pupils.
with
    typed as (
        select {{ typed_columns("scc_ks2") }}, _edition, _file, _sheet, _row
        from {{ source("raw", "scc_ks2") }}
    ),
    everyone as (
        -- Revised figures replace provisional ones, which stand before them in the alphabet.
        select *
        from typed
        where pupil_group = 'All pupils'
        qualify release_status = max(release_status) over (partition by _edition, academic_year, ward_code)
    )
    {{
        measure_rows(
            "everyone", {"eligible": "eligible", "rwm_expected": "rwm_expected"}, year="academic_year"
        )
    }}
