-- Patients of 18 and over of each practice, and those on the register of depression.
with
    typed as (
        select {{ typed_columns("nhse_qof_prevalence") }}, _edition, _reference_year, _file, _sheet, _row
        from {{ source("raw", "nhse_qof_prevalence") }}
    ),
    depression as (select * from typed where group_code = 'DEP' and list_type = '18OV')
    {{
        measure_rows(
            "depression",
            {"depression_register": "register", "patients_18_plus": "list_size"},
            place="practice_code",
        )
    }}
