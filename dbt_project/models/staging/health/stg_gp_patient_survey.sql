-- Patients of each practice who answered, and those who rate it good: the weighted base times the share.
with
    typed as (
        select {{ typed_columns("gp_patient_survey") }}, _edition, _reference_year, _file, _sheet, _row
        from {{ source("raw", "gp_patient_survey") }}
    ),
    counted as (
        select
            typed.*,
            base * good / scale as content,
            base_low * good_low / scale as content_low,
            base_high * good_high / scale as content_high,
            case when base_status = 'observed' then good_status else base_status end as content_status
        from typed
    )
    {{ measure_rows("counted", {"answering": "base", "good_experience": "content"}, place="practice_code") }}
