-- Pupils at the end of Key Stage 4 and those with grade 5 or above in English and maths, all pupils.
with
    typed as (
        select {{ typed_columns("scc_ks4") }}, _edition, _file, _sheet, _row
        from {{ source("raw", "scc_ks4") }}
    ),
    everyone as (
        -- Grades of 2019/20 and 2020/21 were assessed by teachers, not examined.
        select * from typed where pupil_group = 'All pupils' and academic_year not in (2020, 2021)
    )
    {{
        measure_rows(
            "everyone", {"pupils": "pupils", "english_maths": "english_maths"}, year="academic_year"
        )
    }}
